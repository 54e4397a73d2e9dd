//! Where each table of a workbook stands, and what it is called there.

use std::collections::HashSet;

use super::sheet::height;
use super::subjects::Subject;

/// Name of the first sheet.
pub(super) const README: &str = "Lisez-moi";
/// Name of the sheet that the tables share that have none of their own.
pub(super) const DETAIL: &str = "Détail";
/// First row of the first table there: a title, marks and a blank line stand above.
const DETAIL_TOP: u32 = 3;
/// Excel's limit for the name of a sheet.
const NAME: usize = 31;

/// Names of sheets for the tables whose title is too long for one, by query.
const SHORT: [(&str, &str); 39] = [
    ("conformite_activite", "Activité et cahier des charges"),
    ("consultations_par_modalite", "Consultations par modalité"),
    ("consultations_par_profil", "Consultations par profil"),
    ("cout", "Coût de fonctionnement"),
    ("decomposition", "Pourquoi la part a changé"),
    ("delai_mg_distribution", "Distribution, généralistes"),
    ("delai_mg_territoires", "Délai chez les généralistes"),
    ("delai_rendez_vous", "Délai au médicobus"),
    ("delai_rendez_vous_distribution", "Distribution, médicobus"),
    ("delais_intervalles", "Délais et intervalles"),
    ("demandes_cellule", "Demandes à la coordination"),
    ("devenir_medicobus", "Devenir des médicobus"),
    ("effet_ecartes", "Effets non estimés"),
    ("effet_echantillon", "Territoires retenus et écartés"),
    ("effet_grappes", "Contrôles de l’erreur"),
    ("effet_mesures", "Autres mesures"),
    ("effet_moyen", "Effet moyen"),
    ("effet_naif", "Effet, méthodes naïves"),
    ("effet_par_trimestre", "Effet selon la distance"),
    ("effet_pour_qui", "Effet selon le porteur"),
    ("effet_sensibilite", "Effet, tendances divergentes"),
    ("effet_verifications", "Vérifications des tendances"),
    ("engagements", "Porteurs et engagements"),
    ("etat_des_lieux", "État des lieux"),
    ("etat_des_lieux_delais", "État des lieux, délais"),
    ("etat_des_lieux_offre", "État des lieux, offre"),
    ("etat_des_lieux_sources", "État des lieux, sources"),
    ("evolutions_en_grappes", "Intervalles des évolutions"),
    ("exigences_declarees", "Cahier des charges, déclaré"),
    ("file_active", "File active"),
    ("mt_trouve", "Médecin traitant trouvé"),
    ("mt_trouve_par_public", "MT trouvé, selon la situation"),
    ("mt_trouve_par_voie", "MT trouvé, selon la voie"),
    ("offre_durable", "Offre durable"),
    ("part_sans_mt_patients", "Sans MT au médicobus"),
    ("part_sans_mt_territoires", "Sans MT dans les territoires"),
    ("parts_en_grappes", "Intervalles des parts"),
    ("publics_exclusifs", "Publics, chacun une fois"),
    ("remplissage", "Remplissage des créneaux"),
];

/// Where a table stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Name of the sheet.
    pub(super) name: String,
    /// Its first row there, from 0.
    pub(super) row: u32,
    /// Name of the table itself, for formulas.
    pub(super) table: String,
}

/// The place of each table, in at most `sheets` sheets, the first one and [`DETAIL`] included: where they are more, the last ones share it.
pub(super) fn places(tables: &[Subject], sheets: usize) -> Vec<Place> {
    let own = if tables.len() < sheets { tables.len() } else { sheets - 2 };
    let mut names: Vec<String> = vec![README.into(), DETAIL.into()];
    let mut taken = HashSet::new();
    let mut next = DETAIL_TOP;

    let place = |(number, subject): (usize, &Subject)| {
        let table = table_name(&subject.key, &mut taken);
        if number < own {
            let definition = subject.table.definition();
            let short = SHORT.iter().find(|s| s.0 == definition.name);
            let title = short.map_or(definition.title.as_str(), |s| s.1);
            let name = sheet_name(title, &subject.key, &names);
            names.push(name.clone());
            return Place { name, row: 0, table };
        }

        let row = next;
        next += height(subject);
        let name = DETAIL.into();
        Place { name, row, table }
    };
    tables.iter().enumerate().map(place).collect()
}

/// A table's key as Excel takes a name: no signs, no name that could be a cell's; none twice.
fn table_name(key: &str, taken: &mut HashSet<String>) -> String {
    let plain: String = key.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let letters = plain.chars().take_while(|c| c.is_alphabetic()).count();
    let could_be_a_cell = letters == 0 || letters <= 3 && !plain.contains('_');
    let name = if could_be_a_cell { format!("table_{plain}") } else { plain };

    let mut candidate = name.clone();
    let mut number = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = format!("{name}_{number}");
        number += 1;
    }
    candidate
}

/// A table's title, cut between words to what Excel allows, and its scope; none twice.
fn sheet_name(title: &str, key: &str, taken: &[String]) -> String {
    let scope = match key.split_once('/') {
        None => String::new(),
        Some((_, "parties")) => " par zone".into(),
        Some((_, "medicobus")) => " par bus".into(),
        Some((_, other)) => format!(" {}", other.replace('/', " ")),
    };

    let is_taken = |name: &str| taken.iter().any(|t| t.to_lowercase() == name.to_lowercase());
    let mut candidate = cut(title, &scope);
    let mut number = 2;
    while is_taken(&candidate) {
        candidate = cut(title, &format!("{scope} ({number})"));
        number += 1;
    }
    candidate
}

/// As many words of a title as fit before `end`.
fn cut(title: &str, end: &str) -> String {
    let room = NAME.saturating_sub(end.chars().count());
    let title: String =
        title.chars().map(|c| if r"[]:*?/\".contains(c) { ' ' } else { c }).collect();

    let words: Vec<&str> = title.split_whitespace().collect();
    let fits = |count: &usize| words[..*count].join(" ").chars().count() <= room;
    let mut count = (1..=words.len()).rev().find(fits).unwrap_or(0);
    // A title cut after « de » would wait for its end.
    while count < words.len() && count > 1 && words[count - 1].chars().count() <= 4 {
        count -= 1;
    }

    let name = match count {
        0 => title.chars().take(room).collect(),
        count => words[..count].join(" "),
    };
    // Excel takes an apostrophe within a name, not at its ends.
    name.trim_matches(['\'', ',', ';', ' ']).to_owned() + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_named_after_their_headings_and_never_twice() {
        let mut names = vec![README.to_string(), DETAIL.to_string()];
        for (title, key) in [
            ("Synthèse annuelle", "synthese"),
            ("Synthèse annuelle", "synthese/parties"),
            ("Synthèse annuelle", "synthese/parties"),
            ("Consultations par profil de patient", "consultations_par_profil/medicobus/2024"),
            ("détail", "detail"),
            ("Créneaux : offerts / honorés [2025]", "creneaux"),
            ("Unmotquinefinitpasetquinesecoupepas", "long"),
        ] {
            names.push(sheet_name(title, key, &names));
        }
        assert_eq!(
            names[2..],
            [
                "Synthèse annuelle",
                "Synthèse annuelle par zone",
                "Synthèse annuelle par zone (2)",
                "Consultations medicobus 2024",
                "détail (2)",
                "Créneaux offerts honorés 2025",
                "Unmotquinefinitpasetquinesecoup",
            ]
        );
        assert!(names.iter().all(|n| n.chars().count() <= NAME));
    }
    #[test]
    fn short_names_fit_beside_their_scope() {
        for (query, name) in SHORT {
            assert!(name.chars().count() <= NAME, "{query}: {name}");
            assert_eq!(sheet_name(name, query, &[]), name);
        }
        for query in ["cout", "delai_rendez_vous", "part_sans_mt_patients"] {
            let short = SHORT.iter().find(|s| s.0 == query).unwrap().1;
            let name = sheet_name(short, &format!("{query}/parties"), &[]);
            assert_eq!(name, format!("{short} par zone"));
        }
    }

    #[test]
    fn tables_are_named_after_what_they_hold() {
        let mut taken = HashSet::new();
        let names = ["synthese/parties", "cout", "cout", "f1", "R"];
        let names = names.map(|key| table_name(key, &mut taken));
        assert_eq!(names, ["synthese_parties", "cout", "cout_2", "table_f1", "table_R"]);
    }
}
