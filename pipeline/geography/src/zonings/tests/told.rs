//! What the lines say: vintages, wordings, communes in several lines, what is wrong.

use super::made::{made_workbook, read, read_named, refusal, rewritten, text, trouve, zones};
use crate::communes::Communes;
use crate::zonings::read_zonings;

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let communes = Communes::embedded().unwrap();

    let erreur = |name: &str, contenu: &str| {
        let path = text(&folder, name, contenu.as_bytes());
        read_zonings(&path, None, &[], communes).unwrap_err().to_string()
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

#[test]
fn codes_are_known_by_any_vintage_and_refused_in_two_columns() {
    let folder = tempfile::tempdir().unwrap();
    for header in ["Code Insee 2025", "CODGEO_2025", "code_insee_2015", "COM 2025"] {
        let content = format!("{header};Zonage 2025\n61079;ZIP\n61006;ZAC\n");
        let report = read(&folder, "zonage.csv", &content).unwrap();
        assert_eq!(zones(&report, "61079"), [(2025, Some("ZIP".to_owned()))], "{header}");
    }

    for (department, commune) in [("DEP", "COM"), ("Code département", "Code commune")] {
        let content = format!("{department};{commune};Zonage 2025\n61;079;ZIP\n61;6;ZAC\n");
        let told = refusal(read(&folder, "zonage.csv", &content));
        assert!(told.contains("en deux colonnes") && told.contains(department), "{told}");
    }
}

#[test]
fn a_stray_quote_or_separator_gives_no_commune_the_zone_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let told = |content: &str| {
        refusal(read(&folder, "zonage_2025.csv", &format!("CODGEO;nom;zonage\n{content}")))
    };

    let swallowed = told("61079;\"c;ZIP\n61006;d;ZAC\n14126;\"e;HZ\n");
    assert!(swallowed.contains("ligne 2") && swallowed.contains("guillemet"), "{swallowed}");
    let open = told("61079;c;ZIP\n61006;\"d;ZAC\n14126;e;HZ\n");
    assert!(open.contains("ligne 3") && open.contains("guillemet"), "{open}");
    for moved in ["61006;d;e;ZAC", "61006;\"d;ZAC\"", "61006;ZAC"] {
        let told = told(&format!("61079;c;ZIP\n{moved}\n"));
        assert!(told.contains("ligne 3") && told.contains("cellules"), "{told}");
    }

    // Blank cells at the end, notes and quoted names are no fault.
    let lawful = "CODGEO;nom;zonage\n61079;\"a; b\";ZIP;;\n\nSource : ARS; lue en 2025\n";
    assert_eq!(read(&folder, "zonage_2025.csv", lawful).unwrap().kept, 1);
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
        let of = |year| read_zonings(&path, Some(year), &[], communes);
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

#[test]
fn a_range_of_years_is_refused_with_both_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let communes = Communes::embedded().unwrap();
    for label in ["Zonage 2022-2025", "Zonage 2022/25", "Zonage médecins (2022 à 2025)"] {
        let csv = format!("Code commune;{label}\n61079;ZIP\n");
        let said = refusal(read(&folder, "zonage.csv", &csv));
        assert!(said.contains("millésime 2022 ou 2025"), "{said}");
        assert!(said.contains(&format!("--colonne \"zonage={label}\" --millesime")), "{said}");

        let path = text(&folder, "zonage.csv", csv.as_bytes());
        let named = [format!("zonage={label}")];
        let report = read_zonings(&path, Some(2025), &named, communes).unwrap();
        assert_eq!(zones(&report, "61079"), [(2025, Some("ZIP".to_owned()))]);
    }

    let column = "Code commune;Millésime;Zonage\n61079;2022-2025;ZIP\n";
    let said = refusal(read(&folder, "zonage.csv", column));
    assert!(said.contains("ligne 2") && said.contains("--millesime"), "{said}");
    let negative = refusal(read(&folder, "apl_2025.csv", "CODGEO;APL\n61079;-3\n"));
    assert!(negative.contains("« -3 »") && negative.contains("de 0 à 99,99"), "{negative}");
}

#[test]
fn lines_of_others_and_of_the_past_are_left_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "Code commune;Spécialité;Statut;Date de fin;Zonage\n\
        61079;Médecin généraliste;en vigueur;;ZIP\n61006;Infirmier;en vigueur;;ZAC\n\
        27082;Médecin généraliste;abrogé;;ZAC\n14118;MG;en vigueur;31/12/2024;ZAC\n14126;MG;en vigueur;30/06/2025;HZ\n";
    let report = read(&folder, "zonage_2025.csv", csv).unwrap();
    let kept: Vec<&str> = report.zonings.iter().map(|z| z.code_commune.as_str()).collect();
    assert_eq!(kept, ["14126", "61079"]);
    assert_eq!((report.rows_read, report.kept), (5, 2));
    assert_eq!((report.other_profession, report.not_in_force), (1, 2));

    let only = |column: &str, value: &str| {
        let csv = format!("Code commune;{column};Zonage\n61079;{value};ZIP\n");
        refusal(read(&folder, "zonage_2025.csv", &csv))
    };
    for (column, value) in [
        ("Profession", "Infirmiers"),
        ("Catégorie", "Sages-femmes"),
        ("Statut", "caduc"),
        ("Observation", "Abrogé"),
        ("En vigueur", "non"),
        ("Valable jusqu'au", "31/12/2023"),
        ("Valide au", "31/12/2023"),
        ("Période", "2022-2024"),
    ] {
        let said = only(column, value);
        assert!(said.contains("aucune ligne des médecins"), "{column}: {said}");
    }
    for (column, value) in [
        ("Profession", "Cardiologue"),
        ("Spécialité", "24"),
        ("Statut", "n'est plus en vigueur"),
        ("Date de fin", "bientôt"),
    ] {
        let said = only(column, value);
        assert!(said.contains(&format!("« {column} » = « {value} »")), "{said}");
        assert!(said.contains("ligne 2"), "{said}");
    }

    // What is called so, and tells of something else.
    let besides = "Code commune;Statut de la commune;Nombre de professionnels;Projet de santé;Zonage\n61079;Ancienne commune;3;oui;ZIP\n";
    assert_eq!(read(&folder, "zonage_2025.csv", besides).unwrap().kept, 1);
}

#[test]
fn a_file_saved_again_in_another_encoding_is_read_or_says_how_to_save_it() {
    let folder = tempfile::tempdir().unwrap();
    let communes = Communes::embedded().unwrap();
    let csv = "Code commune;Zonage médecins\n61079;Zone d’intervention prioritaire\n";
    let wide: Vec<u8> =
        format!("\u{feff}{csv}").encode_utf16().flat_map(u16::to_le_bytes).collect();

    let ansi = encoding_rs::WINDOWS_1252.encode(csv).0.into_owned();
    for bytes in [csv.as_bytes(), &ansi, &wide] {
        let path = text(&folder, "zonage_2025.csv", bytes);
        let report = read_zonings(&path, None, &[], communes).unwrap();
        assert_eq!(zones(&report, "61079"), [(2025, Some("ZIP".to_owned()))]);
        assert_eq!(report.columns, ["zonage : « Zonage médecins »"]);
    }

    let path = text(&folder, "zonage_2025.csv", &wide[2..]);
    let said = refusal(read_zonings(&path, None, &[], communes));
    assert!(said.contains("UTF-16") && said.contains("en UTF-8"), "{said}");
}

#[test]
fn a_workbook_with_a_password_says_so() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let manifest = "<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\
        <manifest:file-entry manifest:full-path=\"content.xml\"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";

    for part in ["content.xml", "encrypted-package"] {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in [
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", manifest),
            (part, "x"),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes.as_bytes()).unwrap();
        }
        let path = text(&folder, "zonage_2025.ods", &zip.finish().unwrap().into_inner());

        let said = refusal(read_zonings(&path, None, &[], Communes::embedded().unwrap()));
        assert!(said.contains("mot de passe") && said.contains("LibreOffice"), "{said}");
    }
}

#[test]
fn a_formula_that_was_not_computed_is_no_blank() {
    let folder = tempfile::tempdir().unwrap();
    let communes = Communes::embedded().unwrap();
    let rows: [&[&str]; 3] =
        [&["CODGEO", "LIBGEO", "DENS7"], &["61006", "A", "3"], &["61079", "B", "5"]];
    let path = made_workbook(&folder, "grille_2025.xlsx", &[("Grille", &rows)]);
    let read = || read_zonings(&path, None, &[], communes);
    let with = |from: &str, to: &str| {
        rewritten(&path, |xml| {
            assert!(xml.contains(from), "{xml}");
            xml.replace(from, to)
        });
    };

    with("<v>5</v>", "<f>2+3</f><v>5</v>");
    assert_eq!(trouve(&read().unwrap(), "61079").density7, Some(5));
    with("<f>2+3</f><v>5</v>", "<f>2+3</f>");
    let said = refusal(read());
    assert!(said.contains("cellule C3") && said.contains("tableur"), "{said}");
}
