//! What names, values and titles say of a column: whether it holds a fact, and whose.

use std::collections::BTreeSet;

use super::facts::{ColumnFact, label_level, whole};
use super::plain_names::plain;
use super::sheet::{ZoningSheet, is_of_commune, simple};
use base::error::{Error, Result};

/// How well a column answers to a fact.
pub(super) struct Candidate {
    pub column: usize,
    pub vintage: Option<i64>,
    /// The name leaves no doubt: the doctors', the seven levels.
    pub strong: bool,
}

/// The year in a name, if it holds one only.
pub(super) fn year_of(name: &str) -> Option<i64> {
    match years_in_name(name)[..] {
        [year] => Some(year),
        _ => None,
    }
}

/// The years that a column's name gives: `Zonage 2022-2025` and `Zonage 2022-25` give two.
pub(super) fn years_in_name(name: &str) -> Vec<i64> {
    let mut found = years(name);
    let words: Vec<&str> = name.split('_').collect();
    for pair in words.windows(2) {
        // Beyond the months of `2022-06`.
        let short = Some(pair[1]).filter(|w| w.len() == 2).and_then(whole).filter(|n| *n > 12);
        let start = whole(pair[0]).filter(|year| found.contains(year));
        if let (Some(start), Some(short)) = (start, short)
            && start % 100 < short
        {
            found.push(start / 100 * 100 + short);
        }
    }
    found
}

/// The years that a text names, each once; `20191231` is a day of 2019.
pub(super) fn years(text: &str) -> Vec<i64> {
    let day = |word: &str| {
        let (month, day) = (&word[4..6], &word[6..]);
        ("01"..="12").contains(&month) && ("01"..="31").contains(&day)
    };
    let words = text.split(|c: char| !c.is_ascii_digit());
    let years: BTreeSet<i64> = words
        .filter(|word| word.len() == 4 || (word.len() == 8 && day(word)))
        .filter_map(|word| word[..4].parse().ok())
        .filter(|year| (2000..2100).contains(year))
        .collect();
    years.into_iter().collect()
}

/// Professions that have zonings of their own.
pub(super) fn other_profession(name: &str) -> bool {
    const STARTS: [&str; 15] = [
        "dentist",
        "dentaire",
        "odonto",
        "infirmi",
        "sage",
        "kine",
        "masseur",
        "orthopho",
        "orthopt",
        "pharmac",
        "podolog",
        "specialist",
        "ophtalmo",
        "psych",
        "pediatr",
    ];
    name.split('_').any(|word| {
        STARTS.iter().any(|start| word.starts_with(start))
            || matches!(word, "cd" | "sf" | "ide" | "idel" | "mk" | "gyneco")
    })
}

/// Whether a name says that of general practitioners.
pub(super) fn doctors(name: &str) -> bool {
    let starts = ["medecin", "generalist", "omnipratic"];
    name.split('_')
        .any(|word| word == "mg" || starts.iter().any(|start| word.starts_with(start)))
}

/// What a name says of a fact: nothing, perhaps, or for sure.
fn by_name(fact: ColumnFact, name: &str) -> Option<bool> {
    let words: Vec<&str> = name.split('_').collect();
    let any = |test: &dyn Fn(&str) -> bool| words.iter().any(|word| test(word));
    let aside = any(&|w| {
        w.starts_with("lib")
            || w.starts_with("propos")
            || w.starts_with("simul")
            || matches!(
                w,
                "source"
                    | "population"
                    | "date"
                    | "concertation"
                    | "ancien"
                    | "ancienne"
                    | "precedent"
                    | "projet"
                    | "futur"
                    | "cible"
                    | "provisoire"
                    | "mixte"
            )
    });
    // « Qualification attribuée par l'arrêté régional » is the zoning; the date of an arrêté is not.
    let aside = aside || (any(&|w| w == "arrete") && !any(&|w| w == "qualification"));
    // « Zonage N-1 » is last year's.
    let last_years = words.windows(2).any(|pair| pair[0] == "n" && whole(pair[1]).is_some());
    if aside || last_years || other_profession(name) {
        return None;
    }

    if !plain(fact, name) {
        return None;
    }
    match fact {
        ColumnFact::Density => {
            let other = any(&|w| {
                matches!(
                    w,
                    "aav"
                        | "3"
                        | "4"
                        | "trois"
                        | "quatre"
                        | "hab"
                        | "habitants"
                        | "km2"
                        | "dens3"
                        | "dens4"
                        | "densite3"
                        | "densite4"
                )
            });
            let seven = any(&|w| matches!(w, "7" | "sept" | "dens7" | "densite7"));
            (any(&|w| w.starts_with("dens")) && !other).then_some(seven)
        }
        ColumnFact::Zoning => any(&|w| {
            w.starts_with("zonage") || matches!(w, "zone" | "classement" | "qualification")
        })
        .then(|| doctors(name)),
        // DREES gives several: one for all GPs, the others for those under an age.
        ColumnFact::Apl => {
            let aged = any(&|w| matches!(w, "ans" | "60" | "62" | "65"));
            (any(&|w| w == "apl") && !aged).then(|| doctors(name))
        }
        ColumnFact::Tvs => {
            tells_tvs(name).then(|| any(&|w| w.starts_with("cod") || w.starts_with("id")))
        }
    }
}

/// « TVS », « territoire de vie-santé ». A code of a TVS looks like that of a commune: only the name of its column tells them apart.
fn tells_tvs(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    words.iter().any(|word| word.ends_with("tvs"))
        || words.windows(2).any(|pair| pair == ["vie", "sante"])
}

/// Whether a column's name tells a fact other than the TVS.
pub(super) fn tells_more_than_tvs(sheet: &ZoningSheet) -> bool {
    let told = |fact| sheet.header.iter().any(|name| by_name(fact, name).is_some());
    ColumnFact::BESIDES_TVS.into_iter().any(told)
}

/// The columns that may hold a fact, judged by what they are called and by what they hold.
///
/// # Errors
/// If a column may be the fact's or another's and nothing decides.
pub(super) fn by_evidence(
    sheet: &ZoningSheet,
    file: &str,
    fact: ColumnFact,
) -> Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = sheet
        .header
        .iter()
        .enumerate()
        .filter_map(|(column, name)| {
            Some(Candidate {
                column,
                vintage: year_of(name),
                strong: by_name(fact, name)?,
            })
        })
        .collect();

    let readable_at = |fact: ColumnFact, c: usize| {
        values(sheet, c).any(|text| matches!(fact.read(text), Ok(Some(_))))
    };
    if fact == ColumnFact::Tvs {
        // « TVS » alone may hold names.
        let coded = candidates.iter().any(|c| c.strong);
        candidates.retain(|c| if coded { c.strong } else { readable_at(fact, c.column) });
        return Ok(candidates);
    }

    let elsewhere = |(c, name): (usize, &String)| {
        ColumnFact::BESIDES_TVS
            .into_iter()
            .any(|other| by_name(other, name).is_some() && readable_at(other, c))
    };

    if let Some(strong) = candidates.iter().find(|c| c.strong).map(|c| c.column) {
        let years: Vec<Option<i64>> =
            candidates.iter().filter(|c| c.strong).map(|c| c.vintage).collect();
        let rival = |c: &&Candidate| !years.contains(&c.vintage) && readable_at(fact, c.column);
        if let Some(rival) = candidates.iter().find(rival) {
            return Err(ambiguous(sheet, fact, strong, rival.column));
        }
        candidates.retain(|c| c.strong);
    } else if sheet.header.iter().enumerate().any(elsewhere) {
        // « Zone d'emploi », « code zonage »: names that may be a zoning's, over values that are none. A plain name or one with a year
        // is not let go: what it holds must be read.
        let plain = |c: usize| {
            matches!(sheet.header[c].as_str(), "zonage" | "classement" | "dens" | "densite" | "apl")
        };
        candidates
            .retain(|c| c.vintage.is_some() || plain(c.column) || readable_at(fact, c.column));
    }

    for candidate in candidates.iter().filter(|c| !c.strong) {
        match fact {
            ColumnFact::Density => seven_levels(sheet, file, candidate.column)?,
            ColumnFact::Zoning | ColumnFact::Apl => {
                of_doctors(sheet, file, fact, candidate.column)?
            }
            ColumnFact::Tvs => {}
        }
    }
    Ok(candidates)
}

/// « DENS » alone may be the grid of three levels, or that of the urban areas.
fn seven_levels(sheet: &ZoningSheet, file: &str, column: usize) -> Result<()> {
    let labels: Vec<Option<i64>> = label_of(sheet, column)
        .map(|label| values(sheet, label).filter_map(|text| label_level(text).ok()).collect())
        .unwrap_or_default();
    let context = context(sheet, file);
    let says = |levels: &str, word: &str| {
        [levels, word].iter().any(|n| context.contains(&format!("_{n}_niveaux")))
    };
    let high = values(sheet, column).filter_map(whole).any(|level| level > 4);

    let other_grid = labels.contains(&None);
    let seven =
        high || labels.iter().any(Option::is_some) || (says("7", "sept") && !says("3", "trois"));
    if seven && !other_grid {
        return Ok(());
    }

    let name = &sheet.labels[column];
    let why = if other_grid {
        "ses libellés ne sont pas ceux des sept niveaux"
    } else {
        "aucune valeur ne dépasse 4 : trois niveaux ou sept ?"
    };
    Err(Error::refused(format!("feuille « {} » : densité « {name} », {why}", sheet.name))
        .hint(format!("donner la grille à sept niveaux (colonne DENS7) ; si c'est elle, --colonne \"densite={name}\" ; pour un autre fait du fichier, nommer sa colonne, lue seule")))
}

/// « Zonage » alone may be the dentists'.
fn of_doctors(sheet: &ZoningSheet, file: &str, fact: ColumnFact, column: usize) -> Result<()> {
    let context = context(sheet, file);
    if !other_profession(&context) {
        return Ok(());
    }

    let name = &sheet.labels[column];
    let whose = if doctors(&context) {
        "des médecins ou d'une autre profession ?"
    } else {
        "d'une autre profession que les médecins"
    };
    Err(
        Error::refused(format!("feuille « {} » : {} « {name} » {whose}", sheet.name, fact.name()))
            .hint(format!(
                "si c'est celui des médecins généralistes : --colonne \"{}={name}\"",
                fact.key()
            )),
    )
}

/// What the file's name, the sheet's and the titles say.
fn context(sheet: &ZoningSheet, file: &str) -> String {
    let texts = [file, &sheet.name].into_iter().chain(sheet.titles.iter().map(String::as_str));
    texts.map(|text| format!("_{}_", simple(text))).collect()
}

pub(super) fn values(sheet: &ZoningSheet, column: usize) -> impl Iterator<Item = &str> {
    let coded = sheet.rows.iter().filter(|(_, row)| is_of_commune(row));
    coded.map(move |(_, row)| row.get(column).map_or("", |cell| cell.trim()))
}

/// The refusal to choose between two columns.
pub(super) fn ambiguous(sheet: &ZoningSheet, fact: ColumnFact, one: usize, other: usize) -> Error {
    let [one, other] = [one, other].map(|column| sheet.labels[column].as_str());
    let hint = if one == other {
        "ne garder que l'une des deux colonnes, ou renommer l'autre".to_owned()
    } else {
        let key = fact.key();
        format!("nommer la bonne : --colonne \"{key}={one}\" ou --colonne \"{key}={other}\"")
    };

    Error::refused(format!(
        "feuille « {} » : {}, « {one} » ou « {other} » ?",
        sheet.name,
        fact.name()
    ))
    .hint(hint)
}

/// The column of the names of TVS beside that of their codes, of the same year if it has one.
pub(super) fn names_of_tvs(sheet: &ZoningSheet, column: usize) -> Option<usize> {
    let own = year_of(&sheet.header[column]);
    let of_a_name = |word: &str| {
        let word = word.strip_suffix("tvs").unwrap_or(word);
        matches!(word, "nom" | "noms" | "lib" | "libelle" | "libelles" | "intitule")
    };
    let holds_names = |name: &String| {
        tells_tvs(name)
            && name.split('_').any(of_a_name)
            && year_of(name).is_none_or(|year| own == Some(year))
    };
    sheet.header.iter().position(holds_names)
}

/// `LIBDENS` for `DENS`, or a column of labels at its right.
pub(super) fn label_of(sheet: &ZoningSheet, column: usize) -> Option<usize> {
    let name = &sheet.header[column];
    let named = [format!("lib{name}"), format!("libelle_{name}"), format!("lib_{name}")];
    let next = column + 1;
    sheet
        .header
        .iter()
        .position(|n| named.contains(n))
        .or_else(|| sheet.header.get(next).filter(|n| n.starts_with("lib")).map(|_| next))
}
