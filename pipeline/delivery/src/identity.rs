//! The identity guard: nothing that names a person may enter.
//!
//! Two looks: the names of files, sheets and columns, before any row is read, and the shape of values. A hit refuses the whole
//! delivery, and no part of the value is kept.

use std::sync::LazyLock;

use regex::Regex;

use super::text::fold;
use contract::{Sensitivity, TableSchema};

/// What was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Nir,
    Nom,
    Naissance,
    Adresse,
    Telephone,
    Courriel,
    Praticien,
    Etablissement,
}

impl Kind {
    pub(super) fn label(self) -> &'static str {
        match self {
            Kind::Nir => "un numéro de sécurité sociale (NIR)",
            Kind::Nom => "un nom de personne",
            Kind::Naissance => "une date ou un lieu de naissance",
            Kind::Adresse => "une adresse",
            Kind::Telephone => "un numéro de téléphone",
            Kind::Courriel => "une adresse électronique",
            Kind::Praticien => "un numéro de professionnel de santé (RPPS, Adeli)",
            Kind::Etablissement => "un numéro Finess",
        }
    }
}

/// How closely a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Identifiers and pseudonyms of the contract.
    Key,
    /// Texts of the contract: names of projects and bearers, which may quote a street or a doctor's name.
    Label,
    /// Anything else: columns that are not in the contract, values that were refused.
    Free,
}

/// The scope of a contract column, if its accepted values need watching at all.
pub(super) fn scope(sensitivity: Option<Sensitivity>) -> Option<Scope> {
    sensitivity.map(|s| {
        if s == Sensitivity::TexteLibre {
            Scope::Label
        } else {
            Scope::Key
        }
    })
}

/// What a name gives away: a file's, a sheet's, a column's. Words in names are joined by `_` and `/`.
pub(super) fn name(text: &str) -> Option<Kind> {
    let text = after_region_and_years(text);
    value(text, Scope::Free).or_else(|| value(&text.replace(['/', '_'], " "), Scope::Free))
}

/// What follows `03-2022-2023`, the région and the years that a delivery is named after, which reads like a telephone number.
fn after_region_and_years(text: &str) -> &str {
    let mut parts = text.splitn(3, '-');
    let code = |t: &str, length| t.len() == length && t.bytes().all(|b| b.is_ascii_digit());
    let year = |t: &str| code(t, 4) && (t.starts_with("19") || t.starts_with("20"));
    match (parts.next(), parts.next(), parts.next()) {
        (Some(region), Some(first), Some(rest))
            if code(region, 2)
                && year(first)
                && rest.get(..4).is_some_and(year)
                && !rest[4..].starts_with(|c: char| c.is_ascii_alphanumeric()) =>
        {
            &rest[4..]
        }
        _ => text,
    }
}

/// A name as it may be shown. One that gives something away, or that holds a number too long for a name, is a value in the wrong
/// place: `place` stands for it.
pub(super) fn shown(text: &str, place: impl FnOnce() -> String) -> String {
    let digits = |run: &str| run.len() >= 6;
    if name(text).is_some() || text.split(|c: char| !c.is_ascii_digit()).any(digits) {
        return place();
    }
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// What was typed as a short word, between French quotes; a long one, or one that names a person, is not repeated.
pub(super) fn quoted(text: &str, longest: usize) -> String {
    let plain = !text.is_empty()
        && text.chars().count() <= longest
        && text.chars().filter(char::is_ascii_digit).count() < 10
        && !text.contains(char::is_control)
        && name(text).is_none();
    if plain {
        format!("« {text} »")
    } else {
        "donnée".into()
    }
}

/// What the name of a column announces. `table` is the table that the file was matched with.
pub(super) fn column(table: Option<&TableSchema>, header: &str, others: &[String]) -> Option<Kind> {
    if table.is_some_and(|t| {
        t.fields
            .iter()
            .any(|f| super::text::compact(&f.name) == super::text::compact(header))
    }) {
        return None;
    }
    let name = fold(header);
    // `Tel1`, `prenom_2`: a number tells columns of one kind apart.
    let words: Vec<&str> = name
        .split('_')
        .map(|w| w.trim_end_matches(|c: char| c.is_ascii_digit()))
        .collect();
    let any = |list: &[&str]| words.iter().any(|w| list.contains(w));
    let person = [
        "patient",
        "patiente",
        "usager",
        "assure",
        "assuree",
        "beneficiaire",
        "famille",
        "naissance",
        "usage",
        "marital",
        "fille",
        "medecin",
        "praticien",
        "docteur",
        "complet",
        "prenom",
    ];
    let of_patients = table
        .is_some_and(|t| ["consultations", "delais_mg", "tournees"].contains(&t.name.as_str()));
    // A column `nom` may be a commune's or a project's, unless the table is about patients or a first name stands beside.
    let bare_name = matches!(name.as_str(), "nom" | "noms")
        && (of_patients || (table.is_none() && others.iter().any(|o| fold(o).contains("prenom"))));
    // One person each; `patients` is a count.
    let bare_person = (of_patients || table.is_none())
        && matches!(
            name.as_str(),
            "patient" | "patiente" | "usager" | "assure" | "assuree" | "beneficiaire"
        );
    if any(&["nir", "nss", "ins", "secu", "niass", "nia", "ss"])
        || (any(&["securite"]) && any(&["sociale"]))
        || any(&["nirpp", "numsecu", "numerosecu"])
    {
        Some(Kind::Nir)
    } else if any(&[
        "naissance",
        "ddn",
        "dob",
        "birthdate",
        "datenaissance",
        "datenais",
        "naiss",
        "nais",
    ]) || (any(&["ne", "nee"]) && any(&["le", "a"]))
    {
        Some(Kind::Naissance)
    } else if any(&[
        "prenom",
        "prenoms",
        "patronyme",
        "nomprenom",
        "nompatient",
        "firstname",
        "lastname",
        "surname",
        "identite",
    ]) || (any(&["nom", "noms"]) && any(&person))
        || bare_name
        || bare_person
    {
        Some(Kind::Nom)
    } else if any(&[
        "telephone",
        "tel",
        "portable",
        "mobile",
        "phone",
        "gsm",
        "telephones",
    ]) {
        Some(Kind::Telephone)
    } else if any(&["email", "mail", "courriel", "mel", "emails", "mails"])
        || (any(&["e"]) && any(&["mail"]))
    {
        Some(Kind::Courriel)
    } else if matches!(
        name.as_str(),
        "adresse"
            | "adresses"
            | "rue"
            | "voie"
            | "address"
            | "domicile"
            | "adresse_1"
            | "adresse_2"
            | "adresse1"
            | "adresse2"
    ) || (any(&["adresse", "rue", "voie", "domicile"])
        && (any(&person)
            || any(&[
                "postale", "domicile", "numero", "num", "libelle", "complete",
            ])))
    {
        Some(Kind::Adresse)
    } else if any(&["rpps", "adeli", "idpp", "numrpps"]) {
        Some(Kind::Praticien)
    } else if of_patients && any(&["finess"]) {
        Some(Kind::Etablissement)
    } else {
        None
    }
}

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b\d{1,4}\s*(bis|ter|quater)?\s*,?\s+(rue|avenue|av\.?|boulevard|bd|impasse|all[ée]e|chemin|place|route|quai|lotissement|r[ée]sidence|square|faubourg|ruelle|venelle|lieu[- ]dit)\s+\p{L}").ok()
});
static BIRTH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bn[ée]e?\s*\(?e?\)?\s+(le|en|à)\s").ok());
static CIVILITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(Mme|Mlle|MME|MLLE|Madame|Monsieur|Mademoiselle|M\.|MR|Mr)\s+\p{Lu}").ok()
});
static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+").ok());

fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|r| r.is_match(text))
}

/// What the shape of a value gives away.
pub(super) fn value(text: &str, scope: Scope) -> Option<Kind> {
    let bytes = text.as_bytes();
    if bytes.len() < 6 {
        return None;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if digits >= 10 {
        if digits >= 13 && has_nir(bytes) {
            return Some(Kind::Nir);
        }
        if let Some(kind) = number(bytes) {
            return Some(kind);
        }
    }
    if bytes.contains(&b'@') && matches(&EMAIL, text) {
        return Some(Kind::Courriel);
    }
    if scope == Scope::Key {
        return None;
    }
    if digits > 0 && matches(&ADDRESS, text) {
        return Some(Kind::Adresse);
    }
    if digits > 0 && matches(&BIRTH, text) {
        return Some(Kind::Naissance);
    }
    (scope == Scope::Free && matches(&CIVILITY, text)).then_some(Kind::Nom)
}

/// A NIR with its key anywhere in the text, letters glued to it allowed. Spaces of any width, dots and dashes may stand anywhere
/// inside; `/` and `_`, which also join the parts of identifiers, only where a NIR is cut: 1 85 05 78 006 084 91.
fn has_nir(bytes: &[u8]) -> bool {
    let starts = |i: usize| bytes[i].is_ascii_digit() && (i == 0 || !bytes[i - 1].is_ascii_digit());
    (0..bytes.len()).filter(|&i| starts(i)).any(|i| {
        let mut number = [0u8; 15];
        let mut length = 0;
        let mut end = i;
        let mut odd_cut = false;
        while end < bytes.len() && length < 15 {
            let b = bytes[end].to_ascii_uppercase();
            if b.is_ascii_digit() || (length == 6 && (b == b'A' || b == b'B')) {
                number[length] = b;
                length += 1;
            } else if matches!(b, b'/' | b'_') {
                odd_cut |= length < 15 && !matches!(length, 1 | 3 | 5 | 7 | 10 | 13);
            } else if !matches!(b, b' ' | b'.' | b'-') && !WIDE.contains(&b) {
                break;
            }
            end += 1;
        }
        length == 15
            && !odd_cut
            && !bytes.get(end).is_some_and(u8::is_ascii_digit)
            && nir_shape(&number[..13])
            && nir_key(&number)
            && !by_chance(bytes, i, end, &number)
    })
}

/// Bytes of the spaces and dashes that typography puts inside numbers: U+00A0, U+2009, U+202F, U+2010, U+2011, U+2013.
const WIDE: [u8; 9] = [0xC2, 0xA0, 0xE2, 0x80, 0x89, 0xAF, 0x90, 0x91, 0x93];

/// Whether the digits of `bytes[start..end]` may be a stretch of a hexadecimal pseudonym: one in some hundred thousand of these
/// holds a right NIR by chance, and a delivery has more. A whole column of them is told by [`Shapes`]. Letters before a date and a
/// counter make an identifier too: beside letters, only the months of a known birth count.
fn by_chance(bytes: &[u8], start: usize, end: usize, number: &[u8; 15]) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    let before = bytes[..start].iter().rev().take_while(|b| part(b)).count();
    let after = bytes[end..].iter().take_while(|b| part(b)).count();
    let token = &bytes[start - before..end + after];
    let glued = token.len() > end - start;
    let birth = matches!(number[0], b'1' | b'2')
        && matches!(&number[3..5], [b'0', b'1'..=b'9'] | [b'1', b'0'..=b'2']);
    glued && (!birth || token.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-'))
}

/// The 15 characters of a NIR with at most three letters on one side, if that is what the text is.
fn glued(bytes: &[u8]) -> Option<[u8; 15]> {
    if !(16..=18).contains(&bytes.len()) {
        return None;
    }
    let letters = bytes.len() - 15;
    let digits = |s: &[u8]| s.iter().all(u8::is_ascii_digit);
    let alone = |s: &[u8]| s.iter().all(u8::is_ascii_alphabetic);
    let (head, tail) = (&bytes[letters..], &bytes[..15]);
    let found = if alone(&bytes[..letters]) && digits(head) {
        head
    } else if alone(&bytes[15..]) && digits(tail) {
        tail
    } else {
        return None;
    };
    found.try_into().ok()
}

/// The structure of the 13 characters before the key: sex, month, département.
fn nir_shape(n: &[u8]) -> bool {
    let two = |i: usize| -> u32 {
        n.get(i..i + 2)
            .and_then(|s| std::str::from_utf8(s).ok())
            .and_then(|s| s.parse().ok())
            .unwrap_or(0)
    };
    let month = two(3);
    matches!(n.first(), Some(b'1' | b'2' | b'3' | b'4' | b'7' | b'8'))
        && (matches!(month, 1..=12 | 20 | 30..=42 | 50..=99))
        && (n.get(6).is_some_and(u8::is_ascii_alphabetic) && n.get(5) == Some(&b'2')
            || (1..=99).contains(&two(5)))
}

fn nir_key(n: &[u8; 15]) -> bool {
    let mut body = [0u8; 13];
    body.copy_from_slice(&n[..13]);
    // Corsica: 2A counts as 19 and 2B as 18.
    match body[6] {
        b'A' => body[5..7].copy_from_slice(b"19"),
        b'B' => body[5..7].copy_from_slice(b"18"),
        _ => {}
    }
    let fold = |d: &[u8]| d.iter().fold(0u64, |sum, b| sum * 10 + u64::from(b - b'0'));
    97 - fold(&body) % 97 == fold(&n[13..])
}

/// A telephone number or an RPPS among the runs of digits of a text.
fn number(bytes: &[u8]) -> Option<Kind> {
    let mut i = 0;
    while i < bytes.len() {
        let bounded = i == 0 || !bytes[i - 1].is_ascii_alphanumeric();
        if !bounded || !(bytes[i].is_ascii_digit() || bytes[i] == b'+') {
            i += 1;
            continue;
        }
        let plus = bytes[i] == b'+';
        let (mut digits, mut length) = ([0u8; 24], 0);
        let mut end = i + usize::from(plus);
        // `04-03-2025 08:30` has ten digits too.
        let dated = date_first(&bytes[i..]);
        while end < bytes.len()
            && (bytes[end].is_ascii_digit()
                || matches!(bytes[end], b' ' | b'.' | b'-' | b'(' | b')'))
            && length < 24
        {
            if bytes[end].is_ascii_digit() {
                digits[length] = bytes[end];
                length += 1;
            }
            end += 1;
        }
        let run = &digits[..length];
        if !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
            let international = (plus && run.starts_with(b"33")) || run.starts_with(b"0033");
            let national = match run {
                [b'0', b'1'..=b'9', ..] if run.len() == 10 => !dated,
                _ => international && (11..=14).contains(&run.len()),
            };
            if national {
                return Some(Kind::Telephone);
            }
            if run.len() == 11 && run.starts_with(b"10") && luhn(run) {
                return Some(Kind::Praticien);
            }
        }
        i = end.max(i + 1);
    }
    None
}

/// Whether a text begins with `jj-mm-aaaa` and a blank.
fn date_first(bytes: &[u8]) -> bool {
    bytes.len() > 10
        && bytes[10] == b' '
        && matches!(bytes[2], b'-' | b'.')
        && bytes[5] == bytes[2]
        && [0, 1, 3, 4, 6, 7, 8, 9]
            .iter()
            .all(|i| bytes[*i].is_ascii_digit())
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Shapes that only a whole column gives away, because a single value may be chance: NIR without key, Finess.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shapes {
    nine: u64,
    finess: u64,
    thirteen: u64,
    nir: u64,
    glued: u64,
    glued_nir: u64,
}

impl Shapes {
    /// Counts one value of a key column.
    pub(super) fn count(&mut self, text: &str) {
        let bytes = text.as_bytes();
        match bytes.len() {
            9 if bytes.iter().all(u8::is_ascii_digit) => {
                self.nine += 1;
                self.finess += u64::from(luhn(bytes) && !bytes.starts_with(b"00"));
            }
            // Corsica: a shape that no other number has.
            9 if bytes[0] == b'2'
                && matches!(bytes[1], b'A' | b'B')
                && bytes[2..].iter().all(u8::is_ascii_digit) =>
            {
                self.nine += 1;
                self.finess += 1;
            }
            13 if bytes
                .iter()
                .enumerate()
                .all(|(i, b)| b.is_ascii_digit() || (i == 6 && matches!(b, b'A' | b'B'))) =>
            {
                self.thirteen += 1;
                let month: u32 = text.get(3..5).and_then(|m| m.parse().ok()).unwrap_or(0);
                self.nir += u64::from(
                    nir_shape(bytes)
                        && matches!(bytes[0], b'1' | b'2')
                        && (1..=12).contains(&month),
                );
            }
            _ => {
                if let Some(number) = glued(bytes) {
                    self.glued += 1;
                    self.glued_nir += u64::from(nir_shape(&number[..13]) && nir_key(&number));
                }
            }
        }
    }

    /// Adds the counts of another part of the column.
    pub(super) fn add(&mut self, other: Self) {
        self.nine += other.nine;
        self.finess += other.finess;
        self.thirteen += other.thirteen;
        self.nir += other.nir;
        self.glued += other.glued;
        self.glued_nir += other.glued_nir;
    }

    /// Whether anything was counted.
    pub(super) fn any(self) -> bool {
        self.nine + self.thirteen + self.glued > 0
    }

    /// What the column holds: more than half of the values of one length have the shape, which chance gives to one in ten
    /// (Finess) or one in fifty (NIR).
    pub(super) fn verdict(self) -> Option<Kind> {
        // Fifteen digits beside a letter also come in hexadecimal pseudonyms; three with a right key do not.
        let glued = self.glued_nir >= 3 && self.glued_nir * 2 > self.glued;
        if glued || self.nir * 2 > self.thirteen {
            Some(Kind::Nir)
        } else if self.finess * 2 > self.nine {
            Some(Kind::Etablissement)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use contract::Contract;

    /// A made-up NIR with its right key.
    fn nir(body: &str) -> String {
        let n: u64 = body
            .replace("2A", "19")
            .replace("2B", "18")
            .parse()
            .unwrap();
        format!("{body}{:02}", 97 - n % 97)
    }

    #[test]
    fn a_nir_is_known_by_its_key_in_every_writing() {
        for body in [
            "1850578006084",
            "255082A004012",
            "255082B004012",
            "2991297411001",
        ] {
            let whole = nir(body);
            assert_eq!(value(&whole, Scope::Key), Some(Kind::Nir), "{whole}");
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
                Some(Kind::Nir),
                "{spaced}"
            );
            let mut wrong = whole.into_bytes();
            wrong[14] = if wrong[14] == b'9' {
                b'0'
            } else {
                wrong[14] + 1
            };
            assert_eq!(
                value(std::str::from_utf8(&wrong).unwrap(), Scope::Key),
                None
            );
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
            assert_eq!(value(&cut(mark), Scope::Key), Some(Kind::Nir), "{mark:?}");
            assert_eq!(
                name(&format!("envoi_{}.csv", cut(mark))),
                Some(Kind::Nir),
                "{mark:?}"
            );
        }
        // The same digits, cut where an identifier is.
        let counter = format!("{}_{}", &whole[..8], &whole[8..]);
        assert_eq!(value(&counter, Scope::Key), None);
        assert_eq!(value("04-03-2025 08:30", Scope::Free), None);
        assert_eq!(value("04 03 20 25 08", Scope::Free), Some(Kind::Telephone));
    }

    #[test]
    fn a_name_that_holds_a_value_is_not_shown() {
        let place = || "colonne 3".to_owned();
        for hidden in [
            "185057800608491",
            "Mme Durand",
            "06 12 34 56 78",
            "IPP 1234567",
        ] {
            assert_eq!(shown(hidden, place), "colonne 3", "{hidden}");
        }
        assert_eq!(shown("genre_2025", place), "genre_2025");
        assert_eq!(name("03-2022-2023.zip"), None);
        assert_eq!(name("03-2022-2023"), None);
        assert_eq!(name("03-2022-20234"), None);
        assert_eq!(name("03-20-22-20-23"), Some(Kind::Telephone));
        assert_eq!(name("03-2022-2023 06 12 34 56 78"), Some(Kind::Telephone));
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
            assert_eq!(value(&glued, Scope::Key), Some(Kind::Nir), "{glued}");
        }
        // One such value may be a pseudonym in hexadecimal; a column of them is not.
        let mut shapes = Shapes::default();
        for body in ["1850578006084", "2991297411001", "2850561079123"] {
            let text = format!("C{}", nir(body));
            assert_eq!(value(&text, Scope::Key), None);
            shapes.count(&text);
        }
        assert_eq!(shapes.verdict(), Some(Kind::Nir));
        let mut pseudonyms = Shapes::default();
        (0..100_000u64).for_each(|i| {
            pseudonyms.count(&format!("{:016x}", i.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        });
        assert_eq!(pseudonyms.verdict(), None);
    }

    #[test]
    fn contacts_and_numbers_are_known_and_ordinary_codes_are_not() {
        assert_eq!(value("06 12 34 56 78", Scope::Free), Some(Kind::Telephone));
        assert_eq!(
            value("+33 6 12 34 56 78", Scope::Free),
            Some(Kind::Telephone)
        );
        assert_eq!(value("jean@exemple.fr", Scope::Key), Some(Kind::Courriel));
        assert_eq!(
            value("12 bis, rue de la Paix", Scope::Label),
            Some(Kind::Adresse)
        );
        assert_eq!(
            value("née le 3 mai 1950", Scope::Free),
            Some(Kind::Naissance)
        );
        assert_eq!(value("Mme Durand", Scope::Free), Some(Kind::Nom));
        assert_eq!(
            value("10003456781", Scope::Key).is_some(),
            luhn(b"10003456781")
        );
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
            ("NIR", Kind::Nir),
            ("N° Sécu", Kind::Nir),
            ("Nom", Kind::Nom),
            ("prénom", Kind::Nom),
            ("NomPatient", Kind::Nom),
            ("Date de naissance", Kind::Naissance),
            ("DDN", Kind::Naissance),
            ("Tél.", Kind::Telephone),
            ("e-mail", Kind::Courriel),
            ("Adresse du patient", Kind::Adresse),
            ("N° SS", Kind::Nir),
            ("Tel1", Kind::Telephone),
            ("prenom1", Kind::Nom),
            ("DateNais", Kind::Naissance),
            ("Patient", Kind::Nom),
            ("RPPS", Kind::Praticien),
            ("Finess", Kind::Etablissement),
        ] {
            assert_eq!(column(consultations, header, &[]), Some(kind), "{header}");
        }
        for header in [
            "date_consultation",
            "Nature",
            "commentaire",
            "nombre",
            "insee",
        ] {
            assert_eq!(column(consultations, header, &[]), None, "{header}");
        }
        assert_eq!(column(contract.table("medicobus"), "Nom", &[]), None);
        assert_eq!(column(None, "patients", &[]), None);
        assert_eq!(column(None, "nom", &["Prénom".into()]), Some(Kind::Nom));
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
        assert_eq!(shapes.verdict(), Some(Kind::Etablissement));
        let mut corsican = Shapes::default();
        (0..20u32).for_each(|i| corsican.count(&format!("2A00{i:05}")));
        assert_eq!(corsican.verdict(), Some(Kind::Etablissement));
        let mut sequence = Shapes::default();
        (0..200u32).for_each(|i| sequence.count(&format!("6100{i:05}")));
        assert_eq!(sequence.verdict(), None);
    }
}
