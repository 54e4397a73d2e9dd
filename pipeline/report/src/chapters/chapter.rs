//! What the chapters of a bilan and of an evaluation have in common.

use base::french::typography;

use crate::builder::Builder;
use crate::content::{Block, Chapter};

/// What opens the line of a sentence template that is no sentence: what the chapter found, which its title states.
const FINDING: &str = "# ";

/// A chapter that starts a page, with the committee's comment. Its title states what it found where its sentences begin with that.
pub(crate) fn chapter(
    builder: &Builder<'_>,
    id: &str,
    topic: &str,
    mut sentences: Vec<String>,
    mut blocks: Vec<Block>,
) -> Chapter {
    let finding = sentences.iter().position(|line| line.starts_with(FINDING));
    let title = match finding.map(|at| sentences.remove(at)) {
        Some(line) => typography(&format!("{topic} : {}", &line[FINDING.len()..])),
        None => topic.to_owned(),
    };

    // The comment comes first: at the end it would often stand alone on a page.
    blocks.splice(0..0, builder.comment(id));
    Chapter {
        id: id.into(),
        title,
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
