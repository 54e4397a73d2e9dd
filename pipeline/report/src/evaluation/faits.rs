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
use super::outils::{Choix, annee, inachevee, ligne};

/// Figures of a row by name; those that are not there are `inconnu`.
pub(super) fn de(l: Option<&SliceRow<'_>>, noms: &[&str]) -> BTreeMap<String, Fact> {
    let noms: Vec<String> = noms.iter().map(|n| (*n).to_string()).collect();
    Fact::ligne(l, &noms)
}

/// One year.
#[derive(Debug, Clone, Serialize)]
pub(super) struct An {
    /// The year, as headings write it.
    pub nom: String,
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
    pub bas: String,
    /// Upper limit.
    pub haut: String,
}

/// A delay of the survey or of the bus.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Delai {
    /// The median.
    pub mediane: Fact,
    /// Its limits.
    pub bas: Fact,
    /// Upper limit; unknown where the curve does not reach it.
    pub haut: Fact,
    /// p-value of the difference between served and not.
    pub p: Fact,
}

/// A région's share at a comparable structure, beside that of all régions.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Standard {
    /// Its standardised share.
    pub part: Fact,
    /// Limits.
    pub bas: Fact,
    /// Upper limit.
    pub haut: Fact,
    /// All régions together.
    pub ensemble: Fact,
    /// True when its interval leaves the others' share out.
    pub net: bool,
}

/// An effect of the causal chapter.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Effet {
    /// The outcome, beginning with a small letter.
    pub nom: String,
    /// Unit.
    pub unite: String,
    /// The effect with its interval, or nothing if it did not leave.
    pub effet: Option<Change>,
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
    pub motif: String,
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
    pub premier: An,
    /// Reference year.
    pub reference: An,
    /// First year, in figures.
    pub debut: i32,
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
    pub parties: BTreeMap<String, Option<Change>>,
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
pub(super) fn bornes(a: &Builder<'_>, indicateur: &str, zone: &str, an: i32) -> Option<Bornes> {
    let l = ligne_grappes(a, indicateur, zone, an)?;
    let texte = |nom: &str| l.valeur(nom).number().map(|_| l.imprime(nom));
    Some(Bornes {
        bas: texte("bas")?,
        haut: texte("haut")?,
    })
}

/// The row of such an interval.
pub(super) fn ligne_grappes<'a>(
    a: &Builder<'a>,
    indicateur: &str,
    zone: &str,
    an: i32,
) -> Option<SliceRow<'a>> {
    a.vue("parts_en_grappes")?
        .ou("indicateur", indicateur)
        .ou("code_zone", zone)
        .filtre(|l| l.valeur("annee") == Figure::Known(f64::from(an)))
        .premiere()
}

fn delais(a: &Builder<'_>) -> BTreeMap<String, Delai> {
    ["medicobus", "desservi", "non_desservi"]
        .into_iter()
        .map(|code| {
            let l = a
                .vue("delais_intervalles")
                .and_then(|v| v.ou("code", code).premiere());
            let mut f = de(l.as_ref(), &["mediane", "bas", "haut", "p"]);
            let mut prendre = |nom: &str| f.remove(nom).unwrap_or_else(Fact::inconnu);
            let delai = Delai {
                mediane: prendre("mediane"),
                bas: prendre("bas"),
                haut: prendre("haut"),
                p: prendre("p"),
            };
            (code.to_string(), delai)
        })
        .collect()
}

fn standard(a: &Builder<'_>, zone: &str) -> Option<Standard> {
    let vue = a.vue("part_sans_mt_standardisee")?;
    let ici = vue.ou("code_zone", zone).premiere()?;
    let tous = vue.ou("code_zone", "FR").premiere()?;
    let [bas, haut, reference] = [
        ici.valeur("bas").number()?,
        ici.valeur("haut").number()?,
        tous.valeur("standardisee").number()?,
    ];
    let mut f = de(Some(&ici), &["standardisee", "bas", "haut"]);
    let mut ensemble = de(Some(&tous), &["standardisee"]);
    Some(Standard {
        part: f.remove("standardisee")?,
        bas: f.remove("bas")?,
        haut: f.remove("haut")?,
        ensemble: ensemble.remove("standardisee")?,
        net: reference < bas || reference > haut,
    })
}

/// An interval of a table of estimates, in the unit that it names.
pub(super) fn intervalle(l: &SliceRow<'_>, noms: [&str; 3], unite: &str) -> Option<Change> {
    let [estimate, lower, upper] = noms.map(|n| l.valeur(n).number());
    let i = Interval {
        estimate: estimate?,
        lower: lower?,
        upper: upper?,
    };
    Some(match unite {
        "points" => Change::new(i, Format::Points),
        "jours" => signes(i, 1, "jour"),
        _ => signes(i, 2, unite),
    })
}

/// A change with its sign in any unit.
fn signes(i: Interval, decimales: usize, unite: &str) -> Change {
    use base::french::signed;
    let pluriel = if unite == "jour" && i.estimate.abs() >= 2.0 {
        "s"
    } else {
        ""
    };
    Change {
        texte: format!("{}\u{a0}{unite}{pluriel}", signed(i.estimate, decimales)),
        valeur: i.estimate,
        bas: signed(i.lower, decimales),
        haut: signed(i.upper, decimales),
        net: !i.contains(0.0),
    }
}

/// Gathers the facts.
pub(super) fn lire(a: &Builder<'_>, e: &EvaluationInput<'_>) -> Faits {
    let reference = e.base.annee;
    let rang = |requete: &str, an: i32, choix: Choix<'_>| ligne(a, e, requete, an, choix);
    let an = |y: i32| An {
        nom: annee(e, y),
        partielle: inachevee(e, y),
        s: de(rang("synthese", y, None).as_ref(), &SYNTHESE),
        d: de(rang("deploiement", y, None).as_ref(), &DEPLOIEMENT),
        c: de(rang("cout", y, None).as_ref(), &COUT),
    };
    let debut = e.annees.first().copied().unwrap_or(reference);
    let zone = e.base.zone.code.as_str();
    let parties = ["composition", "taux", "total"].map(|p| {
        let l = a
            .vue("decomposition")
            .and_then(|v| v.ou("partie", p).premiere());
        (
            p.to_string(),
            l.and_then(|l| intervalle(&l, ["points", "bas", "haut"], "points")),
        )
    });
    let parties: BTreeMap<String, Option<Change>> = parties.into();
    let conformite = ["prevention", "non_programme", "non_programme_hors_sas"].map(|cas| {
        let l = rang("conformite_activite", reference, Some(("cas", cas)));
        let part = de(l.as_ref(), &["part"]).remove("part");
        (cas.to_string(), part.unwrap_or_else(Fact::inconnu))
    });
    let offre = |genre: &str| {
        let l = a.vue("offre_durable").or_else(|| {
            let derniere = e.annees.last()?;
            a.vue(&e.cle("offre_durable", *derniere))
        });
        de(
            l.and_then(|v| v.ou("type", genre).premiere()).as_ref(),
            &["avant", "apres", "rythme_avant", "rythme_apres", "communes"],
        )
    };
    Faits {
        conclut: e.conclut(),
        motif: e.absence.unwrap_or_default().to_string(),
        temoins: e.temoins.0,
        grappes_temoins: e.temoins.1,
        sans_zonage: e.sans_zonage,
        servis: e.servis.0,
        grappes: e.servis.1,
        servis_min: e.minimum.0,
        grappes_min: e.minimum.1,
        ans: e.annees.iter().map(|y| an(*y)).collect(),
        premier: an(debut),
        reference: an(reference),
        debut,
        ecart_mt: parties.get("total").cloned().flatten(),
        bornes_mt: e
            .annees
            .iter()
            .filter_map(|y| Some((y.to_string(), bornes(a, "sans_mt", zone, *y)?)))
            .collect(),
        bornes_trouve: bornes(a, "trouve_180", zone, reference),
        delais: delais(a),
        standard: (e.base.zone.level == "region")
            .then(|| standard(a, zone))
            .flatten(),
        population_donnee: e.population_donnee,
        parties,
        eligibilite: de(
            rang("eligibilite", reference, None).as_ref(),
            &["communes", "part_eligibles", "part_tournees_eligibles"],
        ),
        conformite: conformite.into(),
        continuite: de(
            rang("continuite", reference, None).as_ref(),
            &["part_habituel", "part_fideles"],
        ),
        trouve: de(
            rang("mt_trouve", reference, Some(("delai_suivi", "180"))).as_ref(),
            &["suivis", "trouves", "part_trouves"],
        ),
        publics: de(
            rang(
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
        issues: a.vue("effet_moyen").map_or_else(Vec::new, |v| {
            v.distincts("issue").into_iter().map(String::from).collect()
        }),
    }
}

fn effets(a: &Builder<'_>) -> BTreeMap<String, Effet> {
    let mut effets = BTreeMap::new();
    let Some(moyens) = a.vue("effet_moyen") else {
        return effets;
    };
    for l in moyens.ou("specification", "retenue").lignes() {
        let (Some(code), Some(nom), Some(unite)) =
            (l.texte("issue"), l.texte("nom_issue"), l.texte("unite"))
        else {
            continue;
        };
        let controles = a
            .vue("effet_verifications")
            .and_then(|v| v.ou("issue", code).premiere());
        let mut c = de(controles.as_ref(), &["p_avant", "rupture", "courbure"]);
        let mut n = de(Some(&l), &["servis", "temoins", "grappes"]);
        let mut prendre = |nom: &str| {
            c.remove(nom)
                .or_else(|| n.remove(nom))
                .unwrap_or_else(Fact::inconnu)
        };
        let effet = intervalle(&l, ["effet", "bas", "haut"], unite);
        let placebo = controles
            .and_then(|l| intervalle(&l, ["placebo", "placebo_bas", "placebo_haut"], unite));
        let (p_avant, rupture) = (prendre("p_avant"), prendre("rupture"));
        let avant_differe = p_avant.valeur.is_some_and(|p| p < 0.05);
        let placebo_net = placebo.as_ref().is_some_and(|p| p.net);
        let droite_annule =
            effet.as_ref().is_some_and(|e| e.net) && rupture.valeur.is_some_and(|m| m <= 0.0);
        let preuve = if effet.is_none() {
            "Insuffisant"
        } else if avant_differe || placebo_net || droite_annule {
            "Estimé, fragile"
        } else {
            "Estimé avec témoins"
        };
        effets.insert(
            code.to_string(),
            Effet {
                nom: minuscule(nom),
                unite: unite.to_string(),
                effet,
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

fn minuscule(texte: &str) -> String {
    let mut lettres = texte.chars();
    lettres
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(lettres).collect())
}
