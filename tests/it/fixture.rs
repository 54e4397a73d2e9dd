//! A chainable fixture around the real binary: a temporary place with a store in it, deliveries written by hand or taken
//! from the repository, commands run, and what must follow.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use regex::Regex;
use tempfile::TempDir;

/// The day on which the sample and the small store are loaded, whenever the test runs.
pub const TODAY: &str = "2026-11-01";

/// Header of a delivery by hand.
pub const HEADER: &str =
    "region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS d'essai\"\nfictives = true\n";

/// Its only bus.
pub const BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service\n\
                   ORNE-1,Médicobus d'essai,28,61,cpts,1,2024-01-15\n";

/// Counts what a store holds.
pub const COUNT: &str =
    "SELECT count(DISTINCT cle_patient) AS patients, count(*) AS n FROM consultations";

/// `good` consultations of as many patients, and `bad` ones in a commune that does not exist.
pub fn consultations(good: usize, bad: usize) -> String {
    let mut text = String::from(
        "id_consultation,id_medicobus,date_consultation,code_commune,cle_patient,tranche_age,sexe,ald,statut_mt,mode,discipline,nature\n",
    );
    for i in 0..good + bad {
        let commune = if i < good { "61079" } else { "99999" };
        let day = 1 + i % 28;
        let key = pseudonym(i as u64);
        text.push_str(&format!(
            "C{i:05},ORNE-1,2025-03-{day:02},{commune},{key},80+,F,non,sans,presentiel,medecine_generale,soin\n"
        ));
    }
    text
}

/// A pseudonym that looks drawn at random, another for each number.
pub fn pseudonym(number: u64) -> String {
    format!("a{:015x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4)
}

/// The program under test.
pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_medicobus")
}

/// The root of the repository; the package of this test is `pipeline/medicobus`.
pub fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap().to_path_buf()
}

/// The repository's own sample.
pub fn sample() -> PathBuf {
    repository().join("sample_data")
}

/// The deliveries of the sample, sorted: folders, archives, workbooks.
pub fn sample_deliveries() -> Vec<PathBuf> {
    let mut deliveries: Vec<_> = std::fs::read_dir(sample())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() || has_extension(path, "zip") || has_extension(path, "xlsx"))
        .collect();
    deliveries.sort();
    deliveries
}

/// The text of a page with its entities read.
pub fn without_entities(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (entity, sign)| text.replace(entity, sign))
}

/// Whether the name of a file ends so.
pub fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e == extension)
}

/// Every file below `folder`, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];

    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }

    found.sort();
    found
}

/// Copies all files below a folder to the same places below another.
pub fn copy_folder(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, &target).unwrap();
    }
}

/// A temporary place with a store in it.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// A place whose store holds these deliveries of a folder, and these zonings of it.
    pub fn loaded(source: &Path, deliveries: &[&str], zonings: &[&str]) -> Self {
        let place = Self::new();
        let paths =
            |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|n| source.join(n)).collect() };

        place.load(&paths(deliveries));
        place.load_zonings(&paths(zonings));

        place
    }

    /// A place whose store holds the whole sample; it is loaded once, and copied for each test.
    pub fn with_sample() -> Self {
        static LOADED: OnceLock<Place> = OnceLock::new();
        let loaded = LOADED.get_or_init(|| {
            let place = Self::new();
            place.load(&sample_deliveries());
            place.load_zonings(&[sample().join("zonages.csv")]);
            place
        });

        let place = Self::new();
        copy_folder(&loaded.store(), &place.store());
        place
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn store(&self) -> PathBuf {
        self.path().join("depot")
    }

    /// Leaves the store as earlier programs wrote it: no seal in its commits, no hash in the names of its files.
    pub fn age_store(&self) {
        let seal = r#""medicobus_sha256":"[0-9a-f]{64}""#;
        let seal = Regex::new(&format!("{seal},|,{seal}")).unwrap();
        let hash = Regex::new("-[0-9a-f]{64}[.]parquet").unwrap();

        for file in files(&self.store()) {
            let path = file.to_string_lossy();
            let earlier = hash.replace(&path, ".parquet");
            if has_extension(&file, "json") {
                let text = std::fs::read_to_string(&file).unwrap();
                let text = seal.replace(&text, "");
                std::fs::write(&file, hash.replace_all(&text, ".parquet").as_ref()).unwrap();
            } else if earlier != path {
                std::fs::rename(&file, earlier.as_ref()).unwrap();
            }
        }
    }

    /// Every file below the temporary folder, sorted.
    pub fn files(&self) -> Vec<PathBuf> {
        files(self.path())
    }

    /// Writes a file, with the folders that it needs.
    pub fn write(&self, name: &str, content: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes a delivery folder from (file name, content) pairs.
    pub fn delivery(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (file, content) in files {
            std::fs::write(folder.join(file), content).unwrap();
        }
        folder
    }

    /// Writes the delivery of one bus: its header, the bus [`BUS`], its consultations.
    pub fn delivery_of_one_bus(&self, name: &str, header: &str, consultations: &str) -> PathBuf {
        self.delivery(
            name,
            &[
                ("livraison.toml", header),
                ("medicobus.csv", BUS),
                ("consultations.csv", consultations),
            ],
        )
    }

    /// Writes a delivery of a région's one bus, of that many consultations.
    pub fn delivery_of_region(&self, name: &str, region: &str, count: usize) -> PathBuf {
        let bus_name = format!("BUS{region}-1");
        let header = HEADER.replace("\"28\"", &format!("\"{region}\""));
        let bus = BUS.replace(",28,", &format!(",{region},")).replace("ORNE-1", &bus_name);
        let rows = consultations(count, 0).replace("ORNE-1", &bus_name);
        self.delivery(
            name,
            &[
                ("livraison.toml", header.as_str()),
                ("medicobus.csv", &bus),
                ("consultations.csv", &rows),
            ],
        )
    }

    /// Loads deliveries, on the day of the tests.
    #[track_caller]
    pub fn load(&self, deliveries: &[PathBuf]) -> End {
        let options = ["charger", "--aujourdhui", TODAY].map(PathBuf::from);
        self.run(&[&options[..], deliveries].concat()).exits(0)
    }

    /// Loads official zonings.
    #[track_caller]
    pub fn load_zonings(&self, zonings: &[PathBuf]) -> End {
        let command = [PathBuf::from("referentiel")];
        self.run(&[&command[..], zonings].concat()).exits(0)
    }

    /// `medicobus` in the temporary folder, for tests that start it themselves.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command
            .current_dir(self.path())
            // What the machine says of itself must not change an answer.
            .env_remove("MEDICOBUS_DEPOT")
            .env_remove("COLUMNS")
            .env("USER", "essai")
            // Kept under all that a decision depends on, so it serves the next test, and the next run.
            .env("MEDICOBUS_CACHE", env!("CARGO_TARGET_TMPDIR"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs `medicobus` with these arguments, in the temporary folder.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> End {
        End::of(self.command().args(arguments).output().unwrap())
    }

    /// Runs `medicobus` on a line of words, as one would type it.
    pub fn medicobus(&self, line: &str) -> End {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct End {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl End {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The number that ends what was written.
    pub fn last_number(&self) -> u64 {
        let last = self.stdout.lines().last().unwrap();
        last.split(',').next_back().unwrap().parse().unwrap()
    }

    /// The text stands on either stream.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "« {text} » is missing in\nstdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}
