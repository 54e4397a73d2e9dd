//! What a map shows.

use plotters::style::RGBColor;

use super::outlines::MapLevel;
use crate::canvas::{Canvas, Point};
use crate::style::{HATCH, NO_DATA, REFERENCE, WHITE};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;

/// One coloured zone.
#[derive(Debug, Clone, PartialEq)]
pub struct MapZone {
    /// INSEE code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Value; absent where nobody told, which is not none.
    pub value: Figure,
    /// A second figure under the value, in words: `12 arrêts`.
    pub detail: Option<String>,
}

/// A map.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneMap {
    /// Outlines.
    pub level: MapLevel,
    /// Zones with a value.
    pub zones: Vec<MapZone>,
    /// Code and name of zones around them, drawn pale to show where they are.
    pub neighbours: Vec<(String, String)>,
    /// Draw only these codes, zoomed in; all if empty.
    pub frame: Vec<String>,
    /// Format of the values.
    pub format: Format,
    /// What the colour means.
    pub unit: String,
    /// The value's name beside the figure on the map: `bus`.
    pub short: String,
}

/// A zone of the outlines on the page.
pub(super) struct PlacedZone<'z> {
    /// What is told about it, if anything.
    pub zone: Option<&'z MapZone>,
    /// Its outlines, in points of the page.
    pub rings: Vec<Vec<Point>>,
    /// What they are filled with.
    pub ground: Ground,
}

/// What a zone is filled with: grey tells nothing without a hatching, and the two hatchings differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ground {
    /// The colour of its value.
    Colour(RGBColor),
    /// Dark lines on white: the value is hidden.
    Hidden,
    /// Light lines on grey: nobody told.
    Unknown,
}

impl Ground {
    /// Fills a ring.
    pub fn fill(self, c: &Canvas<'_>, ring: &[Point]) -> Result<()> {
        match self {
            Self::Colour(colour) => c.polygon(ring, colour),
            Self::Hidden => c.hatching(ring, HATCH, 4.0),
            Self::Unknown => {
                c.polygon(ring, NO_DATA)?;
                c.hatching(ring, REFERENCE, 9.0)
            }
        }
    }

    /// The ground that letters stand on; over a hatching they get a white one.
    pub fn paper(self) -> RGBColor {
        match self {
            Self::Colour(colour) => colour,
            Self::Hidden | Self::Unknown => WHITE,
        }
    }
}
