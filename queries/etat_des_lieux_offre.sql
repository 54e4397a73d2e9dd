/*---
nom = "etat_des_lieux_offre"
titre = "État des lieux : ce qui existe ou s'est passé sur le territoire"
theme = "offre"
definition = "Ce qu'un médicobus pourrait concurrencer dans les communes d'un projet : mesures en cours dans l'année, autres médicobus qui s'y arrêtent, et événements de l'offre de l'année et des deux précédentes."
formule = "une ligne par mesure, par autre médicobus et par type d'événement, et par commune, EPCI ou TVS (tvs/61006 : son code peut être celui d'une commune) ; nombre = déclarations"
unite = "déclarations"
population = "Communes du projet, leurs EPCI et leurs TVS pour les mesures déclarées à ces mailles ; une mesure sans date de fin est en cours"
sources = ["mesures_concurrentes", "offre", "dessertes", "medicobus", "communes"]
limites = ["Une mesure que personne n'a déclarée n'apparaît pas : l'absence de ligne ne prouve pas l'absence de concurrence."]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Projet", role = "zone" },
  { nom = "nature", titre = "Nature", role = "categorie" },
  { nom = "type", titre = "Type", role = "categorie" },
  { nom = "nom_type", titre = "Mesure ou événement", role = "libelle" },
  { nom = "code_territoire", titre = "Code du territoire", role = "categorie" },
  { nom = "nom_territoire", titre = "Où", role = "libelle" },
  { nom = "depuis", titre = "Depuis", role = "ouvert", format = "date" },
  { nom = "jusque", titre = "Jusqu'au", role = "ouvert", format = "date" },
  { nom = "nombre", titre = "Nombre", role = "ouvert", format = "entier" },
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
  SELECT DISTINCT p.code_zone, a.type_territoire, a.code_territoire
    FROM projets p
    JOIN appartenances a ON a.code_commune = p.code_commune AND $annee BETWEEN a.depuis AND a.jusque
),
noms AS (
  SELECT column1 AS type, column2 AS nom_type
    FROM (VALUES
      ('msp', 'Maison de santé'),
      ('centre_de_sante', 'Centre de santé'),
      ('cpts', 'CPTS'),
      ('maison_ou_cabinet_ferme', 'Maison ou cabinet fermé'),
      ('docteur_junior', 'Docteur junior'),
      ('zone_rouge_france_sante', 'Zone rouge France Santé'),
      ('assistant_medical', 'Assistant médical'),
      ('autre_bus', 'Autre bus'),
      ('autre', 'Autre'),
      ('installation_mg', 'Installation d''un généraliste'),
      ('depart_mg', 'Départ d''un généraliste'),
      ('cpts_creee', 'CPTS créée'),
      ('msp_ouverte', 'Maison de santé ouverte'),
      ('centre_de_sante_ouvert', 'Centre de santé ouvert')) AS v(column1, column2)
),
constats AS (
  SELECT a.code_zone, 'mesure' AS nature, m.mesure AS type, m.type_territoire, m.code_territoire AS code, m.date_debut AS depuis, m.date_fin AS jusque,
         CAST(1 AS BIGINT) AS nombre
    FROM mesures_concurrentes m
    JOIN atteints a ON a.code_territoire = m.code_territoire AND a.type_territoire = m.type_territoire
   WHERE m.date_debut < make_date($annee + 1, 1, 1)
     AND (m.date_fin IS NULL OR m.date_fin >= make_date($annee, 1, 1))
   UNION ALL
  SELECT p.code_zone, 'medicobus', d.id_medicobus, 'commune', d.code_commune, d.date_debut, d.date_fin, CAST(1 AS BIGINT)
    FROM projets p
    JOIN dessertes d ON d.code_commune = p.code_commune AND d.id_medicobus <> p.code_zone
   WHERE d.date_debut < make_date($annee + 1, 1, 1)
     AND (d.date_fin IS NULL OR d.date_fin >= make_date($annee, 1, 1))
   UNION ALL
  SELECT p.code_zone, 'evenement', o.type, 'commune', o.code_commune, o.date, CAST(NULL AS DATE), CAST(COALESCE(o.nombre, 1) AS BIGINT)
    FROM projets p
    JOIN offre o ON o.code_commune = p.code_commune
   WHERE o.date >= make_date($annee - 2, 1, 1)
     AND o.date < make_date($annee + 1, 1, 1)
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       c.nature,
       c.type,
       COALESCE(n.nom_type, 'Médicobus ' || COALESCE(b.nom, c.type)) AS nom_type,
       CASE c.type_territoire WHEN 'tvs' THEN 'tvs/' || c.code ELSE c.code END AS code_territoire,
       COALESCE(g.nom_territoire, c.code) AS nom_territoire,
       min(c.depuis) AS depuis,
       max(c.jusque) AS jusque,
       CAST(sum(c.nombre) AS BIGINT) AS nombre
  FROM constats c
  LEFT JOIN noms n ON n.type = c.type AND c.nature <> 'medicobus'
  LEFT JOIN medicobus b ON b.id_medicobus = c.type AND c.nature = 'medicobus'
  LEFT JOIN geographie g ON g.type_territoire = c.type_territoire AND g.code_territoire = c.code AND $annee BETWEEN g.depuis AND g.jusque
 GROUP BY c.code_zone, c.nature, c.type, n.nom_type, b.nom, c.type_territoire, c.code, g.nom_territoire
 ORDER BY c.code_zone, CASE c.nature WHEN 'medicobus' THEN 0 WHEN 'mesure' THEN 1 ELSE 2 END, c.type, c.code, c.type_territoire
