//! `docs/premiers_pas.md`: each screen that it shows is what the program prints.

use std::process::Output;

use regex::Regex;

use crate::fixture::{Place, TODAY, repository};

const START: &str = "```console\n";

/// Lines of a screen that the page shows.
const SHOWN: usize = 16;

/// What a terminal shows after a command, its first lines, without what changes from run to run: how long it took, spaces at the ends of lines.
fn screen(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).unwrap();
    let seconds = Regex::new(r"\d+([,.]\d+)? (s|ms)\b").unwrap();
    let text = seconds.replace_all(&text, "… s");
    let lines = text.lines().map(|line| format!("{}\n", line.trim_end()));
    let mut shown: String = lines.take(SHOWN).collect();
    if text.lines().count() > SHOWN {
        shown.push_str("…\n");
    }
    shown
}

/// Runs the commands of a block; returns the block as it should be.
fn played(place: &Place, block: &str) -> String {
    let mut shown = String::new();
    for line in block.lines().filter(|line| line.starts_with("$ ")) {
        let words: Vec<&str> = line.split_whitespace().skip(2).collect();
        let mut command = place.command();
        let inside = place.path().join("travail");
        if inside.is_dir() {
            command.current_dir(inside);
        }
        // The sample was made as of that day.
        if ["charger", "controler"].contains(&words[0]) {
            command.args([words[0], "--aujourdhui", TODAY]).args(&words[1..]);
        } else {
            command.args(&words);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{line}: {}", screen(&output));
        shown.push_str(&format!("{line}\n{}", screen(&output)));
    }
    shown
}

#[test]
fn the_screens_of_the_first_steps_are_those_of_the_program() {
    let path = repository().join("docs/premiers_pas.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let place = Place::new();

    let mut parts = text.split(START);
    let mut written = parts.next().unwrap().to_owned();
    for part in parts {
        let (block, after) = part.split_once("```").unwrap();
        written.push_str(&format!("{START}{}```{after}", played(&place, block)));
    }

    if std::env::var_os("MEDICOBUS_UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert!(
            text == written,
            "MEDICOBUS_UPDATE=1 cargo test premiers_pas writes the page anew"
        );
    }
}
