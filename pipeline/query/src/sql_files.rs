//! The `.sql` files of the release, and a folder of the user's own laid over them.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use base::error::{Context, Error, Result};

/// Subfolder of the views, in the release and in a folder of the user's.
pub(super) const VIEWS: &str = "vues";

static RELEASE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../queries");

/// What holds between the counts of queries in every store, for the gate: TOML, as `queries/relations.toml` writes it.
pub const RELATIONS: &str = include_str!("../../../queries/relations.toml");

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

/// A `.sql` file, and whether it is the release's.
pub(super) struct SqlFile {
    pub place: String,
    pub text: String,
    pub origin: Origin,
}

/// The release's files of `folder`, its subfolders apart, overlaid by those of the user's folder `own`.
pub(super) fn files(folder: &str, own: Option<&Path>) -> Result<Vec<SqlFile>> {
    let mut files: BTreeMap<String, SqlFile> = BTreeMap::new();

    let release = match folder {
        "" => Some(&RELEASE),
        folder => RELEASE.get_dir(folder),
    };
    for file in release.into_iter().flat_map(Dir::files) {
        if file.path().extension().is_none_or(|e| e != "sql") {
            continue;
        }
        let place = format!("queries/{}", file.path().display());
        let text = file
            .contents_utf8()
            .ok_or_else(|| Error::usage(format!("{place} n'est pas en UTF-8")))?
            .to_string();
        let origin = Origin::Release;
        files.insert(stem(&place), SqlFile { place, text, origin });
    }

    for (place, text) in own.map(sql_files).transpose()?.unwrap_or_default() {
        let name = stem(&place);
        let origin = match files.get(&name) {
            None => Origin::Added,
            Some(release) if release.text == text => Origin::Release,
            Some(_) => Origin::Modified,
        };
        files.insert(name, SqlFile { place, text, origin });
    }

    Ok(files.into_values().collect())
}

/// Name of a file, without its folder and its extension.
fn stem(place: &str) -> String {
    let stem = Path::new(place).file_stem().and_then(|s| s.to_str());
    stem.unwrap_or_default().to_string()
}

/// Place and text of the `.sql` files of a folder of the user's, by name.
fn sql_files(folder: &Path) -> Result<Vec<(String, String)>> {
    let unreadable = || format!("dossier de requêtes illisible : {}", folder.display());
    let mut paths = Vec::new();

    for entry in std::fs::read_dir(folder).access(unreadable)? {
        let path = entry.access(unreadable)?.path();
        if path.extension().is_some_and(|e| e == "sql") {
            paths.push(path);
        }
    }
    paths.sort();

    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path)
                .access(|| format!("requête illisible : {}", path.display()))?;
            Ok((path.display().to_string(), text))
        })
        .collect()
}

/// The TOML between « /*--- » and « ---*/ » at the head of a file.
pub(super) fn header<'a>(place: &str, text: &'a str) -> Result<&'a str> {
    text.trim_start_matches('\u{feff}')
        .strip_prefix("/*---")
        .and_then(|rest| rest.split_once("---*/"))
        .map(|(header, _)| header)
        .ok_or_else(|| {
            Error::usage(format!("{place} : en-tête absent"))
                .hint("une requête commence par « /*--- », un en-tête TOML, puis « ---*/ » ; copiez celui d'une requête voisine")
        })
}

/// Checks that a file bears the name that its header gives.
pub(super) fn named_as_file(place: &str, name: &str) -> Result<()> {
    let stem = stem(place);
    if stem == name {
        return Ok(());
    }

    Err(
        Error::usage(format!("{place} : nom = \"{name}\" ne suit pas le nom du fichier"))
            .hint(format!("écrivez nom = \"{stem}\"")),
    )
}
