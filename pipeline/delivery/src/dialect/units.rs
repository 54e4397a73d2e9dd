//! Units that a sender writes into the name of a column, above it or below. Read as they stand, the values of « montant (k€) » would
//! store 75 € for 75 000.

use std::sync::LazyLock;

use contract::{Field, FieldType, Rule, TableSchema};
use regex::Regex;

use super::sample::row_of;
use crate::Finding;
use crate::formats::margins::MarginText;
use crate::formats::records::Records;
use crate::text::fold;

/// What the values of a column are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Euros,
    Thousands,
    Millions,
    Cents,
    Foreign,
    Percent,
    Minutes,
    Hours,
    Days,
    WorkingDays,
    Weeks,
    Months,
}

/// The words of a unit, folded.
const WORDS: [(Unit, &[&str]); 12] = [
    (
        Unit::Thousands,
        &[
            "k",
            "ke",
            "keur",
            "keuros",
            "kilo",
            "kiloeuros",
            "millier",
            "milliers",
            "mille",
            "centaine",
            "centaines",
        ],
    ),
    (
        Unit::Millions,
        &["m", "me", "meur", "meuros", "million", "millions", "milliard", "milliards"],
    ),
    (Unit::Foreign, &["franc", "francs", "dollar", "dollars", "usd", "chf"]),
    (Unit::Euros, &["eur", "euro", "euros"]),
    (Unit::Cents, &["centime", "centimes", "cents", "cts"]),
    (Unit::Percent, &["pct", "pourcent", "pourcentage", "pourcents"]),
    (Unit::Minutes, &["min", "mn", "minute", "minutes"]),
    (Unit::Hours, &["h", "heure", "heures"]),
    (Unit::Days, &["j", "jour", "jours"]),
    (Unit::WorkingDays, &["ouvre", "ouvres", "ouvrable", "ouvrables", "jo"]),
    (Unit::Weeks, &["sem", "semaine", "semaines"]),
    (Unit::Months, &["mois"]),
];

fn unit(word: &str) -> Option<Unit> {
    WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(unit, _)| *unit)
}

/// A scale in figures, blanks left out: « x1000 », « (×1 000) », « /1000 », « * 10^3 », « (1 000 €) », « (000 €) ». What is counted per
/// thousand of something, « /1000 habitants », is no scale.
static SCALE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let group = "[.,'’]?000";
    let thousand = format!(r"1{group}|10(?:\^|\*\*|e)3|10³|1e3");
    let million = format!(r"1{group}{group}|10(?:\^|\*\*|e)6|10⁶|1e6");
    let euros = "€|euros?|eur";
    Regex::new(&format!(
        r"(?:(?:^|[^\d]|20\d\d)[x×*/÷](?:(?P<m1>{million})|{thousand})(?:{euros})?(?:[^\p{{L}}\d]|$))|(?:[(\[](?:(?P<m2>{million}|000{group})|{thousand}|000)(?:{euros}))"
    ))
    .ok()
});

/// The thousands or millions that a text says in figures.
fn scaled_in_figures(text: &str) -> Option<Unit> {
    let lower = text.to_lowercase();
    // « en 1 000 € » and « (1 000 €) » say the same.
    let opened = |word| match word {
        "en" | "(en" | "[en" => "(",
        word => word,
    };
    let bare: String = lower.split_whitespace().map(opened).collect();
    let found = SCALE.as_ref()?.captures(&bare)?;
    let millions = found.name("m1").or(found.name("m2")).is_some();
    Some(if millions { Unit::Millions } else { Unit::Thousands })
}

/// The unit that a name ends with, or bears between brackets.
fn unit_of(name: &str) -> Option<Unit> {
    if name.contains(['%', '‰']) {
        return Some(Unit::Percent);
    }
    if let Some(scale) = scaled_in_figures(name) {
        return Some(scale);
    }
    let folded = fold(name);
    let last = folded.rsplit('_').next().unwrap_or_default();
    // A letter alone may be men's, or a month's.
    let mut scaled = folded.split('_').skip(1).filter(|w| w.len() > 1 || name.contains('€'));
    let scaled = scaled.find_map(|word| {
        unit(word).filter(|unit| matches!(unit, Unit::Thousands | Unit::Millions))
    });

    let bracketed = name.contains(['(', '[', '/']) || folded.contains("_en_");
    match (scaled, unit(last)) {
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

/// Thousands, millions or thousands of millions of euros in letters that stand by themselves: « K euros », « k EUR », « Md€ », « en K ».
static ABBREVIATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?:\b|_)(?P<scale>k|m)d?s? ?(?:€|eur(?:os?)?\b)|\ben (?P<alone>k|m)(?P<after>$|[\s).,;])",
    )
    .ok()
});

/// The unit that a title says of the numbers below it, « Financements 2025 (en k€) », where it is one of those of `own`.
fn titled(title: &str, own: Unit) -> Option<Unit> {
    if own.is_money()
        && let Some(scale) = scaled_in_figures(title)
    {
        return Some(scale);
    }
    let lower = title.to_lowercase().replace("nombre de ", "");
    let lower = match ABBREVIATED.as_ref() {
        Some(known) => known
            .replace_all(&lower, |found: &regex::Captures<'_>| {
                let said = |name| found.name(name).map_or("", |m| m.as_str());
                match found.name("scale") {
                    Some(scale) => format!(" {}eur ", scale.as_str()),
                    None => format!("en {}eur{}", said("alone"), said("after")),
                }
            })
            .into_owned(),
        None => lower,
    };
    let folded = fold(&lower);
    let words: Vec<&str> = folded.split('_').collect();

    let mut announced = false;
    let mut found = None;
    for (i, word) in words.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| words[i]);
        let amount = before.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let bracketed = ["(", "["].iter().any(|open| lower.contains(&format!("{open}{word}")));
        let introduced = before.is_none_or(|word| matches!(word, "en" | "unite")) || bracketed;

        // « (jours ouvrés) »: the words that follow a unit belong to it.
        announced =
            unit(word).is_some() && !amount && (introduced || announced || word.ends_with("eur"));
        let other = |unit: &Unit| *unit != own && unit.is_money() == own.is_money();
        let said = unit(word).filter(|unit| announced && word.len() > 1 && *unit != Unit::Percent);
        found = found.or(said.filter(other));
    }
    found
}

impl Unit {
    fn is_money(self) -> bool {
        matches!(
            self,
            Self::Euros | Self::Thousands | Self::Millions | Self::Cents | Self::Foreign
        )
    }

    /// The unit of the contract, of the same kind.
    fn wanted(self) -> &'static str {
        if self.is_money() { "euros" } else { "jours du calendrier" }
    }
}

/// A column that is counted in a unit of its own.
struct Counted<'f> {
    field: &'f Field,
    column: usize,
    own: Unit,
}

/// The columns that are read and counted in a unit of their own.
fn counted<'f>(table: &'f TableSchema, columns: &[Option<usize>]) -> Vec<Counted<'f>> {
    let of = |(field, column): (&'f Field, &Option<usize>)| {
        Some(Counted {
            field,
            column: (*column)?,
            own: own(field)?,
        })
    };
    table.fields.iter().zip(columns).filter_map(of).collect()
}

/// What refuses a file or sheet whose own name gives its numbers another unit than the contract's.
pub(super) fn in_name(
    table: &TableSchema,
    columns: &[Option<usize>],
    name: &str,
) -> Option<Finding> {
    let counted = counted(table, columns);
    let of = counted.iter().find(|of| titled(name, of.own).is_some())?;
    let message = "le nom du fichier ou de la feuille donne aux nombres une autre unité que celle du dictionnaire";
    Some(Finding::new(Rule::UniteAutre, message).field(&of.field.name).hint(format!(
        "donnez les valeurs de « {} » en {}, puis retirez l'unité de ce nom",
        of.field.name,
        of.own.wanted()
    )))
}

/// What refuses a sheet of which the header or footer of a page, or a comment, gives its numbers another unit.
pub(super) fn in_margins<'m>(
    table: &TableSchema,
    columns: &[Option<usize>],
    mut margins: impl Iterator<Item = &'m MarginText>,
) -> Option<Finding> {
    let counted = counted(table, columns);
    let (of, margin) = margins.find_map(|margin| {
        let of = counted.iter().find(|of| titled(&margin.text, of.own).is_some())?;
        Some((of, margin))
    })?;

    let place = match &margin.cell {
        Some(cell) => format!("un commentaire (cellule {cell})"),
        None => "l'en-tête ou le pied de page de la feuille".to_owned(),
    };
    let message = format!("{place} donne aux nombres une autre unité que celle du dictionnaire");
    Some(Finding::new(Rule::UniteAutre, message).field(&of.field.name).hint(format!(
        "donnez les valeurs de « {} » en {}, puis retirez cette mention",
        of.field.name,
        of.own.wanted()
    )))
}

/// What refuses a file in which something beside the columns' names gives one of them another unit than its own: a title above the header,
/// the row under it, a note amid or under the rows, a column « unité ».
pub(super) fn beside_header(
    table: &TableSchema,
    sample: &Records,
    header_row: usize,
    columns: &[Option<usize>],
) -> Option<Finding> {
    let counted = counted(table, columns);
    // Most tables count nothing: their rows are not looked at.
    if counted.is_empty() {
        return None;
    }
    let meant = |text: &str| counted.iter().find(|of| titled(text, of.own).is_some());
    let in_row = |row: usize| {
        let cells = (0..sample.width(row)).map(|column| sample.get(row, column));
        cells
            .filter(|cell| !cell.is_empty())
            .find_map(|cell| Some((row, meant(cell)?, cell)))
    };

    // A unit alone in its cell: a row of units is no row of data.
    let under = header_row + 1;
    let unit_alone = |of: &'_ Counted<'_>| {
        let cell = Some(of.column).filter(|_| under < sample.len())?;
        let cell = sample.get(under, cell).trim();
        let bare = cell.trim_matches(['(', ')', '[', ']']).trim_start_matches("en ");
        let digits = bare.contains(|c: char| c.is_ascii_digit());
        (!digits && titled(&format!("en {bare}"), of.own).is_some()).then_some(cell)
    };
    // A note; rows of data fill more cells.
    let is_note = |row: &usize| {
        let filled = (0..sample.width(*row)).filter(|c| !sample.get(*row, *c).is_empty());
        filled.take(3).count() <= 2
    };
    let unit_column = || {
        let headers = row_of(sample, header_row);
        let named = |h: &String| matches!(fold(h).as_str(), "unite" | "unites" | "devise");
        let column = headers.iter().position(named)?;
        (under..sample.len()).find_map(|row| {
            let cell = sample.get(row, column);
            Some((row, meant(&format!("en {cell}"))?, cell))
        })
    };

    let (row, of, cell) = (0..header_row)
        .find_map(in_row)
        .or_else(|| counted.iter().find_map(|of| Some((under, of, unit_alone(of)?))))
        .or_else(|| (under..sample.len()).filter(is_note).find_map(in_row))
        .or_else(unit_column)?;
    let message = "cette ligne, hors de l'en-tête, donne aux nombres une autre unité que celle du dictionnaire";
    Some(
        Finding::new(Rule::UniteAutre, message)
            .line(sample.line(row))
            .field(&of.field.name)
            .value(cell.chars().take(80).collect::<String>())
            .hint(format!(
                "donnez les valeurs de « {} » en {}, puis retirez cette ligne",
                of.field.name,
                of.own.wanted()
            )),
    )
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
        Unit::Cents => "divisez ses valeurs par 100",
        Unit::WorkingDays => "comptez les jours du calendrier, week-ends et jours fériés compris",
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
            ("montant x1000", &amount, "par 1000,"),
            ("montant (x 1 000)", &amount, "par 1000,"),
            ("Montant × 1\u{202f}000 €", &amount, "par 1000,"),
            ("montant *1000", &amount, "par 1000,"),
            ("montant /1000", &amount, "par 1000,"),
            ("montant (1 000 €)", &amount, "par 1000,"),
            ("montant (000 €)", &amount, "par 1000,"),
            ("montant x 10^3", &amount, "par 1000,"),
            ("montant en milliers", &amount, "par 1000,"),
            ("montant x1000000", &amount, "par 1000000,"),
            ("Montant (centimes)", &amount, "par 100,"),
            ("montant_centimes", &amount, "par 100,"),
            ("Délai (jours ouvrés)", &days, "calendrier"),
            ("delai_jours_ouvrables", &days, "calendrier"),
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
            ("montant_1000", &amount),
            ("montant /1000 habitants", &amount),
        ] {
            assert_eq!(conversion(header, field), None, "{header}");
        }
    }

    #[test]
    fn a_title_says_the_unit_of_the_numbers_below_it() {
        for (title, own, other) in [
            ("Financements 2025 (en k€)", Unit::Euros, true),
            ("Montants exprimés en K euros", Unit::Euros, true),
            ("en k EUR", Unit::Euros, true),
            ("Montants en K", Unit::Euros, true),
            ("Montants en Md€", Unit::Euros, true),
            ("Montants en centaines d'euros", Unit::Euros, true),
            ("Montants en francs", Unit::Euros, true),
            ("délai exprimé en nombre de semaines", Unit::Days, true),
            ("Montants en milliers d'euros", Unit::Euros, true),
            ("Unité : k€", Unit::Euros, true),
            ("FINANCEMENTS (K€)", Unit::Euros, true),
            ("en centimes", Unit::Euros, true),
            ("Délais en semaines", Unit::Days, true),
            ("Délai (jours ouvrés)", Unit::Days, true),
            ("Montants x 1 000", Unit::Euros, true),
            ("Financements (1 000 €)", Unit::Euros, true),
            ("Montants 2025, en 1 000 €", Unit::Euros, true),
            ("Financements 2025 x1000", Unit::Euros, true),
            ("3 x 1000 euros versés", Unit::Euros, false),
            ("Un bus / 1000 habitants", Unit::Euros, false),
            ("Montants en euros", Unit::Euros, false),
            ("Montant en euros.", Unit::Euros, false),
            ("Délais en jours", Unit::Days, false),
            ("Un projet à 75 k€ au plus", Unit::Euros, false),
            ("Le bus des mille étangs", Unit::Euros, false),
            ("Tournées du mois de mars", Unit::Days, false),
            ("Financements en 2025", Unit::Euros, false),
        ] {
            assert_eq!(titled(title, own).is_some(), other, "{title}");
        }
    }
}
