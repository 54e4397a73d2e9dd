//! Charts: one house style, direct labels, nothing told by colour alone, a text alternative that states the finding.
//!
//! Every chart is a plain struct made from slices of gated tables (a report's slices); [`Plot::chart`] turns it into an SVG.
//! A chart that has too little to show says so in words, and a hidden figure is drawn as hidden.

mod axis;
mod canvas;
pub mod data;
mod frame;
mod letters;
mod ring;
mod rows;
pub mod style;

pub mod bar;
pub mod caterpillar;
pub mod dumbbell;
pub mod event_study;
pub mod funnel;
pub mod line;
pub mod map;
pub mod pyramid;
pub mod quantile_bars;
pub mod small_multiples;

use base::error::Result;
use base::french::{Figure, month_name};

use canvas::Point;
use data::ChartData;

/// A chart in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Name of its file, without extension.
    pub id: String,
    /// Title above it.
    pub title: String,
    /// The drawing; `None` when there was too little to draw, `alt` then says so.
    pub svg: Option<String>,
    /// What the chart shows, in words.
    pub alt: String,
    /// How one of its marks reads, as a sentence; `None` without a drawing, or where no mark can be read.
    pub reading: Option<String>,
    /// Its figures.
    pub data: ChartData,
}

/// Something that can be drawn.
pub trait Plot {
    /// Why it cannot be drawn, if it cannot.
    fn too_little(&self) -> Option<String>;

    /// What it shows, in words.
    fn alt(&self) -> String;

    /// How one of its marks reads, in words that name it; `None` where no mark can be read.
    fn reading(&self) -> Option<String>;

    /// Its figures, as a table.
    fn data(&self) -> ChartData;

    /// The SVG text, `width` points wide.
    ///
    /// # Errors
    /// If the drawing backend fails.
    fn draw(&self, width: f64) -> Result<String>;

    /// The chart `width` points wide, or the sentence that stands for it. A chart is drawn at the width at which it
    /// is printed: scaled down, its letters would be too small to read.
    ///
    /// # Errors
    /// If the drawing backend fails.
    fn chart(&self, id: &str, title: &str, width: f64) -> Result<Chart> {
        let (svg, alt, reading) = match self.too_little() {
            Some(pattern) => (None, pattern, None),
            None => (Some(self.draw(width)?), self.alt(), self.reading()),
        };
        Ok(Chart {
            id: id.to_string(),
            title: title.to_string(),
            svg,
            alt: base::french::typography(&alt),
            reading: reading.map(|text| base::french::typography(&text)),
            data: self.data(),
        })
    }
}

/// A figure and the name of what it measures.
type Named<'n> = (&'n str, f64);

/// The figures that are neither hidden nor missing, with their names.
fn known<'n>(figures: impl IntoIterator<Item = (&'n str, Figure)>) -> Vec<Named<'n>> {
    figures
        .into_iter()
        .filter_map(|(name, figure)| Some((name, figure.number()?)))
        .collect()
}

/// How many figures statistical secrecy hides.
fn count_hidden(figures: impl IntoIterator<Item = Figure>) -> usize {
    figures.into_iter().filter(|f| *f == Figure::Hidden).count()
}

/// The highest known figure, 0 at least: where an axis that starts at 0 ends.
fn top_of(figures: impl IntoIterator<Item = Figure>) -> f64 {
    figures.into_iter().filter_map(Figure::number).fold(0.0, f64::max)
}

/// The runs of known points that are long enough for a line.
fn stretches(points: &[Option<Point>]) -> Vec<Vec<Point>> {
    points
        .split(Option::is_none)
        .filter(|run| run.len() > 1)
        .map(|run| run.iter().flatten().copied().collect())
        .collect()
}

/// A step of an axis as a sentence says it: `déc.` → `décembre`, `09/26` → `septembre 2026`; anything else as it is.
fn moment(step: &str) -> String {
    let months = || (1..=12).filter_map(month_name);
    if let Some(start) = step.strip_suffix('.') {
        return months().find(|m| m.starts_with(start)).unwrap_or(step).to_owned();
    }

    let numbered = step.split_once('/').and_then(|(month, year)| {
        let name = month_name(month.parse().ok()?)?;
        Some(format!("{name} 20{year}"))
    });
    numbered.unwrap_or_else(|| step.to_owned())
}

fn is_month(text: &str) -> bool {
    (1..=12).filter_map(month_name).any(|month| month == text)
}

/// Lowest and highest of named figures; the first one wins a tie.
fn extremes<'n>(figures: &[Named<'n>]) -> Option<(Named<'n>, Named<'n>)> {
    let lowest = figures.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a })?;
    let highest = figures.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a })?;

    Some((lowest, highest))
}

/// `X, 12 %, à Y, 34 %` as a sentence that opens a text alternative: what stands out, before the enumeration.
fn spread(what: &str, figures: &[(&str, f64)], say: impl Fn(f64) -> String) -> String {
    match extremes(figures) {
        None => String::new(),
        Some((bottom, top)) if bottom.1 == top.1 && figures.len() > 1 => {
            format!("{what} : {} partout. ", say(top.1))
        }
        Some((_, top)) if figures.len() == 1 => {
            format!("{what} : {}, {}. ", top.0, say(top.1))
        }
        Some((bottom, top)) => {
            format!("{what} : de {} ({}) à {} ({}). ", say(bottom.1), bottom.0, say(top.1), top.0)
        }
    }
}

/// Joins the figures of a text alternative and says how many were hidden.
fn listed(parts: Vec<String>, hidden: usize) -> String {
    let mut text = parts.join(" ; ");
    if hidden > 0 {
        let s = if hidden > 1 { "s" } else { "" };
        text.push_str(&format!(" ; {hidden} valeur{s} non communicable{s}"));
    }
    text
}

#[cfg(test)]
mod gallery;

#[cfg(test)]
mod tests {
    use super::*;
    use base::definition::Format;
    use base::french::Figure::{Hidden, Known, Missing};

    fn bars(values: &[Figure]) -> bar::BarChart {
        bar::BarChart {
            bars: values
                .iter()
                .map(|v| bar::Bar {
                    label: "Orne".into(),
                    value: *v,
                    previous: Missing,
                    secondary: false,
                })
                .collect(),
            format: Format::Integer,
            comparison: None,
            reference: None,
        }
    }

    fn zone_map(values: &[Figure]) -> map::ZoneMap {
        map::ZoneMap {
            level: map::MapLevel::Departement,
            zones: values
                .iter()
                .map(|v| map::MapZone {
                    code: "61".into(),
                    name: "Orne".into(),
                    value: *v,
                    detail: None,
                })
                .collect(),
            neighbours: Vec::new(),
            frame: vec!["61".into()],
            format: Format::Integer,
            unit: "médicobus".into(),
            short: "bus".into(),
        }
    }

    fn caterpillar(values: &[Figure]) -> caterpillar::Caterpillar {
        caterpillar::Caterpillar {
            estimates: values
                .iter()
                .map(|v| caterpillar::RankedEstimate {
                    label: "Orne".into(),
                    value: *v,
                    interval: Some((1.0, 9.0)),
                })
                .collect(),
            reference: Some(("France".into(), 10.0)),
            format: Format::Percent,
            note: String::new(),
        }
    }

    fn funnel(n: usize) -> funnel::Funnel {
        let limits_at = |size: f64| funnel::FunnelLimits {
            size,
            inner: (5.0, 15.0),
            outer: (2.0, 18.0),
        };
        funnel::Funnel {
            zones: (0..n)
                .map(|i| funnel::FunnelPoint {
                    name: format!("Zone {i}"),
                    size: 100.0 * (i + 1) as f64,
                    rate: 10.0,
                    outside: i == 0,
                })
                .collect(),
            limits: vec![limits_at(50.0), limits_at(400.0)],
            centre: 10.0,
            format: Format::Percent,
            unit: "patients".into(),
        }
    }

    fn event_study(distances: std::ops::Range<i32>) -> event_study::EventStudy {
        event_study::EventStudy {
            moments: distances
                .map(|distance| event_study::Moment {
                    distance,
                    effect: 1.0,
                    interval: (0.5, 1.5),
                    band: (0.2, 1.8),
                })
                .collect(),
            format: Format::Points,
            unit: "points".into(),
            step: "trimestre".into(),
        }
    }

    fn dumbbells(values: &[Figure]) -> dumbbell::Dumbbells {
        dumbbell::Dumbbells {
            pairs: values
                .iter()
                .map(|v| dumbbell::DumbbellPair {
                    label: "Orne".into(),
                    before: Known(4.0),
                    after: *v,
                    note: String::new(),
                })
                .collect(),
            dates: ("2024".into(), "2025".into()),
            format: Format::Percent,
        }
    }

    fn quantile_bars(values: &[Figure]) -> quantile_bars::QuantileBars {
        quantile_bars::QuantileBars {
            rows: values
                .iter()
                .map(|v| quantile_bars::QuantileRow {
                    label: "Orne".into(),
                    q1: *v,
                    median: *v,
                    q3: *v,
                    d9: *v,
                    earlier: false,
                })
                .collect(),
            unit: "jours".into(),
        }
    }

    fn lines(values: &[Figure]) -> line::LineChart {
        line::LineChart {
            steps: values.iter().map(|_| "janv.".to_string()).collect(),
            series: vec![line::Series {
                name: "2025".into(),
                values: values.to_vec(),
                main: true,
            }],
            format: Format::Integer,
            unit: "consultations".into(),
        }
    }

    fn small_multiples(values: &[Figure]) -> small_multiples::SmallMultiples {
        small_multiples::SmallMultiples {
            panels: vec![small_multiples::CurvePanel {
                name: "Normandie".into(),
                values: values.to_vec(),
            }],
            reference: None,
            bounds: ("janv.".into(), "déc.".into()),
            format: Format::Decimal1,
            unit: "consultations par jour".into(),
        }
    }

    fn pyramid(values: &[Figure]) -> pyramid::Pyramid {
        pyramid::Pyramid {
            age_groups: values
                .iter()
                .map(|v| pyramid::AgeGroup {
                    label: "70-79".into(),
                    women: *v,
                    men: *v,
                })
                .collect(),
            format: Format::Integer,
            unit: "patients".into(),
        }
    }

    /// Too little data: a sentence and no drawing. Enough: a drawing whose text opens with a figure of the data.
    #[test]
    fn every_chart_says_that_it_has_too_little_and_what_it_found() {
        let (too_few, enough) = ([Hidden, Missing], [Known(7.0), Known(12.0), Hidden]);
        let two_zones = [Known(12.0), Known(3.0)];
        let mut first_year = dumbbells(&enough);
        for pair in &mut first_year.pairs {
            pair.before = Missing;
        }

        type Case = (&'static str, Box<dyn Plot>, Box<dyn Plot>);
        let cases: Vec<Case> = vec![
            ("barres", Box::new(bars(&too_few)), Box::new(bars(&enough))),
            ("carte", Box::new(zone_map(&[Missing, Missing])), Box::new(zone_map(&two_zones))),
            ("carte", Box::new(zone_map(&[Known(12.0)])), Box::new(zone_map(&two_zones))),
            ("classement", Box::new(caterpillar(&too_few)), Box::new(caterpillar(&enough))),
            ("entonnoir", Box::new(funnel(2)), Box::new(funnel(3))),
            ("evenement", Box::new(event_study(-3..0)), Box::new(event_study(-3..3))),
            ("halteres", Box::new(dumbbells(&too_few)), Box::new(dumbbells(&enough))),
            ("halteres", Box::new(first_year), Box::new(dumbbells(&enough))),
            (
                "intervalles",
                Box::new(quantile_bars(&too_few)),
                Box::new(quantile_bars(&enough)),
            ),
            ("lignes", Box::new(lines(&too_few)), Box::new(lines(&enough))),
            (
                "multiples",
                Box::new(small_multiples(&too_few)),
                Box::new(small_multiples(&enough)),
            ),
            ("pyramide", Box::new(pyramid(&too_few)), Box::new(pyramid(&enough))),
        ];
        for (name, too_few, enough) in cases {
            let chart = too_few.chart(name, "", style::WIDTH).unwrap();
            assert_eq!((chart.svg, chart.reading), (None, None), "{name}");
            assert!(chart.alt.contains("non tracé"), "{name}: {}", chart.alt);
            let chart = enough.chart(name, "", style::WIDTH).unwrap();
            assert!(chart.svg.unwrap().contains("<svg"), "{name}");
            // The last month of the small curves is hidden: no curve can be read from end to end.
            let reading = chart.reading.unwrap_or_default();
            let shows = |figures: &[&str]| figures.iter().any(|figure| reading.contains(figure));
            assert_eq!(shows(&["7", "12", "10", "1,0"]), name != "multiples", "{name}: {reading}");
            if !matches!(name, "entonnoir" | "evenement" | "lignes") {
                let start = chart.alt.split(". ").next().unwrap_or_default();
                assert!(start.contains("12"), "{name}: the finding comes first: {}", chart.alt);
            }
        }
    }

    #[test]
    fn a_label_of_eighty_letters_stays_inside_every_chart() {
        let name =
            "Médicobus de la communauté de communes du Pays de Saint-Aubin-sur-Mer et environs";
        assert!(name.chars().count() >= 80);
        let mut b = bars(&[Known(7.0), Known(12.0)]);
        b.bars[0].label = name.into();
        let mut h = dumbbells(&[Known(7.0)]);
        h.pairs[0].label = name.into();
        let mut c = caterpillar(&[Known(7.0), Known(8.0)]);
        c.estimates[0].label = name.into();
        let mut i = quantile_bars(&[Known(7.0)]);
        i.rows[0].label = name.into();
        for width in [228.0, 470.0] {
            for trace in [&b as &dyn Plot, &h, &c, &i] {
                let svg = trace.draw(width).unwrap();
                gallery::assert_legible("long", &svg);
                assert!(svg.contains("Médicobus de la"));
            }
        }
    }
}
