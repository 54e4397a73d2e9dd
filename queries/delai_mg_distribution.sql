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
  "Desservis et non desservis différaient avant le premier passage : l'écart n'est pas l'effet des médicobus.",
  "Les communes d'un territoire de vie-santé (TVS) sont celles de la composition en vigueur dans l'année, prise aux zonages chargés ; un TVS qui n'y est pas n'est pas compté.",
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
WITH demandes AS (
  SELECT CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'FR'
           WHEN 'region' THEN g.code_region
           ELSE g.code_departement
         END AS code_zone,
         CASE WHEN p.premiere IS NOT NULL THEN 'desservi' ELSE 'non_desservi' END AS desserte,
         CASE WHEN d.resultat = 'obtenu' THEN 'obtenu' ELSE 'sans_rendez_vous' END AS issue,
         CASE WHEN d.resultat = 'obtenu' THEN d.delai_jours END AS attente
    FROM demandes_mg d
    JOIN geographie g ON g.type_territoire = d.type_territoire AND g.code_territoire = d.code_territoire AND $annee BETWEEN g.depuis AND g.jusque
    LEFT JOIN territoires_desservis p ON p.type_territoire = d.type_territoire AND p.code_territoire = d.code_territoire
                                     AND $annee BETWEEN p.depuis AND p.jusque AND p.premiere < make_date($annee + 1, 1, 1)
   WHERE d.date_demande >= make_date($annee, 1, 1)
     AND d.date_demande < make_date($annee + 1, 1, 1)
     AND g.code_region = COALESCE($region, g.code_region)
     AND g.code_departement = COALESCE($departement, g.code_departement)
)
SELECT CAST($annee AS BIGINT) AS annee,
       d.code_zone,
       n.nom_zone,
       d.desserte,
       d.issue,
       d.attente AS delai_jours,
       count(*) AS demandes
  FROM demandes d
  JOIN noms_zones n ON n.code_zone = d.code_zone AND n.niveau = $niveau
 GROUP BY d.code_zone, n.nom_zone, d.desserte, d.issue, d.attente
 ORDER BY d.code_zone, d.desserte, d.issue, d.attente NULLS LAST
