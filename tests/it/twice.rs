//! What is told twice counts once or is refused: lines pasted again, a copy of a file, a yearly table sent with each month, a national
//! file sent by each région, a project that two régions claim.

use std::path::{Path, PathBuf};

use crate::fixture::{BUS, End, HEADER, Place, consultations};

const FUNDING: &str = "id_medicobus,annee,financeur,nature,montant\n\
                       ORNE-1,2025,fir,fonctionnement,75000\n\
                       ORNE-1,2025,region,fonctionnement,120000\n";
const EVENTS: &str = "code_commune,date,type,etp\n\
                      61079,2025-03-04,installation_mg,1\n\
                      61079,2025-03-04,depart_mg,1\n";

/// A delivery of one bus for `region` and `period`, with these files beside its consultations.
fn delivery(place: &Place, region: &str, period: &str, files: &[(&str, &str)]) -> PathBuf {
    let bus = BUS.replace(",28,61,", &format!(",{region},61,"));
    let header = HEADER
        .replace("\"28\"", &format!("{region:?}"))
        .replace("\"2025\"", &format!("{period:?}"));
    let all = [&[("livraison.toml", header.as_str()), ("medicobus.csv", bus.as_str())], files];
    place.delivery(&format!("{region}-{period}"), &all.concat())
}

#[track_caller]
fn charged(place: &Place, delivery: &PathBuf, code: i32) -> End {
    place.run(&[&PathBuf::from("charger"), delivery]).exits(code)
}

/// The first value of the answer to own SQL.
fn asked(place: &Place, sql: &str) -> String {
    let end = place.run(&["sql", sql, "--format", "csv", "--sans-secret"]).exits(0);
    let row = end.stdout.lines().nth(1).unwrap_or_default();
    row.split(',').next().unwrap_or_default().to_owned()
}

#[test]
fn money_told_twice_in_one_delivery_never_counts_twice() {
    let pasted = format!("{FUNDING}ORNE-1,2025,fir,fonctionnement,75000\n");
    let other = FUNDING.replace("75000", "80000").replace("region", "commune");

    for (files, said) in [
        // A copy of the file, whole.
        (
            vec![("financements.csv", FUNDING), ("financements_v2.csv", FUNDING)],
            "ligne 2 de financements.csv",
        ),
        // A copy that says something else: which one is right?
        (
            vec![("financements.csv", FUNDING), ("financements_v2.csv", &other)],
            "en dit autre chose",
        ),
        (
            vec![(
                "financements.csv",
                &pasted.replace(
                    "fir,fonctionnement,75000\nORNE-1,2025,r",
                    "fir,fonctionnement,1\nORNE-1,2025,r",
                ),
            )],
            "la ligne 2 en dit autre chose",
        ),
    ] {
        let place = Place::new();
        charged(&place, &delivery(&place, "28", "2025", &files), 1).says(said);
    }

    // A line that is there twice counts once, and is said.
    let place = Place::new();
    let rows = consultations(60, 0);
    let files = [("financements.csv", pasted.as_str()), ("consultations.csv", rows.as_str())];
    charged(&place, &delivery(&place, "28", "2025", &files), 0).says("ligne 2");
    assert_eq!(asked(&place, "SELECT CAST(sum(montant) AS BIGINT) FROM financements"), "195000");
}

#[test]
fn events_of_one_day_are_told_from_a_line_pasted_twice_by_their_number() {
    let pasted = format!("{EVENTS}61079,2025-03-04,installation_mg,1\n");
    for files in [
        vec![("offre.csv", pasted.as_str())],
        vec![("offre.csv", EVENTS), ("offre_bis.csv", EVENTS)],
    ] {
        let place = Place::new();
        charged(&place, &delivery(&place, "28", "2025", &files), 1).says("avec leur nombre");
    }

    let place = Place::new();
    let stops = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\nORNE-1,2025-03-03,61079,10,5\n";
    let two = EVENTS
        .replace("etp\n", "etp,nombre\n")
        .replace("installation_mg,1", "installation_mg,1.5,2")
        .replace("depart_mg,1", "depart_mg,1,");
    let files = [("offre.csv", two.as_str()), ("tournees.csv", stops)];
    charged(&place, &delivery(&place, "28", "2025", &files), 0);
    let answer = place
        .medicobus("requete offre_durable --annee 2025 --region 28 --format csv")
        .exits(0);
    for (kind, events, etp) in [("installation_mg", "2", "1.5"), ("depart_mg", "1", "1")] {
        let row = answer.stdout.lines().find(|line| line.contains(kind)).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!((cells[7], cells[9]), (events, etp), "{row}");
    }
}

#[test]
fn one_event_told_with_two_sizes_is_refused() {
    for other in ["installation_mg,0.5", "installation_mg,"] {
        let place = Place::new();
        let events = format!("{EVENTS}61079,2025-03-04,{other}\n");
        charged(&place, &delivery(&place, "28", "2025", &[("offre.csv", &events)]), 1)
            .says("la ligne 2 en dit autre chose")
            .says("la somme de leurs ETP");
    }
}

#[test]
fn one_thing_under_two_names_of_a_merged_commune_is_refused_unless_something_tells_them_apart() {
    // 61003 was merged into 61167.
    let event = |commune: &str| format!("{commune},2025-03-04,installation_mg,1\n");
    let events = format!("code_commune,date,type,etp\n{}{}", event("61003"), event("61167"));
    let place = Place::new();
    charged(&place, &delivery(&place, "28", "2025", &[("offre.csv", &events)]), 1)
        .says("la ligne 2 dit la même chose d'une commune réunie depuis à celle-ci");

    let head = "id_medicobus,date,code_commune,heure_debut,creneaux_offerts,creneaux_honores\n";
    let stop = |commune: &str, hour: &str, slots: u8| {
        format!("ORNE-1,2025-03-04,{commune},{hour},10,{slots}\n")
    };
    for (hours, slots, code) in
        [(["", ""], [5, 5], 1), (["09:00", "14:00"], [5, 5], 0), (["", ""], [5, 4], 0)]
    {
        let stops = format!(
            "{head}{}{}",
            stop("61003", hours[0], slots[0]),
            stop("61167", hours[1], slots[1])
        );
        let place = Place::new();
        let delivery = delivery(&place, "28", "2025", &[("tournees.csv", &stops)]);
        let end = charged(&place, &delivery, code);
        if code == 1 {
            end.says("si ce sont deux arrêts, donnez leurs heures");
        } else {
            assert_eq!(
                asked(&place, "SELECT CAST(sum(creneaux_offerts) AS BIGINT) FROM tournees"),
                "20"
            );
        }
    }
}

#[test]
fn what_another_delivery_tells_is_refused_with_its_way_out() {
    let panel = "code_territoire,type_territoire,periode,patients,patients_sans_mt\n61079,commune,2025-T1,900,90\n";
    let calls = "id_medicobus,mois,demandes\nORNE-1,2025-03,12\n";
    let survey = "id_demande,code_territoire,date_demande,resultat\nD1,61079,2025-03-04,refus\n";
    let goals = "code_region,annee,cible_medicobus\nFR,2025,100\n";

    for (first, second, name, text, said) in [
        // The yearly table that comes with each month.
        (
            ("28", "2025-01"),
            ("28", "2025-03"),
            "financements.csv",
            FUNDING,
            "si les deux s'ajoutent",
        ),
        (
            ("28", "2025-02"),
            ("28", "2025-03"),
            "territoires.csv",
            panel,
            "livraison 2025-02",
        ),
        (
            ("28", "2025-T2"),
            ("28", "2025-T1"),
            "objectifs.csv",
            goals,
            "code_region FR, annee 2025",
        ),
        // The national file that each région sends.
        (
            ("24", "2025"),
            ("28", "2025"),
            "territoires.csv",
            panel,
            "de l'une des deux livraisons",
        ),
        (("24", "2025"), ("28", "2025-03"), "delais_mg.csv", survey, "de la région 24"),
        (
            ("24", "2025"),
            ("28", "2025"),
            "offre.csv",
            EVENTS,
            "2 lignes, dont code_commune 61079",
        ),
    ] {
        let place = Place::new();
        let own = |region: &str| text.replace("ORNE-1", &format!("BUS-{region}"));
        let loaded = |(region, period): (&str, &str)| {
            let delivery = delivery(&place, region, period, &[(name, &own(region))]);
            let bus = BUS.replace(",28,61,", &format!(",{region},61,"));
            let bus = bus.replace("ORNE-1", &format!("BUS-{region}"));
            std::fs::write(delivery.join("medicobus.csv"), bus).unwrap();
            delivery
        };
        charged(&place, &loaded(first), 0);
        let end = charged(&place, &loaded(second), 1).says(said);
        // A check beside the store says it before.
        let (second_again, depot) = (loaded(second), place.store());
        let checked = [Path::new("controler"), &second_again, Path::new("--depot"), &depot];
        place.run(&checked).exits(1).says(said);
        assert!(!end.stdout.contains("os error"), "{}", end.stdout);

        // The way out holds: without the lines, the rest is taken.
        let delivery = loaded(second);
        std::fs::remove_file(delivery.join(name)).unwrap();
        charged(&place, &delivery, 0);
        // And the delivery that told it first may be corrected.
        std::fs::write(loaded(first).join("LISEZ.txt"), "corrigé").unwrap();
        charged(&place, &loaded(first), 0);
    }

    // Months of one year, each with its own calls.
    let place = Place::new();
    charged(&place, &delivery(&place, "28", "2025-03", &[("demandes.csv", calls)]), 0);
    let april = calls.replace("2025-03", "2025-04");
    charged(&place, &delivery(&place, "28", "2025-04", &[("demandes.csv", &april)]), 0);
}

#[test]
fn a_project_belongs_to_one_region() {
    let place = Place::new();
    let rows = consultations(60, 0);
    let files = [("consultations.csv", rows.as_str())];
    charged(&place, &delivery(&place, "24", "2024", &[]), 0);
    charged(&place, &delivery(&place, "28", "2025", &files), 1)
        .says("id_medicobus ORNE-1")
        .says("la livraison 2024 de la région 24");

    // The other one lists it no more.
    let none = BUS.replace(",28,61,", ",24,61,").replace("ORNE-1", "CVDL-1");
    let later = delivery(&place, "24", "2025", &[]);
    std::fs::write(later.join("medicobus.csv"), none).unwrap();
    charged(&place, &later, 1).says("ne donne plus id_medicobus ORNE-1");
    let meant = [Path::new("charger"), &later, Path::new("--remplacer-partiellement")];
    place.run(&meant).exits(0);
    charged(&place, &delivery(&place, "28", "2025", &files), 0);
    assert_eq!(
        asked(&place, "SELECT count(*) FROM consultations JOIN medicobus USING (id_medicobus)"),
        "60"
    );
}

#[test]
fn slots_that_consultations_do_not_tell_of_are_said_bus_by_bus() {
    let place = Place::new();
    let stops = |honoured: u32| {
        format!(
            "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\nORNE-1,2025-03-01,61079,200,{honoured}\n"
        )
    };
    let rows = consultations(2, 0);
    for (honoured, told) in [(102, true), (13, true), (12, false)] {
        let stops = stops(honoured);
        let files = [("tournees.csv", stops.as_str()), ("consultations.csv", rows.as_str())];
        let delivery = delivery(&place, "28", "2025", &files);
        let end = place.run(&[&PathBuf::from("controler"), &delivery]).exits(0);
        let said = format!("{honoured} créneaux honorés dans tournees, et 2 consultations");
        assert_eq!((end.stdout + &end.stderr).contains(&said), told, "{said}");
    }
}
