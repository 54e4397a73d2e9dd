//! The catalogue in words, drawn from the headers alone.

use std::fmt::Write;

use super::catalogue::{Catalogue, Query};
use base::definition::TypeParametre;

fn kind(kind: TypeParametre) -> &'static str {
    match kind {
        TypeParametre::Entier => "entier",
        TypeParametre::Texte => "texte",
        TypeParametre::Date => "date",
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
        definition.titre,
        definition.nom,
        definition.definition.trim()
    );
    let _ = writeln!(out, "- Formule : {}", definition.formule.trim());
    let _ = writeln!(out, "- Unité : {}", definition.unite);
    let _ = writeln!(out, "- Population : {}", definition.population.trim());
    let _ = writeln!(out, "- Sources : {}", definition.sources.join(", "));
    for limit in &definition.limites {
        let _ = writeln!(out, "- Limite : {}", limit.trim());
    }
    if !definition.parametres.is_empty() {
        let _ = writeln!(out, "\nParamètres :\n");
    }
    for (name, parameter) in &definition.parametres {
        let mut notes = vec![kind(parameter.genre).to_string()];
        notes.push(if parameter.requis {
            "requis".into()
        } else {
            "facultatif".into()
        });
        if !parameter.valeurs.is_empty() {
            notes.push(parameter.valeurs.join(" | "));
        }
        if let Some(default) = &parameter.defaut {
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
    for column in &definition.colonnes {
        let _ = writeln!(out, "- `{}` : {}", column.nom, column.titre);
    }
    out
}

/// The whole catalogue, by theme then name: the text of `docs/indicateurs.md`.
pub fn markdown(catalogue: &Catalogue) -> String {
    let mut out = String::from(
        "# Catalogue des indicateurs\n\nCe document est tiré des en-têtes de `queries/*.sql` par « medicobus requetes --markdown ».\n",
    );
    let mut queries: Vec<&Query> = catalogue.iter().collect();
    queries.sort_by(|a, b| {
        (&a.definition.theme, &a.definition.nom).cmp(&(&b.definition.theme, &b.definition.nom))
    });
    let mut theme = "";
    for query in queries {
        if query.definition.theme != theme {
            theme = &query.definition.theme;
            let _ = write!(out, "\n# Thème : {}\n", theme.replace('_', " "));
        }
        let _ = write!(out, "\n{}", one(query));
    }
    out
}
