//! Typst as a library: a world of files in memory, the templates' own fonts, no clock, no network.

use std::collections::BTreeMap;
use std::path::PathBuf;

use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{DiagSpan, FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::content::Day;
use super::document::Document;
use super::templates::Templates;
use base::error::{Error, Result};
use base::french::counted;

/// Fonts, library and parsed templates, shared by every document set from the same templates.
pub struct Typesetter<'a> {
    templates: &'a Templates,
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: BTreeMap<String, Source>,
}

/// A document that was set.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// What Typst warns of, one message each.
    pub warnings: Vec<String>,
}

impl<'a> Typesetter<'a> {
    /// Reads fonts and templates.
    ///
    /// # Errors
    /// `Usage` if the templates hold no font or a Typst file is not UTF-8.
    pub fn new(templates: &'a Templates) -> Result<Self> {
        let fonts: Vec<Font> =
            templates.fonts().flat_map(|p| Font::iter(Bytes::new(p.to_vec()))).collect();
        if fonts.is_empty() {
            return Err(Error::usage("les gabarits ne contiennent aucune police lisible")
                .hint("gardez le dossier polices/ de report_templates, ou mettez-y vos fichiers .otf ou .ttf"));
        }

        let mut sources = BTreeMap::new();
        for (path, bytes) in templates.files().iter().filter(|(c, _)| c.ends_with(".typ")) {
            let text = String::from_utf8(bytes.clone())
                .map_err(|_| Error::usage(format!("le gabarit {path} n'est pas en UTF-8")))?;
            sources.insert(path.clone(), Source::new(file(path)?, text));
        }

        // Row headers of tables (PDF/UA) are still behind this feature.
        let library = Library::builder()
            .with_features([Feature::A11yExtras].into_iter().collect())
            .build();
        let book = FontBook::from_fonts(&fonts);

        Ok(Self {
            templates,
            library: LazyHash::new(library),
            book: LazyHash::new(book),
            fonts,
            sources,
        })
    }

    /// Sets a document as PDF/UA-1 and PDF/A-3a.
    ///
    /// # Errors
    /// `Usage` with file, line and hint if a template is wrong or the PDF would break a standard.
    pub fn typeset(&self, document: &Document) -> Result<Proof> {
        self.typeset_files(document, document.files(self.templates)?)
    }

    fn typeset_files(
        &self,
        document: &Document,
        files: BTreeMap<String, Vec<u8>>,
    ) -> Result<Proof> {
        let files = files
            .into_iter()
            .filter(|(path, _)| !path.ends_with(".typ"))
            .map(|(path, bytes)| (path, Bytes::new(bytes)))
            .collect();
        let project = ProjectFiles {
            typesetter: self,
            main_file: file(&document.main_file)?,
            files,
        };

        let Warned { output, warnings } = typst::compile::<PagedDocument>(&project);
        let pages = output.map_err(|errors| project.explain(&errors))?;
        let warnings = warnings.iter().map(|w| project.say(w)).collect();

        let options = PdfOptions {
            ident: Smart::Custom(document.identifier()),
            creator: Smart::Custom(Some(base::text::PROGRAM.to_string())),
            timestamp: timestamp_of(document.content.date),
            standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
                .map_err(|e| Error::usage(e.message().to_string()))?,
            ..PdfOptions::default()
        };

        let pdf = typst_pdf::pdf(&pages, &options).map_err(|errors| project.explain(&errors))?;
        Ok(Proof { pdf, warnings })
    }

    /// The templates it was made from.
    pub fn templates(&self) -> &'a Templates {
        self.templates
    }

    /// Forgets what was cached for documents set more than `generations` documents ago: a campaign calls it after each.
    pub fn forget(generations: usize) {
        typst::comemo::evict(generations);
    }
}

/// Sets one document; for many, keep a [`Typesetter`].
///
/// # Errors
/// As [`Typesetter::new`] and [`Typesetter::typeset`].
pub fn pdf(document: &Document, templates: &Templates) -> Result<Vec<u8>> {
    Ok(Typesetter::new(templates)?.typeset(document)?.pdf)
}

/// Sets what is written in `folder` and nothing else: templates, fonts, data and charts come from there. `document` only
/// names the main file, the date and the identity of the PDF.
#[cfg(test)]
pub(super) fn typeset_folder(folder: &std::path::Path, document: &Document) -> Result<Vec<u8>> {
    let templates = Templates::only(folder)?;
    let typesetter = Typesetter::new(&templates)?;
    Ok(typesetter.typeset_files(document, templates.files().clone())?.pdf)
}

/// The date of the data at midnight UTC: the only time a PDF holds.
fn timestamp_of(day: Day) -> Option<Timestamp> {
    let (month, day_of_month) = (u8::try_from(day.month).ok()?, u8::try_from(day.day).ok()?);
    Datetime::from_ymd_hms(day.year, month, day_of_month, 0, 0, 0).map(Timestamp::new_utc)
}

/// The name by which Typst asks for a file of the project.
fn file(path: &str) -> Result<FileId> {
    let virtual_path = VirtualPath::new(path).map_err(|_| {
        Error::usage(format!("« {path} » n'est pas un chemin de fichier de projet"))
    })?;

    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, virtual_path)))
}

/// The files of one document.
struct ProjectFiles<'p> {
    typesetter: &'p Typesetter<'p>,
    main_file: FileId,
    files: BTreeMap<String, Bytes>,
}

impl World for ProjectFiles<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.typesetter.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.typesetter.book
    }

    fn main(&self) -> FileId {
        self.main_file
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let path = path(id)?;
        self.typesetter
            .sources
            .get(path)
            .cloned()
            .ok_or_else(|| FileError::NotFound(PathBuf::from(path)))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let path = path(id)?;
        if let Some(source) = self.typesetter.sources.get(path) {
            return Ok(Bytes::from_string(source.text().to_string()));
        }
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| FileError::NotFound(PathBuf::from(path)))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.typesetter.fonts.get(index).cloned()
    }

    // A document that asks the clock is no function of its inputs.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Path in the project; packages are never fetched.
fn path(id: FileId) -> FileResult<&'static str> {
    let path = id.get().vpath().get_without_slash();
    match id.get().root() {
        VirtualRoot::Project => Ok(path),
        VirtualRoot::Package(_) => Err(FileError::Other(Some(
            "les paquets ne sont pas téléchargés : copiez le fichier dans les gabarits".into(),
        ))),
    }
}

impl ProjectFiles<'_> {
    /// The first error, with file and line; the hints and the calls that led there.
    fn explain(&self, errors: &[SourceDiagnostic]) -> Error {
        let Some(first) = errors.first() else {
            return Error::usage("Typst a échoué sans dire pourquoi");
        };

        let mut message = self.say(first);
        for call in &first.trace {
            if let Some(place) = self.place(call.span.into()) {
                message.push_str(&format!("\n  appelé depuis {place}"));
            }
        }
        if errors.len() > 1 {
            let more = counted(errors.len() - 1, "autre erreur", "autres erreurs");
            message.push_str(&format!("\n  ({more})"));
        }

        let hints: Vec<&str> = first.hints.iter().map(|h| h.v.as_str()).collect();
        Error::usage(message).hint(if hints.is_empty() {
            "comparez avec le gabarit publié : medicobus bilan --source DOSSIER écrit les fichiers tels que Typst les lit".to_string()
        } else {
            hints.join(" ; ")
        })
    }

    /// A warning or an error with its place.
    fn say(&self, diagnostic: &SourceDiagnostic) -> String {
        match self.place(diagnostic.span) {
            Some(place) => format!("gabarit {place} : {}", diagnostic.message),
            None => format!("gabarit : {}", diagnostic.message),
        }
    }

    /// `chapitres/synthese.typ, ligne 12`.
    fn place(&self, span: DiagSpan) -> Option<String> {
        let id = span.id()?;
        let path = path(id).ok()?;
        let line = self
            .range(span)
            .and_then(|r| self.typesetter.sources.get(path)?.lines().byte_to_line(r.start));

        Some(match line {
            Some(n) => format!("{path}, ligne {}", n + 1),
            None => path.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::document;

    #[test]
    fn the_same_document_gives_the_same_bytes() {
        let templates = Templates::load(None).unwrap();
        let document = document(&templates);
        let une = Typesetter::new(&templates).unwrap().typeset(&document).unwrap();
        let deux = Typesetter::new(&templates).unwrap().typeset(&document).unwrap();
        assert_eq!(une.warnings, Vec::<String>::new());
        assert!(une.pdf.starts_with(b"%PDF-"));
        assert!(une.pdf == deux.pdf, "two compilations differ");
    }

    #[test]
    fn a_broken_template_is_named_with_its_line() {
        let folder = std::env::temp_dir().join(format!("presse-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("chapitres")).unwrap();
        std::fs::write(
            folder.join("chapitres/synthese.typ"),
            "#let synthese(d) = {\n  d.rien_du_tout\n}\n",
        )
        .unwrap();
        let templates = Templates::load(Some(&folder)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let error =
            Typesetter::new(&templates).unwrap().typeset(&document(&templates)).unwrap_err();
        assert!(error.message().contains("chapitres/synthese.typ, ligne 2"), "{error}");
        assert_eq!(error.kind().exit_code(), 2);
        assert!(error.hint_text().is_some());
    }
}
