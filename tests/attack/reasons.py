"""Why a count is confined: the fewest relations near it that confine it, with the printed figures in them."""

from __future__ import annotations

import numpy as np

from bounds import WIDE, Component
from system import System

REACH = 8  # relations between a count and the farthest printed figure that serves


def _program(system: System, relations: list[int], low: np.ndarray, high: np.ndarray) -> Component:
    """The program of some relations, all their counts open within what is printed."""
    members = sorted({i for n in relations for i in system.relations[n].terms})
    return Component(system, low, high, members, relations)


def _confined(system: System, target: int, relations: list[int], low, high, least: float, most: float) -> tuple[bool, list[int]]:
    """Whether those relations alone confine the count as closely, and which of them do."""
    if not any(target in system.relations[n].terms for n in relations):
        return low[target] >= least - WIDE and high[target] <= most + WIDE, []
    part = _program(system, relations, low, high)
    holding: set[int] = set()
    for upwards, wanted in ((True, most), (False, least)):
        found = part.optimum({target: 1.0}, upwards)
        if found is None or (found[0] > wanted + 0.999 if upwards else found[0] < wanted - 0.999):
            return False, []
        holding |= set(part.reasons())
    return True, sorted(holding)


def relations_of(system: System) -> dict[int, list[int]]:
    """The relations that name each count."""
    touching: dict[int, list[int]] = {}
    for number, relation in enumerate(system.relations):
        for i in relation.terms:
            touching.setdefault(i, []).append(number)
    return touching


def explain(system: System, touching: dict[int, list[int]], target: int, least: float, most: float) -> list[int]:
    """A set of relations that confine a count and of which none can be left out; empty where only whole numbers do."""
    low, high = np.array(system.low), np.array(system.high)
    near, counts = set(), {target}
    for _ in range(REACH):
        # What is printed leads nowhere: its value is known already.
        near |= {n for i in counts for n in touching.get(i, []) if low[i] < high[i] or i == target}
        counts = {i for n in near for i in system.relations[n].terms}
        done, holding = _confined(system, target, sorted(near), low, high, least, most)
        if done:
            return _fewest(system, target, holding, low, high, least, most)
    return []


def _fewest(system: System, target: int, relations: list[int], low, high, least: float, most: float) -> list[int]:
    """Leaves out each relation that is not needed."""
    kept = list(relations)
    for number in relations:
        rest = [n for n in kept if n != number]
        if rest and _confined(system, target, rest, low, high, least, most)[0]:
            kept = rest
    return kept
