/*---
nom = "demandes_cellule"
titre = "Demandes reçues par la cellule de coordination"
theme = "organisation"
definition = "Demandes de rendez-vous que la cellule de coordination a reçues dans l'année, et suites données : rendez-vous à bord, autre offre de soins, refus."
formule = "part = demandes de la suite ÷ demandes reçues ; une demande peut n'avoir aucune de ces suites"
unite = "demandes"
population = "Demandes des mois que les médicobus déclarent"
sources = ["demandes", "consultations", "medicobus"]
limites = [
  "Une personne qui appelle deux fois compte pour deux demandes.",
  "Le secret se règle sur les patients vus, faute de connaître ceux qui ont appelé.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "patients", titre = "Patients vus", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "medicobus_declares", titre = "Médicobus qui les déclarent", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "appels", titre = "Demandes reçues", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "appels_rendez_vous", titre = "Suivies d'un rendez-vous", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "part_rendez_vous", titre = "Part suivie d'un rendez-vous", role = "mesure", format = "pourcent", garde = "patients", numerateur = "appels_rendez_vous", denominateur = "appels" },
  { nom = "appels_reorientes", titre = "Réorientées", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "appels_refuses", titre = "Refusées", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "part_refusees", titre = "Part refusée", role = "mesure", format = "pourcent", garde = "patients", numerateur = "appels_refuses", denominateur = "appels" },
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
patients AS (
  SELECT b.code_zone, count(*) AS patients
    FROM profils_annuels p
    JOIN bus b ON b.id_medicobus = p.id_medicobus
   WHERE p.annee = $annee
   GROUP BY b.code_zone
),
compte AS (
  SELECT b.code_zone, b.nom_zone,
         count(DISTINCT d.id_medicobus) AS medicobus_declares,
         CAST(sum(d.demandes) AS BIGINT) AS appels,
         CAST(sum(d.rendez_vous) AS BIGINT) AS appels_rendez_vous,
         CAST(sum(d.reorientees) AS BIGINT) AS appels_reorientes,
         CAST(sum(d.refusees) AS BIGINT) AS appels_refuses
    FROM demandes d
    JOIN bus b ON b.id_medicobus = d.id_medicobus
   WHERE substr(CAST(d.mois AS VARCHAR), 1, 4) = CAST($annee AS VARCHAR)
   GROUP BY b.code_zone, b.nom_zone
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       c.nom_zone,
       COALESCE(p.patients, 0) AS patients,
       c.medicobus_declares,
       c.appels,
       c.appels_rendez_vous,
       round(10 * (100 * CAST(c.appels_rendez_vous AS DOUBLE) / NULLIF(c.appels, 0))) / 10 AS part_rendez_vous,
       c.appels_reorientes,
       c.appels_refuses,
       round(10 * (100 * CAST(c.appels_refuses AS DOUBLE) / NULLIF(c.appels, 0))) / 10 AS part_refusees
  FROM compte c
  LEFT JOIN patients p ON p.code_zone = c.code_zone
 ORDER BY c.code_zone
