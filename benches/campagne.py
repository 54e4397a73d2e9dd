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
from compare import RACINE, catalogue, ouvrir_duckdb  # noqa: E402
from ingestion import mesurer  # noqa: E402
from requetes import depot  # noqa: E402


@functools.cache
def moteur(tables: pathlib.Path):
    """One connection and one reading of the catalogue for all documents of a process."""
    connexion = ouvrir_duckdb(tables)
    connexion.execute("SET threads = 1")
    return connexion, catalogue(RACINE / "queries")


def un_document(tables: pathlib.Path, sortie: pathlib.Path, sources: pathlib.Path) -> int:
    """Queries, then the page; returns the size of the PDF."""
    import typst

    connexion, requetes = moteur(tables)
    manifeste = json.loads((sources / "pieces" / "manifeste.json").read_text(encoding="utf-8"))
    for demande in manifeste["requetes"]:
        requete = requetes[demande["nom"]]
        donnes = {nom: valeur for nom, valeur in demande["parametres"].items() if valeur is not None}
        connexion.execute(requete.texte, requete.lier(donnes)).fetchall()
    principal = "fiche.typ" if manifeste["document"] == "fiche" else "bilan.typ"
    pdf = typst.compile(
        str(sources / principal),
        root=str(sources),
        font_paths=[str(sources / "polices")],
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
    )
    (sortie / f"{sources.name}.pdf").write_bytes(pdf)
    return len(pdf)


def par_python(tables: pathlib.Path, sources: pathlib.Path, sortie: pathlib.Path) -> None:
    sortie.mkdir(parents=True, exist_ok=True)
    documents = sorted(sources.iterdir())
    with multiprocessing.Pool(os.cpu_count()) as pool:
        tailles = pool.map(functools.partial(un_document, tables, sortie), documents, chunksize=1)
    if not tailles or not all(tailles):
        raise SystemExit("un document manque")


def main() -> int:
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("binaire")
    lecteur.add_argument("--echelle", type=int, default=4)
    lecteur.add_argument("--annee", default="2025")
    lecteur.add_argument("--dossier", type=pathlib.Path, default=pathlib.Path("/tmp/medicobus-bench"))
    lecteur.add_argument("--essais", type=int, default=2)
    lecteur.add_argument("--python", nargs=3, type=pathlib.Path, help=argparse.SUPPRESS)
    a = lecteur.parse_args()
    if a.python:
        par_python(*a.python)
        return 0
    store, tables = depot(a.binaire, a.dossier, a.echelle)
    base = store.parent
    sources, nous, eux = base / "sources", base / "medicobus", base / "python"
    commun = [a.binaire, "campagne", "--annee", a.annee, "--depot", str(store), "--refaire"]
    if not (base / "sources-faites").exists():
        subprocess.run([*commun, "-o", str(base / "premiere"), "--source", str(sources)], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(base / "premiere")
        (base / "sources-faites").touch()
    attendus = len(list(sources.iterdir()))
    programmes = {
        "medicobus": [*commun, "-o", str(nous)],
        "duckdb + typst": [sys.executable, __file__, a.binaire, "--python", str(tables), str(sources), str(eux)],
    }
    mesures: dict[str, list] = {nom: [] for nom in programmes}
    for _ in range(a.essais):  # In turns, so that a busy neighbour disturbs both.
        for dossier in (nous, eux):
            shutil.rmtree(dossier, ignore_errors=True)
        for nom, commande in programmes.items():
            mesures[nom].append(mesurer(commande))
    faits = [len(list(dossier.glob("*.pdf"))) for dossier in (nous, eux)]
    import duckdb

    lignes = duckdb.sql(f"SELECT count(*) FROM '{tables}/consultations.parquet'").fetchall()[0][0]
    print(f"{lignes} consultations, {attendus} documents ; {os.cpu_count()} cœurs, {platform.machine()} ; meilleur de {a.essais}")
    print(f"{'':16}{'secondes':>10}{'processeur':>12}{'pic Mio':>10}{'PDF':>6}{'× medicobus':>13}")
    etalon = min(mesures["medicobus"])[0]
    for (nom, fois), nombre in zip(mesures.items(), faits):
        duree, processeur, pic = min(fois)
        print(f"{nom:16}{duree:10.1f}{processeur:12.1f}{pic:10.0f}{nombre:6}{duree / etalon:13.2f}")
    print("le pic de mémoire est celui du plus grand processus ; le script en a un par cœur")
    return 0 if faits == [attendus, attendus] else 1


if __name__ == "__main__":
    sys.exit(main())
