//! Chapters of a bilan, one file each: what is said, shown and tabulated from which answer.

pub(super) mod activite;
pub(crate) mod answers;
pub(super) mod chapter;
pub(super) mod comparison;
pub(super) mod conformite;
mod data_quality;
mod delais;
mod deploiement;
mod financement;
pub(super) mod medecin_traitant;
pub(super) mod method;
mod offre;
mod organisation;
mod perimeter;
pub(super) mod provenance;
pub(super) mod publics;
pub(super) mod reading;
pub(super) mod summary;
mod territoires;
pub(crate) mod titled;

pub(super) use organisation::itineraries;

use super::builder::Builder;
use super::content::Chapter;
use base::error::Result;

/// Builds a chapter, or none where there is nothing to say.
pub(super) type BuildChapter = fn(&mut Builder<'_>) -> Result<Option<Chapter>>;

/// Chapters in order. What none of them prints is attached, as are the definitions.
pub(super) const ORDER: [BuildChapter; 11] = [
    deploiement::build,
    activite::build,
    publics::build,
    medecin_traitant::build,
    delais::build,
    organisation::build,
    conformite::build,
    financement::build,
    offre::build,
    comparison::build,
    data_quality::build,
];
