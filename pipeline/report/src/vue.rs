//! A slice of a gated table, read by column name: what charts, sentences and printed tables are made from.

use base::definition::{Column, Format};
use base::french::Figure;
use base::table::Value;
use disclosure::{Cell, GatedTable};

/// Some rows of a gated table.
#[derive(Debug, Clone)]
pub struct Vue<'a> {
    table: &'a GatedTable,
    lignes: Vec<&'a [Cell]>,
}

/// One row of a [`Vue`].
#[derive(Debug, Clone, Copy)]
pub struct Ligne<'a> {
    table: &'a GatedTable,
    cellules: &'a [Cell],
}

impl<'a> Vue<'a> {
    /// The whole table.
    pub fn new(table: &'a GatedTable) -> Self {
        Self {
            table,
            lignes: table.rows().iter().map(Vec::as_slice).collect(),
        }
    }

    /// Rows whose text in column `nom` is `texte`; none if there is no such column.
    #[must_use]
    pub fn ou(&self, nom: &str, texte: &str) -> Self {
        self.filtre(|l| l.texte(nom) == Some(texte))
    }

    /// Rows whose text in column `nom` is not `texte`.
    #[must_use]
    pub fn sauf(&self, nom: &str, texte: &str) -> Self {
        self.filtre(|l| l.texte(nom) != Some(texte))
    }

    /// Rows that satisfy `garder`.
    #[must_use]
    pub fn filtre(&self, garder: impl Fn(&Ligne<'a>) -> bool) -> Self {
        let table = self.table;
        let lignes = self
            .lignes
            .iter()
            .copied()
            .filter(|cellules| garder(&Ligne { table, cellules }))
            .collect();
        Self { table, lignes }
    }

    /// Rows in the query's order.
    pub fn lignes(&self) -> impl Iterator<Item = Ligne<'a>> + '_ {
        let table = self.table;
        self.lignes
            .iter()
            .map(move |cellules| Ligne { table, cellules })
    }

    /// First row.
    pub fn premiere(&self) -> Option<Ligne<'a>> {
        self.lignes().next()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lignes.len()
    }

    /// True when no row is left.
    pub fn is_empty(&self) -> bool {
        self.lignes.is_empty()
    }

    /// The table behind.
    pub fn table(&self) -> &'a GatedTable {
        self.table
    }

    /// True when the query has the column.
    pub fn a(&self, nom: &str) -> bool {
        self.table.definition().column(nom).is_some()
    }

    /// Values of a text column, each once, in order of appearance.
    pub fn distincts(&self, nom: &str) -> Vec<&'a str> {
        let mut vus: Vec<&str> = Vec::new();
        for ligne in self.lignes() {
            if let Some(t) = ligne.texte(nom).filter(|t| !vus.contains(t)) {
                vus.push(t);
            }
        }
        vus
    }
}

impl<'a> Ligne<'a> {
    /// Column of that name and the cell under it.
    pub fn cellule(&self, nom: &str) -> Option<(&'a Column, &'a Cell)> {
        let colonnes = &self.table.definition().columns;
        let i = colonnes.iter().position(|c| c.name == nom)?;
        Some((&colonnes[i], self.cellules.get(i)?))
    }

    /// All cells, in the order of the columns.
    pub fn cellules(&self) -> &'a [Cell] {
        self.cellules
    }

    /// The open text of a column.
    pub fn texte(&self, nom: &str) -> Option<&'a str> {
        self.cellule(nom)?.1.open()?.as_text()
    }

    /// The figure of a column; absent if there is no such column.
    pub fn valeur(&self, nom: &str) -> Figure {
        match self.cellule(nom) {
            Some((_, Cell::Hidden)) => Figure::Hidden,
            Some((_, Cell::Open(v))) => v.as_f64().map_or(Figure::Missing, Figure::Known),
            None => Figure::Missing,
        }
    }

    /// The figure as a report prints it.
    pub fn imprime(&self, nom: &str) -> String {
        match self.cellule(nom) {
            Some((c, cellule)) => base::french::cell(cellule.open(), c.format),
            None => base::french::MISSING.to_string(),
        }
    }

    /// The first of these columns that exists and holds an open text: a name where there is one, its code otherwise.
    pub fn libelle(&self, noms: &[&str]) -> String {
        let texte = noms.iter().find_map(|n| match self.cellule(n)?.1.open()? {
            Value::Null => None,
            v => Some(base::french::value(v, Format::Text)),
        });
        texte.unwrap_or_else(|| base::french::MISSING.to_string())
    }
}
