//! Which units are compared, in which periods: the plan of all `ATT(g, t)`.

use std::collections::BTreeMap;

use super::panel::Panel;
use super::{Base, Control, Options};

/// A cohort against its controls, with all the pairs of periods that share exactly these controls.
pub struct Comparison {
    /// Period of first service of the treated.
    pub cohort: i32,
    /// Controls are the never treated and, up from this period (excluded), the later cohorts.
    pub controls_after: i32,
    /// `(base, period)`, as positions among the periods.
    pub pairs: Vec<(usize, usize)>,
}

impl Comparison {
    /// Whether a unit takes part: `Some(true)` treated, `Some(false)` control, `None` neither.
    pub fn role(&self, cohort: Option<i32>) -> Option<bool> {
        match cohort {
            None => Some(false),
            Some(g) if g == self.cohort => Some(true),
            Some(g) => (g > self.controls_after).then_some(false),
        }
    }
}

/// The comparisons of a cleaned panel, by cohort then by extent of the control group.
pub fn plan(panel: &Panel, options: &Options) -> Vec<Comparison> {
    let periods = &panel.periods;
    let mut cohorts: Vec<i32> = panel.cohort.iter().flatten().copied().collect();
    cohorts.sort_unstable();
    cohorts.dedup();
    let mut plan = Vec::new();
    for cohort in cohorts {
        let Some(last_free) = periods
            .iter()
            .rposition(|p| p + options.anticipation < cohort)
        else {
            continue;
        };
        let mut by_controls: BTreeMap<i32, Vec<(usize, usize)>> = BTreeMap::new();
        for t in 0..periods.len() {
            // From g − anticipation on, an effect may show: the base is the last period free of it (theorem 1).
            let base = match options.base {
                Base::Universal => last_free,
                Base::Varying if t > last_free => last_free,
                Base::Varying if t > 0 => t - 1,
                Base::Varying => continue,
            };
            let controls_after = match options.control {
                Control::NeverTreated => i32::MAX,
                Control::NotYetTreated => periods[t.max(base)] + options.anticipation,
            };
            by_controls
                .entry(controls_after)
                .or_default()
                .push((base, t));
        }
        plan.extend(
            by_controls
                .into_iter()
                .map(|(controls_after, pairs)| Comparison {
                    cohort,
                    controls_after,
                    pairs,
                }),
        );
    }
    plan
}
