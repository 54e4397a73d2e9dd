//! The final evaluation: one page of answers first, then what was done, for whom, at what cost, with what effect.
//!
//! | module | does |
//! |---|---|
//! | [`requests`] | which queries it needs |
//! | `facts` | what its sentences are told |
//! | `outils` | tables of several years |
//! | `summary`, `realisations`, `resultats`, `regions`, `effect`, `conclusion` | its chapters |
//!
//! The bilan's comparison of régions, method and provenance serve as they are.

mod conclusion;
mod effect;
mod facts;
mod outils;
mod realisations;
mod regions;
pub mod requests;
mod resultats;
mod summary;

use chrono::NaiveDate;

use super::bilan::{BilanInput, cover, front_matter};
use super::builder::Builder;
use super::chapitres;
use super::content::{Bilan, Block, Chapter};
use super::document::Document;
use base::error::Result;

/// Everything that an evaluation is a function of.
#[derive(Debug, Clone)]
pub struct EvaluationInput<'a> {
    /// Zone, reference year (the last complete one), tables, comments, provenance: as for a bilan.
    pub base: BilanInput<'a>,
    /// Years covered, increasing.
    pub annees: &'a [i32],
    /// Last day told about, when it falls before the end of the last year.
    pub partielle: Option<NaiveDate>,
    /// Why no effect is estimated: `servis`, `grappes`, `temoins`, `zonages` or `estimation`.
    pub absence: Option<&'a str>,
    /// Territories served within the panel, and their clusters.
    pub servis: (usize, usize),
    /// Controls, and their clusters.
    pub temoins: (usize, usize),
    /// Territories whose zoning is unknown.
    pub sans_zonage: usize,
    /// Fewest served territories and clusters for a causal conclusion.
    pub minimum: (usize, usize),
    /// Whether the user gave the reference population of standardised shares.
    pub population_donnee: bool,
}

impl EvaluationInput<'_> {
    /// True when the causal chapter concludes.
    pub fn conclut(&self) -> bool {
        self.base
            .tables
            .get("effet_moyen")
            .is_some_and(|t| !t.rows().is_empty())
    }

    /// Key of a query's answer for a year.
    pub fn key(&self, query: &str, year: i32) -> String {
        requests::key(query, year, self.base.year)
    }

    /// Complete years.
    pub fn completes(&self) -> impl Iterator<Item = i32> + '_ {
        let fin = self.base.year;
        self.annees.iter().copied().filter(move |a| *a <= fin)
    }
}

/// Builds a chapter, or none where there is nothing to say.
type Construire = fn(&mut Builder<'_>, &EvaluationInput<'_>) -> Result<Option<Chapter>>;

/// Chapters that take no comment: their words are the program's.
const SANS_COMMENTAIRE: [&str; 3] = ["reponses", "methode", "annexe_effet"];

const ORDER: [Construire; 14] = [
    realisations::deploiement,
    realisations::publics,
    realisations::activite,
    resultats::medecin_traitant,
    resultats::territoires,
    resultats::delais,
    resultats::offre,
    resultats::couts,
    comparison,
    effect::build,
    methode,
    conclusion::limits,
    conclusion::build,
    effect::naif,
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
    list.extend(regions::build(a, input)?);
    let provenance = chapitres::provenance::build(a)?;
    let reading_guide = a.sentences("evaluation_lecture.j2", ())?;
    let cover = cover(a)?;
    let (start, fin) = bounds(input);
    let title = format!("Évaluation finale des médicobus, {start}-{fin}");
    let short_title = format!(
        "Évaluation des médicobus {start}-{fin} · {}",
        input.base.zone.name
    );
    let content = Bilan {
        summary,
        chapitres: list,
        provenance,
        reading_guide,
        cover,
        ..front_matter(&input.base, title, short_title)
    };
    Ok(Document::new(
        "evaluation.typ",
        content,
        builder.charts,
        &input.base,
    ))
}

fn bounds(input: &EvaluationInput<'_>) -> (i32, i32) {
    let year = input.base.year;
    (
        input.annees.first().copied().unwrap_or(year),
        input.annees.last().copied().unwrap_or(year),
    )
}

/// Names of the comments that a document has no chapter for, among those given to it.
pub fn commentaires_sans_chapitre<'c>(
    document: &Document,
    donnes: impl Iterator<Item = &'c String>,
) -> Vec<&'c str> {
    let chapitres: std::collections::BTreeSet<&str> = document
        .content
        .chapitres
        .iter()
        .map(|c| c.id.as_str())
        .filter(|id| !SANS_COMMENTAIRE.contains(id))
        .chain(["synthese"])
        .collect();
    donnes
        .map(String::as_str)
        .filter(|c| !chapitres.contains(c))
        .collect()
}

/// The nation: the bilan's comparison of régions with shares at a comparable structure, intervals over buses. A région: its
/// share at a comparable structure beside that of all.
fn comparison(a: &mut Builder<'_>, input: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let Some(mut chapter) = chapitres::comparison::build(a)? else {
        return regions::situer(a, input);
    };
    if let Some(redessine) = regions::caterpillar(a, input)?
        && let Some(block) = chapter
            .blocks
            .iter_mut()
            .find(|b| matches!(b, Block::Chart(g) if g.id == regions::CLASSEMENT))
    {
        *block = redessine;
    }
    // The caution and the committee's words stay before what they are about.
    let place = chapter
        .blocks
        .iter()
        .position(|b| !matches!(b, Block::Callout { .. } | Block::Comment { .. }))
        .unwrap_or(chapter.blocks.len());
    let blocks = regions::standardisees(a, input)?;
    chapter.blocks.splice(place..place, blocks);
    Ok(Some(chapter))
}

/// How the figures were made, then the definitions of every query and table of estimates.
fn methode(a: &mut Builder<'_>, input: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let Some(mut chapter) = chapitres::methode::build(a)? else {
        return Ok(None);
    };
    // The first sentence says how secrecy was kept; the others are about a bilan's intervals.
    chapter.sentences.truncate(1);
    let mut items = realisations::sentences(a, input, "methode")?;
    items.retain(|t| !t.is_empty());
    chapter.blocks.insert(0, Block::List { items });
    chapter.blocks.insert(
        1,
        Block::Heading {
            text: "Définitions".into(),
        },
    );
    Ok(Some(chapter))
}

fn chapter(
    a: &Builder<'_>,
    id: &str,
    title: &str,
    sentences: Vec<String>,
    mut blocks: Vec<Block>,
) -> Chapter {
    // First what the committee has to say: at the end it would often stand alone on a page.
    blocks.splice(0..0, a.comment(id));
    Chapter {
        id: id.into(),
        title: title.into(),
        starts_page: true,
        sentences,
        blocks,
    }
}
