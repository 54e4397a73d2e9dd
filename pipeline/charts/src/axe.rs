//! Scales and graduations.

use super::canvas::{Ancre, Canvas, Ecriture};
use super::style::{GRILLE, GRIS, PETITE};
use base::definition::Format;
use base::error::Result;
use base::french::{THIN_SPACE, formatted, number};

/// A linear scale from data to points, with round graduations.
#[derive(Debug, Clone)]
pub struct Axe {
    bas: f64,
    haut: f64,
    pas: f64,
    depart: f64,
    arrivee: f64,
}

impl Axe {
    /// An axis that holds `min..max` with about `graduations` round steps, drawn from `depart` to `arrivee`.
    pub fn new(min: f64, max: f64, graduations: usize, depart: f64, arrivee: f64) -> Self {
        let etendue = if max - min > 1e-12 {
            max - min
        } else {
            max.abs().max(1.0)
        };
        let brut = etendue / graduations.max(1) as f64;
        let puissance = 10f64.powf(brut.log10().floor());
        let pas = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|m| m * puissance)
            .find(|p| *p >= brut * 0.999)
            .unwrap_or(10.0 * puissance);
        let bas = (min / pas + 1e-9).floor() * pas;
        let haut = (max / pas - 1e-9).ceil() * pas;
        Self {
            bas,
            haut: if haut > bas { haut } else { bas + pas },
            pas,
            depart,
            arrivee,
        }
    }

    /// Where a value stands.
    pub fn place(&self, x: f64) -> f64 {
        let t = ((x - self.bas) / (self.haut - self.bas)).clamp(-0.05, 1.05);
        self.depart + t * (self.arrivee - self.depart)
    }

    /// Round values.
    pub fn graduations(&self) -> Vec<f64> {
        let n = ((self.haut - self.bas) / self.pas).round() as usize;
        (0..=n).map(|i| self.bas + self.pas * i as f64).collect()
    }

    /// A graduation in words, with no more decimals than the step needs.
    pub fn legende(&self, x: f64, format: Format) -> String {
        let decimales = (0..5)
            .find(|d| ((self.pas * 10f64.powi(*d)).fract()).abs() < 1e-9)
            .unwrap_or(4) as usize;
        match format {
            Format::Percent => format!("{}{THIN_SPACE}%", number(x, decimales)),
            Format::Euros => formatted(x, format),
            _ => number(x, decimales),
        }
    }

    /// Horizontal grid lines from `gauche` to `droite`, graduations at the left.
    pub fn horizontales(
        &self,
        c: &Canvas<'_>,
        gauche: f64,
        droite: f64,
        format: Format,
    ) -> Result<()> {
        let e = Ecriture::new(GRIS, Ancre::Droite).taille(PETITE);
        for g in self.graduations() {
            let y = self.place(g);
            c.ligne(&[(gauche, y), (droite, y)], GRILLE, 0.5)?;
            c.texte((gauche - 5.0, y), &self.legende(g, format), e)?;
        }
        Ok(())
    }

    /// Vertical grid lines from `haut` to `bas`, graduations below.
    pub fn verticales(&self, c: &Canvas<'_>, haut: f64, bas: f64, format: Format) -> Result<()> {
        let e = Ecriture::new(GRIS, Ancre::Milieu).taille(PETITE);
        for g in self.graduations() {
            let x = self.place(g);
            c.ligne(&[(x, haut), (x, bas)], GRILLE, 0.5)?;
            c.texte((x, bas + 8.0), &self.legende(g, format), e)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graduations_are_round_and_hold_the_data() {
        let axe = Axe::new(0.0, 34.2, 5, 0.0, 100.0);
        assert_eq!(axe.graduations(), vec![0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(axe.legende(10.0, Format::Percent), "10\u{202f}%");
        let fin = Axe::new(-0.31, 0.12, 4, 0.0, 100.0);
        assert!(fin.graduations()[0] <= -0.31 && *fin.graduations().last().unwrap_or(&0.0) >= 0.12);
        assert_eq!(
            Axe::new(-0.02, 0.1, 5, 0.0, 1.0).legende(0.025, Format::Decimal2),
            "0,025"
        );
        // A flat series still has an axis.
        assert!(Axe::new(0.0, 0.0, 4, 0.0, 100.0).graduations().len() > 1);
    }

    #[test]
    fn places_run_from_start_to_end() {
        let axe = Axe::new(0.0, 10.0, 5, 50.0, 10.0);
        assert!((axe.place(0.0) - 50.0).abs() < 1e-9);
        assert!((axe.place(10.0) - 10.0).abs() < 1e-9);
    }
}
