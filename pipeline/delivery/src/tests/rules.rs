//! Rules one by one: where a value is right in its cell and wrong in its place.

use super::*;

fn lines(seen: &Checked) -> Vec<(&'static str, u64)> {
    seen.rules()
}

const TOURS: &str = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores,annulee\n";

/// A delivery of 2026, checked on 22 November 2026.
fn of_2026() -> Case {
    Case::new().file("livraison.toml", b"region = \"28\"\nperiode = \"2026\"\n")
}

#[test]
fn nothing_has_happened_after_today() {
    let tours = format!(
        "{TOURS}28-orne-01,2026-12-01,61006,10,0,non\n28-orne-01,2026-12-02,61006,10,3,non\n28-orne-01,2026-03-04,61006,10,3,non\n"
    );
    let row = |id: &str, declared: &str| {
        good(id).replace("2025-03-04", "2026-03-04").replace("2025-02-25", "2026-02-25") + declared
    };
    let seen = of_2026()
        .file("tournees.csv", tours.as_bytes())
        .consultations(&[&row("C2", "2026-12-24"), &row("C3", "2026-11-20")])
        .check();
    assert_eq!(lines(&seen), [("date_future", 3), ("date_future", 2)]);
    assert_eq!(seen.findings[0].field.as_deref(), Some("date"));
    assert_eq!(seen.findings[1].field.as_deref(), Some("mt_declare_le"));
}

#[test]
fn nobody_is_seen_at_a_stop_that_was_cancelled() {
    let tours = format!(
        "{TOURS}28-orne-01,2025-03-04,61006,10,8,non\n28-orne-01,2025-03-05,61006,10,0,oui\n"
    );
    let seen = Case::new()
        .file("tournees.csv", tours.as_bytes())
        .consultations(&[&good("C2"), &good("C3").replace("2025-03-04", "2025-03-05")])
        .check();
    assert_eq!(lines(&seen), [("hors_itineraire", 3)]);
}

#[test]
fn a_zero_lost_from_a_code_of_a_list_is_told() {
    let bus = BUS.replace(";28;", ";1;").replace(";61;", ";971;");
    let seen = Case::new()
        .file("livraison.toml", b"region = \"01\"\nperiode = \"2025\"\n")
        .file("medicobus.csv", bus.as_bytes())
        .check();
    assert_eq!(lines(&seen), [("zero_retabli", 2)]);
    assert_eq!(seen.findings[0].field.as_deref(), Some("code_region"));
    assert_eq!(seen.rows.texts("medicobus", "code_region"), ["01"]);
}

#[test]
fn a_territory_that_is_a_commune_must_exist() {
    let head = "code_territoire,type_territoire,periode,patients,patients_sans_mt";
    let seen = Case::new()
        .file(
            "territoires.csv",
            format!(
                "{head}\n61006,commune,2025-T1,100,10\n61999,commune,2025-T1,100,10\n61002,commune,2025-T1,100,10\n61998,tvs,2025-T1,100,10\n2701_,tvs,2025-T1,100,10\n200065563,epci,2025-T1,100,10\n200065563,tvs,2025-T1,100,10\n"
            )
            .as_bytes(),
        )
        .check();
    assert_eq!(
        lines(&seen),
        [
            ("commune_inconnue", 3),
            ("territoire_non_compte", 4),
            ("territoire_non_compte", 7),
            ("territoire_non_compte", 8)
        ]
    );
}

/// The survey may leave the type out: a TVS whose code is no commune's must then say what it is.
#[test]
fn a_request_in_a_tvs_says_so() {
    let check = |head: &str, row: &str| {
        let text = format!("id_demande,code_territoire,date_demande,resultat{head}\n{row}\n");
        Case::new().file("delais_mg.csv", text.as_bytes()).check()
    };
    assert!(lines(&check(",type_territoire", "D1,61998,2025-03-04,refus,tvs")).is_empty());
    assert!(lines(&check("", "D1,200071454,2025-03-04,refus")).is_empty());

    let seen = check("", "D1,61998,2025-03-04,refus");
    assert_eq!(lines(&seen)[0], ("commune_inconnue", 2));
    let hint = &seen.findings[0].hint;
    assert!(hint.contains("type_territoire : tvs"), "{hint}");
}

#[test]
fn a_negative_amount_is_out_of_bounds() {
    let head = "id_medicobus,annee,financeur,nature,montant";
    let seen = Case::new()
        .file(
            "financements.csv",
            format!(
                "{head}\n28-orne-01,2025,fir,fonctionnement,-75000\n28-orne-01,2025,region,fonctionnement,0\n"
            )
            .as_bytes(),
        )
        .check();
    assert_eq!(lines(&seen), [("borne", 2)]);
    assert_eq!(seen.findings[0].value.as_deref(), Some("-75000"));
}

#[test]
fn a_project_of_another_region_or_of_the_delivery_that_is_replaced_is_unknown() {
    let known = |region: &str, periode: &str| {
        BTreeSet::from([KnownBus {
            id: "28-orne-01".into(),
            region: region.into(),
            periode: periode.into(),
        }])
    };
    let case = Case::new().consultations(&[&good("C2")]);
    fs::remove_file(case.0.path().join("medicobus.csv")).unwrap();
    for (region, periode, rules) in [
        ("28", "2024", vec![]),
        ("28", "2025", vec![("cle_etrangere", 2), ("aucune_ligne_acceptee", 0)]),
        ("84", "2024", vec![("cle_etrangere", 2), ("aucune_ligne_acceptee", 0)]),
    ] {
        let seen =
            check_knowing(case.0.path(), &Overrides::default(), known(region, periode)).unwrap();
        assert_eq!(lines(&seen), rules, "{region} {periode}");
    }
}

#[test]
fn the_words_of_the_sender_come_first() {
    let stated = "region = \"28\"\nperiode = \"2025\"\n[dialecte]\noui = [\"x\", \"2\"]\nnon = [\"-\", \"1\"]\n";
    let rows: Vec<String> = ["X", "-", "2", "1", "oui", "inconnu"]
        .iter()
        .enumerate()
        .map(|(i, word)| good(&format!("C{i}")).replace(",oui,", &format!(",{word},")))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let seen = Case::new()
        .file("livraison.toml", stated.as_bytes())
        .consultations(&rows)
        .check();
    assert_eq!(lines(&seen), []);
    assert_eq!(
        seen.rows.texts("consultations", "ald"),
        ["oui", "non", "oui", "non", "oui", "inconnu"]
    );
    let file = seen.report.files.iter().find(|f| f.file == "consultations.csv");
    let dialect = file.unwrap().dialect.clone().unwrap();
    assert_eq!(dialect.yes_no, "-/1/2/oui/x");
    assert_eq!(
        dialect.said(),
        "UTF-8, séparateur « , », dates : AAAA-MM-JJ, oui et non : -/1/2/oui/x"
    );
}

#[test]
fn a_key_used_by_two_projects_is_told_even_from_two_files() {
    let two = format!("{BUS}{}", BUS.lines().nth(1).unwrap().replace("orne-01", "orne-02"));
    let rows = |bus: &str| {
        let rows: Vec<String> = (0..30u64)
            .map(|i| {
                good(&format!("{bus}-{i}")).replace("28-orne-01", bus).replace(
                    "p7Qx2mVb91Ld",
                    &format!("k{:016x}", (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                )
            })
            .collect();
        format!("{HEAD}\n{}\n", rows.join("\n"))
    };
    let seen = Case::new()
        .file("medicobus.csv", two.as_bytes())
        .file("consultations_1.csv", rows("28-orne-01").as_bytes())
        .file("consultations_2.csv", rows("28-orne-02").as_bytes())
        .check();
    assert_eq!(lines(&seen), [("pseudonyme_partage", 0)]);
    assert!(seen.findings[0].message.starts_with("30 "));
}

const DEMANDS: &str =
    "id_medicobus,mois,demandes,rendez_vous,reorientees,refusees,motif_refus_principal\n";

#[test]
fn calls_are_counted_by_month_and_no_part_exceeds_them() {
    let rows = [
        "28-orne-01,2026-03,42,31,6,5,plus_de_creneau",
        // A spreadsheet makes a day of a month.
        "28-orne-01,2026-04-01,10,10,0,0,",
        "28-orne-01,05/2026,10,9,1,0,hors_zone",
        "28-orne-01,2026-06,10,11,0,0,",
        "28-orne-01,2026-12,1,1,0,0,",
        "28-orne-01,2025-12,1,1,0,0,",
        "28-orne-01,2026-03-15,1,1,0,0,",
        "28-orne-01,2026-03,1,1,0,0,",
        "inconnu,2026-07,1,1,0,0,",
    ];
    let text = format!("{DEMANDS}{}\n", rows.join("\n"));
    let seen = of_2026().file("demandes.csv", text.as_bytes()).check();
    assert_eq!(
        seen.findings.iter().map(|f| (f.rule.code(), f.line)).collect::<Vec<_>>(),
        [
            ("motif_sans_objet", Some(4)),
            ("sous_ensemble", Some(5)),
            ("date_future", Some(6)),
            ("periode", Some(7)),
            ("motif", Some(8)),
            ("contradiction", Some(9)),
            ("cle_etrangere", Some(10)),
        ]
    );
    assert_eq!(seen.rows.texts("demandes", "mois"), ["2026-03", "2026-04", "2026-05"]);
}

#[test]
fn objectives_are_of_the_region_or_of_the_nation() {
    let text = "code_region,annee,cible_medicobus,enveloppe_fir\n28,2026,6,600000\nFR,2026,100,\n11,2026,9,\n28,2025,5,\n";
    let seen = of_2026().file("objectifs.csv", text.as_bytes()).check();
    assert_eq!(lines(&seen), [("region_de_la_livraison", 4), ("periode", 5)]);
}

#[test]
fn other_measures_stand_in_communes_that_exist_and_end_after_they_begin() {
    let head = "code_territoire,type_territoire,mesure,date_debut,date_fin";
    let text = format!(
        "{head}\n61006,commune,msp,2025-09-01,\n99999,commune,msp,2025-09-01,\n61006,commune,cpts,2025-09-01,2025-08-31\n"
    );
    let seen = of_2026().file("mesures_concurrentes.csv", text.as_bytes()).check();
    assert_eq!(lines(&seen), [("commune_inconnue", 3), ("dates_ordre", 4)]);
}

#[test]
fn an_answer_to_the_cahier_des_charges_is_given_once_by_a_known_project() {
    let text = "id_medicobus,exigence,reponse,date\n28-orne-01,lisibilite,oui,2026-06-30\n28-orne-01,lisibilite,non,\ninconnu,lisibilite,oui,\n28-orne-01,circuit_cpam,peut-être,\n28-orne-01,cofinancement,oui,2026-12-24\n";
    let seen = of_2026().file("projets_cahier.csv", text.as_bytes()).check();
    let rules: Vec<_> = lines(&seen);
    assert_eq!(
        rules,
        [
            ("contradiction", 3),
            ("cle_etrangere", 4),
            ("valeur_admise", 5),
            ("date_future", 6)
        ]
    );
}

#[test]
fn a_reason_for_the_end_comes_with_the_end() {
    let bus = BUS.replacen('\n', ";motif_fin\n", 1);
    let bus = bus.trim_end().to_owned() + ";fin_financement\n";
    let seen = Case::new().file("medicobus.csv", bus.as_bytes()).check();
    assert_eq!(lines(&seen), [("motif_sans_objet", 2)]);
    assert_eq!(seen.rows.texts("medicobus", "motif_fin"), ["fin_financement"]);
}

/// An event that is lost weighs more than rows, a criterion in doubt too; a row given twice has lost nothing.
#[test]
fn what_gains_most_is_told_first_with_all_its_lines() {
    let unscheduled = |id: &str| good(id) + ",oui,autre";
    let wrong = |id: &str| good(id).replace(",F,", ",Z,") + ",non,";
    let events = "code_commune,date,type\n61006,2025-03-04,installation_mg\n99999,2025-03-04,installation_mg\n";

    let told = |others: usize| -> Vec<(Gain, &'static str, Option<String>, String)> {
        let mut rows: Vec<String> = ["C1", "C2", "C3"].map(unscheduled).into();
        rows.extend(["C4", "C5", "C6", "C7"].map(wrong));
        rows.extend((0..5).map(|_| good("C1") + ",non,"));
        // Without a key: one key for all would be a doubt of its own.
        let other = |n| good(&format!("D{n}")).replace("p7Qx2mVb91Ld", "") + ",non,";
        rows.extend((0..others).map(other));
        let rows = format!("{HEAD},non_programme,adressage\n{}\n", rows.join("\n"));
        let seen = Case::new()
            .file("offre.csv", events.as_bytes())
            .file("consultations.csv", rows.as_bytes())
            .check();
        let told = seen.report.summary.into_iter();
        told.map(|l| (l.gain, l.rule.code(), l.table, l.lines.said())).collect()
    };

    // A table that loses more than a delivery may is what refuses it.
    let refused = told(0);
    assert_eq!((refused[0].0, refused[0].1), (Gain::Delivery, "valeur_admise"), "{refused:?}");

    let of = |table: &str| Some(table.to_owned());
    assert_eq!(
        told(200),
        [
            (Gain::Project, "commune_inconnue", of("offre"), "3".into()),
            (Gain::Criterion, "non_programme_sas", of("consultations"), "2 à 4".into()),
            (Gain::Rows, "valeur_admise", of("consultations"), "5 à 8".into()),
            (Gain::Duplicate, "unicite", of("consultations"), "9 à 13".into()),
        ]
    );
}

/// A refused project takes the rows of the other tables with it: it stands before what refuses fewer rows, however large a share of their table.
#[test]
fn the_project_behind_most_refused_rows_is_told_first() {
    let lost = BUS.lines().nth(1).unwrap().replace("28-orne-01", "28-orne-02");
    let lost = lost.replace(";cpts;", ";cpst;");
    let bus = format!("{BUS}{lost}\n");
    let funds = "id_medicobus;annee;financeur;nature;montant\n28-orne-01;2025;fir;fonctionnement;75 k€\n28-orne-01;2025;fir;fonctionnement;80 k€\n";
    // Without a key: one key for all would be a doubt of its own.
    let row = |n: i32| good(&format!("C{n}")).replace("p7Qx2mVb91Ld", "");
    let of_lost = (0..10).map(|n| row(n).replace("28-orne-01", "28-orne-02"));
    let rows: Vec<String> = of_lost.chain((10..18).map(row)).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();

    let seen = Case::new()
        .file("medicobus.csv", bus.as_bytes())
        .file("financements.csv", funds.as_bytes())
        .consultations(&rows)
        .check();
    let told: Vec<(Gain, Rule)> = seen.report.summary.iter().map(|l| (l.gain, l.rule)).collect();
    assert_eq!(
        told[..2],
        [(Gain::Delivery, Rule::ValeurAdmise), (Gain::Delivery, Rule::Type)],
        "{told:?}"
    );
    assert!(told.contains(&(Gain::Consequence, Rule::CleEtrangere)), "{told:?}");
}

/// What is off the itinerary follows from the stops that were refused; without any, the itinerary itself is in doubt.
#[test]
fn what_is_off_the_itinerary_is_an_effect_of_refused_stops() {
    let gain_with = |stops: &str| {
        let tours = format!("{TOURS}28-orne-01,2025-03-05,61006,10,8,non\n{stops}");
        let seen = Case::new()
            .file("tournees.csv", tours.as_bytes())
            .consultations(&[&good("C2")])
            .check();
        let off = seen.report.summary.iter().find(|l| l.rule == Rule::HorsItineraire);
        off.unwrap().gain
    };
    assert_eq!(gain_with(""), Gain::Criterion);
    assert_eq!(gain_with("28-orne-01,2025-03-04,61006,dix,8,non\n"), Gain::Consequence);
}
