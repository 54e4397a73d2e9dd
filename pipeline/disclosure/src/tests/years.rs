//! What counts of one year say of those of another, in documents that leave one year after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::relations::Years;
use super::*;

/// A row of the région 28: its categories, consultations and patients.
type Row<'a> = (&'a [(&'a str, &'a str)], i64, i64);

/// The answer of a query of the release for a year; `patients` is the name of the column of people.
fn of_year(query: &str, patients: &str, year: i64, rows: &[Row]) -> RawTable {
    let definition = definition(query);
    let cell = |name: &str, (categories, visits, people): &Row| {
        let category = categories.iter().find(|c| c.0 == name).map(|c| c.1);
        match name {
            "annee" => Value::Int(year),
            "periode" => Value::Text(year.to_string()),
            "code_zone" => Value::Text("28".to_owned()),
            "consultations" => Value::Int(*visits),
            _ if name == patients => Value::Int(*people),
            _ => category.map_or(Value::Null, |value| Value::Text(value.to_owned())),
        }
    };
    let rows = rows.iter();
    let rows = rows.map(|row| definition.columns.iter().map(|c| cell(&c.name, row)).collect());

    RawTable {
        rows: rows.collect(),
        parameters: BTreeMap::from([
            ("annee".to_owned(), Value::Int(year)),
            ("niveau".to_owned(), Value::Text("region".to_owned())),
        ]),
        definition: Arc::new(definition),
    }
}

/// New and known patients of a year, each seen three times.
fn file_active(year: i64, [new, known]: [i64; 2]) -> Vec<RawTable> {
    let all = [("nouveau", new), ("connu", known), ("ensemble", new + known)];
    let seen = all.iter().filter(|row| row.1 > 0);
    let categories: Vec<_> = seen.map(|&(name, people)| ([("anciennete", name)], people)).collect();
    let rows: Vec<Row> =
        categories.iter().map(|(c, people)| (&c[..], 3 * people, *people)).collect();

    vec![of_year("file_active", "patients", year, &rows)]
}

/// What patients were told in a year: to declare a doctor, to see a specialist.
fn orientations(year: i64, rows: &[(&str, i64, i64)]) -> RawTable {
    let categories: Vec<_> =
        rows.iter().map(|r| [("dimension", "orientation"), ("modalite", r.0)]).collect();
    let rows: Vec<Row> = categories.iter().zip(rows).map(|(c, r)| (&c[..], r.1, r.2)).collect();

    of_year("consultations_par_modalite", "patients", year, &rows)
}

/// The releases of documents, one after the other.
fn releases(gate: &Gate, documents: Vec<Vec<RawTable>>) -> Vec<Release> {
    let mut earlier = Vec::new();
    let mut releases = Vec::new();
    for tables in documents {
        let release = gate.release_after(tables, &zones(), &earlier);
        earlier.push(release.publication.clone());
        releases.push(release);
    }

    releases
}

/// The model without what holds between years.
fn of_one_year() -> Relations {
    let mut known = relations();
    known.inclusions.retain(|inclusion| {
        let all = inclusion.parts.iter().chain(&inclusion.whole);
        all.map(|term| term.years).all(|years| years == Years::Own)
    });

    known
}

fn hides_patients(release: &Release) -> bool {
    (0..release.tables[0].rows().len()).any(|row| is_hidden(&release.tables[0], row, "patients"))
}

#[test]
fn who_is_known_again_does_not_tell_how_few_were_in_an_earlier_year() {
    // Three were known again in 2024. Of the 35 known again in 2025, 12 were new in 2023 at most: 23 were in 2024, and 7 known
    // again at most.
    let years = [(2023, [12, 0]), (2024, [27, 3]), (2025, [20, 35])];
    let documents = || years.map(|(year, people)| file_active(year, people)).to_vec();

    let told = releases(&gate_with(of_one_year()), documents());
    assert_eq!(told.iter().map(hides_patients).collect::<Vec<_>>(), [false, true, false]);

    let guarded = releases(&gate_with(relations()), documents());
    assert_eq!(guarded.iter().map(hides_patients).collect::<Vec<_>>(), [false, true, true]);

    // With 2025 out first, it is the total of 2024 that must not be printed.
    let mut last_first = documents();
    last_first.rotate_right(1);
    let total_is_hidden = |gate: &Gate| {
        let last = releases(gate, last_first.clone()).pop();
        last.is_some_and(|release| is_hidden(&release.tables[0], 2, "patients"))
    };
    assert!(!total_is_hidden(&gate_with(of_one_year())));
    assert!(total_is_hidden(&gate_with(relations())));
}

#[test]
fn how_a_doctor_was_found_does_not_tell_what_the_next_year_hides() {
    // Of the 30 who found one by a declaration, 12 were told in 2024 at most: 18 of the next year's 26 consultations at least are
    // not the specialist's.
    let found: [Row; 2] = [(&[("voie", "mt_declare")], 0, 30), (&[("voie", "ensemble")], 0, 30)];
    let first = || {
        vec![
            of_year("mt_trouve_par_voie", "trouves", 2024, &found),
            orientations(2024, &[("mt_declare", 12, 12), ("ensemble", 12, 12)]),
        ]
    };
    let next = || {
        vec![orientations(
            2025,
            &[("mt_declare", 22, 20), ("specialiste", 4, 4), ("ensemble", 26, 24)],
        )]
    };
    let total_is_hidden = |gate: &Gate| {
        let last = releases(gate, vec![first(), next()]).pop();
        last.is_some_and(|release| is_hidden(&release.tables[0], 2, "consultations"))
    };

    assert!(!total_is_hidden(&gate_with(of_one_year())));
    assert!(total_is_hidden(&gate_with(relations())));
}

#[test]
fn an_earlier_year_without_documents_saw_nobody_or_the_relation_is_not_used() {
    // Nothing is printed of 2023: 35 of 27 cannot be, so some were new then, and nothing can be said of 2024.
    let documents = vec![file_active(2024, [27, 3]), file_active(2025, [20, 35])];
    let told = releases(&gate_with(relations()), documents);

    assert_eq!(told.iter().map(hides_patients).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_year_that_is_none_is_refused() {
    for term in [r#"annee = "dernière""#, r#"annees_depuis = "toujours""#] {
        let file = format!(
            "[[inclusions]]\nparties = [{{ mesure = \"patients\" }}]\ntout = [{{ mesure = \"patients\", {term} }}]"
        );
        let refused = toml::from_str::<Relations>(&file).unwrap_err().to_string();

        assert!(refused.contains("annee"), "{refused}");
    }
}
