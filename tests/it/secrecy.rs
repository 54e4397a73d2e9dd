//! Statistical secrecy from the outside: several answers side by side, several documents, files attacked as a whole; and
//! that no way round the gate exists in the source.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use base::definition::{Definition, Format, Role};
use edition::attachments::attachments;
use query::Catalogue;

use crate::campagne::shared;
use crate::fixture::{
    End, HEADER, Place, TODAY, copy_folder, files, has_extension, pseudonym, repository,
};

const BUS: &str = "id_medicobus,nom,code_region,code_departement,porteur_type,vague,date_mise_en_service\n\
                   B1,Petit,28,61,cpts,1,2024-01-15\nB2,Grand,28,61,cpts,1,2024-01-15\n";

/// A store of the two buses and those consultations, in CSV.
fn store_with(consultations: &str) -> Place {
    let place = Place::new();
    place.delivery(
        "l",
        &[
            ("livraison.toml", HEADER),
            ("medicobus.csv", BUS),
            ("consultations.csv", consultations),
        ],
    );
    place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(0);
    place
}

/// Two buses of one département: 14 patients at B1, 6 of them without médecin traitant; 60 and 30 at B2.
fn two_buses() -> Place {
    let mut text = String::from(
        "id_consultation,id_medicobus,date_consultation,code_commune,cle_patient,tranche_age,ald,statut_mt,mode,discipline,nature\n",
    );
    let mut number = 0;
    for (bus, without, with) in [("B1", 6, 8), ("B2", 30, 30)] {
        for i in 0..without + with {
            number += 1;
            let day = 1 + number % 28;
            let key = pseudonym(number);
            let mt = if i < without { "sans" } else { "avec" };
            text.push_str(&format!(
                "C{number:05},{bus},2025-03-{day:02},61001,{key},45-59,non,{mt},presentiel,medecine_generale,soin\n"
            ));
        }
    }

    store_with(&text)
}

/// The open value of a column in the row of a zone.
fn open_count(csv: &str, zone: &str, column: &str) -> Option<i64> {
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let at = |name: &str| header.iter().position(|c| *c == name).unwrap();

    let row = rows.find(|row| row[at("code_zone")] == zone).unwrap();
    row[at(column)].parse().ok()
}

#[test]
fn answers_at_two_levels_do_not_give_back_what_each_hides() {
    let place = two_buses();
    let answer = |options: &str| {
        let line = format!("requete part_sans_mt_patients --annee 2025 --format csv {options}");
        place.medicobus(&line).exits(0).stdout
    };

    let by_bus = answer("--niveau medicobus");
    let by_departement = answer("--niveau departement");

    assert_eq!(open_count(&by_bus, "B1", "sans_mt"), None);
    let whole = open_count(&by_departement, "61", "sans_mt");
    let large = open_count(&by_bus, "B2", "sans_mt");
    assert!(
        whole.is_none() || large.is_none(),
        "B1 has {:?} patients without",
        whole.zip(large)
    );

    // Narrowed to a bus, the answer is the row of the wide one.
    let narrowed = answer("--niveau medicobus --medicobus B2");
    let row = |csv: &str| csv.lines().find(|l| l.contains(",B2,")).map(str::to_owned);
    assert_eq!(row(&narrowed), row(&by_bus));

    // The whole catalogue, run at once, says no more.
    place.medicobus("requetes --executer tout --annee 2025").exits(0);
    let path = "tout/part_sans_mt_patients__annee=2025,niveau=medicobus,pas=annee.json";
    let text = std::fs::read_to_string(place.path().join(path)).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let header = json["colonnes"].as_array().unwrap();
    let at = |name: &str| header.iter().position(|c| c["nom"] == name).unwrap();
    let rows = json["lignes"].as_array().unwrap();
    let row = rows.iter().find(|r| r[at("code_zone")] == "B2").unwrap();
    assert_eq!(row[at("sans_mt")].as_i64(), large);
}

/// Bus, patient, day, day on which it was asked for, status and discipline.
type Visit = (&'static str, u64, String, String, &'static str, &'static str);

/// A store of those consultations.
fn store_of(visits: impl IntoIterator<Item = Visit>) -> Place {
    let mut text = String::from(
        "id_consultation,id_medicobus,date_consultation,date_demande,code_commune,cle_patient,tranche_age,ald,statut_mt,mode,discipline,nature\n",
    );
    for (n, (bus, patient, day, asked, mt, discipline)) in visits.into_iter().enumerate() {
        let key = pseudonym(patient);
        text.push_str(&format!(
            "C{n:05},{bus},{day},{asked},61001,{key},45-59,non,{mt},presentiel,{discipline},soin\n"
        ));
    }

    store_with(&text)
}

#[test]
fn a_bus_whose_few_patients_found_none_makes_no_answer_impossible() {
    // 9 patients of B1 found no médecin traitant; of 60 of B2, 40 have one when they come back in February.
    let january = || ("2025-01-10".to_owned(), "2025-01-03".to_owned());
    let first = |bus, patient| {
        let (day, asked) = january();
        (bus, patient, day, asked, "sans", "medecine_generale")
    };
    let again = |patient| {
        (
            "B2",
            patient,
            "2025-02-20".to_owned(),
            "2025-02-10".to_owned(),
            "avec",
            "medecine_generale",
        )
    };
    let small = (1..=9).map(move |p| first("B1", p));
    let large = (10..70).map(move |p| first("B2", p));
    let place = store_of(small.chain(large).chain((10..50).map(again)));

    for (level, zone, followed, found) in
        [("national", "FR", Some(69), Some(0)), ("medicobus", "B1", None, Some(0))]
    {
        let line = format!("requete mt_trouve --annee 2025 --format csv --niveau {level}");
        let csv = place.medicobus(&line).exits(0).stdout;
        assert_eq!(open_count(&csv, zone, "suivis"), followed, "{csv}");
        assert_eq!(open_count(&csv, zone, "trouves"), found, "{csv}");
    }
    place.medicobus("requetes --executer tout --annee 2025").exits(0);
}

#[test]
fn a_parameter_that_selects_rows_does_not_give_back_the_others() {
    // In March, 40 patients for general medicine and one for gynaecology.
    let visit = |patient, discipline| {
        (
            "B2",
            patient,
            "2025-03-20".to_owned(),
            "2025-03-10".to_owned(),
            "avec",
            discipline,
        )
    };
    let general = (1..=40).map(move |p| visit(p, "medecine_generale"));
    let place = store_of(general.chain([visit(41, "gynecologie")]));
    let months = |options: &str| {
        let line =
            format!("requete delai_rendez_vous --annee 2025 --pas mois --format csv {options}");
        let csv = place.medicobus(&line).exits(0).stdout;
        open_count(&csv, "28", "rendez_vous")
    };

    let (all, general) = (months(""), months("--param discipline=medecine_generale"));
    assert!(all.is_none() || general.is_none(), "{all:?} {general:?}");
    assert!(all.or(general).is_some(), "one of the two can be told");
}

/// What weakens secrecy marks every output, is written in the history and makes no final document.
#[test]
fn weaker_rules_and_queries_of_ones_own_are_marked_and_never_final() {
    let query = std::fs::read_to_string(repository().join("queries/file_active.sql")).unwrap();
    let opened = query.replace("role = \"patients\"", "role = \"ouvert\"");
    assert_ne!(query, opened);

    let pdf = "out/fiche-84-26-ST-RAMBERT-2025.pdf";
    for (file, text, options, reason) in [
        ("c.toml", "[secret]\nseuil = 1\n", "--config c.toml", "seuil = 1, au lieu de 11"),
        (
            "c.toml",
            "[secret]\nlargeur = 2\n",
            "--config c.toml",
            "largeur = 2, au lieu de 10",
        ),
        (
            "q/file_active.sql",
            opened.as_str(),
            "--queries q",
            "requête file_active modifiée",
        ),
    ] {
        let place = place_with_shared_store();
        place.write(file, text);

        let answer = format!("requete file_active --annee 2025 --format csv {options}");
        place.medicobus(&answer).exits(0).says("NON DIFFUSABLE");
        let history = place.medicobus("depot historique").exits(0);
        history.says("requete file_active ; ").says(reason);

        let bilan = format!("bilan --medicobus 84-26-ST-RAMBERT --annee 2025 {options} -o out");
        place
            .medicobus(&format!("{bilan} --final"))
            .exits(1)
            .says(reason)
            .says("--final");
        assert!(!place.path().join(pdf).exists());

        place.medicobus(&format!("{bilan} --source s")).exits(0);
        let all = files(&place.path().join("s"));
        let content = all.iter().find(|path| path.ends_with("donnees.json")).unwrap();
        let content: Value = serde_json::from_slice(&std::fs::read(content).unwrap()).unwrap();
        assert_eq!(content["publiable"], false);
        place
            .medicobus(&format!("verifier {pdf} --depot depot {options}"))
            .exits(0)
            .says("identique");
    }
}

#[test]
fn a_zone_smaller_than_the_rows_is_refused_and_so_are_crossings_by_bus() {
    let place = two_buses();

    for (query, hint) in [
        ("synthese --niveau national --region 28", "--niveau region"),
        ("synthese --niveau region --medicobus B1", "--niveau medicobus"),
        ("pyramide_ages --niveau medicobus", "département"),
        ("publics_exclusifs --medicobus B1", "publics_exclusifs"),
        ("part_sans_mt_par_profil --niveau medicobus", "--niveau region"),
    ] {
        place
            .medicobus(&format!("requete {query} --annee 2025"))
            .exits(2)
            .says("conseil")
            .says(hint);
    }
}

#[test]
fn files_that_give_a_small_count_back_are_refused() {
    let place = two_buses();
    let csv = |new: &str, consultations: &str| {
        format!(
            "periode,code_zone,nom_zone,anciennete,nom_anciennete,patients,consultations,part,consultations_par_patient\n\
             2025,28,Normandie,nouveau,Nouveaux,{new},{consultations},n.c.,n.c.\n\
             2025,28,Normandie,connu,Connus,n.c.,n.c.,n.c.,n.c.\n\
             2025,28,Normandie,ensemble,Ensemble,65,90,n.c.,n.c.\n"
        )
    };
    let audit = |text: &str| {
        place.write("file_active.csv", text);
        place.medicobus("secret auditer file_active.csv")
    };

    audit(&csv("60", "80")).exits(1).says("retrouvé").says("de 5 à 5");
    audit(&csv("n.c.", "80")).exits(1).says("consultations");
    audit(&csv("n.c.", "n.c.")).exits(0).says("0 prouvés petits");
}

#[test]
fn a_reviewer_is_told_what_each_hidden_count_would_give_back() {
    let place = two_buses();
    let tours = "id_medicobus,date,code_commune,creneaux_offerts,creneaux_honores\n\
                 B1,2025-03-02,61001,20,14\nB2,2025-03-02,61001,60,60\n";
    place.write("l/tournees.csv", tours);
    place.medicobus(&format!("charger l --aujourdhui {TODAY}")).exits(0);

    let said = place.medicobus("secret expliquer --region 28 --annee 2025").exits(0);

    // Six of B1 have no médecin traitant, and 36 of the région: the thirty of B2 would tell.
    let said = said.says("NON DIFFUSABLE");
    let lines: Vec<&str> = said.stdout.lines().collect();
    let of_b2 = lines.iter().position(|line| *line == "sans_mt B2 2025");
    let given = of_b2.map(|at| lines[at + 1..].iter().take_while(|line| line.starts_with(' ')));
    assert!(
        given.is_some_and(|mut given| given.any(|line| line.contains("redonnerait sans_mt B1 2025"))),
        "{}",
        said.stdout
    );

    // It tells which counts are small, and the store remembers that somebody asked.
    place.medicobus("depot historique").exits(0).says("raisons du secret");
    place.medicobus("secret expliquer --region 28 --annee 1999").exits(2);
}

/// A place of one's own with the store of the shared campaign.
fn place_with_shared_store() -> Place {
    let place = Place::new();
    copy_folder(&shared().store(), &place.store());
    place
}

#[test]
fn the_final_documents_of_a_year_all_pass_and_are_in_the_ledger() {
    let place = place_with_shared_store();
    let pdfs = |folder: PathBuf| -> Vec<String> {
        let files = files(&folder).into_iter();
        let pdfs = files.filter(|path| has_extension(path, "pdf"));
        pdfs.map(|path| path.display().to_string()).collect()
    };
    let attack = |pdfs: &[String]| -> End {
        let command = ["secret", "auditer"].map(str::to_owned);
        place.run(&[&command, pdfs].concat())
    };

    place.medicobus("secret etat").exits(0).says("aucune publication");
    place.medicobus("campagne --annee 2025 -o f --final").exits(0);

    // Drafts know nothing of one another, and together they give some small counts back; final documents do not.
    attack(&pdfs(shared().path().join("c"))).exits(1).says("retrouvé");
    let pdfs = pdfs(place.path().join("f"));
    assert!(pdfs.len() > 5);
    attack(&pdfs).exits(0).says("0 prouvés petits");

    let ledger = place.medicobus("secret etat").exits(0).stdout;
    for pdf in &pdfs {
        let name = Path::new(pdf).file_stem().unwrap().to_str().unwrap();
        assert!(ledger.contains(name), "{name} is not in the ledger:\n{ledger}");
    }
}

/// As if they had been made one after the other: each is gated with all that were published before it.
#[test]
fn final_documents_made_at_once_know_of_one_another() {
    let place = Place::with_sample();
    let started = ["--medicobus 28-27-DOCTEURE", "--medicobus 28-27-DOCTOBUS", "--departement 61"]
        .map(|zone| {
            let line = format!("bilan {zone} --annee 2025 --final");
            let mut command = place.command();
            command.args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        });
    let ends = started.map(|child| End::of(child.wait_with_output().unwrap()).exits(0));
    let pdfs = ends.map(|end| place.path().join(end.stdout.lines().next().unwrap()));

    let mut known = pdfs.clone().map(|pdf| {
        let attached = attachments(&std::fs::read(pdf).unwrap()).unwrap();
        let manifest: Value = serde_json::from_slice(&attached["manifeste.json"]).unwrap();
        manifest["publications"].as_array().map_or(0, Vec::len)
    });
    known.sort();
    assert_eq!(known, [0, 1, 2]);

    let command = ["secret", "auditer"].map(PathBuf::from);
    place.run(&[&command[..], &pdfs].concat()).exits(0).says("0 prouvés petits");
    for pdf in pdfs {
        let verify = [PathBuf::from("verifier"), pdf, "--depot".into(), "depot".into()];
        place.run(&verify).exits(0).says("identique");
    }
}

/// The Rust files of these crates with their text, the tests left out.
fn sources(crates: &[&str]) -> Vec<(PathBuf, String)> {
    let roots = crates.iter().map(|name| repository().join("pipeline").join(name).join("src"));
    roots
        .flat_map(|root| files(&root))
        .filter(|path| has_extension(path, "rs"))
        .filter(|path| !["tests.rs", "fixture.rs"].iter().any(|t| path.ends_with(t)))
        .filter(|path| !path.components().any(|c| c.as_os_str() == "tests"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (path, text)
        })
        .collect()
}

/// The names of all crates of the workspace.
fn crates() -> Vec<String> {
    std::fs::read_dir(repository().join("pipeline"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn reports_and_files_know_no_raw_table() {
    let sources = sources(&["report", "charts", "export"]);
    assert!(sources.len() > 20, "{} files", sources.len());
    for (path, text) in sources {
        assert!(!text.contains("RawTable"), "{}", path.display());
    }
}

#[test]
fn secrecy_is_turned_off_on_demand_only() {
    // The condition stands right above: `sans_secret`, `unprotected`, or a gate that is not there.
    const CONDITIONS: [&str; 4] =
        ["sans_secret", "unprotected {", "None =>", "let Some(gate) = gate else"];
    let crates = crates();
    let crates: Vec<&str> = crates.iter().map(String::as_str).collect();

    let mut calls = 0;
    for (path, text) in sources(&crates) {
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            if !line.contains("open_unprotected(") || line.contains("fn open_unprotected") {
                continue;
            }
            let above = lines[i.saturating_sub(6)..=i].join("\n");
            assert!(
                CONDITIONS.iter().any(|condition| above.contains(condition)),
                "{}: {above}",
                path.display()
            );
            calls += 1;
        }
    }
    assert!(calls > 0);
}

/// The answer of one query with and without secrecy.
struct BothAnswers<'d> {
    definition: &'d Definition,
    open: Vec<Vec<Value>>,
    exact: Vec<Vec<Value>>,
}

impl<'d> BothAnswers<'d> {
    /// Asks for 2025, at the narrowest level that the query has.
    fn of(place: &Place, definition: &'d Definition) -> Self {
        let parameters = &definition.parameters;
        let mut line = format!("requete {} --format json", definition.name);
        if parameters.contains_key("annee") {
            line.push_str(" --annee 2025");
        }
        if let Some(level) = parameters.get("niveau") {
            line.push_str(&format!(" --niveau {}", level.values.last().unwrap()));
        }
        let rows = |line: &str| -> Vec<Vec<Value>> {
            let end = place.medicobus(line).exits(0);
            let mut json: Value = serde_json::from_str(&end.stdout).unwrap();
            serde_json::from_value(json["lignes"].take()).unwrap()
        };

        let answers = Self {
            definition,
            open: rows(&line),
            exact: rows(&format!("{line} --sans-secret")),
        };
        assert_eq!(answers.open.len(), answers.exact.len(), "{}", definition.name);
        answers
    }

    /// The ranks of the columns of these roles.
    fn columns(&self, roles: &[Role]) -> Vec<usize> {
        let columns = self.definition.columns.iter().enumerate();
        columns
            .filter(|(_, column)| roles.contains(&column.role))
            .map(|(rank, _)| rank)
            .collect()
    }

    /// The keys of a row, or those of the row of its total.
    fn key(&self, row: usize, of_total: bool) -> Vec<String> {
        let columns = self.definition.columns.iter().enumerate();
        let keys = columns.filter(|(_, column)| column.role.is_key());
        keys.map(|(rank, column)| match &column.total {
            Some(total) if of_total => total.clone(),
            _ => {
                let cell = &self.exact[row][rank];
                cell.as_str().map_or(cell.to_string(), str::to_owned)
            }
        })
        .collect()
    }

    /// The row that is the total of another; the row itself if there is none.
    fn total_of(&self, row: usize) -> usize {
        let wanted = self.key(row, true);
        (0..self.exact.len())
            .find(|other| self.key(*other, false) == wanted)
            .unwrap_or(row)
    }

    /// Hidden counts that an open rate and an open count of the same row, or of the row of its total, give back.
    fn counts_given_back(&self) -> Vec<String> {
        let counts = self.columns(&[Role::Patients, Role::Count]);
        let mut found = Vec::new();
        for row in 0..self.exact.len() {
            let rows = [row, self.total_of(row)];
            for (count, at) in pairs(&counts, &rows) {
                if self.open[at][count].as_f64().is_some() {
                    continue;
                }
                if let Some(hidden) = self.exact[at][count].as_f64() {
                    found.extend(self.ways_back(row, rows, count, hidden));
                }
            }
        }
        found
    }

    /// The rates and counts from which one hidden count follows.
    fn ways_back(&self, row: usize, rows: [usize; 2], count: usize, hidden: f64) -> Vec<String> {
        let columns = &self.definition.columns;
        // Shares: a quantile or a mean that happens to be a quotient says nothing of its terms.
        let shares = self.columns(&[Role::Rate, Role::Measure]);
        let shares = shares.into_iter().filter(|rank| columns[*rank].format == Format::Percent);
        let known = self.columns(&[Role::Patients, Role::Count, Role::Open]);

        let mut found = Vec::new();
        for share in shares {
            let Some(printed) = self.open[row][share].as_f64() else {
                continue;
            };
            for (term, at) in pairs(&known, &rows) {
                let open = self.open[at][term].as_f64().filter(|x| *x > 0.0);
                let Some(open) = open else {
                    continue;
                };
                for _ in 0..ways_to_deduce(hidden, open, printed) {
                    found.push(format!(
                        "{} {:?}: {} = {hidden} by {} and {}",
                        self.definition.name,
                        self.exact[row],
                        columns[count].name,
                        columns[share].name,
                        columns[term].name
                    ));
                }
            }
        }
        found
    }
}

/// Each of the first with each of the second.
fn pairs<'p>(first: &'p [usize], second: &'p [usize]) -> impl Iterator<Item = (usize, usize)> + 'p {
    first.iter().flat_map(move |a| second.iter().map(move |b| (*a, *b)))
}

/// In how many ways (as numerator, as denominator) a printed share and an open count leave only the true value for a
/// hidden count.
fn ways_to_deduce(hidden: f64, open: f64, printed: f64) -> usize {
    let ratios: [fn(f64, f64) -> f64; 2] = [|open, x| open / x, |open, x| x / open];
    let most = 3 * hidden as u64 + 50;
    ratios
        .iter()
        .filter(|ratio| {
            let fits = |x: f64| (100.0 * ratio(open, x) - printed).abs() <= 0.0501;
            fits(hidden) && (1..most).filter(|x| fits(*x as f64)).count() == 1
        })
        .count()
}

#[test]
fn no_open_rate_and_open_count_give_a_hidden_count_back() {
    let catalogue = Catalogue::load(None).unwrap();
    let place = place_with_shared_store();

    // Three profiles crossed are refused below the région.
    let mut found: Vec<String> = catalogue
        .iter()
        .filter(|query| query.definition.name != "part_sans_mt_par_profil")
        .flat_map(|query| BothAnswers::of(&place, &query.definition).counts_given_back())
        .collect();

    // A share of patients that is by chance also that of the consultations: nothing says so to who reads it.
    found.retain(|f| {
        !(f.contains(": consultations = ") && f.contains(" by part_patients and consultations"))
    });
    assert_eq!(found, Vec::<String>::new());
}
