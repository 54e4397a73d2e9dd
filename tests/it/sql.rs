//! Own SQL reads and nothing else, and passes the gate; the catalogue's page and the shell's completion are up to date;
//! two versions of the store are compared.

use std::path::Path;

use crate::fixture::{Fin, Lieu};

const ENTETE: &str = "region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS d'essai\"\n";
const BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service\n\
                   ORNE-1,Médicobus d'essai,28,61,cpts,1,2024-01-15\n";

/// 40 patients of 80 and more, 3 of 45-59, one consultation each.
fn depot(lieu: &Lieu, nom: &str, femmes: usize, motif: &str) {
    let mut texte = String::from(
        "id_consultation,id_medicobus,date_consultation,code_commune,cle_patient,tranche_age,sexe,ald,statut_mt,mode,discipline,nature\n",
    );
    for i in 0..43_usize {
        let age = if i < 40 { "80+" } else { "45-59" };
        let sexe = if i < femmes { "F" } else { "M" };
        texte.push_str(&format!(
            "C{i:05},ORNE-1,2025-03-{:02},61001,a{:015x},{age},{sexe},non,sans,presentiel,medecine_generale,soin\n",
            1 + i % 28,
            (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4
        ));
    }
    let entete = format!("{ENTETE}motif = \"{motif}\"\n");
    lieu.livraison(
        nom,
        &[
            ("livraison.toml", entete.as_str()),
            ("medicobus.csv", BUS),
            ("consultations.csv", &texte),
        ],
    );
    lieu.mots(&format!("charger {nom} --aujourdhui 2026-11-01"))
        .attendu(0);
}

fn sql(lieu: &Lieu, texte: &str) -> Fin {
    lieu.run(&["sql", texte, "--format", "csv"])
}

#[test]
fn sql_only_reads() {
    let lieu = Lieu::new();
    depot(&lieu, "l", 20, "envoi");
    let avant = lieu.fichiers();
    std::fs::write(lieu.path().join("a.csv"), "a\n1\n").unwrap();
    for texte in [
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
    ] {
        for ouvert in [false, true] {
            let mut mots = vec!["sql", texte];
            if ouvert {
                mots.push("--sans-secret");
            }
            let fin = lieu.run(&mots).attendu(2);
            assert!(fin.stderr.contains("conseil"), "{texte}: {}", fin.stderr);
        }
    }
    let apres: Vec<_> = lieu
        .fichiers()
        .into_iter()
        .filter(|p| !p.ends_with("a.csv"))
        .collect();
    let donnees = |all: &[std::path::PathBuf]| {
        all.iter()
            .filter(|p| p.extension().is_some_and(|e| e != "json"))
            .count()
    };
    assert_eq!(donnees(&avant), donnees(&apres));
    sql(&lieu, "SELECT count(*) AS n FROM medicobus")
        .attendu(0)
        .dit("1");
}

#[test]
fn sql_passes_the_gate_or_says_that_it_did_not() {
    let lieu = Lieu::new();
    depot(&lieu, "l", 20, "envoi");
    // The three patients of 45-59 are left out whole: their keys alone would tell of them.
    let fin = sql(
        &lieu,
        "SELECT tranche_age, count(*) AS n, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1 ORDER BY 1",
    )
    .attendu(0)
    .dit("laissées de côté");
    assert_eq!(fin.stdout, "tranche_age,n,patients\n80+,40,40\n");
    let fin = sql(
        &lieu,
        "SELECT cle_patient, ald, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1, 2",
    )
    .attendu(0);
    assert_eq!(fin.stdout, "cle_patient,ald,patients\n");
    for texte in [
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
    ] {
        let fin = sql(&lieu, texte).attendu(2);
        assert!(fin.stdout.is_empty(), "{texte}: {}", fin.stdout);
    }
    // Dates, stops and slots offered stay open.
    for texte in [
        "SELECT id_medicobus, date, code_commune, creneaux_offerts FROM tournees",
        "SELECT code_commune, count(*) AS n FROM tournees t WHERE annulee = 'oui' GROUP BY 1",
        "WITH t AS (SELECT date FROM tournees) SELECT * FROM t",
        "EXPLAIN SELECT date FROM tournees",
        "DESCRIBE tournees",
    ] {
        sql(&lieu, texte).attendu(0);
    }
    for format in ["table", "csv", "json", "ndjson"] {
        lieu.run(&[
            "sql",
            "SELECT * FROM consultations",
            "--format",
            format,
            "--sans-secret",
        ])
        .attendu(0)
        .dit("NON DIFFUSABLE");
    }
    let historique = lieu.mots("depot historique").attendu(0);
    let uses = historique
        .stdout
        .lines()
        .filter(|l| l.contains("sans_secret") && l.contains("SELECT * FROM consultations"));
    assert_eq!(uses.count(), 4, "{}", historique.stdout);
    // A past version is read, and the use is written at the end of the history.
    lieu.mots("requete file_active --annee 2025 --version 1 --sans-secret")
        .attendu(0)
        .dit("NON DIFFUSABLE");
    lieu.mots("depot historique")
        .attendu(0)
        .dit("requete file_active");
}

#[test]
fn sql_that_the_gate_can_guard_is_answered() {
    let lieu = Lieu::new();
    depot(&lieu, "l", 20, "envoi");
    for (texte, attendu) in [
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
    ] {
        let fin = sql(&lieu, texte).attendu(0);
        assert_eq!(fin.stdout, attendu, "{texte}");
    }
    // Whether a line is left out would answer the question that its condition asks: the message is the same either way.
    let un = |texte| sql(&lieu, texte).attendu(0).stderr;
    assert_eq!(
        un(
            "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations GROUP BY 1"
        ),
        un(
            "SELECT tranche_age, count(DISTINCT cle_patient) AS patients FROM consultations WHERE tranche_age = '80+' GROUP BY 1"
        ),
    );
}

#[test]
fn two_versions_are_compared_and_the_delivery_that_made_the_difference_is_named() {
    let lieu = Lieu::new();
    depot(&lieu, "un", 20, "envoi");
    depot(&lieu, "deux", 25, "sexe corrigé");
    lieu.run(&["sql", "SELECT 1 AS a", "--sans-secret"])
        .attendu(0);
    let ligne = "requete consultations_par_profil --annee 2025 --comparer 1 3";
    let fin = lieu
        .mots(&format!("{ligne} --format csv"))
        .attendu(0)
        .dit("version 2 : livraison 28 2025")
        .dit("sexe corrigé");
    let mut lignes = fin.stdout.lines();
    assert_eq!(
        lignes.next(),
        Some("periode,code_zone,dimension,modalite,chiffre,avant,apres,ecart,versions")
    );
    let femmes = "2025,28,sexe,F,consultations,20,25,5,2";
    assert!(lignes.clone().any(|l| l == femmes), "{}", fin.stdout);
    assert!(
        lignes.all(|l| l.contains(",sexe,") && l.ends_with(",2")),
        "{}",
        fin.stdout
    );
    lieu.mots(&format!("{ligne} --format json"))
        .attendu(0)
        .dit("\"ecart\"");
    lieu.mots(ligne).attendu(0).dit("Écart");
    lieu.mots("requete consultations_par_profil --annee 2025 --comparer 2 3 --format csv")
        .attendu(0);
    lieu.mots("requete consultations_par_profil --annee 2025 --comparer 3 1")
        .attendu(2)
        .dit("historique");
}

#[test]
fn the_page_of_the_indicators_is_what_the_headers_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/indicateurs.md");
    let fin = Lieu::new().mots("requetes --markdown").attendu(0);
    assert!(
        std::fs::read_to_string(page).unwrap() == fin.stdout,
        "run: medicobus requetes --markdown > docs/indicateurs.md"
    );
}

#[test]
fn the_shell_completes_commands_queries_and_values() {
    for shell in ["bash", "zsh", "fish"] {
        Lieu::new()
            .mots(&format!("completion {shell}"))
            .attendu(0)
            .dit("MEDICOBUS_COMPLETE");
    }
    let complete = |mots: &[&str]| {
        let index = (mots.len() - 1).to_string();
        let fin = std::process::Command::new(env!("CARGO_BIN_EXE_medicobus"))
            .arg("--")
            .args(mots)
            .env("MEDICOBUS_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", index)
            .env("_CLAP_COMPLETE_COMP_TYPE", "9")
            .env("_CLAP_IFS", "\n")
            .output()
            .unwrap();
        String::from_utf8(fin.stdout).unwrap()
    };
    for (mots, attendu) in [
        (vec!["medicobus", "req"], "requete"),
        (vec!["medicobus", "requete", "file_a"], "file_active"),
        (vec!["medicobus", "requetes", "file_a"], "file_active"),
        (
            vec!["medicobus", "requete", "file_active", "--niv"],
            "--niveau",
        ),
        (
            vec!["medicobus", "requete", "file_active", "--niveau", "reg"],
            "region",
        ),
        (
            vec!["medicobus", "requete", "file_active", "--region", "2"],
            "28",
        ),
        (
            vec!["medicobus", "requete", "file_active", "--param", "pas="],
            "pas=trimestre",
        ),
    ] {
        let rendu = complete(&mots);
        assert!(rendu.contains(attendu), "{mots:?}: {rendu}");
    }
}
