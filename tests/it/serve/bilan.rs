//! A bilan drafted, commented and published from its page is the command's.

use super::client::Served;
use super::indicators::small_store;
use crate::fixture::{Place, copy_folder};

#[test]
fn a_draft_is_the_page_of_the_command() {
    let place = small_store();
    let served = Served::start(&place);
    served.get("/bilan").is(200).says("Région Normandie");
    let chosen = served.get("/bilan?zone=region-28&annee=2025").is(303);
    assert_eq!(chosen.header("location"), Some("/bilan/region-28/2025"));

    let draft = served.follow(served.form("/bilan/region-28/2025/projet", &[]).is(303)).is(200);
    let policy = draft.header("content-security-policy").unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(!policy.contains("script-src"), "{policy}");
    place.medicobus("bilan --region 28 --annee 2025 --html -o out").exits(0);
    let page = std::fs::read_to_string(place.path().join("out/bilan-28-2025.html")).unwrap();
    let (before, after) = page.split_once("<!--site-->").unwrap();
    let given = String::from_utf8(draft.body).unwrap();
    assert!(given.starts_with(before) && given.ends_with(after));
    assert!(given.contains("Retour au bilan"));
}

#[test]
fn a_comment_is_written_where_the_command_reads_it_or_refused_in_its_words() {
    let place = small_store();
    let served = Served::start(&place);
    let page = "/bilan/region-28/2025/commentaire/synthese";
    served.get("/bilan/region-28/2025").is(200).says("sans texte");

    let preview = [("texte", "Une année **pleine**."), ("apercu", "oui")];
    served.form(page, &preview).is(200).says("<strong>pleine</strong>");
    let file = place.path().join("commentaires/28/2025/synthese.md");
    assert!(!file.exists());

    // Left without being saved, and found again.
    served.get(page).is(200).says("Pas enregistré").says("Une année **pleine**.");
    let saved = served
        .form(page, &[("texte", "Une année **pleine**.\r\n\r\n- un\r\n- deux\r\n")])
        .is(303);
    assert_eq!(
        saved.header("location"),
        Some("/bilan/region-28/2025?enregistre=synthese#chapitres")
    );
    served
        .get("/bilan/region-28/2025?enregistre=synthese")
        .is(200)
        .says("Enregistré : Synthèse");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "Une année **pleine**.\n\n- un\n- deux\n"
    );
    served.get("/bilan/region-28/2025").is(200).says("écrit");
    let again = served.get(page).is(200).says("Une année **pleine**.");
    assert!(!again.text().contains("Pas enregistré"));
    let draft = served.follow(served.form("/bilan/region-28/2025/projet", &[]).is(303)).is(200);
    draft.says("<strong>pleine</strong>");

    for (text, why) in [
        ("Appeler le 06 12 34 56 78", "numéro de téléphone"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "ne se met pas en page"),
    ] {
        let refused = served.form(page, &[("texte", text)]).is(422).says(why);
        refused.clone().says("Pas enregistré : ");
        assert!(refused.text().contains("role=\"alert\""));
        assert!(std::fs::read_to_string(&file).unwrap().contains("pleine"));
    }
    served.get("/bilan/region-28/2025/commentaire/..%2F..%2Fx").is(400);
    served
        .form("/bilan/region-28/2025/commentaire/autre", &[("texte", "x")])
        .is(400);

    served.form(page, &[("texte", "  ")]).is(303);
    assert!(!file.exists());
}

#[test]
fn a_final_version_is_published_once_it_was_seen_and_is_the_file_of_the_command() {
    let by_page = small_store();
    let by_command = Place::new();
    copy_folder(&by_page.store(), &by_command.store());
    for place in [&by_page, &by_command] {
        place.write("commentaires/28/2025/synthese.md", "Une année pleine.\n");
    }
    let served = Served::start(&by_page);

    let summary = served
        .follow(served.form("/bilan/region-28/2025/definitif", &[]).is(303))
        .is(200);
    let summary = summary.says("Ce qui sera publié").says("masquées").says("Synthèse");
    let history = || by_page.medicobus("depot historique").exits(0).stdout;
    assert!(!history().contains("publication"), "{}", history());
    served.get(&format!("{}/pdf", summary.path)).is(400);
    served.form(&summary.path, &[("personne", ""), ("relu", "oui")]).is(400);

    // Nobody publishes words that they have not read.
    summary.clone().says("Une année pleine.");
    let name = ("personne", "Camille Essai");
    served.form(&summary.path, &[name]).is(400).says("n'ont pas été relus");
    assert!(!history().contains("publication"), "{}", history());

    let done = served.form(&summary.path, &[name, ("relu", "oui")]).is(303);
    let done = served.follow(done).is(200).says("est publié");
    let pdf = served.get(&format!("{}/pdf", done.path)).is(200);
    let book = served.get(&format!("{}/classeur", done.path)).is(200);
    assert!(history().contains("publication") && history().contains("par Camille Essai"));

    by_command
        .medicobus(
            "bilan --region 28 --annee 2025 --final --html --commentaires commentaires -o out",
        )
        .exits(0);
    for (given, name) in [(&pdf.body, "pdf"), (&book.body, "xlsx")] {
        let name = format!("out/bilan-28-2025.{name}");
        for place in [&by_page, &by_command] {
            assert!(*given == std::fs::read(place.path().join(&name)).unwrap(), "{name}");
        }
    }
    by_page
        .medicobus("verifier out/bilan-28-2025.pdf --depot depot --commentaires commentaires")
        .exits(0);
}

#[test]
fn a_final_version_is_found_again_and_replaced_with_a_reason_only() {
    let place = small_store();
    let served = Served::start(&place);
    let page = "/bilan/region-28/2025";
    let prepare = || served.follow(served.form(&format!("{page}/definitif"), &[]).is(303)).is(200);
    let pdf = || std::fs::read(place.path().join("out/bilan-28-2025.pdf")).unwrap();
    let linked = |answer: &super::client::Answer| {
        let text = answer.text();
        let end = text.find("/pdf\"").unwrap();
        let start = text[..end].rfind('"').unwrap() + 1;
        format!("{}/pdf", &text[start..end])
    };

    let first = prepare();
    assert!(!first.text().contains("existe déjà"));
    let done = served.form(&first.path, &[("personne", "Camille Essai")]).is(303);
    served.follow(done).is(200);
    let old = pdf();
    for found in [page, "/bilan", "/historique"] {
        let link = linked(&served.get(found).is(200).says("Camille Essai"));
        assert!(served.get(&link).is(200).body == old, "{found}");
    }

    let comment = format!("{page}/commentaire/synthese");
    served.form(&comment, &[("texte", "Une autre année.")]).is(303);
    let second = prepare().says("Une version définitive existe déjà").says("Camille Essai");
    let answers = [("personne", "Dominique Essai"), ("relu", "oui"), ("motif", "texte du comité")];
    served
        .form(&second.path, &answers[..2])
        .is(400)
        .says("pourquoi celle-ci la remplace");
    assert!(pdf() == old);
    served.follow(served.form(&second.path, &answers).is(303)).is(200);

    let kept = std::fs::read_dir(place.path().join("out/remplaces")).unwrap().next().unwrap();
    let kept = kept.unwrap().path();
    assert!(std::fs::read(kept.join("bilan-28-2025.pdf")).unwrap() == old);
    assert!(kept.join("bilan-28-2025.xlsx").is_file() && pdf() != old);
    served
        .get("/historique")
        .is(200)
        .says("texte du comité")
        .says("Dominique Essai");

    // A command's draft keeps what was published, too; the history gives no draft as final.
    let link = linked(&served.get(page).is(200).says("Dominique Essai"));
    place.medicobus("bilan --region 28 --annee 2025 -o out").exits(0);
    assert_eq!(std::fs::read_dir(place.path().join("out/remplaces")).unwrap().count(), 2);
    served.get(&link).is(400).says("n'est plus la version définitive");
}

#[test]
fn a_final_version_that_was_seen_of_another_state_is_not_published() {
    let place = small_store();
    let served = Served::start(&place);
    let summary = served
        .follow(served.form("/bilan/region-28/2025/definitif", &[]).is(303))
        .is(200);
    place.medicobus("bilan --region 24 --annee 2025 --final -o out").exits(0);
    let late = served.form(&summary.path, &[("personne", "Camille Essai")]).is(303);
    served.follow(late).is(422).says("le dépôt a changé");
    assert!(!place.path().join("out/bilan-28-2025.pdf").exists());
}
