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
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
prevus AS (
  SELECT d.id_medicobus, d.code_commune, min(j.rang) AS rang
    FROM dessertes d
    JOIN jours_semaine j ON j.jour = d.jour
   WHERE d.date_debut < make_date($annee + 1, 1, 1)
     AND (d.date_fin IS NULL OR d.date_fin >= make_date($annee, 1, 1))
   GROUP BY d.id_medicobus, d.code_commune
),
tenues AS (
  SELECT t.id_medicobus, t.code_commune, count(DISTINCT t.date) AS tournees
    FROM tournees_tenues t
   WHERE t.annee = $annee
   GROUP BY t.id_medicobus, t.code_commune
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.code_zone,
       b.nom_zone,
       t.code_commune,
       COALESCE(c.nom_commune, t.code_commune) AS nom_commune,
       j.nom_jour AS jour,
       t.tournees
  FROM tenues t
  JOIN bus b ON b.id_medicobus = t.id_medicobus
  LEFT JOIN prevus p ON p.id_medicobus = t.id_medicobus AND p.code_commune = t.code_commune
  LEFT JOIN jours_semaine j ON j.rang = p.rang
  LEFT JOIN communes c ON c.code_commune = t.code_commune
 ORDER BY b.id_medicobus, COALESCE(p.rang, 7), t.code_commune
