//! A site of final documents, from the folders where campaigns wrote them: contents, a map, a search, each document as page, PDF,
//! workbook and tables.
//!
//! Nothing is computed and no store is read. What is in the site is what stands in the folders, if it is final, went through the gate, and
//! belongs together: the PDF's attachments are those of its manifest, the page holds the same, the workbook names that manifest.
//!
//! - `published`: one document of a folder, and why it is not one to show;
//! - `contents`: which document stands where;
//! - `target`: the folder of the site, replaced whole or not at all.

mod contents;
mod published;
mod target;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::error::{Context, Error, Result};
use geography::Communes;
use report::site::{CONTENTS, DOCUMENTS, INDEX, SCRIPT, SitePages, index};
use report::templates::Templates;

use contents::{contents, search};
pub(crate) use published::page_beside;
use published::{Candidate, Published};
use target::Target;

/// What became of the documents of some folders.
#[derive(Debug)]
pub struct Site {
    /// Its first page.
    pub contents: PathBuf,
    /// Documents in it.
    pub documents: usize,
    /// PDFs of the folders that are not in it, and why.
    pub left_out: Vec<(PathBuf, String)>,
}

/// Builds the site of the documents in the folders `sources`, as the folder `target`.
///
/// # Errors
/// `Refused` if no document is final, or if a final one is damaged or lacks its page or its workbook: then nothing is written. `Usage`
/// if `target` holds anything but a site.
pub fn build(sources: &[PathBuf], target: &Path, templates: &Templates) -> Result<Site> {
    let communes = Communes::embedded()?;
    let pages = SitePages::new(templates)?;
    let target = Target::open(target)?;

    let mut documents: Vec<Published> = Vec::new();
    let (mut left_out, mut wrong) = (Vec::new(), Vec::new());
    for pdf in pdfs(sources)? {
        match Candidate::read(&pdf, communes) {
            Candidate::Final(document) => {
                write_document(&target, &pages, &document)?;
                documents.push(document.published);
            }
            Candidate::LeftOut(why) => left_out.push((pdf, why)),
            Candidate::Wrong(why) => wrong.push(format!("{} : {why}", pdf.display())),
        }
    }

    wrong.extend(twice(&documents));
    if !wrong.is_empty() {
        return Err(Error::refused(format!(
            "le site n'est pas fait, des documents définitifs sont abîmés ou incomplets\n  {}",
            wrong.join("\n  ")
        ))
        .hint("refaites-les avec « medicobus campagne --annee ANNEE --final --html » et le même dossier -o, puis relancez"));
    }
    if documents.is_empty() {
        return Err(nothing_to_show(sources, &left_out));
    }

    let (contents, found) = (contents(&documents, communes)?, search(&documents));
    target.write(CONTENTS, pages.contents(&contents)?.as_bytes())?;
    target.write(INDEX, index(&found)?.as_bytes())?;
    target.write(SCRIPT, pages.script()?.as_bytes())?;
    Ok(Site {
        contents: target.install()?.join(CONTENTS),
        documents: documents.len(),
        left_out,
    })
}

/// The PDFs of the folders, by name within each.
fn pdfs(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for folder in folders {
        let entries = std::fs::read_dir(folder)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .access(|| format!("lecture impossible de {}", folder.display()))
            .map_err(|e| {
                e.hint("donnez un dossier où « medicobus campagne --final --html » a écrit")
            })?;

        let mut pdfs: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        pdfs.retain(|path| path.extension().is_some_and(|e| e == "pdf"));
        pdfs.sort();
        all.extend(pdfs);
    }
    Ok(all)
}

/// Writes a document in its forms, and each of its tables.
fn write_document(
    target: &Target,
    pages: &SitePages<'_>,
    document: &published::Files,
) -> Result<()> {
    let stem = &document.published.stem;
    let way_back = pages.way_back(&document.published.section(), stem)?;
    let page = document.page.in_site(&document.attachments, stem, &way_back).ok_or_else(|| {
        Error::usage(format!("{stem}.html n'a pas de place pour les liens du site"))
            .hint("gardez la ligne <!--site--> de report_templates/html/page.html.j2 dans vos gabarits, puis refaites les pages")
    })?;

    let at = |file: &str| format!("{DOCUMENTS}/{file}");
    target.write(&at(&format!("{stem}.html")), page.as_bytes())?;
    target.write(&at(&format!("{stem}.pdf")), &document.pdf)?;
    target.write(&at(&format!("{stem}.xlsx")), &document.workbook)?;
    for (name, bytes) in &document.attachments {
        target.write(&at(&format!("{stem}/{name}")), bytes)?;
    }
    Ok(())
}

/// Documents that are there twice, and others that share a name.
fn twice(documents: &[Published]) -> Vec<String> {
    let mut by_identity: BTreeMap<_, &Published> = BTreeMap::new();
    let mut by_stem: BTreeMap<&str, &Published> = BTreeMap::new();
    let again = documents.iter().filter_map(|document| {
        let same = by_identity.insert(document.identity(), document);
        let named = by_stem.insert(&document.stem, document);
        let (before, what) = match (same, named) {
            (Some(before), _) => (before, "est le même document que"),
            (None, Some(before)) => (before, "porte le même nom que"),
            (None, None) => return None,
        };
        Some(format!(
            "{} {what} {} : gardez l'un des deux",
            document.path.display(),
            before.path.display()
        ))
    });
    again.collect()
}

fn nothing_to_show(sources: &[PathBuf], left_out: &[(PathBuf, String)]) -> Error {
    let folders: Vec<String> = sources.iter().map(|path| path.display().to_string()).collect();
    let why: Vec<String> = left_out
        .iter()
        .map(|(path, why)| format!("\n  {} : {why}", path.display()))
        .collect();
    Error::refused(format!("aucun document définitif dans {}{}", folders.join(", "), why.concat()))
        .hint("un site ne montre que ce qui est publié : « medicobus campagne --annee ANNEE --final --html » l'édite")
}
