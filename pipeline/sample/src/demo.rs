//! The deliveries of `sample_data/`: four régions, each with its own way of writing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::delivery::DeliveryForm;
use super::dialect::OutputDialect;
use super::planted_errors::ExpectedFinding;
use super::truth::{Truth, quarter_name};
use super::world::{World, generate};
use super::writer::{RowCounts, region, write, zonings};
use super::{Params, REGIONS};
use base::error::{Context, Result};
use geography::Communes;

const READ_ME: &str = include_str!("lisez_moi.md");

/// The known truth as `truth.json` holds it.
#[derive(Serialize)]
struct TruthFile<'a> {
    #[serde(rename = "graine")]
    seed: u64,
    #[serde(flatten)]
    #[serde(rename = "verite")]
    truth: &'a Truth,
    /// Quarter of the first tour, by territory served.
    #[serde(rename = "cohortes")]
    cohorts: BTreeMap<&'a str, String>,
    /// Quarter of the first tour in the EPCI, by territory not served whose EPCI is.
    #[serde(rename = "voisins")]
    neighbours: BTreeMap<&'a str, String>,
    /// Sound rows, by table: what must be accepted.
    #[serde(rename = "lignes_saines")]
    sound_rows: RowCounts,
}

/// How each région of the sample delivers.
fn way(region: &str, periode: &str) -> (DeliveryForm, OutputDialect) {
    match (region, periode) {
        ("28", "2026") => (DeliveryForm::Folder, OutputDialect::ENGLISH),
        ("84", _) => (DeliveryForm::Folder, OutputDialect::SPREADSHEET),
        ("44", _) => (DeliveryForm::Workbook, OutputDialect::SIMPLE),
        ("03", _) => (DeliveryForm::Zip, OutputDialect::CODED),
        _ => (DeliveryForm::Folder, OutputDialect::SIMPLE),
    }
}

/// Writes the whole of `sample_data/` into `folder`: sixteen deliveries, `truth.json`, `erreurs_attendues.csv`, `zonings.csv`
/// and a `README.md`. What is there under the same names is overwritten. Returns the sound rows written, by table.
///
/// # Errors
/// If `folder` cannot be written.
pub fn write_demo(folder: &Path, seed: u64) -> Result<RowCounts> {
    write_regions(folder, seed, &REGIONS)
}

fn write_regions(folder: &Path, seed: u64, regions: &[&str]) -> Result<RowCounts> {
    let world = generate(&Params::new(seed, regions, 1))?;
    let communes = Communes::embedded()?;
    let mut former_codes = BTreeMap::new();

    for (former, current) in communes.successors() {
        former_codes.entry(current.to_owned()).or_insert_with(|| former.to_owned());
    }

    let mut counts = RowCounts::new();
    let mut expected_findings = Vec::new();

    for code in regions {
        let nom = communes.region_name(code).unwrap_or(code);
        let (rows, planted_errors) = region(&world, code, nom, folder, &way, Some(&former_codes))?;
        for (table, rows) in rows {
            *counts.entry(table).or_insert(0) += rows;
        }

        expected_findings.extend(planted_errors);
    }

    write(folder, "erreurs_attendues.csv", &error_lines(&expected_findings))?;
    write(folder, "zonages.csv", &zonings(&world))?;
    write(folder, "verite.json", &truth(&world, counts.clone())?)?;
    write(folder, "README.md", READ_ME)?;

    Ok(counts)
}

fn error_lines(expected_findings: &[ExpectedFinding]) -> String {
    let mut text = "livraison,fichier,table,ligne,champ,regle,gravite\n".to_owned();
    for a in expected_findings {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{}",
            a.delivery, a.file, a.table, a.row, a.field, a.rule, a.severity
        );
    }

    text
}

fn truth(world: &World, sound_rows: RowCounts) -> Result<String> {
    let by = |when: fn(&super::Territory) -> Option<i64>| {
        world
            .territories
            .iter()
            .filter_map(|t| Some((t.code.as_str(), quarter_name(when(t)?))))
            .collect::<BTreeMap<_, _>>()
    };

    let truth = TruthFile {
        seed: world.params.seed,
        truth: &world.truth,
        cohorts: by(|t| t.cohort),
        neighbours: by(|t| t.neighbour_since),
        sound_rows,
    };

    let text = serde_json::to_string_pretty(&truth)
        .access(|| "la vérité ne s'écrit pas en JSON".into())?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use calamine::{Reader, Xlsx};

    use super::*;
    use crate::SEED;

    type Lignes = Vec<Vec<String>>;

    /// The rows of every file of a folder, by path: bytes of compressed files may change with the compressor, what they say may not.
    fn contents(folder: &Path, below: &str, all: &mut BTreeMap<String, Lignes>) {
        for dir_entry in fs::read_dir(folder.join(below)).unwrap() {
            let nom = dir_entry.unwrap().file_name().into_string().unwrap();
            let relative = if below.is_empty() { nom.clone() } else { format!("{below}/{nom}") };

            let path = folder.join(&relative);
            if path.is_dir() {
                contents(folder, &relative, all);
            } else if nom.ends_with(".xlsx") {
                let mut workbook: Xlsx<_> = calamine::open_workbook(&path).unwrap();
                for (sheet, range) in workbook.worksheets() {
                    let rows =
                        range.rows().map(|l| l.iter().map(ToString::to_string).collect()).collect();
                    all.insert(format!("{relative}/{sheet}"), rows);
                }
            } else if nom.ends_with(".zip") {
                let mut archive = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
                for rank in 0..archive.len() {
                    let mut file = archive.by_index(rank).unwrap();
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).unwrap();
                    let nom = file.name().unwrap().into_owned();
                    all.insert(format!("{relative}/{nom}"), rows(&nom, &bytes));
                }
            } else {
                all.insert(relative, rows(&nom, &fs::read(&path).unwrap()));
            }
        }
    }

    fn rows(nom: &str, bytes: &[u8]) -> Lignes {
        let mut plain = Vec::new();
        if nom.ends_with(".gz") {
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
        } else {
            plain = bytes.to_vec();
        }

        let text = String::from_utf8(plain)
            .unwrap_or_else(|e| encoding_rs::WINDOWS_1252.decode(e.as_bytes()).0.into_owned())
            .trim_start_matches('\u{feff}')
            .to_owned();
        let first_line = text.lines().next().unwrap_or_default();

        let separator = if first_line.contains(';') { b';' } else { b',' };
        if !nom.contains(".csv") {
            return text.lines().map(|l| vec![l.to_owned()]).collect();
        }

        csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(separator)
            .from_reader(text.as_bytes())
            .into_records()
            .map(|l| l.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    fn all(folder: &Path) -> BTreeMap<String, Lignes> {
        let mut all = BTreeMap::new();
        contents(folder, "", &mut all);
        all
    }

    #[test]
    fn the_committed_sample_is_what_the_generator_writes() {
        let fresh = tempfile::tempdir().unwrap();
        write_demo(fresh.path(), SEED).unwrap();

        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (committed, rewritten) = (all(&root.join("sample_data")), all(fresh.path()));
        assert_eq!(committed.keys().collect::<Vec<_>>(), rewritten.keys().collect::<Vec<_>>());

        for (nom, rows) in &rewritten {
            assert!(committed[nom] == *rows, "{nom} : relancer « medicobus exemple »");
        }
    }

    #[test]
    fn each_expected_error_stands_on_its_line() {
        let folder = tempfile::tempdir().unwrap();
        write_demo(folder.path(), 12).unwrap();
        let all = all(folder.path());
        let (mut refusals, mut read_rows) = (BTreeMap::new(), BTreeMap::new());

        for (nom, rows) in
            all.iter().filter(|(nom, _)| nom.contains('/') && !nom.contains("livraison"))
        {
            *read_rows.entry(nom.split('/').next().unwrap()).or_insert(0) += rows.len() - 1;
        }

        for expected in all["erreurs_attendues.csv"].iter().skip(1) {
            let [delivery, file, _, row, field, rule, severity] = &expected[..] else {
                panic!("{expected:?}")
            };
            let rows = &all[&format!("{delivery}/{file}")];

            let column = rows[0].iter().position(|c| c.eq_ignore_ascii_case(field)).unwrap();
            let rank = row.parse::<usize>().unwrap() - 1;

            let (mutated, sound) = (&rows[rank][column], &rows[rank - 1][column]);
            match rule.as_str() {
                "requis" => assert_eq!(mutated, "", "{expected:?}"),
                "unicite" => assert_eq!(mutated, sound, "{expected:?}"),
                "zero_retabli" => assert_eq!(mutated.len(), 4, "{expected:?}"),
                "commune_fusionnee" => assert_eq!(mutated.len(), 5, "{expected:?}"),
                _ => assert_ne!(mutated, sound, "{expected:?}"),
            }

            if severity == "refus" {
                *refusals.entry(delivery.as_str()).or_insert(0) += 1;
            }
        }

        assert_eq!(read_rows.len(), 16);
        for (delivery, read_rows) in read_rows {
            let refusals: usize = refusals.get(delivery).copied().unwrap_or_default();
            assert!(
                refusals * 50 < read_rows,
                "{delivery} : {refusals} lignes refusées sur {read_rows}"
            );
        }
    }
}
