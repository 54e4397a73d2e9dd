//! Territories served and not: the share without médecin traitant in the files of the Assurance maladie, and the delay
//! that the survey of GP appointments finds. Both are asked for by the instruction.

use std::collections::BTreeMap;

use super::chapter::put_words;
use crate::builder::Builder;
use crate::content::Block;
use crate::prose::{Fact, for_sentence};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use charts::dumbbell::{DumbbellPair, Dumbbells};

/// Codes of the column `desserte`, in words.
const SERVICE_WORDS: [(&str, &str); 3] = [
    ("desservi", "Territoires desservis"),
    ("non_desservi", "Autres territoires"),
    ("ensemble", "Ensemble"),
];

fn named(l: &SliceRow<'_>) -> String {
    let code = l.text("desserte").unwrap_or_default();
    SERVICE_WORDS.iter().find(|d| d.0 == code).map_or(code, |d| d.1).to_string()
}

/// Figures of the served territories and of the others, for sentences.
fn served_and_others(a: &Builder<'_>, slice: &Slice<'_>, template: &str) -> Result<Vec<Block>> {
    let names: Vec<String> =
        slice.table().definition().columns.iter().map(|c| c.name.clone()).collect();

    let facts = |code: &str| {
        let row = slice.with("desserte", code).first();
        for_sentence(Fact::row(row.as_ref(), &names))
    };

    let context =
        BTreeMap::from([("desservis", facts("desservi")), ("autres", facts("non_desservi"))]);

    let sentences = a.sentences(template, context)?;
    Ok(sentences.into_iter().map(|text| Block::Paragraph { text }).collect())
}

/// The administrative share without médecin traitant: for the chapter on médecin traitant.
pub(super) fn without_mt(a: &mut Builder<'_>) -> Result<Vec<Block>> {
    let Some(slice) = a.slice("part_sans_mt_territoires").filter(|v| !v.is_empty()) else {
        return Ok(Vec::new());
    };

    let mut blocks = vec![Block::Heading {
        text: "Dans les fichiers de l’Assurance maladie".into(),
    }];

    blocks.extend(served_and_others(a, &slice.with("public", "tous"), "territoires_mt.j2")?);
    let pairs = slice
        .without("desserte", "ensemble")
        .rows()
        .map(|l| DumbbellPair {
            label: format!("{}, {}", l.label(&["nom_public", "public"]), named(&l).to_lowercase()),
            before: l.value("part_sans_mt_precedent"),
            after: l.value("part_sans_mt"),
            note: l.printed("evolution"),
        })
        .collect();

    let year = a.input.year;
    let plot = Dumbbells {
        pairs,
        dates: ((year - 1).to_string(), year.to_string()),
        format: Format::Percent,
    };

    let title =
        "Part administrative des patients sans médecin traitant, deux années ; évolution en points";
    blocks.extend(a.chart("mt-territoires", title, &plot, slice.table())?);

    let columns = [
        "nom_public",
        "desserte",
        "territoires",
        "patients",
        "sans_mt",
        "part_sans_mt",
        "part_sans_mt_precedent",
        "evolution",
    ];
    let title = format!("Patients sans médecin traitant par territoire, {year}");
    let mut table = a.table("part_sans_mt_territoires", &title, &slice, &columns);
    put_words(&mut table, &SERVICE_WORDS);
    blocks.push(table);

    Ok(blocks)
}

/// The survey of GP appointments: for the chapter on delays.
pub(super) fn delais(a: &mut Builder<'_>) -> Result<Vec<Block>> {
    let Some(slice) = a.slice("delai_mg_territoires").filter(|v| !v.is_empty()) else {
        return Ok(Vec::new());
    };

    let mut blocks = vec![Block::Heading {
        text: "Chez les généralistes du territoire : l’enquête de rendez-vous".into(),
    }];

    blocks.extend(served_and_others(a, &slice, "territoires_delais.j2")?);
    let year = a.input.year;
    let columns = [
        "desserte",
        "demandes",
        "part_sans_rendez_vous",
        "part_refus",
        "delai_median_obtenus",
        "delai_median_obtenus_precedent",
        "neuvieme_decile_obtenus",
        "delai_median_tous",
    ];
    let title = format!("Enquête de rendez-vous chez les généralistes, {year}");
    let mut table = a.table("delai_mg_territoires", &title, &slice, &columns);
    put_words(&mut table, &SERVICE_WORDS);
    blocks.push(table);

    Ok(blocks)
}
