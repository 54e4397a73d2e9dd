//! Official zonings that users load: INSEE's density grid, an ARS's GP zoning, DREES's APL, or our own `zonages.csv`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::communes::Communes;
use super::feuille::{self, Feuille, est_code_commune, simple};
use base::error::{Context, Error, Result};

/// What an official file says of a commune, for one vintage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zonage {
    /// INSEE code of a commune of today.
    pub code_commune: String,
    /// Vintage of the file, a year.
    pub millesime: i64,
    /// INSEE density level, 1 (dense) to 7 (very dispersed).
    pub densite7: Option<i64>,
    /// `ZIP`, `ZAC`, `ZAR` or `HZ` (outside any zone).
    pub zonage_mg: Option<String>,
    /// APL to GPs, in hundredths of consultations per year and standardised inhabitant.
    pub apl_centiemes: Option<i64>,
    /// The producer and the file.
    pub source: String,
}

/// What a file of zoning held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lecture {
    /// One row per commune of today, by code.
    pub zonages: Vec<Zonage>,
    /// Rows read.
    pub lues: usize,
    /// Rows of merged communes, carried to the commune of today unless it has its own row.
    pub reportees: usize,
    /// Codes that no commune bears or bore, in the order of the file.
    pub inconnues: Vec<String>,
}

/// The columns that make a file what it is.
struct Colonnes {
    code: usize,
    millesime: Option<usize>,
    densite: Option<usize>,
    zonage: Option<usize>,
    apl: Option<usize>,
    source: Option<usize>,
}

/// Reads one official file; its columns tell which. `millesime` overrides the year found in the file.
///
/// # Errors
/// If the file cannot be read, has no known column, no year, or a value that is neither a level, a zone nor a number.
pub fn lire_zonages(chemin: &Path, millesime: Option<i64>, communes: &Communes) -> Result<Lecture> {
    let nom = chemin
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut candidates: Vec<(Option<i64>, Feuille, Colonnes)> = feuille::lire(chemin)?
        .into_iter()
        .filter_map(|f| Some((annee_dans(&f, &nom), colonnes(&f)?)).map(|(a, c)| (a, f, c)))
        .collect();
    // DREES gives a sheet per year: the last one wins; a stable sort keeps the first of equals.
    candidates.sort_by_key(|(annee, _, _)| std::cmp::Reverse(*annee));
    let Some((annee, feuille, colonnes)) = candidates.into_iter().next() else {
        return Err(Error::usage(format!("« {nom} » : ni densité, ni zonage, ni APL parmi les colonnes"))
            .hint("attendu : DENS (INSEE), une colonne « zonage » (ARS), « APL aux médecins généralistes » (DREES), ou zonages.csv"));
    };
    let millesime = millesime.or(annee);
    if millesime.is_none() && colonnes.millesime.is_none() {
        return Err(Error::usage(format!("« {nom} » ne dit pas son millésime"))
            .hint("l'indiquer avec --millesime AAAA, ou dans le nom du fichier"));
    }
    lire_feuille(&nom, &feuille, &colonnes, millesime, communes)
}

fn colonnes(feuille: &Feuille) -> Option<Colonnes> {
    let trouver = |test: &dyn Fn(&str) -> bool| feuille.entete.iter().position(|nom| test(nom));
    let colonnes = Colonnes {
        code: trouver(&|n| est_code_commune(n))?,
        millesime: trouver(&|n| n == "millesime"),
        densite: trouver(&|n| {
            n == "dens"
                || n == "dens7"
                || n.starts_with("densite")
                || n.starts_with("degre_de_densite")
        }),
        zonage: trouver(&|n| n.starts_with("zonage") || n == "zone" || n.starts_with("classement")),
        // DREES gives several: the first is for all GPs, the others for those under an age.
        apl: trouver(&|n| {
            n == "apl" || n == "apl_mg" || n.starts_with("apl_aux_medecins_generalistes")
        }),
        source: trouver(&|n| n == "source"),
    };
    (colonnes.densite.is_some() || colonnes.zonage.is_some() || colonnes.apl.is_some())
        .then_some(colonnes)
}

/// The year that the sheet's name tells, else its titles, else the file's name.
fn annee_dans(feuille: &Feuille, fichier: &str) -> Option<i64> {
    std::iter::once(feuille.nom.as_str())
        .chain(feuille.titre.iter().map(String::as_str))
        .chain([fichier])
        .find_map(|texte| {
            texte
                .split(|c: char| !c.is_ascii_digit())
                .filter(|mot| mot.len() == 4)
                .filter_map(|mot| mot.parse().ok())
                .find(|annee| (2000..2100).contains(annee))
        })
}

fn lire_feuille(
    nom: &str,
    feuille: &Feuille,
    colonnes: &Colonnes,
    millesime: Option<i64>,
    communes: &Communes,
) -> Result<Lecture> {
    let producteur = match (colonnes.densite, colonnes.zonage, colonnes.apl) {
        (Some(_), None, None) => "INSEE, grille communale de densité",
        (None, Some(_), None) => "ARS, zonage des médecins généralistes",
        (None, None, Some(_)) => "DREES, APL aux médecins généralistes",
        _ => "zonages",
    };
    let mut directs: BTreeMap<String, Zonage> = BTreeMap::new();
    let mut reportes: BTreeMap<String, Zonage> = BTreeMap::new();
    let mut lecture = Lecture {
        zonages: Vec::new(),
        lues: 0,
        reportees: 0,
        inconnues: Vec::new(),
    };
    for (numero, ligne) in &feuille.lignes {
        let champ = |rang: Option<usize>| rang.and_then(|r| ligne.get(r)).map_or("", |c| c.trim());
        let refus = |colonne: &str, valeur: &str| {
            Error::usage(format!(
                "« {nom} », ligne {numero} : {colonne} « {valeur} » illisible"
            ))
        };
        let code = champ(Some(colonnes.code));
        let code = if code.len() == 4 {
            format!("0{code}")
        } else {
            code.to_owned()
        };
        // Units under the header and notes under the table have no code.
        if code.len() != 5
            || !code
                .chars()
                .all(|c| c.is_ascii_digit() || c == 'A' || c == 'B')
        {
            continue;
        }
        lecture.lues += 1;
        let millesime = match (champ(colonnes.millesime), millesime) {
            ("", Some(annee)) => annee,
            (texte, _) => texte.parse().map_err(|_| refus("millésime", texte))?,
        };
        let zonage = Zonage {
            code_commune: code.clone(),
            millesime,
            densite7: densite(champ(colonnes.densite)).map_err(|v| refus("densité", &v))?,
            zonage_mg: zone(champ(colonnes.zonage)).map_err(|v| refus("zonage", &v))?,
            apl_centiemes: centiemes(champ(colonnes.apl)).map_err(|v| refus("APL", &v))?,
            source: match champ(colonnes.source) {
                "" => format!("{producteur} ({nom})"),
                source => source.to_owned(),
            },
        };
        if communes.exists(&code) {
            directs.insert(code, zonage);
        } else if let Some(actuel) = communes.successor(&code) {
            lecture.reportees += 1;
            let zonage = Zonage {
                code_commune: actuel.to_owned(),
                ..zonage
            };
            reportes.entry(actuel.to_owned()).or_insert(zonage);
        } else {
            lecture.inconnues.push(code);
        }
    }
    for (code, zonage) in reportes {
        directs.entry(code).or_insert(zonage);
    }
    lecture.zonages = directs.into_values().collect();
    if lecture.zonages.is_empty() {
        return Err(Error::usage(format!(
            "« {nom} » ne contient aucune commune connue"
        )));
    }
    Ok(lecture)
}

/// Words of official files for "no figure": not significant, not available.
fn absent(texte: &str) -> bool {
    matches!(
        simple(texte).as_str(),
        "" | "ns" | "nd" | "na" | "n_a" | "n_a_resultat_non_disponible"
    )
}

fn densite(texte: &str) -> std::result::Result<Option<i64>, String> {
    if absent(texte) {
        return Ok(None);
    }
    texte
        .parse()
        .ok()
        .filter(|niveau| (1..=7).contains(niveau))
        .map(Some)
        .ok_or_else(|| texte.to_owned())
}

fn zone(texte: &str) -> std::result::Result<Option<String>, String> {
    if absent(texte) {
        return Ok(None);
    }
    let mot = simple(texte);
    let est = |sigle: &str, nom: &str| mot.split('_').any(|m| m == sigle) || mot.contains(nom);
    let zone = if est("zip", "intervention_prioritaire") {
        "ZIP"
    } else if est("zac", "action_complementaire") {
        "ZAC"
    } else if est("zar", "appui_regional") {
        "ZAR"
    } else if est("hz", "hors_zon") || est("hv", "hors_vivier") || est("zv", "vigilance") {
        "HZ"
    } else {
        return Err(texte.to_owned());
    };
    Ok(Some(zone.to_owned()))
}

fn centiemes(texte: &str) -> std::result::Result<Option<i64>, String> {
    if absent(texte) {
        return Ok(None);
    }
    let nombre: f64 = texte
        .replace(',', ".")
        .parse()
        .map_err(|_| texte.to_owned())?;
    if (0.0..9999.0).contains(&nombre) {
        Ok(Some((nombre * 100.0).round() as i64))
    } else {
        Err(texte.to_owned())
    }
}

/// The columns of the table `zonages`, as stored and as SQL sees them.
pub fn zonages_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("code_commune", DataType::Utf8, false),
        Field::new("millesime", DataType::Int64, false),
        Field::new("densite7", DataType::Int64, true),
        Field::new("zonage_mg", DataType::Utf8, true),
        Field::new("apl_mg", DataType::Decimal128(6, 2), true),
        Field::new("source", DataType::Utf8, true),
    ]))
}

/// The rows as a batch of [`zonages_schema`].
///
/// # Errors
/// If an APL does not fit the decimal type, which [`lire_zonages`] prevents.
pub fn zonages_batch(zonages: &[Zonage]) -> Result<RecordBatch> {
    let message = || "la table des zonages ne se construit pas".to_owned();
    let apl: Decimal128Array = zonages
        .iter()
        .map(|z| z.apl_centiemes.map(i128::from))
        .collect();
    let colonnes: Vec<ArrayRef> = vec![
        Arc::new(
            zonages
                .iter()
                .map(|z| Some(z.code_commune.as_str()))
                .collect::<StringArray>(),
        ),
        Arc::new(
            zonages
                .iter()
                .map(|z| Some(z.millesime))
                .collect::<Int64Array>(),
        ),
        Arc::new(zonages.iter().map(|z| z.densite7).collect::<Int64Array>()),
        Arc::new(
            zonages
                .iter()
                .map(|z| z.zonage_mg.as_deref())
                .collect::<StringArray>(),
        ),
        Arc::new(apl.with_precision_and_scale(6, 2).access(message)?),
        Arc::new(
            zonages
                .iter()
                .map(|z| Some(z.source.as_str()))
                .collect::<StringArray>(),
        ),
    ];
    RecordBatch::try_new(zonages_schema(), colonnes).access(message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::fs;
    use std::path::PathBuf;

    use rust_xlsxwriter::Workbook;
    use tempfile::TempDir;

    use super::*;

    fn classeur(dossier: &TempDir, nom: &str, feuilles: &[(&str, &[&[&str]])]) -> PathBuf {
        let mut classeur = Workbook::new();
        for (titre, lignes) in feuilles {
            let feuille = classeur.add_worksheet();
            feuille.set_name(*titre).unwrap();
            for (rang, ligne) in lignes.iter().enumerate() {
                for (colonne, texte) in ligne
                    .iter()
                    .enumerate()
                    .filter(|(_, texte)| !texte.is_empty())
                {
                    match texte.parse::<f64>() {
                        Ok(nombre) => feuille
                            .write_number(rang as u32, colonne as u16, nombre)
                            .unwrap(),
                        Err(_) => feuille
                            .write_string(rang as u32, colonne as u16, *texte)
                            .unwrap(),
                    };
                }
            }
        }
        let chemin = dossier.path().join(nom);
        classeur.save(&chemin).unwrap();
        chemin
    }

    fn texte(dossier: &TempDir, nom: &str, contenu: &[u8]) -> PathBuf {
        let chemin = dossier.path().join(nom);
        fs::write(&chemin, contenu).unwrap();
        chemin
    }

    fn trouve<'a>(lecture: &'a Lecture, code: &str) -> &'a Zonage {
        lecture
            .zonages
            .iter()
            .find(|z| z.code_commune == code)
            .unwrap()
    }

    #[test]
    fn insee_density_grid_under_its_titles() {
        let dossier = tempfile::tempdir().unwrap();
        let chemin = classeur(
            &dossier,
            "grille_densite_7_niveaux_2024.xlsx",
            &[
                (
                    "Présentation",
                    &[&["Grille communale de densité"], &["texte"]],
                ),
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
                        &[
                            "2A004",
                            "Ajaccio",
                            "2",
                            "Centres urbains intermédiaires",
                            "70000",
                        ],
                        // Merged into 50417, which has no row of its own here.
                        &[
                            "50358",
                            "Morsalines",
                            "7",
                            "Rural à habitat très dispersé",
                            "200",
                        ],
                        &["99999", "Nulle part", "7", "", ""],
                    ],
                ),
            ],
        );
        let lecture = lire_zonages(&chemin, None, &Communes::embedded().unwrap()).unwrap();
        assert_eq!(
            (
                lecture.lues,
                lecture.reportees,
                lecture.inconnues.as_slice()
            ),
            (5, 1, ["99999".to_owned()].as_slice())
        );
        let clemenciat = trouve(&lecture, "01001");
        assert_eq!(
            (
                clemenciat.densite7,
                clemenciat.millesime,
                clemenciat.zonage_mg.as_deref()
            ),
            (Some(6), 2024, None)
        );
        assert_eq!(trouve(&lecture, "50417").densite7, Some(7));
        assert!(clemenciat.source.starts_with("INSEE"));
    }

    #[test]
    fn ars_zoning_in_the_words_of_the_agencies() {
        let dossier = tempfile::tempdir().unwrap();
        let csv = "Zonage médecins ARS Normandie, arrêté 2025\r\nCode commune;Commune;Zonage 2025\r\n\
            61079;Ceton;Zone d'intervention prioritaire (ZIP)\r\n27082;La Bonneville;ZAC\r\n14118;Caen;Hors zonage\r\n\
            14126;X;2_ZAC\r\n14572;Y;N/A - résultat non disponible\r\n";
        let octets = encoding_rs::WINDOWS_1252.encode(csv).0;
        let chemin = texte(&dossier, "zonage.csv", &octets);
        let communes = Communes::embedded().unwrap();
        let lecture = lire_zonages(&chemin, None, &communes).unwrap();
        let zones: Vec<_> = ["61079", "27082", "14118", "14126", "14572"]
            .iter()
            .map(|code| trouve(&lecture, code).zonage_mg.as_deref())
            .collect();
        assert_eq!(
            zones,
            [Some("ZIP"), Some("ZAC"), Some("HZ"), Some("ZAC"), None]
        );
        assert_eq!(trouve(&lecture, "61079").millesime, 2025);
        assert_eq!(
            lire_zonages(&chemin, Some(2026), &communes)
                .unwrap()
                .zonages[0]
                .millesime,
            2026
        );
    }

    #[test]
    fn drees_apl_takes_the_last_year_and_knows_its_blanks() {
        let dossier = tempfile::tempdir().unwrap();
        let entete: &[&str] = &[
            "Code commune INSEE",
            "Commune",
            "APL aux médecins généralistes",
            "APL aux médecins généralistes de 65 ans et moins",
        ];
        let unites: &[&str] = &[
            "",
            "",
            "(en nb de consultations/an/habitant standardisé)",
            "(idem)",
        ];
        let chemin = classeur(
            &dossier,
            "Indicateur d'accessibilité potentielle localisée (APL) aux médecins généralistes.xlsx",
            &[
                ("Paramètres", &[&["rien"]]),
                (
                    "APL_2021",
                    &[
                        &["Titre"],
                        entete,
                        unites,
                        &["61079", "Ceton", "9,99", "1,0"],
                    ],
                ),
                (
                    "APL_2022",
                    &[
                        &["Titre"],
                        &[],
                        entete,
                        unites,
                        &["61079", "Ceton", "2,456", "1,0"],
                        &["14126", "X", "NS", "nd"],
                        &["27082", "Y", "1.5", "nd"],
                    ],
                ),
            ],
        );
        let lecture = lire_zonages(&chemin, None, &Communes::embedded().unwrap()).unwrap();
        assert_eq!(lecture.lues, 3);
        let ceton = trouve(&lecture, "61079");
        assert_eq!((ceton.apl_centiemes, ceton.millesime), (Some(246), 2022));
        assert_eq!(trouve(&lecture, "14126").apl_centiemes, None);
        assert_eq!(trouve(&lecture, "27082").apl_centiemes, Some(150));
        let batch = zonages_batch(&lecture.zonages).unwrap();
        assert_eq!((batch.num_rows(), batch.schema()), (3, zonages_schema()));
    }

    #[test]
    fn the_sample_s_own_file_keeps_its_columns() {
        let dossier = tempfile::tempdir().unwrap();
        let chemin = texte(
            &dossier,
            "zonages.csv",
            b"code_commune,millesime,densite7,zonage_mg,apl_mg,source\n61079,2025,5,ZIP,3.17,indicatif\n97303,2025,6,ZIP,,indicatif\n",
        );
        let lecture = lire_zonages(&chemin, None, &Communes::embedded().unwrap()).unwrap();
        assert_eq!(
            trouve(&lecture, "61079"),
            &Zonage {
                code_commune: "61079".into(),
                millesime: 2025,
                densite7: Some(5),
                zonage_mg: Some("ZIP".into()),
                apl_centiemes: Some(317),
                source: "indicatif".into(),
            }
        );
        assert_eq!(trouve(&lecture, "97303").apl_centiemes, None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let dossier = tempfile::tempdir().unwrap();
        let communes = Communes::embedded().unwrap();
        let erreur = |nom: &str, contenu: &str| {
            let chemin = texte(&dossier, nom, contenu.as_bytes());
            lire_zonages(&chemin, None, &communes)
                .unwrap_err()
                .to_string()
        };
        assert!(erreur("a.csv", "nom,valeur\nx,1\n").contains("en-tête"));
        assert!(erreur("b.csv", "CODGEO,LIBGEO\n61079,Ceton\n").contains("ni densité"));
        assert!(erreur("c.csv", "CODGEO,DENS\n61079,5\n").contains("millésime"));
        let illisible = erreur("d_2024.csv", "CODGEO,DENS\n61079,5\n14126,9\n");
        assert!(
            illisible.contains("ligne 3") && illisible.contains('9'),
            "{illisible}"
        );
        assert!(erreur("e_2024.csv", "CODGEO;ZONAGE\n61079;verte\n").contains("verte"));
        assert!(erreur("f_2024.csv", "CODGEO,DENS\n99999,5\n").contains("aucune commune connue"));
        assert!(erreur("g.doc", "").contains("ni un CSV ni un classeur"));
    }
}
