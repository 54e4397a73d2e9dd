//! Fill and organisation: the itinerary of each bus, and any query of that theme, printed from its own header.

use std::collections::BTreeMap;

use super::chapitre;
use crate::builder::{Builder, useful_columns};
use crate::content::{Block, Chapter, PrintedColumn};
use crate::prose::Fact;
use crate::slice::Slice;
use base::error::Result;
use base::french::{self as format, typography};

/// Answers of the theme that the chapter on conformity prints.
const AILLEURS: [&str; 3] = ["eligibilite", "itineraire", "continuite"];

/// Weekdays as the query writes them, and as headings.
const JOURS: [(&str, &str); 7] = [
    ("lundi", "Lundi"),
    ("mardi", "Mardi"),
    ("mercredi", "Mercredi"),
    ("jeudi", "Jeudi"),
    ("vendredi", "Vendredi"),
    ("samedi", "Samedi"),
    ("dimanche", "Dimanche"),
];

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let mut blocs: Vec<Block> = itineraires(a).into_iter().collect();
    let cles: Vec<&String> = a
        .input
        .tables
        .iter()
        .filter(|(cle, t)| {
            let d = t.definition();
            d.theme == "organisation"
                && !AILLEURS.contains(&d.name.as_str())
                && !a.imprimees.contains(*cle)
        })
        .map(|(cle, _)| cle)
        .collect();
    for cle in cles {
        blocs.extend(imprimer(a, cle));
    }
    if blocs.is_empty() {
        return Ok(None);
    }
    let mut s = a.faits("synthese");
    s.entry("taux_remplissage_precedent".into())
        .or_insert_with(Fact::inconnu);
    let contexte = BTreeMap::from([("s", s)]);
    let phrases = a.phrases("organisation.j2", contexte)?;
    Ok(Some(chapitre(
        a,
        "organisation",
        "Organisation et remplissage",
        phrases,
        blocs,
    )))
}

/// The weekly itinerary of each bus: a line per bus, a column per weekday, communes with the tours held in the year.
pub(crate) fn itineraires(a: &mut Builder<'_>) -> Option<Block> {
    let cle = ["communes_desservies/medicobus", "communes_desservies"]
        .into_iter()
        .find(|cle| a.input.tables.contains_key(*cle))?;
    let vue = a.vue(cle).filter(|v| !v.is_empty())?;
    let bus = vue.distincts("code_zone");
    if bus.len() > 60 {
        return None;
    }
    let dire = |v: Slice<'_>| -> String {
        let communes: Vec<String> = v
            .lignes()
            .map(|l| {
                let nom = l.libelle(&["nom_commune", "code_commune"]);
                format!("{nom} ({})", l.imprime("tournees"))
            })
            .collect();
        communes.join(", ")
    };
    let semaine: Vec<(&str, &str)> = JOURS
        .into_iter()
        .filter(|(jour, _)| !vue.ou("jour", jour).is_empty())
        .collect();
    let libre = !sans_jour(&vue).is_empty();
    let mut lignes = Vec::new();
    for code in bus {
        let un = vue.ou("code_zone", code);
        let mut ligne = vec![un.premiere()?.libelle(&["nom_zone", "code_zone"])];
        ligne.extend(semaine.iter().map(|(jour, _)| dire(un.ou("jour", jour))));
        if libre {
            ligne.push(dire(sans_jour(&un)));
        }
        lignes.push(ligne);
    }
    lignes.sort();
    let mut entetes = vec!["Médicobus"];
    entetes.extend(semaine.iter().map(|(_, nom)| *nom));
    if libre {
        entetes.push("Sans jour prévu");
    }
    let definition = vue.table().definition();
    let titre = format!(
        "Itinéraire de la semaine : communes et tournées tenues en {}",
        a.input.annee
    );
    let mut bloc = a.tableau_compose(cle, &titre, &entetes, lignes, definition);
    if let Block::Table(t) = &mut bloc {
        for PrintedColumn { alignement, .. } in &mut t.colonnes {
            *alignement = "gauche".into();
        }
    }
    Some(bloc)
}

/// Communes whose day the itinerary does not tell.
fn sans_jour<'v>(vue: &Slice<'v>) -> Slice<'v> {
    vue.filtre(|l| {
        !l.texte("jour")
            .is_some_and(|j| JOURS.iter().any(|(nom, _)| *nom == j))
    })
}

/// The same as [`imprimer`], under a heading of its own.
pub(super) fn imprimer_sous(a: &mut Builder<'_>, cle: &str, titre: &str) -> Vec<Block> {
    let blocs: Vec<Block> = [cle.to_string(), format!("{cle}/parties")]
        .iter()
        .filter_map(|cle| imprimer(a, cle))
        .collect();
    let mut tous = Vec::new();
    if !blocs.is_empty() {
        let texte = typography(titre);
        tous.push(Block::Heading { texte });
    }
    tous.extend(blocs);
    tous
}

/// An answer as a table: one row is turned on its side, many rows keep their columns.
pub(super) fn imprimer(a: &mut Builder<'_>, cle: &str) -> Option<Block> {
    let vue = a.vue(cle).filter(|v| !v.is_empty())?;
    let definition = vue.table().definition();
    let suffixe = match cle.rsplit_once('/').map(|c| c.1) {
        Some("precedent") => format!(", {}", a.input.annee - 1),
        Some("parties") => format!(" {}", super::par_partie(a)),
        Some("medicobus") => " par médicobus".into(),
        _ => format!(", {}", a.input.annee),
    };
    let titre = format!("{}{suffixe}", definition.title);
    let colonnes = useful_columns(definition, &vue);
    if vue.len() == 1 {
        return Some(a.tableau_compose(
            cle,
            &titre,
            &["Indicateur", "Valeur"],
            sur_le_cote(&vue, &colonnes),
            definition,
        ));
    }
    let retenues: Vec<&str> = colonnes.iter().copied().take(MAX_COLONNES).collect();
    let mut bloc = a.tableau(cle, &titre, &vue, &retenues);
    if let (Block::Table(t), true) = (&mut bloc, colonnes.len() > MAX_COLONNES) {
        let reste = colonnes.len() - MAX_COLONNES;
        let s = if reste > 1 { "s" } else { "" };
        t.notes.push(typography(&format!(
            "{reste} autre{s} colonne{s} dans le fichier joint {}.csv.",
            cle.replace('/', "_")
        )));
    }
    Some(bloc)
}

/// What fits across a page.
const MAX_COLONNES: usize = 8;

fn sur_le_cote(vue: &Slice<'_>, colonnes: &[&str]) -> Vec<Vec<String>> {
    let Some(ligne) = vue.premiere() else {
        return Vec::new();
    };
    colonnes
        .iter()
        .filter_map(|nom| {
            let (colonne, cellule) = ligne.cellule(nom)?;
            let cle = colonne.role.is_key() || colonne.role == base::definition::Role::Label;
            (!cle).then(|| {
                vec![
                    typography(&colonne.title),
                    format::cell(cellule.open(), colonne.format),
                ]
            })
        })
        .collect()
}
