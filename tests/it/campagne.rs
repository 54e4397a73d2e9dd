//! A year's documents in one run, and what `verifier` says when something was touched.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::fixture::{End, Place, copy_folder, repository, sample};

/// A store with one région's deliveries and its campaign of 2025, made once for all tests; a test that changes
/// anything copies it first.
pub fn shared() -> &'static Place {
    static SHARED: OnceLock<Place> = OnceLock::new();
    SHARED.get_or_init(|| {
        let place = Place::new();
        place.load_zonings(&[sample().join("zonages.csv")]);
        place.load(&["84-2022-2023", "84-2024", "84-2025"].map(|name| sample().join(name)));
        place.medicobus("campagne --annee 2025 -o c").exits(0);
        place
    })
}

/// A place of one's own with the same store and the same PDFs.
pub fn copy_of_shared() -> Place {
    let place = Place::new();
    copy_folder(shared().path(), place.path());
    place
}

fn verify(place: &Place, pdf: &str, options: &str) -> End {
    place.medicobus(&format!("verifier {pdf} --depot depot {options}"))
}

/// The lines of `verifier` that name a cell.
fn differing_cells(end: &End) -> Vec<&str> {
    let lines = end.stdout.lines();
    lines.filter(|line| line.starts_with("cellule")).collect()
}

/// Rewrites the attachment `name` of a PDF.
fn rewrite_attachment(pdf: &Path, name: &str, rewrite: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let mut document = lopdf::Document::load(pdf).unwrap();
    let specification = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .find(|d| {
            d.get(b"EF").is_ok()
                && d.get(b"UF")
                    .and_then(lopdf::decode_text_string)
                    .is_ok_and(|n| n.trim_start_matches('/') == name)
        })
        .unwrap();

    let files = specification.get(b"EF").unwrap().as_dict().unwrap();
    let reference = files.get(b"F").unwrap().as_reference().unwrap();
    let stream = document.get_object_mut(reference).unwrap();
    let stream = stream.as_stream_mut().unwrap();
    let bytes = stream.get_plain_content().unwrap();
    stream.set_plain_content(rewrite(bytes));

    document.save(pdf).unwrap();
}

/// Changes the last digit of the attachment `name` of a PDF.
fn falsify(pdf: &Path, name: &str) {
    rewrite_attachment(pdf, name, |mut bytes| {
        let first_row = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let digit = bytes.iter().rposition(u8::is_ascii_digit).unwrap();
        assert!(digit > first_row);
        bytes[digit] = if bytes[digit] == b'7' { b'8' } else { b'7' };
        bytes
    });
}

/// Rewrites a text of the manifest inside a PDF.
fn edit_manifest(pdf: &Path, before: &str, after: &str) {
    rewrite_attachment(pdf, "manifeste.json", |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(before), "{before}");
        text.replacen(before, after, 1).into_bytes()
    });
}

/// Writes other words on the pages of a PDF: a drawing operator more at the end of each page.
fn scribble(pdf: &Path) {
    let mut document = lopdf::Document::load(pdf).unwrap();
    let pages: Vec<_> = document.get_pages().into_values().collect();
    for page in pages {
        let mut content = document.get_page_content(page);
        content.extend_from_slice(b"\n0 0 10 10 re f\n");
        document.change_page_content(page, content).unwrap();
    }
    document.save(pdf).unwrap();
}

#[test]
fn documents_of_a_campaign_are_those_made_one_by_one() {
    let place = copy_of_shared();

    for zone in ["--national", "--region 84", "--departement 42", "--medicobus 84-42-ROANNAIS"] {
        let line = format!("bilan {zone} --annee 2025 -o un");
        let end = place.medicobus(&line).exits(0);

        let pdf = PathBuf::from(end.stdout.lines().find(|l| l.ends_with(".pdf")).unwrap());
        for extension in ["pdf", "xlsx"] {
            let alone = place.path().join(&pdf).with_extension(extension);
            let in_campaign = place.path().join("c").join(alone.file_name().unwrap());
            assert!(
                std::fs::read(&alone).unwrap() == std::fs::read(&in_campaign).unwrap(),
                "{} differs",
                in_campaign.display()
            );
        }
    }
}

#[test]
fn a_campaign_leaves_what_is_up_to_date_says_why_and_survives_a_failure() {
    let place = copy_of_shared();
    let at = |path: &str| place.path().join(path);
    let campaign = || place.medicobus("campagne --annee 2025 -o c --pourquoi");

    let end = campaign().exits(0);
    assert_eq!(end.stdout, "");
    assert!(end.stderr.matches("inchangé, toutes").count() >= 8, "{}", end.stderr);

    // One PDF damaged, one lost, one that cannot be written: two are made again and the failure is told at the end.
    falsify(&at("c/bilan-84-2025.pdf"), "synthese.csv");
    std::fs::remove_file(at("c/bilan-departement-42-2025.pdf")).unwrap();
    let blocked = at("c/bilan-departement-63-2025.pdf");
    std::fs::remove_file(&blocked).unwrap();
    std::fs::create_dir(&blocked).unwrap();
    let end = campaign()
        .exits(1)
        .says("pièce jointe modifiée après l'édition : synthese.csv")
        .says("échec : bilan-departement-63-2025");
    assert_eq!(
        end.stdout.lines().collect::<Vec<_>>(),
        ["c/bilan-84-2025.pdf", "c/bilan-departement-42-2025.pdf"]
    );

    // What stands beside the PDF belongs to it.
    std::fs::remove_file(at("c/bilan-84-2025.xlsx")).unwrap();
    let parquet = at("c/bilan-national-2025/synthese.parquet");
    std::fs::remove_file(&parquet).unwrap();
    std::fs::remove_dir(&blocked).unwrap();
    let end = campaign()
        .exits(0)
        .says("à faire : classeur absent : bilan-84-2025.xlsx")
        .says("à faire : une table absente du dossier bilan-national-2025");
    assert_eq!(end.stdout.lines().count(), 3, "{}", end.stdout);
    assert!(parquet.is_file());

    // Another threshold is another document: all of them, and the reason names the setting.
    place.write("medicobus.toml", "[seuils]\nremplissage_min = 71.0\n");
    verify(&place, "c/bilan-84-2025.pdf", "")
        .exits(1)
        .says("cause      configuration : seuils.remplissage_min : 71.0 au lieu de 70.0");
}

#[test]
fn an_untouched_document_is_identical() {
    let place = copy_of_shared();

    for name in ["bilan-84-2025", "bilan-national-2025", "fiche-84-42-ROANNAIS-2025"] {
        let pdf = format!("c/{name}.pdf");
        place.run(&["verifier", &pdf]).exits(0).says("empreintes internes conformes");
        verify(&place, &pdf, "").exits(0).says("identique");
    }
}

#[test]
fn one_digit_of_an_attachment_is_caught_with_and_without_a_store() {
    let place = copy_of_shared();
    let pdf = "c/bilan-84-2025.pdf";
    falsify(&place.path().join(pdf), "consultations_par_mois.csv");

    place.run(&["verifier", pdf]).exits(1).says(
        "cause      document : pièce jointe modifiée après l'édition : consultations_par_mois.csv",
    );

    let end = verify(&place, pdf, "").exits(1);
    let cells = differing_cells(&end);
    assert_eq!(cells.len(), 1, "{}", end.stdout);
    assert!(
        cells[0].contains("consultations_par_mois.csv, ligne 13")
            && cells[0].ends_with("(document)")
    );
    assert_eq!(end.stdout.matches("cause  ").count(), 1, "{}", end.stdout);
}

/// A field of the manifest that no table depends on: flipped to make the pages pass, it is told all the same.
#[test]
fn a_rewritten_manifest_does_not_hide_rewritten_pages() {
    let place = copy_of_shared();
    let pdf = "c/fiche-84-42-ROANNAIS-2025.pdf";
    let path = place.path().join(pdf);
    let intact = std::fs::read(&path).unwrap();

    for (before, after, said) in [
        (
            "\"donnees_fictives\": true",
            "\"donnees_fictives\": false",
            "cause      document : donnees_fictives : non dans le manifeste, oui d'après les livraisons",
        ),
        ("\"origine\": \"release\"", "\"origine\": \"added\"", "cause      document : "),
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
        std::fs::write(&path, &intact).unwrap();
        scribble(&path);
        edit_manifest(&path, before, after);

        verify(&place, pdf, "").exits(1).says(said);
    }

    // The pages alone, and a field that this program does not know.
    std::fs::write(&path, &intact).unwrap();
    scribble(&path);
    let other_pages = "cause      document : les pages ne sont pas celles que donnent ces tables";
    verify(&place, pdf, "").exits(1).says(other_pages);
    edit_manifest(&path, "{", "{ \"inconnu\": 1,");
    verify(&place, pdf, "").exits(1).says(other_pages);
}

#[test]
fn another_query_is_named_with_the_cells_that_it_changes() {
    let place = copy_of_shared();
    let release = repository().join("queries/deploiement.sql");
    let release = std::fs::read_to_string(release).unwrap();
    let changed = release.replace("(100 * jours_suivis", "(101 * jours_suivis");
    assert_ne!(release, changed);
    place.write("q/deploiement.sql", &changed);

    let end = verify(&place, "c/bilan-84-2025.pdf", "--queries q")
        .exits(1)
        .says("cause      requête : deploiement : modifié");

    let cells = differing_cells(&end);
    assert!(!cells.is_empty());
    for cell in cells {
        assert!(
            cell.contains("deploiement")
                && cell.contains("taux_sortie")
                && cell.ends_with("(requête)"),
            "{cell}"
        );
    }
    assert!(!end.stdout.contains("données :"), "{}", end.stdout);
}

#[test]
fn another_template_is_named_and_changes_no_cell() {
    let place = copy_of_shared();
    let theme = repository().join("report_templates/theme.json");
    let theme = std::fs::read_to_string(theme).unwrap();
    place.write("t/theme.json", &theme.replace("#000091", "#000092"));

    let end = verify(&place, "c/bilan-84-2025.pdf", "--templates t")
        .exits(1)
        .says("cause      gabarit : theme.json : modifié");

    assert!(!end.stdout.contains("cellule"), "{}", end.stdout);
}

/// Takes the last rows from a gzipped table.
fn shorten(file: &Path, rows: usize) {
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap())
        .read_to_end(&mut text)
        .unwrap();
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();

    let target = std::fs::File::create(file).unwrap();
    let mut gz = flate2::write::GzEncoder::new(target, flate2::Compression::fast());
    gz.write_all(&lines[..lines.len() - rows].concat()).unwrap();
    gz.finish().unwrap();
}

#[test]
fn a_replaced_delivery_and_a_touched_store_are_told_as_data() {
    let place = copy_of_shared();
    let pdf = "c/bilan-84-2025.pdf";

    // The same delivery without its last consultations.
    let delivery = place.path().join("84-2025");
    copy_folder(&sample().join("84-2025"), &delivery);
    shorten(&delivery.join("CONSULTATIONS_2025.csv.gz"), 400);
    place.load(&[delivery]);

    // At its own version nothing changed; at the new one the delivery did.
    verify(&place, pdf, "").exits(0).says("identique");
    let state = place.medicobus("depot").exits(0).stdout;
    let version = state.lines().find_map(|l| l.strip_prefix("version"));
    let at_new_version = format!("--version {}", version.unwrap().trim());
    let end = verify(&place, pdf, &at_new_version)
        .exits(1)
        .says("cause      données : livraison 84 2025 : remplacée");
    assert!(
        end.stdout.contains("(données)") && !end.stdout.contains("cause      requête"),
        "{}",
        end.stdout
    );

    // A data file of the store overwritten in place, same version, same deliveries on paper: nothing can be said of the document.
    let mut tours = place.files();
    tours.retain(|path| path.to_string_lossy().contains("livraison_table=tournees"));
    let (first, last) = (tours.first().unwrap(), tours.last().unwrap());
    assert_ne!(first, last);
    std::fs::copy(last, first).unwrap();
    let name = first.file_name().unwrap().to_string_lossy();
    verify(&place, pdf, "")
        .exits(3)
        .says("fichier de données abîmé ou remplacé")
        .says(&name);

    // In a store of an earlier program, whose files have no hash, the document tells.
    place.age_store();
    verify(&place, pdf, "")
        .exits(1)
        .says("cause      données : mêmes livraisons, mais d'autres valeurs");
}
