//! The reference population that a user gives for standardisation: a CSV file with the columns `tranche_age`, `sexe`,
//! `ald`, `effectif`, separated by commas or semicolons, in UTF-8.

use std::collections::BTreeMap;
use std::path::Path;

use base::error::{Context, Error, Result};
use base::text::sha256;

const COLONNES: [&str; 4] = ["tranche_age", "sexe", "ald", "effectif"];
const AGES: [&str; 6] = ["17-29", "30-44", "45-59", "60-69", "70-79", "80+"];
const SEXES: [&str; 2] = ["F", "M"];
const ALD: [&str; 2] = ["oui", "non"];

/// People of each profile, and what the manifest says of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// People by profile, as [`super::profils`] writes it: `17-29 F oui`.
    pub effectifs: BTreeMap<String, f64>,
    /// SHA-256 of the file.
    pub empreinte: String,
}

impl Population {
    /// Reads a file.
    ///
    /// # Errors
    /// `Access` if it cannot be read; `Usage`, with the line, for anything but what the head of this module says.
    pub fn lire(chemin: &Path) -> Result<Self> {
        let octets = std::fs::read(chemin)
            .access(|| format!("population illisible : {}", chemin.display()))?;
        Self::analyser(&octets).map_err(|e| {
            let message = format!("population {} : {}", chemin.display(), e.message());
            let erreur = Error::usage(message);
            match e.hint_text() {
                Some(indication) => erreur.hint(indication),
                None => erreur,
            }
        })
    }

    fn analyser(octets: &[u8]) -> Result<Self> {
        let texte = std::str::from_utf8(octets)
            .map_err(|_| Error::usage("le fichier n'est pas en UTF-8"))?
            .trim_start_matches('\u{feff}');
        let tete = texte.lines().next().unwrap_or_default();
        let separateur = if tete.contains(';') { b';' } else { b',' };
        let mut lecteur = csv::ReaderBuilder::new()
            .delimiter(separateur)
            .trim(csv::Trim::All)
            .from_reader(texte.as_bytes());
        let entetes = lecteur.headers().usage(|| "en-tête illisible".into())?;
        let place = |nom: &str| {
            entetes.iter().position(|e| e == nom).ok_or_else(|| {
                Error::usage(format!("la colonne {nom} manque"))
                    .hint(format!("il faut les colonnes {}", COLONNES.join(", ")))
            })
        };
        let places = [
            place(COLONNES[0])?,
            place(COLONNES[1])?,
            place(COLONNES[2])?,
            place(COLONNES[3])?,
        ];
        let mut effectifs = BTreeMap::new();
        for (i, ligne) in lecteur.records().enumerate() {
            // The heading is the first line.
            let numero = i + 2;
            let ligne = ligne.map_err(|_| {
                Error::usage(format!("ligne {numero} : nombre de valeurs inattendu"))
            })?;
            let [age, sexe, ald, effectif] = places.map(|p| ligne.get(p).unwrap_or_default());
            let attendu = |valeur: &str, nom: &str, valeurs: &[&str]| {
                if valeurs.contains(&valeur) {
                    return Ok(());
                }
                let erreur = Error::usage(format!("ligne {numero} : {nom} inattendu"));
                Err(if valeur == "00-16" {
                    erreur.hint("la part sans médecin traitant porte sur les 17 ans et plus : retirez les lignes 00-16")
                } else {
                    erreur.hint(format!("valeurs admises : {}", valeurs.join(", ")))
                })
            };
            attendu(age, "tranche_age", &AGES)?;
            attendu(sexe, "sexe", &SEXES)?;
            attendu(ald, "ald", &ALD)?;
            let nombre: u64 = effectif.parse().map_err(|_| {
                Error::usage(format!("ligne {numero} : effectif illisible"))
                    .hint("un effectif est un nombre entier, sans espace ni décimale")
            })?;
            let profil = format!("{age} {sexe} {ald}");
            if effectifs.insert(profil.clone(), nombre as f64).is_some() {
                return Err(Error::usage(format!(
                    "ligne {numero} : le profil {profil} figure deux fois"
                )));
            }
        }
        if effectifs.values().sum::<f64>() <= 0.0 {
            return Err(Error::usage("aucun effectif"));
        }
        Ok(Self {
            effectifs,
            empreinte: sha256(octets),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn refus(texte: &str) -> String {
        Population::analyser(texte.as_bytes())
            .unwrap_err()
            .message()
            .to_string()
    }

    #[test]
    fn columns_may_come_in_any_order_with_either_separator() {
        let p = Population::analyser(
            "\u{feff}effectif;sexe;ald;tranche_age\r\n120;F;oui;80+\r\n30;M;non;17-29\r\n"
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(p.effectifs["80+ F oui"], 120.0);
        assert_eq!(p.effectifs["17-29 M non"], 30.0);
        let autre =
            Population::analyser(b"tranche_age,sexe,ald,effectif\n80+,F,oui,120\n17-29,M,non,30\n")
                .unwrap();
        assert_eq!(p.effectifs, autre.effectifs);
        assert_ne!(p.empreinte, autre.empreinte);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let tete = "tranche_age,sexe,ald,effectif\n";
        for (texte, attendu) in [
            ("tranche_age,sexe,effectif\n", "la colonne ald manque"),
            (
                &format!("{tete}17-29,F,oui,3\n17-29,F,oui,4\n")[..],
                "ligne 3 : le profil 17-29 F oui figure deux fois",
            ),
            (
                &format!("{tete}00-16,F,oui,3\n"),
                "ligne 2 : tranche_age inattendu",
            ),
            (
                &format!("{tete}17-29,X,oui,3\n"),
                "ligne 2 : sexe inattendu",
            ),
            (
                &format!("{tete}17-29,F,oui,3.5\n"),
                "ligne 2 : effectif illisible",
            ),
            (
                &format!("{tete}17-29,F,oui,-3\n"),
                "ligne 2 : effectif illisible",
            ),
            (
                &format!("{tete}17-29,F,oui\n"),
                "ligne 2 : nombre de valeurs inattendu",
            ),
            (tete, "aucun effectif"),
        ] {
            assert_eq!(refus(texte), attendu);
        }
    }
}
