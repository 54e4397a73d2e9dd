"""What a reader of the documents has: the tables attached to each PDF, and what its manifest says of them."""

from __future__ import annotations

import csv
import io
import json
import pathlib
from dataclasses import dataclass, field

import pypdf

HIDDEN = "n.c."
LETTER = {"national": "", "region": "R", "departement": "D", "medicobus": "B"}


@dataclass
class Table:
    """One attached table: the answer of a query to known parameters."""

    document: str
    key: str
    query: str
    parameters: dict[str, str | None]
    columns: list[str]
    rows: list[dict[str, str]] = field(repr=False)

    @property
    def year(self) -> int:
        return int(self.parameters["annee"])

    @property
    def level(self) -> str:
        """The level of the rows; a query without one has a row per bus."""
        return self.parameters.get("niveau") or "medicobus"

    def zone(self, row: dict[str, str]) -> str:
        """The zone of a row, named alike in all documents: FR, R28, D61, B…"""
        return LETTER[self.level] + row["code_zone"]

    def where(self) -> str | None:
        """The zone that the answer was narrowed to, if any."""
        for name in ("medicobus", "departement", "region"):
            if self.parameters.get(name):
                return LETTER[name] + self.parameters[name]
        return None


@dataclass
class Document:
    """A PDF: who it is about, what it was made from, its tables."""

    name: str
    kind: str
    zone: str
    year: int
    deliveries: list[tuple[str, str]]
    tables: list[Table]


def slug(key: str) -> str:
    """A table's key without what differs between a key and a file name."""
    return "".join(c for c in key.lower() if c.isalnum())


def read(path: pathlib.Path) -> Document:
    """Opens a PDF as any reader would."""
    attached = {name: parts[0] for name, parts in pypdf.PdfReader(path).attachments.items()}
    manifest = json.loads(attached["manifeste.json"])
    files = {slug(name.removesuffix(".csv")): body for name, body in attached.items() if name.endswith(".csv")}

    tables = []
    for run in manifest["requetes"]:
        body = files.get(slug(run["table"]))
        if body is None:
            continue
        rows = list(csv.DictReader(io.StringIO(body.decode("utf-8"))))
        columns = list(rows[0]) if rows else []
        tables.append(Table(path.stem, run["table"], run["nom"], run["parametres"], columns, rows))

    zone = LETTER[manifest["niveau"]] + manifest["zone"]
    deliveries = [(e["region"], e["periode"]) for e in manifest["entrees"]]
    return Document(path.stem, manifest["document"], zone, manifest["annee"], deliveries, tables)


def read_all(paths: list[pathlib.Path]) -> list[Document]:
    """Every PDF below the paths, in the order of their names."""
    pdfs = [p for path in paths for p in ([path] if path.is_file() else sorted(path.rglob("*.pdf")))]
    return [read(p) for p in pdfs]
