//! Deliveries through the real program: nothing lost, all or nothing, one replaces another.

use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::fixture::{Fin, Lieu, fichiers};

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
    lieu.mots("charger anonyme")
        .attendu(1)
        .dit("livraison.toml")
        .dit("livraison_inconnue");
    std::fs::write(lieu.path().join("faux.zip"), b"PK\x03\x04 pas un zip").unwrap();
    let fin = lieu.mots("charger faux.zip");
    assert!(
        matches!(fin.code, 1 | 3) && fin.stderr.contains("conseil"),
        "{fin:?}"
    );
    assert_eq!(etat(), avant);
}

/// All that a file says to whoever opens it: its bytes, the cells of a Parquet, the streams and the text of a PDF.
fn lisible(fichier: &Path) -> String {
    let octets = std::fs::read(fichier).unwrap();
    let mut texte = String::from_utf8_lossy(&octets).into_owned();
    match fichier.extension().and_then(|e| e.to_str()) {
        Some("parquet") => {
            let lecteur =
                ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(fichier).unwrap());
            for lot in lecteur.unwrap().build().unwrap() {
                for colonne in lot.unwrap().columns() {
                    if let Some(mots) = colonne.as_string_opt::<i32>() {
                        mots.iter().flatten().for_each(|m| {
                            texte.push('\n');
                            texte.push_str(m);
                        });
                    }
                }
            }
        }
        Some("pdf") => {
            let document = lopdf::Document::load(fichier).unwrap();
            for objet in document.objects.values() {
                match objet {
                    lopdf::Object::Stream(flux) => {
                        let clair = flux.decompressed_content();
                        let clair = clair.unwrap_or_else(|_| flux.content.clone());
                        texte.push_str(&String::from_utf8_lossy(&clair));
                    }
                    autre => texte.push_str(&lopdf::decode_text_string(autre).unwrap_or_default()),
                }
            }
            let pages: Vec<u32> = document.get_pages().keys().copied().collect();
            let page = document.extract_text(&pages).unwrap();
            texte.push_str(&page);
            // Set text is cut into lines anywhere.
            texte.push_str(&page.split_whitespace().collect::<String>());
        }
        _ => {}
    }
    texte
}

/// Looks for each secret, and for its letters without blanks, in all that was printed and written but the delivery itself.
fn rien_ne_dit(lieu: &Lieu, fin: &Fin, livraison: &Path, secrets: &[&str]) {
    let dit = |texte: &str, ou: &str| {
        for secret in secrets {
            let serre: String = secret.split_whitespace().collect();
            assert!(
                !texte.contains(secret) && !texte.contains(&serre),
                "« {secret} » is in {ou}"
            );
        }
    };
    dit(&fin.stdout, "stdout");
    dit(&fin.stderr, "stderr");
    let ecrits: Vec<PathBuf> = lieu
        .fichiers()
        .into_iter()
        .filter(|f| !f.starts_with(livraison))
        .collect();
    assert!(
        ecrits
            .iter()
            .any(|f| f.extension().is_some_and(|e| e == "pdf"))
    );
    assert!(ecrits.iter().any(|f| f.ends_with("quarantaine.parquet")));
    for fichier in ecrits {
        dit(&fichier.to_string_lossy(), "a name");
        dit(&lisible(&fichier), &fichier.display().to_string());
    }
}

const NIR: &str = "285056107912317";

#[test]
fn an_identity_refuses_the_whole_delivery_and_is_written_nowhere() {
    // A well-formed NIR: its key is right.
    let base: u64 = 2_850_561_079_123;
    assert_eq!(format!("{base}{:02}", 97 - base % 97), NIR);
    let bonnes = consultations(50, 0);
    let entete = bonnes.lines().next().unwrap();
    let remarque = |valeur: &str| {
        let mut lignes = bonnes.lines();
        let mut texte = format!("{},remarque\n", lignes.next().unwrap());
        for (i, ligne) in lignes.enumerate() {
            texte.push_str(&format!("{ligne},{}\n", if i == 7 { valeur } else { "" }));
        }
        texte
    };
    let colonne = |nom: &str, valeur: &str| remarque(valeur).replacen("remarque", nom, 1);
    let cas: [(&str, String, &[&str]); 13] = [
        ("nir", bonnes.replacen("C00007", NIR, 1), &[NIR]),
        (
            "nir coupé",
            remarque("2 85 05 61 079 123 17"),
            &["2 85 05 61"],
        ),
        ("nom", remarque("Mme Duvallon"), &["Duvallon"]),
        (
            "nom annoncé",
            colonne("Prénom", "Philomène"),
            &["Philomène"],
        ),
        ("naissance", remarque("née le 3 mai 1950"), &["3 mai 1950"]),
        (
            "naissance annoncée",
            colonne("DDN", "03/05/1950"),
            &["03/05/1950"],
        ),
        ("adresse", remarque("12 bis rue des Acacias"), &["Acacias"]),
        ("téléphone", remarque("06 12 34 56 78"), &["06 12 34 56 78"]),
        ("courriel", remarque("philo@exemple.fr"), &["philo@"]),
        ("rpps", remarque("10003456786"), &["10003456786"]),
        ("finess", colonne("finess", "610780082"), &["610780082"]),
        // Without its header, the first row would be one.
        (
            "sans en-tête",
            bonnes
                .replacen(&format!("{entete}\n"), "", 1)
                .replacen("C00000", NIR, 1),
            &[NIR, "C00001"],
        ),
        ("colonne", colonne(NIR, "x"), &[NIR]),
    ];
    for (nom, texte, secrets) in cas {
        let lieu = Lieu::new();
        let livraison = lieu.livraison(
            "l",
            &[
                ("livraison.toml", ENTETE),
                ("medicobus.csv", BUS),
                ("consultations.csv", &texte),
            ],
        );
        for commande in ["controler l -o c", "charger l"] {
            let fin = lieu.mots(commande).attendu(1).dit("identite");
            rien_ne_dit(&lieu, &fin, &livraison, secrets);
            // The search finds what is there.
            let note = lieu
                .fichiers()
                .into_iter()
                .find(|f| f.extension().is_some_and(|e| e == "pdf") && !f.starts_with(&livraison));
            let note = lisible(&note.unwrap());
            assert!(
                note.contains("consultations.csv") && note.contains("refusée"),
                "{nom}"
            );
        }
        assert!(
            fichiers(&lieu.depot())
                .iter()
                .all(|p| !p.to_string_lossy().contains("livraison_table=")),
            "{nom}"
        );
    }
}

#[test]
fn an_identity_in_a_name_is_masked_wherever_the_name_would_stand() {
    let bonnes = consultations(50, 0);
    let lieu = Lieu::new();
    let dossier = format!("envoi {NIR}");
    let livraison = lieu.livraison(
        &dossier,
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            (&format!("consultations_{NIR}.csv"), &bonnes),
        ],
    );
    for args in [
        vec!["controler", &dossier, "-o", "c"],
        vec!["charger", &dossier],
    ] {
        let fin = lieu.run(&args).attendu(1).dit("identite");
        rien_ne_dit(&lieu, &fin, &livraison, &[NIR]);
    }
    // A sheet.
    let lieu = Lieu::new();
    std::fs::create_dir(lieu.path().join("l")).unwrap();
    let chemin = lieu.path().join("l/envoi.xlsx");
    let mut classeur = rust_xlsxwriter::Workbook::new();
    for (nom, texte) in [
        ("livraison", "region,28\nperiode,2025"),
        ("medicobus", BUS),
        (&format!("Consultations {NIR}")[..], &bonnes[..]),
        ("Patients", "nom,prenom,nir\nDuvallon,Philomène,x"),
    ] {
        let feuille = classeur.add_worksheet().set_name(nom).unwrap();
        for (r, ligne) in texte.lines().enumerate() {
            for (c, cellule) in ligne.split(',').enumerate() {
                feuille.write(r as u32, c as u16, cellule).unwrap();
            }
        }
    }
    classeur.save(&chemin).unwrap();
    for commande in ["controler l/envoi.xlsx -o c", "charger l/envoi.xlsx"] {
        let fin = lieu
            .mots(commande)
            .attendu(1)
            .dit("feuille n° 3 (nom masqué)");
        let secrets = [NIR, "Duvallon", "Philomène"];
        rien_ne_dit(&lieu, &fin, &lieu.path().join("l"), &secrets);
    }
}

#[test]
fn one_bad_delivery_stops_no_other() {
    let lieu = Lieu::new();
    let bonne = |nom: &str, periode: &str| {
        lieu.livraison(
            nom,
            &[
                ("livraison.toml", &ENTETE.replace("2025", periode)),
                ("medicobus.csv", BUS),
                (
                    "consultations.csv",
                    &consultations(20, 0).replace("2025-", &format!("{periode}-")),
                ),
            ],
        );
    };
    bonne("bon", "2025");
    bonne("bon2", "2024");
    lieu.livraison("anonyme", &[("medicobus.csv", BUS)]);
    std::fs::write(lieu.path().join("faux.zip"), b"PK\x03\x04 pas un zip").unwrap();
    let fin = lieu.mots("charger bon anonyme bon2");
    assert_eq!(fin.code, 1, "{fin:?}");
    assert!(
        fin.stdout.contains("bon : chargée, version 1"),
        "{}",
        fin.stdout
    );
    assert!(
        fin.stdout.contains("bon2 : chargée, version 2"),
        "{}",
        fin.stdout
    );
    assert!(fin.stdout.contains("anonyme : REFUSÉE"), "{}", fin.stdout);
    assert!(fin.stderr.contains("livraison_inconnue") && fin.stderr.contains("--region"));
    // It has its quarantine and its note all the same.
    let notes: Vec<_> = fichiers(&lieu.depot())
        .into_iter()
        .filter(|f| f.ends_with("note-qualite-inconnue-inconnue.pdf"))
        .collect();
    assert_eq!(notes.len(), 1);
    // What cannot be read at all is the worst, and stops nothing either.
    let fin = lieu.mots("charger faux.zip anonyme bon2").attendu(3);
    assert!(fin.stdout.contains("faux.zip : NON LUE"), "{}", fin.stdout);
    assert!(fin.stdout.contains("bon2 : déjà chargée"), "{}", fin.stdout);
    assert!(fin.stderr.contains("conseil"), "{}", fin.stderr);
}

#[test]
fn two_deliveries_of_one_name_are_checked_side_by_side() {
    let lieu = Lieu::new();
    for (nom, periode) in [("a/2025", "2025"), ("b/2025", "2024")] {
        lieu.livraison(
            nom,
            &[
                ("livraison.toml", &ENTETE.replace("2025", periode)),
                ("medicobus.csv", BUS),
            ],
        );
    }
    let fin = lieu.mots("controler a/2025 b/2025 -o c").attendu(0);
    assert!(
        lieu.path()
            .join("c/2025/note-qualite-28-2025.pdf")
            .is_file()
    );
    assert!(
        lieu.path()
            .join("c/2025-2/note-qualite-28-2024.pdf")
            .is_file()
    );
    // How each file is written is said in full.
    assert!(
        fin.stdout
            .contains("écriture : UTF-8, séparateur « , », décimale « . », dates : AAAA-MM-JJ"),
        "{}",
        fin.stdout
    );
    // Nothing was found: the quarantine is there, and empty.
    let vide = std::fs::read_to_string(lieu.path().join("c/2025/quarantaine.csv")).unwrap();
    assert_eq!(vide.lines().count(), 1, "{vide}");
    assert!(vide.starts_with("fichier,feuille,ligne,champ,regle"));
    let parquet = std::fs::File::open(lieu.path().join("c/2025/quarantaine.parquet")).unwrap();
    let lecteur = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap();
    assert_eq!(lecteur.metadata().file_metadata().num_rows(), 0);
}

#[test]
fn a_replacing_delivery_answers_for_its_own_projects() {
    let lieu = Lieu::new();
    let bonnes = consultations(40, 0);
    lieu.livraison(
        "l",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &bonnes),
        ],
    );
    lieu.mots("charger l").attendu(0);
    // The project would leave with the delivery that is replaced.
    lieu.livraison(
        "l2",
        &[("livraison.toml", ENTETE), ("consultations.csv", &bonnes)],
    );
    lieu.mots("charger l2").attendu(1).dit("cle_etrangere");
    // Another period may cite it, another région may not.
    let suivante = bonnes.replace("2025-", "2026-");
    for (nom, region, code) in [("l3", "28", 0), ("l4", "84", 1)] {
        let entete = ENTETE
            .replace("2025", "2026")
            .replace("\"28\"", &format!("\"{region}\""));
        lieu.livraison(
            nom,
            &[
                ("livraison.toml", &entete),
                ("consultations.csv", &suivante),
            ],
        );
        let fin = lieu
            .mots(&format!("charger {nom} --aujourdhui 2026-12-01"))
            .attendu(code);
        assert_eq!(fin.stderr.contains("cle_etrangere"), code == 1, "{fin:?}");
    }
    let historique = lieu.mots("depot historique").attendu(0).stdout;
    assert!(!historique.contains("annule et remplace"), "{historique}");
    lieu.livraison(
        "l5",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &consultations(30, 0)),
        ],
    );
    lieu.mots("charger l5").attendu(0).dit("version 3");
    lieu.mots("depot historique")
        .attendu(0)
        .dit("annule et remplace la version 1");
}

/// `bus` projects over 24 months, a stop a month, every fourth project without a consultation in the second year.
fn grande(bus: usize) -> [(&'static str, String); 4] {
    let mut projets = String::from(BUS.lines().next().unwrap());
    let mut tournees =
        String::from("id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n");
    let modele = consultations(1, 0);
    let mut textes = format!("{}\n", modele.lines().next().unwrap());
    let ligne = modele.lines().nth(1).unwrap();
    projets.push('\n');
    let mut rang = 0;
    for b in 1..=bus {
        projets.push_str(&format!(
            "BUS-{b:03},Médicobus {b},28,61,cpts,1,2022-01-15\n"
        ));
        for mois in 0..24 {
            let jour = format!(
                "{}-{:02}-{:02}",
                2023 + mois / 12,
                mois % 12 + 1,
                1 + b % 28
            );
            tournees.push_str(&format!("BUS-{b:03},{jour},61079,10,8\n"));
            if b % 4 > 0 || mois < 12 {
                rang += 1;
                let cle = format!(
                    "b{:015x}",
                    (rang as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4
                );
                textes.push_str(
                    &ligne
                        .replace("C00000", &format!("C{rang:06}"))
                        .replace("ORNE-1", &format!("BUS-{b:03}"))
                        .replace("2025-03-01", &jour)
                        .replace("a000000000000000", &cle),
                );
                textes.push('\n');
            }
        }
    }
    [
        ("livraison.toml", ENTETE.replace("2025", "2023-2024")),
        ("medicobus.csv", projets),
        ("tournees.csv", tournees),
        ("consultations.csv", textes),
    ]
}

#[test]
fn the_note_of_forty_buses_over_two_years_holds_on_two_pages() {
    let lieu = Lieu::new();
    for bus in [3, 40, 120] {
        let fichiers = grande(bus);
        let fichiers: Vec<(&str, &str)> = fichiers.iter().map(|(n, t)| (*n, t.as_str())).collect();
        let nom = format!("l{bus}");
        lieu.livraison(&nom, &fichiers);
        lieu.mots(&format!("controler {nom} -o c")).attendu(0);
        let note = lieu
            .path()
            .join(format!("c/{nom}/note-qualite-28-2023-2024.pdf"));
        let pages = lopdf::Document::load(&note).unwrap().get_pages().len();
        assert!(pages <= 2, "{bus} buses: {pages} pages");
        let texte = lisible(&note);
        // Those without a consultation for a year are named, and all are in the attached table.
        assert_eq!(texte.contains("BUS-004,2024-12,1,0,non"), bus > 3, "{bus}");
        let reste = format!("Les{}autres", bus.saturating_sub(11));
        assert_eq!(texte.contains(&reste), bus > 12, "{bus}");
    }
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
