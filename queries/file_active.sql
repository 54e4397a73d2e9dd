/*---
nom = "file_active"
titre = "File active, nouveaux patients et patients revenus"
theme = "publics"
definition = "Patients distincts de la période : ceux que le médicobus voit pour la première fois dans l'année et ceux qu'il connaissait avant le 1er janvier ; consultations des uns et des autres."
formule = "nouveau = première consultation connue dans l'année ; connu = première consultation connue avant l'année ; fréquence = consultations ÷ patients"
unite = "patients"
population = "Patients vus au moins une fois dans la période"
sources = ["consultations", "medicobus"]
limites = [
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "Au pas trimestriel ou mensuel, un patient nouveau l'est toute l'année, et compte dans chaque période où il est venu : les patients ne s'additionnent pas d'une période à l'autre.",
  "La première année livrée, un patient d'avant les livraisons passe pour nouveau.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "anciennete", titre = "Ancienneté", role = "categorie", total = "ensemble" },
  { nom = "nom_anciennete", titre = "Ancienneté", role = "libelle" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone", "anciennete"] },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone", "anciennete", "periode"], garde = "patients" },
  { nom = "part", titre = "Part des patients", role = "taux", format = "pourcent", garde = "patients", numerateur = "patients", denominateur = "patients" },
  { nom = "consultations_par_patient", titre = "Consultations par patient", role = "mesure", format = "decimal2", garde = "patients", numerateur = "consultations" },
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
  SELECT c.id_medicobus, c.patient,
         CASE WHEN $pas = 'mois' THEN c.mois WHEN $pas = 'trimestre' THEN c.trimestre ELSE CAST($annee AS VARCHAR) END AS periode,
         count(*) AS consultations
    FROM visites c
   WHERE c.annee = $annee
   GROUP BY 1, 2, 3
),
anciens AS (
  -- A patient is new all the year long when no earlier year saw them; without a pseudonym none is known again.
  SELECT DISTINCT c.id_medicobus, c.cle_patient AS patient
    FROM consultations c
   WHERE c.date_consultation < make_date($annee, 1, 1)
     AND c.cle_patient IS NOT NULL
),
par_bus AS (
  SELECT v.id_medicobus, v.periode,
         CASE WHEN a.patient IS NULL THEN 'nouveau' ELSE 'connu' END AS anciennete,
         count(*) AS patients,
         sum(v.consultations) AS consultations
    FROM vus v
    LEFT JOIN anciens a ON a.id_medicobus = v.id_medicobus AND a.patient = v.patient
   GROUP BY 1, 2, 3
),
compte AS (
  SELECT periode, code_zone, nom_zone,
         CASE WHEN grouping(anciennete) = 1 THEN 'ensemble' ELSE anciennete END AS anciennete,
         CAST(sum(patients) AS BIGINT) AS patients,
         CAST(sum(consultations) AS BIGINT) AS consultations
    FROM (SELECT p.periode, b.code_zone, b.nom_zone, p.anciennete, p.patients, p.consultations
            FROM par_bus p
            JOIN bus b ON b.id_medicobus = p.id_medicobus) AS z
   GROUP BY GROUPING SETS ((periode, code_zone, nom_zone, anciennete), (periode, code_zone, nom_zone))
)
SELECT periode,
       code_zone,
       nom_zone,
       anciennete,
       CASE anciennete WHEN 'nouveau' THEN 'Nouveaux patients' WHEN 'connu' THEN 'Patients déjà connus' ELSE 'Ensemble' END AS nom_anciennete,
       patients,
       consultations,
       round(10 * (100 * CAST(patients AS DOUBLE) / max(patients) OVER (PARTITION BY code_zone, periode))) / 10 AS part,
       round(100 * (CAST(consultations AS DOUBLE) / patients)) / 100 AS consultations_par_patient
  FROM compte
 ORDER BY code_zone, periode,
          CASE anciennete WHEN 'nouveau' THEN 0 WHEN 'connu' THEN 1 ELSE 2 END
