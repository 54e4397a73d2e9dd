//! Counts that are equal, whatever tables print them, taken as one: a département with one bus, a modality under two names. Nothing
//! is lost, since whoever knows one knows the others; programs get much smaller.

use std::collections::BTreeMap;

use super::model::{AdditivityConstraint, LinkedCell, LinkedTables, Status};

/// Linked tables in which equal counts are one.
pub(super) struct Condensed {
    /// The counts, each once, and what ties them.
    pub tables: LinkedTables,
    /// For each count of the tables that were condensed, its index here.
    pub of: Vec<usize>,
}

impl Condensed {
    /// Makes one count of those that a constraint says to be equal. Status `Published` is then of what is known to be 0 as well.
    pub fn new(tables: &LinkedTables) -> Self {
        let mut first: Vec<usize> = (0..tables.cells.len()).collect();
        for constraint in &tables.constraints {
            if let [(a, k), (b, l)] = constraint.terms[..]
                && k + l == 0
            {
                let (a, b) = (root(&mut first, a), root(&mut first, b));
                first[a.max(b)] = a.min(b);
            }
        }

        let mut cells: Vec<LinkedCell> = Vec::new();
        let mut of: Vec<usize> = Vec::with_capacity(first.len());
        for (i, cell) in tables.cells.iter().enumerate() {
            // The first of its equals comes before all others.
            let own = root(&mut first, i);
            if own == i {
                of.push(cells.len());
                cells.push(cell.clone());
            } else {
                let class = of[own];
                of.push(class);
                join(&mut cells[class], cell);
            }
        }

        let condense = |constraint: &AdditivityConstraint| {
            let mut terms = BTreeMap::new();
            for &(i, k) in &constraint.terms {
                *terms.entry(of[i]).or_default() += k;
            }
            AdditivityConstraint::of_terms(terms)
        };
        let constraints: Vec<AdditivityConstraint> =
            tables.constraints.iter().map(condense).collect();
        // What is left of a total when the rest of it equals it is nothing, and everybody knows.
        for constraint in &constraints {
            if let [(alone, _)] = constraint.terms[..] {
                cells[alone].status = Status::Published;
            }
        }

        let mut tables = LinkedTables {
            cells,
            constraints,
            bounds: tables.bounds.iter().map(|&(part, whole)| (of[part], of[whole])).collect(),
        };
        tables.normalise();

        Self { tables, of }
    }

    /// A mask over the condensed counts: where one of those that each stands for is set.
    pub fn any(&self, mask: &[bool]) -> Vec<bool> {
        let mut condensed = vec![false; self.tables.cells.len()];
        for (&class, &set) in self.of.iter().zip(mask) {
            condensed[class] |= set;
        }

        condensed
    }

    /// A mask over the condensed counts: where all those that each stands for are set.
    pub fn all(&self, mask: &[bool]) -> Vec<bool> {
        let mut condensed = vec![true; self.tables.cells.len()];
        for (&class, &set) in self.of.iter().zip(mask) {
            condensed[class] &= set;
        }

        condensed
    }

    /// For each condensed count, those that it stands for.
    pub fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.tables.cells.len()];
        for (i, &class) in self.of.iter().enumerate() {
            members[class].push(i);
        }

        members
    }
}

/// The first of the counts that are known so far to equal `i`.
fn root(first: &mut [usize], mut i: usize) -> usize {
    while first[i] != i {
        first[i] = first[first[i]];
        i = first[i];
    }

    i
}

/// Known is what one of the equals makes known; to hide it is to hide all those that are printed.
fn join(all: &mut LinkedCell, cell: &LinkedCell) {
    all.floor = all.floor.max(cell.floor);
    all.sensitive |= cell.sensitive;

    let printed = |c: &LinkedCell| c.status != Status::Implicit;
    all.margin = match (printed(all), printed(cell)) {
        (true, true) => all.margin + 1 + cell.margin,
        (false, true) => cell.margin,
        (_, false) => all.margin,
    };
    let rank = |status: Status| match status {
        Status::Published => 3,
        Status::Suppressed => 2,
        Status::Suppressible => 1,
        Status::Implicit => 0,
    };
    if rank(cell.status) > rank(all.status) {
        all.status = cell.status;
    }
}
