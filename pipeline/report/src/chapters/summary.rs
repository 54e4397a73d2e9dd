//! The first page: the year, the answers, points of vigilance, the committee's words; and what the sheet of a bus takes of it.

use std::collections::BTreeMap;

use super::answers::{PROOFS, answers};
use super::perimeter::{same_months, same_perimeter};
use crate::builder::Builder;
use crate::content::{KeyFigure, SummaryPage, Tone, VigilancePoint};
use crate::prose::for_sentence;
use crate::slice::SliceRow;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};

/// The first page of a bilan: the year in a sentence, the answers, what departs from the cahier des charges, the committee's words.
pub(crate) fn build(a: &mut Builder<'_>) -> Result<SummaryPage> {
    let vigilance = vigilance(a)?;

    Ok(SummaryPage {
        facts: activity(a)?,
        answers: answers(a)?,
        proofs: Some(typography(PROOFS)),
        vigilance,
        blocks: a.comment("synthese").into_iter().collect(),
        decisions: DECISIONS
            .iter()
            .filter_map(|(file, title)| a.comment_under(file, title))
            .collect(),
        ..SummaryPage::default()
    })
}

/// What a committee writes under the answers, and the files that hold it.
const DECISIONS: [(&str, &str); 3] = [
    ("decide", "Le comité décide"),
    ("demande", "Le comité demande"),
    ("suivra", "Le comité suivra"),
];

/// What was done in the year.
fn activity(a: &Builder<'_>) -> Result<Vec<String>> {
    let s = a.facts("synthese");
    if s.is_empty() {
        let nothing = "Aucun chiffre clé n'est disponible pour cette zone et cette année.";
        return Ok(vec![typography(nothing)]);
    }

    let context = BTreeMap::from([
        ("s", for_sentence(&s)),
        ("constant", for_sentence(same_perimeter(a, "consultations"))),
        ("memes_mois", for_sentence(same_months(a))),
    ]);
    a.sentences("synthese.j2", context)
}

/// Key figures of a bus, each with last year's value.
pub(crate) fn key_figures(a: &Builder<'_>) -> Vec<KeyFigure> {
    let Some(row) = a.row("synthese") else {
        return Vec::new();
    };
    let choice: [(&str, &str, Option<&str>); 8] = [
        ("jours_sortie", "jours de sortie", None),
        ("consultations", "consultations honorées", Some("evolution_consultations")),
        ("patients", "patients reçus", Some("evolution_patients")),
        ("consultations_par_jour", "consultations par jour de sortie", None),
        ("taux_remplissage", "des créneaux honorés", None),
        ("part_publics_prioritaires", "des patients d'un public prioritaire", None),
        ("part_sans_mt", "des 17 ans et plus sans médecin traitant", None),
        ("delai_median", "délai médian de rendez-vous", None),
    ];

    choice
        .iter()
        .filter_map(|(name, label, change)| key_figure(a, &row, name, label, *change))
        .collect()
}

/// A figure of a row with last year's value, and with its change where a column says it; none where there is no such figure.
pub(crate) fn key_figure(
    a: &Builder<'_>,
    row: &SliceRow<'_>,
    name: &str,
    label: &str,
    change: Option<&str>,
) -> Option<KeyFigure> {
    if row.value(name) == Figure::Missing {
        return None;
    }

    let (before, previous) = (format!("{name}_precedent"), a.input.year - 1);
    let said = match (row.value(&before), change.map(|change| row.value(change))) {
        (Figure::Missing, _) => None,
        (Figure::Known(_), Some(Figure::Known(v))) => Some(format!(
            "{} en {previous} ({}{}%)",
            row.printed(&before),
            format::signed(v, 1),
            format::THIN_SPACE
        )),
        _ => Some(format!("{} en {previous}", row.printed(&before))),
    };

    let same = change.and_then(|_| same_perimeter(a, name));
    Some(KeyFigure {
        value: row.printed(name),
        label: typography(label),
        detail: same.map(|same| typography(&same.in_brief())),
        change: said,
    })
}

/// The criteria of the cahier des charges that are not met, or not known to be; `vigilance.j2` words them.
fn vigilance(a: &Builder<'_>) -> Result<Vec<VigilancePoint>> {
    if a.row("synthese").is_none() {
        return Ok(Vec::new());
    }

    let criteria = for_sentence(super::conformite::criteria(a));
    let context = BTreeMap::from([("criteres", criteria)]);
    let sentences = a.sentences("vigilance.j2", context)?;
    let mut points: Vec<VigilancePoint> = sentences.iter().filter_map(|s| point(s)).collect();

    // The gravest first; a stable sort keeps the template's order within a level.
    points.sort_by_key(|p| match p.tone {
        Tone::Alert => 0,
        Tone::Watch => 1,
        Tone::Unknown | Tone::Hidden => 2,
        Tone::Info => 3,
        Tone::Compliant => 4,
    });

    Ok(points)
}

/// A point from its line: `level | sentence`.
fn point(line: &str) -> Option<VigilancePoint> {
    let (tone, text) = line.split_once('|')?;
    let tone = Tone::parse(tone)?;

    Some(VigilancePoint {
        tone,
        word: tone.word().into(),
        text: text.trim().into(),
    })
}
