//! A zoning told by one column per zone, « Zone ZIP » and « Zone ZAC », with yes or no in each: put together as the wording that one column
//! would hold.

use super::sheet::{ZoningSheet, simple};

/// The zones that may have a column of their own.
const ZONES: [&str; 4] = ["zip", "zac", "zar", "hz"];

/// The wording of a row whose columns do not say, which no reading admits.
const UNTOLD: &str = "ni oui ni non";

/// What a cell of such a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Yes,
    No,
    Blank,
}

fn flag(text: &str) -> Option<Flag> {
    match simple(text).as_str() {
        "oui" | "o" | "x" | "1" | "1_0" | "vrai" | "true" => Some(Flag::Yes),
        "non" | "n" | "0" | "0_0" | "faux" | "false" => Some(Flag::No),
        "" => Some(Flag::Blank),
        _ => None,
    }
}

/// The zone of a column and the rest of its name: `zip` and `zone_mg` for `zone_zip_mg`.
fn zone_of(name: &str) -> Option<(&'static str, String)> {
    let words: Vec<&str> = name.split('_').collect();
    let mut zones = ZONES.into_iter().filter(|zone| words.contains(zone));
    let (zone, None) = (zones.next()?, zones.next()) else { return None };
    let rest = words.into_iter().filter(|word| *word != zone);
    Some((zone, rest.collect::<Vec<_>>().join("_")))
}

/// The columns that tell one zone each, and the rest of their names.
struct Family {
    columns: Vec<(usize, &'static str)>,
    rest: String,
}

impl Family {
    fn of(&self, zone: &str) -> usize {
        self.columns.iter().filter(|(_, z)| *z == zone).count()
    }

    /// Whether the columns make one zoning.
    fn whole(&self) -> bool {
        self.of("zip") == 1 && self.of("zac") == 1 && self.of("zar") <= 1 && self.of("hz") <= 1
    }
}

/// The families of a sheet, by what else their names say: « ZIP 2022 » and « ZAC 2022 » are not those of 2025. None where one is torn.
fn families(sheet: &ZoningSheet) -> Vec<Family> {
    let is_flag = |column: usize| {
        let mut cells =
            sheet.rows.iter().map(|(_, row)| row.get(column).map_or("", String::as_str));
        cells.all(|text| flag(text).is_some())
    };

    let mut found: Vec<Family> = Vec::new();
    for column in (0..sheet.header.len()).filter(|column| is_flag(*column)) {
        let Some((zone, rest)) = zone_of(&sheet.header[column]) else { continue };
        match found.iter_mut().find(|family| family.rest == rest) {
            Some(family) => family.columns.push((column, zone)),
            None => found.push(Family { columns: vec![(column, zone)], rest }),
        }
    }

    let whole = found.iter().all(Family::whole);
    if whole { found } else { Vec::new() }
}

/// Adds the columns that two or more such columns make, and takes these for nothing else. A row with several zones holds them all, which
/// no reading admits.
pub(super) fn put_together(mut sheet: ZoningSheet) -> ZoningSheet {
    for family in families(&sheet) {
        add(&mut sheet, &family);
    }
    sheet
}

fn add(sheet: &mut ZoningSheet, family: &Family) {
    let columns = &family.columns;
    let any = |wanted: Flag| {
        let holds = |row: &[String]| {
            let mut flags = columns.iter().filter_map(|(column, _)| flag(row.get(*column)?));
            flags.any(|flag| flag == wanted)
        };
        sheet.rows.iter().any(|(_, row)| holds(row))
    };
    let (told, some) = (any(Flag::No), any(Flag::Yes));
    if !some {
        return;
    }

    let width = sheet.header.len();
    for (_, row) in &mut sheet.rows {
        let wording = wording(row, columns, told);
        row.resize(width.max(row.len()), String::new());
        row.insert(width, wording);
    }

    let labels: Vec<&str> =
        columns.iter().map(|(column, _)| sheet.labels[*column].as_str()).collect();
    let label = labels.join(" + ");
    sheet.labels.push(label);
    let told_zoning = family.rest.split('_').any(|word| word.starts_with("zon"));
    let named = if told_zoning {
        family.rest.clone()
    } else {
        format!("zonage_{}", family.rest)
    };
    sheet.header.push(named.trim_end_matches('_').to_owned());
    for (column, zone) in columns {
        sheet.header[*column] = format!("indicateur_{zone}");
    }
}

/// The wording of a row. Where no is written somewhere (`told`), a row without a word is not read; where crosses alone are, it is in no zone.
fn wording(row: &[String], columns: &[(usize, &str)], told: bool) -> String {
    let flags: Vec<(Flag, &str)> = columns
        .iter()
        .filter_map(|(column, zone)| {
            let text = row.get(*column).map_or("", String::as_str);
            flag(text).map(|flag| (flag, *zone))
        })
        .collect();
    let zones: Vec<String> = flags
        .iter()
        .filter(|(flag, _)| *flag == Flag::Yes)
        .map(|(_, zone)| zone.to_uppercase())
        .collect();
    match (zones.is_empty(), told) {
        (false, _) => zones.join(" et "),
        (true, true) if flags.iter().any(|(flag, _)| *flag == Flag::Blank) => UNTOLD.to_owned(),
        _ => "HZ".to_owned(),
    }
}
