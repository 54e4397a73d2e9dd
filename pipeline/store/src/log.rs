//! The log as files: whether each version is there and whole, before the engine reads an earlier or an empty state from it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::Value;

use base::error::{Context, Error, Result};
use base::text::sha256;

use super::Store;
use super::layout::TABLE;

/// Under these names a commit tells what was done, and the hash of that with all of its actions.
pub(super) const ENTRY: &str = "medicobus";
pub(super) const SEAL: &str = "medicobus_sha256";

/// The hash of what a commit says and does, whatever the order of names in its objects.
pub(super) fn seal<'a>(entry: &Value, actions: impl Iterator<Item = &'a Value>) -> String {
    let mut texts = vec![sorted(entry).to_string()];
    texts.extend(actions.map(|action| sorted(action).to_string()));
    sha256(texts.join("\n").as_bytes())
}

fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

impl Store {
    /// Whether there is a log.
    ///
    /// # Errors
    /// If it cannot be listed, or if there are data and no log: a new log would hide them.
    pub(super) fn exists(&self) -> Result<bool> {
        // A process killed while it created the store leaves an empty log: the store is then still to be created.
        if self.last_version()?.is_some() {
            return Ok(true);
        }

        let table = format!("{TABLE}=");
        let data = fs::read_dir(self.root()).is_ok_and(|entries| {
            entries.flatten().any(|e| e.file_name().to_string_lossy().starts_with(&table))
        });
        // Looked at again: another process may have made the store and loaded data in between.
        if data && self.last_version()?.is_none() {
            let root = self.root().display();
            return Err(Error::access(format!(
                "journal du dépôt perdu : {root} a des données, mais pas de _delta_log"
            ))
            .hint("restaurez le dossier _delta_log depuis une sauvegarde"));
        }
        Ok(data)
    }

    /// The last version that the log has a file of.
    fn last_version(&self) -> Result<Option<u64>> {
        let fail = || format!("dépôt illisible : {}", self.root().display());
        let entries = match fs::read_dir(self.root().join("_delta_log")) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            entries => entries.access(fail)?,
        };

        let mut last = None;
        for entry in entries {
            let name = entry.access(fail)?.file_name().to_string_lossy().into_owned();
            let number = name.strip_suffix(".json").filter(|n| n.len() == 20);
            last = last.max(number.and_then(|n| n.parse().ok()));
        }
        Ok(last)
    }

    /// The last version, once all of them are known to be whole.
    ///
    /// # Errors
    /// If a version is missing, or its file is empty, cut or no longer what a commit writes.
    pub(super) fn check_log(&self) -> Result<u64> {
        let last = self.last_version()?.unwrap_or_default();

        // Each version by its name: a list made while others commit may hold a later one and not this one.
        for version in self.whole.load(Ordering::Relaxed)..=last {
            let path = self.root().join("_delta_log").join(format!("{version:020}.json"));
            let fault = match fs::read(&path) {
                Err(e) if e.kind() == ErrorKind::NotFound => Some("manque"),
                read => {
                    let bytes = read.access(|| format!("dépôt illisible : {}", path.display()))?;
                    fault(version, &bytes)
                }
            };
            if let Some(fault) = fault {
                return Err(broken(version, fault, &path, version == last));
            }
        }

        self.check_shortcut()?;
        self.whole.fetch_max(last + 1, Ordering::Relaxed);
        Ok(last)
    }

    /// Looks at what the engine reads before the log, to begin at a later version.
    ///
    /// # Errors
    /// If it is no longer what the engine wrote, or if what it names is gone.
    fn check_shortcut(&self) -> Result<()> {
        let folder = self.root().join("_delta_log");
        let path = folder.join("_last_checkpoint");
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            read => read.access(|| format!("dépôt illisible : {}", path.display()))?,
        };

        let read: Option<Value> = serde_json::from_slice(&bytes).ok();
        let version = read.as_ref().and_then(|value| value.get("version")?.as_u64());
        let named = version.map(|version| format!("{version:020}.checkpoint"));
        let there = named.is_some_and(|named| {
            let names = fs::read_dir(&folder).into_iter().flatten().flatten();
            names.map(|e| e.file_name()).any(|n| n.to_string_lossy().starts_with(&named))
        });
        if there {
            return Ok(());
        }

        Err(Error::access(format!(
            "journal du dépôt abîmé : le raccourci {} ne se lit pas, ou désigne un fichier absent",
            path.display()
        ))
        .hint("supprimez ce fichier : il ne sert qu'à ouvrir le dépôt plus vite, les versions du journal sont entières"))
    }
}

fn broken(version: u64, fault: &str, path: &Path, last: bool) -> Error {
    let restore =
        "restaurez le dossier _delta_log depuis une sauvegarde ; rien n'a été lu ni écrit";
    // What a power cut leaves: the commit was not on the disk yet.
    let again = match last && version > 0 {
        true => " ; sans sauvegarde, mettez ce fichier de côté et refaites ce dernier chargement",
        false => "",
    };
    Error::access(format!(
        "journal du dépôt abîmé : la version {version} {fault} ({})",
        path.display()
    ))
    .hint(format!("{restore}{again}"))
}

/// What is wrong with the file of a version, said in French: it holds one JSON object a line, what the commit says of itself and
/// the actions that its seal is of; the first version, which has no seal, makes the table.
fn fault(version: u64, bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    if text.trim_matches(['\0', '\n', '\r', ' ']).is_empty() {
        return Some("est vide");
    }

    let parsed = text
        .lines()
        .map(serde_json::from_str)
        .collect::<serde_json::Result<Vec<Value>>>();
    let lines = parsed.unwrap_or_default();
    let has = |key: &str| lines.iter().find_map(|line| line.get(key));

    let Some(info) = has("commitInfo") else {
        return Some("est coupée ou abîmée");
    };
    let actions = lines.iter().filter(|line| line.get("commitInfo").is_none());
    // Commits of earlier programs have no seal.
    let sealed = info.get(SEAL).is_none_or(|stated| {
        let entry = info.get(ENTRY).unwrap_or(&Value::Null);
        stated.as_str() == Some(&seal(entry, actions))
    });

    let makes_table = has("protocol").is_some() && has("metaData").is_some();
    let whole = sealed && (version > 0 || makes_table);
    (!whole).then_some("est coupée ou abîmée")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{fault, seal};

    #[test]
    fn what_a_version_lacks_is_seen() {
        let entry = json!({"nature": "livraison", "region": "28"});
        let add = json!({"add": {"path": "été", "partitionValues": {"b": "2", "a": "1"}}});
        let actions = [add, json!({"remove": {}})];
        let stated = seal(&entry, actions.iter());
        let info = json!({"commitInfo": {"medicobus": entry, "medicobus_sha256": stated}});
        let whole = [&info, &actions[0], &actions[1]].map(|line| line.to_string()).join("\n");
        assert_eq!(fault(1, whole.as_bytes()), None);
        assert_eq!(fault(1, format!("{whole}\n").as_bytes()), None);
        // The order of names says nothing.
        let turned = whole.replace(r#""b":"2","a":"1""#, r#""a":"1","b":"2""#);
        assert_eq!(fault(1, turned.as_bytes()), None);
        // Of stores made before.
        assert_eq!(fault(1, br#"{"commitInfo":{}}"#), None);

        for empty in ["", "\n", "\0\0\0\0"] {
            assert_eq!(fault(1, empty.as_bytes()), Some("est vide"));
        }
        // Cut anywhere, at the ends of lines too.
        for length in 1..whole.len() {
            assert_eq!(
                fault(1, &whole.as_bytes()[..length]),
                Some("est coupée ou abîmée"),
                "{length}"
            );
        }

        for (read, other) in [("été", "ete"), (r#""28""#, r#""24""#), (r#""1""#, r#""3""#)] {
            let other = whole.replace(read, other);
            assert_eq!(fault(1, other.as_bytes()), Some("est coupée ou abîmée"), "{other}");
        }

        assert_eq!(fault(0, whole.as_bytes()), Some("est coupée ou abîmée"));
        let first = "{\"commitInfo\":{}}\n{\"protocol\":{}}\n{\"metaData\":{}}";
        assert_eq!(fault(0, first.as_bytes()), None);
    }
}
