/*---
nom = "consultations_par_profil"
titre = "Consultations par profil de patient"
theme = "publics"
definition = "Consultations honorées et patients distincts de la période, selon l'âge, le sexe, l'ALD, la C2S, l'isolement et la situation vis-à-vis du médecin traitant."
formule = "part = consultations des patients de la modalité ÷ consultations de la zone dans la période"
unite = "consultations"
population = "Toutes les consultations honorées de l'année ; profil du patient à sa première consultation de l'année"
sources = ["consultations", "medicobus"]
limites = [
  "Le profil d'un patient est celui de sa première consultation de l'année.",
  "Un patient n'a qu'un profil par an, au pas trimestriel et mensuel aussi : les lignes d'une même dimension s'additionnent.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "Les dimensions se recoupent : on additionne les modalités d'une dimension, jamais deux dimensions.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "dimension", titre = "Dimension", role = "categorie" },
  { nom = "nom_dimension", titre = "Dimension", role = "libelle" },
  { nom = "modalite", titre = "Modalité", role = "categorie", total = "ensemble" },
  { nom = "nom_modalite", titre = "Modalité", role = "libelle" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone", "modalite", "periode"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone", "modalite"] },
  { nom = "part", titre = "Part des consultations", role = "taux", format = "pourcent", garde = "patients", numerateur = "consultations", denominateur = "consultations" },
  { nom = "part_patients", titre = "Part des patients", role = "taux", format = "pourcent", garde = "patients", numerateur = "patients", denominateur = "patients" },
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

[[identites]]
si = { dimension = "*", modalite = "*" }
categories = { "{dimension}" = "{modalite}" }

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
profils AS (
  -- Free of the step: all steps share it.
  SELECT * FROM profils_annuels WHERE annee = $annee
),
patients AS (
  -- The profile of the year holds in each of its periods, so that consultations add up from one period to the next.
  SELECT v.id_medicobus, v.periode, v.consultations, f.tranche_age, f.sexe, f.ald, f.c2s, f.isole, f.statut_mt
    FROM vus v
    JOIN profils f ON f.id_medicobus = v.id_medicobus AND f.patient = v.patient
),
dimensions AS (
  SELECT column1 AS dimension, column2 AS ordre
    FROM (VALUES ('tranche_age', 1), ('sexe', 2), ('ald', 3), ('c2s', 4), ('isole', 5), ('statut_mt', 6)) AS v(column1, column2)
),
modalites AS (
  -- One pass over the patients, whatever the number of dimensions.
  SELECT p.id_medicobus, p.periode, d.ordre, d.dimension, p.consultations,
         COALESCE(CASE d.dimension
           WHEN 'tranche_age' THEN p.tranche_age
           WHEN 'sexe' THEN p.sexe
           WHEN 'ald' THEN p.ald
           WHEN 'c2s' THEN p.c2s
           WHEN 'isole' THEN p.isole
           ELSE p.statut_mt
         END, 'inconnu') AS modalite
    FROM patients p
   CROSS JOIN dimensions d
),
par_bus AS (
  SELECT id_medicobus, periode, ordre, dimension, modalite, sum(consultations) AS consultations, count(*) AS patients
    FROM modalites
   GROUP BY id_medicobus, periode, ordre, dimension, modalite
),
compte AS (
  SELECT periode, code_zone, nom_zone, ordre, dimension,
         CASE WHEN grouping(modalite) = 1 THEN 'ensemble' ELSE modalite END AS modalite,
         CAST(sum(consultations) AS BIGINT) AS consultations,
         CAST(sum(patients) AS BIGINT) AS patients
    FROM (SELECT m.periode, b.code_zone, b.nom_zone, m.ordre, m.dimension, m.modalite, m.consultations, m.patients
            FROM par_bus m
            JOIN bus b ON b.id_medicobus = m.id_medicobus) AS z
   GROUP BY GROUPING SETS ((periode, code_zone, nom_zone, ordre, dimension, modalite),
                           (periode, code_zone, nom_zone, ordre, dimension))
),
parts AS (
  SELECT periode, code_zone, nom_zone, ordre, dimension, modalite, consultations, patients,
         max(consultations) OVER (PARTITION BY code_zone, periode, dimension) AS consultations_zone,
         max(patients) OVER (PARTITION BY code_zone, periode, dimension) AS patients_zone
    FROM compte
)
SELECT periode,
       code_zone,
       nom_zone,
       dimension,
       CASE dimension
         WHEN 'tranche_age' THEN 'Tranche d''âge'
         WHEN 'sexe' THEN 'Sexe'
         WHEN 'ald' THEN 'Affection de longue durée'
         WHEN 'c2s' THEN 'Complémentaire santé solidaire'
         WHEN 'isole' THEN 'Isolement'
         ELSE 'Médecin traitant'
       END AS nom_dimension,
       modalite,
       CASE modalite
         WHEN 'ensemble' THEN 'Ensemble'
         WHEN 'inconnu' THEN 'Inconnu'
         WHEN 'oui' THEN 'Oui'
         WHEN 'non' THEN 'Non'
         WHEN 'F' THEN 'Femmes'
         WHEN 'M' THEN 'Hommes'
         WHEN 'avec' THEN 'Avec médecin traitant'
         WHEN 'sans' THEN 'Sans médecin traitant'
         WHEN 'indisponible' THEN 'Médecin traitant indisponible'
         WHEN '00-16' THEN '16 ans et moins'
         WHEN '80+' THEN '80 ans et plus'
         ELSE replace(modalite, '-', ' à ') || ' ans'
       END AS nom_modalite,
       consultations,
       patients,
       round(10 * (100 * CAST(consultations AS DOUBLE) / consultations_zone)) / 10 AS part,
       round(10 * (100 * CAST(patients AS DOUBLE) / patients_zone)) / 10 AS part_patients
  FROM parts
 ORDER BY code_zone, periode, ordre,
          CASE modalite WHEN 'ensemble' THEN 2 WHEN 'inconnu' THEN 1 ELSE 0 END,
          modalite
