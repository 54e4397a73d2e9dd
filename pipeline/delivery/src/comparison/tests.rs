use super::*;
use crate::lines::Lines;
use crate::rows::volumes::Volume;
use crate::{DeliveryHeader, HeaderPlace, Period, StatedDialect, SummaryLine, Verdict};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A report of a période with rows of a table, by bus and month.
fn report(periode: &str, volumes: &[(&str, &str, &str, u64)]) -> Report {
    let volume = |(table, bus, step, rows): &(&str, &str, &str, u64)| Volume {
        table: (*table).into(),
        medicobus: (*bus).into(),
        step: (*step).into(),
        rows: *rows,
    };
    Report {
        header: DeliveryHeader {
            region: "28".into(),
            periode: Period::parse(periode).unwrap(),
            producteur: String::new(),
            motif: None,
            nothing: Vec::new(),
            fictives: true,
            dialect: StatedDialect::default(),
            place: HeaderPlace::default(),
        },
        sha256: String::new(),
        files: Vec::new(),
        summary: Vec::new(),
        verdict: Verdict::Accepted,
        fictives: true,
        completeness: Vec::new(),
        volumes: volumes.iter().map(volume).collect(),
        opened: BTreeMap::new(),
        ended: BTreeMap::new(),
    }
}

fn finding(field: &str, count: u64) -> SummaryLine {
    SummaryLine {
        file: "consultations.csv".into(),
        sheet: None,
        table: Some("consultations".into()),
        field: Some(field.into()),
        column: None,
        rule: Rule::ValeurAdmise,
        severity: Severity::Ligne,
        gain: Gain::Rows,
        count,
        lines: Lines::default(),
        message: String::new(),
        value: None,
        hint: String::new(),
    }
}

fn earlier(relation: Relation, report: Report) -> Earlier {
    Earlier {
        relation,
        day: day("2026-01-15"),
        version: Some(3),
        report,
    }
}

/// Twelve months of one bus, 200 consultations each.
fn steady() -> Vec<(&'static str, &'static str, &'static str, u64)> {
    let months = [
        "2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08",
        "2025-09", "2025-10", "2025-11", "2025-12",
    ];
    months.map(|month| ("consultations", "B1", month, 200)).to_vec()
}

fn jumps(volumes: &[(&str, &str, &str, u64)], today: &str) -> Vec<String> {
    Comparison::of(None, &report("2025", volumes), day(today)).jumps
}

#[test]
fn findings_are_new_solved_or_still_there() {
    let mut before = report("2025", &[]);
    before.summary = vec![finding("sexe", 4), finding("ald", 7)];
    let mut now = report("2025", &[]);
    now.summary = vec![finding("ald", 2), finding("mode", 5)];

    let compared =
        Comparison::of(Some(&earlier(Relation::Replaced, before)), &now, day("2026-02-01"));
    let said = |changes: &mut dyn Iterator<Item = &FindingChange>| {
        changes.map(FindingChange::said).collect::<Vec<_>>()
    };
    let rule = "La valeur est dans la liste admise";
    assert_eq!(
        said(&mut compared.solved()),
        [format!("consultations, sexe : « {rule} » non tenue (4 → 0)")]
    );
    assert_eq!(
        said(&mut compared.still_there()),
        [format!("consultations, ald : « {rule} » non tenue (7 → 2)")]
    );
    assert_eq!(
        said(&mut compared.new_findings()),
        [format!("consultations, mode : « {rule} » non tenue (0 → 5)")]
    );
    assert!(compared.against.unwrap().contains("remplace"));
}

#[test]
fn rows_gained_and_lost_are_told_by_month_and_consultations_by_tens() {
    let before = report(
        "2025",
        &[
            ("tournees", "B1", "2025-03", 4),
            ("tournees", "B1", "2025-04", 9),
            ("consultations", "B1", "2025-03", 6),
            ("consultations", "B1", "2025-04", 204),
            ("consultations", "B1", "2025-05", 100),
        ],
    );
    let now = report(
        "2025",
        &[
            ("tournees", "B1", "2025-03", 4),
            ("tournees", "B1", "2025-04", 5),
            ("tournees", "B2", "2025-04", 6),
            ("consultations", "B1", "2025-04", 156),
            // Ten more are ten people: not told.
            ("consultations", "B1", "2025-05", 110),
        ],
    );

    let compared =
        Comparison::of(Some(&earlier(Relation::Replaced, before)), &now, day("2026-02-01"));
    let said: Vec<String> = compared.rows.iter().map(RowChange::said).collect();
    assert_eq!(
        said,
        [
            "consultations, mars 2025 : moins de 11 → 0",
            "consultations, avril 2025 : environ 200 → environ 160",
            "tournees, avril 2025 : 9 → 11 (+2)",
        ]
    );
}

#[test]
fn the_period_before_is_compared_by_table() {
    let before = report("2024", &[("offre", "", "2024-03", 4), ("tournees", "B1", "2024-04", 9)]);
    let now = report("2025", &[("tournees", "B1", "2025-04", 5), ("dessertes", "B1", "", 3)]);
    let compared =
        Comparison::of(Some(&earlier(Relation::Before, before)), &now, day("2026-02-01"));
    let said: Vec<String> = compared.rows.iter().map(RowChange::said).collect();
    assert_eq!(said, ["dessertes : 0 → 3 (+3)", "offre : 4 → 0 (−4)"]);
}

#[test]
fn a_month_far_from_its_neighbours_is_said() {
    assert_eq!(jumps(&steady(), "2026-02-01"), [""; 0]);

    let mut odd = steady();
    odd[4].3 = 61;
    odd[9].3 = 620;
    assert_eq!(
        jumps(&odd, "2026-02-01"),
        [
            "consultations, mai 2025 : environ 60, pour environ 200 d'ordinaire",
            "consultations, octobre 2025 : environ 620, pour environ 200 d'ordinaire",
        ]
    );

    // Months without any are said together, once for all buses.
    let mut empty = steady();
    empty.truncate(3);
    assert_eq!(
        jumps(&empty, "2026-02-01"),
        ["consultations : aucune d'avril 2025 à décembre 2025"]
    );
    let mut hole = steady();
    hole.remove(6);
    assert_eq!(jumps(&hole, "2026-02-01"), ["consultations : aucune en juillet 2025"]);

    // August is quiet, a beginning is late, the month that is not over may be anything.
    let mut quiet = steady();
    (quiet[0].3, quiet[7].3, quiet[11].3) = (5, 90, 12);
    assert_eq!(jumps(&quiet, "2025-12-10"), [""; 0]);
}

#[test]
fn a_bus_that_became_silent_is_said_unless_it_ended() {
    let mut volumes = steady();
    volumes.extend([
        ("consultations", "B2", "2025-01", 40),
        ("consultations", "B2", "2025-02", 40),
        ("consultations", "B3", "2025-11", 40),
    ]);
    let silent = "B2 : aucune consultation de mars 2025 à décembre 2025";
    assert_eq!(jumps(&volumes, "2026-02-01"), [silent]);

    let mut ended = report("2025", &volumes);
    ended.ended.insert("B2".into(), "2025-02".into());
    assert_eq!(Comparison::of(None, &ended, day("2026-02-01")).jumps, [""; 0]);
}

#[test]
fn a_bus_that_the_delivery_before_knew_is_missed() {
    let both = [("consultations", "B1", "2025-02", 40), ("consultations", "B2", "2025-02", 40)];
    let now = report("2025-03", &[("consultations", "B1", "2025-03", 40)]);
    let before = earlier(Relation::Before, report("2025-02", &both));
    let compared = Comparison::of(Some(&before), &now, day("2026-02-01"));
    assert_eq!(compared.jumps, ["B2 : aucune consultation en mars 2025"]);

    // Of the same days, too: the bus is no longer in the delivery at all.
    let now = report("2025-02", &both[..1]);
    let before = earlier(Relation::Replaced, report("2025-02", &both));
    let compared = Comparison::of(Some(&before), &now, day("2026-02-01"));
    assert_eq!(compared.jumps, ["B2 : aucune consultation en février 2025"]);
}

/// A bus in service of which no consultation was ever told is as silent as one that fell silent, whether the table lacks it or is empty.
#[test]
fn a_bus_in_service_without_any_consultation_is_said() {
    let mut idle = report("2025", &[]);
    idle.opened = [("B1", "2024-04"), ("B2", "2025-04"), ("B3", "2026-02"), ("B4", "2024-01")]
        .map(|(bus, month)| (bus.to_owned(), month.to_owned()))
        .into();
    idle.ended.insert("B4".into(), "2024-12".into());
    let said = |report: &Report| Comparison::of(None, report, day("2026-02-01")).jumps;
    let (first, second) = (
        "B1 : aucune consultation de janvier 2025 à décembre 2025",
        "B2 : aucune consultation d'avril 2025 à décembre 2025",
    );
    assert_eq!(said(&idle), [first, second]);

    // What it declares to have none, for one bus or for all.
    let mut declared = idle.clone();
    declared.header.nothing = vec!["B1".into()];
    assert_eq!(said(&declared), [second]);
    declared.header.nothing = vec!["consultations".into()];
    assert_eq!(said(&declared), [""; 0]);

    // A delivery that is refused has other words; so have honoured slots without consultations.
    let mut refused = idle.clone();
    refused.verdict = Verdict::Refused { why: Vec::new() };
    assert_eq!(said(&refused), [""; 0]);
    let mut slots = idle.clone();
    slots.summary = vec![SummaryLine {
        rule: Rule::ConsultationsAbsentes,
        ..finding("id_medicobus", 1)
    }];
    assert_eq!(said(&slots), [""; 0]);

    // Beside buses that are heard, too.
    let mut beside = idle;
    beside.volumes = report(
        "2025",
        &[("consultations", "B1", "2025-11", 40), ("consultations", "B1", "2025-12", 40)],
    )
    .volumes;
    assert_eq!(said(&beside), ["B2 : aucune consultation de novembre 2025 à décembre 2025"]);
}
