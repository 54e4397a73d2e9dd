/*---
nom = "consultations_par_mois"
titre = "Activité par mois"
theme = "activite"
definition = "Consultations honorées, patients distincts et sorties, par mois (ou trimestre, ou année)."
formule = "consultations par jour de sortie = consultations ÷ jours où le médicobus est sorti"
unite = "consultations"
population = "Consultations honorées et tournées non annulées de la période"
sources = ["consultations", "tournees", "medicobus"]
limites = [
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "Les patients d'un mois ne s'additionnent pas d'un mois à l'autre : le même patient revient.",
  "Une tournée est un arrêt d'un jour ; un jour de sortie peut en compter plusieurs.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone", "periode"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "tournees", titre = "Tournées", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "jours_sortie", titre = "Jours de sortie", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "consultations_par_jour", titre = "Consultations par jour de sortie", role = "mesure", format = "decimal1", garde = "patients", numerateur = "consultations" },
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

[parametres.pas]
type = "texte"
description = "Pas de temps des lignes"
valeurs = ["annee", "trimestre", "mois"]
defaut = "mois"
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
vus AS (
  -- One row per patient and period, so that counting rows counts distinct patients.
  SELECT c.id_medicobus,
         CASE WHEN $pas = 'mois' THEN c.mois WHEN $pas = 'trimestre' THEN c.trimestre ELSE CAST($annee AS VARCHAR) END AS periode,
         c.patient,
         count(*) AS consultations
    FROM visites c
   WHERE c.annee = $annee
   GROUP BY 1, 2, 3
),
jours AS (
  SELECT t.id_medicobus, t.date, t.mois, t.trimestre, count(*) AS tournees
    FROM tournees_tenues t
   WHERE t.annee = $annee
   GROUP BY t.id_medicobus, t.date, t.mois, t.trimestre
),
mesures AS (
  SELECT id_medicobus, periode, consultations, 1 AS patients, 0 AS tournees, 0 AS jours
    FROM vus
   UNION ALL
  SELECT t.id_medicobus,
         CASE WHEN $pas = 'mois' THEN t.mois WHEN $pas = 'trimestre' THEN t.trimestre ELSE CAST($annee AS VARCHAR) END AS periode,
         0, 0, t.tournees, 1
    FROM jours t
),
compte AS (
  SELECT m.periode, b.code_zone, b.nom_zone,
         CAST(sum(m.consultations) AS BIGINT) AS consultations,
         CAST(sum(m.patients) AS BIGINT) AS patients,
         CAST(sum(m.tournees) AS BIGINT) AS tournees,
         CAST(sum(m.jours) AS BIGINT) AS jours_sortie
    FROM mesures m
    JOIN bus b ON b.id_medicobus = m.id_medicobus
   GROUP BY m.periode, b.code_zone, b.nom_zone
)
SELECT periode,
       code_zone,
       nom_zone,
       consultations,
       patients,
       tournees,
       jours_sortie,
       round(10 * (CAST(consultations AS DOUBLE) / NULLIF(jours_sortie, 0))) / 10 AS consultations_par_jour
  FROM compte
 ORDER BY code_zone, periode
