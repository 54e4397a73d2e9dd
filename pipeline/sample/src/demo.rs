//! The deliveries of `sample_data/`: four régions, each with its own way of writing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Serialize;

use super::dialecte::Dialecte;
use super::ecriture::{Compte, region};
use super::fautes::Attendue;
use super::livraison::Forme;
use super::monde::{World, generate};
use super::verite::{Truth, nom_trimestre};
use super::{Params, REGIONS};
use base::error::{Context, Result};
use geography::Communes;

const LISEZ_MOI: &str = include_str!("lisez_moi.md");

/// The known truth as `verite.json` holds it.
#[derive(Serialize)]
struct Verite<'a> {
    graine: u64,
    #[serde(flatten)]
    verite: &'a Truth,
    /// Quarter of the first tour, by territory served.
    cohortes: BTreeMap<&'a str, String>,
    /// Quarter of the first tour in the EPCI, by territory not served whose EPCI is.
    voisins: BTreeMap<&'a str, String>,
    /// Sound rows, by table: what must be accepted.
    lignes_saines: Compte,
}

/// How each région of the sample delivers.
fn facon(region: &str, periode: &str) -> (Forme, Dialecte) {
    match (region, periode) {
        ("28", "2026") => (Forme::Dossier, Dialecte::ANGLAIS),
        ("84", _) => (Forme::Dossier, Dialecte::TABLEUR),
        ("44", _) => (Forme::Classeur, Dialecte::SIMPLE),
        ("03", _) => (Forme::Zip, Dialecte::CODE),
        _ => (Forme::Dossier, Dialecte::SIMPLE),
    }
}

/// Writes the whole of `sample_data/` into `dossier`: sixteen deliveries, `verite.json`, `erreurs_attendues.csv`, `zonages.csv`
/// and a `README.md`. What is there under the same names is overwritten. Returns the sound rows written, by table.
///
/// # Errors
/// If `dossier` cannot be written.
pub fn write_demo(dossier: &Path, graine: u64) -> Result<Compte> {
    write_regions(dossier, graine, &REGIONS)
}

fn write_regions(dossier: &Path, graine: u64, regions: &[&str]) -> Result<Compte> {
    let monde = generate(&Params::new(graine, regions, 1))?;
    let communes = Communes::embedded()?;
    let mut anciens = BTreeMap::new();
    for (ancien, actuel) in communes.successors() {
        anciens
            .entry(actuel.to_owned())
            .or_insert_with(|| ancien.to_owned());
    }
    let mut compte = Compte::new();
    let mut attendues = Vec::new();
    for code in regions {
        let nom = communes.region_name(code).unwrap_or(code);
        let (lignes, fautes) = region(&monde, code, nom, dossier, &facon, Some(&anciens))?;
        for (table, lignes) in lignes {
            *compte.entry(table).or_insert(0) += lignes;
        }
        attendues.extend(fautes);
    }
    ecrire(dossier, "erreurs_attendues.csv", &erreurs(&attendues))?;
    ecrire(dossier, "zonages.csv", &zonages(&monde))?;
    ecrire(dossier, "verite.json", &verite(&monde, compte.clone())?)?;
    ecrire(dossier, "README.md", LISEZ_MOI)?;
    Ok(compte)
}

pub(super) fn ecrire(dossier: &Path, nom: &str, texte: &str) -> Result<()> {
    let chemin = dossier.join(nom);
    fs::write(&chemin, texte).access(|| format!("impossible d'écrire « {} »", chemin.display()))
}

fn erreurs(attendues: &[Attendue]) -> String {
    let mut texte = "livraison,fichier,table,ligne,champ,regle,gravite\n".to_owned();
    for a in attendues {
        // Writing into a String cannot fail.
        let _ = writeln!(
            texte,
            "{},{},{},{},{},{},{}",
            a.livraison, a.fichier, a.table, a.ligne, a.champ, a.regle, a.gravite
        );
    }
    texte
}

/// The zonings of the world's territories, as `medicobus referentiel` reads them.
pub(super) fn zonages(monde: &World) -> String {
    const SOURCE: &str = "INSEE grille de densité 2022 ; zonage indicatif d'après les arrêtés des ARS (juin 2025) ; DREES APL 2018";
    let mut texte = "code_commune,millesime,densite7,zonage_mg,apl_mg,source\n".to_owned();
    for territoire in &monde.territoires {
        let densite = territoire
            .densite7
            .map(|d| d.to_string())
            .unwrap_or_default();
        let zonage = territoire.zonage_mg.as_deref().unwrap_or_default();
        let apl = territoire
            .apl_centiemes
            .map(|a| format!("{}.{:02}", a / 100, a % 100))
            .unwrap_or_default();
        let _ = writeln!(
            texte,
            "{},2025,{densite},{zonage},{apl},{SOURCE}",
            territoire.code
        );
    }
    texte
}

fn verite(monde: &World, lignes_saines: Compte) -> Result<String> {
    let par = |quand: fn(&super::Territoire) -> Option<i64>| {
        monde
            .territoires
            .iter()
            .filter_map(|t| Some((t.code.as_str(), nom_trimestre(quand(t)?))))
            .collect::<BTreeMap<_, _>>()
    };
    let verite = Verite {
        graine: monde.params.graine,
        verite: &monde.verite,
        cohortes: par(|t| t.cohorte),
        voisins: par(|t| t.voisin_depuis),
        lignes_saines,
    };
    let texte = serde_json::to_string_pretty(&verite)
        .access(|| "la vérité ne s'écrit pas en JSON".into())?;
    Ok(texte + "\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::io::Read;

    use calamine::{Reader, Xlsx};

    use super::*;
    use crate::GRAINE;

    type Lignes = Vec<Vec<String>>;

    /// The rows of every file of a folder, by path: bytes of compressed files may change with the compressor, what they say may not.
    fn contenu(dossier: &Path, sous: &str, tout: &mut BTreeMap<String, Lignes>) {
        for entree in fs::read_dir(dossier.join(sous)).unwrap() {
            let nom = entree.unwrap().file_name().into_string().unwrap();
            let relatif = if sous.is_empty() {
                nom.clone()
            } else {
                format!("{sous}/{nom}")
            };
            let chemin = dossier.join(&relatif);
            if chemin.is_dir() {
                contenu(dossier, &relatif, tout);
            } else if nom.ends_with(".xlsx") {
                let mut classeur: Xlsx<_> = calamine::open_workbook(&chemin).unwrap();
                for (feuille, plage) in classeur.worksheets() {
                    let lignes = plage
                        .rows()
                        .map(|l| l.iter().map(ToString::to_string).collect())
                        .collect();
                    tout.insert(format!("{relatif}/{feuille}"), lignes);
                }
            } else if nom.ends_with(".zip") {
                let mut archive = zip::ZipArchive::new(fs::File::open(&chemin).unwrap()).unwrap();
                for rang in 0..archive.len() {
                    let mut fichier = archive.by_index(rang).unwrap();
                    let mut octets = Vec::new();
                    fichier.read_to_end(&mut octets).unwrap();
                    let nom = fichier.name().unwrap().into_owned();
                    tout.insert(format!("{relatif}/{nom}"), lignes(&nom, &octets));
                }
            } else {
                tout.insert(relatif, lignes(&nom, &fs::read(&chemin).unwrap()));
            }
        }
    }

    fn lignes(nom: &str, octets: &[u8]) -> Lignes {
        let mut clair = Vec::new();
        if nom.ends_with(".gz") {
            flate2::read::GzDecoder::new(octets)
                .read_to_end(&mut clair)
                .unwrap();
        } else {
            clair = octets.to_vec();
        }
        let texte = String::from_utf8(clair)
            .unwrap_or_else(|e| {
                encoding_rs::WINDOWS_1252
                    .decode(e.as_bytes())
                    .0
                    .into_owned()
            })
            .trim_start_matches('\u{feff}')
            .to_owned();
        let premiere = texte.lines().next().unwrap_or_default();
        let separateur = if premiere.contains(';') { b';' } else { b',' };
        if !nom.contains(".csv") {
            return texte.lines().map(|l| vec![l.to_owned()]).collect();
        }
        csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(separateur)
            .from_reader(texte.as_bytes())
            .into_records()
            .map(|l| l.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    fn tout(dossier: &Path) -> BTreeMap<String, Lignes> {
        let mut tout = BTreeMap::new();
        contenu(dossier, "", &mut tout);
        tout
    }

    #[test]
    fn the_committed_sample_is_what_the_generator_writes() {
        let neuf = tempfile::tempdir().unwrap();
        write_demo(neuf.path(), GRAINE).unwrap();
        // From pipeline/sample/demo.rs up to the root of the repository.
        let racine = Path::new(file!()).ancestors().nth(3).unwrap();
        let (ecrit, refait) = (tout(&racine.join("sample_data")), tout(neuf.path()));
        assert_eq!(
            ecrit.keys().collect::<Vec<_>>(),
            refait.keys().collect::<Vec<_>>()
        );
        for (nom, lignes) in &refait {
            assert!(
                ecrit[nom] == *lignes,
                "{nom} : relancer « medicobus exemple »"
            );
        }
    }

    #[test]
    fn each_expected_error_stands_on_its_line() {
        let dossier = tempfile::tempdir().unwrap();
        write_demo(dossier.path(), 12).unwrap();
        let tout = tout(dossier.path());
        let (mut refus, mut lues) = (BTreeMap::new(), BTreeMap::new());
        for (nom, lignes) in tout
            .iter()
            .filter(|(nom, _)| nom.contains('/') && !nom.contains("livraison"))
        {
            *lues.entry(nom.split('/').next().unwrap()).or_insert(0) += lignes.len() - 1;
        }
        for attendue in tout["erreurs_attendues.csv"].iter().skip(1) {
            let [livraison, fichier, _, ligne, champ, regle, gravite] = &attendue[..] else {
                panic!("{attendue:?}")
            };
            let lignes = &tout[&format!("{livraison}/{fichier}")];
            let colonne = lignes[0]
                .iter()
                .position(|c| c.eq_ignore_ascii_case(champ))
                .unwrap();
            let rang = ligne.parse::<usize>().unwrap() - 1;
            let (fausse, saine) = (&lignes[rang][colonne], &lignes[rang - 1][colonne]);
            match regle.as_str() {
                "requis" => assert_eq!(fausse, "", "{attendue:?}"),
                "unicite" => assert_eq!(fausse, saine, "{attendue:?}"),
                "zero_retabli" => assert_eq!(fausse.len(), 4, "{attendue:?}"),
                "commune_fusionnee" => assert_eq!(fausse.len(), 5, "{attendue:?}"),
                _ => assert_ne!(fausse, saine, "{attendue:?}"),
            }
            if gravite == "refus" {
                *refus.entry(livraison.as_str()).or_insert(0) += 1;
            }
        }
        assert_eq!(lues.len(), 16);
        for (livraison, lues) in lues {
            let refus: usize = refus.get(livraison).copied().unwrap_or_default();
            assert!(
                refus * 50 < lues,
                "{livraison} : {refus} lignes refusées sur {lues}"
            );
        }
    }
}
