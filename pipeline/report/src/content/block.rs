//! What a chapter is made of: paragraphs, tables, charts, callouts, comments.

use serde::Serialize;

use super::{KeyFigure, Tone, VigilancePoint};

/// A block of a chapter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Block {
    /// A paragraph.
    #[serde(rename = "paragraphe")]
    Paragraph {
        /// Its text.
        #[serde(rename = "texte")]
        text: String,
    },
    /// A second-level heading.
    #[serde(rename = "titre")]
    Heading {
        /// Its text.
        #[serde(rename = "texte")]
        text: String,
    },
    /// A list.
    #[serde(rename = "liste")]
    List {
        /// Its items.
        #[serde(rename = "elements")]
        items: Vec<String>,
    },
    /// Key figures.
    #[serde(rename = "chiffres")]
    KeyFigures {
        /// The figures.
        #[serde(rename = "liste")]
        list: Vec<KeyFigure>,
    },
    /// A table.
    #[serde(rename = "tableau")]
    Table(PrintedTable),
    /// A chart.
    #[serde(rename = "graphique")]
    Chart(PrintedChart),
    /// A callout.
    #[serde(rename = "encadre")]
    Callout {
        /// Tone.
        #[serde(rename = "niveau")]
        tone: Tone,
        /// Heading.
        #[serde(rename = "titre")]
        title: String,
        /// Paragraphs.
        #[serde(rename = "textes")]
        texts: Vec<String>,
    },
    /// Points of vigilance.
    #[serde(rename = "vigilance")]
    Vigilance {
        /// The points.
        points: Vec<VigilancePoint>,
    },
    /// The committee's own words.
    #[serde(rename = "commentaire")]
    Comment {
        /// Heading.
        #[serde(rename = "titre")]
        title: String,
        /// Parsed Markdown; empty when nobody wrote.
        #[serde(rename = "contenu")]
        content: Vec<Node>,
        /// What an empty comment says.
        #[serde(rename = "invite")]
        prompt: String,
    },
}

/// A printed table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrintedTable {
    /// Identifier: the key of the query's answer.
    pub id: String,
    /// Title.
    #[serde(rename = "titre")]
    pub title: String,
    /// Columns.
    #[serde(rename = "colonnes")]
    pub columns: Vec<PrintedColumn>,
    /// Formatted cells; the first of each row heads it.
    #[serde(rename = "lignes")]
    pub rows: Vec<Vec<String>>,
    /// Indices of total rows, set in bold.
    #[serde(rename = "lignes_totaux")]
    pub total_rows: Vec<usize>,
    /// Notes below.
    pub notes: Vec<String>,
    /// Source line.
    pub source: Option<String>,
}

/// A column of a printed table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrintedColumn {
    /// Heading.
    #[serde(rename = "titre")]
    pub title: String,
    /// `gauche`, `droite`, or `large` for a column of sentences that takes all the room it can.
    #[serde(rename = "alignement")]
    pub alignment: String,
}

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrintedChart {
    /// Identifier.
    pub id: String,
    /// Title.
    #[serde(rename = "titre")]
    pub title: String,
    /// Text alternative, or the reason why there is no drawing.
    pub alt: String,
    /// Path of the drawing in the project.
    #[serde(rename = "fichier")]
    pub file: Option<String>,
    /// Notes below.
    pub notes: Vec<String>,
    /// Source line.
    pub source: Option<String>,
    /// Whether it is drawn at half the page's width: two such charts that follow each other stand side by side.
    #[serde(rename = "demie")]
    pub half: bool,
}

/// A node of a committee's comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Node {
    /// Text.
    #[serde(rename = "texte")]
    Text {
        /// The text itself.
        #[serde(rename = "texte")]
        text: String,
    },
    /// Strong emphasis.
    #[serde(rename = "gras")]
    Strong {
        /// Content.
        #[serde(rename = "enfants")]
        children: Vec<Node>,
    },
    /// Emphasis.
    #[serde(rename = "italique")]
    Emphasis {
        /// Content.
        #[serde(rename = "enfants")]
        children: Vec<Node>,
    },
    /// Link.
    #[serde(rename = "lien")]
    Link {
        /// Address.
        #[serde(rename = "cible")]
        target: String,
        /// Content.
        #[serde(rename = "enfants")]
        children: Vec<Node>,
    },
    /// Line break.
    #[serde(rename = "saut")]
    Break,
    /// Paragraph.
    #[serde(rename = "paragraphe")]
    Paragraph {
        /// Content.
        #[serde(rename = "enfants")]
        children: Vec<Node>,
    },
    /// Heading.
    #[serde(rename = "titre")]
    Heading {
        /// Content.
        #[serde(rename = "enfants")]
        children: Vec<Node>,
    },
    /// List.
    #[serde(rename = "liste")]
    List {
        /// Numbered.
        #[serde(rename = "ordonnee")]
        ordered: bool,
        /// Number of the first item.
        #[serde(rename = "debut")]
        first: u64,
        /// Items.
        #[serde(rename = "enfants")]
        children: Vec<Node>,
    },
    /// List item.
    #[serde(rename = "element")]
    Item {
        /// Content.
        #[serde(rename = "enfants")]
        children: Vec<Node>,
    },
}
