//! Small dense symmetric systems: as many rows as covariates, or as cells in a joint test.

/// A symmetric positive-definite matrix, factored as `L Lᵀ`.
pub(super) struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors `matrix` (row by row, `size × size`); `None` if it is not safely positive definite.
    ///
    /// A pivot below 1e-10 of its diagonal means that a column is, to rounding, a combination of the others.
    pub fn new(matrix: &[f64], size: usize) -> Option<Cholesky> {
        let mut lower = vec![0.0; size * size];

        for i in 0..size {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|k| lower[i * size + k] * lower[j * size + k]).sum();
                let rest = matrix[i * size + j] - dot;

                if i == j {
                    if !(rest > 1e-10 * matrix[i * size + i] && rest.is_finite()) {
                        return None;
                    }
                    lower[i * size + i] = rest.sqrt();
                } else {
                    lower[i * size + j] = rest / lower[j * size + j];
                }
            }
        }

        Some(Cholesky { size, lower })
    }

    /// The identity, factored.
    pub fn identity(size: usize) -> Cholesky {
        let lower = (0..size * size).map(|at| f64::from(u8::from(at % (size + 1) == 0)));
        Cholesky { size, lower: lower.collect() }
    }

    /// Solves `A x = b`.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.size;
        let mut x = self.half_solve(b);

        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|k| self.lower[k * n + i] * x[k]).sum();
            x[i] = (x[i] - dot) / self.lower[i * n + i];
        }

        x
    }

    /// Solves `L x = b`, so that `xᵀx = bᵀ A⁻¹ b`.
    pub fn half_solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.size;
        let mut x = b.to_vec();

        for i in 0..n {
            let dot: f64 = (0..i).map(|k| self.lower[i * n + k] * x[k]).sum();
            x[i] = (x[i] - dot) / self.lower[i * n + i];
        }

        x
    }
}

/// Columns that are no combination, to rounding, of the earlier ones kept, given their products (row by row, lower triangle).
pub(super) fn independent(gram: &[f64], size: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();

    for candidate in 0..size {
        let trial: Vec<usize> = kept.iter().copied().chain([candidate]).collect();
        let products: Vec<f64> = trial
            .iter()
            .flat_map(|&i| trial.iter().map(move |&j| gram[i.max(j) * size + i.min(j)]))
            .collect();
        if Cholesky::new(&products, trial.len()).is_some() {
            kept = trial;
        }
    }

    kept
}

/// Adds `w · x xᵀ` to `gram` (row by row, lower triangle only).
pub(super) fn add_outer(gram: &mut [f64], x: &[f64], w: f64) {
    let size = x.len();
    for i in 0..size {
        let scaled = w * x[i];
        for j in 0..=i {
            gram[i * size + j] += scaled * x[j];
        }
    }
}

/// Inner product.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// `y ← y + a·x`.
pub(super) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_and_sees_collinearity() {
        let matrix = [4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];
        let x = Cholesky::new(&matrix, 3).unwrap().solve(&[1.0, 2.0, 3.0]);
        let full = [[4.0, 2.0, 1.0], [2.0, 5.0, 3.0], [1.0, 3.0, 6.0]];
        for (row, b) in full.iter().zip([1.0, 2.0, 3.0]) {
            assert!((dot(row, &x) - b).abs() < 1e-14);
        }
        assert!(Cholesky::new(&[1.0, 0.0, 1.0, 1.0], 2).is_none());

        // The second column is twice the first.
        let mut gram = vec![0.0; 9];
        for x in [[1.0, 2.0, 0.5], [3.0, 6.0, 1.0], [2.0, 4.0, -1.0]] {
            add_outer(&mut gram, &x, 1.0);
        }
        assert_eq!(independent(&gram, 3), [0, 2]);
    }
}
