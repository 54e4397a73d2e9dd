//! The catalogue in words, drawn from the headers alone.

use base::definition::{Definition, Parameter, ParameterType};

use super::catalogue::{Catalogue, Query};

/// One query as Markdown: definition, formula, unit, population, sources, views, limits, parameters, columns.
pub fn one(query: &Query) -> String {
    let views: Vec<&str> = query.views.iter().map(|view| view.name.as_str()).collect();

    described(&query.definition, &views)
}

/// What a table says, as Markdown: the same without the views that its query reads.
pub fn definition(definition: &Definition) -> String {
    described(definition, &[])
}

fn described(definition: &Definition, views: &[&str]) -> String {
    let mut lines = vec![
        format!("## {} (`{}`)\n", definition.title, definition.name),
        format!("{}\n", definition.definition.trim()),
        format!("- Formule : {}", definition.formula.trim()),
        format!("- Unité : {}", definition.unit),
        format!("- Population : {}", definition.population.trim()),
        format!("- Sources : {}", definition.sources.join(", ")),
    ];

    if !views.is_empty() {
        lines.push(format!("- Vues : {}", views.join(", ")));
    }
    let limits = definition.limits.iter();
    lines.extend(limits.map(|limit| format!("- Limite : {}", limit.trim())));

    if !definition.parameters.is_empty() {
        lines.push("\nParamètres :\n".into());
    }
    let parameters = definition.parameters.iter();
    lines.extend(parameters.map(|(name, parameter)| describe_parameter(name, parameter)));

    lines.push("\nColonnes :\n".into());
    let columns = definition.columns.iter();
    lines.extend(columns.map(|column| format!("- `{}` : {}", column.name, column.title)));

    lines.join("\n") + "\n"
}

fn describe_parameter(name: &str, parameter: &Parameter) -> String {
    let kind = match parameter.kind {
        ParameterType::Integer => "entier",
        ParameterType::Text => "texte",
        ParameterType::Date => "date",
    };
    let required = match parameter.required {
        true => "requis",
        false => "facultatif",
    };

    let mut notes = vec![kind.to_string(), required.to_string()];
    if !parameter.values.is_empty() {
        notes.push(parameter.values.join(" | "));
    }
    if let Some(default) = &parameter.default {
        notes.push(format!("par défaut {default}"));
    }

    format!("- `{name}` ({}) : {}", notes.join(", "), parameter.description)
}

/// The whole catalogue, by theme then name, then its views: the text of `docs/indicateurs.md`.
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
            out += &format!("\n# Thème : {}\n", theme.replace('_', " "));
        }
        out += &format!("\n{}", one(query));
    }

    out += "\n# Vues\n\nCe que plusieurs requêtes lisent, écrit une fois dans `queries/vues/*.sql` ; une ligne y est :\n\n";
    for view in catalogue.views() {
        out += &format!("- `{}` : {}\n", view.name, view.row);
    }
    out
}
