//! Chapters of a bilan, one file each: what is said, shown and tabulated from which answer.

pub(super) mod activite;
mod appendix;
pub(super) mod comparison;
pub(super) mod conformite;
mod data_quality;
mod delais;
mod deploiement;
mod financement;
mod medecin_traitant;
pub(super) mod method;
mod offre;
mod organisation;
pub(super) mod provenance;
pub(super) mod publics;
pub(super) mod summary;
mod territoires;

pub(super) use organisation::itineraries;

use super::builder::Builder;
use super::content::{Block, Chapter};
use base::error::Result;
use base::zone::Level;

/// Builds a chapter, or none where there is nothing to say.
pub(super) type BuildChapter = fn(&mut Builder<'_>) -> Result<Option<Chapter>>;

/// Chapters in order. The annexes come last: they print what no chapter has printed.
pub(super) const ORDER: [BuildChapter; 13] = [
    deploiement::build,
    activite::build,
    publics::build,
    medecin_traitant::build,
    delais::build,
    organisation::build,
    conformite::build,
    financement::build,
    offre::build,
    comparison::build,
    data_quality::build,
    method::build,
    appendix::build,
];

/// A chapter that starts a page, with the committee's comment.
pub(super) fn chapter(
    builder: &Builder<'_>,
    id: &str,
    title: &str,
    sentences: Vec<String>,
    mut blocks: Vec<Block>,
) -> Chapter {
    // The comment comes first: at the end it would often stand alone on a page.
    blocks.splice(0..0, builder.comment(id));
    Chapter {
        id: id.into(),
        title: title.into(),
        starts_page: true,
        sentences,
        blocks,
    }
}

/// Puts words in the place of the codes of a printed table.
fn put_words(block: &mut Block, words: &[(&str, &str)]) {
    if let Block::Table(t) = block {
        for cell in t.rows.iter_mut().flatten() {
            if let Some((_, word)) = words.iter().find(|(code, _)| code == cell) {
                *cell = (*word).to_string();
            }
        }
    }
}

/// Name of the zones just below, for titles: `par département`, `par région`.
pub(super) fn by_part(builder: &Builder<'_>) -> &'static str {
    if builder.input.zone.level == Level::National {
        "par région"
    } else {
        "par département"
    }
}
