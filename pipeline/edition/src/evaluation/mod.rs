//! The final evaluation of a région or of the nation: answers of every year through the gate, estimates from the raw
//! panels through their own door, document, manifest.
//!
//! - [`plan`]: which territories are compared;
//! - [`effets`]: the estimates of the causal chapter;
//! - [`profils`]: comparable shares of régions, intervals over buses, decomposition of a change;
//! - [`delais`]: delays with their intervals;
//! - [`population`]: the reference population that a user gives.

pub mod delais;
pub mod effets;
pub mod plan;
pub mod population;
pub mod profils;
mod quarter;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::bilan::{Made, Released, Request, Workshop, comments, seal};
use super::manifest;
use base::definition::Definition;
use base::error::{Context, Error, Result};
use base::table::{RawTable, Value};
use disclosure::GatedTable;
use disclosure::estimate::Estimate;
use report::bilan::BilanInput;
use report::evaluation::{EvaluationInput, demandes::demandes, evaluation};
use report::model::Zone;

use plan::Plan;
use population::Population;
use profils::{Part, masquer, ouverte};

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
        .map(|d| (d.name.clone(), Arc::new(d)))
        .collect())
}

/// The raw answers that estimates start from. They do not leave.
struct Sources {
    territoires: RawTable,
    delais: RawTable,
    /// Profiles of each région in the reference year, all régions whatever the zone.
    regions: RawTable,
    /// Profiles of each bus in the first complete year, where it is not the reference year.
    avant: Option<RawTable>,
    /// Profiles of each bus in the reference year.
    apres: RawTable,
    /// Patients of each bus who found a médecin traitant, reference year.
    trouve: RawTable,
    /// Delays at the bus, then answers to the survey, reference year.
    delais_bus: RawTable,
    enquete: RawTable,
}

/// What the estimates of one document are made with, apart from the raw answers.
struct Cadre<'a> {
    zone: &'a Zone,
    /// First and reference year.
    annees: (i32, i32),
    /// What the gate printed.
    tables: &'a BTreeMap<String, GatedTable>,
    /// Région of each bus.
    bus: BTreeMap<&'a str, &'a str>,
    /// Name of each région that has one.
    regions: BTreeMap<String, String>,
    population: Option<&'a Population>,
    /// Threads of the estimation.
    threads: usize,
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
        let parts = self.parts(zone);
        let cadre = Cadre {
            zone,
            annees: (first, reference),
            tables: &tables,
            bus: self
                .bus
                .iter()
                .map(|b| (b.id.as_str(), b.region.as_str()))
                .collect(),
            regions: parts.clone(),
            population,
            threads: self.session.threads(),
        };
        let mut estimations = estimates(&plan, &sources, &cadre)?;
        let absence = estimations.absence;
        for (nom, rows) in std::mem::take(&mut estimations.tables) {
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
        let fichier = population.map_or("", |_| " --population FICHIER");
        let option = match zone.niveau.as_str() {
            "national" => "--national".to_string(),
            _ => format!("--region {}", zone.code),
        };
        provenance.commande = format!(
            "medicobus evaluation {option} --annees {first}-{last}{fichier} --version {}",
            self.session.version()
        );
        let document = evaluation(&EvaluationInput {
            base: BilanInput {
                zone,
                annee: reference,
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
            partielle: partial,
            absence: absence.map(|m| m.code()),
            servis: plan.compte(plan::Emploi::Servi),
            temoins: plan.compte(plan::Emploi::Temoin),
            sans_zonage: plan.sans_zonage(),
            minimum: (plan::MIN_SERVIS, plan::MIN_GRAPPES),
            population_donnee: population.is_some(),
        })?;
        let mut manifest = self.manifest(&request, requetes, &commentaires)?;
        manifest.document = "evaluation".into();
        manifest.annees = years.to_vec();
        manifest.publications = earlier;
        manifest.population = population.map(|p| p.empreinte.clone());
        let (document, manifest) = seal(document, &tables, manifest)?;
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
            .map(|(k, v)| (k.clone(), export::machine(v)))
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
        // All régions, whatever the zone: they are what a région is compared with.
        let nation = BTreeMap::from([
            ("annee".to_string(), Value::Int(i64::from(reference))),
            ("niveau".to_string(), Value::Text("region".into())),
        ]);
        let regions = self
            .ask("profils_regions", profiles, &nation, requetes)
            .await?;
        let bus = [("niveau", "medicobus")];
        let avant = if first < reference {
            let p = with(first, &bus);
            Some(self.ask("profils_avant", profiles, &p, requetes).await?)
        } else {
            None
        };
        let apres = self
            .ask("profils_apres", profiles, &with(reference, &bus), requetes)
            .await?;
        let trouve = self
            .ask(
                "mt_trouve_bus",
                "mt_trouve",
                &with(reference, &bus),
                requetes,
            )
            .await?;
        let ici = with(reference, &[("niveau", zone.niveau.as_str())]);
        let nom = "delai_rendez_vous_distribution";
        let delais_bus = self.ask(nom, nom, &ici, requetes).await?;
        let nom = "delai_mg_distribution";
        let enquete = self.ask(nom, nom, &ici, requetes).await?;
        Ok(Sources {
            territoires,
            delais,
            regions,
            avant,
            apres,
            trouve,
            delais_bus,
            enquete,
        })
    }
}

/// The rows of every table of estimates, by name, and why there is no causal one.
struct Estimations {
    tables: BTreeMap<&'static str, Vec<Estimate>>,
    absence: Option<plan::Motif>,
}

/// Makes every estimate of a document; those that rest on counts that its gate hides have nothing behind them any more.
fn estimates(plan: &Plan, sources: &Sources, cadre: &Cadre<'_>) -> Result<Estimations> {
    let effets::Effets {
        mut tables,
        absence,
    } = effets::estimer(plan, &sources.territoires, &sources.delais, cadre.threads)?;
    let (first, reference) = cadre.annees;
    let table = |requete: &str, annee: i32| {
        cadre.tables.get(&report::evaluation::demandes::cle(
            requete, annee, reference,
        ))
    };
    let code = cadre.zone.code.as_str();
    let comptes = ["sans_mt", "patients_connus"];
    // The zone itself, or a région of the nation.
    let zone_ouverte = |zone: &str, annee: i32| {
        let requete = if zone == code {
            "part_sans_mt_patients"
        } else {
            "part_sans_mt_patients/parties"
        };
        ouverte(table(requete, annee), &[("code_zone", zone)], &comptes)
    };
    let de = |ligne: &Estimate, i: usize| ligne.values[i].as_text().unwrap_or_default().to_string();

    let seule = (cadre.zone.niveau == "region").then_some(code);
    let mut standardisees = profils::standardiser(&sources.regions, cadre.population, seule)?;
    masquer(&mut standardisees, |l| {
        let zone = de(l, 0);
        // All régions together are not a zone of a région's document; what they rest on says whether they leave.
        (zone == profils::ENSEMBLE && seule.is_some()) || zone_ouverte(&zone, reference)
    });
    tables.insert("part_sans_mt_standardisee", standardisees);

    if let Some(avant) = &sources.avant {
        let mut decomposition = profils::decomposer(avant, &sources.apres)?;
        masquer(&mut decomposition, |_| {
            zone_ouverte(code, first) && zone_ouverte(code, reference)
        });
        tables.insert("decomposition", decomposition);
    }
    tables.insert("parts_en_grappes", parts(sources, cadre, &zone_ouverte)?);

    let mut delais = delais::delais(&sources.delais_bus, &sources.enquete)?;
    masquer(&mut delais, |l| match de(l, 0).as_str() {
        "medicobus" => ouverte(table("delai_rendez_vous", reference), &[], &["rendez_vous"]),
        desserte => ouverte(
            table("delai_mg_territoires", reference),
            &[("desserte", desserte)],
            &["demandes", "part_sans_rendez_vous"],
        ),
    });
    tables.insert("delais_intervalles", delais);
    Ok(Estimations { tables, absence })
}

/// Intervals over buses of the shares that the report states.
fn parts(
    sources: &Sources,
    cadre: &Cadre<'_>,
    zone_ouverte: &impl Fn(&str, i32) -> bool,
) -> Result<Vec<Estimate>> {
    let (first, reference) = cadre.annees;
    let zone = (cadre.zone.code.as_str(), cadre.zone.nom.as_str());
    let sans_mt = Part {
        indicateur: ("sans_mt", "Patients sans médecin traitant"),
        colonnes: ("sans_mt", "patients_connus"),
        zone,
        annee: reference,
    };
    let mut lignes = Vec::new();
    let mut ajouter = |ligne: Option<Estimate>, ouvert: bool| {
        if let Some(mut ligne) = ligne {
            masquer(std::slice::from_mut(&mut ligne), |_| ouvert);
            lignes.push(ligne);
        }
    };
    if let Some(avant) = &sources.avant {
        let marge = profils::marge(avant)?;
        let part = Part {
            annee: first,
            ..sans_mt
        };
        let ligne = profils::part_en_grappes(part, avant, |_, r| marge(r))?;
        ajouter(ligne, zone_ouverte(zone.0, first));
    }
    let marge = profils::marge(&sources.apres)?;
    let ligne = profils::part_en_grappes(sans_mt, &sources.apres, |_, r| marge(r))?;
    ajouter(ligne, zone_ouverte(zone.0, reference));
    if cadre.zone.niveau == "national" {
        for (code, nom) in &cadre.regions {
            let part = Part {
                zone: (code, nom),
                ..sans_mt
            };
            let ici = |bus: &str, r: &[Value]| {
                marge(r)
                    && cadre
                        .bus
                        .get(bus)
                        .is_some_and(|region| *region == code.as_str())
            };
            let ligne = profils::part_en_grappes(part, &sources.apres, ici)?;
            ajouter(ligne, zone_ouverte(code, reference));
        }
    }
    let delai = plan::Colonnes::new(&sources.trouve).indice("delai_suivi")?;
    let trouve = Part {
        indicateur: ("trouve_180", "Médecin traitant trouvé dans les 180 jours"),
        colonnes: ("trouves", "suivis"),
        ..sans_mt
    };
    let ligne = profils::part_en_grappes(trouve, &sources.trouve, |_, r| {
        r[delai].as_f64() == Some(180.0)
    })?;
    let ouvert = ouverte(
        cadre.tables.get("mt_trouve"),
        &[("delai_suivi", "180")],
        &["trouves", "suivis"],
    );
    ajouter(ligne, ouvert);
    Ok(lignes)
}
