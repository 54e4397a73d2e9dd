"""The whole system of an attacker who holds a set of documents."""

from __future__ import annotations

from absent import zeros
from closed_lists import FIRST_YEAR
from documents import Document, Table
from figures import Count, Figure, Quantile, figures
from implied import differences
from patients import Patients
from rates import said
from system import INFINITE, System
from territories import panel, panel_of_the_year_before, survey, zones_of_territories
from visits import Visits
from zones import Zones

# Two populations that the definitions tell apart and that some producers' data do not: taken for one where all that is printed says so.
TWINS = [(("n", "honores"), ("c", "tous"))]
TWINS += [((m, f"vide={f}"), (m, f"{f}=inconnu")) for m in "pc" for f in ("sexe", "ald", "c2s", "isole", "statut_mt")]
GUESSED = "deux noms"
EVIDENCE = 5  # pairs printed alike, and none unlike


class Model:
    """What the documents print and hide, and the system of all that follows."""

    def __init__(self, documents: list[Document], without: frozenset[str] = frozenset()):
        self.documents = documents
        self.system = System(without)
        self.zones = Zones(documents)
        self.tables: list[Table] = [t for d in documents for t in d.tables]
        self.printed: dict[Count, list[Figure]] = {}
        for table in self.tables:
            for figure in figures(table):
                self.printed.setdefault(figure.count, []).append(figure)
        self.hidden = {c for c, found in self.printed.items() if all(f.value is None for f in found)}

        self._figures()
        self._absences()
        self._rates()
        self._leaves()
        self._sums_of_zones()
        self._months()
        self._years()
        for table in self.tables:
            panel(self.system, table)
            survey(self.system, table)
        zones_of_territories(self.system, self.tables)
        panel_of_the_year_before(self.system, self.tables)
        self._deliveries()
        self._twins()
        self._closed_years()
        self.implied = {}
        for count, added, taken in differences(set(self.printed)):
            self.implied[count] = (added, taken)
            self.system.relate("effectifs implicites", [(1, count), *((-1, a) for a in added), *((1, t) for t in taken)])

    def _figures(self) -> None:
        """A printed count is known; a hidden one is one at least, since zeros are printed."""
        for count, found in self.printed.items():
            for figure in found:
                if figure.value is not None:
                    self.system.bound("imprimé", count, figure.value, figure.value, figure.source)
                elif count in self.hidden:
                    self.system.bound("masqué: pas zéro", count, 1, INFINITE, figure.source)

    def _absences(self) -> None:
        """No row where nobody is."""
        printed = set(self.printed)
        for table in self.tables:
            for count in zeros(table, self.zones, printed):
                self.system.bound("lignes absentes", count, 0, 0, f"{table.document}: pas de ligne dans {table.key}")

    def _rates(self) -> None:
        for table in self.tables:
            for one in said(table):
                if isinstance(one, Quantile):
                    self._quantile(one)
                    continue
                below = [] if one.denominator is None else [one.denominator]
                low = 0.0 if below else one.low
                high = 0.0 if below else one.high
                self.system.relate("taux", [(1, one.numerator), *((-one.low, c) for c in below)], low, INFINITE, one.source)
                self.system.relate("taux", [(1, one.numerator), *((-one.high, c) for c in below)], -INFINITE, high, one.source)

    def _quantile(self, one: Quantile) -> None:
        """The quantile stands at rank share × (all − 1), counted from zero."""
        terms = [(1.0, one.short), (-one.share, one.all)]
        if one.within:
            self.system.relate("quantiles", terms, -one.share, INFINITE, one.source)
        else:
            self.system.relate("quantiles", terms, -INFINITE, 1 - one.share, one.source)

    def years(self) -> list[str]:
        return sorted({c.period[:4] for c in self.printed})

    def leaf_zones(self) -> list[str]:
        """The zones that are not the sum of others."""
        return [z for z in self.zones.all() if z not in self.zones.whole]

    def _leaves(self) -> None:
        for zone in self.leaf_zones():
            for year in self.years():
                Patients(self.system, zone, year).relate()
                Visits(self.system, zone, year).relate()

    def _sums_of_zones(self) -> None:
        """A zone is the sum of its parts, from the nation down."""
        needed: dict[str, set[tuple[str, str, str]]] = {}
        for count in [*self.printed, *self._named_by_rates()]:
            if not count.population.startswith(("panel:", "enquete:")) and count.measure != "e":
                needed.setdefault(count.zone, set()).add((count.measure, count.population, count.period))
        for zone in self.zones.all():
            for measure, population, period in sorted(needed.get(zone, ())):
                parts = [Count(measure, population, z, period) for z in self.zones.children.get(zone, ())]
                if zone in self.zones.whole:
                    self.system.equal("zones", Count(measure, population, zone, period), parts)
                    for part in parts:
                        needed.setdefault(part.zone, set()).add((measure, population, period))
                elif parts:
                    self.system.relate("zones", [(1, Count(measure, population, zone, period)), *((-1, p) for p in parts)], 0, INFINITE)

    def _named_by_rates(self) -> list[Count]:
        found = []
        for table in self.tables:
            for one in said(table):
                found += [one.short, one.all] if isinstance(one, Quantile) else [one.numerator, *([one.denominator] if one.denominator else [])]
        return found

    def _months(self) -> None:
        """Months add up to the year for consultations; for patients they cover it."""
        zones = {(c.zone, c.period[:4]) for c in self.system.names if len(c.period) == 7}
        for zone, year in sorted(zones):
            months = {m: [Count(m, "tous", zone, f"{year}-{i:02}") for i in range(1, 13)] for m in "pc"}
            whole = {m: Count(m, "tous", zone, year) for m in "pc"}
            self.system.equal("mois", whole["c"], months["c"])
            self.system.most("mois", whole["p"], *months["p"])
            for patients, consultations in zip(months["p"], months["c"]):
                self.system.most("mois", patients, whole["p"])
                self.system.most("patients ≤ consultations", patients, consultations)
            beyond = [(1, c) for c in months["c"]] + [(-1, p) for p in months["p"]]
            self.system.relate("mois", [*beyond, (-1, whole["c"]), (1, whole["p"])], -INFINITE, 0)

    def _years(self) -> None:
        """Who is known again was new in an earlier year; buses with a grant are those that have a cost."""
        for zone in self.leaf_zones():
            for year in self.years():
                Patients(self.system, zone, year).known_again(range(FIRST_YEAR, int(year)))
                for measure in "pc":
                    self.system.most("coûts", Count(measure, "finances", zone, year), Count(measure, "tous", zone, year))
        for table in self.tables:
            if table.query == "cout" and table.level == "medicobus":
                for row in table.rows:
                    for measure in "pc":
                        count = Count(measure, "finances", table.zone(row), row["annee"])
                        self.system.equal("coûts", count, [count._replace(population="tous")])

    def _deliveries(self) -> None:
        """A row delivered and accepted is a consultation, where deliveries keep within the year."""
        for document in self.documents:
            for table in document.tables:
                if table.query != "completude_livraisons":
                    continue
                year, inside = str(table.year), table.zone
                touching = [(r, p) for r, p in document.deliveries if p[:4] <= year <= (p[5:9] if len(p) == 9 else p[:4])]
                for row in table.rows:
                    zone = inside(row)
                    own = [p for r, p in touching if zone in ("FR", "R" + r)]
                    if all(len(p) != 9 for p in own):
                        self.system.equal("livraisons", Count("n", "lignes", zone, year), [Count("c", "tous", zone, year)])

    def _value(self, count: Count) -> float | None:
        """The printed value of a count, if any."""
        return next((f.value for f in self.printed.get(count, []) if f.value is not None), None)

    def _twins(self) -> None:
        """Honoured slots and consultations; unknown in a profile and at a consultation."""
        for one, other in TWINS:
            pairs = [(c, Count(*other, *c[2:])) for c in self.printed if c[:2] == one]
            known = [(self._value(a), self._value(b)) for a, b in pairs]
            known = [(a, b) for a, b in known if a is not None and b is not None and a > 0]
            if len(known) >= EVIDENCE and all(a == b for a, b in known):
                for a, b in pairs:
                    self.system.equal(GUESSED, a, [b])

    def _closed_years(self) -> None:
        """Who entered in a year is followed for 180 days once the région has delivered July of the next."""
        delivered = {d for document in self.documents for d in document.deliveries}
        for zone in self.leaf_zones():
            region = self._region(zone)
            for year in self.years():
                later = f"{int(year) + 1}-07"
                seen = any(c.period >= later and len(c.period) == 7 and self._region(c.zone) == region and self._value(c) != 0 for c in self.printed)
                if seen or any("R" + r == region and p[:4] > str(int(year) + 1) for r, p in delivered):
                    for followed in (0, 30, 90):
                        for found in (30, 90, 180, 999):
                            self.system.bound("suivi: année close", Count("p", f"suivi:{followed},{found}", zone, year), 0, 0, "livraisons suivantes")

    def _region(self, zone: str | None) -> str | None:
        while zone and zone[0] != "R":
            zone = self.zones.parent.get(zone)
        return zone
