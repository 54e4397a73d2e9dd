//! A document before it is set: its content, its charts, its attachments, and the folder of files that Typst reads.

use std::collections::BTreeMap;

use super::bilan::BilanInput;
use super::couverture::Couverture;
use super::gabarits::Gabarits;
use super::model::{Bilan, Piece};
use base::error::{Context, Result};
use charts::Chart;

/// A document ready to be set.
#[derive(Debug, Clone)]
pub struct Document {
    /// The Typst file that sets it.
    pub principal: String,
    /// Content of `donnees.json`.
    pub donnees: Bilan,
    /// Charts, each a file of the project.
    pub charts: Vec<Chart>,
    /// Bytes of the attachments and of the logo, by path in the project.
    octets: BTreeMap<String, Vec<u8>>,
}

impl Document {
    /// A document whose tables are still to be attached.
    pub(super) fn new(
        principal: &str,
        donnees: Bilan,
        charts: Vec<Chart>,
        input: &BilanInput<'_>,
    ) -> Self {
        let octets = BTreeMap::new();
        let mut document = Self {
            principal: principal.to_string(),
            donnees,
            charts,
            octets,
        };
        if let Some((nom, octets)) = input.logo {
            document.octets.insert(nom.to_string(), octets.to_vec());
        }
        document
    }

    /// A document that no query's table is attached to.
    pub fn sans_tables(principal: &str, donnees: Bilan) -> Self {
        Self {
            principal: principal.to_string(),
            donnees,
            charts: Vec::new(),
            octets: BTreeMap::new(),
        }
    }

    /// Attaches a file inside the PDF. `relation` is PDF/A-3's: `data`, `source`, `supplement`, `alternative`.
    pub fn joindre(
        &mut self,
        nom: &str,
        mime: &str,
        description: &str,
        relation: &str,
        octets: Vec<u8>,
    ) {
        let chemin = format!("pieces/{nom}");
        self.donnees.pieces.retain(|p| p.nom != nom);
        self.donnees.pieces.push(Piece {
            nom: nom.to_string(),
            chemin: format!("/{chemin}"),
            mime: mime.to_string(),
            description: description.to_string(),
            relation: relation.to_string(),
        });
        self.octets.insert(chemin, octets);
    }

    /// Bytes of an attachment by its name.
    pub fn piece(&self, nom: &str) -> Option<&[u8]> {
        self.octets.get(&format!("pieces/{nom}")).map(Vec::as_slice)
    }

    /// Every file that Typst reads, by path: templates, `donnees.json`, charts, attachments.
    ///
    /// # Errors
    /// If the content cannot be written as JSON.
    pub fn fichiers(&self, gabarits: &Gabarits) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut fichiers = gabarits.fichiers().clone();
        let couverture = Couverture::lire(gabarits);
        let echec = || "donnees.json ne peut pas être écrit".to_string();
        let mut contenu = serde_json::to_value(&self.donnees).access(echec)?;
        couverture.assainir(&mut contenu);
        let mut json = serde_json::to_vec_pretty(&contenu).access(echec)?;
        json.push(b'\n');
        fichiers.insert("donnees.json".into(), json);
        for chart in &self.charts {
            if let Some(svg) = &chart.svg {
                let svg: Vec<String> = svg.lines().map(|l| couverture.lisible(l)).collect();
                fichiers.insert(
                    format!("graphiques/{}.svg", chart.id),
                    svg.join("\n").into_bytes(),
                );
            }
        }
        fichiers.extend(
            self.octets
                .iter()
                .map(|(chemin, octets)| (chemin.clone(), octets.clone())),
        );
        Ok(fichiers)
    }

    /// What identifies the document from one compilation to the next: title, zone, year, state of the data.
    pub fn identifiant(&self) -> String {
        let d = &self.donnees;
        format!(
            "medicobus:{}:{}:{}:{}:{:04}-{:02}-{:02}",
            self.principal,
            d.zone.niveau,
            d.zone.code,
            d.annee,
            d.date.annee,
            d.date.mois,
            d.date.jour
        )
    }
}

/// What a key says of its table's scope, in words.
pub fn portee(cle: &str) -> String {
    match cle.rsplit_once('/') {
        Some((_, "precedent")) => "année précédente".into(),
        Some((_, "parties")) => "par territoire".into(),
        Some((_, "medicobus")) => "par médicobus".into(),
        Some((debut, annee)) if annee.parse::<i32>().is_ok() => {
            format!("{}, {annee}", portee(debut))
        }
        _ => "ensemble de la zone".into(),
    }
}
