//! `medicobus site`: the final documents of some folders as a site that opens without a server.

use std::path::PathBuf;

use base::error::Result;
use edition::site::build;
use report::templates::Templates;

/// Arguments of `site`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Dossiers où « medicobus campagne --final --html » a écrit.
    #[arg(required = true, value_name = "DOSSIER")]
    dossiers: Vec<PathBuf>,
    /// Dossier du site, à créer ; s'il en contient déjà un, il est remplacé.
    #[arg(short = 'o', long, value_name = "DOSSIER", default_value = "site")]
    sortie: PathBuf,
    /// Dossier de gabarits qui remplacent ceux du programme.
    #[arg(long, value_name = "DOSSIER")]
    templates: Option<PathBuf>,
}

/// Builds the site and says what is not in it.
///
/// # Errors
/// No final document, one that is damaged or incomplete; an output that holds anything else or cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let templates = Templates::load(args.templates.as_deref())?;
    let site = build(&args.dossiers, &args.sortie, &templates)?;

    for (path, why) in &site.left_out {
        say!("laissé de côté : {} ({why})", path.display());
    }
    let s = if site.documents > 1 { "s" } else { "" };
    say!("{} document{s} définitif{s} dans le site", site.documents);
    println!("{}", site.contents.display());
    Ok(())
}
