//! `medicobus requete`: one indicator, on screen or in a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use crate::config::Config;
use crate::edition::secret;
use crate::error::{Context, Error, Result};
use crate::export::{self, Form};
use crate::query::table::RawTable;

use super::arguments::LectureArgs;

/// Arguments of `requete`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Nom de la requête (« medicobus requetes » les liste).
    nom: String,
    #[command(flatten)]
    lecture: LectureArgs,
    /// Année, ou plusieurs : 2025 ; 2024,2025 ; 2024-2026.
    #[arg(long)]
    annee: Option<String>,
    /// Région, ou plusieurs, par code INSEE : 28 ; 28,84.
    #[arg(long)]
    region: Option<String>,
    /// Département, par code INSEE.
    #[arg(long)]
    departement: Option<String>,
    /// Identifiant d'un médicobus.
    #[arg(long)]
    medicobus: Option<String>,
    /// Niveau des lignes : national, region, departement, medicobus.
    #[arg(long)]
    niveau: Option<String>,
    /// Tout autre paramètre de la requête, NOM=VALEUR.
    #[arg(long = "param", value_name = "NOM=VALEUR")]
    parametres: Vec<String>,
    /// Forme du résultat ; par défaut celle de l'extension de --sortie, sinon un tableau à l'écran.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Fichier à écrire.
    #[arg(short = 'o', long, value_name = "FICHIER")]
    sortie: Option<PathBuf>,
    /// Désactive le secret statistique : le résultat est marqué NON DIFFUSABLE.
    #[arg(long)]
    sans_secret: bool,
}

/// Runs one query for every year and région asked for and writes the rows as one table.
///
/// # Errors
/// Unknown query, wrong parameter, unreadable store, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    let opened = args.lecture.open().await?;
    let query = opened.catalogue.get(&args.nom)?;
    let mut merged: Option<RawTable> = None;
    for given in args.combinations(query.definition.parametres.contains_key("annee"))? {
        let table = opened.session.run(query, &given).await?;
        match &mut merged {
            None => merged = Some(table),
            Some(all) => all.rows.extend(table.rows),
        }
    }
    let Some(raw) = merged else {
        return Err(Error::usage("aucune année demandée"));
    };
    let gate = Config::load(args.lecture.config.as_deref())?.secret.gate();
    let mut tables = secret::release(&opened.session, &gate, vec![raw], args.sans_secret).await?;
    let Some(table) = tables.pop() else {
        return Ok(());
    };
    let form = args
        .format
        .or_else(|| args.sortie.as_deref().and_then(Form::of_path))
        .unwrap_or(Form::Table);
    let bytes = export::bytes(&table, form, terminal_width())?;
    match &args.sortie {
        Some(path) => export::write_atomically(path, &bytes),
        None => std::io::stdout()
            .write_all(&bytes)
            .access(|| "sortie standard fermée".into()),
    }
}

/// Columns of the terminal, 80 when unknown.
pub(super) fn terminal_width() -> u16 {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|c| c.parse().ok())
        .unwrap_or(80)
}

impl Args {
    /// One set of parameters per year and région.
    fn combinations(&self, has_year: bool) -> Result<Vec<BTreeMap<String, String>>> {
        let mut base = BTreeMap::new();
        for text in &self.parametres {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| Error::usage(format!("--param « {text} » : il faut NOM=VALEUR")))?;
            base.insert(name.to_string(), value.to_string());
        }
        for (name, value) in [
            ("departement", &self.departement),
            ("medicobus", &self.medicobus),
            ("niveau", &self.niveau),
        ] {
            if let Some(value) = value {
                base.insert(name.to_string(), value.clone());
            }
        }
        let years = match &self.annee {
            Some(text) => years(text)?.into_iter().map(Some).collect(),
            None if has_year && !base.contains_key("annee") => {
                return Err(Error::usage("il manque : --annee")
                    .hint("par exemple --annee 2025, ou --annee 2024-2026"));
            }
            None => vec![None],
        };
        let regions: Vec<Option<&str>> = match &self.region {
            Some(text) => text.split(',').map(|r| Some(r.trim())).collect(),
            None => vec![None],
        };
        let mut all = Vec::new();
        for year in &years {
            for region in &regions {
                let mut one = base.clone();
                if let Some(year) = year {
                    one.insert("annee".into(), year.to_string());
                }
                if let Some(region) = region {
                    one.insert("region".into(), region.to_string());
                }
                all.push(one);
            }
        }
        Ok(all)
    }
}

/// `2025`, `2024,2026`, `2024-2026`.
fn years(text: &str) -> Result<Vec<i32>> {
    let wrong = || {
        Error::usage(format!("--annee « {text} » ne se lit pas comme des années"))
            .hint("écrivez 2025, 2024,2025 ou 2024-2026")
    };
    let mut years = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first: i32 = first.trim().parse().map_err(|_| wrong())?;
        let last: i32 = last.trim().parse().map_err(|_| wrong())?;
        if !(1900..=2200).contains(&first) || last < first || last > 2200 {
            return Err(wrong());
        }
        years.extend(first..=last);
    }
    Ok(years)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::years;

    #[test]
    fn years_are_read_alone_listed_and_ranged() {
        assert_eq!(years("2025").unwrap(), [2025]);
        assert_eq!(years("2024,2026").unwrap(), [2024, 2026]);
        assert_eq!(years("2024-2026").unwrap(), [2024, 2025, 2026]);
        assert!(years("2026-2024").is_err());
        assert!(years("vingt").is_err());
    }
}
