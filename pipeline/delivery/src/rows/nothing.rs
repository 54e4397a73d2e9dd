//! « Rien à déclarer »: what a delivery says to be absent is a table or a bus, and is absent.

use base::french::counted;
use contract::{Contract, NOTHING_TO_DECLARE, Rule};

use super::row_judge::Known;
use super::volumes::Volume;
use crate::Finding;
use crate::header::HeaderPlace;
use crate::identity::quoted;
use crate::report::FileReport;
use crate::text::compact;

/// Tables in which a bus that has nothing to tell has no row.
const ACTIVITY: [&str; 3] = ["consultations", "tournees", "demandes"];
/// Longest name that is repeated.
const LONGEST: usize = 40;

/// The tables and buses named, as the contract and the projects spell them, and what is wrong with the rest.
pub(super) fn check(
    (named, place): (&[String], &HeaderPlace),
    contract: &Contract,
    files: &[FileReport],
    known: &Known<'_>,
    volumes: &[Volume],
) -> (Vec<String>, Vec<Finding>) {
    let (mut names, mut findings) = (Vec::new(), Vec::new());
    let mut unknown: Vec<String> = Vec::new();
    let finding = |message| {
        let finding = Finding::new(Rule::RienADeclarer, message).field(NOTHING_TO_DECLARE);
        finding.at(&place.file, place.sheet.as_deref())
    };

    for name in named {
        let table = contract.tables().iter().find(|t| compact(&t.name) == compact(name));
        let rows = if let Some(table) = table {
            let of_table = files.iter().filter(|f| f.table.as_ref() == Some(&table.name));
            of_table.map(|f| f.read).sum()
        } else if known.buses.contains_key(name) || known.refused_buses.contains(name) {
            let active = |v: &&Volume| v.medicobus == *name && ACTIVITY.contains(&&*v.table);
            volumes.iter().filter(active).map(|v| v.rows).sum()
        } else {
            unknown.push(quoted(name, LONGEST));
            continue;
        };

        let name = table.map_or(name, |t| &t.name);
        findings.extend(contradicted(name, rows).map(finding));
        names.push(name.clone());
    }

    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        let message = format!(
            "« rien à déclarer » nomme ce qui n'est ni une table ni un médicobus connu : {unknown}"
        );
        findings.push(finding(message).hint("écrivez le nom de la table ou l'identifiant du médicobus comme dans les fichiers, ou retirez-le"));
    }
    (names, findings)
}

/// Rows of what is said to have none.
fn contradicted(name: &str, rows: u64) -> Option<String> {
    let name = quoted(name, LONGEST);
    (rows > 0).then(|| {
        let rows = counted(rows, "ligne", "lignes");
        format!("{name} n'a rien à déclarer, et la livraison en apporte {rows}")
    })
}
