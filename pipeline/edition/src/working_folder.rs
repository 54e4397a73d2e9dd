//! The folder in which a région or the nation works: settings, places for deliveries, comments and output, and what to type.

use std::fs;
use std::path::{Path, PathBuf};

use base::error::{Context, Error, Result};

const SETTINGS: &str = include_str!("working_folder/medicobus.toml");
const README: &str = include_str!("working_folder/LISEZMOI.md");

/// Makes a working folder; `region` is a code and a name, none for the nation. Returns what was written.
///
/// # Errors
/// Usage if the folder holds something already; Access if it cannot be written.
pub fn create(folder: &Path, region: Option<(&str, &str)>) -> Result<Vec<PathBuf>> {
    let taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken || folder.is_file() {
        return Err(Error::usage(format!("{} existe déjà et n'est pas vide", folder.display()))
            .hint("donnez le nom d'un dossier à créer"));
    }

    let code = region.map_or("national", |(code, _)| code);
    let mut written = Vec::new();
    for name in ["livraisons".into(), format!("commentaires/{code}"), "sorties".into()] {
        let path = folder.join(name);
        fs::create_dir_all(&path)
            .access(|| format!("création impossible de {}", path.display()))?;
        written.push(path);
    }
    for (name, text) in [("medicobus.toml", SETTINGS.to_owned()), ("LISEZMOI.md", readme(region))] {
        let path = folder.join(name);
        fs::write(&path, text).access(|| format!("écriture impossible de {}", path.display()))?;
        written.push(path);
    }
    Ok(written)
}

/// The five commands of a year, those of a région or those of the nation.
fn readme(region: Option<(&str, &str)>) -> String {
    let (code, name) = region.unwrap_or(("national", "France"));
    let zone = match region {
        Some((code, _)) => format!("--region {code}"),
        None => "--national".into(),
    };
    let form = region.map_or("28", |(code, _)| code);

    README
        .replace("{nom}", name)
        .replace("{code}", code)
        .replace("{classeur}", form)
        .replace("{zone}", &zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_settings_of_a_new_folder_are_the_defaults_each_written_out() {
        let written: toml::Table = toml::from_str(SETTINGS).unwrap();
        let defaults = toml::Table::try_from(Config::default()).unwrap();
        assert_eq!(written, defaults);
    }
}
