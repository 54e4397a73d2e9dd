//! `medicobus campagne`: every bilan and sheet of a year, in one run.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use base::error::{Context, Error, Result};
use base::french::{agreed, counted};
use edition::Edition;
use edition::Request;
use edition::answer::Answers;
use edition::campagne::{Campaign, documents, reasons};
use edition::config::Config;
use edition::decisions;
use edition::gate::note;
use report::typeset::Typesetter;
use store::Store;

use super::arguments::LectureArgs;
use super::output_args::OutputArgs;
use super::terminal::Stage;

/// Stack of a thread that sets documents: Typst and the linear programs of the gate recurse.
const STACK: usize = 16 << 20;
/// Documents after which a cached layout that nobody used is forgotten.
const FORGET_AFTER: usize = 8;

/// Arguments of `campagne`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Année des bilans.
    #[arg(long, value_parser = clap::value_parser!(i32).range(2000..=2200))]
    annee: i32,
    /// Dit pourquoi chaque document est refait ou laissé tel quel.
    #[arg(long)]
    pourquoi: bool,
    /// Refait tous les documents, même ceux qui sont à jour.
    #[arg(long)]
    refaire: bool,
    #[command(flatten)]
    lecture: LectureArgs,
    #[command(flatten)]
    rendu: OutputArgs,
}

/// How one document ended.
enum Ending {
    Written(Vec<PathBuf>),
    Unchanged,
    Failed(Error),
}

/// Makes every document of the year that is not up to date.
///
/// # Errors
/// `Refused` if one of them could not be made (the others are); unreadable store or templates.
pub async fn run(args: Args) -> Result<()> {
    let config = Config::load(args.lecture.config.as_deref())?;
    let opened = args.lecture.open().await?;
    let (session, catalogue) = (&opened.session, &opened.catalogue);
    let templates = args.rendu.templates.as_deref();
    let ledger = opened.ledger().await?;
    let mut edition = Edition::open(session, catalogue, config, templates, ledger)
        .await?
        .with_decisions(decisions::of_this_user());
    edition.share();

    let campaign = Campaign {
        year: args.annee,
        unprotected: args.rendu.sans_secret,
        is_final: args.rendu.final_,
        comments: args.rendu.commentaires.clone(),
    };

    let requests = documents(session, &edition, &campaign).await?;
    if requests.is_empty() {
        return Err(Error::usage(format!("aucune tournée en {} dans ce dépôt", args.annee))
            .hint("« medicobus depot » montre ce qu'il contient"));
    }

    let what = format!("campagne {}", args.annee);
    note(&opened.store, &what, campaign.unprotected, edition.objections()).await?;

    let typesetter = Typesetter::new(edition.templates())?;
    let threads = args.lecture.engine().threads;
    let stage = Stage::start("campagne", requests.len() as u64);
    let ends = tokio::task::block_in_place(|| {
        make(&args, &edition, &opened.store, &typesetter, &requests, threads, &stage)
    })?;

    let time = stage.finish();
    let done = summary(&requests, ends);
    say!("campagne {} : {:.1} s", args.annee, time.as_secs_f64());
    done
}

/// Queries run here, one document after the other; threads pass the gate, set and write what has been answered.
fn make(
    args: &Args,
    edition: &Edition<'_>,
    store: &Store,
    typesetter: &Typesetter<'_>,
    requests: &[Request],
    threads: usize,
    stage: &Stage,
) -> Result<Vec<Ending>> {
    let ends: Vec<Mutex<Ending>> = requests.iter().map(|_| Mutex::new(Ending::Unchanged)).collect();

    let end = |index: usize, ending: Ending| {
        let request = &requests[index];
        if let Ending::Failed(error) = &ending {
            stage.say(&format!("{} : échec, {}", request.name(), error.message()));
        }
        *ends[index].lock().unwrap_or_else(PoisonError::into_inner) = ending;
        stage.step(&request.name());
    };

    // A short queue: answers wait in memory only as long as the threads are busy.
    let (sender, receiver) = sync_channel::<(usize, Answers)>(threads);
    let receiver = Mutex::new(receiver);
    let handle = tokio::runtime::Handle::current();

    std::thread::scope(|scope| {
        let work = || {
            loop {
                let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((index, answers)) = next else { break };
                let request = &requests[index];
                let made = contained(|| {
                    let released = edition.release(request, answers)?;
                    args.rendu.write(&edition.finish(request, released)?, typesetter)
                });
                Typesetter::forget(FORGET_AFTER);
                end(index, made.map_or_else(Ending::Failed, Ending::Written));
            }
        };

        for _ in 0..threads {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, work)
                .access(|| "fil d'exécution impossible à lancer".into())?;
        }

        let send = |answered: (usize, Answers)| {
            sender
                .send(answered)
                .access(|| "tous les fils d'exécution se sont arrêtés".into())
        };
        let mut to_publish: Vec<(usize, Answers)> = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            let answers = contained(|| {
                let needed = why(args, edition, request, stage)?;
                let answers = || handle.block_on(edition.answers(request));
                needed.then(answers).transpose()
            });
            match answers {
                Ok(None) => end(index, Ending::Unchanged),
                Ok(Some(answers)) if request.is_final && !request.unprotected => {
                    to_publish.push((index, answers));
                }
                Ok(Some(answers)) => send((index, answers))?,
                Err(error) => end(index, Ending::Failed(error)),
            }
        }

        // Final documents leave at once: what they give together is decided, and written, before the first of them is.
        let documents: Vec<(&Request, &Answers)> =
            to_publish.iter().map(|(index, answers)| (&requests[*index], answers)).collect();
        handle.block_on(edition.publish_together(store, &documents))?;

        for answered in to_publish {
            send(answered)?;
        }
        drop(sender);
        Ok(())
    })?;

    Ok(ends
        .into_iter()
        .map(|ending| ending.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}

/// Runs `f`; a panic in it is the failure of one document, not the end of the campaign.
fn contained<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|cause| {
        let text = cause
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| cause.downcast_ref::<&str>().copied())
            .unwrap_or("sans message");
        Err(Error::refused(format!("le programme s'est interrompu : {text}"))
            .hint("c'est un défaut du programme : signalez-le avec la commande et ce message"))
    })
}

/// Whether a document must be made, and why, if the user wants to know.
fn why(args: &Args, edition: &Edition<'_>, request: &Request, stage: &Stage) -> Result<bool> {
    let pdf = args.rendu.sortie.join(format!("{}.pdf", request.name()));
    let mut reasons = reasons(edition, request, &pdf, args.rendu.html)?;
    if args.refaire {
        reasons.insert(0, "--refaire".to_string());
    }
    if args.pourquoi {
        let what = if reasons.is_empty() {
            "inchangé, toutes les entrées sont les mêmes".to_string()
        } else {
            format!("à faire : {}", reasons.join(" ; "))
        };
        stage.say(&format!("{} : {what}", request.name()));
    }

    Ok(!reasons.is_empty())
}

/// What was written, what was left, what failed.
fn summary(requests: &[Request], ends: Vec<Ending>) -> Result<()> {
    let (mut unchanged, mut failed) = (0, Vec::new());
    let mut made = 0;
    for (request, ending) in requests.iter().zip(ends) {
        match ending {
            Ending::Written(paths) => {
                made += 1;
                if let Some(pdf) = paths.first() {
                    println!("{}", pdf.display());
                }
            }
            Ending::Unchanged => unchanged += 1,
            Ending::Failed(error) => failed.push((request, error)),
        }
    }

    say!(
        "{}, {}, {} en échec",
        counted(made, "document édité", "documents édités"),
        counted(unchanged, "inchangé", "inchangés"),
        failed.len()
    );

    let total = requests.len();
    for (request, error) in &failed {
        say!("\néchec : {} ({})\n{error}", request.name(), request.zone.full_name);
    }

    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{} sur {total} {}",
        counted(failed.len(), "document", "documents"),
        agreed(failed.len(), "n'a pas pu être édité", "n'ont pas pu être édités")
    ))
        .hint("les autres sont écrits ; corrigez puis relancez la même commande : seuls les manquants seront refaits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "the panic is what is tested")]
    fn a_panic_is_the_failure_of_one_document() {
        assert_eq!(contained(|| Ok(3)).ok(), Some(3));
        let failed = contained::<()>(|| panic!("colonne {}", 7)).err();
        let failed = failed.map(|e| (e.message().to_string(), e.kind().exit_code()));
        assert_eq!(failed, Some(("le programme s'est interrompu : colonne 7".to_string(), 1)));
    }
}
