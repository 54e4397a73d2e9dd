//! Identifiers that a spreadsheet rounded: several people would be one.

use proptest::prelude::*;

use super::*;

/// Consultations of these patients.
fn of_patients(keys: &[u64]) -> Checked {
    let rows: Vec<String> = keys
        .iter()
        .enumerate()
        .map(|(i, key)| good(&format!("C{i}")).replace("p7Qx2mVb91Ld", &key.to_string()))
        .collect();
    let text = format!("{HEAD}\n{}\n", rows.join("\n"));
    Case::new().file("consultations.csv", text.as_bytes()).check()
}

fn rounding(seen: &Checked) -> Option<&Finding> {
    seen.findings.iter().find(|f| f.rule == Rule::IdentifiantArrondi)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rounded_identifiers_are_refused_and_whole_ones_are_not(
        digits in 12u32..19,
        keys in proptest::collection::vec(5_000_000_000_000_000_000u64..7_000_000_000_000_000_000, 12..60),
        shown in 2u32..7,
        whole in 0usize..200,
    ) {
        let keys: Vec<u64> = keys.iter().map(|key| key / 10u64.pow(19 - digits)).collect();
        prop_assert!(rounding(&of_patients(&keys)).is_none());

        let unit = 10u64.pow(digits - shown);
        prop_assume!(digits - shown >= 6);
        let mut rounded: Vec<u64> = keys.iter().map(|key| (key + unit / 2) / unit * unit).collect();
        let different: BTreeSet<u64> = rounded.iter().copied().collect();
        prop_assume!(different.len() >= 3);
        // Beside others that another program wrote.
        rounded.extend((0..whole as u64).map(|i| 600_000_123_456_789 + i * 977_331));

        let seen = of_patients(&rounded);
        prop_assert!(!seen.accepted());
        let told = rounding(&seen);
        prop_assert!(told.is_some_and(|f| f.hint.contains("texte") && f.value.is_none()), "{told:?}");
    }
}

#[test]
fn numbers_that_are_counted_or_dated_are_not_rounded() {
    let counter: Vec<u64> = (0..2_000).map(|i| 280_000_000_000 + i * 500).collect();
    let hours: Vec<u64> = (0..24).map(|i| 20_250_304_000_000 + i * 10_000).collect();
    for keys in [counter, hours] {
        assert!(rounding(&of_patients(&keys)).is_none());
    }
}
