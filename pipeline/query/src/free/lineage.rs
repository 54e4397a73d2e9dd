//! Where the columns of a plan come from: followed down to the stored tables, through views, names and aliases.

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// The name that the engine gives to a table behind a view.
const UNNAMED: &str = "?table?";

/// The table that a node is, if it is one: a scan, or the view that renames the columns of a file.
pub(super) fn table(plan: &LogicalPlan) -> Option<String> {
    match plan {
        LogicalPlan::TableScan(scan) => Some(scan.table_name.table().to_string()),
        LogicalPlan::SubqueryAlias(alias) => {
            let LogicalPlan::Projection(view) = alias.input.as_ref() else {
                return None;
            };
            let LogicalPlan::TableScan(scan) = view.input.as_ref() else {
                return None;
            };

            (scan.table_name.table() == UNNAMED).then(|| alias.alias.table().to_string())
        }
        _ => None,
    }
}

/// The column that an expression is, under any alias.
pub(super) fn column_of(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Alias(alias) => column_of(&alias.expr),
        _ => None,
    }
}

/// Place of a column in the output of a plan.
pub(super) fn place(plan: &LogicalPlan, column: &Column) -> Option<usize> {
    plan.schema().index_of_column(column).ok()
}

/// The table and column that a column is, followed through plain projections, filters, joins and grouping keys.
pub(super) fn source(plan: &LogicalPlan, column: &Column) -> Option<(String, String)> {
    source_at(plan, place(plan, column)?)
}

fn source_at(plan: &LogicalPlan, index: usize) -> Option<(String, String)> {
    if let Some(name) = table(plan) {
        return Some((name, plan.schema().field(index).name().clone()));
    }

    match plan {
        LogicalPlan::Sort(node) => source_at(&node.input, index),
        LogicalPlan::Filter(node) => source_at(&node.input, index),
        LogicalPlan::SubqueryAlias(node) => source_at(&node.input, index),
        LogicalPlan::Projection(node) => source(&node.input, column_of(node.expr.get(index)?)?),
        LogicalPlan::Aggregate(node) => {
            source(&node.input, column_of(node.group_expr.get(index)?)?)
        }
        LogicalPlan::Join(node) => {
            let left = node.left.schema().fields().len();

            match index < left {
                true => source_at(&node.left, index),
                false => source_at(&node.right, index - left),
            }
        }
        _ => None,
    }
}
