//! `medicobus requetes`: the catalogue.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::edition::secret;
use crate::error::{Error, Result};
use crate::export;
use crate::query::Catalogue;
use crate::query::catalogue::{Origin, Query};

use super::arguments::LectureArgs;
use super::requete::{Filtres, years};
use super::talk::Stage;

/// Arguments of `requetes`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Requête à décrire ; sans nom, toutes sont listées.
    nom: Option<String>,
    #[command(flatten)]
    lecture: LectureArgs,
    /// Écrit le catalogue entier en Markdown.
    #[arg(long, conflicts_with = "nom")]
    markdown: bool,
    /// Montre le texte SQL.
    #[arg(long, requires = "nom")]
    sql: bool,
    /// Exécute tout le catalogue et remplit ce dossier : un fichier JSON par requête, année, niveau et pas.
    #[arg(long, value_name = "DOSSIER", conflicts_with_all = ["nom", "markdown"])]
    executer: Option<PathBuf>,
    /// Avec --executer : les années, par exemple 2024-2026.
    #[arg(long, requires = "executer")]
    annee: Option<String>,
    #[command(flatten)]
    filtres: Filtres,
    /// Avec --executer : désactive le secret statistique ; chaque fichier est marqué NON DIFFUSABLE et l'usage inscrit au dépôt.
    #[arg(long, requires = "executer")]
    sans_secret: bool,
}

/// Lists the catalogue, describes one query, or runs them all.
///
/// # Errors
/// If the overlay or the store is unreadable, the query unknown, or a query fails.
pub async fn run(args: Args) -> Result<()> {
    if let Some(folder) = &args.executer {
        return execute(&args, folder).await;
    }
    let catalogue = Catalogue::load(args.lecture.queries.as_deref())?;
    if args.markdown {
        print!("{}", crate::query::describe::markdown(&catalogue));
        return Ok(());
    }
    let Some(name) = &args.nom else {
        for query in catalogue.iter() {
            let mark = match query.origin {
                Origin::Release => "",
                Origin::Modified => " (modifiée)",
                Origin::Added => " (ajoutée)",
            };
            println!(
                "{:<30} {}{mark}",
                query.definition.nom, query.definition.titre
            );
        }
        return Ok(());
    };
    let query = catalogue.get(name)?;
    if args.sql {
        print!("{}", query.sql);
    } else {
        print!("{}", crate::query::describe::one(query));
    }
    Ok(())
}

/// Runs every query of the catalogue, each over the years, its levels and its steps, into one file per answer.
async fn execute(args: &Args, folder: &Path) -> Result<()> {
    let opened = args.lecture.open().await?;
    let gate = Config::load(args.lecture.config.as_deref())?.secret.gate();
    let years = match &args.annee {
        Some(text) => years(text)?,
        None => {
            return Err(Error::usage("il manque : --annee")
                .hint("par exemple --annee 2025, ou --annee 2024-2026"));
        }
    };
    if args.sans_secret {
        secret::log_unprotected(&opened.store, "requetes --executer : tout le catalogue").await?;
    }
    let queries: Vec<&Query> = opened.catalogue.iter().collect();
    let stage = Stage::start("requêtes", queries.len() as u64);
    let mut answers = 0;
    for query in queries {
        for given in grid(query, &years, &args.filtres.given()) {
            let raw = opened.session.run(query, &given).await?;
            let tables =
                secret::release(&opened.session, &gate, vec![raw], args.sans_secret).await?;
            for table in &tables {
                let path = folder.join(file_name(&query.definition.nom, &given));
                export::write_atomically(&path, &export::json::document(table)?)?;
                answers += 1;
            }
        }
        stage.step(&query.definition.nom);
    }
    stage.finish();
    eprintln!("{answers} réponses écrites dans {}", folder.display());
    Ok(())
}

/// Every combination of year, level and step that the query knows, with the filters that it knows.
fn grid(
    query: &Query,
    years: &[i32],
    filters: &BTreeMap<String, String>,
) -> Vec<BTreeMap<String, String>> {
    let known = &query.definition.parametres;
    let refused = filters.iter().any(|(name, value)| {
        let allowed = allowed(query, name);
        !allowed.is_empty() && !allowed.contains(value)
    });
    if refused {
        return Vec::new();
    }
    let mut all: Vec<BTreeMap<String, String>> = vec![
        filters
            .iter()
            .filter(|(name, _)| known.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    ];
    let years = years.iter().map(i32::to_string).collect();
    for (name, values) in [
        ("annee", years),
        ("niveau", allowed(query, "niveau")),
        ("pas", allowed(query, "pas")),
    ] {
        if !known.contains_key(name) || filters.contains_key(name) {
            continue;
        }
        all = all
            .iter()
            .flat_map(|one| {
                values.iter().map(move |value| {
                    let mut next = one.clone();
                    next.insert(name.to_string(), value.clone());
                    next
                })
            })
            .collect();
    }
    all
}

fn allowed(query: &Query, name: &str) -> Vec<String> {
    let parameter = query.definition.parametres.get(name);
    parameter.map(|p| p.valeurs.clone()).unwrap_or_default()
}

/// `file_active__annee=2025,niveau=region.json`.
fn file_name(query: &str, given: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = given.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{query}__{}.json", words.join(",")).replace(['/', '\\'], "_")
}
