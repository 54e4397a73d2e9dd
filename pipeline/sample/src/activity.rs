//! What a bus does: its tours, day by day, and the consultations of each.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::field::{Field, FieldRow};
use super::rng::{Rng, day, days_later};
use super::truth::Truth;
use super::world::{Project, Stop, World};
use base::error::Result;

const AGES: [&str; 7] = ["00-16", "17-29", "30-44", "45-59", "60-69", "70-79", "80+"];

/// A tour at one stop and its consultations, as rows of the two tables.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The day.
    pub date: NaiveDate,
    /// The row of `tournees`.
    pub tournee: FieldRow<'a>,
    /// The rows of `consultations`: as many as slots honoured.
    pub consultations: Vec<FieldRow<'a>>,
}

#[derive(Clone, Copy)]
struct Patient {
    key: u64,
    age: usize,
    woman: bool,
    ald: &'static str,
    c2s: &'static str,
    isole: &'static str,
    status: &'static str,
    mt_declare_le: Option<NaiveDate>,
    last_seen: NaiveDate,
}

/// A bus on its way: who it knows at each stop, and its counters.
struct Route<'a> {
    truth: &'a Truth,
    project: &'a Project,
    rng: Rng,
    patients: Vec<Vec<Patient>>,
    practitioners: Vec<u64>,
    consultations: u32,
}

/// How an appointment came about.
struct Care<'a> {
    date_demande: Field<'a>,
    non_programme: bool,
    nature: &'static str,
    mode: &'static str,
    adressage: &'static str,
}

impl World {
    /// Walks through the life of a bus from its first tour to the last day of the sample, and hands over each visit of the
    /// years asked. Nothing is kept but the patients known at each stop, so any scale fits in memory.
    ///
    /// # Errors
    /// Those of `receive`.
    pub fn activity<'a>(
        &'a self,
        project: &'a Project,
        receive: &mut dyn FnMut(Visit<'a>) -> Result<()>,
    ) -> Result<()> {
        let Some(start_day) = project.opened else {
            return Ok(());
        };
        let first = day(*self.params.years.start(), 1, 1);
        let last_day = self.params.last_day;
        let end = project.end.map_or(last_day, |end| end.min(last_day));

        let mut rng = Rng::new(self.params.seed, &project.id);
        let practitioners = (0..project.practitioners.max(1)).map(|_| rng.key()).collect();
        let mut route = Route {
            truth: &self.truth,
            project,
            rng,
            patients: vec![Vec::new(); project.stops.len()],
            practitioners,
            consultations: 0,
        };

        // Six months unrecorded are enough for an older bus to come with patients it knows.
        let mut date = start_day.max(first - TimeDelta::days(180));
        while date <= end {
            let weekday = date.weekday().num_days_from_monday();
            let stops = project.stops.iter().enumerate();

            for (rank, stop) in stops.filter(|(_, s)| s.day == weekday && s.start_day <= date) {
                if closed(date) {
                    break;
                }

                let delivery_end = self.end_of_year(date.year());
                let visit = route.visit(rank, stop, date, start_day, delivery_end);
                if date >= first {
                    receive(visit)?;
                }
            }

            date = days_later(date, 1);
        }

        Ok(())
    }
}

/// Public holidays of fixed date, and the days between Christmas and New Year's Day.
fn closed(date: NaiveDate) -> bool {
    matches!(
        (date.month(), date.day()),
        (1, 1) | (5, 1 | 8) | (7, 14) | (8, 15) | (11, 1 | 11) | (12, 25..=31)
    )
}

impl<'a> Route<'a> {
    /// One tour at the stop of rank `stop_rank`. A delivery that ends on `delivery_end` knows nothing later.
    fn visit(
        &mut self,
        stop_rank: usize,
        stop: &'a Stop,
        date: NaiveDate,
        start_day: NaiveDate,
        delivery_end: NaiveDate,
    ) -> Visit<'a> {
        let truth = self.truth;
        let cancelled = self.rng.chance(truth.tournees_annulees);
        let prevention = self.rng.chance(1.0 / truth.tournee_prevention);
        let offered = if cancelled { 0 } else { self.project.slots };
        let booked = self.booked(date, start_day, offered);

        let (mut missed, mut called_off) = (0, 0);
        for _ in 0..booked {
            if self.rng.chance(truth.absences) {
                missed += 1;
            } else if self.rng.chance(truth.annulations) {
                called_off += 1;
            }
        }

        let honoured = booked - missed - called_off;

        let consultations = (0..honoured)
            .map(|_| self.consultation(stop_rank, stop, date, prevention, delivery_end))
            .collect();

        let (start_time, end_time) = match stop.morning {
            true => (9 * 60, 12 * 60 + 30),
            false => (13 * 60 + 30, 17 * 60),
        };

        let tournee = vec![
            Field::Text(&self.project.id),
            Field::Date(date),
            Field::Text(&stop.code_commune),
            Field::Time(start_time),
            Field::Time(end_time),
            Field::Integer(offered),
            Field::Integer(honoured),
            Field::Integer(missed),
            Field::Integer(called_off),
            Field::Text(if prevention { "prevention" } else { "soin" }),
            Field::Bool(cancelled),
        ];

        Visit { date, tournee, consultations }
    }

    /// Slots booked that day: a bus fills up over its first months, and less in summer.
    fn booked(&mut self, date: NaiveDate, start_day: NaiveDate, offered: i64) -> i64 {
        let truth = self.truth;
        let months = (date - start_day).num_days() / 30;
        let last = truth.montee_en_charge.len() - 1;
        let ramp_up = truth.montee_en_charge[(months.max(0) as usize).min(last)];
        let season = truth.saisonnalite[date.month0() as usize];
        let noise = 1.0 + 0.12 * self.rng.deviation();

        let expected =
            self.project.slots as f64 * self.project.fill_rate * ramp_up * season * noise;
        self.rng.rounded(expected).clamp(0, offered)
    }

    /// The patient seen, by rank among those known at the stop: one who comes back, or a new one.
    fn patient_seen(&mut self, stop_rank: usize, date: NaiveDate) -> usize {
        let known = self.patients[stop_rank].len();
        // The better known the bus, the more its patients come back: the same professionals see the same patients.
        let comes_back = (known as f64 / (known as f64 + 120.0)).min(0.72);

        if !self.rng.chance(comes_back) {
            let newcomer = self.new_patient(date);
            self.patients[stop_rank].push(newcomer);
            return known;
        }

        let recent = known.min(500);
        let mut seen = known - recent + self.rng.index(recent);

        // Nobody is seen twice on the same day, unless the stop knows almost nobody.
        for _ in 0..8 {
            if self.patients[stop_rank][seen].last_seen < date {
                break;
            }
            seen = known - recent + self.rng.index(recent);
        }

        seen
    }

    fn consultation(
        &mut self,
        stop_rank: usize,
        stop: &'a Stop,
        date: NaiveDate,
        prevention: bool,
        delivery_end: NaiveDate,
    ) -> FieldRow<'a> {
        let seen = self.patient_seen(stop_rank, date);
        self.patients[stop_rank][seen].last_seen = date;
        let mut patient = self.patients[stop_rank][seen];

        if patient.mt_declare_le.is_some_and(|day| day < date) {
            patient.status = "avec";
        }

        let visit = self.care(date, prevention);
        let discipline = self.discipline(patient.woman);
        let (orientation, mt_declare_le) = self.orientation(&mut patient, date, delivery_end);
        self.patients[stop_rank][seen].mt_declare_le = patient.mt_declare_le;

        let week = date.iso_week().week();
        let practitioner = (stop_rank + (week % 2) as usize) % self.practitioners.len();
        self.consultations += 1;

        vec![
            Field::Numbered(&self.project.id, self.consultations),
            Field::Text(&self.project.id),
            Field::Date(date),
            visit.date_demande,
            Field::Text(&stop.code_commune),
            Field::Key(patient.key),
            Field::Text(AGES[patient.age]),
            Field::Text(if patient.woman { "F" } else { "M" }),
            Field::Text(patient.ald),
            Field::Text(patient.c2s),
            Field::Text(patient.isole),
            Field::Text(patient.status),
            Field::Text(visit.mode),
            Field::Text(discipline),
            Field::Text(visit.nature),
            Field::Bool(visit.non_programme),
            Field::Text(visit.adressage),
            Field::Key(self.practitioners[practitioner]),
            Field::Text(orientation),
            mt_declare_le,
        ]
    }

    /// How the appointment came about, and what it is.
    fn care(&mut self, date: NaiveDate, prevention: bool) -> Care<'a> {
        let (truth, rng) = (self.truth, &mut self.rng);
        let non_programme = rng.chance(truth.non_programme);

        let wait = if non_programme {
            rng.index(3) as i64
        } else {
            let u = rng.uniform();
            (u * u * 21.0) as i64
        };

        let date_demande = match rng.chance(0.03) {
            true => Field::Empty,
            false => Field::Date(days_later(date, -wait)),
        };

        let nature = match prevention || rng.chance(truth.prevention) {
            true => "prevention",
            false => "soin",
        };
        let mode = match rng.chance(self.project.teleconsultation) {
            true => "teleconsultation",
            false => "presentiel",
        };

        let adressage = if non_programme {
            ["sas", "professionnel", "autre"][rng.weighted(&[0.8, 0.12, 0.08])]
        } else {
            ["cellule", "sas", "cpam", "professionnel", "autre"]
                [rng.weighted(&[0.16, 0.02, 0.12, 0.24, 0.46])]
        };

        Care {
            date_demande,
            non_programme,
            nature,
            mode,
            adressage,
        }
    }

    fn discipline(&mut self, woman: bool) -> &'static str {
        let draw = self.rng.uniform();
        let mut cumulated = 0.0;
        let mut discipline = "medecine_generale";

        for (name, part) in &self.project.disciplines {
            let drawn = draw >= cumulated && draw < cumulated + part;
            if drawn && (*name != "gynecologie" || woman) {
                discipline = name;
            }
            cumulated += part;
        }

        discipline
    }

    /// Where the patient is sent, and the day of a declaration known when the delivery is sent.
    fn orientation(
        &mut self,
        patient: &mut Patient,
        date: NaiveDate,
        delivery_end: NaiveDate,
    ) -> (&'static str, Field<'a>) {
        let mut orientation =
            ["aucune", "specialiste", "urgences", "mission_accompagnement_sante", "autre"]
                [self.rng.weighted(&[0.74, 0.19, 0.015, 0.025, 0.03])];

        let declares = self.rng.uniform();
        if patient.status != "sans" || patient.mt_declare_le.is_some() {
            return (orientation, Field::Empty);
        }

        let mut declared = Field::Empty;
        if declares < self.truth.mt_declare {
            let day = days_later(date, self.rng.index(30) as i64);
            patient.mt_declare_le = Some(day);
            orientation = "mt_declare";

            // A declaration after the end of the delivery is not known yet when it is sent.
            if day <= delivery_end {
                declared = Field::Date(day);
            }
        } else if declares < self.truth.mt_declare + 0.18 {
            orientation = "mt_propose";
        }

        (orientation, declared)
    }

    fn new_patient(&mut self, date: NaiveDate) -> Patient {
        let (truth, rng) = (self.truth, &mut self.rng);
        let age = rng.weighted(&truth.ages);
        let ald = three_way(rng, 0.04, truth.ald[age]);
        let c2s = three_way(rng, 0.08, 0.16);
        let isole = three_way(rng, 0.1, if age >= 5 { 0.28 } else { 0.09 });

        let mut without = truth.sans_mt_patients[age]
            + truth.sans_mt_patients_par_an * f64::from(date.year() - 2024);
        if ald == "oui" {
            without += truth.sans_mt_patients_ald;
        }

        if c2s == "oui" {
            without += truth.sans_mt_patients_c2s;
        }

        let without = without.clamp(0.0, 0.8);
        let status = ["sans", "indisponible", "inconnu", "avec"]
            [rng.weighted(&[without, truth.mt_indisponible, 0.03, 0.85 - without])];

        Patient {
            key: rng.key(),
            age,
            woman: rng.chance(truth.femmes),
            ald,
            c2s,
            isole,
            status,
            mt_declare_le: None,
            last_seen: date,
        }
    }
}

/// `inconnu` with one probability, else `oui` with the other.
fn three_way(rng: &mut Rng, unknown: f64, yes: f64) -> &'static str {
    if rng.chance(unknown) {
        "inconnu"
    } else if rng.chance(yes) {
        "oui"
    } else {
        "non"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Params, Table, generate};

    fn column(table: Table, name: &str) -> usize {
        table.rank(name).unwrap()
    }

    #[test]
    fn a_tour_agrees_with_its_consultations() {
        let world = generate(&Params::new(11, &["44"], 1)).unwrap();
        let mut visits = 0;

        for project in &world.projects {
            world
                .activity(project, &mut |v| {
                    visits += 1;
                    let entier = |name: &str| match v.tournee[column(Table::Tournees, name)] {
                        Field::Integer(n) => n,
                        _ => -1,
                    };
                    assert_eq!(entier("creneaux_honores"), v.consultations.len() as i64);
                    let taken =
                        entier("creneaux_honores") + entier("absences") + entier("annulations");
                    assert!(taken <= entier("creneaux_offerts"));
                    let stop = &v.tournee[column(Table::Tournees, "code_commune")];

                    for c in &v.consultations {
                        assert_eq!(&c[column(Table::Consultations, "code_commune")], stop);
                        assert_eq!(
                            c[column(Table::Consultations, "date_consultation")],
                            Field::Date(v.date)
                        );

                        if c[column(Table::Consultations, "mt_declare_le")] != Field::Empty {
                            assert_eq!(
                                c[column(Table::Consultations, "statut_mt")],
                                Field::Text("sans")
                            );
                        }
                    }

                    Ok(())
                })
                .unwrap();
        }

        assert!(visits > 1000);
    }

    #[test]
    fn a_patient_who_declared_a_doctor_comes_back_with_one() {
        let world = generate(&Params::new(7, &["28"], 1)).unwrap();
        let project = world.projects.iter().find(|p| p.id == "28-61-ORNE-EST").unwrap();
        let mut declares: BTreeMap<u64, NaiveDate> = BTreeMap::new();

        let mut revenus = 0;
        world
            .activity(project, &mut |v| {
                for c in &v.consultations {
                    let Field::Key(key) = c[column(Table::Consultations, "cle_patient")] else {
                        continue;
                    };
                    if declares.get(&key).is_some_and(|on| *on < v.date) {
                        assert_eq!(
                            c[column(Table::Consultations, "statut_mt")],
                            Field::Text("avec")
                        );
                        revenus += 1;
                    }

                    if let Field::Date(on) = c[column(Table::Consultations, "mt_declare_le")] {
                        declares.insert(key, on);
                    }
                }
                Ok(())
            })
            .unwrap();
        assert!(revenus > 100, "{revenus}");
    }

    #[test]
    fn a_new_bus_needs_time_and_summers_are_quiet() {
        let world = generate(&Params::new(5, &["28", "84", "44"], 1)).unwrap();
        let mut month: BTreeMap<(i32, u32), usize> = BTreeMap::new();
        let (mut first_by_epci, mut pleins) = (0, 0);

        for project in &world.projects {
            let Some(start_day) = project.opened else {
                continue;
            };
            world
                .activity(project, &mut |v| {
                    *month.entry((v.date.year(), v.date.month())).or_insert(0) +=
                        v.consultations.len();
                    match (v.date - start_day).num_days() {
                        0..60 => first_by_epci += v.consultations.len(),
                        300..360 => pleins += v.consultations.len(),
                        _ => {}
                    }
                    Ok(())
                })
                .unwrap();
        }

        assert!(first_by_epci * 3 < pleins * 2, "{first_by_epci} {pleins}");
        assert!(month[&(2025, 8)] * 4 < month[&(2025, 10)] * 3);
    }
}
