//! The annotated workbook: the delivered rows that have findings, cell by cell, coloured, with the rule and the advice as comments.
//!
//! It holds rows of patients: it is made beside the quality note, for who delivered, and says so on its first sheet.

use contract::Severity;
use delivery::{ANNOTATED_SHEET, FaultyRow, FaultyRows, FaultySheet, Finding, Report};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Note, Url, Workbook, Worksheet,
    XlsxError,
};

use base::error::{Context, Result};
use base::french::{agreed, number};

use crate::styles;

/// Name of the first sheet.
const README: &str = "À lire";
/// Names of the lists of findings.
const REFUSALS: &str = ANNOTATED_SHEET;
const ALL: &str = "Tous les constats";
/// Row of the columns' names in the sheet of a table, from 0.
const NAMES_ROW: u32 = 1;
/// Excel's limit for the name of a sheet.
const NAME: usize = 31;

/// What must be said before anything else.
const SECRECY: &str = "Ce classeur contient des lignes de patients. Il ne va qu'à qui a livré, avec la note de qualité : ne le transmettez à personne d'autre, ne le joignez à aucun document, détruisez-le une fois la livraison corrigée.";

/// How to read it.
const GUIDE: [&str; 4] = [
    "Corrigez à la source, puis renvoyez la livraison entière : ce classeur n'en est pas une, et n'est pas lu.",
    "Chaque feuille montre les lignes d'un fichier ou d'une feuille qui ont un constat : leur numéro, puis leurs cellules, sous la lettre et le nom de leur colonne d'origine. Le commentaire d'une cellule colorée dit la règle et le conseil.",
    "Une valeur qui peut désigner quelqu'un est masquée (•••) ; une colonne hors du dictionnaire, ou une ligne dont les cellules sont décalées, n'est pas recopiée.",
    "En rouge, ce qui refuse la ligne ; en jaune, ce qui avertit.",
];

/// The workbook, as XLSX; none when no row has a finding. Same inputs, same bytes.
///
/// # Errors
/// If a sheet cannot be built.
pub fn workbook(report: &Report, rows: &FaultyRows) -> Result<Option<Vec<u8>>> {
    if rows.sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Ok(None);
    }
    build(report, rows)
        .map(Some)
        .access(|| "le classeur annoté ne peut pas être écrit".into())
}

fn build(report: &Report, rows: &FaultyRows) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let header = &report.header;
    let title =
        format!("Lignes à corriger : région {}, période {}", header.region, header.periode.text);
    // A fixed creation date: the same inputs must give the same bytes.
    book.set_properties(
        &DocProperties::new()
            .set_creation_datetime(&ExcelDateTime::from_ymd(2024, 1, 1)?)
            .set_title(&title)
            .set_author("medicobus"),
    );

    let sheets: Vec<&FaultySheet> = rows.sheets.iter().filter(|s| !s.rows.is_empty()).collect();
    let names = names(&sheets);
    readme(
        book.add_worksheet().set_name(README)?,
        (title.as_str(), report.fictives),
        rows,
        &names,
    )?;

    let refusals = rows.findings.iter().filter(|f| f.severity != Severity::Avertissement);
    list(book.add_worksheet().set_name(REFUSALS)?, refusals, rows.left_out)?;
    list(book.add_worksheet().set_name(ALL)?, rows.findings.iter(), rows.left_out)?;
    for (sheet, name) in sheets.iter().zip(&names) {
        fill(book.add_worksheet().set_name(name)?, sheet)?;
    }

    book.save_to_buffer()
}

/// `Lignes consultations`, with a number where several files hold a table.
fn names(sheets: &[&FaultySheet]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for sheet in sheets {
        let base = format!("Lignes {}", sheet.origin.table);
        let cut = |suffix: &str| {
            let room = NAME - suffix.chars().count();
            base.chars().take(room).chain(suffix.chars()).collect::<String>()
        };
        let free = (1..).map(|n: u32| if n == 1 { cut("") } else { cut(&format!(" {n}")) });
        names.extend(free.into_iter().find(|name| !names.contains(name)));
    }
    names
}

fn warning() -> Format {
    Format::new().set_bold().set_font_color("#B60000").set_text_wrap()
}

fn readme(
    page: &mut Worksheet,
    (title, made_up): (&str, bool),
    rows: &FaultyRows,
    names: &[String],
) -> std::result::Result<(), XlsxError> {
    for (column, width) in (0..).zip([30.0, 50.0, 16.0, 16.0]) {
        page.set_column_width(column, width)?;
    }
    page.write_string_with_format(0, 0, title, &styles::title())?;
    page.merge_range(1, 0, 1, 3, SECRECY, &warning())?;
    page.set_row_height(1, 48)?;
    if made_up {
        page.write_string_with_format(2, 0, "Données fictives", &warning())?;
    }
    for (row, text) in (3..).zip(GUIDE) {
        page.merge_range(row, 0, row, 3, text, &styles::wrapped())?;
        page.set_row_height(row, if text.chars().count() > 110 { 45 } else { 18 })?;
    }

    let mut row = 4 + GUIDE.len() as u32;
    for (column, head) in (0..).zip(["Feuille", "Fichier", "Lignes", "Non montrées"]) {
        page.write_string_with_format(row, column, head, &styles::column_name(false))?;
    }
    for name in [REFUSALS, ALL] {
        row += 1;
        page.write_url_with_format(row, 0, link(name), &styles::link())?;
    }
    let sheets = rows.sheets.iter().filter(|s| !s.rows.is_empty());
    for (sheet, name) in sheets.zip(names) {
        row += 1;
        page.write_url_with_format(row, 0, link(name), &styles::link())?;
        page.write_string(row, 1, place(&sheet.origin.file, sheet.origin.sheet.as_deref()))?;
        page.write_number(row, 2, sheet.rows.len() as f64)?;
        page.write_number(row, 3, sheet.left_out as f64)?;
    }

    styles::printed(page);
    Ok(())
}

fn link(sheet: &str) -> Url {
    Url::new(format!("internal:'{sheet}'!A1")).set_text(sheet)
}

fn place(file: &str, sheet: Option<&str>) -> String {
    match sheet {
        Some(sheet) => format!("{file} [{sheet}]"),
        None => file.to_owned(),
    }
}

/// Findings one by one, as the quarantine has them.
fn list<'f>(
    page: &mut Worksheet,
    findings: impl Iterator<Item = &'f Finding>,
    left_out: u64,
) -> std::result::Result<(), XlsxError> {
    let heads = [
        ("Fichier", 24.0),
        ("Feuille", 16.0),
        ("Ligne", 8.0),
        ("Colonne", 9.0),
        ("Champ", 20.0),
        ("Règle", 44.0),
        ("Constat", 54.0),
        ("Valeur", 18.0),
        ("Conseil", 70.0),
    ];
    for (column, (head, width)) in (0..).zip(heads) {
        page.set_column_width(column, width)?;
        page.write_string_with_format(0, column, head, &styles::column_name(false))?;
    }

    let mut row = 0;
    for finding in findings {
        row += 1;
        let style = colour(finding.severity).set_text_wrap().set_align(FormatAlign::Top);
        let texts = [
            (0, Some(finding.file.as_str())),
            (1, finding.sheet.as_deref()),
            (3, finding.column.as_deref()),
            (4, finding.field.as_deref()),
            (5, Some(finding.rule.title())),
            (6, Some(&*finding.message)),
            (7, finding.value.as_deref()),
            (8, Some(&*finding.hint)),
        ];
        let width = |column: u16| heads[usize::from(column)].1;
        let cells = texts.iter().map(|(column, text)| (text.unwrap_or_default(), width(*column)));
        page.set_row_height(row, styles::row_height(cells))?;
        // A number ends where the letter beside it begins: « 1457 P », not « 1457P ».
        let letter = style.clone().set_indent(1);
        for (column, text) in texts {
            let style = if column == 3 { &letter } else { &style };
            page.write_string_with_format(row, column, text.unwrap_or_default(), style)?;
        }
        if let Some(line) = finding.line {
            page.write_number_with_format(row, 2, line as f64, &style)?;
        }
    }

    page.autofilter(0, 0, row, heads.len() as u16 - 1)?;
    if left_out > 0 {
        let text = format!(
            "{} {} dans quarantaine.csv.",
            number(left_out as f64, 0),
            agreed(left_out, "constat de plus est", "constats de plus sont")
        );
        page.write_string_with_format(row + 2, 0, text, &styles::heading())?;
    }
    page.set_freeze_panes(1, 0)?;
    page.set_repeat_rows(0, 0)?;
    styles::printed(page);
    Ok(())
}

/// The rows of a file: their line, then their cells under the letter and the name of their column.
fn fill(page: &mut Worksheet, sheet: &FaultySheet) -> std::result::Result<(), XlsxError> {
    page.set_column_width(0, 9)?;
    page.write_string_with_format(NAMES_ROW, 0, "Ligne", &styles::column_name(true))?;
    for (column, name) in (0..).zip(sheet.origin.columns.iter()) {
        let letters = rust_xlsxwriter::utility::column_number_to_name(column);
        let (name, width) = match name {
            Some(name) => (name.as_str(), name.chars().count()),
            None => ("(hors dictionnaire)", 18),
        };
        let cells =
            sheet.rows.iter().filter_map(|row| row.cells.get(usize::from(column))?.as_ref());
        let longest = cells.map(|cell| cell.chars().count()).chain([width]).max();
        let width = (longest.unwrap_or(width) + 3).clamp(9, 30);
        page.set_column_width(column + 1, width as f64)?;
        page.write_string_with_format(0, column + 1, letters, &styles::heading())?;
        page.write_string_with_format(NAMES_ROW, column + 1, name, &styles::column_name(false))?;
    }

    let plain = styles::text();
    for (at, row) in (NAMES_ROW + 1..).zip(&sheet.rows) {
        let worst = FaultyRow::worst(&row.findings).unwrap_or(Severity::Avertissement);
        // A number ends apart from the code beside it.
        let number = colour(worst).set_align(FormatAlign::Center);
        page.write_number_with_format(at, 0, row.line as f64, &number)?;
        let elsewhere: Vec<&Finding> = row
            .findings
            .iter()
            .filter(|f| !sheet.origin.columns.iter().flatten().any(|name| about(f, name)))
            .collect();
        annotate(page, (at, 0), &elsewhere)?;

        for (column, (cell, name)) in (1..).zip(row.cells.iter().zip(sheet.origin.columns.iter())) {
            let findings = name.as_ref().map(|name| row.on(name)).unwrap_or_default();
            let style = match FaultyRow::worst(findings.iter().copied()) {
                Some(severity) => colour(severity).set_num_format("@"),
                None => plain.clone(),
            };
            // Written as a string, a text is never evaluated, whatever it begins with.
            page.write_string_with_format(at, column, cell.as_deref().unwrap_or_default(), &style)?;
            annotate(page, (at, column), &findings)?;
        }
    }

    let last = NAMES_ROW + sheet.rows.len() as u32;
    page.autofilter(NAMES_ROW, 0, last, sheet.origin.columns.len() as u16)?;
    page.set_repeat_rows(0, NAMES_ROW)?;
    page.set_freeze_panes(NAMES_ROW + 1, 1)?;
    styles::printed(page);
    Ok(())
}

fn about(finding: &Finding, name: &str) -> bool {
    finding
        .field
        .as_deref()
        .unwrap_or_default()
        .split(", ")
        .any(|field| field == name)
}

/// The rules and advice of a cell as its comment.
fn annotate(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    findings: &[&Finding],
) -> std::result::Result<(), XlsxError> {
    let said = |finding: &&Finding| {
        format!("{} : {}.\nConseil : {}.", finding.rule.title(), finding.message, finding.hint)
    };
    let text = findings.iter().map(said).collect::<Vec<_>>().join("\n\n");
    if text.is_empty() {
        return Ok(());
    }

    let lines = text.chars().count().div_ceil(45) + 2 * findings.len();
    let note = Note::new(text)
        .set_author("medicobus")
        .add_author_prefix(false)
        .set_width(300)
        .set_height(18 * lines as u32 + 10);
    page.insert_note(row, column, &note)?;
    Ok(())
}

/// Red for what refuses, yellow for what warns.
fn colour(severity: Severity) -> Format {
    let colour = match severity {
        Severity::Fichier | Severity::Ligne => Color::RGB(0xFF_C7_CE),
        Severity::Avertissement => Color::RGB(0xFF_EB_9C),
    };
    Format::new().set_background_color(colour)
}
