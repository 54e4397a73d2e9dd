//! `medicobus secret`: what is published, and what published files give away.

use std::path::PathBuf;

use clap::Subcommand;

use crate::config::Config;
use crate::disclosure::attack_tables;
use crate::disclosure::ledger::State;
use crate::edition::audit::lire;
use crate::edition::registre::publications;
use crate::edition::secret::zones;
use crate::error::{Error, Result};
use crate::report::format::nombre;

use super::arguments::LectureArgs;

/// Arguments of `secret`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lecture: LectureArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Documents définitifs inscrits au dépôt, et ce que chacun masque.
    Etat,
    /// Attaque ensemble des fichiers publiés : tables CSV, ou PDF avec leurs tables jointes.
    Auditer {
        /// Tables CSV (sous leur nom d'origine) ou PDF édités par medicobus.
        #[arg(required = true)]
        fichiers: Vec<PathBuf>,
    },
}

/// Shows the ledger, or attacks files.
///
/// # Errors
/// `Refused` if an attacker can prove a hidden count small; unreadable store or files.
pub async fn run(args: Args) -> Result<()> {
    match &args.action {
        Action::Etat => state(&args).await,
        Action::Auditer { fichiers } => audit(&args, fichiers).await,
    }
}

async fn state(args: &Args) -> Result<()> {
    let opened = args.lecture.open().await?;
    let known = publications(&opened.snapshot)?;
    println!(
        "{:<36}{:>12}{:>10}{:>10}{:>8}",
        "document", "effectifs", "masqués", "petits", "part"
    );
    for (name, publication) in &known {
        let printed = || {
            publication
                .cells
                .iter()
                .filter(|c| c.state != State::Virtual)
        };
        let hidden = || printed().filter(|c| c.state == State::Hidden);
        let (cells, masked) = (printed().count(), hidden().count());
        println!(
            "{name:<36}{:>12}{:>10}{:>10}{:>8}",
            nombre(cells as f64, 0),
            nombre(masked as f64, 0),
            nombre(hidden().filter(|c| c.sensitive).count() as f64, 0),
            format!(
                "{} %",
                nombre(100.0 * masked as f64 / cells.max(1) as f64, 1)
            ),
        );
    }
    if known.is_empty() {
        eprintln!("aucune publication : seuls les documents définitifs (--final) s'inscrivent");
    }
    Ok(())
}

async fn audit(args: &Args, files: &[PathBuf]) -> Result<()> {
    let config = Config::load(args.lecture.config.as_deref())?;
    let gate = config.secret.gate();
    let opened = args.lecture.open().await?;
    let mut tables = Vec::new();
    for file in files {
        tables.extend(lire(file, &opened.catalogue)?);
    }
    let zones = zones(&opened.session).await?;
    let exposed = tokio::task::block_in_place(|| attack_tables(&tables, &zones, false))?;
    let need = gate.protection();
    let threshold = f64::from(gate.threshold);
    let mut proved = 0;
    let mut narrow = 0;
    for found in &exposed {
        let interval = found.interval;
        // A count that cannot be small was hidden for the sake of another one.
        if need.holds(interval.low, interval.high)
            || interval.low >= threshold
            || interval.high < 1.0
        {
            continue;
        }
        let small = interval.high < threshold;
        proved += usize::from(small);
        narrow += usize::from(!small);
        let key = &found.key;
        let categories: Vec<String> = key
            .categories
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        println!(
            "{}  {} {} {} {} : de {} à {}",
            if small { "retrouvé" } else { "resserré" },
            key.mesure,
            key.zone.code,
            key.periode,
            categories.join(" "),
            nombre(interval.low.max(0.0).ceil(), 0),
            nombre(interval.high.floor(), 0),
        );
    }
    eprintln!(
        "{} tables, {} effectifs masqués : {proved} prouvés petits, {narrow} resserrés sans preuve",
        tables.len(),
        exposed.len()
    );
    if proved == 0 {
        return Ok(());
    }
    Err(Error::refused(format!(
        "secret statistique : {proved} effectifs masqués sont prouvés inférieurs à {}",
        gate.threshold
    ))
    .hint("ces fichiers ne peuvent pas être diffusés ensemble"))
}
