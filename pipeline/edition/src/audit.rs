//! Published files read back as tables, to be attacked.
//!
//! A CSV is known by its name, which is that of its table in a document (`synthese.csv`,
//! `publics_exclusifs_medicobus.csv`), and by its header line. The parameters of its query are those of the manifest: the
//! one inside the PDF, or `manifeste.json` beside the CSV. Without a manifest, zones are guessed from their codes and a
//! year that no column tells is unknown.

use std::collections::BTreeMap;
use std::path::Path;

use base::definition::{Column, Format, Role};
use base::error::{Context, Error, Result};
use base::table::Value;
use base::text::unicode_or_ansi;
use disclosure::{Cell, PublishedTable};
use export::HIDDEN;
use query::Catalogue;
use query::catalogue::Query;

use super::attachments::{MANIFEST, PrintedDocument};
use super::evaluation::rows::headers;
use super::manifest::Manifest;

/// The published tables of one file: a CSV, or every CSV attached to a PDF of ours. Tables of estimates are none: they have no query,
/// went through their own door and hold no count.
///
/// # Errors
/// A file that cannot be read, or a CSV that neither a query of the catalogue nor an estimate explains.
pub fn read(path: &Path, catalogue: &Catalogue) -> Result<Vec<PublishedTable>> {
    let extension = path.extension().and_then(|e| e.to_str());
    if extension.is_some_and(|e| e.eq_ignore_ascii_case("pdf")) {
        let printed = PrintedDocument::read(path)?;
        let attachments = printed.attachments.iter();
        let csv = attachments.filter(|(n, _)| n.ends_with(".csv"));
        return csv
            .filter(|(name, _)| query(name, Some(&printed.manifest), catalogue).is_some())
            .map(|(name, bytes)| table(name, bytes, Some(&printed.manifest), catalogue))
            .collect();
    }

    let fail = || format!("lecture impossible de {}", path.display());
    let bytes = std::fs::read(path).access(fail)?;
    let beside = path.with_file_name(MANIFEST);
    let manifest: Option<Manifest> = match std::fs::read(&beside) {
        Ok(text) => Some(
            serde_json::from_slice(&text)
                .usage(|| format!("manifeste illisible : {}", beside.display()))?,
        ),
        Err(_) => None,
    };

    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let explained = query(name, manifest.as_ref(), catalogue).is_some();
    if !explained && headers()?.contains_key(name.strip_suffix(".csv").unwrap_or(name)) {
        return Ok(Vec::new());
    }

    Ok(vec![table(name, &bytes, manifest.as_ref(), catalogue)?])
}

/// The query behind a CSV of that name, and the parameters that the manifest gives.
fn query<'a>(
    name: &str,
    manifest: Option<&Manifest>,
    catalogue: &'a Catalogue,
) -> Option<(&'a Query, BTreeMap<String, Value>)> {
    let stem = name.strip_suffix(".csv").unwrap_or(name);
    let said = manifest
        .into_iter()
        .flat_map(|m| &m.queries)
        .find(|r| r.table.replace('/', "_") == stem);

    if let Some(run) = said {
        let parameters = run
            .parameters
            .iter()
            .filter_map(|(k, v)| Some((k.clone(), Value::Text(v.clone()?))))
            .collect();
        return Some((catalogue.get(&run.name).ok()?, parameters));
    }

    // The longest name that the file's begins with: `delai_rendez_vous_distribution` before `delai_rendez_vous`.
    let named = |q: &&Query| {
        let rest = stem.strip_prefix(q.definition.name.as_str());
        rest.is_some_and(|r| r.is_empty() || r.starts_with(['_', '-', '.', ' ']))
    };

    let query = catalogue.iter().filter(named).max_by_key(|q| q.definition.name.len())?;

    Some((query, BTreeMap::new()))
}

fn table(
    name: &str,
    bytes: &[u8],
    manifest: Option<&Manifest>,
    catalogue: &Catalogue,
) -> Result<PublishedTable> {
    let (query, parameters) = query(name, manifest, catalogue).ok_or_else(|| {
        Error::usage(format!("{name} : aucune requête du catalogue ne porte ce nom"))
            .hint("le fichier garde le nom de sa table, par exemple synthese.csv ou publics_exclusifs_medicobus.csv")
    })?;

    let fail = || format!("CSV illisible : {name}");
    let (text, separator) = as_saved(name, bytes)?;
    let mut reader = ::csv::ReaderBuilder::new().delimiter(separator).from_reader(text.as_bytes());
    let header = reader.headers().usage(fail)?.clone();

    let columns = &query.definition.columns;
    let places = columns
        .iter()
        .map(|c| {
            header.iter().position(|h| h == c.name).ok_or_else(|| {
                Error::usage(format!("{name} : colonne {} absente", c.name)).hint(format!(
                    "le fichier devrait être une réponse de la requête {}",
                    query.definition.name
                ))
            })
        })
        .collect::<Result<Vec<usize>>>()?;

    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.usage(fail)?;
        let cells = columns
            .iter()
            .zip(&places)
            .map(|(column, &place)| saved(name, column, record.get(place).unwrap_or_default()));
        rows.push(cells.collect::<Result<Vec<Cell>>>()?);
    }

    Ok(PublishedTable {
        definition: query.definition.clone(),
        parameters,
        rows,
    })
}

/// The text of a CSV as we wrote it, or as a spreadsheet saved it again: in UTF-16 or ANSI, with `;` or tabs.
fn as_saved(name: &str, bytes: &[u8]) -> Result<(String, u8)> {
    let text = unicode_or_ansi(bytes).map_err(|e| {
        Error::usage(format!("CSV illisible : {name}, {}", e.what))
            .hint("donnez le fichier tel que medicobus l'a écrit")
    })?;

    // Names of columns hold none of these.
    let header = text.lines().next().unwrap_or_default();
    let separator = [b',', b';', b'\t'].into_iter().find(|mark| header.contains(char::from(*mark)));
    Ok((text, separator.unwrap_or(b',')))
}

/// A cell that a spreadsheet may have written again: a zero that it took is given back, a month that it took for a day is refused, since
/// the attack would pass it over.
fn saved(name: &str, column: &Column, text: &str) -> Result<Cell> {
    let lone_digit = text.len() == 1 && text.as_bytes()[0].is_ascii_digit();
    let year = text.len() >= 4 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);

    match column.role {
        Role::Period if !text.is_empty() && text != HIDDEN && !year => Err(Error::usage(format!(
            "{name} : un tableur a récrit la période « {} »",
            base::text::printable(text)
        ))
        .hint("donnez le fichier tel que medicobus l'a écrit")),
        Role::Zone if lone_digit => Ok(cell(column, &format!("0{text}"))),
        // What is hidden and is not known as such would pass for nothing to find.
        Role::Patients | Role::Count | Role::Rate if !is_figure(text) => {
            Err(Error::usage(format!(
                "{name} : colonne {}, « {} » n'est ni un nombre ni « {HIDDEN} »",
                column.name,
                base::text::printable(text)
            ))
            .hint("donnez le fichier tel que medicobus l'a écrit"))
        }
        _ => Ok(cell(column, text)),
    }
}

fn is_figure(text: &str) -> bool {
    text.is_empty() || text == HIDDEN || text.replace(',', ".").parse::<f64>().is_ok()
}

fn cell(column: &Column, text: &str) -> Cell {
    if text == HIDDEN {
        return Cell::Hidden;
    }

    let code = matches!(column.role, Role::Zone | Role::Label | Role::Period)
        || (column.role == Role::Category && column.format == Format::Text);
    Cell::Open(match text {
        "" => Value::Null,
        // Codes keep their zeros: département 01 is no number.
        _ if code => Value::Text(text.to_string()),
        // Decimals have a comma once a spreadsheet has written them again.
        _ => match (text.parse::<i64>(), text.replace(',', ".").parse::<f64>()) {
            (Ok(i), _) => Value::Int(i),
            (_, Ok(x)) => Value::Float(x),
            _ => Value::Text(text.to_string()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_is_known_by_the_longest_name() {
        let catalogue = Catalogue::load(None).unwrap();
        let name = |file: &str| {
            let found = query(file, None, &catalogue);
            found.map(|(q, _)| q.definition.name.clone())
        };
        assert_eq!(
            name("delai_rendez_vous_distribution.csv").as_deref(),
            Some("delai_rendez_vous_distribution")
        );
        assert_eq!(name("synthese_parties.csv").as_deref(), Some("synthese"));
        assert_eq!(name("autre.csv"), None);
    }

    #[test]
    fn hidden_cells_and_codes_are_read_as_they_were() {
        let catalogue = Catalogue::load(None).unwrap();
        let header =
            "annee,code_zone,nom_zone,cellule,nom_cellule,prioritaire,consultations,patients,part";
        let text = format!("{header}\n2025,01,Ain,avec_mt,Avec,non,n.c.,120,n.c.\n");
        let read = table("publics_exclusifs.csv", text.as_bytes(), None, &catalogue).unwrap();
        assert_eq!(read.rows[0][1], Cell::Open(Value::Text("01".into())));
        assert_eq!(read.rows[0][6], Cell::Hidden);
        assert_eq!(read.rows[0][7], Cell::Open(Value::Int(120)));
        // Saved again by a spreadsheet: the same table, or a refusal.
        let again = text.replace("n.c.\n", "0.5\n");
        let wanted = table("publics_exclusifs.csv", again.as_bytes(), None, &catalogue).unwrap();
        let excel = again.replace(',', ";").replace("0.5", "0,5").replace(";01;", ";1;");
        let excel = format!("\u{feff}{}", excel.replace('\n', "\r\n"));
        let read = table("publics_exclusifs.csv", excel.as_bytes(), None, &catalogue).unwrap();
        assert_eq!(read.rows, wanted.rows);
        assert_eq!(read.rows[0][8], Cell::Open(Value::Float(0.5)));

        let quoted = |separator: &str| -> String {
            let rows = excel.trim_start_matches('\u{feff}').lines();
            let cells =
                |row: &str| row.split(';').collect::<Vec<_>>().join(&format!("\"{separator}\""));
            rows.map(|row| format!("\"{}\"\r\n", cells(row))).collect()
        };
        let wide = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
            format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect()
        };
        let ansi =
            |text: &str| text.replace("Ain", "Is\u{e8}re").chars().map(|c| c as u8).collect();
        for bytes in [
            quoted(";").into_bytes(),
            quoted(",").into_bytes(),
            wide(&quoted("\t"), u16::to_le_bytes),
            wide(&excel[3..], u16::to_be_bytes),
            ansi(&quoted(";")),
        ] {
            let mut read = table("publics_exclusifs.csv", &bytes, None, &catalogue).unwrap();
            if read.rows[0][2] == Cell::Open(Value::Text("Isère".into())) {
                read.rows[0][2] = Cell::Open(Value::Text("Ain".into()));
            }
            assert_eq!(read.rows, wanted.rows, "{}", String::from_utf8_lossy(&bytes));
        }
        let bare = &wide(&excel, u16::to_le_bytes)[2..];
        let error = table("publics_exclusifs.csv", &bare[2..], None, &catalogue).unwrap_err();
        assert!(error.message().contains("UTF-16"), "{error}");

        for hidden in ["N.C.", "nc", "n.c", "-", "***"] {
            let text = text.replace("n.c.", hidden);
            let error = table("publics_exclusifs.csv", text.as_bytes(), None, &catalogue);
            assert!(error.unwrap_err().message().contains(hidden), "{hidden}");
        }
        let month = excel.replace("2025;", "mars-25;");
        let error = table("publics_exclusifs.csv", month.as_bytes(), None, &catalogue).unwrap_err();
        assert!(error.message().contains("mars-25"), "{error}");
        let error = table("publics_exclusifs.csv", b"a,b\n", None, &catalogue).unwrap_err();
        assert!(error.message().contains("annee"), "{error}");
    }
}
