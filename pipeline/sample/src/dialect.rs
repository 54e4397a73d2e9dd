//! How a producer writes: separator, encoding, decimal mark, dates, words for yes and no.

use std::fmt::Write as _;

use chrono::Datelike;
use encoding_rs::WINDOWS_1252;

use super::field::{Field, FieldRow};

/// Character encoding of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputEncoding {
    /// UTF-8 without mark.
    Utf8,
    /// UTF-8 with a byte-order mark.
    Utf8Bom,
    /// Windows-1252, as older exports.
    Windows1252,
}

/// The habits of a producer of CSV files.
#[derive(Debug, Clone, Copy)]
pub struct OutputDialect {
    /// `,` or `;`.
    pub separator: char,
    /// Encoding.
    pub encoding: OutputEncoding,
    /// Decimal comma and `jj/mm/aaaa`, instead of decimal point and ISO dates.
    pub french: bool,
    /// Words for yes and no.
    pub yes_no: (&'static str, &'static str),
    /// CRLF instead of LF.
    pub crlf: bool,
    /// Column names in capitals.
    pub capitals: bool,
}

impl OutputDialect {
    /// UTF-8, comma, ISO dates, `oui`/`non`.
    pub const SIMPLE: OutputDialect = OutputDialect {
        separator: ',',
        encoding: OutputEncoding::Utf8,
        french: false,
        yes_no: ("oui", "non"),
        crlf: false,
        capitals: false,
    };

    /// The same with `true`/`false`.
    pub const ENGLISH: OutputDialect = OutputDialect {
        yes_no: ("true", "false"),
        ..OutputDialect::SIMPLE
    };

    /// Windows-1252, semicolon, decimal comma, `jj/mm/aaaa`, CRLF, capitals: what a French spreadsheet exports.
    pub const SPREADSHEET: OutputDialect = OutputDialect {
        separator: ';',
        encoding: OutputEncoding::Windows1252,
        french: true,
        yes_no: ("oui", "non"),
        crlf: true,
        capitals: true,
    };

    /// UTF-8 with a mark, semicolon, ISO dates, `1`/`0`.
    pub const CODED: OutputDialect = OutputDialect {
        separator: ';',
        encoding: OutputEncoding::Utf8Bom,
        yes_no: ("1", "0"),
        ..OutputDialect::SIMPLE
    };

    /// The header line, encoded.
    pub fn header(&self, columns: &[&str]) -> Vec<u8> {
        let mut text = if self.encoding == OutputEncoding::Utf8Bom {
            "\u{feff}".to_owned()
        } else {
            String::new()
        };

        for (rank, column) in columns.iter().enumerate() {
            if rank > 0 {
                text.push(self.separator);
            }
            text.push_str(&if self.capitals {
                column.to_uppercase()
            } else {
                (*column).to_owned()
            });
        }

        self.end(&mut text);
        self.encode(text)
    }

    /// A row, encoded.
    pub fn row(&self, row: &FieldRow<'_>) -> Vec<u8> {
        let mut text = String::with_capacity(160);
        for (rank, field) in row.iter().enumerate() {
            if rank > 0 {
                text.push(self.separator);
            }
            self.field(field, &mut text);
        }

        self.end(&mut text);
        self.encode(text)
    }

    fn end(&self, text: &mut String) {
        text.push_str(if self.crlf { "\r\n" } else { "\n" });
    }

    fn encode(&self, text: String) -> Vec<u8> {
        match self.encoding {
            OutputEncoding::Windows1252 => WINDOWS_1252.encode(&text).0.into_owned(),
            OutputEncoding::Utf8 | OutputEncoding::Utf8Bom => text.into_bytes(),
        }
    }

    fn field(&self, field: &Field<'_>, text: &mut String) {
        // Writing into a String cannot fail.
        let _ = match field {
            Field::Empty => Ok(()),
            Field::Text("oui") => text.write_str(self.yes_no.0),
            Field::Text("non") => text.write_str(self.yes_no.1),
            Field::Text(word) => self.word(word, text),
            Field::Owned(word) => self.word(word, text),
            Field::Numbered(prefix, rank) => write!(text, "{prefix}-{rank:06}"),
            Field::Key(key) => write!(text, "{key:016x}"),
            Field::Integer(n) => write!(text, "{n}"),
            Field::Tenths(n) => write!(text, "{}{}{}", n / 10, self.decimal_mark(), n % 10),
            Field::Hundredths(n) => {
                write!(text, "{}{}{:02}", n / 100, self.decimal_mark(), n % 100)
            }
            Field::Date(date) if self.french => {
                write!(text, "{:02}/{:02}/{}", date.day(), date.month(), date.year())
            }
            Field::Date(date) => {
                write!(text, "{}-{:02}-{:02}", date.year(), date.month(), date.day())
            }
            Field::Time(minutes) => write!(text, "{:02}:{:02}", minutes / 60, minutes % 60),
            Field::Bool(true) => text.write_str(self.yes_no.0),
            Field::Bool(false) => text.write_str(self.yes_no.1),
        };
    }

    fn decimal_mark(&self) -> char {
        if self.french { ',' } else { '.' }
    }

    fn word(&self, word: &str, text: &mut String) -> std::fmt::Result {
        if word.contains([self.separator, '"', '\n', '\r']) {
            write!(text, "\"{}\"", word.replace('"', "\"\""))
        } else {
            text.write_str(word)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Table;
    use crate::rng::day;

    #[test]
    fn each_dialect_writes_its_own_way() {
        let row = vec![
            Field::Text("Évreux; \"nord\", sud"),
            Field::Bool(true),
            Field::Hundredths(1205),
            Field::Date(day(2024, 4, 2)),
            Field::Time(570),
            Field::Empty,
        ];

        assert_eq!(
            String::from_utf8_lossy(&OutputDialect::SIMPLE.row(&row)),
            "\"Évreux; \"\"nord\"\", sud\",oui,12.05,2024-04-02,09:30,\n"
        );
        let tableur = OutputDialect::SPREADSHEET.row(&row);
        assert_eq!(tableur[1], 0xc9);
        assert!(tableur.ends_with(b";oui;12,05;02/04/2024;09:30;\r\n"));

        assert!(
            OutputDialect::CODED
                .header(Table::Offre.columns())
                .starts_with("\u{feff}code_commune;date".as_bytes())
        );

        assert!(
            OutputDialect::SPREADSHEET
                .header(Table::Offre.columns())
                .starts_with(b"CODE_COMMUNE;DATE")
        );
    }
}
