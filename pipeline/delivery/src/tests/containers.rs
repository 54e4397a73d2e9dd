//! Tables in other forms and in other wrappings: read, or refused with the way out; never passed over.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, StringArray};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::*;

/// A ZIP of these files.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The archive with every occurrence of `from`, in names mostly, as `to` of the same length: what no honest writer makes.
fn rewritten(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

/// The archive with a field of all its entries changed: `local` and `central` are its places after the two signatures.
fn marked(mut bytes: Vec<u8>, local: usize, central: usize, value: u8) -> Vec<u8> {
    for at in 0..bytes.len() - 46 {
        match &bytes[at..at + 4] {
            b"PK\x03\x04" => bytes[at + local] = value,
            b"PK\x01\x02" => bytes[at + central] = value,
            _ => {}
        }
    }
    bytes
}

fn folder() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("livraison.toml", b"region = \"28\"\nperiode = \"2025\"\n".to_vec()),
        ("medicobus.csv", BUS.into()),
        ("consultations.csv", format!("{HEAD}\n{GOOD}\n").into()),
    ]
}

fn checked(name: &str, bytes: &[u8]) -> Result<Checked> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    check_path(&path, &Overrides::default())
}

fn borrowed<'f>(files: &'f [(&'static str, Vec<u8>)]) -> Vec<(&'f str, &'f [u8])> {
    files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect()
}

/// A record of an XLSB: type and length in seven bits a byte.
fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for mut number in [usize::from(kind), body.len()] {
        while number > 127 {
            out.push((number & 127) as u8 | 128);
            number >>= 7;
        }
        out.push(number as u8);
    }
    out.extend(body);
    out
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let count = (units.len() as u32).to_le_bytes();
    count.into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}

/// An XLSB of one sheet of texts.
fn xlsb(sheet: &str, rows: &[Vec<String>]) -> Vec<u8> {
    let bundle = [[0; 8].to_vec(), wide("rId1"), wide(sheet)].concat();
    // BrtBundleSh, BrtEndBundleShs, BrtEndBook; then BrtWsDim, BrtBeginSheetData, rows of texts, BrtEndSheetData.
    let book = [record(0x9C, &bundle), record(0x90, &[]), record(0x84, &[])];
    let mut cells = [record(0x94, &[0; 16]), record(0x91, &[])].concat();
    for (r, row) in rows.iter().enumerate() {
        cells.extend(record(0, &[&(r as u32).to_le_bytes()[..], &[0; 13]].concat()));
        for (c, text) in row.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let body = [&(c as u32).to_le_bytes()[..], &[0; 4], &wide(text)].concat();
            cells.extend(record(6, &body));
        }
    }
    cells.extend(record(0x92, &[]));

    packed(&[
        ("xl/workbook.bin", &book.concat()),
        (
            "xl/_rels/workbook.bin.rels",
            b"<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.bin\"/></Relationships>",
        ),
        ("xl/worksheets/sheet1.bin", &cells),
    ])
}

fn cells(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|l| l.split(',').map(str::to_owned).collect()).collect()
}

fn parquet() -> Vec<u8> {
    let names = HEAD.split(',');
    let columns = names.zip(GOOD.split(',')).map(|(name, value)| -> (&str, ArrayRef) {
        match name {
            "date_consultation" => (name, Arc::new(Date32Array::from(vec![Some(20_151)]))),
            _ => (name, Arc::new(StringArray::from(vec![Some(value).filter(|v| !v.is_empty())]))),
        }
    });
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true))).unwrap();

    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A workbook that another program wrote.
fn workbook_at_rest(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/classeurs/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

#[test]
fn a_table_reads_the_same_in_every_form() {
    let wanted = Case::new().consultations(&[GOOD]).check().rows.0;
    let rows = cells(&format!("{HEAD}\n{GOOD}"));
    for (name, bytes) in [
        ("consultations.xlsb", xlsb("consultations", &rows)),
        // What it is, its bytes say.
        ("consultations.xlsx", xlsb("consultations", &rows)),
        // Its days are days, its communes numbers.
        ("consultations.xls", workbook_at_rest("consultations.xls")),
        ("consultations.xlsx", workbook_at_rest("consultations.xls")),
        ("consultations.parquet", parquet()),
        ("2025.03_consultations.v2.parquet", parquet()),
        ("envoi.zip", packed(&borrowed(&folder()[2..]))),
    ] {
        let checked = Case::new().file(name, &bytes).check();
        assert!(checked.accepted(), "{name}: {:?}", checked.findings);
        assert_eq!(checked.rows.0, wanted, "{name}");
    }
}

/// Half of what a row may hold, in every column of every row, written once a column in the file.
#[test]
fn a_long_text_in_every_cell_of_a_parquet_file_is_a_limit() {
    let text = "x".repeat(1 << 19);
    let column: ArrayRef = Arc::new(StringArray::from(vec![text.as_str(); 100]));
    let columns = HEAD.split(',').map(|name| (name, Arc::clone(&column)));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let checked = Case::new().file("consultations.parquet", &bytes).check();
    assert!(!checked.accepted());
    let limit = checked.findings.iter().find(|f| f.rule.code() == "limite_depassee");
    assert!(
        limit.is_some_and(|f| f.message.contains("la ligne 2")),
        "{:?}",
        checked.findings
    );
}

#[test]
fn an_archive_reads_however_it_was_made() {
    let files = folder();
    let plain = packed(&borrowed(&files));
    let wanted = checked("envoi.zip", &plain).unwrap().rows.0;
    let inside = |folder: &str| -> Vec<u8> {
        let names: Vec<String> = files.iter().map(|(n, _)| format!("{folder}{n}")).collect();
        let files = names.iter().zip(&files).map(|(n, (_, b))| (n.as_str(), b.as_slice()));
        packed(&files.collect::<Vec<_>>())
    };

    for bytes in [
        rewritten(inside("mars|"), b"mars|", b"mars\\"),
        // « Médico », as code page 437 writes it.
        rewritten(inside("M#dico/"), b"M#dico/", b"M\x82dico/"),
        inside("./"),
        packed(&[("mars.zip", &packed(&[("autre.zip", &plain)]))]),
    ] {
        let checked = checked("envoi.zip", &bytes).unwrap();
        assert!(checked.accepted(), "{:?}", checked.findings);
        assert_eq!(checked.rows.0, wanted);
        let named = checked.report.files.iter().all(|f| !f.file.contains('\u{fffd}'));
        assert!(named, "{:?}", checked.report.files);
    }
}

#[test]
fn an_archive_that_cannot_be_read_says_why() {
    let plain = packed(&borrowed(&folder()));
    for (bytes, said, way) in [
        (marked(plain.clone(), 6, 8, 1), "mot de passe", "sans mot de passe"),
        (marked(plain.clone(), 8, 10, 9), "Deflate64", "méthode « Deflate »"),
        (marked(plain.clone(), 8, 10, 12), "une autre que Deflate", "méthode « Deflate »"),
    ] {
        let error = checked("envoi.zip", &bytes).map(|c| c.findings).unwrap_err();
        assert!(error.message().contains(said), "{error}");
        assert!(error.hint_text().unwrap_or_default().contains(way), "{error:?}");

        // Inside a delivery it refuses the delivery.
        let inner = Case::new().consultations(&[GOOD]).file("ajout.zip", &bytes).check();
        assert!(!inner.accepted());
        assert!(inner.findings.iter().any(|f| f.message.contains(said)), "{:?}", inner.findings);
    }

    let mut deep = plain;
    for _ in 0..6 {
        deep = packed(&[("dedans.zip", &deep)]);
    }
    let checked = checked("envoi.zip", &deep).unwrap();
    assert!(
        checked.rules().iter().any(|(rule, _)| *rule == "limite_depassee"),
        "{:?}",
        checked.findings
    );
}

#[test]
fn what_looks_like_a_table_and_is_not_read_refuses_the_delivery() {
    let table = format!("{HEAD}\n{GOOD}\n");
    let ole = [b"\xD0\xCF\x11\xE0".as_slice(), &[0; 600]].concat();
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = [ole.as_slice(), &encrypted].concat();

    let locked = |part: &str| {
        let manifest = b"<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>";
        packed(&[("META-INF/manifest.xml", manifest), (part, b"\x8f\x11\xfa")])
    };
    let (parts, package) = (locked("content.xml"), locked("encrypted-package"));

    for (name, bytes, said) in [
        ("consultations.ods", parts.as_slice(), "mot de passe"),
        ("consultations.ods", &package, "mot de passe"),
        ("consultations.7z", b"7z\xBC\xAF\x27\x1C".as_slice(), ".7z"),
        ("consultations.dbf", b"x", "ce format"),
        ("consultations", b"x", "ce format"),
        ("consultations_2025.v2", b"x", "ce format"),
        ("export.json", b"[]", "ce format"),
        ("consultations.pdf", b"%PDF-1.7", "ce format"),
        (
            "donnees.csv",
            table.as_bytes(),
            "colonnes sont celles de la table consultations",
        ),
        ("consultation_medicobus_tournees.csv", table.as_bytes(), "plusieurs tables"),
        ("financemens.csv", b"a;b\n1;2\n", "proche"),
        ("consultations.xlsb", &[b"PK".as_slice(), &[0; 400]].concat(), "abîmé"),
        ("consultations.xlsx", &encrypted, "mot de passe"),
        ("consultations.xls", &ole, "abîmé"),
        ("consultations.xlsx", b"<html><table>", "malgré son nom"),
        ("consultations.parquet", b"PAR1abcdPAR1", "abîmé"),
    ] {
        let mut case = Case::new();
        if !name.starts_with("consultation") && name != "donnees.csv" {
            case = case.consultations(&[GOOD]);
        }
        let checked = case.file(name, bytes).check();
        assert!(!checked.accepted(), "{name}");
        let found = checked.findings.iter().find(|f| f.message.contains(said));
        let found = found.unwrap_or_else(|| panic!("{name}: {:?}", checked.findings));
        assert!(found.severity == Severity::Fichier && !found.hint.is_empty(), "{found:?}");
    }

    // What explains is told and no more.
    let case = Case::new().consultations(&[GOOD]);
    let case = case.file("note.pdf", b"%PDF").file("lisez-moi.txt", b"Bonjour.\n");
    let case = case.file("LISEZMOI", b"Bonjour.\n").file("medicobus-28.sha256", b"e3b0c442\n");
    let checked = case.file("listes.csv", b"sexe;mode\nF;presentiel\nM;visio\n").check();
    assert!(checked.accepted(), "{:?}", checked.findings);
    assert_eq!(checked.report.summary.iter().map(|l| l.count).sum::<u64>(), 5);
}

#[test]
fn a_header_reads_in_the_encodings_of_notepads() {
    let text = "region = \"28\"\nperiode = \"2025\"\nproducteur = \"ARS d'été\"\n";
    let wide = |to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(to).collect()
    };
    for (name, bytes) in [
        ("livraison.toml", wide(u16::to_le_bytes)),
        ("livraison.toml", wide(u16::to_be_bytes)),
        ("Livraison.toml.txt", text.into()),
    ] {
        let case = Case::new().consultations(&[GOOD]);
        fs::remove_file(case.0.path().join("livraison.toml")).unwrap();
        let checked = case.file(name, &bytes).check();
        assert!(checked.accepted(), "{:?}", checked.findings);
        assert_eq!(checked.report.header.producteur, "ARS d'été");
    }

    let bare = wide(u16::to_le_bytes)[2..].to_vec();
    for (name, bytes, said) in [
        ("livraison.toml", bare, "UTF-8"),
        ("livraison (1).toml", text.into(), "n'est pas lu comme livraison.toml"),
    ] {
        let case = Case::new().consultations(&[GOOD]);
        fs::remove_file(case.0.path().join("livraison.toml")).unwrap();
        let checked = case.file(name, &bytes).check();
        assert!(!checked.accepted());
        assert!(checked.findings[0].message.contains(said), "{:?}", checked.findings);
    }

    // Two headers are two deliveries.
    let case = Case::new().consultations(&[GOOD]).file("livraison.toml.txt", text.as_bytes());
    assert!(case.check().findings[0].message.contains("plusieurs livraisons"));
}
