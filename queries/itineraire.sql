/*---
nom = "itineraire"
titre = "Tenue de l'itinéraire"
theme = "organisation"
definition = "Tournées déclarées au regard de celles que l'itinéraire hebdomadaire prévoit, tournées annulées, tournées faites au jour fixe de la commune, et tournées dédiées à une spécialité ou à la prévention."
formule = "prévues = Σ sur les dessertes au jour connu du nombre de ce jour de semaine tant que l'arrêt est desservi et le médicobus en service ; au jour fixe = tournées au jour prévu ÷ tournées dont le jour est connu"
unite = "tournées"
population = "Tournées de la période et dessertes ouvertes dans la période, des médicobus en service"
sources = ["tournees", "dessertes", "medicobus"]
limites = [
  "Les tournées prévues ne déduisent ni congés ni jours fériés.",
  "L'année en cours compte jusqu'à la fin du dernier mois où la région a déclaré une tournée.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "prevues", titre = "Tournées prévues", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "declarees", titre = "Tournées déclarées", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "part_declarees", titre = "Déclarées sur prévues", role = "ouvert", format = "pourcent" },
  { nom = "annulees", titre = "Annulées", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "part_annulees", titre = "Part annulée", role = "ouvert", format = "pourcent" },
  { nom = "jour_connu", titre = "Tournées au jour prévu connu", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "au_jour_fixe", titre = "Au jour fixe", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "part_au_jour_fixe", titre = "Part au jour fixe", role = "ouvert", format = "pourcent" },
  { nom = "hors_itineraire", titre = "Hors des communes prévues", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "dediees_specialite", titre = "Dédiées à une spécialité", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
  { nom = "dediees_prevention", titre = "Dédiées à la prévention", role = "ouvert", format = "entier", additif = ["code_zone", "periode"] },
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
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
fins AS (
  SELECT m.code_region,
         CASE WHEN max(extract(month FROM t.date)) = 12 THEN make_date($annee + 1, 1, 1)
              ELSE make_date($annee, CAST(max(extract(month FROM t.date)) AS BIGINT) + 1, 1)
         END AS lendemain
    FROM tournees t
    JOIN medicobus m ON m.id_medicobus = t.id_medicobus
   WHERE t.date >= make_date($annee, 1, 1)
     AND t.date < make_date($annee + 1, 1, 1)
   GROUP BY m.code_region
),
pas_de_temps AS (
  -- Days are counted from a Monday, so that a weekday is a remainder; an end is the day after the last one.
  SELECT CASE CAST($pas AS VARCHAR)
           WHEN 'mois' THEN CAST($annee AS VARCHAR) || CASE WHEN n < 10 THEN '-0' ELSE '-' END || CAST(n AS VARCHAR)
           WHEN 'trimestre' THEN CAST($annee AS VARCHAR) || '-T' || CAST(n AS VARCHAR)
           ELSE CAST($annee AS VARCHAR)
         END AS periode,
         make_date($annee, (n - 1) * duree + 1, 1) - DATE '2001-01-01' AS debut,
         CASE WHEN n * duree = 12 THEN make_date($annee + 1, 1, 1) ELSE make_date($annee, (n * duree) % 12 + 1, 1) END - DATE '2001-01-01' AS fin
    FROM (SELECT CAST(column1 AS BIGINT) AS n,
                 CAST(CASE CAST($pas AS VARCHAR) WHEN 'mois' THEN 1 WHEN 'trimestre' THEN 3 ELSE 12 END AS BIGINT) AS duree
            FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12)) AS v(column1)) AS rangs
   WHERE n * duree <= 12
),
sortis AS (
  SELECT DISTINCT id_medicobus
    FROM tournees
   WHERE date >= make_date($annee, 1, 1)
     AND date < make_date($annee + 1, 1, 1)
),
arrets AS (
  -- A stop is planned while its bus is in service; a bus that has neither begun nor told of a tour plans nothing.
  SELECT b.code_zone, j.rang,
         GREATEST(d.date_debut, COALESCE(m.date_mise_en_service, d.date_debut)) - DATE '2001-01-01' AS debut,
         LEAST(f.lendemain - DATE '2001-01-01',
               COALESCE(d.date_fin - DATE '2001-01-01' + 1, f.lendemain - DATE '2001-01-01'),
               COALESCE(m.date_fin - DATE '2001-01-01' + 1, f.lendemain - DATE '2001-01-01')) AS fin
    FROM dessertes d
    JOIN bus b ON b.id_medicobus = d.id_medicobus
    JOIN medicobus m ON m.id_medicobus = d.id_medicobus
    JOIN fins f ON f.code_region = b.code_region
    JOIN jours_semaine j ON j.jour = d.jour
    LEFT JOIN sortis s ON s.id_medicobus = b.id_medicobus
   WHERE m.date_mise_en_service IS NOT NULL
      OR s.id_medicobus IS NOT NULL
),
presences AS (
  SELECT a.code_zone, p.periode, a.rang, GREATEST(a.debut, p.debut) AS debut, LEAST(a.fin, p.fin) AS fin
    FROM arrets a
   CROSS JOIN pas_de_temps p
),
attendues AS (
  SELECT code_zone, periode,
         sum(CAST(floor(CAST(fin - rang + 6 AS DOUBLE) / 7) - floor(CAST(debut - rang + 6 AS DOUBLE) / 7) AS BIGINT)) AS prevues
    FROM presences
   WHERE fin > debut
   GROUP BY code_zone, periode
),
rapprochees AS (
  -- One row per tour, told whether the itinerary planned that commune, a known weekday, that weekday.
  SELECT b.code_zone, t.id_medicobus, t.date, t.code_commune,
         CASE CAST($pas AS VARCHAR)
           WHEN 'mois' THEN substr(CAST(t.date AS VARCHAR), 1, 7)
           WHEN 'trimestre' THEN CAST($annee AS VARCHAR) || '-T' || CAST(extract(quarter FROM t.date) AS VARCHAR)
           ELSE CAST($annee AS VARCHAR)
         END AS periode,
         max(CASE WHEN t.annulee = 'oui' THEN 1 ELSE 0 END) AS annulee,
         max(CASE WHEN t.jour_dedie IS NOT NULL THEN 1 ELSE 0 END) AS dedie_connu,
         max(CASE WHEN t.jour_dedie = 'specialite' THEN 1 ELSE 0 END) AS specialite,
         max(CASE WHEN t.jour_dedie = 'prevention' THEN 1 ELSE 0 END) AS prevention,
         max(CASE WHEN d.code_commune IS NOT NULL THEN 1 ELSE 0 END) AS prevue,
         max(CASE WHEN j.rang IS NOT NULL THEN 1 ELSE 0 END) AS jour_connu,
         max(CASE WHEN j.rang = (CAST(extract(dow FROM t.date) AS BIGINT) + 6) % 7 THEN 1 ELSE 0 END) AS au_jour
    FROM tournees t
    JOIN bus b ON b.id_medicobus = t.id_medicobus
    LEFT JOIN dessertes d ON d.id_medicobus = t.id_medicobus
                         AND d.code_commune = t.code_commune
                         AND d.date_debut <= t.date
                         AND (d.date_fin IS NULL OR d.date_fin >= t.date)
    LEFT JOIN jours_semaine j ON j.jour = d.jour
   WHERE t.date >= make_date($annee, 1, 1)
     AND t.date < make_date($annee + 1, 1, 1)
   GROUP BY b.code_zone, t.id_medicobus, t.date, t.code_commune
),
tenues AS (
  SELECT code_zone, periode,
         count(*) AS declarees,
         count(*) FILTER (WHERE annulee = 1) AS annulees,
         count(*) FILTER (WHERE annulee = 0 AND jour_connu = 1) AS jour_connu,
         count(*) FILTER (WHERE annulee = 0 AND au_jour = 1) AS au_jour_fixe,
         count(*) FILTER (WHERE annulee = 0 AND prevue = 0) AS hors_itineraire,
         -- Where no tour says whether its day was dedicated, nothing is known: no zero.
         CASE WHEN max(dedie_connu) = 1 THEN count(*) FILTER (WHERE annulee = 0 AND specialite = 1) END AS dediees_specialite,
         CASE WHEN max(dedie_connu) = 1 THEN count(*) FILTER (WHERE annulee = 0 AND prevention = 1) END AS dediees_prevention
    FROM rapprochees
   GROUP BY code_zone, periode
),
zones_demandees AS (SELECT DISTINCT code_zone, nom_zone FROM bus)
SELECT p.periode,
       z.code_zone,
       z.nom_zone,
       CAST(COALESCE(a.prevues, 0) AS BIGINT) AS prevues,
       COALESCE(t.declarees, 0) AS declarees,
       round(10 * (100 * CAST(COALESCE(t.declarees, 0) AS DOUBLE) / NULLIF(CAST(a.prevues AS DOUBLE), 0))) / 10 AS part_declarees,
       COALESCE(t.annulees, 0) AS annulees,
       round(10 * (100 * CAST(t.annulees AS DOUBLE) / t.declarees)) / 10 AS part_annulees,
       COALESCE(t.jour_connu, 0) AS jour_connu,
       COALESCE(t.au_jour_fixe, 0) AS au_jour_fixe,
       round(10 * (100 * CAST(t.au_jour_fixe AS DOUBLE) / NULLIF(t.jour_connu, 0))) / 10 AS part_au_jour_fixe,
       COALESCE(t.hors_itineraire, 0) AS hors_itineraire,
       t.dediees_specialite,
       t.dediees_prevention
  FROM zones_demandees z
 CROSS JOIN pas_de_temps p
  LEFT JOIN attendues a ON a.code_zone = z.code_zone AND a.periode = p.periode
  LEFT JOIN tenues t ON t.code_zone = z.code_zone AND t.periode = p.periode
 WHERE a.code_zone IS NOT NULL
    OR t.code_zone IS NOT NULL
 ORDER BY z.code_zone, p.periode
