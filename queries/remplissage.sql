/*---
nom = "remplissage"
titre = "Remplissage des créneaux et absences"
theme = "organisation"
definition = "Créneaux offerts, honorés, perdus par absence ou annulation, et consultations par jour de sortie."
formule = "remplissage = créneaux honorés ÷ créneaux offerts ; absences = absences ÷ (honorés + absences) ; par jour = honorés ÷ jours de sortie"
unite = "% des créneaux"
population = "Tournées non annulées de la période ; les absences et annulations, sur les tournées qui les déclarent"
sources = ["tournees", "consultations", "medicobus"]
limites = [
  "Les créneaux viennent des tournées, les consultations de leur propre table : un écart entre les deux se lit dans la complétude.",
  "Le secret se règle sur les patients vus, faute de connaître les absents.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "patients", titre = "Patients vus", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "jours_sortie", titre = "Jours de sortie", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "creneaux_offerts", titre = "Créneaux offerts", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "creneaux_honores", titre = "Créneaux honorés", role = "effectif", format = "entier", additif = ["code_zone", "periode"], garde = "patients" },
  { nom = "taux_remplissage", titre = "Taux de remplissage", role = "mesure", format = "pourcent", garde = "patients", numerateur = "creneaux_honores" },
  { nom = "honores_par_jour", titre = "Honorés par jour de sortie", role = "mesure", format = "decimal1", garde = "patients", numerateur = "creneaux_honores" },
  { nom = "absences", titre = "Absences", role = "effectif", format = "entier", additif = ["code_zone", "periode"], garde = "patients" },
  { nom = "taux_absences", titre = "Taux d'absences", role = "mesure", format = "pourcent", garde = "patients", numerateur = "absences", denominateur = "creneaux_honores" },
  { nom = "annulations", titre = "Annulations", role = "effectif", format = "entier", additif = ["code_zone", "periode"], garde = "patients" },
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
defaut = "annee"
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
vus AS (
  SELECT DISTINCT c.id_medicobus,
         CASE WHEN $pas = 'mois' THEN c.mois WHEN $pas = 'trimestre' THEN c.trimestre ELSE CAST($annee AS VARCHAR) END AS periode,
         c.patient
    FROM visites c
   WHERE c.annee = $annee
),
patients AS (
  SELECT v.periode, b.code_zone, count(*) AS patients
    FROM vus v
    JOIN bus b ON b.id_medicobus = v.id_medicobus
   GROUP BY v.periode, b.code_zone
),
jours AS (
  SELECT t.id_medicobus, t.date,
         sum(t.creneaux_offerts) AS offerts,
         sum(t.creneaux_honores) AS honores,
         sum(t.absences) AS absences,
         sum(t.annulations) AS annulations,
         sum(CASE WHEN t.absences IS NOT NULL THEN t.creneaux_honores + t.absences END) AS attendus
    FROM tournees t
   WHERE t.date >= make_date($annee, 1, 1)
     AND t.date < make_date($annee + 1, 1, 1)
     AND COALESCE(t.annulee, 'non') <> 'oui'
   GROUP BY t.id_medicobus, t.date
),
compte AS (
  SELECT CASE CAST($pas AS VARCHAR)
           WHEN 'mois' THEN substr(CAST(j.date AS VARCHAR), 1, 7)
           WHEN 'trimestre' THEN CAST($annee AS VARCHAR) || '-T' || CAST(extract(quarter FROM j.date) AS VARCHAR)
           ELSE CAST($annee AS VARCHAR)
         END AS periode,
         b.code_zone, b.nom_zone,
         count(*) AS jours,
         CAST(sum(j.offerts) AS BIGINT) AS offerts,
         CAST(sum(j.honores) AS BIGINT) AS honores,
         CAST(sum(j.absences) AS BIGINT) AS absences,
         CAST(sum(j.annulations) AS BIGINT) AS annulations,
         CAST(sum(j.attendus) AS BIGINT) AS attendus
    FROM jours j
    JOIN bus b ON b.id_medicobus = j.id_medicobus
   GROUP BY 1, 2, 3
)
SELECT c.periode,
       c.code_zone,
       c.nom_zone,
       COALESCE(p.patients, 0) AS patients,
       c.jours AS jours_sortie,
       c.offerts AS creneaux_offerts,
       c.honores AS creneaux_honores,
       round(10 * (100 * CAST(c.honores AS DOUBLE) / NULLIF(c.offerts, 0))) / 10 AS taux_remplissage,
       round(10 * (CAST(c.honores AS DOUBLE) / c.jours)) / 10 AS honores_par_jour,
       c.absences,
       round(10 * (100 * CAST(c.absences AS DOUBLE) / NULLIF(c.attendus, 0))) / 10 AS taux_absences,
       c.annulations
  FROM compte c
  LEFT JOIN patients p ON p.code_zone = c.code_zone AND p.periode = c.periode
 ORDER BY c.code_zone, c.periode
