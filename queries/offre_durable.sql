/*---
nom = "offre_durable"
titre = "Offre durable avant et après le premier passage"
theme = "offre"
definition = "Événements de l'offre de soins durable dans les communes desservies, dans les 24 mois qui précèdent et qui suivent le premier passage du médicobus, et leur rythme annuel."
formule = "rythme = 100 × événements ÷ communes-années observées ; avant : 730 jours ; après : 730 jours au plus, jusqu'à la fin de l'année ou du dernier mois dont la région a déclaré une tournée"
unite = "événements"
population = "Communes desservies, première tournée effective avant la fin de l'année, des régions qui ont livré la table offre"
sources = ["offre", "livraisons", "tournees", "dessertes", "medicobus", "communes"]
limites = [
  "Un avant-après ne prouve pas que le médicobus est la cause : ces communes ont pu changer sans lui.",
  "L'avant n'est complet que si les événements des deux années d'avant ont été livrés.",
  "Une commune desservie compte dans la région et le département où elle se trouve ; au niveau du médicobus, chez chacun de ceux qui s'y arrêtent, depuis son propre premier passage : ces lignes ne s'additionnent pas.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "type", titre = "Type", role = "categorie" },
  { nom = "nom_type", titre = "Événement", role = "libelle" },
  { nom = "communes", titre = "Communes desservies", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "avant", titre = "Avant", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "apres", titre = "Après", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "etp_avant", titre = "ETP avant", role = "ouvert", format = "decimal1", additif = ["code_zone"] },
  { nom = "etp_apres", titre = "ETP après", role = "ouvert", format = "decimal1", additif = ["code_zone"] },
  { nom = "annees_apres", titre = "Communes-années après", role = "ouvert", format = "decimal1" },
  { nom = "rythme_avant", titre = "Pour 100 communes et par an, avant", role = "ouvert", format = "decimal1" },
  { nom = "rythme_apres", titre = "Pour 100 communes et par an, après", role = "ouvert", format = "decimal1" },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.niveau]
type = "texte"
description = "Zone de chaque ligne"
valeurs = ["national", "region", "departement", "medicobus"]
defaut = "region"

[parametres.region]
type = "texte"
description = "Code INSEE d'une région ; toutes si absent"

[parametres.departement]
type = "texte"
description = "Code d'un département ; tous si absent"

[parametres.medicobus]
type = "texte"
description = "Identifiant d'un médicobus ; tous si absent"
---*/
WITH premieres AS (
  -- At the level of the bus, each one has its own first visit; elsewhere a commune has one.
  SELECT CASE CAST($niveau AS VARCHAR) WHEN 'medicobus' THEN id_medicobus END AS id_medicobus,
         code_commune, min(premiere) AS premiere
    FROM premiers_passages
   WHERE premiere < make_date($annee + 1, 1, 1)
     AND id_medicobus = COALESCE($medicobus, id_medicobus)
   GROUP BY 1, 2
),
observees AS (
  -- A year under way is observed until the end of the last month in which the région reported a tour.
  SELECT code_region,
         CASE WHEN extract(month FROM dernier) = 12 THEN make_date(CAST(extract(year FROM dernier) AS BIGINT) + 1, 1, 1)
              ELSE make_date(CAST(extract(year FROM dernier) AS BIGINT), CAST(extract(month FROM dernier) AS BIGINT) + 1, 1)
         END AS lendemain
    FROM (SELECT m.code_region, max(t.date) AS dernier
            FROM tournees t
            JOIN medicobus m ON m.id_medicobus = t.id_medicobus
           WHERE t.date < make_date($annee + 1, 1, 1)
           GROUP BY m.code_region) AS d
),
communes_atteintes AS (
  SELECT CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'FR'
           WHEN 'region' THEN c.code_region
           WHEN 'departement' THEN c.code_departement
           ELSE p.id_medicobus
         END AS code_zone,
         c.code_commune, p.premiere,
         LEAST(730, GREATEST(0, COALESCE(o.lendemain, make_date($annee + 1, 1, 1)) - p.premiere)) AS jours_apres
    FROM premieres p
    JOIN communes c ON c.code_commune = p.code_commune
    LEFT JOIN medicobus m ON m.id_medicobus = p.id_medicobus
    LEFT JOIN observees o ON o.code_region = COALESCE(m.code_region, c.code_region)
   -- Where nobody sent the table, what happened is not known: that is not zero.
   WHERE COALESCE(m.code_region, c.code_region) IN (SELECT livraison_region FROM livraisons WHERE nom_table = 'offre')
     AND (CAST($region AS VARCHAR) IS NULL OR COALESCE(m.code_region, c.code_region) = CAST($region AS VARCHAR))
     AND (CAST($departement AS VARCHAR) IS NULL OR COALESCE(m.code_departement, c.code_departement) = CAST($departement AS VARCHAR))
),
exposition AS (
  SELECT code_zone, count(*) AS communes, CAST(sum(jours_apres) AS DOUBLE) / 365 AS annees_apres
    FROM communes_atteintes
   GROUP BY code_zone
),
types AS (
  SELECT column1 AS ordre, column2 AS genre, column3 AS nom_type
    FROM (VALUES
      (1, 'installation_mg', 'Installation d''un généraliste'),
      (2, 'depart_mg', 'Départ d''un généraliste'),
      (3, 'cpts_creee', 'CPTS créée'),
      (4, 'msp_ouverte', 'Maison de santé ouverte'),
      (5, 'centre_de_sante_ouvert', 'Centre de santé ouvert'),
      (6, 'assistant_medical', 'Assistant médical recruté'),
      (7, 'autre', 'Autre')) AS v(column1, column2, column3)
),
evenements AS (
  SELECT d.code_zone, o.type AS genre, o.etp, COALESCE(o.nombre, 1) AS nombre,
         o.date - d.premiere AS ecart, d.jours_apres
    FROM offre o
    JOIN communes_atteintes d ON d.code_commune = o.code_commune
),
compte AS (
  SELECT code_zone, genre,
         CAST(sum(nombre) FILTER (WHERE ecart < 0 AND ecart >= -730) AS BIGINT) AS avant,
         CAST(sum(nombre) FILTER (WHERE ecart >= 0 AND ecart < jours_apres) AS BIGINT) AS apres,
         CAST(sum(CASE WHEN ecart < 0 AND ecart >= -730 THEN etp END) AS DOUBLE) AS etp_avant,
         CAST(sum(CASE WHEN ecart >= 0 AND ecart < jours_apres THEN etp END) AS DOUBLE) AS etp_apres
    FROM evenements
   GROUP BY code_zone, genre
)
SELECT CAST($annee AS BIGINT) AS annee,
       e.code_zone,
       n.nom_zone,
       t.genre AS type,
       t.nom_type,
       e.communes,
       COALESCE(c.avant, 0) AS avant,
       COALESCE(c.apres, 0) AS apres,
       round(100 * (COALESCE(c.etp_avant, 0))) / 100 AS etp_avant,
       round(100 * (COALESCE(c.etp_apres, 0))) / 100 AS etp_apres,
       round(10 * e.annees_apres) / 10 AS annees_apres,
       round(10 * (100 * CAST(COALESCE(c.avant, 0) AS DOUBLE) / (2 * CAST(e.communes AS DOUBLE)))) / 10 AS rythme_avant,
       round(10 * (100 * CAST(COALESCE(c.apres, 0) AS DOUBLE) / NULLIF(e.annees_apres, 0))) / 10 AS rythme_apres
  FROM exposition e
  JOIN noms_zones n ON n.code_zone = e.code_zone AND n.niveau = $niveau
 CROSS JOIN types t
  LEFT JOIN compte c ON c.code_zone = e.code_zone AND c.genre = t.genre
 ORDER BY e.code_zone, t.ordre
