//! A zoning told by one column per zone, « Zone ZIP » and « Zone ZAC », with yes or no in each: put together as the wording that one column
//! would hold.

use super::sheet::{ZoningSheet, simple};

/// The zones that may have a column of their own.
const ZONES: [&str; 4] = ["zip", "zac", "zar", "hz"];

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

/// The columns that tell one zone each, with its zone, and the rest of their names, where they make one zoning.
fn family(sheet: &ZoningSheet) -> Option<(Vec<(usize, &'static str)>, String)> {
    let is_flag = |column: usize| {
        let mut cells =
            sheet.rows.iter().map(|(_, row)| row.get(column).map_or("", String::as_str));
        cells.all(|text| flag(text).is_some())
    };
    let named = (0..sheet.header.len()).filter_map(|column| {
        zone_of(&sheet.header[column]).map(|(zone, rest)| (column, zone, rest))
    });
    let columns: Vec<_> = named.filter(|(column, ..)| is_flag(*column)).collect();

    let (.., rest) = columns.first()?.clone();
    let of = |zone: &str| columns.iter().filter(|(_, z, _)| *z == zone).count();
    let one_family = columns.iter().all(|(.., other)| *other == rest);
    let whole = of("zip") == 1 && of("zac") == 1 && of("zar") <= 1 && of("hz") <= 1;
    (one_family && whole)
        .then(|| (columns.into_iter().map(|(column, zone, _)| (column, zone)).collect(), rest))
}

/// Adds the column that two or more such columns make, and takes these for nothing else. A row with several zones holds them all, which
/// no reading admits.
pub(super) fn put_together(mut sheet: ZoningSheet) -> ZoningSheet {
    let Some((columns, rest)) = family(&sheet) else { return sheet };
    let any = |wanted: Flag| {
        let holds = |row: &[String]| {
            let mut flags = columns.iter().filter_map(|(column, _)| flag(row.get(*column)?));
            flags.any(|flag| flag == wanted)
        };
        sheet.rows.iter().any(|(_, row)| holds(row))
    };
    let (told, some) = (any(Flag::No), any(Flag::Yes));
    if !some {
        return sheet;
    }

    let width = sheet.header.len();
    for (_, row) in &mut sheet.rows {
        let wording = wording(row, &columns, told);
        row.resize(width.max(row.len()), String::new());
        row.insert(width, wording);
    }

    let labels: Vec<&str> =
        columns.iter().map(|(column, _)| sheet.labels[*column].as_str()).collect();
    let label = labels.join(" + ");
    sheet.labels.push(label);
    let told_zoning = rest.split('_').any(|word| word.starts_with("zon"));
    let named = if told_zoning { rest } else { format!("zonage_{rest}") };
    sheet.header.push(named.trim_end_matches('_').to_owned());
    for (column, zone) in columns {
        sheet.header[column] = format!("indicateur_{zone}");
    }
    sheet
}

/// The wording of a row. Where no is written somewhere (`told`), a row without a word says nothing; where crosses alone are, it is in no zone.
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
        (true, true) if flags.iter().any(|(flag, _)| *flag == Flag::Blank) => String::new(),
        _ => "HZ".to_owned(),
    }
}
