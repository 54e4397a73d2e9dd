#!/usr/bin/env python3
"""Every query of the catalogue over a large store, by medicobus and by DuckDB over the same tables, in one run.

    benches/requetes.py BINARY [--echelle 30] [--annee 2025] [--dossier DIR] [--essais 3] [--detail]

The store is made once by `medicobus exemple` (18 régions) and `medicobus charger`; scale 30 holds some ten million consultations.
DuckDB reads what `medicobus depot exporter` writes. Both answer the same combinations of query, level and step, one after the other,
on all cores; every run is a process of its own, and every answer is compared to the last digit. `--detail` also shows DuckDB's time
and medicobus's for each query. Needs the package duckdb. Build medicobus with --release for figures worth comparing.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "oracle"))
from compare import ROOT, catalogue, normal_rows, read_answer, open_duckdb  # noqa: E402
from ingestion import measure  # noqa: E402

REGIONS = "01,02,03,04,06,11,24,27,28,32,44,52,53,75,76,84,93,94"


def store_of(binary: str, folder: pathlib.Path, scale: int) -> tuple[pathlib.Path, pathlib.Path]:
    """A store at that scale, and its tables as plain Parquet files."""
    base = folder / f"echelle-{scale}"
    store, tables, deliveries, done = base / "depot", base / "tables", base / "livraisons", base / "fini"
    if done.exists():
        return store, tables
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([binary, "exemple", str(deliveries), "--regions", REGIONS, "--echelle", str(scale)], **quiet)
    received = sorted(str(p) for p in deliveries.iterdir() if p.is_dir())
    subprocess.run([binary, "charger", *received, "--depot", str(store), "--aujourdhui", "2026-11-01"], **quiet)
    shutil.rmtree(deliveries)
    subprocess.run([binary, "depot", "--depot", str(store), "exporter", str(tables)], **quiet)
    done.touch()
    return store, tables


def by_duckdb(tables: pathlib.Path, answers: pathlib.Path) -> None:
    """Answers what medicobus answered, says what each query took, and compares."""
    connection, queries = open_duckdb(tables, ROOT / "queries"), catalogue(ROOT / "queries")
    durations, different = {}, []
    for file in sorted(answers.glob("*.json")):
        name, parameters, found = read_answer(file)
        query = queries[name]
        start = time.perf_counter()
        rows = connection.execute(query.text, query.bind(parameters)).fetchall()
        durations[name] = durations.get(name, 0.0) + time.perf_counter() - start
        if normal_rows(rows) != found:
            different.append(file.name)
    print(json.dumps({"durees": durations, "differentes": different}))


def detail(common: list[str], base: pathlib.Path, durations: dict[str, float]) -> None:
    """Each query alone, all its answers; opening the store and writing the answers is part of it."""
    print(f"{'':34}{'medicobus':>10}{'DuckDB':>10}{'rapport':>9}")
    folder = base / "une"
    for name, duckdb in sorted(durations.items(), key=lambda d: -d[1]):
        shutil.rmtree(folder, ignore_errors=True)
        duration = measure([*common, name, "--executer", str(folder)])[0]
        print(f"{name:34}{duration:10.2f}{duckdb:10.2f}{duration / duckdb:9.2f}")
    shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaire")
    parser.add_argument("--echelle", type=int, default=30)
    parser.add_argument("--annee", default="2025")
    parser.add_argument("--dossier", type=pathlib.Path, default=pathlib.Path("/tmp/medicobus-bench"))
    parser.add_argument("--essais", type=int, default=3)
    parser.add_argument("--detail", action="store_true")
    parser.add_argument("--duckdb", nargs=2, type=pathlib.Path, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.duckdb:
        by_duckdb(*a.duckdb)
        return 0
    store, tables = store_of(a.binaire, a.dossier, a.echelle)
    answers = store.parent / "reponses"
    common = [a.binaire, "requetes", "--depot", str(store), "--sans-secret", "--annee", a.annee]
    ours = [*common, "--executer", str(answers)]
    theirs = [sys.executable, __file__, a.binaire, "--duckdb", str(tables), str(answers)]
    for file in tables.glob("*.parquet"):  # Every program finds the tables in memory.
        file.read_bytes()
    measures_ours, measures_theirs, queries_theirs, last = [], [], [], {}
    for _ in range(a.essais):  # In turns, so that a busy neighbour disturbs both.
        shutil.rmtree(answers, ignore_errors=True)
        measures_ours.append(measure(ours))
        output = store.parent / "duckdb.json"
        with output.open("wb") as f:
            measures_theirs.append(measure(theirs, f))
        last = json.loads(output.read_text())
        queries_theirs.append(sum(last["durees"].values()))
    import duckdb

    rows = duckdb.sql(f"SELECT count(*) FROM '{tables}/consultations.parquet'").fetchall()[0][0]
    number = len(list(answers.glob("*.json")))
    print(f"{rows} consultations, {number} réponses ; {os.cpu_count()} cœurs, {platform.machine()} ; meilleur de {a.essais}")
    print(f"{'':14}{'secondes':>10}{'processeur':>12}{'pic Mio':>10}{'× DuckDB':>10}")
    # The process of DuckDB also reads our answers and compares them, ours also writes them: the yardstick is its queries alone.
    yardstick = min(queries_theirs)
    for name, (duration, processor, peak) in (("medicobus", min(measures_ours)), ("DuckDB", min(measures_theirs))):
        print(f"{name:14}{duration:10.2f}{processor:12.2f}{peak:10.0f}{duration / yardstick:10.2f}")
    print(f"{'ses requêtes':14}{yardstick:10.2f}{'':22}{1:10.2f}")
    print(f"{len(last['differentes'])} réponses différentes {last['differentes'][:5]}")
    if a.detail:
        detail(common, store.parent, last["durees"])
    return 1 if last["differentes"] else 0


if __name__ == "__main__":
    sys.exit(main())
