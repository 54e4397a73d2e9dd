//! A zone with the names that a report prints.

use serde::Serialize;

use base::zone::Level;

/// A zone that a report is about, with its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedZone {
    /// The country, a région, a département or a bus.
    #[serde(rename = "niveau")]
    pub level: Level,
    /// `FR`, INSEE code or bus identifier.
    pub code: String,
    /// Short name: `Normandie`.
    #[serde(rename = "nom")]
    pub name: String,
    /// Name with its kind: `Région Normandie`.
    #[serde(rename = "complet")]
    pub full_name: String,
    /// Code of the région that it lies in, or is; none for the nation, or where nobody said.
    pub region: Option<String>,
}

impl NamedZone {
    /// The whole country.
    pub fn nation() -> Self {
        Self::new(Level::National, "FR", "France", "France entière")
    }

    /// The zone as a document may call it: the nation is not France where some of its régions alone are read.
    #[must_use]
    pub fn of_regions(&self, read: usize, all: usize) -> Self {
        if self.level != Level::National || read == 0 || read >= all {
            return self.clone();
        }

        let s = if read > 1 { "s" } else { "" };
        let name = format!("{read} région{s}");
        Self {
            full_name: format!("{name} sur {all}"),
            name,
            ..self.clone()
        }
    }

    /// A région.
    pub fn region(code: &str, name: &str) -> Self {
        Self::new(Level::Region, code, name, &format!("Région {name}"))
    }

    /// A département.
    pub fn departement(code: &str, name: &str) -> Self {
        let full_name = format!("Département {name} ({code})");
        Self::new(Level::Departement, code, name, &full_name)
    }

    /// A bus.
    pub fn medicobus(id: &str, name: &str) -> Self {
        Self::new(Level::Medicobus, id, name, &format!("Médicobus {name}"))
    }

    /// Any zone: level, code, short name, name with its kind.
    pub fn new(level: Level, code: &str, name: &str, full_name: &str) -> Self {
        Self {
            level,
            code: code.into(),
            name: name.into(),
            full_name: full_name.into(),
            region: None,
        }
    }

    /// The same zone, in a région.
    #[must_use]
    pub fn in_region(self, code: Option<&str>) -> Self {
        Self { region: code.map(str::to_owned), ..self }
    }
}
