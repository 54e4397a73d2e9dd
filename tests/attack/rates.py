"""What a printed share, mean, cost, growth or quantile says of the counts behind it, as wide as its last digit."""

from __future__ import annotations

from documents import HIDDEN, Table
from figures import BEFORE, Count, Quantile, Rate, categories, count_of

TENTH, HUNDREDTH = 0.1, 0.01
PERCENT = 100.0
ALL = "ensemble"
# query: (column, numerator, denominator, scale, last digit). A denominator is a column, or the whole of its zone.
SHARES = {
    "consultations_par_profil": [
        ("part", "consultations", ALL, PERCENT, TENTH),
        ("part_patients", "patients", ALL, PERCENT, TENTH),
    ],
    "consultations_par_modalite": [("part", "consultations", ALL, PERCENT, TENTH)],
    "conformite_activite": [("part", "consultations", ALL, PERCENT, TENTH)],
    "completude": [("part_inconnus", "inconnus", "consultations", PERCENT, TENTH)],
    "publics_exclusifs": [("part", "patients", ALL, PERCENT, TENTH)],
    "publics_prioritaires": [("part", "patients", ALL, PERCENT, TENTH)],
    "pyramide_ages": [("part", "patients", ALL, PERCENT, TENTH)],
    "file_active": [
        ("part", "patients", ALL, PERCENT, TENTH),
        ("consultations_par_patient", "consultations", "patients", 1, HUNDREDTH),
    ],
    "mt_trouve": [("part_trouves", "trouves", "suivis", PERCENT, TENTH)],
    "mt_trouve_par_public": [("part_trouves", "trouves", "suivis", PERCENT, TENTH)],
    "mt_trouve_par_voie": [("part", "trouves", "trouves180", PERCENT, TENTH)],
    "part_sans_mt_patients": [("part_sans_mt", "sans_mt", "patients_connus", PERCENT, TENTH)],
    "part_sans_mt_territoires": [("part_sans_mt", "sans_mt", "patients", PERCENT, TENTH)],
    "delai_mg_territoires": [
        ("part_sans_rendez_vous", "sans_rendez_vous", "demandes", PERCENT, TENTH),
        ("part_refus", "refus", "demandes", PERCENT, TENTH),
    ],
    "delai_rendez_vous": [("part_deux_jours", "deux_jours", "rendez_vous", PERCENT, TENTH)],
    "continuite": [
        ("part_habituel", "praticien_habituel", "consultations", PERCENT, TENTH),
        ("part_fideles", "fideles", "patients", PERCENT, TENTH),
    ],
    "consultations_par_mois": [("consultations_par_jour", "consultations", "=jours_sortie", 1, TENTH)],
    "activite_par_medicobus": [
        ("consultations_par_jour", "consultations", "=jours_sortie", 1, TENTH),
        ("part_sans_mt", "sans_mt", "patients_connus", PERCENT, TENTH),
    ],
    "remplissage": [
        ("taux_remplissage", "creneaux_honores", "=creneaux_offerts", PERCENT, TENTH),
        ("honores_par_jour", "creneaux_honores", "=jours_sortie", 1, TENTH),
    ],
    "synthese": [
        ("consultations_par_jour", "consultations", "=jours_sortie", 1, TENTH),
        ("part_publics_prioritaires", "publics_prioritaires", "patients", PERCENT, TENTH),
        ("part_sans_mt", "sans_mt", "patients_connus", PERCENT, TENTH),
    ],
}
# query: (column, count), the count of this year against the year before.
GROWTHS = {"synthese": [("evolution_consultations", "consultations"), ("evolution_patients", "patients")]}
# query: (column of a sum of euros per head, count).
COSTS = {"cout": [("cout_par_consultation", "consultations"), ("cout_par_patient", "patients")]}
# query: (column of a change in points, share, numerator, denominator).
POINTS = {
    "synthese": ("evolution_sans_mt", "part_sans_mt", "sans_mt", "patients_connus"),
    "part_sans_mt_patients": ("evolution", "part_sans_mt", "sans_mt", "patients_connus"),
    "delai_rendez_vous": ("evolution_deux_jours", "part_deux_jours", "deux_jours", "rendez_vous"),
}
QUANTILES = {"premier_quartile": 0.25, "mediane": 0.5, "troisieme_quartile": 0.75, "neuvieme_decile": 0.9}


def number(row: dict[str, str], column: str) -> float | None:
    """A printed number, if it is printed."""
    text = row.get(column, "")
    return None if text in ("", HIDDEN) else float(text)


class Row:
    """One row of a table, its counts by column."""

    def __init__(self, table: Table, row: dict[str, str], line: int):
        self.table, self.row, self.line = table, row, line
        self.named = categories(table, row)

    def count(self, column: str) -> Count | None:
        return count_of(self.table, self.row, column, self.named[column]) if column in self.named else None

    def source(self, column: str) -> str:
        return f"{self.table.document}: {self.table.key}.{column}, ligne {self.line}"

    def whole(self, count: Count, named: str, suffix: str) -> Count | None:
        """The denominator of a share."""
        if named == ALL:
            return count._replace(population="tous")
        if named == "trouves180":
            return count._replace(population=named)
        return self.count(named + suffix)

    def shares(self):
        """Shares and means, of the year and of the year before."""
        for column, above, below, scale, digit in SHARES.get(self.table.query, []):
            for suffix in ("", BEFORE):
                value, numerator = number(self.row, column + suffix), self.count(above + suffix)
                if value is None or numerator is None:
                    continue
                low, high = (value - digit / 2) / scale, (value + digit / 2) / scale
                if below.startswith("="):
                    known = number(self.row, below[1:] + suffix)
                    if known is not None:
                        yield Rate(numerator, None, low * known, high * known, self.source(column + suffix))
                elif denominator := self.whole(numerator, below, suffix):
                    yield Rate(numerator, denominator, low, high, self.source(column + suffix))

    def growths(self):
        """A growth in per cent, and the change of a share in points."""
        for column, name in GROWTHS.get(self.table.query, []):
            value = number(self.row, column)
            if value is not None:
                low, high = 1 + (value - TENTH / 2) / PERCENT, 1 + (value + TENTH / 2) / PERCENT
                yield Rate(self.count(name), self.count(name + BEFORE), low, high, self.source(column))

    def changes(self):
        """One share and its change in points give the other share."""
        if self.table.query not in POINTS:
            return
        column, share, above, below = POINTS[self.table.query]
        value = number(self.row, column)
        for known, other, sign in (("", BEFORE, -1), (BEFORE, "", 1)):
            printed, numerator, denominator = number(self.row, share + known), self.count(above + other), self.count(below + other)
            if value is not None and printed is not None and numerator and denominator:
                low, high = (printed + sign * value - TENTH) / PERCENT, (printed + sign * value + TENTH) / PERCENT
                yield Rate(numerator, denominator, low, high, self.source(column))

    def costs(self):
        """Money per head, the money being printed."""
        for column, name in COSTS.get(self.table.query, []):
            value, money = number(self.row, column), number(self.row, "fonctionnement")
            if value and money:
                low, high = money / (value + HUNDREDTH / 2), money / (value - HUNDREDTH / 2)
                yield Rate(self.count(name), None, low, high, self.source(column))

    def quantiles(self):
        """A quantile of at most two days, or of more, of the delays."""
        if self.table.query != "delai_rendez_vous":
            return
        for column, share in QUANTILES.items():
            for suffix in ("", BEFORE):
                value, short, of_all = number(self.row, column + suffix), self.count("deux_jours" + suffix), self.count("rendez_vous" + suffix)
                if value is not None and short and of_all:
                    yield Quantile(share, short, of_all, value < 2.05, self.source(column + suffix))


def said(table: Table):
    """Everything that the rates of a table say."""
    for line, row in enumerate(table.rows):
        one = Row(table, row, line + 1)
        yield from one.shares()
        yield from one.growths()
        yield from one.changes()
        yield from one.costs()
        yield from one.quantiles()
