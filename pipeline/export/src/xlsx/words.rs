//! Words for the codes that a query returns without a name beside them.

/// Column, code, words. The tables have the titles that the contract gives them.
const WORDS: [(&str, &str, &str); 23] = [
    ("desserte", "desservi", "Territoires desservis"),
    ("desserte", "non_desservi", "Autres territoires"),
    ("desserte", "ensemble", "Ensemble"),
    ("nature", "fonctionnement", "Fonctionnement"),
    ("nature", "investissement", "Investissement"),
    ("nature", "ensemble", "Ensemble"),
    ("nature", "medicobus", "Médicobus"),
    ("nature", "mesure", "Mesure"),
    ("perimetre", "projet", "Territoire du projet"),
    ("perimetre", "reste", "Reste des départements"),
    ("perimetre", "departements", "Départements en entier"),
    ("nom_table", "consultations", "Consultations honorées"),
    ("nom_table", "delais_mg", "Délais d’accès au médecin généraliste"),
    ("nom_table", "demandes", "Demandes reçues par la cellule de coordination"),
    ("nom_table", "dessertes", "Communes desservies"),
    ("nom_table", "financements", "Financements"),
    ("nom_table", "medicobus", "Projets de médicobus"),
    ("nom_table", "mesures_concurrentes", "Autres mesures du territoire"),
    ("nom_table", "objectifs", "Objectifs"),
    ("nom_table", "offre", "Offre durable"),
    ("nom_table", "projets_cahier", "Réponses au cahier des charges"),
    ("nom_table", "territoires", "Panel des territoires"),
    ("nom_table", "tournees", "Tournées"),
];

/// The words for a code of a column, if it has any.
pub(super) fn words(column: &str, code: &str) -> Option<&'static str> {
    WORDS.iter().find(|w| w.0 == column && w.1 == code).map(|w| w.2)
}
