//! The communes of France and of its five overseas départements, embedded in the program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use base::error::{Context, Error, Result};

const COMMUNES: &[u8] = include_bytes!("communes.parquet");
const DEPARTEMENTS: &[u8] = include_bytes!("departements.parquet");
const REGIONS: &[u8] = include_bytes!("regions.parquet");
const SUCCESSEURS: &[u8] = include_bytes!("successeurs.parquet");

/// One commune as it is in the code officiel géographique 2026.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commune {
    /// INSEE code, five characters (`01001`, `2A004`, `97311`).
    pub code: String,
    /// Name, with its article.
    pub nom: String,
    /// INSEE code of the département (`01`, `2A`, `973`).
    pub departement: String,
    /// INSEE code of the région (`84`).
    pub region: String,
    /// SIREN of the EPCI with own taxation; four island communes have none.
    pub siren_epci: Option<String>,
    /// Name of the EPCI.
    pub nom_epci: Option<String>,
    /// Legal population, in inhabitants.
    pub population: Option<i64>,
}

/// The commune referential: look-ups, and the raw tables for SQL.
#[derive(Debug, Clone)]
pub struct Communes {
    communes: BTreeMap<String, Commune>,
    successeurs: BTreeMap<String, String>,
    epci: BTreeSet<String>,
    departements: BTreeMap<String, String>,
    regions: BTreeMap<String, String>,
}

impl Communes {
    /// The tables embedded in the program, about 35,000 communes, read once: that takes some tens of milliseconds.
    ///
    /// # Errors
    /// If an embedded table cannot be decoded, which a rebuilt program would show at once.
    pub fn embedded() -> Result<&'static Self> {
        static READ: OnceLock<Communes> = OnceLock::new();

        if let Some(read) = READ.get() {
            return Ok(read);
        }
        let read = Self::read()?;
        Ok(READ.get_or_init(|| read))
    }

    fn read() -> Result<Self> {
        let mut communes = BTreeMap::new();
        for batch in decode("communes", COMMUNES)? {
            let code = texts(&batch, "code_commune")?;
            let nom = texts(&batch, "nom_commune")?;
            let departement = texts(&batch, "code_departement")?;
            let region = texts(&batch, "code_region")?;
            let siren_epci = texts(&batch, "siren_epci")?;
            let nom_epci = texts(&batch, "nom_epci")?;

            let population = batch
                .column_by_name("population")
                .and_then(|c| c.as_primitive_opt::<Int64Type>())
                .ok_or_else(|| damaged("population"))?;
            for row in 0..batch.num_rows() {
                let text = |column: &[Option<String>]| column.get(row).cloned().flatten();
                let commune = Commune {
                    code: text(&code).unwrap_or_default(),
                    nom: text(&nom).unwrap_or_default(),
                    departement: text(&departement).unwrap_or_default(),
                    region: text(&region).unwrap_or_default(),
                    siren_epci: text(&siren_epci),
                    nom_epci: text(&nom_epci),
                    population: population.is_valid(row).then(|| population.value(row)),
                };

                communes.insert(commune.code.clone(), commune);
            }
        }

        Ok(Self {
            epci: communes.values().filter_map(|c| c.siren_epci.clone()).collect(),
            communes,
            successeurs: pairs("successeurs", SUCCESSEURS, "ancien_code", "code_commune")?,
            departements: pairs(
                "departements",
                DEPARTEMENTS,
                "code_departement",
                "nom_departement",
            )?,
            regions: pairs("regions", REGIONS, "code_region", "nom_region")?,
        })
    }

    /// Is this the code of a commune of today?
    pub fn exists(&self, code: &str) -> bool {
        self.communes.contains_key(code)
    }

    /// Is this the SIREN of an EPCI of today?
    pub fn is_epci(&self, code: &str) -> bool {
        self.epci.contains(code)
    }

    /// The commune of today that holds a merged commune, or an arrondissement of Paris, Lyon or Marseille.
    pub fn successor(&self, code: &str) -> Option<&str> {
        self.successeurs.get(code).map(String::as_str)
    }

    /// Every merged commune with the commune of today, by old code.
    pub fn successors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.successeurs
            .iter()
            .map(|(ancien, actuel)| (ancien.as_str(), actuel.as_str()))
    }

    /// The commune of this code, if it exists today.
    pub fn get(&self, code: &str) -> Option<&Commune> {
        self.communes.get(code)
    }

    /// All communes, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Commune> {
        self.communes.values()
    }

    /// Every région with its name, by code.
    pub fn regions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.regions.iter().map(|(code, name)| (code.as_str(), name.as_str()))
    }

    /// Name of a région (`28` → `Normandie`).
    pub fn region_name(&self, code: &str) -> Option<&str> {
        self.regions.get(code).map(String::as_str)
    }

    /// Name of a département (`61` → `Orne`).
    pub fn departement_name(&self, code: &str) -> Option<&str> {
        self.departements.get(code).map(String::as_str)
    }

    /// The tables as SQL sees them, by name: `communes`, `departements`, `regions`, `successeurs`.
    ///
    /// # Errors
    /// As [`Communes::embedded`].
    pub fn tables() -> Result<Vec<(&'static str, Vec<RecordBatch>)>> {
        Ok(vec![
            ("communes", decode("communes", COMMUNES)?),
            ("departements", decode("departements", DEPARTEMENTS)?),
            ("regions", decode("regions", REGIONS)?),
            ("successeurs", decode("successeurs", SUCCESSEURS)?),
        ])
    }
}

fn damaged(what: &str) -> Error {
    Error::access(format!("le référentiel embarqué est illisible (« {what} »)"))
        .hint("recompiler le programme depuis un dépôt intact")
}

fn decode(name: &str, bytes: &'static [u8]) -> Result<Vec<RecordBatch>> {
    let message = || format!("le référentiel embarqué « {name} » est illisible");
    ParquetRecordBatchReaderBuilder::try_new(Bytes::from_static(bytes))
        .access(message)?
        .with_batch_size(65_536)
        .build()
        .access(message)?
        .collect::<std::result::Result<Vec<_>, _>>()
        .access(message)
}

fn texts(batch: &RecordBatch, column: &str) -> Result<Vec<Option<String>>> {
    let array = batch
        .column_by_name(column)
        .and_then(|c| c.as_string_opt::<i32>())
        .ok_or_else(|| damaged(column))?;
    Ok(array.iter().map(|v| v.map(str::to_owned)).collect())
}

fn pairs(
    name: &str,
    bytes: &'static [u8],
    key: &str,
    value: &str,
) -> Result<BTreeMap<String, String>> {
    let mut pairs = BTreeMap::new();
    for batch in decode(name, bytes)? {
        for (key, value) in texts(&batch, key)?.into_iter().zip(texts(&batch, value)?) {
            if let (Some(key), Some(value)) = (key, value) {
                pairs.insert(key, value);
            }
        }
    }

    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_tables_hold_france() {
        let communes = Communes::embedded().unwrap();
        assert_eq!(communes.iter().count(), 34_875);
        let ceton = communes.get("61079").unwrap();

        assert_eq!(
            (ceton.nom.as_str(), ceton.departement.as_str(), ceton.region.as_str()),
            ("Ceton", "61", "28")
        );

        assert_eq!(communes.get("97303").unwrap().departement, "973");
        assert_eq!(communes.region_name("28"), Some("Normandie"));
        assert_eq!(communes.departement_name("2A"), Some("Corse-du-Sud"));

        // A commune of an island without EPCI.
        assert!(communes.get("29155").unwrap().siren_epci.is_none());
    }

    #[test]
    fn a_merged_commune_leads_to_the_one_of_today() {
        let communes = Communes::embedded().unwrap();
        assert!(!communes.exists("50358"));
        assert_eq!(communes.successor("50358"), Some("50417"));
        assert_eq!(communes.successor("75101"), Some("75056"));
        assert_eq!(communes.successor("61079"), None);

        for current in communes.successeurs.values() {
            assert!(communes.exists(current), "{current}");
        }
    }

    #[test]
    fn every_commune_lies_in_a_known_departement_and_region() {
        let communes = Communes::embedded().unwrap();
        for commune in communes.iter() {
            assert!(communes.departement_name(&commune.departement).is_some(), "{}", commune.code);
            assert!(communes.region_name(&commune.region).is_some(), "{}", commune.code);
        }
    }
}
