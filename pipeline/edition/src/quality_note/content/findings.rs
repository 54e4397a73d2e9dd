//! What the check found, by rule.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use base::error::Result;
use base::french::typography;
use contract::{Rule, Severity};
use delivery::SummaryLine;
use export::csv::plain;
use report::content::{Block, PrintedTable};

use super::printed::{printed_table, some_of, whole};

/// Rules shown of each effect, the most broken first.
const MAX_RULES: usize = 8;

/// What a finding does to the delivery: heading of its rules, and word of the attached table.
const EFFECTS: [(Severity, &str, &str); 3] = [
    (Severity::Fichier, "Refusent la livraison", "livraison refusée"),
    (Severity::Ligne, "Refusent la ligne", "ligne refusée"),
    (Severity::Avertissement, "Avertissent", "avertissement"),
];

/// Findings by rule, gravest first, then the most frequent, under a heading row for each effect.
pub(super) fn table(summary: &[SummaryLine]) -> Block {
    let mut by_rule: BTreeMap<(Severity, Rule), (u64, BTreeSet<String>)> = BTreeMap::new();
    for line in summary {
        let (count, columns) = by_rule.entry((line.severity, line.rule)).or_default();
        *count += line.count;
        columns.extend(line.field.clone());
    }

    let mut rows = Vec::new();
    let mut total_rows = Vec::new();
    for (severity, heading, _) in EFFECTS {
        let of_effect = by_rule.iter().filter(|((s, _), _)| *s == severity);
        let mut rules: Vec<_> = of_effect
            .map(|((_, rule), (count, columns))| (Reverse(*count), *rule, columns))
            .collect();
        rules.sort();
        if rules.is_empty() {
            continue;
        }

        let total = |rules: &[(Reverse<u64>, _, _)]| whole(rules.iter().map(|r| r.0.0).sum());
        total_rows.push(rows.len());
        rows.push(vec![heading.into(), String::new(), total(&rules)]);

        // The note holds on two pages; the attached table and the quarantine have every rule.
        let others = rules.split_off(rules.len().min(MAX_RULES));
        rows.extend(rules.into_iter().map(|(count, rule, columns)| {
            vec![typography(rule.title()), some_of(columns), whole(count.0)]
        }));
        if !others.is_empty() {
            let title = format!("Autres règles ({})", others.len());
            rows.push(vec![title, "voir quarantaine.csv".into(), total(&others)]);
        }
    }

    let columns = [
        ("Ce que la règle demande".to_string(), true),
        ("Colonnes".to_string(), true),
        ("Constats".to_string(), false),
    ];
    let notes = [
        "Une ligne peut manquer à plusieurs règles : les constats ne s'additionnent pas en lignes."
            .to_string(),
    ];
    Block::Table(PrintedTable {
        total_rows,
        ..printed_table("constats", "Constats par règle", &columns, rows, &notes)
    })
}

/// The findings as the attached CSV.
pub(super) fn csv(summary: &[SummaryLine]) -> Result<Vec<u8>> {
    let header = [
        "fichier",
        "feuille",
        "champ",
        "regle",
        "effet",
        "constats",
        "premiere_ligne",
        "lignes",
        "conseil",
    ];
    let cells = |l: &SummaryLine| {
        let effect = EFFECTS.iter().find(|(severity, ..)| *severity == l.severity);
        [
            l.file.clone(),
            l.sheet.clone().unwrap_or_default(),
            l.field.clone().unwrap_or_default(),
            l.rule.code().to_string(),
            effect.map_or("", |(_, _, word)| *word).to_string(),
            l.count.to_string(),
            l.lines.first().map(|n| n.to_string()).unwrap_or_default(),
            l.lines.said(),
            l.hint.clone(),
        ]
    };

    plain(header, summary.iter().map(cells))
}
