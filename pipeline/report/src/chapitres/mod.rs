//! Chapters of a bilan, one file each: what is said, shown and tabulated from which answer.

pub(super) mod activite;
mod annexes;
mod autres;
pub(super) mod comparaison;
pub(super) mod conformite;
mod delais;
mod deploiement;
mod financement;
mod medecin_traitant;
pub(super) mod methode;
mod offre;
pub(super) mod provenance;
pub(super) mod publics;
mod qualite;
pub(super) mod synthese;
mod territoires;

pub(super) use autres::itineraires;

use super::builder::Builder;
use super::content::{Block, Chapter};
use base::error::Result;

/// Builds a chapter, or none where there is nothing to say.
pub(super) type Construire = fn(&mut Builder<'_>) -> Result<Option<Chapter>>;

/// Chapters in order. The annexes come last: they print what no chapter has printed.
pub(super) const ORDRE: [Construire; 13] = [
    deploiement::construire,
    activite::construire,
    publics::construire,
    medecin_traitant::construire,
    delais::construire,
    autres::construire,
    conformite::construire,
    financement::construire,
    offre::construire,
    comparaison::construire,
    qualite::construire,
    methode::construire,
    annexes::construire,
];

fn chapitre(
    atelier: &Builder<'_>,
    id: &str,
    titre: &str,
    phrases: Vec<String>,
    mut blocs: Vec<Block>,
) -> Chapter {
    // First what the committee has to say: at the end it would often stand alone on a page.
    blocs.splice(0..0, atelier.commentaire(id));
    Chapter {
        id: id.into(),
        titre: titre.into(),
        nouvelle_page: true,
        phrases,
        blocs,
    }
}

/// Puts words in the place of the codes of a printed table.
fn renommer(bloc: &mut Block, mots: &[(&str, &str)]) {
    if let Block::Table(t) = bloc {
        for cellule in t.lignes.iter_mut().flatten() {
            if let Some((_, mot)) = mots.iter().find(|(code, _)| code == cellule) {
                *cellule = (*mot).to_string();
            }
        }
    }
}

/// Name of the zones just below, for titles: `par département`, `par région`.
pub(super) fn par_partie(atelier: &Builder<'_>) -> &'static str {
    if atelier.input.zone.level == "national" {
        "par région"
    } else {
        "par département"
    }
}
