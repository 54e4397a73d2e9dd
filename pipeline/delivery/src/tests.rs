//! Whole deliveries, small and inline, in every dialect and with every kind of trouble.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{Date32Type, Decimal128Type};
use tempfile::TempDir;

use super::*;

mod advice;
mod bombs;
mod causes;
mod containers;
mod damaged;
mod dialects;
mod formats;
mod identifiers;
mod identities;
mod lost;
mod rules;
mod serials;
mod together;
mod values;

struct Cog;

impl CommuneRegister for Cog {
    fn exists(&self, code: &str) -> bool {
        ["61001", "61006", "01004", "14118", "76540"].contains(&code)
    }

    fn region(&self, code: &str) -> Option<&str> {
        let region = match code.get(..2)? {
            "01" => "84",
            _ => "28",
        };
        self.exists(code).then_some(region)
    }

    fn is_epci(&self, code: &str) -> bool {
        code == "200071454"
    }

    fn successor(&self, code: &str, _year: i32) -> Option<String> {
        (code == "61002").then(|| "61006".into())
    }
}

#[derive(Default)]
struct Rows(BTreeMap<String, Vec<RecordBatch>>);

impl Sink for Rows {
    fn accept(&mut self, table: &TableSchema, batch: RecordBatch) -> Result<()> {
        assert_eq!(batch.schema(), table.arrow_schema());
        self.0.entry(table.name.clone()).or_default().push(batch);
        Ok(())
    }
}

impl Rows {
    fn texts(&self, table: &str, column: &str) -> Vec<String> {
        let batches = self.0.get(table).into_iter().flatten();
        batches
            .flat_map(|b| {
                b.column_by_name(column)
                    .unwrap()
                    .as_string::<i32>()
                    .iter()
                    .map(|v| v.unwrap_or("∅").to_owned())
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

/// A folder being filled, then checked.
struct Case(TempDir);

struct Checked {
    report: Report,
    rows: Rows,
    findings: Vec<Finding>,
}

impl Checked {
    fn rules(&self) -> Vec<(&'static str, u64)> {
        self.findings.iter().map(|f| (f.rule.code(), f.line.unwrap_or(0))).collect()
    }

    fn accepted(&self) -> bool {
        self.report.verdict == Verdict::Accepted
    }
}

const BUS: &str = "id_medicobus;nom;code_region;code_departement;porteur_type;vague;date_mise_en_service;jours_par_semaine\n28-orne-01;Médicobus de l'Orne;28;61;cpts;1;18/03/2024;4,5\n";
const HEAD: &str = "id_consultation,id_medicobus,date_consultation,date_demande,code_commune,cle_patient,tranche_age,sexe,ald,statut_mt,mode,discipline,nature,mt_declare_le";

impl Case {
    fn new() -> Self {
        let case = Self(tempfile::tempdir().unwrap());
        case.file(
            "livraison.toml",
            b"region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS Normandie\"\n",
        )
        .file("medicobus.csv", BUS.as_bytes())
    }

    fn file(self, name: &str, content: &[u8]) -> Self {
        fs::write(self.0.path().join(name), content).unwrap();
        self
    }

    /// Consultations, each given by what differs from a good row.
    fn consultations(self, rows: &[&str]) -> Self {
        self.file("consultations.csv", format!("{HEAD}\n{}\n", rows.join("\n")).as_bytes())
    }

    fn check(&self) -> Checked {
        check_path(self.0.path(), &Overrides::default()).unwrap()
    }
}

fn check_path(path: &Path, overrides: &Overrides) -> Result<Checked> {
    check_knowing(path, overrides, BTreeSet::new())
}

fn check_knowing(
    path: &Path,
    overrides: &Overrides,
    known_buses: BTreeSet<KnownBus>,
) -> Result<Checked> {
    let (mut rows, mut findings) = (Rows::default(), Vec::new());
    let terms = Terms {
        contract: &Contract::embedded()?,
        communes: &Cog,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
        tolerance: 0.5,
        overrides,
    };
    let survey = Delivery::open(path, &terms, &mut findings)?.survey()?;
    let report = survey.check(&known_buses, &std::env::temp_dir(), &mut rows)?;
    for file in &report.files {
        assert_eq!(file.read, file.accepted + file.refused);
    }
    Ok(Checked { report, rows, findings })
}

const GOOD: &str = "C1,28-orne-01,2025-03-04,2025-02-25,61006,p7Qx2mVb91Ld,60-69,F,oui,sans,presentiel,medecine_generale,soin,";

fn good(id: &str) -> String {
    GOOD.replacen("C1", id, 1)
}

#[test]
#[allow(clippy::too_many_lines, reason = "a list of cases")]
fn the_same_row_reads_back_equal_from_every_dialect() {
    let iso = format!("{HEAD}\n{GOOD}\n");
    let french = format!(
        "{}\r\n{}\r\n",
        HEAD.replace(',', ";").to_uppercase(),
        GOOD.replace(',', ";")
            .replace("2025-03-04", "04/03/2025")
            .replace("2025-02-25", "25/02/2025")
            .replace("oui", "VRAI")
            .replace("medecine_generale", "Médecine générale")
            .replace(";F;", ";f;")
    );
    let serial = format!(
        "{}\n{}\n",
        HEAD.replace(',', "\t"),
        GOOD.replace(',', "\t")
            .replace("2025-03-04", "45720")
            .replace("2025-02-25", "45713")
            .replace("oui", "1")
    );
    let latin =
        |t: &str| t.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(iso.as_bytes()).unwrap();
    let forms: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("consultations.csv", iso.clone().into_bytes(), "UTF-8", ","),
        ("Consultations_2025.csv", latin(&french), "Windows-1252", ";"),
        ("consultation.txt", serial.into_bytes(), "UTF-8", "tabulation"),
        ("28-consultations.csv.gz", gz.finish().unwrap(), "UTF-8", ","),
        (
            "consultations.csv",
            format!("\u{feff}{french}").into_bytes(),
            "UTF-8 avec BOM",
            ";",
        ),
    ];
    for (name, content, encoding, separator) in forms {
        let seen = Case::new().file(name, &content).check();
        assert_eq!(seen.rules(), [], "{name}");
        assert!(seen.accepted());
        let dialect = seen
            .report
            .files
            .iter()
            .find(|f| f.table.as_deref() == Some("consultations"))
            .unwrap()
            .dialect
            .clone()
            .unwrap();
        assert_eq!((dialect.encoding.as_str(), dialect.separator.as_str()), (encoding, separator));
        assert_eq!(seen.rows.texts("consultations", "ald"), ["oui"]);
        assert_eq!(seen.rows.texts("consultations", "sexe"), ["F"]);
        assert_eq!(seen.rows.texts("consultations", "discipline"), ["medecine_generale"]);
        let dates = seen.rows.0["consultations"][0]
            .column_by_name("date_consultation")
            .unwrap()
            .as_primitive::<Date32Type>()
            .value(0);
        assert_eq!(dates, 20151);
        let days = seen.rows.0["medicobus"][0]
            .column_by_name("jours_par_semaine")
            .unwrap()
            .as_primitive::<Decimal128Type>()
            .value(0);
        assert_eq!(days, 45);
    }
}

#[test]
fn a_workbook_and_a_zip_read_like_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("envoi.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("livraison").unwrap();
    for (r, (k, v)) in [("clé", "valeur"), ("region", "28"), ("periode", "2025")]
        .into_iter()
        .enumerate()
    {
        sheet.write(r as u32, 0, k).unwrap();
        sheet.write(r as u32, 1, v).unwrap();
    }
    let sheet = book.add_worksheet().set_name("Projets medicobus").unwrap();
    for (r, line) in BUS.lines().enumerate() {
        for (c, cell) in line.split(';').enumerate() {
            sheet.write(r as u32 + 1, c as u16, cell).unwrap();
        }
    }
    let sheet = book.add_worksheet().set_name("Consultations").unwrap();
    for (c, cell) in HEAD.split(',').enumerate() {
        sheet.write(0, c as u16, cell).unwrap();
    }
    let day = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for (c, cell) in GOOD.split(',').enumerate() {
        match c {
            2 | 3 => drop(
                sheet
                    .write_with_format(
                        1,
                        c as u16,
                        rust_xlsxwriter::ExcelDateTime::parse_from_str(cell).unwrap(),
                        &day,
                    )
                    .unwrap(),
            ),
            4 => drop(sheet.write(1, c as u16, 1004).unwrap()),
            8 => drop(
                sheet
                    .write_formula(
                        1,
                        c as u16,
                        rust_xlsxwriter::Formula::new("=IF(TRUE,\"oui\",\"non\")")
                            .set_result("oui"),
                    )
                    .unwrap(),
            ),
            _ => drop(sheet.write(1, c as u16, cell).unwrap()),
        }
    }
    book.save(&path).unwrap();
    let seen = check_path(&path, &Overrides::default()).unwrap();
    assert_eq!(seen.rules(), [("zero_retabli", 2)]);
    assert_eq!(seen.rows.texts("consultations", "code_commune"), ["01004"]);
    assert_eq!(seen.rows.texts("consultations", "ald"), ["oui"]);
    assert_eq!(seen.findings[0].sheet.as_deref(), Some("Consultations"));

    let case = Case::new().consultations(&[GOOD]);
    let packed = dir.path().join("envoi.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&packed).unwrap());
    for name in ["medicobus.csv", "livraison.toml", "consultations.csv"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(case.0.path().join(name)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    let (zipped, folder) = (check_path(&packed, &Overrides::default()).unwrap(), case.check());
    assert!(zipped.accepted());
    assert_eq!(zipped.report, folder.report, "the fingerprint does not depend on the container");
}

#[test]
fn every_fault_is_found_on_its_line_and_only_there() {
    let rows = [
        good("C2"),                                                               // 2
        good("C3").replace("2025-03-04", "2025-13-04"),                           // 3 type
        good("C4").replace(",oui,", ",peut-être,"),                               // 4 enum
        good("C2"),                                                               // 5 duplicate
        good("C6").replace("61006", "99999"),                                     // 6 commune
        good("C7").replace("28-orne-01", "28-autre-01"),                          // 7 foreign key
        good("C8").replace("2025-02-25", "2025-04-25"),                           // 8 order
        good("C9").replace("2025-03-04", "2024-03-04").replace("2025-02-25", ""), // 9 period
        good("C10").replace(",sans,", ",avec,") + "2025-03-10",                   // 10
        good("C11").replace("61006", "61002"),                                    // 11 merged
        good("C12").replace("presentiel", ""),                                    // 12 required
        good("C13") + ",trop",                                                    // 13 cells
        good("C 14"),                                                             // 14 pattern
        good("C15"),
        good("C16"),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let seen = Case::new().consultations(&rows).check();
    let expect = [
        ("type", 3),
        ("valeur_admise", 4),
        ("unicite", 5),
        ("commune_inconnue", 6),
        ("cle_etrangere", 7),
        ("demande_avant_consultation", 8),
        ("periode", 9),
        ("mt_declare_sans", 10),
        ("commune_fusionnee", 11),
        ("requis", 12),
        ("nombre_cellules", 13),
        ("motif", 14),
    ];
    assert_eq!(seen.rules(), expect);
    assert_eq!(seen.rows.texts("consultations", "id_consultation"), ["C2", "C11", "C15", "C16"]);
    assert_eq!(seen.rows.texts("consultations", "code_commune")[1], "61006");
    assert!(
        matches!(&seen.report.verdict, Verdict::Refused { why } if why.len() == 1 && why[0].contains("11 lignes refusées")),
        "{:?}",
        seen.report.verdict
    );
    let json = serde_json::to_string(&seen.findings[1]).unwrap();
    assert!(
        json.contains("\"regle\":\"valeur_admise\"") && json.contains("\"gravite\":\"ligne\""),
        "{json}"
    );
}

#[test]
fn an_identity_anywhere_refuses_all_and_leaves_no_trace() {
    let nir = "185057800608491";
    assert!(identity::value(nir, identity::Scope::Key).is_some());
    let spaced = "1 85 05 78 006 084 91";
    let with = |row: String| Case::new().consultations(&[&good("C2"), &row]);
    let cases = vec![
        with(good("C3").replace("p7Qx2mVb91Ld", nir)),
        with(good(nir)),
        with(good("C3").replace("61006", nir)),
        with(good("C3").replace(",F,", &format!(",{spaced},"))),
        with(good("C3") + "," + nir),
        with(good("C3").replace("28-orne-01", nir)),
        Case::new().file(
            "medicobus.csv",
            BUS.replace("Médicobus de l'Orne", &format!("Bus {spaced}")).as_bytes(),
        ),
        Case::new().file("medicobus.csv", BUS.replace("28-orne-01", nir).as_bytes()),
        Case::new()
            .file("consultations.csv", format!("{HEAD},remarque\n{GOOD},{nir}\n").as_bytes()),
        Case::new().file("consultations.csv", format!("{HEAD},Prénom\n{GOOD},{nir}\n").as_bytes()),
        Case::new().file("patients.csv", format!("nom;prenom;nir\nX;Y;{nir}\n").as_bytes()),
        Case::new()
            .file(&format!("consultations_{nir}.csv"), format!("{HEAD}\n{GOOD}\n").as_bytes()),
        Case::new()
            .file(
                "livraison.toml",
                format!("region=\"28\"\nperiode=\"2025\"\nmotif=\"{spaced}\"\n").as_bytes(),
            )
            .consultations(&[GOOD]),
    ];
    for (i, case) in cases.iter().enumerate() {
        let seen = case.check();
        assert!(
            matches!(&seen.report.verdict, Verdict::Refused { why } if !why.is_empty()),
            "case {i}"
        );
        assert!(
            seen.findings.iter().any(|f| f.rule == Rule::Identite),
            "case {i}: {:?}",
            seen.findings
        );
        let said = format!(
            "{}{}",
            serde_json::to_string(&seen.findings).unwrap(),
            serde_json::to_string(&seen.report).unwrap()
        );
        assert!(!said.contains(nir) && !said.contains(spaced), "case {i}: {said}");
    }
}

#[test]
fn headers_are_matched_suggested_and_required() {
    let seen = Case::new()
        .file(
            "consultations.csv",
            format!(
                "{}\n{GOOD}\n",
                HEAD.replace("statut_mt", "statut_md").replace("sexe", "genre")
            )
            .as_bytes(),
        )
        .check();
    assert!(!seen.accepted());
    let missing = seen.findings.iter().find(|f| f.rule == Rule::ColonneManquante).unwrap();
    assert_eq!(missing.field.as_deref(), Some("statut_mt"));
    assert!(missing.hint.contains("statut_md"), "{}", missing.hint);
    assert!(
        seen.findings
            .iter()
            .any(|f| f.rule == Rule::ColonneIgnoree && f.field.as_deref() == Some("genre"))
    );
    let seen = Case::new()
        .file(
            "consultations.csv",
            format!("{}\n{GOOD}\n", HEAD.replace("date_demande", "Date de consultation"))
                .as_bytes(),
        )
        .check();
    assert!(seen.findings.iter().any(|f| f.rule == Rule::ColonneIgnoree));
    let seen = Case::new()
        .file("notes.pdf", b"%PDF")
        .file("consultation_.csv", format!("Titre,du,fichier\n{HEAD}\n{GOOD}\n").as_bytes())
        .check();
    assert_eq!(seen.rules(), [("fichier_ignore", 0)]);
    assert_eq!(seen.report.totals(), (2, 2, 0));
}

#[test]
#[allow(clippy::too_many_lines, reason = "a list of cases")]
fn hostile_files_are_refused_with_their_reason() {
    let reason = |case: Case| {
        let seen = case.check();
        assert!(!seen.accepted());
        seen.findings
            .iter()
            .map(|f| f.rule.code())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let body = format!(
        "{HEAD}\n{}\n",
        (0..3000)
            .map(|i| good(&format!("C{i}x{}", i * 7919 % 104_729)))
            .collect::<Vec<_>>()
            .join("\n")
    );
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(body.as_bytes()).unwrap();
    let packed = gz.finish().unwrap();
    assert_eq!(
        reason(Case::new().file("consultations.csv.gz", &packed[..packed.len() / 2])),
        "fichier_illisible"
    );
    assert_eq!(
        reason(
            Case::new().file("consultations.csv", format!("{HEAD}\n\"{GOOD}\n{GOOD}\n").as_bytes())
        ),
        "fichier_illisible"
    );
    assert_eq!(
        reason(
            Case::new()
                .file("consultations.csv", format!("{HEAD}\n{}\n", "x".repeat(3 << 20)).as_bytes())
        ),
        "limite_depassee"
    );
    assert_eq!(
        reason(Case::new().file("consultations.xlsx", b"PK\x03\x04 nothing")),
        "fichier_illisible"
    );
    assert_eq!(reason(Case::new().file("consultations.csv", b"")), "en_tete_absent");
    let nul = Case::new()
        .consultations(&[&good("C2"), &good("C3").replace("F", "\0"), &good("C4")])
        .check();
    assert_eq!(nul.rules(), [("octet_nul", 3)]);
    let mut bad = format!("{HEAD}\n{}\n", good("C2é").replace("C2é", "C2")).into_bytes();
    bad.extend_from_slice("C3,28-orne-01,2025-03-04,,61006,éèêà".as_bytes());
    bad.extend_from_slice(b"\xE9,60-69,F,oui,sans,presentiel,medecine_generale,soin,\n");
    let seen = Case::new().file("consultations.csv", &bad).check();
    assert_eq!(seen.rules(), [("encodage", 3)]);

    let dir = tempfile::tempdir().unwrap();
    let packed = dir.path().join("envoi.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&packed).unwrap());
    zip.start_file("../medicobus.csv", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(BUS.as_bytes()).unwrap();
    zip.start_file(
        "consultations.csv",
        zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated),
    )
    .unwrap();
    let zeros = vec![b'\n'; 1 << 20];
    for _ in 0..100 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap();
    let overrides = Overrides {
        region: Some("28".into()),
        periode: Some("2025".into()),
        ..Overrides::default()
    };
    let seen = check_path(&packed, &overrides).unwrap();
    let rules: BTreeSet<&str> = seen.findings.iter().map(|f| f.rule.code()).collect();
    assert!(
        rules.contains("nom_dangereux")
            && (rules.contains("limite_depassee") || rules.contains("en_tete_absent")),
        "{rules:?}"
    );
}

#[test]
fn a_delivery_must_say_what_it_is() {
    let case = Case::new();
    fs::remove_file(case.0.path().join("livraison.toml")).unwrap();
    let seen = case.check();
    assert_eq!(seen.rules(), [("livraison_inconnue", 0), ("livraison_inconnue", 0)]);
    assert!(seen.findings[0].hint.contains("--region"));
    assert!(!seen.accepted());
    // What came is listed all the same, and nothing of it is read.
    assert_eq!(seen.report.files.len(), 1);
    assert_eq!(seen.report.totals(), (0, 0, 0));
    assert_eq!(seen.report.header.region, "inconnue");
    let overrides = Overrides {
        region: Some("28".into()),
        periode: Some("2025".into()),
        ..Overrides::default()
    };
    assert!(check_path(case.0.path(), &overrides).unwrap().accepted());
    assert!(check_path(&case.0.path().join("absent"), &overrides).is_err());
}

#[test]
fn consultations_off_the_itinerary_are_told_and_kept() {
    let tournees = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n28-orne-01,2025-03-04,61006,10,8\n28-orne-01,2025-03-05,61006,10,12\n";
    let seen = Case::new()
        .file("tournees.csv", tournees.as_bytes())
        .consultations(&[&good("C2"), &good("C3").replace("2025-03-04", "2025-03-05")])
        .check();
    assert_eq!(seen.rules(), [("honores_offerts", 3), ("hors_itineraire", 3)]);
    assert_eq!(seen.rows.texts("consultations", "id_consultation").len(), 2);
}

#[test]
fn rows_keep_their_order_and_lines_through_many_blocks() {
    let mut text = format!("{HEAD}\n");
    for i in 0..60_000u32 {
        let key = format!("{:016x}", u64::from(i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let row = good(&format!("C{i}")).replace("p7Qx2mVb91Ld", &key);
        text.push_str(&if i % 10_000 == 7 { row.replace(",oui,", ",zut,") } else { row });
        text.push('\n');
    }
    let seen = Case::new().file("consultations.csv", text.as_bytes()).check();
    assert_eq!(
        seen.rules(),
        (0..6).map(|k| ("valeur_admise", k * 10_000 + 9)).collect::<Vec<_>>()
    );
    assert!(seen.rows.0["consultations"].len() > 1);
    let ids = seen.rows.texts("consultations", "id_consultation");
    assert_eq!(ids.len(), 59_994);
    assert!(
        ids.windows(2)
            .all(|w| w[0][1..].parse::<u32>().unwrap() < w[1][1..].parse::<u32>().unwrap())
    );
}
