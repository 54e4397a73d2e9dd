//! One page: key figures, facts, points of vigilance.

use std::collections::BTreeMap;

use serde::Serialize;

use super::medecin_traitant::change_without_mt;
use super::perimeter::same_perimeter;
use crate::builder::Builder;
use crate::content::{KeyFigure, SummaryPage, Tone, VigilancePoint};
use crate::prose::{Change, Fact, for_sentence};
use crate::slice::SliceRow;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};

#[derive(Serialize)]
struct UnknownShare {
    #[serde(rename = "nom")]
    name: String,
    part: Fact,
}

pub(crate) fn build(a: &mut Builder<'_>) -> Result<SummaryPage> {
    let s = a.facts("synthese");
    let change = a.row("synthese").and_then(|l| change_without_mt(a, &l));

    let facts = if s.is_empty() {
        vec![typography("Aucun chiffre clé n'est disponible pour cette zone et cette année.")]
    } else {
        let context = BTreeMap::from([
            ("s", for_sentence(&s)),
            ("ecart_mt", for_sentence(change.map(|i| Change::new(i, Format::Points)))),
            ("constant", for_sentence(same_perimeter(a, "consultations"))),
        ]);
        a.sentences("synthese.j2", context)?
    };

    let mut summary = SummaryPage { facts, ..SummaryPage::default() };

    if let Some(l) = a.row("synthese") {
        summary.key_figures = key_figures(a, &l);
    }

    summary.vigilance = vigilance(a, &s)?;
    summary.blocks.extend(a.comment("synthese"));

    Ok(summary)
}

/// Key figures, each with last year's value.
fn key_figures(a: &Builder<'_>, l: &SliceRow<'_>) -> Vec<KeyFigure> {
    let previous = a.input.year - 1;
    let choice: [(&str, &str, Option<&str>); 9] = [
        ("medicobus_actifs", "médicobus sortis dans l'année", None),
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
        .filter(|(name, _, _)| l.value(name) != Figure::Missing)
        .map(|(name, label, variation)| {
            let before = format!("{name}_precedent");
            let change = match (l.value(&before), variation.map(|v| l.value(v))) {
                (Figure::Missing, _) => None,
                (Figure::Known(_), Some(Figure::Known(v))) => Some(format!(
                    "{} en {previous} ({}{}%)",
                    l.printed(&before),
                    format::signed(v, 1),
                    format::THIN_SPACE
                )),
                _ => Some(format!("{} en {previous}", l.printed(&before))),
            };

            let same = variation.and_then(|_| same_perimeter(a, name));
            KeyFigure {
                value: l.printed(name),
                label: typography(label),
                detail: same.map(|same| typography(&same.in_brief())),
                change,
            }
        })
        .collect()
}

/// Points that the figures themselves raise, the criteria of the cahier des charges among them; `vigilance.j2` words them.
fn vigilance(a: &Builder<'_>, s: &BTreeMap<String, Fact>) -> Result<Vec<VigilancePoint>> {
    if s.is_empty() {
        return Ok(Vec::new());
    }

    let mut d = a.facts("deploiement");
    d.entry("taux_sortie".into()).or_insert_with(Fact::unknown);
    let mut s = s.clone();
    s.entry("taux_remplissage".into()).or_insert_with(Fact::unknown);

    let fact = |l: &SliceRow<'_>, name: &str| {
        l.cell(name)
            .map_or_else(Fact::unknown, |(column, cell)| Fact::new(cell, column.format))
    };

    let unknown_shares: Vec<UnknownShare> = a
        .slice("completude")
        .map(|v| {
            v.rows()
                .map(|l| UnknownShare {
                    name: l.label(&["nom_champ", "champ"]),
                    part: fact(&l, "part_inconnus"),
                })
                .collect()
        })
        .unwrap_or_default();

    let deliveries = a.slice("completude_livraisons");
    let refusals = deliveries
        .as_ref()
        .and_then(|v| v.with("nom_table", "ensemble").first())
        .map_or_else(Fact::unknown, |l| fact(&l, "part_refusee"));

    // The share of all rows hides a table that lost a third of its own.
    let refused = |l: &SliceRow<'_>| l.value("part_refusee").number().unwrap_or(0.0);
    let worst = deliveries.as_ref().and_then(|v| {
        v.without("nom_table", "ensemble")
            .rows()
            .max_by(|a, b| refused(a).total_cmp(&refused(b)))
    });
    let (table, worst) = worst.map_or_else(
        || (String::new(), Fact::unknown()),
        |l| (l.label(&["nom_table"]), fact(&l, "part_refusee")),
    );

    let context = BTreeMap::from([
        ("s", for_sentence(&s)),
        ("d", for_sentence(&d)),
        ("completude", for_sentence(&unknown_shares)),
        ("criteres", for_sentence(super::conformite::criteria(a))),
        (
            "livraisons",
            for_sentence(BTreeMap::from([
                ("part_refusee", for_sentence(refusals)),
                ("pire", for_sentence(worst)),
                ("table", for_sentence(table)),
            ])),
        ),
        ("seuils", for_sentence(a.input.thresholds)),
    ]);

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
