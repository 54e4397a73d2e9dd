//! The annual bilan: from gated tables to a whole document.

use chrono::Datelike;

use super::builder::Builder;
use super::chapters;
use super::content::{Bilan, Day, Image, NamedZone, ProvenancePage};
use super::document::Document;
use super::input::BilanInput;
use super::slice::sort_key;
use base::error::Result;
use base::french::{long_date, typography};
use base::zone::Level;
use charts::data::ChartData;
use charts::map::{MapLevel, thumbnail};
use disclosure::GatedTable;

/// Makes the annual bilan of a zone.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn bilan(input: &BilanInput<'_>) -> Result<Document> {
    let mut builder = Builder::new(input)?;
    let summary = chapters::summary::build(&mut builder)?;

    let mut chapters = Vec::new();
    for build in chapters::ORDER {
        builder.open_chapter();
        chapters.extend(build(&mut builder)?);
    }

    let mut provenance = chapters::provenance::build(&mut builder)?;
    provenance
        .texts
        .extend([chapters::method::secrecy(&builder), chapters::method::intervals()]);
    let reading_guide = builder.sentences("lecture.j2", ())?;
    let reading_tables = chapters::reading::populations(&builder)?;
    let cover = cover(&mut builder)?;

    let year = input.year;
    let (title, short) = match input.unfinished() {
        None => ("Bilan annuel", format!("Bilan {year} des médicobus")),
        Some(_) => ("Bilan", format!("Bilan des médicobus {}", input.in_year())),
    };
    let title = format!("{title} {year} des médicobus");
    let short_title = format!("{short} · {}", input.zone.name);
    let content = Bilan {
        summary,
        chapters,
        provenance,
        reading_guide,
        reading_tables,
        cover,
        ..front_matter(input, title, short_title)
    };

    Ok(Document::new("bilan.typ", content, builder.charts, input))
}

/// Title, issuer, marks and date: what every document of a zone has in common.
pub(super) fn front_matter(input: &BilanInput<'_>, title: String, short_title: String) -> Bilan {
    let zone = input.zone;
    let issuer = input.issuer.map_or_else(|| default_issuer(zone), str::to_string);
    let publishable = input.tables.values().all(GatedTable::publishable);

    // The zone, and the months of a year that goes on.
    let mut subtitle = zone.full_name.clone();
    if input.unfinished().is_some() {
        subtitle.push_str(&format!(", {}", input.in_year()));
    }

    Bilan {
        collection: "Médicobus : aller vers les patients sans médecin traitant".into(),
        description: typography(&format!(
            "{title}, {} : indicateurs, tableaux et méthode.",
            zone.full_name
        )),
        title: typography(&title),
        subtitle: typography(&subtitle),
        short_title: typography(&short_title),
        issuer: typography(&issuer),
        logo: input.logo.map(|(name, _)| format!("/{name}")),
        zone: zone.clone(),
        year: input.year,
        date: Day {
            year: input.date.year(),
            month: input.date.month(),
            day: input.date.day(),
        },
        fictitious: input.fictitious,
        publishable,
        draft: publishable && !input.is_final,
        mentions: mentions(input, publishable),
        reading_guide: Vec::new(),
        reading_tables: Vec::new(),
        cover: None,
        summary: super::content::SummaryPage::default(),
        chapters: Vec::new(),
        provenance: ProvenancePage::default(),
        attachments: Vec::new(),
    }
}

/// The small lines at the foot of the cover: state of the data, secrecy, régions that delivered, program.
fn mentions(input: &BilanInput<'_>, publishable: bool) -> Vec<String> {
    let mut mentions = vec![format!(
        "État des données au {}, version {} du dépôt.",
        long_date(input.date),
        input.provenance.store_version
    )];

    if publishable {
        mentions.push(format!(
            "Les effectifs de moins de {} patients sont masqués (n.c.).",
            input.threshold
        ));
    }

    let delivered = input.delivered_regions();
    if !delivered.is_empty() {
        let mut names: Vec<&str> = delivered.values().map(|name| name.as_str()).collect();
        names.sort_by_cached_key(|name| sort_key(name));
        mentions.push(format!(
            "Régions dont les données sont lues : {} ({} sur {}).",
            names.join(", "),
            delivered.len(),
            input.parts.len()
        ));
    }

    mentions.push(format!("Produit par {}.", input.provenance.program));
    mentions.iter().map(|m| typography(m)).collect()
}

/// Who issues a document when nobody is named: the committee of the zone.
pub fn default_issuer(zone: &NamedZone) -> String {
    match zone.level {
        Level::National => "Comité technique national des médicobus".into(),
        Level::Region => format!("Comité régional des médicobus, {}", zone.name),
        Level::Departement => format!("Comité départemental des médicobus, {}", zone.name),
        _ => zone.full_name.clone(),
    }
}

/// The zone on the map of France.
pub(super) fn cover(builder: &mut Builder<'_>) -> Result<Option<Image>> {
    let zone = builder.input.zone;
    let (level, codes) = match zone.level {
        Level::National => {
            let delivered = builder.input.delivered_regions();
            (MapLevel::Region, delivered.into_keys().cloned().collect())
        }
        Level::Region => (MapLevel::Region, vec![zone.code.clone()]),
        Level::Departement => (MapLevel::Departement, vec![zone.code.clone()]),
        _ => return Ok(None),
    };

    let alt = typography(&format!("Carte de France, outre-mer compris : {}.", zone.full_name));
    builder.charts.push(charts::Chart {
        id: "couverture".into(),
        title: String::new(),
        svg: Some(thumbnail(level, &codes)?),
        alt: alt.clone(),
        reading: None,
        data: ChartData::default(),
    });

    Ok(Some(Image {
        file: Some(super::builder::chart_path("couverture")),
        alt,
    }))
}
