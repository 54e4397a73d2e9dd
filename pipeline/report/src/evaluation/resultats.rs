//! What was found: médecin traitant at the bus and in the territories, delays, lasting offer, costs.

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone, PrintedTable};
use base::error::Result;
use base::french::{self as format, typography};

use super::outils::{par_annee, par_categorie};
use super::realisations::phrases;
use super::{EvaluationInput, chapitre, faits};

pub(super) fn medecin_traitant(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = [
        par_annee(
            a,
            e,
            "part_sans_mt_patients",
            "Patients du médicobus de 17 ans et plus, situation déclarée",
            None,
            &[
                "patients_connus",
                "sans_mt",
                "part_sans_mt",
                "statut_inconnu",
            ],
        ),
        par_categorie(
            a,
            e,
            "mt_trouve",
            "Part des patients reçus sans médecin traitant qui en ont trouvé un",
            ("delai_suivi", "Dans les (jours)"),
            "part_trouves",
            |_| true,
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    intervalles(a, e, &mut blocs);
    if let Some(vue) = a.vue("decomposition").filter(|v| !v.is_empty()) {
        let titre = format!(
            "Pourquoi cette part a changé entre {} et {}",
            e.annees.first().copied().unwrap_or(e.base.annee),
            e.base.annee
        );
        blocs.push(a.tableau(
            "decomposition",
            &titre,
            &vue,
            &["nom_partie", "points", "bas", "haut"],
        ));
    }
    let phrases = phrases(a, e, "medecin_traitant")?;
    let titre = "Médecin traitant des patients du médicobus";
    Ok(Some(chapitre(a, "medecin_traitant", titre, phrases, blocs)))
}

/// Adds to the table of the patients' situation the interval of its share over buses, year by year.
fn intervalles(a: &Builder<'_>, e: &EvaluationInput<'_>, blocs: &mut [Block]) {
    let Some(Block::Table(t)) = blocs
        .iter_mut()
        .find(|b| matches!(b, Block::Table(t) if t.id == "part_sans_mt_patients"))
    else {
        return;
    };
    let zone = e.base.zone.code.as_str();
    let cellules: Vec<Option<String>> = e
        .annees
        .iter()
        .map(|an| {
            let l = faits::ligne_grappes(a, "sans_mt", zone, *an)?;
            Some(match faits::bornes(a, "sans_mt", zone, *an) {
                Some(b) => format!("{} à {}", b.bas, b.haut),
                None => l.imprime("bas"),
            })
        })
        .collect();
    if cellules.iter().any(Option::is_some) {
        let tete = typography("IC 95 % de la part (entre médicobus)");
        let texte = |c: Option<String>| c.unwrap_or_else(|| format::MISSING.to_string());
        t.lignes.push(
            std::iter::once(tete)
                .chain(cellules.into_iter().map(texte))
                .collect(),
        );
    }
}

/// The two traps that every report on médecins traitants must print.
pub(super) fn pieges() -> Block {
    Block::Callout {
        niveau: Tone::Watch,
        titre: "Deux pièges de lecture".into(),
        textes: [
            "Un médecin traitant déclaré reste inscrit dans les fichiers après son départ en retraite : la part administrative sans médecin traitant sous-estime le besoin. La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent donc pas.",
            "Les profils se recouvrent (ALD, 70 ans et plus, sans médecin traitant) : leurs effectifs ne s'additionnent pas. Seules les cellules exclusives s'additionnent.",
        ]
        .iter()
        .map(|t| typography(t))
        .collect(),
    }
}

pub(super) fn territoires(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = Vec::new();
    for (public, nom) in [
        ("tous", "tous les patients"),
        ("ald", "patients en ALD"),
        ("70_plus", "patients de 70 ans et plus"),
    ] {
        blocs.extend(par_categorie(
            a,
            e,
            "part_sans_mt_territoires",
            &format!("Part sans médecin traitant dans les territoires : {nom}"),
            ("desserte", "Territoires"),
            "part_sans_mt",
            |l| l.texte("public") == Some(public) && l.texte("desserte") != Some("ensemble"),
        ));
    }
    if blocs.is_empty() {
        return Ok(None);
    }
    let phrases = phrases(a, e, "territoires")?;
    let titre = "Médecin traitant dans les territoires";
    Ok(Some(chapitre(a, "territoires", titre, phrases, blocs)))
}

pub(super) fn delais(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = par_annee(
        a,
        e,
        "delai_rendez_vous",
        "Délai entre la demande et le rendez-vous au médicobus",
        None,
        &[
            "rendez_vous",
            "premier_quartile",
            "mediane",
            "troisieme_quartile",
            "neuvieme_decile",
            "part_deux_jours",
        ],
    )
    .into_iter()
    .collect();
    if let Some(vue) = a.vue("delais_intervalles").filter(|v| !v.is_empty()) {
        let titre = format!("Délais médians avec leurs intervalles, {}", e.base.annee);
        let colonnes = [
            "nom",
            "mediane",
            "bas",
            "haut",
            "part_14",
            "part_14_bas",
            "part_14_haut",
            "p",
        ];
        blocs.push(a.tableau("delais_intervalles", &titre, &vue, &colonnes));
    }
    // One table for both columns of the survey: the second would stand alone on a page.
    let mut enquete: Option<PrintedTable> = None;
    for (colonne, mesure) in [
        ("delai_median_obtenus", "délai médian des obtenus"),
        ("part_refus", "part de refus"),
    ] {
        let bloc = par_categorie(
            a,
            e,
            "delai_mg_territoires",
            "Enquête de rendez-vous en médecine générale : délai médian des rendez-vous obtenus, part des demandes refusées",
            ("desserte", "Territoires"),
            colonne,
            |l| l.texte("desserte") != Some("ensemble"),
        );
        let Some(Block::Table(mut tableau)) = bloc else {
            continue;
        };
        for nom in tableau.lignes.iter_mut().filter_map(|l| l.first_mut()) {
            *nom = format!("{nom} : {mesure}");
        }
        match &mut enquete {
            Some(premier) => premier.lignes.append(&mut tableau.lignes),
            None => enquete = Some(tableau),
        }
    }
    blocs.extend(enquete.map(Block::Table));
    let phrases = phrases(a, e, "delais")?;
    Ok(Some(chapitre(
        a,
        "delais",
        "Délais de rendez-vous",
        phrases,
        blocs,
    )))
}

pub(super) fn offre(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let derniere = e.annees.last().copied().unwrap_or(e.base.annee);
    let cle = e.cle("offre_durable", derniere);
    let Some(vue) = a.vue(&cle).filter(|v| !v.is_empty()) else {
        return Ok(None);
    };
    let colonnes = [
        "nom_type",
        "avant",
        "apres",
        "etp_avant",
        "etp_apres",
        "rythme_avant",
        "rythme_apres",
    ];
    let titre =
        "Événements de l'offre dans les communes desservies, avant et après la première tournée";
    let blocs = vec![a.tableau(&cle, titre, &vue, &colonnes)];
    let phrases = phrases(a, e, "offre")?;
    Ok(Some(chapitre(a, "offre", "Offre durable", phrases, blocs)))
}

pub(super) fn couts(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = par_annee(
        a,
        e,
        "cout",
        "Coût de fonctionnement, hors rémunération des professionnels",
        None,
        &[
            "medicobus",
            "fonctionnement",
            "reference",
            "ecart_reference",
            "cout_par_jour",
            "cout_par_consultation",
            "cout_par_patient",
        ],
    )
    .into_iter()
    .collect();
    if let Some(vue) = a.vue("financement").filter(|v| !v.is_empty()) {
        let vue = vue.ou("nature", "fonctionnement");
        let titre = format!("Qui finance le fonctionnement, {}", e.base.annee);
        blocs.push(a.tableau(
            "financement",
            &titre,
            &vue,
            &["nom_financeur", "medicobus", "montant", "part"],
        ));
    }
    let phrases = phrases(a, e, "couts")?;
    Ok(Some(chapitre(a, "couts", "Coûts", phrases, blocs)))
}
