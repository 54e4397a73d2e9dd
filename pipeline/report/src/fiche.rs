//! The sheet of one bus: a page of key figures, months, publics and delays.

use super::bilan::front_matter;
use super::builder::Builder;
use super::chapters::answers::answers;
use super::chapters::medecin_traitant::found;
use super::chapters::summary::key_figures;
use super::chapters::{activite, conformite, itineraries, publics};
use super::content::{Bilan, Block, Chapter, SummaryPage};
use super::document::Document;
use super::input::BilanInput;
use super::prose::for_sentence;
use base::error::Result;
use base::french::{HIDDEN, typography};
use std::collections::BTreeMap;

/// Makes the sheet of a bus; `input.zone` is the bus.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn fiche(input: &BilanInput<'_>) -> Result<Document> {
    let mut builder = Builder::new(input)?;
    let summary = summary(&builder)?;

    let mut blocks = builder.at_half_width(|a| {
        let curves = [activite::curve(a)?, publics::curve(a)?];
        Ok(curves.into_iter().flatten().collect())
    })?;
    blocks.extend(route(&mut builder));
    blocks.extend(conformite(&mut builder));

    // One line at the foot says the sources of all: the charts need the room.
    for block in &mut blocks {
        if let Block::Chart(g) = block {
            g.source = None;
            g.notes.clear();
        }
    }

    // A sheet keeps no empty place for a comment: the page is full.
    if input.comments.contains_key("fiche") {
        blocks.extend(builder.comment("fiche"));
    }

    let chapter = Chapter {
        id: "activite".into(),
        title: "Activité et publics".into(),
        starts_page: false,
        sentences: found_in_words(&builder)?,
        blocks,
    };
    let title = format!("Fiche {}", input.year);
    let short_title = format!("{title} · {}", input.zone.full_name);
    let mut content = Bilan {
        summary,
        chapters: vec![chapter],
        ..front_matter(input, title, short_title)
    };
    content.mentions.push(typography(
        "Sources : consultations, tournées et dessertes déclarées ; définitions et limites dans le bilan de la région, tables jointes.",
    ));

    Ok(Document::new("fiche.typ", content, builder.charts, input))
}

/// What a page about one bus can hold of a summary.
fn summary(builder: &Builder<'_>) -> Result<SummaryPage> {
    // The key figures say the rest already, and the table of the cahier des charges what departs from it.
    let facts = answers(builder)?.into_iter().map(|answer| answer.text);
    Ok(SummaryPage {
        key_figures: key_figures(builder),
        facts: facts.filter(|fact| fact.contains("intervalle")).collect(),
        ..SummaryPage::default()
    })
}

/// Where the bus stands on which day. Its name heads the sheet already: the first column says the days instead.
fn route(builder: &mut Builder<'_>) -> Option<Block> {
    let Some(Block::Table(mut route)) = itineraries(builder) else {
        return None;
    };
    route.notes.clear();
    route.source = None;

    let first_cell = route.rows.first_mut().and_then(|row| row.first_mut());
    if let (Some(column), Some(cell)) = (route.columns.first_mut(), first_cell) {
        column.title = "Jour prévu".into();
        *cell = "Communes".into();
    }

    Some(Block::Table(route))
}

/// How many patients without médecin traitant found one, which is what the bus is for; and why most figures are missing, if they are.
fn found_in_words(builder: &Builder<'_>) -> Result<Vec<String>> {
    let figures = key_figures(builder);
    let hidden = figures.iter().filter(|figure| figure.value == HIDDEN).count();

    let context = BTreeMap::from([
        ("m", for_sentence(found(builder))),
        ("masquee", minijinja::Value::from(2 * hidden > figures.len())),
    ]);
    builder.sentences("fiche.j2", context)
}

/// What the cahier des charges asks of a bus, in a table of few rows.
fn conformite(builder: &mut Builder<'_>) -> Option<Block> {
    let mut block = conformite::criteria_table(builder, "Au regard du cahier des charges")?;
    if let Block::Table(t) = &mut block {
        // Notes and sources are those of the région's bilan: a sheet has no room for them.
        t.notes.clear();
        t.source = None;
        for cell in t.rows.iter_mut().flatten() {
            *cell = cell
                .replace(" (cahier des charges)", "")
                .replace(" (seuil de vigilance)", " (vigilance)")
                // The vintages alone; the two lines of communes say it for the tours.
                .replace("densité 5 à 7, millésime ", "")
                .replace("(zonage ", "(")
                .replace("ZAC (indicatif)", "ZAC");
        }
    }

    Some(block)
}
