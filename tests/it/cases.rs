//! Deliveries as they come out of spreadsheets, notepads and archivers: each gives the right value, or a refusal that names the reason
//! and the way out. What is wrong in them was reported in public; the bytes are made up.

use std::io::Write;
use std::path::PathBuf;

use crate::fixture::{End, Place, copy_folder, repository};

const TOTAL: &str = "SELECT count(*) AS n, count(DISTINCT cle_patient) AS p FROM consultations";

fn fixtures() -> PathBuf {
    repository().join("tests/fixtures")
}

/// A place with a delivery without fault in its folder `l`.
fn whole() -> Place {
    let place = Place::new();
    copy_folder(&fixtures().join("livraison"), &place.path().join("l"));
    place
}

/// The same, loaded, then with this file of it under another name or with other content.
fn replaced(file: &str, by: &str, content: Option<&[u8]>) -> Place {
    let place = whole();
    charged(&place, "l", 0);

    let folder = place.path().join("l");
    let bytes = std::fs::read(folder.join(file)).unwrap();
    std::fs::remove_file(folder.join(file)).unwrap();
    std::fs::write(folder.join(by), content.unwrap_or(&bytes)).unwrap();
    place
}

fn charged(place: &Place, name: &str, code: i32) -> End {
    place.medicobus(&format!("charger {name} --aujourdhui 2026-11-01")).exits(code)
}

/// What the store answers, without the header line.
fn asked(place: &Place, query: &str) -> String {
    let end = place.run(&["sql", query, "--format", "csv", "--sans-secret"]).exits(0);
    let rows = end.stdout.lines().skip(1).map(|row| row.trim_end_matches(",NON DIFFUSABLE"));
    rows.collect::<Vec<_>>().join("\n")
}

/// The delivery without fault answers so.
fn holds_all(place: &Place) {
    assert_eq!(asked(place, TOTAL), "102,74");
    let honoured = "SELECT count(*) AS n, sum(creneaux_honores) AS h FROM tournees";
    assert_eq!(asked(place, honoured), "17,102");
}

/// A00, A10, A07b, A07a, A08: read as they were meant.
#[test]
fn names_encodings_and_archives_do_not_change_what_is_read() {
    let place = whole();
    charged(&place, "l", 0);
    holds_all(&place);

    let folder = place.path().join("l");
    for (from, to) in [
        ("consultations.csv", "ARS28_v1.2_consultations.csv"),
        ("tournees.csv", "28.03.2025_tournees.csv"),
        ("livraison.toml", "livraison.toml.txt"),
    ] {
        std::fs::rename(folder.join(from), folder.join(to)).unwrap();
    }
    charged(&place, "l", 0);
    holds_all(&place);

    let header = std::fs::read_to_string(folder.join("livraison.toml.txt")).unwrap();
    std::fs::remove_file(folder.join("livraison.toml.txt")).unwrap();
    let wide: Vec<u8> =
        format!("\u{feff}{header}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.join("livraison.toml"), wide).unwrap();
    charged(&place, "l", 0);
    holds_all(&place);

    let place = Place::new();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(place.path().join("l.zip")).unwrap());
    for file in crate::fixture::files(&fixtures().join("livraison")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        zip.start_file(format!("28-2025-03|{name}"), zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&std::fs::read(&file).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    // The writer knows no backslashes.
    let mut bytes = std::fs::read(place.path().join("l.zip")).unwrap();
    for at in 0..bytes.len() - 11 {
        if bytes[at..].starts_with(b"28-2025-03|") {
            bytes[at + 10] = b'\\';
        }
    }
    std::fs::write(place.path().join("l.zip"), bytes).unwrap();
    charged(&place, "l.zip", 0);
    holds_all(&place);
}

/// A11, and its neighbours: the whole delivery that is in the store stays.
#[test]
fn a_table_that_is_not_read_leaves_the_store_as_it_was() {
    for (name, bytes, said) in [
        (
            "consultations.xlsb",
            b"PK\x03\x04 et des octets".as_slice(),
            "demandez-le de nouveau",
        ),
        ("consultations.7z", b"7z\xBC\xAF", "refaites l'archive au format ZIP"),
        ("consultations.dbf", b"x", "enregistrez la table en CSV ou XLSX"),
        ("rendez_vous.csv", b"", "consultations"),
    ] {
        let content = Some(bytes).filter(|b| !b.is_empty());
        let place = replaced("consultations.csv", name, content);
        charged(&place, "l", 1).says(said);
        holds_all(&place);
    }

    // Nobody sent it: nothing is misread, yet the store would lose the table.
    let place = replaced("consultations.csv", "note.md", Some(b"Les consultations suivront."));
    charged(&place, "l", 1)
        .says("consultations (102 lignes au dépôt, 0 dans la livraison)")
        .says("--remplacer-partiellement");
    holds_all(&place);

    // Half of the rows is most of them or not.
    let all = std::fs::read_to_string(fixtures().join("livraison/consultations.csv")).unwrap();
    let first = |rows: usize| all.lines().take(rows + 1).collect::<Vec<_>>().join("\n");
    std::fs::write(place.path().join("l/consultations.csv"), first(51)).unwrap();
    charged(&place, "l", 1).says("51 dans la livraison");
    std::fs::write(place.path().join("l/consultations.csv"), first(50)).unwrap();
    charged(&place, "l", 1).says("50 dans la livraison");
    charged(&place, "l --remplacer-partiellement", 0).says("annule et remplace");
    assert!(asked(&place, TOTAL).starts_with("50,"));
    std::fs::write(place.path().join("l/consultations.csv"), first(30)).unwrap();
    charged(&place, "l", 0);

    // A little less than half again: 16 of 50, since 50 was meant.
    std::fs::write(place.path().join("l/consultations.csv"), first(16)).unwrap();
    charged(&place, "l", 1).says("50 lignes en version 4, 30 lignes au dépôt, 16 dans");
}

/// B18: « Fin. » stands for no table by its name, and its columns say which.
#[test]
fn a_sheet_whose_name_says_too_little_refuses_the_workbook() {
    let place = whole();
    let workbook = fixtures().join("classeurs/B18.xlsx").display().to_string();
    charged(&place, &workbook, 1)
        .says("B18.xlsx [Fin.]")
        .says("colonnes sont celles de la table financements")
        .says("nommez le fichier ou la feuille « financements »");
}

/// B06: an hour is what the cell shows, whatever day lies behind.
#[test]
fn hours_in_cells_are_hours() {
    let place = Place::new();
    let workbook = fixtures().join("classeurs/B06.xlsx").display().to_string();
    let end = charged(&place, &format!("{workbook} --tolerance 0.5"), 0);
    assert!(!end.stderr.contains("1900"), "{}", end.stderr);

    let query = "SELECT date, heure_debut FROM tournees ORDER BY date";
    let asked = asked(&place, query);
    let hours: Vec<&str> = asked.lines().map(|row| &row[8..]).collect();
    // Behind nine o'clock, a day or a thousandth of a second that no cell shows. A bare 0.375 (the 6th) and a length of 24 hours (the
    // 12th) are refused.
    assert_eq!(hours[..4], ["03,09:00", "04,09:00", "05,09:00", "10,09:00"]);
    assert_eq!(hours[4..8], ["11,08:59", "13,00:00", "17,09:00", "18,09:00"]);
    assert_eq!(hours.len(), 14);
    end.says("3 × ligne refusée [motif] B06.xlsx [tournees], champ heure_debut (colonne D), lignes 5, 8, 18");
}

/// A13a: a code that looks right.
#[test]
fn what_cannot_be_seen_in_a_code_is_shown() {
    let buses = std::fs::read_to_string(fixtures().join("livraison/medicobus.csv")).unwrap();
    let buses = buses.replace("WILD-61-A", "WILD-61-A\u{200b}");
    let place = replaced("medicobus.csv", "medicobus.csv", Some(buses.as_bytes()));
    charged(&place, "l", 1).says("caractère invisible, U+200B");

    let quarantine = place.files().into_iter().filter(|path| path.ends_with("quarantaine.csv"));
    let shown = quarantine
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect::<String>();
    assert!(shown.contains("WILD-61-A⟨U+200B⟩"), "{shown}");
    holds_all(&place);
}

/// A15a: written as dates are, and no day of the calendar that is meant.
#[test]
fn the_end_of_time_is_no_date() {
    let buses = std::fs::read_to_string(fixtures().join("livraison/medicobus.csv")).unwrap();
    let buses = buses.replace(",,", ",9999-12-31,");
    let place = replaced("medicobus.csv", "medicobus.csv", Some(buses.as_bytes()));
    charged(&place, "l", 1)
        .says("l'année 9999 n'est celle d'aucun jour")
        .says("laissez la case vide");
    holds_all(&place);
}

/// C01: beside three levels and the attraction areas, the seven levels are read.
#[test]
fn of_the_grids_side_by_side_the_seven_levels_are_stored() {
    let place = Place::new();
    let file = "fichier_diffusion_2025.xlsx";
    std::fs::copy(fixtures().join("classeurs/C01.xlsx"), place.path().join(file)).unwrap();
    place.run(&["referentiel", file]).exits(0).says("densité : « DENS7 »");

    let levels = "SELECT code_commune, millesime, densite7 FROM zonages ORDER BY code_commune";
    assert_eq!(
        asked(&place, levels),
        "14118,2025,1\n27032,2025,6\n27082,2025,7\n2A004,2025,2\n61006,2025,3\n61079,2025,5"
    );
}

/// C04: what is outside any zone is not ZIP, and a wording that may mean several zones is refused.
#[test]
fn wordings_of_no_zone_are_not_zip() {
    let place = Place::new();
    let path = place.path().join("zonage_2025.csv");
    let lines = "Code commune;Commune;Zonage\n61006;A;Hors ZIP et ZAC\n61079;B;Hors ZIP/ZAC\n\
        27032;C;Ni ZIP ni ZAC\n27082;D;ZAC (ex-ZIP)\n14118;E;Hors-Zonage (HZ)\n";

    std::fs::write(&path, format!("{lines}14126;F;Non ZIP\n")).unwrap();
    let end = place.run(&["referentiel", "zonage_2025.csv"]).exits(1);
    end.says("ligne 7").says("Non ZIP").says("écrire ZIP, ZAC, ZAR ou HZ");

    std::fs::write(&path, lines).unwrap();
    place.run(&["referentiel", "zonage_2025.csv"]).exits(0);
    let zones = "SELECT code_commune, zonage_mg FROM zonages ORDER BY code_commune";
    assert_eq!(asked(&place, zones), "14118,HZ\n27032,HZ\n27082,ZAC\n61006,HZ\n61079,HZ");
}
