/*---
nom = "eligibilite"
titre = "Éligibilité des arrêts"
theme = "organisation"
definition = "Communes où un médicobus s'est arrêté dans l'année : rurales (densité 5, 6 ou 7 de la grille de l'INSEE), en zone d'intervention prioritaire ou d'action complémentaire, et les deux à la fois, comme l'instruction le demande. Un arrêt est jugé par ce qui était en vigueur à l'ouverture de son médicobus."
formule = "éligible = densité parmi {5, 6, 7} et zonage parmi {ZIP, ZAC} ; part = communes éligibles ÷ communes aux deux faits connus"
unite = "communes"
population = "Communes ayant reçu au moins une tournée non annulée dans l'année ; densité et zonage en vigueur l'année de la mise en service du médicobus, à défaut de sa labellisation, à défaut l'année étudiée"
sources = ["tournees", "medicobus", "zonages", "communes"]
limites = [
  "Le zonage des médecins est celui que l'utilisateur a chargé ; un zonage compilé n'est qu'indicatif.",
  "« Indicatif » : faute de millésime antérieur, une commune au moins est jugée par un millésime postérieur à l'ouverture de son médicobus.",
  "Une commune desservie par deux médicobus compte une fois par zone, éligible dès qu'elle l'était pour l'un : les communes ne s'additionnent pas d'une zone à l'autre.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "communes", titre = "Communes desservies", role = "ouvert", format = "entier" },
  { nom = "rurales", titre = "Rurales", role = "ouvert", format = "entier" },
  { nom = "zip_zac", titre = "En ZIP ou ZAC", role = "ouvert", format = "entier" },
  { nom = "eligibles", titre = "Éligibles", role = "ouvert", format = "entier" },
  { nom = "part_eligibles", titre = "Part éligible", role = "ouvert", format = "pourcent" },
  { nom = "millesime_densite", titre = "Millésime de la densité", role = "ouvert", format = "texte" },
  { nom = "millesime_zonage", titre = "Millésime du zonage", role = "ouvert", format = "texte" },
  { nom = "indicatives", titre = "Jugées par un millésime postérieur", role = "ouvert", format = "entier" },
  { nom = "indeterminees", titre = "Densité ou zonage inconnu", role = "ouvert", format = "entier" },
  { nom = "tournees", titre = "Tournées", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "tournees_eligibles", titre = "Tournées en commune éligible", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "part_tournees_eligibles", titre = "Part des tournées", role = "ouvert", format = "pourcent" },
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
ouvertures AS (
  SELECT code_region, id_medicobus,
         COALESCE(CAST(extract(year FROM COALESCE(date_mise_en_service, date_labellisation)) AS BIGINT), $annee) AS ouverture
    FROM medicobus
),
arrets AS (
  SELECT b.code_zone, b.nom_zone, t.code_commune, o.ouverture, count(*) AS tournees
    FROM tournees_tenues t
    JOIN bus b ON b.id_medicobus = t.id_medicobus
    JOIN ouvertures o ON o.id_medicobus = b.id_medicobus AND o.code_region = b.code_region
   WHERE t.annee = $annee
   GROUP BY b.code_zone, b.nom_zone, t.code_commune, o.ouverture
),
-- By opening: what was in force then, and whether that is later than the opening.
classes AS (
  SELECT a.code_zone, a.nom_zone, a.code_commune, a.tournees,
         CASE WHEN z.densite7 IN (5, 6, 7) THEN 1 ELSE 0 END AS rurale,
         CASE WHEN z.zonage_mg IN ('ZIP', 'ZAC') THEN 1 ELSE 0 END AS zip_zac,
         CASE z.eligible WHEN 'oui' THEN 2 WHEN 'non' THEN 1 ELSE 0 END AS eligible,
         z.millesime_densite, z.millesime_zonage,
         CASE WHEN z.millesime_densite > a.ouverture THEN 1 ELSE 0 END AS densite_apres,
         CASE WHEN z.millesime_zonage > a.ouverture THEN 1 ELSE 0 END AS zonage_apres
    FROM arrets a
    LEFT JOIN zonages_en_vigueur z ON z.code_commune = a.code_commune AND a.ouverture BETWEEN z.depuis AND z.jusque
),
jugees AS (
  SELECT code_zone, nom_zone, code_commune,
         max(rurale) AS rurale, max(zip_zac) AS zip_zac, max(eligible) AS eligible,
         min(millesime_densite) AS densite_de, max(millesime_densite) AS densite_a, max(densite_apres) AS densite_apres,
         min(millesime_zonage) AS zonage_de, max(millesime_zonage) AS zonage_a, max(zonage_apres) AS zonage_apres,
         sum(tournees) AS tournees,
         sum(CASE WHEN eligible = 2 THEN tournees ELSE 0 END) AS tournees_eligibles,
         sum(CASE WHEN eligible > 0 THEN tournees ELSE 0 END) AS tournees_jugees
    FROM classes
   GROUP BY code_zone, nom_zone, code_commune
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       count(*) AS communes,
       CAST(sum(rurale) AS BIGINT) AS rurales,
       CAST(sum(zip_zac) AS BIGINT) AS zip_zac,
       count(*) FILTER (WHERE eligible = 2) AS eligibles,
       round(10 * (100 * CAST(count(*) FILTER (WHERE eligible = 2) AS DOUBLE)
             / NULLIF(count(*) FILTER (WHERE eligible > 0), 0))) / 10 AS part_eligibles,
       CAST(min(densite_de) AS VARCHAR)
         || CASE WHEN min(densite_de) < max(densite_a) THEN ' à ' || CAST(max(densite_a) AS VARCHAR) ELSE '' END
         || CASE WHEN max(densite_apres) = 1 THEN ', indicatif' ELSE '' END AS millesime_densite,
       CAST(min(zonage_de) AS VARCHAR)
         || CASE WHEN min(zonage_de) < max(zonage_a) THEN ' à ' || CAST(max(zonage_a) AS VARCHAR) ELSE '' END
         || CASE WHEN max(zonage_apres) = 1 THEN ', indicatif' ELSE '' END AS millesime_zonage,
       count(*) FILTER (WHERE densite_apres + zonage_apres > 0) AS indicatives,
       count(*) FILTER (WHERE eligible = 0) AS indeterminees,
       CAST(sum(tournees) AS BIGINT) AS tournees,
       CAST(sum(tournees_eligibles) AS BIGINT) AS tournees_eligibles,
       round(10 * (100 * CAST(sum(tournees_eligibles) AS DOUBLE)
             / NULLIF(CAST(sum(tournees_jugees) AS DOUBLE), 0))) / 10 AS part_tournees_eligibles
  FROM jugees
 GROUP BY code_zone, nom_zone
 ORDER BY code_zone
