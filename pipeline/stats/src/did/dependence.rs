//! What an estimate depends on, unit by unit.

use super::linear::add_scaled;

/// How an estimate moves with each unit. All three are linear in the estimate: those of an average are the averages.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependence {
    /// Derivative with respect to the weight of the unit: `√Σ_clusters (Σ_units influence)²` is the standard error.
    pub influence: Vec<f64>,
    /// Derivative with respect to the change of the unit as one of the treated: its share in their mean.
    pub treated: Vec<f64>,
    /// Less the derivative with respect to its change as a control: its share in what the treated are compared with.
    pub controls: Vec<f64>,
}

impl Dependence {
    /// On no one of `units`.
    pub fn none(units: usize) -> Dependence {
        Dependence {
            influence: vec![0.0; units],
            treated: vec![0.0; units],
            controls: vec![0.0; units],
        }
    }

    /// Adds `factor` times another one.
    pub fn add(&mut self, factor: f64, other: &Dependence) {
        add_scaled(&mut self.influence, factor, &other.influence);
        add_scaled(&mut self.treated, factor, &other.treated);
        add_scaled(&mut self.controls, factor, &other.controls);
    }

    /// Whether it depends on no one: zero by design.
    pub fn is_none(&self) -> bool {
        self.treated.iter().all(|a| *a == 0.0)
    }
}
