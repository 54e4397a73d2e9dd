//! The chance of being served, given the covariates: a logistic regression.
//!
//! Where a covariate has a value that no treated unit has, the likelihood has no largest point: the chance of the controls with
//! that value goes to zero without end. They have nothing to give to the comparison, and leave it: what remains has the limit of
//! the likelihood. Albert & Anderson (1984), *Biometrika* 71, 1–10 (quasi-complete separation). Where it is a value that all
//! controls lack, the treated have no one alike and the comparison is not made.

use super::Method;
use super::linear::{Cholesky, add_outer, add_scaled, dot};
use super::sample::{Sample, SkipReason};

/// Comparison units whose propensity reaches this are set aside: their odds would swamp the rest.
const TRIM: f64 = 0.995;
/// A propensity that reaches this, for anyone, in a fit without weights, means that the covariates all but tell who is served:
/// the rule of R's `did` 2.5.1 (`overlap_check_fail`).
const OVERLAP: f64 = 0.999;
/// A fitted chance so close to 0 or 1, in a fit that does not settle, is on its way there.
const SEPARATED: f64 = 1e-7;

/// A logistic propensity score, fitted once for all the periods of a comparison.
pub(super) struct Propensity {
    /// `p/(1−p)` on comparison rows that are not trimmed, 0 elsewhere.
    pub odds: Vec<f64>,
    /// `w(D − p)`; 0 on rows that left the fit.
    pub score: Vec<f64>,
    /// Information matrix of the coefficients of `columns`.
    information: Cholesky,
    columns: Vec<usize>,
}

impl Propensity {
    /// The propensity of `sample`, where `method` needs one.
    pub fn needed(sample: &Sample, method: Method) -> Result<Option<Propensity>, SkipReason> {
        match method {
            Method::OutcomeRegression => Ok(None),
            Method::InverseProbability | Method::DoublyRobust => Self::fit(sample).map(Some),
        }
    }

    /// Newton–Raphson to machine precision.
    pub fn fit(sample: &Sample) -> Result<Propensity, SkipReason> {
        if sample.width == 1 {
            return Ok(Self::even(sample));
        }

        let mut unweighted = sample.clone();
        unweighted.weight.fill(1.0);
        let guard = Logit::fit(&unweighted)?;
        if guard.fitted.iter().any(|p| *p >= OVERLAP) {
            return Err(SkipReason::NoOverlap);
        }

        let is_even = sample.weight.iter().all(|w| *w == sample.weight[0]);
        let logit = if is_even { guard } else { Logit::fit(sample)? };
        logit.propensity(sample)
    }

    /// Without covariates every control has the same odds, however few or heavy the controls: what is normalised by their sum does
    /// not depend on them.
    fn even(sample: &Sample) -> Propensity {
        Propensity {
            odds: sample.treated.iter().map(|t| f64::from(u8::from(!t))).collect(),
            score: vec![0.0; sample.treated.len()],
            information: Cholesky::identity(1),
            columns: vec![0],
        }
    }

    /// What a change of the coefficients does, given the derivative of the effect with respect to them.
    pub fn direction(&self, gradient: &[f64]) -> Vec<f64> {
        let kept: Vec<f64> = self.columns.iter().map(|&j| gradient[j]).collect();
        let mut direction = vec![0.0; gradient.len()];
        for (&j, value) in self.columns.iter().zip(self.information.solve(&kept)) {
            direction[j] = value;
        }

        direction
    }
}

/// The fitted chances, and what they were fitted on.
struct Logit {
    /// Of all rows; 0 where a row left.
    fitted: Vec<f64>,
    active: Vec<bool>,
    columns: Vec<usize>,
}

impl Logit {
    /// Fits, letting go of the controls that have nothing to compare.
    fn fit(sample: &Sample) -> Result<Logit, SkipReason> {
        let mut active = vec![true; sample.treated.len()];

        // Each round lets at least one row go, and with it a direction of the covariates.
        for _ in 0..=sample.width {
            let (part, columns) = sample.part(&active);
            let (chances, settled) = newton(&part)?;
            let mut fitted = vec![0.0; active.len()];
            let rows: Vec<usize> = (0..active.len()).filter(|&i| active[i]).collect();
            rows.iter().zip(chances).for_each(|(&i, p)| fitted[i] = p);
            if settled {
                return Ok(Logit { fitted, active, columns });
            }

            let (mut gone, mut alone) = (false, false);
            for i in rows {
                if sample.treated[i] {
                    alone |= fitted[i] >= 1.0 - SEPARATED;
                } else if fitted[i] <= SEPARATED {
                    active[i] = false;
                    gone = true;
                }
            }
            if alone {
                return Err(SkipReason::NoOverlap);
            }
            if !gone {
                return Err(SkipReason::NoPropensity);
            }
        }

        Err(SkipReason::NoPropensity)
    }

    fn propensity(self, sample: &Sample) -> Result<Propensity, SkipReason> {
        let width = self.columns.len();
        let mut gram = vec![0.0; width * width];
        let (mut odds, mut score) = (vec![0.0; self.fitted.len()], vec![0.0; self.fitted.len()]);

        for i in (0..self.fitted.len()).filter(|&i| self.active[i]) {
            let (p, weight) = (self.fitted[i], sample.weight[i]);
            let row: Vec<f64> = self.columns.iter().map(|&j| sample.row(i)[j]).collect();
            add_outer(&mut gram, &row, weight * p * (1.0 - p));
            score[i] = weight * (sample.is_treated(i) - p);
            if !sample.treated[i] && p < TRIM {
                odds[i] = p / (1.0 - p);
            }
        }
        if odds.iter().all(|o| *o == 0.0) {
            return Err(SkipReason::NoOverlap);
        }

        Ok(Propensity {
            odds,
            score,
            information: Cholesky::new(&gram, width).ok_or(SkipReason::NoPropensity)?,
            columns: self.columns,
        })
    }
}

/// Newton–Raphson, each step halved until it does not lower the likelihood. The fitted chances, and whether they settled.
fn newton(sample: &Sample) -> Result<(Vec<f64>, bool), SkipReason> {
    let mut beta = vec![0.0; sample.width];
    beta[0] = overall_log_odds(sample)?;
    let mut likelihood = log_likelihood(sample, &beta);

    for _ in 0..60 {
        let (fitted, step) = newton_step(sample, &beta);
        let Some(mut step) = step else {
            return Ok((fitted, false));
        };

        // Convergence is quadratic: below this step the fitted values above are exact to rounding.
        let size = beta.iter().fold(1.0_f64, |m, b| m.max(b.abs()));
        if step.iter().all(|s| s.abs() <= 1e-9 * size) {
            return Ok((fitted, true));
        }

        let mut next = moved(&beta, &step);
        let slack = 1e-12 * likelihood.abs();
        for _ in 0..30 {
            if log_likelihood(sample, &next) >= likelihood - slack {
                break;
            }
            step.iter_mut().for_each(|s| *s /= 2.0);
            next = moved(&beta, &step);
        }
        beta = next;
        likelihood = log_likelihood(sample, &beta);
    }

    Ok((newton_step(sample, &beta).0, false))
}

fn moved(beta: &[f64], step: &[f64]) -> Vec<f64> {
    beta.iter().zip(step).map(|(b, s)| b + s).collect()
}

/// `Σ w (D xβ − ln(1 + exp xβ))`.
fn log_likelihood(sample: &Sample, beta: &[f64]) -> f64 {
    let of_row = |i: usize| {
        let index = dot(sample.row(i), beta);
        let soft = index.max(0.0) + (-index.abs()).exp().ln_1p();
        sample.weight[i] * (sample.is_treated(i) * index - soft)
    };
    (0..sample.treated.len()).map(of_row).sum()
}

/// A start for the intercept. Covariates are centred, so it is nearly the answer, which saves a step or two.
fn overall_log_odds(sample: &Sample) -> Result<f64, SkipReason> {
    let (mut treated, mut controls) = (0.0, 0.0);
    for (w, is_treated) in sample.weight.iter().zip(&sample.treated) {
        *(if *is_treated { &mut treated } else { &mut controls }) += w;
    }

    match (treated > 0.0, controls > 0.0) {
        (true, true) => Ok(f64::ln(treated / controls)),
        (false, _) => Err(SkipReason::NoTreated),
        (true, false) => Err(SkipReason::NoOverlap),
    }
}

/// Fitted propensities at `beta`, and the step to take from it; none where the likelihood is flat.
fn newton_step(sample: &Sample, beta: &[f64]) -> (Vec<f64>, Option<Vec<f64>>) {
    let width = sample.width;
    let mut fitted = Vec::with_capacity(sample.treated.len());
    let (mut gram, mut gradient) = (vec![0.0; width * width], vec![0.0; width]);

    for i in 0..sample.treated.len() {
        let (row, weight) = (sample.row(i), sample.weight[i]);
        let p = 1.0 / (1.0 + (-dot(row, beta)).exp());
        add_outer(&mut gram, row, weight * p * (1.0 - p));
        add_scaled(&mut gradient, weight * (sample.is_treated(i) - p), row);
        fitted.push(p);
    }

    let step = Cholesky::new(&gram, width).map(|information| information.solve(&gradient));
    (fitted, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::close;

    /// Rows `(covariate, treated, weight)`, with an intercept.
    fn sample(rows: &[(f64, bool, f64)]) -> Sample {
        Sample {
            x: rows.iter().flat_map(|r| [1.0, r.0]).collect(),
            width: 2,
            treated: rows.iter().map(|r| r.1).collect(),
            weight: rows.iter().map(|r| r.2).collect(),
        }
    }

    #[test]
    fn controls_with_a_value_that_no_treated_has_leave_and_the_others_keep_their_odds() {
        let mut rows = vec![(1.0, true, 1.0); 4];
        rows.extend([(1.0, false, 1.0); 6]);
        rows.extend([(0.0, false, 1.0); 10]);
        let propensity = Propensity::fit(&sample(&rows)).unwrap();
        close(propensity.odds[5], 4.0 / 6.0, 1e-12);
        assert_eq!((propensity.odds[15], propensity.score[15]), (0.0, 0.0));

        // The other way round, some treated have no one alike.
        for row in &mut rows {
            row.1 = !row.1;
        }
        assert_eq!(Propensity::fit(&sample(&rows)).err(), Some(SkipReason::NoOverlap));
    }

    #[test]
    fn the_guard_reads_the_fit_without_weights() {
        // Two treated of great weight at the end of the scale: 0.9996 with weights, 0.96 without.
        let mut rows: Vec<(f64, bool, f64)> =
            (0..60).map(|i| (f64::from(i) / 30.0 - 1.0, i % 6 == 0, 1.0)).collect();
        rows.extend([(4.0, true, 5000.0), (4.1, true, 5000.0), (3.9, false, 1.0)]);
        assert!(Propensity::fit(&sample(&rows)).is_ok());
    }

    #[test]
    fn a_step_that_overshoots_is_halved() {
        // A heavy tail: a plain Newton step from the overall odds leaves the plane on which the likelihood is curved.
        let mut rows: Vec<(f64, bool, f64)> =
            (0..400).map(|i| (f64::from(i % 20) / 1000.0, i % 40 == 0, 1.0)).collect();
        rows.extend([(60.0, true, 1.0), (55.0, false, 1.0), (-40.0, false, 1.0)]);
        let fitted = Propensity::fit(&sample(&rows)).unwrap();
        let gradient: f64 = fitted.score.iter().sum();
        close(gradient, 0.0, 1e-9);
    }
}
