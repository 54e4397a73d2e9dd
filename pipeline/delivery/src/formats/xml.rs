//! The XML parts of workbooks, read piece by piece; what is not well formed is left to who reads the cells.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;
use quick_xml::{Reader, XmlVersion};

/// A reader that gives an empty element as its start and its end.
pub(super) fn reader<R: BufRead>(part: R) -> Reader<R> {
    let mut xml = Reader::from_reader(part);
    let config = xml.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = false;
    xml
}

/// The value of an attribute.
pub(super) fn attribute(tag: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|a| a.key == QName(wanted))?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

/// Adds the text that a piece holds; a tag holds none.
pub(super) fn push_text(piece: &Event<'_>, text: &mut String) {
    match piece {
        Event::Text(part) => text.push_str(&part.xml10_content()),
        Event::CData(part) => text.push_str(part),
        Event::GeneralRef(entity) => match quick_xml::escape::resolve_xml_entity(entity) {
            Some(known) => text.push_str(known),
            None => text.extend(entity.resolve_char_ref().ok().flatten()),
        },
        _ => {}
    }
}
