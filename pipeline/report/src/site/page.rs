//! A page made with `--html`, read back: what it is about, and the same page with its tables as files beside it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::address;

/// Where a page lets a site say the way back.
const PLACE: &str = "<!--site-->";
/// What begins a file to download.
const DOWNLOAD: &str = "<a download=\"";

/// A page of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    html: String,
    /// Title of the document: `Bilan annuel 2025`.
    pub title: String,
    /// What it is about: `Région Normandie`.
    pub zone: String,
    /// Code of the région that this lies in, if it is known.
    pub region: Option<String>,
}

impl Page {
    /// Reads a page; nothing where it does not say what it is about.
    pub fn read(html: String) -> Option<Self> {
        let region = attribute(&html, "data-region")?;
        Some(Self {
            title: attribute(&html, "data-titre")?,
            zone: attribute(&html, "data-zone")?,
            region: (!region.is_empty()).then_some(region),
            html,
        })
    }

    /// Whether the files that it holds are these, all of them.
    pub fn holds(&self, files: &BTreeMap<String, Vec<u8>>) -> bool {
        self.with_files(files, "").is_some()
    }

    /// The page in a site: its files are those of `folder` beside it, and `way_back` leads to the others. Nothing if the files that it
    /// holds are not these, or if it has no place for the way back.
    pub fn in_site(
        &self,
        files: &BTreeMap<String, Vec<u8>>,
        folder: &str,
        way_back: &str,
    ) -> Option<String> {
        let html = self.with_files(files, folder)?;
        html.contains(PLACE).then(|| html.replacen(PLACE, way_back, 1))
    }

    /// The page with the address of a file in `folder` in place of each file that it holds.
    fn with_files(&self, files: &BTreeMap<String, Vec<u8>>, folder: &str) -> Option<String> {
        let mut parts = self.html.split(DOWNLOAD);
        let mut html = parts.next()?.to_owned();
        let mut met = BTreeSet::new();

        for part in parts {
            let (name, rest) = part.split_once("\" href=\"")?;
            let (held, rest) = rest.split_once('"')?;
            let (_, coded) = held.split_once(";base64,")?;
            let file = unescaped(name);
            if *files.get(&file)? != STANDARD.decode(unescaped(coded)).ok()? {
                return None;
            }

            let target = address(&[folder, &file]);
            html += &format!("{DOWNLOAD}{name}\" href=\"{target}\"{rest}");
            met.insert(file);
        }

        (met.len() == files.len()).then_some(html)
    }
}

/// An attribute of the page's body.
fn attribute(html: &str, name: &str) -> Option<String> {
    let (_, body) = html.split_once("<body ")?;
    let (tag, _) = body.split_once('>')?;
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(unescaped(rest.split_once('"')?.0))
}

/// A text as it was before the engine of the templates wrote it.
fn unescaped(text: &str) -> String {
    let written =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/")];
    let text = written.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::document;
    use crate::html;
    use crate::templates::Templates;

    fn page_with_files() -> (Page, BTreeMap<String, Vec<u8>>) {
        let templates = Templates::load(None).unwrap();
        let mut document = document(&templates);
        document.content.subtitle = "Région <d'Oc> & \"Oïl\"/x".into();
        document.attach("é ?.csv", "text/csv", "Un", "data", b"a,b\n1,2\n???>>>".to_vec());
        let files: BTreeMap<String, Vec<u8>> = document
            .content
            .attachments
            .iter()
            .map(|a| (a.name.clone(), document.attachment(&a.name).unwrap().to_vec()))
            .collect();
        let html = html::page(&document, &templates).unwrap();
        (Page::read(html).unwrap(), files)
    }

    #[test]
    fn a_page_in_a_site_leads_back_and_to_its_files() {
        let (page, mut files) = page_with_files();
        assert_eq!(page.zone, "Région <d'Oc> & \"Oïl\"/x");
        assert_eq!(page.region, None);

        let html = page.in_site(&files, "bilan-28", "<nav>retour</nav>").unwrap();
        assert!(html.contains("href=\"bilan-28/%C3%A9%20%3F.csv\""));
        assert!(html.contains("<nav>retour</nav>") && !html.contains("base64,YSxi"));

        // Another file, one too many, one too few: it is the page of another document.
        assert!(page.holds(&files));
        files.insert("autre.csv".into(), Vec::new());
        assert!(!page.holds(&files));
        files.remove("autre.csv");
        files.insert("é ?.csv".into(), b"a,b\n1,3\n".to_vec());
        assert!(!page.holds(&files));
        files.remove("é ?.csv");
        assert!(!page.holds(&files));
    }

    #[test]
    fn what_is_no_page_of_ours_is_not_read() {
        assert_eq!(Page::read("<html><body class=\"x\">".into()), None);
    }
}
