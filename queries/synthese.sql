/*---
nom = "synthese"
titre = "Chiffres clés"
theme = "activite"
definition = "Une ligne par zone : sorties, consultations, patients, publics prioritaires, part sans médecin traitant, délai de rendez-vous et remplissage de l'année, avec la valeur de l'année précédente et l'évolution. L'évolution d'une année inachevée, qui s'arrête aux dernières livraisons, compare une année incomplète à une année entière."
formule = "évolution en % = (valeur − valeur précédente) ÷ valeur précédente ; évolution d'une part en points = part − part précédente"
unite = "selon la colonne"
population = "Médicobus sortis dans l'année, leurs consultations et leurs patients"
sources = ["consultations", "tournees", "medicobus"]
limites = [
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
  "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "medicobus_actifs", titre = "Médicobus sortis dans l'année", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "medicobus_actifs_precedent", titre = "Médicobus sortis dans l'année, un an plus tôt", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "jours_sortie", titre = "Jours de sortie", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "jours_sortie_precedent", titre = "Jours de sortie, un an plus tôt", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "consultations_precedent", titre = "Consultations, un an plus tôt", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients_precedent" },
  { nom = "evolution_consultations", titre = "Évolution des consultations", role = "mesure", format = "pourcent", garde = "patients_precedent", numerateur = "consultations", denominateur = "consultations_precedent" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "patients_precedent", titre = "Patients, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "evolution_patients", titre = "Évolution des patients", role = "mesure", format = "pourcent", garde = "patients_precedent", numerateur = "patients", denominateur = "patients_precedent" },
  { nom = "consultations_par_jour", titre = "Consultations par jour de sortie", role = "mesure", format = "decimal1", garde = "patients", numerateur = "consultations" },
  { nom = "consultations_par_jour_precedent", titre = "Consultations par jour de sortie, un an plus tôt", role = "mesure", format = "decimal1", garde = "patients_precedent", numerateur = "consultations_precedent" },
  { nom = "publics_prioritaires", titre = "Patients d'un public prioritaire", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "publics_prioritaires_precedent", titre = "Patients d'un public prioritaire, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_publics_prioritaires", titre = "Part des publics prioritaires", role = "taux", format = "pourcent", numerateur = "publics_prioritaires", denominateur = "patients" },
  { nom = "part_publics_prioritaires_precedent", titre = "Part des publics prioritaires, un an plus tôt", role = "taux", format = "pourcent", numerateur = "publics_prioritaires_precedent", denominateur = "patients_precedent" },
  { nom = "patients_connus", titre = "Patients de 17 ans et plus à situation connue", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "patients_connus_precedent", titre = "Patients de 17 ans et plus à situation connue, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "sans_mt_precedent", titre = "Sans médecin traitant, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_sans_mt", titre = "Part sans médecin traitant", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients_connus" },
  { nom = "part_sans_mt_precedent", titre = "Part sans médecin traitant, un an plus tôt", role = "taux", format = "pourcent", numerateur = "sans_mt_precedent", denominateur = "patients_connus_precedent" },
  { nom = "evolution_sans_mt", titre = "Évolution de la part, en points", role = "mesure", format = "points", garde = "sans_mt", numerateur = "part_sans_mt", denominateur = "part_sans_mt_precedent" },
  { nom = "patients_delai", titre = "Patients au délai connu", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "patients_delai_precedent", titre = "Patients au délai connu, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "delai_median", titre = "Délai médian de rendez-vous", role = "mesure", format = "jours", garde = "patients_delai" },
  { nom = "delai_median_precedent", titre = "Délai médian de rendez-vous, un an plus tôt", role = "mesure", format = "jours", garde = "patients_delai_precedent" },
  { nom = "evolution_delai", titre = "Évolution du délai médian", role = "mesure", format = "jours", garde = "patients_delai_precedent", numerateur = "delai_median", denominateur = "delai_median_precedent" },
  { nom = "taux_remplissage", titre = "Taux de remplissage", role = "mesure", format = "pourcent", garde = "patients", numerateur = "creneaux_honores" },
  { nom = "taux_remplissage_precedent", titre = "Taux de remplissage, un an plus tôt", role = "mesure", format = "pourcent", garde = "patients_precedent", numerateur = "creneaux_honores_precedent" },
  { nom = "creneaux_honores", titre = "Créneaux honorés", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "creneaux_honores_precedent", titre = "Créneaux honorés, un an plus tôt", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients_precedent" },
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
colonnes = ["consultations_precedent"]
mesure = "consultations"
decalage = -1

[[identites]]
colonnes = ["creneaux_honores_precedent"]
mesure = "creneaux_honores"
decalage = -1

[[identites]]
colonnes = ["patients_precedent"]
mesure = "patients"
decalage = -1

[[identites]]
colonnes = ["patients_connus_precedent"]
mesure = "patients_connus"
decalage = -1

[[identites]]
colonnes = ["sans_mt_precedent"]
mesure = "sans_mt"
decalage = -1

[[identites]]
colonnes = ["patients_delai_precedent"]
mesure = "patients_delai"
decalage = -1

[[identites]]
colonnes = ["publics_prioritaires"]
mesure = "patients"
categories = { public = "au_moins_un" }

[[identites]]
colonnes = ["publics_prioritaires_precedent"]
mesure = "patients"
categories = { public = "au_moins_un" }
decalage = -1

---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
zones_demandees AS (SELECT DISTINCT code_zone, nom_zone FROM bus),
profils AS (
  -- Two years at once; `annee` tells them apart.
  SELECT * FROM profils_annuels WHERE annee BETWEEN $annee - 1 AND $annee
),
patients AS (
  SELECT b.code_zone, p.annee AS an,
         CAST(sum(consultations) AS BIGINT) AS consultations,
         count(*) AS patients,
         count(*) FILTER (WHERE statut_mt = 'indisponible'
                             OR (statut_mt = 'sans' AND (ald = 'oui' OR tranche_age IN ('70-79', '80+')))) AS prioritaires,
         count(*) FILTER (WHERE tranche_age <> '00-16' AND statut_mt <> 'inconnu') AS connus,
         count(*) FILTER (WHERE tranche_age <> '00-16' AND statut_mt = 'sans') AS sans,
         count(*) FILTER (WHERE delais > 0) AS patients_delai
    FROM profils p
    JOIN bus b ON b.id_medicobus = p.id_medicobus
   GROUP BY b.code_zone, p.annee
),
delais AS (
  SELECT b.code_zone, c.annee AS an,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(c.attente AS DOUBLE)) AS mediane
    FROM visites c
    JOIN bus b ON b.id_medicobus = c.id_medicobus
   WHERE c.annee BETWEEN $annee - 1 AND $annee
     AND c.attente IS NOT NULL
   GROUP BY 1, 2
),
jours AS (
  SELECT t.id_medicobus, t.date,
         CAST(extract(year FROM t.date) AS BIGINT) AS an,
         CAST(sum(t.creneaux_offerts) AS BIGINT) AS offerts,
         CAST(sum(t.creneaux_honores) AS BIGINT) AS honores
    FROM tournees t
   WHERE t.date >= make_date($annee - 1, 1, 1)
     AND t.date < make_date($annee + 1, 1, 1)
     AND COALESCE(t.annulee, 'non') <> 'oui'
   GROUP BY t.id_medicobus, t.date
),
sorties AS (
  SELECT b.code_zone, j.an,
         count(DISTINCT j.id_medicobus) AS medicobus,
         count(*) AS jours,
         CAST(sum(j.offerts) AS DOUBLE) AS offerts,
         CAST(sum(j.honores) AS DOUBLE) AS honores
    FROM jours j
    JOIN bus b ON b.id_medicobus = j.id_medicobus
   GROUP BY b.code_zone, j.an
),
annees AS (
  SELECT $annee AS an UNION ALL SELECT $annee - 1
),
observees AS (
  -- First and last year of each zone: outside them a figure is unknown rather than zero.
  SELECT b.code_zone, CAST(min(o.premiere) AS BIGINT) AS premiere, CAST(max(o.derniere) AS BIGINT) AS derniere
    FROM bus b
    JOIN regions_observees o ON o.code_region = b.code_region AND o.pas = 'annee'
   GROUP BY b.code_zone
),
chiffres AS (
  SELECT z.code_zone, z.nom_zone, a.an,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(s.medicobus, 0) END AS medicobus,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(s.jours, 0) END AS jours,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(p.consultations, 0) END AS consultations,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(p.patients, 0) END AS patients,
         CAST(p.consultations AS DOUBLE) / s.jours AS par_jour,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(p.prioritaires, 0) END AS prioritaires,
         100 * CAST(p.prioritaires AS DOUBLE) / p.patients AS part_prioritaires,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(p.connus, 0) END AS connus,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(p.sans, 0) END AS sans,
         100 * CAST(p.sans AS DOUBLE) / NULLIF(p.connus, 0) AS part_sans,
         CASE WHEN a.an BETWEEN o.premiere AND o.derniere THEN COALESCE(p.patients_delai, 0) END AS patients_delai,
         d.mediane,
         100 * s.honores / NULLIF(s.offerts, 0) AS remplissage,
         CAST(s.honores AS BIGINT) AS honores
    FROM zones_demandees z
   CROSS JOIN annees a
    LEFT JOIN observees o ON o.code_zone = z.code_zone
    LEFT JOIN sorties s ON s.code_zone = z.code_zone AND s.an = a.an
    LEFT JOIN patients p ON p.code_zone = z.code_zone AND p.an = a.an
    LEFT JOIN delais d ON d.code_zone = z.code_zone AND d.an = a.an
)
SELECT a.an AS annee,
       a.code_zone,
       a.nom_zone,
       a.medicobus AS medicobus_actifs,
       v.medicobus AS medicobus_actifs_precedent,
       a.jours AS jours_sortie,
       v.jours AS jours_sortie_precedent,
       a.consultations,
       v.consultations AS consultations_precedent,
       round(10 * (100 * CAST(a.consultations - v.consultations AS DOUBLE) / NULLIF(v.consultations, 0))) / 10 AS evolution_consultations,
       a.patients,
       v.patients AS patients_precedent,
       round(10 * (100 * CAST(a.patients - v.patients AS DOUBLE) / NULLIF(v.patients, 0))) / 10 AS evolution_patients,
       round(10 * a.par_jour) / 10 AS consultations_par_jour,
       round(10 * v.par_jour) / 10 AS consultations_par_jour_precedent,
       a.prioritaires AS publics_prioritaires,
       v.prioritaires AS publics_prioritaires_precedent,
       round(10 * a.part_prioritaires) / 10 AS part_publics_prioritaires,
       round(10 * v.part_prioritaires) / 10 AS part_publics_prioritaires_precedent,
       a.connus AS patients_connus,
       v.connus AS patients_connus_precedent,
       a.sans AS sans_mt,
       v.sans AS sans_mt_precedent,
       round(10 * a.part_sans) / 10 AS part_sans_mt,
       round(10 * v.part_sans) / 10 AS part_sans_mt_precedent,
       round(10 * (a.part_sans - v.part_sans)) / 10 AS evolution_sans_mt,
       a.patients_delai,
       v.patients_delai AS patients_delai_precedent,
       round(10 * a.mediane) / 10 AS delai_median,
       round(10 * v.mediane) / 10 AS delai_median_precedent,
       round(10 * (a.mediane - v.mediane)) / 10 AS evolution_delai,
       round(10 * a.remplissage) / 10 AS taux_remplissage,
       round(10 * v.remplissage) / 10 AS taux_remplissage_precedent,
       a.honores AS creneaux_honores,
       v.honores AS creneaux_honores_precedent
  FROM chiffres a
  JOIN chiffres v ON v.code_zone = a.code_zone AND v.an = $annee - 1
 WHERE a.an = $annee
 ORDER BY a.code_zone
