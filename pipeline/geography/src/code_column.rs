//! Which column holds the commune that a row is about. Others may hold codes of communes too: the chef-lieu, the seat of an EPCI, the
//! main surgery. All evidence counts: how many communes it names, on how many rows, and whether its name says another place.

use std::collections::BTreeSet;

use super::communes::Communes;
use super::evidence::years;
use super::sheet::{ZoningSheet, commune_code, is_commune_code};
use base::error::{Error, Result};

/// What speaks for a column; one that is no less in any point, and more in one, is the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Strength {
    /// Different communes.
    communes: usize,
    /// Rows with a commune.
    rows: usize,
    /// Whether its name says the code of the commune and nothing else.
    plain: bool,
}

impl Strength {
    fn at_least(self, other: Self) -> bool {
        self.communes >= other.communes && self.rows >= other.rows && self.plain >= other.plain
    }
}

/// The column of a sheet that holds the code of each row's commune.
///
/// # Errors
/// If two columns could be it and do not say the same, or if the only one names another place than the row's.
pub(super) fn code_column(sheet: &ZoningSheet, communes: &Communes) -> Result<Option<usize>> {
    let named = (0..sheet.header.len()).filter(|column| is_commune_code(&sheet.header[*column]));
    let columns: Vec<(usize, Strength)> =
        named.map(|column| (column, strength(sheet, column, communes))).collect();
    let Some(best) = columns.iter().find(|(_, one)| columns.iter().all(|(_, o)| one.at_least(*o)))
    else {
        return match columns[..] {
            [] => Ok(None),
            [(one, _), ..] => Err(either(sheet, &columns, one)),
        };
    };

    let rival = columns
        .iter()
        .find(|(column, strength)| *strength == best.1 && !same_codes(sheet, best.0, *column));
    match rival {
        Some((rival, _)) => Err(two(sheet, best.0, *rival)),
        None if tells_another_place(&sheet.header[best.0]) => Err(elsewhere(sheet, best.0)),
        None => match (best.1.rows, department(sheet)) {
            (0, Some(department)) if short(sheet, best.0) => {
                Err(in_two_columns(sheet, department, best.0))
            }
            _ => Ok(Some(best.0)),
        },
    }
}

fn strength(sheet: &ZoningSheet, column: usize, communes: &Communes) -> Strength {
    let codes: Vec<String> = codes(sheet, column)
        .flatten()
        .filter(|code| communes.exists(code) || communes.successor(code).is_some())
        .collect();
    Strength {
        rows: codes.len(),
        communes: codes.into_iter().collect::<BTreeSet<_>>().len(),
        plain: is_plain(&sheet.header[column]),
    }
}

/// The column that holds the département, where the code of a commune is parted in two.
fn department(sheet: &ZoningSheet) -> Option<usize> {
    let named = |name: &String| {
        let word = name.trim_start_matches("code_").trim_start_matches("cod_");
        matches!(word, "dep" | "dpt" | "dept" | "departement")
    };
    sheet.header.iter().position(named)
}

/// Whether a column holds the last digits of the codes alone: `079` of `61079`.
fn short(sheet: &ZoningSheet, column: usize) -> bool {
    let mut cells =
        sheet.rows.iter().filter_map(|(_, row)| row.get(column)).map(|cell| cell.trim());
    let digits = |cell: &str| cell.len() <= 3 && cell.bytes().all(|b| b.is_ascii_digit());
    cells.all(digits)
}

fn codes(sheet: &ZoningSheet, column: usize) -> impl Iterator<Item = Option<String>> {
    sheet
        .rows
        .iter()
        .map(move |(_, row)| row.get(column).and_then(|text| commune_code(text)))
}

fn same_codes(sheet: &ZoningSheet, one: usize, other: usize) -> bool {
    codes(sheet, one).eq(codes(sheet, other))
}

/// « Code commune », « Code INSEE de la commune 2025 ».
fn is_plain(name: &str) -> bool {
    name.split('_').all(|word| {
        matches!(
            word,
            "code"
                | "cod"
                | "codes"
                | "codgeo"
                | "depcom"
                | "codecommune"
                | "com"
                | "insee"
                | "commune"
                | "communes"
                | "geographique"
                | "officiel"
                | "cog"
                | "geo"
                | "de"
                | "la"
                | "du"
                | "d"
                | "l"
                | "actuel"
                | "actuelle"
                | "en"
                | "vigueur"
                | "au"
                | "1er"
                | "01"
                | "janvier"
        ) || !years(word).is_empty()
    })
}

/// « Code commune chef-lieu », « Code commune siège EPCI », « Code commune cabinet principal ».
fn tells_another_place(name: &str) -> bool {
    let starts = [
        "chef",
        "siege",
        "cabinet",
        "epci",
        "principal",
        "rattach",
        "limitrophe",
        "voisin",
        "pole",
        "centre",
        "proche",
        "naissance",
        "residence",
    ];
    name.split('_').any(|word| starts.iter().any(|start| word.starts_with(start)))
}

/// No column is the best in every point: the first, and one that beats it in some.
fn either(sheet: &ZoningSheet, columns: &[(usize, Strength)], one: usize) -> Error {
    let own = columns.iter().find(|(column, _)| *column == one).map(|(_, strength)| *strength);
    let better = columns.iter().find(|(_, other)| own.is_some_and(|own| !own.at_least(*other)));
    two(sheet, one, better.map_or(one, |(column, _)| *column))
}

fn two(sheet: &ZoningSheet, one: usize, other: usize) -> Error {
    let [one, other] = [one, other].map(|column| sheet.labels[column].as_str());
    Error::refused(format!(
        "feuille « {} » : le code de la commune, « {one} » ou « {other} » ?",
        sheet.name
    ))
    .hint("nommer CODGEO la bonne colonne, et ôter l'autre")
}

fn elsewhere(sheet: &ZoningSheet, column: usize) -> Error {
    let (name, label) = (&sheet.name, &sheet.labels[column]);
    Error::refused(format!(
        "feuille « {name} » : « {label} » est le code d'une autre commune que celle de la ligne, et aucune autre colonne ne donne celui-ci"
    ))
    .hint("ajouter la colonne du code de la commune, ou la nommer CODGEO si elle est là sous un autre nom")
}

fn in_two_columns(sheet: &ZoningSheet, department: usize, commune: usize) -> Error {
    let [department, commune] = [department, commune].map(|column| sheet.labels[column].as_str());
    Error::refused(format!(
        "feuille « {} » : le code de la commune est en deux colonnes, « {department} » et « {commune} »",
        sheet.name
    ))
    .hint("les joindre en une colonne CODGEO : 61 et 079 donnent 61079 (974 et 11 : 97411)")
}
