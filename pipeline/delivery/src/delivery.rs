//! The first two stages: the files of a delivery, and what it says of itself.

use std::io::Read;
use std::path::Path;

use base::error::{Error, Result};
use base::text::unicode_or_ansi;
use contract::{NOTHING_TO_DECLARE, Rule};

use crate::container::extension;
use crate::header::{DeliveryHeader, HeaderPlace, TypedHeader, UNKNOWN};
use crate::identity::{self, Scope};
use crate::open_files::OpenFiles;
use crate::period::Period;
use crate::summary::Tally;
use crate::survey::untaken;
use crate::text::compact;
use crate::{Finding, FindingSink, Terms};

/// Largest `livraison.toml`.
const HEADER_BYTES: u64 = 64 << 10;

/// An open delivery: its files and its header.
pub struct Delivery<'a> {
    pub(crate) terms: &'a Terms<'a>,
    pub(crate) header: DeliveryHeader,
    pub(crate) files: OpenFiles,
    pub(crate) tally: Tally<'a>,
}

impl<'a> Delivery<'a> {
    /// Opens a folder, a ZIP, a workbook or a CSV file, and reads its header.
    ///
    /// # Errors
    /// When it cannot be opened, or when a finding cannot be kept.
    pub fn open(
        path: &Path,
        terms: &'a Terms<'a>,
        findings: &'a mut dyn FindingSink,
    ) -> Result<Self> {
        let mut tally = Tally::new(findings);
        let mut early = Vec::new();
        let mut files = OpenFiles::open(path, &terms.overrides.limits, &mut early)?;
        for finding in &early {
            tally.push(finding)?;
        }

        let header = read_header(&mut files, terms, &mut tally)?;
        Ok(Self { terms, header, files, tally })
    }
}

/// The period that a delivery says to cover; none where it does not say.
pub fn period_of(path: &Path, terms: &Terms<'_>) -> Option<Period> {
    let mut unheard: Vec<Finding> = Vec::new();
    let header = Delivery::open(path, terms, &mut unheard).ok()?.header;
    (header.periode.text != UNKNOWN).then_some(header.periode)
}

/// Reads `livraison.toml`, or the sheet `livraison` of a workbook, and applies the overrides.
fn read_header(
    files: &mut OpenFiles,
    terms: &Terms<'_>,
    tally: &mut Tally<'_>,
) -> Result<DeliveryHeader> {
    let mut stated: Vec<Stated> = Vec::new();
    stated.extend(from_toml(files)?.map(|typed| (HeaderPlace::default(), typed)));
    stated.extend(from_workbooks(files)?);

    let contradicted = contradiction(&stated, terms);
    let overruled = overruled(&stated, terms);
    // What cannot be a delivery is called what it is, not asked for its région.
    let strange = if stated.is_empty() { no_tables(files)? } else { Vec::new() };
    let (place, read) = match stated.is_empty() {
        true => (HeaderPlace::default(), None),
        false => {
            let (place, typed) = stated.swap_remove(0);
            (place, Some(typed))
        }
    };

    let (mut typed, wrong) = match read {
        Some(Ok(typed)) => (typed, None),
        Some(Err(error)) => (TypedHeader::default(), Some(error)),
        None => (TypedHeader::default(), None),
    };

    let overrides = terms.overrides.clone();
    typed.region = overrides.region.or(typed.region);
    typed.periode = overrides.periode.or(typed.periode);
    typed.producteur = overrides.producteur.or(typed.producteur);
    typed.motif = overrides.motif.or(typed.motif);
    typed.dialect = overrides.dialect.unwrap_or(typed.dialect);

    for (key, text) in [("producteur", &mut typed.producteur), ("motif", &mut typed.motif)] {
        let named = text.as_deref();
        if let Some(kind) = named.and_then(|t| identity::value(t, Scope::Free)) {
            *text = None;
            let finding = kind.finding("la valeur").field(key);
            tally.push(&finding.at(&place.file, place.sheet.as_deref()))?;
        }
    }

    // A name there is a table's or a bus's; one that names somebody is not kept.
    let named = |text: &String| identity::value(text, Scope::Free);
    if let Some(kind) = typed.nothing.iter().find_map(named) {
        typed.nothing.clear();
        let finding = kind.finding("la valeur").field(NOTHING_TO_DECLARE);
        tally.push(&finding.at(&place.file, place.sheet.as_deref()))?;
    }

    let (mut header, mut findings) = typed.finish(terms.today);
    if let Some(error) = wrong {
        // What is missing then is there, and could not be read.
        findings = vec![Finding::told_by(Rule::LivraisonInconnue, &error)];
    }

    for finding in &strange {
        tally.push(finding)?;
    }
    if !strange.is_empty() {
        findings.clear();
    }

    for finding in findings.into_iter().chain(contradicted).chain(overruled) {
        tally.push(&finding.at(&place.file, place.sheet.as_deref()))?;
    }

    header.place = place;
    Ok(header)
}

/// What one place says of the delivery, or why it does not read.
type Stated = (HeaderPlace, Result<TypedHeader>);

/// What refuses a delivery that says two régions, or two periods, in two places; what the caller states decides.
fn contradiction(stated: &[Stated], terms: &Terms<'_>) -> Option<Finding> {
    let named = |place: &HeaderPlace| match &place.sheet {
        None => place.file.clone(),
        Some(sheet) => format!("la feuille {sheet} de {}", place.file),
    };
    let differs = |name: &str, value: fn(&TypedHeader) -> Option<&String>| {
        let mut said = stated.iter().filter_map(|(place, typed)| {
            let typed = typed.as_ref().ok()?;
            Some((place, value(typed)?))
        });
        let (first, one) = said.next()?;
        let (second, two) = said.find(|(_, other)| *other != one)?;

        let message = format!(
            "{} dit {name} {}, et {} {}",
            named(first),
            identity::quoted(one, 20),
            named(second),
            identity::quoted(two, 20)
        );
        let finding = Finding::new(Rule::LivraisonInconnue, message);
        Some(finding.hint("corrigez l'un des deux, ou ne gardez que celui qui est juste"))
    };

    let overrides = &terms.overrides;
    let region = || differs("la région", |typed| typed.region.as_ref());
    let period = || differs("la période", |typed| typed.periode.as_ref());
    let region = overrides.region.is_none().then(region).flatten();
    region.or_else(|| overrides.periode.is_none().then(period).flatten())
}

/// What is told where the caller states another région or period than the delivery: the caller decides, and may have slipped.
fn overruled(stated: &[Stated], terms: &Terms<'_>) -> Option<Finding> {
    let typed = stated.iter().find_map(|(_, typed)| typed.as_ref().ok())?;
    let both = [
        ("la région", &typed.region, &terms.overrides.region),
        ("la période", &typed.periode, &terms.overrides.periode),
    ];
    // A period has several spellings.
    let days = |text: &String| Period::parse(text).ok().map(|period| (period.start, period.end));
    let differs = both.into_iter().find_map(|(what, said, answered)| {
        let (said, answered) = (said.as_ref()?, answered.as_ref()?);
        let same = said == answered || days(said).is_some_and(|d| days(answered) == Some(d));
        (!same).then_some((what, said, answered))
    });

    let (what, said, answered) = differs?;
    let message = format!(
        "la livraison dit {what} {}, et il a été répondu {} à sa place : c'est la réponse qui compte",
        identity::quoted(said, 20),
        identity::quoted(answered, 20)
    );
    let finding = Finding::new(Rule::LivraisonInconnue, message).warning();
    Some(finding.hint("si la livraison dit juste, ne répondez pas à sa place"))
}

/// What the files are, where none of them can hold a table: photos, letters. Nothing where one may.
fn no_tables(files: &mut OpenFiles) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for entry in 0..files.len() {
        let name = files.name(entry).to_owned();
        let kind = match extension(&name).as_str() {
            "txt" if is_prose(files, entry)? => Some("un texte sans colonnes"),
            kind => untaken::document(kind),
        };
        let Some(kind) = kind else { return Ok(Vec::new()) };

        let finding = Finding::new(
            Rule::LivraisonInconnue,
            format!("c'est {kind}, ce n'est pas une livraison"),
        );
        let hint = "une livraison est un classeur (XLSX, ODS), des fichiers CSV ou une archive ZIP";
        found.push(finding.hint(hint).at(&name, None));
    }
    Ok(found)
}

/// Whether the beginning of a text has no columns.
fn is_prose(files: &mut OpenFiles, entry: usize) -> Result<bool> {
    let mut bytes = Vec::new();
    let (_, reader) = files.container.read(entry)?;
    // What does not read is told later.
    if reader.take(4096).read_to_end(&mut bytes).is_err() {
        return Ok(false);
    }

    let text = String::from_utf8_lossy(&bytes);
    let columns = |line: &str| {
        line.contains([';', '\t', '|']) || line.matches(',').count() > 2 || line.contains('=')
    };
    Ok(!text.is_empty() && !text.lines().any(columns))
}

/// The header of the first `livraison.toml`, if there is one: read, or why it does not read.
fn from_toml(files: &mut OpenFiles) -> Result<Option<Result<TypedHeader>>> {
    let found: Vec<usize> = (0..files.len()).filter(|e| files.is_header(*e)).collect();
    let entry = match found.as_slice() {
        [] => return Ok(misnamed(files).map(Err)),
        [one] => *one,
        several => {
            let names: Vec<&str> = several.iter().map(|e| files.name(*e)).collect();
            return Ok(Some(Err(Error::refused(format!(
                "plusieurs livraisons en une : {}",
                names.join(", ")
            ))
            .hint(
                "chargez chaque livraison à part : une région, une période, un livraison.toml",
            ))));
        }
    };

    let mut bytes = Vec::new();
    let (_, reader) = files.container.read(entry)?;
    let read = reader
        .take(HEADER_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::refused("livraison.toml ne se lit pas").caused_by(e));

    let text = read.and_then(|_| header_text(&bytes));
    Ok(Some(text.and_then(|text| TypedHeader::from_toml(&text))))
}

/// TOML is UTF-8; notepads save it as they save other files: in UTF-16 behind its mark, in Windows-1252 without one.
fn header_text(bytes: &[u8]) -> Result<String> {
    unicode_or_ansi(bytes).map_err(|e| {
        Error::refused(format!("livraison.toml : {}", e.what))
            .hint("enregistrez-le en UTF-8 (Bloc-notes : Enregistrer sous, Encodage UTF-8)")
    })
}

/// A file that was meant to be the header, and whose name says something else.
fn misnamed(files: &OpenFiles) -> Option<Error> {
    let meant = |entry: &usize| {
        let base = files.base_name(*entry);
        base.starts_with("livraison") && matches!(extension(&base).as_str(), "toml" | "txt")
    };
    let entry = (0..files.len()).find(meant)?;

    let message = format!("{} n'est pas lu comme livraison.toml", files.name(entry));
    Some(Error::refused(message).hint(
        "renommez-le livraison.toml (Explorateur : Affichage, Extensions de noms de fichiers)",
    ))
}

/// The headers of the workbooks that have a sheet `livraison`.
fn from_workbooks(files: &mut OpenFiles) -> Result<Vec<Stated>> {
    let mut stated = Vec::new();
    for entry in 0..files.len() {
        let file = files.name(entry).to_owned();
        if files.is_workbook(entry)
            && files.kind(entry) != "parquet"
            && let Ok(book) = files.workbook(entry)?
            && let Some(name) = book.names().into_iter().find(|n| compact(n) == "livraison")
            && let Ok(mut sheet) = book.sheet(&name, 2)
            && let Ok(Some(records)) = sheet.rows(100)
        {
            let cell = |row, column| records.get(row, column).to_owned();
            let pairs = (0..records.len()).map(|r| (cell(r, 0), cell(r, 1)));
            let place = HeaderPlace { file, sheet: Some("livraison".into()) };
            stated.push((place, TypedHeader::from_pairs(pairs)));
        }
    }

    Ok(stated)
}
