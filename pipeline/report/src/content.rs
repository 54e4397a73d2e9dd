//! What `donnees.json` holds: the whole content of a document, already formatted. Templates only set it.

mod block;
mod said;
mod zone;

use serde::Serialize;

pub use block::{Block, Node, PrintedChart, PrintedColumn, PrintedTable};
pub use zone::NamedZone;

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
    /// Tables that help to read it, beside the contents.
    #[serde(rename = "reperes")]
    pub reading_tables: Vec<Block>,
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
    /// What is answered to the questions of the instruction.
    #[serde(rename = "reponses")]
    pub answers: Vec<Answer>,
    /// What the levels of proof of the answers mean.
    #[serde(rename = "preuves")]
    pub proofs: Option<String>,
    /// Points of vigilance.
    pub vigilance: Vec<VigilancePoint>,
    /// What the committee decides, asks and follows, side by side.
    #[serde(rename = "decisions")]
    pub decisions: Vec<Block>,
    /// Anything else, the committee's comment first.
    #[serde(rename = "blocs")]
    pub blocks: Vec<Block>,
}

/// The answer to a question, with its level of proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// How sure it is: `Dénombré`, `Mesuré`, `Estimé avec témoins`, `Estimé, fragile`, `Descriptif`, `Insuffisant`.
    #[serde(rename = "preuve")]
    pub proof: String,
    /// Its figures.
    #[serde(rename = "chiffres")]
    pub figures: Vec<KeyFigure>,
    /// What they say.
    #[serde(rename = "texte")]
    pub text: String,
}

impl Answer {
    /// An answer without figures, from its line in a sentence template: `question | proof | sentence`.
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, '|').map(|part| part.trim().to_owned());

        Some(Self {
            question: parts.next()?,
            proof: parts.next()?,
            figures: Vec::new(),
            text: parts.next()?,
        })
    }
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
    /// Those who count know; secrecy hides it.
    #[serde(rename = "masque")]
    Hidden,
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
            Tone::Hidden => "Non communicable",
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
            "masque" => Tone::Hidden,
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
