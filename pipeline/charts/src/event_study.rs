//! Event study: the effect at each distance from the first tour, with its interval and the simultaneous band.

use super::Plot;
use super::axis::Scale;
use super::canvas::{Anchor, Lettering, drawing};
use super::style::{BAND, GREY, SMALL_SIZE, MAIN, REFERENCE};
use base::definition::Format;
use base::error::Result;
use base::french::formatted;

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

const HEIGHT: f64 = 210.0;

impl Plot for EventStudy {
    fn too_little(&self) -> Option<String> {
        (self.moments.iter().filter(|m| m.distance >= 0).count() == 0 || self.moments.len() < 3)
            .then(|| {
                "Étude d'événement non tracée : trop peu de périodes après l'ouverture.".into()
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
                " Au {} {}, l'effet estimé est {e} (intervalle à 95 % de {a} à {b}).",
                self.step, m.distance
            )
        });
        format!(
            "Étude d'événement. Avant l'ouverture, {} {}(s) s'écartent de zéro au regard de la bande simultanée ; \
             après, {}.{last}",
            clear(false),
            self.step,
            clear(true)
        )
    }

    fn draw(&self, width: f64) -> Result<String> {
        let (top, bottom, left, right) = (18.0, HEIGHT - 32.0, 46.0, width - 10.0);
        let limits: Vec<f64> = self
            .moments
            .iter()
            .flat_map(|m| [m.band.0, m.band.1, m.effect])
            .collect();
        let min = limits.iter().copied().fold(0.0, f64::min);
        let max = limits.iter().copied().fold(0.0, f64::max);
        let y = Scale::new(min, max, 5, bottom, top);
        let first = self.moments.iter().map(|m| m.distance).min().unwrap_or(0);
        let last = self.moments.iter().map(|m| m.distance).max().unwrap_or(1);
        let step = (right - left) / f64::from((last - first).max(1) + 1);
        let x = |d: i32| left + step * (f64::from(d - first) + 0.5);
        drawing(width, HEIGHT, |c| {
            c.text(
                (2.0, 6.0),
                &self.unit,
                Lettering::new(GREY, Anchor::Start).size(SMALL_SIZE),
            )?;
            y.horizontal_grid(c, left, right, self.format)?;
            let small = Lettering::new(GREY, Anchor::Middle).size(SMALL_SIZE);
            let half = (step * 0.32).min(7.0);
            for m in &self.moments {
                c.rectangle(
                    (x(m.distance) - half, y.place(m.band.1)),
                    (x(m.distance) + half, y.place(m.band.0)),
                    BAND,
                )?;
            }
            c.line(&[(left, y.place(0.0)), (right, y.place(0.0))], GREY, 0.9)?;
            let opening = x(0) - step / 2.0;
            c.dashes(
                &[(opening, top), (opening, bottom)],
                REFERENCE,
                0.9,
                (3.0, 2.0),
            )?;
            c.text(
                (opening + 4.0, top - 5.0),
                "première tournée",
                Lettering {
                    anchor: Anchor::Start,
                    ..small
                },
            )?;
            for m in &self.moments {
                let p = (x(m.distance), y.place(m.effect));
                c.line(
                    &[
                        (p.0, y.place(m.interval.0)),
                        (p.0, y.place(m.interval.1)),
                    ],
                    MAIN,
                    1.3,
                )?;
                if m.distance >= 0 {
                    c.disc(p, 3.0, MAIN)?;
                } else {
                    c.ring(p, 2.6, MAIN, 1.2)?;
                }
                c.text(
                    (p.0, bottom + 9.0),
                    &format!("{}", m.distance).replace('-', "\u{2212}"),
                    small,
                )?;
            }
            let note = format!(
                "{}s depuis la première tournée ; trait : intervalle à 95 %, bande : simultanée",
                self.step
            );
            c.text(
                (right, bottom + 22.0),
                &note,
                Lettering {
                    anchor: Anchor::End,
                    ..small
                },
            )
        })
    }
}
