//! What a reader's software sees in a PDF: its structure tree; and what a reader sees: its figures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use lopdf::{Dictionary, Document, Object};
use rand::RngExt;
use rand::SeedableRng;

use crate::campagne::commun;

fn pdf(nom: &str) -> PathBuf {
    commun().path().join("c").join(format!("{nom}.pdf"))
}

/// One element of the structure tree: role, attributes by owner, alternative text, children.
struct Element {
    role: String,
    alt: Option<String>,
    portees: Vec<String>,
    contenu: bool,
    enfants: Vec<Element>,
}

fn texte(document: &Document, d: &Dictionary, cle: &[u8]) -> Option<String> {
    let objet = document.dereference(d.get(cle).ok()?).ok()?.1;
    lopdf::decode_text_string(objet).ok()
}

fn liste<'d>(document: &'d Document, objet: &'d Object) -> Vec<&'d Object> {
    match document.dereference(objet).unwrap().1 {
        Object::Array(objets) => objets
            .iter()
            .map(|o| document.dereference(o).unwrap().1)
            .collect(),
        autre => vec![autre],
    }
}

fn element(document: &Document, d: &Dictionary) -> Element {
    let mut un = Element {
        role: String::from_utf8_lossy(d.get(b"S").unwrap().as_name().unwrap()).into_owned(),
        alt: texte(document, d, b"Alt"),
        portees: Vec::new(),
        contenu: false,
        enfants: Vec::new(),
    };
    if let Ok(attributs) = d.get(b"A") {
        for a in liste(document, attributs) {
            if let Ok(portee) = a.as_dict().and_then(|a| a.get(b"Scope")) {
                un.portees
                    .push(String::from_utf8_lossy(portee.as_name().unwrap()).into_owned());
            }
        }
    }
    if let Ok(enfants) = d.get(b"K") {
        for enfant in liste(document, enfants) {
            match enfant.as_dict() {
                Ok(e) if e.get(b"S").is_ok() => un.enfants.push(element(document, e)),
                _ => un.contenu = true,
            }
        }
    }
    un
}

impl Element {
    /// Every element in reading order, with the roles above it.
    fn tous<'e>(
        &'e self,
        au_dessus: &mut Vec<&'e str>,
        f: &mut impl FnMut(&'e Element, &[&'e str]),
    ) {
        f(self, au_dessus);
        au_dessus.push(&self.role);
        for e in &self.enfants {
            e.tous(au_dessus, f);
        }
        au_dessus.pop();
    }

    fn parle(&self) -> bool {
        self.contenu || self.alt.is_some() || self.enfants.iter().any(Element::parle)
    }
}

fn arbre(document: &Document) -> Element {
    let catalogue = document.catalog().unwrap();
    let racine = document
        .dereference(catalogue.get(b"StructTreeRoot").unwrap())
        .unwrap()
        .1;
    let enfants = liste(document, racine.as_dict().unwrap().get(b"K").unwrap())
        .into_iter()
        .map(|e| element(document, e.as_dict().unwrap()))
        .collect();
    Element {
        role: "StructTreeRoot".into(),
        alt: None,
        portees: Vec::new(),
        contenu: false,
        enfants,
    }
}

#[test]
fn the_structure_tree_reads_in_order_and_leaves_nothing_unsaid() {
    for nom in [
        "bilan-84-2025",
        "bilan-national-2025",
        "bilan-departement-42-2025",
        "fiche-84-42-ROANNAIS-2025",
    ] {
        let document = Document::load(pdf(nom)).unwrap();
        let catalogue = document.catalog().unwrap();
        assert_eq!(
            texte(&document, catalogue, b"Lang").unwrap().to_lowercase(),
            "fr-fr",
            "{nom}"
        );
        let vue = document
            .dereference(catalogue.get(b"ViewerPreferences").unwrap())
            .unwrap()
            .1;
        assert!(
            vue.as_dict()
                .unwrap()
                .get(b"DisplayDocTitle")
                .unwrap()
                .as_bool()
                .unwrap()
        );
        let info = document
            .dereference(document.trailer.get(b"Info").unwrap())
            .unwrap()
            .1;
        let titre = texte(&document, info.as_dict().unwrap(), b"Title").unwrap();
        assert!(titre.contains("2025"), "{nom}: {titre}");

        let arbre = arbre(&document);
        let mut niveaux = Vec::new();
        let mut comptes: BTreeMap<&str, usize> = BTreeMap::new();
        arbre.tous(&mut Vec::new(), &mut |e, au_dessus| {
            *comptes.entry(&e.role).or_default() += 1;
            match e.role.as_str() {
                "Figure" => {
                    let alt = e.alt.as_deref().unwrap_or_default();
                    assert!(
                        alt.chars().count() > 20,
                        "{nom}: figure without a text: « {alt} »"
                    );
                }
                "Table" => {
                    let mut portees = BTreeSet::new();
                    e.tous(&mut Vec::new(), &mut |cellule, _| {
                        if cellule.role == "TH" {
                            assert_eq!(cellule.portees.len(), 1, "{nom}: TH without a scope");
                            portees.insert(cellule.portees[0].clone());
                        }
                    });
                    let deux = ["Column", "Row"].map(String::from);
                    assert_eq!(portees, BTreeSet::from(deux), "{nom}: headers of a table");
                }
                "TD" | "TH" => assert!(au_dessus.contains(&"Table"), "{nom}: cell out of a table"),
                "LI" => assert_eq!(au_dessus.last(), Some(&"L"), "{nom}: item out of a list"),
                "Link" => assert!(e.parle(), "{nom}: a link that says nothing"),
                role => {
                    if let Some(n) = role.strip_prefix('H').and_then(|n| n.parse::<u8>().ok()) {
                        assert!(e.parle(), "{nom}: empty heading");
                        niveaux.push(n);
                    }
                }
            }
        });
        assert_eq!(niveaux.first(), Some(&1), "{nom}");
        for paire in niveaux.windows(2) {
            assert!(
                paire[1] <= paire[0] + 1,
                "{nom}: H{} after H{}",
                paire[1],
                paire[0]
            );
        }
        let fiche = nom.starts_with("fiche");
        let attendus: &[(&str, usize)] = if fiche {
            &[("Figure", 2), ("Table", 1)]
        } else {
            &[
                ("Figure", 8),
                ("Table", 15),
                ("H1", 8),
                ("H2", 5),
                ("Link", 8),
            ]
        };
        for (role, au_moins) in attendus {
            assert!(comptes.get(role) >= Some(au_moins), "{nom}: {comptes:?}");
        }
        if fiche {
            assert_eq!(document.get_pages().len(), 1, "{nom}: a sheet is one page");
        }
    }
}

/// Titles of the outline (bookmarks), with their depth, in order.
fn signets(document: &Document) -> Vec<(usize, String)> {
    fn suivre(document: &Document, d: &Dictionary, niveau: usize, vus: &mut Vec<(usize, String)>) {
        let mut suivant = d.get(b"First").ok();
        while let Some(objet) = suivant {
            let un = document.dereference(objet).unwrap().1.as_dict().unwrap();
            vus.push((niveau, texte(document, un, b"Title").unwrap()));
            suivre(document, un, niveau + 1, vus);
            suivant = un.get(b"Next").ok();
        }
    }
    let mut vus = Vec::new();
    if let Ok(racine) = document.catalog().unwrap().get(b"Outlines") {
        let racine = document.dereference(racine).unwrap().1.as_dict().unwrap();
        suivre(document, racine, 1, &mut vus);
    }
    vus
}

/// Elements of a role with all the text under them, in reading order, as a reader's software gets them (pdfinfo).
fn textes_de(structure: &str, role: &str) -> Vec<String> {
    let marge = |l: &str| l.len() - l.trim_start().len();
    let lignes: Vec<&str> = structure.lines().collect();
    let mut trouves = Vec::new();
    for (i, ligne) in lignes.iter().enumerate() {
        let nom = ligne
            .trim_start()
            .split([' ', '"'])
            .next()
            .unwrap_or_default();
        if nom != role {
            continue;
        }
        let dessous = lignes[i + 1..]
            .iter()
            .take_while(|l| l.trim().is_empty() || marge(l) > marge(ligne));
        let morceaux: Vec<&str> = dessous
            .filter_map(|l| l.trim().strip_prefix('"').map(|t| t.trim_end_matches('"')))
            .collect();
        let mots = morceaux.concat();
        trouves.push(mots.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    trouves
}

/// Who listens to the document hears its chapters in the order that the bookmarks give, and links that say where they
/// lead.
#[test]
fn headings_are_heard_in_the_order_of_the_bookmarks_and_links_have_a_sense() {
    if Command::new("pdfinfo").arg("-v").output().is_err() {
        eprintln!("pdfinfo is missing (Debian: poppler-utils): the reading order is not compared");
        return;
    }
    for nom in ["bilan-84-2025", "bilan-national-2025"] {
        let pdf = pdf(nom);
        let document = Document::load(&pdf).unwrap();
        let sortie = Command::new("pdfinfo")
            .arg("-struct-text")
            .arg(&pdf)
            .output()
            .unwrap();
        // A few strings of its output are no UTF-8; those compared are.
        let structure = String::from_utf8_lossy(&sortie.stdout).into_owned();
        let simple = |t: &str| -> String { t.split_whitespace().collect::<Vec<_>>().join(" ") };
        let signets = signets(&document);
        let premiers: Vec<String> = signets
            .iter()
            .filter(|s| s.0 == 1)
            .map(|s| simple(&s.1))
            .collect();
        let titres: Vec<String> = textes_de(&structure, "H1")
            .into_iter()
            // The table of contents is no entry of itself.
            .filter(|t| t != "Sommaire")
            .collect();
        assert_eq!(titres, premiers, "{nom}");
        assert!(premiers.len() > 8, "{nom}: {premiers:?}");
        assert!(
            signets.iter().any(|s| s.0 == 2),
            "{nom}: sections are in the outline"
        );
        let liens = textes_de(&structure, "Link");
        assert!(liens.len() > 8, "{nom}");
        for lien in &liens {
            let lettres = lien.chars().filter(|c| c.is_alphabetic()).count();
            let vague = ["ici", "lien", "cliquez", "http"];
            assert!(
                lettres > 3 && !vague.iter().any(|v| lien.to_lowercase().starts_with(v)),
                "{nom}: « {lien} »"
            );
        }
        // Each chapter can be reached from the contents.
        for titre in &premiers {
            assert!(
                liens.iter().any(|l| l.contains(titre.as_str())),
                "{nom}: {titre}"
            );
        }
    }
}

/// Every sheet of the campaign is one page, whatever its bus did.
#[test]
fn every_sheet_is_one_page() {
    let fiches: Vec<PathBuf> = crate::fixture::fichiers(&commun().path().join("c"))
        .into_iter()
        .filter(|p| {
            let nom = p.file_name().unwrap().to_string_lossy();
            nom.starts_with("fiche-") && nom.ends_with(".pdf")
        })
        .collect();
    assert!(fiches.len() >= 3, "{fiches:?}");
    for fiche in fiches {
        let pages = Document::load(&fiche).unwrap().get_pages().len();
        assert_eq!(pages, 1, "{}", fiche.display());
    }
}

/// Text and background colours of the page style keep the contrast that WCAG asks of small text.
#[test]
fn colours_of_text_keep_their_contrast() {
    let style = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../report_templates/style.typ"
    ))
    .unwrap();
    let couleurs: BTreeMap<&str, f64> = style
        .lines()
        .filter_map(|l| {
            let (nom, reste) = l.trim().split_once(": rgb(\"#")?;
            let octet =
                |i: usize| f64::from(u8::from_str_radix(&reste[i..i + 2], 16).unwrap()) / 255.0;
            let lineaire = |c: f64| {
                if c <= 0.040_45 {
                    c / 12.92
                } else {
                    ((c + 0.055) / 1.055).powf(2.4)
                }
            };
            let [r, v, b] = [0, 2, 4].map(|i| lineaire(octet(i)));
            Some((nom, 0.2126 * r + 0.7152 * v + 0.0722 * b))
        })
        .collect();
    let contraste = |a: f64, b: f64| (a.max(b) + 0.05) / (a.min(b) + 0.05);
    let fonds = [
        "bleu-pale",
        "fond",
        "succes-fond",
        "attention-fond",
        "alerte-fond",
    ];
    for encre in ["bleu", "texte", "gris", "gris-moyen"] {
        assert!(contraste(couleurs[encre], 1.0) >= 4.5, "{encre} on white");
        for fond in fonds {
            assert!(
                contraste(couleurs[encre], couleurs[fond]) >= 4.5,
                "{encre} on {fond}"
            );
        }
    }
    for ton in ["succes", "attention", "alerte"] {
        let fond = format!("{ton}-fond");
        assert!(
            contraste(couleurs[ton], couleurs[fond.as_str()]) >= 4.5,
            "{ton}"
        );
    }
}

/// Numbers of the attached tables, as a reader may see them printed: without sign, with 0, 1 or 2 decimals.
fn figures_jointes(pdf: &std::path::Path) -> BTreeSet<String> {
    let pieces = edition::pieces::pieces(&std::fs::read(pdf).unwrap()).unwrap();
    let mut figures = BTreeSet::new();
    for (nom, octets) in &pieces {
        if !nom.ends_with(".csv") {
            continue;
        }
        for ligne in csv::Reader::from_reader(&octets[..]).records() {
            for cellule in ligne.unwrap().iter() {
                if let Ok(x) = cellule.parse::<f64>() {
                    figures.extend([0, 1, 2].map(|d| format!("{:.d$}", x.abs())));
                }
            }
        }
    }
    figures
}

/// Figures of a PDF's text that come from the data: at least three digits; no year, interval (a statistic of its own),
/// graduation of an axis, nor anything of the chapters on method and provenance, which quote thresholds and hashes.
fn figures_imprimees(texte: &str) -> Vec<String> {
    let nombre = regex::Regex::new(
        r"(^|[^\w/.,_-])(\d{1,3}(?:[ \u{202f}\u{a0}]\d{3})+(?:,\d+)?|\d+(?:,\d+)?)($|[^\w/_-])",
    )
    .unwrap();
    let intervalle = regex::Regex::new(r"\[[^\]]*\]").unwrap();
    let mut figures = Vec::new();
    let mut dans = true;
    for ligne in texte.lines() {
        match ligne.trim_matches(['\u{c}', ' ']) {
            "Méthode" | "Provenance" => dans = false,
            "Annexes" => dans = true,
            l if dans => {
                let l = intervalle.replace_all(l, " ");
                for mot in nombre.captures_iter(&l) {
                    let brut = mot[2]
                        .replace([' ', '\u{202f}', '\u{a0}'], "")
                        .replace(',', ".");
                    let chiffres = brut.trim_start_matches(['0', '.']).replace('.', "");
                    let annee =
                        brut.len() == 4 && (brut.starts_with("19") || brut.starts_with("20"));
                    let seule = mot[0].trim().len() == l.trim().len();
                    let tete = chiffres.trim_end_matches('0');
                    let ronde =
                        seule && (tete.len() <= 1 || tete.len() == 2 && tete.ends_with('5'));
                    // The cost that the instruction sets is in no table, nor is the day's part of it.
                    let instruction = matches!(brut.as_str(), "200000" | "769" | "260");
                    if chiffres.len() >= 3 && !annee && !ronde && !instruction {
                        figures.push(brut);
                    }
                }
            }
            _ => {}
        }
    }
    figures
}

#[test]
fn two_hundred_printed_figures_are_figures_of_the_tables() {
    if Command::new("pdftotext").arg("-v").output().is_err() {
        eprintln!("pdftotext is missing (Debian: poppler-utils): printed figures are not compared");
        return;
    }
    let mut hasard = rand_chacha::ChaCha8Rng::seed_from_u64(2025);
    for nom in ["bilan-84-2025", "bilan-national-2025"] {
        let pdf = pdf(nom);
        let sortie = Command::new("pdftotext")
            .arg(&pdf)
            .arg("-")
            .output()
            .unwrap();
        let imprimees = figures_imprimees(&String::from_utf8(sortie.stdout).unwrap());
        assert!(imprimees.len() > 200, "{nom}: {} figures", imprimees.len());
        let tables = figures_jointes(&pdf);
        let mut autres = 0;
        for _ in 0..200 {
            let figure = &imprimees[hasard.random_range(0..imprimees.len())];
            assert!(
                tables.contains(figure),
                "{nom}: {figure} is printed and in no table"
            );
            // The sieve is not blind: another last digit is most often in no table.
            let (debut, fin) = figure.split_at(figure.len() - 1);
            let autre = (fin.parse::<u8>().unwrap() + 5) % 10;
            autres += usize::from(tables.contains(&format!("{debut}{autre}")));
        }
        assert!(
            autres < 100,
            "{nom}: {autres} of 200 altered figures found too"
        );
    }
}
