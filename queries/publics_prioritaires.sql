/*---
nom = "publics_prioritaires"
titre = "Publics prioritaires de l'instruction"
theme = "publics"
definition = "Patients des trois publics que l'instruction place en premier : en ALD sans médecin traitant, de 70 ans et plus sans médecin traitant, ou dont le médecin traitant est indisponible ; patients d'au moins un de ces trois publics ; personnes isolées de 70 ans et plus."
formule = "part = patients du public ÷ patients de la zone dans l'année"
unite = "patients"
population = "Patients vus dans l'année, au profil de leur première consultation"
sources = ["consultations", "medicobus"]
limites = [
  "Les profils se recoupent (ALD, 70 ans et plus, sans médecin traitant, isolement) : ces lignes ne s'additionnent pas. Seules s'additionnent les cellules exclusives, comptées à part.",
  "Le profil d'un patient est celui de sa première consultation de l'année.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "public", titre = "Public", role = "categorie", total = "tous_patients" },
  { nom = "nom_public", titre = "Public", role = "libelle" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part", titre = "Part des patients", role = "taux", format = "pourcent", garde = "patients", numerateur = "patients", denominateur = "patients" },
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

[[identites]]                # counts depend on it, also where they are all equal
si = { public = "*" }
categories = { public = "{public}" }
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
patients AS (SELECT * FROM profils_annuels WHERE annee = $annee),
publics AS (
  SELECT column1 AS ordre, column2 AS public, column3 AS nom_public
    FROM (VALUES
      (1, 'ald_sans_mt', 'En ALD sans médecin traitant'),
      (2, '70_plus_sans_mt', '70 ans et plus sans médecin traitant'),
      (3, 'mt_indisponible', 'Médecin traitant indisponible'),
      (4, 'au_moins_un', 'Au moins un de ces trois publics'),
      (5, 'isole_70_plus', 'Isolés de 70 ans et plus'),
      (6, 'tous_patients', 'Tous les patients')) AS v(column1, column2, column3)
),
appartenances AS (
  SELECT p.id_medicobus, u.ordre, u.public, u.nom_public, p.consultations,
         CASE u.public
           WHEN 'ald_sans_mt' THEN p.ald = 'oui' AND p.statut_mt = 'sans'
           WHEN '70_plus_sans_mt' THEN p.tranche_age IN ('70-79', '80+') AND p.statut_mt = 'sans'
           WHEN 'mt_indisponible' THEN p.statut_mt = 'indisponible'
           WHEN 'au_moins_un' THEN p.statut_mt = 'indisponible'
             OR (p.statut_mt = 'sans' AND (p.ald = 'oui' OR p.tranche_age IN ('70-79', '80+')))
           WHEN 'isole_70_plus' THEN p.isole = 'oui' AND p.tranche_age IN ('70-79', '80+')
           ELSE TRUE
         END AS appartient
    FROM patients p
   CROSS JOIN publics u
),
par_bus AS (
  -- Counted by FILTER, not WHERE: a public that no patient belongs to keeps its row of zeros.
  SELECT id_medicobus, ordre, public, nom_public,
         COALESCE(sum(CASE WHEN appartient THEN consultations END), 0) AS consultations,
         count(*) FILTER (WHERE appartient) AS patients
    FROM appartenances
   GROUP BY id_medicobus, ordre, public, nom_public
),
compte AS (
  SELECT b.code_zone, b.nom_zone, p.ordre, p.public, p.nom_public,
         CAST(sum(p.consultations) AS BIGINT) AS consultations,
         CAST(sum(p.patients) AS BIGINT) AS patients
    FROM par_bus p
    JOIN bus b ON b.id_medicobus = p.id_medicobus
   GROUP BY b.code_zone, b.nom_zone, p.ordre, p.public, p.nom_public
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       public,
       nom_public,
       consultations,
       patients,
       round(10 * (100 * CAST(patients AS DOUBLE) / max(patients) OVER (PARTITION BY code_zone))) / 10 AS part
  FROM compte
 ORDER BY code_zone, ordre
