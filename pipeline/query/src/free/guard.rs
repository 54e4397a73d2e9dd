//! The plans that the gate can guard: one grouping of the consultations, and nothing whose value could depend on a few
//! patients of a group that the author picks.
//!
//! What is not listed here is refused. From top to bottom a plan is: sorts, projections and filters on keys; one
//! aggregate; then projections, filters, joins that repeat no consultation, and the table itself, once.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, JoinType};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, Operator};

use base::error::{Error, Result};

use super::super::session::engine_error;
use super::aggregates::{PATIENT_TABLE, PROFESSIONAL_KEY, counted, counts_patients, sober};
use super::lineage::{column_of, place, source, table};

/// Tables that may be joined, by the key that makes their rows unique: the join then repeats no consultation.
const REFERENCES: [(&str, &str); 4] = [
    ("medicobus", "id_medicobus"),
    ("communes", "code_commune"),
    ("departements", "code_departement"),
    ("regions", "code_region"),
];

/// What an output column is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// A grouping key.
    Key,
    /// The count of distinct patients.
    Patients,
    /// Anything else computed over the group.
    Aggregate,
}

/// Every table that a plan reads, subqueries included, once per reading.
pub(super) fn tables_read(plan: &LogicalPlan) -> Result<Vec<String>> {
    let mut tables = Vec::new();
    let visited = plan.apply_with_subqueries(|node| {
        if let Some(name) = table(node) {
            tables.push(name);
            return Ok(TreeNodeRecursion::Jump);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map_err(|e| engine_error("sql", &e.to_string()))?;
    Ok(tables)
}

/// What each output column is made of.
///
/// # Errors
/// The reason, in words, why the gate could not guard the result.
pub(super) fn outputs(plan: &LogicalPlan) -> std::result::Result<Vec<Output>, String> {
    let grouped = "elle n'est pas un simple regroupement";
    let aggregate = top(plan)?.ok_or(grouped)?;
    below(aggregate)?;
    professionals(plan)?;
    (0..plan.schema().fields().len())
        .map(|index| origin(plan, index).ok_or_else(|| grouped.to_string()))
        .collect()
}

/// The aggregate under the sorts, projections and filters of the top; none if something else is there.
fn top(plan: &LogicalPlan) -> std::result::Result<Option<&LogicalPlan>, String> {
    match plan {
        LogicalPlan::Aggregate(_) => Ok(Some(plan)),
        LogicalPlan::Sort(node) if node.fetch.is_none() => top(&node.input),
        LogicalPlan::Projection(node) => top(&node.input),
        LogicalPlan::SubqueryAlias(node) => top(&node.input),
        LogicalPlan::Filter(node) => {
            let keys = node.predicate.column_refs().into_iter().all(|column| {
                place(&node.input, column).and_then(|i| origin(&node.input, i)) == Some(Output::Key)
            });
            if !keys || nested(&node.predicate) {
                return Err("une condition sur un résultat (HAVING) le ferait deviner".to_string());
            }
            top(&node.input)
        }
        LogicalPlan::Limit(_) | LogicalPlan::Sort(_) => {
            Err("LIMIT sur un résultat ferait deviner le rang de ce qui est masqué".to_string())
        }
        _ => Ok(None),
    }
}

/// Whether all that feeds the aggregate is of the listed kinds.
fn below(plan: &LogicalPlan) -> std::result::Result<(), String> {
    if table(plan).is_some() {
        return Ok(());
    }
    if plan.expressions().iter().any(nested) {
        return Err("une sous-requête dans une expression échappe au regroupement".to_string());
    }
    match plan {
        LogicalPlan::Projection(node) => below(&node.input),
        LogicalPlan::Filter(node) => below(&node.input),
        LogicalPlan::SubqueryAlias(node) => below(&node.input),
        LogicalPlan::Sort(node) if node.fetch.is_none() => below(&node.input),
        LogicalPlan::Aggregate(node) => {
            if node.group_expr.iter().any(|e| matches!(e, Expr::GroupingSet(_))) {
                return Err(
                    "ROLLUP, CUBE et GROUPING SETS rendent un total et ses parties ensemble"
                        .to_string(),
                );
            }
            if let Some(bad) = node.aggr_expr.iter().find(|e| !sober(e, &node.input)) {
                return Err(format!("{bad} pourrait citer ou isoler un patient"));
            }
            below(&node.input)
        }
        LogicalPlan::Join(node) => {
            joined(node)?;
            below(&node.left)?;
            below(&node.right)
        }
        LogicalPlan::Window(_) => Err("une fenêtre (OVER) pourrait isoler un patient".to_string()),
        LogicalPlan::Limit(_) => Err("LIMIT choisirait les consultations comptées".to_string()),
        other => Err(format!(
            "« {} » échappe au regroupement",
            other.display().to_string().chars().take(60).collect::<String>()
        )),
    }
}

/// A join is one to a reference table, on the key of that table, that keeps every consultation once.
fn joined(join: &Join) -> std::result::Result<(), String> {
    let patients = |plan: &LogicalPlan| {
        tables_read(plan).is_ok_and(|tables| tables.iter().any(|t| t == PATIENT_TABLE))
    };
    let refused = || {
        Err(format!(
            "seules les tables {} se joignent aux consultations, sur l'égalité de leur clé",
            REFERENCES.map(|(name, _)| name).join(", ")
        ))
    };

    let (kept, reference) = match join.join_type {
        JoinType::Inner | JoinType::Left if patients(&join.left) => (&join.left, &join.right),
        JoinType::Inner | JoinType::Right if patients(&join.right) => (&join.right, &join.left),
        _ => return refused(),
    };

    let pairs = join.on.iter().map(|(l, r)| (l.clone(), r.clone()));
    let Some(conditions) = equalities(join.filter.as_ref()) else {
        return refused();
    };

    let on_key = pairs.chain(conditions).any(|(left, right)| {
        let is_key = |expr: &Expr| match column_of(expr).and_then(|c| source(reference, c)) {
            Some((name, column)) => REFERENCES.contains(&(name.as_str(), column.as_str())),
            None => false,
        };
        let of_kept = |expr: &Expr| column_of(expr).is_some_and(|c| place(kept, c).is_some());

        (is_key(&left) && of_kept(&right)) || (is_key(&right) && of_kept(&left))
    });

    if on_key { Ok(()) } else { refused() }
}

/// The equalities of columns that a join's condition is made of; none if it is made of anything else.
fn equalities(filter: Option<&Expr>) -> Option<Vec<(Expr, Expr)>> {
    match filter {
        None => Some(Vec::new()),
        Some(Expr::BinaryExpr(pair)) if pair.op == Operator::And => {
            let mut all = equalities(Some(&pair.left))?;
            all.extend(equalities(Some(&pair.right))?);
            Some(all)
        }
        Some(Expr::BinaryExpr(pair)) if pair.op == Operator::Eq => {
            column_of(&pair.left)?;
            column_of(&pair.right)?;
            Some(vec![((*pair.left).clone(), (*pair.right).clone())])
        }
        Some(_) => None,
    }
}

fn nested(expr: &Expr) -> bool {
    expr.exists(|e| {
        Ok(matches!(
            e,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
        ))
    })
    .unwrap_or(true)
}

/// Professionals may be counted, not grouped by, chosen or shown: nothing leaves per professional.
fn professionals(plan: &LogicalPlan) -> std::result::Result<(), String> {
    let mut named = false;

    let visited = plan.apply_with_subqueries(|node| {
        if table(node).is_some() {
            return Ok(TreeNodeRecursion::Jump);
        }

        let inputs = node.inputs();
        let is_one = |column: &Column| {
            inputs.iter().any(|input| {
                source(input, column)
                    .is_some_and(|(t, c)| t == PATIENT_TABLE && c == PROFESSIONAL_KEY)
            })
        };

        let harmless = |expr: &Expr| match node {
            LogicalPlan::Projection(_) => column_of(expr).is_some(),
            LogicalPlan::Aggregate(_) => counted(expr).is_some(),
            _ => false,
        };

        named |= node
            .expressions()
            .iter()
            .filter(|e| !harmless(e))
            .any(|e| e.column_refs().into_iter().any(is_one));

        Ok(TreeNodeRecursion::Continue)
    });

    match visited {
        Ok(_) if !named => Ok(()),
        Ok(_) => Err(format!(
            "{PROFESSIONAL_KEY} se compte (count(DISTINCT {PROFESSIONAL_KEY})) et ne sert à rien d'autre : \
             rien ne sort par professionnel"
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// Follows output column `index` down to the aggregate that makes it; none if the way is not a plain one.
fn origin(plan: &LogicalPlan, index: usize) -> Option<Output> {
    match plan {
        LogicalPlan::Sort(node) => origin(&node.input, index),
        LogicalPlan::Filter(node) => origin(&node.input, index),
        LogicalPlan::SubqueryAlias(node) => origin(&node.input, index),
        LogicalPlan::Projection(node) => through(node.expr.get(index)?, &node.input),
        LogicalPlan::Aggregate(node) => {
            let keys = node.group_expr.len();
            if index < keys {
                // A group that is a single patient's key would make each row one patient; such rows are left out.
                return Some(Output::Key);
            }

            let expr = node.aggr_expr.get(index - keys)?;
            Some(match counts_patients(expr, node) {
                true => Output::Patients,
                false => Output::Aggregate,
            })
        }
        _ => None,
    }
}

/// A projected expression: a plain column keeps its origin; a computation is a key only if all it reads are keys.
fn through(expr: &Expr, input: &LogicalPlan) -> Option<Output> {
    if let Some(column) = column_of(expr) {
        return origin(input, place(input, column)?);
    }

    let mut result = Some(Output::Key);
    let columns: BTreeSet<&Column> = expr.column_refs().into_iter().collect();
    for column in columns {
        match origin(input, place(input, column)?) {
            Some(Output::Key) => {}
            Some(_) => result = Some(Output::Aggregate),
            None => return None,
        }
    }

    result
}

/// A refusal, with what to write instead.
pub(super) fn refusal(why: &str) -> Error {
    Error::usage(format!(
        "le secret statistique ne peut pas protéger cette requête : {why}"
    ))
    .hint(
        "regroupez (GROUP BY) et rendez une colonne count(DISTINCT cle_patient) AS patients ; sont admis count, sum, avg, \
         median et percentile_cont sur des colonnes de consultations toujours renseignées (sinon : WHERE … IS NOT NULL) ; \
         une condition se met dans GROUP BY ou WHERE ; ou --sans-secret, qui marque le résultat NON DIFFUSABLE",
    )
}
