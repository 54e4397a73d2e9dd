//! Rules that join the fields of one row, on typed columns.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Decimal128Type, Int64Type};
use chrono::NaiveDate;

use crate::period::Period;
use crate::rows::column_reader::Note;
use crate::rows::values::day_text;
use crate::rows::values::{epoch_days, from_epoch};
use crate::{CommuneRegister, Finding};
use contract::{Rule, TableSchema};

/// What rules compare rows with.
pub(crate) struct Frame<'a> {
    pub(crate) communes: &'a dyn CommuneRegister,
    pub(crate) region: &'a str,
    pub(crate) period: &'a Period,
    pub(crate) today: NaiveDate,
}

/// A batch with look-ups by name that give nothing for an absent value.
struct NamedColumns<'a>(&'a RecordBatch);

impl NamedColumns<'_> {
    fn text(&self, name: &str, row: usize) -> Option<&str> {
        let column = self.0.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(row).then(|| column.value(row))
    }

    fn day(&self, name: &str, row: usize) -> Option<i32> {
        let column = self.0.column_by_name(name)?.as_primitive_opt::<Date32Type>()?;
        column.is_valid(row).then(|| column.value(row))
    }

    fn int(&self, name: &str, row: usize) -> Option<i64> {
        let column = self.0.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        column.is_valid(row).then(|| column.value(row))
    }

    /// A number with decimals, in units of its last digit.
    fn decimal(&self, name: &str, row: usize) -> Option<i128> {
        let column = self.0.column_by_name(name)?.as_primitive_opt::<Decimal128Type>()?;
        column.is_valid(row).then(|| column.value(row))
    }
}

/// Checks the rows of one table. Rows with an unreadable cell take part with what could be read.
pub(crate) fn check(
    table: &TableSchema,
    batch: &RecordBatch,
    frame: &Frame<'_>,
    note: &mut Note<'_>,
) {
    period(table, batch, frame, note);
    let rows = NamedColumns(batch);
    let count = batch.num_rows();

    match table.name.as_str() {
        "consultations" => consultations(&rows, count, frame, note),
        "tournees" => tournees(&rows, count, frame, note),
        "medicobus" => (0..count).for_each(|r| medicobus(&rows, r, frame, note)),
        "dessertes" => (0..count)
            .for_each(|r| ordered(&rows, r, "date_debut", "date_fin", Rule::DatesOrdre, note)),
        "financements" => (0..count).for_each(|r| {
            let amounts = rows.decimal("engage", r).zip(rows.decimal("montant", r));
            if amounts.is_some_and(|(committed, amount)| committed > amount) {
                note(r, exceeds("engage", "montant"));
            }
        }),
        "territoires" => (0..count).for_each(|r| territoires(&rows, r, frame, note)),
        "delais_mg" => (0..count).for_each(|r| delais(&rows, r, frame, note)),
        "offre" | "projets_cahier" => {
            (0..count).for_each(|r| past(&rows, r, "date", frame, note));
        }
        "demandes" => (0..count).for_each(|r| demandes(&rows, r, frame, note)),
        "mesures_concurrentes" => (0..count).for_each(|r| {
            territory(&rows, r, frame, note);
            ordered(&rows, r, "date_debut", "date_fin", Rule::DatesOrdre, note);
        }),
        "objectifs" => (0..count).for_each(|r| objectifs(&rows, r, frame, note)),
        _ => {}
    }
}

fn tell(rule: Rule, field: &str, row: usize, note: &mut Note<'_>) {
    // French sentences start in lower case inside a message.
    let mut title = rule.title().chars();
    let first = title.next().into_iter().flat_map(char::to_lowercase);
    let message = "règle non tenue : ".chars().chain(first).chain(title).collect::<String>();

    note(row, Finding::new(rule, message).field(field));
}

fn period(table: &TableSchema, batch: &RecordBatch, frame: &Frame<'_>, note: &mut Note<'_>) {
    let Some(name) = table.extension.period_field.as_deref() else {
        return;
    };
    let Some(column) = batch.column_by_name(name) else {
        return;
    };

    let mut outside = |row: usize, value: String| {
        let message = format!("la ligne est hors de la période livrée ({})", frame.period.text);

        note(row, Finding::new(Rule::Periode, message).field(name).value(value));
    };

    if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        let (start, end) = (epoch_days(frame.period.start), epoch_days(frame.period.end));
        for (row, day) in days.iter().enumerate() {
            if let Some(day) = day.filter(|d| *d < start || *d > end) {
                outside(row, from_epoch(day).map(day_text).unwrap_or_default());
            }
        }
    } else if let Some(years) = column.as_primitive_opt::<Int64Type>() {
        for (row, year) in years.iter().enumerate() {
            if let Some(year) = year.filter(|y| !frame.period.overlaps_year(*y)) {
                outside(row, year.to_string());
            }
        }
    } else if let Some(texts) = column.as_string_opt::<i32>() {
        for (row, text) in texts.iter().enumerate() {
            if let Some(text) =
                text.filter(|t| !Period::parse(t).is_ok_and(|p| p.overlaps(frame.period)))
            {
                outside(row, text.to_owned());
            }
        }
    }
}

fn past(rows: &NamedColumns<'_>, r: usize, name: &str, frame: &Frame<'_>, note: &mut Note<'_>) {
    if rows.day(name, r).is_some_and(|d| d > epoch_days(frame.today)) {
        tell(Rule::DateFuture, name, r, note);
    }
}

fn ordered(
    rows: &NamedColumns<'_>,
    r: usize,
    first: &str,
    second: &str,
    rule: Rule,
    note: &mut Note<'_>,
) {
    if let (Some(a), Some(b)) = (rows.day(first, r), rows.day(second, r))
        && b < a
    {
        tell(rule, second, r, note);
    }
}

fn consultations(rows: &NamedColumns<'_>, count: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    for r in 0..count {
        let held = rows.day("date_consultation", r);
        past(rows, r, "date_consultation", frame, note);
        if let (Some(asked), Some(held)) = (rows.day("date_demande", r), held)
            && asked > held
        {
            tell(Rule::DemandeAvantConsultation, "date_demande", r, note);
        }

        if let Some(declared) = rows.day("mt_declare_le", r) {
            past(rows, r, "mt_declare_le", frame, note);
            if rows.text("statut_mt", r).is_some_and(|s| s != "sans") {
                tell(Rule::MtDeclareSans, "mt_declare_le", r, note);
            }
            if held.is_some_and(|h| declared < h) {
                tell(Rule::MtDeclareApres, "mt_declare_le", r, note);
            }
        }

        if rows.text("non_programme", r) == Some("oui")
            && rows.text("adressage", r).is_some_and(|a| a != "sas")
        {
            tell(Rule::NonProgrammeSas, "adressage", r, note);
        }
    }
}

fn tournees(rows: &NamedColumns<'_>, count: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    for r in 0..count {
        let honoured = rows.int("creneaux_honores", r);
        // A tour to come may be planned; nobody was seen on it.
        if honoured.is_some_and(|h| h > 0) {
            past(rows, r, "date", frame, note);
        }

        if let (Some(h), Some(o)) = (honoured, rows.int("creneaux_offerts", r))
            && h > o
        {
            tell(Rule::HonoresOfferts, "creneaux_honores", r, note);
        }

        // HH:MM compares as text.
        if let (Some(a), Some(b)) = (rows.text("heure_debut", r), rows.text("heure_fin", r))
            && b <= a
        {
            tell(Rule::HeuresOrdre, "heure_fin", r, note);
        }

        if rows.text("annulee", r) == Some("oui") && honoured.is_some_and(|h| h > 0) {
            tell(Rule::AnnuleeHonoree, "creneaux_honores", r, note);
        }
    }
}

fn medicobus(rows: &NamedColumns<'_>, r: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    if let Some(region) = rows.text("code_region", r).filter(|c| *c != frame.region) {
        note(
            r,
            Finding::new(
                Rule::RegionDeLaLivraison,
                format!("le projet n'est pas de la région {}", frame.region),
            )
            .field("code_region")
            .value(region),
        );
    }

    for (first, second, rule) in [
        ("date_mise_en_service", "date_fin", Rule::DatesOrdre),
        ("date_labellisation", "date_mise_en_service", Rule::ServiceAvantLabel),
    ] {
        ordered(rows, r, first, second, rule, note);
    }

    if rows.text("motif_fin", r).is_some() && rows.day("date_fin", r).is_none() {
        tell(Rule::MotifSansObjet, "motif_fin", r, note);
    }
}

/// A territory is one that is counted: a commune or an EPCI of today. What cannot be one is refused, what may have been one is kept
/// and said. Which codes are those of TVS, only the zonings say, which the delivery does not know.
fn territory(rows: &NamedColumns<'_>, r: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    let Some(code) = rows.text("code_territoire", r) else { return };
    // The survey of delays may not say what a code is of.
    let stated = rows.text("type_territoire", r);
    let of = stated.unwrap_or(if code.len() == 9 { "epci" } else { "commune" });

    let uncounted = |message: String| Finding::new(Rule::TerritoireNonCompte, message);
    let finding = match of {
        "commune" if frame.communes.exists(code) => return,
        "epci" if frame.communes.is_epci(code) => return,
        "tvs" if code.len() != 9 => return,
        "commune" => {
            let year = chrono::Datelike::year(&frame.period.end);
            match frame.communes.successor(code, year) {
                // Counts of people cannot be moved from one commune to another row by row.
                Some(next) => uncounted(format!(
                    "la commune {code} est aujourd'hui dans {next} : la ligne est gardée, mais aucun tableau ne la compte"
                ))
                .hint("demandez la table dans la géographie en vigueur"),
                None => {
                    let unknown = Finding::new(
                        Rule::CommuneInconnue,
                        "la commune n'existe pas au code officiel géographique",
                    );
                    match stated {
                        Some(_) => unknown,
                        None => unknown.hint(
                            "un territoire de vie-santé se dit par la colonne type_territoire : tvs",
                        ),
                    }
                }
            }
        }
        "epci" => uncounted(
            "l'EPCI n'est pas de ceux d'aujourd'hui : la ligne est gardée, mais aucun tableau ne la compte".to_owned(),
        )
        .hint("corrigez le numéro Siren, ou demandez la table dans la géographie en vigueur"),
        _ => uncounted(
            "neuf chiffres ne sont pas le code d'un territoire de vie-santé : la ligne est gardée, mais aucun tableau ne la compte".to_owned(),
        )
        .hint("écrivez epci dans type_territoire si c'est le Siren d'un EPCI"),
    };

    note(r, finding.field("code_territoire").value(code));
}

fn territoires(rows: &NamedColumns<'_>, r: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    territory(rows, r, frame, note);

    let parts = [
        ("patients_sans_mt", "patients"),
        ("ald", "patients"),
        ("ages_70_plus", "patients"),
        ("ald_sans_mt", "ald"),
        ("ald_sans_mt", "patients_sans_mt"),
        ("ages_70_plus_sans_mt", "ages_70_plus"),
        ("ages_70_plus_sans_mt", "patients_sans_mt"),
    ];
    within(rows, r, &parts, note);
}

fn exceeds(part: &str, whole: &str) -> Finding {
    Finding::new(Rule::SousEnsemble, format!("{part} dépasse {whole}")).field(part)
}

/// A part does not exceed its whole.
fn within(rows: &NamedColumns<'_>, r: usize, parts: &[(&str, &str)], note: &mut Note<'_>) {
    for (part, whole) in parts {
        if let (Some(p), Some(w)) = (rows.int(part, r), rows.int(whole, r))
            && p > w
        {
            note(r, exceeds(part, whole));
        }
    }
}

fn demandes(rows: &NamedColumns<'_>, r: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    let begins = rows.text("mois", r).and_then(|m| Period::parse(m).ok()).map(|p| p.start);
    if begins.is_some_and(|day| day > frame.today) {
        tell(Rule::DateFuture, "mois", r, note);
    }

    let parts = ["rendez_vous", "reorientees", "refusees"].map(|part| (part, "demandes"));
    within(rows, r, &parts, note);

    if rows.text("motif_refus_principal", r).is_some() && rows.int("refusees", r) == Some(0) {
        tell(Rule::MotifSansObjet, "motif_refus_principal", r, note);
    }
}

/// A région tells of its own objectives, or of the nation's.
fn objectifs(rows: &NamedColumns<'_>, r: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    if let Some(region) = rows.text("code_region", r).filter(|c| *c != frame.region && *c != "FR") {
        let message = format!("l'objectif n'est ni de la région {} ni national", frame.region);
        let finding = Finding::new(Rule::RegionDeLaLivraison, message);
        note(
            r,
            finding
                .field("code_region")
                .value(region)
                .hint("retirez la ligne, ou corrigez son code de région"),
        );
    }
}

fn delais(rows: &NamedColumns<'_>, r: usize, frame: &Frame<'_>, note: &mut Note<'_>) {
    territory(rows, r, frame, note);
    past(rows, r, "date_demande", frame, note);
    let obtained = rows.text("resultat", r).map(|t| t == "obtenu");
    match (obtained, rows.int("delai_jours", r)) {
        (Some(false), Some(_)) => tell(Rule::DelaiSansRendezVous, "delai_jours", r, note),
        (Some(true), None) => tell(Rule::DelaiAbsent, "delai_jours", r, note),
        _ => {}
    }
}
