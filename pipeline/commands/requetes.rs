//! `medicobus requetes`: the catalogue.

use std::path::PathBuf;

use crate::error::Result;
use crate::query::Catalogue;
use crate::query::catalogue::Origin;

/// Arguments of `requetes`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Requête à décrire ; sans nom, toutes sont listées.
    nom: Option<String>,
    /// Dossier de requêtes qui remplacent ou complètent celles du programme.
    #[arg(long, value_name = "DOSSIER")]
    queries: Option<PathBuf>,
    /// Écrit le catalogue entier en Markdown.
    #[arg(long, conflicts_with = "nom")]
    markdown: bool,
    /// Montre le texte SQL.
    #[arg(long, requires = "nom")]
    sql: bool,
}

/// Lists the catalogue or describes one query.
///
/// # Errors
/// If the overlay is unreadable or the query unknown.
pub fn run(args: Args) -> Result<()> {
    let catalogue = Catalogue::load(args.queries.as_deref())?;
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
