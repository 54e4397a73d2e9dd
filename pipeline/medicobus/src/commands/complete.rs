//! Candidates that the shell completes: names of queries, their parameters, zones.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};

use geography::Communes;
use query::Catalogue;
use query::session::rows;

/// Names of the release's queries, with their titles.
pub fn queries() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let Ok(catalogue) = Catalogue::load(None) else {
            return Vec::new();
        };
        catalogue
            .iter()
            .map(|q| {
                CompletionCandidate::new(&q.definition.name)
                    .help(Some(q.definition.title.clone().into()))
            })
            .collect()
    })
}

/// Values that some query allows for parameter `name`.
pub fn values(name: &'static str) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let mut seen = BTreeSet::new();
        for query in Catalogue::load(None).iter().flat_map(Catalogue::iter) {
            if let Some(parameter) = query.definition.parameters.get(name) {
                seen.extend(parameter.values.iter().cloned());
            }
        }
        seen.into_iter().map(CompletionCandidate::new).collect()
    })
}

/// `NAME=` of every parameter, then `NAME=VALUE` where the values are a closed list.
pub fn parameters() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let written = current.to_string_lossy();
        let mut seen = BTreeSet::new();
        for query in Catalogue::load(None).iter().flat_map(Catalogue::iter) {
            for (name, parameter) in &query.definition.parameters {
                match written.split_once('=') {
                    Some((head, _)) if head == name => {
                        seen.extend(parameter.values.iter().map(|v| format!("{name}={v}")));
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(format!("{name}="));
                    }
                }
            }
        }
        seen.into_iter()
            .filter(|word| word.starts_with(written.as_ref()))
            .map(CompletionCandidate::new)
            .collect()
    })
}

/// Codes of régions with their names.
pub fn regions() -> ArgValueCandidates {
    ArgValueCandidates::new(|| named("regions"))
}

/// Codes of départements with their names.
pub fn departements() -> ArgValueCandidates {
    ArgValueCandidates::new(|| named("departements"))
}

/// First two columns, code and name, of a referential's table.
fn named(table: &str) -> Vec<CompletionCandidate> {
    let mut found = Vec::new();
    let tables = Communes::tables().unwrap_or_default();
    for (name, batches) in tables {
        if name != table {
            continue;
        }
        for row in batches.iter().filter_map(|b| rows(b).ok()).flatten() {
            if let [code, label, ..] = row.as_slice()
                && let (Some(code), Some(label)) = (code.as_text(), label.as_text())
            {
                let help = Some(label.to_string().into());
                found.push(CompletionCandidate::new(code).help(help));
            }
        }
    }

    found
}
