//! A document as an HTML page says what its PDF says, in the same words, and needs nothing else.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::fixture::{Place, without_entities};

/// The words of a text; what a line break or a hyphen cuts in a PDF is compared in parts.
fn words(text: &str) -> Vec<String> {
    let word = Regex::new(r"[\p{L}\p{N}]+").unwrap();
    word.find_iter(text).map(|m| m.as_str().to_lowercase()).collect()
}

fn text_of_pdf(path: &Path) -> String {
    let output = Command::new("pdftotext").arg("-layout").arg(path).arg("-").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What a reader sees of a page: no markup, no style, no words for those who cannot see a chart.
fn text_of_page(html: &str) -> String {
    let mut text = html.to_owned();
    for hidden in [
        "(?s)<head>.*?</head>",
        "(?s)<details>.*?</details>",
        "(?s)<nav .*?</nav>",
        "(?s)<section aria-labelledby=\"donnees\".*?</section>",
        "(?s)<a class=\"evitement\".*?</a>",
        "<[^>]*>",
    ] {
        text = Regex::new(hidden).unwrap().replace_all(&text, " ").into_owned();
    }
    without_entities(&text)
}

/// Whether a word of a PDF is several of the page, which stand so close on paper that they read as one: labels of a chart.
fn run_together(word: &str, words: &BTreeSet<String>) -> bool {
    words.iter().filter(|w| w.chars().count() > 2).any(|w| {
        let rest = word.strip_prefix(w.as_str());
        rest.is_some_and(|rest| rest.is_empty() || run_together(rest, words))
    })
}

/// The page of a document has the words of its PDF, and no others, but for what only a page or only paper needs.
#[track_caller]
pub fn assert_same_words(html: &str, pdf: &Path) {
    let (page, paper) = (text_of_page(html), text_of_pdf(pdf));

    // A PDF repeats headers on each page, so what stands in one is looked for in the other.
    let of = |text: &str| words(text).into_iter().collect::<BTreeSet<_>>();
    // What a line of a PDF cuts at a hyphen is one word there.
    let run = |text: &str| words(text).concat();
    let (run_of_page, run_of_pdf) = (run(&page), run(&paper));
    let (of_page, of_pdf) = (of(&page), of(&paper));

    let furniture = of("sommaire page contenu de à");
    let numbers = |word: &&String| !word.chars().all(|c| c.is_ascii_digit());
    let missing: Vec<_> = of_pdf
        .difference(&of_page)
        .filter(|w| !furniture.contains(*w))
        .filter(numbers)
        .filter(|word| !run_of_page.contains(word.as_str()))
        .filter(|word| !run_together(word, &of_page))
        .collect();
    assert!(missing.is_empty(), "the page of {} lacks {missing:?}", pdf.display());

    let added: Vec<_> = of_page
        .difference(&of_pdf)
        .filter(|word| !run_of_pdf.contains(word.as_str()))
        .collect();
    assert!(added.is_empty(), "the page of {} adds {added:?}", pdf.display());
}

#[test]
fn a_page_says_what_the_pdf_says() {
    let place = Place::with_sample();
    place.write(
        "c/28/2025/activite.md",
        "## Été\n\nUn **mot** du comité, 1 < 2 & [lien](https://exemple.fr).\n\n1. un\n2. deux\n",
    );
    let outside = Regex::new(r#"(?:src|href|url\()="?(https?:[^")]*)"#).unwrap();
    for (command, name) in [
        ("bilan --region 28 --annee 2025 --commentaires c", "bilan-28-2025"),
        ("bilan --medicobus 28-27-DOCTEURE --annee 2025", "fiche"),
        ("evaluation --region 28", "evaluation-28"),
    ] {
        let end = place.medicobus(&format!("{command} --html -o out")).exits(0).says(name);
        let page = end.stdout.lines().find(|line| line.ends_with(".html")).unwrap();
        let html = std::fs::read_to_string(place.path().join(page)).unwrap();
        assert_same_words(&html, &place.path().join(page.replace(".html", ".pdf")));

        // Nothing is fetched, nothing runs, and what a committee wrote stays text.
        assert!(!html.contains("<script") && !html.contains(" style="), "{page}");
        let fetched: Vec<&str> =
            outside.captures_iter(&html).map(|c| c.get(1).unwrap().as_str()).collect();
        assert!(
            fetched
                .iter()
                .all(|address| address.replace("&#x2f;", "/") == "https://exemple.fr"),
            "{fetched:?}"
        );

        // Each chart has its figures, as many in each row as it has headings.
        for chart in html.split("<details>").skip(1) {
            let table = chart.split("</details>").next().unwrap();
            let (head, body) = table.split_once("<tbody>").unwrap();
            let headings = head.matches("<th scope").count();
            let cells = |row: &str| row.matches("<th scope").count() + row.matches("<td").count();
            let rows: Vec<usize> = body.split("<tr>").skip(1).map(cells).collect();
            assert!(!rows.is_empty() && rows.iter().all(|n| *n == headings), "{table}");
        }

        // Each chart has its words, each table its headers, each id is one.
        let count = |text: &str| html.matches(text).count();
        assert_eq!(count("<figure"), count("<details>"));
        assert_eq!(count("<table>"), count("<thead>"));
        let ids: Vec<&str> = html
            .split(" id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
    }
}
