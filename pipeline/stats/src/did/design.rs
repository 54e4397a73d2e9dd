//! Which units are compared, in which periods: the design behind all `ATT(g, t)`.

use std::collections::BTreeMap;

use super::{BasePeriod, Control, Options};

/// A cohort against its controls, with all the pairs of periods that share exactly these controls.
pub(super) struct Comparison {
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

/// The comparisons of a cleaned panel, of which each unit is first served when `cohort` says: by cohort then by extent of the
/// control group.
pub(super) fn comparisons(
    cohort: &[Option<i32>],
    periods: &[i32],
    options: &Options,
) -> Vec<Comparison> {
    let mut cohorts: Vec<i32> = cohort.iter().flatten().copied().collect();
    cohorts.sort_unstable();
    cohorts.dedup();

    cohorts
        .into_iter()
        .flat_map(|cohort| {
            let by_controls = pairs_by_controls(periods, cohort, options);
            by_controls.into_iter().map(move |(controls_after, pairs)| Comparison {
                cohort,
                controls_after,
                pairs,
            })
        })
        .collect()
}

/// The pairs of periods of one cohort, grouped by [`Comparison::controls_after`].
fn pairs_by_controls(
    periods: &[i32],
    cohort: i32,
    options: &Options,
) -> BTreeMap<i32, Vec<(usize, usize)>> {
    let mut by_controls: BTreeMap<i32, Vec<(usize, usize)>> = BTreeMap::new();
    let is_free = |p: &i32| p + options.anticipation < cohort;
    let Some(last_free) = periods.iter().rposition(is_free) else {
        return by_controls;
    };

    for t in 0..periods.len() {
        // From g − anticipation on, an effect may show: the base is the last period free of it (theorem 1).
        let base = match options.base {
            BasePeriod::Universal => last_free,
            BasePeriod::Varying if t > last_free => last_free,
            BasePeriod::Varying if t > 0 => t - 1,
            BasePeriod::Varying => continue,
        };

        let controls_after = match options.control {
            Control::NeverTreated => i32::MAX,
            Control::NotYetTreated => periods[t.max(base)] + options.anticipation,
        };
        by_controls.entry(controls_after).or_default().push((base, t));
    }

    by_controls
}
