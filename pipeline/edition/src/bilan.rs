//! The annual bilan of a zone: queries, gate, document, manifest, PDF.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use futures::StreamExt;

use crate::config::Config;
use base::error::{Context, Error, Result};
use base::french::typography;
use base::parameters::bind;
use base::table::{RawTable, Value};
use base::text::sha256;
use disclosure::{Annex, Gate, GatedTable, Publication, Release, ZoneTree};
use geography::Communes;
use query::session::rows;
use query::{Catalogue, Session};
use report::bilan::{BilanInput, LivraisonLue, Provenance, RequeteLue, bilan};
use report::demandes::{Demande, demandes};
use report::document::{Document, portee};
use report::fiche::fiche;
use report::gabarits::Gabarits;
use report::model::Zone;

use super::manifest::{self, Manifest};
use super::partage::{Bus, Partage};
use super::pieces::MANIFESTE;
use super::registre::Registre;
use super::secret;

/// What a draft says of itself: it is not part of the ledger, and no other document reckons with it.
const PROJET: &str = "Projet : ce qui est masqué l'est au regard de ce seul document. Deux projets de zones emboîtées peuvent se trahir l'un l'autre ; seuls les documents définitifs (--final) se diffusent.";

/// Everything that the documents of one run share.
pub struct Workshop<'a> {
    pub(super) session: &'a Session,
    pub(super) catalogue: &'a Catalogue,
    pub(super) communes: Communes,
    pub(super) gabarits: Gabarits,
    publies: Gabarits,
    pub(super) config: Config,
    pub(super) zones: ZoneTree,
    pub(super) names: BTreeMap<String, String>,
    pub(super) bus: Vec<Bus>,
    pub(super) partage: Option<Arc<Partage>>,
    pub(super) entrees: Vec<manifest::Entree>,
    pub(super) livraisons: Vec<LivraisonLue>,
    pub(super) fictives: bool,
    pub(super) date: NaiveDate,
    pub(super) registre: Registre,
}

/// One bilan to make.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its zone.
    pub zone: Zone,
    /// Its year.
    pub annee: i32,
    /// Turn statistical secrecy off.
    pub sans_secret: bool,
    /// Print nothing where a comment is missing.
    pub definitif: bool,
    /// Folder of the committees' comments: `<zone>/<year>/<chapter>.md`.
    pub commentaires: Option<PathBuf>,
}

impl Request {
    /// `fiche` for a bus, `bilan` for any other zone.
    pub fn kind(&self) -> &'static str {
        match self.zone.niveau.as_str() {
            "medicobus" => "fiche",
            _ => "bilan",
        }
    }

    /// File name without extension: `bilan-28-2025`, `bilan-national-2025`, `fiche-28-NOR-01-2025`. A département and
    /// a région may share a code, so a département is said.
    pub fn nom(&self) -> String {
        let (kind, annee) = (self.kind(), self.annee);
        match self.zone.niveau.as_str() {
            "national" => format!("{kind}-national-{annee}"),
            "departement" => format!("{kind}-departement-{}-{annee}", self.zone.code),
            _ => format!("{kind}-{}-{annee}", self.zone.code),
        }
    }
}

/// The raw answers of one document, in the order of its queries.
#[derive(Default)]
pub struct Answers {
    keys: Vec<String>,
    requetes: Vec<manifest::Requete>,
    tables: Vec<RawTable>,
}

/// A document made, not yet a PDF.
pub struct Made {
    /// File name without extension: `bilan-28-2025`.
    pub nom: String,
    /// The document.
    pub document: Document,
    /// Its tables.
    pub tables: BTreeMap<String, GatedTable>,
    /// What it is a function of.
    pub manifest: Manifest,
    /// What it gives, if it is to be published: the ledger must know of it before it leaves.
    pub publication: Option<Publication>,
}

/// Answers that passed the gate.
pub struct Passed {
    requetes: Vec<manifest::Requete>,
    released: Released,
}

impl Passed {
    /// What they give, if their document is to be published.
    pub fn publication(&self) -> Option<&Publication> {
        self.released.publication.as_ref()
    }
}

/// The tables of one document behind the gate.
pub(super) struct Released {
    pub tables: BTreeMap<String, GatedTable>,
    /// Nothing when secrecy was turned off.
    pub annex: Option<Annex>,
    /// For a document to publish.
    pub publication: Option<Publication>,
    /// Publications that were taken into account.
    pub earlier: Vec<String>,
}

impl<'a> Workshop<'a> {
    /// Reads what every document needs: zones, deliveries, date of the data.
    ///
    /// # Errors
    /// If the store or the templates cannot be read.
    pub async fn open(
        session: &'a Session,
        catalogue: &'a Catalogue,
        config: Config,
        templates: Option<&Path>,
        registre: Registre,
    ) -> Result<Self> {
        let (entrees, fictives) = manifest::inputs(session).await?;
        let (names, bus) = buses(session).await?;
        Ok(Self {
            session,
            catalogue,
            communes: Communes::embedded()?,
            gabarits: Gabarits::charger(templates)?,
            publies: Gabarits::charger(None)?,
            config,
            zones: secret::zones(session).await?,
            names,
            bus,
            partage: None,
            entrees,
            livraisons: deliveries(session).await?,
            fictives,
            date: last_day(session).await?,
            registre,
        })
    }

    /// The templates.
    pub fn gabarits(&self) -> &Gabarits {
        &self.gabarits
    }

    /// The zone of that level and code, named.
    ///
    /// # Errors
    /// If the store knows no such zone.
    pub fn zone(&self, niveau: &str, code: &str) -> Result<Zone> {
        let unknown = |what: &str| {
            Error::usage(format!("{what} inconnu dans le dépôt : {code}"))
                .hint("« medicobus sql \"SELECT id_medicobus, code_departement, code_region FROM medicobus\" » liste les zones")
        };
        match niveau {
            "national" => Ok(Zone::nation()),
            "region" => {
                let nom = self
                    .communes
                    .region_name(code)
                    .ok_or_else(|| unknown("code de région"))?;
                Ok(Zone::new("region", code, nom, &format!("Région {nom}")))
            }
            "departement" => {
                let nom = self
                    .communes
                    .departement_name(code)
                    .ok_or_else(|| unknown("code de département"))?;
                Ok(Zone::new(
                    "departement",
                    code,
                    nom,
                    &format!("Département {nom} ({code})"),
                ))
            }
            _ => {
                let nom = self.names.get(code).ok_or_else(|| unknown("médicobus"))?;
                let lower = nom.to_lowercase();
                let complet = if lower.starts_with("médicobus") || lower.starts_with("medicobus") {
                    nom.clone()
                } else {
                    format!("Médicobus {nom}")
                };
                Ok(Zone::new("medicobus", code, nom, &complet))
            }
        }
    }

    /// Zones (régions, and `FR`) and the years that they have told about until December, year by year.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn complete_years(&self) -> Result<Vec<(String, i32)>> {
        let query = self.catalogue.get("annees_completes")?;
        let table = self.session.run(query, &BTreeMap::new()).await?;
        Ok(table
            .rows
            .iter()
            .filter_map(|row| match row.as_slice() {
                [Value::Int(year), Value::Text(region), ..] => {
                    Some((region.clone(), i32::try_from(*year).ok()?))
                }
                _ => None,
            })
            .collect())
    }

    /// Zones that frame the map, with or without a bus, by code: those just below, or for a département its région's.
    pub(super) fn parts(&self, zone: &Zone) -> BTreeMap<String, String> {
        let named =
            |code: &str, nom: Option<&str>| (code.to_string(), nom.unwrap_or(code).to_string());
        match zone.niveau.as_str() {
            "national" => self
                .communes
                .iter()
                .map(|c| named(&c.region, self.communes.region_name(&c.region)))
                .collect(),
            "region" | "departement" => {
                // A département is shown among those of its région.
                let region = self
                    .communes
                    .iter()
                    .find(|c| zone.niveau == "departement" && c.departement == zone.code)
                    .map_or(zone.code.as_str(), |c| c.region.as_str());
                self.communes
                    .iter()
                    .filter(|c| c.region == region)
                    .map(|c| {
                        let nom = self.communes.departement_name(&c.departement);
                        named(&c.departement, nom)
                    })
                    .collect()
            }
            _ => BTreeMap::new(),
        }
    }

    /// Every bus of the store, by identifier.
    pub fn bus(&self) -> &[Bus] {
        &self.bus
    }

    /// From now on a query runs once for all zones, and each document takes its rows. Worth it for many documents.
    pub fn share(&mut self) {
        self.partage = Partage::new(&self.communes, &self.bus).map(Arc::new);
    }

    /// Makes one document: runs its queries, passes the gate, writes its document and manifest.
    ///
    /// # Errors
    /// A query that fails, a hidden cell that could be recovered, a template that is wrong.
    pub async fn bilan(&self, request: &Request) -> Result<Made> {
        let answers = self.answers(request).await?;
        tokio::task::block_in_place(|| self.made(request, self.pass(request, answers)?))
    }

    /// What the document of `request` is a function of, its tables left out: no query runs.
    ///
    /// # Errors
    /// A query that is not there, a comment that cannot be read.
    pub fn inputs(&self, request: &Request) -> Result<Manifest> {
        let mut requetes = Vec::new();
        for demand in self.demands(request) {
            let query = self.catalogue.get(&demand.requete)?;
            let parameters = bind(&query.definition, &given(&demand))?;
            requetes.push(manifest::Requete::new(&demand.cle, query, &parameters));
        }
        let comments = comments(request, &request.annee.to_string())?;
        self.manifest(request, requetes, &comments)
    }

    fn demands(&self, request: &Request) -> Vec<Demande> {
        demandes(
            &request.zone,
            request.annee,
            self.catalogue.iter().map(|q| q.definition.as_ref()),
        )
    }

    /// Runs the queries of a document, several at once.
    ///
    /// # Errors
    /// A query that fails.
    pub async fn answers(&self, request: &Request) -> Result<Answers> {
        let mut runs = Vec::new();
        for demand in self.demands(request) {
            runs.push((self.catalogue.get(&demand.requete)?, demand));
        }
        // Planning is most of a query's time and takes one core: a task each keeps all of them busy.
        let runs = runs.into_iter().map(|(query, demand)| {
            let (session, query) = (self.session.clone(), query.clone());
            let partage = self.partage.clone();
            tokio::spawn(async move {
                let given = given(&demand);
                let table = match partage {
                    Some(shared) => shared.run(&session, &query, &given).await?,
                    None => session.run(&query, &given).await?,
                };
                let requete = manifest::Requete::new(&demand.cle, &query, &table.parameters);
                Ok::<_, Error>((demand.cle, requete, table))
            })
        });
        let runs: Vec<_> = futures::stream::iter(runs)
            .buffered(self.session.threads())
            .collect()
            .await;
        let mut answers = Answers::default();
        for run in runs {
            let (key, requete, table) = run.access(|| "requête interrompue".into())??;
            answers.keys.push(key);
            answers.requetes.push(requete);
            answers.tables.push(table);
        }
        Ok(answers)
    }

    /// Passes the answers of a document through the gate, given what is published. Those of several documents to
    /// publish pass in a fixed order.
    ///
    /// # Errors
    /// A hidden cell that could be recovered.
    pub fn pass(&self, request: &Request, answers: Answers) -> Result<Passed> {
        let Answers {
            keys,
            requetes,
            tables,
        } = answers;
        let released = self.released(request, &request.nom(), keys, tables)?;
        Ok(Passed { requetes, released })
    }

    /// The gate itself, for bilans and evaluations, whose document is called `nom`.
    pub(super) fn released(
        &self,
        request: &Request,
        nom: &str,
        keys: Vec<String>,
        tables: Vec<RawTable>,
    ) -> Result<Released> {
        if request.sans_secret {
            let open = Gate::open_unprotected(tables);
            return Ok(Released {
                tables: keys.into_iter().zip(open).collect(),
                annex: None,
                publication: None,
                earlier: Vec::new(),
            });
        }
        let gate = self.config.secret.gate();
        let nom = request.definitif.then_some(nom);
        let (release, earlier) = self.registre.passer(nom, |earlier| {
            gate.release_after(tables, &self.zones, earlier)
        })?;
        let Release {
            tables,
            mut annex,
            publication,
        } = release;
        if !request.definitif {
            annex.advice.push(PROJET.to_owned());
        }
        for ((titre, _), key) in annex.hidden_share.iter_mut().zip(&keys) {
            if let Some((_, part)) = key.split_once('/') {
                titre.push_str(match part {
                    "precedent" => ", un an plus tôt",
                    "medicobus" => ", par médicobus",
                    "parties" => ", par territoire",
                    _ => "",
                });
            }
        }
        Ok(Released {
            tables: keys.into_iter().zip(tables).collect(),
            annex: Some(annex),
            publication: request.definitif.then_some(publication),
            earlier,
        })
    }

    /// Makes a document from its answers: tables, charts, manifest.
    ///
    /// # Errors
    /// A template that is wrong.
    pub fn made(&self, request: &Request, passed: Passed) -> Result<Made> {
        let zone = &request.zone;
        let Passed { requetes, released } = passed;
        let Released {
            tables,
            annex,
            publication,
            earlier,
        } = released;
        let commentaires = comments(request, &request.annee.to_string())?;
        let mut provenance = self.provenance(zone, request.annee, &requetes);
        let options = self.options(request, &requetes, &commentaires);
        provenance.commande.push_str(&options);
        let input = BilanInput {
            zone,
            annee: request.annee,
            tables: &tables,
            parties: &self.parts(zone),
            commentaires: &commentaires,
            seuils: &self.config.seuils,
            seuil: self.config.secret.seuil,
            definitif: request.definitif,
            fictives: self.fictives,
            emetteur: None,
            logo: None,
            date: self.date,
            provenance: &provenance,
            secret: annex.as_ref(),
            gabarits: &self.gabarits,
        };
        let document = match request.kind() {
            "fiche" => fiche(&input)?,
            _ => bilan(&input)?,
        };
        let mut manifest = self.manifest(request, requetes, &commentaires)?;
        manifest.publications = earlier;
        let (document, manifest) = seal(document, &tables, manifest)?;
        Ok(Made {
            nom: request.nom(),
            document,
            tables,
            manifest,
            publication,
        })
    }

    /// Options of the printed command without which it would give another document. A folder is not named: where it
    /// stands is no part of the document.
    fn options(
        &self,
        request: &Request,
        requetes: &[manifest::Requete],
        commentaires: &BTreeMap<String, String>,
    ) -> String {
        let autres = requetes.iter().any(|r| r.origine != "release");
        let gabarits = self.gabarits != self.publies;
        [
            (request.definitif, " --final"),
            (request.sans_secret, " --sans-secret"),
            (!commentaires.is_empty(), " --commentaires DOSSIER"),
            (autres, " --queries DOSSIER"),
            (gabarits, " --templates DOSSIER"),
            (self.config != Config::default(), " --config FICHIER"),
        ]
        .into_iter()
        .filter_map(|(oui, option)| oui.then_some(option))
        .collect()
    }

    pub(super) fn provenance(
        &self,
        zone: &Zone,
        annee: i32,
        requetes: &[manifest::Requete],
    ) -> Provenance {
        let mut lues: Vec<RequeteLue> = requetes
            .iter()
            .map(|r| RequeteLue {
                nom: r.nom.clone(),
                empreinte: r.sha256.clone(),
                origine: match r.origine.as_str() {
                    "modified" => "modifiée",
                    "added" => "ajoutée",
                    _ => "publiée",
                }
                .to_string(),
            })
            .collect();
        lues.dedup_by(|a, b| a.nom == b.nom);
        // The deliveries of its own région made this document; the nation reads them all.
        let region = match zone.niveau.as_str() {
            "region" => Some(zone.code.clone()),
            "departement" => self
                .communes
                .iter()
                .find(|c| c.departement == zone.code)
                .map(|c| c.region.clone()),
            "medicobus" => self
                .bus
                .iter()
                .find(|b| b.id == zone.code)
                .map(|b| b.region.clone()),
            _ => None,
        };
        let option = match zone.niveau.as_str() {
            "national" => "--national".to_string(),
            niveau => format!("--{niveau} {}", zone.code),
        };
        Provenance {
            programme: base::text::PROGRAM.to_string(),
            version_depot: self.session.version().to_string(),
            date_depot: self.date.format("%Y-%m-%d").to_string(),
            commande: format!(
                "medicobus bilan {option} --annee {annee} --version {}",
                self.session.version()
            ),
            gabarits: self.gabarits.empreinte(),
            requetes: lues,
            livraisons: self
                .livraisons
                .iter()
                .filter(|l| region.as_ref().is_none_or(|r| l.region == *r))
                .cloned()
                .collect(),
        }
    }

    pub(super) fn manifest(
        &self,
        request: &Request,
        requetes: Vec<manifest::Requete>,
        commentaires: &BTreeMap<String, String>,
    ) -> Result<Manifest> {
        Ok(Manifest {
            programme: "medicobus".into(),
            version_programme: env!("CARGO_PKG_VERSION").into(),
            document: request.kind().into(),
            niveau: request.zone.niveau.clone(),
            zone: request.zone.code.clone(),
            annee: request.annee,
            annees: Vec::new(),
            version_depot: self.session.version(),
            publications: Vec::new(),
            diffusable: !request.sans_secret,
            donnees_fictives: self.fictives,
            definitif: request.definitif,
            configuration: serde_json::to_value(&self.config).access(|| "configuration".into())?,
            entrees: self.entrees.clone(),
            requetes,
            modeles: self
                .gabarits
                .fichiers()
                .iter()
                .map(|(path, bytes)| (path.clone(), sha256(bytes)))
                .collect(),
            population: None,
            commentaires: commentaires
                .iter()
                .map(|(k, text)| (k.clone(), sha256(text.as_bytes())))
                .collect(),
            tables: BTreeMap::new(),
        })
    }
}

/// Attaches the tables to the document, puts their hashes in the manifest, and the manifest in the document.
pub(super) fn seal(
    mut document: Document,
    tables: &BTreeMap<String, GatedTable>,
    mut manifest: Manifest,
) -> Result<(Document, Manifest)> {
    for (key, table) in tables {
        let description = format!("{} ({})", table.definition().title, portee(key));
        document.joindre(
            &format!("{}.csv", key.replace('/', "_")),
            "text/csv",
            &typography(&description),
            "data",
            export::csv::bytes(table)?,
        );
    }

    manifest.tables = document
        .donnees
        .pieces
        .iter()
        .filter_map(|piece| Some((piece.nom.clone(), sha256(document.piece(&piece.nom)?))))
        .collect();
    let json = serde_json::to_vec_pretty(&manifest).access(|| "manifeste".into())?;
    document.joindre(
        MANIFESTE,
        "application/json",
        "Manifeste : tout ce dont ce document dépend",
        "source",
        json,
    );
    Ok((document, manifest))
}

/// The parameters of a demand as the catalogue reads them.
fn given(demand: &Demande) -> BTreeMap<String, String> {
    demand
        .parametres
        .iter()
        .map(|(name, value)| (name.clone(), export::machine(value)))
        .collect()
}

/// The committee's Markdown for a zone and document, by chapter: `<folder>/<zone>/<year or evaluation>/<chapter>.md`.
pub(super) fn comments(request: &Request, document: &str) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let Some(folder) = &request.commentaires else {
        return Ok(found);
    };
    let code = match request.zone.niveau.as_str() {
        "national" => "national".to_string(),
        "region" => request.zone.code.clone(),
        niveau => format!("{niveau}-{}", request.zone.code),
    };
    let folder = folder.join(code).join(document);
    if !folder.is_dir() {
        return Ok(found);
    }
    let fail = || format!("commentaires illisibles : {}", folder.display());
    for entry in std::fs::read_dir(&folder).access(fail)? {
        let path = entry.access(fail)?.path();
        if path.extension().is_some_and(|e| e == "md")
            && let Some(chapter) = path.file_stem().and_then(|s| s.to_str())
        {
            let text = std::fs::read_to_string(&path)
                .access(|| format!("commentaire illisible : {}", path.display()))?;
            found.insert(chapter.to_string(), text);
        }
    }
    Ok(found)
}

/// Names of the buses, and where each one is.
async fn buses(session: &Session) -> Result<(BTreeMap<String, String>, Vec<Bus>)> {
    let batch = session
        .read("SELECT id_medicobus, nom, code_departement, code_region FROM medicobus ORDER BY 1, 2, 3, 4")
        .await?;
    let (mut names, mut buses) = (BTreeMap::new(), Vec::new());
    for row in rows(&batch)? {
        let text = |i: usize| {
            let text = row.get(i).and_then(Value::as_text);
            text.unwrap_or_default().to_string()
        };
        // A bus without a name goes by its identifier.
        let nom = Some(text(1)).filter(|nom| !nom.is_empty());
        names.insert(text(0), nom.unwrap_or_else(|| text(0)));
        buses.push(Bus {
            id: text(0),
            departement: text(2),
            region: text(3),
        });
    }
    Ok((names, buses))
}

/// The deliveries of the state, one line each.
async fn deliveries(session: &Session) -> Result<Vec<LivraisonLue>> {
    let batch = session
        .read(
            "SELECT livraison_region, livraison_periode, producteur, sum(lignes_lues), sum(lignes_acceptees), \
             sum(lignes_refusees), sha256 FROM livraisons \
             GROUP BY livraison_region, livraison_periode, producteur, sha256 ORDER BY 1, 2, 3, 7",
        )
        .await?;
    Ok(rows(&batch)?
        .into_iter()
        .map(|row| {
            let text = |i: usize| {
                row.get(i)
                    .and_then(Value::as_text)
                    .unwrap_or_default()
                    .to_string()
            };
            let count = |i: usize| match row.get(i) {
                Some(Value::Int(n)) => u64::try_from(*n).unwrap_or_default(),
                _ => 0,
            };
            LivraisonLue {
                region: text(0),
                periode: text(1),
                producteur: text(2),
                lues: count(3),
                acceptees: count(4),
                refusees: count(5),
                empreinte: text(6),
            }
        })
        .collect())
}

/// The last day that the deliveries tell about. It dates the documents: a clock would make two runs differ.
async fn last_day(session: &Session) -> Result<NaiveDate> {
    let batch = session.read("SELECT max(\"date\") FROM tournees").await?;
    match rows(&batch)?.first().and_then(|row| row.first()) {
        Some(Value::Date(day)) => Ok(*day),
        _ => Err(Error::usage(
            "le dépôt ne contient aucune tournée : il n'y a pas de bilan à faire",
        )
        .hint("chargez une livraison avec « medicobus charger »")),
    }
}
