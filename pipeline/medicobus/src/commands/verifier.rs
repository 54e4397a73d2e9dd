//! `medicobus verifier`: is this PDF what its manifest says?

use std::path::PathBuf;

use base::error::{Error, Result};
use base::french::counted;
use edition::attachments::PrintedDocument;
use edition::config::Config;
use edition::decisions;
use edition::evaluation::population::Population;
use edition::ledger::Ledger;
use edition::manifest::Manifest;
use edition::opened::Opened;
use edition::territory;
use edition::verification::{Findings, Remade, check_hashes, verify};
use edition::{Edition, Request, Subject};
use report::typeset::Typesetter;

use super::arguments::{DepotArgs, LectureArgs};
use super::evaluation::followed;

/// Cells shown before the rest is counted.
const CELLS_SHOWN: usize = 40;

/// Arguments of `verifier`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// PDF édité par medicobus.
    #[arg(value_name = "FICHIER.pdf")]
    pdf: PathBuf,
    /// Dossier du dépôt ; sans dépôt, seules les empreintes internes sont vérifiées.
    #[arg(long, value_name = "DOSSIER", env = "MEDICOBUS_DEPOT")]
    depot: Option<String>,
    /// Compare avec cette version du dépôt, au lieu de celle que dit le manifeste.
    #[arg(long, value_name = "N", requires = "depot")]
    version: Option<u64>,
    /// Dossier de requêtes qui remplacent ou complètent celles du programme.
    #[arg(long, value_name = "DOSSIER", requires = "depot")]
    queries: Option<PathBuf>,
    /// Dossier de gabarits qui remplacent ceux du programme.
    #[arg(long, value_name = "DOSSIER", requires = "depot")]
    templates: Option<PathBuf>,
    /// Dossier des commentaires des comités : ZONE/ANNEE/CHAPITRE.md.
    #[arg(long, value_name = "DOSSIER", requires = "depot")]
    commentaires: Option<PathBuf>,
    /// Population de référence d'une évaluation, si elle n'est pas celle de l'ensemble des régions.
    #[arg(long, value_name = "FICHIER", requires = "depot")]
    population: Option<PathBuf>,
    /// Plan d'analyse que l'évaluation suit.
    #[arg(long, value_name = "FICHIER", requires = "depot")]
    selon_plan: Option<PathBuf>,
    /// Fichier de configuration ; par défaut medicobus.toml du dossier courant, s'il existe.
    #[arg(long, value_name = "FICHIER", requires = "depot")]
    config: Option<PathBuf>,
    /// Nombre de fils d'exécution (le résultat n'en dépend pas).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    fils: Option<u16>,
}

/// Verifies a PDF and says what was found.
///
/// # Errors
/// `Refused` if anything differs; an unreadable PDF or store.
pub async fn run(args: Args) -> Result<()> {
    let printed = PrintedDocument::read(&args.pdf)?;
    let m = &printed.manifest;
    println!("document   {} {} {} {}", m.document, m.level.name(), m.zone, m.year);
    println!(
        "édité par  {} {}, version {} du dépôt, {}",
        m.program,
        m.program_version,
        m.store_version,
        counted(m.tables.len(), "table jointe", "tables jointes")
    );

    let findings = match &args.depot {
        None => check_hashes(&printed),
        Some(depot) => again(&args, depot, &printed).await?,
    };

    say(&findings, args.depot.is_some())
}

/// Makes the document again from the store, and compares.
async fn again(args: &Args, depot: &str, printed: &PrintedDocument) -> Result<Findings> {
    let m = &printed.manifest;
    let config = Config::load(args.config.as_deref())?;
    let lecture = LectureArgs {
        depot: DepotArgs { depot: depot.to_string() },
        version: Some(args.version.unwrap_or(m.store_version)),
        date: None,
        queries: args.queries.clone(),
        config: args.config.clone(),
        fils: args.fils,
        en_memoire: None,
    };

    let opened = lecture.open().await?;
    let edition = Edition::open(
        &opened.session,
        &opened.catalogue,
        config,
        args.templates.as_deref(),
        Ledger::of(&opened.store, &m.publications).await?,
    )
    .await?
    .with_objections(&m.objections)
    .with_decisions(decisions::of_this_user());

    let request = request(args, m, &opened, &edition).await?;
    let made = edition.document(&request).await?;

    let remade = Remade {
        manifest: &made.manifest,
        attachment: &|name| made.document.attachment(name).map(<[u8]>::to_vec),
        typeset: &|| {
            let typesetter = Typesetter::new(edition.templates())?;
            Ok(typesetter.typeset(&made.document)?.pdf)
        },
    };

    tokio::task::block_in_place(|| verify(printed, &remade))
}

/// What was asked for, as the manifest says it.
async fn request(
    args: &Args,
    m: &Manifest,
    opened: &Opened,
    edition: &Edition<'_>,
) -> Result<Request> {
    let given = m.territory.as_ref();
    let request = Request {
        zone: match given {
            Some(territory) => territory::named(&territory.name)?,
            None => edition.zone(m.level, &m.zone)?,
        },
        year: m.year,
        unprotected: !m.publishable,
        is_final: m.is_final,
        comments: args.commentaires.clone(),
        subject: match m.document.as_str() {
            "note-cts" => Subject::CtsNote,
            "etat-des-lieux" => {
                Subject::Territory(given.map(|t| t.communes.clone()).unwrap_or_default())
            }
            _ => Subject::Year,
        },
    };

    if m.document != "evaluation" {
        return Ok(request);
    }
    let population = args.population.as_deref().map(Population::read).transpose()?;
    let plan = followed(args.selon_plan.as_deref(), opened).await?;
    request.of_years(m.years.clone(), population, plan, edition.date())
}

fn say(findings: &Findings, store: bool) -> Result<()> {
    if findings.identical() {
        if store {
            println!("identique");
        } else {
            println!("empreintes internes conformes");
            say!("sans --depot, rien n'a été recalculé : un manifeste réécrit passerait inaperçu");
        }
        return Ok(());
    }

    println!("différent");
    for found in &findings.discrepancies {
        println!("cause      {} : {}", found.cause.word(), found.text);
    }

    let cell = |value: &Option<String>| match value.as_deref() {
        None => "(absente)".to_string(),
        Some("") => "(vide)".to_string(),
        Some(text) => text.to_string(),
    };

    for c in findings.cells.iter().take(CELLS_SHOWN) {
        println!(
            "cellule    {}, ligne {}, {} : {} dans le PDF, {} recalculé ({})",
            c.table,
            c.line,
            c.column,
            cell(&c.printed),
            cell(&c.recomputed),
            c.cause.word()
        );
    }

    if findings.cells.len() > CELLS_SHOWN {
        let more = findings.cells.len() - CELLS_SHOWN;
        println!("           et {}", counted(more, "autre cellule", "autres cellules"));
    }

    Err(
        Error::refused("ce document n'est pas celui que donnent ces données et ce programme")
            .hint("les lignes « cause » disent ce qui a changé depuis l'édition"),
    )
}
