//! Numbers in disguise, as a sentence may hold them: in words, or with a letter in the place of a figure.

use crate::text::fold;

/// Numbers in words in a row that begins with nought, after which it is a telephone number: « soixante douze » may be 60 and 12, or 72.
const SPOKEN: usize = 5;

/// The text with its disguised numbers in figures; nothing where it has none.
pub(super) fn readings(text: &str) -> impl Iterator<Item = String> {
    let words = in_words(text);
    with_letters(text).into_iter().chain(words)
}

/// `O6 12 34 56 78` with its zero: words of figures among which an O or an l stands.
fn with_letters(text: &str) -> Option<String> {
    let figure = |c: char| match c {
        'O' | 'o' => Some('0'),
        'I' | 'l' => Some('1'),
        c => c.is_ascii_digit().then_some(c),
    };

    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let figures: Option<String> = bare.chars().map(figure).collect();
        let numeric = bare.contains(|c: char| c.is_ascii_digit()) || bare == "OO";
        match figures.filter(|_| numeric) {
            Some(figures) => {
                out.push_str(&figures);
                out.push_str(&word[bare.len()..]);
            }
            None => out.push_str(word),
        }
    }
    (out != text).then_some(out)
}

/// Rows of numbers in words, each in figures: as a telephone number is written, or in one piece.
fn in_words(text: &str) -> Vec<String> {
    let folded = fold(&text.replace(['.', ';', ':', '(', ')'], " stop "));
    let words: Vec<&str> = folded.split('_').collect();

    let mut rows = Vec::new();
    let (mut row, mut spelled) = (String::new(), 0);
    let mut at = 0;
    while at <= words.len() {
        let (figures, length) = words.get(at).map_or((None, 1), |_| number(&words[at..]));
        match figures {
            Some(figures) => {
                spelled += usize::from(!words[at].starts_with(|c: char| c.is_ascii_digit()));
                row.push_str(&figures);
            }
            None => {
                rows.extend(written(&row, spelled));
                row.clear();
                spelled = 0;
            }
        }
        at += length;
    }
    rows
}

/// A row of figures as a telephone number is written, or in one piece; nothing if it is too short to tell of anyone.
fn written(row: &str, spelled: usize) -> Option<String> {
    let phone = row.starts_with('0')
        && (row.len() == 10 || (8..10).contains(&row.len()) && spelled >= SPOKEN);
    if spelled == 0 || (!phone && row.len() < 10) {
        return None;
    }
    if !phone {
        let abroad = row.len() == 11 && row.starts_with("33");
        return Some(if abroad { format!("+{row}") } else { row.to_owned() });
    }

    let row = format!("{row:0<10}");
    Some([0, 2, 4, 6, 8].map(|at| &row[at..at + 2]).join(" "))
}

/// The number that begins a row of words, in figures, and how many words it takes: `quatre-vingt-dix-huit` is one.
fn number(words: &[&str]) -> (Option<String>, usize) {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    if !word(0).is_empty() && word(0).bytes().all(|b| b.is_ascii_digit()) {
        return (Some(word(0).to_owned()), 1);
    }

    let (base, mut length) = match (word(0), word(1)) {
        ("quatre", "vingts") => return (Some("80".to_owned()), 2),
        ("quatre", "vingt") => (80, 2),
        (tens, _) => match tens_of(tens) {
            Some(base) => (base, 1),
            None => {
                let (value, length) = small(words);
                return (value.map(|value| value.to_string()), length);
            }
        },
    };

    length += usize::from(word(length) == "et" && small(&words[length + 1..]).0.is_some());
    let (more, taken) = match (word(length), word(length + 1)) {
        // « trente, quatre-vingt ».
        ("quatre", "vingt" | "vingts") => (None, 0),
        _ => small(words.get(length..).unwrap_or_default()),
    };
    let most = if matches!(base, 60 | 80) { 19 } else { 9 };
    match more.filter(|more| (1..=most).contains(more)) {
        Some(more) => (Some((base + more).to_string()), length + taken),
        None => (Some(base.to_string()), length),
    }
}

/// Nought to nineteen.
fn small(words: &[&str]) -> (Option<u32>, usize) {
    const SMALL: [&str; 17] = [
        "zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix",
        "onze", "douze", "treize", "quatorze", "quinze", "seize",
    ];
    let rank = |at: usize| {
        let word = words.get(at)?;
        let rank = SMALL.iter().position(|name| name == word)?;
        u32::try_from(rank).ok()
    };

    match (rank(0), rank(1)) {
        (Some(10), Some(more @ 7..=9)) => (Some(10 + more), 2),
        (value, _) => (value, 1),
    }
}

fn tens_of(word: &str) -> Option<u32> {
    match word {
        "vingt" | "vingts" => Some(20),
        "trente" => Some(30),
        "quarante" => Some(40),
        "cinquante" => Some(50),
        "soixante" => Some(60),
        "septante" => Some(70),
        "huitante" | "octante" => Some(80),
        "nonante" => Some(90),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_disguise_are_put_in_figures() {
        for (text, figures) in [
            ("O6 12 34 56 78", "06 12 34 56 78"),
            ("au 06 l2 34 5O 78.", "au 06 12 34 50 78."),
            ("zéro six douze trente-quatre cinquante-six soixante-dix-huit", "06 12 34 56 78"),
            (
                "au zéro deux, trente et un, quatre-vingts, quatre-vingt-dix-neuf, zéro un",
                "02 31 80 99 01",
            ),
            ("zéro six 12, trente-quatre, quatre-vingt, 78", "06 12 34 80 78"),
            ("plus trente-trois six douze 34 56 78", "+33612345678"),
            ("zéro six un deux trois quatre cinq six sept huit", "06 12 34 56 78"),
            ("un quatre-vingt-cinq zéro cinq soixante-dix-huit zéro zéro six", "185057800"),
        ] {
            let found: Vec<String> = readings(text).collect();
            assert!(found.iter().any(|f| f.starts_with(figures)), "{text}: {found:?}");
        }
        for plain in ["Oral, 12 bus, l'un et l'autre", "trois bus et quatre arrêts", "1O bus"] {
            let found: Vec<String> = readings(plain).collect();
            assert!(found.iter().all(|f| f.contains("bus")), "{plain}: {found:?}");
        }
    }
}
