#!/usr/bin/env python3
"""A year's campaign (every région, département, bus and the nation) beside a Python script that makes the same PDFs, in one run.

    benches/campagne.py BINARY [--echelle 4] [--annee 2025] [--dossier DIR] [--essais 2]

The store is made once by `medicobus exemple` (18 régions) and `medicobus charger`; scale 4 holds some 1.4 million consultations.
The script is what one would write with the packages duckdb and typst: for each document it runs the document's queries with their
parameters over the same tables, then compiles the same templates to PDF/UA-1 and PDF/A-3a, on as many processes as there are cores.
Its work is lighter on purpose: charts, sentences, `donnees.json` and attachments are taken ready-made from `medicobus campagne --source`,
and it hides no small count, audits nothing, and writes neither workbook nor Parquet. Build medicobus with --release.
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import os
import pathlib
import platform
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "oracle"))
from compare import ROOT, catalogue, open_duckdb  # noqa: E402
from ingestion import measure  # noqa: E402
from requetes import store_of  # noqa: E402


@functools.cache
def engine(tables: pathlib.Path):
    """One connection and one reading of the catalogue for all documents of a process."""
    connection = open_duckdb(tables, ROOT / "queries")
    connection.execute("SET threads = 1")
    return connection, catalogue(ROOT / "queries")


def one_document(tables: pathlib.Path, output: pathlib.Path, sources: pathlib.Path) -> int:
    """Queries, then the page; returns the size of the PDF."""
    import typst

    connection, queries = engine(tables)
    manifest = json.loads((sources / "pieces" / "manifeste.json").read_text(encoding="utf-8"))
    for request in manifest["requetes"]:
        query = queries[request["nom"]]
        given = {name: value for name, value in request["parametres"].items() if value is not None}
        connection.execute(query.text, query.bind(given)).fetchall()
    main_page = "fiche.typ" if manifest["document"] == "fiche" else "bilan.typ"
    pdf = typst.compile(
        str(sources / main_page),
        root=str(sources),
        font_paths=[str(sources / "polices")],
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
    )
    (output / f"{sources.name}.pdf").write_bytes(pdf)
    return len(pdf)


def by_python(tables: pathlib.Path, sources: pathlib.Path, output: pathlib.Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    documents = sorted(sources.iterdir())
    with multiprocessing.Pool(os.cpu_count()) as pool:
        sizes = pool.map(functools.partial(one_document, tables, output), documents, chunksize=1)
    if not sizes or not all(sizes):
        raise SystemExit("un document manque")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaire")
    parser.add_argument("--echelle", type=int, default=4)
    parser.add_argument("--annee", default="2025")
    parser.add_argument("--dossier", type=pathlib.Path, default=pathlib.Path("/tmp/medicobus-bench"))
    parser.add_argument("--essais", type=int, default=2)
    parser.add_argument("--python", nargs=3, type=pathlib.Path, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.python:
        by_python(*a.python)
        return 0
    store, tables = store_of(a.binaire, a.dossier, a.echelle)
    base = store.parent
    sources, ours, theirs = base / "sources", base / "medicobus", base / "python"
    common = [a.binaire, "campagne", "--annee", a.annee, "--depot", str(store), "--refaire"]
    if not (base / "sources-faites").exists():
        subprocess.run([*common, "-o", str(base / "premiere"), "--source", str(sources)], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(base / "premiere")
        (base / "sources-faites").touch()
    expected = len(list(sources.iterdir()))
    programs = {
        "medicobus": [*common, "-o", str(ours)],
        "duckdb + typst": [sys.executable, __file__, a.binaire, "--python", str(tables), str(sources), str(theirs)],
    }
    measures: dict[str, list] = {name: [] for name in programs}
    for _ in range(a.essais):  # In turns, so that a busy neighbour disturbs both.
        for folder in (ours, theirs):
            shutil.rmtree(folder, ignore_errors=True)
        for name, command in programs.items():
            measures[name].append(measure(command))
    made = [len(list(folder.glob("*.pdf"))) for folder in (ours, theirs)]
    import duckdb

    rows = duckdb.sql(f"SELECT count(*) FROM '{tables}/consultations.parquet'").fetchall()[0][0]
    print(f"{rows} consultations, {expected} documents ; {os.cpu_count()} cœurs, {platform.machine()} ; meilleur de {a.essais}")
    print(f"{'':16}{'secondes':>10}{'processeur':>12}{'pic Mio':>10}{'PDF':>6}{'× medicobus':>13}")
    yardstick = min(measures["medicobus"])[0]
    for (name, times), number in zip(measures.items(), made):
        duration, processor, peak = min(times)
        print(f"{name:16}{duration:10.1f}{processor:12.1f}{peak:10.0f}{number:6}{duration / yardstick:13.2f}")
    print("le pic de mémoire est celui du plus grand processus ; le script en a un par cœur")
    return 0 if made == [expected, expected] else 1


if __name__ == "__main__":
    sys.exit(main())
