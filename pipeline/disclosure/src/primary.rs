//! Which figures of a table are sensitive by themselves, and which figures are drawn from others.
//!
//! The rules, in the order in which they apply to one row:
//! - zero is open, always: a sum of zeros would give it back, and nobody is in it;
//! - a count of 1 to `threshold − 1` is sensitive, be it of patients or of consultations (that few consultations
//!   cannot be of more patients);
//! - whatever is guarded by a sensitive count of patients is sensitive with it;
//! - the numerator of a share is sensitive when its complement is small;
//! - a rate or a measure is hidden with any count it is drawn from; one drawn from an open zero is zero for all to see.

use std::ops::Range;

use base::definition::{Column, Definition, Format, Role};
use base::table::Value;

/// Why a figure is hidden, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Suppression {
    /// It is not.
    Open,
    /// It would give another one back.
    Secondary,
    /// It is sensitive by itself, or drawn from one that is.
    Primary,
}

/// A header turned into column indices.
pub(super) struct ColumnRoles {
    /// Role of each column.
    pub roles: Vec<Role>,
    /// For each column, the counts that guard it.
    pub guards: Vec<Vec<usize>>,
    /// For each column, its numerator and denominator, where they are columns.
    pub parts: Vec<(Option<usize>, Option<usize>)>,
    /// Numerator and denominator of each percentage: the first is part of the second.
    pub shares: Vec<(usize, usize)>,
    /// Keys, in order.
    pub keys: Vec<usize>,
    /// For each column, the keys and values of the rows in which it counts people; all of them if empty.
    people: Vec<Vec<(usize, Vec<String>)>>,
}

impl ColumnRoles {
    /// Reads a header.
    pub fn new(definition: &Definition) -> Self {
        let columns = &definition.columns;
        let index = |name: &String| columns.iter().position(|c| c.name == *name);
        let named = |name: &Option<String>| name.as_ref().and_then(index);
        let parts: Vec<_> =
            columns.iter().map(|c| (named(&c.numerator), named(&c.denominator))).collect();

        let is_share = |c: &Column| c.role == Role::Rate && c.format == Format::Percent;
        let is_count = |i: usize| is_count(columns[i].role);
        let shares = columns.iter().zip(&parts).filter(|(c, _)| is_share(c));
        let shares = shares
            .filter_map(|(_, &(n, d))| Some((n?, d?)))
            .filter(|&(n, d)| is_count(n) && is_count(d))
            .collect();

        let people_of = |c: &Column| {
            let keys = c.people.iter();
            keys.filter_map(|(key, values)| Some((index(key)?, values.clone()))).collect()
        };
        let keys = (0..columns.len()).filter(|&i| columns[i].role.is_key());

        Self {
            people: columns.iter().map(people_of).collect(),
            roles: columns.iter().map(|c| c.role).collect(),
            guards: guards(columns, &parts),
            shares,
            keys: keys.collect(),
            parts,
        }
    }

    /// Whether the column is a count, hence a cell of the linked tables.
    pub fn is_count(&self, column: usize) -> bool {
        is_count(self.roles[column])
    }

    /// Whether, in that row, the column counts people.
    fn is_of_people(&self, column: usize, row: &[Value]) -> bool {
        self.people[column].iter().all(|(key, values)| {
            let text = row[*key].as_text();
            text.is_some_and(|t| values.iter().any(|v| v == t))
        })
    }

    /// Whether the gate may hide the column at all.
    pub fn is_guarded(&self, column: usize) -> bool {
        self.is_count(column) || matches!(self.roles[column], Role::Rate | Role::Measure)
    }

    /// Marks of one row before secondary suppression: what is sensitive by itself.
    pub fn primary(&self, row: &[Value], small: &Range<i64>) -> Vec<Suppression> {
        let is_small = |i: usize| {
            count(&row[i]).is_some_and(|v| small.contains(&v)) && self.is_of_people(i, row)
        };
        let is_sensitive = |i: usize| match self.roles[i] {
            _ if row[i] == Value::Null => false,
            Role::Patients | Role::Count if count(&row[i]) == Some(0) => false,
            Role::Patients => is_small(i),
            Role::Count => is_small(i) || self.guards[i].iter().any(|&g| is_small(g)),
            Role::Rate | Role::Measure => self.guard_fails(i, row, small),
            _ => false,
        };
        let mut marks: Vec<Suppression> = (0..row.len())
            .map(|i| match is_sensitive(i) {
                true => Suppression::Primary,
                false => Suppression::Open,
            })
            .collect();

        // A small complement makes the numerator of a share sensitive.
        for &(numerator, denominator) in &self.shares {
            if let (Some(n), Some(d)) = (count(&row[numerator]), count(&row[denominator]))
                && n > 0
                && small.contains(&(d - n))
            {
                marks[numerator] = Suppression::Primary;
            }
        }

        marks
    }

    /// Whether a rate or a measure rests on too few patients, or on a number of patients that nobody knows.
    fn guard_fails(&self, column: usize, row: &[Value], small: &Range<i64>) -> bool {
        let guards = self.guards[column].iter();
        let mut of_people = guards.filter(|&&guard| self.is_of_people(guard, row));

        of_people.any(|&guard| match count(&row[guard]) {
            Some(v) if v > 0 => small.contains(&v),
            // No patient key: fall back on the other counts of the row; with none of them, nothing proves it safe.
            _ => {
                let counts: Vec<i64> = (0..row.len())
                    .filter(|&i| self.is_count(i))
                    .filter_map(|i| count(&row[i]))
                    .filter(|&v| v > 0)
                    .collect();
                counts.is_empty() || counts.iter().any(|v| small.contains(v))
            }
        })
    }

    /// Whether a rate has an open zero above: whatever it is of, it is zero.
    pub fn is_of_open_zero(&self, column: usize, row: &[Value], marks: &[Suppression]) -> bool {
        let numerator = self.parts[column].0;
        numerator.is_some_and(|n| count(&row[n]) == Some(0) && marks[n] == Suppression::Open)
    }

    /// Hides, in one row, the rates and measures drawn from a hidden count.
    pub fn derive(&self, row: &[Value], marks: &mut [Suppression]) {
        for i in 0..row.len() {
            if self.is_count(i) || !self.is_guarded(i) || row[i] == Value::Null {
                continue;
            }

            if self.is_of_open_zero(i, row, marks) {
                marks[i] = Suppression::Open;
                continue;
            }

            let (n, d) = self.parts[i];
            let sources = self.guards[i].iter().copied().chain(n).chain(d);
            let marked = sources.filter(|&s| s != i).map(|s| marks[s]);
            let worst = marked.max().unwrap_or(Suppression::Open);
            marks[i] = marks[i].max(worst);
        }
    }
}

fn is_count(role: Role) -> bool {
    matches!(role, Role::Patients | Role::Count)
}

/// For each column, the counts that guard it, given its numerator and denominator.
fn guards(columns: &[Column], parts: &[(Option<usize>, Option<usize>)]) -> Vec<Vec<usize>> {
    let of_role = |role: Role| -> Vec<usize> {
        (0..columns.len()).filter(|&i| columns[i].role == role).collect()
    };

    // Without a patient key the consultations themselves stand for the patients.
    let mut fallback = of_role(Role::Patients);
    if fallback.is_empty() {
        fallback = of_role(Role::Count);
    }

    let guard_of = |c: &Column| {
        let guard = c.guard.as_ref()?;
        columns.iter().position(|other| other.name == *guard)
    };
    columns
        .iter()
        .zip(parts)
        .map(|(c, part)| match (c.role, guard_of(c)) {
            (Role::Count | Role::Rate | Role::Measure, Some(guard)) => vec![guard],
            (Role::Rate, None) if part.0.is_some() && part.1.is_some() => Vec::new(),
            (Role::Count | Role::Rate | Role::Measure, None) => fallback.clone(),
            _ => Vec::new(),
        })
        .collect()
}

/// The whole number a cell holds, if it holds one.
pub(super) fn count(value: &Value) -> Option<i64> {
    match value {
        Value::Int(i) => Some(*i),
        // Sums of decimals come back as floats; a count among them is still whole.
        Value::Float(x) if x.fract() == 0.0 && x.abs() < 9e15 => Some(*x as i64),
        _ => None,
    }
}
