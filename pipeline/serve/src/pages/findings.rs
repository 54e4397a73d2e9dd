//! What is said of a delivery: its files, row by row accounted for, its findings by rule, what changed since the earlier one.

use delivery::{Comparison, FileReport, FindingChange, RowChange, Severity, SummaryLine, Verdict};
use geography::Communes;
use serde_json::{Value, json};

use base::french::{agreed, capitalized, number};
use store::ingest::Ingested;

/// What the commands call by their options, and these pages by their fields.
const FIELDS: [(&str, &str); 5] = [
    (
        "relancez avec --remplacer-partiellement",
        "cochez « Elle remplace aussi une livraison qui contient plus » au bas de cette page",
    ),
    (
        "relancez avec --revenir",
        "cochez « Elle revient à la place de celle qui l’avait remplacée » au bas de cette page",
    ),
    ("donnez --region et --periode", "précisez-les au bas de cette page"),
    ("donnez --region", "précisez-la au bas de cette page"),
    ("donnez --periode", "précisez-la au bas de cette page"),
];

/// Words of the commands, in those of a page.
fn here(text: &str) -> String {
    let told = |text: String, (option, field): &(&str, &str)| text.replace(option, field);
    FIELDS.iter().fold(text.to_owned(), told)
}

/// The rows that a delivery loses by being loaded, table by table; none where it loses none.
fn losses(one: &Ingested) -> Option<String> {
    let (read, _, refused) = one.report.totals();
    let losses = one.report.losses();
    if losses.is_empty() || one.report.verdict != Verdict::Accepted {
        return None;
    }

    let verb = match one.outcome {
        Some(_) => agreed(refused, "a été écartée", "ont été écartées"),
        None => agreed(refused, "sera écartée", "seront écartées"),
    };
    let tables = losses
        .iter()
        .map(|(table, lost, of)| format!("{table} {} sur {}", count(*lost), count(*of)));
    Some(format!(
        "{} {} sur {} {verb} : {}.",
        count(refused),
        agreed(refused, "ligne", "lignes"),
        count(read),
        tables.collect::<Vec<_>>().join(", ")
    ))
}

/// A delivery, as its page says it; `tolerance` is the share of refused rows (0–1) that is let pass.
pub(crate) fn told(one: &Ingested, communes: &Communes, tolerance: f64) -> Value {
    let report = &one.report;
    let header = &report.header;
    let named = report.names_somebody();
    let why = match &report.verdict {
        Verdict::Accepted => Vec::new(),
        Verdict::Refused { why } => why.iter().map(|why| here(why)).collect(),
    };

    json!({
        "region": header.region,
        "nom_region": communes.region_name(&header.region),
        "periode": header.periode.text,
        "producteur": if named { "" } else { &header.producteur },
        "motif": header.motif.as_ref().filter(|_| !named),
        "fictives": report.fictives,
        "motifs": why,
        "pertes": losses(one),
        "au_dessus": report.above(tolerance),
        "fichiers": report.files.iter().map(file).collect::<Vec<_>>(),
        "constats": groups(&report.summary),
        "comparaison": comparison(&one.comparison),
    })
}

fn count(count: u64) -> String {
    number(count as f64, 0)
}

fn named(file: &str, sheet: Option<&str>) -> String {
    match sheet {
        Some(sheet) => format!("{file} [{sheet}]"),
        None => file.to_owned(),
    }
}

fn file(file: &FileReport) -> Value {
    json!({
        "nom": named(&file.file, file.sheet.as_deref()),
        "table": file.table.as_deref().unwrap_or("non reconnu"),
        "ecriture": file.dialect.as_ref().map(|dialect| dialect.said()),
        "lues": count(file.read),
        "acceptees": count(file.accepted),
        "refusees": count(file.refused),
    })
}

/// The findings by what they lead to, what refuses the delivery first.
fn groups(summary: &[SummaryLine]) -> Vec<Value> {
    let of = |one: Severity| -> Vec<Value> {
        summary.iter().filter(|line| line.severity == one).map(finding).collect()
    };

    [
        (Severity::Fichier, "Ce qui refuse la livraison"),
        (Severity::Ligne, "Lignes écartées"),
        (Severity::Avertissement, "Avertissements : rien n’est écarté"),
    ]
    .into_iter()
    .map(|(one, title)| (one, title, of(one)))
    .filter(|(.., lines)| !lines.is_empty())
    .map(|(one, title, lines)| {
        json!({ "titre": title, "ouvert": one != Severity::Avertissement, "lignes": lines })
    })
    .collect()
}

fn finding(line: &SummaryLine) -> Value {
    json!({
        "nombre": count(line.count),
        "fichier": named(&line.file, line.sheet.as_deref()),
        "champ": line.field,
        "colonne": line.column,
        "plusieurs": line.lines.several(),
        "lignes": line.lines.said(),
        "message": capitalized(&here(&line.said())),
        "conseil": capitalized(&here(&line.hint)),
    })
}

/// Lines under the words that open them; nothing when there is nothing to say.
fn comparison(comparison: &Comparison) -> Value {
    let said = |changes: &mut dyn Iterator<Item = &FindingChange>| {
        changes.map(FindingChange::said).collect::<Vec<_>>()
    };
    let mut parts = Vec::new();
    if comparison.against.is_some() {
        parts.push(("Constats résolus", said(&mut comparison.solved())));
        parts.push(("Constats nouveaux", said(&mut comparison.new_findings())));
        parts.push(("Constats qui restent", said(&mut comparison.still_there())));
        parts.push(("Lignes acceptées", comparison.rows.iter().map(RowChange::said).collect()));
    }
    parts.push(("Hors de l’ordinaire", comparison.jumps.clone()));
    parts.retain(|(_, lines)| !lines.is_empty());

    let parts = parts
        .into_iter()
        .map(|(title, lines)| json!({ "titre": title, "lignes": lines }));
    json!({
        "contre": comparison.against,
        "parties": parts.collect::<Vec<_>>(),
    })
}
