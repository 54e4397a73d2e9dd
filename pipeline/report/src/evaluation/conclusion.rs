//! The answers once more, at length, question by question; then the limits.

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use base::error::Result;
use base::french::typography;

use super::realisations::phrases;
use super::resultats::pieges;
use super::{EvaluationInput, chapitre, faits, synthese};

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
    (
        "Impact",
        "Qu'ont changé les médicobus dans les territoires desservis ?",
    ),
    ("Pérennité", "Une offre durable naît-elle ?"),
    ("Équité", "Les plus fragiles en profitent-ils autant ?"),
];

pub(super) fn construire(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let f = faits::lire(a, e);
    let mut blocs: Vec<Block> = Vec::new();
    for r in synthese::reponses(a, &f)? {
        let question = QUESTIONS.iter().find(|q| q.0 == r.question).map(|q| q.1);
        let niveau = match r.preuve.as_str() {
            "Insuffisant" | "Descriptif" => Tone::Unknown,
            _ => Tone::Info,
        };
        blocs.push(Block::Callout {
            niveau,
            titre: typography(&match question {
                Some(q) => format!("{} : {q}", r.question),
                None => r.question.clone(),
            }),
            textes: vec![
                r.texte,
                typography(&format!("Niveau de preuve : {}.", r.preuve.to_lowercase())),
            ],
        });
    }
    let phrases = vec![typography(
        "Chaque réponse porte son niveau de preuve. Une évolution dont l'intervalle à 95 % contient zéro n'est pas affirmée.",
    )];
    // The committee answers in the synthesis.
    Ok(Some(Chapter {
        id: "reponses".into(),
        titre: "Réponses aux questions évaluatives".into(),
        nouvelle_page: true,
        phrases,
        blocs,
    }))
}

pub(super) fn limites(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let elements = phrases(a, e, "limites")?;
    let mut blocs = vec![Block::List { elements }, pieges()];
    for (cle, titre, colonnes) in [
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
        if let Some(vue) = a.vue(cle).filter(|v| !v.is_empty()) {
            blocs.push(a.tableau(cle, &format!("{titre}, {}", e.base.annee), &vue, colonnes));
        }
    }
    Ok(Some(chapitre(a, "limites", "Limites", Vec::new(), blocs)))
}
