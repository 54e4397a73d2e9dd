#!/usr/bin/env python3
"""What .ci/attaque asks of a store's tables: the years of its tours, and where its bus with fewest consultations is.

    places.py TABLES annees
    places.py TABLES petit ANNEE     région, département and bus
"""

from __future__ import annotations

import pathlib
import sys

import duckdb

YEARS = "SELECT DISTINCT year(date) FROM read_parquet($tours) ORDER BY 1"
SMALLEST = """SELECT m.code_region, m.code_departement, m.id_medicobus
  FROM read_parquet($buses) m JOIN read_parquet($consultations) c ON c.id_medicobus = m.id_medicobus
 WHERE year(c.date_consultation) = $year GROUP BY ALL ORDER BY count(*), m.id_medicobus LIMIT 1"""


def main() -> int:
    tables, wanted = pathlib.Path(sys.argv[1]), sys.argv[2]
    file = lambda name: str(tables / f"{name}.parquet")
    if wanted == "annees":
        rows = duckdb.execute(YEARS, {"tours": file("tournees")}).fetchall()
        print(*(row[0] for row in rows))
    else:
        given = {"buses": file("medicobus"), "consultations": file("consultations"), "year": int(sys.argv[3])}
        print(*duckdb.execute(SMALLEST, given).fetchone())
    return 0


if __name__ == "__main__":
    sys.exit(main())
