//! `medicobus servir`: the work of a committee as pages, for one browser on this machine.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use chrono::NaiveDate;

use base::error::Result;
use edition::config::Config;
use query::session::Engine;
use serve::{Server, Settings};

use super::arguments::{DepotArgs, day};
use super::terminal;

/// Arguments of `servir`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    depot: DepotArgs,
    /// Port de cette machine ; par défaut un port libre.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Ouvre l'adresse dans le navigateur.
    #[arg(long)]
    ouvrir: bool,
    /// Taille d'une livraison envoyée, en Mio, au-dessus de laquelle elle n'est pas reçue.
    #[arg(long, value_name = "MIO", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    taille_max: u64,
    /// Dossier des commentaires des comités, où la page d'un bilan les lit et les écrit : ZONE/ANNEE/CHAPITRE.md.
    #[arg(long, value_name = "DOSSIER", default_value = "commentaires")]
    commentaires: PathBuf,
    /// Dossier où les documents définitifs sont écrits.
    #[arg(short = 'o', long, value_name = "DOSSIER", default_value = "out")]
    sortie: PathBuf,
    /// Jour du contrôle, pour refaire un contrôle passé.
    #[arg(long, value_name = "AAAA-MM-JJ", value_parser = day)]
    aujourdhui: Option<NaiveDate>,
    /// Dossier de gabarits qui remplacent ceux du programme.
    #[arg(long, value_name = "DOSSIER")]
    templates: Option<PathBuf>,
    /// Fichier de configuration ; par défaut medicobus.toml du dossier courant, s'il existe.
    #[arg(long, value_name = "FICHIER")]
    config: Option<PathBuf>,
    /// Nombre de fils d'exécution (le résultat n'en dépend pas).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    fils: Option<u16>,
}

/// Serves the pages until it is interrupted.
///
/// # Errors
/// A port that is taken, a configuration or templates that are wrong.
pub async fn run(args: Args) -> Result<()> {
    let mut engine = Engine::default();
    if let Some(threads) = args.fils {
        engine.threads = usize::from(threads);
    }
    let server = Server::bind(Settings {
        depot: args.depot.depot,
        config: Config::load(args.config.as_deref())?,
        templates: args.templates,
        comments: args.commentaires,
        output: args.sortie,
        today: args.aujourdhui,
        engine,
        most_bytes: args.taille_max << 20,
        port: args.port,
    })
    .await?;

    let address = server.address();
    terminal::stdout(format!("{address}\n").as_bytes())?;
    say!("adresse pour un seul navigateur de cette machine, et une seule fois ; Ctrl-C arrête");
    if args.ouvrir {
        open(&address);
    }
    server.run().await
}

/// Asks the system to open an address in the browser; where it has none, the address is there to be copied.
fn open(address: &str) {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
        "macos" => ("open", &[]),
        _ => ("xdg-open", &[]),
    };
    let started = Command::new(program)
        .args(arguments)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        say!("aucun navigateur ne s'ouvre d'ici : copiez l'adresse");
    }
}
