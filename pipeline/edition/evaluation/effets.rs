//! The estimates of the causal chapter, outcome by outcome, from the two raw panels. What leaves are rows of
//! [`Estimate`], each with the territories and people behind it.

use std::collections::BTreeMap;

use super::plan::{Colonnes, Emploi, Plan, Territoire};
use crate::disclosure::estimate::{Basis, Estimate, Territories};
use crate::error::{Error, Result};
use crate::query::table::{RawTable, Value};
use crate::stats::did::honest::Target;
use crate::stats::did::{
    Aggregate, Aggregation, AttGt, Base, Control, Method, Options, Panel, Point, estimate, naive,
    pretest, quarter_index,
};
use crate::stats::distribution::normal_cdf;
use crate::stats::multiple::{Adjustment, adjust};

/// Step of a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pas {
    /// `2024-T1`.
    Trimestre,
    /// `2024-S1`.
    Semestre,
}

impl Pas {
    fn periode(self, cle: &str) -> Option<i32> {
        match self {
            Pas::Trimestre => quarter_index(cle),
            Pas::Semestre => {
                let (annee, s) = cle.split_once("-S")?;
                let (annee, s) = (annee.parse::<i32>().ok()?, s.parse::<i32>().ok()?);
                (1..=2).contains(&s).then_some(annee * 2 + s - 1)
            }
        }
    }

    /// The period of this step in which the quarter of index `trimestre` lies.
    fn cohorte(self, trimestre: i32) -> i32 {
        match self {
            Pas::Trimestre => trimestre,
            Pas::Semestre => trimestre.div_euclid(2),
        }
    }

    /// Periods in a year.
    fn par_an(self) -> i32 {
        match self {
            Pas::Trimestre => 4,
            Pas::Semestre => 2,
        }
    }
}

/// What an outcome is in the panel.
#[derive(Debug, Clone, Copy)]
enum Mesure {
    /// A share of people: numerator over denominator, in points.
    Part(&'static str, &'static str),
    /// A figure about people, with the column that counts them.
    Niveau(&'static str, &'static str),
    /// A figure about doctors.
    Offre(&'static str),
}

/// One outcome.
#[derive(Debug, Clone, Copy)]
pub struct Issue {
    /// Code.
    pub code: &'static str,
    /// French name.
    pub nom: &'static str,
    /// Unit of the effect.
    pub unite: &'static str,
    /// Step of its panel.
    pub pas: Pas,
    mesure: Mesure,
    /// Bounds of the sensitivity, in the unit, per period.
    grille: [f64; 4],
}

/// The outcomes, in the order of the report; the first is the one that the measure is about.
pub const ISSUES: [Issue; 6] = [
    Issue {
        code: "sans_mt",
        nom: "Part des patients sans médecin traitant",
        unite: "points",
        pas: Pas::Trimestre,
        mesure: Mesure::Part("patients_sans_mt", "patients"),
        grille: [0.0, 0.02, 0.05, 0.1],
    },
    Issue {
        code: "ald_sans_mt",
        nom: "Part des patients en ALD sans médecin traitant",
        unite: "points",
        pas: Pas::Trimestre,
        mesure: Mesure::Part("ald_sans_mt", "ald"),
        grille: [0.0, 0.02, 0.05, 0.1],
    },
    Issue {
        code: "ages_70_plus_sans_mt",
        nom: "Part des patients de 70 ans et plus sans médecin traitant",
        unite: "points",
        pas: Pas::Trimestre,
        mesure: Mesure::Part("ages_70_plus_sans_mt", "ages_70_plus"),
        grille: [0.0, 0.02, 0.05, 0.1],
    },
    Issue {
        code: "delai_median",
        nom: "Délai médian d'un rendez-vous de médecine générale",
        unite: "jours",
        pas: Pas::Semestre,
        mesure: Mesure::Niveau("delai_median", "demandes"),
        grille: [0.0, 0.05, 0.1, 0.2],
    },
    Issue {
        code: "refus",
        nom: "Part des demandes de rendez-vous refusées",
        unite: "points",
        pas: Pas::Semestre,
        mesure: Mesure::Part("refus", "demandes"),
        grille: [0.0, 0.2, 0.5, 1.0],
    },
    Issue {
        code: "mg_etp",
        nom: "Généralistes du territoire",
        unite: "ETP",
        pas: Pas::Trimestre,
        mesure: Mesure::Offre("mg_etp"),
        grille: [0.0, 0.002, 0.005, 0.01],
    },
];

/// Everything that leaves, table by table.
#[derive(Debug, Clone, Default)]
pub struct Effets {
    /// Rows of each table, by name; a table without rows was not estimated.
    pub tables: BTreeMap<&'static str, Vec<Estimate>>,
}

/// One cell of a panel.
#[derive(Debug, Clone, Copy)]
struct Releve {
    valeur: f64,
    personnes: f64,
    cas: Option<f64>,
}

/// One outcome on the territories of the design.
pub struct Mesures<'p> {
    issue: Issue,
    periodes: Vec<i32>,
    unites: Vec<(&'p str, &'p Territoire, BTreeMap<i32, Releve>)>,
}

impl<'p> Mesures<'p> {
    /// Reads an outcome from its panel.
    ///
    /// # Errors
    /// A column that is missing.
    pub fn lire(issue: Issue, plan: &'p Plan, panel: &RawTable) -> Result<Self> {
        let c = Colonnes::new(panel);
        let (code, periode) = (c.indice("code_zone")?, c.indice("periode")?);
        let colonnes = match issue.mesure {
            Mesure::Part(x, n) | Mesure::Niveau(x, n) => (c.indice(x)?, c.indice(n)?),
            Mesure::Offre(x) => (c.indice(x)?, c.indice("patients")?),
        };
        let mut releves: BTreeMap<&str, BTreeMap<i32, Releve>> = BTreeMap::new();
        for row in &panel.rows {
            let (Some(id), Some(t)) = (
                row[code].as_text(),
                row[periode].as_text().and_then(|p| issue.pas.periode(p)),
            ) else {
                continue;
            };
            let Some((id, _)) = plan
                .territoires
                .get_key_value(id)
                .filter(|(_, t)| matches!(t.emploi, Emploi::Servi | Emploi::Temoin))
            else {
                continue;
            };
            let (Some(x), Some(n)) = (row[colonnes.0].as_f64(), row[colonnes.1].as_f64()) else {
                continue;
            };
            let releve = match issue.mesure {
                Mesure::Part(..) if n <= 0.0 => continue,
                Mesure::Part(..) => Releve {
                    valeur: 100.0 * x / n,
                    personnes: n,
                    cas: Some(x),
                },
                _ => Releve {
                    valeur: x,
                    personnes: n,
                    cas: None,
                },
            };
            releves.entry(id).or_default().insert(t, releve);
        }
        let periodes: std::collections::BTreeSet<i32> =
            releves.values().flat_map(|r| r.keys().copied()).collect();
        let unites = plan
            .territoires
            .iter()
            .filter(|(_, t)| t.patients > 0.0)
            .filter_map(|(id, t)| Some((id.as_str(), t, releves.remove(id.as_str())?)))
            .collect();
        Ok(Self {
            issue,
            periodes: periodes.into_iter().collect(),
            unites,
        })
    }

    /// The panel, each territory clustered in its EPCI, weighted by its patients if asked.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn panel(&self, pondere: bool) -> Result<Panel> {
        let mesures: Vec<Vec<Option<f64>>> = self
            .unites
            .iter()
            .map(|(_, _, r)| {
                self.periodes
                    .iter()
                    .map(|t| r.get(t).map(|r| r.valeur))
                    .collect()
            })
            .collect();
        let panel = Panel::new(
            self.unites.iter().map(|u| u.0.to_string()).collect(),
            self.periodes.clone(),
            &mesures,
            self.unites.iter().map(|u| self.cohorte(u.1)).collect(),
        )?;
        let grappes: Vec<String> = self.unites.iter().map(|u| u.1.grappe.clone()).collect();
        let panel = panel.clustered(&grappes)?;
        if pondere {
            panel.weighted(self.unites.iter().map(|u| u.1.patients).collect())
        } else {
            Ok(panel)
        }
    }

    fn cohorte(&self, t: &Territoire) -> Option<i32> {
        t.cohorte.map(|g| self.issue.pas.cohorte(g))
    }

    /// The panel with what was known of each territory before: size, age of patients, access to GPs where known everywhere.
    fn ajuste(&self) -> Result<Panel> {
        let taille = self.unites.iter().map(|u| u.1.patients.ln()).collect();
        let ages = self.unites.iter().map(|u| u.1.part_70_plus).collect();
        let panel = self
            .panel(true)?
            .with_covariate("taille", taille)?
            .with_covariate("ages", ages)?;
        let apl: Option<Vec<f64>> = self.unites.iter().map(|u| u.1.apl).collect();
        match apl {
            Some(apl) => panel.with_covariate("apl", apl),
            None => Ok(panel),
        }
    }

    /// What stands behind an estimate that compares served territories at `distance` (any, if `None`) with the controls.
    fn base(&self, distance: Option<i32>) -> Basis {
        let (mut servis, mut temoins) = (0, 0);
        let (mut poids, mut lourd) = (0.0, 0.0_f64);
        // People and cases of each side in each period; of the served, at the distance asked for.
        let mut cotes: BTreeMap<(bool, i32), (f64, f64)> = BTreeMap::new();
        for (_, t, releves) in &self.unites {
            let cohorte = self.cohorte(t);
            let compte = |p: i32| match (cohorte, distance) {
                (Some(g), Some(e)) => p == g + e,
                _ => true,
            };
            let mut vu = false;
            for (&p, r) in releves.iter().filter(|(p, _)| compte(**p)) {
                vu = true;
                // At one distance, cohorts meet in different periods: they are one group.
                let quand = if cohorte.is_some() && distance.is_some() {
                    0
                } else {
                    p
                };
                let cote = cotes.entry((cohorte.is_some(), quand)).or_default();
                cote.0 += r.personnes;
                cote.1 += r.cas.unwrap_or(0.0);
            }
            match (vu, cohorte) {
                (true, Some(_)) => {
                    servis += 1;
                    poids += t.patients;
                    lourd = lourd.max(t.patients);
                }
                (true, None) => temoins += 1,
                _ => {}
            }
        }
        let least = |f: fn(&(f64, f64)) -> f64| {
            let least = cotes.values().map(f).fold(f64::INFINITY, f64::min);
            if least.is_finite() { least as u64 } else { 0 }
        };
        Basis {
            territories: Some(Territories {
                served: servis,
                compared: Some(temoins),
                heaviest: if poids > 0.0 { lourd / poids } else { 1.0 },
            }),
            people: least(|c| c.0),
            cases: matches!(self.issue.mesure, Mesure::Part(..)).then(|| least(|c| c.1)),
        }
    }
}

/// The settings of the estimate that is retained.
pub fn options() -> Options {
    Options {
        base: Base::Universal,
        ..Options::default()
    }
}

/// The average over those served: mean over each cohort's periods, then over cohorts.
///
/// # Errors
/// No effect could be estimated.
pub fn moyenne(att: &AttGt) -> Result<Point> {
    Ok(att.aggregate(Aggregation::Group)?.overall)
}

/// All estimates, or only the list of territories where there are too few to conclude.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn estimer(plan: &Plan, territoires: &RawTable, delais: &RawTable) -> Result<Effets> {
    let mut effets = Effets::default();
    effets.tables.insert("effet_echantillon", echantillon(plan));
    if !plan.conclut() {
        return Ok(effets);
    }
    let mut retenus: Vec<Estimate> = Vec::new();
    let mut variantes: BTreeMap<&str, Vec<Estimate>> = BTreeMap::new();
    let mut p = Vec::new();
    for issue in ISSUES {
        let source = match issue.pas {
            Pas::Trimestre => territoires,
            Pas::Semestre => delais,
        };
        let mesures = Mesures::lire(issue, plan, source)?;
        // An outcome that was not delivered, or too poorly, is left out; the others stand.
        let Ok(lot) = une_issue(&mesures) else {
            continue;
        };
        p.push(lot.p);
        retenus.push(lot.moyen);
        variantes.insert(issue.code, lot.variantes);
        for (table, lignes) in lot.tables {
            effets.tables.entry(table).or_default().extend(lignes);
        }
    }
    let ajustees = adjust(&p, Adjustment::BenjaminiHochberg);
    let mut moyens = Vec::new();
    for (mut ligne, p) in retenus.into_iter().zip(ajustees) {
        ligne.values[9] = Value::Float(p);
        let code = ligne.values[0].as_text().unwrap_or_default().to_string();
        moyens.push(ligne);
        moyens.extend(variantes.remove(code.as_str()).unwrap_or_default());
    }
    effets.tables.insert("effet_moyen", moyens);
    Ok(effets)
}

fn texte(t: &str) -> Value {
    Value::Text(t.to_string())
}

fn entier(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Who is used for what. No figure about patients; names only where a territory was set aside for being served always.
fn echantillon(plan: &Plan) -> Vec<Estimate> {
    Emploi::TOUS
        .iter()
        .map(|(emploi, code, nom)| {
            let (territoires, grappes) = plan.compte(*emploi);
            let noms: Vec<&str> = plan.de(*emploi).map(|(_, t)| t.nom.as_str()).collect();
            let listes = matches!(emploi, Emploi::ToujoursServi | Emploi::ServiHorsZone);
            Estimate {
                values: vec![
                    texte(code),
                    texte(nom),
                    entier(territoires),
                    entier(grappes),
                    if listes && !noms.is_empty() {
                        texte(&noms.join(", "))
                    } else {
                        Value::Null
                    },
                ],
                basis: Basis {
                    territories: None,
                    people: 0,
                    cases: None,
                },
            }
        })
        .collect()
}

/// The rows of one outcome.
struct Lot {
    moyen: Estimate,
    p: f64,
    variantes: Vec<Estimate>,
    tables: Vec<(&'static str, Vec<Estimate>)>,
}

fn une_issue(m: &Mesures<'_>) -> Result<Lot> {
    let issue = m.issue;
    let (panel, options) = (m.panel(true)?, options());
    let att = estimate(&panel, &options)?;
    let retenu = moyenne(&att)?;
    if retenu.se <= 0.0 {
        return Err(Error::refused("effet sans erreur type"));
    }
    let base = m.base(None);
    let ligne = |code: &str, nom: &str, point: &Point, att: &AttGt| Estimate {
        values: vec![
            texte(issue.code),
            texte(issue.nom),
            texte(issue.unite),
            texte(code),
            texte(nom),
            Value::Float(point.estimate),
            Value::Float(point.lower),
            Value::Float(point.upper),
            Value::Float(point.se),
            Value::Null,
            entier(att.units - att.never_treated),
            entier(att.never_treated),
            entier(att.clusters),
        ],
        basis: base,
    };
    let moyen = ligne(
        "retenue",
        "Retenue : pondérée par les patients",
        &retenu,
        &att,
    );
    let autres = [
        (
            "non_ponderee",
            "Chaque territoire compte autant",
            m.panel(false)?,
            options,
        ),
        (
            "pas_encore",
            "Témoins : aussi ceux qui ne sont pas encore desservis",
            m.panel(true)?,
            Options {
                control: Control::NotYetTreated,
                ..options
            },
        ),
        (
            "anticipation",
            "Effet permis dès la période d'avant (annonce)",
            m.panel(true)?,
            Options {
                anticipation: 1,
                ..options
            },
        ),
    ];
    let mut variantes = Vec::new();
    let ajuste = m.ajuste().map(|panel| {
        (
            "ajustee",
            "Ajustée sur la situation de départ (taille, âge, accès)",
            panel,
            Options {
                method: Method::OutcomeRegression,
                ..options
            },
        )
    });
    for (code, nom, panel, options) in autres.into_iter().chain(ajuste) {
        if let Ok(att) = estimate(&panel, &options)
            && let Ok(point) = moyenne(&att)
        {
            variantes.push(ligne(code, nom, &point, &att));
        }
    }
    let fenetre = 2 * issue.pas.par_an();
    let etude = att.aggregate(Aggregation::Dynamic {
        balance: None,
        min: -fenetre,
        max: fenetre,
    })?;
    let tables = vec![
        ("effet_par_trimestre", dynamique(m, &etude)),
        (
            "effet_verifications",
            vec![verifications(m, &panel, &options, &etude)],
        ),
        ("effet_sensibilite", sensibilite(m, &etude)),
        ("effet_naif", naif(m, &panel, &options, &retenu)),
    ];
    Ok(Lot {
        p: 2.0 * (1.0 - normal_cdf((retenu.estimate / retenu.se).abs())),
        moyen,
        variantes,
        tables,
    })
}

fn dynamique(m: &Mesures<'_>, etude: &Aggregate) -> Vec<Estimate> {
    etude
        .points
        .iter()
        .map(|point| {
            let base = m.base(Some(point.label));
            Estimate {
                values: vec![
                    texte(m.issue.code),
                    texte(m.issue.nom),
                    Value::Int(i64::from(point.label)),
                    Value::Float(point.estimate),
                    Value::Float(point.lower),
                    Value::Float(point.upper),
                    Value::Float(point.band_lower),
                    Value::Float(point.band_upper),
                    entier(base.territories.map_or(0, |t| t.served)),
                ],
                basis: base,
            }
        })
        .collect()
}

fn verifications(m: &Mesures<'_>, panel: &Panel, options: &Options, etude: &Aggregate) -> Estimate {
    let nombre = |x: Option<f64>| x.map_or(Value::Null, Value::Float);
    let placebo = pretest::placebo(panel, options, m.issue.pas.par_an())
        .ok()
        .map(|a| a.overall);
    let honnete = etude.honest(Target::Average, &[]).ok();
    Estimate {
        values: vec![
            texte(m.issue.code),
            texte(m.issue.nom),
            nombre(etude.wald(|e| e < 0).map(|w| w.p_value)),
            nombre(placebo.map(|p| p.estimate)),
            nombre(placebo.map(|p| p.lower)),
            nombre(placebo.map(|p| p.upper)),
            nombre(honnete.as_ref().and_then(|h| h.breakdown)),
            nombre(honnete.as_ref().and_then(|h| h.observed_curvature)),
        ],
        basis: m.base(None),
    }
}

fn sensibilite(m: &Mesures<'_>, etude: &Aggregate) -> Vec<Estimate> {
    let Ok(honnete) = etude.honest(Target::Average, &m.issue.grille) else {
        return Vec::new();
    };
    let ligne = |nom: String, i: &crate::stats::Interval| Estimate {
        values: vec![
            texte(m.issue.code),
            texte(m.issue.nom),
            Value::Text(nom),
            Value::Float(i.estimate),
            Value::Float(i.lower),
            Value::Float(i.upper),
        ],
        basis: m.base(None),
    };
    let strict = ligne("Tendances strictement parallèles".into(), &honnete.original);
    std::iter::once(strict)
        .chain(honnete.robust.iter().map(|r| {
            let borne = r.m.to_string().replace('.', ",");
            ligne(format!("M = {borne}"), &r.interval)
        }))
        .collect()
}

fn naif(m: &Mesures<'_>, panel: &Panel, options: &Options, retenu: &Point) -> Vec<Estimate> {
    let ligne = |code: &str, nom: &str, point: &Point| Estimate {
        values: vec![
            texte(m.issue.code),
            texte(m.issue.nom),
            texte(code),
            texte(nom),
            Value::Float(point.estimate),
            Value::Float(point.lower),
            Value::Float(point.upper),
        ],
        basis: m.base(None),
    };
    let mut lignes = vec![ligne("retenue", "Estimation retenue", retenu)];
    if let Ok(point) = naive::before_after(panel, options.level) {
        lignes.push(ligne("avant_apres", "Avant/après", &point));
    }
    if let Ok(point) = naive::two_way_fixed_effects(panel, options.level) {
        lignes.push(ligne("effets_fixes", "Effets fixes", &point));
    }
    lignes
}
