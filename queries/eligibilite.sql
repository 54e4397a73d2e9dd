/*---
nom = "eligibilite"
titre = "Éligibilité des arrêts"
theme = "organisation"
definition = "Communes où un médicobus s'est arrêté dans l'année : rurales (densité 5, 6 ou 7 de la grille de l'INSEE), en zone d'intervention prioritaire ou d'action complémentaire, et les deux à la fois, comme l'instruction le demande."
formule = "éligible = densité parmi {5, 6, 7} et zonage parmi {ZIP, ZAC} ; part = communes éligibles ÷ communes aux deux faits connus"
unite = "communes"
population = "Communes ayant reçu au moins une tournée non annulée dans l'année ; zonages en vigueur cette année-là"
sources = ["tournees", "medicobus", "zonages", "communes"]
limites = [
  "Le zonage des médecins est celui que l'utilisateur a chargé ; un zonage compilé n'est qu'indicatif.",
  "Une commune desservie par deux médicobus compte une fois par zone : les communes ne s'additionnent pas d'une zone à l'autre.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "communes", titre = "Communes desservies", role = "ouvert", format = "entier" },
  { nom = "rurales", titre = "Rurales", role = "ouvert", format = "entier" },
  { nom = "zip_zac", titre = "En ZIP ou ZAC", role = "ouvert", format = "entier" },
  { nom = "eligibles", titre = "Éligibles", role = "ouvert", format = "entier" },
  { nom = "indeterminees", titre = "Densité ou zonage inconnu", role = "ouvert", format = "entier" },
  { nom = "part_eligibles", titre = "Part éligible", role = "ouvert", format = "pourcent" },
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
arrets AS (
  SELECT b.code_zone, b.nom_zone, t.code_commune, count(*) AS tournees
    FROM tournees_tenues t
    JOIN bus b ON b.id_medicobus = t.id_medicobus
   WHERE t.annee = $annee
   GROUP BY b.code_zone, b.nom_zone, t.code_commune
),
classes AS (
  SELECT a.code_zone, a.nom_zone, a.tournees, z.densite7, z.zonage_mg,
         COALESCE(z.eligible, 'inconnu') AS eligible
    FROM arrets a
    LEFT JOIN zonages_en_vigueur z ON z.code_commune = a.code_commune AND $annee BETWEEN z.depuis AND z.jusque
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       count(*) AS communes,
       count(*) FILTER (WHERE densite7 IN (5, 6, 7)) AS rurales,
       count(*) FILTER (WHERE zonage_mg IN ('ZIP', 'ZAC')) AS zip_zac,
       count(*) FILTER (WHERE eligible = 'oui') AS eligibles,
       count(*) FILTER (WHERE eligible = 'inconnu') AS indeterminees,
       round(10 * (100 * CAST(count(*) FILTER (WHERE eligible = 'oui') AS DOUBLE)
             / NULLIF(count(*) FILTER (WHERE eligible <> 'inconnu'), 0))) / 10 AS part_eligibles,
       CAST(sum(tournees) AS BIGINT) AS tournees,
       CAST(COALESCE(sum(CASE WHEN eligible = 'oui' THEN tournees END), 0) AS BIGINT) AS tournees_eligibles,
       round(10 * (100 * CAST(COALESCE(sum(CASE WHEN eligible = 'oui' THEN tournees END), 0) AS DOUBLE)
             / NULLIF(CAST(sum(CASE WHEN eligible <> 'inconnu' THEN tournees END) AS DOUBLE), 0))) / 10 AS part_tournees_eligibles
  FROM classes
 GROUP BY code_zone, nom_zone
 ORDER BY code_zone
