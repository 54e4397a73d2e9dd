//! What each condition says alone of the counts that stand in it.

use super::super::lp::Condition;
use super::super::model::FeasibilityInterval;
use base::error::{Error, Result};

/// Two numbers closer than this are the same.
pub(super) const NEAR: f64 = 1e-7;
/// Rounds of propagation; the programs that follow do not need it to converge.
const ROUNDS: usize = 60;

/// Tightens the intervals by what each condition says alone, until little changes.
pub(super) fn propagate(
    conditions: &[Condition],
    intervals: &mut [FeasibilityInterval],
) -> Result<()> {
    for _ in 0..ROUNDS {
        let mut changed = false;
        for condition in conditions {
            changed |= tighten(&condition.terms, intervals)?;

            if condition.equal {
                let opposite: Vec<_> = condition.terms.iter().map(|&(i, k)| (i, -k)).collect();
                changed |= tighten(&opposite, intervals)?;
            }
        }

        if !changed {
            break;
        }
    }

    Ok(())
}

/// Uses `Σ coefficient · count ≤ 0`.
fn tighten(terms: &[(usize, f64)], intervals: &mut [FeasibilityInterval]) -> Result<bool> {
    let least = |(i, k): (usize, f64), iv: &[FeasibilityInterval]| {
        if k > 0.0 { k * iv[i].low } else { k * iv[i].high }
    };

    let mut changed = false;
    for (at, &(i, k)) in terms.iter().enumerate() {
        if intervals[i].width() == 0.0 {
            continue;
        }
        let others: f64 = terms
            .iter()
            .enumerate()
            .filter(|&(o, _)| o != at)
            .map(|(_, &t)| least(t, intervals))
            .sum();
        if !others.is_finite() {
            continue;
        }

        let limit = -others / k;
        let iv = &mut intervals[i];
        if k > 0.0 && limit < iv.high - NEAR {
            iv.high = limit;
            changed = true;
        } else if k < 0.0 && limit > iv.low + NEAR {
            iv.low = limit;
            changed = true;
        }

        if iv.low > iv.high + 1e-6 {
            return Err(inconsistent());
        }
        if iv.width() < NEAR {
            iv.low = iv.low.max(iv.high.round()).min(iv.high);
            iv.high = iv.low;
        }
    }

    Ok(changed)
}

pub(super) fn inconsistent() -> Error {
    Error::refused(
        "les effectifs publiés se contredisent : aucune valeur des cellules masquées ne convient",
    )
    .hint("vérifiez que les fichiers viennent de la même publication, ou auditez-les séparément")
}
