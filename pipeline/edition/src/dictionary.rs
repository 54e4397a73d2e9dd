//! The dictionary as a PDF: what `docs/dictionnaire.md` says, set with the project's own pages, the data package attached.

use chrono::Datelike;

use base::error::Result;
use base::french::typography;
use contract::{Contract, Field, HEADER_KEYS, Rule, TableSchema, datapackage, dictionary};
use report::content::{
    Bilan, Block, Chapter, Day, NamedZone, PrintedColumn, PrintedTable, ProvenancePage, SummaryPage,
};
use report::document::Document;
use report::templates::Templates;
use report::typeset::Typesetter;

/// The dictionary of the contract, as PDF/UA-1 and PDF/A-3a.
///
/// # Errors
/// If the templates are wrong or the PDF would break a standard.
pub fn pdf(contract: &Contract, templates: &Templates) -> Result<Vec<u8>> {
    let mut document = Document::without_tables("dictionnaire.typ", content(contract));
    document.attach(
        "datapackage.json",
        "application/json",
        "Le contrat des données, au format Data Package",
        "data",
        datapackage::json(contract)?.into_bytes(),
    );

    Ok(Typesetter::new(templates)?.typeset(&document)?.pdf)
}

fn content(contract: &Contract) -> Bilan {
    let zone = NamedZone::nation();
    let date = contract.modified();
    let mut chapters = vec![header()];
    chapters.extend(contract.tables().iter().map(table));
    chapters.push(rules());

    Bilan {
        collection: "Médicobus : données livrées par les régions".into(),
        title: "Dictionnaire des données".into(),
        subtitle: typography(&format!("Contrat du {}", base::french::long_date(date))),
        short_title: typography("Médicobus · dictionnaire des données"),
        description: typography("Tables, colonnes et règles des livraisons des régions."),
        issuer: report::bilan::default_issuer(&zone),
        logo: None,
        zone,
        year: date.year(),
        date: Day {
            year: date.year(),
            month: date.month(),
            day: date.day(),
        },
        fictitious: false,
        publishable: true,
        draft: false,
        mentions: Vec::new(),
        reading_guide: reading_guide(),
        reading_tables: Vec::new(),
        cover: None,
        summary: SummaryPage::default(),
        chapters,
        provenance: ProvenancePage::default(),
        attachments: Vec::new(),
    }
}

fn reading_guide() -> Vec<String> {
    [
        "Une livraison est un dossier, un ZIP ou un classeur : une région, une période, un fichier ou une feuille par table.",
        "Une colonne obligatoire doit être là, et remplie à chaque ligne ; les autres peuvent manquer.",
        "Les noms de colonnes sont lus sans tenir compte de la casse ni des accents.",
        "Aucune donnée d'identité n'entre : une seule refuse toute la livraison.",
        "Le classeur à remplir s'obtient par « medicobus modele --region 28 --periode 2026 ».",
    ]
    .map(typography)
    .into()
}

/// What a delivery says of itself.
fn header() -> Chapter {
    let row = |key: contract::HeaderKey| {
        let required = if key.required { "Obligatoire. " } else { "" };
        let text =
            format!("{required}{} Exemple : {} = {}.", key.description, key.name, key.example);
        vec![key.name.to_owned(), typography(&text)]
    };
    let columns = [("Clé", "gauche"), ("Contenu", "large")];
    let rows = HEADER_KEYS.into_iter().map(row).collect();

    Chapter {
        id: "livraison".into(),
        title: typography("livraison : ce que la livraison dit d'elle-même"),
        starts_page: true,
        sentences: vec![typography(
            "Ces clés sont dans un fichier livraison.toml, ou dans une feuille livraison à deux colonnes.",
        )],
        blocks: vec![Block::Table(printed("livraison", "Clés", &columns, rows))],
    }
}

fn table(table: &TableSchema) -> Chapter {
    let mut facts = vec![dictionary::nature(table).to_owned()];
    if !table.primary_key.is_empty() {
        facts.push(format!("une ligne est nommée par {}", table.primary_key.join(", ")));
    }
    for key in &table.foreign_keys {
        let (fields, target) = (key.fields.join(", "), &key.reference.resource);
        facts.push(format!("{fields} doit exister dans la table {target}"));
    }
    let missing: Vec<&str> = table
        .missing_values
        .iter()
        .map(String::as_str)
        .filter(|v| !v.is_empty())
        .collect();
    facts.push(format!("valeur absente : cellule vide, {}", missing.join(", ")));

    let row =
        |field: &Field| vec![field.name.clone(), dictionary::type_name(field), meaning(field)];
    let rows = table.fields.iter().map(row).collect();
    let columns = [("Colonne", "gauche"), ("Type", "gauche"), ("Contenu", "large")];

    Chapter {
        id: table.name.clone(),
        title: typography(&format!("{} : {}", table.name, table.title)),
        starts_page: true,
        sentences: vec![typography(&format!(
            "{} (version {}).",
            table.description.trim_end_matches('.'),
            table.version
        ))],
        blocks: vec![
            Block::List {
                items: facts.iter().map(|f| typography(f)).collect(),
            },
            Block::Table(printed(&table.name, "Colonnes", &columns, rows)),
        ],
    }
}

/// What a column holds, whether it must be filled, which values it admits.
fn meaning(field: &Field) -> String {
    let required = if field.constraints.required { "Obligatoire. " } else { "" };
    let mut text = format!("{required}{}", field.description);

    if let Some(values) = &field.constraints.values {
        text.push_str(&format!(" Valeurs : {}.", values.join(", ")));
    }
    if let Some(bounds) = dictionary::bounds(&field.constraints) {
        text.push_str(&format!(" Bornes : {bounds}."));
    }
    if field.constraints.unique {
        text.push_str(" Unique dans la livraison.");
    }
    if let Some(example) = &field.example {
        text.push_str(&format!(" Exemple : {example}."));
    }
    typography(&text)
}

fn rules() -> Chapter {
    let rows = Rule::ALL.iter().map(|rule| {
        let what = format!("{}. {}.", rule.title(), base::french::capitalized(rule.advice()));
        vec![rule.code().to_owned(), dictionary::effect(*rule).to_owned(), typography(&what)]
    });
    let columns = [
        ("Règle", "gauche"),
        ("Effet", "gauche"),
        ("Ce qu'elle demande, que faire", "large"),
    ];

    Chapter {
        id: "regles".into(),
        title: "Règles de contrôle".into(),
        starts_page: true,
        sentences: vec![typography(
            "Chaque constat d'un contrôle porte le nom d'une de ces règles.",
        )],
        blocks: vec![Block::Table(printed("regles", "Règles", &columns, rows.collect()))],
    }
}

fn printed(
    id: &str,
    title: &str,
    columns: &[(&str, &str)],
    rows: Vec<Vec<String>>,
) -> PrintedTable {
    let column = |(title, alignment): &(&str, &str)| PrintedColumn {
        title: typography(title),
        alignment: (*alignment).into(),
    };

    PrintedTable {
        id: id.into(),
        title: title.into(),
        columns: columns.iter().map(column).collect(),
        rows,
        total_rows: Vec::new(),
        notes: Vec::new(),
        source: None,
    }
}
