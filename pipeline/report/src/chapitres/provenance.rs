//! The last page: program, store, queries, deliveries, and how to make the document again.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Block, PrintedColumn, ProvenancePage, PrintedTable};
use base::error::Result;
use base::french::{number, typography};

pub(crate) fn construire(a: &mut Builder<'_>) -> Result<ProvenancePage> {
    let p = a.input.provenance;
    let mut textes = a.phrases("provenance.j2", BTreeMap::from([("p", p)]))?;
    let mut blocs = vec![Block::Table(tableau(
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
                let n = |x: u64| number(x as f64, 0);
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
            ("SHA-256", true),
        ];
        blocs.push(Block::Table(tableau(
            "livraisons",
            "Livraisons lues",
            &colonnes,
            lignes,
        )));
    }
    blocs.extend(secret(a));
    if !p.requetes.is_empty() {
        let lignes = p
            .requetes
            .iter()
            .map(|r| vec![r.nom.clone(), r.origine.clone(), court(&r.empreinte)])
            .collect();
        let colonnes = [("Requête", true), ("Origine", true), ("SHA-256", false)];
        blocs.push(Block::Table(tableau(
            "requetes",
            "Requêtes exécutées",
            &colonnes,
            lignes,
        )));
    }
    if let Some(annexe) = a.input.secret {
        textes.extend(annexe.advice.iter().map(|avis| typography(avis)));
    }
    Ok(ProvenancePage { textes, blocs })
}

/// What statistical secrecy hid: in all, and table by table.
fn secret(a: &Builder<'_>) -> Vec<Block> {
    let Some(annexe) = a.input.secret else {
        return Vec::new();
    };
    let effectifs = |n: usize| number(n as f64, 0);
    let etroit = match annexe.narrowest {
        None => "aucun effectif petit".to_string(),
        Some(i) if i.high.is_infinite() => {
            format!("au moins {}, sans borne supérieure", number(i.low, 0))
        }
        Some(i) => format!(
            "de {} à {}",
            number(i.low.ceil(), 0),
            number(i.high.floor(), 0)
        ),
    };
    let total = vec![
        vec!["Effectifs examinés".into(), effectifs(annexe.cells)],
        vec!["Masqués parce que petits".into(), effectifs(annexe.primary)],
        vec![
            "Masqués pour que les premiers ne se retrouvent pas".into(),
            effectifs(annexe.secondary),
        ],
        vec![
            "Plus étroite fourchette où situer un effectif petit".into(),
            etroit,
        ],
    ];
    let mut blocs = vec![Block::Table(tableau(
        "secret",
        "Secret statistique",
        &[("Élément", true), ("Valeur", false)],
        total,
    ))];
    let lignes: Vec<Vec<String>> = annexe
        .hidden_share
        .iter()
        .filter(|(_, part)| *part > 0.0)
        .map(|(titre, part)| vec![typography(titre), format!("{} %", number(100.0 * part, 1))])
        .collect();
    if !lignes.is_empty() {
        blocs.push(Block::Table(tableau(
            "secret-tables",
            "Part des chiffres masqués, table par table",
            &[("Table", true), ("Chiffres masqués", false)],
            lignes,
        )));
    }
    blocs
}

/// Enough of a hash to tell two files apart by eye; the manifest holds it whole.
fn court(empreinte: &str) -> String {
    empreinte.chars().take(12).collect()
}

fn tableau(id: &str, titre: &str, colonnes: &[(&str, bool)], lignes: Vec<Vec<String>>) -> PrintedTable {
    PrintedTable {
        id: id.into(),
        titre: typography(titre),
        colonnes: colonnes
            .iter()
            .map(|(t, gauche)| PrintedColumn {
                titre: typography(t),
                alignement: if *gauche { "gauche" } else { "droite" }.into(),
            })
            .collect(),
        lignes,
        lignes_totaux: Vec::new(),
        notes: Vec::new(),
        source: None,
    }
}
