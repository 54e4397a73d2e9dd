//! `medicobus requetes`: the catalogue.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::error::{Error, Result};
use base::french::counted;
use base::parameters::known;
use edition::asked_zones;
use edition::config::Config;
use edition::decisions;
use edition::gate::Guard;
use edition::linked_answers::{crossing, linked_answers};
use export::screen::wrapped;
use query::Catalogue;
use query::catalogue::Query;
use query::sql_files::Origin;

use super::arguments::{LectureArgs, tell};
use super::complete;
use super::requete::{Filtres, years};
use super::terminal::{self, Stage};

/// Arguments of `requetes`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Requête à décrire, ou à exécuter avec --executer ; sans nom, toutes.
    #[arg(add = complete::queries())]
    nom: Option<String>,
    #[command(flatten)]
    lecture: LectureArgs,
    /// Écrit le catalogue entier en Markdown.
    #[arg(long, conflicts_with = "nom")]
    markdown: bool,
    /// Montre le texte SQL.
    #[arg(long, requires = "nom", conflicts_with = "executer")]
    sql: bool,
    /// Exécute tout le catalogue, ou la requête nommée, et remplit ce dossier : un fichier JSON par requête, année, niveau et pas, puis par valeur de
    /// tout autre paramètre à liste fermée.
    #[arg(long, value_name = "DOSSIER", conflicts_with = "markdown")]
    executer: Option<PathBuf>,
    /// Avec --executer : les années, par exemple 2024-2026.
    #[arg(long, requires = "executer")]
    annee: Option<String>,
    #[command(flatten)]
    filtres: Filtres,
    /// Avec --executer : tout autre paramètre, NOM=VALEUR ; les requêtes qui ne l'ont pas sont laissées.
    #[arg(long = "param", value_name = "NOM=VALEUR", requires = "executer", add = complete::parameters())]
    parametres: Vec<String>,
    /// Avec --executer : désactive le secret statistique ; chaque fichier est marqué NON DIFFUSABLE et l'usage inscrit au dépôt.
    #[arg(long, requires = "executer")]
    sans_secret: bool,
}

/// Lists the catalogue, describes one query, or runs them all.
///
/// # Errors
/// If the overlay or the store is unreadable, the query unknown, or a query fails.
pub async fn run(args: Args) -> Result<()> {
    if let Some(folder) = &args.executer {
        return execute(&args, folder).await;
    }
    let catalogue = Catalogue::load(args.lecture.queries.as_deref())?;
    if args.markdown {
        print!("{}", query::describe::markdown(&catalogue));
        return Ok(());
    }

    let Some(name) = &args.nom else {
        list(&catalogue);
        return Ok(());
    };

    let query = catalogue.get(name)?;
    if args.sql {
        print!("{}", query.sql);
    } else {
        for line in query::describe::one(query).lines() {
            let indent = if line.starts_with("- ") { 2 } else { 0 };
            print!("{}", wrapped(line, terminal::width().into(), indent));
        }
    }

    Ok(())
}

/// Prints a line per query, then a line per view.
fn list(catalogue: &Catalogue) {
    let show = |name: &str, what: &str, origin: Origin| {
        let mark = match origin {
            Origin::Release => "",
            Origin::Modified => " (modifiée)",
            Origin::Added => " (ajoutée)",
        };
        let line = format!("{name:<30} {what}{mark}");
        print!("{}", wrapped(&line, terminal::width().into(), 31));
    };

    for query in catalogue.iter() {
        show(&query.definition.name, &query.definition.title, query.origin);
    }

    println!("\nVues, que lisent les requêtes et « medicobus sql » ; une ligne y est :");
    for view in catalogue.views() {
        show(&view.name, &view.row, view.origin);
    }
}

/// Runs every query of the catalogue, each over the years, its levels and its steps, into one file per answer.
async fn execute(args: &Args, folder: &Path) -> Result<()> {
    let opened = args.lecture.open().await?;
    let rules = Config::load(args.lecture.config.as_deref())?.secrecy;
    let years = match &args.annee {
        Some(text) => years(text)?,
        None => {
            return Err(Error::usage("il manque : --annee")
                .hint("par exemple --annee 2025, ou --annee 2024-2026"));
        }
    };

    let mut filters = args.filtres.given();
    for text in &args.parametres {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Error::usage(format!("--param « {text} » : il faut NOM=VALEUR")))?;
        filters.insert(name.to_string(), value.to_string());
    }

    for zone in asked_zones::ZONES {
        if let Some(text) = filters.get(zone).filter(|text| text.contains(',')) {
            return Err(Error::usage(format!("--{zone} {text} : une seule zone avec --executer"))
                .hint(
                    "une exécution par zone, ou « medicobus requete » pour plusieurs à la fois",
                ));
        }
    }

    // Over the whole catalogue each query takes the parameters that it has; one that is named must have them all.
    let queries: Vec<&Query> = match &args.nom {
        Some(name) => {
            let query = opened.catalogue.get(name)?;
            known(&query.definition, filters.keys())?;
            vec![query]
        }
        None => opened
            .catalogue
            .iter()
            .filter(|q| args.parametres.is_empty() || knows(q, &args.parametres))
            .collect(),
    };

    let what = args.nom.as_deref().unwrap_or("tout le catalogue");
    let all = queries.iter().copied();
    Guard::new(&rules, all, args.sans_secret)
        .note(&opened.store, &format!("requetes --executer : {what}"))
        .await?;

    tell(&opened, &queries).await?;
    let stage = Stage::start("requêtes", queries.len() as u64);
    let mut answers = 0;
    for query in queries {
        asked_zones::settle(query, &mut filters.clone())?;
        let mut asked = grid(query, &years, &filters);
        if !args.sans_secret {
            asked.retain(|one| crossing(&query.definition, one).is_none());
        }
        if !asked.is_empty() {
            let guard = Guard::new(&rules, [query], args.sans_secret)
                .with_decisions(decisions::of_this_user());
            let tables = linked_answers(&opened.session, guard.gate(), query, &asked).await?;
            for (given, table) in asked.iter().zip(&tables) {
                let path = folder.join(file_name(&query.definition.name, given));
                export::write_atomically(&path, &export::json::document(table)?)?;
                answers += 1;
            }
        }
        stage.step(&query.definition.name);
    }
    stage.finish();
    let answers = counted(answers, "réponse écrite", "réponses écrites");
    say!("{answers} dans {}", folder.display());
    Ok(())
}

/// Whether the query has all these parameters.
fn knows(query: &Query, parameters: &[String]) -> bool {
    let known = &query.definition.parameters;
    parameters
        .iter()
        .filter_map(|p| p.split_once('='))
        .all(|(name, _)| known.contains_key(name))
}

/// Every combination of year, level and step that the query knows, with the filters that it knows; then, at the default level
/// and step, every value of each other closed list.
fn grid(
    query: &Query,
    years: &[i32],
    filters: &BTreeMap<String, String>,
) -> Vec<BTreeMap<String, String>> {
    let known = &query.definition.parameters;
    let refused = filters.iter().any(|(name, value)| {
        let allowed = allowed(query, name);
        !allowed.is_empty() && !allowed.contains(value)
    });
    if refused {
        return Vec::new();
    }
    let filtered: BTreeMap<String, String> = filters
        .iter()
        .filter(|(name, _)| known.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();

    let years: Vec<String> = years.iter().map(i32::to_string).collect();
    let levels: Vec<String> = allowed(query, "niveau")
        .into_iter()
        .filter(|level| asked_zones::suits(query, level, &filtered))
        .collect();

    let by_year = crossed(query, vec![filtered.clone()], "annee", &years);
    let by_level = crossed(query, by_year.clone(), "niveau", &levels);
    let mut all = crossed(query, by_level, "pas", &allowed(query, "pas"));
    for (name, parameter) in known {
        let plain = ["annee", "niveau", "pas"].contains(&name.as_str());
        if plain || parameter.values.is_empty() || filtered.contains_key(name) {
            continue;
        }
        let mut base = by_year.clone();
        base.retain_mut(|one| asked_zones::settle(query, one).is_ok());
        let others = parameter.values.iter().filter(|v| parameter.default.as_ref() != Some(*v));
        let others: Vec<String> = others.cloned().collect();
        all.extend(crossed(query, base, name, &others));
    }

    all
}

/// Each set of parameters with each value of `name`, if the query has it and no filter fixes it.
fn crossed(
    query: &Query,
    all: Vec<BTreeMap<String, String>>,
    name: &str,
    values: &[String],
) -> Vec<BTreeMap<String, String>> {
    if !query.definition.parameters.contains_key(name) {
        return all;
    }
    all.into_iter()
        .flat_map(|one| match one.contains_key(name) {
            true => vec![one],
            false => values
                .iter()
                .map(|value| {
                    let mut next = one.clone();
                    next.insert(name.to_string(), value.clone());
                    next
                })
                .collect(),
        })
        .collect()
}

fn allowed(query: &Query, name: &str) -> Vec<String> {
    let parameter = query.definition.parameters.get(name);
    parameter.map(|p| p.values.clone()).unwrap_or_default()
}

/// `file_active__annee=2025,niveau=region.json`.
fn file_name(query: &str, given: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = given.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{query}__{}.json", words.join(",")).replace(['/', '\\'], "_")
}
