#!/usr/bin/env python3
"""A reader who sees every document tries to find out the counts that they hide.

    attack.py DOCUMENTS… --verite TABLES    against what is true, by DuckDB over the tables of the store

DOCUMENTS are PDFs or folders of them, TABLES the Parquet files of « depot exporter ». The attacker knows the definitions of the queries and
nothing of the gate; the truth serves to tell which hidden counts are small, and that the relations hold.

Exit code 0 when no small hidden count is confined, 1 when one is, 2 when the relations contradict the documents.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

import numpy as np

from bounds import WIDE, Component, components
from documents import Document, read_all
from figures import Count
from microdata import Microdata, broken
from model import GUESSED, Model
from naive import documents_of
from narrowing import Contradiction, narrow
from reasons import explain, relations_of
from truth import Truth

# What the documents promise of a count under the threshold: see « Secret statistique » in docs/guide.md.
THRESHOLD, WIDTH = 11, 10
FAULTS_SHOWN, TERMS_SHOWN = 20, 8


class Attack:
    """Intervals of the small hidden counts of a set of documents."""

    def __init__(self, model: Model, truth: dict[Count, float], limit: float):
        self.model, self.truth = model, dict(truth)
        self.deadline = time.monotonic() + limit
        self.low, self.high = narrow(model.system)
        for count, (added, taken) in model.implied.items():
            self.truth[count] = sum(truth[a] for a in added) - sum(truth[t] for t in taken)

        guarded = [c for c in model.hidden if c.measure == "p"] + list(model.implied)
        self.targets = [c for c in guarded if 1 <= self.truth.get(c, 0) < THRESHOLD]
        self.left: list[Count] = []
        self.touching = relations_of(model.system)
        self.found: list[tuple[Count, int, int]] = []

    def run(self) -> None:
        """Every component in turn, small ones first."""
        index = {self.model.system.index(c): c for c in self.targets}
        for i, count in index.items():
            if self.high[i] - self.low[i] <= 0.5:
                self.found.append((count, int(self.low[i]), int(self.low[i])))
        for part in sorted(components(self.model.system, self.low, self.high), key=lambda c: len(c.members)):
            aimed = {i: index[i] for i in part.members if i in index}
            if aimed:
                self._component(part, aimed)

    def _component(self, part: Component, aimed: dict[int, Count]) -> None:
        """Most of all targets at once first: most of them are free together; then each that was not."""
        least = {i: self.truth[c] for i, c in aimed.items()}
        most = dict(least)

        def seen(values: np.ndarray) -> None:
            for i in aimed:
                value = values[part.column[i]]
                least[i], most[i] = min(least[i], value), max(most[i], value)

        free = lambda i: most[i] >= THRESHOLD - WIDE and most[i] - least[i] >= WIDTH - WIDE
        waiting = list(aimed)
        for upwards in (True, False, True):
            waiting = [i for i in waiting if not free(i)]
            if waiting and (found := part.optimum({i: 1.0 for i in waiting}, upwards)):
                seen(found[1])

        for i in waiting:
            if time.monotonic() > self.deadline:
                self.left += [] if free(i) else [aimed[i]]
                continue
            for upwards in (True, False):
                if free(i):
                    break
                found = part.optimum({i: 1.0}, upwards)
                if found is None:
                    (most if upwards else least)[i] = np.inf if upwards else 0.0
                else:
                    seen(found[1])
            if not free(i):
                self.found.append((aimed[i], int(np.ceil(least[i] - WIDE)), int(np.floor(most[i] + WIDE))))

    def told(self, count: Count, low: int, high: int) -> list[str]:
        """A finding in words: where it is hidden, and the relations that give it away, with the printed values in them."""
        system = self.model.system
        hidden = sorted({f.source for f in self.model.printed.get(count, [])}) or ["effectif implicite"]
        lines = [f"{count} : entre {low} et {high} (vrai {self.truth[count]:g}), masqué dans {', '.join(hidden)}"]
        numbers = explain(system, self.touching, system.index(count), low, high)
        read: dict[str, None] = {}
        for number in numbers:
            relation = system.relations[number]
            terms = []
            for i, c in relation.terms.items():
                is_known = system.low[i] == system.high[i]
                if is_known:
                    read[system.why[i]] = None
                # A zero says nothing in a sum but its source.
                if not is_known or system.low[i]:
                    terms.append(f"{c:+.6g}·{system.names[i]}" + (f" (= {system.low[i]:g})" if is_known else ""))
            more = f" … et {len(terms) - TERMS_SHOWN} autres" if len(terms) > TERMS_SHOWN else ""
            bounds = f"entre {relation.low:g} et {relation.high:g}" if relation.low != relation.high else f"= {relation.low:g}"
            lines.append(f"    [{relation.family}] {' '.join(terms[:TERMS_SHOWN])}{more} {bounds} {relation.reason}".rstrip())
        lines += [f"    lu dans {source}" for source in read]
        return lines if numbers else [*lines, "    par propagation en nombres entiers"]


def untrue(model: Model, truth: dict[Count, float]) -> list[str]:
    """Figures that are not what the tables of the store say: a zero that is hidden, a count that another document contradicts."""
    faults = []
    for count, figures in model.printed.items():
        for figure in figures:
            if count not in truth:
                faults.append(f"{count} : sans valeur vraie — {figure.source}")
            elif figure.value is not None and figure.value != truth[count]:
                faults.append(f"{count} : imprimé {figure.value:g}, vrai {truth[count]:g} — {figure.source}")
            elif figure.value is None and truth[count] == 0:
                faults.append(f"{count} : zéro masqué — {figure.source}")
    return faults


def true_model(documents: list[Document], truth: dict[Count, float], micro: Microdata) -> tuple[Model, list[str]]:
    """The model of which every relation holds, and what had to be left out or is wrong with it."""
    model = Model(documents)
    wrong = broken(model.system, micro, truth)
    said = untrue(model, truth)
    said += [f"{model.system.told(relation)} vaut {total:g} {relation.reason}" for relation, total in wrong if relation.family != GUESSED]
    # A guess from what is printed may be wrong elsewhere: then it is nobody's knowledge.
    if any(relation.family == GUESSED for relation, _ in wrong):
        model = Model(documents, frozenset({GUESSED}))
    return model, said


def attack(documents: list[Document], truth: dict[Count, float], micro: Microdata, limit: float) -> tuple[list[Count], int]:
    """Attacks documents together; returns the counts that are too well known, and how many relations are untrue."""
    start = time.monotonic()
    model, said = true_model(documents, truth, micro)
    for fault in said[:FAULTS_SHOWN]:
        print("faux : " + fault)
    try:
        one = Attack(model, truth, limit)
    except Contradiction as fault:
        print(f"contradiction : {fault}")
        return [], len(said) + 1

    one.run()
    for finding in sorted(one.found, key=lambda f: (f[2], f[2] - f[1])):
        print("\n" + "\n".join(one.told(*finding)))
    implied = sum(1 for count, _, _ in one.found if count in model.implied)
    names = documents[0].name if len(documents) == 1 else f"{len(documents)} documents"
    print(
        f"{names} : {len(model.printed)} effectifs, {len(model.hidden)} masqués, {len(one.targets)} petits ; trop connus : {len(one.found) - implied} masqués, {implied} implicites ; "
        f"{len(one.left)} non essayés ; {len(model.system.relations)} relations, {time.monotonic() - start:.0f} s",
        flush=True,
    )
    return [count for count, _, _ in one.found], len(said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=pathlib.Path, nargs="+", help="PDF, ou dossiers de PDF")
    parser.add_argument("--verite", type=pathlib.Path, required=True, help="tables du dépôt, un fichier Parquet par table")
    parser.add_argument("--seuls", action="store_true", help="chaque document pour lui seul, comme un projet")
    parser.add_argument("--naif", action="store_true", help="les mêmes documents, où seuls les petits effectifs sont masqués")
    parser.add_argument("--trouves", type=pathlib.Path, help="où écrire les effectifs trop connus, un par ligne")
    parser.add_argument("--limite", type=float, default=300, help="secondes pour les programmes linéaires")
    options = parser.parse_args()

    documents = read_all(options.documents)
    oracle = Truth(options.verite)
    truth, micro = oracle.values(documents), Microdata(oracle.connection)
    if options.naif:
        documents = documents_of(documents, oracle)
    sets = [[d] for d in documents] if options.seuls else [documents]
    results = [attack(one, truth, micro, options.limite) for one in sets]

    if options.trouves:
        options.trouves.write_text("".join(sorted(f"{c}\n" for found, _ in results for c in found)), encoding="utf-8")
    if any(found for found, _ in results):
        return 1
    return 2 if any(said for _, said in results) else 0


if __name__ == "__main__":
    sys.exit(main())
