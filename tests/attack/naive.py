"""The same documents under a secrecy that hides small counts and nothing else: the attacker must find some of them, or finds nothing ever."""

from __future__ import annotations

from dataclasses import replace

from documents import HIDDEN, Document, Table
from truth import Truth

THRESHOLD = 11


def documents_of(documents: list[Document], oracle: Truth) -> list[Document]:
    """Every table again from the truth, with what is small hidden, and what stands on it."""
    return [replace(d, tables=[_hidden(t, oracle) for t in d.tables if t.query in oracle.queries]) for d in documents]


def _hidden(table: Table, oracle: Truth) -> Table:
    """One table."""
    true = oracle.table(table)
    columns = oracle.queries[table.query].definition["colonnes"]
    people = [c["nom"] for c in columns if c.get("role") == "patients"]
    rows = []
    for row in true.rows:
        small = {n for n in people if row[n] and 1 <= float(row[n]) < THRESHOLD}
        hidden = set(small)
        for column in columns:
            stands_on = {column.get(k) for k in ("garde", "numerateur", "denominateur")}
            if stands_on & hidden:
                hidden.add(column["nom"])
        rows.append({n: HIDDEN if n in hidden and v else v for n, v in row.items()})
    return replace(table, columns=true.columns, rows=rows)
