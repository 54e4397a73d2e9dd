//! What the deliveries are worth.

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::typography;
use charts::bar::{Bar, BarChart};

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = Vec::new();
    if let Some(vue) = a.vue("completude_livraisons").filter(|v| !v.is_empty()) {
        let colonnes = [
            "nom_table",
            "livraisons",
            "lignes_lues",
            "lignes_acceptees",
            "lignes_refusees",
            "part_refusee",
        ];
        blocs.push(a.tableau(
            "completude_livraisons",
            "Lignes reçues, acceptées et refusées",
            &vue,
            &colonnes,
        ));
    }
    if let Some(vue) = a.vue("completude").filter(|v| !v.is_empty()) {
        let barres = vue
            .lignes()
            .map(|l| Bar {
                libelle: l.libelle(&["nom_champ", "champ"]),
                valeur: l.valeur("part_inconnus"),
                precedente: Figure::Missing,
                secondaire: false,
            })
            .collect();
        let trace = BarChart {
            barres,
            format: Format::Percent,
            comparaison: None,
            reference: None,
        };
        let titre = "Part des consultations dont le champ est vide ou inconnu";
        blocs.push(a.graphique("qualite-completude", titre, &trace, vue.table())?);
        let colonnes = ["nom_champ", "inconnus", "patients", "part_inconnus"];
        blocs.push(a.tableau("completude", "Complétude, champ par champ", &vue, &colonnes));
    }
    if blocs.is_empty() {
        return Ok(None);
    }
    let phrases = vec![typography(
        "Aucune ligne n'est perdue : pour chaque table, les lignes lues sont égales aux lignes acceptées plus les lignes refusées. Les lignes refusées restent en quarantaine chez le producteur et ne comptent dans aucun indicateur.",
    )];
    Ok(Some(chapitre(
        a,
        "qualite",
        "Qualité des données",
        phrases,
        blocs,
    )))
}
