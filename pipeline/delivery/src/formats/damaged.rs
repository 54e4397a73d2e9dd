//! Texts that were damaged on their way, and would be stored as they came: encoded twice, written for the web or for old mail, or with
//! question marks in the place of their accents.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::foreign::{html_entity, twice_encoded};
use super::garbled::{garbled, may_be_garbled};

/// What happened to a text, and what its sender can do.
pub(crate) struct Damage {
    pub(crate) message: Cow<'static, str>,
    pub(crate) hint: &'static str,
}

const AGAIN: &str = "exportez à nouveau depuis la source, en UTF-8 ; ne donnez pas d'autre « encodage » dans [dialecte]";
const NO_WEB: &str = "exportez à nouveau en CSV UTF-8, sans passer par une page web";
const NO_MAIL: &str =
    "exportez à nouveau depuis la source, en UTF-8 : UTF-7 est l'encodage d'anciens courriels";
const LOST: &str = "exportez à nouveau depuis la source, en UTF-8 : les lettres perdues ne se retrouvent pas dans ce fichier";

/// What the sign of a damage is called, and how it is found; none of them stands in a text that is whole.
type Sign = fn(&str) -> Option<Damage>;
const SIGNS: [Sign; 6] = [
    |text| {
        let message = "le texte en UTF-8 a été encodé une deuxième fois".into();
        twice_encoded(text).then_some(Damage { message, hint: AGAIN })
    },
    |text| {
        let found = garbled(text);
        let read = found.first()?.read;
        let written: BTreeSet<_> = found.iter().map(|g| g.written).collect();
        let written = written.into_iter().collect::<Vec<_>>().join(" ou ");
        let message = format!(
            "des accents sont devenus d'autres signes : le texte était sans doute en {written}, a été lu comme {read}, puis enregistré en UTF-8"
        );
        let hint = "ouvrez le fichier d'origine dans son encodage, puis enregistrez-le en UTF-8 ; ou exportez à nouveau depuis la source";
        Some(Damage { message: message.into(), hint })
    },
    |text| {
        let entity = html_entity(text)?;
        let message = format!("le texte est codé pour une page web, en HTML (« {entity} »)").into();
        Some(Damage { message, hint: NO_WEB })
    },
    |text| {
        let (written, letter) = utf7(text)?;
        let message = format!("le texte est en UTF-7 (« {written} » pour « {letter} »)").into();
        Some(Damage { message, hint: NO_MAIL })
    },
    |text| {
        let message = "des « ? » tiennent la place de lettres accentuées : le texte est passé par un encodage qui n'en a pas (ASCII)".into();
        lost_letters(text).then_some(Damage { message, hint: LOST })
    },
    |text| {
        let control = text.chars().find(|c| ('\u{80}'..='\u{9f}').contains(c))?;
        let message = format!(
            "un caractère de commande (U+{:04X}) tient la place d'une lettre ou d'un signe : le texte a été lu dans un autre encodage que le sien, puis enregistré en UTF-8",
            u32::from(control)
        );
        Some(Damage { message: message.into(), hint: AGAIN })
    },
];

/// Whether one of the cells of a text may be damaged; most texts are not looked at any closer.
pub(crate) fn may_be_damaged(text: &str) -> bool {
    memchr::memchr(b'?', text.as_bytes()).is_some()
        || twice_encoded(text)
        || html_entity(text).is_some()
        || utf7(text).is_some()
        || may_be_garbled(text)
}

/// What happened to a line of free text on its way, if its accents became other signs, and what its author can do; in French.
#[must_use]
pub fn damage_in(line: &str) -> Option<(String, &'static str)> {
    let hint = "enregistrez le texte en UTF-8 depuis l'original, ou corrigez cette ligne";
    damage(line).map(|damage| (damage.message.into_owned(), hint))
}

/// What of a text tells that it was damaged.
pub(crate) fn damage(text: &str) -> Option<Damage> {
    SIGNS.iter().find_map(|sign| sign(text))
}

/// A Latin letter with an accent, or an apostrophe, as UTF-7 writes it: `+AOk-` for `é`.
static UTF7: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\+((?:A[I-X]|IB)[A-Za-z0-9+/]+)-?").ok());

fn utf7(text: &str) -> Option<(&str, String)> {
    memchr::memchr(b'+', text.as_bytes())?;
    UTF7.as_ref()?.captures_iter(text).find_map(|found| {
        let (written, run) = (found.get(0)?.as_str(), found.get(1)?.as_str());
        // Capitals alone are a word behind a plus: « SSIAD+AMI ».
        let marked = written.ends_with('-') || run.contains(|c: char| c.is_ascii_lowercase());
        let letters = utf16_in_base64(run).filter(|_| marked)?;
        let expected = |c: char| matches!(c, 'À'..='ÿ' | 'Œ' | 'œ' | '’') && !"×÷".contains(c);
        letters.chars().all(expected).then_some((written, letters))
    })
}

/// The characters that base64 holds in units of sixteen bits.
fn utf16_in_base64(run: &str) -> Option<String> {
    let (mut bits, mut held, mut units) = (0u32, 0, Vec::new());
    for c in run.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        bits = ((bits << 6) | u32::from(value)) & 0x3f_ffff;
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push(((bits >> held) & 0xffff) as u16);
        }
    }

    let rest_is_null = held < 6 && bits & ((1 << held) - 1) == 0;
    String::from_utf16(&units).ok().filter(|text| rest_is_null && !text.is_empty())
}

/// A question mark within a word, or in front of one. No French sentence has it there; addresses of pages do.
static LOST_LETTER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\p{L}\?+\p{L}|(?:^|[\s'’\-])\?\p{L}").ok());

fn lost_letters(text: &str) -> bool {
    memchr::memchr(b'?', text.as_bytes()).is_some()
        && !text.contains("://")
        && !text.contains('=')
        && LOST_LETTER.as_ref().is_some_and(|regex| regex.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_text_is_known_by_what_happened_to_it() {
        for (text, word) in [
            ("MÃ©dicobus", "deuxième fois"),
            ("MÈdicobus", "Mac Roman"),
            ("d'…vreux", "Mac Roman"),
            ("Â…Ãvreux", "deuxième fois"),
            ("M&eacute;dicobus", "&eacute;"),
            ("M?dicobus", "« ? »"),
            ("D?sert m?dical", "« ? »"),
            ("l'?vreux", "« ? »"),
            ("?vreux", "« ? »"),
            ("d??t?", "« ? »"),
            ("M+AOk-dicobus", "« +AOk- » pour « é »"),
            ("Sant+AOk de l'Orne", "pour « é »"),
            ("+AMk-vreux", "pour « É »"),
            ("l+IBk-h+APQ-pital", "pour « ’ »"),
            ("No+AOs-l", "pour « ë »"),
            ("cr+AOkA6Q-", "pour « éé »"),
            ("LÕAigle", "Mac Roman"),
            ("×le-d'Yeu", "CP850"),
            ("MÚdicobus", "CP850"),
            ("l\u{92}été", "ISO-8859-1"),
            ("bus \u{81}", "U+0081"),
        ] {
            let found = damage(text).map(|d| d.message);
            assert!(found.as_ref().is_some_and(|m| m.contains(word)), "{text}: {found:?}");
        }

        for plain in [
            "Médicobus d'Évreux",
            "Qui vient ? Où ?",
            "Pourquoi?",
            "https://exemple.fr/?page=1",
            "voir?id=3",
            "80+",
            "CPTS+AIDE",
            "SSIAD+AMI",
            "A+B-C",
            "+ABC-",
            "Bus 4+Aller-retour",
        ] {
            assert!(damage(plain).is_none(), "{plain}");
        }
    }

    /// Every letter of French, lost or in UTF-7, in a word.
    #[test]
    fn no_letter_of_french_passes_damaged() {
        for letter in "àâäæçéèêëîïôöùûüÿœÀÂÇÉÈÊÎÔŒÙ".chars() {
            let mut bits = String::new();
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                bits.push_str(&format!("{unit:016b}00"));
            }
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let value =
                |six: &[u8]| usize::from_str_radix(std::str::from_utf8(six).unwrap(), 2).unwrap();
            let run: String =
                bits.as_bytes().chunks(6).map(|six| char::from(alphabet[value(six)])).collect();
            assert!(damage(&format!("m+{run}-m")).is_some(), "{letter} {run}");
            assert!(damage("m?m").is_some());
        }
    }
}
