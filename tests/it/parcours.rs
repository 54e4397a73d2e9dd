//! The whole road on the repository's sample: counts that add up, PDFs that are the same bytes whatever the cores.

use std::collections::BTreeMap;
use std::path::Path;

use crate::fixture::{Fin, Lieu, fichiers, sample};

fn demo(lieu: &Lieu, sortie: &str, fils: &str) -> Fin {
    let sample = sample();
    lieu.run(&[
        "demo",
        "--echantillon",
        sample.to_str().unwrap(),
        "--sortie",
        sortie,
        "--fils",
        fils,
    ])
    .attendu(0)
}

fn pdfs(dossier: &Path) -> BTreeMap<String, Vec<u8>> {
    fichiers(dossier)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "pdf" || e == "xlsx"))
        .map(|p| {
            (
                p.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&p).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_demo_makes_every_bilan_twice_the_same_and_loses_no_row() {
    let lieu = Lieu::new();
    let first = demo(&lieu, "un", "1");
    demo(&lieu, "deux", "2");
    let (un, deux) = (
        pdfs(&lieu.path().join("un")),
        pdfs(&lieu.path().join("deux")),
    );
    let names: Vec<&str> = un
        .keys()
        .map(String::as_str)
        .filter(|n| !n.starts_with("note-") && n.ends_with(".pdf"))
        .collect();
    let mut expected: Vec<String> = ["03", "28", "44", "84", "national"]
        .iter()
        .flat_map(|zone| [2024, 2025].map(|year| format!("bilan-{zone}-{year}.pdf")))
        // The bus of Guyane starts within 2024: that year is not whole.
        .filter(|name| name != "bilan-03-2024.pdf")
        .collect();
    expected.extend([
        "evaluation-28.pdf".into(),
        "evaluation-nationale.pdf".into(),
    ]);
    expected.sort();
    assert_eq!(names, expected);
    for (name, bytes) in &un {
        assert!(
            bytes == &deux[name],
            "{name} differs between 1 and 2 threads"
        );
    }
    let notes = un.keys().filter(|n| n.starts_with("note-qualite-"));
    assert_eq!(notes.count(), 16, "a quality note per delivery");
    // Every line of counts adds up, and some rows are refused: the sample holds errors on purpose.
    let number = |text: &str| text.replace(['\u{202f}', '\u{a0}'], "").parse::<u64>().ok();
    let mut lines = 0;
    for line in first.stdout.lines() {
        let counts: Vec<u64> = line
            // Not split_whitespace: the thin space inside a number is one.
            .split(' ')
            .filter(|w| !w.is_empty())
            .skip(1)
            .filter_map(number)
            .collect();
        if let [read, accepted, refused] = counts[..] {
            assert_eq!(read, accepted + refused, "{line}");
            lines += 1;
            if line.starts_with("ensemble") {
                assert!(refused > 100, "{line}");
            }
        }
    }
    assert!(lines > 16, "{}", first.stdout);
}

#[test]
fn every_planted_error_is_found_at_its_line_and_field() {
    let lieu = Lieu::new();
    let sample = sample();
    let mut args = vec![
        "controler".to_string(),
        "--aujourdhui".into(),
        "2026-11-01".into(),
        "-o".into(),
        "controle".into(),
    ];
    let mut livraisons: Vec<_> = std::fs::read_dir(&sample)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir() || p.extension().is_some_and(|e| e == "zip" || e == "xlsx"))
        .collect();
    livraisons.sort();
    args.extend(livraisons.iter().map(|p| p.display().to_string()));
    lieu.run(&args).attendu(0);
    let mut found: BTreeMap<String, Vec<(String, String, String, String)>> = BTreeMap::new();
    for livraison in &livraisons {
        let stem = livraison
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let texte = std::fs::read(
            lieu.path()
                .join("controle")
                .join(&stem)
                .join("quarantaine.csv"),
        )
        .unwrap();
        let mut lecteur = csv::Reader::from_reader(&texte[..]);
        found.insert(
            stem,
            lecteur
                .records()
                .map(|r| r.unwrap())
                .map(|r| {
                    (
                        // In a workbook the sheet is what is named.
                        if r[1].is_empty() { &r[0] } else { &r[1] }.to_string(),
                        r[2].to_string(),
                        r[3].to_string(),
                        r[4].to_string(),
                    )
                })
                .collect(),
        );
    }
    let mut attendues = csv::Reader::from_path(sample.join("erreurs_attendues.csv")).unwrap();
    let mut count = 0;
    for erreur in attendues.records() {
        let e = erreur.unwrap();
        let (livraison, fichier, ligne, champ, regle) = (&e[0], &e[1], &e[3], &e[4], &e[5]);
        let stem = livraison.trim_end_matches(".zip").trim_end_matches(".xlsx");
        let here = &found[stem];
        assert!(
            here.iter()
                .any(|(f, l, c, r)| f.ends_with(fichier) && l == ligne && c == champ && r == regle),
            "expected {e:?}, found on that line: {:?}",
            here.iter()
                .filter(|(f, l, ..)| f.ends_with(fichier) && l == ligne)
                .collect::<Vec<_>>()
        );
        count += 1;
    }
    assert!(count > 200, "{count}");
}
