//! What was found wrong, where, and what to do: the lines of the quarantine.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use base::error::{Error, Result};
use contract::{Rule, Severity, TableSchema};

use crate::dialect::FileLayout;
use crate::faulty_rows::{FaultyRow, RowOrigin};
use crate::formats::csv_blocks::Fault;

/// What opens a value that is not shown.
pub(crate) const MASKED: &str = "•••";

/// One breach of one rule. Its serialized form is the quarantine's: French names, stable order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// File, as named inside the delivery.
    #[serde(rename = "fichier")]
    pub file: String,
    /// Sheet, in a workbook.
    #[serde(rename = "feuille")]
    pub sheet: Option<String>,
    /// Line in the file, from 1 (the header is 1), line breaks inside quotes counted; row of the sheet in a workbook.
    #[serde(rename = "ligne")]
    pub line: Option<u64>,
    /// Column, named as in the contract when it is known there.
    #[serde(rename = "champ")]
    pub field: Option<String>,
    /// Letters of that column in a sheet.
    #[serde(rename = "colonne")]
    pub column: Option<String>,
    /// Rule.
    #[serde(rename = "regle")]
    pub rule: Rule,
    /// What it leads to.
    #[serde(rename = "gravite")]
    pub severity: Severity,
    /// What is wrong, in French; never holds the value itself.
    pub message: Cow<'static, str>,
    /// The value, masked when it may identify someone; absent when it does.
    #[serde(rename = "valeur")]
    pub value: Option<String>,
    /// What to do.
    #[serde(rename = "conseil")]
    pub hint: Cow<'static, str>,
}

impl Finding {
    /// A finding with the rule's own severity and advice, not yet placed.
    pub fn new(rule: Rule, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            file: String::new(),
            sheet: None,
            line: None,
            field: None,
            column: None,
            rule,
            severity: rule.severity(),
            message: message.into(),
            value: None,
            hint: rule.advice().into(),
        }
    }

    /// A finding that says what an error says; the rule's advice stands where the error has none.
    pub fn told_by(rule: Rule, error: &Error) -> Self {
        let finding = Self::new(rule, error.message().to_owned());
        match error.hint_text() {
            Some(hint) => finding.hint(hint.to_owned()),
            None => finding,
        }
    }

    /// Places it on a column.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names its column by the letters of its sheet.
    #[must_use]
    pub(crate) fn lettered(mut self, layout: Option<&FileLayout>, table: &TableSchema) -> Self {
        let field = self.field.as_deref().filter(|_| self.sheet.is_some());
        self.column = field.zip(layout).and_then(|(f, layout)| layout.letters(table, f));
        self
    }

    /// The same, refusing the whole delivery whatever its rule does.
    #[must_use]
    pub(crate) fn whole_file(mut self) -> Self {
        self.severity = Severity::Fichier;
        self
    }

    /// The same, told and refusing nothing.
    #[must_use]
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Avertissement;
        self
    }

    /// Places it on a line.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Shows a value; the caller has masked it.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Replaces the rule's advice by a more precise one.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Places it in a file.
    #[must_use]
    pub fn at(mut self, file: &str, sheet: Option<&str>) -> Self {
        self.file = file.to_owned();
        self.sheet = sheet.map(str::to_owned);
        self
    }
}

/// Where findings go, one by one and in order: file by file, line by line.
pub trait FindingSink {
    /// Takes one finding.
    ///
    /// # Errors
    /// When it cannot be kept; the check stops.
    fn finding(&mut self, finding: &Finding) -> Result<()>;

    /// Takes a row that has findings, after them, if it wants rows: it is made when `make` is called. No row comes once an identity is
    /// found in the delivery; one that came before must then be let go.
    fn row(&mut self, origin: &RowOrigin, refused: bool, make: &mut dyn FnMut() -> FaultyRow) {
        let _ = (origin, refused, make);
    }
}

impl From<Fault> for Finding {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Limit(message) => Finding::new(Rule::LimiteDepassee, message),
            Fault::Unreadable(message) => Finding::new(Rule::FichierIllisible, message),
            Fault::Formula(message) => Finding::new(Rule::FichierIllisible, message).hint(
                "ouvrez le classeur dans un tableur et enregistrez-le : il calcule les formules ; ou collez les valeurs à leur place",
            ),
        }
    }
}

impl FindingSink for Vec<Finding> {
    fn finding(&mut self, finding: &Finding) -> Result<()> {
        self.push(finding.clone());
        Ok(())
    }
}
