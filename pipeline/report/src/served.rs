//! The pages of the local server: the engine, the theme and the rules of documents and of sites, with the files that a server gives apart
//! from its pages.

use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use base::error::Result;

use super::html::{FOLDER, SHEET, sheet, text};
use super::indicator::IndicatorView;
use super::jinja::{engine, template_error};
use super::prose::for_sentence;
use super::templates::Templates;

/// Folder of the templates of these pages.
const PAGES: &str = "servir";

/// Sets the pages of the local server.
pub struct ServedPages {
    engine: Environment<'static>,
    sheet: String,
    script: String,
}

impl ServedPages {
    /// Reads the templates.
    ///
    /// # Errors
    /// `Usage` with file and line if one is wrong or missing.
    pub fn new(templates: &Templates) -> Result<Self> {
        Ok(Self {
            engine: engine(templates, FOLDER, AutoEscape::Html)?,
            sheet: sheet(templates, &[SHEET, "html/servir/servir.css"])?,
            script: text(templates, "html/servir/servir.js")?.to_owned(),
        })
    }

    /// The page that a template sets of what it is given.
    ///
    /// # Errors
    /// `Usage` with file and line if the template is wrong or missing.
    pub fn render(&self, name: &str, page: impl Serialize) -> Result<String> {
        self.set(name, context! { p => for_sentence(page) })
    }

    /// The same, of the answer to a query: its table and its drawing stand in the page.
    ///
    /// # Errors
    /// As [`ServedPages::render`].
    pub fn indicator(
        &self,
        name: &str,
        page: impl Serialize,
        view: &IndicatorView,
    ) -> Result<String> {
        let context = context! { p => for_sentence(page), v => for_sentence(view), dessins => &view.drawings };
        self.set(name, context)
    }

    fn set(&self, name: &str, context: minijinja::Value) -> Result<String> {
        let template = self.engine.get_template(&format!("{PAGES}/{name}.html.j2"));
        let page = template.and_then(|template| template.render(context));
        page.map_err(|e| template_error(FOLDER, &e))
    }

    /// The style sheet of all pages.
    pub fn sheet(&self) -> &str {
        &self.sheet
    }

    /// Their script, which none of them needs.
    pub fn script(&self) -> &str {
        &self.script
    }
}
