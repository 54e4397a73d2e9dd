//! How an estimate leaves: an effect, a standardised share, a decomposition, drawn from raw panels that do not leave.
//!
//! An estimate is no count, so it cannot join the linked counts of a [`super::Gate::release`]. What could it give away? The
//! change of one territory, when it is the only one behind the estimate, or so heavy that the others hardly count; a small
//! group of people, when few of them have the trait. Hence a figure leaves only with its [`Basis`]: enough distinct
//! territories on each side, none of which dominates, enough people, and enough people with the trait. It is rounded
//! here, so that the digits cannot be run backwards, and the panel behind it is dropped by the caller.
//!
//! A weighted mean of which all terms but one are published gives that one back: publish one aggregation of a set of
//! effects (the study by distance and its mean), never the cohorts one by one beside their mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Cell, Gate, GatedTable, Summary};
use base::definition::{Definition, Role};
use base::error::{Error, Result};
use base::table::Value;

/// Fewest distinct territories on each side of a comparison.
pub const MIN_TERRITORIES: usize = 3;
/// Largest share of the weight that one territory may have.
pub const MAX_SHARE: f64 = 0.85;

/// The territories behind an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Territories {
    /// Served territories whose outcome enters the estimate.
    pub served: usize,
    /// Territories they are compared with; `None` where the estimate compares served territories with themselves.
    pub compared: Option<usize>,
    /// Share of the heaviest served territory in their total weight, 0 to 1.
    pub heaviest: f64,
}

/// What stands behind an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Basis {
    /// Territories, where the estimate is about territories.
    pub territories: Option<Territories>,
    /// Distinct people, the smallest group that enters.
    pub people: u64,
    /// People with the trait (without médecin traitant, refused…), the smallest group that enters; `None` for an outcome
    /// that is no share of people.
    pub cases: Option<u64>,
}

impl Basis {
    /// Whether an estimate on this basis may leave.
    pub fn suffices(&self, gate: &Gate) -> bool {
        let threshold = u64::from(gate.threshold);
        let territories = self.territories.is_none_or(|t| {
            t.served >= MIN_TERRITORIES
                && t.compared.is_none_or(|c| c >= MIN_TERRITORIES)
                && t.heaviest <= MAX_SHARE
        });

        territories && self.people >= threshold && self.cases.is_none_or(|c| c >= threshold)
    }
}

/// One row of estimates: one value per column of its table, and what stands behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Values in the order of the columns. Those of role `mesure` are estimates; `ouvert` counts territories.
    pub values: Vec<Value>,
    /// What stands behind the estimates.
    pub basis: Basis,
}

impl Gate {
    /// Lets estimates through: those whose basis is too small are hidden, all are rounded to `decimals`.
    ///
    /// # Errors
    /// `Refused` if a row does not fit the header, or the header has a column that only [`Gate::release`] can judge
    /// (counts and shares of people).
    pub fn release_estimates(
        &self,
        definition: Arc<Definition>,
        parameters: BTreeMap<String, Value>,
        estimates: Vec<Estimate>,
        decimals: i32,
        unprotected: bool,
    ) -> Result<GatedTable> {
        let wrong = |what: String| {
            let name = &definition.name;
            Error::refused(format!("estimations « {name} » : {what}"))
        };
        let is_of_people = |role| matches!(role, Role::Patients | Role::Count | Role::Rate);
        if let Some(column) = definition.columns.iter().find(|c| is_of_people(c.role)) {
            return Err(wrong(format!(
                "la colonne {} est un effectif, qui passe par le contrôle des requêtes",
                column.name
            )));
        }

        let mut tallies = Vec::with_capacity(estimates.len());
        let mut rows = Vec::with_capacity(estimates.len());
        for estimate in estimates {
            if estimate.values.len() != definition.columns.len() {
                return Err(wrong(format!(
                    "{} valeurs pour {} colonnes",
                    estimate.values.len(),
                    definition.columns.len()
                )));
            }

            let mut summary = Summary::default();
            let open = unprotected || estimate.basis.suffices(self);
            let values = estimate.values.into_iter().zip(&definition.columns);
            let row = values.map(|(value, column)| {
                let value = rounded(value, decimals);
                let is_estimate = column.role == Role::Measure && value != Value::Null;
                summary.cells += usize::from(is_estimate);
                summary.primary += usize::from(is_estimate && !open);

                if is_estimate && !open { Cell::Hidden } else { Cell::Open(value) }
            });
            rows.push(row.collect());
            tallies.push(summary);
        }

        let publishable = self.publishable && !unprotected;
        Ok(GatedTable::new(definition, parameters, rows, tallies, publishable))
    }
}

/// A number with that many decimals; empty if it is not finite.
fn rounded(value: Value, decimals: i32) -> Value {
    let scale = 10_f64.powi(decimals);

    match value {
        // Adding zero turns −0 into 0.
        Value::Float(x) if x.is_finite() => Value::Float((x * scale).round() / scale + 0.0),
        Value::Float(_) => Value::Null,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(role: &str) -> Arc<Definition> {
        Arc::new(
            toml::from_str(&format!(
                r#"
                nom = "effet"
                titre = "Effet"
                theme = "medecin_traitant"
                definition = "d"
                formule = "f"
                unite = "points"
                population = "p"
                sources = ["territoires"]
                colonnes = [
                  {{ nom = "issue", titre = "Issue", role = "categorie" }},
                  {{ nom = "effet", titre = "Effet", role = "{role}", format = "decimal2" }},
                ]
                "#
            ))
            .unwrap(),
        )
    }

    fn basis(served: usize, heaviest: f64, people: u64, cases: u64) -> Basis {
        Basis {
            territories: Some(Territories { served, compared: Some(50), heaviest }),
            people,
            cases: Some(cases),
        }
    }

    fn release(basis: Basis, unprotected: bool) -> Cell {
        let row = Estimate {
            values: vec![Value::Text("sans_mt".into()), Value::Float(-1.234_567)],
            basis,
        };
        let table = Gate::default()
            .release_estimates(definition("mesure"), BTreeMap::new(), vec![row], 2, unprotected)
            .unwrap();
        assert_eq!(table.publishable(), !unprotected);
        table.rows()[0][1].clone()
    }

    #[test]
    fn an_estimate_leaves_only_on_a_wide_basis() {
        let rounded = Cell::Open(Value::Float(-1.23));
        assert_eq!(release(basis(3, 0.5, 400, 30), false), rounded);
        for narrow in [
            basis(2, 0.5, 400, 30),
            basis(3, 0.9, 400, 30),
            basis(3, 0.5, 10, 30),
            basis(3, 0.5, 400, 10),
        ] {
            assert_eq!(release(narrow, false), Cell::Hidden, "{narrow:?}");
            assert_eq!(release(narrow, true), rounded);
        }
    }

    #[test]
    fn counts_of_people_do_not_leave_by_this_door() {
        for role in ["patients", "effectif", "taux"] {
            assert!(
                Gate::default()
                    .release_estimates(definition(role), BTreeMap::new(), Vec::new(), 2, false)
                    .is_err()
            );
        }
    }
}
