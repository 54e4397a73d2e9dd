//! The note for the conseil territorial de santé: one page for the public, the four questions of the instruction in plain words.

use super::bilan::front_matter;
use super::builder::Builder;
use super::chapters::answers::context;
use super::chapters::itineraries;
use super::chapters::medecin_traitant::found;
use super::chapters::summary::key_figure;
use super::chapters::titled::{TitledLines, chapter_of, paragraphs};
use super::content::{Bilan, Block, Chapter, KeyFigure, NamedZone, SummaryPage, Tone};
use super::document::Document;
use super::input::BilanInput;
use super::prose::for_sentence;
use super::requests::{QueryRequest, request};
use base::definition::Definition;
use base::error::Result;
use base::french::{Figure, typography};
use base::zone::Level;

/// Queries of the note, each with the suffix of its key.
const ASKED: [(&str, &str); 9] = [
    ("synthese", ""),
    ("synthese", "parties"),
    ("consultations_par_profil", ""),
    ("mt_trouve", ""),
    ("part_sans_mt_patients", ""),
    ("part_sans_mt_territoires", ""),
    ("delai_mg_territoires", ""),
    ("offre_durable", ""),
    ("communes_desservies", "medicobus"),
];

/// Questions of the instruction, by their name in `note_cts.j2`.
const QUESTIONS: [(&str, &str); 4] = [
    ("profils", "Qui le médicobus soigne-t-il ?"),
    ("medecin_traitant", "Y a-t-il moins de personnes sans médecin traitant ?"),
    ("delai", "Attend-on moins longtemps un rendez-vous ?"),
    ("offre", "Des médecins s’installent-ils pour de bon ?"),
];

/// Profiles that the public knows by their plain names: dimension, value, words.
const PROFILES: [(&str, &str, &str); 5] = [
    ("statut_mt", "sans", "Personnes sans médecin traitant"),
    ("ald", "oui", "Personnes en affection de longue durée"),
    ("tranche_age", "00-16", "Enfants jusqu’à 16 ans"),
    ("tranche_age", "70-79", "Personnes de 70 à 79 ans"),
    ("tranche_age", "80+", "Personnes de 80 ans et plus"),
];

/// What the note asks for, in key order; a query that is not in the catalogue is done without.
pub fn requests<'a>(
    zone: &NamedZone,
    year: i32,
    catalogue: impl IntoIterator<Item = &'a Definition>,
) -> Vec<QueryRequest> {
    let mut list: Vec<QueryRequest> = Vec::new();
    for definition in catalogue {
        let suffixes = ASKED.iter().filter(|(name, _)| *name == definition.name);
        list.extend(suffixes.filter_map(|(_, suffix)| request(zone, year, definition, suffix)));
    }

    list.sort_by(|a, b| a.key.cmp(&b.key));
    list
}

/// Makes the note of a région or a département.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if an attachment cannot be made.
pub fn note_cts(input: &BilanInput<'_>) -> Result<Document> {
    let mut builder = Builder::new(input)?;
    let lines = TitledLines::read(&builder, "note_cts.j2", facts(&builder))?;

    let mut chapters: Vec<Chapter> = QUESTIONS
        .iter()
        .filter_map(|(id, question)| {
            let blocks = if *id == "profils" { profiles(&mut builder) } else { None };
            chapter_of(id, question, lines.of(id), blocks)
        })
        .collect();
    let places = places(&mut builder);
    chapters.extend(chapter_of(
        "lieux",
        "Où passe-t-il ?",
        Vec::new(),
        places.into_iter().chain(reading(&lines)),
    ));
    if let (Some(last), true) = (chapters.last_mut(), input.comments.contains_key("note_cts")) {
        last.blocks.extend(builder.comment("note_cts"));
    }

    let title = format!("Les médicobus en {}", input.year);
    let short_title = format!("Note au conseil territorial de santé · {}", input.zone.name);
    let mut content = Bilan {
        summary: SummaryPage {
            key_figures: key_figures(&builder),
            blocks: paragraphs(lines.of("intro")),
            ..SummaryPage::default()
        },
        chapters,
        ..front_matter(input, title, short_title)
    };
    content.collection = "Note au conseil territorial de santé".into();

    Ok(Document::new("note_cts.typ", content, builder.charts, input))
}

/// The answers' facts, and who found a médecin traitant.
fn facts(builder: &Builder<'_>) -> impl serde::Serialize + use<> {
    let mut context = context(builder);
    context.insert("m", for_sentence(found(builder)));
    context
}

/// What a passer-by asks first.
fn key_figures(builder: &Builder<'_>) -> Vec<KeyFigure> {
    let Some(row) = builder.row("synthese") else {
        return Vec::new();
    };
    let choice = [
        ("medicobus_actifs", "médicobus en route"),
        ("jours_sortie", "jours de sortie"),
        ("consultations", "consultations"),
        ("patients", "personnes reçues"),
    ];

    let figure = |(name, label): (&str, &str)| key_figure(builder, &row, name, label, None);
    choice.into_iter().filter_map(figure).collect()
}

/// Consultations by profile.
fn profiles(builder: &mut Builder<'_>) -> Option<Block> {
    let slice = builder.slice("consultations_par_profil")?;
    let rows: Vec<Vec<String>> = PROFILES
        .iter()
        .filter_map(|(dimension, value, words)| {
            let row = slice.with("dimension", dimension).with("modalite", value).first()?;
            let cell = |name| row.printed(name);
            Some(vec![typography(words), cell("patients"), cell("consultations"), cell("part")])
        })
        .collect();
    if rows.is_empty() {
        return None;
    }

    let headings = ["Profil", "Personnes", "Consultations", "Part des consultations"];
    let title = "Consultations selon le profil ; une personne peut compter dans plusieurs lignes";
    let definition = slice.table().definition();
    let block =
        builder.composed_table("consultations_par_profil", title, &headings, rows, definition);
    Some(bare(block))
}

/// Where the buses go: by bus in a département, by département in a région.
fn places(builder: &mut Builder<'_>) -> Option<Block> {
    let parts = builder.slice("synthese/parties").filter(|v| !v.is_empty());
    if let (Level::Region, Some(parts)) = (builder.input.zone.level, parts) {
        // A département without a bus on the road is no place to go to.
        let served = parts.filter(|row| row.value("medicobus_actifs") != Figure::Known(0.0));
        let columns = ["nom_zone", "medicobus_actifs", "jours_sortie", "consultations", "patients"];
        let words = ["Département", "Médicobus", "Jours de sortie", "Consultations", "Personnes"];
        let title = format!("Dans chaque département en {}", builder.input.year);

        let mut block = builder.table("synthese/parties", &title, &served, &columns);
        if let Block::Table(t) = &mut block {
            for (column, word) in t.columns.iter_mut().zip(words) {
                column.title = word.into();
            }
        }
        return Some(bare(block));
    }

    let mut block = itineraries(builder)?;
    if let Block::Table(t) = &mut block {
        t.title = typography(
            "Jours et communes prévus ; entre parenthèses, les tournées tenues dans l’année",
        );
    }
    Some(bare(block))
}

/// What the figures do not say.
fn reading(lines: &TitledLines) -> Option<Block> {
    Some(Block::Callout {
        tone: Tone::Info,
        title: typography("Ce que ces chiffres disent, et ne disent pas"),
        texts: Some(lines.of("lecture")).filter(|texts| !texts.is_empty())?,
    })
}

/// A table without notes nor source line: the foot of the page says them once, and the attached tables in full.
fn bare(mut block: Block) -> Block {
    if let Block::Table(t) = &mut block {
        t.notes.clear();
        t.source = None;
    }
    block
}
