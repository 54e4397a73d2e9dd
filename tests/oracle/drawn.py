#!/usr/bin/env python3
"""Figures drawn at random from PDFs, counted again by DuckDB without the project's queries.

    drawn.py TABLES PDFS... [--figures 40] [--graine 1]

TABLES holds one Parquet file per table (`medicobus depot exporter`), PDFS are documents or folders of them. A figure is a cell of a
table attached to a PDF, neither hidden nor empty, whose number also stands in the words of its pages. The SQL is this file's own, from the
definitions of `docs/methode.md`: nothing of `queries/` is read. Figures of estimates (evaluation) and those that need the history of
zonings are not drawn; the last line says what share of the printed figures can be.

Exit code 0 when all are equal, 1 when one differs, 2 when the tool is misused. Needs duckdb, pypdf and pdftotext: test dependencies only.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import re
import subprocess
import sys
from typing import NamedTuple

import duckdb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "attack"))
from documents import HIDDEN, Document, Table, read  # noqa: E402
from recounted import BASE, RECOUNTED, TABLES, Place  # noqa: E402


class Drawn(NamedTuple):
    """A figure of a document, and where it was found."""

    document: str
    page: int
    table: Table
    row: dict[str, str]
    column: str

    @property
    def printed(self) -> str:
        return self.row[self.column]

    def names(self) -> str:
        """The row in words: its zone and what else tells it from its neighbours."""
        keys = ("periode", "dimension", "modalite", "public", "cellule", "cas", "nature", "financeur", "desserte", "tranche_age", "sexe", "code_commune", "champ", "exigence", "anciennete")
        rest = [self.row[k] for k in keys if self.row.get(k)]
        return " ".join([f"{self.table.key}.{self.column}", self.row["code_zone"], str(self.table.year), *rest])


def place(table: Table, row: dict[str, str]) -> Place:
    """Where and when the people of a row are counted."""
    column = {"national": None, "region": "region", "departement": "departement", "medicobus": "id_medicobus"}[table.level]
    zone = f"{column} = '{row['code_zone']}'" if column else "true"
    month = re.fullmatch(r"\d{4}-\d{2}", row.get("periode") or "")
    return Place(zone, table.year, f"mo = '{month[0]}'" if month else f"y = {table.year}")


def pages(path: pathlib.Path) -> list[str]:
    """The words of each page, spaces inside numbers closed."""
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout
    return [re.sub(r"(?<=\d)[\u202f\u00a0](?=\d)", "", page) for page in text.split("\f")]


def as_printed(value: str) -> str:
    return value.replace(".", ",").removeprefix("-")


def figures(document: Document, words: list[str]) -> tuple[list[Drawn], int]:
    """The figures of a document that can be counted again, and how many numbers of its tables stand in its pages."""
    found, printed = [], 0
    numbers = [set(re.findall(r"\d+(?:,\d+)?", page)) for page in words]
    for table in document.tables:
        for row in table.rows:
            for column, value in row.items():
                if value in ("", HIDDEN) or not re.fullmatch(r"-?\d+(\.\d+)?", value) or column.startswith(("annee", "code_", "periode", "delai_suivi")):
                    continue
                # One digit stands on every page.
                if len(re.sub(r"\D", "", value)) < 2:
                    continue
                page = next((i + 1 for i, there in enumerate(numbers) if as_printed(value) in there), None)
                if page is None:
                    continue
                printed += 1
                again = RECOUNTED.get(table.query)
                if again and again(place(table, row), row).get(column):
                    found.append(Drawn(document.name, page, table, row, column))
    return found, printed


def equal(printed: str, counted: object) -> bool:
    """As many decimals as the document has, half a unit of the last one allowed either way: engines round ties each in their way."""
    if counted is None:
        return False
    decimals = len(printed.partition(".")[2])
    return abs(float(printed) - float(counted)) <= 0.5 * 10**-decimals + 1e-9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=pathlib.Path)
    parser.add_argument("pdfs", type=pathlib.Path, nargs="+")
    parser.add_argument("--figures", type=int, default=40)
    parser.add_argument("--graine", type=int, default=1)
    asked = parser.parse_args()

    con = duckdb.connect()
    for name in TABLES:
        con.execute(f"CREATE TABLE {name} AS FROM read_parquet('{asked.tables / name}.parquet')")
    con.execute(BASE)

    paths = [p for path in asked.pdfs for p in ([path] if path.is_file() else sorted(path.rglob("*.pdf")))]
    eligible, printed = [], 0
    for path in paths:
        try:
            document = read(path)
        except KeyError:
            # A quality note has no manifest, and no figure of a query.
            continue
        found, count = figures(document, pages(path))
        eligible += found
        printed += count
    if len(eligible) < asked.figures:
        print(f"{len(eligible)} figures only", file=sys.stderr)
        return 2

    # One figure of each table first, so that long tables do not crowd out the short ones.
    drawing = random.Random(asked.graine)
    drawing.shuffle(eligible)
    queries: dict[str, list[Drawn]] = {}
    for one in eligible:
        queries.setdefault(one.table.query, []).append(one)
    turns = sorted(queries.values(), key=lambda list_: list_[0].table.query)
    chosen: list[Drawn] = []
    while len(chosen) < asked.figures:
        for rest in turns:
            if rest and len(chosen) < asked.figures:
                chosen.append(rest.pop())

    differing = 0
    for one in sorted(chosen, key=lambda one: (one.document, one.page)):
        sql = RECOUNTED[one.table.query](place(one.table, one.row), one.row)[one.column]
        counted = con.execute(f"SELECT {sql}").fetchone()[0]
        same = equal(one.printed, counted)
        differing += not same
        print(f"{'equal  ' if same else 'DIFFERS'} {one.document} p. {one.page} | {one.names()} | {one.printed} | {counted}")

    print(f"{len(chosen)} figures drawn (seed {asked.graine}), {differing} differ; {len(eligible)} of {printed} printed figures can be counted again")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
