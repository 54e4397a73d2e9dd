//! `docs/exigences.md`: each requirement of the instruction is answered in the chapter that the table names, by the query that it names;
//! what nothing answers yet is read by no query.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use crate::fixture::{Place, files, repository};

/// One line of the table.
struct Requirement {
    words: String,
    /// Documents, each with a chapter.
    places: Vec<(String, String)>,
    /// Why there is none.
    reason: String,
    queries: Vec<String>,
}

/// What the table says of a figure that stands in no chapter.
const ATTACHED: &str = "table jointe";
/// And of the key figures of a sheet, above its first title.
const HEAD: &str = "en tête";

/// Documents as the table calls them, and in manifests.
const DOCUMENTS: [(&str, &str); 5] = [
    ("bilan", "bilan"),
    ("évaluation", "evaluation"),
    ("fiche", "fiche"),
    ("état des lieux", "etat-des-lieux"),
    ("note", "note-cts"),
];

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// A text with plain spaces and one kind of apostrophe.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ").replace('\'', "’")
}

/// Words between backquotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn requirements() -> Vec<Requirement> {
    let page = read("docs/exigences.md");
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let rows = rows.filter(|line| !line.starts_with("| Exigence |"));

    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 6, "{line}");
        let places = cells[3].split(" ; ").filter_map(|place| place.split_once(" › "));
        let places: Vec<_> = places.map(|(d, c)| (d.to_owned(), plain(c))).collect();
        Requirement {
            words: cells[1].to_owned(),
            reason: if places.is_empty() { cells[3].to_owned() } else { String::new() },
            places,
            queries: quoted(cells[4]),
        }
    })
    .collect()
}

/// A document that was made, as far as the table speaks of it.
struct Made {
    kind: String,
    titles: BTreeSet<String>,
    queries: BTreeSet<String>,
    tables: BTreeSet<String>,
}

impl Made {
    fn read(folder: &Path) -> Self {
        let json = |end: &str| -> Value {
            let file = files(folder).into_iter().find(|file| file.ends_with(end)).unwrap();
            serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
        };
        let (content, manifest) = (json("donnees.json"), json("manifeste.json"));
        let word = |value: &Value| plain(value.as_str().unwrap());

        let chapters = content["chapitres"].as_array().unwrap();
        let mut titles: BTreeSet<String> = chapters.iter().map(|c| word(&c["titre"])).collect();
        // The title of a page that stands in the templates.
        titles.insert("Synthèse".into());
        if content["synthese"]["chiffres"].as_array().is_some_and(|list| !list.is_empty()) {
            titles.insert(HEAD.into());
        }

        let runs = manifest["requetes"].as_array().unwrap();
        Self {
            kind: word(&manifest["document"]),
            titles,
            queries: runs.iter().map(|run| word(&run["nom"])).collect(),
            tables: manifest["tables"].as_object().unwrap().keys().cloned().collect(),
        }
    }

    /// Whether it has the chapter; the titles of some go on after a colon, with what was found.
    fn has(&self, chapter: &str) -> bool {
        let begins = format!("{chapter} :");
        self.titles.iter().any(|title| title == chapter || title.starts_with(&begins))
    }

    /// Whether it answers a requirement in a chapter, or in a table attached to it.
    fn answers(&self, chapter: &str, queries: &[String]) -> bool {
        match chapter {
            ATTACHED => queries.iter().any(|query| self.tables.contains(&format!("{query}.csv"))),
            _ => self.has(chapter) && queries.iter().any(|query| self.queries.contains(query)),
        }
    }
}

/// One document of each kind; of bilans and evaluations two: what only the nation's tells, what only a région's.
fn documents() -> Vec<Made> {
    let place = Place::with_sample();
    for command in [
        "bilan --national --annee 2025",
        "bilan --region 28 --annee 2025",
        "bilan --medicobus 28-61-ORNE-EST --annee 2025",
        "evaluation --region=28",
        "evaluation --national",
        "etat-des-lieux --medicobus 28-61-ORNE-EST --annee 2025",
        "note-cts --region 28 --annee 2025",
    ] {
        place.medicobus(&format!("{command} --source src -o out")).exits(0);
    }

    let folders = std::fs::read_dir(place.path().join("src")).unwrap();
    folders.map(|folder| Made::read(&folder.unwrap().path())).collect()
}

#[test]
fn each_requirement_is_answered_where_the_table_says() {
    let documents = documents();
    assert_eq!(documents.len(), 7);

    let mut wrong = Vec::new();
    for requirement in requirements() {
        let words = &requirement.words;
        for (document, chapter) in &requirement.places {
            let kind = DOCUMENTS.iter().find(|(name, _)| name == document);
            let Some((_, kind)) = kind else {
                wrong.push(format!("{words} : document « {document} »"));
                continue;
            };
            let mut made = documents.iter().filter(|made| made.kind == *kind);
            if !made.any(|made| made.answers(chapter, &requirement.queries)) {
                wrong.push(format!("{words} : {document} › {chapter}"));
            }
        }

        for query in &requirement.queries {
            let of_the_line = |made: &&Made| {
                let mut places = requirement.places.iter();
                places.any(|(name, _)| DOCUMENTS.contains(&(name.as_str(), made.kind.as_str())))
            };
            if !documents.iter().filter(of_the_line).any(|made| made.queries.contains(query)) {
                wrong.push(format!("{words} : `{query}` is read by none of these documents"));
            }
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_query_of_the_table_is_in_the_catalogue_and_each_gap_is_one() {
    let queries: Vec<(String, String)> = std::fs::read_dir(repository().join("queries"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let known = |name: &str| queries.iter().any(|(query, _)| query == name);

    let requirements = requirements();
    assert!(requirements.len() >= 60, "{} lines", requirements.len());
    for Requirement { words, places, reason, queries: named } in &requirements {
        assert!(named.iter().all(|name| known(name)), "{words} : {named:?}");

        let answered = !places.is_empty() && !named.is_empty();
        let told = reason.starts_with("Lacune : ") || reason.starts_with("N'est pas demandé");
        assert!(answered || (told && named.is_empty()), "{words} : {reason}");

        // A column or a table that a gap names: once a query reads it, the line has to say where it is told.
        for name in quoted(reason).iter().filter(|name| !known(name)) {
            let word = match name.rsplit_once('.') {
                Some((_, column)) => format!(r"\b{column}\b"),
                None => format!("(?m)^sources = .*\"{name}\""),
            };
            let word = Regex::new(&word).unwrap();
            let reader = queries.iter().find(|(_, text)| word.is_match(text));
            let gap = reason.starts_with("Lacune");
            assert!(!gap || reader.is_none(), "{words} : {} reads {name}", reader.unwrap().0);
        }
    }
}

/// What projects declare is a closed list of the contract: each of its requirements has its line, under the same words.
#[test]
fn all_that_projects_declare_is_in_the_table() {
    let query = read("queries/exigences_declarees.sql");
    let value = Regex::new(r"\(\d+, '[a-z_]+', '((?:[^']|'')+)'\)").unwrap();
    let names: Vec<String> =
        value.captures_iter(&query).map(|found| found[1].replace("''", "'")).collect();
    assert!(names.len() >= 20, "{names:?}");

    let requirements = requirements();
    let missing: Vec<_> = names
        .iter()
        .filter(|name| requirements.iter().all(|r| r.words != **name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
