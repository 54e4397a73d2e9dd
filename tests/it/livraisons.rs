//! Deliveries through the real program: nothing lost, all or nothing, one replaces another.

use crate::fixture::{Lieu, fichiers};

pub const ENTETE: &str =
    "region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS d'essai\"\nfictives = true\n";
pub const BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service\n\
                   ORNE-1,Médicobus d'essai,28,61,cpts,1,2024-01-15\n";

/// `lignes` good consultations and one of an unknown commune.
pub fn consultations(lignes: usize, mauvaises: usize) -> String {
    let mut texte = String::from(
        "id_consultation,id_medicobus,date_consultation,code_commune,cle_patient,tranche_age,sexe,ald,statut_mt,mode,discipline,nature\n",
    );
    for i in 0..lignes + mauvaises {
        let commune = if i < lignes { "61079" } else { "99999" };
        texte.push_str(&format!(
            "C{i:05},ORNE-1,2025-03-{:02},{commune},a{:015x},70-79,F,non,sans,presentiel,medecine_generale,soin\n",
            1 + i % 28,
            (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4
        )
        .replace("70-79", "80+"));
    }
    texte
}

#[test]
fn every_row_is_accounted_for_and_the_refused_one_is_in_quarantine() {
    let lieu = Lieu::new();
    lieu.livraison(
        "l",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &consultations(99, 1)),
        ],
    );
    let fin = lieu.mots("charger l").attendu(0);
    assert!(
        fin.stdout.lines().any(|l| {
            let mots: Vec<&str> = l.split_whitespace().collect();
            mots.first() == Some(&"consultations.csv")
                && mots.windows(2).any(|m| m == ["lues", "100"])
                && mots.windows(2).any(|m| m == ["acceptées", "99"])
                && mots.windows(2).any(|m| m == ["refusées", "1"])
        }),
        "{}",
        fin.stdout
    );
    let quarantaine = lieu
        .fichiers()
        .into_iter()
        .find(|p| p.ends_with("quarantaine.csv"))
        .unwrap();
    let texte = std::fs::read_to_string(quarantaine).unwrap();
    let ligne: Vec<&str> = texte.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(
        (ligne[0], ligne[2], ligne[3], ligne[4]),
        (
            "consultations.csv",
            "101",
            "code_commune",
            "commune_inconnue"
        ),
        "{texte}"
    );
    lieu.mots("requete completude_livraisons --annee 2025 --format csv --sans-secret")
        .attendu(0);
    let fin = lieu
        .run(&["sql", "SELECT lignes_lues, lignes_acceptees, lignes_refusees FROM livraisons WHERE nom_table = 'consultations'", "--format", "csv", "--sans-secret"])
        .attendu(0);
    assert!(fin.stdout.contains("100,99,1"), "{}", fin.stdout);
}

#[test]
fn the_same_delivery_twice_changes_nothing_and_a_new_one_replaces() {
    let lieu = Lieu::new();
    let premiere = [
        ("livraison.toml", ENTETE),
        ("medicobus.csv", BUS),
        ("consultations.csv", &consultations(50, 0)[..]),
    ];
    lieu.livraison("l", &premiere);
    lieu.mots("charger l").attendu(0).dit("version 1");
    lieu.mots("charger l").attendu(0).dit("inchangée");
    let avant = lieu.mots("depot historique").attendu(0).stdout;
    assert_eq!(avant.lines().count(), 2, "{avant}");
    let entete = format!("{ENTETE}motif = \"oubli de mars\"\n");
    lieu.livraison(
        "l2",
        &[
            ("livraison.toml", &entete),
            ("medicobus.csv", BUS),
            ("consultations.csv", &consultations(80, 0)),
        ],
    );
    lieu.mots("charger l2").attendu(0).dit("annule et remplace");
    let compte = |version: &str| {
        let mut args = vec![
            "sql",
            "SELECT count(DISTINCT cle_patient) AS patients, count(*) AS n FROM consultations",
            "--format",
            "csv",
        ];
        args.extend(version.split_whitespace());
        lieu.run(&args).attendu(0).stdout
    };
    assert!(compte("").contains("80,80"));
    assert!(
        compte("--version 1").contains("50,50"),
        "the replaced delivery must stay reachable"
    );
    lieu.mots("depot historique")
        .attendu(0)
        .dit("oubli de mars")
        .dit("ARS d'essai");
}

#[test]
fn a_delivery_that_fails_leaves_the_store_as_it_was() {
    let lieu = Lieu::new();
    lieu.livraison(
        "l",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &consultations(50, 0)),
        ],
    );
    lieu.mots("charger l").attendu(0);
    let etat = || {
        (
            lieu.mots("depot").attendu(0).stdout,
            lieu.mots("depot historique").attendu(0).stdout,
        )
    };
    let avant = etat();
    // One row in five refused: above the tolerance.
    lieu.livraison(
        "trop",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &consultations(40, 10)),
        ],
    );
    lieu.mots("charger trop").attendu(1).dit("tolérance");
    // No header file: nobody knows whose it is.
    lieu.livraison(
        "anonyme",
        &[
            ("medicobus.csv", BUS),
            ("consultations.csv", &consultations(5, 0)),
        ],
    );
    let fin = lieu.mots("charger anonyme");
    assert!(matches!(fin.code, 1 | 2), "{fin:?}");
    assert!(fin.stderr.contains("livraison.toml"), "{fin:?}");
    std::fs::write(lieu.path().join("faux.zip"), b"PK\x03\x04 pas un zip").unwrap();
    let fin = lieu.mots("charger faux.zip");
    assert!(
        matches!(fin.code, 1 | 3) && fin.stderr.contains("conseil"),
        "{fin:?}"
    );
    assert_eq!(etat(), avant);
}

#[test]
fn an_identity_refuses_the_whole_delivery_and_is_written_nowhere() {
    let lieu = Lieu::new();
    // A well-formed NIR: its key is right.
    let base: u64 = 2_850_561_079_123;
    let nir = format!("{base}{:02}", 97 - base % 97);
    let texte = consultations(50, 0).replacen("C00007", &nir, 1);
    let livraison = lieu.livraison(
        "l",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &texte),
        ],
    );
    let fin = lieu.mots("charger l").attendu(1);
    assert!(
        !fin.stdout.contains(&nir) && !fin.stderr.contains(&nir),
        "the NIR was printed"
    );
    for fichier in lieu.fichiers() {
        if fichier.starts_with(&livraison) {
            continue;
        }
        let octets = std::fs::read(&fichier).unwrap();
        assert!(
            !octets.windows(nir.len()).any(|w| w == nir.as_bytes()),
            "the NIR is in {}",
            fichier.display()
        );
    }
    assert!(
        fichiers(&lieu.depot())
            .iter()
            .all(|p| !p.to_string_lossy().contains("livraison_table="))
    );
}

#[test]
fn a_period_that_overlaps_another_is_refused_and_the_others_are_loaded() {
    let lieu = Lieu::new();
    let livraison = |nom: &str, periode: &str| {
        let entete = ENTETE.replace("2025", periode);
        lieu.livraison(
            nom,
            &[
                ("livraison.toml", &entete),
                ("medicobus.csv", BUS),
                ("consultations.csv", &consultations(50, 0)),
            ],
        );
    };
    livraison("annee", "2025");
    livraison("mars", "2025-03");
    lieu.mots("charger annee").attendu(0);
    lieu.mots("charger mars annee")
        .attendu(1)
        .dit("recouvre la livraison 2025")
        .dit("inchangée");
    assert_eq!(
        lieu.mots("depot historique")
            .attendu(0)
            .stdout
            .lines()
            .count(),
        2
    );
}

#[test]
fn every_check_leaves_a_note_of_two_pages_at_most() {
    let lieu = Lieu::new();
    lieu.livraison(
        "l",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &consultations(97, 3)),
        ],
    );
    lieu.mots("controler l -o controle").attendu(0);
    let seule = lieu.path().join("controle/l/note-qualite-28-2025.pdf");
    lieu.mots("charger l").attendu(0);
    let rangee = fichiers(&lieu.depot())
        .into_iter()
        .find(|p| p.ends_with("note-qualite-28-2025.pdf"))
        .unwrap();
    // The store knows no more than the delivery here: the same check, the same bytes.
    assert!(std::fs::read(&seule).unwrap() == std::fs::read(rangee).unwrap());
    let sample = crate::fixture::sample().join("28-2025");
    let fin = lieu.run(&[
        "controler",
        "--aujourdhui",
        "2026-11-01",
        "-o",
        "c",
        sample.to_str().unwrap(),
    ]);
    fin.attendu(0);
    for chemin in [
        seule,
        lieu.path().join("c/28-2025/note-qualite-28-2025.pdf"),
    ] {
        let pages = lopdf::Document::load(&chemin).unwrap().get_pages().len();
        assert!(
            (1..=2).contains(&pages),
            "{} : {pages} pages",
            chemin.display()
        );
    }
    // Refused whole, and the note says why.
    lieu.mots("controler l -o strict --tolerance 0").attendu(1);
    assert!(
        lieu.path()
            .join("strict/l/note-qualite-28-2025.pdf")
            .is_file()
    );
}

#[test]
fn a_formula_runs_in_no_csv_that_leaves() {
    let lieu = Lieu::new();
    let formule = "=HYPERLINK(\"\"http://x\"\")";
    let bus = BUS.replace("Médicobus d'essai", &format!("\"{formule}\""));
    let texte = consultations(50, 0).replacen("80+", "=1+1", 1);
    lieu.livraison(
        "l",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", &bus),
            ("consultations.csv", &texte),
        ],
    );
    lieu.mots("charger l").attendu(0);
    let fin = lieu
        .run(&["sql", "SELECT nom FROM medicobus", "--format", "csv"])
        .attendu(0);
    assert!(fin.stdout.contains("'=HYPERLINK"), "{}", fin.stdout);
    for fichier in fichiers(&lieu.depot()) {
        if fichier.extension().is_some_and(|e| e == "csv") {
            let mut lecteur = csv::Reader::from_path(&fichier).unwrap();
            for ligne in lecteur.records() {
                for cellule in &ligne.unwrap() {
                    assert!(!cellule.starts_with(['=', '+', '-', '@']), "{cellule}");
                }
            }
        }
    }
}
