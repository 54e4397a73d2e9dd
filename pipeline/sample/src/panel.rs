//! The panel of territories, the appointment survey, the lasting offer and the money.

use chrono::{Datelike, NaiveDate};

use super::champ::{Champ, Ligne};
use super::hasard::{Hasard, jour, plus_jours};
use super::monde::{Projet, Territoire, World};
use super::verite::{Effet, nom_trimestre, trimestre};

/// First quarter of the panel.
pub const DEBUT_PANEL: i64 = 2022 * 4;

/// A territory in a quarter, as numbers: for tests of statistics, without going through files.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation<'a> {
    /// The territory.
    pub territoire: &'a Territoire,
    /// Rank of the quarter ([`trimestre`]).
    pub periode: i64,
    /// Patients of 17 and more with at least one treatment in the year.
    pub patients: i64,
    /// Those without médecin traitant.
    pub patients_sans_mt: i64,
    /// Patients with ALD.
    pub ald: i64,
    /// Those without médecin traitant.
    pub ald_sans_mt: i64,
    /// Patients of 70 and more.
    pub ages_70_plus: i64,
    /// Those without médecin traitant.
    pub ages_70_plus_sans_mt: i64,
    /// GPs, in hundredths of full-time equivalents.
    pub mg_etp_centiemes: i64,
    /// APL, in hundredths; unknown where the source has none.
    pub apl_centiemes: Option<i64>,
}

impl PartialEq for Territoire {
    fn eq(&self, autre: &Self) -> bool {
        self.code == autre.code
    }
}

impl<'a> Observation<'a> {
    /// The row of `territoires`.
    pub fn ligne(&self) -> Ligne<'a> {
        vec![
            Champ::Texte(&self.territoire.code),
            Champ::Texte("commune"),
            Champ::Libre(nom_trimestre(self.periode)),
            Champ::Entier(self.patients),
            Champ::Entier(self.patients_sans_mt),
            Champ::Entier(self.ald),
            Champ::Entier(self.ald_sans_mt),
            Champ::Entier(self.ages_70_plus),
            Champ::Entier(self.ages_70_plus_sans_mt),
            Champ::Centiemes(self.mg_etp_centiemes),
            self.apl_centiemes.map_or(Champ::Vide, Champ::Centiemes),
        ]
    }
}

impl Territoire {
    /// The effect of the buses there in a quarter: whole where a bus stops, `debordement` of it in the same EPCI.
    fn effet(&self, effet: Effet, periode: i64, debordement: f64) -> f64 {
        match (self.cohorte, self.voisin_depuis) {
            (Some(cohorte), _) => effet.a(periode - cohorte),
            (None, Some(voisin)) => debordement * effet.a(periode - voisin),
            (None, None) => 0.0,
        }
    }
}

impl World {
    /// The whole panel of a région, by territory then quarter, from the first quarter of 2022 to the last day of the sample.
    pub fn panel(&self, region: &str) -> Vec<Observation<'_>> {
        let verite = &self.verite;
        let mut panel = Vec::new();
        for territoire in self.territoires.iter().filter(|t| t.region == region) {
            let mut hasard = Hasard::new(
                self.params.graine,
                &format!("territoire {}", territoire.code),
            );
            let ecart = if territoire.cohorte.is_some() {
                verite.sans_mt_ecart_initial
            } else {
                0.0
            };
            // Orne and the Vire area are known to lack doctors more than others.
            let departement = if territoire.departement == "61" {
                3.5
            } else {
                0.0
            };
            let niveau = (verite.sans_mt_temoins
                + ecart
                + departement
                + verite.sans_mt_ecart_type * hasard.ecart())
            .clamp(6.0, 30.0);
            let base = territoire.population as f64 * 0.72;
            let (part_ald, part_70) = (0.22 + 0.02 * hasard.ecart(), 0.25 + 0.03 * hasard.ecart());
            let etp = (territoire.population as f64 / 1600.0 * hasard.entre(0.2, 1.1)).max(0.3);
            let mut passager = verite.choc * hasard.ecart();
            for periode in DEBUT_PANEL..=trimestre(self.params.jusqu_au) {
                let rang = (periode - DEBUT_PANEL) as f64;
                let variation = 1.0 + 0.004 * hasard.ecart();
                let patients = hasard.arrondi(base * variation);
                let ald = hasard.arrondi(patients as f64 * part_ald * (1.0 + 0.002 * rang));
                let ages_70_plus = hasard.arrondi(patients as f64 * part_70 * (1.0 + 0.003 * rang));
                passager = verite.persistance * passager + verite.choc * hasard.ecart();
                let effet = |e| territoire.effet(e, periode, verite.debordement_voisins);
                let commun = verite.sans_mt_tendance * rang + passager;
                let mut sans = |sur: i64, points: f64| {
                    hasard
                        .arrondi(sur as f64 * points.clamp(0.0, 100.0) / 100.0)
                        .clamp(0, sur)
                };
                let patients_sans_mt =
                    sans(patients, niveau + commun + effet(verite.effet_sans_mt));
                let points_ald = 0.45 * niveau + 0.5 * commun + effet(verite.effet_sans_mt_ald);
                let points_70 = 0.5 * niveau + 0.5 * commun + effet(verite.effet_sans_mt_70_plus);
                let ald_sans_mt = sans(ald, points_ald).min(patients_sans_mt);
                let ages_70_plus_sans_mt = sans(ages_70_plus, points_70).min(patients_sans_mt);
                let mg_etp =
                    etp - 0.002 * rang + 0.02 * hasard.ecart() + effet(verite.effet_mg_etp);
                let apl = 0.015 * rang + 0.03 * hasard.ecart();
                panel.push(Observation {
                    territoire,
                    periode,
                    patients,
                    patients_sans_mt,
                    ald,
                    ald_sans_mt,
                    ages_70_plus,
                    ages_70_plus_sans_mt,
                    mg_etp_centiemes: hasard.arrondi(mg_etp * 100.0).max(0),
                    apl_centiemes: territoire
                        .apl_centiemes
                        .map(|a| (a - hasard.arrondi(apl * 100.0)).max(0)),
                });
            }
        }
        panel
    }

    /// The appointment survey of a région: ten requests per territory and half-year, with their dates.
    pub fn delais(&self, region: &str) -> Vec<(NaiveDate, Ligne<'_>)> {
        let verite = &self.verite;
        let mut lignes = Vec::new();
        for territoire in self.territoires.iter().filter(|t| t.region == region) {
            let mut hasard =
                Hasard::new(self.params.graine, &format!("delais {}", territoire.code));
            let desservi = territoire.cohorte.is_some();
            let niveau = if desservi { 3.2 } else { 2.2 } + 0.4 * hasard.ecart().clamp(-2.0, 2.0);
            let mut numero = 0;
            for semestre in 0..10 {
                let debut = jour(2022 + semestre / 2, 1 + 6 * (semestre as u32 % 2), 1);
                for _ in 0..10 {
                    let date = plus_jours(debut, hasard.indice(181) as i64);
                    let periode = trimestre(date);
                    let effet = |e| territoire.effet(e, periode, verite.debordement_voisins);
                    let refus = verite.refus_temoins
                        + if desservi { 6.0 } else { 0.0 }
                        + effet(verite.effet_refus);
                    let motif = hasard.parmi(&[0.45, 0.3, 0.25]);
                    let tirage = hasard.uniforme() * 100.0;
                    let delai = niveau
                        + quantile_delai(hasard.uniforme()) * [1.0, 0.5, 1.5][motif]
                        + 0.01 * (periode - DEBUT_PANEL) as f64
                        + effet(verite.effet_delai_jours);
                    let delai = hasard.arrondi(delai.max(0.0));
                    if date > self.params.jusqu_au {
                        continue;
                    }
                    numero += 1;
                    let (resultat, delai) = if tirage < refus {
                        ("refus", Champ::Vide)
                    } else if tirage < refus + verite.sans_reponse {
                        ("sans_reponse", Champ::Vide)
                    } else {
                        ("obtenu", Champ::Entier(delai))
                    };
                    lignes.push((
                        date,
                        vec![
                            Champ::Libre(format!("D-{}-{numero:03}", territoire.code)),
                            Champ::Texte(&territoire.code),
                            Champ::Date(date),
                            Champ::Texte(["suivi", "aigu", "nouveau_patient"][motif]),
                            Champ::Texte(resultat),
                            delai,
                        ],
                    ));
                }
            }
        }
        lignes
    }

    /// The events of the lasting offer in a région, with their dates.
    pub fn offre(&self, region: &str) -> Vec<(NaiveDate, Ligne<'_>)> {
        const TYPES: [&str; 7] = [
            "installation_mg",
            "depart_mg",
            "cpts_creee",
            "msp_ouverte",
            "centre_de_sante_ouvert",
            "assistant_medical",
            "autre",
        ];
        let mut lignes = Vec::new();
        for territoire in self.territoires.iter().filter(|t| t.region == region) {
            let mut hasard = Hasard::new(self.params.graine, &format!("offre {}", territoire.code));
            for periode in DEBUT_PANEL..=trimestre(self.params.jusqu_au) {
                let installe = if territoire.cohorte.is_some_and(|c| periode - c >= 4) {
                    0.02
                } else {
                    0.008
                };
                let taux = [installe, 0.012, 0.001, 0.003, 0.002, 0.006, 0.001];
                let tirage = hasard.parmi(&[&taux[..], &[1.0]].concat());
                let debut = jour((periode / 4) as i32, (periode % 4) as u32 * 3 + 1, 1);
                let date = plus_jours(debut, hasard.indice(89) as i64);
                let quart = 1 + hasard.indice(4) as i64;
                if let Some(nature) = TYPES.get(tirage).filter(|_| date <= self.params.jusqu_au) {
                    let etp = if tirage < 2 || tirage == 5 {
                        Champ::Centiemes(quart * 25)
                    } else {
                        Champ::Vide
                    };
                    let ligne = vec![
                        Champ::Texte(&territoire.code),
                        Champ::Date(date),
                        Champ::Texte(nature),
                        etp,
                    ];
                    lignes.push((date, ligne));
                }
            }
        }
        lignes
    }

    /// What a project receives in a year: nothing before its first day nor after its last.
    ///
    /// The running cost is 110,000 € a year and 90,000 € times the share of a five-day week: 200,000 € for five days. In
    /// Normandie the région gives 75,000 € a year for the first three years; the vehicle is paid in the first one.
    pub fn financements<'a>(&self, projet: &'a Projet, annee: i32) -> Vec<Ligne<'a>> {
        let Some(debut) = projet.mise_en_service.filter(|d| d.year() <= annee) else {
            return Vec::new();
        };
        let mut hasard = Hasard::new(
            self.params.graine,
            &format!("financements {} {annee}", projet.id),
        );
        let premier = if debut.year() == annee {
            debut.month0()
        } else {
            0
        };
        let dernier = match projet.fin {
            Some(fin) if fin.year() < annee => 0,
            Some(fin) if fin.year() == annee => fin.month(),
            _ => 12,
        };
        let mois = f64::from(dernier.saturating_sub(premier));
        if mois == 0.0 {
            return Vec::new();
        }
        let semaine = projet.dixiemes_de_jour() as f64 / 50.0;
        let cout = (110_000.0 + 90_000.0 * semaine) * (1.0 + 0.03 * hasard.ecart()) * mois / 12.0;
        let region = if projet.region == "28" && annee - debut.year() < 3 {
            75_000.0_f64.min(0.6 * cout)
        } else {
            0.0
        };
        let reste = cout - region;
        let mut sources: Vec<(&str, &str, f64)> = vec![
            ("fir", "fonctionnement", 0.46 * reste),
            ("assurance_maladie", "fonctionnement", 0.24 * reste),
            ("intercommunalite", "fonctionnement", 0.2 * reste),
            ("departement", "fonctionnement", 0.1 * reste),
        ];
        if region > 0.0 {
            sources.push(("region", "fonctionnement", region));
        }
        if debut.year() == annee {
            let vehicule = 140_000.0 * (1.0 + 0.08 * hasard.ecart());
            sources.push(("fir", "investissement", 0.5 * vehicule));
            sources.push(("etat", "investissement", 0.3 * vehicule));
            sources.push(("commune", "investissement", 0.05 * vehicule));
            sources.push(("autre", "investissement", 0.15 * vehicule));
        }
        sources
            .into_iter()
            .map(|(financeur, nature, montant)| {
                vec![
                    Champ::Texte(&projet.id),
                    Champ::Entier(i64::from(annee)),
                    Champ::Texte(financeur),
                    Champ::Texte(nature),
                    Champ::Centiemes((montant * 100.0).round() as i64),
                ]
            })
            .collect()
    }
}

/// Delay of an appointment, in days: median 2, third quartile 5, ninth decile 11 (DREES, October 2018), linear between.
fn quantile_delai(u: f64) -> f64 {
    const POINTS: [(f64, f64); 7] = [
        (0.0, 0.0),
        (0.25, 0.8),
        (0.5, 2.0),
        (0.75, 5.0),
        (0.9, 11.0),
        (0.98, 28.0),
        (1.0, 45.0),
    ];
    for paire in POINTS.windows(2) {
        let ((u0, d0), (u1, d1)) = (paire[0], paire[1]);
        if u <= u1 {
            return d0 + (d1 - d0) * (u - u0) / (u1 - u0);
        }
    }
    45.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Params, REGIONS, Truth, generate};

    fn points(o: &Observation<'_>) -> f64 {
        100.0 * o.patients_sans_mt as f64 / o.patients as f64
    }

    /// Mean change from the quarter before the first tour to `exposition`, served less never served and far from any bus.
    fn ecart(panel: &[Observation<'_>], exposition: i64) -> f64 {
        let mut series: BTreeMap<(&str, i64), f64> = BTreeMap::new();
        for o in panel {
            series.insert((&o.territoire.code, o.periode), points(o));
        }
        let change =
            |code: &str, de: i64, a: i64| Some(series.get(&(code, a))? - series.get(&(code, de))?);
        let mut ecarts = Vec::new();
        for servi in panel
            .iter()
            .filter(|o| o.territoire.cohorte == Some(o.periode))
        {
            let (de, a) = (servi.periode - 1, servi.periode + exposition);
            let Some(vu) = change(&servi.territoire.code, de, a) else {
                continue;
            };
            let temoins: Vec<f64> = panel
                .iter()
                .filter(|o| {
                    o.periode == a
                        && o.territoire.cohorte.is_none()
                        && o.territoire.voisin_depuis.is_none()
                })
                .filter_map(|o| change(&o.territoire.code, de, a))
                .collect();
            ecarts.push(vu - temoins.iter().sum::<f64>() / temoins.len() as f64);
        }
        ecarts.iter().sum::<f64>() / ecarts.len() as f64
    }

    #[test]
    fn the_panel_holds_the_effect_that_the_truth_states() {
        for exposition in [-4, 0, 3, 7] {
            let graines = 6;
            let moyenne = (0..graines)
                .map(|graine| {
                    let monde = generate(&Params::new(graine, &REGIONS, 1)).unwrap();
                    ecart(
                        &REGIONS
                            .iter()
                            .flat_map(|r| monde.panel(r))
                            .collect::<Vec<_>>(),
                        exposition,
                    )
                })
                .sum::<f64>()
                / graines as f64;
            let vrai = Truth::default().effet_sans_mt.a(exposition);
            assert!(
                (moyenne - vrai).abs() < 0.1,
                "exposition {exposition} : {moyenne} au lieu de {vrai}"
            );
        }
    }

    #[test]
    fn counts_are_possible() {
        let monde = generate(&Params::new(3, &REGIONS, 1)).unwrap();
        for o in REGIONS.iter().flat_map(|r| monde.panel(r)) {
            assert!(
                o.patients_sans_mt <= o.patients
                    && o.ald <= o.patients
                    && o.ages_70_plus <= o.patients
            );
            assert!(o.ald_sans_mt <= o.ald && o.ald_sans_mt <= o.patients_sans_mt);
            assert!(
                o.ages_70_plus_sans_mt <= o.ages_70_plus
                    && o.ages_70_plus_sans_mt <= o.patients_sans_mt
            );
        }
    }

    #[test]
    fn running_costs_follow_the_days_in_service() {
        let monde = generate(&Params::new(7, &["28", "84"], 1)).unwrap();
        let total = |id: &str, annee: i32, nature: &str| {
            let projet = monde.projets.iter().find(|p| p.id == id).unwrap();
            let lignes = monde.financements(projet, annee);
            lignes
                .iter()
                .filter(|l| l[3] == Champ::Texte(nature))
                .map(montant)
                .sum::<i64>()
                / 100
        };
        fn montant(ligne: &Ligne<'_>) -> i64 {
            match ligne[4] {
                Champ::Centiemes(centimes) => centimes,
                _ => 0,
            }
        }
        let orne = total("28-61-ORNE-EST", 2025, "fonctionnement");
        assert!((150_000..200_000).contains(&orne), "{orne}");
        assert_eq!(total("28-61-ORNE-EST", 2025, "investissement"), 0);
        assert!(total("28-27-VEXIN", 2024, "investissement") > 100_000);
        assert_eq!(total("28-27-VEXIN", 2023, "fonctionnement"), 0);
        // Ended in March 2026: three months of twelve.
        let (entier, court) = (
            total("84-15-FICTIF-CANTAL", 2025, "fonctionnement"),
            total("84-15-FICTIF-CANTAL", 2026, "fonctionnement"),
        );
        assert!(court * 3 < entier, "{court} {entier}");
        assert_eq!(total("28-14-VIRE", 2025, "fonctionnement"), 0);
    }
}
