//! Counts that no table prints and that have no name: they need not be of nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::super::key::{self, Axis, CellKey};
use super::Linker;
use super::axes::{Details, parents};
use base::zone::{Zone, ZoneTree};

/// Totals along an axis, at that step.
pub(super) type Totals = BTreeSet<(CellKey, Axis, usize)>;
/// Where people are counted under a zone and a period, along an axis and at that step; see [`place`].
type Peopled = BTreeMap<(CellKey, Axis, usize), BTreeSet<CellKey>>;

impl Linker {
    /// The totals, printed or not, of which a detail has no name though it may be of somebody: people are counted where it would
    /// stand, or no query prints any value of the category.
    pub(super) fn with_unnamed(
        &self,
        families: &BTreeMap<CellKey, Details>,
        zones: &ZoneTree,
    ) -> Totals {
        let peopled = self.peopled_under(zones);
        let mut totals = Totals::new();
        for (total, by_axis) in families {
            for ((axis, step), details) in by_axis {
                let under = (place(&total.zone, &total.period, None), axis.clone(), *step);
                let mut places = peopled.get(&under).into_iter().flatten();

                // Zones and periods are known to all, the values of a category by those that are printed.
                let is_unlisted = matches!(axis, Axis::Category(_))
                    && !details.iter().any(|i| self.printed_by.contains_key(i));
                if is_unlisted
                    || places.any(|place| self.is_unnamed(&detail_at(place, total), axis, details))
                {
                    totals.insert((total.clone(), axis.clone(), *step));
                }
            }
        }

        totals
    }

    /// Whether a count is in no table and may be of somebody all the same. It is of nobody where a query that prints some of its
    /// `likes` prints others in its place: queries leave out what is empty.
    fn is_unnamed(&self, key: &CellKey, axis: &Axis, likes: &[usize]) -> bool {
        if self.index.contains_key(key) {
            return false;
        }

        let queries = |i: &usize| self.printed_by.get(i).into_iter().flatten();
        let of_likes: BTreeSet<&String> = likes.iter().flat_map(queries).collect();
        let is_in_place = |other: &CellKey| match axis {
            Axis::Category(name) => other.categories.get(name) == key.categories.get(name),
            Axis::Zone | Axis::Period => true,
        };

        let mut others = self.narrowed_alike(key).filter(|(other, _)| is_in_place(other));
        !others.any(|(_, i)| queries(&i).any(|query| of_likes.contains(query)))
    }

    /// The counts of the same measure, zone and period that the same categories narrow.
    pub(super) fn narrowed_alike<'l>(
        &'l self,
        key: &'l CellKey,
    ) -> impl Iterator<Item = (&'l CellKey, usize)> {
        let first = CellKey {
            categories: BTreeMap::new(),
            ..key.clone()
        };
        let is_there = |other: &CellKey| {
            (&other.measure, &other.zone, &other.period) == (&key.measure, &key.zone, &key.period)
        };

        let there = self.index.range(first..).take_while(move |(other, _)| is_there(other));
        there
            .filter(|(other, _)| other.categories.keys().eq(key.categories.keys()))
            .map(|(other, &i)| (other, i))
    }

    /// Where people are counted under each zone and period, along each axis.
    fn peopled_under(&self, zones: &ZoneTree) -> Peopled {
        let mut counted = BTreeSet::new();
        for key in self.peopled() {
            let categories = key.categories.iter().map(Some).chain([None]);
            counted.extend(categories.map(|category| (&key.zone, &key.period, category)));
        }

        // Whoever is counted in a zone and a period is in all that hold the two.
        let mut places = BTreeSet::new();
        for (zone, period, category) in counted {
            let periods = [vec![period.clone()], key::periods_above(period)].concat();
            for zone in [vec![zone.clone()], key::zones_above(zones, zone)].concat() {
                places.extend(periods.iter().map(|period| place(&zone, period, category)));
            }
        }

        let mut under = Peopled::new();
        for place in places {
            for (axis, above) in parents(&place, zones) {
                for (step, above) in above.into_iter().enumerate() {
                    let there = under.entry((above, axis.clone(), step)).or_default();
                    there.insert(place.clone());
                }
            }
        }

        under
    }
}

/// A zone and a period, and in them those of a category: a key of no measure.
fn place(zone: &Zone, period: &str, category: Option<(&String, &String)>) -> CellKey {
    let category = category.map(|(name, value)| (name.clone(), value.clone()));

    CellKey {
        measure: String::new(),
        zone: zone.clone(),
        period: period.to_owned(),
        categories: category.into_iter().collect(),
    }
}

/// The detail of a total in that place.
fn detail_at(place: &CellKey, total: &CellKey) -> CellKey {
    let mut detail = CellKey {
        measure: total.measure.clone(),
        ..place.clone()
    };
    detail.categories.extend(total.categories.clone());

    detail
}
