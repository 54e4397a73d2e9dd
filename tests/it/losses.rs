//! What a correction forgets, a document that nothing is known for, a territory that lies across a border: nothing is lost, moved or
//! left blank without a word.

use crate::fixture::{BUS, HEADER, Place, consultations};

/// The consultations without a column.
fn without(rows: &str, column: &str) -> String {
    let place = rows.lines().next().unwrap().split(',').position(|name| name == column).unwrap();
    let kept = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(at, _)| *at != place);
        cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",") + "\n"
    };
    rows.lines().map(kept).collect()
}

#[test]
fn a_column_that_a_correction_forgets_is_a_loss() {
    let place = Place::new();
    let rows = consultations(60, 0);
    let load = |rows: &str| {
        let delivery = place.delivery_of_one_bus("l", HEADER, rows);
        place.run(&["charger", delivery.to_str().unwrap()])
    };
    load(&rows).exits(0);

    let anonymous = without(&rows, "cle_patient");
    let said = "consultations.cle_patient (60 valeurs au dépôt, 0 dans la livraison)";
    load(&anonymous).exits(1).says(said).says("--remplacer-partiellement");
    place.medicobus("controler l --depot depot").exits(1).says(said);

    // Half of the patients as well, and the buses' own column although there is but one.
    let half: String = rows.lines().enumerate().fold(String::new(), |text, (at, line)| {
        let cells: Vec<&str> = line.split(',').collect();
        let line = if at % 2 == 0 || at == 0 {
            line.to_owned()
        } else {
            line.replace(cells[4], "")
        };
        text + &line + "\n"
    });
    load(&half).exits(1).says("30 dans la livraison");
    let bus = without(BUS, "date_mise_en_service");
    let files = [
        ("livraison.toml", HEADER),
        ("medicobus.csv", &bus),
        ("consultations.csv", &rows),
    ];
    place.delivery("b", &files);
    place
        .medicobus("charger b")
        .exits(1)
        .says("medicobus.date_mise_en_service (1 valeur");

    // Meant, it is taken, and counts from there.
    load(&anonymous).exits(1);
    place.medicobus("charger l --remplacer-partiellement").exits(0);
    load(&anonymous.replace("80+", "70-79")).exits(0);
}

#[test]
fn values_that_say_nothing_any_more_and_another_unit_are_losses() {
    let place = Place::new();
    let tours = |honoured: &str| {
        let day = |day: u32| format!("ORNE-1,2025-03-{day:02},61079,20,{honoured}\n");
        let rows: String = (1..=20).map(day).collect();
        format!("id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n{rows}")
    };
    let funding = |amount: &str| {
        format!(
            "id_medicobus,annee,financeur,nature,montant\nORNE-1,2025,fir,fonctionnement,{amount}\n"
        )
    };
    let delivery = |rows: &str, honoured: &str, amount: &str| {
        place.delivery_of_one_bus("l", HEADER, rows);
        place.write("l/tournees.csv", &tours(honoured));
        place.write("l/financements.csv", &funding(amount));
    };
    let rows = consultations(60, 0);
    delivery(&rows, "18", "75000");
    place.medicobus("charger l").exits(0);

    let unknown = rows.replace(",non,sans,", ",inconnu,inconnu,");
    for (rows, honoured, amount, said) in [
        (
            &unknown,
            "18",
            "75000",
            "consultations.ald (60 valeurs connues et non nulles au dépôt, 0",
        ),
        (&rows, "0", "75000", "tournees.creneaux_honores (20 valeurs connues"),
        (&rows, "18", "75", "fois plus petits"),
        (&rows, "18", "7500000", "100 fois plus grands"),
    ] {
        delivery(rows, honoured, amount);
        place
            .medicobus("charger l")
            .exits(1)
            .says(said)
            .says("--remplacer-partiellement");
        place.medicobus("controler l --depot depot").exits(1).says(said);
    }

    delivery(&rows, "17", "80000");
    place.medicobus("charger l").exits(0).says("annule et remplace");
}

#[test]
fn deliveries_are_loaded_in_the_order_of_their_periods() {
    let place = Place::new();
    let header = |month: &str| HEADER.replace("\"2025\"", &format!("\"2025-{month}\""));
    place.delivery_of_one_bus("mars", &header("03"), &consultations(30, 0));
    let april = consultations(30, 0).replace("2025-03", "2025-04");
    let files = [("livraison.toml", &*header("04")), ("consultations.csv", &april)];
    place.delivery("avril", &files);

    // March brings the bus that April tells of.
    place.medicobus("charger avril mars").exits(0);
}

#[test]
fn a_document_that_no_delivery_tells_of_is_refused() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(60, 0));
    let stops = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\nORNE-1,2025-03-03,61079,60,60\n";
    place.write("l/tournees.csv", stops);
    place.medicobus("charger l").exits(0);

    for (asked, said) in [
        ("bilan --region 24 --annee 2025", "aucune livraison ne parle de 2025"),
        ("bilan --region 28 --annee 2023", "périodes livrées : 2025"),
        ("bilan --national --annee 2027", "aucune livraison ne parle de 2027"),
        (
            "bilan --departement 14 --annee 2025",
            "aucun médicobus dans Département Calvados",
        ),
        ("bilan --medicobus ORNE-1 --annee 2024", "périodes livrées : 2025"),
        ("evaluation --region 24 --annees 2024-2025", "ne parle de 2024, 2025"),
    ] {
        place.medicobus(asked).exits(2).says(said);
    }
}

#[test]
fn an_epci_across_a_border_counts_where_most_of_its_inhabitants_live() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(60, 0));
    // Dreux: 81 communes, six of them in the Eure.
    let panel = "code_territoire,type_territoire,periode,patients,patients_sans_mt\n200040277,epci,2025-T4,90000,9000\n";
    place.write("l/territoires.csv", panel);
    place
        .medicobus("charger l")
        .exits(0)
        .says("les bilans et l'évaluation comptent par commune");

    for (region, counted) in [("24", true), ("28", false)] {
        let line = format!(
            "requete part_sans_mt_territoires --annee 2025 --region {region} --param type_territoire=epci --format csv"
        );
        let answer = place.medicobus(&line).exits(0).stdout;
        assert_eq!(answer.contains(",90000,9000,"), counted, "{answer}");
    }
}

#[test]
fn a_delivery_that_was_replaced_does_not_come_back_by_itself() {
    let place = Place::new();
    place.delivery_of_one_bus("a", HEADER, &consultations(60, 0));
    place.delivery_of_one_bus("b", HEADER, &consultations(80, 0));
    place.medicobus("charger a b").exits(0);

    // The whole folder again, as one loads it each month.
    place
        .medicobus("charger a b")
        .exits(1)
        .says("a déjà été chargée (version 1), puis une autre l'a remplacée (version 2)")
        .says("déjà chargée, inchangée (version 2)");
    place.medicobus("charger a --revenir").exits(0).says("version 3");
    place.medicobus("charger a").exits(0).says("inchangée");
}

#[test]
fn a_delivery_may_say_that_it_has_nothing_at_all() {
    let place = Place::new();
    let tables = "consultations\", \"tournees\", \"medicobus\", \"dessertes\", \"financements";
    let header = format!("{HEADER}rien_a_declarer = [\"{tables}\"]\n");
    place.delivery("rien", &[("livraison.toml", &header)]);
    place.medicobus("charger rien").exits(0).says("chargée, version 1");
    place
        .medicobus("depot attendu --region 28 --annees 2025")
        .exits(0)
        .says("rien à déclarer");

    place.delivery("vide", &[("livraison.toml", &HEADER.replace("2025", "2024"))]);
    place.medicobus("charger vide").exits(1).says("la livraison n'a aucune ligne");
}

#[test]
fn a_project_does_not_leave_the_list_of_projects_by_itself() {
    let place = Place::new();
    let second = BUS.lines().nth(1).unwrap().replace("ORNE-1", "ORNE-2");
    let both = format!("{BUS}{second}\n");
    let of = |period: &str| HEADER.replace("\"2025\"", &format!("{period:?}"));
    let rows = consultations(60, 0);
    let march = [
        ("livraison.toml", &of("2025-03")),
        ("medicobus.csv", &both),
        ("consultations.csv", &rows),
    ];
    place.delivery("mars", &march.map(|(name, text)| (name, text.as_str())));
    place.medicobus("charger mars").exits(0);

    // Left out, or written otherwise.
    for list in [BUS.to_owned(), both.replace("ORNE-2", "orne-2")] {
        let april = [("livraison.toml", of("2025-04")), ("medicobus.csv", list)];
        place.delivery("avril", &april.each_ref().map(|(name, text)| (*name, text.as_str())));
        place
            .medicobus("charger avril")
            .exits(1)
            .says("ne donne plus id_medicobus ORNE-2");
        place
            .medicobus("controler avril")
            .exits(1)
            .says("ne donne plus id_medicobus ORNE-2");
    }

    // A month that was forgotten says nothing of the list of today; the whole list is taken.
    let february = [("livraison.toml", of("2025-02")), ("medicobus.csv", BUS.to_owned())];
    place.delivery("fevrier", &february.each_ref().map(|(name, text)| (*name, text.as_str())));
    place.medicobus("charger fevrier").exits(0);
    place.write("avril/medicobus.csv", &both);
    place.medicobus("charger avril").exits(0);
}
