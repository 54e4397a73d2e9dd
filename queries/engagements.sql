/*---
nom = "engagements"
titre = "Porteurs, cofinancement et engagements"
theme = "financement"
definition = "Projets de l'année : combien sont portés par une CPTS, combien ont au moins deux financeurs, ce que les financements accordés ont d'engagé ; objectif de médicobus et enveloppe du fonds d'intervention régional (FIR) que la région déclare."
formule = "part engagée = engagé ÷ montant des financements dont l'engagement est déclaré ; part de l'enveloppe = montant engagé ÷ enveloppe ; part de l'objectif = médicobus en service à la fin de l'année ÷ objectif"
unite = "selon la colonne"
population = "Projets labellisés ou en service avant la fin de l'année, et qui n'ont pas pris fin avant elle"
sources = ["medicobus", "financements", "objectifs"]
limites = [
  "Objectif et enveloppe sont déclarés par région : une région qui n'en déclare pas n'y compte ni en haut ni en bas.",
  "Un engagement est celui que le porteur ou la région déclare ; un financement sans engagement déclaré n'entre pas dans la part engagée.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "projets", titre = "Projets", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "portes_cpts", titre = "Portés par une CPTS", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "part_cpts", titre = "Part portée par une CPTS", role = "ouvert", format = "pourcent" },
  { nom = "finances", titre = "Projets financés", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "cofinances", titre = "Par deux financeurs ou plus", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "part_cofinances", titre = "Part cofinancée", role = "ouvert", format = "pourcent" },
  { nom = "montant_suivi", titre = "Montant à l'engagement déclaré", role = "ouvert", format = "euros", additif = ["code_zone"] },
  { nom = "engage", titre = "Engagé", role = "ouvert", format = "euros", additif = ["code_zone"] },
  { nom = "part_engagee", titre = "Part engagée", role = "ouvert", format = "pourcent" },
  { nom = "enveloppe_fir", titre = "Enveloppe FIR", role = "ouvert", format = "euros" },
  { nom = "enveloppe_engagee", titre = "Enveloppe engagée", role = "ouvert", format = "euros" },
  { nom = "part_enveloppe", titre = "Part de l'enveloppe", role = "ouvert", format = "pourcent" },
  { nom = "cible", titre = "Objectif de médicobus", role = "ouvert", format = "entier" },
  { nom = "en_service", titre = "En service, là où un objectif est déclaré", role = "ouvert", format = "entier" },
  { nom = "part_cible", titre = "Part de l'objectif", role = "ouvert", format = "pourcent" },
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
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
projets AS (
  SELECT b.code_zone, b.nom_zone, b.id_medicobus, b.code_region, m.porteur_type,
         m.date_mise_en_service < make_date($annee + 1, 1, 1)
           AND (m.date_fin IS NULL OR m.date_fin >= make_date($annee + 1, 1, 1)) AS en_service
    FROM bus b
    JOIN medicobus m ON m.id_medicobus = b.id_medicobus
   WHERE COALESCE(m.date_labellisation, m.date_mise_en_service) < make_date($annee + 1, 1, 1)
     AND (m.date_fin IS NULL OR m.date_fin >= make_date($annee, 1, 1))
),
apports AS (
  SELECT id_medicobus,
         count(DISTINCT financeur) AS financeurs,
         sum(engage) AS engage,
         sum(CASE WHEN engage IS NOT NULL THEN montant END) AS montant_suivi
    FROM financements
   WHERE annee = $annee
   GROUP BY id_medicobus
),
compte AS (
  SELECT p.code_zone, p.nom_zone,
         count(*) AS projets,
         count(*) FILTER (WHERE p.porteur_type = 'cpts') AS portes_cpts,
         count(a.id_medicobus) AS finances,
         count(*) FILTER (WHERE a.financeurs >= 2) AS cofinances,
         sum(a.montant_suivi) AS montant_suivi,
         sum(a.engage) AS engage
    FROM projets p
    LEFT JOIN apports a ON a.id_medicobus = p.id_medicobus
   GROUP BY p.code_zone, p.nom_zone
),
par_region AS (
  -- A région's own line of each zone: what it declares counts once, and where it is whole, so not in a département nor for a bus.
  SELECT code_zone, code_region, count(*) FILTER (WHERE en_service) AS en_service
    FROM projets
   WHERE $niveau IN ('national', 'region')
   GROUP BY code_zone, code_region
),
objectifs_declares AS (
  SELECT r.code_zone,
         sum(o.enveloppe_fir) AS enveloppe_fir,
         sum(CASE WHEN o.enveloppe_fir IS NOT NULL THEN o.montant_engage END) AS enveloppe_engagee,
         CAST(sum(o.cible_medicobus) AS BIGINT) AS cible,
         CAST(sum(CASE WHEN o.cible_medicobus IS NOT NULL THEN r.en_service END) AS BIGINT) AS en_service
    FROM par_region r
    JOIN objectifs o ON o.code_region = r.code_region AND o.annee = $annee
   GROUP BY r.code_zone
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       c.nom_zone,
       c.projets,
       c.portes_cpts,
       round(10 * (100 * CAST(c.portes_cpts AS DOUBLE) / c.projets)) / 10 AS part_cpts,
       c.finances,
       c.cofinances,
       round(10 * (100 * CAST(c.cofinances AS DOUBLE) / NULLIF(c.finances, 0))) / 10 AS part_cofinances,
       c.montant_suivi,
       c.engage,
       round(10 * (100 * CAST(c.engage AS DOUBLE) / NULLIF(CAST(c.montant_suivi AS DOUBLE), 0))) / 10 AS part_engagee,
       o.enveloppe_fir,
       o.enveloppe_engagee,
       round(10 * (100 * CAST(o.enveloppe_engagee AS DOUBLE) / NULLIF(CAST(o.enveloppe_fir AS DOUBLE), 0))) / 10 AS part_enveloppe,
       o.cible,
       o.en_service,
       round(10 * (100 * CAST(o.en_service AS DOUBLE) / NULLIF(o.cible, 0))) / 10 AS part_cible
  FROM compte c
  LEFT JOIN objectifs_declares o ON o.code_zone = c.code_zone
 ORDER BY c.code_zone
