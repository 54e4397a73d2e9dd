//! What names a person in sentences, beyond what cells show: a title before a name, an address that hides from machines, a number that is
//! announced.

use std::sync::LazyLock;

use regex::Regex;

use super::IdentityKind;
use super::plain::plain;

/// A doctor or professor with a name.
static TITLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:Dre?s?|Pre?s?|[Dd]oct(?:eure?|oresse)s?|DOCTEURE?S?|[Pp]rofesseure?s?|PROFESSEURE?S?)\b\.?\s+(?:\p{Lu}\.?[ -]?)?\p{Lu}[\p{L}'’]").ok()
});
/// A place that bears a doctor's name.
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:maison|centre|p[ôo]le|h[ôo]pital|clinique|msp|institut|fondation|rue|avenue|boulevard|place|quai|square|salle|espace|r[ée]sidence|[ée]cole|coll[èe]ge|lyc[ée]e)\s+(?:[\p{L}-]+\s+){0,4}?(?:du|de la|des)\s+(?:dr|docteure?|pr|professeure?)\b").ok()
});
/// An electronic address with words in the place of its signs.
static SPELLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}\p{N}._%+-]+\s*(?:[(\[{<]\s*(?:at|a|chez|arobase|arobas)\s*[)\]}>]|\s(?:arobase|arobas)\s)\s*[\p{L}\p{N}-]+\s*(?:\.|[(\[{<]\s*(?:dot|point)\s*[)\]}>]|\s(?:dot|point)\s)\s*\p{L}{2,}").ok()
});
/// A professional's number behind its name; the key is not asked for, since nothing else is so announced.
static ANNOUNCED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:rpps|adeli)\b[^\d\n]{0,20}\d(?:[ .]?\d){7,}").ok());

/// What of a sentence names a person.
pub(super) fn value(text: &str) -> Option<IdentityKind> {
    let text = plain(text);
    let matches = |regex: &LazyLock<Option<Regex>>, text: &str| {
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    };

    if matches(&ANNOUNCED, &text) {
        return Some(IdentityKind::Practitioner);
    }
    if matches(&SPELLED, &text) {
        return Some(IdentityKind::Email);
    }

    let people = match PLACE.as_ref() {
        Some(places) => places.replace_all(&text, "*"),
        None => text,
    };
    matches(&TITLED, &people).then_some(IdentityKind::Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_spelled_addresses_and_announced_numbers_are_known() {
        use IdentityKind::{Email, Name, Practitioner};
        for (text, kind) in [
            ("Merci au Dr Martin.", Name),
            ("le docteur Martin part en retraite", Name),
            ("les docteurs A. Martin et Durand", Name),
            ("Pr. L'Herminier", Name),
            ("la Dre Anne Martin", Name),
            ("remplacement du Dr\u{a0}Martin à la MSP", Name),
            ("écrire à jean.martin(at)exemple.fr", Email),
            ("jean.martin [at] exemple [point] fr", Email),
            ("jean arobase exemple point fr", Email),
            ("RPPS 10003456781", Practitioner),
            ("n° RPPS : 1000 3456 781", Practitioner),
            ("Adeli 611234567", Practitioner),
        ] {
            assert_eq!(value(text), Some(kind), "{text}");
        }

        for plain in [
            "Deux docteurs en médecine, un professeur de sport.",
            "Un arrêt devant la maison de santé pluridisciplinaire du Docteur Roux",
            "rue du Dr Roux",
            "Le RPPS des praticiens n'est pas demandé en 2025.",
            "Le bus (à Flers) a doublé.",
            "12 journées au 1er semestre, point final",
            "Dr",
        ] {
            assert_eq!(value(plain), None, "{plain}");
        }
    }
}
