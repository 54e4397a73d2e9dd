"""Relations between the counts of territories: the Assurance maladie's panel and the survey of delays."""

from __future__ import annotations

from itertools import product

from documents import Table
from figures import BEFORE, Count
from system import INFINITE, System

SERVED = ("desservi", "non_desservi")
GROUPS = ("ald", "70_plus")


def _groups(table: Table) -> dict[tuple[str, str], list[dict[str, str]]]:
    """The rows of each zone and period."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in table.rows:
        found.setdefault((table.zone(row), row["periode"]), []).append(row)
    return found


def panel(system: System, table: Table) -> None:
    """Without a médecin traitant ⊂ all, in ALD ⊂ all, of 70 and more ⊂ all; served and not served make the whole."""
    if table.query != "part_sans_mt_territoires":
        return
    for (zone, period), rows in _groups(table).items():
        at = lambda column, public, served: Count("p", f"panel:{column},{public},{served}", zone, period)
        there = {(r["public"], r["desserte"]) for r in rows}
        for column in ("patients", "sans_mt", "patients" + BEFORE, "sans_mt" + BEFORE):
            for public in ("tous", *GROUPS):
                if (public, "ensemble") in there:
                    parts = [at(column, public, s) for s in SERVED if (public, s) in there]
                    system.equal("panel: desserte", at(column, public, "ensemble"), parts)
        for suffix, served in product(("", BEFORE), (*SERVED, "ensemble")):
            for public in ("tous", *GROUPS):
                if (public, served) in there:
                    _nested(system, at, public, served, suffix, ("tous", served) in there)


def _nested(system: System, at, public: str, served: str, suffix: str, has_all: bool) -> None:
    """Those without are a part, and a public is a part of all, with and without alike."""
    people, without = at("patients" + suffix, public, served), at("sans_mt" + suffix, public, served)
    system.most("panel: parties", without, people)
    if public != "tous" and has_all:
        all_people, all_without = at("patients" + suffix, "tous", served), at("sans_mt" + suffix, "tous", served)
        system.most("panel: parties", people, all_people)
        system.most("panel: parties", without, all_without)
        terms = [(1, people), (-1, without), (-1, all_people), (1, all_without)]
        system.relate("panel: parties", terms, -INFINITE, 0)


def survey(system: System, table: Table) -> None:
    """Refused ⊂ without appointment ⊂ requests; served and not served make the whole."""
    if table.query != "delai_mg_territoires":
        return
    for (zone, period), rows in _groups(table).items():
        at = lambda column, served: Count("p", f"enquete:{column},{served}", zone, period)
        there = {r["desserte"] for r in rows}
        for column in ("demandes", "sans_rendez_vous", "refus"):
            if "ensemble" in there:
                system.equal("enquête: desserte", at(column, "ensemble"), [at(column, s) for s in SERVED if s in there])
        for served in there:
            system.most("enquête: parties", at("refus", served), at("sans_rendez_vous", served))
            system.most("enquête: parties", at("sans_rendez_vous", served), at("demandes", served))
        # The requests of the year before, as its own table counts them.
        before = at("demandes", "ensemble")._replace(period=str(int(period) - 1))
        if "ensemble" in there:
            system.equal("enquête: un an plus tôt", at("demandes" + BEFORE, "ensemble"), [before])


def zones_of_territories(system: System, tables: list[Table]) -> None:
    """The nation is the sum of its régions where all are there, and holds them in any case; a région its départements."""
    rows = _rows(tables)
    for (query, year, zone), own in rows.items():
        below = "R" if zone == "FR" else "D" if zone[0] == "R" else None
        if below is None:
            continue
        parts = [z for q, y, z in rows if (q, y) == (query, year) and z[0] == below and (zone == "FR" or _inside(tables, z, zone))]
        if parts:
            _sum(system, query, year, zone, parts, rows)


def _rows(tables: list[Table]) -> dict[tuple[str, str, str], dict[tuple[str, str], dict[str, str]]]:
    """The rows of each query, year and zone, by public and service."""
    found: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, str]]] = {}
    for table in tables:
        if table.query in ("part_sans_mt_territoires", "delai_mg_territoires"):
            for row in table.rows:
                key = (table.query, row["periode"], table.zone(row))
                found.setdefault(key, {})[row.get("public", ""), row["desserte"]] = row
    return found


def _inside(tables: list[Table], departement: str, region: str) -> bool:
    """Whether a table of the buses says that a département is in a région."""
    listed = (r for t in tables if t.query == "activite_par_medicobus" for r in t.rows)
    return any("D" + r["code_departement"] == departement and "R" + r["code_region"] == region for r in listed)


def _sum(system: System, query: str, year: str, zone: str, parts: list[str], rows) -> None:
    panel_ = query == "part_sans_mt_territoires"
    columns = ("patients", "sans_mt", "patients" + BEFORE, "sans_mt" + BEFORE) if panel_ else ("demandes", "sans_rendez_vous", "refus")
    open_ = "territoires" if panel_ else "demandes"
    for key in rows[query, year, zone]:
        each = [rows[query, year, z].get(key) for z in parts]
        # The last quarter delivered may not be the same: then the sums are not either.
        if len({row.get("trimestre") for row in [rows[query, year, zone][key], *each] if row}) > 1:
            continue
        number = lambda row: float(row[open_]) if row and row[open_] not in ("", "n.c.") else None
        total, listed = number(rows[query, year, zone][key]), [0.0 if r is None else number(r) for r in each]
        whole = total is not None and None not in listed and sum(listed) == total
        name = lambda column: f"panel:{column},{key[0]},{key[1]}" if panel_ else f"enquete:{column},{key[1]}"
        for column in columns:
            terms = [(1, Count("p", name(column), zone, year))]
            terms += [(-1, Count("p", name(column), z, year)) for z, row in zip(parts, each) if row is not None]
            system.relate("zones des territoires", terms, 0, 0 if whole else INFINITE)


def panel_of_the_year_before(system: System, tables: list[Table]) -> None:
    """The same territories a year earlier are those of the table of that year, where none came and none went."""
    rows = _rows(tables)
    for (query, year, zone), own in rows.items():
        earlier = rows.get((query, str(int(year) - 1), zone))
        if query != "part_sans_mt_territoires" or earlier is None:
            continue
        for (public, served), row in own.items():
            old = earlier.get((public, served))
            if served != "ensemble" or old is None or row["trimestre"][-2:] != old["trimestre"][-2:]:
                continue
            if row["territoires_suivis"] == row["territoires"] == old["territoires"]:
                for column in ("patients", "sans_mt"):
                    now = Count("p", f"panel:{column}{BEFORE},{public},ensemble", zone, year)
                    before = Count("p", f"panel:{column},{public},ensemble", zone, str(int(year) - 1))
                    system.equal("panel: un an plus tôt", now, [before])
