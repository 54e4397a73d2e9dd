//! The indicators through the real program: answers worked out by hand, the same bytes on any number of threads, the
//! sample's truth found again, tables that fit a terminal of 80 columns.

use std::path::Path;

use serde_json::Value;

use crate::fixture::{Lieu, fichiers, sample};

/// The small store of `tests/it/petit_depot`: one bus, B1, in service since Monday 2 December 2024 at two and a half days a
/// week; another, B2, labelled and not started. Five patients in 2025: P1 (70-79, ALD), P2 (30-44, already seen in 2024),
/// P3 (a child), P4 (80+), and one without pseudonym. Each expected answer follows its arithmetic.
///
/// Query, parameters beside year 2025 and the defaults, columns looked at, rows as JSON.
#[rustfmt::skip]
const ATTENDUS: &[(&str, &str, &str, &str)] = &[
    // 365 days x 2.5 / 7 = 130.4 planned days; 4 days out in 2025 (6 and 7 January, 10 June, 1 December): 4 / 130.4 = 3.1 %.
    (
        "deploiement",
        "",
        "labellises vague_1 vague_2 mis_en_service en_service arretes cible jours_sortie jours_prevus taux_sortie",
        r#"[[2, 1, 1, 0, 1, 0, null, 4, 130, 3.1]]"#,
    ),
    (
        "deploiement",
        "niveau=national",
        "code_zone labellises cible part_cible",
        r#"[["FR", 2, 100, 2]]"#,
    ),
    // P1: 2 consultations, P2: 2, P3: 1, P4: 2, no key: 1. Age of 17 and more first.
    // P2's isolation is unknown at the first visit of the year, C2, though known at C6.
    // P1 comes back with a médecin traitant, P4 unknown: both stay `sans`, as at their first visit.
    (
        "consultations_par_profil",
        "",
        "dimension modalite consultations patients part part_patients",
        r#"[
      ["tranche_age", "00-16", 1, 1, 12.5, 20],
      ["tranche_age", "30-44", 2, 1, 25, 20],
      ["tranche_age", "45-59", 1, 1, 12.5, 20],
      ["tranche_age", "70-79", 2, 1, 25, 20],
      ["tranche_age", "80+", 2, 1, 25, 20],
      ["tranche_age", "ensemble", 8, 5, 100, 100],
      ["sexe", "F", 4, 3, 50, 60],
      ["sexe", "M", 4, 2, 50, 40],
      ["sexe", "ensemble", 8, 5, 100, 100],
      ["ald", "non", 4, 3, 50, 60],
      ["ald", "oui", 2, 1, 25, 20],
      ["ald", "inconnu", 2, 1, 25, 20],
      ["ald", "ensemble", 8, 5, 100, 100],
      ["c2s", "non", 5, 3, 62.5, 60],
      ["c2s", "oui", 2, 1, 25, 20],
      ["c2s", "inconnu", 1, 1, 12.5, 20],
      ["c2s", "ensemble", 8, 5, 100, 100],
      ["isole", "non", 4, 3, 50, 60],
      ["isole", "oui", 2, 1, 25, 20],
      ["isole", "inconnu", 2, 1, 25, 20],
      ["isole", "ensemble", 8, 5, 100, 100],
      ["statut_mt", "indisponible", 1, 1, 12.5, 20],
      ["statut_mt", "sans", 7, 4, 87.5, 80],
      ["statut_mt", "ensemble", 8, 5, 100, 100]
    ]"#,
    ),
    // P4's ALD is unknown: with the patients of 70 and more without declared ALD.
    (
        "publics_exclusifs",
        "",
        "cellule consultations patients part",
        r#"[
      ["sans_mt_ald_70_plus", 2, 1, 20],
      ["sans_mt_70_plus", 2, 1, 20],
      ["mt_indisponible", 1, 1, 20],
      ["sans_mt_autre", 3, 2, 40],
      ["ensemble", 8, 5, 100]
    ]"#,
    ),
    (
        "publics_prioritaires",
        "",
        "public consultations patients part",
        r#"[
      ["ald_sans_mt", 2, 1, 20],
      ["70_plus_sans_mt", 4, 2, 40],
      ["mt_indisponible", 1, 1, 20],
      ["au_moins_un", 5, 3, 60],
      ["tous_patients", 8, 5, 100]
    ]"#,
    ),
    (
        "consultations_par_mois",
        "",
        "periode consultations patients tournees jours_sortie consultations_par_jour",
        r#"[
      ["2025-01", 4, 4, 2, 2, 2],
      ["2025-06", 3, 3, 1, 1, 3],
      ["2025-12", 1, 1, 1, 1, 1]
    ]"#,
    ),
    // Of 17 and more: P1, P2, P4 sans, the one without key indisponible: 3 of 4. In 2024: P2 alone, sans.
    (
        "part_sans_mt_patients",
        "",
        "patients_connus sans_mt part_sans_mt statut_inconnu patients_connus_precedent sans_mt_precedent part_sans_mt_precedent evolution",
        r#"[[4, 3, 75, 0, 1, 1, 100, -25]]"#,
    ),
    // Second quarter: P1 avec, P2 sans, no key indisponible: 1 of 3. Fourth: P4 unknown.
    (
        "part_sans_mt_patients",
        "pas=trimestre",
        "periode patients_connus sans_mt part_sans_mt statut_inconnu sans_mt_precedent",
        r#"[
      ["2025-T1", 3, 3, 100, 0, 0],
      ["2025-T2", 3, 1, 33.3, 0, 0],
      ["2025-T4", 0, 0, null, 1, 1]
    ]"#,
    ),
    // C1 4, C3 2, C4 10, C5 9, C8 1; not C2 (unscheduled), C6 (no date), C7 (prevention). Sorted 1 2 4 9 10; D9 = 9 + 0.6 x 1.
    (
        "delai_rendez_vous",
        "",
        "rendez_vous patients premier_quartile mediane troisieme_quartile neuvieme_decile deux_jours patients_deux_jours part_deux_jours patients_precedent mediane_precedent evolution_mediane",
        r#"[[5, 3, 2, 4, 9, 9.6, 2, 2, 40, 1, 1, 3]]"#,
    ),
    (
        "delai_rendez_vous_distribution",
        "",
        "delai_jours rendez_vous patients",
        r#"[
      [1, 1, 1],
      [2, 1, 1],
      [4, 1, 1],
      [9, 1, 1],
      [10, 1, 1]
    ]"#,
    ),
    // 8 consultations against 1: +700 %. Fill: 8 of 16 against 1 of 2.
    (
        "synthese",
        "",
        "medicobus_actifs jours_sortie jours_sortie_precedent consultations consultations_precedent evolution_consultations patients consultations_par_jour publics_prioritaires part_publics_prioritaires sans_mt patients_connus evolution_sans_mt patients_delai delai_median evolution_delai taux_remplissage taux_remplissage_precedent",
        r#"[[1, 4, 1, 8, 1, 700, 5, 2, 3, 60, 3, 4, -25, 3, 4, 3, 50, 50]]"#,
    ),
    (
        "activite_par_medicobus",
        "",
        "code_zone communes jours_sortie consultations patients part_sans_mt delai_median",
        r#"[["B1", 2, 4, 8, 5, 75, 4]]"#,
    ),
    // P2 was known: C0 in 2024.
    (
        "file_active",
        "",
        "anciennete patients consultations part consultations_par_patient",
        r#"[
      ["nouveau", 4, 6, 80, 1.5],
      ["connu", 1, 2, 20, 2],
      ["ensemble", 5, 8, 100, 1.6]
    ]"#,
    ),
    (
        "conformite_activite",
        "",
        "cas consultations patients part",
        r#"[
      ["toutes", 8, 5, 100],
      ["prevention", 1, 1, 12.5],
      ["non_programme", 1, 1, 12.5],
      ["non_programme_hors_sas", 0, 0, 0],
      ["sas", 1, 1, 12.5],
      ["teleconsultation", 1, 1, 12.5],
      ["autre_discipline", 0, 0, 0]
    ]"#,
    ),
    // Entered in 2025: P1 (6 January) and P4 (7 January), followed until 1 December. P1 comes with one on 10 June, day 155.
    (
        "mt_trouve",
        "",
        "delai_suivi suivis trouves part_trouves",
        r#"[
      [30, 2, 0, 0],
      [90, 2, 0, 0],
      [180, 2, 1, 50]
    ]"#,
    ),
    // Entered in 2024: P2, 2 December; declared on 20 June 2025, day 200.
    (
        "mt_trouve",
        "annee=2024",
        "delai_suivi suivis trouves part_trouves",
        r#"[
      [30, 1, 0, 0],
      [90, 1, 0, 0],
      [180, 1, 0, 0]
    ]"#,
    ),
    (
        "mt_trouve_par_voie",
        "",
        "voie trouves part",
        r#"[
      ["mt_propose", 1, 100],
      ["ensemble", 1, 100]
    ]"#,
    ),
    // P1: D1 twice; P2: D1, D2; P4: D1 twice. 5 of 6 with the usual one; two of three saw one only.
    (
        "continuite",
        "",
        "patients consultations praticien_habituel part_habituel fideles part_fideles",
        r#"[[3, 6, 5, 83.3, 2, 66.7]]"#,
    ),
    // Absences known on three tours: 2 of (2 + 1) + (2 + 0) + (1 + 1) = 7.
    (
        "remplissage",
        "",
        "patients jours_sortie creneaux_offerts creneaux_honores taux_remplissage honores_par_jour absences taux_absences annulations",
        r#"[[5, 4, 16, 8, 50, 2, 2, 28.6, 1]]"#,
    ),
    // 52 Mondays in 2025 and 4 Tuesdays from 6 to 31 January; the tour of Tuesday 10 June was planned on a Monday.
    (
        "itineraire",
        "",
        "prevues declarees part_declarees annulees part_annulees jour_connu au_jour_fixe part_au_jour_fixe hors_itineraire",
        r#"[[56, 5, 8.9, 1, 20, 4, 3, 75, 0]]"#,
    ),
    // 61002 is rural but HZ since 2022; its ZAC of 2026 is not yet in force. 3 of the 4 tours were in 61001.
    (
        "eligibilite",
        "",
        "communes rurales zip_zac eligibles indeterminees part_eligibles tournees tournees_eligibles part_tournees_eligibles",
        r#"[[2, 2, 1, 1, 0, 50, 4, 3, 75]]"#,
    ),
    (
        "financement",
        "",
        "nature financeur montant part",
        r#"[
      ["fonctionnement", "fir", 40000.5, 66.7],
      ["fonctionnement", "region", 19999.5, 33.3],
      ["fonctionnement", "ensemble", 60000, 100],
      ["investissement", "region", 5000, 100],
      ["investissement", "ensemble", 5000, 100],
      ["ensemble", "fir", 40000.5, 61.5],
      ["ensemble", "region", 24999.5, 38.5],
      ["ensemble", "ensemble", 65000, 100]
    ]"#,
    ),
    // 200 000 x 2.5 / 5 over a whole year = 100 000; 60 000 / 8 and / 5 and / 4.
    (
        "cout",
        "",
        "medicobus fonctionnement reference ecart_reference cout_par_jour cout_par_consultation cout_par_patient",
        r#"[[1, 60000, 100000, -40, 15000, 7500, 12000]]"#,
    ),
    // First visits: 61001 on 2 December 2024 (395 days to the year's end), 61002 on 7 January 2025 (359): 2.07 commune-years.
    (
        "offre_durable",
        "",
        "type communes avant apres etp_avant etp_apres annees_apres rythme_avant rythme_apres",
        r#"[
      ["installation_mg", 2, 1, 1, 0.5, 1, 2.1, 25, 48.4],
      ["depart_mg", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["cpts_creee", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["msp_ouverte", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["centre_de_sante_ouvert", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["assistant_medical", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["autre", 2, 0, 0, 0, 0, 2.1, 0, 0]
    ]"#,
    ),
    (
        "part_sans_mt_territoires",
        "",
        "public desserte territoires patients sans_mt part_sans_mt part_sans_mt_precedent evolution",
        r#"[
      ["tous", "desservi", 1, 110, 11, 10, 20, -10],
      ["tous", "non_desservi", 1, 200, 30, 15, 10, 5],
      ["tous", "ensemble", 2, 310, 41, 13.2, 13.3, -0.1],
      ["ald", "desservi", 1, 20, 2, 10, 20, -10],
      ["ald", "ensemble", 1, 20, 2, 10, 20, -10],
      ["70_plus", "desservi", 1, 30, 3, 10, 10, 0],
      ["70_plus", "ensemble", 1, 30, 3, 10, 10, 0]
    ]"#,
    ),
    // Obtained 3 and 7: median 5, D9 = 3 + 0.9 x 4; with the refusal beyond any: 3, 7, refusal.
    (
        "delai_mg_territoires",
        "",
        "desserte demandes sans_rendez_vous part_sans_rendez_vous refus delai_median_obtenus neuvieme_decile_obtenus delai_median_tous delai_median_obtenus_precedent evolution",
        r#"[
      ["desservi", 3, 1, 33.3, 1, 5, 6.6, 7, 9, -4],
      ["ensemble", 3, 1, 33.3, 1, 5, 6.6, 7, 9, -4]
    ]"#,
    ),
    (
        "panel_territoires",
        "",
        "periode code_zone premier_trimestre servi voisin eligible patients_sans_mt base_part_sans_mt mg_etp",
        r#"[
      ["2024-T4", "61001", "2024-T4", 1, "non", "oui", 20, 20, 1.5],
      ["2025-T4", "61001", "2024-T4", 1, "non", "oui", 11, 20, 1.25],
      ["2024-T4", "61077", null, 0, "oui", "inconnu", 20, 10, null],
      ["2025-T4", "61077", null, 0, "oui", "inconnu", 30, 10, null]
    ]"#,
    ),
    (
        "panel_delais",
        "pas=semestre",
        "periode code_zone servi demandes obtenus refus delai_median delai_median_tous",
        r#"[
      ["2024-S1", "61001", 0, 1, 1, 0, 9, 9],
      ["2025-S1", "61001", 1, 3, 2, 1, 5, 7]
    ]"#,
    ),
    (
        "completude",
        "",
        "champ inconnus patients part_inconnus",
        r#"[
      ["date_demande", 1, 1, 12.5],
      ["cle_patient", 1, 1, 12.5],
      ["sexe", 0, 0, 0],
      ["ald", 2, 1, 25],
      ["c2s", 1, 1, 12.5],
      ["isole", 1, 1, 12.5],
      ["statut_mt", 1, 1, 12.5],
      ["non_programme", 1, 1, 12.5],
      ["adressage", 0, 0, 0],
      ["cle_praticien", 0, 0, 0],
      ["orientation", 0, 0, 0]
    ]"#,
    ),
    // One row per file received for 2025, and nothing refused: 8 + 3 + 2 + 3 + 2 + 1 + 2 + 5.
    (
        "completude_livraisons",
        "",
        "nom_table livraisons lignes_lues lignes_refusees part_refusee",
        r#"[
      ["consultations", 1, 8, 0, 0],
      ["delais_mg", 1, 3, 0, 0],
      ["dessertes", 1, 2, 0, 0],
      ["financements", 1, 3, 0, 0],
      ["medicobus", 1, 2, 0, 0],
      ["offre", 1, 1, 0, 0],
      ["territoires", 1, 2, 0, 0],
      ["tournees", 1, 5, 0, 0],
      ["ensemble", 1, 26, 0, 0]
    ]"#,
    ),
];

/// Loads the small store's deliveries and zonings.
fn petit_depot() -> Lieu {
    let lieu = Lieu::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/petit_depot");
    let chemin = |nom: &str| source.join(nom).display().to_string();
    let mut args: Vec<String> = ["charger", "--aujourdhui", "2026-11-01"]
        .map(String::from)
        .to_vec();
    args.extend(["2021", "2024", "2025"].map(chemin));
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
    lieu.mots("requetes --annee 2024-2025 --sans-secret --executer reponses")
        .attendu(0);
    let reponses = reponses(&lieu.path().join("reponses"));
    let mut fautes = Vec::new();
    for (nom, parametres, colonnes, attendu) in ATTENDUS {
        let voulus: Vec<(&str, &str)> = parametres
            .split(',')
            .filter_map(|p| p.split_once('='))
            .collect();
        let pas = match *nom {
            "consultations_par_mois" => "mois",
            _ => "annee",
        };
        let defauts = [("annee", "2025"), ("niveau", "region"), ("pas", pas)];
        let reponse = reponses
            .iter()
            .filter(|r| r["requete"] == *nom)
            .find(|r| {
                defauts.iter().all(|(cle, defaut)| {
                    let voulu = voulus
                        .iter()
                        .find(|(c, _)| c == cle)
                        .map_or(*defaut, |v| v.1);
                    match &r["parametres"][cle] {
                        Value::Null => true,
                        Value::String(s) => s == voulu,
                        autre => format!("{autre}") == voulu,
                    }
                })
            })
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
        let obtenu: Vec<Value> = reponse["lignes"]
            .as_array()
            .unwrap()
            .iter()
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
