//! Encodings that are not read: a file in one of them passes for Windows-1252, in which its accents are other signs.

use std::sync::LazyLock;

use encoding_rs::{Encoding, MACINTOSH};
use regex::Regex;

/// CP850 from 80 to FF.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

const LOWER: &str = "àâäáãåæçéèêëíìîïñóòôöõøœšúùûüýÿžß";
const UPPER: &str = "ÀÂÄÁÃÅÆÇÉÈÊËÎÏÌÍÑÓÒÔÖÕØŒŠÚÙÛÜÝŸŽ";
/// Signs that stand between letters.
const JOINING: &str = "’‘–—…·\u{a0}\u{ad}";
/// Signs that do not.
const SIGNS: &str = "“”«»€°²³ºª§•™©®×÷±µ‰¼½¾¿¡£¥¢¹´";

/// What the first byte of an accent becomes when it is encoded again.
const LEADS: [&str; 7] = ["Â", "Ã", "Å", "â€", "├", "┬", "√"];

/// The encoding in which the accents of a text stand where French has them, when they do not as it was decoded.
pub(crate) fn foreign(bytes: &[u8], decoded: &'static Encoding) -> Option<&'static str> {
    let odd = oddities(&decoded.decode_without_bom_handling(bytes).0);
    if odd == 0 {
        return None;
    }

    let dos = oddities(&bytes.iter().map(|b| cp850(*b)).collect::<String>());
    let mac = oddities(&MACINTOSH.decode_without_bom_handling(bytes).0);
    let better = |other: usize| other * 4 < odd;

    match (better(dos), better(mac)) {
        (true, true) if dos == mac => Some("CP850 (DOS) ou Mac Roman"),
        (true, _) if dos < mac => Some("CP850 (DOS)"),
        (_, true) => Some("Mac Roman"),
        _ => None,
    }
}

pub(super) fn cp850(byte: u8) -> char {
    match byte {
        0..=0x7F => char::from(byte),
        _ => CP850.chars().nth(usize::from(byte - 0x80)).unwrap_or('\u{fffd}'),
    }
}

/// How many signs beyond ASCII stand where no French text has them.
pub(super) fn oddities(text: &str) -> usize {
    let (mut before, mut count) = (' ', 0);
    let mut signs = text.chars().peekable();

    while let Some(sign) = signs.next() {
        let after = signs.peek().copied().unwrap_or(' ');
        count += usize::from(!sign.is_ascii() && !at_home(before, sign, after));
        before = sign;
    }

    count + misplaced(text)
}

/// Words in which a letter stands in the place of an apostrophe or of a ligature: « LÕAigle », « líhôpital », « Îuvre », « cúur », « ële ».
static MISPLACED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let elided = r"\b(?:[LlDdNnSsMmJjCcTt]|[Qq]u)[Õí][AEIOUYHaeiouyhÀÂÉÈÊÎÔÛŒàâéèêëîïôùûœ]\w*";
    Regex::new(&format!(r"{elided}|\bÎ[uU]\w*|åu|úu|\bë[a-z]")).ok()
});

/// How many words of a text have such a letter, where no French word has it.
pub(super) fn misplaced(text: &str) -> usize {
    if !text.contains(['Õ', 'í', 'Î', 'å', 'ú', 'ë']) {
        return 0;
    }
    let spanish = |word: &str| matches!(word.to_lowercase().as_str(), "día" | "días");
    let words = MISPLACED.as_ref().into_iter().flat_map(|regex| regex.find_iter(text));
    words.filter(|word| !spanish(word.as_str())).count()
}

fn at_home(before: char, sign: char, after: char) -> bool {
    if LOWER.contains(sign) {
        // « À côté », « Saint-Geniez-ô-Merle ».
        let word = matches!(sign, 'à' | 'ô');
        let touching = before.is_alphabetic() || after.is_alphabetic() || word;
        return touching && !(before.is_uppercase() && after.is_uppercase());
    }
    if UPPER.contains(sign) {
        return !(before.is_lowercase() || before.is_uppercase() && after.is_lowercase());
    }

    let inside = before.is_alphabetic() && after.is_alphabetic();
    // « 3 × 2 », « 5 €/jour », and not « ×le », « €a ».
    let before_word = matches!(sign, '×' | '÷' | '€' | '¶') && after.is_alphabetic();
    if before_word && !before.is_ascii_digit() {
        return false;
    }
    JOINING.contains(sign) || (SIGNS.contains(sign) && !inside)
}

/// Whether a text in UTF-8 was taken for another encoding and written in UTF-8 again: `Ã©`, `├®` or `√©` for `é`, `â€™` for `’`.
pub(crate) fn twice_encoded(text: &str) -> bool {
    let led = |lead: &str| memchr::memmem::find(text.as_bytes(), lead.as_bytes()).is_some();
    if text.is_ascii() || !LEADS.iter().any(|lead| led(lead)) {
        return false;
    }

    let continued = |c: char| {
        let mut one = [0; 4];
        let (bytes, _, unmapped) = encoding_rs::WINDOWS_1252.encode(c.encode_utf8(&mut one));
        !unmapped && matches!(*bytes, [0x80..=0xBF])
    };

    text.chars().zip(text.chars().skip(1)).any(|pair| match pair {
        ('Â' | 'Ã', next) => continued(next),
        ('Å', next) => matches!(next, '“' | '’'),
        ('â', next) => next == '€',
        ('├' | '┬' | '√', _) => true,
        _ => false,
    })
}

static ENTITY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"&(?:[A-Za-z]{1,2}(?:acute|grave|circ|uml|cedil|tilde|lig)|amp|apos|quot|nbsp|rsquo|laquo|raquo|deg|euro|#\d{2,5}|#x[0-9A-Fa-f]{2,4});").ok()
});

/// A sign of HTML in a text (`&eacute;`), which a web page was meant to show as another.
pub(crate) fn html_entity(text: &str) -> Option<&str> {
    memchr::memchr(b'&', text.as_bytes())?;
    ENTITY.as_ref()?.find(text).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{ISO_8859_15, WINDOWS_1252};

    const FRENCH: [&str; 8] = [
        "Médicobus d'Évreux",
        "La Ferté-Macé, l'hôpital, où la maîtresse reçoit à Noël",
        "CENTRE DE SANTÉ DE FLERS À VALLÉE",
        "Évreux",
        "à côté",
        "Maître",
        "garçon",
        "Étang sûr, forêt",
    ];

    fn dos(text: &str) -> Vec<u8> {
        let byte = |c: char| (0..=255u8).find(|b| cp850(*b) == c).unwrap();
        text.chars().map(byte).collect()
    }

    #[test]
    fn accents_of_dos_and_of_old_macintoshes_are_told_from_windows() {
        for text in FRENCH {
            let old = foreign(&dos(text), WINDOWS_1252);
            assert!(old.is_some_and(|name| name.contains("CP850")), "{text} {old:?}");
            let mac = MACINTOSH.encode(text).0;
            let old = foreign(&mac, WINDOWS_1252);
            assert!(old.is_some_and(|name| name.contains("Mac Roman")), "{text} {old:?}");
        }

        for text in FRENCH.iter().chain(&[
            "cœur ; 5 € — l’été… « œuvre » N°5",
            "Škoda, Žižka, Müller",
            "mi–temps",
        ]) {
            for encoding in [WINDOWS_1252, ISO_8859_15] {
                let bytes = encoding.encode(text).0;
                assert_eq!(foreign(&bytes, encoding), None, "{text} {}", encoding.name());
            }
        }
    }

    #[test]
    fn signs_of_html_are_known() {
        for (text, entity) in [
            ("M&eacute;dicobus", "&eacute;"),
            ("l&#39;Orne", "&#39;"),
            ("C&#xE9;ton", "&#xE9;"),
            ("A &amp; B", "&amp;"),
            ("c&oelig;ur", "&oelig;"),
        ] {
            assert_eq!(html_entity(text), Some(entity), "{text}");
        }
        for plain in ["A & B ; C", "R&D;", "été"] {
            assert_eq!(html_entity(plain), None, "{plain}");
        }
    }

    #[test]
    fn a_text_encoded_twice_is_known_whatever_it_passed_through() {
        for text in ["é", "à la", "l’été", "cœur", "N° 5", "É", "ç"] {
            let bytes = text.as_bytes();
            let as_windows = WINDOWS_1252.decode_without_bom_handling(bytes).0;
            let as_mac = MACINTOSH.decode_without_bom_handling(bytes).0;
            assert!(twice_encoded(&as_windows), "{as_windows}");
            if bytes.first() == Some(&0xC3) {
                assert!(twice_encoded(&as_mac), "{as_mac}");
            }
            assert!(!twice_encoded(text), "{text}");
        }
        for good in ["Âge", "CHÂTEAU", "SÃO", "théâtre €", "Évreux"] {
            assert!(!twice_encoded(good), "{good}");
        }
    }
}
