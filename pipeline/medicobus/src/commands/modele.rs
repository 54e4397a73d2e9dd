//! `medicobus modele`: what those who deliver are given: the workbook to fill in, the dictionary, the data package.

use std::path::{Path, PathBuf};

use base::error::{Error, Result};
use contract::{Contract, datapackage};
use delivery::Period;
use delivery_form::{DeliveryForm, Known};
use edition::{dictionary, known_projects};
use export::write_atomically;
use geography::Communes;
use report::templates::Templates;

use super::arguments::LectureArgs;

/// Arguments of `modele`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Région qui livrera, par code INSEE.
    #[arg(long, value_name = "CODE", required_unless_present_any = ["dictionnaire", "datapackage"])]
    region: Option<String>,
    /// Période à livrer : 2026, 2026-S1, 2026-T1, 2026-03, 2022-2023.
    #[arg(long, value_name = "PERIODE", required_unless_present_any = ["dictionnaire", "datapackage"])]
    periode: Option<String>,
    /// Classeur sans rien de ce que sait le dépôt, qui n'est pas ouvert.
    #[arg(long)]
    vide: bool,
    /// Écrit le dictionnaire des données, en PDF.
    #[arg(long, conflicts_with_all = ["region", "periode", "vide", "datapackage"])]
    dictionnaire: bool,
    /// Écrit le contrat au format Data Package (frictionless).
    #[arg(long, conflicts_with_all = ["region", "periode", "vide"])]
    datapackage: bool,
    /// Fichier à écrire ; par défaut modele-REGION-PERIODE.xlsx, dictionnaire.pdf ou datapackage.json.
    #[arg(short = 'o', long, value_name = "FICHIER")]
    sortie: Option<PathBuf>,
    #[command(flatten)]
    lecture: LectureArgs,
}

/// A form that is written: the extension of its files, and what it is.
type Form = (&'static str, &'static str);

const WORKBOOK: Form = ("xlsx", "le classeur à remplir");
const DICTIONARY: Form = ("pdf", "le dictionnaire");
const PACKAGE: Form = ("json", "le Data Package");

impl Args {
    fn form(&self) -> Form {
        match (self.dictionnaire, self.datapackage) {
            (true, _) => DICTIONARY,
            (_, true) => PACKAGE,
            _ => WORKBOOK,
        }
    }
}

/// Refuses a name that says another form than the one that is written; a name without an extension says none.
fn named_as_written(path: &Path, (written, what): Form) -> Result<()> {
    let Some(extension) = path.extension().and_then(|e| e.to_str()) else {
        return Ok(());
    };
    if extension.eq_ignore_ascii_case(written) {
        return Ok(());
    }
    let message = format!("{} : {what} ne s'écrit pas en .{extension}", path.display());
    let all = [WORKBOOK, DICTIONARY, PACKAGE];
    let all: Vec<String> = all.iter().map(|(form, what)| format!("{what} en .{form}")).collect();
    let opens = match written {
        "xlsx" => " ; LibreOffice ouvre le .xlsx, et l'enregistre en .ods, qui se lit aussi",
        _ => "",
    };
    Err(Error::usage(message).hint(format!("s'écrivent {}{opens}", all.join(", "))))
}

/// Writes the file asked for.
///
/// # Errors
/// Name of another form than what is written, unknown région, period that is not understood, unreadable store, unwritable output.
pub async fn run(args: Args) -> Result<()> {
    let contract = Contract::embedded()?;
    if let Some(path) = &args.sortie {
        named_as_written(path, args.form())?;
    }

    let (name, bytes) = match (&args.region, &args.periode) {
        _ if args.dictionnaire => {
            ("dictionnaire.pdf".into(), dictionary::pdf(&contract, &Templates::load(None)?)?)
        }
        _ if args.datapackage => {
            ("datapackage.json".into(), datapackage::json(&contract)?.into_bytes())
        }
        (Some(region), Some(period)) => workbook(&args, &contract, region, period).await?,
        _ => return Err(Error::usage("il manque : --region et --periode")),
    };

    // A workbook of that name may be filled in already.
    let to_fill = args.region.is_some();
    let path = args.sortie.unwrap_or_else(|| PathBuf::from(name));
    if to_fill && path.exists() {
        return Err(Error::usage(format!("{} existe déjà, peut-être rempli", path.display()))
            .hint("donnez un autre nom avec -o, ou retirez-le s'il ne sert plus"));
    }
    write_atomically(&path, &bytes)?;
    println!("{}", path.display());
    Ok(())
}

/// The workbook to fill in, and its name.
async fn workbook(
    args: &Args,
    contract: &Contract,
    region: &str,
    period: &str,
) -> Result<(String, Vec<u8>)> {
    known_region(contract, region)?;
    let period = Period::parse(period).map_err(|e| {
        Error::usage(e.message()).hint("--periode 2026, 2026-S1, 2026-T1, 2026-03 ou 2022-2023")
    })?;

    let known = match args.vide {
        true => Known::default(),
        false => {
            let opened = args.lecture.open().await.map_err(|e| {
                let hint = e.hint_text().map(|h| format!("{h} ; ")).unwrap_or_default();
                e.hint(format!("{hint}--vide écrit le modèle sans dépôt"))
            })?;
            known_projects::known(&opened.session, contract, region, &period).await?
        }
    };

    let form = DeliveryForm {
        contract,
        communes: Communes::embedded()?,
        region,
        period: &period,
        known: &known,
    };
    Ok((format!("modele-{region}-{}.xlsx", period.text), form.workbook()?))
}

/// Refuses a code that is no région's of the contract.
pub(super) fn known_region(contract: &Contract, region: &str) -> Result<()> {
    let field = contract.table("medicobus").and_then(|t| t.field("code_region"));
    let codes = field.and_then(|f| f.constraints.values.clone()).unwrap_or_default();

    if codes.iter().any(|code| code == region) {
        return Ok(());
    }
    Err(Error::usage(format!("région inconnue : {region}"))
        .hint(format!("codes Insee admis : {}", codes.join(", "))))
}
