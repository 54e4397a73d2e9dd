//! The lines of a sheet, brought to the communes of today: one value each, or what its lines say where they do not agree.

use std::collections::{BTreeMap, BTreeSet};

use super::super::columns::{ZoningColumns, contradicts};
use super::super::communes::Communes;
use super::super::facts::{ColumnFact, FactValue, ZONES, missing};
use super::super::sheet::{ZoningSheet, commune_code, may_be_code};
use super::dated::Dated;
use super::line_filter::{LineFilter, LineScope};
use super::table::{Ambiguous, Zoning, ZoningReport};
use base::error::{Error, Result};

/// What a line says of a commune, for one vintage.
struct Part {
    line: usize,
    code: String,
    weight: Option<f64>,
    facts: LineFacts,
    source: String,
}

/// The facts of a line, by their rank.
#[derive(Debug, Default)]
struct LineFacts {
    values: [Option<FactValue>; ColumnFact::ALL.len()],
    tvs_name: Option<String>,
}

/// Reads every line of a sheet.
///
/// # Errors
/// If a value is neither a level, a zone nor a number, or if no line is of a known commune or of the vintage asked for.
pub(super) fn read_sheet(
    name: &str,
    sheet: &ZoningSheet,
    columns: &ZoningColumns,
    dated: Dated,
    communes: &Communes,
) -> Result<ZoningReport> {
    let mut report = ZoningReport {
        columns: read_columns(sheet, columns),
        ..ZoningReport::default()
    };
    let source = format!("{} ({name})", producer(columns));
    let filter = LineFilter::of(sheet, columns);

    let mut groups: BTreeMap<(String, i64), Vec<Part>> = BTreeMap::new();
    for (line, row) in &sheet.rows {
        let written = cell(row, Some(columns.code));
        let Some((code, current)) = commune_of(*line, written, communes, &mut report) else {
            continue;
        };
        let last_year = match filter.scope(sheet, *line, row)? {
            LineScope::Kept { last_year } => last_year,
            left => {
                report.leave(left);
                continue;
            }
        };

        let mut parts = parts_of(name, *line, row, columns, dated)?;
        if parts.is_empty() {
            report.other_vintage += 1;
            continue;
        }
        parts.retain(|vintage, _| last_year.is_none_or(|last| last >= *vintage));
        if parts.is_empty() {
            report.leave(LineScope::NotInForce);
            continue;
        }

        report.carried += usize::from(code != current);
        for (vintage, facts) in parts {
            let own = cell(row, columns.source);
            let part = Part {
                line: *line,
                code: code.clone(),
                weight: inhabitants(cell(row, columns.weight)),
                facts,
                source: if own.is_empty() { source.as_str() } else { own }.to_owned(),
            };
            groups.entry((current.clone(), vintage)).or_default().push(part);
        }
    }

    merge_all(groups, communes, &mut report);
    if report.zonings.is_empty() {
        return Err(nothing_left(name, &report, dated));
    }
    Ok(report)
}

/// The columns that are read, as a message shows them.
fn read_columns(sheet: &ZoningSheet, columns: &ZoningColumns) -> Vec<String> {
    let shown = columns
        .facts
        .iter()
        .map(|f| format!("{} : « {} »", f.fact.name(), sheet.labels[f.column]));
    let mut shown: Vec<String> = shown.collect();
    // A composition stands for each vintage.
    shown.dedup();
    shown
}

/// The code of a line and the commune of today, counted if there is none.
fn commune_of(
    line: usize,
    written: &str,
    communes: &Communes,
    report: &mut ZoningReport,
) -> Option<(String, String)> {
    let Some(code) = commune_code(written) else {
        report.without_code += 1;
        if may_be_code(written) {
            report.unread_codes.push(format!("« {written} » (ligne {line})"));
        }
        return None;
    };
    report.rows_read += 1;

    let current = if communes.exists(&code) {
        Some(code.as_str())
    } else {
        communes.successor(&code)
    };
    let Some(current) = current.map(str::to_owned) else {
        report.unknown.push(code);
        return None;
    };
    Some((code, current))
}

/// Why a sheet gives nothing.
fn nothing_left(name: &str, report: &ZoningReport, dated: Dated) -> Error {
    let (others, past) = (report.other_profession, report.not_in_force);
    if others + past > 0 {
        return Error::refused(format!(
            "« {name} » : aucune ligne des médecins généralistes en vigueur ({others} d'autres professions, {past} qui ne sont plus en vigueur)"
        ))
        .hint("donner le zonage des médecins généralistes ; --millesime AAAA choisit l'année où il est en vigueur");
    }

    match dated.only {
        Some(year) => Error::usage(format!("« {name} » n'a rien du millésime {year}")),
        None => Error::refused(format!("« {name} » ne contient aucune commune connue")),
    }
}

fn producer(columns: &ZoningColumns) -> &'static str {
    // The TVS beside a zoning make no other file of it.
    let facts: BTreeSet<ColumnFact> =
        columns.facts.iter().map(|f| f.fact).filter(|f| *f != ColumnFact::Tvs).collect();
    match facts.into_iter().collect::<Vec<_>>()[..] {
        [] => "DREES, composition des territoires de vie-santé",
        [ColumnFact::Density] => "INSEE, grille communale de densité",
        [ColumnFact::Zoning] => "ARS, zonage des médecins généralistes",
        [ColumnFact::Apl] => "DREES, APL aux médecins généralistes",
        _ => "zonages",
    }
}

fn cell(row: &[String], rank: Option<usize>) -> &str {
    rank.and_then(|r| row.get(r)).map_or("", |c| c.trim())
}

/// `12 345,6` as a number.
fn inhabitants(text: &str) -> Option<f64> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    bare.replace(',', ".").parse().ok()
}

/// What a line says, by vintage; nothing if all of it is of another vintage than the one asked for.
fn parts_of(
    name: &str,
    line: usize,
    row: &[String],
    columns: &ZoningColumns,
    dated: Dated,
) -> Result<BTreeMap<i64, LineFacts>> {
    let wrong = |what: &str, value: &str| {
        Error::refused(format!("« {name} », ligne {line} : {what} « {value} » illisible"))
    };
    let mut parts: BTreeMap<i64, LineFacts> = BTreeMap::new();

    for column in &columns.facts {
        let year = cell(row, columns.vintage);
        let vintage = dated.vintage(column, year).ok_or_else(|| {
            wrong("millésime", year).hint(
                "écrire une seule année, AAAA ; ou ôter cette colonne et donner l'année par --millesime",
            )
        })?;
        if dated.only.is_some_and(|only| only != vintage) {
            continue;
        }

        let text = cell(row, Some(column.column));
        let fact = column.fact;
        let value = match fact {
            ColumnFact::Tvs => fact.read(&whole_code(text, cell(row, Some(columns.code)))),
            _ => fact.read(text),
        }
        .map_err(|_| wrong(fact.name(), text).hint(expected(fact)))?;

        let (label, facts) = (cell(row, column.label), parts.entry(vintage).or_default());
        let level = value.as_ref().and_then(FactValue::number);
        match fact {
            ColumnFact::Density if level.is_some_and(|level| contradicts(level, label)) => {
                return Err(Error::refused(format!(
                    "« {name} », ligne {line} : densité « {text} » mais libellé « {label} »"
                ))
                .hint(
                    "la colonne n'est pas celle des sept niveaux : nommer la bonne avec --colonne",
                ));
            }
            ColumnFact::Tvs if !missing(label) => facts.tvs_name = Some(label.to_owned()),
            _ => {}
        }
        facts.values[fact.rank()] = value;
    }

    Ok(parts)
}

/// What a cell of a fact should have held.
fn expected(fact: ColumnFact) -> &'static str {
    match fact {
        ColumnFact::Zoning => {
            "écrire ZIP, ZAC, ZAR ou HZ : ce libellé peut dire plusieurs zones, ou aucune"
        }
        ColumnFact::Density => {
            "un niveau de 1 à 7 est attendu ; une autre colonne se nomme avec --colonne"
        }
        ColumnFact::Apl => {
            "un nombre de consultations par an et habitant, de 0 à 99,99, ou vide ; une autre colonne se nomme avec --colonne"
        }
        ColumnFact::Tvs => {
            "un code est attendu, comme 61006 ; une autre colonne se nomme avec --colonne, et « zonage=NOM » lit le zonage seul"
        }
    }
}

/// The code of a TVS as it was: what took the zero in front of the commune's code (`written`) took it from this one too.
fn whole_code(text: &str, written: &str) -> String {
    let taken = commune_code(written).is_some_and(|code| code.starts_with('0'))
        && !written.starts_with('0');
    let short = matches!(text.len(), 3 | 4) && text.bytes().all(|b| b.is_ascii_digit());
    match taken && short {
        true => format!("0{text}"),
        false => text.to_owned(),
    }
}

fn merge_all(
    groups: BTreeMap<(String, i64), Vec<Part>>,
    communes: &Communes,
    report: &mut ZoningReport,
) {
    let [mut kept, mut unsure, mut replaced] = [(); 3].map(|()| BTreeSet::new());

    for ((code_commune, vintage), mut parts) in groups {
        // A commune's own row is preferred to one carried from a commune that it absorbed.
        if parts.iter().any(|part| part.code == code_commune) {
            replaced.extend(parts.iter().filter(|p| p.code != code_commune).map(|p| p.line));
            parts.retain(|part| part.code == code_commune);
        }

        let mut facts = LineFacts::default();
        let mut agreed = true;
        for fact in ColumnFact::ALL {
            match merge(fact, &code_commune, &parts, communes) {
                Ok(value) => facts.values[fact.rank()] = value,
                Err(readings) => {
                    agreed = false;
                    let (code_commune, readings) =
                        (code_commune.clone(), format!("{} {readings}", fact.name()));
                    report.ambiguous.push(Ambiguous { code_commune, vintage, readings });
                }
            }
        }

        let lines = parts.iter().map(|part| part.line);
        if agreed {
            kept.extend(lines)
        } else {
            unsure.extend(lines)
        }

        facts.tvs_name = parts.iter().find_map(|part| part.facts.tvs_name.clone());
        let source = parts.into_iter().next().map(|part| part.source).unwrap_or_default();
        report.zonings.push(zoning(code_commune, vintage, facts, source));
    }

    report.ambiguous_lines = unsure.len();
    report.kept = kept.difference(&unsure).count();
    report.superseded = replaced
        .iter()
        .filter(|line| !kept.contains(line) && !unsure.contains(line))
        .count();
}

fn zoning(code_commune: String, vintage: i64, facts: LineFacts, source: String) -> Zoning {
    let number = |fact: ColumnFact| facts.values[fact.rank()].as_ref().and_then(FactValue::number);
    let tvs = facts.values[ColumnFact::Tvs.rank()].as_ref().and_then(FactValue::code);

    Zoning {
        code_commune,
        vintage,
        density7: number(ColumnFact::Density),
        zonage_mg: number(ColumnFact::Zoning).map(|rank| ZONES[rank as usize].to_owned()),
        apl_hundredths: number(ColumnFact::Apl),
        code_tvs: tvs.map(str::to_owned),
        nom_tvs: facts.tvs_name.clone().filter(|_| tvs.is_some()),
        source,
    }
}

/// One value of a commune's lines: the one they share, or the APL that their inhabitants weigh; else what each says.
fn merge(
    fact: ColumnFact,
    code: &str,
    parts: &[Part],
    communes: &Communes,
) -> std::result::Result<Option<FactValue>, String> {
    let value = |part: &Part| part.facts.values[fact.rank()].clone();
    let first = parts.first().and_then(value);
    let carried = parts.iter().any(|part| part.code != code);
    let present: BTreeSet<&str> = parts.iter().map(|part| part.code.as_str()).collect();

    // A city is not what some of its arrondissements are; the communes that it absorbed long ago are no part of them.
    let arrondissement = match code {
        "75056" => "751",
        "69123" => "6938",
        "13055" => "132",
        _ => "",
    };
    let lacking = if carried && !arrondissement.is_empty() {
        let of_city =
            |(part, current): &(&str, &str)| *current == code && part.starts_with(arrondissement);
        communes
            .successors()
            .filter(of_city)
            .filter(|(part, _)| !present.contains(part))
            .count()
    } else {
        0
    };
    if lacking > 0 && parts.iter().any(|part| value(part).is_some()) {
        return Err(format!("sans {lacking} de ses arrondissements"));
    }
    if parts.iter().all(|part| value(part) == first) {
        return Ok(first);
    }

    weighted(fact, parts).map(|n| Some(FactValue::Number(n))).ok_or_else(|| {
        let mut said: Vec<String> = Vec::new();
        for part in parts {
            let shown = format!("{} (", fact.show(value(part).as_ref()));
            if !said.iter().any(|text| text.starts_with(&shown)) {
                said.push(format!("{shown}ligne {})", part.line));
            }
        }
        said.join(" ou ")
    })
}

/// As DREES has it: the mean of the parts' APL, by their inhabitants. One code twice with the same inhabitants is no split.
fn weighted(fact: ColumnFact, parts: &[Part]) -> Option<i64> {
    let repeated =
        |a: usize, b: usize| parts[a].code == parts[b].code && parts[a].weight == parts[b].weight;
    if fact != ColumnFact::Apl || (0..parts.len()).any(|a| (0..a).any(|b| repeated(a, b))) {
        return None;
    }

    let [mut sum, mut inhabitants] = [0.0; 2];
    for part in parts {
        let weight = part.weight.filter(|w| *w > 0.0 && w.is_finite())?;
        sum += weight * part.facts.values[fact.rank()].as_ref()?.number()? as f64;
        inhabitants += weight;
    }
    Some((sum / inhabitants).round() as i64)
}
