//! What every document asks of the state of a store: its buses, its deliveries, its zones, its last day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use base::error::{Error, Result};
use base::table::Value;
use base::zone::ZoneTree;
use query::Session;
use query::session::rows;
use report::input::SourceDelivery;

use super::shared_answers::Bus;

fn text(row: &[Value], index: usize) -> String {
    let text = row.get(index).and_then(Value::as_text);
    text.unwrap_or_default().to_string()
}

/// Names of the buses, and where each one is.
pub(super) async fn buses(session: &Session) -> Result<(BTreeMap<String, String>, Vec<Bus>)> {
    let batch = session
        .read("SELECT id_medicobus, nom, code_departement, code_region FROM medicobus ORDER BY 1, 2, 3, 4")
        .await?;

    let (mut names, mut buses) = (BTreeMap::new(), Vec::new());
    for row in rows(&batch)? {
        // A bus without a name goes by its identifier.
        let name = Some(text(&row, 1)).filter(|name| !name.is_empty());
        names.insert(text(&row, 0), name.unwrap_or_else(|| text(&row, 0)));
        buses.push(Bus {
            id: text(&row, 0),
            departement: text(&row, 2),
            region: text(&row, 3),
        });
    }

    Ok((names, buses))
}

/// The deliveries of the state, one line each.
pub(super) async fn deliveries(session: &Session) -> Result<Vec<SourceDelivery>> {
    let batch = session
        .read(
            "SELECT livraison_region, livraison_periode, producteur, sum(lignes_lues), sum(lignes_acceptees), \
             sum(lignes_refusees), sha256 FROM livraisons \
             GROUP BY livraison_region, livraison_periode, producteur, sha256 ORDER BY 1, 2, 3, 7",
        )
        .await?;

    let count = |row: &[Value], index: usize| match row.get(index) {
        Some(Value::Int(n)) => u64::try_from(*n).unwrap_or_default(),
        _ => 0,
    };

    let delivery = |row: Vec<Value>| SourceDelivery {
        region: text(&row, 0),
        period: text(&row, 1),
        producer: text(&row, 2),
        read: count(&row, 3),
        accepted: count(&row, 4),
        refused: count(&row, 5),
        hash: text(&row, 6),
    };

    Ok(rows(&batch)?.into_iter().map(delivery).collect())
}

/// The last day that the deliveries tell about. It dates the documents: a clock would make two runs differ.
pub(super) async fn last_tour(session: &Session) -> Result<Option<NaiveDate>> {
    let batch = session.read("SELECT max(\"date\") FROM tournees").await?;
    Ok(match rows(&batch)?.first().and_then(|row| row.first()) {
        Some(Value::Date(day)) => Some(*day),
        _ => None,
    })
}

/// The last day of the latest vintage of the zonings that are loaded.
pub(super) async fn latest_zoning(session: &Session) -> Result<Option<NaiveDate>> {
    let batch = session.read("SELECT max(millesime) FROM zonages").await?;
    Ok(match rows(&batch)?.first().and_then(|row| row.first()) {
        Some(Value::Int(year)) => {
            NaiveDate::from_ymd_opt(i32::try_from(*year).unwrap_or(0), 12, 31)
        }
        _ => None,
    })
}

/// Says that nothing ran yet.
pub(super) fn no_tour(deliveries: &[SourceDelivery]) -> Error {
    let silent: BTreeSet<&str> = deliveries.iter().map(|d| d.period.as_str()).collect();
    let hint = match silent.is_empty() {
        true => "chargez une livraison avec « medicobus charger »".to_owned(),
        false => format!(
            "les livraisons reçues ({}) n'ont rien à déclarer, ou ne donnent pas la table tournees : s'il y a eu des tournées, livrez-les de nouveau avec elle",
            silent.into_iter().collect::<Vec<_>>().join(", ")
        ),
    };
    Error::usage("le dépôt ne contient aucune tournée : il n'y a pas de bilan à faire").hint(hint)
}

/// The zones of the store: which bus lies in which département and région.
///
/// # Errors
/// If the store cannot be read.
pub async fn zones(session: &Session) -> Result<ZoneTree> {
    let batch = session
        .read("SELECT DISTINCT id_medicobus, code_departement, code_region FROM medicobus ORDER BY 1, 2, 3")
        .await?;

    let mut tree = ZoneTree::new();
    for row in rows(&batch)? {
        if let [id, departement, region] = row.as_slice()
            && let (Some(id), Some(departement), Some(region)) =
                (id.as_text(), departement.as_text(), region.as_text())
        {
            tree.add_medicobus(id, departement, region);
        }
    }

    Ok(tree)
}
