//! What a map shows.

use plotters::style::RGBColor;

use super::outlines::MapLevel;
use crate::canvas::Point;
use base::definition::Format;
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
    /// What fills them; nothing where they are hatched.
    pub fill: Option<RGBColor>,
}
