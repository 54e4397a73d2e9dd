//! The small texts of a folder, together. Behind an address each would be a request, and the log has one a version: what was read of them
//! is kept in one file beside the store, with what tells that each is still the one that was read.

use std::collections::BTreeMap;

use deltalake_core::logstore::object_store::path::Path;
use deltalake_core::logstore::object_store::{ObjectMeta, ObjectStoreExt};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::remote::{Answer, Door, listed, read};

/// Texts that are read one by one without a thought.
const FEW: usize = 8;
/// Texts that are asked for at once.
const AT_ONCE: usize = 16;

/// See the module.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(super) folder: String,
    /// Of all that lies in the folder.
    pub(crate) names: Vec<String>,
    /// Those that were read already.
    pub(super) read: BTreeMap<String, Vec<u8>>,
}

/// A text as it was read.
#[derive(Debug, Serialize, Deserialize)]
struct Held {
    /// What the server said of it then.
    #[serde(rename = "empreinte")]
    stamp: String,
    #[serde(rename = "texte")]
    text: String,
}

/// The file in which the texts of a folder are kept together.
pub(super) fn collection_of(folder: &str) -> String {
    format!("_recueil/{folder}.json")
}

/// What changes when a file does.
fn stamp(file: &ObjectMeta) -> String {
    let tag = file.e_tag.as_deref().unwrap_or_default();
    format!("{tag} {} {}", file.size, file.last_modified.timestamp_millis())
}

impl Texts {
    /// Reads the texts that are wanted. One who may write keeps them together for the next, when many were read one by one.
    pub(super) async fn collect(
        door: &Door,
        folder: String,
        from: &str,
        wanted: fn(&str) -> bool,
        writes: bool,
    ) -> Answer<Self> {
        let files = listed(door, &folder, from, usize::MAX).await?;
        let names = files.iter().map(|(name, _)| name.clone()).collect();
        let wanted: Vec<(String, ObjectMeta)> =
            files.into_iter().filter(|(name, _)| wanted(name)).collect();

        let held = match wanted.len() > FEW {
            true => collection(door, &folder).await?,
            false => BTreeMap::new(),
        };
        let mut texts = BTreeMap::new();
        let mut lacking = Vec::new();
        for (name, file) in wanted {
            match held.get(&name) {
                Some(held) if held.stamp == stamp(&file) => {
                    texts.insert(name, (stamp(&file), held.text.clone().into_bytes()));
                }
                _ => lacking.push((name, stamp(&file))),
            }
        }

        let one_by_one = lacking.len();
        let found = stream::iter(lacking).map(|(name, stamp)| {
            let (door, file) = (door.clone(), format!("{folder}/{name}"));
            async move {
                let text = read(&door, &file).await?;
                Answer::Ok(text.map(|text| (name, (stamp, text))))
            }
        });
        let found: Vec<_> = found.buffer_unordered(AT_ONCE).try_collect().await?;
        texts.extend(found.into_iter().flatten());

        if writes && from.is_empty() && one_by_one >= FEW {
            keep(door, &folder, &texts).await;
        }
        let read = texts.into_iter().map(|(name, (_, text))| (name, text)).collect();
        Ok(Self { folder, names, read })
    }
}

async fn collection(door: &Door, folder: &str) -> Answer<BTreeMap<String, Held>> {
    let text = read(door, &collection_of(folder)).await?;
    // One that another program wrote is none.
    Ok(text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default())
}

/// Best effort: it saves requests, and holds nothing else.
async fn keep(door: &Door, folder: &str, texts: &BTreeMap<String, (String, Vec<u8>)>) {
    let held: BTreeMap<&String, Held> = texts
        .iter()
        .filter_map(|(name, (stamp, text))| {
            let text = String::from_utf8(text.clone()).ok()?;
            Some((name, Held { stamp: stamp.clone(), text }))
        })
        .collect();
    if let Ok(text) = serde_json::to_vec(&held) {
        let _ = door.put(&Path::from(collection_of(folder)), text.into()).await;
    }
}
