//! Own SQL: read-only, and shaped so that the gate can guard it.
//!
//! A named query says in its header which count of patients protects which column. Own SQL has no header, so one is
//! derived from its plan: a result that comes from the consultations must be an aggregate and must hold, as an output
//! column, the count of distinct patients of each row; everything else that it aggregates is guarded by that count.
//! Two ways round the guard are closed: a row whose count is hidden is left out whole, since its keys alone (age, commune,
//! pseudonym…) would tell of someone; and an aggregate may neither quote a value (`string_agg`, `max`) nor count a part of
//! the group (`FILTER`, `CASE`), since the guard knows the whole group only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};

use crate::error::{Error, Result};

use super::definition::{Colonne, Definition, Format, Role};
use super::session::{Session, engine_error, read_only, rows};
use super::table::RawTable;

/// Tables whose rows are about patients, with the column that the guard must count.
const PATIENT_TABLE: &str = "consultations";
const PATIENT_KEY: &str = "cle_patient";
/// Tables that leave through the gate only, each with the named query that gives what may be given: the panel's rows are counts
/// of patients already, a request of the survey stands for a person, publications hold what was hidden.
const CLOSED_TABLES: [(&str, &str); 3] = [
    ("territoires", "part_sans_mt_territoires"),
    ("delais_mg", "delai_mg_territoires"),
    ("publications", "synthese"),
];
/// The counts of people in the tours: a day's or a stop's are small, and `remplissage` guards them. Dates and stops stay open.
const CLOSED_COLUMNS: (&str, [&str; 3]) =
    ("tournees", ["creneaux_honores", "absences", "annulations"]);
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
/// Theme of the results of own SQL.
pub const THEME: &str = "libre";

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
            .map_err(|e| refusal(&e))?;
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
        let batch = self.read(sql).await.map_err(|e| {
            let unbound = e.to_string().contains("Placeholder");
            match unbound {
                true => unbound_parameter(&e.to_string()),
                false => e,
            }
        })?;
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
            theme: THEME.into(),
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
    if let LogicalPlan::DescribeTable(_) = plan {
        return Ok(vec![(Role::Ouvert, None); names.len()]);
    }
    if let LogicalPlan::Explain(node) = plan {
        // The plan of a bare count may hold its answer: what may not be run may not be explained.
        self::roles(&node.plan)?;
        return Ok(vec![(Role::Ouvert, None); names.len()]);
    }
    let closed = CLOSED_TABLES
        .iter()
        .find(|(name, _)| tables.iter().any(|t| t == name));
    if let Some((closed, query)) = closed {
        return Err(Error::usage(format!("la table {closed} ne sort que par les requêtes du catalogue"))
            .hint(format!("« medicobus requete {query} » ; ou --sans-secret, qui marque le résultat NON DIFFUSABLE")));
    }
    if let Some(column) = closed_column(plan)? {
        return Err(Error::usage(format!(
            "la colonne {column} de {} ne sort que par les requêtes du catalogue",
            CLOSED_COLUMNS.0
        ))
        .hint(
            "« medicobus requete remplissage » ; nommez les autres colonnes (date, code_commune, creneaux_offerts…) ; \
             ou --sans-secret, qui marque le résultat NON DIFFUSABLE",
        ));
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
    if let Some(call) = unguardable(plan)? {
        return Err(Error::usage(format!(
            "le secret statistique ne peut pas protéger cette requête : {call}"
        ))
        .hint(
            "sont admis count, sum, avg, median et percentile_cont, sur des colonnes telles quelles ; \
             une condition se met dans GROUP BY ou WHERE ; ou --sans-secret, qui marque le résultat NON DIFFUSABLE",
        ));
    }
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

/// What the engine says, and what it means to someone whose text does more than read.
fn refusal(error: &datafusion::error::DataFusionError) -> Error {
    let message = error.strip_backtrace();
    let writes = [
        "DDL not supported",
        "DML not supported",
        "Statement not supported",
    ];
    if writes.iter().any(|w| message.contains(w)) {
        return Error::usage("sql est en lecture seule : cette instruction est refusée")
            .caused_by(message)
            .hint("SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES et DESCRIBE sont admis");
    }
    if message.contains("Placeholder") || message.contains("placeholder") {
        return unbound_parameter(&message);
    }
    if message.contains("not found") {
        return Error::usage("sql : table ou fonction inconnue")
            .caused_by(message)
            .hint("\\d à l'invite, ou « medicobus sql \"SHOW TABLES\" », listent les tables");
    }
    Error::usage("sql : la requête ne se lit pas")
        .caused_by(message)
        .hint("\\d TABLE à l'invite, ou « medicobus sql \"DESCRIBE TABLE\" », donnent les colonnes d'une table")
}

fn unbound_parameter(message: &str) -> Error {
    Error::usage("sql : un paramètre ($nom) n'a pas de valeur")
        .caused_by(message.to_string())
        .hint("une requête à paramètres s'exécute par « medicobus requete NOM --queries DOSSIER »")
}

/// The first aggregate that the guard cannot cover, in words; none if there is none.
fn unguardable(plan: &LogicalPlan) -> Result<Option<String>> {
    let mut found = None;
    let visited = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Aggregate(aggregate) = node {
            let bad = aggregate
                .aggr_expr
                .iter()
                .find(|e| !sober(e, &aggregate.input));
            if let Some(bad) = bad {
                found = Some(format!("{bad} pourrait citer ou isoler un patient"));
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        let nested = |e: &Expr| {
            Ok(matches!(
                e,
                Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_)
            ))
        };
        if node
            .expressions()
            .iter()
            .any(|e| e.exists(nested).unwrap_or(true))
        {
            found =
                Some("une sous-requête dans une expression échappe au regroupement".to_string());
            return Ok(TreeNodeRecursion::Stop);
        }
        if let LogicalPlan::Window(_) = node {
            found = Some("une fenêtre (OVER) pourrait isoler un patient".to_string());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map_err(|e| engine_error("sql", &e.to_string()))?;
    Ok(found)
}

/// Whether an aggregate takes whole columns of the whole group and gives back no single value of it.
fn sober(expr: &Expr, input: &LogicalPlan) -> bool {
    match expr {
        Expr::Alias(alias) => sober(&alias.expr, input),
        Expr::AggregateFunction(call) => {
            let counts = call.func.name() == "count";
            AGGREGATES.contains(&call.func.name())
                && call.params.filter.is_none()
                && call
                    .params
                    .args
                    .iter()
                    .all(|a| whole(a, input) || (counts && literal(a)))
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

/// Whether an expression is a stored column, a difference or multiple of such, or an aggregate of such from below: nothing
/// that could be null or zero for all but a few patients at the author's choice.
fn whole(expr: &Expr, input: &LogicalPlan) -> bool {
    match expr {
        Expr::Alias(alias) => whole(&alias.expr, input),
        Expr::Cast(cast) => whole(&cast.expr, input),
        Expr::Literal(..) => true,
        Expr::BinaryExpr(pair) => {
            let arithmetic = [Operator::Plus, Operator::Minus, Operator::Multiply];
            arithmetic.contains(&pair.op) && whole(&pair.left, input) && whole(&pair.right, input)
        }
        Expr::Column(column) => input
            .schema()
            .index_of_column(column)
            .is_ok_and(|index| stored(input, index)),
        _ => false,
    }
}

fn stored(plan: &LogicalPlan, index: usize) -> bool {
    match plan {
        LogicalPlan::TableScan(_) => true,
        LogicalPlan::Sort(node) => stored(&node.input, index),
        LogicalPlan::Limit(node) => stored(&node.input, index),
        LogicalPlan::Filter(node) => stored(&node.input, index),
        LogicalPlan::SubqueryAlias(node) => stored(&node.input, index),
        LogicalPlan::Projection(node) => {
            node.expr.get(index).is_some_and(|e| whole(e, &node.input))
        }
        LogicalPlan::Join(node) => {
            let left = node.left.schema().fields().len();
            match index < left {
                true => stored(&node.left, index),
                false => stored(&node.right, index - left),
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

/// The first closed column that the plan names or lets through; none if there is none.
fn closed_column(plan: &LogicalPlan) -> Result<Option<String>> {
    let (table, columns) = CLOSED_COLUMNS;
    if !tables_read(plan)?.iter().any(|t| t == table) {
        return Ok(None);
    }
    let mut found = lets_through(plan).then(|| columns[0].to_string());
    let visited = plan.apply_with_subqueries(|node| {
        for expr in node.expressions() {
            expr.apply(|e| {
                if let Expr::Column(c) | Expr::OuterReferenceColumn(_, c) = e
                    && columns.contains(&c.name.as_str())
                {
                    found = Some(c.name.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        // A union names the columns of its first part only.
        let positional = matches!(node, LogicalPlan::Union(_) | LogicalPlan::RecursiveQuery(_));
        if positional && node.inputs().into_iter().any(lets_through) {
            found = Some(columns[0].to_string());
        }
        Ok(match found.is_some() {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    });
    visited.map_err(|e| engine_error("sql", &e.to_string()))?;
    Ok(found)
}

/// Whether all the columns of the tours come out of the plan unnamed, as those of `TABLE tournees` do.
fn lets_through(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(scan) => scan.table_name.table() == CLOSED_COLUMNS.0,
        LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_) => false,
        _ => plan.inputs().into_iter().any(lets_through),
    }
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
                // A group that is a single patient's key would make each row one patient; such rows are left out.
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
            let columns: BTreeSet<_> = other.column_refs().into_iter().collect();
            for column in columns {
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
