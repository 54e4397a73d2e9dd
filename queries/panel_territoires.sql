/*---
nom = "panel_territoires"
titre = "Panel des territoires"
theme = "medecin_traitant"
definition = "Une ligne par territoire et trimestre jusqu'à la fin de l'année : patients avec et sans médecin traitant, offre, trimestre de la première tournée effective, éligibilité, voisinage et situation de départ."
formule = "desservi = trimestre ≥ premier trimestre de tournée effective ; voisin = même EPCI qu'une commune desservie, sans l'être ; départ = premier trimestre du panel de la région, vide pour un territoire qui n'y est pas"
unite = "patients"
population = "Territoires du panel de l'Assurance maladie, desservis ou non"
sources = ["territoires", "tournees", "dessertes", "medicobus", "zonages", "communes"]
limites = [
  "Table de travail de l'évaluation : elle nourrit les estimations et ne s'imprime pas.",
  "Un médecin traitant parti en retraite reste inscrit : la part administrative sans médecin traitant sous-estime le besoin.",
  "Le voisinage est approché par l'EPCI.",
  "Une tournée d'avant les relevés est datée par l'ouverture de la desserte.",
  "Les territoires de vie-santé (tvs) sont reçus et gardés, mais comptés nulle part : aucune table ne dit leurs communes.",
]
colonnes = [
  { nom = "periode", titre = "Trimestre", role = "periode" },
  { nom = "code_zone", titre = "Territoire", role = "zone" },
  { nom = "nom_zone", titre = "Nom", role = "libelle" },
  { nom = "code_departement", titre = "Département", role = "libelle" },
  { nom = "code_region", titre = "Région", role = "libelle" },
  { nom = "siren_epci", titre = "EPCI", role = "libelle" },
  { nom = "premier_trimestre", titre = "Première tournée effective", role = "libelle" },
  { nom = "premier_trimestre_epci", titre = "Première tournée dans l'EPCI", role = "libelle" },
  { nom = "servi", titre = "Desservi", role = "ouvert", format = "entier" },
  { nom = "voisin", titre = "Voisin d'une commune desservie", role = "libelle" },
  { nom = "eligible", titre = "Rural en ZIP ou ZAC", role = "libelle" },
  { nom = "densite7", titre = "Densité", role = "ouvert", format = "entier" },
  { nom = "zonage_mg", titre = "Zonage", role = "libelle" },
  { nom = "population", titre = "Population", role = "ouvert", format = "entier" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier" },
  { nom = "patients_sans_mt", titre = "Sans médecin traitant", role = "patients", format = "entier" },
  { nom = "ald", titre = "En ALD", role = "patients", format = "entier" },
  { nom = "ald_sans_mt", titre = "En ALD sans médecin traitant", role = "patients", format = "entier" },
  { nom = "ages_70_plus", titre = "70 ans et plus", role = "patients", format = "entier" },
  { nom = "ages_70_plus_sans_mt", titre = "70 ans et plus sans médecin traitant", role = "patients", format = "entier" },
  { nom = "mg_etp", titre = "Généralistes (ETP)", role = "ouvert", format = "decimal2" },
  { nom = "apl", titre = "APL", role = "ouvert", format = "decimal2" },
  { nom = "base_patients", titre = "Patients au départ", role = "patients", format = "entier" },
  { nom = "base_ald", titre = "En ALD au départ", role = "patients", format = "entier" },
  { nom = "base_ages_70_plus", titre = "70 ans et plus au départ", role = "patients", format = "entier" },
  { nom = "base_part_sans_mt", titre = "Part sans médecin traitant au départ", role = "mesure", format = "decimal2", garde = "base_patients", numerateur = "base_patients_sans_mt" },
  { nom = "base_part_ald", titre = "Part en ALD au départ", role = "mesure", format = "decimal2", garde = "base_patients", numerateur = "base_ald" },
  { nom = "base_part_70_plus", titre = "Part de 70 ans et plus au départ", role = "mesure", format = "decimal2", garde = "base_patients", numerateur = "base_ages_70_plus" },
  { nom = "base_mg_etp", titre = "Généralistes au départ (ETP)", role = "ouvert", format = "decimal2" },
  { nom = "base_apl", titre = "APL au départ", role = "ouvert", format = "decimal2" },
  { nom = "base_patients_sans_mt", titre = "Sans médecin traitant au départ", role = "patients", format = "entier" },
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

[parametres.type_territoire]
type = "texte"
description = "Maille du panel"
valeurs = ["commune", "epci"]
defaut = "commune"

[parametres.annee_base]
type = "entier"
description = "Année dont les zonages décident de l'éligibilité, avant la mesure"
defaut = "2023"
---*/
WITH intercommunalites AS (
  -- An EPCI that lies across a border is placed in its first département.
  SELECT siren_epci AS siren, min(nom_epci) AS nom, min(code_departement) AS departement,
         min(code_region) AS region, CAST(sum(population) AS BIGINT) AS habitants
    FROM communes
   WHERE siren_epci IS NOT NULL
   GROUP BY siren_epci
),
geographie AS (
  -- A territory is a commune or an EPCI.
  SELECT code_commune AS code_territoire, nom_commune AS nom_territoire, code_departement, code_region,
         siren_epci, population
    FROM communes
   UNION ALL
  SELECT siren AS code_territoire, nom AS nom_territoire, departement AS code_departement, region AS code_region,
         siren AS siren_epci, habitants AS population
    FROM intercommunalites
),
releves AS (
  -- Day from which the tours of each région are recorded.
  SELECT m.code_region, min(t.date) AS debut
    FROM tournees t
    JOIN medicobus m ON m.id_medicobus = t.id_medicobus
   GROUP BY m.code_region
),
passages AS (
  -- Treatment starts with a tour that took place, not with a label; a stop opened before the records
  -- began is dated by its opening, lest an old bus pass for a new one. A bus that never ran opened nothing.
  SELECT t.code_commune, min(t.date) AS premiere
    FROM tournees t
   WHERE COALESCE(t.annulee, 'non') <> 'oui'
     AND t.date < make_date($annee + 1, 1, 1)
   GROUP BY t.code_commune
   UNION ALL
  SELECT d.code_commune, min(GREATEST(d.date_debut, m.date_mise_en_service))
    FROM dessertes d
    JOIN medicobus m ON m.id_medicobus = d.id_medicobus
    JOIN releves r ON r.code_region = m.code_region
   WHERE m.date_mise_en_service IS NOT NULL
     AND GREATEST(d.date_debut, m.date_mise_en_service) < r.debut
     AND GREATEST(d.date_debut, m.date_mise_en_service) < make_date($annee + 1, 1, 1)
   GROUP BY d.code_commune
),
premieres AS (
  SELECT code_commune AS code_territoire, min(premiere) AS premiere
    FROM passages
   GROUP BY code_commune
   UNION ALL
  SELECT c.siren_epci, min(p.premiere)
    FROM passages p
    JOIN communes c ON c.code_commune = p.code_commune
   WHERE c.siren_epci IS NOT NULL
   GROUP BY c.siren_epci
),
zonages_retenus AS (
  -- For each fact, the vintage in force in the year: the latest one before it, failing that the first one after.
  SELECT code_commune,
         max(CASE WHEN rang_densite = 1 THEN densite7 END) AS densite7,
         max(CASE WHEN rang_zonage = 1 THEN zonage_mg END) AS zonage_mg
    FROM (SELECT code_commune, densite7, zonage_mg,
                 ROW_NUMBER() OVER (PARTITION BY code_commune ORDER BY
                   CASE WHEN densite7 IS NULL THEN 2 WHEN millesime > $annee_base THEN 1 ELSE 0 END,
                   abs(millesime - $annee_base), source) AS rang_densite,
                 ROW_NUMBER() OVER (PARTITION BY code_commune ORDER BY
                   CASE WHEN zonage_mg IS NULL THEN 2 WHEN millesime > $annee_base THEN 1 ELSE 0 END,
                   abs(millesime - $annee_base), source) AS rang_zonage
            FROM zonages) AS z
   GROUP BY code_commune
),
eligibles AS (
  -- An EPCI is eligible as soon as one of its communes is.
  SELECT c.code_commune AS code_territoire, z.densite7, z.zonage_mg,
         CASE
           WHEN z.densite7 IS NULL OR z.zonage_mg IS NULL THEN 'inconnu'
           WHEN z.densite7 IN (5, 6, 7) AND z.zonage_mg IN ('ZIP', 'ZAC') THEN 'oui'
           ELSE 'non'
         END AS eligible
    FROM communes c
    JOIN zonages_retenus z ON z.code_commune = c.code_commune
   UNION ALL
  SELECT siren_epci, NULL, NULL, CASE max(note) WHEN 2 THEN 'oui' WHEN 1 THEN 'non' ELSE 'inconnu' END
    FROM (SELECT c.siren_epci,
                 CASE CASE
           WHEN z.densite7 IS NULL OR z.zonage_mg IS NULL THEN 'inconnu'
           WHEN z.densite7 IN (5, 6, 7) AND z.zonage_mg IN ('ZIP', 'ZAC') THEN 'oui'
           ELSE 'non'
         END WHEN 'oui' THEN 2 WHEN 'non' THEN 1 ELSE 0 END AS note
            FROM communes c
            JOIN zonages_retenus z ON z.code_commune = c.code_commune
           WHERE c.siren_epci IS NOT NULL) AS n
   GROUP BY siren_epci
),
traitements AS (
  SELECT g.code_territoire, g.nom_territoire, g.code_departement, g.code_region, g.siren_epci, g.population,
         CAST(extract(year FROM p.premiere) AS VARCHAR) || '-T' || CAST(extract(quarter FROM p.premiere) AS VARCHAR) AS premier_trimestre,
         CAST(extract(year FROM e.premiere) AS VARCHAR) || '-T' || CAST(extract(quarter FROM e.premiere) AS VARCHAR) AS premier_trimestre_epci,
         CASE WHEN p.premiere IS NULL AND e.premiere IS NOT NULL THEN 'oui' ELSE 'non' END AS voisin,
         COALESCE(z.eligible, 'inconnu') AS eligible,
         z.densite7, z.zonage_mg
    FROM geographie g
    LEFT JOIN premieres p ON p.code_territoire = g.code_territoire
    LEFT JOIN premieres e ON e.code_territoire = g.siren_epci
    LEFT JOIN eligibles z ON z.code_territoire = g.code_territoire
),
panel AS (
  SELECT t.*
    FROM territoires t
   WHERE t.type_territoire = CAST($type_territoire AS VARCHAR)
     AND substr(t.periode, 1, 4) <= CAST($annee AS VARCHAR)
),
debuts AS (
  SELECT g.code_region, min(p.periode) AS periode
    FROM panel p
    JOIN geographie g ON g.code_territoire = p.code_territoire
   GROUP BY g.code_region
),
depart AS (
  -- A territory's own first row may come after its first tour: what is known of it at the start is what the first
  -- quarter of its région's panel says, or nothing.
  SELECT p.*
    FROM panel p
    JOIN geographie g ON g.code_territoire = p.code_territoire
    JOIN debuts b ON b.code_region = g.code_region AND b.periode = p.periode
)
SELECT p.periode,
       p.code_territoire AS code_zone,
       t.nom_territoire AS nom_zone,
       t.code_departement,
       t.code_region,
       t.siren_epci,
       t.premier_trimestre,
       t.premier_trimestre_epci,
       CASE WHEN t.premier_trimestre <= p.periode THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS servi,
       t.voisin,
       t.eligible,
       t.densite7,
       t.zonage_mg,
       t.population,
       p.patients,
       p.patients_sans_mt,
       p.ald,
       p.ald_sans_mt,
       p.ages_70_plus,
       p.ages_70_plus_sans_mt,
       CAST(p.mg_etp AS DOUBLE) AS mg_etp,
       CAST(p.apl AS DOUBLE) AS apl,
       d.patients AS base_patients,
       d.ald AS base_ald,
       d.ages_70_plus AS base_ages_70_plus,
       round(100 * (100 * CAST(d.patients_sans_mt AS DOUBLE) / NULLIF(d.patients, 0))) / 100 AS base_part_sans_mt,
       round(100 * (100 * CAST(d.ald AS DOUBLE) / NULLIF(d.patients, 0))) / 100 AS base_part_ald,
       round(100 * (100 * CAST(d.ages_70_plus AS DOUBLE) / NULLIF(d.patients, 0))) / 100 AS base_part_70_plus,
       CAST(d.mg_etp AS DOUBLE) AS base_mg_etp,
       CAST(d.apl AS DOUBLE) AS base_apl,
       d.patients_sans_mt AS base_patients_sans_mt
  FROM panel p
  JOIN traitements t ON t.code_territoire = p.code_territoire
  LEFT JOIN depart d ON d.code_territoire = p.code_territoire
 WHERE (CAST($region AS VARCHAR) IS NULL OR t.code_region = CAST($region AS VARCHAR))
   AND (CAST($departement AS VARCHAR) IS NULL OR t.code_departement = CAST($departement AS VARCHAR))
 ORDER BY p.code_territoire, p.periode
