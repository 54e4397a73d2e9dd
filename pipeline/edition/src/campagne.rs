//! A campaign: every document of a year, and why one of them need not be made again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base::error::Result;
use base::zone::Level;
use query::Session;
use query::session::rows;

use super::attachments::PrintedDocument;
use super::comments::check_all;
use super::edition::Edition;
use super::plan::PlannedQuery;
use super::request::{Request, Subject};
use super::shared_answers::Bus;
use super::site::page_beside;
use super::verification::{changes, check_hashes};

/// What all documents of a campaign have in common.
pub struct Campaign {
    /// The year.
    pub year: i32,
    /// Turn statistical secrecy off.
    pub unprotected: bool,
    /// Print nothing where a comment is missing.
    pub is_final: bool,
    /// Folder of the committees' comments.
    pub comments: Option<PathBuf>,
}

/// The documents of a year: the nation, each région and département with a bus that told of a tour that year, and the
/// sheet of each such bus. The widest zones come first: they take longest.
///
/// # Errors
/// If the store cannot be read; a comment that would not be printed as it is.
pub async fn documents(
    session: &Session,
    edition: &Edition<'_>,
    campaign: &Campaign,
) -> Result<Vec<Request>> {
    let out = buses_out(session, campaign.year).await?;
    if out.is_empty() {
        return Ok(Vec::new());
    }

    let codes = |level: Level, code: fn(&Bus) -> &str| {
        let buses = edition.buses().iter().filter(|b| out.contains(&b.id));
        let codes: BTreeSet<&str> = buses.map(code).collect();
        codes.into_iter().map(move |code| (level, code))
    };

    let zones = std::iter::once((Level::National, "FR"))
        .chain(codes(Level::Region, |b| &b.region))
        .chain(codes(Level::Departement, |b| &b.departement))
        .chain(codes(Level::Medicobus, |b| &b.id));

    let requests: Vec<Request> = zones
        .map(|(level, code)| {
            Ok(Request {
                zone: edition.zone(level, code)?,
                year: campaign.year,
                unprotected: campaign.unprotected,
                is_final: campaign.is_final,
                comments: campaign.comments.clone(),
                subject: Subject::Year,
            })
        })
        .collect::<Result<_>>()?;

    check_all(&requests)?;
    Ok(requests)
}

/// Buses that told of a tour in a year.
async fn buses_out(session: &Session, year: i32) -> Result<BTreeSet<String>> {
    let batch = session
        .read(&format!(
            "SELECT DISTINCT id_medicobus FROM tournees \
             WHERE \"date\" >= make_date({year}, 1, 1) AND \"date\" < make_date({}, 1, 1) ORDER BY 1",
            year + 1
        ))
        .await?;

    let ids = rows(&batch)?;
    let ids = ids.iter().filter_map(|row| row.first()?.as_text());

    Ok(ids.map(str::to_string).collect())
}

/// Why the document of `request` must be made again, in French; empty when the PDF at `pdf` is up to date and whole, and
/// has its page beside it where one is wanted (`html`).
///
/// # Errors
/// A comment that cannot be read.
pub fn reasons(
    edition: &Edition<'_>,
    request: &Request,
    pdf: &Path,
    html: bool,
) -> Result<Vec<String>> {
    if !pdf.is_file() {
        return Ok(vec!["jamais édité ici".to_string()]);
    }
    let Ok(printed) = PrintedDocument::read(pdf) else {
        return Ok(vec!["le PDF présent ne porte pas de manifeste lisible".to_string()]);
    };

    let damaged = check_hashes(&printed).discrepancies;
    let inputs = edition.inputs(request)?;
    let mut lost = missing_files(&edition.plan(request)?, pdf);
    if html {
        lost.extend(page_to_remake(&printed, pdf));
    }

    // A published document is out; what was published since changes neither its data nor what it may show.
    let mut before = printed.manifest;
    let same_data = edition.ledger.data_version()..=inputs.store_version;
    if request.is_final && same_data.contains(&before.store_version) {
        before.store_version = inputs.store_version;
    }

    let changed = changes(&before, &inputs);
    Ok(damaged
        .into_iter()
        .chain(changed)
        .map(|d| format!("{} : {}", d.cause.word(), d.text))
        .chain(lost)
        .collect())
}

/// Why the page beside a PDF must be made again, if it must.
fn page_to_remake(printed: &PrintedDocument, pdf: &Path) -> Option<String> {
    match page_beside(pdf) {
        Ok(page) if page.holds(&printed.attachments) => None,
        Ok(_) => Some("page HTML d'une autre édition".to_string()),
        Err(why) => Some(why),
    }
}

/// Files beside the PDF that are no longer there: its workbook, its Parquet tables.
fn missing_files(plan: &[PlannedQuery<'_>], pdf: &Path) -> Vec<String> {
    let mut missing = Vec::new();
    let book = pdf.with_extension("xlsx");
    if !book.is_file() {
        missing.push(format!("classeur absent : {}", name(&book)));
    }

    let folder = pdf.with_extension("");
    let tables = plan.iter().filter(|step| step.printed).filter(|step| {
        let table = format!("{}.parquet", step.key.replace('/', "_"));
        !folder.join(table).is_file()
    });

    match tables.count() {
        0 => {}
        1 => missing.push(format!("une table absente du dossier {}", name(&folder))),
        n => missing.push(format!("{n} tables absentes du dossier {}", name(&folder))),
    }

    missing
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
