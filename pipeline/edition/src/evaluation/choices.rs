//! Every choice of the causal chapter by name, in French, read from what the estimates are made with: what an analysis plan holds.

use std::collections::BTreeMap;

use disclosure::estimate::{MAX_SHARE, MIN_TERRITORIES};
use stats::did::{BasePeriod, Control, Incomplete, Method};

use super::average::POWER;
use super::design::{MIN_CLUSTERS, MIN_EFFECTIVE, MIN_SERVED, TerritoryRole};
use super::effects::{WINDOW_YEARS, options};
use super::few_clusters::{DRAWS, FEW};
use super::for_whom::splits;
use super::measurements::COVARIATES;
use super::outcome::{Measured, OUTCOMES, Outcome, Step, Weighting};
use super::variants::VARIANTS;

/// The choices; `threshold` is the fewest people that may be printed.
pub fn choices(threshold: u32) -> BTreeMap<String, String> {
    let of_outcome = |o: &Outcome| (format!("indicateur {}", o.code), outcome(o));
    let of_variant =
        |(code, name): &(&str, &str)| (format!("variante {code}"), (*name).to_string());
    let set_aside = TerritoryRole::ALL
        .into_iter()
        .map(|(_, code, name)| (format!("emploi {code}"), name.to_string()));

    let named = |(name, text): (&str, String)| (name.to_string(), text);
    OUTCOMES
        .iter()
        .map(of_outcome)
        .chain(VARIANTS.iter().map(of_variant))
        .chain(set_aside)
        .chain(model().into_iter().chain(thresholds(threshold)).map(named))
        .collect()
}

fn outcome(o: &Outcome) -> String {
    let measured = match o.measured {
        Measured::Share(x, n) => format!("{x} / {n}"),
        Measured::Level(x, _) | Measured::Supply(x) => x.to_string(),
    };
    let step = match o.step {
        Step::Quarter => "trimestre",
        Step::HalfYear => "semestre",
    };
    let weight = match o.weighting {
        Weighting::Patients => "patients de départ",
        Weighting::Ald => "patients en ALD de départ",
        Weighting::Aged70Plus => "patients de 70 ans et plus de départ",
        Weighting::Requests => "demandes d'avant la première desserte",
    };
    let grid: Vec<String> = o.grid.iter().map(|m| m.to_string().replace('.', ",")).collect();
    format!(
        "{} : {measured}, par {step}, poids : {weight}, M : {}",
        o.name,
        grid.join(" ; ")
    )
}

/// The model of the estimate that is retained.
fn model() -> Vec<(&'static str, String)> {
    let o = options(0);
    let method = match o.method {
        Method::DoublyRobust => "double robustesse",
        Method::OutcomeRegression => "régression",
        Method::InverseProbability => "pondération inverse",
    };
    let control = match o.control {
        Control::NeverTreated => "territoires jamais desservis",
        Control::NotYetTreated => "territoires pas encore desservis",
    };
    let base = match o.base {
        BasePeriod::Universal => "la période qui précède la première tournée",
        BasePeriod::Varying => "la période précédente",
    };
    let incomplete = match o.incomplete {
        Incomplete::Pairs => "territoires observés aux deux périodes de chaque comparaison",
        Incomplete::CrossSections => "coupes répétées",
        Incomplete::Drop => "territoires incomplets retirés",
    };
    let errors = match o.small_sample {
        true => "grappes d'EPCI, corrigées pour des grappes peu nombreuses ou inégales",
        false => "grappes d'EPCI, sans correction",
    };
    let draws = o.bootstrap.map(|b| format!("{} tirages, graine {}", b.draws, b.seed));
    let covariates: Vec<&str> = COVARIATES.iter().map(|(name, _)| *name).collect();

    vec![
        ("estimateur", format!("Callaway et Sant'Anna (2021), {method}, sans covariable")),
        ("moyenne", "par cohorte, puis entre cohortes au poids de leurs personnes".into()),
        ("cohorte", "trimestre de la première tournée effective".into()),
        ("témoins", control.into()),
        ("période de référence", base.into()),
        ("anticipation", format!("{} période", o.anticipation)),
        ("panel incomplet", incomplete.into()),
        ("erreurs types", errors.into()),
        ("bandes et test d'avant", draws.unwrap_or_else(|| "Bonferroni".into())),
        ("niveau de confiance", format!("{} %", 100.0 * o.level)),
        (
            "fenêtre de l'étude d'événement",
            format!("{WINDOW_YEARS} ans de part et d'autre"),
        ),
        ("date placebo", "un an plus tôt".into()),
        (
            "tests multiples",
            "Benjamini et Hochberg (1995) sur tous les indicateurs".into(),
        ),
        ("covariables des variantes ajustées", covariates.join(" ; ")),
        ("voisins", "estimés à part, datés de la première tournée de leur EPCI".into()),
        (
            "magnitudes relatives",
            "multiple de l'écart d'avant qui annule l'effet moyen".into(),
        ),
        (
            "contrôles de l'erreur",
            format!(
                "jusqu'à {FEW} grappes desservies : jackknife, {} réaffectations des dates (graine {}), sans une grappe, sans une cohorte",
                DRAWS.0, DRAWS.1
            ),
        ),
        ("pour qui, à titre exploratoire", splits().collect::<Vec<_>>().join(" ; ")),
    ]
}

/// Below which nothing is concluded or printed.
fn thresholds(people: u32) -> Vec<(&'static str, String)> {
    vec![
        ("seuil : territoires desservis", MIN_SERVED.to_string()),
        ("seuil : grappes de chaque côté", MIN_CLUSTERS.to_string()),
        ("seuil : grappes efficaces desservies", MIN_EFFECTIVE.to_string()),
        ("seuil : territoires publiables", MIN_TERRITORIES.to_string()),
        ("seuil : part du plus lourd", MAX_SHARE.to_string()),
        ("seuil : personnes", people.to_string()),
        ("puissance de l'effet décelable", format!("{} %", 100.0 * POWER)),
        (
            "fragile si",
            "test d'avant < 5 %, fausse date non nulle, effet annulé par M = 0, ou non établi là où aucune autre mesure ne touche les desservis".into(),
        ),
    ]
}
