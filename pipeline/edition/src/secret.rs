//! The gate as commands use it: with the zones of the store that is read.

use base::error::Result;
use base::table::RawTable;
use disclosure::{Gate, GatedTable, ZoneTree};
use query::Session;
use query::session::rows;
use store::Store;

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

/// Lets the tables of one document through together, or as they are when the user turned secrecy off.
///
/// # Errors
/// If the store cannot be read, or a hidden cell could be recovered.
pub async fn release(
    session: &Session,
    gate: &Gate,
    tables: Vec<RawTable>,
    unprotected: bool,
) -> Result<Vec<GatedTable>> {
    if unprotected {
        return Ok(Gate::open_unprotected(tables));
    }
    gate.release(tables, &zones(session).await?)
}

/// Writes in the store's history that someone read without statistical secrecy, and what.
///
/// # Errors
/// If the store cannot be written: secrecy is then not turned off.
pub async fn log_unprotected(store: &Store, what: &str) -> Result<()> {
    store
        .note("sans_secret", what)
        .await
        .map(|_| ())
        .map_err(|e| {
            e.hint(
                "l'usage de --sans-secret s'inscrit au dépôt, qui doit être accessible en écriture",
            )
        })
}
