//! `medicobus controler`: contract check only; stores nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::Local;

use base::error::Result;
use delivery::shown_path;
use edition::config::Config;
use edition::intake::Intake;
use store::{At, Store};

use super::arguments::{DEPOT, LivraisonArgs};
use super::charger::conclude;
use super::terminal::Stage;

/// Arguments of `controler`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    livraison: LivraisonArgs,
    /// Dossier où écrire la quarantaine et la note de qualité.
    #[arg(short = 'o', long, value_name = "DOSSIER", default_value = "controle")]
    sortie: PathBuf,
    /// Dépôt dont les médicobus sont tenus pour connus, et qui dit ce qu'il répondrait à cette livraison ; par défaut celui du dossier courant, s'il existe.
    #[arg(long, value_name = "DOSSIER", env = "MEDICOBUS_DEPOT")]
    depot: Option<String>,
}

/// Checks every delivery.
///
/// # Errors
/// A delivery that would be refused, or one that cannot be read.
pub async fn run(args: Args) -> Result<()> {
    let deliveries = args.livraison.paths()?;
    let config = Config::load(args.livraison.config.as_deref())?;
    let today = args.livraison.aujourdhui.unwrap_or_else(|| Local::now().date_naive());
    let tolerance = args.livraison.tolerance.unwrap_or(config.tolerance);
    let intake = Intake::new(today, tolerance, args.livraison.overrides())?;
    let store = match &args.depot {
        Some(depot) => Some(Store::open(depot, &intake.contract).await?),
        None if Path::new(DEPOT).join("_delta_log").exists() => {
            say!("contrôle auprès du dépôt « {DEPOT} » de ce dossier");
            Some(Store::open(DEPOT, &intake.contract).await?)
        }
        None => None,
    };
    let known = match &store {
        Some(store) => store.snapshot(At::Latest).await?.known_buses()?,
        None => BTreeSet::new(),
    };

    let notes = intake.notes()?;
    let stage = Stage::start("contrôler", deliveries.len() as u64);
    let mut checked = Vec::new();
    let mut taken = BTreeSet::new();
    for path in deliveries {
        let folder = args.sortie.join(folder_name(&path, &mut taken));
        let one = intake.check(&path, &notes, &known, store.as_ref(), &folder, || ()).await;
        stage.step(&shown_path(&path));
        checked.push((path, one));
    }
    stage.finish();
    conclude(checked)
}

/// The name of a delivery's folder: its own, with a number if another delivery of the run took it (`a/2025 b/2025`).
fn folder_name(path: &Path, taken: &mut BTreeSet<String>) -> String {
    let stem = path.file_stem().unwrap_or_default();
    let name = shown_path(Path::new(stem));
    let free = (1..)
        .map(|n: u32| match n {
            1 => name.clone(),
            n => format!("{name}-{n}"),
        })
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or(name);

    taken.insert(free.clone());
    free
}
