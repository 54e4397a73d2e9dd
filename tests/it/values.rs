//! Values that can be read in two ways, through the real program: the right one is stored, or the delivery is refused with a way out.

use crate::fixture::{BUS, HEADER, Place, consultations};

const AMOUNTS: &str = "id_medicobus;annee;financeur;nature;montant\n\
    ORNE-1;2025;fir;fonctionnement;75,000\nORNE-1;2025;region;fonctionnement;120,000\n";

/// A delivery of one bus with one more file, or another in place of one.
fn delivery(place: &Place, name: &str, header: &str, file: (&str, &[u8])) {
    let folder = place.delivery_of_one_bus(name, header, &consultations(30, 0));
    std::fs::write(folder.join(file.0), file.1).unwrap();
}

fn stored(place: &Place, query: &str) -> String {
    place.run(&["sql", query, "--format", "csv", "--sans-secret"]).exits(0).stdout
}

#[test]
fn an_amount_of_two_readings_is_refused_until_the_mark_is_stated() {
    let place = Place::new();
    for (name, amounts) in [("a02a", AMOUNTS.to_owned()), ("a02c", AMOUNTS.replace(",000", ".000"))]
    {
        delivery(&place, name, HEADER, ("financements.csv", amounts.as_bytes()));
        place
            .run(&["charger", name])
            .exits(1)
            .says("nombre_ambigu")
            .says("75000 ou 75,00")
            .says("decimale");
    }

    let stated = format!("{HEADER}[dialecte]\ndecimale = \".\"\n");
    delivery(&place, "dit", &stated, ("financements.csv", AMOUNTS.as_bytes()));
    place.medicobus("charger dit").exits(0);
    let sum = stored(&place, "SELECT sum(montant) AS somme FROM financements");
    assert!(sum.contains("195000"), "{sum}");
}

#[test]
fn months_first_hold_for_a_table_of_small_days_too() {
    let place = Place::new();
    let american = |text: &str| {
        let iso = regex::Regex::new(r"(\d{4})-(\d\d)-(\d\d)").unwrap();
        iso.replace_all(text, "$2/$3/$1").into_owned()
    };
    let folder = place.delivery_of_one_bus("a01", HEADER, &american(&consultations(30, 0)));
    let served = "id_medicobus,code_commune,date_debut\nORNE-1,61079,09/02/2024\n";
    std::fs::write(folder.join("medicobus.csv"), american(BUS)).unwrap();
    std::fs::write(folder.join("dessertes.csv"), served).unwrap();
    place.medicobus("charger a01").exits(0);
    let days = stored(&place, "SELECT date_debut FROM dessertes");
    assert!(days.contains("2024-09-02"), "{days}");

    // Beside days that come first, the same table is open.
    std::fs::write(folder.join("dessertes.csv"), served.replace("09/02", "25/02")).unwrap();
    place
        .medicobus("charger a01")
        .exits(1)
        .says("dates_ambigues")
        .says("format_date");
}

#[test]
fn keys_that_a_spreadsheet_rounded_merge_no_patients() {
    let place = Place::new();
    let keys = regex::Regex::new("a[0-9a-f]{15}").unwrap();
    for key in ["1.23457E+15", "12345678901234500000"] {
        let rounded = keys.replace_all(&consultations(30, 0), key).into_owned();
        delivery(&place, "a04", HEADER, ("consultations.csv", rounded.as_bytes()));
        place
            .medicobus("charger a04")
            .exits(1)
            .says("identifiant_arrondi")
            .says("format texte");
    }
}

#[test]
fn accents_in_an_encoding_that_is_not_read_are_not_stored() {
    let place = Place::new();
    let dos: Vec<u8> = BUS
        .replace("d'essai", "Évreux")
        .chars()
        .map(|c| match c {
            'é' => 0x82,
            'É' => 0x90,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    delivery(&place, "a18f", HEADER, ("medicobus.csv", &dos));
    place.medicobus("charger a18f").exits(1).says("CP850").says("UTF-8");

    let twice: String = BUS.bytes().map(char::from).collect();
    delivery(&place, "twice", HEADER, ("medicobus.csv", twice.as_bytes()));
    place.medicobus("charger twice").exits(1).says("deuxième fois");
}

#[test]
fn a_midnight_of_paris_in_universal_time_is_its_day() {
    let place = Place::new();
    let instants = consultations(30, 0).replace("2025-03-05", "2025-03-04T23:00:00.000Z");
    delivery(&place, "utc", HEADER, ("consultations.csv", instants.as_bytes()));
    place.medicobus("charger utc").exits(0);
    let query = "SELECT date_consultation, count(*) AS n FROM consultations WHERE date_consultation IN ('2025-03-04', '2025-03-05') GROUP BY date_consultation";
    let days = stored(&place, query);
    assert!(days.contains("2025-03-04,1,") && days.contains("2025-03-05,1,"), "{days}");
}

#[test]
fn an_apostrophe_or_a_capital_in_another_encoding_is_not_stored() {
    let place = Place::new();
    for name in [
        "LÕAigle",
        "Île".replace('Î', "×").as_str(),
        "MÚdicobus",
        "Îuvre",
        "l\u{92}Orne",
        "cúur",
    ] {
        let bus = BUS.replace("Médicobus d'essai", name);
        delivery(&place, "l", HEADER, ("medicobus.csv", bus.as_bytes()));
        place.medicobus("charger l").exits(1).says("UTF-8");
    }
    // As bytes of an old Macintosh.
    let mac: Vec<u8> = BUS
        .replace("Médicobus d'essai", "L’Aigle")
        .chars()
        .map(|c| if c == '’' { 0xD5 } else { u8::try_from(u32::from(c)).unwrap() })
        .collect();
    delivery(&place, "mac", HEADER, ("medicobus.csv", &mac));
    place.medicobus("charger mac").exits(1).says("Mac Roman");

    let tours = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\nORNE-1,2025-03-03,61079,60,30\n";
    delivery(&place, "bon", HEADER, ("tournees.csv", tours.as_bytes()));
    place.medicobus("charger bon").exits(0);
    place.write("mots/28/2025/synthese.md", "L’activité a crû.\n\nLe MÈdicobus roule.\n");
    place
        .medicobus("bilan --region 28 --annee 2025 --commentaires mots")
        .exits(1)
        .says("synthese.md, ligne 3")
        .says("Mac Roman");
}

#[test]
fn the_numbers_of_days_of_one_file_say_nothing_of_another() {
    let place = Place::new();
    // 1900: 45 719 is 3 March 2025. In the other file 44 197 may be 2021 or 2025.
    let rows = consultations(30, 0);
    let days = regex::Regex::new(r"2025-03-(\d\d)").unwrap();
    let serial =
        |found: &regex::Captures<'_>| (45_716 + found[1].parse::<u32>().unwrap()).to_string();
    let rows = days.replace_all(&rows, serial).into_owned();
    delivery(&place, "l", HEADER, ("consultations.csv", rows.as_bytes()));
    let served = "id_medicobus,code_commune,date_debut\nORNE-1,61079,44197\n";
    place.write("l/dessertes.csv", served);
    place
        .medicobus("charger l")
        .exits(1)
        .says("dates_ambigues")
        .says("01/01/2021 depuis 1900")
        .says("02/01/2025 depuis 1904");

    place.write("l/dessertes.csv", &served.replace("44197", "2024-09-01"));
    place.medicobus("charger l").exits(0);
}

#[test]
fn names_in_the_place_of_pseudonyms_refuse_the_delivery() {
    let place = Place::new();
    let keys = regex::Regex::new("a[0-9a-f]{15}").unwrap();
    let one = keys.replace(&consultations(30, 0), "DUPONT Jeanne").into_owned();
    delivery(&place, "l", HEADER, ("consultations.csv", one.as_bytes()));
    let told = place
        .medicobus("charger l")
        .exits(1)
        .says("identite")
        .says("un nom de personne");
    assert!(!format!("{}{}", told.stdout, told.stderr).contains("DUPONT"));

    let names = [
        "MARTIN",
        "Bernard",
        "petit.anne",
        "Durand-Paul",
        "LEROY1".trim_end_matches('1'),
        "moreau",
    ];
    let mut next = names.iter().cycle();
    let all = keys
        .replace_all(&consultations(30, 0), |_: &regex::Captures<'_>| *next.next().unwrap())
        .into_owned();
    delivery(&place, "l", HEADER, ("consultations.csv", all.as_bytes()));
    place
        .medicobus("charger l")
        .exits(1)
        .says("ressemblent à des noms de personnes");
}

#[test]
fn a_region_and_a_period_are_read_as_they_are_said() {
    let place = Place::new();
    let header = HEADER.replace("\"28\"", "28").replace("\"2025\"", "\"T1 2025\"");
    delivery(&place, "l", &header, ("livraison.toml", header.as_bytes()));
    place.medicobus("charger l").exits(0).says("2025-T1");
}
