//! The last pass: what later moves made needless is printed again.
//!
//! Hidden counts fall into parts that no relation ties to one another. Each part is reopened apart from the others, so
//! they are served at once, and the outcome is the same on any number of cores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::super::model::Status;
use super::{CHANGES, Search};

/// Moves sought for the sake of reopening, over all parts: enough for any report, and a bound on the time of a national
/// one. Each part has its share, and some more.
const MOVES: usize = 1000;
const MOVES_OF_A_PART: usize = 20;

/// Counts of one part: those to reopen, dearest first, and those to protect.
#[derive(Default)]
struct Part {
    extra: Vec<usize>,
    targets: Vec<usize>,
}

impl Search<'_> {
    /// Reopens the counts that no needed move uses, then those that the moves can do without, dearest first.
    pub(super) fn reopen(&mut self, targets: &[usize]) {
        for i in self.needless(targets, 0..self.hidden.len()) {
            self.hidden[i] = false;
        }
        let parts = self.parts(targets);
        let extra: usize = parts.iter().map(|p| p.extra.len()).sum();
        let next = AtomicUsize::new(0);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let this = &*self;
        let opened: Vec<usize> = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads.min(parts.len()))
                .map(|_| {
                    scope.spawn(|| {
                        let mut search = this.clone();
                        let mut opened = Vec::new();
                        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                            let share = MOVES * part.extra.len() / extra.max(1);
                            opened.extend(search.reopen_part(part, share + MOVES_OF_A_PART));
                        }
                        opened
                    })
                })
                .collect();
            // What a thread that died had found stays hidden.
            let ends = workers.into_iter().map(|w| w.join().unwrap_or_default());
            ends.flatten().collect()
        });
        for i in opened {
            self.hidden[i] = false;
        }
    }

    /// Hidden counts that nothing forces to be, and targets, part by part.
    fn parts(&self, targets: &[usize]) -> Vec<Part> {
        let mut of = vec![usize::MAX; self.hidden.len()];
        for start in 0..of.len() {
            if !self.is_unknown(start) || of[start] != usize::MAX {
                continue;
            }
            let mut queue = vec![start];
            while let Some(i) = queue.pop() {
                if of[i] != usize::MAX || !self.is_unknown(i) {
                    continue;
                }
                of[i] = start;
                for &r in &self.incidence[i] {
                    queue.extend(self.system.relations[r].terms.iter().map(|t| t.0));
                }
                for &b in &self.bound_incidence[i] {
                    let (part, whole) = self.system.bounds[b];
                    queue.extend([part, whole]);
                }
            }
        }
        let mut parts: BTreeMap<usize, Part> = BTreeMap::new();
        let mut extra: Vec<usize> = (0..self.hidden.len())
            .filter(|&i| self.hidden[i] && self.system.counts[i].status == Status::Free)
            .collect();
        extra.sort_by(|&a, &b| {
            self.price_of_hiding(b)
                .total_cmp(&self.price_of_hiding(a))
                .then(a.cmp(&b))
        });
        for i in extra {
            parts.entry(of[i]).or_default().extra.push(i);
        }
        for &t in targets {
            if let Some(part) = parts.get_mut(&of[t]) {
                part.targets.push(t);
            }
        }
        parts.into_values().collect()
    }

    fn reopen_part(&mut self, part: &Part, most: usize) -> Vec<usize> {
        let mut sought = 0;
        for &i in &part.extra {
            if sought < most {
                sought += self.try_without(i, &part.targets);
            }
        }
        let given_up = |&i: &usize| !self.hidden[i];
        let mut opened: Vec<usize> = part.extra.iter().copied().filter(given_up).collect();
        opened.extend(self.needless(&part.targets, part.extra.iter().copied()));
        opened
    }

    /// The free hidden counts `among` those given that no move of the targets touches.
    fn needless(&self, targets: &[usize], among: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let needed: BTreeSet<usize> = targets
            .iter()
            .flat_map(|&t| [self.lowest[t].1, self.highest[t].1])
            .flatten()
            .collect();
        let used: BTreeSet<usize> = needed
            .iter()
            .flat_map(|&m| self.moves[m].keys().copied())
            .collect();
        let among = among.into_iter();
        among
            .filter(|&i| {
                self.hidden[i] && self.system.counts[i].status == Status::Free && !used.contains(&i)
            })
            .collect()
    }

    fn price_of_hiding(&self, i: usize) -> f64 {
        let c = &self.system.counts[i];
        (20.0 + c.value as f64).ln() * f64::from(1 + c.margin)
    }

    /// Opens `extra` if every target that leans on it finds another move among the counts hidden without it.
    /// Returns how many moves it sought.
    fn try_without(&mut self, extra: usize, targets: &[usize]) -> usize {
        let leaning: Vec<usize> = targets
            .iter()
            .copied()
            .filter(|&t| {
                let mut ends = [self.lowest[t].1, self.highest[t].1].into_iter().flatten();
                ends.any(|m| self.moves[m].contains_key(&extra))
            })
            .collect();
        let (moves, mark) = (self.moves.len(), self.changed.len());
        self.hidden[extra] = false;
        for &t in &leaning {
            let value = self.system.counts[t].value as f64;
            self.changed.push((t, self.lowest[t], self.highest[t]));
            self.lowest[t] = (value, None);
            self.highest[t] = (value, None);
        }
        let mut sought = 0;
        for &t in &leaning {
            for step in 0..CHANGES {
                if self.is_protected(t) {
                    break;
                }
                sought += 1;
                if let Some(found) = self.find(t, self.change(t, step), false, Some(extra)) {
                    self.adopt(found);
                }
            }
            if !self.is_protected(t) {
                self.hidden[extra] = true;
                while self.changed.len() > mark {
                    if let Some((i, low, high)) = self.changed.pop() {
                        self.lowest[i] = low;
                        self.highest[i] = high;
                    }
                }
                self.moves.truncate(moves);
                break;
            }
        }
        sought
    }
}
