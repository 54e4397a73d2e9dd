//! Findings of one part of a file, with the identity guard in front.

use base::french::counted;
use contract::{Form, Rule, Severity};

use super::row_judge::RowJudge;
use crate::Finding;
use crate::formats::damaged::{damage, may_be_damaged};
use crate::formats::records::Records;
use crate::identity::{self, IdentityKind, Scope, Shapes};

/// Findings on the way, with the guard in front.
pub(super) struct PartFindings<'j> {
    judge: &'j RowJudge<'j>,
    records: &'j Records,
    rows: &'j [usize],
    pub(super) findings: Vec<(usize, Finding)>,
    pub(super) keep: Vec<bool>,
    /// Rows refused as a whole, whose cells are not judged one by one.
    broken: Vec<bool>,
    pub(super) identity: bool,
}

impl<'j> PartFindings<'j> {
    pub(super) fn new(judge: &'j RowJudge<'j>, records: &'j Records, rows: &'j [usize]) -> Self {
        Self {
            judge,
            records,
            rows,
            findings: Vec::new(),
            keep: vec![true; rows.len()],
            broken: vec![false; rows.len()],
            identity: false,
        }
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        self.records.get(self.rows[row], column)
    }

    /// Takes a finding; a cell that is complained about is looked at by the guard first.
    pub(super) fn tell(&mut self, row: usize, finding: Finding) {
        if self.broken[row] {
            return;
        }

        let field = finding.field.as_deref().and_then(|f| self.judge.table.position(f));

        if let Some(field) = field
            && let Some(column) = self.judge.layout.columns[field]
            && finding.severity == Severity::Ligne
            && let Some(kind) = self.refused_kind(self.cell(row, column), field)
        {
            let name = finding.field.unwrap_or_default();
            self.accuse(row, &name, kind);
            return;
        }

        if finding.severity != Severity::Avertissement {
            self.keep[row] = false;
        }
        self.findings.push((row, finding));
    }

    /// Whom a refused value names: one where an identifier belongs may have ten digits, and words in the place of a pseudonym are a name.
    fn refused_kind(&self, text: &str, field: usize) -> Option<IdentityKind> {
        match self.judge.table.fields[field].extension.form {
            Some(Form::Pseudonyme) => identity::value(text, Scope::Name)
                .or_else(|| identity::first_and_last_name(text).then_some(IdentityKind::Name)),
            Some(Form::Identifiant) => identity::value(text, Scope::Name),
            _ => identity::value(text, Scope::Free),
        }
    }

    fn accuse(&mut self, row: usize, field: &str, kind: IdentityKind) {
        self.identity = true;
        self.keep[row] = false;

        let finding = kind.finding("la valeur").field(field);
        self.findings.push((row, finding));
    }

    /// Rows that cannot be judged cell by cell: wrong number of cells, NUL, unreadable characters.
    pub(super) fn whole_rows(&mut self) {
        let bytes = self.records.text().as_bytes();
        let suspicious = memchr::memchr(0, bytes).is_some()
            || memchr::memmem::find(bytes, "\u{fffd}".as_bytes()).is_some();
        let damaged = may_be_damaged(self.records.text());

        for row in 0..self.rows.len() {
            let source = self.rows[row];
            let width = self.records.width(source);
            let wanted = self.judge.layout.width;
            let excess =
                width > wanted && (wanted..width).any(|c| !self.records.get(source, c).is_empty());
            let holds =
                |c: char| suspicious && (0..width).any(|i| self.records.get(source, i).contains(c));

            let whole = self.swallowed(row).or_else(|| self.header_again(row));
            let finding = if let Some(whole) = whole {
                whole
            } else if width < wanted || excess {
                self.other_width(source)
            } else if holds('\0') {
                Finding::new(Rule::OctetNul, "la ligne contient un octet nul")
            } else if holds('\u{fffd}') {
                Finding::new(
                    Rule::Encodage,
                    "un caractère ne se lit pas dans l'encodage du fichier",
                )
            } else if let Some(damage) = damaged
                .then(|| (0..width).find_map(|i| damage(self.records.get(source, i))))
                .flatten()
            {
                Finding::new(Rule::Encodage, damage.message).hint(damage.hint)
            } else {
                continue;
            };

            self.tell(row, finding);
            self.broken[row] = true;
            let hit = (0..width).find_map(|c| {
                identity::value(self.records.get(source, c), Scope::Free).map(|k| (c, k))
            });

            if let Some((column, kind)) = hit {
                self.accuse(row, &format!("colonne {}", column + 1), kind);
            }
        }
    }

    /// A row of another width than the header: of another file, where another separator would give it the same.
    fn other_width(&self, source: usize) -> Finding {
        let layout = self.judge.layout;
        let (width, wanted) = (self.records.width(source), layout.width);
        let finding = |cause: &str| {
            let message = format!(
                "la ligne a {}, l'en-tête {wanted}{cause}",
                counted(width, "cellule", "cellules")
            );
            Finding::new(Rule::Cellules, message)
        };

        let own = char::from(layout.separator);
        let cells: Vec<&str> = (0..width).map(|i| self.records.get(source, i)).collect();
        let line = cells.join(&own.to_string());
        let fits = |other: &char| *other != own && line.matches(*other).count() + 1 == wanted;
        match [(';', "« ; »"), (',', "« , »"), ('\t', "une tabulation"), ('|', "« | »")]
            .iter()
            .find(|(other, _)| wanted > 2 && fits(other))
        {
            None => finding(""),
            Some((_, name)) => {
                finding(&format!(" : elle est séparée par {name}, et le fichier ne l'est pas"))
                    .hint("donnez le même séparateur à toutes les lignes, ou mettez chaque export dans son fichier")
            }
        }
    }

    /// A header amid the rows, of exports put behind one another. Under another order of columns, the rows that follow would be read in the
    /// wrong ones.
    fn header_again(&self, row: usize) -> Option<Finding> {
        let source = self.rows[row];
        let fields = &self.judge.table.fields;
        let named =
            |cell: &str| fields.iter().position(|f| f.name.eq_ignore_ascii_case(cell.trim()));
        let first = self.judge.layout.columns.iter().flatten().min()?;
        // Most rows are known by one cell to be none.
        named(self.records.get(source, *first))?;

        let columns = self.judge.layout.columns.iter().enumerate();
        let read = columns.filter_map(|(field, column)| Some((field, (*column)?)));
        let seen: Vec<(usize, Option<usize>)> = read
            .map(|(field, column)| (field, named(self.records.get(source, column))))
            .collect();
        let names = seen.iter().filter(|(_, named)| named.is_some()).count();
        if names < 3 || 2 * names < seen.len() {
            return None;
        }

        let moved = seen.iter().find(|(field, named)| named.is_some_and(|named| named != *field));
        Some(match moved {
            None => Finding::new(Rule::Cellules, "l'en-tête est répété au milieu des lignes")
                .hint("retirez cette ligne : plusieurs exports ont été mis bout à bout"),
            Some((field, _)) => {
                let message = format!(
                    "un second en-tête donne d'autres colonnes : sous lui, « {} » n'est plus à sa place",
                    fields[*field].name
                );
                Finding::new(Rule::Cellules, message).whole_file().hint(
                    "mettez chaque export dans son fichier, ou les colonnes dans le même ordre",
                )
            }
        })
    }

    /// What refuses a file in which one row holds others: behind a quote that was not closed, or ended by a mark that the other rows do not
    /// end with. They would be lost, and counted as one.
    fn swallowed(&self, row: usize) -> Option<Finding> {
        let source = self.rows[row];
        let (width, wanted) = (self.records.width(source), self.judge.layout.width);
        let separator = char::from(self.judge.layout.separator);
        let cells = || (0..width).map(|i| self.records.get(source, i));

        if width >= 2 * wanted && cells().any(|cell| cell.contains('\r')) {
            let message =
                "les fins de ligne de ce fichier sont mêlées : plusieurs lignes n'en font qu'une";
            return Some(Finding::new(Rule::Cellules, message).whole_file().hint("enregistrez le fichier à nouveau depuis un tableur, ou remplacez toutes les fins de ligne par une seule sorte"));
        }

        let is_row = |line: &str| wanted > 2 && line.matches(separator).count() + 2 >= wanted;
        let hidden = cells().filter(|cell| cell.contains('\n')).find_map(|cell| {
            let rows = cell.lines().filter(|line| is_row(line)).count();
            (rows > 0).then_some(rows)
        })?;
        let message = format!(
            "un guillemet qui n'est pas refermé enferme {} ou plus dans une seule cellule",
            counted(hidden, "ligne", "lignes")
        );
        Some(
            Finding::new(Rule::Cellules, message)
                .whole_file()
                .hint("ôtez ce guillemet, ou doublez-le (\"\") s'il fait partie du texte"),
        )
    }

    /// Reads every value of the columns that may name a person, and of those that the contract does not know.
    pub(super) fn watch(&mut self) -> Vec<(usize, Shapes)> {
        let judge = self.judge;
        let mut shapes = Vec::new();

        for (field, scope) in &judge.watched {
            let Some(column) = judge.layout.columns[*field] else {
                continue;
            };
            let mut counted = Shapes::default();

            for row in 0..self.rows.len() {
                let text = self.cell(row, column);
                if let Some(kind) = identity::value(text, *scope) {
                    self.accuse(row, &judge.table.fields[*field].name, kind);
                } else if *scope == Scope::Key {
                    counted.count(text);
                }
            }

            shapes.push((*field, counted));
        }

        for (column, name) in &judge.layout.extras {
            for row in 0..self.rows.len() {
                if let Some(kind) = identity::value(self.cell(row, *column), Scope::Free) {
                    self.accuse(row, name, kind);
                }
            }
        }

        shapes
    }
}
