//! Writes a delivery the way it arrives: a folder of CSV, a ZIP of gzipped CSV, or a workbook.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::Datelike;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::champ::{Champ, Ligne, Table};
use super::dialecte::Dialecte;
use base::error::{Context, Error, Result};

/// What a delivery is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forme {
    /// A folder; the large tables are gzipped.
    Dossier,
    /// A ZIP of gzipped CSV.
    Zip,
    /// A workbook, a sheet per table.
    Classeur,
}

/// Who delivers what.
#[derive(Debug, Clone)]
pub struct Etiquette {
    /// INSEE code of the région.
    pub region: String,
    /// `2022-2023` or `2025`.
    pub periode: String,
    /// The producer.
    pub producteur: String,
}

impl Etiquette {
    fn paires(&self) -> [(&'static str, &str); 3] {
        [
            ("region", &self.region),
            ("periode", &self.periode),
            ("producteur", &self.producteur),
        ]
    }

    fn toml(&self) -> String {
        let mut texte = String::new();
        for (cle, valeur) in self.paires() {
            texte.push_str(&format!("{cle} = \"{valeur}\"\n"));
        }
        texte.push_str("fictives = true\n");
        texte
    }
}

/// Where bytes go until the delivery ends; memory gives them back.
trait Sortie: Write + Send {
    fn finir(self: Box<Self>) -> io::Result<Vec<u8>>;
}

impl Sortie for BufWriter<File> {
    fn finir(mut self: Box<Self>) -> io::Result<Vec<u8>> {
        self.flush()?;
        Ok(Vec::new())
    }
}

impl Sortie for GzEncoder<BufWriter<File>> {
    fn finir(self: Box<Self>) -> io::Result<Vec<u8>> {
        (*self).finish()?.flush()?;
        Ok(Vec::new())
    }
}

impl Sortie for GzEncoder<Vec<u8>> {
    fn finir(self: Box<Self>) -> io::Result<Vec<u8>> {
        (*self).finish()
    }
}

enum Feuille {
    Csv(Box<dyn Sortie>),
    Onglet(Box<Worksheet>),
}

/// A delivery being written.
pub struct Livraison {
    chemin: PathBuf,
    forme: Forme,
    dialecte: Dialecte,
    etiquette: Etiquette,
    format_date: Format,
    feuilles: BTreeMap<Table, (Feuille, u32)>,
}

impl Livraison {
    /// Opens a delivery named after its région and period in `dossier`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn creer(
        dossier: &Path,
        etiquette: Etiquette,
        forme: Forme,
        dialecte: Dialecte,
    ) -> Result<Self> {
        let nom = format!("{}-{}", etiquette.region, etiquette.periode);
        let chemin = match forme {
            Forme::Dossier => dossier.join(nom),
            Forme::Zip => dossier.join(format!("{nom}.zip")),
            Forme::Classeur => dossier.join(format!("{nom}.xlsx")),
        };
        if forme == Forme::Dossier {
            fs::create_dir_all(&chemin).access(|| ecriture(&chemin))?;
            let fiche = chemin.join("livraison.toml");
            fs::write(&fiche, etiquette.toml()).access(|| ecriture(&fiche))?;
        }
        Ok(Self {
            chemin,
            forme,
            dialecte,
            etiquette,
            format_date: Format::new().set_num_format("dd/mm/yyyy"),
            feuilles: BTreeMap::new(),
        })
    }

    /// Name of the delivery among the others (`28-2025`, `44-2025.xlsx`).
    pub fn nom(&self) -> String {
        self.chemin
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Name of the file, or of the sheet, that holds a table.
    pub fn fichier(&self, table: Table) -> String {
        let nom = table.nom();
        match self.forme {
            Forme::Dossier if self.dialecte.majuscules => {
                format!(
                    "{}_{}.csv{}",
                    nom.to_uppercase(),
                    self.etiquette.periode,
                    gz(table)
                )
            }
            Forme::Dossier => format!("{nom}.csv{}", gz(table)),
            Forme::Zip => format!("{nom}.csv.gz"),
            Forme::Classeur => nom[..1].to_uppercase() + &nom[1..],
        }
    }

    /// Writes a row, and returns its line in the file: the header is line 1.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn ligne(&mut self, table: Table, ligne: &Ligne<'_>) -> Result<u32> {
        if !self.feuilles.contains_key(&table) {
            let feuille = self.ouvrir(table)?;
            self.feuilles.insert(table, (feuille, 1));
        }
        let chemin = &self.chemin;
        let Some((feuille, numero)) = self.feuilles.get_mut(&table) else {
            return Err(Error::access(ecriture(chemin)));
        };
        match feuille {
            Feuille::Csv(sortie) => sortie
                .write_all(&self.dialecte.ligne(ligne))
                .access(|| ecriture(chemin))?,
            Feuille::Onglet(onglet) => {
                for (colonne, champ) in ligne.iter().enumerate() {
                    cellule(onglet, *numero, colonne as u16, champ, &self.format_date)
                        .access(|| ecriture(chemin))?;
                }
            }
        }
        *numero += 1;
        Ok(*numero)
    }

    fn ouvrir(&self, table: Table) -> Result<Feuille> {
        let nom = self.fichier(table);
        let mut sortie: Box<dyn Sortie> = match self.forme {
            Forme::Classeur => {
                let mut onglet = Worksheet::new();
                onglet.set_name(&nom).access(|| ecriture(&self.chemin))?;
                for (colonne, titre) in table.colonnes().iter().enumerate() {
                    onglet
                        .write_string(0, colonne as u16, *titre)
                        .access(|| ecriture(&self.chemin))?;
                }
                return Ok(Feuille::Onglet(Box::new(onglet)));
            }
            Forme::Zip => Box::new(GzEncoder::new(Vec::new(), Compression::best())),
            Forme::Dossier => {
                let chemin = self.chemin.join(&nom);
                let fichier = BufWriter::new(File::create(&chemin).access(|| ecriture(&chemin))?);
                if gz(table).is_empty() {
                    Box::new(fichier)
                } else {
                    Box::new(GzEncoder::new(fichier, Compression::best()))
                }
            }
        };
        sortie
            .write_all(&self.dialecte.entete(table))
            .access(|| ecriture(&self.chemin))?;
        Ok(Feuille::Csv(sortie))
    }

    /// Ends the delivery.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn finir(mut self) -> Result<()> {
        let message = || ecriture(&self.chemin);
        let feuilles = std::mem::take(&mut self.feuilles);
        match self.forme {
            Forme::Dossier => {
                for (feuille, _) in feuilles.into_values() {
                    if let Feuille::Csv(sortie) = feuille {
                        sortie.finir().access(message)?;
                    }
                }
            }
            Forme::Zip => {
                // Stored, since each file is compressed already; the entries keep the format's own first date, not today's.
                let options = SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Stored)
                    .last_modified_time(zip::DateTime::default());
                let mut archive = ZipWriter::new(File::create(&self.chemin).access(message)?);
                archive
                    .start_file("livraison.toml", options)
                    .access(message)?;
                archive
                    .write_all(self.etiquette.toml().as_bytes())
                    .access(message)?;
                for (table, (feuille, _)) in feuilles {
                    if let Feuille::Csv(sortie) = feuille {
                        let octets = sortie.finir().access(message)?;
                        archive
                            .start_file(self.fichier(table), options)
                            .access(message)?;
                        archive.write_all(&octets).access(message)?;
                    }
                }
                archive.finish().access(message)?;
            }
            Forme::Classeur => {
                let mut classeur = Workbook::new();
                // A fixed date of creation: the same data make the same file.
                let creation = ExcelDateTime::from_ymd(2026, 1, 1).access(message)?;
                classeur.set_properties(&DocProperties::new().set_creation_datetime(&creation));
                let onglet = classeur.add_worksheet();
                onglet.set_name("livraison").access(message)?;
                for (rang, (cle, valeur)) in [("clé", "valeur")]
                    .into_iter()
                    .chain(self.etiquette.paires())
                    .chain([("fictives", "oui")])
                    .enumerate()
                {
                    onglet.write_string(rang as u32, 0, cle).access(message)?;
                    onglet
                        .write_string(rang as u32, 1, valeur)
                        .access(message)?;
                }
                for (feuille, _) in feuilles.into_values() {
                    if let Feuille::Onglet(onglet) = feuille {
                        classeur.push_worksheet(*onglet);
                    }
                }
                classeur.save(&self.chemin).access(message)?;
            }
        }
        Ok(())
    }
}

fn ecriture(chemin: &Path) -> String {
    format!("impossible d'écrire « {} »", chemin.display())
}

/// The tables that weigh are gzipped, the small ones stay readable.
fn gz(table: Table) -> &'static str {
    match table {
        Table::Consultations | Table::Tournees | Table::DelaisMg => ".gz",
        _ => "",
    }
}

fn cellule(
    onglet: &mut Worksheet,
    ligne: u32,
    colonne: u16,
    champ: &Champ<'_>,
    format_date: &Format,
) -> std::result::Result<(), rust_xlsxwriter::XlsxError> {
    match champ {
        Champ::Vide => return Ok(()),
        Champ::Texte("oui") | Champ::Oui(true) => onglet.write_boolean(ligne, colonne, true)?,
        Champ::Texte("non") | Champ::Oui(false) => onglet.write_boolean(ligne, colonne, false)?,
        Champ::Texte(mot) => onglet.write_string(ligne, colonne, *mot)?,
        Champ::Libre(mot) => onglet.write_string(ligne, colonne, mot)?,
        Champ::Numero(prefixe, rang) => {
            onglet.write_string(ligne, colonne, format!("{prefixe}-{rang:06}"))?
        }
        Champ::Cle(cle) => onglet.write_string(ligne, colonne, format!("{cle:016x}"))?,
        Champ::Entier(n) => onglet.write_number(ligne, colonne, *n as f64)?,
        Champ::Dixiemes(n) => onglet.write_number(ligne, colonne, *n as f64 / 10.0)?,
        Champ::Centiemes(n) => onglet.write_number(ligne, colonne, *n as f64 / 100.0)?,
        Champ::Date(date) => {
            let date =
                ExcelDateTime::from_ymd(date.year() as u16, date.month() as u8, date.day() as u8)?;
            onglet.write_datetime_with_format(ligne, colonne, &date, format_date)?
        }
        Champ::Heure(minutes) => onglet.write_string(
            ligne,
            colonne,
            format!("{:02}:{:02}", minutes / 60, minutes % 60),
        )?,
    };
    Ok(())
}
