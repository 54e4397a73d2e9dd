//! What the name of a column announces.

use contract::TableSchema;

use super::IdentityKind;
use crate::text::{compact, fold};

/// Names and words that announce one kind of identity. Words are those of the folded name, numbers at their end apart.
struct Announcement {
    kind: IdentityKind,
    /// One of these words is enough.
    words: &'static [&'static str],
    /// A word of each of the two lists.
    pairs: &'static [(&'static [&'static str], &'static [&'static str])],
    /// The whole name, folded.
    names: &'static [&'static str],
}

const PERSON: &[&str] = &[
    "patient",
    "patiente",
    "usager",
    "assure",
    "assuree",
    "beneficiaire",
    "famille",
    "naissance",
    "usage",
    "marital",
    "fille",
    "medecin",
    "praticien",
    "docteur",
    "complet",
    "prenom",
];
/// One person each; `patients` is a count.
const ONE_PERSON: [&str; 6] = [
    "patient",
    "patiente",
    "usager",
    "assure",
    "assuree",
    "beneficiaire",
];
const PLACE: &[&str] = &["adresse", "rue", "voie", "domicile"];
const PLACE_DETAIL: &[&str] = &[
    "postale", "domicile", "numero", "num", "libelle", "complete",
];

/// In the order of precedence.
const ANNOUNCEMENTS: [Announcement; 8] = [
    Announcement {
        kind: IdentityKind::Nir,
        words: &[
            "nir",
            "nss",
            "ins",
            "secu",
            "niass",
            "nia",
            "ss",
            "nirpp",
            "numsecu",
            "numerosecu",
        ],
        pairs: &[(&["securite"], &["sociale"])],
        names: &[],
    },
    Announcement {
        kind: IdentityKind::Birth,
        words: &[
            "naissance",
            "ddn",
            "dob",
            "birthdate",
            "datenaissance",
            "datenais",
            "naiss",
            "nais",
        ],
        pairs: &[(&["ne", "nee"], &["le", "a"])],
        names: &[],
    },
    Announcement {
        kind: IdentityKind::Name,
        words: &[
            "prenom",
            "prenoms",
            "patronyme",
            "nomprenom",
            "nompatient",
            "firstname",
            "lastname",
            "surname",
            "identite",
        ],
        pairs: &[(&["nom", "noms"], PERSON)],
        names: &[],
    },
    Announcement {
        kind: IdentityKind::Phone,
        words: &[
            "telephone",
            "tel",
            "portable",
            "mobile",
            "phone",
            "gsm",
            "telephones",
        ],
        pairs: &[],
        names: &[],
    },
    Announcement {
        kind: IdentityKind::Email,
        words: &["email", "mail", "courriel", "mel", "emails", "mails"],
        pairs: &[],
        names: &[],
    },
    Announcement {
        kind: IdentityKind::Address,
        words: &[],
        pairs: &[(PLACE, PERSON), (PLACE, PLACE_DETAIL)],
        names: &[
            "adresse",
            "adresses",
            "rue",
            "voie",
            "address",
            "domicile",
            "adresse_1",
            "adresse_2",
            "adresse1",
            "adresse2",
        ],
    },
    Announcement {
        kind: IdentityKind::Practitioner,
        words: &["rpps", "adeli", "idpp", "numrpps"],
        pairs: &[],
        names: &[],
    },
    Announcement {
        kind: IdentityKind::Facility,
        words: &["finess"],
        pairs: &[],
        names: &[],
    },
];

impl Announcement {
    fn fits(&self, name: &str, words: &[&str]) -> bool {
        let any = |list: &[&str]| words.iter().any(|w| list.contains(w));

        any(self.words)
            || self.pairs.iter().any(|(one, other)| any(one) && any(other))
            || self.names.contains(&name)
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

    let name = fold(header);
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
    let bare_person = (of_patients || table.is_none()) && ONE_PERSON.contains(&name.as_str());

    let announced = ANNOUNCEMENTS.iter().find(|a| match a.kind {
        IdentityKind::Name => a.fits(&name, &words) || bare_name || bare_person,
        // Elsewhere it names the place where a bus stands.
        IdentityKind::Facility => of_patients && a.fits(&name, &words),
        _ => a.fits(&name, &words),
    });

    announced.map(|a| a.kind)
}
