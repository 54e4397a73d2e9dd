//! `medicobus evaluation`: the final evaluation of a région or of the nation.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use base::error::Result;
use base::zone::Level;
use edition::evaluation::population::Population;

use super::arguments::{LectureArgs, years};
use super::edit::edit;
use super::output_args::OutputArgs;

/// Arguments of `evaluation`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    zone: ZoneArgs,
    /// Années évaluées, 2024-2026 ; par défaut de la première année complète à la dernière année livrée.
    #[arg(long, value_name = "AAAA-AAAA", value_parser = years)]
    annees: Option<RangeInclusive<i32>>,
    /// Population de référence des parts standardisées (CSV : tranche_age, sexe, ald, effectif) ; par défaut l'ensemble
    /// des régions.
    #[arg(long, value_name = "FICHIER")]
    population: Option<PathBuf>,
    #[command(flatten)]
    lecture: LectureArgs,
    #[command(flatten)]
    rendu: OutputArgs,
}

/// Which zone: exactly one.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct ZoneArgs {
    /// Région, par code INSEE.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// La France entière.
    #[arg(long)]
    national: bool,
}

/// Makes the evaluation and writes it.
///
/// # Errors
/// Unknown zone, unreadable store, wrong template, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    let population = args.population.as_deref();
    let population = population.map(Population::read).transpose()?;

    edit(&args.lecture, &args.rendu, async |edition| {
        let zone = match &args.zone.region {
            Some(code) => edition.zone(Level::Region, code)?,
            None => edition.zone(Level::National, "FR")?,
        };
        let years: Vec<i32> = match args.annees {
            Some(range) => range.collect(),
            None => edition.evaluated_years(&zone).await?,
        };

        let last = years.last().copied().unwrap_or_default();
        args.rendu.request(zone, last).of_years(years, population, edition.date())
    })
    .await
}
