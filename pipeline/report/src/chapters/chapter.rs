//! What the chapters of a bilan and of an evaluation have in common.

use crate::builder::Builder;
use crate::content::{Block, Chapter};

/// A chapter that starts a page, with the committee's comment.
pub(crate) fn chapter(
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
pub(super) fn put_words(block: &mut Block, words: &[(&str, &str)]) {
    if let Block::Table(t) = block {
        for cell in t.rows.iter_mut().flatten() {
            if let Some((_, word)) = words.iter().find(|(code, _)| code == cell) {
                *cell = (*word).to_string();
            }
        }
    }
}
