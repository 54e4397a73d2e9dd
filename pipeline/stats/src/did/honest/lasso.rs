//! The least variance for a given bias: a lasso in the transformed weights `u₁, u₂…`, with `u₀` given.

use super::problem::{Estimator, Problem};
use crate::did::linear::dot;

/// Penalties at which the path of estimators is followed.
const PENALTIES: i32 = 240;

/// The estimators of least variance for their bias, from the least biased to the least variable.
///
/// The path is piecewise linear in `u`; it is followed on [`PENALTIES`] penalties by coordinate descent.
pub(super) fn path(problem: &Problem) -> Vec<Estimator> {
    let mut lasso = Lasso::new(problem);
    let mut path = vec![problem.describe(lasso.u.clone())];
    let largest = lasso.largest_penalty();
    if largest == 0.0 {
        return path;
    }

    for step in 1..=PENALTIES {
        let penalty = if step == PENALTIES {
            0.0
        } else {
            largest * (-f64::from(step) * 0.06).exp()
        };
        lasso.descend(penalty);
        path.push(problem.describe(lasso.u.clone()));
    }

    path
}

/// The variance as a quadratic form in `u`, and a point of its path.
struct Lasso {
    hessian: Vec<Vec<f64>>,
    linear: Vec<f64>,
    /// Where the path has come to. The first never moves: it takes the straight line out.
    pub u: Vec<f64>,
}

impl Lasso {
    /// At the start of the path, where only `u₀` is not zero.
    pub fn new(problem: &Problem) -> Lasso {
        let count = problem.before.len();

        // Columns of the change of variables, and of the fixed part.
        let column = |j: usize| {
            let mut unit = vec![0.0; count];
            unit[j] = 1.0;
            let mut vector = Problem::weights_before(&unit);
            vector.resize(count + problem.mix.len(), 0.0);
            vector
        };
        let columns: Vec<Vec<f64>> = (0..count).map(column).collect();
        let mut fixed = vec![0.0; count];
        fixed.extend(&problem.mix);

        let images: Vec<Vec<f64>> = columns.iter().map(|c| problem.covariance_times(c)).collect();
        let row = |image: &Vec<f64>| columns.iter().map(|c| dot(image, c)).collect();

        let mut u = vec![0.0; count];
        u[0] = problem.slope();
        Lasso {
            hessian: images.iter().map(row).collect(),
            linear: images.iter().map(|i| dot(i, &fixed)).collect(),
            u,
        }
    }

    fn gradient(&self, j: usize) -> f64 {
        self.linear[j] + dot(&self.hessian[j], &self.u)
    }

    /// The penalty above which nothing moves from the start.
    pub fn largest_penalty(&self) -> f64 {
        (1..self.u.len()).map(|j| self.gradient(j).abs()).fold(0.0, f64::max)
    }

    /// Coordinate descent to the point of the path with this penalty.
    pub fn descend(&mut self, penalty: f64) {
        for _ in 0..20_000 {
            let mut moved = 0.0_f64;
            for j in 1..self.u.len() {
                // A combination that does not vary has nothing to give.
                let curvature = self.hessian[j][j];
                if curvature <= 0.0 {
                    continue;
                }

                let pull = curvature * self.u[j] - self.gradient(j);
                let target = pull.signum() * (pull.abs() - penalty).max(0.0) / curvature;
                moved = moved.max((target - self.u[j]).abs());
                self.u[j] = target;
            }

            if moved <= 1e-12 * self.u[0].abs().max(1e-12) {
                break;
            }
        }
    }
}
