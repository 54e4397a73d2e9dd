//! Shares of régions at a comparable structure: side by side and a page each for the nation, beside all of them for one.

use crate::builder::Builder;
use crate::chapitres::comparaison::cle_de_tri;
use crate::content::{Block, Chapter, Tone};
use crate::slice::{SliceRow, Slice};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};
use charts::caterpillar::{Caterpillar, RankedEstimate};

use super::outils::annee;
use super::{EvaluationInput, chapitre, faits};

/// Standardised shares with gamma limits, as a chart and a table.
pub(super) fn standardisees(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Vec<Block>> {
    let Some(vue) = a.vue(STANDARDISEE).filter(|v| v.len() > 2) else {
        return Ok(Vec::new());
    };
    let estimations = rangees(&vue)
        .into_iter()
        .filter(|l| l.texte("code_zone") != Some(ENSEMBLE))
        .map(|l| RankedEstimate {
            libelle: l.libelle(&["nom_zone", "code_zone"]),
            valeur: l.valeur("standardisee"),
            intervalle: l.valeur("bas").number().zip(l.valeur("haut").number()),
        })
        .collect();
    // At the same structure as the others, or the line would be of another population.
    let reference = vue
        .ou("code_zone", ENSEMBLE)
        .premiere()
        .and_then(|l| l.valeur("standardisee").number())
        .map(|x| ("France".to_string(), x));
    let trace = Caterpillar {
        estimations,
        reference,
        format: Format::Percent,
        note: "trait : limites gamma à 95 % ; carré : intervalle sans la valeur de la France"
            .into(),
    };
    let titre = format!(
        "Part sans médecin traitant standardisée sur l'âge, le sexe et l'ALD, {}",
        e.base.annee
    );
    let graphique = a.graphique("evaluation-standardisee", &titre, &trace, vue.table())?;
    Ok(vec![graphique, parts(a, e, &vue)])
}

const STANDARDISEE: &str = "part_sans_mt_standardisee";
/// All régions together, in that table.
const ENSEMBLE: &str = "FR";
/// The chart of the bilan's comparison that is drawn anew.
pub(super) const CLASSEMENT: &str = "comparaison-classement";

/// Rows of standardised shares by name, all régions together last.
fn rangees<'v>(vue: &Slice<'v>) -> Vec<SliceRow<'v>> {
    let mut lignes: Vec<SliceRow<'v>> = vue.lignes().collect();
    lignes.sort_by_key(|l| {
        let ensemble = l.texte("code_zone") == Some(ENSEMBLE);
        (ensemble, cle_de_tri(&l.libelle(&["nom_zone", "code_zone"])))
    });
    lignes
}

/// Row of a zone in `part_sans_mt_patients`.
fn brute<'a>(a: &Builder<'a>, e: &EvaluationInput<'_>, code: &str) -> Option<SliceRow<'a>> {
    let cle = if code == e.base.zone.code {
        "part_sans_mt_patients"
    } else {
        "part_sans_mt_patients/parties"
    };
    a.vue(cle)?.ou("code_zone", code).premiere()
}

fn entre(bas: &str, haut: &str) -> String {
    if bas == haut {
        bas.to_string()
    } else {
        // One sign for both keeps the cell on one line.
        format!("{} à {haut}", bas.trim_end_matches(['%', '\u{202f}']))
    }
}

/// Crude shares, which the gate printed, beside standardised ones.
fn parts(a: &mut Builder<'_>, e: &EvaluationInput<'_>, vue: &Slice<'_>) -> Block {
    let an = e.base.annee;
    let lignes = rangees(vue)
        .into_iter()
        .map(|l| {
            let code = l.libelle(&["code_zone"]);
            let brute = brute(a, e, &code).map_or_else(
                || format::MISSING.to_string(),
                |b| b.imprime("part_sans_mt"),
            );
            let grappes = faits::ligne_grappes(a, "sans_mt", &code, an).map_or_else(
                || format::MISSING.to_string(),
                |g| entre(&g.imprime("bas"), &g.imprime("haut")),
            );
            vec![
                l.libelle(&["nom_zone", "code_zone"]),
                brute,
                grappes,
                l.imprime("standardisee"),
                entre(&l.imprime("bas"), &l.imprime("haut")),
                l.imprime("couverture"),
            ]
        })
        .collect();
    let mut bloc = a.tableau_compose(
        STANDARDISEE,
        "Parts brutes et standardisées",
        &[
            "Région",
            "Part brute",
            "IC 95 % (entre médicobus)",
            "Part standardisée",
            "IC 95 % (gamma)",
            "Référence couverte",
        ],
        lignes,
        vue.table().definition(),
    );
    a.imprimees.insert("parts_en_grappes".into());
    if let Block::Table(t) = &mut bloc {
        t.lignes_totaux = vec![t.lignes.len().saturating_sub(1)];
        let note = "– : un seul médicobus, ou région sans intervalle communicable.";
        if t.lignes.iter().any(|l| l[2] == format::MISSING) {
            t.notes.push(typography(note));
        }
    }
    bloc
}

/// Crude shares of régions with intervals that know of the buses, in place of the bilan's chart.
///
/// # Errors
/// If the drawing fails.
pub(super) fn classement(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Block>> {
    let Some(vue) = a
        .vue("part_sans_mt_patients/parties")
        .filter(|v| v.len() > 1)
    else {
        return Ok(None);
    };
    let mut lignes: Vec<SliceRow<'_>> = vue.lignes().collect();
    lignes.sort_by_key(|l| cle_de_tri(&l.libelle(&["nom_zone", "code_zone"])));
    let estimations = lignes
        .iter()
        .map(|l| {
            let g = faits::ligne_grappes(a, "sans_mt", &l.libelle(&["code_zone"]), e.base.annee);
            RankedEstimate {
                libelle: l.libelle(&["nom_zone", "code_zone"]),
                valeur: l.valeur("part_sans_mt"),
                intervalle: g.and_then(|g| g.valeur("bas").number().zip(g.valeur("haut").number())),
            }
        })
        .collect();
    let reference = a
        .ligne("part_sans_mt_patients")
        .and_then(|l| l.valeur("part_sans_mt").number())
        .map(|x| ("France".to_string(), x));
    let trace = Caterpillar {
        estimations,
        reference,
        format: Format::Percent,
        note: "trait : intervalle à 95 % compte tenu des médicobus ; carré : intervalle sans la valeur de la France".into(),
    };
    a.charts.retain(|c| c.id != CLASSEMENT);
    let titre = "Part brute des patients sans médecin traitant par région, avec son intervalle";
    a.graphique(CLASSEMENT, titre, &trace, vue.table())
        .map(Some)
}

/// A région beside all régions, at a comparable structure; nothing where its share does not leave.
///
/// # Errors
/// If a sentence template is wrong.
pub(super) fn situer(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let Some(vue) = a.vue(STANDARDISEE).filter(|v| v.len() > 1) else {
        return Ok(None);
    };
    let blocs = vec![
        Block::Callout {
            niveau: Tone::Info,
            titre: "Comparer sans classer".into(),
            textes: vec![typography(
                "Un écart à l'ensemble des régions dit une situation, pas une performance : la part standardisée tient compte de l'âge, du sexe et des ALD, non de tout ce qui distingue les patients.",
            )],
        },
        parts(a, e, &vue),
    ];
    let phrases = super::realisations::phrases(a, e, "comparaison")?;
    let titre = "Comparaison avec l'ensemble des régions";
    Ok(Some(chapitre(
        a,
        "comparaison",
        &typography(titre),
        phrases,
        blocs,
    )))
}

const INDICATEURS: [(&str, &str); 11] = [
    ("deploiement", "en_service"),
    ("deploiement", "taux_sortie"),
    ("synthese", "jours_sortie"),
    ("synthese", "consultations"),
    ("synthese", "patients"),
    ("synthese", "consultations_par_jour"),
    ("synthese", "part_publics_prioritaires"),
    ("synthese", "part_sans_mt"),
    ("synthese", "delai_median"),
    ("cout", "fonctionnement"),
    ("cout", "cout_par_consultation"),
];

/// One page per région that has a bus.
pub(super) fn construire(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Vec<Chapter>> {
    if e.base.zone.level != "national" {
        return Ok(Vec::new());
    }
    let Some(regions) = a.vue("synthese/parties") else {
        return Ok(Vec::new());
    };
    let mut codes: Vec<(String, String)> = regions
        .lignes()
        .map(|l| {
            (
                l.libelle(&["code_zone"]),
                l.libelle(&["nom_zone", "code_zone"]),
            )
        })
        .collect();
    codes.sort_by_key(|c| cle_de_tri(&c.1));
    let mut chapitres = Vec::new();
    for (code, nom) in codes {
        a.ouvrir();
        chapitres.push(page(a, e, &code, &nom));
    }
    Ok(chapitres)
}

fn page(a: &mut Builder<'_>, e: &EvaluationInput<'_>, code: &str, nom: &str) -> Chapter {
    let parties = |requete: &str, an: i32| e.cle(&format!("{requete}/parties"), an);
    let ligne = |a: &Builder<'_>, requete: &str, an: i32| -> Option<Vec<(String, String, bool)>> {
        let vue = a.vue(&parties(requete, an))?.ou("code_zone", code);
        let l: SliceRow<'_> = vue.premiere()?;
        Some(
            INDICATEURS
                .iter()
                .filter(|(r, _)| *r == requete)
                .map(|(_, c)| {
                    (
                        (*c).to_string(),
                        l.imprime(c),
                        l.valeur(c) != Figure::Missing,
                    )
                })
                .collect(),
        )
    };
    let mut lignes: Vec<Vec<String>> = Vec::new();
    for (requete, colonne) in INDICATEURS {
        let mut cellules = Vec::new();
        let mut connue = false;
        for an in e.annees {
            let valeur = ligne(a, requete, *an)
                .filter(|_| super::outils::sense(e, *an, colonne))
                .and_then(|l| l.into_iter().find(|(c, _, _)| c == colonne));
            connue |= valeur.as_ref().is_some_and(|v| v.2);
            cellules.push(valeur.map_or_else(|| format::MISSING.to_string(), |v| v.1));
        }
        let titre = a
            .vue(&parties(requete, e.base.annee))
            .and_then(|v| Some(v.table().definition().column(colonne)?.title.clone()));
        if let Some(titre) = titre.filter(|_| connue) {
            lignes.push(
                std::iter::once(typography(&titre))
                    .chain(cellules)
                    .collect(),
            );
        }
    }
    let mut blocs = Vec::new();
    if let Some(vue) = a.vue("synthese/parties") {
        let ans: Vec<String> = e.annees.iter().map(|an| annee(e, *an)).collect();
        let mut entetes = vec!["Indicateur"];
        entetes.extend(ans.iter().map(String::as_str));
        let titre = format!("{nom}, année par année");
        let definition = vue.table().definition();
        blocs.push(a.tableau_compose(
            &format!("region-{code}"),
            &titre,
            &entetes,
            lignes,
            definition,
        ));
    }
    let mut phrases = vec![typography(
        "Cette page rassemble ce que la région a livré. Elle ne dit rien de l'effet des médicobus de cette région prise à part : l'estimation porte sur l'ensemble des territoires.",
    )];
    if let Some(l) = a
        .vue("part_sans_mt_standardisee")
        .and_then(|v| v.ou("code_zone", code).premiere())
        && let (Figure::Known(_), Figure::Known(_)) = (l.valeur("bas"), l.valeur("haut"))
    {
        phrases.push(typography(&format!(
            "À âge, sexe et ALD comparables, {} des patients y sont sans médecin traitant (intervalle à 95 % de {} à {}).",
            l.imprime("standardisee"),
            l.imprime("bas"),
            l.imprime("haut")
        )));
    }
    let mut c = chapitre(a, &format!("region_{code}"), nom, phrases, blocs);
    c.titre = format!("Région : {nom}");
    c
}
