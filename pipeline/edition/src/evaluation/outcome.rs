//! What is estimated: the outcomes, the panel each one is read from, and what its territories are weighted by.

use super::quarter::{quarter_index, quarter_label};

/// Length of a period of a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `2024-T1`.
    Quarter,
    /// `2024-S1`.
    HalfYear,
}

impl Step {
    /// Index of the period written `key`.
    pub fn period(self, key: &str) -> Option<i32> {
        match self {
            Step::Quarter => quarter_index(key),
            Step::HalfYear => {
                let (year, half) = key.split_once("-S")?;
                let (year, half) = (year.parse::<i32>().ok()?, half.parse::<i32>().ok()?);
                (1..=2).contains(&half).then_some(year * 2 + half - 1)
            }
        }
    }

    /// How a period is written: `2024-T1`, `2024-S1`.
    pub fn label(self, period: i32) -> String {
        match self {
            Step::Quarter => quarter_label(period),
            Step::HalfYear => format!("{}-S{}", period.div_euclid(2), period.rem_euclid(2) + 1),
        }
    }

    /// The period of this step in which the quarter of index `quarter` lies.
    pub fn cohort(self, quarter: i32) -> i32 {
        match self {
            Step::Quarter => quarter,
            Step::HalfYear => quarter.div_euclid(2),
        }
    }

    /// Periods in a year.
    pub fn per_year(self) -> i32 {
        match self {
            Step::Quarter => 4,
            Step::HalfYear => 2,
        }
    }
}

/// The columns of the panel that hold an outcome.
#[derive(Debug, Clone, Copy)]
pub enum Measured {
    /// A share of people, in points: its numerator, its denominator.
    Share(&'static str, &'static str),
    /// A figure about people, and the column that counts them.
    Level(&'static str, &'static str),
    /// A figure about doctors.
    Supply(&'static str),
}

/// How much a territory counts for an outcome: by the people that the outcome is about, before any service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// Patients in the first period.
    Patients,
    /// Of them, those with an ALD.
    Ald,
    /// Of them, those of 70 and more.
    Aged70Plus,
    /// Requests of the survey in the periods before the first cohort's service.
    Requests,
}

/// One outcome.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Code.
    pub code: &'static str,
    /// French name.
    pub name: &'static str,
    /// Unit of the effect.
    pub unit: &'static str,
    /// Step of its panel.
    pub step: Step,
    /// Where it is in the panel.
    pub measured: Measured,
    /// What its territories are weighted by.
    pub weighting: Weighting,
    /// Bounds of the sensitivity, in the unit, per period.
    pub grid: [f64; 4],
}

/// The outcomes, in the order of the report; the first is the one that the measure is about.
pub const OUTCOMES: [Outcome; 6] = [
    Outcome {
        code: "sans_mt",
        name: "Part des patients sans médecin traitant",
        unit: "points",
        step: Step::Quarter,
        measured: Measured::Share("patients_sans_mt", "patients"),
        weighting: Weighting::Patients,
        grid: [0.0, 0.02, 0.05, 0.1],
    },
    Outcome {
        code: "ald_sans_mt",
        name: "Part des patients en ALD sans médecin traitant",
        unit: "points",
        step: Step::Quarter,
        measured: Measured::Share("ald_sans_mt", "ald"),
        weighting: Weighting::Ald,
        grid: [0.0, 0.02, 0.05, 0.1],
    },
    Outcome {
        code: "ages_70_plus_sans_mt",
        name: "Part des patients de 70 ans et plus sans médecin traitant",
        unit: "points",
        step: Step::Quarter,
        measured: Measured::Share("ages_70_plus_sans_mt", "ages_70_plus"),
        weighting: Weighting::Aged70Plus,
        grid: [0.0, 0.02, 0.05, 0.1],
    },
    Outcome {
        code: "delai_median",
        name: "Délai médian d'un rendez-vous de médecine générale",
        unit: "jours",
        step: Step::HalfYear,
        measured: Measured::Level("delai_median", "demandes"),
        weighting: Weighting::Requests,
        grid: [0.0, 0.05, 0.1, 0.2],
    },
    Outcome {
        code: "refus",
        name: "Part des demandes de rendez-vous refusées",
        unit: "points",
        step: Step::HalfYear,
        measured: Measured::Share("refus", "demandes"),
        weighting: Weighting::Requests,
        grid: [0.0, 0.2, 0.5, 1.0],
    },
    Outcome {
        code: "mg_etp",
        name: "Généralistes du territoire",
        unit: "ETP",
        step: Step::Quarter,
        measured: Measured::Supply("mg_etp"),
        weighting: Weighting::Patients,
        grid: [0.0, 0.002, 0.005, 0.01],
    },
];
