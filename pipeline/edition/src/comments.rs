//! The committees' comments: `<folder>/<zone>/<year or evaluation>/<chapter>.md`. What stands in the folder is printed or refused: a name that no
//! document asks for would vanish.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base::error::{Context, Error, Result};
use base::text::{line_after, nearest, sha256, turns, unicode};
use base::zone::Level;
use export::write_atomically;
use report::content::{Block, Node};
use report::document::Document;
use report::{evaluation, input, markdown};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::comment_guard::{drawn, guard, keys, whole};
use super::comment_zones::is_zone;
use super::request::{Kind, Request};

/// Longest comment: some hundred pages.
const LONGEST: u64 = 1 << 20;
const TREE: &str = "un commentaire est DOSSIER/ZONE/ANNEE/CHAPITRE.md, par exemple 28/2025/synthese.md ; ZONE est national, un code de région, \
                    departement-61, medicobus-IDENTIFIANT ou projet-NOM ; « evaluation », note-cts-2025 et etat-des-lieux-2025 remplacent l'année pour ces documents";

/// The comments of one document, by chapter.
#[derive(Debug, Default)]
pub(super) struct Comments {
    /// What is set.
    pub(super) nodes: BTreeMap<String, Vec<Node>>,
    /// SHA-256 of their texts.
    pub(super) hashes: BTreeMap<String, String>,
    /// Words that have the form of a patient's pseudonym, each with the place where it stands.
    pub(super) keys: BTreeMap<String, String>,
}

/// Reads the comments of a document that is made alone.
///
/// # Errors
/// As [`comments`]; also when the folder holds none for it.
pub fn check(request: &Request) -> Result<()> {
    comments(request)?;
    let Some(root) = &request.comments else { return Ok(()) };
    let (zone, document) = place(request);
    let own = root.join(&zone).join(&document);
    if own.is_dir() {
        return Ok(());
    }

    let mut others = BTreeSet::new();
    for folder in entries(root)? {
        others.extend(entries(&folder.path)?.iter().map(|e| format!("{}/{}", folder.name, e.name)));
    }
    Err(Error::refused(format!("aucun commentaire pour ce document : le dossier {} n'existe pas", shown(&own)))
        .hint(guess(&format!("{zone}/{document}"), &others, "renommez le bon dossier ; sans commentaire, retirez --commentaires ou créez ce dossier, vide")))
}

/// Reads the comments of a campaign, before anything is computed or published.
///
/// # Errors
/// As [`comments`]; also when a folder of that year belongs to none of its documents.
pub(super) fn check_all(requests: &[Request]) -> Result<()> {
    for request in requests {
        comments(request)?;
    }
    let Some(Request { comments: Some(root), year, .. }) = requests.first() else {
        return Ok(());
    };

    let zones: BTreeSet<String> = requests.iter().map(|r| place(r).0).collect();
    for zone in entries(root)? {
        let folder = zone.path.join(year.to_string());
        if !zones.contains(&zone.name) && folder.is_dir() {
            let message =
                format!("{} n'est le dossier d'aucun document de cette campagne", shown(&folder));
            let way_out = "renommez-le, ou retirez-le du dossier des commentaires";
            return Err(Error::refused(message).hint(guess(&zone.name, &zones, way_out)));
        }
    }

    Ok(())
}

/// The comments of a document.
///
/// # Errors
/// A folder or a file that cannot be read, or that no document would take; a text that is not UTF-8, names a person or cannot be set.
pub(super) fn comments(request: &Request) -> Result<Comments> {
    let mut found = Comments::default();
    let Some(root) = &request.comments else { return Ok(found) };
    if !root.is_dir() {
        return Err(Error::access(format!(
            "le dossier des commentaires n'existe pas : {}",
            shown(root)
        ))
        .hint(TREE));
    }

    let (zone, document) = place(request);
    folders(root, is_zone)?;
    let folder = root.join(zone);
    if !folder.is_dir() {
        return Ok(found);
    }
    folders(&folder, is_document)?;
    let folder = folder.join(document);
    if !folder.is_dir() {
        return Ok(found);
    }

    for (chapter, path) in chapters(&folder, request.kind())? {
        let text = read(&path)?;
        let nodes = set(&path, &text)?;
        if nodes.is_empty() && request.is_final {
            return Err(Error::refused(format!("{} est vide", shown(&path)))
                .hint("écrivez le commentaire, ou retirez le fichier : un document définitif ne le dirait pas"));
        }

        found.keys.extend(keys(&path, &text));
        found.hashes.insert(chapter.clone(), sha256(text.as_bytes()));
        found.nodes.insert(chapter, nodes);
    }

    Ok(found)
}

/// A comment as it is set: it names nobody, is whole, and has forms that a page has.
fn set(path: &Path, text: &str) -> Result<Vec<Node>> {
    whole(path, text)?;
    drawn(path, text)?;
    guard(path, text)?;
    markdown::parse(text).map_err(|unset| {
        Error::refused(format!("{}, ligne {} : {} ne se met pas en page", shown(path), unset.line, unset.what))
            .hint("un commentaire est fait de paragraphes, titres (#), listes (- ou 1.), **gras**, *italique* et liens [texte](https://…)")
    })
}

/// The chapters of a document that take a comment.
pub fn commentable(request: &Request) -> Vec<&'static str> {
    // Only the nation's bilan sets régions side by side.
    let alone = request.kind() == Kind::Bilan && request.level() != Level::National;
    let chapters = commented(request.kind()).iter().copied();
    chapters.filter(|chapter| !alone || *chapter != "comparaison").collect()
}

/// The folder of a document's own comments, below that of all comments.
pub fn own_folder(root: &Path, request: &Request) -> PathBuf {
    let (zone, document) = place(request);
    root.join(zone).join(document)
}

/// The comment on a chapter as it was written; empty where there is none.
///
/// # Errors
/// A file that cannot be read, or is no text.
pub fn written(root: &Path, request: &Request, chapter: &str) -> Result<String> {
    let path = file(root, request, chapter)?;
    match path.exists() {
        true => read(&path),
        false => Ok(String::new()),
    }
}

/// A comment as it would be set, before it is written.
///
/// # Errors
/// A text that is too long, holds characters that print nothing, names a person or cannot be set.
pub fn previewed(root: &Path, request: &Request, chapter: &str, typed: &str) -> Result<Vec<Node>> {
    let path = file(root, request, chapter)?;
    let text = clean(&path, typed.as_bytes())?;
    set(&path, &text)
}

/// Writes the comment on a chapter where the documents read it; an empty one takes the file away.
///
/// # Errors
/// As [`previewed`]; a folder that cannot be written.
pub fn write(root: &Path, request: &Request, chapter: &str, typed: &str) -> Result<()> {
    let path = file(root, request, chapter)?;
    let text = clean(&path, typed.as_bytes())?;
    set(&path, &text)?;

    match text.trim() {
        "" if path.exists() => {
            std::fs::remove_file(&path).access(|| format!("{} ne s'efface pas", shown(&path)))
        }
        "" => Ok(()),
        text => write_atomically(&path, format!("{text}\n").as_bytes()),
    }
}

/// Where the comment on a chapter stands.
fn file(root: &Path, request: &Request, chapter: &str) -> Result<PathBuf> {
    match commentable(request).contains(&chapter) {
        true => Ok(own_folder(root, request).join(format!("{chapter}.md"))),
        false => Err(Error::usage("ce document n'a pas de commentaire de ce nom")
            .hint(format!("noms admis : {}", commentable(request).join(", ")))),
    }
}

/// Refuses a comment on a chapter that this document has not.
///
/// # Errors
/// The first such comment.
pub(super) fn placed(request: &Request, document: &Document, comments: &Comments) -> Result<()> {
    // A document of one or two pages has one place, always there.
    if matches!(request.kind(), Kind::Fiche | Kind::CtsNote | Kind::Territory) {
        return Ok(());
    }

    let commented = |blocks: &[Block]| blocks.iter().any(|b| matches!(b, Block::Comment { .. }));
    let chapters = document.content.chapters.iter();
    let with_place: BTreeSet<&str> =
        chapters.filter(|c| commented(&c.blocks)).map(|c| c.id.as_str()).collect();
    let lost = comments.nodes.iter().find(|(chapter, nodes)| {
        !nodes.is_empty()
            && !input::FIRST_PAGE.contains(&chapter.as_str())
            && !with_place.contains(chapter.as_str())
    });

    lost.map_or(Ok(()), |(chapter, _)| {
        Err(Error::refused(format!("{chapter}.md : le document n'a pas de chapitre « {chapter} », faute de données pour cette zone et cette année"))
            .hint("mettez ce texte dans un autre chapitre, par exemple synthese.md, ou retirez le fichier"))
    })
}

/// Folders of a document: its zone's, its own.
fn place(request: &Request) -> (String, String) {
    let code = &request.zone.code;
    let zone = match request.level() {
        Level::National => "national".to_string(),
        Level::Region => code.clone(),
        Level::Other => format!("projet-{code}"),
        level => format!("{}-{code}", level.name()),
    };
    let document = match request.kind() {
        Kind::Evaluation => "evaluation".to_string(),
        Kind::Bilan | Kind::Fiche => request.year.to_string(),
        kind => format!("{}-{}", kind.as_str(), request.year),
    };

    (zone, document)
}

fn is_document(name: &str) -> bool {
    let short = ["note-cts-", "etat-des-lieux-"].iter().find_map(|kind| name.strip_prefix(kind));
    let year = short.unwrap_or(name);
    name == "evaluation" || (year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))
}

/// Chapters of a kind of document that take a comment.
fn commented(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Bilan => &input::COMMENTED,
        Kind::Fiche => &["fiche"],
        Kind::Evaluation => &evaluation::COMMENTED,
        Kind::CtsNote => &["note_cts"],
        Kind::Territory => &["etat_des_lieux"],
    }
}

/// The files of a document's folder, by chapter.
fn chapters(folder: &Path, kind: Kind) -> Result<BTreeMap<String, PathBuf>> {
    let names = commented(kind);
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut strange: Option<(String, PathBuf)> = None;
    for FolderEntry { name, path } in entries(folder)? {
        let chapter = name.split('.').next().map(folded).unwrap_or_default();
        if let Some(other) = found.insert(chapter.clone(), path.clone()) {
            let message = format!(
                "deux fichiers pour le chapitre « {chapter} » : {} et {}",
                shown(&other),
                shown(&path)
            );
            return Err(Error::refused(message).hint(format!("gardez-en un seul, {chapter}.md")));
        }

        let named = names.iter().any(|n| name == format!("{n}.md"));
        if named && !path.is_file() {
            return Err(Error::refused(format!("{} n'est pas un fichier", shown(&path)))
                .hint(format!("écrivez le commentaire dans un fichier {name}")));
        }
        if !named && strange.is_none() {
            strange = Some((chapter, path));
        }
    }

    let Some((chapter, path)) = strange else { return Ok(found) };
    let near = nearest(&chapter, names.iter().copied());
    let near = near.map_or_else(String::new, |n| format!("vouliez-vous dire « {n}.md » ? "));
    let names = names.join(".md, ");
    Err(
        Error::refused(format!("{} n'est le commentaire d'aucun chapitre", shown(&path)))
            .hint(format!("{near}noms admis, sans accent ni majuscule : {names}.md")),
    )
}

/// A name as any of its spellings: case, accents and separators apart.
pub(super) fn folded(name: &str) -> String {
    let bare = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    bare.map(|c| if matches!(c, ' ' | '-') { '_' } else { c }).collect()
}

/// What a committee put in a folder.
pub(super) struct FolderEntry {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// Files and folders by name, without what systems and editors leave behind.
///
/// # Errors
/// A folder that cannot be read; a link, which might lead anywhere; a name that is no text.
pub(super) fn entries(folder: &Path) -> Result<Vec<FolderEntry>> {
    let fail = || format!("commentaires illisibles : {}", shown(folder));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).access(fail)? {
        let entry = entry.access(fail)?;
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            return Err(Error::refused(format!("{} : nom illisible", shown(&path))).hint(TREE));
        };

        let left = name.starts_with(['.', '~'])
            || name.ends_with('~')
            || ["Thumbs.db", "desktop.ini"].contains(&&*name);
        if left {
            continue;
        }
        if entry.file_type().access(fail)?.is_symlink() {
            return Err(Error::refused(format!(
                "{} est un lien, et un lien n'est pas suivi",
                shown(&path)
            ))
            .hint("mettez le fichier ou le dossier lui-même à sa place"));
        }
        found.push(FolderEntry { name, path });
    }

    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Refuses what is not a folder with a name of the tree.
fn folders(folder: &Path, known: fn(&str) -> bool) -> Result<()> {
    let strange = entries(folder)?.into_iter().find(|e| !known(&e.name) || !e.path.is_dir());
    strange.map_or(Ok(()), |e| {
        Err(
            Error::refused(format!("{} n'est le commentaire d'aucun document", shown(&e.path)))
                .hint(TREE),
        )
    })
}

fn guess(name: &str, among: &BTreeSet<String>, way_out: &str) -> String {
    let near = nearest(name, among.iter().map(String::as_str));
    near.map_or_else(|| way_out.to_string(), |n| format!("le plus proche : « {n} » ; {way_out}"))
}

/// A comment's text, line ends as `\n`.
///
/// # Errors
/// A text in another encoding than UTF-8, or UTF-16 that says so; characters that print nothing and hide something.
fn read(path: &Path) -> Result<String> {
    let fail = || format!("commentaire illisible : {}", shown(path));
    if std::fs::metadata(path).access(fail)?.len() > LONGEST {
        return Err(too_long(path));
    }

    clean(path, &std::fs::read(path).access(fail)?)
}

fn too_long(path: &Path) -> Error {
    Error::refused(format!("{} : plus d'un mégaoctet", shown(path)))
        .hint("un commentaire est un texte court")
}

/// The text of these bytes, line ends as `\n`.
fn clean(path: &Path, bytes: &[u8]) -> Result<String> {
    if bytes.len() as u64 > LONGEST {
        return Err(too_long(path));
    }
    let text = unicode(bytes).map_err(|e| {
        Error::refused(format!("{}, ligne {} : {}", shown(path), e.line, e.what))
            .hint("enregistrez-le en UTF-8 (Bloc-notes : Enregistrer sous, Encodage UTF-8) et relisez ses accents")
    })?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");

    let hidden = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || turns(c);
    if let Some((at, c)) = text.char_indices().find(|(_, c)| hidden(*c)) {
        let message = format!(
            "{}, ligne {} : caractère invisible U+{:04X}",
            shown(path),
            line_after(&text.as_bytes()[..at]),
            u32::from(c)
        );
        return Err(Error::refused(message).hint("effacez-le, ou retapez le mot"));
    }

    Ok(text)
}

/// A path as it may be printed.
pub(super) fn shown(path: &Path) -> String {
    delivery::shown_path(path).replace(char::is_control, "?")
}
