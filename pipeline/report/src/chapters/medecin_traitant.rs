//! The share of patients without médecin traitant, with its intervals, and what is done about it.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::prose::{Change, Fact, for_sentence};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::{points, typography};
use base::zone::Level;
use charts::dumbbell::{DumbbellPair, Dumbbells};
use stats::{Interval, newcombe};

/// Change of the share without MT of a zone in points, with its interval over buses, as the evaluation's; of a bus alone, with Newcombe's
/// over its patients.
pub(super) fn change_without_mt(a: &Builder<'_>, l: &SliceRow<'_>) -> Option<Interval> {
    if a.input.zone.level == Level::Medicobus {
        return change_of_a_bus(l);
    }

    let changes = a.slice("evolutions_en_grappes")?;
    let row = changes.with("code_zone", l.text("code_zone")?).first()?;
    let figure = |name: &str| row.value(name).number();
    Some(Interval {
        estimate: figure("points")?,
        lower: figure("bas")?,
        upper: figure("haut")?,
    })
}

fn change_of_a_bus(l: &SliceRow<'_>) -> Option<Interval> {
    let count = |name: &str| {
        let x = l.value(name).number()?;
        (x >= 0.0).then_some(x as u64)
    };

    let after = (count("sans_mt")?, count("patients_connus")?);
    let before = (count("sans_mt_precedent")?, count("patients_connus_precedent")?);

    Some(newcombe::difference(after, before, 0.95)?.scaled(100.0))
}

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(slice) = a.slice("part_sans_mt_patients") else {
        return Ok(None);
    };

    let sentences = sentences(a)?;
    let mut blocks: Vec<Block> = vec![cautions()];
    let parts = a.slice("part_sans_mt_patients/parties").filter(|v| !v.is_empty());

    blocks.extend(dumbbells(a, &slice, parts.as_ref())?);
    let columns = [
        "nom_zone",
        "patients_connus",
        "sans_mt",
        "part_sans_mt",
        "part_sans_mt_precedent",
        "evolution",
        "statut_inconnu",
    ];
    blocks.extend(a.zone_table(
        "part_sans_mt_patients",
        "Situation vis-à-vis du médecin traitant",
        &columns,
    ));

    for (key, title, columns) in [
        (
            "mt_trouve",
            "Patients ayant trouvé un médecin traitant",
            &["delai_suivi", "suivis", "trouves", "part_trouves"][..],
        ),
        (
            "mt_trouve_par_public",
            "Patients ayant trouvé un médecin traitant en 180 jours, selon leur situation",
            &["nom_public", "suivis", "trouves", "part_trouves"][..],
        ),
        (
            "mt_trouve_par_voie",
            "Voies par lesquelles un médecin traitant a été trouvé",
            &["nom_voie", "trouves", "part"][..],
        ),
    ] {
        // One way and its total say nothing that the line of 180 days does not.
        if let Some(rows) = a.slice(key).filter(|v| v.len() > 2) {
            blocks.push(a.table(key, title, &rows, columns));
        }
    }

    blocks.extend(super::territoires::without_mt(a)?);
    Ok(Some(chapter(a, "medecin_traitant", "Médecin traitant", sentences, blocks)))
}

fn sentences(a: &Builder<'_>) -> Result<Vec<String>> {
    let mut m = a.facts("part_sans_mt_patients");
    for name in ["part_sans_mt", "part_sans_mt_precedent", "statut_inconnu"] {
        m.entry(name.into()).or_insert_with(Fact::unknown);
    }

    let change = a.row("part_sans_mt_patients").and_then(|l| change_without_mt(a, &l));
    let with_ald = a
        .slice("mt_trouve_par_public")
        .and_then(|slice| slice.with("public_entree", "ald").first());

    let context = BTreeMap::from([
        ("m", for_sentence(&m)),
        ("ecart_mt", for_sentence(change.map(|i| Change::new(i, Format::Points)))),
        ("trouve", for_sentence(found(a))),
        (
            "trouve_ald",
            for_sentence(Fact::row(with_ald.as_ref(), &["part_trouves".to_owned()])),
        ),
    ]);

    a.sentences("medecin_traitant.j2", context)
}

/// Two cautions before any figure of the chapter.
fn cautions() -> Block {
    Block::Callout {
        tone: Tone::Watch,
        title: "Deux précautions de lecture".into(),
        texts: vec![
            typography(
                "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
            ),
            typography(
                "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
            ),
        ],
    }
}

/// Beside a change that has none.
const NO_INTERVAL: &str = "sans intervalle";

fn dumbbells(
    a: &mut Builder<'_>,
    whole: &Slice<'_>,
    parts: Option<&Slice<'_>>,
) -> Result<Option<Block>> {
    let rows = parts
        .into_iter()
        .flat_map(|p| p.rows().collect::<Vec<_>>())
        .chain(whole.first());

    let pairs = rows
        .map(|l| DumbbellPair {
            label: l.label(&["nom_zone", "code_zone"]),
            before: l.value("part_sans_mt_precedent"),
            after: l.value("part_sans_mt"),
            note: match change_without_mt(a, &l) {
                Some(i) => {
                    format!("{} [{} ; {}]", points(i.estimate), points(i.lower), points(i.upper))
                }
                // A share here would read as a change: one bus, or two, have none with an interval.
                None if l.value("part_sans_mt_precedent").number().is_some() => NO_INTERVAL.into(),
                None => String::new(),
            },
        })
        .collect();

    let year = a.input.year;
    let plot = Dumbbells {
        pairs,
        dates: ((year - 1).to_string(), year.to_string()),
        format: Format::Percent,
    };

    let title = "Part des patients de 17 ans et plus sans médecin traitant, deux années ; écart et intervalle à 95 %";
    let mut block = a.chart("mt-halteres", title, &plot, whole.table())?;
    if let Some(Block::Chart(chart)) = &mut block
        && plot.pairs.iter().any(|pair| pair.note == NO_INTERVAL)
    {
        chart.notes.push(typography(
            "Sans intervalle : il en faut au moins deux médicobus, sortis les deux années.",
        ));
    }
    Ok(block)
}

/// Who found a médecin traitant, at the longest horizon that is told of, as sentences see it.
pub(crate) fn found(a: &Builder<'_>) -> BTreeMap<String, Fact> {
    let row = a.slice("mt_trouve").and_then(|v| v.rows().last());
    let columns = ["delai_suivi", "suivis", "trouves", "part_trouves"].map(String::from);
    Fact::row(row.as_ref(), &columns)
}
