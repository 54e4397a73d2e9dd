//! `livraison.toml`, or the sheet `livraison`: who sends what.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Finding;
use crate::dialect::StatedDialect;
use crate::header_faults::fault;
use crate::identity;
use crate::period::Period;
use base::error::{Error, Result};
use contract::{NOTHING_TO_DECLARE, Rule};

/// The codes of the régions in force since 2016, overseas included.
const REGIONS: [&str; 18] = [
    "01", "02", "03", "04", "06", "11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84",
    "93", "94",
];

/// Stands for a region or a period that the delivery does not say.
pub(crate) const UNKNOWN: &str = "inconnue";

/// What a delivery says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryHeader {
    /// INSEE code of the région.
    pub region: String,
    /// Period covered.
    pub periode: Period,
    /// Who made it; empty when unsaid.
    pub producteur: String,
    /// Why it replaces an earlier one.
    pub motif: Option<String>,
    /// Tables and buses that have nothing to tell for the period, as they are named.
    #[serde(default, rename = "rien_a_declarer")]
    pub nothing: Vec<String>,
    /// Whether the data are made up; every page drawn from them says so.
    pub fictives: bool,
    /// Forms that the sender states instead of letting them be detected.
    #[serde(rename = "dialecte")]
    pub dialect: StatedDialect,
    /// Where it stands.
    #[serde(skip)]
    pub place: HeaderPlace,
}

/// The file, and in a workbook the sheet, in which a header stands, or is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderPlace {
    /// Name of the file, as it may be shown.
    pub file: String,
    /// Name of the sheet.
    pub sheet: Option<String>,
}

impl Default for HeaderPlace {
    fn default() -> Self {
        Self {
            file: "livraison.toml".into(),
            sheet: None,
        }
    }
}

/// `livraison.toml` as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypedHeader {
    #[serde(default, deserialize_with = "code")]
    pub(crate) region: Option<String>,
    #[serde(default, deserialize_with = "code")]
    #[serde(rename = "periode")]
    pub(crate) periode: Option<String>,
    #[serde(default)]
    pub(crate) producteur: Option<String>,
    #[serde(default)]
    pub(crate) motif: Option<String>,
    #[serde(default)]
    #[serde(rename = "rien_a_declarer")]
    pub(crate) nothing: Vec<String>,
    #[serde(default)]
    pub(crate) fictives: Option<bool>,
    #[serde(default)]
    #[serde(rename = "dialecte")]
    pub(crate) dialect: StatedDialect,
}

impl TypedHeader {
    /// Reads `livraison.toml`. The parser's own message is not kept: it quotes the text, which may hold anything.
    pub(crate) fn from_toml(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        toml::from_str(text).map_err(|e| fault(text, e.span().map(|span| span.start)))
    }

    /// Reads the two columns of the sheet `livraison`.
    pub(crate) fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut typed = Self::default();
        for (key, value) in pairs {
            let value = value.trim().to_owned();
            let key = crate::text::fold(&key);
            if value.is_empty() || key.is_empty() || key == "cle" {
                continue;
            }

            match key.as_str() {
                "region" => {
                    typed.region = Some(if value.len() == 1 { format!("0{value}") } else { value })
                }
                "periode" => typed.periode = Some(value),
                "producteur" => typed.producteur = Some(value),
                "motif" => typed.motif = Some(value),
                NOTHING_TO_DECLARE => typed.nothing = listed(&value),
                "fictives" => {
                    typed.fictives = Some(matches!(
                        crate::text::fold(&value).as_str(),
                        "oui" | "vrai" | "true" | "1"
                    ))
                }
                "format_date" => typed.dialect.date_form = Some(value),
                "decimale" => typed.dialect.decimal_mark = Some(value),
                "oui" => typed.dialect.yes = Some(listed(&value)),
                "non" => typed.dialect.no = Some(listed(&value)),
                "separateur" | "encodage" => {}
                _ => {
                    let key = identity::quoted(&key, 30);
                    return Err(Error::refused(format!("la feuille livraison a une clé inconnue : {key}"))
                        .hint("clés admises : region, periode, producteur, motif, rien_a_declarer, fictives, format_date, decimale, oui, non"));
                }
            }
        }

        Ok(typed)
    }

    /// Checks what was typed. What is wrong refuses the delivery, which is still looked at under a region or a period that is
    /// `inconnue`; `today` then stands for its days.
    pub(crate) fn finish(self, today: NaiveDate) -> (DeliveryHeader, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut told = |error: Error| {
            findings.push(Finding::told_by(Rule::LivraisonInconnue, &error));
        };
        let missing = |key: &str, what: &str, example: &str| {
            Error::refused(format!("la livraison ne dit pas sa {what} ({key})"))
                .hint(format!("ajoutez {key} = \"{example}\" dans livraison.toml (ou la feuille livraison), ou donnez --{key}"))
        };

        let region = match self.region {
            None => Err(missing("region", "région", "28")),
            Some(code) if !REGIONS.contains(&code.as_str()) => Err(Error::refused(format!(
                "le code de région {} n'existe pas",
                identity::quoted(&code, 20)
            ))
            .hint(format!("codes Insee admis : {}", REGIONS.join(", ")))),
            Some(code) => Ok(code),
        };

        let periode = self
            .periode
            .ok_or_else(|| missing("periode", "période", "2025"))
            .and_then(|text| Period::parse(&text));

        let dialect = self.dialect.check().map(|()| self.dialect);
        let header = DeliveryHeader {
            region: region.unwrap_or_else(|e| {
                told(e);
                UNKNOWN.into()
            }),
            periode: periode.unwrap_or_else(|e| {
                told(e);
                Period {
                    text: UNKNOWN.into(),
                    start: today,
                    end: today,
                }
            }),
            producteur: self.producteur.unwrap_or_default(),
            motif: self.motif,
            nothing: self.nothing,
            fictives: self.fictives.unwrap_or(false),
            place: HeaderPlace::default(),
            dialect: dialect.unwrap_or_else(|e| {
                told(e);
                StatedDialect::default()
            }),
        };

        (header, findings)
    }
}

/// A code, with or without its quotes: `region = 28`, and `region = 1` for `01`, which TOML does not admit as a number.
fn code<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Typed {
        Text(String),
        Number(u32),
    }
    Ok(Some(match Typed::deserialize(from)? {
        Typed::Text(text) => text,
        Typed::Number(number) => format!("{number:02}"),
    }))
}

/// The words of a list in one cell of the sheet `livraison`.
fn listed(text: &str) -> Vec<String> {
    text.split([',', ';']).map(|w| w.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a header, in one text.
    fn faults(text: &str) -> String {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let (_, findings) = TypedHeader::from_toml(text).unwrap().finish(today);
        let said = findings.iter().map(|f| format!("{} {}", f.message, f.hint));
        said.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_header_reads_and_its_faults_are_named() {
        let good = "region = \"28\"\nperiode = \"2025\"\nfictives = true\n[dialecte]\nseparateur = \";\"\noui = [\"x\"]\nnon = [\"-\"]\n";
        assert_eq!(faults(good), "");
        assert_eq!(faults("region = 28\nperiode = 2025"), "");
        assert_eq!(faults("region = 1\nperiode = \"T1 2025\""), "");
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let (header, _) = TypedHeader::from_toml(good).unwrap().finish(today);
        assert!(
            header.fictives
                && header.region == "28"
                && header.dialect.separator.as_deref() == Some(";")
        );
        let error = TypedHeader::from_toml("region = \"28\"\nperiod = \"2025\"\n").unwrap_err();
        assert!(error.message().contains("ligne 2"), "{error}");
        let said = faults("region = \"99\"\nperiode = \"2025\"");
        assert!(said.contains("99") && said.contains("84"), "{said}");
        assert!(faults("region = \"28\"").contains("periode"));
        assert!(faults("periode = \"2025-13\"").contains("2025-13"));
        let nir = "185057800608491";
        let said = faults(&format!(
            "region = \"{nir}\"\nperiode = \"{nir}\"\n[dialecte]\nencodage = \"{nir}\""
        ));
        assert_eq!(said.lines().count(), 3);
        assert!(!said.contains(&nir[..6]), "{said}");
    }

    #[test]
    fn a_dialect_that_is_not_understood_is_refused_with_what_is() {
        for (line, hint) in [
            ("format_date = \"dd/mm/yyyy\"", "jj/mm/aaaa"),
            ("decimale = \"virgule\"", "\",\""),
            ("separateur = \"deux-points\"", "tab"),
            ("encodage = \"utf-7\"", "windows-1252"),
            ("oui = []\nnon = [\"\"]", "mots courts"),
            ("oui = [\"X\"]\nnon = [\"x\"]", "un même mot"),
        ] {
            let said = faults(&format!("region = \"28\"\nperiode = \"2025\"\n[dialecte]\n{line}"));
            assert_eq!(said.lines().count(), 1, "{line}");
            assert!(said.contains(hint), "{line}: {said}");
        }
    }

    #[test]
    fn nothing_to_declare_is_a_list_in_either_form() {
        let names = ["delais_mg", "28-orne-01"];
        let toml = "rien_a_declarer = [\"delais_mg\", \"28-orne-01\"]";
        assert_eq!(TypedHeader::from_toml(toml).unwrap().nothing, names);

        for key in ["rien_a_declarer", "Rien à déclarer"] {
            let cells = [(key.to_owned(), "delais_mg ; 28-orne-01".to_owned())];
            assert_eq!(TypedHeader::from_pairs(cells.into_iter()).unwrap().nothing, names, "{key}");
        }
    }
}
