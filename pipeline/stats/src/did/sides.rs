//! The two sides of an estimate, treated and controls, cluster by cluster: what a cluster-robust error from few or unequal
//! clusters must be corrected by, and how many degrees of freedom it has.
//!
//! A side is a mean `m = Σ ω_c u_c` over clusters of weights `ω_c`, and what is seen of a cluster, `S_c = ω_c (u_c − m)`, is
//! smaller than `ω_c` times its true deviation: the heavier the cluster, the more it draws the mean towards itself. With
//! working variances `φ_c`, `E S_c² = ω_c² (φ_c − 2ω_cφ_c + K)`, `K = Σ ω²φ`, so `S_c` is multiplied by
//! `√(φ_c / (φ_c − 2ω_cφ_c + K))`, which makes `Σ S_c²` unbiased. Its degrees of freedom are those of the chi-squared with the
//! same mean and variance, `K² / ‖N‖²`, with `N` the covariance of the corrected `S`. Bell & McCaffrey (2002), *Survey
//! Methodology* 28, 169–181, in the cluster form of Pustejovsky & Tipton (2018), *Journal of Business & Economic Statistics*
//! 36, 672–683. The sides are put together by Welch (1947), *Biometrika* 34, 28–35. A side with less than [`FEW`] of them is taken
//! cluster by cluster instead: where one cluster is heavy, that chi-squared is far from what the error is ([`super::t_ratio`]).
//!
//! Working variances: `φ_c = τ² + Σ_i ω_i² (a + b ω̄/ω_i) / ω_c²`, what a cluster shares and what is each unit's own, of which a part
//! falls with its weight (a share of its people varies the less the more they are); `τ²`, `a` and `b` are estimated by moments. Imbens & Kolesár (2016), *Review of Economics and Statistics* 98, 701–712, section III.
//! Both sides start from the same ones. Where the treated are seen to vary more, theirs are scaled up to what is seen: shocks of
//! their own, or dates so many that the changes of the controls average out, leave an error made of the treated alone, and
//! counting the controls would promise too many degrees of freedom. Never down: a few treated clusters may look alike by chance.

use super::dependence::Dependence;
use super::t_ratio::{ClusterTerm, RatioSide, degrees_of_freedom};

/// Degrees of freedom of a side below which its error is no chi-squared by far.
const FEW: f64 = 20.0;
/// Least share of its working variance that is taken to be seen of a cluster: bounds the correction.
const LEAST_SEEN: f64 = 1e-6;

/// One side, cluster by cluster.
struct Side {
    /// Sum of influences.
    sums: Vec<f64>,
    /// Sum of weights.
    weights: Vec<f64>,
    /// Sum of squared weights.
    squares: Vec<f64>,
    products: Products,
}

/// Corrected sums of influences by cluster, and their degrees of freedom.
pub(super) struct Corrected {
    pub sums: Vec<f64>,
    pub df: f64,
}

/// The clusters of one side of an estimate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ClusterShares {
    /// How many there are.
    pub clusters: usize,
    /// How many equal ones would weigh as these do, `1/Σω²`. Carter, Schnepel & Steigerwald (2017), *Review of Economics and
    /// Statistics* 99, 698–709, with clusters independent of each other and alike inside.
    pub effective: f64,
    /// Share of the heaviest one.
    pub largest: f64,
}

impl ClusterShares {
    /// From the weight of each unit in the mean of its side.
    pub(super) fn new(weights: &[f64], clusters: &[usize], count: usize) -> ClusterShares {
        let mut sums = vec![0.0; count];
        weights.iter().zip(clusters).for_each(|(w, &c)| sums[c] += w);

        // A regression may give a control far from the treated a weight below zero: it bears on the mean as well.
        sums.iter_mut().for_each(|w| *w = w.abs());
        let total: f64 = sums.iter().sum();
        let squares: f64 = sums.iter().map(|w| w * w).sum();

        ClusterShares {
            clusters: sums.iter().filter(|w| **w != 0.0).count(),
            effective: if squares > 0.0 { total * total / squares } else { 0.0 },
            largest: sums.iter().copied().fold(0.0, f64::max) / total.max(f64::MIN_POSITIVE),
        }
    }
}

/// Clusters that bear on an estimate, of the treated and of the controls.
pub(super) fn cluster_counts(
    estimate: &Dependence,
    clusters: &[usize],
    count: usize,
) -> (usize, usize) {
    let side = |weights: &[f64]| {
        let mut seen = vec![false; count];
        for (weight, &cluster) in weights.iter().zip(clusters) {
            seen[cluster] |= *weight != 0.0;
        }
        seen.into_iter().filter(|s| *s).count()
    };

    (side(&estimate.treated), side(&estimate.controls))
}

/// Corrects an estimate that two clusters at least bear on, on each side; its degrees of freedom are for limits at `level`.
pub(super) fn correct(
    estimate: &Dependence,
    clusters: &[usize],
    count: usize,
    level: f64,
) -> Corrected {
    // A unit that is now treated, now a control, counts as treated.
    let is_treated = |unit: usize| estimate.treated[unit] != 0.0;
    let treated = Side::new(estimate, &estimate.treated, clusters, count, is_treated);
    let controls =
        Side::new(estimate, &estimate.controls, clusters, count, |unit| !is_treated(unit));

    let model = WorkingModel::new([&treated, &controls]);
    let [mut treated, controls] = [treated, controls].map(|side| side.corrected(&model));
    treated.vary_at_least_as(&controls);
    treated
        .sums
        .iter_mut()
        .zip(&controls.sums)
        .for_each(|(sum, other)| *sum += other);
    let sums = std::mem::take(&mut treated.sums);

    let whole = treated.variance + controls.variance;
    let part = |side: &CorrectedSide| side.variance.powi(2) / side.df;
    let spread = part(&treated) + part(&controls);
    let df = if treated.df < FEW || controls.df < FEW {
        degrees_of_freedom(&[treated.ratio(), controls.ratio()], level)
    } else if spread > 0.0 {
        whole * whole / spread
    } else {
        treated.df
    };
    Corrected { sums, df: df.max(1.0) }
}

/// One side, corrected.
struct CorrectedSide {
    /// Sums of influences by cluster.
    sums: Vec<f64>,
    /// Degrees of freedom and size of the variance.
    df: f64,
    variance: f64,
    terms: Vec<ClusterTerm>,
    /// Sum of the squared corrected sums: what `variance` would be on average, were the working variances right.
    seen: f64,
}

impl CorrectedSide {
    /// Scales the working variances up to what is seen of them, where that is more than of the controls.
    fn vary_at_least_as(&mut self, controls: &CorrectedSide) {
        let ratio = (self.seen / self.variance) / (controls.seen / controls.variance);
        if ratio.is_finite() && ratio > 1.0 {
            self.variance *= ratio;
            self.terms.iter_mut().for_each(|term| term.variance *= ratio);
        }
    }

    /// As its mean and its error depend on clusters: one by one where they are few.
    fn ratio(self) -> RatioSide {
        match self.df < FEW {
            true => RatioSide::Clusters(self.terms),
            false => RatioSide::Smooth(self.variance, self.df),
        }
    }
}

impl Side {
    fn new(
        estimate: &Dependence,
        weights: &[f64],
        clusters: &[usize],
        count: usize,
        is_member: impl Fn(usize) -> bool,
    ) -> Side {
        let mut side = Side {
            sums: vec![0.0; count],
            weights: vec![0.0; count],
            squares: vec![0.0; count],
            products: Products::default(),
        };
        let mut members = vec![0.0; count];
        for (unit, &cluster) in clusters.iter().enumerate() {
            let weight = weights[unit];
            side.weights[cluster] += weight;
            side.squares[cluster] += weight * weight;
            if is_member(unit) {
                let influence = estimate.influence[unit];
                side.sums[cluster] += influence;
                side.products.add_unit(influence, weight.abs());
                members[cluster] += f64::from(u8::from(weight != 0.0));
            }
        }

        let squares = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>();
        side.products.pairs = squares(&side.sums) - side.products.squares;
        side.products.pair_weights = squares(&side.weights) - side.squares.iter().sum::<f64>();
        side.products.count = members.iter().map(|n| n * (n - 1.0)).sum();
        side
    }

    fn corrected(&self, model: &WorkingModel) -> CorrectedSide {
        let mean_weight = self.products.weights / self.products.units.max(1.0);
        let working = |c: usize| {
            let weight = self.weights[c].abs().max(f64::MIN_POSITIVE);
            let own = (self.squares[c] / (weight * weight)).min(1.0);
            model.shared + model.even * own + model.by_weight * mean_weight / weight
        };
        let used: Vec<usize> =
            (0..self.weights.len()).filter(|&c| self.weights[c] != 0.0).collect();
        let whole: f64 = used.iter().map(|&c| self.weights[c].powi(2) * working(c)).sum();

        let mut sums = self.sums.clone();
        let mut moments = Moments::default();
        let mut terms = Vec::with_capacity(used.len());
        for &c in &used {
            let (weight, variance) = (self.weights[c], working(c));
            let pull = weight * variance;
            let seen = (variance - 2.0 * pull + whole).max(LEAST_SEEN * variance);
            let factor = (variance / seen).sqrt();
            let corrected = (weight * factor).powi(2);
            sums[c] *= factor;
            moments.add(corrected, pull, variance, whole);
            terms.push(ClusterTerm { weight, corrected, variance });
        }

        let seen: f64 = sums.iter().map(|s| s * s).sum();
        CorrectedSide {
            sums,
            df: moments.degrees_of_freedom(whole),
            variance: whole,
            terms,
            seen,
        }
    }
}

/// Sums over clusters from which `‖N‖²` follows: off the diagonal `N_cd² = x_c²x_d² (K − p_c − p_d)²`, `p = ωφ`.
#[derive(Default)]
struct Moments {
    /// `Σ x²`, `Σ x²p`, `Σ x²p²`, with `x` the corrected weight.
    plain: [f64; 3],
    trace: f64,
    /// What the diagonal is, less what the sums above say of it.
    diagonal: f64,
}

impl Moments {
    fn add(&mut self, squared: f64, pull: f64, variance: f64, whole: f64) {
        for (power, slot) in self.plain.iter_mut().enumerate() {
            *slot += squared * pull.powi(power as i32);
        }

        let off = whole - 2.0 * pull;
        self.trace += squared * (variance + off);
        self.diagonal += squared.powi(2) * ((variance + off).powi(2) - off.powi(2));
    }

    /// `(tr N)² / ‖N‖²`.
    fn degrees_of_freedom(&self, whole: f64) -> f64 {
        let [zero, one, two] = self.plain;
        let all =
            (whole * zero).powi(2) - 4.0 * whole * zero * one + 2.0 * zero * two + 2.0 * one * one;

        (self.trace.powi(2) / (all + self.diagonal)).max(1.0)
    }
}

/// Sums over the units of a side and over their pairs within clusters, from which working variances follow.
#[derive(Default)]
struct Products {
    /// `Σ_{i≠j} ψᵢψⱼ` and `Σ_{i≠j} ωᵢωⱼ` within clusters, and the number of pairs.
    pairs: f64,
    pair_weights: f64,
    count: f64,
    /// `Σ ψ²`, `Σ ψ²/ω`, `Σ ω²`, `Σ ω`, and the number of units.
    squares: f64,
    by_weight: f64,
    square_weights: f64,
    weights: f64,
    units: f64,
}

impl Products {
    fn add_unit(&mut self, influence: f64, weight: f64) {
        if weight > 0.0 {
            self.squares += influence * influence;
            self.by_weight += influence * influence / weight;
            self.square_weights += weight * weight;
            self.weights += weight;
            self.units += 1.0;
        }
    }

    /// Share of the variance of a unit of mean weight that falls with the weight, between 0 and 1: `Σψ² = A Σω² + B Σω` and
    /// `Σψ²/ω = A Σω + B n`, solved for `A` and `B`. Nothing where all weigh alike.
    fn share_by_weight(&self) -> Option<f64> {
        let determinant = self.square_weights * self.units - self.weights * self.weights;
        if determinant <= 1e-6 * self.square_weights * self.units {
            return None;
        }

        let even = self.squares * self.units - self.by_weight * self.weights;
        let falling = self.by_weight * self.square_weights - self.squares * self.weights;
        let (even, falling) = (even.max(0.0), falling.max(0.0) * self.units / self.weights);
        (even + falling > 0.0).then(|| falling / (even + falling))
    }

    /// Covariance of two units of a cluster over the mean variance of a unit.
    fn correlation(&self) -> Option<f64> {
        let known = self.count > 0.0 && self.pair_weights > 0.0 && self.squares > 0.0;
        known.then(|| self.pairs / self.pair_weights / (self.squares / self.square_weights))
    }
}

/// Variances at the mean weight, one in all: what a cluster shares, what is each unit's own, and what of that falls with the weight.
struct WorkingModel {
    shared: f64,
    even: f64,
    by_weight: f64,
}

impl WorkingModel {
    /// Estimated on each side, and averaged over their units and pairs.
    fn new(sides: [&Side; 2]) -> WorkingModel {
        let mean = |of: fn(&Products) -> Option<f64>, weight: fn(&Products) -> f64| {
            let known = sides.iter().filter_map(|s| Some((of(&s.products)?, weight(&s.products))));
            let (sum, total) =
                known.fold((0.0, 0.0), |(sum, total), (x, w)| (sum + x * w, total + w));
            if total > 0.0 { (sum / total).clamp(0.0, 1.0) } else { 0.0 }
        };

        let by_weight = mean(Products::share_by_weight, |p| p.units);
        let shared = mean(Products::correlation, |p| p.count).min(1.0 - by_weight);
        WorkingModel {
            shared,
            even: 1.0 - by_weight - shared,
            by_weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::close;

    /// Each unit its own cluster on both sides, with these weights; influences do not matter to the degrees of freedom of a side.
    fn side(weights: &[f64]) -> Side {
        Side {
            sums: weights.to_vec(),
            weights: weights.to_vec(),
            squares: weights.iter().map(|w| w * w).collect(),
            products: Products::default(),
        }
    }

    /// Units that vary alike.
    const ALIKE: WorkingModel = WorkingModel { shared: 0.0, even: 1.0, by_weight: 0.0 };

    /// `(tr N)²/‖N‖²` and the expected sum of corrected squares, by the matrices themselves.
    fn by_matrices(weights: &[f64], factors: &[f64]) -> (f64, f64) {
        let count = weights.len();
        let centre = |c: usize, d: usize| f64::from(u8::from(c == d)) - weights[d];
        let entry = |c: usize, d: usize| {
            let covariance: f64 = (0..count).map(|k| centre(c, k) * centre(d, k)).sum();
            weights[c] * factors[c] * weights[d] * factors[d] * covariance
        };
        let trace: f64 = (0..count).map(|c| entry(c, c)).sum();
        let norm: f64 = (0..count)
            .flat_map(|c| (0..count).map(move |d| (c, d)))
            .map(|(c, d)| entry(c, d).powi(2))
            .sum();
        (trace * trace / norm, trace)
    }

    #[test]
    fn a_variance_that_falls_with_the_weight_is_seen() {
        // ψ = ω d with d² = a + b ω̄/ω exactly, signs in turn.
        let weights: Vec<f64> = (1..=40).map(|i| f64::from(i) / 820.0).collect();
        let share = |even: f64| {
            let mut products = Products::default();
            for w in &weights {
                let deviation = (even + (1.0 - even) * (1.0 / 40.0) / w).sqrt();
                products.add_unit(w * deviation, *w);
            }
            products.share_by_weight().unwrap()
        };
        for even in [0.0, 0.3, 1.0] {
            close(share(even), 1.0 - even, 1e-9);
        }
    }

    #[test]
    fn treated_that_vary_more_leave_their_own_degrees_and_no_fewer() {
        let controls = side(&[1.0 / 60.0; 60]).corrected(&ALIKE);
        let degrees = |treated: CorrectedSide| {
            let sides = [treated.ratio(), RatioSide::Smooth(controls.variance, controls.df)];
            degrees_of_freedom(&sides, 0.95)
        };

        // Sums of equal clusters that are `size` times those of the controls, each over its weight.
        let treated = |size: f64| {
            let mut side = side(&[0.1; 10]);
            side.sums.iter_mut().for_each(|sum| *sum *= size);
            let mut treated = side.corrected(&ALIKE);
            treated.vary_at_least_as(&controls);
            treated
        };
        let even = degrees(treated(0.9));
        assert!((12.0..14.0).contains(&even), "{even}");
        close(degrees(treated(0.2)), even, 0.05);
        close(degrees(treated(100.0)), 9.0, 0.01);
    }

    #[test]
    fn unequal_clusters_count_for_fewer() {
        // Sizes 12, 6, 3, 2, 2 and five of 1, among 30: 1/Σω² = 900/202.
        let sizes = [12, 6, 3, 2, 2, 1, 1, 1, 1, 1];
        let clusters: Vec<usize> = (0..10).flat_map(|c| vec![c; sizes[c]]).collect();
        let shares = ClusterShares::new(&[1.0 / 30.0; 30], &clusters, 12);
        assert_eq!(shares.clusters, 10);
        close(shares.effective, 900.0 / 202.0, 1e-12);
        close(shares.largest, 0.4, 1e-12);
        assert_eq!(ClusterShares::new(&[0.0], &[0], 1), ClusterShares::default());
    }

    #[test]
    fn equal_clusters_have_one_degree_of_freedom_less_than_their_number() {
        for count in [2, 10, 40] {
            let equal = vec![1.0 / f64::from(count); count as usize];
            let CorrectedSide { sums, df, .. } = side(&equal).corrected(&ALIKE);
            close(df, f64::from(count) - 1.0, 1e-9);
            // The factor √(C/(C−1)) of a mean.
            close(sums[0] / equal[0], (f64::from(count) / (f64::from(count) - 1.0)).sqrt(), 1e-9);
        }
    }

    #[test]
    fn unequal_clusters_are_as_the_matrices_say_and_the_variance_is_unbiased() {
        for weights in [vec![0.4, 0.2, 0.1, 0.1, 0.1, 0.1], vec![0.7, 0.1, 0.1, 0.1]] {
            let CorrectedSide { sums, df, .. } = side(&weights).corrected(&ALIKE);
            let factors: Vec<f64> = sums.iter().zip(&weights).map(|(s, w)| s / w).collect();
            let (expected, trace) = by_matrices(&weights, &factors);
            close(df, expected, 1e-9);
            close(trace, weights.iter().map(|w| w * w).sum(), 1e-12);
        }
    }
}
