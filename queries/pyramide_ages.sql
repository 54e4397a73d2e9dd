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
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
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
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
patients AS (SELECT * FROM profils_annuels WHERE annee = $annee),
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
