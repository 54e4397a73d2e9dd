//! The design of the causal chapter: which territories are compared, from which date, and whether that can conclude.
//!
//! - unit: a territory of the Assurance maladie's panel; cohort: the period of its first effective tour, not of a label;
//! - always served (first tour in the first period of its région's panel or before): no "before", dropped and listed;
//! - no row in that first period: nothing is known of it before, dropped and listed;
//! - controls: never served, rural and in ZIP or ZAC by the zonings of before the measure, outside the EPCI that a bus
//!   serves, where part of the effect may spill over;
//! - served but not eligible: dropped, for there is nothing alike to compare them with;
//! - weights and covariates are those of the first period of the région's panel.

use std::collections::{BTreeMap, BTreeSet};

use super::quarter::quarter_index;
use base::error::{Error, Result};
use base::table::{RawTable, Value};

/// Fewest served territories for a causal conclusion.
pub const MIN_SERVIS: usize = 30;
/// Fewest clusters among the served, and among the controls: below, cluster-robust intervals are too narrow. MacKinnon &
/// Webb (2017), *Journal of Applied Econometrics* 32, 233–254. From ten on, Student's quantiles make up for it: see
/// [`stats::did::inference`], and the coverage that its tests measure.
pub const MIN_GRAPPES: usize = 10;

/// Why no causal conclusion is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motif {
    /// Too few served territories.
    Servis,
    /// Enough of them, in too few clusters.
    Grappes,
    /// Too few clusters of controls.
    Temoins,
    /// Enough territories, if their zonings were known.
    Zonages,
    /// Enough territories, but no outcome of theirs could be estimated.
    Estimation,
}

impl Motif {
    /// How templates name it.
    pub fn code(self) -> &'static str {
        match self {
            Motif::Servis => "servis",
            Motif::Grappes => "grappes",
            Motif::Temoins => "temoins",
            Motif::Zonages => "zonages",
            Motif::Estimation => "estimation",
        }
    }
}

/// What a territory of the panel is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emploi {
    /// Served within the panel, and eligible.
    Servi,
    /// Never served, eligible, away from any bus.
    Temoin,
    /// Served from the first period on.
    ToujoursServi,
    /// Fit to be estimated or a control, but not told about in the first period: nothing known of it before.
    SansDepart,
    /// Served, but not rural, or outside ZIP and ZAC.
    ServiHorsZone,
    /// Not served, in an EPCI that is.
    Voisin,
    /// Not served, not rural or outside ZIP and ZAC, or of unknown zoning.
    HorsZone,
}

impl Emploi {
    /// All of them, in the order of the printed table, with code and French name.
    pub const TOUS: [(Emploi, &'static str, &'static str); 7] = [
        (
            Emploi::Servi,
            "servi",
            "Desservis en cours de panel : estimés",
        ),
        (
            Emploi::Temoin,
            "temoin",
            "Jamais desservis, ruraux en ZIP ou ZAC : témoins",
        ),
        (
            Emploi::ToujoursServi,
            "toujours_servi",
            "Desservis dès le début du panel : écartés",
        ),
        (
            Emploi::SansDepart,
            "sans_depart",
            "Sans relevé au premier trimestre du panel : écartés",
        ),
        (
            Emploi::ServiHorsZone,
            "servi_hors_zone",
            "Desservis hors des zones éligibles : écartés",
        ),
        (
            Emploi::Voisin,
            "voisin",
            "Voisins (même intercommunalité) : écartés",
        ),
        (
            Emploi::HorsZone,
            "hors_zone",
            "Non desservis hors des zones éligibles : écartés",
        ),
    ];
}

/// One territory.
#[derive(Debug, Clone, PartialEq)]
pub struct Territoire {
    /// Name.
    pub nom: String,
    /// Its cluster: its EPCI, or itself.
    pub grappe: String,
    /// Use.
    pub emploi: Emploi,
    /// Quarter of its first tour ([`quarter_index`]).
    pub cohorte: Option<i32>,
    /// Patients in the first period, 0 if not told about then.
    pub patients: f64,
    /// Of them, with an ALD.
    pub ald: f64,
    /// Of them, of 70 and more.
    pub ages_70_plus: f64,
    /// APL in the first period, where known.
    pub apl: Option<f64>,
    /// Whether its zoning is unknown.
    pub sans_zonage: bool,
}

/// The territories of the panel, by code.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Territories.
    pub territoires: BTreeMap<String, Territoire>,
}

/// Columns of an answer, read by name.
pub struct Colonnes<'a> {
    table: &'a RawTable,
}

impl<'a> Colonnes<'a> {
    /// The columns of `table`.
    pub fn new(table: &'a RawTable) -> Self {
        Self { table }
    }

    /// Index of a column.
    ///
    /// # Errors
    /// A query that was changed and no longer has it.
    pub fn indice(&self, nom: &str) -> Result<usize> {
        let definition = &self.table.definition;
        definition
            .columns
            .iter()
            .position(|c| c.name == nom)
            .ok_or_else(|| {
                Error::usage(format!(
                    "requête {} : la colonne {nom} manque, l'évaluation en a besoin",
                    definition.name
                ))
                .hint("reprenez la requête publiée, ou ajoutez la colonne à la vôtre")
            })
    }
}

fn texte(valeur: &Value) -> Option<&str> {
    valeur.as_text().filter(|t| !t.is_empty())
}

impl Plan {
    /// Reads the design from the answer of `panel_territoires`.
    ///
    /// # Errors
    /// A column that is missing.
    pub fn lire(panel: &RawTable) -> Result<Self> {
        let c = Colonnes::new(panel);
        let (code, nom, epci) = (
            c.indice("code_zone")?,
            c.indice("nom_zone")?,
            c.indice("siren_epci")?,
        );
        let (premier, voisin, eligible) = (
            c.indice("premier_trimestre")?,
            c.indice("voisin")?,
            c.indice("eligible")?,
        );
        let (patients, ald, ages, apl) = (
            c.indice("base_patients")?,
            c.indice("base_ald")?,
            c.indice("base_ages_70_plus")?,
            c.indice("base_apl")?,
        );
        let (periode, region) = (c.indice("periode")?, c.indice("code_region")?);
        let mut debuts: BTreeMap<Option<&str>, i32> = BTreeMap::new();
        for row in &panel.rows {
            if let Some(t) = texte(&row[periode]).and_then(quarter_index) {
                let debut = debuts.entry(texte(&row[region])).or_insert(t);
                *debut = (*debut).min(t);
            }
        }
        let mut territoires = BTreeMap::new();
        for row in &panel.rows {
            let Some(id) = texte(&row[code]) else {
                continue;
            };
            if territoires.contains_key(id) {
                continue;
            }
            let cohorte = texte(&row[premier]).and_then(quarter_index);
            let debut = debuts.get(&texte(&row[region])).copied();
            let sans_zonage = !matches!(texte(&row[eligible]), Some("oui" | "non"));
            let eligible = texte(&row[eligible]) == Some("oui");
            let nombre = |i: usize| row[i].as_f64().unwrap_or(0.0);
            let connu = nombre(patients) > 0.0;
            let emploi = match cohorte {
                Some(g) if debut.is_none_or(|d| g <= d) => Emploi::ToujoursServi,
                Some(_) if eligible && !connu => Emploi::SansDepart,
                Some(_) if eligible => Emploi::Servi,
                Some(_) => Emploi::ServiHorsZone,
                None if texte(&row[voisin]) == Some("oui") => Emploi::Voisin,
                None if eligible && !connu => Emploi::SansDepart,
                None if eligible => Emploi::Temoin,
                None => Emploi::HorsZone,
            };
            territoires.insert(
                id.to_string(),
                Territoire {
                    nom: texte(&row[nom]).unwrap_or(id).to_string(),
                    grappe: texte(&row[epci]).unwrap_or(id).to_string(),
                    emploi,
                    cohorte,
                    patients: nombre(patients),
                    ald: nombre(ald),
                    ages_70_plus: nombre(ages),
                    apl: row[apl].as_f64(),
                    sans_zonage,
                },
            );
        }
        Ok(Self { territoires })
    }

    /// Territories of one use.
    pub fn de(&self, emploi: Emploi) -> impl Iterator<Item = (&String, &Territoire)> {
        self.territoires
            .iter()
            .filter(move |(_, t)| t.emploi == emploi)
    }

    /// Number of territories of one use, and of their clusters.
    pub fn compte(&self, emploi: Emploi) -> (usize, usize) {
        let grappes: BTreeSet<&str> = self.de(emploi).map(|(_, t)| t.grappe.as_str()).collect();
        (self.de(emploi).count(), grappes.len())
    }

    /// Number of territories whose zoning is unknown.
    pub fn sans_zonage(&self) -> usize {
        self.territoires.values().filter(|t| t.sans_zonage).count()
    }

    /// Why the design allows no causal conclusion: too few served territories, or too few clusters on one side. Nothing if it
    /// does.
    pub fn motif(&self) -> Option<Motif> {
        let (servis, grappes) = self.compte(Emploi::Servi);
        let (_, temoins) = self.compte(Emploi::Temoin);
        let manque = |servis: usize, grappes: usize, temoins: usize| {
            if servis < MIN_SERVIS {
                Some(Motif::Servis)
            } else if grappes < MIN_GRAPPES {
                Some(Motif::Grappes)
            } else if temoins < MIN_GRAPPES {
                Some(Motif::Temoins)
            } else {
                None
            }
        };
        let motif = manque(servis, grappes, temoins)?;
        // Would it do if every unknown zoning turned out eligible?
        let avec = |emploi: Emploi, inconnu: Emploi| {
            let (mut nombre, mut grappes) = (0, BTreeSet::new());
            for t in self.territoires.values() {
                if t.emploi == emploi || (t.emploi == inconnu && t.sans_zonage) {
                    nombre += 1;
                    grappes.insert(t.grappe.as_str());
                }
            }
            (nombre, grappes.len())
        };
        let (servis, grappes) = avec(Emploi::Servi, Emploi::ServiHorsZone);
        let (_, temoins) = avec(Emploi::Temoin, Emploi::HorsZone);
        match manque(servis, grappes, temoins) {
            None => Some(Motif::Zonages),
            Some(_) => Some(motif),
        }
    }

    /// Whether there are enough served territories, and enough clusters on each side, for a causal conclusion.
    pub fn conclut(&self) -> bool {
        self.motif().is_none()
    }
}
