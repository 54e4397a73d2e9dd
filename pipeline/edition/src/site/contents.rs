//! Which document stands where in the contents, and what the search looks through.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use base::error::Result;
use base::zone::Level;
use geography::Communes;
use report::site::{Contents, DOCUMENTS, Entry, Found, LinkMap, List, Period, Section, address};

use super::published::Published;
use crate::comments::folded;

/// What stands above the documents of each rank.
const LISTS: [&str; 4] = ["", "Départements", "Médicobus", "États des lieux de projets"];

/// The contents of a site.
///
/// # Errors
/// If the outlines of a map cannot be read.
pub(super) fn contents(documents: &[Published], communes: &Communes) -> Result<Contents> {
    let sections = sections(documents, communes)?;
    let years = documents.iter().map(|d| d.years);
    let first = years.clone().map(|(first, _)| first).min().unwrap_or_default();
    let last = years.map(|(_, last)| last).max().unwrap_or_default();
    let regions = sections.iter().filter(|s| s.id.starts_with("region-")).count();
    let place = match sections.as_slice() {
        [one] => one.name.clone(),
        _ if regions > 1 => format!("{regions} régions"),
        _ => sections.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "),
    };

    Ok(Contents {
        subtitle: format!("{place}, {}", span((first, last))),
        count: documents.len(),
        made_up: documents.iter().any(|d| d.made_up),
        map: match regions {
            0 | 1 => None,
            _ => Some(country(&sections, communes)?),
        },
        sections,
    })
}

/// What the search looks through, in the order of the contents, the narrowest zones last.
pub(super) fn search(documents: &[Published]) -> Vec<Found> {
    let mut documents: Vec<&Published> = documents.iter().collect();
    documents.sort_by_key(|d| (Reverse(d.years.1), rank(d), folded(&d.zone), d.title.clone()));
    let found = documents.into_iter().map(|d| Found {
        title: d.title.clone(),
        zone: d.zone.clone(),
        page: file(d, "html"),
        communes: d.communes.clone(),
    });
    found.collect()
}

/// The nation, then régions by name, then what lies in none.
fn sections(documents: &[Published], communes: &Communes) -> Result<Vec<Section>> {
    let mut by_section: BTreeMap<(u8, String, String), Vec<&Published>> = BTreeMap::new();
    for document in documents {
        let (order, name) = match (document.level, &document.region) {
            (Level::National, _) => (0, "France".to_owned()),
            (_, Some(code)) => (1, communes.region_name(code).unwrap_or(code).to_owned()),
            (_, None) => (2, "Autres territoires".to_owned()),
        };
        // Accents do not send Île-de-France to the end.
        let key = (order, folded(&name), name);
        by_section.entry(key).or_default().push(document);
    }

    let sections = by_section.into_iter().map(|((_, _, name), documents)| {
        let first = documents.first();
        Ok(Section {
            id: first.map(|d| d.section()).unwrap_or_default(),
            name,
            count: documents.len(),
            map: departements(&documents, communes)?,
            periods: periods(&documents),
        })
    });
    sections.collect()
}

/// The periods of a section, the latest first; an evaluation, which looks back on several years, before the year that it ends with.
fn periods(documents: &[&Published]) -> Vec<Period> {
    let mut by_years: BTreeMap<(i32, i32), Vec<&Published>> = BTreeMap::new();
    for document in documents {
        let (first, last) = document.years;
        by_years.entry((-last, first)).or_default().push(document);
    }

    let latest = by_years.keys().find(|(last, first)| -last == *first).copied();
    let periods = by_years.into_iter().map(|((last, first), documents)| {
        let lists = LISTS.iter().enumerate().filter_map(|(i, title)| {
            let mut list: Vec<&Published> =
                documents.iter().copied().filter(|d| rank(d) == i).collect();
            list.sort_by_key(|d| (folded(&d.zone), d.title.clone()));
            (!list.is_empty()).then(|| List {
                title: (*title).to_owned(),
                documents: list.into_iter().map(entry).collect(),
            })
        });
        Period {
            name: span((first, -last)),
            count: documents.len(),
            open: first != -last || Some((last, first)) == latest,
            lists: lists.collect(),
        }
    });
    periods.collect()
}

/// In which of the lists a document is.
fn rank(document: &Published) -> usize {
    match (document.kind.as_str(), document.level) {
        ("etat-des-lieux", _) | (_, Level::Other) => 3,
        (_, Level::National | Level::Region) => 0,
        (_, Level::Departement) => 1,
        (_, Level::Medicobus) => 2,
    }
}

fn entry(document: &Published) -> Entry {
    Entry {
        title: document.title.clone(),
        zone: document.zone.clone(),
        page: file(document, "html"),
        pdf: file(document, "pdf"),
        book: file(document, "xlsx"),
    }
}

/// The address of a form of a document, from the contents.
fn file(document: &Published, extension: &str) -> String {
    address(&[DOCUMENTS, &format!("{}.{extension}", document.stem)])
}

fn span((first, last): (i32, i32)) -> String {
    match first == last {
        true => last.to_string(),
        false => format!("{first} à {last}"),
    }
}

/// The map of the régions, each leading to its section.
fn country(sections: &[Section], communes: &Communes) -> Result<LinkMap> {
    let regions = || {
        let coded = |s: &'_ Section| s.id.strip_prefix("region-").map(str::to_owned);
        sections.iter().filter_map(move |s| Some((coded(s)?, s)))
    };
    let names = regions().map(|(code, section)| {
        let name = communes.region_name(&code).unwrap_or(&section.name).to_owned();
        (code, name)
    });
    let links = regions().map(|(code, section)| {
        let s = if section.count > 1 { "s" } else { "" };
        let name = format!("{} : {} document{s}", section.name, section.count);
        (code, (format!("#{}", section.id), name))
    });

    LinkMap::of_regions("Choisir une région", &names.collect(), links.collect())
}

/// The map of a région's départements, each leading to its latest bilan; none for a région that is one département.
fn departements(documents: &[&Published], communes: &Communes) -> Result<Option<LinkMap>> {
    let mut latest: BTreeMap<&str, &Published> = BTreeMap::new();
    for document in documents.iter().filter(|d| d.level == Level::Departement && d.kind == "bilan")
    {
        let known = latest.entry(&document.code).or_insert(document);
        if known.years < document.years {
            *known = document;
        }
    }

    let region = documents.first().and_then(|d| d.region.as_deref());
    let of_region = communes.iter().filter(|c| Some(c.region.as_str()) == region);
    let mut frame: Vec<String> = of_region.map(|c| c.departement.clone()).collect();
    frame.sort();
    frame.dedup();
    if latest.is_empty() || frame.len() < 2 {
        return Ok(None);
    }

    let name = |code: &str| communes.departement_name(code).unwrap_or(code).to_owned();
    let names = latest.keys().map(|code| ((*code).to_owned(), name(code))).collect();
    let links = latest.iter().map(|(code, document)| {
        let link = (file(document, "html"), format!("{} : {}", name(code), document.title));
        ((*code).to_owned(), link)
    });
    LinkMap::of_departements("Bilans par département", &frame, &names, links.collect()).map(Some)
}
