//! The table under the title lines of a CSV file or a workbook, as text.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use calamine::{Data, Range, Reader, Sheets, open_workbook_auto};
use unicode_normalization::UnicodeNormalization;

use super::evidence::years;
use base::error::{Context, Error, Result};
use base::text::{column_letters, unicode_or_ansi};

/// Title lines are looked through no further than this.
const TITLE_LINES: usize = 40;

/// One sheet (or the CSV file), cut at its header.
#[derive(Debug)]
pub(super) struct ZoningSheet {
    /// Name of the sheet; of the file for CSV.
    pub name: String,
    /// What stands above the header.
    pub titles: Vec<String>,
    /// Column names, simplified by [`simple`].
    pub header: Vec<String>,
    /// Column names as they stand in the file.
    pub labels: Vec<String>,
    /// The rows with their line in the file, 1 for the first.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl ZoningSheet {
    /// A lone quote swallows the lines after it, and a comma in a name moves the cells of its line: a commune would get the zone
    /// of another.
    ///
    /// # Errors
    /// If a cell of a CSV file spans several lines, or a commune has not as many cells as the header.
    fn check_cells(&self) -> Result<()> {
        for (line, row) in &self.rows {
            let refused = |what: String, hint: &str| {
                Err(Error::refused(format!("« {} », ligne {line} : {what}", self.name)).hint(hint))
            };

            if row.iter().any(|cell| cell.contains(['\n', '\r'])) {
                return refused(
                    "une cellule s'étend sur plusieurs lignes (un guillemet n'est pas refermé ?)"
                        .to_owned(),
                    "ôter ou doubler le guillemet de cette ligne",
                );
            }
            let beyond = row.iter().skip(self.header.len()).any(|cell| !cell.trim().is_empty());
            if is_of_commune(row) && (beyond || row.len() < self.header.len()) {
                return refused(
                    format!("{} cellules, l'en-tête en a {}", row.len(), self.header.len()),
                    "mettre entre guillemets la cellule qui contient le séparateur, ou compléter la ligne",
                );
            }
        }

        Ok(())
    }
}

/// Reads the sheets of a file that have a header line with a commune code.
///
/// # Errors
/// If the file cannot be read, or no sheet has such a header.
pub(super) fn read_sheets(path: &Path) -> Result<Vec<ZoningSheet>> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let extension =
        path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let tables = match extension.as_str() {
        "csv" | "txt" => vec![(name.clone(), read_csv(path)?)],
        "xlsx" | "xlsm" | "xls" | "xlsb" | "ods" => read_workbook(path)?,
        _ => {
            return Err(Error::refused(format!("« {name} » n'est ni un CSV ni un classeur"))
                .hint("donner un fichier .csv, .xlsx, .xls ou .ods"));
        }
    };

    let sheets: Vec<ZoningSheet> =
        tables.into_iter().filter_map(|(name, rows)| cut(name, rows)).collect();
    if matches!(extension.as_str(), "csv" | "txt") {
        sheets.iter().try_for_each(ZoningSheet::check_cells)?;
    }
    if sheets.is_empty() {
        return Err(Error::refused(format!(
            "« {name} » : aucune ligne d'en-tête avec un code commune"
        ))
        .hint(
            "une colonne doit s'appeler CODGEO, « code commune », « code INSEE » ou code_commune",
        ));
    }

    Ok(sheets)
}

/// Lower case, no accents, words of letters and digits joined by `_`: `Code commune\nINSEE` becomes `code_commune_insee`.
pub(super) fn simple(text: &str) -> String {
    // Accents go; a hard space or a curly apostrophe parts words as the plain one does.
    let bare: String = text
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect::<String>()
        .to_lowercase();
    bare.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// Is this simplified column name that of a commune code, of any vintage?
pub(super) fn is_commune_code(name: &str) -> bool {
    let undated = name
        .split('_')
        .filter(|word| years(word).is_empty())
        .collect::<Vec<_>>()
        .join("_");
    matches!(
        undated.as_str(),
        "codgeo" | "depcom" | "insee_com" | "code_insee" | "cod_com" | "codecommune" | "com"
    ) || name.starts_with("code_commune")
        || name.starts_with("code_de_la_commune")
        || name.starts_with("code_insee_commune")
        || name.starts_with("code_insee_de_la_commune")
        || name.starts_with("code_geographique_de_la_commune")
}

/// The code of five characters, a lost leading zero restored, letters in capitals; `61079.0` and `61079,00` are a spreadsheet's numbers.
/// Units under the header and notes under the table have none.
pub(super) fn commune_code(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let code = match code.split_once(['.', ',']) {
        Some((whole, fraction))
            if is_number(whole) && !fraction.is_empty() && fraction.bytes().all(|b| b == b'0') =>
        {
            whole.to_owned()
        }
        _ => code,
    };
    let code = match code.len() {
        4 => format!("0{code}"),
        _ => code,
    };
    let letters = |c: char| c.is_ascii_digit() || c == 'A' || c == 'B';
    (code.len() == 5 && code.chars().all(letters)).then_some(code)
}

/// Whether a text that is no code may have been meant as one: short, and mostly digits (`61079.5`, `6,11E+04`, `610790`).
pub(super) fn may_be_code(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let signs = text.chars().count();
    signs <= 12 && digits * 2 > signs
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a row is about a commune: the line of units under the header has no code, nor have notes.
pub(super) fn is_of_commune(row: &[String]) -> bool {
    row.iter().any(|cell| commune_code(cell).is_some())
}

fn cut(name: String, rows: Vec<Vec<String>>) -> Option<ZoningSheet> {
    let rank = rows.iter().take(TITLE_LINES).position(|row| {
        row.iter().any(|c| is_commune_code(&simple(c)))
            && row.iter().filter(|c| !c.trim().is_empty()).count() > 1
    })?;
    let titles = rows[..rank]
        .iter()
        .flatten()
        .filter(|c| !c.trim().is_empty())
        .cloned()
        .collect();
    let header = rows[rank].iter().map(|c| simple(c)).collect();
    let labels = rows[rank]
        .iter()
        .map(|c| c.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();

    let rows = rows
        .into_iter()
        .enumerate()
        .skip(rank + 1)
        .filter(|(_, row)| row.iter().any(|c| !c.trim().is_empty()))
        .map(|(line, row)| (line + 1, row))
        .collect();
    Some(ZoningSheet { name, titles, header, labels, rows })
}

fn read_csv(path: &Path) -> Result<Vec<Vec<String>>> {
    let message = || format!("impossible de lire « {} »", path.display());
    let bytes = fs::read(path).access(message)?;

    let text = unicode_or_ansi(&bytes).map_err(|e| {
        Error::refused(format!("{} : {}", message(), e.what))
            .hint("l'enregistrer en UTF-8 (tableur : CSV UTF-8)")
    })?;
    let text = text.as_str();

    // The separator is that of the line which names the commune code; titles hold commas of their own.
    let header = text
        .lines()
        .take(TITLE_LINES)
        .find(|l| l.split([',', ';', '\t']).any(|c| is_commune_code(&simple(c))))
        .unwrap_or(text);
    let count_of = |separator: char| header.matches(separator).count();

    let separator = if count_of(';') > 0 {
        b';'
    } else if count_of('\t') > 0 {
        b'\t'
    } else {
        b','
    };

    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());

    // Each record at the rank of its line: blank lines and line ends within quotes count, as in the user's editor.
    let mut rows = Vec::new();
    let (mut line, mut counted) = (0, 0);
    for record in reader.records() {
        let record = record.access(message)?;
        let position = record.position().map_or(counted, |p| p.byte() as usize);
        let start = position + text[position..].len()
            - text[position..].trim_start_matches(['\r', '\n']).len();
        line += text[counted..start].matches('\n').count();
        counted = start;

        rows.resize(line, Vec::new());
        rows.push(record.iter().map(str::to_owned).collect());
    }

    Ok(rows)
}

/// The sheets of a workbook. What the library says of one that it cannot read is English, and names its own parts: it is not repeated.
fn read_workbook(path: &Path) -> Result<Vec<(String, Vec<Vec<String>>)>> {
    let message = || format!("impossible de lire le classeur « {} »", path.display());
    let damaged = |what: &str| {
        Error::access(format!("{} : {what}", message()))
            .hint("l'ouvrir dans un tableur et l'enregistrer à nouveau, sans mot de passe, au format .xlsx")
    };
    let mut workbook = open_workbook_auto(path).map_err(|e| match locked(path, &e) {
        true => Error::refused(format!("{} : il est protégé par un mot de passe", message()))
            .hint("l'enregistrer sans mot de passe (Excel : Fichier, Informations, Protéger le classeur ; LibreOffice : Fichier, Enregistrer sous)"),
        false => damaged("il est abîmé, ou n'est pas un classeur malgré son nom"),
    })?;
    let mut tables = Vec::new();

    for name in workbook.sheet_names() {
        let range = match workbook.worksheet_range(&name) {
            Ok(range) => range,
            // A chart has no rows.
            Err(calamine::Error::Xlsx(calamine::XlsxError::NotAWorksheet(_))) => continue,
            Err(_) => return Err(damaged(&format!("la feuille « {name} » est abîmée"))),
        };

        if let Some(cell) = not_computed(&mut workbook, &name, &range) {
            return Err(Error::refused(format!(
                "{} : la cellule {cell} de la feuille « {name} » contient une formule sans son résultat",
                message()
            ))
            .hint("l'ouvrir dans un tableur et l'enregistrer : il calcule les formules"));
        }

        // Sheets begin where their first filled cell is: keep the numbers of the rows as the user sees them.
        let empty_rows = range.start().map_or(0, |(row, _)| row as usize);
        let mut rows = vec![Vec::new(); empty_rows];

        rows.extend(range.rows().map(|row| row.iter().map(cell).collect()));

        tables.push((name, rows));
    }

    Ok(tables)
}

/// The first cell whose formula was stored without its value: it would pass for an empty one.
fn not_computed(
    workbook: &mut Sheets<BufReader<File>>,
    name: &str,
    values: &Range<Data>,
) -> Option<String> {
    let Sheets::Xlsx(workbook) = workbook else { return None };
    let formulas = workbook.worksheet_formula(name).ok()?;
    let (top, left) = formulas.start()?;

    let mut cells = formulas.used_cells().filter(|(.., formula)| !formula.is_empty());
    let (row, column, _) = cells.find(|(row, column, _)| {
        let place = (top + *row as u32, left + *column as u32);
        matches!(values.get_value(place), None | Some(Data::Empty))
    })?;
    Some(format!("{}{}", column_letters(left as usize + column), top as usize + row + 1))
}

/// The library knows most workbooks with a password, not those whose whole package LibreOffice encrypts.
fn locked(path: &Path, error: &calamine::Error) -> bool {
    use calamine::{Error as Calamine, OdsError, XlsError, XlsxError};

    let known = matches!(
        error,
        Calamine::Ods(OdsError::Password)
            | Calamine::Xls(XlsError::Password)
            | Calamine::Xlsx(XlsxError::Password)
    );
    let package = b"encrypted-package";
    let holds = |bytes: Vec<u8>| bytes.windows(package.len()).any(|part| part == package);
    known || fs::read(path).is_ok_and(holds)
}

fn cell(value: &Data) -> String {
    match value {
        Data::Empty => String::new(),
        // A whole number is a code or a level: no decimal part.
        Data::Float(x) if x.fract() == 0.0 && x.abs() < 1e15 => format!("{}", *x as i64),
        other => other.to_string(),
    }
}
