//! The quality note of a delivery: what was received, how complete it is, what was refused and what to ask the sender. It holds
//! counts of rows and of stops, never a value of a row nor a count of patients.

mod changes;
mod completeness;
mod findings;
mod letter;
mod note_input;
mod printed;
mod received;

use chrono::Datelike;

use base::error::Result;
use base::french::{long_date, percent, typography};
use delivery::Verdict;
use report::content::{Bilan, Chapter, Day, KeyFigure, ProvenancePage, SummaryPage, Tone};
use report::document::Document;

pub(crate) use letter::{fixes, other_fixes};
pub use note_input::NoteInput;
use printed::{callout, refused_share, whole};

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

    if input.comparison.against.is_some() {
        document.attach(
            "changements.csv",
            "text/csv",
            "Constats et lignes, par rapport à la livraison d'avant",
            "data",
            changes::csv(input.comparison)?,
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
        reading_tables: Vec::new(),
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
                percent(100.0 * input.tolerance)
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
        blocks: vec![verdict],
        ..SummaryPage::default()
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

    let received = vec![received::table(report, input.tolerance)];
    let mut chapters = vec![
        chapter("recu", "Ce qui a été reçu", received),
        chapter("completude", "Complétude", completeness::blocks(report)),
    ];
    if let Some((title, blocks)) = changes::blocks(input.comparison) {
        chapters.push(chapter("changements", title, blocks));
    }
    if !report.summary.is_empty() {
        let findings = vec![findings::table(&report.summary)];
        chapters.push(chapter("constats", "Constats", findings));
    }

    let (title, letter) = letter::letter(input);
    chapters.push(chapter("message", title, vec![letter]));
    chapters
}
