//! Several publications: what an earlier one hid stays hidden.

use super::*;

#[test]
fn a_later_cut_does_not_uncover_an_earlier_one() {
    let gate = Gate::default();
    let first = by_profile("28", &[("sans", 4), ("avec", 40), ("indisponible", 25)]);
    let earlier = gate.release_after(vec![table(PROFILES, &[], first)], &zones(), &[]).publication;

    // Alone, the départements are harmless; beside the first bilan, which gave the total, they would give the rows
    // that it hid.
    let second: Vec<_> = [("61", 25), ("50", 0)]
        .iter()
        .map(|(z, v)| profile(z, "indisponible", *v))
        .collect();
    let cut = || vec![table(PROFILES, &[("niveau", "departement")], second.clone())];
    let naive = gate.release_after(cut(), &zones(), &[]);

    assert!(!is_hidden(&naive.tables[0], 0, "patients"));
    let requirement = gate.protection();
    let outcome = audit_release(
        &naive.publication,
        std::slice::from_ref(&earlier),
        &zones(),
        &relations(),
        &requirement,
    );
    assert!(!outcome.underprotected.is_empty());

    let careful = gate.release_after(cut(), &zones(), std::slice::from_ref(&earlier));

    assert!(is_hidden(&careful.tables[0], 0, "patients"));
    let outcome = audit_release(
        &careful.publication,
        std::slice::from_ref(&earlier),
        &zones(),
        &relations(),
        &requirement,
    );
    assert_eq!(outcome.underprotected, vec![]);

    // The ledger survives being written, also where nothing bounds the count that is known best.
    let text = serde_json::to_string(&earlier).unwrap();

    assert_eq!(serde_json::from_str::<Publication>(&text).unwrap(), earlier);
    let unbounded = FeasibilityInterval { low: 1.0, high: f64::INFINITY };
    let widest = Publication {
        narrowest: Some(unbounded),
        ..earlier.clone()
    };
    let read: Publication = serde_json::from_str(&serde_json::to_string(&widest).unwrap()).unwrap();
    assert_eq!(read, widest);

    for key in ["\"relations\"", "\"mesure\"", "\"periode\""] {
        assert!(text.contains(key), "{key} is what stores already hold");
    }
}

const SITUATION: &str = r#"
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "connus", titre = "Connus", role = "patients", additif = ["code_zone"] },
  { nom = "inconnus", titre = "Inconnus", role = "patients", additif = ["code_zone"] },
"#;
const EFFECTIF: &str = r#"
nom = "effectif"
titre = "Effectif"
theme = "publics"
definition = "d"
formule = "f"
unite = "patients"
population = "p"
sources = ["consultations"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_zone", titre = "Zone", role = "zone" },
  { nom = "patients", titre = "Patients", role = "patients", additif = ["code_zone"] },
  { nom = "jeunes", titre = "Moins de 17 ans", role = "patients", additif = ["code_zone"] },
]
"#;
const SITUATIONS: &str = r#"
[[sommes]]
total = { mesure = "patients" }
parties = [{ mesure = "connus" }, { mesure = "inconnus" }, { mesure = "jeunes" }]
"#;

/// Known and unknown, then all and young, of a zone whose patients are known, unknown or young.
fn situation(zone: &str, [connus, inconnus, jeunes]: [i64; 3]) -> [Vec<Value>; 2] {
    [[connus, inconnus], [connus + inconnus + jeunes, jeunes]].map(|[a, b]| {
        vec![Value::Int(2025), Value::Text(zone.to_owned()), Value::Int(a), Value::Int(b)]
    })
}

#[test]
fn a_sum_of_the_model_holds_across_publications() {
    let gate = gate_with(toml::from_str(SITUATIONS).unwrap());
    let known = header("situation", "Situation", SITUATION);
    let departement = [("niveau", "departement")];
    let [situation_61, effectif_61] = situation("61", [200, 8, 32]);
    let [situation_50, effectif_50] = situation("50", [300, 30, 45]);
    let [situation_28, effectif_28] = situation("28", [500, 38, 77]);
    let first = vec![
        table(&known, &departement, vec![situation_61.clone(), situation_50]),
        table(&known, &[("niveau", "region")], vec![situation_28]),
    ];
    let earlier = gate.release_after(first, &zones(), &[]).publication;
    let open = |release: &Release, row: usize| {
        let hidden = |c| is_hidden(&release.tables[0], row, c);
        !hidden("patients") && !hidden("jeunes")
    };

    // 240 patients less 200 known less 32 young are 8 unknown: the second publication must not print all of it.
    let second = || vec![table(EFFECTIF, &departement, vec![effectif_61.clone()])];
    let alone = gate.release_after(second(), &zones(), &[]);

    assert!(open(&alone, 0));
    let after = gate.release_after(second(), &zones(), std::slice::from_ref(&earlier));

    assert!(!open(&after, 0));

    // The région and the other département give the same: 77 young less 45, 615 patients less 375. The first publication
    // said nothing of either.
    let own = vec![table(&known, &departement, vec![situation_61])];
    let own = gate.release_after(own, &zones(), &[]).publication;
    let region = vec![table(EFFECTIF, &[("niveau", "region")], vec![effectif_28])];
    let region = gate.release_after(region, &zones(), std::slice::from_ref(&own));

    assert!(open(&region, 0));
    let other = || vec![table(EFFECTIF, &departement, vec![effectif_50.clone()])];

    assert!(open(&gate.release_after(other(), &zones(), &[]), 0));
    let other = gate.release_after(other(), &zones(), &[own, region.publication]);

    assert!(!open(&other, 0));
}

#[test]
fn the_same_bilan_again_hides_the_same() {
    let gate = Gate::default();
    let rows = || by_profile("28", &[("sans", 4), ("avec", 40), ("indisponible", 25)]);
    let first = gate.release_after(vec![table(PROFILES, &[], rows())], &zones(), &[]);
    let again = gate.release_after(
        vec![table(PROFILES, &[], rows())],
        &zones(),
        std::slice::from_ref(&first.publication),
    );

    assert_eq!(first.tables[0].rows(), again.tables[0].rows());
}

#[test]
fn with_what_earlier_publications_gave_away_no_count_is_printed() {
    let gate = Gate { threshold: 1, ..Gate::default() };
    let whole = vec![profile("28", "sans", 44), profile("28", "ensemble", 84)];
    let careless = gate.release_after(vec![table(PROFILES, &[], whole)], &zones(), &[]).publication;
    let late = vec![profile("61", "sans", 40), profile("50", "sans", 4), profile("61", "avec", 0)];
    let table_of = |rows| vec![table(PROFILES, &[("niveau", "departement")], rows)];
    let out = gate.release_after(table_of(vec![late[0].clone()]), &zones(), &[]).publication;

    // 4 of 44: the other département can go with it. With that one already out, nothing protects the 4.
    let gate = Gate::default();
    let first =
        gate.release_after(table_of(late.clone()), &zones(), std::slice::from_ref(&careless));

    assert!(!is_hidden(&first.tables[0], 2, "patients"));
    assert!(first.annex.advice.iter().all(|a| !a.starts_with("Aucun effectif")));
    let second = gate.release_after(table_of(late), &zones(), &[careless, out]);
    let hidden = |row| is_hidden(&second.tables[0], row, "patients");

    assert!(hidden(0) && hidden(1) && hidden(2));
    assert!(second.annex.advice.iter().any(|a| a.starts_with("Aucun effectif")));
}

#[test]
fn few_people_are_not_read_from_the_document_that_revises_another() {
    let gate = Gate::default();
    let of = |sans, avec| {
        vec![table(PROFILES, &[], by_profile("28", &[("sans", sans), ("avec", avec)]))]
    };
    let first = gate.release_after(of(44, 61), &zones(), &[]).publication;

    // One patient more without médecin traitant, thirty more with: 44 to 45 tells of the one, and so does the total less the thirty.
    let revised = gate.release_after(of(45, 91), &zones(), std::slice::from_ref(&first));
    let shown = |row| !is_hidden(&revised.tables[0], row, "patients");

    assert!(!shown(0));
    assert!(!(shown(1) && shown(2)));

    // Twenty more each: nobody in particular.
    let revised = gate.release_after(of(64, 81), &zones(), std::slice::from_ref(&first));
    let shown = |row| !is_hidden(&revised.tables[0], row, "patients");

    assert!(shown(0) && shown(1) && shown(2));
}
