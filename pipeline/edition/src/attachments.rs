//! The files attached inside a PDF: the tables and the manifest that a document carries with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use lopdf::{Dictionary, Document, LoadOptions, Object};

use base::error::{Context, Error, Result};

use super::manifest::Manifest;

/// Name of the manifest among the attachments.
pub const MANIFEST: &str = "manifeste.json";
/// Name of the definitions among them.
pub const DEFINITIONS: &str = "definitions.md";

/// Bytes of the largest PDF that is opened: an array of single digits takes sixty times its size once read, and those of this
/// program hold a few MiB.
const LARGEST: u64 = 6 << 20;
/// Bytes to which all attachments of a PDF may unpack.
const UNPACKED: usize = 128 << 20;
/// Bytes to which its table of objects may unpack.
const TABLES: usize = 1 << 20;

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
        let bytes = within_bounds(path)?;
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

/// The bytes of a PDF that may be opened: a file, not too large, as this program writes them.
fn within_bounds(path: &Path) -> Result<Vec<u8>> {
    let unreadable = || format!("lecture impossible de {}", path.display());
    let refused = |what: &str, hint: &str| {
        Error::usage(format!("{} {what}", path.display())).hint(hint.to_string())
    };

    // A pipe or a device would be waited for without end.
    let meta = std::fs::metadata(path).access(unreadable)?;
    if !meta.is_file() {
        return Err(refused("n'est pas un fichier", "donnez le chemin d'un PDF"));
    }

    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .access(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let what = format!("dépasse {} Mio", LARGEST >> 20);
        return Err(refused(&what, "les documents de medicobus sont plus petits"));
    }

    // Packed objects grow without bound once unpacked, and this program writes none.
    if packs_objects(&bytes) {
        return Err(refused(
            "a été réenregistré par un autre programme, qui en a comprimé les objets",
            "donnez le PDF tel que medicobus l'a écrit",
        ));
    }

    Ok(bytes)
}

/// Whether a PDF names object streams. A name may be written with the codes of its letters (`/Obj#53tm`).
fn packs_objects(pdf: &[u8]) -> bool {
    let packed = b"ObjStm";
    let digit = |b: u8| char::from(b).to_digit(16);

    pdf.iter().enumerate().filter(|(_, b)| **b == b'/').any(|(at, _)| {
        let mut rest = &pdf[at + 1..];
        packed.iter().all(|letter| {
            let (read, length) = match rest {
                [b'#', high, low, ..] => {
                    (digit(*high).zip(digit(*low)).map(|(h, l)| (16 * h + l) as u8), 3)
                }
                [plain, ..] => (Some(*plain), 1),
                [] => (None, 0),
            };
            rest = &rest[length..];
            read == Some(*letter)
        })
    })
}

/// Every embedded file of a PDF, by name.
///
/// # Errors
/// If the PDF cannot be parsed, or holds more than its bounds once unpacked.
pub fn attachments(pdf: &[u8]) -> lopdf::Result<BTreeMap<String, Vec<u8>>> {
    let bounded = LoadOptions {
        max_decompressed_size: Some(TABLES),
        ..LoadOptions::default()
    };
    let document = Document::load_mem_with_options(pdf, bounded)?;
    let mut found = BTreeMap::new();
    let mut left = UNPACKED;

    for object in document.objects.values() {
        if let Ok(dictionary) = object.as_dict()
            && let Some((name, content)) = embedded(&document, dictionary, left)?
        {
            left -= content.len();
            found.insert(name, content);
        }
    }

    Ok(found)
}

/// Name and content of a file specification that embeds its file.
fn embedded(
    document: &Document,
    specification: &Dictionary,
    most: usize,
) -> lopdf::Result<Option<(String, Vec<u8>)>> {
    let Ok(files) = specification.get(b"EF").and_then(|o| resolved(document, o)?.as_dict()) else {
        return Ok(None);
    };

    let name = specification.get(b"UF").or_else(|_| specification.get(b"F"))?;
    let name = lopdf::decode_text_string(resolved(document, name)?)?;

    let stream = files.get(b"F").or_else(|_| files.get(b"UF"))?;
    let stream = resolved(document, stream)?.as_stream()?;
    let content = stream.get_plain_content_with_limit(most)?;
    Ok(Some((name.trim_start_matches('/').to_string(), content)))
}

fn resolved<'d>(document: &'d Document, object: &'d Object) -> lopdf::Result<&'d Object> {
    document.dereference(object).map(|(_, object)| object)
}

#[cfg(test)]
mod tests {
    use lopdf::{Stream, dictionary};

    use super::*;

    #[test]
    fn packed_objects_are_seen_under_any_spelling() {
        for named in ["<</Type/ObjStm>>", "<</Type /#4fbj#53tm/N 1>>", "x/ObjStm"] {
            assert!(packs_objects(named.as_bytes()), "{named}");
        }
        for other in ["<</Type/Objet>>", "(ObjStm)", "/ObjSt", "/Obj#5", "/", ""] {
            assert!(!packs_objects(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn attachments_that_unpack_beyond_the_bound_are_refused() {
        let pdf = |bytes: usize| {
            let mut document = Document::with_version("1.7");
            let mut stream = Stream::new(dictionary! {}, vec![0; bytes]);
            stream.compress().unwrap();
            let file = document.add_object(stream);
            document.add_object(dictionary! {
                "Type" => "Filespec",
                "F" => Object::string_literal("a.csv"),
                "EF" => dictionary! { "F" => file },
            });

            let mut written = Vec::new();
            document.save_to(&mut written).unwrap();
            attachments(&written).map(|found| found["a.csv"].len())
        };

        assert_eq!(pdf(1000).unwrap(), 1000);
        assert!(pdf(UNPACKED + 1).is_err());
    }
}
