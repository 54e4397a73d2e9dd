//! Decisions of the gate as files in the user's cache folder, so that nobody waits for the same one twice.
//!
//! A file tells which counts are hidden, by their order, and no count. It may be deleted at any time.

use std::path::PathBuf;
use std::sync::Arc;

use base::text::sha256;
use disclosure::{Decision, Decisions};
use export::write_atomically;

/// Decisions in a folder, a file each.
#[derive(Debug)]
struct Folder(PathBuf);

/// The folder of the user's choice; empty, nothing is kept.
const FOLDER: &str = "MEDICOBUS_CACHE";

/// The decisions of this user of the machine; nothing where they want none kept, or have no cache folder.
pub fn of_this_user() -> Option<Arc<dyn Decisions>> {
    let folder = match std::env::var_os(FOLDER) {
        Some(folder) if folder.is_empty() => None,
        Some(folder) => Some(PathBuf::from(folder)),
        None => dirs::cache_dir().map(|cache| cache.join("medicobus")),
    };

    folder.map(|folder| in_folder(folder.join("secret")))
}

/// The decisions kept in `folder`, which need not be there yet.
pub fn in_folder(folder: PathBuf) -> Arc<dyn Decisions> {
    Arc::new(Folder(folder))
}

impl Decisions for Folder {
    fn recall(&self, question: &str) -> Option<Decision> {
        let text = std::fs::read_to_string(self.0.join(question)).ok()?;
        let (digest, decision) = text.split_once('\n')?;
        if digest != sha256(decision.as_bytes()) {
            return None;
        }

        serde_json::from_str(decision).ok()
    }

    fn keep(&self, question: &str, decision: &Decision) {
        let Ok(decision) = serde_json::to_string(decision) else {
            return;
        };
        let text = format!("{}\n{decision}", sha256(decision.as_bytes()));

        // A full disk or a folder without the right to write costs time only.
        let _ = write_atomically(&self.0.join(question), text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision() -> Decision {
        Decision {
            hidden: vec![true, false, true],
            narrowest: None,
            withheld: false,
        }
    }

    #[test]
    fn a_decision_is_found_again_under_its_question_only() {
        let folder = tempfile::tempdir().unwrap();
        let kept = in_folder(folder.path().join("secret"));

        kept.keep("first", &decision());

        assert_eq!(kept.recall("first"), Some(decision()));
        assert_eq!(kept.recall("second"), None);
    }

    #[test]
    fn a_changed_or_cut_file_is_no_decision() {
        let folder = tempfile::tempdir().unwrap();
        let kept = in_folder(folder.path().to_path_buf());
        kept.keep("question", &decision());
        let path = folder.path().join("question");
        let whole = std::fs::read_to_string(&path).unwrap();

        for changed in [whole.replacen("true", "false", 1), whole[..whole.len() / 2].to_owned()] {
            std::fs::write(&path, changed).unwrap();

            assert_eq!(kept.recall("question"), None);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_time_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();

        in_folder(file).keep("question", &decision());
    }
}
