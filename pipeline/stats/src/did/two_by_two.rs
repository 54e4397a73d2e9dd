//! One comparison of two groups in two periods, allowing for covariates.
//!
//! Every estimator here is a sum of weighted means, `ATT = Σⱼ ± (Σᵢ wᵢⱼ rᵢⱼ / Σᵢ wᵢⱼ)`, where the weights are those of
//! the treated, or of the comparison group times its odds of treatment `p(x)/(1−p(x))`, and `r` is an outcome or the
//! prediction of a linear model, or their difference. So one piece of code gives outcome regression, inverse probability
//! and doubly robust, on a panel (`r` is the change) or on repeated cross-sections. Influence of a row: its share in each
//! mean, `± wᵢⱼ(rᵢⱼ − ηⱼ)/Σw`, plus what it does through the coefficients that were estimated. Sant'Anna & Zhao (2020),
//! *Journal of Econometrics* 219, 101–122, sections 2 and 3 (for repeated cross-sections, the locally efficient form).

use super::Method;
use super::linear::{Cholesky, add_outer, add_scaled, dot, independent};
use super::propensity::Propensity;
use super::sample::{Observed, SkipReason};
use super::terms::{self, Group, Model, Term};

/// A comparison that was made.
pub(super) struct Estimated {
    pub effect: f64,
    /// For each row, the derivative of the effect with respect to its weight: the sum over rows is zero and `√Σ influence²` the
    /// standard error of independent rows.
    pub influence: Vec<f64>,
    /// For each row, the derivative of the effect with respect to its outcome.
    pub pull: Vec<f64>,
}

/// The effect, with what each row does to it.
///
/// `propensity` must be given unless `method` is outcome regression.
pub(super) fn estimate(
    observed: &Observed<'_>,
    method: Method,
    propensity: Option<&Propensity>,
) -> Result<Estimated, SkipReason> {
    let terms = terms::of(method, observed.post.is_some());

    let mut sum = TermSum::new(observed, terms, propensity)?;
    for term in terms {
        sum.add(term)?;
    }
    sum.add_influence_of_models();
    if let Some(propensity) = propensity {
        sum.add_influence_of_odds(propensity);
    }

    Ok(Estimated {
        effect: sum.effect,
        influence: sum.influence,
        pull: sum.pull,
    })
}

/// A linear model that was fitted, and how the effect depends on its coefficients.
struct ModelFit {
    model: Model,
    beta: Vec<f64>,
    gram: Cholesky,
    columns: Vec<usize>,
    /// Derivative of the effect with respect to the coefficients.
    gradient: Vec<f64>,
}

impl ModelFit {
    /// Weighted least squares on the rows of the model.
    fn new(observed: &Observed<'_>, model: Model) -> Result<ModelFit, SkipReason> {
        let sample = observed.sample;
        let width = sample.width;

        let (mut gram, mut moment) = (vec![0.0; width * width], vec![0.0; width]);
        let mut rows = 0;
        for i in (0..observed.y.len()).filter(|&i| model.uses(observed, i)) {
            rows += 1;
            add_outer(&mut gram, sample.row(i), sample.weight[i]);
            add_scaled(&mut moment, sample.weight[i] * observed.y[i], sample.row(i));
        }

        // Predictions for the treated from the treated do not leave what their covariates span; those from controls might.
        let columns = independent(&gram, width);
        if columns.len() < width && !model.is_of_treated() {
            return Err(if rows < width {
                SkipReason::TooFewControls
            } else {
                SkipReason::ControlsAlike
            });
        }
        let reduced: Vec<f64> = columns
            .iter()
            .flat_map(|&i| columns.iter().map(move |&j| (i.max(j), i.min(j))))
            .map(|(i, j)| gram[i * width + j])
            .collect();

        let gram = Cholesky::new(&reduced, columns.len()).ok_or(SkipReason::ControlsAlike)?;
        let mut fit = ModelFit {
            model,
            beta: Vec::new(),
            gram,
            columns,
            gradient: vec![0.0; width],
        };
        fit.beta = fit.solve(&moment);
        Ok(fit)
    }

    /// Solves the normal equations; 0 for columns that follow from others.
    fn solve(&self, moment: &[f64]) -> Vec<f64> {
        let kept: Vec<f64> = self.columns.iter().map(|&j| moment[j]).collect();
        let mut solution = vec![0.0; moment.len()];
        for (&j, value) in self.columns.iter().zip(self.gram.solve(&kept)) {
            solution[j] = value;
        }

        solution
    }
}

/// The effect as far as its terms have been added up.
struct TermSum<'a> {
    observed: &'a Observed<'a>,
    propensity: Option<&'a Propensity>,
    models: Vec<ModelFit>,
    effect: f64,
    influence: Vec<f64>,
    pull: Vec<f64>,
    /// Derivative of the effect with respect to the coefficients of the propensity.
    odds_gradient: Vec<f64>,
}

impl<'a> TermSum<'a> {
    /// Nothing added yet, but every linear model of the terms fitted.
    fn new(
        observed: &'a Observed<'a>,
        terms: &[Term],
        propensity: Option<&'a Propensity>,
    ) -> Result<Self, SkipReason> {
        let mut models: Vec<ModelFit> = Vec::new();
        for (model, _) in terms.iter().flat_map(|t| t.predictions) {
            if !models.iter().any(|f| f.model == *model) {
                models.push(ModelFit::new(observed, *model)?);
            }
        }

        Ok(TermSum {
            observed,
            propensity,
            models,
            effect: 0.0,
            influence: vec![0.0; observed.y.len()],
            pull: vec![0.0; observed.y.len()],
            odds_gradient: vec![0.0; observed.sample.width],
        })
    }

    /// Adds a weighted mean, and each row's share in it.
    fn add(&mut self, term: &Term) -> Result<(), SkipReason> {
        let sample = self.observed.sample;
        let prediction = self.prediction(term);

        let of_outcome = f64::from(u8::from(term.of_outcome));
        let (mut rows, mut total, mut sum) = (Vec::new(), 0.0, 0.0);
        for i in 0..self.observed.y.len() {
            let weight = self.weight(term, i);
            if weight > 0.0 {
                let value = of_outcome * self.observed.y[i] + dot(sample.row(i), &prediction);
                rows.push((i, weight, value));
                total += weight;
                sum += weight * value;
            }
        }
        if total <= 0.0 {
            return Err(match term.group {
                Group::Treated => SkipReason::NoTreated,
                Group::Reweighted => SkipReason::NoOverlap,
            });
        }

        let mean = sum / total;
        self.effect += term.sign * mean;

        let mut centre = vec![0.0; sample.width];
        for (i, weight, value) in rows {
            let share = term.sign * weight / total;
            self.influence[i] += share * (value - mean);
            self.pull[i] += share * of_outcome;
            add_scaled(&mut centre, share, sample.row(i));
            if term.group == Group::Reweighted {
                let pull = share * (value - mean);
                add_scaled(&mut self.odds_gradient, pull, sample.row(i));
            }
        }

        for (model, factor) in term.predictions {
            for fit in self.models.iter_mut().filter(|f| f.model == *model) {
                add_scaled(&mut fit.gradient, *factor, &centre);
            }
        }
        Ok(())
    }

    /// The predictions of a term with their factors, merged into one vector of coefficients.
    fn prediction(&self, term: &Term) -> Vec<f64> {
        let mut combined = vec![0.0; self.observed.sample.width];
        for (model, factor) in term.predictions {
            for fit in self.models.iter().filter(|f| f.model == *model) {
                add_scaled(&mut combined, *factor, &fit.beta);
            }
        }

        combined
    }

    /// Weight of row `i` in a term.
    fn weight(&self, term: &Term, i: usize) -> f64 {
        if !term.window.holds(self.observed.post, i) {
            return 0.0;
        }

        let sample = self.observed.sample;
        match term.group {
            Group::Treated => sample.is_treated(i) * sample.weight[i],
            Group::Reweighted => sample.weight[i] * self.propensity.map_or(0.0, |p| p.odds[i]),
        }
    }

    /// What each row does to the effect through the coefficients of the linear models.
    fn add_influence_of_models(&mut self) {
        let Observed { sample, y, .. } = *self.observed;
        for fit in &self.models {
            let direction = fit.solve(&fit.gradient);
            for i in (0..y.len()).filter(|&i| fit.model.uses(self.observed, i)) {
                let residual = y[i] - dot(sample.row(i), &fit.beta);
                let pull = sample.weight[i] * dot(sample.row(i), &direction);
                self.influence[i] += residual * pull;
                self.pull[i] += pull;
            }
        }
    }

    /// What each row does to the effect through the coefficients of the propensity.
    fn add_influence_of_odds(&mut self, propensity: &Propensity) {
        let direction = propensity.direction(&self.odds_gradient);
        let scores = self.influence.iter_mut().zip(&propensity.score);
        for (i, (value, score)) in scores.enumerate() {
            *value += score * dot(self.observed.sample.row(i), &direction);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;
    use crate::tests::close;

    const METHODS: [Method; 3] =
        [Method::OutcomeRegression, Method::InverseProbability, Method::DoublyRobust];

    /// 40 rows with one covariate, the groups overlapping but not alike: with their outcome, and whether of the second period.
    fn data() -> (Sample, Vec<f64>, Vec<bool>) {
        let mut sample = Sample { width: 2, ..Sample::default() };
        let (mut y, mut post) = (Vec::new(), Vec::new());

        for i in 0..40_usize {
            let covariate = ((i * 7) % 11) as f64 / 5.0 - 1.0;
            let second = i % 4 < 2;
            sample.x.extend([1.0, covariate]);
            sample.treated.push((i * 5) % 13 < 5 || (covariate > 0.6 && i % 2 == 0));
            sample.weight.push(1.0 + (i % 3) as f64);
            y.push(
                (i % 9) as f64 / 3.0 + covariate * covariate + if second { covariate } else { 0.5 },
            );
            post.push(second);
        }

        (sample, y, post)
    }

    #[test]
    fn influence_is_the_derivative_by_weight() {
        let (sample, y, post) = data();

        for method in METHODS {
            for sections in [false, true] {
                let run = |weight: &[f64]| {
                    let sample = Sample {
                        weight: weight.to_vec(),
                        ..sample.clone()
                    };
                    let propensity = Propensity::fit(&sample).unwrap();
                    let observed = Observed {
                        sample: &sample,
                        y: &y,
                        post: sections.then_some(post.as_slice()),
                    };
                    estimate(&observed, method, Some(&propensity)).unwrap()
                };

                let Estimated { influence, pull, effect } = run(&sample.weight);
                close(pull.iter().zip(&y).map(|(p, y)| p * y).sum(), effect, 1e-10);
                for i in 0..y.len() {
                    let moved = |step: f64| {
                        let mut weight = sample.weight.clone();
                        weight[i] *= 1.0 + step;
                        run(&weight).effect
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
        let (sample, y, _) = data();

        let covariates = (0..40).flat_map(|i| [1.0, sample.is_treated(i)]);
        let telling = Sample {
            x: covariates.collect(),
            ..sample.clone()
        };
        assert!(Propensity::fit(&telling).is_err());

        let same = Sample { x: vec![1.0; 80], ..sample };
        let observed = Observed { sample: &same, y: &y, post: None };
        assert_eq!(
            estimate(&observed, Method::OutcomeRegression, None).err(),
            Some(SkipReason::ControlsAlike)
        );
    }
}
