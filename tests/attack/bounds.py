"""Least and most of each hidden count, by linear programs over the part of the system that it hangs on."""

from __future__ import annotations

import highspy
import numpy as np

from system import System

WIDE = 1e-6


class Component:
    """The counts that hang together, and the program over them."""

    def __init__(self, system: System, low: np.ndarray, high: np.ndarray, members: list[int], relations: list[int]):
        self.system, self.members = system, members
        self.column = {i: n for n, i in enumerate(members)}
        self.relations = relations
        inf = highspy.kHighsInf

        starts, indices, values, row_low, row_high = [0], [], [], [], []
        for number in relations:
            relation = system.relations[number]
            known = 0.0
            for i, c in relation.terms.items():
                if i in self.column:
                    indices.append(self.column[i])
                    values.append(c)
                else:
                    known += c * low[i]
            starts.append(len(indices))
            row_low.append(max(relation.low - known, -inf))
            row_high.append(min(relation.high - known, inf))

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(members), len(relations)
        lp.col_cost_ = np.zeros(len(members))
        lp.col_lower_ = low[members]
        lp.col_upper_ = np.minimum(high[members], inf)
        lp.row_lower_, lp.row_upper_ = np.array(row_low), np.array(row_high)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(indices, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(values)

        self.highs = highspy.Highs()
        self.highs.silent()
        self.highs.setOptionValue("threads", 1)
        self.highs.passModel(lp)

    def optimum(self, weights: dict[int, float], most: bool) -> tuple[float, np.ndarray] | None:
        """The most or the least of a weighted sum, and the values that reach it; None where it has no bound."""
        cost = np.zeros(len(self.members))
        for i, weight in weights.items():
            cost[self.column[i]] = -weight if most else weight
        self.highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        self.highs.run()

        status = self.highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"programme non résolu : {status}")
        total = self.highs.getInfo().objective_function_value
        return (-total if most else total), np.array(self.highs.getSolution().col_value)

    def reasons(self) -> list[int]:
        """The relations that hold the last optimum."""
        duals = np.array(self.highs.getSolution().row_dual)
        return [self.relations[n] for n in np.flatnonzero(np.abs(duals) > WIDE)]


def components(system: System, low: np.ndarray, high: np.ndarray) -> list[Component]:
    """The parts of the system that share no open count."""
    parent = {}

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    is_open = high - low > 0.5
    rows = []
    for number, relation in enumerate(system.relations):
        open_terms = [i for i in relation.terms if is_open[i]]
        for i in open_terms:
            parent.setdefault(i, i)
        if open_terms:
            rows.append((number, open_terms[0]))
            first = root(open_terms[0])
            for i in open_terms[1:]:
                parent[root(i)] = first

    members: dict[int, list[int]] = {}
    for i in parent:
        members.setdefault(root(i), []).append(i)
    relations: dict[int, list[int]] = {}
    for number, i in rows:
        relations.setdefault(root(i), []).append(number)
    return [Component(system, low, high, members[r], relations[r]) for r in members]
