/*---
nom = "etat_des_lieux_sources"
titre = "État des lieux : ce que le dépôt sait du territoire"
theme = "qualite"
definition = "Pour chaque source de l'état des lieux d'un projet : combien de ses communes elle renseigne, et de quand elle date ; une source absente est dite non chargée."
formule = "communes renseignées : celles dont la source donne une valeur ; pour les déclarations (mesures, offre), celles des régions qui en ont livré"
unite = "communes"
population = "Communes du projet"
sources = ["zonages", "territoires", "delais_mg", "mesures_concurrentes", "offre", "dessertes", "communes"]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Projet", role = "zone" },
  { nom = "source", titre = "Source", role = "categorie" },
  { nom = "nom_source", titre = "Source", role = "libelle" },
  { nom = "communes", titre = "Communes du projet", role = "ouvert", format = "entier" },
  { nom = "renseignees", titre = "Communes renseignées", role = "ouvert", format = "entier" },
  { nom = "date_source", titre = "Millésime ou période", role = "ouvert", format = "texte" },
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
lieux AS (
  SELECT p.code_zone, c.code_commune, c.code_region
    FROM projets p
    JOIN communes c ON c.code_commune = p.code_commune
),
sources AS (
  SELECT column1 AS ordre, column2 AS source, column3 AS nom_source
    FROM (VALUES
      (1, 'densite', 'Grille de densité (INSEE)'),
      (2, 'zonage', 'Zonage des médecins (ARS)'),
      (3, 'apl', 'Accès aux généralistes, APL (DREES)'),
      (4, 'panel', 'Médecin traitant (Assurance maladie)'),
      (5, 'ald', 'ALD (Assurance maladie)'),
      (6, 'ages', '70 ans et plus (Assurance maladie)'),
      (7, 'delais', 'Enquête de délai chez les généralistes'),
      (8, 'mesures', 'Mesures concurrentes déclarées'),
      (9, 'offre', 'Événements de l''offre déclarés')) AS v(column1, column2, column3)
),
-- A source by commune, and what dates it: files are chosen as the document does, declarations hold for a whole région.
panel AS (
  SELECT t.code_territoire AS code_commune, t.periode, t.patients_sans_mt, t.ald, t.ages_70_plus
    FROM territoires t
   WHERE t.type_territoire = 'commune'
     AND substr(t.periode, 1, 4) <= CAST($annee AS VARCHAR)
),
declarations AS (
  SELECT 'mesures' AS source, g.code_region, CAST(min(extract(year FROM m.date_debut)) AS BIGINT) AS de,
         CAST(max(extract(year FROM m.date_debut)) AS BIGINT) AS a
    FROM mesures_concurrentes m
    JOIN geographie g ON g.type_territoire = m.type_territoire AND g.code_territoire = m.code_territoire AND $annee BETWEEN g.depuis AND g.jusque
   WHERE extract(year FROM m.date_debut) <= $annee
   GROUP BY g.code_region
   UNION ALL
  SELECT 'offre', g.code_region, CAST(min(extract(year FROM o.date)) AS BIGINT), CAST(max(extract(year FROM o.date)) AS BIGINT)
    FROM offre o
    JOIN communes g ON g.code_commune = o.code_commune
   WHERE extract(year FROM o.date) <= $annee
   GROUP BY g.code_region
),
constats AS (
  SELECT l.code_zone, 'densite' AS source, l.code_commune, CAST(z.millesime_densite AS VARCHAR) AS de, CAST(z.millesime_densite AS VARCHAR) AS a
    FROM lieux l
    JOIN zonages_en_vigueur z ON z.code_commune = l.code_commune AND $annee BETWEEN z.depuis AND z.jusque
   WHERE z.densite7 IS NOT NULL
   UNION ALL
  SELECT l.code_zone, 'zonage', l.code_commune, CAST(z.millesime_zonage AS VARCHAR), CAST(z.millesime_zonage AS VARCHAR)
    FROM lieux l
    JOIN zonages_en_vigueur z ON z.code_commune = l.code_commune AND $annee BETWEEN z.depuis AND z.jusque
   WHERE z.zonage_mg IS NOT NULL
   UNION ALL
  SELECT l.code_zone, 'apl', l.code_commune, CAST(z.millesime AS VARCHAR), CAST(z.millesime AS VARCHAR)
    FROM lieux l
    JOIN zonages z ON z.code_commune = l.code_commune
   WHERE z.apl_mg IS NOT NULL
   UNION ALL
  SELECT l.code_zone, 'panel', l.code_commune, max(p.periode), max(p.periode)
    FROM lieux l
    JOIN panel p ON p.code_commune = l.code_commune
   WHERE p.patients_sans_mt IS NOT NULL
   GROUP BY l.code_zone, l.code_commune
   UNION ALL
  SELECT l.code_zone, 'ald', l.code_commune, max(p.periode), max(p.periode)
    FROM lieux l
    JOIN panel p ON p.code_commune = l.code_commune
   WHERE p.ald IS NOT NULL
   GROUP BY l.code_zone, l.code_commune
   UNION ALL
  SELECT l.code_zone, 'ages', l.code_commune, max(p.periode), max(p.periode)
    FROM lieux l
    JOIN panel p ON p.code_commune = l.code_commune
   WHERE p.ages_70_plus IS NOT NULL
   GROUP BY l.code_zone, l.code_commune
   UNION ALL
  SELECT DISTINCT l.code_zone, 'delais', l.code_commune, CAST($annee AS VARCHAR), CAST($annee AS VARCHAR)
    FROM lieux l
    JOIN appartenances a ON a.code_commune = l.code_commune AND $annee BETWEEN a.depuis AND a.jusque
    JOIN demandes_mg d ON d.type_territoire = a.type_territoire AND d.code_territoire = a.code_territoire
   WHERE d.date_demande >= make_date($annee, 1, 1)
     AND d.date_demande < make_date($annee + 1, 1, 1)
   UNION ALL
  SELECT l.code_zone, d.source, l.code_commune, CAST(d.de AS VARCHAR), CAST(d.a AS VARCHAR)
    FROM lieux l
    JOIN declarations d ON d.code_region = l.code_region
),
compte AS (
  SELECT code_zone, source, count(DISTINCT code_commune) AS renseignees, min(de) AS de, max(a) AS a
    FROM constats
   GROUP BY code_zone, source
)
SELECT CAST($annee AS BIGINT) AS annee,
       z.code_zone,
       s.source,
       s.nom_source,
       z.communes,
       COALESCE(c.renseignees, 0) AS renseignees,
       CASE WHEN c.de = c.a THEN c.a ELSE c.de || ' à ' || c.a END AS date_source
  FROM (SELECT code_zone, count(*) AS communes FROM lieux GROUP BY code_zone) AS z
 CROSS JOIN sources s
  LEFT JOIN compte c ON c.code_zone = z.code_zone AND c.source = s.source
 ORDER BY z.code_zone, s.ordre
