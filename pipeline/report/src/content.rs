//! What `donnees.json` holds: the whole content of a document, already formatted. Templates only set it.

use serde::Serialize;

/// A zone that a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedZone {
    /// `national`, `region`, `departement` or `medicobus`.
    #[serde(rename = "niveau")]
    pub level: String,
    /// `FR`, INSEE code or bus identifier.
    pub code: String,
    /// Short name: `Normandie`.
    #[serde(rename = "nom")]
    pub name: String,
    /// Name with its kind: `Région Normandie`.
    #[serde(rename = "complet")]
    pub full_name: String,
}

impl NamedZone {
    /// The whole country.
    pub fn nation() -> Self {
        Self::new("national", "FR", "France", "France entière")
    }

    /// A région.
    pub fn region(code: &str, name: &str) -> Self {
        Self::new("region", code, name, &format!("Région {name}"))
    }

    /// A département.
    pub fn departement(code: &str, name: &str) -> Self {
        Self::new(
            "departement",
            code,
            name,
            &format!("Département {name} ({code})"),
        )
    }

    /// A bus.
    pub fn medicobus(id: &str, name: &str) -> Self {
        Self::new("medicobus", id, name, &format!("Médicobus {name}"))
    }

    /// Any zone: level, code, short name, name with its kind.
    pub fn new(level: &str, code: &str, name: &str, full_name: &str) -> Self {
        Self {
            level: level.into(),
            code: code.into(),
            name: name.into(),
            full_name: full_name.into(),
        }
    }
}

/// A day, in parts that Typst takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Year.
    #[serde(rename = "annee")]
    pub year: i32,
    /// Month, 1–12.
    #[serde(rename = "mois")]
    pub month: u32,
    /// Day, 1–31.
    #[serde(rename = "jour")]
    pub day: u32,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bilan {
    /// Name of the collection, above the title.
    pub collection: String,
    /// Title.
    #[serde(rename = "titre")]
    pub title: String,
    /// Second line of the title.
    #[serde(rename = "sous_titre")]
    pub subtitle: String,
    /// Running header.
    #[serde(rename = "titre_court")]
    pub short_title: String,
    /// One sentence for the PDF's metadata.
    pub description: String,
    /// Who issues it.
    #[serde(rename = "emetteur")]
    pub issuer: String,
    /// Path of the issuer's logo in the project, if one was given.
    pub logo: Option<String>,
    /// The zone.
    pub zone: NamedZone,
    /// The year.
    #[serde(rename = "annee")]
    pub year: i32,
    /// The date of the store's state, which is the date of the document.
    pub date: Day,
    /// Made-up data: every page says so.
    #[serde(rename = "fictives")]
    pub fictitious: bool,
    /// False when secrecy was turned off: every page says `NON DIFFUSABLE`.
    #[serde(rename = "publiable")]
    pub publishable: bool,
    /// Not final: gated by itself alone, so not to be handed out; every page says so.
    #[serde(rename = "projet")]
    pub draft: bool,
    /// Small lines at the foot of the cover.
    pub mentions: Vec<String>,
    /// How to read the document.
    #[serde(rename = "lecture")]
    pub reading_guide: Vec<String>,
    /// Picture of the cover.
    #[serde(rename = "couverture")]
    pub cover: Option<Image>,
    /// The one-page synthesis.
    #[serde(rename = "synthese")]
    pub summary: SummaryPage,
    /// Chapters, annexes included.
    #[serde(rename = "chapitres")]
    pub chapters: Vec<Chapter>,
    /// Where the numbers come from.
    pub provenance: ProvenancePage,
    /// Files attached inside the PDF.
    #[serde(rename = "pieces")]
    pub attachments: Vec<Attachment>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Path in the project.
    #[serde(rename = "fichier")]
    pub file: Option<String>,
    /// Text alternative.
    pub alt: String,
}

/// The one-page synthesis.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SummaryPage {
    /// Key figures.
    #[serde(rename = "chiffres")]
    pub key_figures: Vec<KeyFigure>,
    /// Facts in plain sentences.
    #[serde(rename = "faits")]
    pub facts: Vec<String>,
    /// Points of vigilance.
    pub vigilance: Vec<VigilancePoint>,
    /// Anything else, the committee's comment first.
    #[serde(rename = "blocs")]
    pub blocks: Vec<Block>,
}

/// A key figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyFigure {
    /// The figure, formatted.
    #[serde(rename = "valeur")]
    pub value: String,
    /// What it counts.
    #[serde(rename = "libelle")]
    pub label: String,
    /// A second line.
    pub detail: Option<String>,
    /// Last year's value and the change, in words.
    #[serde(rename = "evolution")]
    pub change: Option<String>,
}

/// A point of vigilance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VigilancePoint {
    /// How serious.
    #[serde(rename = "niveau")]
    pub tone: Tone,
    /// The same in a word or two, printed.
    #[serde(rename = "mot")]
    pub word: String,
    /// The sentence.
    #[serde(rename = "texte")]
    pub text: String,
}

/// Tone of a callout or a point of vigilance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Neutral information.
    Info,
    /// As the cahier des charges wants.
    #[serde(rename = "conforme")]
    Compliant,
    /// To watch.
    #[serde(rename = "attention")]
    Watch,
    /// Against the cahier des charges.
    #[serde(rename = "alerte")]
    Alert,
    /// Nobody knows.
    #[serde(rename = "inconnu")]
    Unknown,
}

impl Tone {
    /// The word printed beside a point of vigilance.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Info => "Pour information",
            Tone::Compliant => "Conforme",
            Tone::Watch => "À surveiller",
            Tone::Alert => "Écart",
            Tone::Unknown => "Non renseigné",
        }
    }

    /// The level of that name, as a sentence template writes it.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.trim() {
            "info" => Tone::Info,
            "conforme" => Tone::Compliant,
            "attention" => Tone::Watch,
            "alerte" => Tone::Alert,
            "inconnu" => Tone::Unknown,
            _ => return None,
        })
    }
}

/// A chapter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chapter {
    /// Identifier, also the name of its comment file.
    pub id: String,
    /// Title.
    #[serde(rename = "titre")]
    pub title: String,
    /// Whether it starts a page, unless much of the one before is left and it is no annex.
    #[serde(rename = "nouvelle_page")]
    pub starts_page: bool,
    /// Opening sentences.
    #[serde(rename = "phrases")]
    pub sentences: Vec<String>,
    /// Content.
    #[serde(rename = "blocs")]
    pub blocks: Vec<Block>,
}

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
    /// Terms and their definitions, set small.
    Definitions {
        /// The terms.
        #[serde(rename = "liste")]
        list: Vec<Term>,
    },
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

/// A term of a list of definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// The term.
    #[serde(rename = "titre")]
    pub title: String,
    /// Its definition.
    #[serde(rename = "texte")]
    pub text: String,
    /// Formula, population…: name and text.
    pub details: Vec<(String, String)>,
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
    LineBreak,
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

/// The provenance page.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ProvenancePage {
    /// Paragraphs.
    #[serde(rename = "textes")]
    pub texts: Vec<String>,
    /// Tables.
    #[serde(rename = "blocs")]
    pub blocks: Vec<Block>,
}

/// A file attached inside the PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Name inside the PDF.
    #[serde(rename = "nom")]
    pub name: String,
    /// Path in the project.
    #[serde(rename = "chemin")]
    pub path: String,
    /// Media type.
    pub mime: String,
    /// What it is.
    pub description: String,
    /// PDF/A-3 relationship: `data`, `source`, `supplement` or `alternative`.
    pub relation: String,
}
