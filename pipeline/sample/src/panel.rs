//! The panel of territories, the appointment survey, the lasting offer and the money.

use chrono::{Datelike, NaiveDate};

use super::field::{Field, FieldRow};
use super::rng::{Rng, day, days_later};
use super::truth::{EffectShape, quarter, quarter_name};
use super::world::{Project, Territory, World};

/// First quarter of the panel.
pub const PANEL_START: i64 = 2022 * 4;

/// A territory in a quarter, as numbers: for tests of statistics, without going through files.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation<'a> {
    /// The territory.
    pub territoire: &'a Territory,
    /// Rank of the quarter ([`quarter`]).
    pub periode: i64,
    /// Patients of 17 and more with at least one treatment in the year.
    pub patients: i64,
    /// Those without médecin traitant.
    pub patients_sans_mt: i64,
    /// Patients with ALD.
    pub ald: i64,
    /// Those without médecin traitant.
    pub ald_sans_mt: i64,
    /// Patients of 70 and more.
    pub ages_70_plus: i64,
    /// Those without médecin traitant.
    pub ages_70_plus_sans_mt: i64,
    /// GPs, in hundredths of full-time equivalents.
    pub mg_etp_hundredths: i64,
    /// APL, in hundredths; unknown where the source has none.
    pub apl_hundredths: Option<i64>,
}

impl PartialEq for Territory {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl<'a> Observation<'a> {
    /// The row of `territories`.
    pub fn row(&self) -> FieldRow<'a> {
        vec![
            Field::Text(&self.territoire.code),
            Field::Text("commune"),
            Field::Owned(quarter_name(self.periode)),
            Field::Integer(self.patients),
            Field::Integer(self.patients_sans_mt),
            Field::Integer(self.ald),
            Field::Integer(self.ald_sans_mt),
            Field::Integer(self.ages_70_plus),
            Field::Integer(self.ages_70_plus_sans_mt),
            Field::Hundredths(self.mg_etp_hundredths),
            self.apl_hundredths.map_or(Field::Empty, Field::Hundredths),
        ]
    }
}

impl Territory {
    /// The effect of the buses there in a quarter: whole where a bus stops, `debordement` of it in the same EPCI.
    fn effect(&self, effect: EffectShape, periode: i64, debordement: f64) -> f64 {
        match (self.cohort, self.neighbour_since) {
            (Some(cohort), _) => effect.a(periode - cohort),
            (None, Some(neighbour)) => debordement * effect.a(periode - neighbour),
            (None, None) => 0.0,
        }
    }
}

impl World {
    /// The whole panel of a région, by territory then quarter, from the first quarter of 2022 to the last day of the sample.
    pub fn panel(&self, region: &str) -> Vec<Observation<'_>> {
        let truth = &self.truth;
        let mut panel = Vec::new();

        for territoire in self.territories.iter().filter(|t| t.region == region) {
            let mut rng = Rng::new(self.params.seed, &format!("territoire {}", territoire.code));
            let deviation = if territoire.cohort.is_some() {
                truth.sans_mt_ecart_initial
            } else {
                0.0
            };

            // Orne and the Vire area are known to lack doctors more than others.
            let departement = if territoire.departement == "61" { 3.5 } else { 0.0 };

            let level = (truth.sans_mt_temoins
                + deviation
                + departement
                + truth.sans_mt_ecart_type * rng.deviation())
            .clamp(6.0, 30.0);

            let population_base = territoire.population as f64 * 0.72;
            let (part_ald, part_70) =
                (0.22 + 0.02 * rng.deviation(), 0.25 + 0.03 * rng.deviation());
            let etp = (territoire.population as f64 / 1600.0 * rng.between(0.2, 1.1)).max(0.3);
            let mut transient = truth.choc * rng.deviation();

            for periode in PANEL_START..=quarter(self.params.last_day) {
                let rank = (periode - PANEL_START) as f64;
                let variation = 1.0 + 0.004 * rng.deviation();
                let patients = rng.rounded(population_base * variation);
                let ald = rng.rounded(patients as f64 * part_ald * (1.0 + 0.002 * rank));
                let ages_70_plus = rng.rounded(patients as f64 * part_70 * (1.0 + 0.003 * rank));
                transient = truth.persistance * transient + truth.choc * rng.deviation();
                let effect = |e| territoire.effect(e, periode, truth.debordement_voisins);
                let common = truth.sans_mt_tendance * rank + transient;

                let mut without = |sur: i64, points: f64| {
                    rng.rounded(sur as f64 * points.clamp(0.0, 100.0) / 100.0).clamp(0, sur)
                };

                let patients_sans_mt =
                    without(patients, level + common + effect(truth.effet_sans_mt));
                let points_ald = 0.45 * level + 0.5 * common + effect(truth.effet_sans_mt_ald);
                let points_70 = 0.5 * level + 0.5 * common + effect(truth.effet_sans_mt_70_plus);
                let ald_sans_mt = without(ald, points_ald).min(patients_sans_mt);
                let ages_70_plus_sans_mt = without(ages_70_plus, points_70).min(patients_sans_mt);
                let mg_etp =
                    etp - 0.002 * rank + 0.02 * rng.deviation() + effect(truth.effet_mg_etp);
                let apl = 0.015 * rank + 0.03 * rng.deviation();

                panel.push(Observation {
                    territoire,
                    periode,
                    patients,
                    patients_sans_mt,
                    ald,
                    ald_sans_mt,
                    ages_70_plus,
                    ages_70_plus_sans_mt,
                    mg_etp_hundredths: rng.rounded(mg_etp * 100.0).max(0),
                    apl_hundredths: territoire
                        .apl_hundredths
                        .map(|a| (a - rng.rounded(apl * 100.0)).max(0)),
                });
            }
        }

        panel
    }

    /// The appointment survey of a région: ten requests per territory and half-year, with their dates.
    pub fn delais(&self, region: &str) -> Vec<(NaiveDate, FieldRow<'_>)> {
        let truth = &self.truth;
        let mut rows = Vec::new();

        for territoire in self.territories.iter().filter(|t| t.region == region) {
            let mut rng = Rng::new(self.params.seed, &format!("delais {}", territoire.code));
            let served_here = territoire.cohort.is_some();
            let level =
                if served_here { 3.2 } else { 2.2 } + 0.4 * rng.deviation().clamp(-2.0, 2.0);
            let mut number = 0;

            for half_year in 0..10 {
                let start_day = day(2022 + half_year / 2, 1 + 6 * (half_year as u32 % 2), 1);
                for _ in 0..10 {
                    let date = days_later(start_day, rng.index(181) as i64);
                    let periode = quarter(date);
                    let effect = |e| territoire.effect(e, periode, truth.debordement_voisins);
                    let refusals = truth.refus_temoins
                        + if served_here { 6.0 } else { 0.0 }
                        + effect(truth.effet_refus);
                    let reason = rng.weighted(&[0.45, 0.3, 0.25]);
                    let draw = rng.uniform() * 100.0;

                    let delay = level
                        + quantile_delai(rng.uniform()) * [1.0, 0.5, 1.5][reason]
                        + 0.01 * (periode - PANEL_START) as f64
                        + effect(truth.effet_delai_jours);
                    let delay = rng.rounded(delay.max(0.0));

                    if date > self.params.last_day {
                        continue;
                    }

                    number += 1;
                    let (outcome, delay) = if draw < refusals {
                        ("refus", Field::Empty)
                    } else if draw < refusals + truth.sans_reponse {
                        ("sans_reponse", Field::Empty)
                    } else {
                        ("obtenu", Field::Integer(delay))
                    };

                    rows.push((
                        date,
                        vec![
                            Field::Owned(format!("D-{}-{number:03}", territoire.code)),
                            Field::Text(&territoire.code),
                            Field::Date(date),
                            Field::Text(["suivi", "aigu", "nouveau_patient"][reason]),
                            Field::Text(outcome),
                            delay,
                        ],
                    ));
                }
            }
        }

        rows
    }

    /// The events of the lasting offer in a région, with their dates.
    pub fn offre(&self, region: &str) -> Vec<(NaiveDate, FieldRow<'_>)> {
        const TYPES: [&str; 7] = [
            "installation_mg",
            "depart_mg",
            "cpts_creee",
            "msp_ouverte",
            "centre_de_sante_ouvert",
            "assistant_medical",
            "autre",
        ];

        let mut rows = Vec::new();
        for territoire in self.territories.iter().filter(|t| t.region == region) {
            let mut rng = Rng::new(self.params.seed, &format!("offre {}", territoire.code));
            for periode in PANEL_START..=quarter(self.params.last_day) {
                let installs = if territoire.cohort.is_some_and(|c| periode - c >= 4) {
                    0.02
                } else {
                    0.008
                };

                let rates = [installs, 0.012, 0.001, 0.003, 0.002, 0.006, 0.001];
                let draw = rng.weighted(&[&rates[..], &[1.0]].concat());
                let start_day = day((periode / 4) as i32, (periode % 4) as u32 * 3 + 1, 1);
                let date = days_later(start_day, rng.index(89) as i64);
                let quarters_of_time = 1 + rng.index(4) as i64;

                if let Some(kind) = TYPES.get(draw).filter(|_| date <= self.params.last_day) {
                    let etp = if draw < 2 || draw == 5 {
                        Field::Hundredths(quarters_of_time * 25)
                    } else {
                        Field::Empty
                    };

                    let row = vec![
                        Field::Text(&territoire.code),
                        Field::Date(date),
                        Field::Text(kind),
                        etp,
                    ];

                    rows.push((date, row));
                }
            }
        }

        rows
    }

    /// What a project receives in a year: nothing before its first day nor after its last.
    ///
    /// The running cost is 110,000 € a year and 90,000 € times the share of a five-day week: 200,000 € for five days. In
    /// Normandie the région gives 75,000 € a year for the first three years; the vehicle is paid in the first one.
    pub fn financements<'a>(&self, project: &'a Project, year: i32) -> Vec<FieldRow<'a>> {
        let Some(start_day) = project.opened.filter(|d| d.year() <= year) else {
            return Vec::new();
        };
        let mut rng = Rng::new(self.params.seed, &format!("financements {} {year}", project.id));

        let first = if start_day.year() == year { start_day.month0() } else { 0 };

        let last = match project.end {
            Some(end) if end.year() < year => 0,
            Some(end) if end.year() == year => end.month(),
            _ => 12,
        };

        let month = f64::from(last.saturating_sub(first));
        if month == 0.0 {
            return Vec::new();
        }

        let week = project.tenths_of_a_day() as f64 / 50.0;
        let cost = (110_000.0 + 90_000.0 * week) * (1.0 + 0.03 * rng.deviation()) * month / 12.0;

        let region = if project.region == "28" && year - start_day.year() < 3 {
            75_000.0_f64.min(0.6 * cost)
        } else {
            0.0
        };

        let rest = cost - region;
        let mut sources: Vec<(&str, &str, f64)> = vec![
            ("fir", "fonctionnement", 0.46 * rest),
            ("assurance_maladie", "fonctionnement", 0.24 * rest),
            ("intercommunalite", "fonctionnement", 0.2 * rest),
            ("departement", "fonctionnement", 0.1 * rest),
        ];

        if region > 0.0 {
            sources.push(("region", "fonctionnement", region));
        }

        if start_day.year() == year {
            let vehicle = 140_000.0 * (1.0 + 0.08 * rng.deviation());
            sources.push(("fir", "investissement", 0.5 * vehicle));
            sources.push(("etat", "investissement", 0.3 * vehicle));
            sources.push(("commune", "investissement", 0.05 * vehicle));
            sources.push(("autre", "investissement", 0.15 * vehicle));
        }

        sources
            .into_iter()
            .map(|(funder, kind, amount)| {
                vec![
                    Field::Text(&project.id),
                    Field::Integer(i64::from(year)),
                    Field::Text(funder),
                    Field::Text(kind),
                    Field::Hundredths((amount * 100.0).round() as i64),
                ]
            })
            .collect()
    }
}

/// Delay of an appointment, in days: median 2, third quartile 5, ninth decile 11 (DREES, October 2018), linear between.
fn quantile_delai(u: f64) -> f64 {
    const POINTS: [(f64, f64); 7] = [
        (0.0, 0.0),
        (0.25, 0.8),
        (0.5, 2.0),
        (0.75, 5.0),
        (0.9, 11.0),
        (0.98, 28.0),
        (1.0, 45.0),
    ];

    for pair in POINTS.windows(2) {
        let ((u0, d0), (u1, d1)) = (pair[0], pair[1]);
        if u <= u1 {
            return d0 + (d1 - d0) * (u - u0) / (u1 - u0);
        }
    }

    45.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Params, REGIONS, Truth, generate};

    fn points(o: &Observation<'_>) -> f64 {
        100.0 * o.patients_sans_mt as f64 / o.patients as f64
    }

    /// Mean change from the quarter before the first tour to `exposure`, served less never served and far from any bus.
    fn deviation(panel: &[Observation<'_>], exposure: i64) -> f64 {
        let mut series: BTreeMap<(&str, i64), f64> = BTreeMap::new();
        for o in panel {
            series.insert((&o.territoire.code, o.periode), points(o));
        }

        let change =
            |code: &str, de: i64, a: i64| Some(series.get(&(code, a))? - series.get(&(code, de))?);
        let mut ecarts = Vec::new();
        for served in panel.iter().filter(|o| o.territoire.cohort == Some(o.periode)) {
            let (de, a) = (served.periode - 1, served.periode + exposure);
            let Some(vu) = change(&served.territoire.code, de, a) else {
                continue;
            };

            let controls: Vec<f64> = panel
                .iter()
                .filter(|o| {
                    o.periode == a
                        && o.territoire.cohort.is_none()
                        && o.territoire.neighbour_since.is_none()
                })
                .filter_map(|o| change(&o.territoire.code, de, a))
                .collect();
            ecarts.push(vu - controls.iter().sum::<f64>() / controls.len() as f64);
        }

        ecarts.iter().sum::<f64>() / ecarts.len() as f64
    }

    #[test]
    fn the_panel_holds_the_effect_that_the_truth_states() {
        for exposure in [-4, 0, 3, 7] {
            let graines = 6;
            let moyenne = (0..graines)
                .map(|seed| {
                    let world = generate(&Params::new(seed, &REGIONS, 1)).unwrap();
                    deviation(
                        &REGIONS.iter().flat_map(|r| world.panel(r)).collect::<Vec<_>>(),
                        exposure,
                    )
                })
                .sum::<f64>()
                / graines as f64;
            let vrai = Truth::default().effet_sans_mt.a(exposure);

            assert!(
                (moyenne - vrai).abs() < 0.1,
                "exposition {exposure} : {moyenne} au lieu de {vrai}"
            );
        }
    }

    #[test]
    fn counts_are_possible() {
        let world = generate(&Params::new(3, &REGIONS, 1)).unwrap();
        for o in REGIONS.iter().flat_map(|r| world.panel(r)) {
            assert!(
                o.patients_sans_mt <= o.patients
                    && o.ald <= o.patients
                    && o.ages_70_plus <= o.patients
            );

            assert!(o.ald_sans_mt <= o.ald && o.ald_sans_mt <= o.patients_sans_mt);
            assert!(
                o.ages_70_plus_sans_mt <= o.ages_70_plus
                    && o.ages_70_plus_sans_mt <= o.patients_sans_mt
            );
        }
    }

    #[test]
    fn running_costs_follow_the_days_in_service() {
        let world = generate(&Params::new(7, &["28", "84"], 1)).unwrap();
        let total = |id: &str, year: i32, kind: &str| {
            let project = world.projects.iter().find(|p| p.id == id).unwrap();
            let rows = world.financements(project, year);

            rows.iter().filter(|l| l[3] == Field::Text(kind)).map(amount).sum::<i64>() / 100
        };

        fn amount(row: &FieldRow<'_>) -> i64 {
            match row[4] {
                Field::Hundredths(centimes) => centimes,
                _ => 0,
            }
        }

        let orne = total("28-61-ORNE-EST", 2025, "fonctionnement");
        assert!((150_000..200_000).contains(&orne), "{orne}");
        assert_eq!(total("28-61-ORNE-EST", 2025, "investissement"), 0);
        assert!(total("28-27-VEXIN", 2024, "investissement") > 100_000);
        assert_eq!(total("28-27-VEXIN", 2023, "fonctionnement"), 0);

        // Ended in March 2026: three months of twelve.
        let (entier, court) = (
            total("84-15-FICTIF-CANTAL", 2025, "fonctionnement"),
            total("84-15-FICTIF-CANTAL", 2026, "fonctionnement"),
        );

        assert!(court * 3 < entier, "{court} {entier}");
        assert_eq!(total("28-14-VIRE", 2025, "fonctionnement"), 0);
    }
}
