//! The estimates of the causal chapter, outcome by outcome, from the two raw panels. What leaves are rows of
//! [`Estimate`], each with the territories and people behind it.

use std::collections::BTreeMap;

use super::plan::{Colonnes, Emploi, Motif, Plan, Territoire};
use super::quarter::{quarter_index, quarter_label};
use base::error::Result;
use base::table::{RawTable, Value};
use disclosure::estimate::{Basis, Estimate, Territories};
use stats::did::honest::TrendSensitivity;
use stats::did::{
    Aggregate, Aggregation, AttGt, BasePeriod, Control, Method, Options, Panel, PointEstimate,
    SkipReason, estimate, naive, pretest,
};
use stats::multiple::benjamini_hochberg;

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

    /// How a period is written: `2024-T1`, `2024-S1`.
    fn libelle(self, periode: i32) -> String {
        match self {
            Pas::Trimestre => quarter_label(periode),
            Pas::Semestre => format!("{}-S{}", periode.div_euclid(2), periode.rem_euclid(2) + 1),
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

/// How much a territory counts for an outcome: by the people that the outcome is about, before any service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Poids {
    /// Patients in the first period.
    Patients,
    /// Of them, those with an ALD.
    Ald,
    /// Of them, those of 70 and more.
    Ages70Plus,
    /// Requests of the survey in the periods before the first cohort's service.
    Demandes,
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
    poids: Poids,
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
        poids: Poids::Patients,
        grille: [0.0, 0.02, 0.05, 0.1],
    },
    Issue {
        code: "ald_sans_mt",
        nom: "Part des patients en ALD sans médecin traitant",
        unite: "points",
        pas: Pas::Trimestre,
        mesure: Mesure::Part("ald_sans_mt", "ald"),
        poids: Poids::Ald,
        grille: [0.0, 0.02, 0.05, 0.1],
    },
    Issue {
        code: "ages_70_plus_sans_mt",
        nom: "Part des patients de 70 ans et plus sans médecin traitant",
        unite: "points",
        pas: Pas::Trimestre,
        mesure: Mesure::Part("ages_70_plus_sans_mt", "ages_70_plus"),
        poids: Poids::Ages70Plus,
        grille: [0.0, 0.02, 0.05, 0.1],
    },
    Issue {
        code: "delai_median",
        nom: "Délai médian d'un rendez-vous de médecine générale",
        unite: "jours",
        pas: Pas::Semestre,
        mesure: Mesure::Niveau("delai_median", "demandes"),
        poids: Poids::Demandes,
        grille: [0.0, 0.05, 0.1, 0.2],
    },
    Issue {
        code: "refus",
        nom: "Part des demandes de rendez-vous refusées",
        unite: "points",
        pas: Pas::Semestre,
        mesure: Mesure::Part("refus", "demandes"),
        poids: Poids::Demandes,
        grille: [0.0, 0.2, 0.5, 1.0],
    },
    Issue {
        code: "mg_etp",
        nom: "Généralistes du territoire",
        unite: "ETP",
        pas: Pas::Trimestre,
        mesure: Mesure::Offre("mg_etp"),
        poids: Poids::Patients,
        grille: [0.0, 0.002, 0.005, 0.01],
    },
];

/// Everything that leaves, table by table.
#[derive(Debug, Clone, Default)]
pub struct Effets {
    /// Rows of each table, by name; a table without rows was not estimated.
    pub tables: BTreeMap<&'static str, Vec<Estimate>>,
    /// Why there are no effects among them.
    pub absence: Option<Motif>,
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
    unites: Vec<Unite<'p>>,
    /// Names of the territories left out for want of anyone to weigh them by.
    sans_poids: Vec<&'p str>,
}

/// One territory, with its weight and what was measured in it.
struct Unite<'p> {
    code: &'p str,
    territoire: &'p Territoire,
    poids: f64,
    releves: BTreeMap<i32, Releve>,
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
        // Weights must not follow from service: requests are counted before the first cohort that can be estimated.
        let premiere = periodes.first().copied().unwrap_or(i32::MIN);
        let service = plan
            .de(Emploi::Servi)
            .filter(|(id, _)| releves.contains_key(id.as_str()))
            .filter_map(|(_, t)| t.cohorte.map(|g| issue.pas.cohorte(g)))
            .filter(|g| *g > premiere)
            .min()
            .unwrap_or(i32::MAX);
        let poids = |t: &Territoire, releves: &BTreeMap<i32, Releve>| match issue.poids {
            Poids::Patients => t.patients,
            Poids::Ald => t.ald,
            Poids::Ages70Plus => t.ages_70_plus,
            Poids::Demandes => releves
                .range(..service)
                .map(|(_, r)| r.personnes)
                .sum::<f64>(),
        };
        let (mut unites, mut sans_poids) = (Vec::new(), Vec::new());
        for (code, territoire) in &plan.territoires {
            let Some(releves) = releves.remove(code.as_str()) else {
                continue;
            };
            let poids = poids(territoire, &releves);
            if poids > 0.0 {
                unites.push(Unite {
                    code,
                    territoire,
                    poids,
                    releves,
                });
            } else {
                sans_poids.push(territoire.nom.as_str());
            }
        }
        Ok(Self {
            issue,
            periodes: periodes.into_iter().collect(),
            unites,
            sans_poids,
        })
    }

    /// The panel, each territory clustered in its EPCI, weighted by its patients if asked.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn panel(&self, pondere: bool) -> stats::Result<Panel> {
        let mesures: Vec<Vec<Option<f64>>> = self
            .unites
            .iter()
            .map(|u| {
                self.periodes
                    .iter()
                    .map(|t| u.releves.get(t).map(|r| r.valeur))
                    .collect()
            })
            .collect();
        let panel = Panel::new(
            self.unites.iter().map(|u| u.code.to_string()).collect(),
            self.periodes.clone(),
            &mesures,
            self.unites
                .iter()
                .map(|u| self.cohorte(u.territoire))
                .collect(),
        )?;
        let grappes: Vec<String> = self
            .unites
            .iter()
            .map(|u| u.territoire.grappe.clone())
            .collect();
        let panel = panel.clustered(&grappes)?;
        if pondere {
            panel.weighted(self.unites.iter().map(|u| u.poids).collect())
        } else {
            Ok(panel)
        }
    }

    fn cohorte(&self, t: &Territoire) -> Option<i32> {
        t.cohorte.map(|g| self.issue.pas.cohorte(g))
    }

    /// The panel with what was known of each territory before: size, age of patients, access to GPs where known everywhere;
    /// then, for each covariate that cannot be used, its name and the number of territories that lack it (0: it is the same
    /// everywhere).
    ///
    /// # Errors
    /// None that data can cause.
    fn ajuste(&self) -> stats::Result<(Panel, Vec<(&'static str, usize)>)> {
        type Lire = fn(&Territoire) -> Option<f64>;
        let covariables: [(&'static str, Lire); 3] = [
            ("Nombre de patients (logarithme)", |t| {
                (t.patients > 0.0).then(|| t.patients.ln())
            }),
            ("Part des 70 ans et plus", |t| {
                (t.patients > 0.0).then(|| 100.0 * t.ages_70_plus / t.patients)
            }),
            ("Accessibilité aux généralistes (APL)", |t| t.apl),
        ];
        let (mut panel, mut inutilisables) = (self.panel(true)?, Vec::new());
        for (nom, lire) in covariables {
            let valeurs: Vec<Option<f64>> =
                self.unites.iter().map(|u| lire(u.territoire)).collect();
            let manquent = valeurs.iter().filter(|v| v.is_none()).count();
            // Without a variation there is nothing to adjust for.
            let varie = valeurs.windows(2).any(|w| w[0] != w[1]);
            if manquent == 0 && varie {
                panel = panel.with_covariate(nom, valeurs.into_iter().flatten().collect())?;
            } else {
                inutilisables.push((nom, manquent));
            }
        }
        Ok((panel, inutilisables))
    }

    /// What stands behind an estimate that compares served territories at `distance` (any, if `None`) with the controls.
    fn base(&self, distance: Option<i32>) -> Basis {
        let (mut servis, mut temoins) = (0, 0);
        let (mut poids, mut lourd) = (0.0, 0.0_f64);
        // People and cases of each side in each period; of the served, at the distance asked for.
        let mut cotes: BTreeMap<(bool, i32), (f64, f64)> = BTreeMap::new();
        for u in &self.unites {
            let cohorte = self.cohorte(u.territoire);
            let compte = |p: i32| match (cohorte, distance) {
                (Some(g), Some(e)) => p == g + e,
                _ => true,
            };
            let mut vu = false;
            for (&p, r) in u.releves.iter().filter(|(p, _)| compte(**p)) {
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
                    poids += u.poids;
                    lourd = lourd.max(u.poids);
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

/// The settings of the estimate that is retained, on `threads` threads.
pub fn options(threads: usize) -> Options {
    Options {
        base: BasePeriod::Universal,
        small_sample: true,
        threads,
        ..Options::default()
    }
}

/// The average over those served: mean over each cohort's periods, then over cohorts.
///
/// # Errors
/// No effect could be estimated.
pub fn moyenne(att: &AttGt) -> stats::Result<PointEstimate> {
    Ok(att.aggregate(Aggregation::Group)?.overall)
}

/// All estimates, or only the list of territories and the reason where there are too few to conclude.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn estimer(
    plan: &Plan,
    territoires: &RawTable,
    delais: &RawTable,
    threads: usize,
) -> Result<Effets> {
    let mut effets = Effets::default();
    effets.tables.insert("effet_echantillon", echantillon(plan));
    effets.absence = plan.motif();
    if effets.absence.is_some() {
        return Ok(effets);
    }
    let mut retenus: Vec<Estimate> = Vec::new();
    let mut variantes: BTreeMap<&str, Vec<Estimate>> = BTreeMap::new();
    let mut p = Vec::new();
    let mut ecartes = Vec::new();
    for issue in ISSUES {
        let source = match issue.pas {
            Pas::Trimestre => territoires,
            Pas::Semestre => delais,
        };
        let mesures = Mesures::lire(issue, plan, source)?;
        match une_issue(&mesures, plan, &options(threads)) {
            Ok(lot) => {
                p.push(lot.p);
                retenus.push(lot.moyen);
                variantes.insert(issue.code, lot.variantes);
                for (table, lignes) in lot.tables {
                    effets.tables.entry(table).or_default().extend(lignes);
                }
                ecartes.extend(lot.ecartes);
            }
            // An outcome that was not delivered, or too poorly, is left out and listed; the others stand.
            Err(erreur) => ecartes.push(ecarte(
                issue,
                ("indicateur", RETENUE),
                "Indicateur entier".into(),
                erreur.message().to_string(),
                mesures.unites.len(),
            )),
        }
    }
    effets.tables.insert("effet_ecartes", ecartes);
    if retenus.is_empty() {
        effets.absence = Some(Motif::Estimation);
        return Ok(effets);
    }
    let ajustees = benjamini_hochberg(&p);
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

/// French name of the estimate that is retained.
const RETENUE: &str = "Retenue : pondérée par les personnes";

/// Nothing about people stands in a row.
const SANS_PERSONNES: Basis = Basis {
    territories: None,
    people: 0,
    cases: None,
};

/// A row of what did not enter: the code of its kind, the variant, what, why, and how many cells or territories.
fn ecarte(
    issue: Issue,
    (genre, variante): (&str, &str),
    quoi: String,
    motif: String,
    nombre: usize,
) -> Estimate {
    Estimate {
        values: vec![
            texte(issue.code),
            texte(issue.nom),
            texte(genre),
            texte(variante),
            Value::Text(quoi),
            Value::Text(motif),
            entier(nombre),
        ],
        basis: SANS_PERSONNES,
    }
}

/// Cells of `att` that could not be estimated, one row per cohort and reason.
fn cellules(issue: Issue, variante: &str, att: &AttGt) -> Vec<Estimate> {
    let mut groupes: BTreeMap<(i32, &str), Vec<i32>> = BTreeMap::new();
    for s in &att.skipped {
        let motif = match s.reason {
            SkipReason::NoUnits => "aucun territoire d'un des deux côtés",
            SkipReason::NoOverlap => "les covariables disent presque qui est desservi",
            SkipReason::Singular => "trop peu de territoires pour les covariables",
        };
        groupes.entry((s.cohort, motif)).or_default().push(s.period);
    }
    groupes
        .into_iter()
        .map(|((cohorte, motif), periodes)| {
            let nom = |p: Option<&i32>| p.map_or_else(String::new, |p| issue.pas.libelle(*p));
            let quoi = format!(
                "Cohorte {} : de {} à {}",
                issue.pas.libelle(cohorte),
                nom(periodes.iter().min()),
                nom(periodes.iter().max())
            );
            ecarte(
                issue,
                ("cellules", variante),
                quoi,
                motif.to_string(),
                periodes.len(),
            )
        })
        .collect()
}

/// Cohorts of a panel of which `att` holds no effect after service.
fn cohortes_perdues(issue: Issue, att: &AttGt) -> Vec<String> {
    let perdues: std::collections::BTreeSet<i32> = att
        .skipped
        .iter()
        .map(|s| s.cohort)
        .filter(|g| !att.cells.iter().any(|c| c.cohort == *g && c.period >= *g))
        .collect();
    perdues.into_iter().map(|g| issue.pas.libelle(g)).collect()
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
            let listes = matches!(
                emploi,
                Emploi::ToujoursServi | Emploi::ServiHorsZone | Emploi::SansDepart
            );
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
                basis: SANS_PERSONNES,
            }
        })
        .collect()
}

/// The rows of one outcome.
struct Lot {
    moyen: Estimate,
    p: f64,
    variantes: Vec<Estimate>,
    ecartes: Vec<Estimate>,
    tables: Vec<(&'static str, Vec<Estimate>)>,
}

fn une_issue(m: &Mesures<'_>, plan: &Plan, options: &Options) -> stats::Result<Lot> {
    let issue = m.issue;
    let panel = m.panel(true)?;
    let att = estimate(&panel, options)?;
    let groupe = att.aggregate(Aggregation::Group)?;
    let retenu = groupe.overall;
    if retenu.se <= 0.0 {
        return Err(stats::Error::refused("effet sans erreur type"));
    }
    let base = m.base(None);
    let ligne = |code: &str, nom: &str, point: &PointEstimate, att: &AttGt| Estimate {
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
    let moyen = ligne("retenue", RETENUE, &retenu, &att);
    let mut ecartes = cellules(issue, RETENUE, &att);
    if !att.always_treated.is_empty() {
        let noms: Vec<&str> = att
            .always_treated
            .iter()
            .map(|id| {
                plan.territoires
                    .get(id)
                    .map_or(id.as_str(), |t| t.nom.as_str())
            })
            .collect();
        ecartes.push(ecarte(
            issue,
            ("toujours_servis", RETENUE),
            noms.join(", "),
            "desservis dès la première période de ce panel".into(),
            noms.len(),
        ));
    }
    if !m.sans_poids.is_empty() {
        ecartes.push(ecarte(
            issue,
            ("sans_poids", RETENUE),
            "Territoires sans personne à compter au départ".into(),
            "personne à compter avant la première desserte".into(),
            m.sans_poids.len(),
        ));
    }
    let mut variantes = Vec::new();
    let (ajuste, inutilisables) = m.ajuste()?;
    for (nom, manquent) in inutilisables {
        let motif = match manquent {
            0 => "la même partout : ajustement fait sans elle",
            _ => "inconnue pour une partie des territoires : ajustement fait sans elle",
        };
        ecartes.push(ecarte(
            issue,
            ("covariable", "Ajustées"),
            nom.into(),
            motif.into(),
            manquent,
        ));
    }
    let autres = [
        (
            "non_ponderee",
            "Chaque territoire compte autant",
            m.panel(false)?,
            *options,
        ),
        (
            "pas_encore",
            "Témoins : aussi ceux qui ne sont pas encore desservis",
            panel.clone(),
            Options {
                control: Control::NotYetTreated,
                ..*options
            },
        ),
        (
            "anticipation",
            "Effet permis dès la période d'avant (annonce)",
            panel.clone(),
            Options {
                anticipation: 1,
                ..*options
            },
        ),
        (
            "ajustee",
            "Ajustée sur la situation de départ, double robustesse",
            ajuste.clone(),
            Options {
                method: Method::DoublyRobust,
                ..*options
            },
        ),
        (
            "ajustee_regression",
            "Ajustée sur la situation de départ, régression",
            ajuste,
            Options {
                method: Method::OutcomeRegression,
                ..*options
            },
        ),
    ];
    for (code, nom, panel, options) in autres {
        let faite = estimate(&panel, &options).and_then(|att| Ok((moyenne(&att)?, att)));
        match faite {
            Ok((point, att)) => {
                let perdues = cohortes_perdues(issue, &att);
                let nom = match perdues.as_slice() {
                    [] => nom.to_string(),
                    [une] => format!("{nom} ; sans la cohorte {une}"),
                    _ => format!("{nom} ; sans les cohortes {}", perdues.join(", ")),
                };
                variantes.push(ligne(code, &nom, &point, &att));
                ecartes.extend(cellules(issue, &nom, &att));
            }
            Err(erreur) => ecartes.push(ecarte(
                issue,
                ("variante", nom),
                "Variante entière".into(),
                erreur.message().to_string(),
                m.unites.len(),
            )),
        }
    }
    let fenetre = 2 * issue.pas.par_an();
    let etude = att.aggregate(Aggregation::Dynamic {
        balance: None,
        min: -fenetre,
        max: fenetre,
    })?;
    // About the average that is printed, not about that of the event study, which counts every distance alike.
    let honnete = etude
        .honest_about(&groupe, &att.durations(), &issue.grille)
        .ok();
    let tables = vec![
        ("effet_par_trimestre", dynamique(m, &etude)),
        (
            "effet_verifications",
            vec![verifications(m, &panel, options, &etude, honnete.as_ref())],
        ),
        (
            "effet_sensibilite",
            sensibilite(m, &retenu, honnete.as_ref()),
        ),
        ("effet_naif", naif(m, &panel, options, &retenu)),
    ];
    Ok(Lot {
        p: retenu.p_value(),
        moyen,
        variantes,
        ecartes,
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

fn verifications(
    m: &Mesures<'_>,
    panel: &Panel,
    options: &Options,
    etude: &Aggregate,
    honnete: Option<&TrendSensitivity>,
) -> Estimate {
    let nombre = |x: Option<f64>| x.map_or(Value::Null, Value::Float);
    let placebo = pretest::placebo(panel, options, m.issue.pas.par_an())
        .ok()
        .map(|a| a.overall);
    Estimate {
        values: vec![
            texte(m.issue.code),
            texte(m.issue.nom),
            nombre(etude.wald(|e| e < 0).map(|w| w.p_value)),
            nombre(placebo.map(|p| p.estimate)),
            nombre(placebo.map(|p| p.lower)),
            nombre(placebo.map(|p| p.upper)),
            nombre(honnete.and_then(|h| h.breakdown)),
            nombre(honnete.and_then(|h| h.observed_curvature)),
        ],
        basis: m.base(None),
    }
}

fn sensibilite(
    m: &Mesures<'_>,
    retenu: &PointEstimate,
    honnete: Option<&TrendSensitivity>,
) -> Vec<Estimate> {
    let Some(honnete) = honnete else {
        return Vec::new();
    };
    let original = stats::Interval {
        estimate: retenu.estimate,
        lower: retenu.lower,
        upper: retenu.upper,
    };
    let ligne = |nom: String, i: &stats::Interval| Estimate {
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
    let strict = ligne("Tendances strictement parallèles".into(), &original);
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
