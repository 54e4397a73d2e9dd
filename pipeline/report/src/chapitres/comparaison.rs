//! The nation only: régions side by side, with intervals and limits, never as a bare league table.

use super::chapitre;
use crate::builder::Builder;
use crate::content::{Block, Chapter, Tone};
use crate::slice::{SliceRow, Slice};
use base::definition::Format;
use base::error::Result;
use base::french::Figure;
use base::french::{period, typography};
use charts::caterpillar::{Caterpillar, RankedEstimate};
use charts::funnel::{Funnel, FunnelLimits, FunnelPoint};
use charts::small_multiples::{SmallMultiples, CurvePanel};
use stats::{funnel, wilson};

pub(crate) fn construire(a: &mut Builder<'_>) -> Result<Option<Chapter>> {
    if a.input.zone.level != "national" {
        return Ok(None);
    }
    let mut blocs: Vec<Block> = Vec::new();
    if let Some(mois) = a
        .vue("consultations_par_mois/parties")
        .filter(|v| !v.is_empty())
    {
        blocs.push(multiples(a, &mois)?);
        a.imprimees.insert("consultations_par_mois/parties".into());
    }
    if let Some(mt) = a
        .vue("part_sans_mt_patients/parties")
        .filter(|v| v.len() > 1)
    {
        blocs.push(classement(a, &mt)?);
        blocs.extend(entonnoir(a, &mt)?);
    }
    if blocs.is_empty() {
        return Ok(None);
    }
    // The caution comes before what it is about.
    let prudence = Block::Callout {
        niveau: Tone::Info,
        titre: "Comparer sans classer".into(),
        textes: vec![typography(
            "Les régions sont rangées par nom et non par valeur. Les patients d'une région ne ressemblent pas à ceux d'une autre : un écart dit une situation, pas une performance.",
        )],
    };
    blocs.insert(0, prudence);
    let phrases = vec![typography(
        "Ce chapitre met les régions côte à côte, avec l'incertitude de chaque valeur et les limites que le hasard seul ne dépasserait guère.",
    )];
    Ok(Some(chapitre(
        a,
        "comparaison",
        "Comparaison des régions",
        phrases,
        blocs,
    )))
}

fn multiples(a: &mut Builder<'_>, vue: &Slice<'_>) -> Result<Block> {
    let pas = {
        let mut p: Vec<&str> = vue.distincts("periode");
        p.sort_unstable();
        p
    };
    let serie = |v: &Slice<'_>| -> Vec<Figure> {
        pas.iter()
            .map(|p| {
                v.ou("periode", p)
                    .premiere()
                    .map_or(Figure::Missing, |l| l.valeur("consultations_par_jour"))
            })
            .collect()
    };
    let mut panneaux: Vec<CurvePanel> = vue
        .distincts("code_zone")
        .into_iter()
        .map(|code| {
            let zone = vue.ou("code_zone", code);
            let nom = zone.premiere().map_or_else(
                || code.to_string(),
                |l| l.libelle(&["nom_zone", "code_zone"]),
            );
            CurvePanel {
                nom,
                valeurs: serie(&zone),
            }
        })
        .collect();
    panneaux.sort_by_key(|p| cle_de_tri(&p.nom));
    let reference = a.vue("consultations_par_mois").map(|v| CurvePanel {
        nom: "France".into(),
        valeurs: serie(&v),
    });
    // Half a panel is too narrow for a month's whole name and its year.
    let borne = |p: Option<&&str>| {
        let nom = p.map_or_else(String::new, |p| period(p));
        nom.split_once(' ')
            .map_or(nom.clone(), |(mois, _)| super::activite::abrege(mois))
    };
    let trace = SmallMultiples {
        panneaux,
        reference,
        bornes: (borne(pas.first()), borne(pas.last())),
        format: Format::Decimal1,
        unite: "consultations par jour de sortie".into(),
    };
    let titre = format!(
        "Consultations par jour de sortie de chaque région (tirets : France), {}",
        a.input.annee
    );
    a.graphique("comparaison-multiples", &titre, &trace, vue.table())
}

fn comptes(l: &SliceRow<'_>) -> Option<(u64, u64)> {
    Some((
        l.valeur("sans_mt").number()? as u64,
        l.valeur("patients_connus").number()? as u64,
    ))
}

/// Order of names for a French reader: `Île-de-France` stands among the I, not after Z.
pub(crate) fn cle_de_tri(nom: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let sans_accent: String = nom.nfd().filter(char::is_ascii).collect();
    sans_accent.to_lowercase()
}

fn par_nom<'v>(vue: &Slice<'v>) -> Vec<SliceRow<'v>> {
    let mut lignes: Vec<SliceRow<'v>> = vue.lignes().collect();
    lignes.sort_by_key(|l| cle_de_tri(&l.libelle(&["nom_zone", "code_zone"])));
    lignes
}

fn classement(a: &mut Builder<'_>, vue: &Slice<'_>) -> Result<Block> {
    let estimations = par_nom(vue)
        .iter()
        .map(|l| RankedEstimate {
            libelle: l.libelle(&["nom_zone", "code_zone"]),
            valeur: l.valeur("part_sans_mt"),
            intervalle: comptes(l)
                .and_then(|(x, n)| wilson::wilson(x, n, 0.95))
                .map(|i| (100.0 * i.lower, 100.0 * i.upper)),
        })
        .collect();
    let reference = a
        .ligne("part_sans_mt_patients")
        .and_then(|l| l.valeur("part_sans_mt").number())
        .map(|x| ("France".to_string(), x));
    let note =
        "trait : intervalle de Wilson à 95 % ; carré : intervalle sans la valeur de la France"
            .into();
    let trace = Caterpillar {
        estimations,
        reference,
        format: Format::Percent,
        note,
    };
    let titre = "Part des patients sans médecin traitant par région, avec son intervalle";
    a.graphique("comparaison-classement", titre, &trace, vue.table())
}

fn entonnoir(a: &mut Builder<'_>, vue: &Slice<'_>) -> Result<Option<Block>> {
    let Some(centre) = a
        .ligne("part_sans_mt_patients")
        .and_then(|l| l.valeur("part_sans_mt").number())
    else {
        return Ok(None);
    };
    let cible = centre / 100.0;
    let mut zones = Vec::new();
    for l in par_nom(vue) {
        if let (Some((x, n)), Some(taux)) = (comptes(&l), l.valeur("part_sans_mt").number()) {
            let hors = funnel::limits(n, cible)
                .is_some_and(|f| f.place(x as f64 / n as f64) == funnel::Place::Alarm);
            zones.push(FunnelPoint {
                nom: l.libelle(&["nom_zone", "code_zone"]),
                effectif: n as f64,
                taux,
                hors,
            });
        }
    }
    let max = zones.iter().map(|z| z.effectif).fold(0.0, f64::max);
    // Sizes grow by a constant factor: the funnel is steep at its mouth.
    let limites = (0..=40)
        .map(|i| {
            (max * 1.05 * (f64::from(i) / 40.0).powi(2))
                .max(max / 40.0)
                .round() as u64
        })
        .filter_map(|n| funnel::limits(n, cible))
        .map(|f| {
            let pour_cent = |(bas, haut): (f64, f64)| (100.0 * bas, 100.0 * haut);
            FunnelLimits {
                effectif: f.size as f64,
                interieure: pour_cent(f.warning),
                exterieure: pour_cent(f.alarm),
            }
        })
        .collect();
    let trace = Funnel {
        zones,
        limites,
        centre,
        format: Format::Percent,
        unite: "patients à situation connue".into(),
    };
    let titre = "Part sans médecin traitant selon le nombre de patients : limites du hasard autour de la France";
    Ok(Some(a.graphique(
        "comparaison-entonnoir",
        titre,
        &trace,
        vue.table(),
    )?))
}
