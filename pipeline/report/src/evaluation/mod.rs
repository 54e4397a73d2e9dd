//! The final evaluation: one page of answers first, then what was done, for whom, at what cost, with what effect.
//!
//! | module | does |
//! |---|---|
//! | [`requests`] | which queries it needs |
//! | `facts`, `estimate_facts`, `surroundings` | what its sentences are told |
//! | `year_tables` | tables of several years |
//! | `summary`, `outputs`, `outcomes`, `results`, `regions`, `effect`, `limits` | its chapters |
//!
//! The bilan's comparison of régions, method and provenance serve as they are.

mod effect;
mod estimate_facts;
mod facts;
mod input;
mod limits;
mod outcomes;
mod outputs;
mod regions;
pub mod requests;
mod results;
mod summary;
mod surroundings;
mod year_tables;

use super::bilan::{cover, front_matter};
use super::builder::Builder;
use super::chapters;
use super::content::{Bilan, Block, Chapter};
use super::document::Document;
use base::error::Result;

pub use input::{COMMENTED, EvaluationInput, PlanInput};

/// Builds a chapter, or none where there is nothing to say.
type BuildEvaluationChapter = fn(&mut Builder<'_>, &EvaluationInput<'_>) -> Result<Option<Chapter>>;

const ORDER: [BuildEvaluationChapter; 14] = [
    outputs::deploiement,
    outputs::publics,
    outputs::activite,
    results::medecin_traitant,
    results::territoires,
    results::delais,
    results::offre,
    results::couts,
    comparison,
    effect::build,
    method,
    limits::build,
    effect::naive,
    regions::build,
];

/// Makes the final evaluation of a zone.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn evaluation(input: &EvaluationInput<'_>) -> Result<Document> {
    let mut builder = Builder::new(&input.base)?;
    let a = &mut builder;
    let summary = summary::build(a, input)?;
    let mut list: Vec<Chapter> = Vec::new();
    for build in ORDER {
        a.open_chapter();
        list.extend(build(a, input)?);
    }

    let provenance = chapters::provenance::build(a)?;
    let reading_guide = a.sentences("evaluation_lecture.j2", ())?;
    let reading_tables = chapters::reading::populations(a)?;
    let cover = cover(a)?;
    let (start, end) = bounds(input);

    let title = format!("Évaluation finale des médicobus, {start}-{end}");
    let short_title = format!("Évaluation des médicobus {start}-{end} · {}", input.base.zone.name);

    let content = Bilan {
        summary,
        chapters: list,
        provenance,
        reading_guide,
        reading_tables,
        cover,
        ..front_matter(&input.base, title, short_title)
    };

    Ok(Document::new("evaluation.typ", content, builder.charts, &input.base))
}

fn bounds(input: &EvaluationInput<'_>) -> (i32, i32) {
    let year = input.base.year;
    (
        input.years.first().copied().unwrap_or(year),
        input.years.last().copied().unwrap_or(year),
    )
}

/// The nation: the bilan's comparison of régions with shares at a comparable structure, intervals over buses. A région: its
/// share at a comparable structure beside that of all.
fn comparison(a: &mut Builder<'_>, input: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let Some(mut chapter) = chapters::comparison::build(a)? else {
        return regions::situate(a, input);
    };

    if let Some(redrawn) = regions::caterpillar(a, input)?
        && let Some(block) = chapter
            .blocks
            .iter_mut()
            .find(|b| matches!(b, Block::Chart(g) if g.id == regions::CATERPILLAR))
    {
        *block = redrawn;
    }

    // After the caution and the committee's comment.
    let place = chapter
        .blocks
        .iter()
        .position(|b| !matches!(b, Block::Callout { .. } | Block::Comment { .. }))
        .unwrap_or(chapter.blocks.len());

    let blocks = regions::standardised(a, input)?;
    chapter.blocks.splice(place..place, blocks);

    Ok(Some(chapter))
}

/// How the figures were made.
fn method(a: &mut Builder<'_>, input: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let mut items = outputs::sentences(a, input, "methode")?;
    items.retain(|t| !t.is_empty());

    Ok(Some(Chapter {
        id: "methode".into(),
        title: "Méthode".into(),
        starts_page: true,
        sentences: vec![chapters::method::secrecy(a)],
        blocks: vec![Block::List { items }],
    }))
}
