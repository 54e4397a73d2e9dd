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
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
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
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
patients AS (SELECT * FROM profils_annuels WHERE annee = $annee),
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
