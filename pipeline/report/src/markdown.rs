//! The Markdown that committees write: paragraphs, headings, lists in lists, strong, emphasis, links.
//!
//! It becomes a tree of plain strings, so that nothing a committee writes is ever read as Typst. What a page has no form for (tables,
//! quotes, code, HTML, images…) is refused with its line: printed as it is written, it would be noise.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use super::content::Node;
use base::french::typography;

/// What the page has no form for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unset {
    /// Line, from 1.
    pub line: usize,
    /// French, with its article.
    pub what: &'static str,
}

/// Forms within forms; a list in a list makes two more.
const DEEPEST: usize = 12;

/// Parses a comment.
///
/// # Errors
/// The first thing that cannot be set.
pub fn parse(text: &str) -> Result<Vec<Node>, Unset> {
    // Known, so that they are refused and not printed as text.
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    let parser = Parser::new_ext(text, options);
    let mut tree = Tree {
        text,
        open: Vec::new(),
        done: Vec::new(),
        plain: String::new(),
        star: None,
    };

    // It would leave the page without a trace.
    let defined = parser.reference_definitions().iter().map(|(_, link)| link.span.start).min();
    if let Some(at) = defined {
        return Err(tree.unset(at, "une adresse de lien à part ([nom]: adresse)"));
    }

    for (event, range) in parser.into_offset_iter() {
        tree.take(event, range.start, range.end)?;
    }

    Ok(tree.done)
}

/// The tree on the way.
struct Tree<'t> {
    text: &'t str,
    /// Forms not yet closed, with what they hold so far.
    open: Vec<(Tag<'t>, Vec<Node>)>,
    done: Vec<Node>,
    /// Text not yet put in: typography looks at neighbours.
    plain: String,
    /// Where a `*` ended that marked nothing.
    star: Option<usize>,
}

impl<'t> Tree<'t> {
    fn unset(&self, at: usize, what: &'static str) -> Unset {
        Unset {
            line: 1 + self.text[..at].matches('\n').count(),
            what,
        }
    }

    fn take(&mut self, event: Event<'t>, start: usize, end: usize) -> Result<(), Unset> {
        let what = match event {
            Event::Start(tag) => return self.start(tag, start),
            Event::End(_) => return self.end(start),
            Event::Text(text) => {
                self.marks(start, end)?;
                self.heading_without_a_space(start)?;
                self.left_over(start, end)?;
                self.plain.push_str(&text);
                return Ok(());
            }
            Event::SoftBreak => {
                self.plain.push(' ');
                return Ok(());
            }
            Event::HardBreak => {
                self.flush();
                self.push(Node::Break);
                return Ok(());
            }
            Event::Code(_) => "du code entre accents graves (`)",
            Event::Html(_) | Event::InlineHtml(_) => "une balise HTML",
            Event::FootnoteReference(_) => "une note de bas de page",
            Event::Rule => "un filet (---)",
            Event::TaskListMarker(_) => "une case à cocher ([ ])",
            Event::InlineMath(_) | Event::DisplayMath(_) => "une formule",
        };

        Err(self.unset(start, what))
    }

    fn start(&mut self, tag: Tag<'t>, at: usize) -> Result<(), Unset> {
        let web = |address: &str| {
            ["http://", "https://", "mailto:"]
                .iter()
                .any(|start| address.starts_with(start))
        };

        let what = match &tag {
            _ if self.open.len() == DEEPEST => "trop de niveaux les uns dans les autres",
            // « + 12 % » would lose its sign.
            Tag::Item if self.text[at..].starts_with('+') => {
                "une ligne qui commence par + (écrivez - pour une liste, \\+ pour le signe)"
            }
            Tag::Link { dest_url, .. } if !web(dest_url) => {
                "un lien dont l'adresse ne commence pas par http://, https:// ou mailto:"
            }
            Tag::Link { title, .. } if !title.is_empty() => "un lien avec une bulle (\"…\")",
            Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::List(_)
            | Tag::Item
            | Tag::Strong
            | Tag::Emphasis
            | Tag::Link { .. } => {
                self.flush();
                if tag == Tag::Paragraph {
                    self.out_of_its_list(at)?;
                }
                self.open.push((tag, Vec::new()));
                return Ok(());
            }
            Tag::Table(_) => "un tableau",
            Tag::BlockQuote(_) => "une citation (>)",
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                "une ligne en retrait de quatre espaces (lue comme du code)"
            }
            Tag::CodeBlock(_) => "un bloc de code (```)",
            Tag::HtmlBlock => "une balise HTML",
            Tag::Image { .. } => "une image",
            Tag::Strikethrough => "un texte barré (~~)",
            Tag::FootnoteDefinition(_) => "une note de bas de page",
            _ => "une forme que la page n'a pas",
        };

        Err(self.unset(at, what))
    }

    /// Closes the innermost form.
    fn end(&mut self, at: usize) -> Result<(), Unset> {
        self.flush();
        let Some((tag, children)) = self.open.pop() else { return Ok(()) };
        if children.is_empty() && !matches!(tag, Tag::Paragraph) {
            return Err(self.unset(at, "un titre, un lien ou un point de liste sans texte"));
        }

        self.push(match tag {
            Tag::Heading { .. } => Node::Heading { children },
            Tag::List(first) => Node::List {
                ordered: first.is_some(),
                first: first.unwrap_or(1),
                children,
            },
            Tag::Item => Node::Item { children },
            Tag::Strong => Node::Strong { children },
            Tag::Emphasis => Node::Emphasis { children },
            Tag::Link { dest_url, .. } => Node::Link { target: dest_url.into_string(), children },
            _ => Node::Paragraph { children },
        });
        Ok(())
    }

    /// Refuses `**` that found no partner: `**gras **`. Escaped, they are text.
    fn marks(&mut self, start: usize, end: usize) -> Result<(), Unset> {
        let written = &self.text[start..end];
        let joined = written.starts_with('*') && self.star == Some(start);
        if joined || written.contains("**") {
            let what = "des ** sans leur paire (sans espace à l'intérieur : **gras**)";
            return Err(self.unset(start, what));
        }

        self.star = written.ends_with('*').then_some(end);
        Ok(())
    }

    /// Refuses `#Titre`, which would be printed with its sign. Escaped, or amid a line, it is text.
    fn heading_without_a_space(&self, start: usize) -> Result<(), Unset> {
        let line = &self.text[self.text[..start].rfind('\n').map_or(0, |i| i + 1)..];
        let opening = |c: char| c.is_whitespace() || "-*.)".contains(c) || c.is_ascii_digit();
        let before = self.text.len() - line.len();
        let first = self.text[before..start].chars().all(opening);

        let rest = self.text[start..].trim_start_matches('#');
        let marked = self.text[start..].starts_with('#') && rest.starts_with(char::is_alphanumeric);
        if first && marked {
            let what =
                "un titre sans espace après le # (écrivez « # Titre », ou \\# pour le signe)";
            return Err(self.unset(start, what));
        }
        Ok(())
    }

    /// Refuses the marks of other writers of Markdown, which would be printed with their signs: seven `#`, a formula between `$$`, `: définition`
    /// under its term, `==surligné==`, `:::`. Escaped, or amid a line, they are text.
    fn left_over(&self, start: usize, end: usize) -> Result<(), Unset> {
        let line = self.text[..start].rfind('\n').map_or(0, |i| i + 1);
        let opens = self.text[line..start].trim().is_empty();
        let written = &self.text[start..end];
        let bare = written.trim_start_matches('#');

        let signs = written.len() - bare.len();
        let beyond = signs > 6 && (bare.is_empty() || bare.starts_with(char::is_whitespace));
        let what = if opens && beyond {
            "un titre de plus de six niveaux (#######)"
        } else if written.contains("$$") {
            "une formule ($$)"
        } else if opens && (written.starts_with(": ") || written.starts_with(":::")) {
            "une ligne qui commence par : (une définition ou un encadré ; écrivez le mot avant les deux-points)"
        } else if written.contains("==") {
            "un texte entre signes égal (==)"
        } else {
            return Ok(());
        };
        Err(self.unset(start, what))
    }

    /// Refuses a line set in behind a list that it is no part of: `1. a`, a blank line, then two spaces where the text of `a` stands at three.
    fn out_of_its_list(&self, at: usize) -> Result<(), Unset> {
        let line = self.text[..at].rfind('\n').map_or(0, |i| i + 1);
        let set_in = self.text[line..at].starts_with([' ', '\t']);
        let after_a_list =
            self.open.is_empty() && matches!(self.done.last(), Some(Node::List { .. }));
        if set_in && after_a_list {
            let what = "une ligne en retrait qui ne suit pas sa liste (alignez-la sous la première lettre du point, ou ôtez le retrait)";
            return Err(self.unset(at, what));
        }
        Ok(())
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            let text = typography(&self.plain);
            self.plain.clear();
            self.push(Node::Text { text });
        }
    }

    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            Some((_, children)) => children.push(node),
            None => self.done.push(node),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Node {
        Node::Text { text: t.into() }
    }

    fn paragraph(children: Vec<Node>) -> Node {
        Node::Paragraph { children }
    }

    fn item(children: Vec<Node>) -> Node {
        Node::Item { children }
    }

    fn list(children: Vec<Node>) -> Node {
        Node::List { ordered: false, first: 1, children }
    }

    #[test]
    fn blocks_are_told_apart() {
        assert_eq!(
            parse("# Titre\nun\ndeux\n\n- a\n  suite\n- b\n\n3. c\n").unwrap(),
            vec![
                Node::Heading { children: vec![text("Titre")] },
                paragraph(vec![text("un deux")]),
                list(vec![item(vec![text("a suite")]), item(vec![text("b")])]),
                Node::List {
                    ordered: true,
                    first: 3,
                    children: vec![item(vec![text("c")])],
                },
            ]
        );
    }

    #[test]
    fn a_list_stands_in_a_list() {
        let inner = list(vec![item(vec![text("b")])]);
        assert_eq!(parse("- a\n  - b\n").unwrap(), vec![list(vec![item(vec![text("a"), inner])])]);
    }

    #[test]
    fn a_paragraph_goes_on_within_its_item() {
        let two = item(vec![paragraph(vec![text("a")]), paragraph(vec![text("suite")])]);
        assert_eq!(parse("- a\n\n  suite\n").unwrap(), vec![list(vec![two])]);
        assert_eq!(parse("- a\n\nsuite\n").unwrap().len(), 2);
    }

    #[test]
    fn marks_without_a_meaning_are_text() {
        for plain in [
            "2 * 3 et code_zone_x",
            "moins de <11 patients",
            "\\*\\*non",
            "a | b",
            "# x#y",
            "5 $ et 3 $",
            "Bilan : bon",
            "a = b",
        ] {
            let read = parse(plain).unwrap();
            assert_eq!(read.len(), 1, "{plain}: {read:?}");
        }
        assert_eq!(parse("\\*\\*non").unwrap(), vec![paragraph(vec![text("**non")])]);
        assert_eq!(
            parse("un  \ndeux").unwrap(),
            vec![paragraph(vec![text("un"), Node::Break, text("deux")])]
        );
    }

    #[test]
    fn typst_stays_text() {
        let source = "Voir #read(\"/etc/passwd\") $1$ @x";
        assert_eq!(parse(source).unwrap(), vec![paragraph(vec![text(source)])]);
        assert_eq!(parse("\\#read(x)").unwrap(), vec![paragraph(vec![text("#read(x)")])]);
    }

    #[test]
    fn links_keep_their_address() {
        assert_eq!(
            parse("[le *site*](https://a.fr/x)").unwrap(),
            vec![paragraph(vec![Node::Link {
                target: "https://a.fr/x".into(),
                children: vec![text("le "), Node::Emphasis { children: vec![text("site")] }],
            }])]
        );
    }

    #[test]
    fn what_has_no_form_is_refused_with_its_line() {
        for (source, line, what) in [
            ("a\n\n| x | y |\n|---|---|\n| 1 | 2 |\n", 3, "un tableau"),
            ("a\n\n> citation", 3, "une citation"),
            ("a\n\n```\ncode\n```", 3, "un bloc de code"),
            ("a\n\n    retrait", 3, "une ligne en retrait"),
            ("a\nle `code`", 2, "du code"),
            ("a <b>x</b>", 1, "une balise HTML"),
            ("<!-- à revoir -->", 1, "une balise HTML"),
            ("![alt](https://a.fr/i.png)", 1, "une image"),
            ("~~non~~", 1, "un texte barré"),
            ("a\n\n---\n", 3, "un filet"),
            ("- [ ] à faire", 1, "une case"),
            ("mot[^1]\n\n[^1]: note", 1, "une note"),
            ("a\n\n[CPTS]: adresse", 3, "une adresse de lien"),
            ("[x](javascript:alert(1))", 1, "un lien dont l'adresse"),
            ("[x](fichier.pdf)", 1, "un lien dont l'adresse"),
            ("[](https://a.fr)", 1, "un titre, un lien"),
            ("+ 12 % de patients", 1, "une ligne qui commence par +"),
            ("un\nmot **gras **", 2, "des ** sans leur paire"),
            ("**non", 1, "des ** sans leur paire"),
            ("a\n\n#Titre", 3, "un titre sans espace"),
            ("a\n##2e titre", 2, "un titre sans espace"),
            ("- #Titre", 1, "un titre sans espace"),
            ("1. a\n\n  suite", 3, "une ligne en retrait"),
            ("a\n\n####### trop", 3, "un titre de plus de six niveaux"),
            ("a\n########\n", 2, "un titre de plus de six niveaux"),
            ("a\n$$x = 1$$", 2, "une formule"),
            ("Terme\n: définition", 2, "une ligne qui commence par :"),
            ("::: note\na\n:::", 1, "une ligne qui commence par :"),
            ("un ==mot==", 1, "un texte entre signes égal"),
            ("- a\n\n suite", 3, "une ligne en retrait"),
        ] {
            let unset = parse(source).unwrap_err();
            assert_eq!(unset.line, line, "{source}: {unset:?}");
            assert!(unset.what.starts_with(what), "{source}: {unset:?}");
        }
        let deep = (0..20).map(|i| format!("{}- a\n", "  ".repeat(i))).collect::<String>();
        assert!(parse(&deep).unwrap_err().what.starts_with("trop de niveaux"));
    }
}
