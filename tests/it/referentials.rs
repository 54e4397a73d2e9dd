//! Official zonings that take the place of others: what changes is said, what would be lost needs a word.

use crate::fixture::{End, Place};

const HEADER: &str = "Code commune;Commune;Zonage\n";

/// Communes of Normandie, each ZIP.
fn normandie(count: usize) -> String {
    let codes = [
        "61001", "61002", "61005", "61006", "61007", "61008", "61010", "61011", "61079", "14118",
        "27032", "27082",
    ];
    codes.iter().take(count).map(|code| format!("{code};x;ZIP\n")).collect()
}

fn loaded(place: &Place, name: &str, lines: &str, options: &str) -> End {
    place.write(name, &format!("{HEADER}{lines}"));
    place.medicobus(&format!("referentiel {name} {options}"))
}

fn zones(place: &Place) -> String {
    let query =
        "SELECT count(*) AS n, count(CASE WHEN zonage_mg = 'ZIP' THEN 1 END) AS zip FROM zonages";
    let answer = place.run(&["sql", query, "--format", "csv"]).exits(0).stdout;
    answer.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_shorter_file_of_the_same_source_is_refused_unless_meant() {
    let place = Place::new();
    loaded(&place, "zonage_2025.csv", &normandie(12), "")
        .exits(0)
        .says("12 communes");
    let whole = zones(&place);

    for count in [2, 6] {
        let end = loaded(&place, "extrait_2025.csv", &normandie(count), "").exits(1);
        end.says(&format!("12 communes au dépôt, {count} dans le fichier"))
            .says("--remplacer-partiellement");
        assert_eq!(zones(&place), whole);
    }

    loaded(&place, "extrait_2025.csv", &normandie(7), "")
        .exits(0)
        .says("12 → 7 communes");
    // Seven of twelve, then five: the best one counts.
    let again = loaded(&place, "extrait_2025.csv", &normandie(5), "").exits(1);
    again.says("12 communes en version 1, 7 communes au dépôt, 5 dans le fichier");
    loaded(&place, "extrait_2025.csv", &normandie(2), "--remplacer-partiellement")
        .exits(0)
        .says("7 → 2 communes");
    assert_eq!(zones(&place), "2,2");
}

#[test]
fn what_is_said_otherwise_is_named() {
    let place = Place::new();
    loaded(&place, "zonage_2025.csv", &normandie(4), "").exits(0);

    let lines = normandie(4).replacen("ZIP", "ZAC", 1).replacen("61006;x;ZIP", "61006;x;", 1);
    let end = loaded(&place, "zonage_2025.csv", &lines, "").exits(0).says("4 → 4 communes");
    end.says("autrement qu'avant (2) : 61001 (zonage ZIP → ZAC) ; 61006 (zonage ZIP → vide)");

    // Another source, of the same year.
    place.write(
        "zonages.csv",
        "code_commune,millesime,zonage_mg,source\n61001,2025,HZ,essai\n61002,2025,ZIP,essai\n",
    );
    let end = place.medicobus("referentiel zonages.csv").exits(0);
    end.says("par une autre source (1) : 61001 (zonage HZ, mais ZAC d'après « ARS");
}

/// The same bytes, another column: what is stored is what was asked for.
#[test]
fn a_file_read_otherwise_is_not_unchanged() {
    let place = Place::new();
    place.write("z.csv", "Code commune;Zonage A;Zonage B\n61006;ZIP;HZ\n61079;ZIP;HZ\n");
    let load = |column: &str| {
        place
            .run(&["referentiel", "z.csv", "--millesime", "2025", "--colonne", column])
            .exits(0)
    };

    load("zonage=Zonage A").says("version 1");
    load("zonage=Zonage A").says("inchangé");
    load("zonage=Zonage B").says("zonage ZIP → HZ");
    assert_eq!(zones(&place), "2,0");
}

#[test]
fn codes_that_a_spreadsheet_wrote_as_numbers_are_read_and_others_named() {
    let place = Place::new();
    let lines =
        "61079.0;x;ZIP\n7001.0;x;ZIP\n61006,00;x;ZIP\n61007.5;x;ZIP\n6,11E+04;x;ZIP\nTotal;;\n";
    let end = loaded(&place, "zonage_2025.csv", lines, "").exits(0);
    end.says("3 lignes lues : 3 retenues")
        .says("3 sans code de commune")
        .says("codes illisibles, écartés (2) : « 61007.5 » (ligne 5) ; « 6,11E+04 » (ligne 6)");
    assert_eq!(zones(&place), "3,3");
}

#[test]
fn exit_codes_tell_a_refused_file_from_a_wrong_command_and_a_damaged_one() {
    let place = Place::new();
    loaded(&place, "zonage_2025.csv", "61006;x;verte\n", "")
        .exits(1)
        .says("illisible");
    loaded(&place, "zonage.csv", &normandie(2), "").exits(1).says("millésime");
    place.write("a.docx", "x");
    place.medicobus("referentiel a.docx").exits(1).says("ni un CSV ni un classeur");

    loaded(&place, "zonage_2025.csv", &normandie(2), "--colonne Zonag").exits(2);

    for (name, bytes) in [
        ("a_2025.xlsx", "PK\u{3}\u{4} et des octets"),
        ("a_2025.xls", "x"),
        ("a_2025.ods", "PK"),
    ] {
        place.write(name, bytes);
        let end = place.medicobus(&format!("referentiel {name}")).exits(3);
        let end = end.says("il est abîmé, ou n'est pas un classeur");
        for english in ["error", "Error", "invalid", "cause :", "file"] {
            assert!(!end.stderr.contains(english), "{}", end.stderr);
        }
    }
}
