//! The sheet of one bus: a page of key figures, months, publics and delays.

use super::atelier::Atelier;
use super::bilan::{BilanInput, entete};
use super::chapitres::{activite, conformite, itineraires, publics, synthese};
use super::document::Document;
use super::model::{Bilan, Bloc, Chapitre, Niveau};
use super::prose::Fait;
use base::error::Result;
use base::french::typography;

/// Two charts stand side by side on the sheet: each is drawn at half the page's width.
const DEMIE: f64 = 228.0;

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
    // The key figures say the rest already.
    synthese.faits.retain(|fait| fait.contains("intervalle"));
    let mut blocs = Vec::new();
    atelier.largeur = DEMIE;
    blocs.extend(activite::courbe(&mut atelier)?);
    blocs.extend(publics::courbe(&mut atelier)?);
    if let Some(Bloc::Tableau(mut itineraire)) = itineraires(&mut atelier) {
        // One bus: its name heads the sheet already.
        itineraire.notes.clear();
        itineraire.source = None;
        if let (Some(t), Some(l)) = (
            itineraire.colonnes.first_mut(),
            itineraire.lignes.first_mut().and_then(|l| l.first_mut()),
        ) {
            t.titre = "Jour prévu".into();
            *l = "Communes".into();
        }
        blocs.push(Bloc::Tableau(itineraire));
    }
    blocs.extend(conformite(&mut atelier));
    // One line at the foot says the sources of all: the charts need the room.
    for bloc in &mut blocs {
        if let Bloc::Graphique(g) = bloc {
            g.source = None;
        }
    }
    // A sheet keeps no empty place for a comment: the page is full.
    if input.commentaires.contains_key("fiche") {
        blocs.extend(atelier.commentaire("fiche"));
    }
    let chapitre = Chapitre {
        id: "activite".into(),
        titre: "Activité et publics".into(),
        nouvelle_page: false,
        phrases: trouves(&atelier)?,
        blocs,
    };
    let titre = format!("Fiche {}", input.annee);
    let donnees = entete(
        input,
        titre,
        format!("Fiche {} · {}", input.annee, input.zone.complet),
    );
    let mut mentions = donnees.mentions;
    mentions.push(typography(
        "Sources : consultations, tournées et dessertes déclarées ; définitions et limites dans le bilan de la région, tables jointes à ce PDF.",
    ));
    let donnees = Bilan {
        mentions,
        synthese,
        chapitres: vec![chapitre],
        ..donnees
    };
    Ok(Document::new("fiche.typ", donnees, atelier.charts, input))
}

/// How many patients without médecin traitant found one: what the bus is for.
fn trouves(atelier: &Atelier<'_>) -> Result<Vec<String>> {
    let ligne = atelier.vue("mt_trouve").and_then(|v| v.lignes().last());
    let colonnes = ["delai_suivi", "suivis", "trouves", "part_trouves"].map(String::from);
    let m = Fait::ligne(ligne.as_ref(), &colonnes);
    atelier.phrases("fiche.j2", std::collections::BTreeMap::from([("m", m)]))
}

/// What the cahier des charges asks of a bus, in a table of few rows.
fn conformite(atelier: &mut Atelier<'_>) -> Option<Bloc> {
    let mut bloc = conformite::tableau(atelier, "Au regard du cahier des charges")?;
    if let Bloc::Tableau(t) = &mut bloc {
        // Notes and sources are those of the région's bilan: a sheet has no room for them.
        t.notes.clear();
        t.source = None;
        for cellule in t.lignes.iter_mut().flatten() {
            *cellule = cellule
                .replace(" (cahier des charges)", "")
                .replace(" (seuil de vigilance)", " (vigilance)");
        }
    }
    Some(bloc)
}
