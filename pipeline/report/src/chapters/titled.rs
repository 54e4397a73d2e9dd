//! Short chapters worded by one template: a line is `chapter | sentence`.

use serde::Serialize;

use crate::builder::Builder;
use crate::content::{Block, Chapter};
use base::error::Result;
use base::french::typography;

/// The lines of a template by the chapter that they belong to.
pub(crate) struct TitledLines(Vec<(String, String)>);

impl TitledLines {
    /// Renders a template.
    ///
    /// # Errors
    /// `Usage` if it is wrong.
    pub(crate) fn read(a: &Builder<'_>, template: &str, context: impl Serialize) -> Result<Self> {
        let lines = a.sentences(template, context)?;
        let parts = lines.iter().filter_map(|line| line.split_once('|'));
        Ok(Self(parts.map(|(id, text)| (id.trim().into(), text.trim().into())).collect()))
    }

    /// The sentences of a chapter.
    pub(crate) fn of(&self, chapter: &str) -> Vec<String> {
        let own = self.0.iter().filter(|(id, _)| id == chapter);
        own.map(|(_, text)| text.clone()).collect()
    }
}

/// Sentences as paragraphs.
pub(crate) fn paragraphs(sentences: Vec<String>) -> Vec<Block> {
    sentences.into_iter().map(|text| Block::Paragraph { text }).collect()
}

/// A chapter of sentences and blocks; none where there is neither.
pub(crate) fn chapter_of(
    id: &str,
    title: &str,
    sentences: Vec<String>,
    blocks: impl IntoIterator<Item = Block>,
) -> Option<Chapter> {
    let blocks: Vec<Block> = blocks.into_iter().collect();
    let empty = sentences.is_empty() && blocks.is_empty();

    (!empty).then(|| Chapter {
        id: id.into(),
        title: typography(title),
        starts_page: false,
        sentences,
        blocks,
    })
}
