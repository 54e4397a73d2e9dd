//! The vintages of a file: what its sheets, columns and lines say, and what the user does.

use std::collections::BTreeSet;

use super::super::columns::{FactColumn, ZoningColumns};
use super::super::evidence::{years, years_in_name};
use super::super::facts::{ColumnFact, whole};
use super::super::sheet::{ZoningSheet, simple};
use base::error::{Error, Result};

/// Which vintage a line or a column is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dated {
    /// Of what carries no year of its own.
    file: Option<i64>,
    /// The only vintage wanted, where the file gives several.
    pub only: Option<i64>,
    /// Whether the user's year takes the place of the columns'.
    imposed: bool,
}

impl Dated {
    pub(super) fn new(
        name: &str,
        columns: &ZoningColumns,
        asked: Option<i64>,
        years: &[i64],
    ) -> Result<Self> {
        let own: BTreeSet<Option<i64>> = columns.facts.iter().map(|f| f.vintage).collect();
        let several = columns.vintage.is_some() || own.iter().flatten().count() > 1;
        if columns.vintage.is_some() && own.iter().any(Option::is_some) {
            return Err(Error::refused(format!(
                "« {name} » : une colonne millésime et une année dans un nom de colonne"
            ))
            .hint("ne garder que l'une des deux"));
        }

        let file = match (asked, years) {
            (Some(year), _) => Some(year),
            (None, []) => None,
            (None, [year]) => Some(*year),
            (None, _) if columns.vintage.is_some() || !own.contains(&None) => None,
            (None, _) => {
                let years: Vec<String> = years.iter().map(i64::to_string).collect();
                return Err(Error::refused(format!(
                    "« {name} » : millésime {} ?",
                    years.join(" ou ")
                ))
                .hint("l'indiquer avec --millesime AAAA"));
            }
        };
        if file.is_none() && columns.vintage.is_none() && own.contains(&None) {
            return Err(Error::refused(format!("« {name} » ne dit pas son millésime"))
                .hint("l'indiquer avec --millesime AAAA, ou dans le nom du fichier"));
        }

        Ok(Self {
            file,
            only: asked.filter(|_| several),
            imposed: asked.is_some() && !several,
        })
    }

    /// The vintage of a column, of a line whose own vintage is `text`.
    pub(super) fn vintage(self, column: &FactColumn, text: &str) -> Option<i64> {
        let own = match text {
            "" => column.vintage.filter(|_| !self.imposed),
            text => return whole(text).filter(|year| (2000..2100).contains(year)),
        };
        own.or(self.file)
    }
}

/// Refuses « Zonage 2022-2025 »: the zoning of all these years, of the first or of the last. A composition has the year of its file.
pub(super) fn one_year_each(sheet: &ZoningSheet, columns: &ZoningColumns) -> Result<()> {
    let undated = columns
        .facts
        .iter()
        .filter(|f| f.vintage.is_none() && columns.vintage.is_none())
        .filter(|f| f.fact != ColumnFact::Tvs);
    for FactColumn { fact, column, .. } in undated {
        let years = years_in_name(&sheet.header[*column]);
        if years.len() < 2 {
            continue;
        }

        let (sheet, label) = (&sheet.name, &sheet.labels[*column]);
        let years = years.iter().map(i64::to_string).collect::<Vec<_>>().join(" ou ");
        return Err(Error::refused(format!(
            "feuille « {sheet} » : {} « {label} », millésime {years} ?",
            fact.name()
        ))
        .hint(format!(
            "dire l'année où il est en vigueur : --colonne \"{}={label}\" --millesime AAAA",
            fact.key()
        )));
    }

    Ok(())
}

/// The years that the sheet tells of itself: a « millésime », else its name and its first dated title; failing the sheet's name, the
/// file's too. Several mean that nothing decides.
pub(super) fn years_of(sheet: &ZoningSheet, file: &str) -> Vec<i64> {
    let texts = || std::iter::once(&sheet.name).chain(&sheet.titles);
    let after_word = |text: &String| {
        let text = simple(text);
        let (_, after) = text.split_once("millesime")?;
        // The first one: « Millésime 2024, géographie au 01/01/2025 ».
        after.split('_').find_map(|word| years(word).first().copied())
    };
    let stated: BTreeSet<i64> = texts().filter_map(after_word).collect();
    if !stated.is_empty() {
        return stated.into_iter().collect();
    }

    let besides = [
        "source",
        "champ",
        "note",
        "lecture",
        "geographie",
        "population",
        "perimetre",
        "mise_a_jour",
    ];
    let told = |text: &&String| !besides.iter().any(|start| simple(text).starts_with(start));
    let title = sheet.titles.iter().filter(told).map(|text| years(text)).find(|y| !y.is_empty());

    let mut found = years(&sheet.name);
    if found.is_empty() {
        found = years(file);
    }
    let found: BTreeSet<i64> = found.into_iter().chain(title.unwrap_or_default()).collect();
    found.into_iter().collect()
}
