//! A document as one HTML file: the same content, order and words as its PDF, from the same `donnees.json`, with its charts as SVG and
//! its tables to download. No script, nothing fetched: the page's own policy forbids both.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Value;
use minijinja::{AutoEscape, HtmlEscape, context};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use base::error::{Error, Result};
use charts::Chart;

use super::content::Attachment;
use super::document::Document;
use super::jinja::{engine, template_error};
use super::prose::for_sentence;
use super::templates::Templates;

/// Folder of the templates that set a page.
pub(super) const FOLDER: &str = "html/";
/// The rules of every page.
pub(super) const SHEET: &str = "html/page.css";
/// The template of a whole page.
const PAGE: &str = "page.html.j2";
/// Fonts that travel with a page, by their weight in CSS; other weights are drawn from these.
const FONTS: [(&str, u16); 2] =
    [("polices/Inter-Regular.otf", 400), ("polices/Inter-SemiBold.otf", 600)];

/// Colours by name, of the light and of the dark page.
#[derive(Debug, Deserialize)]
struct Theme {
    #[serde(rename = "couleurs")]
    light: BTreeMap<String, String>,
    #[serde(rename = "sombre")]
    dark: BTreeMap<String, String>,
}

/// An attached table as a page gives it.
#[derive(Debug, Serialize)]
struct Download {
    #[serde(rename = "nom")]
    name: String,
    description: String,
    #[serde(rename = "adresse")]
    address: String,
}

/// The page of a document.
///
/// # Errors
/// `Usage` with file and line if a template is wrong or missing.
pub fn page(document: &Document, templates: &Templates) -> Result<String> {
    let mut engine = engine(templates, FOLDER, AutoEscape::Html)?;
    // A kind of block that a template does not know would vanish from the page.
    engine.add_function("bloc_inconnu", |kind: String| -> std::result::Result<String, _> {
        let message = format!("bloc inconnu : {kind}");
        Err(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, message))
    });
    let page = engine.get_template(PAGE).map_err(|e| template_error(FOLDER, &e))?;

    let (style, hash) = style(templates, &[SHEET])?;
    // Documents of one or two pages have no cover, no contents and no summary apart.
    let short = ["fiche.typ", "note_cts.typ", "etat_des_lieux.typ"];
    let short = short.contains(&document.main_file.as_str());

    let html = page.render(context! {
        d => for_sentence(document.data(templates)?),
        court => short,
        dessins => drawings(document, templates),
        pieces => for_sentence(downloads(document)),
        style => style,
        empreinte => hash,
    });
    html.map_err(|e| template_error(FOLDER, &e))
}

/// The text of a template.
///
/// # Errors
/// `Usage` if it is missing or not in UTF-8.
pub(super) fn text<'t>(templates: &'t Templates, path: &str) -> Result<&'t str> {
    templates.text(path).ok_or_else(|| {
        Error::usage(format!("le gabarit {path} manque ou n'est pas en UTF-8"))
            .hint("gardez les fichiers de report_templates/, ou mettez-y les vôtres")
    })
}

/// The style sheet as it stands in a page, and the hash by which the page's policy knows it.
///
/// # Errors
/// As [`sheet`].
pub(super) fn style(templates: &Templates, sheets: &[&str]) -> Result<(Value, Value)> {
    let style = sheet(templates, sheets)?;
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let hash = Value::from_safe_string(format!("sha256-{hash}"));
    Ok((Value::from_safe_string(style), hash))
}

/// The style sheet: colours by name for light and dark, the fonts themselves, then the rules of these files.
///
/// # Errors
/// `Usage` if a template is missing or wrong.
pub(super) fn sheet(templates: &Templates, sheets: &[&str]) -> Result<String> {
    let theme: Theme = serde_json::from_str(text(templates, "theme.json")?)
        .map_err(|e| Error::usage(format!("le gabarit theme.json n'est pas lisible : {e}")))?;
    let variables = |colours: &BTreeMap<String, String>| -> String {
        colours.iter().map(|(name, value)| format!("--{name}:{value};")).collect()
    };

    let mut style = String::new();
    for (path, weight) in FONTS {
        // A designer's folder may hold other fonts: the page then falls back to the reader's.
        if let Some(bytes) = templates.files().get(path) {
            style += &format!(
                "@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/otf;base64,{})}}\n",
                STANDARD.encode(bytes)
            );
        }
    }
    style += &format!(
        ":root{{color-scheme:light dark;{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n",
        variables(&theme.light),
        variables(&theme.dark)
    );
    for sheet in sheets {
        style += text(templates, sheet)?;
    }

    Ok(style)
}

/// The charts by the path that the content names: an element of the page with its text alternative, and the figures behind it.
fn drawings(document: &Document, templates: &Templates) -> BTreeMap<String, Value> {
    let drawn = document.drawings(templates);
    drawn
        .map(|(path, chart, svg)| (format!("/{path}"), drawing(chart, &svg)))
        .collect()
}

/// A chart as an element of the page.
pub(super) fn drawing(chart: &Chart, svg: &str) -> Value {
    let label = HtmlEscape(&chart.alt);
    // Its size is the page's affair.
    let view = svg.find("viewBox").unwrap_or_default();
    let svg = format!("<svg role=\"img\" aria-label=\"{label}\" {}", &svg[view..]);
    context! {
        svg => Value::from_safe_string(svg),
        colonnes => &chart.data.columns,
        lignes => &chart.data.rows,
    }
}

/// The attached tables and definitions, each as an address that holds it.
fn downloads(document: &Document) -> Vec<Download> {
    let address = |piece: &Attachment| {
        let bytes = document.attachment(&piece.name)?;
        Some(format!("data:{};base64,{}", piece.mime, STANDARD.encode(bytes)))
    };
    let pieces = document.content.attachments.iter();
    pieces
        .filter_map(|piece| {
            Some(Download {
                name: piece.name.clone(),
                description: piece.description.clone(),
                address: address(piece)?,
            })
        })
        .collect()
}
