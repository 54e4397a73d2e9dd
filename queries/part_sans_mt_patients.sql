/*---
nom = "part_sans_mt_patients"
titre = "Patients du médicobus sans médecin traitant"
theme = "medecin_traitant"
definition = "Part des patients de 17 ans et plus qui déclarent n'avoir pas de médecin traitant à leur première consultation de la période, et son évolution sur un an. Un médecin traitant indisponible compte comme un médecin traitant ; une situation inconnue est comptée à part."
formule = "part = sans ÷ (avec + indisponible + sans) ; évolution = part − part de la même période un an plus tôt, en points"
unite = "%"
population = "Patients de 17 ans et plus, première consultation de la période, situation connue"
sources = ["consultations", "medicobus"]
limites = [
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
  "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
  "Une période que la région n'a pas encore livrée n'a pas de ligne ; une période d'avant ses premiers relevés reste vide.",
  "L'évolution mêle deux choses : qui vient au médicobus, et ce que deviennent ceux qui y viennent.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "patients_connus", titre = "Patients à situation connue", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_sans_mt", titre = "Part sans médecin traitant", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients_connus" },
  { nom = "statut_inconnu", titre = "Situation inconnue", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "patients_connus_precedent", titre = "Patients à situation connue, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "sans_mt_precedent", titre = "Sans médecin traitant, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_sans_mt_precedent", titre = "Part un an plus tôt", role = "taux", format = "pourcent", numerateur = "sans_mt_precedent", denominateur = "patients_connus_precedent" },
  { nom = "evolution", titre = "Évolution en points", role = "mesure", format = "points", garde = "sans_mt", numerateur = "part_sans_mt", denominateur = "part_sans_mt_precedent" },
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
colonnes = ["patients_connus_precedent"]
mesure = "patients_connus"
decalage = -1

[[identites]]
colonnes = ["sans_mt_precedent"]
mesure = "sans_mt"
decalage = -1
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
visites_periode AS (
  -- Two years, each period being named by the year asked for so that it meets its counterpart. One row per patient
  -- and period; the first consultation is the least by date, then by identifier.
  SELECT c.id_medicobus, c.patient,
         CAST($annee AS VARCHAR) || CASE WHEN $pas = 'mois' THEN substr(c.mois, 5) WHEN $pas = 'trimestre' THEN substr(c.trimestre, 5) ELSE '' END AS periode,
         c.date_consultation >= make_date($annee, 1, 1) AS actuelle,
         min(CAST(c.date_consultation AS VARCHAR) || c.id_consultation) AS premiere
    FROM visites c
   WHERE c.annee BETWEEN $annee - 1 AND $annee
   GROUP BY 1, 2, 3, 4
),
premieres AS (
  SELECT v.id_medicobus, v.periode, v.actuelle, c.tranche_age, c.statut_mt
    FROM visites_periode v
    JOIN visites c ON c.id_medicobus = v.id_medicobus
                  AND c.id_consultation = substr(v.premiere, 11)
                  AND c.date_consultation = CAST(substr(v.premiere, 1, 10) AS DATE)
   WHERE c.annee BETWEEN $annee - 1 AND $annee
),
par_bus AS (
  SELECT id_medicobus, periode,
         count(*) FILTER (WHERE actuelle AND statut_mt <> 'inconnu') AS connus,
         count(*) FILTER (WHERE actuelle AND statut_mt = 'sans') AS sans,
         count(*) FILTER (WHERE actuelle AND statut_mt = 'inconnu') AS inconnu,
         count(*) FILTER (WHERE NOT actuelle AND statut_mt <> 'inconnu') AS connus_avant,
         count(*) FILTER (WHERE NOT actuelle AND statut_mt = 'sans') AS sans_avant
    FROM premieres
   WHERE tranche_age <> '00-16'
   GROUP BY id_medicobus, periode
),
compte AS (
  SELECT p.periode, b.code_zone, b.nom_zone,
         CAST(sum(p.connus) AS BIGINT) AS connus,
         CAST(sum(p.sans) AS BIGINT) AS sans,
         CAST(sum(p.inconnu) AS BIGINT) AS inconnu,
         CAST(sum(p.connus_avant) AS BIGINT) AS connus_avant,
         CAST(sum(p.sans_avant) AS BIGINT) AS sans_avant
    FROM par_bus p
    JOIN bus b ON b.id_medicobus = p.id_medicobus
   GROUP BY p.periode, b.code_zone, b.nom_zone
),
observees AS (
  -- First and last period of each zone: outside them a figure is unknown rather than zero.
  SELECT b.code_zone, min(o.premiere) AS premiere, max(o.derniere) AS derniere
    FROM bus b
    JOIN regions_observees o ON o.code_region = b.code_region AND o.pas = $pas
   GROUP BY b.code_zone
)
SELECT p.periode,
       p.code_zone,
       p.nom_zone,
       connus AS patients_connus,
       sans AS sans_mt,
       round(10 * (100 * CAST(sans AS DOUBLE) / NULLIF(connus, 0))) / 10 AS part_sans_mt,
       inconnu AS statut_inconnu,
       CASE WHEN o.premiere <= CAST($annee - 1 AS VARCHAR) || substr(p.periode, 5) THEN connus_avant END AS patients_connus_precedent,
       CASE WHEN o.premiere <= CAST($annee - 1 AS VARCHAR) || substr(p.periode, 5) THEN sans_avant END AS sans_mt_precedent,
       round(10 * (100 * CAST(sans_avant AS DOUBLE) / NULLIF(connus_avant, 0))) / 10 AS part_sans_mt_precedent,
       round(10 * (100 * CAST(sans AS DOUBLE) / NULLIF(connus, 0) - 100 * CAST(sans_avant AS DOUBLE) / NULLIF(connus_avant, 0))) / 10 AS evolution
  FROM compte p
  JOIN observees o ON o.code_zone = p.code_zone
                  AND o.derniere >= p.periode
 ORDER BY p.code_zone, p.periode
