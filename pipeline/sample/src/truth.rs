//! The known truth of the made-up data: what an exact evaluation would find.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

/// An effect that grows with each quarter of exposure until a ceiling, then stays.
///
/// Quarter 0 is that of the first tour; at quarter `e ≥ 0` the effect is `par_trimestre × (e + 1)`, bounded by `plafond`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct EffectShape {
    /// Change added by each quarter of exposure, in the unit of the outcome.
    pub par_trimestre: f64,
    /// The largest change reached, same unit and sign.
    pub plafond: f64,
}

impl EffectShape {
    const fn new(par_trimestre: f64, plafond: f64) -> Self {
        Self { par_trimestre, plafond }
    }

    /// The effect at `exposure` quarters since the first tour; zero before it.
    pub fn a(&self, exposure: i64) -> f64 {
        if exposure < 0 {
            return 0.0;
        }

        let brut = self.par_trimestre * (exposure + 1) as f64;
        if self.plafond < 0.0 {
            brut.max(self.plafond)
        } else {
            brut.min(self.plafond)
        }
    }
}

/// Every parameter of the generator that an evaluation tries to recover.
#[derive(Debug, Clone, Serialize)]
pub struct Truth {
    /// What this file is, for its reader.
    pub lire: &'static str,
    /// Effect on the share of patients without médecin traitant of a served territory, in percentage points.
    pub effet_sans_mt: EffectShape,
    /// The same among patients with ALD, in percentage points of them.
    pub effet_sans_mt_ald: EffectShape,
    /// The same among patients of 70 and more, in percentage points of them.
    pub effet_sans_mt_70_plus: EffectShape,
    /// Effect on the mean delay of an obtained appointment, in days.
    pub effet_delai_jours: EffectShape,
    /// Effect on the share of refused requests, in percentage points.
    pub effet_refus: EffectShape,
    /// Effect on the GPs (full-time equivalents) of a served territory.
    pub effet_mg_etp: EffectShape,
    /// Share of the effects above that reaches a territory not served of the same EPCI.
    pub debordement_voisins: f64,
    /// Mean share without médecin traitant of the not served, first quarter of 2022, in percent.
    pub sans_mt_temoins: f64,
    /// What the territories chosen for a bus have more than the others from the start, in percentage points.
    pub sans_mt_ecart_initial: f64,
    /// Standard deviation of the territories' own levels, in percentage points.
    pub sans_mt_ecart_type: f64,
    /// Common trend of the share, in percentage points per quarter.
    pub sans_mt_tendance: f64,
    /// Persistence from one quarter to the next of a territory's passing deviation.
    pub persistance: f64,
    /// Standard deviation of its shocks, in percentage points.
    pub choc: f64,
    /// Share of appointment requests refused where no bus comes, in percent; served territories begin 6 points above.
    pub refus_temoins: f64,
    /// Share of requests without answer, in percent, everywhere and always.
    pub sans_reponse: f64,
    /// Activity by calendar month, January first, 1 = an average month.
    pub saisonnalite: [f64; 12],
    /// Share of the full activity by month since the start, the last one holding from then on.
    pub montee_en_charge: [f64; 7],
    /// Share without médecin traitant among new patients of the bus, by age band (00-16 … 80+), in 2024.
    pub sans_mt_patients: [f64; 7],
    /// Change of that share for a patient with ALD.
    pub sans_mt_patients_ald: f64,
    /// Change of that share for a patient with C2S.
    pub sans_mt_patients_c2s: f64,
    /// Change of that share with each year after 2024.
    pub sans_mt_patients_par_an: f64,
    /// Share of new patients whose médecin traitant exists and cannot see them.
    pub mt_indisponible: f64,
    /// Share of consultations of a patient without médecin traitant where one is declared.
    pub mt_declare: f64,
    /// Age bands of new patients, as shares.
    pub ages: [f64; 7],
    /// Share of new patients with ALD, by age band.
    pub ald: [f64; 7],
    /// Share of women among patients.
    pub femmes: f64,
    /// Share of unscheduled consultations.
    pub non_programme: f64,
    /// Share of prevention consultations, prevention tours apart.
    pub prevention: f64,
    /// One tour in this many is a prevention tour.
    pub tournee_prevention: f64,
    /// Share of booked slots whose patient does not come.
    pub absences: f64,
    /// Share of booked slots cancelled in time.
    pub annulations: f64,
    /// Share of tours cancelled.
    pub tournees_annulees: f64,
    /// In 2026, share of « autre » among the ways to the bus that is told as « spontane ».
    pub spontane: f64,
    /// In 2026, share of teleconsultations told as « tele_expertise ».
    pub tele_expertise: f64,
    /// Shares of practitioners: liberal, salarie, retraite, remplacant.
    pub statut_praticien: [f64; 4],
    /// Share of days for a speciality, prevention tours apart.
    pub jour_specialite: f64,
    /// Shares of answers to the cahier des charges of running projects: oui, partiel, non, sans_objet.
    pub cahier: [f64; 4],
    /// Share of the calls to the coordination cell that are refused.
    pub demandes_refusees: f64,
    /// Share of them sent elsewhere.
    pub demandes_reorientees: f64,
    /// Share of them with an appointment; the rest has no answer yet.
    pub demandes_rendez_vous: f64,
    /// Share of territories with another measure, served and not served alike.
    pub autres_mesures: f64,
    /// Smallest share of an amount that is committed; the mean is halfway to the whole.
    pub part_engagee: f64,
}

impl Default for Truth {
    fn default() -> Self {
        Self {
            lire: "Données fictives. Vérité du générateur : effets par trimestre d'exposition e (0 = trimestre de la première tournée), \
                   effet(e) = par_trimestre × (e + 1), borné par plafond ; il reste acquis après l'arrêt d'un médicobus. \
                   Les parts des effets et des niveaux sont en points de pourcentage, les autres entre 0 et 1.",
            effet_sans_mt: EffectShape::new(-0.25, -2.0),
            effet_sans_mt_ald: EffectShape::new(-0.12, -0.96),
            effet_sans_mt_70_plus: EffectShape::new(-0.15, -1.2),
            effet_delai_jours: EffectShape::new(-0.15, -1.2),
            effet_refus: EffectShape::new(-0.8, -4.0),
            effet_mg_etp: EffectShape::new(0.01, 0.08),
            debordement_voisins: 0.25,
            sans_mt_temoins: 11.0,
            sans_mt_ecart_initial: 4.0,
            sans_mt_ecart_type: 2.5,
            sans_mt_tendance: 0.08,
            persistance: 0.7,
            choc: 0.35,
            refus_temoins: 12.0,
            sans_reponse: 6.0,
            saisonnalite: [1.08, 1.05, 1.04, 1.0, 0.96, 0.97, 0.85, 0.72, 1.02, 1.08, 1.12, 1.06],
            montee_en_charge: [0.35, 0.5, 0.62, 0.74, 0.85, 0.93, 1.0],
            sans_mt_patients: [0.22, 0.46, 0.44, 0.4, 0.36, 0.32, 0.3],
            sans_mt_patients_ald: -0.06,
            sans_mt_patients_c2s: 0.08,
            sans_mt_patients_par_an: -0.02,
            mt_indisponible: 0.12,
            mt_declare: 0.09,
            ages: [0.1, 0.1, 0.15, 0.18, 0.17, 0.18, 0.12],
            ald: [0.02, 0.05, 0.1, 0.2, 0.32, 0.45, 0.52],
            femmes: 0.56,
            non_programme: 0.05,
            prevention: 0.015,
            tournee_prevention: 40.0,
            absences: 0.05,
            annulations: 0.04,
            tournees_annulees: 0.025,
            spontane: 0.3,
            tele_expertise: 0.08,
            statut_praticien: [0.42, 0.33, 0.15, 0.1],
            jour_specialite: 0.04,
            cahier: [0.7, 0.15, 0.08, 0.07],
            demandes_refusees: 0.1,
            demandes_reorientees: 0.12,
            demandes_rendez_vous: 0.72,
            autres_mesures: 0.12,
            part_engagee: 0.8,
        }
    }
}

/// Rank of a quarter: four per year since year 0, so that differences are numbers of quarters.
pub fn quarter(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 4 + i64::from(date.month0() / 3)
}

/// `2024-T1` for the rank of that quarter.
pub fn quarter_name(rank: i64) -> String {
    format!("{}-T{}", rank.div_euclid(4), rank.rem_euclid(4) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::day;

    #[test]
    fn an_effect_grows_then_stays() {
        let effect = EffectShape::new(-0.25, -2.0);
        assert_eq!(
            (effect.a(-1), effect.a(0), effect.a(7), effect.a(20)),
            (0.0, -0.25, -2.0, -2.0)
        );
        assert_eq!(EffectShape::new(0.01, 0.08).a(100), 0.08);
    }

    #[test]
    fn quarters_count_from_one() {
        assert_eq!(quarter_name(quarter(day(2024, 3, 31))), "2024-T1");
        assert_eq!(quarter_name(quarter(day(2024, 4, 1))), "2024-T2");
        assert_eq!(quarter(day(2025, 1, 1)) - quarter(day(2024, 1, 1)), 4);
    }
}
