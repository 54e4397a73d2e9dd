//! The sheet of one bus: a page of key figures, months, publics and delays.

use super::atelier::Atelier;
use super::bilan::{BilanInput, entete};
use super::chapitres::{activite, publics, synthese};
use super::document::Document;
use super::model::{Bilan, Chapitre, Niveau};
use crate::error::Result;

/// Makes the sheet of a bus; `input.zone` is the bus.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if a chart or an attachment cannot be made.
pub fn fiche(input: &BilanInput<'_>) -> Result<Document> {
    let mut atelier = Atelier::new(input)?;
    let mut synthese = synthese::construire(&mut atelier)?;
    // One page: the count of buses says nothing of one bus, and what all share is said in the bilan of its région.
    synthese
        .chiffres
        .drain(..synthese.chiffres.len().saturating_sub(8));
    synthese
        .vigilance
        .retain(|p| matches!(p.niveau, Niveau::Attention | Niveau::Alerte));
    synthese.vigilance.truncate(2);
    synthese.blocs.clear();
    let mut blocs = Vec::new();
    blocs.extend(activite::courbe(&mut atelier)?);
    blocs.extend(publics::courbe(&mut atelier)?);
    // A sheet keeps no empty place for a comment: the page is full.
    if input.commentaires.contains_key("fiche") {
        blocs.extend(atelier.commentaire("fiche"));
    }
    let chapitre = Chapitre {
        id: "activite".into(),
        titre: "Activité et publics".into(),
        nouvelle_page: false,
        phrases: Vec::new(),
        blocs,
    };
    let titre = format!("Fiche {}", input.annee);
    let donnees = entete(
        input,
        titre,
        format!("Fiche {} · {}", input.annee, input.zone.complet),
    );
    let donnees = Bilan {
        synthese,
        chapitres: vec![chapitre],
        ..donnees
    };
    Document::new("fiche.typ", donnees, atelier.charts, input)
}
