//! Every chart with figures as they come, at both widths: no text may leave the picture or stand on another one.
//!
//! `CHARTS_GALLERY=folder cargo test -p charts gallery` writes them there, to be looked at.

use regex::Regex;

use super::bar::{Bar, BarChart};
use super::canvas::{Anchor, Lettering};
use super::caterpillar::{Caterpillar, RankedEstimate};
use super::dumbbell::{DumbbellPair, Dumbbells};
use super::event_study::{EventStudy, Moment};
use super::frame::Frame;
use super::funnel::{Funnel, FunnelLimits, FunnelPoint};
use super::line::{LineChart, Series};
use super::map::{MapLevel, MapZone, ZoneMap};
use super::pyramid::{AgeGroup, Pyramid};
use super::quantile_bars::{QuantileBars, QuantileRow};
use super::small_multiples::{CurvePanel, SmallMultiples};
use super::style::{HALF_WIDTH, INK, WIDTH};
use super::{Plot, is_month, moment};
use base::definition::Format;
use base::french::Figure::{self, Hidden, Known, Missing};

/// The texts of a picture, each with the frame that it fills.
pub(crate) fn texts(svg: &str) -> Vec<(String, Frame)> {
    let tag = Regex::new(r"(?s)<text ([^>]*)>\s*(.*?)\s*</text>").unwrap();
    let attribute = |tag: &str, name: &str| -> String {
        let pattern = Regex::new(&format!(r#"(?:^|\s){name}="([^"]*)""#)).unwrap();
        pattern.captures(tag).map(|found| found[1].to_string()).unwrap_or_default()
    };

    tag.captures_iter(svg)
        .map(|found| {
            let points = |name: &str| attribute(&found[1], name).parse::<f64>().unwrap() / 10.0;
            let anchor = match attribute(&found[1], "text-anchor").as_str() {
                "end" => Anchor::End,
                "middle" => Anchor::Middle,
                _ => Anchor::Start,
            };
            let e = Lettering::new(INK, anchor).size(points("font-size"));
            let e = if found[1].contains("bold") { e.bold() } else { e };
            (found[2].to_string(), e.frame((points("x"), points("y")), &found[2]))
        })
        .collect()
}

/// Width and height of a picture, in points.
pub(crate) fn size(svg: &str) -> (f64, f64) {
    let pattern = Regex::new(r#"width="([\d.]+)pt" height="([\d.]+)pt""#).unwrap();
    let found = pattern.captures(svg).unwrap();
    (found[1].parse().unwrap(), found[2].parse().unwrap())
}

/// Fails where a text leaves the picture or stands on another one.
pub(crate) fn assert_legible(name: &str, svg: &str) {
    let (width, height) = size(svg);
    let texts = texts(svg);
    assert!(texts.len() > 3, "{name}: {svg}");

    for (i, (text, frame)) in texts.iter().enumerate() {
        let inside = frame.left > -0.5
            && frame.right < width + 0.5
            && frame.top > -0.5
            && frame.bottom < height + 0.5;
        assert!(inside, "{name}: « {text} » leaves the picture: {frame:?}");

        // Lines of one label stand close: what touches is no collision.
        let core = Frame {
            top: frame.top + 0.6,
            bottom: frame.bottom - 0.6,
            ..*frame
        };
        for (other, taken) in &texts[i + 1..] {
            assert!(!core.meets(taken), "{name}: « {text} » stands on « {other} »");
        }
    }
}

fn bar(label: &str, value: Figure, previous: Figure) -> Bar {
    Bar {
        label: label.into(),
        value,
        previous,
        secondary: label.starts_with("Au moins") || label == "Normandie",
    }
}

fn bars(bars: Vec<Bar>, format: Format, reference: Option<(String, f64)>) -> Box<dyn Plot> {
    let compared = bars.iter().any(|b| b.previous != Missing);
    Box::new(BarChart {
        bars,
        format,
        comparison: compared.then(|| "2024".into()),
        reference,
    })
}

fn all_bars() -> Vec<(&'static str, Box<dyn Plot>)> {
    let publics = vec![
        bar("En ALD sans médecin traitant", Known(6.4), Known(6.9)),
        bar("70 ans et plus sans médecin traitant", Known(7.4), Known(7.4)),
        bar("Médecin traitant indisponible", Known(11.4), Known(12.0)),
        bar("Au moins un de ces trois publics", Known(22.3), Known(21.0)),
        bar("Isolés de 70 ans et plus", Hidden, Known(1.0)),
    ];
    let profiles = vec![
        bar("Sans médecin traitant", Known(32.2), Known(34.0)),
        bar("Médecin traitant indisponible", Known(10.6), Known(11.0)),
        bar("Affection de longue durée", Known(24.1), Known(23.0)),
        bar("Complémentaire santé solidaire", Known(15.6), Known(16.0)),
        bar("Isolement", Known(13.0), Known(13.1)),
        bar("70 à 79 ans", Known(17.0), Known(17.5)),
        bar("80 ans et plus", Known(11.3), Known(11.0)),
        bar("Femmes", Known(54.9), Known(54.0)),
    ];
    let funders = vec![
        bar("Fonds d’intervention régional", Known(384_230.0), Known(322_141.0)),
        bar("Assurance maladie", Known(200_468.0), Known(168_074.0)),
        bar("Région", Known(300_000.0), Known(450_000.0)),
        bar("Département", Known(83_528.0), Known(70_031.0)),
        bar("Intercommunalité", Known(167_057.0), Known(140_061.0)),
    ];
    let costs = vec![
        bar("Doctobus", Known(1_099.0), Missing),
        bar("Médicobus de Dieppe", Known(1_412.0), Missing),
        bar("Médicobus du Pays de Caux", Known(1_364.0), Missing),
        bar("Auvergne-Rhône-Alpes", Hidden, Missing),
        bar("Normandie", Known(1_284.0), Missing),
    ];
    let reference = ("référence : 769 € (200 000 € pour 260 jours)".into(), 769.0);
    vec![
        ("publics", bars(publics, Format::Percent, None)),
        ("profils", bars(profiles, Format::Percent, None)),
        ("financeurs", bars(funders, Format::Euros, None)),
        ("couts", bars(costs, Format::Euros, Some(reference))),
    ]
}

fn dumbbells(
    rows: &[(&str, Figure, Figure, &str)],
    dates: (&str, &str),
    format: Format,
) -> Box<dyn Plot> {
    let pair = |&(label, before, after, note): &(&str, Figure, Figure, &str)| DumbbellPair {
        label: label.into(),
        before,
        after,
        note: note.into(),
    };
    Box::new(Dumbbells {
        pairs: rows.iter().map(pair).collect(),
        dates: (dates.0.into(), dates.1.into()),
        format,
    })
}

fn all_dumbbells() -> Vec<(&'static str, Box<dyn Plot>)> {
    let shares = [
        ("Eure", Known(35.7), Known(32.1), "−3,6 pt [−5,7 ; −1,5]"),
        ("Manche", Known(35.5), Known(31.1), "intervalle n.c."),
        ("Orne", Known(33.0), Hidden, ""),
        ("Seine-Maritime", Missing, Known(32.5), ""),
        ("Normandie", Known(35.1), Known(31.7), "−3,4 pt [−4,7 ; −2,0]"),
    ];
    let territories = [
        ("Tous les patients, territoires desservis", Known(14.6), Known(14.9), "+0,3 pt"),
        ("Tous les patients, autres territoires", Known(12.3), Known(12.6), "+0,3 pt"),
        ("Patients en ALD, territoires desservis", Known(6.5), Known(6.7), "+0,1 pt"),
        ("Patients en ALD, autres territoires", Known(5.6), Known(5.8), "+0,3 pt"),
        (
            "Patients de 70 ans et plus, territoires desservis",
            Known(7.1),
            Known(7.2),
            "+0,1 pt",
        ),
        (
            "Patients de 70 ans et plus, autres territoires",
            Known(6.1),
            Known(6.3),
            "+0,2 pt",
        ),
    ];
    let offer = [
        ("Installation d’un généraliste", Known(2.3), Known(4.7), "2 puis 4"),
        ("Départ d’un généraliste", Known(4.7), Known(1.2), "4 puis 1"),
        ("CPTS créée", Known(0.0), Known(0.0), "0 puis 0"),
        ("Maison de santé ouverte", Known(2.3), Known(2.3), "2 puis 2"),
        ("Assistant médical recruté", Known(0.0), Known(2.3), "0 puis 2"),
    ];
    let years = ("2024", "2025");
    vec![
        ("parts", dumbbells(&shares, years, Format::Percent)),
        ("territoires", dumbbells(&territories, years, Format::Percent)),
        ("offre", dumbbells(&offer, ("avant", "après"), Format::Decimal1)),
    ]
}

fn series(name: &str, values: &[f64], main: bool) -> Series {
    Series {
        name: name.into(),
        values: values.iter().map(|x| if *x < 0.0 { Missing } else { Known(*x) }).collect(),
        main,
    }
}

fn all_lines() -> Vec<(&'static str, Box<dyn Plot>)> {
    let months = [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
        "déc.",
    ];
    let last = [
        1480.0, 1410.0, 1590.0, 1620.0, 1310.0, 1480.0, 1250.0, 1040.0, 1640.0, 1610.0, 1450.0,
        1419.0,
    ];
    let short = [
        1510.0, 1460.0, 1710.0, 1560.0, 1380.0, 1590.0, 1210.0, 1080.0, 1648.0, -1.0, -1.0, -1.0,
    ];
    let close = last.map(|x| x - 20.0);
    let chart = |steps: Vec<String>, series: Vec<Series>| -> Box<dyn Plot> {
        Box::new(LineChart {
            steps,
            series,
            format: Format::Integer,
            unit: "consultations".into(),
        })
    };
    let long: Vec<f64> = (0..33).map(|i| 900.0 + 20.0 * f64::from(i)).collect();
    let steps = (0..33).map(|i| format!("{:02}/{}", i % 12 + 1, 24 + i / 12)).collect();
    let year = || months.map(String::from).to_vec();
    vec![
        (
            "annee_en_cours",
            chart(year(), vec![series("2025", &last, false), series("2026", &short, true)]),
        ),
        (
            "annees",
            chart(year(), vec![series("2024", &close, false), series("2025", &last, true)]),
        ),
        ("mois", chart(steps, vec![series("Auvergne-Rhône-Alpes", &long, true)])),
    ]
}

fn all_of_zones() -> Vec<(&'static str, Box<dyn Plot>)> {
    let regions = ["Auvergne-Rhône-Alpes", "Grand Est", "Guyane", "Provence-Alpes-Côte d’Azur"];
    let estimate =
        |label: &str, value, interval| RankedEstimate { label: label.into(), value, interval };
    let caterpillar = Caterpillar {
        estimates: vec![
            estimate(regions[0], Known(34.5), Some((32.1, 37.0))),
            estimate(regions[1], Known(36.4), Some((29.0, 44.0))),
            estimate(regions[2], Hidden, None),
            estimate(regions[3], Known(40.1), Some((38.0, 42.0))),
        ],
        reference: Some(("4 régions".into(), 35.2)),
        format: Format::Percent,
        note: "trait : intervalle à 95 % compte tenu des médicobus".into(),
    };

    let sizes = [600.0, 2_600.0, 3_883.0, 9_900.0];
    let rates = [38.2, 36.4, 30.5, 35.1];
    let zones = (0..4).map(|i| FunnelPoint {
        name: regions[i].into(),
        size: sizes[i],
        rate: rates[i],
        outside: i == 2,
    });
    let limits = (0..=40).map(|i| {
        let size = (10_400.0 * (f64::from(i) / 40.0).powi(2)).max(260.0);
        let wide = 180.0 / size.sqrt();
        FunnelLimits {
            size,
            inner: (35.2 - 0.65 * wide, 35.2 + 0.65 * wide),
            outer: (35.2 - wide, 35.2 + wide),
        }
    });
    let funnel = Funnel {
        zones: zones.collect(),
        limits: limits.collect(),
        centre: 35.2,
        format: Format::Percent,
        unit: "patients à situation connue".into(),
    };

    let curve = |k: f64| (0..12).map(|i| Known(k + f64::from(i % 5))).collect::<Vec<_>>();
    let multiples = SmallMultiples {
        panels: regions
            .iter()
            .enumerate()
            .map(|(i, name)| CurvePanel {
                name: (*name).into(),
                values: curve(9.0 + i as f64),
            })
            .collect(),
        reference: Some(CurvePanel {
            name: "4 régions".into(),
            values: curve(11.0),
        }),
        bounds: ("janv.".into(), "déc.".into()),
        format: Format::Decimal1,
        unit: "consultations par jour de sortie".into(),
    };

    vec![
        ("classement", Box::new(caterpillar)),
        ("entonnoir", Box::new(funnel)),
        ("multiples", Box::new(multiples)),
    ]
}

fn all_others() -> Vec<(&'static str, Box<dyn Plot>)> {
    let row = |label: &str, quantiles: [Figure; 4], earlier| QuantileRow {
        label: label.into(),
        q1: quantiles[0],
        median: quantiles[1],
        q3: quantiles[2],
        d9: quantiles[3],
        earlier,
    };
    let delays = QuantileBars {
        rows: vec![
            row("Normandie, 2026", [1.0, 5.0, 11.0, 16.0].map(Known), false),
            row("Normandie, 2025", [1.0, 5.0, 11.0, 17.0].map(Known), true),
            row("Eure", [Hidden, Known(5.0), Hidden, Known(16.0)], false),
            row("Manche", [Hidden; 4], false),
            row("Seine-Maritime", [1.0, 5.0, 12.0, 17.0].map(Known), false),
        ],
        unit: "jours entre la demande et le rendez-vous".into(),
    };

    let ages = ["00-16", "17-29", "30-44", "45-59", "60-69", "70-79", "80+"];
    let pyramid = Pyramid {
        age_groups: ages
            .iter()
            .zip([572.0, 550.0, 854.0, 984.0, 983.0, 1_004.0, 674.0])
            .map(|(label, n)| AgeGroup {
                label: (*label).into(),
                women: Known(n),
                men: if *label == "80+" { Hidden } else { Known(0.8 * n) },
            })
            .collect(),
        format: Format::Integer,
        unit: "patients".into(),
    };

    let effect = |distance: i32| {
        let x = -0.2 * f64::from(distance.max(0));
        Moment {
            distance,
            effect: x,
            interval: (x - 1.0, x + 1.0),
            band: (x - 1.6, x + 1.6),
        }
    };
    let event = |first, last, step: &str| EventStudy {
        moments: (first..=last).map(effect).collect(),
        format: Format::Points,
        unit: "points".into(),
        step: step.into(),
    };

    vec![
        ("delais", Box::new(delays)),
        ("pyramide", Box::new(pyramid)),
        ("evenement", Box::new(event(-8, 11, "trimestre"))),
        ("evenement_long", Box::new(event(-30, 30, "mois"))),
    ]
}

fn all_maps() -> Vec<(&'static str, Box<dyn Plot>)> {
    let zone = |code: &str, name: &str, value, detail: &str| MapZone {
        code: code.into(),
        name: name.into(),
        value,
        detail: (!detail.is_empty()).then(|| detail.into()),
    };
    let silent = [
        "01", "02", "04", "06", "11", "24", "27", "32", "52", "53", "75", "76", "93", "94",
    ];
    let told = [
        zone("84", "Auvergne-Rhône-Alpes", Known(4.0), "24 arrêts"),
        zone("44", "Grand Est", Known(3.0), "19 arrêts"),
        zone("03", "Guyane", Known(1.0), "4 arrêts"),
        zone("28", "Normandie", Known(7.0), "43 arrêts"),
    ];
    let national = silent.iter().map(|code| zone(code, "Sans", Missing, "")).chain(told);
    let departements = [
        zone("14", "Calvados", Missing, ""),
        zone("27", "Eure", Known(3.0), "17 arrêts"),
        zone("50", "Manche", Known(1.0), "6 arrêts"),
        zone("61", "Orne", Hidden, "6 arrêts"),
        zone("76", "Seine-Maritime", Known(2.0), "11 arrêts"),
    ];
    let map = |level, zones: Vec<MapZone>, frame: Vec<String>| -> Box<dyn Plot> {
        Box::new(ZoneMap {
            level,
            zones,
            neighbours: Vec::new(),
            frame,
            format: Format::Integer,
            unit: "médicobus en service".into(),
            short: "médicobus".into(),
        })
    };
    let frame = departements.iter().map(|z| z.code.clone()).collect();
    vec![
        ("carte", map(MapLevel::Region, national.collect(), Vec::new())),
        ("carte_region", map(MapLevel::Departement, departements.to_vec(), frame)),
    ]
}

#[test]
fn no_text_leaves_the_picture_or_stands_on_another() {
    let folder = std::env::var_os("CHARTS_GALLERY").map(std::path::PathBuf::from);
    let small = [all_bars(), all_dumbbells(), all_lines(), all_others()].into_iter().flatten();
    let large = [all_of_zones(), all_maps()].into_iter().flatten();

    let cases = small
        .map(|(name, plot)| (name, plot, vec![WIDTH, HALF_WIDTH]))
        .chain(large.map(|(name, plot)| (name, plot, vec![WIDTH])));
    for (name, plot, widths) in cases {
        for width in widths {
            let svg = plot.draw(width).unwrap();
            let name = format!("{name}-{width}");
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{name}.svg")), &svg).unwrap();
                println!("{name}: {}\n  {}", plot.reading().unwrap_or_default(), plot.alt());
                continue;
            }
            assert_legible(&name, &svg);
        }
    }
}

#[test]
fn bars_take_at_least_a_third_of_the_width() {
    let rectangle = Regex::new(r#"<rect [^>]*width="(\d+)""#).unwrap();
    for (name, plot) in all_bars() {
        for width in [WIDTH, HALF_WIDTH] {
            let svg = plot.draw(width).unwrap();
            let longest = rectangle
                .captures_iter(&svg)
                .map(|found| found[1].parse::<f64>().unwrap() / 10.0)
                .fold(0.0, f64::max);
            assert!(longest > width / 3.0 || name == "financeurs", "{name} {width}: {longest}");
        }
    }
}

#[test]
fn steps_are_said_in_words() {
    for (step, said) in [
        ("déc.", "décembre"),
        ("mai", "mai"),
        ("09/26", "septembre 2026"),
        ("T1/26", "T1/26"),
        ("2025", "2025"),
    ] {
        assert_eq!(moment(step), said);
    }
    assert!(is_month("mai") && !is_month("2025"));
}

/// A mark reads as a sentence that an elected official understands.
#[test]
fn readings_are_sentences() {
    let all = [
        all_bars(),
        all_dumbbells(),
        all_lines(),
        all_others(),
        all_of_zones(),
        all_maps(),
    ];
    let readings: Vec<String> =
        all.into_iter().flatten().filter_map(|(_, plot)| plot.reading()).collect();
    for said in [
        "En ALD sans médecin traitant : 6,4\u{202f}%, contre 6,9\u{202f}% en 2024 (trait vertical)",
        "en septembre 2026, 1\u{202f}648 consultations",
        "Normandie, 2026 : un rendez-vous sur deux est obtenu en 5\u{a0}jours au plus, trois sur quatre en 11\u{a0}jours au plus",
        "Auvergne-Rhône-Alpes : 4 médicobus en service",
    ] {
        assert!(readings.iter().any(|reading| reading == said), "{said}: {readings:#?}");
    }
}
