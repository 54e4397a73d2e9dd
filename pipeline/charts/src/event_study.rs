//! Event study: the effect at each distance from the first tour, with its interval and the simultaneous band.

use super::Plot;
use super::axis::{Scale, one_in};
use super::canvas::{Anchor, Canvas, Lettering, drawing};
use super::style::{BAND, GREY, MAIN, REFERENCE};
use crate::data::{ChartData, range};
use base::definition::Format;
use base::error::Result;
use base::french::{agreed, formatted};

/// The effect at one distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Quarters since the first effective tour; negative before.
    pub distance: i32,
    /// Estimate.
    pub effect: f64,
    /// Pointwise interval.
    pub interval: (f64, f64),
    /// Simultaneous band.
    pub band: (f64, f64),
}

/// An event study.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStudy {
    /// Moments in order.
    pub moments: Vec<Moment>,
    /// Format of the effect.
    pub format: Format,
    /// Unit of the effect.
    pub unit: String,
    /// Step between two distances: `trimestre`, `semestre`.
    pub step: String,
}

const HEIGHT: f64 = 216.0;

impl EventStudy {
    /// The effect of one moment with its interval.
    fn draw_moment(c: &Canvas<'_>, m: &Moment, y: &Scale, x: f64) -> Result<()> {
        let p = (x, y.place(m.effect));
        let interval = [(x, y.place(m.interval.0)), (x, y.place(m.interval.1))];
        c.line(&interval, MAIN, 1.3)?;

        if m.distance >= 0 {
            c.disc(p, 3.0, MAIN)
        } else {
            c.ring(p, 2.6, MAIN, 1.2)
        }
    }

    /// Distances under the axis, 0 among them, as many as there is room for.
    fn draw_distances(
        &self,
        c: &Canvas<'_>,
        step: f64,
        x: impl Fn(i32) -> f64,
        bottom: f64,
    ) -> Result<()> {
        let e = Lettering::note(Anchor::Middle);
        let text = |m: &Moment| m.distance.to_string().replace('-', "\u{2212}");
        let widest = self.moments.iter().map(|m| e.width(&text(m))).fold(0.0, f64::max);
        let every = one_in(step, widest) as i32;

        for m in self.moments.iter().filter(|m| m.distance % every == 0) {
            c.text((x(m.distance), bottom + 9.0), &text(m), e)?;
        }
        Ok(())
    }

    /// `trimestres`, `mois`: one that ends in s is its own plural.
    fn steps(&self) -> String {
        format!("{}s", self.step.trim_end_matches('s'))
    }
}

impl Plot for EventStudy {
    fn too_little(&self) -> Option<String> {
        let none_after = self.moments.iter().all(|m| m.distance < 0);
        (none_after || self.moments.len() < 3).then(|| {
            "Étude d’événement non tracée : trop peu de périodes après l’ouverture.".into()
        })
    }

    fn alt(&self) -> String {
        let clear = |after: bool| {
            self.moments
                .iter()
                .filter(|m| (m.distance >= 0) == after && (m.band.0 > 0.0 || m.band.1 < 0.0))
                .count()
        };

        let last = self.moments.last().map_or_else(String::new, |m| {
            let [e, a, b] =
                [m.effect, m.interval.0, m.interval.1].map(|x| formatted(x, self.format));
            format!(
                " Au {} {}, l’effet estimé est {e} (intervalle à 95 % de {a} à {b}).",
                self.step, m.distance
            )
        });

        let before = clear(false);
        let several = self.steps();
        let steps = agreed(before, &self.step, &several);
        let apart = agreed(before, "s’écarte", "s’écartent");
        format!(
            "Étude d’événement. Avant l’ouverture, {before} {steps} {apart} de zéro au regard de la bande simultanée ; \
             après, {}.{last}",
            clear(true)
        )
    }

    fn reading(&self) -> Option<String> {
        let last = self.moments.iter().rfind(|m| m.distance > 0)?;
        let say = |x: f64| formatted(x, self.format);
        let (effect, low, high) = (say(last.effect), say(last.interval.0), say(last.interval.1));
        let (steps, n) = (self.steps(), last.distance);
        let steps = agreed(n.unsigned_abs(), &self.step, &steps);
        Some(format!(
            "{n} {steps} après la première tournée, l’effet estimé est de {effect}, avec un intervalle à 95 % de {low} à {high}"
        ))
    }

    fn data(&self) -> ChartData {
        let rows = self.moments.iter().map(|m| {
            let effect = formatted(m.effect, self.format);
            let ranges = [m.interval, m.band].map(|bounds| range(bounds, self.format));
            [m.distance.to_string(), effect].into_iter().chain(ranges).collect()
        });
        ChartData::new(&[&self.step, "Effet", "Intervalle à 95 %", "Bande simultanée"], rows)
    }

    fn draw(&self, width: f64) -> Result<String> {
        let (top, bottom, left, right) = (24.0, HEIGHT - 32.0, 46.0, width - 10.0);
        let values = || self.moments.iter().flat_map(|m| [m.band.0, m.band.1, m.effect]);
        let min = values().fold(0.0, f64::min);
        let max = values().fold(0.0, f64::max);
        let y = Scale::new(min, max, 5, bottom, top);

        let first = self.moments.iter().map(|m| m.distance).min().unwrap_or(0);
        let last = self.moments.iter().map(|m| m.distance).max().unwrap_or(1);
        let step = (right - left) / f64::from((last - first).max(1) + 1);
        let x = |d: i32| left + step * (f64::from(d - first) + 0.5);

        let note =
            format!("{} d’écart ; trait : intervalle à 95 %, bande : simultanée", self.steps());
        let notes = Lettering::note(Anchor::End).wrap(&note, right - 4.0, 2);

        drawing(width, bottom + 17.0 + 9.0 * notes.len() as f64, |c| {
            c.text((2.0, 6.0), &self.unit, Lettering::note(Anchor::Start))?;
            y.horizontal_grid(c, left, right, self.format)?;

            let half = (step * 0.32).min(7.0);
            for m in &self.moments {
                let x = x(m.distance);
                let (low, high) = (y.place(m.band.0), y.place(m.band.1));
                c.rectangle((x - half, high), (x + half, low), BAND)?;
            }
            c.line(&[(left, y.place(0.0)), (right, y.place(0.0))], GREY, 0.9)?;

            let opening = x(0) - step / 2.0;
            let line = [(opening, top), (opening, bottom)];
            c.dashes(&line, REFERENCE, 0.9, (3.0, 2.0))?;
            let (beside, e) = ("première tournée", Lettering::note(Anchor::Start));
            let at = (opening + 4.0).min(width - e.width(beside) - 1.0);
            c.text((at, top - 5.0), beside, e)?;

            for m in &self.moments {
                Self::draw_moment(c, m, &y, x(m.distance))?;
            }
            self.draw_distances(c, step, x, bottom)?;

            let small = Lettering::note(Anchor::End);
            for (i, line) in notes.iter().enumerate() {
                c.text((right, bottom + 20.0 + 9.0 * i as f64), line, small)?;
            }
            Ok(())
        })
    }
}
