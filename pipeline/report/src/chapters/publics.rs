//! Who comes: age and sex, profiles, priority publics.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::Fact;
use crate::slice::Slice;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::typography;
use charts::bar::{Bar, BarChart};
use charts::pyramid::{AgeGroup, Pyramid};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocks = a.at_half_width(charts)?;
    if let Some(slice) = a.slice("publics_prioritaires").filter(|v| !v.is_empty()) {
        let columns = ["nom_public", "patients", "part", "consultations"];
        blocks.push(a.table("publics_prioritaires", "Publics prioritaires", &slice, &columns));
    }

    if let Some(slice) = a.slice("publics_exclusifs").filter(|v| !v.is_empty()) {
        let columns = ["nom_cellule", "prioritaire", "patients", "part", "consultations"];
        let title = "Patients par public, en cellules qui s'additionnent";
        blocks.push(a.table("publics_exclusifs", title, &slice, &columns));
    }

    if let Some(slice) = a.slice("consultations_par_profil").filter(|v| !v.is_empty()) {
        let without_total = slice.filter(|l| {
            l.text("modalite") != Some("ensemble") || l.text("dimension") == Some("statut_mt")
        });

        let columns = [
            "nom_dimension",
            "nom_modalite",
            "consultations",
            "part",
            "patients",
            "part_patients",
        ];
        let title = format!("Consultations par profil de patient, {}", a.input.year);
        blocks.push(a.table("consultations_par_profil", &title, &without_total, &columns));
    }

    if blocks.is_empty() {
        return Ok(None);
    }

    let any_public: BTreeMap<String, Fact> = {
        let row = a
            .slice("publics_prioritaires")
            .and_then(|v| v.with("public", "au_moins_un").first());
        Fact::row(row.as_ref(), &["part".into(), "patients".into()])
    };

    let sentences = a.sentences("publics.j2", BTreeMap::from([("au_moins_un", any_public)]))?;
    Ok(Some(chapter(a, "publics", "Publics reçus", sentences, blocks)))
}

/// Who comes, in two charts: priority publics, age and sex.
fn charts(a: &mut Builder<'_>) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    if let Some(slice) = a.slice("publics_prioritaires").filter(|v| !v.is_empty()) {
        blocks.extend(priority_publics(a, &slice)?);
    }
    if let Some(slice) = a.slice("pyramide_ages").filter(|v| !v.is_empty()) {
        blocks.extend(pyramid(a, &slice)?);
    }
    Ok(blocks)
}

fn priority_publics(a: &mut Builder<'_>, slice: &Slice<'_>) -> Result<Option<Block>> {
    let last_year = a.slice("publics_prioritaires/precedent");
    // All patients are 100 %: their bar would only squeeze the others.
    let bars = slice
        .without("public", "tous_patients")
        .rows()
        .map(|l| Bar {
            label: l.label(&["nom_public", "public"]),
            value: l.value("part"),
            previous: last_year
                .as_ref()
                .and_then(|p| p.with("public", l.text("public")?).first())
                .map_or(Figure::Missing, |p| p.value("part")),
            secondary: l.text("public") == Some("au_moins_un"),
        })
        .collect::<Vec<_>>();

    let known = bars.iter().any(|b| b.previous != Figure::Missing);
    let comparison = known.then(|| (a.input.year - 1).to_string());

    let plot = BarChart {
        bars,
        format: Format::Percent,
        comparison,
        reference: None,
    };

    let title = format!("Part des patients de chaque public prioritaire, {}", a.input.year);
    a.chart("publics-prioritaires", &title, &plot, slice.table())
}

/// The bars of a few characteristics, if the profiles are known.
pub(crate) fn curve(a: &mut Builder<'_>) -> Result<Option<Block>> {
    match a.slice("consultations_par_profil").filter(|v| !v.is_empty()) {
        Some(slice) => profiles(a, &slice),
        None => Ok(None),
    }
}

fn pyramid(a: &mut Builder<'_>, slice: &Slice<'_>) -> Result<Option<Block>> {
    let ages = slice.without("tranche_age", "ensemble").without("tranche_age", "inconnu");

    let age_groups = ages
        .distinct("tranche_age")
        .into_iter()
        .map(|age| {
            let of = |sex: &str| {
                ages.with("tranche_age", age)
                    .with("sexe", sex)
                    .first()
                    .map_or(Figure::Missing, |l| l.value("patients"))
            };

            AgeGroup {
                label: age.to_string(),
                women: of("F"),
                men: of("M"),
            }
        })
        .collect();

    let plot = Pyramid {
        age_groups,
        format: Format::Integer,
        unit: "patients".into(),
    };

    let title = format!("Âge et sexe des patients, {}", a.input.year);
    a.chart("publics-pyramide", &title, &plot, slice.table())
}

/// One bar for each of a few modalities: the share of patients, not of visits.
fn profiles(a: &mut Builder<'_>, slice: &Slice<'_>) -> Result<Option<Block>> {
    let last_year = a.slice("consultations_par_profil/precedent");
    let choice = [
        ("statut_mt", "sans"),
        ("statut_mt", "indisponible"),
        ("ald", "oui"),
        ("c2s", "oui"),
        ("isole", "oui"),
        ("tranche_age", "70-79"),
        ("tranche_age", "80+"),
        ("sexe", "F"),
    ];

    let bars = choice
        .iter()
        .filter_map(|(dimension, modality)| {
            let l = slice.with("dimension", dimension).with("modalite", modality).first()?;

            let within = |v: &Slice<'_>| {
                Some(
                    v.with("dimension", dimension)
                        .with("modalite", modality)
                        .first()?
                        .value("part_patients"),
                )
            };

            Some(Bar {
                label: bar_name(
                    &l.label(&["nom_dimension"]),
                    &l.label(&["nom_modalite", "modalite"]),
                ),
                value: l.value("part_patients"),
                previous: last_year.as_ref().and_then(within).unwrap_or(Figure::Missing),
                secondary: false,
            })
        })
        .collect::<Vec<_>>();

    let known = bars.iter().any(|b| b.previous != Figure::Missing);
    let comparison = known.then(|| (a.input.year - 1).to_string());

    let plot = BarChart {
        bars,
        format: Format::Percent,
        comparison,
        reference: None,
    };

    let title = format!("Part des patients selon quelques caractéristiques, {}", a.input.year);
    a.chart("publics-profils", &title, &plot, slice.table())
}

/// `Affection de longue durée` for a yes; the modality itself otherwise.
fn bar_name(dimension: &str, modality: &str) -> String {
    match modality {
        "Oui" => dimension.to_string(),
        m if m.starts_with(|c: char| c.is_ascii_digit()) && !m.contains("ans") => {
            typography(&format!("{m} ans"))
        }
        m => m.to_string(),
    }
}
