//! What a bus does: its tours, day by day, and the consultations of each.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::champ::{Champ, Ligne};
use super::hasard::{Hasard, jour, plus_jours};
use super::monde::{Arret, Projet, World};
use super::verite::Truth;
use base::error::Result;

const AGES: [&str; 7] = ["00-16", "17-29", "30-44", "45-59", "60-69", "70-79", "80+"];

/// A tour at one stop and its consultations, as rows of the two tables.
#[derive(Debug)]
pub struct Visite<'a> {
    /// The day.
    pub date: NaiveDate,
    /// The row of `tournees`.
    pub tournee: Ligne<'a>,
    /// The rows of `consultations`: as many as slots honoured.
    pub consultations: Vec<Ligne<'a>>,
}

#[derive(Clone, Copy)]
struct Patient {
    cle: u64,
    age: usize,
    femme: bool,
    ald: &'static str,
    c2s: &'static str,
    isole: &'static str,
    statut: &'static str,
    mt_declare_le: Option<NaiveDate>,
    vu_le: NaiveDate,
}

/// A bus on its way: who it knows at each stop, and its counters.
struct Route<'a> {
    verite: &'a Truth,
    projet: &'a Projet,
    hasard: Hasard,
    patients: Vec<Vec<Patient>>,
    praticiens: Vec<u64>,
    consultations: u32,
}

impl World {
    /// Walks through the life of a bus from its first tour to the last day of the sample, and hands over each visit of the
    /// years asked. Nothing is kept but the patients known at each stop, so any scale fits in memory.
    ///
    /// # Errors
    /// Those of `recevoir`.
    pub fn activite<'a>(
        &'a self,
        projet: &'a Projet,
        recevoir: &mut dyn FnMut(Visite<'a>) -> Result<()>,
    ) -> Result<()> {
        let Some(debut) = projet.mise_en_service else {
            return Ok(());
        };
        let premier = jour(*self.params.annees.start(), 1, 1);
        // Six months unrecorded are enough for an older bus to come with patients it knows.
        let mut date = debut.max(premier - TimeDelta::days(180));
        let fin = projet
            .fin
            .map_or(self.params.jusqu_au, |fin| fin.min(self.params.jusqu_au));
        let mut hasard = Hasard::new(self.params.graine, &projet.id);
        let praticiens = (0..projet.praticiens.max(1))
            .map(|_| hasard.cle())
            .collect();
        let mut route = Route {
            verite: &self.verite,
            projet,
            hasard,
            patients: vec![Vec::new(); projet.arrets.len()],
            praticiens,
            consultations: 0,
        };
        while date <= fin {
            let rang_jour = date.weekday().num_days_from_monday();
            if !ferme(date) {
                for (rang, arret) in projet.arrets.iter().enumerate() {
                    if arret.jour == rang_jour && arret.debut <= date {
                        let visite =
                            route.visite(rang, arret, date, debut, self.fin_annee(date.year()));
                        if date >= premier {
                            recevoir(visite)?;
                        }
                    }
                }
            }
            date = plus_jours(date, 1);
        }
        Ok(())
    }
}

/// Public holidays of fixed date, and the days between Christmas and New Year's Day.
fn ferme(date: NaiveDate) -> bool {
    matches!(
        (date.month(), date.day()),
        (1, 1) | (5, 1 | 8) | (7, 14) | (8, 15) | (11, 1 | 11) | (12, 25..=31)
    )
}

impl<'a> Route<'a> {
    fn visite(
        &mut self,
        rang: usize,
        arret: &'a Arret,
        date: NaiveDate,
        debut: NaiveDate,
        fin_livraison: NaiveDate,
    ) -> Visite<'a> {
        let verite = self.verite;
        let annulee = self.hasard.oui(verite.tournees_annulees);
        let prevention = self.hasard.oui(1.0 / verite.tournee_prevention);
        let offerts = if annulee { 0 } else { self.projet.creneaux };
        let mois = (date - debut).num_days() / 30;
        let montee =
            verite.montee_en_charge[(mois.max(0) as usize).min(verite.montee_en_charge.len() - 1)];
        let saison = verite.saisonnalite[date.month0() as usize];
        let bruit = 1.0 + 0.12 * self.hasard.ecart();
        let attendus =
            self.projet.creneaux as f64 * self.projet.remplissage * montee * saison * bruit;
        let reserves = self.hasard.arrondi(attendus).clamp(0, offerts);
        let (mut absences, mut annulations) = (0, 0);
        for _ in 0..reserves {
            if self.hasard.oui(verite.absences) {
                absences += 1;
            } else if self.hasard.oui(verite.annulations) {
                annulations += 1;
            }
        }
        let honores = reserves - absences - annulations;
        let consultations = (0..honores)
            .map(|_| self.consultation(rang, arret, date, prevention, fin_livraison))
            .collect();
        let (heure_debut, heure_fin) = if arret.matin {
            (9 * 60, 12 * 60 + 30)
        } else {
            (13 * 60 + 30, 17 * 60)
        };
        let tournee = vec![
            Champ::Texte(&self.projet.id),
            Champ::Date(date),
            Champ::Texte(&arret.code_commune),
            Champ::Heure(heure_debut),
            Champ::Heure(heure_fin),
            Champ::Entier(offerts),
            Champ::Entier(honores),
            Champ::Entier(absences),
            Champ::Entier(annulations),
            Champ::Texte(if prevention { "prevention" } else { "soin" }),
            Champ::Oui(annulee),
        ];
        Visite {
            date,
            tournee,
            consultations,
        }
    }

    fn consultation(
        &mut self,
        rang: usize,
        arret: &'a Arret,
        date: NaiveDate,
        prevention: bool,
        fin_livraison: NaiveDate,
    ) -> Ligne<'a> {
        let connus = self.patients[rang].len();
        // The better known the bus, the more its patients come back: the same professionals see the same patients.
        let revient = (connus as f64 / (connus as f64 + 120.0)).min(0.72);
        let qui = if self.hasard.oui(revient) {
            let recents = connus.min(500);
            let mut qui = connus - recents + self.hasard.indice(recents);
            // Nobody is seen twice on the same day, unless the stop knows almost nobody.
            for _ in 0..8 {
                if self.patients[rang][qui].vu_le < date {
                    break;
                }
                qui = connus - recents + self.hasard.indice(recents);
            }
            qui
        } else {
            let nouveau = self.nouveau(date);
            self.patients[rang].push(nouveau);
            connus
        };
        self.patients[rang][qui].vu_le = date;
        let mut patient = self.patients[rang][qui];
        if patient.mt_declare_le.is_some_and(|le| le < date) {
            patient.statut = "avec";
        }
        let verite = self.verite;
        let hasard = &mut self.hasard;
        let non_programme = hasard.oui(verite.non_programme);
        let attente = if non_programme {
            hasard.indice(3) as i64
        } else {
            let u = hasard.uniforme();
            (u * u * 21.0) as i64
        };
        let date_demande = if hasard.oui(0.03) {
            Champ::Vide
        } else {
            Champ::Date(plus_jours(date, -attente))
        };
        let nature = if prevention || hasard.oui(verite.prevention) {
            "prevention"
        } else {
            "soin"
        };
        let mode = if hasard.oui(self.projet.teleconsultation) {
            "teleconsultation"
        } else {
            "presentiel"
        };
        let adressage = if non_programme {
            ["sas", "professionnel", "autre"][hasard.parmi(&[0.8, 0.12, 0.08])]
        } else {
            ["cellule", "sas", "cpam", "professionnel", "autre"]
                [hasard.parmi(&[0.16, 0.02, 0.12, 0.24, 0.46])]
        };
        let mut discipline = "medecine_generale";
        let tirage = hasard.uniforme();
        let mut cumul = 0.0;
        for (nom, part) in &self.projet.disciplines {
            if tirage >= cumul && tirage < cumul + part && (*nom != "gynecologie" || patient.femme)
            {
                discipline = nom;
            }
            cumul += part;
        }
        let mut orientation = [
            "aucune",
            "specialiste",
            "urgences",
            "mission_accompagnement_sante",
            "autre",
        ][hasard.parmi(&[0.74, 0.19, 0.015, 0.025, 0.03])];
        let mut mt_declare_le = Champ::Vide;
        let declare = hasard.uniforme();
        if patient.statut == "sans" && patient.mt_declare_le.is_none() {
            if declare < verite.mt_declare {
                let le = plus_jours(date, hasard.indice(30) as i64);
                self.patients[rang][qui].mt_declare_le = Some(le);
                orientation = "mt_declare";
                // A declaration after the end of the delivery is not known yet when it is sent.
                if le <= fin_livraison {
                    mt_declare_le = Champ::Date(le);
                }
            } else if declare < verite.mt_declare + 0.18 {
                orientation = "mt_propose";
            }
        }
        let praticien = (rang + (date.iso_week().week() % 2) as usize) % self.praticiens.len();
        self.consultations += 1;
        vec![
            Champ::Numero(&self.projet.id, self.consultations),
            Champ::Texte(&self.projet.id),
            Champ::Date(date),
            date_demande,
            Champ::Texte(&arret.code_commune),
            Champ::Cle(patient.cle),
            Champ::Texte(AGES[patient.age]),
            Champ::Texte(if patient.femme { "F" } else { "M" }),
            Champ::Texte(patient.ald),
            Champ::Texte(patient.c2s),
            Champ::Texte(patient.isole),
            Champ::Texte(patient.statut),
            Champ::Texte(mode),
            Champ::Texte(discipline),
            Champ::Texte(nature),
            Champ::Oui(non_programme),
            Champ::Texte(adressage),
            Champ::Cle(self.praticiens[praticien]),
            Champ::Texte(orientation),
            mt_declare_le,
        ]
    }

    fn nouveau(&mut self, date: NaiveDate) -> Patient {
        let verite = self.verite;
        let hasard = &mut self.hasard;
        let age = hasard.parmi(&verite.ages);
        let trois = |hasard: &mut Hasard, inconnu: f64, oui: f64| {
            if hasard.oui(inconnu) {
                "inconnu"
            } else if hasard.oui(oui) {
                "oui"
            } else {
                "non"
            }
        };
        let ald = trois(hasard, 0.04, verite.ald[age]);
        let c2s = trois(hasard, 0.08, 0.16);
        let isole = trois(hasard, 0.1, if age >= 5 { 0.28 } else { 0.09 });
        let mut sans = verite.sans_mt_patients[age]
            + verite.sans_mt_patients_par_an * f64::from(date.year() - 2024);
        if ald == "oui" {
            sans += verite.sans_mt_patients_ald;
        }
        if c2s == "oui" {
            sans += verite.sans_mt_patients_c2s;
        }
        let sans = sans.clamp(0.0, 0.8);
        let statut = ["sans", "indisponible", "inconnu", "avec"]
            [hasard.parmi(&[sans, verite.mt_indisponible, 0.03, 0.85 - sans])];
        let (cle, femme) = (hasard.cle(), hasard.oui(verite.femmes));
        Patient {
            cle,
            age,
            femme,
            ald,
            c2s,
            isole,
            statut,
            mt_declare_le: None,
            vu_le: date,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Params, Table, generate};

    fn colonne(table: Table, nom: &str) -> usize {
        table.rang(nom).unwrap()
    }

    #[test]
    fn a_tour_agrees_with_its_consultations() {
        let monde = generate(&Params::new(11, &["44"], 1)).unwrap();
        let mut visites = 0;
        for projet in &monde.projets {
            monde
                .activite(projet, &mut |v| {
                    visites += 1;
                    let entier = |nom: &str| match v.tournee[colonne(Table::Tournees, nom)] {
                        Champ::Entier(n) => n,
                        _ => -1,
                    };
                    assert_eq!(entier("creneaux_honores"), v.consultations.len() as i64);
                    let pris =
                        entier("creneaux_honores") + entier("absences") + entier("annulations");
                    assert!(pris <= entier("creneaux_offerts"));
                    let arret = &v.tournee[colonne(Table::Tournees, "code_commune")];
                    for c in &v.consultations {
                        assert_eq!(&c[colonne(Table::Consultations, "code_commune")], arret);
                        assert_eq!(
                            c[colonne(Table::Consultations, "date_consultation")],
                            Champ::Date(v.date)
                        );
                        if c[colonne(Table::Consultations, "mt_declare_le")] != Champ::Vide {
                            assert_eq!(
                                c[colonne(Table::Consultations, "statut_mt")],
                                Champ::Texte("sans")
                            );
                        }
                    }
                    Ok(())
                })
                .unwrap();
        }
        assert!(visites > 1000);
    }

    #[test]
    fn a_patient_who_declared_a_doctor_comes_back_with_one() {
        let monde = generate(&Params::new(7, &["28"], 1)).unwrap();
        let projet = monde
            .projets
            .iter()
            .find(|p| p.id == "28-61-ORNE-EST")
            .unwrap();
        let mut declares: BTreeMap<u64, NaiveDate> = BTreeMap::new();
        let mut revenus = 0;
        monde
            .activite(projet, &mut |v| {
                for c in &v.consultations {
                    let Champ::Cle(cle) = c[colonne(Table::Consultations, "cle_patient")] else {
                        continue;
                    };
                    if declares.get(&cle).is_some_and(|le| *le < v.date) {
                        assert_eq!(
                            c[colonne(Table::Consultations, "statut_mt")],
                            Champ::Texte("avec")
                        );
                        revenus += 1;
                    }
                    if let Champ::Date(le) = c[colonne(Table::Consultations, "mt_declare_le")] {
                        declares.insert(cle, le);
                    }
                }
                Ok(())
            })
            .unwrap();
        assert!(revenus > 100, "{revenus}");
    }

    #[test]
    fn a_new_bus_needs_time_and_summers_are_quiet() {
        let monde = generate(&Params::new(5, &["28", "84", "44"], 1)).unwrap();
        let mut mois: BTreeMap<(i32, u32), usize> = BTreeMap::new();
        let (mut premiers, mut pleins) = (0, 0);
        for projet in &monde.projets {
            let Some(debut) = projet.mise_en_service else {
                continue;
            };
            monde
                .activite(projet, &mut |v| {
                    *mois.entry((v.date.year(), v.date.month())).or_insert(0) +=
                        v.consultations.len();
                    match (v.date - debut).num_days() {
                        0..60 => premiers += v.consultations.len(),
                        300..360 => pleins += v.consultations.len(),
                        _ => {}
                    }
                    Ok(())
                })
                .unwrap();
        }
        assert!(premiers * 3 < pleins * 2, "{premiers} {pleins}");
        assert!(mois[&(2025, 8)] * 4 < mois[&(2025, 10)] * 3);
    }
}
