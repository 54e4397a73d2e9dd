#!/usr/bin/env python3
"""Verdicts of `medicobus controler` beside those of frictionless (PyPI), row by row, for every rule that Table Schema has.

    frictionless_parity.py BINARY [DELIVERY…]     default: all of sample_data/, and livraison_difficile/

frictionless reads one form of CSV with the schemas as they stand, so each delivery is first copied into that form (UTF-8,
comma, ISO dates, decimal point, `oui`/`non`, lower-case headers): a cell that reads in its own form is rewritten, any other is
left as it is. Both programs then judge the same files. Of a workbook, medicobus judges the workbook itself, frictionless the CSVs that
openpyxl makes of its sheets, row for row. A verdict is (table, line, field, rule).

Every difference belongs to a class explained in docs/controles.md, or the exit code is 1. Needs the packages frictionless and openpyxl.
"""

from __future__ import annotations

import collections
import csv
import datetime
import gzip
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

import openpyxl
from frictionless import Detector, Package, Resource, Schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted((ROOT / "pipeline/contract/schemas").glob("*.json"))}
YES_NO = {"1": "oui", "true": "oui", "vrai": "oui", "o": "oui", "0": "non", "false": "non", "faux": "non", "n": "non"}
# Our rule for each error of Table Schema.
CONSTRAINTS = {
    "required": "requis",
    "enum": "valeur_admise",
    "pattern": "motif",
    "minimum": "borne",
    "maximum": "borne",
    "unique": "unicite",
}
SHARED_RULES = set(CONSTRAINTS.values()) | {"type", "cle_etrangere"}


def folded(text: str) -> str:
    bare = unicodedata.normalize("NFD", text)
    return "".join(c for c in bare if not unicodedata.combining(c)).strip().lower()


def read_rows(content: bytes, name: str) -> list[list[str]]:
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    first_line = text.split("\n", 1)[0]
    separator = max(",;\t", key=first_line.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def canonical(field: dict, cell: str) -> str:
    text = cell.strip()
    enum = field.get("constraints", {}).get("enum", [])
    if "oui" in enum and "non" in enum:
        return YES_NO.get(folded(text), text)
    if field["type"] == "date" and (m := re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)):
        return f"{m[3]}-{m[2]}-{m[1]}"
    if field["type"] == "number" and re.fullmatch(r"-?\d+,\d+", text):
        return text.replace(",", ".")
    return text


def cell(value: object) -> str:
    """A cell of a workbook as text: ISO dates, decimal point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def sheets(workbook: pathlib.Path) -> dict[str, list[list[str]]]:
    """The sheets of a workbook, every row in its place, to the width of the first."""
    book = openpyxl.load_workbook(workbook, read_only=True, data_only=True)
    found = {}
    for sheet in book.worksheets:
        sheet_rows = [[cell(v) for v in sheet_row] for sheet_row in sheet.iter_rows(values_only=True)]
        width = len([c for c in sheet_rows[0] if c]) if sheet_rows else 0
        found[sheet.title] = [sheet_row[:width] + [""] * (width - len(sheet_row)) for sheet_row in sheet_rows]
    return found


def copy_plain(delivery: pathlib.Path, folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """Writes the delivery in the one form; gives the file of each table."""
    if delivery.suffix == ".xlsx":
        files = {name: sheet_rows for name, sheet_rows in sheets(delivery).items() if folded(name) != "livraison"}
    elif delivery.is_dir():
        files = {p.name: p.read_bytes() for p in sorted(delivery.iterdir())}
    else:
        with zipfile.ZipFile(delivery) as archive:
            files = {n: archive.read(n) for n in sorted(archive.namelist())}
    tables = {}
    for name, content in files.items():
        if name == "livraison.toml":
            text = content.decode("utf-8").split("[dialecte]")[0]
            (folder / name).write_text(text, encoding="utf-8")
            continue
        table = table_of(name)
        if table is None:
            continue
        rows = content if isinstance(content, list) else read_rows(content, name)
        fields = {f["name"]: f for f in SCHEMAS[table]["fields"]}
        header = [folded(c) for c in rows[0]]
        path = folder / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as output:
            writer = csv.writer(output, lineterminator="\n")
            writer.writerow(header)
            for line in rows[1:]:
                writer.writerow([canonical(fields[c], v) if c in fields else v for c, v in zip(header, line)] + line[len(header):])
        tables[table] = path
    return tables


def table_of(name: str) -> str | None:
    """The table that a file or a sheet is named after."""
    bare = folded(name)
    return next((t for t in SCHEMAS if t in bare and (t != "medicobus" or not any(u in bare for u in SCHEMAS if u != t))), None)


def ours(binary: str, folder: pathlib.Path, output: pathlib.Path) -> tuple[set, dict]:
    subprocess.run(
        [binary, "controler", str(folder), "-o", str(output), "--aujourdhui", "2026-11-01", "--tolerance", "1"],
        check=False, capture_output=True,
    )
    verdicts, others = set(), collections.defaultdict(set)
    with (output / folder.stem / "quarantaine.csv").open(encoding="utf-8") as f:
        for r in csv.DictReader(f):
            if not r["ligne"]:
                continue
            table = table_of(r["feuille"]) if r["feuille"] else r["fichier"].removesuffix(".csv")
            line = int(r["ligne"])
            others[table, line].add(r["regle"])
            if r["regle"] in SHARED_RULES:
                for field in r["champ"].split(", ")[:1]:
                    verdicts.add((table, line, field, r["regle"]))
    return verdicts, others


def theirs(tables: dict[str, pathlib.Path]) -> set:
    resources = []
    for name, path in tables.items():
        schema = {**SCHEMAS[name]}
        if "medicobus" not in tables:
            schema.pop("foreignKeys", None)
        # A relative path keeps frictionless from calling the file unsafe.
        resources.append(
            Resource(
                name=name,
                path=path.name,
                basepath=str(path.parent),
                schema=Schema.from_descriptor(schema),
                # Columns by name, optional ones may be absent: as medicobus reads them.
                detector=Detector(schema_sync=True),
            )
        )
    report = Package(resources=resources, basepath=str(next(iter(tables.values())).parent)).validate(limit_errors=1_000_000)
    verdicts = set()
    for task in report.tasks:
        for e in task.errors:
            d = e.to_descriptor()
            line, field, kind = d.get("rowNumber"), d.get("fieldName"), d["type"]
            if kind == "constraint-error":
                constraint = re.search(r'constraint "(\w+)"', d["note"])[1]
                rule = CONSTRAINTS[constraint]
            elif kind == "type-error":
                rule = "type"
            elif kind == "unique-error":
                rule = "unicite"
            elif kind == "primary-key":
                key = SCHEMAS[task.name]["primaryKey"]
                field, rule = (key if isinstance(key, str) else key[0]), "unicite"
                # "cells composing the primary keys are all None" is the required constraint again.
                if "None" in d["note"]:
                    continue
            elif kind == "foreign-key":
                field, rule = "id_medicobus", "cle_etrangere"
            else:
                field, rule = field or "", kind
            verdicts.add((task.name, line, field, rule))
    return verdicts


def recoverable(field: dict, cell: str) -> bool:
    """Whether a cell is one of the writings that medicobus reads on purpose beyond Table Schema."""
    text = cell.strip()
    if field["type"] == "date":
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?", text))
    if field["type"] == "integer":
        return bool(re.fullmatch(r"\d{1,3}([ \u00a0\u202f]\d{3})*([.,]0+)?", text))
    form = field.get("medicobus", {}).get("forme")
    if form == "heure":
        return bool(re.fullmatch(r"\d{1,2}[:hH]\d{2}", text))
    if form in ("code_commune", "code_departement"):
        return bool(re.fullmatch(r"\d{1,4}", text))
    enum = field.get("constraints", {}).get("enum", [])
    return re.sub(r"[^a-z0-9]+", "_", folded(text)) in [re.sub(r"[^a-z0-9]+", "_", v.lower()) for v in enum]


def class_of(verdict: tuple, by_us: bool, others: dict, our_verdicts: set, their_verdicts: set, cells: dict) -> str | None:
    """The class of docs/controles.md that a difference belongs to."""
    table, line, name, rule = verdict
    here = others.get((table, line), set())
    field = next((f for f in SCHEMAS[table]["fields"] if f["name"] == name), None)
    if "nombre_cellules" in here and not by_us:
        return "ligne au mauvais nombre de cellules : refusée d'un bloc"
    if rule == "unicite":
        key = SCHEMAS[table]["primaryKey"]
        refused_fields = {v[2] for v in our_verdicts | their_verdicts if v[:2] == (table, line) and v[3] != "unicite"}
        if not by_us and refused_fields & set([key] if isinstance(key, str) else key):
            return "clé au composant illisible : non comparée"
        if not by_us and "commune_fusionnee" in here:
            return "clé comparée telle que livrée"
        repaired = any("zero_retabli" in v for (t, _), v in others.items() if t == table)
        return "clé comparée après réparation" if by_us and repaired else None
    if by_us and rule == "cle_etrangere":
        refused_projects = {r[name] for n, r in cells.get("medicobus", {}).items() if others.get(("medicobus", n), set()) - {"zero_retabli", "service_avant_label"}}
        return "projet refusé, donc inconnu" if cells[table][line][name] in refused_projects else None
    # A cell with two faults: each program tells the first it meets.
    both = {v[3] for v in (their_verdicts if by_us else our_verdicts) if v[:3] == (table, line, name)}
    if both:
        return "une cause par cellule"
    if field is None:
        return None
    if not by_us and rule == "motif" and "commune_inconnue" in here:
        return "une cause par cellule"
    if not by_us and rule == "cle_etrangere" and not cells[table][line][name].strip():
        return "une cause par cellule"
    if not by_us and recoverable(field, cells[table][line][name]):
        return "écriture reconnue"
    return None


def rows(tables: dict[str, pathlib.Path]) -> dict:
    """The cells of each table, by line."""
    all_rows = {}
    for name, path in tables.items():
        with path.open(encoding="utf-8", newline="") as f:
            all_rows[name] = {n: collections.defaultdict(str, {c: v or "" for c, v in r.items() if c}) for n, r in enumerate(csv.DictReader(f), 2)}
    return all_rows


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    sample = ROOT / "sample_data"
    deliveries = [pathlib.Path(a) for a in sys.argv[2:]] or [
        ROOT / "tests/oracle/livraison_difficile",
        *sorted(p for p in sample.iterdir() if p.is_dir() or p.suffix in (".zip", ".xlsx")),
    ]
    unexplained = 0
    total = collections.Counter()
    for delivery in deliveries:
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary) / "livraison"
            folder.mkdir()
            tables = copy_plain(delivery, folder)
            judged = delivery if delivery.suffix == ".xlsx" else folder
            a, others = ours(sys.argv[1], judged, pathlib.Path(temporary) / "controle")
            b = theirs(tables)
            cells = rows(tables)
        print(f"{delivery.name} : {len(a & b)} verdicts communs, {len(a - b)} de medicobus seul, {len(b - a)} de frictionless seul")
        total["communs"] += len(a & b)
        for verdict in sorted(a ^ b, key=str):
            by_us = verdict in a
            name = class_of(verdict, by_us, others, a, b, cells)
            total[name or "INEXPLIQUÉ"] += 1
            if name is None:
                unexplained += 1
                who = "medicobus" if by_us else "frictionless"
                print(f"  INEXPLIQUÉ, {who} seul : {verdict} ; ici : {sorted(others.get(verdict[:2], set()))}")
    for name, number in total.most_common():
        print(f"{number:6} {name}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
