//! The first hop: which queries a document asks, with which parameters.

use base::error::Result;
use base::parameters::Parameters;
use query::catalogue::Query;
use report::etat_des_lieux::requests as requests_of_territory;
use report::evaluation::requests::requests as requests_of_years;
use report::note_cts::requests as requests_of_note;
use report::requests::{QueryRequest, requests};

use super::bus_intervals;
use super::edition::Edition;
use super::evaluation::sources;
use super::manifest::QueryRun;
use super::request::{Kind, Request, Subject};
use super::state::no_tour;

/// One query of a document.
pub struct PlannedQuery<'c> {
    /// Key of its answer.
    pub key: String,
    /// The query.
    pub query: &'c Query,
    /// Its parameters.
    pub parameters: Parameters,
    /// Whether its answer is printed; if not, only estimates drawn from it leave.
    pub printed: bool,
}

impl PlannedQuery<'_> {
    /// What the manifest says of it.
    pub fn run(&self) -> QueryRun {
        QueryRun::new(&self.key, self.query, &self.parameters)
    }
}

impl<'a> Edition<'a> {
    /// The queries of a document, in the order of its manifest.
    ///
    /// # Errors
    /// A query that is not in the catalogue, or that was changed and wants other parameters.
    pub(super) fn plan(&self, request: &Request) -> Result<Vec<PlannedQuery<'a>>> {
        let planned = |demand: QueryRequest, printed: bool| -> Result<PlannedQuery<'a>> {
            let query = self.catalogue.get(&demand.query)?;
            Ok(PlannedQuery {
                key: demand.key,
                query,
                parameters: Parameters::typed(&query.definition, &demand.parameters)?,
                printed,
            })
        };

        if !self.toured && request.kind() != Kind::Territory {
            return Err(no_tour(&self.deliveries));
        }

        let catalogue = self.catalogue.iter().map(|q| q.definition.as_ref());

        let (zone, year) = (&request.zone, request.year);
        let over_buses = || bus_intervals::demand(request, self.catalogue).into_iter().collect();
        let (printed, raw) = match &request.subject {
            Subject::Year => (requests(zone, year, catalogue), over_buses()),
            Subject::CtsNote => (requests_of_note(zone, year, catalogue), over_buses()),
            Subject::Territory(communes) => {
                (requests_of_territory(zone, year, communes, catalogue), Vec::new())
            }
            Subject::Evaluation(of) => (
                requests_of_years(zone, &of.years, year, catalogue),
                sources::demands(request, of),
            ),
        };

        let printed = printed.into_iter().map(|demand| planned(demand, true));
        printed.chain(raw.into_iter().map(|demand| planned(demand, false))).collect()
    }
}
