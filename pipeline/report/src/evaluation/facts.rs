//! What the sentences of the evaluation are told: gated figures and estimates, never more.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::builder::Builder;
use crate::prose::{Change, Fact};
use crate::slice::SliceRow;
use base::definition::Format;
use base::french::Figure;
use stats::Interval;

use super::EvaluationInput;
use super::outils::{Choix, inachevee, row, year};

/// Figures of a row by name; those that are not there are `unknown`.
pub(super) fn de(l: Option<&SliceRow<'_>>, names: &[&str]) -> BTreeMap<String, Fact> {
    let names: Vec<String> = names.iter().map(|n| (*n).to_string()).collect();
    Fact::row(l, &names)
}

/// One year.
#[derive(Debug, Clone, Serialize)]
pub(super) struct An {
    /// The year, as headings write it.
    #[serde(rename = "nom")]
    pub name: String,
    /// The data stop before its end.
    pub partielle: bool,
    /// Row of `synthese`.
    pub s: BTreeMap<String, Fact>,
    /// Row of `deploiement`.
    pub d: BTreeMap<String, Fact>,
    /// Row of `cout`.
    pub c: BTreeMap<String, Fact>,
}

/// Limits of an interval, formatted.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Bornes {
    /// Lower limit.
    #[serde(rename = "bas")]
    pub lower: String,
    /// Upper limit.
    #[serde(rename = "haut")]
    pub upper: String,
}

/// A delay of the survey or of the bus.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Delai {
    /// The median.
    #[serde(rename = "mediane")]
    pub median: Fact,
    /// Its limits.
    #[serde(rename = "bas")]
    pub lower: Fact,
    /// Upper limit; unknown where the curve does not reach it.
    #[serde(rename = "haut")]
    pub upper: Fact,
    /// p-value of the difference between served and not.
    pub p: Fact,
}

/// A région's share at a comparable structure, beside that of all régions.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Standard {
    /// Its standardised share.
    pub part: Fact,
    /// Limits.
    #[serde(rename = "bas")]
    pub lower: Fact,
    /// Upper limit.
    #[serde(rename = "haut")]
    pub upper: Fact,
    /// All régions together.
    #[serde(rename = "ensemble")]
    pub whole: Fact,
    /// True when its interval leaves the others' share out.
    #[serde(rename = "net")]
    pub clear: bool,
}

/// An effect of the causal chapter.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Effet {
    /// The outcome, beginning with a small letter.
    #[serde(rename = "nom")]
    pub name: String,
    /// Unit.
    #[serde(rename = "unite")]
    pub unit: String,
    /// The effect with its interval, or nothing if it did not leave.
    #[serde(rename = "effet")]
    pub effect: Option<Change>,
    /// Served territories, controls, clusters.
    pub servis: Fact,
    /// Controls.
    pub temoins: Fact,
    /// Clusters.
    pub grappes: Fact,
    /// p-value of the joint test of the trends before service.
    pub p_avant: Fact,
    /// The false date.
    pub placebo: Option<Change>,
    /// Curvature at which the effect is no more told from zero.
    pub rupture: Fact,
    /// Curvature seen before service.
    pub courbure: Fact,
    /// Trends differed before service already (joint test, 5 %).
    pub avant_differe: bool,
    /// A false date shows an effect too.
    pub placebo_net: bool,
    /// A difference in trends that goes on in a straight line would undo an effect that is otherwise established.
    pub droite_annule: bool,
    /// Level of proof: `Estimé avec témoins`, `Estimé, fragile` when one of the three holds, `Insuffisant` without effect.
    pub preuve: String,
}

/// Everything.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Faits {
    /// Whether the causal chapter concludes.
    pub conclut: bool,
    /// Why it does not: `servis`, `grappes`, `temoins`, `zonages`, `estimation`; empty if it does.
    #[serde(rename = "motif")]
    pub pattern: String,
    /// Controls.
    pub temoins: usize,
    /// Clusters of the controls.
    pub grappes_temoins: usize,
    /// Territories whose zoning is unknown.
    pub sans_zonage: usize,
    /// Territories served and their clusters, then the minima.
    pub servis: usize,
    /// Clusters of the served.
    pub grappes: usize,
    /// Fewest served territories.
    pub servis_min: usize,
    /// Fewest clusters.
    pub grappes_min: usize,
    /// Years, increasing.
    pub ans: Vec<An>,
    /// First year.
    #[serde(rename = "premier")]
    pub first: An,
    /// Reference year.
    pub reference: An,
    /// First year, in figures.
    #[serde(rename = "debut")]
    pub start: i32,
    /// Change of the share of the bus's patients without médecin traitant, first to reference year, with the interval of its
    /// decomposition, which knows that the same buses are seen twice; none where it was not decomposed.
    pub ecart_mt: Option<Change>,
    /// Interval of that share over buses, by year.
    pub bornes_mt: BTreeMap<String, Bornes>,
    /// Interval over buses of the share of patients who found one.
    pub bornes_trouve: Option<Bornes>,
    /// `medicobus`, `desservi`, `non_desservi`.
    pub delais: BTreeMap<String, Delai>,
    /// A région's share at a comparable structure.
    pub standard: Option<Standard>,
    /// Whether the user gave the reference population.
    pub population_donnee: bool,
    /// Parts of that change: `composition`, `taux`.
    #[serde(rename = "parties")]
    pub parts: BTreeMap<String, Option<Change>>,
    /// Row of `eligibilite`, reference year.
    pub eligibilite: BTreeMap<String, Fact>,
    /// Shares of `conformite_activite` by case.
    pub conformite: BTreeMap<String, Fact>,
    /// Row of `continuite`.
    pub continuite: BTreeMap<String, Fact>,
    /// Row of `mt_trouve` at 180 days.
    pub trouve: BTreeMap<String, Fact>,
    /// Row of `publics_prioritaires` for patients of any of the publics.
    pub publics: BTreeMap<String, Fact>,
    /// Rows of `offre_durable`: arrivals and departures of GPs.
    pub arrivees: BTreeMap<String, Fact>,
    /// Departures.
    pub departs: BTreeMap<String, Fact>,
    /// Effects by outcome.
    pub effets: BTreeMap<String, Effet>,
    /// Their outcomes, in the order of the report.
    pub issues: Vec<String>,
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
const DEPLOIEMENT: [&str; 6] = [
    "labellises",
    "en_service",
    "arretes",
    "cible",
    "part_cible",
    "taux_sortie",
];
const COUT: [&str; 5] = [
    "fonctionnement",
    "ecart_reference",
    "cout_par_jour",
    "cout_par_consultation",
    "cout_par_patient",
];

/// Interval over buses of a share of the document's zone, or of one of its régions.
pub(super) fn bounds(a: &Builder<'_>, indicateur: &str, zone: &str, an: i32) -> Option<Bornes> {
    let l = ligne_grappes(a, indicateur, zone, an)?;
    let text = |name: &str| l.value(name).number().map(|_| l.printed(name));
    Some(Bornes {
        lower: text("bas")?,
        upper: text("haut")?,
    })
}

/// The row of such an interval.
pub(super) fn ligne_grappes<'a>(
    a: &Builder<'a>,
    indicateur: &str,
    zone: &str,
    an: i32,
) -> Option<SliceRow<'a>> {
    a.slice("parts_en_grappes")?
        .with("indicateur", indicateur)
        .with("code_zone", zone)
        .filter(|l| l.value("annee") == Figure::Known(f64::from(an)))
        .first()
}

fn delais(a: &Builder<'_>) -> BTreeMap<String, Delai> {
    ["medicobus", "desservi", "non_desservi"]
        .into_iter()
        .map(|code| {
            let l = a
                .slice("delais_intervalles")
                .and_then(|v| v.with("code", code).first());
            let mut f = de(l.as_ref(), &["mediane", "bas", "haut", "p"]);
            let mut prendre = |name: &str| f.remove(name).unwrap_or_else(Fact::unknown);
            let delai = Delai {
                median: prendre("mediane"),
                lower: prendre("bas"),
                upper: prendre("haut"),
                p: prendre("p"),
            };
            (code.to_string(), delai)
        })
        .collect()
}

fn standard(a: &Builder<'_>, zone: &str) -> Option<Standard> {
    let slice = a.slice("part_sans_mt_standardisee")?;
    let ici = slice.with("code_zone", zone).first()?;
    let tous = slice.with("code_zone", "FR").first()?;
    let [lower, upper, reference] = [
        ici.value("bas").number()?,
        ici.value("haut").number()?,
        tous.value("standardisee").number()?,
    ];
    let mut f = de(Some(&ici), &["standardisee", "bas", "haut"]);
    let mut whole = de(Some(&tous), &["standardisee"]);
    Some(Standard {
        part: f.remove("standardisee")?,
        lower: f.remove("bas")?,
        upper: f.remove("haut")?,
        whole: whole.remove("standardisee")?,
        clear: reference < lower || reference > upper,
    })
}

/// An interval of a table of estimates, in the unit that it names.
pub(super) fn interval(l: &SliceRow<'_>, names: [&str; 3], unit: &str) -> Option<Change> {
    let [estimate, lower, upper] = names.map(|n| l.value(n).number());
    let i = Interval {
        estimate: estimate?,
        lower: lower?,
        upper: upper?,
    };
    Some(match unit {
        "points" => Change::new(i, Format::Points),
        "jours" => signes(i, 1, "jour"),
        _ => signes(i, 2, unit),
    })
}

/// A change with its sign in any unit.
fn signes(i: Interval, decimals: usize, unit: &str) -> Change {
    use base::french::signed;
    let plural = if unit == "jour" && i.estimate.abs() >= 2.0 {
        "s"
    } else {
        ""
    };
    Change {
        text: format!("{}\u{a0}{unit}{plural}", signed(i.estimate, decimals)),
        value: i.estimate,
        lower: signed(i.lower, decimals),
        upper: signed(i.upper, decimals),
        clear: !i.contains(0.0),
    }
}

/// Gathers the facts.
pub(super) fn parse(a: &Builder<'_>, e: &EvaluationInput<'_>) -> Faits {
    let reference = e.base.year;
    let rank = |query: &str, an: i32, choix: Choix<'_>| row(a, e, query, an, choix);
    let an = |y: i32| An {
        name: year(e, y),
        partielle: inachevee(e, y),
        s: de(rank("synthese", y, None).as_ref(), &SYNTHESE),
        d: de(rank("deploiement", y, None).as_ref(), &DEPLOIEMENT),
        c: de(rank("cout", y, None).as_ref(), &COUT),
    };
    let start = e.annees.first().copied().unwrap_or(reference);
    let zone = e.base.zone.code.as_str();
    let parts = ["composition", "taux", "total"].map(|p| {
        let l = a
            .slice("decomposition")
            .and_then(|v| v.with("partie", p).first());
        (
            p.to_string(),
            l.and_then(|l| interval(&l, ["points", "bas", "haut"], "points")),
        )
    });
    let parts: BTreeMap<String, Option<Change>> = parts.into();
    let conformite = ["prevention", "non_programme", "non_programme_hors_sas"].map(|cas| {
        let l = rank("conformite_activite", reference, Some(("cas", cas)));
        let part = de(l.as_ref(), &["part"]).remove("part");
        (cas.to_string(), part.unwrap_or_else(Fact::unknown))
    });
    let offre = |genre: &str| {
        let l = a.slice("offre_durable").or_else(|| {
            let last = e.annees.last()?;
            a.slice(&e.key("offre_durable", *last))
        });
        de(
            l.and_then(|v| v.with("type", genre).first()).as_ref(),
            &["avant", "apres", "rythme_avant", "rythme_apres", "communes"],
        )
    };
    Faits {
        conclut: e.conclut(),
        pattern: e.absence.unwrap_or_default().to_string(),
        temoins: e.temoins.0,
        grappes_temoins: e.temoins.1,
        sans_zonage: e.sans_zonage,
        servis: e.servis.0,
        grappes: e.servis.1,
        servis_min: e.minimum.0,
        grappes_min: e.minimum.1,
        ans: e.annees.iter().map(|y| an(*y)).collect(),
        first: an(start),
        reference: an(reference),
        start,
        ecart_mt: parts.get("total").cloned().flatten(),
        bornes_mt: e
            .annees
            .iter()
            .filter_map(|y| Some((y.to_string(), bounds(a, "sans_mt", zone, *y)?)))
            .collect(),
        bornes_trouve: bounds(a, "trouve_180", zone, reference),
        delais: delais(a),
        standard: (e.base.zone.level == "region")
            .then(|| standard(a, zone))
            .flatten(),
        population_donnee: e.population_donnee,
        parts,
        eligibilite: de(
            rank("eligibilite", reference, None).as_ref(),
            &["communes", "part_eligibles", "part_tournees_eligibles"],
        ),
        conformite: conformite.into(),
        continuite: de(
            rank("continuite", reference, None).as_ref(),
            &["part_habituel", "part_fideles"],
        ),
        trouve: de(
            rank("mt_trouve", reference, Some(("delai_suivi", "180"))).as_ref(),
            &["suivis", "trouves", "part_trouves"],
        ),
        publics: de(
            rank(
                "publics_prioritaires",
                reference,
                Some(("public", "au_moins_un")),
            )
            .as_ref(),
            &["patients", "part"],
        ),
        arrivees: offre("installation_mg"),
        departs: offre("depart_mg"),
        effets: effets(a),
        issues: a.slice("effet_moyen").map_or_else(Vec::new, |v| {
            v.distinct("issue").into_iter().map(String::from).collect()
        }),
    }
}

fn effets(a: &Builder<'_>) -> BTreeMap<String, Effet> {
    let mut effets = BTreeMap::new();
    let Some(moyens) = a.slice("effet_moyen") else {
        return effets;
    };
    for l in moyens.with("specification", "retenue").rows() {
        let (Some(code), Some(name), Some(unit)) =
            (l.text("issue"), l.text("nom_issue"), l.text("unite"))
        else {
            continue;
        };
        let controles = a
            .slice("effet_verifications")
            .and_then(|v| v.with("issue", code).first());
        let mut c = de(controles.as_ref(), &["p_avant", "rupture", "courbure"]);
        let mut n = de(Some(&l), &["servis", "temoins", "grappes"]);
        let mut prendre = |name: &str| {
            c.remove(name)
                .or_else(|| n.remove(name))
                .unwrap_or_else(Fact::unknown)
        };
        let effect = interval(&l, ["effet", "bas", "haut"], unit);
        let placebo =
            controles.and_then(|l| interval(&l, ["placebo", "placebo_bas", "placebo_haut"], unit));
        let (p_avant, rupture) = (prendre("p_avant"), prendre("rupture"));
        let avant_differe = p_avant.value.is_some_and(|p| p < 0.05);
        let placebo_net = placebo.as_ref().is_some_and(|p| p.clear);
        let droite_annule =
            effect.as_ref().is_some_and(|e| e.clear) && rupture.value.is_some_and(|m| m <= 0.0);
        let preuve = if effect.is_none() {
            "Insuffisant"
        } else if avant_differe || placebo_net || droite_annule {
            "Estimé, fragile"
        } else {
            "Estimé avec témoins"
        };
        effets.insert(
            code.to_string(),
            Effet {
                name: minuscule(name),
                unit: unit.to_string(),
                effect,
                servis: prendre("servis"),
                temoins: prendre("temoins"),
                grappes: prendre("grappes"),
                p_avant,
                placebo,
                rupture,
                courbure: prendre("courbure"),
                avant_differe,
                placebo_net,
                droite_annule,
                preuve: preuve.into(),
            },
        );
    }
    effets
}

fn minuscule(text: &str) -> String {
    let mut lettres = text.chars();
    lettres
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(lettres).collect())
}
