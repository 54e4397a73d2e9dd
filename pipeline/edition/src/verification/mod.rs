//! Is this PDF what its manifest says? First by itself (the hashes inside), then against a store: the document is made
//! again and compared, cell by cell, and what differs is given its cause.
//!
//! - [`mod@changes`]: what two manifests say differently, and why;
//! - [`cells`]: what two tables say differently.

mod cause;
mod cells;
mod changes;

use std::collections::BTreeSet;

use base::error::Result;
use base::text::sha256;

use super::attachments::{MANIFEST, PrintedDocument};
use super::manifest::Manifest;
pub use cause::{Cause, DifferentCell, Discrepancy, Findings};
use cells::different_cells;
pub use changes::changes;

/// Checks every attachment against the hash that the manifest gives it.
pub fn check_hashes(printed: &PrintedDocument) -> Findings {
    let mut findings = Findings::default();

    for (name, expected) in &printed.manifest.tables {
        match printed.attachments.get(name) {
            None => findings.add(Cause::Document, format!("pièce jointe absente : {name}")),
            Some(bytes) if sha256(bytes) != *expected => findings
                .add(Cause::Document, format!("pièce jointe modifiée après l'édition : {name}")),
            Some(_) => {}
        }
    }

    for name in printed.attachments.keys() {
        if name != MANIFEST && !printed.manifest.tables.contains_key(name) {
            findings.add(
                Cause::Document,
                format!("pièce jointe que le manifeste ne connaît pas : {name}"),
            );
        }
    }

    findings.sorted()
}

/// The document at hand made again.
pub struct Remade<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// Bytes of its attachments.
    pub attachment: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// Sets it; called unless something else already tells the two apart.
    pub typeset: &'a dyn Fn() -> Result<Vec<u8>>,
}

/// Compares a PDF with the document made again.
///
/// # Errors
/// If the document cannot be set.
pub fn verify(printed: &PrintedDocument, remade: &Remade<'_>) -> Result<Findings> {
    let (before, after) = (&printed.manifest, remade.manifest);
    let mut findings = check_hashes(printed);
    findings.discrepancies.extend(changes(before, after));
    compare_tables(&mut findings, printed, remade);

    // A manifest that says anything else than the inputs do was rewritten, whatever the field.
    if findings.identical() {
        for field in changes::different_fields(before, after)? {
            findings.add(Cause::Document, format!("manifeste modifié après l'édition : {field}"));
        }
    }

    // Nothing explains a difference so far: then the same bytes, or the pages were changed.
    if findings.identical() && (remade.typeset)()? != printed.bytes {
        findings.add(
            Cause::Document,
            "les pages ne sont pas celles que donnent ces tables : PDF modifié après l'édition, ou composé par un autre Typst",
        );
    }

    Ok(findings.sorted())
}

fn compare_tables(findings: &mut Findings, printed: &PrintedDocument, remade: &Remade<'_>) {
    let (before, after) = (&printed.manifest, remade.manifest);
    let names: BTreeSet<&String> = before.tables.keys().chain(after.tables.keys()).collect();

    for name in names {
        let old = printed.attachments.get(name);
        let new = (remade.attachment)(name);
        if old == new.as_ref() {
            continue;
        }

        let intact = old.is_some_and(|o| before.tables.get(name) == Some(&sha256(o)));
        let cause = cause(name, intact, before, after);
        if cause == Cause::Data && before.inputs == after.inputs {
            findings.add(
                Cause::Data,
                "mêmes livraisons, mais d'autres valeurs : les fichiers du dépôt ont été modifiés",
            );
        }
        let [old, new] = [old, new.as_ref()].map(|bytes| bytes.map_or(&[][..], Vec::as_slice));
        findings.cells.extend(different_cells(name, old, new, cause));
    }
}

/// Why the table `name` differs: the first of what changed under it.
fn cause(name: &str, intact: bool, before: &Manifest, after: &Manifest) -> Cause {
    let query = |m: &Manifest| {
        let mut queries = m.queries.iter();
        queries
            .find(|q| format!("{}.csv", q.table.replace('/', "_")) == name)
            .map(|q| (q.sha256.clone(), q.views.clone(), q.parameters.clone()))
    };

    let cases = [
        (!intact && before.tables.contains_key(name), Cause::Document),
        (query(before) != query(after), Cause::Query),
        (before.inputs != after.inputs, Cause::Data),
        // Secrecy is decided for all tables of a document together: one query may hide a cell of another's.
        (before.queries != after.queries, Cause::Query),
        (before.configuration != after.configuration, Cause::Configuration),
        (before.program_version != after.program_version, Cause::Program),
    ];

    let first = cases.into_iter().find(|(changed, _)| *changed);
    first.map_or(Cause::Data, |(_, cause)| cause)
}
