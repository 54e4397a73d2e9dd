//! `medicobus verifier`: is this PDF what its manifest says?

use std::path::PathBuf;

use base::error::{Error, Result};
use edition::bilan::{Request, Workshop};
use edition::config::Config;
use edition::evaluation::population::Population;
use edition::pieces::Imprime;
use edition::registre::Registre;
use edition::verification::{Constat, Refait, confronter, empreintes};
use report::rendu::Presse;

use super::arguments::{DepotArgs, LectureArgs};

/// Cells shown before the rest is counted.
const CELLULES: usize = 40;

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
    let imprime = Imprime::lire(&args.pdf)?;
    let m = &imprime.manifeste;
    println!(
        "document   {} {} {} {}",
        m.document, m.niveau, m.zone, m.annee
    );
    println!(
        "édité par  {} {}, version {} du dépôt, {} tables jointes",
        m.programme,
        m.version_programme,
        m.version_depot,
        m.tables.len()
    );
    let constat = match &args.depot {
        None => empreintes(&imprime),
        Some(depot) => again(&args, depot, &imprime).await?,
    };
    say(&constat, args.depot.is_some())
}

/// Makes the document again from the store, and compares.
async fn again(args: &Args, depot: &str, imprime: &Imprime) -> Result<Constat> {
    let m = &imprime.manifeste;
    let config = Config::load(args.config.as_deref())?;
    let lecture = LectureArgs {
        depot: DepotArgs {
            depot: depot.to_string(),
        },
        version: Some(args.version.unwrap_or(m.version_depot)),
        date: None,
        queries: args.queries.clone(),
        config: args.config.clone(),
        fils: args.fils,
        en_memoire: None,
    };
    let opened = lecture.open().await?;
    let workshop = Workshop::open(
        &opened.session,
        &opened.catalogue,
        config,
        args.templates.as_deref(),
        Registre::choisir(&opened.store, &m.publications).await?,
    )
    .await?;
    let request = Request {
        zone: workshop.zone(&m.niveau, &m.zone)?,
        annee: m.annee,
        sans_secret: !m.diffusable,
        definitif: m.definitif,
        commentaires: args.commentaires.clone(),
    };
    let population = args
        .population
        .as_deref()
        .map(Population::read)
        .transpose()?;
    let made = match m.document.as_str() {
        "evaluation" => {
            workshop
                .evaluation(&request, &m.annees, population.as_ref())
                .await?
        }
        _ => workshop.bilan(&request).await?,
    };
    let refait = Refait {
        manifeste: &made.manifest,
        piece: &|nom| made.document.piece(nom).map(<[u8]>::to_vec),
        composer: &|| {
            let presse = Presse::new(workshop.gabarits())?;
            Ok(presse.composer(&made.document)?.pdf)
        },
    };
    tokio::task::block_in_place(|| confronter(imprime, &refait))
}

fn say(constat: &Constat, store: bool) -> Result<()> {
    if constat.identique() {
        if store {
            println!("identique");
        } else {
            println!("empreintes internes conformes");
            eprintln!(
                "sans --depot, rien n'a été recalculé : un manifeste réécrit passerait inaperçu"
            );
        }
        return Ok(());
    }
    println!("différent");
    for ecart in &constat.ecarts {
        println!("cause      {} : {}", ecart.cause.mot(), ecart.texte);
    }
    let cell = |value: &Option<String>| match value.as_deref() {
        None => "(absente)".to_string(),
        Some("") => "(vide)".to_string(),
        Some(text) => text.to_string(),
    };
    for c in constat.cellules.iter().take(CELLULES) {
        println!(
            "cellule    {}, ligne {}, {} : {} dans le PDF, {} recalculé ({})",
            c.table,
            c.ligne,
            c.colonne,
            cell(&c.imprimee),
            cell(&c.recalculee),
            c.cause.mot()
        );
    }
    if constat.cellules.len() > CELLULES {
        println!(
            "           et {} autres cellules",
            constat.cellules.len() - CELLULES
        );
    }
    Err(
        Error::refused("ce document n'est pas celui que donnent ces données et ce programme")
            .hint("les lignes « cause » disent ce qui a changé depuis l'édition"),
    )
}
