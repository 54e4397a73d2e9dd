//! Constraints between the columns of one table: shares with their complement, patients with what they guard.

use std::collections::{BTreeMap, BTreeSet};

use super::super::pending::PendingTable;
use super::super::primary::ColumnRoles;
use super::Linker;
use base::definition::Role;

impl Linker {
    /// Constraints between the columns of a row: shares with their complement, patients with what they guard.
    pub(super) fn tie_rows(&mut self, pending: &PendingTable, places: &[Vec<Option<usize>>]) {
        let header = &pending.header;
        for &(n, d) in &header.shares {
            self.tie_share(pending, places, n, d);
        }

        for c in (0..header.roles.len()).filter(|&c| header.is_count(c)) {
            let guards = header.guards[c].iter().copied();
            for guard in guards.filter(|&g| g != c && header.roles[g] == Role::Patients) {
                self.tie_guard(places, guard, c);
            }
        }
    }

    /// A share whose numerator stands in column `n` and its denominator in column `d`: the complement is a count too.
    fn tie_share(
        &mut self,
        pending: &PendingTable,
        places: &[Vec<Option<usize>>],
        n: usize,
        d: usize,
    ) {
        let rows = places.iter().enumerate();
        let pairs: Vec<(usize, usize, usize)> = rows
            .filter_map(|(r, row)| Some((r, row[n]?, row[d]?)))
            .filter(|&(_, n, d)| n != d && self.may_be_part(n, d))
            .collect();
        self.tie_share_over_rows(pending, places, n, d);

        let complement = self.complement_column(&pending.header, places, n, d);
        for (r, part, whole) in pairs {
            let rest = match complement.and_then(|c| places[r][c]) {
                Some(printed) => printed,
                None => self.push_implicit(self.value(whole) - self.value(part), true),
            };
            self.tie_sum(whole, [part], Some(rest));
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
        let is_complement = |&c: &usize| {
            let rows = places.iter();
            let rows = rows.filter_map(|row| Some([row[c]?, row[n]?, row[d]?]));
            let (known, hidden): (Vec<_>, Vec<_>) = rows.partition(|r| self.all_known(r));

            // Two rows that agree by chance prove nothing of those that a published file hides.
            (known.len() > 2 || (hidden.is_empty() && !known.is_empty()))
                && known.iter().all(|&[c, n, d]| self.value(c) == self.value(d) - self.value(n))
        };

        (0..header.roles.len())
            .filter(|&c| header.is_count(c) && c != n && c != d)
            .find(is_complement)
    }

    /// Shares of one total over several rows: the denominator, the same in each, is the sum of the numerators.
    fn tie_share_over_rows(
        &mut self,
        pending: &PendingTable,
        places: &[Vec<Option<usize>>],
        n: usize,
        d: usize,
    ) {
        let pairs = || places.iter().filter_map(|row| Some((row[n]?, row[d]?)));
        let mut by_whole: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (part, whole) in pairs() {
            by_whole.entry(whole).or_default().insert(part);
        }
        if pending.header.keys.is_empty() || by_whole.values().all(|parts| parts.len() < 2) {
            return;
        }

        // The row of the total itself, printed among its parts, repeats the denominator.
        let (same, other): (Vec<_>, Vec<_>) =
            pairs().partition(|&(part, whole)| self.about_the_same(part, whole));
        let repeated = same.iter().all(|&(part, whole)| {
            !self.all_known(&[part, whole]) || self.value(part) == self.value(whole)
        });
        if !other.is_empty() && repeated {
            for (part, whole) in same {
                self.tie_sum(whole, [part], None);
            }
        }

        for (whole, parts) in self.sums_that_hold(by_whole) {
            self.tie_sum(whole, parts, None);
        }
    }

    /// Of the sums of numerators, those that the denominator is seen, or trusted, to equal.
    fn sums_that_hold(
        &self,
        by_whole: BTreeMap<usize, BTreeSet<usize>>,
    ) -> Vec<(usize, Vec<usize>)> {
        let mut sums: Vec<(usize, Vec<usize>)> = by_whole
            .into_iter()
            .map(|(whole, parts)| {
                let parts = parts.into_iter();
                let others = parts.filter(|&p| !self.about_the_same(p, whole));
                (whole, others.collect())
            })
            .collect();
        sums.retain(|(_, parts)| parts.len() > 1);

        // Published files hide some terms: the sum is taken to hold there when it is seen to hold, and never not to. Those that
        // headers declare are tied along their axes.
        let known = |whole: usize, parts: &[usize]| self.is_known(whole) && self.all_known(parts);
        let mut seen = sums.iter().filter(|(w, p)| known(*w, p)).peekable();
        let trusted = seen.peek().is_some() && seen.all(|(w, p)| self.sum(p) == self.value(*w));

        sums.retain(|(w, p)| if known(*w, p) { self.sum(p) == self.value(*w) } else { trusted });
        sums
    }

    /// Whether two counts have the same zone, period and categories.
    fn about_the_same(&self, one: usize, other: usize) -> bool {
        let about = |i: usize| {
            let key = self.linked.keys[i].as_ref();
            key.map(|k| (&k.zone, &k.period, &k.categories))
        };

        about(one) == about(other)
    }

    /// Patients are at most the consultations they had, or at least the patients counted among them: whichever holds
    /// in every row is known to all.
    fn tie_guard(&mut self, places: &[Vec<Option<usize>>], guard: usize, column: usize) {
        let rows = places.iter();
        let pairs: Vec<(usize, usize)> =
            rows.filter_map(|row| Some((row[guard]?, row[column]?))).collect();

        if pairs.iter().all(|&(g, c)| self.may_be_part(g, c)) {
            self.linked.tables.bounds.extend(pairs);
        } else if pairs.iter().all(|&(g, c)| self.may_be_part(c, g)) {
            let swapped = pairs.into_iter().map(|(g, c)| (c, g));
            self.linked.tables.bounds.extend(swapped);
        }
    }
}
