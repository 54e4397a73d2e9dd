//! The last page: program, store, queries, deliveries, and how to make the document again.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::report::atelier::Atelier;
use crate::report::format::{nombre, typographie};
use crate::report::model::{Bloc, ColonneImprimee, PageProvenance, Tableau};

pub(in crate::report) fn construire(a: &mut Atelier<'_>) -> Result<PageProvenance> {
    let p = a.input.provenance;
    let textes = a.phrases("provenance.j2", BTreeMap::from([("p", p)]))?;
    let mut blocs = vec![Bloc::Tableau(tableau(
        "identite",
        "Identité du document",
        &[("Élément", true), ("Valeur", true)],
        vec![
            vec!["Programme".into(), p.programme.clone()],
            vec!["Version du dépôt".into(), p.version_depot.clone()],
            vec!["Gabarits (SHA-256)".into(), court(&p.gabarits)],
            vec!["Commande".into(), p.commande.clone()],
        ],
    ))];
    if !p.livraisons.is_empty() {
        let lignes = p
            .livraisons
            .iter()
            .map(|l| {
                let n = |x: u64| nombre(x as f64, 0);
                vec![
                    format!("{} {}", l.region, l.periode),
                    l.producteur.clone(),
                    n(l.lues),
                    n(l.acceptees),
                    n(l.refusees),
                    court(&l.empreinte),
                ]
            })
            .collect();
        let colonnes = [
            ("Livraison", true),
            ("Producteur", true),
            ("Lues", false),
            ("Acceptées", false),
            ("Refusées", false),
            ("SHA-256", false),
        ];
        blocs.push(Bloc::Tableau(tableau(
            "livraisons",
            "Livraisons lues",
            &colonnes,
            lignes,
        )));
    }
    if !p.requetes.is_empty() {
        let lignes = p
            .requetes
            .iter()
            .map(|r| vec![r.nom.clone(), r.origine.clone(), court(&r.empreinte)])
            .collect();
        let colonnes = [("Requête", true), ("Origine", true), ("SHA-256", false)];
        blocs.push(Bloc::Tableau(tableau(
            "requetes",
            "Requêtes exécutées",
            &colonnes,
            lignes,
        )));
    }
    Ok(PageProvenance { textes, blocs })
}

/// Enough of a hash to tell two files apart by eye; the manifest holds it whole.
fn court(empreinte: &str) -> String {
    empreinte.chars().take(12).collect()
}

fn tableau(id: &str, titre: &str, colonnes: &[(&str, bool)], lignes: Vec<Vec<String>>) -> Tableau {
    Tableau {
        id: id.into(),
        titre: typographie(titre),
        colonnes: colonnes
            .iter()
            .map(|(t, gauche)| ColonneImprimee {
                titre: typographie(t),
                alignement: if *gauche { "gauche" } else { "droite" }.into(),
            })
            .collect(),
        lignes,
        lignes_totaux: Vec::new(),
        notes: Vec::new(),
        source: None,
    }
}
