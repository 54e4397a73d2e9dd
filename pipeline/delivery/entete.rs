//! `livraison.toml`, or the sheet `livraison`: who sends what.

use serde::{Deserialize, Serialize};

use super::period::Period;
use crate::error::{Error, Result};

/// The codes of the régions in force since 2016, overseas included.
const REGIONS: [&str; 18] = [
    "01", "02", "03", "04", "06", "11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84",
    "93", "94",
];

/// What a delivery says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entete {
    /// INSEE code of the région.
    pub region: String,
    /// Period covered.
    pub periode: Period,
    /// Who made it; empty when unsaid.
    pub producteur: String,
    /// Why it replaces an earlier one.
    pub motif: Option<String>,
    /// Whether the data are made up; every page drawn from them says so.
    pub fictives: bool,
    /// Forms that the sender states instead of letting them be detected.
    pub dialecte: Dialecte,
}

/// The `[dialecte]` table: every key is optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialecte {
    /// `,` `;` `|` or `tab`.
    #[serde(default)]
    pub separateur: Option<String>,
    /// `utf-8`, `windows-1252` or `iso-8859-15`.
    #[serde(default)]
    pub encodage: Option<String>,
    /// `,` or `.`.
    #[serde(default)]
    pub decimale: Option<String>,
    /// `iso`, `jj/mm/aaaa`, `mm/jj/aaaa` or `excel`.
    #[serde(default)]
    pub format_date: Option<String>,
}

/// `livraison.toml` as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    #[serde(default)]
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) periode: Option<String>,
    #[serde(default)]
    pub(super) producteur: Option<String>,
    #[serde(default)]
    pub(super) motif: Option<String>,
    #[serde(default)]
    pub(super) fictives: Option<bool>,
    #[serde(default)]
    pub(super) dialecte: Dialecte,
}

impl Typed {
    /// Reads `livraison.toml`. The parser's own message is not kept: it quotes the text, which may hold anything.
    pub(super) fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| {
            let line = e.span().map_or(1, |s| text.get(..s.start).unwrap_or_default().matches('\n').count() + 1);
            Error::refused(format!("livraison.toml ne se lit pas (ligne {line})"))
                .hint("clés admises : region, periode, producteur, motif, fictives, et [dialecte] avec separateur, encodage, decimale, format_date ; les textes sont entre guillemets, par exemple region = \"28\"")
        })
    }

    /// Reads the two columns of the sheet `livraison`.
    pub(super) fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut typed = Self::default();
        for (key, value) in pairs {
            let value = value.trim().to_owned();
            let key = super::text::fold(&key);
            if value.is_empty() || key.is_empty() || key == "cle" {
                continue;
            }
            match key.as_str() {
                "region" => {
                    typed.region = Some(if value.len() == 1 {
                        format!("0{value}")
                    } else {
                        value
                    })
                }
                "periode" => typed.periode = Some(value),
                "producteur" => typed.producteur = Some(value),
                "motif" => typed.motif = Some(value),
                "fictives" => {
                    typed.fictives = Some(matches!(
                        super::text::fold(&value).as_str(),
                        "oui" | "vrai" | "true" | "1"
                    ))
                }
                "format_date" => typed.dialecte.format_date = Some(value),
                "decimale" => typed.dialecte.decimale = Some(value),
                "separateur" | "encodage" => {}
                _ => {
                    return Err(Error::refused("la feuille livraison a une clé inconnue")
                        .hint("clés admises : region, periode, producteur, motif, fictives, format_date, decimale"));
                }
            }
        }
        Ok(typed)
    }

    /// Checks what was typed.
    pub(super) fn finish(self) -> Result<Entete> {
        let missing = |key: &str, example: &str| {
            Error::refused(format!("la livraison ne dit pas sa {key}"))
                .hint(format!("ajoutez {key} = \"{example}\" dans livraison.toml (ou la feuille livraison), ou donnez --{key}"))
        };
        let region = self.region.ok_or_else(|| missing("region", "28"))?;
        if !REGIONS.contains(&region.as_str()) {
            return Err(Error::refused(format!(
                "le code de région « {} » n'existe pas",
                region.chars().take(12).collect::<String>()
            ))
            .hint(format!("codes Insee admis : {}", REGIONS.join(", "))));
        }
        let periode = Period::parse(&self.periode.ok_or_else(|| missing("periode", "2025"))?)?;
        Ok(Entete {
            region,
            periode,
            producteur: self.producteur.unwrap_or_default(),
            motif: self.motif,
            fictives: self.fictives.unwrap_or(false),
            dialecte: self.dialecte,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_header_reads_and_its_faults_are_named() {
        let entete = Typed::from_toml("region = \"28\"\nperiode = \"2025\"\nfictives = true\n[dialecte]\nseparateur = \";\"\n").unwrap().finish().unwrap();
        assert!(
            entete.fictives
                && entete.region == "28"
                && entete.dialecte.separateur.as_deref() == Some(";")
        );
        let error = Typed::from_toml("region = \"28\"\nperiod = \"2025\"\n").unwrap_err();
        assert!(error.message().contains("ligne 2"), "{error}");
        let error = Typed::from_toml("region = \"99\"\nperiode = \"2025\"")
            .unwrap()
            .finish()
            .unwrap_err();
        assert!(error.message().contains("99") && error.hint_text().unwrap().contains("84"));
        assert!(
            Typed::from_toml("region = \"28\"")
                .unwrap()
                .finish()
                .unwrap_err()
                .message()
                .contains("periode")
        );
    }
}
