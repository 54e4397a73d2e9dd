//! Official zonings that users load: INSEE's density grid, an ARS's GP zoning, DREES's APL, or our own `zonings.csv`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::communes::Communes;
use super::sheet::{ZoningSheet, is_commune_code, read_sheets, simple};
use base::error::{Context, Error, Result};

/// What an official file says of a commune, for one vintage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zoning {
    /// INSEE code of a commune of today.
    pub code_commune: String,
    /// Vintage of the file, a year.
    pub vintage: i64,
    /// INSEE density level, 1 (dense) to 7 (very dispersed).
    pub density7: Option<i64>,
    /// `ZIP`, `ZAC`, `ZAR` or `HZ` (outside any zone).
    pub zonage_mg: Option<String>,
    /// APL to GPs, in hundredths of consultations per year and standardised inhabitant.
    pub apl_hundredths: Option<i64>,
    /// The producer and the file.
    pub source: String,
}

/// What a file of zoning held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoningReport {
    /// One row per commune of today, by code.
    pub zonings: Vec<Zoning>,
    /// Rows read.
    pub rows_read: usize,
    /// Rows of merged communes, carried to the commune of today unless it has its own row.
    pub carried: usize,
    /// Codes that no commune bears or bore, in the order of the file.
    pub unknown: Vec<String>,
}

/// The columns that make a file what it is.
struct ZoningColumns {
    code: usize,
    vintage: Option<usize>,
    density: Option<usize>,
    zoning: Option<usize>,
    apl: Option<usize>,
    source: Option<usize>,
}

/// Reads one official file; its columns tell which. `vintage` overrides the year found in the file.
///
/// # Errors
/// If the file cannot be read, has no known column, no year, or a value that is neither a level, a zone nor a number.
pub fn read_zonings(
    path: &Path,
    vintage: Option<i64>,
    communes: &Communes,
) -> Result<ZoningReport> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut candidates: Vec<(Option<i64>, ZoningSheet, ZoningColumns)> = read_sheets(path)?
        .into_iter()
        .filter_map(|f| Some((year_in(&f, &name), columns(&f)?)).map(|(a, c)| (a, f, c)))
        .collect();
    // DREES gives a sheet per year: the last one wins; a stable sort keeps the first of equals.
    candidates.sort_by_key(|(year, _, _)| std::cmp::Reverse(*year));

    let Some((year, sheet, columns)) = candidates.into_iter().next() else {
        return Err(Error::usage(format!("« {name} » : ni densité, ni zonage, ni APL parmi les colonnes"))
            .hint("attendu : DENS (INSEE), une colonne « zonage » (ARS), « APL aux médecins généralistes » (DREES), ou zonages.csv"));
    };
    let vintage = vintage.or(year);
    if vintage.is_none() && columns.vintage.is_none() {
        return Err(Error::usage(format!("« {name} » ne dit pas son millésime"))
            .hint("l'indiquer avec --millesime AAAA, ou dans le nom du fichier"));
    }

    read_sheet(&name, &sheet, &columns, vintage, communes)
}

fn columns(sheet: &ZoningSheet) -> Option<ZoningColumns> {
    let find = |test: &dyn Fn(&str) -> bool| sheet.header.iter().position(|name| test(name));
    let columns = ZoningColumns {
        code: find(&|n| is_commune_code(n))?,
        vintage: find(&|n| n == "millesime"),
        density: find(&|n| {
            n == "dens"
                || n == "dens7"
                || n.starts_with("densite")
                || n.starts_with("degre_de_densite")
        }),
        zoning: find(&|n| n.starts_with("zonage") || n == "zone" || n.starts_with("classement")),
        // DREES gives several: the first is for all GPs, the others for those under an age.
        apl: find(&|n| {
            n == "apl" || n == "apl_mg" || n.starts_with("apl_aux_medecins_generalistes")
        }),
        source: find(&|n| n == "source"),
    };

    (columns.density.is_some() || columns.zoning.is_some() || columns.apl.is_some())
        .then_some(columns)
}

/// The year that the sheet's name tells, else its titles, else the file's name.
fn year_in(sheet: &ZoningSheet, file: &str) -> Option<i64> {
    std::iter::once(sheet.name.as_str())
        .chain(sheet.titles.iter().map(String::as_str))
        .chain([file])
        .find_map(|text| {
            text.split(|c: char| !c.is_ascii_digit())
                .filter(|word| word.len() == 4)
                .filter_map(|word| word.parse().ok())
                .find(|year| (2000..2100).contains(year))
        })
}

fn read_sheet(
    name: &str,
    sheet: &ZoningSheet,
    columns: &ZoningColumns,
    vintage: Option<i64>,
    communes: &Communes,
) -> Result<ZoningReport> {
    let producer = match (columns.density, columns.zoning, columns.apl) {
        (Some(_), None, None) => "INSEE, grille communale de densité",
        (None, Some(_), None) => "ARS, zonage des médecins généralistes",
        (None, None, Some(_)) => "DREES, APL aux médecins généralistes",
        _ => "zonages",
    };

    let mut direct: BTreeMap<String, Zoning> = BTreeMap::new();
    let mut carried_rows: BTreeMap<String, Zoning> = BTreeMap::new();

    let mut report = ZoningReport {
        zonings: Vec::new(),
        rows_read: 0,
        carried: 0,
        unknown: Vec::new(),
    };

    for (line, row) in &sheet.rows {
        let Some(code) = commune_code(cell(row, Some(columns.code))) else {
            continue;
        };
        report.rows_read += 1;

        let zoning = zoning_of(row, code.clone(), columns, vintage, (producer, name)).map_err(
            |(column, value)| {
                Error::usage(format!("« {name} », ligne {line} : {column} « {value} » illisible"))
            },
        )?;
        if communes.exists(&code) {
            direct.insert(code, zoning);
        } else if let Some(current) = communes.successor(&code) {
            report.carried += 1;
            let zoning = Zoning {
                code_commune: current.to_owned(),
                ..zoning
            };
            carried_rows.entry(current.to_owned()).or_insert(zoning);
        } else {
            report.unknown.push(code);
        }
    }

    // A commune's own row is preferred to one carried from a commune that it absorbed.
    for (code, zoning) in carried_rows {
        direct.entry(code).or_insert(zoning);
    }
    report.zonings = direct.into_values().collect();
    if report.zonings.is_empty() {
        return Err(Error::usage(format!("« {name} » ne contient aucune commune connue")));
    }

    Ok(report)
}

fn cell(row: &[String], rank: Option<usize>) -> &str {
    rank.and_then(|r| row.get(r)).map_or("", |c| c.trim())
}

/// The code of five characters, a lost leading zero restored. Units under the header and notes under the table have none.
fn commune_code(text: &str) -> Option<String> {
    let code = match text.len() {
        4 => format!("0{text}"),
        _ => text.to_owned(),
    };
    let letters = |c: char| c.is_ascii_digit() || c == 'A' || c == 'B';
    (code.len() == 5 && code.chars().all(letters)).then_some(code)
}

/// What a row says of a commune; the column (in French) and the value that cannot be read otherwise.
fn zoning_of(
    row: &[String],
    code: String,
    columns: &ZoningColumns,
    vintage: Option<i64>,
    (producer, file): (&str, &str),
) -> std::result::Result<Zoning, (&'static str, String)> {
    let vintage = match (cell(row, columns.vintage), vintage) {
        ("", Some(year)) => year,
        (text, _) => text.parse().map_err(|_| ("millésime", text.to_owned()))?,
    };
    let source = match cell(row, columns.source) {
        "" => format!("{producer} ({file})"),
        source => source.to_owned(),
    };

    Ok(Zoning {
        code_commune: code,
        vintage,
        density7: density(cell(row, columns.density)).map_err(|v| ("densité", v))?,
        zonage_mg: zone_of(cell(row, columns.zoning)).map_err(|v| ("zonage", v))?,
        apl_hundredths: hundredths(cell(row, columns.apl)).map_err(|v| ("APL", v))?,
        source,
    })
}

/// Words of official files for "no figure": not significant, not available.
fn missing(text: &str) -> bool {
    matches!(
        simple(text).as_str(),
        "" | "ns" | "nd" | "na" | "n_a" | "n_a_resultat_non_disponible"
    )
}

fn density(text: &str) -> std::result::Result<Option<i64>, String> {
    if missing(text) {
        return Ok(None);
    }
    text.parse()
        .ok()
        .filter(|level| (1..=7).contains(level))
        .map(Some)
        .ok_or_else(|| text.to_owned())
}

fn zone_of(text: &str) -> std::result::Result<Option<String>, String> {
    if missing(text) {
        return Ok(None);
    }

    let word = simple(text);
    let is =
        |acronym: &str, name: &str| word.split('_').any(|m| m == acronym) || word.contains(name);

    let zone_of = if is("zip", "intervention_prioritaire") {
        "ZIP"
    } else if is("zac", "action_complementaire") {
        "ZAC"
    } else if is("zar", "appui_regional") {
        "ZAR"
    } else if is("hz", "hors_zon") || is("hv", "hors_vivier") || is("zv", "vigilance") {
        "HZ"
    } else {
        return Err(text.to_owned());
    };

    Ok(Some(zone_of.to_owned()))
}

fn hundredths(text: &str) -> std::result::Result<Option<i64>, String> {
    if missing(text) {
        return Ok(None);
    }
    let number: f64 = text.replace(',', ".").parse().map_err(|_| text.to_owned())?;
    if (0.0..9999.0).contains(&number) {
        Ok(Some((number * 100.0).round() as i64))
    } else {
        Err(text.to_owned())
    }
}

/// The columns of the table `zonings`, as stored and as SQL sees them.
pub fn zonings_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("code_commune", DataType::Utf8, false),
        Field::new("millesime", DataType::Int64, false),
        Field::new("densite7", DataType::Int64, true),
        Field::new("zonage_mg", DataType::Utf8, true),
        Field::new("apl_mg", DataType::Decimal128(6, 2), true),
        Field::new("source", DataType::Utf8, true),
    ]))
}

/// The rows as a batch of [`zonings_schema`].
///
/// # Errors
/// If an APL does not fit the decimal type, which [`read_zonings`] prevents.
pub fn zonings_batch(zonings: &[Zoning]) -> Result<RecordBatch> {
    let message = || "la table des zonages ne se construit pas".to_owned();
    let apl: Decimal128Array = zonings.iter().map(|z| z.apl_hundredths.map(i128::from)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(zonings.iter().map(|z| Some(z.code_commune.as_str())).collect::<StringArray>()),
        Arc::new(zonings.iter().map(|z| Some(z.vintage)).collect::<Int64Array>()),
        Arc::new(zonings.iter().map(|z| z.density7).collect::<Int64Array>()),
        Arc::new(zonings.iter().map(|z| z.zonage_mg.as_deref()).collect::<StringArray>()),
        Arc::new(apl.with_precision_and_scale(6, 2).access(message)?),
        Arc::new(zonings.iter().map(|z| Some(z.source.as_str())).collect::<StringArray>()),
    ];

    RecordBatch::try_new(zonings_schema(), columns).access(message)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use rust_xlsxwriter::Workbook;
    use tempfile::TempDir;

    use super::*;

    fn made_workbook(folder: &TempDir, name: &str, sheets: &[(&str, &[&[&str]])]) -> PathBuf {
        let mut workbook = Workbook::new();
        for (titles, rows) in sheets {
            let sheet = workbook.add_worksheet();
            sheet.set_name(*titles).unwrap();

            for (rank, row) in rows.iter().enumerate() {
                for (column, text) in row.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                    match text.parse::<f64>() {
                        Ok(number) => {
                            sheet.write_number(rank as u32, column as u16, number).unwrap()
                        }
                        Err(_) => sheet.write_string(rank as u32, column as u16, *text).unwrap(),
                    };
                }
            }
        }

        let path = folder.path().join(name);
        workbook.save(&path).unwrap();
        path
    }

    fn text(folder: &TempDir, name: &str, contenu: &[u8]) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, contenu).unwrap();
        path
    }

    fn trouve<'a>(report: &'a ZoningReport, code: &str) -> &'a Zoning {
        report.zonings.iter().find(|z| z.code_commune == code).unwrap()
    }

    #[test]
    fn insee_density_grid_under_its_titles() {
        let folder = tempfile::tempdir().unwrap();
        let path = made_workbook(
            &folder,
            "grille_densite_7_niveaux_2024.xlsx",
            &[
                ("Présentation", &[&["Grille communale de densité"], &["texte"]]),
                (
                    "Grille_Densite",
                    &[
                        &["", "La grille communale de densité à 7 niveaux"],
                        &[],
                        &["Millésime 2024, géographie au 01/01/2024"],
                        &["CODGEO", "LIBGEO", "DENS", "LIBDENS", "PMUN21"],
                        &[
                            "1001",
                            "L'Abergement-Clémenciat",
                            "6",
                            "Rural à habitat dispersé",
                            "860",
                        ],
                        &["61079", "Ceton", "5", "Bourgs ruraux", "1734"],
                        &["2A004", "Ajaccio", "2", "Centres urbains intermédiaires", "70000"],
                        // Merged into 50417, which has no row of its own here.
                        &["50358", "Morsalines", "7", "Rural à habitat très dispersé", "200"],
                        &["99999", "Nulle part", "7", "", ""],
                    ],
                ),
            ],
        );

        let report = read_zonings(&path, None, &Communes::embedded().unwrap()).unwrap();
        assert_eq!(
            (report.rows_read, report.carried, report.unknown.as_slice()),
            (5, 1, ["99999".to_owned()].as_slice())
        );

        let clemenciat = trouve(&report, "01001");
        assert_eq!(
            (clemenciat.density7, clemenciat.vintage, clemenciat.zonage_mg.as_deref()),
            (Some(6), 2024, None)
        );

        assert_eq!(trouve(&report, "50417").density7, Some(7));
        assert!(clemenciat.source.starts_with("INSEE"));
    }

    #[test]
    fn ars_zoning_in_the_words_of_the_agencies() {
        let folder = tempfile::tempdir().unwrap();
        let csv = "Zonage médecins ARS Normandie, arrêté 2025\r\nCode commune;Commune;Zonage 2025\r\n\
            61079;Ceton;Zone d'intervention prioritaire (ZIP)\r\n27082;La Bonneville;ZAC\r\n14118;Caen;Hors zonage\r\n\
            14126;X;2_ZAC\r\n14572;Y;N/A - résultat non disponible\r\n";
        let bytes = encoding_rs::WINDOWS_1252.encode(csv).0;
        let path = text(&folder, "zonage.csv", &bytes);
        let communes = Communes::embedded().unwrap();
        let report = read_zonings(&path, None, &communes).unwrap();

        let zones: Vec<_> = ["61079", "27082", "14118", "14126", "14572"]
            .iter()
            .map(|code| trouve(&report, code).zonage_mg.as_deref())
            .collect();
        assert_eq!(zones, [Some("ZIP"), Some("ZAC"), Some("HZ"), Some("ZAC"), None]);

        assert_eq!(trouve(&report, "61079").vintage, 2025);
        assert_eq!(read_zonings(&path, Some(2026), &communes).unwrap().zonings[0].vintage, 2026);
    }

    #[test]
    fn drees_apl_takes_the_last_year_and_knows_its_blanks() {
        let folder = tempfile::tempdir().unwrap();
        let header: &[&str] = &[
            "Code commune INSEE",
            "Commune",
            "APL aux médecins généralistes",
            "APL aux médecins généralistes de 65 ans et moins",
        ];

        let unites: &[&str] =
            &["", "", "(en nb de consultations/an/habitant standardisé)", "(idem)"];

        let path = made_workbook(
            &folder,
            "Indicateur d'accessibilité potentielle localisée (APL) aux médecins généralistes.xlsx",
            &[
                ("Paramètres", &[&["rien"]]),
                ("APL_2021", &[&["Titre"], header, unites, &["61079", "Ceton", "9,99", "1,0"]]),
                (
                    "APL_2022",
                    &[
                        &["Titre"],
                        &[],
                        header,
                        unites,
                        &["61079", "Ceton", "2,456", "1,0"],
                        &["14126", "X", "NS", "nd"],
                        &["27082", "Y", "1.5", "nd"],
                    ],
                ),
            ],
        );

        let report = read_zonings(&path, None, &Communes::embedded().unwrap()).unwrap();
        assert_eq!(report.rows_read, 3);
        let ceton = trouve(&report, "61079");
        assert_eq!((ceton.apl_hundredths, ceton.vintage), (Some(246), 2022));
        assert_eq!(trouve(&report, "14126").apl_hundredths, None);
        assert_eq!(trouve(&report, "27082").apl_hundredths, Some(150));
        let batch = zonings_batch(&report.zonings).unwrap();
        assert_eq!((batch.num_rows(), batch.schema()), (3, zonings_schema()));
    }

    #[test]
    fn the_sample_s_own_file_keeps_its_columns() {
        let folder = tempfile::tempdir().unwrap();
        let path = text(
            &folder,
            "zonages.csv",
            b"code_commune,millesime,densite7,zonage_mg,apl_mg,source\n61079,2025,5,ZIP,3.17,indicatif\n97303,2025,6,ZIP,,indicatif\n",
        );

        let report = read_zonings(&path, None, &Communes::embedded().unwrap()).unwrap();
        assert_eq!(
            trouve(&report, "61079"),
            &Zoning {
                code_commune: "61079".into(),
                vintage: 2025,
                density7: Some(5),
                zonage_mg: Some("ZIP".into()),
                apl_hundredths: Some(317),
                source: "indicatif".into(),
            }
        );

        assert_eq!(trouve(&report, "97303").apl_hundredths, None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let communes = Communes::embedded().unwrap();

        let erreur = |name: &str, contenu: &str| {
            let path = text(&folder, name, contenu.as_bytes());
            read_zonings(&path, None, &communes).unwrap_err().to_string()
        };

        assert!(erreur("a.csv", "nom,valeur\nx,1\n").contains("en-tête"));
        assert!(erreur("b.csv", "CODGEO,LIBGEO\n61079,Ceton\n").contains("ni densité"));
        assert!(erreur("c.csv", "CODGEO,DENS\n61079,5\n").contains("millésime"));
        let illisible = erreur("d_2024.csv", "CODGEO,DENS\n61079,5\n14126,9\n");
        assert!(illisible.contains("ligne 3") && illisible.contains('9'), "{illisible}");
        assert!(erreur("e_2024.csv", "CODGEO;ZONAGE\n61079;verte\n").contains("verte"));
        assert!(erreur("f_2024.csv", "CODGEO,DENS\n99999,5\n").contains("aucune commune connue"));
        assert!(erreur("g.doc", "").contains("ni un CSV ni un classeur"));
    }
}
