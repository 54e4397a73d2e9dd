//! Gated tables as files and on screen. Nothing here takes a raw table.
//!
//! Files are for machines: decimal point, ISO dates, `n.c.` where statistical secrecy hides a value. The screen is for
//! people: French formats. When secrecy was turned off, every form carries `NON DIFFUSABLE`.

pub mod csv;
pub mod json;
mod marks;
pub mod parquet;
pub mod screen;
pub mod xlsx;

use std::path::Path;

use base::error::{Context, Error, Result};
use disclosure::GatedTable;

pub use marks::{FICTIVE, HIDDEN, NOT_FOR_RELEASE, machine};

/// A form that tables can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputForm {
    /// Aligned columns for the terminal.
    Table,
    /// Comma-separated values, UTF-8.
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object per row.
    Ndjson,
    /// Workbook, one sheet per table.
    Xlsx,
    /// Parquet.
    Parquet,
}

impl OutputForm {
    /// The form that a file's extension asks for.
    pub fn of_path(path: &Path) -> Option<Self> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => OutputForm::Csv,
            "json" => OutputForm::Json,
            "ndjson" | "jsonl" => OutputForm::Ndjson,
            "xlsx" => OutputForm::Xlsx,
            "parquet" => OutputForm::Parquet,
            "txt" => OutputForm::Table,
            _ => return None,
        })
    }
}

/// The table in the given form.
///
/// # Errors
/// If the form cannot hold it.
pub fn bytes(table: &GatedTable, form: OutputForm, width: u16) -> Result<Vec<u8>> {
    match form {
        OutputForm::Table => Ok(screen::text(table, width, None).into_bytes()),
        OutputForm::Csv => csv::bytes(table),
        OutputForm::Json => json::document(table),
        OutputForm::Ndjson => json::lines(table),
        OutputForm::Xlsx => xlsx::workbook(&[table]),
        OutputForm::Parquet => parquet::bytes(table, &[]),
    }
}

/// Writes `content` to `path` whole or not at all: a reader never sees half a file.
///
/// # Errors
/// If the folder or file cannot be written.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    let fail = || format!("écriture impossible de {}", path.display());
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).access(fail)?;
    }

    let name = path
        .file_name()
        .ok_or_else(|| Error::usage(format!("{} n'est pas un nom de fichier", path.display())))?;

    let temporary = path.with_file_name(format!(".{}.tmp", name.to_string_lossy()));
    std::fs::write(&temporary, content)
        .and_then(|()| std::fs::rename(&temporary, path))
        .access(fail)
        .map_err(|e| e.hint("vérifiez les droits d'écriture et l'espace disque"))
}
