//! `medicobus campagne`: every bilan and sheet of a year, in one run.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use base::error::{Context, Error, Result};
use edition::bilan::{Answers, Passed, Request, Workshop};
use edition::campagne::{Commande, documents, raisons};
use edition::config::Config;
use edition::registre::publier;
use report::rendu::Presse;
use store::Store;

use super::arguments::LectureArgs;
use super::output_args::OutputArgs;
use super::terminal::Stage;

/// Stack of a thread that sets documents: Typst and the linear programs of the gate recurse.
const PILE: usize = 16 << 20;
/// Documents after which a cached layout that nobody used is forgotten.
const OUBLI: usize = 8;

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

/// What a thread receives of a document.
enum Reponse {
    Brute(Answers),
    Passee(Box<Passed>),
}

/// How one document ended.
enum Fin {
    Ecrit(Vec<PathBuf>),
    Inchange,
    Echec(Error),
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
    let registre = opened.registre().await?;
    let mut workshop = Workshop::open(session, catalogue, config, templates, registre).await?;
    workshop.share();

    let commande = Commande {
        annee: args.annee,
        sans_secret: args.rendu.sans_secret,
        definitif: args.rendu.final_,
        commentaires: args.rendu.commentaires.as_deref(),
    };

    let requests = documents(session, &workshop, &commande).await?;
    if requests.is_empty() {
        return Err(
            Error::usage(format!("aucune tournée en {} dans ce dépôt", args.annee))
                .hint("« medicobus depot » montre ce qu'il contient"),
        );
    }

    if commande.sans_secret {
        let what = format!("campagne {}", args.annee);
        edition::secret::log_unprotected(&opened.store, &what).await?;
    }

    let presse = Presse::new(workshop.gabarits())?;
    let threads = args.lecture.engine().threads;
    let stage = Stage::start("campagne", requests.len() as u64);

    let ends = tokio::task::block_in_place(|| {
        make(
            &args,
            &workshop,
            &opened.store,
            &presse,
            &requests,
            threads,
            &stage,
        )
    })?;

    let time = stage.finish();
    let done = summary(&requests, ends);
    eprintln!("campagne {} : {:.1} s", args.annee, time.as_secs_f64());

    done
}

/// Queries run here, one document after the other; threads pass the gate, set and write what has been answered.
fn make(
    args: &Args,
    workshop: &Workshop<'_>,
    store: &Store,
    presse: &Presse<'_>,
    requests: &[Request],
    threads: usize,
    stage: &Stage,
) -> Result<Vec<Fin>> {
    let ends: Vec<Mutex<Fin>> = requests.iter().map(|_| Mutex::new(Fin::Inchange)).collect();
    let end = |index: usize, fin: Fin| {
        let request = &requests[index];
        if let Fin::Echec(error) = &fin {
            stage.say(&format!("{} : échec, {}", request.nom(), error.message()));
        }

        *ends[index].lock().unwrap_or_else(PoisonError::into_inner) = fin;
        stage.step(&request.nom());
    };

    // A short queue: answers wait in memory only as long as the threads are busy.
    let (sender, receiver) = sync_channel::<(usize, Reponse)>(threads);
    let receiver = Mutex::new(receiver);
    let handle = tokio::runtime::Handle::current();

    std::thread::scope(|scope| {
        let work = || {
            loop {
                let next = receiver
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .recv();
                let Ok((index, answers)) = next else { break };

                let request = &requests[index];
                let made = contenir(|| {
                    let passed = match answers {
                        Reponse::Brute(answers) => workshop.pass(request, answers)?,
                        Reponse::Passee(passed) => *passed,
                    };
                    args.rendu.write(&workshop.made(request, passed)?, presse)
                });

                Presse::oublier(OUBLI);
                end(index, made.map_or_else(Fin::Echec, Fin::Ecrit));
            }
        };

        for _ in 0..threads {
            std::thread::Builder::new()
                .stack_size(PILE)
                .spawn_scoped(scope, work)
                .access(|| "fil d'exécution impossible à lancer".into())?;
        }

        for (index, request) in requests.iter().enumerate() {
            let answers = contenir(|| {
                let needed = why(args, workshop, request, stage)?;
                let answers = || handle.block_on(answered(workshop, store, request));
                needed.then(answers).transpose()
            });
            match answers {
                Ok(None) => end(index, Fin::Inchange),
                Ok(Some(answers)) => sender
                    .send((index, answers))
                    .access(|| "tous les fils d'exécution se sont arrêtés".into())?,
                Err(error) => end(index, Fin::Echec(error)),
            }
        }

        drop(sender);
        Ok(())
    })?;

    Ok(ends
        .into_iter()
        .map(|fin| fin.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}

/// Runs `f`; a panic in it is the failure of one document, not the end of the campaign.
fn contenir<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|cause| {
        let texte = cause
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| cause.downcast_ref::<&str>().copied())
            .unwrap_or("sans message");
        Err(
            Error::refused(format!("le programme s'est interrompu : {texte}"))
                .hint("c'est un défaut du programme : signalez-le avec la commande et ce message"),
        )
    })
}

/// The answers of a document. Those of a final one pass the gate here, in the order of the campaign, since each is
/// a publication that the next ones may not uncover.
async fn answered(workshop: &Workshop<'_>, store: &Store, request: &Request) -> Result<Reponse> {
    let answers = workshop.answers(request).await?;
    if !request.definitif || request.sans_secret {
        return Ok(Reponse::Brute(answers));
    }

    let passed = workshop.pass(request, answers)?;
    if let Some(publication) = passed.publication() {
        publier(store, &request.nom(), publication).await?;
    }

    Ok(Reponse::Passee(Box::new(passed)))
}

/// Whether a document must be made, and why, if the user wants to know.
fn why(args: &Args, workshop: &Workshop<'_>, request: &Request, stage: &Stage) -> Result<bool> {
    let pdf = args.rendu.sortie.join(format!("{}.pdf", request.nom()));
    let mut reasons = raisons(workshop, request, &pdf)?;
    if args.refaire {
        reasons.insert(0, "--refaire".to_string());
    }

    if args.pourquoi {
        let what = if reasons.is_empty() {
            "inchangé, toutes les entrées sont les mêmes".to_string()
        } else {
            format!("à faire : {}", reasons.join(" ; "))
        };
        stage.say(&format!("{} : {what}", request.nom()));
    }

    Ok(!reasons.is_empty())
}

/// What was written, what was left, what failed.
fn summary(requests: &[Request], ends: Vec<Fin>) -> Result<()> {
    let (mut unchanged, mut failed) = (0, Vec::new());
    let mut made = 0;

    for (request, fin) in requests.iter().zip(ends) {
        match fin {
            Fin::Ecrit(paths) => {
                made += 1;
                if let Some(pdf) = paths.first() {
                    println!("{}", pdf.display());
                }
            }
            Fin::Inchange => unchanged += 1,
            Fin::Echec(error) => failed.push((request, error)),
        }
    }

    eprintln!(
        "{made} documents édités, {unchanged} inchangés, {} en échec",
        failed.len()
    );
    let total = requests.len();

    for (request, error) in &failed {
        eprintln!(
            "\néchec : {} ({})\n{error}",
            request.nom(),
            request.zone.complet
        );
    }

    if failed.is_empty() {
        return Ok(());
    }

    Err(Error::refused(format!("{} documents sur {total} n'ont pas pu être édités", failed.len()))
        .hint("les autres sont écrits ; corrigez puis relancez la même commande : seuls les manquants seront refaits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_is_the_failure_of_one_document() {
        assert_eq!(contenir(|| Ok(3)).ok(), Some(3));
        let failed = contenir::<()>(|| panic!("colonne {}", 7)).err();
        let failed = failed.map(|e| (e.message().to_string(), e.kind().exit_code()));
        assert_eq!(
            failed,
            Some(("le programme s'est interrompu : colonne 7".to_string(), 1))
        );
    }
}
