//! Texts: free ones by their pattern, codes of the official geography, hours and quarters brought to one writing.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};

use contract::{Form, Rule};

use super::column_reader::{ColumnReader, Conventions, Note};
use super::pattern::Pattern;
use super::{in_words, values};
use crate::Finding;
use crate::formats::records::Column;

/// What came of one code.
struct ResolvedCode {
    stored: Option<String>,
    findings: Vec<Finding>,
}

impl ResolvedCode {
    fn refused(finding: Finding) -> Self {
        Self { stored: None, findings: vec![finding] }
    }
}

impl ColumnReader<'_> {
    pub(super) fn texts(
        &self,
        pattern: Option<&Pattern>,
        cells: Column<'_>,
        conventions: &Conventions<'_>,
        note: &mut Note<'_>,
    ) -> ArrayRef {
        let mut out = StringBuilder::with_capacity(cells.len(), cells.len() * 12);
        // Few different codes come many times: each is judged once per block.
        let mut known: HashMap<&str, ResolvedCode, ahash::RandomState> = HashMap::default();

        let coded = matches!(
            self.field.extension.form,
            Some(
                Form::CodeCommune
                    | Form::CodeDepartement
                    | Form::CodeTerritoire
                    | Form::Heure
                    | Form::Trimestre
                    | Form::Mois
            )
        );

        for row in 0..cells.len() {
            let Some(text) = self.present(row, cells.text(row), note) else {
                out.append_null();
                continue;
            };

            if coded {
                let resolved =
                    known.entry(text).or_insert_with(|| self.resolve(text, pattern, conventions));
                for finding in &resolved.findings {
                    note(row, finding.clone());
                }
                out.append_option(resolved.stored.as_deref());
            } else if self.field.is_identifier() && rounded(text, cells.is_number(row)) {
                let message =
                    "l'identifiant a été arrondi par un tableur : plusieurs n'en font plus qu'un";
                note(row, self.finding(Rule::IdentifiantArrondi, message, text));
                out.append_null();
            } else if pattern.is_none_or(|p| p.matches(text)) {
                out.append_value(text);
            } else {
                note(row, self.malformed(text));
                out.append_null();
            }
        }

        Arc::new(out.finish())
    }

    fn resolve(
        &self,
        text: &str,
        pattern: Option<&Pattern>,
        conventions: &Conventions<'_>,
    ) -> ResolvedCode {
        let mut findings = Vec::new();
        let form = self.field.extension.form;
        let mut stored = match form {
            Some(Form::Heure) => values::time(text).unwrap_or_else(|| text.to_owned()),
            Some(Form::Mois) => values::month(text).unwrap_or_else(|| text.to_owned()),
            Some(Form::Trimestre) => in_words::quarter(text).unwrap_or_else(|| text.to_owned()),
            _ => text.strip_suffix(".0").unwrap_or(text).to_uppercase(),
        };

        if lost_zero(form, &stored, conventions) {
            stored.insert(0, '0');
            let message = format!("le zéro de tête est rétabli : {stored}");
            findings.push(self.finding(Rule::ZeroRetabli, message, text));
        }

        if pattern.is_some_and(|p| !p.matches(&stored)) {
            return ResolvedCode::refused(self.wrong_code(text));
        }

        if form == Some(Form::CodeCommune) && !conventions.communes.exists(&stored) {
            let Some(next) = conventions.communes.successor(&stored, conventions.year) else {
                let message = "la commune n'existe pas au code officiel géographique";
                return ResolvedCode::refused(self.finding(Rule::CommuneInconnue, message, text));
            };
            let message = format!("la commune {stored} a été reportée sur {next}");
            findings.push(self.finding(Rule::CommuneFusionnee, message, text));
            stored = next;
        }

        ResolvedCode { stored: Some(stored), findings }
    }

    /// What to say of a text that has not the form of its code or hour.
    fn wrong_code(&self, text: &str) -> Finding {
        if self.field.extension.form != Some(Form::Heure) {
            let example = self.field.example.as_deref().unwrap_or_default();
            return self.malformed(text).hint(format!("exemple : {example}"));
        }

        let finding = self.finding(Rule::Motif, "une heure de 00:00 à 23:59 est attendue", text);
        let fraction: Option<f64> = text.replace(',', ".").parse().ok();
        match fraction.filter(|day| (0.0..1.0).contains(day)) {
            Some(day) => {
                let minutes = (day * 1440.0).round() as u32 % 1440;
                finding.hint(format!(
                    "c'est une fraction de jour, comme un tableur garde l'heure {:02}:{:02} : mettez la cellule au format heure, ou écrivez l'heure en texte",
                    minutes / 60,
                    minutes % 60
                ))
            }
            None if text.starts_with("24") => {
                finding.hint("minuit s'écrit 00:00 ; une durée n'est pas une heure")
            }
            None => finding.hint("écrivez l'heure HH:MM, par exemple 09:30"),
        }
    }

    fn malformed(&self, text: &str) -> Finding {
        self.finding(Rule::Motif, "la valeur n'a pas la forme attendue", text)
    }
}

/// Whether a spreadsheet rounded an identifier: it keeps 15 digits of a number, and writes long ones as `1.23457E+15`.
fn rounded(text: &str, number: bool) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());

    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        // Without mark or sign it may be hexadecimal.
        let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
        let power = exponent.trim_start_matches(['+', '-']);
        let written = number || mantissa.len() > whole.len() || exponent.len() > power.len();
        return written && whole.len() == 1 && digits(whole) && digits(fraction) && digits(power);
    }

    let text = if number { text.trim_end_matches(".0") } else { text };
    // One text in a thousand ends in three zeros by chance, in a hundred thousand in five: of a whole column, the dialect tells.
    let significant = text.trim_end_matches('0').len();
    digits(text)
        && text.len() > 15
        && (number || significant <= 15 && text.len() - significant >= 5)
}

/// Whether a spreadsheet took the zero that a code begins with.
fn lost_zero(form: Option<Form>, code: &str, conventions: &Conventions<'_>) -> bool {
    code.bytes().all(|b| b.is_ascii_digit())
        && match form {
            Some(Form::CodeCommune) => code.len() == 4,
            Some(Form::CodeTerritoire) => {
                code.len() == 4 && conventions.communes.exists(&format!("0{code}"))
            }
            Some(Form::CodeDepartement) => code.len() == 1,
            _ => false,
        }
}
