//! The fifth hop: tables and manifest go inside the document.

use std::collections::BTreeMap;
use std::path::Path;

use base::error::{Context, Error, Result};
use base::french::typography;
use base::text::sha256;
use base::zone::Level;
use disclosure::GatedTable;
use report::document::{Document, scope};

use super::attachments::MANIFEST;
use super::edition::Edition;
use super::manifest::{Manifest, QueryRun};
use super::request::{Kind, Request};

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
        let evaluation = request.evaluation.as_ref();
        let population = evaluation.and_then(|of| of.population.as_ref());
        let templates = self.templates.files().iter();
        let comments = comments.iter();

        Ok(Manifest {
            program: "medicobus".into(),
            program_version: env!("CARGO_PKG_VERSION").into(),
            document: request.kind().as_str().into(),
            level: request.level(),
            zone: request.zone.code.clone(),
            year: request.year,
            years: evaluation.map(|of| of.years.clone()).unwrap_or_default(),
            store_version: self.session.version(),
            publications: Vec::new(),
            publishable: !request.unprotected,
            made_up: self.made_up,
            is_final: request.is_final,
            configuration: serde_json::to_value(&self.config).access(|| "configuration".into())?,
            inputs: self.inputs.clone(),
            queries,
            templates: templates.map(|(path, bytes)| (path.clone(), sha256(bytes))).collect(),
            population: population.map(|p| p.sha256.clone()),
            comments: comments
                .map(|(chapter, text)| (chapter.clone(), sha256(text.as_bytes())))
                .collect(),
            tables: BTreeMap::new(),
        })
    }
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

/// The committee's Markdown for a zone and document, by chapter: `<folder>/<zone>/<year or evaluation>/<chapter>.md`.
///
/// # Errors
/// A folder or a comment that cannot be read.
pub(super) fn comments(request: &Request) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let Some(folder) = &request.comments else {
        return Ok(found);
    };

    let code = match request.level() {
        Level::National => "national".to_string(),
        Level::Region => request.zone.code.clone(),
        level => format!("{}-{}", level.name(), request.zone.code),
    };

    let document = match request.kind() {
        Kind::Evaluation => "evaluation".to_string(),
        _ => request.year.to_string(),
    };

    let folder = folder.join(code).join(document);
    if !folder.is_dir() {
        return Ok(found);
    }

    let fail = || format!("commentaires illisibles : {}", folder.display());
    for entry in std::fs::read_dir(&folder).access(fail)? {
        let path = entry.access(fail)?.path();
        if path.extension().is_some_and(|e| e == "md")
            && let Some(chapter) = path.file_stem().and_then(|s| s.to_str())
        {
            let text = std::fs::read_to_string(&path)
                .access(|| format!("commentaire illisible : {}", path.display()))?;
            guard(&path, &text)?;
            found.insert(chapter.to_string(), text);
        }
    }

    Ok(found)
}

/// A comment is printed as it is: it names nobody, as a delivery does not. What was recognised is not repeated.
fn guard(path: &Path, text: &str) -> Result<()> {
    let Some((line, kind)) = delivery::identity_in(text) else {
        return Ok(());
    };

    let place = format!("{}, ligne {line}", delivery::shown_path(path));
    Err(
        Error::refused(format!("{place} : le texte contient ce qui ressemble à {kind}")).hint(
            "retirez-le : un document diffusé ne donne ni nom, ni numéro, ni adresse d'une personne ; écrivez la fonction ou le service",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::guard;
    use std::path::Path;

    #[test]
    fn a_comment_names_nobody() {
        let path = Path::new("28/2025/synthese.md");
        let text = "Merci au Dr Martin.\nNIR 1 85 05 78 006 084 91.";
        let error = guard(path, text).unwrap_err();
        assert!(error.to_string().contains("synthese.md, ligne 2"), "{error}");
        assert!(!error.to_string().contains("084"), "{error}");
        assert!(guard(path, "12 journées en 2025.").is_ok());
    }
}
