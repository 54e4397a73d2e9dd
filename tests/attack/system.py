"""The attacker's linear system: a variable per count, a row per relation, each row with its family and its reason."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from figures import Count

INFINITE = math.inf


@dataclass
class Relation:
    """low ≤ Σ coefficient × count ≤ high, and which family says so."""

    family: str
    terms: dict[int, float]
    low: float
    high: float
    reason: str


class System:
    """Counts known within bounds, and relations between them."""

    def __init__(self, without: frozenset[str] = frozenset()):
        self.without = without
        self.names: list[Count] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.why: list[str] = []
        self.relations: list[Relation] = []
        self._index: dict[Count, int] = {}

    def index(self, count: Count) -> int:
        """The variable of a count, made when it is first named."""
        found = self._index.get(count)
        if found is None:
            found = self._index[count] = len(self.names)
            self.names.append(count)
            self.low.append(0.0)
            self.high.append(INFINITE)
            self.why.append("")
        return found

    def bound(self, family: str, count: Count, low: float, high: float, reason: str) -> None:
        """Narrows what is known of a count."""
        if family in self.without:
            return
        i = self.index(count)
        if low > self.low[i] or high < self.high[i]:
            self.why[i] = reason
        self.low[i], self.high[i] = max(self.low[i], low), min(self.high[i], high)

    def relate(self, family: str, terms: list[tuple[float, Count]], low: float = 0.0, high: float = 0.0, reason: str = "") -> None:
        """Adds low ≤ Σ coefficient × count ≤ high."""
        if family in self.without:
            return
        sums: dict[int, float] = defaultdict(float)
        for coefficient, count in terms:
            sums[self.index(count)] += coefficient
        sums = {i: c for i, c in sums.items() if c}
        if sums:
            self.relations.append(Relation(family, sums, low, high, reason))

    def equal(self, family: str, whole: Count, parts: list[Count], reason: str = "") -> None:
        """whole = Σ parts."""
        self.relate(family, [(1.0, whole), *((-1.0, p) for p in parts)], 0.0, 0.0, reason)

    def most(self, family: str, part: Count, *wholes: Count, reason: str = "") -> None:
        """part ≤ Σ wholes."""
        self.relate(family, [(1.0, part), *((-1.0, w) for w in wholes)], -INFINITE, 0.0, reason)

    def told(self, relation: Relation) -> str:
        """A relation as a sentence."""
        terms = " ".join(f"{c:+g}·{self.names[i]}" for i, c in relation.terms.items())
        if relation.low == relation.high:
            return f"[{relation.family}] {terms} = {relation.low:g}"
        low = "" if relation.low == -INFINITE else f"{relation.low:g} ≤ "
        high = "" if relation.high == INFINITE else f" ≤ {relation.high:g}"
        return f"[{relation.family}] {low}{terms}{high}"
