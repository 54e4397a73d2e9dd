//! The gate as a whole, and attackers that share nothing with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use base::table::{RawTable, Value};

use super::audit::audit;
use super::model::{AdditivityConstraint, LinkedCell, LinkedTables, Status};
use super::suppress::suppress;
use super::*;

mod identities;
#[path = "../../../benches/linked_tables.rs"]
mod linked_tables;
mod shares;

use linked_tables::{Size, linked_tables};

const REQUIREMENT: ProtectionRequirement = ProtectionRequirement {
    sliding_level: 10,
    upper_bound: 11,
};

// ---- An attacker by enumeration ------------------------------------------------------------------------------------

/// Whether whole values exist within `domain` that satisfy every constraint: bounds propagation and splitting.
fn feasible(domain: &mut [(i64, i64)], constraints: &[AdditivityConstraint]) -> bool {
    loop {
        let mut changed = false;
        for constraint in constraints {
            for &(i, k) in &constraint.terms {
                let (mut least, mut most) = (0, 0);
                for &(j, q) in constraint.terms.iter().filter(|t| t.0 != i) {
                    let (a, b) = (-q * k * domain[j].0, -q * k * domain[j].1);
                    least += a.min(b);
                    most += a.max(b);
                }
                let tight = (domain[i].0.max(least), domain[i].1.min(most));
                if tight.0 > tight.1 {
                    return false;
                }
                changed |= tight != domain[i];
                domain[i] = tight;
            }
        }
        if !changed {
            break;
        }
    }
    let Some(i) = (0..domain.len())
        .filter(|&i| domain[i].0 < domain[i].1)
        .min_by_key(|&i| domain[i].1 - domain[i].0)
    else {
        return true;
    };
    let (low, high) = domain[i];
    let middle = (low + high).div_euclid(2);
    [(low, middle), (middle + 1, high)].into_iter().any(|half| {
        let mut part = domain.to_vec();
        part[i] = half;
        let found = feasible(&mut part, constraints);
        if found {
            domain.copy_from_slice(&part);
        }
        found
    })
}

/// Sensitive counts that the enumeration confines more closely than asked.
fn broken(linked: &LinkedTables, hidden: &[bool]) -> Vec<usize> {
    let unknown = linked.unknown(hidden);
    let start: Vec<(i64, i64)> = linked
        .cells
        .iter()
        .zip(&unknown)
        .map(|(c, &u)| {
            if u {
                (c.floor, c.value + 200)
            } else {
                (c.value, c.value)
            }
        })
        .collect();
    let possible = |i: usize, low: i64, high: i64| {
        let mut domain = start.clone();
        domain[i] = (low.max(start[i].0), high.min(start[i].1));
        domain[i].0 <= domain[i].1 && feasible(&mut domain, &linked.constraints)
    };
    (0..linked.cells.len())
        .filter(|&i| linked.cells[i].sensitive)
        .filter(|&i| {
            let value = linked.cells[i].value;
            let low = (0..=value).find(|&x| possible(i, x, x)).unwrap();
            !possible(
                i,
                (low + REQUIREMENT.sliding_level).max(REQUIREMENT.upper_bound),
                i64::MAX,
            )
        })
        .collect()
}

/// Two random tables that share their row totals, each with its margins; or a cube.
fn random_tables(rng: &mut ChaCha8Rng) -> LinkedTables {
    let rows = rng.random_range(2..5usize);
    let widths = [rng.random_range(2..4usize), rng.random_range(1..3usize)];
    let mut linked = LinkedTables::default();
    let add = |linked: &mut LinkedTables, value: i64| {
        let mut count = if (1..11).contains(&value) {
            LinkedCell::primary(value)
        } else {
            LinkedCell::suppressible(value)
        };
        count.floor = value.min(1);
        linked.cells.push(count);
        linked.cells.len() - 1
    };
    let draw = |rng: &mut ChaCha8Rng| match rng.random_range(0..10) {
        0 => 0,
        1 | 2 => rng.random_range(1..11),
        _ => rng.random_range(11..60),
    };
    let first: Vec<Vec<i64>> = (0..rows)
        .map(|_| (0..widths[0]).map(|_| draw(rng)).collect())
        .collect();
    let second: Vec<Vec<i64>> = first
        .iter()
        .map(|r| {
            let total: i64 = r.iter().sum();
            let cut = if widths[1] == 2 {
                rng.random_range(0..=total)
            } else {
                total
            };
            if widths[1] == 2 {
                vec![cut, total - cut]
            } else {
                vec![total]
            }
        })
        .collect();
    let totals: Vec<usize> = first
        .iter()
        .map(|r| add(&mut linked, r.iter().sum()))
        .collect();
    let whole = add(&mut linked, first.iter().flatten().sum());
    linked
        .constraints
        .push(AdditivityConstraint::sum(whole, totals.iter().copied()));
    for table in [first, second] {
        if table[0].len() < 2 {
            continue;
        }
        let cells: Vec<Vec<usize>> = table
            .iter()
            .map(|r| r.iter().map(|&v| add(&mut linked, v)).collect())
            .collect();
        for (row, &total) in cells.iter().zip(&totals) {
            linked
                .constraints
                .push(AdditivityConstraint::sum(total, row.iter().copied()));
        }
        let margins: Vec<usize> = (0..table[0].len())
            .map(|c| add(&mut linked, table.iter().map(|r| r[c]).sum()))
            .collect();
        for (c, &margin) in margins.iter().enumerate() {
            linked.constraints.push(AdditivityConstraint::sum(
                margin,
                cells.iter().map(|r| r[c]),
            ));
        }
        linked
            .constraints
            .push(AdditivityConstraint::sum(whole, margins));
    }
    linked
}

#[test]
fn enumeration_breaks_nothing_of_what_is_suppressed_and_much_of_what_is_not() {
    let mut rng = ChaCha8Rng::seed_from_u64(158);
    let (mut broken_before, mut sensitive, mut audited_before) = (0, 0, 0);
    for round in 0..300 {
        let linked = random_tables(&mut rng);
        let bare = linked.primary_pattern();
        sensitive += linked.cells.iter().filter(|c| c.sensitive).count();
        let underprotected_bare = broken(&linked, &bare);
        broken_before += underprotected_bare.len();
        // The audit finds every count that the enumeration finds.
        let told: Vec<usize> = audit(&linked, &bare, &REQUIREMENT)
            .underprotected
            .into_iter()
            .map(|f| f.0)
            .collect();
        assert!(
            underprotected_bare.iter().all(|i| told.contains(i)),
            "round {round}: audit missed a count"
        );
        audited_before += told.iter().filter(|&&i| linked.cells[i].sensitive).count();

        let hidden = suppress(&linked, &REQUIREMENT);
        assert_eq!(
            broken(&linked, &hidden),
            Vec::<usize>::new(),
            "round {round}"
        );
        let outcome = audit(&linked, &hidden, &REQUIREMENT);
        assert_eq!(outcome.underprotected, vec![], "round {round}");
        for (i, count) in linked.cells.iter().enumerate() {
            assert!(
                !hidden[i] || count.value > 0,
                "round {round}: a zero is hidden"
            );
        }
    }
    assert!(
        sensitive > 500,
        "{sensitive} sensitive counts are too few to mean anything"
    );
    assert!(
        broken_before > 300,
        "only {broken_before} of {sensitive} fall without secondary suppression"
    );
    // Nor does it cry wolf.
    assert_eq!(audited_before, broken_before);
}

#[test]
fn the_programme_in_small_passes_the_audit_and_hides_no_more_than_it_needs() {
    let size = Size {
        buses: 6,
        regions: 2,
        ages: 3,
        ..Size::PROGRAMME
    };
    let linked = linked_tables(size, 11, 7);
    let hidden = suppress(&linked, &REQUIREMENT);
    assert_eq!(audit(&linked, &hidden, &REQUIREMENT).underprotected, vec![]);
    // Each secondary count is needed: without it, some sensitive count falls.
    let secondary: Vec<usize> = (0..hidden.len())
        .filter(|&i| hidden[i] && linked.cells[i].status == Status::Suppressible)
        .collect();
    assert!(!secondary.is_empty());
    let needless = secondary
        .iter()
        .filter(|&&i| {
            let mut less = hidden.clone();
            less[i] = false;
            let outcome = audit(&linked, &less, &REQUIREMENT);
            outcome
                .underprotected
                .iter()
                .all(|f| !linked.cells[f.0].sensitive)
        })
        .count();
    assert!(
        needless * 10 <= secondary.len(),
        "{needless} of {} could be open",
        secondary.len()
    );
}

// ---- Tables --------------------------------------------------------------------------------------------------------

const PROFILES: &str = r#"
nom = "consultations_par_profil"
titre = "Consultations par profil"
theme = "publics"
definition = "d"
formule = "f"
unite = "patients"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "profil", titre = "Profil", role = "categorie", total = "ensemble" },
  { nom = "patients", titre = "Patients", role = "patients", additif = ["code_zone", "profil"] },
  { nom = "consultations", titre = "Consultations", role = "effectif", garde = "patients", additif = ["annee", "code_zone", "profil"] },
  { nom = "delai_moyen", titre = "Délai", role = "mesure", garde = "patients" },
  { nom = "bus", titre = "Bus", role = "ouvert" },
]
"#;

const SHARES: &str = r#"
nom = "part_sans_mt"
titre = "Part sans médecin traitant"
theme = "medecin_traitant"
definition = "d"
formule = "f"
unite = "%"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "patients", titre = "Patients", role = "patients", additif = ["code_zone"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", additif = ["code_zone"] },
  { nom = "part", titre = "Part", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients" },
]
"#;

fn table(header: &str, parameters: &[(&str, &str)], rows: Vec<Vec<Value>>) -> RawTable {
    RawTable {
        definition: Arc::new(toml::from_str(header).unwrap()),
        parameters: parameters
            .iter()
            .map(|(k, v)| ((*k).to_owned(), Value::Text((*v).to_owned())))
            .collect(),
        rows,
    }
}

fn profile(zone: &str, profil: &str, patients: i64) -> Vec<Value> {
    let text = |s: &str| Value::Text(s.to_owned());
    let delay = if patients == 0 {
        Value::Null
    } else {
        Value::Float(3.5)
    };
    vec![
        Value::Int(2025),
        text(zone),
        text(profil),
        Value::Int(patients),
        Value::Int(3 * patients),
        delay,
        Value::Int(1),
    ]
}

fn share_row(zone: &str, patients: i64, without: i64) -> Vec<Value> {
    let part = (1000.0 * without as f64 / patients as f64).round() / 10.0;
    vec![
        Value::Int(2025),
        Value::Text(zone.to_owned()),
        Value::Int(patients),
        Value::Int(without),
        Value::Float(part),
    ]
}

fn zones() -> ZoneTree {
    let mut zones = ZoneTree::new();
    zones.add_medicobus("B1", "61", "28");
    zones.add_medicobus("B2", "61", "28");
    zones.add_medicobus("B3", "50", "28");
    zones
}

fn is_hidden(table: &GatedTable, row: usize, column: &str) -> bool {
    let at = table
        .definition()
        .columns
        .iter()
        .position(|c| c.name == column)
        .unwrap();
    table.rows()[row][at] == Cell::Hidden
}

fn by_profile(zone: &str, values: &[(&str, i64)]) -> Vec<Vec<Value>> {
    let total = values.iter().map(|v| v.1).sum();
    let mut rows: Vec<_> = values.iter().map(|(p, v)| profile(zone, p, *v)).collect();
    rows.push(profile(zone, "ensemble", total));
    rows
}

#[test]
fn a_small_row_takes_another_with_it_and_zero_stays_open() {
    let rows = by_profile(
        "28",
        &[
            ("sans", 4),
            ("avec", 40),
            ("indisponible", 25),
            ("inconnu", 0),
        ],
    );
    let released = Gate::default()
        .release_after(vec![table(PROFILES, &[], rows)], &zones(), &[])
        .unwrap();
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
    assert_eq!(
        t.summary(),
        Summary {
            cells: 14,
            primary: 3,
            secondary: 3
        }
    );
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
    let gated = Gate::default().release(tables, &zones()).unwrap();
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
    let gated = Gate::default().release(tables, &zones()).unwrap();
    let open_buses = (0..3)
        .filter(|&r| !is_hidden(&gated[1], r, "patients"))
        .count();
    assert!(is_hidden(&gated[0], 0, "patients") || open_buses < 3);
}

#[test]
fn a_share_near_a_hundred_hides_its_numerator() {
    // 3 patients of 60 have a médecin traitant: 57 of 60 says so.
    let rows = vec![
        share_row("B1", 60, 57),
        share_row("B2", 80, 30),
        share_row("B3", 90, 35),
    ];
    let gated = Gate::default()
        .release(
            vec![table(SHARES, &[("niveau", "medicobus")], rows)],
            &zones(),
        )
        .unwrap();
    assert!(is_hidden(&gated[0], 0, "sans_mt") && is_hidden(&gated[0], 0, "part"));
    assert!(!is_hidden(&gated[0], 0, "patients") && !is_hidden(&gated[0], 1, "part"));
}

#[test]
fn shares_of_one_total_do_not_give_their_numerator_back() {
    let header = PROFILES.replace(
        "{ nom = \"bus\", titre = \"Bus\", role = \"ouvert\" }",
        "{ nom = \"tous\", titre = \"Tous\", role = \"effectif\", garde = \"patients\" },
         { nom = \"part\", titre = \"Part\", role = \"taux\", format = \"pourcent\", numerateur = \"consultations\", denominateur = \"tous\" }",
    );
    let values = [
        ("sans", 12),
        ("avec", 40),
        ("indisponible", 3),
        ("inconnu", 0),
    ];
    let mut rows = by_profile("28", &values);
    for row in &mut rows {
        let part = row[4].as_f64().unwrap() / 165.0;
        row[6] = Value::Int(165);
        row.push(Value::Float((part * 1000.0).round() / 10.0));
    }
    let gated = Gate::default()
        .release(vec![table(&header, &[], rows)], &zones())
        .unwrap();
    // Either another row is hidden or the total is, in all the places where it stands.
    let row_hidden =
        is_hidden(&gated[0], 0, "consultations") || is_hidden(&gated[0], 1, "consultations");
    let total_hidden =
        is_hidden(&gated[0], 4, "consultations") && (0..5).all(|r| is_hidden(&gated[0], r, "tous"));
    assert!(row_hidden || total_hidden);
    for r in 0..5 {
        let parts = is_hidden(&gated[0], r, "consultations") || is_hidden(&gated[0], r, "tous");
        assert_eq!(is_hidden(&gated[0], r, "part"), parts, "row {r}");
    }
}

#[test]
fn a_later_cut_does_not_uncover_an_earlier_one() {
    let gate = Gate::default();
    let first = by_profile("28", &[("sans", 4), ("avec", 40), ("indisponible", 25)]);
    let earlier = gate
        .release_after(vec![table(PROFILES, &[], first)], &zones(), &[])
        .unwrap()
        .publication;
    // Alone, the départements are harmless; beside the first bilan, which gave the total, they would give the rows
    // that it hid.
    let second: Vec<_> = [("61", 25), ("50", 0)]
        .iter()
        .map(|(z, v)| profile(z, "indisponible", *v))
        .collect();
    let cut = || {
        vec![table(
            PROFILES,
            &[("niveau", "departement")],
            second.clone(),
        )]
    };
    let naive = gate.release_after(cut(), &zones(), &[]).unwrap();
    assert!(!is_hidden(&naive.tables[0], 0, "patients"));
    let requirement = gate.protection();
    let outcome = audit_release(
        &naive.publication,
        std::slice::from_ref(&earlier),
        &zones(),
        &requirement,
    );
    assert!(!outcome.underprotected.is_empty());

    let careful = gate
        .release_after(cut(), &zones(), std::slice::from_ref(&earlier))
        .unwrap();
    assert!(is_hidden(&careful.tables[0], 0, "patients"));
    let outcome = audit_release(
        &careful.publication,
        std::slice::from_ref(&earlier),
        &zones(),
        &requirement,
    );
    assert_eq!(outcome.underprotected, vec![]);

    // The ledger survives being written.
    let text = serde_json::to_string(&earlier).unwrap();
    assert_eq!(serde_json::from_str::<Publication>(&text).unwrap(), earlier);
}

const SITUATION: &str = r#"
nom = "situation"
titre = "Situation"
theme = "publics"
definition = "d"
formule = "f"
unite = "patients"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "connus", titre = "Connus", role = "patients", additif = ["code_zone"] },
  { nom = "inconnus", titre = "Inconnus", role = "patients", additif = ["code_zone"] },
]
"#;
const EFFECTIF: &str = r#"
nom = "effectif"
titre = "Effectif"
theme = "publics"
definition = "d"
formule = "f"
unite = "patients"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "patients", titre = "Patients", role = "patients", additif = ["code_zone"] },
  { nom = "jeunes", titre = "Moins de 17 ans", role = "patients", additif = ["code_zone"] },
]

[[identites]]
colonnes = ["patients"]
somme = [{ mesure = "connus" }, { mesure = "inconnus" }, { mesure = "jeunes" }]
"#;

/// Known and unknown, then all and young, of a zone whose patients are known, unknown or young.
fn situation(zone: &str, [connus, inconnus, jeunes]: [i64; 3]) -> [Vec<Value>; 2] {
    [[connus, inconnus], [connus + inconnus + jeunes, jeunes]].map(|[a, b]| {
        vec![
            Value::Int(2025),
            Value::Text(zone.to_owned()),
            Value::Int(a),
            Value::Int(b),
        ]
    })
}

#[test]
fn a_declared_sum_holds_across_publications() {
    let gate = Gate::default();
    let departement = [("niveau", "departement")];
    let [situation_61, effectif_61] = situation("61", [200, 8, 32]);
    let [situation_50, effectif_50] = situation("50", [300, 30, 45]);
    let [situation_28, effectif_28] = situation("28", [500, 38, 77]);
    let first = vec![
        table(
            SITUATION,
            &departement,
            vec![situation_61.clone(), situation_50],
        ),
        table(SITUATION, &[("niveau", "region")], vec![situation_28]),
    ];
    let earlier = gate
        .release_after(first, &zones(), &[])
        .unwrap()
        .publication;
    let open = |release: &super::Release, row: usize| {
        let hidden = |c| is_hidden(&release.tables[0], row, c);
        !hidden("patients") && !hidden("jeunes")
    };
    // 240 patients less 200 known less 32 young are 8 unknown: the second publication must not print all of it.
    let second = || vec![table(EFFECTIF, &departement, vec![effectif_61.clone()])];
    let alone = gate.release_after(second(), &zones(), &[]).unwrap();
    assert!(open(&alone, 0));
    let after = gate
        .release_after(second(), &zones(), std::slice::from_ref(&earlier))
        .unwrap();
    assert!(!open(&after, 0));

    // The région and the other département give the same: 77 young less 45, 615 patients less 375. The first publication
    // said nothing of either.
    let own = vec![table(SITUATION, &departement, vec![situation_61])];
    let own = gate.release_after(own, &zones(), &[]).unwrap().publication;
    let region = vec![table(EFFECTIF, &[("niveau", "region")], vec![effectif_28])];
    let region = gate
        .release_after(region, &zones(), std::slice::from_ref(&own))
        .unwrap();
    assert!(open(&region, 0));
    let other = || vec![table(EFFECTIF, &departement, vec![effectif_50.clone()])];
    assert!(open(
        &gate.release_after(other(), &zones(), &[]).unwrap(),
        0
    ));
    let other = gate
        .release_after(other(), &zones(), &[own, region.publication])
        .unwrap();
    assert!(!open(&other, 0));
}

#[test]
fn the_same_bilan_again_hides_the_same() {
    let gate = Gate::default();
    let rows = || by_profile("28", &[("sans", 4), ("avec", 40), ("indisponible", 25)]);
    let first = gate
        .release_after(vec![table(PROFILES, &[], rows())], &zones(), &[])
        .unwrap();
    let again = gate
        .release_after(
            vec![table(PROFILES, &[], rows())],
            &zones(),
            std::slice::from_ref(&first.publication),
        )
        .unwrap();
    assert_eq!(first.tables[0].rows(), again.tables[0].rows());
}

#[test]
fn what_an_earlier_publication_gave_away_is_refused() {
    let gate = Gate {
        threshold: 1,
        ..Gate::default()
    };
    let whole = vec![profile("28", "sans", 44), profile("28", "ensemble", 84)];
    let careless = gate
        .release_after(vec![table(PROFILES, &[], whole)], &zones(), &[])
        .unwrap()
        .publication;
    let late = vec![profile("61", "sans", 40), profile("50", "sans", 4)];
    let gate = Gate::default();
    // 4 of 44: the other département can go, so the release is possible; with it already out, it is not.
    let table_61 = |rows| vec![table(PROFILES, &[("niveau", "departement")], rows)];
    assert!(
        gate.release_after(
            table_61(late.clone()),
            &zones(),
            std::slice::from_ref(&careless)
        )
        .is_ok()
    );
    let out = Gate {
        threshold: 1,
        ..Gate::default()
    }
    .release_after(table_61(vec![late[0].clone()]), &zones(), &[])
    .unwrap()
    .publication;
    let error = gate
        .release_after(table_61(late), &zones(), &[careless, out])
        .unwrap_err();
    assert!(error.message().contains("secret statistique"), "{error}");
}

#[test]
fn without_secrecy_nothing_is_publishable() {
    let rows = by_profile("28", &[("sans", 4)]);
    let open = Gate::open_unprotected(vec![table(PROFILES, &[], rows)]);
    assert!(!open[0].publishable());
    assert_eq!(open[0].rows()[0][3], Cell::Open(Value::Int(4)));
}

// ---- Published files -----------------------------------------------------------------------------------------------

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
        false,
    )
    .unwrap()
    .exposed;
    assert_eq!(exposed.len(), 2);
    assert!(
        exposed.iter().all(|e| e.interval.width() == 0.0),
        "{exposed:?}"
    );

    // Hiding a numerator but not its share: 7 of 90 is 7,8 %.
    let rows = vec![share_row("B1", 90, 7), share_row("B2", 80, 30)];
    let exposed = attack_tables(
        &[published(SHARES, rows.clone(), &[(0, 3)])],
        &zones(),
        true,
    )
    .unwrap()
    .exposed;
    assert_eq!(
        exposed[0].interval,
        FeasibilityInterval {
            low: 7.0,
            high: 7.0
        }
    );
    let exposed = attack_tables(
        &[published(SHARES, rows, &[(0, 3), (0, 4)])],
        &zones(),
        false,
    )
    .unwrap()
    .exposed;
    assert!(exposed[0].interval.width() > 80.0);
}

#[test]
fn what_the_gate_lets_out_resists_the_attack_on_published_files() {
    let rows = |zone: &str, v: [i64; 3]| {
        by_profile(
            zone,
            &[("sans", v[0]), ("avec", v[1]), ("indisponible", v[2])],
        )
    };
    let buses: Vec<_> = [
        ("B1", [6, 40, 12]),
        ("B2", [30, 50, 9]),
        ("B3", [45, 60, 20]),
    ]
    .into_iter()
    .flat_map(|(zone, v)| rows(zone, v))
    .collect();
    let tables = vec![
        table(PROFILES, &[("niveau", "medicobus")], buses),
        table(PROFILES, &[("niveau", "region")], rows("28", [81, 150, 41])),
    ];
    let gated = Gate::default().release(tables, &zones()).unwrap();
    let out: Vec<PublishedTable> = gated.iter().map(PublishedTable::from).collect();
    let exposed = attack_tables(&out, &zones(), true).unwrap().exposed;
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
        assert!(
            REQUIREMENT.holds(interval.low, interval.high),
            "{zone} {profil}: {interval:?}"
        );
    }
    assert!(exposed.iter().all(|e| e.interval.width() >= 1.0));
}
