//! Official zonings and grids, by vintage: kept beside the deliveries, replaced file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::error::{Context, Error, Result};
use base::text::sha256;
use geography::{Communes, Zoning, ZoningReport, read_zonings, zonings_batch, zonings_of};

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

/// What became of a file of zonings.
#[derive(Debug)]
pub struct LoadedReferential {
    /// The commit.
    pub outcome: CommitOutcome,
    /// Communes of the one whose place it took.
    pub before: Option<usize>,
    /// What that one said of its communes, and this one says otherwise or not at all: `61079 (zonage ZIP → ZAC)`.
    pub changes: Vec<String>,
    /// What files of other sources say otherwise of the same vintage, with the source.
    pub contradictions: Vec<String>,
}

impl Store {
    /// Commits a file of zonings in place of the same source, vintage and perimeter; `partial` where it may hold far less.
    ///
    /// # Errors
    /// If the store cannot be read or written, or if half of the communes or more would go.
    pub async fn load_referential(
        &self,
        file: &Referential,
        communes: &Communes,
        partial: bool,
    ) -> Result<LoadedReferential> {
        let slug: String =
            file.source.chars().filter(|c| c.is_ascii_alphanumeric()).take(24).collect();
        let place = match file.perimeter.as_str() {
            "FR" => String::new(),
            region => format!("-{region}"),
        };
        let key = format!("{slug}{place}-{}", file.millesime);
        let stored = self.stored_zonings(file.millesime).await?;
        let earlier = earlier_key(file, &format!("{slug}-{}", file.millesime), &stored, communes);

        let zonings = &file.report.zonings;
        let [read, kept, unknown] =
            [file.report.rows_read, zonings.len(), file.report.unknown.len()].map(|n| n as u64);
        let entry = Entry {
            nature: "referentiel".into(),
            region: "FR".into(),
            periode: key,
            sha256: file.sha256.clone(),
            producteur: file.source.clone(),
            lignes: [read, kept, unknown],
            tables: BTreeMap::from([(ZONAGES.to_owned(), kept)]),
            partial,
            ..Entry::default()
        };

        let (own, others): (Vec<_>, Vec<_>) = stored.into_iter().partition(|(periode, _)| {
            *periode == entry.periode || Some(periode) == earlier.as_ref()
        });
        let own: Vec<Zoning> = own.into_iter().flat_map(|(_, zonings)| zonings).collect();
        let others: Vec<Zoning> = others.into_iter().flat_map(|(_, zonings)| zonings).collect();

        if let Some(error) = departements_lost(file, &own).filter(|_| !partial) {
            return Err(error);
        }

        // The same file may be read otherwise: another column was named, or the program reads more.
        let rows = zonings_batch(zonings)?;
        let idempotent = earlier.is_none() && own == *zonings;
        let outcome =
            self.commit_rows(&entry, ZONAGES, &rows, earlier.as_deref(), idempotent).await?;

        Ok(LoadedReferential {
            outcome,
            before: (!own.is_empty()).then_some(own.len()),
            changes: pairs(zonings, &own).filter_map(|(new, old)| new.changes(old)).collect(),
            contradictions: pairs(zonings, &others)
                .filter_map(|(new, other)| new.contradicts(other))
                .collect(),
        })
    }

    /// The zonings of a vintage that are stored, each file under its key.
    async fn stored_zonings(&self, millesime: i64) -> Result<Vec<(String, Vec<Zoning>)>> {
        let of_vintage = format!("-{millesime}");
        let snapshot = self.snapshot(At::Latest).await?;

        let mut stored = Vec::new();
        for (table, file) in snapshot.all_files() {
            if table == ZONAGES && file.periode.ends_with(&of_vintage) {
                let mut zonings = Vec::new();
                for batch in file.batches(&[])? {
                    zonings.extend(zonings_of(&batch)?);
                }
                stored.push((file.periode.clone(), zonings));
            }
        }
        Ok(stored)
    }
}

/// The refusal of a file that would take whole départements away: files by département do not complete, but replace each other.
fn departements_lost(file: &Referential, own: &[Zoning]) -> Option<Error> {
    let of = |zonings: &[Zoning]| -> BTreeSet<String> {
        zonings.iter().map(|z| departement(&z.code_commune).to_owned()).collect()
    };
    let (before, new) = (of(own), of(&file.report.zonings));
    let lost: Vec<String> = before.difference(&new).cloned().collect();

    // A shorter file is judged by its length; one that brings others is another part.
    let another = new.difference(&before).next().is_some();
    (another && !lost.is_empty()).then(|| {
        Error::refused(format!(
            "« {} » remplacerait un référentiel de même source, millésime et territoire, qui donne aussi le département {} : les communes de celui-ci n'auraient plus de zonage",
            file.source,
            lost.join(", ")
        ))
        .hint("réunissez les départements dans un seul fichier, ou relancez avec --remplacer-partiellement si c'est voulu")
    })
}

/// The département of a commune, by its code.
fn departement(code: &str) -> &str {
    let digits = if code.starts_with("97") || code.starts_with("98") { 3 } else { 2 };
    code.get(..digits).unwrap_or(code)
}

/// Each commune that both have, as the first and as the others say it.
fn pairs<'z>(
    zonings: &'z [Zoning],
    others: &'z [Zoning],
) -> impl Iterator<Item = (&'z Zoning, &'z Zoning)> {
    let by_code: BTreeMap<&str, &Zoning> =
        zonings.iter().map(|zoning| (zoning.code_commune.as_str(), zoning)).collect();
    others
        .iter()
        .filter_map(move |other| Some((*by_code.get(other.code_commune.as_str())?, other)))
}

/// The key without perimeter, as earlier programs wrote it, if what stands under it has the perimeter of `file`.
fn earlier_key(
    file: &Referential,
    key: &str,
    stored: &[(String, Vec<Zoning>)],
    communes: &Communes,
) -> Option<String> {
    let under = stored.iter().filter(|(periode, _)| periode == key);
    let codes: Vec<&str> =
        under.flat_map(|(_, z)| z).map(|zoning| zoning.code_commune.as_str()).collect();

    let replaced = file.perimeter != "FR"
        && !codes.is_empty()
        && perimeter(codes.into_iter(), communes) == file.perimeter;
    replaced.then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn new_store() -> (tempfile::TempDir, &'static Communes, Store) {
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
            for file in read(&path, None, &[], communes).unwrap() {
                let outcome = store.load_referential(&file, communes, true).await.unwrap().outcome;
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
            read(&path, None, &[], communes).unwrap().remove(0)
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
            ..Entry::default()
        };
        let rows = zonings_batch(&normandie.report.zonings).unwrap();
        store.commit_rows(&entry, ZONAGES, &rows, None, true).await.unwrap();

        let mut stored = Vec::new();
        for (file, replaces) in [(read_text("29019;ZAC\n"), false), (normandie, true)] {
            let outcome = store.load_referential(&file, communes, false).await.unwrap().outcome;
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
