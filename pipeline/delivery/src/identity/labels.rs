//! People named in the name of a project or of its bearer, which may well bear the name of someone: a contact is announced, « contact :
//! M. Dupont », or stands first, « Mr Durand »; a street, a health centre or the bus itself is named after people.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::fold;

/// A title and a name where a contact stands: first, behind a mark, or behind a word that announces someone. « DR » is a regional
/// directorate.
static CONTACT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let roles = r"contacts?|r[ée]f[ée]rente?s?|responsables?|interlocut\p{L}+|coordinat\p{L}+|coordonnat\p{L}+|direct(?:eur|rice)|pr[ée]sidente?|g[ée]rante?|m[ée]decin|infirmi[eè]re?";
    let before = format!(
        r"(?i:^|[:;,(\[/]|\s[-–—]\s|\b(?:{roles}|aupr[eè]s de|chez|par|avec|voir|demander)\b)"
    );
    let title =
        r"(?:(?i:Mme|Mlle|Mr|Madame|Monsieur|Mademoiselle|Docteure?|Professeure?)|Dre?|Pre?|M)";
    Regex::new(&format!(r"{before}\s*[.:]?\s*{title}\.?\s+(?P<who>\p{{Lu}}[\p{{L}}'’-]*)")).ok()
});
/// A short title, which no street and no bus bears in its name as a rule.
static SHORT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:Mme|Mlle|MME|MLLE|Mr)\.?\s+\p{Lu}").ok());
/// A place with the title of whom it is named after.
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:maison|centre|p[ôo]le|h[ôo]pital|clinique|institut|fondation|rue|avenue|boulevard|place|quai|square|salle|espace|r[ée]sidence|[ée]cole|coll[èe]ge|lyc[ée]e)\s+(?:[\p{L}-]+\s+){0,4}?(?:mme|mlle|mr)\b").ok()
});

/// What follows a title in the name that a bus was given: « Docteur Bus », « Madame Santé ».
const OF_A_BUS: [&str; 7] = ["bus", "medico", "mobil", "truck", "camion", "van", "sante"];

/// Whether the name of a project or of a bearer names a person to turn to.
pub(super) fn names_someone(text: &str) -> bool {
    let bus = |who: &str| OF_A_BUS.iter().any(|word| fold(who).starts_with(word));
    let contact = CONTACT.as_ref().is_some_and(|contact| {
        contact
            .captures_iter(text)
            .any(|found| found.name("who").is_some_and(|who| !bus(who.as_str())))
    });
    let short = || {
        let people = match PLACE.as_ref() {
            Some(places) => places.replace_all(text, "*"),
            None => text.into(),
        };
        SHORT.as_ref().is_some_and(|short| short.is_match(&people))
    };
    contact || short()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_told_from_what_is_named_after_someone() {
        for contact in [
            "contact : M. Dupont",
            "Mr Durand",
            "Monsieur DUPONT Jean",
            "monsieur Dupont",
            "Mme Durand",
            "M. Dupont",
            "Bus (contact : M. Dupont)",
            "CPTS du Bocage - Mme Durand",
            "CPTS du Bocage, Dr Martin",
            "Association portée par Mme Durand",
            "Commune de Flers, référente Madame Durand",
            "Docteur Jean Martin",
            "Médicobus Mme Durand",
        ] {
            assert!(names_someone(contact), "{contact}");
        }
        for lawful in [
            "Centre de santé du Docteur Roux",
            "Maison de santé du docteur Roux",
            "Médicobus, rue du Dr Roux",
            "CPTS, place Monsieur Hulot",
            "Fondation Mme Boucicaut",
            "Médicobus Madame Curie",
            "Le bus de Monsieur Hulot",
            "Médicobus Simone Veil",
            "Collège M. Pagnol",
            "Docteur Bus",
            "DR Normandie (DR Caen)",
            "MSP de la Mer",
            "Centre hospitalier M.S.A.",
        ] {
            assert!(!names_someone(lawful), "{lawful}");
        }
    }
}
