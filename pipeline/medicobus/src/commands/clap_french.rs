//! Help and usage errors in French: clap's own texts are English.

use std::error::Error;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Layout of every help page.
pub const HELP: &str = "{about-with-newline}\nUsage : {usage}\n\n{all-args}{after-help}";

/// Shows help or the version on stdout, or a usage error in French on stderr.
pub fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print!("{}", french(&error.render().to_string()));
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            super::terminal::talk(&french(&error.render().to_string()));
            return ExitCode::from(2);
        }
        _ => {}
    }

    say!("erreur : {}", message(error));
    if let Some(hint) = hint(error) {
        say!("  conseil : {hint}");
    }
    ExitCode::from(2)
}

/// The few words that clap adds by itself to a help page.
fn french(help: &str) -> String {
    [
        ("[default: ", "[par défaut : "),
        ("[possible values: ", "[valeurs : "),
        ("[env: ", "[variable : "),
        ("[aliases: ", "[alias : "),
        ("[OPTIONS]", "[options]"),
    ]
    .iter()
    .fold(help.to_string(), |text, (english, word)| text.replace(english, word))
}

fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(list)) => list.join(", "),
        Some(ContextValue::Number(number)) => number.to_string(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn message(error: &clap::Error) -> String {
    let argument = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => format!("option ou argument inconnu : {argument}"),
        ErrorKind::InvalidSubcommand => {
            format!("commande inconnue : {}", context(error, ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("il manque : {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("il manque une valeur à {argument}"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("valeur refusée pour {argument} : « {value} »")
        }
        ErrorKind::NoEquals => format!("écrivez {argument}=VALEUR"),
        ErrorKind::TooManyValues => format!("trop de valeurs pour {argument} : « {value} »"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("nombre de valeurs inattendu pour {argument}")
        }
        ErrorKind::ArgumentConflict => {
            format!("{argument} ne va pas avec {}", context(error, ContextKind::PriorArg))
        }
        ErrorKind::InvalidUtf8 => "un argument n'est pas en UTF-8".to_string(),
        _ => "commande mal écrite".to_string(),
    }
}

fn hint(error: &clap::Error) -> Option<String> {
    for kind in [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ] {
        let near = context(error, kind);
        if !near.is_empty() {
            return Some(format!("vouliez-vous dire « {near} » ?"));
        }
    }

    if let Some(form) = error.source().and_then(|cause| accepted(&cause.to_string())) {
        return Some(form);
    }
    let valid = context(error, ContextKind::ValidValue);
    if !valid.is_empty() {
        return Some(format!("valeurs possibles : {valid}"));
    }
    Some(
        "« medicobus --help » ou « medicobus COMMANDE --help » donnent le mode d'emploi"
            .to_string(),
    )
}

/// The form of a value, as its own reader says it in French, or clap of a number in English: `3000 is not in 2000..=2200`.
fn accepted(cause: &str) -> Option<String> {
    let bounds = cause.split_once(" is not in ").and_then(|(_, range)| {
        let (first, last) = range.split_once("..")?;
        let last = last.trim_start_matches('=');
        Some(match last {
            "" => format!("un nombre entier à partir de {first}"),
            _ => format!("un nombre entier de {first} à {last}"),
        })
    });
    let number = cause.contains("invalid digit")
        || cause.contains("number too")
        || cause.contains("empty string");
    match bounds {
        Some(bounds) => Some(format!("donnez {bounds}")),
        None if number => Some("donnez un nombre entier, en chiffres seuls".to_owned()),
        None => (!cause.is_empty()).then(|| cause.to_owned()),
    }
}
