//! A delivery sent to the page: what the commands say of it, what they store of it, and nothing left behind.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use regex::Regex;

use super::client::{Answer, Served};
use crate::fixture::{
    HEADER, Place, consultations, files, has_extension, repository, sample_deliveries,
};

/// What a store holds: the hashes of its data files by partition, and its history without hours and names.
fn stored(place: &Place) -> (BTreeSet<String>, String) {
    let hash = Regex::new("part-[0-9a-f-]{36}-([0-9a-f]{64})").unwrap();
    let data = files(&place.store()).into_iter().filter(|path| has_extension(path, "parquet"));
    let data = data.filter_map(|path| {
        let folder = path.parent()?.strip_prefix(place.store()).ok()?.display().to_string();
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(format!("{folder} {}", hash.captures(&name)?.get(1)?.as_str()))
    });
    let history = place.medicobus("depot historique").exits(0).stdout;
    let varying = Regex::new(r"\d\d/\d\d/\d{4} \d\d:\d\d UTC|  par .*").unwrap();
    (data.collect(), varying.replace_all(&history, "").into_owned())
}

/// Loads what a page shows, under a name.
#[track_caller]
fn load(served: &Served, checked: &Answer) -> Answer {
    let asked = served.form(&format!("{}/charger", checked.path), &[("personne", "Camille Essai")]);
    served.follow(asked.is(303)).is(200)
}

/// A sentence without its first letter, which a page writes as a capital.
fn after_capital(sentence: &str) -> &str {
    let first = sentence.chars().next().map_or(0, char::len_utf8);
    &sentence[first..]
}

#[test]
fn each_sample_delivery_gives_the_findings_the_note_and_the_store_of_the_commands() {
    let (by_command, by_page) = (Place::new(), Place::new());
    let served = Served::start(&by_page);
    let mut deliveries = sample_deliveries();
    // Years after years, as `charger` takes them.
    deliveries.sort_by_key(|path| path.file_stem().unwrap().to_string_lossy()[3..].to_owned());

    for delivery in &deliveries {
        let name = delivery.file_stem().unwrap().to_string_lossy().into_owned();
        let path = delivery.display();
        let options = "--aujourdhui 2026-11-01";
        let told = by_command.medicobus(&format!("controler {options} -o c {path}"));
        let page = served.follow(served.deposit(delivery).is(303)).is(200);

        // Each finding that the command tells, with its place and its advice.
        let text = page.text();
        let mut findings = 0;
        for line in told.stderr.lines() {
            if let Some(hint) = line.strip_prefix("      conseil : ") {
                assert!(text.contains(after_capital(hint)), "{name} : {hint}");
                findings += 1;
            } else if let Some((_, message)) =
                line.split_once("] ").filter(|_| line.contains(" × "))
            {
                let message = message.split_once(" : ").unwrap().1;
                assert!(text.contains(after_capital(message)), "{name} : {message}");
            }
        }
        assert_eq!(findings, text.matches("<p class=\"ou\">").count(), "{name}");

        let note = served.get(&format!("{}/note", page.path)).is(200);
        let notes = files(&by_command.path().join("c").join(&name));
        let one = notes.iter().find(|path| has_extension(path, "pdf")).unwrap();
        assert!(note.body == std::fs::read(one).unwrap(), "{name}");
        let book = served.get(&format!("{}/classeur", page.path));
        match notes.iter().find(|path| has_extension(path, "xlsx")) {
            Some(one) => assert!(book.is(200).body == std::fs::read(one).unwrap(), "{name}"),
            None => drop(book.is(400)),
        }

        let fate = by_command.medicobus(&format!("charger {options} {path}")).exits(0);
        let loaded = load(&served, &page);
        let fate = fate.stdout.lines().last().unwrap().split_once(" : ").unwrap().1.to_owned();
        assert!(loaded.text().contains(&fate), "{name} : {fate}");
        let note = served.get(&format!("{}/note", loaded.path)).is(200);
        let shelf = files(&by_command.store().join("_quarantaine"));
        let pdf = shelf.iter().filter(|path| has_extension(path, "pdf"));
        assert!(pdf.into_iter().any(|path| std::fs::read(path).unwrap() == note.body), "{name}");
        assert!(served.kept().is_empty(), "{:?}", served.kept());
    }

    assert_eq!(stored(&by_command), stored(&by_page));
    let history = served.get("/historique").is(200).says("Camille Essai");
    assert!(history.text().matches("Camille Essai").count() == deliveries.len());
    served.get("/").is(200).says("28").says("reçue");
    assert!(served.interrupt().is_empty());
}

#[test]
fn a_refused_delivery_is_not_loaded_and_says_why() {
    let place = Place::new();
    let served = Served::start(&place);
    let delivery = place.delivery_of_one_bus("essai", HEADER, &consultations(20, 20));
    let page = served.follow(served.deposit(&delivery).is(303)).is(200).says("refusée");
    assert!(!page.text().contains("/charger"));
    served.form(&format!("{}/charger", page.path), &[("personne", "X")]).is(400);
    assert!(!place.store().exists());

    served.form(&format!("{}/retirer", page.path), &[]).is(303);
    assert!(served.kept().is_empty(), "{:?}", served.kept());
    served.get(&page.path).is(400).says("déposez-la de nouveau");
}

#[test]
fn what_waits_is_found_again_and_what_was_loaded_keeps_its_note() {
    let place = Place::new();
    let served = Served::start(&place);
    let delivery = place.delivery_of_one_bus("essai", HEADER, &consultations(400, 3));
    let page = served.follow(served.deposit(&delivery).is(303)).is(200);
    let page = page.says("3 lignes sur 4").says("seront écartées : consultations 3 sur 403");
    for list in ["/", "/deposer"] {
        served
            .get(list)
            .is(200)
            .says("Livraisons en attente")
            .says("Normandie, 2025")
            .says(&page.path);
    }

    load(&served, &page).says("ont été écartées");
    assert!(!served.get("/").is(200).text().contains("en attente"));
    served.get("/").is(200).says("/historique#version-1");
    served.get("/historique").is(200).says("Note de qualité (PDF)");
    let note = served.get(&format!("{}/note", page.path)).is(200);
    assert!(served.get("/historique/1/note").is(200).body == note.body);
    served.get("/historique/1/classeur").is(200);
    for none in ["0/note", "1/pdf", "9/note", "x/note", "1/..%2Fcontrole.json"] {
        served.get(&format!("/historique/{none}")).is(400);
    }

    // The same again changes nothing; another one replaces it, and the page says so before.
    let page = served.follow(served.deposit(&delivery).is(303)).is(200);
    page.says("déjà au dépôt, à l’identique : version 1");
    let other = place.delivery_of_one_bus("autre", HEADER, &consultations(401, 0));
    let page = served.follow(served.deposit(&other).is(303)).is(200);
    let page = page.says("annulera et remplacera la version 1").says("Camille Essai");
    let answers = [("personne", "Camille Essai"), ("motif", "lignes corrigées")];
    let asked = served.form(&format!("{}/charger", page.path), &answers).is(303);
    served.follow(asked).is(200);
    served.get("/historique").is(200).says("lignes corrigées");
}

#[test]
fn what_is_no_delivery_is_called_what_it_is() {
    let place = Place::new();
    let served = Served::start(&place);
    let letter = "Madame, Monsieur,\n\nVeuillez trouver ci-joint notre envoi.\n";
    for (name, bytes, kind) in [
        ("IMG_2034.JPG", &b"\xff\xd8\xff\xe0"[..], "c'est une photo"),
        ("lettre.docx", &b"PK\x03\x04"[..], "c'est un document de traitement de texte"),
        ("lettre.txt", letter.as_bytes(), "c'est un texte sans colonnes"),
    ] {
        let sent = served.send(&[(name.to_owned(), bytes.to_vec())], &[]).is(303);
        let page = served.follow(sent).is(200).says("refusée").says(kind);
        assert!(!page.text().contains("ne dit pas sa"), "{name} : {}", page.text());
    }
}

#[test]
fn a_region_that_is_answered_against_the_delivery_is_told() {
    let place = Place::new();
    let served = Served::start(&place);
    let delivery = place.delivery_of_one_bus("essai", HEADER, &consultations(20, 0));
    let page = served.follow(served.deposit(&delivery).is(303)).is(200);
    let again = served.form(&format!("{}/controler", page.path), &[("region", "53")]).is(303);
    served
        .follow(again)
        .is(200)
        .says("La livraison dit la région « 28 », et il a été répondu « 53 »");
}

#[test]
fn what_a_delivery_does_not_say_is_answered_in_its_place_and_it_is_checked_again() {
    let place = Place::new();
    let served = Served::start(&place);
    let header = "producteur = \"ARS d'essai\"\nfictives = true\n";
    let delivery = place.delivery_of_one_bus("essai", header, &consultations(20, 0));
    let page = served.follow(served.deposit(&delivery).is(303)).is(200).says("refusée");

    let answers = [("region", "28"), ("periode", "2025")];
    let again = served.form(&format!("{}/controler", page.path), &answers).is(303);
    let page = served.follow(again).is(200).says("peut être chargée");
    served
        .form(&format!("{}/charger", page.path), &[("personne", " ")])
        .is(400)
        .says("il manque le nom");
    load(&served, &page).says("chargée, version 1");
    place
        .medicobus("depot historique")
        .exits(0)
        .says("livraison 28 2025")
        .says("  par Camille Essai");
}

#[test]
fn what_replaces_more_than_it_holds_wants_a_yes() {
    let place = Place::new();
    let served = Served::start(&place);
    let first = place.delivery_of_one_bus("un", HEADER, &consultations(60, 0));
    let less = place.delivery_of_one_bus("deux", HEADER, &consultations(20, 0));
    let page = served.follow(served.deposit(&first).is(303)).is(200);
    load(&served, &page);

    let page = served.follow(served.deposit(&less).is(303)).is(200).says("refusée");
    let answers = [("partiel", "oui"), ("motif", "doublons ôtés")];
    let again = served.form(&format!("{}/controler", page.path), &answers).is(303);
    let page = served.follow(again).is(200).says("peut être chargée");
    load(&served, &page).says("annule et remplace la précédente");
    served.get("/historique").is(200).says("doublons ôtés").says("version 1</a>");
}

#[test]
fn an_identity_is_in_no_answer_no_log_and_no_file() {
    let place = Place::new();
    let served = Served::start(&place);
    let nir = "285056107912317";
    let spoilt = consultations(20, 0).replacen("C00003", nir, 1);
    let delivery = place.delivery_of_one_bus("essai", HEADER, &spoilt);

    let page = served.follow(served.deposit(&delivery).is(303)).is(200).says("refusée");
    assert!(!page.text().contains(nir) && !page.text().contains("12317"));
    let note = served.get(&format!("{}/note", page.path)).is(200);
    assert!(!String::from_utf8_lossy(&note.body).contains(nir));
    served.get(&format!("{}/classeur", page.path)).is(400);

    // In the name of a file, too.
    let files = [(format!("{nir}.csv"), consultations(3, 0).into_bytes())];
    let named = served.follow(served.send(&files, &[]).is(303));
    assert!(!named.text().contains(nir), "{}", named.text());

    // Typed beside it, as well.
    let good = place.delivery_of_one_bus("bon", HEADER, &consultations(20, 0));
    let page = served.follow(served.deposit(&good).is(303)).is(200);
    let motif = format!("suivi de {nir}");
    let again = served.form(&format!("{}/controler", page.path), &[("motif", &motif)]).is(303);
    let page = served.follow(again).is(200).says("refusée");
    assert!(!page.text().contains(nir), "{}", page.text());

    assert!(!served.log().contains(nir));
    let left = served.interrupt();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_bomb_a_long_line_and_a_name_that_leads_out_are_refused_in_the_words_of_the_command() {
    let place = Place::new();
    let served = Served::start(&place);

    // 80 MiB of zeros in an archive of 80 KiB; a line without an end.
    let bomb = place.path().join("bombe.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&bomb).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("consultations.csv", options).unwrap();
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..80 {
        std::io::Write::write_all(&mut zip, &zeros).unwrap();
    }
    zip.start_file("livraison.toml", options).unwrap();
    std::io::Write::write_all(&mut zip, HEADER.as_bytes()).unwrap();
    zip.finish().unwrap();
    let long = place.path().join("longue.csv");
    std::fs::write(&long, vec![b'a'; 3 << 20]).unwrap();

    for path in [&bomb, &long] {
        let told = place.run(&["controler", path.to_str().unwrap(), "-o", "c"]);
        assert_ne!(told.code, 0);
        let page = served.follow(served.deposit(path).is(303));
        let said = told.stdout.lines().find(|line| line.contains("REFUSÉE : "));
        let said = said.map(|line| line.split_once("REFUSÉE : ").unwrap().1.to_owned());
        for why in said.unwrap().split(" ; ") {
            assert!(page.text().contains(why), "{why}\n{}", page.text());
        }
    }

    for name in [
        "../dehors.csv",
        "a/../../dehors.csv",
        "/tmp/dehors.csv",
        "..\\dehors.csv",
        "C:\\dehors.csv",
    ] {
        let name = name.replace('\\', "\\\\");
        served.send(&[(name, b"a".to_vec())], &[]).is(422).says("sort du dossier");
    }
    let twice = [("a.csv".to_owned(), b"a".to_vec()), ("a.csv".to_owned(), b"b".to_vec())];
    served.send(&twice, &[]).is(422).says("deux fichiers du même nom");
    served.send(&[], &[]).is(400).says("aucun fichier");
    assert!(!files(place.path()).iter().any(|path| path.ends_with("dehors.csv")));
    assert!(!Path::new("/tmp/dehors.csv").exists());
    assert!(served.interrupt().is_empty());
}

#[test]
fn more_than_the_bound_is_not_received() {
    let place = Place::new();
    let mut served = Served::closed(&place, &["--taille-max", "1"]);
    served.enter();
    let files = [("a.csv".to_owned(), vec![b'a'; 3 << 20])];
    served.send(&files, &[]).is(422).says("dépasse 1 Mio").says("--taille-max");
    assert!(served.kept().is_empty(), "{:?}", served.kept());
}

#[test]
fn after_a_power_cut_the_store_is_whole_and_the_page_says_what_happened() {
    let place = Place::new();
    let served = Served::start(&place);
    let delivery = place.delivery_of_one_bus("essai", HEADER, &consultations(200, 0));
    let page = served.follow(served.deposit(&delivery).is(303)).is(200);
    // Killed while it loads.
    served.form(&format!("{}/charger", page.path), &[("personne", "X")]).is(303);
    served.kill();

    let served = Served::start(&place);
    served.get("/").is(200).says("s’était arrêté sans prévenir");
    assert!(served.kept().is_empty(), "{:?}", served.kept());
    let page = served.follow(served.deposit(&delivery).is(303)).is(200);
    let loaded = load(&served, &page).text();
    assert!(loaded.contains("version 1"), "{loaded}");
    place.medicobus("depot").exits(0).says("version  1");
}

#[test]
fn a_power_cut_while_a_delivery_is_sent_leaves_nothing_of_it() {
    let place = Place::new();
    let served = Served::start(&place);
    let delivery = place.delivery_of_one_bus("essai", HEADER, &consultations(200, 0));
    let page = served.follow(served.deposit(&delivery).is(303)).is(200);
    load(&served, &page).is(200);
    let before = stored(&place);

    let kept = served.kept();
    let upload = served.begin_to_send("essai/consultations.csv", &vec![b'a'; 4 << 20]);
    let start = Instant::now();
    while served.kept() == kept {
        assert!(start.elapsed().as_secs() < 60, "nothing of it was received");
        std::thread::sleep(Duration::from_millis(20));
    }
    served.kill();
    drop(upload);

    assert_eq!(stored(&place), before);
    let served = Served::start(&place);
    served.get("/").is(200).says("s’était arrêté sans prévenir");
    assert!(served.kept().is_empty(), "{:?}", served.kept());
    place.medicobus("depot").exits(0).says("version  1");
}

#[test]
fn work_is_found_again_at_its_address_and_tells_its_stages() {
    let place = Place::new();
    let served = Served::start(&place);
    let delivery = repository().join("sample_data/28-2025");
    let sent = served.deposit(&delivery).is(303);
    let work = sent.header("location").unwrap().to_owned();
    assert!(work.starts_with("/travaux/"), "{work}");

    // Whoever leaves finds the way back on every page, until it has ended.
    let link = format!("<a href=\"{work}\">");
    served.get("/").is(200).says(&link);

    let stages = served.get(&format!("{work}/flux")).is(200);
    assert_eq!(stages.header("content-type"), Some("text/event-stream"));
    let text = stages.text();
    assert!(
        text.contains("event: etape") && text.trim_end().ends_with("data: fin"),
        "{text}"
    );

    // Left, and found again.
    served.follow(served.get(&work)).is(200).says("Constats");
    assert!(!served.get("/").is(200).text().contains(&link));
    served.get("/travaux/inconnu").is(400).says("plus connu");
}
