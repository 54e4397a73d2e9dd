//! The quality note of a delivery: what was received, how complete it is, what was refused and what to ask the sender. It holds
//! counts of rows and of stops, never a value of a row nor a count of patients.

mod completeness;
mod findings;
mod letter;
mod received;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use base::error::Result;
use base::french::{long_date, number, percent, typography};
use delivery::{Report, Verdict};
use report::content::{
    Bilan, Block, Chapter, Day, KeyFigure, NamedZone, PrintedColumn, PrintedTable, ProvenancePage,
    SummaryPage, Tone,
};
use report::document::Document;

/// What a note says.
#[derive(Debug, Clone)]
pub struct NoteInput<'a> {
    /// Région of the delivery.
    pub zone: &'a NamedZone,
    /// What came of the check.
    pub report: &'a Report,
    /// Day of the check: the note is dated by the last day that the delivery can tell about.
    pub today: NaiveDate,
    /// Program and version.
    pub program: &'a str,
    /// Share of refused rows, in per cent, above which the delivery is not stored.
    pub tolerance: f64,
}

/// Makes the note, with its tables of findings and of completeness attached as CSV.
///
/// # Errors
/// If a table cannot be written.
pub fn note(input: &NoteInput<'_>) -> Result<Document> {
    let report = input.report;
    let mut document = Document::without_tables("note_qualite.typ", content(input));

    document.attach(
        "constats.csv",
        "text/csv",
        "Constats comptés par règle, fichier et colonne",
        "data",
        findings::csv(&report.summary)?,
    );
    if !report.completeness.is_empty() {
        document.attach(
            "completude.csv",
            "text/csv",
            "Arrêts tenus et renseignés, par médicobus et par mois",
            "data",
            completeness::csv(&report.completeness)?,
        );
    }

    Ok(document)
}

fn content(input: &NoteInput<'_>) -> Bilan {
    let (report, zone) = (input.report, input.zone);
    let period = &report.header.periode;
    let date = period.end.min(input.today);

    let title = "Note de qualité";
    let mut subtitle = format!("{}, période {}", zone.full_name, period.text);
    if !report.header.producteur.is_empty() {
        subtitle.push_str(&format!(", {}", report.header.producteur));
    }
    let mention = format!(
        "Produit par {}, données jusqu'au {}, empreinte {}. La note compte des lignes de fichiers et des arrêts, jamais des patients ; aucune valeur refusée n'y est reproduite.",
        input.program,
        long_date(date),
        report.sha256.chars().take(12).collect::<String>()
    );

    Bilan {
        collection: "Médicobus : contrôle des livraisons".into(),
        description: typography(&format!(
            "{title} d'une livraison, {}, {}",
            zone.full_name, period.text
        )),
        subtitle: typography(&subtitle),
        short_title: typography(&format!("{title} · {} {}", zone.name, period.text)),
        title: typography(title),
        issuer: typography(&report::bilan::default_issuer(zone)),
        logo: None,
        zone: zone.clone(),
        year: date.year(),
        date: Day {
            year: date.year(),
            month: date.month(),
            day: date.day(),
        },
        fictitious: report.fictives,
        publishable: true,
        draft: false,
        mentions: vec![typography(&mention)],
        reading_guide: Vec::new(),
        cover: None,
        summary: summary_page(input),
        chapters: chapters(input),
        provenance: ProvenancePage::default(),
        attachments: Vec::new(),
    }
}

fn summary_page(input: &NoteInput<'_>) -> SummaryPage {
    let (read, accepted, refused) = input.report.totals();
    let share = percent(refused_share(input.report));
    let key_figure = |value: u64, label: &str, detail: Option<String>| KeyFigure {
        value: whole(value),
        label: label.into(),
        detail,
        change: None,
    };

    let verdict = match &input.report.verdict {
        Verdict::Accepted => callout(
            Tone::Compliant,
            "La livraison est recevable",
            &[format!(
                "La part de lignes refusées ({share}) ne dépasse pas la tolérance ({}).",
                percent(input.tolerance)
            )],
        ),
        Verdict::Refused { why } => callout(
            Tone::Alert,
            "La livraison est refusée : rien n'en est enregistré",
            &letter::reasons(why),
        ),
    };

    SummaryPage {
        key_figures: vec![
            key_figure(read, "lignes lues", None),
            key_figure(accepted, "lignes acceptées", None),
            key_figure(refused, "lignes refusées", Some(share)),
        ],
        facts: Vec::new(),
        vigilance: Vec::new(),
        blocks: vec![verdict],
    }
}

fn chapters(input: &NoteInput<'_>) -> Vec<Chapter> {
    let report = input.report;
    let chapter = |id: &str, title: &str, blocks| Chapter {
        id: id.into(),
        title: title.into(),
        starts_page: false,
        sentences: Vec::new(),
        blocks,
    };

    let received = vec![received::table(&report.files)];
    let mut chapters = vec![
        chapter("recu", "Ce qui a été reçu", received),
        chapter("completude", "Complétude", completeness::blocks(report)),
    ];
    if !report.summary.is_empty() {
        let findings = vec![findings::table(&report.summary)];
        chapters.push(chapter("constats", "Constats", findings));
    }

    let (title, letter) = letter::letter(input);
    chapters.push(chapter("message", title, vec![letter]));
    chapters
}

/// Share of refused rows, in per cent.
fn refused_share(report: &Report) -> f64 {
    match report.totals() {
        (0, ..) => 0.0,
        (read, _, refused) => 100.0 * refused as f64 / read as f64,
    }
}

fn whole(x: u64) -> String {
    number(x as f64, 0)
}

fn callout(tone: Tone, title: &str, texts: &[String]) -> Block {
    Block::Callout {
        tone,
        title: typography(title),
        texts: texts.iter().map(|t| typography(t)).collect(),
    }
}

/// A table; its columns are titles, and whether they are words (set left).
fn printed_table(
    id: &str,
    title: &str,
    columns: &[(String, bool)],
    rows: Vec<Vec<String>>,
    notes: &[String],
) -> PrintedTable {
    let column = |(title, words): &(String, bool)| PrintedColumn {
        title: typography(title),
        alignment: if *words { "gauche" } else { "droite" }.into(),
    };

    PrintedTable {
        id: id.into(),
        title: typography(title),
        columns: columns.iter().map(column).collect(),
        rows,
        total_rows: Vec::new(),
        notes: notes.iter().map(|n| typography(n)).collect(),
        source: None,
    }
}

/// As many names as fit on a line, and how many others.
fn some_of(names: &BTreeSet<String>) -> String {
    const WIDTH: usize = 40;
    let mut text = String::new();

    for (rank, name) in names.iter().enumerate() {
        if rank > 0 && text.chars().count() + name.chars().count() > WIDTH {
            return format!("{text} et {} de plus", names.len() - rank);
        }
        if rank > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
    }
    text
}
