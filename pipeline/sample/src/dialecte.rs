//! How a producer writes: separator, encoding, decimal mark, dates, words for yes and no.

use std::fmt::Write as _;

use chrono::Datelike;
use encoding_rs::WINDOWS_1252;

use super::champ::{Champ, Ligne, Table};

/// Character encoding of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encodage {
    /// UTF-8 without mark.
    Utf8,
    /// UTF-8 with a byte-order mark.
    Utf8Bom,
    /// Windows-1252, as older exports.
    Windows1252,
}

/// The habits of a producer of CSV files.
#[derive(Debug, Clone, Copy)]
pub struct Dialecte {
    /// `,` or `;`.
    pub separateur: char,
    /// Encoding.
    pub encodage: Encodage,
    /// Decimal comma and `jj/mm/aaaa`, instead of decimal point and ISO dates.
    pub francais: bool,
    /// Words for yes and no.
    pub oui_non: (&'static str, &'static str),
    /// CRLF instead of LF.
    pub crlf: bool,
    /// Column names in capitals.
    pub majuscules: bool,
}

impl Dialecte {
    /// UTF-8, comma, ISO dates, `oui`/`non`.
    pub const SIMPLE: Dialecte = Dialecte {
        separateur: ',',
        encodage: Encodage::Utf8,
        francais: false,
        oui_non: ("oui", "non"),
        crlf: false,
        majuscules: false,
    };

    /// The same with `true`/`false`.
    pub const ANGLAIS: Dialecte = Dialecte {
        oui_non: ("true", "false"),
        ..Dialecte::SIMPLE
    };

    /// Windows-1252, semicolon, decimal comma, `jj/mm/aaaa`, CRLF, capitals: what a French spreadsheet exports.
    pub const TABLEUR: Dialecte = Dialecte {
        separateur: ';',
        encodage: Encodage::Windows1252,
        francais: true,
        oui_non: ("oui", "non"),
        crlf: true,
        majuscules: true,
    };

    /// UTF-8 with a mark, semicolon, ISO dates, `1`/`0`.
    pub const CODE: Dialecte = Dialecte {
        separateur: ';',
        encodage: Encodage::Utf8Bom,
        oui_non: ("1", "0"),
        ..Dialecte::SIMPLE
    };

    /// The header line, encoded.
    pub fn entete(&self, table: Table) -> Vec<u8> {
        let mut texte = if self.encodage == Encodage::Utf8Bom {
            "\u{feff}".to_owned()
        } else {
            String::new()
        };
        for (rang, colonne) in table.colonnes().iter().enumerate() {
            if rang > 0 {
                texte.push(self.separateur);
            }
            texte.push_str(&if self.majuscules {
                colonne.to_uppercase()
            } else {
                (*colonne).to_owned()
            });
        }
        self.fin(&mut texte);
        self.encode(texte)
    }

    /// A row, encoded.
    pub fn ligne(&self, ligne: &Ligne<'_>) -> Vec<u8> {
        let mut texte = String::with_capacity(160);
        for (rang, champ) in ligne.iter().enumerate() {
            if rang > 0 {
                texte.push(self.separateur);
            }
            self.champ(champ, &mut texte);
        }
        self.fin(&mut texte);
        self.encode(texte)
    }

    fn fin(&self, texte: &mut String) {
        texte.push_str(if self.crlf { "\r\n" } else { "\n" });
    }

    fn encode(&self, texte: String) -> Vec<u8> {
        match self.encodage {
            Encodage::Windows1252 => WINDOWS_1252.encode(&texte).0.into_owned(),
            Encodage::Utf8 | Encodage::Utf8Bom => texte.into_bytes(),
        }
    }

    fn champ(&self, champ: &Champ<'_>, texte: &mut String) {
        // Writing into a String cannot fail.
        let _ = match champ {
            Champ::Vide => Ok(()),
            Champ::Texte("oui") => texte.write_str(self.oui_non.0),
            Champ::Texte("non") => texte.write_str(self.oui_non.1),
            Champ::Texte(mot) => self.mot(mot, texte),
            Champ::Libre(mot) => self.mot(mot, texte),
            Champ::Numero(prefixe, rang) => write!(texte, "{prefixe}-{rang:06}"),
            Champ::Cle(cle) => write!(texte, "{cle:016x}"),
            Champ::Entier(n) => write!(texte, "{n}"),
            Champ::Dixiemes(n) => write!(texte, "{}{}{}", n / 10, self.marque(), n % 10),
            Champ::Centiemes(n) => write!(texte, "{}{}{:02}", n / 100, self.marque(), n % 100),
            Champ::Date(date) if self.francais => {
                write!(
                    texte,
                    "{:02}/{:02}/{}",
                    date.day(),
                    date.month(),
                    date.year()
                )
            }
            Champ::Date(date) => write!(
                texte,
                "{}-{:02}-{:02}",
                date.year(),
                date.month(),
                date.day()
            ),
            Champ::Heure(minutes) => write!(texte, "{:02}:{:02}", minutes / 60, minutes % 60),
            Champ::Oui(true) => texte.write_str(self.oui_non.0),
            Champ::Oui(false) => texte.write_str(self.oui_non.1),
        };
    }

    fn marque(&self) -> char {
        if self.francais { ',' } else { '.' }
    }

    fn mot(&self, mot: &str, texte: &mut String) -> std::fmt::Result {
        if mot.contains([self.separateur, '"', '\n', '\r']) {
            write!(texte, "\"{}\"", mot.replace('"', "\"\""))
        } else {
            texte.write_str(mot)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hasard::jour;

    #[test]
    fn each_dialect_writes_its_own_way() {
        let ligne = vec![
            Champ::Texte("Évreux; \"nord\", sud"),
            Champ::Oui(true),
            Champ::Centiemes(1205),
            Champ::Date(jour(2024, 4, 2)),
            Champ::Heure(570),
            Champ::Vide,
        ];
        assert_eq!(
            String::from_utf8_lossy(&Dialecte::SIMPLE.ligne(&ligne)),
            "\"Évreux; \"\"nord\"\", sud\",oui,12.05,2024-04-02,09:30,\n"
        );
        let tableur = Dialecte::TABLEUR.ligne(&ligne);
        assert_eq!(tableur[1], 0xc9);
        assert!(tableur.ends_with(b";oui;12,05;02/04/2024;09:30;\r\n"));
        assert!(
            Dialecte::CODE
                .entete(Table::Offre)
                .starts_with("\u{feff}code_commune;date".as_bytes())
        );
        assert!(
            Dialecte::TABLEUR
                .entete(Table::Offre)
                .starts_with(b"CODE_COMMUNE;DATE")
        );
    }
}
