//! After the bus: what became of each one, and what its communes won or lost since it first came.

use crate::builder::Builder;
use crate::content::Block;
use base::french::{self as format, typography};

use super::input::EvaluationInput;

const QUERY: &str = "devenir_medicobus";
const FIGURES: [&str; 6] =
    ["communes", "installations", "departs", "solde", "cpts", "maisons_centres"];

/// The buses one by one under their sum; for the nation, their number by outcome.
pub(super) fn outcomes(a: &mut Builder<'_>, e: &EvaluationInput<'_>) -> Option<Block> {
    let last = e.years.last().copied().unwrap_or(e.base.year);
    let title = format!(
        "Après le bus : les médicobus fin {last}, leurs communes depuis leur premier passage"
    );

    let whole_key = e.key(QUERY, last);
    let whole = a.slice(&whole_key).filter(|v| !v.is_empty())?;
    let bus_key = e.key(&format!("{QUERY}/medicobus"), last);
    let buses = a.slice(&bus_key).map(|v| v.without("devenir", "ensemble"));

    let mut block = match buses.filter(|v| !v.is_empty()) {
        None => {
            let columns = [&["nom_devenir", "projets"][..], &FIGURES].concat();
            a.table(&whole_key, &title, &whole, &columns)
        }
        Some(buses) => {
            let columns = [&["nom_zone", "nom_devenir"][..], &FIGURES].concat();
            let sum = a.table(&whole_key, &title, &whole.with("devenir", "ensemble"), &columns);
            under_sum(a.table(&bus_key, &title, &buses, &columns), sum)
        }
    };

    if let Block::Table(t) = &mut block {
        // An event that nobody declared is no zero.
        let undeclared = t.rows.iter_mut().flatten().filter(|cell| *cell == format::MISSING);
        undeclared.for_each(|cell| *cell = typography("non déclaré"));
    }
    Some(block)
}

/// A table with the rows of another as its totals.
fn under_sum(mut block: Block, sum: Block) -> Block {
    if let (Block::Table(t), Block::Table(sum)) = (&mut block, sum) {
        t.total_rows = (t.rows.len()..t.rows.len() + sum.rows.len()).collect();
        t.rows.extend(sum.rows);
        t.notes = sum.notes;
    }
    block
}
