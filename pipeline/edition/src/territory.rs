//! The territory of a project: the itinerary of a bus of the store, communes that the user names, or an EPCI.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use base::error::{Error, Result};
use base::zone::Level;
use query::session::rows;
use report::content::NamedZone;

use super::edition::Edition;

/// The zone of a project that no bus of the store is yet.
///
/// # Errors
/// A name without a letter or a digit.
pub fn named(name: &str) -> Result<NamedZone> {
    // An accent goes, a typographic apostrophe parts two words.
    let letters = name.nfkd().filter(|c| !is_combining_mark(*c));
    let letters = letters.map(|c| if c.is_ascii() { c } else { ' ' });
    let plain = letters.collect::<String>().to_lowercase();
    let words = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let code = words.collect::<Vec<_>>().join("-");

    match code.is_empty() {
        true => Err(Error::usage(format!("« {name} » ne nomme pas un projet"))
            .hint("--nom \"Perche sud\" : il titre le document et nomme le fichier")),
        false => Ok(NamedZone::new(Level::Other, &code, name, name)),
    }
}

impl Edition<'_> {
    /// Refuses a bus whose itinerary says no commune in that year or after it.
    ///
    /// # Errors
    /// No commune; a store that cannot be read.
    pub async fn itinerary(&self, bus: &str, year: i32) -> Result<()> {
        let batch = self
            .session
            .read(&format!(
                "SELECT DISTINCT id_medicobus FROM dessertes WHERE date_fin IS NULL OR date_fin >= make_date({year}, 1, 1)"
            ))
            .await?;
        let served = rows(&batch)?;
        let known = served.iter().filter_map(|row| row.first()?.as_text());

        match known.into_iter().any(|id| id == bus) {
            true => Ok(()),
            false => Err(Error::usage(format!(
                "{bus} : aucune commune desservie en {year} ou après"
            ))
            .hint("livrez ses dessertes, ou donnez --nom et --communes à la place de --medicobus")),
        }
    }

    /// The codes, each once, if all are communes of today.
    ///
    /// # Errors
    /// A code that is none, with the commune that it became where it merged.
    pub fn known_communes(&self, codes: &[String]) -> Result<Vec<String>> {
        let mut known: Vec<String> = Vec::new();
        for code in codes.iter().map(|code| code.trim()).filter(|code| !code.is_empty()) {
            if !self.communes.exists(code) {
                let error = Error::usage(format!(
                    "--communes : {code} n'est pas une commune d'aujourd'hui"
                ));
                return Err(match self.communes.successor(code) {
                    Some(new) => error.hint(format!("elle fait partie de {new} depuis sa fusion")),
                    None => error.hint("donnez des codes INSEE : 61006,61038"),
                });
            }
            known.push(code.to_string());
        }

        known.sort();
        known.dedup();
        match known.is_empty() {
            true => {
                Err(Error::usage("--communes : aucune commune").hint("par exemple 61006,61038"))
            }
            false => Ok(known),
        }
    }

    /// An EPCI as a territory, under its own name where none is given.
    ///
    /// # Errors
    /// A SIREN that no commune bears.
    pub fn epci(&self, siren: &str, name: Option<&str>) -> Result<(NamedZone, Vec<String>)> {
        let communes = self.communes.iter();
        let members: Vec<_> =
            communes.filter(|c| c.siren_epci.as_deref() == Some(siren.trim())).collect();
        let own = members.first().and_then(|c| c.nom_epci.as_deref());

        let Some(name) = name.or(own) else {
            return Err(Error::usage(format!("--epci : aucune commune n'est de l'EPCI {siren}"))
                .hint("le SIREN a neuf chiffres ; « medicobus sql \"SELECT DISTINCT siren_epci, nom_epci FROM communes\" » les liste"));
        };
        let codes = members.iter().map(|c| c.code.clone()).collect();
        Ok((named(name)?, codes))
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_name_gives_a_code_that_a_file_can_bear() {
        for (name, code) in [
            ("Perche sud", "perche-sud"),
            ("  Pays d’Écouves (61) ", "pays-d-ecouves-61"),
            ("Œuvre/../x", "uvre-x"),
        ] {
            assert_eq!(named(name).unwrap().code, code, "{name}");
        }
        assert!(named(" …  ").is_err());
    }
}
