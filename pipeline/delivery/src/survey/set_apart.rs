//! Files and sheets of one table of which one was set apart by its name: cancelled rows, a test, an old copy. Read together, they count twice.

use std::collections::BTreeSet;

use contract::Rule;

use super::Survey;
use crate::Finding;
use crate::text::fold;

/// Beginnings of the words that set rows apart.
const APART: [&str; 24] = [
    "annul",
    "supprim",
    "test",
    "essai",
    "brouillon",
    "exempl",
    "previ",
    "prevu",
    "ancien",
    "old",
    "copie",
    "copy",
    "sauvegard",
    "backup",
    "bak",
    "archiv",
    "verifier",
    "doublon",
    "corbeille",
    "poubelle",
    "obsolet",
    "rejet",
    "pas",
    "modele",
];

/// Whether a word of a name sets apart, or numbers a version.
fn sets_apart(word: &str) -> bool {
    let version = word
        .strip_prefix('v')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    version || APART.iter().any(|beginning| word.starts_with(beginning))
}

impl Survey<'_> {
    /// Refuses a delivery in which two files or sheets give a table, and the name of one sets it apart from the other.
    pub(super) fn set_apart(&self) -> Vec<(String, Option<String>, Finding)> {
        let words = |table: &super::SurveyedTable<'_>| -> BTreeSet<String> {
            let name = format!(
                "{}_{}",
                self.files.name(table.entry),
                table.sheet.as_deref().unwrap_or_default()
            );
            fold(&name).split('_').map(str::to_owned).collect()
        };

        let mut found = Vec::new();
        for table in &self.tables {
            let others = self.tables.iter().filter(|t| t.table.name == table.table.name);
            let others: Vec<BTreeSet<String>> = others.map(words).collect();
            let own = words(table);
            // What all of them are called sets none apart.
            let word = own
                .iter()
                .find(|word| sets_apart(word) && !others.iter().all(|other| other.contains(*word)));

            if let Some(word) = word {
                let message = format!(
                    "plusieurs fichiers ou feuilles donnent la table {}, et le nom de celui-ci le met à part (« {word} ») : ses lignes compteraient avec les autres",
                    table.table.name
                );
                let finding = Finding::new(Rule::FichierNonLu, message).hint(
                    "retirez-le de la livraison si ses lignes ne comptent pas ; sinon donnez-lui le nom de la table",
                );
                let file = self.files.name(table.entry).to_owned();
                found.push((file, table.sheet.clone(), finding));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_set_apart_are_known_and_others_are_not() {
        for word in ["annulees", "test", "old", "v2", "archives", "previsionnelle", "brouillon"] {
            assert!(sets_apart(word), "{word}");
        }
        for word in ["consultations", "2025", "orne", "partie", "vire", "valognes", "1"] {
            assert!(!sets_apart(word), "{word}");
        }
    }
}
