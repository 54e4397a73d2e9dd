//! The catalogue in words, drawn from the headers alone.

use std::fmt::Write;

use base::definition::ParameterType;

use super::catalogue::{Catalogue, Query};
use super::views::View;

fn kind(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::Integer => "entier",
        ParameterType::Text => "texte",
        ParameterType::Date => "date",
    }
}

/// One query as Markdown: definition, formula, unit, population, sources, limits, parameters, columns.
pub fn one(query: &Query) -> String {
    let definition = &query.definition;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "## {} (`{}`)\n\n{}\n",
        definition.title,
        definition.name,
        definition.definition.trim()
    );
    let _ = writeln!(out, "- Formule : {}", definition.formula.trim());
    let _ = writeln!(out, "- Unité : {}", definition.unit);
    let _ = writeln!(out, "- Population : {}", definition.population.trim());
    let _ = writeln!(out, "- Sources : {}", definition.sources.join(", "));
    if !query.views.is_empty() {
        let views: Vec<&str> = query.views.iter().map(|v| v.name.as_str()).collect();
        let _ = writeln!(out, "- Vues : {}", views.join(", "));
    }
    for limit in &definition.limits {
        let _ = writeln!(out, "- Limite : {}", limit.trim());
    }
    if !definition.parameters.is_empty() {
        let _ = writeln!(out, "\nParamètres :\n");
    }
    for (name, parameter) in &definition.parameters {
        let mut notes = vec![kind(parameter.kind).to_string()];
        notes.push(if parameter.required {
            "requis".into()
        } else {
            "facultatif".into()
        });
        if !parameter.values.is_empty() {
            notes.push(parameter.values.join(" | "));
        }
        if let Some(default) = &parameter.default {
            notes.push(format!("par défaut {default}"));
        }
        let _ = writeln!(
            out,
            "- `{name}` ({}) : {}",
            notes.join(", "),
            parameter.description
        );
    }
    let _ = writeln!(out, "\nColonnes :\n");
    for column in &definition.columns {
        let _ = writeln!(out, "- `{}` : {}", column.name, column.title);
    }
    out
}

/// One view as a line of Markdown: its name and what one row is.
pub fn view(view: &View) -> String {
    format!("- `{}` : {}", view.name, view.row)
}

/// The whole catalogue, by theme then name: the text of `docs/indicateurs.md`.
pub fn markdown(catalogue: &Catalogue) -> String {
    let mut out = String::from(
        "# Catalogue des indicateurs\n\nCe document est tiré des en-têtes de `queries/*.sql` par « medicobus requetes --markdown ».\n",
    );
    let mut queries: Vec<&Query> = catalogue.iter().collect();
    queries.sort_by(|a, b| {
        (&a.definition.theme, &a.definition.name).cmp(&(&b.definition.theme, &b.definition.name))
    });
    let mut theme = "";
    for query in queries {
        if query.definition.theme != theme {
            theme = &query.definition.theme;
            let _ = write!(out, "\n# Thème : {}\n", theme.replace('_', " "));
        }
        let _ = write!(out, "\n{}", one(query));
    }

    let _ = writeln!(
        out,
        "\n# Vues\n\nCe que plusieurs requêtes lisent, écrit une fois dans `queries/vues/*.sql` ; une ligne y est :\n"
    );
    for view in catalogue.views() {
        let _ = writeln!(out, "{}", self::view(view));
    }
    out
}
