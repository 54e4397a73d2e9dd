/*---
nom = "communes_desservies"
titre = "Communes desservies"
theme = "organisation"
definition = "Communes où un médicobus s'est arrêté dans l'année, jour prévu par l'itinéraire et tournées tenues."
formule = "tournées tenues = jours de sortie distincts dans la commune, annulations exclues"
unite = "tournées"
population = "Tournées tenues dans l'année"
sources = ["tournees", "dessertes", "medicobus", "communes"]
limites = ["Le jour est le premier que l'itinéraire prévoit dans la semaine ; il manque où l'itinéraire ne le dit pas."]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "code_commune", titre = "Code commune", role = "categorie" },
  { nom = "nom_commune", titre = "Commune", role = "libelle" },
  { nom = "jour", titre = "Jour prévu", role = "libelle" },
  { nom = "tournees", titre = "Tournées tenues", role = "ouvert", format = "entier", additif = ["code_commune"] },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.niveau]
type = "texte"
description = "Zone de chaque ligne"
valeurs = ["medicobus"]
defaut = "medicobus"

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
WITH bus AS (
  SELECT m.id_medicobus, COALESCE(m.nom, m.id_medicobus) AS nom
    FROM medicobus m
   WHERE CAST($niveau AS VARCHAR) = 'medicobus'
     AND (CAST($region AS VARCHAR) IS NULL OR m.code_region = CAST($region AS VARCHAR))
     AND (CAST($departement AS VARCHAR) IS NULL OR m.code_departement = CAST($departement AS VARCHAR))
     AND (CAST($medicobus AS VARCHAR) IS NULL OR m.id_medicobus = CAST($medicobus AS VARCHAR))
),
jours AS (
  SELECT column1 AS jour, column2 AS rang
    FROM (VALUES ('lun', 0), ('mar', 1), ('mer', 2), ('jeu', 3), ('ven', 4), ('sam', 5), ('dim', 6)) AS v(column1, column2)
),
prevus AS (
  SELECT d.id_medicobus, d.code_commune, min(j.rang) AS rang
    FROM dessertes d
    JOIN jours j ON j.jour = d.jour
   WHERE d.date_debut < make_date($annee + 1, 1, 1)
     AND (d.date_fin IS NULL OR d.date_fin >= make_date($annee, 1, 1))
   GROUP BY d.id_medicobus, d.code_commune
),
tenues AS (
  SELECT t.id_medicobus, t.code_commune, count(DISTINCT t.date) AS tournees
    FROM tournees t
   WHERE t.date >= make_date($annee, 1, 1)
     AND t.date < make_date($annee + 1, 1, 1)
     AND COALESCE(t.annulee, 'non') <> 'oui'
   GROUP BY t.id_medicobus, t.code_commune
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.id_medicobus AS code_zone,
       b.nom AS nom_zone,
       t.code_commune,
       COALESCE(c.nom_commune, t.code_commune) AS nom_commune,
       CASE p.rang WHEN 0 THEN 'lundi' WHEN 1 THEN 'mardi' WHEN 2 THEN 'mercredi' WHEN 3 THEN 'jeudi'
                   WHEN 4 THEN 'vendredi' WHEN 5 THEN 'samedi' WHEN 6 THEN 'dimanche' END AS jour,
       t.tournees
  FROM tenues t
  JOIN bus b ON b.id_medicobus = t.id_medicobus
  LEFT JOIN prevus p ON p.id_medicobus = t.id_medicobus AND p.code_commune = t.code_commune
  LEFT JOIN communes c ON c.code_commune = t.code_commune
 ORDER BY b.id_medicobus, COALESCE(p.rang, 7), t.code_commune
