//! The nation only: régions side by side, with intervals and limits, never as a bare league table.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::slice::{Slice, SliceRow};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{number, period, typography};
use base::zone::Level;
use charts::caterpillar::{Caterpillar, RankedEstimate};
use charts::funnel::{Funnel, FunnelLimits, FunnelPoint};
use charts::small_multiples::{CurvePanel, SmallMultiples};
use stats::funnel;

pub(crate) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    if a.input.zone.level != Level::National {
        return Ok(None);
    }

    let mut blocks: Vec<Block> = Vec::new();
    if let Some(month) = a.slice("consultations_par_mois/parties").filter(|v| !v.is_empty()) {
        blocks.extend(small_multiples(a, &month)?);
    }

    if let Some(mt) = a.slice("part_sans_mt_patients/parties").filter(|v| v.len() > 1) {
        blocks.extend(caterpillar(a, &mt)?);
        blocks.extend(funnel(a, &mt)?);
    }

    if blocks.is_empty() {
        return Ok(None);
    }

    // The caution stands before the charts.
    let caution = Block::Callout {
        tone: Tone::Info,
        title: "Comparer sans classer".into(),
        texts: vec![typography(
            "Les régions sont rangées par nom et non par valeur. Les patients d'une région ne ressemblent pas à ceux d'une autre : un écart dit une situation, pas une performance.",
        )],
    };

    blocks.insert(0, caution);
    let sentences = a.sentences("comparaison.j2", BTreeMap::from([("parts", extremes(a))]))?;

    Ok(Some(chapter(a, "comparaison", "Comparaison des régions", sentences, blocks)))
}

/// Lowest and highest share without médecin traitant of the régions, if that of each is known.
fn extremes(a: &Builder<'_>) -> Option<[String; 2]> {
    let slice = a.slice("part_sans_mt_patients/parties").filter(|v| v.len() > 1)?;
    let share = |row: SliceRow<'_>| {
        Some((row.value("part_sans_mt").number()?, row.printed("part_sans_mt")))
    };

    let mut shares = slice.rows().map(share).collect::<Option<Vec<_>>>()?;
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some([shares.first()?.1.clone(), shares.last()?.1.clone()])
}

fn small_multiples(a: &mut Builder<'_>, slice: &Slice<'_>) -> Result<Option<Block>> {
    let step = {
        let mut p: Vec<&str> = slice.distinct("periode");
        p.sort_unstable();
        p
    };

    let serie = |v: &Slice<'_>| -> Vec<Figure> {
        step.iter()
            .map(|p| {
                v.with("periode", p)
                    .first()
                    .map_or(Figure::Missing, |l| l.value("consultations_par_jour"))
            })
            .collect()
    };

    let panels: Vec<CurvePanel> = slice
        .distinct("code_zone")
        .into_iter()
        .map(|code| {
            let zone = slice.with("code_zone", code);
            let name = zone
                .first()
                .map_or_else(|| code.to_string(), |l| l.label(&["nom_zone", "code_zone"]));

            CurvePanel { name, values: serie(&zone) }
        })
        .collect();

    let reference = a.slice("consultations_par_mois").map(|v| CurvePanel {
        name: a.input.zone.name.clone(),
        values: serie(&v),
    });

    // Half a panel is too narrow for a month's whole name and its year.
    let bound = |p: Option<&&str>| {
        let name = p.map_or_else(String::new, |p| period(p));
        name.split_once(' ')
            .map_or(name.clone(), |(month, _)| super::activite::abbreviated(month))
    };

    let plot = SmallMultiples {
        panels,
        reference,
        bounds: (bound(step.first()), bound(step.last())),
        format: Format::Decimal1,
        unit: "consultations par jour de sortie".into(),
    };

    let title = format!(
        "Consultations par jour de sortie de chaque région (tirets : {}), {}",
        a.input.zone.name, a.input.year
    );
    a.chart("comparaison-multiples", &title, &plot, slice.table())
}

fn counts(l: &SliceRow<'_>) -> Option<(u64, u64)> {
    Some((l.value("sans_mt").number()? as u64, l.value("patients_connus").number()? as u64))
}

fn caterpillar(a: &mut Builder<'_>, slice: &Slice<'_>) -> Result<Option<Block>> {
    let intervals = a.slice("parts_en_grappes");
    let over_buses = |l: &SliceRow<'_>| {
        let row = intervals.as_ref()?.with("code_zone", l.text("code_zone")?).first()?;
        row.value("bas").number().zip(row.value("haut").number())
    };
    let estimates = slice
        .rows()
        .map(|l| RankedEstimate {
            label: l.label(&["nom_zone", "code_zone"]),
            value: l.value("part_sans_mt"),
            interval: over_buses(&l),
        })
        .collect();

    let reference = a
        .row("part_sans_mt_patients")
        .and_then(|l| l.value("part_sans_mt").number())
        .map(|x| (a.input.zone.name.clone(), x));

    let note = "trait : intervalle à 95 % compte tenu des médicobus".into();
    let plot = Caterpillar {
        estimates,
        reference,
        format: Format::Percent,
        note,
    };

    let title = "Part des patients sans médecin traitant par région, avec son intervalle";
    a.chart("comparaison-classement", title, &plot, slice.table())
}

fn funnel(a: &mut Builder<'_>, slice: &Slice<'_>) -> Result<Option<Block>> {
    let Some(centre) =
        a.row("part_sans_mt_patients").and_then(|l| l.value("part_sans_mt").number())
    else {
        return Ok(None);
    };

    let Some(binomial) = funnel::Funnel::new(centre / 100.0) else {
        return Ok(None);
    };

    let rows: Vec<SliceRow<'_>> = slice.rows().filter(|l| counts(l).is_some()).collect();
    let groups: Vec<(u64, u64)> = rows.iter().filter_map(counts).collect();
    let judged = binomial.judge(&groups);
    let is_outside = |at: &usize| judged[*at] == Some(funnel::FunnelPosition::Alarm);
    let too_few = judged.contains(&Some(funnel::FunnelPosition::TooFew));

    // The limits drawn are those of the régions that stand within them: one far off would widen them until it is inside.
    let within = (0..groups.len()).filter(|at| !is_outside(at)).map(|at| groups[at]);
    let chance = binomial.spread_as(&within.collect::<Vec<_>>());

    let zone = |(at, l): (usize, &SliceRow<'_>)| {
        Some(FunnelPoint {
            name: l.label(&["nom_zone", "code_zone"]),
            size: groups[at].1 as f64,
            rate: l.value("part_sans_mt").number()?,
            outside: is_outside(&at),
        })
    };
    let zones: Vec<FunnelPoint> = rows.iter().enumerate().filter_map(zone).collect();

    let max = zones.iter().map(|z| z.size).fold(0.0, f64::max);

    // More sizes among the small ones, where the limits bend most.
    let limits = (0..=40)
        .map(|i| (max * 1.05 * (f64::from(i) / 40.0).powi(2)).max(max / 40.0).round() as u64)
        .filter_map(|n| chance.limits(n))
        .map(|f| {
            let percent = |(lower, upper): (f64, f64)| (100.0 * lower, 100.0 * upper);
            FunnelLimits {
                size: f.size as f64,
                inner: percent(f.warning),
                outer: percent(f.alarm),
            }
        })
        .collect();

    let plot = Funnel {
        zones,
        limits,
        centre,
        format: Format::Percent,
        unit: "patients à situation connue".into(),
    };

    // Patients of one bus resemble each other: the chart says by how much its limits are wider.
    let wider = match chance.dispersion() {
        _ if too_few => " ; trop peu de régions pour dire si l'une est à part".to_owned(),
        d if d > 1.0 => {
            format!(
                " ; élargies, la dispersion des régions étant {} fois celle du hasard",
                number(d, 1)
            )
        }
        _ => String::new(),
    };
    let title = format!(
        "Part sans médecin traitant selon le nombre de patients : limites du hasard autour de l'ensemble ({}{wider})",
        a.input.zone.name
    );
    a.chart("comparaison-entonnoir", &title, &plot, slice.table())
}
