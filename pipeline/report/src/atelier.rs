//! What the chapters share: tables found by key, charts and printed tables with their notes and sources, sentences.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bilan::BilanInput;
use super::markdown;
use super::model::{Bloc, ColonneImprimee, Graphique, Tableau};
use super::prose::{Fait, Prose};
use super::vue::{Ligne, Vue};
use base::definition::{Definition, Format, Role};
use base::error::Result;
use base::french::{self as format, typography};
use base::table::Value;
use charts::{Chart, Tracable};
use disclosure::{Cell, GatedTable};

/// The workshop of one document.
pub struct Atelier<'a> {
    /// What the document is made from.
    pub input: &'a BilanInput<'a>,
    prose: Prose,
    /// Width of the charts, in points of the page.
    pub largeur: f64,
    /// Charts drawn so far.
    pub charts: Vec<Chart>,
    /// Keys printed in a chapter; the annexes print the others.
    pub imprimees: BTreeSet<String>,
    /// Warnings already printed in this chapter.
    dites: BTreeSet<String>,
}

impl<'a> Atelier<'a> {
    /// An empty workshop.
    ///
    /// # Errors
    /// `Usage` if a sentence template is wrong.
    pub fn new(input: &'a BilanInput<'a>) -> Result<Self> {
        let prose = Prose::new(input.gabarits)?;
        Ok(Self {
            input,
            prose,
            largeur: charts::style::LARGEUR,
            charts: Vec::new(),
            imprimees: BTreeSet::new(),
            dites: BTreeSet::new(),
        })
    }

    /// Starts a chapter: its warnings are said again.
    pub fn ouvrir(&mut self) {
        self.dites.clear();
    }

    /// The answer under that key, if the query was asked. The only part of a zone is the zone: its table would print
    /// the same row twice.
    pub fn vue(&self, cle: &str) -> Option<Vue<'a>> {
        let vue = self.input.tables.get(cle).map(Vue::new)?;
        let seule = cle.contains("/parties") && self.input.parties.len() == 1;
        (!seule).then_some(vue)
    }

    /// The document's zone in the answer under that key.
    pub fn ligne(&self, cle: &str) -> Option<Ligne<'a>> {
        self.vue(cle)?.premiere()
    }

    /// Every column of the first row under that key, for sentences; figures that are not there are `inconnu`.
    pub fn faits(&self, cle: &str) -> BTreeMap<String, Fait> {
        let Some(table) = self.input.tables.get(cle) else {
            return BTreeMap::new();
        };
        let noms: Vec<String> = table
            .definition()
            .columns
            .iter()
            .map(|c| c.name.clone())
            .collect();
        Fait::ligne(self.ligne(cle).as_ref(), &noms)
    }

    /// Sentences of a template; every context also gets `zone`, `annee`, `precedent`, `fictives`, and `seuil`, the
    /// fewest patients that may be shown.
    ///
    /// # Errors
    /// `Usage` if the template fails.
    pub fn phrases(&self, modele: &str, contexte: impl Serialize) -> Result<Vec<String>> {
        #[derive(Serialize)]
        struct Contexte<'c, T> {
            zone: &'c super::model::Zone,
            annee: i32,
            precedent: i32,
            fictives: bool,
            seuil: u32,
            regions_livrees: usize,
            regions: usize,
            #[serde(flatten)]
            autres: T,
        }
        let (zone, annee) = (self.input.zone, self.input.annee);
        let fictives = self.input.fictives;
        self.prose.phrases(
            modele,
            &Contexte {
                zone,
                annee,
                precedent: annee - 1,
                fictives,
                seuil: self.input.seuil,
                regions_livrees: self.input.regions_livrees().len(),
                regions: self.input.parties.len(),
                autres: contexte,
            },
        )
    }

    /// The committee's comment on a chapter, or the place for it; nothing in a final document without comment.
    pub fn commentaire(&self, chapitre: &str) -> Option<Bloc> {
        let texte = self
            .input
            .commentaires
            .get(chapitre)
            .map_or("", String::as_str);
        let contenu = markdown::lire(texte);
        if contenu.is_empty() && self.input.definitif {
            return None;
        }
        Some(Bloc::Commentaire {
            titre: "Commentaire du comité".into(),
            contenu,
            invite: typography(&format!(
                "Emplacement réservé au commentaire du comité (fichier {chapitre}.md) : il disparaît de la version définitive s'il reste vide."
            )),
        })
    }

    /// Warnings of a query that this chapter has not said yet, and the key to `n.c.` if the rows need it.
    fn notes(&mut self, definition: &Definition, cachees: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if cachees {
            notes.push("n.c. : non communicable (secret statistique).".to_string());
        }
        notes.extend(definition.limits.iter().cloned());
        notes.retain(|n| self.dites.insert(n.clone()));
        notes.iter().map(|n| typography(n)).collect()
    }

    fn source(&self, definition: &Definition) -> String {
        let fictif = if self.input.fictives {
            " ; données fictives"
        } else {
            ""
        };
        typography(&format!(
            "{} ; requête « {} » ; état du {}{fictif}.",
            definition.sources.join(", "),
            definition.name,
            format::long_date(self.input.date)
        ))
    }

    /// The source line of a table drawn from several answers; those that are not there are left out.
    pub fn source_de(&self, cles: impl IntoIterator<Item = &'static str>) -> String {
        let definitions: Vec<&Definition> = cles
            .into_iter()
            .filter_map(|cle| Some(self.input.tables.get(cle)?.definition()))
            .collect();
        let tables: BTreeSet<&str> = definitions
            .iter()
            .flat_map(|d| d.sources.iter().map(String::as_str))
            .collect();
        let noms: Vec<String> = definitions
            .iter()
            .map(|d| format!("« {} »", d.name))
            .collect();
        let fictif = if self.input.fictives {
            " ; données fictives"
        } else {
            ""
        };
        typography(&format!(
            "{} ; requêtes {} ; état du {}{fictif}.",
            tables.into_iter().collect::<Vec<_>>().join(", "),
            noms.join(", "),
            format::long_date(self.input.date)
        ))
    }

    /// A chart with its notes and source. `table` is the one that it is drawn from.
    ///
    /// # Errors
    /// If the drawing fails.
    pub fn graphique(
        &mut self,
        id: &str,
        titre: &str,
        trace: &impl Tracable,
        table: &GatedTable,
    ) -> Result<Bloc> {
        let chart = trace.chart(id, &typography(titre), self.largeur)?;
        let bloc = Bloc::Graphique(Graphique {
            id: chart.id.clone(),
            titre: chart.titre.clone(),
            alt: chart.alt.clone(),
            fichier: chart.svg.is_some().then(|| chemin_du_graphique(id)),
            notes: Vec::new(),
            source: Some(self.source(table.definition())),
        });
        self.charts.push(chart);
        Ok(bloc)
    }

    /// Some columns of some rows as a printed table; the first column should name the row.
    pub fn tableau(&mut self, cle: &str, titre: &str, vue: &Vue<'_>, colonnes: &[&str]) -> Bloc {
        let definition = vue.table().definition();
        let choisies: Vec<usize> = colonnes
            .iter()
            .filter_map(|nom| definition.columns.iter().position(|c| c.name == *nom))
            .collect();
        let lignes: Vec<Vec<String>> = vue
            .lignes()
            .map(|l| {
                choisies
                    .iter()
                    .map(|&i| format::cell(l.cellules()[i].open(), definition.columns[i].format))
                    .collect()
            })
            .collect();
        let cachees = vue
            .lignes()
            .any(|l| choisies.iter().any(|&i| l.cellules()[i] == Cell::Hidden));
        let totaux = vue
            .lignes()
            .enumerate()
            .filter(|(_, l)| est_total(l, definition))
            .map(|(i, _)| i)
            .collect();
        self.imprimees.insert(cle.to_string());
        Bloc::Tableau(Tableau {
            id: cle.to_string(),
            titre: typography(titre),
            colonnes: choisies
                .iter()
                .map(|&i| entete(&definition.columns[i]))
                .collect(),
            lignes,
            lignes_totaux: totaux,
            notes: self.notes(definition, cachees),
            source: Some(self.source(definition)),
        })
    }

    /// The zones just below with the whole zone as last row, in bold; alone, the whole zone is turned on its side.
    pub fn tableau_zones(&mut self, requete: &str, titre: &str, colonnes: &[&str]) -> Vec<Bloc> {
        let Some(ensemble) = self.vue(requete) else {
            return Vec::new();
        };
        let cle = format!("{requete}/parties");
        let Some(parties) = self.vue(&cle).filter(|v| !v.is_empty()) else {
            let Some(ligne) = ensemble.premiere() else {
                return Vec::new();
            };
            let lignes = colonnes
                .iter()
                .skip(1)
                .filter_map(|nom| {
                    Some(vec![
                        typography(&ligne.cellule(nom)?.0.title),
                        ligne.imprime(nom),
                    ])
                })
                .collect();
            let definition = ensemble.table().definition();
            return vec![self.tableau_compose(
                requete,
                titre,
                &["Indicateur", "Valeur"],
                lignes,
                definition,
            )];
        };
        let mut bloc = self.tableau(
            &cle,
            &format!("{titre} {}", super::chapitres::par_partie(self)),
            &parties,
            colonnes,
        );
        if let (Bloc::Tableau(t), Bloc::Tableau(total)) =
            (&mut bloc, self.tableau(requete, titre, &ensemble, colonnes))
        {
            t.lignes_totaux
                .extend((0..total.lignes.len()).map(|i| t.lignes.len() + i));
            t.lignes.extend(total.lignes);
            t.notes.extend(total.notes);
        }
        vec![bloc]
    }

    /// A printed table whose cells come from several columns of one row (indicator, this year, last year…).
    pub fn tableau_compose(
        &mut self,
        cle: &str,
        titre: &str,
        entetes: &[&str],
        lignes: Vec<Vec<String>>,
        definition: &Definition,
    ) -> Bloc {
        let cachees = lignes.iter().flatten().any(|c| c == format::HIDDEN);
        self.imprimees.insert(cle.to_string());
        Bloc::Tableau(Tableau {
            id: cle.to_string(),
            titre: typography(titre),
            colonnes: entetes
                .iter()
                .enumerate()
                .map(|(i, t)| ColonneImprimee {
                    titre: typography(t),
                    alignement: if i == 0 { "gauche" } else { "droite" }.into(),
                })
                .collect(),
            lignes,
            lignes_totaux: Vec::new(),
            notes: self.notes(definition, cachees),
            source: Some(self.source(definition)),
        })
    }
}

/// Where a chart's file stands in the project.
pub fn chemin_du_graphique(id: &str) -> String {
    format!("/graphiques/{id}.svg")
}

/// Heading and alignment of a query's column.
pub fn entete(colonne: &base::definition::Column) -> ColonneImprimee {
    let texte = matches!(
        colonne.role,
        Role::Label | Role::Category | Role::Zone | Role::Period
    ) && matches!(colonne.format, Format::Text);
    ColonneImprimee {
        titre: typography(&colonne.title),
        alignement: if texte { "gauche" } else { "droite" }.into(),
    }
}

/// True when a key of the row stands for the sum of the others.
pub fn est_total(ligne: &Ligne<'_>, definition: &Definition) -> bool {
    definition
        .keys()
        .any(|c| c.total.is_some() && ligne.texte(&c.name) == c.total.as_deref())
}

/// Columns worth printing of any query: names rather than codes, no constant key, no count of the year before.
pub fn colonnes_utiles<'d>(definition: &'d Definition, vue: &Vue<'_>) -> Vec<&'d str> {
    let constante = |nom: &str| {
        let mut valeurs = vue.lignes().map(|l| l.cellule(nom).map(|c| c.1.clone()));
        let premiere = valeurs.next();
        vue.len() > 1 && valeurs.all(|v| Some(v) == premiere)
    };
    let nommee = |cle: &str| {
        let suffixe = cle.strip_prefix("code_").unwrap_or(cle);
        definition.column(&format!("nom_{suffixe}")).is_some()
    };
    let mut retenues: Vec<&str> = definition
        .columns
        .iter()
        .filter(|c| match c.role {
            Role::Zone | Role::Category => !nommee(&c.name) && !constante(&c.name),
            Role::Period => vue.len() > 1 && !constante(&c.name),
            Role::Label => !constante(&c.name),
            _ => !vue
                .lignes()
                .all(|l| matches!(l.cellule(&c.name), Some((_, Cell::Open(Value::Null))))),
        })
        .map(|c| c.name.as_str())
        .collect();
    // The row must be named by its first column.
    if let Some(i) = retenues
        .iter()
        .position(|n| definition.column(n).is_some_and(|c| c.role == Role::Label))
    {
        let nom = retenues.remove(i);
        retenues.insert(0, nom);
    }
    retenues
}
