//! The official files of zonings in the forms in which they are published, through the program.

use crate::fixture::{Place, repository};

/// The workbook that a text of `tests/fixtures/officiels` describes, written into `place`.
fn published(place: &Place, name: &str) -> String {
    let source = repository().join("tests/fixtures/officiels").join(format!("{name}.txt"));
    let mut workbook = rust_xlsxwriter::Workbook::new();

    for part in std::fs::read_to_string(source).unwrap().split("\n[") {
        let (sheet, lines) = part.trim_start_matches('[').split_once("]\n").unwrap();
        let sheet = workbook.add_worksheet().set_name(sheet).unwrap();

        for (rank, line) in (0..).zip(lines.lines()) {
            for (column, cell) in (0..).zip(line.split(';')).filter(|(_, cell)| !cell.is_empty()) {
                match (cell.strip_prefix('\''), cell.parse::<f64>()) {
                    (None, Ok(number)) => sheet.write_number(rank, column, number),
                    (text, _) => sheet.write_string(rank, column, text.unwrap_or(cell)),
                }
                .unwrap();
            }
        }
    }

    let file = format!("{name}.xlsx");
    workbook.save(place.path().join(&file)).unwrap();
    file
}

/// The store's zonings after this file, with these options.
fn stored(name: &str, options: &[&str], says: &[&str]) -> String {
    asked("densite7, zonage_mg, apl_mg", name, options, says)
}

/// These columns of the store's zonings.
fn asked(columns: &str, name: &str, options: &[&str], says: &[&str]) -> String {
    let place = Place::new();
    let file = published(&place, name);
    let mut end = place.run(&[&["referentiel", &file], options].concat()).exits(0);
    for text in says {
        end = end.says(text);
    }

    let query =
        format!("SELECT code_commune, millesime, {columns} FROM zonages ORDER BY code_commune");
    let answer = place.run(&["sql", &query, "--format", "csv"]).exits(0).stdout;
    answer.lines().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn insee_s_grid_has_its_seven_levels_in_the_sheet_of_communes() {
    let says = [
        "feuille « Maille communale », densité : « DENS7 »",
        "4 lignes lues : 4 retenues",
    ];
    let grid = stored("fichier_diffusion_2025", &[], &says);
    assert_eq!(grid, "01001,2025,6,, 2A004,2025,2,, 61006,2025,3,, 61079,2025,5,,");

    // The grid of 2025 in the communes of 2026: two years may date it.
    let place = Place::new();
    let file = published(&place, "fichier_diffusion_2026");
    let asked = place.run(&["referentiel", &file]).exits(1).says("millésime 2025 ou 2026");
    asked.says("--millesime AAAA");
    let dated = stored("fichier_diffusion_2026", &["--millesime", "2026"], &says);
    assert_eq!(dated, grid.replace("2025", "2026"));
}

#[test]
fn drees_s_apl_is_that_of_all_doctors_in_the_last_vintage_or_the_one_asked_for() {
    let name = "Indicateur d'APL aux médecins généralistes";
    let says = [
        "feuille « APL 2024 », APL : « APL aux médecins généralistes »",
        "feuilles d'autres années, laissées : APL 2023, APL 2022",
        "12 lignes lues : 12 retenues",
    ];
    // Lyon: Σn² / Σn for 1…9.
    let others = |year: &str| format!("61006,{year},,,2.45 61079,{year}");
    let last = stored(name, &[], &says);
    assert_eq!(last, format!("2A004,2024,,,3.1 {},,,2 69123,2024,,,6.33", others("2024")));

    let asked = stored(name, &["--millesime", "2023"], &["feuille « APL 2023 »"]);
    assert_eq!(asked, format!("2A004,2023,,,3.1 {},,,2.13 69123,2023,,,6.33", others("2023")));
}

#[test]
fn the_ministry_s_zoning_is_that_of_the_arrete_not_of_the_national_concertation() {
    let says = [
        "feuille « Zonage_communes », zonage : « Qualification attribuée par l'arrêté régional »",
        "4 lignes lues : 4 retenues",
    ];
    let zones = stored("Zonage_medecin_20191231", &[], &says);
    assert_eq!(zones, "14118,2019,,HZ, 27082,2019,,HZ, 61006,2019,,ZIP, 61079,2019,,ZAC,");
}

#[test]
fn an_agency_s_annexe_is_read_once_dated_and_what_it_has_not_decided_is_blank() {
    let place = Place::new();
    let file = published(&place, "Normandie");
    place.run(&["referentiel", &file]).exits(1).says("ne dit pas son millésime");

    let zones = stored("Normandie", &["--millesime", "2022"], &["feuille « TVS »"]);
    let decided = "14118,2022,,HZ, 27082,2022,,HZ, 61001,2022,,, 61006,2022,,ZIP, 61079,2022,,ZAC,";
    assert_eq!(zones, decided);
    let in_force = stored("mg_en_vigueur", &["--millesime", "2022"], &["« zonage_regional »"]);
    assert_eq!(in_force, decided.replace("61001,2022,,, ", ""));
}

/// Zonings are decided by territoire de vie-santé: each of these files says which communes make one, whatever it calls the column.
#[test]
fn the_territoires_de_vie_sante_are_read_beside_their_zoning() {
    let composition = |name: &str, year: &[&str], says: &str| {
        let says = [says, "réparties en", "territoires de vie-santé (TVS)"];
        asked("code_tvs, nom_tvs", name, year, &says)
    };
    let four = |year: &str| {
        let rows = [
            ("14118", "14118,Caen"),
            ("27082", "27082,Conches-en-Ouche"),
            ("61006", "61006,Argentan"),
            ("61079", "6104_,Val-au-Perche"),
        ];
        rows.map(|(commune, tvs)| format!("{commune},{year},{tvs}")).join(" ")
    };

    let ministry = "TVS : « Code du territoire de vie-santé »";
    assert_eq!(composition("Zonage_medecin_20191231", &[], ministry), four("2019"));

    let year = ["--millesime", "2022"];
    assert_eq!(composition("mg_en_vigueur", &year, "TVS : « TVS »"), four("2022"));
    let annexe = four("2022").replace("61006,2022", "61001,2022,61001,Alençon 61006,2022");
    assert_eq!(composition("Normandie", &year, ministry), annexe);
}
