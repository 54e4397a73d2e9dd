//! What the sentences are told of estimates: limits, delays, standardised shares, effects.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::builder::Builder;
use crate::prose::{Change, Fact};
use crate::slice::SliceRow;
use base::definition::Format;
use base::french::{Figure, signed};
use stats::Interval;

/// Limits of an interval, formatted.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PrintedLimits {
    /// Lower limit.
    #[serde(rename = "bas")]
    pub lower: String,
    /// Upper limit.
    #[serde(rename = "haut")]
    pub upper: String,
}

/// A delay of the survey or of the bus.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DelayFacts {
    /// The median.
    #[serde(rename = "mediane")]
    pub median: Fact,
    /// Its limits.
    #[serde(rename = "bas")]
    pub lower: Fact,
    /// Upper limit; unknown where the curve does not reach it.
    #[serde(rename = "haut")]
    pub upper: Fact,
    /// p-value of the difference between served and not.
    pub p: Fact,
}

/// A région's share at a comparable structure, beside that of all régions.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StandardisedShare {
    /// Its standardised share.
    pub part: Fact,
    /// Limits.
    #[serde(rename = "bas")]
    pub lower: Fact,
    /// Upper limit.
    #[serde(rename = "haut")]
    pub upper: Fact,
    /// All régions together.
    #[serde(rename = "ensemble")]
    pub whole: Fact,
    /// True when its interval leaves the others' share out.
    #[serde(rename = "net")]
    pub clear: bool,
}

/// An effect of the causal chapter.
#[derive(Debug, Clone, Serialize)]
pub(super) struct EffectFacts {
    /// The outcome, beginning with a small letter.
    #[serde(rename = "nom")]
    pub name: String,
    /// Unit.
    #[serde(rename = "unite")]
    pub unit: String,
    /// The effect with its interval; none if it is not published.
    #[serde(rename = "effet")]
    pub effect: Option<Change>,
    /// Served territories, controls, clusters.
    #[serde(rename = "servis")]
    pub served: Fact,
    /// Controls.
    #[serde(rename = "temoins")]
    pub controls: Fact,
    /// Clusters.
    #[serde(rename = "grappes")]
    pub clusters: Fact,
    /// p-value of the joint test of the trends before service.
    #[serde(rename = "p_avant")]
    pub p_before: Fact,
    /// The false date.
    pub placebo: Option<Change>,
    /// Curvature at which the effect can no longer be told from zero.
    #[serde(rename = "rupture")]
    pub breakdown: Fact,
    /// Curvature seen before service.
    #[serde(rename = "courbure")]
    pub curvature: Fact,
    /// Smallest effect that the data would have told from zero.
    #[serde(rename = "decelable")]
    pub detectable: Fact,
    /// What a trend that the joint test would have seen adds to the effect.
    #[serde(rename = "biais_pente")]
    pub slope_bias: Fact,
    /// Trends differed before service already (joint test, 5 %).
    #[serde(rename = "avant_differe")]
    pub differs_before: bool,
    /// A false date shows an effect too.
    #[serde(rename = "placebo_net")]
    pub placebo_clear: bool,
    /// A difference in trends that goes on in a straight line would undo an effect that is otherwise established.
    #[serde(rename = "droite_annule")]
    pub line_undoes: bool,
    /// Another measure touches territories that are served, and without what it touches an effect that is otherwise
    /// established is not.
    #[serde(rename = "mesures_en_cause")]
    pub measures_in_doubt: bool,
    /// The effect on the people of those served: `personnes` with `personnes_bas` and `personnes_haut`.
    #[serde(rename = "personnes")]
    pub people: BTreeMap<String, Fact>,
    /// Level of proof: `Estimé avec témoins`, `Estimé, fragile` when one of the four holds, `Insuffisant` without effect.
    #[serde(rename = "preuve")]
    pub proof: String,
}

/// Figures of a row by name; those that are not there are `unknown`.
pub(super) fn figures(l: Option<&SliceRow<'_>>, names: &[&str]) -> BTreeMap<String, Fact> {
    let names: Vec<String> = names.iter().map(|n| (*n).to_string()).collect();
    Fact::row(l, &names)
}

/// Interval over buses of a share of the document's zone, or of one of its régions.
pub(super) fn limits(
    a: &Builder<'_>,
    indicator: &str,
    zone: &str,
    year: i32,
) -> Option<PrintedLimits> {
    let l = cluster_row(a, indicator, zone, year)?;
    let text = |name: &str| l.value(name).number().map(|_| l.printed(name));
    Some(PrintedLimits {
        lower: text("bas")?,
        upper: text("haut")?,
    })
}

/// The row of such an interval.
pub(super) fn cluster_row<'a>(
    a: &Builder<'a>,
    indicator: &str,
    zone: &str,
    year: i32,
) -> Option<SliceRow<'a>> {
    a.slice("parts_en_grappes")?
        .with("indicateur", indicator)
        .with("code_zone", zone)
        .filter(|l| l.value("annee") == Figure::Known(f64::from(year)))
        .first()
}

pub(super) fn delays(a: &Builder<'_>) -> BTreeMap<String, DelayFacts> {
    ["medicobus", "desservi", "non_desservi"]
        .into_iter()
        .map(|code| {
            let l = a.slice("delais_intervalles").and_then(|v| v.with("code", code).first());

            let mut f = figures(l.as_ref(), &["mediane", "bas", "haut", "p"]);
            let mut take = |name: &str| f.remove(name).unwrap_or_else(Fact::unknown);

            let delay = DelayFacts {
                median: take("mediane"),
                lower: take("bas"),
                upper: take("haut"),
                p: take("p"),
            };

            (code.to_string(), delay)
        })
        .collect()
}

pub(super) fn standardised(a: &Builder<'_>, zone: &str) -> Option<StandardisedShare> {
    let slice = a.slice("part_sans_mt_standardisee")?;
    let here = slice.with("code_zone", zone).first()?;
    let all = slice.with("code_zone", "FR").first()?;

    let [lower, upper, reference] = [
        here.value("bas").number()?,
        here.value("haut").number()?,
        all.value("standardisee").number()?,
    ];

    let mut f = figures(Some(&here), &["standardisee", "bas", "haut"]);
    let mut whole = figures(Some(&all), &["standardisee"]);

    Some(StandardisedShare {
        part: f.remove("standardisee")?,
        lower: f.remove("bas")?,
        upper: f.remove("haut")?,
        whole: whole.remove("standardisee")?,
        clear: reference < lower || reference > upper,
    })
}

/// An interval of a table of estimates, in the unit that it names.
pub(super) fn interval(l: &SliceRow<'_>, names: [&str; 3], unit: &str) -> Option<Change> {
    let [estimate, lower, upper] = names.map(|n| l.value(n).number());
    let i = Interval {
        estimate: estimate?,
        lower: lower?,
        upper: upper?,
    };

    // One that is told from zero is not printed as zero.
    let shown = |least: usize| {
        let told = |d: &usize| {
            let scale = 10_f64.powi(*d as i32);
            [i.estimate, i.lower, i.upper].iter().all(|x| (x * scale).round() != 0.0)
        };
        if i.contains(0.0) {
            least
        } else {
            (least..4).find(told).unwrap_or(4)
        }
    };
    Some(match (unit, shown(1)) {
        ("points", 1) => Change::new(i, Format::Points),
        ("points", decimals) => signed_change(i, decimals, "pt"),
        ("jours", decimals) => signed_change(i, decimals, "jour"),
        _ => signed_change(i, shown(2), unit),
    })
}

/// A change with its sign in any unit.
fn signed_change(i: Interval, decimals: usize, unit: &str) -> Change {
    let plural = if unit == "jour" && i.estimate.abs() >= 2.0 { "s" } else { "" };

    Change {
        text: format!("{}\u{a0}{unit}{plural}", signed(i.estimate, decimals)),
        value: i.estimate,
        lower: signed(i.lower, decimals),
        upper: signed(i.upper, decimals),
        clear: !i.contains(0.0),
    }
}

/// The effect on each outcome, with the checks that it went through.
pub(super) fn effects(a: &Builder<'_>) -> BTreeMap<String, EffectFacts> {
    let Some(averages) = a.slice("effet_moyen") else {
        return BTreeMap::new();
    };

    averages
        .with("specification", "retenue")
        .rows()
        .filter_map(|row| Some((row.text("issue")?.to_string(), effect(a, &row)?)))
        .collect()
}

/// What is told of one outcome, from its row of averages and its row of checks.
fn effect(a: &Builder<'_>, row: &SliceRow<'_>) -> Option<EffectFacts> {
    let (code, name, unit) = (row.text("issue")?, row.text("nom_issue")?, row.text("unite")?);
    let checks = a.slice("effet_verifications").and_then(|v| v.with("issue", code).first());

    let mut told = figures(checks.as_ref(), &["p_avant", "rupture", "courbure", "biais_pente"]);
    told.extend(figures(Some(row), &["servis", "temoins", "grappes", "decelable"]));
    let people = figures(Some(row), &["personnes", "personnes_bas", "personnes_haut"]);
    let mut take = |name: &str| told.remove(name).unwrap_or_else(Fact::unknown);

    let effect = interval(row, ["effet", "bas", "haut"], unit);
    let placebo =
        checks.and_then(|l| interval(&l, ["placebo", "placebo_bas", "placebo_haut"], unit));
    let (p_before, breakdown, curvature) = (take("p_avant"), take("rupture"), take("courbure"));

    // Each of the four casts doubt on an effect.
    let differs_before = p_before.value.is_some_and(|p| p < 0.05);
    let placebo_clear = placebo.as_ref().is_some_and(|p| p.clear);
    let line_undoes =
        effect.as_ref().is_some_and(|e| e.clear) && breakdown.value.is_some_and(|m| m <= 0.0);
    let measures_in_doubt =
        effect.as_ref().is_some_and(|e| e.clear) && !holds_untouched(a, code, unit);

    // What is not established has nothing to be doubted.
    let doubted = differs_before || placebo_clear || line_undoes || measures_in_doubt;
    let proof = match &effect {
        None => "Insuffisant",
        Some(effect) if effect.clear && doubted => "Estimé, fragile",
        Some(_) => "Estimé avec témoins",
    };

    Some(EffectFacts {
        name: lower_first(name),
        unit: unit.to_string(),
        effect,
        served: take("servis"),
        controls: take("temoins"),
        clusters: take("grappes"),
        p_before,
        placebo,
        breakdown,
        curvature,
        detectable: take("decelable"),
        slope_bias: take("biais_pente"),
        differs_before,
        placebo_clear,
        line_undoes,
        measures_in_doubt,
        people,
        proof: proof.into(),
    })
}

/// The territories that any other measure touches.
pub(super) fn any_measure<'a>(a: &Builder<'a>) -> Option<SliceRow<'a>> {
    a.slice("effet_mesures")?.with("mesure", "ensemble").first()
}

/// Whether an effect is established too where no other measure touches those served; true where none touches them.
fn holds_untouched(a: &Builder<'_>, outcome: &str, unit: &str) -> bool {
    let touched = any_measure(a).and_then(|l| l.value("servis").number());
    let touched = touched.is_some_and(|n| n > 0.0);
    let untouched = a
        .slice("effet_moyen")
        .and_then(|v| v.with("issue", outcome).with("specification", "sans_mesures").first())
        .and_then(|l| interval(&l, ["effet", "bas", "haut"], unit));
    !touched || untouched.is_some_and(|change| change.clear)
}

pub(super) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
}
