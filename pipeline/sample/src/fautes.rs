//! Deliberate errors, each listed with the line and the rule that must catch it.
//!
//! A refused row is added after the sound row that it copies, so the sound data stay whole and agree between tables; a row that
//! only deserves a warning is changed in place.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::champ::{Champ, Ligne, Table};
use super::hasard::{jour, plus_jours};
use super::livraison::Livraison;
use base::error::Result;

/// What is done to a field.
#[derive(Debug, Clone, Copy)]
enum Geste {
    /// The field is emptied.
    Vider,
    /// Another text.
    Mettre(&'static str),
    /// Nothing: the row comes twice.
    Doubler,
    /// A day of 2062 for one of 2026.
    Futur,
    /// 29 February of 2023, in the dialect's own form.
    JourImpossible,
    /// A day of 2023 in a later delivery.
    Avant,
    /// Three days after the date of another column.
    Apres(&'static str),
    /// One more than the number of another column.
    Plus(&'static str),
    /// A declared médecin traitant for a patient who has one.
    DeclareSansObjet,
    /// A delay for a refused request.
    DelaiSansObjet,
    /// Leading zero of the commune lost by a spreadsheet.
    SansZero,
    /// Code of a commune merged into the stop.
    AncienCode,
}

struct Faute(Table, &'static str, &'static str, Geste);

use Geste::{
    AncienCode, Apres, Avant, DeclareSansObjet, DelaiSansObjet, Doubler, Futur, JourImpossible,
    Mettre, Plus, SansZero, Vider,
};

const FAUTES: &[Faute] = &[
    Faute(
        Table::Consultations,
        "code_commune",
        "zero_retabli",
        SansZero,
    ),
    Faute(
        Table::Consultations,
        "code_commune",
        "commune_fusionnee",
        AncienCode,
    ),
    Faute(Table::Consultations, "id_consultation", "unicite", Doubler),
    Faute(
        Table::Consultations,
        "code_commune",
        "commune_inconnue",
        Mettre("99999"),
    ),
    Faute(
        Table::Consultations,
        "date_demande",
        "demande_avant_consultation",
        Apres("date_consultation"),
    ),
    Faute(
        Table::Consultations,
        "statut_mt",
        "valeur_admise",
        Mettre("retraité"),
    ),
    Faute(Table::Consultations, "date_consultation", "periode", Avant),
    Faute(
        Table::Consultations,
        "id_medicobus",
        "cle_etrangere",
        Mettre("99-XX-INCONNU"),
    ),
    Faute(Table::Consultations, "tranche_age", "requis", Vider),
    Faute(
        Table::Consultations,
        "date_consultation",
        "date_future",
        Futur,
    ),
    Faute(
        Table::Consultations,
        "date_consultation",
        "type",
        JourImpossible,
    ),
    Faute(
        Table::Consultations,
        "mt_declare_le",
        "mt_declare_sans",
        DeclareSansObjet,
    ),
    Faute(Table::Consultations, "id_consultation", "requis", Vider),
    Faute(
        Table::Consultations,
        "tranche_age",
        "valeur_admise",
        Mettre("45-60"),
    ),
    Faute(Table::Consultations, "sexe", "valeur_admise", Mettre("X")),
    Faute(
        Table::Consultations,
        "ald",
        "valeur_admise",
        Mettre("peut-être"),
    ),
    Faute(Table::Consultations, "ald", "requis", Vider),
    Faute(Table::Consultations, "code_commune", "requis", Vider),
    Faute(
        Table::Consultations,
        "mode",
        "valeur_admise",
        Mettre("téléphone"),
    ),
    Faute(
        Table::Consultations,
        "discipline",
        "valeur_admise",
        Mettre("dermatologie"),
    ),
    Faute(
        Table::Consultations,
        "nature",
        "valeur_admise",
        Mettre("suivi"),
    ),
    Faute(
        Table::Consultations,
        "non_programme",
        "valeur_admise",
        Mettre("parfois"),
    ),
    Faute(
        Table::Consultations,
        "adressage",
        "valeur_admise",
        Mettre("bouche à oreille"),
    ),
    Faute(
        Table::Consultations,
        "orientation",
        "valeur_admise",
        Mettre("ami"),
    ),
    Faute(Table::Consultations, "statut_mt", "requis", Vider),
    Faute(
        Table::Tournees,
        "creneaux_honores",
        "honores_offerts",
        Plus("creneaux_offerts"),
    ),
    Faute(Table::Tournees, "creneaux_offerts", "type", Mettre("dix")),
    Faute(
        Table::Tournees,
        "code_commune",
        "commune_inconnue",
        Mettre("99999"),
    ),
    Faute(Table::Tournees, "date", "requis", Vider),
    Faute(Table::Tournees, "absences", "borne", Mettre("-3")),
    Faute(
        Table::Tournees,
        "id_medicobus",
        "cle_etrangere",
        Mettre("99-XX-INCONNU"),
    ),
    Faute(Table::Tournees, "nature", "valeur_admise", Mettre("soins")),
    Faute(Table::Tournees, "date", "periode", Avant),
    Faute(Table::Tournees, "heure_debut", "motif", Mettre("25:70")),
    Faute(
        Table::Tournees,
        "heure_fin",
        "heures_ordre",
        Mettre("08:00"),
    ),
    Faute(Table::Tournees, "annulee", "valeur_admise", Mettre("panne")),
    Faute(
        Table::Financements,
        "montant",
        "type",
        Mettre("12 000 euros"),
    ),
    Faute(
        Table::Financements,
        "financeur",
        "valeur_admise",
        Mettre("mécénat"),
    ),
    Faute(Table::Financements, "montant", "borne", Mettre("-1500")),
    Faute(Table::Financements, "annee", "periode", Mettre("2022")),
    Faute(
        Table::Territoires,
        "patients_sans_mt",
        "sous_ensemble",
        Plus("patients"),
    ),
    Faute(Table::Territoires, "periode", "motif", Mettre("2024-T5")),
    Faute(
        Table::Territoires,
        "type_territoire",
        "valeur_admise",
        Mettre("canton"),
    ),
    Faute(Table::Territoires, "mg_etp", "type", Mettre("1.2.3")),
    Faute(Table::Territoires, "patients", "requis", Vider),
    Faute(
        Table::Territoires,
        "ald_sans_mt",
        "sous_ensemble",
        Plus("ald"),
    ),
    Faute(Table::Territoires, "periode", "periode", Mettre("2019-T1")),
    Faute(Table::DelaisMg, "id_demande", "unicite", Doubler),
    Faute(
        Table::DelaisMg,
        "resultat",
        "valeur_admise",
        Mettre("peut-être"),
    ),
    Faute(Table::DelaisMg, "delai_jours", "type", Mettre("trois")),
    Faute(Table::DelaisMg, "date_demande", "date_future", Futur),
    Faute(Table::DelaisMg, "delai_jours", "borne", Mettre("-4")),
    Faute(Table::DelaisMg, "motif", "valeur_admise", Mettre("urgence")),
    Faute(Table::DelaisMg, "date_demande", "periode", Avant),
    Faute(Table::DelaisMg, "resultat", "requis", Vider),
    Faute(
        Table::DelaisMg,
        "delai_jours",
        "delai_sans_rendez_vous",
        DelaiSansObjet,
    ),
    Faute(Table::Offre, "type", "valeur_admise", Mettre("fermeture")),
    Faute(Table::Offre, "etp", "type", Mettre("un")),
    Faute(
        Table::Offre,
        "code_commune",
        "commune_inconnue",
        Mettre("99999"),
    ),
    Faute(
        Table::Medicobus,
        "porteur_type",
        "valeur_admise",
        Mettre("mutuelle"),
    ),
    Faute(Table::Medicobus, "nom", "requis", Vider),
    Faute(
        Table::Medicobus,
        "code_region",
        "valeur_admise",
        Mettre("99"),
    ),
    Faute(
        Table::Medicobus,
        "code_region",
        "region_de_la_livraison",
        Mettre("53"),
    ),
    Faute(
        Table::Dessertes,
        "code_commune",
        "commune_inconnue",
        Mettre("99999"),
    ),
    Faute(Table::Dessertes, "jour", "valeur_admise", Mettre("lundy")),
    Faute(Table::Dessertes, "date_debut", "requis", Vider),
];

/// A line of `erreurs_attendues.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendue {
    /// The delivery (`28-2025`, `44-2025.xlsx`).
    pub livraison: String,
    /// The file in it, or the sheet.
    pub fichier: String,
    /// The table.
    pub table: &'static str,
    /// The line, the header being line 1.
    pub ligne: u32,
    /// The field at fault.
    pub champ: &'static str,
    /// The rule.
    pub regle: &'static str,
    /// `refus` or `avertissement`.
    pub gravite: &'static str,
}

/// Slips errors into a delivery while it is written.
pub struct Faussaire<'a> {
    /// Codes of merged communes, by the code of the commune that holds them.
    anciens: &'a BTreeMap<String, String>,
    iso: bool,
    depart: usize,
    depuis: BTreeMap<Table, u32>,
    faites: BTreeSet<usize>,
    /// What was slipped in.
    pub attendues: Vec<Attendue>,
}

impl<'a> Faussaire<'a> {
    /// `depart` varies with the delivery, so that short ones do not all hold the same errors.
    pub fn new(anciens: &'a BTreeMap<String, String>, iso: bool, depart: usize) -> Self {
        Self {
            anciens,
            iso,
            depart,
            depuis: BTreeMap::new(),
            faites: BTreeSet::new(),
            attendues: Vec::new(),
        }
    }

    /// Writes a row, and from time to time an error with it.
    ///
    /// # Errors
    /// Those of the delivery.
    pub fn ecrire<'b>(
        &mut self,
        livraison: &mut Livraison,
        table: Table,
        mut ligne: Ligne<'b>,
    ) -> Result<()>
    where
        'a: 'b,
    {
        let depuis = self.depuis.entry(table).or_insert(0);
        *depuis += 1;
        if *depuis < espacement(table) {
            livraison.ligne(table, &ligne)?;
            return Ok(());
        }
        let nombre = FAUTES.len();
        let ordre = (0..nombre).map(|rang| (rang + self.depart) % nombre);
        let choix = ordre
            .filter(|rang| FAUTES[*rang].0 == table && !self.faites.contains(rang))
            .find_map(|rang| {
                self.fausser(&FAUTES[rang], &ligne)
                    .map(|fausse| (rang, fausse))
            });
        let Some((rang, fausse)) = choix else {
            livraison.ligne(table, &ligne)?;
            return Ok(());
        };
        let Faute(_, champ, regle, geste) = &FAUTES[rang];
        let avertissement = matches!(geste, SansZero | AncienCode);
        let numero = if avertissement {
            ligne = fausse;
            livraison.ligne(table, &ligne)?
        } else {
            livraison.ligne(table, &ligne)?;
            livraison.ligne(table, &fausse)?
        };
        self.depuis.insert(table, 0);
        self.faites.insert(rang);
        self.attendues.push(Attendue {
            livraison: livraison.nom(),
            fichier: livraison.fichier(table),
            table: table.nom(),
            ligne: numero,
            champ,
            regle,
            gravite: if avertissement {
                "avertissement"
            } else {
                "refus"
            },
        });
        Ok(())
    }

    /// The row with its error, or none if this row does not lend itself to it.
    fn fausser<'b>(&self, faute: &Faute, ligne: &Ligne<'b>) -> Option<Ligne<'b>>
    where
        'a: 'b,
    {
        let Faute(table, champ, _, geste) = *faute;
        let ou = table.rang(champ)?;
        let mut fausse = ligne.clone();
        // A copy with the same identifier would be refused for that alone.
        let propre = match table {
            Table::Consultations | Table::DelaisMg | Table::Medicobus => {
                table.rang(table.colonnes()[0])
            }
            _ => None,
        };
        if let Some(rang) = propre.filter(|_| !matches!(geste, Doubler | SansZero | AncienCode)) {
            fausse[rang] = match &ligne[rang] {
                Champ::Numero(prefixe, numero) => Champ::Libre(format!("{prefixe}-{numero:06}-E")),
                Champ::Texte(id) => Champ::Libre(format!("{id}-E")),
                Champ::Libre(id) => Champ::Libre(format!("{id}-E")),
                autre => autre.clone(),
            };
        }
        let statut = || table.rang("statut_mt").and_then(|rang| ligne.get(rang));
        fausse[ou] = match geste {
            Doubler => ligne[ou].clone(),
            Vider => Champ::Vide,
            Mettre(texte) => Champ::Texte(texte),
            Futur => Champ::Date(jour(2062, 3, 1)),
            JourImpossible => Champ::Texte(if self.iso { "2023-02-29" } else { "29/02/2023" }),
            Avant => {
                // The request must not come after the consultation, lest another rule speak first.
                if let Some(rang) = table.rang("date_demande").filter(|rang| *rang != ou) {
                    fausse[rang] = Champ::Vide;
                }
                let avant = jour(2023, 6, 13);
                date(&ligne[ou]).filter(|date| date.year() > avant.year())?;
                Champ::Date(avant)
            }
            Apres(autre) => Champ::Date(plus_jours(date(&ligne[table.rang(autre)?])?, 3)),
            Plus(autre) => match ligne[table.rang(autre)?] {
                Champ::Entier(n) if n > 0 => Champ::Entier(n + 1),
                _ => return None,
            },
            DeclareSansObjet => match (statut()?, &ligne[table.rang("date_consultation")?]) {
                (Champ::Texte("avec"), Champ::Date(date)) => Champ::Date(*date),
                _ => return None,
            },
            DelaiSansObjet => match ligne[table.rang("resultat")?] {
                Champ::Texte("refus") => Champ::Entier(3),
                _ => return None,
            },
            SansZero => match ligne[ou] {
                Champ::Texte(code) if code.starts_with('0') => Champ::Entier(code.parse().ok()?),
                _ => return None,
            },
            AncienCode => match ligne[ou] {
                Champ::Texte(code) => Champ::Texte(self.anciens.get(code)?),
                _ => return None,
            },
        };
        Some(fausse)
    }
}

fn date(champ: &Champ<'_>) -> Option<NaiveDate> {
    match champ {
        Champ::Date(date) => Some(*date),
        _ => None,
    }
}

/// Sound rows before an error: refused rows stay well under 2 % of a delivery.
fn espacement(table: Table) -> u32 {
    match table {
        Table::Consultations => 90,
        Table::Tournees | Table::Territoires => 70,
        Table::DelaisMg => 80,
        Table::Financements => 12,
        Table::Offre => 5,
        Table::Medicobus => 2,
        Table::Dessertes => 14,
    }
}
