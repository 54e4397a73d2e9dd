//! A site of final documents: all of them, each once, every link there, nothing from elsewhere, and nothing that is not final.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use crate::fixture::{Place, copy_folder, files, has_extension, repository};
use crate::pages::assert_same_words;

/// Two régions, their final documents of 2025 in `c`, and the site made of them in `site`; made once, and copied.
fn place_with_a_site() -> Place {
    static MADE: OnceLock<Place> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = Place::loaded(
            &repository().join("tests/it/small_store"),
            &["2021", "2024", "2025", "centre"],
            &["zonages_2022.csv", "zonages_2024.csv"],
        );
        place.medicobus("campagne --annee 2025 --final --html -o c").exits(0);
        place.medicobus("site c -o site").exits(0).says("site/index.html");
        place
    });

    let place = Place::new();
    copy_folder(made.path(), place.path());
    place
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The file names of a folder that end so, without their extension.
fn stems(folder: &Path, extension: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| has_extension(path, extension))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

/// A text of a page as a reader sees it.
fn unescaped(text: &str) -> String {
    text.replace("&#x2f;", "/").replace("&#x27;", "'").replace("&amp;", "&")
}

/// All that a page or a style asks for, or leads to.
fn addresses(html: &str) -> Vec<String> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"\b(?:src|href|action|formaction|poster|srcset|data)="([^"]*)"|url\(([^)]*)\)"#,
        )
        .unwrap()
    });
    let found = ADDRESS.captures_iter(html).map(|c| c.get(1).or_else(|| c.get(2)).unwrap());
    found.map(|address| unescaped(address.as_str())).collect()
}

/// The file that an address names, percent signs read.
fn target(page: &Path, address: &str) -> PathBuf {
    let path = address.split(['#', '?']).next().unwrap();
    if path.is_empty() {
        return page.to_path_buf();
    }
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.map(|c| u8::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    page.parent().unwrap().join(String::from_utf8(bytes).unwrap())
}

#[test]
fn every_link_of_every_page_leads_to_a_file_of_the_site_and_nothing_comes_from_elsewhere() {
    let place = place_with_a_site();
    let site = place.path().join("site");
    let mut met = BTreeSet::new();

    for page in files(&site).iter().filter(|path| has_extension(path, "html")) {
        let html = read(page);
        for address in addresses(&html) {
            // Fonts stand in the style itself.
            if address.starts_with("data:font/otf;base64,") {
                continue;
            }
            assert!(
                !address.contains(':') && !address.starts_with('/'),
                "{} leads outside: {address}",
                page.display()
            );

            let target = target(page, &address).canonicalize();
            let target = target.unwrap_or_else(|_| panic!("{}: {address}", page.display()));
            assert!(target.starts_with(site.canonicalize().unwrap()), "{address}");
            if let Some((_, id)) = address.split_once('#') {
                assert!(read(&target).contains(&format!(" id=\"{id}\"")), "{address}");
            }
            met.insert(target);
        }

        let policy = "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';";
        assert!(html.contains(policy) && !html.contains("<script>") && !html.contains(" style="));
    }

    // And nothing lies there that no page leads to.
    let all: BTreeSet<PathBuf> =
        files(&site).iter().map(|path| path.canonicalize().unwrap()).collect();
    let unseen: Vec<_> = all.difference(&met).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn every_document_of_the_campaign_is_listed_and_found_once() {
    let place = place_with_a_site();
    let site = place.path().join("site");
    let made = stems(&place.path().join("c"), "pdf");
    assert!(made.len() >= 6, "{made:?}");
    let mut wanted: Vec<String> =
        made.iter().map(|stem| format!("documents/{stem}.html")).collect();
    wanted.sort();

    let contents = read(&site.join("index.html"));
    let listed = contents.split("<a class=\"document\" href=\"").skip(1);
    let mut listed: Vec<String> =
        listed.map(|rest| unescaped(rest.split('"').next().unwrap())).collect();
    listed.sort();
    assert_eq!(listed, wanted);

    let script = read(&site.join("documents.js"));
    let list = script
        .strip_prefix("const DOCUMENTS = ")
        .unwrap()
        .trim_end()
        .trim_end_matches(';');
    let found: Vec<serde_json::Value> = serde_json::from_str(list).unwrap();
    let mut pages: Vec<&str> = found.iter().map(|d| d["page"].as_str().unwrap()).collect();
    pages.sort_unstable();
    assert_eq!(pages, wanted);

    // The nation is called so, whichever régions it was read from.
    assert!(found.iter().any(|d| d["zone"] == "France, 2 régions sur 18"), "{script}");

    // By the communes where a bus goes, too.
    let sheet = found.iter().find(|d| d["page"].as_str().unwrap().contains("/fiche-")).unwrap();
    assert!(!sheet["communes"].as_array().unwrap().is_empty(), "{sheet}");

    // The map leads to each région, by name.
    for (id, name) in [("region-28", "Normandie"), ("region-24", "Centre-Val de Loire")] {
        let link = format!("<a href=\"#{id}\" aria-label=\"{name} : ");
        assert!(contents.contains(&link), "{link}");
    }
}

#[test]
fn every_document_of_the_site_says_what_its_pdf_says_and_gives_its_tables() {
    let place = place_with_a_site();
    let documents = place.path().join("site/documents");

    for stem in stems(&place.path().join("c"), "pdf") {
        let pdf = documents.join(format!("{stem}.pdf"));
        let html = read(&documents.join(format!("{stem}.html")));
        assert_same_words(&html, &pdf);
        assert!(!html.contains("PROJET"), "{stem}");

        // As the campaign wrote them.
        for extension in ["pdf", "xlsx"] {
            let name = format!("{stem}.{extension}");
            let written = std::fs::read(place.path().join("c").join(&name)).unwrap();
            assert!(written == std::fs::read(documents.join(&name)).unwrap(), "{name}");
        }

        let tables = files(&documents.join(&stem));
        let csv = tables.iter().filter(|path| has_extension(path, "csv")).count();
        assert_eq!(csv, html.matches(".csv\">").count(), "{stem}");
        assert!(csv > 3, "{stem}");
    }
}

#[test]
fn a_robot_that_saves_every_table_of_three_years_proves_no_count_small() {
    let place = Place::new();
    for year in ["2022-2023", "2024", "2025", "2026"] {
        let delivery = repository().join(format!("sample_data/44-{year}.xlsx"));
        let load = format!("charger --aujourdhui 2027-03-01 {}", delivery.display());
        place.medicobus(&load).exits(0);
    }
    for year in [2024, 2025, 2026] {
        place
            .medicobus(&format!("campagne --annee {year} --final --html -o c"))
            .exits(0);
    }
    place.medicobus("site c -o site").exits(0);

    // From the first page, wherever a link leads.
    let mut left = vec![place.path().join("site/index.html")];
    let mut seen = BTreeSet::new();
    while let Some(file) = left.pop() {
        if seen.insert(file.clone()) && has_extension(&file, "html") {
            let page = read(&file);
            let linked = addresses(&page).into_iter().filter(|a| !a.starts_with("data:"));
            left.extend(linked.map(|a| target(&file, &a).canonicalize().unwrap()));
        }
    }

    let saved = seen.iter().filter(|path| has_extension(path, "csv"));
    let saved: Vec<String> = saved.map(|path| path.display().to_string()).collect();
    for year in ["2024", "2025", "2026"] {
        assert!(saved.iter().filter(|path| path.contains(year)).count() > 50, "{saved:?}");
    }
    let command = ["secret", "auditer"].map(str::to_owned);
    place.run(&[&command[..], &saved].concat()).exits(0).says("0 prouvés petits");
}

#[test]
fn the_same_documents_give_the_same_site() {
    let place = place_with_a_site();
    let site = place.path().join("site");
    place.medicobus("site c -o encore").exits(0);
    // In its place, too.
    place.medicobus("site c -o site").exits(0);

    let written = files(&site);
    assert!(written.len() > 50);
    let again = place.path().join("encore");
    assert_eq!(written.len(), files(&again).len());
    for file in written {
        let other = again.join(file.strip_prefix(&site).unwrap());
        assert!(std::fs::read(&file).unwrap() == std::fs::read(&other).unwrap(), "{file:?}");
    }
}

#[test]
fn a_draft_is_left_out_and_a_site_of_drafts_is_refused() {
    let place = place_with_a_site();
    place.medicobus("bilan --region 28 --annee 2024 --html -o c").exits(0);
    place.write("c/notes.pdf", "pas un PDF");

    place
        .medicobus("site c -o site")
        .exits(0)
        .says("laissé de côté : c/bilan-28-2024.pdf (PROJET")
        .says("laissé de côté : c/notes.pdf (");
    let site = files(&place.path().join("site"));
    assert!(site.iter().all(|path| !path.to_string_lossy().contains("2024")));

    place
        .medicobus("bilan --region 28 --annee 2025 --sans-secret --html -o non")
        .exits(0);
    place
        .medicobus("site non -o ailleurs")
        .exits(1)
        .says("aucun document définitif")
        .says("non/bilan-28-2025.pdf : NON DIFFUSABLE");
    assert!(!place.path().join("ailleurs").exists());
}

#[test]
fn a_final_document_that_does_not_hold_together_stops_the_site() {
    let place = place_with_a_site();
    let at = |path: &str| place.path().join(path);
    let before = read(&at("site/index.html"));
    let refused = |said: &str| {
        place.medicobus("site c -o site").exits(1).says(said);
        assert!(read(&at("site/index.html")) == before, "{said}");
        assert!(!at(".site.nouveau").exists());
    };

    // The page and the workbook of a draft, made beside the final document without it.
    place.medicobus("bilan --region 28 --annee 2025 --html -o brouillon").exits(0);
    for (extension, said) in [
        ("html", "bilan-28-2025.pdf : la page HTML est celle d'une autre édition"),
        ("xlsx", "bilan-28-2025.pdf : le classeur (.xlsx) est celui d'une autre édition"),
    ] {
        let name = format!("bilan-28-2025.{extension}");
        let whole = std::fs::read(at("c").join(&name)).unwrap();
        std::fs::copy(at("brouillon").join(&name), at("c").join(&name)).unwrap();
        refused(said);
        std::fs::write(at("c").join(&name), whole).unwrap();
    }

    std::fs::copy(at("c/bilan-28-2025.pdf"), at("c/copie.pdf")).unwrap();
    for extension in ["html", "xlsx"] {
        let (from, to) = (format!("c/bilan-28-2025.{extension}"), format!("c/copie.{extension}"));
        std::fs::copy(at(&from), at(&to)).unwrap();
    }
    refused("c/copie.pdf est le même document que c/bilan-28-2025.pdf");
    std::fs::remove_file(at("c/copie.pdf")).unwrap();

    // Made without its page: `campagne --html` makes what is missing.
    std::fs::remove_file(at("c/bilan-28-2025.html")).unwrap();
    refused("bilan-28-2025.pdf : la page HTML manque");
    place
        .medicobus("campagne --annee 2025 --final --html --pourquoi -o c")
        .exits(0)
        .says("bilan-28-2025 : à faire : la page HTML manque");
    place.medicobus("site c -o site").exits(0);
}

#[test]
fn a_folder_that_is_no_site_is_not_replaced() {
    let place = place_with_a_site();
    place.write("site/a_garder.txt", "");
    place.medicobus("site c -o site").exits(2).says("a_garder.txt s'y trouve");
    place.medicobus("site c -o c").exits(2);
    place.medicobus("site absent -o ailleurs").exits(3).says("conseil");
    assert!(place.path().join("site/a_garder.txt").is_file());
}
