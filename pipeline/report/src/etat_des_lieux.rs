//! The territory of a project before its bus opens: need, offer, zoning, what is there already, and what nobody loaded.

use super::bilan::front_matter;
use super::builder::Builder;
use super::chapters::titled::{TitledLines, chapter_of, paragraphs};
use super::content::{Bilan, Block, Chapter, KeyFigure, NamedZone, SummaryPage};
use super::document::Document;
use super::input::BilanInput;
use super::prose::{Fact, for_sentence};
use super::requests::{QueryRequest, request};
use super::slice::{Slice, SliceRow};
use base::definition::Definition;
use base::error::Result;
use base::french::{self as format, Figure, MISSING, typography};
use base::table::Value;
use base::zone::Level;
use std::collections::BTreeMap;

const LAND: &str = "etat_des_lieux";
const DELAYS: &str = "etat_des_lieux_delais";
const OFFER: &str = "etat_des_lieux_offre";
const SOURCES: &str = "etat_des_lieux_sources";
const DECLARED: &str = "exigences_declarees";
const DEPLOYED: &str = "deploiement";

/// The territory, the rest of its départements, and these whole: the columns of each comparison.
const PERIMETERS: [&str; 3] = ["projet", "reste", "departements"];

/// A line of a comparison: its words, the answer and the column that it is read from.
type Line = (&'static str, &'static str, &'static str);

const NEED: [Line; 9] = [
    ("Habitants", LAND, "population"),
    ("Communes que le panel connaît", LAND, "observees"),
    ("Patients de 17 ans et plus de ces communes", LAND, "patients"),
    ("Part sans médecin traitant", LAND, "part_sans_mt"),
    ("Part en affection de longue durée (ALD)", LAND, "part_ald"),
    ("Part de 70 ans et plus", LAND, "part_70_plus"),
    ("Sans médecin traitant", LAND, "sans_mt"),
    ("En ALD sans médecin traitant", LAND, "ald_sans_mt"),
    ("De 70 ans et plus sans médecin traitant", LAND, "ages_70_plus_sans_mt"),
];

const SUPPLY: [Line; 5] = [
    ("Consultations accessibles par habitant et par an (APL)", LAND, "apl"),
    ("Généralistes en équivalent temps plein (ETP) du panel", LAND, "mg_etp"),
    ("Délai médian d’un rendez-vous obtenu", DELAYS, "delai_median"),
    ("Demandes restées sans rendez-vous", DELAYS, "part_sans_rendez_vous"),
    ("Demandes de l’enquête", DELAYS, "demandes"),
];

/// Most communes, and most of what stands there already, that two pages hold; the attached tables hold all.
const MOST_COMMUNES: usize = 13;
const MOST_PRESENT: usize = 5;

/// What no file that the store reads tells.
const NEVER_LOADED: [&str; 2] =
    ["Habitants de 75 ans et plus", "Éloignement : temps de route, transports"];

/// What the document asks for, in key order. `communes`: the territory, where it is not the itinerary of the zone's bus.
pub fn requests<'a>(
    zone: &NamedZone,
    year: i32,
    communes: &[String],
    catalogue: impl IntoIterator<Item = &'a Definition>,
) -> Vec<QueryRequest> {
    let (filter, value) = match communes {
        [] => ("medicobus", zone.code.clone()),
        list => ("communes", list.join(",")),
    };
    let of_territory = |name: &str| QueryRequest {
        key: name.to_string(),
        query: name.to_string(),
        parameters: BTreeMap::from([
            ("annee".to_string(), Value::Int(year.into())),
            (filter.to_string(), Value::Text(value.clone())),
        ]),
    };

    let mut list: Vec<QueryRequest> = Vec::new();
    for definition in catalogue {
        match definition.name.as_str() {
            name @ (LAND | DELAYS | OFFER | SOURCES) => list.push(of_territory(name)),
            // Only a project of the store declares anything, or is open already.
            DECLARED | DEPLOYED if zone.level == Level::Medicobus => {
                list.extend(request(zone, year, definition, ""));
            }
            _ => {}
        }
    }

    list.sort_by(|a, b| a.key.cmp(&b.key));
    list
}

/// Makes the document; `input.zone` is the project.
///
/// # Errors
/// `Usage` if a sentence template is wrong; `Access` if an attachment cannot be made.
pub fn etat_des_lieux(input: &BilanInput<'_>) -> Result<Document> {
    let mut builder = Builder::new(input)?;
    let lines = TitledLines::read(&builder, "etat_des_lieux.j2", facts(&builder))?;

    let chapters = chapters(&mut builder, &lines);

    let when = if opened(&builder) { "" } else { " avant ouverture" };
    let title = format!("État des lieux{when}, {}", input.year);
    let short_title = format!("État des lieux {} · {}", input.year, input.zone.full_name);
    let content = Bilan {
        summary: SummaryPage {
            key_figures: key_figures(&builder),
            blocks: paragraphs(lines.of("intro")),
            ..SummaryPage::default()
        },
        chapters,
        issuer: issuer(&builder),
        ..front_matter(input, title, short_title)
    };

    Ok(Document::new("etat_des_lieux.typ", content, builder.charts, input))
}

/// Need, offer, what is there already, communes, sources.
fn chapters(a: &mut Builder<'_>, lines: &TitledLines) -> Vec<Chapter> {
    let quarter = whole(a, LAND, "projet").and_then(|row| row.text("trimestre"));
    let panel = quarter.map_or_else(
        || "panel de l'Assurance maladie non chargé".into(),
        |quarter| format!("panel de l'Assurance maladie, {}", format::period(quarter)),
    );
    let need = comparison(a, ("Besoin", &panel), &NEED);
    let supply = comparison(a, ("Offre", "le territoire et le reste"), &SUPPLY);
    let present = present(a);
    let communes = communes(a);
    let sources = sources(a);

    let parts = [
        ("besoin", need),
        ("offre", supply),
        ("place", present),
        ("zonage", communes),
        ("sources", sources),
    ];
    let mut chapters: Vec<Chapter> = parts
        .into_iter()
        .filter_map(|(id, block)| {
            // The first line of a chapter states its finding.
            let mut sentences = lines.of(id);
            let title = (!sentences.is_empty()).then(|| sentences.remove(0))?;
            chapter_of(id, &title, sentences, block)
        })
        .collect();
    if let (Some(last), true) = (chapters.last_mut(), a.input.comments.contains_key(LAND)) {
        last.blocks.extend(a.comment(LAND));
    }
    chapters
}

/// The committee of the départements that the project touches.
fn issuer(a: &Builder<'_>) -> String {
    let row = whole(a, LAND, "departements");
    let name = row.and_then(|row| row.text("nom_perimetre")).unwrap_or(&a.input.zone.name);
    typography(&format!("Comité départemental des médicobus, {name}"))
}

/// The whole of a perimeter in an answer.
fn whole<'a>(a: &Builder<'a>, key: &str, perimeter: &str) -> Option<SliceRow<'a>> {
    let slice = a.slice(key)?.with("perimetre", perimeter);
    let slice = match slice.has("code_commune") {
        true => slice.with("code_commune", "ensemble"),
        false => slice,
    };
    slice.first()
}

/// Figures that sentences are made of.
const COLUMNS: [&str; 14] = [
    "communes",
    "population",
    "part_sans_mt",
    "sans_mt",
    "ald_sans_mt",
    "ages_70_plus_sans_mt",
    "observees",
    "apl",
    "rurales",
    "zip_zac",
    "eligibles",
    "indeterminees",
    "delai_median",
    "part_sans_rendez_vous",
];

/// What the sentences are made of.
fn facts(a: &Builder<'_>) -> BTreeMap<&'static str, minijinja::Value> {
    let names = COLUMNS.map(String::from);
    let of = |key: &str, perimeter: &str| {
        for_sentence(Fact::row(whole(a, key, perimeter).as_ref(), &names))
    };
    let text = |column: &str| {
        let row = whole(a, LAND, "projet");
        minijinja::Value::from(row.and_then(|row| row.text(column)).unwrap_or_default())
    };

    let loaded = |source: &str| {
        let row = a.slice(SOURCES).and_then(|v| v.with("source", source).first());
        row.is_some_and(|row| row.value("renseignees").number().is_some_and(|n| n > 0.0))
    };
    let declarations = a.slice(OFFER).map_or(0.0, |slice| {
        slice.rows().filter_map(|row| row.value("nombre").number()).sum::<f64>()
    });

    BTreeMap::from([
        ("p", of(LAND, "projet")),
        ("r", of(LAND, "reste")),
        ("dp", of(DELAYS, "projet")),
        ("dr", of(DELAYS, "reste")),
        ("trimestre", text("trimestre")),
        ("millesime_zonage", text("millesime_zonage")),
        ("millesime_densite", text("millesime_densite")),
        ("millesime_apl", text("millesime_apl")),
        ("declare", minijinja::Value::from(loaded("mesures") || loaded("offre"))),
        ("presents", minijinja::Value::from(declarations)),
        ("projet", for_sentence(declared(a))),
        ("ouvert", minijinja::Value::from(opened(a))),
    ])
}

/// Whether the project's bus runs, or ran, by the end of the year: what is loaded then is no state before its opening.
fn opened(a: &Builder<'_>) -> bool {
    let row = a.row(DEPLOYED);
    let some =
        |column| row.as_ref().and_then(|row| row.value(column).number()).unwrap_or(0.0) > 0.0;
    some("en_service") || some("arretes")
}

/// What the project itself declares, requirement by requirement, gathered by answer; nothing where it declares nothing.
fn declared(a: &Builder<'_>) -> BTreeMap<&'static str, Vec<String>> {
    let Some(slice) = a.slice(DECLARED) else {
        return BTreeMap::new();
    };
    let answered = |column: &str| -> Vec<String> {
        let rows = slice.rows().filter(|row| row.value(column).number() == Some(1.0));
        rows.map(|row| row.label(&["nom_exigence"])).collect()
    };

    let answers = ["oui", "partiel", "non"].map(|column| (column, answered(column)));
    let silent = answers.iter().all(|(_, list)| list.is_empty());
    if silent { BTreeMap::new() } else { answers.into() }
}

/// What heads the first page.
fn key_figures(a: &Builder<'_>) -> Vec<KeyFigure> {
    let Some(row) = whole(a, LAND, "projet") else {
        return Vec::new();
    };
    let rest = whole(a, LAND, "reste");
    let figure = |column: &str, label: &str| {
        let elsewhere = rest.as_ref().map(|rest| rest.printed(column)).filter(|t| t != MISSING);
        (row.value(column) != Figure::Missing).then(|| KeyFigure {
            value: row.printed(column),
            label: typography(label),
            detail: None,
            change: elsewhere.map(|t| typography(&format!("{t} ailleurs"))),
        })
    };
    let plain = |figure: Option<KeyFigure>| figure.map(|f| KeyFigure { change: None, ..f });
    // Communes that no zoning lists are no breach.
    let judged = row.value("indeterminees").number() != row.value("communes").number();
    let eligible = plain(figure("eligibles", "communes rurales et en ZIP ou ZAC"))
        .filter(|_| judged)
        .map(|f| KeyFigure {
            value: format!("{} sur {}", f.value, row.printed("communes")),
            ..f
        });

    let list = [
        plain(figure("population", "habitants")),
        figure("part_sans_mt", "des patients n’ont pas de médecin traitant"),
        figure("apl", "consultations par habitant (APL)"),
        eligible,
    ];
    list.into_iter().flatten().collect()
}

/// Lines of figures, the three perimeters side by side; a line that nobody loaded says so.
fn comparison(a: &mut Builder<'_>, (title, of): (&str, &str), lines: &[Line]) -> Option<Block> {
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|(words, key, column)| {
            let cell = |p: &&str| {
                whole(a, key, p).map_or_else(|| MISSING.to_string(), |row| row.printed(column))
            };
            let mut cells: Vec<String> = PERIMETERS.iter().map(cell).collect();
            if cells.iter().all(|cell| cell == MISSING) {
                cells = vec!["non chargé".into(); PERIMETERS.len()];
            }
            cells.insert(0, typography(words));
            cells
        })
        .collect();

    let land = a.slice(LAND)?;
    let name = |p: &&str| {
        whole(a, LAND, p).map_or_else(|| MISSING.into(), |row| row.label(&["nom_perimetre"]))
    };
    let names: Vec<String> = PERIMETERS.iter().map(name).collect();
    let mut headings = vec![title];
    headings.extend(names.iter().map(String::as_str));

    let definition = land.table().definition();
    let mut block = a.composed_table(LAND, &format!("{title} : {of}"), &headings, rows, definition);
    if let Block::Table(t) = &mut block {
        let keys: Vec<&'static str> = [LAND, DELAYS]
            .into_iter()
            .filter(|key| lines.iter().any(|line| line.1 == *key))
            .collect();
        t.source = Some(a.source_of(keys));
    }
    Some(block)
}

/// The first rows of a slice, and a note that says where the others are.
fn shortened<'v>(slice: &Slice<'v>, most: usize, key: &str) -> (Slice<'v>, Option<String>) {
    let kept = slice.first_rows(most);
    let rest = slice.len() - kept.len();
    let s = if rest > 1 { "s" } else { "" };
    let note = (rest > 0)
        .then(|| typography(&format!("Et {rest} autre{s}, dans le fichier joint {key}.csv.")));
    (kept, note)
}

/// The communes, the most peopled first, under their sum.
fn communes(a: &mut Builder<'_>) -> Option<Block> {
    let all = a.slice(LAND)?.with("perimetre", "projet");
    let (slice, note) = shortened(&all, MOST_COMMUNES, LAND);
    let columns = [
        "nom_commune",
        "population",
        "densite7",
        "zonage_mg",
        "apl",
        "mg_etp",
        "patients",
        "part_sans_mt",
    ];

    let mut block = a.table(LAND, "Les communes du projet", &slice, &columns);
    if let Block::Table(t) = &mut block {
        t.notes.extend(note);
        t.notes.push(typography("Densité : grille de l'INSEE, rurale de 5 à 7. ZIP : zone d'intervention prioritaire ; ZAC : zone d'action complémentaire. Le zonage est celui qui est chargé ; compilé, il n'est qu'indicatif. ETP : généralistes en équivalent temps plein."));
    }
    Some(block)
}

/// What stands or happened in the territory already.
fn present(a: &mut Builder<'_>) -> Option<Block> {
    let all = a.slice(OFFER).filter(|v| !v.is_empty())?;
    let (slice, note) = shortened(&all, MOST_PRESENT, OFFER);
    let columns = ["nom_type", "nom_territoire", "depuis", "jusque", "nombre"];

    let title = "Mesures en cours, autres médicobus, événements de l'offre en trois ans";
    let mut block = a.table(OFFER, title, &slice, &columns);
    if let Block::Table(t) = &mut block {
        t.notes.extend(note);
    }
    Some(block)
}

/// What is loaded, of when, and what is not.
fn sources(a: &mut Builder<'_>) -> Option<Block> {
    let slice = a.slice(SOURCES)?;
    let mut rows: Vec<Vec<String>> = slice
        .rows()
        .map(|row| {
            let number = |name| row.value(name).number().unwrap_or(0.0);
            let (told, all) = (number("renseignees"), number("communes"));
            let state = match told {
                0.0 => "Non chargé",
                n if n < all => "En partie",
                _ => "Chargé",
            };
            let share = format!("{} sur {}", format::number(told, 0), format::number(all, 0));
            vec![row.label(&["nom_source"]), state.into(), share, row.printed("date_source")]
        })
        .collect();
    rows.extend(NEVER_LOADED.map(|what| {
        let mut row = vec![typography(what), "Non chargé".to_string()];
        row.extend([MISSING, MISSING].map(String::from));
        row
    }));

    let headings = ["Source", "État", "Communes renseignées", "Millésime ou période"];
    let definition = slice.table().definition();
    let mut block =
        a.composed_table(SOURCES, "Sources de cet état des lieux", &headings, rows, definition);
    if let Block::Table(t) = &mut block {
        for column in &mut t.columns {
            column.alignment = "gauche".into();
        }
    }
    Some(block)
}
