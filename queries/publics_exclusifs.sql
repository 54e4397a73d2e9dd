/*---
nom = "publics_exclusifs"
titre = "Publics de l'instruction, en cellules exclusives"
theme = "publics"
definition = "Chaque patient de l'année est compté une fois et une seule : sans médecin traitant (en ALD, de 70 ans et plus, les deux, ni l'un ni l'autre), médecin traitant indisponible, avec médecin traitant, situation inconnue."
formule = "part = patients de la cellule ÷ patients de la zone dans l'année"
unite = "patients"
population = "Patients vus dans l'année, au profil de leur première consultation"
sources = ["consultations", "medicobus"]
limites = [
  "Le profil d'un patient est celui de sa première consultation de l'année.",
  "Ces lignes s'additionnent : un patient n'est que dans une.",
  "« En ALD » veut dire ALD déclarée : une ALD inconnue est rangée avec les patients sans ALD.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "cellule", titre = "Cellule", role = "categorie", total = "ensemble" },
  { nom = "nom_cellule", titre = "Public", role = "libelle" },
  { nom = "prioritaire", titre = "Public prioritaire", role = "libelle" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone", "cellule"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone", "cellule"] },
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
cellules AS (
  SELECT p.id_medicobus, p.consultations,
         CASE
           WHEN p.statut_mt = 'indisponible' THEN 'mt_indisponible'
           WHEN p.statut_mt = 'avec' THEN 'avec_mt'
           WHEN p.statut_mt <> 'sans' THEN 'statut_inconnu'
           WHEN p.ald = 'oui' AND p.tranche_age IN ('70-79', '80+') THEN 'sans_mt_ald_70_plus'
           WHEN p.ald = 'oui' THEN 'sans_mt_ald'
           WHEN p.tranche_age IN ('70-79', '80+') THEN 'sans_mt_70_plus'
           ELSE 'sans_mt_autre'
         END AS cellule
    FROM patients p
),
par_bus AS (
  SELECT id_medicobus, cellule, sum(consultations) AS consultations, count(*) AS patients
    FROM cellules
   GROUP BY id_medicobus, cellule
),
compte AS (
  SELECT code_zone, nom_zone,
         CASE WHEN grouping(cellule) = 1 THEN 'ensemble' ELSE cellule END AS cellule,
         CAST(sum(consultations) AS BIGINT) AS consultations,
         CAST(sum(patients) AS BIGINT) AS patients
    FROM (SELECT b.code_zone, b.nom_zone, p.cellule, p.consultations, p.patients
            FROM par_bus p
            JOIN bus b ON b.id_medicobus = p.id_medicobus) AS z
   GROUP BY GROUPING SETS ((code_zone, nom_zone, cellule), (code_zone, nom_zone))
),
libelles AS (
  SELECT column1 AS ordre, column2 AS cellule, column3 AS nom_cellule, column4 AS prioritaire
    FROM (VALUES
      (1, 'sans_mt_ald_70_plus', 'Sans médecin traitant, en ALD et de 70 ans et plus', 'oui'),
      (2, 'sans_mt_ald', 'Sans médecin traitant, en ALD, moins de 70 ans', 'oui'),
      (3, 'sans_mt_70_plus', 'Sans médecin traitant, 70 ans et plus, sans ALD déclarée', 'oui'),
      (4, 'mt_indisponible', 'Médecin traitant indisponible', 'oui'),
      (5, 'sans_mt_autre', 'Sans médecin traitant, autres', 'non'),
      (6, 'avec_mt', 'Avec médecin traitant', 'non'),
      (7, 'statut_inconnu', 'Situation inconnue', 'non'),
      (8, 'ensemble', 'Ensemble', '')) AS v(column1, column2, column3, column4)
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       c.nom_zone,
       c.cellule,
       l.nom_cellule,
       l.prioritaire,
       c.consultations,
       c.patients,
       round(10 * (100 * CAST(c.patients AS DOUBLE) / max(c.patients) OVER (PARTITION BY c.code_zone))) / 10 AS part
  FROM compte c
  JOIN libelles l ON l.cellule = c.cellule
 ORDER BY c.code_zone, l.ordre
