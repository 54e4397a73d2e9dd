//! `medicobus evaluation`: the final evaluation of a région or of the nation.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use base::error::Result;
use base::zone::Level;
use edition::Edition;
use edition::comments::check;
use edition::config::Config;
use edition::decisions;
use edition::evaluation::population::Population;
use edition::gate::note;
use report::typeset::Typesetter;

use super::arguments::{LectureArgs, years};
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
    let config = Config::load(args.lecture.config.as_deref())?;
    let population = args.population.as_deref();
    let population = population.map(Population::read).transpose()?;
    let opened = args.lecture.open().await?;
    let edition = Edition::open(
        &opened.session,
        &opened.catalogue,
        config,
        args.rendu.templates.as_deref(),
        opened.ledger().await?,
    )
    .await?
    .with_decisions(decisions::of_this_user());

    let zone = match &args.zone.region {
        Some(code) => edition.zone(Level::Region, code)?,
        None => edition.zone(Level::National, "FR")?,
    };

    let years: Vec<i32> = match args.annees {
        Some(range) => range.collect(),
        None => edition.evaluated_years(&zone).await?,
    };

    let what = format!("evaluation {}", zone.code);
    note(&opened.store, &what, args.rendu.sans_secret, edition.objections()).await?;
    let last = years.last().copied().unwrap_or_default();
    let request = args.rendu.request(zone, last);
    let request = request.of_years(years, population, edition.date())?;
    check(&request)?;
    let made = edition.document(&request).await?;

    opened.publish(&made).await?;
    let typesetter = Typesetter::new(edition.templates())?;
    for path in args.rendu.write(&made, &typesetter)? {
        println!("{}", path.display());
    }
    Ok(())
}
