//! What would be lost without a word: files behind one name, hidden ones, ends of files, consultations, patients behind one key.

use super::*;

const TOURNEES: &str = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n28-orne-01,2025-03-04,61006,12,9\n28-orne-01,2025-03-05,61006,12,4\n";

fn zipped(entries: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut zip = zip::ZipWriter::new(fs::File::create(dir.path().join("l.zip")).unwrap());
    for (name, text) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    dir
}

/// The archive, with the name `from` of an entry written as `to`: no writer gives two entries one name.
fn renamed(dir: &TempDir, from: &str, to: &str) {
    let path = dir.path().join("l.zip");
    let mut bytes = fs::read(&path).unwrap();
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn two_entries_of_one_name_refuse_the_archive() {
    let first = format!("{HEAD}\n{}\n", good("C1"));
    let second = format!("{HEAD}\n{}\n", good("C2"));
    for (name, same) in [
        ("consultations.csv", "consultations.csv"),
        ("a/consultations.csv", "a\\consultations.csv"),
    ] {
        let dir = zipped(&[
            ("livraison.toml", "region = \"28\"\nperiode = \"2025\"\n"),
            ("medicobus.csv", BUS),
            (name, &first),
            (&name.replace("tions", "tionz"), &second),
        ]);
        renamed(&dir, &name.replace("tions", "tionz"), same);

        let seen = check_path(&dir.path().join("l.zip"), &Overrides::default()).unwrap();
        assert!(!seen.accepted(), "{same}");
        let told = &seen.findings[0];
        assert_eq!((told.rule.code(), told.file.as_str()), ("fichier_non_lu", name));
        assert!(told.message.contains("entrées n° 3 et n° 4"), "{}", told.message);
    }
}

#[test]
fn hidden_files_are_told_in_one_line() {
    let case = Case::new().consultations(&[&good("C1")]);
    for name in [".consultations.csv", "~$consultations.xlsx", ".DS_Store", "Thumbs.db"] {
        fs::write(case.0.path().join(name), "x").unwrap();
    }
    let seen = case.check();
    assert!(seen.accepted());
    let told: Vec<_> = seen.findings.iter().map(|f| (f.rule.code(), &*f.message)).collect();
    let line = "fichiers ou dossiers cachés, qui ne sont pas lus (2) : .consultations.csv, ~$consultations.xlsx";
    assert_eq!(told, [("fichier_ignore", line)]);

    let dir = zipped(&[
        ("livraison.toml", "region = \"28\"\nperiode = \"2025\"\n"),
        ("medicobus.csv", BUS),
        ("__MACOSX/._medicobus.csv", "x"),
        ("__MACOSX/._livraison.toml", "x"),
        ("x/.git/Mme Durand.csv", "x"),
    ]);
    let seen = check_path(&dir.path().join("l.zip"), &Overrides::default()).unwrap();
    assert_eq!(seen.rules(), [("fichier_ignore", 0)]);
    assert!(seen.findings[0].message.ends_with("(2) : __MACOSX, x/.git"));
}

#[test]
fn a_file_that_ends_amid_a_row_is_cut_off() {
    let whole = format!("{HEAD}\n{}\n{}", good("C1"), good("C2"));
    let seen = Case::new().file("consultations.csv", whole.as_bytes()).check();
    assert!(seen.accepted(), "{:?}", seen.rules());

    let cut = &whole[..whole.len() - 20];
    let seen = Case::new().file("consultations.csv", cut.as_bytes()).check();
    assert!(!seen.accepted());
    assert_eq!(seen.rules(), [("nombre_cellules", 3), ("fichier_illisible", 0)]);
    assert!(
        seen.findings[1].message.contains("12 cellules sur 14"),
        "{:?}",
        seen.findings[1]
    );

    // A short row that ends is a row, and a gzip's end is no other.
    let short = format!("{cut}\n");
    let seen = Case::new().file("consultations.csv", short.as_bytes()).check();
    assert_eq!(seen.rules(), [("nombre_cellules", 3)]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(cut.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let seen = Case::new().file("consultations.csv.gz", &packed).check();
    assert_eq!(seen.rules()[1].0, "fichier_illisible");
}

#[test]
fn honoured_slots_without_any_consultation_are_told() {
    let toured = || Case::new().file("tournees.csv", TOURNEES.as_bytes());
    for case in [toured(), toured().file("consultations.csv", format!("{HEAD}\n").as_bytes())] {
        let seen = case.check();
        assert!(seen.accepted());
        let told = seen.findings.iter().find(|f| f.rule == Rule::ConsultationsAbsentes).unwrap();
        assert!(told.message.starts_with("13 créneaux honorés"), "{}", told.message);
    }

    let seen = toured().consultations(&[&good("C1")]).check();
    assert_eq!(seen.rules().len(), 1);
    let said = "13 créneaux honorés dans tournees, et 1 consultation acceptée, pour le médicobus 28-orne-01";
    assert_eq!(seen.findings[0].message, said);
    let none = TOURNEES.replace(",9\n", ",0\n").replace(",4\n", ",0\n");
    assert_eq!(Case::new().file("tournees.csv", none.as_bytes()).check().rules(), []);
}

#[test]
fn one_key_for_all_and_a_key_in_two_spellings_are_told() {
    let keyed = |key: &dyn Fn(usize) -> String| {
        let row = |i: usize| good(&format!("C{i}")).replace("p7Qx2mVb91Ld", &key(i));
        let rows: Vec<String> = (0..30).map(row).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        Case::new().consultations(&rows).check()
    };
    let drawn =
        |i: usize| format!("a{:015x}", (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4);

    assert_eq!(keyed(&drawn).rules(), []);
    let one = keyed(&|i| if i < 20 { "INCONNU".into() } else { drawn(i) });
    let told = one.findings.iter().find(|f| f.rule == Rule::PseudonymeDouteux).unwrap();
    assert!(told.message.contains("porte 20 des 30"), "{}", told.message);

    let spelled = keyed(&|i| if i == 7 { drawn(6).to_uppercase() } else { drawn(i) });
    assert_eq!(spelled.rules(), [("pseudonyme_douteux", 0)]);
    assert!(spelled.findings[0].message.contains("majuscules"));

    // No key at all is no key.
    let blank = keyed(&|i| ["NULL", "null", "N/A", ""][i % 4].into());
    assert_eq!(blank.rules(), []);
    assert!(blank.rows.texts("consultations", "cle_patient").iter().all(|key| key == "∅"));
}

/// The row of a bus is refused: that comes before the rows that lose their bus by it.
#[test]
fn a_cause_is_told_before_what_follows_from_it() {
    let bus = BUS.replace("18/03/2024", "31/12/9999");
    let seen = Case::new()
        .file("medicobus.csv", bus.as_bytes())
        .consultations(&[&good("C1"), &good("C2")])
        .check();
    let told: Vec<_> = seen.report.summary.iter().map(|l| (l.rule.code(), l.count)).collect();
    let wanted = [
        ("type", 1),
        ("aucune_ligne_acceptee", 1),
        ("aucune_ligne_acceptee", 1),
        ("cle_etrangere", 2),
    ];
    assert_eq!(told, wanted);
    let Verdict::Refused { why } = &seen.report.verdict else { panic!("accepted") };
    assert!(why.iter().any(|reason| reason.contains("l'année 9999 n'est celle")), "{why:?}");
    let effect = seen.findings.iter().find(|f| f.rule == Rule::CleEtrangere).unwrap();
    assert!(effect.message.contains("sa ligne y est refusée"), "{}", effect.message);
}
