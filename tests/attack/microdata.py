"""What every count of the attacker's system is in truth, also those that no table prints: counted patient by patient, visit by visit."""

from __future__ import annotations

from collections import defaultdict

from closed_lists import ENTRIES, FIELDS_LEFT_EMPTY, HORIZONS, OLD, PROFILE, UNKNOWN, VISIT
from figures import Count
from patients import group
from system import Relation, System


def profile_names(row: dict) -> list[str]:
    """Every population of profiles that a patient of a year belongs to."""
    field = {f: row[f] or UNKNOWN for f in PROFILE}
    ald = "oui" if field["ald"] == "oui" else "autre"
    found = [f"{f}={v}" for f, v in field.items()]
    found.append(f"tranche_age={field['tranche_age']},sexe={field['sexe']}")
    found.append(f"isolement:{group(field['tranche_age'])},{'oui' if field['isole'] == 'oui' else 'autre'}")
    found.append(f"cell:{group(field['tranche_age'])},{field['statut_mt']},{ald}")
    return found


def visit_names(row: dict) -> list[str]:
    """Every population of consultations that one belongs to."""
    field = {f: row[f] or UNKNOWN for f in VISIT}
    found = ["tous", *(f"{f}={v}" for f, v in field.items())]
    found += [f"vide={f}" for f in FIELDS_LEFT_EMPTY if (row[f] or UNKNOWN) == UNKNOWN]

    unscheduled, sas = field["non_programme"] == "oui", field["adressage"] == "sas"
    if unscheduled and not sas:
        found.append("non_programme_hors_sas")
    if field["discipline"] != "medecine_generale":
        found.append("autre_discipline")
    if row["attente"] is not None:
        found += ["rdv", *(["rdv2"] if row["attente"] <= 2 else [])]
    asked = "connue" if row["date_demande"] else "vide"
    found.append("visit:" + ",".join((field["nature"], "oui" if unscheduled else "autre", "sas" if sas else "autre", asked)))
    return found


class Microdata:
    """True counts of buses and of the zones above them."""

    def __init__(self, connection):
        self.connection = connection
        places = connection.execute("SELECT id_medicobus, code_departement, code_region FROM medicobus").fetchall()
        self.zones = {bus: ("B" + bus, "D" + departement, "R" + region, "FR") for bus, departement, region in places}
        self.values: dict[Count, float] = defaultdict(float)
        self._profiles()
        self._visits()
        self._found()

    def _rows(self, text: str):
        cursor = self.connection.execute(text)
        names = [c[0] for c in cursor.description]
        return (dict(zip(names, row)) for row in cursor.fetchall())

    def _add(self, bus: str, measure: str, name: str, period: str, value: float) -> None:
        for zone in self.zones.get(bus, ()):
            self.values[Count(measure, name, zone, period)] += value

    def _profiles(self) -> None:
        for row in self._rows("SELECT * FROM profils_annuels"):
            for name in profile_names(row):
                self._add(row["id_medicobus"], "p", name, str(row["annee"]), 1)
                self._add(row["id_medicobus"], "c", name, str(row["annee"]), row["consultations"])

    def _visits(self) -> None:
        seen: set[tuple] = set()
        for row in self._rows("SELECT * FROM visites"):
            names = visit_names(row)
            for period, populations in ((str(row["annee"]), names), (row["mois"], ["tous"])):
                for name in populations:
                    self._add(row["id_medicobus"], "c", name, period, 1)
                    key = (row["id_medicobus"], row["patient"], name, period)
                    if key not in seen:
                        seen.add(key)
                        self._add(row["id_medicobus"], "p", name, period, 1)

    def _found(self) -> None:
        """Follow-up: how long, and within how long a médecin traitant was found."""
        for row in self._rows("SELECT *, fin - entree AS suivi, trouve - entree AS delai, extract(year FROM entree) AS annee FROM recherches_mt"):
            followed = max(h for h in (0, *HORIZONS) if row["suivi"] >= h)
            found = min([h for h in HORIZONS if row["delai"] is not None and row["delai"] <= h], default=999)
            self._add(row["id_medicobus"], "p", f"suivi:{followed},{found}", str(row["annee"]), 1)
            of = {"ald": row["ald"] == "oui", "70_plus": row["tranche_age"] in OLD, "isole": row["isole"] == "oui"}
            for entry in ENTRIES:
                name = entry if of[entry] else f"hors {entry}"
                self._add(row["id_medicobus"], "p", f"suivi:{followed},{found},{name}", str(row["annee"]), 1)

    def knows(self, count: Count) -> bool:
        """Whether a count is one of those counted here: then one that is not there is zero."""
        name = count.population
        if count.measure == "n" or name.startswith(("panel:", "enquete:", "implicite:", "prio=", "excl=", "anciennete=", "voie=")):
            return False
        if count.measure == "c" and name.startswith("suivi"):
            return False
        return "=" in name or name.startswith(("cell:", "isolement:", "visit:", "suivi:")) or name in ("tous", "rdv", "rdv2", "autre_discipline", "non_programme_hors_sas")


def broken(system: System, micro: Microdata, truth: dict[Count, float]) -> list[tuple[Relation, float]]:
    """The relations of which all counts are known in truth and that do not hold."""
    value: list[float | None] = []
    for count in system.names:
        value.append(truth.get(count, micro.values.get(count, 0.0) if micro.knows(count) else None))
    found = []
    for relation in system.relations:
        if all(value[i] is not None for i in relation.terms):
            total = sum(c * value[i] for i, c in relation.terms.items())
            if not relation.low - 1e-6 <= total <= relation.high + 1e-6:
                found.append((relation, total))
    return found
