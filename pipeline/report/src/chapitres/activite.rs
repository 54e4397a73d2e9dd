//! Consultations by month and by bus, and how they are held.

use std::collections::BTreeMap;

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::for_sentence;
use crate::slice::Slice;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, month_name};
use charts::bar::{Bar, BarChart};
use charts::line::{LineChart, Series};

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let Some(vue) = a.vue("consultations_par_mois") else {
        return Ok(None);
    };
    let annee = a.input.annee;
    let mut blocs: Vec<Block> = courbe(a)?.into_iter().collect();
    let colonnes = [
        "periode",
        "consultations",
        "patients",
        "tournees",
        "jours_sortie",
        "consultations_par_jour",
    ];
    blocs.push(a.tableau(
        "consultations_par_mois",
        &format!("Activité par mois, {annee}"),
        &vue,
        &colonnes,
    ));
    blocs.extend(par_bus(a)?);
    if let Some(c) = a.vue("conformite_activite").filter(|v| !v.is_empty()) {
        let colonnes = ["nom_cas", "consultations", "patients", "part"];
        let titre = "Activité au regard du cahier des charges";
        blocs.push(a.tableau("conformite_activite", titre, &c, &colonnes));
    }
    let phrases = phrases(a, &mois_de(&vue, annee))?;
    Ok(Some(chapitre(a, "activite", "Activité", phrases, blocs)))
}

/// This year's months against last year's.
pub(crate) fn courbe(a: &mut Builder<'_>) -> Result<Option<Block>> {
    let Some(vue) = a.vue("consultations_par_mois") else {
        return Ok(None);
    };
    let annee = a.input.annee;
    let precedente = a
        .vue("consultations_par_mois/precedent")
        .map(|v| mois_de(&v, annee - 1));
    let mut titre = format!("Consultations honorées par mois, {annee}");
    let mut series = Vec::new();
    if let Some(valeurs) = precedente.filter(|p| p.iter().any(|v| v.number().is_some())) {
        titre.push_str(&format!(" et {}", annee - 1));
        series.push(Series {
            nom: (annee - 1).to_string(),
            valeurs,
            principale: false,
        });
        a.imprimees
            .insert("consultations_par_mois/precedent".into());
    }
    series.push(Series {
        nom: annee.to_string(),
        valeurs: mois_de(&vue, annee),
        principale: true,
    });
    let pas = (1..=12).filter_map(month_name).map(abrege).collect();
    let trace = LineChart {
        pas,
        series,
        format: Format::Integer,
        unite: "consultations".into(),
    };
    a.graphique("activite-mois", &titre, &trace, vue.table())
        .map(Some)
}

pub(super) fn abrege(mois: &str) -> String {
    match mois {
        "janvier" => "janv.",
        "février" => "févr.",
        "avril" => "avr.",
        "juillet" => "juil.",
        "septembre" => "sept.",
        "octobre" => "oct.",
        "novembre" => "nov.",
        "décembre" => "déc.",
        court => court,
    }
    .to_string()
}

/// Twelve values, January first.
fn mois_de(vue: &Slice<'_>, annee: i32) -> Vec<Figure> {
    (1..=12)
        .map(|m| {
            let cle = format!("{annee}-{m:02}");
            vue.ou("periode", &cle)
                .premiere()
                .map_or(Figure::Missing, |l| l.valeur("consultations"))
        })
        .collect()
}

fn phrases(a: &Builder<'_>, valeurs: &[Figure]) -> Result<Vec<String>> {
    let connus: Vec<(f64, String)> = valeurs
        .iter()
        .zip(1..)
        .filter_map(|(v, m)| Some((v.number()?, month_name(m)?.to_string())))
        .collect();
    let dire = |choix: Option<&(f64, String)>| {
        choix.map(|(x, m)| {
            BTreeMap::from([("periode", m.clone()), ("texte", format::number(*x, 0))])
        })
    };
    // With a hidden or missing month, the extreme of the known ones may not be the extreme.
    let complets = connus.len() == 12;
    let haut = connus
        .iter()
        .filter(|_| complets)
        .max_by(|p, q| p.0.total_cmp(&q.0));
    let bas = connus
        .iter()
        .filter(|_| complets)
        .min_by(|p, q| p.0.total_cmp(&q.0));
    let mut s = a.faits("synthese");
    for nom in [
        "consultations",
        "consultations_precedent",
        "evolution_consultations",
    ] {
        s.entry(nom.into())
            .or_insert_with(crate::prose::Fact::inconnu);
    }
    let contexte = BTreeMap::from([
        ("s", for_sentence(&s)),
        ("haut", for_sentence(dire(haut))),
        ("bas", for_sentence(dire(bas))),
    ]);
    a.phrases("activite.j2", contexte)
}

fn par_bus(a: &mut Builder<'_>) -> Result<Vec<Block>> {
    let Some(vue) = a
        .vue("synthese/medicobus")
        .filter(|v| !v.is_empty() && v.len() <= 60)
    else {
        return Ok(Vec::new());
    };
    let barres = vue
        .lignes()
        .map(|l| Bar {
            libelle: l.libelle(&["nom_zone", "code_zone"]),
            valeur: l.valeur("consultations"),
            precedente: l.valeur("consultations_precedent"),
            secondaire: false,
        })
        .collect();
    let comparaison = Some((a.input.annee - 1).to_string());
    let trace = BarChart {
        barres,
        format: Format::Integer,
        comparaison,
        reference: None,
    };
    let titre = format!("Consultations de chaque médicobus, {}", a.input.annee);
    let graphique = a.graphique("activite-medicobus", &titre, &trace, vue.table())?;
    let colonnes = [
        "nom_zone",
        "jours_sortie",
        "consultations",
        "consultations_precedent",
        "patients",
        "consultations_par_jour",
        "taux_remplissage",
    ];
    let tableau = a.tableau(
        "synthese/medicobus",
        "Activité de chaque médicobus",
        &vue,
        &colonnes,
    );
    Ok(vec![graphique, tableau])
}
