//! The fourth hop: the document, from what the gate released: content, charts, prose. The report is entered here only.

use std::collections::BTreeMap;

use base::error::Result;
use report::bilan::bilan;
use report::content::Node;
use report::document::Document;
use report::etat_des_lieux::etat_des_lieux;
use report::evaluation::{EvaluationInput, PlanInput, evaluation};
use report::fiche::fiche;
use report::input::{BilanInput, Provenance, SourceQuery};
use report::note_cts::note_cts;

use super::config::Config;
use super::edition::Edition;
use super::evaluation::design::{MIN_CLUSTERS, MIN_SERVED};
use super::gate::Released;
use super::manifest::QueryRun;
use super::request::{Evaluated, Kind, Request, Subject};

impl Edition<'_> {
    /// Composes the document of `request`, with the committees' comments by chapter.
    ///
    /// # Errors
    /// A template that is wrong.
    pub(super) fn compose(
        &self,
        request: &Request,
        released: &Released,
        comments: &BTreeMap<String, Vec<Node>>,
    ) -> Result<Document> {
        let provenance = self.provenance(request, &released.queries, comments);
        let parts = self.parts(&request.zone);
        let zone = request.zone.of_regions(provenance.regions().len(), parts.len());

        let input = BilanInput {
            zone: &zone,
            year: request.year,
            tables: &released.tables,
            parts: &parts,
            comments,
            thresholds: &self.config.thresholds,
            threshold: self.config.secrecy.threshold,
            is_final: request.is_final,
            fictitious: self.made_up,
            issuer: None,
            logo: None,
            date: self.date,
            provenance: &provenance,
            secrecy: released.annex.as_ref(),
            templates: &self.templates,
        };

        match (&request.subject, &released.conclusions) {
            (Subject::CtsNote, _) => note_cts(&input),
            (Subject::Territory(_), _) => etat_des_lieux(&input),
            (Subject::Evaluation(of), Some(conclusions)) => evaluation(&EvaluationInput {
                base: input,
                years: &of.years,
                partial: of.partial,
                absence: conclusions.absence,
                served: conclusions.served,
                controls: conclusions.controls,
                unzoned: conclusions.unknown_zonings,
                minimum: (MIN_SERVED, MIN_CLUSTERS),
                population_given: of.population.is_some(),
                plan: of.plan.as_ref().map(|p| PlanInput {
                    date: p.plan.date,
                    sha256: &p.sha256,
                    registered: p.registered.map(|r| (r.day, r.version)),
                }),
            }),
            _ if request.kind() == Kind::Fiche => fiche(&input),
            _ => bilan(&input),
        }
    }

    /// Where the numbers of a document come from.
    fn provenance(
        &self,
        request: &Request,
        queries: &[QueryRun],
        comments: &BTreeMap<String, Vec<Node>>,
    ) -> Provenance {
        // Those of the release are in the manifest.
        let own = |q: &QueryRun| {
            let origin = match q.origin.as_str() {
                "modified" => "modifiée",
                "added" => "ajoutée",
                _ => return None,
            };
            Some(SourceQuery {
                name: q.name.clone(),
                hash: q.sha256.clone(),
                origin: origin.to_owned(),
            })
        };

        let mut sources: Vec<SourceQuery> = queries.iter().filter_map(own).collect();
        sources.dedup_by(|a, b| a.name == b.name);

        // The deliveries of its own région made this document; the nation reads them all.
        let region = self.region_of(&request.zone);
        let deliveries = self.deliveries.iter();
        Provenance {
            program: base::text::PROGRAM.to_string(),
            store_version: self.session.version().to_string(),
            store_date: self.date.format("%Y-%m-%d").to_string(),
            command: self.command(request, queries, comments),
            templates: self.templates.hash(),
            queries: sources,
            deliveries: deliveries
                .filter(|l| region.is_none_or(|r| l.region == r))
                .cloned()
                .collect(),
        }
    }

    /// The command that makes the document again.
    fn command(
        &self,
        request: &Request,
        queries: &[QueryRun],
        comments: &BTreeMap<String, Vec<Node>>,
    ) -> String {
        let (zone, version) = (request.zone_option(), self.session.version());
        let name = match request.kind() {
            Kind::Bilan | Kind::Fiche => "bilan",
            other => other.as_str(),
        };
        match request.evaluation() {
            None => format!(
                "medicobus {name} {zone} --annee {} --version {version}{}",
                request.year,
                self.options(request, queries, comments)
            ),
            Some(Evaluated {
                bounds: (first, last), population, plan, ..
            }) => {
                let people = population.as_ref().map_or("", |_| " --population FICHIER");
                let plan = plan.as_ref().map_or("", |_| " --selon-plan FICHIER");
                let file = format!("{people}{plan}");
                format!("medicobus {name} {zone} --annees {first}-{last}{file} --version {version}")
            }
        }
    }

    /// Options of the printed command without which it would give another document. A folder is not named: where it
    /// stands is no part of the document.
    fn options(
        &self,
        request: &Request,
        queries: &[QueryRun],
        comments: &BTreeMap<String, Vec<Node>>,
    ) -> String {
        let own_queries = queries.iter().any(|q| q.origin != "release");
        let needed = [
            (request.is_final, " --final"),
            (request.unprotected, " --sans-secret"),
            (!comments.is_empty(), " --commentaires DOSSIER"),
            (own_queries, " --queries DOSSIER"),
            (self.own_templates, " --templates DOSSIER"),
            (self.config != Config::default(), " --config FICHIER"),
        ];

        let needed = needed.into_iter();
        needed.filter_map(|(yes, option)| yes.then_some(option)).collect()
    }
}
