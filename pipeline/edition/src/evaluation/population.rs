//! The reference population that a user gives for standardisation: a CSV file with the columns `tranche_age`, `sexe`,
//! `ald`, `effectif`, separated by commas or semicolons, in UTF-8.

use std::collections::BTreeMap;
use std::path::Path;

use base::error::{Context, Error, Result};
use base::text::{sha256, unicode};

const COLUMNS: [&str; 4] = ["tranche_age", "sexe", "ald", "effectif"];
const AGES: [&str; 6] = ["17-29", "30-44", "45-59", "60-69", "70-79", "80+"];
const SEXES: [&str; 2] = ["F", "M"];
const ALD: [&str; 2] = ["oui", "non"];

/// People of each profile, and what the manifest says of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// People by profile, as [`super::profiles`] writes it: `17-29 F oui`.
    pub people: BTreeMap<String, f64>,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl Population {
    /// Reads a file.
    ///
    /// # Errors
    /// `Access` if it cannot be read; `Usage`, with the line, for anything but what the head of this module says.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).access(|| format!("population illisible : {}", path.display()))?;

        Self::parse(&bytes).map_err(|e| {
            let message = format!("population {} : {}", path.display(), e.message());
            let error = Error::usage(message);
            match e.hint_text() {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let text = unicode(bytes).map_err(|e| {
            Error::usage(format!("ligne {} : {}", e.line, e.what))
                .hint("enregistrez-le en UTF-8 (tableur : CSV UTF-8)")
        })?;
        let head = text.lines().next().unwrap_or_default();
        let separator = if head.contains(';') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());

        let header = reader.headers().usage(|| "en-tête illisible".into())?;
        let mut places = [0; COLUMNS.len()];
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            *place = header.iter().position(|h| h == name).ok_or_else(|| {
                Error::usage(format!("la colonne {name} manque"))
                    .hint(format!("il faut les colonnes {}", COLUMNS.join(", ")))
            })?;
        }

        let mut people = BTreeMap::new();
        for (i, record) in reader.records().enumerate() {
            // The heading is the first line.
            let line = i + 2;
            let record = record
                .map_err(|_| Error::usage(format!("ligne {line} : nombre de valeurs inattendu")))?;
            let values = places.map(|p| record.get(p).unwrap_or_default());
            let (profile, number) = profile(line, values)?;
            if people.insert(profile.clone(), number).is_some() {
                return Err(Error::usage(format!(
                    "ligne {line} : le profil {profile} figure deux fois"
                )));
            }
        }

        if people.values().sum::<f64>() <= 0.0 {
            return Err(Error::usage("aucun effectif"));
        }
        Ok(Self { people, sha256: sha256(bytes) })
    }
}

/// The profile that a line is about, and its people.
fn profile(line: usize, [age, sex, ald, number]: [&str; 4]) -> Result<(String, f64)> {
    for (value, name, allowed) in [
        (age, "tranche_age", &AGES[..]),
        (sex, "sexe", &SEXES[..]),
        (ald, "ald", &ALD[..]),
    ] {
        if allowed.contains(&value) {
            continue;
        }
        let error = Error::usage(format!("ligne {line} : {name} inattendu"));
        return Err(if value == "00-16" {
            error.hint("la part sans médecin traitant porte sur les 17 ans et plus : retirez les lignes 00-16")
        } else {
            error.hint(format!("valeurs admises : {}", allowed.join(", ")))
        });
    }

    let number: u64 = number.parse().map_err(|_| {
        Error::usage(format!("ligne {line} : effectif illisible"))
            .hint("un effectif est un nombre entier, sans espace ni décimale")
    })?;

    Ok((format!("{age} {sex} {ald}"), number as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Population::parse(text.as_bytes()).unwrap_err().message().to_string()
    }

    #[test]
    fn columns_may_come_in_any_order_with_either_separator() {
        let p = Population::parse(
            "\u{feff}effectif;sexe;ald;tranche_age\r\n120;F;oui;80+\r\n30;M;non;17-29\r\n"
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(p.people["80+ F oui"], 120.0);
        assert_eq!(p.people["17-29 M non"], 30.0);
        let other =
            Population::parse(b"tranche_age,sexe,ald,effectif\n80+,F,oui,120\n17-29,M,non,30\n")
                .unwrap();
        assert_eq!(p.people, other.people);
        assert_ne!(p.sha256, other.sha256);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let head = "tranche_age,sexe,ald,effectif\n";
        for (text, expected) in [
            ("tranche_age,sexe,effectif\n", "la colonne ald manque"),
            (
                &format!("{head}17-29,F,oui,3\n17-29,F,oui,4\n")[..],
                "ligne 3 : le profil 17-29 F oui figure deux fois",
            ),
            (&format!("{head}00-16,F,oui,3\n"), "ligne 2 : tranche_age inattendu"),
            (&format!("{head}17-29,X,oui,3\n"), "ligne 2 : sexe inattendu"),
            (&format!("{head}17-29,F,oui,3.5\n"), "ligne 2 : effectif illisible"),
            (&format!("{head}17-29,F,oui,-3\n"), "ligne 2 : effectif illisible"),
            (&format!("{head}17-29,F,oui\n"), "ligne 2 : nombre de valeurs inattendu"),
            (head, "aucun effectif"),
        ] {
            assert_eq!(refusal(text), expected);
        }
    }
}
