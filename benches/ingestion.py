#!/usr/bin/env python3
"""CSV of consultations to a checked Delta store, beside DuckDB's and Polars' plain CSV to Parquet, in one run.

    benches/ingestion.py BINARY [--lignes 10000000] [--dossier DIR] [--essais 3]

The rows come from `medicobus exemple`, renumbered until there are enough; the same CSV goes to the three programs. medicobus
detects the dialect, checks every rule, guards against identities, looks for duplicates, writes the quarantine and commits;
the other two only parse and write Parquet (zstd). Each run is a process of its own: wall time, processor time and peak memory
are the system's. Needs the packages duckdb and polars. Build medicobus with --release for figures worth comparing.
"""

from __future__ import annotations

import argparse
import gzip
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

DUCKDB = """
import duckdb, sys
duckdb.sql(f"COPY (SELECT * FROM read_csv('{sys.argv[1]}', header=true, types={{'code_commune': 'VARCHAR'}})) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
"""
POLARS = """
import polars, sys
polars.scan_csv(sys.argv[1], try_parse_dates=True, infer_schema_length=10000,
                schema_overrides={'code_commune': polars.String, 'tranche_age': polars.String}).sink_parquet(sys.argv[2], compression='zstd', compression_level=1)
"""


def fabriquer(binaire: str, dossier: pathlib.Path, lignes: int) -> pathlib.Path:
    """A delivery of one région and year with that many consultations."""
    livraison = dossier / f"livraison-{lignes}"
    temoin = dossier / f"livraison-{lignes}.fini"
    if temoin.exists():
        return livraison
    shutil.rmtree(livraison, ignore_errors=True)
    exemple = dossier / "exemple"
    if not exemple.exists():
        subprocess.run([binaire, "exemple", str(exemple), "--regions", "28", "--echelle", "30"], check=True, capture_output=True)
    source = next(p for p in sorted(exemple.rglob("*")) if p.is_dir() and p.name.endswith("2025"))
    livraison.mkdir(parents=True)
    for fichier in sorted(source.iterdir()):
        if not fichier.name.startswith("consultations"):
            shutil.copy(fichier, livraison / fichier.name)
    texte = ouvrir(next(source.glob("consultations*")))
    entete, *modele = texte.splitlines()
    ecrites, tour = 0, 0
    with (livraison / "consultations.csv").open("w", encoding="utf-8", newline="\n") as sortie:
        sortie.write(entete + "\n")
        while ecrites < lignes:
            lot = modele[: lignes - ecrites]
            # The identifier is the first column: it stays unique from one copy to the next.
            sortie.write("".join(f"T{tour}-{ligne}\n" for ligne in lot))
            ecrites, tour = ecrites + len(lot), tour + 1
    temoin.touch()
    return livraison


def ouvrir(chemin: pathlib.Path) -> str:
    octets = chemin.read_bytes()
    if chemin.suffix == ".gz":
        octets = gzip.decompress(octets)
    return octets.decode("utf-8-sig")


def mesurer(commande: list[str], sortie=subprocess.DEVNULL) -> tuple[float, float, float]:
    """Wall seconds, processor seconds, peak MiB of one process."""
    debut = time.perf_counter()
    processus = subprocess.Popen(commande, stdout=sortie, stderr=subprocess.PIPE)
    erreurs = processus.stderr.read()
    _, etat, usage = os.wait4(processus.pid, 0)
    duree = time.perf_counter() - debut
    processus.returncode = os.waitstatus_to_exitcode(etat)
    if processus.returncode != 0:
        raise SystemExit(f"{commande[0]} : {erreurs.decode(errors='replace')[-2000:]}")
    return duree, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> int:
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("binaire")
    lecteur.add_argument("--lignes", type=int, default=10_000_000)
    lecteur.add_argument("--dossier", type=pathlib.Path, default=pathlib.Path("/tmp/medicobus-bench"))
    lecteur.add_argument("--essais", type=int, default=3)
    a = lecteur.parse_args()
    a.dossier.mkdir(parents=True, exist_ok=True)
    livraison = fabriquer(a.binaire, a.dossier, a.lignes)
    csv = livraison / "consultations.csv"
    depot, parquet = a.dossier / "depot", a.dossier / "plat.parquet"
    programmes = {
        "medicobus charger": [a.binaire, "charger", str(livraison), "--depot", str(depot), "--aujourdhui", "2026-11-01"],
        "DuckDB COPY": [sys.executable, "-c", DUCKDB, str(csv), str(parquet)],
        "Polars sink_parquet": [sys.executable, "-c", POLARS, str(csv), str(parquet)],
    }
    print(f"{a.lignes} consultations, {csv.stat().st_size / 2**20:.0f} Mio ; {os.cpu_count()} cœurs, {platform.machine()} ; meilleur de {a.essais}")
    with csv.open("rb") as f:  # Every program finds the file in memory.
        while f.read(1 << 24):
            pass
    meilleurs = {}
    for nom, commande in programmes.items():
        mesures = []
        for _ in range(a.essais):
            shutil.rmtree(depot, ignore_errors=True)
            parquet.unlink(missing_ok=True)
            mesures.append(mesurer(commande))
        meilleurs[nom] = min(mesures)
    etalon = meilleurs["Polars sink_parquet"][0]
    print(f"{'':22}{'secondes':>10}{'processeur':>12}{'pic Mio':>10}{'Mlignes/s':>11}{'× Polars':>10}")
    for nom, (duree, processeur, pic) in meilleurs.items():
        print(f"{nom:22}{duree:10.2f}{processeur:12.2f}{pic:10.0f}{a.lignes / duree / 1e6:11.2f}{duree / etalon:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
