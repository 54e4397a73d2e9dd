//! What changed since the delivery that this one replaces, corrects or follows, and what is out of the ordinary.

use base::error::Result;
use base::french::typography;
use delivery::{Comparison, FindingChange, RowChange};
use export::csv::plain;
use report::content::{Block, Tone};

use super::printed::callout;

/// Changes of each kind that the note names; the attached table has them all.
const MAX_CHANGES: usize = 4;

/// The title of the chapter and what it says; nothing when there is nothing to say.
pub(super) fn blocks(comparison: &Comparison) -> Option<(&'static str, Vec<Block>)> {
    let mut blocks = Vec::new();
    if !comparison.jumps.is_empty() {
        let lines = some(&comparison.jumps);
        blocks.push(callout(Tone::Watch, "Hors de l'ordinaire : à vérifier", &[lines]));
    }
    if let Some(against) = &comparison.against {
        let sentences = sentences(comparison);
        let opening = match sentences.is_empty() {
            true => format!("Par rapport à {against}, rien n'a changé."),
            false => format!("Par rapport à {against} :"),
        };
        let texts = [opening].into_iter().chain(sentences);
        blocks.extend(texts.map(|text| Block::Paragraph { text: typography(&text) }));
    }

    let title = match comparison.against {
        Some(_) => "Ce qui a changé",
        None => "Ce qui étonne",
    };
    (!blocks.is_empty()).then_some((title, blocks))
}

/// A sentence for each kind of change.
fn sentences(comparison: &Comparison) -> Vec<String> {
    let findings = |changes: &mut dyn Iterator<Item = &FindingChange>| {
        changes.map(FindingChange::said).collect::<Vec<_>>()
    };
    let kinds = [
        ("Constats résolus", findings(&mut comparison.solved())),
        ("Constats nouveaux", findings(&mut comparison.new_findings())),
        ("Constats qui restent", findings(&mut comparison.still_there())),
        ("Lignes acceptées", comparison.rows.iter().map(RowChange::said).collect()),
    ];

    let told = kinds.iter().filter(|(_, lines)| !lines.is_empty());
    told.map(|(title, lines)| format!("{title} : {}.", some(lines))).collect()
}

/// The first lines, and how many others there are.
fn some(lines: &[String]) -> String {
    let shown = lines.iter().take(MAX_CHANGES).cloned().collect::<Vec<_>>().join(" ; ");
    match lines.len().saturating_sub(MAX_CHANGES) {
        0 => shown,
        more => format!("{shown} ; et {more} de plus"),
    }
}

/// All changes as the attached CSV; consultations by tens, as in the note.
pub(super) fn csv(comparison: &Comparison) -> Result<Vec<u8>> {
    let header = ["changement", "table", "champ", "periode", "regle", "avant", "apres", "detail"];
    let finding = |change: &FindingChange| {
        let kind = match (change.before, change.now) {
            (0, _) => "constat nouveau",
            (_, 0) => "constat résolu",
            _ => "constat qui reste",
        };
        [
            kind.to_string(),
            change.table.clone(),
            change.field.clone().unwrap_or_default(),
            String::new(),
            change.rule.code().to_string(),
            change.before.to_string(),
            change.now.to_string(),
            String::new(),
        ]
    };
    let rows = |change: &RowChange| {
        let [before, now] = change.counts();
        let kind = "lignes acceptées".to_string();
        let (table, step) = (change.table.clone(), change.step.clone());
        [kind, table, String::new(), step, String::new(), before, now, String::new()]
    };
    let jump = |text: &String| {
        let mut cells: [String; 8] = Default::default();
        cells[0] = "hors de l'ordinaire".into();
        cells[7].clone_from(text);
        cells
    };

    let findings = comparison.findings.iter().map(finding);
    let rows = comparison.rows.iter().map(rows);
    plain(header, findings.chain(rows).chain(comparison.jumps.iter().map(jump)))
}
