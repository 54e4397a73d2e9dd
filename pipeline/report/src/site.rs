//! The pages of a site of documents: its contents, with a map of links and what the search looks through, and each document's own.
//! They open from a folder as from a server: nothing is fetched, and nothing but the search needs a script.

mod page;

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use base::error::{Context, Result};
use base::text::PROGRAM;
use charts::map::{MapLevel, OutlineMap, outline_map};

use super::html::{FOLDER, SHEET, style, text};
use super::jinja::{engine, template_error};
use super::prose::for_sentence;
use super::templates::Templates;

pub use page::Page;

/// Names of the files of a site, beside the folder of its documents.
pub const CONTENTS: &str = "index.html";
/// Its script.
pub const SCRIPT: &str = "recherche.js";
/// What its script looks through.
pub const INDEX: &str = "documents.js";
/// The folder of its documents.
pub const DOCUMENTS: &str = "documents";

/// Room for the map of the country and for that of a région, in points: at the width that a page gives them, their names are read.
const COUNTRY: (f64, f64) = (330.0, 380.0);
const REGION: (f64, f64) = (190.0, 190.0);

/// What the contents of a site say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contents {
    /// Which régions and years.
    #[serde(rename = "sous_titre")]
    pub subtitle: String,
    /// Number of documents.
    #[serde(rename = "nombre")]
    pub count: usize,
    /// Whether a document is about made-up data.
    #[serde(rename = "fictives")]
    pub made_up: bool,
    /// The map of the régions, where there are several.
    #[serde(rename = "carte")]
    pub map: Option<LinkMap>,
    /// The nation, then the régions.
    #[serde(rename = "parties")]
    pub sections: Vec<Section>,
}

/// The documents of a région, or of the nation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Its place in the page: `region-28`.
    pub id: String,
    /// Name.
    #[serde(rename = "nom")]
    pub name: String,
    /// Number of documents.
    #[serde(rename = "nombre")]
    pub count: usize,
    /// The map of its départements, where some have a document.
    #[serde(rename = "carte")]
    pub map: Option<LinkMap>,
    /// The latest first.
    #[serde(rename = "periodes")]
    pub periods: Vec<Period>,
}

/// The documents of a year, or of the years of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// `2025`, `2023 à 2026`.
    #[serde(rename = "nom")]
    pub name: String,
    /// Number of documents.
    #[serde(rename = "nombre")]
    pub count: usize,
    /// Whether its documents are seen at once: the latest year, and evaluations.
    #[serde(rename = "ouverte")]
    pub open: bool,
    /// The zone's own documents, those of its départements, of its buses, of its projects.
    #[serde(rename = "listes")]
    pub lists: Vec<List>,
}

/// Documents of one kind of zone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct List {
    /// What is above them, if anything.
    #[serde(rename = "titre")]
    pub title: String,
    /// By name.
    pub documents: Vec<Entry>,
}

/// A document in the contents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Title: `Bilan annuel 2025`.
    #[serde(rename = "titre")]
    pub title: String,
    /// What it is about: `Région Normandie`.
    pub zone: String,
    /// Address of its page.
    pub page: String,
    /// Address of its PDF.
    pub pdf: String,
    /// Address of its workbook.
    #[serde(rename = "classeur")]
    pub book: String,
}

/// A map whose zones lead somewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkMap {
    /// What it is for.
    #[serde(rename = "titre")]
    pub title: String,
    /// Outlines.
    #[serde(flatten)]
    pub outlines: OutlineMap,
    /// Address and name of the link of a zone, by code.
    #[serde(rename = "liens")]
    pub links: BTreeMap<String, (String, String)>,
}

impl LinkMap {
    /// The map of the régions, those of `names` with their name; `links` gives address and name of a link by code.
    ///
    /// # Errors
    /// If the outlines cannot be read.
    pub fn of_regions(
        title: &str,
        names: &BTreeMap<String, String>,
        links: BTreeMap<String, (String, String)>,
    ) -> Result<Self> {
        Ok(Self {
            title: title.into(),
            outlines: outline_map(MapLevel::Region, &[], names, COUNTRY)?,
            links,
        })
    }

    /// The map of the départements of `frame`, those of `names` with their name.
    ///
    /// # Errors
    /// If the outlines cannot be read.
    pub fn of_departements(
        title: &str,
        frame: &[String],
        names: &BTreeMap<String, String>,
        links: BTreeMap<String, (String, String)>,
    ) -> Result<Self> {
        Ok(Self {
            title: title.into(),
            outlines: outline_map(MapLevel::Departement, frame, names, REGION)?,
            links,
        })
    }
}

/// A document as the search knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Title.
    #[serde(rename = "titre")]
    pub title: String,
    /// What it is about.
    pub zone: String,
    /// Address of its page.
    pub page: String,
    /// Communes where it has something to say.
    pub communes: Vec<String>,
}

/// Sets the pages of a site.
pub struct SitePages<'t> {
    engine: Environment<'static>,
    templates: &'t Templates,
}

impl<'t> SitePages<'t> {
    /// Reads the templates.
    ///
    /// # Errors
    /// `Usage` with file and line if one is wrong.
    pub fn new(templates: &'t Templates) -> Result<Self> {
        Ok(Self {
            engine: engine(templates, FOLDER, AutoEscape::Html)?,
            templates,
        })
    }

    /// The contents as a page.
    ///
    /// # Errors
    /// `Usage` with file and line if a template is wrong or missing.
    pub fn contents(&self, contents: &Contents) -> Result<String> {
        let (style, hash) = style(self.templates, &[SHEET, "html/site.css"])?;
        let context = context! {
            s => for_sentence(contents),
            programme => PROGRAM,
            index => INDEX,
            script => SCRIPT,
            style => style,
            empreinte => hash,
        };
        self.render("site.html.j2", context)
    }

    /// What stands above a document's page, to go from there.
    ///
    /// # Errors
    /// `Usage` with file and line if the template is wrong or missing.
    pub fn way_back(&self, section: &str, stem: &str) -> Result<String> {
        let file = |extension: &str| address(&[&format!("{stem}.{extension}")]);
        let context = context! {
            sommaire => format!("../{CONTENTS}#{section}"),
            pdf => file("pdf"),
            classeur => file("xlsx"),
        };
        self.render("site_retour.html.j2", context)
    }

    fn render(&self, name: &str, context: minijinja::Value) -> Result<String> {
        let template = self.engine.get_template(name);
        let page = template.and_then(|template| template.render(context));
        page.map_err(|e| template_error(FOLDER, &e))
    }

    /// The script of the search.
    ///
    /// # Errors
    /// `Usage` if it is missing.
    pub fn script(&self) -> Result<&'t str> {
        text(self.templates, "html/recherche.js")
    }
}

/// What the search looks through, as a script: a page opened from a folder may not fetch a file of data.
///
/// # Errors
/// None that a document can cause.
pub fn index(documents: &[Found]) -> Result<String> {
    let lines = documents.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
    let lines = lines.access(|| INDEX.to_owned())?;
    Ok(format!("const DOCUMENTS = [\n{}\n];\n", lines.join(",\n")))
}

/// The relative address of a file, of the parts of its path; empty parts are left out.
pub fn address(parts: &[&str]) -> String {
    let coded = |part: &&str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        part.bytes()
            .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect()
    };

    let parts = parts.iter().filter(|part| !part.is_empty());
    parts.map(coded).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_any_name() {
        assert_eq!(address(&["documents", "bilan-28-2025.pdf"]), "documents/bilan-28-2025.pdf");
        assert_eq!(address(&["", "a#b ?\"<é>%.html"]), "a%23b%20%3F%22%3C%C3%A9%3E%25.html");
    }

    #[test]
    fn what_a_bus_is_called_stays_text() {
        let name = "Bus </script><b>\"1\" & 'co'";
        let entry = Entry {
            title: "Fiche 2025".into(),
            zone: name.into(),
            page: "documents/a.html".into(),
            pdf: "documents/a.pdf".into(),
            book: "documents/a.xlsx".into(),
        };
        let contents = Contents {
            subtitle: name.into(),
            count: 1,
            made_up: true,
            map: None,
            sections: vec![Section {
                id: "region-28".into(),
                name: name.into(),
                count: 1,
                map: None,
                periods: vec![Period {
                    name: "2025".into(),
                    count: 1,
                    open: true,
                    lists: vec![List {
                        title: "Médicobus".into(),
                        documents: vec![entry],
                    }],
                }],
            }],
        };

        let templates = Templates::load(None).unwrap();
        let page = SitePages::new(&templates).unwrap().contents(&contents).unwrap();
        assert!(!page.contains("<b>") && page.contains("Bus &lt;&#x2f;script&gt;&lt;b&gt;"));
        assert!(page.contains("Données fictives"));

        let found = Found {
            title: "Fiche 2025".into(),
            zone: name.into(),
            page: "documents/a.html".into(),
            communes: vec!["L'Aigle".into()],
        };
        let script = index(&[found]).unwrap();
        assert!(script.contains(r#""Bus </script><b>\"1\" & 'co'""#), "{script}");
    }
}
