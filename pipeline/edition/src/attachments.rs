//! The files attached inside a PDF: the tables and the manifest that a document carries with it.

use std::collections::BTreeMap;
use std::path::Path;

use lopdf::{Dictionary, Document, Object};

use base::error::{Context, Error, Result};

use super::manifest::Manifest;

/// Name of the manifest among the attachments.
pub const MANIFEST: &str = "manifeste.json";

/// A PDF of ours, opened.
pub struct PrintedDocument {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// Attachments by name, the manifest included.
    pub attachments: BTreeMap<String, Vec<u8>>,
    /// The manifest.
    pub manifest: Manifest,
}

impl PrintedDocument {
    /// Reads a PDF, its attachments and its manifest.
    ///
    /// # Errors
    /// `Access` if the file cannot be read or is no PDF; `Usage` if it carries no manifest of this program.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).access(|| format!("lecture impossible de {}", path.display()))?;
        let attachments = attachments(&bytes).map_err(|e| {
            Error::access(format!("{} n'est pas un PDF lisible", path.display())).caused_by(e)
        })?;

        let manifest = attachments.get(MANIFEST).ok_or_else(|| {
            Error::usage(format!("{} ne contient pas de {MANIFEST}", path.display()))
                .hint("seuls les PDF édités par medicobus se vérifient ; un PDF réenregistré ou imprimé a pu perdre ses pièces jointes")
        })?;

        let manifest = serde_json::from_slice(manifest)
            .usage(|| format!("manifeste illisible dans {}", path.display()))
            .map_err(|e| {
                e.hint("le manifeste vient peut-être d'une version plus récente du programme")
            })?;

        Ok(Self { bytes, attachments, manifest })
    }
}

/// Every embedded file of a PDF, by name.
///
/// # Errors
/// If the PDF cannot be parsed.
pub fn attachments(pdf: &[u8]) -> lopdf::Result<BTreeMap<String, Vec<u8>>> {
    let document = Document::load_mem(pdf)?;
    let mut found = BTreeMap::new();

    for object in document.objects.values() {
        if let Ok(dictionary) = object.as_dict()
            && let Some((name, content)) = embedded(&document, dictionary)?
        {
            found.insert(name, content);
        }
    }

    Ok(found)
}

/// Name and content of a file specification that embeds its file.
fn embedded(
    document: &Document,
    specification: &Dictionary,
) -> lopdf::Result<Option<(String, Vec<u8>)>> {
    let Ok(files) = specification.get(b"EF").and_then(|o| resolved(document, o)?.as_dict()) else {
        return Ok(None);
    };

    let name = specification.get(b"UF").or_else(|_| specification.get(b"F"))?;
    let name = lopdf::decode_text_string(resolved(document, name)?)?;

    let stream = files.get(b"F").or_else(|_| files.get(b"UF"))?;
    let stream = resolved(document, stream)?.as_stream()?;
    let content = stream.get_plain_content()?;
    Ok(Some((name.trim_start_matches('/').to_string(), content)))
}

fn resolved<'d>(document: &'d Document, object: &'d Object) -> lopdf::Result<&'d Object> {
    document.dereference(object).map(|(_, object)| object)
}
