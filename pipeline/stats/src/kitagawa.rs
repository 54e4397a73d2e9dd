//! Decomposition of the change of a share: who comes, and how each profile fares.
//!
//! With `sₖ` the share of profile `k` among people and `rₖ` its rate, before (0) and after (1):
//! composition `Σ (s₁−s₀)(r₀+r₁)/2`, rates `Σ (r₁−r₀)(s₀+s₁)/2`; their sum is the change of `Σ sₖ rₖ`, with no residue.
//! Kitagawa (1955), *JASA* 50, 1168–1194; Das Gupta (1993), *Standardization and Decomposition of Rates*, US Census
//! Bureau P23-186.
//!
//! Interval: delta method over clusters (médicobus, communes). Each component is a smooth function of totals over clusters;
//! a cluster's linear contribution `u_c` adds its two periods, so a bus seen before and after is rightly one bus, and the
//! variance is `C/(C−1) Σ (u_c − ū)²`, with Student's quantile at `C − 1`. Binder (1983), *International Statistical
//! Review* 51, 279–292. Few buses may differ by luck less than independent people would: the interval of the whole change is never
//! narrower than theirs, as the one of a share is not (Parker et al. 2017, NCHS Data Presentation Standards for Proportions).

use super::Interval;
use super::distribution::{is_level, student_quantile, two_sided_z};

/// People and, among them, people with the trait, of one profile in one period.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ProfileCounts {
    /// People.
    pub people: f64,
    /// Of them, with the trait.
    pub events: f64,
}

/// The two parts of a change.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Decomposition {
    /// Share before.
    pub before: f64,
    /// Share after.
    pub after: f64,
    /// Part due to other people coming.
    pub composition: f64,
    /// Part due to each profile faring differently.
    pub rates: f64,
}

impl Decomposition {
    /// `after − before`, the sum of the two parts.
    pub fn total(&self) -> f64 {
        self.after - self.before
    }
}

/// Decomposes from shares and rates, one `(share, rate)` per profile, the same profiles in both.
///
/// `None` if the lists differ in length or something in them is not finite. Shares are taken as given (each list should sum
/// to 1).
pub fn decompose(before: &[(f64, f64)], after: &[(f64, f64)]) -> Option<Decomposition> {
    let is_finite = |(share, rate): &(f64, f64)| share.is_finite() && rate.is_finite();
    if before.len() != after.len() || !before.iter().chain(after).all(is_finite) {
        return None;
    }

    let mut answer = Decomposition::default();
    for (&(s0, r0), &(s1, r1)) in before.iter().zip(after) {
        answer.before += s0 * r0;
        answer.after += s1 * r1;
        answer.composition += (s1 - s0) * (r0 + r1) / 2.0;
        answer.rates += (r1 - r0) * (s0 + s1) / 2.0;
    }

    Some(answer)
}

/// A decomposition with its cluster-robust intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteredDecomposition {
    /// The point decomposition.
    pub point: Decomposition,
    /// Whole change.
    pub total: Interval,
    /// Part due to composition.
    pub composition: Interval,
    /// Part due to rates.
    pub rates: Interval,
}

/// One cluster: its counts per profile before and after, both in the same order of profiles.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// ProfileCounts per profile, first period.
    pub before: Vec<ProfileCounts>,
    /// ProfileCounts per profile, second period.
    pub after: Vec<ProfileCounts>,
}

/// Shares and rates of one period, with the totals they come from.
struct PooledPeriod {
    size: f64,
    people: Vec<f64>,
    shares: Vec<f64>,
    rates: Vec<Option<f64>>,
}

impl PooledPeriod {
    fn new<'a>(
        profiles: usize,
        clusters: impl Iterator<Item = &'a Vec<ProfileCounts>>,
    ) -> Option<Self> {
        let mut totals = vec![ProfileCounts::default(); profiles];
        for counts in clusters {
            if counts.len() != profiles {
                return None;
            }
            for (total, count) in totals.iter_mut().zip(counts) {
                total.people += count.people;
                total.events += count.events;
            }
        }

        let size: f64 = totals.iter().map(|t| t.people).sum();
        (size > 0.0).then(|| PooledPeriod {
            size,
            people: totals.iter().map(|t| t.people).collect(),
            shares: totals.iter().map(|t| t.people / size).collect(),
            rates: totals.iter().map(|t| (t.people > 0.0).then(|| t.events / t.people)).collect(),
        })
    }

    /// `(share, rate)` of each profile; where nobody has it in this period, the rate is that of the `other` one.
    fn pairs(&self, other: &Self) -> Vec<(f64, f64)> {
        let rates = self.rates.iter().zip(&other.rates);
        let rates = rates.map(|(own, other)| own.or(*other).unwrap_or(0.0));
        self.shares.iter().copied().zip(rates).collect()
    }

    /// Variance of the whole share, if people were independent of one another.
    fn variance(&self) -> f64 {
        let parts = self.shares.iter().zip(&self.rates);
        let whole: f64 = parts.map(|(share, rate)| share * rate.unwrap_or(0.0)).sum();
        (whole * (1.0 - whole) / self.size).max(0.0)
    }

    /// Linear contributions of a cluster to the share and to the rate of profile `k`.
    fn contribution(&self, counts: &[ProfileCounts], k: usize) -> (f64, f64) {
        let cluster: f64 = counts.iter().map(|c| c.people).sum();
        let share = (counts[k].people - self.shares[k] * cluster) / self.size;

        let rate = match self.rates[k] {
            Some(rate) => (counts[k].events - rate * counts[k].people) / self.people[k],
            None => 0.0,
        };

        (share, rate)
    }
}

/// Decomposes pooled counts, with intervals over clusters.
///
/// A profile absent from one period has no rate there: it takes the other period's, so that its coming or going is all
/// composition. `None` with fewer than two clusters, an empty period, lists of different lengths, a count that is negative or
/// not a number, or a `level` that is not between 0 and 1.
pub fn decompose_clusters(clusters: &[Cluster], level: f64) -> Option<ClusteredDecomposition> {
    let profiles = clusters.first()?.before.len();
    let is_count = |x: f64| x.is_finite() && x >= 0.0;
    let mut counts = clusters.iter().flat_map(|c| c.before.iter().chain(&c.after));
    let all_valid = counts.all(|c| is_count(c.people) && is_count(c.events));
    if clusters.len() < 2 || !all_valid || !is_level(level) {
        return None;
    }

    let before = PooledPeriod::new(profiles, clusters.iter().map(|c| &c.before))?;
    let after = PooledPeriod::new(profiles, clusters.iter().map(|c| &c.after))?;
    let (first, second) = (before.pairs(&after), after.pairs(&before));
    let point = decompose(&first, &second)?;

    let mut composition = vec![0.0; clusters.len()];
    let mut rates = vec![0.0; clusters.len()];
    for (c, cluster) in clusters.iter().enumerate() {
        for k in 0..profiles {
            let ((s0, r0), (s1, r1)) = (first[k], second[k]);
            let (ds0, dr0) = before.contribution(&cluster.before, k);
            let (ds1, dr1) = after.contribution(&cluster.after, k);

            composition[c] += (r0 + r1) / 2.0 * (ds1 - ds0) + (s1 - s0) / 2.0 * (dr0 + dr1);
            rates[c] += (r1 - r0) / 2.0 * (ds0 + ds1) + (s0 + s1) / 2.0 * (dr1 - dr0);
        }
    }
    let total: Vec<f64> = composition.iter().zip(&rates).map(|(a, b)| a + b).collect();

    let independent = two_sided_z(level) * (before.variance() + after.variance()).sqrt();
    let around = |estimate: f64, contributions: &[f64]| {
        Interval::around(estimate, half_width(contributions, level))
    };
    Some(ClusteredDecomposition {
        total: Interval::around(point.total(), half_width(&total, level).max(independent)),
        composition: around(point.composition, &composition),
        rates: around(point.rates, &rates),
        point,
    })
}

/// Half the width of the interval of an estimate to which each cluster contributes linearly.
fn half_width(contributions: &[f64], level: f64) -> f64 {
    let count = contributions.len() as f64;
    let mean = contributions.iter().sum::<f64>() / count;
    let spread: f64 = contributions.iter().map(|u| (u - mean).powi(2)).sum();
    student_quantile(0.5 + level / 2.0, count - 1.0) * (count / (count - 1.0) * spread).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{close, json, rows};

    #[test]
    fn agrees_with_das_gupta_example_5_1() {
        let rows = rows("kitagawa_dasgupta1993_ex5_1.csv");
        let period = |year: &str| -> Vec<(f64, f64)> {
            let of_year = rows[1..].iter().filter(|r| r[1] == year);
            of_year.map(|r| (r[4].parse().unwrap(), r[3].parse().unwrap())).collect()
        };
        let d = decompose(&period("1970"), &period("1985")).unwrap();
        let published = &json()["kitagawa_ex5_1"]["published"];
        let expected = |key: &str| published[key].as_f64().unwrap();
        close(d.composition, expected("composition"), 5e-5);
        close(d.rates, expected("rate"), 5e-5);
        close(d.total(), expected("total"), 5e-5);
        close(100.0 * d.composition / d.total(), expected("pct_composition"), 5e-3);
        close(d.composition + d.rates, d.total(), 1e-12);
    }

    fn clusters(shift: f64) -> Vec<Cluster> {
        let counts = |people: f64, events: f64| ProfileCounts { people, events };
        (0..12)
            .map(|c| {
                let c = f64::from(c);
                Cluster {
                    before: vec![counts(40.0 + c, 10.0 + c % 3.0), counts(60.0, 30.0 - c)],
                    after: vec![
                        counts(50.0 + 2.0 * c, 12.0),
                        counts(55.0 + c % 5.0, 20.0 + shift * c),
                    ],
                }
            })
            .collect()
    }

    #[test]
    fn delta_interval_is_that_of_the_jackknife() {
        let data = clusters(1.0);
        let answer = decompose_clusters(&data, 0.95).unwrap();
        let count = data.len() as f64;
        let left_out: Vec<f64> = (0..data.len())
            .map(|c| {
                let mut rest = data.clone();
                rest.remove(c);
                decompose_clusters(&rest, 0.95).unwrap().point.composition
            })
            .collect();
        let mean = left_out.iter().sum::<f64>() / count;
        let variance =
            (count - 1.0) / count * left_out.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        let half = (answer.composition.upper - answer.composition.lower) / 2.0;
        let jackknife = student_quantile(0.975, count - 1.0) * variance.sqrt();
        close(half / jackknife, 1.0, 0.05);
    }

    #[test]
    fn buses_that_are_alike_by_luck_know_no_more_than_their_people() {
        let counts = |events: f64| vec![ProfileCounts { people: 1000.0, events }];
        let alike: Vec<Cluster> = [0.0, 1.0, -1.0]
            .map(|c| Cluster {
                before: counts(350.0 + c),
                after: counts(327.0 + c),
            })
            .to_vec();
        let total = decompose_clusters(&alike, 0.95).unwrap().total;

        let variance = |p: f64| p * (1.0 - p) / 3000.0;
        let half = two_sided_z(0.95) * (variance(0.350) + variance(0.327)).sqrt();
        close(total.estimate, -0.023, 1e-12);
        close(total.upper - total.estimate, half, 1e-12);
        close(total.estimate - total.lower, half, 1e-12);
    }

    #[test]
    fn a_profile_that_appears_is_composition() {
        let mut data = clusters(0.0);
        for cluster in &mut data {
            cluster.before[1] = ProfileCounts::default();
        }
        let answer = decompose_clusters(&data, 0.95).unwrap();

        // Only the first profile is there both times: 132 of 546 people, then 144 of 732 beside 681 others.
        let change = 144.0 / 732.0 - 132.0 / 546.0;
        let share = (1.0 + 732.0 / (732.0 + 681.0)) / 2.0;
        close(answer.point.rates, change * share, 1e-12);
        close(answer.point.composition + answer.point.rates, answer.point.total(), 1e-12);
        assert!(decompose_clusters(&data[..1], 0.95).is_none());
        assert!(decompose_clusters(&data, f64::NAN).is_none());
        data[3].after[0].events = f64::NAN;
        assert!(decompose_clusters(&data, 0.95).is_none());
        assert!(decompose(&[(1.0, f64::INFINITY)], &[(1.0, 0.5)]).is_none());
    }
}
