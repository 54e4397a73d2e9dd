#!/usr/bin/env python3
"""Makes the buses of generated deliveries small: a few patients each, all of their consultations, and tours that honour as many slots.

    small_buses.py DELIVERIES SEED

Rewrites in place the deliveries that « medicobus exemple » wrote, folders of CSV. A patient is kept or left with all consultations of all
years, by a draw over the pseudonym, so that the stores stay lawful.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import pathlib
import sys
from collections import Counter

# Patients kept of a thousand, from one bus to the next.
SHARES = (4, 8, 15, 30, 60, 120, 250)


def read(path: pathlib.Path) -> tuple[list[str], list[dict[str, str]]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        return list(rows.fieldnames or []), list(rows)


def write(path: pathlib.Path, header: list[str], rows: list[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def draw(*words: str) -> int:
    """A number that depends on words alone."""
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest()[:6], "big")


def kept(row: dict[str, str], seed: str) -> bool:
    """Whether a consultation's patient stays."""
    bus, patient = row["id_medicobus"], row["cle_patient"] or row["id_consultation"]
    share = SHARES[draw(seed, bus) % len(SHARES)]
    return draw(seed, bus, patient) % 1000 < share


def shrink(folder: pathlib.Path, seed: str) -> None:
    """One delivery."""
    path = folder / "consultations.csv.gz"
    if not path.exists():
        return
    header, consultations = read(path)
    consultations = [row for row in consultations if kept(row, seed)]
    write(path, header, consultations)

    honoured = Counter((r["id_medicobus"], r["date_consultation"], r["code_commune"]) for r in consultations)
    path = folder / "tournees.csv.gz"
    header, tours = read(path)
    for tour in tours:
        # Two tours of a bus in one commune on one day share the slots: the first takes them.
        tour["creneaux_honores"] = str(honoured.pop((tour["id_medicobus"], tour["date"], tour["code_commune"]), 0))
    write(path, header, tours)


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if folder.is_dir():
            shrink(folder, sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
