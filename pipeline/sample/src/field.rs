//! Tables, their columns, and the fields of a row before a dialect writes them.

use chrono::NaiveDate;

/// One of the tables of a delivery, in the order of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// State: one row per project.
    Medicobus,
    /// State: one row per bus and commune served.
    Dessertes,
    /// Flow: one row per bus, day and stop.
    Tournees,
    /// Flow: one row per consultation honoured.
    Consultations,
    /// Flow: one row per project, year, funder and nature.
    Financements,
    /// Flow: the panel of served and not served territories, by quarter.
    Territoires,
    /// Flow: one row per request of the appointment survey.
    DelaisMg,
    /// Flow: events of the lasting offer.
    Offre,
    /// State, since 2026: one row per project and requirement of the cahier des charges.
    ProjetsCahier,
    /// Flow, since 2026: one row per bus and month.
    Demandes,
    /// State, since 2026: one row per other measure of a territory.
    MesuresConcurrentes,
    /// Flow, since 2026: one row per région and year.
    Objectifs,
}

impl Table {
    /// All tables, in the order of writing.
    pub const ALL: [Table; 12] = [
        Table::Medicobus,
        Table::Dessertes,
        Table::Tournees,
        Table::Consultations,
        Table::Financements,
        Table::Territoires,
        Table::DelaisMg,
        Table::Offre,
        Table::ProjetsCahier,
        Table::Demandes,
        Table::MesuresConcurrentes,
        Table::Objectifs,
    ];

    /// The table's name in files and in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Table::Medicobus => "medicobus",
            Table::Dessertes => "dessertes",
            Table::Tournees => "tournees",
            Table::Consultations => "consultations",
            Table::Financements => "financements",
            Table::Territoires => "territoires",
            Table::DelaisMg => "delais_mg",
            Table::Offre => "offre",
            Table::ProjetsCahier => "projets_cahier",
            Table::Demandes => "demandes",
            Table::MesuresConcurrentes => "mesures_concurrentes",
            Table::Objectifs => "objectifs",
        }
    }

    /// The columns, in the order of the rows.
    #[rustfmt::skip]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Table::Medicobus => &[
                "id_medicobus", "nom", "code_region", "code_departement", "porteur_type", "porteur", "vague",
                "date_labellisation", "date_mise_en_service", "date_fin", "jours_par_semaine",
            ],
            Table::Dessertes => &[
                "id_medicobus", "code_commune", "date_debut", "date_fin", "jour",
            ],
            Table::Tournees => &[
                "id_medicobus", "date", "code_commune", "heure_debut", "heure_fin", "creneaux_offerts",
                "creneaux_honores", "absences", "annulations", "nature", "annulee",
            ],
            Table::Consultations => &[
                "id_consultation", "id_medicobus", "date_consultation", "date_demande", "code_commune", "cle_patient",
                "tranche_age", "sexe", "ald", "c2s", "isole", "statut_mt", "mode", "discipline", "nature",
                "non_programme", "adressage", "cle_praticien", "orientation", "mt_declare_le",
            ],
            Table::Financements => &["id_medicobus", "annee", "financeur", "nature", "montant"],
            Table::Territoires => &[
                "code_territoire", "type_territoire", "periode", "patients", "patients_sans_mt", "ald", "ald_sans_mt",
                "ages_70_plus", "ages_70_plus_sans_mt", "mg_etp", "apl",
            ],
            Table::DelaisMg => &[
                "id_demande", "code_territoire", "date_demande", "motif", "resultat", "delai_jours",
            ],
            Table::Offre => &["code_commune", "date", "type", "etp"],
            Table::ProjetsCahier => &["id_medicobus", "exigence", "reponse", "date"],
            Table::Demandes => &[
                "id_medicobus", "mois", "demandes", "rendez_vous", "reorientees", "refusees", "motif_refus_principal",
            ],
            Table::MesuresConcurrentes => &[
                "code_territoire", "type_territoire", "mesure", "date_debut", "date_fin",
            ],
            Table::Objectifs => &["code_region", "annee", "cible_medicobus", "enveloppe_fir", "montant_engage"],
        }
    }

    /// The columns that the table gained with the deliveries of 2026, after the others.
    pub fn later_columns(self) -> &'static [&'static str] {
        match self {
            Table::Medicobus => &["motif_fin"],
            Table::Tournees => &["jour_dedie"],
            Table::Consultations => &["statut_praticien"],
            Table::Financements => &["engage"],
            _ => &[],
        }
    }

    /// Rank of a column.
    pub fn rank(self, column: &str) -> Option<usize> {
        self.columns().iter().position(|c| *c == column)
    }
}

/// A field, not yet in any dialect.
#[derive(Debug, Clone, PartialEq)]
pub enum Field<'a> {
    /// Nothing.
    Empty,
    /// Text, a code or a word of an enumeration.
    Text(&'a str),
    /// A prefix and a number: `28-61-ORNE-EST-000042`.
    Numbered(&'a str, u32),
    /// A pseudonym, written as sixteen hexadecimal digits.
    Key(u64),
    /// A whole number.
    Integer(i64),
    /// A decimal number with one decimal, in tenths; not negative.
    Tenths(i64),
    /// A decimal number with two decimals, in hundredths; not negative.
    Hundredths(i64),
    /// A day.
    Date(NaiveDate),
    /// A time of day, in minutes since midnight.
    Time(u16),
    /// Yes or no.
    Bool(bool),
    /// Text made for one row alone.
    Owned(String),
}

/// A row, in the order of [`Table::columns`].
pub type FieldRow<'a> = Vec<Field<'a>>;
