//! Is this PDF what its manifest says? First by itself (the hashes inside), then against a store: the document is made
//! again and compared, cell by cell, and what differs is given its cause.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use base::error::{Context, Result};

use super::manifest::{Entree, Manifest};
use super::pieces::{Imprime, MANIFESTE};
use base::text::sha256;

/// Why a document made again is not the one at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The PDF changed after it was made.
    Document,
    /// Deliveries, or the data files of the store.
    Donnees,
    /// A query of the catalogue.
    Requete,
    /// A template, a sentence or a font.
    Gabarit,
    /// The program.
    Programme,
    /// `medicobus.toml`.
    Configuration,
    /// A committee's comment.
    Commentaire,
}

impl Cause {
    /// The word printed.
    pub fn mot(self) -> &'static str {
        match self {
            Cause::Document => "document",
            Cause::Donnees => "données",
            Cause::Requete => "requête",
            Cause::Gabarit => "gabarit",
            Cause::Programme => "programme",
            Cause::Configuration => "configuration",
            Cause::Commentaire => "commentaire",
        }
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ecart {
    /// Why.
    pub cause: Cause,
    /// What, in French.
    pub texte: String,
}

/// One cell that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cellule {
    /// Attachment.
    pub table: String,
    /// Line of the attachment, its header being line 1.
    pub ligne: usize,
    /// Column.
    pub colonne: String,
    /// What the PDF holds; none where the cell is not there.
    pub imprimee: Option<String>,
    /// What the store gives.
    pub recalculee: Option<String>,
    /// Why.
    pub cause: Cause,
}

/// What a verification found. Nothing: the document is identical.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constat {
    /// Causes, sorted, each once.
    pub ecarts: Vec<Ecart>,
    /// Cells that differ, by table.
    pub cellules: Vec<Cellule>,
}

impl Constat {
    /// True when nothing differs.
    pub fn identique(&self) -> bool {
        self.ecarts.is_empty() && self.cellules.is_empty()
    }

    fn ecart(&mut self, cause: Cause, texte: impl Into<String>) {
        let texte = texte.into();
        self.ecarts.push(Ecart { cause, texte });
    }

    fn ranger(&mut self) {
        self.ecarts.sort();
        self.ecarts.dedup();
    }
}

/// Checks every attachment against the hash that the manifest gives it.
pub fn empreintes(imprime: &Imprime) -> Constat {
    let mut constat = Constat::default();
    for (nom, attendue) in &imprime.manifeste.tables {
        match imprime.pieces.get(nom) {
            None => constat.ecart(Cause::Document, format!("pièce jointe absente : {nom}")),
            Some(octets) if sha256(octets) != *attendue => constat.ecart(
                Cause::Document,
                format!("pièce jointe modifiée après l'édition : {nom}"),
            ),
            Some(_) => {}
        }
    }
    for nom in imprime.pieces.keys() {
        if nom != MANIFESTE && !imprime.manifeste.tables.contains_key(nom) {
            constat.ecart(
                Cause::Document,
                format!("pièce jointe que le manifeste ne connaît pas : {nom}"),
            );
        }
    }
    constat.ranger();
    constat
}

/// The document at hand beside the same one made again.
pub struct Refait<'a> {
    /// Its manifest.
    pub manifeste: &'a Manifest,
    /// Bytes of its attachments.
    pub piece: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// Sets it; called unless something else already tells the two apart.
    pub composer: &'a dyn Fn() -> Result<Vec<u8>>,
}

/// Compares a PDF with the document made again.
///
/// # Errors
/// If the document cannot be set.
pub fn confronter(imprime: &Imprime, refait: &Refait<'_>) -> Result<Constat> {
    let (avant, apres) = (&imprime.manifeste, refait.manifeste);
    let mut constat = empreintes(imprime);
    constat.ecarts.extend(changements(avant, apres));
    let noms: std::collections::BTreeSet<&String> =
        avant.tables.keys().chain(apres.tables.keys()).collect();
    for nom in noms {
        let ancienne = imprime.pieces.get(nom);
        let nouvelle = (refait.piece)(nom);
        if ancienne == nouvelle.as_ref() {
            continue;
        }
        let intacte = ancienne.is_some_and(|o| avant.tables.get(nom) == Some(&sha256(o)));
        let cause = cause(nom, intacte, avant, apres);
        if cause == Cause::Donnees && avant.entrees == apres.entrees {
            constat.ecart(
                Cause::Donnees,
                "mêmes livraisons, mais d'autres valeurs : les fichiers du dépôt ont été modifiés",
            );
        }
        let vide = Vec::new();
        constat.cellules.extend(cellules(
            nom,
            ancienne.unwrap_or(&vide),
            nouvelle.as_ref().unwrap_or(&vide),
            cause,
        ));
    }
    // A manifest that says anything else than the inputs do was rewritten, whatever the field.
    if constat.identique() {
        for champ in champs_differents(avant, apres)? {
            constat.ecart(
                Cause::Document,
                format!("manifeste modifié après l'édition : {champ}"),
            );
        }
    }
    // Nothing explains a difference so far: then the same bytes, or the pages were changed.
    if constat.identique() && (refait.composer)()? != imprime.octets {
        constat.ecart(
            Cause::Document,
            "les pages ne sont pas celles que donnent ces tables : PDF modifié après l'édition, ou composé par un autre Typst",
        );
    }
    constat.ranger();
    Ok(constat)
}

/// Fields of two manifests that are not the same, in order of name.
fn champs_differents(avant: &Manifest, apres: &Manifest) -> Result<Vec<String>> {
    let plat = |m: &Manifest| -> Result<BTreeMap<String, String>> {
        let json = serde_json::to_value(m).access(|| "manifeste".into())?;
        let mut plat = BTreeMap::new();
        aplatir("", &json, &mut plat);
        Ok(plat)
    };
    let (avant, apres) = (plat(avant)?, plat(apres)?);
    let noms: std::collections::BTreeSet<&String> = avant.keys().chain(apres.keys()).collect();
    Ok(noms
        .into_iter()
        .filter(|nom| avant.get(*nom) != apres.get(*nom))
        .cloned()
        .collect())
}

/// Why the table `nom` differs: the first of what changed under it.
fn cause(nom: &str, intacte: bool, avant: &Manifest, apres: &Manifest) -> Cause {
    let requete = |m: &Manifest| {
        m.requetes
            .iter()
            .find(|r| format!("{}.csv", r.table.replace('/', "_")) == nom)
            .map(|r| (r.sha256.clone(), r.vues.clone(), r.parametres.clone()))
    };
    if !intacte && avant.tables.contains_key(nom) {
        Cause::Document
    } else if requete(avant) != requete(apres) {
        Cause::Requete
    } else if avant.entrees != apres.entrees {
        Cause::Donnees
    } else if avant.requetes != apres.requetes {
        // Secrecy is decided for all tables of a document together: one query may hide a cell of another's.
        Cause::Requete
    } else if avant.configuration != apres.configuration {
        Cause::Configuration
    } else if avant.version_programme != apres.version_programme {
        Cause::Programme
    } else {
        Cause::Donnees
    }
}

/// What changed from one manifest to another among the inputs of the document, in French; the tables are not compared.
pub fn changements(avant: &Manifest, apres: &Manifest) -> Vec<Ecart> {
    let mut constat = Constat::default();
    let programme = |m: &Manifest| format!("{} {}", m.programme, m.version_programme);
    if programme(avant) != programme(apres) {
        let texte = format!("{} au lieu de {}", programme(apres), programme(avant));
        constat.ecart(Cause::Programme, texte);
    }
    if avant.version_depot != apres.version_depot {
        let texte = format!(
            "version {} du dépôt au lieu de {}",
            apres.version_depot, avant.version_depot
        );
        constat.ecart(Cause::Donnees, texte);
    }
    entrees(&mut constat, &avant.entrees, &apres.entrees);
    if avant.donnees_fictives != apres.donnees_fictives {
        // The deliveries say whether they are made up: the same ones cannot say otherwise.
        let cause = match avant.entrees == apres.entrees {
            true => Cause::Document,
            false => Cause::Donnees,
        };
        let texte = format!(
            "donnees_fictives : {} dans le manifeste, {} d'après les livraisons",
            oui_non(avant.donnees_fictives),
            oui_non(apres.donnees_fictives)
        );
        constat.ecart(cause, texte);
    }
    origines(&mut constat, avant, apres);
    if avant.annees != apres.annees {
        let texte = format!("années {:?} au lieu de {:?}", apres.annees, avant.annees);
        constat.ecart(Cause::Document, texte);
    }
    let requetes = |m: &Manifest| -> BTreeMap<String, String> {
        m.requetes
            .iter()
            .map(|r| (r.nom.clone(), r.sha256.clone()))
            .collect()
    };
    par_nom(
        &mut constat,
        Cause::Requete,
        &requetes(avant),
        &requetes(apres),
    );
    let vues = |m: &Manifest| -> BTreeMap<String, String> {
        let toutes = m.requetes.iter().flat_map(|r| &r.vues);
        toutes
            .map(|(nom, sha256)| (format!("vue {nom}"), sha256.clone()))
            .collect()
    };
    par_nom(&mut constat, Cause::Requete, &vues(avant), &vues(apres));
    let parametres = |m: &Manifest| -> BTreeMap<String, String> {
        m.requetes
            .iter()
            .map(|r| (format!("table {}", r.table), format!("{:?}", r.parametres)))
            .collect()
    };
    par_nom(
        &mut constat,
        Cause::Requete,
        &parametres(avant),
        &parametres(apres),
    );
    par_nom(&mut constat, Cause::Gabarit, &avant.modeles, &apres.modeles);
    let population = |m: &Manifest| -> BTreeMap<String, String> {
        let empreinte = m.population.clone().into_iter();
        empreinte
            .map(|sha256| ("population de référence (--population)".to_string(), sha256))
            .collect()
    };
    par_nom(
        &mut constat,
        Cause::Configuration,
        &population(avant),
        &population(apres),
    );
    par_nom(
        &mut constat,
        Cause::Commentaire,
        &avant.commentaires,
        &apres.commentaires,
    );
    let reglages = |m: &Manifest| {
        let mut plat = BTreeMap::new();
        aplatir("", &m.configuration, &mut plat);
        plat.insert("secret statistique".to_string(), oui_non(m.diffusable));
        plat.insert("version définitive".to_string(), oui_non(m.definitif));
        plat
    };
    let (anciens, nouveaux) = (reglages(avant), reglages(apres));
    for cle in anciens.keys().chain(nouveaux.keys()) {
        let dire =
            |m: &BTreeMap<String, String>| m.get(cle).cloned().unwrap_or_else(|| "absent".into());
        if anciens.get(cle) != nouveaux.get(cle) {
            let texte = format!("{cle} : {} au lieu de {}", dire(&nouveaux), dire(&anciens));
            constat.ecart(Cause::Configuration, texte);
        }
    }
    constat.ranger();
    constat.ecarts
}

/// Where each query comes from: the program's own, one that replaces it, or one that the user added.
fn origines(constat: &mut Constat, avant: &Manifest, apres: &Manifest) {
    for r in &avant.requetes {
        let Some(autre) = apres.requetes.iter().find(|a| a.table == r.table) else {
            continue;
        };
        if r.origine == autre.origine || r.nom != autre.nom {
            continue;
        }
        // Another program may have made the user's query its own; the same one, from the same text, says the same.
        let meme = (&r.sha256, &r.vues) == (&autre.sha256, &autre.vues)
            && avant.version_programme == apres.version_programme;
        let cause = if meme {
            Cause::Document
        } else {
            Cause::Requete
        };
        let texte = format!(
            "{} : origine {} au lieu de {}",
            r.nom, autre.origine, r.origine
        );
        constat.ecart(cause, texte);
    }
}

fn entrees(constat: &mut Constat, avant: &[Entree], apres: &[Entree]) {
    let par_cle = |liste: &[Entree]| -> BTreeMap<(String, String), Vec<Entree>> {
        let mut par = BTreeMap::new();
        for e in liste {
            par.entry((e.region.clone(), e.periode.clone()))
                .or_insert_with(Vec::new)
                .push(e.clone());
        }
        par
    };
    let (anciennes, nouvelles) = (par_cle(avant), par_cle(apres));
    for (cle, liste) in &anciennes {
        let nom = format!("livraison {} {}", cle.0, cle.1);
        match nouvelles.get(cle) {
            None => constat.ecart(
                Cause::Donnees,
                format!("{nom} : absente du dépôt à cette version"),
            ),
            Some(autre) if autre != liste => {
                let qui: Vec<&str> = autre.iter().map(|e| e.producteur.as_str()).collect();
                constat.ecart(
                    Cause::Donnees,
                    format!("{nom} : remplacée ({})", qui.join(", ")),
                );
            }
            Some(_) => {}
        }
    }
    for cle in nouvelles.keys().filter(|cle| !anciennes.contains_key(*cle)) {
        constat.ecart(
            Cause::Donnees,
            format!("livraison {} {} : reçue depuis", cle.0, cle.1),
        );
    }
}

fn par_nom(
    constat: &mut Constat,
    cause: Cause,
    avant: &BTreeMap<String, String>,
    apres: &BTreeMap<String, String>,
) {
    for (nom, valeur) in avant {
        match apres.get(nom) {
            None => constat.ecart(cause, format!("{nom} : absent")),
            Some(autre) if autre != valeur => constat.ecart(cause, format!("{nom} : modifié")),
            Some(_) => {}
        }
    }
    for nom in apres.keys().filter(|nom| !avant.contains_key(*nom)) {
        constat.ecart(cause, format!("{nom} : ajouté"));
    }
}

fn aplatir(prefixe: &str, valeur: &Json, plat: &mut BTreeMap<String, String>) {
    match valeur {
        Json::Object(champs) => {
            for (nom, v) in champs {
                let cle = if prefixe.is_empty() {
                    nom.clone()
                } else {
                    format!("{prefixe}.{nom}")
                };
                aplatir(&cle, v, plat);
            }
        }
        Json::Array(liste) if liste.iter().any(Json::is_object) => {
            for (rang, v) in liste.iter().enumerate() {
                // A query goes by its table; anything else by its place.
                let nom = v.get("table").and_then(Json::as_str);
                let nom = nom.map_or_else(|| (rang + 1).to_string(), str::to_string);
                aplatir(&format!("{prefixe}[{nom}]"), v, plat);
            }
        }
        autre => {
            plat.insert(prefixe.to_string(), autre.to_string());
        }
    }
}

fn oui_non(oui: bool) -> String {
    if oui { "oui" } else { "non" }.to_string()
}

/// Cells of two CSV files that differ, line by line.
fn cellules(table: &str, avant: &[u8], apres: &[u8], cause: Cause) -> Vec<Cellule> {
    let lire = |octets: &[u8]| -> Vec<Vec<String>> {
        ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(octets)
            .into_byte_records()
            .map_while(std::result::Result::ok)
            .map(|r| {
                r.iter()
                    .map(|c| String::from_utf8_lossy(c).into_owned())
                    .collect()
            })
            .collect()
    };
    let (avant, apres) = (lire(avant), lire(apres));
    let mut liste = Vec::new();
    for ligne in 0..avant.len().max(apres.len()) {
        let (a, b) = (avant.get(ligne), apres.get(ligne));
        let largeur = a.map_or(0, Vec::len).max(b.map_or(0, Vec::len));
        for i in 0..largeur {
            let (x, y) = (a.and_then(|l| l.get(i)), b.and_then(|l| l.get(i)));
            if x != y {
                let nom = |l: &[Vec<String>]| l.first().and_then(|e| e.get(i)).cloned();
                liste.push(Cellule {
                    table: table.to_string(),
                    ligne: ligne + 1,
                    colonne: nom(&avant).or_else(|| nom(&apres)).unwrap_or_default(),
                    imprimee: x.cloned(),
                    recalculee: y.cloned(),
                    cause,
                });
            }
        }
    }
    liste
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digit_is_one_cell() {
        let found = cellules(
            "t.csv",
            b"a,b\n1,2\n3,4\n",
            b"a,b\n1,2\n3,5\n",
            Cause::Document,
        );
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].ligne, found[0].colonne.as_str()), (3, "b"));
        assert_eq!(found[0].imprimee.as_deref(), Some("4"));
        assert_eq!(found[0].recalculee.as_deref(), Some("5"));
    }

    #[test]
    fn a_missing_row_is_told_cell_by_cell() {
        let found = cellules("t.csv", b"a,b\n1,2\n", b"a,b\n", Cause::Donnees);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|c| c.recalculee.is_none()));
    }
}
