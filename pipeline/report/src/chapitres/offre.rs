//! The lasting offer: what opened, came and left in the communes served, before and after the bus first came.

use std::collections::BTreeMap;

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::{Fact, for_sentence};
use base::definition::Format;
use base::error::Result;
use charts::dumbbell::{Dumbbells, DumbbellPair};

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(vue) = a.vue("offre_durable").filter(|v| !v.is_empty()) else {
        return Ok(None);
    };
    let colonnes = ["communes", "avant", "apres", "rythme_avant", "rythme_apres"].map(String::from);
    let genre = |cle: &str, nom: &str| {
        let ligne = a.vue(cle).and_then(|v| v.ou("type", nom).premiere());
        Fact::ligne(ligne.as_ref(), &colonnes)
    };
    let annee = |cle: &str| {
        for_sentence(BTreeMap::from([
            ("installations", genre(cle, "installation_mg")),
            ("departs", genre(cle, "depart_mg")),
        ]))
    };
    let contexte = BTreeMap::from([
        ("o", annee("offre_durable")),
        ("op", annee("offre_durable/precedent")),
    ]);
    let phrases = a.phrases("offre.j2", contexte)?;
    let paires = vue
        .lignes()
        .map(|l| DumbbellPair {
            libelle: l.libelle(&["nom_type", "type"]),
            avant: l.valeur("rythme_avant"),
            apres: l.valeur("rythme_apres"),
            note: format!("{} puis {}", l.imprime("avant"), l.imprime("apres")),
        })
        .collect();
    let trace = Dumbbells {
        paires,
        dates: ("avant".into(), "après".into()),
        format: Format::Decimal1,
    };
    let titre = "Événements pour 100 communes desservies et par an, avant et après le premier passage ; à droite, leur nombre";
    let mut blocs: Vec<Block> = vec![a.graphique("offre-halteres", titre, &trace, vue.table())?];
    let colonnes = [
        "nom_type",
        "avant",
        "apres",
        "etp_avant",
        "etp_apres",
        "rythme_avant",
        "rythme_apres",
    ];
    let titre = format!(
        "Offre durable avant et après le premier passage, fin {}",
        a.input.annee
    );
    blocs.push(a.tableau("offre_durable", &titre, &vue, &colonnes));
    a.imprimees.insert("offre_durable/precedent".into());
    Ok(Some(chapitre(a, "offre", "Offre durable", phrases, blocs)))
}
