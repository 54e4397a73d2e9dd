//! What the buses are paid, and what a day out costs beside the reference of the instruction.

use std::collections::BTreeMap;

use super::{chapitre, par_partie};
use crate::builder::Builder;
use crate::content::{Block, Chapter};
use crate::prose::{Fact, for_sentence};
use crate::slice::{SliceRow, Slice};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use charts::bar::{Bar, BarChart};

/// The instruction's running cost: 200 000 € a year for five days a week, hence 260 days.
const REFERENCE: f64 = 200_000.0;
/// Days out of a year at five days a week.
const JOURS: f64 = 260.0;

pub(super) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    let financement = a.vue("financement").filter(|v| !v.is_empty());
    let cout = a.vue("cout").filter(|v| !v.is_empty());
    if financement.is_none() && cout.is_none() {
        return Ok(None);
    }
    let phrases = phrases(a)?;
    let mut blocs = Vec::new();
    if let Some(vue) = &financement {
        blocs.extend(sources(a, vue)?);
    }
    if cout.is_some() {
        blocs.push(Block::Heading {
            texte: "Coût de fonctionnement".into(),
        });
        blocs.push(par_jour(a)?);
        let titre = format!("Coût de fonctionnement, {}", a.input.annee);
        let colonnes = [
            "nom_zone",
            "medicobus",
            "fonctionnement",
            "reference",
            "ecart_reference",
            "jours_sortie",
            "cout_par_jour",
            "cout_par_consultation",
            "cout_par_patient",
        ];
        blocs.extend(a.tableau_zones("cout", &titre, &colonnes));
        a.imprimees.insert("cout/precedent".into());
        if let Some(bus) = a
            .vue("cout/medicobus")
            .filter(|v| !v.is_empty() && v.len() <= 60)
        {
            let colonnes = [
                "nom_zone",
                "fonctionnement",
                "ecart_reference",
                "jours_sortie",
                "cout_par_jour",
                "cout_par_consultation",
            ];
            blocs.push(a.tableau(
                "cout/medicobus",
                "Coût de chaque médicobus",
                &bus,
                &colonnes,
            ));
        }
    }
    Ok(Some(chapitre(
        a,
        "financement",
        "Financement et coût",
        phrases,
        blocs,
    )))
}

/// The row of a nature and a financer.
fn ligne<'v>(vue: &Slice<'v>, nature: &str, financeur: &str) -> Option<SliceRow<'v>> {
    vue.ou("nature", nature)
        .ou("financeur", financeur)
        .premiere()
}

fn phrases(a: &Builder<'_>) -> Result<Vec<String>> {
    let montants = |cle: &str| -> BTreeMap<&'static str, BTreeMap<String, Fact>> {
        let vue = a.vue(cle);
        let colonnes = ["medicobus".to_string(), "montant".to_string()];
        ["fonctionnement", "investissement", "ensemble"]
            .into_iter()
            .map(|nature| {
                let ligne = vue.as_ref().and_then(|v| ligne(v, nature, "ensemble"));
                (nature, Fact::ligne(ligne.as_ref(), &colonnes))
            })
            .collect()
    };
    let couts = |cle: &str| {
        let colonnes = [
            "fonctionnement",
            "ecart_reference",
            "cout_par_jour",
            "cout_par_consultation",
            "cout_par_patient",
        ]
        .map(String::from);
        Fact::ligne(a.ligne(cle).as_ref(), &colonnes)
    };
    let contexte = BTreeMap::from([
        ("f", for_sentence(montants("financement"))),
        ("fp", for_sentence(montants("financement/precedent"))),
        ("c", for_sentence(couts("cout"))),
        ("cp", for_sentence(couts("cout/precedent"))),
    ]);
    a.phrases("financement.j2", contexte)
}

/// Who paid the running costs, this year and the last, and the table of all financers.
fn sources(a: &mut Builder<'_>, vue: &Slice<'_>) -> Result<Vec<Block>> {
    let precedents = a.vue("financement/precedent");
    let barres: Vec<Bar> = vue
        .ou("nature", "fonctionnement")
        .sauf("financeur", "ensemble")
        .lignes()
        .map(|l| Bar {
            libelle: l.libelle(&["nom_financeur", "financeur"]),
            valeur: l.valeur("montant"),
            precedente: precedents
                .as_ref()
                .and_then(|p| ligne(p, "fonctionnement", l.texte("financeur")?))
                .map_or(Figure::Missing, |p| p.valeur("montant")),
            secondaire: false,
        })
        .collect();
    let connus = barres.iter().any(|b| b.precedente != Figure::Missing);
    let trace = BarChart {
        barres,
        format: Format::Euros,
        comparaison: connus.then(|| (a.input.annee - 1).to_string()),
        reference: None,
    };
    let titre = format!(
        "Financement du fonctionnement par financeur, {}",
        a.input.annee
    );
    let graphique = a.graphique("financement-sources", &titre, &trace, vue.table())?;
    let colonnes = ["nom_financeur", "nature", "medicobus", "montant", "part"];
    let mut tableau = a.tableau(
        "financement",
        &format!("Financements par source, {}", a.input.annee),
        vue,
        &colonnes,
    );
    super::renommer(
        &mut tableau,
        &[
            ("fonctionnement", "Fonctionnement"),
            ("investissement", "Investissement"),
            ("ensemble", "Ensemble"),
        ],
    );
    if let (Block::Table(t), Some(p)) = (&mut tableau, &precedents) {
        // Last year's amount beside this year's, where the same financer paid the same thing.
        let avant: Vec<String> = vue
            .lignes()
            .map(|l| {
                let autre = l
                    .texte("nature")
                    .zip(l.texte("financeur"))
                    .and_then(|(n, f)| ligne(p, n, f));
                autre.map_or_else(
                    || base::french::MISSING.to_string(),
                    |p| p.imprime("montant"),
                )
            })
            .collect();
        let colonne = crate::content::PrintedColumn {
            titre: format!("Montant en {}", a.input.annee - 1),
            alignement: "droite".into(),
        };
        t.colonnes.push(colonne);
        for (ligne, texte) in t.lignes.iter_mut().zip(avant) {
            ligne.push(texte);
        }
        a.imprimees.insert("financement/precedent".into());
    }
    Ok(vec![graphique, tableau])
}

/// The cost of a day out beside the reference: each bus, or each région of the nation.
fn par_jour(a: &mut Builder<'_>) -> Result<Block> {
    let national = a.input.zone.level == "national";
    let cle = if national {
        "cout/parties"
    } else {
        "cout/medicobus"
    };
    let tables = &a.input.tables;
    let table = tables.get(cle).or_else(|| tables.get("cout"));
    let Some(table) = table else {
        return Ok(Block::Paragraph {
            texte: "Le coût par jour n’est pas connu.".into(),
        });
    };
    let vue = Slice::new(table);
    let mut lignes: Vec<SliceRow<'_>> = vue.lignes().take(60).collect();
    lignes.sort_by_key(|l| l.libelle(&["nom_zone", "code_zone"]));
    let mut barres: Vec<Bar> = lignes
        .iter()
        .map(|l| Bar {
            libelle: l.libelle(&["nom_zone", "code_zone"]),
            valeur: l.valeur("cout_par_jour"),
            precedente: Figure::Missing,
            secondaire: false,
        })
        .collect();
    if let Some(ensemble) = a.ligne("cout").filter(|_| barres.len() > 1) {
        let precedente = a.ligne("cout/precedent");
        barres.push(Bar {
            libelle: ensemble.libelle(&["nom_zone", "code_zone"]),
            valeur: ensemble.valeur("cout_par_jour"),
            precedente: precedente.map_or(Figure::Missing, |l| l.valeur("cout_par_jour")),
            secondaire: true,
        });
    }
    let reference = REFERENCE / JOURS;
    let nom = format!(
        "référence : {} ({} pour {JOURS} jours)",
        base::french::formatted(reference, Format::Euros),
        base::french::formatted(REFERENCE, Format::Euros)
    );
    let trace = BarChart {
        barres,
        format: Format::Euros,
        comparaison: None,
        reference: Some((nom, reference)),
    };
    let qui = if national {
        par_partie(a)
    } else {
        "par médicobus"
    };
    let titre = format!("Coût d'un jour de sortie {qui}, {}", a.input.annee);
    a.graphique("cout-jour", &titre, &trace, table)
}
