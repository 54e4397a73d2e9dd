//! Files that are out, attacked without their true values.

use super::*;

fn published(header: &str, rows: Vec<Vec<Value>>, hidden: &[(usize, usize)]) -> PublishedTable {
    let open = Gate::open_unprotected(vec![table(header, &[("niveau", "medicobus")], rows)]);
    let mut published = PublishedTable::from(&open[0]);

    for &(r, c) in hidden {
        published.rows[r][c] = Cell::Hidden;
    }
    published
}

#[test]
fn published_files_are_attacked_through_sums_and_shares() {
    // Hiding the small count alone: the total of its bus gives it back.
    let rows = by_profile("B1", &[("sans", 4), ("avec", 40)]);
    let exposed = attack_tables(
        &[published(PROFILES, rows, &[(0, 3), (0, 4)])],
        &zones(),
        &relations(),
        false,
    )
    .unwrap()
    .exposed;

    assert_eq!(exposed.len(), 2);
    assert!(exposed.iter().all(|e| e.interval.width() == 0.0), "{exposed:?}");

    // Hiding a numerator but not its share: 7 of 90 is 7,8 %.
    let rows = vec![share_row("B1", 90, 7), share_row("B2", 80, 30)];
    let exposed =
        attack_tables(&[published(SHARES, rows.clone(), &[(0, 3)])], &zones(), &relations(), true)
            .unwrap()
            .exposed;

    assert_eq!(exposed[0].interval, FeasibilityInterval { low: 7.0, high: 7.0 });
    let exposed =
        attack_tables(&[published(SHARES, rows, &[(0, 3), (0, 4)])], &zones(), &relations(), false)
            .unwrap()
            .exposed;

    assert!(exposed[0].interval.width() > 80.0);
}

#[test]
fn what_the_gate_lets_out_resists_the_attack_on_published_files() {
    let rows = |zone: &str, v: [i64; 3]| {
        by_profile(zone, &[("sans", v[0]), ("avec", v[1]), ("indisponible", v[2])])
    };
    let buses: Vec<_> = [("B1", [6, 40, 12]), ("B2", [30, 50, 9]), ("B3", [45, 60, 20])]
        .into_iter()
        .flat_map(|(zone, v)| rows(zone, v))
        .collect();
    let tables = vec![
        table(PROFILES, &[("niveau", "medicobus")], buses),
        table(PROFILES, &[("niveau", "region")], rows("28", [81, 150, 41])),
    ];
    let gated = Gate::default().release(tables, &zones());
    let out: Vec<PublishedTable> = gated.iter().map(PublishedTable::from).collect();
    let exposed = attack_tables(&out, &zones(), &relations(), true).unwrap().exposed;
    let of = |zone: &str, profil: &str| {
        let found = exposed.iter().find(|e| {
            e.key.measure == "patients"
                && e.key.zone.code == zone
                && e.key.categories["profil"] == profil
        });
        found.unwrap().interval
    };

    for (zone, profil) in [("B1", "sans"), ("B2", "indisponible")] {
        let interval = of(zone, profil);
        assert!(REQUIREMENT.holds(interval.low, interval.high), "{zone} {profil}: {interval:?}");
    }

    assert!(exposed.iter().all(|e| e.interval.width() >= 1.0));
}
