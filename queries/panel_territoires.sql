/*---
nom = "panel_territoires"
titre = "Panel des territoires"
theme = "medecin_traitant"
definition = "Une ligne par territoire et trimestre jusqu'à la fin de l'année : patients avec et sans médecin traitant, offre, trimestre de la première tournée effective, éligibilité, voisinage, autres mesures, porteur, jours de passage et situation de départ."
formule = "desservi = trimestre ≥ premier trimestre de tournée effective ; autres mesures = celles qui sont en vigueur un jour du trimestre, déclarées pour le territoire ou, d'une commune, pour son EPCI ou son TVS ; voisin = même EPCI qu'une commune desservie, sans l'être ; départ = premier trimestre du panel de la région, vide pour un territoire qui n'y est pas"
unite = "patients"
population = "Territoires du panel de l'Assurance maladie, desservis ou non"
sources = ["territoires", "tournees", "dessertes", "medicobus", "zonages", "communes", "mesures_concurrentes"]
limites = [
  "Table de travail de l'évaluation : elle nourrit les estimations et ne s'imprime pas.",
  "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
  "Le voisinage est approché par l'EPCI.",
  "Une mesure que personne n'a déclarée n'apparaît pas.",
  "Une tournée d'avant les relevés est datée par l'ouverture de la desserte.",
  "Les communes d'un territoire de vie-santé (TVS) sont celles de la composition en vigueur dans l'année, prise aux zonages chargés ; un TVS qui n'y est pas n'est pas compté.",
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
  { nom = "mesures", titre = "Autres mesures en vigueur", role = "libelle" },
  { nom = "porteur_type", titre = "Porteur du premier médicobus", role = "libelle" },
  { nom = "jours_passage", titre = "Jours de passage jusqu'à la fin de l'année", role = "ouvert", format = "entier" },
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
valeurs = ["commune", "epci", "tvs"]
defaut = "commune"

[parametres.annee_base]
type = "entier"
description = "Année dont les zonages décident de l'éligibilité, avant la mesure"
defaut = "2023"
---*/
WITH traitements AS (
  SELECT g.*, p.premier_trimestre, p.porteur_type, e.premier_trimestre AS premier_trimestre_epci,
         CASE WHEN p.premiere IS NULL AND e.premiere IS NOT NULL THEN 'oui' ELSE 'non' END AS voisin,
         COALESCE(z.eligible, 'inconnu') AS eligible, z.densite7, z.zonage_mg
    FROM geographie g
    LEFT JOIN territoires_desservis p ON p.type_territoire = g.type_territoire AND p.code_territoire = g.code_territoire
                                     AND $annee BETWEEN p.depuis AND p.jusque AND p.premiere < make_date($annee + 1, 1, 1)
    LEFT JOIN territoires_desservis e ON e.type_territoire = 'epci' AND e.code_territoire = g.siren_epci AND e.premiere < make_date($annee + 1, 1, 1)
    LEFT JOIN eligibilites z ON z.type_territoire = g.type_territoire AND z.code_territoire = g.code_territoire
                            AND $annee_base BETWEEN z.depuis AND z.jusque
   WHERE $annee BETWEEN g.depuis AND g.jusque
     AND g.type_territoire = CAST($type_territoire AS VARCHAR)
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
    JOIN traitements g ON g.code_territoire = p.code_territoire
   GROUP BY g.code_region
),
depart AS (
  -- A territory's own first row may come after its first tour: what is known of it at the start is what the first
  -- quarter of its région's panel says, or nothing.
  SELECT p.*
    FROM panel p
    JOIN traitements g ON g.code_territoire = p.code_territoire
    JOIN debuts b ON b.code_region = g.code_region AND b.periode = p.periode
),
declarees AS (
  SELECT code_territoire, mesure, date_debut, date_fin
    FROM mesures_concurrentes
   WHERE type_territoire = CAST($type_territoire AS VARCHAR)
   UNION
  -- What an EPCI or a TVS has, its communes have.
  SELECT a.code_commune, m.mesure, m.date_debut, m.date_fin
    FROM mesures_concurrentes m
    JOIN appartenances a ON a.type_territoire = m.type_territoire AND a.code_territoire = m.code_territoire
                        AND $annee BETWEEN a.depuis AND a.jusque
   WHERE CAST($type_territoire AS VARCHAR) = 'commune'
),
en_vigueur AS (
  SELECT DISTINCT p.code_territoire, p.periode, m.mesure
    FROM panel p
    JOIN declarees m ON m.code_territoire = p.code_territoire
   WHERE CAST(extract(year FROM m.date_debut) AS VARCHAR) || '-T' || CAST(extract(quarter FROM m.date_debut) AS VARCHAR) <= p.periode
     AND (m.date_fin IS NULL
          OR CAST(extract(year FROM m.date_fin) AS VARCHAR) || '-T' || CAST(extract(quarter FROM m.date_fin) AS VARCHAR) >= p.periode)
),
jours AS (
  SELECT a.code_territoire, count(DISTINCT t.date) AS jours
    FROM tournees_tenues t
    JOIN appartenances a ON a.code_commune = t.code_commune AND $annee BETWEEN a.depuis AND a.jusque
   WHERE a.type_territoire = CAST($type_territoire AS VARCHAR)
     AND t.date < make_date($annee + 1, 1, 1)
   GROUP BY a.code_territoire
),
autres AS (
  SELECT code_territoire, periode, string_agg(mesure, ' ' ORDER BY mesure) AS mesures
    FROM en_vigueur
   GROUP BY code_territoire, periode
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
       d.patients_sans_mt AS base_patients_sans_mt,
       a.mesures,
       t.porteur_type,
       j.jours AS jours_passage
  FROM panel p
  JOIN traitements t ON t.code_territoire = p.code_territoire
  LEFT JOIN depart d ON d.code_territoire = p.code_territoire
  LEFT JOIN jours j ON j.code_territoire = p.code_territoire
  LEFT JOIN autres a ON a.code_territoire = p.code_territoire AND a.periode = p.periode
 WHERE t.code_region = COALESCE($region, t.code_region)
   AND t.code_departement = COALESCE($departement, t.code_departement)
 ORDER BY p.code_territoire, p.periode
