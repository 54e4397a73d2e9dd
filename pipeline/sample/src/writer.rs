//! From the world to deliveries: each row goes to the delivery of its period.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use chrono::{Datelike, NaiveDate};

use super::Params;
use super::delivery::{DeliveryForm, DeliveryWriter, Label};
use super::dialect::OutputDialect;
use super::field::{Field, FieldRow, Table};
use super::later;
use super::planted_errors::{ErrorPlanter, ExpectedFinding};
use super::rng::day;
use super::world::{Project, World, generate};
use base::error::{Context, Error, Result};
use geography::Communes;

/// Rows written, by table name.
pub type RowCounts = BTreeMap<&'static str, u64>;

/// How a région delivers a period.
pub(super) type DeliveryWay<'f> = &'f (dyn Fn(&str, &str) -> (DeliveryForm, OutputDialect) + Sync);

/// Stands for the two years before the measure.
const BEFORE: i32 = 2023;
/// Name of the period before the measure.
const BEFORE_PERIOD: &str = "2022-2023";

/// A delivery with what slips errors into it.
struct PlantingWriter<'a> {
    world: &'a World,
    /// Whether it has what deliveries hold since 2026.
    later: bool,
    delivery: DeliveryWriter,
    planter: Option<ErrorPlanter<'a>>,
    counts: RowCounts,
}

impl<'a> PlantingWriter<'a> {
    fn write<'b>(&mut self, table: Table, mut row: FieldRow<'b>) -> Result<()>
    where
        'a: 'b,
    {
        if self.later {
            self.world.complete(table, &mut row);
        }

        *self.counts.entry(table.name()).or_insert(0) += 1;
        match &mut self.planter {
            Some(planter) => planter.write(&mut self.delivery, table, row),
            None => self.delivery.row(table, &row).map(|_| ()),
        }
    }
}

/// Writes all deliveries of a région; with `former_codes` (codes of merged communes by successor) come deliberate errors.
///
/// # Errors
/// If `folder` cannot be written.
pub(super) fn region<'a>(
    world: &'a World,
    region: &str,
    region_name: &str,
    folder: &Path,
    way: DeliveryWay<'_>,
    former_codes: Option<&'a BTreeMap<String, String>>,
) -> Result<(RowCounts, Vec<ExpectedFinding>)> {
    let mut writers: BTreeMap<i32, PlantingWriter<'a>> = BTreeMap::new();
    for year in std::iter::once(BEFORE).chain(world.params.years.clone()) {
        let periode = match year {
            BEFORE => BEFORE_PERIOD.to_owned(),
            year => year.to_string(),
        };
        let (form, dialect) = way(region, &periode);
        let label = Label {
            region: region.to_owned(),
            periode,
            producteur: format!("ARS {region_name} (données fictives)"),
            later: year >= later::SINCE,
        };

        let iso = form != DeliveryForm::Workbook && !dialect.french;
        let start = (year - BEFORE) as usize * 17 + region.bytes().map(usize::from).sum::<usize>();
        let writer = PlantingWriter {
            world,
            later: label.later,
            delivery: DeliveryWriter::create(folder, label, form, dialect)?,
            planter: former_codes.map(|codes| ErrorPlanter::new(codes, iso, start)),
            counts: RowCounts::new(),
        };
        writers.insert(year, writer);
    }

    for (year, writer) in &mut writers {
        let end = match *year {
            BEFORE => day(BEFORE, 12, 31),
            year => world.end_of_year(year),
        };
        state(world, region, end, writer)?;
        if writer.later {
            later_tables(world, region, end, writer)?;
        }
    }

    rows_of_years(world, region, &mut writers)?;

    let mut counts = RowCounts::new();
    let mut expected_findings = Vec::new();

    for writer in writers.into_values() {
        for (table, rows) in writer.counts {
            *counts.entry(table).or_insert(0) += rows;
        }
        expected_findings.extend(writer.planter.into_iter().flat_map(|f| f.expected_findings));
        writer.delivery.finish()?;
    }

    Ok((counts, expected_findings))
}

/// The tables whose rows each belong to a year.
fn rows_of_years<'a>(
    world: &'a World,
    region: &str,
    writers: &mut BTreeMap<i32, PlantingWriter<'a>>,
) -> Result<()> {
    for project in world.projects.iter().filter(|p| p.region == region) {
        world.activity(project, &mut |visit| {
            let writer = of_year(writers, visit.date.year())?;
            writer.write(Table::Tournees, visit.tournee)?;
            visit
                .consultations
                .into_iter()
                .try_for_each(|c| writer.write(Table::Consultations, c))
        })?;
        for year in world.params.years.clone() {
            for row in world.financements(project, year) {
                of_year(writers, year)?.write(Table::Financements, row)?;
            }
        }
    }

    for observation in world.panel(region) {
        of_year(writers, (observation.periode / 4) as i32)?
            .write(Table::Territoires, observation.row())?;
    }

    for (date, row) in world.delais(region) {
        of_year(writers, date.year())?.write(Table::DelaisMg, row)?;
    }

    for (date, row) in world.offre(region) {
        of_year(writers, date.year())?.write(Table::Offre, row)?;
    }

    Ok(())
}

/// The tables that came with the deliveries of 2026.
fn later_tables<'a>(
    world: &'a World,
    region: &str,
    end: NaiveDate,
    writer: &mut PlantingWriter<'a>,
) -> Result<()> {
    let projects = world.projects.iter().filter(|p| p.region == region);
    let calls = projects.flat_map(|project| world.calls(project, end)).collect();

    for (table, rows) in [
        (Table::ProjetsCahier, world.answers(region, end)),
        (Table::Demandes, calls),
        (Table::MesuresConcurrentes, world.other_measures(region, end)),
        (Table::Objectifs, vec![world.objectives(region, end.year())]),
    ] {
        rows.into_iter().try_for_each(|row| writer.write(table, row))?;
    }
    Ok(())
}

fn of_year<'c, 'a>(
    writers: &'c mut BTreeMap<i32, PlantingWriter<'a>>,
    year: i32,
) -> Result<&'c mut PlantingWriter<'a>> {
    writers
        .get_mut(&year.max(BEFORE))
        .ok_or_else(|| Error::usage(format!("l'année {year} n'est pas dans les années demandées")))
}

/// The tables that give the whole state of the projects of a région on a day.
fn state<'a>(
    world: &'a World,
    region: &str,
    end: NaiveDate,
    writer: &mut PlantingWriter<'a>,
) -> Result<()> {
    let until =
        |date: Option<NaiveDate>| date.filter(|d| *d <= end).map_or(Field::Empty, Field::Date);
    let projects: Vec<&'a Project> = world.projets_connus(region, end);
    for project in &projects {
        let porteur = if project.porteur.is_empty() {
            Field::Empty
        } else {
            Field::Text(&project.porteur)
        };

        let days = if project.stops.is_empty() {
            Field::Empty
        } else {
            Field::Tenths(project.tenths_of_a_day())
        };

        writer.write(
            Table::Medicobus,
            vec![
                Field::Text(&project.id),
                Field::Text(&project.name),
                Field::Text(&project.region),
                Field::Text(&project.departement),
                Field::Text(&project.porteur_type),
                porteur,
                Field::Text(&project.vague),
                until(project.labelled),
                until(project.opened),
                until(project.end),
                days,
            ],
        )?;
    }

    for project in projects {
        for stop in project.stops.iter().filter(|a| a.start_day <= end) {
            writer.write(
                Table::Dessertes,
                vec![
                    Field::Text(&project.id),
                    Field::Text(&stop.code_commune),
                    Field::Date(stop.start_day),
                    until(project.end),
                    Field::Text(["lun", "mar", "mer", "jeu", "ven"][stop.day as usize % 5]),
                ],
            )?;
        }
    }

    Ok(())
}

/// Writes deliveries of the régions, years and scale asked, without errors: UTF-8, comma, ISO dates, the large tables gzipped.
/// Régions are written at the same time, each by its own thread. `zonings.csv`, beside them, is for `medicobus referentiel`. Returns
/// the rows written, by table.
///
/// # Errors
/// An unknown région, or a folder that cannot be written.
pub fn write_scaled(folder: &Path, params: &Params) -> Result<RowCounts> {
    let world = generate(params)?;
    let communes = Communes::embedded()?;
    let way = |_: &str, _: &str| (DeliveryForm::Folder, OutputDialect::SIMPLE);

    let results: Vec<Result<RowCounts>> = std::thread::scope(|scope| {
        let threads: Vec<_> = params
            .regions
            .iter()
            .map(|code| {
                let world = &world;
                scope.spawn(move || {
                    let name = communes.region_name(code).unwrap_or(code);
                    region(world, code, name, folder, &way, None).map(|(counts, _)| counts)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Error::access("l'écriture d'une région s'est arrêtée")))
            })
            .collect()
    });

    write(folder, "zonages.csv", &zonings(&world))?;
    let mut total = RowCounts::new();

    for counts in results {
        for (table, rows) in counts? {
            *total.entry(table).or_insert(0) += rows;
        }
    }

    Ok(total)
}

pub(super) fn write(folder: &Path, nom: &str, text: &str) -> Result<()> {
    let path = folder.join(nom);
    fs::write(&path, text).access(|| format!("impossible d'écrire « {} »", path.display()))
}

/// The zonings of the world's territories, as `medicobus referentiel` reads them.
pub(super) fn zonings(world: &World) -> String {
    const SOURCE: &str = "INSEE grille de densité 2022 ; zonage indicatif d'après les arrêtés des ARS (juin 2025) ; DREES APL 2018";
    let mut text = "code_commune,millesime,densite7,zonage_mg,apl_mg,source\n".to_owned();

    for territoire in &world.territories {
        let density = territoire.density7.map(|d| d.to_string()).unwrap_or_default();
        let zonage = territoire.zonage_mg.as_deref().unwrap_or_default();
        let apl = territoire
            .apl_hundredths
            .map(|a| format!("{}.{:02}", a / 100, a % 100))
            .unwrap_or_default();
        let _ = writeln!(text, "{},2025,{density},{zonage},{apl},{SOURCE}", territoire.code);
    }

    text
}
