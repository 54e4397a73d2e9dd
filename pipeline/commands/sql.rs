//! `medicobus sql`: own SQL, one-shot, from a file, or at a prompt.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::time::Instant;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Editor, Helper};

use crate::config::Config;
use crate::disclosure::GatedTable;
use crate::edition::secret;
use crate::error::{Context, Error, Result};
use crate::export::{self, Form};

use super::arguments::{LectureArgs, Opened};
use super::requete::terminal_width;

/// Arguments of `sql`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Texte SQL ; sans texte ni fichier, une invite s'ouvre.
    texte: Option<String>,
    /// Fichier à exécuter (« - » pour l'entrée standard).
    #[arg(short = 'f', long, value_name = "FICHIER", conflicts_with = "texte")]
    fichier: Option<PathBuf>,
    #[command(flatten)]
    lecture: LectureArgs,
    /// Forme du résultat.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Fichier à écrire.
    #[arg(short = 'o', long, value_name = "FICHIER")]
    sortie: Option<PathBuf>,
    /// Désactive le secret statistique : le résultat est marqué NON DIFFUSABLE et l'usage inscrit au dépôt.
    #[arg(long)]
    sans_secret: bool,
}

/// Runs one text, or a prompt.
///
/// # Errors
/// Unreadable store or file, SQL that writes, SQL that the gate cannot guard.
pub async fn run(args: Args) -> Result<()> {
    let opened = args.lecture.open().await?;
    let text = match (&args.texte, &args.fichier) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(path)) if path.as_os_str() == "-" => Some(standard_input()?),
        (None, Some(path)) => Some(
            std::fs::read_to_string(path)
                .access(|| format!("fichier illisible : {}", path.display()))?,
        ),
        (None, None) if !std::io::stdin().is_terminal() => Some(standard_input()?),
        (None, None) => None,
    };
    if args.sans_secret {
        secret::log_unprotected(
            &opened.store,
            text.as_deref().unwrap_or("invite interactive"),
        )
        .await?;
    }
    match text {
        Some(text) => {
            let table = answer(&opened, &args, &text).await?;
            let form = args
                .format
                .or_else(|| args.sortie.as_deref().and_then(Form::of_path))
                .unwrap_or(Form::Table);
            let bytes = export::bytes(&table, form, terminal_width())?;
            match &args.sortie {
                Some(path) => export::write_atomically(path, &bytes),
                None => std::io::stdout()
                    .write_all(&bytes)
                    .access(|| "sortie standard fermée".into()),
            }
        }
        None => prompt(&opened, &args).await,
    }
}

fn standard_input() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .access(|| "entrée standard illisible".into())?;
    Ok(text)
}

async fn answer(opened: &Opened, args: &Args, text: &str) -> Result<GatedTable> {
    let config = Config::load(args.lecture.config.as_deref())?;
    let raw = opened.session.run_free(text, args.sans_secret).await?;
    let mut tables = secret::release(
        &opened.session,
        &config.secret.gate(),
        vec![raw],
        args.sans_secret,
    )
    .await?;
    tables
        .pop()
        .ok_or_else(|| Error::usage("la requête ne rend aucun tableau"))
}

async fn prompt(opened: &Opened, args: &Args) -> Result<()> {
    let words = opened.session.words().await?;
    let mut editor: Editor<Words, FileHistory> =
        Editor::new().access(|| "terminal illisible".into())?;
    editor.set_helper(Some(Words(words)));
    let history =
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".medicobus_historique"));
    if let Some(path) = &history {
        // No history yet is no error.
        let _ = editor.load_history(path);
    }
    eprintln!(
        "Dépôt {}, version {}. \\d liste les tables, \\d TABLE ses colonnes, \\q quitte.",
        opened.store.root().display(),
        opened.session.version()
    );
    let mut pending = String::new();
    loop {
        let line = match editor.readline(if pending.is_empty() {
            "medicobus> "
        } else {
            "        -> "
        }) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                pending.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Error::access("terminal illisible").caused_by(error)),
        };
        let command = line.trim();
        if pending.is_empty() && command.starts_with('\\') {
            match command.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["\\q"] => break,
                ["\\d"] => opened
                    .session
                    .sorted_tables()
                    .iter()
                    .for_each(|name| println!("{name}")),
                ["\\d", table] => match opened.session.columns(table).await {
                    Ok(columns) => columns
                        .iter()
                        .for_each(|(name, kind)| println!("{name:<28} {kind}")),
                    Err(error) => eprintln!("erreur : {error}"),
                },
                _ => eprintln!("commandes : \\d, \\d TABLE, \\q"),
            }
            continue;
        }
        pending.push_str(&line);
        pending.push('\n');
        if !command.ends_with(';') {
            continue;
        }
        let text = std::mem::take(&mut pending);
        // The history is a convenience: a full one must not stop the work.
        let _ = editor.add_history_entry(text.trim());
        let start = Instant::now();
        match answer(opened, args, &text).await {
            Ok(table) => {
                print!("{}", export::screen::text(&table, terminal_width()));
                eprintln!(
                    "{} lignes, {} ms",
                    table.rows().len(),
                    start.elapsed().as_millis()
                );
            }
            Err(error) => eprintln!("erreur : {error}"),
        }
    }
    if let Some(path) = &history {
        let _ = editor.save_history(path);
    }
    Ok(())
}

/// Completes names of tables and columns.
struct Words(Vec<String>);

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let head = line.get(..position).unwrap_or(line);
        let start = head
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |i| i + 1);
        let word = head.get(start..).unwrap_or_default();
        let found = self
            .0
            .iter()
            .filter(|w| !word.is_empty() && w.starts_with(word))
            .cloned()
            .collect();
        Ok((start, found))
    }
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}
