//! The table under the title lines of a CSV file or a workbook, as text.

use std::fs;
use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};
use unicode_normalization::UnicodeNormalization;

use base::error::{Context, Error, Result};

/// Title lines are looked through no further than this.
const LIGNES_DE_TITRE: usize = 40;

/// One sheet (or the CSV file), cut at its header.
#[derive(Debug)]
pub(super) struct Feuille {
    /// Name of the sheet; of the file for CSV.
    pub nom: String,
    /// What stands above the header.
    pub titre: Vec<String>,
    /// Column names, simplified by [`simple`].
    pub entete: Vec<String>,
    /// The rows with their line in the file, 1 for the first.
    pub lignes: Vec<(usize, Vec<String>)>,
}

/// Reads the sheets of a file that have a header line with a commune code.
///
/// # Errors
/// If the file cannot be read, or no sheet has such a header.
pub(super) fn lire(chemin: &Path) -> Result<Vec<Feuille>> {
    let nom = chemin
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let extension = chemin
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let tables = match extension.as_str() {
        "csv" | "txt" => vec![(nom.clone(), lire_csv(chemin)?)],
        "xlsx" | "xlsm" | "xls" | "xlsb" | "ods" => lire_classeur(chemin)?,
        _ => {
            return Err(
                Error::usage(format!("« {nom} » n'est ni un CSV ni un classeur"))
                    .hint("donner un fichier .csv, .xlsx, .xls ou .ods"),
            );
        }
    };
    let feuilles: Vec<Feuille> = tables
        .into_iter()
        .filter_map(|(nom, lignes)| couper(nom, lignes))
        .collect();
    if feuilles.is_empty() {
        return Err(Error::usage(format!(
            "« {nom} » : aucune ligne d'en-tête avec un code commune"
        ))
        .hint(
            "une colonne doit s'appeler CODGEO, « code commune », « code INSEE » ou code_commune",
        ));
    }
    Ok(feuilles)
}

/// Lower case, no accents, words of letters and digits joined by `_`: `Code commune\nINSEE` becomes `code_commune_insee`.
pub(super) fn simple(texte: &str) -> String {
    let brut: String = texte
        .nfd()
        .filter(char::is_ascii)
        .collect::<String>()
        .to_lowercase();
    brut.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|mot| !mot.is_empty())
        .collect::<Vec<_>>()
        .join("_")
}

/// Is this simplified column name that of a commune code?
pub(super) fn est_code_commune(nom: &str) -> bool {
    matches!(
        nom,
        "codgeo" | "depcom" | "insee_com" | "code_insee" | "cod_com" | "codecommune" | "com"
    ) || nom.starts_with("code_commune")
        || nom.starts_with("code_insee_commune")
        || nom.starts_with("code_insee_de_la_commune")
        || nom.starts_with("code_geographique_de_la_commune")
}

fn couper(nom: String, lignes: Vec<Vec<String>>) -> Option<Feuille> {
    let rang = lignes.iter().take(LIGNES_DE_TITRE).position(|ligne| {
        ligne.iter().any(|c| est_code_commune(&simple(c)))
            && ligne.iter().filter(|c| !c.trim().is_empty()).count() > 1
    })?;
    let titre = lignes[..rang]
        .iter()
        .flatten()
        .filter(|c| !c.trim().is_empty())
        .cloned()
        .collect();
    let entete = lignes[rang].iter().map(|c| simple(c)).collect();
    let lignes = lignes
        .into_iter()
        .enumerate()
        .skip(rang + 1)
        .filter(|(_, ligne)| ligne.iter().any(|c| !c.trim().is_empty()))
        .map(|(numero, ligne)| (numero + 1, ligne))
        .collect();
    Some(Feuille {
        nom,
        titre,
        entete,
        lignes,
    })
}

fn lire_csv(chemin: &Path) -> Result<Vec<Vec<String>>> {
    let message = || format!("impossible de lire « {} »", chemin.display());
    let octets = fs::read(chemin).access(message)?;
    let texte = match String::from_utf8(octets) {
        Ok(texte) => texte,
        Err(e) => encoding_rs::WINDOWS_1252
            .decode(e.as_bytes())
            .0
            .into_owned(),
    };
    let texte = texte.trim_start_matches('\u{feff}');
    // The separator is that of the line which names the commune code; titles hold commas of their own.
    let entete = texte
        .lines()
        .take(LIGNES_DE_TITRE)
        .find(|l| {
            l.split([',', ';', '\t'])
                .any(|c| est_code_commune(&simple(c)))
        })
        .unwrap_or(texte);
    let compte = |separateur: char| entete.matches(separateur).count();
    let separateur = if compte(';') > 0 {
        b';'
    } else if compte('\t') > 0 {
        b'\t'
    } else {
        b','
    };
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separateur)
        .from_reader(texte.as_bytes())
        .into_records()
        .map(|ligne| {
            ligne
                .map(|l| l.iter().map(str::to_owned).collect())
                .access(message)
        })
        .collect()
}

fn lire_classeur(chemin: &Path) -> Result<Vec<(String, Vec<Vec<String>>)>> {
    let message = || format!("impossible de lire le classeur « {} »", chemin.display());
    let mut classeur = open_workbook_auto(chemin).access(message)?;
    let mut tables = Vec::new();
    for (nom, plage) in classeur.worksheets() {
        // Sheets begin where their first filled cell is: keep the numbers of the rows as the user sees them.
        let vides = plage.start().map_or(0, |(ligne, _)| ligne as usize);
        let mut lignes = vec![Vec::new(); vides];
        lignes.extend(
            plage
                .rows()
                .map(|ligne| ligne.iter().map(cellule).collect()),
        );
        tables.push((nom, lignes));
    }
    Ok(tables)
}

fn cellule(valeur: &Data) -> String {
    match valeur {
        Data::Empty => String::new(),
        // A whole number is a code or a level: no decimal part.
        Data::Float(x) if x.fract() == 0.0 && x.abs() < 1e15 => format!("{}", *x as i64),
        autre => autre.to_string(),
    }
}
