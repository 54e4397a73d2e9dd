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

use super::document::Document;
use super::gabarits::Gabarits;
use super::model::Jour;
use base::error::{Error, Result};

/// A press: fonts, library and parsed templates, shared by every document set from the same templates.
pub struct Presse<'a> {
    gabarits: &'a Gabarits,
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    sources: BTreeMap<String, Source>,
}

/// A document that was set.
#[derive(Debug, Clone)]
pub struct Epreuve {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// What Typst warns of, one message each.
    pub avertissements: Vec<String>,
}

impl<'a> Presse<'a> {
    /// Reads fonts and templates.
    ///
    /// # Errors
    /// `Usage` if the templates hold no font or a Typst file is not UTF-8.
    pub fn new(gabarits: &'a Gabarits) -> Result<Self> {
        let fonts: Vec<Font> = gabarits
            .polices()
            .flat_map(|p| Font::iter(Bytes::new(p.to_vec())))
            .collect();
        if fonts.is_empty() {
            return Err(Error::usage("les gabarits ne contiennent aucune police lisible")
                .hint("gardez le dossier polices/ de report_templates, ou mettez-y vos fichiers .otf ou .ttf"));
        }
        let mut sources = BTreeMap::new();
        for (chemin, octets) in gabarits
            .fichiers()
            .iter()
            .filter(|(c, _)| c.ends_with(".typ"))
        {
            let texte = String::from_utf8(octets.clone())
                .map_err(|_| Error::usage(format!("le gabarit {chemin} n'est pas en UTF-8")))?;
            sources.insert(chemin.clone(), Source::new(fichier(chemin)?, texte));
        }
        // Row headers of tables (PDF/UA) are still behind this feature.
        let library = Library::builder()
            .with_features([Feature::A11yExtras].into_iter().collect())
            .build();
        let book = FontBook::from_fonts(&fonts);
        Ok(Self {
            gabarits,
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
    pub fn composer(&self, document: &Document) -> Result<Epreuve> {
        self.composer_fichiers(document, document.fichiers(self.gabarits)?)
    }

    fn composer_fichiers(
        &self,
        document: &Document,
        fichiers: BTreeMap<String, Vec<u8>>,
    ) -> Result<Epreuve> {
        let fichiers = fichiers
            .into_iter()
            .filter(|(chemin, _)| !chemin.ends_with(".typ"))
            .map(|(chemin, octets)| (chemin, Bytes::new(octets)))
            .collect();
        let monde = Monde {
            presse: self,
            principal: fichier(&document.principal)?,
            fichiers,
        };
        let Warned { output, warnings } = typst::compile::<PagedDocument>(&monde);
        let pages = output.map_err(|erreurs| monde.traduire(&erreurs))?;
        let avertissements = warnings.iter().map(|w| monde.dire(w)).collect();
        let options = PdfOptions {
            ident: Smart::Custom(document.identifiant()),
            creator: Smart::Custom(Some(base::text::PROGRAM.to_string())),
            timestamp: horodatage(document.donnees.date),
            standards: PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
                .map_err(|e| Error::usage(e.message().to_string()))?,
            ..PdfOptions::default()
        };
        let pdf = typst_pdf::pdf(&pages, &options).map_err(|erreurs| monde.traduire(&erreurs))?;
        Ok(Epreuve {
            pdf,
            avertissements,
        })
    }

    /// The templates it was made from.
    pub fn gabarits(&self) -> &'a Gabarits {
        self.gabarits
    }

    /// Forgets what was cached for documents set more than `generations` documents ago: a campaign calls it after each.
    pub fn oublier(generations: usize) {
        typst::comemo::evict(generations);
    }
}

/// Sets one document; for many, keep a [`Presse`].
///
/// # Errors
/// As [`Presse::new`] and [`Presse::composer`].
pub fn pdf(document: &Document, gabarits: &Gabarits) -> Result<Vec<u8>> {
    Ok(Presse::new(gabarits)?.composer(document)?.pdf)
}

/// Sets what is written in `dossier` and nothing else: templates, fonts, data and charts come from there. `document` only
/// names the main file, the date and the identity of the PDF.
#[cfg(test)]
pub(super) fn composer_dossier(dossier: &std::path::Path, document: &Document) -> Result<Vec<u8>> {
    let gabarits = Gabarits::seuls(dossier)?;
    let presse = Presse::new(&gabarits)?;
    Ok(presse
        .composer_fichiers(document, gabarits.fichiers().clone())?
        .pdf)
}

/// The date of the data at midnight UTC: the only time a PDF holds.
fn horodatage(jour: Jour) -> Option<Timestamp> {
    let (mois, quantieme) = (u8::try_from(jour.mois).ok()?, u8::try_from(jour.jour).ok()?);
    Datetime::from_ymd_hms(jour.annee, mois, quantieme, 0, 0, 0).map(Timestamp::new_utc)
}

fn fichier(chemin: &str) -> Result<FileId> {
    let virtuel = VirtualPath::new(chemin).map_err(|_| {
        Error::usage(format!(
            "« {chemin} » n'est pas un chemin de fichier de projet"
        ))
    })?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, virtuel)))
}

/// The files of one document.
struct Monde<'p> {
    presse: &'p Presse<'p>,
    principal: FileId,
    fichiers: BTreeMap<String, Bytes>,
}

impl World for Monde<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.presse.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.presse.book
    }

    fn main(&self) -> FileId {
        self.principal
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let chemin = chemin(id)?;
        self.presse
            .sources
            .get(chemin)
            .cloned()
            .ok_or_else(|| FileError::NotFound(PathBuf::from(chemin)))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let chemin = chemin(id)?;
        if let Some(source) = self.presse.sources.get(chemin) {
            return Ok(Bytes::from_string(source.text().to_string()));
        }
        self.fichiers
            .get(chemin)
            .cloned()
            .ok_or_else(|| FileError::NotFound(PathBuf::from(chemin)))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.presse.fonts.get(index).cloned()
    }

    // A document that asks the clock is no function of its inputs.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Path in the project; packages are never fetched.
fn chemin(id: FileId) -> FileResult<&'static str> {
    let chemin = id.get().vpath().get_without_slash();
    match id.get().root() {
        VirtualRoot::Project => Ok(chemin),
        VirtualRoot::Package(_) => Err(FileError::Other(Some(
            "les paquets ne sont pas téléchargés : copiez le fichier dans les gabarits".into(),
        ))),
    }
}

impl Monde<'_> {
    /// The first error, with file and line; the hints and the calls that led there.
    fn traduire(&self, erreurs: &[SourceDiagnostic]) -> Error {
        let Some(premiere) = erreurs.first() else {
            return Error::usage("Typst a échoué sans dire pourquoi");
        };
        let mut message = self.dire(premiere);
        for etape in &premiere.trace {
            if let Some(lieu) = self.lieu(etape.span.into()) {
                message.push_str(&format!("\n  appelé depuis {lieu}"));
            }
        }
        if erreurs.len() > 1 {
            message.push_str(&format!("\n  ({} autres erreurs)", erreurs.len() - 1));
        }
        let conseils: Vec<&str> = premiere.hints.iter().map(|h| h.v.as_str()).collect();
        Error::usage(message).hint(if conseils.is_empty() {
            "comparez avec le gabarit publié : medicobus bilan --source DOSSIER écrit les fichiers tels que Typst les lit".to_string()
        } else {
            conseils.join(" ; ")
        })
    }

    fn dire(&self, diagnostic: &SourceDiagnostic) -> String {
        match self.lieu(diagnostic.span) {
            Some(lieu) => format!("gabarit {lieu} : {}", diagnostic.message),
            None => format!("gabarit : {}", diagnostic.message),
        }
    }

    /// `chapitres/synthese.typ, ligne 12`.
    fn lieu(&self, span: DiagSpan) -> Option<String> {
        let id = span.id()?;
        let chemin = chemin(id).ok()?;
        let ligne = self.range(span).and_then(|r| {
            self.presse
                .sources
                .get(chemin)?
                .lines()
                .byte_to_line(r.start)
        });
        Some(match ligne {
            Some(n) => format!("{chemin}, ligne {}", n + 1),
            None => chemin.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::essai::document;

    #[test]
    fn the_same_document_gives_the_same_bytes() {
        let gabarits = Gabarits::charger(None).unwrap();
        let document = document(&gabarits);
        let une = Presse::new(&gabarits).unwrap().composer(&document).unwrap();
        let deux = Presse::new(&gabarits).unwrap().composer(&document).unwrap();
        assert_eq!(une.avertissements, Vec::<String>::new());
        assert!(une.pdf.starts_with(b"%PDF-"));
        assert!(une.pdf == deux.pdf, "two compilations differ");
    }

    #[test]
    fn a_broken_template_is_named_with_its_line() {
        let dossier = std::env::temp_dir().join(format!("presse-{}", std::process::id()));
        std::fs::create_dir_all(dossier.join("chapitres")).unwrap();
        std::fs::write(
            dossier.join("chapitres/synthese.typ"),
            "#let synthese(d) = {\n  d.rien_du_tout\n}\n",
        )
        .unwrap();
        let gabarits = Gabarits::charger(Some(&dossier)).unwrap();
        std::fs::remove_dir_all(&dossier).unwrap();
        let erreur = Presse::new(&gabarits)
            .unwrap()
            .composer(&document(&gabarits))
            .unwrap_err();
        assert!(
            erreur.message().contains("chapitres/synthese.typ, ligne 2"),
            "{erreur}"
        );
        assert_eq!(erreur.kind().exit_code(), 2);
        assert!(erreur.hint_text().is_some());
    }
}
