//! The effect of the médicobus on the territories, where enough of them are served to tell; otherwise why it is not told.

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::slice::{SliceRow, Slice};
use base::definition::Format;
use base::error::Result;
use base::french::typography;
use charts::event_study::{EventStudy, Moment};

use super::realisations::phrases;
use super::resultats::pieges;
use super::{EvaluationInput, chapitre};

/// Outcomes drawn; all are in the tables. Delays are surveyed by half-year.
const TRACEES: [(&str, &str); 6] = [
    ("sans_mt", "trimestre"),
    ("ald_sans_mt", "trimestre"),
    ("ages_70_plus_sans_mt", "trimestre"),
    ("delai_median", "semestre"),
    ("refus", "semestre"),
    ("mg_etp", "trimestre"),
];

pub(super) fn construire(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = Vec::new();
    let echantillon = a.vue("effet_echantillon");
    let phrases = phrases(a, e, "effet")?;
    if !e.conclut() {
        blocs.push(Block::Callout {
            niveau: Tone::Watch,
            titre: "Aucune conclusion causale".into(),
            textes: a.phrases(
                "evaluation_effet_absent.j2",
                std::collections::BTreeMap::from([(
                    "f",
                    crate::prose::for_sentence(super::faits::lire(a, e)),
                )]),
            )?,
        });
        blocs.extend(echantillon.map(|v| emplois(a, &v)));
        blocs.extend(ecartes(a));
        blocs.push(pieges());
        let titre = "Effet sur les territoires";
        return Ok(Some(chapitre(a, "effet", titre, phrases, blocs)));
    }
    if let Some(vue) = a.vue("effet_moyen") {
        let retenue = vue.ou("specification", "retenue");
        blocs.push(a.tableau(
            "effet_moyen",
            "Effet moyen depuis la première tournée, indicateur par indicateur",
            &retenue,
            &["nom_issue", "unite", "effet", "bas", "haut", "p_ajustee"],
        ));
    }
    if let Some(vue) = a.vue("effet_par_trimestre") {
        for (issue, pas) in TRACEES {
            let une = vue.ou("issue", issue);
            if !une.is_empty() {
                blocs.push(etude(a, &une, issue, pas)?);
            }
        }
    }
    blocs.push(Block::Heading {
        texte: "Ce qui soutient l’estimation, et ce qui la fragilise".into(),
    });
    blocs.extend(echantillon.map(|v| emplois(a, &v)));
    if let Some(vue) = a.vue("effet_verifications").filter(|v| !v.is_empty()) {
        blocs.push(a.tableau(
            "effet_verifications",
            "Tendances d'avant, fausse date et courbure qui annulerait l'effet",
            &vue,
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
    blocs.extend(sensibilite(a, "Part sans médecin traitant", |l| {
        l.texte("issue") == Some("sans_mt")
    }));
    if let Some(vue) = a.vue("effet_moyen") {
        let sans_mt = vue.ou("issue", "sans_mt");
        blocs.push(a.tableau(
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
    blocs.push(pieges());
    Ok(Some(chapitre(
        a,
        "effet",
        "Effet sur les territoires",
        phrases,
        blocs,
    )))
}

fn emplois(a: &mut Builder<'_>, vue: &Slice<'_>) -> Block {
    a.tableau(
        "effet_echantillon",
        "Territoires retenus et écartés",
        vue,
        &["nom_emploi", "territoires", "epci", "noms"],
    )
}

/// Cells, covariates and territories that no estimate could use.
fn ecartes(a: &mut Builder<'_>) -> Option<Block> {
    let vue = a.vue("effet_ecartes").filter(|v| !v.is_empty())?;
    Some(a.tableau(
        "effet_ecartes",
        "Ce qui n'a pas pu entrer dans les estimations",
        &vue,
        &["nom_issue", "variante", "quoi", "motif", "nombre"],
    ))
}

/// The intervals that hold under trends less and less parallel.
fn sensibilite(
    a: &mut Builder<'_>,
    quoi: &str,
    garder: impl Fn(&SliceRow<'_>) -> bool,
) -> Option<Block> {
    let vue = a.vue("effet_sensibilite")?.filtre(garder);
    let titre = format!(
        "{quoi} : l'effet moyen retenu, si les tendances n'étaient pas tout à fait parallèles"
    );
    (!vue.is_empty()).then(|| {
        a.tableau(
            "effet_sensibilite",
            &titre,
            &vue,
            &["nom_issue", "m", "effet", "bas", "haut"],
        )
    })
}

/// An event study: the chart, whose table is in the annex.
fn etude(a: &mut Builder<'_>, vue: &Slice<'_>, issue: &str, pas: &str) -> Result<Block> {
    let moment = |l: SliceRow<'_>| {
        let x = |nom: &str| l.valeur(nom).number();
        Some(Moment {
            distance: x("distance")? as i32,
            effet: x("effet")?,
            intervalle: (x("bas")?, x("haut")?),
            bande: (x("bande_basse")?, x("bande_haute")?),
        })
    };
    let (format, unite) = match issue {
        "delai_median" => (Format::Decimal1, "jours"),
        "mg_etp" => (Format::Decimal2, "équivalents temps plein"),
        _ => (Format::Points, "points de pourcentage"),
    };
    let nom = vue
        .premiere()
        .map_or_else(String::new, |l| l.libelle(&["nom_issue"]));
    let trace = EventStudy {
        moments: vue.lignes().filter_map(moment).collect(),
        format,
        unite: unite.into(),
        pas: pas.into(),
    };
    let titre = format!("{nom} : effet selon la distance à la première tournée");
    a.graphique(&format!("effet-{issue}"), &titre, &trace, vue.table())
}

/// What naive methods would have said, and why they mislead; then the tables of the event studies.
pub(super) fn naif(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    if !e.conclut() {
        return Ok(None);
    }
    let mut blocs: Vec<Block> = Vec::new();
    if let Some(vue) = a.vue("effet_naif").filter(|v| !v.is_empty()) {
        blocs.push(a.tableau(
            "effet_naif",
            "Trois méthodes, trois chiffres",
            &vue,
            &["nom_issue", "nom_methode", "effet", "bas", "haut"],
        ));
    }
    blocs.push(Block::Callout {
        niveau: Tone::Watch,
        titre: "Pourquoi les deux autres trompent".into(),
        textes: [
            "L'avant/après prend pour un effet du médicobus tout ce qui a changé en même temps partout : retraites des médecins, vieillissement, campagnes de l'Assurance maladie.",
            "Les effets fixes comparent les territoires desservis tard à ceux qui le sont depuis plus longtemps, dont l'effet n'a pas fini de grandir : certains effets entrent dans la moyenne avec un poids négatif (Goodman-Bacon, 2021 ; de Chaisemartin et D'Haultfœuille, 2020).",
            "L'estimation retenue ne compare un territoire desservi qu'à des territoires qui ne le sont jamais.",
        ]
        .iter()
        .map(|t| typography(t))
        .collect(),
    });
    blocs.extend(ecartes(a));
    blocs.extend(sensibilite(a, "Autres indicateurs", |l| {
        l.texte("issue") != Some("sans_mt")
    }));
    if let Some(vue) = a.vue("effet_par_trimestre") {
        for issue in vue.distincts("issue") {
            let une = vue.ou("issue", issue);
            let nom = une
                .premiere()
                .map_or_else(String::new, |l| l.libelle(&["nom_issue"]));
            blocs.push(a.tableau(
                "effet_par_trimestre",
                &format!("{nom} : effet à chaque distance"),
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
    let phrases = vec![typography(
        "Cette annexe montre ce que diraient des méthodes plus simples, puis le détail des études d'événement.",
    )];
    Ok(Some(Chapter {
        id: "annexe_effet".into(),
        titre: "Annexe : méthodes naïves et détail des effets".into(),
        nouvelle_page: true,
        phrases,
        blocs,
    }))
}
