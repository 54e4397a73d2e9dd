/*---
nom = "panel_delais"
titre = "Panel des délais en médecine générale"
theme = "delais"
definition = "Une ligne par territoire et trimestre (ou semestre) jusqu'à la fin de l'année : demandes de l'enquête, refus, sans réponse, délai médian des rendez-vous obtenus et de toutes les demandes, avec le calendrier et l'éligibilité du territoire. Le code d'un TVS y est écrit tvs/61006 : il peut être celui d'une commune."
formule = "médiane refus compris = délai sous lequel la moitié de toutes les demandes ont abouti ; vide si moins de la moitié aboutissent"
unite = "demandes"
population = "Demandes de l'enquête dans les communes, EPCI et TVS connus"
sources = ["delais_mg", "tournees", "dessertes", "medicobus", "zonages", "communes"]
limites = [
  "Table de travail de l'évaluation : elle nourrit les estimations et ne s'imprime pas.",
  "Peu de demandes par territoire et période : pondérez par leur nombre.",
  "Desservi au semestre veut dire desservi avant la fin de son dernier trimestre.",
  "Les communes d'un territoire de vie-santé (TVS) sont celles de la composition en vigueur dans l'année, prise aux zonages chargés ; un TVS qui n'y est pas n'est pas compté.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Territoire", role = "zone" },
  { nom = "nom_zone", titre = "Nom", role = "libelle" },
  { nom = "code_departement", titre = "Département", role = "libelle" },
  { nom = "code_region", titre = "Région", role = "libelle" },
  { nom = "siren_epci", titre = "EPCI", role = "libelle" },
  { nom = "premier_trimestre", titre = "Première tournée effective", role = "libelle" },
  { nom = "premier_trimestre_epci", titre = "Première tournée dans l'EPCI", role = "libelle" },
  { nom = "servi", titre = "Desservi", role = "ouvert", format = "entier" },
  { nom = "voisin", titre = "Voisin d'une commune desservie", role = "libelle" },
  { nom = "eligible", titre = "Rural en ZIP ou ZAC", role = "libelle" },
  { nom = "densite7", titre = "Densité", role = "ouvert", format = "entier" },
  { nom = "zonage_mg", titre = "Zonage", role = "libelle" },
  { nom = "population", titre = "Population", role = "ouvert", format = "entier" },
  { nom = "demandes", titre = "Demandes", role = "patients", format = "entier" },
  { nom = "obtenus", titre = "Obtenus", role = "patients", format = "entier" },
  { nom = "refus", titre = "Refus", role = "patients", format = "entier" },
  { nom = "sans_reponse", titre = "Sans réponse", role = "patients", format = "entier" },
  { nom = "delai_median", titre = "Délai médian, obtenus", role = "mesure", format = "jours", garde = "obtenus" },
  { nom = "delai_moyen", titre = "Délai moyen, obtenus", role = "mesure", format = "decimal2", garde = "obtenus" },
  { nom = "delai_median_tous", titre = "Délai médian, refus compris", role = "mesure", format = "jours", garde = "demandes" },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.region]
type = "texte"
description = "Code INSEE d'une région ; toutes si absent"

[parametres.departement]
type = "texte"
description = "Code d'un département ; tous si absent"

[parametres.pas]
type = "texte"
description = "Pas de temps des lignes"
valeurs = ["trimestre", "semestre"]
defaut = "trimestre"

[parametres.annee_base]
type = "entier"
description = "Année dont les zonages décident de l'éligibilité, avant la mesure"
defaut = "2023"
---*/
WITH traitements AS (
  SELECT g.*, p.premier_trimestre, e.premier_trimestre AS premier_trimestre_epci,
         CASE WHEN p.premiere IS NULL AND e.premiere IS NOT NULL THEN 'oui' ELSE 'non' END AS voisin,
         COALESCE(z.eligible, 'inconnu') AS eligible, z.densite7, z.zonage_mg
    FROM geographie g
    LEFT JOIN territoires_desservis p ON p.type_territoire = g.type_territoire AND p.code_territoire = g.code_territoire
                                     AND $annee BETWEEN p.depuis AND p.jusque AND p.premiere < make_date($annee + 1, 1, 1)
    LEFT JOIN territoires_desservis e ON e.type_territoire = 'epci' AND e.code_territoire = g.siren_epci AND e.premiere < make_date($annee + 1, 1, 1)
    LEFT JOIN eligibilites z ON z.type_territoire = g.type_territoire AND z.code_territoire = g.code_territoire
                            AND $annee_base BETWEEN z.depuis AND z.jusque
   WHERE $annee BETWEEN g.depuis AND g.jusque
),
demandes AS (
  SELECT d.type_territoire, d.code_territoire,
         CASE CAST($pas AS VARCHAR)
           WHEN 'semestre' THEN CAST(extract(year FROM d.date_demande) AS VARCHAR)
             || CASE WHEN extract(month FROM d.date_demande) <= 6 THEN '-S1' ELSE '-S2' END
           ELSE CAST(extract(year FROM d.date_demande) AS VARCHAR) || '-T' || CAST(extract(quarter FROM d.date_demande) AS VARCHAR)
         END AS periode,
         -- Quarter that decides whether the territory is served: the last one of the period.
         CAST(extract(year FROM d.date_demande) AS VARCHAR) || CASE
           WHEN CAST($pas AS VARCHAR) <> 'semestre' THEN '-T' || CAST(extract(quarter FROM d.date_demande) AS VARCHAR)
           WHEN extract(month FROM d.date_demande) <= 6 THEN '-T2'
           ELSE '-T4' END AS dernier_trimestre,
         d.resultat, d.delai_jours
    FROM demandes_mg d
   WHERE d.date_demande < make_date($annee + 1, 1, 1)
),
compte AS (
  SELECT type_territoire, code_territoire, periode, dernier_trimestre,
         count(*) AS demandes,
         count(*) FILTER (WHERE resultat = 'obtenu') AS obtenus,
         count(*) FILTER (WHERE resultat = 'refus') AS refus,
         count(*) FILTER (WHERE resultat = 'sans_reponse') AS sans_reponse,
         CAST(sum(CASE WHEN resultat = 'obtenu' THEN delai_jours END) AS DOUBLE)
           / NULLIF(count(CASE WHEN resultat = 'obtenu' THEN delai_jours END), 0) AS moyenne,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY
           CASE WHEN resultat <> 'obtenu' THEN CAST(100000 AS DOUBLE) ELSE CAST(delai_jours AS DOUBLE) END) AS mediane_tous,
         -- When just half of the requests succeed, the longest of their delays is the one under which half did.
         CASE WHEN count(CASE WHEN resultat = 'obtenu' THEN delai_jours END) >= count(CASE WHEN resultat <> 'obtenu' THEN 1 END)
              THEN max(CASE WHEN resultat = 'obtenu' THEN CAST(delai_jours AS DOUBLE) END) END AS moitie
    FROM demandes
   GROUP BY type_territoire, code_territoire, periode, dernier_trimestre
),
obtenus AS (
  SELECT type_territoire, code_territoire, periode,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(delai_jours AS DOUBLE)) AS mediane
    FROM demandes
   WHERE resultat = 'obtenu'
     AND delai_jours IS NOT NULL
   GROUP BY type_territoire, code_territoire, periode
)
SELECT c.periode,
       CASE c.type_territoire WHEN 'tvs' THEN 'tvs/' || c.code_territoire ELSE c.code_territoire END AS code_zone,
       t.nom_territoire AS nom_zone,
       t.code_departement,
       t.code_region,
       t.siren_epci,
       t.premier_trimestre,
       t.premier_trimestre_epci,
       CASE WHEN t.premier_trimestre <= c.dernier_trimestre THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS servi,
       t.voisin,
       t.eligible,
       t.densite7,
       t.zonage_mg,
       t.population,
       c.demandes,
       c.obtenus,
       c.refus,
       c.sans_reponse,
       round(10 * o.mediane) / 10 AS delai_median,
       round(100 * c.moyenne) / 100 AS delai_moyen,
       CASE WHEN c.mediane_tous < 10000 THEN round(10 * c.mediane_tous) / 10 ELSE c.moitie END AS delai_median_tous
  FROM compte c
  JOIN traitements t ON t.type_territoire = c.type_territoire AND t.code_territoire = c.code_territoire
  LEFT JOIN obtenus o ON o.type_territoire = c.type_territoire AND o.code_territoire = c.code_territoire AND o.periode = c.periode
 WHERE t.code_region = COALESCE($region, t.code_region)
   AND t.code_departement = COALESCE($departement, t.code_departement)
 ORDER BY c.code_territoire, c.type_territoire, c.periode
