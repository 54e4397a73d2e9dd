//! A document as files: its PDF, its page, its workbook, its tables.

use std::path::{Path, PathBuf};

use base::error::{Context, Result};
use base::text::sha256;
use export::xlsx::{ORIGIN, Readme, TableSheet, subject};
use report::html;
use report::typeset::Typesetter;
use report::typst_cli;

use super::attachments::{MANIFEST, PrintedDocument};
use super::document::SealedDocument;
use super::manifest::Manifest;

/// Folder, beside the documents, of the final ones whose place another took.
const REPLACED: &str = "remplaces";

/// The final document of that name that stands in a folder.
pub fn standing(folder: &Path, name: &str) -> Option<PrintedDocument> {
    let printed = PrintedDocument::read(&folder.join(format!("{name}.pdf"))).ok()?;
    printed.manifest.is_final.then_some(printed)
}

/// Where a document is written, and in which forms.
pub struct Output<'a> {
    /// Folder.
    pub folder: &'a Path,
    /// Whether its page is written, too.
    pub html: bool,
    /// A `typst` program in place of the embedded one.
    pub typst: Option<&'a Path>,
    /// Folder for the sources of its PDF.
    pub source: Option<&'a Path>,
}

impl Output<'_> {
    /// Sets a document and writes it with its workbook and its Parquet tables; returns what was written, the PDF first. A final document
    /// that stands in its place is kept aside before, and that folder comes last.
    ///
    /// # Errors
    /// A wrong template, or an output that cannot be written.
    pub fn write(
        &self,
        made: &SealedDocument,
        typesetter: &Typesetter<'_>,
    ) -> Result<Vec<PathBuf>> {
        let templates = typesetter.templates();
        if let Some(folder) = self.source {
            typst_cli::write_sources(&made.document, templates, &folder.join(&made.name))?;
        }
        let pdf = match self.typst {
            None => typesetter.typeset(&made.document)?.pdf,
            Some(program) => typst_cli::pdf(&made.document, templates, program)?,
        };

        let aside = self.put_aside(made)?;
        let book = self.folder.join(format!("{}.xlsx", made.name));
        export::write_atomically(&book, &workbook(made)?)?;
        let folder = self.folder.join(&made.name);
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
            let page = self.folder.join(format!("{}.html", made.name));
            export::write_atomically(&page, html::page(&made.document, templates)?.as_bytes())?;
            written.push(page);
        }

        // Last: a PDF that is there tells a campaign that the tables beside it are there too.
        let path = self.folder.join(format!("{}.pdf", made.name));
        export::write_atomically(&path, &pdf)?;
        written.splice(0..0, [path, book, folder]);
        written.extend(aside);
        Ok(written)
    }

    /// Copies the final document whose place another one takes, with its page and its workbook: what was handed out can be shown again.
    fn put_aside(&self, made: &SealedDocument) -> Result<Option<PathBuf>> {
        let before = standing(self.folder, &made.name);
        let Some(before) = before.filter(|before| before.manifest != made.manifest) else {
            return Ok(None);
        };

        let short: String = sha256(&before.bytes).chars().take(12).collect();
        let aside = self.folder.join(REPLACED).join(format!("{}-{short}", made.name));
        for extension in ["pdf", "html", "xlsx"] {
            let name = format!("{}.{extension}", made.name);
            let path = self.folder.join(&name);
            if path.is_file() {
                let bytes =
                    std::fs::read(&path).access(|| format!("{} ne se lit plus", path.display()))?;
                export::write_atomically(&aside.join(name), &bytes)?;
            }
        }
        Ok(Some(aside))
    }
}

/// The tables that answer the instruction, in its order; in an evaluation the effects come right after the key figures.
const FIRST: [&str; 15] = [
    "synthese",
    "synthese/parties",
    "synthese/medicobus",
    "effet_moyen",
    "effet_par_trimestre",
    "effet_verifications",
    "consultations_par_profil",
    "publics_prioritaires",
    "part_sans_mt_patients",
    "part_sans_mt_territoires",
    "delai_rendez_vous",
    "delai_mg_territoires",
    "offre_durable",
    "cout",
    "consultations_par_mois",
];
/// What tells of the data and not of the medicobus.
const LAST: [&str; 2] = ["completude", "completude_livraisons"];

/// Where a table stands in its workbook: what the instruction asks, other effects, the rest of the zone, its parts, the data.
fn rank(key: &str) -> (usize, usize) {
    let subject = subject(key);
    let first = FIRST.iter().position(|name| *name == subject).unwrap_or(FIRST.len());
    let then = match subject {
        _ if LAST.contains(&subject) => 3,
        _ if subject.contains('/') => 2,
        _ if subject.starts_with("effet_") => 0,
        _ => 1,
    };
    (first, then)
}

/// The years that a document is about.
fn years(manifest: &Manifest) -> (&'static str, String) {
    match manifest.years.as_slice() {
        [first, .., last] => ("Années", format!("{first} à {last}")),
        _ => ("Année", manifest.year.to_string()),
    }
}

/// The workbook beside a PDF: « Lisez-moi », then every table.
fn workbook(made: &SealedDocument) -> Result<Vec<u8>> {
    let (m, d) = (&made.manifest, &made.document.content);
    let day = &d.date;
    let (year_name, years) = years(m);
    let fact = |name: &str, value: String| (name.to_string(), value);
    let mut facts = vec![
        fact("Zone", d.zone.full_name.clone()),
        fact("Code", d.zone.code.clone()),
        fact(year_name, years),
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
            "Les années d'un même tableau se suivent ; les colonnes « … (code) », à droite, ne sont pas imprimées."
                .into(),
            "MT : médecin traitant. IC 95 % : intervalle de confiance à 95 %.".into(),
        ],
    };

    let mut sheets: Vec<TableSheet<'_>> =
        made.tables.iter().map(|(key, table)| TableSheet { key, table }).collect();
    sheets.sort_by_key(|sheet| rank(sheet.key));

    export::xlsx::document(&readme, &sheets)
}
