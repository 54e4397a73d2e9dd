//! A delivery against the one that it replaces, corrects or follows.

use crate::fixture::{BUS, HEADER, Place, TODAY, consultations};

/// Consultations of a year of one bus, so many in each month.
fn by_month(year: i32, counts: [usize; 12]) -> String {
    let head = consultations(0, 0);
    let mut rows = Vec::new();
    for (month, count) in (1..).zip(counts) {
        let text = consultations(count, 0).replace("2025-03-", &format!("{year}-{month:02}-"));
        // An identifier of its own for each month.
        rows.extend(text.lines().skip(1).map(|row| format!("M{month}{row}\n")));
    }
    head + &rows.concat()
}

#[test]
fn findings_are_solved_and_rows_are_gained_by_month() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(49, 1));
    let first = place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(0);
    assert!(!first.stderr.contains("par rapport"), "{}", first.stderr);

    place.delivery_of_one_bus("l2", HEADER, &consultations(80, 0));
    let check = format!("controler l2 --aujourdhui {TODAY} --depot depot");
    let load = format!("charger l2 --aujourdhui {TODAY}");
    for line in [&check, &load, &load] {
        let end = place
            .medicobus(line)
            .exits(0)
            .says("par rapport à la livraison qu'elle remplace (contrôlée le 1er\u{a0}novembre\u{a0}2026, version 1)")
            .says("consultations, mars 2025 : environ 50 → environ 80");
        let after = end.stderr.split("constats résolus").nth(1).unwrap_or_default();
        assert!(
            after.contains("code officiel géographique » non tenue (1 → 0)"),
            "{}",
            end.stderr
        );
    }

    // Nothing is known of what is in no store.
    let delivery = place.path().join("l2");
    let check = ["controler", delivery.to_str().unwrap(), "--aujourdhui", TODAY];
    let alone = Place::new().run(&check).exits(0);
    assert!(!alone.stderr.contains("par rapport"), "{}", alone.stderr);
}

#[test]
fn a_correction_is_compared_with_what_was_refused() {
    let place = Place::new();
    place.delivery_of_one_bus("trop", HEADER, &consultations(40, 10));
    place.medicobus(&format!("charger trop --aujourdhui {TODAY}")).exits(1);

    place.delivery_of_one_bus("l", HEADER, &consultations(50, 0));
    place
        .medicobus(&format!("charger l --aujourdhui {TODAY}"))
        .exits(0)
        .says("la livraison refusée qu'elle corrige")
        .says("constats résolus")
        .says("(10 → 0)");
}

#[test]
fn we_forgot_march() {
    let place = Place::new();
    let mut months = [100; 12];
    months[2] = 20;
    place.delivery_of_one_bus("l", HEADER, &by_month(2025, months));
    let odd = "consultations, mars 2025 : environ 20, pour environ 100 d'ordinaire";
    place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(0).says(odd);

    let header = format!("{HEADER}motif = \"oubli de mars\"\n");
    place.delivery_of_one_bus("l2", &header, &by_month(2025, [100; 12]));
    let end = place
        .medicobus(&format!("charger l2 --aujourdhui {TODAY}"))
        .exits(0)
        .says("consultations, mars 2025 : environ 20 → environ 100");
    assert!(!end.stderr.contains("hors de l'ordinaire"), "{}", end.stderr);
    assert!(!end.stderr.contains("avril"), "{}", end.stderr);
}

/// The bus of the year before is gone without a word of its end.
#[test]
fn a_bus_that_became_silent_is_said_against_the_year_before() {
    let place = Place::new();
    let second = BUS.lines().nth(1).unwrap().replace("ORNE-1", "ORNE-2");
    let buses = format!("{BUS}{second}\n");
    let both = by_month(2024, [30; 12]);
    let other = both.lines().skip(1).map(|row| format!("X{row}\n").replace("ORNE-1", "ORNE-2"));
    let both = both.clone() + &other.collect::<String>();
    let header = HEADER.replace("2025", "2024");
    let tables = |header: &str, consultations: &str| {
        [
            ("livraison.toml", header),
            ("medicobus.csv", &buses),
            ("consultations.csv", consultations),
        ]
        .map(|(name, text)| (name, text.to_owned()))
    };
    let write = |name: &str, files: [(&str, String); 3]| {
        let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
        place.delivery(name, &files)
    };

    write("avant", tables(&header, &both));
    place.medicobus(&format!("charger avant --aujourdhui {TODAY}")).exits(0);
    write("l", tables(HEADER, &by_month(2025, [30; 12])));
    let load = format!("charger l --aujourdhui {TODAY}");
    place
        .medicobus(&load)
        .exits(0)
        .says("la livraison de la période d'avant, 2024")
        .says("ORNE-2 : aucune consultation de janvier 2025 à décembre 2025");

    // Said to have nothing to declare, it is silent on purpose.
    let header = format!("{HEADER}rien_a_declarer = [\"ORNE-2\"]\n");
    write("l", tables(&header, &by_month(2025, [30; 12])));
    let end = place.medicobus(&load).exits(0);
    assert!(!end.stderr.contains("aucune consultation"), "{}", end.stderr);
}
