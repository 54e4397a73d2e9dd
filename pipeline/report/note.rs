//! The quality note of a delivery: what was read, accepted, refused, and why. It holds counts of rows, never their values.

use chrono::{Datelike, NaiveDate};

use super::document::Document;
use super::format::{date_longue, nombre, pourcent, typographie};
use super::model::{
    Bilan, Bloc, Chapitre, Chiffre, ColonneImprimee, Jour, Niveau, PageProvenance, Synthese,
    Tableau, Zone,
};

/// What a note says.
#[derive(Debug, Clone)]
pub struct NoteInput<'a> {
    /// Région of the delivery.
    pub zone: &'a Zone,
    /// Period as delivered: `2025`, `2025-T1`.
    pub periode: &'a str,
    /// Who produced it.
    pub producteur: &'a str,
    /// Made-up data.
    pub fictives: bool,
    /// Date of the note: the last day that the delivery tells about.
    pub date: NaiveDate,
    /// Program and version.
    pub programme: &'a str,
    /// Share of refused rows, in per cent, above which the delivery is not stored.
    pub tolerance: f64,
    /// Rows of each table, in order.
    pub tables: &'a [TableLue],
    /// Reasons for refusal, the most frequent first.
    pub motifs: &'a [Motif],
    /// Anything else to say: warnings, files left aside.
    pub avertissements: &'a [String],
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLue {
    /// Table.
    pub nom: String,
    /// File it came from.
    pub fichier: String,
    /// Rows read.
    pub lues: u64,
    /// Rows accepted.
    pub acceptees: u64,
    /// Rows refused.
    pub refusees: u64,
}

/// Rows refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Motif {
    /// Table.
    pub table: String,
    /// Field.
    pub champ: String,
    /// The rule, in words.
    pub regle: String,
    /// Rows.
    pub lignes: u64,
}

/// Makes the note. Attach the quarantine's summary with [`Document::joindre`] if wanted.
pub fn note(input: &NoteInput<'_>) -> Document {
    let somme = |f: fn(&TableLue) -> u64| input.tables.iter().map(f).sum::<u64>();
    let (lues, acceptees, refusees) = (
        somme(|t| t.lues),
        somme(|t| t.acceptees),
        somme(|t| t.refusees),
    );
    let part = if lues == 0 {
        0.0
    } else {
        100.0 * refusees as f64 / lues as f64
    };
    let titre = "Note de qualité d'une livraison".to_string();
    let donnees = Bilan {
        collection: "Médicobus : contrôle des livraisons".into(),
        description: typographie(&format!(
            "{titre}, {}, {}",
            input.zone.complet, input.periode
        )),
        sous_titre: typographie(&format!(
            "{}, période {}, {}",
            input.zone.complet, input.periode, input.producteur
        )),
        titre_court: typographie(&format!(
            "Note de qualité · {} {}",
            input.zone.nom, input.periode
        )),
        titre: typographie(&titre),
        emetteur: typographie(&super::bilan::emetteur_par_defaut(input.zone)),
        logo: None,
        zone: input.zone.clone(),
        annee: input.date.year(),
        date: Jour {
            annee: input.date.year(),
            mois: input.date.month(),
            jour: input.date.day(),
        },
        fictives: input.fictives,
        publiable: true,
        mentions: vec![typographie(&format!(
            "Produit par {}, données jusqu'au {}. Aucune valeur refusée n'est reproduite ici.",
            input.programme,
            date_longue(input.date)
        ))],
        lecture: Vec::new(),
        couverture: None,
        synthese: synthese(input, [lues, acceptees, refusees], part),
        chapitres: chapitres(input),
        provenance: PageProvenance::default(),
        pieces: Vec::new(),
    };
    Document::sans_tables("note_qualite.typ", donnees)
}

fn entier(x: u64) -> String {
    nombre(x as f64, 0)
}

fn synthese(input: &NoteInput<'_>, [lues, acceptees, refusees]: [u64; 3], part: f64) -> Synthese {
    let chiffre = |valeur: String, libelle: &str| Chiffre {
        valeur,
        libelle: libelle.into(),
        detail: None,
        evolution: None,
    };
    let retenue = part <= input.tolerance;
    let (niveau, titre, texte) = if retenue {
        (
            Niveau::Conforme,
            "La livraison peut être chargée",
            "La part de lignes refusées est sous la tolérance",
        )
    } else {
        (
            Niveau::Alerte,
            "La livraison doit être corrigée",
            "La part de lignes refusées dépasse la tolérance",
        )
    };
    let phrase = format!(
        "{texte} ({} pour {}).",
        pourcent(part),
        pourcent(input.tolerance)
    );
    Synthese {
        chiffres: vec![
            chiffre(entier(lues), "lignes lues"),
            chiffre(entier(acceptees), "lignes acceptées"),
            chiffre(
                format!("{} ({})", entier(refusees), pourcent(part)),
                "lignes refusées",
            ),
        ],
        faits: Vec::new(),
        vigilance: Vec::new(),
        blocs: vec![Bloc::Encadre {
            niveau,
            titre: titre.into(),
            textes: vec![typographie(&phrase)],
        }],
    }
}

fn chapitres(input: &NoteInput<'_>) -> Vec<Chapitre> {
    let chapitre = |id: &str, titre: &str, blocs| Chapitre {
        id: id.into(),
        titre: titre.into(),
        nouvelle_page: false,
        phrases: Vec::new(),
        blocs,
    };
    let tables = input
        .tables
        .iter()
        .map(|t| {
            vec![
                t.nom.clone(),
                t.fichier.clone(),
                entier(t.lues),
                entier(t.acceptees),
                entier(t.refusees),
            ]
        })
        .collect();
    let colonnes = [
        ("Table", true),
        ("Fichier", true),
        ("Lues", false),
        ("Acceptées", false),
        ("Refusées", false),
    ];
    let mut liste = vec![chapitre(
        "tables",
        "Tables reçues",
        vec![tableau(
            "tables",
            "Lignes lues, acceptées et refusées",
            &colonnes,
            tables,
        )],
    )];
    let motifs: Vec<Vec<String>> = input
        .motifs
        .iter()
        .map(|m| {
            vec![
                m.table.clone(),
                m.champ.clone(),
                typographie(&m.regle),
                entier(m.lignes),
            ]
        })
        .collect();
    if !motifs.is_empty() {
        let colonnes = [
            ("Table", true),
            ("Champ", true),
            ("Règle", true),
            ("Lignes", false),
        ];
        liste.push(chapitre(
            "motifs",
            "Motifs de refus",
            vec![tableau(
                "motifs",
                "Lignes refusées, par motif",
                &colonnes,
                motifs,
            )],
        ));
    }
    if !input.avertissements.is_empty() {
        let elements = input
            .avertissements
            .iter()
            .map(|a| typographie(a))
            .collect();
        liste.push(chapitre(
            "avertissements",
            "À vérifier",
            vec![Bloc::Liste { elements }],
        ));
    }
    liste
}

fn tableau(id: &str, titre: &str, colonnes: &[(&str, bool)], lignes: Vec<Vec<String>>) -> Bloc {
    Bloc::Tableau(Tableau {
        id: id.into(),
        titre: typographie(titre),
        colonnes: colonnes
            .iter()
            .map(|(t, gauche)| ColonneImprimee {
                titre: typographie(t),
                alignement: if *gauche { "gauche" } else { "droite" }.into(),
            })
            .collect(),
        lignes,
        lignes_totaux: Vec::new(),
        notes: Vec::new(),
        source: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_judges_by_the_tolerance() {
        let zone = Zone::region("28", "Normandie");
        let tables = [TableLue {
            nom: "consultations".into(),
            fichier: "c.csv".into(),
            lues: 100,
            acceptees: 94,
            refusees: 6,
        }];
        let mut input = NoteInput {
            zone: &zone,
            periode: "2025",
            producteur: "ARS Normandie",
            fictives: false,
            date: NaiveDate::default(),
            programme: "medicobus",
            tolerance: 5.0,
            tables: &tables,
            motifs: &[],
            avertissements: &[],
        };
        let niveau = |d: &Document| match d.donnees.synthese.blocs.first() {
            Some(Bloc::Encadre { niveau, .. }) => Some(*niveau),
            _ => None,
        };
        assert_eq!(niveau(&note(&input)), Some(Niveau::Alerte));
        input.tolerance = 6.0;
        assert_eq!(niveau(&note(&input)), Some(Niveau::Conforme));
    }
}
