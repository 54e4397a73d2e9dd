#!/usr/bin/env python3
"""Runs every file of `queries/` in DuckDB, over the views of `queries/vues/`, and compares the answers to the last digit.

    compare.py TABLES ANSWERS    against answers written by the binary, `<query>__<params>.json`
    compare.py TABLES            against the Python package of DataFusion, over a grid of parameters

TABLES holds one Parquet file per table (`consultations.parquet`, `regions.parquet`…). An answer is
`{"requete": …, "parametres": {…}, "colonnes": […], "lignes": [[…], …]}`, or the bare array of rows with the parameters in the
file name (`activite__annee=2025,niveau=region.json`); a parameter that is not given takes its default, or NULL.

Exit code 0 when all rows are equal, 1 with the first differences, 2 when the tool is misused.
Needs the packages duckdb (and datafusion, pyarrow for the second form): test dependencies only.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import json
import pathlib
import sys
import tomllib

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIFFERENCES_SHOWN = 5


class Query:
    """One file of `queries/`: its header and its text, which both engines get unchanged."""

    def __init__(self, path: pathlib.Path):
        self.text = path.read_text(encoding="utf-8")
        if not self.text.startswith("/*---\n"):
            raise SystemExit(f"{path} : l'en-tête « /*--- » manque")
        header = self.text[len("/*---\n") : self.text.index("---*/")]
        self.definition = tomllib.loads(header)
        self.name = self.definition["nom"]
        if self.name != path.stem:
            raise SystemExit(f"{path} : nom = « {self.name} » ne répond pas au nom du fichier")
        self.parameters = self.definition.get("parametres", {})
        self.columns = [c["nom"] for c in self.definition["colonnes"]]

    def bind(self, given: dict) -> dict:
        """The value of each declared parameter: given, else default, else NULL."""
        unknown = set(given) - set(self.parameters)
        if unknown:
            raise SystemExit(f"{self.name} : paramètre inconnu {sorted(unknown)}")
        bound = {}
        for name, parameter in self.parameters.items():
            value = given.get(name, parameter.get("defaut"))
            if value is None and parameter.get("requis"):
                raise SystemExit(f"{self.name} : paramètre requis absent : {name}")
            if value is not None and parameter["type"] == "entier":
                value = int(value)
            if value is not None and parameter["type"] == "date":
                value = datetime.date.fromisoformat(str(value))
            bound[name] = value
        return bound


def catalogue(folder: pathlib.Path) -> dict[str, Query]:
    """Every query by name."""
    return {r.name: r for r in (Query(c) for c in sorted(folder.glob("*.sql")))}


def create_views(folder: pathlib.Path, run) -> None:
    """Creates the views of `queries/vues`; one that reads another waits until that one is there."""
    waiting = {c.stem: c.read_text(encoding="utf-8") for c in sorted((folder / "vues").glob("*.sql"))}
    while waiting:
        refused = {}
        for name, text in waiting.items():
            try:
                run(f'CREATE VIEW "{name}" AS {text}')
            except Exception as error:
                refused[name] = error
        if len(refused) == len(waiting):
            raise SystemExit("\n".join(f"vue {name} : {error}" for name, error in refused.items()))
        waiting = {name: waiting[name] for name in refused}


def normal(value):
    """A value as the answer files hold it: ISO dates, plain numbers, no negative zero."""
    if isinstance(value, bool):
        return value
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return f"<{value}>"
        return int(value) if value == int(value) and abs(value) < 2**53 else value
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def normal_rows(rows) -> list[list]:
    return [[normal(v) for v in row] for row in rows]


def open_duckdb(tables: pathlib.Path, queries: pathlib.Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for file in sorted(tables.glob("*.parquet")):
        path = str(file).replace("'", "''")
        connection.execute(f'CREATE VIEW "{file.stem}" AS SELECT * FROM read_parquet(\'{path}\')')
    create_views(queries, connection.execute)
    return connection


def by_duckdb(connection, query: Query, bound: dict):
    cursor = connection.execute(query.text, bound)
    return [c[0] for c in cursor.description], normal_rows(cursor.fetchall())


def open_datafusion(tables: pathlib.Path, queries: pathlib.Path):
    import datafusion

    # Views as strings and dictionaries would hide type mistakes; several partitions show a missing ORDER BY.
    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(4))
    for file in sorted(tables.glob("*.parquet")):
        context.register_parquet(file.stem, str(file))
    create_views(queries, lambda text: context.sql(text).collect())
    return context


def by_datafusion(context, query: Query, bound: dict):
    import pyarrow

    types = {"entier": pyarrow.int64(), "texte": pyarrow.string(), "date": pyarrow.date32()}
    scalars = {
        name: pyarrow.scalar(value, types[query.parameters[name]["type"]]) for name, value in bound.items()
    }
    table = context.sql(query.text, param_values=scalars).to_arrow_table()
    columns = [c.to_pylist() for c in table.columns]
    return table.column_names, normal_rows(zip(*columns)) if columns else []


def differences(query: Query, expected, found) -> list[str]:
    """Readable differences between two answers, empty when they are equal to the last digit."""
    messages = []
    if len(expected) != len(found):
        messages.append(f"{len(expected)} lignes dans DuckDB, {len(found)} en face")
    for i, (a, o) in enumerate(zip(expected, found)):
        if a == o:
            continue
        if len(a) != len(o):
            messages.append(f"ligne {i + 1} : {len(a)} valeurs dans DuckDB, {len(o)} en face")
            continue
        gaps = [f"{c} = {x!r} / {y!r}" for c, x, y in zip(query.columns, a, o) if x != y]
        messages.append(f"ligne {i + 1} {a[:3]} : " + ", ".join(gaps))
    if len(messages) > DIFFERENCES_SHOWN:
        rest = len(messages) - DIFFERENCES_SHOWN
        messages = messages[:DIFFERENCES_SHOWN] + [f"… et {rest} autres différences"]
    return messages


def read_answer(file: pathlib.Path):
    """Name of the query, parameters and rows of one answer written by the binary."""
    content = json.loads(file.read_text(encoding="utf-8"))
    name, _, tail = file.stem.partition("__")
    if isinstance(content, dict):
        return content.get("requete", name), content.get("parametres", {}), normal_rows(content["lignes"])
    parameters = dict(p.split("=", 1) for p in tail.split(",") if p)
    return name, parameters, normal_rows(content)


def grid(query: Query, tables: pathlib.Path, quick: bool):
    """Parameters that together reach every branch: each level, each step, a filter that is set, one that selects nothing."""
    connection = duckdb.connect()
    path = str(tables / "medicobus.parquet").replace("'", "''")
    bus = connection.execute(
        f"SELECT code_region, code_departement, id_medicobus FROM read_parquet('{path}') ORDER BY id_medicobus"
    ).fetchall()
    region, departement, medicobus = bus[0] if bus else ("28", "61", "?")
    years = [2025] if quick else [2023, 2024, 2025, 2026]
    base = [{"annee": a} for a in years] if "annee" in query.parameters else [{}]
    cases = []
    for fixed in base:
        levels = query.parameters.get("niveau", {}).get("valeurs", []) or [None]
        steps = query.parameters.get("pas", {}).get("valeurs", []) or [None]
        for level in levels:
            for p in steps:
                cases.append(fixed | ({"niveau": level} if level else {}) | ({"pas": p} if p else {}))
    # Each value of every other closed list, and a year of reference other than the default.
    for name, parameter in query.parameters.items():
        if name not in ("annee", "niveau", "pas"):
            cases += [base[-1] | {name: v} for v in parameter.get("valeurs", []) if v != parameter.get("defaut")]
    if "annee_base" in query.parameters:
        cases.append(base[-1] | {"annee_base": 2025})
    for filter_ in ({"region": region}, {"departement": departement}, {"medicobus": medicobus}, {"region": "00"}):
        if set(filter_) <= set(query.parameters):
            cases.append(base[-1] | filter_)
    return cases


def compare(label: str, query: Query, expected, found) -> bool:
    names_a, rows_a = expected
    names_o, rows_o = found
    gaps = []
    if names_a != query.columns:
        gaps.append(f"colonnes rendues {names_a}, en-tête {query.columns}")
    if names_o is not None and names_o != names_a:
        gaps.append(f"colonnes {names_a} dans DuckDB, {names_o} en face")
    gaps += differences(query, rows_a, rows_o)
    for gap in gaps:
        print(f"{label} : {gap}", file=sys.stderr)
    return not gaps


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=pathlib.Path, help="dossier des tables, un fichier Parquet par table")
    parser.add_argument("answers", type=pathlib.Path, nargs="?", help="dossier des réponses du programme")
    parser.add_argument("--queries", type=pathlib.Path, default=ROOT / "queries", help="dossier des requêtes")
    parser.add_argument("--rapide", action="store_true", help="une seule année par requête (sans réponses)")
    parser.add_argument("--seule", help="nom d'une requête à comparer seule")
    options = parser.parse_args()
    if not options.tables.is_dir():
        print(f"{options.tables} n'est pas un dossier", file=sys.stderr)
        return 2

    queries = catalogue(options.queries)
    connection = open_duckdb(options.tables, options.queries)
    count, rows, failures, seen = 0, 0, 0, set()

    if options.answers:
        for file in sorted(options.answers.glob("*.json")):
            name, parameters, found = read_answer(file)
            if options.seule and name != options.seule:
                continue
            if name not in queries:
                print(f"{file.name} : aucune requête de ce nom dans {options.queries}", file=sys.stderr)
                failures += 1
                continue
            query = queries[name]
            expected = by_duckdb(connection, query, query.bind(parameters))
            count, rows = count + 1, rows + len(expected[1])
            seen.add(name)
            failures += not compare(file.name, query, expected, (None, found))
        forgotten = sorted(set(queries) - seen) if not options.seule else []
        if forgotten:
            print(f"requêtes sans réponse : {', '.join(forgotten)}", file=sys.stderr)
            failures += len(forgotten)
    else:
        context = open_datafusion(options.tables, options.queries)
        for name, query in queries.items():
            if options.seule and name != options.seule:
                continue
            for given in grid(query, options.tables, options.rapide):
                bound = query.bind(given)
                label = f"{name} {given}"
                try:
                    expected = by_duckdb(connection, query, bound)
                    found = by_datafusion(context, query, bound)
                except Exception as error:  # an engine refuses the text: a finding like another
                    print(f"{label} : {type(error).__name__} : {str(error)[:600]}", file=sys.stderr)
                    failures += 1
                    continue
                count, rows = count + 1, rows + len(expected[1])
                failures += not compare(label, query, expected, found)

    print(f"{count} réponses comparées, {rows} lignes, {failures} en défaut")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
