//! The final evaluation on the sample: every question answered with its level of proof, no effect claimed that is not
//! established, none at all for a région with few served territories.

use serde_json::Value;

use crate::fixture::{Lieu, sample};

/// The content of the two evaluations: `donnees.json` of the nation and of Normandie.
fn evaluations() -> [Value; 2] {
    let lieu = Lieu::new();
    let sample = sample();
    let zonages = sample.join("zonages.csv");
    let mut livraisons: Vec<String> = std::fs::read_dir(&sample)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir() || p.extension().is_some_and(|e| e == "zip" || e == "xlsx"))
        .map(|p| p.display().to_string())
        .collect();
    livraisons.sort();
    let mut args = vec!["charger", "--depot", "depot", "--aujourdhui", "2026-11-01"];
    args.extend(livraisons.iter().map(String::as_str));
    lieu.run(&args).attendu(0);
    lieu.run(&["referentiel", "--depot", "depot", zonages.to_str().unwrap()])
        .attendu(0);
    ["--national", "--region=28"].map(|zone| {
        lieu.run(&[
            "evaluation",
            zone,
            "--depot",
            "depot",
            "-o",
            "out",
            "--source",
            "source",
        ])
        .attendu(0);
        let nom = if zone == "--national" {
            "evaluation-nationale"
        } else {
            "evaluation-28"
        };
        assert!(lieu.path().join("out").join(format!("{nom}.pdf")).is_file());
        let json = lieu.path().join("source").join(nom).join("donnees.json");
        serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap()
    })
}

fn chapitre<'d>(donnees: &'d Value, id: &str) -> &'d Value {
    donnees["chapitres"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["id"] == id)
        .unwrap_or_else(|| panic!("no chapter {id}"))
}

fn textes(lignes: &Value) -> Vec<String> {
    lignes
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t.as_str().unwrap().to_string())
        .collect()
}

/// `−1,23` as printed.
fn lu(texte: &str) -> f64 {
    texte
        .replace('\u{2212}', "-")
        .replace(',', ".")
        .parse()
        .unwrap_or_else(|_| panic!("not a number: {texte}"))
}

#[test]
fn effects_are_claimed_only_where_established() {
    let [national, region] = evaluations();
    for donnees in [&national, &region] {
        let reponses = donnees["synthese"]["blocs"][0]["lignes"]
            .as_array()
            .unwrap();
        assert_eq!(reponses.len(), 7);
        for r in reponses {
            let preuve = r[2].as_str().unwrap();
            let connues = [
                "Dénombré",
                "Mesuré",
                "Estimé avec témoins",
                "Descriptif",
                "Insuffisant",
            ];
            assert!(connues.contains(&preuve), "{preuve}");
        }
        let tout = donnees.to_string();
        for piege in ["reste inscrit dans les fichiers", "ne s’additionnent pas"] {
            assert!(tout.contains(piege), "{piege}");
        }
    }

    let effet = chapitre(&national, "effet");
    let phrases = textes(&effet["phrases"]);
    let tableau = effet["blocs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|b| b["id"] == "effet_moyen")
        .unwrap();
    let lignes = tableau["lignes"].as_array().unwrap();
    assert_eq!(lignes.len(), 6);
    for ligne in lignes {
        let ligne = textes(ligne);
        let net = lu(&ligne[3]) * lu(&ligne[4]) > 0.0;
        let nom = ligne[0].to_lowercase();
        let phrase = phrases
            .iter()
            .find(|p| p.starts_with("L’effet moyen") && p.to_lowercase().contains(&nom))
            .unwrap_or_else(|| panic!("no sentence for {nom}"));
        assert_eq!(phrase.contains("est de"), net, "{phrase} {ligne:?}");
        assert_eq!(phrase.contains("contient zéro"), !net, "{phrase}");
    }
    // What the sample was made with: a fall of 0.25 point a quarter down to 2 points.
    let sans_mt = textes(&lignes[0]);
    assert!(
        lu(&sans_mt[2]) < -0.5 && lu(&sans_mt[4]) < 0.0,
        "{sans_mt:?}"
    );

    // Eight EPCI served in Normandie: described, not explained.
    let absent = chapitre(&region, "effet").to_string();
    assert!(absent.contains("Aucune conclusion causale"));
    assert!(!region.to_string().contains("L’effet moyen"));
}
