/*---
nom = "activite_par_medicobus"
titre = "Activité de chaque médicobus"
theme = "activite"
definition = "Une ligne par médicobus sorti dans l'année : communes desservies, jours de sortie, consultations, patients, part sans médecin traitant, délai médian."
formule = "voir consultations_par_mois, part_sans_mt_patients et delai_rendez_vous"
unite = "consultations"
population = "Médicobus ayant au moins une sortie ou une consultation dans l'année"
sources = ["consultations", "tournees", "medicobus"]
limites = [
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "Un médicobus récent monte en charge : comparez-le à lui-même avant de le comparer aux autres.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Médicobus", role = "zone" },
  { nom = "nom_zone", titre = "Nom", role = "libelle" },
  { nom = "code_region", titre = "Région", role = "libelle" },
  { nom = "code_departement", titre = "Département", role = "libelle" },
  { nom = "porteur_type", titre = "Porteur", role = "libelle" },
  { nom = "date_mise_en_service", titre = "Mise en service", role = "ouvert", format = "date" },
  { nom = "date_fin", titre = "Fin", role = "ouvert", format = "date" },
  { nom = "jours_par_semaine", titre = "Jours par semaine", role = "ouvert", format = "decimal1" },
  { nom = "communes", titre = "Communes desservies", role = "ouvert", format = "entier" },
  { nom = "jours_sortie", titre = "Jours de sortie", role = "ouvert", format = "entier" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "consultations_par_jour", titre = "Consultations par jour de sortie", role = "mesure", format = "decimal1", garde = "patients", numerateur = "consultations" },
  { nom = "patients_connus", titre = "Patients de 17 ans et plus à situation connue", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_sans_mt", titre = "Part sans médecin traitant", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients_connus" },
  { nom = "patients_delai", titre = "Patients au délai connu", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "delai_median", titre = "Délai médian de rendez-vous", role = "mesure", format = "jours", garde = "patients_delai" },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

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
WITH patients AS (
  SELECT id_medicobus,
         CAST(sum(consultations) AS BIGINT) AS consultations,
         count(*) AS patients,
         count(*) FILTER (WHERE tranche_age <> '00-16' AND statut_mt <> 'inconnu') AS connus,
         count(*) FILTER (WHERE tranche_age <> '00-16' AND statut_mt = 'sans') AS sans,
         count(*) FILTER (WHERE delais > 0) AS patients_delai
    FROM profils_annuels
   WHERE annee = $annee
   GROUP BY id_medicobus
),
delais AS (
  SELECT c.id_medicobus,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(c.attente AS DOUBLE)) AS mediane
    FROM visites c
   WHERE c.annee = $annee
     AND c.attente IS NOT NULL
   GROUP BY c.id_medicobus
),
sorties AS (
  SELECT id_medicobus, count(DISTINCT date) AS jours, count(DISTINCT code_commune) AS communes
    FROM tournees_tenues
   WHERE annee = $annee
   GROUP BY id_medicobus
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.id_medicobus AS code_zone,
       b.nom AS nom_zone,
       b.code_region,
       b.code_departement,
       CASE b.porteur_type
         WHEN 'cpts' THEN 'CPTS'
         WHEN 'msp' THEN 'maison de santé'
         WHEN 'centre_de_sante' THEN 'centre de santé'
         WHEN 'etablissement_de_sante' THEN 'établissement de santé'
         WHEN 'collectivite' THEN 'collectivité'
         ELSE b.porteur_type
       END AS porteur_type,
       b.date_mise_en_service,
       b.date_fin,
       CAST(b.jours_par_semaine AS DOUBLE) AS jours_par_semaine,
       COALESCE(s.communes, 0) AS communes,
       COALESCE(s.jours, 0) AS jours_sortie,
       COALESCE(p.consultations, 0) AS consultations,
       COALESCE(p.patients, 0) AS patients,
       round(10 * (CAST(p.consultations AS DOUBLE) / s.jours)) / 10 AS consultations_par_jour,
       COALESCE(p.connus, 0) AS patients_connus,
       COALESCE(p.sans, 0) AS sans_mt,
       round(10 * (100 * CAST(p.sans AS DOUBLE) / NULLIF(p.connus, 0))) / 10 AS part_sans_mt,
       COALESCE(p.patients_delai, 0) AS patients_delai,
       round(10 * d.mediane) / 10 AS delai_median
  FROM medicobus b
  LEFT JOIN sorties s ON s.id_medicobus = b.id_medicobus
  LEFT JOIN patients p ON p.id_medicobus = b.id_medicobus
  LEFT JOIN delais d ON d.id_medicobus = b.id_medicobus
 WHERE (s.jours IS NOT NULL OR p.patients IS NOT NULL)
   AND b.code_region = COALESCE($region, b.code_region)
   AND b.code_departement = COALESCE($departement, b.code_departement)
   AND b.id_medicobus = COALESCE($medicobus, b.id_medicobus)
 ORDER BY b.code_region, b.code_departement, b.id_medicobus
