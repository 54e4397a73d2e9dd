//! The page that is read when no other is: key figures, the answer to each question and its level of proof.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Block, KeyFigure, PrintedColumn, SummaryPage, PrintedTable};
use crate::prose::{Fact, for_sentence};
use base::error::Result;
use base::french::typography;

use super::EvaluationInput;
use super::faits::{self, Faits};

/// The answer to an evaluative question.
pub(super) struct Reponse {
    /// The question in a word: `Pertinence`.
    pub question: String,
    /// How sure it is: `Dénombré`, `Mesuré`, `Estimé avec témoins`, `Estimé, fragile`, `Descriptif`, `Insuffisant`.
    pub preuve: String,
    /// The answer.
    pub texte: String,
}

/// Answers, as `evaluation_reponses.j2` words them: one `question | proof | answer` a line.
pub(super) fn reponses(a: &Builder<'_>, f: &Faits) -> Result<Vec<Reponse>> {
    let contexte = BTreeMap::from([("f", for_sentence(f))]);
    Ok(a.phrases("evaluation_reponses.j2", contexte)?
        .iter()
        .filter_map(|l| {
            let mut parts = l.splitn(3, '|').map(str::trim);
            Some(Reponse {
                question: parts.next()?.to_string(),
                preuve: parts.next()?.to_string(),
                texte: parts.next()?.to_string(),
            })
        })
        .collect())
}

pub(super) fn construire(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<SummaryPage> {
    let f = faits::lire(a, e);
    let lignes = reponses(a, &f)?
        .into_iter()
        .map(|r| vec![r.question, r.texte, r.preuve])
        .collect();
    let colonne = |titre: &str, alignement: &str| PrintedColumn {
        titre: titre.into(),
        alignement: alignement.into(),
    };
    let tableau = Block::Table(PrintedTable {
        id: "reponses".into(),
        titre: typography("Réponses aux questions évaluatives, avec leur niveau de preuve"),
        colonnes: vec![
            colonne("Question", "gauche"),
            colonne("Réponse", "large"),
            colonne("Preuve", "gauche"),
        ],
        lignes,
        lignes_totaux: Vec::new(),
        notes: vec![typography(
            "Dénombré : relevé complet. Mesuré : part avec son intervalle. Estimé avec témoins : écart à des territoires comparables non desservis. Estimé, fragile : le même écart, mais une vérification au moins le met en doute. Descriptif : avant et après, sans comparaison, donc sans conclusion sur la cause. Insuffisant : trop peu pour répondre.",
        )],
        source: None,
    });
    let mut blocs = vec![tableau];
    blocs.extend(a.commentaire("synthese"));
    Ok(SummaryPage {
        chiffres: chiffres(e, &f),
        blocs,
        ..SummaryPage::default()
    })
}

fn chiffres(e: &EvaluationInput<'_>, f: &Faits) -> Vec<KeyFigure> {
    let chiffre = |fait: Option<&Fact>, libelle: String| {
        fait.filter(|c| c.connu || c.cache).map(|c| KeyFigure {
            valeur: c.texte.clone(),
            libelle: typography(&libelle),
            detail: None,
            evolution: None,
        })
    };
    let an = e.base.annee;
    let r = &f.reference;
    [
        chiffre(
            r.d.get("en_service"),
            format!("médicobus en service fin {an}"),
        ),
        chiffre(r.s.get("consultations"), format!("consultations en {an}")),
        chiffre(r.s.get("patients"), format!("patients reçus en {an}")),
        chiffre(
            r.s.get("part_sans_mt"),
            format!("des patients sans médecin traitant en {an}"),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
