//! What the figures cannot say.

use crate::builder::Builder;
use crate::content::{Block, Chapter};
use base::error::Result;

use super::input::EvaluationInput;
use super::outputs::sentences;
use super::results::pitfalls;
use crate::chapters::chapter::chapter;

pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
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
