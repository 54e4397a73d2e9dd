//! The effect of the médicobus on the territories, where enough of them are served to tell; otherwise why it is not told.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::prose::for_sentence;
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::typography;
use charts::event_study::{EventStudy, Moment};

use super::facts;
use super::input::EvaluationInput;
use super::outputs::sentences;
use crate::chapters::chapter::chapter;

/// Outcomes drawn; all are in the tables. Delays are surveyed by half-year.
const DRAWN: [(&str, &str); 6] = [
    ("sans_mt", "trimestre"),
    ("ald_sans_mt", "trimestre"),
    ("ages_70_plus_sans_mt", "trimestre"),
    ("delai_median", "semestre"),
    ("refus", "semestre"),
    ("mg_etp", "trimestre"),
];

const TITLE: &str = "Effet sur les territoires";

/// Effects and what supports them, or why none is told.
pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let sentences = sentences(a, e, "effet")?;
    let mut blocks = match e.concludes() {
        true => estimates(a)?,
        false => vec![no_conclusion(a, e)?],
    };

    let sample = a.slice("effet_echantillon");
    blocks.extend(sample.map(|v| roles(a, &v)));
    blocks.extend(match e.concludes() {
        true => robustness(a),
        false => left_out(a).into_iter().collect(),
    });

    blocks.extend(departures(a));

    Ok(Some(chapter(a, "effet", TITLE, sentences, blocks)))
}

/// Why no effect is told.
fn no_conclusion(a: &Builder<'_>, e: &EvaluationInput<'_>) -> Result<Block> {
    let context = BTreeMap::from([("f", for_sentence(facts::gather(a, e)))]);

    Ok(Block::Callout {
        tone: Tone::Watch,
        title: "Aucune conclusion causale".into(),
        texts: a.sentences("evaluation_effet_absent.j2", context)?,
    })
}

/// Average effects, then event studies.
fn estimates(a: &mut Builder<'_>) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    if let Some(slice) = a.slice("effet_moyen") {
        blocks.push(a.table(
            "effet_moyen",
            "Effet moyen depuis la première tournée, indicateur par indicateur",
            &slice.with("specification", "retenue"),
            &["nom_issue", "unite", "effet", "bas", "haut", "p_ajustee", "decelable"],
        ));
    }

    if let Some(slice) = a.slice("effet_par_trimestre") {
        blocks.extend(a.at_half_width(|a| {
            DRAWN
                .iter()
                .map(|(outcome, step)| (slice.with("issue", outcome), outcome, step))
                .filter(|(one, ..)| !one.is_empty())
                .filter_map(|(one, outcome, step)| study(a, &one, outcome, step).transpose())
                .collect::<Result<Vec<Block>>>()
        })?);
    }

    blocks.push(Block::Heading {
        text: "Ce qui soutient l’estimation, et ce qui la fragilise".into(),
    });

    Ok(blocks)
}

/// Trends before service, false date, curvature, other choices. Intervals under each curvature are attached only.
fn robustness(a: &mut Builder<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(slice) = a.slice("effet_verifications").filter(|v| !v.is_empty()) {
        let columns = [
            "nom_issue",
            "p_avant",
            "placebo",
            "placebo_bas",
            "placebo_haut",
            "rupture",
            "courbure",
        ];
        let title = "Tendances d'avant, fausse date et courbure qui annulerait l'effet";
        blocks.push(a.table("effet_verifications", title, &slice, &columns));

        let columns = ["nom_issue", "pente_decelable", "biais_pente", "multiple"];
        let title = "Ce que ces contrôles auraient vu, et ce qu'il faudrait pour annuler l'effet";
        blocks.push(a.table("effet_verifications", title, &slice, &columns));
    }

    if let Some(slice) = a.slice("effet_moyen") {
        let columns = ["nom_specification", "effet", "bas", "haut", "servis", "temoins", "grappes"];
        let title = "Part sans médecin traitant : la même estimation sous d'autres choix";
        blocks.push(a.table("effet_moyen", title, &slice.with("issue", "sans_mt"), &columns));
    }

    blocks
}

fn roles(a: &mut Builder<'_>, slice: &Slice<'_>) -> Block {
    a.table(
        "effet_echantillon",
        "Territoires retenus et écartés",
        slice,
        &["nom_emploi", "territoires", "epci", "noms"],
    )
}

/// What was done otherwise than the analysis plan says.
fn departures(a: &mut Builder<'_>) -> Option<Block> {
    let slice = a.slice("effet_plan").filter(|v| !v.is_empty())?;
    let title = "Écarts au plan d'analyse";
    Some(a.table("effet_plan", title, &slice, &["point", "prevu", "fait"]))
}

/// Cells, covariates and territories that no estimate could use.
fn left_out(a: &mut Builder<'_>) -> Option<Block> {
    let slice = a.slice("effet_ecartes").filter(|v| !v.is_empty())?;
    Some(a.table(
        "effet_ecartes",
        "Ce qui n'a pas pu entrer dans les estimations",
        &slice,
        &["nom_issue", "variante", "quoi", "motif", "nombre"],
    ))
}

/// An event study: the chart, whose table is attached.
fn study(a: &mut Builder<'_>, slice: &Slice<'_>, issue: &str, step: &str) -> Result<Option<Block>> {
    let moment = |l: SliceRow<'_>| {
        let x = |name: &str| l.value(name).number();
        Some(Moment {
            distance: x("distance")? as i32,
            effect: x("effet")?,
            interval: (x("bas")?, x("haut")?),
            band: (x("bande_basse")?, x("bande_haute")?),
        })
    };

    let (format, unit) = match issue {
        "delai_median" => (Format::Decimal1, "jours"),
        "mg_etp" => (Format::Decimal2, "équivalents temps plein"),
        _ => (Format::Points, "points de pourcentage"),
    };

    let name = slice.first().map_or_else(String::new, |l| l.label(&["nom_issue"]));

    let plot = EventStudy {
        moments: slice.rows().filter_map(moment).collect(),
        format,
        unit: unit.into(),
        step: step.into(),
    };

    let title = format!("{name} : effet selon la distance à la première tournée");
    a.chart(&format!("effet-{issue}"), &title, &plot, slice.table())
}

/// What naive methods would have said, and why they mislead.
pub(super) fn naive(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    if !e.concludes() {
        return Ok(None);
    }

    let mut blocks: Vec<Block> = Vec::new();
    if let Some(slice) = a.slice("effet_naif").filter(|v| !v.is_empty()) {
        blocks.push(a.table(
            "effet_naif",
            "Trois méthodes, trois chiffres",
            &slice,
            &["nom_issue", "nom_methode", "effet", "bas", "haut"],
        ));
    }

    let negative = a
        .slice("effet_naif")
        .and_then(|v| v.with("issue", "sans_mt").with("methode", "effets_fixes").first())
        .and_then(|l| Some((l.value("poids_negatifs").number()?, l.printed("poids_negatifs"))));
    let here = match negative {
        Some((share, _)) if share <= 0.0 => {
            "Ici, pour la part sans médecin traitant, aucun poids n'est négatif.".to_string()
        }
        Some((_, printed)) => {
            format!(
                "Ici, pour la part sans médecin traitant, les poids négatifs font {printed} du poids total."
            )
        }
        None => String::new(),
    };

    blocks.push(Block::Callout {
        tone: Tone::Watch,
        title: "Pourquoi les deux autres trompent".into(),
        texts: [
            "L'avant/après prend pour un effet du médicobus tout ce qui a changé en même temps partout : retraites des médecins, vieillissement, campagnes de l'Assurance maladie.",
            "Les effets fixes comparent les territoires desservis tard à ceux qui le sont depuis plus longtemps, dont l'effet n'a pas fini de grandir : certains effets peuvent entrer dans la moyenne avec un poids négatif (Goodman-Bacon, 2021 ; de Chaisemartin et D'Haultfœuille, 2020).",
            &here,
            "L'estimation retenue ne compare un territoire desservi qu'à des territoires qui ne le sont jamais. Sans covariable, l'estimateur de Sun et Abraham (2021) est celui-là, au dernier chiffre.",
        ]
        .iter()
        .filter(|text| !text.is_empty())
        .map(|t| typography(t))
        .collect(),
    });

    let sentences = vec![typography(
        "Cette annexe montre ce que diraient des méthodes plus simples. Le détail des études d'événement, distance par distance, et ce qui n'a pas pu entrer dans l'estimation (effet_ecartes.csv) sont dans les tables jointes.",
    )];

    Ok(Some(Chapter {
        id: "annexe_effet".into(),
        title: "Annexe : méthodes naïves".into(),
        starts_page: true,
        sentences,
        blocks,
    }))
}
