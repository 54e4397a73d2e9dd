"""Relations between counts of patients by their profile of the year, in one zone and one year.

A patient has one profile a year, so profiles cut patients into cells. The cells that tables cross (age group, médecin traitant, ALD; age,
sex) are variables, for patients and for their consultations, and every count printed of profiles is a sum of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from closed_lists import AGES, CHILD, OLD, PROFILE, UNKNOWN, domain
from figures import Count
from system import INFINITE, System

GROUPS = ("child", "adult", "old")


def group(age: str) -> str:
    return "child" if age == CHILD else "old" if age in OLD else "adult"


class Patients:
    """The families about the patients of a zone and a year."""

    def __init__(self, system: System, zone: str, year: str):
        self.system, self.zone, self.year = system, zone, year

    def at(self, measure: str, population: str) -> Count:
        return Count(measure, population, self.zone, self.year)

    def relate(self) -> None:
        """All families."""
        self.margins()
        self.crossed_ages()
        self.crossed_needs()
        self.newcomers()
        self.consult_at_least_once()

    def margins(self) -> None:
        """The values of a characteristic cover all patients, and all consultations."""
        for measure, field in product("pc", PROFILE):
            parts = [self.at(measure, f"{field}={v}") for v in domain(field)]
            self.system.equal(f"profils: {field}", self.at(measure, "tous"), parts)

    def crossed_ages(self) -> None:
        """Ages crossed with sexes: rows and columns."""
        for measure in "pc":
            cell = {(a, s): self.at(measure, f"tranche_age={a},sexe={s}") for a in AGES for s in domain("sexe")}
            for age in AGES:
                parts = [cell[age, s] for s in domain("sexe")]
                self.system.equal("pyramide", self.at(measure, f"tranche_age={age}"), parts)
            for sex in domain("sexe"):
                parts = [cell[a, sex] for a in AGES]
                self.system.equal("pyramide", self.at(measure, f"sexe={sex}"), parts)

    def crossed_needs(self) -> None:
        """Age group × médecin traitant × ALD: margins, exclusive publics, priority publics, people of 17 and more; age group × isolation."""
        for measure in "pc":
            self._margins_of_needs(measure)
            self._publics(measure)
            self._isolated(measure)

    def _cell(self, measure: str, age: str, status: str, ald: str) -> Count:
        return self.at(measure, f"cell:{age},{status},{ald}")

    def _some(self, measure: str, ages=GROUPS, statuses=tuple(domain("statut_mt")), alds=("oui", "autre")) -> list[Count]:
        return [self._cell(measure, *key) for key in product(ages, statuses, alds)]

    def _margins_of_needs(self, measure: str) -> None:
        for age in GROUPS:
            ages = [self.at(measure, f"tranche_age={a}") for a in AGES if group(a) == age]
            sums = [(1.0, c) for c in ages] + [(-1.0, c) for c in self._some(measure, ages=(age,))]
            self.system.relate("croisement: âges", sums)
        for status in domain("statut_mt"):
            self.system.equal("croisement: médecin traitant", self.at(measure, f"statut_mt={status}"), self._some(measure, statuses=(status,)))
        self.system.equal("croisement: ALD", self.at(measure, "ald=oui"), self._some(measure, alds=("oui",)))

    def _publics(self, measure: str) -> None:
        young = ("child", "adult")
        exclusive = {
            "sans_mt_ald_70_plus": (("old",), ("oui",)),
            "sans_mt_ald": (young, ("oui",)),
            "sans_mt_70_plus": (("old",), ("autre",)),
            "sans_mt_autre": (young, ("autre",)),
        }
        for name, (ages, alds) in exclusive.items():
            self.system.equal("publics exclusifs", self.at(measure, f"excl={name}"), self._some(measure, ages, ("sans",), alds))

        without = {"ald_sans_mt": (GROUPS, ("oui",)), "70_plus_sans_mt": (("old",), ("oui", "autre"))}
        for name, (ages, alds) in without.items():
            self.system.equal("publics prioritaires", self.at(measure, f"prio={name}"), self._some(measure, ages, ("sans",), alds))
        some = self._some(measure, statuses=("indisponible",))
        needy = [c for c in self._some(measure, statuses=("sans",)) if c not in self._some(measure, young, ("sans",), ("autre",))]
        self.system.equal("publics prioritaires", self.at(measure, "prio=au_moins_un"), some + needy)

        grown = ("adult", "old")
        known = tuple(s for s in domain("statut_mt") if s != UNKNOWN)
        self.system.equal("17 ans et plus", self.at(measure, "connus17"), self._some(measure, grown, known))
        self.system.equal("17 ans et plus", self.at(measure, "sans17"), self._some(measure, grown, ("sans",)))
        self.system.equal("17 ans et plus", self.at(measure, "inconnus17"), self._some(measure, grown, (UNKNOWN,)))

    def _isolated(self, measure: str) -> None:
        cell = {k: self.at(measure, "isolement:" + ",".join(k)) for k in product(GROUPS, ("oui", "autre"))}
        for age in GROUPS:
            ages = [self.at(measure, f"tranche_age={a}") for a in AGES if group(a) == age]
            sums = [(1.0, c) for c in ages] + [(-1.0, cell[age, i]) for i in ("oui", "autre")]
            self.system.relate("croisement: âges", sums)
        self.system.equal("croisement: isolement", self.at(measure, "isole=oui"), [cell[age, "oui"] for age in GROUPS])
        self.system.equal("publics prioritaires", self.at(measure, "prio=isole_70_plus"), [cell["old", "oui"]])

    def newcomers(self) -> None:
        """New and known patients; nobody is known again without a pseudonym."""
        for measure in "pc":
            parts = [self.at(measure, f"anciennete={a}") for a in ("nouveau", "connu")]
            self.system.equal("file active", self.at(measure, "tous"), parts)
        self.system.most("file active: pseudonymes", self.at("p", "vide=cle_patient"), self.at("p", "anciennete=nouveau"))

    def known_again(self, earlier: Iterable[int]) -> None:
        """Who is known again was new in an earlier year, and had a pseudonym then."""
        there = lambda name, year: Count("p", name, self.zone, str(year))
        terms = [(1.0, self.at("p", "anciennete=connu"))]
        for year in earlier:
            terms += [(-1.0, there("anciennete=nouveau", year)), (1.0, there("vide=cle_patient", year))]
        self.system.relate("années", terms, -INFINITE, 0.0)

    def consult_at_least_once(self) -> None:
        """Each patient of a cell has one consultation at least."""
        fine = [f"tranche_age={a},sexe={s}" for a in AGES for s in domain("sexe")]
        fine += [c.population for c in self._some("p")]
        fine += [f"isolement:{a},{i}" for a, i in product(GROUPS, ("oui", "autre"))]
        fine += [f"{f}={v}" for f in PROFILE for v in domain(f)]
        fine += ["anciennete=nouveau", "anciennete=connu"]
        for name in fine:
            self.system.most("patients ≤ consultations", self.at("p", name), self.at("c", name))
