//! Which column is taken, and which are refused.

use std::path::PathBuf;

use base::error::Result;
use tempfile::TempDir;

use super::made::{made_workbook, read, read_named, refusal, zones};
use crate::communes::Communes;
use crate::zonings::{ZoningReport, read_zonings};

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
        let report = read_zonings(&path, None, &[], communes).unwrap();
        let levels: Vec<_> =
            report.zonings.iter().map(|z| (z.vintage.to_string(), z.density7)).collect();
        assert_eq!(levels, [6, 3, 5].map(|level| (year.to_owned(), Some(level))));
        assert_eq!(report.columns, ["densité : « DENS7 »"]);

        // Even the user's word does not make three levels of seven.
        let named = ["densite=DENS".to_owned()];
        let said = refusal(read_zonings(&path, None, &named, communes));
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
    // A profession or a policy that no list knows is not taken for the doctors'.
    for other in ["gynécologues", "PLU", "dermato", "ORL", "vétérinaires", "gynécologie médicale"]
    {
        let content = format!("Code commune;Zonage {other}\n61079;ZIP\n61006;ZAC\n");
        let told = refusal(read(&folder, "z_2025.csv", &content));
        assert!(told.contains(&format!("« Zonage {other} »")), "{other}: {told}");
    }
    for own in [
        "Zonage ARS",
        "Zonage en vigueur au 12/03/2022",
        "Zonage omnipraticiens",
        "Classement",
    ] {
        let content = format!("Code commune;{own}\n61079;ZIP\n61006;ZAC\n");
        assert_eq!(read(&folder, "z_2025.csv", &content).unwrap().kept, 2, "{own}");
    }

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
fn last_year_s_column_is_left_and_both_names_of_a_hint_exist() {
    let folder = tempfile::tempdir().unwrap();
    let two = "Code commune;Zonage N-1;Zonage N\n61079;ZIP;ZAC\n";
    let report = read(&folder, "z_2025.csv", two).unwrap();
    assert_eq!(report.columns, ["zonage : « Zonage N »"]);

    let unknown = "Code commune;Zonage ARS;Zonage  CPAM\n61079;ZIP;ZAC\n";
    let said = refusal(read(&folder, "z_2025.csv", unknown));
    let offered = ["zonage=Zonage ARS", "zonage=Zonage CPAM"];
    for (column, zone) in offered.into_iter().zip(["ZIP", "ZAC"]) {
        assert!(said.contains(&format!("--colonne \"{column}\"")), "{said}");
        let report = read_named(&folder, "z_2025.csv", unknown, column).unwrap();
        assert_eq!(zones(&report, "61079")[0].1.as_deref(), Some(zone));
    }
}

#[test]
fn the_commune_is_that_of_the_row_whatever_stands_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let zip = |content: &str| read(&folder, "z_2025.csv", content);
    for before in [
        "code_commune_chef_lieu",
        "Code commune cabinet principal",
        "Code commune siège EPCI",
    ] {
        // Every row names a commune twice; only the names, or the number of communes, tell which.
        for lines in ["61006;61079;ZIP", "61006;61079;ZIP\n61006;61001;ZAC"] {
            let report = zip(&format!("{before};Code commune;Zonage\n{lines}\n")).unwrap();
            assert_eq!(zones(&report, "61079"), [(2025, Some("ZIP".to_owned()))], "{before}");
            assert_eq!(zones(&report, "61006"), [], "{before}");
        }
        let said = refusal(zip(&format!("{before};Zonage\n61006;ZIP\n")));
        assert!(said.contains(before) && said.contains("CODGEO"), "{said}");
    }

    // Two that nothing tells apart; the same codes twice are no question.
    let said = refusal(zip("CODGEO;DEPCOM;Zonage\n61006;61079;ZIP\n"));
    assert!(said.contains("« CODGEO » ou « DEPCOM »"), "{said}");
    assert!(zip("CODGEO;DEPCOM;Zonage\n61079;61079;ZIP\n").is_ok());
    // One names more communes, the other is called as it should be.
    let said = refusal(zip(
        "Code commune;Code commune de rattachement;Zonage\n61079;61006;ZIP\n61079;61001;ZIP\n",
    ));
    assert!(said.contains("ou « Code commune de rattachement »"), "{said}");
}

#[test]
fn what_is_called_like_a_fact_and_says_another_thing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (header, value, fact) in [
        ("APL aux médecins généralistes (évolution)", "2,4", "apl"),
        ("APL seniors", "2,4", "apl"),
        ("Zonage FRR", "ZAC", "zonage"),
        ("Densité médicale", "5", "densite"),
    ] {
        let content = format!("Code commune;{header}\n61079;{value}\n");
        let said = refusal(read(&folder, "f_2025.csv", &content));
        let way = format!("--colonne \"{fact}={header}\"");
        assert!(said.contains(&format!("« {header} »")) && said.contains(&way), "{said}");

        let named = format!("{fact}={header}");
        let report = read_named(&folder, "f_2025.csv", &content, &named).unwrap();
        assert_eq!(report.zonings.len(), 1);
        // Beside the right one it is left.
        let both = format!("Code commune;{header};DENS7\n61079;{value};6\n");
        let report = read(&folder, "f_2025.csv", &both).unwrap();
        assert_eq!(report.columns, ["densité : « DENS7 »"]);
    }
}

#[test]
fn a_column_per_zone_makes_one_zoning() {
    let folder = tempfile::tempdir().unwrap();
    let zoning = |lines: &str| {
        read(&folder, "z_2025.csv", &format!("code_commune;zone_zip;zone_zac\n{lines}"))
    };
    let told = |lines: &str, code: &str| {
        zones(&zoning(lines).unwrap(), code).first().and_then(|(_, zone)| zone.clone())
    };
    let lines = "61079;1;0\n61006;0;1\n61001;0;0\n";
    for (code, zone) in [("61079", Some("ZIP")), ("61006", Some("ZAC")), ("61001", Some("HZ"))] {
        assert_eq!(told(lines, code).as_deref(), zone, "{code}");
    }
    // Crosses alone: no cross is no zone.
    let crosses = "61079;x;\n61006;;x\n61001;;\n";
    assert_eq!(told(crosses, "61001").as_deref(), Some("HZ"));
    let said = refusal(zoning("61079;oui;oui\n"));
    assert!(said.contains("ZIP et ZAC") && said.contains("ligne 2"), "{said}");
    // Where no is written elsewhere, a blank may be no, or not known.
    let said = refusal(zoning("61079;1;0\n14118;;\n"));
    assert!(said.contains("ni oui ni non") && said.contains("ligne 3"), "{said}");
}

#[test]
fn pairs_of_two_vintages_are_two_zonings() {
    let folder = tempfile::tempdir().unwrap();
    let both = read(
        &folder,
        "z.csv",
        "code_commune;zip_2022;zac_2022;zip_2025;zac_2025\n61079;oui;non;non;oui\n61006;non;oui;non;non\n",
    );
    let both = zones(&both.unwrap(), "61079");
    assert_eq!(both, [(2022, Some("ZIP".into())), (2025, Some("ZAC".into()))]);
}
