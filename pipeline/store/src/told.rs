//! What a delivery tells that another live one tells already: a yearly table sent again each month, a national panel sent by each
//! région, a project that two régions claim. Read together, they would count twice.

use std::collections::{BTreeMap, HashSet};

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::arrow::util::display::array_value_to_string;

use base::error::{Context, Error, Result};
use base::french::counted;
use contract::{Nature, TableSchema};
use delivery::Period;

use super::Snapshot;
use super::commit::Entry;
use super::layout::Layout;
use super::losses::{ON_PURPOSE, first_of};
use super::snapshot::DataFile;

/// The rows of a delivery by what names them, for the tables that another delivery may tell of as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told(BTreeMap<String, ToldRows>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct ToldRows {
    /// Names of the columns in the contract, and in the store's files.
    columns: Vec<(String, String)>,
    /// Whether only another région can tell the same: in one région, no two periods share a day.
    elsewhere_only: bool,
    keys: HashSet<Box<[u8]>>,
}

/// What names a row of a table beyond one delivery, and whether only another région can name it too; none for a table whose rows are
/// those of a bus and of a day.
fn shared_key(table: &TableSchema) -> Option<(Vec<String>, bool)> {
    if table.extension.nature == Nature::Etat {
        // The next period gives the whole list again, which takes the place of this one.
        return (table.name == "medicobus").then(|| (table.primary_key.clone(), true));
    }
    if table.tells_of_spans() {
        return Some((table.primary_key.clone(), false));
    }
    if table.foreign_keys.is_empty() {
        let required = table.fields.iter().filter(|f| f.constraints.required);
        return Some((required.map(|f| f.name.clone()).collect(), true));
    }
    None
}

impl Told {
    /// Adds accepted rows of a table, columns in the contract's order.
    ///
    /// # Errors
    /// If the rows are not in the contract's form.
    pub(super) fn add(
        &mut self,
        table: &TableSchema,
        layouts: &[Layout],
        batch: &RecordBatch,
    ) -> Result<()> {
        let Some((names, elsewhere_only)) = shared_key(table) else { return Ok(()) };
        let physical = |name: &String| {
            let layout = layouts.iter().find(|l| l.name == table.name)?;
            let column = layout.physical.fields().get(table.position(name)?)?;
            Some((name.clone(), column.name().clone()))
        };

        let rows = self.0.entry(table.name.clone()).or_insert_with(|| ToldRows {
            columns: names.iter().filter_map(physical).collect(),
            elsewhere_only,
            keys: HashSet::new(),
        });

        let columns: Vec<ArrayRef> = (names.iter())
            .filter_map(|name| Some(batch.column(table.position(name)?).clone()))
            .collect();
        rows.keys.extend(keys(&columns)?);
        Ok(())
    }

    /// The refusal of a delivery that tells what another one of `snapshot` tells.
    ///
    /// # Errors
    /// If a data file cannot be read.
    pub(super) fn told_before(&self, snapshot: &Snapshot, entry: &Entry) -> Result<Option<Error>> {
        let own = Period::parse(&entry.periode)?;

        for (table, rows) in &self.0 {
            for file in snapshot.current_files(table) {
                let other_region = file.region != entry.region;
                let other = other_region || (file.periode != entry.periode && !rows.elsewhere_only);
                // A row tells of a year at most.
                let near = Period::parse(&file.periode).is_ok_and(|p| p.shares_a_year_with(&own));

                if other
                    && (near || table == "medicobus")
                    && let Some((count, example)) = rows.found_in(file)?
                {
                    return Ok(Some(refusal(table, count, &example, file, other_region)));
                }
            }
        }
        Ok(None)
    }

    /// The refusal of a list of projects that leaves some out: the last list counts, and their activity of the whole year would go with
    /// them. None of a delivery that is not the région's last, or that brings no list. Two deliveries of one period, a bus each, would
    /// replace each other.
    pub(super) fn projects_lost(
        &self,
        snapshot: &Snapshot,
        entry: &Entry,
    ) -> Result<Option<Error>> {
        let Some(rows) = self.0.get("medicobus").filter(|_| !entry.partial) else {
            return Ok(None);
        };
        let own = Period::parse(&entry.periode)?;

        let current = snapshot.current_files("medicobus").into_iter();
        for file in current.filter(|file| file.region == entry.region) {
            let before = Period::parse(&file.periode)?;
            let lacking = match before.end < own.start || file.periode == entry.periode {
                true => rows.lacking(file)?,
                false => Vec::new(),
            };
            if !lacking.is_empty() {
                // Most often the bus is there, and its row was refused.
                let refused = match entry.lignes[2] {
                    0 => "",
                    _ => {
                        "si leur ligne est refusée au contrôle (quarantaine.csv), corrigez-la ; sinon "
                    }
                };
                return Ok(Some(Error::refused(format!(
                    "la table medicobus ne donne plus {} : la dernière liste fait foi, et tout ce que ces projets ont déclaré ne compterait plus ; {refused}remettez-les sous le même identifiant (terminés, avec leur date_fin){ON_PURPOSE}",
                    first_of(&lacking, " ; ")
                ))));
            }
        }
        Ok(None)
    }
}

impl ToldRows {
    /// The rows of a file whose keys are not among these, in words.
    fn lacking(&self, file: &DataFile) -> Result<Vec<String>> {
        let mut lacking = Vec::new();
        self.look_through(file, |known, words| {
            if !known {
                lacking.push(words());
            }
        })?;
        Ok(lacking)
    }

    /// How many of a file's rows have one of the keys, and the first of them in words.
    fn found_in(&self, file: &DataFile) -> Result<Option<(usize, String)>> {
        let mut found: Option<(usize, String)> = None;
        self.look_through(file, |known, words| {
            if known {
                found.get_or_insert_with(|| (0, words())).0 += 1;
            }
        })?;
        Ok(found)
    }

    /// Tells of each row of a file whether its key is among these, and how to say it.
    fn look_through(
        &self,
        file: &DataFile,
        mut tell: impl FnMut(bool, &dyn Fn() -> String),
    ) -> Result<()> {
        let physical: Vec<&str> = self.columns.iter().map(|(_, column)| column.as_str()).collect();

        for batch in file.batches(&physical)? {
            let columns: Vec<ArrayRef> = (physical.iter())
                .filter_map(|name| batch.column_by_name(name).cloned())
                .collect();
            for (row, key) in keys(&columns)?.enumerate() {
                tell(self.keys.contains(&key), &|| self.words(&columns, row));
            }
        }
        Ok(())
    }

    fn words(&self, columns: &[ArrayRef], row: usize) -> String {
        let value = |column: &ArrayRef| array_value_to_string(column, row).unwrap_or_default();
        let named = self.columns.iter().zip(columns);
        let words: Vec<String> =
            named.map(|((name, _), column)| format!("{name} {}", value(column))).collect();
        words.join(", ")
    }
}

/// One comparable text of bytes per row.
fn keys(columns: &[ArrayRef]) -> Result<impl Iterator<Item = Box<[u8]>>> {
    let fail = || "clés des lignes".to_owned();
    let fields = columns.iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let rows = RowConverter::new(fields).access(fail)?.convert_columns(columns).access(fail)?;

    let keys: Vec<Box<[u8]>> = rows.iter().map(|row| row.as_ref().into()).collect();
    Ok(keys.into_iter())
}

fn refusal(table: &str, count: usize, example: &str, file: &DataFile, other_region: bool) -> Error {
    let held = format!("la livraison {} de la région {}", file.periode, file.region);
    let advice = match (table, other_region) {
        ("medicobus", _) => {
            "un identifiant est propre à un projet : changez-le, ou retirez le projet de la livraison de l'autre région"
        }
        (_, true) => "retirez ces lignes de l'une des deux livraisons",
        (_, false) => {
            "si c'est la même chose, retirez ces lignes ; si les deux s'ajoutent, livrez leur total dans une seule livraison"
        }
    };

    Error::refused(format!(
        "la table {table} dit ce que dit déjà {held} : {}, dont {example} ; les deux compteraient ; {advice}",
        counted(count, "ligne", "lignes")
    ))
}
