//! What changed between two manifests among the inputs of a document, each change with its cause.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use base::error::{Context, Result};

use super::cause::{Cause, Discrepancy, Findings};
use crate::manifest::{Input, Manifest};

/// Hashes or values by name.
type Named = BTreeMap<String, String>;

/// Inputs that go by name: why a document differs when they do, and what a manifest says of them.
#[allow(clippy::type_complexity, reason = "a table of cases, read in one place")]
const NAMED: [(Cause, fn(&Manifest) -> Named); 7] = [
    (Cause::Query, queries),
    (Cause::Query, views),
    (Cause::Query, parameters),
    (Cause::Template, |m| m.templates.clone()),
    (Cause::Configuration, population),
    (Cause::Configuration, plan),
    (Cause::Comment, |m| m.comments.clone()),
];

/// What changed from one manifest to another among the inputs of the document, in French; the tables are not compared.
pub fn changes(before: &Manifest, after: &Manifest) -> Vec<Discrepancy> {
    let mut findings = Findings::default();

    let program = |m: &Manifest| format!("{} {}", m.program, m.program_version);

    // The deliveries say whether they are made up: the same ones cannot say otherwise.
    let made_up = match before.inputs == after.inputs {
        true => Cause::Document,
        false => Cause::Data,
    };

    let cases = [
        (
            Cause::Program,
            program(before) != program(after),
            format!("{} au lieu de {}", program(after), program(before)),
        ),
        (
            Cause::Data,
            before.store_version != after.store_version,
            format!("version {} du dépôt au lieu de {}", after.store_version, before.store_version),
        ),
        (
            made_up,
            before.made_up != after.made_up,
            format!(
                "donnees_fictives : {} dans le manifeste, {} d'après les livraisons",
                yes_no(before.made_up),
                yes_no(after.made_up)
            ),
        ),
        (
            Cause::Document,
            before.years != after.years,
            format!("années {:?} au lieu de {:?}", after.years, before.years),
        ),
    ];

    for (cause, _, text) in cases.into_iter().filter(|(_, changed, _)| *changed) {
        findings.add(cause, text);
    }

    inputs(&mut findings, &before.inputs, &after.inputs);
    origins(&mut findings, before, after);
    for (cause, read) in NAMED {
        by_name(&mut findings, cause, &read(before), &read(after));
    }
    settings(&mut findings, before, after);

    findings.sorted().discrepancies
}

/// Fields of two manifests that are not the same, in order of name.
///
/// # Errors
/// None that data can cause.
pub(super) fn different_fields(before: &Manifest, after: &Manifest) -> Result<Vec<String>> {
    let flat = |m: &Manifest| -> Result<Named> {
        let json = serde_json::to_value(m).access(|| "manifeste".into())?;
        let mut flat = Named::new();
        flatten("", &json, &mut flat);
        Ok(flat)
    };

    let (before, after) = (flat(before)?, flat(after)?);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();

    let different = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    Ok(different.cloned().collect())
}

fn queries(m: &Manifest) -> Named {
    let queries = m.queries.iter();
    queries.map(|q| (q.name.clone(), q.sha256.clone())).collect()
}

fn views(m: &Manifest) -> Named {
    let views = m.queries.iter().flat_map(|q| &q.views);
    views.map(|(name, sha256)| (format!("vue {name}"), sha256.clone())).collect()
}

fn parameters(m: &Manifest) -> Named {
    let queries = m.queries.iter();
    queries
        .map(|q| (format!("table {}", q.table), format!("{:?}", q.parameters)))
        .collect()
}

fn population(m: &Manifest) -> Named {
    let name = "population de référence (--population)";
    let hash = m.population.iter();
    hash.map(|sha256| (name.to_string(), sha256.clone())).collect()
}

fn plan(m: &Manifest) -> Named {
    let name = "plan d'analyse (--selon-plan)";
    let hash = m.plan.iter();
    hash.map(|sha256| (name.to_string(), sha256.clone())).collect()
}

/// Settings that differ, each with both values.
fn settings(findings: &mut Findings, before: &Manifest, after: &Manifest) {
    let read = |m: &Manifest| {
        let mut flat = Named::new();
        flatten("", &m.configuration, &mut flat);
        flat.insert("secret statistique".to_string(), yes_no(m.publishable));
        flat.insert("version définitive".to_string(), yes_no(m.is_final));
        flat
    };

    let (old, new) = (read(before), read(after));

    for key in old.keys().chain(new.keys()) {
        let value = |m: &Named| m.get(key).cloned().unwrap_or_else(|| "absent".into());
        if old.get(key) != new.get(key) {
            let text = format!("{key} : {} au lieu de {}", value(&new), value(&old));
            findings.add(Cause::Configuration, text);
        }
    }
}

/// Where each query comes from: the program's own, one that replaces it, or one that the user added.
fn origins(findings: &mut Findings, before: &Manifest, after: &Manifest) {
    for old in &before.queries {
        let Some(new) = after.queries.iter().find(|q| q.table == old.table) else {
            continue;
        };
        if old.origin == new.origin || old.name != new.name {
            continue;
        }

        // Another program may have made the user's query its own; the same one, from the same text, says the same.
        let same = (&old.sha256, &old.views) == (&new.sha256, &new.views)
            && before.program_version == after.program_version;
        let cause = if same { Cause::Document } else { Cause::Query };
        let text = format!("{} : origine {} au lieu de {}", old.name, new.origin, old.origin);
        findings.add(cause, text);
    }
}

/// Deliveries that are gone, were replaced, or came since.
fn inputs(findings: &mut Findings, before: &[Input], after: &[Input]) {
    let by_delivery = |inputs: &[Input]| {
        let mut found: BTreeMap<(String, String), Vec<Input>> = BTreeMap::new();
        for input in inputs {
            let key = (input.region.clone(), input.period.clone());
            found.entry(key).or_default().push(input.clone());
        }
        found
    };

    let (old, new) = (by_delivery(before), by_delivery(after));

    for ((region, period), list) in &old {
        let name = format!("livraison {region} {period}");
        match new.get(&(region.clone(), period.clone())) {
            None => findings.add(Cause::Data, format!("{name} : absente du dépôt à cette version")),
            Some(other) if other != list => {
                let who: Vec<&str> = other.iter().map(|i| i.producer.as_str()).collect();
                let text = format!("{name} : remplacée ({})", who.join(", "));
                findings.add(Cause::Data, text);
            }
            Some(_) => {}
        }
    }

    for (region, period) in new.keys().filter(|key| !old.contains_key(*key)) {
        let text = format!("livraison {region} {period} : reçue depuis");
        findings.add(Cause::Data, text);
    }
}

fn by_name(findings: &mut Findings, cause: Cause, before: &Named, after: &Named) {
    for (name, value) in before {
        match after.get(name) {
            None => findings.add(cause, format!("{name} : absent")),
            Some(other) if other != value => findings.add(cause, format!("{name} : modifié")),
            Some(_) => {}
        }
    }

    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        findings.add(cause, format!("{name} : ajouté"));
    }
}

/// Every leaf of a JSON value by its path: `secret.seuil`, `requetes[synthese].sha256`.
fn flatten(prefix: &str, value: &Json, flat: &mut Named) {
    match value {
        Json::Object(fields) => {
            for (name, v) in fields {
                let key = match prefix {
                    "" => name.clone(),
                    _ => format!("{prefix}.{name}"),
                };
                flatten(&key, v, flat);
            }
        }
        Json::Array(list) if list.iter().any(Json::is_object) => {
            for (rank, v) in list.iter().enumerate() {
                // A query goes by its table; anything else by its place.
                let name = v.get("table").and_then(Json::as_str);
                let name = name.map_or_else(|| (rank + 1).to_string(), str::to_string);
                flatten(&format!("{prefix}[{name}]"), v, flat);
            }
        }
        leaf => {
            flat.insert(prefix.to_string(), leaf.to_string());
        }
    }
}

fn yes_no(yes: bool) -> String {
    if yes { "oui" } else { "non" }.to_string()
}
