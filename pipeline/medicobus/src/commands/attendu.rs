//! `medicobus depot attendu`: which deliveries are expected, what came of each, and letters to those who are late.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use chrono::{Local, NaiveDate};
use clap::ValueEnum;

use base::error::{Error, Result};
use base::french::counted;
use edition::board::{ANSWER_DAYS, Board, BoardRequest, Letters};
use edition::config::Config;
use edition::opened::Opened;
use export::write_atomically;
use geography::Communes;

use super::arguments::{day, years};
use super::{complete, terminal};

/// Arguments of `depot attendu`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Années, 2024-2026 ; par défaut de la première livraison à aujourd'hui.
    #[arg(long, value_name = "AAAA-AAAA", value_parser = years)]
    annees: Option<RangeInclusive<i32>>,
    /// Régions attendues, par code INSEE : 28,84 ; par défaut celles dont le dépôt connaît un projet, un objectif ou une livraison.
    #[arg(long, value_name = "CODES", value_delimiter = ',', add = complete::regions())]
    region: Vec<String>,
    /// Jours laissés après la fin d'une période ; par défaut [relances] delai de medicobus.toml, sinon 60.
    #[arg(long, value_name = "JOURS")]
    delai: Option<u32>,
    /// Jour où le tableau est établi.
    #[arg(long, value_name = "AAAA-MM-JJ", value_parser = day)]
    aujourdhui: Option<NaiveDate>,
    /// Forme du tableau ; par défaut celle de l'extension de --sortie, sinon un tableau à l'écran.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Fichier à écrire.
    #[arg(short = 'o', long, value_name = "FICHIER")]
    sortie: Option<PathBuf>,
    /// Écrit dans ce dossier une lettre par région à relancer : relance-28.txt, et relance-28.eml à ouvrir dans une messagerie.
    #[arg(long, value_name = "DOSSIER")]
    relances: Option<PathBuf>,
    /// Réponse demandée avant ce jour ; par défaut quinze jours plus tard.
    #[arg(long, value_name = "AAAA-MM-JJ", value_parser = day, requires = "relances")]
    avant: Option<NaiveDate>,
}

/// Forms of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Colonnes alignées, pour l'écran.
    Table,
    /// Valeurs séparées par des virgules, en UTF-8.
    Csv,
    /// Un document JSON.
    Json,
}

impl Args {
    /// The form asked for, else that of the file's extension.
    fn form(&self) -> Result<Form> {
        let Some(path) = self.sortie.as_ref().filter(|_| self.format.is_none()) else {
            return Ok(self.format.unwrap_or(Form::Table));
        };
        match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => Ok(Form::Csv),
            Some("json") => Ok(Form::Json),
            Some("txt") => Ok(Form::Table),
            _ => Err(Error::usage(format!("{} ne dit pas sa forme", path.display()))
                .hint("nommez-le en .csv, .json ou .txt, ou donnez --format")),
        }
    }
}

/// Draws the board, and writes the letters if they are asked for.
///
/// # Errors
/// Unreadable store, région that is none, letters without an address to answer to, unwritable output.
pub async fn run(args: &Args, opened: &Opened, config: &Config) -> Result<()> {
    let form = args.form()?;
    let today = args.aujourdhui.unwrap_or_else(|| Local::now().date_naive());
    let request = BoardRequest {
        today,
        years: args.annees.as_ref().map(|years| (*years.start(), *years.end())),
        regions: args.region.clone(),
        delay: args.delai.unwrap_or(config.reminders.delay),
    };
    let communes = Communes::embedded()?;
    let board = Board::draw(&opened.store, &opened.session, communes, &request).await?;

    let bytes = match form {
        Form::Table => board.text().into_bytes(),
        Form::Csv => board.csv()?,
        Form::Json => board.json()?,
    };
    match &args.sortie {
        Some(path) => write_atomically(path, &bytes)?,
        None => terminal::stdout(&bytes)?,
    }

    match &args.relances {
        Some(folder) => remind(args, config, &board, folder),
        None => Ok(()),
    }
}

fn remind(args: &Args, config: &Config, board: &Board, folder: &std::path::Path) -> Result<()> {
    if args.avant.is_some_and(|day| day < board.today) {
        return Err(Error::usage("--avant demande une réponse avant un jour passé")
            .hint("donnez un jour à venir, AAAA-MM-JJ"));
    }
    let letters = Letters {
        reminders: &config.reminders,
        deadline: args.avant.unwrap_or(board.today + ANSWER_DAYS),
        refused_max: config.thresholds.refused_max,
    };
    let all = letters.of(board)?;
    let written = letters.write(&all, board.today, folder)?;

    for letter in all.iter().filter(|letter| letter.to.is_none()) {
        let region = &letter.region;
        say!(
            "région {region} : pas d'adresse ; ajoutez {region} = \"…\" à [relances.adresses] dans medicobus.toml"
        );
    }
    say!(
        "{}, {} dans {}",
        counted(all.len(), "lettre", "lettres"),
        counted(written.len(), "fichier", "fichiers"),
        folder.display()
    );
    Ok(())
}
