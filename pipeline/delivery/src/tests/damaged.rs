//! Texts that were damaged on their way: refused by name, never stored.

use super::*;

#[test]
fn a_bus_with_a_damaged_name_is_refused_with_what_happened() {
    for (name, what) in [
        ("M?dicobus", "lettres accentuées"),
        ("M+AOk-dicobus", "UTF-7"),
        ("MÃ©dicobus", "deuxième fois"),
        ("M&eacute;dicobus", "HTML"),
    ] {
        let head = "id_medicobus,nom,code_region,code_departement,porteur_type";
        let bus = format!("{head}\n28-orne-01,{name},28,61,cpts\n");
        let seen = Case::new().file("medicobus.csv", bus.as_bytes()).check();
        assert!(!seen.accepted(), "{name}");
        let told = &seen.findings[0];
        assert_eq!((told.rule, told.line), (Rule::Encodage, Some(2)), "{name}");
        assert!(told.message.contains(what) && told.hint.contains("UTF-8"), "{told:?}");
    }
}
