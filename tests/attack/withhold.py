#!/usr/bin/env python3
"""A copy of the program whose gate is not told one family of relations: does the attacker find what it then gives away?

    withhold.py PROGRAM                   the families, one a line
    withhold.py PROGRAM FAMILY COPY       the copy without that family; without any relation, where the family is « toutes »

The program holds queries/relations.toml word for word. A block of it is left out by writing spaces over it: the copy is as long, needs no
compiler, and differs in nothing else.
"""

from __future__ import annotations

import os
import pathlib
import re
import sys

RELATIONS = pathlib.Path(__file__).resolve().parents[2] / "queries/relations.toml"
ALL = "toutes"
BLOCK = re.compile(r"^\[\[(\w+)\]\].*?(?=^\[\[|^#|\Z)", re.MULTILINE | re.DOTALL)


# The first word that a block holds names its family.
FAMILIES = {
    "annee": "années",
    "lignes_acceptees": "livraisons",
    "creneaux_honores": "créneaux honorés",
    "suivis": "suivi",
    "revenus": "patients revenus",
    "rendez_vous": "rendez-vous",
    "patients_delai": "rendez-vous",
    "deux_jours": "rendez-vous",
    "champ": "champs vides",
    "cas": "cahier des charges",
    "cellule": "publics",
    "public": "publics",
    "patients_connus": "17 ans et plus",
    "sans_mt": "17 ans et plus",
    "statut_inconnu": "17 ans et plus",
    "consultations": "patients et consultations",
}


def families(text: str) -> dict[str, list[tuple[int, int]]]:
    """Where the blocks of each family stand in the text, in bytes."""
    found: dict[str, list[tuple[int, int]]] = {}
    for match in BLOCK.finditer(text):
        family = next((name for word, name in FAMILIES.items() if word in match[0]), "autres")
        start = len(text[: match.start()].encode())
        found.setdefault(family, []).append((start, start + len(match[0].encode())))
    return found


def main() -> int:
    program = pathlib.Path(sys.argv[1]).read_bytes()
    text = RELATIONS.read_text(encoding="utf-8")
    at = program.find(text.encode())
    if at < 0:
        print(f"{sys.argv[1]} n'a pas été construit avec ce queries/relations.toml", file=sys.stderr)
        return 3
    if len(sys.argv) == 2:
        print("\n".join(families(text)))
        return 0

    copy = bytearray(program)
    blocks = families(text)
    kept_out = sum(blocks.values(), []) if sys.argv[2] == ALL else blocks[sys.argv[2]]
    for start, end in kept_out:
        kept = bytes(b if b == 0x0A else 0x20 for b in copy[at + start : at + end])
        copy[at + start : at + end] = kept
    target = pathlib.Path(sys.argv[3])
    target.write_bytes(copy)
    os.chmod(target, 0o755)
    return 0


if __name__ == "__main__":
    sys.exit(main())
