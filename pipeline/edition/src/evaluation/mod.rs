//! The final evaluation of a région or of the nation: answers of every year through the gate, estimates from the raw
//! panels through their own door, document, manifest.
//!
//! - [`design`]: which territories are compared;
//! - [`outcome`], [`measurements`]: what is estimated, read from a panel;
//! - [`effects`], [`variants`], [`set_aside`]: the estimates of the causal chapter;
//! - [`profiles`]: comparable shares of régions, intervals over buses, decomposition of a change;
//! - [`delays`]: delays with their intervals;
//! - [`population`]: the reference population that a user gives;
//! - [`rows`]: the tables of estimates, one struct per row; [`sources`], [`estimates`]: what they are made from, and all of
//!   them.

mod columns;
pub mod delays;
pub mod design;
pub mod effects;
mod estimates;
pub mod measurements;
pub mod outcome;
pub mod population;
pub mod profiles;
pub mod rows;
mod set_aside;
mod sources;
#[cfg(test)]
mod tests;
mod variants;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::bilan::{Made, Released, Request, Workshop, comments, seal};
use super::manifest;
use base::error::{Error, Result};
use base::table::Value;
use disclosure::GatedTable;
use report::bilan::{BilanInput, Provenance};
use report::evaluation::{EvaluationInput, demandes::demandes, evaluation};
use report::model::Zone;

use design::{Design, Inconclusive, MIN_CLUSTERS, MIN_SERVED, TerritoryRole};
use estimates::{Frame, estimates};
use population::Population;
use sources::Sources;

/// Digits that leave of an estimate.
const DECIMALS: i32 = 3;

/// The years of an evaluation.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: i32,
    /// The last complete one, where there is one.
    reference: i32,
    last: i32,
    /// Last day told about, when it falls before the end of the last year.
    partial: Option<NaiveDate>,
}

impl Span {
    /// What `years` are, given the last day told about.
    fn of(years: &[i32], day: NaiveDate) -> Result<Self> {
        let (Some(&first), Some(&last)) = (years.first(), years.last()) else {
            return Err(
                Error::usage("aucune année à évaluer").hint("par exemple --annees 2024-2026")
            );
        };
        let unfinished = last == day.year() && NaiveDate::from_ymd_opt(last, 12, 31) != Some(day);

        Ok(Self {
            first,
            reference: last - i32::from(unfinished && last > first),
            last,
            partial: unfinished.then_some(day),
        })
    }
}

impl Workshop<'_> {
    /// Years that an evaluation of the zone covers when none is asked for: from its first complete year to the last one
    /// told about, complete or not.
    ///
    /// # Errors
    /// If the store cannot be read, or knows no complete year of the zone.
    pub async fn evaluated_years(&self, zone: &Zone) -> Result<Vec<i32>> {
        let complete = self.complete_years().await?.into_iter();
        let first = complete
            .filter(|(code, _)| zone.niveau == "national" || *code == zone.code)
            .map(|(_, year)| year)
            .min()
            .ok_or_else(|| {
                Error::usage(format!("aucune année complète pour : {}", zone.complet))
                    .hint("chargez d'abord les livraisons de la zone, ou donnez --annees 2024-2026")
            })?;

        Ok((first..=self.date.year().max(first)).collect())
    }

    /// Makes the evaluation of the request's zone over `years`; the request's year is not used. `population` takes the place
    /// of all régions together as the reference of standardised shares.
    ///
    /// # Errors
    /// A zone that is neither a région nor the nation, no year, a query that fails, a cell that could be recovered.
    pub async fn evaluation(
        &self,
        request: &Request,
        years: &[i32],
        population: Option<&Population>,
    ) -> Result<Made> {
        let zone = &request.zone;
        let span = Span::of(years, self.date)?;
        let nom = match zone.niveau.as_str() {
            "national" => "evaluation-nationale".to_string(),
            "region" => format!("evaluation-{}", zone.code),
            _ => {
                return Err(
                    Error::usage("l'évaluation porte sur une région ou sur la France").hint(
                        "« medicobus bilan » fait le bilan d'un département ou d'un médicobus",
                    ),
                );
            }
        };
        let request = Request {
            annee: span.reference,
            ..request.clone()
        };

        // What is printed, through the gate.
        let mut requetes = Vec::new();
        let (mut keys, mut raw) = (Vec::new(), Vec::new());
        let catalogue = self.catalogue.iter().map(|q| q.definition.as_ref());
        for demand in demandes(zone, years, span.reference, catalogue) {
            let (key, name) = (demand.cle, demand.requete);
            raw.push(
                self.ask(&key, &name, &demand.parametres, &mut requetes)
                    .await?,
            );
            keys.push(key);
        }
        let Released {
            mut tables,
            annex,
            publication,
            earlier,
        } = tokio::task::block_in_place(|| self.released(&request, &nom, keys, raw))?;

        // What is estimated, through its own door.
        let sources = self.sources(zone, span, &mut requetes).await?;
        let design = Design::read(&sources.territoires)?;
        let parts = self.parts(zone);
        let absence = self.release_estimates(
            &request,
            &design,
            &sources,
            (span, population, &parts),
            &mut tables,
        )?;

        let commentaires = comments(&request, "evaluation")?;
        let provenance = self.evaluation_provenance(zone, span, population, &requetes);
        let document = evaluation(&EvaluationInput {
            base: BilanInput {
                zone,
                annee: span.reference,
                tables: &tables,
                parties: &parts,
                commentaires: &commentaires,
                seuils: &self.config.seuils,
                seuil: self.config.secret.seuil,
                definitif: request.definitif,
                fictives: self.fictives,
                emetteur: None,
                logo: None,
                date: self.date,
                provenance: &provenance,
                secret: annex.as_ref(),
                gabarits: &self.gabarits,
            },
            annees: years,
            partielle: span.partial,
            absence: absence.map(Inconclusive::code),
            servis: design.count(TerritoryRole::Served),
            temoins: design.count(TerritoryRole::Control),
            sans_zonage: design.unknown_zonings(),
            minimum: (MIN_SERVED, MIN_CLUSTERS),
            population_donnee: population.is_some(),
        })?;

        let mut manifest = self.manifest(&request, requetes, &commentaires)?;
        manifest.document = "evaluation".into();
        manifest.annees = years.to_vec();
        manifest.publications = earlier;
        manifest.population = population.map(|p| p.sha256.clone());
        let (document, manifest) = seal(document, &tables, manifest)?;
        Ok(Made {
            nom,
            document,
            tables,
            manifest,
            publication,
        })
    }

    /// Makes the estimates and adds to `tables` what of them may leave; says why there is no causal one.
    fn release_estimates(
        &self,
        request: &Request,
        design: &Design,
        sources: &Sources,
        (span, population, regions): (Span, Option<&Population>, &BTreeMap<String, String>),
        tables: &mut BTreeMap<String, GatedTable>,
    ) -> Result<Option<Inconclusive>> {
        let frame = Frame {
            zone: &request.zone,
            years: (span.first, span.reference),
            tables,
            buses: self
                .bus
                .iter()
                .map(|b| (b.id.as_str(), b.region.as_str()))
                .collect(),
            regions,
            population,
            threads: self.session.threads(),
        };
        let made = estimates(design, sources, &frame)?;

        let gate = self.config.secret.gate();
        let headers = rows::headers()?;
        for (name, rows) in made.tables {
            let Some(header) = headers.get(name).filter(|_| !rows.is_empty()) else {
                continue;
            };
            let table = gate.release_estimates(
                header.clone(),
                BTreeMap::from([("annee".to_string(), Value::from(span.last))]),
                rows,
                DECIMALS,
                request.sans_secret,
            )?;
            tables.insert(name.to_string(), table);
        }
        Ok(made.absence)
    }

    fn evaluation_provenance(
        &self,
        zone: &Zone,
        span: Span,
        population: Option<&Population>,
        requetes: &[manifest::Requete],
    ) -> Provenance {
        let mut provenance = self.provenance(zone, span.reference, requetes);
        let file = population.map_or("", |_| " --population FICHIER");
        let option = match zone.niveau.as_str() {
            "national" => "--national".to_string(),
            _ => format!("--region {}", zone.code),
        };

        provenance.commande = format!(
            "medicobus evaluation {option} --annees {}-{}{file} --version {}",
            span.first,
            span.last,
            self.session.version()
        );
        provenance
    }
}
