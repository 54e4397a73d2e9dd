//! The chance of being served, given the covariates: a logistic regression.

use super::Method;
use super::linear::{Cholesky, add_outer, add_scaled, dot};
use super::sample::{Sample, SkipReason};

/// Comparison units whose propensity reaches this are set aside: their odds would swamp the rest.
const TRIM: f64 = 0.995;
/// A propensity that reaches this, for anyone, means that the covariates all but tell who is served.
const OVERLAP: f64 = 0.999;

/// A logistic propensity score, fitted once for all the periods of a comparison.
pub(super) struct Propensity {
    /// `p/(1−p)` on comparison rows that are not trimmed, 0 elsewhere.
    pub odds: Vec<f64>,
    /// `w(D − p)`.
    pub score: Vec<f64>,
    /// Information matrix of the coefficients.
    pub information: Cholesky,
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
        let mut beta = vec![0.0; sample.width];
        beta[0] = overall_log_odds(sample)?;

        // The likelihood is concave and flat far out: separation shows as a step that never dies.
        for _ in 0..50 {
            let (fitted, information, step) = newton_step(sample, &beta)?;
            add_scaled(&mut beta, 1.0, &step);

            // Convergence is quadratic: below this step the fitted values above are exact to rounding.
            let size = beta.iter().fold(1.0_f64, |m, b| m.max(b.abs()));
            if step.iter().all(|s| s.abs() <= 1e-9 * size) {
                return Self::from_fitted(sample, &fitted, information);
            }
        }

        Err(SkipReason::NoOverlap)
    }

    fn from_fitted(
        sample: &Sample,
        fitted: &[f64],
        information: Cholesky,
    ) -> Result<Propensity, SkipReason> {
        if fitted.iter().any(|p| *p >= OVERLAP) {
            return Err(SkipReason::NoOverlap);
        }

        let odds = fitted
            .iter()
            .zip(&sample.treated)
            .map(|(&p, &t)| if t || p >= TRIM { 0.0 } else { p / (1.0 - p) })
            .collect();
        let score = (0..fitted.len())
            .map(|i| sample.weight[i] * (sample.is_treated(i) - fitted[i]))
            .collect();

        Ok(Propensity { odds, score, information })
    }
}

/// A start for the intercept. Covariates are centred, so it is nearly the answer, which saves a step or two.
fn overall_log_odds(sample: &Sample) -> Result<f64, SkipReason> {
    let (mut treated, mut total) = (0.0, 0.0);
    for (w, is_treated) in sample.weight.iter().zip(&sample.treated) {
        treated += if *is_treated { *w } else { 0.0 };
        total += w;
    }
    if treated <= 0.0 || treated >= total {
        return Err(SkipReason::NoUnits);
    }

    Ok((treated / (total - treated)).ln())
}

/// Fitted propensities at `beta`, the information matrix there, and the step to take from it.
fn newton_step(
    sample: &Sample,
    beta: &[f64],
) -> Result<(Vec<f64>, Cholesky, Vec<f64>), SkipReason> {
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

    let information = Cholesky::new(&gram, width).ok_or(SkipReason::Singular)?;
    let step = information.solve(&gradient);
    Ok((fitted, information, step))
}
