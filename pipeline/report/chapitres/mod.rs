//! Chapters of a bilan, one file each: what is said, shown and tabulated from which answer.

pub(super) mod activite;
mod annexes;
mod autres;
pub(super) mod comparaison;
mod delais;
mod deploiement;
mod medecin_traitant;
pub(super) mod methode;
pub(super) mod provenance;
pub(super) mod publics;
mod qualite;
pub(super) mod synthese;

use super::atelier::Atelier;
use super::model::{Bloc, Chapitre};
use crate::error::Result;

/// Builds a chapter, or none where there is nothing to say.
pub(super) type Construire = fn(&mut Atelier<'_>) -> Result<Option<Chapitre>>;

/// Chapters in order. The annexes come last: they print what no chapter has printed.
pub(super) const ORDRE: [Construire; 10] = [
    deploiement::construire,
    activite::construire,
    publics::construire,
    medecin_traitant::construire,
    delais::construire,
    autres::construire,
    comparaison::construire,
    qualite::construire,
    methode::construire,
    annexes::construire,
];

fn chapitre(
    atelier: &Atelier<'_>,
    id: &str,
    titre: &str,
    phrases: Vec<String>,
    mut blocs: Vec<Bloc>,
) -> Chapitre {
    // First what the committee has to say: at the end it would often stand alone on a page.
    blocs.splice(0..0, atelier.commentaire(id));
    Chapitre {
        id: id.into(),
        titre: titre.into(),
        nouvelle_page: true,
        phrases,
        blocs,
    }
}

/// Name of the zones just below, for titles: `par département`, `par région`.
pub(super) fn par_partie(atelier: &Atelier<'_>) -> &'static str {
    if atelier.input.zone.niveau == "national" {
        "par région"
    } else {
        "par département"
    }
}
