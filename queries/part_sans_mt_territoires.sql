/*---
nom = "part_sans_mt_territoires"
titre = "Territoires : patients sans médecin traitant"
theme = "medecin_traitant"
definition = "Part administrative des patients de 17 ans et plus sans médecin traitant, parmi tous, en ALD et de 70 ans et plus, dans les territoires desservis et les autres, et son évolution sur un an."
formule = "part = Σ patients sans médecin traitant ÷ Σ patients des territoires ; évolution = part − part du même trimestre un an plus tôt, en points, l'une et l'autre sur les seuls territoires observés les deux années"
unite = "%"
population = "Territoires du panel de l'Assurance maladie ; au pas annuel, le dernier trimestre de l'année livré par chaque région. Desservi : une tournée effective a eu lieu avant la fin du trimestre"
sources = ["territoires", "tournees", "dessertes", "medicobus"]
limites = [
  "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
  "La part déclarée au médicobus et celle de l'Assurance maladie ne se comparent pas : l'une vient des patients qui consultent, l'autre des fichiers de tous les assurés.",
  "Les chiffres d'un an plus tôt sont ceux des territoires observés les deux années ; l'évolution ne porte que sur eux.",
  "Les communes d'un territoire de vie-santé (TVS) sont celles de la composition en vigueur dans l'année, prise aux zonages chargés ; un TVS qui n'y est pas n'est pas compté.",
  "Les profils se recoupent (ALD, 70 ans et plus, sans médecin traitant) : ces lignes ne s'additionnent pas.",
  "Desservis et non desservis différaient avant le premier passage : l'écart n'est pas l'effet des médicobus.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "public", titre = "Public", role = "categorie" },
  { nom = "nom_public", titre = "Public", role = "libelle" },
  { nom = "desserte", titre = "Desserte", role = "categorie", total = "ensemble" },
  { nom = "trimestre", titre = "Dernier trimestre", role = "libelle" },
  { nom = "territoires", titre = "Territoires", role = "ouvert", format = "entier", additif = ["code_zone", "desserte"] },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone", "desserte"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", format = "entier", additif = ["code_zone", "desserte"] },
  { nom = "part_sans_mt", titre = "Part sans médecin traitant", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients" },
  { nom = "patients_precedent", titre = "Patients, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone", "desserte"] },
  { nom = "sans_mt_precedent", titre = "Sans médecin traitant, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone", "desserte"] },
  { nom = "part_sans_mt_precedent", titre = "Part un an plus tôt", role = "taux", format = "pourcent", numerateur = "sans_mt_precedent", denominateur = "patients_precedent" },
  { nom = "evolution", titre = "Évolution en points", role = "mesure", format = "points", garde = "sans_mt", numerateur = "part_sans_mt", denominateur = "part_sans_mt_precedent" },
  { nom = "territoires_suivis", titre = "Territoires observés les deux années", role = "ouvert", format = "entier", additif = ["code_zone", "desserte"] },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.niveau]
type = "texte"
description = "Zone de chaque ligne"
valeurs = ["national", "region", "departement"]
defaut = "region"

[parametres.region]
type = "texte"
description = "Code INSEE d'une région ; toutes si absent"

[parametres.departement]
type = "texte"
description = "Code d'un département ; tous si absent"

[parametres.type_territoire]
type = "texte"
description = "Maille du panel"
valeurs = ["commune", "epci", "tvs"]
defaut = "commune"

[parametres.pas]
type = "texte"
description = "Pas de temps des lignes"
valeurs = ["annee", "trimestre"]
defaut = "annee"

[[identites]]                # patients of the Assurance maladie's panel, not of the buses
colonnes = ["patients"]
mesure = "patients_territoires"

[[identites]]
colonnes = ["sans_mt"]
mesure = "sans_mt_territoires"
---*/
WITH panel AS (
  SELECT CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'FR'
           WHEN 'region' THEN g.code_region
           ELSE g.code_departement
         END AS code_zone,
         g.code_region, t.code_territoire, t.periode,
         CAST(substr(t.periode, 1, 4) AS BIGINT) AS an, substr(t.periode, 6, 2) AS trimestre,
         t.patients, t.patients_sans_mt, t.ald, t.ald_sans_mt, t.ages_70_plus, t.ages_70_plus_sans_mt,
         p.premiere
    FROM territoires t
    JOIN geographie g ON g.type_territoire = t.type_territoire AND g.code_territoire = t.code_territoire AND $annee BETWEEN g.depuis AND g.jusque
    LEFT JOIN territoires_desservis p ON p.type_territoire = t.type_territoire AND p.code_territoire = t.code_territoire
                                     AND $annee BETWEEN p.depuis AND p.jusque
   WHERE t.type_territoire = CAST($type_territoire AS VARCHAR)
     AND substr(t.periode, 1, 4) IN (CAST($annee AS VARCHAR), CAST($annee - 1 AS VARCHAR))
     AND g.code_region = COALESCE($region, g.code_region)
     AND g.code_departement = COALESCE($departement, g.code_departement)
),
derniers AS (
  SELECT code_region, max(trimestre) AS trimestre
    FROM panel
   WHERE an = $annee
   GROUP BY code_region
),
publics AS (
  SELECT column1 AS ordre, column2 AS public, column3 AS nom_public
    FROM (VALUES (1, 'tous', 'Tous les patients'), (2, 'ald', 'Patients en ALD'), (3, '70_plus', 'Patients de 70 ans et plus')) AS v(column1, column2, column3)
),
lignes AS (
  -- Served is judged at the quarter asked for, last year's figures included, so that the same territories are compared.
  SELECT p.code_zone, p.code_territoire, p.an, p.trimestre, u.ordre, u.public, u.nom_public,
         CASE WHEN p.premiere < make_date($annee + CASE WHEN p.trimestre = 'T4' THEN 1 ELSE 0 END,
                                          CASE p.trimestre WHEN 'T1' THEN 4 WHEN 'T2' THEN 7 WHEN 'T3' THEN 10 ELSE 1 END, 1)
              THEN 'desservi' ELSE 'non_desservi' END AS desserte,
         CASE CAST($pas AS VARCHAR) WHEN 'trimestre' THEN CAST($annee AS VARCHAR) || '-' || p.trimestre
                                    ELSE CAST($annee AS VARCHAR) END AS periode,
         CASE u.public WHEN 'tous' THEN p.patients WHEN 'ald' THEN p.ald ELSE p.ages_70_plus END AS patients,
         CASE u.public WHEN 'tous' THEN p.patients_sans_mt WHEN 'ald' THEN p.ald_sans_mt ELSE p.ages_70_plus_sans_mt END AS sans
    FROM panel p
    JOIN derniers d ON d.code_region = p.code_region
   CROSS JOIN publics u
   WHERE CAST($pas AS VARCHAR) = 'trimestre'
      OR p.trimestre = d.trimestre
),
connues AS (
  -- A territory counts for a public when both numbers are known.
  SELECT * FROM lignes WHERE patients IS NOT NULL AND sans IS NOT NULL
),
paires AS (
  -- One row per territory observed this year, with what it was a year earlier if that is known.
  SELECT a.code_zone, a.code_territoire, a.trimestre, a.ordre, a.public, a.nom_public, a.desserte, a.periode,
         a.patients, a.sans, v.patients AS patients_avant, v.sans AS sans_avant
    FROM connues a
    LEFT JOIN connues v ON v.code_territoire = a.code_territoire AND v.periode = a.periode AND v.public = a.public
                       AND v.trimestre = a.trimestre AND v.an < $annee
   WHERE a.an = $annee
),
compte AS (
  SELECT periode, code_zone, ordre, public, nom_public,
         CASE WHEN grouping(desserte) = 1 THEN 'ensemble' ELSE desserte END AS desserte,
         max(trimestre) AS trimestre,
         count(*) AS territoires,
         CAST(sum(patients) AS BIGINT) AS patients,
         CAST(sum(sans) AS BIGINT) AS sans,
         -- No territory observed a year earlier: the sums are unknown, not zero.
         count(patients_avant) AS territoires_suivis,
         CAST(sum(patients_avant) AS BIGINT) AS patients_avant,
         CAST(sum(sans_avant) AS BIGINT) AS sans_avant,
         CAST(sum(CASE WHEN patients_avant IS NOT NULL THEN patients END) AS DOUBLE) AS patients_suivis,
         CAST(sum(CASE WHEN patients_avant IS NOT NULL THEN sans END) AS DOUBLE) AS sans_suivis
    FROM paires
   GROUP BY GROUPING SETS ((periode, code_zone, ordre, public, nom_public, desserte),
                           (periode, code_zone, ordre, public, nom_public))
),
parts AS (
  SELECT c.*,
         100 * CAST(sans AS DOUBLE) / NULLIF(patients, 0) AS part,
         100 * CAST(sans_avant AS DOUBLE) / NULLIF(patients_avant, 0) AS part_avant,
         100 * sans_suivis / NULLIF(patients_suivis, 0) AS part_suivis
    FROM compte c
)
SELECT p.periode,
       p.code_zone,
       n.nom_zone,
       p.public,
       p.nom_public,
       p.desserte,
       CAST($annee AS VARCHAR) || '-' || p.trimestre AS trimestre,
       p.territoires,
       p.patients,
       p.sans AS sans_mt,
       round(10 * p.part) / 10 AS part_sans_mt,
       p.patients_avant AS patients_precedent,
       p.sans_avant AS sans_mt_precedent,
       round(10 * p.part_avant) / 10 AS part_sans_mt_precedent,
       round(10 * (p.part_suivis - p.part_avant)) / 10 AS evolution,
       p.territoires_suivis
  FROM parts p
  JOIN noms_zones n ON n.code_zone = p.code_zone AND n.niveau = $niveau
 ORDER BY p.code_zone, p.periode, p.ordre, CASE p.desserte WHEN 'desservi' THEN 0 WHEN 'non_desservi' THEN 1 ELSE 2 END
