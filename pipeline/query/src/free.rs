//! Own SQL: read-only, and shaped so that the gate can guard it.
//!
//! A named query says in its header which count of patients protects which column. Own SQL has no header, so one is
//! derived from its plan: a result that comes from the consultations must be an aggregate and must hold, as an output
//! column, the count of distinct patients of each row; everything else that it aggregates is guarded by that count.
//! The count is followed down to the column of the stored table, whatever names it bears on the way. Ways round the
//! guard are closed: a row whose count is hidden is left out whole, since its keys alone (age, commune, pseudonym…) would
//! tell of someone; an aggregate may neither quote a value (`string_agg`, `max`) nor count a part of the group (`FILTER`,
//! `CASE`, a column that may be empty), since the guard knows the whole group only; a join repeats no consultation.
//! What several queries in a row give together is not guarded: the store's history would not tell either.

mod aggregates;
mod guard;
mod lineage;
mod total;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};

use base::error::{Error, Result};

use self::aggregates::PATIENT_TABLE;
use self::guard::Output;
use super::session::{Session, engine_error, read_only, rows};
use base::definition::{Column, Definition, Format, OWN_SQL_THEME, Role};
use base::table::RawTable;
use base::text::printable;

/// Tables that leave through the gate only, each with the named query that gives what may be given: the panel's rows are counts
/// of patients already, a request of the survey stands for a person, a line received for a consultation, publications hold what
/// was hidden, a call of a month's few is one person's. No query of the release gives the calls yet.
const CLOSED_TABLES: [(&str, Option<&str>); 5] = [
    ("territoires", Some("part_sans_mt_territoires")),
    ("delais_mg", Some("delai_mg_territoires")),
    ("livraisons", Some("completude_livraisons")),
    ("publications", Some("synthese")),
    ("demandes", None),
];
/// The counts of people in the tours: a day's or a stop's are small, and `remplissage` guards them. Dates and stops stay open.
const CLOSED_COLUMNS: (&str, [&str; 3]) =
    ("tournees", ["creneaux_honores", "absences", "annulations"]);

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

        let names = output_names(frame.logical_plan());
        let roles = match unprotected {
            true => vec![(Role::Open, None); names.len()],
            false => self.guarded(frame.logical_plan())?,
        };

        let batch = self.read(sql).await.map_err(|e| {
            // As the engine words it, not as it is shown.
            let cause = std::error::Error::source(&e).map(ToString::to_string).unwrap_or_default();
            match cause.contains("Placeholder") {
                true => unbound_parameter(&cause),
                false => e,
            }
        })?;

        let columns = names.into_iter().zip(roles);
        let columns = columns.map(|(name, (role, guard))| column(name, role, guard));
        Ok(RawTable {
            definition: Arc::new(definition(sql, columns.collect())),
            parameters: BTreeMap::new(),
            rows: rows(&batch)?,
        })
    }

    /// The roles of the output columns, of a statement that cannot fail on a patient's row.
    fn guarded(&self, plan: &LogicalPlan) -> Result<Vec<(Role, Option<String>)>> {
        let roles = roles(plan)?;

        if guard::tables_read(plan)?.iter().any(|t| t == PATIENT_TABLE) {
            let state = self.context().state();
            let partial = state
                .analyzer()
                .execute_and_check(plan.clone(), state.config_options(), |_, _| {})
                .and_then(|analysed| total::partial(&analysed))
                .map_err(|e| refusal(&e))?;

            if let Some(partial) = partial {
                return Err(Error::usage(format!(
                    "le secret statistique ne peut pas protéger cette requête : « {partial} » peut échouer sur une ligne, et l'échec la trahirait"
                ))
                .hint("écrivez try_cast(… AS …) pour une conversion, divisez par un nombre écrit ou des DOUBLE ; ou --sans-secret, qui marque le résultat NON DIFFUSABLE"));
            }
        }

        Ok(roles)
    }
}

fn output_names(plan: &LogicalPlan) -> Vec<String> {
    let fields = plan.schema().fields().iter();
    fields.map(|field| printable(field.name())).collect()
}

/// An output column of own SQL: its name is its title.
fn column(name: String, role: Role, guard: Option<String>) -> Column {
    Column {
        title: name.clone(),
        name,
        role,
        format: Format::Text,
        total: None,
        additive: Vec::new(),
        guard,
        people: BTreeMap::new(),
        numerator: None,
        denominator: None,
    }
}

/// The header that own SQL would have.
fn definition(sql: &str, columns: Vec<Column>) -> Definition {
    Definition {
        name: "sql".into(),
        title: "Requête libre".into(),
        theme: OWN_SQL_THEME.into(),
        definition: "Requête écrite par l'utilisateur".into(),
        formula: sql.to_string(),
        unit: "sans unité déclarée".into(),
        population: "selon la requête".into(),
        sources: Vec::new(),
        limits: vec!["Requête libre : définitions et limites sont celles de son auteur.".into()],
        parameters: BTreeMap::new(),
        columns,
        identities: Vec::new(),
    }
}

/// The role of each output column, and the column that guards it.
fn roles(plan: &LogicalPlan) -> Result<Vec<(Role, Option<String>)>> {
    let tables = guard::tables_read(plan)?;
    let names = output_names(plan);
    let open = || Ok(vec![(Role::Open, None); names.len()]);

    if let LogicalPlan::DescribeTable(_) = plan {
        return open();
    }
    if let LogicalPlan::Explain(node) = plan {
        // The plan of a bare count may hold its answer: what may not be run may not be explained.
        roles(&node.plan)?;
        return open();
    }

    let closed = CLOSED_TABLES.iter().find(|(name, _)| tables.iter().any(|t| t == name));
    if let Some((closed, query)) = closed {
        let way = query.map(|q| format!("« medicobus requete {q} » ; ou ")).unwrap_or_default();
        return Err(Error::usage(format!(
            "la table {closed} ne sort que par les requêtes du catalogue"
        ))
        .hint(format!("{way}--sans-secret, qui marque le résultat NON DIFFUSABLE")));
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

    match tables.iter().filter(|t| *t == PATIENT_TABLE).count() {
        0 => return open(),
        1 => {}
        _ => return Err(guard::refusal("elle lit les consultations plusieurs fois")),
    }

    let outputs = guard::outputs(plan).map_err(|why| guard::refusal(&why))?;
    let guard = names
        .iter()
        .zip(&outputs)
        .find(|(_, output)| **output == Output::Patients)
        .map(|(name, _)| name.clone())
        .ok_or_else(|| guard::refusal("aucune colonne ne compte les patients distincts"))?;

    Ok(outputs
        .into_iter()
        .map(|output| match output {
            Output::Key => (Role::Category, None),
            Output::Patients => (Role::Patients, None),
            Output::Aggregate => (Role::Measure, Some(guard.clone())),
        })
        .collect())
}

/// What the engine says, and what it means to someone whose text does more than read.
fn refusal(error: &datafusion::error::DataFusionError) -> Error {
    let message = error.strip_backtrace();
    let writes = ["DDL not supported", "DML not supported", "Statement not supported"];

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

/// The first closed column that the plan names or lets through; none if there is none.
fn closed_column(plan: &LogicalPlan) -> Result<Option<String>> {
    let (table, columns) = CLOSED_COLUMNS;
    if !guard::tables_read(plan)?.iter().any(|t| t == table) {
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
