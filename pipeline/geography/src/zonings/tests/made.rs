//! Files made for a test, and what is asked of them.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use base::error::Result;

use crate::communes::Communes;
use crate::zonings::{Zoning, ZoningReport, read_zonings};

pub(super) fn made_workbook(
    folder: &TempDir,
    name: &str,
    sheets: &[(&str, &[&[&str]])],
) -> PathBuf {
    let mut workbook = Workbook::new();
    for (titles, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*titles).unwrap();

        for (rank, row) in rows.iter().enumerate() {
            for (column, text) in row.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                match text.parse::<f64>() {
                    Ok(number) => sheet.write_number(rank as u32, column as u16, number).unwrap(),
                    Err(_) => sheet.write_string(rank as u32, column as u16, *text).unwrap(),
                };
            }
        }
    }

    let path = folder.path().join(name);
    workbook.save(&path).unwrap();
    path
}

/// Rewrites the first sheet of a workbook.
pub(super) fn rewritten(path: &Path, rewrite: impl Fn(&str) -> String) {
    let mut from = ZipArchive::new(Cursor::new(fs::read(path).unwrap())).unwrap();
    let mut to = ZipWriter::new(fs::File::create(path).unwrap());
    for i in 0..from.len() {
        let mut part = from.by_index(i).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            bytes = rewrite(&String::from_utf8(bytes).unwrap()).into_bytes();
        }
        to.start_file(name, SimpleFileOptions::default()).unwrap();
        to.write_all(&bytes).unwrap();
    }
    to.finish().unwrap();
}

pub(super) fn text(folder: &TempDir, name: &str, contenu: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, contenu).unwrap();
    path
}

pub(super) fn trouve<'a>(report: &'a ZoningReport, code: &str) -> &'a Zoning {
    report.zonings.iter().find(|z| z.code_commune == code).unwrap()
}

pub(super) fn read(folder: &TempDir, name: &str, content: &str) -> Result<ZoningReport> {
    let path = text(folder, name, content.as_bytes());
    read_zonings(&path, None, &[], Communes::embedded().unwrap())
}

pub(super) fn read_named(
    folder: &TempDir,
    name: &str,
    content: &str,
    named: &str,
) -> Result<ZoningReport> {
    let path = text(folder, name, content.as_bytes());
    let named = [named.to_owned()];
    read_zonings(&path, None, &named, Communes::embedded().unwrap())
}

/// The error with its hint.
pub(super) fn refusal(outcome: Result<ZoningReport>) -> String {
    let error = outcome.unwrap_err();
    format!("{error} {}", error.hint_text().unwrap_or_default())
}

pub(super) fn zones(report: &ZoningReport, code: &str) -> Vec<(i64, Option<String>)> {
    report
        .zonings
        .iter()
        .filter(|z| z.code_commune == code)
        .map(|z| (z.vintage, z.zonage_mg.clone()))
        .collect()
}
