//! `nouveau`: a folder in which the commands of its own LISEZMOI run as they stand.

use crate::fixture::{End, Place, repository};

/// The commands that a text shows between its fences.
fn shown(text: &str) -> Vec<String> {
    let fenced = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    fenced
        .filter(|line| line.starts_with("medicobus "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_five_commands_of_the_folder_run_in_it_without_naming_the_store() {
    for region in [Some("28"), None] {
        let place = Place::new();
        let option = region.map(|code| format!("--region {code}")).unwrap_or_default();
        place
            .medicobus(&format!("nouveau travail {option}"))
            .exits(0)
            .says("LISEZMOI.md");
        place
            .medicobus(&format!("nouveau travail {option}"))
            .exits(2)
            .says("n'est pas vide");

        let folder = place.path().join("travail");
        for year in ["28-2025", "28-2026"] {
            let to = folder.join("livraisons").join(year);
            crate::fixture::copy_folder(&repository().join("sample_data").join(year), &to);
        }

        let commands = shown(&std::fs::read_to_string(folder.join("LISEZMOI.md")).unwrap());
        assert_eq!(commands.len(), 5, "{commands:?}");
        for command in commands {
            let words = command.replace("livraisons/*", "livraisons/28-2025 livraisons/28-2026");
            let mut run = place.command();
            run.current_dir(&folder).args(words.split_whitespace().skip(1));
            let end = End::of(run.output().unwrap());
            assert_eq!(end.code, 0, "{command}: {}", end.stderr);
        }
        for name in ["modele.xlsx", "sorties/bilan-28-2026.pdf", "depot/_delta_log"] {
            assert!(folder.join(name).exists() || region.is_none(), "{name}");
        }
    }
    Place::new()
        .medicobus("nouveau ailleurs --region 99")
        .exits(2)
        .says("région inconnue");
}
