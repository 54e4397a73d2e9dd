#!/usr/bin/env python3
"""What the gate's model lacks: relations that the attacker knows of a zone over three years and that queries/relations.toml does not imply.

    lacking.py [RELATIONS]

Both hold some counts possible together and others not. Counts that the gate's model allows are drawn in many directions; where the
attacker's does not allow them, the relation that keeps them out is told. Exit code 1 when there is one.
"""

from __future__ import annotations

import pathlib
import random
import sys
import tomllib
from itertools import product

import highspy
import numpy as np

from closed_lists import AGES, ENTRIES, FIELDS_LEFT_EMPTY, FIRST_YEAR, HORIZONS, PROFILE, PUBLICS, VISIT, WAYS, domain
from figures import CASES, Count
from figures import PUBLICS as NAMES_OF_PUBLICS
from patients import Patients
from system import INFINITE, System
from visits import Visits

RELATIONS = pathlib.Path(__file__).resolve().parents[2] / "queries/relations.toml"
ZONE, YEARS = "B1", [str(FIRST_YEAR + n) for n in range(3)]
DRAWS, MOST, WIDE = 1000, 1000.0, 1e-6
TERMS_SHOWN = 12
# What a column counts where nothing narrows it, beside patients and consultations.
MEASURES = {
    "patients_connus": ("p", "connus17"),
    "sans_mt": ("p", "sans17"),
    "statut_inconnu": ("p", "inconnus17"),
    "rendez_vous": ("c", "rdv"),
    "patients_delai": ("p", "rdv"),
    "deux_jours": ("c", "rdv2"),
    "patients_deux_jours": ("p", "rdv2"),
    "patients_revenus": ("p", "revenus"),
    "consultations_revenus": ("c", "revenus"),
    "praticien_habituel": ("n", "habituel"),
    "fideles": ("p", "fideles"),
}


def at(measure: str, population: str, year: str) -> Count:
    return Count(measure, population, ZONE, year)


def printed() -> list[Count]:
    """Every count of a zone that some table prints of each year."""
    both = ["tous", *(f"{f}={v}" for f in (*PROFILE, *VISIT) for v in domain(f))]
    both += [f"tranche_age={a},sexe={s}" for a, s in product(AGES, domain("sexe"))]
    both += [*(f"excl={e}" for e in PUBLICS), *(f"prio={p}" for p in ("ald_sans_mt", "70_plus_sans_mt", "au_moins_un", "isole_70_plus"))]
    both += ["anciennete=nouveau", "anciennete=connu", *(f"vide={f}" for f in FIELDS_LEFT_EMPTY)]
    both += ["non_programme_hors_sas", "autre_discipline", "rdv", "rdv2", "revenus"]
    people = ["connus17", "sans17", "inconnus17", "fideles", *(f"voie={w}" for w in WAYS)]
    people += [f"{name}{h}" for name in ("suivis", "trouves") for h in HORIZONS]
    people += [f"{name}180,{entry}" for name in ("suivis", "trouves") for entry in ENTRIES]
    names = [(m, name) for name in both for m in "pc"] + [("p", name) for name in people] + [("n", "habituel")]
    return [at(*name, year) for year in YEARS for name in names]


def named(term: dict[str, str], measure: str | None, year: str) -> Count:
    """The count of a term of the model; one of its own name where no table prints it."""
    narrowed = {k: v for k, v in term.items() if k not in ("mesure", "annee", "annees_depuis")}
    measure = term.get("mesure", measure)
    own = at("modèle", f"{measure} {narrowed}", year)
    if not narrowed and measure in MEASURES:
        return at(*MEASURES[measure], year)
    if measure in ("suivis", "trouves"):
        name = f"voie={narrowed['voie']}" if "voie" in narrowed else measure + narrowed["delai_suivi"]
        entry = narrowed.get("public_entree")
        name += f",{entry}" if entry else ""
        return at("p", name, year) if set(narrowed) <= {"delai_suivi", "voie", "public_entree"} else own
    short = {"patients": "p", "consultations": "c"}.get(measure)
    if short is None or len(narrowed) > 1:
        return own
    for dimension, value in narrowed.items():
        known = {
            "cas": CASES.get(value, value),
            "cellule": NAMES_OF_PUBLICS.get(value, f"excl={value}"),
            "public": NAMES_OF_PUBLICS.get(value, f"prio={value}"),
            "champ": f"vide={value}" if value in FIELDS_LEFT_EMPTY else f"{value}=inconnu",
        }
        return at(short, known.get(dimension, f"{dimension}={value}"), year)
    return at(short, "tous", year)


def dated(term: dict[str, str], measure: str | None, year: str) -> list[Count]:
    """The counts of a term in a relation of a year."""
    years = [year]
    if "annees_depuis" in term:
        years = [str(y) for y in range(int(term["annees_depuis"]), int(year))]
    elif term.get("annee") == "suivante":
        years = [str(int(year) + 1)]
    return [named(term, measure, y) for y in years]


class Gate:
    """What the gate reckons with: the model of the data, and what the headers say of rows and columns."""

    def __init__(self, relations: dict, counts: list[Count]):
        self.system, self.counts = System(), counts
        for count in counts:
            self.system.index(count)
        for year in YEARS:
            self._modelled(relations, year)
            self._rows(year)
            self._parts(year)

    def _modelled(self, relations: dict, year: str) -> None:
        for one in relations["sommes"]:
            for measure in one.get("mesures", [None]):
                self.system.equal("sommes", named(one["total"], measure, year), [named(p, measure, year) for p in one["parties"]])
        for one in relations["inclusions"]:
            for measure in one.get("mesures", [None]):
                parts, whole = ([c for t in one[side] for c in dated(t, measure, year)] for side in ("parties", "tout"))
                # Once a year is closed only, which the gate sees by the values.
                if not (at("p", "sans17", year) in parts and any(c.population.startswith("suivis") for c in whole)):
                    self.most(parts, whole)

    def most(self, parts: list[Count], whole: list[Count]) -> None:
        self.system.relate("au plus", [*((1.0, c) for c in parts), *((-1.0, c) for c in whole)], -INFINITE, 0.0)

    def _rows(self, year: str) -> None:
        """Rows of a total."""
        total = lambda m, name, parts: self.system.equal("lignes", at(m, name, year), [at(m, p, year) for p in parts])
        for m in "pc":
            for field in PROFILE:
                total(m, "tous", [f"{field}={v}" for v in domain(field)])
            for age in AGES:
                total(m, f"tranche_age={age}", [f"tranche_age={age},sexe={s}" for s in domain("sexe")])
            for sex in domain("sexe"):
                total(m, f"sexe={sex}", [f"tranche_age={a},sexe={sex}" for a in AGES])
            total(m, "tous", ["anciennete=nouveau", "anciennete=connu"])
            total(m, "tous", [*(f"excl={e}" for e in PUBLICS), *(f"statut_mt={s}" for s in ("avec", "indisponible", "inconnu"))])
        for field in VISIT:
            total("c", "tous", [f"{field}={v}" for v in domain(field)])
            self.most([at("p", "tous", year)], [at("p", f"{field}={v}", year) for v in domain(field)])
        total("p", "trouves180", [f"voie={w}" for w in WAYS])

    def _parts(self, year: str) -> None:
        """What narrows a count, patients and what they had, numerators."""
        of = lambda measure, name: at(measure, name, year)
        names = {c.population for c in self.counts if c.measure == "c"}
        for name in sorted(names):
            self.most([of("p", name)], [of("c", name)])
            wider = name.split(",") if "," in name else ["tous"]
            for whole in wider if "=" in name or name in ("non_programme_hors_sas", "autre_discipline") else []:
                self.most([of("c", name), of("p", whole)], [of("c", whole), of("p", name)])
                self.most([of("p", name)], [of("p", whole)])
        for part, whole in [("sans17", "connus17"), ("fideles", "revenus"), *((f"trouves{h}", f"suivis{h}") for h in HORIZONS), *((f"trouves180,{e}", f"suivis180,{e}") for e in ENTRIES)]:
            self.most([of("p", part)], [of("p", whole)])
        self.most([of("c", "rdv2")], [of("c", "rdv")])
        self.most([of("n", "habituel")], [of("c", "revenus")])


class Program:
    """A linear program over the counts of a system, and rows of its own."""

    def __init__(self, system: System, more: int = 0):
        lp = highspy.HighsLp()
        self.columns = len(system.names) + more
        lp.num_col_, lp.num_row_ = self.columns, len(system.relations)
        lp.col_cost_, lp.col_lower_ = np.zeros(self.columns), np.zeros(self.columns)
        lp.col_upper_ = np.full(self.columns, np.inf)
        lp.row_lower_ = np.array([r.low for r in system.relations])
        lp.row_upper_ = np.array([r.high for r in system.relations])
        terms = [r.terms for r in system.relations]
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(t) for t in terms)], dtype=np.int32)
        lp.a_matrix_.index_ = np.array([i for t in terms for i in t], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([v for t in terms for v in t.values()])
        self.highs = highspy.Highs()
        self.highs.silent()
        self.highs.setOptionValue("threads", 1)
        self.highs.passModel(lp)

    def row(self, terms: dict[int, float], low: float, high: float) -> None:
        self.highs.addRow(low, high, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values())))

    def optimum(self, cost: np.ndarray) -> tuple[float, np.ndarray]:
        self.highs.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), cost)
        self.highs.run()
        return self.highs.getInfo().objective_function_value, np.array(self.highs.getSolution().col_value)


def lacking(relations: dict) -> list[dict[Count, float]]:
    """Relations Σ coefficient × count ≤ 0 of the attacker that the gate's model does not imply."""
    attacker = System()
    for year in YEARS:
        patients = Patients(attacker, ZONE, year)
        patients.relate()
        patients.known_again(range(FIRST_YEAR, int(year)))
        Visits(attacker, ZONE, year).relate()
    counts = printed()
    places = [attacker.index(c) for c in counts]
    gate = Gate(relations, counts).system
    allowed = Program(gate)
    for year in YEARS:
        allowed.row({gate.index(at("c", "tous", year)): 1.0}, 0.0, MOST)

    # How far the nearest counts that the attacker allows are: the same distance either way for all.
    nearest = Program(attacker, more=1)
    own, distance = len(attacker.relations), len(attacker.names)
    for i in places:
        nearest.row({i: 1.0, distance: 1.0}, 0.0, np.inf)
    for i in places:
        nearest.row({i: 1.0, distance: -1.0}, -np.inf, 0.0)
    far = np.zeros(nearest.columns)
    far[distance] = 1.0

    found, draw = [], random.Random(1)
    for _ in range(DRAWS):
        cost = np.array([draw.gauss(0, 0.02) for _ in range(allowed.columns)])
        for count in draw.sample(range(len(counts)), draw.choice([2, 4, 8, 20])):
            cost[count] += draw.choice([-1, 1])
        point = allowed.optimum(cost)[1][: len(counts)]
        for k, value in enumerate(point):
            nearest.highs.changeRowBounds(own + k, value, np.inf)
            nearest.highs.changeRowBounds(own + len(counts) + k, -np.inf, value)
        if nearest.optimum(far)[0] <= WIDE * MOST:
            continue
        duals = np.array(nearest.highs.getSolution().row_dual)[own:]
        weights = duals[: len(counts)] + duals[len(counts) :]
        least = min(abs(w) for w in weights if abs(w) > WIDE)
        relation = {c: round(w / least, 3) for c, w in zip(counts, weights) if abs(w) > WIDE}
        found.append(relation)
        allowed.row({gate.index(c): w for c, w in relation.items()}, -np.inf, 0.0)
    return found


def main() -> int:
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else RELATIONS
    found = lacking(tomllib.loads(path.read_text(encoding="utf-8")))
    for relation in found:
        terms = [f"{w:+g}·{c.measure}[{c.population}] {c.period}" for c, w in sorted(relation.items(), key=lambda t: -t[1])]
        more = f" … et {len(terms) - TERMS_SHOWN} autres" if len(terms) > TERMS_SHOWN else ""
        print(f"{' '.join(terms[:TERMS_SHOWN])}{more} ≤ 0")
    print(f"{len(found)} relations de l'attaquant que {path.name} n'implique pas, en {DRAWS} tirages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
