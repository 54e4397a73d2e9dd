//! What the name of a column announces.

use contract::TableSchema;

use super::IdentityKind;
use super::plain::plain;
use crate::text::{compact, fold};

/// What announces one kind of identity: lists of words, a blank between two. The words of a column's name are those of the folded
/// name, numbers at their end apart.
struct Announcement {
    kind: IdentityKind,
    /// One of these words is enough.
    words: &'static str,
    /// A word of each of the two lists.
    pairs: &'static [(&'static str, &'static str)],
    /// The whole name, folded.
    names: &'static str,
}

/// One person each; `patients` is a count.
const ONE_PERSON: &str = "patient patiente usager assure assuree beneficiaire";
const OF_A_PERSON: &str = "patient patiente usager assure assuree beneficiaire famille naissance usage marital fille medecin \
                           praticien docteur complet prenom";
const PLACE: &str = "adresse rue voie domicile";
const PLACE_DETAIL: &str = "postale domicile numero num libelle complete";

const fn by(
    kind: IdentityKind,
    words: &'static str,
    pairs: &'static [(&'static str, &'static str)],
    names: &'static str,
) -> Announcement {
    Announcement { kind, words, pairs, names }
}

/// In the order of precedence.
const ANNOUNCEMENTS: [Announcement; 8] = [
    by(
        IdentityKind::Nir,
        "nir nss ins secu niass nia ss nirpp numsecu numerosecu",
        &[("securite", "sociale")],
        "",
    ),
    by(
        IdentityKind::Birth,
        "naissance ddn dob birthdate datenaissance datenais naiss nais",
        &[("ne nee", "le a")],
        "",
    ),
    by(
        IdentityKind::Name,
        "prenom prenoms patronyme nomprenom nompatient firstname lastname surname identite",
        &[("nom noms", OF_A_PERSON)],
        "",
    ),
    by(
        IdentityKind::Phone,
        "telephone tel portable mobile phone gsm telephones",
        &[],
        "",
    ),
    by(IdentityKind::Email, "email mail courriel mel emails mails", &[], ""),
    by(
        IdentityKind::Address,
        "",
        &[(PLACE, OF_A_PERSON), (PLACE, PLACE_DETAIL)],
        "adresse adresses rue voie address domicile adresse_1 adresse_2 adresse1 adresse2",
    ),
    by(IdentityKind::Practitioner, "rpps adeli idpp numrpps", &[], ""),
    by(IdentityKind::Facility, "finess", &[], ""),
];

fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|w| w == word)
}

impl Announcement {
    fn fits(&self, name: &str, words: &[&str]) -> bool {
        let any = |list: &str| words.iter().any(|w| listed(list, w));
        let both = |(one, other): &(&str, &str)| any(one) && any(other);

        any(self.words) || self.pairs.iter().any(both) || listed(self.names, name)
    }
}

/// What the name of a column announces. `table` is the table that the file was matched with, `others` are the file's columns.
pub(crate) fn column(
    table: Option<&TableSchema>,
    header: &str,
    others: &[String],
) -> Option<IdentityKind> {
    let wanted = compact(header);
    if table.is_some_and(|t| t.fields.iter().any(|f| compact(&f.name) == wanted)) {
        return None;
    }

    let name = fold(&plain(header));
    // `Tel1`, `prenom_2`: a number tells columns of one kind apart.
    let words: Vec<&str> = name
        .split('_')
        .map(|w| w.trim_end_matches(|c: char| c.is_ascii_digit()))
        .collect();

    let of_patients = table
        .is_some_and(|t| ["consultations", "delais_mg", "tournees"].contains(&t.name.as_str()));

    // A column `nom` may be a commune's or a project's, unless the table is about patients or a first name stands beside.
    let first_name = || others.iter().any(|o| fold(o).contains("prenom"));
    let bare_name = matches!(name.as_str(), "nom" | "noms")
        && (of_patients || (table.is_none() && first_name()));
    let bare_person = (of_patients || table.is_none()) && listed(ONE_PERSON, &name);

    let announced = ANNOUNCEMENTS.iter().find(|a| match a.kind {
        IdentityKind::Name => a.fits(&name, &words) || bare_name || bare_person,
        // Elsewhere it names the place where a bus stands.
        IdentityKind::Facility => of_patients && a.fits(&name, &words),
        _ => a.fits(&name, &words),
    });

    announced.map(|a| a.kind)
}
