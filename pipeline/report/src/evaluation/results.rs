//! What was found: médecin traitant at the bus and in the territories, delays, lasting offer, costs.

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use base::error::Result;
use base::french::{self as format, typography};

use super::estimate_facts;
use super::input::EvaluationInput;
use super::outputs::sentences;
use super::year_tables::{by_category, by_year, joined};
use crate::chapters::chapter::chapter;
use crate::slice::SliceRow;

pub(super) fn medecin_traitant(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = [
        by_year(
            a,
            e,
            "part_sans_mt_patients",
            "Patients du médicobus de 17 ans et plus, situation déclarée",
            None,
            &["patients_connus", "sans_mt", "part_sans_mt", "statut_inconnu"],
        ),
        by_category(
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

    add_intervals(a, e, &mut blocks);
    if let Some(slice) = a.slice("decomposition").filter(|v| !v.is_empty()) {
        let title = format!(
            "Décomposition de l’écart entre {} et {}",
            e.years.first().copied().unwrap_or(e.base.year),
            e.base.year
        );
        blocks.push(a.table(
            "decomposition",
            &title,
            &slice,
            &["nom_partie", "points", "bas", "haut"],
        ));
    }

    let sentences = sentences(a, e, "medecin_traitant")?;
    let title = "Médecin traitant des patients du médicobus";
    Ok(Some(chapter(a, "medecin_traitant", title, sentences, blocks)))
}

/// Adds to the table of the patients' situation the interval of its share over buses, year by year.
fn add_intervals(a: &Builder<'_>, e: &EvaluationInput<'_>, blocks: &mut [Block]) {
    let Some(Block::Table(t)) = blocks
        .iter_mut()
        .find(|b| matches!(b, Block::Table(t) if t.id == "part_sans_mt_patients"))
    else {
        return;
    };

    let zone = e.base.zone.code.as_str();
    let cells: Vec<Option<String>> = e
        .years
        .iter()
        .map(|year| {
            let l = estimate_facts::cluster_row(a, "sans_mt", zone, *year)?;
            Some(match estimate_facts::limits(a, "sans_mt", zone, *year) {
                Some(b) => format!("{} à {}", b.lower, b.upper),
                None => l.printed("bas"),
            })
        })
        .collect();

    if cells.iter().any(Option::is_some) {
        let head = typography("IC 95 % de la part (entre médicobus)");
        let text = |c: Option<String>| c.unwrap_or_else(|| format::MISSING.to_string());
        t.rows.push(std::iter::once(head).chain(cells.into_iter().map(text)).collect());
    }
}

/// Traps that every chapter on médecins traitants must warn of.
pub(super) fn pitfalls() -> Block {
    Block::Callout {
        tone: Tone::Watch,
        title: "Pièges de lecture".into(),
        texts: [
            "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
            "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
            "Les profils se recouvrent (ALD, 70 ans et plus, sans médecin traitant) : leurs effectifs ne s'additionnent pas. Seules les cellules exclusives s'additionnent.",
        ]
        .iter()
        .map(|t| typography(t))
        .collect(),
    }
}

pub(super) fn territoires(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let title = "Part sans médecin traitant dans les territoires";
    let publics = [
        ("tous", "Tous les patients"),
        ("ald", "Patients en ALD"),
        ("70_plus", "Patients de 70 ans et plus"),
    ];
    let part = |(public, name): (&str, &str)| {
        let rows = |l: &SliceRow<'_>| {
            l.text("public") == Some(public) && l.text("desserte") != Some("ensemble")
        };
        let head = ("desserte", "Territoires");
        let query = "part_sans_mt_territoires";
        (name.to_owned(), by_category(a, e, query, title, head, "part_sans_mt", rows))
    };
    let Some(table) = joined(publics.map(part), title) else {
        return Ok(None);
    };

    let sentences = sentences(a, e, "territoires")?;
    let title = "Médecin traitant dans les territoires";
    Ok(Some(chapter(a, "territoires", title, sentences, vec![table])))
}

pub(super) fn delais(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = by_year(
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

    if let Some(slice) = a.slice("delais_intervalles").filter(|v| !v.is_empty()) {
        let title = format!("Délais médians avec leurs intervalles, {}", e.base.year);
        let columns =
            ["nom", "mediane", "bas", "haut", "part_14", "part_14_bas", "part_14_haut", "p"];
        blocks.push(a.table("delais_intervalles", &title, &slice, &columns));
    }

    blocks.extend(survey(a, e));
    let sentences = sentences(a, e, "delais")?;

    Ok(Some(chapter(a, "delais", "Délais de rendez-vous", sentences, blocks)))
}

/// Both columns of the survey of appointments.
fn survey(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Option<Block> {
    let title = "Enquête de rendez-vous en médecine générale : délai médian des rendez-vous obtenus, part des demandes refusées";
    let measures = [
        ("delai_median_obtenus", "Délai médian des obtenus"),
        ("part_refus", "Part de refus"),
    ];
    let part = |(column, measure): (&str, &str)| {
        let rows = |l: &SliceRow<'_>| l.text("desserte") != Some("ensemble");
        let head = ("desserte", "Territoires");
        (
            measure.to_owned(),
            by_category(a, e, "delai_mg_territoires", title, head, column, rows),
        )
    };
    joined(measures.map(part), title)
}

pub(super) fn offre(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let last = e.years.last().copied().unwrap_or(e.base.year);
    let key = e.key("offre_durable", last);
    let Some(slice) = a.slice(&key).filter(|v| !v.is_empty()) else {
        return Ok(None);
    };

    let columns = [
        "nom_type",
        "avant",
        "apres",
        "etp_avant",
        "etp_apres",
        "rythme_avant",
        "rythme_apres",
    ];
    let title =
        "Événements de l'offre dans les communes desservies, avant et après la première tournée";
    let blocks = vec![a.table(&key, title, &slice, &columns)];
    let sentences = sentences(a, e, "offre")?;

    Ok(Some(chapter(a, "offre", "Offre durable", sentences, blocks)))
}

pub(super) fn couts(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = by_year(
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

    if let Some(slice) = a.slice("financement").filter(|v| !v.is_empty()) {
        let slice = slice.with("nature", "fonctionnement");
        let title = format!("Qui finance le fonctionnement, {}", e.base.year);
        blocks.push(a.table(
            "financement",
            &title,
            &slice,
            &["nom_financeur", "medicobus", "montant", "part"],
        ));
    }

    let sentences = sentences(a, e, "couts")?;
    Ok(Some(chapter(a, "couts", "Coûts", sentences, blocks)))
}
