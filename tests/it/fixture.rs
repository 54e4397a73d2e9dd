//! A chainable fixture around the real binary: a temporary folder, deliveries written by hand, commands run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A temporary place with a store in it.
pub struct Lieu {
    dir: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Fin {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Lieu {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn depot(&self) -> PathBuf {
        self.path().join("depot")
    }

    /// Writes a delivery folder from (file name, content) pairs.
    pub fn livraison(&self, nom: &str, fichiers: &[(&str, &str)]) -> PathBuf {
        let dossier = self.path().join(nom);
        std::fs::create_dir_all(&dossier).unwrap();
        for (fichier, texte) in fichiers {
            std::fs::write(dossier.join(fichier), texte).unwrap();
        }
        dossier
    }

    /// Runs `medicobus` with these arguments, in the temporary folder.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Fin {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_medicobus"))
            .args(args)
            .current_dir(self.path())
            .env_remove("MEDICOBUS_DEPOT")
            .output()
            .unwrap();
        Fin {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// Runs it on a line of words.
    pub fn mots(&self, ligne: &str) -> Fin {
        self.run(&ligne.split_whitespace().collect::<Vec<_>>())
    }

    /// Every file below the temporary folder, sorted.
    pub fn fichiers(&self) -> Vec<PathBuf> {
        fichiers(self.path())
    }
}

/// Every file below `dossier`, sorted.
pub fn fichiers(dossier: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dossier.to_path_buf()];
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

impl Fin {
    #[track_caller]
    pub fn attendu(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    #[track_caller]
    pub fn dit(self, texte: &str) -> Self {
        assert!(
            self.stdout.contains(texte) || self.stderr.contains(texte),
            "« {texte} » absent de\nstdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

/// The repository's own sample.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_data")
}
