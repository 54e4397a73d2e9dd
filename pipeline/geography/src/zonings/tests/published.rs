//! The forms in which the producers publish.

use super::made::{made_workbook, refusal, text, trouve};
use crate::communes::Communes;
use crate::zonings::{Zoning, read_zonings, zonings_batch, zonings_schema};

#[test]
fn insee_density_grid_under_its_titles() {
    let folder = tempfile::tempdir().unwrap();
    let path = made_workbook(
        &folder,
        "grille_densite_7_niveaux_2024.xlsx",
        &[
            ("Présentation", &[&["Grille communale de densité"], &["texte"]]),
            (
                "Grille_Densite",
                &[
                    &["", "La grille communale de densité à 7 niveaux"],
                    &[],
                    &["Millésime 2024, géographie au 01/01/2024"],
                    &["CODGEO", "LIBGEO", "DENS", "LIBDENS", "PMUN21"],
                    &["1001", "L'Abergement-Clémenciat", "6", "Rural à habitat dispersé", "860"],
                    &["61079", "Ceton", "5", "Bourgs ruraux", "1734"],
                    &["2A004", "Ajaccio", "2", "Centres urbains intermédiaires", "70000"],
                    // Merged into 50417, which has no row of its own here.
                    &["50358", "Morsalines", "7", "Rural à habitat très dispersé", "200"],
                    &["99999", "Nulle part", "7", "", ""],
                ],
            ),
        ],
    );

    let report = read_zonings(&path, None, &[], Communes::embedded().unwrap()).unwrap();
    assert_eq!(
        (report.rows_read, report.carried, report.unknown.as_slice()),
        (5, 1, ["99999".to_owned()].as_slice())
    );

    let clemenciat = trouve(&report, "01001");
    assert_eq!(
        (clemenciat.density7, clemenciat.vintage, clemenciat.zonage_mg.as_deref()),
        (Some(6), 2024, None)
    );

    assert_eq!(trouve(&report, "50417").density7, Some(7));
    assert!(clemenciat.source.starts_with("INSEE"));
}

#[test]
fn ars_zoning_in_the_words_of_the_agencies() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "Zonage médecins ARS Normandie, arrêté 2025\r\nCode commune;Commune;Zonage 2025\r\n\
        61079;Ceton;Zone d'intervention prioritaire (ZIP)\r\n27082;La Bonneville;ZAC\r\n14118;Caen;Hors zonage\r\n\
        14126;X;2_ZAC\r\n14572;Y;N/A - résultat non disponible\r\n";
    let bytes = encoding_rs::WINDOWS_1252.encode(csv).0;
    let path = text(&folder, "zonage.csv", &bytes);
    let communes = Communes::embedded().unwrap();
    let report = read_zonings(&path, None, &[], communes).unwrap();

    let zones: Vec<_> = ["61079", "27082", "14118", "14126", "14572"]
        .iter()
        .map(|code| trouve(&report, code).zonage_mg.as_deref())
        .collect();
    assert_eq!(zones, [Some("ZIP"), Some("ZAC"), Some("HZ"), Some("ZAC"), None]);

    assert_eq!(trouve(&report, "61079").vintage, 2025);
    assert_eq!(read_zonings(&path, Some(2026), &[], communes).unwrap().zonings[0].vintage, 2026);
}

#[test]
fn drees_apl_takes_the_last_year_and_knows_its_blanks() {
    let folder = tempfile::tempdir().unwrap();
    let header: &[&str] = &[
        "Code commune INSEE",
        "Commune",
        "APL aux médecins généralistes",
        "APL aux médecins généralistes de 65 ans et moins",
    ];

    let unites: &[&str] = &["", "", "(en nb de consultations/an/habitant standardisé)", "(idem)"];

    let path = made_workbook(
        &folder,
        "Indicateur d'accessibilité potentielle localisée (APL) aux médecins généralistes.xlsx",
        &[
            ("Paramètres", &[&["rien"]]),
            ("APL_2021", &[&["Titre"], header, unites, &["61079", "Ceton", "9,99", "1,0"]]),
            (
                "APL_2022",
                &[
                    &["Titre"],
                    &[],
                    header,
                    unites,
                    &["61079", "Ceton", "2,455", "1,0"],
                    &["14126", "X", "NS", "nd"],
                    &["27082", "Y", "1.5", "nd"],
                ],
            ),
        ],
    );

    let communes = Communes::embedded().unwrap();
    let of_2021 = read_zonings(&path, Some(2021), &[], communes).unwrap();
    assert_eq!(
        (of_2021.zonings[0].vintage, of_2021.zonings[0].apl_hundredths),
        (2021, Some(999))
    );
    assert!(refusal(read_zonings(&path, Some(2020), &[], communes)).contains("APL_2022, APL_2021"));

    let report = read_zonings(&path, None, &[], communes).unwrap();
    assert_eq!((report.rows_read, report.sheet.as_str()), (3, "APL_2022"));
    assert_eq!(report.left_sheets, ["APL_2021"]);
    let ceton = trouve(&report, "61079");
    assert_eq!((ceton.apl_hundredths, ceton.vintage), (Some(246), 2022));
    assert_eq!(trouve(&report, "14126").apl_hundredths, None);
    assert_eq!(trouve(&report, "27082").apl_hundredths, Some(150));
    let batch = zonings_batch(&report.zonings).unwrap();
    assert_eq!((batch.num_rows(), batch.schema()), (3, zonings_schema()));
}

#[test]
fn the_sample_s_own_file_keeps_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = text(
        &folder,
        "zonages.csv",
        b"code_commune,millesime,densite7,zonage_mg,apl_mg,source\n61079,2025,5,ZIP,3.17,indicatif\n97303,2025,6,ZIP,,indicatif\n",
    );

    let report = read_zonings(&path, None, &[], Communes::embedded().unwrap()).unwrap();
    assert_eq!(
        trouve(&report, "61079"),
        &Zoning {
            code_commune: "61079".into(),
            vintage: 2025,
            density7: Some(5),
            zonage_mg: Some("ZIP".into()),
            apl_hundredths: Some(317),
            code_tvs: None,
            nom_tvs: None,
            source: "indicatif".into(),
        }
    );

    assert_eq!(trouve(&report, "97303").apl_hundredths, None);
}
