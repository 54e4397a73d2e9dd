//! What happens to the store when a process is killed, when two run at once, and when the device refuses to write.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fixture::{Fin, Lieu, fichiers};
use crate::livraisons::{BUS, ENTETE, consultations};

const COMPTE: &str =
    "SELECT count(DISTINCT cle_patient) AS patients, count(*) AS n FROM consultations";

/// Writes a delivery of `lignes` consultations under that name.
fn livraison(lieu: &Lieu, nom: &str, region: &str, lignes: usize) {
    let entete = ENTETE.replace("\"28\"", &format!("\"{region}\""));
    let bus = BUS
        .replace(",28,", &format!(",{region},"))
        .replace("ORNE-1", &format!("BUS{region}-1"));
    let texte = consultations(lignes, 0).replace("ORNE-1", &format!("BUS{region}-1"));
    lieu.livraison(
        nom,
        &[
            ("livraison.toml", &entete),
            ("medicobus.csv", &bus),
            ("consultations.csv", &texte),
        ],
    );
}

/// The store's number of consultations, read by the program itself.
fn compte(lieu: &Lieu) -> u64 {
    let fin = lieu.run(&["sql", COMPTE, "--format", "csv"]).attendu(0);
    let derniere = fin.stdout.lines().last().unwrap().to_string();
    derniere.split(',').next_back().unwrap().parse().unwrap()
}

fn medicobus() -> &'static str {
    env!("CARGO_BIN_EXE_medicobus")
}

/// No data file is in the store that no version names.
fn sans_orphelin(lieu: &Lieu) {
    let journal: String = fichiers(&lieu.depot().join("_delta_log"))
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .map(|p| std::fs::read_to_string(p).unwrap())
        .collect();
    for fichier in fichiers(&lieu.depot()) {
        let nom = fichier.file_name().unwrap().to_string_lossy().into_owned();
        if nom.starts_with("part-") {
            assert!(
                journal.contains(&nom),
                "{} is of no version",
                fichier.display()
            );
        }
    }
}

/// A splitmix step: the points of the kills are scattered, and the same in every run.
fn hasard(graine: &mut u64) -> f64 {
    *graine = graine.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *graine;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// `MEDICOBUS_KILLS=200 cargo test --test it accidents::` makes the long run.
#[test]
fn a_killed_load_leaves_the_store_before_or_after_and_a_rerun_succeeds() {
    let kills: usize = std::env::var("MEDICOBUS_KILLS").map_or(40, |n| n.parse().unwrap());
    let lieu = Lieu::new();
    // Deliveries that replace one another, of 100, 101, … consultations: the count says which one is live.
    let mut graine = 20_261_122;
    let charger = |nom: &str| {
        Command::new(medicobus())
            .args(["charger", nom])
            .current_dir(lieu.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    // How long an undisturbed load takes, its first included: kills fall anywhere within.
    livraison(&lieu, "essai", "28", 100);
    let debut = Instant::now();
    assert!(charger("essai").wait().unwrap().success());
    let duree = debut.elapsed();
    std::fs::remove_dir_all(lieu.depot()).unwrap();

    let (mut avant, mut killed, mut landed) = (None, 0, 0);
    for tour in 0..kills {
        let nom = format!("l{tour}");
        livraison(&lieu, &nom, "28", 100 + tour);
        let mut enfant = charger(&nom);
        let part = hasard(&mut graine);
        if tour % 2 == 0 {
            sleep(duree.mul_f64(part * 1.05));
        } else {
            // Around the commit, where it matters: from the first file that stands in the store, or in the log.
            let dossier = lieu.depot().join(if tour % 4 == 1 {
                "livraison_table=consultations/livraison_region=28/livraison_periode=2025"
            } else {
                "_delta_log"
            });
            let nombre = || std::fs::read_dir(&dossier).map_or(0, Iterator::count);
            let (depart, debut) = (nombre(), Instant::now());
            while nombre() == depart && debut.elapsed() < duree * 4 {
                std::hint::spin_loop();
            }
            sleep(Duration::from_micros((part * 20_000.0) as u64));
        }
        // SIGKILL: no destructor runs.
        enfant.kill().unwrap();
        if !enfant.wait().unwrap().success() {
            killed += 1;
        }
        let apres = 100 + tour as u64;
        let lu = if lieu
            .depot()
            .join("_delta_log/00000000000000000001.json")
            .exists()
        {
            Some(compte(&lieu))
        } else {
            None
        };
        assert!(
            lu == avant || lu == Some(apres),
            "kill {tour}: the store reads {lu:?}, neither {avant:?} nor {apres}"
        );
        landed += usize::from(lu == Some(apres));
        // Now and then the rerun, at once after the kill.
        if tour % 5 == 4 || tour + 1 == kills {
            lieu.run(&["charger", &nom]).attendu(0);
            assert_eq!(compte(&lieu), apres);
            avant = Some(apres);
        } else {
            avant = lu;
        }
        std::fs::remove_dir_all(lieu.path().join(&nom)).unwrap();
    }
    eprintln!("{kills} loads, {killed} killed before their end, {landed} had committed");
    assert!(
        killed * 2 > kills,
        "{killed} of {kills} were killed in time"
    );
    // What the dead left was swept by the last load: every data file is named in the log.
    sans_orphelin(&lieu);
    let reste = fichiers(&lieu.depot().join("_staging"));
    assert!(
        reste
            .iter()
            .all(|p| p.extension().is_some_and(|e| e == "verrou")),
        "{reste:?}"
    );
}

#[test]
fn two_loads_at_once_both_end_right() {
    let lieu = Lieu::new();
    let regions = ["28", "44", "84", "03"];
    for region in regions {
        livraison(&lieu, region, region, 60);
    }
    livraison(&lieu, "28 bis", "28", 60);
    // Four régions, and one of them twice with the same files, on a store that does not exist yet.
    let enfants: Vec<_> = regions
        .iter()
        .chain(&["28 bis"])
        .map(|nom| {
            Command::new(medicobus())
                .args(["charger", nom])
                .current_dir(lieu.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for enfant in enfants {
        let sortie = enfant.wait_with_output().unwrap();
        assert!(
            sortie.status.success(),
            "{}",
            String::from_utf8_lossy(&sortie.stderr)
        );
    }
    assert_eq!(compte(&lieu), 240);
    let historique = lieu.mots("depot historique").attendu(0).stdout;
    for region in regions {
        assert!(historique.contains(region), "{historique}");
    }
}

#[test]
fn two_loads_at_once_never_tell_of_the_same_days_twice() {
    for tour in 0..3 {
        let lieu = Lieu::new();
        // The store exists: nothing but the commits is left to chance.
        livraison(&lieu, "autre", "84", 20);
        lieu.mots("charger autre").attendu(0);
        for (nom, periode) in [("annee", "2025"), ("mars", "2025-03")] {
            livraison(&lieu, nom, "28", 40);
            let toml = lieu.path().join(nom).join("livraison.toml");
            std::fs::write(toml, ENTETE.replace("2025", periode)).unwrap();
        }
        let enfants: Vec<_> = ["annee", "mars"]
            .iter()
            .map(|nom| {
                Command::new(medicobus())
                    .args(["charger", nom])
                    .current_dir(lieu.path())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let codes: Vec<_> = enfants
            .into_iter()
            .map(|enfant| enfant.wait_with_output().unwrap().status.code())
            .collect();
        let mut tries = codes.clone();
        tries.sort_unstable();
        assert_eq!(tries, [Some(0), Some(1)], "round {tour}");
        assert_eq!(compte(&lieu), 60);
        sans_orphelin(&lieu);
    }
}

/// Runs the program and gives, with its end, the most memory that it held, in KiB.
fn memoire(lieu: &Lieu, args: &[&str]) -> (Fin, u64) {
    let enfant = Command::new(medicobus())
        .args(args)
        .current_dir(lieu.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let statut = format!("/proc/{}/status", enfant.id());
    let guet = std::thread::spawn(move || {
        let mut most = 0;
        // Until the process is gone, or has given its memory back.
        while let Some(held) = std::fs::read_to_string(&statut).ok().and_then(|s| {
            let ligne = s.lines().find(|l| l.starts_with("VmHWM"))?.to_string();
            ligne.split_whitespace().nth(1)?.parse::<u64>().ok()
        }) {
            most = held.max(most);
            sleep(Duration::from_millis(2));
        }
        most
    });
    let sortie = enfant.wait_with_output().unwrap();
    let fin = Fin {
        code: sortie.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&sortie.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&sortie.stderr).into_owned(),
    };
    (fin, guet.join().unwrap())
}

#[test]
fn a_small_file_that_unfolds_into_an_immense_table_is_refused_in_little_memory() {
    const GIO: u64 = 1 << 20;
    let lieu = Lieu::new();
    let texte = "z".repeat(32_000);
    let classeur = |nom: &str, remplir: &dyn Fn(&mut rust_xlsxwriter::Worksheet)| {
        let mut classeur = rust_xlsxwriter::Workbook::new();
        let feuille = classeur.add_worksheet().set_name("consultations").unwrap();
        let entete = consultations(0, 0);
        for (c, cellule) in entete.trim_end().split(',').enumerate() {
            feuille.write(0, c as u16, cellule).unwrap();
        }
        remplir(feuille);
        classeur.save(lieu.path().join(nom)).unwrap();
    };
    classeur("coins.xlsx", &|f| {
        f.write(1_048_575, 16_383, "x").unwrap();
    });
    classeur("texte.xlsx", &|f| {
        for r in 0..20_000 {
            for c in 0..2 {
                f.write(1 + r, c, &texte).unwrap();
            }
        }
    });
    // A hundred and fifty thousand rows with a fault in each of twelve columns.
    let mut lignes = consultations(0, 0);
    lignes.push_str(&"x,x,x,x,x,x,x,x,x,x,x,x\n".repeat(150_000));
    std::fs::write(lieu.path().join("consultations.csv"), lignes).unwrap();
    for (fichier, dit) in [
        ("coins.xlsx", "limite_depassee"),
        ("texte.xlsx", "limite_depassee"),
        ("consultations.csv", "valeur_admise"),
    ] {
        let args = [
            "controler",
            fichier,
            "-o",
            "c",
            "--region",
            "28",
            "--periode",
            "2025",
        ];
        let (fin, kio) = memoire(&lieu, &args);
        eprintln!("{fichier}: {} MiB", kio / 1024);
        let fin = fin.attendu(1);
        assert!(fin.stderr.contains(dit), "{fichier}: {fin:?}");
        assert!((1..GIO).contains(&kio), "{fichier}: {kio} KiB");
    }
}

/// Runs the program so that files beyond `kio` KiB cannot be written, as on a full disk.
fn a_court_d_espace(lieu: &Lieu, kio: u32, args: &str) -> Fin {
    let ligne = format!("trap '' XFSZ; ulimit -f {kio}; exec \"$0\" {args}");
    let sortie = Command::new("sh")
        .args(["-c", &ligne, medicobus()])
        .current_dir(lieu.path())
        .output()
        .unwrap();
    Fin {
        code: sortie.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&sortie.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&sortie.stderr).into_owned(),
    }
}

#[test]
fn a_full_device_is_told_and_changes_nothing() {
    let lieu = Lieu::new();
    livraison(&lieu, "l", "28", 100);
    lieu.mots("charger l").attendu(0);
    livraison(&lieu, "l2", "28", 20_000);
    let avant = (
        lieu.mots("depot").attendu(0).stdout,
        lieu.mots("depot historique").attendu(0).stdout,
    );
    // Too little for the quarantine, for the note, for the data. `ulimit -f` counts in blocks of 512 or 1024 bytes.
    for kio in [0, 1, 8, 40, 100, 200] {
        let fin = a_court_d_espace(&lieu, kio, "charger l2");
        assert_eq!(fin.code, 3, "{kio} blocks: {fin:?}");
        assert!(fin.stderr.contains("écriture impossible"), "{kio}: {fin:?}");
        assert!(fin.stderr.contains("conseil"), "{kio}: {fin:?}");
        let apres = (
            lieu.mots("depot").attendu(0).stdout,
            lieu.mots("depot historique").attendu(0).stdout,
        );
        assert_eq!(apres, avant, "{kio} blocks");
    }
    sans_orphelin(&lieu);
    lieu.mots("charger l2").attendu(0);
    assert_eq!(compte(&lieu), 20_000);
}

/// Takes the right to write from a folder and all that is in it, or gives it back.
fn ecriture(dossier: &Path, permise: bool) {
    let mut tous = vec![dossier.to_path_buf()];
    while let Some(chemin) = tous.pop() {
        let meta = std::fs::metadata(&chemin).unwrap();
        let mode = match (meta.is_dir(), permise) {
            (true, true) => 0o755,
            (true, false) => 0o555,
            (false, true) => 0o644,
            (false, false) => 0o444,
        };
        std::fs::set_permissions(&chemin, std::fs::Permissions::from_mode(mode)).unwrap();
        if meta.is_dir() {
            tous.extend(
                std::fs::read_dir(&chemin)
                    .unwrap()
                    .map(|e| e.unwrap().path()),
            );
        }
    }
}

#[test]
fn a_read_only_store_is_told_and_still_reads() {
    let lieu = Lieu::new();
    livraison(&lieu, "l", "28", 100);
    lieu.mots("charger l").attendu(0);
    livraison(&lieu, "l2", "28", 120);
    let avant = lieu.mots("depot historique").attendu(0).stdout;
    ecriture(lieu.path(), false);
    // Permissions do not bind root: the program then runs as nobody, from a place that nobody may read, which a build
    // folder in root's home is not.
    let root = std::fs::read_dir("/root").is_ok();
    let ailleurs = tempfile::tempdir().unwrap();
    let programme = ailleurs.path().join("medicobus");
    std::fs::copy(medicobus(), &programme).unwrap();
    for chemin in [ailleurs.path(), &programme] {
        std::fs::set_permissions(chemin, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let sans_droit = |args: &str| {
        let mut commande = Command::new(&programme);
        commande.args(args.split(' ')).current_dir(lieu.path());
        if root {
            commande.uid(65_534).gid(65_534);
        }
        let sortie = commande.output().unwrap();
        Fin {
            code: sortie.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&sortie.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&sortie.stderr).into_owned(),
        }
    };
    let fin = sans_droit("charger l2");
    let lecture = sans_droit("depot historique");
    ecriture(lieu.path(), true);
    let fin = fin.attendu(3).dit("écriture impossible");
    assert!(fin.stderr.contains("conseil"), "{fin:?}");
    assert_eq!(lecture.attendu(0).stdout, avant);
    assert_eq!(compte(&lieu), 100);
}
