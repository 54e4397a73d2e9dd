"""Rows that are not there: a table has no row for what nobody is in, so a missing row is a zero."""

from __future__ import annotations

from itertools import product

from closed_lists import AGES, ENTRIES, HORIZONS, PROFILE, PUBLICS, VISIT, WAYS, domain
from documents import Table
from figures import Count
from zones import Zones

YEARLY = {
    "consultations_par_profil": ("pc", [f"{f}={v}" for f in PROFILE for v in domain(f)]),
    "consultations_par_modalite": ("pc", [f"{f}={v}" for f in VISIT for v in domain(f)]),
    "pyramide_ages": (
        "pc",
        [f"tranche_age={a}" for a in AGES]
        + [f"sexe={s}" for s in domain("sexe")]
        + [f"tranche_age={a},sexe={s}" for a, s in product(AGES, domain("sexe"))],
    ),
    "publics_exclusifs": (
        "pc",
        [f"excl={e}" for e in PUBLICS]
        + [f"statut_mt={s}" for s in ("indisponible", "avec", "inconnu")],
    ),
    "file_active": ("pc", ["anciennete=nouveau", "anciennete=connu"]),
    "delai_rendez_vous": ("pc", ["rdv", "rdv2"]),
    "part_sans_mt_patients": ("p", ["connus17", "sans17", "inconnus17"]),
    "mt_trouve": ("p", [f"{n}{h}" for n in ("suivis", "trouves") for h in HORIZONS]),
    "mt_trouve_par_public": ("p", [f"{n}180{x}" for n in ("suivis", "trouves") for x in ("", *(f",{e}" for e in ENTRIES))]),
    "mt_trouve_par_voie": ("p", ["trouves180", *(f"voie={w}" for w in WAYS)]),
    "continuite": ("pc", ["revenus"]),
    "cout": ("pc", ["finances"]),
    "activite_par_medicobus": ("pc", ["tous"]),
    "conformite_activite": ("pc", ["tous"]),
}


def expected(table: Table, zones: Zones) -> list[str]:
    """The zones that would have a row in a table if anybody were there."""
    inside = table.where() or "FR"
    known = [z for z in zones.all() if _level(z) == table.level]
    return [z for z in known if z == inside or inside in _above(z, zones)]


def _level(zone: str) -> str:
    return {"F": "national", "R": "region", "D": "departement", "B": "medicobus"}[zone[0]]


def _above(zone: str, zones: Zones) -> list[str]:
    found = []
    while zone in zones.parent:
        zone = zones.parent[zone]
        found.append(zone)
    return found


def zeros(table: Table, zones: Zones, printed: set[Count]):
    """The counts that a table says are zero by having no row for them."""
    if table.query == "consultations_par_mois":
        periods = [f"{table.year}-{m:02}" for m in range(1, 13)]
        domain_ = [(m, "tous", p) for m in "pc" for p in periods]
    elif table.query in YEARLY:
        measures, names = YEARLY[table.query]
        domain_ = [(m, name, str(table.year)) for m in measures for name in names]
    else:
        return
    for zone in expected(table, zones):
        for measure, name, period in domain_:
            count = Count(measure, name, zone, period)
            if count not in printed:
                yield count
