"""Which zones are parts of which, as the documents tell: régions of the nation, départements of a région, buses of both."""

from __future__ import annotations

from collections import defaultdict

from documents import Document


class Zones:
    """The tree of the zones of a set of documents, down to the finest that they name."""

    def __init__(self, documents: list[Document]):
        parent: dict[str, str] = {}
        whole: set[str] = set()  # zones of which all parts are listed
        for table in (t for d in documents for t in d.tables):
            if table.query == "activite_par_medicobus":
                for row in table.rows:
                    region, departement = "R" + row["code_region"], "D" + row["code_departement"]
                    parent["B" + row["code_zone"]] = departement
                    parent[departement] = region
                    parent[region] = "FR"
        for table in (t for d in documents for t in d.tables):
            if table.query != "synthese":
                continue
            above = table.where() or "FR"
            if table.key.startswith("synthese/parties"):
                whole.add(above)
                for row in table.rows:
                    parent.setdefault(table.zone(row), above)
            elif table.key.startswith("synthese/medicobus"):
                whole.add(above)
                for row in table.rows:
                    # A bus of which only the région is known stands under it directly when it has never been out.
                    if above.startswith("D"):
                        parent.setdefault(table.zone(row), above)
                        whole.add(above)

        self.parent = parent
        self.children: dict[str, list[str]] = defaultdict(list)
        for child, above in sorted(parent.items()):
            self.children[above].append(child)
        # Below a zone whose parts are not all listed, sums are unknown.
        self.whole = {z for z in whole | self._listed(documents) if self.children.get(z)}

    @staticmethod
    def _listed(documents: list[Document]) -> set[str]:
        """Zones whose buses are listed, and the départements within them."""
        found = set()
        for table in (t for d in documents for t in d.tables):
            if table.query == "activite_par_medicobus" and (table.where() or "B")[0] != "B":
                found.add(table.where())
                if table.where().startswith("R"):
                    found.update("D" + row["code_departement"] for row in table.rows)
        return found

    def leaves(self, zone: str) -> list[str]:
        """The finest zones that a zone is the sum of."""
        if zone not in self.whole:
            return [zone]
        return [leaf for child in self.children[zone] for leaf in self.leaves(child)]

    def all(self) -> list[str]:
        """Every zone, from the nation down."""
        found, queue = [], ["FR"]
        while queue:
            zone = queue.pop(0)
            found.append(zone)
            queue.extend(self.children.get(zone, []))
        known = set(found)
        return found + sorted((set(self.parent) | set(self.parent.values())) - known)
