//! A cause is named where it stands, before what follows from it.

use super::values::{ISO_BUS, offer};
use super::*;

fn first(seen: &Checked) -> String {
    let told = &seen.findings[0];
    format!("{} {}", told.message, told.hint)
}

#[test]
fn a_row_given_twice_names_the_file_and_the_line_of_the_other() {
    let head = "id_medicobus;annee;financeur;nature;montant\n";
    let row = "28-orne-01;2025;fir;fonctionnement;75000\n";
    let case = Case::new()
        .file("financements.csv", format!("{head}{row}").as_bytes())
        .file("financements_bis.csv", format!("{head}{row}").as_bytes());
    let seen = case.check();
    let told = seen.findings.iter().find(|f| f.rule == Rule::Unicite).unwrap();
    assert!(told.message.contains("ligne 2 de financements.csv"), "{told:?}");
}

#[test]
fn rows_of_buses_whose_table_does_not_read_are_told_in_one_line() {
    let rows: Vec<String> = (0..40).map(|i| good(&format!("C{i}"))).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    for bus in [&b"nom;code_region\nx;28\n"[..], b"", b"\r\n\r\n", b"PK\x03\x04"] {
        let seen = Case::new().file("medicobus.csv", bus).consultations(&rows).check();
        assert!(!seen.accepted());
        assert_eq!(seen.findings[0].file, "medicobus.csv", "{:?}", seen.findings[0]);
        let others: Vec<_> =
            seen.findings.iter().filter(|f| f.rule == Rule::CleEtrangere).collect();
        assert_eq!(others.len(), 1, "{others:?}");
        assert!(others[0].message.contains("ne se lit pas"), "{:?}", others[0]);
    }

    // A table that reads and lacks the bus leaves its rows to blame.
    let other = BUS.replace("28-orne-01", "28-orne-02");
    let seen = Case::new().file("medicobus.csv", other.as_bytes()).consultations(&rows).check();
    let blamed = seen.findings.iter().filter(|f| f.rule == Rule::CleEtrangere).count();
    assert_eq!(blamed, 40);
}

#[test]
fn a_file_without_a_row_says_what_it_holds() {
    for (bytes, what) in [
        (&b""[..], "est vide"),
        (b"\xef\xbb\xbf", "est vide"),
        (b"\r\n\r\n\n", "fins de ligne"),
        (b"\0\0\0\0\0\0\0\0", "octets nuls"),
    ] {
        let seen = Case::new().file("offre.csv", bytes).check();
        assert!(!seen.accepted());
        assert!(first(&seen).contains(what), "{what}: {}", first(&seen));
    }
    let seen = Case::new().file("offre.csv", b"code_commune,\"da").check();
    assert!(!seen.accepted());
    assert!(!first(&seen).contains("est vide"), "{}", first(&seen));
}

#[test]
fn a_day_of_one_reading_is_read_beside_months_that_come_first() {
    let rows = [("C1", "03/17/2025"), ("C2", "03/18/2025")];
    let rows = rows.map(|(id, day)| good(id).replace("2025-03-04", day));
    let seen = Case::new()
        .file("medicobus.csv", ISO_BUS.as_bytes())
        .consultations(&[&rows[0], &rows[1]])
        .check();
    assert_eq!(seen.rules(), []);
    let dialect = seen
        .report
        .files
        .iter()
        .find_map(|f| f.dialect.as_ref().filter(|d| d.dates.contains("mm/jj")));
    assert_eq!(dialect.unwrap().dates, "AAAA-MM-JJ et mm/jj/aaaa");
}

#[test]
fn a_column_in_another_unit_is_not_to_be_renamed_as_it_stands() {
    let funded = |head: &str| {
        let text = format!(
            "id_medicobus;annee;financeur;nature;{head}\n28-orne-01;2025;fir;fonctionnement;75\n"
        );
        Case::new().file("financements.csv", text.as_bytes()).check()
    };
    for (head, advice) in [
        ("montant (k€)", "par 1000,"),
        ("montant (M€)", "par 1000000,"),
        ("montant (%)", "pourcentages"),
    ] {
        let seen = funded(head);
        assert!(!seen.accepted());
        let told = first(&seen);
        assert!(told.contains(advice) && !told.contains("renommez la colonne"), "{head}: {told}");
    }
    assert_eq!(funded("montant (€)").rules(), []);
}

#[test]
fn a_bus_whose_accents_became_other_signs_is_refused_with_what_happened() {
    for (name, word) in [
        ("MÈdicobus", "Mac Roman"),
        ("MŽdicobus", "Mac Roman"),
        ("d'…vreux", "Mac Roman"),
    ] {
        let bus = ISO_BUS.replace("Essai", name);
        let seen = Case::new().file("medicobus.csv", bus.as_bytes()).check();
        assert_eq!(seen.rules()[0], ("encodage", 2), "{name}");
        assert!(seen.findings[0].message.contains(word), "{:?}", seen.findings[0]);
    }
    let names = ["BusÉmeraude", "MédicÎle", "L'Haÿ-les-Roses"];
    for name in names {
        let bus = ISO_BUS.replace("Essai", name);
        assert_eq!(Case::new().file("medicobus.csv", bus.as_bytes()).check().rules(), [], "{name}");
    }
    assert_eq!(Case::new().file("offre.csv", &offer(&["2025-03-04"])).check().rules(), []);
}
