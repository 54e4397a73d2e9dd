//! The last page: program, store, deliveries, secrecy, and how to make the document again. The queries and their hashes are in the manifest.

use std::collections::BTreeMap;

use crate::builder::Builder;
use crate::content::{Block, PrintedColumn, PrintedTable, ProvenancePage};
use crate::input::{SourceDelivery, SourceQuery};
use base::error::Result;
use base::french::{number, typography};

/// Deliveries that a page lists.
const MOST_DELIVERIES: usize = 8;

pub(crate) fn build(a: &mut Builder<'_>) -> Result<ProvenancePage> {
    let p = a.input.provenance;
    let mut texts = a.sentences("provenance.j2", BTreeMap::from([("p", p)]))?;

    let mut blocks = vec![Block::Table(table(
        "identite",
        "Identité du document",
        &[("Élément", true), ("Valeur", true)],
        vec![
            vec!["Programme".into(), p.program.clone()],
            vec!["Version du dépôt".into(), p.store_version.clone()],
            vec!["Gabarits (SHA-256)".into(), short(&p.templates)],
            vec!["Commande".into(), p.command.clone()],
        ],
    ))];

    if !p.deliveries.is_empty() {
        blocks.push(deliveries(&p.deliveries));
    }
    blocks.extend(secrecy(a));

    if !p.queries.is_empty() {
        let queries = p.queries.iter();
        let row = |q: &SourceQuery| vec![q.name.clone(), q.origin.clone(), short(&q.hash)];
        let rows = queries.map(row).collect();
        let columns = [("Requête", true), ("Origine", true), ("SHA-256", false)];
        let title = "Requêtes qui ne sont pas celles de la version publiée";
        blocks.push(Block::Table(table("requetes", title, &columns, rows)));
    }

    if let Some(annex) = a.input.secrecy {
        texts.extend(annex.advice.iter().map(|line| typography(line)));
    }

    Ok(ProvenancePage { texts, blocks })
}

/// The deliveries that the figures come from, with their rows; where they would fill pages, where they are listed.
fn deliveries(list: &[SourceDelivery]) -> Block {
    if list.len() > MOST_DELIVERIES {
        let [read, accepted] = [|d: &SourceDelivery| d.read, |d: &SourceDelivery| d.accepted]
            .map(|count| number(list.iter().map(count).sum::<u64>() as f64, 0));
        return Block::Paragraph {
            text: typography(&format!(
                "{} livraisons ont été lues, soit {read} lignes, dont {accepted} acceptées ; le manifeste joint les liste, avec leurs empreintes.",
                list.len()
            )),
        };
    }

    let row = |d: &SourceDelivery| {
        let n = |x: u64| number(x as f64, 0);
        vec![
            format!("{} {}", d.region, d.period),
            d.producer.clone(),
            n(d.read),
            n(d.accepted),
            n(d.refused),
            short(&d.hash),
        ]
    };

    let columns = [
        ("Livraison", true),
        ("Producteur", true),
        ("Lues", false),
        ("Acceptées", false),
        ("Refusées", false),
        ("SHA-256", true),
    ];
    let rows = list.iter().map(row).collect();
    Block::Table(table("livraisons", "Livraisons lues", &columns, rows))
}

/// What statistical secrecy hid in all.
fn secrecy(a: &Builder<'_>) -> Vec<Block> {
    let Some(annex) = a.input.secrecy else {
        return Vec::new();
    };

    let count = |n: usize| number(n as f64, 0);
    let narrow = match annex.narrowest {
        None => "aucun effectif petit".to_string(),
        Some(i) if i.high.is_infinite() => {
            format!("au moins {}, sans borne supérieure", number(i.low, 0))
        }
        Some(i) => format!("de {} à {}", number(i.low.ceil(), 0), number(i.high.floor(), 0)),
    };

    let total = vec![
        vec!["Effectifs examinés".into(), count(annex.cells)],
        vec!["Masqués parce que petits".into(), count(annex.primary)],
        vec![
            "Masqués pour que les premiers ne se retrouvent pas".into(),
            count(annex.secondary),
        ],
        vec!["Plus étroite fourchette où situer un effectif petit".into(), narrow],
    ];

    vec![Block::Table(table(
        "secret",
        "Secret statistique",
        &[("Élément", true), ("Valeur", false)],
        total,
    ))]
}

/// The beginning of a hash: enough to tell two files apart by eye. The manifest holds the whole.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

fn table(id: &str, title: &str, columns: &[(&str, bool)], rows: Vec<Vec<String>>) -> PrintedTable {
    PrintedTable {
        id: id.into(),
        title: typography(title),
        columns: columns
            .iter()
            .map(|(t, left)| PrintedColumn {
                title: typography(t),
                alignment: if *left { "gauche" } else { "droite" }.into(),
            })
            .collect(),
        rows,
        total_rows: Vec::new(),
        notes: Vec::new(),
        source: None,
    }
}
