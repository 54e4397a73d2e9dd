#!/usr/bin/env python3
"""What secrecy costs: the share of counts that documents hide, drafts and final ones, and the time of their campaigns.

    benches/secret.py BINARY STORE [--dossier DIR]

All years of a copy of the store, drafts first, then final documents, one campaign after the other, in processes of their own that remember no
decision. Once more with a copy of the program that is told nothing of `queries/relations.toml` (see tests/attack/withhold.py): the
difference is what the model of the data costs. Counts are told apart as in tests/attack/figures.py: one count, whatever the tables that print it. Build
medicobus with --release for times worth comparing; needs the package pypdf.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
from collections import defaultdict
from statistics import median

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/attack"), str(ROOT / "tests/oracle"), str(ROOT / "benches")]
from documents import Document, read_all  # noqa: E402
from figures import figures  # noqa: E402
from ingestion import measure  # noqa: E402
from withhold import ALL  # noqa: E402

KINDS = {"F": "nation", "R": "région", "D": "département", "B": "médicobus"}


class Campaigns:
    """The documents of all years, and what they took."""

    def __init__(self, program: pathlib.Path, store: pathlib.Path, output: pathlib.Path, options: list[str]):
        self.wall = self.processor = 0.0
        shutil.rmtree(output, ignore_errors=True)
        own = output / "store"
        shutil.copytree(store, own)
        for year in years(program, own):
            command = [str(program), "campagne", "--depot", str(own), "--annee", year, "-o", str(output / "documents"), *options]
            wall, processor, _ = measure(command)
            self.wall, self.processor = self.wall + wall, self.processor + processor
        self.documents = read_all([output / "documents"])


def years(program: pathlib.Path, store: pathlib.Path) -> list[str]:
    """The years that the store tells of."""
    table = store.parent / "tours"
    subprocess.run([str(program), "depot", "--depot", str(store), "exporter", str(table)], check=True, capture_output=True)
    place = [sys.executable, str(ROOT / "tests/attack/places.py"), str(table), "annees"]
    return subprocess.run(place, check=True, capture_output=True, text=True).stdout.split()


def hidden_and_all(document: Document) -> tuple[int, int]:
    """Distinct counts of a document: those that none of its tables prints, and all."""
    printed: dict = defaultdict(bool)
    for table in document.tables:
        for figure in figures(table):
            printed[figure.count] |= figure.value is not None
    return sum(not seen for seen in printed.values()), len(printed)


def shares(documents: list[Document]) -> dict[str, list[tuple[int, int]]]:
    """Hidden and all counts of each document, by the kind of its zone."""
    found = defaultdict(list)
    for document in documents:
        found[KINDS[document.zone[0]]].append(hidden_and_all(document))
    return found


def told(pairs: list[tuple[int, int]]) -> str:
    hidden, all_ = (sum(n) for n in zip(*pairs))
    each = [100 * h / a for h, a in pairs if a]
    return f"{100 * hidden / all_:.1f} % ({median(each):.0f}, {max(each):.0f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("store", type=pathlib.Path)
    parser.add_argument("--dossier", type=pathlib.Path, default=pathlib.Path("/tmp/medicobus-secret"))
    a = parser.parse_args()
    # No decision is remembered from one campaign to the next.
    os.environ["MEDICOBUS_CACHE"] = ""

    a.dossier.mkdir(parents=True, exist_ok=True)
    untold = a.dossier / "program"
    subprocess.run([sys.executable, str(ROOT / "tests/attack/withhold.py"), str(a.program), ALL, str(untold)], check=True)
    runs = {
        "drafts": Campaigns(a.program, a.store, a.dossier / "drafts", []),
        "final": Campaigns(a.program, a.store, a.dossier / "final", ["--final"]),
        "final, without the model": Campaigns(untold, a.store, a.dossier / "without", ["--final"]),
    }

    by_kind = {name: shares(run.documents) for name, run in runs.items()}
    print("hidden counts of all documents of a kind (median and most of a document, %)\n")
    print(f"| | documents | counts | {' | '.join(runs)} |")
    print("|---" * (3 + len(runs)) + "|")
    for kind in KINDS.values():
        of_kind = by_kind["final"].get(kind, [])
        if of_kind:
            columns = " | ".join(told(by_kind[name].get(kind) or [(0, 1)]) for name in runs)
            print(f"| {kind} | {len(of_kind)} | {sum(n for _, n in of_kind)} | {columns} |")
    print(f"| all years, wall s | | | {' | '.join(f'{run.wall:.0f}' for run in runs.values())} |")
    print(f"| all years, processor s | | | {' | '.join(f'{run.processor:.0f}' for run in runs.values())} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
