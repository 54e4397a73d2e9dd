//! The little Markdown that committees write: paragraphs, headings, lists, strong, emphasis, links.
//!
//! It becomes a tree of plain strings, so that nothing a committee writes is ever read as Typst. HTML, images and code
//! are kept as the text they are.

use super::content::Node;
use base::french::typography;

/// Parses a comment.
pub fn parse(text: &str) -> Vec<Node> {
    let mut blocks: Vec<Node> = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut list: Option<(bool, Vec<String>)> = None;

    for line in text.lines().chain([""]) {
        let bare = line.trim();
        if let Some((ordered, item)) = bullet(bare) {
            close_paragraph(&mut paragraph, &mut blocks);
            match &mut list {
                Some((o, items)) if *o == ordered => items.push(item.to_string()),
                _ => {
                    close_list(&mut list, &mut blocks);
                    list = Some((ordered, vec![item.to_string()]));
                }
            }
            continue;
        }

        // An indented line goes on with the item above.
        if let Some((_, items)) =
            list.as_mut().filter(|_| !bare.is_empty() && line.starts_with([' ', '\t']))
        {
            if let Some(last) = items.last_mut() {
                last.push(' ');
                last.push_str(bare);
            }
            continue;
        }

        close_list(&mut list, &mut blocks);
        let hashes = bare.chars().take_while(|c| *c == '#').count();
        if (1..=6).contains(&hashes) && bare[hashes..].starts_with(' ') {
            close_paragraph(&mut paragraph, &mut blocks);
            blocks.push(Node::Heading {
                children: inline(bare[hashes..].trim().trim_end_matches('#').trim()),
            });
        } else if bare.is_empty() {
            close_paragraph(&mut paragraph, &mut blocks);
        } else {
            paragraph.push(bare);
        }
    }

    blocks
}

fn close_paragraph(lines: &mut Vec<&str>, blocks: &mut Vec<Node>) {
    if !lines.is_empty() {
        blocks.push(Node::Paragraph { children: inline(&lines.join(" ")) });
        lines.clear();
    }
}

fn close_list(list: &mut Option<(bool, Vec<String>)>, blocks: &mut Vec<Node>) {
    if let Some((ordered, items)) = list.take() {
        let children = items.iter().map(|e| Node::Item { children: inline(e) }).collect();
        blocks.push(Node::List { ordered, children });
    }
}

/// A list item's text and whether it is numbered.
fn bullet(line: &str) -> Option<(bool, &str)> {
    if let Some(rest) = ["- ", "* ", "+ "].iter().find_map(|p| line.strip_prefix(p)) {
        return Some((false, rest.trim()));
    }

    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line.get(digits..)?;
    let rest = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    (1..=3).contains(&digits).then_some((true, rest.trim()))
}

/// Emphasis and links inside a line. A mark without its partner is text.
fn inline(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut plain = String::new();
    let mut rest = text;

    while let Some(c) = rest.chars().next() {
        let mark = [("**", true), ("__", true), ("*", false), ("_", false)]
            .into_iter()
            .find_map(|(marker, strong)| {
                between(rest, marker).map(|(inside, after)| (strong, inside, after))
            })
            // `nom_de_champ` is a word, not emphasis.
            .filter(|_| c != '_' || !plain.ends_with(char::is_alphanumeric));

        if let Some((strong, inside, after)) = mark {
            flush(&mut plain, &mut nodes);
            let children = inline(inside);
            nodes.push(if strong {
                Node::Strong { children }
            } else {
                Node::Emphasis { children }
            });
            rest = after;
        } else if let Some((label, target, after)) = link(rest) {
            flush(&mut plain, &mut nodes);
            nodes.push(Node::Link {
                target: target.to_string(),
                children: inline(label),
            });
            rest = after;
        } else if let Some(escaped) = rest
            .strip_prefix('\\')
            .and_then(|r| r.chars().next())
            .filter(char::is_ascii_punctuation)
        {
            plain.push(escaped);
            rest = &rest[1 + escaped.len_utf8()..];
        } else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }

    flush(&mut plain, &mut nodes);
    nodes
}

fn flush(plain: &mut String, nodes: &mut Vec<Node>) {
    if !plain.is_empty() {
        nodes.push(Node::Text { text: typography(plain) });
        plain.clear();
    }
}

/// What stands between two marks at the start of `text`, and what follows.
fn between<'a>(text: &'a str, marker: &str) -> Option<(&'a str, &'a str)> {
    let rest = text.strip_prefix(marker)?;
    let end = rest.find(marker)?;
    let inside = &rest[..end];

    let tight = !inside.is_empty() && !inside.starts_with(' ') && !inside.ends_with(' ');
    tight.then(|| (inside, &rest[end + marker.len()..]))
}

/// Label, address and what follows a `[label](address)` at the start of `text`.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let rest = text.strip_prefix('[')?;
    let end = rest.find("](")?;
    let (label, after) = (&rest[..end], &rest[end + 2..]);
    let close = after.find(')')?;
    (!label.is_empty()).then(|| (label, after[..close].trim(), &after[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Node {
        Node::Text { text: t.into() }
    }

    #[test]
    fn blocks_are_told_apart() {
        let lu = parse("# Titre\nun\ndeux\n\n- a\n  suite\n- b\n1. c\n");
        assert_eq!(
            lu,
            vec![
                Node::Heading { children: vec![text("Titre")] },
                Node::Paragraph { children: vec![text("un deux")] },
                Node::List {
                    ordered: false,
                    children: vec![
                        Node::Item { children: vec![text("a suite")] },
                        Node::Item { children: vec![text("b")] },
                    ],
                },
                Node::List {
                    ordered: true,
                    children: vec![Node::Item { children: vec![text("c")] }]
                },
            ]
        );
    }

    #[test]
    fn marks_need_their_partner() {
        assert_eq!(
            parse("2 * 3 et code_zone_x"),
            vec![Node::Paragraph {
                children: vec![text("2 * 3 et code_zone_x")]
            }]
        );
        assert_eq!(parse("**non"), vec![Node::Paragraph { children: vec![text("**non")] }]);
    }

    #[test]
    fn typst_and_html_stay_text() {
        let source = "#read(\"/etc/passwd\") <b>x</b> $1$";
        let Some(Node::Paragraph { children }) = parse(source).into_iter().next() else {
            unreachable!("one paragraph")
        };
        assert_eq!(children, vec![text(source)]);
    }

    #[test]
    fn links_keep_their_address() {
        assert_eq!(
            parse("[le *site*](https://a.fr/x)"),
            vec![Node::Paragraph {
                children: vec![Node::Link {
                    target: "https://a.fr/x".into(),
                    children: vec![text("le "), Node::Emphasis { children: vec![text("site")] }],
                }],
            }]
        );
    }
}
