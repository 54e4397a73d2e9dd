//! On made-up panels whose truth is known: does the interval hold it, do the naive ones miss it, who is set aside?
// The measured coverage is printed, for the method page.
#![allow(
    clippy::too_many_lines,
    reason = "one experiment per test; the measured coverage is printed"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use super::average::{Measured, average};
use super::design::{Design, TerritoryRole};
use super::effects::{estimate_effects, options};
use super::measurements::Measurements;
use super::outcome::OUTCOMES;
use base::table::{RawTable, Value};
use geography::Communes;
use query::Catalogue;
use sample::{Observation, Params, REGIONS, Truth, World, generate, quarter_name};
use stats::did::{Aggregation, Options, Panel, PointEstimate, estimate, naive};

mod for_whom;
mod surroundings;

fn definition(nom: &str) -> Arc<base::definition::Definition> {
    let catalogue = Catalogue::load(None).unwrap();
    catalogue.get(nom).unwrap().definition.clone()
}

/// What `panel_territoires` answers on a made-up world, without going through files.
fn panel(monde: &World, regions: &[&str]) -> RawTable {
    let definition = definition("panel_territoires");
    let communes = Communes::embedded().unwrap();
    let mut departs: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    let mut rows = Vec::new();
    for region in regions {
        for o in monde.panel(region) {
            let depart = *departs.entry(o.territoire.code.clone()).or_insert((
                o.patients,
                o.ald,
                o.ages_70_plus,
            ));
            let row = definition
                .columns
                .iter()
                .map(|c| match c.name.as_str() {
                    "siren_epci" => communes
                        .get(&o.territoire.code)
                        .and_then(|c| c.siren_epci.clone())
                        .map_or(Value::Null, Value::Text),
                    nom => value(nom, &o, depart),
                })
                .collect();
            rows.push(row);
        }
    }
    RawTable {
        definition,
        parameters: BTreeMap::new(),
        rows,
    }
}

fn value(colonne: &str, o: &Observation<'_>, (patients, ald, ages): (i64, i64, i64)) -> Value {
    let t = o.territoire;
    let rural = t.density7.is_some_and(|d| (5..=7).contains(&d));
    let manque = matches!(t.zonage_mg.as_deref(), Some("ZIP" | "ZAC"));
    let oui = |b: bool| Value::Text(if b { "oui" } else { "non" }.into());
    match colonne {
        "periode" => Value::Text(quarter_name(o.periode)),
        "code_zone" | "nom_zone" => Value::Text(t.code.clone()),
        "premier_trimestre" => t.cohort.map_or(Value::Null, |g| Value::Text(quarter_name(g))),
        "voisin" => oui(t.neighbour_since.is_some()),
        "premier_trimestre_epci" => {
            let first = t.cohort.or(t.neighbour_since);
            first.map_or(Value::Null, |g| Value::Text(quarter_name(g)))
        }
        "eligible" => oui(rural && manque),
        "patients" => Value::Int(o.patients),
        "patients_sans_mt" => Value::Int(o.patients_sans_mt),
        "ald" => Value::Int(o.ald),
        "ald_sans_mt" => Value::Int(o.ald_sans_mt),
        "ages_70_plus" => Value::Int(o.ages_70_plus),
        "ages_70_plus_sans_mt" => Value::Int(o.ages_70_plus_sans_mt),
        "mg_etp" => Value::Float(o.mg_etp_hundredths as f64 / 100.0),
        "base_patients" => Value::Int(patients),
        "base_ages_70_plus" => Value::Int(ages),
        "base_ald" => Value::Int(ald),
        "code_region" => Value::Text(t.region.clone()),
        _ => Value::Null,
    }
}

/// Index of a column of the panel.
fn column(table: &RawTable, name: &str) -> usize {
    table.definition.columns.iter().position(|c| c.name == name).unwrap()
}

fn empty(nom: &str) -> RawTable {
    RawTable {
        definition: definition(nom),
        parameters: BTreeMap::new(),
        rows: Vec::new(),
    }
}

/// The same average of the effects that the generator put in, without noise.
fn truth(panel: &Panel, plan: &Design) -> f64 {
    let effet = Truth::default().effet_sans_mt;
    let outcome: Vec<Vec<Option<f64>>> = panel
        .cohorts()
        .iter()
        .map(|g| {
            panel
                .periods()
                .iter()
                .map(|t| Some(g.map_or(0.0, |g| effet.a(i64::from(t - g)))))
                .collect()
        })
        .collect();
    let weights = panel.units().iter().map(|u| plan.territoires[u].patients).collect();
    let pure = Panel::new(
        panel.units().to_vec(),
        panel.periods().to_vec(),
        &outcome,
        panel.cohorts().to_vec(),
    )
    .unwrap()
    .weighted(weights)
    .unwrap();
    let options = Options { bootstrap: None, ..options(0) };
    estimate(&pure, &options)
        .unwrap()
        .aggregate(Aggregation::Group)
        .unwrap()
        .overall
        .estimate
}

/// Estimate, truth and before/after of one made-up world.
fn draw(graine: u64) -> (Measured, f64, PointEstimate) {
    let monde = generate(&Params::new(graine, &REGIONS, 1)).unwrap();
    let table = panel(&monde, &REGIONS);
    let plan = Design::read(&table).unwrap();
    assert!(plan.inconclusive().is_none());
    let measurements = Measurements::read(OUTCOMES[0], &plan, &table).unwrap();
    let panel = measurements.panel(true).unwrap();
    let retained = average(&estimate(&panel, &options(0)).unwrap()).unwrap();
    (retained, truth(&panel, &plan), naive::before_after(&panel, 0.95).unwrap())
}

/// Share of seeds whose interval holds the truth, bias in standard errors, share of seeds whose before/after holds it.
fn coverage(seeds: u64) -> (f64, f64, f64) {
    let (mut covered, mut naive_covered, mut bias, mut spread) = (0.0, 0.0, 0.0, 0.0);
    for graine in 0..seeds {
        let (retained, truth, before_after) = draw(graine);
        let holds = |p: &PointEstimate| f64::from(u8::from(p.interval().unwrap().contains(truth)));
        covered += holds(&retained.point);
        naive_covered += holds(&before_after);
        bias += retained.point.estimate - truth;
        spread += retained.spread.se;
    }
    let n = seeds as f64;
    (covered / n, bias / spread, naive_covered / n)
}

/// 20 worlds in the suite; `MEDICOBUS_GRAINES=200 cargo test --lib evaluation` for the bounds that we publish.
#[test]
fn the_interval_covers_the_truth_as_often_as_it_says_and_before_after_misses_it() {
    let seeds = std::env::var("MEDICOBUS_GRAINES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20);
    let (covered, bias, naive) = coverage(seeds);
    println!(
        "{seeds} graines : couverture {covered}, biais {bias} erreur type, avant/après {naive}"
    );
    // Few draws leave room for chance: three standard errors around 95 %.
    let (range, bound) = if seeds >= 200 { (0.92..=0.98, 0.1) } else { (0.8..=1.0, 0.6) };
    assert!(range.contains(&covered), "couverture : {covered}");
    assert!(bias.abs() < bound, "biais : {bias} erreur type");
    assert!(naive < 0.5, "avant/après couvre : {naive}");
}

#[test]
fn territories_are_used_once_and_neighbours_are_no_controls() {
    let monde = generate(&Params::new(7, &REGIONS, 1)).unwrap();
    let table = panel(&monde, &REGIONS);
    let plan = Design::read(&table).unwrap();
    let counted: usize = TerritoryRole::ALL.iter().map(|e| plan.count(e.0).0).sum();
    assert_eq!(counted, plan.territoires.len());
    for t in &monde.territories {
        let role = plan.territoires[&t.code].role;
        assert!(t.neighbour_since.is_none() || role != TerritoryRole::Control);
        assert!(t.cohort.is_none() || role != TerritoryRole::Control);
        if t.cohort.is_some_and(|g| g <= sample::PANEL_START) {
            assert_eq!(role, TerritoryRole::AlwaysServed);
        }
    }
}

#[test]
fn a_region_with_few_served_epci_gets_no_causal_estimate() {
    let monde = generate(&Params::new(7, &REGIONS, 1)).unwrap();
    let mut table = panel(&monde, &["03"]);
    let plan = Design::read(&table).unwrap();
    assert!(plan.inconclusive().is_some());
    let effects = estimate_effects(&plan, &table, &empty("panel_delais"), 0).unwrap();
    let kept: Vec<&str> = effects.tables.keys().copied().collect();
    assert_eq!(kept, ["effet_echantillon"]);
    // An answer whose query was changed is refused by name, not misread.
    let mut changed = (*table.definition).clone();
    changed.columns.retain(|c| c.name != "voisin");
    table.definition = Arc::new(changed);
    let error = Design::read(&table).unwrap_err().to_string();
    assert!(error.contains("voisin"), "{error}");
}

#[test]
fn every_outcome_of_the_panel_is_estimated_and_every_row_fits_its_header() {
    let monde = generate(&Params::new(7, &REGIONS, 1)).unwrap();
    let table = panel(&monde, &REGIONS);
    let plan = Design::read(&table).unwrap();
    let effects = estimate_effects(&plan, &table, &empty("panel_delais"), 0).unwrap();
    let headers = super::rows::headers().unwrap();
    let gate = disclosure::Gate::default();
    for (nom, rows) in effects.tables {
        let header = headers[nom].clone();
        let gated = gate.release_estimates(header, BTreeMap::new(), rows, 3, false).unwrap();
        assert!(!gated.rows().is_empty(), "{nom}");
        if nom == "effet_moyen" {
            let issues: std::collections::BTreeSet<&str> =
                gated.rows().iter().filter_map(|r| r[0].open()?.as_text()).collect();
            // No survey was given: delays and refusals are left out, the rest stands.
            let attendues = ["ages_70_plus_sans_mt", "ald_sans_mt", "mg_etp", "sans_mt"];
            assert!(issues.into_iter().eq(attendues));
        }
    }
}

/// One région of a made-up release: code, people whose situation is known, those without médecin traitant.
const TROIS: [(&str, i64, i64); 3] = [("28", 300, 6), ("32", 300, 40), ("53", 600, 160)];

fn texte(t: &str) -> Value {
    Value::Text(t.into())
}

/// `part_sans_mt_patients` at one level.
fn situation(niveau: &str, annee: i32, zones: &[(&str, i64, i64)]) -> RawTable {
    let definition = definition("part_sans_mt_patients");
    let rows = zones
        .iter()
        .map(|(zone, n, x)| {
            let cell = |nom: &str| match nom {
                "periode" => texte(&annee.to_string()),
                "code_zone" | "nom_zone" => texte(zone),
                "patients_connus" => Value::Int(*n),
                "sans_mt" => Value::Int(*x),
                "part_sans_mt" => Value::Float((1000.0 * *x as f64 / *n as f64).round() / 10.0),
                "statut_inconnu" => Value::Int(0),
                _ => Value::Null,
            };
            definition.columns.iter().map(|c| cell(&c.name)).collect()
        })
        .collect();
    let parameters = BTreeMap::from([
        ("annee".to_string(), Value::Int(i64::from(annee))),
        ("niveau".to_string(), texte(niveau)),
        ("pas".to_string(), texte("annee")),
    ]);
    RawTable { definition, parameters, rows }
}

/// `part_sans_mt_par_profil` with two profiles of the same people, and their margin.
fn profils(zones: &[(String, i64, i64)]) -> RawTable {
    let definition = definition("part_sans_mt_par_profil");
    let mut rows = Vec::new();
    for (zone, n, x) in zones {
        for (age, n, x) in
            [("30-44", n / 2, x / 2), ("70-79", n - n / 2, x - x / 2), ("ensemble", *n, *x)]
        {
            let autre = if age == "ensemble" { age } else { "F" };
            let cell = |nom: &str| match nom {
                "annee" => Value::Int(2025),
                "code_zone" | "nom_zone" => texte(zone),
                "tranche_age" => texte(age),
                "sexe" => texte(autre),
                "ald" => texte(if age == "ensemble" { age } else { "oui" }),
                "patients_connus" => Value::Int(n),
                "sans_mt" => Value::Int(x),
                _ => Value::Null,
            };
            rows.push(definition.columns.iter().map(|c| cell(&c.name)).collect());
        }
    }
    RawTable {
        definition,
        parameters: BTreeMap::new(),
        rows,
    }
}

#[test]
fn what_the_gate_hides_to_protect_a_neighbour_no_estimate_gives_back() {
    use disclosure::{Cell, Gate, ZoneTree};
    let gate = Gate::default();
    let mut arbre = ZoneTree::new();
    let (mut buses, mut bus) = (Vec::new(), BTreeMap::new());
    for (region, n, x) in TROIS {
        for i in 0..3 {
            let id = format!("{region}-{i}");
            arbre.add_medicobus(id.as_str(), region, region);
            buses.push((id, n / 3, x / 3 + i - 1));
        }
    }
    for (id, ..) in &buses {
        bus.insert(id.as_str(), &id[..2]);
    }
    let total = TROIS.iter().fold((0, 0), |(n, x), z| (n + z.1, x + z.2));
    let nation = |annee| situation("national", annee, &[("FR", total.0, total.1)]);
    let gated =
        gate.release(vec![nation(2025), situation("region", 2025, &TROIS), nation(2024)], &arbre);
    let [france, regions, avant] = <[_; 3]>::try_from(gated).unwrap();
    // 6 of 300 is small; another région must go with it, or the total would give it back.
    let colonne = regions.definition().columns.iter().position(|c| c.name == "sans_mt").unwrap();
    let cachees: Vec<bool> = regions.rows().iter().map(|r| r[colonne] == Cell::Hidden).collect();
    assert!(cachees[0]);
    assert_eq!(cachees.iter().filter(|c| **c).count(), 2, "{cachees:?}");

    let zone = report::content::NamedZone::nation();
    let mut tables = BTreeMap::from([
        ("part_sans_mt_patients".to_string(), france),
        ("part_sans_mt_patients/parties".to_string(), regions),
    ]);
    let regionales: Vec<(String, i64, i64)> = TROIS.map(|(z, n, x)| (z.to_string(), n, x)).into();
    let sources = super::sources::Sources {
        territoires: empty("panel_territoires"),
        delays: empty("panel_delais"),
        regions: profils(&regionales),
        before: Some(profils(&buses)),
        after: profils(&buses),
        found: empty("mt_trouve"),
        bus_delays: empty("delai_rendez_vous_distribution"),
        survey: empty("delai_mg_distribution"),
    };
    let plan = Design::read(&sources.territoires).unwrap();
    let headers = super::rows::headers().unwrap();
    let names: BTreeMap<String, String> =
        TROIS.map(|(z, ..)| (z.to_string(), z.to_string())).into();
    let release = |tables: &BTreeMap<String, disclosure::GatedTable>, nom: &str| {
        let frame = super::estimates::Frame {
            zone: &zone,
            level: base::zone::Level::National,
            years: (2024, 2025),
            tables,
            buses: bus.clone(),
            regions: &names,
            population: None,
            threads: 0,
        };
        let mut rows = super::estimates::estimates(&plan, &sources, &frame).unwrap().tables;
        let rows = rows.remove(nom).unwrap();
        gate.release_estimates(headers[nom].clone(), BTreeMap::new(), rows, 3, false)
            .unwrap()
    };
    // A row is hidden whole or open whole; which ones, by zone.
    let hidden = |table: &disclosure::GatedTable, zone: usize| -> BTreeMap<String, bool> {
        let measures: Vec<usize> = table
            .definition()
            .columns
            .iter()
            .enumerate()
            .filter(|(_, c)| c.role == base::definition::Role::Measure)
            .map(|(i, _)| i)
            .collect();
        table
            .rows()
            .iter()
            .map(|r| {
                let hidden = r[measures[0]] == Cell::Hidden;
                assert!(measures.iter().all(|&i| (r[i] == Cell::Hidden) == hidden));
                (r[zone].open().unwrap().as_text().unwrap().to_string(), hidden)
            })
            .collect()
    };
    let mut attendu: BTreeMap<String, bool> =
        TROIS.iter().zip(&cachees).map(|(z, c)| (z.0.to_string(), *c)).collect();
    attendu.insert("FR".into(), false);
    let standardisees = release(&tables, "part_sans_mt_standardisee");
    assert_eq!(hidden(&standardisees, 0), attendu);
    assert!(standardisees.definition().column("brute").is_none());
    let grappes = release(&tables, "parts_en_grappes");
    for row in grappes.rows().iter().filter(|r| r[4] == Cell::Open(Value::Int(2025))) {
        let zone = row[2].open().unwrap().as_text().unwrap();
        assert_eq!(row[5] == Cell::Hidden, attendu[zone], "{zone}");
    }
    // The change since 2024 would give 2024 back: it stays in where the gate did not print that year.
    assert!(hidden(&release(&tables, "decomposition"), 0).values().all(|h| *h));
    tables.insert("part_sans_mt_patients/2024".into(), avant);
    assert!(hidden(&release(&tables, "decomposition"), 0).values().all(|h| !*h));
}

#[test]
fn a_population_of_the_users_own_changes_the_standard_and_nothing_else() {
    let zones: Vec<(String, i64, i64)> = TROIS.map(|(z, n, x)| (z.to_string(), n, x)).into();
    let mut table = profils(&zones);
    // Those of 70 and more are never without: the older the reference, the lower the share.
    for row in &mut table.rows {
        if row[3] == texte("70-79") {
            row[7] = Value::Int(0);
        }
    }
    let population = |vieux: f64| super::population::Population {
        people: BTreeMap::from([
            ("30-44 F oui".to_string(), 100.0 - vieux),
            ("70-79 F oui".to_string(), vieux),
        ]),
        sha256: String::new(),
    };
    let part = |population: Option<&super::population::Population>| {
        let rows = super::profiles::standardised(&table, population, None).unwrap();
        rows.iter().map(|r| r.row.share).collect::<Vec<f64>>()
    };
    let (jeune, vieille) = (part(Some(&population(10.0))), part(Some(&population(90.0))));
    for (j, v) in jeune.iter().zip(&vieille) {
        assert!(j > v, "{j} {v}");
    }
    // Half and half is what the régions are.
    assert_eq!(part(Some(&population(50.0))), part(None));
    // A région alone is told beside all, never the others.
    let seule = super::profiles::standardised(&table, None, Some("32")).unwrap();
    let codes: Vec<&str> = seule.iter().map(|r| r.row.zone.as_str()).collect();
    assert_eq!(codes, ["32", "FR"]);
}

#[test]
fn the_reason_for_no_conclusion_is_the_true_one() {
    use super::design::{Inconclusive, MIN_CLUSTERS, MIN_SERVED, Territoire};
    let territoire = |cluster: String, role: TerritoryRole, unknown_zoning: bool| Territoire {
        name: cluster.clone(),
        cluster,
        role,
        cohort: None,
        patients: 100.0,
        ald: 20.0,
        aged_70_plus: 30.0,
        apl: None,
        bearer: None,
        zoning: None,
        dose: None,
        unknown_zoning,
        nearby: None,
        reached: None,
        touched: BTreeMap::new(),
    };
    let plan = |servis: usize, grappes: usize, temoins: usize, inconnus: usize| {
        let mut territoires = BTreeMap::new();
        for i in 0..servis {
            let t = territoire(format!("s{}", i % grappes), TerritoryRole::Served, false);
            territoires.insert(format!("S{i}"), t);
        }
        for i in 0..temoins {
            let t = territoire(format!("t{i}"), TerritoryRole::Control, false);
            territoires.insert(format!("T{i}"), t);
        }
        for i in 0..inconnus {
            let t = territoire(format!("u{i}"), TerritoryRole::Outside, true);
            territoires.insert(format!("U{i}"), t);
        }
        Design { territoires }
    };
    let (s, g) = (MIN_SERVED, MIN_CLUSTERS);
    assert_eq!(plan(s, g, g, 0).inconclusive(), None);
    assert_eq!(plan(s - 1, g, g, 0).inconclusive(), Some(Inconclusive::Served));
    assert_eq!(plan(s, g - 1, g, 0).inconclusive(), Some(Inconclusive::Clusters));
    assert_eq!(plan(s, g, g - 1, 0).inconclusive(), Some(Inconclusive::Controls));
    assert_eq!(plan(s, g, 0, g).inconclusive(), Some(Inconclusive::Zonings));
    // Ten clusters of which one has nearly all the patients are worth one and a half.
    let mut unequal = plan(s, g, g, 0);
    for t in unequal.territoires.values_mut().filter(|t| t.cluster == "s0") {
        t.patients *= 50.0;
    }
    assert_eq!(unequal.inconclusive(), Some(Inconclusive::Unequal));
    // Zonings would not help where the served are too few anyway.
    assert_eq!(plan(s - 1, g, 0, g).inconclusive(), Some(Inconclusive::Served));
}

#[test]
fn a_territory_first_told_about_late_is_set_aside_and_listed() {
    let monde = generate(&Params::new(7, &REGIONS, 1)).unwrap();
    let mut table = panel(&monde, &REGIONS);
    let plan = Design::read(&table).unwrap();
    let (code, _) = plan.with_role(TerritoryRole::Control).next().unwrap();
    let code = texte(code);
    let colonne = |nom: &str| {
        let mut colonnes = table.definition.columns.iter();
        colonnes.position(|c| c.name == nom).unwrap()
    };
    let (zone, base) = (colonne("code_zone"), colonne("base_patients"));
    for row in table.rows.iter_mut().filter(|r| r[zone] == code) {
        row[base] = Value::Null;
    }
    let sans = Design::read(&table).unwrap();
    assert_eq!(sans.count(TerritoryRole::NoBaseline).0, 1);
    assert_eq!(sans.count(TerritoryRole::Control).0, plan.count(TerritoryRole::Control).0 - 1);
    let effects = estimate_effects(&sans, &table, &empty("panel_delais"), 0).unwrap();
    let ligne = effects.tables["effet_echantillon"]
        .iter()
        .find(|r| r.values[0] == texte("sans_depart"))
        .unwrap();
    assert_eq!(ligne.values[4], code);
}

#[test]
fn estimates_are_the_same_on_one_thread_and_on_several() {
    let monde = generate(&Params::new(11, &REGIONS, 1)).unwrap();
    let table = panel(&monde, &REGIONS);
    let plan = Design::read(&table).unwrap();
    let [one, many] = [1, 4].map(|threads| {
        estimate_effects(&plan, &table, &empty("panel_delais"), threads).unwrap().tables
    });
    assert!(one.contains_key("effet_moyen"));
    assert_eq!(one, many);
}

#[test]
fn requests_without_appointment_count_as_not_served_in_time() {
    let enquete = definition("delai_mg_distribution");
    let ligne = |desserte: &str, issue: &str, delai: Value, demandes: i64| -> Vec<Value> {
        let cell = |nom: &str| match nom {
            "desserte" => texte(desserte),
            "issue" => texte(issue),
            "delai_jours" => delai.clone(),
            "demandes" => Value::Int(demandes),
            _ => texte("FR"),
        };
        enquete.columns.iter().map(|c| cell(&c.name)).collect()
    };
    let table = RawTable {
        definition: enquete.clone(),
        parameters: BTreeMap::new(),
        rows: vec![
            ligne("desservi", "obtenu", Value::Int(5), 40),
            ligne("desservi", "obtenu", Value::Int(20), 30),
            ligne("desservi", "sans_rendez_vous", Value::Null, 30),
            // The median of those had is 5 days here too, but most requests had none.
            ligne("non_desservi", "obtenu", Value::Int(5), 40),
            ligne("non_desservi", "sans_rendez_vous", Value::Null, 60),
        ],
    };
    let rows = super::delays::delays(&empty("delai_rendez_vous_distribution"), &table).unwrap();
    assert_eq!(rows.len(), 2);
    let (served, others) = (&rows[0].row, &rows[1].row);
    assert_eq!(served.median, Some(20.0));
    assert_eq!(others.median, None);
    // 40 of 100 within 14 days on both sides.
    assert_eq!((served.timely, others.timely), (Some(40.0), Some(40.0)));
    assert!(served.timely_lower < Some(40.0) && served.timely_upper > Some(40.0));
    assert_eq!(rows[0].basis.cases, Some(40));
    assert!(served.p.is_some_and(|p| p < 0.05));
}

/// One number has one interval: the bilan's change is the total of the evaluation's decomposition, whatever the profiles.
#[test]
fn the_change_over_buses_is_the_total_of_its_decomposition() {
    let before = [("b1", 120, 41), ("b2", 80, 22), ("b3", 301, 99), ("b4", 60, 31)];
    let after = [("b1", 131, 40), ("b2", 95, 31), ("b3", 280, 70), ("b5", 44, 20)];
    let year = |buses: &[(&str, i64, i64)]| {
        profils(&buses.iter().map(|(b, n, x)| (b.to_string(), *n, *x)).collect::<Vec<_>>())
    };
    let parts = super::profiles::change_parts(&year(&before), &year(&after)).unwrap();
    let total = &parts.iter().find(|p| p.row.part == "total").unwrap().row;

    let definition = definition("part_sans_mt_patients");
    let count = |buses: &[(&str, i64, i64)], bus: &str| {
        let found = buses.iter().find(|b| b.0 == bus);
        found.map_or([Value::Null, Value::Null], |b| [Value::Int(b.1), Value::Int(b.2)])
    };
    let rows = ["b1", "b2", "b3", "b4", "b5"].map(|bus| {
        let ([n, x], [n_before, x_before]) = (count(&after, bus), count(&before, bus));
        let cell = |name: &str| match name {
            "code_zone" => texte(bus),
            "patients_connus" => n.clone(),
            "sans_mt" => x.clone(),
            "patients_connus_precedent" => n_before.clone(),
            "sans_mt_precedent" => x_before.clone(),
            _ => Value::Null,
        };
        definition.columns.iter().map(|c| cell(&c.name)).collect()
    });
    let buses = RawTable {
        definition: definition.clone(),
        parameters: BTreeMap::new(),
        rows: rows.into(),
    };
    let share = super::profiles::BusShare {
        indicator: ("sans_mt", "Patients sans médecin traitant"),
        columns: ("sans_mt", "patients_connus"),
        zone: ("28", "Normandie"),
        year: 2025,
    };
    let change = super::profiles::clustered_change(share, &buses, |_| true).unwrap().unwrap();

    let row = &change.row;
    assert_eq!([row.points, row.lower, row.upper], [total.points, total.lower, total.upper]);
    let alone = super::profiles::clustered_change(share, &buses, |bus| bus == "b1").unwrap();
    assert!(alone.is_none());
}
