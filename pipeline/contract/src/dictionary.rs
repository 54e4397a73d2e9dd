//! `docs/dictionnaire.md`, written from the contract so that it can never differ from what is checked.

use std::fmt::Write as _;

use base::french::counted;

use super::{
    Constraints, Contract, Field, FieldType, Form, HEADER_KEYS, Nature, Rule, Sensitivity,
    Severity, TableSchema,
};

/// The whole dictionary, in Markdown.
pub fn markdown(contract: &Contract) -> String {
    let mut out = String::from(
        "# Dictionnaire des données\n\n\
         Écrit à partir des schémas de `pipeline/contract/schemas/` : ne le corrigez pas à la main, refaites-le avec\n\
         `MEDICOBUS_UPDATE=1 cargo test --lib dictionary`. Comment une livraison est contrôlée : [controles.md](controles.md).\n\n\
         Une livraison est un dossier, un ZIP ou un classeur : une région, une période, un fichier ou une feuille par table.\n\
         Colonnes marquées **R** : obligatoires. Les noms de colonnes sont lus sans tenir compte de la casse ni des accents.\n\n",
    );

    for table in contract.tables() {
        let _ = writeln!(out, "- [{}](#{}) — {}", table.name, table.name, table.title);
    }

    header_section(&mut out);
    for table in contract.tables() {
        table_section(&mut out, table);
    }

    rules_section(&mut out);
    out
}

fn header_section(out: &mut String) {
    out.push_str(
        "\n## livraison\n\n**Ce que la livraison dit d'elle-même**, dans `livraison.toml` ou dans une feuille `livraison` à deux colonnes (clé, valeur).\n\n\
         | clé | R | contenu | exemple |\n|---|---|---|---|\n",
    );
    for key in HEADER_KEYS {
        let required = if key.required { "R" } else { "" };
        let _ = writeln!(
            out,
            "| `{}` | {required} | {} | `{} = {}` |",
            key.name, key.description, key.name, key.example
        );
    }
}

fn table_section(out: &mut String, table: &TableSchema) {
    let _ = writeln!(
        out,
        "\n## {}\n\n**{}** (version {}). {}\n",
        table.name, table.title, table.version, table.description
    );

    let _ = write!(out, "- Nature : {}", nature(table));
    if let Some(field) = &table.extension.period_field {
        let _ = write!(out, " (datées par `{field}`)");
    }

    let _ = writeln!(out, ".");
    if !table.primary_key.is_empty() {
        let _ = writeln!(out, "- Une ligne est nommée par : {}.", code_list(&table.primary_key));
    }

    for key in &table.foreign_keys {
        let _ = writeln!(
            out,
            "- {} doit exister dans la table `{}`.",
            code_list(&key.fields),
            key.reference.resource
        );
    }

    let missing: Vec<String> =
        table.missing_values.iter().filter(|v| !v.is_empty()).cloned().collect();
    let _ = writeln!(out, "- Valeur absente : cellule vide, {}.\n", code_list(&missing));

    let _ = writeln!(
        out,
        "| colonne | R | type | contenu | valeurs | exemple |\n|---|---|---|---|---|---|"
    );
    for field in &table.fields {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {}{} | {} | {} |",
            field.name,
            if field.constraints.required { "R" } else { "" },
            type_name(field),
            field.description.replace('|', "\\|"),
            watch(field),
            constraints(&field.constraints),
            field.example.as_ref().map(|e| format!("`{e}`")).unwrap_or_default(),
        );
    }
}

/// How the deliveries of a table combine, in French.
pub fn nature(table: &TableSchema) -> &'static str {
    match table.extension.nature {
        Nature::Flux => "flux : chaque livraison apporte les lignes de sa période",
        Nature::Etat => "état : chaque livraison donne la liste entière, la plus récente fait foi",
    }
}

fn code_list(names: &[String]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// The type of a column, in French.
pub fn type_name(field: &Field) -> String {
    match (field.kind, field.extension.form) {
        (FieldType::Integer, _) => "entier".into(),
        (FieldType::Number, _) => {
            let scale = field.extension.scale.unwrap_or_default();
            format!("décimal ({})", counted(scale, "décimale", "décimales"))
        }
        (FieldType::Date, _) => "date".into(),
        (FieldType::String, Some(Form::Heure)) => "heure".into(),
        (FieldType::String, Some(Form::Trimestre)) => "trimestre".into(),
        (FieldType::String, Some(Form::Mois)) => "mois".into(),
        (
            FieldType::String,
            Some(
                Form::CodeCommune | Form::CodeDepartement | Form::CodeRegion | Form::CodeTerritoire,
            ),
        ) => "code".into(),
        (FieldType::String, _) => "texte".into(),
    }
}

fn watch(field: &Field) -> &'static str {
    match field.extension.sensitivity {
        None => "",
        Some(Sensitivity::TexteLibre) => " *Texte libre : surveillé.*",
        Some(Sensitivity::Pseudonyme) => " *Pseudonyme : masqué dans les constats.*",
        Some(Sensitivity::Identifiant) => " *Masqué dans les constats.*",
    }
}

fn constraints(c: &Constraints) -> String {
    let mut parts = Vec::new();
    if let Some(values) = &c.values {
        parts.push(code_list(values));
    }

    if let Some(pattern) = &c.pattern {
        parts.push(format!("`{}`", pattern.replace('|', "\\|")));
    }

    parts.extend(bounds(c));

    if c.unique {
        parts.push("unique".into());
    }

    parts.join(" ; ")
}

/// The smallest and the largest value of a column, in French.
pub fn bounds(c: &Constraints) -> Option<String> {
    match (&c.minimum, &c.maximum) {
        (Some(min), Some(max)) => Some(format!("de {} à {}", plain(min), plain(max))),
        (Some(min), None) => Some(format!("≥ {}", plain(min))),
        (None, Some(max)) => Some(format!("≤ {}", plain(max))),
        (None, None) => None,
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn rules_section(out: &mut String) {
    out.push_str(
        "\n## Règles\n\n| règle | ce qu'elle demande | effet | que faire |\n|---|---|---|---|\n",
    );
    for rule in Rule::ALL {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            rule.code(),
            rule.title(),
            effect(*rule),
            rule.advice()
        );
    }
}

/// What a breach of a rule leads to, in French.
pub fn effect(rule: Rule) -> &'static str {
    match rule.severity() {
        Severity::Fichier => "livraison refusée",
        Severity::Ligne => "ligne refusée",
        Severity::Avertissement => "avertissement",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `MEDICOBUS_UPDATE=1 cargo test --lib dictionary` writes the file again.
    #[test]
    fn the_file_in_docs_is_what_the_contract_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/dictionnaire.md");
        let text = markdown(&Contract::embedded().unwrap());
        if std::env::var_os("MEDICOBUS_UPDATE").is_some() {
            std::fs::write(path, &text).unwrap();
        }

        assert!(
            std::fs::read_to_string(path).unwrap() == text,
            "docs/dictionnaire.md is behind the contract: run this test with MEDICOBUS_UPDATE=1"
        );
    }

    #[test]
    fn every_table_has_as_many_cells_as_its_header() {
        let text = markdown(&Contract::embedded().unwrap());
        let mut width = 0;

        for line in text.lines() {
            let cells = line.replace("\\|", "").matches('|').count();
            if !line.starts_with('|') {
                width = 0;
            } else if width == 0 {
                width = cells;
            } else {
                assert_eq!(cells, width, "{line}");
            }
        }

        for table in Contract::embedded().unwrap().tables() {
            assert!(table.fields.iter().all(|f| text.contains(&format!("| `{}` |", f.name))));
        }
    }
}
