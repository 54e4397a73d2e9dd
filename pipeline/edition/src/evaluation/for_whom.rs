//! Where is the effect larger? The same average by bearer, by zoning and by days out for each inhabitant, against the same controls.
//!
//! Nobody asked beforehand, so the answers are exploratory: they say where to look next. The parts of a comparison are tested together
//! ([`stats::heterogeneity`]), and the p-values adjusted for the number of comparisons.

use std::collections::BTreeMap;

use super::average::{Measured, average};
use super::design::{Design, Inconclusive, MIN_CLUSTERS, MIN_SERVED, Territoire, TerritoryRole};
use super::measurements::{Measurements, with_difference};
use super::outcome::OUTCOMES;
use super::rows::{Backed, EffectForWhom};
use super::set_aside::Exclusion;
use base::error::Result;
use base::table::RawTable;
use stats::did::{Options, estimate};
use stats::heterogeneity::{Estimated, difference};
use stats::multiple::benjamini_hochberg;

/// A part of those served: its code and its French name.
type Part = (&'static str, &'static str);

/// A way to part those served; `middle` is the median dose.
struct Split {
    code: &'static str,
    name: &'static str,
    part: fn(&Territoire, f64) -> Option<Part>,
}

const SPLITS: [Split; 3] = [
    Split {
        code: "porteur",
        name: "Porteur du médicobus",
        part: bearer,
    },
    Split {
        code: "zonage",
        name: "Zonage",
        part: zoning,
    },
    Split {
        code: "dose",
        name: "Jours de passage par habitant",
        part: dose,
    },
];

/// French names of what those served are parted by.
pub fn splits() -> impl Iterator<Item = &'static str> {
    SPLITS.iter().map(|split| split.name)
}

fn bearer(t: &Territoire, _: f64) -> Option<Part> {
    Some(match t.bearer.as_deref()? {
        "cpts" | "msp" | "centre_de_sante" => ("ville", "CPTS, maison ou centre de santé"),
        "etablissement_de_sante" => ("etablissement", "Établissement de santé"),
        "collectivite" => ("collectivite", "Collectivité"),
        _ => ("autre", "Association ou autre"),
    })
}

fn zoning(t: &Territoire, _: f64) -> Option<Part> {
    match t.zoning.as_deref()? {
        "ZIP" => Some(("zip", "Zone d'intervention prioritaire (ZIP)")),
        "ZAC" => Some(("zac", "Zone d'action complémentaire (ZAC)")),
        _ => None,
    }
}

fn dose(t: &Territoire, middle: f64) -> Option<Part> {
    Some(match t.dose? < middle {
        true => ("moins", "Moins que la médiane"),
        false => ("plus", "La médiane ou plus"),
    })
}

/// What one part gave.
struct Effect {
    part: Part,
    measured: Measured,
    served: usize,
    clusters: usize,
    basis: disclosure::estimate::Basis,
}

/// The effect on the first outcome in each part of each comparison, and the parts and comparisons that could not be made.
///
/// # Errors
/// A column that is missing from a query that was changed.
pub fn for_whom(
    design: &Design,
    panel: &RawTable,
    options: &Options,
) -> Result<(Vec<Backed<EffectForWhom>>, Vec<Exclusion>)> {
    let middle = median_dose(design);
    let (mut compared, mut excluded) = (Vec::new(), Vec::new());

    for split in &SPLITS {
        let (effects, left_out) = parts(split, middle, (design, panel), options)?;
        excluded.extend(left_out);

        let estimated = |e: &Effect| Estimated {
            estimate: e.measured.point.estimate,
            se: e.measured.spread.se,
            df: e.measured.spread.df,
        };
        // One part alone is compared with nothing.
        match difference(&effects.iter().map(estimated).collect::<Vec<_>>()) {
            Some(p) => compared.push((split, effects, p)),
            None => excluded.push(unmade(split.name, "moins de deux groupes à comparer", 0)),
        }
    }

    let p: Vec<f64> = compared.iter().map(|(_, _, p)| *p).collect();
    let adjusted = benjamini_hochberg(&p);
    let mut rows = Vec::new();
    for ((split, effects, p), adjusted) in compared.into_iter().zip(adjusted) {
        rows.extend(effects.into_iter().map(|effect| row(split, effect, (p, adjusted))));
    }
    Ok((rows, excluded))
}

fn row(split: &Split, effect: Effect, (p, adjusted): (f64, f64)) -> Backed<EffectForWhom> {
    let row = EffectForWhom {
        split: split.code,
        split_name: split.name,
        part: effect.part.0,
        part_name: effect.part.1,
        effect: effect.measured.point.estimate,
        lower: effect.measured.spread.lower,
        upper: effect.measured.spread.upper,
        served: effect.served,
        clusters: effect.clusters,
        p,
        adjusted_p: adjusted,
    };
    Backed::new(row, effect.basis)
}

/// The effect in each part of a comparison, in the order of their codes, and the parts without one.
fn parts(
    split: &Split,
    middle: f64,
    (design, panel): (&Design, &RawTable),
    options: &Options,
) -> Result<(Vec<Effect>, Vec<Exclusion>)> {
    // An average alone is looked at, without a band.
    let options = Options { bootstrap: None, ..*options };
    let part_of = |t: &Territoire| (split.part)(t, middle);
    let served = design.with_role(TerritoryRole::Served);
    let found: BTreeMap<&str, Part> =
        served.filter_map(|(_, t)| part_of(t)).map(|part| (part.0, part)).collect();

    let (mut effects, mut excluded) = (Vec::new(), Vec::new());
    for part in found.into_values() {
        let own = design.of_served(|t| part_of(t) == Some(part));
        let others = design.of_served(|t| part_of(t) != Some(part));
        let (served, clusters) = own.count(TerritoryRole::Served);
        let name = format!("{} : {}", split.name, part.1);
        if let Some(why) = own.inconclusive() {
            excluded.push(unmade(&name, &too_few(why), served));
            continue;
        }

        // Whoever knows the effect on all takes this part out of it: the rest must be enough as well.
        let m = Measurements::read(OUTCOMES[0], &own, panel)?;
        let rest = Measurements::read(OUTCOMES[0], &others, panel)?;
        let basis = with_difference(m.basis(None), rest.basis(None));

        let measured = m
            .panel(true)
            .and_then(|panel| estimate(&panel, &options))
            .and_then(|att| average(&att));
        match measured {
            Ok(measured) => effects.push(Effect { part, measured, served, clusters, basis }),
            Err(error) => excluded.push(unmade(&name, error.message(), served)),
        }
    }

    Ok((effects, excluded))
}

/// The dose of which half of those served, where it is known, have less.
fn median_dose(design: &Design) -> f64 {
    let served = design.with_role(TerritoryRole::Served);
    let mut doses: Vec<f64> = served.filter_map(|(_, t)| t.dose).collect();
    doses.sort_by(f64::total_cmp);
    doses.get(doses.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A part, or a whole comparison, of so many territories, that could not be estimated.
fn unmade(what: &str, reason: &str, count: usize) -> Exclusion {
    Exclusion {
        kind: "pour_qui",
        variant: "Pour qui".into(),
        what: what.into(),
        reason: reason.into(),
        count,
    }
}

fn too_few(why: Inconclusive) -> String {
    match why {
        Inconclusive::Served => format!("moins de {MIN_SERVED} territoires desservis"),
        Inconclusive::Clusters => format!("moins de {MIN_CLUSTERS} intercommunalités desservies"),
        Inconclusive::Unequal => "intercommunalités trop inégales".into(),
        Inconclusive::Controls => "témoins de trop peu d'intercommunalités".into(),
        Inconclusive::Zonings => "zonages inconnus".into(),
        Inconclusive::Estimation => "aucun effet estimable".into(),
    }
}
