//! The sheet of one bus: a page of key figures, months, publics and delays.

use super::atelier::Atelier;
use super::bilan::{BilanInput, entete};
use super::chapitres::{activite, publics, synthese};
use super::document::Document;
use super::format::typographie;
use super::model::{Bilan, Bloc, Chapitre, Niveau};
use super::vue::Valeur;
use crate::error::Result;

/// Communes named on the sheet before the rest is counted.
const COMMUNES: usize = 14;

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
    blocs.extend(activite::courbe(&mut atelier)?);
    blocs.extend(publics::courbe(&mut atelier)?);
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
        phrases: itineraire(&atelier).into_iter().collect(),
        blocs,
    };
    let titre = format!("Fiche {}", input.annee);
    let donnees = entete(
        input,
        titre,
        format!("Fiche {} · {}", input.annee, input.zone.complet),
    );
    let mut mentions = donnees.mentions;
    mentions.push(typographie(
        "Sources : consultations, tournées et dessertes déclarées ; définitions et limites dans le bilan de la région, tables jointes à ce PDF.",
    ));
    let donnees = Bilan {
        mentions,
        synthese,
        chapitres: vec![chapitre],
        ..donnees
    };
    Document::new("fiche.typ", donnees, atelier.charts, input)
}

/// The itinerary as a sentence: where the bus stops, on which day, how many times.
fn itineraire(atelier: &Atelier<'_>) -> Option<String> {
    let vue = atelier
        .vue("communes_desservies")
        .filter(|v| !v.is_empty())?;
    let arrets: Vec<String> = vue
        .lignes()
        .take(COMMUNES)
        .map(|l| {
            let nom = l.libelle(&["nom_commune", "code_commune"]);
            match l.texte("jour") {
                Some(jour) => format!("{nom} ({jour}, {})", l.imprime("tournees")),
                None => format!("{nom} ({})", l.imprime("tournees")),
            }
        })
        .collect();
    let reste = match vue.len().saturating_sub(COMMUNES) {
        0 => String::new(),
        1 => " et une autre commune".to_string(),
        n => format!(" et {n} autres communes"),
    };
    Some(typographie(&format!(
        "Itinéraire de l'année (jour prévu, tournées tenues) : {}{reste}.",
        arrets.join(", ")
    )))
}

/// What the cahier des charges asks of a bus, in a table of few rows.
fn conformite(atelier: &mut Atelier<'_>) -> Option<Bloc> {
    let prevention = format!(
        "marginale : {} au plus",
        super::format::pourcent(atelier.input.seuils.prevention_max)
    );
    // Answer, row of it, column, words, what is asked.
    let lignes: [(&str, Option<&str>, &str, &str, &str); 6] = [
        (
            "eligibilite",
            None,
            "part_tournees_eligibles",
            "Tournées en commune rurale, en ZIP ou ZAC",
            "toutes",
        ),
        (
            "itineraire",
            None,
            "part_au_jour_fixe",
            "Tournées au jour fixe de la commune",
            "itinéraire hebdomadaire fixe",
        ),
        (
            "conformite_activite",
            Some("non_programme_hors_sas"),
            "part",
            "Soins non programmés hors régulation du SAS",
            "aucun",
        ),
        (
            "conformite_activite",
            Some("prevention"),
            "part",
            "Consultations de prévention",
            &prevention,
        ),
        (
            "continuite",
            None,
            "part_habituel",
            "Retours auprès du praticien habituel",
            "les mêmes professionnels",
        ),
        (
            "mt_trouve",
            None,
            "part_trouves",
            "Patients sans médecin traitant en ayant trouvé un sous 180 jours",
            "pas d'objectif chiffré",
        ),
    ];
    let rangs: Vec<Vec<String>> = lignes
        .iter()
        .filter_map(|(cle, cas, colonne, libelle, attendu)| {
            let vue = atelier.vue(cle)?;
            let ligne = match cas {
                Some(cas) => vue.ou("cas", cas).premiere()?,
                None => vue.lignes().last()?,
            };
            (ligne.valeur(colonne) != Valeur::Absente).then(|| {
                vec![
                    typographie(libelle),
                    ligne.imprime(colonne),
                    typographie(attendu),
                ]
            })
        })
        .collect();
    let definition = atelier.vue("itineraire")?.table().definition();
    let titre = "Au regard du cahier des charges";
    let entetes = ["Critère", "Valeur", "Attendu"];
    let mut bloc = atelier.tableau_compose("fiche", titre, &entetes, rangs, definition);
    if let Bloc::Tableau(t) = &mut bloc {
        // Notes and sources are those of the région's bilan: a sheet has no room for them.
        t.notes.clear();
        t.source = None;
        if let Some(attendu) = t.colonnes.last_mut() {
            attendu.alignement = "gauche".into();
        }
    }
    Some(bloc)
}
