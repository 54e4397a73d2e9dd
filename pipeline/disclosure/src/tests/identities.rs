//! Identities between queries, one kind at a time: a gate that ignores them leaks, the gate does not.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::key::CellKey;
use super::super::links;
use super::super::pending::PendingTable;
use super::super::relations::SumOf;
use super::super::*;
use super::{REQUIREMENT, definition, gate_with, relations, zones};
use base::definition::{Definition, Identity, Role};
use base::table::{RawTable, Value};

const AGES: [&str; 4] = ["00-16", "17-29", "60-69", "80+"];

/// A patient of the made-up data.
pub(super) struct Patient {
    bus: &'static str,
    annee: i64,
    age: &'static str,
    sexe: &'static str,
    ald: &'static str,
    mt: &'static str,
    isole: &'static str,
    consultations: i64,
}

impl Patient {
    fn cell(&self) -> &'static str {
        match (self.mt, self.ald, self.age) {
            ("indisponible", ..) => "mt_indisponible",
            ("avec", ..) => "avec_mt",
            ("inconnu", ..) => "statut_inconnu",
            (_, "oui", "80+") => "sans_mt_ald_70_plus",
            (_, "oui", _) => "sans_mt_ald",
            (_, _, "80+") => "sans_mt_70_plus",
            _ => "sans_mt_autre",
        }
    }

    fn is_of(&self, public: &str) -> bool {
        match public {
            "ald_sans_mt" => self.mt == "sans" && self.ald == "oui",
            "70_plus_sans_mt" => self.mt == "sans" && self.age == "80+",
            "mt_indisponible" => self.mt == "indisponible",
            "isole_70_plus" => self.isole == "oui" && self.age == "80+",
            "au_moins_un" => !matches!(self.cell(), "avec_mt" | "statut_inconnu" | "sans_mt_autre"),
            _ => true,
        }
    }
}

/// Patients of two years and three buses, of whom that share came twice.
pub(super) fn patients(seed: u64, twice: f64) -> Vec<Patient> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    for annee in [2024, 2025] {
        for bus in ["B1", "B2", "B3"] {
            // One bus has so few patients that its very totals are hidden.
            let size = if bus == "B1" { 5..25 } else { 30..120 };
            for _ in 0..rng.random_range(size) {
                let mut pick = |of: &[&'static str]| of[rng.random_range(0..of.len())];
                all.push(Patient {
                    bus,
                    annee,
                    age: pick(&["00-16", "17-29", "60-69", "60-69", "60-69", "80+", "80+"]),
                    sexe: pick(&["F", "F", "M"]),
                    ald: pick(&["oui", "non", "non"]),
                    mt: pick(&["avec", "avec", "avec", "sans", "sans", "indisponible", "inconnu"]),
                    isole: pick(&["oui", "non", "non", "inconnu"]),
                    consultations: 1 + i64::from(rng.random_bool(twice)),
                });
            }
        }
    }
    all
}

/// The tables of a bilan in small, with the real headers as `edit` leaves them.
#[allow(clippy::too_many_lines, reason = "one paragraph per table")]
pub(super) fn tables(all: &[Patient], edit: &dyn Fn(&mut Definition)) -> Vec<RawTable> {
    let mut out: Vec<RawTable> = Vec::new();
    let mut add = |nom: &str, niveau: &str, annee: i64, rows: Vec<BTreeMap<&str, Value>>| {
        let mut definition = definition(nom);
        let rows: Vec<Vec<Value>> = rows
            .iter()
            .map(|row| {
                let cell = |c: &str| row.get(c).cloned().unwrap_or(Value::Null);
                definition.columns.iter().map(|c| cell(&c.name)).collect()
            })
            .collect();
        let rows = with_shares(&definition, rows);
        edit(&mut definition);
        out.push(RawTable {
            definition: Arc::new(definition),
            parameters: BTreeMap::from([
                ("annee".to_owned(), Value::Int(annee)),
                ("niveau".to_owned(), Value::Text(niveau.to_owned())),
            ]),
            rows,
        });
    };
    for (niveau, codes) in [("region", vec!["28"]), ("medicobus", vec!["B1", "B2", "B3"])] {
        let text = |s: &str| Value::Text(s.to_owned());
        let within = |code: &str, annee: i64| -> Vec<&Patient> {
            let here = |p: &&Patient| p.annee == annee && (code == "28" || p.bus == code);
            all.iter().filter(here).collect()
        };
        let counted = |code: &str, keys: &[(&'static str, &str)], of: Vec<&Patient>| {
            let mut row: BTreeMap<&str, Value> = keys.iter().map(|(k, v)| (*k, text(v))).collect();
            row.insert("annee", Value::Int(2025));
            row.insert("code_zone", text(code));
            row.insert("patients", Value::Int(of.len() as i64));
            let consultations = of.iter().map(|p| p.consultations).sum();
            row.insert("consultations", Value::Int(consultations));
            row
        };
        let mut named: BTreeMap<&str, Vec<BTreeMap<&str, Value>>> = BTreeMap::new();
        for code in &codes {
            let here = within(code, 2025);
            let mut put = |table: &'static str,
                           keys: &[(&'static str, &str)],
                           test: &dyn Fn(&Patient) -> bool| {
                let of: Vec<&Patient> = here.iter().copied().filter(|p| test(p)).collect();
                if !of.is_empty() {
                    named.entry(table).or_default().push(counted(code, keys, of));
                }
            };
            for age in AGES.iter().chain(&["ensemble"]) {
                let aged = |p: &Patient| *age == "ensemble" || p.age == *age;
                put(
                    "consultations_par_profil",
                    &[("dimension", "tranche_age"), ("modalite", age)],
                    &aged,
                );
                for sexe in ["F", "M", "ensemble"] {
                    let keys = [("tranche_age", *age), ("sexe", sexe)];
                    put("pyramide_ages", &keys, &|p| {
                        aged(p) && (sexe == "ensemble" || p.sexe == sexe)
                    });
                }
            }
            for mt in ["avec", "sans", "indisponible", "inconnu", "ensemble"] {
                let keys = [("dimension", "statut_mt"), ("modalite", mt)];
                put("consultations_par_profil", &keys, &|p| mt == "ensemble" || p.mt == mt);
            }
            for isole in ["oui", "non", "inconnu", "ensemble"] {
                let keys = [("dimension", "isole"), ("modalite", isole)];
                put("consultations_par_profil", &keys, &|p| {
                    isole == "ensemble" || p.isole == isole
                });
            }
            for cell in [
                "sans_mt_ald_70_plus",
                "sans_mt_ald",
                "sans_mt_70_plus",
                "mt_indisponible",
                "sans_mt_autre",
                "avec_mt",
                "statut_inconnu",
                "ensemble",
            ] {
                put("publics_exclusifs", &[("cellule", cell)], &|p| {
                    cell == "ensemble" || p.cell() == cell
                });
            }
            for public in [
                "ald_sans_mt",
                "70_plus_sans_mt",
                "mt_indisponible",
                "au_moins_un",
                "isole_70_plus",
                "tous_patients",
            ] {
                put("publics_prioritaires", &[("public", public)], &|p| p.is_of(public));
            }
            let count = |annee: i64, test: &dyn Fn(&Patient) -> bool| {
                Value::Int(within(code, annee).into_iter().filter(|p| test(p)).count() as i64)
            };
            let known = |p: &Patient| p.age != "00-16" && p.mt != "inconnu";
            let without = |p: &Patient| p.age != "00-16" && p.mt == "sans";
            let first = |p: &Patient| p.is_of("au_moins_un");
            let mut row = counted(code, &[], here.clone());
            let before = counted(code, &[], within(code, 2024));
            row.insert("patients_connus", count(2025, &known));
            row.insert("patients_connus_precedent", count(2024, &known));
            row.insert("sans_mt", count(2025, &without));
            row.insert("sans_mt_precedent", count(2024, &without));
            row.insert("publics_prioritaires", count(2025, &first));
            row.insert("publics_prioritaires_precedent", count(2024, &first));
            row.insert("patients_precedent", before["patients"].clone());
            row.insert("consultations_precedent", before["consultations"].clone());
            let mut unknown = row.clone();
            unknown.insert("periode", text("2025"));
            unknown
                .insert("statut_inconnu", count(2025, &|p| p.age != "00-16" && p.mt == "inconnu"));
            named.entry("synthese").or_default().push(row.clone());
            named.entry("part_sans_mt_patients").or_default().push(unknown);
            for public in ["au_moins_un", "tous_patients"] {
                let of = within(code, 2024).into_iter().filter(|p| p.is_of(public)).collect();
                let mut row = counted(code, &[("public", public)], of);
                row.insert("annee", Value::Int(2024));
                named.entry("publics_prioritaires/precedent").or_default().push(row);
            }
        }
        for (nom, rows) in named {
            let (nom, annee) = match nom.split_once('/') {
                Some((nom, _)) => (nom, 2024),
                None => (nom, 2025),
            };
            add(nom, niveau, annee, rows);
        }
    }
    out
}

/// Fills the shares as the queries do: over the row of the total where both terms are one column.
fn with_shares(definition: &Definition, mut rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let columns = &definition.columns;
    let at = |name: &Option<String>| columns.iter().position(|c| Some(&c.name) == name.as_ref());
    let total = |row: &[Value]| -> Vec<Value> {
        let cells = columns.iter().zip(row).filter(|(c, _)| c.role.is_key());
        cells.map(|(c, v)| c.total.clone().map_or(v.clone(), Value::Text)).collect()
    };
    let keys = |row: &[Value]| -> Vec<Value> {
        let cells = columns.iter().zip(row).filter(|(c, _)| c.role.is_key());
        cells.map(|(_, v)| v.clone()).collect()
    };
    for (c, column) in columns.iter().enumerate() {
        let (Some(n), Some(d)) = (at(&column.numerator), at(&column.denominator)) else {
            continue;
        };
        for r in 0..rows.len() {
            let wanted = total(&rows[r]);
            let whole = if n == d {
                rows.iter().position(|row| keys(row) == wanted)
            } else {
                Some(r)
            };
            let terms = whole.and_then(|w| Some((rows[r][n].as_f64()?, rows[w][d].as_f64()?)));
            if let Some((part, whole)) = terms.filter(|t| t.1 > 0.0 && column.role == Role::Rate) {
                rows[r][c] = Value::Float((1000.0 * part / whole).round() / 10.0);
            }
        }
    }
    rows
}

/// The counts of those tables.
pub(super) fn true_counts(tables: &[RawTable]) -> BTreeMap<CellKey, i64> {
    let waiting: Vec<PendingTable> =
        tables.iter().cloned().map(|t| PendingTable::new(t, &(1..11))).collect();
    let linked = links::link(&waiting, &zones(), &relations(), 11);

    let counts = linked.keys.into_iter().zip(linked.tables.cells);
    counts.filter_map(|(key, cell)| Some((key?, cell.value))).collect()
}

/// Small counts that an attacker who knows every header confines too closely, once the gate has read `edit`ed ones
/// and knows only some of the relations.
fn leaks(seed: u64, edit: &dyn Fn(&mut Definition), known: &Relations) -> Vec<String> {
    // In every other draw hardly anybody came twice: the consultations are then the patients, or nearly.
    let all = patients(seed, if seed.is_multiple_of(2) { 0.4 } else { 0.03 });
    let full = tables(&all, &|_| {});
    let truth = true_counts(&full);
    let gated = gate_with(known.clone()).release(tables(&all, edit), &zones());
    let published: Vec<PublishedTable> = gated
        .iter()
        .zip(&full)
        .map(|(gated, full)| PublishedTable {
            definition: full.definition.clone(),
            ..PublishedTable::from(gated)
        })
        .collect();

    let attacked = attack_tables(&published, &zones(), &relations(), false).unwrap();
    assert_eq!(attacked.given_up, 0, "seed {seed}: {:?}", attacked.about);
    attacked
        .exposed
        .into_iter()
        .filter(|e| !REQUIREMENT.holds(e.interval.low, e.interval.high))
        .filter(|e| truth.get(&e.key).is_some_and(|count| (1..11).contains(count)))
        .map(|e| format!("{:?} {:?}", e.key, e.interval))
        .collect()
}

fn without(kind: impl Fn(&Identity) -> bool) -> impl Fn(&mut Definition) {
    move |d| d.identities.retain(|i| !kind(i))
}

const SEEDS: std::ops::Range<u64> = 0..8;

/// Some of the made-up bilans leak when the gate does not know those identities, or those relations.
fn matters(kind: &str, edit: impl Fn(&mut Definition), forget: impl Fn(&mut Relations)) {
    let mut known = relations();
    forget(&mut known);
    let leaks = SEEDS.map(|seed| leaks(seed, &edit, &known));
    let found = leaks.enumerate().find(|(_, leaks)| !leaks.is_empty());
    assert!(found.is_some(), "{kind}: not one leak");
}

#[test]
fn with_every_identity_nothing_leaks() {
    for seed in SEEDS {
        assert_eq!(leaks(seed, &|_| {}, &relations()), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn rows_named_by_dimension_and_value_are_the_cells_of_other_tables() {
    matters("pivot", without(|i| i.categories.keys().any(|k| k.starts_with('{'))), |_| {});
}

#[test]
fn a_column_of_the_year_before_is_last_years_count() {
    matters("year before", without(|i| i.offset != 0), |_| {});
}

#[test]
fn a_column_that_is_a_row_of_another_table() {
    let named = |i: &Identity| i.measure.is_some() && !i.categories.is_empty() && i.offset == 0;
    matters("other name", without(named), |_| {});
}

#[test]
fn sums_of_cells_and_two_names_of_one_count() {
    matters(
        "sums",
        |_| {},
        |r| r.sums.retain(|sum| sum.total.measure == "patients" && sum.parts.len() == 3),
    );
}

#[test]
fn sums_of_columns() {
    let of_columns = |sum: &SumOf| sum.parts.iter().any(|p| p.measure == "patients_connus");
    matters("sums of columns", |_| {}, |r| r.sums.retain(|sum| !of_columns(sum)));
}

#[test]
fn what_is_part_of_what() {
    // That some are 17 and others are not is a sum whose other part has a name of its own.
    let is_part = |sum: &SumOf| sum.parts.iter().any(|part| part.measure.starts_with("enfants"));
    let forget = |r: &mut Relations| {
        r.inclusions.clear();
        r.sums.retain(|sum| !is_part(sum));
    };
    matters("inclusions", |_| {}, forget);
}

const HEADER: &str = r#"
nom = "COLUMN"
titre = "t"
theme = "publics"
definition = "d"
formule = "f"
unite = "u"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "mode", titre = "Mode", role = "categorie", total = "ensemble" },
  { nom = "COLUMN", titre = "n", role = "patients" },
]
"#;

#[test]
fn patients_and_what_they_had() {
    // 5 consultations of 75 are beyond the first of each of 70 patients: of the 12 of a modality, 7 at least are of other patients.
    let count = |column: &str, all: i64, part: i64| {
        let row = |mode: &str, n| {
            let text = |s: &str| Value::Text(s.to_owned());
            vec![Value::Int(2025), text("28"), text(mode), Value::Int(n)]
        };
        let rows = vec![row("ensemble", all), row("tele", part)];
        super::table(&HEADER.replace("COLUMN", column), &[], rows)
    };
    let narrow = |known: Relations| {
        let tables = vec![count("patients", 70, 8), count("consultations", 75, 12)];
        let gated = gate_with(known).release(tables, &zones());
        let published: Vec<PublishedTable> = gated.iter().map(PublishedTable::from).collect();
        let attacked = attack_tables(&published, &zones(), &relations(), false).unwrap();

        let of_part = |e: &&Exposed| e.key.measure == "patients" && !e.key.categories.is_empty();
        let found = attacked.exposed.iter().find(of_part).unwrap().interval;
        !REQUIREMENT.holds(found.low, found.high)
    };

    assert!(narrow(Relations { visits: Vec::new(), ..relations() }));
    assert!(!narrow(relations()));
}

#[test]
fn what_stands_for_consultations_gives_none_back() {
    // Three months of a bus, the third with 10 consultations of 9 patients; the quarter's honoured slots are 43.
    let rows = |query: &str, rows: &[&[(&str, Value)]]| {
        let definition = definition(query);
        let cell = |row: &[(&str, Value)], name: &str| {
            let found = row.iter().find(|(c, _)| *c == name);
            found.map_or(Value::Null, |(_, v)| v.clone())
        };
        let rows = rows
            .iter()
            .map(|r| definition.columns.iter().map(|c| cell(r, &c.name)).collect());
        RawTable {
            rows: rows.collect(),
            definition: Arc::new(definition),
            parameters: BTreeMap::from([(
                "niveau".to_owned(),
                Value::Text("medicobus".to_owned()),
            )]),
        }
    };
    let text = |s: &str| Value::Text(s.to_owned());
    let of = |period: &str, count: &'static str, n: i64, patients: i64| {
        vec![
            ("periode", text(period)),
            ("code_zone", text("B1")),
            (count, Value::Int(n)),
            ("patients", Value::Int(patients)),
        ]
    };
    let months = [
        of("2025-01", "consultations", 13, 12),
        of("2025-02", "consultations", 20, 18),
        of("2025-03", "consultations", 10, 9),
    ];
    let quarter = of("2025-T1", "creneaux_honores", 43, 35);
    let open_slots = |known: Relations| {
        let months: Vec<&[(&str, Value)]> = months.iter().map(Vec::as_slice).collect();
        let tables =
            vec![rows("consultations_par_mois", &months), rows("remplissage", &[&quarter])];
        let gated = gate_with(known).release(tables, &zones());
        let shown = |t: usize, row: usize, name: &str| {
            let at = gated[t].definition().columns.iter().position(|c| c.name == name).unwrap();
            gated[t].rows()[row][at] != Cell::Hidden
        };

        assert!(!shown(0, 2, "consultations"));
        shown(0, 0, "consultations")
            && shown(0, 1, "consultations")
            && shown(1, 0, "creneaux_honores")
    };

    assert!(open_slots(Relations { stand_ins: Vec::new(), ..relations() }));
    assert!(!open_slots(relations()));
}
