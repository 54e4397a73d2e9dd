//! What to say of a file or sheet that no table is read from: a table that was meant refuses the delivery, the rest is told.

use std::collections::BTreeSet;

use contract::{Contract, Rule, TableSchema};

use super::names::tables_named;
use crate::Finding;
use crate::formats::records::Records;
use crate::text::{compact, nearest};

/// Kinds of files that hold tables, and are not read.
const DATA: [&str; 21] = [
    "dbf", "sas7bdat", "xpt", "sav", "dta", "rds", "rdata", "json", "jsonl", "ndjson", "xml",
    "mdb", "accdb", "db", "sqlite", "feather", "arrow", "orc", "numbers", "fods", "dat",
];

/// What people add to explain, and no table comes in.
const DOCUMENTS: [&str; 19] = [
    "pdf", "doc", "docx", "odt", "rtf", "md", "htm", "html", "eml", "msg", "ppt", "pptx", "odp",
    "png", "jpg", "jpeg", "gif", "svg", "toml",
];

/// Archives of other kinds than ZIP.
const ARCHIVES: [&str; 8] = ["7z", "rar", "tar", "tgz", "bz2", "xz", "zst", "lz4"];

fn passed_over() -> Finding {
    Finding::new(Rule::FichierIgnore, "ce n'est pas une table du contrat : rien n'y est lu")
}

/// What files of a kind are that never hold a table, in words.
pub(crate) fn document(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "jpg" | "jpeg" | "heic" => "une photo",
        "png" | "gif" | "svg" | "webp" | "bmp" | "tif" | "tiff" => "une image",
        "doc" | "docx" | "odt" | "rtf" | "md" => "un document de traitement de texte",
        "pdf" => "un PDF",
        "eml" | "msg" => "un courriel",
        "ppt" | "pptx" | "odp" => "un diaporama",
        "htm" | "html" => "une page web",
        _ => return None,
    })
}

/// A file of a kind that is not opened.
pub(super) fn by_kind(contract: &Contract, name: &str, kind: &str) -> Finding {
    let is_table = |t: &TableSchema| compact(&t.name) == compact(name);

    if ARCHIVES.contains(&kind) {
        let message = format!("une archive .{kind} n'est pas ouverte");
        return Finding::new(Rule::FichierNonLu, message)
            .hint("refaites l'archive au format ZIP, ou donnez le dossier");
    }

    // The measure's own name is in many file names.
    let tables = contract.tables();
    let named = tables.iter().any(is_table)
        || (!DOCUMENTS.contains(&kind)
            && tables_named(tables, name).iter().any(|t| t.name != "medicobus"));

    if named || DATA.contains(&kind) {
        return Finding::new(Rule::FichierNonLu, "ce format de fichier n'est pas lu");
    }
    passed_over()
}

/// A CSV or a sheet whose name is no table's: its columns may be, or its name nearly.
pub(super) fn by_content(contract: &Contract, name: &str, sample: &Records) -> Finding {
    let tables = contract.tables();

    let named: Vec<&str> =
        tables_named(tables, name).into_iter().map(|t| t.name.as_str()).collect();
    if named.len() > 1 {
        let message = format!("le nom désigne plusieurs tables : {}", named.join(", "));
        return Finding::new(Rule::FichierNonLu, message)
            .hint("mettez chaque table dans un fichier ou une feuille à son nom");
    }

    let alike: Vec<&str> = tables
        .iter()
        .filter(|t| resembles(t, sample))
        .map(|t| t.name.as_str())
        .collect();
    if !alike.is_empty() {
        let alike = alike.join(" ou ");
        let message = format!("les colonnes sont celles de la table {alike}, le nom n'en dit rien");
        return Finding::new(Rule::FichierNonLu, message).hint(format!(
            "nommez le fichier ou la feuille « {alike} », ou retirez-le si ce n'est pas la table"
        ));
    }

    let close = nearest(name, tables.iter().map(|t| t.name.as_str()));
    let gridded = (0..sample.len()).filter(|r| sample.width(*r) > 1).nth(1);

    match (close, gridded) {
        (Some(close), Some(_)) => {
            let message = format!("le nom est proche de celui de la table {close}");
            Finding::new(Rule::FichierNonLu, message).hint(format!(
                "nommez le fichier ou la feuille « {close} », ou donnez-lui un tout autre nom si ce n'est pas la table"
            ))
        }
        (Some(close), None) => passed_over()
            .hint(format!("s'agit-il de la table {close} ? nommez le fichier ou la feuille ainsi")),
        (None, _) => passed_over(),
    }
}

/// Whether one of the first rows names two thirds of a table's required columns, and half of its own cells are the table's. Lists
/// of admitted values, side by side, name fewer.
fn resembles(table: &TableSchema, sample: &Records) -> bool {
    let named = |required: bool| -> BTreeSet<String> {
        let fields = table.fields.iter();
        fields
            .filter(|f| f.constraints.required || !required)
            .map(|f| compact(&f.name))
            .collect()
    };
    let (all, required) = (named(false), named(true));

    (0..sample.len().min(10)).any(|row| {
        let cells: BTreeSet<String> = (0..sample.width(row))
            .map(|c| compact(sample.get(row, c)))
            .filter(|c| !c.is_empty())
            .collect();

        let found = cells.intersection(&required).count();
        found * 3 >= required.len() * 2 && cells.intersection(&all).count() * 2 >= cells.len()
    })
}
