//! What of a panel can be compared: who is set aside, and who stands in as never treated.

use super::panel::Panel;
use super::{Incomplete, Options};
use crate::{Error, Result};

/// A panel ready for comparison, and who was left out of it.
pub(super) struct CleanPanel {
    /// The units and periods kept; weights have mean 1.
    pub panel: Panel,
    /// Units served from the first period on.
    pub always_treated: Vec<String>,
    /// Units without a value where one is needed.
    pub incomplete: Vec<String>,
    /// The last cohort, where there is no never-treated unit.
    pub stand_in: Option<i32>,
}

/// Sets aside what cannot be compared, finds who stands in as never treated, and scales weights to mean 1.
pub(super) fn clean(panel: &Panel, options: &Options) -> Result<CleanPanel> {
    let (Some(&first), Some(&last)) = (panel.periods.first(), panel.periods.last()) else {
        return Err(Error::usage("panel sans période"));
    };
    let reach = options.anticipation;

    let always: Vec<bool> =
        panel.cohort.iter().map(|c| c.is_some_and(|g| g - reach <= first)).collect();

    // A cohort served after the last period is not treated here.
    let in_time = |cohort: Option<i32>| cohort.filter(|g| g - reach <= last);
    let kept: Vec<Option<i32>> = panel
        .cohort
        .iter()
        .zip(&always)
        .filter(|(_, out)| !**out)
        .map(|(c, _)| in_time(*c))
        .collect();
    let Some(latest) = kept.iter().flatten().max().copied() else {
        return Err(Error::refused(
            "aucun territoire n’est desservi après la première période du panel",
        ));
    };

    // The stand-in is a control only until it is served itself.
    let stand_in = kept.iter().all(Option::is_some).then_some(latest);
    let periods: Vec<bool> =
        panel.periods.iter().map(|p| stand_in.is_none_or(|g| *p < g - reach)).collect();

    let missing = missing(panel, &always, &periods, options.incomplete);
    let units: Vec<bool> = always.iter().zip(&missing).map(|(a, m)| !a && !m).collect();
    let mut clean = panel.restrict(&units, &periods);
    for cohort in &mut clean.cohort {
        *cohort = in_time(*cohort).filter(|g| stand_in != Some(*g));
    }
    if clean.cohort.iter().all(Option::is_none) {
        return Err(Error::refused(
            "une seule vague de desserte et aucun territoire témoin : rien à comparer",
        ));
    }

    let mean = clean.weights.iter().sum::<f64>() / clean.weights.len() as f64;
    clean.weights.iter_mut().for_each(|w| *w /= mean);

    Ok(CleanPanel {
        panel: clean,
        always_treated: names(panel, &always),
        incomplete: names(panel, &missing),
        stand_in,
    })
}

/// Units, other than those `always` treated, that are never observed in `periods`, or not always if that is asked for.
fn missing(panel: &Panel, always: &[bool], periods: &[bool], incomplete: Incomplete) -> Vec<bool> {
    let kept: Vec<&Vec<f64>> = panel
        .outcome
        .iter()
        .zip(periods)
        .filter(|(_, kept)| **kept)
        .map(|(column, _)| column)
        .collect();

    let is_missing = |unit: usize| {
        let observed = kept.iter().filter(|y| !y[unit].is_nan()).count();
        let some_missing = observed < kept.len();
        observed == 0 || (some_missing && incomplete == Incomplete::Drop)
    };
    (0..panel.units.len()).map(|unit| !always[unit] && is_missing(unit)).collect()
}

/// Names of the units in a mask.
fn names(panel: &Panel, mask: &[bool]) -> Vec<String> {
    panel
        .units
        .iter()
        .zip(mask)
        .filter(|(_, is_in)| **is_in)
        .map(|(name, _)| name.clone())
        .collect()
}
