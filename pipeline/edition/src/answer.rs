//! The second hop: the raw answers of a document.

use std::collections::BTreeMap;

use futures::StreamExt;

use base::error::{Context, Error, Result};
use base::table::RawTable;

use super::edition::Edition;
use super::manifest::QueryRun;
use super::plan::PlannedQuery;
use super::request::Request;

/// The raw answers of one document. They leave through the gate only.
#[derive(Default)]
pub struct Answers {
    /// What the manifest says of the queries, in their order.
    pub(super) queries: Vec<QueryRun>,
    /// Keys and answers of the queries that are printed, in their order.
    pub(super) keys: Vec<String>,
    pub(super) tables: Vec<RawTable>,
    /// Answers that estimates are drawn from, by key.
    pub(super) sources: BTreeMap<String, RawTable>,
}

impl Edition<'_> {
    /// Runs the queries of a document, several at once.
    ///
    /// # Errors
    /// A query that fails.
    pub(super) async fn answer(
        &self,
        request: &Request,
        plan: Vec<PlannedQuery<'_>>,
    ) -> Result<Answers> {
        // An evaluation reads panels, which are no rows of zones to share.
        let shared = self.shared.clone().filter(|_| request.evaluation().is_none());

        // Planning is most of a query's time and takes one core: a task each keeps all of them busy.
        let runs = plan.into_iter().map(|step| {
            let (session, shared) = (self.session.clone(), shared.clone());
            let run = step.run();
            let PlannedQuery { key, query, parameters, printed } = step;
            let query = query.clone();
            tokio::spawn(async move {
                let table = match shared {
                    Some(shared) => shared.run(&session, &query, &parameters).await?,
                    None => session.run(&query, &parameters).await?,
                };
                Ok::<_, Error>((key, run, table, printed))
            })
        });

        let runs: Vec<_> =
            futures::stream::iter(runs).buffered(self.session.threads()).collect().await;

        let mut answers = Answers::default();
        for run in runs {
            let (key, run, table, printed) = run.access(|| "requête interrompue".into())??;
            answers.queries.push(run);
            if printed {
                answers.keys.push(key);
                answers.tables.push(table);
            } else {
                answers.sources.insert(key, table);
            }
        }

        Ok(answers)
    }
}
