#!/usr/bin/env python3
"""Territoires de vie-santé for a store: two compositions, and a panel of theirs for the whole store.

    tvs.py TABLES FOLDER

From the exported tables of a store, writes `tvs_2024.csv` and `tvs_2026.csv` for `medicobus referentiel` and the delivery `tvs` for
`medicobus charger`, of a région that has no bus: its panel is that of the communes, added up by TVS. The TVS of a commune are the first
four characters of its code, then, in 2026, of the code of the commune before it.
"""

import pathlib
import sys

import duckdb

PANEL = """
SELECT rpad(substr(code_territoire, 1, 4), 5, '_') AS code_territoire, 'tvs' AS type_territoire, periode,
       sum(patients) AS patients, sum(patients_sans_mt) AS patients_sans_mt
  FROM read_parquet(?)
 WHERE type_territoire = 'commune' AND periode BETWEEN '2024' AND '2027'
 GROUP BY ALL ORDER BY ALL
"""
COMPOSITION = """
SELECT code_commune, rpad(substr({code}, 1, 4), 5, '_') AS code_tvs, 'Autour de ' || {code} AS nom_tvs
  FROM (SELECT code_commune, COALESCE(LAG(code_commune) OVER (ORDER BY code_commune), code_commune) AS avant FROM read_parquet(?))
 ORDER BY code_commune
"""


def write(path: pathlib.Path, sql: str, table: pathlib.Path) -> None:
    """Writes the rows of a query over a table."""
    cursor = duckdb.connect().execute(sql, [str(table)])
    rows = [[c[0] for c in cursor.description], *cursor.fetchall()]
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")


tables, folder = map(pathlib.Path, sys.argv[1:])
(folder / "tvs").mkdir()
(folder / "tvs/livraison.toml").write_text('region = "94"\nperiode = "2024-2026"\n', encoding="utf-8")
write(folder / "tvs/territoires.csv", PANEL, tables / "territoires.parquet")
write(folder / "tvs_2024.csv", COMPOSITION.format(code="code_commune"), tables / "communes.parquet")
write(folder / "tvs_2026.csv", COMPOSITION.format(code="avant"), tables / "communes.parquet")
