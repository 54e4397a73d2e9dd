//! The ledger of publications: a row per document and content, never replaced, read by the gate and by `secret etat`.
//!
//! It holds the true values of hidden cells. The query engine therefore does not know this table, and no export writes it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use base::error::{Context, Error, Result};
use base::text::sha256;

use super::commit::{CommitOutcome, Entry};
use super::layout::{PUBLICATIONS, publications_schema};
use super::{Snapshot, Store};

/// The name of a publication in the ledger: its document and the beginning of its content's hash.
pub fn identifier(document: &str, content: &str) -> String {
    let slug: String = document
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let digest: String = sha256(content.as_bytes()).chars().take(12).collect();
    format!("{slug}-{digest}")
}

/// What [`Entry::nature`] says of a publication.
pub const PUBLICATION: &str = "publication";
/// What [`Entry::nature`] says of an analysis plan that was written.
pub const PLAN: &str = "plan_analyse";
/// Natures of commits that change no data.
const SILENT: [&str; 3] = [PUBLICATION, "sans_secret", PLAN];

impl Store {
    /// Writes a publication in the ledger: the name of its document and its content as text. The same content twice
    /// changes nothing, unless it comes with a reason (`motif`), which the history keeps; another content under the same name stands beside
    /// the first, which is out for good. `gated_against` are the publications, by [`identifier`], that its gate knew of; `by` says who
    /// publishes, where they were asked.
    ///
    /// # Errors
    /// If the ledger holds a publication that the gate did not know of (refused), or the store cannot be written.
    pub async fn publish(
        &self,
        document: &str,
        content: &str,
        gated_against: &[String],
        by: Option<&str>,
        motif: Option<&str>,
    ) -> Result<CommitOutcome> {
        let entry = Entry {
            nature: PUBLICATION.into(),
            region: "FR".into(),
            periode: identifier(document, content),
            sha256: sha256(content.as_bytes()),
            producteur: document.to_string(),
            by: by.map(str::to_owned),
            gated_against: gated_against.iter().cloned().collect(),
            motif: motif.map(str::to_owned),
            lignes: [1, 1, 0],
            ..Entry::default()
        };

        let column = |text: &str| Arc::new(StringArray::from(vec![text])) as Arc<dyn Array>;
        let batch =
            RecordBatch::try_new(publications_schema(), vec![column(document), column(content)])
                .access(|| "registre des publications".into())?;

        self.commit_rows(&entry, PUBLICATIONS, &batch, None, motif.is_none()).await
    }

    /// The last version, up to `version`, that changed data: publications and notes change none.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn data_version(&self, version: u64) -> Result<u64> {
        let history = self.history().await?;
        let last = history.iter().rev().find(|commit| {
            let nature = commit.entry.as_ref().map(|e| e.nature.as_str());
            commit.version <= version && nature.is_none_or(|n| !SILENT.contains(&n))
        });
        Ok(last.map_or(0, |commit| commit.version))
    }
}

impl Snapshot {
    /// The publications of that state: the name of each document and its content, by partition name.
    ///
    /// # Errors
    /// If a file of the ledger cannot be read.
    pub fn publications(&self) -> Result<Vec<(String, String)>> {
        let Some(layout) = self.layouts().iter().find(|l| l.name == PUBLICATIONS) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();

        self.bring(|table| table == PUBLICATIONS)?;
        for file in self.files(layout) {
            let fail = || format!("registre des publications illisible : {}", file.path.display());

            let reader = ParquetRecordBatchReaderBuilder::try_new(file.open()?)
                .access(fail)?
                .build()
                .access(fail)?;

            for batch in reader {
                let batch = batch.access(fail)?;
                let column = |i: usize| batch.column(i).as_any().downcast_ref::<StringArray>();
                let (Some(names), Some(contents)) = (column(0), column(1)) else {
                    return Err(Error::access(fail()));
                };
                found.extend(
                    (0..batch.num_rows())
                        .map(|r| (names.value(r).to_string(), contents.value(r).to_string())),
                );
            }
        }

        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use base::error::Kind;
    use contract::Contract;

    use super::*;

    #[tokio::test]
    async fn the_ledger_that_the_gate_read_is_the_one_that_a_publication_extends() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("depot");
        let contract = Contract::embedded().unwrap();
        let store = Store::open_or_create(root.to_str().unwrap(), &contract).await.unwrap();
        let first = [identifier("bilan-28-2025", "{}")];

        store.publish("bilan-28-2025", "{}", &[], None, None).await.unwrap();
        // Its gate read the ledger before the first one was there.
        let stale = store.publish("bilan-53-2025", "{}", &[], None, None).await.unwrap_err();
        assert_eq!(stale.kind(), Kind::Refused);
        assert!(stale.message().contains(&first[0]), "{stale}");

        let again = store.publish("bilan-53-2025", "{}", &first, None, None).await.unwrap();
        assert_eq!(again, CommitOutcome::Committed { version: 2, replaced: false });
        // What is out already stays out, whatever came after it.
        let same = store.publish("bilan-28-2025", "{}", &[], None, None).await.unwrap();
        assert_eq!(same, CommitOutcome::Unchanged { version: 2 });
    }
}
