//! The communes that a whole file names: one code alone may be right by chance, all of them together tell what they are.

use std::collections::BTreeSet;

use arrow::array::{AsArray, RecordBatch};

use base::french::{agreed, counted};
use contract::Rule;

use super::cross::Frame;
use crate::Finding;

/// Tables of the région's communes, served or not. A bus may cross a border, they do not.
const OF_THE_REGION: [&str; 4] = ["territoires", "delais_mg", "offre", "mesures_concurrentes"];
/// Communes, and rows, below which they say nothing of the file.
const FEW: usize = 3;
/// Communes that all end in 0 without one that does not exist: one chance in 100 000.
const ENOUGH: usize = 5;

/// See the module.
#[derive(Default)]
pub(super) struct FileCodes {
    accepted: BTreeSet<String>,
    unknown: BTreeSet<String>,
    /// Rows of communes of the région that delivers, and of others.
    here: usize,
    elsewhere: usize,
}

impl FileCodes {
    /// Takes what was found in a part.
    pub(super) fn refused(&mut self, findings: &[(usize, Finding)]) {
        let unknown = findings.iter().filter(|(_, f)| f.rule == Rule::CommuneInconnue);
        self.unknown.extend(unknown.filter_map(|(_, finding)| finding.value.clone()));
    }

    /// Takes the accepted rows of a part.
    pub(super) fn accepted(&mut self, table: &str, kept: &RecordBatch, frame: &Frame<'_>) {
        let column = ["code_commune", "code_territoire"]
            .iter()
            .find_map(|name| kept.column_by_name(name)?.as_string_opt::<i32>());
        let of_the_region = OF_THE_REGION.contains(&table);

        // Rows of one stop follow each other.
        let mut last = "";
        for code in column.into_iter().flatten().flatten().filter(|code| code.len() == 5) {
            if code != last {
                last = code;
                self.accepted.insert(code.to_owned());
            }
            if of_the_region && let Some(region) = frame.communes.region(code) {
                let count = if region == frame.region {
                    &mut self.here
                } else {
                    &mut self.elsewhere
                };
                *count += 1;
            }
        }
    }

    /// What the codes of the file tell together.
    pub(super) fn finish(self, region: &str) -> Vec<Finding> {
        self.postal().into_iter().chain(self.of_another_region(region)).collect()
    }

    /// Nine codes of Insee in ten do not end in 0, most postal codes do.
    fn postal(&self) -> Option<Finding> {
        let all = self.accepted.union(&self.unknown).count();
        let rounded = self.accepted.union(&self.unknown).filter(|code| code.ends_with('0')).count();
        let unknown = self.unknown.len();

        let sure = unknown > 0 && all >= FEW && 5 * rounded >= 4 * all;
        let likely = unknown == 0 && all >= ENOUGH && rounded == all;
        let none = match unknown {
            0 => String::new(),
            1 => ", et 1 n'existe pas au code officiel géographique".to_owned(),
            n => format!(", et {n} n'existent pas au code officiel géographique"),
        };
        let finding = Finding::new(
            Rule::CommuneInconnue,
            format!("ces codes de commune sont sans doute des codes postaux : {rounded} sur {all} finissent par 0{none}"),
        )
        .hint("donnez le code Insee de chaque commune : 61001 pour Alençon, dont le code postal est 61000");

        match (sure, likely) {
            (true, _) => Some(finding.whole_file()),
            (_, true) => Some(finding.warning()),
            _ => None,
        }
    }

    fn of_another_region(&self, region: &str) -> Option<Finding> {
        let all = self.here + self.elsewhere;
        if 2 * self.elsewhere <= all {
            return None;
        }

        let message = format!(
            "{} sur {all} {} de la région {region}",
            counted(self.elsewhere, "ligne", "lignes"),
            agreed(
                self.elsewhere,
                "est d'une commune qui n'est pas",
                "sont de communes qui ne sont pas"
            )
        );
        let finding = Finding::new(Rule::RegionDeLaLivraison, message).hint(
            "retirez le fichier s'il est d'une autre région, ou corrigez la région de la livraison",
        );
        match self.here == 0 && self.elsewhere >= FEW {
            true => Some(finding.whole_file()),
            false => Some(finding.warning()),
        }
    }
}
