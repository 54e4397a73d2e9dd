/*---
nom = "delai_rendez_vous_distribution"
titre = "Distribution du délai de rendez-vous au médicobus"
theme = "delais"
definition = "Rendez-vous de soin programmés de l'année par nombre de jours d'attente."
formule = "délai = date_consultation − date_demande, en jours ; 60 jours et plus ensemble"
unite = "rendez-vous"
population = "Celle de delai_rendez_vous"
sources = ["consultations", "medicobus"]
limites = [
  "Seuls les rendez-vous honorés sont connus.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois ; une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "delai_jours", titre = "Jours d'attente", role = "categorie", format = "entier" },
  { nom = "rendez_vous", titre = "Rendez-vous", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
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
mesure = "patients_delai"
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
par_patient AS (
  SELECT c.id_medicobus, COALESCE(c.cle_patient, '#' || CAST(c.date_consultation AS VARCHAR) || c.id_consultation) AS patient,
         LEAST(c.date_consultation - c.date_demande, 60) AS attente,
         count(*) AS rendez_vous
    FROM consultations c
   WHERE c.date_consultation >= make_date($annee, 1, 1)
     AND c.date_consultation < make_date($annee + 1, 1, 1)
     AND c.date_demande IS NOT NULL
     AND c.nature = 'soin'
     AND COALESCE(c.non_programme, 'non') <> 'oui'
   GROUP BY 1, 2, 3
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.code_zone,
       b.nom_zone,
       CAST(p.attente AS BIGINT) AS delai_jours,
       CAST(sum(p.rendez_vous) AS BIGINT) AS rendez_vous,
       count(*) AS patients
  FROM par_patient p
  JOIN bus b ON b.id_medicobus = p.id_medicobus
 GROUP BY b.code_zone, b.nom_zone, p.attente
 ORDER BY b.code_zone, p.attente
