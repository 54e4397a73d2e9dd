//! The tree of zones: national → régions → départements → buses.
//!
//! A région and a département may bear the same code (région 28 is Normandie, département 28 Eure-et-Loir),
//! so a zone is a level and a code.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The level of a zone, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The whole country, code `FR`.
    National,
    /// A région, INSEE code.
    Region,
    /// A département, INSEE code.
    Departement,
    /// One bus.
    Medicobus,
    /// Any other zone (commune, EPCI, territoire): it has no parent here.
    #[serde(rename = "autre")]
    Other,
}

impl Level {
    /// The level that a `$niveau` parameter or a `niveau` column names.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "national" => Some(Level::National),
            "region" => Some(Level::Region),
            "departement" => Some(Level::Departement),
            "medicobus" => Some(Level::Medicobus),
            _ => None,
        }
    }

    /// The name of the level in parameters, columns and files.
    pub fn name(self) -> &'static str {
        match self {
            Level::National => "national",
            Level::Region => "region",
            Level::Departement => "departement",
            Level::Medicobus => "medicobus",
            Level::Other => "autre",
        }
    }

    const NAMED: [Level; 4] =
        [Level::National, Level::Region, Level::Departement, Level::Medicobus];
}

/// One zone: a level and a code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Zone {
    /// Its level.
    #[serde(rename = "niveau")]
    pub level: Level,
    /// Its code: `FR`, `28`, `61`, the bus's identifier.
    pub code: String,
}

impl Zone {
    /// The zone of that level and code.
    pub fn new(level: Level, code: impl Into<String>) -> Self {
        Self { level, code: code.into() }
    }

    /// The whole country.
    pub fn national() -> Self {
        Self::new(Level::National, "FR")
    }
}

/// Which zone lies in which. Counts of a zone are the sum of those of its parts, for columns that say so.
#[derive(Debug, Clone, Default)]
pub struct ZoneTree {
    parent: BTreeMap<Zone, Zone>,
    children: BTreeMap<Zone, BTreeSet<Zone>>,
}

impl ZoneTree {
    /// A tree that holds the country alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a région under the country.
    pub fn add_region(&mut self, code: &str) {
        self.link(Zone::new(Level::Region, code), Zone::national());
    }

    /// Adds a département under its région, and the région if it is not there yet.
    pub fn add_departement(&mut self, code: &str, region: &str) {
        self.add_region(region);
        self.link(Zone::new(Level::Departement, code), Zone::new(Level::Region, region));
    }

    /// Adds a bus under its département.
    pub fn add_medicobus(&mut self, id: &str, departement: &str, region: &str) {
        self.add_departement(departement, region);
        self.link(Zone::new(Level::Medicobus, id), Zone::new(Level::Departement, departement));
    }

    fn link(&mut self, child: Zone, parent: Zone) {
        self.children.entry(parent.clone()).or_default().insert(child.clone());
        self.parent.insert(child, parent);
    }

    /// The zone right above, if any.
    pub fn parent(&self, zone: &Zone) -> Option<&Zone> {
        self.parent.get(zone)
    }

    /// The zones right below, in code order.
    pub fn children(&self, zone: &Zone) -> impl Iterator<Item = &Zone> {
        self.children.get(zone).into_iter().flatten()
    }

    /// The other zones that hold the same buses: above as long as each is the only part of the next, below as long as each has one part.
    pub fn same(&self, zone: &Zone) -> Vec<&Zone> {
        let only = |zone: &Zone| {
            let mut parts = self.children(zone);
            parts.next().filter(|_| parts.next().is_none())
        };
        let above = |child: &&Zone| self.parent(child).filter(|parent| only(parent).is_some());

        let up = std::iter::successors(self.parent(zone).filter(|p| only(p).is_some()), above);
        let down = std::iter::successors(only(zone), |part| only(part));
        up.chain(down).collect()
    }

    /// Whether the tree knows this zone.
    pub fn contains(&self, zone: &Zone) -> bool {
        zone.level == Level::National || self.parent.contains_key(zone)
    }

    /// The level that fits all these codes, when the table does not say it: the first level, widest first, that
    /// knows every code, else `Other`. A lone `FR` among them is the national line of the table.
    pub fn guess_level<'a>(&self, codes: impl Iterator<Item = &'a str> + Clone) -> Level {
        Level::NAMED
            .into_iter()
            .find(|&level| {
                let mut local = codes.clone().filter(|c| *c != "FR").peekable();
                if level == Level::National {
                    return local.peek().is_none();
                }
                local.all(|c| self.parent.contains_key(&Zone::new(level, c)))
            })
            .unwrap_or(Level::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departement_and_a_region_of_the_same_code_stay_apart() {
        let mut tree = ZoneTree::new();
        tree.add_medicobus("B1", "28", "24");
        tree.add_medicobus("B2", "61", "28");
        let region = Zone::new(Level::Region, "28");
        let departement = Zone::new(Level::Departement, "28");
        assert_eq!(tree.parent(&departement), Some(&Zone::new(Level::Region, "24")));
        assert_eq!(tree.children(&region).count(), 1);
        assert_eq!(tree.guess_level(["28", "61"].into_iter()), Level::Departement);
        assert_eq!(tree.guess_level(["28", "24", "FR"].into_iter()), Level::Region);
        assert_eq!(tree.guess_level(["61001"].into_iter()), Level::Other);
    }
}
