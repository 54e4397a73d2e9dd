//! Every rule that a delivery is judged by, with its French name, what it says and what to do about it.
//!
//! Rules on one cell come from the constraints of the schemas; those that join fields, rows or tables are named here and
//! evaluated in [`delivery`].

use serde::{Deserialize, Serialize};

/// What a finding leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The whole delivery is refused.
    Fichier,
    /// The row is refused.
    Ligne,
    /// The row is kept, the reader is told.
    Avertissement,
}

macro_rules! rules {
    ($($variant:ident $code:literal $severity:ident $title:literal $advice:literal,)*) => {
        /// A rule, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Rule {
            $(#[doc = $title] #[serde(rename = $code)] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the documentation.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant,)*];

            /// The stable name written in quarantine files.
            pub fn code(self) -> &'static str {
                match self { $(Rule::$variant => $code,)* }
            }

            /// What the rule asks.
            pub fn title(self) -> &'static str {
                match self { $(Rule::$variant => $title,)* }
            }

            /// What to ask the sender.
            pub fn advice(self) -> &'static str {
                match self { $(Rule::$variant => $advice,)* }
            }

            /// What a breach leads to.
            pub fn severity(self) -> Severity {
                match self { $(Rule::$variant => Severity::$severity,)* }
            }
        }
    };
}

rules! {
    // The delivery and its files.
    Identite "identite" Fichier "Aucune donnée d'identité n'entre"
        "supprimez la colonne ou la valeur à la source, puis renvoyez toute la livraison ; détruisez le fichier reçu",
    LivraisonInconnue "livraison_inconnue" Fichier "La livraison dit sa région et sa période"
        "ajoutez region et periode dans livraison.toml (ou la feuille livraison), ou donnez --region et --periode",
    RienADeclarer "rien_a_declarer" Fichier "« Rien à déclarer » nomme une table ou un médicobus que la livraison ne remplit pas"
        "corrigez rien_a_declarer dans livraison.toml (ou la feuille livraison), ou retirez les lignes",
    FichierIllisible "fichier_illisible" Fichier "Le fichier se lit jusqu'au bout"
        "réexportez le fichier et renvoyez-le",
    FichierNonLu "fichier_non_lu" Fichier "Tout fichier qui ressemble à une table est lu"
        "enregistrez la table en CSV ou XLSX, sous le nom de la table ; si ce n'en est pas une, retirez le fichier",
    LimiteDepassee "limite_depassee" Fichier "Le fichier reste dans les limites de taille"
        "découpez le fichier, ou vérifiez qu'il n'est pas abîmé",
    NomDangereux "nom_dangereux" Fichier "Les noms de fichiers restent dans la livraison"
        "refaites l'archive sans chemin absolu ni « .. »",
    EnTeteAbsent "en_tete_absent" Fichier "La première ligne porte les noms de colonnes"
        "mettez les noms de colonnes du dictionnaire sur la première ligne",
    ColonneManquante "colonne_manquante" Fichier "Les colonnes obligatoires sont là"
        "ajoutez la colonne, ou corrigez son nom",
    ColonneDouble "colonne_double" Fichier "Une colonne n'est donnée qu'une fois"
        "gardez une seule des colonnes de même nom",
    AucuneLigne "aucune_ligne_acceptee" Fichier "Un fichier rempli a au moins une ligne acceptée"
        "regardez la première cause de refus : elle touche sans doute toutes les lignes",
    UniteAutre "autre_unite" Fichier "Les nombres d'une colonne sont dans l'unité du dictionnaire"
        "donnez les valeurs dans l'unité du dictionnaire, puis retirez la ligne ou le titre qui en dit une autre",
    DatesAmbigues "dates_ambigues" Fichier "Le jour et le mois des dates ne se confondent pas"
        "écrivez les dates AAAA-MM-JJ, ou donnez « format_date » dans [dialecte]",
    // The cells.
    Cellules "nombre_cellules" Ligne "Une ligne a autant de cellules que l'en-tête"
        "remettez chaque valeur sous sa colonne ; dans un CSV, un texte qui contient le séparateur se met entre guillemets",
    Encodage "encodage" Ligne "Les caractères se lisent dans l'encodage du fichier"
        "réexportez en UTF-8, ou donnez « encodage » dans [dialecte]",
    OctetNul "octet_nul" Ligne "Aucun octet nul"
        "réexportez le fichier depuis le logiciel d'origine",
    Requis "requis" Ligne "La valeur est obligatoire"
        "complétez la valeur",
    Type "type" Ligne "La valeur est du type attendu"
        "corrigez la valeur selon le dictionnaire",
    NombreAmbigu "nombre_ambigu" Ligne "Un nombre se lit d'une seule façon"
        "écrivez 75000 ou 75,00, ou donnez « decimale » dans [dialecte]",
    IdentifiantArrondi "identifiant_arrondi" Ligne "Les identifiants gardent tous leurs chiffres"
        "mettez la colonne au format texte à la source, puis exportez à nouveau : les chiffres perdus ne se retrouvent pas",
    ValeurAdmise "valeur_admise" Ligne "La valeur est dans la liste admise"
        "employez une valeur de la liste",
    Motif "motif" Ligne "La valeur a la forme attendue"
        "corrigez la valeur selon l'exemple du dictionnaire",
    Borne "borne" Ligne "La valeur est dans les bornes"
        "vérifiez la valeur et son unité",
    Unicite "unicite" Ligne "L'identifiant n'est donné qu'une fois"
        "supprimez la ligne en double",
    Contradiction "contradiction" Fichier "Une même chose n'est dite que d'une façon"
        "si l'une des deux lignes corrige l'autre, ne gardez qu'elle ; si les deux comptent, réunissez-les en une seule",
    // References.
    CleEtrangere "cle_etrangere" Ligne "Le projet est dans la table medicobus"
        "ajoutez le projet à la table medicobus, ou corrigez son identifiant",
    CommuneInconnue "commune_inconnue" Ligne "La commune existe au code officiel géographique"
        "corrigez le code Insee (ce n'est pas le code postal)",
    RegionDeLaLivraison "region_de_la_livraison" Ligne "Le projet est de la région qui livre"
        "retirez le projet, ou corrigez son code de région",
    Periode "periode" Ligne "La ligne est de la période livrée"
        "mettez la ligne dans la livraison de sa période",
    // Fields of one row together.
    DemandeAvantConsultation "demande_avant_consultation" Ligne "La demande précède la consultation"
        "vérifiez les deux dates : le jour et le mois sont peut-être inversés",
    DateFuture "date_future" Ligne "La date est passée"
        "corrigez l'année ou le mois",
    MtDeclareSans "mt_declare_sans" Ligne "Un médecin traitant n'est déclaré que pour un patient sans médecin traitant"
        "videz mt_declare_le, ou corrigez statut_mt",
    MtDeclareApres "mt_declare_apres" Avertissement "La déclaration d'un médecin traitant suit la consultation"
        "vérifiez mt_declare_le",
    NonProgrammeSas "non_programme_sas" Avertissement "Le soin non programmé vient du SAS"
        "vérifiez adressage : le médicobus ne reçoit de soin non programmé que sur demande du SAS",
    HonoresOfferts "honores_offerts" Ligne "Les créneaux honorés ne dépassent pas les créneaux offerts"
        "vérifiez les deux colonnes : elles sont peut-être inversées",
    HeuresOrdre "heures_ordre" Ligne "L'heure de fin suit l'heure de début"
        "vérifiez les deux heures",
    AnnuleeHonoree "annulee_honoree" Avertissement "Une tournée annulée n'a pas de créneau honoré"
        "vérifiez annulee et creneaux_honores",
    DatesOrdre "dates_ordre" Ligne "La date de fin suit la date de début"
        "vérifiez les deux dates",
    ServiceAvantLabel "service_avant_label" Avertissement "La mise en service suit la labellisation"
        "vérifiez les deux dates",
    SousEnsemble "sous_ensemble" Ligne "Une partie ne dépasse pas le tout"
        "vérifiez les deux colonnes : elles sont peut-être inversées",
    DelaiSansRendezVous "delai_sans_rendez_vous" Ligne "Un délai n'est donné que si un rendez-vous est obtenu"
        "videz delai_jours, ou corrigez resultat",
    MotifSansObjet "motif_sans_objet" Avertissement "Un motif n'est donné que s'il y a lieu"
        "videz le motif, ou complétez ce qu'il explique : date_fin, ou refusees",
    DelaiAbsent "delai_absent" Avertissement "Un rendez-vous obtenu a un délai"
        "complétez delai_jours",
    HorsItineraire "hors_itineraire" Avertissement "La consultation est un jour et à un arrêt de l'itinéraire"
        "complétez la table tournees, ou corrigez la date ou la commune",
    HorsService "hors_service" Avertissement "La ligne est d'un jour où le médicobus est en service"
        "corrigez la date, ou date_mise_en_service et date_fin dans la table medicobus",
    // Told, nothing refused.
    ConsultationsAbsentes "consultations_absentes" Avertissement "Des créneaux honorés ont leurs consultations"
        "complétez la table consultations, ou vérifiez creneaux_honores : le bilan ne compte que les consultations livrées",
    ConsultationsEnTrop "consultations_en_trop" Avertissement "Une consultation a son créneau honoré"
        "cherchez des consultations livrées deux fois sous d'autres identifiants, ou complétez creneaux_honores : le bilan compte toutes les consultations livrées",
    ZeroRetabli "zero_retabli" Avertissement "Les codes gardent leurs zéros de tête"
        "mettez la colonne au format texte avant de saisir ou d'exporter",
    CommuneFusionnee "commune_fusionnee" Avertissement "La commune existe encore"
        "la ligne est reportée sur la commune qui lui succède : rien à faire",
    TerritoireNonCompte "territoire_non_compte" Avertissement "Le territoire compte dans les tableaux"
        "la ligne est gardée, mais aucun tableau ne la compte : livrez le territoire sous son code d'aujourd'hui",
    ColonneIgnoree "colonne_ignoree" Avertissement "Les colonnes sont au dictionnaire"
        "supprimez la colonne, ou corrigez son nom",
    FichierIgnore "fichier_ignore" Avertissement "Le fichier est une table du contrat"
        "nommez le fichier ou la feuille comme la table",
    LigneVide "ligne_vide" Avertissement "Aucune ligne vide"
        "supprimez les lignes vides",
    PseudonymeFaible "pseudonyme_faible" Avertissement "Le pseudonyme ne se devine pas"
        "demandez au producteur un pseudonyme tiré au hasard, ou haché avec une clé secrète propre au projet",
    PseudonymeDouteux "pseudonyme_douteux" Avertissement "Un pseudonyme désigne un patient, et un patient n'en a qu'un"
        "demandez au producteur comment le pseudonyme est attribué ; laissez la case vide pour un patient qui n'en a pas",
    PseudonymePartage "pseudonyme_partage" Avertissement "Le pseudonyme est propre au projet"
        "demandez au producteur une clé secrète différente pour chaque projet",
}

impl Rule {
    /// What a warning leaves in doubt of the criteria of the cahier des charges and of the answers to the instruction.
    pub fn decides(self) -> Option<&'static str> {
        Some(match self {
            Rule::ConsultationsAbsentes | Rule::ConsultationsEnTrop => {
                "tout ce qui se compte en consultations"
            }
            Rule::NonProgrammeSas => "le critère « soins non programmés hors SAS »",
            Rule::PseudonymeDouteux => "le critère « praticien habituel » et la file active",
            Rule::HorsItineraire => "la tenue de l'itinéraire",
            Rule::AnnuleeHonoree => "le taux de sortie",
            Rule::MtDeclareApres => "le nombre de médecins traitants trouvés",
            Rule::DelaiAbsent => "le délai d'un rendez-vous",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_are_the_serialized_form() {
        let codes: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Rule::ALL.len());

        for rule in Rule::ALL {
            assert_eq!(serde_json::to_string(rule).unwrap(), format!("\"{}\"", rule.code()));
        }
    }

    #[test]
    fn only_a_warning_leaves_a_criterion_in_doubt() {
        for rule in Rule::ALL.iter().filter(|r| r.decides().is_some()) {
            assert_eq!(rule.severity(), Severity::Avertissement, "{}", rule.code());
        }
    }
}
