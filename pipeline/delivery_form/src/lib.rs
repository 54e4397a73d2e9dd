//! The workbooks that a région is given: the one that it fills in, and [`annotated`], the rows that it has to correct.
//!
//! The workbook that a région fills in: the sheet `livraison`, a sheet per table of the contract, a sheet that explains and a hidden
//! one with the lists. All of it derives from the contract, and the reader takes it back as it is.
//!
//! In the sheet of a table the first row says in plain words what each column holds, the second bears the names, the data follow:
//! the reader looks for the header in the first rows of a sheet.

pub mod annotated;
mod choices;
mod header_sheet;
mod known;
mod lists;
mod readme;
mod styles;
mod table_sheet;
mod validation;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use base::error::{Context, Result};
use contract::Contract;
use delivery::{LISTS_SHEET, Period, README_SHEET};
use geography::Communes;

pub use known::{FundingSource, Known};

use lists::Lists;
use table_sheet::TableSheet;

/// What a workbook is made from.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryForm<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// Communes, for the lists of codes.
    pub communes: &'a Communes,
    /// INSEE code of the région.
    pub region: &'a str,
    /// The period to be delivered.
    pub period: &'a Period,
    /// What the store knows of the région.
    pub known: &'a Known,
}

impl DeliveryForm<'_> {
    /// The workbook, as XLSX. Same inputs, same bytes.
    ///
    /// # Errors
    /// If a sheet cannot be built.
    pub fn workbook(&self) -> Result<Vec<u8>> {
        self.build().access(|| "le modèle de livraison ne peut pas être écrit".into())
    }

    /// Name of the région, or its code.
    fn region_name(&self) -> &str {
        self.communes.region_name(self.region).unwrap_or(self.region)
    }

    fn build(&self) -> std::result::Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        // A fixed creation date: the same inputs must give the same bytes.
        book.set_properties(
            &DocProperties::new()
                .set_creation_datetime(&ExcelDateTime::from_ymd(2024, 1, 1)?)
                .set_title(format!(
                    "Livraison médicobus, {}, {}",
                    self.region_name(),
                    self.period.text
                ))
                .set_author("medicobus"),
        );

        let mut lists = Lists::of_communes(self);
        readme::fill(book.add_worksheet().set_name(README_SHEET)?, self)?;
        header_sheet::fill(book.add_worksheet().set_name("livraison")?, self, &mut lists)?;

        for table in self.contract.tables() {
            let page = book.add_worksheet().set_name(&table.name)?;
            TableSheet { form: self, table }.fill(page, &mut lists)?;
        }

        lists.fill(book.add_worksheet().set_name(LISTS_SHEET)?)?;
        book.save_to_buffer()
    }
}
