//! How documents are set and where they go: shared by the commands that make PDFs.

use std::path::PathBuf;

use base::error::Result;
use edition::bilan::Made;
use export;
use export::xlsx::{Readme, Sheet};
use report::document::portee;
use report::externe;
use report::rendu::Presse;

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

impl OutputArgs {
    /// Sets a document and writes it with its workbook and its Parquet tables; returns what was written.
    ///
    /// # Errors
    /// A wrong template, or an output that cannot be written.
    pub fn write(&self, made: &Made, presse: &Presse<'_>) -> Result<Vec<PathBuf>> {
        let gabarits = presse.gabarits();
        if let Some(folder) = &self.source {
            externe::ecrire(&made.document, gabarits, &folder.join(&made.nom))?;
        }

        let pdf = match &self.typst {
            None => presse.composer(&made.document)?.pdf,
            Some(program) => externe::pdf(&made.document, gabarits, program)?,
        };
        let book = self.sortie.join(format!("{}.xlsx", made.nom));
        export::write_atomically(&book, &workbook(made)?)?;
        let folder = self.sortie.join(&made.nom);
        let m = &made.manifest;
        let fictives = if m.donnees_fictives { "oui" } else { "non" };

        let facts = [
            ("document", made.nom.clone()),
            ("version_depot", m.version_depot.to_string()),
            ("donnees_fictives", fictives.to_string()),
        ];

        for (key, table) in &made.tables {
            let name = format!("{}.parquet", key.replace('/', "_"));
            export::write_atomically(&folder.join(name), &export::parquet::bytes(table, &facts)?)?;
        }

        // Last: a PDF that is there tells a campaign that the tables beside it are there too.
        let path = self.sortie.join(format!("{}.pdf", made.nom));
        export::write_atomically(&path, &pdf)?;
        Ok(vec![path, book, folder])
    }
}

/// The workbook beside a PDF: « Lisez-moi », then every table.
fn workbook(made: &Made) -> Result<Vec<u8>> {
    let (m, d) = (&made.manifest, &made.document.donnees);
    let day = &d.date;
    let fact = |name: &str, value: String| (name.to_string(), value);

    let mut facts = vec![
        fact("Zone", d.zone.complet.clone()),
        fact("Code", d.zone.code.clone()),
        fact("Année", m.annee.to_string()),
        fact("Version du dépôt", m.version_depot.to_string()),
        fact(
            "État des données",
            format!("{:02}/{:02}/{}", day.jour, day.mois, day.annee),
        ),
        fact(
            "Programme",
            format!("{} {}", m.programme, m.version_programme),
        ),
        fact("Même contenu en PDF", format!("{}.pdf", made.nom)),
    ];

    if m.donnees_fictives {
        facts.push(fact(
            "Données",
            "fictives, inventées pour la démonstration".into(),
        ));
    }

    let readme = Readme {
        title: format!("{} : {}", d.titre, d.sous_titre),
        facts,
        made_up: m.donnees_fictives,
        notes: vec![
            "n.c. : non communicable (secret statistique) ; cellule vide : sans objet ou inconnu ; pourcentages de 0 à 100.".into(),
        ],
    };

    let sheets: Vec<Sheet<'_>> = made
        .tables
        .iter()
        .map(|(key, table)| Sheet {
            key,
            scope: if key.contains('/') {
                portee(key)
            } else {
                String::new()
            },
            table,
        })
        .collect();
    export::xlsx::document(&readme, &sheets)
}
