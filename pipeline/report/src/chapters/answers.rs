//! The four questions of the instruction, and the cost: figures, a sentence, a level of proof.

use std::collections::BTreeMap;

use super::medecin_traitant::change_without_mt;
use super::summary::key_figure;
use crate::builder::Builder;
use crate::content::{Answer, KeyFigure};
use crate::prose::{Change, Fact, for_sentence};
use crate::slice::SliceRow;
use base::definition::Format;
use base::error::Result;
use base::french::{Figure, typography};

/// A question: its name in `reponses.j2`, its words, its figures.
type Question = (&'static str, &'static str, fn(&Builder<'_>) -> Vec<Option<KeyFigure>>);

const QUESTIONS: [Question; 5] = [
    ("profils", "Qui consulte ?", profiles),
    ("medecin_traitant", "La part sans médecin traitant recule-t-elle ?", without_mt),
    ("delai", "Le délai d’un rendez-vous se raccourcit-il ?", delays),
    ("offre", "Une offre durable s’installe-t-elle ?", lasting_offer),
    ("cout", "À quel coût ?", costs),
];

/// What the levels of proof of a bilan mean.
pub(super) const PROOFS: &str = "Dénombré : relevé complet. Mesuré : part avec son intervalle. Descriptif : avant et après, sans comparaison, donc sans conclusion sur la cause, dont l'évaluation finale juge. Insuffisant : trop peu pour répondre.";

/// The answers, in the order of the questions, as `reponses.j2` words them.
///
/// # Errors
/// If the template fails.
pub(crate) fn answers(a: &Builder<'_>) -> Result<Vec<Answer>> {
    let lines = a.sentences("reponses.j2", context(a))?;
    let worded: Vec<Answer> = lines.iter().filter_map(|line| Answer::parse(line)).collect();

    let answer = |(name, question, figures): &Question| {
        let worded = worded.iter().find(|answer| answer.question == *name)?;
        Some(Answer {
            question: typography(question),
            figures: figures(a).into_iter().flatten().collect(),
            ..worded.clone()
        })
    };
    Ok(QUESTIONS.iter().filter_map(answer).collect())
}

/// What the sentences are made of: rows of queries, each figure known, hidden or unknown.
pub(crate) fn context(a: &Builder<'_>) -> BTreeMap<&'static str, minijinja::Value> {
    let facts = |row: Option<&SliceRow<'_>>, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        for_sentence(Fact::row(row, &names))
    };
    let summary = a.row("synthese");
    let change = summary.as_ref().and_then(|row| change_without_mt(a, row));

    BTreeMap::from([
        ("s", facts(summary.as_ref(), &SUMMARY)),
        ("ecart_mt", for_sentence(change.map(|i| Change::new(i, Format::Points)))),
        (
            "t",
            facts(
                served(a, "part_sans_mt_territoires").as_ref(),
                &["part_sans_mt", "part_sans_mt_precedent"],
            ),
        ),
        (
            "g",
            facts(
                served(a, "delai_mg_territoires").as_ref(),
                &[
                    "delai_median_obtenus",
                    "delai_median_obtenus_precedent",
                    "part_sans_rendez_vous",
                ],
            ),
        ),
        ("installations", facts(events(a, "installation_mg").as_ref(), &OFFER)),
        ("departs", facts(events(a, "depart_mg").as_ref(), &OFFER)),
        (
            "c",
            facts(
                a.row("cout").as_ref(),
                &["cout_par_jour", "cout_par_consultation", "ecart_reference"],
            ),
        ),
    ])
}

const SUMMARY: [&str; 8] = [
    "consultations",
    "patients",
    "part_publics_prioritaires",
    "part_publics_prioritaires_precedent",
    "part_sans_mt",
    "part_sans_mt_precedent",
    "delai_median",
    "delai_median_precedent",
];
const OFFER: [&str; 5] = ["communes", "avant", "apres", "rythme_avant", "rythme_apres"];

/// The served territories' row.
fn served<'a>(a: &Builder<'a>, key: &str) -> Option<SliceRow<'a>> {
    let slice = a.slice(key)?.with("desserte", "desservi");
    let all = match slice.has("public") {
        true => slice.with("public", "tous"),
        false => slice,
    };
    all.first()
}

/// The row of a kind of event of the lasting offer.
fn events<'a>(a: &Builder<'a>, kind: &str) -> Option<SliceRow<'a>> {
    a.slice("offre_durable")?.with("type", kind).first()
}

fn profiles(a: &Builder<'_>) -> Vec<Option<KeyFigure>> {
    let row = a.row("synthese");
    let figure = |name, label, change| key_figure(a, row.as_ref()?, name, label, Some(change));

    vec![
        figure("patients", "patients reçus", "evolution_patients"),
        figure("consultations", "consultations honorées", "evolution_consultations"),
    ]
}

fn without_mt(a: &Builder<'_>) -> Vec<Option<KeyFigure>> {
    let figure =
        |row: Option<SliceRow<'_>>, label| key_figure(a, &row?, "part_sans_mt", label, None);

    vec![
        figure(a.row("synthese"), "au médicobus, des 17 ans et plus"),
        figure(served(a, "part_sans_mt_territoires"), "dans les territoires desservis"),
    ]
}

fn delays(a: &Builder<'_>) -> Vec<Option<KeyFigure>> {
    let figure = |row: Option<SliceRow<'_>>, name, label| key_figure(a, &row?, name, label, None);

    vec![
        figure(a.row("synthese"), "delai_median", "délai médian au médicobus"),
        figure(
            served(a, "delai_mg_territoires"),
            "delai_median_obtenus",
            "chez un généraliste des territoires desservis",
        ),
    ]
}

fn lasting_offer(a: &Builder<'_>) -> Vec<Option<KeyFigure>> {
    let figure = |kind, label| {
        let row = events(a, kind)?;
        let change = Some(typography(&format!("{} avant", row.printed("avant"))));
        Some(KeyFigure {
            change,
            ..key_figure(a, &row, "apres", label, None)?
        })
    };

    vec![
        figure("installation_mg", "installations de généralistes en deux ans"),
        figure("depart_mg", "départs de généralistes en deux ans"),
    ]
}

fn costs(a: &Builder<'_>) -> Vec<Option<KeyFigure>> {
    let (row, before) = (a.row("cout"), a.row("cout/precedent"));
    let figure = |name, label| {
        let known = before.as_ref().filter(|row| row.value(name) != Figure::Missing);
        let change = known.map(|row| format!("{} en {}", row.printed(name), a.input.year - 1));
        Some(KeyFigure {
            change: change.map(|text| typography(&text)),
            ..key_figure(a, row.as_ref()?, name, label, None)?
        })
    };

    vec![
        figure("cout_par_jour", "par jour de sortie, hors rémunération"),
        figure("cout_par_consultation", "euros par consultation, hors rémunération"),
    ]
}
