//! The catalogue: every `queries/*.sql` of the release, and a folder of the user's own laid over it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use base::definition::Definition;
use base::error::{Context, Error, Result};
use base::text::{nearest, sha256};

use super::sql_files::{Origin, VIEWS, files, header, named_as_file};
use super::views::{self, View};

/// One query: header, text, hash.
#[derive(Debug, Clone)]
pub struct Query {
    /// The header.
    pub definition: Arc<Definition>,
    /// The whole file, header included; engines read the header as a comment.
    pub sql: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Whether it is the release's, with the views behind it.
    pub origin: Origin,
    /// Tables and views that its text reads.
    pub reads: BTreeSet<String>,
    /// The views behind it, those that a view reads included; each comes after those that it reads.
    pub views: Vec<Arc<View>>,
}

/// Queries by name, and the views that they read.
#[derive(Debug, Clone)]
pub struct Catalogue {
    queries: BTreeMap<String, Query>,
    views: Vec<Arc<View>>,
}

impl Catalogue {
    /// The release's queries and views, overlaid by the `.sql` files of `overlay` and of its folder `vues` if given.
    ///
    /// # Errors
    /// If a file of the overlay cannot be read or its header is wrong, or if views read one another in a circle.
    pub fn load(overlay: Option<&Path>) -> Result<Self> {
        let own_views = overlay.map(|folder| folder.join(VIEWS));
        let own_views = own_views.as_deref().filter(|folder| folder.is_dir());

        let mut views = BTreeMap::new();
        for file in files(VIEWS, own_views)? {
            let view = View::parse(&file.place, &file.text, file.origin)?;
            views.insert(view.name.clone(), view);
        }
        let views = views::in_order(views)?;

        let mut queries = BTreeMap::new();
        for file in files("", overlay)? {
            let mut query = parse(&file.place, &file.text, file.origin)?;
            query.stand_on(&views);
            queries.insert(query.definition.name.clone(), query);
        }

        Ok(Self { queries, views })
    }

    /// Every view; each comes after those that it reads.
    pub fn views(&self) -> &[Arc<View>] {
        &self.views
    }

    /// The query `name`.
    ///
    /// # Errors
    /// If there is none; the message suggests the nearest name.
    pub fn get(&self, name: &str) -> Result<&Query> {
        self.queries.get(name).ok_or_else(|| {
            let error = Error::usage(format!("requête inconnue : {name}"));

            match nearest(name, self.queries.keys().map(String::as_str)) {
                Some(near) => error.hint(format!(
                    "vouliez-vous dire « {near} » ? « medicobus requetes » donne le catalogue"
                )),
                None => error.hint("« medicobus requetes » donne le catalogue"),
            }
        })
    }

    /// Every query, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Query> {
        self.queries.values()
    }
}

impl Query {
    /// Notes the views behind the query: one that the user changed changes it.
    fn stand_on(&mut self, views: &[Arc<View>]) {
        self.views = views::behind(&self.reads, views);

        let changed = self.views.iter().any(|v| v.origin != Origin::Release);
        if self.origin == Origin::Release && changed {
            self.origin = Origin::Modified;
        }
    }
}

/// Reads one query file.
///
/// # Errors
/// If the header is missing, is not valid TOML, names unknown keys or columns, or its `nom` is not the file's.
pub fn parse(place: &str, text: &str, origin: Origin) -> Result<Query> {
    let header = header(place, text)?;
    let definition: Definition = toml::from_str(header)
        .usage(|| format!("{place} : en-tête illisible"))
        .map_err(|e| e.hint("les clés attendues sont décrites dans docs/methode.md"))?;
    check_header(place, &definition)?;

    Ok(Query {
        definition: Arc::new(definition),
        sql: text.to_string(),
        sha256: sha256(text.as_bytes()),
        origin,
        reads: views::tables_read(text),
        views: Vec::new(),
    })
}

fn check_header(place: &str, definition: &Definition) -> Result<()> {
    named_as_file(place, &definition.name)?;

    for column in &definition.columns {
        let references = [&column.guard, &column.numerator, &column.denominator];
        // What adds up over the values of a parameter adds up as over those of a category.
        let additive = column.additive.iter();
        let additive = additive.filter(|name| !definition.parameters.contains_key(*name));
        for target in references.into_iter().flatten().chain(additive) {
            if definition.column(target).is_none() {
                return Err(Error::usage(format!(
                    "{place} : la colonne {} renvoie à « {target} », qui n'existe pas",
                    column.name
                ))
                .hint("garde, numerateur, denominateur et additif nomment des colonnes du même en-tête ; additif, aussi des paramètres"));
            }
        }
    }

    for identity in &definition.identities {
        for target in identity.columns.iter().chain(identity.condition.keys()) {
            if definition.column(target).is_none() {
                return Err(Error::usage(format!(
                    "{place} : une identité renvoie à « {target} », qui n'existe pas"
                ))
                .hint("dans [[identites]], colonnes et si nomment des colonnes du même en-tête"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_names_a_missing_column_is_refused() {
        let text = "/*---\nnom='x'\ntitre='X'\ntheme='t'\ndefinition='d'\nformule='f'\nunite='u'\npopulation='p'\nsources=[]\n\
                    [[colonnes]]\nnom='n'\ntitre='N'\nrole='effectif'\ngarde='patients'\n---*/\nSELECT 1 AS n";
        let error = parse("queries/x.sql", text, Origin::Release).unwrap_err();
        assert!(error.message().contains("patients"), "{error}");
        let error = parse("queries/y.sql", text, Origin::Release).unwrap_err();
        assert!(error.message().contains("ne suit pas"), "{error}");
    }

    #[test]
    fn a_slip_is_suggested() {
        assert_eq!(
            nearest("delai_rendez_vou", ["delai_rendez_vous", "synthese"].into_iter()),
            Some("delai_rendez_vous")
        );
        assert_eq!(nearest("zzz", ["delai_rendez_vous", "synthese"].into_iter()), None);
    }
}
