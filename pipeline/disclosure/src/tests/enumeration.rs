//! An attacker by enumeration: it shares nothing with the audit, nor with the suppression.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::audit::{Change, audit};
use super::super::model::{AdditivityConstraint, LinkedCell, LinkedTables, Status};
use super::super::suppress::{Suppression, suppress};
use super::REQUIREMENT;
use super::linked_tables::{Size, linked_tables};

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
        .map(|(c, &u)| if u { (c.floor, c.value + 200) } else { (c.value, c.value) })
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
            !possible(i, (low + REQUIREMENT.sliding_level).max(REQUIREMENT.upper_bound), i64::MAX)
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
    let first: Vec<Vec<i64>> =
        (0..rows).map(|_| (0..widths[0]).map(|_| draw(rng)).collect()).collect();
    let second: Vec<Vec<i64>> = first
        .iter()
        .map(|r| {
            let total: i64 = r.iter().sum();
            let cut = if widths[1] == 2 { rng.random_range(0..=total) } else { total };
            if widths[1] == 2 { vec![cut, total - cut] } else { vec![total] }
        })
        .collect();
    let totals: Vec<usize> = first.iter().map(|r| add(&mut linked, r.iter().sum())).collect();
    let whole = add(&mut linked, first.iter().flatten().sum());
    linked
        .constraints
        .push(AdditivityConstraint::sum(whole, totals.iter().copied()));

    for table in [first, second] {
        if table[0].len() < 2 {
            continue;
        }
        let cells: Vec<Vec<usize>> =
            table.iter().map(|r| r.iter().map(|&v| add(&mut linked, v)).collect()).collect();
        for (row, &total) in cells.iter().zip(&totals) {
            linked.constraints.push(AdditivityConstraint::sum(total, row.iter().copied()));
        }
        let margins: Vec<usize> = (0..table[0].len())
            .map(|c| add(&mut linked, table.iter().map(|r| r[c]).sum()))
            .collect();
        for (c, &margin) in margins.iter().enumerate() {
            linked
                .constraints
                .push(AdditivityConstraint::sum(margin, cells.iter().map(|r| r[c])));
        }
        linked.constraints.push(AdditivityConstraint::sum(whole, margins));
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
        let told: Vec<usize> = audit(&linked, &bare, &REQUIREMENT, &[])
            .underprotected
            .into_iter()
            .map(|f| f.0)
            .collect();
        assert!(
            underprotected_bare.iter().all(|i| told.contains(i)),
            "round {round}: audit missed a count"
        );
        // What is no witness proves nothing.
        let counts = 0..linked.cells.len();
        let lies: Vec<Change> = counts.map(|i| Change::from([(i, 20)])).collect();
        let believing = audit(&linked, &bare, &REQUIREMENT, &lies).underprotected;
        assert!(believing.into_iter().map(|f| f.0).eq(told.iter().copied()), "round {round}");
        audited_before += told.iter().filter(|&&i| linked.cells[i].sensitive).count();

        let Suppression { hidden, changes } = suppress(&linked, &REQUIREMENT);
        assert_eq!(broken(&linked, &hidden), Vec::<usize>::new(), "round {round}");
        let outcome = audit(&linked, &hidden, &REQUIREMENT, &changes);
        assert_eq!(outcome.underprotected, vec![], "round {round}");
        for (i, count) in linked.cells.iter().enumerate() {
            assert!(!hidden[i] || count.value > 0, "round {round}: a zero is hidden");
        }
    }

    assert!(sensitive > 500, "{sensitive} sensitive counts are too few to mean anything");
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
    let Suppression { hidden, changes } = suppress(&linked, &REQUIREMENT);

    assert_eq!(audit(&linked, &hidden, &REQUIREMENT, &changes).underprotected, vec![]);

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
            let outcome = audit(&linked, &less, &REQUIREMENT, &[]);
            outcome.underprotected.iter().all(|f| !linked.cells[f.0].sensitive)
        })
        .count();

    assert!(
        needless * 10 <= secondary.len(),
        "{needless} of {} could be open",
        secondary.len()
    );
}

/// Counts that a constraint says to be equal are hidden together; one that is open gives the other away.
#[test]
fn equal_counts_stand_and_fall_together() {
    let mut twin = LinkedCell::suppressible(3);
    let mut tables = LinkedTables {
        cells: vec![
            LinkedCell::suppressible(100),
            LinkedCell::primary(3),
            twin.clone(),
            LinkedCell::suppressible(97),
        ],
        constraints: vec![AdditivityConstraint::sum(1, [2]), AdditivityConstraint::sum(0, [1, 3])],
        ..LinkedTables::default()
    };

    let Suppression { hidden, changes } = suppress(&tables, &REQUIREMENT);
    assert!(hidden[1] && hidden[2], "{hidden:?}");
    assert_eq!(audit(&tables, &hidden, &REQUIREMENT, &changes).underprotected, []);

    let open = [true, true, false, true];
    let given_away = |tables: &LinkedTables| {
        let outcome = audit(tables, &open, &REQUIREMENT, &[]);
        let cells = outcome.underprotected.into_iter();
        cells.map(|(i, interval)| (i, interval.low, interval.high)).collect::<Vec<_>>()
    };
    assert_eq!(given_away(&tables), [(1, 3.0, 3.0)]);

    // What is out for good cannot be hidden any more: the audit says what it gives away.
    twin.status = Status::Published;
    tables.cells[2] = twin;
    let Suppression { hidden, .. } = suppress(&tables, &REQUIREMENT);
    assert!(hidden[1] && !hidden[2], "{hidden:?}");
    assert_eq!(given_away(&tables), [(1, 3.0, 3.0)]);
}

/// A total that equals one of its parts says that the others are nothing, and that what is part of them is nothing.
#[test]
fn what_is_left_of_a_total_that_equals_its_part_is_nothing() {
    let mut nothing = LinkedCell::suppressible(0);
    nothing.status = Status::Implicit;
    let tables = LinkedTables {
        cells: vec![
            LinkedCell::primary(5),
            LinkedCell::suppressible(5),
            nothing.clone(),
            nothing,
            LinkedCell::suppressible(40),
            LinkedCell::suppressible(40),
        ],
        constraints: vec![
            AdditivityConstraint::sum(0, [1]),
            AdditivityConstraint::sum(0, [1, 2]),
            AdditivityConstraint::sum(4, [5, 3]),
        ],
        bounds: vec![(3, 2)],
    };

    // The first sum leaves counts 0 and 1 free; 2 is 0, so 3 is, so 4 and 5 are one another's: nothing ties them to 0.
    let hidden = [true, true, false, false, true, false];
    let outcome = audit(&tables, &hidden, &REQUIREMENT, &[]);
    assert_eq!(outcome.underprotected, []);
    assert_eq!(outcome.exact, [4]);
}
