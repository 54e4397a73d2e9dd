//! The weighted means that make up each estimator of [`super::two_by_two`].

use super::Method;
use super::sample::Observed;

/// Whose mean.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Group {
    Treated,
    /// Comparison rows times their odds.
    Reweighted,
}

/// Rows of which period.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Window {
    Both,
    Before,
    After,
}

impl Window {
    /// Whether row `i` is within; `post` is `None` on a panel, where a row is of both periods.
    pub fn holds(self, post: Option<&[bool]>, i: usize) -> bool {
        match (self, post) {
            (Window::Both, _) | (_, None) => true,
            (Window::After, Some(post)) => post[i],
            (Window::Before, Some(post)) => !post[i],
        }
    }
}

/// Linear models: of the comparison group's change (panel), or of either group's outcome in either period.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Model {
    Change,
    ComparisonBefore,
    ComparisonAfter,
    TreatedBefore,
    TreatedAfter,
}

impl Model {
    /// Whether it is fitted on the treated.
    pub fn is_of_treated(self) -> bool {
        matches!(self, Model::TreatedBefore | Model::TreatedAfter)
    }

    /// Whether the model is fitted on row `i`.
    pub fn uses(self, observed: &Observed<'_>, i: usize) -> bool {
        let (treated, window) = match self {
            Model::Change => (false, Window::Both),
            Model::ComparisonBefore => (false, Window::Before),
            Model::ComparisonAfter => (false, Window::After),
            Model::TreatedBefore => (true, Window::Before),
            Model::TreatedAfter => (true, Window::After),
        };
        observed.sample.treated[i] == treated && window.holds(observed.post, i)
    }
}

/// One weighted mean.
pub(super) struct Term {
    pub sign: f64,
    pub group: Group,
    pub window: Window,
    /// Of the outcome, or of the predictions alone.
    pub of_outcome: bool,
    /// Predictions to add, with their factor.
    pub predictions: &'static [(Model, f64)],
}

type Predictions = &'static [(Model, f64)];

const fn outcome(sign: f64, group: Group, window: Window, predictions: Predictions) -> Term {
    Term {
        sign,
        group,
        window,
        of_outcome: true,
        predictions,
    }
}

const fn predicted(sign: f64, window: Window, predictions: Predictions) -> Term {
    Term {
        of_outcome: false,
        ..outcome(sign, Group::Treated, window, predictions)
    }
}

use Group::{Reweighted, Treated};
use Model::{Change, ComparisonAfter, ComparisonBefore, TreatedAfter, TreatedBefore};
use Window::{After, Before, Both};

const PANEL_REGRESSION: &[Term] = &[outcome(1.0, Treated, Both, &[(Change, -1.0)])];
const PANEL_WEIGHTING: &[Term] =
    &[outcome(1.0, Treated, Both, &[]), outcome(-1.0, Reweighted, Both, &[])];
const PANEL_DOUBLE: &[Term] = &[
    outcome(1.0, Treated, Both, &[(Change, -1.0)]),
    outcome(-1.0, Reweighted, Both, &[(Change, -1.0)]),
];

const BEFORE_GAP: Predictions = &[(TreatedBefore, 1.0), (ComparisonBefore, -1.0)];
const AFTER_GAP: Predictions = &[(TreatedAfter, 1.0), (ComparisonAfter, -1.0)];
const COMPARISON_CHANGE: Predictions = &[(ComparisonAfter, 1.0), (ComparisonBefore, -1.0)];

const SECTIONS_REGRESSION: &[Term] = &[
    outcome(1.0, Treated, After, &[]),
    outcome(-1.0, Treated, Before, &[]),
    predicted(-1.0, Both, COMPARISON_CHANGE),
];
const SECTIONS_WEIGHTING: &[Term] = &[
    outcome(1.0, Treated, After, &[]),
    outcome(-1.0, Treated, Before, &[]),
    outcome(-1.0, Reweighted, After, &[]),
    outcome(1.0, Reweighted, Before, &[]),
];
const SECTIONS_DOUBLE: &[Term] = &[
    outcome(1.0, Treated, After, &[(ComparisonAfter, -1.0)]),
    outcome(-1.0, Treated, Before, &[(ComparisonBefore, -1.0)]),
    outcome(-1.0, Reweighted, After, &[(ComparisonAfter, -1.0)]),
    outcome(1.0, Reweighted, Before, &[(ComparisonBefore, -1.0)]),
    predicted(1.0, Both, AFTER_GAP),
    predicted(-1.0, After, AFTER_GAP),
    predicted(-1.0, Both, BEFORE_GAP),
    predicted(1.0, Before, BEFORE_GAP),
];

/// The terms of an estimator, on a panel or on repeated cross-sections.
pub(super) fn of(method: Method, cross_sections: bool) -> &'static [Term] {
    match (method, cross_sections) {
        (Method::OutcomeRegression, false) => PANEL_REGRESSION,
        (Method::InverseProbability, false) => PANEL_WEIGHTING,
        (Method::DoublyRobust, false) => PANEL_DOUBLE,
        (Method::OutcomeRegression, true) => SECTIONS_REGRESSION,
        (Method::InverseProbability, true) => SECTIONS_WEIGHTING,
        (Method::DoublyRobust, true) => SECTIONS_DOUBLE,
    }
}
