//! The rows of the tables of estimates: one struct per table. A field is a column; its name, heading, role and format
//! stand beside it, and the table's header is made of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use base::definition::{Column, Definition, Format, Role};
use base::error::{Context, Result};
use base::table::Value;
use disclosure::estimate::{Basis, Estimate};

/// What the tables are about: title, definition, formula, sources.
const HEADERS: &str = include_str!("estimations.toml");

/// A row of a table of estimates.
pub trait EstimateRow {
    /// Name of its table.
    const TABLE: &'static str;

    /// Its values, in the order of the columns.
    fn values(self) -> Vec<Value>;
}

/// A row, and what stands behind its estimates.
#[derive(Debug, Clone)]
pub struct Backed<R> {
    /// The row.
    pub row: R,
    /// What stands behind it.
    pub basis: Basis,
}

impl<R> Backed<R> {
    /// A row and what stands behind it.
    pub fn new(row: R, basis: Basis) -> Self {
        Self { row, basis }
    }

    /// A row about territories only: nothing about people stands in it.
    pub fn without_people(row: R) -> Self {
        let basis = Basis {
            territories: None,
            people: 0,
            cases: None,
        };
        Self { row, basis }
    }
}

/// The rows of each table, by its name; a table without rows was not estimated.
pub type EstimateTables = BTreeMap<&'static str, Vec<Estimate>>;

/// Adds rows at the end of their table.
pub fn add<R: EstimateRow>(tables: &mut EstimateTables, rows: impl IntoIterator<Item = Backed<R>>) {
    let estimates = rows.into_iter().map(|backed| Estimate {
        values: backed.row.values(),
        basis: backed.basis,
    });
    let mut estimates = estimates.peekable();
    if estimates.peek().is_some() {
        tables.entry(R::TABLE).or_default().extend(estimates);
    }
}

/// The headers of the tables of estimates, by name.
///
/// # Errors
/// If `estimations.toml` is wrong.
pub fn headers() -> Result<BTreeMap<String, Arc<Definition>>> {
    #[derive(Deserialize)]
    struct File {
        table: Vec<toml::Table>,
    }
    let fail = || "en-têtes des estimations".to_string();
    let file: File = toml::from_str(HEADERS).usage(fail)?;

    file.table
        .into_iter()
        .map(|mut header| {
            header.insert("colonnes".into(), toml::Value::Array(Vec::new()));
            let mut definition: Definition = header.try_into().usage(fail)?;
            definition.columns = columns(&definition.name);
            Ok((definition.name.clone(), Arc::new(definition)))
        })
        .collect()
}

fn column(name: &str, title: &str, role: Role, format: Format) -> Column {
    Column {
        name: name.into(),
        title: title.into(),
        role,
        format,
        total: None,
        additive: Vec::new(),
        guard: None,
        people: BTreeMap::new(),
        numerator: None,
        denominator: None,
    }
}

/// Declares rows: `struct name, "table" { field: type => "column", "heading", role, format; … }`.
macro_rules! estimate_rows {
    ($(
        $(#[$about:meta])*
        $row:ident, $table:literal {
            $($field:ident: $type:ty => $name:literal, $title:literal, $role:ident, $format:ident;)+
        }
    )+) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone)]
            pub struct $row {
                $(#[doc = $title] pub $field: $type,)+
            }

            impl EstimateRow for $row {
                const TABLE: &'static str = $table;

                fn values(self) -> Vec<Value> {
                    vec![$(self.$field.into()),+]
                }
            }
        )+

        /// The columns of a table of estimates; none for a table that has no row type.
        fn columns(table: &str) -> Vec<Column> {
            match table {
                $($table => vec![$(column($name, $title, Role::$role, Format::$format)),+],)+
                _ => Vec::new(),
            }
        }
    };
}

estimate_rows! {
    /// Average effect over those served: the retained estimate of an outcome, then its variants.
    AverageEffect, "effet_moyen" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        unit: &'static str => "unite", "Unité", Label, Text;
        variant: &'static str => "specification", "Code de la variante", Category, Text;
        variant_name: String => "nom_specification", "Variante", Label, Text;
        effect: f64 => "effet", "Effet", Measure, Decimal2;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Decimal2;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Decimal2;
        standard_error: f64 => "erreur_type", "Erreur type", Measure, Decimal2;
        adjusted_p: Option<f64> => "p_ajustee", "p ajustée", Measure, Probability;
        detectable: Option<f64> => "decelable", "Plus petit effet décelable", Measure, Decimal2;
        served: usize => "servis", "Territoires desservis", Open, Integer;
        controls: usize => "temoins", "Territoires témoins", Open, Integer;
        clusters: usize => "grappes", "Grappes (EPCI)", Open, Integer;
        people: Option<f64> => "personnes", "En personnes", Measure, Integer;
        people_lower: Option<f64> => "personnes_bas", "En personnes, bas", Measure, Integer;
        people_upper: Option<f64> => "personnes_haut", "En personnes, haut", Measure, Integer;
    }

    /// Effect at one distance from the first tour.
    EffectByDistance, "effet_par_trimestre" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        distance: i32 => "distance", "Distance", Category, Integer;
        effect: f64 => "effet", "Effet", Measure, Decimal2;
        lower: Option<f64> => "bas", "IC 95 %, bas", Measure, Decimal2;
        upper: Option<f64> => "haut", "IC 95 %, haut", Measure, Decimal2;
        band_lower: Option<f64> => "bande_basse", "Bande simultanée, bas", Measure, Decimal2;
        band_upper: Option<f64> => "bande_haute", "Bande simultanée, haut", Measure, Decimal2;
        served: usize => "servis", "Territoires desservis", Open, Integer;
    }

    /// Checks of the assumption of parallel trends.
    TrendChecks, "effet_verifications" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        p_before: Option<f64> => "p_avant", "p du test d'avant", Measure, Probability;
        placebo: Option<f64> => "placebo", "Effet de la fausse date", Measure, Decimal2;
        placebo_lower: Option<f64> => "placebo_bas", "IC 95 %, bas", Measure, Decimal2;
        placebo_upper: Option<f64> => "placebo_haut", "IC 95 %, haut", Measure, Decimal2;
        breakdown: Option<f64> => "rupture", "Courbure qui annule", Measure, Decimal2;
        curvature: Option<f64> => "courbure", "Courbure observée avant", Measure, Decimal2;
        slope: Option<f64> => "pente_decelable", "Pente que le test d'avant aurait vue", Measure, Decimal2;
        slope_bias: Option<f64> => "biais_pente", "Ce qu'elle ajouterait à l'effet", Measure, Decimal2;
        multiple: Option<f64> => "multiple", "Multiple de l'écart d'avant qui annule", Measure, Decimal2;
    }

    /// Average effect if trends were not quite parallel.
    TrendSensitivity, "effet_sensibilite" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        m: String => "m", "M", Category, Text;
        effect: f64 => "effet", "Effet corrigé", Measure, Decimal2;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Decimal2;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Decimal2;
    }

    /// What a naive method would give.
    NaiveEffect, "effet_naif" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        method: &'static str => "methode", "Code de la méthode", Category, Text;
        method_name: &'static str => "nom_methode", "Méthode", Label, Text;
        effect: f64 => "effet", "Chiffre obtenu", Measure, Decimal2;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Decimal2;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Decimal2;
        negative: Option<f64> => "poids_negatifs", "Part des poids négatifs", Measure, Percent;
    }

    /// Territories of one use in the estimation.
    Sample, "effet_echantillon" {
        role: &'static str => "emploi", "Code", Category, Text;
        role_name: &'static str => "nom_emploi", "Emploi", Label, Text;
        territories: usize => "territoires", "Territoires", Open, Integer;
        epci: usize => "epci", "Intercommunalités", Open, Integer;
        names: Option<String> => "noms", "Lesquels", Label, Text;
    }

    /// Average effect on the neighbours of those served.
    NeighbourEffect, "effet_voisins" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        unit: &'static str => "unite", "Unité", Label, Text;
        effect: f64 => "effet", "Effet", Measure, Decimal2;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Decimal2;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Decimal2;
        detectable: Option<f64> => "decelable", "Plus petit effet décelable", Measure, Decimal2;
        neighbours: usize => "voisins", "Territoires voisins", Open, Integer;
        controls: usize => "temoins", "Territoires témoins", Open, Integer;
        clusters: usize => "grappes", "Grappes (EPCI)", Open, Integer;
    }

    /// Average effect on one part of those served, beside the other parts.
    EffectForWhom, "effet_pour_qui" {
        split: &'static str => "selon", "Code de la comparaison", Category, Text;
        split_name: &'static str => "nom_selon", "Selon", Label, Text;
        part: &'static str => "groupe", "Code du groupe", Category, Text;
        part_name: &'static str => "nom_groupe", "Groupe", Label, Text;
        effect: f64 => "effet", "Effet", Measure, Decimal2;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Decimal2;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Decimal2;
        served: usize => "servis", "Territoires desservis", Open, Integer;
        clusters: usize => "grappes", "Intercommunalités desservies", Open, Integer;
        p: f64 => "p", "p de l'écart entre groupes", Measure, Probability;
        adjusted_p: f64 => "p_ajustee", "p ajustée", Measure, Probability;
    }

    /// Territories where another measure began or ended during the panel.
    OtherMeasure, "effet_mesures" {
        measure: String => "mesure", "Code de la mesure", Category, Text;
        measure_name: String => "nom_mesure", "Autre mesure", Label, Text;
        served: usize => "servis", "Territoires desservis", Open, Integer;
        controls: usize => "temoins", "Territoires témoins", Open, Integer;
        neighbours: usize => "voisins", "Voisins", Open, Integer;
    }

    /// Checks of the error where clusters are few.
    FewClusters, "effet_grappes" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        effect: f64 => "effet", "Effet", Measure, Decimal2;
        clusters: usize => "grappes", "Intercommunalités desservies", Open, Integer;
        effective: f64 => "efficaces", "Grappes égales qui pèseraient autant", Measure, Decimal1;
        standard_error: f64 => "erreur_type", "Erreur type retenue", Measure, Decimal2;
        jackknife: Option<f64> => "jackknife", "Erreur type du jackknife", Measure, Decimal2;
        lower: Option<f64> => "bas", "IC 95 % du jackknife, bas", Measure, Decimal2;
        upper: Option<f64> => "haut", "IC 95 % du jackknife, haut", Measure, Decimal2;
        p: Option<f64> => "p", "Réaffectations aussi loin de zéro", Measure, Probability;
        draws: Option<usize> => "tirages", "Réaffectations", Open, Integer;
        largest: f64 => "plus_grande", "Part de la plus grande", Measure, Percent;
        without_cluster_lower: Option<f64> => "sans_une_bas", "Sans l'une d'elles, bas", Measure, Decimal2;
        without_cluster_upper: Option<f64> => "sans_une_haut", "Sans l'une d'elles, haut", Measure, Decimal2;
        without_cohort_lower: Option<f64> => "sans_cohorte_bas", "Sans l'une des cohortes, bas", Measure, Decimal2;
        without_cohort_upper: Option<f64> => "sans_cohorte_haut", "Sans l'une des cohortes, haut", Measure, Decimal2;
    }

    /// What was known of those served and of the controls before, beside each other.
    Balance, "effet_equilibre" {
        covariate: &'static str => "situation", "Situation de départ", Category, Text;
        served: f64 => "servis", "Desservis", Measure, Decimal2;
        controls: f64 => "temoins", "Témoins", Measure, Decimal2;
        difference: f64 => "ecart", "Écart, en écarts types", Measure, Decimal2;
    }

    /// What was done otherwise than planned.
    PlanDeparture, "effet_plan" {
        point: String => "point", "Point", Category, Text;
        planned: String => "prevu", "Prévu", Label, Text;
        done: String => "fait", "Fait", Label, Text;
    }

    /// What could not enter the estimation.
    SetAside, "effet_ecartes" {
        outcome: &'static str => "issue", "Code de l'indicateur", Category, Text;
        outcome_name: &'static str => "nom_issue", "Indicateur", Label, Text;
        kind: &'static str => "genre", "Code du motif", Category, Text;
        variant: String => "variante", "Variante", Label, Text;
        what: String => "quoi", "Quoi", Label, Text;
        reason: String => "motif", "Motif", Label, Text;
        count: usize => "nombre", "Nombre", Open, Integer;
    }

    /// Share without médecin traitant at a comparable structure.
    StandardisedShare, "part_sans_mt_standardisee" {
        zone: String => "code_zone", "Code", Zone, Text;
        zone_name: String => "nom_zone", "Zone", Label, Text;
        share: f64 => "standardisee", "Part standardisée", Measure, Percent;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Percent;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Percent;
        covered: f64 => "couverture", "Structure de référence couverte", Measure, Percent;
    }

    /// One part of the change of the share without médecin traitant.
    ChangePart, "decomposition" {
        part: &'static str => "partie", "Code", Category, Text;
        part_name: &'static str => "nom_partie", "Partie de l'évolution", Label, Text;
        points: f64 => "points", "Points", Measure, Points;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Points;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Points;
    }

    /// Interval of a share over buses.
    ClusteredInterval, "parts_en_grappes" {
        indicator: &'static str => "indicateur", "Code de la part", Category, Text;
        indicator_name: &'static str => "nom_indicateur", "Part", Label, Text;
        zone: String => "code_zone", "Code", Zone, Text;
        zone_name: String => "nom_zone", "Zone", Label, Text;
        year: i32 => "annee", "Année", Period, Text;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Percent;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Percent;
        buses: usize => "medicobus", "Médicobus", Open, Integer;
    }

    /// Change of a share from one year to the next, with its interval over buses.
    ClusteredChange, "evolutions_en_grappes" {
        indicator: &'static str => "indicateur", "Code de la part", Category, Text;
        indicator_name: &'static str => "nom_indicateur", "Part", Label, Text;
        zone: String => "code_zone", "Code", Zone, Text;
        zone_name: String => "nom_zone", "Zone", Label, Text;
        year: i32 => "annee", "Année", Period, Text;
        points: f64 => "points", "Points", Measure, Points;
        lower: f64 => "bas", "IC 95 %, bas", Measure, Points;
        upper: f64 => "haut", "IC 95 %, haut", Measure, Points;
    }

    /// Growth of a count over those who were there both years.
    SamePerimeter, "perimetre_constant" {
        measure: &'static str => "mesure", "Code de la mesure", Category, Text;
        measure_name: &'static str => "nom_mesure", "Mesure", Label, Text;
        year: i32 => "annee", "Année", Period, Text;
        perimeter: &'static str => "perimetre", "Ce qui est constant", Label, Text;
        count: usize => "nombre", "Combien sont constants", Open, Integer;
        growth: f64 => "evolution", "Évolution à périmètre constant", Measure, Percent;
    }

    /// Delays at the bus, or of the requests of one side of the survey.
    DelayInterval, "delais_intervalles" {
        place: &'static str => "code", "Code", Category, Text;
        place_name: &'static str => "nom", "Où", Label, Text;
        median: Option<f64> => "mediane", "Délai médian", Measure, Days;
        lower: Option<f64> => "bas", "IC 95 %, bas", Measure, Days;
        upper: Option<f64> => "haut", "IC 95 %, haut", Measure, Days;
        timely: Option<f64> => "part_14", "Obtenu en 14 jours", Measure, Percent;
        timely_lower: Option<f64> => "part_14_bas", "IC 95 %, bas", Measure, Percent;
        timely_upper: Option<f64> => "part_14_haut", "IC 95 %, haut", Measure, Percent;
        p: Option<f64> => "p", "p de l'écart", Measure, Probability;
    }
}
