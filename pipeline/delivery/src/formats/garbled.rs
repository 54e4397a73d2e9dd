//! Texts that were taken for another encoding and then saved in UTF-8: every accent is another sign, and no byte tells. `MÈdicobus` was
//! written in Windows-1252 and read in Mac Roman, `MŽdicobus` the other way round.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};

use super::foreign::{cp850, misplaced, oddities};

/// Letters and signs beyond ASCII that French texts hold.
const FRENCH: &str = "àâäæçéèêëîïôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸ’«»";
/// Capitals with which French words begin: one amid a name may be the sender's, `BusÉmeraude`, `MédicÎle`.
const INITIALS: &str = "ÀÂÉÊÎÔÛŒ";

/// An encoding by its name, and how its bytes are read.
type Named = (&'static str, fn(u8) -> char);
const WINDOWS: Named = ("Windows-1252", |byte| one(byte, WINDOWS_1252));
const MAC: Named = ("Mac Roman", |byte| one(byte, MACINTOSH));
const DOS: Named = ("CP850 (DOS)", cp850);
const LATIN: Named = ("ISO-8859-1", char::from);

fn one(byte: u8, encoding: &'static Encoding) -> char {
    let text = encoding.decode_without_bom_handling(&[byte]).0.into_owned();
    text.chars().next().unwrap_or('\u{fffd}')
}

/// What happened to a text.
pub(super) struct Garbling {
    /// What it was written in.
    pub(super) written: &'static str,
    /// What it was read in.
    pub(super) read: &'static str,
    /// For each sign that stands in the place of a letter, that letter.
    letters: BTreeMap<char, char>,
}

static GARBLINGS: LazyLock<Vec<Garbling>> = LazyLock::new(|| {
    [
        (WINDOWS, MAC),
        (MAC, WINDOWS),
        (DOS, WINDOWS),
        (DOS, MAC),
        (WINDOWS, DOS),
        (WINDOWS, LATIN),
    ]
    .into_iter()
    .map(|((written, letter), (read, sign))| {
        let letters = (0x80..=0xFF).map(|byte| (sign(byte), letter(byte)));
        let letters =
            letters.filter(|(sign, letter)| FRENCH.contains(*letter) && *sign != '\u{fffd}');
        Garbling {
            written,
            read,
            letters: letters.collect(),
        }
    })
    .collect()
});

/// Whether a text has signs where no French text has them, so that it is worth a closer look.
pub(super) fn may_be_garbled(text: &str) -> bool {
    !text.is_ascii() && (oddities(text) > 0 || opens_with_dots(text))
}

/// How a text may have come to hold such signs: another encoding puts French letters in the place of all of them.
pub(super) fn garbled(text: &str) -> Vec<&'static Garbling> {
    if !may_be_garbled(text) || !evident(text) {
        return Vec::new();
    }
    let explains = |garbling: &&Garbling| {
        let letter =
            |c: char| if c.is_ascii() { Some(c) } else { garbling.letters.get(&c).copied() };
        let meant: Option<String> = text.chars().map(letter).collect();
        meant.is_some_and(|meant| oddities(&meant) == 0)
    };
    GARBLINGS.iter().filter(explains).collect()
}

/// Whether something is odd but a capital amid a name, or the dot of « infirmier•e ».
fn evident(text: &str) -> bool {
    let lawful = |c: char| INITIALS.contains(c) || c == '•';
    let plain: String = text.chars().map(|c| if lawful(c) { 'E' } else { c }).collect();
    oddities(&plain) > 0 || misplaced(text) > 0 || opens_with_dots(text)
}

/// Three dots where a word begins: `É` of Windows in Mac Roman.
fn opens_with_dots(text: &str) -> bool {
    let letters = text.chars().zip(text.chars().skip(1)).zip(text.chars().skip(2));
    let opens = |c: char| matches!(c, '\'' | '’' | '-' | ';' | '"' | '\n');
    let first = text.strip_prefix('…').and_then(|rest| rest.chars().next());
    first.is_some_and(char::is_lowercase)
        || letters.into_iter().any(|((a, b), c)| opens(a) && b == '…' && c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it would be read in another encoding than it was written in; none where a letter is lost.
    fn misread(text: &str, (_, written): Named, (_, read): Named) -> Option<String> {
        let byte = |c: char| (0x80..=0xFF).find(|byte| written(*byte) == c);
        let sign = |c: char| if c.is_ascii() { Some(c) } else { byte(c).map(read) };
        text.chars().map(sign).collect()
    }

    #[test]
    fn a_text_that_was_read_in_another_encoding_is_known_with_both() {
        for text in
            ["Médicobus d'Évreux", "Évreux", "Santé", "L'Évêché", "à la Ferté-Macé", "garçon"]
        {
            for (written, read) in [(WINDOWS, MAC), (MAC, WINDOWS), (DOS, WINDOWS), (WINDOWS, DOS)]
            {
                let signs = misread(text, written, read).unwrap();
                let found: Vec<_> = garbled(&signs).iter().map(|g| (g.written, g.read)).collect();
                assert!(found.contains(&(written.0, read.0)), "{text} {signs} {found:?}");
            }
        }
    }

    #[test]
    fn apostrophes_and_capitals_tell_as_well() {
        for (text, written, read) in [
            ("L’Aigle", MAC, WINDOWS),
            ("d’Alençon", MAC, WINDOWS),
            ("l’hôpital", WINDOWS, MAC),
            ("Œuvre", MAC, WINDOWS),
            ("Île-d'Yeu", MAC, WINDOWS),
            ("Île-d'Yeu", DOS, WINDOWS),
            ("Ça va", DOS, WINDOWS),
            ("Médicobus", WINDOWS, DOS),
            ("l’été", WINDOWS, LATIN),
            ("cœur", WINDOWS, LATIN),
        ] {
            let signs = misread(text, written, read).unwrap();
            let found: Vec<_> = garbled(&signs).iter().map(|g| (g.written, g.read)).collect();
            assert!(found.contains(&(written.0, read.0)), "{text} {signs} {found:?}");
        }
    }

    #[test]
    fn lawful_texts_are_not_garbled() {
        for text in [
            "Médicobus d'Évreux",
            "VÉLOBUS DE L'ÎLE",
            "BusÉmeraude",
            "BusÔ",
            "HautÎle",
            "MédicÎle",
            "Bus™ n° 4 — l’été…",
            "« …et la suite »",
            "infirmier·e·s, médecin•e•s",
            "infirmier•e•s",
            "Škoda, Žižka, Müller, São Paulo, Łódź, Ångström",
            "Ève, Èze, Ô !, Œuilly, L'Haÿ-les-Roses, L'Île-d'Yeu, Faÿ",
            "2 × 3 m², 20 °C, ± 5 ‰, 3 €",
            "Ñandú, mañana, Coruña",
            "Día, días, Líder, Camões, SÃO, Estación",
            "2×2 voies, 3 × 2, 5 €/jour, 12€ la course",
        ] {
            assert!(garbled(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn no_commune_is_garbled_and_every_one_with_an_accent_is_known_when_it_is() {
        let communes = geography::Communes::embedded().unwrap();
        let names = communes.iter().flat_map(|c| [Some(&c.nom), c.nom_epci.as_ref()]).flatten();
        let (mut known, mut all) = (0, 0);
        for name in names.filter(|name| !name.is_ascii()) {
            assert!(garbled(name).is_empty(), "{name}");
            all += 1;
            let signs = misread(name, WINDOWS, MAC);
            known += usize::from(signs.is_some_and(|signs| !garbled(&signs).is_empty()));
        }
        assert!(all > 5_000 && known * 10 > all * 9, "{known} {all}");
    }
}
