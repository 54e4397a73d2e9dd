//! How the figures were made: secrecy, quantiles, intervals. The definition of each table is attached.

use crate::builder::Builder;
use base::french::typography;

/// How secrecy was kept.
pub(crate) fn secrecy(a: &Builder<'_>) -> String {
    let small_counts = format!(
        "Secret statistique : tout effectif de 1 à {} patients est masqué, et avec lui les chiffres qui permettraient de le retrouver par soustraction.",
        a.input.threshold.saturating_sub(1)
    );

    typography(if a.input.tables.values().all(disclosure::GatedTable::publishable) {
        &small_counts
    } else {
        "Secret statistique : levé ou affaibli à la demande pour ce document, ou requêtes changées ; il ne peut pas être diffusé."
    })
}

/// How a bilan's quantiles and intervals were computed.
pub(crate) fn intervals() -> String {
    typography(
        "Quantiles : exacts, interpolés. Parts de patients et leurs évolutions : les patients d'un même médicobus se ressemblent, l'intervalle à 95 % tient compte des écarts entre médicobus, comme celui de l'évaluation ; il n'est donné qu'à partir de 3 médicobus dont aucun ne fait plus de 85 % des patients. D'un seul médicobus : intervalle de Newcombe sur ses patients.",
    )
}
