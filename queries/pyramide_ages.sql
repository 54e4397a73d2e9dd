/*---
nom = "pyramide_ages"
titre = "Pyramide des âges des patients"
theme = "publics"
definition = "Patients distincts de l'année et leurs consultations, par tranche d'âge et sexe."
formule = "part = patients de la cellule ÷ patients de la zone dans l'année"
unite = "patients"
population = "Patients vus dans l'année, au profil de leur première consultation"
sources = ["consultations", "medicobus"]
limites = [
  "Un croisement âge × sexe se lit par région : à l'échelle d'un médicobus, la plupart des cellules sont masquées.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois ; une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "tranche_age", titre = "Tranche d'âge", role = "categorie", total = "ensemble" },
  { nom = "nom_tranche_age", titre = "Tranche d'âge", role = "libelle" },
  { nom = "sexe", titre = "Sexe", role = "categorie", total = "ensemble" },
  { nom = "nom_sexe", titre = "Sexe", role = "libelle" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone", "tranche_age", "sexe"] },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone", "tranche_age", "sexe"], garde = "patients" },
  { nom = "part", titre = "Part des patients", role = "taux", format = "pourcent", garde = "patients", numerateur = "patients", denominateur = "patients" },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.niveau]
type = "texte"
description = "Zone de chaque ligne ; un croisement de profils se lit par département au plus fin, jamais par médicobus"
valeurs = ["national", "region", "departement"]
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
WITH bus AS (
  -- The projects asked for, and the zone in which each one counts.
  SELECT m.id_medicobus,
         CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'FR'
           WHEN 'region' THEN m.code_region
           WHEN 'departement' THEN m.code_departement
           ELSE m.id_medicobus
         END AS code_zone,
         CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'France'
           WHEN 'region' THEN COALESCE(r.nom_region, m.code_region)
           WHEN 'departement' THEN COALESCE(d.nom_departement, m.code_departement)
           ELSE m.nom
         END AS nom_zone
    FROM medicobus m
    LEFT JOIN regions r ON r.code_region = m.code_region
    LEFT JOIN departements d ON d.code_departement = m.code_departement
   WHERE (CAST($region AS VARCHAR) IS NULL OR m.code_region = CAST($region AS VARCHAR))
     AND (CAST($departement AS VARCHAR) IS NULL OR m.code_departement = CAST($departement AS VARCHAR))
     AND (CAST($medicobus AS VARCHAR) IS NULL OR m.id_medicobus = CAST($medicobus AS VARCHAR))
),
visites AS (
  -- One row per patient; the first consultation is the least by date, then by identifier.
  SELECT c.id_medicobus, COALESCE(c.cle_patient, '#' || CAST(c.date_consultation AS VARCHAR) || c.id_consultation) AS patient,
         min(CAST(c.date_consultation AS VARCHAR) || c.id_consultation) AS premiere,
         count(*) AS consultations
    FROM consultations c
   WHERE c.date_consultation >= make_date($annee, 1, 1)
     AND c.date_consultation < make_date($annee + 1, 1, 1)
   GROUP BY 1, 2
),
patients AS (
  -- The profile is that of the first consultation; ten characters of date stand before its identifier.
  SELECT v.id_medicobus, c.tranche_age, c.sexe, c.ald, c.c2s, c.isole, c.statut_mt, v.consultations
    FROM visites v
    JOIN consultations c ON c.id_medicobus = v.id_medicobus
                        AND c.id_consultation = substr(v.premiere, 11)
                        AND c.date_consultation = CAST(substr(v.premiere, 1, 10) AS DATE)
   WHERE c.date_consultation >= make_date($annee, 1, 1)
     AND c.date_consultation < make_date($annee + 1, 1, 1)
),
profils AS (
  SELECT id_medicobus, tranche_age, COALESCE(sexe, 'inconnu') AS sexe,
         sum(consultations) AS consultations,
         count(*) AS patients
    FROM patients
   GROUP BY 1, 2, 3
),
compte AS (
  SELECT code_zone, nom_zone,
         CASE WHEN grouping(tranche_age) = 1 THEN 'ensemble' ELSE tranche_age END AS tranche_age,
         CASE WHEN grouping(sexe) = 1 THEN 'ensemble' ELSE sexe END AS sexe,
         CAST(sum(patients) AS BIGINT) AS patients,
         CAST(sum(consultations) AS BIGINT) AS consultations
    FROM (SELECT b.code_zone, b.nom_zone, p.tranche_age, p.sexe, p.consultations, p.patients
            FROM profils p
            JOIN bus b ON b.id_medicobus = p.id_medicobus) AS z
   GROUP BY GROUPING SETS ((code_zone, nom_zone, tranche_age, sexe), (code_zone, nom_zone, tranche_age),
                           (code_zone, nom_zone, sexe), (code_zone, nom_zone))
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       tranche_age,
       CASE tranche_age
         WHEN 'ensemble' THEN 'Ensemble'
         WHEN '00-16' THEN '16 ans et moins'
         WHEN '80+' THEN '80 ans et plus'
         ELSE replace(tranche_age, '-', ' à ') || ' ans'
       END AS nom_tranche_age,
       sexe,
       CASE sexe WHEN 'ensemble' THEN 'Ensemble' WHEN 'F' THEN 'Femmes' WHEN 'M' THEN 'Hommes' ELSE 'Inconnu' END AS nom_sexe,
       patients,
       consultations,
       round(10 * (100 * CAST(patients AS DOUBLE) / max(patients) OVER (PARTITION BY code_zone))) / 10 AS part
  FROM compte
 ORDER BY code_zone,
          CASE tranche_age WHEN 'ensemble' THEN 1 ELSE 0 END, tranche_age,
          CASE sexe WHEN 'ensemble' THEN 1 ELSE 0 END, sexe
