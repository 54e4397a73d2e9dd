//! Sums along zones, periods and categories, within a table and across tables.

use std::collections::{BTreeMap, BTreeSet};

use super::super::key::{self, Axis, CellKey};
use super::super::model::Status;
use super::super::relations::CellKind;
use super::Linker;
use super::unnamed::Totals;
use base::zone::{Zone, ZoneTree};

/// For each axis and step up it, the counts whose total is the same.
pub(super) type Details = BTreeMap<(Axis, usize), Vec<usize>>;

/// Sums that are not taken to hold where published files hide a term.
#[derive(Default)]
pub(super) struct Gaps {
    /// Measures that are seen not to add up along an axis, at that step.
    measures: BTreeSet<(String, Axis, usize)>,
    /// Totals that have a detail without a name.
    totals: Totals,
}

impl Gaps {
    /// Whether a detail of that total, along the axis and at that step, has no name.
    pub(super) fn has_unnamed(&self, total: &CellKey, axis: &Axis, step: usize) -> bool {
        self.totals.contains(&(total.clone(), axis.clone(), step))
    }
}

/// A count inside another one that is not the sum of its like.
pub(super) struct LoosePart {
    part: usize,
    whole: usize,
    by_category: bool,
}

impl Linker {
    /// Sums along zones, periods and categories, across tables. When `earlier` is not 0, only those that reach a count
    /// from that index on.
    pub(super) fn tie_axes(&mut self, zones: &ZoneTree, earlier: usize) {
        let (families, loose) = self.families(zones);
        let gaps = self.gaps(&families, zones);

        for (parent, by_axis) in families {
            match self.index.get(&parent).copied() {
                Some(total) => self.tie_total(total, &parent, by_axis, earlier, &gaps),
                None if by_axis.values().flatten().any(|&i| i >= earlier) => {
                    self.tie_unprinted(by_axis)
                }
                None => {}
            }
        }

        let loose: Vec<LoosePart> =
            loose.into_iter().filter(|l| self.may_be_part(l.part, l.whole)).collect();
        for part in loose {
            self.tie_loose(&part, earlier);
        }
    }

    /// The details of each total, printed or not, and the counts that are part of a printed one without adding up to it.
    pub(super) fn families(
        &self,
        zones: &ZoneTree,
    ) -> (BTreeMap<CellKey, Details>, Vec<LoosePart>) {
        let mut families: BTreeMap<CellKey, Details> = BTreeMap::new();
        let mut loose = Vec::new();
        for (key, &i) in &self.index {
            let additive = self.linked.additive.get(&key.measure);

            for (axis, above) in parents(key, zones) {
                if additive.is_some_and(|axes| axes.contains(&axis)) {
                    for (step, parent) in above.into_iter().enumerate() {
                        let details = families.entry(parent).or_default();
                        details.entry((axis.clone(), step)).or_default().push(i);
                    }
                } else if let Some(&whole) = above.iter().find_map(|p| self.index.get(p)) {
                    loose.push(LoosePart {
                        part: i,
                        whole,
                        by_category: matches!(axis, Axis::Category(_)),
                    });
                }
            }
        }

        (families, loose)
    }

    /// Where published files hide a term, a sum is taken to hold unless one of the same kind is seen not to, or a detail has no
    /// name: here.
    pub(super) fn gaps(&self, families: &BTreeMap<CellKey, Details>, zones: &ZoneTree) -> Gaps {
        let mut gaps = Gaps::default();
        for (parent, by_axis) in families {
            let Some(&total) = self.index.get(parent).filter(|&&t| self.is_known(t)) else {
                continue;
            };

            for ((axis, step), details) in by_axis {
                if self.all_known(details) && self.sum(details) != self.value(total) {
                    gaps.measures.insert((parent.measure.clone(), axis.clone(), *step));
                }
            }
        }

        // Where nothing is hidden, nothing is assumed.
        if self.linked.known.contains(&false) {
            gaps.totals = self.with_unnamed(families, zones);
        }
        gaps
    }

    /// Whoever is in the whole and not in the part is a group too, even where the parts overlap.
    fn tie_loose(&mut self, loose: &LoosePart, earlier: usize) {
        let &LoosePart { part, whole, by_category } = loose;
        let rest = self.value(whole) - self.value(part);
        let small = self.all_known(&[part, whole]) && rest > 0 && rest < self.threshold;
        let new = earlier == 0
            || ((part >= earlier || whole >= earlier) && self.is_protectable(&[part, whole]));

        if by_category && small && new {
            let rest = self.push_implicit(rest, true);
            self.tie_sum(whole, [part], Some(rest));
        } else {
            self.linked.tables.bounds.push((part, whole));
        }
    }

    /// Names what one zone alone lacks of a printed total: when a région and all its départements but one are out, so is the
    /// last one, and whatever else is known of it applies. Only zones in which people are counted matter. To be called before
    /// the sums are tied.
    pub(super) fn name_missing(&mut self, zones: &ZoneTree, earlier: usize) {
        let of_nobody = self.of_nobody();
        for (child, total, printed) in self.missing(zones, earlier) {
            let known = self.is_known(total) && self.all_known(&printed);
            let rest = self.value(total) - self.sum(&printed);
            if !known || rest <= 0 {
                continue;
            }

            let mut all = printed;
            all.push(total);
            let protect = (earlier == 0 || self.is_protectable(&all))
                && !of_nobody.contains(&CellKind::of(&child));
            let i = self.push_implicit(rest, protect);
            self.linked.keys[i] = Some(child.clone());
            self.index.insert(child, i);
            self.named.insert(i);
        }
    }

    /// What is no count of people: some of it is small and not sensitive, as the lines of a table of buses.
    fn of_nobody(&self) -> BTreeSet<CellKind> {
        let cells = &self.linked.tables.cells;
        let indifferent = self.index.iter().filter(|&(_, &i)| {
            let small = 1..self.threshold;
            self.is_known(i)
                && small.contains(&cells[i].value)
                && matches!(cells[i].status, Status::Suppressible | Status::Published)
                && !cells[i].sensitive
        });

        indifferent.map(|(key, _)| CellKind::of(key)).collect()
    }

    /// The counts of a single zone that no table prints, each with the total and the other details that are printed.
    fn missing(&self, zones: &ZoneTree, earlier: usize) -> Vec<(CellKey, usize, Vec<usize>)> {
        let peopled: BTreeSet<(&Zone, &str)> =
            self.peopled().map(|key| (&key.zone, key.period.as_str())).collect();

        let mut missing = Vec::new();
        for (key, &total) in &self.index {
            let additive = self.linked.additive.get(&key.measure);
            if !additive.is_some_and(|axes| axes.contains(&Axis::Zone)) {
                continue;
            }

            let (mut printed, mut absent) = (Vec::new(), Vec::new());
            for zone in zones.children(&key.zone) {
                let child = CellKey { zone: zone.clone(), ..key.clone() };
                match self.index.get(&child) {
                    Some(&i) => printed.push(i),
                    None if peopled.contains(&(zone, key.period.as_str())) => absent.push(child),
                    None => {}
                }
            }

            let new = total >= earlier || printed.iter().any(|&i| i >= earlier);
            let shared = !printed.is_empty() || zones.children(&key.zone).count() == 1;
            if let (1, true, Some(child)) = (absent.len(), new && shared, absent.pop()) {
                missing.push((child, total, printed));
            }
        }

        missing
    }

    /// The counts that are of somebody.
    pub(super) fn peopled(&self) -> impl Iterator<Item = &CellKey> {
        let cells = &self.linked.tables.cells;

        self.index.iter().filter(|&(_, &i)| cells[i].floor > 0).map(|(key, _)| key)
    }

    /// A printed total and its details: the nearest level that is complete, else each of them with what it lacks.
    fn tie_total(
        &mut self,
        total: usize,
        key: &CellKey,
        by_axis: Details,
        earlier: usize,
        gaps: &Gaps,
    ) {
        let mut complete: BTreeSet<Axis> = BTreeSet::new();
        for ((axis, step), details) in by_axis {
            if complete.contains(&axis) {
                continue;
            }

            let known = self.is_known(total) && self.all_known(&details);
            let rest = self.value(total) - self.sum(&details);
            if self.adds_up((key, total), &details, (&axis, step), gaps) {
                self.tie_sum(total, details, None);
                complete.insert(axis);
            } else if self.is_rest(total, &details, rest, known, earlier) {
                let rest = self.push_implicit(rest.max(0), known);
                self.tie_sum(total, details, Some(rest));
            }
        }
    }

    /// Whether a total is the sum of its details: it is seen to be, or, where a term is hidden, nothing speaks against it.
    pub(super) fn adds_up(
        &self,
        (key, total): (&CellKey, usize),
        details: &[usize],
        (axis, step): (&Axis, usize),
        gaps: &Gaps,
    ) -> bool {
        if self.is_known(total) && self.all_known(details) {
            return self.sum(details) == self.value(total);
        }

        let kind = (key.measure.clone(), axis.clone(), step);
        !gaps.measures.contains(&kind) && !gaps.has_unnamed(key, axis, step)
    }

    /// Whether what the details lack of their total is a count to reckon with: always in one release; over publications,
    /// a small group that none of them could tell alone.
    pub(super) fn is_rest(
        &self,
        total: usize,
        details: &[usize],
        rest: i64,
        known: bool,
        earlier: usize,
    ) -> bool {
        if earlier == 0 {
            return rest > 0 || !known;
        }

        let mut all = details.to_vec();
        all.push(total);
        let of_earlier = all.iter().filter(|&&i| i >= earlier).count();
        known
            && rest > 0
            && rest < self.threshold
            && (1..all.len()).contains(&of_earlier)
            && self.is_protectable(&all)
    }

    /// A total that no table prints still ties the details of two tables, when both add up to it.
    fn tie_unprinted(&mut self, by_axis: Details) {
        let sums: Vec<i64> = by_axis.values().map(|details| self.sum(details)).collect();
        let nearest = by_axis.keys().all(|(_, step)| *step == 0);
        let known = by_axis.values().all(|details| self.all_known(details));
        if sums.len() < 2 || !nearest || !known || sums.iter().any(|s| *s != sums[0]) {
            return;
        }

        let total = self.push_implicit(sums[0], false);
        for details in by_axis.into_values() {
            self.tie_sum(total, details, None);
        }
    }
}

/// For each axis, the keys of the totals to which a count belongs, nearest first.
pub(super) fn parents(key: &CellKey, zones: &ZoneTree) -> Vec<(Axis, Vec<CellKey>)> {
    let in_zone = |zone: Zone| CellKey { zone, ..key.clone() };
    let in_period = |period: String| CellKey { period, ..key.clone() };
    let without = |name: &String| {
        let mut total = key.clone();
        total.categories.remove(name);
        (Axis::Category(name.clone()), vec![total])
    };

    let above = key::zones_above(zones, &key.zone).into_iter();
    let around = key::periods_above(&key.period).into_iter();
    let mut all = vec![
        (Axis::Zone, above.map(in_zone).collect()),
        (Axis::Period, around.map(in_period).collect()),
    ];
    all.extend(key.categories.keys().map(without));
    all
}
