//! Scales and graduations.

use super::canvas::{Anchor, Canvas, Lettering};
use super::style::{GREY, GRID, SMALL_SIZE};
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
        let e = Lettering::new(GREY, Anchor::End).size(SMALL_SIZE);
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
        let e = Lettering::new(GREY, Anchor::Middle).size(SMALL_SIZE);
        for g in self.ticks() {
            let x = self.place(g);
            c.line(&[(x, top), (x, bottom)], GRID, 0.5)?;
            c.text((x, bottom + 8.0), &self.legend(g, format), e)?;
        }
        Ok(())
    }
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
}
