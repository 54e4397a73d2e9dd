//! Containers and encodings that arrive more rarely, and those made to harm.

use super::*;

/// An ODS workbook from sheets of cells; a cell that starts with `<` is a whole `table:table-cell`.
pub(super) fn ods(path: &Path, sheets: &[(&str, Vec<Vec<String>>)]) {
    let mut body = String::new();
    for (name, rows) in sheets {
        body.push_str(&format!("<table:table table:name=\"{name}\">"));
        for row in rows {
            body.push_str("<table:table-row>");
            for cell in row {
                body.push_str(&match cell.as_str() {
                    "" => "<table:table-cell/>".to_owned(),
                    raw if raw.starts_with('<') => raw.to_owned(),
                    text => format!(
                        "<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>"
                    ),
                });
            }
            body.push_str("</table:table-row>");
        }
        // LibreOffice ends a sheet with a row repeated to the bottom.
        body.push_str("<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row></table:table>");
    }
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
         <office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    );
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "META-INF/manifest.xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>",
        ),
        ("content.xml", &content),
    ] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn cells(text: &str, separator: char) -> Vec<Vec<String>> {
    text.lines().map(|l| l.split(separator).map(str::to_owned).collect()).collect()
}

fn typed(kind: &str, value: &str) -> String {
    let attribute = if kind == "float" { "value" } else { &format!("{kind}-value") };
    format!(
        "<table:table-cell office:value-type=\"{kind}\" office:{attribute}=\"{value}\"><text:p>ce qui se voit</text:p></table:table-cell>"
    )
}

#[test]
fn an_ods_workbook_reads_like_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("envoi.ods");
    let mut rows = cells(&format!("{HEAD}\n{GOOD}"), ',');
    // Dates, booleans and numbers are typed cells: the value counts, not what is shown.
    rows[1][2] = typed("date", "2025-03-04");
    rows[1][3] = typed("date", "2025-02-25T00:00:00");
    rows[1][4] = typed("float", "1004");
    rows[1][8] = typed("boolean", "true");
    let mut tournees = cells(
        "id_medicobus,date,code_commune,heure_debut,heure_fin,creneaux_offerts,creneaux_honores\n28-orne-01,2025-03-04,01004,h,12:00,10,8",
        ',',
    );
    tournees[1][3] = typed("time", "PT09H30M00S");
    ods(
        &path,
        &[
            ("livraison", cells("clé;valeur\nregion;28\nperiode;2025", ';')),
            ("Projets medicobus", cells(BUS, ';')),
            ("Tournées", tournees),
            ("Consultations", rows),
        ],
    );
    let seen = check_path(&path, &Overrides::default()).unwrap();
    assert_eq!(seen.rules(), [("zero_retabli", 2)]);
    assert!(seen.accepted());
    assert_eq!(seen.rows.texts("consultations", "code_commune"), ["01004"]);
    assert_eq!(seen.rows.texts("consultations", "ald"), ["oui"]);
    assert_eq!(seen.rows.texts("tournees", "heure_debut"), ["09:30"]);
    let dates = seen.rows.0["consultations"][0]
        .column_by_name("date_demande")
        .unwrap()
        .as_primitive::<Date32Type>()
        .value(0);
    assert_eq!(from_days(dates), "2025-02-25");
}

fn from_days(days: i32) -> String {
    crate::rows::values::from_epoch(days).unwrap().to_string()
}

#[test]
fn a_whole_delivery_in_iso_8859_15_is_told_from_windows_1252() {
    let latin9 = |t: &str| -> Vec<u8> {
        t.chars()
            .map(|c| match c {
                'œ' => 0xBD,
                'Œ' => 0xBC,
                '€' => 0xA4,
                c => u8::try_from(u32::from(c)).unwrap(),
            })
            .collect()
    };
    let bus = BUS.replace("Médicobus de l'Orne", "Médicobus du Sacré-Cœur, 5 €");
    let head = HEAD.replace("mt_declare_le", "MT_déclaré_le");
    let rows = format!("{head}\n{}\n", GOOD.replace("medecine_generale", "Médecine générale"));
    for stated in ["", "[dialecte]\nencodage = \"iso-8859-15\"\n"] {
        let seen = Case::new()
            .file(
                "livraison.toml",
                format!("region = \"28\"\nperiode = \"2025\"\n{stated}").as_bytes(),
            )
            .file("medicobus.csv", &latin9(&bus))
            .file("consultations.csv", &latin9(&rows))
            .check();
        assert_eq!(seen.rules(), [], "{stated}");
        assert_eq!(seen.rows.texts("medicobus", "nom"), ["Médicobus du Sacré-Cœur, 5 €"]);
        assert_eq!(seen.rows.texts("consultations", "discipline"), ["medecine_generale"]);
        let said = |name: &str| {
            let file = seen.report.files.iter().find(|f| f.file == name).unwrap();
            file.dialect.as_ref().unwrap().encoding.clone()
        };
        assert_eq!(said("medicobus.csv"), "ISO-8859-15");
        // Accents alone are the same bytes in both: which of the two is said matters only if it was stated.
        if !stated.is_empty() {
            assert_eq!(said("consultations.csv"), "ISO-8859-15");
        }
    }
}

/// `size` bytes of rows of empty cells below a good row, which deflate to a thousandth.
fn bomb(size: usize) -> impl Iterator<Item = Vec<u8>> {
    let line = format!("{}\n", ",".repeat(HEAD.matches(',').count()));
    let block = line.repeat((1 << 20) / line.len()).into_bytes();
    let count = size / block.len() + 1;
    std::iter::once(format!("{HEAD}\n{GOOD}\n").into_bytes())
        .chain(std::iter::repeat_n(block, count))
}

#[test]
fn a_file_that_swells_is_stopped_at_its_ratio_and_a_delivery_at_its_total() {
    let gz = |size: usize| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        bomb(size).for_each(|b| gz.write_all(&b).unwrap());
        gz.finish().unwrap()
    };
    let limits = |limits: SizeLimits| Overrides { limits, ..Overrides::default() };
    // Ratio of one file, past its first 64 MiB: of a gzip, and of an entry of a ZIP.
    let small = SizeLimits { ratio: 50, ..SizeLimits::default() };
    let swollen = Case::new().file("consultations.csv.gz", &gz(80 << 20));
    let seen = check_path(swollen.0.path(), &limits(small.clone())).unwrap();
    // The empty rows read before the limit are told as well.
    assert_eq!(seen.rules(), [("limite_depassee", 0), ("ligne_vide", 0)]);
    assert!(!seen.accepted());
    let dir = tempfile::tempdir().unwrap();
    let packed = dir.path().join("envoi.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&packed).unwrap());
    let deflated = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("medicobus.csv", deflated).unwrap();
    zip.write_all(BUS.as_bytes()).unwrap();
    zip.start_file("consultations.csv", deflated).unwrap();
    bomb(80 << 20).for_each(|b| zip.write_all(&b).unwrap());
    zip.finish().unwrap();
    let mut overrides = limits(small);
    (overrides.region, overrides.periode) = (Some("28".into()), Some("2025".into()));
    let seen = check_path(&packed, &overrides).unwrap();
    // The empty rows read before the limit are told as well.
    assert_eq!(seen.rules(), [("limite_depassee", 0), ("ligne_vide", 0)]);
    // Total of a delivery, whatever each file's ratio.
    let total = SizeLimits {
        expanded_bytes: 3 << 20,
        ..SizeLimits::default()
    };
    let swollen = Case::new().file("consultations.csv.gz", &gz(4 << 20));
    let seen = check_path(swollen.0.path(), &limits(total)).unwrap();
    assert_eq!(seen.rules()[0], ("limite_depassee", 0));
    assert!(!seen.accepted());
    // Just below both, it is only a file with empty lines.
    let seen = Case::new().file("consultations.csv.gz", &gz(4 << 20)).check();
    assert!(seen.accepted() && seen.rules().iter().all(|(r, _)| *r == "ligne_vide"));
    let few = SizeLimits { entries: 2, ..SizeLimits::default() };
    let error = check_path(Case::new().consultations(&[GOOD]).0.path(), &limits(few))
        .err()
        .unwrap();
    assert!(error.message().contains("plus de 2 fichiers"), "{error}");
}

#[test]
fn two_stops_in_communes_since_merged_are_both_kept() {
    let head = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n";
    let stop = |commune: &str| {
        let slots = if commune == "61002" { 10 } else { 12 };
        format!("28-orne-01,2025-03-04,{commune},{slots},2\n")
    };
    // 61002 was merged into 61006.
    let seen = Case::new()
        .file("tournees.csv", format!("{head}{}{}", stop("61002"), stop("61006")).as_bytes())
        .consultations(&[&good("C2").replace("61006", "61002"), &good("C3")])
        .check();
    assert_eq!(seen.rules(), [("commune_fusionnee", 2), ("commune_fusionnee", 2)]);
    assert_eq!(seen.rows.texts("tournees", "code_commune"), ["61006", "61006"]);
    assert_eq!(seen.rows.texts("consultations", "id_consultation").len(), 2);
    // Given twice under its old name, it is given twice.
    let seen = Case::new()
        .file("tournees.csv", format!("{head}{}{}", stop("61002"), stop("61002")).as_bytes())
        .check();
    let refused: Vec<_> = seen.rules().into_iter().filter(|(r, _)| *r == "unicite").collect();
    assert_eq!(refused, [("unicite", 3)]);
    assert_eq!(seen.rows.texts("tournees", "code_commune").len(), 1);
}

#[test]
fn completeness_counts_stops_held_and_stops_with_a_consultation() {
    let tournees = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores,annulee\n\
                    28-orne-01,2025-03-04,61006,10,8,non\n\
                    28-orne-01,2025-03-05,61006,10,8,non\n\
                    28-orne-01,2025-03-06,61006,10,0,oui\n\
                    28-orne-01,2025-04-06,61006,10,8,\n";
    let seen = Case::new()
        .file("tournees.csv", tournees.as_bytes())
        .consultations(&[
            &good("C2"),
            &good("C3"),
            &good("C4").replace("2025-03-04", "2025-05-02"),
            // Refused: its stop stays without a consultation.
            &good("C5").replace("2025-03-04", "2025-03-05").replace(",F,", ",Z,"),
        ])
        .check();
    let lines: Vec<_> = seen
        .report
        .completeness
        .iter()
        .map(|p| (p.month.as_str(), p.held, p.filled, p.off_route))
        .collect();
    assert_eq!(
        lines,
        [("2025-03", 2, 1, false), ("2025-04", 1, 0, false), ("2025-05", 0, 0, true)]
    );
}

#[test]
fn a_descriptor_saved_in_windows_1252_is_read_and_a_torn_one_says_what_to_write() {
    let case = Case::new();
    let path = case.0.path().join("livraison.toml");
    let text = "region = \"28\"\nperiode = \"2025\"\nproducteur = \"Fédération\"\n";
    fs::write(&path, encoding_rs::WINDOWS_1252.encode(text).0).unwrap();
    let case = case.consultations(&[GOOD]);
    assert_eq!(case.check().report.header.producteur, "Fédération");
    // One byte of a key is another letter.
    fs::write(&path, b"region = \"28\"\nper\xd6ode = \"2025\"\n").unwrap();
    let seen = case.check();
    assert!(!seen.accepted());
    let told = &seen.findings[0];
    assert_eq!(told.rule, Rule::LivraisonInconnue);
    assert!(told.hint.contains("periode"), "{told:?}");
}

#[test]
fn cells_of_an_ods_sheet_that_are_merged_over_rows_refuse_it() {
    let sheet = |amount: &str, below: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("envoi.ods");
        let mut funding = cells(
            "id_medicobus;annee;financeur;nature;montant\n28-orne-01;2025;fir;fonctionnement;x\n28-orne-01;2025;region;fonctionnement;y",
            ';',
        );
        (funding[1][4], funding[2][4]) = (amount.to_owned(), below.to_owned());
        let sheets = [
            ("livraison", cells("region;28\nperiode;2025", ';')),
            ("medicobus", cells(BUS.trim_end(), ';')),
            ("financements", funding),
        ];
        ods(&path, &sheets);
        check_path(&path, &Overrides::default()).unwrap()
    };

    let float = |attributes: &str| {
        format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"75000\"{attributes}><text:p>75000</text:p></table:table-cell>"
        )
    };
    let seen = sheet(&float(" table:number-rows-spanned=\"2\""), "<table:covered-table-cell/>");
    assert!(!seen.accepted());
    let said = "les cellules E2 à E3 sont fusionnées";
    assert!(seen.findings.iter().any(|f| f.message.starts_with(said)), "{:?}", seen.rules());

    assert!(sheet(&float(""), &float("")).accepted());
}

#[test]
fn two_headers_that_disagree_refuse_the_delivery_with_both() {
    let with = |period: &str, overrides: &Overrides| {
        let case = Case::new().consultations(&[GOOD]);
        let header = cells(&format!("region;28\nperiode;{period}"), ';');
        ods(&case.0.path().join("complément.ods"), &[("livraison", header)]);
        check_path(case.0.path(), overrides).unwrap()
    };

    assert!(with("2025", &Overrides::default()).accepted());
    let seen = with("2024", &Overrides::default());
    assert!(!seen.accepted());
    let both = "livraison.toml dit la période « 2025 », et la feuille livraison de complément.ods « 2024 »";
    assert_eq!(seen.findings[0].message, both);

    let stated = Overrides {
        periode: Some("2025".into()),
        ..Overrides::default()
    };
    assert!(with("2024", &stated).accepted());
}
