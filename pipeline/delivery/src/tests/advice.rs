//! What a finding advises can be done, and mends it.

use super::*;

const POINT_BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,date_mise_en_service,jours_par_semaine\n28-orne-01,Essai,28,61,cpts,2024-03-18,4.5\n";

fn amounts(rows: &[&str]) -> String {
    let mut text = String::from("id_medicobus;annee;financeur;nature;montant\n");
    for (row, financeur) in rows.iter().zip(["fir", "region", "commune", "departement", "etat"]) {
        text.push_str(&format!("28-orne-01;2025;{financeur};fonctionnement;{row}\n"));
    }
    text
}

fn with(bus: &str, amounts: &str, header: &str) -> Checked {
    let stated = format!("region = \"28\"\nperiode = \"2025\"\n{header}");
    Case::new()
        .file("livraison.toml", stated.as_bytes())
        .file("medicobus.csv", bus.as_bytes())
        .file("financements.csv", amounts.as_bytes())
        .check()
}

#[test]
fn only_marks_that_the_other_files_admit_are_offered_and_they_mend() {
    let comma_bus = POINT_BUS.replace(",4.5\n", ",\"4,5\"\n");
    let both = POINT_BUS.replace("28-orne-01", "28-orne-02").replace(",4.5\n", ",\"4,5\"\n");
    for (bus, offered) in [
        (POINT_BUS.replace(",4.5\n", ",4\n"), vec![",", "."]),
        (POINT_BUS.to_owned(), vec!["."]),
        (comma_bus.clone(), vec![","]),
        (format!("{POINT_BUS}{}", both.lines().nth(1).unwrap()), vec![]),
    ] {
        let text = amounts(&["75.000", "120.000"]);
        let seen = with(&bus, &text, "");
        let told = seen.findings.iter().find(|f| f.rule == Rule::NombreAmbigu).unwrap();
        assert!(told.hint.contains("75000 ou 75,00"), "{told:?}");
        for mark in [",", "."] {
            let statement = format!("decimale = \"{mark}\"");
            assert_eq!(told.hint.contains(&statement), offered.contains(&mark), "{}", told.hint);
            if offered.contains(&mark) {
                let seen = with(&bus, &text, &format!("[dialecte]\n{statement}\n"));
                assert_eq!(seen.rules(), [], "{statement}");
            }
        }
        for written in ["75000", "75,00"] {
            let seen = with(&bus, &amounts(&[written, "120000"]), "");
            assert_eq!(seen.rules(), [], "{written}");
        }
    }
}

#[test]
fn a_number_with_both_marks_decides_its_column_whatever_other_files_show() {
    let seen = with(POINT_BUS, &amounts(&["75.000,00", "120.000"]), "");
    assert_eq!(seen.rules(), []);
    let batch = &seen.rows.0["financements"][0];
    let cents = batch.column_by_name("montant").unwrap().as_primitive::<Decimal128Type>();
    assert_eq!(cents.values().to_vec(), [7_500_000, 12_000_000]);
}

#[test]
fn an_amount_of_two_readings_is_told_first_and_passes_under_no_tolerance() {
    let rows: Vec<String> = (0..400).map(|i| good(&format!("C{i}"))).collect();
    let consultations = format!("{HEAD}\n{}\n", rows.join("\n"));
    for amounts in [amounts(&["75000", "120.000"]), amounts(&["120.000"])] {
        let seen = Case::new()
            .file("medicobus.csv", POINT_BUS.as_bytes())
            .file("consultations.csv", consultations.as_bytes())
            .file("financements.csv", amounts.as_bytes())
            .check();
        let Verdict::Refused { why } = &seen.report.verdict else { panic!("accepted") };
        assert!(why[0].starts_with("financements.csv, montant, ligne"), "{why:?}");
        assert!(why[0].contains("120000 ou 120,00"), "{why:?}");
    }
}

#[test]
fn dates_and_amounts_in_other_writings_say_how_to_write_them() {
    let told = |bus: &str, rows: &[&str], header: &str| {
        let seen = with(bus, &amounts(rows), header);
        let told = seen.findings.into_iter().find(|f| f.line.is_some()).unwrap();
        format!("{} {}", told.message, told.hint)
    };

    for (amount, way_out) in [
        ("75 k€", "75000 pour « 75 k€ »"),
        ("75k", "75000 pour « 75 k€ »"),
        ("1,2 M€", "75000 pour « 75 k€ »"),
        ("75 000 € HT", "sans unité"),
        ("néant", "le nombre en chiffres"),
    ] {
        let said = told(POINT_BUS, &["12", amount], "");
        assert!(said.contains(way_out), "{amount}: {said}");
    }

    let optional = told(&POINT_BUS.replace("4.5", "néant"), &["12"], "");
    assert!(optional.contains("laissez vide"), "{optional}");
    let short = POINT_BUS.replace("2024-03-18", "18/03/24");
    let said = told(&short, &["12"], "");
    assert!(said.contains("deux chiffres") && said.contains("04/03/2025"), "{said}");

    let month_first = POINT_BUS.replace("2024-03-18", "03/18/2024");
    let said = told(&month_first, &["12"], "[dialecte]\nformat_date = \"jj/mm/aaaa\"\n");
    assert!(said.contains("le mois vient d'abord") && said.contains("AAAA-MM-JJ"), "{said}");

    // To state one order would refuse the dates of the other.
    let two = format!("{month_first}{}", POINT_BUS.lines().nth(1).unwrap())
        .replacen("2024-03-18", "18/03/2024", 1)
        .replace("28-orne-01,Essai,28,61,cpts,18", "28-orne-02,Essai,28,61,cpts,18");
    let said = told(&two, &["12"], "");
    assert!(said.contains("toutes les dates") && !said.contains("format_date"), "{said}");
}
