//! The design of the causal chapter: which territories are compared, from which date, and whether that can conclude.
//!
//! - unit: a territory of the Assurance maladie's panel; cohort: the period of its first effective tour, not of a label;
//! - always served (first tour in the first period of the panel or before): no "before", dropped and listed;
//! - controls: never served, rural and in ZIP or ZAC by the zonings of before the measure, outside the EPCI that a bus
//!   serves, where part of the effect may spill over;
//! - served but not eligible: dropped, for there is nothing alike to compare them with;
//! - weights and covariates are those of the first period of the panel.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::query::table::{RawTable, Value};
use crate::stats::did::quarter_index;

/// Fewest served territories for a causal conclusion.
pub const MIN_SERVIS: usize = 30;
/// Fewest clusters among the served, and among the controls: below, cluster-robust intervals are too narrow. MacKinnon &
/// Webb (2017), *Journal of Applied Econometrics* 32, 233–254.
pub const MIN_GRAPPES: usize = 10;

/// What a territory of the panel is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Emploi {
    /// Served within the panel, and eligible.
    Servi,
    /// Never served, eligible, away from any bus.
    Temoin,
    /// Served from the first period on.
    ToujoursServi,
    /// Served, but not rural, or outside ZIP and ZAC.
    ServiHorsZone,
    /// Not served, in an EPCI that is.
    Voisin,
    /// Not served, not rural or outside ZIP and ZAC, or of unknown zoning.
    HorsZone,
}

impl Emploi {
    /// All of them, in the order of the printed table, with code and French name.
    pub const TOUS: [(Emploi, &'static str, &'static str); 6] = [
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
    /// Patients in the first period: its weight.
    pub patients: f64,
    /// Share of patients of 70 and more in the first period, in per cent.
    pub part_70_plus: f64,
    /// APL in the first period, where known.
    pub apl: Option<f64>,
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
            .colonnes
            .iter()
            .position(|c| c.nom == nom)
            .ok_or_else(|| {
                Error::usage(format!(
                    "requête {} : la colonne {nom} manque, l'évaluation en a besoin",
                    definition.nom
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
        let (patients, ages, apl, periode) = (
            c.indice("base_patients")?,
            c.indice("base_part_70_plus")?,
            c.indice("base_apl")?,
            c.indice("periode")?,
        );
        let debut = panel
            .rows
            .iter()
            .filter_map(|r| quarter_index(texte(&r[periode])?))
            .min()
            .unwrap_or(i32::MAX);
        let mut territoires = BTreeMap::new();
        for row in &panel.rows {
            let Some(id) = texte(&row[code]) else {
                continue;
            };
            if territoires.contains_key(id) {
                continue;
            }
            let cohorte = texte(&row[premier]).and_then(quarter_index);
            let eligible = texte(&row[eligible]) == Some("oui");
            let emploi = match cohorte {
                Some(g) if g <= debut => Emploi::ToujoursServi,
                Some(_) if eligible => Emploi::Servi,
                Some(_) => Emploi::ServiHorsZone,
                None if texte(&row[voisin]) == Some("oui") => Emploi::Voisin,
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
                    patients: row[patients].as_f64().unwrap_or(0.0),
                    part_70_plus: row[ages].as_f64().unwrap_or(f64::NAN),
                    apl: row[apl].as_f64(),
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

    /// Whether there are enough served territories, and enough clusters on each side, for a causal conclusion.
    pub fn conclut(&self) -> bool {
        let (servis, grappes) = self.compte(Emploi::Servi);
        let (_, temoins) = self.compte(Emploi::Temoin);
        servis >= MIN_SERVIS && grappes >= MIN_GRAPPES && temoins >= MIN_GRAPPES
    }
}
