//! Relations between the columns of one table: shares with their complement, patients with what they guard.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::AdditivityConstraint;
use super::super::primary::ColumnRoles;
use super::{Linker, PendingTable};
use base::definition::Role;

impl Linker {
    /// Relations between the columns of a row: shares with their complement, patients with what they guard.
    pub(super) fn tie_rows(&mut self, pending: &PendingTable, places: &[Vec<Option<usize>>]) {
        let header = &pending.header;
        for &(n, d) in &header.shares {
            let pairs: Vec<(usize, usize, usize)> = places
                .iter()
                .enumerate()
                .filter_map(|(r, row)| Some((r, row[n]?, row[d]?)))
                .filter(|&(_, n, d)| n != d && self.may_be_part(n, d))
                .collect();
            self.tie_share_over_rows(pending, places, n, d);
            let complement = self.complement_column(header, places, n, d);
            for (r, part, whole) in pairs {
                let rest = match complement.and_then(|c| places[r][c]) {
                    Some(printed) => printed,
                    None => self.push_virtual(self.value(whole) - self.value(part), true),
                };
                self.linked
                    .tables
                    .constraints
                    .push(AdditivityConstraint::sum(whole, [part, rest]));
            }
        }
        for c in (0..header.roles.len()).filter(|&c| header.is_count(c)) {
            for &guard in header.guards[c]
                .iter()
                .filter(|&&g| g != c && header.roles[g] == Role::Patients)
            {
                self.tie_guard(places, guard, c);
            }
        }
    }

    /// The column that is `d − n` in every row, if there is one.
    fn complement_column(
        &self,
        header: &ColumnRoles,
        places: &[Vec<Option<usize>>],
        n: usize,
        d: usize,
    ) -> Option<usize> {
        (0..header.roles.len())
            .filter(|&c| header.is_count(c) && c != n && c != d)
            .find(|&c| {
                let rows: Vec<[usize; 3]> = places
                    .iter()
                    .filter_map(|row| Some([row[c]?, row[n]?, row[d]?]))
                    .collect();
                let (known, hidden): (Vec<_>, Vec<_>) =
                    rows.into_iter().partition(|r| self.all_known(r));
                // Two rows that agree by chance prove nothing of those that a published file hides.
                (known.len() > 2 || (hidden.is_empty() && !known.is_empty()))
                    && known
                        .iter()
                        .all(|&[c, n, d]| self.value(c) == self.value(d) - self.value(n))
            })
    }

    /// Shares of one total over several rows: the denominator, the same in each, is the sum of the numerators.
    fn tie_share_over_rows(
        &mut self,
        pending: &PendingTable,
        places: &[Vec<Option<usize>>],
        n: usize,
        d: usize,
    ) {
        let mut by_whole: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (part, whole) in places.iter().filter_map(|row| Some((row[n]?, row[d]?))) {
            by_whole.entry(whole).or_default().insert(part);
        }
        if pending.header.keys.is_empty() || by_whole.values().all(|parts| parts.len() < 2) {
            return;
        }
        // The row of the total itself, printed among its parts, repeats the denominator.
        let about = |i: usize| {
            self.linked.keys[i]
                .as_ref()
                .map(|k| (&k.zone, &k.period, &k.categories))
        };
        let pairs = || places.iter().filter_map(|row| Some((row[n]?, row[d]?)));
        let (same, other): (Vec<_>, Vec<_>) =
            pairs().partition(|&(part, whole)| about(part) == about(whole));
        let repeated = same.iter().all(|&(part, whole)| {
            !self.all_known(&[part, whole]) || self.value(part) == self.value(whole)
        });
        if !other.is_empty() && repeated {
            let repeats = same
                .iter()
                .map(|&(part, whole)| AdditivityConstraint::sum(whole, [part]));
            self.linked.tables.constraints.extend(repeats);
        }
        let sums: Vec<(usize, Vec<usize>)> = by_whole
            .into_iter()
            .map(|(whole, parts)| {
                (
                    whole,
                    parts
                        .into_iter()
                        .filter(|&p| about(p) != about(whole))
                        .collect(),
                )
            })
            .filter(|(_, parts): &(usize, Vec<usize>)| parts.len() > 1)
            .collect();
        let known = |whole: usize, parts: &[usize]| self.is_known(whole) && self.all_known(parts);
        // Published files hide some terms: the sum is taken to hold there when it is seen to hold, and never not to. Those that
        // headers declare are tied along their axes.
        let mut seen = sums.iter().filter(|(w, p)| known(*w, p)).peekable();
        let trusted = seen.peek().is_some() && seen.all(|(w, p)| self.sum(p) == self.value(*w));
        let held: Vec<AdditivityConstraint> = sums
            .into_iter()
            .filter(|(w, p)| {
                if known(*w, p) {
                    self.sum(p) == self.value(*w)
                } else {
                    trusted
                }
            })
            .map(|(w, p)| AdditivityConstraint::sum(w, p))
            .collect();
        self.linked.tables.constraints.extend(held);
    }

    /// Patients are at most the consultations they had, or at least the patients counted among them: whichever holds
    /// in every row is known to all.
    fn tie_guard(&mut self, places: &[Vec<Option<usize>>], guard: usize, column: usize) {
        let pairs: Vec<(usize, usize)> = places
            .iter()
            .filter_map(|row| Some((row[guard]?, row[column]?)))
            .collect();
        if pairs.iter().all(|&(g, c)| self.may_be_part(g, c)) {
            self.linked.tables.bounds.extend(pairs);
        } else if pairs.iter().all(|&(g, c)| self.may_be_part(c, g)) {
            self.linked
                .tables
                .bounds
                .extend(pairs.into_iter().map(|(g, c)| (c, g)));
        }
    }
}
