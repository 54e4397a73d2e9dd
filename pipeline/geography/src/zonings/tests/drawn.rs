//! Files as drawn: random columns, orders, wordings and vintages give the right values or a refusal.

use proptest::prelude::*;

use super::made::text;
use crate::communes::Communes;
use crate::zonings::read_zonings;

/// A column of a drawn file: its names, and its values for three communes.
type Drawn = (&'static [&'static str], [&'static str; 3]);

const CODES: [&str; 3] = ["61006", "61079", "2A004"];
const TRUE_COLUMNS: [Drawn; 3] = [
    (&["DENS7", "densite7", "Degré de densité 7 niveaux", "DENS"], ["3", "5", "2"]),
    (
        &[
            "Zonage médecins",
            "Zonage",
            "zonage_mg",
            "Classement",
            "Zonage 2025",
            "Zone",
            "Qualification attribuée par l'arrêté régional",
        ],
        ["HZ", "ZIP", "ZAC"],
    ),
    (
        &["APL", "apl_mg", "APL aux médecins généralistes", "APL médecins 2025"],
        ["2,50", "3", "1.25"],
    ),
];
/// What must never be taken for them.
const DECOYS: [Drawn; 13] = [
    (&["DENS", "DENS3", "Degré de densité 3 niveaux", "Densité"], ["2", "3", "2"]),
    (&["DENS_AAV", "densite_aav"], ["2", "4", "1"]),
    (
        &["LIBDENS7", "Libellé densité"],
        ["Petites villes", "Bourgs ruraux", "Centres urbains intermédiaires"],
    ),
    (&["Densité de population", "dens_hab_km2"], ["2", "7", "1"]),
    (
        &["Zonage dentistes", "zonage_sf", "Zonage infirmiers", "Zone kinés"],
        ["ZIP", "ZAC", "HZ"],
    ),
    (&["Zonage 2022", "Zonage médecins 2022"], ["ZAC", "HZ", "ZIP"]),
    (
        &["Qualification nationale issue de la concertation de 2017"],
        ["ZZ_Hors vivier", "01_Sélection nationale", "01_Sélection nationale"],
    ),
    (&["Ancien zonage", "Zonage précédent"], ["ZAC", "HZ", "ZIP"]),
    (&["Zone d'emploi", "Code zone"], ["2801", "2802", "9401"]),
    (
        &["APL aux médecins généralistes de 65 ans et moins", "apl_mg_65"],
        ["1", "2", "1"],
    ),
    (&["APL aux sages-femmes", "APL infirmiers"], ["9", "8", "7"]),
    (&["Population totale 2022", "PMUN22"], ["14000", "1700", "70000"]),
    (&["Commune", "LIBGEO"], ["A", "B", "C"]),
];
const OUTSIDE: [&str; 6] = [
    "HZ",
    "Hors ZIP et ZAC",
    "Ni ZIP ni ZAC",
    "Hors-Zonage (HZ)",
    "Non ZIP",
    "Hors zonage",
];
const PRIORITY: [&str; 4] =
    ["ZIP", "1_ZIP", "Zone d’intervention prioritaire (ZIP)", "ZIP (ex-ZAC)"];

/// Columns that say of each line whose it is, or whether it holds: their names, what they say of the lines to read, and of others.
type Marking = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);
const MARKINGS: [Marking; 3] = [
    (
        &["Spécialité", "Profession", "Professionnel de santé", "Type"],
        &["Médecin généraliste", "Médecine générale", "MG", "Médecins"],
        &["Infirmier", "Sage-femme", "Chirurgiens-dentistes", "Médecin spécialiste"],
    ),
    (
        &["Statut", "État", "Situation du zonage", "Validité du zonage"],
        &["En vigueur", "Actif", "valide", "en vigueur"],
        &["abrogé", "Caduc", "supprimé", "Ancien zonage"],
    ),
    (
        &["Date de fin", "Valable jusqu'au", "Date de fin de validité", "Abrogé le"],
        &["", "31/12/2025", "2026-06-30", "31/12/2099"],
        &["31/12/2024", "2023-06-30", "20241231", "45291"],
    ),
];

/// The drawn lines with a marking and, behind each, the same commune in the words of another zone, marked as not to be read.
fn marked(content: &str, kind: usize, words: (usize, usize, usize)) -> String {
    let (names, kept, left) = MARKINGS[kind];
    let mut lines = content.lines();
    let mut out = vec![format!("{};{}", names[words.0], lines.next().unwrap())];
    for line in lines {
        let code = CODES.iter().find(|c| line.to_uppercase().contains(*c)).unwrap();
        let other = CODES.iter().find(|c| *c != code).unwrap();
        let twin = content
            .lines()
            .find(|l| l.to_uppercase().contains(other))
            .unwrap()
            .replace(&other.to_lowercase(), code);
        out.push(format!("{};{line}", kept[words.1]));
        out.push(format!("{};{twin}", left[words.2]));
    }
    out.join("\n")
}

/// A file as drawn: which true columns it has, its decoys, the order, the wordings.
fn drawn(
    truths: &[Option<usize>],
    decoys: &[Option<usize>],
    order: &[usize],
    words: (usize, usize),
) -> String {
    let pick = |(names, values): &Drawn, rank: &Option<usize>| {
        rank.map(|rank| {
            let values: Vec<String> = values.map(str::to_owned).to_vec();
            (names[rank % names.len()].to_owned(), values)
        })
    };
    let mut columns: Vec<_> =
        TRUE_COLUMNS.iter().zip(truths).filter_map(|(c, rank)| pick(c, rank)).collect();
    for (_, values) in columns.iter_mut().filter(|(_, values)| values[0] == "HZ") {
        values[0] = OUTSIDE[words.0].to_owned();
        values[1] = PRIORITY[words.1].to_owned();
    }
    columns.extend(DECOYS.iter().zip(decoys).filter_map(|(c, rank)| pick(c, rank)));
    columns.push(("Code commune".to_owned(), CODES.map(str::to_lowercase).to_vec()));
    let mut keyed: Vec<_> = columns
        .into_iter()
        .enumerate()
        .map(|(rank, column)| (order[rank], column))
        .collect();
    keyed.sort();

    type Column = (String, Vec<String>);
    let line = |cell: &dyn Fn(&Column) -> String| {
        keyed.iter().map(|(_, column)| cell(column)).collect::<Vec<_>>().join(";")
    };
    let mut lines = vec![line(&|c| c.0.clone())];
    lines.extend((0..3).map(|row| line(&|c| c.1[row].clone())));
    lines.join("\n")
}

/// No value of vintage 2025 is another than the truth; whether the file was read.
fn never_wrong(content: &str, truths: &[Option<usize>], communes: &Communes) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = text(&folder, "fichier_2025.csv", content.as_bytes());
    let Ok(report) = read_zonings(&path, None, &[], communes) else {
        return false;
    };

    let counted = report.kept + report.unknown.len() + report.ambiguous_lines;
    let left = report.other_vintage + report.other_profession + report.not_in_force;
    assert_eq!(report.rows_read, counted + report.superseded + left);
    for (rank, code) in CODES.iter().enumerate() {
        let of_2025 = report.zonings.iter().find(|z| z.code_commune == *code && z.vintage == 2025);
        let found = of_2025.map(|z| (z.density7, z.zonage_mg.as_deref(), z.apl_hundredths));
        let truth = (
            truths[0].map(|_| [3, 5, 2][rank]),
            truths[1].map(|_| ["HZ", "ZIP", "ZAC"][rank]),
            truths[2].map(|_| [250, 300, 125][rank]),
        );
        let none_of_2025 = truth == (None, None, None) && found.is_none();
        assert!(
            none_of_2025 || found == Some(truth),
            "{code}: {found:?} for {truth:?}\n{content}"
        );
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_drawn_file_gives_the_right_columns_or_a_refusal(
        truths in prop::collection::vec(prop::option::of(0_usize..21), 3),
        decoys in prop::collection::vec(prop::option::weighted(0.25, 0_usize..4), 13),
        order in Just((0..17).collect::<Vec<usize>>()).prop_shuffle(),
        words in (0_usize..6, 0_usize..4),
        marking in (0_usize..3, (0_usize..4, 0_usize..4, 0_usize..4)),
    ) {
        let communes = Communes::embedded().unwrap();
        never_wrong(&drawn(&truths, &decoys, &order, words), &truths, communes);

        // Names that leave no doubt are read whatever stands beside them, save another year of the doctors' zoning.
        let plain = [Some(0); 3];
        let decoys: Vec<_> = decoys.iter().enumerate().map(|(rank, d)| d.filter(|_| rank != 5)).collect();
        let content = drawn(&plain, &decoys, &order, (words.0 % 4, words.1));
        prop_assert!(never_wrong(&content, &plain, communes), "refused:\n{content}");

        // Lines of other professions and of the past change nothing.
        let content = marked(&content, marking.0, marking.1);
        prop_assert!(never_wrong(&content, &plain, communes), "refused:\n{content}");
        never_wrong(&marked(&drawn(&truths, &decoys, &order, words), marking.0, marking.1), &truths, communes);
    }
}
