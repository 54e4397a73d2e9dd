//! `medicobus secret`: what is published, and what published files give away.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Subcommand;

use base::error::{Error, Result};
use base::french::{counted, number};
use disclosure::key::CellKey;
use disclosure::ledger::CellState;
use disclosure::{Reason, attack_tables_in_doubt};
use edition::audit::read;
use edition::config::Config;
use edition::decisions;
use edition::ledger::publications;
use edition::state::zones;
use edition::{Edition, Request, Subject};
use store::Snapshot;

use super::arguments::LectureArgs;
use super::bilan::ZoneArgs;

/// Arguments of `secret`.
#[derive(Debug, clap::Args)]
pub struct Args {
    // After what the subcommand asks for.
    #[command(flatten, next_display_order = 100)]
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
    /// Dit, d'un bilan ou d'une fiche, ce que redonnerait chaque effectif masqué sans être petit : pour la relecture, NON DIFFUSABLE.
    Expliquer {
        #[command(flatten)]
        zone: ZoneArgs,
        /// Année du document.
        #[arg(long, value_parser = clap::value_parser!(i32).range(2000..=2200))]
        annee: i32,
    },
}

/// Shows the ledger, attacks files, or explains a document.
///
/// # Errors
/// `Refused` if an attacker can prove a hidden count small, or confine too closely one that may be; unreadable store or
/// files.
pub async fn run(args: Args) -> Result<()> {
    match &args.action {
        Action::Etat => state(&args).await,
        Action::Auditer { fichiers } => audit(&args, fichiers).await,
        Action::Expliquer { zone, annee } => explain(&args, zone, *annee).await,
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
        let printed = || publication.cells.iter().filter(|c| c.state != CellState::Implicit);
        let hidden = || printed().filter(|c| c.state == CellState::Hidden);
        let (cells, masked) = (printed().count(), hidden().count());
        println!(
            "{name:<36}{:>12}{:>10}{:>10}{:>8}",
            number(cells as f64, 0),
            number(masked as f64, 0),
            number(hidden().filter(|c| c.sensitive).count() as f64, 0),
            format!("{} %", number(100.0 * masked as f64 / cells.max(1) as f64, 1)),
        );
    }

    if known.is_empty() {
        say!("aucune publication : seuls les documents définitifs (--final) s'inscrivent");
    }
    Ok(())
}

async fn audit(args: &Args, files: &[PathBuf]) -> Result<()> {
    let config = Config::load(args.lecture.config.as_deref())?;
    let gate = config.secrecy.gate();
    let opened = args.lecture.open().await?;
    let mut tables = Vec::new();
    for file in files {
        tables.extend(read(file, &opened.catalogue)?);
    }
    let zones = zones(&opened.session).await?;
    let requirement = gate.protection();
    let attacked = tokio::task::block_in_place(|| {
        attack_tables_in_doubt(&tables, &zones, &gate.relations, requirement)
    })?;
    let exposed = attacked.exposed;
    if attacked.given_up > 0 {
        say_given_up(attacked.given_up, &attacked.about);
    }

    let harmless_keys = never_sensitive(&opened.snapshot)?;
    let threshold = f64::from(gate.threshold);
    let (mut proved, mut narrow, mut harmless) = (0, 0, 0);
    for found in &exposed {
        let interval = found.interval;
        // A count that cannot be small was hidden for the sake of another one.
        if requirement.holds(interval.low, interval.high)
            || interval.low >= threshold
            || interval.high < 1.0
        {
            continue;
        }
        let small = interval.high < threshold;
        let known = harmless_keys.contains(&found.key.unversioned());
        match (small, known) {
            (_, true) => harmless += 1,
            (true, false) => proved += 1,
            (false, false) => narrow += 1,
        }
        println!(
            "{}  {} : de {} à {}",
            match (small, known) {
                (_, true) => "resserré, sans être sensible",
                (true, false) => "retrouvé",
                (false, false) => "resserré",
            },
            told(&found.key),
            number(interval.low.max(0.0).ceil(), 0),
            number(interval.high.floor(), 0),
        );
    }

    say!(
        "{} tables, {} effectifs masqués : {proved} prouvés petits, {narrow} resserrés qui peuvent l'être, {harmless} resserrés que le registre sait sans danger",
        tables.len(),
        exposed.len()
    );

    if proved + narrow == 0 {
        return Ok(());
    }
    Err(Error::refused(format!(
        "secret statistique : {proved} effectifs masqués sont prouvés inférieurs à {}, {narrow} autres sont connus de trop près",
        gate.threshold
    ))
    .hint("ces fichiers ne peuvent pas être diffusés ensemble"))
}

async fn explain(args: &Args, zone: &ZoneArgs, year: i32) -> Result<()> {
    let config = Config::load(args.lecture.config.as_deref())?;
    let opened = args.lecture.open().await?;
    let (session, catalogue) = (&opened.session, &opened.catalogue);
    let edition = Edition::open(session, catalogue, config, None, opened.ledger().await?)
        .await?
        .with_decisions(decisions::of_this_user());

    let (level, code) = zone.place()?;
    let request = Request {
        zone: edition.zone(level, code)?,
        year,
        unprotected: false,
        is_final: false,
        comments: None,
        subject: Subject::Year,
    };
    let reasons = edition.reasons(&opened.store, &request).await?;

    println!("NON DIFFUSABLE : {} ; les effectifs redonnés sont petits", request.title());
    for Reason { key, gives, unnamed } in &reasons {
        println!("{}", told(key));
        for given in gives {
            println!("    redonnerait {}", told(given));
        }
        if *unnamed > 0 {
            let unnamed = counted(*unnamed, "effectif", "effectifs");
            println!("    redonnerait {unnamed} qu'aucune table n'imprime");
        }
    }

    let silent = reasons.iter().filter(|r| r.gives.is_empty() && r.unnamed == 0).count();
    say!(
        "{} effectifs masqués sans être petits, dont {silent} qui ne redonneraient rien à eux seuls",
        reasons.len()
    );
    Ok(())
}

/// A count, as a line names it.
fn told(key: &CellKey) -> String {
    let categories = key.categories.iter().map(|(k, v)| format!(" {k}={v}"));

    format!(
        "{} {} {}{}",
        key.measure,
        key.zone.code,
        key.period,
        categories.collect::<String>()
    )
}

/// Says how many relations do not hold between the files, and what some of them are about.
fn say_given_up(given_up: usize, about: &[CellKey]) {
    let mut about: Vec<String> = about
        .iter()
        .map(|k| format!("{} {} {}", k.measure, k.zone.code, k.period))
        .collect();
    about.sort();
    about.dedup();
    about.truncate(5);

    say!(
        "{given_up} relations annoncées par les en-têtes ne tiennent pas dans ces fichiers et ne servent pas à l'attaque, par exemple sur : {}",
        about.join(" ; ")
    );
}

/// Counts that the ledger holds as hidden for the sake of others only: they are large, or count no patients (the rows of a table of
/// buses), and may be known closely.
fn never_sensitive(snapshot: &Snapshot) -> Result<BTreeSet<CellKey>> {
    let known = publications(snapshot)?;
    let cells = || known.iter().flat_map(|(_, p)| &p.cells);
    let keys = |sensitive: bool| -> BTreeSet<CellKey> {
        cells()
            .filter(|c| c.sensitive == sensitive)
            .filter_map(|c| c.key.as_ref().map(CellKey::unversioned))
            .collect()
    };
    Ok(keys(false).difference(&keys(true)).cloned().collect())
}
