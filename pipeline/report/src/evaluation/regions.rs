//! Shares of régions at a comparable structure: side by side and a page each for the nation, beside all of them for one.

use crate::builder::Builder;
use crate::chapters::comparison::sort_key;
use crate::content::{Block, Chapter, Tone};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};
use base::zone::Level;
use charts::caterpillar::{Caterpillar, RankedEstimate};

use super::estimate_facts;
use super::input::EvaluationInput;
use super::year_tables::{makes_sense, year_heading};
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
        note: "trait : limites gamma à 95 % ; carré : intervalle sans la valeur de l'ensemble"
            .into(),
    };

    let title = format!(
        "Part sans médecin traitant standardisée sur l'âge, le sexe et l'ALD, {}",
        e.base.year
    );
    let chart = a.chart("evaluation-standardisee", &title, &plot, slice.table())?;

    Ok(vec![chart, parts(a, e, &slice)])
}

const STANDARDISED: &str = "part_sans_mt_standardisee";
/// All régions together, in that table.
const ALL_REGIONS: &str = "FR";
/// The chart of the bilan's comparison that is drawn anew.
pub(super) const CATERPILLAR: &str = "comparaison-classement";

/// Rows of standardised shares by name, all régions together last.
fn ordered_rows<'v>(slice: &Slice<'v>) -> Vec<SliceRow<'v>> {
    let mut rows: Vec<SliceRow<'v>> = slice.rows().collect();
    rows.sort_by_key(|l| {
        let whole = l.text("code_zone") == Some(ALL_REGIONS);
        (whole, sort_key(&l.label(&["nom_zone", "code_zone"])))
    });
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

            vec![
                l.label(&["nom_zone", "code_zone"]),
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

    let mut rows: Vec<SliceRow<'_>> = slice.rows().collect();
    rows.sort_by_key(|l| sort_key(&l.label(&["nom_zone", "code_zone"])));

    let estimates = rows
        .iter()
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
        note: "trait : intervalle à 95 % compte tenu des médicobus ; carré : intervalle sans la valeur de l'ensemble".into(),
    };

    a.charts.retain(|c| c.id != CATERPILLAR);
    let title = "Part brute des patients sans médecin traitant par région, avec son intervalle";
    a.chart(CATERPILLAR, title, &plot, slice.table()).map(Some)
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
                "Un écart à l'ensemble des régions dit une situation, pas une performance : la part standardisée tient compte de l'âge, du sexe et des ALD, non de tout ce qui distingue les patients.",
            )],
        },
        parts(a, e, &slice),
    ];

    let sentences = super::outputs::sentences(a, e, "comparaison")?;
    let title = "Comparaison avec l'ensemble des régions";
    Ok(Some(chapter(a, "comparaison", &typography(title), sentences, blocks)))
}

const INDICATORS: [(&str, &str); 11] = [
    ("deploiement", "en_service"),
    ("deploiement", "taux_sortie"),
    ("synthese", "jours_sortie"),
    ("synthese", "consultations"),
    ("synthese", "patients"),
    ("synthese", "consultations_par_jour"),
    ("synthese", "part_publics_prioritaires"),
    ("synthese", "part_sans_mt"),
    ("synthese", "delai_median"),
    ("cout", "fonctionnement"),
    ("cout", "cout_par_consultation"),
];

/// One page per région that has a bus.
pub(super) fn build(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Result<Vec<Chapter>> {
    if e.base.zone.level != Level::National {
        return Ok(Vec::new());
    }
    let Some(regions) = a.slice("synthese/parties") else {
        return Ok(Vec::new());
    };

    let mut codes: Vec<(String, String)> = regions
        .rows()
        .map(|l| (l.label(&["code_zone"]), l.label(&["nom_zone", "code_zone"])))
        .collect();

    codes.sort_by_key(|c| sort_key(&c.1));
    let mut chapters = Vec::new();
    for (code, name) in codes {
        a.open_chapter();
        chapters.push(page(a, e, &code, &name));
    }

    Ok(chapters)
}

/// The page of a région.
fn page(a: &mut Builder<'_>, e: &EvaluationInput<'_>, code: &str, name: &str) -> Chapter {
    let rows = indicator_rows(a, e, code);

    let mut blocks = Vec::new();
    if let Some(slice) = a.slice("synthese/parties") {
        let years: Vec<String> = e.years.iter().map(|y| year_heading(e, *y)).collect();
        let mut headings = vec!["Indicateur"];
        headings.extend(years.iter().map(String::as_str));

        let id = format!("region-{code}");
        let title = format!("{name}, année par année");
        let definition = slice.table().definition();
        blocks.push(a.composed_table(&id, &title, &headings, rows, definition));
    }

    let mut sentences = vec![typography(
        "Cette page rassemble ce que la région a livré. Elle ne dit rien de l'effet des médicobus de cette région prise à part : l'estimation porte sur l'ensemble des territoires.",
    )];
    if let Some(l) = a.slice(STANDARDISED).and_then(|v| v.with("code_zone", code).first())
        && let (Figure::Known(_), Figure::Known(_)) = (l.value("bas"), l.value("haut"))
    {
        sentences.push(typography(&format!(
            "À âge, sexe et ALD comparables, {} des patients y sont sans médecin traitant (intervalle à 95 % de {} à {}).",
            l.printed("standardisee"),
            l.printed("bas"),
            l.printed("haut")
        )));
    }

    Chapter {
        title: format!("Région : {name}"),
        ..chapter(a, &format!("region_{code}"), name, sentences, blocks)
    }
}

/// The indicators of a région, year by year; those that no year knows are left out.
fn indicator_rows(a: &Builder<'_>, e: &EvaluationInput<'_>, code: &str) -> Vec<Vec<String>> {
    let indicator_row = |(query, column): (&str, &str)| {
        let key = |year: i32| e.key(&format!("{query}/parties"), year);
        let rows: Vec<Option<SliceRow<'_>>> = e
            .years
            .iter()
            .map(|year| {
                let row = a.slice(&key(*year))?.with("code_zone", code).first()?;
                makes_sense(e, *year, column).then_some(row)
            })
            .collect();

        let slice = a.slice(&key(e.base.year))?;
        let title = &slice.table().definition().column(column)?.title;
        let cell = |row: &Option<SliceRow<'_>>| match row {
            Some(row) => row.printed(column),
            None => format::MISSING.to_string(),
        };
        let known = |row: &SliceRow<'_>| row.value(column) != Figure::Missing;

        rows.iter().flatten().any(known).then(|| {
            let cells = rows.iter().map(cell);
            std::iter::once(typography(title)).chain(cells).collect()
        })
    };

    INDICATORS.into_iter().filter_map(indicator_row).collect()
}
