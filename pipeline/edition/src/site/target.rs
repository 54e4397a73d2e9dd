//! The folder of a site: written beside its place, then put there whole.

use std::fs;
use std::path::{Path, PathBuf};

use base::error::{Context, Error, Result};
use export::write_atomically;
use report::site::{CONTENTS, DOCUMENTS, INDEX, SCRIPT};

/// A site that is being written; what is not installed vanishes.
pub(super) struct Target {
    place: PathBuf,
    draft: PathBuf,
}

impl Target {
    /// Prepares the folder of a site.
    ///
    /// # Errors
    /// `Usage` if it holds anything but a site; `Access` if it cannot be written.
    pub(super) fn open(place: &Path) -> Result<Self> {
        if let Some(other) = foreign(place)? {
            return Err(Error::usage(format!(
                "{} n'est pas un site de medicobus : {other} s'y trouve",
                place.display()
            ))
            .hint("donnez avec -o un dossier à créer, ou celui d'un site à remplacer : tout ce qu'il contient l'est"));
        }

        let draft = beside(place, "nouveau")?;
        remove(&draft)?;
        Ok(Self { place: place.to_path_buf(), draft })
    }

    /// Writes a file of the site.
    pub(super) fn write(&self, path: &str, bytes: &[u8]) -> Result<()> {
        write_atomically(&self.draft.join(path), bytes)
    }

    /// Puts the site in its place.
    pub(super) fn install(self) -> Result<PathBuf> {
        let fail = || format!("écriture impossible de {}", self.place.display());
        let old = beside(&self.place, "ancien")?;
        remove(&old)?;
        if self.place.exists() {
            fs::rename(&self.place, &old).access(fail)?;
        }
        fs::rename(&self.draft, &self.place).access(fail)?;
        remove(&old)?;
        Ok(self.place.clone())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Half a site is of no use; a folder that resists is told of by the next run.
        let _ = fs::remove_dir_all(&self.draft);
    }
}

/// A hidden folder beside another one.
fn beside(place: &Path, what: &str) -> Result<PathBuf> {
    let name = place.file_name().ok_or_else(|| {
        Error::usage(format!("{} ne nomme pas un dossier", place.display()))
            .hint("donnez avec -o un dossier à créer, par exemple -o site")
    })?;
    Ok(place.with_file_name(format!(".{}.{what}", name.to_string_lossy())))
}

fn remove(folder: &Path) -> Result<()> {
    match folder.exists() {
        true => {
            fs::remove_dir_all(folder).access(|| format!("{} ne s'efface pas", folder.display()))
        }
        false => Ok(()),
    }
}

/// Something in a folder that no site of ours has.
fn foreign(folder: &Path) -> Result<Option<String>> {
    if !folder.exists() {
        return Ok(None);
    }
    let entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .access(|| format!("lecture impossible de {}", folder.display()))?;

    let mut names: Vec<String> = entries
        .iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let ours = |name: &String| [CONTENTS, INDEX, SCRIPT, DOCUMENTS].contains(&name.as_str());
    if let Some(other) = names.iter().find(|name| !ours(name)) {
        return Ok(Some(other.clone()));
    }

    // Any site has a first page; ours says who made it.
    let page = folder.join(CONTENTS);
    let made = fs::read_to_string(&page).is_ok_and(|html| html.contains(MADE_BY));
    Ok(names.into_iter().next().filter(|_| !made))
}

/// What the first page of a site of ours says.
const MADE_BY: &str = "<meta name=\"generator\" content=\"medicobus ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_site_of_ours_is_replaced() {
        let place = tempfile::tempdir().unwrap();
        let site = place.path().join("site");
        let page = format!("<head>{MADE_BY}1.0\">");

        for round in ["a", "b"] {
            let target = Target::open(&site).unwrap();
            target.write(CONTENTS, page.as_bytes()).unwrap();
            target.write(&format!("{DOCUMENTS}/{round}.pdf"), b"%PDF").unwrap();
            target.install().unwrap();
        }
        assert!(site.join("documents/b.pdf").is_file() && !site.join("documents/a.pdf").exists());

        // One that is given up leaves nothing.
        Target::open(&site).unwrap().write("x", b"x").unwrap();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);

        fs::write(site.join("notes.txt"), "à garder").unwrap();
        let refused = Target::open(&site).err().unwrap();
        assert_eq!(refused.kind().exit_code(), 2);
        assert!(refused.message().contains("notes.txt"));

        fs::remove_file(site.join("notes.txt")).unwrap();
        fs::write(site.join(CONTENTS), "<head>").unwrap();
        assert!(Target::open(&site).is_err(), "another site");
    }
}
