//! The final evaluation of a région or of the nation: answers of every year through the gate, estimates from the raw
//! panels through their own door, document, manifest.
//!
//! - [`plan`]: which territories are compared;
//! - [`effets`]: the estimates of the causal chapter;
//! - [`profils`]: comparable shares of régions, decomposition of a change.

pub mod effets;
pub mod plan;
pub mod profils;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::bilan::{Made, Released, Request, Workshop, comments, seal};
use super::manifest;
use crate::disclosure::estimate::Estimate;
use crate::error::{Context, Error, Result};
use crate::query::definition::Definition;
use crate::query::table::{RawTable, Value};
use crate::report::bilan::BilanInput;
use crate::report::evaluation::{EvaluationInput, demandes::demandes, evaluation};
use crate::report::model::Zone;

use plan::Plan;

/// Headers of the tables of estimates.
const ESTIMATIONS: &str = include_str!("estimations.toml");
/// Digits that leave of an estimate.
const DECIMALES: i32 = 3;

/// The headers of the tables of estimates, by name.
///
/// # Errors
/// If the file is wrong.
fn headers() -> Result<BTreeMap<String, Arc<Definition>>> {
    #[derive(Deserialize)]
    struct File {
        table: Vec<Definition>,
    }
    let file: File = toml::from_str(ESTIMATIONS).usage(|| "en-têtes des estimations".into())?;
    Ok(file
        .table
        .into_iter()
        .map(|d| (d.nom.clone(), Arc::new(d)))
        .collect())
}

/// The raw answers that estimates start from. They do not leave.
struct Sources {
    territoires: RawTable,
    delais: RawTable,
    /// Profiles of each région in the reference year; the nation only.
    regions: Option<RawTable>,
    /// Profiles of each bus in the first and in the last complete year, where they are two.
    buses: Option<(RawTable, RawTable)>,
}

impl Workshop<'_> {
    /// Years that an evaluation of the zone covers when none is asked for: from its first complete year to the last one
    /// told about, complete or not.
    ///
    /// # Errors
    /// If the store cannot be read, or knows no complete year of the zone.
    pub async fn evaluated_years(&self, zone: &Zone) -> Result<Vec<i32>> {
        let first = self
            .complete_years()
            .await?
            .into_iter()
            .filter(|(code, _)| zone.niveau == "national" || *code == zone.code)
            .map(|(_, year)| year)
            .min()
            .ok_or_else(|| {
                Error::usage(format!("aucune année complète pour : {}", zone.complet))
                    .hint("chargez d'abord les livraisons de la zone, ou donnez --annees 2024-2026")
            })?;
        Ok((first..=self.date.year().max(first)).collect())
    }

    /// Makes the evaluation of the request's zone over `years`; the request's year is not used.
    ///
    /// # Errors
    /// A zone that is neither a région nor the nation, no year, a query that fails, a cell that could be recovered.
    pub async fn evaluation(&self, request: &Request, years: &[i32]) -> Result<Made> {
        let zone = &request.zone;
        let (Some(&first), Some(&last)) = (years.first(), years.last()) else {
            return Err(
                Error::usage("aucune année à évaluer").hint("par exemple --annees 2024-2026")
            );
        };
        if !matches!(zone.niveau.as_str(), "national" | "region") {
            return Err(
                Error::usage("l'évaluation porte sur une région ou sur la France")
                    .hint("« medicobus bilan » fait le bilan d'un département ou d'un médicobus"),
            );
        }
        let partial = (last == self.date.year()
            && NaiveDate::from_ymd_opt(last, 12, 31) != Some(self.date))
        .then_some(self.date);
        let reference = if partial.is_some() && last > first {
            last - 1
        } else {
            last
        };
        let request = Request {
            annee: reference,
            ..request.clone()
        };

        let mut requetes = Vec::new();
        let (mut keys, mut raw) = (Vec::new(), Vec::new());
        let wanted = demandes(
            zone,
            years,
            reference,
            self.catalogue.iter().map(|q| q.definition.as_ref()),
        );
        for demand in wanted {
            let table = self
                .ask(
                    &demand.cle,
                    &demand.requete,
                    &demand.parametres,
                    &mut requetes,
                )
                .await?;
            keys.push(demand.cle);
            raw.push(table);
        }
        let gate = self.config.secret.gate();
        let nom = match zone.niveau.as_str() {
            "national" => "evaluation-nationale".to_string(),
            _ => format!("evaluation-{}", zone.code),
        };
        let Released {
            mut tables,
            annex,
            publication,
            earlier,
        } = tokio::task::block_in_place(|| self.released(&request, &nom, keys, raw))?;

        let sources = self
            .sources(zone, (first, reference, last), &mut requetes)
            .await?;
        let plan = Plan::lire(&sources.territoires)?;
        let parameters = BTreeMap::from([("annee".to_string(), Value::Int(i64::from(last)))]);
        let headers = headers()?;
        for (nom, rows) in estimates(&plan, &sources)? {
            let Some(header) = headers.get(nom).filter(|_| !rows.is_empty()) else {
                continue;
            };
            let table = gate.release_estimates(
                header.clone(),
                parameters.clone(),
                rows,
                DECIMALES,
                request.sans_secret,
            )?;
            tables.insert(nom.to_string(), table);
        }

        let commentaires = comments(&request, "evaluation")?;
        let mut provenance = self.provenance(zone, reference, &requetes);
        let option = match zone.niveau.as_str() {
            "national" => "--national".to_string(),
            _ => format!("--region {}", zone.code),
        };
        provenance.commande = format!(
            "medicobus evaluation {option} --annees {first}-{last} --version {}",
            self.session.version()
        );
        let document = evaluation(&EvaluationInput {
            base: BilanInput {
                zone,
                annee: reference,
                tables: &tables,
                parties: &self.parts(zone),
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
            partielle: partial,
            servis: plan.compte(plan::Emploi::Servi),
            minimum: (plan::MIN_SERVIS, plan::MIN_GRAPPES),
        })?;
        let mut manifest = self.manifest(&request, requetes, &commentaires)?;
        manifest.document = "evaluation".into();
        manifest.annees = years.to_vec();
        manifest.publications = earlier;
        let (document, manifest) = seal(document, manifest)?;
        Ok(Made {
            nom,
            document,
            tables,
            manifest,
            publication,
        })
    }

    async fn ask(
        &self,
        key: &str,
        name: &str,
        parameters: &BTreeMap<String, Value>,
        requetes: &mut Vec<manifest::Requete>,
    ) -> Result<RawTable> {
        let query = self.catalogue.get(name)?;
        let given = parameters
            .iter()
            .map(|(k, v)| (k.clone(), crate::export::machine(v)))
            .collect();
        let table = self.session.run(query, &given).await?;
        requetes.push(manifest::Requete::new(key, query, &table.parameters));
        Ok(table)
    }

    async fn sources(
        &self,
        zone: &Zone,
        (first, reference, last): (i32, i32, i32),
        requetes: &mut Vec<manifest::Requete>,
    ) -> Result<Sources> {
        let with = |year: i32, more: &[(&str, &str)]| {
            let mut p = BTreeMap::from([("annee".to_string(), Value::Int(i64::from(year)))]);
            if zone.niveau == "region" {
                p.insert("region".into(), Value::Text(zone.code.clone()));
            }
            for (name, value) in more {
                p.insert((*name).to_string(), Value::Text((*value).to_string()));
            }
            p
        };
        let profiles = "part_sans_mt_par_profil";
        let territoires = self
            .ask(
                "panel_territoires",
                "panel_territoires",
                &with(last, &[]),
                requetes,
            )
            .await?;
        let delais = self
            .ask(
                "panel_delais",
                "panel_delais",
                &with(last, &[("pas", "semestre")]),
                requetes,
            )
            .await?;
        let regions = if zone.niveau == "national" {
            let p = with(reference, &[("niveau", "region")]);
            Some(self.ask("profils_regions", profiles, &p, requetes).await?)
        } else {
            None
        };
        let buses = if first < reference {
            let bus = [("niveau", "medicobus")];
            let before = self
                .ask("profils_avant", profiles, &with(first, &bus), requetes)
                .await?;
            let after = self
                .ask("profils_apres", profiles, &with(reference, &bus), requetes)
                .await?;
            Some((before, after))
        } else {
            None
        };
        Ok(Sources {
            territoires,
            delais,
            regions,
            buses,
        })
    }
}

/// Rows of every table of estimates, by name.
fn estimates(plan: &Plan, sources: &Sources) -> Result<BTreeMap<&'static str, Vec<Estimate>>> {
    let mut tables = effets::estimer(plan, &sources.territoires, &sources.delais)?.tables;
    if let Some(regions) = &sources.regions {
        tables.insert("part_sans_mt_standardisee", profils::standardiser(regions)?);
    }
    if let Some((before, after)) = &sources.buses {
        tables.insert("decomposition", profils::decomposer(before, after)?);
    }
    Ok(tables)
}
