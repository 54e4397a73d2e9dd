//! The pages of the repository say what is so: the catalogue is what the headers say, the paths that pages name exist, the
//! table of floors is what the crates' manifests say.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fixture::{Place, repository};

/// Pages for those who work on the program or look for a proof in it.
const PAGES: [&str; 9] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/controles.md",
    "docs/exigences.md",
    "docs/methode.md",
    "docs/methode_statistique.md",
    "tests/README.md",
];

/// Folders of the repository that pages name.
const FOLDERS: [&str; 9] = [
    ".ci",
    ".github",
    "benches",
    "docs",
    "pipeline",
    "queries",
    "report_templates",
    "sample_data",
    "tests",
];

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

#[test]
fn the_page_of_the_indicators_is_what_the_headers_say() {
    let end = Place::new().medicobus("requetes --markdown").exits(0);
    assert!(
        read("docs/indicateurs.md") == end.stdout,
        "run: medicobus requetes --markdown > docs/indicateurs.md"
    );
}

/// Paths of the repository between backquotes; of a pattern, the folder.
fn quoted_paths(page: &str) -> BTreeSet<String> {
    // What stands between fences is a listing.
    let prose = page.split("```").step_by(2).collect::<String>();
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(str::split_whitespace)
        .filter(|word| FOLDERS.contains(&word.split('/').next().unwrap()) && word.contains('/'))
        // A place to fill in: `queries/NAME.sql`.
        .filter(|word| !["NAME", "TABLE", "CRATE"].iter().any(|p| word.contains(p)))
        .map(|word| {
            let fixed = word.split('*').next().unwrap();
            let end = if fixed == word { fixed.len() } else { fixed.rfind('/').unwrap() };
            word[..end].trim_end_matches(['/', '.', ',']).to_string()
        })
        .collect()
}

/// Targets of links to files, as paths of the repository.
fn linked_paths(page: &str, text: &str) -> BTreeSet<String> {
    let folder = Path::new(page).parent().unwrap();
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.starts_with("http") && !target.starts_with('#'))
        .map(|target| target.split('#').next().unwrap())
        .map(|target| folder.join(target).display().to_string())
        .collect()
}

#[test]
fn the_paths_that_pages_name_exist() {
    let mut missing = Vec::new();
    let mut count = 0;

    for page in PAGES {
        let text = read(page);
        for path in quoted_paths(&text).union(&linked_paths(page, &text)) {
            count += 1;
            if !repository().join(path).exists() {
                missing.push(format!("{page}: {path}"));
            }
        }
    }

    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(count > 50, "{count} paths");
}

/// The other crates of the workspace that a crate depends on, by its manifest.
fn stands_on(name: &str) -> BTreeSet<String> {
    let manifest: toml::Table = read(&format!("pipeline/{name}/Cargo.toml")).parse().unwrap();
    let Some(dependencies) = manifest.get("dependencies") else {
        return BTreeSet::new();
    };
    dependencies
        .as_table()
        .unwrap()
        .iter()
        .filter(|(_, dependency)| dependency.get("path").is_some())
        .map(|(name, _)| name.clone())
        .collect()
}

#[test]
fn the_table_of_floors_is_what_the_manifests_say() {
    let text = read("CONTRIBUTING.md");
    let table = text.split("| crate | holds | stands on |").nth(1).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();

    let mut crates = BTreeSet::new();
    for row in &rows {
        let (name, floors) = (row[1].trim_matches('`'), row[3]);
        crates.insert(name.to_string());
        // The top floor is the only one that may name what it likes.
        if floors == "all of them" {
            continue;
        }
        let said: BTreeSet<String> =
            floors.split(", ").filter(|floor| *floor != "–").map(str::to_string).collect();
        assert_eq!(said, stands_on(name), "{name}");
    }

    let there: BTreeSet<String> = std::fs::read_dir(repository().join("pipeline"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(crates, there);
}
