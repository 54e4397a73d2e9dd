"""Relations between counts of consultations by what they were, and of the patients who had one, in one zone and one year.

Consultations add up; patients do not, since one may come for several things. What holds of them: at most one patient per consultation, no
more patients than of anything wider, no fewer than nobody else could be, and as many consultations beyond the first of each patient.
"""

from __future__ import annotations

from itertools import product

from closed_lists import ENTRIES, FIELDS_LEFT_EMPTY, HORIZONS, UNKNOWN, VISIT, WAYS, domain
from figures import Count
from system import INFINITE, System

EMPTY_PROFILE = ("sexe", "ald", "c2s", "isole", "statut_mt")
# Of those who enter with it, the profile at the first consultation of the year that some table prints.
FIRST_PROFILE = {"ald": "prio=ald_sans_mt", "70_plus": "prio=70_plus_sans_mt", "isole": "isole=oui"}


class Visits:
    """The families about the consultations of a zone and a year."""

    def __init__(self, system: System, zone: str, year: str):
        self.system, self.zone, self.year = system, zone, year

    def at(self, measure: str, population: str) -> Count:
        return Count(measure, population, self.zone, self.year)

    def relate(self) -> None:
        """All families."""
        self.modalities()
        self.crossed()
        for name in self.named():
            self.within(name, "tous")
        for part, whole in [("non_programme_hors_sas", "non_programme=oui"), ("rdv2", "rdv"), ("rdv", "nature=soin")]:
            self.within(part, whole)
        self.covers()
        self.unknown_profiles()
        self.returning()
        self.found_a_doctor()

    def named(self) -> list[str]:
        """Every population of consultations that some table names."""
        values = [f"{field}={value}" for field in VISIT for value in domain(field)]
        empty = [f"vide={field}" for field in FIELDS_LEFT_EMPTY]
        return [*values, *empty, "non_programme_hors_sas", "autre_discipline", "rdv", "rdv2"]

    def within(self, part: str, whole: str) -> None:
        """A part has fewer patients, fewer consultations, and fewer consultations beyond the first of each patient."""
        patients, consultations = self.at("p", part), self.at("c", part)
        self.system.most("patients ≤ consultations", patients, consultations)
        for measure in "pc":
            self.system.most("parties", self.at(measure, part), self.at(measure, whole))
        beyond = [(1.0, consultations), (-1.0, patients), (-1.0, self.at("c", whole)), (1.0, self.at("p", whole))]
        self.system.relate("consultations au-delà de la première", beyond, -INFINITE, 0.0)

    def modalities(self) -> None:
        """The values of a field cover all consultations."""
        for field in VISIT:
            parts = [self.at("c", f"{field}={v}") for v in domain(field)]
            self.system.equal(f"modalités: {field}", self.at("c", "tous"), parts)
        others = [self.at("c", f"discipline={d}") for d in domain("discipline") if d != "medecine_generale"]
        self.system.equal("autre discipline", self.at("c", "autre_discipline"), others)

    def crossed(self) -> None:
        """Nature × unscheduled × sent by the SAS × day of the request known: what the rules of the measure cross."""
        cells = {k: self.at("c", "visit:" + ",".join(k)) for k in product(("soin", "prevention"), ("oui", "autre"), ("sas", "autre"), ("connue", "vide"))}
        some = lambda keep: [cells[k] for k in cells if keep(*k)]
        equal = lambda name, keep: self.system.equal("soins, SAS et rendez-vous", self.at("c", name), some(keep))
        for nature in ("soin", "prevention"):
            equal(f"nature={nature}", lambda n, u, s, d, nature=nature: n == nature)
        equal("non_programme=oui", lambda n, u, s, d: u == "oui")
        equal("adressage=sas", lambda n, u, s, d: s == "sas")
        equal("vide=date_demande", lambda n, u, s, d: d == "vide")
        equal("non_programme_hors_sas", lambda n, u, s, d: u == "oui" and s != "sas")
        equal("rdv", lambda n, u, s, d: n == "soin" and u != "oui" and d == "connue")

    def covers(self) -> None:
        """Whoever is in a whole is in one of the parts that cover it."""
        cover = lambda whole, *parts: self.system.most("patients des parties", self.at("p", whole), *(self.at("p", p) for p in parts))
        for field in VISIT:
            cover("tous", *(f"{field}={v}" for v in domain(field)))
        others = [f"discipline={d}" for d in domain("discipline") if d != "medecine_generale"]
        cover("tous", "discipline=medecine_generale", "autre_discipline")
        cover("autre_discipline", *others)
        for other in others:
            self.within(other, "autre_discipline")
        cover("non_programme=oui", "non_programme_hors_sas", "adressage=sas")
        cover("tous", "rdv", "nature=prevention", "non_programme=oui", "vide=date_demande")
        cover("nature=soin", "rdv", "non_programme=oui", "vide=date_demande")

    def unknown_profiles(self) -> None:
        """Unknown at the first consultation of the year: at one of the consultations at least."""
        for field in EMPTY_PROFILE:
            empty, first = f"vide={field}", f"{field}={UNKNOWN}"
            self.system.most("inconnus", self.at("p", first), self.at("p", empty))
            # The others left the field empty at a later consultation.
            known = [(-1.0, self.at("c", "tous")), (1.0, self.at("p", "tous")), (1.0, self.at("c", first)), (-1.0, self.at("p", first))]
            later = [(1.0, self.at("p", empty)), (-1.0, self.at("p", first))]
            self.system.relate("inconnus", later + known, -INFINITE, 0.0)
            visits = [(1.0, self.at("c", empty)), (-1.0, self.at("c", first))]
            self.system.relate("inconnus", visits + known, -INFINITE, 0.0)
        # Without a pseudonym, each consultation is a patient.
        self.system.equal("pseudonymes", self.at("c", "vide=cle_patient"), [self.at("p", "vide=cle_patient")])

    def returning(self) -> None:
        """Patients seen twice in one discipline by known practitioners, and those who saw but one."""
        p, c = self.at("p", "revenus"), self.at("c", "revenus")
        usual, loyal = self.at("n", "habituel"), self.at("p", "fideles")
        self.within("revenus", "tous")
        self.system.relate("patients revenus", [(2.0, p), (-1.0, c)], -INFINITE, 0.0)
        self.system.relate("patients revenus", [(1.0, c), (1.0, self.at("c", "vide=cle_praticien")), (-1.0, self.at("c", "tous"))], -INFINITE, 0.0)
        self.system.most("patients revenus", loyal, p)
        self.system.most("patients revenus", usual, c)
        self.system.relate("patients revenus", [(1.0, loyal), (1.0, p), (-1.0, usual)], -INFINITE, 0.0)
        self.system.relate("patients revenus", [(1.0, p), (-1.0, loyal), (-1.0, c), (1.0, usual)], -INFINITE, 0.0)

    def found_a_doctor(self) -> None:
        """Followed for 30, 90, 180 days; found within 30, 90, 180; the way they found one."""
        followed, found = (0, *HORIZONS), (*HORIZONS, 999)
        cell = {(f, t): self.at("p", f"suivi:{f},{t}") for f in followed for t in found}
        for h in HORIZONS:
            self.system.equal("suivi", self.at("p", f"suivis{h}"), [cell[k] for k in cell if k[0] >= h])
            self.system.equal("suivi", self.at("p", f"trouves{h}"), [cell[k] for k in cell if k[0] >= h and k[1] <= h])
        self.system.equal("suivi: voies", self.at("p", "trouves180"), [self.at("p", f"voie={w}") for w in WAYS])

        # The way is an orientation noted on the day, this year or in the 180 days that follow.
        for way in WAYS[:-1]:
            noted = [Count("p", f"orientation={way}", self.zone, str(int(self.year) + later)) for later in (0, 1)]
            self.system.most("suivi: voies", self.at("p", f"voie={way}"), *noted)

        self.entered(cell)

        # Who enters was seen without a médecin traitant, at the first consultation of the year or at a later one.
        entries = [(1.0, cell[k]) for k in cell]
        without, all_p, all_c = self.at("p", "sans17"), self.at("p", "tous"), self.at("c", "tous")
        self.system.relate("suivi: entrées", [*entries, (-1.0, without), (-1.0, all_c), (1.0, all_p)], -INFINITE, 0.0)
        self.system.relate("suivi: entrées", [*entries, (-1.0, all_p)], -INFINITE, 0.0)
        known = [self.at("p", "anciennete=connu"), self.at("p", "vide=cle_patient")]
        self.system.relate("suivi: entrées", [(1.0, without), *((-1.0, c) for _, c in entries), *((-1.0, k) for k in known)], -INFINITE, 0.0)

    def entered(self, cell: dict[tuple[int, int], Count]) -> None:
        """The same by situation at entry: in ALD or not, of 70 and more or not, isolated or not."""
        beyond = [(-1.0, self.at("c", "tous")), (1.0, self.at("p", "tous"))]
        known = [self.at("p", "anciennete=connu"), self.at("p", "vide=cle_patient")]
        children = [(-1.0, self.at("p", "statut_mt=sans")), (1.0, self.at("p", "sans17"))]
        for entry in ENTRIES:
            mine = {k: self.at("p", f"suivi:{k[0]},{k[1]},{entry}") for k in cell}
            for k in cell:
                self.system.equal("suivi: situation", cell[k], [mine[k], self.at("p", f"suivi:{k[0]},{k[1]},hors {entry}")])
            self.system.equal("suivi: situation", self.at("p", f"suivis180,{entry}"), [mine[k] for k in cell if k[0] >= 180])
            self.system.equal("suivi: situation", self.at("p", f"trouves180,{entry}"), [mine[k] for k in cell if k[0] >= 180 and k[1] <= 180])

            first = self.at("p", FIRST_PROFILE[entry])
            self.system.relate("suivi: entrées", [*((1.0, c) for c in mine.values()), (-1.0, first), *beyond], -INFINITE, 0.0)
            if entry != "isole":
                earlier = [(1.0, first), *((-1.0, c) for c in mine.values()), *((-1.0, k) for k in known)]
                self.system.relate("suivi: entrées", earlier + (children if entry == "ald" else []), -INFINITE, 0.0)
