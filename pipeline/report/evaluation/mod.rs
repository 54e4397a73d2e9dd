//! The final evaluation: one page of answers first, then what was done, for whom, at what cost, with what effect.
//!
//! | module | does |
//! |---|---|
//! | [`demandes`] | which queries it needs |
//! | `faits` | what its sentences are told |
//! | `outils` | tables of several years |
//! | `synthese`, `realisations`, `resultats`, `regions`, `effet`, `conclusion` | its chapters |
//!
//! The bilan's comparison of régions, method and provenance serve as they are.

mod conclusion;
pub mod demandes;
mod effet;
mod faits;
mod outils;
mod realisations;
mod regions;
mod resultats;
mod synthese;

use chrono::NaiveDate;

use super::atelier::Atelier;
use super::bilan::{BilanInput, couverture, entete};
use super::chapitres;
use super::document::Document;
use super::model::{Bilan, Bloc, Chapitre};
use crate::error::Result;

/// Everything that an evaluation is a function of.
#[derive(Debug, Clone)]
pub struct EvaluationInput<'a> {
    /// Zone, reference year (the last complete one), tables, comments, provenance: as for a bilan.
    pub base: BilanInput<'a>,
    /// Years covered, increasing.
    pub annees: &'a [i32],
    /// Last day told about, when it falls before the end of the last year.
    pub partielle: Option<NaiveDate>,
    /// Territories served within the panel, and their clusters.
    pub servis: (usize, usize),
    /// Fewest served territories and clusters for a causal conclusion.
    pub minimum: (usize, usize),
}

impl EvaluationInput<'_> {
    /// True when the causal chapter concludes.
    pub fn conclut(&self) -> bool {
        self.base
            .tables
            .get("effet_moyen")
            .is_some_and(|t| !t.rows().is_empty())
    }

    /// Key of a query's answer for a year.
    pub fn cle(&self, requete: &str, annee: i32) -> String {
        demandes::cle(requete, annee, self.base.annee)
    }

    /// Complete years.
    pub fn completes(&self) -> impl Iterator<Item = i32> + '_ {
        let fin = self.base.annee;
        self.annees.iter().copied().filter(move |a| *a <= fin)
    }
}

/// Builds a chapter, or none where there is nothing to say.
type Construire = fn(&mut Atelier<'_>, &EvaluationInput<'_>) -> Result<Option<Chapitre>>;

const ORDRE: [Construire; 11] = [
    realisations::deploiement,
    realisations::publics,
    realisations::activite,
    resultats::medecin_traitant,
    resultats::territoires,
    resultats::delais,
    resultats::offre,
    resultats::couts,
    comparaison,
    effet::construire,
    effet::naif,
];

/// Makes the final evaluation of a zone.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn evaluation(input: &EvaluationInput<'_>) -> Result<Document> {
    let mut atelier = Atelier::new(&input.base)?;
    let a = &mut atelier;
    let synthese = synthese::construire(a, input)?;
    let mut liste: Vec<Chapitre> = Vec::new();
    for construire in ORDRE {
        a.ouvrir();
        liste.extend(construire(a, input)?);
    }
    liste.extend(regions::construire(a, input)?);
    for construire in [conclusion::construire as Construire, conclusion::limites] {
        a.ouvrir();
        liste.extend(construire(a, input)?);
    }
    liste.extend(chapitres::methode::construire(a)?);
    let provenance = chapitres::provenance::construire(a)?;
    let lecture = a.phrases("evaluation_lecture.j2", ())?;
    let couverture = couverture(a)?;
    let (debut, fin) = bornes(input);
    let titre = format!("Évaluation finale des médicobus, {debut}-{fin}");
    let titre_court = format!(
        "Évaluation des médicobus {debut}-{fin} · {}",
        input.base.zone.nom
    );
    let donnees = Bilan {
        synthese,
        chapitres: liste,
        provenance,
        lecture,
        couverture,
        ..entete(&input.base, titre, titre_court)
    };
    Document::new("evaluation.typ", donnees, atelier.charts, &input.base)
}

fn bornes(input: &EvaluationInput<'_>) -> (i32, i32) {
    let annee = input.base.annee;
    (
        input.annees.first().copied().unwrap_or(annee),
        input.annees.last().copied().unwrap_or(annee),
    )
}

/// The bilan's comparison of régions, after the same shares at a comparable structure.
fn comparaison(a: &mut Atelier<'_>, input: &EvaluationInput<'_>) -> Result<Option<Chapitre>> {
    let Some(mut chapitre) = chapitres::comparaison::construire(a)? else {
        return Ok(None);
    };
    let mut blocs = regions::standardisees(a, input)?;
    blocs.append(&mut chapitre.blocs);
    chapitre.blocs = blocs;
    Ok(Some(chapitre))
}

fn chapitre(
    a: &Atelier<'_>,
    id: &str,
    titre: &str,
    phrases: Vec<String>,
    mut blocs: Vec<Bloc>,
) -> Chapitre {
    // First what the committee has to say: at the end it would often stand alone on a page.
    blocs.splice(0..0, a.commentaire(id));
    Chapitre {
        id: id.into(),
        titre: titre.into(),
        nouvelle_page: true,
        phrases,
        blocs,
    }
}
