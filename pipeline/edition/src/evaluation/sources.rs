//! The raw answers that estimates start from. They do not leave: only what is estimated from them does.

use std::collections::BTreeMap;

use crate::bilan::Workshop;
use crate::manifest::Requete;
use base::error::Result;
use base::table::{RawTable, Value};
use report::model::Zone;

use super::Span;

/// The raw answers that estimates start from.
pub struct Sources {
    /// Panel of the territories, then of the survey's delays.
    pub territoires: RawTable,
    pub delays: RawTable,
    /// Profiles of each région in the reference year, all régions whatever the zone.
    pub regions: RawTable,
    /// Profiles of each bus in the first complete year, where it is not the reference year.
    pub before: Option<RawTable>,
    /// Profiles of each bus in the reference year.
    pub after: RawTable,
    /// Patients of each bus who found a médecin traitant, reference year.
    pub found: RawTable,
    /// Delays at the bus, then answers to the survey, reference year.
    pub bus_delays: RawTable,
    pub survey: RawTable,
}

impl Workshop<'_> {
    /// Runs one query; the manifest will say so under `key`.
    pub(super) async fn ask(
        &self,
        key: &str,
        name: &str,
        parameters: &BTreeMap<String, Value>,
        requetes: &mut Vec<Requete>,
    ) -> Result<RawTable> {
        let query = self.catalogue.get(name)?;
        let given = parameters
            .iter()
            .map(|(k, v)| (k.clone(), export::machine(v)))
            .collect();
        let table = self.session.run(query, &given).await?;

        requetes.push(Requete::new(key, query, &table.parameters));
        Ok(table)
    }

    pub(super) async fn sources(
        &self,
        zone: &Zone,
        span: Span,
        requetes: &mut Vec<Requete>,
    ) -> Result<Sources> {
        let with = |year: i32, more: &[(&str, &str)]| {
            let region = (zone.niveau == "region").then_some(("region", zone.code.as_str()));
            parameters(year, more.iter().copied().chain(region))
        };
        let reference = span.reference;
        let bus = [("niveau", "medicobus")];
        let profiles = "part_sans_mt_par_profil";
        let mut asked = Vec::new();
        let mut ask = async |key: &str, name: &str, parameters: BTreeMap<String, Value>| {
            self.ask(key, name, &parameters, &mut asked).await
        };

        let name = "panel_territoires";
        let territoires = ask(name, name, with(span.last, &[])).await?;
        let name = "panel_delais";
        let delays = ask(name, name, with(span.last, &[("pas", "semestre")])).await?;

        // All régions, whatever the zone: they are what a région is compared with.
        let nation = parameters(reference, [("niveau", "region")]);
        let regions = ask("profils_regions", profiles, nation).await?;
        let before = match span.first < reference {
            true => Some(ask("profils_avant", profiles, with(span.first, &bus)).await?),
            false => None,
        };
        let after = ask("profils_apres", profiles, with(reference, &bus)).await?;
        let found = ask("mt_trouve_bus", "mt_trouve", with(reference, &bus)).await?;

        let here = with(reference, &[("niveau", zone.niveau.as_str())]);
        let name = "delai_rendez_vous_distribution";
        let bus_delays = ask(name, name, here.clone()).await?;
        let name = "delai_mg_distribution";
        let survey = ask(name, name, here).await?;

        requetes.extend(asked);
        Ok(Sources {
            territoires,
            delays,
            regions,
            before,
            after,
            found,
            bus_delays,
            survey,
        })
    }
}

/// The parameters of a query about a year.
fn parameters<'a>(
    year: i32,
    others: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<String, Value> {
    let others = others.into_iter().map(|(name, text)| (name, text.into()));
    std::iter::once(("annee", year.into()))
        .chain(others)
        .map(|(name, value)| (name.to_string(), value))
        .collect()
}
