//! Units that a sender writes into the name of a column. Renamed as it stands, « montant (k€) » would store 75 € for 75 000.

use contract::{Field, FieldType};

use crate::text::fold;

/// What the values of a column are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Euros,
    Thousands,
    Millions,
    Percent,
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
}

/// The words of a unit, folded.
const WORDS: [(Unit, &[&str]); 9] = [
    (
        Unit::Thousands,
        &["k", "ke", "keur", "keuros", "kilo", "kiloeuros", "millier", "milliers", "mille"],
    ),
    (Unit::Millions, &["m", "me", "meur", "meuros", "million", "millions"]),
    (Unit::Euros, &["eur", "euro", "euros"]),
    (Unit::Percent, &["pct", "pourcent", "pourcentage", "pourcents"]),
    (Unit::Minutes, &["min", "mn", "minute", "minutes"]),
    (Unit::Hours, &["h", "heure", "heures"]),
    (Unit::Days, &["j", "jour", "jours"]),
    (Unit::Weeks, &["sem", "semaine", "semaines"]),
    (Unit::Months, &["mois"]),
];

/// The unit that a name ends with, or bears between brackets.
fn unit_of(name: &str) -> Option<Unit> {
    if name.contains(['%', '‰']) {
        return Some(Unit::Percent);
    }
    let folded = fold(name);
    let last = folded.rsplit('_').next().unwrap_or_default();
    let of =
        |word: &str| WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(unit, _)| *unit);
    // A letter alone may be men's, or a month's.
    let mut scaled = folded.split('_').skip(1).filter(|w| w.len() > 1 || name.contains('€'));
    let scaled = scaled
        .find_map(|word| of(word).filter(|unit| matches!(unit, Unit::Thousands | Unit::Millions)));

    let bracketed = name.contains(['(', '[', '/']) || folded.contains("_en_");
    match (scaled, of(last)) {
        (Some(unit), _) => Some(unit),
        (None, Some(unit)) if bracketed || last.len() > 1 => Some(unit),
        _ if name.contains('€') => Some(Unit::Euros),
        _ => None,
    }
}

/// The unit of the contract's own column.
fn own(field: &Field) -> Option<Unit> {
    let words = fold(&format!("{} {}", field.title, field.description));
    let says = |word: &str| words.split('_').any(|w| w == word);
    let named = |word: &str| field.name.split('_').any(|w| w == word);
    match field.kind {
        FieldType::Number if says("euros") || says("euro") => Some(Unit::Euros),
        FieldType::Number | FieldType::Integer if named("jours") => Some(Unit::Days),
        _ => None,
    }
}

/// How to turn the values of a column into those of the field that it is named after, if its name bears another unit.
pub(super) fn conversion(header: &str, field: &Field) -> Option<String> {
    if !matches!(field.kind, FieldType::Number | FieldType::Integer) {
        return None;
    }
    // « jours/semaine » is in the words of its own field.
    let words = fold(&format!("{} {} {}", field.name, field.title, field.description));
    let known = |word: &str| words.split('_').any(|own| own == word);
    if !header.contains(['%', '‰']) && fold(header).split('_').all(known) {
        return None;
    }
    let written = unit_of(header).filter(|unit| Some(*unit) != own(field))?;
    let what = match written {
        Unit::Thousands => "multipliez ses valeurs par 1000",
        Unit::Millions => "multipliez ses valeurs par 1000000",
        Unit::Percent => "remplacez ses pourcentages par les nombres eux-mêmes",
        _ => "convertissez ses valeurs",
    };
    let wanted = match own(field) {
        Some(Unit::Euros) => " en euros".to_owned(),
        Some(Unit::Days) => " en jours".to_owned(),
        _ => format!(" dans l'unité du dictionnaire ({})", field.title),
    };
    Some(format!(
        "la colonne « {header} » porte une autre unité que « {} » : {what}, pour les donner{wanted}, puis renommez-la",
        field.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::Contract;

    #[test]
    fn another_unit_is_converted_before_the_column_is_renamed() {
        let contract = Contract::embedded().unwrap();
        let field =
            |table: &str, name: &str| contract.table(table).unwrap().field(name).unwrap().clone();
        let (amount, days) = (field("financements", "montant"), field("delais_mg", "delai_jours"));
        let week = field("medicobus", "jours_par_semaine");
        for (header, field, word) in [
            ("montant (k€)", &amount, "par 1000,"),
            ("Montant k€", &amount, "par 1000,"),
            ("montant_keur", &amount, "par 1000,"),
            ("montant en milliers d'euros", &amount, "par 1000,"),
            ("montant (M€)", &amount, "par 1000000,"),
            ("montant (%)", &amount, "pourcentages"),
            ("delai (heures)", &days, "en jours"),
            ("delai_semaines", &days, "en jours"),
            ("délai (mois)", &days, "en jours"),
        ] {
            let told = conversion(header, field);
            assert!(told.as_ref().is_some_and(|t| t.contains(word)), "{header}: {told:?}");
        }
        for (header, field) in [
            ("montant (€)", &amount),
            ("montant en euros", &amount),
            ("montants", &amount),
            ("delai (jours)", &days),
            ("delai_jour", &days),
            ("jours/semaine", &week),
            ("montant_m", &amount),
        ] {
            assert_eq!(conversion(header, field), None, "{header}");
        }
    }
}
