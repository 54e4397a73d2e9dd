//! Fill, organisation, funding, lasting offer: any query of those themes, printed from its own header.

use super::chapitre;
use crate::error::Result;
use crate::report::atelier::{Atelier, colonnes_utiles};
use crate::report::format::{self, typographie};
use crate::report::model::{Bloc, Chapitre};
use crate::report::vue::Vue;

const THEMES: [(&str, &str); 3] = [
    ("organisation", "Organisation et remplissage"),
    ("financement", "Financement et coût"),
    ("offre", "Offre durable"),
];

pub(super) fn construire(a: &mut Atelier<'_>) -> Result<Option<Chapitre>> {
    let mut blocs = Vec::new();
    let mut phrases = Vec::new();
    let mut titres = Vec::new();
    for (theme, titre) in THEMES {
        let cles: Vec<&String> = a
            .input
            .tables
            .iter()
            .filter(|(cle, t)| t.definition().theme == theme && !a.imprimees.contains(*cle))
            .map(|(cle, _)| cle)
            .collect();
        let avant = blocs.len();
        for cle in cles {
            blocs.extend(imprimer(a, cle));
        }
        if blocs.len() > avant {
            blocs.insert(
                avant,
                Bloc::Titre {
                    texte: titre.into(),
                },
            );
            titres.push(titre);
        }
    }
    if titres.is_empty() {
        return Ok(None);
    }
    phrases.push(typographie("Chaque tableau est tiré d'une requête du catalogue ; sa définition est donnée au chapitre « Méthode »."));
    Ok(Some(chapitre(
        a,
        "organisation",
        "Organisation, moyens et offre",
        phrases,
        blocs,
    )))
}

/// An answer as a table: one row is turned on its side, many rows keep their columns.
pub(super) fn imprimer(a: &mut Atelier<'_>, cle: &str) -> Option<Bloc> {
    let vue = a.vue(cle).filter(|v| !v.is_empty())?;
    let definition = vue.table().definition();
    let suffixe = match cle.rsplit_once('/').map(|c| c.1) {
        Some("precedent") => format!(", {}", a.input.annee - 1),
        Some("parties") => format!(" {}", super::par_partie(a)),
        Some("medicobus") => " par médicobus".into(),
        _ => format!(", {}", a.input.annee),
    };
    let titre = format!("{}{suffixe}", definition.titre);
    let colonnes = colonnes_utiles(definition, &vue);
    if vue.len() == 1 {
        return Some(a.tableau_compose(
            cle,
            &titre,
            &["Indicateur", "Valeur"],
            sur_le_cote(&vue, &colonnes),
            definition,
        ));
    }
    let retenues: Vec<&str> = colonnes.iter().copied().take(MAX_COLONNES).collect();
    let mut bloc = a.tableau(cle, &titre, &vue, &retenues);
    if let (Bloc::Tableau(t), true) = (&mut bloc, colonnes.len() > MAX_COLONNES) {
        let reste = colonnes.len() - MAX_COLONNES;
        let s = if reste > 1 { "s" } else { "" };
        t.notes.push(typographie(&format!(
            "{reste} autre{s} colonne{s} dans le fichier joint {}.csv.",
            cle.replace('/', "_")
        )));
    }
    Some(bloc)
}

/// What fits across a page.
const MAX_COLONNES: usize = 8;

fn sur_le_cote(vue: &Vue<'_>, colonnes: &[&str]) -> Vec<Vec<String>> {
    let Some(ligne) = vue.premiere() else {
        return Vec::new();
    };
    colonnes
        .iter()
        .filter_map(|nom| {
            let (colonne, cellule) = ligne.cellule(nom)?;
            let cle =
                colonne.role.is_key() || colonne.role == crate::query::definition::Role::Libelle;
            (!cle).then(|| {
                vec![
                    typographie(&colonne.titre),
                    format::cellule(cellule, colonne.format),
                ]
            })
        })
        .collect()
}
