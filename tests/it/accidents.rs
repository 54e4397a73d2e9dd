//! What happens to the store when a process is killed, when two run at once, and when the device refuses to write.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::fixture::{COUNT, End, HEADER, Place, consultations, files, has_extension, program};

/// The store's number of consultations, read by the program itself.
fn stored_consultations(place: &Place) -> u64 {
    place.run(&["sql", COUNT, "--format", "csv"]).exits(0).last_number()
}

/// What the store says of its state and of its past.
fn state_and_history(place: &Place) -> (String, String) {
    (
        place.medicobus("depot").exits(0).stdout,
        place.medicobus("depot historique").exits(0).stdout,
    )
}

/// Starts a load and does not wait for it.
fn start_load(place: &Place, name: &str) -> Child {
    place
        .command()
        .args(["charger", name])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// No data file is in the store that no version names.
fn assert_no_orphan(place: &Place) {
    let log: String = files(&place.store().join("_delta_log"))
        .iter()
        .filter(|path| has_extension(path, "json"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();

    for file in files(&place.store()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("part-") {
            assert!(log.contains(&name), "{} is of no version", file.display());
        }
    }
}

/// A splitmix step, from 0 to 1: the points of the kills are scattered, and the same in every run.
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// How long an undisturbed load takes that makes the store: kills fall anywhere within.
fn time_of_a_load(place: &Place) -> Duration {
    place.delivery_of_region("essai", "28", 100);
    let start = Instant::now();
    assert!(start_load(place, "essai").wait().unwrap().success());
    let duration = start.elapsed();

    std::fs::remove_dir_all(place.store()).unwrap();
    duration
}

/// Waits until the load is at the point where the kill of this round falls.
fn wait_for_the_point(place: &Place, round: usize, duration: Duration, share: f64) {
    if round.is_multiple_of(2) {
        sleep(duration.mul_f64(share * 1.05));
        return;
    }

    // Around the commit, where it matters: from the first file that stands in the store, or in the log.
    let folder = place.store().join(if round % 4 == 1 {
        "livraison_table=consultations/livraison_region=28/livraison_periode=2025"
    } else {
        "_delta_log"
    });
    let entries = || std::fs::read_dir(&folder).map_or(0, Iterator::count);

    let (before, start) = (entries(), Instant::now());
    while entries() == before && start.elapsed() < duration * 4 {
        std::hint::spin_loop();
    }
    sleep(Duration::from_micros((share * 20_000.0) as u64));
}

/// `MEDICOBUS_KILLS=200 cargo test -p medicobus --test it accidents::` makes the long run.
#[test]
fn a_killed_load_leaves_the_store_before_or_after_and_a_rerun_succeeds() {
    let kills: usize = std::env::var("MEDICOBUS_KILLS").map_or(40, |n| n.parse().unwrap());
    let place = Place::new();
    let duration = time_of_a_load(&place);
    let mut seed = 20_261_122;

    // Deliveries that replace one another, of 100, 101, … consultations: the count says which one is live.
    let (mut before, mut killed, mut landed) = (None, 0, 0);
    for round in 0..kills {
        let name = format!("l{round}");
        place.delivery_of_region(&name, "28", 100 + round);

        let mut child = start_load(&place, &name);
        wait_for_the_point(&place, round, duration, random(&mut seed));
        // SIGKILL: no destructor runs.
        child.kill().unwrap();
        if !child.wait().unwrap().success() {
            killed += 1;
        }

        let after = 100 + round as u64;
        let first_version = place.store().join("_delta_log/00000000000000000001.json");
        let read = first_version.exists().then(|| stored_consultations(&place));
        assert!(
            read == before || read == Some(after),
            "kill {round}: the store reads {read:?}, neither {before:?} nor {after}"
        );
        landed += usize::from(read == Some(after));

        // Now and then the rerun, at once after the kill.
        if round % 5 == 4 || round + 1 == kills {
            place.run(&["charger", &name]).exits(0);
            assert_eq!(stored_consultations(&place), after);
            before = Some(after);
        } else {
            before = read;
        }
        std::fs::remove_dir_all(place.path().join(&name)).unwrap();
    }

    eprintln!("{kills} loads, {killed} killed before their end, {landed} had committed");
    assert!(killed * 2 > kills, "{killed} of {kills} were killed in time");

    // What the dead left was swept by the last load: every data file is named in the log.
    assert_no_orphan(&place);
    let left = files(&place.store().join("_staging"));
    assert!(left.iter().all(|path| has_extension(path, "verrou")), "{left:?}");
}

#[test]
fn two_loads_at_once_both_end_right() {
    let place = Place::new();
    let regions = ["28", "44", "84", "03"];
    for region in regions {
        place.delivery_of_region(region, region, 60);
    }
    place.delivery_of_region("28 bis", "28", 60);

    // Four régions, and one of them twice with the same files, on a store that does not exist yet.
    let names = regions.iter().chain(&["28 bis"]);
    let children: Vec<_> = names.map(|name| start_load(&place, name)).collect();

    for child in children {
        End::of(child.wait_with_output().unwrap()).exits(0);
    }
    assert_eq!(stored_consultations(&place), 240);
    let history = place.medicobus("depot historique").exits(0).stdout;
    for region in regions {
        assert!(history.contains(region), "{history}");
    }
}

#[test]
fn two_loads_at_once_never_tell_of_the_same_days_twice() {
    for round in 0..3 {
        let place = Place::new();
        // The store exists: nothing but the commits is left to chance.
        place.delivery_of_region("autre", "84", 20);
        place.medicobus("charger autre").exits(0);
        for (name, period) in [("annee", "2025"), ("mars", "2025-03")] {
            place.delivery_of_region(name, "28", 40);
            place.write(&format!("{name}/livraison.toml"), &HEADER.replace("2025", period));
        }

        let children = ["annee", "mars"].map(|name| start_load(&place, name));
        let mut codes = children.map(|child| child.wait_with_output().unwrap().status.code());

        codes.sort_unstable();
        assert_eq!(codes, [Some(0), Some(1)], "round {round}");
        assert_eq!(stored_consultations(&place), 60);
        assert_no_orphan(&place);
    }
}

/// Runs the program and gives, with its end, the most memory that it held, in KiB.
fn run_and_measure(place: &Place, arguments: &[&str]) -> (End, u64) {
    let child = place
        .command()
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    let status = format!("/proc/{}/status", child.id());
    let peak = move || -> Option<u64> {
        let text = std::fs::read_to_string(&status).ok()?;
        let line = text.lines().find(|line| line.starts_with("VmHWM"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        // Until the process is gone, or has given its memory back.
        while let Some(held) = peak() {
            most = held.max(most);
            sleep(Duration::from_millis(2));
        }
        most
    });

    let end = End::of(child.wait_with_output().unwrap());
    (end, watch.join().unwrap())
}

#[test]
fn a_small_file_that_unfolds_into_an_immense_table_is_refused_in_little_memory() {
    const GIB_IN_KIB: u64 = 1 << 20;
    let place = Place::new();

    let workbook = |name: &str, fill: &dyn Fn(&mut rust_xlsxwriter::Worksheet)| {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet().set_name("consultations").unwrap();
        let header = consultations(0, 0);
        for (c, cell) in header.trim_end().split(',').enumerate() {
            sheet.write(0, c as u16, cell).unwrap();
        }
        fill(sheet);
        workbook.save(place.path().join(name)).unwrap();
    };

    // One cell in the last row and column; one long text that forty thousand cells share.
    workbook("coins.xlsx", &|sheet| {
        sheet.write(1_048_575, 16_383, "x").unwrap();
    });
    let text = "z".repeat(32_000);
    workbook("texte.xlsx", &|sheet| {
        for r in 0..20_000 {
            for c in 0..2 {
                sheet.write(1 + r, c, &text).unwrap();
            }
        }
    });
    // A hundred and fifty thousand rows with a fault in each of twelve columns.
    let rows = consultations(0, 0) + &"x,x,x,x,x,x,x,x,x,x,x,x\n".repeat(150_000);
    place.write("consultations.csv", &rows);

    // One value of 300 MiB, in a file of a few KiB.
    let long: ArrayRef = Arc::new(StringArray::from(vec!["z".repeat(300 << 20)]));
    let batch = RecordBatch::try_from_iter([("id_consultation", long)]).unwrap();
    let zstd = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let zstd = zstd.set_dictionary_enabled(false).build();
    let file = std::fs::File::create(place.path().join("consultations.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(zstd)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    for (file, rule) in [
        ("coins.xlsx", "limite_depassee"),
        ("consultations.parquet", "limite_depassee"),
        ("texte.xlsx", "limite_depassee"),
        ("consultations.csv", "valeur_admise"),
    ] {
        let line = format!("controler {file} -o c --region 28 --periode 2025");
        let arguments: Vec<&str> = line.split(' ').collect();

        let (end, kib) = run_and_measure(&place, &arguments);

        eprintln!("{file}: {} MiB", kib / 1024);
        let end = end.exits(1);
        assert!(end.stderr.contains(rule), "{file}: {end:?}");
        assert!((1..GIB_IN_KIB).contains(&kib), "{file}: {kib} KiB");
    }
}

/// Runs the program so that files beyond that many blocks cannot be written, as on a full disk.
fn short_of_space(place: &Place, blocks: u32, arguments: &str) -> End {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" {arguments}");
    let output = Command::new("sh")
        .args(["-c", &line, program()])
        .current_dir(place.path())
        .output()
        .unwrap();
    End::of(output)
}

#[test]
fn a_full_device_is_told_and_changes_nothing() {
    let place = Place::new();
    place.delivery_of_region("l", "28", 100);
    place.medicobus("charger l").exits(0);
    place.delivery_of_region("l2", "28", 20_000);
    let before = state_and_history(&place);

    // Too little for the quarantine, for the note, for the data. `ulimit -f` counts in blocks of 512 or 1024 bytes.
    for blocks in [0, 1, 8, 40, 100, 200] {
        let end = short_of_space(&place, blocks, "charger l2");

        assert_eq!(end.code, 3, "{blocks} blocks: {end:?}");
        assert!(end.stderr.contains("écriture impossible"), "{blocks}: {end:?}");
        assert!(end.stderr.contains("conseil"), "{blocks}: {end:?}");
        assert_eq!(state_and_history(&place), before, "{blocks} blocks");
    }

    assert_no_orphan(&place);
    place.medicobus("charger l2").exits(0);
    assert_eq!(stored_consultations(&place), 20_000);
}

/// Takes the right to write from a folder and all that is in it, or gives it back.
fn set_writable(folder: &Path, writable: bool) {
    let mut paths = vec![folder.to_path_buf()];
    while let Some(path) = paths.pop() {
        let meta = std::fs::metadata(&path).unwrap();
        let mode = match (meta.is_dir(), writable) {
            (true, true) => 0o755,
            (true, false) => 0o555,
            (false, true) => 0o644,
            (false, false) => 0o444,
        };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();

        if meta.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            paths.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
}

#[test]
fn a_read_only_store_is_told_and_still_reads() {
    let place = Place::new();
    place.delivery_of_region("l", "28", 100);
    place.medicobus("charger l").exits(0);
    place.delivery_of_region("l2", "28", 120);
    let before = place.medicobus("depot historique").exits(0).stdout;

    // Permissions do not bind root: the program then runs as nobody, from a place that nobody may read, which a build
    // folder in root's home is not.
    let root = std::fs::read_dir("/root").is_ok();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("medicobus");
    std::fs::copy(program(), &copy).unwrap();
    for path in [elsewhere.path(), &copy] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let without_rights = |arguments: &str| {
        let mut command = Command::new(&copy);
        command.args(arguments.split(' ')).current_dir(place.path());
        if root {
            command.uid(65_534).gid(65_534);
        }
        End::of(command.output().unwrap())
    };

    set_writable(place.path(), false);
    let load = without_rights("charger l2");
    let reading = without_rights("depot historique");
    set_writable(place.path(), true);

    let load = load.exits(3).says("écriture impossible");
    assert!(load.stderr.contains("conseil"), "{load:?}");
    assert_eq!(reading.exits(0).stdout, before);
    assert_eq!(stored_consultations(&place), 100);
}

/// Every kind of command that reads or writes the store refuses, and names what is wrong.
fn refused(place: &Place, what: &str) {
    for arguments in [
        vec!["depot"],
        vec!["depot", "historique"],
        vec!["sql", COUNT],
        vec!["charger", "a"],
    ] {
        place.run(&arguments).exits(3).says(what);
    }
}

/// An unreadable state is an error, never an empty or an earlier answer.
#[test]
fn a_log_that_lost_something_is_refused() {
    let place = Place::new();
    place.delivery_of_region("a", "28", 13);
    place.delivery_of_region("b", "44", 14);
    place.medicobus("charger a b").exits(0);

    let log = place.store().join("_delta_log");
    let last = log.join("00000000000000000002.json");
    let middle = log.join("00000000000000000001.json");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let (last_text, middle_text) = (read(&last), read(&middle));

    std::fs::write(&last, "").unwrap();
    refused(&place, "la version 2 est vide");
    for cut in [last_text.len() - 5, last_text.rfind('\n').unwrap()] {
        std::fs::write(&last, &last_text[..cut]).unwrap();
        refused(&place, "la version 2 est coupée");
    }
    let other = last_text.replacen(r#""livraison_region":"44""#, r#""livraison_region":"45""#, 1);
    assert_ne!(other, last_text);
    std::fs::write(&last, other).unwrap();
    refused(&place, "la version 2 est coupée ou abîmée");
    std::fs::write(&last, &last_text).unwrap();

    std::fs::remove_file(&middle).unwrap();
    refused(&place, "la version 1 manque");
    std::fs::write(&middle, &middle_text).unwrap();

    // What the engine reads before the log is no part of it.
    let shortcut = log.join("_last_checkpoint");
    for text in ["", "{}", r#"{"version":1,"size":3}"#] {
        std::fs::write(&shortcut, text).unwrap();
        refused(&place, "_last_checkpoint ne se lit pas, ou désigne un fichier absent");
    }
    std::fs::remove_file(&shortcut).unwrap();

    let aside = place.path().join("aside");
    std::fs::rename(&log, &aside).unwrap();
    refused(&place, "journal du dépôt perdu");
    std::fs::rename(&aside, &log).unwrap();
    assert_eq!(stored_consultations(&place), 27);

    // Nobody counts from here to there.
    let start = Instant::now();
    let end = place.run(&["sql", COUNT, "--version", "1000000000000000000"]);
    end.exits(2).says("version 1000000000000000000 absente");
    assert!(start.elapsed() < Duration::from_secs(20));

    // What the advice for an emptied last version gives: the delivery comes in again.
    std::fs::write(&last, "").unwrap();
    place.run(&["depot"]).exits(3).says("mettez ce fichier de côté");
    std::fs::remove_file(&last).unwrap();
    place.medicobus("charger b").exits(0);
    assert_eq!(stored_consultations(&place), 27);
}

#[test]
fn one_bit_of_a_data_file_is_an_error() {
    let place = Place::new();
    place.delivery_of_region("a", "28", 13);
    place.medicobus("charger a").exits(0);

    let data = files(&place.store());
    for table in ["consultations", "medicobus", "livraisons"] {
        let of_table = |path: &&std::path::PathBuf| {
            path.to_string_lossy().contains(&format!("livraison_table={table}/"))
        };
        let path = data.iter().find(of_table).unwrap();
        let bytes = std::fs::read(path).unwrap();

        for place_of_bit in [4, bytes.len() / 2, bytes.len() - 9] {
            let mut flipped = bytes.clone();
            flipped[place_of_bit] ^= 1;
            std::fs::write(path, &flipped).unwrap();
            let end = place.run(&["sql", COUNT]).exits(3);
            end.says("fichier de données abîmé ou remplacé").says(table);
        }
        std::fs::write(path, &bytes).unwrap();
    }
    assert_eq!(stored_consultations(&place), 13);
}

/// Nothing tells that a file of theirs was changed; all the rest holds.
#[test]
fn a_store_of_an_earlier_program_is_read_and_written() {
    let place = Place::new();
    place.delivery_of_region("a", "28", 13);
    place.delivery_of_region("b", "44", 14);
    place.medicobus("charger a").exits(0);
    let state = state_and_history(&place);

    place.age_store();
    assert_eq!(stored_consultations(&place), 13);
    assert_eq!(state_and_history(&place), state);

    place.medicobus("charger a").exits(0).says("déjà chargée, inchangée");
    place.medicobus("charger b").exits(0);
    assert_eq!(stored_consultations(&place), 27);

    let first = place.store().join("_delta_log/00000000000000000001.json");
    let text = std::fs::read_to_string(&first).unwrap();
    std::fs::write(&first, &text[..text.len() / 2]).unwrap();
    refused(&place, "la version 1 est coupée ou abîmée");
}

/// A copy restored from a backup has new times on its files: the commits' own times say what a day held.
#[test]
fn the_state_of_a_day_does_not_hang_on_the_times_of_files() {
    let place = Place::new();
    place.delivery_of_region("a", "28", 13);
    place.medicobus("charger a").exits(0);

    let count = |day: &str| {
        let end = place.run(&["sql", COUNT, "--date", day, "--format", "csv"]);
        end.exits(0).stdout.lines().last().unwrap().to_string()
    };
    let today = chrono::Utc::now().date_naive();
    let now = count(&today.to_string());
    assert_eq!(now, "13,13");

    // Files far in the future, as after a copy by a machine whose clock is wrong.
    for file in files(&place.store().join("_delta_log")) {
        let later = std::time::SystemTime::now() + Duration::from_secs(400 * 86_400);
        let file = std::fs::File::options().write(true).open(file).unwrap();
        file.set_modified(later).unwrap();
    }
    assert_eq!(count(&today.to_string()), now);
    let before = (today - chrono::Days::new(2)).to_string();
    let end = place.run(&["sql", COUNT, "--date", &before]);
    end.exits(2).says("n'existait pas encore");
}

/// A folder's name may hold what elsewhere is a pattern or an escape.
#[test]
fn a_store_in_a_folder_of_any_name_is_read_or_refused() {
    let place = Place::new();
    place.delivery_of_region("a", "28", 13);

    for name in [
        "[2025]",
        "what?",
        "a*b",
        "100%",
        "été 2025",
        "a#b",
        "{x}",
        "a+b",
        "a;b&c",
        "a/..",
    ] {
        let depot = format!("{name}/dépôt");
        place.run(&["charger", "a", "--depot", &depot]).exits(0);
        let end = place.run(&["sql", COUNT, "--format", "csv", "--depot", &depot]).exits(0);
        assert_eq!(end.stdout.lines().last(), Some("13,13"), "{name}");
    }
    for command in [vec!["charger", "a"], vec!["sql", COUNT]] {
        let arguments = [command, vec!["--depot", "a%20b/dépôt"]].concat();
        place.run(&arguments).exits(2).says("a%20b");
    }
    assert!(!place.path().join("a%20b").exists());

    for (name, said) in [("a\\b", "« \\ »"), ("a\nb", "U+000A")] {
        let end = place.run(&["charger", "a", "--depot", name]).exits(2).says(said);
        end.says("renommez le dossier");
        assert!(!place.path().join(name).exists());
    }
}

/// Nobody reads what is said: the work is done all the same.
#[cfg(unix)]
#[test]
fn a_closed_stderr_stops_nothing() {
    let place = Place::new();
    place.delivery_of_region("a", "28", 13);
    for (arguments, code) in [(vec!["charger", "a"], 0), (vec!["charger", "absent"], 3)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = place.command().args(&arguments).stderr(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
    place.run(&["sql", COUNT, "--format", "csv"]).exits(0).says("13,13");
}
