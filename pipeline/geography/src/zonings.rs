//! Official zonings that users load: INSEE's density grid, an ARS's GP zoning, DREES's APL, the TVS of each commune, or our own `zonings.csv`.

use std::path::Path;

use super::columns::{ZoningColumns, choose, named_column};
use super::communes::Communes;
use super::evidence::tells_more_than_tvs;
use super::facts::ColumnFact;
use super::plain_names::doubtful;
use super::sheet::{ZoningSheet, read_sheets};
use super::zone_flags::put_together;
use base::error::{Error, Result};

mod dated;
mod line_filter;
mod line_words;
mod lines;
mod table;
#[cfg(test)]
mod tests;

use dated::{Dated, one_year_each, years_of};
pub use table::{Ambiguous, Zoning, ZoningReport, zonings_batch, zonings_of, zonings_schema};

/// Reads one official file; its columns tell which, or `named` does. `vintage` dates the file, or picks one of the vintages it gives.
///
/// # Errors
/// If the file cannot be read, has no known column or several that nothing tells apart, no year or several, or a value that is neither
/// a level, a zone nor a number.
pub fn read_zonings(
    path: &Path,
    vintage: Option<i64>,
    named: &[String],
    communes: &Communes,
) -> Result<ZoningReport> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut sheets: Vec<(Vec<i64>, ZoningSheet)> = read_sheets(path)?
        .into_iter()
        .map(|sheet| (years_of(&sheet, &name), put_together(sheet)))
        .collect();
    let all_named =
        |sheet: &ZoningSheet| named.iter().all(|text| named_column(sheet, text).is_ok());
    if sheets.iter().any(|(_, sheet)| all_named(sheet)) {
        sheets.retain(|(_, sheet)| all_named(sheet));
    }

    // DREES gives a sheet per year: the last one wins, or the one asked for. A sheet of nothing but TVS is read where no other tells more.
    let tells_more = |sheet: &ZoningSheet| !named.is_empty() || tells_more_than_tvs(sheet);
    sheets.sort_by_key(|(years, sheet)| {
        let asked = vintage.is_some_and(|year| years.contains(&year));
        std::cmp::Reverse((tells_more(sheet), asked, years.last().copied()))
    });

    let mut found: Option<(Vec<i64>, ZoningSheet, ZoningColumns)> = None;
    let (mut left_sheets, mut left_compositions, mut doubts) = (Vec::new(), Vec::new(), Vec::new());
    for (years, sheet) in sheets {
        let columns = choose(&sheet, &name, named, communes);
        doubts.extend(doubtful(&sheet));
        match &found {
            None => found = columns?.map(|columns| (years, sheet, columns)),
            Some(_) if matches!(columns, Ok(None)) => {}
            Some((_, _, first)) if !first.only_tvs() && !tells_more(&sheet) => {
                left_compositions.push(sheet.name);
            }
            // One of another year is left; one of the same year must not be a second answer.
            Some((first, _, _)) if first.last() != years.last() => left_sheets.push(sheet.name),
            Some((_, first, _)) => {
                columns?;
                let [first, second] = [&first.name, &sheet.name];
                return Err(Error::refused(format!(
                    "« {name} » : feuille « {first} » ou « {second} » ?"
                ))
                .hint("enregistrer à part la feuille à charger"));
            }
        }
    }

    let Some((years, sheet, columns)) = found else {
        return Err(no_fact(&name, &doubts));
    };
    if let Some(year) = vintage.filter(|year| !left_sheets.is_empty() && !years.contains(year)) {
        return Err(Error::usage(format!("« {name} » : aucune feuille du millésime {year}"))
            .hint(format!("feuilles : {}, {}", sheet.name, left_sheets.join(", "))));
    }
    if vintage.is_none() {
        one_year_each(&sheet, &columns)?;
    }
    let dated = Dated::new(&name, &columns, vintage, &years)?;

    let report = lines::read_sheet(&name, &sheet, &columns, dated, communes)?;
    Ok(ZoningReport {
        sheet: sheet.name,
        left_sheets,
        left_compositions,
        ..report
    })
}

/// Why no column was taken, with those that may be meant.
fn no_fact(name: &str, doubts: &[(ColumnFact, String)]) -> Error {
    let nothing = format!("« {name} » : ni densité, ni zonage, ni APL, ni TVS parmi les colonnes");
    if doubts.is_empty() {
        return Error::refused(nothing).hint("attendu : DENS7 (INSEE), une colonne « zonage » (ARS), « APL aux médecins généralistes » (DREES), « Code du territoire de vie-santé », ou zonages.csv ; sinon la nommer avec --colonne");
    }

    let found: Vec<String> = doubts.iter().map(|(_, label)| format!("« {label} »")).collect();
    let named = doubts
        .iter()
        .map(|(fact, label)| format!("--colonne \"{}={label}\"", fact.key()));
    Error::refused(format!(
        "{nothing} ; {} dit sans doute autre chose que la densité de l'INSEE, le zonage ou l'APL des médecins généralistes",
        found.join(", ")
    ))
    .hint(format!("si c'est pourtant bien elle : {}", named.collect::<Vec<_>>().join(" ou ")))
}
