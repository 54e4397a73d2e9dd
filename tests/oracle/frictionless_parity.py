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

RACINE = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted((RACINE / "pipeline/contract/schemas").glob("*.json"))}
OUI_NON = {"1": "oui", "true": "oui", "vrai": "oui", "o": "oui", "0": "non", "false": "non", "faux": "non", "n": "non"}
# Our rule for each error of Table Schema.
CONTRAINTES = {
    "required": "requis",
    "enum": "valeur_admise",
    "pattern": "motif",
    "minimum": "borne",
    "maximum": "borne",
    "unique": "unicite",
}
COMMUNES = set(CONTRAINTES.values()) | {"type", "cle_etrangere"}


def plier(texte: str) -> str:
    nu = unicodedata.normalize("NFD", texte)
    return "".join(c for c in nu if not unicodedata.combining(c)).strip().lower()


def lire(octets: bytes, nom: str) -> list[list[str]]:
    if nom.endswith(".gz"):
        octets = gzip.decompress(octets)
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = octets.decode("cp1252")
    premiere = texte.split("\n", 1)[0]
    separateur = max(",;\t", key=premiere.count)
    return list(csv.reader(io.StringIO(texte, newline=""), delimiter=separateur))


def canonique(champ: dict, cellule: str) -> str:
    texte = cellule.strip()
    enum = champ.get("constraints", {}).get("enum", [])
    if "oui" in enum and "non" in enum:
        return OUI_NON.get(plier(texte), texte)
    if champ["type"] == "date" and (m := re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", texte)):
        return f"{m[3]}-{m[2]}-{m[1]}"
    if champ["type"] == "number" and re.fullmatch(r"-?\d+,\d+", texte):
        return texte.replace(",", ".")
    return texte


def cellule(valeur: object) -> str:
    """A cell of a workbook as text: ISO dates, decimal point."""
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, datetime.datetime):
        return valeur.date().isoformat()
    if isinstance(valeur, datetime.time):
        return f"{valeur:%H:%M}"
    if isinstance(valeur, float) and valeur.is_integer():
        return str(int(valeur))
    return str(valeur)


def feuilles(classeur: pathlib.Path) -> dict[str, list[list[str]]]:
    """The sheets of a workbook, every row in its place, to the width of the first."""
    livre = openpyxl.load_workbook(classeur, read_only=True, data_only=True)
    lues = {}
    for feuille in livre.worksheets:
        rangs = [[cellule(v) for v in rang] for rang in feuille.iter_rows(values_only=True)]
        largeur = len([c for c in rangs[0] if c]) if rangs else 0
        lues[feuille.title] = [rang[:largeur] + [""] * (largeur - len(rang)) for rang in rangs]
    return lues


def copier(livraison: pathlib.Path, dossier: pathlib.Path) -> dict[str, pathlib.Path]:
    """Writes the delivery in the one form; gives the file of each table."""
    if livraison.suffix == ".xlsx":
        fichiers = {nom: rangs for nom, rangs in feuilles(livraison).items() if plier(nom) != "livraison"}
    elif livraison.is_dir():
        fichiers = {p.name: p.read_bytes() for p in sorted(livraison.iterdir())}
    else:
        with zipfile.ZipFile(livraison) as archive:
            fichiers = {n: archive.read(n) for n in sorted(archive.namelist())}
    tables = {}
    for nom, octets in fichiers.items():
        if nom == "livraison.toml":
            texte = octets.decode("utf-8").split("[dialecte]")[0]
            (dossier / nom).write_text(texte, encoding="utf-8")
            continue
        table = table_de(nom)
        if table is None:
            continue
        lignes = octets if isinstance(octets, list) else lire(octets, nom)
        champs = {f["name"]: f for f in SCHEMAS[table]["fields"]}
        entete = [plier(c) for c in lignes[0]]
        chemin = dossier / f"{table}.csv"
        with chemin.open("w", encoding="utf-8", newline="") as sortie:
            ecrivain = csv.writer(sortie, lineterminator="\n")
            ecrivain.writerow(entete)
            for ligne in lignes[1:]:
                ecrivain.writerow([canonique(champs[c], v) if c in champs else v for c, v in zip(entete, ligne)] + ligne[len(entete):])
        tables[table] = chemin
    return tables


def table_de(nom: str) -> str | None:
    """The table that a file or a sheet is named after."""
    nu = plier(nom)
    return next((t for t in SCHEMAS if t in nu and (t != "medicobus" or not any(u in nu for u in SCHEMAS if u != t))), None)


def notres(binaire: str, dossier: pathlib.Path, sortie: pathlib.Path) -> tuple[set, dict]:
    subprocess.run(
        [binaire, "controler", str(dossier), "-o", str(sortie), "--aujourdhui", "2026-11-01", "--tolerance", "1"],
        check=False, capture_output=True,
    )
    verdicts, autres = set(), collections.defaultdict(set)
    with (sortie / dossier.stem / "quarantaine.csv").open(encoding="utf-8") as f:
        for r in csv.DictReader(f):
            if not r["ligne"]:
                continue
            table = table_de(r["feuille"]) if r["feuille"] else r["fichier"].removesuffix(".csv")
            ligne = int(r["ligne"])
            autres[table, ligne].add(r["regle"])
            if r["regle"] in COMMUNES:
                for champ in r["champ"].split(", ")[:1]:
                    verdicts.add((table, ligne, champ, r["regle"]))
    return verdicts, autres


def leurs(tables: dict[str, pathlib.Path]) -> set:
    ressources = []
    for nom, chemin in tables.items():
        schema = {**SCHEMAS[nom]}
        if "medicobus" not in tables:
            schema.pop("foreignKeys", None)
        # A relative path keeps frictionless from calling the file unsafe.
        ressources.append(
            Resource(
                name=nom,
                path=chemin.name,
                basepath=str(chemin.parent),
                schema=Schema.from_descriptor(schema),
                # Columns by name, optional ones may be absent: as medicobus reads them.
                detector=Detector(schema_sync=True),
            )
        )
    rapport = Package(resources=ressources, basepath=str(next(iter(tables.values())).parent)).validate(limit_errors=1_000_000)
    verdicts = set()
    for tache in rapport.tasks:
        for e in tache.errors:
            d = e.to_descriptor()
            ligne, champ, genre = d.get("rowNumber"), d.get("fieldName"), d["type"]
            if genre == "constraint-error":
                contrainte = re.search(r'constraint "(\w+)"', d["note"])[1]
                regle = CONTRAINTES[contrainte]
            elif genre == "type-error":
                regle = "type"
            elif genre == "unique-error":
                regle = "unicite"
            elif genre == "primary-key":
                cle = SCHEMAS[tache.name]["primaryKey"]
                champ, regle = (cle if isinstance(cle, str) else cle[0]), "unicite"
                # "cells composing the primary keys are all None" is the required constraint again.
                if "None" in d["note"]:
                    continue
            elif genre == "foreign-key":
                champ, regle = "id_medicobus", "cle_etrangere"
            else:
                champ, regle = champ or "", genre
            verdicts.add((tache.name, ligne, champ, regle))
    return verdicts


def recuperable(champ: dict, cellule: str) -> bool:
    """Whether a cell is one of the writings that medicobus reads on purpose beyond Table Schema."""
    texte = cellule.strip()
    if champ["type"] == "date":
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?", texte))
    if champ["type"] == "integer":
        return bool(re.fullmatch(r"\d{1,3}([ \u00a0\u202f]\d{3})*([.,]0+)?", texte))
    forme = champ.get("medicobus", {}).get("forme")
    if forme == "heure":
        return bool(re.fullmatch(r"\d{1,2}[:hH]\d{2}", texte))
    if forme in ("code_commune", "code_departement"):
        return bool(re.fullmatch(r"\d{1,4}", texte))
    enum = champ.get("constraints", {}).get("enum", [])
    return re.sub(r"[^a-z0-9]+", "_", plier(texte)) in [re.sub(r"[^a-z0-9]+", "_", v.lower()) for v in enum]


def classe(verdict: tuple, de_nous: bool, autres: dict, les_notres: set, les_leurs: set, cellules: dict) -> str | None:
    """The class of docs/controles.md that a difference belongs to."""
    table, ligne, nom, regle = verdict
    ici = autres.get((table, ligne), set())
    champ = next((f for f in SCHEMAS[table]["fields"] if f["name"] == nom), None)
    if "nombre_cellules" in ici and not de_nous:
        return "ligne au mauvais nombre de cellules : refusée d'un bloc"
    if regle == "unicite":
        cle = SCHEMAS[table]["primaryKey"]
        refusees = {v[2] for v in les_notres | les_leurs if v[:2] == (table, ligne) and v[3] != "unicite"}
        if not de_nous and refusees & set([cle] if isinstance(cle, str) else cle):
            return "clé au composant illisible : non comparée"
        if not de_nous and "commune_fusionnee" in ici:
            return "clé comparée telle que livrée"
        repares = any("zero_retabli" in v for (t, _), v in autres.items() if t == table)
        return "clé comparée après réparation" if de_nous and repares else None
    if de_nous and regle == "cle_etrangere":
        refuses = {r[nom] for n, r in cellules.get("medicobus", {}).items() if autres.get(("medicobus", n), set()) - {"zero_retabli", "service_avant_label"}}
        return "projet refusé, donc inconnu" if cellules[table][ligne][nom] in refuses else None
    # A cell with two faults: each program tells the first it meets.
    deux = {v[3] for v in (les_leurs if de_nous else les_notres) if v[:3] == (table, ligne, nom)}
    if deux:
        return "une cause par cellule"
    if champ is None:
        return None
    if not de_nous and regle == "motif" and "commune_inconnue" in ici:
        return "une cause par cellule"
    if not de_nous and regle == "cle_etrangere" and not cellules[table][ligne][nom].strip():
        return "une cause par cellule"
    if not de_nous and recuperable(champ, cellules[table][ligne][nom]):
        return "écriture reconnue"
    return None


def lignes(tables: dict[str, pathlib.Path]) -> dict:
    """The cells of each table, by line."""
    toutes = {}
    for nom, chemin in tables.items():
        with chemin.open(encoding="utf-8", newline="") as f:
            toutes[nom] = {n: collections.defaultdict(str, {c: v or "" for c, v in r.items() if c}) for n, r in enumerate(csv.DictReader(f), 2)}
    return toutes


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    sample = RACINE / "sample_data"
    livraisons = [pathlib.Path(a) for a in sys.argv[2:]] or [
        RACINE / "tests/oracle/livraison_difficile",
        *sorted(p for p in sample.iterdir() if p.is_dir() or p.suffix in (".zip", ".xlsx")),
    ]
    inexpliques = 0
    total = collections.Counter()
    for livraison in livraisons:
        with tempfile.TemporaryDirectory() as temporaire:
            dossier = pathlib.Path(temporaire) / "livraison"
            dossier.mkdir()
            tables = copier(livraison, dossier)
            jugee = livraison if livraison.suffix == ".xlsx" else dossier
            a, autres = notres(sys.argv[1], jugee, pathlib.Path(temporaire) / "controle")
            b = leurs(tables)
            cellules = lignes(tables)
        print(f"{livraison.name} : {len(a & b)} verdicts communs, {len(a - b)} de medicobus seul, {len(b - a)} de frictionless seul")
        total["communs"] += len(a & b)
        for verdict in sorted(a ^ b, key=str):
            de_nous = verdict in a
            nom = classe(verdict, de_nous, autres, a, b, cellules)
            total[nom or "INEXPLIQUÉ"] += 1
            if nom is None:
                inexpliques += 1
                qui = "medicobus" if de_nous else "frictionless"
                print(f"  INEXPLIQUÉ, {qui} seul : {verdict} ; ici : {sorted(autres.get(verdict[:2], set()))}")
    for nom, nombre in total.most_common():
        print(f"{nombre:6} {nom}")
    return 1 if inexpliques else 0


if __name__ == "__main__":
    sys.exit(main())
