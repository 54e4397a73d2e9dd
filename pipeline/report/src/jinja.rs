//! The engine of text templates, for sentences and for pages: strict, so that a name that is not there is an error with its file and line.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use base::error::{Error, Result};

use super::templates::Templates;

/// An engine that knows the `.j2` files of a folder of the templates by their names in it.
///
/// # Errors
/// `Usage` with file and line if a template is wrong.
pub(super) fn engine(
    templates: &Templates,
    folder: &'static str,
    escape: AutoEscape,
) -> Result<Environment<'static>> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(move |_| escape.clone());
    engine.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|e| template_error(folder, &e))?,
    );

    for (path, bytes) in templates.files() {
        let Some(name) = path.strip_prefix(folder).filter(|n| n.ends_with(".j2")) else {
            continue;
        };
        let source = String::from_utf8(bytes.clone())
            .map_err(|_| Error::usage(format!("report_templates/{path} n'est pas en UTF-8")))?;
        engine
            .add_template_owned(name.to_string(), source)
            .map_err(|e| template_error(folder, &e))?;
    }
    Ok(engine)
}

/// The error of a template, with its file and line.
pub(super) fn template_error(folder: &str, error: &minijinja::Error) -> Error {
    let file = error.name().unwrap_or("?");
    let line = error.line().map_or_else(String::new, |l| format!(", ligne {l}"));
    let detail = error.detail().map_or_else(|| error.kind().to_string(), ToString::to_string);

    Error::usage(format!("gabarit {folder}{file}{line} : {detail}")).hint(format!(
        "comparez avec le fichier du même nom dans report_templates/{folder} ; un nom inconnu est souvent une faute de frappe"
    ))
}
