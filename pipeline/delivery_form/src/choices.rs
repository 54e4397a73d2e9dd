//! Which values a column offers in its drop-down list.

use chrono::{Datelike, NaiveDate};

use contract::{Field, Form, TableSchema};
use delivery::Period;

use crate::DeliveryForm;
use crate::lists::Lists;
use crate::table_sheet::FIRST_ROW;

/// A list of values, as a formula.
pub(crate) struct Choices {
    pub(crate) formula: String,
    /// Whether a value outside of it is an error; it may be right otherwise, and a warning is enough.
    pub(crate) closed: bool,
    /// The values where they are few enough to be told, in one text.
    pub(crate) told: Option<String>,
}

impl Choices {
    fn closed(title: String, values: &[String], lists: &mut Lists) -> Self {
        Self {
            formula: lists.range(title, values),
            closed: true,
            told: Some(values.join(", ")),
        }
    }

    fn suggested(formula: String) -> Self {
        Self { formula, closed: false, told: None }
    }
}

/// The values that a column offers, if they are known beforehand.
pub(crate) fn of(
    form: &DeliveryForm<'_>,
    table: &TableSchema,
    field: &Field,
    lists: &mut Lists,
) -> Option<Choices> {
    let title = format!("{}.{}", table.name, field.name);

    if let Some(values) = &field.constraints.values {
        let mut values = values.clone();
        if field.extension.form == Some(Form::CodeRegion) {
            values.retain(|code| code == form.region || code == "FR");
        }
        return Some(Choices::closed(title, &values, lists));
    }

    match field.extension.form {
        Some(Form::CodeCommune) => Some(Choices::suggested(lists.communes())),
        Some(Form::CodeDepartement) => {
            Some(Choices::suggested(lists.range(title, &departements(form))))
        }
        Some(Form::Trimestre) => {
            let quarters =
                steps(form.period, 3, |day| format!("{}-T{}", day.year(), day.month0() / 3 + 1));
            Some(Choices::closed(title, &quarters, lists))
        }
        Some(Form::Mois) => {
            let months = steps(form.period, 1, |day| day.format("%Y-%m").to_string());
            Some(Choices::closed(title, &months, lists))
        }
        _ => projects(form, table, field).map(Choices::suggested),
    }
}

/// The départements of the région.
fn departements(form: &DeliveryForm<'_>) -> Vec<String> {
    let of_region = form.communes.iter().filter(|c| c.region == form.region);
    let mut codes: Vec<String> = of_region.map(|c| c.departement.clone()).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// The steps of `months` months that a period touches, by their names.
fn steps(period: &Period, months: u32, name: impl Fn(NaiveDate) -> String) -> Vec<String> {
    let mut names = Vec::new();
    for day in period.start.iter_days().take_while(|day| *day <= period.end) {
        if day.day() == 1 && day.month0() % months == 0 || day == period.start {
            names.push(name(day));
        }
    }
    names
}

/// The cells of the sheet `medicobus` that a column refers to.
fn projects(form: &DeliveryForm<'_>, table: &TableSchema, field: &Field) -> Option<String> {
    let key = table.foreign_keys.iter().find(|k| k.fields.contains(&field.name))?;
    let target = form.contract.table(&key.reference.resource)?;
    let column = target.position(key.reference.fields.first()?)?;
    let letter = rust_xlsxwriter::utility::column_number_to_name(u16::try_from(column).ok()?);

    // More rows than a région has projects, few enough to be scrolled.
    let (first, last) = (FIRST_ROW + 1, FIRST_ROW + 500);
    Some(format!("={}!${letter}${first}:${letter}${last}", target.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_cut_into_the_steps_that_it_touches() {
        let quarters = |text: &str| {
            let period = Period::parse(text).unwrap();
            steps(&period, 3, |d| format!("{}-T{}", d.year(), d.month0() / 3 + 1)).join(" ")
        };
        assert_eq!(quarters("2025"), "2025-T1 2025-T2 2025-T3 2025-T4");
        assert_eq!(quarters("2025-S2"), "2025-T3 2025-T4");
        assert_eq!(quarters("2025-05"), "2025-T2");
        assert_eq!(quarters("2024-2025").split(' ').count(), 8);

        let months =
            |text: &str| steps(&Period::parse(text).unwrap(), 1, |d| d.format("%Y-%m").to_string());
        assert_eq!(months("2026-T1"), ["2026-01", "2026-02", "2026-03"]);
        assert_eq!(months("2026").len(), 12);
    }
}
