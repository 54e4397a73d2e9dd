//! Official zonings and grids, by vintage: kept beside the deliveries, replaced file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::error::{Context, Result};
use base::text::sha256;
use geography::{Communes, ZoningReport, read_zonings, zonings_batch};

use super::Store;
use super::commit::{CommitOutcome, Entry};
use super::layout::ZONAGES;

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
            perimeter: perimeter(&report, communes),
            report,
        })
    };
    Ok(vintages.into_iter().filter_map(of_vintage).collect())
}

/// The région of nearly all communes, else `FR`: a zoning of one région must not replace another's.
fn perimeter(report: &ZoningReport, communes: &Communes) -> String {
    let mut regions: BTreeMap<&str, usize> = BTreeMap::new();
    for commune in report.zonings.iter().filter_map(|z| communes.get(&z.code_commune)) {
        *regions.entry(&commune.region).or_default() += 1;
    }

    let most = regions.into_iter().max_by_key(|(_, count)| *count);
    match most {
        Some((region, count)) if count * 10 >= report.zonings.len() * 9 => region.to_owned(),
        _ => "FR".to_owned(),
    }
}

impl Store {
    /// Commits a file of zonings in place of the same source, vintage and perimeter.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn load_referential(&self, file: &Referential) -> Result<CommitOutcome> {
        let [read, kept, unknown] =
            [file.report.rows_read, file.report.zonings.len(), file.report.unknown.len()]
                .map(|n| n as u64);

        let slug: String =
            file.source.chars().filter(|c| c.is_ascii_alphanumeric()).take(24).collect();
        let place = match file.perimeter.as_str() {
            "FR" => String::new(),
            region => format!("-{region}"),
        };

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
        self.commit_rows(&entry, ZONAGES, &rows).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_region_and_a_vintage_replace_themselves_only() {
        let folder = tempfile::tempdir().unwrap();
        let communes = Communes::embedded().unwrap();
        let depot = folder.path().join("depot");
        let contract = contract::Contract::embedded().unwrap();
        let store = Store::open_or_create(&depot.to_string_lossy(), &contract).await.unwrap();

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
                let outcome = store.load_referential(&file).await.unwrap();
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
}
