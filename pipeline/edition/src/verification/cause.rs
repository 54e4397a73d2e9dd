//! What a verification found, and why.

/// Why a document made again is not the one at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The PDF changed after it was made.
    Document,
    /// Deliveries, or the data files of the store.
    Data,
    /// A query of the catalogue.
    Query,
    /// A template, a sentence or a font.
    Template,
    /// The program.
    Program,
    /// `medicobus.toml`.
    Configuration,
    /// A committee's comment.
    Comment,
}

impl Cause {
    /// The word printed.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Document => "document",
            Cause::Data => "données",
            Cause::Query => "requête",
            Cause::Template => "gabarit",
            Cause::Program => "programme",
            Cause::Configuration => "configuration",
            Cause::Comment => "commentaire",
        }
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Discrepancy {
    /// Why.
    pub cause: Cause,
    /// What, in French.
    pub text: String,
}

/// One cell that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferentCell {
    /// Attachment.
    pub table: String,
    /// Line of the attachment, its header being line 1.
    pub line: usize,
    /// Column.
    pub column: String,
    /// What the PDF holds; none where the cell is not there.
    pub printed: Option<String>,
    /// What the store gives.
    pub recomputed: Option<String>,
    /// Why.
    pub cause: Cause,
}

/// What a verification found. Nothing: the document is identical.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Causes, sorted, each once.
    pub discrepancies: Vec<Discrepancy>,
    /// Cells that differ, by table.
    pub cells: Vec<DifferentCell>,
}

impl Findings {
    /// True when nothing differs.
    pub fn identical(&self) -> bool {
        self.discrepancies.is_empty() && self.cells.is_empty()
    }

    pub(super) fn add(&mut self, cause: Cause, text: impl Into<String>) {
        let text = text.into();
        self.discrepancies.push(Discrepancy { cause, text });
    }

    pub(super) fn sorted(mut self) -> Self {
        self.discrepancies.sort();
        self.discrepancies.dedup();
        self
    }
}
