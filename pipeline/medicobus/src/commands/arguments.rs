//! Arguments that several commands share.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use chrono::NaiveDate;

use base::error::{Error, Result};
use delivery::{Overrides, shown_path};
use edition::opened::Opened;
use query::catalogue::Query;
use query::session::Engine;
use query::sql_files::Origin;
use store::At;

/// The store's folder where none is named.
pub const DEPOT: &str = "depot";

/// Where the store is.
#[derive(Debug, Clone, clap::Args)]
pub struct DepotArgs {
    /// Dossier du dépôt, ou s3://COMPARTIMENT/PREFIXE.
    #[arg(
        long,
        global = true,
        value_name = "DOSSIER",
        default_value = DEPOT,
        env = "MEDICOBUS_DEPOT"
    )]
    pub depot: String,
}

/// Which state of the store to read, and how.
#[derive(Debug, Clone, clap::Args)]
pub struct LectureArgs {
    #[command(flatten)]
    pub depot: DepotArgs,
    /// Lit le dépôt à cette version (« medicobus depot historique » les liste).
    #[arg(long, global = true, value_name = "N", conflicts_with = "date")]
    pub version: Option<u64>,
    /// Lit le dépôt tel qu'il était ce jour-là.
    #[arg(long, global = true, value_name = "AAAA-MM-JJ", value_parser = day)]
    pub date: Option<NaiveDate>,
    /// Dossier de requêtes qui remplacent ou complètent celles du programme.
    #[arg(long, global = true, value_name = "DOSSIER")]
    pub queries: Option<PathBuf>,
    /// Fichier de configuration ; par défaut medicobus.toml du dossier courant, s'il existe.
    #[arg(long, global = true, value_name = "FICHIER")]
    pub config: Option<PathBuf>,
    /// Nombre de fils d'exécution (le résultat n'en dépend pas).
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub fils: Option<u16>,
    /// Taille du dépôt, en Mio, jusqu'à laquelle ses tables sont gardées en mémoire (le résultat n'en dépend pas).
    #[arg(long, global = true, value_name = "MIO", value_parser = clap::value_parser!(u64).range(0..=1_048_576))]
    pub en_memoire: Option<u64>,
}

impl LectureArgs {
    /// The state asked for.
    pub fn at(&self) -> At {
        match (self.version, self.date) {
            (Some(version), _) => At::Version(version),
            (None, Some(day)) => At::Date(day),
            (None, None) => At::Latest,
        }
    }

    /// Settings of the engine.
    pub fn engine(&self) -> Engine {
        let mut engine = Engine::default();
        if let Some(threads) = self.fils {
            engine.threads = usize::from(threads);
        }
        if let Some(size) = self.en_memoire {
            engine.in_memory = size << 20;
        }
        engine
    }

    /// Opens the store, the state asked for, the engine and the catalogue.
    ///
    /// # Errors
    /// If any of them cannot be opened.
    pub async fn open(&self) -> Result<Opened> {
        Opened::at(&self.depot.depot, self.at(), self.engine(), self.queries.as_deref()).await
    }
}

/// Deliveries and how to judge them.
#[derive(Debug, Clone, clap::Args)]
pub struct LivraisonArgs {
    /// Livraisons : dossiers, ZIP, classeurs ou fichiers CSV.
    #[arg(required = true)]
    livraisons: Vec<PathBuf>,
    /// Région, si la livraison ne la dit pas.
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// Période, si la livraison ne la dit pas : 2025, 2025-S1, 2025-T1, 2025-03, 2022-2023.
    #[arg(long, value_name = "PERIODE")]
    periode: Option<String>,
    /// Expéditeur, si la livraison ne le dit pas.
    #[arg(long)]
    producteur: Option<String>,
    /// Pourquoi cette livraison remplace la précédente.
    #[arg(long)]
    motif: Option<String>,
    /// Part de lignes refusées (0 à 1) au-dessus de laquelle rien n'est chargé.
    #[arg(long, value_name = "PART", value_parser = share)]
    pub tolerance: Option<f64>,
    /// Jour du contrôle, pour refaire un contrôle passé.
    #[arg(long, value_name = "AAAA-MM-JJ", value_parser = day)]
    pub aujourdhui: Option<NaiveDate>,
    /// Fichier de configuration ; par défaut medicobus.toml du dossier courant, s'il existe.
    #[arg(long, value_name = "FICHIER")]
    pub config: Option<PathBuf>,
}

impl LivraisonArgs {
    /// The deliveries, all of which must exist.
    ///
    /// # Errors
    /// One that does not.
    pub fn paths(&self) -> Result<Vec<PathBuf>> {
        for path in &self.livraisons {
            if !path.exists() {
                return Err(Error::access(format!("livraison introuvable, fichier absent : {}", shown_path(path)))
                    .hint("vérifiez le chemin ; une livraison est un dossier, un ZIP, un classeur ou un CSV"));
            }
        }
        Ok(self.livraisons.clone())
    }

    /// What the user says in place of the delivery.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            region: self.region.clone(),
            periode: self.periode.clone(),
            producteur: self.producteur.clone(),
            motif: self.motif.clone(),
            ..Overrides::default()
        }
    }
}

/// Reads a share, `0.05` or `0,05`.
fn share(text: &str) -> std::result::Result<f64, String> {
    match text.replace(',', ".").parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("une part s'écrit entre 0 et 1 : 0.05 pour 5 %".to_string()),
    }
}

/// Says on stderr what figures on a screen do not: that the data are made up, that a query is not the release's.
///
/// # Errors
/// If the store cannot be read.
pub async fn tell(opened: &Opened, queries: &[&Query]) -> Result<()> {
    if opened.made_up().await? {
        say!("données fictives, version {} du dépôt", opened.session.version());
    }

    for query in queries {
        let name = &query.definition.name;
        match query.origin {
            Origin::Release => {}
            Origin::Modified => say!("{name} : requête modifiée (--queries)"),
            Origin::Added => say!("{name} : requête ajoutée (--queries)"),
        }
    }

    Ok(())
}

/// Reads `2026-03-31`.
///
/// # Errors
/// Anything else, said in French.
pub fn day(text: &str) -> std::result::Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| "une date s'écrit AAAA-MM-JJ".to_string())
}

/// Reads `2024-2026` or `2025`.
///
/// # Errors
/// Anything else, said in French.
pub fn years(text: &str) -> std::result::Result<RangeInclusive<i32>, String> {
    let year = |t: &str| t.trim().parse::<i32>().ok().filter(|y| (2000..=2200).contains(y));

    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (year(first), year(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err("les années s'écrivent 2024-2026".to_string()),
    }
}
