//! Own SQL: read-only, and shaped so that the gate can guard it.
//!
//! A named query says in its header which count of patients protects which column. Own SQL has no header, so one is
//! derived from its plan: a result that comes from the consultations must be an aggregate and must hold, as an output
//! column, the count of distinct patients of each row; everything else that it aggregates is guarded by that count.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::error::{Error, Result};

use super::definition::{Colonne, Definition, Format, Role};
use super::session::{Session, engine_error, read_only, rows};
use super::table::RawTable;

/// Tables whose rows are about patients, with the column that the guard must count.
const PATIENT_TABLE: &str = "consultations";
const PATIENT_KEY: &str = "cle_patient";
/// The panel's rows are counts of patients already: they leave through named queries only.
const PANEL_TABLE: &str = "territoires";

impl Session {
    /// Runs own SQL. Unless `unprotected`, the result carries the roles that the gate needs.
    ///
    /// # Errors
    /// SQL that does anything but read, that the engine refuses, or that the gate could not guard.
    pub async fn run_free(&self, sql: &str, unprotected: bool) -> Result<RawTable> {
        let sql = sql.trim().trim_end_matches(';');
        let frame = self
            .context()
            .sql_with_options(sql, read_only())
            .await
            .map_err(|e| engine_error("sql", &e.to_string()))?;
        let names: Vec<String> = frame
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        let roles = if unprotected {
            vec![(Role::Ouvert, None); names.len()]
        } else {
            roles(frame.logical_plan())?
        };
        let batch = self.read(sql).await?;
        let colonnes = names
            .iter()
            .zip(roles)
            .map(|(name, (role, garde))| Colonne {
                nom: name.clone(),
                titre: name.clone(),
                role,
                format: Format::Texte,
                total: None,
                additif: Vec::new(),
                garde,
                numerateur: None,
                denominateur: None,
            })
            .collect();
        let definition = Definition {
            nom: "sql".into(),
            titre: "Requête libre".into(),
            theme: "libre".into(),
            definition: "Requête écrite par l'utilisateur".into(),
            formule: sql.to_string(),
            unite: "sans unité déclarée".into(),
            population: "selon la requête".into(),
            sources: Vec::new(),
            limites: vec![
                "Requête libre : définitions et limites sont celles de son auteur.".into(),
            ],
            parametres: BTreeMap::new(),
            colonnes,
            identites: Vec::new(),
        };
        Ok(RawTable {
            definition: Arc::new(definition),
            parameters: BTreeMap::new(),
            rows: rows(&batch)?,
        })
    }
}

/// The role of each output column, and the column that guards it.
fn roles(plan: &LogicalPlan) -> Result<Vec<(Role, Option<String>)>> {
    let tables = tables_read(plan)?;
    let names: Vec<String> = plan
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    if tables.iter().any(|t| t == PANEL_TABLE) {
        return Err(Error::usage("le panel des territoires ne sort que par les requêtes du catalogue")
            .hint("« medicobus requete part_sans_mt_territoires » ; ou --sans-secret, qui marque le résultat NON DIFFUSABLE"));
    }
    if !tables.iter().any(|t| t == PATIENT_TABLE) {
        return Ok(vec![(Role::Ouvert, None); names.len()]);
    }
    let refuse = |why: &str| {
        Error::usage(format!(
            "le secret statistique ne peut pas protéger cette requête : {why}"
        ))
        .hint(
            "regroupez (GROUP BY) et rendez une colonne count(DISTINCT cle_patient) AS patients ; \
             ou --sans-secret, qui marque le résultat NON DIFFUSABLE",
        )
    };
    let outputs: Vec<Output> = (0..names.len())
        .map(|index| {
            origin(plan, index).ok_or_else(|| refuse("elle n'est pas un simple regroupement"))
        })
        .collect::<Result<_>>()?;
    let guard = names
        .iter()
        .zip(&outputs)
        .find(|(_, output)| **output == Output::Patients)
        .map(|(name, _)| name.clone())
        .ok_or_else(|| refuse("aucune colonne ne compte les patients distincts"))?;
    Ok(outputs
        .into_iter()
        .map(|output| match output {
            Output::Key => (Role::Categorie, None),
            Output::Patients => (Role::Patients, None),
            Output::Aggregate => (Role::Mesure, Some(guard.clone())),
        })
        .collect())
}

/// What an output column is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    /// A grouping key.
    Key,
    /// The count of distinct patients.
    Patients,
    /// Anything else computed over the group.
    Aggregate,
}

fn tables_read(plan: &LogicalPlan) -> Result<Vec<String>> {
    let mut tables = Vec::new();
    let visited = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            tables.push(scan.table_name.table().to_string());
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map_err(|e| engine_error("sql", &e.to_string()))?;
    Ok(tables)
}

/// Follows output column `index` down to the aggregate that makes it; none if the way is not a plain one.
fn origin(plan: &LogicalPlan, index: usize) -> Option<Output> {
    match plan {
        LogicalPlan::Sort(node) => origin(&node.input, index),
        LogicalPlan::Limit(node) => origin(&node.input, index),
        LogicalPlan::Filter(node) => origin(&node.input, index),
        LogicalPlan::SubqueryAlias(node) => origin(&node.input, index),
        LogicalPlan::Projection(node) => through(node.expr.get(index)?, &node.input),
        LogicalPlan::Aggregate(node) => {
            let keys = node.group_expr.len();
            if index < keys {
                // A group that is a single patient's key would make each row one patient; the guard hides such rows.
                return Some(Output::Key);
            }
            let expr = node.aggr_expr.get(index - keys)?;
            Some(if counts_patients(expr) {
                Output::Patients
            } else {
                Output::Aggregate
            })
        }
        _ => None,
    }
}

/// A projected expression: a plain column keeps its origin; a computation is a key only if all it reads are keys.
fn through(expr: &Expr, input: &LogicalPlan) -> Option<Output> {
    match expr {
        Expr::Alias(alias) => through(&alias.expr, input),
        Expr::Column(column) => origin(input, input.schema().index_of_column(column).ok()?),
        other => {
            let mut result = Some(Output::Key);
            for column in other.column_refs() {
                let index = input.schema().index_of_column(column).ok()?;
                match origin(input, index) {
                    Some(Output::Key) => {}
                    Some(_) => result = Some(Output::Aggregate),
                    None => return None,
                }
            }
            result
        }
    }
}

fn counts_patients(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(alias) => counts_patients(&alias.expr),
        Expr::AggregateFunction(call) => {
            call.func.name() == "count"
                && call.params.distinct
                && call.params.filter.is_none()
                && matches!(call.params.args.as_slice(), [Expr::Column(c)] if c.name == PATIENT_KEY)
        }
        _ => false,
    }
}
