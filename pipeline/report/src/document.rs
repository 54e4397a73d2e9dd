//! A document before it is set: its content, its charts, its attachments, and the folder of files that Typst reads.

use std::collections::BTreeMap;

use super::content::{Attachment, Bilan};
use super::input::BilanInput;
use super::templates::Templates;
use base::error::{Context, Result};
use charts::Chart;

/// A document ready to be set.
#[derive(Debug, Clone)]
pub struct Document {
    /// The Typst file that sets it.
    pub main_file: String,
    /// Content of `donnees.json`.
    pub content: Bilan,
    /// Charts, each a file of the project.
    pub charts: Vec<Chart>,
    /// Bytes of the attachments and of the logo, by path in the project.
    bytes: BTreeMap<String, Vec<u8>>,
}

impl Document {
    /// A document whose tables are still to be attached.
    pub(super) fn new(
        main_file: &str,
        mut content: Bilan,
        charts: Vec<Chart>,
        input: &BilanInput<'_>,
    ) -> Self {
        content.say_once();
        content.explain_sigles();
        let logo = input.logo.map(|(name, bytes)| (name.to_string(), bytes.to_vec()));
        Self {
            main_file: main_file.to_string(),
            content,
            charts,
            bytes: logo.into_iter().collect(),
        }
    }

    /// A document that no query's table is attached to.
    pub fn without_tables(main_file: &str, content: Bilan) -> Self {
        Self {
            main_file: main_file.to_string(),
            content,
            charts: Vec::new(),
            bytes: BTreeMap::new(),
        }
    }

    /// Attaches a file inside the PDF. `relation` is PDF/A-3's: `data`, `source`, `supplement`, `alternative`.
    pub fn attach(
        &mut self,
        name: &str,
        mime: &str,
        description: &str,
        relation: &str,
        bytes: Vec<u8>,
    ) {
        let path = format!("pieces/{name}");

        self.content.attachments.retain(|p| p.name != name);
        self.content.attachments.push(Attachment {
            name: name.to_string(),
            path: format!("/{path}"),
            mime: mime.to_string(),
            description: description.to_string(),
            relation: relation.to_string(),
        });

        self.bytes.insert(path, bytes);
    }

    /// Bytes of an attachment by its name.
    pub fn attachment(&self, name: &str) -> Option<&[u8]> {
        self.bytes.get(&format!("pieces/{name}")).map(Vec::as_slice)
    }

    /// Every file that Typst reads, by path: templates, `donnees.json`, charts, attachments.
    ///
    /// # Errors
    /// If the content cannot be written as JSON.
    pub fn files(&self, templates: &Templates) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = templates.files().clone();
        let mut json = serde_json::to_vec_pretty(&self.data(templates)?).access(unwritten)?;
        json.push(b'\n');
        files.insert("donnees.json".into(), json);

        let drawings = self.drawings(templates);
        files.extend(drawings.map(|(path, _, svg)| (path, svg.into_bytes())));
        files.extend(self.bytes.clone());
        Ok(files)
    }

    /// The content as templates read it, every character one that the fonts can draw.
    ///
    /// # Errors
    /// If the content cannot be written as JSON.
    pub(super) fn data(&self, templates: &Templates) -> Result<serde_json::Value> {
        let mut content = serde_json::to_value(&self.content).access(unwritten)?;
        templates.coverage().sanitise(&mut content);
        Ok(content)
    }

    /// The charts that are drawn: path in the project, chart, its SVG as the fonts can draw it.
    pub(super) fn drawings(
        &self,
        templates: &Templates,
    ) -> impl Iterator<Item = (String, &Chart, String)> {
        let coverage = templates.coverage();
        self.charts.iter().filter_map(move |chart| {
            let lines = chart.svg.as_ref()?.lines().map(|line| coverage.drawable(line));
            let svg = lines.collect::<Vec<_>>().join("\n");
            Some((format!("graphiques/{}.svg", chart.id), chart, svg))
        })
    }

    /// What identifies the document from one compilation to the next: title, zone, year, state of the data.
    pub fn identifier(&self) -> String {
        let d = &self.content;
        format!(
            "medicobus:{}:{}:{}:{}:{:04}-{:02}-{:02}",
            self.main_file,
            d.zone.level.name(),
            d.zone.code,
            d.year,
            d.date.year,
            d.date.month,
            d.date.day
        )
    }
}

fn unwritten() -> String {
    "donnees.json ne peut pas être écrit".to_string()
}

/// What a key says of its table's scope, in words.
pub fn scope(key: &str) -> String {
    match key.rsplit_once('/') {
        Some((_, "precedent")) => "année précédente".into(),
        Some((_, "parties")) => "par territoire".into(),
        Some((_, "medicobus")) => "par médicobus".into(),
        Some((start, year)) if year.parse::<i32>().is_ok() => {
            format!("{}, {year}", scope(start))
        }
        _ => "ensemble de la zone".into(),
    }
}
