//! The log as files: whether each version is there and whole, before the engine reads an earlier or an empty state from it.

use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::Value;

use base::error::{Error, Result};
use base::text::sha256;

use super::Store;
use super::commit::Entry;
use super::layout::TABLE;

/// Folder of the log.
pub(super) const LOG: &str = "_delta_log";
/// Under these names a commit tells what was done, and the hash of that with all of its actions.
pub(super) const ENTRY: &str = "medicobus";
pub(super) const SEAL: &str = "medicobus_sha256";
/// Versions after which the log's texts are kept together anew.
const TOGETHER: u64 = 8;

/// A version of the log, as it is remembered once it was found whole.
#[derive(Debug, Clone)]
pub(super) struct Version {
    /// When it was committed.
    pub(super) at: DateTime<Utc>,
    /// What the commit says of itself.
    pub(super) entry: Option<Entry>,
    /// The hash of that and of its actions.
    pub(super) seal: Option<String>,
    /// The data files that it added.
    pub(super) added: Vec<String>,
}

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

        let data = self.place.holds(&format!("{TABLE}="))?;
        // Looked at again: another process may have made the store and loaded data in between.
        if data && self.last_version()?.is_none() {
            let root = self.shown();
            return Err(Error::access(format!(
                "journal du dépôt perdu : {root} a des données, mais pas de _delta_log"
            ))
            .hint("restaurez le dossier _delta_log depuis une sauvegarde"));
        }
        Ok(data)
    }

    fn unreadable(&self) -> String {
        format!("dépôt illisible : {}", self.shown())
    }

    /// The last version that the log has a file of.
    fn last_version(&self) -> Result<Option<u64>> {
        Ok(last(&self.place.names(LOG, "", || self.unreadable())?))
    }

    /// The versions that are remembered.
    fn remembered(&self) -> MutexGuard<'_, Vec<Version>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last version, once all of them are known to be whole.
    ///
    /// # Errors
    /// If a version is missing, or its file is empty, cut or no longer what a commit writes.
    pub(super) fn check_log(&self) -> Result<u64> {
        let mut whole = self.remembered();
        // From the last known one on, which tells that it is still there.
        let known = whole.len() as u64;
        let from = known.checked_sub(1).map_or(String::new(), |last| format!("{last:020}"));
        let mut log =
            self.place
                .texts(LOG, &from, |name| number(name).is_some(), || self.unreadable())?;
        let last = last(&log.names).unwrap_or_default();

        // Each version by its name: a list made while others commit may hold a later one and not this one.
        for version in known..=last {
            let name = format!("{version:020}.json");
            let read = self.place.text(&mut log, &name)?;
            let read = read.map_or(Err("manque"), |bytes| read_version(version, &bytes));
            match read {
                Ok(read) => whole.push(read),
                Err(fault) => {
                    let path = self.place.shown_at(&format!("{LOG}/{name}"));
                    return Err(broken(version, fault, &path, version == last));
                }
            }
        }

        self.check_shortcut()?;
        Ok(last)
    }

    /// What is remembered of the versions up to one, which was found whole; they are read if they are not.
    ///
    /// # Errors
    /// As [`Self::check_log`].
    pub(super) fn versions(&self, last: u64) -> Result<Vec<Version>> {
        if (self.remembered().len() as u64) <= last {
            self.check_log()?;
        }
        let count = usize::try_from(last).unwrap_or(usize::MAX).saturating_add(1);
        Ok(self.remembered().iter().take(count).cloned().collect())
    }

    /// Those of some data files that no version of the log added.
    ///
    /// # Errors
    /// As [`Self::check_log`]: a log that cannot be read proves nothing.
    pub(super) fn unnamed<'n>(&self, mut names: Vec<&'n str>) -> Result<Vec<&'n str>> {
        self.check_log()?;
        // The name is unique and, unlike the folders above it, written in the log as it is.
        let own = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let versions = self.remembered();
        let named: std::collections::HashSet<String> = versions
            .iter()
            .flat_map(|version| &version.added)
            .map(|path| own(path))
            .collect();
        names.retain(|name| !named.contains(&own(name)));
        Ok(names)
    }

    /// The version after one that has this seal, if there is one: a commit of ours whose answer was lost.
    pub(super) fn sealed_after(&self, version: u64, seal: &str) -> Result<Option<u64>> {
        let last = self.check_log()?;
        let versions = self.versions(last)?;
        let mut later = versions.iter().zip(0..).skip_while(|(_, number)| *number <= version);
        Ok(later.find(|(v, _)| v.seal.as_deref() == Some(seal)).map(|(_, number)| number))
    }

    /// Keeps the texts of the log together now and then, where each would be a request. It saves time and is nothing else.
    pub(super) fn gather_log(&self, version: u64) {
        if self.place.is_remote() && (version + 1).is_multiple_of(TOGETHER) {
            let json = |name: &str| number(name).is_some();
            let _ = self.place.texts(LOG, "", json, || self.unreadable());
        }
    }

    /// Looks at what the engine reads before the log, to begin at a later version.
    ///
    /// # Errors
    /// If it is no longer what the engine wrote, or if what it names is gone.
    fn check_shortcut(&self) -> Result<()> {
        let shortcut = format!("{LOG}/_last_checkpoint");
        let Some(bytes) = self.place.read(&shortcut)? else { return Ok(()) };

        let read: Option<Value> = serde_json::from_slice(&bytes).ok();
        let version = read.as_ref().and_then(|value| value.get("version")?.as_u64());
        let named = version.map(|version| format!("{version:020}.checkpoint"));
        let there = match named {
            Some(named) => {
                let names = self.place.names(LOG, &named, || self.unreadable())?;
                names.iter().any(|name| name.starts_with(&named))
            }
            None => false,
        };
        if there {
            return Ok(());
        }

        Err(Error::access(format!(
            "journal du dépôt abîmé : le raccourci {} ne se lit pas, ou désigne un fichier absent",
            self.place.shown_at(&shortcut)
        ))
        .hint("supprimez ce fichier : il ne sert qu'à ouvrir le dépôt plus vite, les versions du journal sont entières"))
    }
}

/// The number of a version, by the name of its file.
fn number(name: &str) -> Option<u64> {
    name.strip_suffix(".json").filter(|n| n.len() == 20)?.parse().ok()
}

/// The last version among the names of the log.
fn last(names: &[String]) -> Option<u64> {
    names.iter().filter_map(|name| number(name)).max()
}

fn broken(version: u64, fault: &str, path: &str, last: bool) -> Error {
    let restore =
        "restaurez le dossier _delta_log depuis une sauvegarde ; rien n'a été lu ni écrit";
    // What a power cut leaves: the commit was not on the disk yet.
    let again = match last && version > 0 {
        true => " ; sans sauvegarde, mettez ce fichier de côté et refaites ce dernier chargement",
        false => "",
    };
    Error::access(format!("journal du dépôt abîmé : la version {version} {fault} ({path})"))
        .hint(format!("{restore}{again}"))
}

/// What the file of a version says, or what is wrong with it, in French: it holds one JSON object a line, what the commit says of itself and
/// the actions that its seal is of; the first version, which has no seal, makes the table.
fn read_version(version: u64, bytes: &[u8]) -> std::result::Result<Version, &'static str> {
    let text = String::from_utf8_lossy(bytes);
    if text.trim_matches(['\0', '\n', '\r', ' ']).is_empty() {
        return Err("est vide");
    }

    let parsed = text
        .lines()
        .map(serde_json::from_str)
        .collect::<serde_json::Result<Vec<Value>>>();
    let lines = parsed.unwrap_or_default();
    let has = |key: &str| lines.iter().find_map(|line| line.get(key));

    let Some(info) = has("commitInfo") else {
        return Err("est coupée ou abîmée");
    };
    let actions = lines.iter().filter(|line| line.get("commitInfo").is_none());
    // Commits of earlier programs have no seal.
    let sealed = info.get(SEAL).is_none_or(|stated| {
        let entry = info.get(ENTRY).unwrap_or(&Value::Null);
        stated.as_str() == Some(&seal(entry, actions.clone()))
    });

    let makes_table = has("protocol").is_some() && has("metaData").is_some();
    if !sealed || (version == 0 && !makes_table) {
        return Err("est coupée ou abîmée");
    }

    let at = info.get("timestamp").and_then(Value::as_i64).unwrap_or_default();
    let added = actions.filter_map(|action| Some(action["add"]["path"].as_str()?.to_owned()));
    Ok(Version {
        at: DateTime::from_timestamp_millis(at).unwrap_or_default(),
        entry: info.get(ENTRY).and_then(|v| serde_json::from_value(v.clone()).ok()),
        seal: info.get(SEAL).and_then(Value::as_str).map(str::to_owned),
        added: added.collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read_version, seal};

    /// What is wrong with a version.
    fn fault(version: u64, bytes: &[u8]) -> Option<&'static str> {
        read_version(version, bytes).err()
    }

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
