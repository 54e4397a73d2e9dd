//! `medicobus evaluation`: the final evaluation of a région or of the nation.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use base::error::Result;
use base::text::sha256;
use base::zone::Level;
use edition::evaluation::analysis_plan::FollowedPlan;
use edition::evaluation::population::Population;
use edition::{Edition, Request};

use super::arguments::{LectureArgs, years};
use super::edit::{edit, with_edition};
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
    /// Écrit le plan d'analyse au lieu de l'évaluation : indicateurs, cohortes, témoins, exclusions, modèles, seuils. À faire avant les données de la
    /// dernière année.
    #[arg(long)]
    plan: bool,
    /// Plan d'analyse que l'évaluation suit : elle donne son empreinte et liste ce qui s'en écarte.
    #[arg(long, value_name = "FICHIER", conflicts_with = "plan")]
    selon_plan: Option<PathBuf>,
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

/// Makes the evaluation, or its plan, and writes it.
///
/// # Errors
/// Unknown zone, unreadable store, wrong template, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    if args.plan {
        return with_edition(&args.lecture, &args.rendu, async |_, edition| {
            write_plan(&args, edition).await
        })
        .await;
    }

    edit(&args.lecture, &args.rendu, async |edition| request(&args, edition).await).await
}

/// The evaluation that is asked for.
async fn request(args: &Args, edition: &Edition<'_>) -> Result<Request> {
    let population = args.population.as_deref().map(Population::read).transpose()?;
    let plan = args.selon_plan.as_deref().map(FollowedPlan::read).transpose()?;
    let zone = match &args.zone.region {
        Some(code) => edition.zone(Level::Region, code)?,
        None => edition.zone(Level::National, "FR")?,
    };
    let years: Vec<i32> = match &args.annees {
        Some(range) => range.clone().collect(),
        None => edition.evaluated_years(&zone).await?,
    };

    let last = years.last().copied().unwrap_or_default();
    args.rendu.request(zone, last).of_years(years, population, plan, edition.date())
}

/// Writes the analysis plan, and says by what it is known again.
async fn write_plan(args: &Args, edition: &Edition<'_>) -> Result<()> {
    let request = request(args, edition).await?;
    let plan = edition.analysis_plan(&request).await?.text()?;

    let path = args.rendu.sortie.join(format!("plan-{}.toml", request.name()));
    export::write_atomically(&path, plan.as_bytes())?;
    println!("{}", path.display());
    say!("empreinte SHA-256 : {}", sha256(plan.as_bytes()));
    say!(
        "déposez le fichier et son empreinte avant de charger la dernière année ; l'évaluation le suit avec --selon-plan"
    );
    Ok(())
}
