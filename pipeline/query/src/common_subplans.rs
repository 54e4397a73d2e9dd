//! Common subplans: named parts of queries, and views, that several answers, or one answer several times, would each
//! compute. Each is computed once and kept in memory as long as an answer to come reads it.
//!
//! The engine puts the text of a `WITH` or of a view wherever it is named. A query that names a part twice would then
//! group the consultations of a year twice, and one asked at four levels four times as often. Plans are compared before
//! the engine rearranges them, so two parts are the same when they say the same over the same tables, parameters put in.
//! An order inside a part is not kept: SQL promises none.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SubqueryAlias, Volatility};
use datafusion::physical_plan::collect_partitioned;
use datafusion::prelude::DataFrame;

/// What a list of plans has in common, and what of it is computed.
pub(super) struct CommonSubplans {
    /// Rank of each common subplan; one that another reads comes before it.
    ranks: HashMap<LogicalPlan, usize>,
    subplans: Vec<CommonSubplan>,
    /// Subplans that each plan reads, not through another subplan.
    reads: Vec<BTreeSet<usize>>,
}

/// A named part that is read from at least two places.
struct CommonSubplan {
    named: SubqueryAlias,
    /// Subplans that it reads, not through another subplan.
    reads: BTreeSet<usize>,
    /// Plans and subplans that have yet to read it.
    readers: usize,
    /// Computed once, or found not to be computable by itself.
    tried: bool,
    /// The table in memory that stands for it.
    table: Option<LogicalPlan>,
}

impl CommonSubplans {
    /// The common subplans of `plans`; none is computed yet.
    pub fn of(context: &SessionContext, plans: &[LogicalPlan]) -> Self {
        let mut found = Occurrences::default();
        for plan in plans {
            found.count(plan);
        }

        // Two calls of a function that gives a table look the same in a plan, whatever their arguments.
        let state = context.state_ref();
        let state = state.read();
        let functions = state.table_functions();

        let mut ranks = HashMap::new();
        let mut subplans = Vec::new();
        for named in found.inner_first {
            let plan = LogicalPlan::SubqueryAlias(named.clone());
            let common = found.places.get(&plan).is_some_and(|places| *places > 1);
            if !common || !worth(&plan, |name| functions.contains_key(name)) {
                continue;
            }

            let mut reads = BTreeSet::new();
            for input in inputs(&plan) {
                direct(input, &ranks, &mut reads);
            }
            ranks.insert(plan, subplans.len());
            subplans.push(CommonSubplan {
                named,
                reads,
                readers: 0,
                tried: false,
                table: None,
            });
        }

        Self::with_readers(ranks, subplans, plans)
    }

    /// Counts who reads each subplan.
    fn with_readers(
        ranks: HashMap<LogicalPlan, usize>,
        mut subplans: Vec<CommonSubplan>,
        plans: &[LogicalPlan],
    ) -> Self {
        let reads = plans.iter().map(|plan| {
            let mut reads = BTreeSet::new();
            direct(plan, &ranks, &mut reads);
            reads
        });
        let reads: Vec<BTreeSet<usize>> = reads.collect();

        let inner: Vec<usize> = subplans.iter().flat_map(|s| s.reads.clone()).collect();
        for rank in inner.into_iter().chain(reads.iter().flatten().copied()) {
            subplans[rank].readers += 1;
        }

        Self { ranks, subplans, reads }
    }

    /// The `index`-th plan, its common subplans read from memory; those that are not there yet are computed first, those
    /// that nothing reads any more are forgotten. A subplan that cannot be computed by itself stays where it is: the
    /// whole plan may not need all of its rows, and tells the error if it does.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn ready(
        &mut self,
        context: &SessionContext,
        index: usize,
        plan: LogicalPlan,
    ) -> Result<LogicalPlan> {
        for rank in self.missing(index) {
            let whole = LogicalPlan::SubqueryAlias(self.subplans[rank].named.clone());
            let plan = self.replaced(whole)?;

            self.subplans[rank].tried = true;
            if let Ok(table) = computed(context, plan).await {
                self.subplans[rank].table = Some(stand_in(&self.subplans[rank].named, table)?);
            }

            let reads = self.subplans[rank].reads.clone();
            self.is_read(&reads);
        }

        let ready = self.replaced(plan)?;
        let reads = std::mem::take(&mut self.reads[index]);
        self.is_read(&reads);
        Ok(ready)
    }

    /// Whether the `index`-th plan reads a subplan that is in memory.
    pub fn finds(&self, index: usize) -> bool {
        self.reads[index].iter().any(|&rank| self.subplans[rank].table.is_some())
    }

    /// Subplans to compute before a plan, inner ones first.
    fn missing(&self, index: usize) -> BTreeSet<usize> {
        let mut missing = BTreeSet::new();
        let mut ahead: Vec<usize> = self.reads[index].iter().copied().collect();

        while let Some(rank) = ahead.pop() {
            if !self.subplans[rank].tried && missing.insert(rank) {
                ahead.extend(&self.subplans[rank].reads);
            }
        }
        missing
    }

    fn is_read(&mut self, reads: &BTreeSet<usize>) {
        for &rank in reads {
            let subplan = &mut self.subplans[rank];
            subplan.readers -= 1;
            if subplan.readers == 0 {
                subplan.table = None;
            }
        }
    }

    /// `plan` with tables in place of the subplans that are computed.
    fn replaced(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let replaced = plan.transform_down(|node| {
            let rank = self.ranks.get(&node);
            if let Some(table) = rank.and_then(|&rank| self.subplans[rank].table.as_ref()) {
                return Ok(Transformed::new(table.clone(), true, TreeNodeRecursion::Jump));
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

/// From how many places each named part is read.
#[derive(Default)]
struct Occurrences<'a> {
    seen: HashSet<&'a LogicalPlan>,
    places: HashMap<&'a LogicalPlan, usize>,
    inner_first: Vec<SubqueryAlias>,
}

impl<'a> Occurrences<'a> {
    fn count(&mut self, plan: &'a LogicalPlan) {
        // A named part that stands at several places is read there, so what it reads is counted once. Anything else
        // runs at each of its places, and counts what it reads as often.
        let first = self.seen.insert(plan);
        let named = named_part(plan);
        if !first && named.is_some() {
            return;
        }

        for input in inputs(plan) {
            if named_part(input).is_some() {
                *self.places.entry(input).or_default() += 1;
            }
            self.count(input);
        }

        if let (true, Some(part)) = (first, named) {
            self.inner_first.push(part.clone());
        }
    }
}

/// A part with a name of its own. Another name for a named part (`FROM part AS a`) holds nothing more than that part.
fn named_part(plan: &LogicalPlan) -> Option<&SubqueryAlias> {
    match plan {
        LogicalPlan::SubqueryAlias(part) => match part.input.as_ref() {
            LogicalPlan::SubqueryAlias(_) => None,
            _ => Some(part),
        },
        _ => None,
    }
}

/// Adds the subplans that `plan` reads, not through another subplan.
fn direct(plan: &LogicalPlan, ranks: &HashMap<LogicalPlan, usize>, reads: &mut BTreeSet<usize>) {
    if let Some(&rank) = ranks.get(plan) {
        reads.insert(rank);
        return;
    }

    for input in inputs(plan) {
        direct(input, ranks, reads);
    }
}

/// What a plan reads. The inner steps of a recursion are not plans that could run by themselves.
fn inputs(plan: &LogicalPlan) -> Vec<&LogicalPlan> {
    match plan {
        LogicalPlan::RecursiveQuery(_) => Vec::new(),
        plan => plan.inputs(),
    }
}

/// Whether a part is worth a place in memory: it groups or ranks rows (a mere join may be long and wide), depends on
/// nothing around it, and gives the same whenever it runs.
fn worth(part: &LogicalPlan, is_function: impl Fn(&str) -> bool) -> bool {
    let mut works = false;
    let mut steady = true;

    // The closure returns no error.
    let _ = part.apply_with_subqueries(|node| {
        works |= matches!(
            node,
            LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(_) | LogicalPlan::Window(_)
        );

        steady &= match node {
            LogicalPlan::Subquery(_) => false,
            LogicalPlan::TableScan(scan) => {
                !is_function(scan.table_name.table().trim_end_matches("()"))
            }
            _ => true,
        };
        steady &= node.expressions().iter().all(fixed);
        Ok(TreeNodeRecursion::Continue)
    });

    works && steady
}

/// Whether an expression gives the same at any time and in any place.
fn fixed(expression: &Expr) -> bool {
    let moves = expression.exists(|e| {
        Ok(match e {
            Expr::ScalarFunction(call) => call.func.signature().volatility != Volatility::Immutable,
            _ => false,
        })
    });

    // The closure returns no error.
    !moves.unwrap_or(true) && !expression.contains_outer()
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
mod tests {
    use super::*;
    use datafusion::arrow::util::pretty::pretty_format_batches;

    const TABLE: &str = "CREATE TABLE vus AS SELECT * FROM
        (VALUES ('a', 1), ('a', 2), ('b', 2), ('b', 3), ('c', NULL)) AS v(bus, n)";
    const VIEW: &str =
        "CREATE VIEW sommes_par_bus AS SELECT bus, sum(n) AS n FROM vus GROUP BY bus";

    async fn context() -> SessionContext {
        let context = SessionContext::new();
        for text in [TABLE, VIEW] {
            let made = context.sql(text).await.unwrap();
            made.collect().await.unwrap();
        }
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

    /// Answers all, and checks each against the engine's own; gives the names of the shared parts, and how many were in
    /// memory after each answer.
    async fn shared(texts: &[&str]) -> (Vec<String>, Vec<usize>) {
        let context = context().await;
        let mut plans = Vec::new();
        for text in texts {
            plans.push(plan(&context, text).await);
        }
        let mut parts = CommonSubplans::of(&context, &plans);
        let names = parts.subplans.iter().map(|p| p.named.alias.to_string());
        let names = names.collect();
        let mut held = Vec::new();
        for (i, plan) in plans.iter().enumerate() {
            let ready = parts.ready(&context, i, plan.clone()).await.unwrap();
            let expected = answer(&context, plan.clone()).await;
            assert_eq!(answer(&context, ready).await, expected, "{}", texts[i]);
            held.push(parts.subplans.iter().filter(|p| p.table.is_some()).count());
        }
        (names, held)
    }

    #[tokio::test]
    async fn a_part_named_twice_is_computed_once_and_what_uses_it_is_as_before() {
        let text = "WITH sommes AS (SELECT bus, sum(n) AS n FROM vus GROUP BY bus)
             SELECT a.bus, a.n, b.total FROM sommes a
              CROSS JOIN (SELECT sum(n) AS total FROM sommes) AS b ORDER BY 1";
        let context = context().await;
        let plan = plan(&context, text).await;
        let mut parts = CommonSubplans::of(&context, std::slice::from_ref(&plan));
        let ready = parts.ready(&context, 0, plan.clone()).await.unwrap();
        let shown = ready.display_indent().to_string();
        // What groups by bus is gone from the plan; the sum of the sums is not.
        assert!(!shown.contains("groupBy=[[vus.bus]]"), "{shown}");
        assert!(shown.contains("groupBy=[[]]"), "{shown}");
        assert_eq!(shared(&[text]).await.0, ["sommes"]);
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
        // After the first answer nothing reads the sums but through their maximum.
        let (names, held) = shared(&[&both, &only, &only, other]).await;
        assert_eq!(names, ["sommes", "plus"]);
        assert_eq!(held, [1, 1, 0, 0]);
    }

    #[tokio::test]
    async fn a_view_is_shared_and_its_rows_chosen_by_name_once() {
        let all = "SELECT max(n) AS n FROM sommes_par_bus";
        assert_eq!(shared(&[all, all]).await.0, ["sommes_par_bus"]);

        // Rows chosen in a part of the query: the part is shared, and only those rows are computed.
        let some = "WITH choisis AS (SELECT * FROM sommes_par_bus WHERE bus <> 'c')
             SELECT a.bus, b.n FROM choisis a JOIN choisis b ON b.bus = a.bus ORDER BY 1";
        assert_eq!(shared(&[some, some]).await.0, ["choisis"]);
    }

    #[tokio::test]
    async fn the_same_answer_twice_and_the_same_branch_twice_share_their_parts() {
        let text = "WITH sommes AS (SELECT bus, sum(n) AS n FROM vus GROUP BY bus) SELECT count(*) AS c FROM sommes";
        assert_eq!(shared(&[text, text]).await, (vec!["sommes".to_string()], vec![1, 0]));
        let branches = format!("{text} UNION ALL SELECT count(*) FROM sommes");
        assert_eq!(shared(&[&branches]).await.0, ["sommes"]);
    }

    #[tokio::test]
    async fn a_column_whose_type_is_settled_late_is_read_as_it_is() {
        let text = "WITH deux AS (SELECT bus, NULL AS n FROM vus GROUP BY bus
                                   UNION ALL SELECT bus, max(n) FROM vus GROUP BY bus)
             SELECT a.bus, a.n, b.n + 1 AS m FROM deux a JOIN deux b ON b.bus = a.bus ORDER BY 1, 2, 3";
        assert_eq!(shared(&[text]).await.0, ["deux"]);
    }

    #[tokio::test]
    async fn what_is_not_the_same_at_any_time_and_place_is_not_shared() {
        let context = context().await;
        let twice = |inner: &str| {
            format!("WITH t AS ({inner}) SELECT * FROM t a JOIN t b ON b.bus = a.bus")
        };
        for text in [
            &twice("SELECT bus, max(random()) AS x FROM vus GROUP BY bus"),
            &twice("SELECT bus, max(n) AS x FROM vus WHERE n > (SELECT random() - 1) GROUP BY bus"),
            &twice("SELECT bus, max(now()) AS x FROM vus GROUP BY bus"),
            // Two calls of a function look the same whatever their arguments.
            "SELECT x.s FROM (SELECT sum(value) AS s FROM generate_series(1, 3)) AS x
              UNION ALL SELECT x.s FROM (SELECT sum(value) AS s FROM generate_series(1, 12)) AS x",
            "SELECT a.bus, l.s FROM vus a CROSS JOIN LATERAL (SELECT sum(n) AS s FROM vus v WHERE v.bus = a.bus) AS l
              UNION ALL
             SELECT a.bus, l.s FROM vus a CROSS JOIN LATERAL (SELECT sum(n) AS s FROM vus v WHERE v.bus = a.bus) AS l",
        ] {
            let plan = plan(&context, text).await;
            assert!(CommonSubplans::of(&context, &[plan]).subplans.is_empty(), "{text}");
        }
        // The steps of a recursion read a table that is there while it runs only.
        let steps = |end: u8| {
            format!(
                "WITH RECURSIVE pas AS (SELECT 1 AS n UNION ALL
                   SELECT x.n + 1 FROM (SELECT max(n) AS n FROM pas) AS x WHERE x.n < {end})
                 SELECT n FROM pas ORDER BY 1"
            )
        };
        assert!(shared(&[&steps(3), &steps(4)]).await.0.is_empty());
    }

    #[tokio::test]
    async fn a_part_that_fails_by_itself_stays_where_it_is() {
        let text = |bus: &str| {
            format!(
                "WITH t AS (SELECT bus, 10 / (min(n) - 2) AS r FROM vus GROUP BY bus)
                 SELECT r FROM t WHERE bus = '{bus}'"
            )
        };
        // Bus b would divide by zero; no answer reads it.
        assert_eq!(shared(&[&text("a"), &text("c")]).await, (vec!["t".to_string()], vec![0, 0]));
    }
}
