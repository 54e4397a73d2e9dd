//! Names that hold a fact's word and say another thing: « APL (évolution) », « Zonage FRR », « Densité médicale ».

use super::evidence::{doctors, years};
use super::facts::ColumnFact;
use super::sheet::ZoningSheet;

/// Words beside those that name a fact, which leave its meaning as it is.
const USUAL: [&str; 60] = [
    "a",
    "au",
    "aux",
    "avec",
    "c",
    "code",
    "commune",
    "communes",
    "d",
    "de",
    "des",
    "drees",
    "du",
    "en",
    "et",
    "insee",
    "l",
    "la",
    "le",
    "les",
    "n",
    "par",
    "pour",
    "sans",
    "valeur",
    "indicateur",
    "accessibilite",
    "potentielle",
    "localisee",
    "apl",
    "medecin",
    "medecins",
    "medecine",
    "generale",
    "generaliste",
    "generalistes",
    "mg",
    "liberaux",
    "borne",
    "age",
    "toutes",
    "tous",
    "ages",
    "ensemble",
    "total",
    "consultations",
    "visites",
    "an",
    "habitant",
    "standardise",
    "grille",
    "communale",
    "niveau",
    "niveaux",
    "sept",
    "7",
    "degre",
    "classe",
    "categorie",
    "typologie",
];

/// Whether nothing in a name that holds a fact's word says another thing of it: « APL (évolution) », « Densité médicale », « Zonage FRR ».
/// A number says nothing by itself, so every word must be usual; a zone is told by its own words.
pub(super) fn plain(fact: ColumnFact, name: &str) -> bool {
    let usual = |word: &str| {
        USUAL.contains(&word)
            || word.starts_with("dens")
            || !years(word).is_empty()
            || matches!(word, "aav" | "60" | "62" | "65" | "ans")
    };
    match fact {
        ColumnFact::Zoning => {
            // A profession or a policy that nobody thought of is one word more: only a name that says doctors may have any.
            !name.split('_').any(other_zoning)
                && (doctors(name) || name.split('_').all(of_a_zoning))
        }
        ColumnFact::Tvs => name.split('_').all(of_a_tvs_code),
        _ => name.split('_').all(usual),
    }
}

/// « Code du territoire de vie-santé (TVS) 2022 »; « Population du TVS » and « Zonage du TVS » say another thing of it.
fn of_a_tvs_code(word: &str) -> bool {
    matches!(
        word,
        "tvs"
            | "codetvs"
            | "codtvs"
            | "idtvs"
            | "code"
            | "codes"
            | "cod"
            | "identifiant"
            | "id"
            | "insee"
            | "drees"
            | "de"
            | "du"
            | "des"
            | "la"
            | "le"
            | "territoire"
            | "territoires"
            | "vie"
            | "sante"
            | "commune"
            | "en"
            | "vigueur"
    ) || !years(word).is_empty()
}

/// « Zonage », « Zonage ARS 2022 », « Classement de la commune en vigueur au 12/03/2022 ».
fn of_a_zoning(word: &str) -> bool {
    const WORDS: [&str; 26] = [
        "qualification",
        "classement",
        "zip",
        "zac",
        "hz",
        "type",
        "nom",
        "ars",
        "cpam",
        "agence",
        "regionale",
        "regional",
        "sante",
        "arrete",
        "arretee",
        "attribue",
        "attribuee",
        "retenu",
        "retenue",
        "officiel",
        "actuel",
        "actuelle",
        "vigueur",
        "final",
        "definitif",
        "cod",
    ];
    word.starts_with("zonage")
        || matches!(word, "zone" | "zones")
        || WORDS.contains(&word)
        || USUAL.contains(&word)
        || word.bytes().all(|b| b.is_ascii_digit())
}

/// Zonings of other policies: taxes, housing, priority districts.
fn other_zoning(word: &str) -> bool {
    const OTHERS: [&str; 24] = [
        "frr",
        "zfrr",
        "zrr",
        "qpv",
        "qrr",
        "afr",
        "zfu",
        "ber",
        "zrd",
        "abc",
        "pinel",
        "tendue",
        "tendu",
        "radon",
        "montagne",
        "littoral",
        "loi",
        "emploi",
        "natura",
        "rural",
        "rurale",
        "ehpad",
        "scolaire",
        "academique",
    ];
    const STARTS: [&str; 6] = ["revital", "fiscal", "sismi", "inond", "touris", "climat"];
    OTHERS.contains(&word) || STARTS.iter().any(|start| word.starts_with(start))
}

/// The columns that hold a fact's word and may be another thing, as a message names them with the way to take them.
pub(super) fn doubtful(sheet: &ZoningSheet) -> Vec<(ColumnFact, String)> {
    let word = |fact: ColumnFact, name: &str| {
        name.split('_').any(|word| match fact {
            ColumnFact::Density => word.starts_with("dens"),
            ColumnFact::Zoning => word.starts_with("zonage"),
            ColumnFact::Apl => word == "apl",
            // What else is said of TVS is no reason to name it.
            ColumnFact::Tvs => false,
        })
    };
    let columns = sheet.header.iter().zip(&sheet.labels);
    let found = columns.flat_map(|(name, label)| {
        let of = move |fact: &ColumnFact| word(*fact, name) && !plain(*fact, name);
        ColumnFact::ALL.into_iter().filter(of).map(move |fact| (fact, label.clone()))
    });
    found.collect()
}
