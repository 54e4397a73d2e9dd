//! How documents are set and where they go: shared by the commands that make PDFs.

use std::path::PathBuf;

use base::error::Result;
use edition::output::Output;
use edition::{Request, SealedDocument, Subject};
use report::content::NamedZone;
use report::typeset::Typesetter;

/// Options of every command that makes a PDF.
#[derive(Debug, Clone, clap::Args)]
pub struct OutputArgs {
    /// Dossier où écrire.
    #[arg(short = 'o', long, value_name = "DOSSIER", default_value = "out")]
    pub sortie: PathBuf,
    /// Dossier de gabarits qui remplacent ceux du programme.
    #[arg(long, value_name = "DOSSIER")]
    pub templates: Option<PathBuf>,
    /// Dossier des commentaires des comités : ZONE/ANNEE/CHAPITRE.md.
    #[arg(long, value_name = "DOSSIER")]
    pub commentaires: Option<PathBuf>,
    /// Document définitif, inscrit au registre du dépôt pour toujours : les suivants en tiennent compte. Rien n'est imprimé là où un commentaire manque.
    #[arg(long = "final")]
    pub final_: bool,
    /// Écrit aussi le document en une page HTML, qui se lit à l'écran, au téléphone et par un lecteur d'écran.
    #[arg(long)]
    pub html: bool,
    /// Désactive le secret statistique : chaque page est marquée NON DIFFUSABLE.
    #[arg(long)]
    pub sans_secret: bool,
    /// Programme typst externe, à la place de la bibliothèque incluse.
    #[arg(long, value_name = "CHEMIN")]
    pub typst: Option<PathBuf>,
    /// Écrit aussi les sources (gabarits, données, graphiques) dans ce dossier.
    #[arg(long, value_name = "DOSSIER")]
    pub source: Option<PathBuf>,
}

impl OutputArgs {
    /// The document of a zone and year, as these options want it.
    pub fn request(&self, zone: NamedZone, year: i32) -> Request {
        Request {
            zone,
            year,
            unprotected: self.sans_secret,
            is_final: self.final_,
            comments: self.commentaires.clone(),
            subject: Subject::Year,
        }
    }

    /// Sets a document and writes it with its workbook and its Parquet tables; returns what was written.
    ///
    /// # Errors
    /// A wrong template, or an output that cannot be written.
    pub fn write(
        &self,
        made: &SealedDocument,
        typesetter: &Typesetter<'_>,
    ) -> Result<Vec<PathBuf>> {
        let output = Output {
            folder: &self.sortie,
            html: self.html,
            typst: self.typst.as_deref(),
            source: self.source.as_deref(),
        };
        output.write(made, typesetter)
    }
}
