//! Comments of committees: what stands in their folder is printed, or refused with the file and the way out.

use serde_json::Value;

use crate::fixture::{End, Place};

fn bilan(place: &Place, options: &str) -> End {
    let line =
        "bilan --region 28 --annee 2025 --depot depot -o out --source source --commentaires mots";
    place.medicobus(&format!("{line} {options}"))
}

fn put(place: &Place, name: &str, bytes: &[u8]) {
    let path = place.path().join("mots").join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Chapters with a place for a comment, and the comments.
fn printed(place: &Place) -> Vec<(String, String)> {
    let path = place.path().join("source/bilan-28-2025/donnees.json");
    let content: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let synthesis = [("synthese", &content["synthese"]["blocs"])];
    let decisions = content["synthese"]["decisions"].as_array().unwrap().iter();
    let decisions = ["decide", "demande", "suivra"].into_iter().zip(decisions);
    let chapters = content["chapitres"].as_array().unwrap().iter();
    let chapters = chapters.map(|chapter| (chapter["id"].as_str().unwrap(), &chapter["blocs"]));

    chapters
        .chain(synthesis)
        .flat_map(|(id, blocks)| blocks.as_array().unwrap().iter().map(move |b| (id, b)))
        .chain(decisions)
        .filter(|(_, block)| block["type"] == "commentaire")
        .map(|(id, block)| (id.to_string(), block["contenu"].to_string()))
        .collect()
}

/// Files, and what the refusal says.
type Refused = (&'static [(&'static str, &'static [u8])], &'static [&'static str]);

const REFUSED: [Refused; 27] = [
    (
        &[(
            "28/2025/synthese.md",
            "Le comité o\u{fb03}ciel, le 1\u{1d49}\u{02b3} mars.\n\nBravo \u{1f600}".as_bytes(),
        )],
        &["synthese.md, ligne 3", "« \u{1f600} » ne s'imprime pas"],
    ),
    (
        &[("28/2025/synthese.md", b"Le comit\xe9 rel\xe8ve.")],
        &["synthese.md, ligne 1", "Windows-1252", "UTF-8"],
    ),
    (&[("28/2025/synthese.md", b"L\0e\0 \0")], &["ligne 1", "UTF-16"]),
    (
        &[("28/2025/Synth\u{e8}se.md", b"x")],
        &["Synthèse.md", "vouliez-vous dire « synthese.md »"],
    ),
    (
        &[("28/2025/synthese.txt", b"x")],
        &["synthese.txt", "synthese.md", "medecin_traitant.md"],
    ),
    (
        &[("28/2025/chapitre_inconnu.md", b"x")],
        &["chapitre_inconnu.md", "noms admis", "offre.md"],
    ),
    (
        &[("28/2025/synthese.md", b"x"), ("28/2025/Synth\u{e8}se.txt", b"y")],
        &["deux fichiers", "Synthèse.txt et", "synthese.md"],
    ),
    (
        &[("28/2025/synthese.md", b"Merci.\n\n06 12 34 56 78")],
        &["ligne 3", "téléphone"],
    ),
    (
        &[("28/2025/synthese.md", b"Merci.\n\nAppeler le **06** 12 34\n56 78")],
        &["ligne 3", "téléphone"],
    ),
    (
        &[("28/2025/synthese.md", b"Merci au Dr Martin.")],
        &["ligne 1", "un nom de personne"],
    ),
    (
        &[("28/2025/synthese.md", b"jean.martin(at)exemple.fr")],
        &["ligne 1", "adresse électronique"],
    ),
    (&[("28/2025/synthese.md", b"RPPS 10003456781")], &["ligne 1", "RPPS"]),
    (
        &[("28/2025/synthese.md", b"x\n\n| a | b |\n|---|---|\n| 1 | 2 |")],
        &["ligne 3", "un tableau"],
    ),
    (&[("28/2025/synthese.md", b"x\n\n> y")], &["ligne 3", "une citation"]),
    (&[("28/2025/synthese.md", b"x \xe2\x80\xae y")], &["ligne 1", "U+202E"]),
    (
        &[("28/2025/images/a.md", b"x")],
        &["images n'est le commentaire d'aucun chapitre"],
    ),
    (
        &[("28/205/synthese.md", b"x")],
        &["205 n'est le commentaire d'aucun document", "28/2025"],
    ),
    (&[("Normandie/2025/synthese.md", b"x")], &["Normandie n'est", "code de région"]),
    (&[("28/synthese.md", b"x")], &["synthese.md n'est", "DOSSIER/ZONE"]),
    (
        &[("28/2024/synthese.md", b"x")],
        &["aucun commentaire pour ce document", "28/2024"],
    ),
    (&[("99/2025/synthese.md", b"x")], &["99 n'est le commentaire d'aucun document"]),
    (
        &[("departement-99/2025/fiche.md", b"x")],
        &["departement-99 n'est le commentaire"],
    ),
    (
        &[("28/2025/synthese.md", b"x"), ("medicobus-INCONNU/2025/fiche.md", b"x")],
        &[
            "medicobus-INCONNU n'est le dossier d'aucun m\u{e9}dicobus",
            "medicobus-IDENTIFIANT",
        ],
    ),
    (
        &[("28/2025/synthese.md", b"x\n\n####### y")],
        &["ligne 3", "plus de six niveaux"],
    ),
    (
        &[("28/2025/synthese.md", b"Terme\n: d\xc3\xa9finition")],
        &["ligne 2", "commence par :"],
    ),
    (&[("28/2025/synthese.md", b"Un mot.\n\nUn \0autre.")], &["ligne 3", "octet nul"]),
    // The chapter is known; the bilan of a région has none.
    (&[("28/2025/comparaison.md", b"x")], &["comparaison.md", "n'a pas de chapitre"]),
];

#[test]
fn a_comment_that_would_vanish_is_refused() {
    let place = Place::with_sample();
    for (files, words) in REFUSED {
        for (name, bytes) in files {
            put(&place, name, bytes);
        }

        for option in ["", "--final"] {
            let mut end = bilan(&place, option).exits(1);
            for word in words {
                end = end.says(word);
            }
            assert!(!end.stderr.contains("34 56"), "{}", end.stderr);
            assert!(!place.path().join("out/bilan-28-2025.pdf").exists());
        }
        std::fs::remove_dir_all(place.path().join("mots")).unwrap();
    }

    bilan(&place, "").exits(3).says("le dossier des commentaires n'existe pas");
}

/// A key of the store is no word of a comment, however it is written.
#[test]
fn the_pseudonym_of_a_patient_is_refused() {
    let place = Place::with_sample();
    let query = "SELECT min(cle_patient) AS cle FROM consultations";
    let answer = place
        .run(&["sql", query, "--sans-secret", "--format", "csv", "--depot", "depot"])
        .exits(0);
    let key = answer.stdout.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    assert!(key.len() >= 6, "{key}");

    for key in [format!("**{key}**"), key.to_uppercase()] {
        put(&place, "28/2025/synthese.md", format!("Un cas.\n\nVoir {key}.").as_bytes());
        let end = bilan(&place, "").exits(1).says("synthese.md, ligne 3").says("pseudonyme");
        assert!(!end.stderr.contains(key.trim_matches('*')), "{}", end.stderr);
    }
    put(&place, "28/2025/synthese.md", b"En 2025, 1234567 pas et abc1234567.");
    bilan(&place, "").exits(0);
}

#[test]
fn an_empty_comment_is_no_final_one() {
    let place = Place::with_sample();
    put(&place, "28/2025/synthese.md", b"\n \n");
    bilan(&place, "").exits(0);
    bilan(&place, "--final").exits(1).says("synthese.md est vide");
}

#[cfg(unix)]
#[test]
fn a_link_among_comments_is_not_followed() {
    let place = Place::with_sample();
    put(&place, "28/2025/synthese.md", b"x");
    let folder = place.path().join("mots/28/2025");
    std::os::unix::fs::symlink("/etc/hostname", folder.join("offre.md")).unwrap();
    bilan(&place, "").exits(1).says("offre.md est un lien");
}

#[test]
fn a_campaign_and_an_evaluation_refuse_as_well() {
    let place = Place::with_sample();
    put(&place, "24/2025/synthese.md", b"x");
    let campaign = "campagne --annee 2025 --depot depot -o c --commentaires mots";
    place.medicobus(campaign).exits(1).says("24/2025").says("le plus proche");

    let place = Place::with_sample();
    put(&place, "28/2025/sythese.md", b"x");
    put(&place, "28/evaluation/sythese.md", b"x");
    place.medicobus(campaign).exits(1).says("« synthese.md »");
    let evaluation = "evaluation --region 28 --depot depot -o out --commentaires mots";
    place.medicobus(evaluation).exits(1).says("« synthese.md »").says("limites.md");
}

#[test]
fn what_can_be_set_is_set_in_every_chapter() {
    let place = Place::with_sample();
    let text = "\u{feff}# Titre du comité\n\nUn *mot*.\n\n- un\n  - deux **forts**\n";
    put(&place, "28/2025/synthese.md", text.as_bytes());
    bilan(&place, "").exits(0);

    let places = printed(&place);
    let (_, synthesis) = places.iter().find(|(id, _)| id == "synthese").unwrap();
    assert!(synthesis.starts_with("[{\"type\":\"titre\""), "{synthesis}");
    assert!(synthesis.contains("\"italique\"") && !synthesis.contains('*'), "{synthesis}");
    assert_eq!(synthesis.matches("\"liste\"").count(), 2, "{synthesis}");

    // Every place takes a comment, in UTF-16 as well.
    for (chapter, _) in &places {
        let text = format!("\u{feff}Relu, {chapter}.");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        put(&place, &format!("28/2025/{chapter}.md"), &bytes);
    }
    bilan(&place, "").exits(0);
    let filled = printed(&place);
    assert_eq!(filled.len(), places.len());
    for (chapter, comment) in filled {
        assert!(comment.contains(&format!("Relu, {chapter}.")), "{chapter}: {comment}");
    }
}
