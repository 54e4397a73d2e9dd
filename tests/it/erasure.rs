//! `depot purger`: what only earlier states hold is gone for good, the rest answers as before.

use std::path::PathBuf;

use chrono::{Days, Utc};

use crate::deliveries::all_text;
use crate::fixture::{HEADER, Place, consultations, has_extension, pseudonym};

#[test]
fn an_erasure_leaves_no_byte_of_what_only_earlier_states_held() {
    let place = Place::new();
    place.delivery_of_one_bus("l", HEADER, &consultations(97, 3));
    place.medicobus("charger l").exits(0);
    let in_store = |path: &PathBuf| path.starts_with(place.store());
    let first: Vec<PathBuf> = place.files().into_iter().filter(in_store).collect();

    // Corrected: the first patient was none, and no row is refused.
    let rows = consultations(60, 0).replace(&pseudonym(0), "corrige0a1b2c3d4");
    place.delivery_of_one_bus("l", HEADER, &rows);
    place.medicobus("charger l").exits(0).says("version 2");
    std::fs::remove_dir_all(place.path().join("l")).unwrap();

    let holds = |text: &str| {
        let files = place.files().into_iter().filter(|path| !has_extension(path, "json"));
        files.filter(|path| all_text(path).contains(text)).count()
    };
    let total = "requete consultations_par_profil --annee 2025 --niveau region --format csv";
    let before = place.medicobus(total).exits(0).stdout;
    assert!(holds(&pseudonym(0)) > 0 && holds("99999") > 0);

    // Said first, done only when confirmed; nothing is before a day on which the first state was in force.
    let tomorrow = Utc::now().date_naive() + Days::new(1);
    place
        .medicobus("depot purger --avant 2020-01-01")
        .exits(0)
        .says("rien à effacer");
    let purge = format!("depot purger --avant {tomorrow}");
    place
        .medicobus(&purge)
        .exits(0)
        .says("à effacer : 3 fichiers de données")
        .says("--confirmer");
    assert!(first.iter().all(|path| path.exists()));
    place.medicobus(&format!("{purge} --confirmer")).exits(0).says("1 quarantaine");

    assert_eq!((holds(&pseudonym(0)), holds("99999")), (0, 0));
    assert!(holds("corrige0a1b2c3d4") > 0);
    assert_eq!(place.medicobus(total).exits(0).stdout, before);

    // An erased state is refused in words, the history tells of it, and a second time there is nothing to do.
    place
        .medicobus(&format!("{total} --version 1"))
        .exits(2)
        .says("les données de la version 1 ont été effacées le")
        .says("la première version lisible est la 2");
    place
        .medicobus("depot historique")
        .exits(0)
        .says("purge")
        .says("3 fichiers de données");
    place.medicobus(&purge).exits(0).says("rien à effacer");
    place.medicobus(&format!("{total} --version 2")).exits(0);
}
