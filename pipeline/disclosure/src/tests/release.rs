//! One release: what the gate hides, and what it leaves open.

use super::*;

#[test]
fn a_small_row_takes_another_with_it_and_zero_stays_open() {
    let rows = by_profile("28", &[("sans", 4), ("avec", 40), ("indisponible", 25), ("inconnu", 0)]);
    let released = Gate::default().release_after(vec![table(PROFILES, &[], rows)], &zones(), &[]);
    let t = &released.tables[0];

    for column in ["patients", "consultations", "delai_moyen"] {
        assert!(is_hidden(t, 0, column), "{column} of the small row");
    }

    assert!(!is_hidden(t, 0, "bus") && !is_hidden(t, 0, "profil"));

    // The cheapest companion, and its delay, whose number of patients is hidden.
    assert!(
        is_hidden(t, 2, "patients")
            && is_hidden(t, 2, "consultations")
            && is_hidden(t, 2, "delai_moyen")
    );
    assert!(!is_hidden(t, 1, "patients") && !is_hidden(t, 4, "patients"));
    assert_eq!(t.rows()[3][3], Cell::Open(Value::Int(0)));
    assert_eq!(t.rows()[3][5], Cell::Open(Value::Null));
    assert!(t.publishable());
    let annex = &released.annex;

    assert_eq!((annex.cells, annex.primary, annex.secondary), (10, 2, 2));
    assert!(annex.narrowest.unwrap().width() >= 10.0);

    // 6 of 14 figures.
    assert_eq!(t.summary(), Summary { cells: 14, primary: 3, secondary: 3 });
    assert_eq!(annex.advice.len(), 2, "{:?}", annex.advice);
}

#[test]
fn buses_departements_and_regions_of_several_tables_are_linked() {
    let buses = ["B1", "B2", "B3"].iter().zip([[6, 40], [30, 50], [45, 60]]);
    let bus_rows: Vec<_> = buses
        .flat_map(|(b, v)| by_profile(b, &[("sans", v[0]), ("avec", v[1])]))
        .collect();
    let departements: Vec<_> = [("61", [36, 90]), ("50", [45, 60])]
        .iter()
        .flat_map(|(d, v)| by_profile(d, &[("sans", v[0]), ("avec", v[1])]))
        .collect();
    let region = by_profile("28", &[("sans", 81), ("avec", 150)]);
    let mut reversed = bus_rows.clone();
    reversed.reverse();
    let tables = vec![
        table(PROFILES, &[("niveau", "medicobus")], bus_rows),
        table(PROFILES, &[("niveau", "departement")], departements),
        table(PROFILES, &[("niveau", "region")], region),
        table(PROFILES, &[("niveau", "medicobus")], reversed),
    ];
    let gated = Gate::default().release(tables, &zones());
    let hidden = |t: usize, r: usize| is_hidden(&gated[t], r, "patients");

    assert!(hidden(0, 0));

    // Its bus's other profile would give it back, and so would the département, whose other bus is open.
    assert!(hidden(0, 1) || hidden(0, 2));
    assert!(hidden(0, 3) || hidden(1, 0));

    // The same table sorted otherwise hides the same cells.
    for r in 0..9 {
        assert_eq!(hidden(0, r), hidden(3, 8 - r), "row {r}");
    }
}

#[test]
fn a_total_that_its_rows_do_not_reach_hides_what_is_missing() {
    // The région counts 5 patients of a bus that has no row: 235 − 231 printed would give them away.
    let rows: Vec<_> = [("28", 100), ("B1", 40), ("B2", 30), ("B3", 25)]
        .iter()
        .map(|(z, v)| profile(z, "ensemble", *v))
        .collect();
    let (region, buses) = rows.split_at(1);
    let tables = vec![
        table(PROFILES, &[("niveau", "region")], region.to_vec()),
        table(PROFILES, &[("niveau", "medicobus")], buses.to_vec()),
    ];
    let gated = Gate::default().release(tables, &zones());
    let open_buses = (0..3).filter(|&r| !is_hidden(&gated[1], r, "patients")).count();

    assert!(is_hidden(&gated[0], 0, "patients") || open_buses < 3);
}

#[test]
fn a_share_near_a_hundred_hides_its_numerator() {
    // 3 patients of 60 have a médecin traitant: 57 of 60 says so.
    let rows = vec![share_row("B1", 60, 57), share_row("B2", 80, 30), share_row("B3", 90, 35)];
    let gated =
        Gate::default().release(vec![table(SHARES, &[("niveau", "medicobus")], rows)], &zones());

    assert!(is_hidden(&gated[0], 0, "sans_mt") && is_hidden(&gated[0], 0, "part"));
    assert!(!is_hidden(&gated[0], 0, "patients") && !is_hidden(&gated[0], 1, "part"));
}

#[test]
fn a_share_of_nobody_is_zero_even_of_a_hidden_whole() {
    // « 0 » beside « n.c. » would say no less.
    let rows = vec![share_row("B1", 5, 0), share_row("B2", 80, 30), share_row("B3", 90, 35)];
    let gated =
        Gate::default().release(vec![table(SHARES, &[("niveau", "medicobus")], rows)], &zones());

    assert!(is_hidden(&gated[0], 0, "patients"));
    assert_eq!(
        gated[0].rows()[0][3..],
        [Cell::Open(Value::Int(0)), Cell::Open(Value::Float(0.0))]
    );
}

#[test]
fn shares_of_one_total_do_not_give_their_numerator_back() {
    let header = PROFILES.replace(
        "{ nom = \"bus\", titre = \"Bus\", role = \"ouvert\" }",
        "{ nom = \"tous\", titre = \"Tous\", role = \"effectif\", garde = \"patients\" },
         { nom = \"part\", titre = \"Part\", role = \"taux\", format = \"pourcent\", numerateur = \"consultations\", denominateur = \"tous\" }",
    );
    let values = [("sans", 12), ("avec", 40), ("indisponible", 3), ("inconnu", 0)];
    let mut rows = by_profile("28", &values);

    for row in &mut rows {
        let part = row[4].as_f64().unwrap() / 165.0;
        row[6] = Value::Int(165);
        row.push(Value::Float((part * 1000.0).round() / 10.0));
    }
    let gated = Gate::default().release(vec![table(&header, &[], rows)], &zones());

    // Either another row is hidden or the total is, in all the places where it stands.
    let row_hidden =
        is_hidden(&gated[0], 0, "consultations") || is_hidden(&gated[0], 1, "consultations");
    let total_hidden =
        is_hidden(&gated[0], 4, "consultations") && (0..5).all(|r| is_hidden(&gated[0], r, "tous"));

    assert!(row_hidden || total_hidden);

    for r in 0..5 {
        let parts = is_hidden(&gated[0], r, "consultations") || is_hidden(&gated[0], r, "tous");
        // Nobody is unknown, and nobody is a share of anything.
        let zero = r == 3;
        assert_eq!(is_hidden(&gated[0], r, "part"), parts && !zero, "row {r}");
    }
}

#[test]
fn without_secrecy_nothing_is_publishable() {
    let rows = by_profile("28", &[("sans", 4)]);
    let open = Gate::open_unprotected(vec![table(PROFILES, &[], rows)]);

    assert!(!open[0].publishable());
    assert_eq!(open[0].rows()[0][3], Cell::Open(Value::Int(4)));
}

#[test]
fn others_are_hidden_before_what_is_wanted_and_what_cannot_be_shown_is_said() {
    let columns = r#"
          { nom = "annee", titre = "Année", role = "periode" },
          { nom = "code_zone", titre = "Zone", role = "zone" },
          { nom = "petit", titre = "Petit", role = "patients" },
          { nom = "reste", titre = "Reste", role = "patients" },
          { nom = "tout", titre = "Tout", role = "patients" },
    "#;
    let header = header("parts", "Parts", columns);
    let sum = r#"
        [[sommes]]
        total = { mesure = "tout" }
        parties = [{ mesure = "petit" }, { mesure = "reste" }]
    "#;

    let row = vec![
        Value::Int(2025),
        Value::Text("61".into()),
        Value::Int(5),
        Value::Int(30),
        Value::Int(35),
    ];
    let release = |wanted: &[&str]| {
        let wanted = wanted.iter().map(|name| (*name).to_owned()).collect();
        let gate = Gate {
            wanted,
            ..gate_with(toml::from_str(sum).unwrap())
        };
        let out = gate.release_after(vec![table(&header, &[], vec![row.clone()])], &zones(), &[]);
        let cells = out.tables[0].rows()[0][2..].to_vec();
        let hidden: Vec<bool> = cells.iter().map(|cell| cell.open().is_none()).collect();
        let unmet = out.annex.advice.into_iter().filter(|said| said.contains("a_publier"));
        (hidden, unmet.collect::<Vec<String>>())
    };

    assert_eq!(release(&[]).0, [true, true, false]);
    assert_eq!(release(&["parts.reste"]), (vec![true, false, true], vec![]));
    let (hidden, advice) = release(&["parts.petit", "autre.tout"]);
    assert_eq!(hidden, [true, true, false]);
    assert!(advice[0].contains("Petit") && advice[0].contains("masqué 1 fois"), "{advice:?}");
}

#[test]
fn lines_about_nobody_are_printed_where_a_zone_has_one_part_alone() {
    let definition = definition("completude_livraisons");
    let row = |table: &str, lines: i64| -> Vec<Value> {
        let cell = |column: &str| match column {
            "annee" => Value::Text("2025".to_owned()),
            "code_zone" => Value::Text("01".to_owned()),
            "nom_table" => Value::Text(table.to_owned()),
            "lignes_acceptees" | "lignes_lues" => Value::Int(lines),
            _ => Value::Int(0),
        };
        definition.columns.iter().map(|c| cell(&c.name)).collect()
    };
    let tables = |consultations: i64| {
        let lines = [
            ("consultations", consultations),
            ("medicobus", 2),
            ("ensemble", consultations + 2),
        ];
        let deliveries = RawTable {
            definition: Arc::new(definition.clone()),
            parameters: Default::default(),
            rows: lines.iter().map(|(table, lines)| row(table, *lines)).collect(),
        };
        // Somebody was seen in the only département.
        let seen = by_profile("971", &[("sans", 40), ("avec", 60)]);
        vec![deliveries, table(PROFILES, &[("niveau", "departement")], seen)]
    };
    let mut zones = ZoneTree::new();
    zones.add_medicobus("B1", "971", "01");

    let hidden = |consultations: i64| -> Vec<bool> {
        let gated = Gate::default().release(tables(consultations), &zones);
        (0..3).map(|row| is_hidden(&gated[0], row, "lignes_acceptees")).collect()
    };

    // Two buses are nobody; few consultations are few people, wherever they are told.
    assert_eq!(hidden(300), [false, false, false]);
    assert!(hidden(4)[0]);
}
