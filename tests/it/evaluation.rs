//! The final evaluation on the sample: every question answered with its level of proof, no effect claimed that is not
//! established, none at all for a région with few served territories.

use serde_json::Value;

use crate::fixture::{End, Place, sample, sample_deliveries};

/// Makes an evaluation and reads its content, `donnees.json`.
fn evaluate(place: &Place, zone: &str, options: &[&str]) -> (Value, End) {
    let mut arguments = vec!["evaluation", zone, "--depot", "depot", "-o", "out"];
    arguments.extend(["--source", "source"]);
    arguments.extend(options);
    let end = place.run(&arguments).exits(0);

    let name = if zone == "--national" {
        "evaluation-nationale"
    } else {
        "evaluation-28"
    };
    let pdf = format!("out/{name}.pdf");
    assert!(place.path().join(pdf).is_file());
    let json = place.path().join(format!("source/{name}/donnees.json"));
    let json = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    (json, end)
}

/// The ids of the chapters, in order.
fn chapter_ids(content: &Value) -> Vec<&str> {
    content["chapitres"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chapter| chapter["id"].as_str().unwrap())
        .collect()
}

fn chapter<'d>(content: &'d Value, id: &str) -> &'d Value {
    content["chapitres"]
        .as_array()
        .unwrap()
        .iter()
        .find(|chapter| chapter["id"] == id)
        .unwrap_or_else(|| panic!("no chapter {id}"))
}

/// A list of texts.
fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_string())
        .collect()
}

/// The number printed as `−1,23`.
fn number(printed: &str) -> f64 {
    printed
        .replace('\u{2212}', "-")
        .replace(',', ".")
        .parse()
        .unwrap_or_else(|_| panic!("not a number: {printed}"))
}

/// Chapters that every evaluation has, in order.
const CHAPTERS: [&str; 12] = [
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
];

const LEVELS_OF_PROOF: [&str; 6] = [
    "Dénombré",
    "Mesuré",
    "Estimé avec témoins",
    "Estimé, fragile",
    "Descriptif",
    "Insuffisant",
];

fn assert_every_answer_has_its_level_of_proof(content: &Value) {
    let answers = content["synthese"]["blocs"][0]["lignes"].as_array().unwrap();
    assert_eq!(answers.len(), 7);
    for answer in answers {
        let proof = answer[2].as_str().unwrap();
        assert!(LEVELS_OF_PROOF.contains(&proof), "{proof}");
    }

    let whole = content.to_string();
    for caveat in ["reste inscrit dans les fichiers", "ne s’additionnent pas"] {
        assert!(whole.contains(caveat), "{caveat}");
    }
}

/// An effect is claimed by a sentence if and only if its interval leaves zero out.
fn assert_sentences_follow_the_intervals(effect: &Value) {
    let sentences = texts(&effect["phrases"]);
    let table = effect["blocs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|block| block["id"] == "effet_moyen")
        .unwrap();
    let rows: Vec<Vec<String>> = table["lignes"].as_array().unwrap().iter().map(texts).collect();
    assert_eq!(rows.len(), 6);

    for row in &rows {
        let established = number(&row[3]) * number(&row[4]) > 0.0;
        let name = row[0].to_lowercase();
        let sentence = sentences
            .iter()
            .find(|s| s.starts_with("L’effet moyen") && s.to_lowercase().contains(&name))
            .unwrap_or_else(|| panic!("no sentence for {name}"));
        assert_eq!(sentence.contains("est de"), established, "{sentence} {row:?}");
        assert_eq!(sentence.contains("contient zéro"), !established, "{sentence}");
    }

    // What the sample was made with: a fall of 0.25 point a quarter down to 2 points.
    let without_mt = &rows[0];
    assert!(number(&without_mt[2]) < -0.5 && number(&without_mt[4]) < 0.0, "{without_mt:?}");
}

#[test]
fn effects_are_claimed_only_where_established() {
    let place = Place::with_sample();

    let [national, region] =
        ["--national", "--region=28"].map(|zone| evaluate(&place, zone, &[]).0);

    assert_eq!(chapter_ids(&region), CHAPTERS);
    let ids = chapter_ids(&national);
    assert_eq!(ids[..CHAPTERS.len()], CHAPTERS);
    assert_eq!(ids[CHAPTERS.len()..], ["annexe_effet", "regions"]);

    // The caution comes before any chart that sets régions side by side.
    let blocks = chapter(&national, "comparaison")["blocs"].as_array().unwrap();
    let first = |kind: &str| blocks.iter().position(|block| block["type"] == kind).unwrap();
    assert!(first("encadre") < first("graphique"), "{blocks:?}");

    for content in [&national, &region] {
        assert_every_answer_has_its_level_of_proof(content);
    }
    assert_sentences_follow_the_intervals(chapter(&national, "effet"));

    // Eight EPCI served in Normandie: described, not explained.
    let absent = chapter(&region, "effet").to_string();
    assert!(absent.contains("Aucune conclusion causale"));
    assert!(!region.to_string().contains("L’effet moyen"));
}

/// A place left for a comment.
#[derive(Debug)]
struct Comment {
    chapter: String,
    empty: bool,
    text: String,
}

/// The places for comments, the synthesis last.
fn comments(content: &Value) -> Vec<Comment> {
    let chapters = content["chapitres"].as_array().unwrap().iter();
    let chapters = chapters.map(|chapter| (chapter["id"].as_str().unwrap(), &chapter["blocs"]));

    chapters
        .chain([("synthese", &content["synthese"]["blocs"])])
        .flat_map(|(id, blocks)| blocks.as_array().unwrap().iter().map(move |b| (id, b)))
        .filter(|(_, block)| block["type"] == "commentaire")
        .map(|(id, block)| Comment {
            chapter: id.to_string(),
            empty: block["contenu"].as_array().unwrap().is_empty(),
            text: block["contenu"].to_string(),
        })
        .collect()
}

#[test]
fn comments_stand_in_their_chapters() {
    let place = Place::with_sample();
    place.write(
        "mots/28/evaluation/synthese.md",
        "Le comité **approuve** #image(\"/etc/passwd\").",
    );
    place.write("mots/28/evaluation/limites.md", "Relevés incomplets en 2024.");

    let (draft, _) = evaluate(&place, "--region=28", &["--commentaires", "mots"]);

    let places = comments(&draft);
    assert!(places.iter().any(|comment| comment.empty));
    let filled: Vec<&str> = places
        .iter()
        .filter(|comment| !comment.empty)
        .map(|comment| comment.chapter.as_str())
        .collect();
    assert_eq!(filled, ["limites", "synthese"]);
    // What looks like Typst is text.
    assert!(places.iter().any(|c| c.text.contains("#image(")));

    // A final document leaves no place empty.
    let options = ["--commentaires", "mots", "--final"];
    let (final_one, _) = evaluate(&place, "--region=28", &options);
    let left: Vec<(String, bool)> = comments(&final_one)
        .into_iter()
        .map(|comment| (comment.chapter, comment.empty))
        .collect();
    let expected = ["limites", "synthese"].map(|id| (id.to_string(), false));
    assert_eq!(left, expected);
}

#[test]
fn a_given_population_is_said_and_verified() {
    let place = Place::with_sample();
    place.write(
        "population.csv",
        "tranche_age,sexe,ald,effectif\n17-29,F,non,900\n45-59,M,non,800\n80+,F,oui,400\n",
    );

    let options = ["--population", "population.csv"];
    let (content, _) = evaluate(&place, "--region=28", &options);

    assert!(content.to_string().contains("de la population de référence donnée"));

    // The document is not the same without it.
    let line = "verifier out/evaluation-28.pdf --depot depot";
    place.medicobus(line).exits(1).says("population de référence");
    place
        .medicobus(&format!("{line} --population population.csv"))
        .exits(0)
        .says("identique");

    place.write("autre.csv", "tranche_age,sexe,ald,effectif\n17-29,X,non,900\n");
    place
        .medicobus("evaluation --region=28 --depot depot --population autre.csv")
        .exits(2)
        .says("ligne 2 : sexe inattendu");
}

/// The deliveries of Normandie: those before 2026, then that of 2026.
fn of_normandie() -> (Vec<std::path::PathBuf>, Vec<std::path::PathBuf>) {
    let named = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let own = sample_deliveries().into_iter().filter(|path| named(path).starts_with("28-"));
    own.partition(|path| !named(path).contains("2026"))
}

#[test]
fn a_plan_written_beforehand_is_followed_and_departures_are_listed() {
    let place = Place::new();
    let (before, last) = of_normandie();
    place.load(&before);
    place.load_zonings(&[sample().join("zonages.csv")]);

    let line = "evaluation --region 28 --annees 2024-2026 --depot depot -o out --plan";
    let end = place.medicobus(line).exits(0);
    let file = "out/plan-evaluation-28.toml";
    assert_eq!(end.stdout.trim(), file);
    let plan = std::fs::read_to_string(place.path().join(file)).unwrap();
    for told in ["donnees_jusqu_au = \"2025-12-", "estimateur", "servi 2024-", "seuil"] {
        assert!(plan.contains(told), "{told}");
    }

    // What 2026 brings is no departure.
    place.load(&last);
    let options = ["--annees", "2024-2026", "--selon-plan", file];
    let (content, _) = evaluate(&place, "--region=28", &options);
    let sentences = texts(&chapter(&content, "effet")["phrases"]).join("\n");
    assert!(sentences.contains("ne s’en écarte en rien"), "{sentences}");
    let hash = end.stderr.split_whitespace().find(|word| word.len() == 64).unwrap();
    assert!(sentences.contains(hash), "{hash}");

    let line = "verifier out/evaluation-28.pdf --depot depot";
    place.medicobus(line).exits(1).says("plan d'analyse");
    place
        .medicobus(&format!("{line} --selon-plan {file}"))
        .exits(0)
        .says("identique");

    // Another level than the planned one.
    place.write("autre.toml", &plan.replace("\"95 %\"", "\"90 %\""));
    let options = ["--annees", "2024-2026", "--selon-plan", "autre.toml"];
    let (content, _) = evaluate(&place, "--region=28", &options);
    let blocks = chapter(&content, "effet")["blocs"].as_array().unwrap();
    let table = blocks.iter().find(|block| block["id"] == "effet_plan").unwrap();
    let rows: Vec<Vec<String>> = table["lignes"].as_array().unwrap().iter().map(texts).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0][0], "Inscription du plan au dépôt");
    assert_eq!(rows[1][0], "niveau de confiance");

    place.write("autre.toml", "zone = 28");
    place
        .medicobus("evaluation --region 28 --depot depot --selon-plan autre.toml")
        .exits(2)
        .says("plan d'analyse illisible");

    // The state of another day is no state to plan on, and a plan written now is known to come late.
    place
        .medicobus("evaluation --region 28 --annees 2024-2026 --depot depot --plan --version 3")
        .exits(2)
        .says("--version ou --date");
    let line = "evaluation --region 28 --annees 2024-2026 --depot depot -o late --plan";
    place.medicobus(line).exits(0);
    let options = ["--annees", "2024-2026", "--selon-plan", "late/plan-evaluation-28.toml"];
    let (content, _) = evaluate(&place, "--region=28", &options);
    let blocks = chapter(&content, "effet")["blocs"].as_array().unwrap();
    let table = blocks.iter().find(|block| block["id"] == "effet_plan").unwrap();
    let rows: Vec<Vec<String>> = table["lignes"].as_array().unwrap().iter().map(texts).collect();
    assert!(rows.iter().any(|row| row[0] == "Date du plan"), "{rows:?}");
    let registered = rows.iter().find(|row| row[0] == "Inscription du plan au dépôt");
    assert!(registered.is_some_and(|row| row[2].contains("inscrit le")), "{rows:?}");
}
