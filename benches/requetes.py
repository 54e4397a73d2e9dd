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
from compare import RACINE, catalogue, lignes_normales, lire_reponse, ouvrir_duckdb  # noqa: E402
from ingestion import mesurer  # noqa: E402

REGIONS = "01,02,03,04,06,11,24,27,28,32,44,52,53,75,76,84,93,94"


def depot(binaire: str, dossier: pathlib.Path, echelle: int) -> tuple[pathlib.Path, pathlib.Path]:
    """A store at that scale, and its tables as plain Parquet files."""
    base = dossier / f"echelle-{echelle}"
    store, tables, livraisons, temoin = base / "depot", base / "tables", base / "livraisons", base / "fini"
    if temoin.exists():
        return store, tables
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    taire = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([binaire, "exemple", str(livraisons), "--regions", REGIONS, "--echelle", str(echelle)], **taire)
    recues = sorted(str(p) for p in livraisons.iterdir() if p.is_dir())
    subprocess.run([binaire, "charger", *recues, "--depot", str(store), "--aujourdhui", "2026-11-01"], **taire)
    shutil.rmtree(livraisons)
    subprocess.run([binaire, "depot", "--depot", str(store), "exporter", str(tables)], **taire)
    temoin.touch()
    return store, tables


def par_duckdb(tables: pathlib.Path, reponses: pathlib.Path) -> None:
    """Answers what medicobus answered, says what each query took, and compares."""
    connexion, requetes = ouvrir_duckdb(tables), catalogue(RACINE / "queries")
    durees, differentes = {}, []
    for fichier in sorted(reponses.glob("*.json")):
        nom, parametres, obtenu = lire_reponse(fichier)
        requete = requetes[nom]
        debut = time.perf_counter()
        lignes = connexion.execute(requete.texte, requete.lier(parametres)).fetchall()
        durees[nom] = durees.get(nom, 0.0) + time.perf_counter() - debut
        if lignes_normales(lignes) != obtenu:
            differentes.append(fichier.name)
    print(json.dumps({"durees": durees, "differentes": differentes}))


def detail(commun: list[str], base: pathlib.Path, durees: dict[str, float]) -> None:
    """Each query alone, all its answers; opening the store and writing the answers is part of it."""
    print(f"{'':34}{'medicobus':>10}{'DuckDB':>10}{'rapport':>9}")
    dossier = base / "une"
    for nom, duckdb in sorted(durees.items(), key=lambda d: -d[1]):
        shutil.rmtree(dossier, ignore_errors=True)
        duree = mesurer([*commun, nom, "--executer", str(dossier)])[0]
        print(f"{nom:34}{duree:10.2f}{duckdb:10.2f}{duree / duckdb:9.2f}")
    shutil.rmtree(dossier, ignore_errors=True)


def main() -> int:
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("binaire")
    lecteur.add_argument("--echelle", type=int, default=30)
    lecteur.add_argument("--annee", default="2025")
    lecteur.add_argument("--dossier", type=pathlib.Path, default=pathlib.Path("/tmp/medicobus-bench"))
    lecteur.add_argument("--essais", type=int, default=3)
    lecteur.add_argument("--detail", action="store_true")
    lecteur.add_argument("--duckdb", nargs=2, type=pathlib.Path, help=argparse.SUPPRESS)
    a = lecteur.parse_args()
    if a.duckdb:
        par_duckdb(*a.duckdb)
        return 0
    store, tables = depot(a.binaire, a.dossier, a.echelle)
    reponses = store.parent / "reponses"
    commun = [a.binaire, "requetes", "--depot", str(store), "--sans-secret", "--annee", a.annee]
    nous = [*commun, "--executer", str(reponses)]
    eux = [sys.executable, __file__, a.binaire, "--duckdb", str(tables), str(reponses)]
    for fichier in tables.glob("*.parquet"):  # Every program finds the tables in memory.
        fichier.read_bytes()
    mesures_nous, mesures_eux, requetes_eux, dernier = [], [], [], {}
    for _ in range(a.essais):  # In turns, so that a busy neighbour disturbs both.
        shutil.rmtree(reponses, ignore_errors=True)
        mesures_nous.append(mesurer(nous))
        sortie = store.parent / "duckdb.json"
        with sortie.open("wb") as f:
            mesures_eux.append(mesurer(eux, f))
        dernier = json.loads(sortie.read_text())
        requetes_eux.append(sum(dernier["durees"].values()))
    import duckdb

    lignes = duckdb.sql(f"SELECT count(*) FROM '{tables}/consultations.parquet'").fetchall()[0][0]
    nombre = len(list(reponses.glob("*.json")))
    print(f"{lignes} consultations, {nombre} réponses ; {os.cpu_count()} cœurs, {platform.machine()} ; meilleur de {a.essais}")
    print(f"{'':14}{'secondes':>10}{'processeur':>12}{'pic Mio':>10}{'× DuckDB':>10}")
    # The process of DuckDB also reads our answers and compares them, ours also writes them: the yardstick is its queries alone.
    etalon = min(requetes_eux)
    for nom, (duree, processeur, pic) in (("medicobus", min(mesures_nous)), ("DuckDB", min(mesures_eux))):
        print(f"{nom:14}{duree:10.2f}{processeur:12.2f}{pic:10.0f}{duree / etalon:10.2f}")
    print(f"{'ses requêtes':14}{etalon:10.2f}{'':22}{1:10.2f}")
    print(f"{len(dernier['differentes'])} réponses différentes {dernier['differentes'][:5]}")
    if a.detail:
        detail(commun, store.parent, dernier["durees"])
    return 1 if dernier["differentes"] else 0


if __name__ == "__main__":
    sys.exit(main())
