//! The indicators through the real program: answers worked out by hand, the same bytes on any number of threads, the
//! sample's truth found again, tables that fit a terminal of 80 columns.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::fixture::{Lieu, fichiers, sample};
use attendus::ATTENDUS;

mod attendus;
mod requete;

/// Loads the small store's deliveries and zonings.
fn petit_depot() -> Lieu {
    let lieu = Lieu::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/petit_depot");
    let chemin = |nom: &str| source.join(nom).display().to_string();
    let mut args: Vec<String> = ["charger", "--aujourdhui", "2026-11-01"]
        .map(String::from)
        .to_vec();
    let livraisons = [
        "2021",
        "2024",
        "2025",
        "centre",
        "francilien_t1",
        "francilien_t2",
    ];
    args.extend(livraisons.map(chemin));
    lieu.run(&args).attendu(0);
    let mut args = vec!["referentiel".to_string()];
    args.extend(["zonages_2022.csv", "zonages_2024.csv", "zonages_2026.csv"].map(chemin));
    lieu.run(&args).attendu(0);
    lieu
}

/// Every answer that `requetes --executer` wrote.
fn reponses(dossier: &Path) -> Vec<Value> {
    let textes = fichiers(dossier)
        .into_iter()
        .map(|p| std::fs::read(p).unwrap());
    textes
        .map(|t| serde_json::from_slice(&t).unwrap())
        .collect()
}

/// JSON numbers compare as numbers: `75` and `75.0` are one answer.
fn egal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| egal(a, b))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

#[test]
fn the_program_gives_the_answers_worked_out_by_hand() {
    let lieu = petit_depot();
    for (dossier, filtre) in [
        ("toutes", "--annee 2025 --niveau national"),
        ("normandie", "--annee 2024-2025 --region 28"),
        ("centre", "--annee 2023-2026 --region 24"),
        ("francilien", "--annee 2025 --region 11"),
    ] {
        lieu.mots(&format!(
            "requetes {filtre} --sans-secret --executer reponses/{dossier}"
        ))
        .attendu(0);
    }
    let reponses = reponses(&lieu.path().join("reponses"));
    let mut fautes = Vec::new();
    for (nom, parametres, colonnes, attendu) in ATTENDUS {
        let mut voulus: BTreeMap<&str, &str> =
            BTreeMap::from([("annee", "2025"), ("niveau", "region"), ("region", "28")]);
        voulus.extend(parametres.split(',').filter_map(|p| p.split_once('=')));
        // A parameter that is not named is at its default, or absent.
        let convient = |r: &Value| {
            r["requete"] == *nom
                && r["parametres"].as_object().unwrap().iter().all(|(cle, v)| {
                    let defaut = match (cle.as_str(), *nom) {
                        ("pas", "consultations_par_mois") => "mois",
                        ("pas", "panel_territoires" | "panel_delais") => "trimestre",
                        ("pas", _) => "annee",
                        ("type_territoire", _) => "commune",
                        ("annee_base", _) => "2023",
                        _ => "",
                    };
                    let voulu = voulus.get(cle.as_str()).copied().unwrap_or(defaut);
                    match v {
                        Value::Null => voulu.is_empty(),
                        Value::String(s) => s == voulu,
                        autre => format!("{autre}") == voulu,
                    }
                })
        };
        let reponse = reponses
            .iter()
            .find(|r| convient(r))
            .unwrap_or_else(|| panic!("no answer to {nom} {parametres}"));
        let noms: Vec<&Value> = reponse["colonnes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| &c["nom"])
            .collect();
        let rangs: Vec<usize> = colonnes
            .split(' ')
            .map(|c| noms.iter().position(|n| *n == c).unwrap())
            .collect();
        // What is named and is no parameter is a column: only its rows are looked at.
        let garde = |l: &Value| {
            voulus.iter().all(|(cle, voulu)| {
                reponse["parametres"].get(cle).is_some()
                    || noms
                        .iter()
                        .position(|n| n.as_str() == Some(*cle))
                        .is_none_or(|rang| {
                            l[rang].as_str() == Some(*voulu) || ["annee", "region"].contains(cle)
                        })
            })
        };
        let obtenu: Vec<Value> = reponse["lignes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|l| garde(l))
            .map(|l| rangs.iter().map(|r| l[*r].clone()).collect())
            .collect();
        let attendu: Value = serde_json::from_str(attendu).unwrap();
        if !egal(&attendu, &Value::Array(obtenu.clone())) {
            fautes.push(format!(
                "{nom} {parametres}\n  expected {attendu}\n  found    {}",
                Value::Array(obtenu)
            ));
        }
    }
    assert!(fautes.is_empty(), "{}", fautes.join("\n"));
    // No indicator without its case.
    let sans: Vec<_> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../queries"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .map(|p| p.file_stem().unwrap().to_str().unwrap().to_string())
            .filter(|nom| !ATTENDUS.iter().any(|a| a.0 == *nom))
            .collect();
    assert!(sans.is_empty(), "no hand-worked case: {sans:?}");
}

/// The sample's deliveries in a store, without the bilans.
fn depot_exemple() -> Lieu {
    let lieu = Lieu::new();
    let mut livraisons: Vec<_> = std::fs::read_dir(sample())
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir() || p.extension().is_some_and(|e| e == "zip" || e == "xlsx"))
        .map(|p| p.display().to_string())
        .collect();
    livraisons.sort();
    let mut args: Vec<String> = ["charger", "--aujourdhui", "2026-11-01"]
        .map(String::from)
        .to_vec();
    args.extend(livraisons);
    lieu.run(&args).attendu(0);
    let zonages = sample().join("zonages.csv").display().to_string();
    lieu.run(&["referentiel", &zonages]).attendu(0);
    lieu
}

#[test]
fn every_query_gives_the_same_bytes_on_one_two_and_eight_threads_and_the_truth_is_found_again() {
    let lieu = depot_exemple();
    for fils in ["1", "2", "8"] {
        lieu.mots(&format!(
            "requetes --annee 2025 --sans-secret --fils {fils} --executer r{fils}"
        ))
        .attendu(0);
    }
    let un = fichiers(&lieu.path().join("r1"));
    assert!(un.len() > 140, "{} answers", un.len());
    for autre in ["r2", "r8"] {
        let dossier = lieu.path().join(autre);
        assert_eq!(fichiers(&dossier).len(), un.len());
        for fichier in &un {
            let nom = fichier.file_name().unwrap();
            assert!(
                std::fs::read(fichier).unwrap() == std::fs::read(dossier.join(nom)).unwrap(),
                "{nom:?} differs between r1 and {autre}"
            );
        }
    }
    // The same from the files on disk, which a larger store is read from.
    for fils in ["1", "2", "8"] {
        lieu.mots(&format!(
            "requetes --annee 2025 --niveau departement --sans-secret --en-memoire 0 --fils {fils} --executer d{fils}"
        ))
        .attendu(0);
        let memoire = |p: &Path| lieu.path().join("r1").join(p.file_name().unwrap());
        let disque: Vec<_> = fichiers(&lieu.path().join(format!("d{fils}")))
            .into_iter()
            .filter(|p| memoire(p).is_file())
            .collect();
        assert!(disque.len() > 30, "{} answers", disque.len());
        for fichier in disque {
            assert!(
                std::fs::read(&fichier).unwrap() == std::fs::read(memoire(&fichier)).unwrap(),
                "{fichier:?} differs between memory and disk, {fils} threads"
            );
        }
    }
    known_truth(&lieu);
    no_line_is_too_long(&lieu);
}

/// Column `colonne` of the answer to `ligne`, one value per row.
fn colonne(lieu: &Lieu, ligne: &str, colonne: &str) -> Vec<f64> {
    let fin = lieu
        .mots(&format!("{ligne} --format json --sans-secret"))
        .attendu(0);
    let reponse: Value = serde_json::from_str(&fin.stdout).unwrap();
    let noms = reponse["colonnes"].as_array().unwrap();
    let rang = noms.iter().position(|c| c["nom"] == colonne).unwrap();
    let lignes = reponse["lignes"].as_array().unwrap();
    lignes
        .iter()
        .map(|l| l[rang].as_f64().unwrap_or(f64::NAN))
        .collect()
}

/// The same for a column of text.
fn textes(lieu: &Lieu, ligne: &str, colonne: &str) -> Vec<String> {
    let fin = lieu
        .mots(&format!("{ligne} --format json --sans-secret"))
        .attendu(0);
    let reponse: Value = serde_json::from_str(&fin.stdout).unwrap();
    let noms = reponse["colonnes"].as_array().unwrap();
    let rang = noms.iter().position(|c| c["nom"] == colonne).unwrap();
    let lignes = reponse["lignes"].as_array().unwrap();
    lignes
        .iter()
        .map(|l| l[rang].as_str().unwrap_or_default().to_string())
        .collect()
}

/// What `verite.json` says, the descriptive queries say too, within bounds stated here.
fn known_truth(lieu: &Lieu) {
    let texte = std::fs::read_to_string(sample().join("verite.json")).unwrap();
    let verite: Value = serde_json::from_str(&texte).unwrap();
    let nombre = |v: &Value| v.as_f64().unwrap();
    let liste =
        |cle: &str| -> Vec<f64> { verite[cle].as_array().unwrap().iter().map(nombre).collect() };

    // Share without médecin traitant by age, in points: that of 2024 and one year of trend; profiles of ALD and C2S move
    // it by some points more.
    let profil = "requete part_sans_mt_par_profil --annee 2025 --niveau national";
    let parts = colonne(lieu, profil, "part_sans_mt");
    let cles: Vec<Vec<String>> = ["tranche_age", "sexe", "ald"]
        .iter()
        .map(|c| textes(lieu, profil, c))
        .collect();
    let part = |age: &str, ald: &str| {
        let rang = (0..parts.len())
            .find(|i| cles[0][*i] == age && cles[1][*i] == "ensemble" && cles[2][*i] == ald)
            .unwrap();
        parts[rang]
    };
    let ages = ["17-29", "30-44", "45-59", "60-69", "70-79", "80+"];
    let tendance = nombre(&verite["sans_mt_patients_par_an"]);
    for (age, vrai) in ages.iter().zip(&liste("sans_mt_patients")[1..]) {
        let attendu = 100.0 * (vrai + tendance);
        let ecart = part(age, "ensemble") - attendu;
        assert!(
            ecart.abs() < 5.0,
            "{age}: {} against {attendu}",
            part(age, "ensemble")
        );
    }
    // Patients in ALD are less often without: mean gap within an age group, in points.
    let gaps: Vec<f64> = ages[1..]
        .iter()
        .map(|a| part(a, "oui") - part(a, "non"))
        .collect();
    let gap = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let vrai = 100.0 * nombre(&verite["sans_mt_patients_ald"]);
    assert!((gap - vrai).abs() < 3.0, "ALD: {gap} against {vrai}");

    // Territories without a bus drift by the trend; those with one move away from them by the effect, a point a year at most.
    let territoires = "requete part_sans_mt_territoires --annee 2023-2025 --niveau national";
    let evolutions = colonne(lieu, territoires, "evolution");
    let publics = textes(lieu, territoires, "public");
    let dessertes = textes(lieu, territoires, "desserte");
    let suite = |desserte: &str| -> Vec<f64> {
        (0..evolutions.len())
            .filter(|i| publics[*i] == "tous" && dessertes[*i] == desserte)
            .map(|i| evolutions[i])
            .collect()
    };
    let (servis, temoins) = (suite("desservi"), suite("non_desservi"));
    let derive = temoins.iter().sum::<f64>() / temoins.len() as f64;
    let vrai = 4.0 * nombre(&verite["sans_mt_tendance"]);
    assert!(
        (derive - vrai).abs() < 0.15,
        "trend: {derive} against {vrai} points a year"
    );
    let effet = 4.0 * nombre(&verite["effet_sans_mt"]["par_trimestre"]);
    for (servi, temoin) in servis[1..].iter().zip(&temoins[1..]) {
        let ecart = servi - temoin;
        assert!(
            ecart < 0.3 * effet && ecart > 1.2 * effet,
            "effect: {ecart} against {effet} a year"
        );
    }

    // Ramp-up: consultations per day out of three buses that began in 2024, season taken out, against months 8 to 12.
    let saison = liste("saisonnalite");
    let montee = liste("montee_en_charge");
    let mut moyennes = [0.0; 12];
    for (bus, debut) in [
        ("28-27-VEXIN", 5),
        ("28-50-COTENTIN", 3),
        ("28-76-DIEPPE", 4),
    ] {
        let ligne = format!(
            "requete consultations_par_mois --annee 2024-2025 --niveau medicobus --medicobus {bus}"
        );
        let periodes = textes(lieu, &ligne, "periode");
        let rythme = colonne(lieu, &ligne, "consultations_par_jour");
        for (periode, rythme) in periodes.iter().zip(rythme) {
            let (annee, mois) = periode.split_once('-').unwrap();
            let mois: usize = mois.parse().unwrap();
            let rang = (annee.parse::<usize>().unwrap() - 2024) * 12 + mois - debut;
            if rang < 12 {
                moyennes[rang] += rythme / saison[mois - 1];
            }
        }
    }
    let plein = moyennes[7..].iter().sum::<f64>() / 5.0;
    for (rang, vrai) in montee.iter().enumerate() {
        let vu = moyennes[rang] / plein;
        assert!(
            (vu - vrai).abs() < 0.15,
            "ramp-up, month {rang}: {vu} against {vrai}"
        );
    }
}

/// Every query, on a terminal of 80 columns.
fn no_line_is_too_long(lieu: &Lieu) {
    for reponse in reponses(&lieu.path().join("r1")) {
        let nom = reponse["requete"].as_str().unwrap();
        let parametres = &reponse["parametres"];
        let autres = ["motif", "discipline"]
            .iter()
            .any(|p| parametres[*p].is_string());
        if autres || parametres["type_territoire"] == "epci" {
            continue;
        }
        if parametres["niveau"]
            .as_str()
            .is_some_and(|n| n != "national")
            || nom.starts_with("panel_")
        {
            continue;
        }
        let mut ligne = format!("requete {nom}");
        for cle in ["annee", "niveau", "pas"] {
            match &parametres[cle] {
                Value::String(s) => ligne.push_str(&format!(" --{cle} {s}")),
                Value::Number(n) => ligne.push_str(&format!(" --{cle} {n}")),
                _ => {}
            }
        }
        let fin = lieu.mots(&ligne).attendu(0);
        for texte in fin.stdout.lines() {
            assert!(texte.chars().count() <= 80, "{ligne}\n{texte}");
        }
    }
}
