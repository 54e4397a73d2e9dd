//! What is wrong in a `livraison.toml` that does not read: the line, the key, and what is admitted there. The parser's own words are
//! English, and quote the text, which may hold anything.

use toml::{Table, Value};

use crate::identity;
use base::error::Error;
use base::text::{line_after, nearest};

/// What a key holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A text, or a number.
    Code,
    Text,
    List,
    YesNo,
    Section,
}

/// The keys of a header, each with a way to write it.
const KEYS: [(&str, Form, &str); 7] = [
    ("region", Form::Code, "region = \"28\""),
    ("periode", Form::Code, "periode = \"2025\""),
    ("producteur", Form::Text, "producteur = \"ARS Normandie\""),
    ("motif", Form::Text, "motif = \"corrige les dates de mars\""),
    ("rien_a_declarer", Form::List, "rien_a_declarer = [\"delais_mg\"]"),
    ("fictives", Form::YesNo, "fictives = true"),
    ("dialecte", Form::Section, "[dialecte]"),
];

/// The keys under `[dialecte]`.
const DIALECT: [(&str, Form, &str); 6] = [
    ("separateur", Form::Text, "separateur = \";\""),
    ("encodage", Form::Text, "encodage = \"utf-8\""),
    ("decimale", Form::Text, "decimale = \",\""),
    ("format_date", Form::Text, "format_date = \"jj/mm/aaaa\""),
    ("oui", Form::List, "oui = [\"x\"]"),
    ("non", Form::List, "non = [\"-\"]"),
];

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Code | Self::Text => "un texte entre guillemets",
            Self::List => "une liste de textes entre crochets",
            Self::YesNo => "true ou false, sans guillemets",
            Self::Section => "une section",
        }
    }

    fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(_)) | (Self::YesNo, Value::Boolean(_)) => true,
            (Self::Code, Value::String(_) | Value::Integer(_)) => true,
            (Self::Section, Value::Table(_)) => true,
            (Self::List, Value::Array(list)) => list.iter().all(Value::is_str),
            _ => false,
        }
    }
}

/// What is wrong; `at` is where the parser stopped.
pub(super) fn fault(text: &str, at: Option<usize>) -> Error {
    let Ok(table) = text.parse::<Table>() else {
        return unparsed(text, at.unwrap_or(0));
    };

    let dialect = table.get("dialecte").and_then(Value::as_table);
    let sections = [(&table, &KEYS[..], ""), (dialect.unwrap_or(&table), &DIALECT, "[dialecte], ")];
    let sections = sections.into_iter().take(1 + usize::from(dialect.is_some()));
    let faults = sections.flat_map(|(table, keys, place)| {
        table
            .iter()
            .filter_map(move |(key, value)| wrong(key, value, keys, place, text))
    });

    let mut faults: Vec<(usize, Error)> = faults.collect();
    faults.sort_by_key(|(line, _)| *line);
    faults
        .into_iter()
        .next()
        .map_or_else(|| unparsed(text, at.unwrap_or(0)), |(_, error)| error)
}

/// What is wrong with one key, and its line.
fn wrong(
    key: &str,
    value: &Value,
    keys: &[(&str, Form, &str)],
    place: &str,
    text: &str,
) -> Option<(usize, Error)> {
    let line = line_of(text, key);
    let told = |what: String, hint: String| {
        let message = format!("livraison.toml, ligne {line} : {place}{what}");
        Some((line, Error::refused(message).hint(hint)))
    };

    let Some((_, form, example)) = keys.iter().find(|(name, ..)| *name == key) else {
        let names: Vec<&str> = keys.iter().map(|(name, ..)| *name).collect();
        let near = nearest(key, names.iter().copied());
        let near = near.map_or(String::new(), |near| format!("vouliez-vous dire « {near} » ? "));
        let hint = format!("{near}clés admises : {}", names.join(", "));
        return told(format!("la clé {} est inconnue", identity::quoted(key, 30)), hint);
    };
    if form.admits(value) {
        return None;
    }
    told(format!("« {key} » attend {}", form.name()), format!("écrivez {example}"))
}

/// What is no TOML at all.
fn unparsed(text: &str, at: usize) -> Error {
    let line = line_after(text.as_bytes().get(..at).unwrap_or_default());
    let written = text.lines().nth(line - 1).unwrap_or_default();
    let key = written.split('=').next().unwrap_or_default().trim();
    let keys = || KEYS.iter().chain(&DIALECT);
    let near = nearest(key, keys().map(|(name, ..)| *name));
    let known = keys().find(|(name, ..)| Some(*name) == near);

    let message = format!("livraison.toml, ligne {line} : la ligne ne se lit pas");
    let hint = match known {
        Some((.., example)) => format!("écrivez {example} ; une clé n'est donnée qu'une fois"),
        None => "chaque ligne est clé = \"valeur\", le texte entre guillemets droits (\"), par exemple region = \"28\" ; un commentaire commence par #".to_owned(),
    };
    Error::refused(message).hint(hint)
}

/// The line on which a key is given, from 1.
fn line_of(text: &str, key: &str) -> usize {
    let given = |line: &str| {
        let name = line.split(['=', '.']).next().unwrap_or_default();
        name.trim().trim_matches(['"', '\'', '[', ']']).trim() == key
    };
    text.lines().position(given).map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use crate::header::TypedHeader;

    #[test]
    fn a_header_that_does_not_read_names_its_line_its_key_and_the_form() {
        for (text, told, hint) in [
            ("region = true", "ligne 1 : « region » attend un texte", "region = \"28\""),
            (
                "region = \"28\"\nperiode = [2025]",
                "ligne 2 : « periode »",
                "periode = \"2025\"",
            ),
            (
                "region = \"28\"\nperiod = \"2025\"",
                "ligne 2 : la clé « period »",
                "« periode »",
            ),
            ("fictives = \"oui\"", "« fictives » attend true ou false", "fictives = true"),
            ("rien_a_declarer = \"delais_mg\"", "attend une liste", "[\"delais_mg\"]"),
            ("[dialecte]\noui = \"x\"", "ligne 2 : [dialecte], « oui »", "oui = [\"x\"]"),
            ("[dialecte]\ndecimal = \",\"", "la clé « decimal »", "« decimale »"),
            (
                "region = \"28\"\nperiode = “2025”",
                "ligne 2 : la ligne ne se lit pas",
                "periode =",
            ),
            ("region : 28", "ligne 1 : la ligne ne se lit pas", "clé = \"valeur\""),
            ("region = 01", "ligne 1 :", "region = \"28\""),
            ("pér\u{d6}ode = \"2025\"", "ligne 1 :", "periode = \"2025\""),
            ("region = \"28\"\nregion = \"28\"", "ligne 2 :", "une seule fois"),
        ] {
            let error = TypedHeader::from_toml(text).unwrap_err().to_string();
            let hint = hint.replace("une seule fois", "n'est donnée qu'une fois");
            assert!(error.contains(told) && error.contains(&hint), "{text}: {error}");
            for english in ["expected", "invalid", "unknown field", "duplicate"] {
                assert!(!error.contains(english), "{error}");
            }
        }
    }
}
