//! How documents are set and where they go: shared by the commands that make PDFs.

use std::path::{Path, PathBuf};

use crate::disclosure::GatedTable;
use crate::edition::bilan::Made;
use crate::error::Result;
use crate::export;
use crate::report::externe;
use crate::report::rendu::Presse;

/// Options of every command that makes a PDF.
#[derive(Debug, Clone, clap::Args)]
pub struct RenduArgs {
    /// Dossier où écrire.
    #[arg(short = 'o', long, value_name = "DOSSIER", default_value = "out")]
    pub sortie: PathBuf,
    /// Dossier de gabarits qui remplacent ceux du programme.
    #[arg(long, value_name = "DOSSIER")]
    pub templates: Option<PathBuf>,
    /// Dossier des commentaires des comités : ZONE/ANNEE/CHAPITRE.md.
    #[arg(long, value_name = "DOSSIER")]
    pub commentaires: Option<PathBuf>,
    /// Document définitif : rien n'est imprimé là où un commentaire manque.
    #[arg(long = "final")]
    pub final_: bool,
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

impl RenduArgs {
    /// Sets a document and writes it with its workbook and its Parquet tables; returns what was written.
    ///
    /// # Errors
    /// A wrong template, or an output that cannot be written.
    pub fn write(&self, made: &Made, presse: &Presse<'_>) -> Result<Vec<PathBuf>> {
        let gabarits = presse.gabarits();
        if let Some(folder) = &self.source {
            let files = made.document.fichiers(gabarits)?;
            write_source(&folder.join(&made.nom), &files)?;
        }
        let pdf = match &self.typst {
            None => presse.composer(&made.document)?.pdf,
            Some(program) => externe::pdf(&made.document, gabarits, program)?,
        };
        let book = self.sortie.join(format!("{}.xlsx", made.nom));
        let tables: Vec<&GatedTable> = made.tables.values().collect();
        export::write_atomically(&book, &export::xlsx::workbook(&tables)?)?;
        let folder = self.sortie.join(&made.nom);
        for (key, table) in &made.tables {
            let name = format!("{}.parquet", key.replace('/', "_"));
            export::write_atomically(&folder.join(name), &export::parquet::bytes(table)?)?;
        }
        // Last: a PDF that is there tells a campaign that the tables beside it are there too.
        let path = self.sortie.join(format!("{}.pdf", made.nom));
        export::write_atomically(&path, &pdf)?;
        Ok(vec![path, book, folder])
    }
}

fn write_source(folder: &Path, files: &std::collections::BTreeMap<String, Vec<u8>>) -> Result<()> {
    for (name, bytes) in files {
        export::write_atomically(&folder.join(name), bytes)?;
    }
    Ok(())
}
