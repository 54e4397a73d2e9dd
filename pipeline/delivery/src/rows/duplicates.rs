//! Rows that tell again, or otherwise, what an earlier row of the table tells.

use base::error::Result;
use contract::Rule;

use super::part::JudgedPart;
use super::row_stream::FileCheck;
use super::uniqueness::{FirstPlace, Uniqueness};
use crate::Finding;

const ONE_EVENT_OR_TWO: &str = "supprimez la ligne en double ; si ce sont deux événements, gardez une seule ligne, avec leur nombre et la somme de leurs ETP";

impl FileCheck<'_, '_> {
    /// Refuses rows whose key an earlier row has. Where the key says what a row is about, a row that tells it otherwise stops the
    /// delivery: which of the two is right cannot be known.
    pub(super) fn refuse_duplicates(
        &self,
        part: &mut JudgedPart,
        seen: &mut [Uniqueness],
    ) -> Result<()> {
        let mut repeated = vec![None; part.keep.len()];
        let mut duplicates = Vec::new();

        // The whole row first, which says whether a key that is given again tells anything new.
        let sets: Vec<_> = self.judge.compared().zip(&part.keys).zip(seen).collect();
        for (number, ((set, keys), known)) in sets.into_iter().enumerate().rev() {
            let whole = number == self.judge.unique.len();

            for (row, key) in keys.iter().enumerate().filter(|(_, k)| **k != 0) {
                let line = u32::try_from(part.lines[row]).unwrap_or(u32::MAX);
                let Some(first) = known.first(*key, (self.file_number, line))? else {
                    continue;
                };

                if whole {
                    repeated[row] = Some(first);
                } else {
                    let otherwise = self.judge.told.is_some() && repeated[row].is_none();
                    let rule = if otherwise && part.keep[row] {
                        Rule::Contradiction
                    } else {
                        Rule::Unicite
                    };
                    duplicates.push((row, self.duplicate(set, first, rule)));
                    part.keep[row] = false;
                }
            }
        }

        for (row, keep) in part.keep.iter_mut().enumerate().filter(|(_, keep)| **keep) {
            if let Some(first) = repeated[row] {
                duplicates.push((row, self.under_both_names(first)));
                *keep = false;
            }
        }

        if !duplicates.is_empty() {
            part.findings.append(&mut duplicates);
            part.findings.sort_by_key(|(row, _)| *row);
        }

        Ok(())
    }

    fn duplicate(&self, set: &[usize], first: FirstPlace, rule: Rule) -> Finding {
        let table = self.judge.table;
        let names: Vec<&str> = set.iter().map(|c| table.fields[*c].name.as_str()).collect();

        let place = self.place(first);
        let finding = match rule {
            Rule::Contradiction => Finding::new(rule, format!("la {place} en dit autre chose")),
            _ => Finding::new(rule, format!("déjà donné : {place}")),
        };
        let finding = finding.field(names.join(", "));

        // Two events of one day are told from a line pasted twice by their number.
        match table.field("nombre") {
            Some(_) => finding.hint(ONE_EVENT_OR_TWO),
            None => finding,
        }
    }

    /// A row that differs from an earlier one by nothing but a commune that has since been merged into the other's.
    fn under_both_names(&self, first: FirstPlace) -> Finding {
        let message = format!(
            "la {} dit la même chose d'une commune réunie depuis à celle-ci",
            self.place(first)
        );
        let finding = Finding::new(Rule::Contradiction, message).field("code_commune");

        match self.judge.table.field("nombre") {
            Some(_) => finding.hint(ONE_EVENT_OR_TWO),
            None => finding.hint("si c'est le même arrêt, supprimez l'une des deux lignes ; si ce sont deux arrêts, donnez leurs heures"),
        }
    }

    fn place(&self, (file, line): FirstPlace) -> String {
        match self.places.get(file as usize).filter(|_| file != self.file_number) {
            None => format!("ligne {line}"),
            Some(other) => format!("ligne {line} de {other}"),
        }
    }
}
