//! The message to the sender: what was refused, and what to correct.

use base::french::{agreed, percent};
use contract::Severity;
use delivery::{Gain, SummaryLine, Verdict};
use report::content::{Block, Tone};
use store::ON_PURPOSE;

use super::note_input::NoteInput;
use super::printed::{callout, refused_share, whole};

/// Fixes asked of the sender.
const MAX_FIXES: usize = 8;
/// Reasons of a refusal that are told.
const MAX_REASONS: usize = 5;

/// The title of its chapter, and the letter.
pub(super) fn letter(input: &NoteInput<'_>) -> (&'static str, Block) {
    let fixes = fixes(&input.report.summary);
    let title = match fixes.len() {
        0 => "Message prêt à envoyer",
        1 => "La correction à demander, dans un message prêt à envoyer",
        _ => "Les corrections les plus utiles, dans un message prêt à envoyer",
    };

    let addressee = match input.report.header.producteur.as_str() {
        "" => "l'expéditeur",
        name => name,
    };
    let texts = texts(input, &fixes);
    (title, callout(Tone::Info, &format!("À {addressee}"), &texts))
}

/// The letter, paragraph by paragraph.
fn texts(input: &NoteInput<'_>, fixes: &[String]) -> Vec<String> {
    let report = input.report;
    let (read, accepted, refused) = report.totals();
    let mut texts = vec![format!(
        "Bonjour, nous avons bien reçu votre livraison médicobus ({}, période {}) : {} {}, {} {}, {} {} ({}).",
        input.zone.name,
        report.header.periode.text,
        whole(read),
        agreed(read, "ligne lue", "lignes lues"),
        whole(accepted),
        agreed(accepted, "acceptée", "acceptées"),
        whole(refused),
        agreed(refused, "refusée", "refusées"),
        percent(refused_share(report))
    )];

    let several = fixes.len() != 1;
    let (points, stake) = match several {
        true => ("les points suivants", "ces points"),
        false => ("le point suivant", "ce point"),
    };
    let end = format!(
        "Merci de corriger {points}, puis de renvoyer la livraison entière, pour la même région et la même période : elle annulera et remplacera celle-ci."
    );
    texts.push(match &report.verdict {
        Verdict::Accepted if fixes.is_empty() => {
            "Elle est recevable en l'état. Merci de votre envoi.".into()
        }
        Verdict::Accepted if refused == 0 => {
            format!("Elle est recevable, mais le bilan dépend de {stake}. {end}")
        }
        Verdict::Accepted => {
            format!("Elle est recevable, mais les lignes refusées manqueront au bilan. {end}")
        }
        Verdict::Refused { why } if fixes.is_empty() => {
            let why = reasons(why).join(" ").replace(ON_PURPOSE, "");
            format!("Elle ne peut pas être chargée en l'état : {why}")
        }
        Verdict::Refused { why } => {
            let first = why.first().map(|why| why.trim_end_matches('.').replace(ON_PURPOSE, ""));
            let first = first.map(|why| format!(" : {why}")).unwrap_or_default();
            format!("Elle ne peut pas être chargée en l'état{first}. {end}")
        }
    });

    let points = fixes.iter().enumerate();
    texts.extend(points.map(|(i, fix)| format!("{}. {fix}", i + 1)));
    texts.extend(other_fixes(&input.report.summary));
    if !fixes.is_empty() {
        texts.push("Le fichier quarantaine.csv, joint, donne pour chaque constat le fichier, la ligne, la colonne, la règle et la correction attendue.".into());
    }
    texts.push("Bien cordialement,".into());
    texts
}

/// The fixes that gain most: where, how many, what to do.
pub(crate) fn fixes(summary: &[SummaryLine]) -> Vec<String> {
    asked(summary).take(MAX_FIXES).map(fix).collect()
}

/// How many fixes there are beside [`fixes`], in a sentence.
pub(crate) fn other_fixes(summary: &[SummaryLine]) -> Option<String> {
    match asked(summary).count().saturating_sub(MAX_FIXES) {
        0 => None,
        1 => Some("Un autre point est parmi les constats de la note de qualité.".into()),
        n => Some(format!("{n} autres points sont parmi les constats de la note de qualité.")),
    }
}

fn asked(summary: &[SummaryLine]) -> impl Iterator<Item = &SummaryLine> {
    summary.iter().filter(|line| line.gain != Gain::Nothing)
}

fn fix(line: &SummaryLine) -> String {
    let place = line.sheet.as_ref().unwrap_or(&line.file);
    let field = line.field.as_ref().map(|f| format!(", {f}")).unwrap_or_default();
    let column = line.column.as_ref().map(|c| format!(", colonne {c}")).unwrap_or_default();

    // Several findings may be of one line.
    let count = line.lines.count().filter(|lines| *lines > 0).unwrap_or(line.count);
    let count = format!("{} {}", whole(count), agreed(count, "ligne", "lignes"));
    let several = line.lines.several();
    let lines = match (line.severity, line.lines.said()) {
        (Severity::Fichier, lines) if lines.is_empty() => "toute la livraison".to_owned(),
        (Severity::Fichier, lines) => {
            let word = if several { "lignes" } else { "ligne" };
            format!("toute la livraison ; {word} {lines}")
        }
        (_, lines) if lines.is_empty() => count,
        (_, lines) if several => format!("{count} : {lines}"),
        (_, line) => format!("{count}, la {line}"),
    };
    let stake = match line.rule.decides() {
        Some(stake) => format!(" ; en dépend : {stake}"),
        None => String::new(),
    };

    format!("{place}{field}{column} ({lines}{stake}) : {}.", line.hint)
}

/// The first reasons as sentences, and how many others there are.
pub(super) fn reasons(why: &[String]) -> Vec<String> {
    let sentence = |reason: &String| {
        let end = if reason.ends_with('.') { "" } else { "." };
        format!("{reason}{end}")
    };

    let mut texts: Vec<String> = why.iter().take(MAX_REASONS).map(sentence).collect();
    match why.len().saturating_sub(MAX_REASONS) {
        0 => {}
        1 => texts.push("Un autre motif est dans la quarantaine.".into()),
        n => texts.push(format!("{n} autres motifs sont dans la quarantaine.")),
    }
    texts
}
