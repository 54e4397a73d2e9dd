//! Identities where a name stands: of a file, a folder, a sheet, a column, a title.

use super::*;

const NIR: &str = "185057800608491";

fn said(seen: &Checked) -> String {
    format!(
        "{}{}",
        serde_json::to_string(&seen.findings).unwrap(),
        serde_json::to_string(&seen.report).unwrap()
    )
}

/// Refused for identity, and none of `secrets` is repeated anywhere.
fn refused_without(case: &str, seen: &Checked, secrets: &[&str]) {
    assert!(!seen.accepted(), "{case}");
    assert!(
        seen.findings.iter().any(|f| f.rule == Rule::Identite),
        "{case}: {:?}",
        seen.rules()
    );
    let said = said(seen);
    for secret in secrets {
        assert!(!said.contains(secret), "{case}: {said}");
    }
}

fn overrides() -> Overrides {
    Overrides {
        region: Some("28".into()),
        periode: Some("2025".into()),
        ..Overrides::default()
    }
}

/// A workbook of sheets of text.
fn workbook(path: &Path, sheets: &[(&str, &str)]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, text) in sheets {
        let sheet = book.add_worksheet().set_name(*name).unwrap();
        for (r, line) in text.lines().enumerate() {
            let mark = if line.contains(';') { ';' } else { ',' };
            for (c, cell) in line.split(mark).enumerate() {
                sheet.write(r as u32, c as u16, cell).unwrap();
            }
        }
    }
    book.save(path).unwrap();
}

#[test]
fn a_file_without_its_header_repeats_no_cell() {
    let row = good("C2").replace("p7Qx2mVb91Ld", NIR);
    let headless = Case::new().file("consultations.csv", format!("{row}\n{row}\n").as_bytes());
    refused_without("headless", &headless.check(), &[NIR, "28-orne-01,", "60-69"]);
    // Without an identity it is told that the header is absent, and nothing else.
    let seen = Case::new()
        .file("consultations.csv", format!("{}\n{}\n", good("C2"), good("C3")).as_bytes())
        .check();
    assert_eq!(seen.rules(), [("en_tete_absent", 1)]);
    assert!(!said(&seen).contains("p7Qx2mVb91Ld"));
}

#[test]
fn a_column_or_a_title_that_is_a_value_refuses_all() {
    for (case, text) in [
        ("column", format!("{HEAD},{NIR}\n{GOOD},x\n")),
        ("column_", format!("{HEAD},dossier_{NIR}\n{GOOD},x\n")),
        ("title", format!("Extraction de {NIR}\n{HEAD}\n{GOOD}\n")),
        ("phone", format!("{HEAD},06 12 34 56 78\n{GOOD},x\n")),
    ] {
        let seen = Case::new().file("consultations.csv", text.as_bytes()).check();
        refused_without(case, &seen, &[NIR, "06 12"]);
    }
    // A number that names no one known is not shown either.
    let seen = Case::new()
        .file("consultations.csv", format!("{HEAD},IPP 12345678\n{GOOD},x\n").as_bytes())
        .check();
    assert_eq!(seen.rules(), [("colonne_ignoree", 1)]);
    assert_eq!(seen.findings[0].field.as_deref(), Some("colonne 15"));
}

#[test]
fn a_sheet_is_guarded_like_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let good = format!("{HEAD}\n{GOOD}");
    let named = format!("Consultations {NIR}");
    for (case, sheets) in [
        ("name", vec![("medicobus", BUS), (named.as_str(), good.as_str())]),
        (
            "unmatched",
            vec![("medicobus", BUS), ("Patients", "nom;prenom;nir\nDURAND;Jeanne;x")],
        ),
        ("values", vec![("medicobus", BUS), ("Feuil1", "a;b\nx;185057800608491")]),
    ] {
        let path = dir.path().join(format!("{case}.xlsx"));
        workbook(&path, &sheets);
        let seen = check_path(&path, &overrides()).unwrap();
        refused_without(case, &seen, &[NIR, "DURAND"]);
    }
    // A sheet of no table and of no person is only passed over.
    let path = dir.path().join("calme.xlsx");
    workbook(&path, &[("medicobus", BUS), ("Notes", "a;b\n1;2")]);
    let seen = check_path(&path, &overrides()).unwrap();
    assert_eq!(seen.rules(), [("fichier_ignore", 0)]);
}

#[test]
fn names_that_are_not_opened_are_masked_too() {
    let dir = tempfile::tempdir().unwrap();
    let packed = dir.path().join("envoi.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&packed).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("medicobus.csv", options).unwrap();
    zip.write_all(BUS.as_bytes()).unwrap();
    zip.start_file(format!("../{NIR}.csv"), options).unwrap();
    zip.add_symlink(format!("lien {NIR}"), "medicobus.csv", options).unwrap();
    zip.finish().unwrap();
    let seen = check_path(&packed, &overrides()).unwrap();
    refused_without("zip", &seen, &[NIR]);
    assert!(seen.rules().contains(&("nom_dangereux", 0)));

    let case = Case::new();
    std::os::unix::fs::symlink("medicobus.csv", case.0.path().join(format!("lien_{NIR}"))).unwrap();
    refused_without("link", &case.check(), &[NIR]);

    // The delivery's own name, and the folders above it.
    let named = dir.path().join(format!("envoi_{NIR}"));
    fs::create_dir(&named).unwrap();
    fs::write(named.join("medicobus.csv"), BUS).unwrap();
    let seen = check_path(&named, &overrides()).unwrap();
    refused_without("own", &seen, &[NIR]);
    assert!(!shown_path(&named.join("medicobus.csv")).contains(NIR));
    let error = check_path(&dir.path().join(NIR), &overrides()).err().unwrap();
    assert!(!error.to_string().contains(NIR), "{error}");
}

#[test]
fn a_contact_in_a_read_me_is_no_patient_but_a_nir_is() {
    let seen = Case::new()
        .file("LISEZMOI.txt", b"Contact : Mme Durand, 02 31 00 00 00\n")
        .check();
    assert_eq!(seen.rules(), [("fichier_ignore", 0)]);
    let seen = Case::new().file("LISEZMOI.txt", format!("voir {NIR}\n").as_bytes()).check();
    refused_without("txt", &seen, &[NIR]);
}

#[test]
fn a_count_or_a_sum_cannot_hide_a_number_of_a_person() {
    let head = "code_territoire,type_territoire,periode,patients,patients_sans_mt";
    for hidden in [NIR, "0612345678", "06 12 34 56 78"] {
        let seen = Case::new()
            .file(
                "territoires.csv",
                format!("{head}\n61006,commune,2025-T1,{hidden},10\n").as_bytes(),
            )
            .check();
        refused_without("territoires", &seen, &[hidden]);
        let seen = Case::new()
            .file(
                "financements.csv",
                format!("id_medicobus,annee,financeur,nature,montant\n28-orne-01,2025,fir,fonctionnement,{hidden}\n")
                    .as_bytes(),
            )
            .check();
        refused_without("financements", &seen, &[hidden]);
    }
}

#[test]
fn a_birth_in_a_closed_list_is_not_copied() {
    for birth in ["12/03/1950", "1950-03-12", "19500312", "18264"] {
        let row = GOOD.replace("60-69", birth);
        assert_ne!(row, GOOD);
        let seen = Case::new()
            .file("consultations.csv", format!("{HEAD}\n{row}\n").as_bytes())
            .check();
        assert!(
            seen.findings.iter().any(|f| f.rule == Rule::ValeurAdmise),
            "{birth}: {:?}",
            seen.rules()
        );
        assert!(!said(&seen).contains(birth), "{}", said(&seen));
    }
}

#[test]
fn a_hidden_nir_in_a_key_refuses_all_and_a_numbered_key_does_not() {
    for hidden in [format!("03-973-{NIR}"), format!("ab{NIR}cd"), format!("{}-1", &NIR[..13])] {
        let seen = Case::new()
            .file(
                "consultations.csv",
                format!("{HEAD}\n{}\n", GOOD.replace("p7Qx2mVb91Ld", &hidden)).as_bytes(),
            )
            .check();
        refused_without(&hidden, &seen, &[&NIR[..13]]);
    }
    for lawful in ["0100000123", "2021011500012", "10000000001"] {
        let seen = Case::new()
            .file(
                "consultations.csv",
                format!("{HEAD}\n{}\n", GOOD.replace("p7Qx2mVb91Ld", lawful)).as_bytes(),
            )
            .check();
        assert!(seen.findings.iter().all(|f| f.rule != Rule::Identite), "{lawful}");
    }
}

/// The names of a project and of its bearer name no contact; they may bear the name of someone.
#[test]
fn a_contact_in_the_name_of_a_project_refuses_all() {
    let named = |name: &str| {
        let bus = BUS.replace("Médicobus de l'Orne", name);
        Case::new().file("medicobus.csv", bus.as_bytes()).check()
    };
    for (name, secret) in [
        ("Médicobus (contact : M. Dupont)", "Dupont"),
        ("Monsieur DUPONT Jean", "DUPONT"),
        ("Mr Durand", "Durand"),
    ] {
        refused_without(name, &named(name), &[secret]);
    }
    for name in [
        "Médicobus Madame Curie",
        "Centre de santé du Docteur Roux",
        "Place Monsieur Hulot",
    ] {
        assert!(named(name).accepted(), "{name}");
    }
}
