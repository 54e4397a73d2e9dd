//! The board for a screen, as CSV and as JSON.

use std::fmt::Write;

use base::error::{Context, Result};
use base::french::{MISSING, agreed, counted, number};
use chrono::NaiveDate;
use export::csv::plain;
use serde_json::{Value, json};

use super::{Board, BoardLine, State};

/// Columns of the CSV, in order.
const COLUMNS: [&str; 19] = [
    "region",
    "nom_region",
    "periode",
    "medicobus_en_service",
    "etat",
    "recue_le",
    "livraison",
    "version",
    "remplacements",
    "refusee_le",
    "motifs_refus",
    "echeance",
    "jours_retard",
    "tables_absentes",
    "rien_a_declarer",
    "medicobus_sans_consultation",
    "producteur",
    "part_refusee",
    "constats",
];

impl Board {
    /// A line per expected delivery, aligned, with what there is to say below; then how many there are of each state.
    pub fn text(&self) -> String {
        let width = self.lines.iter().map(|l| l.region_name.chars().count()).max().unwrap_or(6);
        let width = width.max(6) + 5;
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:<width$}{:<11}{:>4}  {:<16}{:<12}{:<12}{:>7}",
            "région", "période", "bus", "état", "reçue le", "échéance", "retard"
        );
        for line in &self.lines {
            let late = if line.late > 0 { format!("{} j", line.late) } else { String::new() };
            let _ = writeln!(
                out,
                "{:<3}{:<rest$}{:<11}{:>4}  {:<16}{:<12}{:<12}{late:>7}",
                line.region,
                line.region_name,
                line.period.text,
                line.buses,
                line.state.said(),
                day(line.received),
                day(Some(line.due)),
                rest = width - 3,
            );
            for remark in remarks(line) {
                let _ = writeln!(out, "      {remark}");
            }
        }

        let _ = writeln!(out, "\n{}", self.counts());
        if let Some(absent) = self.absent_said() {
            let codes: Vec<&str> = self.absent.iter().map(|(code, _)| code.as_str()).collect();
            let shows = agreed(codes.len(), "la montre", "les montre");
            let _ = writeln!(out, "{absent} (--region {} {shows})", codes.join(","));
        }
        out
    }

    /// The régions of which nothing is expected, in a sentence; nothing where there are none.
    pub fn absent_said(&self) -> Option<String> {
        let names: Vec<&str> = self.absent.iter().map(|(_, name)| name.as_str()).collect();
        let regions = counted(names.len(), "région", "régions");
        (!names.is_empty()).then(|| {
            format!("{regions} dont rien n'est attendu, faute de projet, d'objectif ou de livraison connus pour ces années : {}", names.join(", "))
        })
    }

    /// How many there are of each state: `12 reçues, 3 manquantes`.
    pub fn counts(&self) -> String {
        let states = [
            (State::Received, "reçue", "reçues"),
            (State::Replaced, "reçue qui remplace", "reçues qui remplacent"),
            (State::Nothing, "sans rien à déclarer", "sans rien à déclarer"),
            (State::Refused, "refusée", "refusées"),
            (State::Missing, "manquante", "manquantes"),
            (State::Expected, "attendue", "attendues"),
        ];
        let count = |state| self.lines.iter().filter(|l| l.state == state).count();
        let said = states.iter().filter_map(|(state, one, many)| match count(*state) {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {many}")),
        });
        let said: Vec<String> = said.collect();
        if said.is_empty() {
            "aucune livraison attendue".into()
        } else {
            said.join(", ")
        }
    }

    /// The board as CSV: ISO dates, lists joined by `; `.
    ///
    /// # Errors
    /// If a row cannot be encoded.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let cells = |line: &BoardLine| {
            let iso = |day: Option<NaiveDate>| day.map(|d| d.to_string()).unwrap_or_default();
            [
                line.region.clone(),
                line.region_name.clone(),
                line.period.text.clone(),
                line.buses.to_string(),
                line.state.said().to_owned(),
                iso(line.received),
                line.told_by.clone().unwrap_or_default(),
                line.version.map(|v| v.to_string()).unwrap_or_default(),
                line.replacements.to_string(),
                iso(line.refused),
                line.why.join("; "),
                line.due.to_string(),
                line.late.to_string(),
                line.missing_tables.join("; "),
                line.nothing.join("; "),
                line.silent.join("; "),
                line.producer.clone(),
                line.refused_share.map(|share| format!("{share:.1}")).unwrap_or_default(),
                line.findings.iter().map(|f| f.count).sum::<u64>().to_string(),
            ]
        };
        plain(COLUMNS, self.lines.iter().map(cells))
    }

    /// The board as one JSON document.
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub fn json(&self) -> Result<Vec<u8>> {
        let line = |line: &BoardLine| -> Value {
            json!({
                "region": line.region,
                "nom_region": line.region_name,
                "periode": line.period.text,
                "medicobus_en_service": line.buses,
                "etat": line.state.said(),
                "recue_le": line.received,
                "livraison": line.told_by,
                "version": line.version,
                "remplacements": line.replacements,
                "refusee_le": line.refused,
                "motifs_refus": line.why,
                "echeance": line.due,
                "jours_retard": line.late,
                "tables_absentes": line.missing_tables,
                "rien_a_declarer": line.nothing,
                "medicobus_sans_consultation": line.silent,
                "producteur": line.producer,
                "part_refusee": line.refused_share.map(|share| (share * 10.0).round() / 10.0),
                "constats": line.findings,
            })
        };
        let lines: Vec<Value> = self.lines.iter().map(line).collect();
        let document = json!({
            "jour": self.today,
            "attendus": lines,
            "regions_absentes": self.absent.iter().map(|(code, _)| code).collect::<Vec<_>>(),
        });
        let mut text = serde_json::to_vec_pretty(&document).access(|| "tableau de bord".into())?;
        text.push(b'\n');
        Ok(text)
    }
}

/// What a line has no column for.
pub fn remarks(line: &BoardLine) -> Vec<String> {
    let list = |title: &str, names: &[String]| {
        (!names.is_empty()).then(|| format!("{title} : {}", names.join(", ")))
    };
    let refused = line
        .refused
        .map(|on| format!("dernier envoi refusé le {}{}", day(Some(on)), line.why_refused()));
    let replaced = (line.replacements > 0)
        .then(|| format!("remplacements : {}", number(line.replacements as f64, 0)));

    let remarks = [
        refused,
        replaced,
        line.told_by.as_ref().map(|period| format!("dans la livraison {period}")),
        list(
            agreed(line.missing_tables.len(), "table absente", "tables absentes"),
            &line.missing_tables,
        ),
        list("médicobus sans consultation", &line.silent),
        list("rien à déclarer", &line.nothing),
    ];
    remarks.into_iter().flatten().collect()
}

fn day(day: Option<NaiveDate>) -> String {
    day.map_or(MISSING.to_string(), |day| day.format("%d/%m/%Y").to_string())
}
