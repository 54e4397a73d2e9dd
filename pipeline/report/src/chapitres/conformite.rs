//! What the cahier des charges asks, criterion by criterion: value, threshold, state. The bilan prints the table, the
//! sheet of a bus too, and the synthesis takes what is not as it should be from it.

use serde::Serialize;

use super::chapter;
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
    #[serde(rename = "libelle")]
    pub label: String,
    /// The same in a few words, for an enumeration.
    #[serde(rename = "court")]
    pub short: String,
    /// What was found, formatted.
    #[serde(rename = "valeur")]
    pub value: String,
    /// What is expected, and who says so.
    #[serde(rename = "seuil")]
    pub threshold: String,
    /// As it should be, to watch, or nobody knows.
    #[serde(rename = "etat")]
    pub state: Tone,
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
    if SOURCES.iter().all(|key| a.slice(key).is_none()) {
        return Vec::new();
    }
    let s = a.input.thresholds;
    let eligibilite = a.row("eligibilite");
    let cas = |name: &str| a.slice("conformite_activite")?.with("cas", name).first();
    let aucun = (Sens::AuPlus, s.unscheduled_outside_sas_max);
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
    let compte = |name: &str| cas(name)?.value("consultations").number();
    if let (true, Some(n), Some(tous)) = (
        absolu(aucun),
        compte("non_programme_hors_sas"),
        compte("non_programme"),
    ) {
        let [n, tous] = [n, tous].map(|x| format::number(x, 0));
        hors_sas.label =
            "Soins non programmés hors régulation du SAS, parmi les soins non programmés".into();
        hors_sas.value = format!("{n} sur {tous}");
    }
    vec![
        communes(
            ("Communes rurales (densité 5 à 7)", "communes rurales"),
            eligibilite.as_ref(),
            "rurales",
            s.eligible_min,
        ),
        communes(
            ("Communes en ZIP ou ZAC", "communes en ZIP ou ZAC"),
            eligibilite.as_ref(),
            "zip_zac",
            s.eligible_min,
        ),
        part(
            (
                "Tournées en commune rurale et en ZIP ou ZAC",
                "tournées éligibles",
            ),
            eligibilite.as_ref(),
            "part_tournees_eligibles",
            (Sens::AuMoins, s.eligible_min),
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
            a.row("itineraire").as_ref(),
            "part_au_jour_fixe",
            (Sens::AuMoins, s.fixed_day_min),
        ),
        part(
            ("Retours auprès du praticien habituel", "praticien habituel"),
            a.row("continuite").as_ref(),
            "part_habituel",
            (Sens::AuMoins, s.usual_practitioner_min),
        ),
    ]
}

/// A share of the answers against its threshold.
fn part(
    (label, short): (&str, &str),
    row: Option<&SliceRow<'_>>,
    column: &str,
    (sens, threshold): (Sens, f64),
) -> Critere {
    let value = row.map_or(Figure::Missing, |l| l.value(column));
    let state = match (value, sens) {
        (Figure::Known(x), Sens::AuMoins) => state(x >= threshold, (sens, threshold)),
        (Figure::Known(x), Sens::AuPlus) => state(x <= threshold, (sens, threshold)),
        _ => Tone::Unknown,
    };
    Critere {
        label: typography(label),
        short: typography(short),
        value: value.text(Format::Percent),
        threshold: attendu(sens, threshold),
        state,
    }
}

/// `12 sur 13`: communes that are what is asked, over communes served. Those that no zoning knows may be or may not.
fn communes(
    (label, short): (&str, &str),
    row: Option<&SliceRow<'_>>,
    column: &str,
    threshold: f64,
) -> Critere {
    let compte = |name: &str| row.and_then(|l| l.value(name).number());
    let (value, state) = match (compte(column), compte("communes")) {
        (Some(oui), Some(all_values)) if all_values > 0.0 => {
            let inconnues = compte("indeterminees").unwrap_or(0.0);
            let state = if 100.0 * oui >= threshold * all_values {
                Tone::Compliant
            } else if 100.0 * (oui + inconnues) >= threshold * all_values {
                Tone::Unknown
            } else {
                state(false, (Sens::AuMoins, threshold))
            };
            let [oui, all_values] = [oui, all_values].map(|x| format::number(x, 0));
            (format!("{oui} sur {all_values}"), state)
        }
        _ => (format::MISSING.to_string(), Tone::Unknown),
    };
    Critere {
        label: typography(label),
        short: typography(short),
        value,
        threshold: attendu(Sens::AuMoins, threshold),
        state,
    }
}

/// A criterion that is not met is a breach where the cahier des charges asks for all or none, something to watch where
/// the figure is ours.
fn state(conforme: bool, threshold: (Sens, f64)) -> Tone {
    match conforme {
        true => Tone::Compliant,
        false if absolu(threshold) => Tone::Alert,
        false => Tone::Watch,
    }
}

/// All or none: the cahier des charges' own threshold.
fn absolu((sens, threshold): (Sens, f64)) -> bool {
    match sens {
        Sens::AuMoins => threshold >= 100.0,
        Sens::AuPlus => threshold <= 0.0,
    }
}

/// The threshold in words. All or none is the cahier des charges' own; a share between is ours.
fn attendu(sens: Sens, threshold: f64) -> String {
    let decimals = usize::from(threshold.fract() != 0.0);
    let text = format::number(threshold, decimals);
    typography(&match sens {
        Sens::AuMoins if absolu((sens, threshold)) => "toutes (cahier des charges)".to_string(),
        Sens::AuPlus if absolu((sens, threshold)) => "aucun (cahier des charges)".to_string(),
        Sens::AuMoins => format!("{text} % au moins (seuil de vigilance)"),
        Sens::AuPlus => format!("{text} % au plus (seuil de vigilance)"),
    })
}

/// The criteria as a printed table.
pub(crate) fn table(a: &mut Builder<'_>, title: &str) -> Option<Block> {
    let criteres = criteres(a);
    let definition = SOURCES
        .iter()
        .find_map(|key| a.slice(key))?
        .table()
        .definition();
    let rows = criteres
        .into_iter()
        .map(|c| vec![c.label, c.value, c.threshold, c.state.word().to_string()])
        .collect();
    let headings = ["Critère", "Valeur", "Seuil", "État"];
    let mut block = a.composed_table("conformite", title, &headings, rows, definition);
    if let Block::Table(t) = &mut block {
        for column in t.columns.iter_mut().skip(2) {
            column.alignment = "gauche".into();
        }
        // It is drawn from several queries.
        t.source = Some(a.source_of(SOURCES));
    }
    Some(block)
}

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let criteres = criteres(a);
    if criteres.is_empty() {
        return Ok(None);
    }
    let compter = |state: Tone| criteres.iter().filter(|c| c.state == state).count();
    let context = std::collections::BTreeMap::from([
        ("criteres", criteres.len()),
        ("conformes", compter(Tone::Compliant)),
        ("ecarts", compter(Tone::Alert)),
        ("attention", compter(Tone::Watch)),
        ("inconnus", compter(Tone::Unknown)),
    ]);
    let sentences = a.sentences("conformite.j2", context)?;
    let mut blocks = Vec::new();
    if let Some(mut block) = table(
        a,
        &format!("Conformité au cahier des charges, {}", a.input.year),
    ) {
        if let Block::Table(t) = &mut block {
            t.notes = vec![typography(
                "Cahier des charges : ce que l'instruction demande sans réserve. Seuil de vigilance : l'instruction demande sans chiffrer (prévention « marginale », itinéraire « fixe », « les mêmes professionnels ») ; le chiffre est un réglage de ce dispositif (medicobus.toml, [seuils]).",
            )];
        }
        blocks.push(block);
    }
    // The table is made of several answers: each says its own limits under its own table.
    a.open_chapter();
    for (key, title) in [
        ("eligibilite", "Éligibilité des communes desservies"),
        ("itineraire", "Tenue de l'itinéraire"),
        ("continuite", "Continuité des soins"),
    ] {
        blocks.extend(super::organisation::imprimer_sous(a, key, title));
    }
    Ok(Some(chapter(
        a,
        "conformite",
        "Conformité au cahier des charges",
        sentences,
        blocks,
    )))
}
