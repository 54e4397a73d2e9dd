//! Statistical secrecy from the outside: several answers side by side, several documents, files attacked as a whole; and
//! that no way round the gate exists in the source.

use std::path::{Path, PathBuf};

use base::definition::{Definition, Format, Role};
use query::Catalogue;

use crate::campagne::commun;
use crate::fixture::{Lieu, fichiers};

const ENTETE: &str = "region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS d'essai\"\n";
const BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service\n\
                   B1,Petit,28,61,cpts,1,2024-01-15\nB2,Grand,28,61,cpts,1,2024-01-15\n";

/// Two buses of one département: 14 patients at B1, 6 of them without médecin traitant; 60 and 30 at B2.
fn deux_bus() -> Lieu {
    let lieu = Lieu::new();
    let mut texte = String::from(
        "id_consultation,id_medicobus,date_consultation,code_commune,cle_patient,tranche_age,ald,statut_mt,mode,discipline,nature\n",
    );
    let mut numero = 0_u64;
    for (bus, sans, avec) in [("B1", 6, 8), ("B2", 30, 30)] {
        for i in 0..sans + avec {
            numero += 1;
            let mt = if i < sans { "sans" } else { "avec" };
            texte.push_str(&format!(
                "C{numero:05},{bus},2025-03-{:02},61001,a{:015x},45-59,non,{mt},presentiel,medecine_generale,soin\n",
                1 + numero % 28,
                numero.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4
            ));
        }
    }
    lieu.livraison(
        "l",
        &[
            ("livraison.toml", ENTETE),
            ("medicobus.csv", BUS),
            ("consultations.csv", &texte),
        ],
    );
    lieu.mots("charger l --aujourdhui 2026-11-01").attendu(0);
    lieu
}

/// The open value of a column in the row of a zone.
fn chiffre(csv: &str, zone: &str, colonne: &str) -> Option<i64> {
    let mut lignes = csv.lines().map(|l| l.split(',').collect::<Vec<_>>());
    let entete = lignes.next().unwrap();
    let at = |nom: &str| entete.iter().position(|c| *c == nom).unwrap();
    let ligne = lignes.find(|l| l[at("code_zone")] == zone).unwrap();
    ligne[at(colonne)].parse().ok()
}

#[test]
fn answers_at_two_levels_do_not_give_back_what_each_hides() {
    let lieu = deux_bus();
    let appel = |niveau: &str| {
        let ligne = format!("requete part_sans_mt_patients --annee 2025 --format csv {niveau}");
        lieu.mots(&ligne).attendu(0).stdout
    };
    let bus = appel("--niveau medicobus");
    let departement = appel("--niveau departement");
    assert_eq!(chiffre(&bus, "B1", "sans_mt"), None);
    let (tout, grand) = (
        chiffre(&departement, "61", "sans_mt"),
        chiffre(&bus, "B2", "sans_mt"),
    );
    assert!(
        tout.is_none() || grand.is_none(),
        "B1 has {:?} patients without",
        tout.zip(grand)
    );
    // Narrowed to a bus, the answer is the row of the wide one.
    let seul = appel("--niveau medicobus --medicobus B2");
    let ligne = |csv: &str| csv.lines().find(|l| l.contains(",B2,")).map(str::to_owned);
    assert_eq!(ligne(&seul), ligne(&bus));
    // The whole catalogue, run at once, says no more.
    lieu.mots("requetes --executer tout --annee 2025")
        .attendu(0);
    let nom = "tout/part_sans_mt_patients__annee=2025,niveau=medicobus,pas=annee.json";
    let texte = std::fs::read_to_string(lieu.path().join(nom)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&texte).unwrap();
    let at = |nom: &str| {
        let colonnes = json["colonnes"].as_array().unwrap();
        colonnes.iter().position(|c| c["nom"] == nom).unwrap()
    };
    let lignes = json["lignes"].as_array().unwrap();
    let ligne = lignes.iter().find(|l| l[at("code_zone")] == "B2").unwrap();
    assert_eq!(ligne[at("sans_mt")].as_i64(), grand);
}

#[test]
fn a_zone_smaller_than_the_rows_is_refused_and_so_are_crossings_by_bus() {
    let lieu = deux_bus();
    for (texte, conseil) in [
        ("synthese --niveau national --region 28", "--niveau region"),
        (
            "synthese --niveau region --medicobus B1",
            "--niveau medicobus",
        ),
        ("pyramide_ages --niveau medicobus", "département"),
        ("publics_exclusifs --medicobus B1", "publics_exclusifs"),
        (
            "part_sans_mt_par_profil --niveau medicobus",
            "--niveau region",
        ),
    ] {
        lieu.mots(&format!("requete {texte} --annee 2025"))
            .attendu(2)
            .dit("conseil")
            .dit(conseil);
    }
}

#[test]
fn files_that_give_a_small_count_back_are_refused() {
    let lieu = deux_bus();
    let csv = |connu: &str| {
        format!(
            "periode,code_zone,nom_zone,anciennete,nom_anciennete,patients,consultations,part,consultations_par_patient\n\
             2025,28,Normandie,nouveau,Nouveaux,{connu},80,n.c.,n.c.\n\
             2025,28,Normandie,connu,Connus,n.c.,n.c.,n.c.,n.c.\n\
             2025,28,Normandie,ensemble,Ensemble,65,90,n.c.,n.c.\n"
        )
    };
    std::fs::write(lieu.path().join("file_active.csv"), csv("60")).unwrap();
    lieu.mots("secret auditer file_active.csv")
        .attendu(1)
        .dit("retrouvé")
        .dit("de 5 à 5");
    std::fs::write(lieu.path().join("file_active.csv"), csv("n.c.")).unwrap();
    lieu.mots("secret auditer file_active.csv")
        .attendu(1)
        .dit("consultations");
    let text = csv("n.c.").replace(",80,", ",n.c.,");
    std::fs::write(lieu.path().join("file_active.csv"), text).unwrap();
    lieu.mots("secret auditer file_active.csv")
        .attendu(0)
        .dit("0 prouvés petits");
}

#[test]
fn the_final_documents_of_a_year_all_pass_and_are_in_the_ledger() {
    let lieu = Lieu::new();
    copier(&commun().path().join("depot"), &lieu.path().join("depot"));
    lieu.mots("secret etat")
        .attendu(0)
        .dit("aucune publication");
    lieu.mots("campagne --annee 2025 -o f --final").attendu(0);
    let pdfs = |dossier: PathBuf| -> Vec<String> {
        let fichiers = fichiers(&dossier).into_iter();
        let pdfs = fichiers.filter(|p| p.extension().is_some_and(|e| e == "pdf"));
        pdfs.map(|p| p.display().to_string()).collect()
    };
    let attaque = |pdfs: &[String]| {
        let debut = ["secret", "auditer"].map(str::to_owned);
        lieu.run(&[&debut, pdfs].concat())
    };
    // Drafts know nothing of one another, and together they give some small counts back; final documents do not.
    attaque(&pdfs(commun().path().join("c")))
        .attendu(1)
        .dit("retrouvé");
    let pdfs = pdfs(lieu.path().join("f"));
    assert!(pdfs.len() > 5);
    attaque(&pdfs).attendu(0).dit("0 prouvés petits");
    let etat = lieu.mots("secret etat").attendu(0).stdout;
    for pdf in &pdfs {
        let nom = Path::new(pdf).file_stem().unwrap().to_str().unwrap();
        assert!(etat.contains(nom), "{nom} is not in the ledger:\n{etat}");
    }
}

fn copier(de: &Path, vers: &Path) {
    for fichier in fichiers(de) {
        let cible = vers.join(fichier.strip_prefix(de).unwrap());
        std::fs::create_dir_all(cible.parent().unwrap()).unwrap();
        std::fs::copy(&fichier, &cible).unwrap();
    }
}

/// The Rust files under a folder of the program, their tests left out.
fn sources(dossier: &str) -> Vec<(PathBuf, String)> {
    let racine = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join("pipeline")
        .join(dossier);
    fichiers(&racine)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .filter(|p| !["tests.rs", "essai.rs"].iter().any(|t| p.ends_with(t)))
        .filter(|p| !p.components().any(|c| c.as_os_str() == "tests"))
        .map(|p| {
            let texte = std::fs::read_to_string(&p).unwrap();
            let texte = texte.split("#[cfg(test)]").next().unwrap().to_owned();
            (p, texte)
        })
        .collect()
}

#[test]
fn reports_and_files_know_no_raw_table_and_secrecy_is_turned_off_on_demand_only() {
    let mut vus = 0;
    for dossier in ["report", "export"] {
        for (chemin, texte) in sources(dossier) {
            vus += 1;
            assert!(!texte.contains("RawTable"), "{}", chemin.display());
        }
    }
    assert!(vus > 20, "{vus} files");
    let mut appels = Vec::new();
    for (chemin, texte) in sources("") {
        let lignes: Vec<&str> = texte.lines().collect();
        for (i, ligne) in lignes.iter().enumerate() {
            if !ligne.contains("open_unprotected(") || ligne.contains("fn open_unprotected") {
                continue;
            }
            // The condition stands right above: `sans_secret`, `unprotected`, or a gate that is not there.
            let avant = lignes[i.saturating_sub(6)..=i].join("\n");
            let garde = [
                "sans_secret",
                "unprotected {",
                "None =>",
                "let Some(gate) = gate else",
            ];
            assert!(
                garde.iter().any(|g| avant.contains(g)),
                "{}: {avant}",
                chemin.display()
            );
            appels.push(chemin.clone());
        }
    }
    assert!(!appels.is_empty());
}

/// Hidden counts of one query that an open rate and an open count of the same row, or of the row of its total, give back.
fn rendus(lieu: &Lieu, definition: &Definition) -> Vec<String> {
    let niveaux = definition.parameters.get("niveau").map(|p| &p.values);
    let niveau = match niveaux {
        None => String::new(),
        Some(v) => format!("--niveau {}", v.last().unwrap()),
    };
    let annee = match definition.parameters.contains_key("annee") {
        true => "--annee 2025",
        false => "",
    };
    let lire = |option: &str| -> Vec<Vec<serde_json::Value>> {
        let ligne = format!(
            "requete {} {annee} {niveau} --format json {option}",
            definition.name
        );
        let fin = lieu.mots(&ligne).attendu(0);
        let json: serde_json::Value = serde_json::from_str(&fin.stdout).unwrap();
        serde_json::from_value(json["lignes"].clone()).unwrap()
    };
    let (ouverts, vrais) = (lire(""), lire("--sans-secret"));
    assert_eq!(ouverts.len(), vrais.len(), "{}", definition.name);
    let colonnes = &definition.columns;
    let of = |roles: &[Role]| -> Vec<usize> {
        let all = 0..colonnes.len();
        all.filter(|&c| roles.contains(&colonnes[c].role)).collect()
    };
    let counts = of(&[Role::Patients, Role::Count]);
    let known = of(&[Role::Patients, Role::Count, Role::Open]);
    // Shares: a quantile or a mean that happens to be a quotient says nothing of its terms.
    let rates: Vec<usize> = of(&[Role::Rate, Role::Measure])
        .into_iter()
        .filter(|&c| colonnes[c].format == Format::Percent)
        .collect();
    let total = |r: usize| -> usize {
        let key = |r: usize, total: bool| -> Vec<String> {
            let cles = colonnes.iter().enumerate().filter(|(_, c)| c.role.is_key());
            cles.map(|(i, c)| match &c.total {
                Some(t) if total => t.clone(),
                _ => vrais[r][i]
                    .as_str()
                    .map_or(vrais[r][i].to_string(), str::to_owned),
            })
            .collect()
        };
        let wanted = key(r, true);
        (0..vrais.len())
            .find(|&o| key(o, false) == wanted)
            .unwrap_or(r)
    };
    let mut found = Vec::new();
    for r in 0..vrais.len() {
        let rows = [r, total(r)];
        for (&h, row) in counts
            .iter()
            .flat_map(|h| rows.iter().map(move |row| (h, *row)))
        {
            let (None, Some(hidden)) = (ouverts[row][h].as_f64(), vrais[row][h].as_f64()) else {
                continue;
            };
            for &rate in &rates {
                let Some(printed) = ouverts[r][rate].as_f64() else {
                    continue;
                };
                for (&a, other) in known.iter().flat_map(|a| rows.iter().map(move |o| (a, *o))) {
                    let Some(open) = ouverts[other][a].as_f64().filter(|x| *x > 0.0) else {
                        continue;
                    };
                    let ratios: [fn(f64, f64) -> f64; 2] = [|a, x| a / x, |a, x| x / a];
                    for ratio in ratios {
                        let fits = |x: f64| (100.0 * ratio(open, x) - printed).abs() <= 0.0501;
                        let most = 3 * hidden as u64 + 50;
                        if fits(hidden) && (1..most).filter(|x| fits(*x as f64)).count() == 1 {
                            found.push(format!(
                                "{} {:?}: {} = {hidden} by {} and {}",
                                definition.name,
                                vrais[r],
                                colonnes[h].name,
                                colonnes[rate].name,
                                colonnes[a].name
                            ));
                        }
                    }
                }
            }
        }
    }
    found
}

#[test]
fn no_open_rate_and_open_count_give_a_hidden_count_back() {
    let catalogue = Catalogue::load(None).unwrap();
    let lieu = Lieu::new();
    copier(&commun().path().join("depot"), &lieu.path().join("depot"));
    // Three profiles crossed are refused below the région.
    let mut found: Vec<String> = catalogue
        .iter()
        .filter(|query| query.definition.name != "part_sans_mt_par_profil")
        .flat_map(|query| rendus(&lieu, &query.definition))
        .collect();
    // A share of patients that is by chance also that of the consultations: nothing says so to who reads it.
    found.retain(|f| {
        !(f.contains(": consultations = ") && f.contains(" by part_patients and consultations"))
    });
    assert_eq!(found, Vec::<String>::new());
}
