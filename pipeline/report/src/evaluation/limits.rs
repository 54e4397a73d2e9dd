//! What the figures cannot say.

use crate::builder::Builder;
use crate::content::{Block, Chapter};
use base::error::Result;
use base::french::typography;

use super::input::EvaluationInput;
use super::outputs::sentences;
use super::results::pitfalls;
use crate::chapters::chapter::chapter;

pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let items = sentences(a, e, "limites")?;
    let mut blocks = vec![Block::List { items }, pitfalls()];

    if let Some(slice) = a.slice("completude").filter(|v| !v.is_empty()) {
        let title = format!("Valeurs inconnues dans les consultations, {}", e.base.year);
        let columns = ["nom_champ", "inconnus", "patients", "part_inconnus"];
        let mut block = a.table("completude", &title, &slice, &columns);
        if let Block::Table(t) = &mut block {
            t.notes.push(typography("Lignes lues, acceptées et refusées : par livraison en dernière page, par table dans le fichier joint completude_livraisons.csv."));
        }
        blocks.push(block);
    }

    Ok(Some(chapter(a, "limites", "Limites", Vec::new(), blocks)))
}
