//! The final evaluation on the sample: every question answered with its level of proof, no effect claimed that is not
//! established, none at all for a région with few served territories.

use serde_json::Value;

use crate::fixture::{Fin, Lieu, sample};

/// A store with the whole sample.
fn charge() -> Lieu {
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
    lieu
}

/// Makes an evaluation and reads its content, `donnees.json`.
fn evaluer(lieu: &Lieu, zone: &str, options: &[&str]) -> (Value, Fin) {
    let mut args = vec!["evaluation", zone, "--depot", "depot", "-o", "out"];
    args.extend(["--source", "source"]);
    args.extend(options);
    let fin = lieu.run(&args).attendu(0);
    let nom = if zone == "--national" {
        "evaluation-nationale"
    } else {
        "evaluation-28"
    };
    assert!(lieu.path().join("out").join(format!("{nom}.pdf")).is_file());
    let json = lieu.path().join("source").join(nom).join("donnees.json");
    let json = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    (json, fin)
}

/// The ids of the chapters, in order.
fn ordre(donnees: &Value) -> Vec<&str> {
    donnees["chapitres"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].as_str().unwrap())
        .collect()
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
    let lieu = charge();
    let [national, region] = ["--national", "--region=28"].map(|zone| evaluer(&lieu, zone, &[]).0);
    let commun = [
        "deploiement",
        "publics",
        "activite",
        "medecin_traitant",
        "territoires",
        "delais",
        "offre",
        "couts",
        "comparaison",
        "effet",
        "methode",
        "limites",
        "reponses",
    ];
    assert_eq!(ordre(&region), commun);
    let ids = ordre(&national);
    assert_eq!(ids[..commun.len()], commun);
    assert_eq!(ids[commun.len()], "annexe_effet");
    assert!(
        ids[commun.len() + 1..]
            .iter()
            .all(|id| id.starts_with("region_"))
    );
    // The caution comes before any chart that sets régions side by side.
    let types: Vec<&str> = chapitre(&national, "comparaison")["blocs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["type"].as_str().unwrap())
        .collect();
    let place = |quoi: &str| types.iter().position(|t| *t == quoi).unwrap();
    assert!(place("encadre") < place("graphique"), "{types:?}");
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
                "Estimé, fragile",
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

#[test]
fn comments_stand_in_their_chapters_and_a_given_population_is_verified() {
    let lieu = charge();
    let ecrire = |chemin: &str, texte: &str| {
        let chemin = lieu.path().join(chemin);
        std::fs::create_dir_all(chemin.parent().unwrap()).unwrap();
        std::fs::write(chemin, texte).unwrap();
    };
    let commentaires = |donnees: &Value| -> Vec<(String, bool, String)> {
        let synthese = ("synthese", &donnees["synthese"]["blocs"]);
        let chapitres = donnees["chapitres"].as_array().unwrap();
        chapitres
            .iter()
            .map(|c| (c["id"].as_str().unwrap(), &c["blocs"]))
            .chain([synthese])
            .flat_map(|(id, blocs)| blocs.as_array().unwrap().iter().map(move |b| (id, b)))
            .filter(|(_, b)| b["type"] == "commentaire")
            .map(|(id, b)| {
                let contenu = &b["contenu"];
                let vide = contenu.as_array().unwrap().is_empty();
                (id.to_string(), vide, contenu.to_string())
            })
            .collect()
    };

    ecrire(
        "mots/28/evaluation/synthese.md",
        "Le comité **approuve** #image(\"/etc/passwd\").",
    );
    ecrire(
        "mots/28/evaluation/limites.md",
        "Relevés incomplets en 2024.",
    );
    ecrire("mots/28/evaluation/sythese.md", "Faute de frappe.");
    let options = ["--commentaires", "mots"];
    let (brouillon, fin) = evaluer(&lieu, "--region=28", &options);
    assert!(
        fin.stderr.contains("commentaire ignoré : sythese.md"),
        "{}",
        fin.stderr
    );
    assert!(!fin.stderr.contains("limites.md"), "{}", fin.stderr);
    let places = commentaires(&brouillon);
    assert!(places.iter().any(|(_, vide, _)| *vide));
    let dits: Vec<&str> = places
        .iter()
        .filter(|(_, vide, _)| !vide)
        .map(|(id, ..)| id.as_str())
        .collect();
    assert_eq!(dits, ["limites", "synthese"]);
    // What looks like Typst is text.
    assert!(places.iter().any(|(_, _, texte)| texte.contains("#image(")));
    assert!(!brouillon.to_string().contains("Faute de frappe"));

    ecrire(
        "population.csv",
        "tranche_age,sexe,ald,effectif\n17-29,F,non,900\n45-59,M,non,800\n80+,F,oui,400\n",
    );
    let (donnee, _) = evaluer(&lieu, "--region=28", &["--population", "population.csv"]);
    assert!(
        donnee
            .to_string()
            .contains("de la population de référence donnée")
    );
    let pdf = lieu.path().join("out/evaluation-28.pdf");
    let pdf = pdf.to_str().unwrap();
    let verifier = ["verifier", pdf, "--depot", "depot"];
    lieu.run(&verifier)
        .attendu(1)
        .dit("population de référence");
    let avec = [&verifier[..], &["--population", "population.csv"]].concat();
    lieu.run(&avec).attendu(0).dit("identique");
    ecrire(
        "autre.csv",
        "tranche_age,sexe,ald,effectif\n17-29,X,non,900\n",
    );
    lieu.run(&[
        "evaluation",
        "--region=28",
        "--depot",
        "depot",
        "--population",
        "autre.csv",
    ])
    .attendu(2)
    .dit("ligne 2 : sexe inattendu");

    let (definitif, _) = evaluer(&lieu, "--region=28", &["--commentaires", "mots", "--final"]);
    let dits: Vec<(String, bool)> = commentaires(&definitif)
        .into_iter()
        .map(|(id, vide, _)| (id, vide))
        .collect();
    let attendus = ["limites", "synthese"].map(|id| (id.to_string(), false));
    assert_eq!(dits, attendus);
}
