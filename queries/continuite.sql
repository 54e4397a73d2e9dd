/*---
nom = "continuite"
titre = "Continuité des soins"
theme = "organisation"
definition = "Part des consultations que les patients revenus dans l'année ont eues avec leur praticien habituel, celui qu'ils ont le plus vu au médicobus dans l'année."
formule = "part = Σ consultations avec le praticien habituel ÷ Σ consultations au praticien connu (indice UPC)"
unite = "% des consultations"
population = "Patients ayant au moins deux consultations de même discipline au praticien connu dans l'année"
sources = ["consultations", "medicobus"]
limites = [
  "Un patient fidèle n'a vu qu'un praticien dans chaque discipline où il est revenu ; une discipline vue une seule fois ne compte pas.",
  "Avec deux consultations, la part ne peut descendre sous 50 % : lisez-la avec le nombre de consultations par patient.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "patients", titre = "Patients revenus", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "praticien_habituel", titre = "Avec le praticien habituel", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "part_habituel", titre = "Part avec le praticien habituel", role = "taux", format = "pourcent", garde = "patients", numerateur = "praticien_habituel", denominateur = "consultations" },
  { nom = "fideles", titre = "Patients n'ayant vu qu'un praticien par discipline", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_fideles", titre = "Part n'ayant vu qu'un praticien par discipline", role = "taux", format = "pourcent", numerateur = "fideles", denominateur = "patients" },
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

[[identites]]
colonnes = ["patients"]
mesure = "patients_revenus"

[[identites]]
colonnes = ["consultations"]
mesure = "consultations_revenus"
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
couples AS (
  -- Within one discipline: seeing the dentist once is no break with the GP.
  SELECT c.id_medicobus, c.patient, c.discipline, c.cle_praticien, count(*) AS consultations
    FROM visites c
   WHERE c.annee = $annee
     AND c.cle_praticien IS NOT NULL
   GROUP BY 1, 2, 3, 4
),
suivis AS (
  SELECT id_medicobus, patient, discipline,
         sum(consultations) AS consultations,
         max(consultations) AS habituel
    FROM couples
   GROUP BY id_medicobus, patient, discipline
  HAVING sum(consultations) >= 2
),
par_patient AS (
  SELECT id_medicobus, patient,
         sum(consultations) AS consultations,
         sum(habituel) AS habituel
    FROM suivis
   GROUP BY id_medicobus, patient
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.code_zone,
       b.nom_zone,
       count(*) AS patients,
       CAST(sum(p.consultations) AS BIGINT) AS consultations,
       CAST(sum(p.habituel) AS BIGINT) AS praticien_habituel,
       round(10 * (100 * CAST(sum(p.habituel) AS DOUBLE) / CAST(sum(p.consultations) AS DOUBLE))) / 10 AS part_habituel,
       count(*) FILTER (WHERE p.habituel = p.consultations) AS fideles,
       round(10 * (100 * CAST(count(*) FILTER (WHERE p.habituel = p.consultations) AS DOUBLE) / count(*))) / 10 AS part_fideles
  FROM par_patient p
  JOIN bus b ON b.id_medicobus = p.id_medicobus
 GROUP BY b.code_zone, b.nom_zone
 ORDER BY b.code_zone
