//! Answers worked out by hand.

/// Query, parameters, columns looked at, rows as JSON.
pub type Expected = (&'static str, &'static str, &'static str, &'static str);

/// The small store of `tests/it/small_store`. In région 28: one bus, B1, in service since Monday 2 December 2024 at two and a half
/// days a week; another, B2, labelled, with a stop planned at 61077 and never started. Five patients in 2025: P1 (70-79, ALD), P2
/// (30-44, already seen in 2024 under the identifier that P1's first consultation bears in 2025), P3 (a child), P4 (80+), and one
/// without pseudonym. In région 24, where tours are told from 5 December 2024 to 6 March 2025: E1, one day a week, in service from
/// 6 January to 28 February 2025; E2, five days a week, since 4 March 2024, ended on 1 October 2026. In région 11, which delivers by
/// quarter, one bus whose two patients of 2025, Q (80+, ALD, without) and R (30-44, with), bear the same identifier of consultation.
/// Each expected answer follows its arithmetic.
///
/// Query, parameters beside year 2025, région 28 and the defaults, columns looked at, rows as JSON.
#[rustfmt::skip]
pub const EXPECTED: &[Expected] = &[
    // 365 days x 2.5 / 7 = 130.4 planned days; 4 days out in 2025 (6 and 7 January, 10 June, 1 December): 4 / 130.4 = 3.1 %.
    (
        "deploiement",
        "",
        "labellises vague_1 vague_2 mis_en_service en_service arretes cible jours_sortie jours_prevus taux_sortie",
        r#"[[2, 1, 1, 0, 1, 0, null, 4, 130, 3.1]]"#,
    ),
    // Two of région 28, two of région 24, one of région 11: 5 of 100.
    (
        "deploiement",
        "niveau=national,region=",
        "code_zone labellises cible part_cible",
        r#"[["FR", 5, 100, 5]]"#,
    ),
    // Observed until the end of March, the last month with a tour. E1: 54 days from 6 January to 28 February, x 1 / 7;
    // E2: 90 days x 5 / 7: (54 + 450) / 7 = 72 planned; 3 days out, 4.2 %. E1 ended in the year.
    (
        "deploiement",
        "region=24",
        "labellises vague_1 hors_aap mis_en_service en_service arretes jours_sortie jours_prevus taux_sortie",
        r#"[[2, 1, 1, 1, 1, 1, 3, 72, 4.2]]"#,
    ),
    // No tour told in 2026: nothing planned (and not E2's 274 days until 1 October), no rate.
    (
        "deploiement",
        "annee=2026,region=24",
        "labellises en_service arretes jours_sortie jours_prevus taux_sortie",
        r#"[[2, 0, 1, 0, 0, null]]"#,
    ),
    // Région 24 told of a tour in December of 2024 only; région 28 in December of both years. France needs both.
    (
        "annees_completes",
        "",
        "annee code_region",
        r#"[[2024, "24"], [2024, "28"], [2024, "FR"], [2025, "28"]]"#,
    ),
    // Alençon on 6 January, 10 June and 1 December (13 January was cancelled), planned on Mondays; Almenêches on 7 January, Tuesdays.
    (
        "communes_desservies",
        "niveau=medicobus",
        "code_zone code_commune nom_commune jour tournees",
        r#"[["B1", "61001", "Alençon", "lundi", 3], ["B1", "61002", "Almenêches", "mardi", 1]]"#,
    ),
    // Nobody tells of calls; where somebody does: `calls_to_the_coordination_cell_are_summed_over_the_months_that_tell_them`.
    ("demandes_cellule", "", "appels part_rendez_vous", r#"[]"#),
    // B1 is a CPTS's and has two financers; B2 has none. No commitment, target or envelope is declared.
    (
        "engagements",
        "",
        "projets portes_cpts part_cpts finances cofinances part_cofinances engage part_engagee cible",
        r#"[[2, 1, 50.0, 1, 1, 100.0, null, null, null]]"#,
    ),
    // B1 has a coordination cell; its own money comes in part from elsewhere, on no day said; what was seen in 2026 is of 2026. B2 is silent
    // but for one that does not concern it.
    (
        "exigences_declarees",
        "",
        "exigence projets oui partiel non sans_objet non_dit",
        r#"[
      ["etat_des_lieux_partage", 2, 0, 0, 0, 0, 2],
      ["absence_concurrence", 2, 0, 0, 0, 0, 2],
      ["projet_territorial", 2, 0, 0, 0, 0, 2],
      ["initiative_professionnels", 2, 0, 0, 0, 0, 2],
      ["coordination_cpts", 2, 0, 0, 0, 0, 2],
      ["articulation_plan_ald", 2, 0, 0, 0, 0, 2],
      ["articulation_sas", 2, 0, 0, 0, 0, 2],
      ["partenariat_collectivites", 2, 0, 0, 0, 0, 2],
      ["cofinancement", 2, 0, 1, 0, 0, 1],
      ["achat_hors_cpts", 2, 0, 0, 0, 1, 1],
      ["autorisation_cdom", 2, 0, 0, 0, 0, 2],
      ["pas_acces_direct", 2, 0, 0, 0, 0, 2],
      ["continuite_soins", 2, 0, 0, 0, 0, 2],
      ["lisibilite", 2, 0, 0, 0, 0, 2],
      ["cellule_coordination", 2, 1, 0, 0, 0, 1],
      ["mutualisation_specialistes", 2, 0, 0, 0, 0, 2],
      ["circuit_cpam", 2, 0, 0, 0, 0, 2],
      ["medecin_present", 2, 0, 0, 0, 0, 2],
      ["demarche_environnementale", 2, 0, 0, 0, 0, 2],
      ["logo_france_ruralites", 2, 0, 0, 0, 0, 2]
    ]"#,
    ),
    // Of 8 consultations: C2 remote, unscheduled, from the SAS; C7 prevention; C4 sent by the CPAM, told neither way of being
    // scheduled; C1 and C6 led to a médecin traitant. P2 is seen both ways, so that five patients came in person.
    (
        "consultations_par_modalite",
        "",
        "dimension modalite consultations patients part",
        r#"[
      ["mode", "presentiel", 7, 5, 87.5],
      ["mode", "teleconsultation", 1, 1, 12.5],
      ["mode", "ensemble", 8, 5, 100],
      ["discipline", "medecine_generale", 8, 5, 100],
      ["discipline", "ensemble", 8, 5, 100],
      ["nature", "prevention", 1, 1, 12.5],
      ["nature", "soin", 7, 4, 87.5],
      ["nature", "ensemble", 8, 5, 100],
      ["non_programme", "inconnu", 1, 1, 12.5],
      ["non_programme", "non", 6, 5, 75],
      ["non_programme", "oui", 1, 1, 12.5],
      ["non_programme", "ensemble", 8, 5, 100],
      ["adressage", "autre", 6, 5, 75],
      ["adressage", "cpam", 1, 1, 12.5],
      ["adressage", "sas", 1, 1, 12.5],
      ["adressage", "ensemble", 8, 5, 100],
      ["orientation", "aucune", 6, 5, 75],
      ["orientation", "mt_declare", 1, 1, 12.5],
      ["orientation", "mt_propose", 1, 1, 12.5],
      ["orientation", "ensemble", 8, 5, 100],
      ["statut_praticien", "inconnu", 8, 5, 100],
      ["statut_praticien", "ensemble", 8, 5, 100]
    ]"#,
    ),
    // One row per age that someone has, the five patients once each; P1, P2 and P4 came twice. Three women, two men.
    (
        "pyramide_ages",
        "",
        "tranche_age sexe patients consultations part",
        r#"[
      ["00-16", "F", 1, 1, 20],
      ["00-16", "ensemble", 1, 1, 20],
      ["30-44", "M", 1, 2, 20],
      ["30-44", "ensemble", 1, 2, 20],
      ["45-59", "F", 1, 1, 20],
      ["45-59", "ensemble", 1, 1, 20],
      ["70-79", "F", 1, 2, 20],
      ["70-79", "ensemble", 1, 2, 20],
      ["80+", "M", 1, 2, 20],
      ["80+", "ensemble", 1, 2, 20],
      ["ensemble", "F", 3, 4, 60],
      ["ensemble", "M", 2, 4, 40],
      ["ensemble", "ensemble", 5, 8, 100]
    ]"#,
    ),
    // Four patients of 17 and more, each alone of its age: P1 (woman, ALD), P2 (man, none) and P4 (man, unknown) without, the one
    // without key (woman, none) with an unavailable one. Women: 1 of 2; no ALD: P2 of two; all: 3 of 4.
    (
        "part_sans_mt_par_profil",
        "",
        "tranche_age sexe ald patients_connus sans_mt part_sans_mt",
        r#"[
      ["30-44", "M", "non", 1, 1, 100],
      ["30-44", "M", "ensemble", 1, 1, 100],
      ["30-44", "ensemble", "non", 1, 1, 100],
      ["30-44", "ensemble", "ensemble", 1, 1, 100],
      ["45-59", "F", "non", 1, 0, 0],
      ["45-59", "F", "ensemble", 1, 0, 0],
      ["45-59", "ensemble", "non", 1, 0, 0],
      ["45-59", "ensemble", "ensemble", 1, 0, 0],
      ["70-79", "F", "oui", 1, 1, 100],
      ["70-79", "F", "ensemble", 1, 1, 100],
      ["70-79", "ensemble", "oui", 1, 1, 100],
      ["70-79", "ensemble", "ensemble", 1, 1, 100],
      ["80+", "M", "inconnu", 1, 1, 100],
      ["80+", "M", "ensemble", 1, 1, 100],
      ["80+", "ensemble", "inconnu", 1, 1, 100],
      ["80+", "ensemble", "ensemble", 1, 1, 100],
      ["ensemble", "F", "non", 1, 0, 0],
      ["ensemble", "F", "oui", 1, 1, 100],
      ["ensemble", "F", "ensemble", 2, 1, 50],
      ["ensemble", "M", "inconnu", 1, 1, 100],
      ["ensemble", "M", "non", 1, 1, 100],
      ["ensemble", "M", "ensemble", 2, 2, 100],
      ["ensemble", "ensemble", "inconnu", 1, 1, 100],
      ["ensemble", "ensemble", "non", 2, 1, 50],
      ["ensemble", "ensemble", "oui", 1, 1, 100],
      ["ensemble", "ensemble", "ensemble", 4, 3, 75]
    ]"#,
    ),
    // P1: 2 consultations, P2: 2, P3: 1, P4: 2, no key: 1. Age of 17 and more first.
    // P2's isolation is unknown at the first visit of the year, C2, though known at C6.
    // P1 comes back with a médecin traitant, P4 unknown: both stay `sans`, as at their first visit.
    (
        "consultations_par_profil",
        "",
        "dimension modalite consultations patients part part_patients",
        r#"[
      ["tranche_age", "00-16", 1, 1, 12.5, 20],
      ["tranche_age", "30-44", 2, 1, 25, 20],
      ["tranche_age", "45-59", 1, 1, 12.5, 20],
      ["tranche_age", "70-79", 2, 1, 25, 20],
      ["tranche_age", "80+", 2, 1, 25, 20],
      ["tranche_age", "ensemble", 8, 5, 100, 100],
      ["sexe", "F", 4, 3, 50, 60],
      ["sexe", "M", 4, 2, 50, 40],
      ["sexe", "ensemble", 8, 5, 100, 100],
      ["ald", "non", 4, 3, 50, 60],
      ["ald", "oui", 2, 1, 25, 20],
      ["ald", "inconnu", 2, 1, 25, 20],
      ["ald", "ensemble", 8, 5, 100, 100],
      ["c2s", "non", 5, 3, 62.5, 60],
      ["c2s", "oui", 2, 1, 25, 20],
      ["c2s", "inconnu", 1, 1, 12.5, 20],
      ["c2s", "ensemble", 8, 5, 100, 100],
      ["isole", "non", 4, 3, 50, 60],
      ["isole", "oui", 2, 1, 25, 20],
      ["isole", "inconnu", 2, 1, 25, 20],
      ["isole", "ensemble", 8, 5, 100, 100],
      ["statut_mt", "indisponible", 1, 1, 12.5, 20],
      ["statut_mt", "sans", 7, 4, 87.5, 80],
      ["statut_mt", "ensemble", 8, 5, 100, 100]
    ]"#,
    ),
    // By quarter, with the profile of the year: P4 stays `sans` in the fourth, though then unknown. C1 to C4, C5 to C7, C8.
    (
        "consultations_par_profil",
        "pas=trimestre,dimension=statut_mt",
        "periode modalite consultations patients part",
        r#"[
      ["2025-T1", "sans", 4, 4, 100],
      ["2025-T1", "ensemble", 4, 4, 100],
      ["2025-T2", "indisponible", 1, 1, 33.3],
      ["2025-T2", "sans", 2, 2, 66.7],
      ["2025-T2", "ensemble", 3, 3, 100],
      ["2025-T4", "sans", 1, 1, 100],
      ["2025-T4", "ensemble", 1, 1, 100]
    ]"#,
    ),
    // One identifier, two consultations: Q and R once each, in every query that takes the profile of a first consultation.
    (
        "consultations_par_profil",
        "region=11,dimension=statut_mt",
        "modalite consultations patients",
        r#"[["avec", 1, 1], ["sans", 1, 1], ["ensemble", 2, 2]]"#,
    ),
    (
        "pyramide_ages",
        "region=11,sexe=ensemble",
        "tranche_age patients consultations",
        r#"[["30-44", 1, 1], ["80+", 1, 1], ["ensemble", 2, 2]]"#,
    ),
    (
        "part_sans_mt_par_profil",
        "region=11,sexe=ensemble,ald=ensemble",
        "tranche_age patients_connus sans_mt part_sans_mt",
        r#"[["30-44", 1, 0, 0], ["80+", 1, 1, 100], ["ensemble", 2, 1, 50]]"#,
    ),
    (
        "part_sans_mt_patients",
        "region=11",
        "patients_connus sans_mt part_sans_mt patients_connus_precedent",
        r#"[[2, 1, 50, null]]"#,
    ),
    (
        "publics_exclusifs",
        "region=11",
        "cellule consultations patients",
        r#"[["sans_mt_ald_70_plus", 1, 1], ["avec_mt", 1, 1], ["ensemble", 2, 2]]"#,
    ),
    (
        "publics_prioritaires",
        "region=11",
        "public consultations patients",
        r#"[
      ["ald_sans_mt", 1, 1],
      ["70_plus_sans_mt", 1, 1],
      ["mt_indisponible", 0, 0],
      ["au_moins_un", 1, 1],
      ["isole_70_plus", 0, 0],
      ["tous_patients", 2, 2]
    ]"#,
    ),
    (
        "activite_par_medicobus",
        "region=11",
        "code_zone consultations patients patients_connus sans_mt",
        r#"[["K", 2, 2, 2, 1]]"#,
    ),
    (
        "synthese",
        "region=11",
        "consultations patients publics_prioritaires sans_mt patients_precedent",
        r#"[[2, 2, 1, 1, null]]"#,
    ),
    // P4's ALD is unknown: with the patients of 70 and more without declared ALD.
    (
        "publics_exclusifs",
        "",
        "cellule consultations patients part",
        r#"[
      ["sans_mt_ald_70_plus", 2, 1, 20],
      ["sans_mt_70_plus", 2, 1, 20],
      ["mt_indisponible", 1, 1, 20],
      ["sans_mt_autre", 3, 2, 40],
      ["ensemble", 8, 5, 100]
    ]"#,
    ),
    // ALD without: P1, twice. 70 and more without: P1 and P4, twice each. Unavailable: the one without key. One of these at
    // least: P1, P4 and the one without key, 2 + 2 + 1 consultations of 8. Isolated, of 70 and more: P1, twice.
    (
        "publics_prioritaires",
        "",
        "public consultations patients part",
        r#"[
      ["ald_sans_mt", 2, 1, 20],
      ["70_plus_sans_mt", 4, 2, 40],
      ["mt_indisponible", 1, 1, 20],
      ["au_moins_un", 5, 3, 60],
      ["isole_70_plus", 2, 1, 20],
      ["tous_patients", 8, 5, 100]
    ]"#,
    ),
    // C1 to C4 on 6 and 7 January; C5 to C7 on 10 June; C8 on 1 December. The tour of 13 January was cancelled.
    (
        "consultations_par_mois",
        "",
        "periode consultations patients tournees jours_sortie consultations_par_jour",
        r#"[
      ["2025-01", 4, 4, 2, 2, 2],
      ["2025-06", 3, 3, 1, 1, 3],
      ["2025-12", 1, 1, 1, 1, 1]
    ]"#,
    ),
    // Of 17 and more: P1, P2, P4 sans, the one without key indisponible: 3 of 4. In 2024: P2 alone, sans.
    (
        "part_sans_mt_patients",
        "",
        "patients_connus sans_mt part_sans_mt statut_inconnu patients_connus_precedent sans_mt_precedent part_sans_mt_precedent evolution",
        r#"[[4, 3, 75, 0, 1, 1, 100, -25]]"#,
    ),
    // Second quarter: P1 avec, P2 sans, no key indisponible: 1 of 3. Fourth: P4 unknown. Nothing is known before December 2024: the
    // quarters of a year earlier are unknown but for the fourth, where P2 was without.
    (
        "part_sans_mt_patients",
        "pas=trimestre",
        "periode patients_connus sans_mt part_sans_mt statut_inconnu sans_mt_precedent",
        r#"[
      ["2025-T1", 3, 3, 100, 0, null],
      ["2025-T2", 3, 1, 33.3, 0, null],
      ["2025-T4", 0, 0, null, 1, 1]
    ]"#,
    ),
    // C1 4, C3 2, C4 10, C5 9, C8 1; not C2 (unscheduled), C6 (no date), C7 (prevention). Sorted 1 2 4 9 10; D9 = 9 + 0.6 x 1.
    // In 2024, P2 once, in one day: all quantiles 1, all within two days; 40 % is 60 points less.
    (
        "delai_rendez_vous",
        "",
        "rendez_vous patients premier_quartile mediane troisieme_quartile neuvieme_decile deux_jours patients_deux_jours part_deux_jours patients_precedent mediane_precedent evolution_mediane",
        r#"[[5, 3, 2, 4, 9, 9.6, 2, 2, 40, 1, 1, 3]]"#,
    ),
    (
        "delai_rendez_vous",
        "",
        "rendez_vous_precedent premier_quartile_precedent troisieme_quartile_precedent neuvieme_decile_precedent deux_jours_precedent patients_deux_jours_precedent part_deux_jours_precedent evolution_deux_jours",
        r#"[[1, 1, 1, 1, 1, 1, 100, -60]]"#,
    ),
    // By quarter: 2, 4 and 10 days; 9; 1, against 1 a year earlier. Two of three are not within two days, and C8 is.
    (
        "delai_rendez_vous",
        "pas=trimestre",
        "periode rendez_vous mediane part_deux_jours patients_precedent evolution_deux_jours",
        r#"[
      ["2025-T1", 3, 4, 33.3, null, null],
      ["2025-T2", 1, 9, 0, null, null],
      ["2025-T4", 1, 1, 100, 1, 0]
    ]"#,
    ),
    (
        "delai_rendez_vous_distribution",
        "",
        "delai_jours rendez_vous patients",
        r#"[
      [1, 1, 1],
      [2, 1, 1],
      [4, 1, 1],
      [9, 1, 1],
      [10, 1, 1]
    ]"#,
    ),
    // 8 consultations against 1: +700 %. Fill: 8 of 16 against 1 of 2.
    (
        "synthese",
        "",
        "medicobus_actifs jours_sortie jours_sortie_precedent consultations consultations_precedent evolution_consultations patients consultations_par_jour publics_prioritaires part_publics_prioritaires sans_mt patients_connus evolution_sans_mt patients_delai delai_median evolution_delai taux_remplissage taux_remplissage_precedent",
        r#"[[1, 4, 1, 8, 1, 700, 5, 2, 3, 60, 3, 4, -25, 3, 4, 3, 50, 50]]"#,
    ),
    (
        "activite_par_medicobus",
        "",
        "code_zone communes jours_sortie consultations patients part_sans_mt delai_median",
        r#"[["B1", 2, 4, 8, 5, 75, 4]]"#,
    ),
    // P2 was known: C0 in 2024.
    (
        "file_active",
        "",
        "anciennete patients consultations part consultations_par_patient",
        r#"[
      ["nouveau", 4, 6, 80, 1.5],
      ["connu", 1, 2, 20, 2],
      ["ensemble", 5, 8, 100, 1.6]
    ]"#,
    ),
    // By quarter, P2 stays known and the others new: T1 P1, P3, P4 and P2; T2 P1, no key and P2; T4 P4.
    (
        "file_active",
        "pas=trimestre",
        "periode anciennete patients consultations part",
        r#"[
      ["2025-T1", "nouveau", 3, 3, 75],
      ["2025-T1", "connu", 1, 1, 25],
      ["2025-T1", "ensemble", 4, 4, 100],
      ["2025-T2", "nouveau", 2, 2, 66.7],
      ["2025-T2", "connu", 1, 1, 33.3],
      ["2025-T2", "ensemble", 3, 3, 100],
      ["2025-T4", "nouveau", 1, 1, 100],
      ["2025-T4", "ensemble", 1, 1, 100]
    ]"#,
    ),
    // C7 in prevention; C2 unscheduled, remote, from the SAS: one of eight each.
    (
        "conformite_activite",
        "",
        "cas consultations patients part",
        r#"[
      ["toutes", 8, 5, 100],
      ["prevention", 1, 1, 12.5],
      ["non_programme", 1, 1, 12.5],
      ["non_programme_hors_sas", 0, 0, 0],
      ["sas", 1, 1, 12.5],
      ["teleconsultation", 1, 1, 12.5],
      ["autre_discipline", 0, 0, 0]
    ]"#,
    ),
    // By quarter: C2 of C1 to C4; C7 of C5 to C7; nothing in the fourth.
    (
        "conformite_activite",
        "pas=trimestre,cas=prevention",
        "periode consultations patients part",
        r#"[["2025-T1", 0, 0, 0], ["2025-T2", 1, 1, 33.3], ["2025-T4", 0, 0, 0]]"#,
    ),
    // Entered in 2025: P1 (6 January) and P4 (7 January), followed until 1 December. P1 comes with one on 10 June, day 155.
    (
        "mt_trouve",
        "",
        "delai_suivi suivis trouves part_trouves",
        r#"[
      [30, 2, 0, 0],
      [90, 2, 0, 0],
      [180, 2, 1, 50]
    ]"#,
    ),
    // Entered in 2024: P2, 2 December; declared on 20 June 2025, day 200.
    (
        "mt_trouve",
        "annee=2024",
        "delai_suivi suivis trouves part_trouves",
        r#"[
      [30, 1, 0, 0],
      [90, 1, 0, 0],
      [180, 1, 0, 0]
    ]"#,
    ),
    // P1, of 70 and more, is in ALD and isolated; of P4, of 80 and more, the ALD is not known.
    (
        "mt_trouve_par_public",
        "",
        "public_entree suivis trouves part_trouves",
        r#"[
      ["ald", 1, 1, 100],
      ["70_plus", 2, 1, 50],
      ["isole", 1, 1, 100],
      ["ensemble", 2, 1, 50]
    ]"#,
    ),
    (
        "mt_trouve_par_voie",
        "",
        "voie trouves part",
        r#"[
      ["mt_propose", 1, 100],
      ["ensemble", 1, 100]
    ]"#,
    ),
    // P1: D1 twice; P2: D1, D2; P4: D1 twice. 5 of 6 with the usual one; two of three saw one only.
    (
        "continuite",
        "",
        "patients consultations praticien_habituel part_habituel fideles part_fideles",
        r#"[[3, 6, 5, 83.3, 2, 66.7]]"#,
    ),
    // Absences known on three tours: 2 of (2 + 1) + (2 + 0) + (1 + 1) = 7.
    (
        "remplissage",
        "",
        "patients jours_sortie creneaux_offerts creneaux_honores taux_remplissage honores_par_jour absences taux_absences annulations",
        r#"[[5, 4, 16, 8, 50, 2, 2, 28.6, 1]]"#,
    ),
    // 52 Mondays in 2025 and 4 Tuesdays from 6 to 31 January; the tour of Tuesday 10 June was planned on a Monday.
    (
        "itineraire",
        "",
        "prevues declarees part_declarees annulees part_annulees jour_connu au_jour_fixe part_au_jour_fixe hors_itineraire",
        r#"[[56, 5, 8.9, 1, 20, 4, 3, 75, 0]]"#,
    ),
    // The same by quarter: 13 Mondays each, and 4 Tuesdays in the first; three tours, one of them cancelled, then one, none, one.
    (
        "itineraire",
        "pas=trimestre",
        "periode prevues declarees annulees au_jour_fixe",
        r#"[
      ["2025-T1", 17, 3, 1, 2],
      ["2025-T2", 13, 1, 0, 0],
      ["2025-T3", 13, 0, 0, 0],
      ["2025-T4", 13, 1, 0, 1]
    ]"#,
    ),
    // E1: the 8 Mondays from 6 January to 28 February, though its stop opened on the 1st and has no end; E2: the 13 Thursdays
    // until the end of March.
    (
        "itineraire",
        "niveau=medicobus,region=24",
        "code_zone prevues declarees part_declarees au_jour_fixe",
        r#"[["E1", 8, 2, 25, 2], ["E2", 13, 1, 7.7, 1]]"#,
    ),
    // 4 Mondays and 5 Thursdays; 4 and 4; 4 Thursdays.
    (
        "itineraire",
        "pas=mois,region=24",
        "periode prevues declarees part_declarees",
        r#"[["2025-01", 9, 2, 22.2], ["2025-02", 8, 0, 0], ["2025-03", 4, 1, 25]]"#,
    ),
    // The buses opened in 2024: 61002 is rural but HZ since 2022, its ZAC of 2026 came later. 3 of the 4 tours were in 61001.
    (
        "eligibilite",
        "",
        "communes rurales zip_zac eligibles part_eligibles millesime_densite millesime_zonage indicatives indeterminees tournees tournees_eligibles part_tournees_eligibles",
        r#"[[2, 2, 1, 1, 50, "2024", "2022 à 2024", 0, 0, 4, 3, 75]]"#,
    ),
    (
        "financement",
        "",
        "nature financeur montant part",
        r#"[
      ["fonctionnement", "fir", 40000.5, 66.7],
      ["fonctionnement", "region", 19999.5, 33.3],
      ["fonctionnement", "ensemble", 60000, 100],
      ["investissement", "region", 5000, 100],
      ["investissement", "ensemble", 5000, 100],
      ["ensemble", "fir", 40000.5, 61.5],
      ["ensemble", "region", 24999.5, 38.5],
      ["ensemble", "ensemble", 65000, 100]
    ]"#,
    ),
    // 200 000 x 2.5 / 5 over a whole year = 100 000; 60 000 / 8 and / 5 and / 4.
    (
        "cout",
        "",
        "medicobus fonctionnement reference ecart_reference cout_par_jour cout_par_consultation cout_par_patient",
        r#"[[1, 60000, 100000, -40, 15000, 7500, 12000]]"#,
    ),
    // First visits: 61001 on 2 December 2024 (395 days to the year's end), 61002 on 7 January 2025 (359): 2.07 commune-years.
    (
        "offre_durable",
        "",
        "type communes avant apres etp_avant etp_apres annees_apres rythme_avant rythme_apres",
        r#"[
      ["installation_mg", 2, 1, 1, 0.5, 1, 2.1, 25, 48.4],
      ["depart_mg", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["cpts_creee", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["msp_ouverte", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["centre_de_sante_ouvert", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["assistant_medical", 2, 0, 0, 0, 0, 2.1, 0, 0],
      ["autre", 2, 0, 0, 0, 0, 2.1, 0, 0]
    ]"#,
    ),
    // E1 at 28001 since 6 January 2025, E2 at 28005 since 4 March 2024, each with its own; région 24 told of tours until March 2025,
    // so 85 and 393 days were seen, not 360 and 668.
    (
        "offre_durable",
        "niveau=medicobus,region=24,type=installation_mg",
        "code_zone nom_zone communes avant apres annees_apres",
        r#"[["E1", "Bus d'Eure", 1, 0, 0, 0.2], ["E2", "Bus de Loir", 1, 0, 0, 1.1]]"#,
    ),
    // No bus had run in région 24 by the end of 2023.
    (
        "offre_durable",
        "annee=2023,region=24",
        "type communes",
        r#"[]"#,
    ),
    // 61001, served since December 2024: 11 of 110 against 20 of 100. 61077, where B2 never came: 30 of 200 against 20 of 200.
    // Both: 41 / 310 = 13.23 % against 40 / 300 = 13.33 %. ALD and 70 and more are told of 61001 only: 2 / 20 against 4 / 20, 3 / 30
    // both times.
    (
        "part_sans_mt_territoires",
        "",
        "public desserte territoires patients sans_mt part_sans_mt part_sans_mt_precedent evolution",
        r#"[
      ["tous", "desservi", 1, 110, 11, 10, 20, -10],
      ["tous", "non_desservi", 1, 200, 30, 15, 10, 5],
      ["tous", "ensemble", 2, 310, 41, 13.2, 13.3, -0.1],
      ["ald", "desservi", 1, 20, 2, 10, 20, -10],
      ["ald", "ensemble", 1, 20, 2, 10, 20, -10],
      ["70_plus", "desservi", 1, 30, 3, 10, 10, 0],
      ["70_plus", "ensemble", 1, 30, 3, 10, 10, 0]
    ]"#,
    ),
    // 28005, served since 4 March 2024: 6 / 52 = 11.54 % against 5 / 50. 28006 was not observed in 2023: nothing to compare, and the
    // change of both together is that of 28005.
    (
        "part_sans_mt_territoires",
        "annee=2024,region=24",
        "public desserte territoires patients part_sans_mt patients_precedent part_sans_mt_precedent evolution territoires_suivis",
        r#"[
      ["tous", "desservi", 1, 52, 11.5, 50, 10, 1.5, 1],
      ["tous", "non_desservi", 1, 40, 10, null, null, null, 0],
      ["tous", "ensemble", 2, 92, 10.9, 50, 10, 1.5, 1]
    ]"#,
    ),
    // Obtained 3 and 7: median 5, D9 = 3 + 0.9 x 4; with the refusal beyond any: 3, 7, refusal.
    (
        "delai_mg_territoires",
        "",
        "desserte demandes sans_rendez_vous part_sans_rendez_vous refus delai_median_obtenus neuvieme_decile_obtenus delai_median_tous delai_median_obtenus_precedent evolution",
        r#"[
      ["desservi", 3, 1, 33.3, 1, 5, 6.6, 7, 9, -4],
      ["ensemble", 3, 1, 33.3, 1, 5, 6.6, 7, 9, -4]
    ]"#,
    ),
    // Obtained 3 and 7, one refusal, one without answer: half of the requests succeeded within 7 days. In 2023, one in 4 days.
    (
        "delai_mg_territoires",
        "annee=2024,region=24",
        "desserte demandes sans_rendez_vous part_sans_rendez_vous refus delai_median_obtenus delai_median_tous demandes_precedent evolution",
        r#"[["desservi", 4, 2, 50, 1, 5, 7, 1, 1], ["ensemble", 4, 2, 50, 1, 5, 7, 1, 1]]"#,
    ),
    // In 2023, 28005 was not yet served, and nothing is known of 2022.
    (
        "delai_mg_territoires",
        "annee=2023,region=24",
        "desserte demandes delai_median_tous demandes_precedent",
        r#"[["non_desservi", 1, 4, null], ["ensemble", 1, 4, null]]"#,
    ),
    (
        "delai_mg_territoires",
        "pas=trimestre",
        "periode desserte demandes refus delai_median_tous evolution",
        r#"[["2025-T1", "desservi", 3, 1, 7, -4], ["2025-T1", "ensemble", 3, 1, 7, -4]]"#,
    ),
    (
        "delai_mg_distribution",
        "",
        "desserte issue delai_jours demandes",
        r#"[["desservi", "obtenu", 3, 1], ["desservi", "obtenu", 7, 1], ["desservi", "sans_rendez_vous", null, 1]]"#,
    ),
    (
        "delai_mg_distribution",
        "annee=2023,region=24",
        "desserte issue delai_jours demandes",
        r#"[["non_desservi", "obtenu", 4, 1]]"#,
    ),
    // 61001 was served in the last quarter of 2024, as its EPCI; 61077, in the same EPCI, is a neighbour, B2 having never run. Starts:
    // 20 / 100 and 20 / 200.
    (
        "panel_territoires",
        "",
        "periode code_zone premier_trimestre servi voisin eligible patients_sans_mt base_part_sans_mt mg_etp",
        r#"[
      ["2024-T4", "61001", "2024-T4", 1, "non", "oui", 20, 20, 1.5],
      ["2025-T4", "61001", "2024-T4", 1, "non", "oui", 11, 20, 1.25],
      ["2024-T4", "61077", null, 0, "oui", "inconnu", 20, 10, null],
      ["2025-T4", "61077", null, 0, "oui", "inconnu", 30, 10, null]
    ]"#,
    ),
    // By the end of 2023 nobody knows yet that E2 will come to 28005.
    (
        "panel_territoires",
        "annee=2023,region=24",
        "periode code_zone premier_trimestre servi voisin patients_sans_mt base_part_sans_mt",
        r#"[["2023-T4", "28005", null, 0, "non", 5, 10]]"#,
    ),
    // E0: 9 days. E1 to E3: 3, 7 and a refusal: median 5 of those obtained, 7 of all.
    (
        "panel_delais",
        "pas=semestre",
        "periode code_zone servi demandes obtenus refus delai_median delai_median_tous",
        r#"[
      ["2024-S1", "61001", 0, 1, 1, 0, 9, 9],
      ["2025-S1", "61001", 1, 3, 2, 1, 5, 7]
    ]"#,
    ),
    // F1: 4 days. F2 to F5: 3, 7, a refusal, no answer: half succeeded within 7 days.
    (
        "panel_delais",
        "annee=2024,region=24,pas=semestre",
        "periode code_zone premier_trimestre servi demandes obtenus refus sans_reponse delai_median delai_median_tous",
        r#"[
      ["2023-S1", "28005", "2024-T1", 0, 1, 1, 0, 0, 4, 4],
      ["2024-S1", "28005", "2024-T1", 1, 4, 2, 1, 1, 5, 7]
    ]"#,
    ),
    // Empty: date_demande C6, cle_patient C7, isole C2, non_programme C4; `inconnu`: ald C4 and C8 (both P4's), c2s C7, statut_mt
    // C8. One or two of eight.
    (
        "completude",
        "",
        "champ inconnus patients part_inconnus",
        r#"[
      ["date_demande", 1, 1, 12.5],
      ["cle_patient", 1, 1, 12.5],
      ["sexe", 0, 0, 0],
      ["ald", 2, 1, 25],
      ["c2s", 1, 1, 12.5],
      ["isole", 1, 1, 12.5],
      ["statut_mt", 1, 1, 12.5],
      ["non_programme", 1, 1, 12.5],
      ["adressage", 0, 0, 0],
      ["cle_praticien", 0, 0, 0],
      ["orientation", 0, 0, 0]
    ]"#,
    ),
    // One row per file received for 2025, and nothing refused: 8 + 3 + 3 + 3 + 2 + 1 + 2 + 5.
    (
        "completude_livraisons",
        "",
        "nom_table livraisons lignes_lues lignes_refusees part_refusee",
        r#"[
      ["consultations", 1, 8, 0, 0],
      ["delais_mg", 1, 3, 0, 0],
      ["dessertes", 1, 3, 0, 0],
      ["financements", 1, 3, 0, 0],
      ["medicobus", 1, 2, 0, 0],
      ["offre", 1, 1, 0, 0],
      ["projets_cahier", 1, 4, 0, 0],
      ["territoires", 1, 2, 0, 0],
      ["tournees", 1, 5, 0, 0],
      ["ensemble", 1, 31, 0, 0]
    ]"#,
    ),
    // B1 stops at 61001 (ZIP, density 5 in 2024) and 61002 (density 6 in 2024, HZ in 2022, the last told before 2025): both rural, one in
    // ZIP. Alençon 25 490 people and Almenêches 638. The panel of 2025-T4: 61001 (110, 11 without, 20 in ALD, 30 of 70), and elsewhere
    // in the Orne 61077 (200, 30), whose ALD nobody told: 20 of 110 is 18.2 %, 41 of 310 13.2 %.
    (
        "etat_des_lieux",
        "code_zone=B1,code_commune=ensemble",
        "perimetre communes population rurales zip_zac eligibles indeterminees millesime_zonage observees patients sans_mt part_sans_mt ald part_ald mg_etp apl",
        r#"[
      ["projet", 2, 26128, 2, 1, 1, 0, "2022–2024", 1, 110, 11, 10, 20, 18.2, 1.3, null],
      ["reste", 379, 249073, 0, 0, 0, 379, null, 1, 200, 30, 15, null, null, null, null],
      ["departements", 381, 275201, 2, 1, 1, 379, "2022–2024", 2, 310, 41, 13.2, 20, 18.2, 1.3, null]
    ]"#,
    ),
    // 3 and 7 days, and a refusal: half of those obtained under 5 days, one request of three without an appointment.
    (
        "etat_des_lieux_delais",
        "code_zone=B1",
        "perimetre demandes sans_rendez_vous part_sans_rendez_vous delai_median",
        r#"[["projet", 3, 1, 33.3, 5], ["departements", 3, 1, 33.3, 5]]"#,
    ),
    // Two installations in 61001 from 2023 to 2025; the maison de santé of 2021 is too old to be news.
    (
        "etat_des_lieux_offre",
        "code_zone=B1",
        "nature type code_territoire depuis nombre",
        r#"[["evenement", "installation_mg", "61001", "2024-06-01", 2]]"#,
    ),
    (
        "etat_des_lieux_sources",
        "code_zone=B1",
        "source communes renseignees date_source",
        r#"[
      ["densite", 2, 2, "2024"],
      ["zonage", 2, 2, "2022 à 2024"],
      ["apl", 2, 0, null],
      ["panel", 2, 1, "2025-T4"],
      ["ald", 2, 1, "2025-T4"],
      ["ages", 2, 1, "2025-T4"],
      ["delais", 2, 1, "2025"],
      ["mesures", 2, 0, null],
      ["offre", 2, 2, "2021 à 2025"]
    ]"#,
    ),
    // B1 runs; B2 never opened. In 61001 an installation followed the first tour of 2 December 2024, that of June preceded it.
    (
        "devenir_medicobus",
        "",
        "devenir projets communes installations departs solde maisons_centres",
        r#"[["en_service", 1, 2, 1, 0, 1, 0], ["pas_ouvert", 1, 0, 0, 0, 0, 0], ["ensemble", 2, 2, 1, 0, 1, 0]]"#,
    ),
    // E1 ended on 28 February and nobody says why; E2 will end in 2026. Région 24 declared no event: unknown, not zero.
    (
        "devenir_medicobus",
        "region=24",
        "devenir projets fin communes installations",
        r#"[
      ["en_service", 1, null, 1, null],
      ["non_declare", 1, "2025-02-28", 1, null],
      ["ensemble", 2, "2025-02-28", 2, null]
    ]"#,
    ),
];
