//! The effect of the médicobus on the territories, where enough of them are served to tell; otherwise why it is not told.

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::typography;
use charts::event_study::{EventStudy, Moment};

use super::realisations::sentences;
use super::resultats::pieges;
use super::{EvaluationInput, chapter};

/// Outcomes drawn; all are in the tables. Delays are surveyed by half-year.
const TRACEES: [(&str, &str); 6] = [
    ("sans_mt", "trimestre"),
    ("ald_sans_mt", "trimestre"),
    ("ages_70_plus_sans_mt", "trimestre"),
    ("delai_median", "semestre"),
    ("refus", "semestre"),
    ("mg_etp", "trimestre"),
];

pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = Vec::new();
    let echantillon = a.slice("effet_echantillon");
    let sentences = sentences(a, e, "effet")?;
    if !e.conclut() {
        blocks.push(Block::Callout {
            tone: Tone::Watch,
            title: "Aucune conclusion causale".into(),
            texts: a.sentences(
                "evaluation_effet_absent.j2",
                std::collections::BTreeMap::from([(
                    "f",
                    crate::prose::for_sentence(super::facts::parse(a, e)),
                )]),
            )?,
        });
        blocks.extend(echantillon.map(|v| emplois(a, &v)));
        blocks.extend(ecartes(a));
        blocks.push(pieges());
        let title = "Effet sur les territoires";
        return Ok(Some(chapter(a, "effet", title, sentences, blocks)));
    }
    if let Some(slice) = a.slice("effet_moyen") {
        let retenue = slice.with("specification", "retenue");
        blocks.push(a.table(
            "effet_moyen",
            "Effet moyen depuis la première tournée, indicateur par indicateur",
            &retenue,
            &["nom_issue", "unite", "effet", "bas", "haut", "p_ajustee"],
        ));
    }
    if let Some(slice) = a.slice("effet_par_trimestre") {
        for (issue, step) in TRACEES {
            let une = slice.with("issue", issue);
            if !une.is_empty() {
                blocks.push(etude(a, &une, issue, step)?);
            }
        }
    }
    blocks.push(Block::Heading {
        text: "Ce qui soutient l’estimation, et ce qui la fragilise".into(),
    });
    blocks.extend(echantillon.map(|v| emplois(a, &v)));
    if let Some(slice) = a.slice("effet_verifications").filter(|v| !v.is_empty()) {
        blocks.push(a.table(
            "effet_verifications",
            "Tendances d'avant, fausse date et courbure qui annulerait l'effet",
            &slice,
            &[
                "nom_issue",
                "p_avant",
                "placebo",
                "placebo_bas",
                "placebo_haut",
                "rupture",
                "courbure",
            ],
        ));
    }
    blocks.extend(sensibilite(a, "Part sans médecin traitant", |l| {
        l.text("issue") == Some("sans_mt")
    }));
    if let Some(slice) = a.slice("effet_moyen") {
        let sans_mt = slice.with("issue", "sans_mt");
        blocks.push(a.table(
            "effet_moyen",
            "Part sans médecin traitant : la même estimation sous d'autres choix",
            &sans_mt,
            &[
                "nom_specification",
                "effet",
                "bas",
                "haut",
                "servis",
                "temoins",
                "grappes",
            ],
        ));
    }
    blocks.push(pieges());
    Ok(Some(chapter(
        a,
        "effet",
        "Effet sur les territoires",
        sentences,
        blocks,
    )))
}

fn emplois(a: &mut Builder<'_>, slice: &Slice<'_>) -> Block {
    a.table(
        "effet_echantillon",
        "Territoires retenus et écartés",
        slice,
        &["nom_emploi", "territoires", "epci", "noms"],
    )
}

/// Cells, covariates and territories that no estimate could use.
fn ecartes(a: &mut Builder<'_>) -> Option<Block> {
    let slice = a.slice("effet_ecartes").filter(|v| !v.is_empty())?;
    Some(a.table(
        "effet_ecartes",
        "Ce qui n'a pas pu entrer dans les estimations",
        &slice,
        &["nom_issue", "variante", "quoi", "motif", "nombre"],
    ))
}

/// The intervals that hold under trends less and less parallel.
fn sensibilite(
    a: &mut Builder<'_>,
    what: &str,
    keep: impl Fn(&SliceRow<'_>) -> bool,
) -> Option<Block> {
    let slice = a.slice("effet_sensibilite")?.filter(keep);
    let title = format!(
        "{what} : l'effet moyen retenu, si les tendances n'étaient pas tout à fait parallèles"
    );
    (!slice.is_empty()).then(|| {
        a.table(
            "effet_sensibilite",
            &title,
            &slice,
            &["nom_issue", "m", "effet", "bas", "haut"],
        )
    })
}

/// An event study: the chart, whose table is in the annex.
fn etude(a: &mut Builder<'_>, slice: &Slice<'_>, issue: &str, step: &str) -> Result<Block> {
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
    let name = slice
        .first()
        .map_or_else(String::new, |l| l.label(&["nom_issue"]));
    let plot = EventStudy {
        moments: slice.rows().filter_map(moment).collect(),
        format,
        unit: unit.into(),
        step: step.into(),
    };
    let title = format!("{name} : effet selon la distance à la première tournée");
    a.chart(&format!("effet-{issue}"), &title, &plot, slice.table())
}

/// What naive methods would have said, and why they mislead; then the tables of the event studies.
pub(super) fn naif(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    if !e.conclut() {
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
    blocks.push(Block::Callout {
        tone: Tone::Watch,
        title: "Pourquoi les deux autres trompent".into(),
        texts: [
            "L'avant/après prend pour un effet du médicobus tout ce qui a changé en même temps partout : retraites des médecins, vieillissement, campagnes de l'Assurance maladie.",
            "Les effets fixes comparent les territoires desservis tard à ceux qui le sont depuis plus longtemps, dont l'effet n'a pas fini de grandir : certains effets entrent dans la moyenne avec un poids négatif (Goodman-Bacon, 2021 ; de Chaisemartin et D'Haultfœuille, 2020).",
            "L'estimation retenue ne compare un territoire desservi qu'à des territoires qui ne le sont jamais.",
        ]
        .iter()
        .map(|t| typography(t))
        .collect(),
    });
    blocks.extend(ecartes(a));
    blocks.extend(sensibilite(a, "Autres indicateurs", |l| {
        l.text("issue") != Some("sans_mt")
    }));
    if let Some(slice) = a.slice("effet_par_trimestre") {
        for issue in slice.distinct("issue") {
            let une = slice.with("issue", issue);
            let name = une
                .first()
                .map_or_else(String::new, |l| l.label(&["nom_issue"]));
            blocks.push(a.table(
                "effet_par_trimestre",
                &format!("{name} : effet à chaque distance"),
                &une,
                &[
                    "distance",
                    "effet",
                    "bas",
                    "haut",
                    "bande_basse",
                    "bande_haute",
                    "servis",
                ],
            ));
        }
    }
    let sentences = vec![typography(
        "Cette annexe montre ce que diraient des méthodes plus simples, puis le détail des études d'événement.",
    )];
    Ok(Some(Chapter {
        id: "annexe_effet".into(),
        title: "Annexe : méthodes naïves et détail des effets".into(),
        starts_page: true,
        sentences,
        blocks,
    }))
}
