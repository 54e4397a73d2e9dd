//! `medicobus requete`: one indicator, on screen or in a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::error::{Error, Result};
use disclosure::GatedTable;
use edition::asked_zones;
use edition::config::Config;
use edition::decisions;
use edition::gate::Guard;
use edition::linked_answers::one_table;
use edition::opened::Opened;
use edition::version_diff;
use export::{self, OutputForm};
use query::catalogue::Query;

use super::arguments::{LectureArgs, tell};
use super::complete;
use super::terminal;

/// Arguments of `requete`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Nom de la requête (« medicobus requetes » les liste).
    #[arg(add = complete::queries())]
    nom: String,
    #[command(flatten)]
    lecture: LectureArgs,
    /// Année, ou plusieurs : 2025 ; 2024,2025 ; 2024-2026.
    #[arg(long)]
    annee: Option<String>,
    #[command(flatten)]
    filtres: Filtres,
    /// Pas de temps, pour les requêtes qui en ont : annee, trimestre, mois.
    #[arg(long, value_name = "PAS", add = complete::values("pas"))]
    pas: Option<String>,
    /// Tout autre paramètre de la requête, NOM=VALEUR.
    #[arg(long = "param", value_name = "NOM=VALEUR", add = complete::parameters())]
    parametres: Vec<String>,
    /// Compare deux versions du dépôt : les cellules qui ont changé et les livraisons qui en sont la cause.
    #[arg(long, num_args = 2, value_names = ["V1", "V2"], conflicts_with_all = ["version", "date"])]
    comparer: Option<Vec<u64>>,
    /// Forme du résultat ; par défaut celle de l'extension de --sortie, sinon un tableau à l'écran.
    #[arg(long, value_enum)]
    format: Option<OutputForm>,
    /// Fichier à écrire.
    #[arg(short = 'o', long, value_name = "FICHIER")]
    sortie: Option<PathBuf>,
    /// Désactive le secret statistique : le résultat est marqué NON DIFFUSABLE et l'usage inscrit au dépôt.
    #[arg(long)]
    sans_secret: bool,
}

/// Which zones, shared by the commands that run queries.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Filtres {
    /// Région, ou plusieurs, par code INSEE : 28 ; 28,84.
    #[arg(long, value_name = "CODE", add = complete::regions())]
    region: Option<String>,
    /// Département, ou plusieurs, par code INSEE : 61 ; 61,27.
    #[arg(long, value_name = "CODE", add = complete::departements())]
    departement: Option<String>,
    /// Médicobus, ou plusieurs, par identifiant.
    #[arg(long, value_name = "ID")]
    medicobus: Option<String>,
    /// Niveau des lignes : national, region, departement, medicobus ; à défaut celui de la zone demandée.
    #[arg(long, value_name = "NIVEAU", add = complete::values("niveau"))]
    niveau: Option<String>,
}

impl Filtres {
    /// The parameters that were given, as they were written.
    pub(super) fn given(&self) -> BTreeMap<String, String> {
        [
            ("region", &self.region),
            ("departement", &self.departement),
            ("medicobus", &self.medicobus),
            ("niveau", &self.niveau),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.clone()?)))
        .collect()
    }
}

/// Runs one query for every year and région asked for and writes the rows as one table.
///
/// # Errors
/// Unknown query, wrong parameter, unreadable store, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    let opened = args.lecture.open().await?;
    let query = opened.catalogue.get(&args.nom)?;
    let all = args.combinations(query)?;
    asked_zones::exist(&opened.session, &all).await?;
    tell(&opened, &[query]).await?;
    let config = Config::load(args.lecture.config.as_deref())?;
    let guard = Guard::new(&config.secrecy, [query], args.sans_secret)
        .with_decisions(decisions::of_this_user());
    let table = match args.comparer.as_deref() {
        Some(&[before, after]) => {
            compare(&args, &opened, (query, &guard), &all, before, after).await?
        }
        _ => {
            let table = one_table(&opened.session, guard.gate(), query, &all).await?;
            if table.rows().is_empty() {
                say!("aucune ligne : le dépôt ne dit rien de ce qui est demandé");
            }
            table
        }
    };

    guard.note(&opened.store, &format!("requete {}", args.nom)).await?;
    output(&table, args.format, args.sortie.as_deref())
}

async fn compare(
    args: &Args,
    opened: &Opened,
    (query, guard): (&Query, &Guard),
    all: &[BTreeMap<String, String>],
    before: u64,
    after: u64,
) -> Result<GatedTable> {
    let outcome = version_diff::compare(
        &opened.store,
        args.lecture.engine(),
        query,
        all,
        before..=after,
        guard.gate(),
    )
    .await?;

    for delivery in &outcome.deliveries {
        say!("{delivery}");
    }
    Ok(outcome.table)
}

/// Writes a table to a file, or to stdout in the form asked for.
///
/// # Errors
/// An extension that tells no form, or a file that cannot be written.
pub(super) fn output(
    table: &GatedTable,
    format: Option<OutputForm>,
    sortie: Option<&Path>,
) -> Result<()> {
    let form = match (format, sortie) {
        (Some(form), _) => form,
        (None, None) => OutputForm::Table,
        (None, Some(path)) => OutputForm::of_path(path).ok_or_else(|| {
            Error::usage(format!("{} : forme inconnue", path.display()))
                .hint("extensions : .csv .json .ndjson .xlsx .parquet .txt ; ou --format")
        })?,
    };

    let bytes = match (form, sortie) {
        (OutputForm::Table, None) => {
            let most = terminal::on_terminal().then_some(ROWS_ON_SCREEN);
            export::screen::text(table, terminal::width(), most).into_bytes()
        }
        _ => export::bytes(table, form, terminal::width())?,
    };

    match sortie {
        Some(path) => export::write_atomically(path, &bytes),
        None if matches!(form, OutputForm::Xlsx | OutputForm::Parquet)
            && terminal::on_terminal() =>
        {
            Err(
                Error::usage("un classeur ou un fichier Parquet ne s'affiche pas dans un terminal")
                    .hint("ajoutez -o FICHIER, ou redirigez la sortie : > FICHIER"),
            )
        }
        None => terminal::stdout(&bytes),
    }
}

/// More rows than anyone reads on a screen; files always hold all.
const ROWS_ON_SCREEN: usize = 300;

impl Args {
    /// One set of parameters per year and zone.
    fn combinations(&self, query: &Query) -> Result<Vec<BTreeMap<String, String>>> {
        let has_year = query.definition.parameters.contains_key("annee");
        let mut base = self.filtres.given();
        if let Some(pas) = &self.pas {
            base.insert("pas".into(), pas.clone());
        }
        for text in &self.parametres {
            let (name, value) = text
                .split_once('=')
                .ok_or_else(|| Error::usage(format!("--param « {text} » : il faut NOM=VALEUR")))?;
            base.insert(name.to_string(), value.to_string());
        }

        if let Some(text) = &self.annee {
            base.insert("annee".into(), text.clone());
        }
        if has_year && !base.contains_key("annee") {
            return Err(Error::usage("il manque : --annee")
                .hint("par exemple --annee 2025, ou --annee 2024-2026"));
        }

        asked_zones::settle(query, &mut base)?;
        let of_years = |text: &str| -> Result<Vec<String>> {
            Ok(years(text)?.iter().map(i32::to_string).collect())
        };
        let mut all = each(&[base], "annee", of_years)?;
        for zone in asked_zones::ZONES {
            all = each(&all, zone, asked_zones::codes)?;
        }
        Ok(all)
    }
}

/// Each set of parameters once per value that `name` lists in it.
fn each(
    all: &[BTreeMap<String, String>],
    name: &str,
    values: impl Fn(&str) -> Result<Vec<String>>,
) -> Result<Vec<BTreeMap<String, String>>> {
    let mut next = Vec::new();
    for one in all {
        match one.get(name) {
            None => next.push(one.clone()),
            Some(text) => {
                for value in values(text)? {
                    let mut copy = one.clone();
                    copy.insert(name.to_string(), value);
                    next.push(copy);
                }
            }
        }
    }

    Ok(next)
}

/// `2025`, `2024,2026`, `2024-2026`.
pub(super) fn years(text: &str) -> Result<Vec<i32>> {
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
        for year in first..=last {
            if !years.contains(&year) {
                years.push(year);
            }
        }
    }

    Ok(years)
}

#[cfg(test)]
mod tests {
    use super::years;

    #[test]
    fn years_are_read_alone_listed_and_ranged() {
        assert_eq!(years("2025").unwrap(), [2025]);
        assert_eq!(years("2024,2026").unwrap(), [2024, 2026]);
        assert_eq!(years("2024-2026").unwrap(), [2024, 2025, 2026]);
        assert_eq!(years("2025,2024-2026,2024").unwrap(), [2025, 2024, 2026]);
        assert!(years("2026-2024").is_err());
        assert!(years("vingt").is_err());
    }
}
