//! One document of the folder: a PDF, its page, its workbook. Whether it may be shown, and whether the three belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use base::text::sha256;
use base::zone::Level;
use geography::Communes;
use report::site::Page;

use crate::attachments::{MANIFEST, PrintedDocument};
use crate::manifest::Manifest;
use crate::verification::check_hashes;

/// The table of the communes where buses go, in the documents that have it, and its column of names.
const SERVED: (&str, &str) = ("communes_desservies.csv", "nom_commune");

/// A PDF of the folder.
pub(super) enum Candidate {
    /// A document to show.
    Final(Box<Files>),
    /// Not one to show: a draft, not to be handed out, or no document of ours.
    LeftOut(String),
    /// One to show, but damaged, or incomplete.
    Wrong(String),
}

/// A document with its files.
pub(super) struct Files {
    /// What it is.
    pub published: Published,
    /// The PDF.
    pub pdf: Vec<u8>,
    /// The page.
    pub page: Page,
    /// The workbook.
    pub workbook: Vec<u8>,
    /// Tables, definitions and manifest, by name.
    pub attachments: BTreeMap<String, Vec<u8>>,
}

/// What a document is.
#[derive(Debug, Clone)]
pub(super) struct Published {
    /// Its PDF.
    pub path: PathBuf,
    /// The name of that file, without extension.
    pub stem: String,
    /// Title: `Bilan annuel 2025`.
    pub title: String,
    /// What it is about: `Région Normandie`.
    pub zone: String,
    /// Kind, as the manifest names it.
    pub kind: String,
    /// Level of its zone.
    pub level: Level,
    /// Code of its zone.
    pub code: String,
    /// First and last year.
    pub years: (i32, i32),
    /// Région that it lies in.
    pub region: Option<String>,
    /// Whether its data are made up.
    pub made_up: bool,
    /// Communes that somebody may look for it by.
    pub communes: Vec<String>,
}

impl Published {
    /// What tells it from another document.
    pub(super) fn identity(&self) -> (String, Level, String, (i32, i32)) {
        (self.kind.clone(), self.level, self.code.clone(), self.years)
    }

    /// Where it stands in the contents.
    pub(super) fn section(&self) -> String {
        match (self.level, &self.region) {
            (Level::National, _) => "france".into(),
            (_, Some(region)) => format!("region-{region}"),
            (_, None) => "autres".into(),
        }
    }
}

impl Candidate {
    /// Reads a PDF and what stands beside it.
    pub(super) fn read(path: &Path, communes: &Communes) -> Self {
        let printed = match PrintedDocument::read(path) {
            Ok(printed) => printed,
            Err(error) => return Self::LeftOut(error.message().to_owned()),
        };
        let m = &printed.manifest;
        if !m.publishable || !m.objections.is_empty() {
            return Self::LeftOut("NON DIFFUSABLE".into());
        }
        if !m.is_final {
            return Self::LeftOut("PROJET, seule la version définitive se diffuse".into());
        }

        match files(path, printed, communes) {
            Ok(files) => Self::Final(Box::new(files)),
            Err(why) => Self::Wrong(why),
        }
    }
}

/// The files of a final document, or what is wrong with them.
fn files(path: &Path, printed: PrintedDocument, communes: &Communes) -> Result<Files, String> {
    if let Some(damage) = check_hashes(&printed).discrepancies.first() {
        return Err(damage.text.clone());
    }
    let one_name = |name: &&String| {
        let mut parts = Path::new(name.as_str()).components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
    };
    if let Some(name) = printed.attachments.keys().find(|name| !one_name(name)) {
        return Err(format!("nom de pièce jointe refusé : {name}"));
    }

    let page = page_beside(path)?;
    if !page.holds(&printed.attachments) {
        return Err("la page HTML est celle d'une autre édition".into());
    }

    let workbook = std::fs::read(path.with_extension("xlsx"))
        .map_err(|_| "le classeur (.xlsx) manque".to_owned())?;
    let manifest = printed.attachments.get(MANIFEST).map(|bytes| sha256(bytes));
    if manifest.is_none() || export::xlsx::fact(&workbook, export::xlsx::ORIGIN) != manifest {
        return Err("le classeur (.xlsx) est celui d'une autre édition".into());
    }

    Ok(Files {
        published: published(path, &printed, &page, communes),
        pdf: printed.bytes,
        page,
        workbook,
        attachments: printed.attachments,
    })
}

/// The page beside a PDF.
pub(crate) fn page_beside(pdf: &Path) -> Result<Page, String> {
    let html = std::fs::read_to_string(pdf.with_extension("html"))
        .map_err(|_| "la page HTML manque : l'édition était sans --html".to_owned())?;
    Page::read(html).ok_or_else(|| "la page HTML est celle d'un autre programme".into())
}

fn published(
    path: &Path,
    printed: &PrintedDocument,
    page: &Page,
    communes: &Communes,
) -> Published {
    let m = &printed.manifest;
    let territory = territory(m, communes);
    let of_project = territory.first().map(|commune| commune.region.clone());
    let mut names: BTreeSet<String> = territory.iter().map(|commune| commune.nom.clone()).collect();
    if matches!(m.level, Level::Departement | Level::Medicobus) {
        names.extend(printed.attachments.get(SERVED.0).map(|csv| served(csv)).unwrap_or_default());
    }

    Published {
        path: path.to_path_buf(),
        stem: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        title: page.title.clone(),
        zone: match m.level {
            // The nation names itself by the régions that were read.
            Level::National if !page.zone.contains("France") => format!("France, {}", page.zone),
            _ => page.zone.clone(),
        },
        kind: m.document.clone(),
        level: m.level,
        code: m.zone.clone(),
        years: match (m.years.first(), m.years.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => (m.year, m.year),
        },
        region: page.region.clone().or(of_project),
        made_up: m.made_up,
        communes: names.into_iter().collect(),
    }
}

/// The communes of a project that is no bus of the store.
fn territory<'c>(m: &Manifest, communes: &'c Communes) -> Vec<&'c geography::Commune> {
    let codes = m.territory.iter().flat_map(|territory| &territory.communes);
    codes.filter_map(|code| communes.get(code)).collect()
}

/// The names in a table of communes.
fn served(csv: &[u8]) -> Vec<String> {
    let mut reader = ::csv::Reader::from_reader(csv);
    let column = reader.headers().ok().and_then(|h| h.iter().position(|name| name == SERVED.1));
    let Some(column) = column else { return Vec::new() };
    let records = reader.records().filter_map(Result::ok);
    records.filter_map(|record| record.get(column).map(str::to_owned)).collect()
}
