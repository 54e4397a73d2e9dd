//! Definitions, formulas and limits of the queries that the document uses.

use std::collections::BTreeSet;

use crate::builder::Builder;
use crate::content::{Block, Chapter, Term};
use base::error::Result;
use base::french::typography;

pub(crate) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut list: Vec<Term> = Vec::new();
    for table in a.input.tables.values() {
        let d = table.definition();
        if !seen.insert(&d.name) {
            continue;
        }

        let details = [("Calcul", &d.formula), ("Population", &d.population), ("Requête", &d.name)];

        list.push(Term {
            title: typography(&d.title),
            text: typography(&d.definition),
            details: details
                .iter()
                .map(|(name, text)| ((*name).to_string(), typography(text)))
                .collect(),
        });
    }

    if list.is_empty() {
        return Ok(None);
    }

    let small_counts = format!(
        "Secret statistique : tout effectif de 1 à {} patients est masqué, et avec lui les chiffres qui permettraient de le retrouver par soustraction.",
        a.input.threshold.saturating_sub(1)
    );

    let secrecy = if a.input.tables.values().all(disclosure::GatedTable::publishable) {
        small_counts.as_str()
    } else {
        "Secret statistique : levé ou affaibli à la demande pour ce document, ou requêtes changées ; il ne peut pas être diffusé."
    };

    let sentences = [
        secrecy,
        "Quantiles : exacts, interpolés. Parts de patients et leurs évolutions : les patients d'un même médicobus se ressemblent, l'intervalle à 95 % tient compte des écarts entre médicobus, comme celui de l'évaluation ; il n'est donné qu'à partir de 3 médicobus dont aucun ne fait plus de 85 % des patients. D'un seul médicobus : intervalle de Newcombe sur ses patients.",
    ];

    Ok(Some(Chapter {
        id: "methode".into(),
        title: "Méthode".into(),
        starts_page: true,
        sentences: sentences.iter().map(|p| typography(p)).collect(),
        blocks: vec![Block::Definitions { list }],
    }))
}
