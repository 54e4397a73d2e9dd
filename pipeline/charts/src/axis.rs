//! Scales and graduations.

use super::canvas::{Anchor, Canvas, Lettering};
use super::style::GRID;
use base::definition::Format;
use base::error::Result;
use base::french::{THIN_SPACE, formatted, number};

/// A linear scale from data to points, with round graduations.
#[derive(Debug, Clone)]
pub struct Scale {
    low: f64,
    high: f64,
    step: f64,
    start: f64,
    stop: f64,
}

impl Scale {
    /// An axis that holds `min..max` with about `ticks` round steps, drawn from `start` to `stop`.
    pub fn new(min: f64, max: f64, ticks: usize, start: f64, stop: f64) -> Self {
        let spread = if max - min > 1e-12 { max - min } else { max.abs().max(1.0) };
        // The first round step that is not smaller than an even one.
        let raw = spread / ticks.max(1) as f64;
        let power = 10f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|m| m * power)
            .find(|p| *p >= raw * 0.999)
            .unwrap_or(10.0 * power);

        let low = (min / step + 1e-9).floor() * step;
        let high = (max / step - 1e-9).ceil() * step;

        Self {
            low,
            high: if high > low { high } else { low + step },
            step,
            start,
            stop,
        }
    }

    /// The same for points, which unlike bars need not start at 0: where all stand far from it, the axis starts nearer, so
    /// that they are told apart. No points at all still have an axis.
    pub fn around(
        values: impl IntoIterator<Item = f64>,
        ticks: usize,
        start: f64,
        stop: f64,
    ) -> Self {
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for x in values {
            (min, max) = (min.min(x), max.max(x));
        }
        if min > max {
            return Self::new(0.0, 1.0, ticks, start, stop);
        }
        if min < max / 2.0 {
            return Self::new(min.min(0.0), max, ticks, start, stop);
        }

        // Equal points must not look far apart.
        let (middle, half) = ((min + max) / 2.0, (max - min).max(max * 0.1) / 2.0);
        Self::new((middle - half).max(0.0), middle + half, ticks, start, stop)
    }

    /// What a reader must know of it, if it does not hold 0.
    pub fn caution(&self) -> Option<&'static str> {
        (self.low > 1e-9).then_some("l’axe ne part pas de zéro")
    }

    /// Where a value stands.
    pub fn place(&self, x: f64) -> f64 {
        let t = ((x - self.low) / (self.high - self.low)).clamp(-0.05, 1.05);
        self.start + t * (self.stop - self.start)
    }

    /// Round values.
    pub fn ticks(&self) -> Vec<f64> {
        let n = ((self.high - self.low) / self.step).round() as usize;
        (0..=n).map(|i| self.low + self.step * i as f64).collect()
    }

    /// A graduation in words, with no more decimals than the step needs.
    pub fn legend(&self, x: f64, format: Format) -> String {
        let decimales = (0..5)
            .find(|d| ((self.step * 10f64.powi(*d)).fract()).abs() < 1e-9)
            .unwrap_or(4) as usize;
        match format {
            Format::Percent => format!("{}{THIN_SPACE}%", number(x, decimales)),
            Format::Euros => formatted(x, format),
            _ => number(x, decimales),
        }
    }

    /// Horizontal grid lines from `left` to `right`, graduations at the left.
    pub fn horizontal_grid(
        &self,
        c: &Canvas<'_>,
        left: f64,
        right: f64,
        format: Format,
    ) -> Result<()> {
        let e = Lettering::note(Anchor::End);
        for g in self.ticks() {
            let y = self.place(g);
            c.line(&[(left, y), (right, y)], GRID, 0.5)?;
            c.text((left - 5.0, y), &self.legend(g, format), e)?;
        }
        Ok(())
    }

    /// Vertical grid lines from `top` to `bottom`, graduations below.
    pub fn vertical_grid(
        &self,
        c: &Canvas<'_>,
        top: f64,
        bottom: f64,
        format: Format,
    ) -> Result<()> {
        let e = Lettering::note(Anchor::Middle);
        let ticks: Vec<(f64, String)> = self
            .ticks()
            .into_iter()
            .map(|g| (self.place(g), self.legend(g, format)))
            .collect();

        let widest = ticks.iter().map(|(_, text)| e.width(text)).fold(0.0, f64::max);
        let apart = (self.stop - self.start) / (ticks.len() - 1).max(1) as f64;
        let every = one_in(apart, widest);
        for (i, (x, text)) in ticks.iter().enumerate() {
            c.line(&[(*x, top), (*x, bottom)], GRID, 0.5)?;
            if i % every == 0 {
                c.text((*x, bottom + 8.0), text, e)?;
            }
        }
        Ok(())
    }
}

/// Of graduations `apart` points from each other and at most `widest` wide, one in how many has room for its text.
pub(crate) fn one_in(apart: f64, widest: f64) -> usize {
    ((widest + 5.0) / apart.max(1e-9)).ceil().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graduations_are_round_and_hold_the_data() {
        let axis = Scale::new(0.0, 34.2, 5, 0.0, 100.0);
        assert_eq!(axis.ticks(), vec![0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(axis.legend(10.0, Format::Percent), "10\u{202f}%");
        let end = Scale::new(-0.31, 0.12, 4, 0.0, 100.0);
        assert!(end.ticks()[0] <= -0.31 && *end.ticks().last().unwrap_or(&0.0) >= 0.12);
        assert_eq!(Scale::new(-0.02, 0.1, 5, 0.0, 1.0).legend(0.025, Format::Decimal2), "0,025");
        // A flat series still has an axis.
        assert!(Scale::new(0.0, 0.0, 4, 0.0, 100.0).ticks().len() > 1);
    }

    #[test]
    fn places_run_from_start_to_end() {
        let axis = Scale::new(0.0, 10.0, 5, 50.0, 10.0);
        assert!((axis.place(0.0) - 50.0).abs() < 1e-9);
        assert!((axis.place(10.0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn an_axis_of_points_starts_near_them() {
        let low = |values: &[f64]| Scale::around(values.iter().copied(), 5, 0.0, 1.0).ticks()[0];
        assert_eq!(low(&[30.4, 35.7]), 30.0);
        assert_eq!(low(&[5.6, 14.9]), 0.0);
        assert_eq!(low(&[-2.0, 8.0]), -2.0);
        assert!(low(&[35.0, 35.0]) > 30.0);
        assert_eq!(low(&[]), 0.0);
    }

    #[test]
    fn graduations_without_room_are_left_out() {
        assert_eq!((one_in(20.0, 10.0), one_in(14.0, 10.0), one_in(4.0, 10.0)), (1, 2, 4));
    }
}
