//! Size and coverage of the inference with few or unequal clusters, on made-up panels without effect. Fixed seeds.
//!
//!     cargo bench -p stats --bench inference -- [PANELS [DESIGN…] | durees]
//!
//! The result is kept in `inference.csv`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program run by hand"
)]

use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use stats::did::imputation::imputation;
use stats::did::leave_out::{jackknife, randomisation};
use stats::did::{Aggregation, BasePeriod, Bootstrap, Options, Panel, PointEstimate, estimate};
use stats::distribution::{normal_quantile, student_quantile};

/// Panels by design, unless told otherwise.
const PANELS: u32 = 500;
/// Of them, at most so many are tried without each cluster and with other dates, which takes long.
const CHECKED: u32 = 500;
/// Reassignments of the dates of each.
const DRAWS: usize = 99;

/// One design: its treated clusters, by number of territories, beside so many clusters of three that are never treated.
struct Design {
    name: &'static str,
    treated: Vec<usize>,
    controls: usize,
    /// Periods of first service, in turn, and how many periods there are.
    cohorts: Vec<i32>,
    periods: i32,
    /// Standard deviation of what the territories of a cluster share, in each period; that of one territory is 1.
    shared: f64,
    /// How many times that of the treated.
    treated_shocks: f64,
    /// Spread of the logarithm of the weights.
    weights: f64,
    /// Whether a territory varies the less the more it weighs, as a share of its people does.
    by_weight: bool,
    /// Whether the jackknife and the permutations are tried too.
    checked: bool,
}

/// Treated clusters of these sizes, in three cohorts.
fn base(name: &'static str, treated: Vec<usize>) -> Design {
    Design {
        name,
        treated,
        controls: 60,
        cohorts: vec![4, 6, 7],
        periods: 9,
        shared: 0.5,
        treated_shocks: 1.0,
        weights: 0.0,
        by_weight: false,
        checked: false,
    }
}

fn unequal() -> Vec<usize> {
    vec![12, 6, 3, 2, 2, 1, 1, 1, 1, 1]
}

fn designs() -> Vec<Design> {
    by_size().into_iter().chain(by_cohort_and_shocks()).collect()
}

/// Few, unequal, dominated, weighted clusters.
fn by_size() -> Vec<Design> {
    let checked = |design| Design { checked: true, ..design };
    let dominated = || {
        let mut sizes = vec![1; 10];
        sizes[0] = 21;
        sizes
    };

    vec![
        checked(base("10 × 3", vec![3; 10])),
        base("15 × 3", vec![3; 15]),
        checked(base("30 × 3", vec![3; 30])),
        checked(base("60 × 3", vec![3; 60])),
        base("30 × 1", vec![1; 30]),
        Design {
            cohorts: vec![4],
            ..base("10 × 3, une cohorte", vec![3; 10])
        },
        Design {
            controls: 10,
            ..base("10 × 3, 10 témoins", vec![3; 10])
        },
        checked(base("12, 6, 3, 2, 2, 1 × 5", unequal())),
        Design {
            cohorts: vec![4],
            ..base("12, 6, 3, 2, 2, 1 × 5, une cohorte", unequal())
        },
        Design {
            shared: 0.0,
            ..base("12, 6, 3, 2, 2, 1 × 5, indépendants", unequal())
        },
        Design {
            shared: 1.5,
            ..base("12, 6, 3, 2, 2, 1 × 5, très liés", unequal())
        },
        base("21, 1 × 9", dominated()),
        Design {
            cohorts: vec![4],
            ..base("21, 1 × 9, une cohorte", dominated())
        },
        Design {
            shared: 0.0,
            ..base("21, 1 × 9, indépendants", dominated())
        },
        Design {
            weights: 0.7,
            ..base("10 × 3, pondérés", vec![3; 10])
        },
        Design {
            weights: 0.7,
            ..base("30 × 3, pondérés", vec![3; 30])
        },
        Design {
            weights: 0.7,
            checked: true,
            ..base("12, 6, 3, 2, 2, 1 × 5, pondérés", unequal())
        },
        Design {
            weights: 1.0,
            shared: 0.1,
            by_weight: true,
            ..base("40 × 1, bruit selon le poids", vec![1; 40])
        },
        Design {
            weights: 1.0,
            shared: 0.1,
            by_weight: true,
            ..base("15 × 3, bruit selon le poids", vec![3; 15])
        },
    ]
}

/// Each treated cluster its own cohort, or treated whose shocks are of another variance.
fn by_cohort_and_shocks() -> Vec<Design> {
    let each_its_own = || (4..14).collect::<Vec<i32>>();

    vec![
        Design {
            cohorts: each_its_own(),
            periods: 15,
            checked: true,
            ..base("10 × 3, dix cohortes d’une grappe", vec![3; 10])
        },
        Design {
            cohorts: each_its_own(),
            periods: 15,
            weights: 0.7,
            ..base(
                "6, 5, 4, 4, 3 × 4, 2, 2, pondérés, dix cohortes d’une grappe",
                vec![5, 3, 4, 3, 2, 6, 3, 3, 4, 2],
            )
        },
        Design {
            treated_shocks: 2.0,
            ..base("10 × 3, chocs des desservis de variance × 4", vec![3; 10])
        },
        Design {
            treated_shocks: 2.0,
            ..base("12, 6, 3, 2, 2, 1 × 5, chocs des desservis de variance × 4", unequal())
        },
        Design {
            shared: 0.7,
            treated_shocks: 3.0,
            checked: true,
            ..base(
                "8, 8, 4, 4, 2 × 4, 1, 1, chocs des desservis de variance × 9",
                vec![8, 8, 4, 4, 2, 2, 2, 2, 1, 1],
            )
        },
    ]
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    normal_quantile(((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
}

/// A panel without effect: each cluster has its own trend and shocks, each territory its own noise.
fn panel(design: &Design, seed: u64) -> Panel {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut names, mut labels, mut cohorts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut outcome, mut weights) = (Vec::new(), Vec::new());

    let treated = design
        .treated
        .iter()
        .enumerate()
        .map(|(c, n)| (Some(design.cohorts[c % design.cohorts.len()]), *n));
    let controls = std::iter::repeat_n((None, 3), design.controls);
    for (cluster, (cohort, size)) in treated.chain(controls).enumerate() {
        let size_of_shocks = design.shared * cohort.map_or(1.0, |_| design.treated_shocks);
        let trend = 0.2 * size_of_shocks * normal(&mut rng);
        let shared: Vec<f64> =
            (0..design.periods).map(|_| size_of_shocks * normal(&mut rng)).collect();
        for member in 0..size {
            names.push(format!("{cluster}-{member}"));
            labels.push(cluster.to_string());
            cohorts.push(cohort);
            let weight = (design.weights * normal(&mut rng)).exp();
            weights.push(weight);
            let noise = if design.by_weight { weight.sqrt().recip() } else { 1.0 };
            let value = |(t, shock): (i32, &f64)| {
                Some(trend * f64::from(t) + shock + noise * normal(&mut rng))
            };
            outcome.push((1..=design.periods).zip(&shared).map(value).collect::<Vec<_>>());
        }
    }

    let panel = Panel::new(names, (1..=design.periods).collect(), &outcome, cohorts).unwrap();
    panel.clustered(&labels).unwrap().weighted(weights).unwrap()
}

/// What is counted over the panels of a design.
#[derive(Default)]
struct Counts {
    interval: u32,
    interval_normal: u32,
    band: u32,
    before: u32,
    cells: u32,
    /// Panels whose jackknife and permutations were tried.
    checked: u32,
    permutations: u32,
    jackknife: u32,
    width: f64,
    error: f64,
    df: f64,
    effective: f64,
}

impl Counts {
    /// The columns of the jackknife and of the permutations; empty where they were not tried.
    fn checks(&self) -> String {
        let share = |n: u32| format!("{:.3}", f64::from(n) / f64::from(self.checked));
        match self.checked {
            0 => ";;".to_owned(),
            n => format!("{n};{};{}", share(self.permutations), share(self.jackknife)),
        }
    }
}

fn count(design: &Design, panels: u32) -> Counts {
    let settings = Options {
        base: BasePeriod::Universal,
        small_sample: true,
        bootstrap: Some(Bootstrap { draws: 10_000, seed: 20_231_024 }),
        threads: 1,
        ..Options::default()
    };
    let one = |n: bool| u32::from(n);
    let holds = |p: &PointEstimate| p.interval().is_none_or(|i| i.contains(0.0));

    let mut counts = Counts::default();
    for seed in 0..panels {
        let panel = panel(design, u64::from(seed));
        let att = estimate(&panel, &settings).unwrap();
        let group = att.aggregate(Aggregation::Group).unwrap();
        let overall = group.overall;
        let study = att.aggregate(Aggregation::dynamic()).unwrap();
        let without = Options {
            small_sample: false,
            bootstrap: None,
            ..settings
        };
        let plain = estimate(&panel, &without).unwrap();

        counts.interval += one(holds(&overall));
        counts.interval_normal += one(holds(&plain.aggregate(Aggregation::Group).unwrap().overall));
        let mut bands = study.points.iter().filter_map(|p| p.spread.ok());
        counts.band += one(bands.all(|s| s.band_lower <= 0.0 && 0.0 <= s.band_upper));
        counts.before += one(study.joint_test(|e| e < 0).is_some_and(|t| t.p_value < 0.05));
        counts.cells += one(att.pretest().is_some_and(|t| t.p_value < 0.05));

        let spread = overall.spread.unwrap();
        if design.checked && seed < CHECKED {
            let reach = student_quantile(0.975, spread.df) * jackknife(&panel, &settings).unwrap();
            let drawn = randomisation(&panel, &settings, DRAWS, u64::from(seed)).unwrap();
            counts.checked += 1;
            counts.jackknife += one(overall.estimate.abs() <= reach);
            counts.permutations += one(drawn.p_value <= 0.05);
        }
        counts.width += spread.se.powi(2);
        counts.error += overall.estimate.powi(2);
        counts.df += spread.df;
        counts.effective += group.treated.effective;
    }
    counts
}

/// Wall time of all that an evaluation asks of one outcome, over 35,000 territories in 1,250 clusters and twenty quarters.
fn time() {
    const TERRITORIES: usize = 35_000;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let cohort = |u: usize| u.is_multiple_of(10).then_some(5 + (u / 10 % 8) as i32);
    let outcome: Vec<Vec<Option<f64>>> = (0..TERRITORIES)
        .map(|_| (1..=20).map(|_| Some(normal(&mut rng))).collect())
        .collect();
    let labels: Vec<String> = (0..TERRITORIES).map(|u| (u % 1250).to_string()).collect();
    let covariate = (0..TERRITORIES).map(|_| normal(&mut rng)).collect();
    let panel = Panel::new(
        (0..TERRITORIES).map(|u| u.to_string()).collect(),
        (1..=20).collect(),
        &outcome,
        (0..TERRITORIES).map(cohort).collect(),
    )
    .unwrap()
    .clustered(&labels)
    .unwrap()
    .with_covariate("x", covariate)
    .unwrap();
    let settings = Options {
        base: BasePeriod::Universal,
        small_sample: true,
        ..Options::default()
    };

    let mut last = Instant::now();
    let mut told = |what: &str| {
        println!("{what};{:.2}", last.elapsed().as_secs_f64());
        last = Instant::now();
    };
    println!("35 000 territoires, 1 250 grappes;secondes");
    let att = estimate(&panel, &settings).unwrap();
    told("cellules");
    let group = att.aggregate(Aggregation::Group).unwrap();
    let study = att.aggregate(Aggregation::dynamic()).unwrap();
    told("agrégations");
    let durations = att.durations();
    study.honest_about(&group, &durations, &[0.0, 0.1]).unwrap();
    study.relative_magnitudes(&group, &durations, &[1.0]).unwrap();
    told("sensibilité");
    study.detectable_slope(0.8, &durations).unwrap();
    told("puissance");
    imputation(&panel, &settings).unwrap();
    told("imputation");

    // Few clusters served, which the jackknife and the permutations are for; no covariate, as in the estimate retained.
    let cluster = |u: usize| u % 1250;
    let few = Panel::new(
        panel.units().to_vec(),
        panel.periods().to_vec(),
        &outcome,
        (0..TERRITORIES)
            .map(|u| (cluster(u) < 55).then(|| 5 + (cluster(u) % 8) as i32))
            .collect(),
    )
    .unwrap()
    .clustered(&labels)
    .unwrap();
    told("panel de 55 grappes desservies");
    jackknife(&few, &settings).unwrap();
    told("jackknife");
    randomisation(&few, &settings, 499, 1).unwrap();
    told("499 permutations");
}

fn main() {
    if std::env::args().any(|a| a == "durees") {
        return time();
    }

    let panels = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(PANELS);
    let asked = |design: &Design| {
        let mut named =
            std::env::args().filter(|a| designs().iter().any(|d| d.name == *a)).peekable();
        named.peek().is_none() || named.any(|a| a == design.name)
    };
    println!(
        "grappes desservies;panels;couverture;couverture sans correction;couverture de la bande;rejet du test d’avant;\
         rejet du test des cellules;erreur type / écart type;degrés de liberté;grappes efficaces;\
         panels des permutations et du jackknife;rejet des permutations;couverture du jackknife;graines"
    );
    for design in designs().into_iter().filter(asked) {
        let c = count(&design, panels);
        let share = |n: u32| f64::from(n) / f64::from(panels);
        println!(
            "{};{panels};{:.3};{:.3};{:.3};{:.3};{:.3};{:.2};{:.1};{:.1};{};0 à {}",
            design.name,
            share(c.interval),
            share(c.interval_normal),
            share(c.band),
            share(c.before),
            share(c.cells),
            (c.width / c.error).sqrt(),
            c.df / f64::from(panels),
            c.effective / f64::from(panels),
            c.checks(),
            panels - 1
        );
    }
}
