//! Made-up linked tables of any size, for the benchmark and for the tests of `disclosure`: buses in régions, patients by age,
//! ALD and médecin traitant, every margin printed.

use disclosure::model::{AdditivityConstraint, LinkedCell, LinkedTables, Status};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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

/// Where each cell stands: `slice × zone × (age, ALD, médecin traitant)`. Value 0 of a key is its total, as slice 0 is the sum
/// of the years (when there are several) and zone 0 the country.
struct Layout {
    size: Size,
    zones: usize,
    slices: usize,
    first_year: usize,
    /// Values of age, ALD and médecin traitant, totals included; how far apart they stand; their product.
    sides: [usize; 3],
    strides: [usize; 3],
    block: usize,
}

impl Layout {
    fn new(size: Size) -> Self {
        let sides = [size.ages + 1, 3, 3];
        let slices = if size.years > 1 { size.years + 1 } else { 1 };

        Self {
            size,
            zones: 1 + size.regions + size.buses,
            slices,
            first_year: slices - size.years,
            sides,
            strides: [sides[1] * sides[2], sides[2], 1],
            block: sides.iter().product(),
        }
    }

    fn region_of(&self, bus: usize) -> usize {
        1 + (bus * bus + bus) % self.size.regions
    }

    fn bus_zone(&self, bus: usize) -> usize {
        1 + self.size.regions + bus
    }

    fn at(&self, slice: usize, zone: usize, cell: usize) -> usize {
        (slice * self.zones + zone) * self.block + cell
    }

    /// Age, ALD and médecin traitant of a cell.
    fn digits(&self, cell: usize) -> [usize; 3] {
        let [_, alds, mts] = self.sides;

        [cell / (alds * mts), cell / mts % alds, cell % mts]
    }

    /// True values: details are drawn, margins are their sums.
    fn values(&self, seed: u64) -> Vec<i64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut values = vec![0i64; self.slices * self.zones * self.block];
        let age_weight = |age: usize| 0.4 + age as f64;
        let norm: f64 = (1..=self.size.ages).map(age_weight).sum();

        for bus in 0..self.size.buses {
            let activity = self.size.patients * (0.3 + 1.4 * rng.random::<f64>());

            for slice in self.first_year..self.slices {
                let details =
                    (0..self.block).filter(|&c| self.digits(c).iter().all(|&digit| digit > 0));

                for cell in details {
                    let [age, ald, mt] = self.digits(cell);
                    let share = age_weight(age) * [0.75, 0.25][ald - 1] * [0.85, 0.15][mt - 1];
                    let noise = 0.5 + rng.random::<f64>();
                    let value = (activity * share / norm * noise).round() as i64;
                    self.add_to_margins(&mut values, bus, slice, cell, value);
                }
            }
        }

        values
    }

    /// Adds a detail to every margin of its bus and of the zones above.
    fn add_to_margins(
        &self,
        values: &mut [i64],
        bus: usize,
        slice: usize,
        cell: usize,
        value: i64,
    ) {
        for mask in 0..8usize {
            let margin: usize = (0..3)
                .filter(|key| mask >> key & 1 == 0)
                .map(|key| self.digits(cell)[key] * self.strides[key])
                .sum();

            for zone in [0, self.region_of(bus), self.bus_zone(bus)] {
                values[self.at(slice, zone, margin)] += value;

                if self.first_year > 0 {
                    values[self.at(0, zone, margin)] += value;
                }
            }
        }
    }

    fn cell(&self, index: usize, value: i64, threshold: i64) -> LinkedCell {
        let zone = index / self.block % self.zones;
        let digits = self.digits(index % self.block);
        let totals = digits.iter().filter(|&&digit| digit == 0).count() as u32;
        let sensitive = value > 0 && value < threshold;

        LinkedCell {
            value,
            floor: 1.min(value),
            status: match value {
                0 => Status::Published,
                _ if sensitive => Status::Suppressed,
                _ => Status::Suppressible,
            },
            sensitive,
            margin: totals
                + u32::from(zone <= self.size.regions)
                + u32::from(zone == 0)
                + u32::from(index / self.block / self.zones < self.first_year),
        }
    }

    /// The country is the sum of its régions, a région of its buses.
    fn zone_sums(&self, slice: usize, cell: usize) -> Vec<AdditivityConstraint> {
        let regions = 1..=self.size.regions;
        let country = AdditivityConstraint::sum(
            self.at(slice, 0, cell),
            regions.clone().map(|region| self.at(slice, region, cell)),
        );

        let of_region = |region: usize| {
            let buses = (0..self.size.buses).filter(move |&bus| self.region_of(bus) == region);
            let details = buses.map(|bus| self.at(slice, self.bus_zone(bus), cell));
            AdditivityConstraint::sum(self.at(slice, region, cell), details)
        };
        std::iter::once(country).chain(regions.map(of_region)).collect()
    }

    /// The total over each key is the sum over its values.
    fn key_sums(&self, slice: usize, zone: usize, cell: usize) -> Vec<AdditivityConstraint> {
        let at_total = (0..3).filter(|&key| self.digits(cell)[key] == 0);

        at_total
            .map(|key| {
                let details = (1..self.sides[key])
                    .map(|digit| self.at(slice, zone, cell + digit * self.strides[key]));
                AdditivityConstraint::sum(self.at(slice, zone, cell), details)
            })
            .collect()
    }

    fn constraints(&self) -> Vec<AdditivityConstraint> {
        let mut sums = Vec::new();
        for slice in 0..self.slices {
            sums.extend((0..self.block).flat_map(|cell| self.zone_sums(slice, cell)));

            for zone in 0..self.zones {
                sums.extend((0..self.block).flat_map(|cell| self.key_sums(slice, zone, cell)));
            }
        }

        if self.first_year > 0 {
            let year = self.zones * self.block;
            let years = self.first_year..self.slices;
            let over_years = |cell: usize| {
                AdditivityConstraint::sum(cell, years.clone().map(|y| y * year + cell))
            };
            sums.extend((0..year).map(over_years));
        }

        sums
    }
}

/// Linked counts of that size: `zone × (ages + 1) × (ALD + 1) × (médecin traitant + 1)`, per year.
/// Counts of 1 to `threshold − 1` are sensitive.
pub fn linked_tables(size: Size, threshold: i64, seed: u64) -> LinkedTables {
    let layout = Layout::new(size);
    let values = layout.values(seed).into_iter().enumerate();
    let cells = values.map(|(index, value)| layout.cell(index, value, threshold));

    let mut tables = LinkedTables {
        cells: cells.collect(),
        constraints: layout.constraints(),
        bounds: Vec::new(),
    };
    tables.normalise();
    tables
}
