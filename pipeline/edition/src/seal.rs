//! The fifth hop: tables and manifest go inside the document.

use std::collections::BTreeMap;

use base::error::{Context, Result};
use base::french::typography;
use base::text::sha256;
use disclosure::GatedTable;
use report::document::{Document, scope};

use super::attachments::{DEFINITIONS, MANIFEST};
use super::edition::Edition;
use super::manifest::{Manifest, QueryRun, TerritoryRun};
use super::request::Request;

impl Edition<'_> {
    /// What a document is a function of, its tables left out.
    ///
    /// # Errors
    /// None that data can cause.
    pub(super) fn manifest(
        &self,
        request: &Request,
        queries: Vec<QueryRun>,
        comments: &BTreeMap<String, String>,
    ) -> Result<Manifest> {
        let evaluation = request.evaluation();
        let population = evaluation.and_then(|of| of.population.as_ref());
        let plan = evaluation.and_then(|of| of.plan.as_ref());
        let templates = self.templates.files().iter();

        Ok(Manifest {
            program: "medicobus".into(),
            program_version: env!("CARGO_PKG_VERSION").into(),
            document: request.kind().as_str().into(),
            level: request.level(),
            zone: request.zone.code.clone(),
            year: request.year,
            years: evaluation.map(|of| of.years.clone()).unwrap_or_default(),
            territory: TerritoryRun::of(request),
            store_version: self.session.version(),
            publications: Vec::new(),
            publishable: !request.unprotected,
            objections: self.objections.clone(),
            made_up: self.made_up,
            is_final: request.is_final,
            configuration: serde_json::to_value(&self.config).access(|| "configuration".into())?,
            inputs: self.inputs.clone(),
            queries,
            templates: templates.map(|(path, bytes)| (path.clone(), sha256(bytes))).collect(),
            population: population.map(|p| p.sha256.clone()),
            plan: plan.map(|p| p.sha256.clone()),
            comments: comments.clone(),
            tables: BTreeMap::new(),
        })
    }
}

/// What the attached tables count, each definition once.
fn definitions(tables: &BTreeMap<String, GatedTable>) -> String {
    let each_once: BTreeMap<&str, &GatedTable> =
        tables.values().map(|table| (table.definition().name.as_str(), table)).collect();

    let described = each_once.values().map(|table| query::describe::definition(table.definition()));
    described.collect::<Vec<_>>().join("\n")
}

/// Attaches the tables to the document, puts their hashes in the manifest, and the manifest in the document.
///
/// # Errors
/// If a table cannot be written as CSV.
pub(super) fn seal(
    mut document: Document,
    tables: &BTreeMap<String, GatedTable>,
    mut manifest: Manifest,
) -> Result<(Document, Manifest)> {
    for (key, table) in tables {
        let description = format!("{} ({})", table.definition().title, scope(key));
        document.attach(
            &format!("{}.csv", key.replace('/', "_")),
            "text/csv",
            &typography(&description),
            "data",
            export::csv::bytes(table)?,
        );
    }

    document.attach(
        DEFINITIONS,
        "text/markdown",
        "Définition, calcul, population et limites de chaque tableau",
        "supplement",
        definitions(tables).into_bytes(),
    );
    manifest.tables = document
        .content
        .attachments
        .iter()
        .filter_map(|piece| Some((piece.name.clone(), sha256(document.attachment(&piece.name)?))))
        .collect();

    let json = serde_json::to_vec_pretty(&manifest).access(|| "manifeste".into())?;
    document.attach(
        MANIFEST,
        "application/json",
        "Manifeste : tout ce dont ce document dépend",
        "source",
        json,
    );

    Ok((document, manifest))
}
