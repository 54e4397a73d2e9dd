//! Properties: a random valid table written in any dialect reads back equal; a random fault is told at its line and column.

use arrow::array::Array;
use proptest::prelude::*;

use super::*;
use crate::rows::values;

/// One consultation, as the store should hold it; empty for an absent value.
type Ligne = Vec<String>;

const COLONNES: [&str; 19] = [
    "id_consultation",
    "id_medicobus",
    "date_consultation",
    "date_demande",
    "code_commune",
    "cle_patient",
    "tranche_age",
    "sexe",
    "ald",
    "c2s",
    "isole",
    "statut_mt",
    "mode",
    "discipline",
    "nature",
    "non_programme",
    "adressage",
    "orientation",
    "mt_declare_le",
];

fn un_de(valeurs: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    proptest::sample::select(valeurs.to_vec()).prop_map(str::to_owned)
}

prop_compose! {
    fn ligne()(
        (held, asked) in (60u32..360, 1u32..60),
        commune in un_de(&["61001", "61006", "01004", "14118"]),
        key in "[a-z]{3}[A-Z0-9]{9}[g-z]",
        age in un_de(&["00-16", "17-29", "30-44", "45-59", "60-69", "70-79", "80+"]),
        sexe in un_de(&["", "F", "M"]),
        (ald, c2s, isole) in (un_de(&["oui", "non", "inconnu"]), un_de(&["", "oui", "non", "inconnu"]), un_de(&["", "oui", "non"])),
        (statut, mode) in (un_de(&["avec", "sans", "indisponible", "inconnu"]), un_de(&["presentiel", "teleconsultation"])),
        discipline in un_de(&["medecine_generale", "gynecologie", "odontologie", "autre"]),
        nature in un_de(&["soin", "prevention"]),
        (programme, adressage) in (un_de(&["", "non"]), un_de(&["", "cellule", "sas", "cpam", "professionnel", "autre"])),
        orientation in un_de(&["", "aucune", "mt_propose", "specialiste", "mission_accompagnement_sante"]),
        declare in any::<bool>(),
    ) -> Ligne {
        let date = |n: u32| NaiveDate::from_yo_opt(2025, n).unwrap().format("%Y-%m-%d").to_string();
        let mt = if declare && statut == "sans" { date(held + 1) } else { String::new() };
        vec![
            String::new(), "28-orne-01".into(), date(held), if asked % 7 == 0 { String::new() } else { date(held - asked) },
            commune, key, age, sexe, ald, c2s, isole, statut, mode, discipline, nature, programme, adressage, orientation, mt,
        ]
    }
}

fn table() -> impl Strategy<Value = Vec<Ligne>> {
    proptest::collection::vec(ligne(), 1..40).prop_map(|mut rows| {
        for (i, row) in rows.iter_mut().enumerate() {
            row[0] = format!("C{i:04}");
        }
        rows
    })
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Boite {
    Csv,
    Gzip,
    Classeur,
}

#[derive(Debug, Clone)]
struct Ecriture {
    separateur: char,
    encodage: &'static str,
    dates: &'static str,
    oui_non: (&'static str, &'static str),
    crlf: bool,
    majuscules: bool,
    guillemets: bool,
    zeros_perdus: bool,
    fin: bool,
    boite: Boite,
}

prop_compose! {
    fn ecriture()(
        separateur in proptest::sample::select(vec![',', ';', '\t', '|']),
        encodage in proptest::sample::select(vec!["utf-8", "bom", "windows-1252", "iso-8859-15", "utf-16"]),
        dates in proptest::sample::select(vec!["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "serie", "%Y-%m-%dT00:00:00"]),
        oui_non in proptest::sample::select(vec![("oui", "non"), ("1", "0"), ("true", "false"), ("VRAI", "FAUX"), ("O", "N")]),
        crlf in any::<bool>(),
        majuscules in any::<bool>(),
        guillemets in any::<bool>(),
        zeros_perdus in any::<bool>(),
        fin in any::<bool>(),
        boite in proptest::sample::select(vec![Boite::Csv, Boite::Gzip, Boite::Classeur]),
    ) -> Ecriture {
        Ecriture { separateur, encodage, dates, oui_non, crlf, majuscules, guillemets, zeros_perdus, fin, boite }
    }
}

impl Ecriture {
    fn cellule(&self, colonne: &str, valeur: &str) -> String {
        if colonne == "code_commune" && self.zeros_perdus {
            return valeur.trim_start_matches('0').to_owned();
        }
        if valeur == "oui" {
            return self.oui_non.0.to_owned();
        }
        if valeur == "non" {
            return self.oui_non.1.to_owned();
        }
        if valeur == "medecine_generale" && self.majuscules {
            return "Médecine générale".into();
        }
        match NaiveDate::parse_from_str(valeur, "%Y-%m-%d") {
            Ok(day) if self.dates == "serie" => (values::epoch_days(day) + 25_569).to_string(),
            Ok(day) => day.format(self.dates).to_string(),
            Err(_) => valeur.to_owned(),
        }
    }

    fn ecrire(&self, case: Case, rows: &[Ligne]) -> Case {
        let header = COLONNES.iter().map(|c| {
            if self.majuscules {
                c.to_uppercase().replace("DECLARE", "DÉCLARÉ")
            } else {
                (*c).to_owned()
            }
        });
        let mut grid: Vec<Vec<String>> = vec![header.collect()];
        grid.extend(
            rows.iter()
                .map(|row| COLONNES.iter().zip(row).map(|(c, v)| self.cellule(c, v)).collect()),
        );
        if self.boite == Boite::Classeur {
            let mut book = rust_xlsxwriter::Workbook::new();
            let sheet = book.add_worksheet().set_name("consultations").unwrap();
            for (r, row) in grid.iter().enumerate() {
                for (c, cell) in row.iter().enumerate() {
                    match cell.parse::<f64>() {
                        Ok(n) if r > 0 => drop(sheet.write(r as u32, c as u16, n).unwrap()),
                        _ => drop(sheet.write(r as u32, c as u16, cell).unwrap()),
                    }
                }
            }
            return case.file("consultations.xlsx", &book.save_to_buffer().unwrap());
        }
        let end = if self.crlf { "\r\n" } else { "\n" };
        let lines: Vec<String> = grid
            .iter()
            .map(|row| {
                let cells: Vec<String> = row
                    .iter()
                    .map(|c| if self.guillemets { format!("\"{c}\"") } else { c.clone() })
                    .collect();
                cells.join(&self.separateur.to_string())
            })
            .collect();
        let mut text = lines.join(end);
        if self.fin {
            text.push_str(end);
        }
        let bytes: Vec<u8> = match self.encodage {
            "bom" => format!("\u{feff}{text}").into_bytes(),
            "windows-1252" => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            "iso-8859-15" => encoding_rs::ISO_8859_15.encode(&text).0.into_owned(),
            "utf-16" => std::iter::once(0xFEFF)
                .chain(text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect(),
            _ => text.into_bytes(),
        };
        if self.boite == Boite::Gzip {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(&bytes).unwrap();
            return case.file("consultations.csv.gz", &gz.finish().unwrap());
        }
        case.file("consultations.csv", &bytes)
    }
}

/// The accepted consultations as text, dates in ISO.
fn relu(seen: &Checked) -> Vec<Ligne> {
    let mut rows = Vec::new();
    for batch in seen.rows.0.get("consultations").into_iter().flatten() {
        for r in 0..batch.num_rows() {
            let cell = |name: &&str| {
                let column = batch.column_by_name(name).unwrap();
                if column.is_null(r) {
                    return String::new();
                }
                match column.as_primitive_opt::<Date32Type>() {
                    Some(days) => values::from_epoch(days.value(r)).unwrap().to_string(),
                    None => column.as_string::<i32>().value(r).to_owned(),
                }
            };
            rows.push(COLONNES.iter().map(cell).collect());
        }
    }
    rows
}

/// What may be told of a table that is right.
const ATTENDUS: [&str; 2] = ["zero_retabli", "hors_itineraire"];

/// A fault that any row may have: column, value, rule.
const FAUTES: [(&str, &str, &str); 12] = [
    ("id_consultation", "", "requis"),
    ("id_medicobus", "28-orne-99", "cle_etrangere"),
    ("date_consultation", "31/02/2025", "type"),
    ("date_consultation", "2024-06-03", "periode"),
    ("date_demande", "2025-12-31", "demande_avant_consultation"),
    ("code_commune", "99999", "commune_inconnue"),
    ("tranche_age", "42", "valeur_admise"),
    ("tranche_age", "", "requis"),
    ("sexe", "Z", "valeur_admise"),
    ("ald", "peut-être", "valeur_admise"),
    ("mode", "visio", "valeur_admise"),
    ("mt_declare_le", "demain", "type"),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_valid_table_reads_back_equal_from_every_dialect(rows in table(), how in ecriture()) {
        let seen = how.ecrire(Case::new(), &rows).check();
        let odd: Vec<_> = seen.rules().into_iter().filter(|(r, _)| !ATTENDUS.contains(r)).collect();
        prop_assert!(odd.is_empty(), "{odd:?}");
        prop_assert!(seen.accepted());
        prop_assert_eq!(relu(&seen), rows);
    }

    #[test]
    fn a_fault_is_told_at_its_line_and_column_and_nothing_else_is_lost(
        rows in table(),
        how in ecriture(),
        (fault, place) in (0..FAUTES.len(), any::<proptest::sample::Index>()),
    ) {
        let (column, value, rule) = FAUTES[fault];
        let at = place.index(rows.len());
        let mut broken = rows.clone();
        let number = |name: &str| COLONNES.iter().position(|c| *c == name).unwrap();
        broken[at][number(column)] = value.to_owned();
        if column == "date_consultation" {
            // Another date of the row would break a second rule.
            broken[at][number("date_demande")].clear();
            broken[at][number("mt_declare_le")].clear();
        }
        // One more good row, or a file with nothing accepted is refused whole.
        let mut good = ligne_sure();
        good[0] = "C9999".into();
        broken.push(good.clone());
        let seen = how.ecrire(Case::new(), &broken).check();
        let told: Vec<_> = seen
            .findings
            .iter()
            .filter(|f| !ATTENDUS.contains(&f.rule.code()))
            .map(|f| (f.rule.code(), f.line, f.field.as_deref()))
            .collect();
        prop_assert_eq!(told, vec![(rule, Some(at as u64 + 2), Some(column))]);
        let mut kept = rows;
        kept.remove(at);
        kept.push(good);
        prop_assert_eq!(relu(&seen), kept);
    }
}

fn ligne_sure() -> Ligne {
    [
        "",
        "28-orne-01",
        "2025-06-04",
        "",
        "61006",
        "p7Qx2mVb91Ld",
        "60-69",
        "F",
        "oui",
        "",
        "",
        "avec",
        "presentiel",
        "medecine_generale",
        "soin",
        "",
        "",
        "",
        "",
    ]
    .map(str::to_owned)
    .to_vec()
}
