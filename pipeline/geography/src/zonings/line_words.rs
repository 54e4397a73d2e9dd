//! What a cell says of its line: whose it is, whether it holds, up to which year.

use super::super::evidence::other_profession;
use super::super::facts::whole;
use super::super::sheet::simple;

/// Whose line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Doctors,
    Others,
    Unclear,
}

pub(super) fn whose(text: &str) -> Whose {
    let name = simple(text);
    let any = |test: &dyn Fn(&str) -> bool| name.split('_').any(test);
    let medicine = |word: &str| word.starts_with("medecin") || word.starts_with("docteur");

    let general = any(&|w| w == "mg" || w == "omnipraticien" || w.starts_with("generalist"))
        || (any(&medicine) && any(&|w| w == "generale"));
    let plain =
        |word: &str| medicine(word) || word.starts_with("libera") || matches!(word, "les" | "des");
    let doctors = general || (any(&medicine) && name.split('_').all(plain));
    let others = other_profession(&name) || name.starts_with("chirurgien");
    // « Médecins et infirmiers », not « Médecin spécialiste ».
    let joined = any(&|w| w == "et" || w == "ou") || text.contains(['/', ',', ';', '+', '&']);

    match (doctors, others) {
        (true, false) => Whose::Doctors,
        (false, true) if !(joined && any(&medicine)) => Whose::Others,
        _ => Whose::Unclear,
    }
}

/// Whether what a line says holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    InForce,
    Past,
    Unclear,
}

/// What a word tells; nothing if it is about something else.
pub(super) fn told_state(text: &str) -> Option<State> {
    const PAST: [&str; 22] = [
        "abrog",
        "cadu",
        "supprim",
        "ancien",
        "annul",
        "perim",
        "expir",
        "inacti",
        "invalid",
        "archiv",
        "obsol",
        "histori",
        "remplac",
        "echu",
        "retir",
        "revolu",
        "projet",
        "propos",
        "provisoire",
        "futur",
        "brouillon",
        "cloture",
    ];
    const IN_FORCE: [&str; 8] = [
        "vigueur",
        "actif",
        "active",
        "valid",
        "applicable",
        "actuel",
        "mainten",
        "confirm",
    ];

    let name = simple(text);
    let any = |starts: &[&str]| {
        name.split('_').any(|word| starts.iter().any(|start| word.starts_with(start)))
    };
    let denied = name
        .split('_')
        .any(|word| matches!(word, "non" | "pas" | "plus" | "hors" | "sauf" | "jamais"));

    match (any(&PAST), any(&IN_FORCE) || name == "en_cours", denied) {
        (false, false, _) => None,
        (true, false, false) => Some(State::Past),
        (false, true, false) => Some(State::InForce),
        _ => Some(State::Unclear),
    }
}

/// What a cell tells: « abrogé », or « oui » under « En vigueur ».
pub(super) fn state(name: &str, text: &str) -> Option<State> {
    let yes = match simple(text).as_str() {
        "oui" | "o" | "1" | "vrai" | "true" | "x" => true,
        "non" | "n" | "0" | "faux" | "false" => false,
        _ => return told_state(text),
    };

    // Other names of two words or more may tell of anything: « Projet de santé ».
    let of_it = ["vigueur", "actif", "active", "valide", "abrog", "cadu", "supprim"];
    let short = name.split('_').count() <= 3;
    let about = name.split('_').any(|word| of_it.iter().any(|start| word.starts_with(start)));
    let told = told_state(name).filter(|_| short && about)?;
    Some(match (told, yes) {
        (State::Unclear, _) => State::Unclear,
        (told, true) => told,
        (State::Past, false) => State::InForce,
        (State::InForce, false) => State::Past,
    })
}

/// The year of a day in any writing: `31/12/2024`, `2024-12-31`, `20241231`, `31/12/24`, a year alone, a spreadsheet's number.
pub(super) fn year_of_day(text: &str) -> Option<i64> {
    if let Some(last) = last_of_span(text) {
        return Some(last);
    }
    let groups: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    let number = |group: &str| group.parse::<i64>().ok();
    let written = |year: &str| number(year).filter(|year| (1900..=9999).contains(year));

    match groups[..] {
        [day] if day.len() == 8 => {
            let year_first = ("01"..="12").contains(&&day[4..6]);
            let (first, last) = (written(&day[..4]), written(&day[4..]));
            if year_first { first.or(last) } else { last }
        }
        [days] | [days, "0"] if (5..=7).contains(&days.len()) => number(days).map(year_of_serial),
        [day, month, year] if [day, month, year].iter().all(|group| group.len() <= 2) => {
            (year.len() == 2).then(|| number(year).map(|year| 2000 + year)).flatten()
        }
        _ => {
            let mut years = groups.iter().filter(|group| group.len() == 4);
            let year = years.next().and_then(|year| written(year));
            year.filter(|_| years.next().is_none())
        }
    }
}

/// The last year of « 2022-2024 ».
pub(super) fn last_of_span(text: &str) -> Option<i64> {
    let (first, last) = text.split_once(['-', '/', '–'])?;
    let year = |text: &str| whole(text.trim()).filter(|year| (2000..2100).contains(year));
    Some(year(last)?).filter(|last| year(first).is_some_and(|first| first < *last))
}

/// The year of a spreadsheet's day, 1 for 1 January 1900.
fn year_of_serial(days: i64) -> i64 {
    // Spreadsheets count a 29 February 1900 that never was.
    let (mut year, mut rest) = (1900, days - 2);
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = 365 + i64::from(leap);
        if rest < length {
            return year;
        }
        rest -= length;
        year += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_of_a_day_is_read_in_every_writing() {
        for (text, year) in [
            ("31/12/2024", Some(2024)),
            ("2025-01-01", Some(2025)),
            ("2025-01-01 00:00:00", Some(2025)),
            ("31 décembre 2024", Some(2024)),
            ("20241231", Some(2024)),
            ("31122024", Some(2024)),
            ("31/12/24", Some(2024)),
            ("2024", Some(2024)),
            ("45657", Some(2024)),
            ("45658", Some(2025)),
            ("45658.0", Some(2025)),
            ("2958465", Some(9999)),
            ("31/12/9999", Some(9999)),
            ("2022-2024", Some(2024)),
            ("2022 / 2024", Some(2024)),
            ("2024-2022", None),
            ("2024 ou 2025", None),
            ("bientôt", None),
            ("12", None),
        ] {
            assert_eq!(year_of_day(text), year, "{text}");
        }
    }

    #[test]
    fn professions_and_states_are_read_or_told_unclear() {
        for (text, expected) in [
            ("Médecin généraliste", Whose::Doctors),
            ("Médecine générale", Whose::Doctors),
            ("MG", Whose::Doctors),
            ("Médecins libéraux", Whose::Doctors),
            ("Infirmier", Whose::Others),
            ("Chirurgien-dentiste", Whose::Others),
            ("Médecin spécialiste", Whose::Others),
            ("Sages-femmes", Whose::Others),
            ("Médecins et infirmiers", Whose::Unclear),
            ("Médecin cardiologue", Whose::Unclear),
            ("Médecin, cardiologue", Whose::Unclear),
            ("Chirurgie générale", Whose::Unclear),
            ("24", Whose::Unclear),
            ("", Whose::Unclear),
        ] {
            assert_eq!(whose(text), expected, "{text}");
        }

        for (name, text, expected) in [
            ("statut", "abrogé", Some(State::Past)),
            ("statut", "Caduque", Some(State::Past)),
            ("statut", "caduc", Some(State::Past)),
            ("statut", "Ancien zonage", Some(State::Past)),
            ("statut", "En vigueur", Some(State::InForce)),
            ("statut", "Plus en vigueur", Some(State::Unclear)),
            ("statut", "Non abrogé", Some(State::Unclear)),
            ("statut", "Commune simple", None),
            ("en_vigueur", "oui", Some(State::InForce)),
            ("en_vigueur", "0", Some(State::Past)),
            ("abroge", "x", Some(State::Past)),
            ("projet_de_sante", "oui", None),
        ] {
            assert_eq!(state(name, text), expected, "{name}: {text}");
        }
    }
}
