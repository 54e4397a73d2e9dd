//! `medicobus demo`: the whole road on the sample, from deliveries to bilans.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;

use base::error::{Context, Error, Result};
use base::french::number;
use base::zone::Level;
use contract::Contract;
use delivery::{Overrides, Terms};
use edition::Edition;
use edition::Request;
use edition::SealedDocument;
use edition::config::Config;
use edition::decisions;
use edition::ledger::Ledger;
use edition::quality_note::Notes;
use geography::Communes;
use query::session::Engine;
use query::{Catalogue, Session};
use report::templates::Templates;
use report::typeset::Typesetter;
use store::ingest::Ingested;
use store::{At, Store, referentials};

use super::output_args::OutputArgs;
use super::terminal::Stage;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dossier des livraisons d'exemple ; par défaut sample_data, écrit dans le dossier de sortie s'il n'est pas là.
    #[arg(long, value_name = "DOSSIER")]
    echantillon: Option<PathBuf>,
    /// Nombre de fils d'exécution (le résultat n'en dépend pas).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    fils: Option<u16>,
    #[command(flatten)]
    rendu: OutputArgs,
}

/// Day on which the sample is judged: it was made as of that day, and the demo must not change with the calendar.
const JOUR: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 11, 1);

/// Zones whose final evaluation the demo makes.
const EVALUATIONS: [(Level, &str); 2] = [(Level::National, "FR"), (Level::Region, "28")];

/// Loads the sample, makes every bilan of every complete year, and says what was done.
///
/// # Errors
/// A sample that is not there, a delivery refused, an output that cannot be written.
pub async fn run(args: Args) -> Result<()> {
    let contract = Contract::embedded()?;
    let communes = Communes::embedded()?;
    let config = Config::default();
    let depot = args.rendu.sortie.join("depot");
    let mut times: Vec<(&str, Duration)> = Vec::new();

    let (deliveries, zonings) = sample(&sample_folder(&args)?)?;
    let store = Store::open_or_create(&depot.to_string_lossy(), &contract).await?;
    let stage = Stage::start("charger", deliveries.len() as u64 + zonings.len() as u64);
    for path in &zonings {
        for read in referentials::read(path, None, &[], communes)? {
            store.load_referential(&read, communes, false).await?;
        }
        stage.step(&path.display().to_string());
    }
    let tolerance = config.tolerance;
    let ingested = load(&store, &contract, communes, tolerance, deliveries, &stage).await?;
    times.push(("charger", stage.finish()));

    let catalogue = Catalogue::load(None)?;
    let snapshot = store.snapshot(At::Latest).await?;
    let engine = Engine {
        threads: args.fils.map_or(Engine::default().threads, usize::from),
        ..Engine::default()
    };
    let session = Session::open(&snapshot, engine, catalogue.views()).await?;
    let mut edition = Edition::open(
        &session,
        &catalogue,
        config,
        args.rendu.templates.as_deref(),
        Ledger::read(&store, &snapshot).await?,
    )
    .await?
    .with_decisions(decisions::of_this_user());
    edition.share();
    let made = make(&edition, &args, &mut times).await?;

    let stage = Stage::start("éditer", made.len() as u64);
    let mut written = Vec::new();
    let typesetter = Typesetter::new(edition.templates())?;
    for one in &made {
        one.publish(&store, None, None).await?;
        written.extend(args.rendu.write(one, &typesetter)?);
        stage.step(&one.name);
    }
    times.push(("éditer", stage.finish()));

    summary(&ingested, &written, &times);
    super::charger::refusals(&ingested)
}

/// Loads the deliveries, each with its quality note.
async fn load(
    store: &Store,
    contract: &Contract,
    communes: &Communes,
    tolerance: f64,
    deliveries: Vec<PathBuf>,
    stage: &Stage,
) -> Result<Vec<(PathBuf, Ingested)>> {
    let overrides = Overrides::default();
    let today = JOUR.unwrap_or_default();
    let templates = Templates::load(None)?;
    let notes = Notes::new(&templates, communes, today, tolerance)?;
    let terms = Terms {
        contract,
        communes,
        today,
        tolerance,
        overrides: &overrides,
    };

    let mut ingested = Vec::new();
    for path in deliveries {
        let one = store.ingest(&path, &terms).await?;
        notes.write(&one)?;
        stage.step(&path.display().to_string());
        ingested.push((path, one));
    }
    Ok(ingested)
}

/// Makes the bilans, then the evaluations.
async fn make(
    edition: &Edition<'_>,
    args: &Args,
    times: &mut Vec<(&str, Duration)>,
) -> Result<Vec<SealedDocument>> {
    let requests = requests(edition, args).await?;
    let stage = Stage::start("interroger", requests.len() as u64);
    let mut made = Vec::new();
    for request in &requests {
        let one = edition.document(request).await?;
        stage.step(&one.name);
        made.push(one);
    }
    times.push(("interroger", stage.finish()));

    let stage = Stage::start("évaluer", EVALUATIONS.len() as u64);
    for (level, code) in EVALUATIONS {
        let request = args.rendu.request(edition.zone(level, code)?, 0);
        let years = edition.evaluated_years(&request.zone).await?;
        let request = request.of_years(years, None, None, edition.date())?;
        let one = edition.document(&request).await?;
        stage.step(&one.name);
        made.push(one);
    }
    times.push(("évaluer", stage.finish()));

    Ok(made)
}

/// Where the sample lies. The program holds no copy of it, but writes it again, to the same bytes.
fn sample_folder(args: &Args) -> Result<PathBuf> {
    if let Some(folder) = &args.echantillon {
        return Ok(folder.clone());
    }
    let here = PathBuf::from("sample_data");
    if here.is_dir() {
        return Ok(here);
    }

    let written = args.rendu.sortie.join("sample_data");
    sample::write_demo(&written, sample::SEED)?;
    say!("livraisons fictives écrites dans {}", written.display());
    Ok(written)
}

/// The deliveries of the sample in the order of their periods, and its zonings.
fn sample(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let mut deliveries = Vec::new();
    let mut zonings = Vec::new();
    let entries = std::fs::read_dir(folder)
        .access(|| format!("échantillon illisible : {}", folder.display()))
        .map_err(|e| {
            e.hint("donnez --echantillon DOSSIER, ou rien : l'échantillon est alors écrit")
        })?;
    for entry in entries {
        let path = entry.access(|| format!("échantillon illisible : {}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "zonages.csv" {
            zonings.push(path);
        } else if path.is_dir() || name.ends_with(".zip") || name.ends_with(".xlsx") {
            deliveries.push(path);
        }
    }

    if deliveries.is_empty() {
        return Err(Error::access(format!("aucune livraison dans {}", folder.display()))
            .hint("« medicobus exemple sample_data --demo » écrit l'échantillon"));
    }

    // `28-2024` sorts by its period, then its région: deliveries arrive year after year.
    deliveries.sort_by_key(|path| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (region, periode) = stem.split_once('-').unwrap_or((&stem, ""));
        (periode.to_string(), region.to_string())
    });

    Ok((deliveries, zonings))
}

/// A regional bilan for each région and complete year, a national one per year that every région has told about.
async fn requests(edition: &Edition<'_>, args: &Args) -> Result<Vec<Request>> {
    let one = |level: Level, code: &str, year: i32| -> Result<Request> {
        Ok(args.rendu.request(edition.zone(level, code)?, year))
    };

    let mut requests = Vec::new();
    for (zone, year) in edition.complete_years().await? {
        requests.push(match zone.as_str() {
            "FR" => one(Level::National, "FR", year)?,
            region => one(Level::Region, region, year)?,
        });
    }

    Ok(requests)
}

fn summary(ingested: &[(PathBuf, Ingested)], written: &[PathBuf], times: &[(&str, Duration)]) {
    println!("{:<34}{:>10}{:>12}{:>10}", "livraison", "lues", "acceptées", "refusées");

    let mut total = [0u64; 3];
    for (path, one) in ingested {
        let mut counts = [0u64; 3];
        for file in &one.report.files {
            for (sum, n) in counts.iter_mut().zip([file.read, file.accepted, file.refused]) {
                *sum += n;
            }
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        print_counts(&name, counts);
        for (sum, n) in total.iter_mut().zip(counts) {
            *sum += n;
        }
    }

    print_counts("ensemble", total);
    println!("\n{:<56}{:>10}", "écrit", "Kio");
    for path in written {
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_file() => {
                println!("{:<56}{:>10}", path.display(), number((meta.len() / 1024) as f64, 0))
            }
            _ => println!("{:<56}{:>10}", format!("{}/*.parquet", path.display()), ""),
        }
    }

    say!();
    for (stage, time) in times {
        say!("{stage:<12}{:>8.1} s", time.as_secs_f64());
    }
}

fn print_counts(name: &str, counts: [u64; 3]) {
    let [read, accepted, refused] = counts.map(|n| number(n as f64, 0));
    println!("{name:<34}{read:>10}{accepted:>12}{refused:>10}");
}
