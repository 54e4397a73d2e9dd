//! Official files, in small: their real headers and title lines, made-up values.

use std::fs;
use std::path::PathBuf;

use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

use super::*;

mod drawn;

fn made_workbook(folder: &TempDir, name: &str, sheets: &[(&str, &[&[&str]])]) -> PathBuf {
    let mut workbook = Workbook::new();
    for (titles, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*titles).unwrap();

        for (rank, row) in rows.iter().enumerate() {
            for (column, text) in row.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                match text.parse::<f64>() {
                    Ok(number) => sheet.write_number(rank as u32, column as u16, number).unwrap(),
                    Err(_) => sheet.write_string(rank as u32, column as u16, *text).unwrap(),
                };
            }
        }
    }

    let path = folder.path().join(name);
    workbook.save(&path).unwrap();
    path
}

fn text(folder: &TempDir, name: &str, contenu: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, contenu).unwrap();
    path
}

fn trouve<'a>(report: &'a ZoningReport, code: &str) -> &'a Zoning {
    report.zonings.iter().find(|z| z.code_commune == code).unwrap()
}

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

    let report = read_zonings(&path, None, &[], &Communes::embedded().unwrap()).unwrap();
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
    let report = read_zonings(&path, None, &[], &communes).unwrap();

    let zones: Vec<_> = ["61079", "27082", "14118", "14126", "14572"]
        .iter()
        .map(|code| trouve(&report, code).zonage_mg.as_deref())
        .collect();
    assert_eq!(zones, [Some("ZIP"), Some("ZAC"), Some("HZ"), Some("ZAC"), None]);

    assert_eq!(trouve(&report, "61079").vintage, 2025);
    assert_eq!(
        read_zonings(&path, Some(2026), &[], &communes).unwrap().zonings[0].vintage,
        2026
    );
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
    let of_2021 = read_zonings(&path, Some(2021), &[], &communes).unwrap();
    assert_eq!(
        (of_2021.zonings[0].vintage, of_2021.zonings[0].apl_hundredths),
        (2021, Some(999))
    );
    assert!(
        refusal(read_zonings(&path, Some(2020), &[], &communes)).contains("APL_2022, APL_2021")
    );

    let report = read_zonings(&path, None, &[], &communes).unwrap();
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

    let report = read_zonings(&path, None, &[], &Communes::embedded().unwrap()).unwrap();
    assert_eq!(
        trouve(&report, "61079"),
        &Zoning {
            code_commune: "61079".into(),
            vintage: 2025,
            density7: Some(5),
            zonage_mg: Some("ZIP".into()),
            apl_hundredths: Some(317),
            source: "indicatif".into(),
        }
    );

    assert_eq!(trouve(&report, "97303").apl_hundredths, None);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let communes = Communes::embedded().unwrap();

    let erreur = |name: &str, contenu: &str| {
        let path = text(&folder, name, contenu.as_bytes());
        read_zonings(&path, None, &[], &communes).unwrap_err().to_string()
    };

    assert!(erreur("a.csv", "nom,valeur\nx,1\n").contains("en-tête"));
    assert!(erreur("b.csv", "CODGEO,LIBGEO\n61079,Ceton\n").contains("ni densité"));
    assert!(erreur("c.csv", "CODGEO,DENS\n61079,5\n").contains("millésime"));
    let illisible = erreur("d_2024.csv", "CODGEO,DENS\n61079,5\n14126,9\n");
    assert!(illisible.contains("ligne 3") && illisible.contains('9'), "{illisible}");
    assert!(erreur("e_2024.csv", "CODGEO;ZONAGE\n61079;verte\n").contains("verte"));
    let after_blank = erreur(
        "d_2024.csv",
        "titre\r\n\r\n\"CODGEO\",\"DENS\r\n7 niveaux\"\r\n\r\n61079,5\r\n14126,9\r\n",
    );
    assert!(after_blank.contains("ligne 7"), "{after_blank}");
    assert!(erreur("f_2024.csv", "CODGEO,DENS\n99999,5\n").contains("aucune commune connue"));
    assert!(erreur("g.doc", "").contains("ni un CSV ni un classeur"));
}

fn read(folder: &TempDir, name: &str, content: &str) -> Result<ZoningReport> {
    let path = text(folder, name, content.as_bytes());
    read_zonings(&path, None, &[], &Communes::embedded().unwrap())
}

fn read_named(folder: &TempDir, name: &str, content: &str, named: &str) -> Result<ZoningReport> {
    let path = text(folder, name, content.as_bytes());
    let named = [named.to_owned()];
    read_zonings(&path, None, &named, &Communes::embedded().unwrap())
}

/// The error with its hint.
fn refusal(outcome: Result<ZoningReport>) -> String {
    let error = outcome.unwrap_err();
    format!("{error} {}", error.hint_text().unwrap_or_default())
}

fn zones(report: &ZoningReport, code: &str) -> Vec<(i64, Option<String>)> {
    report
        .zonings
        .iter()
        .filter(|z| z.code_commune == code)
        .map(|z| (z.vintage, z.zonage_mg.clone()))
        .collect()
}

/// INSEE, `fichier_diffusion_2025.xlsx` and `grille_densite_2026.xlsx`: sheet « Maille communale », header on line 5.
fn grid(folder: &TempDir, year: &str, population: &str) -> PathBuf {
    let title = format!("La grille communale de densité {year}");
    let geography = format!("Géographie communale au 01/01/{year}");
    made_workbook(
        folder,
        &format!("fichier_diffusion_{year}.xlsx"),
        &[
            ("Documentation", &[&["Documentation"]]),
            (
                "Maille communale",
                &[
                    &[&title],
                    &[&geography],
                    &["Source : Insee, recensement de la population 2022"],
                    &[],
                    &[
                        "CODGEO",
                        "LIBGEO",
                        "DENS",
                        "LIBDENS",
                        population,
                        "P1",
                        "P2",
                        "P3",
                        "DENS_AAV",
                        "LIBDENS_AAV",
                        "DENS7",
                        "LIBDENS7",
                    ],
                    &[
                        "61006",
                        "A",
                        "2",
                        "Urbain intermédiaire",
                        "14000",
                        "0",
                        "90.1",
                        "9.9",
                        "2",
                        "Urbain intermédiaire",
                        "3",
                        "Petites villes",
                    ],
                    &[
                        "61079",
                        "B",
                        "3",
                        "Rural",
                        "1700",
                        "0",
                        "0",
                        "100",
                        "4",
                        "Rural non périurbain",
                        "5",
                        "Bourgs ruraux",
                    ],
                    &[
                        "27032",
                        "C",
                        "3",
                        "Rural",
                        "860",
                        "0",
                        "0",
                        "100",
                        "3",
                        "Rural périurbain",
                        "6",
                        "Rural à habitat dispersé",
                    ],
                ],
            ),
        ],
    )
}

#[test]
fn of_three_grids_side_by_side_the_seven_levels_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let communes = Communes::embedded().unwrap();

    for (year, population) in [("2025", "PMUN22"), ("2026", "PMUN23")] {
        let path = grid(&folder, year, population);
        let report = read_zonings(&path, None, &[], &communes).unwrap();
        let levels: Vec<_> =
            report.zonings.iter().map(|z| (z.vintage.to_string(), z.density7)).collect();
        assert_eq!(levels, [6, 3, 5].map(|level| (year.to_owned(), Some(level))));
        assert_eq!(report.columns, ["densité : « DENS7 »"]);

        // Even the user's word does not make three levels of seven.
        let named = ["densite=DENS".to_owned()];
        let said = refusal(read_zonings(&path, None, &named, &communes));
        assert!(said.contains("ligne 6") && said.contains("Urbain intermédiaire"), "{said}");
    }
}

#[test]
fn a_density_that_may_be_another_grid_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let low = "CODGEO;DENS\n61079;3\n61006;2\n";
    let said = refusal(read(&folder, "grille_2025.csv", low));
    assert!(
        said.contains("trois niveaux ou sept") && said.contains("densite=DENS"),
        "{said}"
    );

    let three = "CODGEO;DENS;LIBDENS\n61079;3;Rural\n";
    assert!(
        refusal(read(&folder, "grille_densite_7_niveaux_2025.csv", three)).contains("libellés")
    );
    assert!(
        refusal(read(&folder, "g_2025.csv", "CODGEO;DENS_AAV\n61079;3\n")).contains("ni densité")
    );

    // The zoning beside it can be read alone.
    let beside = "CODGEO;DENS;Zonage\n61079;3;ZIP\n";
    assert!(refusal(read(&folder, "k_2025.csv", beside)).contains("lue seule"));
    let alone = read_named(&folder, "k_2025.csv", beside, "Zonage").unwrap();
    assert_eq!(
        (alone.zonings[0].density7, zones(&alone, "61079")),
        (None, vec![(2025, Some("ZIP".to_owned()))])
    );

    // What decides: the file's name, the labels, the user.
    let level = |outcome: Result<ZoningReport>| outcome.unwrap().zonings[0].density7;
    assert_eq!(level(read(&folder, "grille_densite_7_niveaux_2025.csv", low)), Some(2));
    assert_eq!(level(read_named(&folder, "h_2025.csv", low, "DENS")), Some(2));
    assert_eq!(
        level(read(&folder, "i_2025.csv", "CODGEO;DENS;LIBDENS\n61079;3;Petites villes\n")),
        Some(3)
    );
    let label = "CODGEO;DENS7;LIBDENS7\n61079;5;Petites villes\n";
    assert!(refusal(read(&folder, "j_2025.csv", label)).contains("libellé « Petites villes »"));
}

#[test]
fn zonings_of_two_years_are_two_vintages() {
    let folder = tempfile::tempdir().unwrap();
    let wide = "Code commune;Zonage 2022;Zonage 2025\n61079;ZIP;ZAC\n61006;ZAC;HZ\n";
    let report = read(&folder, "zonage.csv", wide).unwrap();
    let both = [(2022, Some("ZIP".to_owned())), (2025, Some("ZAC".to_owned()))];
    assert_eq!(zones(&report, "61079"), both);
    assert_eq!((report.rows_read, report.kept), (2, 2));

    let long = "code_commune,millesime,zonage_mg\n61079,2022,ZIP\n61079,2025,ZAC\n";
    assert_eq!(zones(&read(&folder, "long.csv", long).unwrap(), "61079"), both);

    // The vintage asked for is one of them, or none.
    let communes = Communes::embedded().unwrap();
    for (name, content) in [("a.csv", wide), ("b.csv", long)] {
        let path = text(&folder, name, content.as_bytes());
        let of = |year| read_zonings(&path, Some(year), &[], &communes);
        assert_eq!(zones(&of(2022).unwrap(), "61079"), both[..1]);
        assert!(refusal(of(2020)).contains("millésime 2020"));
    }

    let report = read_named(&folder, "c.csv", wide, "Zonage 2022").unwrap();
    assert_eq!(zones(&report, "61079"), both[..1]);
    assert!(
        refusal(read_named(&folder, "d.csv", wide, "Zonage 2021"))
            .contains("colonnes : Code commune, Zonage 2022")
    );
}

#[test]
fn the_zoning_of_another_profession_is_not_the_doctors() {
    let folder = tempfile::tempdir().unwrap();
    let beside = "Code commune;Zonage dentistes;Zonage médecins\n61079;ZIP;ZAC\n";
    assert_eq!(
        read(&folder, "zonage_2025.csv", beside).unwrap().columns,
        ["zonage : « Zonage médecins »"]
    );
    let generic = "Code commune;Zonage chirurgiens-dentistes;Zonage\n61079;ZIP;ZAC\n";
    assert_eq!(
        read(&folder, "zonage_2025.csv", generic).unwrap().columns,
        ["zonage : « Zonage »"]
    );

    assert!(
        refusal(read(&folder, "z_2025.csv", "Code commune;Zonage sages-femmes\n61079;ZIP\n"))
            .contains("ni densité")
    );
    let titled = "Zonage des infirmiers 2025\nCode commune;Zonage\n61079;ZIP\n";
    assert!(refusal(read(&folder, "z.csv", titled)).contains("autre profession"));
    let both = "Zonages médecins et dentistes 2025\nCode commune;Zonage\n61079;ZIP\n";
    assert!(refusal(read(&folder, "z.csv", both)).contains("ou d'une autre"));
    assert_eq!(
        zones(&read_named(&folder, "z.csv", both, "Zonage").unwrap(), "61079")[0]
            .1
            .as_deref(),
        Some("ZIP")
    );
}

#[test]
fn two_columns_that_disagree_are_refused_with_both_names() {
    let folder = tempfile::tempdir().unwrap();
    let two = "Code commune;Zonage MG;Zonage médecins\n61079;ZIP;ZAC\n";
    let said = refusal(read(&folder, "z_2025.csv", two));
    assert!(
        said.contains("« Zonage MG » ou « Zonage médecins »") && said.contains("--colonne"),
        "{said}"
    );
    let same = "Code commune;Code zonage;Zonage;Libellé zonage;Zone d'emploi\n61079;1;ZIP;Zone d’intervention prioritaire;2804\n";
    assert_eq!(read(&folder, "z_2025.csv", same).unwrap().columns, ["zonage : « Zonage »"]);
    // What a plain « Zonage » holds must be read, whatever else the file tells.
    assert!(
        refusal(read(&folder, "z_2025.csv", "CODGEO;DENS7;Zonage\n61079;5;verte\n"))
            .contains("verte")
    );
}

#[test]
fn wordings_of_no_zone_are_outside_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let outside = "Code commune;Commune;Zonage\n61006;A;Hors ZIP et ZAC\n61079;B;Hors ZIP/ZAC\n27032;C;Ni ZIP ni ZAC\n27082;D;ZAC (ex-ZIP)\n14118;E;Hors-Zonage (HZ)\n";
    let report = read(&folder, "zonage_2025.csv", outside).unwrap();
    let found = ["61006", "61079", "27032", "27082", "14118"]
        .map(|code| zones(&report, code)[0].1.clone().unwrap());
    assert_eq!(found, ["HZ", "HZ", "HZ", "ZAC", "HZ"]);

    let said = refusal(read(&folder, "zonage_2025.csv", &format!("{outside}14126;F;Non ZIP\n")));
    assert!(
        said.contains("ligne 7")
            && said.contains("« Non ZIP »")
            && said.contains("plusieurs zones"),
        "{said}"
    );
}

#[test]
fn a_split_commune_is_weighed_or_left_blank_and_every_line_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let zoning = "Code commune;Zonage;Commune\n61079;ZIP;Ceton nord\n61079;ZAC;Ceton sud\n2a004;ZIP;Ajaccio\n27082;ZAC;D\n27082;ZAC;D\n99999;ZIP;?\nTotal;;\n";
    let report = read(&folder, "zonage_2025.csv", zoning).unwrap();
    assert_eq!(zones(&report, "61079"), [(2025, None)]);
    assert_eq!(zones(&report, "2A004")[0].1.as_deref(), Some("ZIP"));
    assert_eq!(report.ambiguous[0].readings, "zonage ZIP (ligne 2) ou ZAC (ligne 3)");
    assert_eq!(
        (
            report.rows_read,
            report.kept,
            report.ambiguous_lines,
            report.unknown.len(),
            report.without_code
        ),
        (6, 3, 2, 1, 1)
    );
}

#[test]
fn a_city_has_the_apl_of_all_its_arrondissements_weighed() {
    let folder = tempfile::tempdir().unwrap();
    let header = "Indicateur d'accessibilité potentielle localisée (APL) 2024 aux médecins généralistes\nMillésime : 2024\nSources : SNIIR-AM 2024, recensement 2022\nCode commune INSEE;Commune;APL aux médecins généralistes;APL aux médecins généralistes de 65 ans ou moins;Population standardisée 2022 pour la médecine générale;Population totale 2022\n;;En nombre de consultations;;;\n";
    let lines = |weight: &dyn Fn(u32) -> String, last: u32| -> String {
        (1..=last)
            .map(|n| format!("6938{n};Lyon {n};{};0,5;{};9\n", n, weight(n)))
            .collect()
    };

    let all = format!("{header}{}", lines(&|n| (n * 100).to_string(), 9));
    let report = read(&folder, "apl.csv", &all).unwrap();
    // Σn² / Σn for 1…9.
    assert_eq!(
        (trouve(&report, "69123").apl_hundredths, trouve(&report, "69123").vintage),
        (Some(633), 2024)
    );
    assert_eq!((report.carried, report.kept, report.without_code), (9, 9, 1));

    for (content, reading) in [
        (
            format!("{header}{}", lines(&|_| String::new(), 9)),
            "APL 1,00 (ligne 6) ou 2,00",
        ),
        (
            format!("{header}{}", lines(&|n| (n * 100).to_string(), 8)),
            "sans 1 de ses arrondissements",
        ),
    ] {
        let report = read(&folder, "apl.csv", &content).unwrap();
        assert_eq!(trouve(&report, "69123").apl_hundredths, None);
        assert!(report.ambiguous[0].readings.contains(reading), "{:?}", report.ambiguous);
    }

    // The city's own line is the city's.
    let own = format!("{all}69123;Lyon;4,2;1;1;1\n");
    let report = read(&folder, "apl.csv", &own).unwrap();
    assert_eq!(
        (trouve(&report, "69123").apl_hundredths, report.superseded, report.kept),
        (Some(420), 9, 1)
    );
}

#[test]
fn two_years_that_may_date_the_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "Zonage arrêté le 12/03/2022\nCode commune;Zonage\n61079;ZIP\n";
    assert!(refusal(read(&folder, "zonage_2025.csv", csv)).contains("millésime 2022 ou 2025"));
    assert_eq!(read(&folder, "zonage.csv", csv).unwrap().zonings[0].vintage, 2022);
}
