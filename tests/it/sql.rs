//! Own SQL reads and nothing else, and passes the gate; the shell's completion is up to date; two versions of the store
//! are compared.

use std::path::PathBuf;

use crate::fixture::{End, HEADER, Place, TODAY, has_extension, pseudonym};

/// Loads 40 patients of 80 and more, 3 of 45-59, one consultation each, the first `women` of them women.
fn load(place: &Place, name: &str, women: usize, reason: &str) {
    let mut text = String::from(
        "id_consultation,id_medicobus,date_consultation,code_commune,cle_patient,tranche_age,sexe,ald,statut_mt,mode,discipline,nature\n",
    );
    for i in 0..43_usize {
        let day = 1 + i % 28;
        let key = pseudonym(i as u64 + 1);
        let age = if i < 40 { "80+" } else { "45-59" };
        let sex = if i < women { "F" } else { "M" };
        text.push_str(&format!(
            "C{i:05},ORNE-1,2025-03-{day:02},61001,{key},{age},{sex},non,sans,presentiel,medecine_generale,soin\n"
        ));
    }

    let header = format!("{HEADER}motif = \"{reason}\"\n");
    place.delivery_of_one_bus(name, &header, &text);
    place.medicobus(&format!("charger {name} --aujourdhui {TODAY}")).exits(0);
}

/// A place with one such delivery.
fn loaded() -> Place {
    let place = Place::new();
    load(&place, "l", 20, "envoi");
    place
}

fn sql(place: &Place, text: &str) -> End {
    place.run(&["sql", text, "--format", "csv"])
}

/// SQL that does anything but read what the store shows.
const NOT_READING: &[&str] = &[
    "CREATE TABLE t AS SELECT 1 AS a",
    "CREATE VIEW v AS SELECT 1 AS a",
    "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'a.csv'",
    "DROP TABLE consultations",
    "COPY (SELECT 1 AS a) TO 'sortie.csv' STORED AS CSV",
    "INSERT INTO medicobus SELECT * FROM medicobus",
    "DELETE FROM medicobus",
    "UPDATE medicobus SET nom = 'x'",
    "SET datafusion.execution.batch_size = 1",
    "SELECT * FROM 'a.csv'",
    "SELECT * FROM read_csv('a.csv')",
    "SELECT * FROM read_parquet('a.parquet')",
    "SELECT 1 AS a; DROP TABLE consultations",
];

#[test]
fn sql_only_reads() {
    let place = loaded();
    let before = place.files();
    place.write("a.csv", "a\n1\n");

    for text in NOT_READING {
        for options in [&[][..], &["--sans-secret"]] {
            let end = place.run(&[&["sql", text], options].concat()).exits(2);
            assert!(end.stderr.contains("conseil"), "{text}: {}", end.stderr);
        }
    }

    let data = |all: Vec<PathBuf>| {
        all.iter()
            .filter(|path| path.extension().is_some() && !has_extension(path, "json"))
            .filter(|path| !path.ends_with("a.csv"))
            .count()
    };
    assert_eq!(data(before), data(place.files()));
    sql(&place, "SELECT count(*) AS n FROM medicobus").exits(0).says("1");
}

#[test]
fn a_row_of_too_few_patients_is_left_out_whole() {
    let place = loaded();

    // The three patients of 45-59: their keys alone would tell of them.
    let end = sql(
        &place,
        "SELECT tranche_age, count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1 ORDER BY 1",
    )
    .exits(0)
    .says("laissées de côté");
    assert_eq!(end.stdout, "tranche_age,n,patients\n80+,40,40\n");

    let end = sql(
        &place,
        "SELECT cle_patient, ald, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1, 2",
    )
    .exits(0);
    assert_eq!(end.stdout, "cle_patient,ald,patients\n");
}

/// SQL that the gate could not guard.
const NOT_GUARDED: &[&str] = &[
    "SELECT * FROM consultations",
    "SELECT count(*) AS n FROM consultations",
    "SELECT string_agg(cle_patient, ',') AS s, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT max(cle_patient) AS s, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT count(*) FILTER (WHERE tranche_age = '45-59') AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT sum(CASE WHEN tranche_age = '45-59' THEN 1 ELSE 0 END) AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT sum(f) AS n, count(DISTINCT cle_patient) AS patients FROM (SELECT cle_patient, CASE WHEN tranche_age = '45-59' THEN 1 ELSE 0 END AS f FROM consultations)",
    "SELECT count(nullif(tranche_age, '80+')) AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT count(DISTINCT cle_patient) AS patients, (SELECT count(*) FROM consultations WHERE tranche_age = '45-59') AS n FROM consultations",
    // A column of another table under the name of the patients' key.
    "SELECT p, age, count(DISTINCT cle_patient) AS n FROM (SELECT c.cle_patient AS p, c.tranche_age AS age, t.id_consultation AS cle_patient FROM consultations c CROSS JOIN medicobus m CROSS JOIN (SELECT code_commune AS id_consultation FROM communes) t) GROUP BY 1, 2",
    "SELECT p, count(DISTINCT cle_patient) AS n FROM (SELECT cle_patient AS p, id_consultation AS cle_patient FROM consultations) GROUP BY 1",
    "SELECT p, count(DISTINCT cle_patient) AS n FROM (SELECT c.cle_patient AS p, m.code_commune AS cle_patient FROM consultations c JOIN communes m ON c.code_commune = m.code_departement) GROUP BY 1",
    "SELECT p, count(DISTINCT cle_patient) AS n FROM (SELECT a.cle_patient AS p, b.cle_patient FROM consultations a JOIN consultations b ON a.code_commune = b.code_commune) GROUP BY 1",
    // A join that repeats, or tells apart, the consultations of a few.
    "SELECT count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations c LEFT JOIN communes r ON c.cle_patient = 'a09e3779b97f4a7c'",
    "SELECT count(r.code_commune) AS n, count(DISTINCT cle_patient) AS patients FROM consultations c LEFT JOIN communes r ON c.code_commune = r.code_commune AND c.tranche_age = '45-59'",
    "SELECT count(r.code_commune) AS n, count(DISTINCT cle_patient) AS patients FROM consultations c LEFT JOIN communes r ON c.code_commune = r.code_commune",
    "SELECT count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations c JOIN communes r ON c.code_commune = r.code_departement",
    "SELECT count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations c RIGHT JOIN communes r ON c.code_commune = r.code_commune",
    // Conditions on the outcome, ranks, totals beside their parts.
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1 HAVING count(DISTINCT cle_patient) = 4",
    "SELECT * FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1) WHERE patients < 11",
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1 ORDER BY 2 LIMIT 1",
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients, count(*) AS n FROM consultations GROUP BY ROLLUP (tranche_age)",
    // Parts of a group by way of empty values, of arithmetic, of ranks.
    "SELECT count(cle_praticien) AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT avg(date_consultation - date_demande) AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT sum((date_consultation - DATE '2025-03-01') * (date_consultation - DATE '2025-03-02')) AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT sum(CAST(CAST(date_consultation - DATE '2025-03-01' AS boolean) AS bigint)) AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT percentile_cont(date_consultation - DATE '2025-01-01', 1.0) AS n, count(DISTINCT cle_patient) AS patients FROM consultations",
    // Nothing leaves per professional.
    "SELECT cle_praticien, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY cle_praticien",
    "SELECT count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations WHERE cle_praticien = 'a'",
    "SELECT p, count(*) AS n, count(DISTINCT cle_patient) AS patients FROM (SELECT coalesce(cle_praticien, '') AS p, cle_patient FROM consultations) GROUP BY 1",
    "EXPLAIN SELECT min(cle_patient) FROM consultations",
    "EXPLAIN ANALYZE SELECT count(DISTINCT cle_patient) AS patients FROM consultations",
    "SELECT * FROM livraisons",
    "SELECT * FROM territoires",
    "SELECT * FROM delais_mg",
    "SELECT code_territoire, resultat, count(*) AS n FROM delais_mg GROUP BY 1, 2",
    // Counts of people in the tours, however they are reached.
    "SELECT id_medicobus, date, creneaux_honores, absences FROM tournees",
    "SELECT * FROM tournees",
    "SELECT id_medicobus FROM tournees WHERE creneaux_honores < 3",
    "SELECT date FROM tournees ORDER BY annulations",
    "SELECT sum(h) AS n FROM (SELECT absences AS h FROM tournees)",
    "SELECT t.date FROM tournees t JOIN tournees u USING (creneaux_honores)",
    "SELECT (SELECT t.annulations) AS n FROM tournees t",
    "SELECT 'a' AS a, DATE '2025-01-01' AS b, 'c' AS c, 'd' AS d, 'e' AS e, 1 AS f, 1 AS g, 1 AS h, 1 AS i, 'j' AS j, 'k' AS k UNION ALL SELECT * FROM tournees",
    // A plan may hold the answer.
    "EXPLAIN SELECT count(*) AS n FROM consultations",
    "EXPLAIN SELECT min(cle_patient) AS n FROM consultations",
    "SELECT * FROM publications",
];

#[test]
fn sql_that_the_gate_cannot_guard_is_refused() {
    let place = loaded();
    for text in NOT_GUARDED {
        let end = sql(&place, text).exits(2);
        assert!(end.stdout.is_empty(), "{text}: {}", end.stdout);
    }
}

/// SQL that fails on some rows and not on others, or whose failure would print a value.
const NOT_TOTAL: &[&str] = &[
    "SELECT CAST(concat_ws('|', cle_patient, tranche_age) AS INT) AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations WHERE CAST(cle_patient AS INT) > 0 GROUP BY 1",
    "SELECT arrow_cast(cle_patient, 'Int64') AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT tranche_age, sum(CAST(cle_patient AS BIGINT)) AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    // Conversions that the engine would add by itself.
    "SELECT cle_patient + 1 AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations WHERE cle_patient < date_consultation GROUP BY 1",
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations WHERE cle_patient IN (DATE '2025-01-01') GROUP BY 1",
    "SELECT to_timestamp(cle_patient) AS t, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT to_date(cle_patient) AS t, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT regexp_like('a', cle_patient) AS t, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations WHERE 'a' LIKE cle_patient GROUP BY 1",
    // Whether they fail says whether someone is there, or how many are.
    "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations WHERE 1 / (CASE WHEN sexe = 'F' AND tranche_age = '45-59' THEN 0 ELSE 1 END) = 1 GROUP BY 1",
    "SELECT CASE WHEN tranche_age = '45-59' THEN CAST('a' AS INT) END AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT tranche_age, patients, patients / (patients - 3) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT tranche_age, patients, patients % (patients - 3) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT tranche_age, patients, chr(patients - 4) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT tranche_age, patients, repeat('a', patients) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT tranche_age, patients, substr('abc', 1, patients - 4) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT tranche_age, patients, factorial(patients) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT tranche_age, patients, abs(patients - 4 - 9223372036854775807) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT tranche_age, patients, CAST(patients - 4 AS TINYINT UNSIGNED) AS n FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
    "SELECT date_consultation + INTERVAL '10000000 years' AS d, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
    "SELECT tranche_age, patients FROM (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1) ORDER BY 1 / (patients - 3)",
    "SELECT encode(cle_patient, 'base64') AS c, decode(cle_patient, 'hex') AS d, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1, 2",
];

#[test]
fn sql_that_could_fail_on_a_row_is_refused_and_prints_no_value() {
    let place = loaded();
    let key = pseudonym(1);

    for text in NOT_TOTAL {
        let end = sql(&place, text).exits(2);
        assert!(end.stdout.is_empty(), "{text}: {}", end.stdout);
        assert!(!end.stderr.contains(&key[..8]), "{text}: {}", end.stderr);
    }
}

#[test]
fn what_a_terminal_would_run_is_not_printed() {
    let place = loaded();
    for format in ["table", "csv", "json"] {
        let text = "SELECT chr(27) || '[31m' || chr(8238) || 'x' AS a FROM regions LIMIT 1";
        let end = place.run(&["sql", text, "--format", format]).exits(0);
        assert!(!end.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", end.stdout);
    }
}

#[test]
fn dates_stops_and_slots_offered_stay_open() {
    let place = loaded();
    for text in [
        "SELECT id_medicobus, date, code_commune, creneaux_offerts FROM tournees",
        "SELECT code_commune, count(*) AS n FROM tournees t WHERE annulee = 'oui' GROUP BY 1",
        "WITH t AS (SELECT date FROM tournees) SELECT * FROM t",
        "EXPLAIN SELECT date FROM tournees",
        "DESCRIBE tournees",
    ] {
        sql(&place, text).exits(0);
    }
}

#[test]
fn sql_without_secrecy_says_so_and_is_written_in_the_history() {
    let place = loaded();
    let query = "SELECT * FROM consultations";

    for format in ["table", "csv", "json", "ndjson"] {
        place
            .run(&["sql", query, "--format", format, "--sans-secret"])
            .exits(0)
            .says("NON DIFFUSABLE");
    }
    let history = place.medicobus("depot historique").exits(0).stdout;
    let uses = history
        .lines()
        .filter(|line| line.contains("sans_secret") && line.contains(query));
    assert_eq!(uses.count(), 4, "{history}");

    // A past version is read, and the use is written at the end of the history.
    place
        .medicobus("requete file_active --annee 2025 --version 1 --sans-secret")
        .exits(0)
        .says("NON DIFFUSABLE");
    place.medicobus("depot historique").exits(0).says("requete file_active");
}

#[test]
fn sql_that_the_gate_can_guard_is_answered() {
    let place = loaded();
    for (text, expected) in [
        (
            "SELECT m.porteur_type, r.nom_commune IS NOT NULL AS connue, count(*) AS n, count(DISTINCT c.cle_patient) AS patients \
             FROM consultations c JOIN medicobus m ON c.id_medicobus = m.id_medicobus LEFT JOIN communes r ON c.code_commune = r.code_commune \
             WHERE c.tranche_age = '80+' GROUP BY 1, 2 HAVING m.porteur_type = 'cpts' ORDER BY 3",
            "porteur_type,connue,n,patients\ncpts,oui,40,40\n",
        ),
        (
            "SELECT age AS tranche, count(DISTINCT p) AS patients, sum(n) AS n FROM (SELECT cle_patient AS p, tranche_age AS age, count(*) AS n FROM consultations GROUP BY 1, 2) GROUP BY 1",
            "tranche,patients,n\n80+,40,40\n",
        ),
        (
            "SELECT count(DISTINCT cle_patient) AS patients, count(DISTINCT cle_praticien) AS praticiens, count(date_demande) AS n FROM consultations WHERE date_demande IS NOT NULL AND ald = 'non'",
            "patients,praticiens,n\n0,n.c.,n.c.\n",
        ),
        (
            "SELECT upper(left(ald, 1)) AS a, date_part('year', date_consultation) + 0 AS an, try_cast(tranche_age AS INT) AS t, \
             count(DISTINCT cle_patient) AS patients FROM consultations WHERE tranche_age LIKE '8%' AND coalesce(sexe, 'x') <> 'x' \
             AND date_consultation BETWEEN DATE '2025-01-01' AND DATE '2025-12-31' AND date_consultation >= '2025-01-01' GROUP BY 1, 2, 3",
            "a,an,t,patients\nN,2025,,40\n",
        ),
        (
            "SELECT tranche_age, patients, CAST(patients AS DOUBLE) / (patients - 40) > 0 AS x, patients / 2 AS m, round(patients / 3.0, 1) AS r FROM \
             (SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1)",
            "tranche_age,patients,x,m,r\n80+,40,oui,20,13.3\n",
        ),
        (
            "SELECT CAST(date_trunc('month', date_consultation) AS DATE) AS mois, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1",
            "mois,patients\n2025-03-01,43\n",
        ),
        (
            "SELECT annee, count(DISTINCT cle_patient) AS patients FROM visites GROUP BY 1",
            "annee,patients\n2025,43\n",
        ),
    ] {
        let end = sql(&place, text).exits(0);
        assert_eq!(end.stdout, expected, "{text}");
    }

    // Whether a line is left out would answer the question that its condition asks: the message is the same either way.
    let message = |condition: &str| {
        let text = format!(
            "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations {condition} GROUP BY 1"
        );
        sql(&place, &text).exits(0).stderr
    };
    assert_eq!(message(""), message("WHERE tranche_age = '80+'"));
}

#[test]
fn two_versions_are_compared_and_the_delivery_that_made_the_difference_is_named() {
    let place = Place::new();
    load(&place, "un", 14, "envoi");
    load(&place, "deux", 29, "sexe corrigé");
    place.run(&["sql", "SELECT 1 AS a", "--sans-secret"]).exits(0);
    let compare = |options: &str| {
        place.medicobus(&format!(
            "requete consultations_par_profil --annee 2025 --comparer {options}"
        ))
    };

    let end = compare("1 3 --format csv")
        .exits(0)
        .says("version 2 : livraison 28 2025")
        .says("sexe corrigé");

    let mut lines = end.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("periode,code_zone,dimension,modalite,chiffre,avant,apres,ecart,versions")
    );
    let women = "2025,28,sexe,F,consultations,14,29,15,2";
    assert!(lines.clone().any(|line| line == women), "{}", end.stdout);
    assert!(
        lines.all(|line| line.contains(",sexe,") && line.ends_with(",2")),
        "{}",
        end.stdout
    );

    compare("1 3 --format json").exits(0).says("\"ecart\"");
    compare("1 3").exits(0).says("Écart");
    compare("2 3 --format csv").exits(0);
    compare("3 1").exits(2).says("historique");

    // Four women less: what changed tells of them, so one of the two values is hidden, and the gap with it.
    load(&place, "trois", 25, "sexe corrigé encore");
    let end = compare("2 4 --format csv").exits(0);
    let few: Vec<&str> = end.stdout.lines().skip(1).collect();
    assert!(few.len() >= 4, "{}", end.stdout);
    assert!(
        few.iter().all(|line| line.contains("n.c.") && line.ends_with(",,4")),
        "{}",
        end.stdout
    );
}

/// What the program proposes to bash for the last of these words.
fn completions(words: &[&str]) -> String {
    let output = Place::new()
        .command()
        .arg("--")
        .args(words)
        .env("MEDICOBUS_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_IFS", "\n")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_shell_completes_commands_queries_and_values() {
    for shell in ["bash", "zsh", "fish"] {
        Place::new()
            .medicobus(&format!("completion {shell}"))
            .exits(0)
            .says("MEDICOBUS_COMPLETE");
    }

    for (line, expected) in [
        ("medicobus req", "requete"),
        ("medicobus requete file_a", "file_active"),
        ("medicobus requetes file_a", "file_active"),
        ("medicobus requete file_active --niv", "--niveau"),
        ("medicobus requete file_active --niveau reg", "region"),
        ("medicobus requete file_active --region 2", "28"),
        ("medicobus requete file_active --param pas=", "pas=trimestre"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let proposed = completions(&words);
        assert!(proposed.contains(expected), "{line}: {proposed}");
    }
}
