//! The identity guard: nothing that names a person may enter.
//!
//! Two looks: the names of files, sheets and columns, before any row is read, and the shape of values. A hit refuses the whole
//! delivery, and no part of the value is kept.

mod column_names;
mod labels;
mod nir;
mod phone;
mod plain;
mod prose;
mod shapes;
mod spelled;
mod values;

use contract::{Rule, Sensitivity};

use crate::Finding;

pub(crate) use column_names::column;
pub(crate) use shapes::Shapes;
pub(crate) use values::{first_and_last_name, personal, value};

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IdentityKind {
    Nir,
    Name,
    Birth,
    Address,
    Phone,
    Email,
    Practitioner,
    Facility,
}

impl IdentityKind {
    pub(crate) fn label(self) -> &'static str {
        match self {
            IdentityKind::Nir => "un numéro de sécurité sociale (NIR)",
            IdentityKind::Name => "un nom de personne",
            IdentityKind::Birth => "une date ou un lieu de naissance",
            IdentityKind::Address => "une adresse",
            IdentityKind::Phone => "un numéro de téléphone",
            IdentityKind::Email => "une adresse électronique",
            IdentityKind::Practitioner => "un numéro de professionnel de santé (RPPS, Adeli)",
            IdentityKind::Facility => "un numéro Finess",
        }
    }

    /// The finding on something that looks like it; `what` is French, with its article.
    pub(crate) fn finding(self, what: &str) -> Finding {
        Finding::new(Rule::Identite, format!("{what} ressemble à {}", self.label()))
    }
}

/// How closely a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Identifiers and pseudonyms of the contract.
    Key,
    /// Texts of the contract: names of projects and bearers, which may quote a street or a doctor's name.
    Label,
    /// Names of files, sheets and columns, which hold days and numbers of their own.
    Name,
    /// A text that is to be printed, and that its author can write otherwise.
    Printed,
    /// Anything else: columns that are not in the contract, values that were refused.
    Free,
}

/// The scope of a contract column, if its accepted values need watching at all.
pub(crate) fn scope(sensitivity: Option<Sensitivity>) -> Option<Scope> {
    sensitivity.map(|s| if s == Sensitivity::TexteLibre { Scope::Label } else { Scope::Key })
}

/// What a name gives away: a file's, a sheet's, a column's. Words in names are joined by `_` and `/`.
pub(crate) fn name(text: &str) -> Option<IdentityKind> {
    value(text, Scope::Name).or_else(|| value(&text.replace(['/', '_'], " "), Scope::Name))
}

/// What of a free text that is to be printed (a committee's comment) names a person, in French with its article: the line, from 1, and what
/// it resembles.
#[must_use]
pub fn identity_in(text: &str) -> Option<(usize, &'static str)> {
    let as_read = |line: &str| {
        let keyless = || nir::keyless(line).then_some(IdentityKind::Nir);
        value(line, Scope::Printed).or_else(keyless).or_else(|| prose::value(line))
    };
    let named =
        |line: &str| as_read(line).or_else(|| spelled::readings(line).find_map(|r| as_read(&r)));
    let by_line = text
        .lines()
        .enumerate()
        .find_map(|(i, line)| named(line).map(|kind| (i + 1, kind.label())));

    // A number may be broken over two lines.
    let broken = || {
        let kind = named(text).filter(|kind| *kind == IdentityKind::Nir)?;
        Some((1, kind.label()))
    };
    by_line.or_else(broken)
}

/// A name as it may be shown. One that gives something away, or that holds a number too long for a name, is a value in the wrong
/// place: `place` stands for it.
pub(crate) fn shown(text: &str, place: impl FnOnce() -> String) -> String {
    let digits = |run: &str| run.len() >= 6;
    if name(text).is_some() || text.split(|c: char| !c.is_ascii_digit()).any(digits) {
        return place();
    }
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// What was typed as a short word, between French quotes; a long one, or one that names a person, is not repeated.
pub(crate) fn quoted(text: &str, longest: usize) -> String {
    let plain = !text.is_empty()
        && text.chars().count() <= longest
        && text.chars().filter(char::is_ascii_digit).count() < 10
        && !text.contains(char::is_control)
        && name(text).is_none();

    if plain { format!("« {text} »") } else { "donnée".into() }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests {
    use super::values::luhn;
    use super::*;
    use contract::Contract;

    /// A made-up NIR with its right key.
    fn nir(body: &str) -> String {
        let n: u64 = body.replace("2A", "19").replace("2B", "18").parse().unwrap();
        format!("{body}{:02}", 97 - n % 97)
    }

    #[test]
    fn a_nir_is_known_by_its_key_in_every_writing() {
        for body in ["1850578006084", "255082A004012", "255082B004012", "2991297411001"] {
            let whole = nir(body);
            assert_eq!(value(&whole, Scope::Key), Some(IdentityKind::Nir), "{whole}");
            let spaced = format!(
                "{} {} {} {} {} {} {}",
                &whole[..1],
                &whole[1..3],
                &whole[3..5],
                &whole[5..7],
                &whole[7..10],
                &whole[10..13],
                &whole[13..]
            );
            assert_eq!(
                value(&format!("voir {spaced}."), Scope::Label),
                Some(IdentityKind::Nir),
                "{spaced}"
            );
            let mut wrong = whole.into_bytes();
            wrong[14] = if wrong[14] == b'9' { b'0' } else { wrong[14] + 1 };
            assert_eq!(value(std::str::from_utf8(&wrong).unwrap(), Scope::Key), None);
        }
    }

    #[test]
    fn a_nir_is_known_with_any_separator_and_a_dated_counter_is_not() {
        let whole = nir("1850578006084");
        let cut = |s: &str| {
            [0..1, 1..3, 3..5, 5..7, 7..10, 10..13, 13..15]
                .map(|r| whole[r].to_owned())
                .join(s)
        };
        for mark in ["\u{202f}", "\u{a0}", "\u{2009}", "_", "/", "\u{2013}", "-"] {
            assert_eq!(value(&cut(mark), Scope::Key), Some(IdentityKind::Nir), "{mark:?}");
            assert_eq!(
                name(&format!("envoi_{}.csv", cut(mark))),
                Some(IdentityKind::Nir),
                "{mark:?}"
            );
        }
        // The same digits, cut where an identifier is.
        let counter = format!("{}_{}", &whole[..8], &whole[8..]);
        assert_eq!(value(&counter, Scope::Key), None);
        assert_eq!(value("04-03-2025 08:30", Scope::Free), None);
        assert_eq!(value("04 03 20 25 08", Scope::Free), Some(IdentityKind::Phone));
    }

    #[test]
    fn a_name_that_holds_a_value_is_not_shown() {
        let place = || "colonne 3".to_owned();
        for hidden in ["185057800608491", "Mme Durand", "06 12 34 56 78", "IPP 1234567"] {
            assert_eq!(shown(hidden, place), "colonne 3", "{hidden}");
        }
        assert_eq!(shown("genre_2025", place), "genre_2025");
        assert_eq!(name("03-2022-2023.zip"), None);
        assert_eq!(name("03-2022-2023"), None);
        assert_eq!(name("03-2022-20234"), None);
        assert_eq!(name("03-20-22-20-23"), Some(IdentityKind::Phone));
        assert_eq!(name("03-2022-2023 06 12 34 56 78"), Some(IdentityKind::Phone));
    }

    #[test]
    fn a_nir_glued_to_letters_is_known() {
        let whole = nir("1850578006084");
        for glued in [
            format!("NIR{whole}"),
            format!("patient_{whole}x"),
            format!("N{whole}"),
            format!("{whole}P"),
            format!("n°{whole}"),
            format!("N{}", nir("255082A004012")),
        ] {
            assert_eq!(value(&glued, Scope::Key), Some(IdentityKind::Nir), "{glued}");
        }
        // One such value may be a pseudonym in hexadecimal; a column of them is not.
        let mut shapes = Shapes::default();
        for body in ["1850578006084", "2991297411001", "2850561079123"] {
            let text = format!("C{}", nir(body));
            assert_eq!(value(&text, Scope::Key), None);
            shapes.count(&text);
        }
        assert_eq!(shapes.verdict(), Some(IdentityKind::Nir));
        let mut pseudonyms = Shapes::default();
        (0..100_000u64).for_each(|i| {
            pseudonyms.count(&format!("{:016x}", i.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        });
        assert_eq!(pseudonyms.verdict(), None);
    }

    #[test]
    fn contacts_and_numbers_are_known_and_ordinary_codes_are_not() {
        assert_eq!(value("06 12 34 56 78", Scope::Free), Some(IdentityKind::Phone));
        assert_eq!(value("+33 6 12 34 56 78", Scope::Free), Some(IdentityKind::Phone));
        assert_eq!(value("jean@exemple.fr", Scope::Key), Some(IdentityKind::Email));
        assert_eq!(value("12 bis, rue de la Paix", Scope::Label), Some(IdentityKind::Address));
        assert_eq!(value("née le 3 mai 1950", Scope::Free), Some(IdentityKind::Birth));
        assert_eq!(value("Mme Durand", Scope::Free), Some(IdentityKind::Name));
        assert_eq!(value("10003456781", Scope::Free).is_some(), luhn(b"10003456781"));
        for plain in [
            "Médicobus du Val de Saire 2",
            "Maison de santé du docteur Roux",
            "2025-03-04 10:00",
            "C000000123",
            "9f86d081884c7d659a2feaa0c55ad015",
            "28-orne-01",
            // Fifteen digits that pass the key, inside a longer pseudonym.
            "185057800608491c2a0f77b1",
            "a185057800608491",
        ] {
            assert_eq!(value(plain, Scope::Label), None, "{plain}");
        }
    }

    #[test]
    fn columns_are_known_by_name_but_not_those_of_the_contract() {
        let contract = Contract::embedded().unwrap();
        let consultations = contract.table("consultations");
        for (header, kind) in [
            ("NIR", IdentityKind::Nir),
            ("N° Sécu", IdentityKind::Nir),
            ("Nom", IdentityKind::Name),
            ("prénom", IdentityKind::Name),
            ("NomPatient", IdentityKind::Name),
            ("Date de naissance", IdentityKind::Birth),
            ("DDN", IdentityKind::Birth),
            ("Tél.", IdentityKind::Phone),
            ("e-mail", IdentityKind::Email),
            ("Adresse du patient", IdentityKind::Address),
            ("N° SS", IdentityKind::Nir),
            ("Tel1", IdentityKind::Phone),
            ("prenom1", IdentityKind::Name),
            ("DateNais", IdentityKind::Birth),
            ("Patient", IdentityKind::Name),
            ("RPPS", IdentityKind::Practitioner),
            ("Finess", IdentityKind::Facility),
            ("N\u{200b}IR", IdentityKind::Nir),
            ("pré\u{ad}nom", IdentityKind::Name),
        ] {
            assert_eq!(column(consultations, header, &[]), Some(kind), "{header}");
        }
        for header in ["date_consultation", "Nature", "commentaire", "nombre", "insee"] {
            assert_eq!(column(consultations, header, &[]), None, "{header}");
        }
        assert_eq!(column(contract.table("medicobus"), "Nom", &[]), None);
        assert_eq!(column(None, "patients", &[]), None);
        assert_eq!(column(None, "nom", &["Prénom".into()]), Some(IdentityKind::Name));
        assert_eq!(column(None, "nom", &["code".into()]), None);
    }

    #[test]
    fn a_column_of_finess_is_known_by_its_share() {
        let mut shapes = Shapes::default();
        let finess: Vec<String> = (0..200u32)
            .map(|i| format!("6100{i:05}"))
            .filter(|t| luhn(t.as_bytes()))
            .collect();
        finess.iter().for_each(|t| shapes.count(t));
        assert_eq!(shapes.verdict(), Some(IdentityKind::Facility));
        let mut corsican = Shapes::default();
        (0..20u32).for_each(|i| corsican.count(&format!("2A00{i:05}")));
        assert_eq!(corsican.verdict(), Some(IdentityKind::Facility));
        let mut sequence = Shapes::default();
        (0..200u32).for_each(|i| sequence.count(&format!("6100{i:05}")));
        assert_eq!(sequence.verdict(), None);
    }
}
