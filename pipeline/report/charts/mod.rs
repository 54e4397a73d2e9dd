//! Charts: one house style, direct labels, nothing told by colour alone, a text alternative that states the finding.
//!
//! Every chart is a plain struct made from slices of gated tables ([`super::vue`]); `tracer` turns it into an SVG.
//! A chart that has too little to show says so in words, and a hidden figure is drawn as hidden.

mod axe;
mod canvas;
pub mod style;

pub mod barres;
pub mod carte;
pub mod classement;
pub mod entonnoir;
pub mod evenement;
pub mod haltere;
pub mod intervalles;
pub mod ligne;
pub mod multiples;
pub mod pyramide;

use crate::error::Result;

/// A chart in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Name of its file, without extension.
    pub id: String,
    /// Title above it.
    pub titre: String,
    /// The drawing; `None` when there was too little to draw, `alt` then says so.
    pub svg: Option<String>,
    /// What the chart shows, in words.
    pub alt: String,
}

/// Something that can be drawn.
pub trait Tracable {
    /// Why it cannot be drawn, if it cannot.
    fn empechement(&self) -> Option<String>;

    /// What it shows, in words.
    fn alt(&self) -> String;

    /// The SVG text.
    ///
    /// # Errors
    /// If the drawing backend fails.
    fn svg(&self) -> Result<String>;

    /// The chart, or the sentence that stands for it.
    ///
    /// # Errors
    /// If the drawing backend fails.
    fn chart(&self, id: &str, titre: &str) -> Result<Chart> {
        let (svg, alt) = match self.empechement() {
            Some(motif) => (None, motif),
            None => (Some(self.svg()?), self.alt()),
        };
        Ok(Chart {
            id: id.to_string(),
            titre: titre.to_string(),
            svg,
            alt: super::format::typographie(&alt),
        })
    }
}

/// Joins the figures of a text alternative and says how many were hidden.
fn enumerer(elements: Vec<String>, caches: usize) -> String {
    let mut texte = elements.join(" ; ");
    if caches > 0 {
        let s = if caches > 1 { "s" } else { "" };
        texte.push_str(&format!(" ; {caches} valeur{s} non communicable{s}"));
    }
    texte
}
