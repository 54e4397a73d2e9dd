//! How long a patient waits.

use std::collections::BTreeMap;

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::Fact;
use crate::slice::SliceRow;
use base::error::Result;
use charts::quantile_bars::{QuantileBars, QuantileRow};

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(vue) = a.vue("delai_rendez_vous") else {
        return Ok(None);
    };
    let mut r = a.faits("delai_rendez_vous");
    for nom in [
        "mediane",
        "mediane_precedent",
        "neuvieme_decile",
        "part_deux_jours",
    ] {
        r.entry(nom.into()).or_insert_with(Fact::inconnu);
    }
    let phrases = a.phrases("delais.j2", BTreeMap::from([("r", r)]))?;
    let annee = a.input.annee;
    let mut rangs: Vec<QuantileRow> = vue
        .premiere()
        .map(|l| rang(&l, &annee.to_string(), false))
        .into_iter()
        .collect();
    if let Some(l) = a.ligne("delai_rendez_vous/precedent") {
        rangs.push(rang(&l, &(annee - 1).to_string(), true));
        a.imprimees.insert("delai_rendez_vous/precedent".into());
    }
    let parties = a.vue("delai_rendez_vous/parties").filter(|v| !v.is_empty());
    if let Some(p) = &parties {
        rangs.extend(
            p.lignes()
                .map(|l| rang(&l, &l.libelle(&["nom_zone", "code_zone"]), false)),
        );
    }
    let mut blocs: Vec<Block> = Vec::new();
    let trace = QuantileBars {
        rangs,
        unite: "jours entre la demande et le rendez-vous".into(),
    };
    let titre =
        "Délai de rendez-vous : quartiles (barre), médiane (point), neuvième décile (trait)";
    blocs.push(a.graphique("delais-intervalles", titre, &trace, vue.table())?);
    let colonnes = [
        "nom_zone",
        "rendez_vous",
        "premier_quartile",
        "mediane",
        "troisieme_quartile",
        "neuvieme_decile",
        "part_deux_jours",
        "mediane_precedent",
    ];
    let bus = a
        .vue("delai_rendez_vous/medicobus")
        .filter(|v| !v.is_empty() && v.len() <= 60);
    blocs.extend(a.tableau_zones(
        "delai_rendez_vous",
        &format!("Délai de rendez-vous, {annee}"),
        &colonnes,
    ));
    if let Some(bus) = bus {
        blocs.push(a.tableau(
            "delai_rendez_vous/medicobus",
            "Délai de rendez-vous par médicobus",
            &bus,
            &colonnes,
        ));
    }
    blocs.extend(super::territoires::delais(a)?);
    Ok(Some(chapitre(
        a,
        "delais",
        "Délais de rendez-vous",
        phrases,
        blocs,
    )))
}

fn rang(l: &SliceRow<'_>, libelle: &str, ancien: bool) -> QuantileRow {
    QuantileRow {
        libelle: libelle.to_string(),
        q1: l.valeur("premier_quartile"),
        mediane: l.valeur("mediane"),
        q3: l.valeur("troisieme_quartile"),
        d9: l.valeur("neuvieme_decile"),
        ancien,
    }
}
