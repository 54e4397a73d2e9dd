//! What a cell of an official file says: a level of density, a zone, an APL, a territoire de vie-santé.

use super::sheet::simple;

/// What an official file tells of a commune.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ColumnFact {
    /// INSEE density, seven levels.
    Density,
    /// The ARS's zoning for GPs, as a rank in [`ZONES`].
    Zoning,
    /// APL to GPs, in hundredths.
    Apl,
    /// The territoire de vie-santé (TVS) that the commune is in.
    Tvs,
}

/// What a cell says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FactValue {
    /// A level, the rank of a zone, hundredths of an APL.
    Number(i64),
    /// The code of a TVS.
    Code(String),
}

impl FactValue {
    /// The number, if it is one.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Code(_) => None,
        }
    }

    /// The code, if it is one.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Code(code) => Some(code),
        }
    }
}

/// The zones, by the number that stands for them.
pub(super) const ZONES: [&str; 4] = ["ZIP", "ZAC", "ZAR", "HZ"];

impl ColumnFact {
    /// Every fact, in the order of [`ColumnFact::rank`].
    pub(super) const ALL: [Self; 4] = [Self::Density, Self::Zoning, Self::Apl, Self::Tvs];
    /// What a file is about; the TVS stand beside it.
    pub(super) const BESIDES_TVS: [Self; 3] = [Self::Density, Self::Zoning, Self::Apl];

    /// Place in a row of all facts.
    pub(super) fn rank(self) -> usize {
        self as usize
    }

    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        ["densité", "zonage", "APL", "TVS"][self.rank()]
    }

    /// Its name before the `=` of `--colonne`.
    pub(super) fn key(self) -> &'static str {
        ["densite", "zonage", "apl", "tvs"][self.rank()]
    }

    /// Reads a cell; nothing for a blank, an error for what is neither a level, a zone, a number nor a code.
    pub(super) fn read(self, text: &str) -> Result<Option<FactValue>, Unreadable> {
        if missing(text) {
            return Ok(None);
        }

        let number = match self {
            Self::Density => whole(text).filter(|level| (1..=7).contains(level)),
            Self::Zoning => zone(text),
            Self::Apl => hundredths(text),
            Self::Tvs => return tvs_code(text).map(FactValue::Code).map(Some).ok_or(Unreadable),
        };
        number.map(FactValue::Number).map(Some).ok_or(Unreadable)
    }

    /// A value as a message shows it.
    pub(super) fn show(self, value: Option<&FactValue>) -> String {
        match (self, value) {
            (_, None) => "vide".to_owned(),
            (_, Some(FactValue::Code(code))) => code.clone(),
            (Self::Zoning, Some(FactValue::Number(rank))) => ZONES[*rank as usize].to_owned(),
            (Self::Apl, Some(FactValue::Number(n))) => format!("{},{:02}", n / 100, n % 100),
            (_, Some(FactValue::Number(number))) => number.to_string(),
        }
    }
}

/// A cell that is none of what its column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Words of official files for "no figure": not significant, not available.
pub(super) fn missing(text: &str) -> bool {
    matches!(
        simple(text).as_str(),
        "" | "ns" | "nd" | "na" | "n_a" | "n_a_resultat_non_disponible" | "non_specifie"
    )
}

/// A whole number; a spreadsheet may have written `5` as `5.0`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let bare = text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")).unwrap_or(text);
    bare.parse().ok()
}

/// No GP is accessible a hundred times a year: such a number has lost its decimal mark.
const HIGHEST_APL: f64 = 100.0;

fn hundredths(text: &str) -> Option<i64> {
    let number: f64 = text.replace(',', ".").parse().ok()?;
    // A half goes up as written: 2.455 is a little less in binary.
    (0.0..HIGHEST_APL)
        .contains(&number)
        .then(|| (number * 100.0 + 1e-6).round() as i64)
}

/// The code of a TVS as DREES's form writes it: five characters, one of four (a part of a canton) filled up with `_`. A name is none.
fn tvs_code(text: &str) -> Option<String> {
    let bare = text.strip_suffix(".0").or_else(|| text.strip_suffix(",0")).unwrap_or(text);
    let code = bare.trim_end_matches('_').to_ascii_uppercase();

    let plain =
        code.bytes().all(|b| b.is_ascii_alphanumeric()) && code.bytes().any(|b| b.is_ascii_digit());
    (plain && (3..=12).contains(&code.len())).then(|| format!("{code:_<5}"))
}

/// A word of a zoning, once its spelling is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Zone(i64),
    Not,
    Former,
    And,
    Boundary,
}

/// The zone that a wording names. « Hors ZIP et ZAC » is outside any zone; « ZAC (ex-ZIP) » is ZAC; what could be two zones,
/// such as « Non ZIP » or « ZIP et ZAC », and any word that might change the meaning, is no zone.
fn zone(text: &str) -> Option<i64> {
    let words = words(text)?;

    // A zone of the past says nothing of today.
    let mut today = Vec::new();
    let mut rest = words.into_iter().peekable();
    while let Some(word) = rest.next() {
        if word != Word::Former {
            today.push(word);
        } else {
            rest.next_if(|next| matches!(next, Word::Zone(_)))?;
        }
    }

    let denied = today.iter().position(|word| *word == Word::Not);
    let named = |words: &[Word]| -> Vec<i64> {
        let zone = |word: &Word| match word {
            Word::Zone(rank) => Some(*rank),
            _ => None,
        };
        words.iter().filter_map(zone).collect()
    };

    let Some(start) = denied else {
        let zones = named(&today);
        let one = zones.first().copied()?;
        let same = zones.iter().all(|rank| *rank == one) && !today.contains(&Word::And);
        return same.then_some(one);
    };

    // What is denied goes on as far as « et », « ou », « ni » join it.
    let joined = |word: &&Word| !matches!(word, Word::Boundary);
    let length = today[start..].iter().take_while(joined).count();
    let (within, after) = today[start..].split_at(length);
    let chained = within.windows(2).all(|pair| !matches!(pair, [Word::Zone(_), Word::Zone(_)]));
    let outside = |rank: &i64| *rank == 3;

    let zones = named(within);
    let both = zones.contains(&0) && zones.contains(&1) && !zones.iter().any(outside);
    let others = [named(&today[..start]), named(after)].concat();
    (both && chained && others.iter().all(outside)).then_some(3)
}

/// Whether a word is the second « ni » of « ni … ni … ».
fn again(word: Word, token: &str) -> bool {
    word == Word::And && token == "ni"
}

fn words(text: &str) -> Option<Vec<Word>> {
    // « ≠ ZIP », « ZIP ? », « ZIP=0 »: a sign may say the contrary.
    let plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || "'’-–—_()/+&,;:.".contains(c);
    if !text.chars().all(plain) {
        return None;
    }

    let spaced: String = text
        .chars()
        .map(|c| match c {
            '/' | '+' | '&' => " et ".to_owned(),
            '(' | ')' | ',' | ';' | ':' | '–' | '—' => " borne ".to_owned(),
            c => c.to_string(),
        })
        .collect::<String>()
        .replace(" - ", " borne ");
    let simple = simple(&spaced);
    let tokens: Vec<&str> = simple.split('_').collect();

    let mut words = Vec::new();
    let mut rank = 0;
    while let Some(token) = tokens.get(rank) {
        let next = tokens.get(rank + 1).copied().unwrap_or_default();
        let (word, length) = match (*token, next) {
            ("zip", _) => (Word::Zone(0), 1),
            ("zac", _) => (Word::Zone(1), 1),
            ("zar", _) => (Word::Zone(2), 1),
            ("hz" | "hv" | "zv" | "vigilance", _) => (Word::Zone(3), 1),
            ("intervention", "prioritaire" | "prioritaires") => (Word::Zone(0), 2),
            ("action" | "actions", "complementaire" | "complementaires") => (Word::Zone(1), 2),
            ("appui" | "accompagnement", "regional") => (Word::Zone(2), 2),
            ("hors" | "sans", "zonage" | "zonages" | "zone" | "zones" | "vivier")
            | ("non", "zone" | "zonee") => (Word::Zone(3), 2),
            ("hors" | "non" | "ni" | "sans" | "pas", _) if rank + 1 < tokens.len() => {
                // The second « ni » of « ni … ni … » joins.
                let again = *token == "ni" && words.contains(&Word::Not);
                (if again { Word::And } else { Word::Not }, 1)
            }
            ("ex" | "ancien" | "ancienne" | "anciennement", _) => (Word::Former, 1),
            ("et" | "ou", _) => (Word::And, 1),
            ("borne", _) => (Word::Boundary, 1),
            ("zone" | "zones" | "d" | "de" | "du" | "la" | "le" | "l" | "en" | "commune", _) => {
                rank += 1;
                continue;
            }
            // « 1_ZIP » is the first of a list; « ZIP 0 » may be no ZIP.
            ("1" | "2" | "3" | "4" | "5" | "01" | "02" | "03" | "04" | "05", _) if rank == 0 => {
                rank += 1;
                continue;
            }
            _ => return None,
        };

        // « Ni ZIP, ni ZAC »: the comma parts nothing.
        if again(word, token) && words.last() == Some(&Word::Boundary) {
            words.pop();
        }
        words.push(word);
        rank += length;
    }

    Some(words)
}

/// The level of seven that a label names; nothing for a label of another grid, an error for any other text.
pub(super) fn label_level(text: &str) -> Result<Option<i64>, Unreadable> {
    const SEVEN: [&str; 7] = [
        "grand_centre_urbain",
        "centre_urbain_intermediaire",
        "petite_ville",
        "ceinture_urbaine",
        "bourg_rural",
        "rural_a_habitat_disperse",
        "rural_a_habitat_tre_disperse",
    ];
    const OTHERS: [&str; 9] = [
        "urbain_dense",
        "urbain_intermediaire",
        "rural",
        "rural_periurbain",
        "rural_non_periurbain",
        "commune_densement_peuplee",
        "commune_de_densite_intermediaire",
        "commune_peu_dense",
        "commune_tre_peu_dense",
    ];

    let singular: Vec<String> = simple(text)
        .split('_')
        .map(|word| word.trim_end_matches('s').replace("ruraux", "rural"))
        .collect();
    let label = singular.join("_");

    match SEVEN.iter().position(|name| *name == label) {
        Some(rank) => Ok(Some(rank as i64 + 1)),
        None if OTHERS.contains(&label.as_str()) => Ok(None),
        None => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wording_is_the_zone_it_names_or_none() {
        let zone_of = |text: &str| {
            ColumnFact::Zoning
                .read(text)
                .map(|z| z.and_then(|z| z.number()).map_or("vide", |rank| ZONES[rank as usize]))
        };

        for (text, zone) in [
            ("ZIP", "ZIP"),
            ("1_ZIP", "ZIP"),
            ("Zone d'intervention prioritaire (ZIP)", "ZIP"),
            ("ZIP - Zone d’intervention prioritaire", "ZIP"),
            ("ZAC (ex-ZIP)", "ZAC"),
            ("ex ZAC : ZIP", "ZIP"),
            ("Zone d'actions complémentaires", "ZAC"),
            ("zone d'appui régional", "ZAR"),
            ("Zone d'accompagnement régional", "ZAR"),
            ("03. ZAR", "ZAR"),
            ("Hors ZIP et ZAC", "HZ"),
            ("Hors ZIP/ZAC", "HZ"),
            ("Ni ZIP ni ZAC", "HZ"),
            ("ni en ZIP, ni en ZAC", "HZ"),
            ("Hors zonage (ni ZIP, ni ZAC)", "HZ"),
            ("Hors zonage (ni ZIP ni ZAC)", "HZ"),
            ("ni ZIP, ZAC", "?"),
            ("ZAC, ni ZIP", "?"),
            ("Hors ZIP et ZAC (HZ)", "HZ"),
            ("Hors-Zonage (HZ)", "HZ"),
            ("3_HZ", "HZ"),
            ("Sans zonage", "HZ"),
            ("Zone de vigilance", "HZ"),
            ("Hors vivier (ex-ZAC)", "HZ"),
            ("NS", "vide"),
            ("Non ZIP", "?"),
            ("Hors ZIP", "?"),
            ("Hors ZAC", "?"),
            ("Non ZIP (ZAC)", "?"),
            ("Hors zone ZIP", "?"),
            ("ZIP et ZAC", "?"),
            ("ZIP/ZAC", "?"),
            ("ZIP en partie", "?"),
            ("ZIP jusqu'en 2021", "?"),
            ("projet de ZIP", "?"),
            ("ex-ZIP", "?"),
            ("ZAC (QPV en ZIP)", "?"),
            ("ZIP=0", "?"),
            ("ZIP:0", "?"),
            ("ZIP 2", "?"),
            ("0 ZIP", "?"),
            ("ZIP 40 %", "?"),
            ("ZIP ?", "?"),
            ("≠ZIP", "?"),
            ("<> ZIP", "?"),
            ("!ZIP", "?"),
            ("¬ZIP", "?"),
            ("verte", "?"),
            ("1", "?"),
        ] {
            assert_eq!(zone_of(text).unwrap_or("?"), zone, "{text}");
        }
    }

    #[test]
    fn a_tvs_is_a_code_and_not_a_name() {
        let code = |text: &str| match ColumnFact::Tvs.read(text) {
            Ok(Some(FactValue::Code(code))) => code,
            Ok(_) => "vide".to_owned(),
            Err(Unreadable) => "?".to_owned(),
        };
        for (text, expected) in [
            ("61006", "61006"),
            ("61006.0", "61006"),
            ("2a004", "2A004"),
            ("2701", "2701_"),
            ("2701_", "2701_"),
            ("9741101", "9741101"),
            ("", "vide"),
            ("ND", "vide"),
            ("Argentan", "?"),
            ("61 006", "?"),
            ("1", "?"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn labels_tell_the_grid() {
        assert_eq!(label_level("Bourgs ruraux"), Ok(Some(5)));
        assert_eq!(label_level("Rural à habitat très dispersé"), Ok(Some(7)));
        assert_eq!(label_level("Rural"), Ok(None));
        assert_eq!(label_level("Urbain intermédiaire"), Ok(None));
        assert_eq!(label_level("Ceton"), Err(Unreadable));
    }
}
