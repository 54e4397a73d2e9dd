//! What the rows of one file are judged by.

use std::collections::{BTreeMap, BTreeSet};

use base::error::Result;
use contract::{Form, TableSchema};

use super::column_reader::ColumnReader;
use super::cross::Frame;
use super::service::Service;
use super::uniqueness::Keys;
use crate::CommuneRegister;
use crate::dialect::FileLayout;
use crate::identity::{self, Scope};

/// What earlier tables of the delivery, and the store, say.
pub(crate) struct Known<'a> {
    /// Projects, with their days of service.
    pub(crate) buses: BTreeMap<String, Service>,
    /// Those of the delivery whose own rows are refused.
    pub(crate) refused_buses: BTreeSet<String>,
    /// The delivery has a table of them that cannot be read: no row of another table is to blame.
    pub(crate) buses_unread: bool,
    /// Hashes of bus, day and commune of the accepted tournees; empty when the delivery has none.
    pub(crate) itinerary: Keys,
    pub(crate) communes: &'a dyn CommuneRegister,
}

/// Everything needed to judge the rows of one file.
pub(crate) struct RowJudge<'a> {
    pub(crate) table: &'a TableSchema,
    pub(crate) layout: &'a FileLayout,
    pub(crate) readers: Vec<ColumnReader<'a>>,
    pub(crate) known: &'a Known<'a>,
    pub(crate) frame: Frame<'a>,
    /// Sets of columns that name a row, each to be unique; all of them where none do.
    pub(crate) unique: Vec<Vec<usize>>,
    /// All columns, where a key says what a row is about: the rows with one key must be the same.
    pub(crate) told: Option<Vec<usize>>,
    pub(super) watched: Vec<(usize, Scope)>,
}

impl<'a> RowJudge<'a> {
    pub(crate) fn new(
        table: &'a TableSchema,
        layout: &'a FileLayout,
        known: &'a Known<'a>,
        frame: Frame<'a>,
    ) -> Result<Self> {
        let readers = table
            .fields
            .iter()
            .map(|f| ColumnReader::new(table, f))
            .collect::<Result<Vec<_>>>()?;

        let mut unique: Vec<Vec<usize>> = Vec::new();
        let primary: Vec<usize> =
            table.primary_key.iter().filter_map(|n| table.position(n)).collect();

        let all: Vec<usize> = (0..table.fields.len()).collect();
        unique.push(if primary.is_empty() { all.clone() } else { primary });

        for (i, field) in table.fields.iter().enumerate() {
            if field.constraints.unique && !unique.contains(&vec![i]) {
                unique.push(vec![i]);
            }
        }

        let watched = table
            .fields
            .iter()
            .enumerate()
            .filter_map(|(i, f)| {
                let own = f.extension.form == Some(Form::Identifiant) && table.name == "medicobus";
                identity::scope(f.extension.sensitivity)
                    .or(own.then_some(Scope::Key))
                    .map(|s| (i, s))
            })
            .collect();

        Ok(Self {
            table,
            layout,
            readers,
            known,
            frame,
            unique,
            told: table.has_descriptive_key().then_some(all),
            watched,
        })
    }
}
