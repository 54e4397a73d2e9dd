//! Shares of régions at a comparable structure: side by side and a page each for the nation, beside all of them for one.

use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::{self as format, typography};
use base::zone::Level;
use charts::caterpillar::{Caterpillar, RankedEstimate};

use super::estimate_facts;
use super::input::EvaluationInput;
use super::year_tables::year_heading;
use crate::chapters::chapter::chapter;

/// Standardised shares with gamma limits, as a chart and a table.
pub(super) fn standardised(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Vec<Block>> {
    let Some(slice) = a.slice(STANDARDISED).filter(|v| v.len() > 2) else {
        return Ok(Vec::new());
    };

    let estimates = ordered_rows(&slice)
        .into_iter()
        .filter(|l| l.text("code_zone") != Some(ALL_REGIONS))
        .map(|l| RankedEstimate {
            label: l.label(&["nom_zone", "code_zone"]),
            value: l.value("standardisee"),
            interval: l.value("bas").number().zip(l.value("haut").number()),
        })
        .collect();

    // The line must be at the same structure as the points.
    let reference = slice
        .with("code_zone", ALL_REGIONS)
        .first()
        .and_then(|l| l.value("standardisee").number())
        .map(|x| (a.input.zone.name.clone(), x));

    let plot = Caterpillar {
        estimates,
        reference,
        format: Format::Percent,
        note: "trait : limites gamma à 95 %".into(),
    };

    let title = format!(
        "Part sans médecin traitant standardisée sur l'âge, le sexe et l'ALD, {}",
        e.base.year
    );
    let chart = a.chart("evaluation-standardisee", &title, &plot, slice.table())?;

    Ok(chart.into_iter().chain([parts(a, e, &slice)]).collect())
}

const STANDARDISED: &str = "part_sans_mt_standardisee";
/// All régions together, in that table.
const ALL_REGIONS: &str = "FR";
/// The chart of the bilan's comparison that is drawn anew.
pub(super) const CATERPILLAR: &str = "comparaison-classement";

/// Rows of standardised shares by name, all régions together last.
fn ordered_rows<'v>(slice: &Slice<'v>) -> Vec<SliceRow<'v>> {
    let mut rows: Vec<SliceRow<'v>> = slice.clone().by_name().rows().collect();
    rows.sort_by_key(|l| l.text("code_zone") == Some(ALL_REGIONS));
    rows
}

/// Row of a zone in `part_sans_mt_patients`.
fn crude<'a>(a: &Builder<'a>, e: &EvaluationInput<'_>, code: &str) -> Option<SliceRow<'a>> {
    let key = if code == e.base.zone.code {
        "part_sans_mt_patients"
    } else {
        "part_sans_mt_patients/parties"
    };
    a.slice(key)?.with("code_zone", code).first()
}

fn span(lower: &str, upper: &str) -> String {
    if lower == upper {
        lower.to_string()
    } else {
        // One sign for both keeps the cell on one line.
        format!("{} à {upper}", lower.trim_end_matches(['%', '\u{202f}']))
    }
}

/// Crude shares beside standardised ones.
fn parts(a: &mut Builder<'_>, e: &EvaluationInput<'_>, slice: &Slice<'_>) -> Block {
    let year = e.base.year;
    let rows = ordered_rows(slice)
        .into_iter()
        .map(|l| {
            let code = l.label(&["code_zone"]);
            let crude = crude(a, e, &code)
                .map_or_else(|| format::MISSING.to_string(), |b| b.printed("part_sans_mt"));

            let clusters = estimate_facts::cluster_row(a, "sans_mt", &code, year).map_or_else(
                || format::MISSING.to_string(),
                |g| span(&g.printed("bas"), &g.printed("haut")),
            );

            let name = match code.as_str() {
                ALL_REGIONS => "Ensemble des régions lues".to_string(),
                _ => l.label(&["nom_zone", "code_zone"]),
            };
            vec![
                name,
                crude,
                clusters,
                l.printed("standardisee"),
                span(&l.printed("bas"), &l.printed("haut")),
                l.printed("couverture"),
            ]
        })
        .collect();

    let mut block = a.composed_table(
        STANDARDISED,
        "Parts brutes et standardisées",
        &[
            "Région",
            "Part brute",
            "IC 95 % (entre médicobus)",
            "Part standardisée",
            "IC 95 % (gamma)",
            "Référence couverte",
        ],
        rows,
        slice.table().definition(),
    );

    if let Block::Table(t) = &mut block {
        t.total_rows = vec![t.rows.len().saturating_sub(1)];
        let note = "– : un seul médicobus, ou région sans intervalle communicable.";
        if t.rows.iter().any(|l| l[2] == format::MISSING) {
            t.notes.push(typography(note));
        }
    }

    block
}

/// Crude shares of régions with intervals that take the buses into account, in place of the bilan's chart.
///
/// # Errors
/// If the drawing fails.
pub(super) fn caterpillar(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Block>> {
    let Some(slice) = a.slice("part_sans_mt_patients/parties").filter(|v| v.len() > 1) else {
        return Ok(None);
    };

    let estimates = slice
        .rows()
        .map(|l| {
            let g =
                estimate_facts::cluster_row(a, "sans_mt", &l.label(&["code_zone"]), e.base.year);
            RankedEstimate {
                label: l.label(&["nom_zone", "code_zone"]),
                value: l.value("part_sans_mt"),
                interval: g.and_then(|g| g.value("bas").number().zip(g.value("haut").number())),
            }
        })
        .collect();

    let reference = a
        .row("part_sans_mt_patients")
        .and_then(|l| l.value("part_sans_mt").number())
        .map(|x| (a.input.zone.name.clone(), x));

    let plot = Caterpillar {
        estimates,
        reference,
        format: Format::Percent,
        note: "trait : intervalle à 95 % compte tenu des médicobus".into(),
    };

    a.charts.retain(|c| c.id != CATERPILLAR);
    let title = "Part brute des patients sans médecin traitant par région, avec son intervalle";
    a.chart(CATERPILLAR, title, &plot, slice.table())
}

/// A région beside all régions, at a comparable structure; none where its share is not published.
///
/// # Errors
/// If a sentence template is wrong.
pub(super) fn situate(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    let Some(slice) = a.slice(STANDARDISED).filter(|v| v.len() > 1) else {
        return Ok(None);
    };

    let blocks = vec![
        Block::Callout {
            tone: Tone::Info,
            title: "Comparer sans classer".into(),
            texts: vec![typography(
                "Un écart à l'ensemble des régions lues dit une situation, pas une performance : la part standardisée tient compte de l'âge, du sexe et des ALD, non de tout ce qui distingue les patients.",
            )],
        },
        parts(a, e, &slice),
    ];

    let sentences = super::outputs::sentences(a, e, "comparaison")?;
    let title = "Comparaison avec l'ensemble des régions lues";
    Ok(Some(chapter(a, "comparaison", &typography(title), sentences, blocks)))
}

/// What is said of each région, and the column's heading.
const INDICATORS: [(&str, &str, &str); 8] = [
    ("deploiement", "en_service", "En service"),
    ("synthese", "jours_sortie", "Jours de sortie"),
    ("synthese", "consultations", "Consultations"),
    ("synthese", "patients", "Patients"),
    ("synthese", "part_publics_prioritaires", "Publics prioritaires"),
    ("synthese", "part_sans_mt", "Sans médecin traitant"),
    ("synthese", "delai_median", "Délai médian"),
    ("cout", "cout_par_consultation", "Coût d'une consultation"),
];

/// A line for each région that has a bus; the nation only. Year by year, they are attached.
pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Option<Chapter>> {
    if e.base.zone.level != Level::National {
        return Ok(None);
    }
    let Some(regions) = a.slice("synthese/parties").filter(|v| !v.is_empty()) else {
        return Ok(None);
    };

    let rows = ordered_rows(&regions)
        .into_iter()
        .map(|l| {
            let cells = INDICATORS.iter().map(|(query, column, _)| {
                let of_region = a.slice(&e.key(&format!("{query}/parties"), e.base.year));
                let code = l.text("code_zone").unwrap_or_default();
                let row = of_region.and_then(|v| v.with("code_zone", code).first());
                row.map_or_else(|| format::MISSING.to_string(), |row| row.printed(column))
            });
            std::iter::once(l.label(&["nom_zone", "code_zone"])).chain(cells).collect()
        })
        .collect();

    let headings: Vec<&str> = std::iter::once("Région")
        .chain(INDICATORS.iter().map(|(_, _, heading)| *heading))
        .collect();
    let title = format!("Ce que chaque région a livré, {}", year_heading(e, e.base.year));
    let definition = regions.table().definition();
    let table = a.composed_table("regions", &title, &headings, rows, definition);

    Ok(Some(Chapter {
        id: "regions".into(),
        title: "Les régions".into(),
        starts_page: true,
        sentences: vec![typography(
            "Ces chiffres ne disent rien de l'effet des médicobus d'une région prise à part : l'estimation porte sur l'ensemble des territoires. Année par année, ils sont dans les tables jointes.",
        )],
        blocks: vec![table],
    }))
}
