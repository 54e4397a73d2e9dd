//! The relations of the data model, where their terms are at hand: printed, earlier or now, or implied by what is printed.

use std::collections::{BTreeMap, BTreeSet};

use super::super::key::{Axis, CellKey};
use super::super::model::Status;
use super::super::relations::{
    CellKind, DatedTerm, InclusionOf, Relations, StandIn, SumOf, Visits,
};
use super::Linker;
use super::axes::{Details, Gaps, parents};
use base::zone::{Zone, ZoneTree};

/// How often counts are named that follow from those named before.
const NAMING_ROUNDS: usize = 3;

/// Where and when counts of each kind stand.
type Places = BTreeMap<CellKind, BTreeSet<(Zone, String)>>;

impl Linker {
    fn places(&self) -> Places {
        let mut places = Places::new();
        for key in self.index.keys() {
            let place = (key.zone.clone(), key.period.clone());
            places.entry(CellKind::of(key)).or_default().insert(place);
        }

        places
    }

    /// Whether a relation of those counts is one more than those that were tied before: always in one release; over
    /// publications, when it reaches a count from index `earlier` on, or one that was just named.
    fn is_new(&self, cells: &[usize], earlier: usize) -> bool {
        earlier == 0 || cells.iter().any(|i| *i >= earlier || self.named.contains(i))
    }

    /// Names the counts that no table prints and that sums of the model imply: a total whose parts are all at hand, the
    /// one part that is not. Such a count is one like any other: small, it must not be found.
    pub(super) fn name_implied(&mut self, relations: &Relations, earlier: usize) {
        for _ in 0..NAMING_ROUNDS {
            let places = self.places();
            let mut found = false;
            for sum in &relations.sums {
                for (zone, period) in around(&places, std::iter::once(&sum.total).chain(&sum.parts))
                {
                    found |= self.name_implied_at(sum, zone, period, earlier);
                }
            }

            if !found {
                return;
            }
        }
    }

    fn name_implied_at(&mut self, sum: &SumOf, zone: &Zone, period: &str, earlier: usize) -> bool {
        if !sum.is_used_in(period) {
            return false;
        }
        let find = |kind: &CellKind| self.index.get(&kind.at(zone, period)).copied();
        let total = find(&sum.total);
        let parts: Vec<usize> = sum.parts.iter().filter_map(find).collect();
        let mut absent = sum.parts.iter().filter(|kind| find(kind).is_none());

        let (kind, value, mut terms) = match (total, absent.next(), absent.next()) {
            (None, None, _) => (&sum.total, self.sum(&parts), parts),
            (Some(total), Some(kind), None) => {
                (kind, self.value(total) - self.sum(&parts), [parts, vec![total]].concat())
            }
            _ => return false,
        };
        terms.dedup();
        let known = self.all_known(&terms);
        if !self.is_new(&terms, earlier) || (known && value <= 0) {
            return false;
        }

        let protect = known && (earlier == 0 || self.is_protectable(&terms));
        let key = kind.at(zone, period);
        let i = self.push_implicit(value.max(0), protect);
        self.linked.known[i] = known;
        self.linked.keys[i] = Some(key.clone());
        self.index.insert(key, i);
        self.named.insert(i);
        true
    }

    /// Ties what the model relates.
    pub(super) fn tie_modelled(&mut self, relations: &Relations, zones: &ZoneTree, earlier: usize) {
        let places = self.places();
        let (families, _) = self.families(zones);
        let gaps = self.gaps(&families, zones);

        for sum in &relations.sums {
            for (zone, period) in around(&places, [&sum.total]) {
                self.tie_sum_of(sum, zone, period, earlier);
            }
        }
        for inclusion in &relations.inclusions {
            for (zone, period) in around(&places, inclusion.own_parts()) {
                self.tie_inclusion_of(inclusion, zone, period, zones, earlier);
            }
        }
        for visits in &relations.visits {
            self.tie_visits(visits, zones, earlier);
            self.tie_overlaps(visits, &families, &gaps, earlier);
        }
        for stand_in in &relations.stand_ins {
            self.tie_stand_in(stand_in, &families, &gaps, earlier);
        }
    }

    fn tie_sum_of(&mut self, sum: &SumOf, zone: &Zone, period: &str, earlier: usize) {
        if !sum.is_used_in(period) {
            return;
        }
        let find = |kind: &CellKind| self.index.get(&kind.at(zone, period)).copied();
        let Some(total) = find(&sum.total) else {
            return;
        };
        let parts: Vec<usize> = sum.parts.iter().filter_map(find).collect();
        let all = [&parts[..], &[total]].concat();
        if parts.is_empty() || parts.contains(&total) || !self.is_new(&all, earlier) {
            return;
        }

        // A sum that does not hold in the data is of a revision, or of something else: it is not used.
        let complete = parts.len() == sum.parts.len();
        let known = self.all_known(&all);
        let rest = self.value(total) - self.sum(&parts);
        if known && (rest < 0 || (complete && rest > 0)) {
            return;
        }

        if complete || (known && rest == 0) {
            self.tie_sum(total, parts, None);
        } else if earlier == 0 || self.is_rest(total, &parts, rest, known, earlier) {
            // Terms that no table prints are a count of their own.
            let rest = self.push_implicit(rest.max(0), known);
            self.tie_sum(total, parts, Some(rest));
        }
    }

    fn tie_inclusion_of(
        &mut self,
        inclusion: &InclusionOf,
        zone: &Zone,
        period: &str,
        zones: &ZoneTree,
        earlier: usize,
    ) {
        let Some([parts, whole]) = inclusion.terms(period) else {
            return;
        };

        // A département with one bus and that bus are told of in different tables.
        let same = zones.same(zone);
        let places = || [zone].into_iter().chain(same.iter().copied());
        let find = |term: &DatedTerm| {
            places().find_map(|place| self.index.get(&term.kind.at(place, &term.period)).copied())
        };
        let is_nobody =
            |term: &DatedTerm| places().any(|place| self.is_nobody(term.kind, place, &term.period));

        let parts: Vec<usize> = parts.iter().filter_map(find).collect();
        let mut found = Vec::with_capacity(whole.len());
        let mut is_supposed = false;
        for term in &whole {
            match find(term) {
                Some(i) => found.push(i),
                None if is_nobody(term) => {}
                // An earlier year of which nothing is printed is one in which there was nobody to see, if the rest agrees.
                None if term.is_earlier => is_supposed = true,
                None => return,
            }
        }
        let whole = found;
        if parts.is_empty() || whole.is_empty() {
            return;
        }

        let all = [&parts[..], &whole[..]].concat();
        let known = self.all_known(&all);
        let holds = if known {
            self.sum(&parts) <= self.sum(&whole)
        } else {
            !is_supposed
        };
        if holds && self.is_new(&all, earlier) {
            let (part, whole) = (self.total_of(&parts), self.total_of(&whole));
            self.linked.tables.bounds.push((part, whole));
        }
    }

    /// Whether a count that no table prints is of nobody: one prints others of the same categories in that zone and period, and
    /// leaves out those that are empty.
    fn is_nobody(&self, kind: &CellKind, zone: &Zone, period: &str) -> bool {
        let key = kind.at(zone, period);
        let cells = &self.linked.tables.cells;
        let mut others = self.narrowed_alike(&key);

        !kind.categories.is_empty() && others.any(|(_, i)| cells[i].status != Status::Implicit)
    }

    /// The sum of some counts as a count.
    fn total_of(&mut self, parts: &[usize]) -> usize {
        match parts {
            [alone] => *alone,
            _ => {
                let total = self.push_implicit(self.sum(parts), false);
                self.tie_sum(total, parts.iter().copied(), None);
                total
            }
        }
    }

    /// What patients had beyond the first of each is a count, never negative; that of a part is part of that of the whole.
    fn tie_visits(&mut self, of: &Visits, zones: &ZoneTree, earlier: usize) {
        let counts = self.index.iter().filter(|(key, _)| key.measure == of.patients);
        let pairs: Vec<(CellKey, usize, usize)> = counts
            .filter_map(|(key, &patients)| {
                let visits = self.index.get(&renamed(key, &of.visits))?;
                self.may_be_part(patients, *visits).then(|| (key.clone(), patients, *visits))
            })
            .collect();
        let pairs: BTreeMap<CellKey, (usize, usize)> = pairs
            .into_iter()
            .map(|(key, patients, visits)| (key, (patients, visits)))
            .collect();

        let mut beyond: BTreeMap<&CellKey, usize> = BTreeMap::new();
        for (key, &(patients, visits)) in &pairs {
            // Over zones both add up, and so does the difference.
            let above = parents(key, zones).into_iter().filter(|(axis, _)| *axis != Axis::Zone);
            for (_, above) in above {
                let whole = above.iter().find_map(|whole| pairs.get_key_value(whole));
                let Some((whole, &(all_patients, all_visits))) = whole else { continue };

                let all = [patients, visits, all_patients, all_visits];
                let difference = |p: usize, v: usize| self.value(v) - self.value(p);
                let holds = !self.all_known(&all)
                    || difference(patients, visits) <= difference(all_patients, all_visits);
                if holds && self.is_new(&all, earlier) {
                    let part = self.difference(&mut beyond, key, patients, visits);
                    let whole = self.difference(&mut beyond, whole, all_patients, all_visits);
                    self.linked.tables.bounds.push((part, whole));
                }
            }

            if !beyond.contains_key(key) && self.is_new(&[patients, visits], earlier) {
                self.linked.tables.bounds.push((patients, visits));
            }
        }
    }

    /// Patients who overlap: all of them are at most the sum of those of parts that hold all visits.
    fn tie_overlaps(
        &mut self,
        of: &Visits,
        families: &BTreeMap<CellKey, Details>,
        gaps: &Gaps,
        earlier: usize,
    ) {
        let additive = self.linked.additive.get(&of.patients).cloned().unwrap_or_default();

        for (key, by_axis) in families.iter().filter(|(key, _)| key.measure == of.visits) {
            let patients = self.index.get(&renamed(key, &of.patients)).copied();
            let (Some(patients), Some(&visits)) = (patients, self.index.get(key)) else {
                continue;
            };

            for ((axis, step), details) in by_axis {
                let holds = self.adds_up((key, visits), details, (axis, *step), gaps);
                if *axis == Axis::Zone || additive.contains(axis) || !holds {
                    continue;
                }

                let of_detail = |i: &usize| {
                    let key = self.linked.keys[*i].as_ref()?;
                    self.index.get(&renamed(key, &of.patients)).copied()
                };
                let parts: Option<Vec<usize>> = details.iter().map(of_detail).collect();
                let Some(parts) = parts.filter(|parts| parts.len() > 1) else { continue };
                let all = [&parts[..], &[patients]].concat();
                if self.is_new(&all, earlier)
                    && (!self.all_known(&all) || self.value(patients) <= self.sum(&parts))
                {
                    let sum = self.total_of(&parts);
                    self.linked.tables.bounds.push((patients, sum));
                }
            }
        }
    }

    /// `visits − patients` as a count, made once.
    fn difference<'k>(
        &mut self,
        made: &mut BTreeMap<&'k CellKey, usize>,
        key: &'k CellKey,
        patients: usize,
        visits: usize,
    ) -> usize {
        if let Some(&i) = made.get(key) {
            return i;
        }

        let i = self.push_implicit((self.value(visits) - self.value(patients)).max(0), false);
        self.tie_sum(visits, [patients], Some(i));
        made.insert(key, i);
        i
    }

    /// A count is the one for which it stands, or the sum of its details, wherever the two are equal.
    fn tie_stand_in(
        &mut self,
        stand_in: &StandIn,
        families: &BTreeMap<CellKey, Details>,
        gaps: &Gaps,
        earlier: usize,
    ) {
        let details = |key: &CellKey| {
            let by_axis = families.get(key).into_iter().flatten();
            let named = by_axis.filter(|((axis, step), _)| !gaps.has_unnamed(key, axis, *step));
            named.map(|(_, details)| details.clone()).collect::<Vec<Vec<usize>>>()
        };

        let mut ties: Vec<(usize, Vec<usize>)> = Vec::new();
        for (key, &i) in &self.index {
            let behind = stand_in.behind(key);
            let Some(other) = behind.clone().or_else(|| stand_in.before(key)) else {
                continue;
            };
            match self.index.get(&other) {
                Some(&same) if behind.is_some() => ties.push((i, vec![same])),
                Some(_) => {}
                None => ties.extend(details(&other).into_iter().map(|parts| (i, parts))),
            }
        }

        // Published files hide some of them: equality is trusted when it is seen, and never seen not to hold.
        let known = |(i, parts): &(usize, Vec<usize>)| self.is_known(*i) && self.all_known(parts);
        let equal = |(i, parts): &(usize, Vec<usize>)| self.value(*i) == self.sum(parts);
        let mut seen = ties.iter().filter(|tie| known(tie)).peekable();
        let trusted = seen.peek().is_some() && seen.all(equal);
        ties.retain(|tie| if known(tie) { equal(tie) } else { trusted });

        for (i, parts) in ties {
            if self.is_new(&[&parts[..], &[i]].concat(), earlier) {
                self.tie_sum(i, parts, None);
            }
        }
    }
}

/// Where and when some count of those kinds stands.
fn around<'p, 'k>(
    places: &'p Places,
    kinds: impl IntoIterator<Item = &'k CellKind>,
) -> BTreeSet<&'p (Zone, String)> {
    kinds.into_iter().filter_map(|kind| places.get(kind)).flatten().collect()
}

fn renamed(key: &CellKey, measure: &str) -> CellKey {
    CellKey {
        measure: measure.to_owned(),
        ..key.clone()
    }
}
