//! The analysis plan: every choice of the causal chapter, written down before the data of the last year are known, so that nobody can
//! say that it was made to fit them. Its date is that of the data that it was made from, which its list of territories proves; the
//! store notes it in its history when it is written, on a day that nobody chooses.
//! An evaluation that follows it lists what it did otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use base::error::{Context, Error, Result};
use base::french::long_date;
use base::text::{PROGRAM, sha256};

use super::choices::choices;
use super::design::{Design, TerritoryRole};
use super::quarter::{quarter_index, quarter_label};
use super::rows::{Backed, PlanDeparture};
use crate::edition::Edition;
use crate::request::{Evaluated, Request};
use store::history::Commit;
use store::publications::PLAN;

/// What a plan begins with.
const HEADING: &str = "\
# Plan d'analyse, écrit par « medicobus evaluation --plan ». Ne le modifiez pas : l'évaluation qui le suit
# (--selon-plan) donne son empreinte, et la liste de ce qu'elle a fait autrement.
";

/// The panel that cohorts and controls come from.
const PANEL: &str = "panel_territoires";
/// Territories named in a departure.
const NAMED: usize = 10;
/// What one of two plans does not say.
const ABSENT: &str = "absent";

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalysisPlan {
    /// Code of the zone.
    pub zone: String,
    /// First and last year that the evaluation is to cover.
    #[serde(rename = "annees")]
    pub years: (i32, i32),
    /// Last day that the data told about.
    #[serde(rename = "donnees_jusqu_au")]
    pub date: NaiveDate,
    /// Version of the store.
    #[serde(rename = "version_depot")]
    pub store_version: u64,
    /// The program that wrote it.
    #[serde(rename = "programme")]
    pub program: String,
    /// The choices, by name.
    #[serde(rename = "choix")]
    pub choices: BTreeMap<String, String>,
    /// SHA-256 of the queries that the panels come from, by name.
    #[serde(rename = "requetes")]
    pub queries: BTreeMap<String, String>,
    /// Use of each territory, by code: `temoin`, `servi 2024-T2`…
    #[serde(rename = "territoires")]
    pub territories: BTreeMap<String, String>,
}

/// A plan that an evaluation follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedPlan {
    /// The plan.
    pub plan: AnalysisPlan,
    /// SHA-256 of its file.
    pub sha256: String,
    /// When the store took note of it; none if it never did.
    pub registered: Option<Registered>,
}

/// When the store took note of a plan: unlike the plan's own date, nobody chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// The day (UTC).
    pub day: NaiveDate,
    /// Version of the store.
    pub version: u64,
    /// Whether deliveries of the last year were there already.
    pub late: bool,
}

impl Registered {
    /// The first commit that notes the plan of that `sha256`, whose `last` year is late to be planned once any of it is there.
    fn find<'a>(past: impl Iterator<Item = &'a Commit>, sha256: &str, last: i32) -> Option<Self> {
        let mut late = false;
        for commit in past {
            let Some(entry) = &commit.entry else { continue };
            let told = entry.motif.as_deref().is_some_and(|text| text.contains(sha256));
            if entry.nature == PLAN && told {
                let day = commit.at.date_naive();
                return Some(Self { day, version: commit.version, late });
            }
            late |= entry.periode.starts_with(&last.to_string());
        }
        None
    }
}

impl FollowedPlan {
    /// Reads a file, and finds when the store took note of it, in its `history` up to the version `until`.
    ///
    /// # Errors
    /// `Access` if it cannot be read; `Usage` if it is no plan.
    pub fn read(path: &Path, history: &[Commit], until: u64) -> Result<Self> {
        let named = || format!("plan d'analyse illisible : {}", path.display());
        let bytes = std::fs::read(path).access(named)?;
        let text = std::str::from_utf8(&bytes).usage(named)?;
        let plan: AnalysisPlan = toml::from_str(text).map_err(|e| {
            Error::usage(format!("{} : {}", named(), e.message()))
                .hint("donnez un fichier que « medicobus evaluation --plan » a écrit")
        })?;
        let sha256 = sha256(&bytes);
        let past = history.iter().filter(|commit| commit.version <= until);
        let registered = Registered::find(past, &sha256, plan.years.1);
        Ok(Self { plan, sha256, registered })
    }

    /// What an evaluation, which is `done`, did otherwise: in what it did, and in when the plan was written.
    pub fn departures(&self, done: &AnalysisPlan) -> Vec<Backed<PlanDeparture>> {
        let mut rows = self.plan.departures(done);
        let last = done.years.1;
        let told = match self.registered {
            Some(Registered { late: false, .. }) => return rows,
            Some(Registered { day, version, .. }) => {
                format!("inscrit le {}, version {version}", long_date(day))
            }
            None => "pas inscrit".into(),
        };
        let departure = PlanDeparture {
            point: "Inscription du plan au dépôt".into(),
            planned: format!("avant les premières données de {last}"),
            done: told,
        };
        rows.insert(0, Backed::without_people(departure));
        rows
    }
}

impl AnalysisPlan {
    /// How the store's history names it.
    pub fn noted(&self, sha256: &str) -> String {
        format!(
            "plan d'analyse {} {}-{}, SHA-256 {sha256}",
            self.zone, self.years.0, self.years.1
        )
    }

    /// The file.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn text(&self) -> Result<String> {
        let body = toml::to_string(self).access(|| "plan d'analyse".into())?;
        Ok(format!("{HEADING}\n{body}"))
    }

    /// What an evaluation, which is `done`, did otherwise; nothing that only the time since then brought.
    pub fn departures(&self, done: &AnalysisPlan) -> Vec<Backed<PlanDeparture>> {
        let mut rows: Vec<PlanDeparture> = Vec::new();
        let mut add = |point: String, planned: String, done: String| {
            if planned != done {
                rows.push(PlanDeparture { point, planned, done });
            }
        };

        let last = done.years.1;
        if self.date.year() >= last {
            add(
                "Date du plan".into(),
                format!("avant le 1er janvier {last}"),
                format!("données connues jusqu'au {}", long_date(self.date)),
            );
        }
        add("Zone".into(), self.zone.clone(), done.zone.clone());
        let years = |(first, last): (i32, i32)| format!("{first}-{last}");
        add("Années".into(), years(self.years), years(done.years));
        each(&self.choices, &done.choices, |name| name.to_string(), &mut add);
        let short = |sha256: &str| sha256.chars().take(12).collect::<String>();
        let hashes = |queries: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            queries.iter().map(|(name, hash)| (name.clone(), short(hash))).collect()
        };
        let of_query = |name: &str| format!("Requête {name}, empreinte");
        each(&hashes(&self.queries), &hashes(&done.queries), of_query, &mut add);
        self.moved(done, &mut add);

        rows.into_iter().map(Backed::without_people).collect()
    }

    /// Territories whose use is not the planned one, by both uses.
    fn moved(&self, done: &AnalysisPlan, add: &mut impl FnMut(String, String, String)) {
        let known = self.date.year() * 4 + self.date.month0() as i32 / 3;
        let codes: BTreeSet<&String> =
            self.territories.keys().chain(done.territories.keys()).collect();

        let mut moves: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for code in codes {
            let [planned, now] =
                [self, done].map(|plan| plan.territories.get(code).map_or(ABSENT, String::as_str));
            if planned != now && since(now).is_none_or(|quarter| quarter <= known) {
                moves.entry((planned, now)).or_default().push(code);
            }
        }

        for ((planned, now), codes) in moves {
            let named = codes[..codes.len().min(NAMED)].join(", ");
            let more = if codes.len() > NAMED { "…" } else { "" };
            let point = format!("Territoires : {} ({named}{more})", codes.len());
            add(point, planned.to_string(), now.to_string());
        }
    }
}

/// The quarter that a use is dated by.
fn since(role: &str) -> Option<i32> {
    role.split_once(' ').and_then(|(_, quarter)| quarter_index(quarter))
}

/// Compares what two plans say under the same names.
fn each(
    planned: &BTreeMap<String, String>,
    done: &BTreeMap<String, String>,
    point: impl Fn(&str) -> String,
    add: &mut impl FnMut(String, String, String),
) {
    let names: BTreeSet<&String> = planned.keys().chain(done.keys()).collect();
    for name in names {
        let [planned, done] =
            [planned, done].map(|all| all.get(name).cloned().unwrap_or_else(|| ABSENT.into()));
        add(point(name), planned, done);
    }
}

/// Use of each territory of a design.
fn territories(design: &Design) -> BTreeMap<String, String> {
    let codes: BTreeMap<TerritoryRole, &str> =
        TerritoryRole::ALL.into_iter().map(|(role, code, _)| (role, code)).collect();

    let each = design.territoires.iter().map(|(id, t)| {
        let code = codes.get(&t.role).copied().unwrap_or_default();
        let role = t.nearby.or(t.cohort).map_or_else(
            || code.to_string(),
            |quarter| format!("{code} {}", quarter_label(quarter)),
        );
        (id.clone(), role)
    });
    each.collect()
}

impl Edition<'_> {
    /// The analysis plan of an evaluation, from the data that are there.
    ///
    /// # Errors
    /// Not an evaluation; a zone that no delivery tells of; a query that fails.
    pub async fn analysis_plan(&self, request: &Request) -> Result<AnalysisPlan> {
        self.told_of(request)?;
        let of = request
            .evaluation()
            .ok_or_else(|| Error::usage("un plan d'analyse est celui d'une évaluation"))?;
        let mut steps = self.plan(request)?;
        steps.retain(|step| step.key == PANEL);
        let mut answers = self.answer(request, steps).await?;
        let missing = || Error::refused(format!("réponse manquante : {PANEL}"));
        let panel = answers.sources.remove(PANEL).ok_or_else(missing)?;

        Ok(self.plan_of(request, of, &Design::read(&panel)?))
    }

    /// What is done here, as a plan would say it.
    pub(super) fn plan_of(
        &self,
        request: &Request,
        of: &Evaluated,
        design: &Design,
    ) -> AnalysisPlan {
        let queries = [PANEL, "panel_delais"].into_iter().filter_map(|name| {
            let query = self.catalogue.get(name).ok()?;
            Some((name.to_string(), query.sha256.clone()))
        });

        AnalysisPlan {
            zone: request.zone.code.clone(),
            years: of.bounds,
            date: self.date(),
            store_version: self.session.version(),
            program: PROGRAM.to_string(),
            choices: choices(self.config.secrecy.threshold),
            queries: queries.collect(),
            territories: territories(design),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(day: (i32, u32, u32), territories: &[(&str, &str)]) -> AnalysisPlan {
        let entry = |(id, role): &(&str, &str)| ((*id).to_string(), (*role).to_string());
        AnalysisPlan {
            zone: "FR".into(),
            years: (2024, 2026),
            date: NaiveDate::from_ymd_opt(day.0, day.1, day.2).unwrap(),
            store_version: 3,
            program: PROGRAM.into(),
            choices: choices(11),
            queries: BTreeMap::from([("panel_territoires".to_string(), "ab".repeat(32))]),
            territories: territories.iter().map(entry).collect(),
        }
    }

    fn told(planned: &AnalysisPlan, done: &AnalysisPlan) -> Vec<[String; 3]> {
        let rows = planned.departures(done).into_iter().map(|r| r.row);
        rows.map(|r| [r.point, r.planned, r.done]).collect()
    }

    #[test]
    fn a_plan_is_read_back_as_it_was_written() {
        let written = plan((2025, 12, 31), &[("61001", "servi 2024-T4"), ("61002", "temoin")]);
        let folder = std::env::temp_dir().join(format!("plan-{}", std::process::id()));
        std::fs::write(&folder, written.text().unwrap()).unwrap();
        let read = FollowedPlan::read(&folder, &[], 9).unwrap();
        assert_eq!(read.plan, written);
        assert_eq!(read.registered, None);
        assert_eq!(read.departures(&written)[0].row.done, "pas inscrit");
        assert_eq!(read.sha256, sha256(written.text().unwrap().as_bytes()));

        std::fs::write(&folder, "zone = 28").unwrap();
        assert!(FollowedPlan::read(&folder, &[], 9).is_err());
        std::fs::remove_file(folder).unwrap();
    }

    #[test]
    fn what_time_brings_is_no_departure_and_the_rest_is() {
        let planned = plan(
            (2025, 12, 31),
            &[
                ("1", "servi 2024-T4"),
                ("2", "temoin"),
                ("3", "temoin"),
                ("4", "temoin"),
                ("5", "temoin"),
            ],
        );
        assert_eq!(told(&planned, &planned), Vec::<[String; 3]>::new());

        // Served in the year that was to come, and their neighbour; one now said to be elsewhere, one moved in time.
        let mut done = plan(
            (2026, 12, 31),
            &[
                ("1", "servi 2024-T3"),
                ("2", "servi 2026-T1"),
                ("3", "voisin 2026-T1"),
                ("4", "hors_zone"),
                ("5", "hors_zone"),
            ],
        );
        let text = |parts: [&str; 3]| parts.map(String::from);
        let moved = [
            text(["Territoires : 1 (1)", "servi 2024-T4", "servi 2024-T3"]),
            text(["Territoires : 2 (4, 5)", "temoin", "hors_zone"]),
        ];
        assert_eq!(told(&planned, &done), moved);

        done.territories = planned.territories.clone();
        done.years = (2024, 2027);
        done.choices.insert("niveau de confiance".into(), "90 %".into());
        done.queries.insert("panel_territoires".into(), "cd".repeat(32));
        let points: Vec<String> = told(&planned, &done).into_iter().map(|[p, ..]| p).collect();
        assert_eq!(
            points,
            ["Années", "niveau de confiance", "Requête panel_territoires, empreinte"]
        );
    }

    #[test]
    fn a_plan_made_after_the_fact_says_so() {
        let late = plan((2026, 9, 30), &[]);
        let rows = told(&late, &late);
        assert_eq!(rows[0][0], "Date du plan");
        assert!(rows[0][2].contains("septembre"), "{rows:?}");
    }
}
