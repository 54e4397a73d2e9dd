/*---
nom = "etat_des_lieux_delais"
titre = "État des lieux : délai d'un rendez-vous chez un généraliste"
theme = "delais"
definition = "Enquête de rendez-vous de l'année : demandes, part sans rendez-vous et délai médian, dans le territoire d'un projet, dans les autres communes de ses départements et dans ces départements."
formule = "part sans rendez-vous = (refus + sans réponse) ÷ demandes ; délai : médiane des rendez-vous obtenus"
unite = "jours"
population = "Demandes de l'enquête dans l'année ; une demande faite dans un EPCI ou un TVS compte pour le projet dès qu'une de ses communes en est"
sources = ["delais_mg", "dessertes", "communes"]
limites = ["Le délai des seuls rendez-vous obtenus flatte les territoires où l'on refuse beaucoup : lisez-le avec la part sans rendez-vous."]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Projet", role = "zone" },
  { nom = "perimetre", titre = "Périmètre", role = "categorie", total = "departements" },
  { nom = "demandes", titre = "Demandes", role = "patients", format = "entier", additif = ["perimetre"] },
  { nom = "sans_rendez_vous", titre = "Sans rendez-vous", role = "patients", format = "entier", additif = ["perimetre"] },
  { nom = "part_sans_rendez_vous", titre = "Part sans rendez-vous", role = "taux", format = "pourcent", numerateur = "sans_rendez_vous", denominateur = "demandes" },
  { nom = "delai_median", titre = "Délai médian, obtenus", role = "mesure", format = "jours", garde = "demandes" },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.medicobus]
type = "texte"
description = "Identifiant d'un médicobus : les communes de son itinéraire ; tous si absent"

[parametres.communes]
type = "texte"
description = "Codes des communes d'un projet, séparés par des virgules, à la place d'un itinéraire : 61006,61038"

[[identites]]                # requests of the survey in a project's communes
colonnes = ["demandes"]
mesure = "demandes_etat_des_lieux"

[[identites]]
colonnes = ["sans_rendez_vous"]
mesure = "sans_rendez_vous_etat_des_lieux"
---*/
WITH projets AS (
  -- The communes asked for; failing that, those of each bus's itinerary that has not ended before the year.
  SELECT 'projet' AS code_zone, c.code_commune
    FROM communes c
   WHERE strpos(',' || replace(CAST($communes AS VARCHAR), ' ', '') || ',', ',' || c.code_commune || ',') > 0
   UNION
  SELECT d.id_medicobus, d.code_commune
    FROM dessertes d
   WHERE CAST($communes AS VARCHAR) IS NULL
     AND d.id_medicobus = COALESCE($medicobus, d.id_medicobus)
     AND (d.date_fin IS NULL OR d.date_fin >= make_date($annee, 1, 1))
),
atteints AS (
  SELECT p.code_zone, c.code_departement, a.type_territoire, a.code_territoire
    FROM projets p
    JOIN communes c ON c.code_commune = p.code_commune
    JOIN appartenances a ON a.code_commune = p.code_commune AND $annee BETWEEN a.depuis AND a.jusque
),
demandes AS (
  SELECT d.code_zone, CASE WHEN p.code_territoire IS NULL THEN 'reste' ELSE 'projet' END AS perimetre,
         q.resultat, CASE WHEN q.resultat = 'obtenu' THEN CAST(q.delai_jours AS DOUBLE) END AS delai
    FROM demandes_mg q
    JOIN geographie g ON g.type_territoire = q.type_territoire AND g.code_territoire = q.code_territoire AND $annee BETWEEN g.depuis AND g.jusque
    JOIN (SELECT DISTINCT code_zone, code_departement FROM atteints) AS d ON d.code_departement = g.code_departement
    LEFT JOIN (SELECT DISTINCT code_zone, type_territoire, code_territoire FROM atteints) AS p
           ON p.code_zone = d.code_zone AND p.type_territoire = q.type_territoire AND p.code_territoire = q.code_territoire
   WHERE q.date_demande >= make_date($annee, 1, 1)
     AND q.date_demande < make_date($annee + 1, 1, 1)
),
doublees AS (
  SELECT code_zone, perimetre, resultat, delai FROM demandes
   UNION ALL
  SELECT code_zone, 'departements', resultat, delai FROM demandes
),
compte AS (
  SELECT code_zone, perimetre, count(*) AS demandes, count(*) FILTER (WHERE resultat <> 'obtenu') AS sans_rendez_vous
    FROM doublees
   GROUP BY code_zone, perimetre
),
obtenus AS (
  SELECT code_zone, perimetre, percentile_cont(0.5) WITHIN GROUP (ORDER BY delai) AS mediane
    FROM doublees
   WHERE delai IS NOT NULL
   GROUP BY code_zone, perimetre
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       c.perimetre,
       c.demandes,
       c.sans_rendez_vous,
       round(10 * (100 * CAST(c.sans_rendez_vous AS DOUBLE) / c.demandes)) / 10 AS part_sans_rendez_vous,
       round(10 * o.mediane) / 10 AS delai_median
  FROM compte c
  LEFT JOIN obtenus o ON o.code_zone = c.code_zone AND o.perimetre = c.perimetre
 ORDER BY c.code_zone, CASE c.perimetre WHEN 'projet' THEN 0 WHEN 'reste' THEN 1 ELSE 2 END
