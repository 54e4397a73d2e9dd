//! One run for several levels: the view `zones` has every bus at all levels at once too, where the code of a zone bears
//! its level (`region/28`), so an answer at each level is a selection of rows.

use base::definition::Role;
use base::parameters::Parameters;
use base::table::Value;

use crate::catalogue::Query;
use crate::sql_files::Origin;

/// The parameter that says the level of the rows.
const LEVEL: &str = "niveau";
/// What `zones` calls all levels at once.
const EVERY_LEVEL: &str = "tous";

/// One run of a query, and which of the sets of parameters asked it answers.
pub(super) struct LevelRun {
    /// What the engine is given.
    pub(super) parameters: Parameters,
    /// Places among the sets asked.
    places: Vec<usize>,
}

impl LevelRun {
    /// The fewest runs that answer every set: those that differ by their level are one, where the query can.
    pub(super) fn all(query: &Query, asked: &[Parameters]) -> Vec<Self> {
        let together = answers_every_level(query);
        let mut runs: Vec<(Parameters, Self)> = Vec::new();

        for (place, parameters) in asked.iter().enumerate() {
            let rest = parameters.without(&[LEVEL]);
            match runs.iter_mut().find(|(known, _)| together && *known == rest) {
                Some((_, run)) => run.places.push(place),
                None => {
                    let run = Self {
                        parameters: parameters.clone(),
                        places: vec![place],
                    };
                    runs.push((rest, run));
                }
            }
        }

        let widened = |(rest, run): (Parameters, Self)| match run.places.len() {
            1 => run,
            _ => Self {
                parameters: rest.with(LEVEL, Value::from(EVERY_LEVEL)),
                ..run
            },
        };
        runs.into_iter().map(widened).collect()
    }

    /// The rows of each set that the run answers, in the query's order, from the rows of the run.
    pub(super) fn answers(
        &self,
        query: &Query,
        asked: &[Parameters],
        rows: Vec<Vec<Value>>,
    ) -> Vec<(usize, Vec<Vec<Value>>)> {
        if let [place] = self.places.as_slice() {
            return vec![(*place, rows)];
        }

        let columns = &query.definition.columns;
        let Some(zone) = columns.iter().position(|c| c.role == Role::Zone) else {
            return Vec::new();
        };

        let mut answers: Vec<_> = self.places.iter().map(|&place| (place, Vec::new())).collect();
        for mut row in rows {
            let text = row[zone].as_text().and_then(|text| text.split_once('/'));
            let Some((level, code)) =
                text.map(|(level, code)| (level.to_string(), code.to_string()))
            else {
                continue;
            };
            row[zone] = Value::Text(code);

            for (place, found) in &mut answers {
                if asked[*place].get(LEVEL).and_then(Value::as_text) == Some(&level) {
                    found.push(row.clone());
                }
            }
        }
        answers
    }
}

/// Whether the level of the rows is only chosen in `zones`, and told in one column. Only the release's queries were read
/// with that in mind.
fn answers_every_level(query: &Query) -> bool {
    let columns = query.definition.columns.iter();
    let zones = columns.filter(|c| c.role == Role::Zone).count();

    query.origin == Origin::Release
        && query.reads.contains("zones")
        && query.sql.matches("$niveau").count() == 1
        && zones == 1
}
