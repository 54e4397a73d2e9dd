"""Which count each printed figure is, read from the definitions at the head of each query.

A count is named once, whatever the tables that print it: « avec médecin traitant » of the exclusive publics and of the profiles are
one count. A rate is a bound on the ratio of two counts, as wide as its last digit.
"""

from __future__ import annotations

from typing import NamedTuple

from documents import HIDDEN, Table


class Count(NamedTuple):
    """People (p), consultations (c) or other things (n) of a population, in a zone and a period."""

    measure: str
    population: str
    zone: str
    period: str

    def __str__(self) -> str:
        return f"{self.measure}[{self.population}] {self.zone} {self.period}"


class Rate(NamedTuple):
    """What a printed rate says: low × denominator ≤ numerator ≤ high × denominator; no denominator stands for one."""

    numerator: Count
    denominator: Count | None
    low: float
    high: float
    source: str


class Quantile(NamedTuple):
    """What a printed quantile of the delays says of those of two days at most."""

    share: float
    short: Count
    all: Count
    within: bool
    source: str


class Figure(NamedTuple):
    """A count as a document prints it: a value, or None where it is hidden."""

    count: Count
    value: float | None
    source: str
    label: str


CASES = {
    "toutes": "tous",
    "prevention": "nature=prevention",
    "non_programme": "non_programme=oui",
    "sas": "adressage=sas",
    "teleconsultation": "mode=teleconsultation",
}
PUBLICS = {
    "tous_patients": "tous",
    "ensemble": "tous",
    "mt_indisponible": "statut_mt=indisponible",
    "avec_mt": "statut_mt=avec",
    "statut_inconnu": "statut_mt=inconnu",
}
BEFORE = "_precedent"
# Column of a row without categories: measure, population, for the queries of one row per zone and period.
PLAIN = {
    "consultations": ("c", "tous"),
    "patients": ("p", "tous"),
    "publics_prioritaires": ("p", "prio=au_moins_un"),
    "patients_connus": ("p", "connus17"),
    "sans_mt": ("p", "sans17"),
    "statut_inconnu": ("p", "inconnus17"),
    "patients_delai": ("p", "rdv"),
    "creneaux_honores": ("n", "honores"),
    "absences": ("n", "absences"),
    "annulations": ("n", "annulations"),
}
OWN = {
    "continuite": {
        "patients": ("p", "revenus"),
        "consultations": ("c", "revenus"),
        "praticien_habituel": ("n", "habituel"),
        "fideles": ("p", "fideles"),
    },
    "cout": {"consultations": ("c", "finances"), "patients": ("p", "finances")},
    "delai_rendez_vous": {
        "rendez_vous": ("c", "rdv"),
        "patients": ("p", "rdv"),
        "deux_jours": ("c", "rdv2"),
        "patients_deux_jours": ("p", "rdv2"),
    },
}
PLAIN_QUERIES = {
    "synthese",
    "consultations_par_mois",
    "part_sans_mt_patients",
    "remplissage",
    "activite_par_medicobus",
    *OWN,
}
PANEL = ("patients", "sans_mt", "patients" + BEFORE, "sans_mt" + BEFORE)
SURVEY = ("demandes", "sans_rendez_vous", "refus", "demandes" + BEFORE)


def categories(table: Table, row: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Measure and population of each column of a row that has categories."""
    both = lambda name: {"patients": ("p", name), "consultations": ("c", name)}
    match table.query:
        case "consultations_par_profil" | "consultations_par_modalite":
            whole = row["modalite"] == "ensemble"
            return both("tous" if whole else f"{row['dimension']}={row['modalite']}")
        case "conformite_activite":
            return both(CASES.get(row["cas"], row["cas"]))
        case "completude":
            known = row["champ"] in ("non_programme", "adressage", "orientation")
            field = f"{row['champ']}=inconnu" if known else f"vide={row['champ']}"
            whole = {"consultations": ("c", "tous"), "patients_zone": ("p", "tous")}
            return {"inconnus": ("c", field), "patients": ("p", field), **whole}
        case "publics_exclusifs":
            return both(PUBLICS.get(row["cellule"], f"excl={row['cellule']}"))
        case "publics_prioritaires":
            return both(PUBLICS.get(row["public"], f"prio={row['public']}"))
        case "pyramide_ages":
            parts = [f"{d}={row[d]}" for d in ("tranche_age", "sexe") if row[d] != "ensemble"]
            return both(",".join(parts) or "tous")
        case "file_active":
            whole = row["anciennete"] == "ensemble"
            return both("tous" if whole else f"anciennete={row['anciennete']}")
        case "mt_trouve":
            return {name: ("p", f"{name}{row['delai_suivi']}") for name in ("suivis", "trouves")}
        case "mt_trouve_par_public":
            suffix = "" if row["public_entree"] == "ensemble" else f",{row['public_entree']}"
            return {name: ("p", f"{name}180{suffix}") for name in ("suivis", "trouves")}
        case "mt_trouve_par_voie":
            return {"trouves": ("p", "trouves180" if row["voie"] == "ensemble" else f"voie={row['voie']}")}
        case "completude_livraisons" if row["nom_table"] == "consultations":
            return {"lignes_acceptees": ("n", "lignes")}
        case "part_sans_mt_territoires":
            name = f"{row['public']},{row['desserte']}"
            return {c: ("p", f"panel:{c},{name}") for c in PANEL}
        case "delai_mg_territoires":
            return {c: ("p", f"enquete:{c},{row['desserte']}") for c in SURVEY}
        case _ if table.query in PLAIN_QUERIES:
            names = PLAIN | OWN.get(table.query, {})
            return names | {c + BEFORE: where for c, where in names.items()}
    return {}


def count_of(table: Table, row: dict[str, str], column: str, named: tuple[str, str]) -> Count:
    """The count behind a column of a row; last year's stands in the year before, except where it is another population."""
    period = row.get("periode") or row["annee"]
    if column.endswith(BEFORE) and table.query not in ("part_sans_mt_territoires", "delai_mg_territoires"):
        period = str(int(period[:4]) - 1) + period[4:]
    return Count(*named, table.zone(row), period)


def figures(table: Table) -> list[Figure]:
    """Every count that a table prints or hides."""
    found = []
    for number, row in enumerate(table.rows):
        for column, named in categories(table, row).items():
            text = row.get(column, "")
            if text == "":
                continue
            value = None if text == HIDDEN else float(text)
            source = f"{table.document}: {table.key}.{column}, ligne {number + 1}"
            found.append(Figure(count_of(table, row, column, named), value, source, column))
    return found
