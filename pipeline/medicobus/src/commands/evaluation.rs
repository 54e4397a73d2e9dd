//! `medicobus evaluation`: the final evaluation of a région or of the nation.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use base::error::{Error, Result};
use base::text::sha256;
use base::zone::Level;
use edition::evaluation::analysis_plan::FollowedPlan;
use edition::evaluation::population::Population;
use edition::opened::Opened;
use edition::{Edition, Request};
use store::At;
use store::publications::PLAN;

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
        if args.lecture.at() != At::Latest {
            return Err(Error::usage(
                "--plan avec --version ou --date : un plan s'écrit sur l'état présent du dépôt",
            )
            .hint(
                "retirez --version et --date : un plan tiré d'un état passé ne prouverait rien",
            ));
        }
        return with_edition(&args.lecture, &args.rendu, async |opened, edition| {
            write_plan(&args, opened, edition).await
        })
        .await;
    }

    edit(&args.lecture, &args.rendu, async |opened, edition| {
        request(&args, opened, edition).await
    })
    .await
}

/// The evaluation that is asked for.
async fn request(args: &Args, opened: &Opened, edition: &Edition<'_>) -> Result<Request> {
    let population = args.population.as_deref().map(Population::read).transpose()?;
    let plan = followed(args.selon_plan.as_deref(), opened).await?;
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

/// The plan of a file, with when the store took note of it.
///
/// # Errors
/// A file that is no plan; an unreadable history.
pub async fn followed(path: Option<&Path>, opened: &Opened) -> Result<Option<FollowedPlan>> {
    let Some(path) = path else {
        return Ok(None);
    };
    let history = opened.store.history().await?;
    FollowedPlan::read(path, &history, opened.session.version()).map(Some)
}

/// Writes the analysis plan, notes it in the store's history, and says by what it is known again.
async fn write_plan(args: &Args, opened: &Opened, edition: &Edition<'_>) -> Result<()> {
    let request = request(args, opened, edition).await?;
    let plan = edition.analysis_plan(&request).await?;
    let text = plan.text()?;
    let digest = sha256(text.as_bytes());

    let path = args.rendu.sortie.join(format!("plan-{}.toml", request.name()));
    export::write_atomically(&path, text.as_bytes())?;
    opened.store.note(PLAN, &plan.noted(&digest)).await?;

    println!("{}", path.display());
    say!("empreinte SHA-256 : {digest} (inscrite dans l'historique du dépôt)");
    say!(
        "gardez le fichier tel quel et ne chargez la dernière année qu'ensuite ; l'évaluation le suit avec --selon-plan"
    );
    Ok(())
}
