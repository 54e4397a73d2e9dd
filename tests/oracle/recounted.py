"""What each printed figure is, counted again by DuckDB: this file's own SQL, from the definitions of `docs/methode.md`, never from `queries/`."""

from __future__ import annotations

from typing import NamedTuple

TABLES = ("consultations", "tournees", "medicobus", "financements", "territoires", "delais_mg", "dessertes", "offre", "projets_cahier", "communes")

# Visits with the zone of their bus; profiles of a year by their first visit; tours that were not cancelled.
BASE = """
CREATE TABLE visit AS
  SELECT c.*, m.code_region AS region, m.code_departement AS departement, year(c.date_consultation) AS y,
         strftime(c.date_consultation, '%Y-%m') AS mo,
         coalesce(c.cle_patient, 'sans clé ' || c.date_consultation || ' ' || c.id_consultation) AS who,
         CASE WHEN c.nature = 'soin' AND c.non_programme IS DISTINCT FROM 'oui' THEN date_diff('day', c.date_demande, c.date_consultation) END AS wait
    FROM consultations c JOIN medicobus m USING (id_medicobus);
CREATE TABLE person AS
  SELECT v.*, seen.n AS visits
    FROM (SELECT *, row_number() OVER (PARTITION BY id_medicobus, who, y ORDER BY date_consultation, id_consultation) AS nth FROM visit) v
    JOIN (SELECT id_medicobus AS b, who AS w, y AS yy, count(*) AS n FROM visit GROUP BY ALL) AS seen
      ON b = id_medicobus AND w = who AND yy = y
   WHERE nth = 1;
CREATE TABLE tour AS
  SELECT t.*, m.code_region AS region, m.code_departement AS departement, year(t.date) AS y, strftime(t.date, '%Y-%m') AS mo
    FROM tournees t JOIN medicobus m USING (id_medicobus)
   WHERE t.annulee IS DISTINCT FROM 'oui';
CREATE TABLE money AS
  SELECT f.*, m.code_region AS region, m.code_departement AS departement
    FROM financements f JOIN medicobus m USING (id_medicobus);
CREATE TABLE bus AS SELECT *, code_region AS region, code_departement AS departement FROM medicobus;
CREATE TABLE first_stop AS
  WITH since AS (SELECT m.code_region, min(t.date) AS day FROM tournees t JOIN medicobus m USING (id_medicobus) GROUP BY 1)
  SELECT code_commune, min(day) AS day FROM (
    SELECT code_commune, date AS day FROM tour
    UNION ALL
    SELECT d.code_commune, greatest(d.date_debut, m.date_mise_en_service)
      FROM dessertes d JOIN medicobus m USING (id_medicobus) JOIN since s USING (code_region)
     WHERE greatest(d.date_debut, m.date_mise_en_service) < s.day AND m.date_mise_en_service IS NOT NULL)
   GROUP BY 1;
"""

ADULT = "tranche_age <> '00-16'"
OLD = "tranche_age IN ('70-79', '80+')"
KNOWN = f"{ADULT} AND statut_mt IN ('avec', 'sans', 'indisponible')"
WITHOUT = f"{ADULT} AND statut_mt = 'sans'"
PRIORITY = f"(statut_mt = 'indisponible' OR statut_mt = 'sans' AND (ald = 'oui' OR {OLD}))"
PUBLICS = {
    "ald_sans_mt": "ald = 'oui' AND statut_mt = 'sans'",
    "70_plus_sans_mt": f"{OLD} AND statut_mt = 'sans'",
    "mt_indisponible": "statut_mt = 'indisponible'",
    "au_moins_un": PRIORITY,
    "isole_70_plus": f"isole = 'oui' AND {OLD}",
    "tous_patients": "true",
}
ALD = "ald IS NOT DISTINCT FROM 'oui'"
CELLS = {
    "sans_mt_ald": f"statut_mt = 'sans' AND {ALD} AND NOT {OLD}",
    "sans_mt_70_plus": f"statut_mt = 'sans' AND NOT ({ALD}) AND {OLD}",
    "sans_mt_ald_70_plus": f"statut_mt = 'sans' AND {ALD} AND {OLD}",
    "sans_mt_autre": f"statut_mt = 'sans' AND NOT ({ALD}) AND NOT {OLD}",
    "mt_indisponible": "statut_mt = 'indisponible'",
    "avec_mt": "statut_mt = 'avec'",
    "statut_inconnu": "statut_mt IS NULL OR statut_mt NOT IN ('avec', 'sans', 'indisponible')",
    "ensemble": "true",
}
CASES = {
    "toutes": "true",
    "prevention": "nature = 'prevention'",
    "non_programme": "non_programme = 'oui'",
    "non_programme_hors_sas": "non_programme = 'oui' AND adressage IS DISTINCT FROM 'sas'",
    "sas": "adressage = 'sas'",
    "teleconsultation": "mode = 'teleconsultation'",
    "autre_discipline": "discipline <> 'medecine_generale'",
}


class Place(NamedTuple):
    """The zone, the year and the period of a row, as conditions."""

    zone: str
    year: int
    period: str

    def of(self, table: str, what: str, where: str = "true", back: int = 0) -> str:
        """A scalar over the rows of the place; `back` years before."""
        period = self.period if back == 0 else f"y = {self.year - back}"
        return f"(SELECT {what} FROM {table} WHERE {self.zone} AND {period} AND ({where}))"


def share(part: str, whole: str) -> str:
    return f"100.0 * {part} / nullif({whole}, 0)"


PEOPLE = "count(DISTINCT (id_medicobus, who))"
DAYS_OUT = "count(DISTINCT (id_medicobus, date))"


def is_value(field: str, value: str) -> str:
    """The condition of a value of a field; « inconnu » is also the empty field, « ensemble » all of them."""
    return "true" if value == "ensemble" else f"coalesce({field}, 'inconnu') = '{value}'"


def value_of(row: dict, field: str) -> str:
    return is_value(field, row[field])


def category(row: dict) -> str:
    return is_value(row["dimension"], row["modalite"])


def visits_and_people(at: Place, where: str, whole: str = "true") -> dict[str, str]:
    visits, people = at.of("visit", "count(*)", where), at.of("visit", PEOPLE, where)
    return {"consultations": visits, "patients": people, "part": share(visits, at.of("visit", "count(*)", whole))}


def profile(at: Place, row: dict) -> dict[str, str]:
    where = category(row)
    visits = {"dimension": at.of("person", "sum(visits)", where), "whole": at.of("person", "sum(visits)")}
    people = at.of("person", "count(*)", where)
    return {
        "consultations": visits["dimension"],
        "patients": people,
        "part": share(visits["dimension"], visits["whole"]),
        "part_patients": share(people, at.of("person", "count(*)")),
    }


def people_of(at: Place, where: str) -> dict[str, str]:
    people = at.of("person", "count(*)", where)
    return {
        "patients": people,
        "consultations": at.of("person", "coalesce(sum(visits), 0)", where),
        "part": share(people, at.of("person", "count(*)")),
    }


def key_figures(at: Place, row: dict) -> dict[str, str]:
    def year(back: int) -> dict[str, str]:
        def of(*words: str) -> str:
            return at.of(*words, back=back)

        slots = of("tour", "sum(creneaux_honores)")
        return {
            "medicobus_actifs": of("tour", "count(DISTINCT id_medicobus)"),
            "jours_sortie": of("tour", DAYS_OUT),
            "consultations": of("visit", "count(*)"),
            "patients": of("visit", PEOPLE),
            "consultations_par_jour": f"1.0 * {of('visit', 'count(*)')} / {of('tour', DAYS_OUT)}",
            "publics_prioritaires": of("person", "count(*)", PRIORITY),
            "part_publics_prioritaires": share(of("person", "count(*)", PRIORITY), of("person", "count(*)")),
            "patients_connus": of("person", "count(*)", KNOWN),
            "sans_mt": of("person", "count(*)", WITHOUT),
            "part_sans_mt": share(of("person", "count(*)", WITHOUT), of("person", "count(*)", KNOWN)),
            "patients_delai": of("visit", PEOPLE, "wait IS NOT NULL"),
            "delai_median": of("visit", "quantile_cont(wait, 0.5)", "wait IS NOT NULL"),
            "taux_remplissage": share(slots, of("tour", "sum(creneaux_offerts)")),
            "creneaux_honores": slots,
        }

    now, before = year(0), year(1)
    found = now | {f"{name}_precedent": sql for name, sql in before.items()}
    for name in ("consultations", "patients"):
        found[f"evolution_{name}"] = f"100.0 * ({now[name]} - {before[name]}) / {before[name]}"
    found["evolution_sans_mt"] = f"{now['part_sans_mt']} - {before['part_sans_mt']}"
    found["evolution_delai"] = f"{now['delai_median']} - {before['delai_median']}"
    return found


def by_month(at: Place, row: dict) -> dict[str, str]:
    visits, days = at.of("visit", "count(*)"), at.of("tour", DAYS_OUT)
    return {
        "consultations": visits,
        "patients": at.of("visit", PEOPLE),
        "tournees": at.of("tour", "count(DISTINCT (id_medicobus, date, code_commune))"),
        "jours_sortie": days,
        "consultations_par_jour": f"1.0 * {visits} / {days}",
    }


def delays(at: Place, row: dict) -> dict[str, str]:
    found = {}
    for suffix, back in (("", 0), ("_precedent", 1)):

        def of(what: str, where: str = "wait IS NOT NULL", back: int = back) -> str:
            return at.of("visit", what, where, back)

        short = "wait <= 2"
        found |= {
            f"rendez_vous{suffix}": of("count(*)"),
            f"patients{suffix}": of(PEOPLE),
            f"premier_quartile{suffix}": of("quantile_cont(wait, 0.25)"),
            f"mediane{suffix}": of("quantile_cont(wait, 0.5)"),
            f"troisieme_quartile{suffix}": of("quantile_cont(wait, 0.75)"),
            f"neuvieme_decile{suffix}": of("quantile_cont(wait, 0.9)"),
            f"deux_jours{suffix}": of("count(*)", short),
            f"part_deux_jours{suffix}": share(of("count(*)", short), of("count(*)")),
        }
    return found


def without_doctor(at: Place, row: dict) -> dict[str, str]:
    found = {"statut_inconnu": at.of("person", "count(*)", f"{ADULT} AND NOT (statut_mt IN ('avec', 'sans', 'indisponible'))")}
    for suffix, back in (("", 0), ("_precedent", 1)):
        some, all_known = at.of("person", "count(*)", WITHOUT, back), at.of("person", "count(*)", KNOWN, back)
        found |= {f"sans_mt{suffix}": some, f"patients_connus{suffix}": all_known, f"part_sans_mt{suffix}": share(some, all_known)}
    found["evolution"] = f"{found['part_sans_mt']} - {found['part_sans_mt_precedent']}"
    return found


def deployment(at: Place, row: dict) -> dict[str, str]:
    end, begin = f"DATE '{at.year}-12-31'", f"DATE '{at.year}-01-01'"
    labelled = f"coalesce(date_labellisation, date_mise_en_service) <= {end}"

    def buses(where: str) -> str:
        return f"(SELECT count(*) FROM bus WHERE {at.zone} AND {where})"

    return {
        "labellises": buses(labelled),
        "vague_1": buses(f"{labelled} AND vague = '1'"),
        "vague_2": buses(f"{labelled} AND vague = '2'"),
        "hors_aap": buses(f"{labelled} AND vague = 'hors_aap'"),
        "mis_en_service": buses(f"date_mise_en_service BETWEEN {begin} AND {end}"),
        "en_service": buses(f"date_mise_en_service <= {end} AND (date_fin IS NULL OR date_fin > {end})"),
        "arretes": buses(f"date_fin BETWEEN {begin} AND {end}"),
        "jours_sortie": at.of("tour", DAYS_OUT),
    }


def each_bus(at: Place, row: dict) -> dict[str, str]:
    found = key_figures(at, row)
    names = ("jours_sortie", "consultations", "patients", "consultations_par_jour", "patients_connus", "sans_mt", "part_sans_mt", "delai_median")
    return {name: found[name] for name in names} | {"communes": at.of("tour", "count(DISTINCT code_commune)")}


def slots(at: Place, row: dict) -> dict[str, str]:
    offered, held, away = (at.of("tour", f"sum({c})") for c in ("creneaux_offerts", "creneaux_honores", "absences"))
    told = at.of("tour", "sum(creneaux_honores)", "absences IS NOT NULL")
    return {
        "patients": at.of("visit", PEOPLE),
        "jours_sortie": at.of("tour", DAYS_OUT),
        "creneaux_offerts": offered,
        "creneaux_honores": held,
        "taux_remplissage": share(held, offered),
        "honores_par_jour": f"1.0 * {held} / {at.of('tour', DAYS_OUT)}",
        "absences": away,
        "taux_absences": share(away, f"({told} + {away})"),
        "annulations": at.of("tour", "sum(annulations)"),
    }


def funding(at: Place, row: dict) -> dict[str, str]:
    nature = "true" if row["nature"] == "ensemble" else f"nature = '{row['nature']}'"
    who = "true" if row["financeur"] == "ensemble" else f"financeur = '{row['financeur']}'"
    rows = f"FROM money WHERE {at.zone} AND annee = {at.year} AND {nature}"
    amount = f"(SELECT sum(montant) {rows} AND {who})"
    return {
        "montant": amount,
        "medicobus": f"(SELECT count(DISTINCT id_medicobus) {rows} AND {who})",
        "part": share(amount, f"(SELECT sum(montant) {rows})"),
    }


def cost(at: Place, row: dict) -> dict[str, str]:
    paid = f"FROM money WHERE {at.zone} AND annee = {at.year} AND nature = 'fonctionnement'"
    amount, funded = f"(SELECT sum(montant) {paid})", f"id_medicobus IN (SELECT id_medicobus {paid})"
    days, visits, people = at.of("tour", DAYS_OUT, funded), at.of("visit", "count(*)", funded), at.of("visit", PEOPLE, funded)
    return {
        "medicobus": f"(SELECT count(DISTINCT id_medicobus) {paid})",
        "fonctionnement": amount,
        "jours_sortie": days,
        "consultations": visits,
        "patients": people,
        "cout_par_jour": f"{amount} / {days}",
        "cout_par_consultation": f"{amount} / {visits}",
        "cout_par_patient": f"{amount} / {people}",
    }


def communes(at: Place, row: dict) -> dict[str, str]:
    return {"tournees": at.of("tour", "count(DISTINCT (id_medicobus, date))", f"code_commune = '{row['code_commune']}'")}


def empty_fields(at: Place, row: dict) -> dict[str, str]:
    field = row["champ"]
    empty = f"{field} IS NULL OR CAST({field} AS VARCHAR) = 'inconnu'"
    found = visits_and_people(at, empty)
    return {"inconnus": found["consultations"], "patients": found["patients"], "part_inconnus": found["part"]}


def declared(at: Place, row: dict) -> dict[str, str]:
    end, begin = f"DATE '{at.year}-12-31'", f"DATE '{at.year}-01-01'"
    open_then = f"coalesce(date_labellisation, date_mise_en_service) <= {end} AND (date_fin IS NULL OR date_fin >= {begin})"
    said = f"(SELECT id_medicobus FROM projets_cahier p WHERE exigence = '{row['exigence']}' AND (date IS NULL OR date <= {end})"

    def buses(where: str) -> str:
        return f"(SELECT count(*) FROM bus WHERE {at.zone} AND {open_then} AND {where})"

    found = {a: buses(f"id_medicobus IN {said} AND reponse = '{a}')") for a in ("oui", "partiel", "non", "sans_objet")}
    return found | {"projets": buses("true"), "non_dit": buses(f"id_medicobus NOT IN {said})")}


def active_file(at: Place, row: dict) -> dict[str, str]:
    known = f"(id_medicobus, who) IN (SELECT (id_medicobus, who) FROM visit WHERE y < {at.year})"
    return visits_and_people(at, {"ensemble": "true", "connu": known, "nouveau": f"NOT ({known})"}[row["anciennete"]]) | {"part": None}


def survey(at: Place, row: dict) -> dict[str, str]:
    """The survey of GP appointments, where it is asked by commune."""
    zone = at.zone.replace("region =", "c.code_region =").replace("departement =", "c.code_departement =")
    served = f"d.code_territoire IN (SELECT code_commune FROM first_stop WHERE day <= DATE '{at.year}-12-31')"
    side = {"desservi": served, "non_desservi": f"NOT ({served})", "ensemble": "true"}[row["desserte"]]
    rows = f"FROM delais_mg d JOIN communes c ON c.code_commune = d.code_territoire WHERE {zone} AND year(d.date_demande) = {at.year} AND {side}"
    asked, refused = f"(SELECT count(*) {rows})", f"(SELECT count(*) {rows} AND resultat <> 'obtenu')"
    return {
        "demandes": asked,
        "sans_rendez_vous": refused,
        "part_sans_rendez_vous": share(refused, asked),
        "refus": f"(SELECT count(*) {rows} AND resultat = 'refus')",
        "part_refus": share(f"(SELECT count(*) {rows} AND resultat = 'refus')", asked),
        "delai_median_obtenus": f"(SELECT quantile_cont(delai_jours, 0.5) {rows} AND resultat = 'obtenu')",
        "neuvieme_decile_obtenus": f"(SELECT quantile_cont(delai_jours, 0.9) {rows} AND resultat = 'obtenu')",
    }


RECOUNTED = {
    "synthese": key_figures,
    "consultations_par_mois": by_month,
    "consultations_par_profil": profile,
    "consultations_par_modalite": lambda at, row: visits_and_people(at, category(row)),
    "conformite_activite": lambda at, row: visits_and_people(at, CASES[row["cas"]]),
    "publics_prioritaires": lambda at, row: people_of(at, PUBLICS[row["public"]]),
    "publics_exclusifs": lambda at, row: people_of(at, CELLS[row["cellule"]]),
    "pyramide_ages": lambda at, row: people_of(at, f"{value_of(row, 'sexe')} AND {value_of(row, 'tranche_age')}"),
    "part_sans_mt_patients": without_doctor,
    "delai_rendez_vous": delays,
    "delai_mg_territoires": survey,
    "deploiement": deployment,
    "activite_par_medicobus": each_bus,
    "remplissage": slots,
    "financement": funding,
    "cout": cost,
    "communes_desservies": communes,
    "completude": empty_fields,
    "exigences_declarees": declared,
    "file_active": active_file,
}
