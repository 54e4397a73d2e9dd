//! One page: key figures, facts, points of vigilance.

use std::collections::BTreeMap;

use serde::Serialize;

use super::medecin_traitant::ecart_sans_mt;
use crate::builder::Builder;
use crate::content::{KeyFigure, Tone, SummaryPage, VigilancePoint};
use crate::prose::{Change, Fact, for_sentence};
use crate::slice::SliceRow;
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{self as format, typography};

#[derive(Serialize)]
struct Champ {
    nom: String,
    part: Fact,
}

pub(crate) fn construire(a: &mut Builder<'_>) -> Result<SummaryPage> {
    let s = a.faits("synthese");
    let ecart = a.ligne("synthese").and_then(|l| ecart_sans_mt(&l));
    let faits = if s.is_empty() {
        vec![typography(
            "Aucun chiffre clé n'est disponible pour cette zone et cette année.",
        )]
    } else {
        let contexte = BTreeMap::from([
            ("s", for_sentence(&s)),
            (
                "ecart_mt",
                for_sentence(ecart.map(|i| Change::new(i, Format::Points))),
            ),
        ]);
        a.phrases("synthese.j2", contexte)?
    };
    let mut synthese = SummaryPage {
        faits,
        ..SummaryPage::default()
    };
    if let Some(l) = a.ligne("synthese") {
        synthese.chiffres = chiffres(&l, a.input.annee - 1);
    }
    synthese.vigilance = vigilance(a, &s)?;
    synthese.blocs.extend(a.commentaire("synthese"));
    Ok(synthese)
}

/// Eight figures, each with last year's value.
fn chiffres(l: &SliceRow<'_>, precedent: i32) -> Vec<KeyFigure> {
    let choix: [(&str, &str, Option<&str>); 9] = [
        ("medicobus_actifs", "médicobus sortis dans l'année", None),
        ("jours_sortie", "jours de sortie", None),
        (
            "consultations",
            "consultations honorées",
            Some("evolution_consultations"),
        ),
        ("patients", "patients reçus", Some("evolution_patients")),
        (
            "consultations_par_jour",
            "consultations par jour de sortie",
            None,
        ),
        ("taux_remplissage", "des créneaux honorés", None),
        (
            "part_publics_prioritaires",
            "des patients d'un public prioritaire",
            None,
        ),
        (
            "part_sans_mt",
            "des 17 ans et plus sans médecin traitant",
            None,
        ),
        ("delai_median", "délai médian de rendez-vous", None),
    ];
    choix
        .iter()
        .filter(|(nom, _, _)| l.valeur(nom) != Figure::Missing)
        .map(|(nom, libelle, variation)| {
            let avant = format!("{nom}_precedent");
            let evolution = match (l.valeur(&avant), variation.map(|v| l.valeur(v))) {
                (Figure::Missing, _) => None,
                (Figure::Known(_), Some(Figure::Known(v))) => Some(format!(
                    "{} en {precedent} ({}{}%)",
                    l.imprime(&avant),
                    format::signed(v, 1),
                    format::THIN_SPACE
                )),
                _ => Some(format!("{} en {precedent}", l.imprime(&avant))),
            };
            KeyFigure {
                valeur: l.imprime(nom),
                libelle: typography(libelle),
                detail: None,
                evolution,
            }
        })
        .collect()
}

/// Points that the figures themselves raise, the criteria of the cahier des charges among them; `vigilance.j2` words them, one `level | sentence` a line.
fn vigilance(a: &Builder<'_>, s: &BTreeMap<String, Fact>) -> Result<Vec<VigilancePoint>> {
    if s.is_empty() {
        return Ok(Vec::new());
    }
    let mut d = a.faits("deploiement");
    d.entry("taux_sortie".into()).or_insert_with(Fact::inconnu);
    let mut s = s.clone();
    s.entry("taux_remplissage".into())
        .or_insert_with(Fact::inconnu);
    let fait = |l: &SliceRow<'_>, nom: &str| {
        l.cellule(nom)
            .map_or_else(Fact::inconnu, |(colonne, cellule)| {
                Fact::new(cellule, colonne.format)
            })
    };
    let completude: Vec<Champ> = a
        .vue("completude")
        .map(|v| {
            v.lignes()
                .map(|l| Champ {
                    nom: l.libelle(&["nom_champ", "champ"]),
                    part: fait(&l, "part_inconnus"),
                })
                .collect()
        })
        .unwrap_or_default();
    let refus = a
        .vue("completude_livraisons")
        .and_then(|v| v.ou("nom_table", "ensemble").premiere())
        .map_or_else(Fact::inconnu, |l| fait(&l, "part_refusee"));
    let contexte = BTreeMap::from([
        ("s", for_sentence(&s)),
        ("d", for_sentence(&d)),
        ("completude", for_sentence(&completude)),
        ("criteres", for_sentence(super::conformite::criteres(a))),
        (
            "livraisons",
            for_sentence(BTreeMap::from([("part_refusee", refus)])),
        ),
        ("seuils", for_sentence(a.input.seuils)),
    ]);
    let mut points: Vec<VigilancePoint> = a
        .phrases("vigilance.j2", contexte)?
        .iter()
        .filter_map(|ligne| {
            let (niveau, texte) = ligne.split_once('|')?;
            let niveau = Tone::parse(niveau)?;
            Some(VigilancePoint {
                niveau,
                mot: niveau.mot().into(),
                texte: texte.trim().into(),
            })
        })
        .collect();
    // The gravest first; a stable sort keeps the template's order within a level.
    points.sort_by_key(|p| match p.niveau {
        Tone::Alert => 0,
        Tone::Watch => 1,
        Tone::Unknown => 2,
        Tone::Info => 3,
        Tone::Compliant => 4,
    });
    Ok(points)
}
