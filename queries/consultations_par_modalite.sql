/*---
nom = "consultations_par_modalite"
titre = "Consultations par mode, discipline, nature, adressage, orientation et statut du praticien"
theme = "activite"
definition = "Consultations honorées de l'année par mode, discipline, nature, caractère non programmé, adressage, orientation et statut du praticien."
formule = "part = consultations de la modalité ÷ consultations de la zone dans l'année"
unite = "consultations"
population = "Toutes les consultations honorées de l'année"
sources = ["consultations", "medicobus"]
limites = [
  "Les dimensions se recoupent : on additionne les modalités d'une dimension, jamais deux dimensions.",
  "Un patient compte dans chaque modalité où il a été reçu : les patients ne s'additionnent pas d'une modalité à l'autre.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "dimension", titre = "Dimension", role = "categorie" },
  { nom = "nom_dimension", titre = "Dimension", role = "libelle" },
  { nom = "modalite", titre = "Modalité", role = "categorie", total = "ensemble" },
  { nom = "nom_modalite", titre = "Modalité", role = "libelle" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone", "modalite"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part", titre = "Part des consultations", role = "taux", format = "pourcent", garde = "patients", numerateur = "consultations", denominateur = "consultations" },
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
si = { dimension = "*", modalite = "*" }
categories = { "{dimension}" = "{modalite}" }
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
dimensions AS (
  SELECT column1 AS dimension, column2 AS ordre
    FROM (VALUES ('mode', 1), ('discipline', 2), ('nature', 3), ('non_programme', 4), ('adressage', 5), ('orientation', 6), ('statut_praticien', 7)) AS v(column1, column2)
),
par_patient AS (
  -- One row per patient and combination seen, so that the crossing with the dimensions stays small.
  SELECT c.id_medicobus, c.patient,
         c.mode, c.discipline, c.nature, c.non_programme, c.adressage, c.orientation, c.statut_praticien,
         count(*) AS consultations
    FROM visites c
   WHERE c.annee = $annee
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
),
modalites AS (
  SELECT p.id_medicobus, p.patient, d.ordre, d.dimension,
         COALESCE(CASE d.dimension
           WHEN 'mode' THEN p.mode
           WHEN 'discipline' THEN p.discipline
           WHEN 'nature' THEN p.nature
           WHEN 'non_programme' THEN p.non_programme
           WHEN 'adressage' THEN p.adressage
           WHEN 'orientation' THEN p.orientation
           ELSE p.statut_praticien
         END, 'inconnu') AS modalite,
         sum(p.consultations) AS consultations
    FROM par_patient p
   CROSS JOIN dimensions d
   GROUP BY 1, 2, 3, 4, 5
),
details AS (
  SELECT b.code_zone, b.nom_zone, m.ordre, m.dimension, m.modalite, 0 AS total,
         CAST(sum(m.consultations) AS BIGINT) AS consultations,
         count(*) AS patients
    FROM modalites m
    JOIN bus b ON b.id_medicobus = m.id_medicobus
   GROUP BY 1, 2, 3, 4, 5
),
totaux AS (
  -- Patients of the total are counted apart: the same patient shows under several modalities.
  SELECT b.code_zone, b.nom_zone, 1 AS total,
         CAST(sum(t.consultations) AS BIGINT) AS consultations,
         count(*) AS patients
    FROM (SELECT id_medicobus, patient, sum(consultations) AS consultations
            FROM par_patient
           GROUP BY id_medicobus, patient) AS t
    JOIN bus b ON b.id_medicobus = t.id_medicobus
   GROUP BY 1, 2
),
reunion AS (
  SELECT code_zone, nom_zone, ordre, dimension, modalite, total, consultations, patients FROM details
   UNION ALL
  SELECT t.code_zone, t.nom_zone, d.ordre, d.dimension, 'ensemble', t.total, t.consultations, t.patients
    FROM totaux t
   CROSS JOIN dimensions d
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       dimension,
       CASE dimension
         WHEN 'mode' THEN 'Mode'
         WHEN 'discipline' THEN 'Discipline'
         WHEN 'nature' THEN 'Nature'
         WHEN 'non_programme' THEN 'Soin non programmé'
         WHEN 'adressage' THEN 'Adressage'
         WHEN 'orientation' THEN 'Orientation'
         ELSE 'Statut du praticien'
       END AS nom_dimension,
       modalite,
       CASE modalite
         WHEN 'ensemble' THEN 'Ensemble'
         WHEN 'inconnu' THEN 'Inconnu'
         WHEN 'presentiel' THEN 'Sur place'
         WHEN 'teleconsultation' THEN 'Téléconsultation'
         WHEN 'tele_expertise' THEN 'Télé-expertise'
         WHEN 'medecine_generale' THEN 'Médecine générale'
         WHEN 'gynecologie' THEN 'Gynécologie'
         WHEN 'prevention' THEN 'Prévention'
         WHEN 'cellule' THEN 'Cellule de coordination'
         WHEN 'sas' THEN 'Service d''accès aux soins (SAS)'
         WHEN 'cpam' THEN 'Caisse d''assurance maladie (CPAM)'
         WHEN 'professionnel' THEN 'Professionnel de santé'
         WHEN 'spontane' THEN 'Venu de lui-même'
         WHEN 'mt_declare' THEN 'Médecin traitant déclaré'
         WHEN 'mt_propose' THEN 'Médecin traitant proposé'
         WHEN 'specialiste' THEN 'Spécialiste'
         WHEN 'mission_accompagnement_sante' THEN 'Mission d''accompagnement en santé'
         WHEN 'liberal' THEN 'Libéral'
         WHEN 'salarie' THEN 'Salarié'
         WHEN 'retraite' THEN 'Retraité'
         WHEN 'remplacant' THEN 'Remplaçant'
         WHEN 'autre' THEN CASE dimension WHEN 'discipline' THEN 'Autre discipline' ELSE 'Autre' END
         ELSE upper(substr(modalite, 1, 1)) || substr(modalite, 2)
       END AS nom_modalite,
       consultations,
       patients,
       round(10 * (100 * CAST(consultations AS DOUBLE) / max(consultations) OVER (PARTITION BY code_zone, dimension))) / 10 AS part
  FROM reunion
 ORDER BY code_zone, ordre, total, modalite
