//! Which lines count: the doctors', of what is in force. A file may list other professions and the past beside them, and a line of these
//! says nothing of where a GP is wanted.

use super::super::columns::ZoningColumns;
use super::super::evidence::{other_profession, values};
use super::super::facts::missing;
use super::super::sheet::{ZoningSheet, simple};
use super::line_words::{State, Whose, last_of_span, state, told_state, whose, year_of_day};
use base::error::{Error, Result};

/// The columns that say of each line whose it is and whether it holds.
#[derive(Debug, Default)]
pub(super) struct LineFilter {
    professions: Vec<usize>,
    states: Vec<StateColumn>,
    ends: Vec<usize>,
}

#[derive(Debug)]
struct StateColumn {
    column: usize,
    /// Only what is past is marked: a blank is in force.
    marks_the_past: bool,
}

/// What a line is, before its values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineScope {
    /// Of the doctors and, as far as a year is given, in force up to its end.
    Kept {
        last_year: Option<i64>,
    },
    OtherProfession,
    NotInForce,
}

impl LineFilter {
    pub(super) fn of(sheet: &ZoningSheet, columns: &ZoningColumns) -> Self {
        let facts = columns.facts.iter().flat_map(|f| [Some(f.column), f.label]);
        let others = [Some(columns.code), columns.vintage, columns.weight];
        let taken: Vec<usize> = facts.chain(others).flatten().collect();

        let mut filter = Self::default();
        for column in (0..sheet.header.len()).filter(|c| !taken.contains(c)) {
            let name = sheet.header[column].as_str();
            if of_a_place(name) {
                continue;
            }
            if tells_an_end(name) || holds_spans(sheet, column) {
                filter.ends.push(column);
            } else if tells_professions(sheet, column) {
                filter.professions.push(column);
            } else {
                filter.states.extend(state_column(sheet, column));
            }
        }
        filter
    }

    /// What a line is.
    ///
    /// # Errors
    /// If one of these columns can be read two ways, or not at all.
    pub(super) fn scope(
        &self,
        sheet: &ZoningSheet,
        line: usize,
        row: &[String],
    ) -> Result<LineScope> {
        let cells = LineCells { sheet, line, row };
        if self.of_another_profession(&cells)? {
            return Ok(LineScope::OtherProfession);
        }
        if self.past(&cells)? {
            return Ok(LineScope::NotInForce);
        }
        Ok(LineScope::Kept { last_year: self.last_year(&cells)? })
    }

    fn of_another_profession(&self, cells: &LineCells<'_>) -> Result<bool> {
        for column in &self.professions {
            match whose(cells.text(*column)) {
                Whose::Doctors => {}
                Whose::Others => return Ok(true),
                Whose::Unclear => {
                    return Err(cells.unclear(
                        *column,
                        "médecins généralistes ou autre profession ?",
                        "ne laisser que les lignes des médecins généralistes, puis ôter cette colonne",
                    ));
                }
            }
        }
        Ok(false)
    }

    fn past(&self, cells: &LineCells<'_>) -> Result<bool> {
        for StateColumn { column, marks_the_past } in &self.states {
            let text = cells.text(*column);
            match state(&cells.sheet.header[*column], text) {
                Some(State::InForce) => {}
                Some(State::Past) => return Ok(true),
                None if missing(text) && *marks_the_past => {}
                _ => {
                    return Err(cells.unclear(
                        *column,
                        "en vigueur ou non ?",
                        "ne laisser que les lignes en vigueur, puis ôter cette colonne",
                    ));
                }
            }
        }
        Ok(false)
    }

    fn last_year(&self, cells: &LineCells<'_>) -> Result<Option<i64>> {
        let mut years = Vec::new();
        for column in self.ends.iter().filter(|c| !missing(cells.text(**c))) {
            let year = year_of_day(cells.text(*column)).ok_or_else(|| {
                let hint = "écrire jj/mm/aaaa, ou laisser vide ce qui n'a pas de fin";
                cells.unclear(*column, "quel jour ?", hint)
            })?;
            years.push(year);
        }
        Ok(years.into_iter().min())
    }
}

/// A line, where it stands.
struct LineCells<'a> {
    sheet: &'a ZoningSheet,
    line: usize,
    row: &'a [String],
}

impl LineCells<'_> {
    fn text(&self, column: usize) -> &str {
        self.row.get(column).map_or("", |cell| cell.trim())
    }

    fn unclear(&self, column: usize, question: &str, hint: &str) -> Error {
        let (sheet, line, label) = (&self.sheet.name, self.line, &self.sheet.labels[column]);
        let value = self.text(column);
        Error::refused(format!(
            "feuille « {sheet} », ligne {line} : « {label} » = « {value} » : {question}"
        ))
        .hint(hint)
    }
}

/// Columns that name a place hold words of their own: « Ancienne commune », « Sagelat ».
fn of_a_place(name: &str) -> bool {
    let starts = [
        "commune",
        "libgeo",
        "libcom",
        "nom",
        "ville",
        "canton",
        "epci",
        "bassin",
        "territoire",
    ];
    name.split('_').any(|word| starts.iter().any(|start| word.starts_with(start)))
}

/// A column called after professions; or one that holds one, whatever it is called.
fn tells_professions(sheet: &ZoningSheet, column: usize) -> bool {
    let named = |word: &str| {
        matches!(
            word.trim_end_matches('s'),
            "profession" | "specialite" | "discipline" | "metier"
        )
    };
    let of_another = |text: &str| {
        let name = simple(text);
        let start = name.split('_').next().unwrap_or_default();
        let opens = other_profession(start)
            || ["chirurgien", "medecin"].iter().any(|word| start.starts_with(word));
        opens && name.split('_').count() <= 4 && whose(text) == Whose::Others
    };
    let filled = || values(sheet, column).any(|text| !missing(text));
    (sheet.header[column].split('_').any(named) && filled())
        || values(sheet, column).any(of_another)
}

/// A column in which some lines are told to be in force or past, called so or holding nothing else.
fn state_column(sheet: &ZoningSheet, column: usize) -> Option<StateColumn> {
    let name = &sheet.header[column];
    let filled = || values(sheet, column).filter(|text| !missing(text));
    let told: Vec<State> = filled().filter_map(|text| state(name, text)).collect();

    let named = told_state(name).is_some()
        || name.split('_').any(|word| matches!(word, "statut" | "etat" | "situation"));
    let whole = told.len() == filled().count() && told.contains(&State::Past);
    let marks_the_past = !told.contains(&State::InForce);
    (!told.is_empty() && (named || whole)).then_some(StateColumn { column, marks_the_past })
}

/// Nothing but spans of years, « 2022-2024 »: those of a « période », of a « validité ».
fn holds_spans(sheet: &ZoningSheet, column: usize) -> bool {
    let filled = || values(sheet, column).filter(|text| !missing(text));
    filled().next().is_some() && filled().all(|text| last_of_span(text).is_some())
}

/// « Date de fin », « Valable jusqu'au », « Abrogé le ».
fn tells_an_end(name: &str) -> bool {
    let any = |test: &dyn Fn(&str) -> bool| name.split('_').any(test);
    let ends = any(&|w| {
        w == "fin"
            || ["abrog", "expir", "echeance", "cadu", "perempt", "cloture"]
                .iter()
                .any(|start| w.starts_with(start))
    });
    let of_a_day = any(&|w| {
        matches!(
            w,
            "date"
                | "jour"
                | "le"
                | "au"
                | "validite"
                | "effet"
                | "vigueur"
                | "application"
                | "zonage"
        )
    });
    let valid_to =
        name.ends_with("_au") && any(&|w| w.starts_with("valid") || w.starts_with("valab"));
    valid_to
        || matches!(name, "fin" | "au")
        || any(&|w| w.starts_with("jusqu"))
        || (ends && of_a_day)
}
