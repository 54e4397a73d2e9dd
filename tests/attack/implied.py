"""Counts of people that no table prints and that printed ones imply: the rest of a whole, a part of a part. They are counts like any other."""

from __future__ import annotations

from closed_lists import CHILD, ENTRIES, HORIZONS, UNKNOWN
from figures import BEFORE, Count
from territories import SERVED

# Name: (added, taken away), all in one zone and year.
YEARLY: dict[str, tuple[list[str], list[str]]] = {
    "17 ans et plus": (["tous"], [f"tranche_age={CHILD}"]),
    "17 ans et plus, situation inconnue": (["tous"], [f"tranche_age={CHILD}", "connus17"]),
    "17 ans et plus, avec médecin traitant": (["connus17"], ["sans17"]),
    "16 ans et moins, sans médecin traitant": (["statut_mt=sans"], ["sans17"]),
    "16 ans et moins, situation inconnue": ([f"statut_mt={UNKNOWN}"], ["inconnus17"]),
    "hors des publics prioritaires": (["tous"], ["prio=au_moins_un"]),
    "sans médecin traitant, ni ALD ni 70 ans": (["statut_mt=sans", "statut_mt=indisponible"], ["prio=au_moins_un"]),
    "ALD et 70 ans, sans médecin traitant": (["prio=ald_sans_mt", "prio=70_plus_sans_mt", "statut_mt=indisponible"], ["prio=au_moins_un"]),
    "isolés de moins de 70 ans": (["isole=oui"], ["prio=isole_70_plus"]),
    "sans rendez-vous au délai connu": (["tous"], ["rdv"]),
    "aucun rendez-vous en deux jours": (["rdv"], ["rdv2"]),
    "non revenus": (["tous"], ["revenus"]),
    "plusieurs praticiens": (["revenus"], ["fideles"]),
    "seulement la médecine générale": (["tous"], ["autre_discipline"]),
    "sans médecine générale": (["tous"], ["discipline=medecine_generale"]),
    "jamais en téléconsultation": (["tous"], ["mode=teleconsultation"]),
    "jamais sur place": (["tous"], ["mode=presentiel"]),
    "jamais de soin": (["tous"], ["nature=soin"]),
    "au pseudonyme connu": (["tous"], ["vide=cle_patient"]),
    **{f"sans médecin traitant à {h} jours": ([f"suivis{h}"], [f"trouves{h}"]) for h in HORIZONS},
    **{f"sans médecin traitant à 180 jours,{e}": ([f"suivis180,{e}"], [f"trouves180,{e}"]) for e in ENTRIES},
    **{f"{n} à 180 jours, hors {e}": ([f"{n}180"], [f"{n}180,{e}"]) for n in ("suivis", "trouves") for e in ENTRIES},
    "suivis de 30 à 90 jours": (["suivis30"], ["suivis90"]),
    "suivis de 90 à 180 jours": (["suivis90"], ["suivis180"]),
}
PANEL = ("tous", "ald", "70_plus")


def differences(printed: set[Count]):
    """Every implied count of which all terms are printed or hidden somewhere: name, added, taken away."""
    places = sorted({(c.zone, c.period) for c in printed})
    for zone, period in places:
        at = lambda name: Count("p", name, zone, period)
        for name, (added, taken) in YEARLY.items():
            yield from _one(printed, Count("p", f"implicite:{name}", zone, period), [at(a) for a in added], [at(t) for t in taken])
        for served in (*SERVED, "ensemble"):
            asked, without, refused = (at(f"enquete:{c},{served}") for c in ("demandes", "sans_rendez_vous", "refus"))
            yield from _one(printed, at(f"implicite:rendez-vous obtenus,{served}"), [asked], [without])
            yield from _one(printed, at(f"implicite:sans réponse,{served}"), [without], [refused])
            for public in PANEL:
                for suffix in ("", BEFORE):
                    people, alone = (at(f"panel:{c}{suffix},{public},{served}") for c in ("patients", "sans_mt"))
                    yield from _one(printed, at(f"implicite:avec médecin traitant{suffix},{public},{served}"), [people], [alone])


def _one(printed: set[Count], name: Count, added: list[Count], taken: list[Count]):
    if all(c in printed for c in added + taken):
        yield name, added, taken
