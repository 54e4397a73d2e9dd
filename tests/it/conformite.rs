//! The content of a bilan, read from the sources that it writes (`--source`): criteria of the cahier des charges, what
//! each chapter holds; and the workbook and Parquet tables beside it, read back.

use std::io::Read;
use std::path::Path;

use calamine::{Data, Reader, Xlsx};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::campagne::commun;
use crate::fixture::Lieu;

/// The small store of `tests/it/petit_depot`: of two communes served in 2025, 61002 is rural but in no zone.
fn petit_depot() -> Lieu {
    let lieu = Lieu::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/petit_depot");
    let chemin = |nom: &str| source.join(nom).display().to_string();
    let mut args: Vec<String> = ["charger", "--aujourdhui", "2026-11-01"]
        .map(String::from)
        .to_vec();
    args.extend(["2021", "2024", "2025"].map(chemin));
    lieu.run(&args).attendu(0);
    let mut args = vec!["referentiel".to_string()];
    args.extend(["zonages_2022.csv", "zonages_2024.csv"].map(chemin));
    lieu.run(&args).attendu(0);
    lieu
}

/// `donnees.json` of the bilan of Normandie.
fn donnees(lieu: &Lieu, options: &str) -> Value {
    lieu.mots(&format!(
        "bilan --region 28 --annee 2025 --sans-secret --source src {options}"
    ))
    .attendu(0);
    let texte = std::fs::read(lieu.path().join("src/bilan-28-2025/donnees.json")).unwrap();
    serde_json::from_slice(&texte).unwrap()
}

fn chapitre<'j>(donnees: &'j Value, id: &str) -> &'j Value {
    let chapitres = donnees["chapitres"].as_array().unwrap();
    let ids: Vec<&Value> = chapitres.iter().map(|c| &c["id"]).collect();
    chapitres
        .iter()
        .find(|c| c["id"] == id)
        .unwrap_or_else(|| panic!("no chapter {id} among {ids:?}"))
}

/// Rows of a table of a chapter; nothing if it is not there.
fn tableau<'j>(chapitre: &'j Value, id: &str) -> Option<&'j Vec<Value>> {
    let blocs = chapitre["blocs"].as_array().unwrap();
    let bloc = blocs
        .iter()
        .find(|b| b["type"] == "tableau" && b["id"] == id)?;
    bloc["lignes"].as_array()
}

fn rang<'j>(lignes: &'j [Value], debut: &str) -> Vec<&'j str> {
    let ligne = lignes
        .iter()
        .find(|l| l[0].as_str().unwrap().starts_with(debut))
        .unwrap_or_else(|| panic!("no row {debut} in {lignes:?}"));
    let cellules = ligne.as_array().unwrap().iter();
    cellules.map(|c| c.as_str().unwrap()).collect()
}

#[test]
fn one_stop_out_of_the_zones_is_told_on_the_first_page() {
    let lieu = petit_depot();
    let d = donnees(&lieu, "");
    let vigilance = d["synthese"]["vigilance"].as_array().unwrap();
    let point = |debut: &str| {
        vigilance
            .iter()
            .find(|p| p["texte"].as_str().unwrap().starts_with(debut))
            .map(|p| p["mot"].as_str().unwrap())
    };
    assert_eq!(
        point("Communes en ZIP ou ZAC\u{202f}: 1 sur 2"),
        Some("Écart")
    );
    let toutes = "Tournées en commune rurale et en ZIP ou ZAC\u{202f}: 75,0\u{202f}%";
    assert_eq!(point(toutes), Some("Écart"));
    assert_eq!(
        point("Cahier des charges\u{202f}: communes rurales"),
        Some("Conforme")
    );

    let lignes = tableau(chapitre(&d, "conformite"), "conformite").unwrap();
    let rurales = rang(lignes, "Communes rurales");
    assert_eq!(
        rurales[1..],
        ["2 sur 2", "toutes (cahier des charges)", "Conforme"]
    );
    let jour = "Tournées au jour fixe";
    let seuil = "90\u{202f}% au moins (seuil de vigilance)";
    assert_eq!(
        rang(lignes, jour)[1..],
        ["75,0\u{202f}%", seuil, "À surveiller"]
    );
    let prevention = rang(lignes, "Consultations de prévention");
    assert_eq!(prevention[2], "10\u{202f}% au plus (seuil de vigilance)");
    assert_eq!(prevention[3], "À surveiller");

    // The committee's own thresholds are printed and judged by.
    let reglages =
        "[seuils]\njour_fixe_min = 60\nprevention_max = 12.5\nnon_programme_hors_sas_max = 99.5\n";
    std::fs::write(lieu.path().join("medicobus.toml"), reglages).unwrap();
    let d = donnees(&lieu, "");
    let lignes = tableau(chapitre(&d, "conformite"), "conformite").unwrap();
    let seuil = "60\u{202f}% au moins (seuil de vigilance)";
    assert_eq!(
        rang(lignes, jour)[1..],
        ["75,0\u{202f}%", seuil, "Conforme"]
    );
    let prevention = rang(lignes, "Consultations de prévention");
    assert_eq!(prevention[2], "12,5\u{202f}% au plus (seuil de vigilance)");
    assert_eq!(prevention[3], "Conforme");
    // A share allowed is judged and printed as a share of the same whole.
    let hors_sas = rang(
        lignes,
        "Soins non programmés hors régulation du SAS, parmi les consultations",
    );
    assert!(hors_sas[1].ends_with("\u{202f}%"), "{hors_sas:?}");
    assert_eq!(hors_sas[2], "99,5\u{202f}% au plus (seuil de vigilance)");
    let commande = d["provenance"].to_string();
    assert!(
        commande.contains("--sans-secret --config FICHIER"),
        "{commande}"
    );
}

/// Without zonings nobody knows where the buses may stop: the synthesis does not say that all is well.
#[test]
fn what_nobody_knows_is_not_said_to_conform() {
    let lieu = petit_depot();
    let depot = lieu.path().join("depot");
    std::fs::remove_dir_all(depot).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/petit_depot");
    let mut args: Vec<String> = ["charger", "--aujourdhui", "2026-11-01"]
        .map(String::from)
        .to_vec();
    args.push(source.join("2025").display().to_string());
    lieu.run(&args).attendu(0);
    let d = donnees(&lieu, "");
    let lignes = tableau(chapitre(&d, "conformite"), "conformite").unwrap();
    for critere in [
        "Communes rurales",
        "Communes en ZIP",
        "Tournées en commune rurale",
    ] {
        assert_eq!(rang(lignes, critere)[3], "Non renseigné");
    }
}

#[test]
fn what_the_instruction_asks_stands_in_its_chapter() {
    let lieu = petit_depot();
    let d = donnees(&lieu, "");
    for (chap, table, graphique, phrase) in [
        (
            "delais",
            "delai_mg_territoires",
            "delais-territoires",
            "territoires desservis",
        ),
        (
            "medecin_traitant",
            "part_sans_mt_territoires",
            "mt-territoires",
            "territoires desservis",
        ),
        (
            "financement",
            "cout/parties",
            "cout-jour",
            "Un jour de sortie revient à",
        ),
        (
            "financement",
            "financement",
            "financement-sources",
            "En 2025, le fonctionnement",
        ),
        ("offre", "offre_durable", "offre-halteres", "avant-après"),
        (
            "organisation",
            "communes_desservies/medicobus",
            "",
            "créneaux offerts",
        ),
    ] {
        let c = chapitre(&d, chap);
        assert!(tableau(c, table).is_some(), "{table} in {chap}");
        assert!(c.to_string().contains(phrase), "{phrase} in {chap}");
        let blocs = c["blocs"].as_array().unwrap();
        let dessine = |id: &str| {
            blocs
                .iter()
                .any(|b| b["type"] == "graphique" && b["id"] == id && !b["alt"].is_null())
        };
        assert!(
            graphique.is_empty() || dessine(graphique),
            "{graphique} in {chap}"
        );
        assert!(
            tableau(chapitre(&d, "annexes"), table).is_none(),
            "{table} in the annexes"
        );
    }
    // The reference is the instruction's: 200 000 € for 260 days.
    let svg = lieu
        .path()
        .join("src/bilan-28-2025/graphiques/cout-jour.svg");
    let svg = std::fs::read_to_string(svg).unwrap();
    assert!(svg.contains("référence : 769\u{202f}€"), "{svg}");
    // The itinerary: one line per bus, its communes under their day.
    let itineraire = tableau(
        chapitre(&d, "organisation"),
        "communes_desservies/medicobus",
    );
    let attendu = serde_json::json!([["Bus un", "Alençon (3)", "Almenêches (1)"]]);
    assert_eq!(itineraire, attendu.as_array());
}

#[test]
fn the_workbook_reads_back_with_its_names_formats_and_marks() {
    let livre = commun().path().join("c/bilan-84-2025.xlsx");
    let mut classeur: Xlsx<_> = calamine::open_workbook(&livre).unwrap();
    let noms = classeur.sheet_names();
    assert_eq!(noms[0], "Lisez-moi");
    for nom in [
        "synthese",
        "synthese par zone",
        "synthese par bus",
        "cout N-1",
    ] {
        assert!(noms.iter().any(|n| n == nom), "{nom} in {noms:?}");
    }
    let textes = |feuille: &calamine::Range<Data>| -> Vec<String> {
        feuille
            .used_cells()
            .filter_map(|(_, _, c)| match c {
                Data::String(t) => Some(t.clone()),
                _ => None,
            })
            .collect()
    };
    let premiere = textes(&classeur.worksheet_range("Lisez-moi").unwrap());
    for dit in [
        "Région Auvergne-Rhône-Alpes",
        "DONNÉES FICTIVES",
        "Version du dépôt",
        "synthese par zone",
    ] {
        assert!(premiere.iter().any(|t| t == dit), "{dit} in {premiere:?}");
    }
    // Two scopes of one query are two titles; every sheet has its definition, formula and sources, and its header below.
    let mut titres = std::collections::BTreeSet::new();
    for nom in noms.iter().skip(1) {
        let feuille = classeur.worksheet_range(nom).unwrap();
        let titre = feuille.get_value((0, 0)).unwrap().to_string();
        assert!(titres.insert(titre.clone()), "{titre} twice");
        assert!(
            feuille.get_value((1, 0)).unwrap().to_string().len() > 20,
            "{nom}"
        );
        assert_eq!(
            feuille.get_value((2, 0)).unwrap().to_string(),
            "DONNÉES FICTIVES"
        );
        assert!(
            matches!(feuille.get_value((3, 0)), Some(Data::String(_))),
            "{nom}: header"
        );
        let dits = textes(&feuille);
        for debut in ["Calcul : ", "Sources : ", "Requête : "] {
            assert!(dits.iter().any(|t| t.starts_with(debut)), "{nom}: {debut}");
        }
    }
    let mois = classeur.worksheet_range("consultations_par_mois").unwrap();
    let chiffres = mois
        .used_cells()
        .filter(|(_, _, c)| matches!(c, Data::Float(_) | Data::Int(_)));
    assert!(chiffres.count() > 24, "figures are numbers");
    // A space in a format is printed as it stands: 1400 000. The comma is Excel's own sign for thousands.
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&livre).unwrap()).unwrap();
    let mut lire = |nom: &str| {
        let mut texte = String::new();
        archive
            .by_name(nom)
            .unwrap()
            .read_to_string(&mut texte)
            .unwrap();
        texte
    };
    let styles = lire("xl/styles.xml");
    assert!(
        styles.contains("#,##0") && !styles.contains("# ##0"),
        "{styles}"
    );
    let feuille = lire("xl/worksheets/sheet2.xml");
    assert!(feuille.contains("state=\"frozen\"") && feuille.contains("ySplit=\"4\""));
    assert!(lire("xl/worksheets/sheet1.xml").contains("location=\"'synthese par zone'!A1\""));
}

#[test]
fn a_parquet_table_says_what_it_is() {
    let fichier = commun()
        .path()
        .join("c/bilan-84-2025/synthese_parties.parquet");
    let lecteur = SerializedFileReader::new(std::fs::File::open(fichier).unwrap()).unwrap();
    let dits = lecteur
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .unwrap()
        .clone();
    let dit = |cle: &str| {
        let paire = dits.iter().find(|p| p.key == format!("medicobus.{cle}"));
        paire.and_then(|p| p.value.clone()).unwrap_or_default()
    };
    assert_eq!(dit("requete"), "synthese");
    assert_eq!(dit("donnees_fictives"), "oui");
    assert_eq!(dit("diffusion"), "oui");
    assert_eq!(dit("document"), "bilan-84-2025");
    assert!(dit("definition").len() > 20 && dit("formule").len() > 5);
}
