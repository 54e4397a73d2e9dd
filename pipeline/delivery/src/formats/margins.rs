//! What a workbook says beside its cells: headers and footers of printed pages, comments on cells.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use memchr::memmem;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use crate::formats::xml::{attribute, push_text, reader};

/// Most bytes read of a part that names others, of comments, of the header of a page.
const PART: u64 = 2 << 20;
const PAGE: usize = 64 << 10;

/// A text beside the cells of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MarginText {
    /// The cell that it is a comment on; none for the header or the footer of a page.
    pub(crate) cell: Option<String>,
    pub(crate) text: String,
}

impl MarginText {
    /// Row of its cell, from 1.
    pub(crate) fn row(&self) -> Option<u64> {
        let digits = self.cell.as_ref()?.trim_start_matches(|c: char| !c.is_ascii_digit());
        digits.parse().ok()
    }
}

/// The texts beside the cells of a sheet of an XLSX.
pub(super) fn of_xlsx(bytes: &[u8], sheet: &str) -> Vec<MarginText> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Vec::new();
    };
    let targets = related(&mut archive, "xl", "workbook.xml");

    let mut id = None;
    walk(&part(&mut archive, "xl/workbook.xml"), |tag, _| {
        if tag.name().0 == "sheet" && attribute(tag, "name").as_deref() == Some(sheet) {
            id = attribute(tag, "r:id");
        }
    });
    let path = id.and_then(|id| Some(targets.get(&id)?.1.as_str()));
    let Some((path, (folder, file))) = path.and_then(|p| Some((p, p.rsplit_once('/')?))) else {
        return Vec::new();
    };

    let mut texts = archive.by_name(path).map(page_texts).unwrap_or_default();
    for (kind, comments) in related(&mut archive, folder, file).into_values() {
        if kind.ends_with("/comments") {
            texts.extend(comments_of(&part(&mut archive, &comments)));
        }
    }
    texts
}

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

/// A part, or what fits of it.
fn part(archive: &mut Archive<'_>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(part) = archive.by_name(name) {
        // A part that breaks off is read as far as it goes.
        let _ = part.take(PART).read_to_end(&mut bytes);
    }
    bytes
}

/// The parts that one refers to, by identifier: their kind and their path.
fn related(
    archive: &mut Archive<'_>,
    folder: &str,
    file: &str,
) -> BTreeMap<String, (String, String)> {
    let mut all = BTreeMap::new();
    walk(&part(archive, &format!("{folder}/_rels/{file}.rels")), |tag, _| {
        let of = |name| attribute(tag, name);
        if let (Some(id), Some(kind), Some(target)) = (of("Id"), of("Type"), of("Target")) {
            all.insert(id, (kind, resolved(folder, &target)));
        }
    });
    all
}

/// The path of a target as another part names it: from the root, or from its own folder.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(path) = target.strip_prefix('/') {
        return path.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').collect();
    for step in target.split('/') {
        match step {
            "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}

/// Goes through a part, and gives each tag that opens with the text that came since the tag before it; at the end, the text that is left.
fn walk(xml: &[u8], mut each: impl FnMut(&BytesStart<'_>, String)) -> String {
    let mut reader = reader(xml);
    let (mut buffer, mut text) = (Vec::new(), String::new());

    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => each(&tag, std::mem::take(&mut text)),
            Ok(Event::Eof) | Err(_) => return text,
            Ok(other) => push_text(&other, &mut text),
        }
    }
}

/// The texts of the headers and footers of a sheet, which stand behind its cells.
fn page_texts(mut sheet: impl Read) -> Vec<MarginText> {
    const OPENS: &[u8] = b"<headerFooter";
    let (mut kept, mut found) = (Vec::new(), false);
    let mut chunk = vec![0; PAGE];

    while let Ok(read @ 1..) = sheet.read(&mut chunk) {
        kept.extend_from_slice(&chunk[..read]);
        if !found && let Some(at) = memmem::find(&kept, OPENS) {
            kept.drain(..at);
            found = true;
        }
        match found {
            true if kept.len() > PAGE || memmem::find(&kept, b"</headerFooter>").is_some() => break,
            true => {}
            false => drop(kept.drain(..kept.len().saturating_sub(OPENS.len()))),
        }
    }
    if !found {
        return Vec::new();
    }

    let mut texts = Vec::new();
    let end = memmem::find(&kept, b"</headerFooter>").unwrap_or_default();
    let last = walk(&kept[..end], |_, text| texts.push(text));
    texts.push(last);
    texts.iter().filter_map(|text| of_page(text)).collect()
}

/// The text of a page's header or footer, of which `coded` is the writing; none where it has no words.
pub(super) fn of_page(coded: &str) -> Option<MarginText> {
    let text = printed(coded);
    (!text.is_empty()).then_some(MarginText { cell: None, text })
}

/// The text of a page's header without its codes: place, page number, font, size, colour.
fn printed(text: &str) -> String {
    let mut out = String::new();
    let mut left = text;
    while let Some((before, code)) = left.split_once('&') {
        out.push_str(before);
        out.push(' ');
        let mut chars = code.chars();
        left = match chars.next() {
            Some('"') => chars.as_str().split_once('"').map_or("", |(_, rest)| rest),
            Some('K') => chars.as_str().get(6..).unwrap_or_default(),
            Some(c) if c.is_ascii_digit() => code.trim_start_matches(|c: char| c.is_ascii_digit()),
            _ => chars.as_str(),
        };
    }
    out.push_str(left);
    out.trim().to_owned()
}

/// The comments on cells, each with the text of all its runs.
fn comments_of(xml: &[u8]) -> Vec<MarginText> {
    let mut all: Vec<MarginText> = Vec::new();
    let last = walk(xml, |tag, text| {
        if let Some(comment) = all.last_mut() {
            comment.text.push_str(&text);
        }
        if tag.name().0 == "comment" {
            all.push(MarginText {
                cell: attribute(tag, "ref"),
                text: String::new(),
            });
        }
    });
    if let Some(comment) = all.last_mut() {
        comment.text.push_str(&last);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_a_page_are_no_part_of_its_text() {
        for (coded, text) in [
            ("&CMontants en milliers d’euros", "Montants en milliers d’euros"),
            ("&Len milliers", "en milliers"),
            ("&L&\"Arial,Gras\"&10(en k€)&RPage &P", "(en k€) Page"),
            ("&C&KFF0000en k€", "en k€"),
        ] {
            let shown = printed(coded).split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(shown, text, "{coded}");
        }
    }

    #[test]
    fn a_target_is_named_from_the_root_or_from_the_folder_of_its_part() {
        assert_eq!(resolved("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolved("xl", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolved("xl/worksheets", "../comments1.xml"), "xl/comments1.xml");
    }
}
