//! Which counts a perturbation of a sensitive one may need: the neighbourhoods given to the linear programs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use super::super::model::Status;
use super::Search;

/// Largest closed set.
const CLOSED: usize = 400;
/// What a tie left with a single member weighs against cell weights.
const SINGLETON_PENALTY: f64 = 3.0;

impl Search<'_> {
    /// A set of counts around `target` in which every tie has two members or none, so that a perturbation that changes the
    /// target by `change` may exist in it: whichever tie has a lone member gets a partner, the one that completes most ties and
    /// opens fewest. Bounds tie where they leave less room than that. In tables of many keys, no small circle holds such a set;
    /// in some, the set grows without end, and is of no use: it is then empty.
    pub(super) fn close(
        &self,
        target: usize,
        change: f64,
        may_hide: bool,
        banned: Option<usize>,
    ) -> BTreeSet<usize> {
        let step = change.abs().ceil() as i64;
        let mut set = BTreeSet::new();
        let mut members: BTreeMap<usize, u32> = BTreeMap::new();
        let mut lonely: VecDeque<usize> = VecDeque::new();
        let mut next = Some(target);

        while let Some(j) = next.take() {
            set.insert(j);
            for tie in self.binding(j, step) {
                let n = members.entry(tie).or_default();
                *n += 1;
                if *n == 1 {
                    lonely.push_back(tie);
                }
            }

            if set.len() >= CLOSED {
                return BTreeSet::new();
            }
            while let Some(tie) = lonely.pop_front() {
                if members[&tie] != 1 {
                    continue;
                }
                let cost = |j: usize| self.joining_cost(j, step, &members);
                let fits = |j: &usize| {
                    self.may_change(*j, may_hide) && Some(*j) != banned && !set.contains(j)
                };
                let partners = self.ties.terms(tie).map(|t| t.0).filter(fits);
                next = partners.min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
                if next.is_some() {
                    break;
                }
            }
        }

        set
    }

    /// What a count costs that joins a set, given how many members of it each tie has.
    fn joining_cost(&self, j: usize, step: i64, members: &BTreeMap<usize, u32>) -> f64 {
        let singletons: f64 = self
            .binding(j, step)
            .map(|tie| match members.get(&tie) {
                None | Some(0) => 1.0,
                Some(1) => -1.0,
                Some(_) => 0.0,
            })
            .sum();

        self.cell_weight(j) + SINGLETON_PENALTY * singletons
    }

    /// The counts around `target`, nearest first, cell weights as distances, as far as a change of it may reach.
    pub(super) fn nearest(
        &self,
        target: usize,
        change: f64,
        may_hide: bool,
        banned: Option<usize>,
    ) -> impl Iterator<Item = usize> {
        let step = change.abs().ceil() as i64;
        let mut seen = vec![false; self.tables.cells.len()];
        let mut queue = BinaryHeap::from([(Reverse(0u64), Reverse(target))]);

        std::iter::from_fn(move || {
            loop {
                let (Reverse(distance), Reverse(i)) = queue.pop()?;
                if std::mem::replace(&mut seen[i], true) {
                    continue;
                }

                let tied = self.binding(i, step).flat_map(|tie| self.ties.terms(tie));
                for (j, _) in tied {
                    if self.may_change(j, may_hide) && Some(j) != banned && !seen[j] {
                        // Whole thousandths keep the order of the queue exact.
                        let step = 300 + (self.cell_weight(j) * 1000.0) as u64;
                        queue.push((Reverse(distance + step), Reverse(j)));
                    }
                }
                return Some(i);
            }
        })
    }

    /// Whether some table prints a count, so that its place in a circle counts.
    pub(super) fn is_printed(&self, i: usize) -> bool {
        self.tables.cells[i].status != Status::Implicit
    }

    /// The ties of a count that a change by `step` may break.
    fn binding(&self, i: usize, step: i64) -> impl Iterator<Item = usize> + '_ {
        let ties = self.ties.tight(i, step);
        ties.filter(|&tie| self.absorbers.get(tie).is_none_or(Option::is_none))
    }

    /// Removes counts that cannot change because they stand alone in a constraint.
    pub(super) fn prune(&self, around: &mut BTreeSet<usize>) {
        let incidence = around.iter().flat_map(|&i| &self.incidence[i]);
        let mut queue: Vec<usize> = incidence.copied().collect();

        while let Some(r) = queue.pop() {
            if self.absorbers[r].is_some() {
                continue;
            }
            let terms = self.tables.constraints[r].terms.iter();
            let mut inside = terms.filter(|t| around.contains(&t.0));

            if let (Some(&(alone, _)), None) = (inside.next(), inside.next()) {
                around.remove(&alone);
                queue.extend(&self.incidence[alone]);
            }
        }
    }
}
