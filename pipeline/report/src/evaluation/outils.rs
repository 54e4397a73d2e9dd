//! Tables of several years: one column per year, one row per indicator or per category.

use chrono::{Datelike, NaiveDate};

use crate::builder::Builder;
use crate::content::Block;
use crate::slice::{SliceRow, Slice};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};
use charts::line::{LineChart, Series};
use disclosure::GatedTable;

use super::EvaluationInput;

/// Heading of a year's column; an unfinished year says how many months it holds.
pub(super) fn annee(e: &EvaluationInput<'_>, annee: i32) -> String {
    match arret(e, annee) {
        Some(jour) => format!("{annee} ({} mois)", jour.month()),
        None => annee.to_string(),
    }
}

/// Whether a figure of that year has a sense: a year's grant over the activity of some months has none.
pub(super) fn sense(e: &EvaluationInput<'_>, an: i32, colonne: &str) -> bool {
    let unitaire = colonne.starts_with("cout_par_") || colonne == "ecart_reference";
    !(unitaire && inachevee(e, an))
}

/// Whether the data stop before the end of that year.
pub(super) fn inachevee(e: &EvaluationInput<'_>, annee: i32) -> bool {
    arret(e, annee).is_some()
}

/// Last day of the data, if that year is unfinished.
fn arret(e: &EvaluationInput<'_>, annee: i32) -> Option<NaiveDate> {
    e.partielle.filter(|jour| jour.year() == annee)
}

/// The answer of a year.
pub(super) fn vue<'a>(
    a: &Builder<'a>,
    e: &EvaluationInput<'_>,
    requete: &str,
    an: i32,
) -> Option<Slice<'a>> {
    a.vue(&e.cle(requete, an)).filter(|v| !v.is_empty())
}

/// Which row of a year's answer.
pub(super) type Choix<'c> = Option<(&'c str, &'c str)>;

/// The row of a year, or of a category of that year.
pub(super) fn ligne<'a>(
    a: &Builder<'a>,
    e: &EvaluationInput<'_>,
    requete: &str,
    an: i32,
    choix: Choix<'_>,
) -> Option<SliceRow<'a>> {
    let vue = vue(a, e, requete, an)?;
    match choix {
        Some((nom, valeur)) => vue.filtre(|l| l.libelle(&[nom]) == valeur).premiere(),
        None => vue.premiere(),
    }
}

fn marquer(a: &mut Builder<'_>, e: &EvaluationInput<'_>, requete: &str) {
    for an in e.annees {
        a.imprimees.insert(e.cle(requete, *an));
    }
}

/// Any table of the years, for its header and its source.
fn table<'a>(a: &Builder<'a>, e: &EvaluationInput<'_>, requete: &str) -> Option<&'a GatedTable> {
    e.annees
        .iter()
        .rev()
        .find_map(|an| a.vue(&e.cle(requete, *an)))
        .map(|v| v.table())
}

fn imprimer(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    requete: &str,
    titre: &str,
    tete: &str,
    lignes: Vec<Vec<String>>,
) -> Option<Block> {
    let definition = table(a, e, requete)?.definition();
    if lignes.is_empty() {
        return None;
    }
    let ans: Vec<String> = e.annees.iter().map(|an| annee(e, *an)).collect();
    let mut entetes = vec![tete];
    entetes.extend(ans.iter().map(String::as_str));
    let bloc = a.tableau_compose(
        &e.cle(requete, e.base.annee),
        titre,
        &entetes,
        lignes,
        definition,
    );
    marquer(a, e, requete);
    Some(bloc)
}

/// Indicators in rows, years in columns; rows that no year knows are left out.
pub(super) fn par_annee(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    requete: &str,
    titre: &str,
    choix: Choix<'_>,
    colonnes: &[&str],
) -> Option<Block> {
    let definition = table(a, e, requete)?.definition();
    let lignes = colonnes
        .iter()
        .filter_map(|nom| {
            let cellules: Vec<Option<SliceRow<'_>>> = e
                .annees
                .iter()
                .map(|an| ligne(a, e, requete, *an, choix))
                .collect();
            let connue = cellules
                .iter()
                .flatten()
                .any(|l| l.valeur(nom) != Figure::Missing);
            connue.then(|| {
                let titre = definition.column(nom).map_or(*nom, |c| c.title.as_str());
                std::iter::once(typography(titre))
                    .chain(cellules.iter().zip(e.annees).map(|(l, an)| {
                        l.as_ref()
                            .filter(|_| sense(e, *an, nom))
                            .map_or_else(|| format::MISSING.to_string(), |l| l.imprime(nom))
                    }))
                    .collect()
            })
        })
        .collect();
    imprimer(a, e, requete, titre, "Indicateur", lignes)
}

/// Categories in rows, years in columns: one figure of each.
pub(super) fn par_categorie(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    requete: &str,
    titre: &str,
    (categorie, tete): (&str, &str),
    colonne: &str,
    garder: impl Fn(&SliceRow<'_>) -> bool,
) -> Option<Block> {
    let mut noms: Vec<String> = Vec::new();
    for an in e.annees.iter().rev() {
        if let Some(v) = vue(a, e, requete, *an) {
            for l in v.lignes().filter(|l| garder(l)) {
                let nom = l.libelle(&[categorie]);
                if !noms.contains(&nom) {
                    noms.push(nom);
                }
            }
        }
    }
    let lignes = noms
        .iter()
        .map(|nom| {
            std::iter::once(typography(en_clair(nom)))
                .chain(e.annees.iter().map(|an| {
                    vue(a, e, requete, *an)
                        .map(|v| v.filtre(|l| garder(l) && l.libelle(&[categorie]) == *nom))
                        .and_then(|v| v.premiere())
                        .map_or_else(|| format::MISSING.to_string(), |l| l.imprime(colonne))
                }))
                .collect()
        })
        .collect();
    imprimer(a, e, requete, titre, tete, lignes)
}

/// Codes that queries return without a name beside them.
fn en_clair(code: &str) -> &str {
    match code {
        "desservi" => "Desservis",
        "non_desservi" => "Non desservis",
        autre => autre,
    }
}

/// A curve over the months of all years.
///
/// # Errors
/// If the drawing fails.
pub(super) fn courbe_mensuelle(
    a: &mut Builder<'_>,
    e: &EvaluationInput<'_>,
    colonne: &str,
    titre: &str,
    unite: &str,
) -> Result<Option<Block>> {
    let requete = "consultations_par_mois";
    let Some(source) = table(a, e, requete) else {
        return Ok(None);
    };
    let mut pas = Vec::new();
    let mut valeurs = Vec::new();
    for an in e.annees {
        if let Some(v) = vue(a, e, requete, *an) {
            for l in v.lignes() {
                pas.push(l.texte("periode").map_or_else(String::new, mois_court));
                valeurs.push(l.valeur(colonne));
            }
        }
    }
    let trace = LineChart {
        pas,
        series: vec![Series {
            nom: e.base.zone.nom.clone(),
            valeurs,
            principale: true,
        }],
        format: Format::Integer,
        unite: unite.into(),
    };
    let bloc = a.graphique(&format!("evaluation-{colonne}"), titre, &trace, source)?;
    marquer(a, e, requete);
    Ok(Some(bloc))
}

/// `2025-03` → `03/25`.
fn mois_court(cle: &str) -> String {
    match cle.split_once('-') {
        Some((annee, mois)) if annee.len() == 4 => format!("{mois}/{}", &annee[2..]),
        _ => cle.to_string(),
    }
}
