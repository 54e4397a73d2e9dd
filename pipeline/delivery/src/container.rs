//! Where the bytes of a delivery come from: a folder, a ZIP, or one file. Limits and fingerprints are kept here.

mod archive;
mod bounded;
pub(crate) mod limits;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use zip::ZipArchive;

use crate::Finding;
use crate::identity;
use base::error::{Context, Error, Result};
use contract::Rule;

pub(crate) use bounded::Fingerprint;

use bounded::{Bounded, Hashed, Tee};
use limits::SizeLimits;

/// Hidden files that are named, of all that are counted.
const HIDDEN_SHOWN: usize = 5;

/// One file of a delivery.
#[derive(Debug, Clone)]
pub(crate) struct FileEntry {
    /// Path inside the delivery, with `/`, shown in findings.
    pub(crate) name: String,
    place: Location,
    /// Bytes as stored in the delivery's container.
    packed: u64,
}

#[derive(Debug, Clone)]
enum Location {
    Path(PathBuf),
    /// Rank of the archive, rank of the file in it.
    Zip(usize, usize),
}

/// All files of a delivery, in the order of their names.
pub(crate) struct Container {
    pub(crate) entries: Vec<FileEntry>,
    archives: Vec<ZipArchive<BufReader<File>>>,
    expanded: Arc<AtomicU64>,
    limits: SizeLimits,
    /// Hidden files and folders, which are passed over.
    hidden: BTreeSet<String>,
}

impl Container {
    /// Lists a delivery. What must not be opened is told in `findings`.
    pub(crate) fn open(
        path: &Path,
        limits: &SizeLimits,
        findings: &mut Vec<Finding>,
    ) -> Result<Self> {
        let shown = shown_path(path);
        let mut source = Self {
            entries: Vec::new(),
            archives: Vec::new(),
            expanded: Arc::default(),
            limits: limits.clone(),
            hidden: BTreeSet::new(),
        };

        let meta = std::fs::metadata(path)
            .access(|| format!("la livraison {shown} est introuvable ou illisible"))?;
        let own_name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(kind) = identity::name(&own_name) {
            findings.push(named_after(kind, "le nom de la livraison").at("livraison", None));
        }

        // A pipe or a device would be waited for without end.
        if !meta.is_dir() && !meta.is_file() {
            return Err(Error::refused(format!("la livraison {shown} n'est pas un fichier"))
                .hint("donnez un dossier, un ZIP, un classeur ou un CSV"));
        }

        if meta.is_dir() {
            source.folder(path, "", 0, findings)?;
        } else if extension(&path.to_string_lossy()) == "zip" {
            let file = File::open(path).access(|| format!("l'archive {shown} est illisible"))?;
            source.zip(file, &shown, "", 0, findings)?;
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();

            source.add(&name, Location::Path(path.to_owned()), meta.len());
            let beside = path.with_file_name("livraison.toml");
            if beside.is_file() && matches!(extension(&name).as_str(), "csv" | "gz" | "txt" | "tsv")
            {
                let size = std::fs::metadata(&beside).map(|m| m.len()).unwrap_or(0);
                source.add("livraison.toml", Location::Path(beside), size);
            }
        }

        findings.extend(source.passed_over());
        source.entries.sort_by(|a, b| a.name.cmp(&b.name));
        for (i, entry) in source.entries.iter_mut().enumerate() {
            entry.name = guarded(&entry.name, &format!("fichier n° {}", i + 1), findings);
        }

        Ok(source)
    }

    fn add(&mut self, name: &str, place: Location, packed: u64) {
        self.entries.push(FileEntry {
            name: name.replace('\\', "/").nfc().collect(),
            place,
            packed,
        });
    }

    fn folder(
        &mut self,
        path: &Path,
        prefix: &str,
        depth: usize,
        findings: &mut Vec<Finding>,
    ) -> Result<()> {
        let fail = || format!("le dossier {} est illisible", shown_path(path));
        let mut items = std::fs::read_dir(path)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .access(fail)?;
        items.sort_by_key(std::fs::DirEntry::file_name);

        for item in items {
            let name = item.file_name().to_string_lossy().into_owned();
            let kind = item.file_type().access(fail)?;
            let full = format!("{prefix}{name}");

            if kind.is_symlink() {
                let rank = format!("lien n° {}", findings.len() + 1);
                let full = guarded(&full, &rank, findings);

                findings.push(link().at(&full, None));
            } else if noise(&name) {
                self.hide(&full);
            } else if kind.is_dir() {
                if depth < self.limits.depth {
                    self.folder(&item.path(), &format!("{full}/"), depth + 1, findings)?;
                } else {
                    let full = guarded(&full, "dossier", findings);
                    findings.push(self.too_deep().at(&full, None));
                }
            } else if kind.is_file() && extension(&name) == "zip" {
                let packed = File::open(item.path()).access(fail)?;
                self.nested(packed, &full, depth + 1, findings);
            } else if kind.is_file() {
                self.add(
                    &full,
                    Location::Path(item.path()),
                    item.metadata().map(|m| m.len()).unwrap_or(0),
                );
            }

            self.few(0, &shown_path(path))?;
        }

        Ok(())
    }

    /// Remembers a hidden file or folder, unless systems leave one everywhere.
    fn hide(&mut self, full: &str) {
        let base = full.rsplit('/').next().unwrap_or(full);
        if !matches!(base, ".DS_Store" | "Thumbs.db" | "desktop.ini") {
            self.hidden.insert(full.to_owned());
        }
    }

    /// One line on all that is hidden: a table may be among it.
    fn passed_over(&self) -> Option<Finding> {
        let shown = |name: &String| match identity::name(name) {
            Some(_) => "nom masqué".to_owned(),
            None => name.chars().filter(|c| !c.is_control()).take(60).collect(),
        };
        let names: Vec<String> = self.hidden.iter().take(HIDDEN_SHOWN).map(shown).collect();
        let more = if self.hidden.len() > HIDDEN_SHOWN { ", …" } else { "" };

        let message = format!(
            "fichiers ou dossiers cachés, qui ne sont pas lus ({}) : {}{more}",
            self.hidden.len(),
            names.join(", ")
        );
        (!names.is_empty()).then(|| {
            Finding::new(Rule::FichierIgnore, message)
                .at("livraison", None)
                .hint("si l'un d'eux est une table, ôtez « . » ou « ~$ » du début de son nom ; sinon, rien à faire")
        })
    }

    fn few(&self, more: usize, shown: &str) -> Result<()> {
        if self.entries.len() + more > self.limits.entries {
            return Err(Error::refused(format!(
                "{shown} contient plus de {} fichiers",
                self.limits.entries
            ))
            .hint("donnez une livraison : une région, une période"));
        }

        Ok(())
    }

    /// Opens a file: its bytes for the fingerprint, and a reader of its content, gunzipped and bounded.
    pub(crate) fn read(
        &mut self,
        index: usize,
    ) -> Result<(Fingerprint<'_>, Box<dyn Read + Send + '_>)> {
        let entry = self.entries[index].clone();
        let fail = || format!("{} est illisible", entry.name);

        let (raw, deflated): (Box<dyn Read + Send + '_>, bool) = match &entry.place {
            Location::Zip(archive, file) => {
                (Box::new(self.archives[*archive].by_index(*file).access(fail)?), true)
            }
            Location::Path(path) => (Box::new(File::open(path).access(fail)?), false),
        };

        let bound = |inner| Bounded {
            inner,
            packed: entry.packed,
            read: 0,
            total: Arc::clone(&self.expanded),
            limits: self.limits.clone(),
        };

        let raw: Box<dyn Read + Send + '_> = if deflated { Box::new(bound(raw)) } else { raw };
        let state = Arc::new(Mutex::new(Hashed { inner: raw, sha: Sha256::new() }));

        let tee = Tee(Arc::clone(&state));
        let content: Box<dyn Read + Send + '_> = if extension(&entry.name) == "gz" {
            Box::new(bound(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, tee)))
                as Box<dyn Read + Send + '_>))
        } else {
            Box::new(tee)
        };

        Ok((Fingerprint(state), content))
    }
}

/// A name as it may be shown, without what a terminal would obey; `place` stands for one that names a person, and the delivery is
/// refused for it.
pub(crate) fn guarded(name: &str, place: &str, findings: &mut Vec<Finding>) -> String {
    match identity::name(name) {
        Some(kind) => {
            let masked = format!("{place} (nom masqué)");
            findings.push(named_after(kind, "le nom").at(&masked, None));
            masked
        }
        None => name.chars().filter(|c| !c.is_control()).take(200).collect(),
    }
}

/// A link may lead anywhere: what it stands for is not part of what was sent.
fn link() -> Finding {
    Finding::new(Rule::FichierNonLu, "les liens symboliques ne sont pas suivis")
        .hint("mettez le fichier lui-même à la place du lien")
}

fn named_after(kind: identity::IdentityKind, what: &str) -> Finding {
    Finding::new(Rule::Identite, format!("{what} contient {}", kind.label()))
        .hint("renommez le fichier, le dossier ou la feuille, sans donnée d'identité, puis renvoyez la livraison ; détruisez l'envoi reçu")
}

/// A path as it may be printed or made part of another: parts that name a person are masked.
pub fn shown_path(path: &Path) -> String {
    let part = |part: std::path::Component<'_>| {
        let text = part.as_os_str().to_string_lossy();
        identity::name(&text).map_or_else(|| text.clone().into_owned(), |_| "nom masqué".into())
    };

    let parts: Vec<String> = path.components().map(part).collect();
    if parts.iter().any(|p| p == "nom masqué") {
        return parts.join("/").replace("//", "/");
    }

    path.display().to_string()
}

/// Files that systems and editors leave behind, and hidden ones: whoever sent the delivery has not seen them.
fn noise(name: &str) -> bool {
    name.starts_with('.')
        || name.starts_with("~$")
        || name == "__MACOSX"
        || name == "Thumbs.db"
        || name == "desktop.ini"
}

/// The last extension, lower case.
pub(crate) fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default()
}
