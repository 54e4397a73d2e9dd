//! What the gate decided before: the same counts, under the same rules, given the same publications, hide the same.
//!
//! Deciding takes minutes where thousands of counts are linked, and nothing enters it but what is named in the question. Who
//! keeps decisions, and where, is not this crate's business.

use std::fmt::{Debug, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::model::FeasibilityInterval;

/// The rules that this program decides by: a digest of its sources and of the versions of its libraries.
const RULES: &str = env!("DISCLOSURE_BUILD");

/// What the gate decided of counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Which are hidden.
    #[serde(rename = "masques")]
    pub hidden: Vec<bool>,
    /// The narrowest interval proved for a sensitive one.
    #[serde(rename = "intervalle")]
    pub narrowest: Option<FeasibilityInterval>,
    /// Whether all are, since nothing less would do.
    #[serde(rename = "tout")]
    pub withheld: bool,
}

/// Keeps decisions by their question, which is a digest of all that they depend on.
pub trait Decisions: Debug + Send + Sync {
    /// What was decided of `question`, if it is known and whole.
    fn recall(&self, question: &str) -> Option<Decision>;

    /// Keeps `decision`, if it can: a decision that is not kept is made again.
    fn keep(&self, question: &str, decision: &Decision);
}

/// The decision on `question`, which names all that `decide` reads and the number of counts: the one that is kept, else
/// a new one.
pub(super) fn decide(
    kept: Option<&Arc<dyn Decisions>>,
    question: &impl Debug,
    counts: usize,
    decide: impl FnOnce() -> Decision,
) -> Decision {
    let Some(kept) = kept else {
        return decide();
    };

    let question = digest(question);
    let known = kept.recall(&question);
    known.filter(|decision| decision.hidden.len() >= counts).unwrap_or_else(|| {
        let decision = decide();
        kept.keep(&question, &decision);
        decision
    })
}

/// The digest of a question: its debug form tells every field of all that it holds, also of one added later.
fn digest(question: &impl Debug) -> String {
    struct Text(Sha256);
    impl Write for Text {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }

    let mut text = Text(Sha256::new());
    let written = write!(text, "{RULES} {question:?}");
    debug_assert!(written.is_ok(), "hashing does not fail");

    hex::encode(text.0.finalize())
}
