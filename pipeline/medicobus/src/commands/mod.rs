//! One file per subcommand: arguments, one call, what to print. stdout is data, stderr is talk.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "what the commands are for")]

/// A line on stderr: talk. A reader that has gone (`2>&1 | head`) must not stop the work, as `eprintln!` would.
macro_rules! say {
    () => {
        $crate::commands::terminal::talk("\n")
    };
    ($($words:tt)*) => {
        $crate::commands::terminal::talk(&(format!($($words)*) + "\n"))
    };
}

mod arguments;
mod attendu;
mod bilan;
mod campagne;
mod charger;
mod clap_french;
mod complete;
mod completion;
mod controler;
mod demo;
mod depot;
mod edit;
mod etat_des_lieux;
mod evaluation;
mod exemple;
mod modele;
mod note_cts;
mod nouveau;
mod output_args;
mod referentiel;
mod requete;
mod requetes;
mod secret;
mod servir;
mod site;
mod sql;
mod summary;
mod terminal;
mod verifier;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};

use base::error::{Context, Error, Result};

/// Bytes of stack of each thread: DataFusion plans deep queries recursively.
const STACK: usize = 8 << 20;

/// Évaluation des médicobus : des livraisons des régions aux bilans annuels.
#[derive(Debug, Parser)]
#[command(
    name = "medicobus",
    version,
    about = "Évaluation des médicobus : contrôle et charge les livraisons des régions, interroge le dépôt, édite les bilans.",
    after_help = "Codes de retour : 0 fait ; 1 contrôle refusé ; 2 commande mal écrite ; 3 lecture ou écriture impossible.",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    subcommand_value_name = "COMMANDE",
    subcommand_help_heading = "Commandes",
    next_help_heading = "Options"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Affiche ce mode d'emploi.
    #[arg(short = 'h', long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Affiche la version du programme.
    #[arg(short = 'V', long = "version", action = ArgAction::Version)]
    programme: Option<bool>,
}

/// The command line, with French help on every page.
fn command() -> clap::Command {
    fn french(command: clap::Command) -> clap::Command {
        command.help_template(clap_french::HELP).mut_subcommands(french)
    }
    french(Cli::command())
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tout le parcours sur sample_data/ : charger, interroger, éditer les bilans dans out/.
    Demo(demo::Args),
    /// Classeur qu'une région remplit pour livrer ; dictionnaire et descripteur des données.
    #[command(alias = "template")]
    Modele(modele::Args),
    /// Crée un dossier de travail : réglages, places des livraisons, des commentaires et des sorties.
    #[command(alias = "new")]
    Nouveau(nouveau::Args),
    /// Contrôle des livraisons sans rien enregistrer.
    #[command(alias = "check")]
    Controler(controler::Args),
    /// Contrôle des livraisons puis chargement dans le dépôt.
    #[command(alias = "ingest")]
    Charger(charger::Args),
    /// Charge les zonages et grilles officiels, par millésime.
    Referentiel(referentiel::Args),
    /// État, historique et contenu du dépôt.
    #[command(alias = "store")]
    Depot(depot::Args),
    /// Catalogue des requêtes, avec paramètres et définitions.
    #[command(alias = "queries")]
    Requetes(requetes::Args),
    /// Un indicateur, à l'écran ou dans un fichier.
    #[command(alias = "query")]
    Requete(requete::Args),
    /// SQL libre, en lecture seule : un texte, un fichier, ou une invite.
    Sql(sql::Args),
    /// Bilan annuel d'une région, d'un département, d'un médicobus ou national.
    Bilan(bilan::Args),
    /// Deux pages sur le territoire d'un projet avant son ouverture : besoin, offre, zonage, ce qui existe déjà.
    EtatDesLieux(etat_des_lieux::Args),
    /// Une page pour le conseil territorial de santé, lisible par le public.
    NoteCts(note_cts::Args),
    /// Tous les bilans et fiches d'une année, en une fois.
    #[command(alias = "campaign")]
    Campagne(campagne::Args),
    /// Site des documents définitifs : sommaire, carte, recherche, pages, PDF et tableaux.
    Site(site::Args),
    /// Le même travail dans un navigateur de cette machine : livraisons, historique, indicateurs, bilans.
    #[command(alias = "serve")]
    Servir(servir::Args),
    /// Vérifie un PDF : empreintes internes, puis comparaison avec un dépôt.
    #[command(alias = "verify")]
    Verifier(verifier::Args),
    /// Secret statistique : ce qui est publié, et ce que des fichiers publiés laissent deviner.
    Secret(secret::Args),
    /// Évaluation finale d'une région ou nationale.
    Evaluation(evaluation::Args),
    /// Écrit le script de complétion du shell : bash, zsh ou fish.
    Completion(completion::Args),
    /// Écrit des livraisons fictives, à toute échelle.
    #[command(alias = "sample")]
    Exemple(exemple::Args),
}

/// Runs the program on `arguments` and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    terminal::end_quietly_on_closed_pipe();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match completion::answer::<Cli>(&arguments) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => return clap_french::usage(&error),
    }

    let parsed = command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return clap_french::usage(&error),
    };

    match on_a_deep_stack(|| execute(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say!("erreur : {error}");
            ExitCode::from(error.kind().exit_code())
        }
    }
}

/// Runs `work` on a thread with room for it: the first thread of a program has 1 MiB under Windows.
fn on_a_deep_stack(work: impl FnOnce() -> Result<()> + Send) -> Result<()> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .access(|| "démarrage impossible".into())?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn execute(cli: Cli) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build()
        .map_err(|e| Error::access("démarrage impossible").caused_by(e))?;

    runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::run(args).await,
            Command::Modele(args) => modele::run(args).await,
            Command::Nouveau(args) => nouveau::run(&args),
            Command::Controler(args) => controler::run(args).await,
            Command::Charger(args) => charger::run(args).await,
            Command::Referentiel(args) => referentiel::run(args).await,
            Command::Depot(args) => depot::run(args).await,
            Command::Requetes(args) => requetes::run(args).await,
            Command::Requete(args) => requete::run(args).await,
            Command::Sql(args) => sql::run(args).await,
            Command::Bilan(args) => bilan::run(args).await,
            Command::EtatDesLieux(args) => etat_des_lieux::run(args).await,
            Command::NoteCts(args) => note_cts::run(args).await,
            Command::Campagne(args) => campagne::run(args).await,
            Command::Site(args) => site::run(&args),
            Command::Servir(args) => servir::run(args).await,
            Command::Verifier(args) => verifier::run(args).await,
            Command::Secret(args) => secret::run(args).await,
            Command::Evaluation(args) => evaluation::run(args).await,
            Command::Completion(args) => completion::run(args),
            Command::Exemple(args) => exemple::run(args),
        }
    })
}
