//! What `donnees.json` holds: the whole content of a document, already formatted. Templates only set it.

use serde::Serialize;

/// A zone that a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Zone {
    /// `national`, `region`, `departement` or `medicobus`.
    pub niveau: String,
    /// `FR`, INSEE code or bus identifier.
    pub code: String,
    /// Short name: `Normandie`.
    pub nom: String,
    /// Name with its kind: `Région Normandie`.
    pub complet: String,
}

impl Zone {
    /// The whole country.
    pub fn nation() -> Self {
        Self::new("national", "FR", "France", "France entière")
    }

    /// A région.
    pub fn region(code: &str, nom: &str) -> Self {
        Self::new("region", code, nom, &format!("Région {nom}"))
    }

    /// A département.
    pub fn departement(code: &str, nom: &str) -> Self {
        Self::new(
            "departement",
            code,
            nom,
            &format!("Département {nom} ({code})"),
        )
    }

    /// A bus.
    pub fn medicobus(id: &str, nom: &str) -> Self {
        Self::new("medicobus", id, nom, &format!("Médicobus {nom}"))
    }

    /// Any zone: level, code, short name, name with its kind.
    pub fn new(niveau: &str, code: &str, nom: &str, complet: &str) -> Self {
        Self {
            niveau: niveau.into(),
            code: code.into(),
            nom: nom.into(),
            complet: complet.into(),
        }
    }
}

/// A day, in parts that Typst takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Jour {
    /// Year.
    pub annee: i32,
    /// Month, 1–12.
    pub mois: u32,
    /// Day, 1–31.
    pub jour: u32,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bilan {
    /// Name of the collection, above the title.
    pub collection: String,
    /// Title.
    pub titre: String,
    /// Second line of the title.
    pub sous_titre: String,
    /// Running header.
    pub titre_court: String,
    /// One sentence for the PDF's metadata.
    pub description: String,
    /// Who issues it.
    pub emetteur: String,
    /// Path of the issuer's logo in the project, if one was given.
    pub logo: Option<String>,
    /// The zone.
    pub zone: Zone,
    /// The year.
    pub annee: i32,
    /// The date of the store's state, which is the date of the document.
    pub date: Jour,
    /// Made-up data: every page says so.
    pub fictives: bool,
    /// False when secrecy was turned off: every page says `NON DIFFUSABLE`.
    pub publiable: bool,
    /// Not final: gated by itself alone, so not to be handed out; every page says so.
    pub projet: bool,
    /// Small lines at the foot of the cover.
    pub mentions: Vec<String>,
    /// How to read the document.
    pub lecture: Vec<String>,
    /// Picture of the cover.
    pub couverture: Option<Image>,
    /// The one-page synthesis.
    pub synthese: Synthese,
    /// Chapters, annexes included.
    pub chapitres: Vec<Chapitre>,
    /// Where the numbers come from.
    pub provenance: PageProvenance,
    /// Files attached inside the PDF.
    pub pieces: Vec<Piece>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Path in the project.
    pub fichier: Option<String>,
    /// Text alternative.
    pub alt: String,
}

/// The one-page synthesis.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Synthese {
    /// Key figures.
    pub chiffres: Vec<Chiffre>,
    /// Facts in plain sentences.
    pub faits: Vec<String>,
    /// Points of vigilance.
    pub vigilance: Vec<Vigilance>,
    /// Anything else, the committee's comment first.
    pub blocs: Vec<Bloc>,
}

/// A key figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chiffre {
    /// The figure, formatted.
    pub valeur: String,
    /// What it counts.
    pub libelle: String,
    /// A second line.
    pub detail: Option<String>,
    /// Last year's value and the change, in words.
    pub evolution: Option<String>,
}

/// A point of vigilance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vigilance {
    /// How serious.
    pub niveau: Niveau,
    /// The same in a word or two, printed.
    pub mot: String,
    /// The sentence.
    pub texte: String,
}

/// Tone of a callout or a point of vigilance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Niveau {
    /// Neutral information.
    Info,
    /// As the cahier des charges wants.
    Conforme,
    /// To watch.
    Attention,
    /// Against the cahier des charges.
    Alerte,
    /// Nobody knows.
    Inconnu,
}

impl Niveau {
    /// The word printed beside a point of vigilance.
    pub fn mot(self) -> &'static str {
        match self {
            Niveau::Info => "Pour information",
            Niveau::Conforme => "Conforme",
            Niveau::Attention => "À surveiller",
            Niveau::Alerte => "Écart",
            Niveau::Inconnu => "Non renseigné",
        }
    }

    /// The level of that name, as a sentence template writes it.
    pub fn lire(nom: &str) -> Option<Self> {
        Some(match nom.trim() {
            "info" => Niveau::Info,
            "conforme" => Niveau::Conforme,
            "attention" => Niveau::Attention,
            "alerte" => Niveau::Alerte,
            "inconnu" => Niveau::Inconnu,
            _ => return None,
        })
    }
}

/// A chapter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chapitre {
    /// Identifier, also the name of its comment file.
    pub id: String,
    /// Title.
    pub titre: String,
    /// Whether it starts a page, unless much of the one before is left and it is no annex.
    pub nouvelle_page: bool,
    /// Opening sentences.
    pub phrases: Vec<String>,
    /// Content.
    pub blocs: Vec<Bloc>,
}

/// A block of a chapter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Bloc {
    /// A paragraph.
    Paragraphe {
        /// Its text.
        texte: String,
    },
    /// A second-level heading.
    Titre {
        /// Its text.
        texte: String,
    },
    /// A list.
    Liste {
        /// Its items.
        elements: Vec<String>,
    },
    /// Key figures.
    Chiffres {
        /// The figures.
        liste: Vec<Chiffre>,
    },
    /// A table.
    Tableau(Tableau),
    /// A chart.
    Graphique(Graphique),
    /// Terms and their definitions, set small.
    Definitions {
        /// The terms.
        liste: Vec<Terme>,
    },
    /// A callout.
    Encadre {
        /// Tone.
        niveau: Niveau,
        /// Heading.
        titre: String,
        /// Paragraphs.
        textes: Vec<String>,
    },
    /// Points of vigilance.
    Vigilance {
        /// The points.
        points: Vec<Vigilance>,
    },
    /// The committee's own words.
    Commentaire {
        /// Heading.
        titre: String,
        /// Parsed Markdown; empty when nobody wrote.
        contenu: Vec<Noeud>,
        /// What an empty comment says.
        invite: String,
    },
}

/// A term of a list of definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Terme {
    /// The term.
    pub titre: String,
    /// Its definition.
    pub texte: String,
    /// Formula, population…: name and text.
    pub details: Vec<(String, String)>,
}

/// A printed table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tableau {
    /// Identifier: the key of the query's answer.
    pub id: String,
    /// Title.
    pub titre: String,
    /// Columns.
    pub colonnes: Vec<ColonneImprimee>,
    /// Formatted cells; the first of each row heads it.
    pub lignes: Vec<Vec<String>>,
    /// Indices of total rows, set in bold.
    pub lignes_totaux: Vec<usize>,
    /// Notes below.
    pub notes: Vec<String>,
    /// Source line.
    pub source: Option<String>,
}

/// A column of a printed table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColonneImprimee {
    /// Heading.
    pub titre: String,
    /// `gauche`, `droite`, or `large` for a column of sentences that takes all the room it can.
    pub alignement: String,
}

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graphique {
    /// Identifier.
    pub id: String,
    /// Title.
    pub titre: String,
    /// Text alternative, or the reason why there is no drawing.
    pub alt: String,
    /// Path of the drawing in the project.
    pub fichier: Option<String>,
    /// Notes below.
    pub notes: Vec<String>,
    /// Source line.
    pub source: Option<String>,
}

/// A node of a committee's comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Noeud {
    /// Text.
    Texte {
        /// The text itself.
        texte: String,
    },
    /// Strong emphasis.
    Gras {
        /// Content.
        enfants: Vec<Noeud>,
    },
    /// Emphasis.
    Italique {
        /// Content.
        enfants: Vec<Noeud>,
    },
    /// Link.
    Lien {
        /// Address.
        cible: String,
        /// Content.
        enfants: Vec<Noeud>,
    },
    /// Line break.
    Saut,
    /// Paragraph.
    Paragraphe {
        /// Content.
        enfants: Vec<Noeud>,
    },
    /// Heading.
    Titre {
        /// Content.
        enfants: Vec<Noeud>,
    },
    /// List.
    Liste {
        /// Numbered.
        ordonnee: bool,
        /// Items.
        enfants: Vec<Noeud>,
    },
    /// List item.
    Element {
        /// Content.
        enfants: Vec<Noeud>,
    },
}

/// The provenance page.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct PageProvenance {
    /// Paragraphs.
    pub textes: Vec<String>,
    /// Tables.
    pub blocs: Vec<Bloc>,
}

/// A file attached inside the PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Name inside the PDF.
    pub nom: String,
    /// Path in the project.
    pub chemin: String,
    /// Media type.
    pub mime: String,
    /// What it is.
    pub description: String,
    /// PDF/A-3 relationship: `data`, `source`, `supplement` or `alternative`.
    pub relation: String,
}
