/*---
nom = "delai_mg_distribution"
titre = "Territoires : distribution du délai en médecine générale"
theme = "delais"
definition = "Demandes de l'enquête par issue et par nombre de jours d'attente, dans les territoires desservis et les autres : de quoi tracer la courbe des demandes encore sans rendez-vous."
formule = "une demande refusée ou sans réponse est censurée : elle n'a pas de délai"
unite = "demandes"
population = "Demandes de l'enquête dans l'année"
sources = ["delais_mg", "tournees", "dessertes", "medicobus"]
limites = [
  "Desservis et non desservis différaient avant le premier passage.",
  "Les territoires de vie-santé (tvs) sont reçus et gardés, mais comptés nulle part : aucune table ne dit leurs communes.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "desserte", titre = "Desserte", role = "categorie" },
  { nom = "issue", titre = "Issue", role = "categorie" },
  { nom = "delai_jours", titre = "Jours d'attente", role = "categorie", format = "entier" },
  { nom = "demandes", titre = "Demandes", role = "patients", format = "entier", additif = ["code_zone"] },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.niveau]
type = "texte"
description = "Zone de chaque ligne"
valeurs = ["national", "region", "departement"]
defaut = "region"

[parametres.region]
type = "texte"
description = "Code INSEE d'une région ; toutes si absent"

[parametres.departement]
type = "texte"
description = "Code d'un département ; tous si absent"
---*/
WITH intercommunalites AS (
  -- An EPCI that lies across a border is placed in its first département.
  SELECT siren_epci AS siren, min(nom_epci) AS nom, min(code_departement) AS departement,
         min(code_region) AS region, CAST(sum(population) AS BIGINT) AS habitants
    FROM communes
   WHERE siren_epci IS NOT NULL
   GROUP BY siren_epci
),
geographie AS (
  -- A territory is a commune or an EPCI.
  SELECT code_commune AS code_territoire, nom_commune AS nom_territoire, code_departement, code_region,
         siren_epci, population
    FROM communes
   UNION ALL
  SELECT siren AS code_territoire, nom AS nom_territoire, departement AS code_departement, region AS code_region,
         siren AS siren_epci, habitants AS population
    FROM intercommunalites
),
releves AS (
  -- Day from which the tours of each région are recorded.
  SELECT m.code_region, min(t.date) AS debut
    FROM tournees t
    JOIN medicobus m ON m.id_medicobus = t.id_medicobus
   GROUP BY m.code_region
),
passages AS (
  -- Treatment starts with a tour that took place, not with a label; a stop opened before the records
  -- began is dated by its opening, lest an old bus pass for a new one. A bus that never ran opened nothing.
  SELECT t.code_commune, min(t.date) AS premiere
    FROM tournees t
   WHERE COALESCE(t.annulee, 'non') <> 'oui'
     AND t.date < make_date($annee + 1, 1, 1)
   GROUP BY t.code_commune
   UNION ALL
  SELECT d.code_commune, min(GREATEST(d.date_debut, m.date_mise_en_service))
    FROM dessertes d
    JOIN medicobus m ON m.id_medicobus = d.id_medicobus
    JOIN releves r ON r.code_region = m.code_region
   WHERE m.date_mise_en_service IS NOT NULL
     AND GREATEST(d.date_debut, m.date_mise_en_service) < r.debut
     AND GREATEST(d.date_debut, m.date_mise_en_service) < make_date($annee + 1, 1, 1)
   GROUP BY d.code_commune
),
premieres AS (
  SELECT code_commune AS code_territoire, min(premiere) AS premiere
    FROM passages
   GROUP BY code_commune
   UNION ALL
  SELECT c.siren_epci, min(p.premiere)
    FROM passages p
    JOIN communes c ON c.code_commune = p.code_commune
   WHERE c.siren_epci IS NOT NULL
   GROUP BY c.siren_epci
),
demandes AS (
  SELECT CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'FR'
           WHEN 'region' THEN g.code_region
           ELSE g.code_departement
         END AS code_zone,
         CASE WHEN p.premiere IS NOT NULL THEN 'desservi' ELSE 'non_desservi' END AS desserte,
         CASE WHEN d.resultat = 'obtenu' THEN 'obtenu' ELSE 'sans_rendez_vous' END AS issue,
         CASE WHEN d.resultat = 'obtenu' THEN d.delai_jours END AS attente
    FROM delais_mg d
    JOIN geographie g ON g.code_territoire = d.code_territoire
    LEFT JOIN premieres p ON p.code_territoire = d.code_territoire
   WHERE d.date_demande >= make_date($annee, 1, 1)
     AND d.date_demande < make_date($annee + 1, 1, 1)
     AND (CAST($region AS VARCHAR) IS NULL OR g.code_region = CAST($region AS VARCHAR))
     AND (CAST($departement AS VARCHAR) IS NULL OR g.code_departement = CAST($departement AS VARCHAR))
),
noms AS (
  SELECT code_region AS code_zone, nom_region AS nom_zone FROM regions WHERE CAST($niveau AS VARCHAR) = 'region'
   UNION ALL
  SELECT code_departement, nom_departement FROM departements WHERE CAST($niveau AS VARCHAR) = 'departement'
   UNION ALL
  SELECT 'FR', 'France' WHERE CAST($niveau AS VARCHAR) = 'national'
)
SELECT CAST($annee AS BIGINT) AS annee,
       d.code_zone,
       n.nom_zone,
       d.desserte,
       d.issue,
       d.attente AS delai_jours,
       count(*) AS demandes
  FROM demandes d
  JOIN noms n ON n.code_zone = d.code_zone
 GROUP BY d.code_zone, n.nom_zone, d.desserte, d.issue, d.attente
 ORDER BY d.code_zone, d.desserte, d.issue, d.attente NULLS LAST
