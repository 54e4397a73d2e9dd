"""The closed lists of the contract, as the reader of its dictionary knows them."""

from __future__ import annotations

import json
import pathlib

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "pipeline/contract/schemas/consultations.json"
UNKNOWN = "inconnu"
CONSTRAINTS = {f["name"]: f.get("constraints", {}) for f in json.loads(SCHEMA.read_text(encoding="utf-8"))["fields"]}
LISTS: dict[str, list[str]] = {name: c["enum"] for name, c in CONSTRAINTS.items() if "enum" in c}
# The contract admits no consultation before.
FIRST_YEAR = int(CONSTRAINTS["date_consultation"]["minimum"][:4])
YES_NO = ["oui", "non"]


def values(field: str) -> list[str]:
    """Every value that a table may print for a field, the unknown one included."""
    known = LISTS.get(field, YES_NO)
    return [*known, *([UNKNOWN] if UNKNOWN not in known else [])]


PROFILE = ("tranche_age", "sexe", "ald", "c2s", "isole", "statut_mt")
VISIT = ("mode", "discipline", "nature", "non_programme", "adressage", "orientation", "statut_praticien")
# Required fields have no unknown value.
FULL = {"tranche_age", "mode", "discipline", "nature"}


def domain(field: str) -> list[str]:
    """The values of a field that a consultation can have."""
    return LISTS[field] if field in FULL else values(field)


AGES = domain("tranche_age")
OLD = {"70-79", "80+"}
CHILD = "00-16"
PUBLICS = ("sans_mt_ald_70_plus", "sans_mt_ald", "sans_mt_70_plus", "sans_mt_autre")
FIELDS_LEFT_EMPTY = ("date_demande", "cle_patient", "sexe", "ald", "c2s", "isole", "statut_mt", "cle_praticien")
WAYS = ("mt_declare", "mt_propose", "mission_accompagnement_sante", "aucune")
HORIZONS = (30, 90, 180)
# Situation at entry, of those followed 180 days.
ENTRIES = ("ald", "70_plus", "isole")
