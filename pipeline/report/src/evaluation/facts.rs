//! What the sentences of the evaluation are told: gated figures and estimates, never more.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::builder::Builder;
use crate::prose::{Change, Fact};

use super::estimate_facts::{
    DelayFacts, EffectFacts, PrintedLimits, StandardisedShare, delays, effects, figures, interval,
    limits, standardised,
};
use super::input::EvaluationInput;
use super::surroundings::{SurroundingFacts, surroundings};
use super::year_tables::{RowChoice, row, slice, unfinished, year_heading};
use base::french::long_date;
use base::zone::Level;

/// One year.
#[derive(Debug, Clone, Serialize)]
pub(super) struct YearFacts {
    /// The year, as headings write it.
    #[serde(rename = "nom")]
    pub name: String,
    /// The data stop before its end.
    #[serde(rename = "partielle")]
    pub partial: bool,
    /// Row of `synthese`.
    pub s: BTreeMap<String, Fact>,
    /// Row of `deploiement`.
    pub d: BTreeMap<String, Fact>,
    /// Row of `cout`.
    pub c: BTreeMap<String, Fact>,
}

/// The analysis plan that an evaluation follows.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PlanFacts {
    /// Last day that the data told about when it was written.
    pub date: String,
    /// SHA-256 of its file.
    #[serde(rename = "empreinte")]
    pub sha256: String,
    /// When the store took note of it.
    #[serde(rename = "inscrit")]
    pub registered: Option<String>,
    /// How much was done otherwise.
    #[serde(rename = "ecarts")]
    pub departures: usize,
}

/// Everything that the sentences are told.
#[derive(Debug, Clone, Serialize)]
pub(super) struct EvaluationFacts {
    /// Whether the causal chapter concludes.
    #[serde(rename = "conclut")]
    pub concludes: bool,
    /// Why it does not: `servis`, `grappes`, `inegales`, `temoins`, `zonages`, `estimation`; empty if it does.
    #[serde(rename = "motif")]
    pub reason: String,
    /// Controls.
    #[serde(rename = "temoins")]
    pub controls: usize,
    /// Clusters of the controls.
    #[serde(rename = "grappes_temoins")]
    pub control_clusters: usize,
    /// Territories whose zoning is unknown.
    #[serde(rename = "sans_zonage")]
    pub unzoned: usize,
    /// Territories served and their clusters, then the minima.
    #[serde(rename = "servis")]
    pub served: usize,
    /// Clusters of the served.
    #[serde(rename = "grappes")]
    pub clusters: usize,
    /// Fewest served territories.
    #[serde(rename = "servis_min")]
    pub served_min: usize,
    /// Fewest clusters.
    #[serde(rename = "grappes_min")]
    pub clusters_min: usize,
    /// Years, increasing.
    #[serde(rename = "ans")]
    pub years: Vec<YearFacts>,
    /// First year.
    #[serde(rename = "premier")]
    pub first: YearFacts,
    /// Reference year.
    pub reference: YearFacts,
    /// First year, in figures.
    #[serde(rename = "debut")]
    pub start: i32,
    /// Change of the share of the bus's patients without médecin traitant, first to reference year, with the interval of its
    /// decomposition, which knows that the same buses are seen twice; none where it was not decomposed.
    #[serde(rename = "ecart_mt")]
    pub mt_change: Option<Change>,
    /// Interval of that share over buses, by year.
    #[serde(rename = "bornes_mt")]
    pub mt_limits: BTreeMap<String, PrintedLimits>,
    /// Interval over buses of the share of patients who found one.
    #[serde(rename = "bornes_trouve")]
    pub found_limits: Option<PrintedLimits>,
    /// `medicobus`, `desservi`, `non_desservi`.
    #[serde(rename = "delais")]
    pub delays: BTreeMap<String, DelayFacts>,
    /// A région's share at a comparable structure.
    #[serde(rename = "standard")]
    pub standardised: Option<StandardisedShare>,
    /// Whether the user gave the reference population.
    #[serde(rename = "population_donnee")]
    pub population_given: bool,
    /// The analysis plan that the evaluation follows.
    pub plan: Option<PlanFacts>,
    /// Parts of that change: `composition`, `taux`.
    #[serde(rename = "parties")]
    pub parts: BTreeMap<String, Option<Change>>,
    /// Row of `eligibilite`, reference year.
    #[serde(rename = "eligibilite")]
    pub eligibility: BTreeMap<String, Fact>,
    /// Shares of `conformite_activite` by case.
    #[serde(rename = "conformite")]
    pub conformity: BTreeMap<String, Fact>,
    /// Row of `continuite`.
    #[serde(rename = "continuite")]
    pub continuity: BTreeMap<String, Fact>,
    /// Row of `mt_trouve` at 180 days.
    #[serde(rename = "trouve")]
    pub found: BTreeMap<String, Fact>,
    /// The same, first year.
    #[serde(rename = "trouve_debut")]
    pub found_at_start: BTreeMap<String, Fact>,
    /// Row of `publics_prioritaires` for patients of any of the publics.
    pub publics: BTreeMap<String, Fact>,
    /// Rows of `offre_durable`: arrivals and departures of GPs.
    #[serde(rename = "arrivees")]
    pub arrivals: BTreeMap<String, Fact>,
    /// Departures.
    #[serde(rename = "departs")]
    pub departures: BTreeMap<String, Fact>,
    /// Effects by outcome.
    #[serde(rename = "effets")]
    pub effects: BTreeMap<String, EffectFacts>,
    /// Rows of `part_sans_mt_territoires`, reference year, all patients: `desservi`, `non_desservi`.
    #[serde(rename = "territoires")]
    pub territories: BTreeMap<String, BTreeMap<String, Fact>>,
    /// What happened around the comparison.
    #[serde(rename = "autour")]
    pub surroundings: SurroundingFacts,
    /// Their outcomes, in the order of the report.
    #[serde(rename = "issues")]
    pub outcomes: Vec<String>,
}

const SYNTHESE: [&str; 9] = [
    "medicobus_actifs",
    "jours_sortie",
    "consultations",
    "patients",
    "consultations_par_jour",
    "part_publics_prioritaires",
    "part_sans_mt",
    "delai_median",
    "taux_remplissage",
];
const DEPLOIEMENT: [&str; 6] =
    ["labellises", "en_service", "arretes", "cible", "part_cible", "taux_sortie"];
const COUT: [&str; 5] = [
    "fonctionnement",
    "ecart_reference",
    "cout_par_jour",
    "cout_par_consultation",
    "cout_par_patient",
];
const ELIGIBILITE: [&str; 5] = [
    "communes",
    "part_eligibles",
    "millesime_densite",
    "millesime_zonage",
    "part_tournees_eligibles",
];
const MT_TROUVE: [&str; 3] = ["suivis", "trouves", "part_trouves"];
const OFFRE_DURABLE: [&str; 5] = ["avant", "apres", "rythme_avant", "rythme_apres", "communes"];

/// Gathers the facts.
pub(super) fn gather(a: &Builder<'_>, e: &EvaluationInput<'_>) -> EvaluationFacts {
    let reference = e.base.year;
    let start = e.years.first().copied().unwrap_or(reference);

    let zone = e.base.zone.code.as_str();

    let of_reference = |query: &str, choice: RowChoice<'_>, names: &[&str]| {
        figures(row(a, e, query, reference, choice).as_ref(), names)
    };

    let half_year = Some(("delai_suivi", "180"));
    let mt_limits = |year: &i32| Some((year.to_string(), limits(a, "sans_mt", zone, *year)?));
    let parts = parts_of_change(a);

    EvaluationFacts {
        concludes: e.concludes(),
        reason: e.absence.unwrap_or_default().to_string(),
        controls: e.controls.0,
        control_clusters: e.controls.1,
        unzoned: e.unzoned,
        served: e.served.0,
        clusters: e.served.1,
        served_min: e.minimum.0,
        clusters_min: e.minimum.1,

        years: e.years.iter().map(|y| year_facts(a, e, *y)).collect(),
        first: year_facts(a, e, start),
        reference: year_facts(a, e, reference),
        start,

        mt_change: parts.get("total").cloned().flatten(),
        mt_limits: e.years.iter().filter_map(mt_limits).collect(),
        found_limits: limits(a, "trouve_180", zone, reference),
        delays: delays(a),
        standardised: (e.base.zone.level == Level::Region).then(|| standardised(a, zone)).flatten(),
        population_given: e.population_given,
        plan: e.plan.map(|plan| PlanFacts {
            date: long_date(plan.date),
            sha256: plan.sha256.into(),
            registered: plan
                .registered
                .map(|(day, version)| format!("{} (version {version})", long_date(day))),
            departures: a.slice("effet_plan").map_or(0, |v| v.len()),
        }),
        parts,

        eligibility: of_reference("eligibilite", None, &ELIGIBILITE),
        conformity: shares_by_case(a, e),
        continuity: of_reference("continuite", None, &["part_habituel", "part_fideles"]),
        found: of_reference("mt_trouve", half_year, &MT_TROUVE),
        found_at_start: figures(row(a, e, "mt_trouve", start, half_year).as_ref(), &MT_TROUVE),
        publics: of_reference(
            "publics_prioritaires",
            Some(("public", "au_moins_un")),
            &["patients", "part"],
        ),
        arrivals: offer(a, e, "installation_mg"),
        departures: offer(a, e, "depart_mg"),

        effects: effects(a),
        territories: territories(a, e),
        surroundings: surroundings(a),
        outcomes: a
            .slice("effet_moyen")
            .map_or_else(Vec::new, |v| v.distinct("issue").into_iter().map(String::from).collect()),
    }
}

fn year_facts(a: &Builder<'_>, e: &EvaluationInput<'_>, year: i32) -> YearFacts {
    let of_year =
        |query: &str, names: &[&str]| figures(row(a, e, query, year, None).as_ref(), names);

    YearFacts {
        name: year_heading(e, year),
        partial: unfinished(e, year),
        s: of_year("synthese", &SYNTHESE),
        d: of_year("deploiement", &DEPLOIEMENT),
        c: of_year("cout", &COUT),
    }
}

fn territories(
    a: &Builder<'_>,
    e: &EvaluationInput<'_>,
) -> BTreeMap<String, BTreeMap<String, Fact>> {
    let slice = slice(a, e, "part_sans_mt_territoires", e.base.year);
    let row = |served| slice.as_ref()?.with("public", "tous").with("desserte", served).first();

    ["desservi", "non_desservi"]
        .map(|served| (served.into(), figures(row(served).as_ref(), &["patients", "part_sans_mt"])))
        .into()
}

/// The change of the share without médecin traitant, taken apart.
fn parts_of_change(a: &Builder<'_>) -> BTreeMap<String, Option<Change>> {
    let change = |part: &str| {
        let row = a.slice("decomposition")?.with("partie", part).first()?;
        interval(&row, ["points", "bas", "haut"], "points")
    };

    ["composition", "taux", "total"]
        .map(|part| (part.to_string(), change(part)))
        .into()
}

fn shares_by_case(a: &Builder<'_>, e: &EvaluationInput<'_>) -> BTreeMap<String, Fact> {
    ["prevention", "non_programme", "non_programme_hors_sas"]
        .map(|case| {
            let choice = Some(("cas", case));
            let row = row(a, e, "conformite_activite", e.base.year, choice);
            let share = figures(row.as_ref(), &["part"]).remove("part");
            (case.to_string(), share.unwrap_or_else(Fact::unknown))
        })
        .into()
}

/// Events of the lasting offer, which are counted once, for the last year.
fn offer(a: &Builder<'_>, e: &EvaluationInput<'_>, kind: &str) -> BTreeMap<String, Fact> {
    let slice = a.slice("offre_durable").or_else(|| {
        let last = e.years.last()?;
        a.slice(&e.key("offre_durable", *last))
    });

    let row = slice.and_then(|v| v.with("type", kind).first());
    figures(row.as_ref(), &OFFRE_DURABLE)
}
