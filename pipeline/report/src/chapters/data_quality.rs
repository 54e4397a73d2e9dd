//! How complete the deliveries are.

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::typography;
use charts::bar::{Bar, BarChart};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocks: Vec<Block> = Vec::new();
    if let Some(slice) = a.slice("completude_livraisons").filter(|v| !v.is_empty()) {
        let columns = [
            "nom_table",
            "livraisons",
            "lignes_lues",
            "lignes_acceptees",
            "lignes_refusees",
            "part_refusee",
        ];
        blocks.push(a.table(
            "completude_livraisons",
            "Lignes reçues, acceptées et refusées",
            &slice,
            &columns,
        ));
    }

    if let Some(slice) = a.slice("completude").filter(|v| !v.is_empty()) {
        let bars = slice
            .rows()
            .map(|l| Bar {
                label: l.label(&["nom_champ", "champ"]),
                value: l.value("part_inconnus"),
                previous: Figure::Missing,
                secondary: false,
            })
            .filter(|bar: &Bar| bar.value != Figure::Known(0.0))
            .collect();

        let plot = BarChart {
            bars,
            format: Format::Percent,
            comparison: None,
            reference: None,
        };

        let title = "Part des consultations dont le champ est vide ou inconnu ; les champs toujours remplis ne sont pas montrés";
        blocks.push(a.chart("qualite-completude", title, &plot, slice.table())?);
    }

    if blocks.is_empty() {
        return Ok(None);
    }

    let sentences = vec![typography(
        "Aucune ligne n'est perdue : pour chaque table, les lignes lues sont égales aux lignes acceptées plus les lignes refusées. Les lignes refusées restent en quarantaine, hors des tables, et ne comptent dans aucun indicateur.",
    )];

    Ok(Some(chapter(a, "qualite", "Qualité des données", sentences, blocks)))
}
