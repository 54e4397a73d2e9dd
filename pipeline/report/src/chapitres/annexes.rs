//! Every answer that no chapter has printed whole.

use super::autres::imprimer;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = Vec::new();
    blocs.extend(synthese(a));
    let cles: Vec<String> = a
        .input
        .tables
        .keys()
        .filter(|c| !a.imprimees.contains(*c))
        .cloned()
        .collect();
    for cle in cles {
        blocs.extend(imprimer(a, &cle));
    }
    if blocs.is_empty() {
        return Ok(None);
    }
    let phrases = vec![typography(
        "Les tableaux complets, toutes colonnes comprises, sont joints à ce PDF au format CSV.",
    )];
    Ok(Some(Chapter {
        id: "annexes".into(),
        titre: "Annexes".into(),
        nouvelle_page: true,
        phrases,
        blocs,
    }))
}

/// The key figures with last year's, indicator by indicator.
fn synthese(a: &mut Builder<'_>) -> Option<Block> {
    let vue = a.vue("synthese")?;
    let ligne = vue.premiere()?;
    let definition = vue.table().definition();
    let lignes: Vec<Vec<String>> = definition
        .columns
        .iter()
        .filter(|c| !c.role.is_key() && c.role != base::definition::Role::Label)
        .filter(|c| !c.name.ends_with("_precedent") && !c.name.starts_with("evolution"))
        .filter(|c| ligne.valeur(&c.name) != Figure::Missing)
        .map(|c| {
            vec![
                typography(&c.title),
                ligne.imprime(&c.name),
                match ligne.cellule(&format!("{}_precedent", c.name)) {
                    Some((p, cellule)) => format::cell(cellule.open(), p.format),
                    None => format::MISSING.to_string(),
                },
            ]
        })
        .collect();
    let (annee, precedent) = (a.input.annee.to_string(), (a.input.annee - 1).to_string());
    Some(a.tableau_compose(
        "synthese",
        "Chiffres clés",
        &["Indicateur", &annee, &precedent],
        lignes,
        definition,
    ))
}
