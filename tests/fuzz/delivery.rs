//! A delivery of arbitrary bytes through the real reader, judge and identity guard.
//!
//! The first byte says what the rest is: one table as CSV, as CSV.gz, a workbook, a ZIP, or the descriptor `livraison.toml`. The other
//! files of the delivery are good ones. Besides a crash, a hang or an exhausted memory, what counts as a finding: a row lost
//! or counted twice, rows out of the contract's form, a refused row without a finding, a finding that
//! names no rule of the contract's list.

#![no_main]
#![allow(
    missing_docs,
    reason = "the macro of libFuzzer writes items without docs"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;

use base::error::Result;
use contract::{Contract, Severity, TableSchema};
use delivery::{Delivery, Finding, FindingSink, Overrides, Sink, Terms};

/// Any code of five characters is a commune: the list itself is not under test.
struct Communes;

impl delivery::CommuneRegister for Communes {
    fn exists(&self, code: &str) -> bool {
        code.len() == 5
    }

    fn region(&self, _: &str) -> Option<&str> {
        Some("28")
    }

    fn is_epci(&self, code: &str) -> bool {
        code.len() == 9
    }

    fn successor(&self, code: &str, _: i32) -> Option<String> {
        (code == "61002").then(|| "61006".into())
    }
}

/// Counts the rows handed on, and looks at their form.
#[derive(Default)]
struct Kept {
    rows: u64,
}

impl Sink for Kept {
    fn accept(&mut self, table: &TableSchema, batch: RecordBatch) -> Result<()> {
        assert_eq!(batch.schema(), table.arrow_schema());
        for (field, column) in table.fields.iter().zip(batch.columns()) {
            assert!(
                !field.constraints.required || column.null_count() == 0,
                "{}.{} is required and has a blank",
                table.name,
                field.name
            );
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }
}

/// Keeps which rows were refused, and whether the whole delivery was.
#[derive(Default)]
struct Told {
    refusing: BTreeSet<(String, Option<String>, u64)>,
    fatal: bool,
}

impl FindingSink for Told {
    fn finding(&mut self, finding: &Finding) -> Result<()> {
        assert!(!finding.message.is_empty() && !finding.hint.is_empty());
        match finding.severity {
            Severity::Fichier => self.fatal = true,
            Severity::Ligne => {
                if let Some(line) = finding.line {
                    self.refusing
                        .insert((finding.file.clone(), finding.sheet.clone(), line));
                }
            }
            Severity::Avertissement => {}
        }
        Ok(())
    }
}

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::embedded().expect("the contract"));

const TABLES: [&str; 12] = [
    "consultations",
    "tournees",
    "medicobus",
    "dessertes",
    "financements",
    "territoires",
    "delais_mg",
    "offre",
    "projets_cahier",
    "demandes",
    "mesures_concurrentes",
    "objectifs",
];
const HEADER: &str = "region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS Normandie\"\n";
const BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service,jours_par_semaine\n28-orne-01,Bus,28,61,cpts,1,2024-03-18,4.5\n";

/// Lays the delivery out as its first byte says.
fn place(folder: &Path, data: &[u8]) -> std::io::Result<()> {
    let (kind, body) = data.split_first().map_or((0, data), |(k, b)| (*k, b));
    let table = TABLES[usize::from(kind >> 3) % TABLES.len()];
    fs::write(folder.join("livraison.toml"), HEADER)?;
    if table != "medicobus" || kind % 6 > 1 {
        fs::write(folder.join("medicobus.csv"), BUS)?;
    }
    match kind % 6 {
        0 => fs::write(folder.join(format!("{table}.csv")), body),
        1 => fs::write(folder.join(format!("{table}.csv.gz")), body),
        2 => fs::write(folder.join("livraison.xlsx"), body),
        3 => fs::write(folder.join("livraison.ods"), body),
        4 => fs::write(folder.join("livraison.zip"), body),
        _ => fs::write(folder.join("livraison.toml"), body),
    }
}

/// A workbook or a ZIP is a delivery by itself; the rest is a folder.
fn path_of(folder: &Path, data: &[u8]) -> PathBuf {
    match data.first().map(|k| k % 6) {
        Some(2) => folder.join("livraison.xlsx"),
        Some(3) => folder.join("livraison.ods"),
        Some(4) => folder.join("livraison.zip"),
        _ => folder.to_path_buf(),
    }
}

/// What the command line states: whose delivery it is, unless its header is under test.
fn overrides(data: &[u8]) -> Overrides {
    if data.first().is_some_and(|k| k % 6 == 5) {
        return Overrides::default();
    }
    Overrides {
        region: Some("28".into()),
        periode: Some("2025".into()),
        producteur: Some("ARS Normandie".into()),
        ..Overrides::default()
    }
}

fuzz_target!(init: {
    // The reader catches what trips the workbook parser; only a panic that leaves it is a finding.
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
}, |data: &[u8]| {
    let folder = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder for the delivery");
    place(folder.path(), data).expect("a delivery");

    let terms = Terms {
        contract: &CONTRACT,
        communes: &Communes,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).expect("a date"),
        tolerance: 1.0,
        overrides: &overrides(data),
    };
    let (mut kept, mut told) = (Kept::default(), Told::default());
    let checked = Delivery::open(&path_of(folder.path(), data), &terms, &mut told)
        .and_then(Delivery::survey)
        .and_then(|survey| survey.check(&BTreeSet::new(), folder.path(), &mut kept));
    let Ok(report) = checked else {
        return;
    };

    let (read, accepted, refused) = report.totals();
    assert_eq!(read, accepted + refused, "a row is lost");
    assert!(kept.rows <= accepted, "more rows handed on than accepted");
    if !told.fatal {
        assert_eq!(kept.rows, accepted, "an accepted row is not handed on");
        assert_eq!(
            told.refusing.len() as u64,
            refused,
            "a refused row without its finding"
        );
    }
});
