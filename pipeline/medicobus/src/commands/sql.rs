//! `medicobus sql`: own SQL, one-shot, from a file, or at a prompt.

use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::time::Instant;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Editor, Helper};

use datafusion::sql::parser::DFParser;

use base::error::{Context, Error, Result};
use disclosure::GatedTable;
use edition::config::Config;
use edition::decisions;
use edition::gate::Guard;
use edition::opened::Opened;
use export::{self, OutputForm};

use super::arguments::LectureArgs;
use super::requete::output;
use super::terminal;

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
    format: Option<OutputForm>,
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

    let Some(text) = text else {
        return prompt(&opened, &args).await;
    };
    let statements = statements(&text);
    if statements.len() > 1
        && (args.sortie.is_some() || args.format.is_some_and(|f| f != OutputForm::Table))
    {
        return Err(Error::usage(format!(
            "{} instructions : un fichier ne reçoit qu'un résultat",
            statements.len()
        ))
        .hint("gardez une instruction, ou laissez --format et --sortie pour tout voir à l'écran"));
    }

    if statements.is_empty() {
        return Err(Error::usage("aucune instruction SQL")
            .hint("par exemple : medicobus sql \"SELECT count(*) FROM tournees\""));
    }

    for statement in statements {
        let table = answer(&opened, &args, &statement).await?;
        output(&table, args.format, args.sortie.as_deref())?;
    }

    Ok(())
}

/// The statements of a text; one that the parser does not understand is left whole for the engine to explain.
fn statements(text: &str) -> Vec<String> {
    match DFParser::parse_sql(text) {
        Ok(parsed) if parsed.len() != 1 => parsed.iter().map(ToString::to_string).collect(),
        _ => vec![text.to_string()],
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
    // What the shape of the text lets out is known; a view that the user wrote is read as its text.
    let guard =
        Guard::new(&config.secrecy, [], args.sans_secret).with_decisions(decisions::of_this_user());
    let mut table = guard.release(&opened.session, raw).await?;
    guard.note(&opened.store, text.trim()).await?;
    if table.leave_out_hidden_rows() {
        // How many, or whether any, would tell whether a condition holds for someone.
        say!(
            "secret statistique : les lignes de moins de {} patients, s'il y en a, sont laissées de côté",
            config.secrecy.threshold,
        );
    }

    Ok(table)
}

fn plural(count: usize) -> &'static str {
    if count > 1 { "s" } else { "" }
}

/// Rows shown at the prompt.
const LINES: usize = 200;

/// What the prompt completes beside tables and columns.
const KEYWORDS: [&str; 24] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "USING",
    "WITH",
    "DISTINCT",
    "BETWEEN",
    "IS NULL",
    "IS NOT NULL",
    "UNION ALL",
    "EXPLAIN",
    "DESCRIBE",
    "count(DISTINCT cle_patient)",
    "count(*)",
    "sum(",
    "avg(",
    "median(",
];

async fn prompt(opened: &Opened, args: &Args) -> Result<()> {
    let words = opened.session.words().await?;
    let mut editor: Editor<Words, FileHistory> =
        Editor::new().access(|| "terminal illisible".into())?;
    editor.set_helper(Some(Words(words)));
    let history = std::env::home_dir().map(|home| home.join(".medicobus_historique"));
    if let Some(path) = &history {
        // No history yet is no error.
        let _ = editor.load_history(path);
    }

    say!(
        "Dépôt {}, version {}. Une instruction finit par « ; ». \\d liste les tables, \\d TABLE ses colonnes, \\q quitte.",
        opened.store.shown(),
        opened.session.version()
    );

    let mut pending = String::new();
    loop {
        let line =
            match editor.readline(if pending.is_empty() { "medicobus> " } else { "        -> " }) {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => {
                    pending.clear();
                    continue;
                }
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(Error::access("terminal illisible").caused_by(error)),
            };

        let command = line.trim();
        if pending.is_empty() && command.is_empty() {
            continue;
        }
        if pending.is_empty()
            && matches!(command.trim_end_matches(';'), "quit" | "exit" | "quitter")
        {
            break;
        }

        if pending.is_empty() && command.starts_with('\\') {
            let _ = editor.add_history_entry(command);
            if command == "\\q" {
                break;
            }
            describe(opened, command).await;
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
        if let Some(path) = &history {
            let _ = editor.save_history(path);
        }
        show(opened, args, &text).await?;
    }

    if let Some(path) = &history {
        let _ = editor.save_history(path);
    }
    Ok(())
}

/// Answers a command of the prompt: the tables, or the columns of one.
async fn describe(opened: &Opened, command: &str) {
    match command.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["\\d"] => opened.session.sorted_tables().iter().for_each(|name| println!("{name}")),
        ["\\d", table] => match opened.session.columns(table.trim_end_matches(';')).await {
            Ok(columns) => columns.iter().for_each(|(name, kind)| println!("{name:<28} {kind}")),
            Err(error) => say!("erreur : {error}"),
        },
        _ => say!(
            "\\d  tables\n\\d TABLE  ses colonnes\n\\q  quitter (ou Ctrl-D)\nCtrl-C abandonne l'instruction commencée"
        ),
    }
}

/// Runs an instruction and shows its rows; an error of its own is said and stops nothing.
async fn show(opened: &Opened, args: &Args, text: &str) -> Result<()> {
    let start = Instant::now();
    match answer(opened, args, text).await {
        Ok(table) => {
            let lines = table.rows().len();
            terminal::stdout(
                export::screen::text(&table, terminal::width(), Some(LINES)).as_bytes(),
            )?;
            say!("{lines} ligne{}, {} ms", plural(lines), start.elapsed().as_millis());
        }
        Err(error) => say!("erreur : {error}"),
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
        let start = head.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |i| i + 1);
        let word = head.get(start..).unwrap_or_default();
        let found = self
            .0
            .iter()
            .map(String::as_str)
            .chain(KEYWORDS)
            .filter(|w| !word.is_empty() && starts_with(w, word))
            .map(str::to_string)
            .collect();

        Ok((start, found))
    }
}

/// Whether `whole` begins with `word`, whatever the case.
fn starts_with(whole: &str, word: &str) -> bool {
    (whole.get(..word.len())).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}
