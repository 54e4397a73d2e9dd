//! From the world to deliveries: each row goes to the delivery of its period.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike, NaiveDate};

use super::Params;
use super::champ::{Champ, Ligne, Table};
use super::demo::{ecrire, zonages};
use super::dialecte::Dialecte;
use super::fautes::{Attendue, Faussaire};
use super::hasard::jour;
use super::livraison::{Etiquette, Forme, Livraison};
use super::monde::{Projet, World, generate};
use base::error::{Error, Result};
use geography::Communes;

/// Rows written, by table name.
pub type Compte = BTreeMap<&'static str, u64>;

/// How a région delivers a period.
pub(super) type Facon<'f> = &'f (dyn Fn(&str, &str) -> (Forme, Dialecte) + Sync);

/// Name of the period before the measure.
const AVANT: &str = "2022-2023";

/// A delivery with what slips errors into it.
struct Chantier<'a> {
    livraison: Livraison,
    faussaire: Option<Faussaire<'a>>,
    compte: Compte,
}

impl<'a> Chantier<'a> {
    fn ecrire<'b>(&mut self, table: Table, ligne: Ligne<'b>) -> Result<()>
    where
        'a: 'b,
    {
        *self.compte.entry(table.nom()).or_insert(0) += 1;
        match &mut self.faussaire {
            Some(faussaire) => faussaire.ecrire(&mut self.livraison, table, ligne),
            None => self.livraison.ligne(table, &ligne).map(|_| ()),
        }
    }
}

/// Writes all deliveries of a région; with `anciens` (codes of merged communes by successor) come deliberate errors.
///
/// # Errors
/// If `dossier` cannot be written.
pub(super) fn region<'a>(
    monde: &'a World,
    region: &str,
    nom_region: &str,
    dossier: &Path,
    facon: Facon<'_>,
    anciens: Option<&'a BTreeMap<String, String>>,
) -> Result<(Compte, Vec<Attendue>)> {
    let mut chantiers: BTreeMap<i32, Chantier<'a>> = BTreeMap::new();
    // 2023 stands for the two years before the measure.
    for annee in std::iter::once(2023).chain(monde.params.annees.clone()) {
        let periode = if annee == 2023 {
            AVANT.to_owned()
        } else {
            annee.to_string()
        };
        let (forme, dialecte) = facon(region, &periode);
        let etiquette = Etiquette {
            region: region.to_owned(),
            periode,
            producteur: format!("ARS {nom_region} (données fictives)"),
        };
        let livraison = Livraison::creer(dossier, etiquette, forme, dialecte)?;
        let iso = forme != Forme::Classeur && !dialecte.francais;
        let depart = (annee - 2023) as usize * 17 + region.bytes().map(usize::from).sum::<usize>();
        let faussaire = anciens.map(|anciens| Faussaire::new(anciens, iso, depart));
        chantiers.insert(
            annee,
            Chantier {
                livraison,
                faussaire,
                compte: Compte::new(),
            },
        );
    }
    for (annee, chantier) in &mut chantiers {
        let fin = if *annee == 2023 {
            jour(2023, 12, 31)
        } else {
            monde.fin_annee(*annee)
        };
        etat(monde, region, fin, chantier)?;
    }
    for projet in monde.projets.iter().filter(|p| p.region == region) {
        monde.activite(projet, &mut |visite| {
            let chantier = vers(&mut chantiers, visite.date.year())?;
            chantier.ecrire(Table::Tournees, visite.tournee)?;
            visite
                .consultations
                .into_iter()
                .try_for_each(|c| chantier.ecrire(Table::Consultations, c))
        })?;
        for annee in monde.params.annees.clone() {
            for ligne in monde.financements(projet, annee) {
                vers(&mut chantiers, annee)?.ecrire(Table::Financements, ligne)?;
            }
        }
    }
    for observation in monde.panel(region) {
        vers(&mut chantiers, (observation.periode / 4) as i32)?
            .ecrire(Table::Territoires, observation.ligne())?;
    }
    for (date, ligne) in monde.delais(region) {
        vers(&mut chantiers, date.year())?.ecrire(Table::DelaisMg, ligne)?;
    }
    for (date, ligne) in monde.offre(region) {
        vers(&mut chantiers, date.year())?.ecrire(Table::Offre, ligne)?;
    }
    let mut compte = Compte::new();
    let mut attendues = Vec::new();
    for chantier in chantiers.into_values() {
        for (table, lignes) in chantier.compte {
            *compte.entry(table).or_insert(0) += lignes;
        }
        attendues.extend(chantier.faussaire.into_iter().flat_map(|f| f.attendues));
        chantier.livraison.finir()?;
    }
    Ok((compte, attendues))
}

fn vers<'c, 'a>(
    chantiers: &'c mut BTreeMap<i32, Chantier<'a>>,
    annee: i32,
) -> Result<&'c mut Chantier<'a>> {
    chantiers.get_mut(&annee.max(2023)).ok_or_else(|| {
        Error::usage(format!(
            "l'année {annee} n'est pas dans les années demandées"
        ))
    })
}

/// The tables that give the whole state of the projects of a région on a day.
fn etat<'a>(
    monde: &'a World,
    region: &str,
    fin: NaiveDate,
    chantier: &mut Chantier<'a>,
) -> Result<()> {
    let jusqu_a =
        |date: Option<NaiveDate>| date.filter(|d| *d <= fin).map_or(Champ::Vide, Champ::Date);
    let projets: Vec<&'a Projet> = monde.projets_connus(region, fin);
    for projet in &projets {
        let porteur = if projet.porteur.is_empty() {
            Champ::Vide
        } else {
            Champ::Texte(&projet.porteur)
        };
        let jours = if projet.arrets.is_empty() {
            Champ::Vide
        } else {
            Champ::Dixiemes(projet.dixiemes_de_jour())
        };
        chantier.ecrire(
            Table::Medicobus,
            vec![
                Champ::Texte(&projet.id),
                Champ::Texte(&projet.nom),
                Champ::Texte(&projet.region),
                Champ::Texte(&projet.departement),
                Champ::Texte(&projet.porteur_type),
                porteur,
                Champ::Texte(&projet.vague),
                jusqu_a(projet.labellisation),
                jusqu_a(projet.mise_en_service),
                jusqu_a(projet.fin),
                jours,
            ],
        )?;
    }
    for projet in projets {
        for arret in projet.arrets.iter().filter(|a| a.debut <= fin) {
            chantier.ecrire(
                Table::Dessertes,
                vec![
                    Champ::Texte(&projet.id),
                    Champ::Texte(&arret.code_commune),
                    Champ::Date(arret.debut),
                    jusqu_a(projet.fin),
                    Champ::Texte(["lun", "mar", "mer", "jeu", "ven"][arret.jour as usize % 5]),
                ],
            )?;
        }
    }
    Ok(())
}

/// Writes deliveries of the régions, years and scale asked, without errors: UTF-8, comma, ISO dates, the large tables gzipped.
/// Régions are written at the same time, each by its own thread. `zonages.csv`, beside them, is for `medicobus referentiel`. Returns
/// the rows written, by table.
///
/// # Errors
/// An unknown région, or a folder that cannot be written.
pub fn write_scaled(dossier: &Path, params: &Params) -> Result<Compte> {
    let monde = generate(params)?;
    let communes = Communes::embedded()?;
    let facon = |_: &str, _: &str| (Forme::Dossier, Dialecte::SIMPLE);
    let resultats: Vec<Result<Compte>> = std::thread::scope(|scope| {
        let fils: Vec<_> = params
            .regions
            .iter()
            .map(|code| {
                let (monde, communes) = (&monde, &communes);
                scope.spawn(move || {
                    let nom = communes.region_name(code).unwrap_or(code);
                    region(monde, code, nom, dossier, &facon, None).map(|(compte, _)| compte)
                })
            })
            .collect();
        fils.into_iter()
            .map(|fil| {
                fil.join()
                    .unwrap_or_else(|_| Err(Error::access("l'écriture d'une région s'est arrêtée")))
            })
            .collect()
    });
    ecrire(dossier, "zonages.csv", &zonages(&monde))?;
    let mut total = Compte::new();
    for compte in resultats {
        for (table, lignes) in compte? {
            *total.entry(table).or_insert(0) += lignes;
        }
    }
    Ok(total)
}
