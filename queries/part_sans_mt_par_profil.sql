/*---
nom = "part_sans_mt_par_profil"
titre = "Part sans médecin traitant selon l'âge, le sexe et l'ALD"
theme = "medecin_traitant"
definition = "Part des patients de 17 ans et plus sans médecin traitant à leur première consultation de l'année, dans chaque croisement d'âge, de sexe et d'ALD. Sert à standardiser et à séparer ce qui vient des publics de ce qui vient de leur situation."
formule = "part = sans ÷ (avec + indisponible + sans)"
unite = "%"
population = "Patients de 17 ans et plus, première consultation de l'année, situation connue"
sources = ["consultations", "medicobus"]
limites = [
  "Un croisement se lit par région : à l'échelle d'un médicobus, la plupart des cellules sont masquées.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois ; une consultation sans pseudonyme compte pour un patient.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients, l'autre des fichiers.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "tranche_age", titre = "Tranche d'âge", role = "categorie", total = "ensemble" },
  { nom = "sexe", titre = "Sexe", role = "categorie", total = "ensemble" },
  { nom = "ald", titre = "ALD", role = "categorie", total = "ensemble" },
  { nom = "patients_connus", titre = "Patients à situation connue", role = "patients", format = "entier", additif = ["code_zone", "tranche_age", "sexe", "ald"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", format = "entier", additif = ["code_zone", "tranche_age", "sexe", "ald"] },
  { nom = "part_sans_mt", titre = "Part sans médecin traitant", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients_connus" },
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
  SELECT id_medicobus, tranche_age, COALESCE(sexe, 'inconnu') AS sexe, COALESCE(ald, 'inconnu') AS ald,
         count(*) AS connus,
         count(*) FILTER (WHERE statut_mt = 'sans') AS sans
    FROM patients
   WHERE tranche_age <> '00-16'
     AND statut_mt <> 'inconnu'
   GROUP BY 1, 2, 3, 4
),
compte AS (
  -- Every margin is there: the gate then knows each sum along each key.
  SELECT code_zone, nom_zone,
         CASE WHEN grouping(tranche_age) = 1 THEN 'ensemble' ELSE tranche_age END AS tranche_age,
         CASE WHEN grouping(sexe) = 1 THEN 'ensemble' ELSE sexe END AS sexe,
         CASE WHEN grouping(ald) = 1 THEN 'ensemble' ELSE ald END AS ald,
         CAST(sum(connus) AS BIGINT) AS connus,
         CAST(sum(sans) AS BIGINT) AS sans
    FROM (SELECT b.code_zone, b.nom_zone, p.tranche_age, p.sexe, p.ald, p.connus, p.sans
            FROM profils p
            JOIN bus b ON b.id_medicobus = p.id_medicobus) AS z
   GROUP BY GROUPING SETS ((code_zone, nom_zone, tranche_age, sexe, ald),
                           (code_zone, nom_zone, tranche_age, sexe), (code_zone, nom_zone, tranche_age, ald),
                           (code_zone, nom_zone, sexe, ald),
                           (code_zone, nom_zone, tranche_age), (code_zone, nom_zone, sexe), (code_zone, nom_zone, ald),
                           (code_zone, nom_zone))
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       tranche_age,
       sexe,
       ald,
       connus AS patients_connus,
       sans AS sans_mt,
       round(10 * (100 * CAST(sans AS DOUBLE) / connus)) / 10 AS part_sans_mt
  FROM compte
 ORDER BY code_zone,
          CASE tranche_age WHEN 'ensemble' THEN 1 ELSE 0 END, tranche_age,
          CASE sexe WHEN 'ensemble' THEN 1 ELSE 0 END, sexe,
          CASE ald WHEN 'ensemble' THEN 1 ELSE 0 END, ald
