//! The territoire de vie-santé of each commune, beside the zoning that it decides.

use super::made::{made_workbook, read, read_named, refusal, trouve, zones};
use crate::communes::Communes;
use crate::zonings::{ZoningReport, read_zonings, zonings_batch, zonings_of};

/// Code and name of the TVS of a commune, by vintage.
fn tvs<'r>(report: &'r ZoningReport, code: &str) -> Vec<(i64, Option<&'r str>, Option<&'r str>)> {
    let of_commune = report.zonings.iter().filter(|z| z.code_commune == code);
    of_commune
        .map(|z| (z.vintage, z.code_tvs.as_deref(), z.nom_tvs.as_deref()))
        .collect()
}

#[test]
fn its_column_is_told_by_its_name_alone() {
    let folder = tempfile::tempdir().unwrap();
    let argentan = vec![(2025, Some("61006"), Some("Argentan"))];

    for header in [
        "Code commune;Code du territoire de vie-santé;Libellé du territoire de vie-santé;Zonage",
        "CODGEO;TVS;TVS_libelle;Zonage",
        "code_commune;code_tvs;nom_tvs;zonage_mg",
        "Code commune;Code TVS 2017;Nom du TVS;Zonage",
        "depcom;codtvs;libtvs;zonage",
    ] {
        let report =
            read(&folder, "z_2025.csv", &format!("{header}\n61079;61006;Argentan;ZAC\n")).unwrap();
        assert_eq!(tvs(&report, "61079"), argentan, "{header}");
        assert_eq!(zones(&report, "61079"), [(2025, Some("ZAC".to_owned()))], "{header}");
        assert!(report.columns.last().unwrap().starts_with("TVS : "), "{:?}", report.columns);
        assert!(trouve(&report, "61079").source.starts_with("ARS, zonage"));
    }

    // The code of a commune under another name, a count of the TVS, a TVS without a code, one of the past.
    for header in ["Pôle", "Population du TVS", "Ancien TVS", "Nombre de communes du TVS"] {
        let report = read(
            &folder,
            "z_2025.csv",
            &format!("Code commune;{header};Zonage\n61079;61006;ZAC\n"),
        )
        .unwrap();
        assert_eq!(tvs(&report, "61079"), [(2025, None, None)], "{header}");
    }
    let named = read(&folder, "z_2025.csv", "Code commune;TVS;Zonage\n61079;Argentan;ZAC\n");
    assert_eq!(tvs(&named.unwrap(), "61079"), [(2025, None, None)]);
}

#[test]
fn the_user_s_word_makes_a_column_a_tvs_or_leaves_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = "Code commune;Pôle;TVS;Zonage du TVS\n61079;61006;61001;ZAC\n";
    let named = |column: &str| read_named(&folder, "z_2025.csv", file, column).unwrap();

    assert_eq!(tvs(&named("tvs=Pôle"), "61079"), [(2025, Some("61006"), None)]);
    assert_eq!(tvs(&named("TVS"), "61079"), [(2025, Some("61001"), None)]);
    let zoning = named("Zonage du TVS");
    assert_eq!(tvs(&zoning, "61079"), [(2025, None, None)]);
    assert_eq!(zones(&zoning, "61079"), [(2025, Some("ZAC".to_owned()))]);
}

#[test]
fn two_tvs_for_a_commune_are_refused_or_told() {
    let folder = tempfile::tempdir().unwrap();
    let columns = "Code commune;Code TVS;Code du territoire de vie-santé\n61079;61006;61001\n";
    let said = refusal(read(&folder, "z_2025.csv", columns));
    assert!(
        said.contains("TVS, « Code TVS » ou « Code du territoire de vie-santé »")
            && said.contains("tvs=Code TVS"),
        "{said}"
    );

    let lines = "Code commune;TVS;Zonage\n61079;61006;ZAC\n61079;61001;ZAC\n61001;61001;HZ\n";
    let report = read(&folder, "z_2025.csv", lines).unwrap();
    let told: Vec<_> = report.ambiguous.iter().map(|a| a.readings.as_str()).collect();
    assert_eq!(told, ["TVS 61006 (ligne 2) ou 61001 (ligne 3)"]);
    assert_eq!(tvs(&report, "61079"), [(2025, None, None)]);
    assert_eq!(zones(&report, "61079"), [(2025, Some("ZAC".to_owned()))]);
    assert_eq!(report.tvs(), (1, 1));

    let name = "Code commune;Code TVS;Zonage\n61079;Argentan;ZAC\n";
    let said = refusal(read(&folder, "z_2025.csv", name));
    assert!(said.contains("ligne 2 : TVS « Argentan » illisible"), "{said}");
}

#[test]
fn a_composition_is_of_the_vintages_of_the_zonings_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let vintages = |header: &str, row: &str| {
        let file = format!("Code commune;{header}\n61079;{row}\n");
        let report = read(&folder, "z.csv", &file).unwrap();
        let of_commune = tvs(&report, "61079").into_iter();
        of_commune
            .map(|(year, code, _)| (year, code.unwrap_or("").to_owned()))
            .collect::<Vec<_>>()
    };
    let both = [(2022, "61006".to_owned()), (2025, "61006".to_owned())];

    assert_eq!(vintages("TVS;Zonage 2022;Zonage 2025", "61006;ZIP;ZAC"), both);
    assert_eq!(vintages("TVS 2017;Zonage 2022;Zonage 2025", "61006;ZIP;ZAC"), both);
    assert_eq!(vintages("millesime;TVS 2017;Zonage", "2022;61006;ZIP"), both[..1]);
    let own = [(2022, "61006".to_owned()), (2025, "61001".to_owned())];
    assert_eq!(
        vintages("TVS 2022;TVS 2025;Zonage 2022;Zonage 2025", "61006;61001;ZIP;ZAC"),
        own
    );
    assert_eq!(vintages("TVS 2022;TVS 2025", "61006;61001"), own);
}

#[test]
fn a_sheet_of_tvs_alone_is_read_where_no_other_tells_more() {
    let folder = tempfile::tempdir().unwrap();
    let communes = Communes::embedded().unwrap();
    let composition: (&str, &[&[&str]]) =
        ("Composition", &[&["Code commune", "Code TVS"], &["61079", "61006"]]);
    let zoning: (&str, &[&[&str]]) = ("Zonage", &[&["Code commune", "Zonage"], &["61079", "ZIP"]]);

    let alone = made_workbook(&folder, "tvs_2025.xlsx", &[composition]);
    let report = read_zonings(&alone, None, &[], communes).unwrap();
    assert_eq!(tvs(&report, "61079"), [(2025, Some("61006"), None)]);
    assert!(trouve(&report, "61079").source.contains("territoires de vie-santé"));

    let beside = made_workbook(&folder, "zonage_2025.xlsx", &[composition, zoning]);
    let report = read_zonings(&beside, None, &[], communes).unwrap();
    assert_eq!(
        (report.sheet.as_str(), &report.left_compositions[..]),
        ("Zonage", &["Composition".to_owned()][..])
    );
    assert_eq!(zones(&report, "61079"), [(2025, Some("ZIP".to_owned()))]);
}

/// DREES writes the codes of four characters with `_`; a spreadsheet that took a zero took it from both codes.
#[test]
fn a_short_code_is_filled_up_and_a_lost_zero_restored() {
    let folder = tempfile::tempdir().unwrap();
    let code = |row: &str| {
        let file = format!("Code commune;TVS;Zonage\n{row};ZIP\n");
        let report = read(&folder, "z_2025.csv", &file).unwrap();
        report.zonings[0].code_tvs.clone().unwrap()
    };
    assert_eq!(code("01004;0101"), "0101_");
    assert_eq!(code("01004;0101_"), "0101_");
    assert_eq!(code("1004;101"), "0101_");
    assert_eq!(code("1004;1033"), "01033");
    assert_eq!(code("10006;1033"), "1033_");
}

#[test]
fn it_is_stored_and_a_store_made_before_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = "Code commune;Code TVS;Nom TVS;Zonage\n61079;61006;Argentan;ZAC\n61006;;;ZIP\n";
    let zonings = read(&folder, "z_2025.csv", file).unwrap().zonings;
    let batch = zonings_batch(&zonings).unwrap();
    assert_eq!(zonings_of(&batch).unwrap(), zonings);

    let before = zonings_of(&batch.project(&[0, 1, 2, 3, 4, 5]).unwrap()).unwrap();
    assert!(before.iter().all(|z| z.code_tvs.is_none() && z.nom_tvs.is_none()));
    let changes: Vec<_> = before.iter().zip(&zonings).filter_map(|(a, b)| a.changes(b)).collect();
    assert_eq!(changes, ["61079 (TVS 61006 → vide)"]);
}
