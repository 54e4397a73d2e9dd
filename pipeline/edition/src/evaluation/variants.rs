//! The same effect, estimated in other ways: a reader sees whether the conclusion depends on the one retained.

use super::average::{Measured, average, average_row};
use super::design::{MIN_CLUSTERS, MIN_SERVED};
use super::measurements::Measurements;
use super::rows::{AverageEffect, Backed};
use super::set_aside::{Exclusion, cells, lost_cohorts};
use stats::did::imputation::imputation;
use stats::did::{AttGt, Control, Method, Options, Panel, estimate};

/// Code and French name of each variant.
pub const VARIANTS: [(&str, &str); 7] = [
    ("non_ponderee", "Chaque territoire compte autant"),
    ("pas_encore", "Témoins : aussi ceux qui ne sont pas encore desservis"),
    ("anticipation", "Effet permis dès la période d'avant (annonce)"),
    ("ajustee", "Ajustée sur la situation de départ, double robustesse"),
    ("ajustee_regression", "Ajustée sur la situation de départ, régression"),
    ("sans_mesures", UNTOUCHED),
    ("imputation", IMPUTATION),
];

/// A way to estimate: panel, settings.
type Variant = (Panel, Options);

/// The variants of an outcome, and what each left out. `panel` is the weighted one, `retained` what it gave.
///
/// # Errors
/// None that data can cause: a variant that cannot be estimated is listed.
pub fn variants(
    m: &Measurements<'_>,
    panel: &Panel,
    options: &Options,
    retained: &AttGt,
) -> stats::Result<(Vec<Backed<AverageEffect>>, Vec<Exclusion>)> {
    let (adjusted, unusable) = m.adjusted()?;
    let mut excluded: Vec<Exclusion> = unusable.into_iter().map(covariate).collect();
    let mut rows = Vec::new();

    let cases = cases(m, panel, adjusted, options)?;
    for ((code, name), (panel, options)) in VARIANTS.into_iter().zip(cases) {
        let estimated = estimate(&panel, &options).and_then(|att| Ok((average(&att)?, att)));
        match estimated {
            Ok((average, att)) => {
                let name = match lost_cohorts(m.outcome, &att).as_slice() {
                    [] => name.to_string(),
                    [one] => format!("{name} ; sans la cohorte {one}"),
                    lost => format!("{name} ; sans les cohortes {}", lost.join(", ")),
                };
                excluded.extend(cells(m.outcome, &name, &att));
                rows.push(average_row(m, (code, name), &average, &att));
            }
            Err(error) => excluded.push(whole(m, name, &error)),
        }
    }

    if let Some((untouched, basis)) = m.untouched() {
        let enough = match (untouched.served_people().territories, untouched.served_clusters()) {
            (MIN_SERVED.., MIN_CLUSTERS..) => Ok(()),
            (territories, clusters) => Err(stats::Error::refused(format!(
                "il ne reste que {territories} territoires desservis, dans {clusters} intercommunalités"
            ))),
        };
        let estimated = enough
            .and_then(|()| untouched.panel(true))
            .and_then(|panel| estimate(&panel, options))
            .and_then(|att| Ok((average(&att)?, att)));
        match estimated {
            Ok((average, att)) => {
                excluded.extend(cells(m.outcome, UNTOUCHED, &att));
                let row =
                    average_row(&untouched, ("sans_mesures", UNTOUCHED.into()), &average, &att);
                rows.push(Backed { basis, ..row });
            }
            Err(error) => excluded.push(whole(m, UNTOUCHED, &error)),
        }
    }

    match by_imputation(m, panel, options, retained) {
        Ok(row) => rows.push(row),
        Err(error) => excluded.push(whole(m, IMPUTATION, &error)),
    }
    Ok((rows, excluded))
}

/// French name of the variant without what another measure touched.
const UNTOUCHED: &str = "Sans les territoires et trimestres touchés par une autre mesure";
/// French name of the variant by imputation.
const IMPUTATION: &str = "Imputation depuis tout ce qui n'est pas encore desservi";

/// The same average by another road (Borusyak, Jaravel & Spiess).
fn by_imputation(
    m: &Measurements<'_>,
    panel: &Panel,
    options: &Options,
    retained: &AttGt,
) -> stats::Result<Backed<AverageEffect>> {
    let average = Measured::new(imputation(panel, options)?.overall)?;
    Ok(average_row(m, ("imputation", IMPUTATION.into()), &average, retained))
}

/// A variant that could not be estimated.
fn whole(m: &Measurements<'_>, name: &str, error: &stats::Error) -> Exclusion {
    Exclusion {
        kind: "variante",
        variant: name.to_string(),
        what: "Variante entière".into(),
        reason: error.message().to_string(),
        count: m.units(),
    }
}

/// The first of [`VARIANTS`], in their order.
fn cases(
    m: &Measurements<'_>,
    panel: &Panel,
    adjusted: Panel,
    options: &Options,
) -> stats::Result<[Variant; 5]> {
    let with = |change: fn(&mut Options)| {
        let mut options = *options;
        change(&mut options);
        options
    };

    Ok([
        (m.panel(false)?, *options),
        (panel.clone(), with(|o| o.control = Control::NotYetTreated)),
        (panel.clone(), with(|o| o.anticipation = 1)),
        (adjusted.clone(), with(|o| o.method = Method::DoublyRobust)),
        (adjusted, with(|o| o.method = Method::OutcomeRegression)),
    ])
}

/// A covariate that could not be used; `missing` territories lack it.
fn covariate((name, missing): (&'static str, usize)) -> Exclusion {
    let reason = match missing {
        0 => "la même partout : ajustement fait sans elle",
        _ => "inconnue pour une partie des territoires : ajustement fait sans elle",
    };

    Exclusion {
        kind: "covariable",
        variant: "Ajustées".into(),
        what: name.into(),
        reason: reason.into(),
        count: missing,
    }
}
