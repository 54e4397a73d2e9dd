//! What a reader's software sees in a PDF: its structure tree; and what a reader sees: its figures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use lopdf::{Dictionary, Document, Object};
use rand::{RngExt, SeedableRng};

use crate::campagne::shared;
use crate::fixture::{files, has_extension, repository};

/// A document of the shared campaign.
fn pdf(name: &str) -> PathBuf {
    shared().path().join("c").join(format!("{name}.pdf"))
}

/// One element of the structure tree.
struct Element {
    role: String,
    /// The alternative text.
    alt: Option<String>,
    /// Of a header cell: `Column`, `Row`.
    scopes: Vec<String>,
    /// Whether something of the page belongs to it.
    marks_content: bool,
    children: Vec<Element>,
}

fn text(document: &Document, d: &Dictionary, key: &[u8]) -> Option<String> {
    let object = document.dereference(d.get(key).ok()?).ok()?.1;
    lopdf::decode_text_string(object).ok()
}

/// The value of a key of a dictionary, its reference followed.
fn value<'d>(document: &'d Document, d: &'d Dictionary, key: &[u8]) -> &'d Object {
    document.dereference(d.get(key).unwrap()).unwrap().1
}

/// The objects of an array, or the one object that stands in its place.
fn objects<'d>(document: &'d Document, object: &'d Object) -> Vec<&'d Object> {
    match document.dereference(object).unwrap().1 {
        Object::Array(objects) => {
            objects.iter().map(|o| document.dereference(o).unwrap().1).collect()
        }
        other => vec![other],
    }
}

fn element(document: &Document, d: &Dictionary) -> Element {
    let name = |object: &Object| String::from_utf8_lossy(object.as_name().unwrap()).into_owned();
    let mut element = Element {
        role: name(d.get(b"S").unwrap()),
        alt: text(document, d, b"Alt"),
        scopes: Vec::new(),
        marks_content: false,
        children: Vec::new(),
    };

    if let Ok(attributes) = d.get(b"A") {
        for attribute in objects(document, attributes) {
            if let Ok(scope) = attribute.as_dict().and_then(|a| a.get(b"Scope")) {
                element.scopes.push(name(scope));
            }
        }
    }

    if let Ok(children) = d.get(b"K") {
        for child in objects(document, children) {
            match child.as_dict() {
                Ok(c) if c.get(b"S").is_ok() => {
                    element.children.push(self::element(document, c));
                }
                _ => element.marks_content = true,
            }
        }
    }

    element
}

impl Element {
    /// Every element in reading order, with the roles above it.
    fn walk<'e>(&'e self, above: &mut Vec<&'e str>, f: &mut impl FnMut(&'e Element, &[&'e str])) {
        f(self, above);
        above.push(&self.role);
        for child in &self.children {
            child.walk(above, f);
        }
        above.pop();
    }

    /// Whether a reader's software finds anything to say in it.
    fn speaks(&self) -> bool {
        self.marks_content || self.alt.is_some() || self.children.iter().any(Element::speaks)
    }

    /// The level of a heading.
    fn heading(&self) -> Option<u8> {
        self.role.strip_prefix('H')?.parse().ok()
    }
}

fn structure_tree(document: &Document) -> Element {
    let root = value(document, document.catalog().unwrap(), b"StructTreeRoot");
    let children = objects(document, root.as_dict().unwrap().get(b"K").unwrap())
        .into_iter()
        .map(|child| element(document, child.as_dict().unwrap()))
        .collect();
    Element {
        role: "StructTreeRoot".into(),
        alt: None,
        scopes: Vec::new(),
        marks_content: false,
        children,
    }
}

/// Language, and a title that the window shows.
fn assert_document_properties(document: &Document, name: &str) {
    let catalog = document.catalog().unwrap();
    let language = text(document, catalog, b"Lang").unwrap();
    assert_eq!(language.to_lowercase(), "fr-fr", "{name}");

    let preferences = value(document, catalog, b"ViewerPreferences");
    let shown = preferences.as_dict().unwrap().get(b"DisplayDocTitle");
    assert!(shown.unwrap().as_bool().unwrap());

    let info = value(document, &document.trailer, b"Info");
    let title = text(document, info.as_dict().unwrap(), b"Title").unwrap();
    assert!(title.contains("2025"), "{name}: {title}");
}

/// One element keeps the rules of its role.
fn assert_element(e: &Element, above: &[&str], name: &str) {
    match e.role.as_str() {
        "Figure" => {
            let alt = e.alt.as_deref().unwrap_or_default();
            assert!(alt.chars().count() > 20, "{name}: figure without a text: « {alt} »");
        }
        "Table" => {
            let mut scopes = BTreeSet::new();
            e.walk(&mut Vec::new(), &mut |cell, _| {
                if cell.role == "TH" {
                    assert_eq!(cell.scopes.len(), 1, "{name}: TH without a scope");
                    scopes.insert(cell.scopes[0].clone());
                }
            });
            let both = ["Column", "Row"].map(String::from);
            assert_eq!(scopes, BTreeSet::from(both), "{name}: headers of a table");
        }
        "TD" | "TH" => assert!(above.contains(&"Table"), "{name}: cell out of a table"),
        "LI" => assert_eq!(above.last(), Some(&"L"), "{name}: item out of a list"),
        "Link" => assert!(e.speaks(), "{name}: a link that says nothing"),
        _ if e.heading().is_some() => assert!(e.speaks(), "{name}: empty heading"),
        _ => {}
    }
}

/// What a document holds at least: role, number.
const IN_A_BILAN: &[(&str, usize)] =
    &[("Figure", 8), ("Table", 15), ("H1", 8), ("H2", 5), ("Link", 8)];
const IN_A_SHEET: &[(&str, usize)] = &[("Figure", 2), ("Table", 1)];

#[test]
fn the_structure_tree_reads_in_order_and_leaves_nothing_unsaid() {
    for (name, at_least) in [
        ("bilan-84-2025", IN_A_BILAN),
        ("bilan-national-2025", IN_A_BILAN),
        ("bilan-departement-42-2025", IN_A_BILAN),
        ("fiche-84-42-ROANNAIS-2025", IN_A_SHEET),
    ] {
        let document = Document::load(pdf(name)).unwrap();
        assert_document_properties(&document, name);

        let tree = structure_tree(&document);
        let mut headings = Vec::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        tree.walk(&mut Vec::new(), &mut |e, above| {
            assert_element(e, above, name);
            headings.extend(e.heading());
            *counts.entry(&e.role).or_default() += 1;
        });

        assert_eq!(headings.first(), Some(&1), "{name}");
        for pair in headings.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{name}: H{} after H{}", pair[1], pair[0]);
        }
        for (role, number) in at_least {
            assert!(counts.get(role) >= Some(number), "{name}: {counts:?}");
        }
        if name.starts_with("fiche") {
            assert_eq!(document.get_pages().len(), 1, "{name}: a sheet is one page");
        }
    }
}

/// Titles of the outline (bookmarks), with their depth, in order.
fn bookmarks(document: &Document) -> Vec<(usize, String)> {
    fn follow(document: &Document, d: &Dictionary, depth: usize, found: &mut Vec<(usize, String)>) {
        let mut next = d.get(b"First").ok();
        while let Some(object) = next {
            let one = document.dereference(object).unwrap().1.as_dict().unwrap();
            found.push((depth, text(document, one, b"Title").unwrap()));
            follow(document, one, depth + 1, found);
            next = one.get(b"Next").ok();
        }
    }

    let mut found = Vec::new();
    if let Ok(root) = document.catalog().unwrap().get(b"Outlines") {
        let root = document.dereference(root).unwrap().1.as_dict().unwrap();
        follow(document, root, 1, &mut found);
    }
    found
}

/// Elements of a role with all the text under them, in reading order, as a reader's software gets them (pdfinfo).
fn texts_of(structure: &str, role: &str) -> Vec<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = structure.lines().collect();

    let mut found = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let name = line.trim_start().split([' ', '"']).next();
        if name != Some(role) {
            continue;
        }

        let below = lines[i + 1..]
            .iter()
            .take_while(|l| l.trim().is_empty() || indent(l) > indent(line));
        let pieces: Vec<&str> = below
            .filter_map(|l| l.trim().strip_prefix('"').map(|t| t.trim_end_matches('"')))
            .collect();
        found.push(single_spaced(&pieces.concat()));
    }
    found
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a tool of poppler-utils is there; if not, says which comparison is left out.
fn has_tool(tool: &str, left_out: &str) -> bool {
    let there = Command::new(tool).arg("-v").output().is_ok();
    if !there {
        eprintln!("{tool} is missing (Debian: poppler-utils): {left_out}");
    }
    there
}

/// Who listens to the document hears its chapters in the order that the bookmarks give, and links that say where they
/// lead.
#[test]
fn headings_are_heard_in_the_order_of_the_bookmarks_and_links_have_a_sense() {
    if !has_tool("pdfinfo", "the reading order is not compared") {
        return;
    }

    for name in ["bilan-84-2025", "bilan-national-2025"] {
        let pdf = pdf(name);
        let document = Document::load(&pdf).unwrap();
        let output = Command::new("pdfinfo").arg("-struct-text").arg(&pdf).output().unwrap();
        // A few strings of its output are no UTF-8; those compared are.
        let structure = String::from_utf8_lossy(&output.stdout).into_owned();

        let bookmarks = bookmarks(&document);
        let chapters: Vec<String> = bookmarks
            .iter()
            .filter(|(depth, _)| *depth == 1)
            .map(|(_, title)| single_spaced(title))
            .collect();
        let headings: Vec<String> = texts_of(&structure, "H1")
            .into_iter()
            // The table of contents is no entry of itself.
            .filter(|title| title != "Sommaire")
            .collect();
        assert_eq!(headings, chapters, "{name}");
        assert!(chapters.len() > 8, "{name}: {chapters:?}");
        assert!(
            bookmarks.iter().any(|(depth, _)| *depth == 2),
            "{name}: sections are in the outline"
        );

        let links = texts_of(&structure, "Link");
        assert!(links.len() > 8, "{name}");
        for link in &links {
            let letters = link.chars().filter(|c| c.is_alphabetic()).count();
            let vague = ["ici", "lien", "cliquez", "http"]
                .iter()
                .any(|word| link.to_lowercase().starts_with(word));
            assert!(letters > 3 && !vague, "{name}: « {link} »");
        }
        // Each chapter can be reached from the contents.
        for title in &chapters {
            assert!(links.iter().any(|link| link.contains(title.as_str())), "{name}: {title}");
        }
    }
}

/// Every sheet of the campaign is one page, whatever its bus did.
#[test]
fn every_sheet_is_one_page() {
    let sheets: Vec<PathBuf> = files(&shared().path().join("c"))
        .into_iter()
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("fiche-") && has_extension(path, "pdf")
        })
        .collect();
    assert!(sheets.len() >= 3, "{sheets:?}");

    for sheet in sheets {
        let pages = Document::load(&sheet).unwrap().get_pages().len();
        assert_eq!(pages, 1, "{}", sheet.display());
    }
}

/// The relative luminance (WCAG 2) of `rrggbb`.
fn luminance(hexadecimal: &str) -> f64 {
    let channel = |i: usize| {
        let byte = u8::from_str_radix(&hexadecimal[i..i + 2], 16).unwrap();
        let c = f64::from(byte) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let [red, green, blue] = [0, 2, 4].map(channel);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Text and background colours of pages, light and dark, keep the contrast that WCAG asks of small text.
#[test]
fn colours_of_text_keep_their_contrast() {
    let theme = std::fs::read(repository().join("report_templates/theme.json")).unwrap();
    let theme: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_slice(&theme).unwrap();
    assert_eq!(theme.keys().collect::<Vec<_>>(), ["couleurs", "sombre"]);
    for colours in theme.values() {
        keep_their_contrast(colours);
    }
}

fn keep_their_contrast(colours: &BTreeMap<String, String>) {
    let colours: BTreeMap<&str, f64> = colours
        .iter()
        .map(|(name, hex)| (name.as_str(), luminance(&hex[1..])))
        .collect();
    let contrast = |a: f64, b: f64| (a.max(b) + 0.05) / (a.min(b) + 0.05);

    let backgrounds = ["bleu-pale", "fond", "succes-fond", "attention-fond", "alerte-fond"];
    for ink in ["bleu", "texte", "gris", "gris-moyen"] {
        assert!(contrast(colours[ink], colours["papier"]) >= 4.5, "{ink} on paper");
        for background in backgrounds {
            assert!(contrast(colours[ink], colours[background]) >= 4.5, "{ink} on {background}");
        }
    }

    for tone in ["succes", "attention", "alerte"] {
        let background = format!("{tone}-fond");
        assert!(contrast(colours[tone], colours[background.as_str()]) >= 4.5, "{tone}");
    }
}

/// Numbers of the attached tables, as a reader may see them printed: without sign, with 0, 1 or 2 decimals.
fn attached_figures(pdf: &Path) -> BTreeSet<String> {
    let attachments = edition::attachments::attachments(&std::fs::read(pdf).unwrap()).unwrap();

    let mut figures = BTreeSet::new();
    for (name, bytes) in &attachments {
        if !name.ends_with(".csv") {
            continue;
        }
        for row in csv::Reader::from_reader(&bytes[..]).records() {
            let numbers: Vec<f64> = row.unwrap().iter().filter_map(|c| c.parse().ok()).collect();
            for x in numbers {
                // A half goes up on a page, as in a workbook.
                figures.extend([0, 1, 2].map(|d| {
                    let scale = 10_f64.powi(d);
                    let nearest = (x.abs() * scale + 0.5 + 1e-9).floor() / scale;
                    format!("{nearest:.0$}", d as usize)
                }));
            }
        }
    }
    figures
}

/// Figures of a PDF's text that come from the data: at least three digits; no year, interval (a statistic of its own),
/// graduation of an axis, nor anything of the pages on method and provenance, which quote thresholds and hashes.
fn printed_figures(text: &str) -> Vec<String> {
    let number = regex::Regex::new(
        r"(^|[^\w/.,_-])(\d{1,3}(?:[ \u{202f}\u{a0}]\d{3})+(?:,\d+)?|\d+(?:,\d+)?)($|[^\w/_-])",
    )
    .unwrap();
    let interval = regex::Regex::new(r"\[[^\]]*\]").unwrap();

    let mut figures = Vec::new();
    let mut inside = true;
    for line in text.lines() {
        let line = line.trim_matches(['\u{c}', ' ']);
        match line {
            "Méthode" | "Provenance et méthode" => inside = false,
            _ if inside => {
                let line = interval.replace_all(line, " ");
                for found in number.captures_iter(&line) {
                    let alone = found[0].trim().len() == line.trim().len();
                    let figure =
                        found[2].replace([' ', '\u{202f}', '\u{a0}'], "").replace(',', ".");
                    if comes_from_the_data(&figure, alone) {
                        figures.push(figure);
                    }
                }
            }
            _ => {}
        }
    }
    figures
}

/// Whether a printed figure is one of the data; `alone` on its line, a round one is the graduation of an axis.
fn comes_from_the_data(figure: &str, alone: bool) -> bool {
    let digits = figure.trim_start_matches(['0', '.']).replace('.', "");
    let year = figure.len() == 4 && (figure.starts_with("19") || figure.starts_with("20"));

    let head = digits.trim_end_matches('0');
    let round = head.len() <= 1 || head.len() == 2 && head.ends_with('5');
    // The cost that the instruction sets is in no table, nor is the day's part of it.
    let instruction = matches!(figure, "200000" | "769" | "260");

    let graduation = alone && round;
    let exempt = year || graduation || instruction;
    digits.len() >= 3 && !exempt
}

#[test]
fn two_hundred_printed_figures_are_figures_of_the_tables() {
    if !has_tool("pdftotext", "printed figures are not compared") {
        return;
    }

    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2025);
    for name in ["bilan-84-2025", "bilan-national-2025"] {
        let pdf = pdf(name);
        let output = Command::new("pdftotext").arg(&pdf).arg("-").output().unwrap();
        let printed = printed_figures(&String::from_utf8(output.stdout).unwrap());
        assert!(printed.len() > 200, "{name}: {} figures", printed.len());

        let tables = attached_figures(&pdf);
        let mut altered_found = 0;
        for _ in 0..200 {
            let figure = &printed[rng.random_range(0..printed.len())];
            assert!(tables.contains(figure), "{name}: {figure} is printed and in no table");

            // The sieve is not blind: another last digit is most often in no table.
            let (start, last) = figure.split_at(figure.len() - 1);
            let other = (last.parse::<u8>().unwrap() + 5) % 10;
            altered_found += usize::from(tables.contains(&format!("{start}{other}")));
        }
        assert!(altered_found < 100, "{name}: {altered_found} of 200 altered figures found too");
    }
}
