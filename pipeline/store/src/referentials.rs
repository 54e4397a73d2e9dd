//! Official zonings and grids, by vintage: kept beside the deliveries, replaced file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::error::{Context, Result};
use base::text::sha256;
use geography::{Communes, ZoningReport, read_zonings, zonings_batch};

use super::commit::{CommitOutcome, Entry};
use super::layout::ZONAGES;
use super::{At, Store};

/// One file of zonings, read.
#[derive(Debug)]
pub struct Referential {
    /// What it is: `insee-densite`, `ars-zonage`…
    pub source: String,
    /// Vintage.
    pub millesime: i64,
    /// INSEE code of the région that it covers, or `FR`.
    pub perimeter: String,
    /// What the file held.
    pub report: ZoningReport,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Reads a file of zonings, whatever its form: one per vintage that it gives. `named` are the columns that the user names.
///
/// # Errors
/// If the file cannot be read or its form is not known.
pub fn read(
    path: &Path,
    millesime: Option<i64>,
    named: &[String],
    communes: &Communes,
) -> Result<Vec<Referential>> {
    let bytes = std::fs::read(path)
        .access(|| format!("référentiel illisible : {}", path.display()))
        .map_err(|e| e.hint("donnez le fichier tel que publié : grille de densité, zonage, APL"))?;
    let report = read_zonings(path, millesime, named, communes)?;
    let vintages: BTreeSet<i64> = report.zonings.iter().map(|z| z.vintage).collect();

    let of_vintage = |millesime: i64| {
        let mut report = report.clone();
        report.zonings.retain(|z| z.vintage == millesime);
        let source = report.zonings.first()?.source.clone();
        Some(Referential {
            source,
            millesime,
            sha256: sha256(&bytes),
            perimeter: perimeter(report.zonings.iter().map(|z| z.code_commune.as_str()), communes),
            report,
        })
    };
    Ok(vintages.into_iter().filter_map(of_vintage).collect())
}

/// The région of nearly all communes, else `FR`: a zoning of one région must not replace another's.
fn perimeter<'c>(codes: impl Iterator<Item = &'c str>, communes: &Communes) -> String {
    let mut regions: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = 0;
    for code in codes {
        all += 1;
        if let Some(commune) = communes.get(code) {
            *regions.entry(&commune.region).or_default() += 1;
        }
    }

    let most = regions.into_iter().max_by_key(|(_, count)| *count);
    match most {
        Some((region, count)) if count * 10 >= all * 9 => region.to_owned(),
        _ => "FR".to_owned(),
    }
}

impl Store {
    /// Commits a file of zonings in place of the same source, vintage and perimeter.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn load_referential(
        &self,
        file: &Referential,
        communes: &Communes,
    ) -> Result<CommitOutcome> {
        let [read, kept, unknown] =
            [file.report.rows_read, file.report.zonings.len(), file.report.unknown.len()]
                .map(|n| n as u64);

        let slug: String =
            file.source.chars().filter(|c| c.is_ascii_alphanumeric()).take(24).collect();
        let place = match file.perimeter.as_str() {
            "FR" => String::new(),
            region => format!("-{region}"),
        };
        let earlier =
            self.earlier_key(file, &format!("{slug}-{}", file.millesime), communes).await?;

        let entry = Entry {
            nature: "referentiel".into(),
            region: "FR".into(),
            periode: format!("{slug}{place}-{}", file.millesime),
            sha256: file.sha256.clone(),
            producteur: file.source.clone(),
            motif: None,
            lignes: [read, kept, unknown],
        };

        let rows = zonings_batch(&file.report.zonings)?;
        self.commit_rows(&entry, ZONAGES, &rows, earlier.as_deref()).await
    }

    /// The key without perimeter, as earlier programs wrote it, if what stands under it has the perimeter of `file`.
    async fn earlier_key(
        &self,
        file: &Referential,
        key: &str,
        communes: &Communes,
    ) -> Result<Option<String>> {
        if file.perimeter == "FR" {
            return Ok(None);
        }

        let mut codes = Vec::new();
        let snapshot = self.snapshot(At::Latest).await?;
        for (table, stored) in snapshot.all_files() {
            if table == ZONAGES && stored.periode == key {
                codes.extend(stored.texts("code_commune")?);
            }
        }
        let same = perimeter(codes.iter().map(String::as_str), communes) == file.perimeter;
        Ok((!codes.is_empty() && same).then(|| key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn new_store() -> (tempfile::TempDir, Communes, Store) {
        let folder = tempfile::tempdir().unwrap();
        let depot = folder.path().join("depot");
        let contract = contract::Contract::embedded().unwrap();
        let store = Store::open_or_create(&depot.to_string_lossy(), &contract).await.unwrap();
        (folder, Communes::embedded().unwrap(), store)
    }

    #[tokio::test]
    async fn a_region_and_a_vintage_replace_themselves_only() {
        let (folder, communes, store) = new_store().await;

        let mut replaced = Vec::new();
        for (name, content) in [
            // Normandie, two years; Bretagne; Normandie's second year again.
            ("a.csv", "Code commune;Zonage 2022;Zonage 2025\n61079;ZIP;ZAC\n14118;HZ;HZ\n"),
            ("zonage_2025.csv", "Code commune;Zonage\n29019;ZAC\n"),
            ("b_2025.csv", "Code commune;Zonage\n61079;ZIP\n"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            for file in read(&path, None, &[], &communes).unwrap() {
                let outcome = store.load_referential(&file, &communes).await.unwrap();
                let CommitOutcome::Committed { replaced: r, .. } = outcome else {
                    panic!("{name} unchanged");
                };
                replaced.push((file.perimeter, file.millesime, r));
            }
        }

        let expected = [
            ("28", 2022, false),
            ("28", 2025, false),
            ("53", 2025, false),
            ("28", 2025, true),
        ];
        assert_eq!(replaced, expected.map(|(region, year, r)| (region.to_owned(), year, r)));
    }

    /// Under the key of earlier programs stands a région's zoning: that région's file takes its place, another's does not.
    #[tokio::test]
    async fn a_file_of_an_earlier_program_is_replaced() {
        let (folder, communes, store) = new_store().await;
        let read_text = |text: &str| {
            let path = folder.path().join("zonage_2025.csv");
            std::fs::write(&path, format!("Code commune;Zonage\n{text}")).unwrap();
            read(&path, None, &[], &communes).unwrap().remove(0)
        };

        let normandie = read_text("61079;ZIP\n14118;HZ\n");
        let entry = Entry {
            nature: "referentiel".into(),
            region: "FR".into(),
            periode: "ARSzonagedesmdecinsgnral-2025".into(),
            sha256: normandie.sha256.clone(),
            producteur: normandie.source.clone(),
            motif: None,
            lignes: [2, 2, 0],
        };
        let rows = zonings_batch(&normandie.report.zonings).unwrap();
        store.commit_rows(&entry, ZONAGES, &rows, None).await.unwrap();

        let mut stored = Vec::new();
        for (file, replaces) in [(read_text("29019;ZAC\n"), false), (normandie, true)] {
            let outcome = store.load_referential(&file, &communes).await.unwrap();
            assert!(
                matches!(outcome, CommitOutcome::Committed { replaced, .. } if replaced == replaces)
            );
            let snapshot = store.snapshot(At::Latest).await.unwrap();
            let zonings = snapshot.all_files().filter(|(table, _)| *table == ZONAGES);
            let periods: Vec<String> = zonings.map(|(_, f)| f.periode.clone()).collect();
            stored.push(periods);
        }
        let [old, normandie, bretagne] =
            ["-2025", "-28-2025", "-53-2025"].map(|key| format!("ARSzonagedesmdecinsgnral{key}"));
        assert_eq!(stored, [vec![old, bretagne.clone()], vec![normandie, bretagne]]);
    }
}
