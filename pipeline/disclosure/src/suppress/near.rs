//! Which counts a move of a sensitive one may need: the neighbourhoods given to the linear programs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use super::super::model::Status;
use super::Search;

/// Largest closed set, and what a relation left with a lone member weighs against prices.
const CLOSED: usize = 400;
const LONELINESS: f64 = 3.0;

impl Search<'_> {
    /// A set of counts around `target` in which every relation has two members or none, so that a move may exist in
    /// it: whichever relation has a lone member gets a partner, the one that completes most relations and opens fewest.
    /// In tables of many keys, no small circle holds such a set.
    pub(super) fn close(
        &self,
        target: usize,
        may_hide: bool,
        banned: Option<usize>,
    ) -> BTreeSet<usize> {
        let mut set = BTreeSet::from([target]);
        let mut members: BTreeMap<usize, u32> =
            self.incidence[target].iter().map(|&r| (r, 1)).collect();
        let mut lonely: VecDeque<usize> = self.incidence[target].iter().copied().collect();
        while let Some(r) = lonely.pop_front() {
            if members[&r] != 1 || set.len() >= CLOSED {
                continue;
            }
            let cost = |j: usize| {
                let balance: f64 = self.incidence[j]
                    .iter()
                    .map(|r| match members.get(r) {
                        None | Some(0) => 1.0,
                        Some(1) => -1.0,
                        Some(_) => 0.0,
                    })
                    .sum();
                self.price(j) + LONELINESS * balance
            };
            let partner = self.system.relations[r]
                .terms
                .iter()
                .map(|t| t.0)
                .filter(|&j| self.may_move(j, may_hide) && Some(j) != banned && !set.contains(&j))
                .min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
            if let Some(j) = partner {
                set.insert(j);
                for &q in &self.incidence[j] {
                    let n = members.entry(q).or_default();
                    *n += 1;
                    if *n == 1 {
                        lonely.push_back(q);
                    }
                }
            }
        }
        set
    }

    pub(super) fn may_move(&self, i: usize, may_hide: bool) -> bool {
        self.is_unknown(i) || (may_hide && self.system.counts[i].status == Status::Free)
    }

    /// The `size` counts nearest to `target`, prices as distances, and whether that is all there are.
    pub(super) fn circle(
        &self,
        target: usize,
        size: usize,
        may_hide: bool,
        banned: Option<usize>,
    ) -> (BTreeSet<usize>, bool) {
        let mut around = BTreeSet::new();
        let mut queue = BinaryHeap::from([(Reverse(0u64), Reverse(target))]);
        while let Some((Reverse(distance), Reverse(i))) = queue.pop() {
            if !around.insert(i) {
                continue;
            }
            if around.len() >= size {
                return (around, false);
            }
            let by_relation = self.incidence[i]
                .iter()
                .flat_map(|&r| self.system.relations[r].terms.iter().map(|t| t.0));
            let by_bound = self.bound_incidence[i].iter().flat_map(|&b| {
                let (part, whole) = self.system.bounds[b];
                [part, whole]
            });
            for j in by_relation.chain(by_bound) {
                if !self.may_move(j, may_hide) || Some(j) == banned || around.contains(&j) {
                    continue;
                }
                // Whole thousandths keep the order of the queue exact.
                let step = 300 + (self.price(j) * 1000.0) as u64;
                queue.push((Reverse(distance + step), Reverse(j)));
            }
        }
        (around, true)
    }

    /// Removes counts that cannot move because they stand alone in a relation.
    pub(super) fn prune(&self, around: &mut BTreeSet<usize>) {
        let mut queue: Vec<usize> = around
            .iter()
            .flat_map(|&i| self.incidence[i].iter().copied())
            .collect();
        while let Some(r) = queue.pop() {
            let mut inside = self.system.relations[r]
                .terms
                .iter()
                .filter(|t| around.contains(&t.0));
            if let (Some(&(alone, _)), None) = (inside.next(), inside.next()) {
                around.remove(&alone);
                queue.extend(&self.incidence[alone]);
            }
        }
    }
}
