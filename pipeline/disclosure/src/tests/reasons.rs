//! What a reviewer is told of counts that are hidden for the sake of others.

use super::*;

/// The patients of a profile in each zone, at its level.
fn at_level(level: &str, rows: &[(&str, i64)]) -> RawTable {
    let rows = rows.iter().map(|(zone, patients)| profile(zone, "ensemble", *patients));
    table(PROFILES, &[("niveau", level)], rows.collect())
}

/// What is hidden and not small, by zone and measure, and the zones of what it would give back.
fn told(reasons: &[Reason]) -> Vec<(&str, &str, Vec<&str>)> {
    let told = reasons.iter().map(|Reason { key, gives, .. }| {
        let gives = gives.iter().map(|given| given.zone.code.as_str()).collect();
        (key.measure.as_str(), key.zone.code.as_str(), gives)
    });
    told.collect()
}

#[test]
fn each_count_that_is_hidden_for_others_names_what_it_would_give_back() {
    let gate = Gate::default();
    let documents = || {
        vec![
            at_level("departement", &[("61", 65), ("50", 80)]),
            at_level("medicobus", &[("B1", 5), ("B2", 60), ("B3", 80)]),
        ]
    };

    // The five of B1 are what B2 less the département's 65 would tell; B3 is alone in its département, and open.
    let reasons = gate.reasons(documents(), &zones(), &[]);
    let patients: Vec<_> =
        told(&reasons).into_iter().filter(|reason| reason.0 == "patients").collect();
    assert_eq!(patients, [("patients", "B2", vec!["B1"])]);

    // What is out already is decided already: the reasons are the same.
    let out = gate.release_after(documents(), &zones(), &[]).publication;
    assert_eq!(gate.reasons(documents(), &zones(), &[out]), reasons);
}

#[test]
fn a_document_that_hides_nothing_small_has_no_reasons() {
    let open = vec![at_level("medicobus", &[("B1", 50), ("B2", 60), ("B3", 0)])];

    assert_eq!(Gate::default().reasons(open, &zones(), &[]), vec![]);
}
