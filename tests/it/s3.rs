//! A store behind the address of an S3 bucket: the same answers as from a folder, whole whatever happens on the way, few requests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::Instant;

use edition::attachments::attachments;
use serde_json::Value;

use crate::fixture::{COUNT, End, HEADER, Place, consultations, copy_folder, files, repository};
use crate::s3_server::{FarPlace, SECRET, Server, TOKEN, at, breaking_line, holding};

/// Writes a delivery of a région, of that many consultations, with an outing.
fn delivery(place: &Place, name: &str, region: &str, count: usize) {
    let folder = place.delivery_of_region(name, region, count);
    let outings = format!(
        "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\nBUS{region}-1,2025-03-01,61079,90,80\n"
    );
    std::fs::write(folder.join("tournees.csv"), outings).unwrap();
}

/// Consultations in the store.
fn stored(far: &FarPlace) -> u64 {
    let end = End::of(far.command().args(["sql", COUNT, "--format", "csv"]).output().unwrap());
    end.exits(0).last_number()
}

fn start(far: &FarPlace, arguments: &str) -> Child {
    let mut command = far.command();
    command.args(arguments.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The history without what differs from one store to another: when, and by which clock.
fn history(end: &End) -> Vec<String> {
    let told = end.stdout.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        [&words[..1], &words[4..]].concat().join(" ")
    });
    told.collect()
}

/// What must be said of a failure, and what never.
#[track_caller]
fn fails(end: End, said: &str) {
    let end = end.exits(3).says(said).says("conseil :");
    let told = format!("{}{}", end.stdout, end.stderr);
    for never in [SECRET, TOKEN, "<Error>", "RetryError", "Generic", "x-amz"] {
        assert!(!told.contains(never), "« {never} » in {told}");
    }
}

/// The data files of a store that no version names.
fn orphans(server: &Server) -> Vec<String> {
    let store = server.bucket().join("depot");
    let log: String = files(&store.join("_delta_log"))
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let mut names = server.names();
    names.retain(|name| {
        name.starts_with("livraison_table=") && !log.contains(name.rsplit('/').next().unwrap())
    });
    names
}

#[test]
fn a_bucket_answers_as_a_folder_does() {
    let (near, far) = (Place::new(), FarPlace::new());
    let small_store = repository().join("tests/it/small_store");
    for place in [&near, &far.place] {
        copy_folder(&small_store, &place.path().join("s"));
    }
    let both = |line: &str, code: i32| {
        let (one, two) = (near.medicobus(line).exits(code), far.medicobus(line).exits(code));
        (one, two)
    };
    let same = |line: &str| {
        let (one, two) = both(line, 0);
        assert_eq!(one.stdout, two.stdout, "{line}");
    };

    both("charger s/2021 s/2024 s/2025 --aujourdhui 2026-11-01", 0);
    both("referentiel s/zonages_2024.csv", 0);
    let (_, again) = both("charger s/2025 --aujourdhui 2026-11-01", 0);
    again.says("inchangée").says("s3://essai/depot/_quarantaine/");

    for line in [
        "requetes",
        "requete consultations_par_profil --annee 2025 --sans-secret --format csv",
        "sql --sans-secret --format csv",
        "depot attendu --aujourdhui 2026-11-01",
    ] {
        if line.starts_with("sql") {
            let ask = "SELECT nom_table, lignes_acceptees FROM livraisons ORDER BY ALL";
            let of = |mut command: std::process::Command| {
                End::of(
                    command
                        .args(["sql", ask, "--sans-secret", "--format", "csv"])
                        .output()
                        .unwrap(),
                )
            };
            assert_eq!(of(near.command()).stdout, of(far.command()).stdout);
            continue;
        }
        let (one, two) = (near.medicobus(line), far.medicobus(line));
        assert_eq!((one.code, one.stdout), (two.code, two.stdout), "{line}");
    }
    same("requete consultations_par_profil --annee 2025 --sans-secret --format csv --version 2");

    let (one, two) = both("depot historique", 0);
    assert_eq!(history(&one), history(&two));
    let (one, two) = both("bilan --region 28 --annee 2025 -o out", 0);
    assert_eq!(one.stdout, two.stdout);
    for name in ["out/bilan-28-2025.pdf", "out/bilan-28-2025.xlsx"] {
        let read = |place: &Place| std::fs::read(place.path().join(name)).unwrap();
        assert!(read(&near) == read(&far.place), "{name} differs");
    }
    near.medicobus("verifier out/bilan-28-2025.pdf --depot depot")
        .exits(0)
        .says("identique");
    far.medicobus("verifier out/bilan-28-2025.pdf --depot s3://essai/depot")
        .exits(0)
        .says("identique");

    // Nothing of the store lies in the folder of who works there, and the notes lie in the store.
    assert!(!far.place.store().exists());
    let names = far.server.names();
    for end in ["quarantaine.csv", "controle.json", "note-qualite-28-2025.pdf"] {
        assert!(names.iter().any(|name| name.ends_with(end)), "{end} is not in {names:?}");
    }

    for (folder, secret) in [(far.server.bucket(), SECRET), (far.place.path().to_owned(), TOKEN)] {
        assert_eq!(holding(&folder, secret), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_delivery_is_replaced_and_refused_as_in_a_folder() {
    let far = FarPlace::new();
    delivery(&far.place, "a", "28", 40);
    delivery(&far.place, "b", "28", 50);
    delivery(&far.place, "peu", "28", 3);
    far.place.delivery_of_one_bus("faux", HEADER, &consultations(2, 20));

    far.medicobus("charger a").exits(0);
    far.medicobus("charger b").exits(0).says("annule et remplace");
    assert_eq!(stored(&far), 50);
    let past = ["sql", COUNT, "--format", "csv", "--version", "1"];
    let past = End::of(far.command().args(past).output().unwrap()).exits(0);
    assert!(past.stdout.ends_with("40,40\n"), "{past:?}");

    // A refused delivery leaves its quarantine and no data; so does one that the store objects to, at its commit.
    let data = |names: Vec<String>| -> Vec<String> {
        names.into_iter().filter(|name| name.starts_with("livraison_table=")).collect()
    };
    let before = data(far.server.names());
    far.medicobus("charger faux").exits(1).says("REFUSÉE");
    far.medicobus("charger peu").exits(1).says("REFUSÉE");
    assert_eq!(data(far.server.names()), before);
    assert_eq!(stored(&far), 50);
    far.medicobus("charger a").exits(1).says("--revenir");
    far.medicobus("controler peu").exits(1);

    far.medicobus("depot purger --avant 2099-01-01 --confirmer")
        .exits(0)
        .says("effacé pour de bon");
    assert_eq!(stored(&far), 50);
    far.medicobus("requete consultations_par_profil --annee 2025 --version 1")
        .exits(2)
        .says("effacées");
    assert!(data(far.server.names()).len() < before.len());
}

#[test]
fn a_server_that_ignores_conditions_is_not_written() {
    let far = FarPlace::new();
    delivery(&far.place, "a", "28", 40);
    delivery(&far.place, "b", "28", 50);

    far.server.faults().unconditional.store(true, Ordering::Relaxed);
    fails(far.medicobus("charger a"), "n'honore pas les écritures conditionnelles");
    assert_eq!(far.server.names(), Vec::<String>::new());

    // Nor is a store that was made when it did.
    far.server.faults().unconditional.store(false, Ordering::Relaxed);
    far.medicobus("charger a").exits(0);
    far.server.faults().unconditional.store(true, Ordering::Relaxed);
    let before = far.server.names();
    fails(far.medicobus("charger b"), "n'honore pas les écritures conditionnelles");
    assert_eq!(far.server.names(), before);
    assert_eq!(stored(&far), 40);
}

/// A splitmix step, from 0 to 1.
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// `MEDICOBUS_KILLS=60 cargo test -p medicobus --test it s3::` makes the long run.
#[test]
fn loads_at_once_and_kills_lose_no_commit() {
    let kills: usize = std::env::var("MEDICOBUS_KILLS").map_or(8, |n| n.parse().unwrap());
    let far = FarPlace::new();
    let regions = ["28", "44", "84", "03"];
    let mut seed = 20_261_201;
    let start_of = Instant::now();
    delivery(&far.place, "premiere", "53", 20);
    far.medicobus("charger premiere").exits(0);
    let duration = start_of.elapsed();

    // Each région sends anew, one more consultation each time, all at once; one more load is killed on its way.
    let of_killed = || {
        far.server
            .names()
            .iter()
            .filter(|name| name.contains("livraison_region=11/"))
            .count()
    };
    let mut sent = BTreeMap::new();
    let mut landed = 0;
    for round in 0..kills {
        let before = of_killed();
        for region in regions {
            delivery(&far.place, &format!("{region}-{round}"), region, 20 + round);
        }
        delivery(&far.place, &format!("tue-{round}"), "11", 20 + round);

        let mut killed = start(&far, &format!("charger tue-{round}"));
        let loads = regions.map(|region| start(&far, &format!("charger {region}-{round}")));
        // Anywhere; every other time when the first of its files is there, and no commit speaks of it yet.
        let (waited, most) = (Instant::now(), duration * 20);
        match round % 2 {
            0 => sleep(duration.mul_f64(0.3 + 1.7 * random(&mut seed))),
            _ => while of_killed() == before && waited.elapsed() < most {},
        }
        killed.kill().unwrap();
        landed += usize::from(killed.wait().unwrap().success());

        for (region, load) in regions.iter().zip(loads) {
            End::of(load.wait_with_output().unwrap()).exits(0);
            sent.insert(*region, 20 + round);
        }
    }

    // Every load that said that it was done is there, in a version of its own.
    let told = far.medicobus("depot historique").exits(0).stdout;
    for region in regions {
        let of = format!("livraison {region} 2025");
        assert_eq!(told.matches(&of).count(), kills, "{told}");
    }
    let ask = "SELECT livraison_region, sum(lignes_acceptees) AS n FROM livraisons \
               WHERE nom_table = 'consultations' GROUP BY 1 ORDER BY 1";
    let ask = ["sql", ask, "--sans-secret", "--format", "csv"];
    let rows = End::of(far.command().args(ask).output().unwrap()).exits(0).stdout;
    for (region, count) in sent {
        assert!(rows.contains(&format!("{region},{count},")), "{region} {count}: {rows}");
    }

    // What the killed ones left is listed when it is old, removed when that is asked, and nothing else is.
    let left = orphans(&far.server);
    eprintln!(
        "{kills} rounds, {landed} of the killed loads had ended, {} files left",
        left.len()
    );
    assert!(!left.is_empty());
    far.medicobus("depot nettoyer").exits(0).says("rien à nettoyer");
    far.server.age(3);
    let said = far.medicobus("depot nettoyer").exits(0);
    for name in &left {
        assert!(said.stdout.contains(name), "{name} is not in {said:?}");
    }
    assert_eq!(orphans(&far.server), left);
    far.medicobus("depot nettoyer --confirmer").exits(0);
    assert_eq!(orphans(&far.server), Vec::<String>::new());
    let rows_after = End::of(far.command().args(ask).output().unwrap()).exits(0).stdout;
    assert_eq!(rows_after, rows);
}

#[test]
fn final_documents_made_at_once_know_of_one_another() {
    let far = FarPlace::new();
    let sample = Place::with_sample();
    copy_folder(&sample.store(), &far.server.bucket().join("depot"));

    let zones = ["--medicobus 28-27-DOCTEURE", "--medicobus 28-27-DOCTOBUS"];
    let started = zones.map(|zone| start(&far, &format!("bilan {zone} --annee 2025 --final")));
    let ends = started.map(|child| End::of(child.wait_with_output().unwrap()).exits(0));

    let mut known = ends.map(|end| {
        let pdf = far.place.path().join(end.stdout.lines().next().unwrap());
        let attached = attachments(&std::fs::read(pdf).unwrap()).unwrap();
        let manifest: Value = serde_json::from_slice(&attached["manifeste.json"]).unwrap();
        manifest["publications"].as_array().map_or(0, Vec::len)
    });
    known.sort_unstable();
    assert_eq!(known, [0, 1]);
    assert_eq!(holding(far.place.path(), SECRET), Vec::<PathBuf>::new());
}

#[test]
fn what_a_server_refuses_is_said_and_changes_nothing() {
    let far = FarPlace::new();
    delivery(&far.place, "a", "28", 40);
    delivery(&far.place, "b", "28", 50);

    let of = |line: &str, name: &str, value: &str| {
        End::of(far.command().args(line.split(' ')).env(name, value).output().unwrap())
    };
    fails(
        of("charger a", "MEDICOBUS_DEPOT", "s3://absent/depot"),
        "le compartiment n'existe pas",
    );
    fails(
        of("depot", "MEDICOBUS_DEPOT", "s3://absent/depot"),
        "le compartiment n'existe pas",
    );
    fails(
        of("charger a", "AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        "le serveur ne répond pas",
    );
    far.medicobus("depot").exits(3).says("aucun dépôt dans s3://essai/depot");
    let without = far.command().env_remove("AWS_ACCESS_KEY_ID").arg("depot").output().unwrap();
    End::of(without).exits(2).says("AWS_ACCESS_KEY_ID");
    of("depot", "MEDICOBUS_DEPOT", "s3://cle:motdepasse@essai/depot")
        .exits(2)
        .says("ne porte ni identifiants");
    far.server.faults().stranger.store(true, Ordering::Relaxed);
    fails(far.medicobus("charger a"), "les identifiants sont refusés");
    fails(far.medicobus("depot"), "les identifiants sont refusés");
    far.server.faults().stranger.store(false, Ordering::Relaxed);
    assert_eq!(far.server.names(), Vec::<String>::new());

    far.medicobus("charger a").exits(0);
    let before = far.server.names();
    far.server.faults().read_only.store(true, Ordering::Relaxed);
    fails(far.medicobus("charger b"), "les droits ne suffisent pas");
    // Who may read only, reads.
    assert_eq!(stored(&far), 40);
    assert_eq!(far.server.names(), before);
}

#[test]
fn a_line_that_breaks_leaves_the_store_as_it_was() {
    // While data are sent, and while the commit is.
    for mark in [
        &b"PUT /essai/depot/livraison_table"[..],
        b"PUT /essai/depot/_delta_log/0000000000000000000",
    ] {
        let far = FarPlace::new();
        delivery(&far.place, "a", "28", 40);
        delivery(&far.place, "b", "28", 400);
        far.medicobus("charger a").exits(0);
        let log = |names: Vec<String>| -> Vec<String> {
            names.into_iter().filter(|name| name.starts_with("_delta_log")).collect()
        };
        let before = log(far.server.names());

        let line = breaking_line(far.server.address, mark);
        let load = at(&far.place, line).args(["charger", "b"]).output().unwrap();
        fails(End::of(load), "la liaison a été coupée");

        assert_eq!(log(far.server.names()), before);
        assert_eq!(stored(&far), 40);
        far.medicobus("charger b").exits(0);
        assert_eq!(stored(&far), 400);
    }
}

#[test]
fn a_long_file_goes_in_parts() {
    let far = FarPlace::new();
    // A quarantine of more than eight mebibytes.
    far.place.delivery_of_one_bus("l", HEADER, &consultations(1, 80_000));
    far.server.counts();
    far.medicobus("charger l").exits(1);

    let counts = far.server.counts();
    assert!(counts.get("PUT (partie)").is_some_and(|parts| *parts > 1), "{counts:?}");
    let sent = far.server.names().into_iter().find(|name| name.ends_with("quarantaine.csv"));
    let sent = std::fs::read_to_string(far.server.bucket().join("depot").join(sent.unwrap()));
    assert_eq!(sent.unwrap().lines().filter(|line| line.contains("99999")).count(), 80_000);
}

/// Requests of a load, a query and a bilan.
fn requests(far: &FarPlace, load: &str) -> [BTreeMap<String, usize>; 3] {
    let lines = [
        format!("charger {load}"),
        "requete consultations_par_profil --annee 2025 --sans-secret --format csv".to_owned(),
        "bilan --region 28 --annee 2025 -o out".to_owned(),
    ];
    far.server.counts();
    lines.map(|line| {
        far.medicobus(&line).exits(0);
        far.server.counts()
    })
}

/// `MEDICOBUS_VERSIONS=480` for the figures of `docs/grande_echelle.md`.
#[test]
fn requests_do_not_grow_with_the_versions() {
    let far = FarPlace::new();
    let load = |versions: std::ops::Range<usize>| {
        let names = versions.map(|version| {
            let name = format!("v{version}");
            delivery(&far.place, &name, "28", 20 + version);
            name
        });
        let names: Vec<String> = names.collect();
        far.medicobus(&format!("charger {}", names.join(" "))).exits(0);
    };

    load(0..20);
    delivery(&far.place, "a", "28", 200);
    let few = requests(&far, "a");
    let more: usize = std::env::var("MEDICOBUS_VERSIONS").map_or(100, |n| n.parse().unwrap());
    load(201..201 + more);
    delivery(&far.place, "b", "28", 300 + more);
    let many = requests(&far, "b");

    eprintln!("{few:?} sur 21 versions, {many:?} sur {}", more + 22);
    for (what, (few, many)) in ["charger", "requete", "bilan"].iter().zip(few.iter().zip(&many)) {
        for (kind, count) in many {
            let before = few.get(kind).copied().unwrap_or_default();
            assert!(*count <= before + 20, "{what}, {kind}: {before} requests, then {count}");
        }
        assert!(many.values().sum::<usize>() < 140, "{what}: {many:?}");
    }
}
