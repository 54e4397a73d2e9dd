//! Made-up linked tables of any size, for the tests and the benchmark: buses in régions, patients by age, ALD and
//! médecin traitant, every margin printed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::model::{Count, Relation, Status, System};

/// Size of a made-up set of tables.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Régions.
    pub regions: usize,
    /// Buses, all régions together.
    pub buses: usize,
    /// Age groups.
    pub ages: usize,
    /// Years; with more than one, their sum is printed too.
    pub years: usize,
    /// Patients per bus and year, on average.
    pub patients: f64,
}

impl Size {
    /// One year of the whole programme: 5,355 cells.
    pub const PROGRAMME: Size = Size {
        regions: 18,
        buses: 100,
        ages: 4,
        years: 1,
        patients: 1500.0,
    };
}

/// Linked counts of that size: `zone × (ages + 1) × (ALD + 1) × (médecin traitant + 1)`, per year.
/// Counts of 1 to `threshold − 1` are sensitive.
pub fn linked_tables(size: Size, threshold: i64, seed: u64) -> System {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let zones = 1 + size.regions + size.buses;
    let region_of = |bus: usize| 1 + (bus * bus + bus) % size.regions;
    let sides = [size.ages + 1, 3, 3];
    let block: usize = sides.iter().product();
    let slices = if size.years > 1 { size.years + 1 } else { 1 };
    let first_year = slices - size.years;
    // Value 0 of a key is its total, as slice 0 is the sum of the years and zone 0 the country.
    let at = |slice: usize, zone: usize, cell: usize| (slice * zones + zone) * block + cell;
    let digits = |cell: usize| {
        [
            cell / (sides[1] * sides[2]),
            cell / sides[2] % sides[1],
            cell % sides[2],
        ]
    };
    let strides = [sides[1] * sides[2], sides[2], 1];

    let mut values = vec![0i64; slices * zones * block];
    for bus in 0..size.buses {
        let zone = 1 + size.regions + bus;
        let activity = size.patients * (0.3 + 1.4 * rng.random::<f64>());
        for slice in first_year..slices {
            for cell in (0..block).filter(|&c| digits(c).iter().all(|&d| d > 0)) {
                let [age, ald, mt] = digits(cell);
                let share = (0.4 + age as f64) * [0.75, 0.25][ald - 1] * [0.85, 0.15][mt - 1];
                let norm: f64 = (1..=size.ages).map(|a| 0.4 + a as f64).sum();
                let noise = 0.5 + rng.random::<f64>();
                let value = (activity * share / norm * noise).round() as i64;
                // Every margin of every zone above gets its part.
                for mask in 0..8usize {
                    let margin: usize = (0..3)
                        .filter(|k| mask >> k & 1 == 0)
                        .map(|k| digits(cell)[k] * strides[k])
                        .sum();
                    for up in [0, region_of(bus), zone] {
                        values[at(slice, up, margin)] += value;
                        if first_year > 0 {
                            values[at(0, up, margin)] += value;
                        }
                    }
                }
            }
        }
    }

    let counts = values
        .iter()
        .enumerate()
        .map(|(i, &value)| {
            let zone = i / block % zones;
            let totals = digits(i % block).iter().filter(|&&d| d == 0).count() as u32;
            let sensitive = value > 0 && value < threshold;
            Count {
                value,
                floor: 1.min(value),
                status: match value {
                    0 => Status::Public,
                    _ if sensitive => Status::Hidden,
                    _ => Status::Free,
                },
                sensitive,
                margin: totals
                    + u32::from(zone <= size.regions)
                    + u32::from(zone == 0)
                    + u32::from(i / block / zones < first_year),
            }
        })
        .collect();

    let mut relations = Vec::new();
    for slice in 0..slices {
        for cell in 0..block {
            relations.push(Relation::sum(
                at(slice, 0, cell),
                (1..=size.regions).map(|r| at(slice, r, cell)),
            ));
            for region in 1..=size.regions {
                let buses = (0..size.buses).filter(|&b| region_of(b) == region);
                relations.push(Relation::sum(
                    at(slice, region, cell),
                    buses.map(|b| at(slice, 1 + size.regions + b, cell)),
                ));
            }
        }
        for zone in 0..zones {
            for cell in 0..block {
                for k in (0..3).filter(|&k| digits(cell)[k] == 0) {
                    let details = (1..sides[k]).map(|d| at(slice, zone, cell + d * strides[k]));
                    relations.push(Relation::sum(at(slice, zone, cell), details));
                }
            }
        }
    }
    if first_year > 0 {
        for i in 0..zones * block {
            relations.push(Relation::sum(
                i,
                (first_year..slices).map(|s| s * zones * block + i),
            ));
        }
    }
    let mut system = System {
        counts,
        relations,
        bounds: Vec::new(),
    };
    system.normalise();
    system
}
