"""Bounds by propagation: each relation narrows each of its counts, to whole numbers, until nothing moves."""

from __future__ import annotations

import math

import numpy as np

from system import System

ROUND = 1e-6


class Contradiction(Exception):
    """A count has no value left: a relation is not true of these documents."""


def narrow(system: System, rounds: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Low and high of each count after propagation. Only relations of which a count moved are looked at again."""
    low, high = list(system.low), list(system.high)
    touched: dict[int, list[int]] = {}
    for number, relation in enumerate(system.relations):
        for i in relation.terms:
            touched.setdefault(i, []).append(number)

    queue = set(range(len(system.relations)))
    for _ in range(rounds):
        moved: set[int] = set()
        for number in sorted(queue):
            moved |= _one(system, number, low, high)
        queue = {n for i in moved for n in touched[i]}
        if not queue:
            break
    return np.array(low), np.array(high)


def _one(system: System, number: int, low: list[float], high: list[float]) -> set[int]:
    """Narrows the counts of one relation; returns those that moved."""
    relation = system.relations[number]
    least = most = 0.0
    endless_least = endless_most = 0
    for i, c in relation.terms.items():
        a, b = (c * low[i], c * high[i]) if c > 0 else (c * high[i], c * low[i])
        if a == -math.inf:
            endless_least += 1
        else:
            least += a
        if b == math.inf:
            endless_most += 1
        else:
            most += b

    moved = set()
    for i, c in relation.terms.items():
        a, b = (c * low[i], c * high[i]) if c > 0 else (c * high[i], c * low[i])
        others_least = _rest(least, a, endless_least, -math.inf)
        others_most = _rest(most, b, endless_most, math.inf)
        top, bottom = relation.high - others_least, relation.low - others_most
        if c < 0:
            top, bottom = bottom, top
        new_high = math.floor(top / c + ROUND) if math.isfinite(top) else math.inf
        new_low = math.ceil(bottom / c - ROUND) if math.isfinite(bottom) else -math.inf
        # A bound that creeps up by one a round is left to the programs.
        if new_high < high[i] - 0.5:
            high[i] = new_high
            moved.add(i)
        if new_low > low[i] + 0.5:
            low[i] = new_low
            moved.add(i)
        if low[i] > high[i] + 0.5:
            raise Contradiction(f"{system.names[i]} : {low[i]} > {high[i]} par {system.told(relation)} {relation.reason}")
    return moved


def _rest(total: float, own: float, endless: int, infinite: float) -> float:
    """A sum without one of its terms."""
    if own == infinite:
        return infinite if endless > 1 else total
    return infinite if endless else total - own
