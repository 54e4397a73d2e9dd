//! What depends on the whole of a document: a caution is printed once, a sigle is explained where it is used.

use std::collections::BTreeSet;

use base::french::typography;

use super::{Bilan, Block};

impl Bilan {
    /// Leaves out of the notes under tables what the document says word for word in a sentence or a box, wherever that stands, or
    /// under an earlier table. Whom a table is about (« Champ ») stays.
    pub(crate) fn say_once(&mut self) {
        let prose = self.prose();
        let mut said = BTreeSet::new();

        for block in self.blocks_mut() {
            let Block::Table(table) = block else { continue };
            table.notes.retain(|note| {
                note.starts_with("Champ")
                    || !prose.iter().any(|text| text.contains(note)) && said.insert(note.clone())
            });
        }
    }

    /// Turns the lines `sigle | meaning` of the reading guide into one that explains the sigles that the document uses.
    pub(crate) fn explain_sigles(&mut self) {
        let guide = std::mem::take(&mut self.reading_guide);
        let text = serde_json::to_string(&self).unwrap_or_default();
        let used: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();

        let mut sigles = Vec::new();
        for line in guide {
            match line.split_once(" | ") {
                None => self.reading_guide.push(line),
                Some((sigle, meaning)) if used.contains(sigle) => {
                    sigles.push(typography(&format!("{sigle} : {meaning}.")));
                }
                Some(_) => {}
            }
        }
        if !sigles.is_empty() {
            self.reading_guide.push(format!("Sigles. {}", sigles.join(" ")));
        }
    }

    /// Every sentence of the product, but for notes.
    fn prose(&self) -> Vec<String> {
        let answers = self.summary.answers.iter().map(|answer| &answer.text);
        let sentences = self.chapters.iter().flat_map(|chapter| &chapter.sentences);
        let boxes =
            self.chapters.iter().flat_map(|chapter| &chapter.blocks).flat_map(
                |block| match block {
                    Block::Callout { texts, .. } => texts.as_slice(),
                    Block::Paragraph { text } => std::slice::from_ref(text),
                    Block::List { items } => items.as_slice(),
                    _ => &[],
                },
            );

        self.summary
            .facts
            .iter()
            .chain(answers)
            .chain(sentences)
            .chain(boxes)
            .cloned()
            .collect()
    }

    /// Every block, in the order in which it is read.
    fn blocks_mut(&mut self) -> impl Iterator<Item = &mut Block> {
        let chapters = self.chapters.iter_mut().flat_map(|chapter| &mut chapter.blocks);
        let first = self.reading_tables.iter_mut().chain(&mut self.summary.blocks);

        first.chain(chapters).chain(&mut self.provenance.blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bilan, Block, Tone};
    use crate::fixture;
    use crate::templates::Templates;

    fn content() -> Bilan {
        fixture::document(&Templates::load(None).unwrap()).content
    }

    /// Notes of the tables of the fixture's only chapter with a table.
    fn notes(content: &Bilan) -> Vec<&[String]> {
        let blocks = content.chapters.iter().flat_map(|chapter| &chapter.blocks);
        blocks
            .filter_map(|block| match block {
                Block::Table(table) => Some(table.notes.as_slice()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_caution_is_printed_once_and_not_under_a_table_where_a_box_says_it() {
        let mut twice = content();
        let chapter = twice
            .chapters
            .iter()
            .position(|c| c.blocks.iter().any(|b| matches!(b, Block::Table(_))))
            .unwrap();
        let table = twice.chapters[chapter]
            .blocks
            .iter()
            .find(|b| matches!(b, Block::Table(_)))
            .cloned()
            .unwrap();
        twice.chapters[chapter].blocks.push(table);

        let caution = notes(&twice)[0].last().unwrap().clone();
        let mut once = twice.clone();
        once.say_once();
        assert!(notes(&once)[0].contains(&caution));
        assert!(!notes(&once)[1].contains(&caution));

        let mut boxed = twice;
        boxed.chapters[chapter].blocks.push(Block::Callout {
            tone: Tone::Watch,
            title: String::new(),
            texts: vec![format!("{caution} Une autre phrase.")],
        });
        boxed.say_once();
        assert!(notes(&boxed).iter().all(|notes| !notes.contains(&caution)));
    }

    #[test]
    fn only_sigles_of_the_document_are_explained() {
        let mut content = content();
        content.reading_guide =
            vec!["ALD | affection".into(), "FIR | fonds".into(), "n.c. : masqué.".into()];
        content.explain_sigles();
        let sigles = base::french::typography("Sigles. ALD : affection.");
        assert_eq!(content.reading_guide, ["n.c. : masqué.", &sigles]);
    }
}
