//! The answers once more, at length, question by question; then the limits.

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use base::error::Result;
use base::french::typography;

use super::input::EvaluationInput;
use super::outputs::sentences;
use super::results::pitfalls;
use super::{facts, summary};
use crate::chapters::chapter::chapter;

/// What each question asks, in the words of the instruction's objectives.
const QUESTIONS: [(&str, &str); 7] = [
    (
        "Pertinence",
        "Les médicobus vont-ils là où les médecins manquent, vers ceux que l'instruction place en premier ?",
    ),
    (
        "Cohérence",
        "Respectent-ils leur cadre : itinéraire fixe, soins programmés, prévention marginale, mêmes professionnels ?",
    ),
    (
        "Efficacité",
        "Combien de patients reçus, et combien retrouvent un médecin traitant ?",
    ),
    ("Efficience", "À quel coût ?"),
    ("Impact", "Qu'ont changé les médicobus dans les territoires desservis ?"),
    ("Pérennité", "Une offre durable naît-elle ?"),
    ("Équité", "Les plus fragiles en profitent-ils autant ?"),
];

pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let f = facts::gather(a, e);
    let mut blocks: Vec<Block> = Vec::new();
    for r in summary::answers(a, &f)? {
        let question = QUESTIONS.iter().find(|q| q.0 == r.question).map(|q| q.1);
        let tone = match r.proof.as_str() {
            "Insuffisant" | "Descriptif" => Tone::Unknown,
            _ => Tone::Info,
        };

        blocks.push(Block::Callout {
            tone,
            title: typography(&match question {
                Some(q) => format!("{} : {q}", r.question),
                None => r.question.clone(),
            }),
            texts: vec![
                r.text,
                typography(&format!("Niveau de preuve : {}.", r.proof.to_lowercase())),
            ],
        });
    }

    let sentences = vec![typography(
        "Chaque réponse porte son niveau de preuve. Une évolution dont l'intervalle à 95 % contient zéro n'est pas affirmée.",
    )];

    // The committee answers in the synthesis.
    Ok(Some(Chapter {
        id: "reponses".into(),
        title: "Réponses aux questions évaluatives".into(),
        starts_page: true,
        sentences,
        blocks,
    }))
}

pub(super) fn limits(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let items = sentences(a, e, "limites")?;
    let mut blocks = vec![Block::List { items }, pitfalls()];

    for (key, title, columns) in [
        (
            "completude",
            "Valeurs inconnues dans les consultations",
            &["nom_champ", "inconnus", "patients", "part_inconnus"][..],
        ),
        (
            "completude_livraisons",
            "Lignes lues, acceptées et refusées",
            &[
                "nom_table",
                "lignes_lues",
                "lignes_acceptees",
                "lignes_refusees",
                "part_refusee",
            ],
        ),
    ] {
        if let Some(slice) = a.slice(key).filter(|v| !v.is_empty()) {
            blocks.push(a.table(key, &format!("{title}, {}", e.base.year), &slice, columns));
        }
    }

    Ok(Some(chapter(a, "limites", "Limites", Vec::new(), blocks)))
}
