//! The last pass: what later perturbations made needless is printed again.
//!
//! Hidden counts fall into components that no constraint ties to one another. Each component is cleaned up apart from the
//! others, so they are served at once, and the outcome is the same on any number of cores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::super::model::Status;
use super::{CHANGES, Search};

/// Perturbations sought for the sake of printing counts again, over all components: enough for any report, and a bound on the
/// time of a national one.
const EFFORT: usize = 1000;
/// Each component has its share of them, and that many more.
const EFFORT_OF_A_COMPONENT: usize = 20;

/// Counts of one component: those to print again, dearest first, and those to protect.
#[derive(Default)]
struct Component {
    extra: Vec<usize>,
    targets: Vec<usize>,
}

impl Search<'_> {
    /// Opens the counts that no needed perturbation uses, then those that the perturbations can do without, dearest first.
    pub(super) fn clean_up(&mut self, targets: &[usize]) {
        for i in self.needless(targets, 0..self.hidden.len()) {
            self.hidden[i] = false;
        }

        let components = self.components(targets);
        let extra: usize = components.iter().map(|c| c.extra.len()).sum();
        let next = AtomicUsize::new(0);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let this = &*self;
        let work = || {
            let mut search = this.clone();
            let mut opened = Vec::new();
            while let Some(component) = components.get(next.fetch_add(1, Ordering::Relaxed)) {
                let share = EFFORT * component.extra.len() / extra.max(1);
                opened.extend(search.clean_up_component(component, share + EFFORT_OF_A_COMPONENT));
            }
            opened
        };

        let opened: Vec<usize> = thread::scope(|scope| {
            let workers: Vec<_> =
                (0..threads.min(components.len())).map(|_| scope.spawn(work)).collect();
            // What a thread that died had found stays hidden.
            let ends = workers.into_iter().map(|w| w.join().unwrap_or_default());
            ends.flatten().collect()
        });
        for i in opened {
            self.hidden[i] = false;
        }
    }

    /// Hidden counts that nothing forces to be, and targets, component by component.
    fn components(&self, targets: &[usize]) -> Vec<Component> {
        let of = self.component_of_each();
        let mut components: BTreeMap<usize, Component> = BTreeMap::new();

        let mut extra: Vec<usize> =
            (0..self.hidden.len()).filter(|&i| self.is_secondary(i)).collect();
        extra.sort_by(|&a, &b| {
            self.hiding_weight(b).total_cmp(&self.hiding_weight(a)).then(a.cmp(&b))
        });
        for i in extra {
            components.entry(of[i]).or_default().extra.push(i);
        }

        for &t in targets {
            if let Some(component) = components.get_mut(&of[t]) {
                component.targets.push(t);
            }
        }

        components.into_values().collect()
    }

    /// For each unknown count, the first one of its component.
    fn component_of_each(&self) -> Vec<usize> {
        let mut of = vec![usize::MAX; self.hidden.len()];
        for start in 0..of.len() {
            let mut queue = vec![start];
            while let Some(i) = queue.pop() {
                if of[i] == usize::MAX && self.is_unknown(i) {
                    of[i] = start;
                    queue.extend(self.ties.tied_to(i));
                }
            }
        }

        of
    }

    fn clean_up_component(&mut self, component: &Component, most: usize) -> Vec<usize> {
        let mut sought = 0;
        for &i in &component.extra {
            if sought < most {
                sought += self.try_without(i, &component.targets);
            }
        }

        let given_up = |&i: &usize| !self.hidden[i];
        let extra = component.extra.iter().copied();
        let mut opened: Vec<usize> = extra.clone().filter(given_up).collect();
        opened.extend(self.needless(&component.targets, extra));
        opened
    }

    /// The counts hidden for others, `among` those given, that no perturbation of the targets touches.
    fn needless(&self, targets: &[usize], among: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let needed: BTreeSet<usize> =
            targets.iter().flat_map(|&t| self.perturbations_of(t)).collect();
        let used: BTreeSet<usize> =
            needed.iter().flat_map(|&p| self.perturbations[p].keys().copied()).collect();

        let among = among.into_iter();
        among.filter(|&i| self.is_secondary(i) && !used.contains(&i)).collect()
    }

    /// Whether a count is hidden for the sake of others.
    fn is_secondary(&self, i: usize) -> bool {
        self.hidden[i] && self.tables.cells[i].status == Status::Suppressible
    }

    /// The perturbations that carry a count lowest and highest.
    fn perturbations_of(&self, target: usize) -> impl Iterator<Item = usize> {
        let ends = [self.lowest[target].1, self.highest[target].1];
        ends.into_iter().flatten()
    }

    /// Opens `extra` if every target that leans on it finds another perturbation among the counts hidden without it.
    /// Returns how many perturbations it sought.
    fn try_without(&mut self, extra: usize, targets: &[usize]) -> usize {
        let uses = |p: usize| self.perturbations[p].contains_key(&extra);
        let leaning: Vec<usize> = targets
            .iter()
            .copied()
            .filter(|&t| self.perturbations_of(t).any(uses))
            .collect();

        let (perturbations, mark) = (self.perturbations.len(), self.changed.len());
        self.hidden[extra] = false;
        for &t in &leaning {
            let value = self.tables.cells[t].value as f64;
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
                self.take_back(perturbations, mark);
                break;
            }
        }

        sought
    }

    /// Forgets all perturbations but the first ones, and what they changed.
    fn take_back(&mut self, perturbations: usize, mark: usize) {
        for (i, low, high) in self.changed.drain(mark..).rev() {
            self.lowest[i] = low;
            self.highest[i] = high;
        }

        self.perturbations.truncate(perturbations);
    }
}
