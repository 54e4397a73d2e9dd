//! Writes a delivery the way it arrives: a folder of CSV, a ZIP of gzipped CSV, or a workbook.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::Datelike;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::dialect::OutputDialect;
use super::field::{Field, FieldRow, Table};
use base::error::{Context, Error, Result};

/// What a delivery is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryForm {
    /// A folder; the large tables are gzipped.
    Folder,
    /// A ZIP of gzipped CSV.
    Zip,
    /// A workbook, a sheet per table.
    Workbook,
}

/// Who delivers what.
#[derive(Debug, Clone)]
pub struct Label {
    /// INSEE code of the région.
    pub region: String,
    /// `2022-2023` or `2025`.
    pub periode: String,
    /// The producer.
    pub producteur: String,
    /// Whether the tables have the columns that they gained with the deliveries of 2026.
    pub later: bool,
}

impl Label {
    fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("region", &self.region),
            ("periode", &self.periode),
            ("producteur", &self.producteur),
        ]
    }

    fn toml(&self) -> String {
        let mut text = String::new();
        for (key, value) in self.pairs() {
            text.push_str(&format!("{key} = \"{value}\"\n"));
        }
        text.push_str("fictives = true\n");
        text
    }
}

/// Where bytes go until the delivery ends; memory gives them back.
trait ByteSink: Write + Send {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>>;
}

impl ByteSink for BufWriter<File> {
    fn finish(mut self: Box<Self>) -> io::Result<Vec<u8>> {
        self.flush()?;
        Ok(Vec::new())
    }
}

impl ByteSink for GzEncoder<BufWriter<File>> {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        (*self).finish()?.flush()?;
        Ok(Vec::new())
    }
}

impl ByteSink for GzEncoder<Vec<u8>> {
    fn finish(self: Box<Self>) -> io::Result<Vec<u8>> {
        (*self).finish()
    }
}

enum Sheet {
    Csv(Box<dyn ByteSink>),
    Tab(Box<Worksheet>),
}

/// A delivery being written.
pub struct DeliveryWriter {
    path: PathBuf,
    form: DeliveryForm,
    dialect: OutputDialect,
    label: Label,
    date_format: Format,
    sheets: BTreeMap<Table, (Sheet, u32)>,
}

impl DeliveryWriter {
    /// Opens a delivery named after its région and period in `folder`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn create(
        folder: &Path,
        label: Label,
        form: DeliveryForm,
        dialect: OutputDialect,
    ) -> Result<Self> {
        let name = format!("{}-{}", label.region, label.periode);
        let path = match form {
            DeliveryForm::Folder => folder.join(name),
            DeliveryForm::Zip => folder.join(format!("{name}.zip")),
            DeliveryForm::Workbook => folder.join(format!("{name}.xlsx")),
        };

        if form == DeliveryForm::Folder {
            fs::create_dir_all(&path).access(|| cannot_write(&path))?;
            let entry = path.join("livraison.toml");
            fs::write(&entry, label.toml()).access(|| cannot_write(&entry))?;
        }

        Ok(Self {
            path,
            form,
            dialect,
            label,
            date_format: Format::new().set_num_format("dd/mm/yyyy"),
            sheets: BTreeMap::new(),
        })
    }

    /// Name of the delivery among the others (`28-2025`, `44-2025.xlsx`).
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Name of the file, or of the sheet, that holds a table.
    pub fn file(&self, table: Table) -> String {
        let name = table.name();
        match self.form {
            DeliveryForm::Folder if self.dialect.capitals => {
                format!("{}_{}.csv{}", name.to_uppercase(), self.label.periode, gz(table))
            }
            DeliveryForm::Folder => format!("{name}.csv{}", gz(table)),
            DeliveryForm::Zip => format!("{name}.csv.gz"),
            DeliveryForm::Workbook => name[..1].to_uppercase() + &name[1..],
        }
    }

    /// Writes a row, and returns its line in the file: the header is line 1.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn row(&mut self, table: Table, row: &FieldRow<'_>) -> Result<u32> {
        if !self.sheets.contains_key(&table) {
            let sheet = self.open(table)?;
            self.sheets.insert(table, (sheet, 1));
        }

        let path = &self.path;
        let Some((sheet, number)) = self.sheets.get_mut(&table) else {
            return Err(Error::access(cannot_write(path)));
        };

        match sheet {
            Sheet::Csv(sink) => {
                sink.write_all(&self.dialect.row(row)).access(|| cannot_write(path))?
            }
            Sheet::Tab(tab) => {
                for (column, field) in row.iter().enumerate() {
                    cell(tab, *number, column as u16, field, &self.date_format)
                        .access(|| cannot_write(path))?;
                }
            }
        }

        *number += 1;
        Ok(*number)
    }

    fn open(&self, table: Table) -> Result<Sheet> {
        let name = self.file(table);
        let more = if self.label.later { table.later_columns() } else { &[] };
        let columns = [table.columns(), more].concat();
        let mut sink: Box<dyn ByteSink> = match self.form {
            DeliveryForm::Workbook => {
                let mut tab = Worksheet::new();
                tab.set_name(&name).access(|| cannot_write(&self.path))?;

                for (column, titre) in columns.iter().enumerate() {
                    tab.write_string(0, column as u16, *titre)
                        .access(|| cannot_write(&self.path))?;
                }

                return Ok(Sheet::Tab(Box::new(tab)));
            }
            DeliveryForm::Zip => Box::new(GzEncoder::new(Vec::new(), Compression::best())),
            DeliveryForm::Folder => {
                let path = self.path.join(&name);
                let file = BufWriter::new(File::create(&path).access(|| cannot_write(&path))?);

                if gz(table).is_empty() {
                    Box::new(file)
                } else {
                    Box::new(GzEncoder::new(file, Compression::best()))
                }
            }
        };

        sink.write_all(&self.dialect.header(&columns))
            .access(|| cannot_write(&self.path))?;
        Ok(Sheet::Csv(sink))
    }

    /// Ends the delivery.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let message = || cannot_write(&self.path);
        let sheets = std::mem::take(&mut self.sheets);

        match self.form {
            DeliveryForm::Folder => {
                for (sheet, _) in sheets.into_values() {
                    if let Sheet::Csv(sink) = sheet {
                        sink.finish().access(message)?;
                    }
                }
            }
            DeliveryForm::Zip => {
                // Stored, since each file is compressed already; the entries keep the format's own first date, not today's.
                let options = SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Stored)
                    .last_modified_time(zip::DateTime::default());
                let mut archive = ZipWriter::new(File::create(&self.path).access(message)?);

                archive.start_file("livraison.toml", options).access(message)?;
                archive.write_all(self.label.toml().as_bytes()).access(message)?;
                for (table, (sheet, _)) in sheets {
                    if let Sheet::Csv(sink) = sheet {
                        let bytes = sink.finish().access(message)?;
                        archive.start_file(self.file(table), options).access(message)?;
                        archive.write_all(&bytes).access(message)?;
                    }
                }

                archive.finish().access(message)?;
            }
            DeliveryForm::Workbook => {
                let mut workbook = Workbook::new();
                // A fixed date of creation: the same data make the same file.
                let created = ExcelDateTime::from_ymd(2026, 1, 1).access(message)?;
                workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
                let tab = workbook.add_worksheet();
                tab.set_name("livraison").access(message)?;

                for (rank, (key, value)) in [("clé", "valeur")]
                    .into_iter()
                    .chain(self.label.pairs())
                    .chain([("fictives", "oui")])
                    .enumerate()
                {
                    tab.write_string(rank as u32, 0, key).access(message)?;
                    tab.write_string(rank as u32, 1, value).access(message)?;
                }

                for (sheet, _) in sheets.into_values() {
                    if let Sheet::Tab(tab) = sheet {
                        workbook.push_worksheet(*tab);
                    }
                }

                workbook.save(&self.path).access(message)?;
            }
        }

        Ok(())
    }
}

fn cannot_write(path: &Path) -> String {
    format!("impossible d'écrire « {} »", path.display())
}

/// The tables that weigh are gzipped, the small ones stay readable.
fn gz(table: Table) -> &'static str {
    match table {
        Table::Consultations | Table::Tournees | Table::DelaisMg => ".gz",
        _ => "",
    }
}

fn cell(
    tab: &mut Worksheet,
    row: u32,
    column: u16,
    field: &Field<'_>,
    date_format: &Format,
) -> std::result::Result<(), rust_xlsxwriter::XlsxError> {
    match field {
        Field::Empty => return Ok(()),
        Field::Text("oui") | Field::Bool(true) => tab.write_boolean(row, column, true)?,
        Field::Text("non") | Field::Bool(false) => tab.write_boolean(row, column, false)?,
        Field::Text(word) => tab.write_string(row, column, *word)?,
        Field::Owned(word) => tab.write_string(row, column, word)?,
        Field::Numbered(prefix, rank) => {
            tab.write_string(row, column, format!("{prefix}-{rank:06}"))?
        }
        Field::Key(key) => tab.write_string(row, column, format!("{key:016x}"))?,
        Field::Integer(n) => tab.write_number(row, column, *n as f64)?,
        Field::Tenths(n) => tab.write_number(row, column, *n as f64 / 10.0)?,
        Field::Hundredths(n) => tab.write_number(row, column, *n as f64 / 100.0)?,
        Field::Date(date) => {
            let date =
                ExcelDateTime::from_ymd(date.year() as u16, date.month() as u8, date.day() as u8)?;
            tab.write_datetime_with_format(row, column, &date, date_format)?
        }
        Field::Time(minutes) => {
            tab.write_string(row, column, format!("{:02}:{:02}", minutes / 60, minutes % 60))?
        }
    };
    Ok(())
}
