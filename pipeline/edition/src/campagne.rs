//! A campaign: every document of a year, and why one of them need not be made again.

use std::collections::BTreeSet;
use std::path::Path;

use base::error::Result;
use base::table::Value;
use query::Session;
use query::session::rows;

use super::bilan::{Request, Workshop};
use super::manifest::Manifest;
use super::pieces::Imprime;
use super::verification::{changements, empreintes};

/// What all documents of a campaign have in common.
pub struct Commande<'a> {
    /// The year.
    pub annee: i32,
    /// Turn statistical secrecy off.
    pub sans_secret: bool,
    /// Print nothing where a comment is missing.
    pub definitif: bool,
    /// Folder of the committees' comments.
    pub commentaires: Option<&'a Path>,
}

/// The documents of a year: the nation, each région and département with a bus that told of a tour that year, and the
/// sheet of each such bus. The widest zones come first: they take longest.
///
/// # Errors
/// If the store cannot be read.
pub async fn documents(
    session: &Session,
    workshop: &Workshop<'_>,
    commande: &Commande<'_>,
) -> Result<Vec<Request>> {
    let annee = commande.annee;
    let batch = session
        .read(&format!(
            "SELECT DISTINCT id_medicobus FROM tournees \
             WHERE \"date\" >= make_date({annee}, 1, 1) AND \"date\" < make_date({}, 1, 1) ORDER BY 1",
            annee + 1
        ))
        .await?;
    let sortis: BTreeSet<String> = rows(&batch)?
        .iter()
        .filter_map(|row| row.first().and_then(Value::as_text).map(str::to_string))
        .collect();
    if sortis.is_empty() {
        return Ok(Vec::new());
    }
    let bus = || workshop.bus().iter().filter(|b| sortis.contains(&b.id));
    let regions: BTreeSet<&str> = bus().map(|b| b.region.as_str()).collect();
    let departements: BTreeSet<&str> = bus().map(|b| b.departement.as_str()).collect();
    let fiches: BTreeSet<&str> = bus().map(|b| b.id.as_str()).collect();
    let zones = std::iter::once(("national", "FR"))
        .chain(regions.into_iter().map(|c| ("region", c)))
        .chain(departements.into_iter().map(|c| ("departement", c)))
        .chain(fiches.into_iter().map(|c| ("medicobus", c)));
    zones
        .map(|(niveau, code)| {
            Ok(Request {
                zone: workshop.zone(niveau, code)?,
                annee,
                sans_secret: commande.sans_secret,
                definitif: commande.definitif,
                commentaires: commande.commentaires.map(Path::to_path_buf),
            })
        })
        .collect()
}

/// Why the document of `request` must be made again, in French; empty when the PDF at `pdf` is up to date and whole.
///
/// # Errors
/// A comment that cannot be read.
pub fn raisons(workshop: &Workshop<'_>, request: &Request, pdf: &Path) -> Result<Vec<String>> {
    if !pdf.is_file() {
        return Ok(vec!["jamais édité ici".to_string()]);
    }
    let Ok(imprime) = Imprime::lire(pdf) else {
        return Ok(vec![
            "le PDF présent ne porte pas de manifeste lisible".to_string(),
        ]);
    };
    let abimes = empreintes(&imprime).ecarts;
    let inputs = workshop.inputs(request)?;
    let perdus = absents(&inputs, pdf);
    let mut avant = imprime.manifeste.clone();
    // A published document is out; what was published since changes neither its data nor what it may show.
    if request.definitif
        && (workshop.registre.donnees()..=inputs.version_depot).contains(&avant.version_depot)
    {
        avant.version_depot = inputs.version_depot;
    }
    let nouveaux = changements(&avant, &inputs);
    Ok(abimes
        .into_iter()
        .chain(nouveaux)
        .map(|ecart| format!("{} : {}", ecart.cause.mot(), ecart.texte))
        .chain(perdus)
        .collect())
}

/// Files beside the PDF that are no longer there: its workbook, its Parquet tables.
fn absents(inputs: &Manifest, pdf: &Path) -> Vec<String> {
    let book = pdf.with_extension("xlsx");
    let mut absents = Vec::new();
    if !book.is_file() {
        absents.push(format!("classeur absent : {}", nom(&book)));
    }
    let folder = pdf.with_extension("");
    let tables = inputs.requetes.iter().filter(|r| {
        let table = format!("{}.parquet", r.table.replace('/', "_"));
        !folder.join(table).is_file()
    });
    match tables.count() {
        0 => {}
        1 => absents.push(format!("une table absente du dossier {}", nom(&folder))),
        n => absents.push(format!("{n} tables absentes du dossier {}", nom(&folder))),
    }
    absents
}

fn nom(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
