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

use super::builder::Builder;
use super::bilan::{BilanInput, cover, front_matter};
use super::chapitres;
use super::document::Document;
use super::content::{Bilan, Block, Chapter};
use base::error::Result;

/// Everything that an evaluation is a function of.
#[derive(Debug, Clone)]
pub struct EvaluationInput<'a> {
    /// Zone, reference year (the last complete one), tables, comments, provenance: as for a bilan.
    pub base: BilanInput<'a>,
    /// Years covered, increasing.
    pub annees: &'a [i32],
    /// Last day told about, when it falls before the end of the last year.
    pub partielle: Option<NaiveDate>,
    /// Why no effect is estimated: `servis`, `grappes`, `temoins`, `zonages` or `estimation`.
    pub absence: Option<&'a str>,
    /// Territories served within the panel, and their clusters.
    pub servis: (usize, usize),
    /// Controls, and their clusters.
    pub temoins: (usize, usize),
    /// Territories whose zoning is unknown.
    pub sans_zonage: usize,
    /// Fewest served territories and clusters for a causal conclusion.
    pub minimum: (usize, usize),
    /// Whether the user gave the reference population of standardised shares.
    pub population_donnee: bool,
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
type Construire = fn(&mut Builder<'_>, &EvaluationInput<'_>) -> Result<Option<Chapter>>;

/// Chapters that take no comment: their words are the program's.
const SANS_COMMENTAIRE: [&str; 3] = ["reponses", "methode", "annexe_effet"];

const ORDRE: [Construire; 14] = [
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
    methode,
    conclusion::limites,
    conclusion::construire,
    effet::naif,
];

/// Makes the final evaluation of a zone.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn evaluation(input: &EvaluationInput<'_>) -> Result<Document> {
    let mut atelier = Builder::new(&input.base)?;
    let a = &mut atelier;
    let synthese = synthese::construire(a, input)?;
    let mut liste: Vec<Chapter> = Vec::new();
    for construire in ORDRE {
        a.ouvrir();
        liste.extend(construire(a, input)?);
    }
    liste.extend(regions::construire(a, input)?);
    let provenance = chapitres::provenance::construire(a)?;
    let lecture = a.phrases("evaluation_lecture.j2", ())?;
    let cover = cover(a)?;
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
        cover,
        ..front_matter(&input.base, titre, titre_court)
    };
    Ok(Document::new(
        "evaluation.typ",
        donnees,
        atelier.charts,
        &input.base,
    ))
}

fn bornes(input: &EvaluationInput<'_>) -> (i32, i32) {
    let annee = input.base.annee;
    (
        input.annees.first().copied().unwrap_or(annee),
        input.annees.last().copied().unwrap_or(annee),
    )
}

/// Names of the comments that a document has no chapter for, among those given to it.
pub fn commentaires_sans_chapitre<'c>(
    document: &Document,
    donnes: impl Iterator<Item = &'c String>,
) -> Vec<&'c str> {
    let chapitres: std::collections::BTreeSet<&str> = document
        .donnees
        .chapitres
        .iter()
        .map(|c| c.id.as_str())
        .filter(|id| !SANS_COMMENTAIRE.contains(id))
        .chain(["synthese"])
        .collect();
    donnes
        .map(String::as_str)
        .filter(|c| !chapitres.contains(c))
        .collect()
}

/// The nation: the bilan's comparison of régions with shares at a comparable structure, intervals over buses. A région: its
/// share at a comparable structure beside that of all.
fn comparaison(a: &mut Builder<'_>, input: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let Some(mut chapitre) = chapitres::comparaison::construire(a)? else {
        return regions::situer(a, input);
    };
    if let Some(redessine) = regions::classement(a, input)?
        && let Some(bloc) = chapitre
            .blocs
            .iter_mut()
            .find(|b| matches!(b, Block::Chart(g) if g.id == regions::CLASSEMENT))
    {
        *bloc = redessine;
    }
    // The caution and the committee's words stay before what they are about.
    let place = chapitre
        .blocs
        .iter()
        .position(|b| !matches!(b, Block::Callout { .. } | Block::Comment { .. }))
        .unwrap_or(chapitre.blocs.len());
    let blocs = regions::standardisees(a, input)?;
    chapitre.blocs.splice(place..place, blocs);
    Ok(Some(chapitre))
}

/// How the figures were made, then the definitions of every query and table of estimates.
fn methode(a: &mut Builder<'_>, input: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let Some(mut chapitre) = chapitres::methode::construire(a)? else {
        return Ok(None);
    };
    // The first sentence says how secrecy was kept; the others are about a bilan's intervals.
    chapitre.phrases.truncate(1);
    let mut elements = realisations::phrases(a, input, "methode")?;
    elements.retain(|t| !t.is_empty());
    chapitre.blocs.insert(0, Block::List { elements });
    chapitre.blocs.insert(
        1,
        Block::Heading {
            texte: "Définitions".into(),
        },
    );
    Ok(Some(chapitre))
}

fn chapitre(
    a: &Builder<'_>,
    id: &str,
    titre: &str,
    phrases: Vec<String>,
    mut blocs: Vec<Block>,
) -> Chapter {
    // First what the committee has to say: at the end it would often stand alone on a page.
    blocs.splice(0..0, a.commentaire(id));
    Chapter {
        id: id.into(),
        titre: titre.into(),
        nouvelle_page: true,
        phrases,
        blocs,
    }
}
