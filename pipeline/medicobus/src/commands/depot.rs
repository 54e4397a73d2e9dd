//! `medicobus depot`: what the store holds and how it came there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Subcommand;

use base::error::Result;
use base::french::{counted, number as nombre_decimal};
use edition::config::Config;
use edition::gate::note;
use export::NOT_FOR_RELEASE;
use store::Store;
use store::orphans::FEWEST_DAYS;

use super::arguments::{LectureArgs, day};
use super::attendu;

/// Arguments of `depot`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lecture: LectureArgs,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Versions du dépôt : quand, quoi, par qui, pourquoi.
    Historique,
    /// Livraisons attendues, par région et par période : reçues, refusées, manquantes, en retard ; lettres de relance.
    Attendu(attendu::Args),
    /// Écrit chaque table en un fichier Parquet que tout autre outil lit (NON DIFFUSABLE : lignes par patient).
    Exporter {
        /// Dossier à remplir.
        dossier: PathBuf,
    },
    /// Efface pour de bon les données que seuls les états d'avant une date lisent, et leurs quarantaines.
    Purger {
        /// Les états d'avant ce jour ne pourront plus être lus ; celui qui est en vigueur ce jour-là reste.
        #[arg(long, value_name = "AAAA-MM-JJ", value_parser = day)]
        avant: NaiveDate,
        /// Efface ; sans cette option, dit seulement ce qui le serait.
        #[arg(long)]
        confirmer: bool,
    },
    /// Efface ce qu'aucune version ne nomme : fichiers de chargements interrompus avant leur inscription.
    Nettoyer {
        /// Âge minimal, en jours, à l'heure du serveur : un chargement qui dure encore n'a pas de fichiers si vieux.
        #[arg(long, value_name = "N", default_value_t = FEWEST_DAYS, value_parser = clap::value_parser!(i64).range(FEWEST_DAYS..=36_500))]
        jours: i64,
        /// Efface ; sans cette option, dit seulement ce qui le serait.
        #[arg(long)]
        confirmer: bool,
    },
}

/// Shows the state or the history of the store, or exports it.
///
/// # Errors
/// If the store cannot be read or the export cannot be written.
pub async fn run(args: Args) -> Result<()> {
    let opened = args.lecture.open().await?;
    match args.action {
        None => {
            println!("dépôt    {}", opened.store.shown());
            println!("version  {}", opened.snapshot.version);
            let mut tables: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
            for (name, file) in opened.snapshot.all_files() {
                let total = tables.entry(name).or_default();
                total.0 += file.rows;
                total.1 += file.size;
            }
            println!("\n{:<16}{:>14}{:>12}", "table", "lignes", "Kio");
            for (name, (rows, size)) in tables {
                println!("{name:<16}{:>14}{:>12}", nombre(rows), nombre(size / 1024));
            }
        }
        Some(Action::Historique) => {
            for commit in opened.store.history().await? {
                match commit.entry {
                    None => println!(
                        "{:>5}  {}  création du dépôt",
                        commit.version,
                        commit.at.format("%d/%m/%Y %H:%M UTC")
                    ),
                    Some(entry) => println!(
                        "{:>5}  {}  {} {} {}  {}  lues {} acceptées {} refusées {}  {}{}{}{}",
                        commit.version,
                        commit.at.format("%d/%m/%Y %H:%M UTC"),
                        entry.nature,
                        entry.region,
                        entry.periode,
                        entry.producteur,
                        nombre(entry.lignes[0]),
                        nombre(entry.lignes[1]),
                        nombre(entry.lignes[2]),
                        entry.sha256.chars().take(12).collect::<String>(),
                        commit
                            .replaces
                            .map(|v| format!("  annule et remplace la version {v}"))
                            .unwrap_or_default(),
                        entry.motif.map(|m| format!("  motif : {m}")).unwrap_or_default(),
                        entry.by.map(|name| format!("  par {name}")).unwrap_or_default(),
                    ),
                }
            }
        }
        Some(Action::Purger { avant, confirmer }) => erase(&opened.store, avant, confirmer).await?,
        Some(Action::Nettoyer { jours, confirmer }) => clean(&opened.store, jours, confirmer)?,
        Some(Action::Attendu(asked)) => {
            let config = Config::load(args.lecture.config.as_deref())?;
            attendu::run(&asked, &opened, &config).await?;
        }
        Some(Action::Exporter { dossier }) => {
            // Rows about patients leave without the gate: that is written down like any use of --sans-secret.
            note(&opened.store, "depot exporter : toutes les tables", true, &[]).await?;
            let names = opened.session.export(&dossier).await?;
            say!(
                "{} dans {} : {NOT_FOR_RELEASE}, lignes par patient ; l'usage est inscrit au dépôt",
                counted(names.len(), "table écrite", "tables écrites"),
                dossier.display()
            );
        }
    }

    Ok(())
}

/// Erases what only the states before a day hold, or says what that is.
async fn erase(store: &Store, before: NaiveDate, confirmed: bool) -> Result<()> {
    let erasure = store.erasure(before).await?;
    if erasure.is_empty() {
        say!("rien à effacer avant le {}", before.format("%d/%m/%Y"));
        return Ok(());
    }

    if confirmed {
        store.erase(&erasure, before).await?;
    }
    say!(
        "{} : {} ({} Kio) et {}, que seules lisent les versions d'avant la {}",
        if confirmed { "effacé pour de bon" } else { "à effacer" },
        counted(erasure.files.len(), "fichier de données", "fichiers de données"),
        nombre(erasure.bytes / 1024),
        counted(erasure.quarantines.len(), "quarantaine", "quarantaines"),
        erasure.kept_from
    );
    say!(
        "les documents tirés de ces versions ne peuvent plus être rejoués par « medicobus verifier »"
    );
    if !confirmed {
        say!(
            "relancez avec --confirmer pour effacer ; les sauvegardes du dépôt sont à traiter à part"
        );
    }
    Ok(())
}

/// Removes what no version names, or says what that is.
fn clean(store: &Store, days: i64, confirmed: bool) -> Result<()> {
    let orphans = store.orphans(days)?;
    if orphans.is_empty() {
        say!(
            "rien à nettoyer : toute version nomme ses fichiers, et il n'y en a pas d'autres de cet âge"
        );
        return Ok(());
    }

    for file in &orphans {
        println!("{}  {:>10} o  {}", file.at.format("%d/%m/%Y %H:%M UTC"), file.size, file.name);
    }
    if confirmed {
        store.remove_orphans(&orphans)?;
    }
    say!(
        "{} : {}, qu'aucune version ne nomme",
        if confirmed { "effacé" } else { "à effacer" },
        counted(orphans.len(), "fichier", "fichiers"),
    );
    if !confirmed {
        say!("relancez avec --confirmer pour effacer");
    }
    Ok(())
}

fn nombre(count: u64) -> String {
    nombre_decimal(count as f64, 0)
}
