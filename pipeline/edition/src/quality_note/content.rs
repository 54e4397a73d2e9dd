//! The quality note of a delivery: what was received, how complete it is, what was refused and what to ask the sender. It holds
//! counts of rows and of stops, never a value of a row nor a count of patients.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use base::french::{MISSING, long_date, number, percent, typography};
use contract::{Rule, Severity};
use delivery::{DetectedDialect, FileReport, Presence, Report, SummaryLine, Verdict};
use report::content::{
    Bilan, Block, Chapter, Day, KeyFigure, NamedZone, PrintedColumn, PrintedTable, ProvenancePage,
    SummaryPage, Tone,
};
use report::document::Document;

/// Rules shown of each effect, the most broken first.
const REGLES: usize = 8;
/// Fixes listed, and asked of the sender.
const CORRECTIONS: usize = 5;
/// Months beside one another in the table of completeness.
const MOIS_MAX: usize = 12;
/// Lines of completeness, of all its tables together.
const BUS_MAX: usize = 24;
/// Files named one by one.
const FICHIERS_MAX: usize = 14;
/// Reasons of a refusal that are told.
const MOTIFS_MAX: usize = 5;

/// What a note says.
#[derive(Debug, Clone)]
pub struct NoteInput<'a> {
    /// Région of the delivery.
    pub zone: &'a NamedZone,
    /// What came of the check.
    pub report: &'a Report,
    /// Day of the check: the note is dated by the last day that the delivery can tell about.
    pub jour: NaiveDate,
    /// Program and version.
    pub programme: &'a str,
    /// Share of refused rows, in per cent, above which the delivery is not stored.
    pub tolerance: f64,
}

/// Makes the note, with its table of findings attached as CSV.
pub fn note(input: &NoteInput<'_>) -> Document {
    let (report, zone) = (input.report, input.zone);
    let periode = &report.header.periode;
    let date = periode.end.min(input.jour);
    let title = "Note de qualité";
    let mut subtitle = format!("{}, période {}", zone.full_name, periode.text);
    if !report.header.producteur.is_empty() {
        subtitle.push_str(&format!(", {}", report.header.producteur));
    }
    let content = Bilan {
        collection: "Médicobus : contrôle des livraisons".into(),
        description: typography(&format!(
            "{title} d'une livraison, {}, {}",
            zone.full_name, periode.text
        )),
        subtitle: typography(&subtitle),
        short_title: typography(&format!("Note de qualité · {} {}", zone.name, periode.text)),
        title: typography(title),
        issuer: typography(&report::bilan::default_issuer(zone)),
        logo: None,
        zone: zone.clone(),
        year: date.year(),
        date: Day {
            year: date.year(),
            month: date.month(),
            day: date.day(),
        },
        fictitious: report.fictives,
        publishable: true,
        draft: false,
        mentions: vec![typography(&format!(
            "Produit par {}, données jusqu'au {}, empreinte {}. La note compte des lignes de fichiers et des arrêts, jamais des patients ; aucune valeur refusée n'y est reproduite.",
            input.programme,
            long_date(date),
            report.sha256.chars().take(12).collect::<String>()
        ))],
        reading_guide: Vec::new(),
        cover: None,
        summary: summary_page(input),
        chapters: chapters(input),
        provenance: ProvenancePage::default(),
        attachments: Vec::new(),
    };
    let mut document = Document::without_tables("note_qualite.typ", content);
    document.attach(
        "constats.csv",
        "text/csv",
        "Constats comptés par règle, fichier et colonne",
        "data",
        constats(&report.summary),
    );
    if !report.completude.is_empty() {
        document.attach(
            "completude.csv",
            "text/csv",
            "Arrêts tenus et renseignés, par médicobus et par mois",
            "data",
            completude_csv(&report.completude),
        );
    }
    document
}

fn entier(x: u64) -> String {
    number(x as f64, 0)
}

fn part(report: &Report) -> f64 {
    let (lues, _, refusees) = report.totals();
    if lues == 0 {
        0.0
    } else {
        100.0 * refusees as f64 / lues as f64
    }
}

fn summary_page(input: &NoteInput<'_>) -> SummaryPage {
    let (lues, acceptees, refusees) = input.report.totals();
    let key_figure = |value: String, label: &str, detail: Option<String>| KeyFigure {
        value,
        label: label.into(),
        detail,
        change: None,
    };
    let part = percent(part(input.report));
    let (tone, title, texts) = match &input.report.verdict {
        Verdict::Accepted => (
            Tone::Compliant,
            "La livraison est recevable",
            vec![format!(
                "La part de lignes refusées ({part}) ne dépasse pas la tolérance ({}).",
                percent(input.tolerance)
            )],
        ),
        Verdict::Refused { why } => (
            Tone::Alert,
            "La livraison est refusée : rien n'en est enregistré",
            motifs(why),
        ),
    };
    SummaryPage {
        key_figures: vec![
            key_figure(entier(lues), "lignes lues", None),
            key_figure(entier(acceptees), "lignes acceptées", None),
            key_figure(entier(refusees), "lignes refusées", Some(part)),
        ],
        facts: Vec::new(),
        vigilance: Vec::new(),
        blocks: vec![Block::Callout {
            tone,
            title: typography(title),
            texts: texts.iter().map(|t| typography(t)).collect(),
        }],
    }
}

fn chapters(input: &NoteInput<'_>) -> Vec<Chapter> {
    let chapter = |id: &str, title: &str, blocks| Chapter {
        id: id.into(),
        title: title.into(),
        starts_page: false,
        sentences: Vec::new(),
        blocks,
    };
    let mut liste = vec![
        chapter(
            "recu",
            "Ce qui a été reçu",
            vec![fichiers(&input.report.files)],
        ),
        chapter("completude", "Complétude", completude(input.report)),
    ];
    if !input.report.summary.is_empty() {
        liste.push(chapter(
            "constats",
            "Constats",
            vec![regles(&input.report.summary)],
        ));
    }
    let corrections = corrections(&input.report.summary);
    let message = message(input, &corrections);
    liste.push(chapter(
        "message",
        match corrections.len() {
            0 => "Message prêt à envoyer",
            1 => "La correction à demander, dans un message prêt à envoyer",
            _ => "Les corrections qui rendraient le plus de lignes, dans un message prêt à envoyer",
        },
        vec![Block::Callout {
            tone: Tone::Info,
            title: typography(&format!("À {}", destinataire(input.report))),
            texts: message.iter().map(|t| typography(t)).collect(),
        }],
    ));
    liste
}

fn destinataire(report: &Report) -> &str {
    match report.header.producteur.as_str() {
        "" => "l'expéditeur",
        nom => nom,
    }
}

fn fichiers(files: &[FileReport]) -> Block {
    let nom = |f: &FileReport| f.sheet.clone().unwrap_or_else(|| f.file.clone());
    let mut rows: Vec<Vec<String>> = files
        .iter()
        .map(|f| {
            vec![
                nom(f),
                f.table.clone().unwrap_or_else(|| "non reconnu".into()),
                entier(f.read),
                entier(f.accepted),
                entier(f.refused),
            ]
        })
        .collect();
    if files.len() > FICHIERS_MAX {
        // Those with the most refused rows stay, in the order of the delivery.
        let mut rangs: Vec<usize> = (0..files.len()).collect();
        rangs.sort_by_key(|i| (std::cmp::Reverse(files[*i].refused), *i));
        let montres: BTreeSet<usize> = rangs.into_iter().take(FICHIERS_MAX - 1).collect();
        let reste = || {
            let reste = files.iter().enumerate();
            reste.filter(|(i, _)| !montres.contains(i)).map(|(_, f)| f)
        };
        let somme = |compte: fn(&FileReport) -> u64| entier(reste().map(compte).sum());
        let autres = vec![
            format!("Les {} autres", files.len() - montres.len()),
            String::new(),
            somme(|f| f.read),
            somme(|f| f.accepted),
            somme(|f| f.refused),
        ];
        let mut rang = 0;
        rows.retain(|_| {
            rang += 1;
            montres.contains(&(rang - 1))
        });
        rows.push(autres);
    }
    let columns = [
        ("Fichier ou feuille", true),
        ("Table", true),
        ("Lues", false),
        ("Acceptées", false),
        ("Refusées", false),
    ];
    // Most deliveries are written one way: each form is said once, with the files that have it.
    let mut formes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for f in files {
        if let Some(dialect) = &f.dialect {
            formes.entry(ecriture(dialect)).or_default().insert(nom(f));
        }
    }
    let notes: Vec<String> = formes
        .iter()
        .map(|(forme, noms)| {
            let qui = if formes.len() == 1 {
                "tous".to_string()
            } else {
                quelques(noms)
            };
            format!("Écriture reconnue : {forme} ({qui}).")
        })
        .chain(habitudes(files))
        .collect();
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    table(
        "recu",
        "Lignes lues, acceptées et refusées",
        &columns,
        rows,
        &notes,
    )
}

/// Characters, separator and decimal mark of a file.
fn ecriture(d: &DetectedDialect) -> String {
    let decimale = &d.decimal_mark;
    match d.separator.as_str() {
        "" => format!("{}, décimale « {decimale} »", d.encoding),
        "tabulation" => format!(
            "{}, séparateur tabulation, décimale « {decimale} »",
            d.encoding
        ),
        s => format!(
            "{}, séparateur « {s} », décimale « {decimale} »",
            d.encoding
        ),
    }
}

/// Forms of dates and words for yes and no, of all files together.
fn habitudes(files: &[FileReport]) -> Option<String> {
    let reunir = |f: fn(&DetectedDialect) -> &String| {
        let formes: BTreeSet<&String> = files
            .iter()
            .filter_map(|x| x.dialect.as_ref().map(f))
            .filter(|t| !t.is_empty())
            .collect();
        formes.into_iter().cloned().collect::<Vec<_>>().join(", ")
    };
    let (dates, mots) = (reunir(|d| &d.dates), reunir(|d| &d.yes_no));
    let parties = [("Dates", dates), ("oui et non", mots)];
    let text: Vec<String> = parties
        .into_iter()
        .filter(|(_, t)| !t.is_empty())
        .map(|(nom, t)| format!("{nom} : {t}"))
        .collect();
    (!text.is_empty()).then(|| format!("{}.", text.join(" ; ")))
}

/// Stops with a consultation over stops held: a row per bus, a column per month.
fn completude(report: &Report) -> Vec<Block> {
    let rows = &report.completude;
    let a_consultations = report
        .files
        .iter()
        .any(|f| f.table.as_deref() == Some("consultations") && f.read > 0);
    if rows.is_empty() || !a_consultations {
        let text = if a_consultations {
            "La livraison n'a pas de tournée acceptée : les consultations ne peuvent pas être rapprochées de l'itinéraire."
        } else {
            "La livraison n'apporte pas de consultations : il n'y a rien à rapprocher de l'itinéraire."
        };
        return vec![Block::Paragraph {
            text: typography(text),
        }];
    }
    let mois: BTreeSet<&str> = rows.iter().map(|l| l.mois.as_str()).collect();
    // Many months are too many columns: years then.
    let par_an = mois.len() > 2 * MOIS_MAX;
    let column = |mois: &str| -> String {
        let fin = if par_an { 4 } else { 7 };
        mois.get(..fin).unwrap_or(mois).to_string()
    };
    let mut par_bus: BTreeMap<&str, BTreeMap<String, Somme>> = BTreeMap::new();
    for row in rows {
        let case = par_bus.entry(&row.medicobus).or_default();
        case.entry(column(&row.mois)).or_default().ajouter(row);
    }
    let columns: Vec<String> = mois
        .iter()
        .map(|m| column(m))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let tranches: Vec<&[String]> = columns.chunks(MOIS_MAX).collect();
    let (montres, autres) = les_moins_renseignes(&par_bus, BUS_MAX / tranches.len().max(1));
    let mut notes = vec![
        "Arrêts avec au moins une consultation reçue / arrêts tenus selon la table tournees (un arrêt : un médicobus, un jour, une commune ; les tournées annulées ne comptent pas).".to_string(),
        "* : des consultations du mois ne sont à aucun arrêt de l'itinéraire. – : aucun arrêt.".to_string(),
    ];
    if !autres.is_empty() {
        notes.push(format!(
            "Sont montrés les {} médicobus les moins renseignés sur la période, sur {} ; le fichier joint completude.csv les donne tous.",
            montres.len(),
            par_bus.len()
        ));
    }
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    tranches
        .into_iter()
        .map(|tranche| {
            let mut titres = vec![("Médicobus".to_string(), true)];
            titres.extend(tranche.iter().map(|m| (mois_court(m), false)));
            let titres: Vec<(&str, bool)> = titres.iter().map(|(t, g)| (t.as_str(), *g)).collect();
            let rang = |nom: String, par_mois: &BTreeMap<String, Somme>| {
                let cellules = tranche
                    .iter()
                    .map(|m| par_mois.get(m).map_or(MISSING.into(), Somme::cellule));
                std::iter::once(nom).chain(cellules).collect::<Vec<_>>()
            };
            let mut rangs: Vec<Vec<String>> = par_bus
                .iter()
                .filter(|(bus, _)| montres.contains(*bus))
                .map(|(bus, par_mois)| rang((*bus).to_string(), par_mois))
                .collect();
            if !autres.is_empty() {
                let mut reste: BTreeMap<String, Somme> = BTreeMap::new();
                for row in rows
                    .iter()
                    .filter(|l| autres.contains(l.medicobus.as_str()))
                {
                    reste.entry(column(&row.mois)).or_default().ajouter(row);
                }
                rangs.push(rang(format!("Les {} autres", autres.len()), &reste));
            }
            table(
                "completude",
                if par_an {
                    "Arrêts renseignés, par médicobus et par an"
                } else {
                    "Arrêts renseignés, par médicobus et par mois"
                },
                &titres,
                rangs,
                &notes,
            )
        })
        .collect()
}

/// The buses that fit, those with the smallest share of stops with a consultation first, and the others.
fn les_moins_renseignes<'b>(
    par_bus: &BTreeMap<&'b str, BTreeMap<String, Somme>>,
    place: usize,
) -> (BTreeSet<&'b str>, BTreeSet<&'b str>) {
    let mut rangs: Vec<(u64, u64, &str)> = par_bus
        .iter()
        .map(|(bus, par_mois)| {
            let tenus: u64 = par_mois.values().map(|s| s.tenus).sum();
            let renseignes: u64 = par_mois.values().map(|s| s.renseignes).sum();
            // In ten thousandths; a bus without a stop has nothing to fill.
            let part = (10_000 * renseignes).checked_div(tenus).unwrap_or(10_000);
            (part, u64::MAX - (tenus - renseignes), *bus)
        })
        .collect();
    if rangs.len() > place {
        rangs.sort_unstable();
    }
    // One line is for the others, if there are any.
    let montres = if rangs.len() > place {
        place.saturating_sub(1).max(1)
    } else {
        rangs.len()
    };
    let autres = rangs.split_off(montres);
    let noms = |rangs: Vec<(u64, u64, &'b str)>| rangs.into_iter().map(|(.., bus)| bus).collect();
    (noms(rangs), noms(autres))
}

/// Stops of some buses in some months.
#[derive(Default)]
struct Somme {
    tenus: u64,
    renseignes: u64,
    hors_itineraire: bool,
}

impl Somme {
    fn ajouter(&mut self, l: &Presence) {
        self.tenus += l.tenus;
        self.renseignes += l.renseignes;
        self.hors_itineraire |= l.hors_itineraire;
    }

    fn cellule(&self) -> String {
        let hors = if self.hors_itineraire { "*" } else { "" };
        if self.tenus == 0 {
            return format!("{MISSING}{hors}");
        }
        format!("{}/{}{hors}", self.renseignes, self.tenus)
    }
}

/// `2025-03` as `03/25`: narrow enough for twelve columns.
fn mois_court(mois: &str) -> String {
    match (mois.get(2..4), mois.get(5..7)) {
        (Some(annee), Some(m)) => format!("{m}/{annee}"),
        _ => mois.to_string(),
    }
}

/// The whole table of completeness, as the attached CSV.
fn completude_csv(rows: &[Presence]) -> Vec<u8> {
    let mut out = String::from("medicobus,mois,arrets_tenus,arrets_renseignes,hors_itineraire\n");
    for l in rows {
        out.push_str(&format!(
            "{},{},{},{},{}\n",
            guillemets(&l.medicobus),
            l.mois,
            l.tenus,
            l.renseignes,
            if l.hors_itineraire { "oui" } else { "non" }
        ));
    }
    out.into_bytes()
}

fn effet(severity: Severity) -> &'static str {
    match severity {
        Severity::Fichier => "livraison refusée",
        Severity::Ligne => "ligne refusée",
        Severity::Avertissement => "avertissement",
    }
}

/// Findings by rule, gravest first, then the most frequent, under a heading row for each effect.
fn regles(summary: &[SummaryLine]) -> Block {
    let mut par_regle: BTreeMap<(Severity, Rule), (u64, BTreeSet<String>)> = BTreeMap::new();
    for line in summary {
        let (nombre, columns) = par_regle.entry((line.severity, line.rule)).or_default();
        *nombre += line.count;
        columns.extend(line.field.clone());
    }
    let titres = [
        (Severity::Fichier, "Refusent la livraison"),
        (Severity::Ligne, "Refusent la ligne"),
        (Severity::Avertissement, "Avertissent"),
    ];
    let mut rows = Vec::new();
    let mut total_rows = Vec::new();
    for (severity, title) in titres {
        let mut liste: Vec<_> = par_regle
            .iter()
            .filter(|((s, _), _)| *s == severity)
            .map(|((_, rule), (nombre, columns))| (*nombre, *rule, columns))
            .collect();
        liste.sort_by_key(|(nombre, rule, _)| (std::cmp::Reverse(*nombre), *rule));
        if liste.is_empty() {
            continue;
        }
        total_rows.push(rows.len());
        let somme = liste.iter().map(|(nombre, ..)| *nombre).sum::<u64>();
        rows.push(vec![title.to_string(), String::new(), entier(somme)]);
        // The note holds on two pages; the attached table and the quarantine have every rule.
        let autres = liste.split_off(liste.len().min(REGLES));
        rows.extend(liste.into_iter().map(|(nombre, rule, columns)| {
            vec![typography(rule.title()), quelques(columns), entier(nombre)]
        }));
        if !autres.is_empty() {
            let nombre = autres.iter().map(|(nombre, ..)| *nombre).sum::<u64>();
            rows.push(vec![
                format!("Autres règles ({})", autres.len()),
                "voir quarantaine.csv".into(),
                entier(nombre),
            ]);
        }
    }
    let columns = [
        ("Ce que la règle demande", true),
        ("Colonnes", true),
        ("Constats", false),
    ];
    let notes = [
        "Une ligne peut manquer à plusieurs règles : les constats ne s'additionnent pas en lignes.",
    ];
    match table("constats", "Constats par règle", &columns, rows, &notes) {
        Block::Table(t) => Block::Table(PrintedTable { total_rows, ..t }),
        autre => autre,
    }
}

/// As many names as fit on a line, and how many others.
fn quelques(noms: &BTreeSet<String>) -> String {
    const LARGEUR: usize = 40;
    let mut text = String::new();
    for (rang, nom) in noms.iter().enumerate() {
        if rang > 0 && text.chars().count() + nom.chars().count() > LARGEUR {
            return format!("{text} et {} de plus", noms.len() - rang);
        }
        if rang > 0 {
            text.push_str(", ");
        }
        text.push_str(nom);
    }
    text
}

/// The fixes that would give the most rows back: where, how many, what to do.
fn corrections(summary: &[SummaryLine]) -> Vec<String> {
    let mut refus: Vec<&SummaryLine> = summary
        .iter()
        .filter(|l| l.severity != Severity::Avertissement)
        .collect();
    refus.sort_by_key(|l| (l.severity, std::cmp::Reverse(l.count)));
    refus
        .into_iter()
        .take(CORRECTIONS)
        .map(|l| {
            let lieu = l.sheet.as_ref().unwrap_or(&l.file);
            let champ = l
                .field
                .as_ref()
                .map(|f| format!(", {f}"))
                .unwrap_or_default();
            let combien = match (l.severity, l.count) {
                (Severity::Ligne, 1) => " (1 ligne".to_string(),
                (Severity::Ligne, n) => format!(" ({} lignes", entier(n)),
                _ => " (toute la livraison".to_string(),
            };
            let premiere = match l.first_line {
                Some(n) if l.count > 1 => format!(", la première est la {})", entier(n)),
                Some(n) => format!(", la {})", entier(n)),
                None => ")".into(),
            };
            format!("{lieu}{champ}{combien}{premiere} : {}.", l.hint)
        })
        .collect()
}

/// The letter to the sender, paragraph by paragraph.
fn message(input: &NoteInput<'_>, corrections: &[String]) -> Vec<String> {
    let report = input.report;
    let (lues, acceptees, refusees) = report.totals();
    let mut texts = vec![format!(
        "Bonjour, nous avons bien reçu votre livraison médicobus ({}, période {}) : {} lignes lues, {} acceptées, {} refusées ({}).",
        input.zone.name,
        report.header.periode.text,
        entier(lues),
        entier(acceptees),
        entier(refusees),
        percent(part(report))
    )];
    let fin = "renvoyer la livraison entière, pour la même région et la même période : elle annulera et remplacera celle-ci.";
    match &report.verdict {
        Verdict::Accepted if corrections.is_empty() => {
            texts.push("Elle est recevable en l'état. Merci de votre envoi.".into());
        }
        Verdict::Accepted => {
            texts.push(format!("Elle est recevable, mais les lignes refusées manqueront au bilan. Merci de corriger les points suivants, puis de {fin}"));
        }
        Verdict::Refused { .. } => {
            texts.push(format!("Elle ne peut pas être chargée en l'état. Merci de corriger les points suivants, puis de {fin}"));
        }
    }
    if let (Verdict::Refused { why }, true) = (&report.verdict, corrections.is_empty()) {
        texts.extend(motifs(why));
    }
    let points = corrections.iter().enumerate();
    texts.extend(points.map(|(i, c)| format!("{}. {c}", i + 1)));
    if !corrections.is_empty() {
        texts.push("Le fichier quarantaine.csv, joint, donne pour chaque constat le fichier, la ligne, la colonne, la règle et la correction attendue.".into());
    }
    texts.push("Bien cordialement,".into());
    texts
}

/// The first reasons as sentences, and how many others there are.
fn motifs(why: &[String]) -> Vec<String> {
    let mut texts: Vec<String> = why.iter().take(MOTIFS_MAX).map(|m| phrase(m)).collect();
    match why.len().saturating_sub(MOTIFS_MAX) {
        0 => {}
        1 => texts.push("Un autre motif est dans la quarantaine.".into()),
        n => texts.push(format!("{n} autres motifs sont dans la quarantaine.")),
    }
    texts
}

/// A reason as a sentence.
fn phrase(motif: &str) -> String {
    let fin = if motif.ends_with('.') { "" } else { "." };
    format!("{motif}{fin}")
}

/// The findings as the attached CSV.
fn constats(summary: &[SummaryLine]) -> Vec<u8> {
    let mut out =
        String::from("fichier,feuille,champ,regle,effet,constats,premiere_ligne,conseil\n");
    for l in summary {
        let cellules = [
            l.file.clone(),
            l.sheet.clone().unwrap_or_default(),
            l.field.clone().unwrap_or_default(),
            l.rule.code().to_string(),
            effet(l.severity).to_string(),
            l.count.to_string(),
            l.first_line.map(|n| n.to_string()).unwrap_or_default(),
            l.hint.clone(),
        ];
        let row: Vec<String> = cellules.iter().map(|c| guillemets(c)).collect();
        out.push_str(&row.join(","));
        out.push('\n');
    }
    out.into_bytes()
}

fn guillemets(cellule: &str) -> String {
    let text = base::text::neutral(cellule);
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn table(
    id: &str,
    title: &str,
    columns: &[(&str, bool)],
    rows: Vec<Vec<String>>,
    notes: &[&str],
) -> Block {
    Block::Table(PrintedTable {
        id: id.into(),
        title: typography(title),
        columns: columns
            .iter()
            .map(|(t, gauche)| PrintedColumn {
                title: typography(t),
                alignment: if *gauche { "gauche" } else { "droite" }.into(),
            })
            .collect(),
        rows,
        total_rows: Vec::new(),
        notes: notes.iter().map(|n| typography(n)).collect(),
        source: None,
    })
}
