//! Deliberate errors, each listed with the line and the rule that must catch it.
//!
//! A refused row is added after the sound row that it copies, so the sound data stay whole and agree between tables; a row that
//! only deserves a warning is changed in place.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::delivery::DeliveryWriter;
use super::field::{Field, FieldRow, Table};
use super::rng::{day, days_later};
use base::error::Result;

/// What is done to a field.
#[derive(Debug, Clone, Copy)]
enum Mutation {
    /// The field is emptied.
    Clear,
    /// Another text.
    Set(&'static str),
    /// Nothing: the row comes twice.
    Duplicate,
    /// A day of 2062 for one of 2026.
    Future,
    /// 29 February of 2023, in the dialect's own form.
    ImpossibleDay,
    /// A day of 2023 in a later delivery.
    Before,
    /// Three days after the date of another column.
    After(&'static str),
    /// One more than the number of another column.
    OneMore(&'static str),
    /// A declared médecin traitant for a patient who has one.
    NeedlessDeclaration,
    /// A delay for a refused request.
    NeedlessDelay,
    /// Leading zero of the commune lost by a spreadsheet.
    DropZero,
    /// Code of a commune merged into the stop.
    FormerCode,
}

struct PlantedError(Table, &'static str, &'static str, Mutation);

use Mutation::{
    After, Before, Clear, DropZero, Duplicate, FormerCode, Future, ImpossibleDay,
    NeedlessDeclaration, NeedlessDelay, OneMore, Set,
};

// A table reads best as one: a line per error.
#[rustfmt::skip]
const PLANTED_ERRORS: &[PlantedError] = &[
    PlantedError(Table::Consultations, "code_commune", "zero_retabli", DropZero),
    PlantedError(Table::Consultations, "code_commune", "commune_fusionnee", FormerCode),
    PlantedError(Table::Consultations, "id_consultation", "unicite", Duplicate),
    PlantedError(Table::Consultations, "code_commune", "commune_inconnue", Set("99999")),
    PlantedError(Table::Consultations, "date_demande", "demande_avant_consultation", After("date_consultation")),
    PlantedError(Table::Consultations, "statut_mt", "valeur_admise", Set("retraité")),
    PlantedError(Table::Consultations, "date_consultation", "periode", Before),
    PlantedError(Table::Consultations, "id_medicobus", "cle_etrangere", Set("99-XX-INCONNU")),
    PlantedError(Table::Consultations, "tranche_age", "requis", Clear),
    PlantedError(Table::Consultations, "date_consultation", "date_future", Future),
    PlantedError(Table::Consultations, "date_consultation", "type", ImpossibleDay),
    PlantedError(Table::Consultations, "mt_declare_le", "mt_declare_sans", NeedlessDeclaration),
    PlantedError(Table::Consultations, "id_consultation", "requis", Clear),
    PlantedError(Table::Consultations, "tranche_age", "valeur_admise", Set("45-60")),
    PlantedError(Table::Consultations, "sexe", "valeur_admise", Set("X")),
    PlantedError(Table::Consultations, "ald", "valeur_admise", Set("peut-être")),
    PlantedError(Table::Consultations, "ald", "requis", Clear),
    PlantedError(Table::Consultations, "code_commune", "requis", Clear),
    PlantedError(Table::Consultations, "mode", "valeur_admise", Set("téléphone")),
    PlantedError(Table::Consultations, "discipline", "valeur_admise", Set("dermatologie")),
    PlantedError(Table::Consultations, "nature", "valeur_admise", Set("suivi")),
    PlantedError(Table::Consultations, "non_programme", "valeur_admise", Set("parfois")),
    PlantedError(Table::Consultations, "adressage", "valeur_admise", Set("bouche à oreille")),
    PlantedError(Table::Consultations, "orientation", "valeur_admise", Set("ami")),
    PlantedError(Table::Consultations, "statut_mt", "requis", Clear),
    PlantedError(Table::Tournees, "creneaux_honores", "honores_offerts", OneMore("creneaux_offerts")),
    PlantedError(Table::Tournees, "creneaux_offerts", "type", Set("dix")),
    PlantedError(Table::Tournees, "code_commune", "commune_inconnue", Set("99999")),
    PlantedError(Table::Tournees, "date", "requis", Clear),
    PlantedError(Table::Tournees, "absences", "borne", Set("-3")),
    PlantedError(Table::Tournees, "id_medicobus", "cle_etrangere", Set("99-XX-INCONNU")),
    PlantedError(Table::Tournees, "nature", "valeur_admise", Set("soins")),
    PlantedError(Table::Tournees, "date", "periode", Before),
    PlantedError(Table::Tournees, "heure_debut", "motif", Set("25:70")),
    PlantedError(Table::Tournees, "heure_fin", "heures_ordre", Set("08:00")),
    PlantedError(Table::Tournees, "annulee", "valeur_admise", Set("panne")),
    PlantedError(Table::Financements, "montant", "type", Set("12 000 euros")),
    PlantedError(Table::Financements, "financeur", "valeur_admise", Set("mécénat")),
    PlantedError(Table::Financements, "montant", "borne", Set("-1500")),
    PlantedError(Table::Financements, "annee", "periode", Set("2022")),
    PlantedError(Table::Territoires, "patients_sans_mt", "sous_ensemble", OneMore("patients")),
    PlantedError(Table::Territoires, "periode", "motif", Set("2024-T5")),
    PlantedError(Table::Territoires, "type_territoire", "valeur_admise", Set("canton")),
    PlantedError(Table::Territoires, "mg_etp", "type", Set("1.2.3")),
    PlantedError(Table::Territoires, "patients", "requis", Clear),
    PlantedError(Table::Territoires, "ald_sans_mt", "sous_ensemble", OneMore("ald")),
    PlantedError(Table::Territoires, "periode", "periode", Set("2019-T1")),
    PlantedError(Table::DelaisMg, "id_demande", "unicite", Duplicate),
    PlantedError(Table::DelaisMg, "resultat", "valeur_admise", Set("peut-être")),
    PlantedError(Table::DelaisMg, "delai_jours", "type", Set("trois")),
    PlantedError(Table::DelaisMg, "date_demande", "date_future", Future),
    PlantedError(Table::DelaisMg, "delai_jours", "borne", Set("-4")),
    PlantedError(Table::DelaisMg, "motif", "valeur_admise", Set("urgence")),
    PlantedError(Table::DelaisMg, "date_demande", "periode", Before),
    PlantedError(Table::DelaisMg, "resultat", "requis", Clear),
    PlantedError(Table::DelaisMg, "delai_jours", "delai_sans_rendez_vous", NeedlessDelay),
    PlantedError(Table::Offre, "type", "valeur_admise", Set("fermeture")),
    PlantedError(Table::Offre, "etp", "type", Set("un")),
    PlantedError(Table::Offre, "code_commune", "commune_inconnue", Set("99999")),
    PlantedError(Table::Medicobus, "porteur_type", "valeur_admise", Set("mutuelle")),
    PlantedError(Table::Medicobus, "nom", "requis", Clear),
    PlantedError(Table::Medicobus, "code_region", "valeur_admise", Set("99")),
    PlantedError(Table::Medicobus, "code_region", "region_de_la_livraison", Set("53")),
    PlantedError(Table::Dessertes, "code_commune", "commune_inconnue", Set("99999")),
    PlantedError(Table::Dessertes, "jour", "valeur_admise", Set("lundy")),
    PlantedError(Table::Dessertes, "date_debut", "requis", Clear),
];

/// Errors of the tables that came later, apart: which error of an earlier table comes next does not depend on them.
#[rustfmt::skip]
const LATER_ERRORS: &[PlantedError] = &[
    PlantedError(Table::ProjetsCahier, "reponse", "valeur_admise", Set("peut-être")),
    PlantedError(Table::ProjetsCahier, "exigence", "requis", Clear),
    PlantedError(Table::ProjetsCahier, "id_medicobus", "cle_etrangere", Set("99-XX-INCONNU")),
    PlantedError(Table::ProjetsCahier, "date", "date_future", Future),
    PlantedError(Table::Demandes, "mois", "motif", Set("2026-13")),
    PlantedError(Table::Demandes, "refusees", "sous_ensemble", OneMore("demandes")),
    PlantedError(Table::Demandes, "mois", "periode", Set("2019-01")),
    PlantedError(Table::Demandes, "motif_refus_principal", "valeur_admise", Set("budget")),
    PlantedError(Table::Demandes, "demandes", "requis", Clear),
    PlantedError(Table::MesuresConcurrentes, "mesure", "valeur_admise", Set("supermarché")),
    PlantedError(Table::MesuresConcurrentes, "code_territoire", "commune_inconnue", Set("99999")),
    PlantedError(Table::MesuresConcurrentes, "date_debut", "requis", Clear),
];

/// The errors that a table is given, and the rank of the first among all.
fn errors(table: Table) -> (usize, &'static [PlantedError]) {
    match table {
        Table::ProjetsCahier | Table::Demandes | Table::MesuresConcurrentes | Table::Objectifs => {
            (PLANTED_ERRORS.len(), LATER_ERRORS)
        }
        _ => (0, PLANTED_ERRORS),
    }
}

/// A line of `erreurs_attendues.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedFinding {
    /// The delivery (`28-2025`, `44-2025.xlsx`).
    pub delivery: String,
    /// The file in it, or the sheet.
    pub file: String,
    /// The table.
    pub table: &'static str,
    /// The line, the header being line 1.
    pub row: u32,
    /// The field at fault.
    pub field: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// `refus` or `warning`.
    pub severity: &'static str,
}

/// Slips errors into a delivery while it is written.
pub struct ErrorPlanter<'a> {
    /// Codes of merged communes, by the code of the commune that holds them.
    former_codes: &'a BTreeMap<String, String>,
    iso: bool,
    start: usize,
    since: BTreeMap<Table, u32>,
    planted: BTreeSet<usize>,
    /// What was slipped in.
    pub expected_findings: Vec<ExpectedFinding>,
}

impl<'a> ErrorPlanter<'a> {
    /// `start` varies with the delivery, so that short ones do not all hold the same errors.
    pub fn new(former_codes: &'a BTreeMap<String, String>, iso: bool, start: usize) -> Self {
        Self {
            former_codes,
            iso,
            start,
            since: BTreeMap::new(),
            planted: BTreeSet::new(),
            expected_findings: Vec::new(),
        }
    }

    /// Writes a row, and from time to time an error with it.
    ///
    /// # Errors
    /// Those of the delivery.
    pub fn write<'b>(
        &mut self,
        delivery: &mut DeliveryWriter,
        table: Table,
        mut row: FieldRow<'b>,
    ) -> Result<()>
    where
        'a: 'b,
    {
        let since = self.since.entry(table).or_insert(0);
        *since += 1;
        if *since < spacing(table) {
            delivery.row(table, &row)?;
            return Ok(());
        }

        let (first, errors) = errors(table);
        let count = errors.len();
        let order = (0..count).map(|rank| (rank + self.start) % count);

        let choice = order
            .filter(|rank| errors[*rank].0 == table && !self.planted.contains(&(first + rank)))
            .find_map(|rank| self.mutate(&errors[rank], &row).map(|mutated| (rank, mutated)));
        let Some((rank, mutated)) = choice else {
            delivery.row(table, &row)?;
            return Ok(());
        };

        let PlantedError(_, field, rule, mutation) = &errors[rank];
        let warning = matches!(mutation, DropZero | FormerCode);

        let number = if warning {
            row = mutated;
            delivery.row(table, &row)?
        } else {
            delivery.row(table, &row)?;
            delivery.row(table, &mutated)?
        };

        self.since.insert(table, 0);
        self.planted.insert(first + rank);

        self.expected_findings.push(ExpectedFinding {
            delivery: delivery.name(),
            file: delivery.file(table),
            table: table.name(),
            row: number,
            field,
            rule,
            severity: if warning { "avertissement" } else { "refus" },
        });

        Ok(())
    }

    /// The row with its error, or none if this row does not lend itself to it.
    fn mutate<'b>(&self, faute: &PlantedError, row: &FieldRow<'b>) -> Option<FieldRow<'b>>
    where
        'a: 'b,
    {
        let PlantedError(table, field, _, mutation) = *faute;
        let ou = table.rank(field)?;
        let mut mutated = row.clone();

        // A copy with the same identifier would be refused for that alone.
        let own_id = match table {
            Table::Consultations | Table::DelaisMg | Table::Medicobus => {
                table.rank(table.columns()[0])
            }
            _ => None,
        };

        if let Some(rank) =
            own_id.filter(|_| !matches!(mutation, Duplicate | DropZero | FormerCode))
        {
            mutated[rank] = match &row[rank] {
                Field::Numbered(prefix, number) => Field::Owned(format!("{prefix}-{number:06}-E")),
                Field::Text(id) => Field::Owned(format!("{id}-E")),
                Field::Owned(id) => Field::Owned(format!("{id}-E")),
                other => other.clone(),
            };
        }

        let status = || table.rank("statut_mt").and_then(|rank| row.get(rank));
        mutated[ou] = match mutation {
            Duplicate => row[ou].clone(),
            Clear => Field::Empty,
            Set(text) => Field::Text(text),
            Future => Field::Date(day(2062, 3, 1)),
            ImpossibleDay => Field::Text(if self.iso { "2023-02-29" } else { "29/02/2023" }),
            Before => {
                // The request must not come after the consultation, lest another rule speak first.
                if let Some(rank) = table.rank("date_demande").filter(|rank| *rank != ou) {
                    mutated[rank] = Field::Empty;
                }

                let before = day(2023, 6, 13);
                date(&row[ou]).filter(|date| date.year() > before.year())?;
                Field::Date(before)
            }
            After(other) => Field::Date(days_later(date(&row[table.rank(other)?])?, 3)),
            OneMore(other) => match row[table.rank(other)?] {
                Field::Integer(n) if n > 0 => Field::Integer(n + 1),
                _ => return None,
            },
            NeedlessDeclaration => match (status()?, &row[table.rank("date_consultation")?]) {
                (Field::Text("avec"), Field::Date(date)) => Field::Date(*date),
                _ => return None,
            },
            NeedlessDelay => match row[table.rank("resultat")?] {
                Field::Text("refus") => Field::Integer(3),
                _ => return None,
            },
            DropZero => match row[ou] {
                Field::Text(code) if code.starts_with('0') => Field::Integer(code.parse().ok()?),
                _ => return None,
            },
            FormerCode => match row[ou] {
                Field::Text(code) => Field::Text(self.former_codes.get(code)?),
                _ => return None,
            },
        };

        Some(mutated)
    }
}

fn date(field: &Field<'_>) -> Option<NaiveDate> {
    match field {
        Field::Date(date) => Some(*date),
        _ => None,
    }
}

/// Sound rows before an error: refused rows stay well under 2 % of a delivery.
fn spacing(table: Table) -> u32 {
    match table {
        Table::Consultations => 90,
        Table::Tournees | Table::Territoires => 70,
        Table::DelaisMg => 80,
        Table::Financements => 12,
        Table::Offre => 5,
        Table::Medicobus => 2,
        Table::Dessertes => 14,
        Table::ProjetsCahier => 60,
        Table::Demandes | Table::MesuresConcurrentes => 18,
        Table::Objectifs => u32::MAX,
    }
}
