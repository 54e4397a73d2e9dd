//! A comment names nobody: what is looked for in its text, and in the store for it.

use std::collections::BTreeMap;
use std::path::Path;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use base::error::{Error, Result};
use base::french::typography;
use base::text::line_after;
use query::Session;
use query::session::rows;
use report::templates::Templates;

use super::comments::shown;

/// A comment names nobody, as a delivery does not: neither as it is written nor as it is printed. What was recognised is not repeated.
pub(super) fn guard(path: &Path, text: &str) -> Result<()> {
    let printed = || {
        let named = |(line, paragraph): (usize, String)| {
            delivery::identity_in(&paragraph).map(|(_, kind)| (line, kind))
        };
        paragraphs(text).into_iter().find_map(named)
    };
    let Some((line, kind)) = delivery::identity_in(text).or_else(printed) else {
        return Ok(());
    };

    let place = format!("{}, ligne {line}", shown(path));
    let other = match kind.contains("téléphone") {
        true => {
            " ; si c'est autre chose : un nombre se groupe par trois chiffres (0 612 345 678), une liste s'écrit sans zéros (1, 5, 9), sans « tél. » ni « contact » auprès"
        }
        false => "",
    };
    Err(
        Error::refused(format!("{place} : le texte contient ce qui ressemble à {kind}")).hint(format!(
            "retirez-le : un document diffusé ne donne ni nom, ni numéro, ni adresse d'une personne ; écrivez la fonction ou le service{other}"
        )),
    )
}

/// A comment is printed as it was meant: accents that became other signs on their way are not.
pub(super) fn whole(path: &Path, text: &str) -> Result<()> {
    let damaged = |(i, line)| delivery::damage_in(line).map(|told| (i + 1, told));
    match text.lines().enumerate().find_map(damaged) {
        None => Ok(()),
        Some((line, (message, hint))) => {
            Err(Error::refused(format!("{}, ligne {line} : {message}", shown(path))).hint(hint))
        }
    }
}

/// A comment is printed with the fonts of the release: a sign that they lack would be a square.
pub(super) fn drawn(path: &Path, text: &str) -> Result<()> {
    let templates = Templates::load(None)?;
    let lacking = |(i, line)| Some((i + 1, templates.coverage().undrawable(&typography(line))?));
    match text.lines().enumerate().find_map(lacking) {
        None => Ok(()),
        Some((line, sign)) => Err(Error::refused(format!(
            "{}, ligne {line} : le signe « {sign} » ne s'imprime pas",
            shown(path)
        ))
        .hint("retirez-le, ou dites-le en lettres")),
    }
}

/// The paragraphs of a comment as they are read, each with its first line: its lines joined, without the marks of Markdown.
fn paragraphs(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut start, mut words) = (0, String::new());

    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Text(part) | Event::Code(part) => {
                if words.is_empty() {
                    start = range.start;
                }
                words.push_str(&part);
            }
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            Event::Start(Tag::Item | Tag::Paragraph)
            | Event::End(TagEnd::Item | TagEnd::Paragraph | TagEnd::Heading(_)) => {
                let words = std::mem::take(&mut words);
                found.push((line_after(&text.as_bytes()[..start]), words));
            }
            _ => {}
        }
    }

    found.retain(|(_, words)| !words.trim().is_empty());
    found
}

/// The words of a comment that have the form of a patient's pseudonym: six signs or more, a digit among them.
pub(super) fn keys(path: &Path, text: &str) -> BTreeMap<String, String> {
    let sign =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '/' | '=' | '.' | '-');
    let lines = text.lines().enumerate();
    let words = lines.flat_map(|(i, line)| line.split(move |c| !sign(c)).map(move |w| (i + 1, w)));

    let mut found = BTreeMap::new();
    for (line, word) in words {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if bare.len() >= 6 && bare.len() <= 128 && bare.bytes().any(|b| b.is_ascii_digit()) {
            for form in [word, bare] {
                let place = || format!("{}, ligne {line}", shown(path));
                found.entry(form.to_ascii_lowercase()).or_insert_with(place);
            }
        }
    }

    found
}

/// Refuses a comment in which the pseudonym of a patient of the store stands: `places` are its words that may be one.
///
/// # Errors
/// If one does, or if the store cannot be read.
pub(super) async fn no_patient(session: &Session, places: &BTreeMap<String, String>) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }

    // Their signs need no escape.
    let listed: Vec<String> = places.keys().map(|key| format!("'{key}'")).collect();
    let query = format!(
        "SELECT min(lower(cle_patient)) FROM consultations WHERE lower(cle_patient) IN ({})",
        listed.join(", ")
    );
    let batch = session.read(&query).await?;
    let rows = rows(&batch)?;
    let found = rows.first().and_then(|row| row.first()?.as_text());

    match found.and_then(|key| places.get(key)) {
        None => Ok(()),
        Some(place) => Err(Error::refused(format!(
            "{place} : le texte contient le pseudonyme d'un patient"
        ))
        .hint("retirez-le : un document diffusé ne désigne aucun patient")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_names_nobody() {
        let path = Path::new("28/2025/synthese.md");
        let text = "Merci à tous.\nNIR 1 85 05 78 006 084 91.";
        let error = guard(path, text).unwrap_err();
        assert!(error.to_string().contains("synthese.md, ligne 2"), "{error}");
        assert!(!error.to_string().contains("084"), "{error}");
        for plain in ["12 journées en 2025.", "lot 0103202502", "0 612 345 678 euros"] {
            assert!(guard(path, plain).is_ok(), "{plain}");
        }

        // As it is printed: marks gone, lines joined.
        for hidden in [
            "x\n\nAppeler le **06** 12 34 56 78",
            "x\n\nle *06 12* 34\n56 78",
            "x\n\n- 06&nbsp;12&nbsp;34&nbsp;56&nbsp;78",
            "x\n\n# Merci au *Dr* Martin",
            "x\n\nMerci au Dr\nMartin",
            "x\n\nj\\.m\\(at\\)exemple\\.fr",
            "x\n\n06/12/34/56/78",
            "x\n\nvoir 06\\_12\\_34\\_56\\_78",
            "x\n\nO6 12 34 56 78",
            "x\n\nzéro six douze trente-quatre\ncinquante-six soixante-dix-huit",
            "x\n\nNIR 185057800608499",
        ] {
            let error = guard(path, hidden).unwrap_err();
            assert!(error.to_string().contains("ligne 3"), "{hidden}: {error}");
        }
    }

    #[test]
    fn words_that_may_be_pseudonyms_are_looked_for() {
        let found = keys(Path::new("a.md"), "En 2025, 12 bus.\nVoir **d4d9577b13d63990**, abc=.");
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("d4d9577b13d63990".to_owned(), "a.md, ligne 2".to_owned())]
        );
    }
}
