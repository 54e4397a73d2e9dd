//! The lasting offer: what opened, came and left in the communes served, before and after the bus first came.

use std::collections::BTreeMap;

use super::chapter::chapter;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::{Fact, for_sentence};
use crate::slice::SliceRow;
use base::definition::Format;
use base::error::Result;
use charts::dumbbell::{DumbbellPair, Dumbbells};

pub(super) fn build(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(slice) = a.slice("offre_durable").filter(|v| !v.is_empty()) else {
        return Ok(None);
    };

    let columns = ["communes", "avant", "apres", "rythme_avant", "rythme_apres"].map(String::from);
    let kind = |key: &str, name: &str| {
        let row = a.slice(key).and_then(|v| v.with("type", name).first());
        Fact::row(row.as_ref(), &columns)
    };

    let facts_of = |key: &str| {
        for_sentence(BTreeMap::from([
            ("installations", kind(key, "installation_mg")),
            ("departs", kind(key, "depart_mg")),
        ]))
    };
    let deliveries = a.slice("completude_livraisons");
    let missing = deliveries.is_some_and(|slice| slice.with("nom_table", "offre").is_empty());
    let context = BTreeMap::from([
        ("o", facts_of("offre_durable")),
        ("op", facts_of("offre_durable/precedent")),
        ("non_livree", for_sentence(missing)),
    ]);

    let sentences = a.sentences("offre.j2", context)?;
    let nothing = |l: &SliceRow<'_>| {
        ["avant", "apres"].iter().all(|name| l.value(name).number() == Some(0.0))
    };
    if slice.rows().all(|row| nothing(&row)) {
        return Ok(Some(chapter(a, "offre", "Offre durable", sentences, Vec::new())));
    }
    let pairs = slice
        .rows()
        .map(|l| DumbbellPair {
            label: l.label(&["nom_type", "type"]),
            before: l.value("rythme_avant"),
            after: l.value("rythme_apres"),
            note: format!("{} puis {}", l.printed("avant"), l.printed("apres")),
        })
        .collect();

    let plot = Dumbbells {
        pairs,
        dates: ("avant".into(), "après".into()),
        format: Format::Decimal1,
    };

    let title = "Événements pour 100 communes desservies et par an, avant et après le premier passage ; à droite, leur nombre";
    let chart = a.chart("offre-halteres", title, &plot, slice.table())?;
    let mut blocks: Vec<Block> = chart.into_iter().collect();

    let columns = [
        "nom_type",
        "avant",
        "apres",
        "etp_avant",
        "etp_apres",
        "rythme_avant",
        "rythme_apres",
    ];
    let title =
        format!("Offre durable avant et après le premier passage, {}", a.input.at_its_end());
    blocks.push(a.table("offre_durable", &title, &slice, &columns));

    Ok(Some(chapter(a, "offre", "Offre durable", sentences, blocks)))
}
