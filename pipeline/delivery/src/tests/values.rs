//! Numbers, dates, identifiers and accents that can be read in two ways: the right value or a refusal, never a wrong value.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::*;
use crate::rows::values;

pub(super) const ISO_BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,date_mise_en_service,jours_par_semaine\n28-orne-01,Essai,28,61,cpts,2024-03-18,4\n";
const STATED: &str = "region = \"28\"\nperiode = \"2025\"\n[dialecte]\n";

fn amounts(rows: &[&str]) -> String {
    let mut text = String::from("id_medicobus;annee;financeur;nature;montant\n");
    for (row, financeur) in rows.iter().zip(["fir", "region", "commune", "departement", "etat"]) {
        text.push_str(&format!("28-orne-01;2025;{financeur};fonctionnement;{row}\n"));
    }
    text
}

fn read_amounts(seen: &Checked) -> Vec<i128> {
    let batches = seen.rows.0.get("financements").into_iter().flatten();
    let column = |b: &RecordBatch| {
        let column = b.column_by_name("montant").unwrap().clone();
        column.as_primitive::<Decimal128Type>().values().to_vec()
    };
    batches.flat_map(column).collect()
}

#[test]
fn amounts_of_two_readings_are_refused_with_both_and_a_statement_decides() {
    let two = ["75,000", "120,000", "1,234"];
    for rows in [two, two.map(|t| if t == "75,000" { "75.000" } else { "1.234" })] {
        // Rates with a point elsewhere say nothing of amounts.
        let case = Case::new()
            .file("medicobus.csv", ISO_BUS.replace(",4\n", ",4.5\n").as_bytes())
            .file("financements.csv", amounts(&rows).as_bytes());
        let seen = case.check();
        assert!(!seen.accepted());
        let told = &seen.findings[0];
        assert_eq!(
            (told.rule.code(), told.line, told.field.as_deref(), told.value.as_deref()),
            ("nombre_ambigu", Some(2), Some("montant"), Some(rows[0])),
        );
        for part in ["75000", "75,00", "decimale", "livraison.toml"] {
            assert!(told.hint.contains(part), "{}", told.hint);
        }
    }

    for (mark, cents) in [(".", [7_500_000, 12_000_000, 123_400]), (",", [7_500, 12_000, 123])] {
        let seen = Case::new()
            .file("livraison.toml", format!("{STATED}decimale = \"{mark}\"\n").as_bytes())
            .file("medicobus.csv", ISO_BUS.as_bytes())
            .file("financements.csv", amounts(&two).as_bytes())
            .check();
        assert_eq!(seen.rules(), []);
        assert_eq!(read_amounts(&seen), cents);
    }
}

#[test]
fn a_cell_of_numbers_has_one_reading_beside_written_ones() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("financements.xlsx");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("financements").unwrap();
    let heads = ["id_medicobus", "annee", "financeur", "nature", "montant"];
    for (c, head) in heads.iter().enumerate() {
        sheet.write(0, c as u16, *head).unwrap();
    }
    for (r, financeur) in ["fir", "region", "commune"].iter().enumerate() {
        let row = r as u32 + 1;
        for (c, cell) in ["28-orne-01", "2025", financeur, "fonctionnement"].iter().enumerate() {
            sheet.write(row, c as u16, *cell).unwrap();
        }
    }
    sheet.write(1, 4, 1234.125).unwrap();
    sheet.write(2, 4, 75.125).unwrap();
    sheet.write(3, 4, "75,125").unwrap();
    book.save(&path).unwrap();
    let seen = Case::new().file("financements.xlsx", &fs::read(&path).unwrap()).check();
    assert_eq!(seen.rules(), [("nombre_ambigu", 4)]);
    assert_eq!(read_amounts(&seen), [123_413, 7_513]);
}

/// An event each, told from the others by its full-time equivalents.
pub(super) fn offer(dates: &[&str]) -> Vec<u8> {
    let rows = dates.iter().enumerate();
    let communes = ["61006", "61001", "01004", "14118", "76540"];
    let row = |(i, day): (usize, &&str)| format!("{},{day},installation_mg,{i}\n", communes[i]);
    let rows: Vec<String> = rows.map(row).collect();
    format!("code_commune,date,type,etp\n{}", rows.concat()).into_bytes()
}

fn served(dates: &[&str]) -> Vec<u8> {
    let rows: Vec<String> = dates.iter().map(|d| format!("28-orne-01,61006,{d}\n")).collect();
    format!("id_medicobus,code_commune,date_debut\n{}", rows.concat()).into_bytes()
}

pub(super) fn days_of(seen: &Checked, table: &str, column: &str) -> Vec<String> {
    let batches = seen.rows.0.get(table).into_iter().flatten();
    let column = |b: &RecordBatch| {
        let days = b.column_by_name(column).unwrap().clone();
        let days = days.as_primitive::<Date32Type>().values().to_vec();
        days.into_iter().map(|d| values::from_epoch(d).unwrap().to_string())
    };
    batches.flat_map(column).collect()
}

#[test]
fn day_and_month_are_told_apart_over_the_whole_delivery() {
    let of = |offre: &[&str], desserte: &[&str], header: &str| {
        Case::new()
            .file("livraison.toml", header.as_bytes())
            .file("medicobus.csv", ISO_BUS.as_bytes())
            .file("offre.csv", &offer(offre))
            .file("dessertes.csv", &served(desserte))
            .check()
    };
    let year = "region = \"28\"\nperiode = \"2025\"\n";
    let march = "region = \"28\"\nperiode = \"2025-03\"\n";

    // One file shows the order of all.
    let seen = of(&["03/17/2025"], &["09/02/2024"], year);
    assert_eq!(seen.rules(), []);
    assert_eq!(days_of(&seen, "dessertes", "date_debut"), ["2024-09-02"]);
    let seen = of(&["17/03/2025"], &["09/02/2024"], year);
    assert_eq!(days_of(&seen, "dessertes", "date_debut"), ["2024-02-09"]);

    // The period shows it too, where several dates agree; a lone one may be of another month.
    let seen = of(&["03/04/2025", "03/05/2025", "03/11/2025"], &["09/02/2024"], march);
    assert_eq!(seen.rules(), []);
    assert_eq!(days_of(&seen, "offre", "date"), ["2025-03-04", "2025-03-05", "2025-03-11"]);
    assert_eq!(days_of(&seen, "dessertes", "date_debut"), ["2024-09-02"]);
    let seen = of(&["04/03/2025"], &["2024-09-02"], march);
    assert_eq!(days_of(&seen, "offre", "date"), ["2025-03-04"]);
    let seen = of(&["03/04/2025", "03/04/2025", "03/04/2025"], &["2024-09-02"], march);
    assert!(!seen.accepted());
    let told = seen.findings.iter().find(|f| f.rule == Rule::DatesAmbigues).unwrap();
    assert!(
        told.message.contains("2025-04-03 (hors de la période) ou le 2025-03-04"),
        "{}",
        told.message
    );

    // Nothing does, or files contradict each other.
    for (offre, desserte, way_out) in [
        ("03/04/2025", "09/02/2024", "format_date"),
        ("03/17/2025", "25/02/2024", "toutes les dates"),
    ] {
        let seen = of(&[offre], &[desserte], year);
        assert!(!seen.accepted());
        let told = seen.findings.iter().find(|f| f.rule == Rule::DatesAmbigues).unwrap();
        assert_eq!((told.line, told.field.is_some(), told.value.is_some()), (Some(2), true, true));
        assert!(told.hint.contains(way_out), "{}", told.hint);
    }
    let seen = of(&["03/04/2025"], &["09/02/2024"], year);
    let told = seen.findings.iter().find(|f| f.rule == Rule::DatesAmbigues).unwrap();
    assert!(
        told.message.contains("2024-02-09") && told.message.contains("2024-09-02")
            || told.message.contains("2025-04-03") && told.message.contains("2025-03-04"),
        "{}",
        told.message
    );
    let stated = format!("{STATED}format_date = \"mm/jj/aaaa\"\n");
    let seen = Case::new()
        .file("livraison.toml", stated.as_bytes())
        .file("medicobus.csv", ISO_BUS.replace("2024-03-18", "03/18/2024").as_bytes())
        .file("offre.csv", &offer(&["03/04/2025"]))
        .check();
    assert_eq!(days_of(&seen, "offre", "date"), ["2025-03-04"]);

    // Both orders give the same day.
    assert_eq!(of(&["03/03/2025"], &["2024-02-09"], year).rules(), []);
}

#[test]
fn a_midnight_in_universal_time_is_the_day_of_the_region() {
    let seen = Case::new()
        .file("offre.csv", &offer(&["2025-03-03T23:00:00.000Z", "2025-06-03T22:00Z"]))
        .check();
    assert_eq!(seen.rules(), []);
    assert_eq!(days_of(&seen, "offre", "date"), ["2025-03-04", "2025-06-04"]);

    let seen = Case::new()
        .file("offre.csv", &offer(&["2025-03-04", "2025-03-03T23:30Z"]))
        .check();
    assert_eq!(seen.rules(), [("type", 3)]);
    let told = &seen.findings[0];
    assert!(told.message.contains("03/03/2025") && told.message.contains("04/03/2025"));
}

#[test]
fn identifiers_that_a_spreadsheet_rounded_are_refused() {
    let keyed = |keys: &[&str]| {
        let rows: Vec<String> = keys
            .iter()
            .enumerate()
            .map(|(i, key)| good(&format!("C{i}")).replace("p7Qx2mVb91Ld", key))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        Case::new().consultations(&rows).check()
    };
    for key in ["1.23457E+15", "1e+19", "1.2345E15", "12345678901234500000"] {
        let seen = keyed(&["p7Qx2mVb91Lf", key]);
        assert_eq!(seen.rules(), [("identifiant_arrondi", 3)], "{key}");
        assert!(seen.findings[0].hint.contains("texte"));
    }
    // Hexadecimal keys, and numbers that kept their digits.
    for key in ["12e4567890123456", "1e15", "12345678901234567890", "4E120000"] {
        let odd: Vec<_> = keyed(&["p7Qx2mVb91Lf", key]).rules();
        assert!(odd.iter().all(|(rule, _)| *rule != "identifiant_arrondi"), "{key} {odd:?}");
    }
    // Sixteen digits that all end in a zero: no single one tells.
    let seen =
        keyed(&["1234567890123450", "3234567890123410", "5234567890123470", "7234567890123490"]);
    assert!(!seen.accepted());
    assert_eq!(seen.rules()[0], ("identifiant_arrondi", 2));
    let seen =
        keyed(&["1234567890123450", "3234567890123411", "5234567890123470", "7234567890123490"]);
    assert!(seen.rules().iter().all(|(rule, _)| *rule != "identifiant_arrondi"));
}

/// A workbook of one sheet, a cell that reads as a number written as one.
pub(super) fn sheet(name: &str, table: &str) -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).unwrap();
    for (r, line) in table.lines().enumerate() {
        for (c, cell) in line.split(',').enumerate() {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write(r as u32, c as u16, number).unwrap(),
                Err(_) => sheet.write(r as u32, c as u16, cell).unwrap(),
            };
        }
    }
    book
}

#[test]
fn a_long_identifier_in_a_cell_of_numbers_is_refused() {
    let rows = good("C1").replace("p7Qx2mVb91Ld", "12345678901234567");
    let bytes = sheet("consultations", &format!("{HEAD}\n{rows}\n")).save_to_buffer().unwrap();
    let seen = Case::new().file("consultations.xlsx", &bytes).check();
    assert_eq!(seen.rules()[0], ("identifiant_arrondi", 2));
}

#[test]
fn old_encodings_and_texts_encoded_twice_are_refused_by_name() {
    let bus = ISO_BUS.replace("Essai", "Médicobus d'Évreux");
    let dos: Vec<u8> = bus
        .chars()
        .map(|c| match c {
            'é' => 0x82,
            'É' => 0x90,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    let mac = encoding_rs::MACINTOSH.encode(&bus).0.into_owned();
    for (bytes, name) in [(&dos, "CP850"), (&mac, "Mac Roman")] {
        let seen = Case::new().file("medicobus.csv", bytes).check();
        assert!(!seen.accepted());
        let told = &seen.findings[0];
        assert_eq!((told.rule, told.file.as_str()), (Rule::FichierIllisible, "medicobus.csv"));
        assert!(
            told.message.contains(name) && told.message.contains("UTF-8"),
            "{}",
            told.message
        );
    }

    let twice = encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(bus.as_bytes())
        .0
        .into_owned();
    let seen = Case::new().file("medicobus.csv", twice.as_bytes()).check();
    assert!(!seen.accepted());
    assert_eq!(seen.rules()[0], ("encodage", 2));
    assert!(seen.findings[0].message.contains("deuxième fois"));

    // Accents that come after the sample of plain letters.
    let mut late = format!("{HEAD}\n").into_bytes();
    let row = good("C0000000");
    for i in 0..40_000 {
        late.extend(format!("{}\n", row.replace("C0000000", &format!("C{i:07}"))).bytes());
    }
    late.extend(
        good("C9")
            .replace("soin", "pr\u{82}vention")
            .chars()
            .map(|c| u32::from(c) as u8),
    );
    let seen = Case::new().file("consultations.csv", &late).check();
    assert!(!seen.accepted());
    assert!(seen.findings.iter().any(|f| f.message.contains("CP850")));
}

#[test]
fn a_number_against_the_mark_that_is_declared_is_refused() {
    let declared = |mark: &str, amount: &str| {
        Case::new()
            .file("livraison.toml", format!("{STATED}decimale = \"{mark}\"\n").as_bytes())
            .file("medicobus.csv", ISO_BUS.as_bytes())
            .file("financements.csv", amounts(&["75", amount]).as_bytes())
            .check()
    };
    for (mark, amount) in [(",", "1,234.50"), (",", "12.5"), (".", "1.234,50"), (".", "12,5")] {
        let seen = declared(mark, amount);
        assert_eq!(seen.rules(), [("nombre_ambigu", 3)], "{amount}");
        assert!(seen.findings[0].message.contains("contredit"), "{:?}", seen.findings[0]);
    }
    for (mark, amount) in [(",", "1.234,50"), (".", "1,234.50"), (".", "1234.5")] {
        assert_eq!(declared(mark, amount).rules(), [], "{amount}");
    }
}

const TERRITORIES: &str = "code_territoire;type_territoire;periode;patients;patients_sans_mt\n";

#[test]
fn a_count_is_whole_whichever_mark_it_bears() {
    let counted = |patients: &str| {
        let text = format!("{TERRITORIES}61006;commune;2025-T1;{patients};12\n");
        Case::new().file("territoires.csv", text.as_bytes()).check()
    };
    for text in ["1.480", "1,480", "1480", "1 480", "1480,0"] {
        let seen = counted(text);
        assert_eq!(seen.rules(), [], "{text}");
        assert_eq!(counts_of(&seen), [1480], "{text}");
    }

    let seen = counted("12.000");
    assert_eq!(seen.rules()[0], ("nombre_ambigu", 2));
    let told = &seen.findings[0];
    assert!(
        told.message.contains("12000 ou 12,") && told.hint.contains("12000 ou 12,"),
        "{told:?}"
    );
    assert!(!told.hint.contains("12,00"), "{told:?}");
}

fn counts_of(seen: &Checked) -> Vec<i64> {
    let batches = seen.rows.0.get("territoires").into_iter().flatten();
    let column = |b: &RecordBatch| {
        let column = b.column_by_name("patients").unwrap().clone();
        column.as_primitive::<arrow::datatypes::Int64Type>().values().to_vec()
    };
    batches.flat_map(column).collect()
}

#[test]
fn days_with_the_year_first_are_read_in_every_writing() {
    let dates = ["2025/03/03", "20250303", "2025-03-03", "2025/03/03 08:30"];
    let seen = Case::new().file("offre.csv", &offer(&dates)).check();
    assert_eq!(seen.rules(), []);
    assert_eq!(days_of(&seen, "offre", "date"), ["2025-03-03"; 4]);

    let seen = Case::new().file("offre.csv", &offer(&["2025-03-03", "20250230"])).check();
    assert!(seen.findings[0].message.contains("n'existe pas"), "{:?}", seen.findings[0]);
}

#[test]
fn a_cell_at_the_hour_of_a_midnight_elsewhere_has_no_sure_day() {
    // A number of days, and the same as a text: as instants without an offset.
    for date in ["45719.958333333336", "2025-03-03 23:00", "45811.916666666664"] {
        let table = format!(
            "code_commune,date,type,etp\n61006,2025-03-04,depart_mg,1\n61006,{date},installation_mg,1\n"
        );
        let bytes = sheet("offre", &table).save_to_buffer().unwrap();
        let seen = Case::new().file("offre.xlsx", &bytes).check();
        assert_eq!(seen.rules(), [("type", 3)], "{date}");
        assert!(seen.findings[0].message.contains("cet instant est le 03/0"), "{date}");
    }
}

#[test]
fn bounds_decide_where_one_reading_alone_is_possible() {
    let offered = |slots: &str| {
        let text = format!(
            "id_medicobus;date;code_commune;creneaux_offerts;creneaux_honores\n28-orne-01;2025-03-04;61006;{slots};9\n"
        );
        Case::new().file("tournees.csv", text.as_bytes()).check()
    };
    let seen = offered("12,000");
    assert!(
        seen.accepted() && seen.rules() == [("consultations_absentes", 0)],
        "{:?}",
        seen.rules()
    );
    let seen = offered("1,200");
    assert!(seen.rules().iter().any(|(rule, _)| *rule == "borne"), "{:?}", seen.rules());

    // Both fifty thousand and fifty are lawful amounts.
    let seen = Case::new()
        .file("financements.csv", amounts(&["75'000", "7.5E4"]).as_bytes())
        .check();
    assert_eq!(read_amounts(&seen), [7_500_000, 7_500_000]);
    let seen = Case::new().file("financements.csv", amounts(&["7.50E+04"]).as_bytes()).check();
    assert!(seen.findings[0].hint.contains("format Nombre"), "{:?}", seen.findings[0]);
}

#[test]
fn hours_that_are_none_say_what_they_are() {
    let toured = |hour: &str| {
        let text = format!(
            "id_medicobus;date;code_commune;heure_debut;creneaux_offerts;creneaux_honores\n28-orne-01;2025-03-04;61006;{hour};12;9\n"
        );
        Case::new().file("tournees.csv", text.as_bytes()).check()
    };
    for (hour, hint) in [
        ("0.375", "l'heure 09:00"),
        ("0,375", "l'heure 09:00"),
        ("24:00", "minuit s'écrit 00:00"),
        ("midi", "HH:MM"),
    ] {
        let seen = toured(hour);
        let told = seen.findings.iter().find(|f| f.rule == Rule::Motif).unwrap();
        assert!(told.message.contains("une heure de 00:00 à 23:59"), "{told:?}");
        assert!(told.hint.contains(hint), "{hour}: {told:?}");
    }
}

#[test]
fn letters_of_another_alphabet_are_shown() {
    for (bus, sign) in [("28-\u{43e}rne-01", "U+043E"), ("28-\u{3bf}rne-01", "U+03BF")] {
        let seen = Case::new().consultations(&[&good("C1").replace("28-orne-01", bus)]).check();
        let told = &seen.findings[0];
        assert!(
            told.message.contains("autre alphabet") && told.message.contains(sign),
            "{told:?}"
        );
        assert!(told.value.as_deref().unwrap_or_default().contains(sign), "{told:?}");
    }
    let seen = Case::new()
        .consultations(&[&good("C1").replace("61006", "2\u{410}004")])
        .check();
    let told = &seen.findings[0];
    assert!(told.message.contains("U+0410") && told.field.as_deref() == Some("code_commune"));
}

#[test]
fn encodings_that_hide_behind_others_are_named() {
    let wide: Vec<u8> = ISO_BUS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let seen = Case::new().file("medicobus.csv", &wide).check();
    assert!(!seen.accepted());
    let told = &seen.findings[0];
    assert_eq!(told.rule, Rule::FichierIllisible);
    assert!(told.message.contains("UTF-16 sans sa marque"), "{told:?}");

    for name in ["M&eacute;dicobus", "L&#39;Orne"] {
        let bus = ISO_BUS.replace("Essai", name);
        let seen = Case::new().file("medicobus.csv", bus.as_bytes()).check();
        assert_eq!(seen.rules()[0], ("encodage", 2));
        assert!(seen.findings[0].message.contains("HTML"), "{:?}", seen.findings[0]);
    }
}

/// How one file writes its numbers.
#[derive(Debug, Clone)]
struct Marks {
    decimal: char,
    thousands: &'static str,
}

prop_compose! {
    fn marks()(comma in any::<bool>(), group in 0usize..4) -> Marks {
        let (decimal, other) = if comma { (',', ".") } else { ('.', ",") };
        Marks { decimal, thousands: ["", " ", "\u{202f}", other][group] }
    }
}

impl Marks {
    /// An amount in cents, with as many decimals as it needs and `more`.
    fn write(&self, cents: u64, more: usize) -> String {
        let whole = (cents / 100).to_string();
        let mut text = String::new();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push_str(self.thousands);
            }
            text.push(digit);
        }

        let fraction = format!("{:02}", cents % 100);
        let needed = fraction.trim_end_matches('0').len();
        let decimals: String =
            fraction.chars().chain(std::iter::repeat('0')).take(needed + more).collect();
        if decimals.is_empty() {
            text
        } else {
            format!("{text}{}{decimals}", self.decimal)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_amount_is_the_right_one_or_refused(
        files in proptest::collection::vec((marks(), proptest::collection::vec((0u64..900_000_000, 0u32..4, 0usize..4), 1..5)), 1..4),
    ) {
        let mut case = Case::new().file("medicobus.csv", ISO_BUS.as_bytes());
        let mut known = BTreeMap::new();
        for (f, (marks, rows)) in files.iter().enumerate() {
            let mut text = String::from("id_medicobus;annee;financeur;nature;montant\n");
            for (r, (cents, round, more)) in rows.iter().enumerate() {
                // Amounts are mostly round.
                let unit = 10u64.pow(*round * 2);
                let cents = cents / unit * unit;
                let nature = ["fonctionnement", "investissement"][r % 2];
                let financeur = [["fir", "region"], ["etat", "commune"], ["autre", "departement"]][f][r / 2];
                known.insert((financeur.to_owned(), nature.to_owned()), i128::from(cents));
                text.push_str(&format!("28-orne-01;2025;{financeur};{nature};{}\n", marks.write(cents, *more)));
            }
            case = case.file(&format!("financements_{f}.csv"), text.as_bytes());
        }

        let seen = case.check();
        let financeurs = seen.rows.texts("financements", "financeur");
        let natures = seen.rows.texts("financements", "nature");
        for ((financeur, nature), cents) in financeurs.into_iter().zip(natures).zip(read_amounts(&seen)) {
            prop_assert_eq!(known[&(financeur, nature)], cents);
        }
        let odd: Vec<_> = seen.rules().into_iter().filter(|(rule, _)| !["nombre_ambigu", "aucune_ligne_acceptee"].contains(rule)).collect();
        prop_assert!(odd.is_empty(), "{odd:?}");
    }

    #[test]
    fn a_count_is_the_right_one_or_refused(
        stated in any::<bool>(),
        files in proptest::collection::vec((marks(), proptest::collection::vec((1u64..900_000, 0u32..4, 0usize..3), 1..4)), 1..4),
    ) {
        // What a sender states is true of all files.
        let mark = files[0].0.decimal;
        let stated = stated && files.iter().all(|(marks, _)| marks.decimal == mark);
        let header = if stated { format!("decimale = \"{mark}\"\n") } else { String::new() };
        let mut case = Case::new()
            .file("livraison.toml", format!("{STATED}{header}").as_bytes())
            .file("medicobus.csv", ISO_BUS.as_bytes());
        let mut known = BTreeMap::new();
        for (f, (marks, rows)) in files.iter().enumerate() {
            let mut text = String::from(TERRITORIES);
            for (r, (count, round, more)) in rows.iter().enumerate() {
                let unit = 10u64.pow(*round);
                let count = (count / unit * unit).max(1);
                let code = ["61001", "61006", "14118"][f];
                let period = ["2025-T1", "2025-T2", "2025-T3"][r];
                known.insert((code.to_owned(), period.to_owned()), i64::try_from(count).unwrap());
                text.push_str(&format!("{code};commune;{period};{};0\n", marks.write(count * 100, *more)));
            }
            case = case.file(&format!("territoires_{f}.csv"), text.as_bytes());
        }

        let seen = case.check();
        let codes = seen.rows.texts("territoires", "code_territoire");
        let periods = seen.rows.texts("territoires", "periode");
        for ((code, period), count) in codes.into_iter().zip(periods).zip(counts_of(&seen)) {
            prop_assert_eq!(known[&(code, period)], count);
        }
        let lawful = ["nombre_ambigu", "aucune_ligne_acceptee", "type"];
        let odd: Vec<_> = seen.rules().into_iter().filter(|(rule, _)| !lawful.contains(rule)).collect();
        prop_assert!(odd.is_empty(), "{odd:?}");
    }

    #[test]
    fn a_day_is_the_right_one_or_refused(
        month_first in any::<bool>(),
        // The clocks change later in March and October.
        files in proptest::collection::vec((0usize..7, proptest::collection::vec((1u32..13, 1u32..25, any::<bool>()), 1..6)), 1..4),
    ) {
        let slashed = if month_first { "%m/%d/%Y" } else { "%d/%m/%Y" };
        let mut case = Case::new().file("medicobus.csv", ISO_BUS.as_bytes());
        let mut known = Vec::new();
        for (f, (form, rows)) in files.iter().enumerate() {
            let write = |day: NaiveDate| match form {
                0 => day.to_string(),
                1 => (values::epoch_days(day) + 25_569).to_string(),
                2 => format!("{}T{}Z", day.pred_opt().unwrap(), if (4..=10).contains(&chrono::Datelike::month(&day)) { "22:00:00" } else { "23:00" }),
                3 => day.format("%Y/%m/%d").to_string(),
                4 => day.format("%Y%m%d").to_string(),
                _ => day.format(slashed).to_string(),
            };
            let mut dates = Vec::new();
            for (month, day, small) in rows {
                let day = NaiveDate::from_ymd_opt(2025, *month, if *small { day % 12 + 1 } else { *day }).unwrap();
                known.push((f, day.to_string()));
                dates.push(write(day));
            }
            let dates: Vec<&str> = dates.iter().map(String::as_str).collect();
            let kind = ["installation_mg", "depart_mg", "autre"][f];
            let text = String::from_utf8(offer(&dates)).unwrap().replace("installation_mg", kind);
            case = case.file(&format!("offre_{f}.csv"), text.as_bytes());
        }

        let seen = case.check();
        let ambiguous = seen.findings.iter().any(|f| f.rule == Rule::DatesAmbigues);
        prop_assert_eq!(seen.accepted(), !ambiguous);
        if !ambiguous {
            let known: Vec<String> = known.into_iter().map(|(_, day)| day).collect();
            prop_assert_eq!(days_of(&seen, "offre", "date"), known);
        }
    }
}
