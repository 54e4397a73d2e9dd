//! The page that is read when no other is: key figures, the answer to each question and its level of proof.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Answer, Block, KeyFigure, PrintedColumn, PrintedTable, SummaryPage};
use crate::prose::{Fact, for_sentence};
use base::error::Result;
use base::french::typography;

use super::facts::{self, EvaluationFacts};
use super::input::EvaluationInput;

/// Answers, as `evaluation_reponses.j2` words them: one `question | proof | answer` a line.
pub(super) fn answers(a: &Builder<'_>, f: &EvaluationFacts) -> Result<Vec<Answer>> {
    let context = BTreeMap::from([("f", for_sentence(f))]);
    let lines = a.sentences("evaluation_reponses.j2", context)?;

    Ok(lines.iter().filter_map(|line| Answer::parse(line)).collect())
}

pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<SummaryPage> {
    let f = facts::gather(a, e);
    let rows = answers(a, &f)?.into_iter().map(|r| vec![r.question, r.text, r.proof]).collect();

    let column = |title: &str, alignment: &str| PrintedColumn {
        title: title.into(),
        alignment: alignment.into(),
    };

    let table = Block::Table(PrintedTable {
        id: "reponses".into(),
        title: typography("Réponses aux questions évaluatives, avec leur niveau de preuve"),
        columns: vec![
            column("Question", "gauche"),
            column("Réponse", "large"),
            column("Preuve", "gauche"),
        ],
        rows,
        total_rows: Vec::new(),
        notes: vec![typography(
            "Dénombré : relevé complet. Mesuré : part avec son intervalle. Estimé avec témoins : écart à des territoires comparables non desservis. Estimé, fragile : le même écart, mais une vérification au moins le met en doute. Descriptif : avant et après, sans comparaison, donc sans conclusion sur la cause. Insuffisant : trop peu pour répondre.",
        )],
        source: None,
    });

    let mut blocks = vec![table];
    blocks.extend(a.comment("synthese"));

    Ok(SummaryPage {
        key_figures: key_figures(e, &f),
        blocks,
        ..SummaryPage::default()
    })
}

fn key_figures(e: &EvaluationInput<'_>, f: &EvaluationFacts) -> Vec<KeyFigure> {
    let figure = |fact: Option<&Fact>, label: String| {
        fact.filter(|c| c.known || c.hidden).map(|c| KeyFigure {
            value: c.text.clone(),
            label: typography(&label),
            detail: None,
            change: None,
        })
    };

    let year = e.base.year;
    let r = &f.reference;

    [
        figure(r.d.get("en_service"), format!("médicobus en service fin {year}")),
        figure(r.s.get("consultations"), format!("consultations en {year}")),
        figure(r.s.get("patients"), format!("patients reçus en {year}")),
        figure(
            r.s.get("part_sans_mt"),
            format!("des patients de 17 ans et plus n’ont pas de médecin traitant en {year}"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
