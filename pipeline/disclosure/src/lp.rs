//! Linear programs over linked cells: the one builder that suppression, audit and attack use.

use std::sync::atomic::{AtomicU64, Ordering};

pub(super) use microlp::OptimizationDirection as Goal;
use microlp::{ComparisonOp, Problem, Solution, SolveOptions, Variable};

use super::model::AdditivityConstraint;

/// Linear and whole-number programs given to the solver so far.
static SOLVED: AtomicU64 = AtomicU64::new(0);

/// Linear and whole-number programs that this process has given to the solver so far: a measure of the work, for benchmarks.
pub fn programs_solved() -> u64 {
    SOLVED.load(Ordering::Relaxed)
}

/// `Σ coefficient · cell = right`, or `≤ right`.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// Cells and their coefficients.
    pub terms: Vec<(usize, f64)>,
    /// Whether both sides are equal, rather than the left one at most the right one.
    pub equal: bool,
    /// The right-hand side.
    pub right: f64,
}

impl Condition {
    /// A sum that a total is made of.
    pub fn sum(constraint: &AdditivityConstraint) -> Self {
        let terms = constraint.terms.iter();

        Self {
            terms: terms.map(|&(i, k)| (i, k as f64)).collect(),
            equal: true,
            right: 0.0,
        }
    }

    /// A part is at most its whole.
    pub fn bound(pair: (usize, usize)) -> Self {
        Self::change_of_bound(pair, 0)
    }

    /// The same for changes: the part grows by `gap` more than its whole at most, which is the room between them.
    pub fn change_of_bound((part, whole): (usize, usize), gap: i64) -> Self {
        Self {
            right: gap as f64,
            ..Self::at_most_zero(vec![(part, 1.0), (whole, -1.0)])
        }
    }

    /// `Σ coefficient · cell ≤ 0`.
    pub fn at_most_zero(terms: Vec<(usize, f64)>) -> Self {
        Self { terms, equal: false, right: 0.0 }
    }

    /// The same condition on the free cells alone: the others take their known value, which goes to the right-hand side.
    pub fn restricted(
        &self,
        is_free: impl Fn(usize) -> bool,
        known: impl Fn(usize) -> f64,
    ) -> Self {
        let (free, fixed): (Vec<_>, Vec<_>) =
            self.terms.iter().copied().partition(|term| is_free(term.0));
        let moved: f64 = fixed.into_iter().map(|(i, k)| k * known(i)).sum();

        Self {
            terms: free,
            equal: self.equal,
            right: self.right - moved,
        }
    }
}

/// The lines of `incidence` (constraints or bounds) in which some of `cells` stand, in order.
pub(super) fn touching<'c>(
    incidence: &[Vec<usize>],
    cells: impl IntoIterator<Item = &'c usize>,
) -> Vec<usize> {
    let mut lines: Vec<usize> =
        cells.into_iter().flat_map(|&i| incidence[i].iter().copied()).collect();
    lines.sort_unstable();
    lines.dedup();

    lines
}

/// A program under construction.
pub(super) struct LinearProgram {
    problem: Problem,
    /// Branch-and-bound nodes granted, where the variables are whole numbers.
    nodes: Option<u64>,
    /// Variables of each cell, in cell order; the value of a cell is the sum of its variables times their sign.
    variables: Vec<(usize, Variable, f64)>,
}

impl LinearProgram {
    /// An empty program; with `nodes`, its variables are whole numbers and the solver gives up after so many nodes.
    pub fn new(goal: Goal, nodes: Option<u64>) -> Self {
        Self {
            problem: Problem::new(goal),
            nodes,
            variables: Vec::new(),
        }
    }

    /// Adds a variable of `cell`. Cells must come in increasing order.
    pub fn add(&mut self, cell: usize, sign: f64, weight: f64, (low, high): (f64, f64)) {
        let variable = if self.nodes.is_some() {
            let low = (low - 1e-6).ceil() as i32;
            let high = high.min(f64::from(i32::MAX)).floor() as i32;
            self.problem.add_integer_var(weight, (low, high))
        } else {
            self.problem.add_var(weight, (low, high))
        };

        self.variables.push((cell, variable, sign));
    }

    /// Imposes a condition. Cells without a variable do not count in it.
    pub fn require(&mut self, condition: &Condition) {
        self.impose(condition, &[]);
    }

    /// Imposes a condition that may be violated, at that cost per unit; returns how much it is, over and under.
    pub fn require_elastic(&mut self, condition: &Condition, cost: f64) -> Vec<Variable> {
        let sides: &[f64] = if condition.equal { &[-1.0, 1.0] } else { &[-1.0] };
        let slacks: Vec<(Variable, f64)> = sides
            .iter()
            .map(|&side| (self.problem.add_var(cost, (0.0, f64::INFINITY)), side))
            .collect();

        self.impose(condition, &slacks);
        slacks.into_iter().map(|slack| slack.0).collect()
    }

    fn impose(&mut self, condition: &Condition, slacks: &[(Variable, f64)]) {
        let mut terms: Vec<(Variable, f64)> = Vec::new();
        for &(cell, k) in &condition.terms {
            let start = self.variables.partition_point(|v| v.0 < cell);
            let own = self.variables[start..].iter();
            let own = own.take_while(|v| v.0 == cell);
            terms.extend(own.map(|&(_, variable, sign)| (variable, sign * k)));
        }
        terms.extend(slacks);

        let operator = if condition.equal { ComparisonOp::Eq } else { ComparisonOp::Le };
        self.problem.add_constraint(terms, operator, condition.right);
    }

    /// Solves the program; nothing when the nodes granted were too few to find any solution.
    ///
    /// # Errors
    /// What the solver says: infeasible, unbounded, or a numerical failure.
    pub fn solve(self) -> Result<Option<Point>, microlp::Error> {
        let mut options = SolveOptions::default();
        options.node_limit = self.nodes;
        SOLVED.fetch_add(1, Ordering::Relaxed);
        let outcome = self.problem.solve_with(options)?;

        let is_optimal = outcome.is_optimal();
        let solution = outcome.into_solution().ok();
        Ok(solution.map(|solution| Point {
            solution,
            variables: self.variables,
            is_optimal,
        }))
    }
}

/// Values that solve a program.
pub(super) struct Point {
    solution: Solution,
    variables: Vec<(usize, Variable, f64)>,
    /// Whether no other point does better; otherwise the solver stopped before it could tell.
    pub is_optimal: bool,
}

impl Point {
    /// The value of each cell that has variables, in cell order.
    pub fn cells(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let by_cell = self.variables.chunk_by(|a, b| a.0 == b.0);
        by_cell.map(move |own| {
            let values = own.iter();
            let value = values.map(|&(_, variable, sign)| sign * self.value(variable));
            (own[0].0, value.sum())
        })
    }

    /// The value of one variable.
    pub fn value(&self, variable: Variable) -> f64 {
        self.solution.var_value(variable)
    }
}
