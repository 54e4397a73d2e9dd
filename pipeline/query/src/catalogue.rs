//! The catalogue: every `queries/*.sql` of the release, and a folder of the user's own laid over it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use base::error::{Context, Error, Result};
use base::text::nearest;
use base::text::sha256;

use base::definition::Definition;

static RELEASE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../queries");

/// Where a query's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// As published with the program.
    Release,
    /// The user changed a query of the release.
    Modified,
    /// The user added it.
    Added,
}

impl Origin {
    /// The word that manifests use.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Release => "release",
            Origin::Modified => "modified",
            Origin::Added => "added",
        }
    }
}

/// One query: header, text, hash.
#[derive(Debug, Clone)]
pub struct Query {
    /// The header.
    pub definition: Arc<Definition>,
    /// The whole file, header included; engines read the header as a comment.
    pub sql: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Whether it is the release's.
    pub origin: Origin,
}

/// Queries by name.
#[derive(Debug, Clone)]
pub struct Catalogue {
    queries: BTreeMap<String, Query>,
}

impl Catalogue {
    /// The release's queries, overlaid by the `.sql` files of `overlay` if given.
    ///
    /// # Errors
    /// If a file of the overlay cannot be read or its header is wrong.
    pub fn load(overlay: Option<&Path>) -> Result<Self> {
        let mut queries = BTreeMap::new();
        for file in RELEASE.files() {
            let name = file.path().display().to_string();
            if !name.ends_with(".sql") {
                continue;
            }
            let text = file
                .contents_utf8()
                .ok_or_else(|| Error::usage(format!("queries/{name} n'est pas en UTF-8")))?;
            let query = parse(&format!("queries/{name}"), text, Origin::Release)?;
            queries.insert(query.definition.name.clone(), query);
        }
        if let Some(folder) = overlay {
            overlay_folder(folder, &mut queries)?;
        }
        Ok(Self { queries })
    }

    /// The query `name`.
    ///
    /// # Errors
    /// If there is none; the message suggests the nearest name.
    pub fn get(&self, name: &str) -> Result<&Query> {
        self.queries.get(name).ok_or_else(|| {
            let error = Error::usage(format!("requête inconnue : {name}"));
            match nearest(name, self.queries.keys().map(String::as_str)) {
                Some(near) => error.hint(format!(
                    "vouliez-vous dire « {near} » ? « medicobus requetes » donne le catalogue"
                )),
                None => error.hint("« medicobus requetes » donne le catalogue"),
            }
        })
    }

    /// Every query, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Query> {
        self.queries.values()
    }
}

fn overlay_folder(folder: &Path, queries: &mut BTreeMap<String, Query>) -> Result<()> {
    let entries = std::fs::read_dir(folder)
        .access(|| format!("dossier de requêtes illisible : {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .access(|| format!("dossier de requêtes illisible : {}", folder.display()))?
            .path();
        if path.extension().is_some_and(|e| e == "sql") {
            paths.push(path);
        }
    }
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path)
            .access(|| format!("requête illisible : {}", path.display()))?;
        let mut query = parse(&path.display().to_string(), &text, Origin::Added)?;
        let name = query.definition.name.clone();
        if let Some(release) = queries.get(&name) {
            query.origin = if release.sha256 == query.sha256 {
                Origin::Release
            } else {
                Origin::Modified
            };
        }
        queries.insert(name, query);
    }
    Ok(())
}

/// Reads one query file.
///
/// # Errors
/// If the header is missing, is not valid TOML, names unknown keys or columns, or its `nom` is not the file's.
pub fn parse(place: &str, text: &str, origin: Origin) -> Result<Query> {
    let header = text
        .trim_start_matches('\u{feff}')
        .strip_prefix("/*---")
        .and_then(|rest| rest.split_once("---*/"))
        .map(|(header, _)| header)
        .ok_or_else(|| {
            Error::usage(format!("{place} : en-tête absent"))
                .hint("une requête commence par « /*--- », un en-tête TOML, puis « ---*/ » ; copiez celui d'une requête voisine")
        })?;
    let definition: Definition = toml::from_str(header)
        .usage(|| format!("{place} : en-tête illisible"))
        .map_err(|e| e.hint("les clés attendues sont décrites dans docs/methode.md"))?;
    check_header(place, &definition)?;
    Ok(Query {
        definition: Arc::new(definition),
        sql: text.to_string(),
        sha256: sha256(text.as_bytes()),
        origin,
    })
}

fn check_header(place: &str, definition: &Definition) -> Result<()> {
    let stem = Path::new(place)
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or_default();
    if stem != definition.name {
        return Err(Error::usage(format!(
            "{place} : nom = \"{}\" ne suit pas le nom du fichier",
            definition.name
        ))
        .hint(format!("écrivez nom = \"{stem}\"")));
    }
    for column in &definition.columns {
        let references = [&column.guard, &column.numerator, &column.denominator];
        for target in references.into_iter().flatten().chain(&column.additive) {
            if definition.column(target).is_none() {
                return Err(Error::usage(format!(
                    "{place} : la colonne {} renvoie à « {target} », qui n'existe pas",
                    column.name
                ))
                .hint("garde, numerateur, denominateur et additif nomment des colonnes du même en-tête"));
            }
        }
    }
    for identite in &definition.identities {
        for target in identite.columns.iter().chain(identite.condition.keys()) {
            if definition.column(target).is_none() {
                return Err(Error::usage(format!(
                    "{place} : une identité renvoie à « {target} », qui n'existe pas"
                ))
                .hint("dans [[identites]], colonnes et si nomment des colonnes du même en-tête"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_header_that_names_a_missing_column_is_refused() {
        let text = "/*---\nnom='x'\ntitre='X'\ntheme='t'\ndefinition='d'\nformule='f'\nunite='u'\npopulation='p'\nsources=[]\n\
                    [[colonnes]]\nnom='n'\ntitre='N'\nrole='effectif'\ngarde='patients'\n---*/\nSELECT 1 AS n";
        let error = parse("queries/x.sql", text, Origin::Release).unwrap_err();
        assert!(error.message().contains("patients"), "{error}");
        let error = parse("queries/y.sql", text, Origin::Release).unwrap_err();
        assert!(error.message().contains("ne suit pas"), "{error}");
    }

    #[test]
    fn a_slip_is_suggested() {
        assert_eq!(
            nearest(
                "delai_rendez_vou",
                ["delai_rendez_vous", "synthese"].into_iter()
            ),
            Some("delai_rendez_vous")
        );
        assert_eq!(
            nearest("zzz", ["delai_rendez_vous", "synthese"].into_iter()),
            None
        );
    }
}
