//! One comparison of two groups in two periods, allowing for covariates.
//!
//! Every estimator here is a sum of weighted means, `ATT = Σⱼ ± (Σᵢ wᵢⱼ rᵢⱼ / Σᵢ wᵢⱼ)`, where the weights are those of
//! the treated, or of the comparison group times its odds of treatment `p(x)/(1−p(x))`, and `r` is an outcome or the
//! prediction of a linear model, or their difference. So one piece of code gives outcome regression, inverse probability
//! and doubly robust, on a panel (`r` is the change) or on repeated cross-sections. Influence of a row: its share in each
//! mean, `± wᵢⱼ(rᵢⱼ − ηⱼ)/Σw`, plus what it does through the coefficients that were estimated. Sant'Anna & Zhao (2020),
//! *Journal of Econometrics* 219, 101–122, sections 2 and 3 (for repeated cross-sections, the locally efficient form).

use super::Method;
use super::linear::{Cholesky, add_outer, add_scaled, dot};

/// Comparison units whose propensity reaches this are set aside: their odds would swamp the rest.
const TRIM: f64 = 0.995;
/// A propensity that reaches this, for anyone, means that the covariates all but tell who is served.
const OVERLAP: f64 = 0.999;

/// The rows compared.
pub struct Rows<'a> {
    /// Intercept and covariates, row by row.
    pub x: &'a [f64],
    /// Columns of `x`.
    pub width: usize,
    /// In the treated group.
    pub treated: &'a [bool],
    /// Weight of the unit.
    pub weight: &'a [f64],
    /// The change (panel), or the outcome (repeated cross-sections).
    pub y: &'a [f64],
    /// In repeated cross-sections, whether the row is of the second period.
    pub post: Option<&'a [bool]>,
}

impl Rows<'_> {
    fn row(&self, i: usize) -> &[f64] {
        &self.x[i * self.width..(i + 1) * self.width]
    }
}

/// Why a comparison cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Reason {
    /// A group is empty in one of the periods.
    NoUnits,
    /// The covariates all but tell who is served.
    NoOverlap,
    /// Too few units for the covariates, or covariates that say the same.
    Singular,
}

/// A logistic propensity score, fitted once for all the periods of a comparison.
pub struct Propensity {
    /// `p/(1−p)` on comparison rows that are not trimmed, 0 elsewhere.
    odds: Vec<f64>,
    /// `w(D − p)`.
    score: Vec<f64>,
    information: Cholesky,
}

impl Propensity {
    /// Newton–Raphson to machine precision.
    pub fn fit(
        x: &[f64],
        width: usize,
        treated: &[bool],
        weight: &[f64],
    ) -> Result<Propensity, Reason> {
        let rows = treated.len();
        let mut beta = vec![0.0; width];
        let (mut inside, mut total) = (0.0, 0.0);
        for (w, treated) in weight.iter().zip(treated) {
            inside += if *treated { *w } else { 0.0 };
            total += w;
        }
        if inside <= 0.0 || inside >= total {
            return Err(Reason::NoUnits);
        }
        // Covariates are centred: the overall odds are nearly the intercept, which saves a step or two.
        beta[0] = (inside / (total - inside)).ln();
        let mut fitted = vec![0.5; rows];
        // The likelihood is concave and flat far out: separation shows as a step that never dies.
        for _ in 0..50 {
            let mut gram = vec![0.0; width * width];
            let mut gradient = vec![0.0; width];
            for i in 0..rows {
                let row = &x[i * width..(i + 1) * width];
                let p = 1.0 / (1.0 + (-dot(row, &beta)).exp());
                fitted[i] = p;
                add_outer(&mut gram, row, weight[i] * p * (1.0 - p));
                add_scaled(
                    &mut gradient,
                    weight[i] * (f64::from(u8::from(treated[i])) - p),
                    row,
                );
            }
            let information = Cholesky::new(&gram, width).ok_or(Reason::Singular)?;
            let step = information.solve(&gradient);
            add_scaled(&mut beta, 1.0, &step);
            let size = beta.iter().fold(1.0_f64, |m, b| m.max(b.abs()));
            // Convergence is quadratic: below this step the fitted values above are exact to rounding.
            if step.iter().all(|s| s.abs() <= 1e-9 * size) {
                if fitted.iter().any(|p| *p >= OVERLAP) {
                    return Err(Reason::NoOverlap);
                }
                let odds = fitted
                    .iter()
                    .zip(treated)
                    .map(|(&p, &t)| if t || p >= TRIM { 0.0 } else { p / (1.0 - p) })
                    .collect();
                let residual = |i: usize| weight[i] * (f64::from(u8::from(treated[i])) - fitted[i]);
                return Ok(Propensity {
                    odds,
                    score: (0..rows).map(residual).collect(),
                    information,
                });
            }
        }
        Err(Reason::NoOverlap)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Group {
    Treated,
    /// Comparison rows times their odds.
    Reweighted,
}

#[derive(Clone, Copy, PartialEq)]
enum Window {
    Both,
    Before,
    After,
}

impl Window {
    fn holds(self, post: Option<&[bool]>, i: usize) -> bool {
        match (self, post) {
            (Window::Both, _) | (_, None) => true,
            (Window::After, Some(post)) => post[i],
            (Window::Before, Some(post)) => !post[i],
        }
    }
}

/// Linear models: of the comparison group's change (panel), or of either group's outcome in either period.
#[derive(Clone, Copy, PartialEq)]
enum Model {
    Change,
    ComparisonBefore,
    ComparisonAfter,
    TreatedBefore,
    TreatedAfter,
}

impl Model {
    fn uses(self, rows: &Rows<'_>, i: usize) -> bool {
        let (treated, window) = match self {
            Model::Change => (false, Window::Both),
            Model::ComparisonBefore => (false, Window::Before),
            Model::ComparisonAfter => (false, Window::After),
            Model::TreatedBefore => (true, Window::Before),
            Model::TreatedAfter => (true, Window::After),
        };
        rows.treated[i] == treated && window.holds(rows.post, i)
    }
}

/// One weighted mean: sign, whose, when, whether of the outcome, and predictions to add with their factor.
type Term = (f64, Group, Window, bool, &'static [(Model, f64)]);

use Group::{Reweighted, Treated};
use Model::{Change, ComparisonAfter, ComparisonBefore, TreatedAfter, TreatedBefore};
use Window::{After, Before, Both};

const PANEL_REGRESSION: &[Term] = &[(1.0, Treated, Both, true, &[(Change, -1.0)])];
const PANEL_WEIGHTING: &[Term] = &[
    (1.0, Treated, Both, true, &[]),
    (-1.0, Reweighted, Both, true, &[]),
];
const PANEL_DOUBLE: &[Term] = &[
    (1.0, Treated, Both, true, &[(Change, -1.0)]),
    (-1.0, Reweighted, Both, true, &[(Change, -1.0)]),
];
const SECTIONS_REGRESSION: &[Term] = &[
    (1.0, Treated, After, true, &[]),
    (-1.0, Treated, Before, true, &[]),
    (
        -1.0,
        Treated,
        Both,
        false,
        &[(ComparisonAfter, 1.0), (ComparisonBefore, -1.0)],
    ),
];
const SECTIONS_WEIGHTING: &[Term] = &[
    (1.0, Treated, After, true, &[]),
    (-1.0, Treated, Before, true, &[]),
    (-1.0, Reweighted, After, true, &[]),
    (1.0, Reweighted, Before, true, &[]),
];
const SECTIONS_DOUBLE: &[Term] = &[
    (1.0, Treated, After, true, &[(ComparisonAfter, -1.0)]),
    (-1.0, Treated, Before, true, &[(ComparisonBefore, -1.0)]),
    (-1.0, Reweighted, After, true, &[(ComparisonAfter, -1.0)]),
    (1.0, Reweighted, Before, true, &[(ComparisonBefore, -1.0)]),
    (
        1.0,
        Treated,
        Both,
        false,
        &[(TreatedAfter, 1.0), (ComparisonAfter, -1.0)],
    ),
    (
        -1.0,
        Treated,
        After,
        false,
        &[(TreatedAfter, 1.0), (ComparisonAfter, -1.0)],
    ),
    (
        -1.0,
        Treated,
        Both,
        false,
        &[(TreatedBefore, 1.0), (ComparisonBefore, -1.0)],
    ),
    (
        1.0,
        Treated,
        Before,
        false,
        &[(TreatedBefore, 1.0), (ComparisonBefore, -1.0)],
    ),
];

struct Fit {
    model: Model,
    beta: Vec<f64>,
    gram: Cholesky,
    /// Derivative of the ATT with respect to the coefficients.
    gradient: Vec<f64>,
}

fn least_squares(rows: &Rows<'_>, model: Model) -> Result<Fit, Reason> {
    let width = rows.width;
    let (mut gram, mut moment) = (vec![0.0; width * width], vec![0.0; width]);
    for i in (0..rows.y.len()).filter(|&i| model.uses(rows, i)) {
        add_outer(&mut gram, rows.row(i), rows.weight[i]);
        add_scaled(&mut moment, rows.weight[i] * rows.y[i], rows.row(i));
    }
    let gram = Cholesky::new(&gram, width).ok_or(Reason::Singular)?;
    Ok(Fit {
        model,
        beta: gram.solve(&moment),
        gram,
        gradient: vec![0.0; width],
    })
}

/// The effect, and for each row its influence: the derivative of the estimate with respect to the row's weight, so that the
/// sum over rows is zero and `√Σ influence²` the standard error of independent rows.
///
/// `propensity` must be given unless `method` is outcome regression.
pub fn estimate(
    rows: &Rows<'_>,
    method: Method,
    propensity: Option<&Propensity>,
) -> Result<(f64, Vec<f64>), Reason> {
    let terms = match (method, rows.post.is_some()) {
        (Method::OutcomeRegression, false) => PANEL_REGRESSION,
        (Method::InverseProbability, false) => PANEL_WEIGHTING,
        (Method::DoublyRobust, false) => PANEL_DOUBLE,
        (Method::OutcomeRegression, true) => SECTIONS_REGRESSION,
        (Method::InverseProbability, true) => SECTIONS_WEIGHTING,
        (Method::DoublyRobust, true) => SECTIONS_DOUBLE,
    };
    let count = rows.y.len();
    let width = rows.width;
    let mut fits: Vec<Fit> = Vec::new();
    for (model, _) in terms.iter().flat_map(|t| t.4) {
        if !fits.iter().any(|f| f.model == *model) {
            fits.push(least_squares(rows, *model)?);
        }
    }
    let mut effect = 0.0;
    let mut influence = vec![0.0; count];
    let mut odds_gradient = vec![0.0; width];
    let (mut weights, mut values) = (vec![0.0; count], vec![0.0; count]);
    for &(sign, group, window, outcome, predictions) in terms {
        // The factors of the predictions, by fit, merged into one coefficient vector.
        let mut combined = vec![0.0; width];
        for (model, factor) in predictions {
            for fit in fits.iter().filter(|f| f.model == *model) {
                add_scaled(&mut combined, *factor, &fit.beta);
            }
        }
        let (mut total, mut sum) = (0.0, 0.0);
        for i in 0..count {
            weights[i] = match group {
                _ if !window.holds(rows.post, i) => 0.0,
                Treated => f64::from(u8::from(rows.treated[i])) * rows.weight[i],
                Reweighted => rows.weight[i] * propensity.map_or(0.0, |p| p.odds[i]),
            };
            if weights[i] > 0.0 {
                values[i] = f64::from(u8::from(outcome)) * rows.y[i] + dot(rows.row(i), &combined);
                total += weights[i];
                sum += weights[i] * values[i];
            }
        }
        if total <= 0.0 {
            return Err(Reason::NoUnits);
        }
        let mean = sum / total;
        effect += sign * mean;
        let mut centre = vec![0.0; width];
        for i in (0..count).filter(|&i| weights[i] > 0.0) {
            let share = sign * weights[i] / total;
            influence[i] += share * (values[i] - mean);
            add_scaled(&mut centre, share, rows.row(i));
            if group == Reweighted {
                add_scaled(&mut odds_gradient, share * (values[i] - mean), rows.row(i));
            }
        }
        for (model, factor) in predictions {
            for fit in fits.iter_mut().filter(|f| f.model == *model) {
                add_scaled(&mut fit.gradient, *factor, &centre);
            }
        }
    }
    for fit in &fits {
        let direction = fit.gram.solve(&fit.gradient);
        for i in (0..count).filter(|&i| fit.model.uses(rows, i)) {
            let residual = rows.y[i] - dot(rows.row(i), &fit.beta);
            influence[i] += rows.weight[i] * residual * dot(rows.row(i), &direction);
        }
    }
    if let (Some(propensity), true) = (propensity, terms.iter().any(|t| t.1 == Reweighted)) {
        let direction = propensity.information.solve(&odds_gradient);
        for (i, (value, score)) in influence.iter_mut().zip(&propensity.score).enumerate() {
            *value += score * dot(rows.row(i), &direction);
        }
    }
    Ok((effect, influence))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const METHODS: [Method; 3] = [
        Method::OutcomeRegression,
        Method::InverseProbability,
        Method::DoublyRobust,
    ];

    /// Covariates, treated, weights, outcome, second period.
    type Data = (Vec<f64>, Vec<bool>, Vec<f64>, Vec<f64>, Vec<bool>);

    /// 40 rows with one covariate, the groups overlapping but not alike.
    fn data() -> Data {
        let mut x = Vec::new();
        let (mut treated, mut weight, mut y, mut post) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for i in 0..40_usize {
            let covariate = ((i * 7) % 11) as f64 / 5.0 - 1.0;
            x.extend([1.0, covariate]);
            treated.push((i * 5) % 13 < 5 || (covariate > 0.6 && i % 2 == 0));
            weight.push(1.0 + (i % 3) as f64);
            y.push(
                (i % 9) as f64 / 3.0
                    + covariate * covariate
                    + if i % 4 < 2 { covariate } else { 0.5 },
            );
            post.push(i % 4 < 2);
        }
        (x, treated, weight, y, post)
    }

    #[test]
    fn influence_is_the_derivative_by_weight() {
        let (x, treated, weight, y, post) = data();
        for method in METHODS {
            for sections in [false, true] {
                let run = |weight: &[f64]| {
                    let propensity = Propensity::fit(&x, 2, &treated, weight).unwrap();
                    let post = sections.then_some(post.as_slice());
                    let rows = Rows {
                        x: &x,
                        width: 2,
                        treated: &treated,
                        weight,
                        y: &y,
                        post,
                    };
                    estimate(&rows, method, Some(&propensity)).unwrap()
                };
                let (_, influence) = run(&weight);
                for i in 0..y.len() {
                    let moved = |step: f64| {
                        let mut weight = weight.clone();
                        weight[i] *= 1.0 + step;
                        run(&weight).0
                    };
                    let slope = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                    assert!(
                        (slope - influence[i]).abs() < 1e-7,
                        "{method:?} {sections} {i}: {slope} {}",
                        influence[i]
                    );
                }
            }
        }
    }

    #[test]
    fn says_why_a_comparison_fails() {
        let (_, treated, weight, y, _) = data();
        let telling: Vec<f64> = treated
            .iter()
            .flat_map(|t| [1.0, f64::from(u8::from(*t))])
            .collect();
        assert!(Propensity::fit(&telling, 2, &treated, &weight).is_err());
        let same = vec![1.0; 80];
        let rows = Rows {
            x: &same,
            width: 2,
            treated: &treated,
            weight: &weight,
            y: &y,
            post: None,
        };
        assert_eq!(
            estimate(&rows, Method::OutcomeRegression, None).unwrap_err(),
            Reason::Singular
        );
    }
}
