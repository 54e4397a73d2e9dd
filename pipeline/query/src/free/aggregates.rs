//! Aggregates that the gate can guard: over whole columns of the whole group, none that gives back a value of a few.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Operator};

use super::lineage::{column_of, place, source, table};

/// The table whose rows are about patients.
pub(super) const PATIENT_TABLE: &str = "consultations";
/// The column that the guard must count.
const PATIENT_KEY: &str = "cle_patient";
/// Nothing leaves per professional.
pub(super) const PROFESSIONAL_KEY: &str = "cle_praticien";
/// Columns of the consultations that are never empty: counting them counts every consultation of the group.
const REQUIRED: [&str; 10] = [
    "id_consultation",
    "id_medicobus",
    "date_consultation",
    "code_commune",
    "tranche_age",
    "ald",
    "statut_mt",
    "mode",
    "discipline",
    "nature",
];
/// Aggregates that quote no single patient's value.
const AGGREGATES: [&str; 10] = [
    "count",
    "sum",
    "avg",
    "mean",
    "median",
    "percentile_cont",
    "stddev",
    "stddev_pop",
    "var",
    "var_pop",
];
/// Ranks that are not those of a single patient at either end.
const RANKS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// The column of which an aggregate counts the distinct values.
pub(super) fn counted(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Alias(alias) => counted(&alias.expr),
        Expr::AggregateFunction(call) => {
            let plain = call.func.name() == "count"
                && call.params.distinct
                && call.params.filter.is_none()
                && call.params.order_by.is_empty();

            match call.params.args.as_slice() {
                [arg] if plain => column_of(arg),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(super) fn counts_patients(expr: &Expr, node: &Aggregate) -> bool {
    counted(expr)
        .and_then(|column| source(&node.input, column))
        .is_some_and(|(table, column)| table == PATIENT_TABLE && column == PATIENT_KEY)
}

/// Whether an aggregate takes whole columns of the whole group and gives back no single value of it.
pub(super) fn sober(expr: &Expr, input: &LogicalPlan) -> bool {
    match expr {
        Expr::Alias(alias) => sober(&alias.expr, input),
        Expr::AggregateFunction(call) => {
            let name = call.func.name();
            let params = &call.params;

            // Distinct patients and professionals may be counted although their keys may be empty.
            let key = counted(expr).and_then(|column| source(input, column)).is_some_and(
                |(table, column)| {
                    table == PATIENT_TABLE
                        && [PATIENT_KEY, PROFESSIONAL_KEY].contains(&column.as_str())
                },
            );
            let ranks = match (name, params.args.as_slice()) {
                ("percentile_cont", args) => args.iter().all(|a| ranked(a) || whole(a, input)),
                ("count", args) => args.iter().all(|a| literal(a) || whole(a, input)),
                (_, args) => args.iter().all(|a| whole(a, input)),
            };

            AGGREGATES.contains(&name)
                && params.filter.is_none()
                && (!params.distinct || name == "count")
                && params.order_by.iter().all(|s| whole(&s.expr, input))
                && (key || ranks)
        }
        _ => false,
    }
}

fn literal(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(..) => true,
        Expr::Alias(alias) => literal(&alias.expr),
        _ => false,
    }
}

fn ranked(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(ScalarValue::Float64(Some(rank)), _) => RANKS.contains(rank),
        _ => false,
    }
}

/// Whether an expression is a stored column that is never empty, a difference of such, or an aggregate of such from
/// below: nothing that could be null, zero or out of measure for all but a few patients at the author's choice.
fn whole(expr: &Expr, input: &LogicalPlan) -> bool {
    match expr {
        Expr::Alias(alias) => whole(&alias.expr, input),
        Expr::Cast(cast) => {
            let kind = cast.field.data_type();

            matches!(kind, DataType::Int64 | DataType::Float64) && whole(&cast.expr, input)
        }
        Expr::BinaryExpr(pair) => {
            [Operator::Plus, Operator::Minus].contains(&pair.op)
                && [&pair.left, &pair.right].iter().all(|side| literal(side) || whole(side, input))
        }
        Expr::Column(column) => {
            place(input, column).is_some_and(|index| stored(input, index, &BTreeSet::new()))
        }
        _ => false,
    }
}

/// Whether a column is one of the consultations, never empty, or an aggregate of such. `filled` are the places that a
/// condition above has rid of their empty values.
fn stored(plan: &LogicalPlan, index: usize, filled: &BTreeSet<usize>) -> bool {
    if let Some(name) = table(plan) {
        let column = plan.schema().field(index).name();

        return name == PATIENT_TABLE
            && (REQUIRED.contains(&column.as_str()) || filled.contains(&index));
    }

    match plan {
        LogicalPlan::Sort(node) => stored(&node.input, index, filled),
        LogicalPlan::SubqueryAlias(node) => stored(&node.input, index, filled),
        LogicalPlan::Filter(node) => {
            let mut filled = filled.clone();
            not_null(&node.predicate, &node.input, &mut filled);

            stored(&node.input, index, &filled)
        }
        LogicalPlan::Projection(node) => match node.expr.get(index).map(|e| (e, column_of(e))) {
            Some((_, Some(column))) => place(&node.input, column).is_some_and(|below| {
                let filled = match filled.contains(&index) {
                    true => BTreeSet::from([below]),
                    false => BTreeSet::new(),
                };
                stored(&node.input, below, &filled)
            }),
            Some((expr, None)) => whole(expr, &node.input),
            None => false,
        },
        LogicalPlan::Join(node) => {
            let left = node.left.schema().fields().len();
            let right: BTreeSet<usize> =
                filled.iter().filter_map(|i| i.checked_sub(left)).collect();

            match index < left {
                true => stored(&node.left, index, filled),
                false => stored(&node.right, index - left, &right),
            }
        }
        LogicalPlan::Aggregate(node) => {
            let keys = node.group_expr.len();

            match node.group_expr.get(index) {
                Some(key) => whole(key, &node.input),
                None => (node.aggr_expr.get(index - keys)).is_some_and(|e| sober(e, &node.input)),
            }
        }
        _ => false,
    }
}

/// Adds the columns that a condition (`… IS NOT NULL AND …`) rids of their empty values.
fn not_null(predicate: &Expr, input: &LogicalPlan, filled: &mut BTreeSet<usize>) {
    match predicate {
        Expr::BinaryExpr(pair) if pair.op == Operator::And => {
            not_null(&pair.left, input, filled);
            not_null(&pair.right, input, filled);
        }
        Expr::IsNotNull(column) => {
            filled.extend(column_of(column).and_then(|c| place(input, c)));
        }
        _ => {}
    }
}
