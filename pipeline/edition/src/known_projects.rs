//! What the workbook to fill in begins with: a région's projects, itinerary, funding and other measures, as one state of the store has
//! them. They tell of projects and places, never of patients.

use chrono::Datelike;

use base::error::Result;
use base::table::Value;
use contract::{Contract, TableSchema};
use delivery::Period;
use delivery_form::{FundingSource, Known};
use query::Session;
use query::session::rows;

use crate::manifest;

/// What the store knows of a région before a period is delivered.
///
/// # Errors
/// If the store cannot be read.
pub async fn known(
    session: &Session,
    contract: &Contract,
    region: &str,
    period: &Period,
) -> Result<Known> {
    let (inputs, fictives) = manifest::inputs(session).await?;
    let last = inputs.into_iter().rfind(|input| input.region == region);

    let years = (period.start.year(), period.end.year());
    let of_years = format!("annee BETWEEN {} AND {}", years.0, years.1);
    let mut known = Known {
        producteur: last.map(|input| input.producer).filter(|name| !name.is_empty()),
        fictives,
        ..Known::default()
    };

    let funding = match told_elsewhere(session, region, period).await? {
        // Told by another period, the year's funding would be told twice.
        true => "false".to_owned(),
        false => format!("{} AND {of_years}", of_projects(region)),
    };
    for (name, condition) in [
        ("medicobus", of_projects(region)),
        ("dessertes", of_projects(region)),
        ("projets_cahier", of_projects(region)),
        ("mesures_concurrentes", in_region(region)),
        ("financements", funding),
    ] {
        if let Some(table) = contract.table(name) {
            let rows = read(session, &text(table, &condition)).await?;
            known.rows.insert(name.into(), rows);
        }
    }

    known.earlier_funding = earlier_funding(session, region, years.0).await?;
    Ok(known)
}

/// The rows of a table that meet a condition, with all columns of the contract.
fn text(table: &TableSchema, condition: &str) -> String {
    let columns: Vec<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
    let order: Vec<String> = (1..=columns.len()).map(|n| n.to_string()).collect();

    format!(
        "SELECT {} FROM {} r WHERE {condition} ORDER BY {}",
        columns.join(", "),
        table.name,
        order.join(", ")
    )
}

/// Whether a delivery of the région about another period of these years tells of funding.
async fn told_elsewhere(session: &Session, region: &str, period: &Period) -> Result<bool> {
    let told = read(
        session,
        &format!(
            "SELECT DISTINCT livraison_periode FROM livraisons \
             WHERE livraison_region = {} AND nom_table = 'financements' AND lignes_acceptees > 0 ORDER BY 1",
            quoted(region)
        ),
    )
    .await?;

    let others = told.iter().filter_map(|row| Period::parse(row.first()?.as_text()?).ok());
    let years = (period.start.year()..=period.end.year()).map(i64::from);
    let same_year = |other: &Period| years.clone().any(|year| other.overlaps_year(year));
    Ok(others.filter(|other| other.text != period.text).any(|other| same_year(&other)))
}

/// That a row is of a région's projects.
fn of_projects(region: &str) -> String {
    format!(
        "id_medicobus IN (SELECT id_medicobus FROM medicobus WHERE code_region = {})",
        quoted(region)
    )
}

/// That the territory of a row `r` lies in a région.
fn in_region(region: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM geographie g WHERE g.type_territoire = r.type_territoire \
         AND g.code_territoire = r.code_territoire AND g.code_region = {})",
        quoted(region)
    )
}

/// A text of the command line as a literal of SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Who paid in the last year before `year` of which the store knows anything.
async fn earlier_funding(session: &Session, region: &str, year: i32) -> Result<Vec<FundingSource>> {
    let of_region = format!("{} AND annee < {year}", of_projects(region));
    let rows = read(
        session,
        &format!(
            "SELECT id_medicobus, annee, financeur, nature, CAST(montant AS DOUBLE) FROM financements \
             WHERE {of_region} AND annee = (SELECT max(annee) FROM financements WHERE {of_region}) \
             ORDER BY 1, 2, 3, 4, 5"
        ),
    )
    .await?;

    Ok(rows.iter().filter_map(|row| source(row)).collect())
}

fn source(row: &[Value]) -> Option<FundingSource> {
    match row {
        [
            Value::Text(medicobus),
            Value::Int(annee),
            Value::Text(financeur),
            Value::Text(nature),
            Value::Float(montant),
        ] => Some(FundingSource {
            medicobus: medicobus.clone(),
            annee: *annee,
            financeur: financeur.clone(),
            nature: nature.clone(),
            montant: *montant,
        }),
        _ => None,
    }
}

async fn read(session: &Session, sql: &str) -> Result<Vec<Vec<Value>>> {
    rows(&session.read(sql).await?)
}
