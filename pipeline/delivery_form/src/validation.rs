//! What a cell admits, and what it says to who types in it.

use chrono::NaiveDate;
use contract::{Field, FieldType, Form, TableSchema};
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DataValidationRule, ExcelDateTime, Formula, XlsxError,
};
use serde_json::Value;

use crate::DeliveryForm;
use crate::choices::{self, Choices};
use crate::lists::Lists;

/// Longest title of a message in Excel.
const TITLE: usize = 32;
/// Longest message in Excel.
const MESSAGE: usize = 255;

/// What is admitted, and the two sentences of the error: what is expected, how to write it.
struct Admitted {
    rule: DataValidation,
    title: &'static str,
    message: String,
    closed: bool,
}

/// The rule of a column, with its messages.
pub(crate) fn of(
    form: &DeliveryForm<'_>,
    table: &TableSchema,
    field: &Field,
    lists: &mut Lists,
) -> Result<DataValidation, XlsxError> {
    let input = help(field);
    let told = |rule: DataValidation| {
        rule.set_input_title(cut(&field.title, TITLE))?
            .set_input_message(cut(&input, MESSAGE))
    };

    let admitted = match choices::of(form, table, field, lists) {
        Some(choices) => Some(listed(field, &choices)),
        None => written(form, table, field)?,
    };
    let Some(admitted) = admitted else {
        return told(DataValidation::new());
    };

    let style = match admitted.closed {
        true => DataValidationErrorStyle::Stop,
        false => DataValidationErrorStyle::Warning,
    };
    told(admitted.rule)?
        .set_error_style(style)
        .set_error_title(cut(admitted.title, TITLE))?
        .set_error_message(cut(&admitted.message, MESSAGE))
}

/// What a cell says when it is entered.
pub(crate) fn help(field: &Field) -> String {
    let required = if field.constraints.required { "Obligatoire. " } else { "" };
    let example = field.example.as_deref().map(|e| format!(" Exemple : {}.", shown(field, e)));
    format!("{required}{}{}", field.description, example.unwrap_or_default())
}

/// An example as one types it in a French spreadsheet.
fn shown(field: &Field, example: &str) -> String {
    match field.kind {
        FieldType::Date => day(example).map_or(example.into(), french),
        FieldType::Number => example.replace('.', ","),
        _ => example.into(),
    }
}

/// A value out of a list.
fn listed(field: &Field, choices: &Choices) -> Admitted {
    let rule = DataValidation::new().allow_list_formula(Formula::new(&choices.formula));
    let message = match (&choices.told, field.extension.form) {
        (Some(told), _) => format!("Choisissez une valeur de la liste : {told}."),
        (None, Some(Form::CodeCommune)) => {
            "Ce code n'est pas celui d'une commune de la région. Vérifiez que c'est le code Insee et non le code postal, avec ses zéros de tête.".into()
        }
        (None, Some(Form::CodeDepartement)) => {
            "Ce code n'est pas celui d'un département de la région.".into()
        }
        (None, _) => {
            "Ce projet n'est pas dans la feuille medicobus : ajoutez-le d'abord, ou corrigez son identifiant.".into()
        }
    };

    Admitted {
        rule,
        title: if choices.closed { "Valeur hors liste" } else { "Valeur inattendue" },
        message,
        closed: choices.closed,
    }
}

/// A value that is typed: a day, an hour, a number.
fn written(
    form: &DeliveryForm<'_>,
    table: &TableSchema,
    field: &Field,
) -> Result<Option<Admitted>, XlsxError> {
    let dated = table.extension.period_field.as_deref() == Some(&field.name);
    let admitted = |title, rule, message| Ok(Some(Admitted { rule, title, message, closed: true }));

    match (field.kind, field.extension.form) {
        (FieldType::Date, _) => {
            let (rule, message) = days(form, field, dated)?;
            admitted("Date attendue", rule, message)
        }
        (FieldType::Integer, _) => {
            let (rule, message) = whole(form, field, dated);
            admitted("Nombre entier attendu", rule, message)
        }
        (FieldType::Number, _) => {
            let (rule, message) = decimal(field);
            admitted("Nombre attendu", rule, message)
        }
        (FieldType::String, Some(Form::Heure)) => {
            let (first, last) =
                (ExcelDateTime::from_hms(0, 0, 0)?, ExcelDateTime::from_hms(23, 59, 59)?);
            let rule = DataValidation::new().allow_time(DataValidationRule::Between(first, last));
            admitted("Heure attendue", rule, "Écrivez une heure, par exemple 09:30.".into())
        }
        _ => Ok(None),
    }
}

/// A day; that of the period where it dates the row.
fn days(
    form: &DeliveryForm<'_>,
    field: &Field,
    dated: bool,
) -> Result<(DataValidation, String), XlsxError> {
    let limit = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_str).and_then(day);
    let (mut first, mut last) =
        (limit(&field.constraints.minimum), limit(&field.constraints.maximum));
    if dated {
        first = Some(first.map_or(form.period.start, |day| day.max(form.period.start)));
        last = Some(form.period.end);
    }

    // Excel has no day before 1900.
    let first = first.or(NaiveDate::from_ymd_opt(1900, 1, 1)).unwrap_or(form.period.start);
    let rule = match last {
        Some(last) => DataValidationRule::Between(excel(first)?, excel(last)?),
        None => DataValidationRule::GreaterThanOrEqualTo(excel(first)?),
    };
    let bounds = match last {
        Some(last) => format!("du {} au {}", french(first), french(last)),
        None => format!("à partir du {}", french(first)),
    };

    let message = format!("Écrivez une date, jj/mm/aaaa, {bounds}.");
    Ok((DataValidation::new().allow_date(rule), message))
}

/// A whole number; a year of the period where it dates the row.
fn whole(form: &DeliveryForm<'_>, field: &Field, dated: bool) -> (DataValidation, String) {
    let limit = |bound: &Option<Value>| {
        bound.as_ref().and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok())
    };
    let (mut low, mut high) =
        (limit(&field.constraints.minimum), limit(&field.constraints.maximum));
    if dated {
        low = Some(chrono::Datelike::year(&form.period.start));
        high = Some(chrono::Datelike::year(&form.period.end));
    }

    let (low, high) = (low.unwrap_or(i32::MIN), high.unwrap_or(i32::MAX));
    let rule = DataValidationRule::Between(low, high);
    let message = bounded(
        "un nombre entier",
        (low > i32::MIN).then_some(low),
        (high < i32::MAX).then_some(high),
    );
    (DataValidation::new().allow_whole_number(rule), message)
}

fn decimal(field: &Field) -> (DataValidation, String) {
    let limit = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_f64);
    let (low, high) = (limit(&field.constraints.minimum), limit(&field.constraints.maximum));

    // The digits that the store holds are a bound too.
    let digits = field.extension.precision.unwrap_or(18) as i32
        - i32::from(field.extension.scale.unwrap_or(2));
    let most = 10f64.powi(digits.clamp(1, 15)) - 1.0;
    let rule = DataValidationRule::Between(low.unwrap_or(-most), high.unwrap_or(most));

    (
        DataValidation::new().allow_decimal_number(rule),
        bounded("un nombre", low, high),
    )
}

fn bounded<T: std::fmt::Display + PartialEq>(
    what: &str,
    low: Option<T>,
    high: Option<T>,
) -> String {
    match (low, high) {
        (Some(low), Some(high)) if low == high => format!("Écrivez {low}."),
        (Some(low), Some(high)) => format!("Écrivez {what}, de {low} à {high}, sans unité."),
        (Some(low), None) => format!("Écrivez {what}, au moins {low}, sans unité."),
        (None, Some(high)) => format!("Écrivez {what}, au plus {high}, sans unité."),
        (None, None) => format!("Écrivez {what}, sans unité."),
    }
}

/// A day of the contract.
fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

fn french(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// A day as the spreadsheet has it.
pub(crate) fn excel(day: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::parse_from_str(&day.format("%Y-%m-%d").to_string())
}

/// A text within a length, cut between words.
fn cut(text: &str, length: usize) -> String {
    // Excel counts UTF-16 units.
    if text.encode_utf16().count() <= length {
        return text.to_owned();
    }

    let mut short = String::new();
    for word in text.split_inclusive(' ') {
        if short.encode_utf16().count() + word.encode_utf16().count() + 1 > length {
            break;
        }
        short.push_str(word);
    }
    format!("{}…", short.trim_end_matches([' ', ',', '.', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_between_words_and_fit() {
        assert_eq!(cut("Téléconsultation ou présence", 32), "Téléconsultation ou présence");
        assert_eq!(cut("Une date, une heure", 12), "Une date…");
        let long = "mot ".repeat(100);
        assert!(cut(&long, MESSAGE).encode_utf16().count() <= MESSAGE);
    }

    #[test]
    fn a_number_is_told_with_its_bounds() {
        assert_eq!(
            bounded("un nombre", Some(0), Some(7)),
            "Écrivez un nombre, de 0 à 7, sans unité."
        );
        assert_eq!(bounded("un nombre", Some(2026), Some(2026)), "Écrivez 2026.");
        assert_eq!(bounded::<i32>("un nombre", None, None), "Écrivez un nombre, sans unité.");
    }
}
