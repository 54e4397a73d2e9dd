/*---
nom = "etat_des_lieux"
titre = "État des lieux d'un territoire de projet"
theme = "organisation"
definition = "Avant qu'un médicobus n'ouvre : besoin, offre et zonage de chaque commune de son territoire, du territoire entier, des autres communes de ses départements et de ces départements."
formule = "parts : Σ patients concernés ÷ Σ patients des communes du panel ; APL du territoire : moyenne des communes pondérée par leur population"
unite = "% des patients"
population = "Communes du projet et autres communes de leurs départements ; panel de l'Assurance maladie : dernier trimestre livré de la région, au plus tard à la fin de l'année ; densité et zonage en vigueur dans l'année"
sources = ["dessertes", "territoires", "zonages", "communes"]
limites = [
  "Un médecin traitant parti en retraite reste inscrit dans les fichiers : la part administrative sans médecin traitant sous-estime le besoin.",
  "Les profils se recoupent (ALD, 70 ans et plus, sans médecin traitant) : ces lignes ne s'additionnent pas.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Projet", role = "zone" },
  { nom = "perimetre", titre = "Périmètre", role = "categorie", total = "departements" },
  { nom = "nom_perimetre", titre = "Périmètre", role = "libelle" },
  { nom = "code_commune", titre = "Code commune", role = "categorie", total = "ensemble" },
  { nom = "nom_commune", titre = "Commune", role = "libelle" },
  { nom = "communes", titre = "Communes", role = "ouvert", format = "entier" },
  { nom = "population", titre = "Habitants", role = "ouvert", format = "entier" },
  { nom = "densite7", titre = "Densité", role = "ouvert", format = "entier" },
  { nom = "millesime_densite", titre = "Millésime de la densité", role = "ouvert", format = "texte" },
  { nom = "zonage_mg", titre = "Zonage", role = "ouvert", format = "texte" },
  { nom = "millesime_zonage", titre = "Millésime du zonage", role = "ouvert", format = "texte" },
  { nom = "rurales", titre = "Communes rurales", role = "ouvert", format = "entier" },
  { nom = "zip_zac", titre = "Communes en ZIP ou ZAC", role = "ouvert", format = "entier" },
  { nom = "eligibles", titre = "Communes éligibles", role = "ouvert", format = "entier" },
  { nom = "indeterminees", titre = "Densité ou zonage inconnu", role = "ouvert", format = "entier" },
  { nom = "apl", titre = "APL", role = "ouvert", format = "decimal1" },
  { nom = "millesime_apl", titre = "Millésime de l'APL", role = "ouvert", format = "texte" },
  { nom = "trimestre", titre = "Trimestre du panel", role = "ouvert", format = "texte" },
  { nom = "observees", titre = "Communes du panel", role = "ouvert", format = "entier" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["perimetre", "code_commune"] },
  { nom = "sans_mt", titre = "Sans médecin traitant", role = "patients", format = "entier", additif = ["perimetre", "code_commune"] },
  { nom = "part_sans_mt", titre = "Part sans médecin traitant", role = "taux", format = "pourcent", numerateur = "sans_mt", denominateur = "patients" },
  { nom = "ald", titre = "Patients en ALD", role = "patients", format = "entier", additif = ["perimetre", "code_commune"] },
  { nom = "part_ald", titre = "Part en ALD", role = "taux", format = "pourcent", numerateur = "ald", denominateur = "patients" },
  { nom = "ald_sans_mt", titre = "En ALD sans médecin traitant", role = "patients", format = "entier", additif = ["perimetre"] },
  { nom = "ages_70_plus", titre = "Patients de 70 ans et plus", role = "patients", format = "entier", additif = ["perimetre", "code_commune"] },
  { nom = "part_70_plus", titre = "Part de 70 ans et plus", role = "taux", format = "pourcent", numerateur = "ages_70_plus", denominateur = "patients" },
  { nom = "ages_70_plus_sans_mt", titre = "De 70 ans et plus sans médecin traitant", role = "patients", format = "entier", additif = ["perimetre"] },
  { nom = "mg_etp", titre = "ETP", role = "ouvert", format = "decimal1" },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.medicobus]
type = "texte"
description = "Identifiant d'un médicobus : les communes de son itinéraire ; tous si absent"

[parametres.communes]
type = "texte"
description = "Codes des communes d'un projet, séparés par des virgules, à la place d'un itinéraire : 61006,61038"

[[identites]]                # people of the Assurance maladie's panel in a project's communes, not patients of a bus
colonnes = ["patients"]
mesure = "patients_etat_des_lieux"

[[identites]]
colonnes = ["sans_mt"]
mesure = "sans_mt_etat_des_lieux"

[[identites]]
colonnes = ["ald"]
mesure = "ald_etat_des_lieux"

[[identites]]
colonnes = ["ages_70_plus"]
mesure = "ages_70_plus_etat_des_lieux"
---*/
WITH projets AS (
  -- The communes asked for; failing that, those of each bus's itinerary that has not ended before the year.
  SELECT 'projet' AS code_zone, c.code_commune
    FROM communes c
   WHERE strpos(',' || replace(CAST($communes AS VARCHAR), ' ', '') || ',', ',' || c.code_commune || ',') > 0
   UNION
  SELECT d.id_medicobus, d.code_commune
    FROM dessertes d
   WHERE CAST($communes AS VARCHAR) IS NULL
     AND d.id_medicobus = COALESCE($medicobus, d.id_medicobus)
     AND (d.date_fin IS NULL OR d.date_fin >= make_date($annee, 1, 1))
),
mailles AS (
  -- Every commune of the départements that the project touches, and on which side it stands.
  SELECT d.code_zone, CASE WHEN p.code_commune IS NULL THEN 'reste' ELSE 'projet' END AS perimetre,
         c.code_commune, c.nom_commune, c.population
    FROM (SELECT DISTINCT p.code_zone, c.code_departement
            FROM projets p
            JOIN communes c ON c.code_commune = p.code_commune) AS d
    JOIN communes c ON c.code_departement = d.code_departement
    LEFT JOIN projets p ON p.code_zone = d.code_zone AND p.code_commune = c.code_commune
),
noms AS (
  SELECT p.code_zone,
         CASE count(DISTINCT d.code_departement)
           WHEN 1 THEN min(d.nom_departement)
           WHEN 2 THEN min(d.nom_departement) || ' et ' || max(d.nom_departement)
           ELSE 'départements du projet'
         END AS nom_departements
    FROM projets p
    JOIN communes c ON c.code_commune = p.code_commune
    JOIN departements d ON d.code_departement = c.code_departement
   GROUP BY p.code_zone
),
panel AS (
  SELECT c.code_region, t.code_territoire, t.periode, t.patients, t.patients_sans_mt, t.ald, t.ald_sans_mt,
         t.ages_70_plus, t.ages_70_plus_sans_mt, t.mg_etp
    FROM territoires t
    JOIN communes c ON c.code_commune = t.code_territoire
   WHERE t.type_territoire = 'commune'
     AND substr(t.periode, 1, 4) <= CAST($annee AS VARCHAR)
),
derniers AS (SELECT code_region, max(periode) AS periode FROM panel GROUP BY code_region),
apls AS (
  -- The latest vintage of the year or before; failing that, the first one after.
  SELECT code_commune, apl, millesime
    FROM (SELECT z.code_commune, CAST(round(100 * CAST(z.apl_mg AS DOUBLE)) AS BIGINT) AS apl, z.millesime,
                 ROW_NUMBER() OVER (PARTITION BY z.code_commune
                   ORDER BY CASE WHEN z.millesime > $annee THEN 1 ELSE 0 END, abs(z.millesime - $annee), z.source) AS rang
            FROM zonages z
           WHERE z.apl_mg IS NOT NULL) AS r
   WHERE rang = 1
),
faits AS (
  SELECT m.code_zone, m.perimetre, m.code_commune, m.nom_commune, m.population,
         z.densite7, z.millesime_densite, z.zonage_mg, z.millesime_zonage, z.eligible,
         a.apl, a.millesime AS millesime_apl,
         p.periode, p.patients, p.patients_sans_mt, p.ald, p.ald_sans_mt, p.ages_70_plus, p.ages_70_plus_sans_mt,
         CAST(round(100 * CAST(p.mg_etp AS DOUBLE)) AS BIGINT) AS mg_etp
    FROM mailles m
    LEFT JOIN zonages_en_vigueur z ON z.code_commune = m.code_commune AND $annee BETWEEN z.depuis AND z.jusque
    LEFT JOIN apls a ON a.code_commune = m.code_commune
    LEFT JOIN (SELECT p.*
                 FROM panel p
                 JOIN derniers d ON d.code_region = p.code_region AND d.periode = p.periode) AS p
           ON p.code_territoire = m.code_commune
),
lignes AS (
  SELECT 1 AS ordre, 'projet' AS groupe, code_commune AS commune, nom_commune AS nom, f.* FROM faits f WHERE perimetre = 'projet'
   UNION ALL
  SELECT 0, 'projet', 'ensemble', 'Ensemble', f.* FROM faits f WHERE perimetre = 'projet'
   UNION ALL
  SELECT 2, 'reste', 'ensemble', 'Ensemble', f.* FROM faits f WHERE perimetre = 'reste'
   UNION ALL
  SELECT 3, 'departements', 'ensemble', 'Ensemble', f.* FROM faits f
),
compte AS (
  SELECT code_zone, ordre, groupe, commune, nom,
         count(*) AS communes, CAST(sum(population) AS BIGINT) AS population,
         min(densite7) AS densite7, min(zonage_mg) AS zonage_mg,
         min(millesime_densite) AS densite_de, max(millesime_densite) AS densite_a,
         min(millesime_zonage) AS zonage_de, max(millesime_zonage) AS zonage_a,
         min(millesime_apl) AS apl_de, max(millesime_apl) AS apl_a,
         count(*) FILTER (WHERE densite7 IN (5, 6, 7)) AS rurales,
         count(*) FILTER (WHERE zonage_mg IN ('ZIP', 'ZAC')) AS zip_zac,
         count(*) FILTER (WHERE eligible = 'oui') AS eligibles,
         count(*) FILTER (WHERE COALESCE(eligible, 'inconnu') = 'inconnu') AS indeterminees,
         CAST(sum(apl * population) AS BIGINT) AS apl_habitants,
         CAST(sum(CASE WHEN apl IS NOT NULL THEN population END) AS BIGINT) AS habitants_apl,
         max(periode) AS trimestre, count(patients) AS observees,
         CAST(sum(patients) AS BIGINT) AS patients, CAST(sum(patients_sans_mt) AS BIGINT) AS sans_mt,
         CAST(sum(ald) AS BIGINT) AS ald, CAST(sum(ald_sans_mt) AS BIGINT) AS ald_sans_mt,
         CAST(sum(CASE WHEN ald IS NOT NULL THEN patients END) AS BIGINT) AS patients_ald,
         CAST(sum(ages_70_plus) AS BIGINT) AS ages_70_plus, CAST(sum(ages_70_plus_sans_mt) AS BIGINT) AS ages_70_plus_sans_mt,
         CAST(sum(CASE WHEN ages_70_plus IS NOT NULL THEN patients END) AS BIGINT) AS patients_ages,
         CAST(sum(mg_etp) AS BIGINT) AS mg_etp
    FROM lignes
   GROUP BY code_zone, ordre, groupe, commune, nom
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       groupe AS perimetre,
       CASE groupe WHEN 'projet' THEN 'Territoire' WHEN 'reste' THEN 'Ailleurs'
                   ELSE n.nom_departements END AS nom_perimetre,
       commune AS code_commune,
       nom AS nom_commune,
       communes,
       population,
       CASE WHEN ordre = 1 THEN densite7 END AS densite7,
       CASE WHEN densite_de = densite_a THEN CAST(densite_a AS VARCHAR)
            ELSE CAST(densite_de AS VARCHAR) || '–' || CAST(densite_a AS VARCHAR) END AS millesime_densite,
       CASE WHEN ordre = 1 THEN zonage_mg END AS zonage_mg,
       CASE WHEN zonage_de = zonage_a THEN CAST(zonage_a AS VARCHAR)
            ELSE CAST(zonage_de AS VARCHAR) || '–' || CAST(zonage_a AS VARCHAR) END AS millesime_zonage,
       CASE WHEN ordre <> 1 THEN rurales END AS rurales,
       CASE WHEN ordre <> 1 THEN zip_zac END AS zip_zac,
       CASE WHEN ordre <> 1 THEN eligibles END AS eligibles,
       CASE WHEN ordre <> 1 THEN indeterminees END AS indeterminees,
       round(10 * (CAST(apl_habitants AS DOUBLE) / NULLIF(100 * habitants_apl, 0))) / 10 AS apl,
       CASE WHEN apl_de = apl_a THEN CAST(apl_a AS VARCHAR)
            ELSE CAST(apl_de AS VARCHAR) || '–' || CAST(apl_a AS VARCHAR) END AS millesime_apl,
       trimestre,
       observees,
       patients,
       sans_mt,
       round(10 * (100 * CAST(sans_mt AS DOUBLE) / NULLIF(patients, 0))) / 10 AS part_sans_mt,
       ald,
       round(10 * (100 * CAST(ald AS DOUBLE) / NULLIF(patients_ald, 0))) / 10 AS part_ald,
       -- Commune by commune these are a handful of people.
       CASE WHEN ordre <> 1 THEN ald_sans_mt END AS ald_sans_mt,
       ages_70_plus,
       round(10 * (100 * CAST(ages_70_plus AS DOUBLE) / NULLIF(patients_ages, 0))) / 10 AS part_70_plus,
       CASE WHEN ordre <> 1 THEN ages_70_plus_sans_mt END AS ages_70_plus_sans_mt,
       round(CAST(mg_etp AS DOUBLE) / 10) / 10 AS mg_etp
  FROM compte c
  JOIN noms n ON n.code_zone = c.code_zone
 ORDER BY c.code_zone, ordre, population DESC, commune
