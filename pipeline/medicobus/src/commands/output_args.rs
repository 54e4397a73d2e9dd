//! How documents are set and where they go: shared by the commands that make PDFs.

use std::path::PathBuf;

use base::error::Result;
use base::text::sha256;
use disclosure::GatedTable;
use edition::attachments::MANIFEST;
use edition::{Request, SealedDocument, Subject};
use export;
use export::xlsx::{ORIGIN, Readme, TableSheet};
use report::content::NamedZone;
use report::document::scope;
use report::html;
use report::typeset::Typesetter;
use report::typst_cli;

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
        let templates = typesetter.templates();
        if let Some(folder) = &self.source {
            typst_cli::write_sources(&made.document, templates, &folder.join(&made.name))?;
        }
        let pdf = match &self.typst {
            None => typesetter.typeset(&made.document)?.pdf,
            Some(program) => typst_cli::pdf(&made.document, templates, program)?,
        };

        let book = self.sortie.join(format!("{}.xlsx", made.name));
        export::write_atomically(&book, &workbook(made)?)?;
        let folder = self.sortie.join(&made.name);
        let m = &made.manifest;
        let made_up = if m.made_up { "oui" } else { "non" };
        let facts = [
            ("document", made.name.clone()),
            ("version_depot", m.store_version.to_string()),
            ("donnees_fictives", made_up.to_string()),
        ];

        for (key, table) in &made.tables {
            let name = format!("{}.parquet", key.replace('/', "_"));
            export::write_atomically(&folder.join(name), &export::parquet::bytes(table, &facts)?)?;
        }

        let mut written = Vec::new();
        if self.html {
            let page = self.sortie.join(format!("{}.html", made.name));
            export::write_atomically(&page, html::page(&made.document, templates)?.as_bytes())?;
            written.push(page);
        }

        // Last: a PDF that is there tells a campaign that the tables beside it are there too.
        let path = self.sortie.join(format!("{}.pdf", made.name));
        export::write_atomically(&path, &pdf)?;
        written.splice(0..0, [path, book, folder]);
        Ok(written)
    }
}

/// The tables that answer the instruction, in its order.
const FIRST: [&str; 12] = [
    "synthese",
    "synthese/parties",
    "synthese/medicobus",
    "consultations_par_profil",
    "publics_prioritaires",
    "consultations_par_mois",
    "part_sans_mt_patients",
    "part_sans_mt_territoires",
    "delai_rendez_vous",
    "delai_mg_territoires",
    "offre_durable",
    "cout",
];

/// The workbook beside a PDF: « Lisez-moi », then every table.
fn workbook(made: &SealedDocument) -> Result<Vec<u8>> {
    let (m, d) = (&made.manifest, &made.document.content);
    let day = &d.date;
    let fact = |name: &str, value: String| (name.to_string(), value);
    let mut facts = vec![
        fact("Zone", d.zone.full_name.clone()),
        fact("Code", d.zone.code.clone()),
        fact("Année", m.year.to_string()),
        fact("Version du dépôt", m.store_version.to_string()),
        fact("État des données", format!("{:02}/{:02}/{}", day.day, day.month, day.year)),
        fact("Programme", format!("{} {}", m.program, m.program_version)),
        fact("Même contenu en PDF", format!("{}.pdf", made.name)),
        fact(ORIGIN, made.document.attachment(MANIFEST).map(sha256).unwrap_or_default()),
    ];

    if m.made_up {
        facts.push(fact("Données", "fictives, inventées pour la démonstration".into()));
    }

    let readme = Readme {
        title: format!("{} : {}", d.title, d.subtitle),
        facts,
        made_up: m.made_up,
        draft: !m.is_final,
        notes: vec![
            "n.c. : non communicable (secret statistique) ; cellule vide : sans objet ou inconnu."
                .into(),
        ],
    };

    // What the instruction asks comes first, last year's tables last.
    let mut tables: Vec<(&String, &GatedTable)> = made.tables.iter().collect();
    tables.sort_by_key(|(key, _)| {
        let first = FIRST.iter().position(|name| name == key).unwrap_or(FIRST.len());
        (first, key.ends_with("/precedent"), key.contains('/'))
    });
    let sheets: Vec<TableSheet<'_>> = tables
        .into_iter()
        .map(|(key, table)| TableSheet {
            key,
            scope: if key.contains('/') { scope(key) } else { String::new() },
            table,
        })
        .collect();

    export::xlsx::document(&readme, &sheets)
}
