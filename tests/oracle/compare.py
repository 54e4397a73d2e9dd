#!/usr/bin/env python3
"""Runs every file of `queries/` in DuckDB, over the views of `queries/vues/`, and compares the answers to the last digit.

    compare.py TABLES REPONSES   against answers written by the binary, `<query>__<params>.json`
    compare.py TABLES            against the Python package of DataFusion, over a grid of parameters

TABLES holds one Parquet file per table (`consultations.parquet`, `regions.parquet`…). An answer is
`{"requete": …, "parametres": {…}, "colonnes": […], "lignes": [[…], …]}`, or the bare array of rows with the parameters in the
file name (`activite__annee=2025,niveau=region.json`); a parameter that is not given takes its default, or NULL.

Exit code 0 when all rows are equal, 1 with the first differences, 2 when the tool is misused.
Needs the packages duckdb (and datafusion, pyarrow for the second form): test dependencies only.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import json
import pathlib
import sys
import tomllib

import duckdb

RACINE = pathlib.Path(__file__).resolve().parents[2]
DIFFERENCES_MONTREES = 5


class Requete:
    """One file of `queries/`: its header and its text, which both engines get unchanged."""

    def __init__(self, chemin: pathlib.Path):
        self.texte = chemin.read_text(encoding="utf-8")
        if not self.texte.startswith("/*---\n"):
            raise SystemExit(f"{chemin} : l'en-tête « /*--- » manque")
        entete = self.texte[len("/*---\n") : self.texte.index("---*/")]
        self.definition = tomllib.loads(entete)
        self.nom = self.definition["nom"]
        if self.nom != chemin.stem:
            raise SystemExit(f"{chemin} : nom = « {self.nom} » ne répond pas au nom du fichier")
        self.parametres = self.definition.get("parametres", {})
        self.colonnes = [c["nom"] for c in self.definition["colonnes"]]

    def lier(self, donnes: dict) -> dict:
        """The value of each declared parameter: given, else default, else NULL."""
        inconnus = set(donnes) - set(self.parametres)
        if inconnus:
            raise SystemExit(f"{self.nom} : paramètre inconnu {sorted(inconnus)}")
        liees = {}
        for nom, parametre in self.parametres.items():
            valeur = donnes.get(nom, parametre.get("defaut"))
            if valeur is None and parametre.get("requis"):
                raise SystemExit(f"{self.nom} : paramètre requis absent : {nom}")
            if valeur is not None and parametre["type"] == "entier":
                valeur = int(valeur)
            if valeur is not None and parametre["type"] == "date":
                valeur = datetime.date.fromisoformat(str(valeur))
            liees[nom] = valeur
        return liees


def catalogue(dossier: pathlib.Path) -> dict[str, Requete]:
    """Every query by name."""
    return {r.nom: r for r in (Requete(c) for c in sorted(dossier.glob("*.sql")))}


def creer_vues(dossier: pathlib.Path, executer) -> None:
    """Creates the views of `queries/vues`; one that reads another waits until that one is there."""
    attente = {c.stem: c.read_text(encoding="utf-8") for c in sorted((dossier / "vues").glob("*.sql"))}
    while attente:
        refus = {}
        for nom, texte in attente.items():
            try:
                executer(f'CREATE VIEW "{nom}" AS {texte}')
            except Exception as erreur:
                refus[nom] = erreur
        if len(refus) == len(attente):
            raise SystemExit("\n".join(f"vue {nom} : {erreur}" for nom, erreur in refus.items()))
        attente = {nom: attente[nom] for nom in refus}


def normale(valeur):
    """A value as the answer files hold it: ISO dates, plain numbers, no negative zero."""
    if isinstance(valeur, bool):
        return valeur
    if isinstance(valeur, decimal.Decimal):
        valeur = float(valeur)
    if isinstance(valeur, float):
        if valeur != valeur or valeur in (float("inf"), float("-inf")):
            return f"<{valeur}>"
        return int(valeur) if valeur == int(valeur) and abs(valeur) < 2**53 else valeur
    if isinstance(valeur, datetime.datetime):
        return valeur.isoformat()
    if isinstance(valeur, datetime.date):
        return valeur.isoformat()
    return valeur


def lignes_normales(lignes) -> list[list]:
    return [[normale(v) for v in ligne] for ligne in lignes]


def ouvrir_duckdb(tables: pathlib.Path, requetes: pathlib.Path) -> duckdb.DuckDBPyConnection:
    connexion = duckdb.connect()
    for fichier in sorted(tables.glob("*.parquet")):
        chemin = str(fichier).replace("'", "''")
        connexion.execute(f'CREATE VIEW "{fichier.stem}" AS SELECT * FROM read_parquet(\'{chemin}\')')
    creer_vues(requetes, connexion.execute)
    return connexion


def par_duckdb(connexion, requete: Requete, liees: dict):
    curseur = connexion.execute(requete.texte, liees)
    return [c[0] for c in curseur.description], lignes_normales(curseur.fetchall())


def ouvrir_datafusion(tables: pathlib.Path, requetes: pathlib.Path):
    import datafusion

    # Views as strings and dictionaries would hide type mistakes; several partitions show a missing ORDER BY.
    contexte = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(4))
    for fichier in sorted(tables.glob("*.parquet")):
        contexte.register_parquet(fichier.stem, str(fichier))
    creer_vues(requetes, lambda texte: contexte.sql(texte).collect())
    return contexte


def par_datafusion(contexte, requete: Requete, liees: dict):
    import pyarrow

    types = {"entier": pyarrow.int64(), "texte": pyarrow.string(), "date": pyarrow.date32()}
    scalaires = {
        nom: pyarrow.scalar(valeur, types[requete.parametres[nom]["type"]]) for nom, valeur in liees.items()
    }
    table = contexte.sql(requete.texte, param_values=scalaires).to_arrow_table()
    colonnes = [c.to_pylist() for c in table.columns]
    return table.column_names, lignes_normales(zip(*colonnes)) if colonnes else []


def differences(requete: Requete, attendu, obtenu) -> list[str]:
    """Readable differences between two answers, empty when they are equal to the last digit."""
    messages = []
    if len(attendu) != len(obtenu):
        messages.append(f"{len(attendu)} lignes dans DuckDB, {len(obtenu)} en face")
    for i, (a, o) in enumerate(zip(attendu, obtenu)):
        if a == o:
            continue
        if len(a) != len(o):
            messages.append(f"ligne {i + 1} : {len(a)} valeurs dans DuckDB, {len(o)} en face")
            continue
        ecarts = [f"{c} = {x!r} / {y!r}" for c, x, y in zip(requete.colonnes, a, o) if x != y]
        messages.append(f"ligne {i + 1} {a[:3]} : " + ", ".join(ecarts))
    if len(messages) > DIFFERENCES_MONTREES:
        reste = len(messages) - DIFFERENCES_MONTREES
        messages = messages[:DIFFERENCES_MONTREES] + [f"… et {reste} autres différences"]
    return messages


def lire_reponse(fichier: pathlib.Path):
    """Name of the query, parameters and rows of one answer written by the binary."""
    contenu = json.loads(fichier.read_text(encoding="utf-8"))
    nom, _, suite = fichier.stem.partition("__")
    if isinstance(contenu, dict):
        return contenu.get("requete", nom), contenu.get("parametres", {}), lignes_normales(contenu["lignes"])
    parametres = dict(p.split("=", 1) for p in suite.split(",") if p)
    return nom, parametres, lignes_normales(contenu)


def grille(requete: Requete, tables: pathlib.Path, rapide: bool):
    """Parameters that together reach every branch: each level, each step, a filter that is set, one that selects nothing."""
    connexion = duckdb.connect()
    chemin = str(tables / "medicobus.parquet").replace("'", "''")
    bus = connexion.execute(
        f"SELECT code_region, code_departement, id_medicobus FROM read_parquet('{chemin}') ORDER BY id_medicobus"
    ).fetchall()
    region, departement, medicobus = bus[0] if bus else ("28", "61", "?")
    annees = [2025] if rapide else [2023, 2024, 2025, 2026]
    base = [{"annee": a} for a in annees] if "annee" in requete.parametres else [{}]
    cas = []
    for fixe in base:
        niveaux = requete.parametres.get("niveau", {}).get("valeurs", []) or [None]
        pas = requete.parametres.get("pas", {}).get("valeurs", []) or [None]
        for niveau in niveaux:
            for p in pas:
                cas.append(fixe | ({"niveau": niveau} if niveau else {}) | ({"pas": p} if p else {}))
    # Each value of every other closed list, and a year of reference other than the default.
    for nom, parametre in requete.parametres.items():
        if nom not in ("annee", "niveau", "pas"):
            cas += [base[-1] | {nom: v} for v in parametre.get("valeurs", []) if v != parametre.get("defaut")]
    if "annee_base" in requete.parametres:
        cas.append(base[-1] | {"annee_base": 2025})
    for filtre in ({"region": region}, {"departement": departement}, {"medicobus": medicobus}, {"region": "00"}):
        if set(filtre) <= set(requete.parametres):
            cas.append(base[-1] | filtre)
    return cas


def comparer(etiquette: str, requete: Requete, attendu, obtenu) -> bool:
    noms_a, lignes_a = attendu
    noms_o, lignes_o = obtenu
    ecarts = []
    if noms_a != requete.colonnes:
        ecarts.append(f"colonnes rendues {noms_a}, en-tête {requete.colonnes}")
    if noms_o is not None and noms_o != noms_a:
        ecarts.append(f"colonnes {noms_a} dans DuckDB, {noms_o} en face")
    ecarts += differences(requete, lignes_a, lignes_o)
    for ecart in ecarts:
        print(f"{etiquette} : {ecart}", file=sys.stderr)
    return not ecarts


def main() -> int:
    analyse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    analyse.add_argument("tables", type=pathlib.Path, help="dossier des tables, un fichier Parquet par table")
    analyse.add_argument("reponses", type=pathlib.Path, nargs="?", help="dossier des réponses du programme")
    analyse.add_argument("--queries", type=pathlib.Path, default=RACINE / "queries", help="dossier des requêtes")
    analyse.add_argument("--rapide", action="store_true", help="une seule année par requête (sans réponses)")
    analyse.add_argument("--seule", help="nom d'une requête à comparer seule")
    options = analyse.parse_args()
    if not options.tables.is_dir():
        print(f"{options.tables} n'est pas un dossier", file=sys.stderr)
        return 2

    requetes = catalogue(options.queries)
    connexion = ouvrir_duckdb(options.tables, options.queries)
    compte, lignes, fautes, vues = 0, 0, 0, set()

    if options.reponses:
        for fichier in sorted(options.reponses.glob("*.json")):
            nom, parametres, obtenu = lire_reponse(fichier)
            if options.seule and nom != options.seule:
                continue
            if nom not in requetes:
                print(f"{fichier.name} : aucune requête de ce nom dans {options.queries}", file=sys.stderr)
                fautes += 1
                continue
            requete = requetes[nom]
            attendu = par_duckdb(connexion, requete, requete.lier(parametres))
            compte, lignes = compte + 1, lignes + len(attendu[1])
            vues.add(nom)
            fautes += not comparer(fichier.name, requete, attendu, (None, obtenu))
        oubliees = sorted(set(requetes) - vues) if not options.seule else []
        if oubliees:
            print(f"requêtes sans réponse : {', '.join(oubliees)}", file=sys.stderr)
            fautes += len(oubliees)
    else:
        contexte = ouvrir_datafusion(options.tables, options.queries)
        for nom, requete in requetes.items():
            if options.seule and nom != options.seule:
                continue
            for donnes in grille(requete, options.tables, options.rapide):
                liees = requete.lier(donnes)
                etiquette = f"{nom} {donnes}"
                try:
                    attendu = par_duckdb(connexion, requete, liees)
                    obtenu = par_datafusion(contexte, requete, liees)
                except Exception as erreur:  # an engine refuses the text: a finding like another
                    print(f"{etiquette} : {type(erreur).__name__} : {str(erreur)[:600]}", file=sys.stderr)
                    fautes += 1
                    continue
                compte, lignes = compte + 1, lignes + len(attendu[1])
                fautes += not comparer(etiquette, requete, attendu, obtenu)

    print(f"{compte} réponses comparées, {lignes} lignes, {fautes} en défaut")
    return 1 if fautes or not compte else 0


if __name__ == "__main__":
    sys.exit(main())
