//! Classes of values, their colours, and the key to them.

use plotters::style::RGBColor;

use super::zone_map::{Ground, ZoneMap};
use crate::canvas::{Anchor, Canvas, Lettering, Point};
use crate::style::{GREY, INK, RAMP, SMALL_SIZE, WHITE};
use base::error::Result;
use base::french::{Figure, formatted};

/// Round class limits: at most five classes from the smallest to the largest value.
pub(super) fn class_limits(values: &[f64]) -> Vec<f64> {
    let max = values.iter().copied().fold(0.0, f64::max);
    let whole_numbers = values.iter().all(|x| x.fract() == 0.0);
    if whole_numbers && max <= 5.0 {
        return (1..=max.max(1.0) as usize).map(|i| i as f64).collect();
    }

    let raw = max / 5.0;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .filter(|p| !whole_numbers || p.fract() == 0.0)
        .find(|p| *p >= raw * 0.999)
        .unwrap_or(10.0 * power);

    (0..5).map(|i| step * f64::from(i)).filter(|b| *b < max || *b == 0.0).collect()
}

/// The colour of a value's class.
pub(super) fn colour(x: f64, limits: &[f64]) -> RGBColor {
    let class = limits.iter().rposition(|b| x >= *b).unwrap_or(0);

    // Few classes still use the whole ramp.
    let rank = match limits.len() {
        0 | 1 => 3,
        n => class * (RAMP.len() - 1) / (n - 1),
    };
    RAMP[rank.min(RAMP.len() - 1)]
}

impl ZoneMap {
    /// The known values above 0.
    pub(super) fn values(&self) -> Vec<f64> {
        self.zones
            .iter()
            .filter_map(|z| z.value.number())
            .filter(|x| *x > 0.0)
            .collect()
    }

    /// Every entry of the key: a ground and its words.
    fn entries(&self) -> Vec<(Ground, String)> {
        let values = self.values();
        let limits = class_limits(&values);
        let whole_numbers = values.iter().all(|x| x.fract() == 0.0);
        let say = |x: f64| formatted(x, self.format);

        let classes = if values.is_empty() { 0 } else { limits.len() };
        let mut entries = Vec::new();
        for (i, b) in limits.iter().enumerate().take(classes) {
            // Whole numbers: a class ends before the next one begins, and none is a class of its own.
            let (from, unit) = match whole_numbers {
                true => (b.max(1.0), 1.0),
                false => (*b, 0.0),
            };
            let words = match limits.get(i + 1).map(|next| next - unit) {
                Some(to) if to <= from => say(from),
                Some(to) => format!("{} à {}", say(from), say(to)),
                None if whole_numbers && values.iter().all(|x| *x <= from) => say(from),
                None => format!("{} et plus", say(from)),
            };
            entries.push((Ground::Colour(colour(*b, &limits)), words));
        }

        let others = [
            (Figure::Known(0.0), Ground::Colour(WHITE), "aucun"),
            (Figure::Hidden, Ground::Hidden, "non communicable"),
            (Figure::Missing, Ground::Unknown, "sans donnée"),
        ];
        for (value, ground, words) in others {
            if self.zones.iter().any(|z| z.value == value) {
                entries.push((ground, words.to_string()));
            }
        }

        entries
    }

    /// The key to the colours; returns where it ends.
    pub(super) fn legend(&self, c: &Canvas<'_>, (left, top): Point) -> Result<f64> {
        let small = Lettering::new(INK, Anchor::Start).size(SMALL_SIZE);
        c.text((left, top), &self.unit, small.bold())?;

        let mut y = top + 13.0;
        for (ground, words) in self.entries() {
            let corners =
                [(left, y - 4.5), (left + 15.0, y - 4.5), (left + 15.0, y + 4.5), (left, y + 4.5)];
            ground.fill(c, &corners)?;
            c.outline(&corners, GREY, 0.4)?;
            c.text((left + 21.0, y), &words, small)?;
            y += 13.0;
        }

        Ok(y)
    }
}
