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


def make_delivery(binary: str, folder: pathlib.Path, rows: int) -> pathlib.Path:
    """A delivery of one région and year with that many consultations."""
    delivery = folder / f"livraison-{rows}"
    done = folder / f"livraison-{rows}.fini"
    if done.exists():
        return delivery
    shutil.rmtree(delivery, ignore_errors=True)
    example = folder / "exemple"
    if not example.exists():
        subprocess.run([binary, "exemple", str(example), "--regions", "28", "--echelle", "30"], check=True, capture_output=True)
    source = next(p for p in sorted(example.rglob("*")) if p.is_dir() and p.name.endswith("2025"))
    delivery.mkdir(parents=True)
    for file in sorted(source.iterdir()):
        if not file.name.startswith("consultations"):
            shutil.copy(file, delivery / file.name)
    text = text_of(next(source.glob("consultations*")))
    header, *model = text.splitlines()
    written, round_ = 0, 0
    with (delivery / "consultations.csv").open("w", encoding="utf-8", newline="\n") as output:
        output.write(header + "\n")
        while written < rows:
            batch = model[: rows - written]
            # The identifier is the first column: it stays unique from one copy to the next.
            output.write("".join(f"T{round_}-{row}\n" for row in batch))
            written, round_ = written + len(batch), round_ + 1
    done.touch()
    return delivery


def text_of(path: pathlib.Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return content.decode("utf-8-sig")


def measure(command: list[str], output=subprocess.DEVNULL) -> tuple[float, float, float]:
    """Wall seconds, processor seconds, peak MiB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, state, usage = os.wait4(process.pid, 0)
    duration = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(state)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} : {errors.decode(errors='replace')[-2000:]}")
    return duration, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaire")
    parser.add_argument("--lignes", type=int, default=10_000_000)
    parser.add_argument("--dossier", type=pathlib.Path, default=pathlib.Path("/tmp/medicobus-bench"))
    parser.add_argument("--essais", type=int, default=3)
    a = parser.parse_args()
    a.dossier.mkdir(parents=True, exist_ok=True)
    delivery = make_delivery(a.binaire, a.dossier, a.lignes)
    csv = delivery / "consultations.csv"
    store, parquet = a.dossier / "depot", a.dossier / "plat.parquet"
    programs = {
        "medicobus charger": [a.binaire, "charger", str(delivery), "--depot", str(store), "--aujourdhui", "2026-11-01"],
        "DuckDB COPY": [sys.executable, "-c", DUCKDB, str(csv), str(parquet)],
        "Polars sink_parquet": [sys.executable, "-c", POLARS, str(csv), str(parquet)],
    }
    print(f"{a.lignes} consultations, {csv.stat().st_size / 2**20:.0f} Mio ; {os.cpu_count()} cœurs, {platform.machine()} ; meilleur de {a.essais}")
    with csv.open("rb") as f:  # Every program finds the file in memory.
        while f.read(1 << 24):
            pass
    best = {}
    for name, command in programs.items():
        measures = []
        for _ in range(a.essais):
            shutil.rmtree(store, ignore_errors=True)
            parquet.unlink(missing_ok=True)
            measures.append(measure(command))
        best[name] = min(measures)
    yardstick = best["Polars sink_parquet"][0]
    print(f"{'':22}{'secondes':>10}{'processeur':>12}{'pic Mio':>10}{'Mlignes/s':>11}{'× Polars':>10}")
    for name, (duration, processor, peak) in best.items():
        print(f"{name:22}{duration:10.2f}{processor:12.2f}{peak:10.0f}{a.lignes / duration / 1e6:11.2f}{duration / yardstick:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
