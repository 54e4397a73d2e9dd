//! What the cahier des charges asks, criterion by criterion: value, threshold, state. The bilan prints the table, the
//! sheet of a bus prints it too, and the summary lists the criteria that are not met.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::prose::{Fact, for_sentence};
use crate::slice::SliceRow;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Criterion {
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
    /// Met, not met, to watch, unknown or hidden.
    #[serde(rename = "etat")]
    pub state: Tone,
}

/// Which side of a threshold is the good one.
#[derive(Clone, Copy)]
enum Direction {
    AtLeast,
    AtMost,
}

/// Answers that the criteria are read from.
const SOURCES: [&str; 6] = [
    "eligibilite",
    "conformite_activite",
    "itineraire",
    "continuite",
    "deploiement",
    "synthese",
];

/// Every criterion of the cahier des charges for the document's zone; none if no answer is at hand.
pub(crate) fn criteria(a: &Builder<'_>) -> Vec<Criterion> {
    if SOURCES.iter().all(|key| a.slice(key).is_none()) {
        return Vec::new();
    }

    let s = a.input.thresholds;
    let eligibility = a.row("eligibilite");
    let prevention = case(a, "prevention");

    // What was in force at the opening of the buses, or only came later.
    let vintage = |column: &str| eligibility.as_ref().and_then(|row| row.text(column));
    let density = vintage("millesime_densite").map(|text| format!(", millésime {text}"));
    let zoning = vintage("millesime_zonage").map(|text| format!(" (zonage {text})"));
    let [density, zoning] = [density, zoning].map(Option::unwrap_or_default);
    let later = eligibility.as_ref().and_then(|row| row.value("indicatives").number());
    let (mark, short_mark) = match later {
        Some(communes) if communes > 0.0 => (" (indicatif)", " (indicatif)"),
        _ => ("", ""),
    };

    vec![
        communes(
            (
                &format!("Communes rurales (densité 5 à 7{density})"),
                &format!("communes rurales{short_mark}"),
            ),
            eligibility.as_ref(),
            ("rurales", "millesime_densite"),
            s.eligible_min,
        ),
        communes(
            (
                &format!("Communes en ZIP ou ZAC{zoning}"),
                &format!("communes en ZIP ou ZAC{short_mark}"),
            ),
            eligibility.as_ref(),
            ("zip_zac", "millesime_zonage"),
            s.eligible_min,
        ),
        part(
            (
                &format!("Tournées en commune rurale et en ZIP ou ZAC{mark}"),
                &format!("tournées en zone éligible{short_mark}"),
            ),
            eligibility.as_ref(),
            "part_tournees_eligibles",
            (Direction::AtLeast, s.eligible_min),
        ),
        outside_sas(a),
        part(
            ("Consultations de prévention", "consultations de prévention"),
            prevention.as_ref(),
            "part",
            (Direction::AtMost, s.prevention_max),
        ),
        part(
            ("Tournées au jour fixe de la commune", "tournées au jour fixe"),
            a.row("itineraire").as_ref(),
            "part_au_jour_fixe",
            (Direction::AtLeast, s.fixed_day_min),
        ),
        part(
            ("Retours auprès du praticien habituel", "retours auprès du praticien habituel"),
            a.row("continuite").as_ref(),
            "part_habituel",
            (Direction::AtLeast, s.usual_practitioner_min),
        ),
        part(
            ("Jours de sortie, sur les jours prévus", "jours de sortie sur jours prévus"),
            a.row("deploiement").as_ref(),
            "taux_sortie",
            (Direction::AtLeast, s.outing_rate_min),
        ),
        part(
            (
                "Créneaux honorés, sur les créneaux offerts",
                "créneaux honorés sur créneaux offerts",
            ),
            a.row("synthese").as_ref(),
            "taux_remplissage",
            (Direction::AtLeast, s.filling_min),
        ),
    ]
}

/// The row of a case of `conformite_activite`.
fn case<'a>(a: &Builder<'a>, name: &str) -> Option<SliceRow<'a>> {
    a.slice("conformite_activite")?.with("cas", name).first()
}

/// Unscheduled care that the SAS did not send.
fn outside_sas(a: &Builder<'_>) -> Criterion {
    let none_allowed = (Direction::AtMost, a.input.thresholds.unscheduled_outside_sas_max);
    let mut criterion = part(
        (
            "Soins non programmés hors régulation du SAS, parmi les consultations",
            "soins non programmés hors régulation du SAS",
        ),
        case(a, "non_programme_hors_sas").as_ref(),
        "part",
        none_allowed,
    );

    // Where none is allowed, a count says more than a share. A threshold that the user set is about the share of
    // consultations, so then the share is printed.
    let counted = |name: &str| case(a, name)?.value("consultations").number();
    if let (true, Some(outside), Some(unscheduled)) = (
        absolute(none_allowed),
        counted("non_programme_hors_sas"),
        counted("non_programme"),
    ) {
        let [outside, of_all] = [outside, unscheduled].map(|x| format::number(x, 0));
        criterion.label =
            "Soins non programmés hors régulation du SAS, parmi les soins non programmés".into();
        criterion.value = match unscheduled > 0.0 {
            true => format!("{outside} sur {of_all}"),
            false => outside,
        };
    }
    criterion
}

/// A share of the answers against its threshold.
fn part(
    (label, short): (&str, &str),
    row: Option<&SliceRow<'_>>,
    column: &str,
    (direction, threshold): (Direction, f64),
) -> Criterion {
    let value = row.map_or(Figure::Missing, |l| l.value(column));
    let state = match (value, direction) {
        (Figure::Known(x), Direction::AtLeast) => state(x >= threshold, (direction, threshold)),
        (Figure::Known(x), Direction::AtMost) => state(x <= threshold, (direction, threshold)),
        (Figure::Hidden, _) => Tone::Hidden,
        (Figure::Missing, _) => Tone::Unknown,
    };

    Criterion {
        label: typography(label),
        short: typography(short),
        value: value.text(Format::Percent),
        threshold: expected(direction, threshold),
        state,
    }
}

/// `12 sur 13`: communes that meet the criterion, over communes served. A commune that no zoning lists may meet it or not.
fn communes(
    (label, short): (&str, &str),
    row: Option<&SliceRow<'_>>,
    (column, vintage): (&str, &str),
    threshold: f64,
) -> Criterion {
    // Without a grid, no commune is known to meet the criterion, which is not to say that none does.
    let row = row.filter(|row| row.text(vintage).is_some());
    let figure = |name: &str| row.map_or(Figure::Missing, |l| l.value(name));
    let counted = |name: &str| figure(name).number();
    let (value, state) = match (counted(column), counted("communes")) {
        (Some(met), Some(visited)) if visited > 0.0 => {
            let undetermined = counted("indeterminees").unwrap_or(0.0);
            let state = if 100.0 * met >= threshold * visited {
                Tone::Compliant
            } else if 100.0 * (met + undetermined) >= threshold * visited {
                Tone::Unknown
            } else {
                state(false, (Direction::AtLeast, threshold))
            };

            let [met, visited] = [met, visited].map(|x| format::number(x, 0));
            (format!("{met} sur {visited}"), state)
        }
        _ => {
            let hidden = [column, "communes"].iter().any(|name| figure(name) == Figure::Hidden);
            match hidden {
                true => (format::HIDDEN.to_string(), Tone::Hidden),
                false => (format::MISSING.to_string(), Tone::Unknown),
            }
        }
    };

    Criterion {
        label: typography(label),
        short: typography(short),
        value,
        threshold: expected(Direction::AtLeast, threshold),
        state,
    }
}

/// A criterion that is not met is a breach where the cahier des charges asks for all or none; it is something to watch
/// where the threshold is a setting of this program.
fn state(compliant: bool, threshold: (Direction, f64)) -> Tone {
    match compliant {
        true => Tone::Compliant,
        false if absolute(threshold) => Tone::Alert,
        false => Tone::Watch,
    }
}

/// Whether the threshold is the cahier des charges' own: all or none.
fn absolute((direction, threshold): (Direction, f64)) -> bool {
    match direction {
        Direction::AtLeast => threshold >= 100.0,
        Direction::AtMost => threshold <= 0.0,
    }
}

/// The threshold in words, and where it comes from.
fn expected(direction: Direction, threshold: f64) -> String {
    let decimals = usize::from(threshold.fract() != 0.0);
    let text = format::number(threshold, decimals);

    typography(&match direction {
        Direction::AtLeast if absolute((direction, threshold)) => {
            "toutes (cahier des charges)".to_string()
        }
        Direction::AtMost if absolute((direction, threshold)) => {
            "aucun (cahier des charges)".to_string()
        }
        Direction::AtLeast => format!("{text} % au moins (seuil de vigilance)"),
        Direction::AtMost => format!("{text} % au plus (seuil de vigilance)"),
    })
}

/// The criteria as a printed table.
pub(crate) fn criteria_table(a: &mut Builder<'_>, title: &str) -> Option<Block> {
    let criteria = criteria(a);
    let definition = SOURCES.iter().find_map(|key| a.slice(key))?.table().definition();
    let rows = criteria
        .into_iter()
        .map(|c| {
            let state = c.state.word().to_string();
            vec![c.label, c.value, c.threshold, state]
        })
        .collect();

    let headings = ["Critère", "Valeur", "Attendu", "État"];
    let mut block = a.composed_table("conformite", title, &headings, rows, definition);

    if let Block::Table(t) = &mut block {
        for column in t.columns.iter_mut().skip(2) {
            column.alignment = "gauche".into();
        }
        // It is made from several queries.
        t.source = Some(a.source_of(SOURCES));
    }

    Some(block)
}

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let criteria = criteria(a);
    if criteria.is_empty() {
        return Ok(None);
    }

    let count_of = |state: Tone| criteria.iter().filter(|c| c.state == state).count();
    let context = BTreeMap::from([
        ("criteres", criteria.len()),
        ("conformes", count_of(Tone::Compliant)),
        ("ecarts", count_of(Tone::Alert)),
        ("attention", count_of(Tone::Watch)),
        ("inconnus", count_of(Tone::Unknown) + count_of(Tone::Hidden)),
    ]);

    let sentences = a.sentences("conformite.j2", context)?;
    let mut blocks = Vec::new();
    if let Some(mut block) =
        criteria_table(a, &format!("Conformité au cahier des charges, {}", a.input.year))
    {
        if let Block::Table(t) = &mut block {
            t.notes = vec![typography(
                "Cahier des charges : ce que l'instruction demande sans réserve. Seuil de vigilance : l'instruction demande sans chiffrer (prévention « marginale », itinéraire « fixe », « les mêmes professionnels ») ; le chiffre est un réglage de ce dispositif. Des sorties au-delà de 100 % : plus souvent que le rythme du projet.",
            )];
        }
        blocks.push(block);
    }

    blocks.extend(declared(a, "exigences_declarees", a.input.year)?);

    Ok(Some(chapter(
        a,
        "conformite",
        "Conformité au cahier des charges",
        sentences,
        blocks,
    )))
}

/// What projects declare by the end of a year, with what is counted of the same; where none does, a line that says so.
pub(crate) fn declared(a: &mut Builder<'_>, key: &str, year: i32) -> Result<Option<Block>> {
    let Some(slice) = a.slice(key).filter(|v| !v.is_empty()) else {
        return Ok(None);
    };
    let silent = slice.rows().all(|row| row.value("non_dit") == row.value("projets"));
    if silent {
        return Ok(Some(Block::Paragraph {
            text: typography(&format!(
                "Les exigences que les projets déclarent (état des lieux, partenariats, autorisation de l'Ordre…) ne sont pas renseignées : aucune réponse datée de {year} ou d'avant n'a été livrée."
            )),
        }));
    }

    let columns = ["nom_exigence", "oui", "partiel", "non", "sans_objet", "non_dit"];
    let title = "Exigences du cahier des charges : ce que les projets déclarent";
    let mut block = a.table(key, title, &slice, &columns);

    let spontaneous = a.slice("consultations_par_modalite").and_then(|slice| {
        slice.with("dimension", "adressage").with("modalite", "spontane").first()
    });
    let context = BTreeMap::from([
        ("e", for_sentence(a.facts("engagements"))),
        ("spontane", for_sentence(Fact::row(spontaneous.as_ref(), &["part".to_owned()]))),
    ]);
    let counted = a.sentences("declarees.j2", context)?;
    if let Block::Table(t) = &mut block {
        t.notes.splice(0..0, counted);
    }
    Ok(Some(block))
}
