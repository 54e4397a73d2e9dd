//! The letters to those whose deliveries are missing, refused, or cost the bilan something.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use base::error::{Error, Result};
use base::french::{self as format, agreed, capitalized, long_date, percent};
use chrono::{Days, NaiveDate};
use delivery::Gain;
use export::write_atomically;
use store::ON_PURPOSE;

use super::{Board, BoardLine, State};
use crate::config::Reminders;
use crate::quality_note::{fixes, other_fixes};

/// Days within which an answer is asked, unless told otherwise.
pub const ANSWER_DAYS: Days = Days::new(15);

/// Longest line of a message.
const WIDTH: usize = 76;

/// What the letters are written with.
pub struct Letters<'a> {
    /// Who writes, whom to answer, whom to write to.
    pub reminders: &'a Reminders,
    /// Day by which an answer is asked.
    pub deadline: NaiveDate,
    /// Share of refused rows, in per cent, above which a delivery stands as an « Écart ».
    pub refused_max: f64,
}

/// A letter to a région.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Code of the région.
    pub region: String,
    /// Address; none where none is known.
    pub to: Option<String>,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
}

impl Letters<'_> {
    /// The letters that a board asks for, by région.
    ///
    /// # Errors
    /// If no contact is known, or an address is none.
    pub fn of(&self, board: &Board) -> Result<Vec<Letter>> {
        let contact = self.reminders.contact.as_deref().ok_or_else(|| {
            Error::usage("il manque l'adresse à laquelle répondre aux relances")
                .hint("ajoutez à medicobus.toml : [relances] puis contact = \"adresse@exemple.fr\"")
        })?;
        checked_address(contact)?;

        let mut by_region: BTreeMap<&str, Vec<&BoardLine>> = BTreeMap::new();
        for line in board.lines.iter().filter(|line| self.asks(line)) {
            by_region.entry(&line.region).or_default().push(line);
        }
        by_region.into_values().map(|lines| self.letter(&lines, contact)).collect()
    }

    /// Writes each letter as a text and as a message to open in a mail program; returns the files.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, letters: &[Letter], day: NaiveDate, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for letter in letters {
            let text = folder.join(format!("relance-{}.txt", letter.region));
            let head = format!("Objet : {}\n\n", letter.subject);
            write_atomically(&text, (head + &letter.text).as_bytes())?;

            let message = text.with_extension("eml");
            write_atomically(&message, self.message(letter, day).as_bytes())?;
            written.extend([text, message]);
        }
        Ok(written)
    }

    /// Whether there is something to ask: nothing came, what came was refused, or what was taken weighs on the bilan.
    fn asks(&self, line: &BoardLine) -> bool {
        let unmended = line.refused.is_some();
        match line.state {
            State::Missing | State::Refused => true,
            State::Expected => false,
            State::Received | State::Replaced | State::Nothing => {
                let refused = line.refused_share.is_some_and(|share| share > self.refused_max);
                let weighs = |gain| matches!(gain, Gain::Project | Gain::Criterion);
                let weighs = line.findings.iter().any(|f| weighs(f.gain));
                let incomplete = !line.missing_tables.is_empty() || !line.silent.is_empty();
                unmended || refused || weighs || incomplete
            }
        }
    }

    fn letter(&self, lines: &[&BoardLine], contact: &str) -> Result<Letter> {
        let region = &lines[0].region;
        let name = &lines[0].region_name;
        let absent = lines.iter().filter(|l| matches!(l.state, State::Missing | State::Refused));
        let subject = match absent.count() {
            0 => format!("Médicobus, {name} : corrections demandées"),
            1 => format!("Médicobus, {name} : une livraison attendue"),
            n => format!("Médicobus, {name} : {n} livraisons attendues"),
        };

        let to = self.reminders.addresses.get(region).cloned();
        to.as_deref().map_or(Ok(()), checked_address)?;
        let text = wrapped(&self.text(lines, contact));
        Ok(Letter {
            region: region.clone(),
            to,
            subject,
            text,
        })
    }

    fn text(&self, lines: &[&BoardLine], contact: &str) -> String {
        let mut text = String::from("Bonjour,\n\n");
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "Voici où en sont, pour la région {}, les livraisons médicobus que nous attendons encore, ou dont la correction changerait le bilan.\n",
            lines[0].region_name
        );
        // Years told at once have one delivery, whose points are said once.
        let mut said: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
        for line in lines {
            let _ = writeln!(text, "{} : {}", heading(&line.period.text), self.situation(line));
            let mut points = self.points(line);
            if let Some(told) = line.told_by.as_deref().filter(|_| !points.is_empty()) {
                match said.get(told) {
                    Some((first, same)) if *same == points => {
                        points = vec![format!(
                            "mêmes points que pour la période {first} : c'est la même livraison, {told}."
                        )];
                    }
                    _ => drop(said.insert(told, (&line.period.text, points.clone()))),
                }
            }
            for point in points {
                let _ = writeln!(text, "- {point}");
            }
            text.push('\n');
        }

        let _ = writeln!(
            text,
            "Merci de nous faire parvenir {} avant le {}. Une livraison est envoyée entière, pour une région et une période : elle annule et remplace la précédente.{}\n",
            asked(lines),
            long_date(self.deadline),
            match lines.iter().any(|line| !line.findings.is_empty()) {
                true =>
                    " La note de qualité et le fichier quarantaine.csv de votre dernier envoi donnent le détail des constats.",
                false => "",
            }
        );
        text.push_str("Si une table ou un médicobus n'a rien à déclarer pour la période, dites-le par la clé rien_a_declarer de livraison.toml (ou de la feuille livraison) : nous n'y reviendrons pas.\n\n");
        let _ = writeln!(
            text,
            "Pour toute question : {contact}\n\nBien cordialement,\n{}",
            self.reminders.sender
        );
        text
    }

    /// What became of a delivery, in a sentence.
    fn situation(&self, line: &BoardLine) -> String {
        let late = match line.late {
            0 => String::new(),
            1 => " (1 jour de retard)".into(),
            days => format!(" ({days} jours de retard)"),
        };
        let due = format!("La livraison était attendue le {}{late}.", long_date(line.due));
        let why = line.why_refused().replace(ON_PURPOSE, "");
        let refused = line.refused.map(long_date).unwrap_or_default();

        match line.state {
            State::Missing | State::Expected => format!("rien ne nous est parvenu. {due}"),
            State::Refused => {
                format!("votre envoi du {refused} n'a pas pu être enregistré{why}. {due}")
            }
            _ if line.refused.is_some() => format!(
                "une livraison est enregistrée, mais votre envoi du {refused}, qui devait la remplacer, a été refusé{why}."
            ),
            _ => match line.refused_share.filter(|share| *share > self.refused_max) {
                Some(share) => format!(
                    "la livraison est enregistrée, avec {} de lignes refusées : c'est un « Écart » au-delà de {}.",
                    percent(share),
                    percent(self.refused_max)
                ),
                None => format!(
                    "la livraison est enregistrée ; {} :",
                    agreed(
                        self.points(line).len(),
                        "reste le point suivant",
                        "restent les points suivants"
                    )
                ),
            },
        }
    }

    /// What to correct, what gains most first.
    fn points(&self, line: &BoardLine) -> Vec<String> {
        let mut points = Vec::new();
        if !line.missing_tables.is_empty() {
            let absent = agreed(line.missing_tables.len(), "table absente", "tables absentes");
            points.push(format!("{absent} : {}.", line.missing_tables.join(", ")));
        }
        if !line.silent.is_empty() {
            let names = line.silent.join(", ");
            points.push(format!("médicobus en service sans aucune consultation : {names}."));
        }
        points.extend(fixes(&line.findings));
        points.extend(other_fixes(&line.findings));
        points
    }

    /// The letter as a message that a mail program opens as a draft.
    pub fn message(&self, letter: &Letter, day: NaiveDate) -> String {
        let contact = self.reminders.contact.as_deref().unwrap_or_default();
        let mut head = vec![
            "X-Unsent: 1".to_owned(),
            format!("Date: {}", day.format("%a, %d %b %Y 09:00:00 +0000")),
            format!("From: {} <{contact}>", encoded(&self.reminders.sender)),
        ];
        head.extend(letter.to.as_ref().map(|to| format!("To: {to}")));
        head.extend([
            format!("Subject: {}", encoded(&letter.subject)),
            "MIME-Version: 1.0".to_owned(),
            "Content-Type: text/plain; charset=utf-8".to_owned(),
            "Content-Transfer-Encoding: 8bit".to_owned(),
        ]);

        let message = head.join("\n") + "\n\n" + &letter.text;
        message.replace('\n', "\r\n")
    }
}

/// A period as it opens a paragraph.
fn heading(period: &str) -> String {
    match format::period(period) {
        words if words == period => format!("Période {period}"),
        words => capitalized(&words),
    }
}

/// What is asked for: deliveries that did not come, or corrected ones.
fn asked(lines: &[&BoardLine]) -> &'static str {
    let absent = |line: &&&BoardLine| matches!(line.state, State::Missing | State::Refused);
    match (lines.iter().filter(absent).count(), lines.len()) {
        (0, 1) => "la livraison corrigée",
        (0, _) => "les livraisons corrigées",
        (1, 1) => "la livraison attendue",
        (absent, all) if absent == all => "les livraisons attendues",
        _ => "les livraisons attendues ou corrigées",
    }
}

/// Refuses what would not be one address, or would add a line to the head of a message.
fn checked_address(text: &str) -> Result<()> {
    let whole = text
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !"<>,;\"()".contains(c));

    if whole && plain {
        return Ok(());
    }
    Err(Error::usage("une adresse de [relances] n'est pas une adresse de courriel")
        .hint("écrivez une seule adresse par région, sans nom ni chevrons : adresse@exemple.fr"))
}

/// Lines that a mail program need not cut.
fn wrapped(text: &str) -> String {
    let options =
        textwrap::Options::new(WIDTH).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let line = |line: &str| match line.strip_prefix("- ") {
        Some(_) => textwrap::fill(line, options.clone().subsequent_indent("  ")),
        None => textwrap::fill(line, options.clone()),
    };
    // A sign that is set apart stays with its word.
    format::typography(text).split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A text of the head of a message, in the words of RFC 2047.
fn encoded(text: &str) -> String {
    // A word holds 75 characters, of which 12 are its frame; a letter of several bytes is not cut.
    const ROOM: usize = 63;
    let mut words = vec![String::new()];
    for letter in text.chars() {
        let written = match letter {
            ' ' => "_".to_owned(),
            c if c.is_ascii_alphanumeric() => c.to_string(),
            c => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().map(|b| format!("={b:02X}")).collect()
            }
        };
        match words.last_mut() {
            Some(word) if word.len() + written.len() <= ROOM => word.push_str(&written),
            _ => words.push(written),
        }
    }

    let framed = words.iter().map(|word| format!("=?UTF-8?Q?{word}?="));
    framed.collect::<Vec<_>>().join("\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_written_in_ascii_and_cut_between_letters() {
        assert_eq!(encoded("Médicobus : 2"), "=?UTF-8?Q?M=C3=A9dicobus_=3A_2?=");
        let long = encoded(&"é".repeat(40));
        assert!(long.is_ascii() && long.lines().all(|line| line.trim().len() <= 75), "{long}");
        // A line end typed in a name adds no line to the head.
        assert!(!encoded("a\nBcc: x").contains("\nBcc"));
    }

    #[test]
    fn an_address_is_one_address() {
        for good in ["ars@exemple.fr", "a.b-c@sante.gouv.fr"] {
            assert!(checked_address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ars",
            "@exemple.fr",
            "a@b",
            "a@b.fr, c@d.fr",
            "a@b.fr\nBcc: c@d.fr",
            "<a@b.fr>",
        ] {
            assert!(checked_address(bad).is_err(), "{bad}");
        }
    }
}
