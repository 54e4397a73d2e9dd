//! Where each table of a workbook stands.

use super::TableSheet;
use super::sheet::height;

/// Name of the first sheet.
pub(super) const README: &str = "Lisez-moi";
/// Name of the sheet that the tables share that have none of their own.
pub(super) const DETAIL: &str = "Détail";
/// Excel's limit for the name of a sheet.
const NAME: usize = 31;

/// Where a table stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Name of the sheet.
    pub(super) name: String,
    /// Its first row there, from 0.
    pub(super) row: u32,
}

/// The place of each table, in at most `sheets` sheets, the first one and [`DETAIL`] included: where they are more, the last ones share it.
pub(super) fn places(tables: &[TableSheet<'_>], sheets: usize) -> Vec<Place> {
    let own = if tables.len() < sheets { tables.len() } else { sheets - 2 };
    let mut names: Vec<String> = vec![README.into(), DETAIL.into()];
    let mut next = 0;
    let place = |(number, table): (usize, &TableSheet<'_>)| {
        if number < own {
            names.push(sheet_name(&table.table.definition().title, table.key, &names));
            return Place {
                name: names[names.len() - 1].clone(),
                row: 0,
            };
        }
        let row = next;
        next += height(table.table);
        Place { name: DETAIL.into(), row }
    };
    tables.iter().enumerate().map(place).collect()
}

/// A table's title, cut between words to what Excel allows, and its scope; none twice.
fn sheet_name(title: &str, key: &str, taken: &[String]) -> String {
    let scope = match key.split_once('/') {
        None => String::new(),
        Some((_, "parties")) => " par zone".into(),
        Some((_, "medicobus")) => " par bus".into(),
        Some((_, "precedent")) => " N-1".into(),
        Some((_, other)) => format!(" {}", other.replace('/', " ")),
    };

    let is_taken = |name: &str| taken.iter().any(|t| t.to_lowercase() == name.to_lowercase());
    let mut candidate = cut(title, &scope);
    let mut number = 2;
    while is_taken(&candidate) {
        candidate = cut(title, &format!("{scope} ({number})"));
        number += 1;
    }
    candidate
}

/// As many words of a title as fit before `end`.
fn cut(title: &str, end: &str) -> String {
    let room = NAME.saturating_sub(end.chars().count());
    let title: String =
        title.chars().map(|c| if r"[]:*?/\".contains(c) { ' ' } else { c }).collect();

    let words: Vec<&str> = title.split_whitespace().collect();
    let fits = |count: &usize| words[..*count].join(" ").chars().count() <= room;
    let mut count = (1..=words.len()).rev().find(fits).unwrap_or(0);
    // A title cut after « de » would wait for its end.
    while count < words.len() && count > 1 && words[count - 1].chars().count() <= 4 {
        count -= 1;
    }

    let name = match count {
        0 => title.chars().take(room).collect(),
        count => words[..count].join(" "),
    };
    // Excel takes an apostrophe within a name, not at its ends.
    name.trim_matches(['\'', ',', ';', ' ']).to_owned() + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_named_after_their_headings_and_never_twice() {
        let mut names = vec![README.to_string(), DETAIL.to_string()];
        for (title, key) in [
            ("Synthèse annuelle", "synthese"),
            ("Synthèse annuelle", "synthese/parties"),
            ("Synthèse annuelle", "synthese/parties"),
            ("Consultations par profil de patient", "consultations_par_profil/precedent"),
            ("Consultations par profil de patient", "consultations_par_profil/medicobus/2024"),
            ("détail", "detail"),
            ("Créneaux : offerts / honorés [2025]", "creneaux"),
            ("Unmotquinefinitpasetquinesecoupepas", "long"),
        ] {
            names.push(sheet_name(title, key, &names));
        }
        assert_eq!(
            names[2..],
            [
                "Synthèse annuelle",
                "Synthèse annuelle par zone",
                "Synthèse annuelle par zone (2)",
                "Consultations par profil N-1",
                "Consultations medicobus 2024",
                "détail (2)",
                "Créneaux offerts honorés 2025",
                "Unmotquinefinitpasetquinesecoup",
            ]
        );
        assert!(names.iter().all(|n| n.chars().count() <= NAME));
    }
}
