//! A year's documents in one run, and what `verifier` says when something was touched.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::fixture::{Fin, Lieu, sample};

/// A store with one région's deliveries and its campaign of 2025, made once for all tests; a test that changes
/// anything copies it first.
pub fn commun() -> &'static Lieu {
    static COMMUN: OnceLock<Lieu> = OnceLock::new();
    COMMUN.get_or_init(|| {
        let lieu = Lieu::new();
        let sample = sample();
        let chemin = |nom: &str| sample.join(nom).display().to_string();
        lieu.run(&["referentiel", &chemin("zonages.csv")])
            .attendu(0);
        lieu.run(&[
            "charger",
            "--aujourdhui",
            "2026-11-01",
            &chemin("84-2022-2023"),
            &chemin("84-2024"),
            &chemin("84-2025"),
        ])
        .attendu(0);
        lieu.mots("campagne --annee 2025 -o c").attendu(0);
        lieu
    })
}

fn copier(de: &Path, vers: &Path) {
    std::fs::create_dir_all(vers).unwrap();
    for entry in std::fs::read_dir(de).unwrap() {
        let path = entry.unwrap().path();
        let cible = vers.join(path.file_name().unwrap());
        if path.is_dir() {
            copier(&path, &cible);
        } else {
            std::fs::copy(&path, &cible).unwrap();
        }
    }
}

/// A place of one's own with the same store and the same PDFs.
pub fn copie() -> Lieu {
    let lieu = Lieu::new();
    copier(commun().path(), lieu.path());
    lieu
}

fn verifier(lieu: &Lieu, pdf: &str, options: &str) -> Fin {
    lieu.mots(&format!("verifier {pdf} --depot depot {options}"))
}

/// Rewrites the attachment `nom` of a PDF.
fn reecrire(pdf: &Path, nom: &str, autre: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let mut document = lopdf::Document::load(pdf).unwrap();
    let specification = document
        .objects
        .values()
        .filter_map(|o| o.as_dict().ok())
        .find(|d| {
            d.get(b"EF").is_ok()
                && d.get(b"UF")
                    .and_then(lopdf::decode_text_string)
                    .is_ok_and(|n| n.trim_start_matches('/') == nom)
        })
        .unwrap();
    let flux = specification.get(b"EF").unwrap().as_dict().unwrap();
    let flux = flux.get(b"F").unwrap().as_reference().unwrap();
    let flux = document
        .get_object_mut(flux)
        .unwrap()
        .as_stream_mut()
        .unwrap();
    let octets = flux.get_plain_content().unwrap();
    flux.set_plain_content(autre(octets));
    document.save(pdf).unwrap();
}

/// Changes the last digit of the attachment `nom` of a PDF.
fn falsifier(pdf: &Path, nom: &str) {
    reecrire(pdf, nom, |mut octets| {
        let debut = octets.iter().position(|o| *o == b'\n').unwrap() + 1;
        let chiffre = octets.iter().rposition(u8::is_ascii_digit).unwrap();
        assert!(chiffre > debut);
        octets[chiffre] = if octets[chiffre] == b'7' { b'8' } else { b'7' };
        octets
    });
}

/// Rewrites a text of the manifest inside a PDF.
fn manifeste(pdf: &Path, avant: &str, apres: &str) {
    reecrire(pdf, "manifeste.json", |octets| {
        let texte = String::from_utf8(octets).unwrap();
        assert!(texte.contains(avant), "{avant}");
        texte.replacen(avant, apres, 1).into_bytes()
    });
}

/// Writes other words on the pages of a PDF: a drawing operator more at the end of each page.
fn barbouiller(pdf: &Path) {
    let mut document = lopdf::Document::load(pdf).unwrap();
    let pages: Vec<_> = document.get_pages().into_values().collect();
    for page in pages {
        let mut contenu = document.get_page_content(page);
        contenu.extend_from_slice(b"\n0 0 10 10 re f\n");
        document.change_page_content(page, contenu).unwrap();
    }
    document.save(pdf).unwrap();
}

#[test]
fn documents_of_a_campaign_are_those_made_one_by_one() {
    let lieu = copie();
    for zone in [
        "--national",
        "--region 84",
        "--departement 42",
        "--medicobus 84-42-ROANNAIS",
    ] {
        let fin = lieu
            .mots(&format!("bilan {zone} --annee 2025 -o un"))
            .attendu(0);
        let pdf = PathBuf::from(fin.stdout.lines().find(|l| l.ends_with(".pdf")).unwrap());
        for extension in ["pdf", "xlsx"] {
            let un = lieu.path().join(&pdf).with_extension(extension);
            let campagne = lieu.path().join("c").join(un.file_name().unwrap());
            assert!(
                std::fs::read(&un).unwrap() == std::fs::read(&campagne).unwrap(),
                "{} differs",
                campagne.display()
            );
        }
    }
}

#[test]
fn a_campaign_leaves_what_is_up_to_date_says_why_and_survives_a_failure() {
    let lieu = copie();
    let fin = lieu
        .mots("campagne --annee 2025 -o c --pourquoi")
        .attendu(0);
    assert_eq!(fin.stdout, "");
    assert!(
        fin.stderr.matches("inchangé, toutes").count() >= 8,
        "{}",
        fin.stderr
    );
    // One PDF damaged, one lost, one that cannot be written: two are made again and the failure is told at the end.
    falsifier(&lieu.path().join("c/bilan-84-2025.pdf"), "synthese.csv");
    std::fs::remove_file(lieu.path().join("c/bilan-departement-42-2025.pdf")).unwrap();
    let bouche = lieu.path().join("c/bilan-departement-63-2025.pdf");
    std::fs::remove_file(&bouche).unwrap();
    std::fs::create_dir(&bouche).unwrap();
    let fin = lieu
        .mots("campagne --annee 2025 -o c --pourquoi")
        .attendu(1)
        .dit("pièce jointe modifiée après l'édition : synthese.csv")
        .dit("échec : bilan-departement-63-2025");
    assert_eq!(
        fin.stdout.lines().collect::<Vec<_>>(),
        ["c/bilan-84-2025.pdf", "c/bilan-departement-42-2025.pdf"]
    );
    // What stands beside the PDF belongs to it.
    std::fs::remove_file(lieu.path().join("c/bilan-84-2025.xlsx")).unwrap();
    let parquet = "c/bilan-national-2025/synthese.parquet";
    std::fs::remove_file(lieu.path().join(parquet)).unwrap();
    std::fs::remove_dir(&bouche).unwrap();
    let fin = lieu
        .mots("campagne --annee 2025 -o c --pourquoi")
        .attendu(0)
        .dit("à faire : classeur absent : bilan-84-2025.xlsx")
        .dit("à faire : une table absente du dossier bilan-national-2025");
    assert_eq!(fin.stdout.lines().count(), 3, "{}", fin.stdout);
    assert!(lieu.path().join(parquet).is_file());
    // Another threshold is another document: all of them, and the reason names the setting.
    std::fs::write(
        lieu.path().join("medicobus.toml"),
        "[seuils]\nremplissage_min = 71.0\n",
    )
    .unwrap();
    lieu.mots("verifier c/bilan-84-2025.pdf --depot depot")
        .attendu(1)
        .dit("cause      configuration : seuils.remplissage_min : 71.0 au lieu de 70.0");
}

#[test]
fn an_untouched_document_is_identical() {
    let lieu = copie();
    for pdf in [
        "bilan-84-2025",
        "bilan-national-2025",
        "fiche-84-42-ROANNAIS-2025",
    ] {
        let pdf = format!("c/{pdf}.pdf");
        lieu.run(&["verifier", &pdf])
            .attendu(0)
            .dit("empreintes internes conformes");
        verifier(&lieu, &pdf, "").attendu(0).dit("identique");
    }
}

#[test]
fn one_digit_of_an_attachment_is_caught_with_and_without_a_store() {
    let lieu = copie();
    let pdf = "c/bilan-84-2025.pdf";
    falsifier(&lieu.path().join(pdf), "consultations_par_mois.csv");
    lieu.run(&["verifier", pdf]).attendu(1).dit(
        "cause      document : pièce jointe modifiée après l'édition : consultations_par_mois.csv",
    );
    let fin = verifier(&lieu, pdf, "").attendu(1);
    let cellules: Vec<&str> = fin
        .stdout
        .lines()
        .filter(|l| l.starts_with("cellule"))
        .collect();
    assert_eq!(cellules.len(), 1, "{}", fin.stdout);
    assert!(
        cellules[0].contains("consultations_par_mois.csv, ligne 13")
            && cellules[0].ends_with("(document)")
    );
    assert_eq!(fin.stdout.matches("cause  ").count(), 1, "{}", fin.stdout);
}

/// A field of the manifest that no table depends on: flipped to make the pages pass, it is told all the same.
#[test]
fn a_rewritten_manifest_does_not_hide_rewritten_pages() {
    let lieu = copie();
    let pdf = "c/fiche-84-42-ROANNAIS-2025.pdf";
    let chemin = lieu.path().join(pdf);
    let neuf = std::fs::read(&chemin).unwrap();
    for (avant, apres, dit) in [
        (
            "\"donnees_fictives\": true",
            "\"donnees_fictives\": false",
            "cause      document : donnees_fictives : non dans le manifeste, oui d'après les livraisons",
        ),
        (
            "\"origine\": \"release\"",
            "\"origine\": \"added\"",
            "cause      document : ",
        ),
        (
            "\"version_programme\": \"",
            "\"version_programme\": \"0.0.",
            "cause      programme : medicobus ",
        ),
        (
            "\"programme\": \"medicobus\"",
            "\"programme\": \"medicobus \"",
            "cause      programme : ",
        ),
    ] {
        std::fs::write(&chemin, &neuf).unwrap();
        barbouiller(&chemin);
        manifeste(&chemin, avant, apres);
        verifier(&lieu, pdf, "").attendu(1).dit(dit);
    }
    // The pages alone, and a field that this program does not know.
    std::fs::write(&chemin, &neuf).unwrap();
    barbouiller(&chemin);
    let pages = "cause      document : les pages ne sont pas celles que donnent ces tables";
    verifier(&lieu, pdf, "").attendu(1).dit(pages);
    manifeste(&chemin, "{", "{ \"inconnu\": 1,");
    verifier(&lieu, pdf, "").attendu(1).dit(pages);
}

#[test]
fn another_query_or_template_is_named() {
    let lieu = copie();
    let pdf = "c/bilan-84-2025.pdf";
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let requete = std::fs::read_to_string(source.join("queries/deploiement.sql")).unwrap();
    let changee = requete.replace("(100 * jours_suivis", "(101 * jours_suivis");
    assert_ne!(requete, changee);
    std::fs::create_dir(lieu.path().join("q")).unwrap();
    std::fs::write(lieu.path().join("q/deploiement.sql"), changee).unwrap();
    let fin = verifier(&lieu, pdf, "--queries q")
        .attendu(1)
        .dit("cause      requête : deploiement : modifié");
    let cellules: Vec<&str> = fin
        .stdout
        .lines()
        .filter(|l| l.starts_with("cellule"))
        .collect();
    assert!(!cellules.is_empty());
    for c in cellules {
        assert!(
            c.contains("deploiement") && c.contains("taux_sortie") && c.ends_with("(requête)"),
            "{c}"
        );
    }
    assert!(!fin.stdout.contains("données :"), "{}", fin.stdout);
    std::fs::create_dir(lieu.path().join("t")).unwrap();
    let style = std::fs::read_to_string(source.join("report_templates/style.typ")).unwrap();
    std::fs::write(
        lieu.path().join("t/style.typ"),
        style.replace("#000091", "#000092"),
    )
    .unwrap();
    let fin = verifier(&lieu, pdf, "--templates t")
        .attendu(1)
        .dit("cause      gabarit : style.typ : modifié");
    assert!(!fin.stdout.contains("cellule"), "{}", fin.stdout);
}

#[test]
fn a_replaced_delivery_and_a_touched_store_are_told_as_data() {
    let lieu = copie();
    let pdf = "c/bilan-84-2025.pdf";
    let livraison = lieu.path().join("84-2025");
    copier(&sample().join("84-2025"), &livraison);
    // The same delivery without its last consultations.
    let fichier = livraison.join("CONSULTATIONS_2025.csv.gz");
    let mut texte = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(&fichier).unwrap())
        .read_to_end(&mut texte)
        .unwrap();
    let lignes: Vec<&[u8]> = texte.split_inclusive(|o| *o == b'\n').collect();
    let mut gz = flate2::write::GzEncoder::new(
        std::fs::File::create(&fichier).unwrap(),
        flate2::Compression::fast(),
    );
    gz.write_all(&lignes[..lignes.len() - 400].concat())
        .unwrap();
    gz.finish().unwrap();
    lieu.run(&["charger", "--aujourdhui", "2026-11-01", "84-2025"])
        .attendu(0);
    // At its own version nothing changed; at the new one the delivery did.
    verifier(&lieu, pdf, "").attendu(0).dit("identique");
    let version = lieu.mots("depot").attendu(0).stdout;
    let version = version
        .lines()
        .find_map(|l| l.strip_prefix("version"))
        .unwrap()
        .trim();
    let fin = verifier(&lieu, pdf, &format!("--version {version}"))
        .attendu(1)
        .dit("cause      données : livraison 84 2025 : remplacée");
    assert!(
        fin.stdout.contains("(données)") && !fin.stdout.contains("cause      requête"),
        "{}",
        fin.stdout
    );
    // A data file of the store overwritten in place: same version, same deliveries on paper.
    let donnees = lieu
        .fichiers()
        .into_iter()
        .filter(|p| p.to_string_lossy().contains("livraison_table=tournees"))
        .collect::<Vec<_>>();
    let (premier, dernier) = (donnees.first().unwrap(), donnees.last().unwrap());
    assert_ne!(premier, dernier);
    std::fs::copy(dernier, premier).unwrap();
    verifier(&lieu, pdf, "")
        .attendu(1)
        .dit("cause      données : mêmes livraisons, mais d'autres valeurs");
}
