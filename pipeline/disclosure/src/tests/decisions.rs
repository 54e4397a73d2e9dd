//! Decisions that are kept: each serves its own question, and no other one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::*;

/// Decisions in memory, and how many were recalled.
#[derive(Debug, Default)]
struct Memory(Mutex<(BTreeMap<String, Decision>, usize)>);

impl Memory {
    /// How many decisions are kept, and how many were recalled.
    fn counts(&self) -> (usize, usize) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.0.len(), inner.1)
    }
}

impl Decisions for Memory {
    fn recall(&self, question: &str) -> Option<Decision> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = inner.0.get(question).cloned();
        inner.1 += usize::from(known.is_some());
        known
    }

    fn keep(&self, question: &str, decision: &Decision) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0.insert(question.to_owned(), decision.clone());
    }
}

fn tables(small: i64) -> Vec<RawTable> {
    vec![table(
        PROFILES,
        &[],
        by_profile("28", &[("sans", small), ("avec", 40), ("inconnu", 25)]),
    )]
}

#[test]
fn the_same_question_is_decided_once_and_answered_alike() {
    let memory = Arc::new(Memory::default());
    let kept = Gate {
        decisions: Some(memory.clone()),
        ..Gate::default()
    };

    let alone = Gate::default().release_after(tables(4), &zones(), &[]);
    let first = kept.release_after(tables(4), &zones(), &[]);
    let second = kept.release_after(tables(4), &zones(), &[]);

    assert_eq!(memory.counts(), (1, 1));
    for release in [first, second] {
        assert_eq!(release.tables[0].rows(), alone.tables[0].rows());
        assert_eq!(release.annex, alone.annex);
        assert_eq!(release.publication, alone.publication);
    }
}

#[test]
fn whatever_a_decision_depends_on_makes_another_question() {
    let memory = Arc::new(Memory::default());
    let kept = Gate {
        decisions: Some(memory.clone()),
        ..Gate::default()
    };
    let published = kept.release_after(tables(4), &zones(), &[]).publication;

    let mut wider = zones();
    wider.add_medicobus("B9", "61", "28");
    let others = [
        (&kept, tables(5), zones(), vec![]),
        (&kept, tables(4), wider, vec![]),
        (&kept, tables(5), zones(), vec![published]),
        (&Gate { threshold: 12, ..kept.clone() }, tables(4), zones(), vec![]),
        (&Gate { min_width: 20, ..kept.clone() }, tables(4), zones(), vec![]),
        (&Gate { min_upper: 20, ..kept.clone() }, tables(4), zones(), vec![]),
        (
            &Gate {
                decisions: kept.decisions.clone(),
                ..gate_with(relations())
            },
            tables(4),
            zones(),
            vec![],
        ),
    ];
    for (place, (gate, tables, zones, earlier)) in others.into_iter().enumerate() {
        gate.release_after(tables, &zones, &earlier);

        assert_eq!(memory.counts(), (place + 2, 0), "question {place}");
    }
}
