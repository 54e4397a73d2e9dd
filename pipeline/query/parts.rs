//! Named parts of queries that several answers, or one answer several times, would each compute: computed once, kept
//! in memory as long as an answer to come reads them.
//!
//! The engine puts the text of a `WITH` wherever it is named. A query that names a part twice would then group the
//! consultations of a year twice, and one asked at four levels four times as often. Plans are compared before
//! the engine rearranges them, so two parts are the same when they say the same over the same tables, parameters put in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SubqueryAlias};
use datafusion::physical_plan::collect_partitioned;
use datafusion::prelude::DataFrame;

/// The shared parts of a list of plans, and those that are computed.
pub(super) struct Parts {
    /// Each is read from at least two places.
    shared: HashSet<LogicalPlan>,
    /// A computed part, and the table in memory that stands for it.
    held: HashMap<LogicalPlan, LogicalPlan>,
}

impl Parts {
    /// The shared parts of `plans`; none is computed yet.
    pub fn of(plans: &[LogicalPlan]) -> Self {
        let mut places = HashMap::new();
        let mut seen = HashSet::new();
        for plan in plans {
            count(plan, &mut seen, &mut places);
        }
        places.retain(|plan, places| *places > 1 && worth(plan));
        Self {
            shared: places.into_keys().collect(),
            held: HashMap::new(),
        }
    }

    /// `plan`, its shared parts read from memory; those that are not there yet are computed first.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn ready(
        &mut self,
        context: &SessionContext,
        plan: LogicalPlan,
    ) -> Result<LogicalPlan> {
        for part in self.missing(&plan) {
            let inner = self.replaced(part.clone())?;
            let table = computed(context, inner).await?;
            let LogicalPlan::SubqueryAlias(named) = &part else {
                continue;
            };
            let stand_in = stand_in(named, table)?;
            self.held.insert(part, stand_in);
        }
        self.replaced(plan)
    }

    /// Forgets what no plan `ahead` reads.
    pub fn keep_for(&mut self, ahead: &[LogicalPlan]) {
        let mut read = HashSet::new();
        for plan in ahead {
            self.reads(plan, &mut read);
        }
        self.held.retain(|part, _| read.contains(part));
    }

    /// Whether `plan` reads a part that is computed.
    pub fn finds(&self, plan: &LogicalPlan) -> bool {
        let mut read = HashSet::new();
        self.reads(plan, &mut read);
        read.iter().any(|part| self.held.contains_key(part))
    }

    /// Shared parts to compute before `plan`, inner ones first.
    fn missing(&self, plan: &LogicalPlan) -> Vec<LogicalPlan> {
        let mut found = Vec::new();
        self.collect_missing(plan, &mut found);
        found
    }

    fn collect_missing(&self, plan: &LogicalPlan, found: &mut Vec<LogicalPlan>) {
        if self.held.contains_key(plan) || found.contains(plan) {
            return;
        }
        for input in inputs(plan) {
            self.collect_missing(input, found);
        }
        if self.shared.contains(plan) {
            found.push(plan.clone());
        }
    }

    /// Shared parts that `plan` reads, not through one that is computed.
    fn reads(&self, plan: &LogicalPlan, read: &mut HashSet<LogicalPlan>) {
        if self.shared.contains(plan) && !read.insert(plan.clone()) || self.held.contains_key(plan)
        {
            return;
        }
        for input in inputs(plan) {
            self.reads(input, read);
        }
    }

    /// `plan` with tables in place of the parts that are computed.
    fn replaced(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let replaced = plan.transform_down(|node| {
            if let Some(table) = self.held.get(&node) {
                return Ok(Transformed::new(
                    table.clone(),
                    true,
                    TreeNodeRecursion::Jump,
                ));
            }
            let inside = match node {
                LogicalPlan::RecursiveQuery(_) => TreeNodeRecursion::Jump,
                _ => TreeNodeRecursion::Continue,
            };
            Ok(Transformed::new(node, false, inside))
        })?;
        Ok(replaced.data)
    }
}

/// Counts from how many places each named part is read; a part that stands at several places counts its own once.
fn count<'a>(
    plan: &'a LogicalPlan,
    seen: &mut HashSet<&'a LogicalPlan>,
    places: &mut HashMap<LogicalPlan, usize>,
) {
    if !seen.insert(plan) {
        return;
    }
    for input in inputs(plan) {
        if matches!(input, LogicalPlan::SubqueryAlias(_)) {
            *places.entry(input.clone()).or_default() += 1;
        }
        count(input, seen, places);
    }
}

/// What a plan reads. The inner steps of a recursion are not plans that could run by themselves.
fn inputs(plan: &LogicalPlan) -> Vec<&LogicalPlan> {
    match plan {
        LogicalPlan::RecursiveQuery(_) => Vec::new(),
        plan => plan.inputs(),
    }
}

/// Whether a part is worth a place in memory: it groups, joins or ranks rows, and gives the same whenever it runs.
fn worth(part: &LogicalPlan) -> bool {
    let mut works = false;
    let mut steady = true;
    // The closure returns no error.
    let _ = part.apply(|node| {
        works |= matches!(
            node,
            LogicalPlan::Aggregate(_)
                | LogicalPlan::Distinct(_)
                | LogicalPlan::Join(_)
                | LogicalPlan::Window(_)
        );
        steady &= !node.expressions().iter().any(Expr::is_volatile);
        Ok(TreeNodeRecursion::Continue)
    });
    works && steady
}

/// The rows of `plan`, in memory.
async fn computed(context: &SessionContext, plan: LogicalPlan) -> Result<MemTable> {
    let frame = DataFrame::new(context.state(), plan);
    let task = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await?;
    let schema = plan.schema();
    let partitions = collect_partitioned(plan, task).await?;
    MemTable::try_new(schema, partitions)
}

/// The table under the name of the part. The engine settles types when it runs a plan, so a column may have another
/// one than it was written with; what reads it is settled in its turn.
fn stand_in(part: &SubqueryAlias, table: MemTable) -> Result<LogicalPlan> {
    let name = part.alias.table().to_string();
    LogicalPlanBuilder::scan(name, provider_as_source(Arc::new(table)), None)?
        .alias(part.alias.clone())?
        .build()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use datafusion::arrow::util::pretty::pretty_format_batches;

    const TABLE: &str = "CREATE TABLE vus AS SELECT * FROM
        (VALUES ('a', 1), ('a', 2), ('b', 2), ('b', 3), ('c', NULL)) AS v(bus, n)";

    async fn context() -> SessionContext {
        let context = SessionContext::new();
        let made = context.sql(TABLE).await.unwrap();
        made.collect().await.unwrap();
        context
    }

    async fn plan(context: &SessionContext, sql: &str) -> LogicalPlan {
        context.sql(sql).await.unwrap().into_unoptimized_plan()
    }

    async fn answer(context: &SessionContext, plan: LogicalPlan) -> String {
        let frame = DataFrame::new(context.state(), plan);
        let batches = frame.collect().await.unwrap();
        pretty_format_batches(&batches).unwrap().to_string()
    }

    /// Answers all at once, and checks each against the engine's own; gives how many parts were in memory after each.
    async fn held_after_each(texts: &[&str]) -> Vec<usize> {
        let context = context().await;
        let mut plans = Vec::new();
        for text in texts {
            plans.push(plan(&context, text).await);
        }
        let mut parts = Parts::of(&plans);
        let mut held = Vec::new();
        for (i, plan) in plans.iter().enumerate() {
            let ready = parts.ready(&context, plan.clone()).await.unwrap();
            parts.keep_for(&plans[i + 1..]);
            let expected = answer(&context, plan.clone()).await;
            assert_eq!(answer(&context, ready).await, expected, "{}", texts[i]);
            held.push(parts.held.len());
        }
        held
    }

    #[tokio::test]
    async fn a_part_named_twice_is_computed_once_and_what_uses_it_is_as_before() {
        let text = "WITH sommes AS (SELECT bus, sum(n) AS n FROM vus GROUP BY bus)
             SELECT a.bus, a.n, b.total FROM sommes a
              CROSS JOIN (SELECT sum(n) AS total FROM sommes) AS b ORDER BY 1";
        let context = context().await;
        let plan = plan(&context, text).await;
        let mut parts = Parts::of(std::slice::from_ref(&plan));
        assert_eq!(parts.shared.len(), 1);
        let ready = parts.ready(&context, plan.clone()).await.unwrap();
        let shown = ready.display_indent().to_string();
        // What groups by bus is gone from the plan; the sum of the sums is not.
        assert!(!shown.contains("groupBy=[[vus.bus]]"), "{shown}");
        assert!(shown.contains("groupBy=[[]]"), "{shown}");
        assert_eq!(held_after_each(&[text]).await, [0]);
    }

    #[tokio::test]
    async fn parts_stay_as_long_as_an_answer_to_come_reads_them() {
        let with = "WITH sommes AS (SELECT bus, sum(n) AS n FROM vus GROUP BY bus),
                         plus AS (SELECT max(n) AS n FROM sommes) ";
        let both = format!(
            "{with} SELECT s.bus, s.n, p.n AS plus FROM sommes s CROSS JOIN plus p ORDER BY 1"
        );
        let only = format!("{with} SELECT n + 1 AS suivant FROM plus");
        let other = "SELECT count(*) AS lignes FROM vus";
        assert_eq!(
            held_after_each(&[&both, &only, &only, other]).await,
            [1, 1, 0, 0]
        );
    }

    #[tokio::test]
    async fn a_column_whose_type_is_settled_late_is_read_as_it_is() {
        let text = "WITH deux AS (SELECT bus, NULL AS n FROM vus GROUP BY bus
                                   UNION ALL SELECT bus, max(n) FROM vus GROUP BY bus)
             SELECT a.bus, a.n, b.n + 1 AS m FROM deux a JOIN deux b ON b.bus = a.bus ORDER BY 1, 2, 3";
        held_after_each(&[text]).await;
    }

    #[tokio::test]
    async fn chance_and_the_steps_of_a_recursion_are_not_shared() {
        let context = context().await;
        let chance = "WITH tire AS (SELECT bus, max(random()) AS x FROM vus GROUP BY bus)
             SELECT * FROM tire a JOIN tire b ON b.bus = a.bus";
        let steps = "WITH RECURSIVE pas AS (SELECT 1 AS n UNION ALL
               SELECT x.n + 1 FROM (SELECT max(n) AS n FROM pas) AS x WHERE x.n < 3)
             SELECT a.n FROM pas a JOIN pas b ON b.n = a.n ORDER BY 1";
        let plan_of_chance = plan(&context, chance).await;
        assert!(Parts::of(&[plan_of_chance]).shared.is_empty());
        held_after_each(&[steps, steps]).await;
    }
}
