//! What the cahier des charges asks, criterion by criterion: value, threshold, state. The bilan prints the table, the
//! sheet of a bus too, and the synthesis takes what is not as it should be from it.

use serde::Serialize;

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::slice::SliceRow;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Critere {
    /// What is asked.
    pub libelle: String,
    /// The same in a few words, for an enumeration.
    pub court: String,
    /// What was found, formatted.
    pub valeur: String,
    /// What is expected, and who says so.
    pub seuil: String,
    /// As it should be, to watch, or nobody knows.
    pub etat: Tone,
}

/// Which side of a threshold is the good one.
#[derive(Clone, Copy)]
enum Sens {
    AuMoins,
    AuPlus,
}

/// Answers that the criteria are read from.
const SOURCES: [&str; 4] = [
    "eligibilite",
    "conformite_activite",
    "itineraire",
    "continuite",
];

/// Every criterion of the cahier des charges for the document's zone; none if no answer is at hand.
pub(crate) fn criteres(a: &Builder<'_>) -> Vec<Critere> {
    if SOURCES.iter().all(|cle| a.vue(cle).is_none()) {
        return Vec::new();
    }
    let s = a.input.seuils;
    let eligibilite = a.ligne("eligibilite");
    let cas = |nom: &str| a.vue("conformite_activite")?.ou("cas", nom).premiere();
    let aucun = (Sens::AuPlus, s.non_programme_hors_sas_max);
    let mut hors_sas = part(
        (
            "Soins non programmés hors régulation du SAS, parmi les consultations",
            "non programmé hors SAS",
        ),
        cas("non_programme_hors_sas").as_ref(),
        "part",
        aucun,
    );
    // Where none is allowed, the count among unscheduled care says how far it is; a threshold of the user's own is about
    // the share of consultations, which then is what must be read.
    let compte = |nom: &str| cas(nom)?.valeur("consultations").number();
    if let (true, Some(n), Some(tous)) = (
        absolu(aucun),
        compte("non_programme_hors_sas"),
        compte("non_programme"),
    ) {
        let [n, tous] = [n, tous].map(|x| format::number(x, 0));
        hors_sas.libelle =
            "Soins non programmés hors régulation du SAS, parmi les soins non programmés".into();
        hors_sas.valeur = format!("{n} sur {tous}");
    }
    vec![
        communes(
            ("Communes rurales (densité 5 à 7)", "communes rurales"),
            eligibilite.as_ref(),
            "rurales",
            s.eligibles_min,
        ),
        communes(
            ("Communes en ZIP ou ZAC", "communes en ZIP ou ZAC"),
            eligibilite.as_ref(),
            "zip_zac",
            s.eligibles_min,
        ),
        part(
            (
                "Tournées en commune rurale et en ZIP ou ZAC",
                "tournées éligibles",
            ),
            eligibilite.as_ref(),
            "part_tournees_eligibles",
            (Sens::AuMoins, s.eligibles_min),
        ),
        hors_sas,
        part(
            ("Consultations de prévention", "prévention"),
            cas("prevention").as_ref(),
            "part",
            (Sens::AuPlus, s.prevention_max),
        ),
        part(
            ("Tournées au jour fixe de la commune", "jour fixe"),
            a.ligne("itineraire").as_ref(),
            "part_au_jour_fixe",
            (Sens::AuMoins, s.jour_fixe_min),
        ),
        part(
            ("Retours auprès du praticien habituel", "praticien habituel"),
            a.ligne("continuite").as_ref(),
            "part_habituel",
            (Sens::AuMoins, s.habituel_min),
        ),
    ]
}

/// A share of the answers against its threshold.
fn part(
    (libelle, court): (&str, &str),
    ligne: Option<&SliceRow<'_>>,
    colonne: &str,
    (sens, seuil): (Sens, f64),
) -> Critere {
    let valeur = ligne.map_or(Figure::Missing, |l| l.valeur(colonne));
    let etat = match (valeur, sens) {
        (Figure::Known(x), Sens::AuMoins) => etat(x >= seuil, (sens, seuil)),
        (Figure::Known(x), Sens::AuPlus) => etat(x <= seuil, (sens, seuil)),
        _ => Tone::Unknown,
    };
    Critere {
        libelle: typography(libelle),
        court: typography(court),
        valeur: valeur.text(Format::Percent),
        seuil: attendu(sens, seuil),
        etat,
    }
}

/// `12 sur 13`: communes that are what is asked, over communes served. Those that no zoning knows may be or may not.
fn communes(
    (libelle, court): (&str, &str),
    ligne: Option<&SliceRow<'_>>,
    colonne: &str,
    seuil: f64,
) -> Critere {
    let compte = |nom: &str| ligne.and_then(|l| l.valeur(nom).number());
    let (valeur, etat) = match (compte(colonne), compte("communes")) {
        (Some(oui), Some(toutes)) if toutes > 0.0 => {
            let inconnues = compte("indeterminees").unwrap_or(0.0);
            let etat = if 100.0 * oui >= seuil * toutes {
                Tone::Compliant
            } else if 100.0 * (oui + inconnues) >= seuil * toutes {
                Tone::Unknown
            } else {
                etat(false, (Sens::AuMoins, seuil))
            };
            let [oui, toutes] = [oui, toutes].map(|x| format::number(x, 0));
            (format!("{oui} sur {toutes}"), etat)
        }
        _ => (format::MISSING.to_string(), Tone::Unknown),
    };
    Critere {
        libelle: typography(libelle),
        court: typography(court),
        valeur,
        seuil: attendu(Sens::AuMoins, seuil),
        etat,
    }
}

/// A criterion that is not met is a breach where the cahier des charges asks for all or none, something to watch where
/// the figure is ours.
fn etat(conforme: bool, seuil: (Sens, f64)) -> Tone {
    match conforme {
        true => Tone::Compliant,
        false if absolu(seuil) => Tone::Alert,
        false => Tone::Watch,
    }
}

/// All or none: the cahier des charges' own threshold.
fn absolu((sens, seuil): (Sens, f64)) -> bool {
    match sens {
        Sens::AuMoins => seuil >= 100.0,
        Sens::AuPlus => seuil <= 0.0,
    }
}

/// The threshold in words. All or none is the cahier des charges' own; a share between is ours.
fn attendu(sens: Sens, seuil: f64) -> String {
    let decimales = usize::from(seuil.fract() != 0.0);
    let texte = format::number(seuil, decimales);
    typography(&match sens {
        Sens::AuMoins if absolu((sens, seuil)) => "toutes (cahier des charges)".to_string(),
        Sens::AuPlus if absolu((sens, seuil)) => "aucun (cahier des charges)".to_string(),
        Sens::AuMoins => format!("{texte} % au moins (seuil de vigilance)"),
        Sens::AuPlus => format!("{texte} % au plus (seuil de vigilance)"),
    })
}

/// The criteria as a printed table.
pub(crate) fn tableau(a: &mut Builder<'_>, titre: &str) -> Option<Block> {
    let criteres = criteres(a);
    let definition = SOURCES
        .iter()
        .find_map(|cle| a.vue(cle))?
        .table()
        .definition();
    let rangs = criteres
        .into_iter()
        .map(|c| vec![c.libelle, c.valeur, c.seuil, c.etat.mot().to_string()])
        .collect();
    let entetes = ["Critère", "Valeur", "Seuil", "État"];
    let mut bloc = a.tableau_compose("conformite", titre, &entetes, rangs, definition);
    if let Block::Table(t) = &mut bloc {
        for colonne in t.colonnes.iter_mut().skip(2) {
            colonne.alignement = "gauche".into();
        }
        // It is drawn from several queries.
        t.source = Some(a.source_de(SOURCES));
    }
    Some(bloc)
}

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let criteres = criteres(a);
    if criteres.is_empty() {
        return Ok(None);
    }
    let compter = |etat: Tone| criteres.iter().filter(|c| c.etat == etat).count();
    let contexte = std::collections::BTreeMap::from([
        ("criteres", criteres.len()),
        ("conformes", compter(Tone::Compliant)),
        ("ecarts", compter(Tone::Alert)),
        ("attention", compter(Tone::Watch)),
        ("inconnus", compter(Tone::Unknown)),
    ]);
    let phrases = a.phrases("conformite.j2", contexte)?;
    let mut blocs = Vec::new();
    if let Some(mut bloc) = tableau(
        a,
        &format!("Conformité au cahier des charges, {}", a.input.annee),
    ) {
        if let Block::Table(t) = &mut bloc {
            t.notes = vec![typography(
                "Cahier des charges : ce que l'instruction demande sans réserve. Seuil de vigilance : l'instruction demande sans chiffrer (prévention « marginale », itinéraire « fixe », « les mêmes professionnels ») ; le chiffre est un réglage de ce dispositif (medicobus.toml, [seuils]).",
            )];
        }
        blocs.push(bloc);
    }
    // The table is made of several answers: each says its own limits under its own table.
    a.ouvrir();
    for (cle, titre) in [
        ("eligibilite", "Éligibilité des communes desservies"),
        ("itineraire", "Tenue de l'itinéraire"),
        ("continuite", "Continuité des soins"),
    ] {
        blocs.extend(super::autres::imprimer_sous(a, cle, titre));
    }
    Ok(Some(chapitre(
        a,
        "conformite",
        "Conformité au cahier des charges",
        phrases,
        blocs,
    )))
}
