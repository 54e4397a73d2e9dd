"""The true value of every figure, by DuckDB over the exported tables: which hidden ones are small, and whether relations hold."""

from __future__ import annotations

import pathlib
import sys

from documents import Document, Table
from figures import Count, figures

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/oracle"))

from compare import catalogue, open_duckdb  # noqa: E402

FILTERS = ("region", "departement", "medicobus")


class Truth:
    """The answers without secrecy of the tables of a set of documents."""

    def __init__(self, tables: pathlib.Path):
        self.connection = open_duckdb(tables, ROOT / "queries")
        self.queries = catalogue(ROOT / "queries")
        self.answers: dict[tuple, Table] = {}
        places = self.connection.execute("SELECT id_medicobus, code_departement, code_region FROM medicobus").fetchall()
        self.inside = {f"B{bus}": {f"D{departement}", f"R{region}"} for bus, departement, region in places}
        self.inside |= {f"D{departement}": {f"R{region}"} for _, departement, region in places}

    def table(self, table: Table) -> Table:
        """The same table with nothing hidden. Rows of buses are asked for once, for all zones."""
        query = self.queries[table.query]
        given = {k: v for k, v in table.parameters.items() if v is not None}
        narrowed = table.where() if "medicobus" in query.parameters else None
        if narrowed:
            given = {k: v for k, v in given.items() if k not in FILTERS}
        key = (table.query, tuple(sorted(given.items())))
        if key not in self.answers:
            cursor = self.connection.execute(query.text, query.bind(given))
            columns = [c[0] for c in cursor.description]
            rows = [{c: "" if v is None else str(v) for c, v in zip(columns, row)} for row in cursor.fetchall()]
            self.answers[key] = Table(table.document, table.key, table.query, table.parameters, columns, rows)

        whole = self.answers[key]
        keep = lambda zone: narrowed is None or zone == narrowed or narrowed in self.inside.get(zone, ())
        rows = [row for row in whole.rows if keep(table.zone(row))]
        return Table(table.document, table.key, table.query, table.parameters, whole.columns, rows)

    def values(self, documents: list[Document]) -> dict[Count, float]:
        """The true value of every count that a document prints or hides."""
        found: dict[Count, float] = {}
        for table in (t for d in documents for t in d.tables):
            if table.query not in self.queries:
                continue
            for figure in figures(self.table(table)):
                found.setdefault(figure.count, figure.value)
        return found
