//! What the chapters share: tables found by key, charts and printed tables with their notes and sources, sentences.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::content::{Block, PrintedChart, PrintedColumn, PrintedTable};
use super::input::BilanInput;
use super::prose::{Fact, Prose};
use super::slice::{Slice, SliceRow};
use base::definition::{Definition, Format, Role};
use base::error::Result;
use base::french::{self as format, typography};
use base::zone::Level;
use charts::{Chart, Plot, style};
use disclosure::{Cell, GatedTable};

/// What a year that goes on has not: counts to set against those of a whole year, and a cost of its days, for what it is paid is a year's.
const OF_WHOLE_YEARS: [&str; 12] = [
    "medicobus_actifs_precedent",
    "jours_sortie_precedent",
    "consultations_precedent",
    "evolution_consultations",
    "patients_precedent",
    "evolution_patients",
    "creneaux_honores_precedent",
    "reference",
    "ecart_reference",
    "cout_par_jour",
    "cout_par_consultation",
    "cout_par_patient",
];

/// What builds one document, chapter by chapter.
pub struct Builder<'a> {
    /// What the document is made from.
    pub input: &'a BilanInput<'a>,
    prose: Prose,
    /// Width of the charts, in points of the page.
    pub width: f64,
    /// Charts drawn so far.
    pub charts: Vec<Chart>,
    /// Keys printed in a chapter.
    pub printed: BTreeSet<String>,
    /// Whom the figures of this chapter are about, as already printed in it.
    scopes: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    /// A builder of a document without content yet.
    ///
    /// # Errors
    /// `Usage` if a sentence template is wrong.
    pub fn new(input: &'a BilanInput<'a>) -> Result<Self> {
        let prose = Prose::new(input.templates)?;
        Ok(Self {
            input,
            prose,
            width: style::WIDTH,
            charts: Vec::new(),
            printed: BTreeSet::new(),
            scopes: BTreeSet::new(),
        })
    }

    /// Starts a chapter: whom its figures are about is said again.
    pub fn open_chapter(&mut self) {
        self.scopes.clear();
    }

    /// Name of the zones just below, for titles: `par département`, `par région`.
    pub fn by_part(&self) -> &'static str {
        if self.input.zone.level == Level::National {
            "par région"
        } else {
            "par département"
        }
    }

    /// The answer under that key, if the query was asked; parts of a zone in the order of their names, as everywhere. The only part
    /// of a zone is the zone: its table would print the same row twice.
    pub fn slice(&self, key: &str) -> Option<Slice<'a>> {
        let mut slice = self.input.tables.get(key).map(Slice::new)?;
        if self.input.zone.level == Level::National {
            slice = slice.calling_the_nation(&self.input.zone.name);
        }
        if self.input.unfinished().is_some() {
            slice = slice.leaving_out(&OF_WHOLE_YEARS);
        }
        if !key.contains("/parties") {
            return Some(slice);
        }

        let only_part = self.input.parts.len() == 1;
        (!only_part).then(|| slice.by_name())
    }

    /// The document's zone in the answer under that key.
    pub fn row(&self, key: &str) -> Option<SliceRow<'a>> {
        self.slice(key)?.first()
    }

    /// Every column of the first row under that key, for sentences; figures that are not there are `inconnu`.
    pub fn facts(&self, key: &str) -> BTreeMap<String, Fact> {
        let Some(table) = self.input.tables.get(key) else {
            return BTreeMap::new();
        };
        let names: Vec<String> =
            table.definition().columns.iter().map(|c| c.name.clone()).collect();

        Fact::row(self.row(key).as_ref(), &names)
    }

    /// Sentences of a template; every context also gets `zone`, `annee`, `precedent`, `inacheve` (whether the year goes on after
    /// the data), `en_annee` (`en 2025`, `de janvier à septembre 2026`), `fin_annee`, `fictives`, and `seuil`, the fewest patients
    /// that may be shown.
    ///
    /// # Errors
    /// `Usage` if the template fails.
    pub fn sentences(&self, template: &str, context: impl Serialize) -> Result<Vec<String>> {
        #[derive(Serialize)]
        struct SentenceContext<'c, T> {
            zone: &'c super::content::NamedZone,
            #[serde(rename = "annee")]
            year: i32,
            #[serde(rename = "precedent")]
            previous: i32,
            #[serde(rename = "inacheve")]
            unfinished: bool,
            #[serde(rename = "en_annee")]
            in_year: String,
            #[serde(rename = "fin_annee")]
            at_its_end: String,
            #[serde(rename = "fictives")]
            fictitious: bool,
            #[serde(rename = "seuil")]
            threshold: u32,
            #[serde(rename = "regions_livrees")]
            delivered_regions: usize,
            regions: usize,
            #[serde(flatten)]
            others: T,
        }

        let context = SentenceContext {
            zone: self.input.zone,
            year: self.input.year,
            previous: self.input.year - 1,
            unfinished: self.input.unfinished().is_some(),
            in_year: self.input.in_year(),
            at_its_end: self.input.at_its_end(),
            fictitious: self.input.fictitious,
            threshold: self.input.threshold,
            delivered_regions: self.input.delivered_regions().len(),
            regions: self.input.parts.len(),
            others: context,
        };
        self.prose.sentences(template, &context)
    }

    /// The committee's comment on a chapter, or the place for it; nothing in a final document without comment.
    pub fn comment(&self, chapter: &str) -> Option<Block> {
        self.comment_under(chapter, "Commentaire du comité")
    }

    /// The same under a title of its own.
    pub fn comment_under(&self, chapter: &str, title: &str) -> Option<Block> {
        let content = self.input.comments.get(chapter).cloned().unwrap_or_default();
        if content.is_empty() && self.input.is_final {
            return None;
        }

        Some(Block::Comment {
            title: title.into(),
            content,
            prompt: typography(&format!(
                "{chapter}.md ; sans texte, la place disparaît de la version définitive."
            )),
        })
    }

    /// Whom or what the figures of a query are about, once in a chapter.
    fn scope(&mut self, definition: &Definition) -> Option<String> {
        let scope = scope(definition);
        self.scopes.insert(scope.clone()).then(|| typography(&scope))
    }

    /// The same under each chart, which is shown without its chapter.
    fn scope_of_chart(&mut self, table: &GatedTable) -> String {
        let scope = scope(table.definition());
        self.scopes.insert(scope.clone());
        typography(&scope)
    }

    /// Whom a query's figures are about, the key to `n.c.` if the rows need it, and the query's cautions. What the document says
    /// elsewhere is left out when it is whole: [`Bilan::say_once`](crate::content::Bilan::say_once).
    fn notes(&mut self, definition: &Definition, any_hidden: bool) -> Vec<String> {
        let key = any_hidden.then_some("n.c. : non communicable (secret statistique).");
        let cautions = key.into_iter().chain(definition.limits.iter().map(String::as_str));

        self.scope(definition).into_iter().chain(cautions.map(typography)).collect()
    }

    fn source(&self, definition: &Definition) -> String {
        let query = format!("requête « {} »", definition.name);
        self.source_line(&definition.sources.join(", "), &query)
    }

    /// Tables, queries and the date of the data in one line.
    fn source_line(&self, tables: &str, queries: &str) -> String {
        let date = format::long_date(self.input.date);
        let mark = match self.input.fictitious {
            true => " ; données fictives",
            false => "",
        };

        typography(&format!("{tables} ; {queries} ; état du {date}{mark}."))
    }

    /// The source line of a table drawn from several answers; those that are not there are left out.
    pub fn source_of(&self, keys: impl IntoIterator<Item = &'static str>) -> String {
        let definitions: Vec<&Definition> = keys
            .into_iter()
            .filter_map(|key| Some(self.input.tables.get(key)?.definition()))
            .collect();

        let tables: BTreeSet<&str> =
            definitions.iter().flat_map(|d| d.sources.iter().map(String::as_str)).collect();
        let names: Vec<String> = definitions.iter().map(|d| format!("« {} »", d.name)).collect();

        let tables: Vec<&str> = tables.into_iter().collect();
        let queries = if names.len() == 1 { "requête" } else { "requêtes" };
        self.source_line(&tables.join(", "), &format!("{queries} {}", names.join(", ")))
    }

    /// A chart with its notes and source; none where there is too little to draw. `table` is the one that it is drawn from.
    ///
    /// # Errors
    /// If the drawing fails.
    pub fn chart(
        &mut self,
        id: &str,
        title: &str,
        plot: &impl Plot,
        table: &GatedTable,
    ) -> Result<Option<Block>> {
        let chart = plot.chart(id, &typography(title), self.width)?;
        if chart.svg.is_none() {
            return Ok(None);
        }

        let block = Block::Chart(PrintedChart {
            id: chart.id.clone(),
            title: chart.title.clone(),
            alt: chart.alt.clone(),
            file: Some(chart_path(id)),
            notes: lecture(&chart).into_iter().chain([self.scope_of_chart(table)]).collect(),
            source: Some(self.source(table.definition())),
            half: self.width < style::WIDTH,
        });

        self.charts.push(chart);
        Ok(Some(block))
    }

    /// Draws charts at half the page's width: two of them stand side by side. One that is left alone takes the whole width.
    ///
    /// # Errors
    /// Those of `draw`.
    pub fn at_half_width(
        &mut self,
        draw: impl Fn(&mut Self) -> Result<Vec<Block>>,
    ) -> Result<Vec<Block>> {
        let (drawn, scopes) = (self.charts.len(), self.scopes.clone());
        let width = std::mem::replace(&mut self.width, style::HALF_WIDTH);
        let blocks = draw(self);
        self.width = width;

        let blocks = blocks?;
        if blocks.iter().filter(|block| matches!(block, Block::Chart(_))).count() != 1 {
            return Ok(blocks);
        }
        self.charts.truncate(drawn);
        self.scopes = scopes;
        draw(self)
    }

    /// Some columns of some rows as a printed table; the first column should name the row.
    pub fn table(&mut self, key: &str, title: &str, slice: &Slice<'_>, columns: &[&str]) -> Block {
        let definition = slice.table().definition();
        let chosen: Vec<usize> = columns
            .iter()
            .filter(|name| slice.has(name))
            .filter_map(|name| definition.columns.iter().position(|c| c.name == *name))
            .collect();

        let printed = |row: SliceRow<'_>| {
            chosen.iter().map(|&i| row.printed(&definition.columns[i].name)).collect()
        };
        let rows: Vec<Vec<String>> = slice.rows().map(printed).collect();

        let hides = |row: SliceRow<'_>| chosen.iter().any(|&i| row.cells()[i] == Cell::Hidden);
        let any_hidden = slice.rows().any(hides);
        let totals = slice
            .rows()
            .enumerate()
            .filter(|(_, l)| is_total(l, definition))
            .map(|(i, _)| i)
            .collect();

        self.printed.insert(key.to_string());
        Block::Table(PrintedTable {
            id: key.to_string(),
            title: typography(title),
            columns: chosen.iter().map(|&i| printed_column(&definition.columns[i])).collect(),
            rows,
            total_rows: totals,
            notes: self.notes(definition, any_hidden),
            source: Some(self.source(definition)),
        })
    }

    /// The zones just below with the whole zone as last row, in bold; alone, the whole zone is turned on its side.
    pub fn zone_table(&mut self, query: &str, title: &str, columns: &[&str]) -> Vec<Block> {
        let Some(whole) = self.slice(query) else {
            return Vec::new();
        };
        let key = format!("{query}/parties");
        let Some(parts) = self.slice(&key).filter(|v| !v.is_empty()) else {
            return Vec::from_iter(self.sideways_table(query, title, &whole, columns));
        };

        let by_part = format!("{title} {}", self.by_part());
        let mut block = self.table(&key, &by_part, &parts, columns);
        if let (Block::Table(t), Block::Table(total)) =
            (&mut block, self.table(query, title, &whole, columns))
        {
            t.total_rows.extend((0..total.rows.len()).map(|i| t.rows.len() + i));
            t.rows.extend(total.rows);
            t.notes.extend(total.notes);
        }

        vec![block]
    }

    /// The first row on its side: a line per column, but for the one that names the row.
    fn sideways_table(
        &mut self,
        query: &str,
        title: &str,
        whole: &Slice<'_>,
        columns: &[&str],
    ) -> Option<Block> {
        let row = whole.first()?;
        let rows = columns
            .iter()
            .skip(1)
            .filter_map(|name| {
                let heading = typography(&row.cell(name)?.0.title);
                Some(vec![heading, row.printed(name)])
            })
            .collect();

        let definition = whole.table().definition();
        Some(self.composed_table(query, title, &["Indicateur", "Valeur"], rows, definition))
    }

    /// A printed table whose cells come from several columns of one row (indicator, this year, last year…).
    pub fn composed_table(
        &mut self,
        key: &str,
        title: &str,
        headings: &[&str],
        rows: Vec<Vec<String>>,
        definition: &Definition,
    ) -> Block {
        let any_hidden = rows.iter().flatten().any(|c| c == format::HIDDEN);
        self.printed.insert(key.to_string());

        Block::Table(PrintedTable {
            id: key.to_string(),
            title: typography(title),
            columns: headings
                .iter()
                .enumerate()
                .map(|(i, t)| PrintedColumn {
                    title: typography(t),
                    alignment: if i == 0 { "gauche" } else { "droite" }.into(),
                })
                .collect(),
            rows,
            total_rows: Vec::new(),
            notes: self.notes(definition, any_hidden),
            source: Some(self.source(definition)),
        })
    }
}

fn scope(definition: &Definition) -> String {
    format!("Champ : {}.", definition.population)
}

/// How a mark of a chart reads, as the line under it.
pub fn lecture(chart: &Chart) -> Option<String> {
    // A month cut short ends with a stop of its own.
    let sentence = |text: &String| format!("Lecture : {}.", text.trim_end_matches('.'));
    chart.reading.as_ref().map(|text| typography(&sentence(text)))
}

/// Where a chart's file stands in the project.
pub fn chart_path(id: &str) -> String {
    format!("/graphiques/{id}.svg")
}

/// Heading and alignment of a query's column.
pub fn printed_column(column: &base::definition::Column) -> PrintedColumn {
    let of_words = [Role::Label, Role::Category, Role::Zone, Role::Period, Role::Open];
    let text = of_words.contains(&column.role) && matches!(column.format, Format::Text);

    PrintedColumn {
        title: typography(&column.title),
        alignment: if text { "gauche" } else { "droite" }.into(),
    }
}

/// True when a key of the row stands for the sum of the others.
pub fn is_total(row: &SliceRow<'_>, definition: &Definition) -> bool {
    definition
        .keys()
        .any(|c| c.total.is_some() && row.text(&c.name) == c.total.as_deref())
}
