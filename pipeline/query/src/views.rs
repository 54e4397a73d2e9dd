//! Views: what many queries repeat, written once in `queries/vues/*.sql`, without parameters.
//!
//! The engine puts the text of a view wherever a query names it, as it does with a `WITH`; so what is said of a query
//! (its origin, what the gate may let out of own SQL) is said of the stored tables behind its views.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::sql::parser::DFParser;
use datafusion::sql::resolve::resolve_table_references;
use serde::Deserialize;

use base::error::{Context, Error, Result};
use base::text::sha256;

use super::sql_files::{Origin, header, named_as_file};

/// One view of the catalogue.
#[derive(Debug, Clone)]
pub struct View {
    /// Name under which SQL reads it.
    pub name: String,
    /// What one row is, in French.
    pub row: String,
    /// The whole file, header included.
    pub sql: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Whether it is the release's.
    pub origin: Origin,
    /// Tables and views that its text reads.
    pub reads: BTreeSet<String>,
}

/// The header of a view file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    #[serde(rename = "nom")]
    name: String,
    #[serde(rename = "ligne")]
    row: String,
}

impl View {
    /// Reads one view file.
    ///
    /// # Errors
    /// If the header is missing, is not valid TOML, names unknown keys, or its `nom` is not the file's.
    pub fn parse(place: &str, text: &str, origin: Origin) -> Result<Self> {
        let read: Header = toml::from_str(header(place, text)?)
            .usage(|| format!("{place} : en-tête illisible"))
            .map_err(|e| {
                e.hint(
                    "l'en-tête d'une vue a deux clés : nom, et ligne, qui dit ce qu'est une ligne",
                )
            })?;
        named_as_file(place, &read.name)?;

        Ok(Self {
            name: read.name,
            row: read.row,
            sql: text.to_string(),
            sha256: sha256(text.as_bytes()),
            origin,
            reads: tables_read(text),
        })
    }
}

/// Names of the tables and views that a text reads, its own `WITH` parts apart; none if it is not SQL, which the engine
/// will say better.
pub(super) fn tables_read(sql: &str) -> BTreeSet<String> {
    let statements = DFParser::parse_sql(sql).unwrap_or_default();

    statements
        .iter()
        .filter_map(|statement| resolve_table_references(statement, true).ok())
        .flat_map(|(tables, _)| tables)
        .map(|table| table.table().to_string())
        .collect()
}

/// The views in an order in which each comes after those that it reads.
///
/// # Errors
/// If views read one another in a circle.
pub(super) fn in_order(mut views: BTreeMap<String, View>) -> Result<Vec<Arc<View>>> {
    let mut ordered = Vec::with_capacity(views.len());

    while !views.is_empty() {
        let ready = views
            .values()
            .find(|view| view.reads.iter().all(|name| !views.contains_key(name)))
            .map(|view| view.name.clone());
        let view = ready.and_then(|name| views.remove(&name)).ok_or_else(|| {
            let names: Vec<&str> = views.keys().map(String::as_str).collect();
            Error::usage(format!("vues qui se lisent en cercle : {}", names.join(", ")))
                .hint("une vue lit des tables, et d'autres vues qui ne la lisent pas")
        })?;
        ordered.push(Arc::new(view));
    }
    Ok(ordered)
}

/// The views behind a text that reads `reads`, those of its views included. `views` are in order.
pub(super) fn behind(reads: &BTreeSet<String>, views: &[Arc<View>]) -> Vec<Arc<View>> {
    let mut read: BTreeSet<&str> = reads.iter().map(String::as_str).collect();
    let mut behind = Vec::new();

    // Whatever reads a view comes after it: from the last to the first, each is known to be read when its turn comes.
    for view in views.iter().rev() {
        if read.contains(view.name.as_str()) {
            read.extend(view.reads.iter().map(String::as_str));
            behind.push(Arc::clone(view));
        }
    }
    behind.reverse();
    behind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, sql: &str) -> View {
        let text = format!("/*---\nnom = '{name}'\nligne = 'Une ligne'\n---*/\n{sql}");
        View::parse(&format!("vues/{name}.sql"), &text, Origin::Release).unwrap()
    }

    fn all(views: &[(&str, &str)]) -> BTreeMap<String, View> {
        let named = views.iter().map(|(name, sql)| (name.to_string(), view(name, sql)));
        named.collect()
    }

    #[test]
    fn a_view_comes_after_those_that_it_reads() {
        let views = all(&[
            ("a", "SELECT * FROM b JOIN tournees USING (id)"),
            ("b", "WITH x AS (SELECT 1 AS id) SELECT * FROM x JOIN c USING (id)"),
            ("c", "SELECT 1 AS id"),
        ]);
        let ordered = in_order(views).unwrap();
        let names: Vec<&str> = ordered.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["c", "b", "a"]);

        // The part `x` of a text is none of the views behind it.
        let reads = BTreeSet::from(["b".to_string(), "x".to_string()]);
        let found = behind(&reads, &ordered);
        let names: Vec<&str> = found.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["c", "b"]);
    }

    #[test]
    fn a_circle_is_told() {
        let views = all(&[("a", "SELECT * FROM b"), ("b", "SELECT * FROM a"), ("c", "SELECT 1")]);
        let error = in_order(views).unwrap_err();
        assert_eq!(error.message(), "vues qui se lisent en cercle : a, b");
    }

    #[test]
    fn a_view_says_what_one_row_is() {
        let text = "/*---\nnom = 'v'\n---*/\nSELECT 1 AS n";
        let error = View::parse("vues/v.sql", text, Origin::Added).unwrap_err();
        assert!(error.message().contains("vues/v.sql : en-tête illisible"));
    }
}
