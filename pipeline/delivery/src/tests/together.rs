//! What rows say together, or beside another table, and no row alone: days without service, consultations without slots, postal codes, a
//! file of another région, two headers.

use super::*;

fn told(seen: &Checked, rule: Rule) -> &Finding {
    let found = seen.findings.iter().find(|f| f.rule == rule);
    found.unwrap_or_else(|| panic!("{} is not among {:?}", rule.code(), seen.rules()))
}

#[test]
fn a_day_without_service_is_told() {
    let bus = BUS
        .replace(";jours_par_semaine", ";date_fin")
        .replace(";4,5", ";2025-06-30")
        .replace("18/03/2024", "2025-02-01");
    let on = |id: &str, day: &str| {
        good(id).replace("2025-03-04", day).replace(",2025-02-25,", ",2024-12-01,")
    };
    let rows = [
        on("C1", "2025-01-31"),
        on("C2", "2025-02-01"),
        on("C3", "2025-06-30"),
        on("C4", "2025-07-01"),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();

    let seen = Case::new().file("medicobus.csv", bus.as_bytes()).consultations(&rows).check();
    assert!(seen.accepted());
    assert_eq!(seen.rules(), [("hors_service", 2), ("hors_service", 5)]);
    assert!(
        seen.findings[0]
            .message
            .contains("précède la mise en service du médicobus, le 01/02/2025")
    );
    assert!(seen.findings[1].message.contains("suit la fin du médicobus, le 30/06/2025"));
}

/// A month first among days that come first: no date of the file tells, the opening of the bus does.
#[test]
fn a_commune_served_long_before_the_bus_opens_is_told() {
    let seen = |from: &str| {
        let served = format!("id_medicobus,code_commune,date_debut\n28-orne-01,61006,{from}\n");
        Case::new().file("dessertes.csv", served.as_bytes()).check()
    };
    // In service from 18 March 2024; April of that year, written with its month first.
    let early = seen("04/01/2024");
    assert!(early.accepted());
    assert_eq!(early.rules(), [("hors_service", 2)]);
    let told = told(&early, Rule::HorsService);
    assert!(
        told.message.ends_with("avant la mise en service du médicobus, le 18/03/2024"),
        "{told:?}"
    );
    assert!(told.hint.contains("inversés"), "{told:?}");
    for near in ["2024-02-01", "18/03/2024", "2025-06-01"] {
        assert_eq!(seen(near).rules(), [], "{near}");
    }
}

#[test]
fn consultations_that_came_twice_under_other_numbers_are_told() {
    let tours = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n28-orne-01,2025-03-04,61006,16,15\n";
    let of = |count: usize| {
        let rows: Vec<String> = (0..count).map(|i| good(&format!("C{i}"))).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        Case::new().file("tournees.csv", tours.as_bytes()).consultations(&rows).check()
    };

    let twice = of(30);
    let message = &told(&twice, Rule::ConsultationsEnTrop).message;
    assert!(
        message.starts_with("15 créneaux honorés dans tournees, et 30 consultation"),
        "{message}"
    );
    for few in [15, 20] {
        let seen = of(few);
        assert!(seen.findings.iter().all(|f| f.rule != Rule::ConsultationsEnTrop), "{few}");
    }
}

#[test]
fn postal_codes_are_known_by_all_of_them() {
    let at = |codes: &[&str]| {
        let row = |(i, code): (usize, &&str)| good(&format!("C{i}")).replace("61006", code);
        let rows: Vec<String> = codes.iter().enumerate().map(row).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        Case::new().consultations(&rows).check()
    };

    let seen = at(&["76540", "76540", "61000", "61110"]);
    assert!(!seen.accepted());
    let last = seen.findings.last().unwrap();
    assert!(
        last.message.contains("3 sur 3 finissent par 0, et 2 n'existent pas"),
        "{}",
        last.message
    );

    // One that was mistyped among others is that.
    let seen = at(&["61001", "61006", "76540", "61000"]);
    assert!(seen.accepted());
    assert_eq!(seen.rules(), [("commune_inconnue", 5)]);
}

#[test]
fn a_panel_of_another_region_is_refused_and_one_across_the_border_is_not() {
    let panel = |communes: &[&str]| {
        let row = |code: &&str| format!("{code},commune,2025-T1,100,10\n");
        let rows: String = communes.iter().map(row).collect();
        let head = "code_territoire,type_territoire,periode,patients,patients_sans_mt\n";
        Case::new().file("territoires.csv", format!("{head}{rows}").as_bytes()).check()
    };
    let mostly = |seen: &Checked| seen.findings.iter().any(|f| f.rule == Rule::RegionDeLaLivraison);

    let border = panel(&["61001", "61006", "01004"]);
    assert!(border.accepted() && !mostly(&border));
    let one = panel(&["01004"]);
    assert!(one.accepted() && mostly(&one));

    // Of three quarters, to have three rows of the only other commune.
    let head = "code_territoire,type_territoire,periode,patients,patients_sans_mt\n";
    let rows: String = (1..=3)
        .map(|quarter| format!("01004,commune,2025-T{quarter},100,10\n"))
        .collect();
    let seen = Case::new().file("territoires.csv", format!("{head}{rows}").as_bytes()).check();
    assert!(!seen.accepted());
    let message = &told(&seen, Rule::RegionDeLaLivraison).message;
    assert!(
        message.starts_with("3 lignes sur 3 sont de communes qui ne sont pas"),
        "{message}"
    );
}

#[test]
fn a_key_that_lost_its_zeros_is_told() {
    let keyed = |i: usize, key: &str| good(&format!("C{i}")).replace("p7Qx2mVb91Ld", key);
    let rows = [keyed(1, "020000000417"), keyed(2, "20000000417"), keyed(3, "120000000417")];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let seen = Case::new().consultations(&rows).check();
    let message = &told(&seen, Rule::PseudonymeDouteux).message;
    assert!(
        message.starts_with("un pseudonyme ne diffère") && message.contains("zéros de tête"),
        "{message}"
    );
}

#[test]
fn a_row_of_another_separator_says_so() {
    let seen = Case::new().consultations(&[&good("C1"), &good("C2").replace(',', ";")]).check();
    let message = &told(&seen, Rule::Cellules).message;
    assert!(
        message.contains("1 cellule,") && message.contains("séparée par « ; »"),
        "{message}"
    );
}

#[test]
fn committed_money_is_part_of_the_amount() {
    let head = "id_medicobus,annee,financeur,nature,montant,engage\n";
    for (engage, accepted) in [("75000", true), ("75000.01", false)] {
        let row = format!("{head}28-orne-01,2025,fir,fonctionnement,75000,{engage}\n");
        let seen = Case::new().file("financements.csv", row.as_bytes()).check();
        assert_eq!(seen.rules().is_empty(), accepted, "{engage}: {:?}", seen.rules());
    }
}

/// Columns that explain a row are the sender's affair; those of a whole table are rows that nobody would read.
#[test]
fn a_table_beside_another_refuses_the_file() {
    let funds = |side: &[&str]| {
        let own = [
            "id_medicobus;annee;financeur;nature;montant",
            "28-orne-01;2025;fir;fonctionnement;75000",
            "28-orne-01;2025;commune;fonctionnement;9500",
        ];
        let rows = own.iter().zip(side).map(|(own, side)| format!("{own};{side}\n"));
        rows.collect::<String>()
    };
    let events = ["code_commune;date;type", "61006;2025-03-04;installation_mg", ";;"];
    let apart = [
        "note;;code_commune;Date;Type;etp",
        ";;61006;2025-03-04;installation_mg;1",
        ";;;;;",
    ];
    for side in [&events, &apart] {
        let seen = Case::new().file("financements.csv", funds(side).as_bytes()).check();
        assert!(!seen.accepted());
        let told = told(&seen, Rule::FichierNonLu);
        assert!(
            told.message.contains("de la table offre, à côté de celles de financements"),
            "{told:?}"
        );
        assert!(told.field.as_ref().unwrap().starts_with("code_commune, "), "{told:?}");
    }

    // Some columns of the kind, words of another list, nothing below; and a table that came by itself.
    let lawful: [[&str; 3]; 3] = [
        ["code_commune;date", "61006;2025-03-04", "61006;2025-03-04"],
        ["code_commune;date;type", "61006;2025-03-04;acompte", "61006;2025-03-04;solde"],
        ["code_commune;date;type", ";;", ";;"],
    ];
    for side in &lawful {
        let seen = Case::new().file("financements.csv", funds(side).as_bytes()).check();
        assert!(seen.accepted(), "{:?}", seen.rules());
    }
    let own = "code_commune;date;type\n61006;2025-03-04;installation_mg\n";
    let seen = Case::new()
        .file("financements.csv", funds(&events).as_bytes())
        .file("offre.csv", own.as_bytes())
        .check();
    assert!(seen.accepted(), "{:?}", seen.rules());
}
