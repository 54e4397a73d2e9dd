//! On made-up panels whose truth is known: what spills over to the neighbours is found, what another measure did is told apart.

use super::*;
use crate::evaluation::average::average_row;
use crate::evaluation::outcome::Step;
use crate::evaluation::surroundings::{neighbour_effect, other_measures};
use crate::evaluation::variants::variants;
use disclosure::{Cell, Gate};

/// A world large enough for its neighbours to be told from chance, as the query answers it.
fn world(seed: u64) -> RawTable {
    let world = generate(&Params::new(seed, &REGIONS, 3)).unwrap();
    panel(&world, &REGIONS)
}

/// Says in a panel that the territories for which `is_touched` have a maison de santé from 2024 on, which takes three points off the
/// share without médecin traitant.
fn disturb(table: &mut RawTable, is_touched: impl Fn(&str) -> bool) {
    let [code, period, patients, without, measures] =
        ["code_zone", "periode", "patients", "patients_sans_mt", "mesures"]
            .map(|n| column(table, n));

    for row in &mut table.rows {
        let is_late = row[period].as_text().unwrap() >= "2024-T1";
        if is_late && is_touched(row[code].as_text().unwrap()) {
            let less = 0.03 * row[patients].as_f64().unwrap();
            let left = (row[without].as_f64().unwrap() - less).round().max(0.0);
            row[without] = Value::Int(left as i64);
            row[measures] = texte("msp");
        }
    }
}

/// Number of seeds: few in the suite, `MEDICOBUS_GRAINES=200` for what is published.
fn seeds() -> u64 {
    std::env::var("MEDICOBUS_GRAINES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10)
}

#[test]
fn what_spills_over_to_the_neighbours_is_estimated() {
    let (mut covered, mut bias, mut spread) = (0.0, 0.0, 0.0);
    for seed in 0..seeds() {
        let table = world(seed);
        let nearby = Design::read(&table).unwrap().of_neighbours();
        assert!(nearby.count(TerritoryRole::Served).0 >= 30);

        let m = Measurements::read(OUTCOMES[0], &nearby, &table).unwrap();
        let row = neighbour_effect(&m, &options(0)).unwrap().row;
        let truth = Truth::default().debordement_voisins * truth(&m.panel(true).unwrap(), &nearby);

        covered += f64::from(u8::from(row.lower <= truth && truth <= row.upper));
        bias += row.effect - truth;
        spread += (row.upper - row.lower) / 4.0;
    }

    let n = seeds() as f64;
    println!("voisins : couverture {}, biais {} erreur type", covered / n, bias / spread);
    assert!(covered / n >= if n >= 200.0 { 0.92 } else { 0.7 }, "{}", covered / n);
    // Chance alone moves the mean of 200 draws by 0.07 standard errors.
    assert!((bias / spread).abs() < if n >= 200.0 { 0.2 } else { 0.8 }, "{}", bias / spread);
}

/// A third of the controls, and a tenth of those served.
fn chosen(plan: &Design) -> impl Fn(&str) -> bool {
    let every = |role, step| {
        let codes: Vec<String> = plan.with_role(role).map(|(code, _)| code.clone()).collect();
        codes.into_iter().step_by(step)
    };
    let codes: std::collections::BTreeSet<String> = every(TerritoryRole::Control, 3)
        .chain(every(TerritoryRole::Served, 10))
        .collect();
    move |code| codes.contains(code)
}

#[test]
fn what_another_measure_did_is_told_apart() {
    let (mut covered, mut retained_covered, mut bias, mut retained_bias) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..seeds() {
        let mut table = world(seed);
        let plan = Design::read(&table).unwrap();
        disturb(&mut table, chosen(&plan));
        let plan = Design::read(&table).unwrap();

        let m = Measurements::read(OUTCOMES[0], &plan, &table).unwrap();
        let panel = m.panel(true).unwrap();
        let truth = truth(&panel, &plan);
        let holds = |e: &Measured| f64::from(u8::from(e.point.interval().unwrap().contains(truth)));

        let retained = average(&estimate(&panel, &options(0)).unwrap()).unwrap();
        let (untouched, _) = m.untouched().unwrap();
        let apart = untouched.panel(true).unwrap();
        let apart = average(&estimate(&apart, &options(0)).unwrap()).unwrap();

        covered += holds(&apart);
        retained_covered += holds(&retained);
        bias += apart.point.estimate - truth;
        retained_bias += retained.point.estimate - truth;
    }

    let n = seeds() as f64;
    println!(
        "autres mesures : couverture {} au lieu de {}, biais {} au lieu de {}",
        covered / n,
        retained_covered / n,
        bias / n,
        retained_bias / n
    );
    assert!(covered / n >= if n >= 200.0 { 0.92 } else { 0.7 }, "{}", covered / n);
    assert!(retained_covered < covered, "{retained_covered} {covered}");
    assert!(bias.abs() < retained_bias.abs() / 5.0, "{bias} {retained_bias}");
}

/// Half a point off the share without médecin traitant of those served, in the quarter before their first tour: what was
/// announced began to act.
fn announce(table: &mut RawTable, plan: &Design) {
    let [code, period, patients, without] =
        ["code_zone", "periode", "patients", "patients_sans_mt"].map(|n| column(table, n));

    for row in &mut table.rows {
        let territory = &plan.territoires[row[code].as_text().unwrap()];
        let quarter = Step::Quarter.period(row[period].as_text().unwrap()).unwrap();
        if territory.role == TerritoryRole::Served && territory.cohort == Some(quarter + 1) {
            let less = 0.005 * row[patients].as_f64().unwrap();
            let left = (row[without].as_f64().unwrap() - less).round().max(0.0);
            row[without] = Value::Int(left as i64);
        }
    }
}

#[test]
fn what_was_announced_is_told_apart_by_its_variant() {
    let (mut covered, mut bias, mut retained_bias) = (0.0, 0.0, 0.0);
    for seed in 0..seeds() {
        let mut table = world(seed);
        let plan = Design::read(&table).unwrap();
        announce(&mut table, &plan);

        let m = Measurements::read(OUTCOMES[0], &plan, &table).unwrap();
        let panel = m.panel(true).unwrap();
        let truth = truth(&panel, &plan);
        let estimated = |options| average(&estimate(&panel, &options).unwrap()).unwrap().point;
        let variant = estimated(Options { anticipation: 1, ..options(0) });

        covered += f64::from(u8::from(variant.interval().unwrap().contains(truth)));
        bias += variant.estimate - truth;
        retained_bias += estimated(options(0)).estimate - truth;
    }

    let n = seeds() as f64;
    println!(
        "annonce : couverture {}, biais {} au lieu de {}",
        covered / n,
        bias / n,
        retained_bias / n
    );
    assert!(covered / n >= if n >= 200.0 { 0.92 } else { 0.7 }, "{}", covered / n);
    assert!(bias.abs() < retained_bias.abs() / 5.0, "{bias} {retained_bias}");
}

/// What another measure left untouched must be enough by itself, and only what is seen before and after service counts.
#[test]
fn what_is_left_untouched_must_be_enough() {
    let mut table = world(3);
    let plan = Design::read(&table).unwrap();
    let served: Vec<String> =
        plan.with_role(TerritoryRole::Served).map(|(code, _)| code.clone()).collect();
    let left = &served[..10];
    disturb(&mut table, |code| {
        served.iter().any(|c| c == code) && !left.iter().any(|c| c == code)
    });

    let plan = Design::read(&table).unwrap();
    let m = Measurements::read(OUTCOMES[0], &plan, &table).unwrap();
    let (untouched, _) = m.untouched().unwrap();
    let before = |code: &String| plan.territoires[code].cohort.unwrap() < 2024 * 4;
    let seen = served.iter().filter(|c| left.contains(c) || before(c)).count();
    assert!(untouched.served_people().territories <= seen);
    assert!(seen < crate::evaluation::design::MIN_SERVED, "{seen}");

    let panel = m.panel(true).unwrap();
    let retained = estimate(&panel, &options(0)).unwrap();
    let (rows, excluded) = variants(&m, &panel, &options(0), &retained).unwrap();
    assert!(rows.iter().all(|r| r.row.variant != "sans_mesures"));
    assert!(excluded.iter().any(|e| e.reason.contains("il ne reste que")), "{excluded:?}");
}

/// Persons are those of the territories compared, whom the panel counts before any service.
#[test]
fn persons_are_those_of_the_territories_compared() {
    let table = world(4);
    let plan = Design::read(&table).unwrap();
    let m = Measurements::read(OUTCOMES[0], &plan, &table).unwrap();
    let served: f64 = plan.with_role(TerritoryRole::Served).map(|(_, t)| t.patients).sum();
    let always: f64 = plan.with_role(TerritoryRole::AlwaysServed).map(|(_, t)| t.patients).sum();
    assert!(always > 0.0);

    let panel = m.panel(true).unwrap();
    let att = estimate(&panel, &options(0)).unwrap();
    let average = average(&att).unwrap();
    let row = average_row(&m, ("retenue", String::new()), &average, &att).row;
    let expected = average.point.estimate * served / 100.0;
    assert!((row.people.unwrap() - expected).abs() <= 5.0, "{row:?} {expected}");
    assert_eq!(row.served, plan.count(TerritoryRole::Served).0);
    assert!(row.people_lower < row.people && row.people < row.people_upper);

    // A level is no share of persons.
    let m = Measurements::read(OUTCOMES[5], &plan, &table).unwrap();
    assert_eq!(m.served_people().people, None);
}

#[test]
fn only_what_began_or_ended_since_the_first_quarter_touches() {
    let mut table = world(1);
    let [code, period, measures] = ["code_zone", "periode", "mesures"].map(|n| column(&table, n));
    let plan = Design::read(&table).unwrap();
    let controls: Vec<String> =
        plan.with_role(TerritoryRole::Control).map(|(code, _)| code.clone()).collect();

    for row in &mut table.rows {
        let when = row[period].as_text().unwrap().to_string();
        let place = controls.iter().position(|c| row[code] == texte(c));
        row[measures] = match (place, when.as_str()) {
            // From before to after; one that ended; one of two quarters.
            (Some(0), _) => texte("cpts"),
            (Some(1), when) if when <= "2024-T1" => texte("cpts msp"),
            (Some(1), _) => texte("msp"),
            (Some(2), "2024-T2" | "2024-T3") => texte("autre_bus"),
            _ => Value::Null,
        };
    }

    let plan = Design::read(&table).unwrap();
    let touched = |place: usize| &plan.territoires[&controls[place]].touched;
    assert!(touched(0).is_empty());
    let ended = touched(1);
    assert_eq!(ended.keys().next(), Some(&(2024 * 4 + 1)));
    assert!(ended.values().all(|all| all.iter().eq(["cpts"])));
    assert_eq!(touched(2).len(), 2);

    let rows = other_measures(&plan);
    let told: Vec<(&str, usize, usize)> = rows
        .iter()
        .map(|r| (r.row.measure_name.as_str(), r.row.served, r.row.controls))
        .collect();
    assert_eq!(told, [("Autre bus", 0, 1), ("CPTS créée", 0, 1), ("Au moins une", 0, 2)]);
}

/// The estimate with and without one or two territories would tell what those did.
#[test]
fn a_variant_that_leaves_out_too_few_is_hidden() {
    let gate = Gate::default();
    let header = crate::evaluation::rows::headers().unwrap()["effet_moyen"].clone();
    let released = |count: usize| {
        let mut table = world(2);
        let plan = Design::read(&table).unwrap();
        let codes: Vec<String> = plan
            .with_role(TerritoryRole::Served)
            .map(|(code, _)| code.clone())
            .take(count)
            .collect();
        disturb(&mut table, |code| codes.iter().any(|c| c == code));

        let plan = Design::read(&table).unwrap();
        let m = Measurements::read(OUTCOMES[0], &plan, &table).unwrap();
        let panel = m.panel(true).unwrap();
        let retained = estimate(&panel, &options(0)).unwrap();
        let (rows, _) = variants(&m, &panel, &options(0), &retained).unwrap();
        let mut tables = BTreeMap::new();
        crate::evaluation::rows::add(&mut tables, rows);
        let rows = tables.remove("effet_moyen").unwrap();
        gate.release_estimates(header.clone(), BTreeMap::new(), rows, 3, false).unwrap()
    };

    let effect_of = |count: usize| {
        let table = released(count);
        let row = table.rows().iter().find(|r| r[3] == Cell::Open(texte("sans_mesures")));
        row.map(|r| r[5] == Cell::Hidden)
    };
    assert_eq!([0, 1, 2, 8].map(effect_of), [None, Some(true), Some(true), Some(false)]);
}
