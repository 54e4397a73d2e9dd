/*---
nom = "deploiement"
titre = "Déploiement des médicobus"
theme = "deploiement"
definition = "Médicobus labellisés, mis en service et arrêtés à la fin de l'année, par vague de labellisation, et jours de sortie rapportés aux jours prévus."
formule = "taux de sortie = jours de sortie des médicobus au rythme connu ÷ Σ (jours par semaine × jours de service de l'année ÷ 7)"
unite = "médicobus"
population = "Tous les projets déclarés ; sorties de l'année non annulées"
sources = ["medicobus", "tournees"]
limites = [
  "La cible de 100 médicobus vaut pour la nation à la fin de 2024 : elle n'est pas répartie entre régions.",
  "Les jours prévus ne déduisent ni congés ni jours fériés : un taux de 90 % est déjà un plein service.",
  "L'année en cours compte jusqu'à la fin du dernier mois où la région a déclaré une tournée ; sans tournée déclarée, rien n'est prévu et le taux est inconnu.",
  "Un projet sans date de labellisation est tenu pour labellisé le jour de sa mise en service.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "labellises", titre = "Labellisés", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "vague_1", titre = "Vague 1", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "vague_2", titre = "Vague 2", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "hors_aap", titre = "Hors appel à projets", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "vague_inconnue", titre = "Vague inconnue", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "mis_en_service", titre = "Mis en service dans l'année", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "en_service", titre = "En service", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "arretes", titre = "Arrêtés dans l'année", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "cible", titre = "Cible nationale", role = "ouvert", format = "entier" },
  { nom = "part_cible", titre = "Part de la cible", role = "ouvert", format = "pourcent" },
  { nom = "jours_sortie", titre = "Jours de sortie", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "jours_prevus", titre = "Jours prévus", role = "ouvert", format = "entier" },
  { nom = "taux_sortie", titre = "Taux de sortie", role = "ouvert", format = "pourcent" },
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
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
sorties AS (
  -- One row per bus and day out, whatever the number of stops; cancelled tours are not outings.
  SELECT DISTINCT id_medicobus, date
    FROM tournees_tenues
   WHERE annee = $annee
),
jours_par_bus AS (
  SELECT id_medicobus, count(*) AS jours
    FROM sorties
   GROUP BY id_medicobus
),
mois_observes AS (
  -- A year under way is observed until the end of the last month in which the région reported a tour.
  SELECT m.code_region, max(extract(month FROM t.date)) AS dernier_mois
    FROM tournees t
    JOIN medicobus m ON m.id_medicobus = t.id_medicobus
   WHERE t.date >= make_date($annee, 1, 1)
     AND t.date < make_date($annee + 1, 1, 1)
   GROUP BY m.code_region
),
periodes AS (
  SELECT b.code_zone, b.nom_zone, m.*,
         COALESCE(m.date_labellisation, m.date_mise_en_service) AS labellise_le,
         GREATEST(m.date_mise_en_service, make_date($annee, 1, 1)) AS debut,
         CASE WHEN o.dernier_mois = 12 THEN make_date($annee + 1, 1, 1)
              ELSE make_date($annee, CAST(o.dernier_mois AS BIGINT) + 1, 1)
         END AS lendemain
    FROM bus b
    JOIN medicobus m ON m.id_medicobus = b.id_medicobus
    LEFT JOIN mois_observes o ON o.code_region = b.code_region
),
prevus AS (
  SELECT p.*,
         -- NULL where the start or the rhythm is unknown: such a bus stays out of the rate, on both sides.
         CASE WHEN p.date_mise_en_service IS NOT NULL AND p.jours_par_semaine IS NOT NULL THEN
           p.jours_par_semaine * CAST(CASE
             -- Nothing was planned in a year that the région has told nothing of.
             WHEN p.lendemain IS NULL THEN 0
             ELSE GREATEST(0, LEAST(p.lendemain - p.debut, COALESCE(p.date_fin - p.debut + 1, p.lendemain - p.debut)))
           END AS BIGINT)
         END AS septiemes
    FROM periodes p
),
compte AS (
  SELECT p.code_zone, p.nom_zone,
         count(*) FILTER (WHERE p.labellise_le < make_date($annee + 1, 1, 1)) AS labellises,
         count(*) FILTER (WHERE p.labellise_le < make_date($annee + 1, 1, 1) AND p.vague = '1') AS vague_1,
         count(*) FILTER (WHERE p.labellise_le < make_date($annee + 1, 1, 1) AND p.vague = '2') AS vague_2,
         count(*) FILTER (WHERE p.labellise_le < make_date($annee + 1, 1, 1) AND p.vague = 'hors_aap') AS hors_aap,
         count(*) FILTER (WHERE p.labellise_le < make_date($annee + 1, 1, 1) AND p.vague IS NULL) AS vague_inconnue,
         count(*) FILTER (WHERE p.date_mise_en_service >= make_date($annee, 1, 1)
                            AND p.date_mise_en_service < make_date($annee + 1, 1, 1)) AS mis_en_service,
         count(*) FILTER (WHERE p.date_mise_en_service < make_date($annee + 1, 1, 1)
                            AND (p.date_fin IS NULL OR p.date_fin >= make_date($annee + 1, 1, 1))) AS en_service,
         count(*) FILTER (WHERE p.date_fin >= make_date($annee, 1, 1)
                            AND p.date_fin < make_date($annee + 1, 1, 1)) AS arretes,
         CAST(COALESCE(sum(j.jours), 0) AS BIGINT) AS jours_sortie,
         CAST(sum(p.septiemes) AS DOUBLE) / 7 AS jours_prevus,
         CAST(sum(CASE WHEN p.septiemes IS NOT NULL THEN COALESCE(j.jours, 0) END) AS DOUBLE) AS jours_suivis
    FROM prevus p
    LEFT JOIN jours_par_bus j ON j.id_medicobus = p.id_medicobus
   GROUP BY p.code_zone, p.nom_zone
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       labellises,
       vague_1,
       vague_2,
       hors_aap,
       vague_inconnue,
       mis_en_service,
       en_service,
       arretes,
       -- The measure's target: 100 buses in the country by the end of 2024.
       CASE WHEN code_zone IN ('FR', 'national/FR') AND $annee >= 2024 THEN CAST(100 AS BIGINT) END AS cible,
       CASE WHEN code_zone IN ('FR', 'national/FR') AND $annee >= 2024 THEN round(10 * (CAST(labellises AS DOUBLE))) / 10 END AS part_cible,
       jours_sortie,
       CAST(round(jours_prevus, 0) AS BIGINT) AS jours_prevus,
       round(10 * (100 * jours_suivis / NULLIF(jours_prevus, 0))) / 10 AS taux_sortie
  FROM compte
 ORDER BY code_zone
