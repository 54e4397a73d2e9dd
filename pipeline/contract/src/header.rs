//! What a delivery says of itself, in `livraison.toml` or in the sheet `livraison` of a workbook.

/// A key of the header.
#[derive(Debug, Clone, Copy)]
pub struct HeaderKey {
    /// Its name.
    pub name: &'static str,
    /// Whether a delivery without it is refused.
    pub required: bool,
    /// What to write, in French.
    pub description: &'static str,
    /// As it stands in `livraison.toml`.
    pub example: &'static str,
}

/// The key by which a delivery says what it has nothing to tell about.
pub const NOTHING_TO_DECLARE: &str = "rien_a_declarer";

/// The keys in the order of the form.
pub const HEADER_KEYS: [HeaderKey; 6] = [
    HeaderKey {
        name: "region",
        required: true,
        description: "Code Insee de la région qui livre.",
        example: "\"28\"",
    },
    HeaderKey {
        name: "periode",
        required: true,
        description: "Période livrée : 2026, 2026-S1, 2026-T1 ou 2026-03.",
        example: "\"2026\"",
    },
    HeaderKey {
        name: "producteur",
        required: false,
        description: "Service qui envoie la livraison ; jamais le nom d'une personne.",
        example: "\"ARS Normandie\"",
    },
    HeaderKey {
        name: "motif",
        required: false,
        description: "Pourquoi cette livraison en remplace une autre, s'il y en a une.",
        example: "\"oubli de mars\"",
    },
    HeaderKey {
        name: NOTHING_TO_DECLARE,
        required: false,
        description: "Tables et médicobus sans rien à déclarer pour la période, par leur nom ou leur identifiant, séparés par des virgules : leur absence est alors voulue.",
        example: "[\"delais_mg\", \"28-orne-01\"]",
    },
    HeaderKey {
        name: "fictives",
        required: false,
        description: "oui si les données sont inventées, pour un essai.",
        example: "true",
    },
];
