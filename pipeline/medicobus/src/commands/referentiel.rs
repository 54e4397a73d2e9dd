//! `medicobus referentiel`: official zonings and grids, by vintage.

use std::path::{Path, PathBuf};

use base::error::Result;
use base::french::{agreed, counted};
use contract::Contract;
use geography::{Communes, ZoningReport};
use store::commit::CommitOutcome;
use store::referentials::{LoadedReferential, Referential};
use store::{Store, referentials};

use super::arguments::DepotArgs;

/// Changes and contradictions shown, of all that are counted.
const SHOWN: usize = 10;

/// Arguments of `referentiel`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Grille de densité de l'INSEE, zonage d'une ARS, APL de la DREES, composition des territoires de vie-santé, ou zonages.csv.
    #[arg(required = true)]
    fichiers: Vec<PathBuf>,
    /// Millésime, si le fichier ne le dit pas ou s'il en donne plusieurs.
    #[arg(long, value_name = "AAAA")]
    millesime: Option<i64>,
    /// Colonne à lire, et nulle autre (répétable) : « NOM », ou « zonage=NOM », « densite=NOM », « apl=NOM », « tvs=NOM ».
    #[arg(long, value_name = "NOM")]
    colonne: Vec<String>,
    /// Remplace aussi un référentiel qui contient plus : sans cela, perdre la moitié de ses communes est refusé.
    #[arg(long)]
    remplacer_partiellement: bool,
    #[command(flatten)]
    depot: DepotArgs,
}

/// Reads and stores the files, one commit each.
///
/// # Errors
/// Unreadable or unknown file, one that would lose half of the communes, unwritable store.
pub async fn run(args: Args) -> Result<()> {
    let contract = Contract::embedded()?;
    let communes = Communes::embedded()?;

    // Read before the store is made: a wrong file must not leave an empty store behind.
    let read = args
        .fichiers
        .iter()
        .map(|path| referentials::read(path, args.millesime, &args.colonne, communes))
        .collect::<Result<Vec<_>>>()?;

    let store = Store::open_or_create(&args.depot.depot, &contract).await?;
    for (path, files) in args.fichiers.iter().zip(read) {
        for file in &files {
            let loaded =
                store.load_referential(file, communes, args.remplacer_partiellement).await?;
            tell_fate(path, file, &loaded);
        }
        if let Some(file) = files.first() {
            tell(&file.report);
        }
    }

    Ok(())
}

/// The fate of one vintage of a file: how many communes took the place of how many, and what is said otherwise now.
fn tell_fate(path: &Path, file: &Referential, loaded: &LoadedReferential) {
    let count = file.report.zonings.len();
    let (before, what) = match (&loaded.outcome, loaded.before) {
        (CommitOutcome::Unchanged { .. }, _) => (None, "déjà chargé, inchangé".to_string()),
        (CommitOutcome::Committed { version, .. }, None) => (None, format!("version {version}")),
        (CommitOutcome::Committed { version, .. }, before) => {
            (before, format!("version {version}, annule et remplace"))
        }
    };
    let before = before.map(|before| format!("{before} → ")).unwrap_or_default();
    println!(
        "{}\t{}\tmillésime {}\t{before}{}\t{what}",
        path.display(),
        file.source,
        file.millesime,
        counted(count, "commune", "communes"),
    );

    tell_some("communes dites autrement qu'avant", &loaded.changes);
    tell_some("communes dites autrement par une autre source", &loaded.contradictions);
}

/// How many there are, and the first ones.
fn tell_some(what: &str, all: &[String]) {
    if !all.is_empty() {
        let first = all.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(" ; ");
        let more = if all.len() > SHOWN { " ; …" } else { "" };
        say!("  {what} ({}) : {first}{more}", all.len());
    }
}

/// What became of every line of a file.
fn tell(report: &ZoningReport) {
    say!("  feuille « {} », {}", report.sheet, report.columns.join(", "));
    if !report.left_sheets.is_empty() {
        say!(
            "  feuilles d'autres années, laissées : {} (--millesime AAAA en choisit une)",
            report.left_sheets.join(", ")
        );
    }
    if !report.left_compositions.is_empty() {
        say!(
            "  feuilles qui ne donnent que des territoires de vie-santé, laissées : {} (à enregistrer et charger à part)",
            report.left_compositions.join(", ")
        );
    }
    say!(
        "  {} : {}, {}, {}, {} d'un autre millésime, {} par la commune d'aujourd'hui ; {} sans code de commune",
        counted(report.rows_read, "ligne lue", "lignes lues"),
        counted(report.kept, "retenue", "retenues"),
        counted(report.unknown.len(), "inconnue", "inconnues"),
        counted(report.ambiguous_lines, "ambiguë", "ambiguës"),
        report.other_vintage,
        counted(report.superseded, "remplacée", "remplacées"),
        report.without_code
    );
    let besides = [
        (
            report.other_profession,
            "d'une autre profession que médecin généraliste, laissée",
            "d'autres professions que les médecins généralistes, laissées",
        ),
        (
            report.not_in_force,
            "qui n'est pas en vigueur, laissée",
            "qui ne sont pas en vigueur, laissées",
        ),
        (
            report.carried,
            "de commune fusionnée ou d'arrondissement, reportée à la commune d'aujourd'hui",
            "de communes fusionnées ou d'arrondissements, reportées à la commune d'aujourd'hui",
        ),
    ];
    for (count, one, many) in besides.into_iter().filter(|(count, ..)| *count > 0) {
        let lines = counted(count, "ligne", "lignes");
        say!("  {lines} {}", agreed(count, one, many));
    }
    let (placed, territories) = report.tvs();
    if placed > 0 {
        let communes = counted(placed, "commune répartie", "communes réparties");
        let territories = counted(territories, "territoire", "territoires");
        say!("  {communes} en {territories} de vie-santé (TVS)");
    }
    tell_some("codes illisibles, écartés", &report.unread_codes);
    for code in &report.unknown {
        say!("  code de commune inconnu, écarté : {code}");
    }
    for told in &report.ambiguous {
        say!(
            "  commune {}, {} : {} : laissé vide",
            told.code_commune,
            told.vintage,
            told.readings
        );
    }
}
