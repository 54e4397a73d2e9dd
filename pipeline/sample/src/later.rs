//! What régions deliver since the contract grew, with the deliveries of 2026: more columns in the tables that they delivered before,
//! and four more tables. All of it is drawn from streams of its own, so that what was there before stays as it was.

use chrono::{Datelike, NaiveDate};

use super::field::{Field, FieldRow, Table};
use super::rng::{Rng, day};
use super::world::{Project, World};

/// The first year delivered so.
pub(super) const SINCE: i32 = 2026;

/// What the cahier des charges asks of a project.
const REQUIREMENTS: [&str; 20] = [
    "etat_des_lieux_partage",
    "absence_concurrence",
    "projet_territorial",
    "initiative_professionnels",
    "coordination_cpts",
    "articulation_plan_ald",
    "articulation_sas",
    "partenariat_collectivites",
    "cofinancement",
    "achat_hors_cpts",
    "autorisation_cdom",
    "pas_acces_direct",
    "continuite_soins",
    "lisibilite",
    "cellule_coordination",
    "mutualisation_specialistes",
    "circuit_cpam",
    "medecin_present",
    "demarche_environnementale",
    "logo_france_ruralites",
];
/// What else may happen in a territory.
const MEASURES: [&str; 9] = [
    "msp",
    "centre_de_sante",
    "cpts",
    "maison_ou_cabinet_ferme",
    "docteur_junior",
    "zone_rouge_france_sante",
    "assistant_medical",
    "autre_bus",
    "autre",
];
/// Status of a practitioner, in the order of their shares in the truth.
const STATUSES: [&str; 4] = ["liberal", "salarie", "retraite", "remplacant"];
/// Why a project ended.
const ENDS: [&str; 4] = ["relais_msp", "fin_financement", "plus_de_medecin", "autre"];

impl World {
    fn stream(&self, subject: &str) -> Rng {
        Rng::new(self.params.seed, subject)
    }

    /// Adds to a row the values of the columns that its table gained, and the words that others did.
    pub(super) fn complete(&self, table: Table, row: &mut FieldRow<'_>) {
        match table {
            Table::Medicobus => row.push(self.reason_of_end(row)),
            Table::Tournees => row.push(self.dedicated_day(row)),
            Table::Consultations => {
                self.new_words(row);
                row.push(self.status(row));
            }
            Table::Financements => row.push(self.committed(row)),
            _ => {}
        }
    }

    fn reason_of_end(&self, row: &FieldRow<'_>) -> Field<'static> {
        let ended = Table::Medicobus.rank("date_fin").and_then(|rank| row.get(rank));
        match ended {
            None | Some(Field::Empty) => Field::Empty,
            Some(_) => {
                let mut rng = self.stream(&format!("fin {}", subject(&row[..1])));
                Field::Text(ENDS[rng.index(ENDS.len())])
            }
        }
    }

    fn dedicated_day(&self, row: &FieldRow<'_>) -> Field<'static> {
        let nature = Table::Tournees.rank("nature").and_then(|rank| row.get(rank));
        if nature == Some(&Field::Text("prevention")) {
            return Field::Text("prevention");
        }

        let mut rng = self.stream(&format!("jour {}", subject(&row[..3])));
        let dedicated = rng.chance(self.truth.jour_specialite);
        Field::Text(if dedicated { "specialite" } else { "aucun" })
    }

    /// A practitioner keeps one status.
    fn status(&self, row: &FieldRow<'_>) -> Field<'static> {
        let Some(rank) = Table::Consultations.rank("cle_praticien") else {
            return Field::Empty;
        };
        let mut rng = self.stream(&format!("statut {}", subject(&row[rank..=rank])));
        Field::Text(STATUSES[rng.weighted(&self.truth.statut_praticien)])
    }

    /// Some of the patients sent by « autre » came by themselves, some teleconsultations ask another doctor's opinion.
    fn new_words(&self, row: &mut FieldRow<'_>) {
        let mut rng = self.stream(&format!("mots {}", subject(&row[..1])));
        let truth = &self.truth;

        for (column, from, to, share) in [
            ("adressage", "autre", "spontane", truth.spontane),
            ("mode", "teleconsultation", "tele_expertise", truth.tele_expertise),
        ] {
            let drawn = rng.chance(share);
            if let Some(rank) = Table::Consultations.rank(column)
                && drawn
                && row[rank] == Field::Text(from)
            {
                row[rank] = Field::Text(to);
            }
        }
    }

    fn committed(&self, row: &FieldRow<'_>) -> Field<'static> {
        let mut rng = self.stream(&format!("engage {}", subject(&row[..4])));
        let share = rng.between(self.truth.part_engagee, 1.0);
        match Table::Financements.rank("montant").and_then(|rank| row.get(rank)) {
            Some(Field::Hundredths(amount)) => {
                Field::Hundredths(100 * (*amount as f64 * share / 100.0).round() as i64)
            }
            _ => Field::Empty,
        }
    }

    /// The answers of a région's projects to the cahier des charges, as known on a day.
    pub(super) fn answers(&self, region: &str, end: NaiveDate) -> Vec<FieldRow<'_>> {
        let answer = |project: &Project, rng: &mut Rng| {
            let words = ["oui", "partiel", "non", "sans_objet"];
            let none = project.opened.is_none_or(|opened| opened > end);
            // Nothing is asked yet of a project to come.
            let drawn = words[rng.weighted(&self.truth.cahier)];
            if none { "sans_objet" } else { drawn }
        };

        let mut rows = Vec::new();
        for project in self.projets_connus(region, end) {
            let mut rng = self.stream(&format!("cahier {}", project.id));
            for requirement in REQUIREMENTS {
                rows.push(vec![
                    Field::Text(&project.id),
                    Field::Text(requirement),
                    Field::Text(answer(project, &mut rng)),
                    Field::Date(day(end.year(), 6, 30)),
                ]);
            }
        }
        rows
    }

    /// The calls to the coordination cell of a project, month by month until a day.
    pub(super) fn calls<'a>(&self, project: &'a Project, end: NaiveDate) -> Vec<FieldRow<'a>> {
        let last = project.end.map_or(end, |ended| ended.min(end));
        let mut rng = self.stream(&format!("demandes {}", project.id));

        let months = (1..=12).map(|month| day(end.year(), month, 1));
        months
            .filter(|first| *first <= last && project.opened.is_some_and(|opened| opened <= *first))
            .map(|first| self.calls_of_month(project, first, &mut rng))
            .collect()
    }

    fn calls_of_month<'a>(
        &self,
        project: &'a Project,
        first: NaiveDate,
        rng: &mut Rng,
    ) -> FieldRow<'a> {
        // A half day of each stop a week, and some calls more than there are slots.
        let slots = project.slots as f64 * project.stops.len() as f64 * 4.3 * project.fill_rate;
        let season = self.truth.saisonnalite[first.month0() as usize];
        let noise = 1.0 + 0.08 * rng.deviation();
        let calls = rng.rounded(1.15 * slots * season * noise).max(0);

        let mut left = calls;
        let mut part = |share: f64| {
            let taken = rng.rounded(share * calls as f64).clamp(0, left);
            left -= taken;
            taken
        };
        let refused = part(self.truth.demandes_refusees);
        let redirected = part(self.truth.demandes_reorientees);
        let given = part(self.truth.demandes_rendez_vous);
        let reason = match refused {
            0 => Field::Empty,
            _ => Field::Text(
                ["plus_de_creneau", "hors_criteres", "hors_zone"][rng.weighted(&[0.6, 0.25, 0.15])],
            ),
        };

        vec![
            Field::Text(&project.id),
            Field::Owned(first.format("%Y-%m").to_string()),
            Field::Integer(calls),
            Field::Integer(given),
            Field::Integer(redirected),
            Field::Integer(refused),
            reason,
        ]
    }

    /// What else happened in the territories of a région, served or not, until a day.
    pub(super) fn other_measures(&self, region: &str, end: NaiveDate) -> Vec<FieldRow<'_>> {
        let of_region = self.territories.iter().filter(|t| t.region == region);
        of_region
            .filter_map(|territory| {
                let mut rng = self.stream(&format!("mesures {}", territory.code));
                let there = rng.chance(self.truth.autres_mesures);
                let measure = MEASURES[rng.index(MEASURES.len())];
                let begins = day(2023 + rng.index(3) as i32, 1 + rng.index(12) as u32, 1);

                (there && begins <= end).then(|| {
                    vec![
                        Field::Text(&territory.code),
                        Field::Text("commune"),
                        Field::Text(measure),
                        Field::Date(begins),
                        Field::Empty,
                    ]
                })
            })
            .collect()
    }

    /// What a région aims at in a year: one bus more than those in service, and what it may cost.
    pub(super) fn objectives(&self, region: &str, year: i32) -> FieldRow<'static> {
        let end = self.end_of_year(year);
        let running = |p: &&Project| {
            p.opened.is_some_and(|d| d <= end) && p.end.is_none_or(|ended| ended > end)
        };
        let buses = self.projects.iter().filter(|p| p.region == region).filter(running).count();
        let target = buses as i64 + 1;

        let envelope = target * 10_000_000;
        let mut rng = self.stream(&format!("objectifs {region} {year}"));
        let share = rng.between(self.truth.part_engagee, 1.0);
        vec![
            Field::Owned(region.to_owned()),
            Field::Integer(i64::from(year)),
            Field::Integer(target),
            Field::Hundredths(envelope),
            Field::Hundredths(100 * (envelope as f64 * share / 100.0).round() as i64),
        ]
    }
}

/// What names a row, for its stream.
fn subject(fields: &[Field<'_>]) -> String {
    let word = |field: &Field<'_>| match field {
        Field::Text(word) => (*word).to_owned(),
        Field::Owned(word) => word.clone(),
        Field::Numbered(prefix, rank) => format!("{prefix}-{rank}"),
        Field::Key(key) => format!("{key:x}"),
        Field::Integer(n) | Field::Tenths(n) | Field::Hundredths(n) => n.to_string(),
        Field::Date(date) => date.to_string(),
        Field::Time(minutes) => minutes.to_string(),
        Field::Bool(yes) => yes.to_string(),
        Field::Empty => String::new(),
    };
    fields.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Params, generate};

    fn world() -> World {
        generate(&Params::new(11, &["28", "44"], 12)).unwrap()
    }

    fn integer(row: &FieldRow<'_>, table: Table, column: &str) -> i64 {
        match row[table.rank(column).unwrap()] {
            Field::Integer(n) => n,
            ref other => panic!("{other:?}"),
        }
    }

    #[test]
    fn calls_and_answers_are_shared_as_the_truth_says() {
        let world = world();
        let end = world.params.last_day;

        let calls: Vec<_> = world.projects.iter().flat_map(|p| world.calls(p, end)).collect();
        let sum = |column| calls.iter().map(|r| integer(r, Table::Demandes, column)).sum::<i64>();
        let share = |column| sum(column) as f64 / sum("demandes") as f64;
        assert!(calls.len() > 300, "{}", calls.len());
        assert!((share("refusees") - world.truth.demandes_refusees).abs() < 0.01);
        assert!((share("reorientees") - world.truth.demandes_reorientees).abs() < 0.01);
        assert!((share("rendez_vous") - world.truth.demandes_rendez_vous).abs() < 0.01);

        let answers = world.answers("28", end);
        let started = |row: &&FieldRow<'_>| {
            let of = |p: &&Project| Field::Text(&p.id) == row[0];
            let project = world.projects.iter().find(of).unwrap();
            project.opened.is_some_and(|opened| opened <= end)
        };
        let asked: Vec<_> = answers.iter().filter(started).collect();
        let yes = asked.iter().filter(|r| r[2] == Field::Text("oui")).count();
        let share = yes as f64 / asked.len() as f64;
        assert!((share - world.truth.cahier[0]).abs() < 0.05, "{share}");
    }

    #[test]
    fn words_and_statuses_of_2026_are_shared_as_the_truth_says_and_a_practitioner_has_one() {
        let world = world();
        let rank = |column| Table::Consultations.rank(column).unwrap();
        let (mut other, mut spontaneous) = (0.0, 0.0);
        let mut statuses = std::collections::BTreeMap::new();

        for project in &world.projects {
            let mut keep = |visit: crate::Visit<'_>| {
                for mut row in visit.consultations {
                    let before = row[rank("adressage")].clone();
                    world.complete(Table::Consultations, &mut row);
                    if before == Field::Text("autre") {
                        other += 1.0;
                        let now = row[rank("adressage")] == Field::Text("spontane");
                        spontaneous += f64::from(u8::from(now));
                    }

                    let status = format!("{:?}", row.last().unwrap());
                    let known = statuses.entry(subject(&row[rank("cle_praticien")..][..1]));
                    assert_eq!(*known.or_insert_with(|| status.clone()), status);
                }
                Ok(())
            };
            world.activity(project, &mut keep).unwrap();
        }

        assert!((spontaneous / other - world.truth.spontane).abs() < 0.01);
        let employed = statuses.values().filter(|s| s.contains("salarie")).count() as f64;
        let share = employed / statuses.len() as f64;
        assert!((share - world.truth.statut_praticien[1]).abs() < 0.1, "{share}");
    }
}
