/*---
nom = "financement"
titre = "Financements par source"
theme = "financement"
definition = "Montants versés pour l'année, par financeur, en fonctionnement et en investissement."
formule = "part = montant du financeur ÷ montant de tous les financeurs, pour la même nature"
unite = "euros"
population = "Financements rattachés à l'année"
sources = ["financements", "medicobus"]
limites = [
  "Les montants sont ceux que les porteurs déclarent ; un financeur absent n'a rien versé, ou n'est pas déclaré.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "nature", titre = "Nature", role = "categorie", total = "ensemble" },
  { nom = "financeur", titre = "Financeur", role = "categorie", total = "ensemble" },
  { nom = "nom_financeur", titre = "Financeur", role = "libelle" },
  { nom = "medicobus", titre = "Médicobus financés", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "montant", titre = "Montant", role = "ouvert", format = "euros", additif = ["code_zone", "nature", "financeur"] },
  { nom = "part", titre = "Part", role = "ouvert", format = "pourcent" },
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
versements AS (
  SELECT b.code_zone, b.nom_zone, f.id_medicobus, f.nature, f.financeur, f.montant
    FROM financements f
    JOIN bus b ON b.id_medicobus = f.id_medicobus
   WHERE f.annee = $annee
),
compte AS (
  SELECT code_zone, nom_zone,
         CASE WHEN grouping(nature) = 1 THEN 'ensemble' ELSE nature END AS nature,
         CASE WHEN grouping(financeur) = 1 THEN 'ensemble' ELSE financeur END AS financeur,
         count(DISTINCT id_medicobus) AS medicobus,
         sum(montant) AS montant
    FROM versements
   GROUP BY GROUPING SETS ((code_zone, nom_zone, nature, financeur), (code_zone, nom_zone, nature),
                           (code_zone, nom_zone, financeur), (code_zone, nom_zone))
),
totaux AS (
  SELECT code_zone, nature, montant FROM compte WHERE financeur = 'ensemble'
),
libelles AS (
  SELECT column1 AS ordre, column2 AS financeur, column3 AS nom_financeur
    FROM (VALUES
      (1, 'fir', 'Fonds d''intervention régional'),
      (2, 'assurance_maladie', 'Assurance maladie'),
      (3, 'etat', 'État'),
      (4, 'region', 'Région'),
      (5, 'departement', 'Département'),
      (6, 'intercommunalite', 'Intercommunalité'),
      (7, 'commune', 'Commune'),
      (8, 'autre', 'Autre'),
      (9, 'ensemble', 'Ensemble')) AS v(column1, column2, column3)
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       c.nom_zone,
       c.nature,
       c.financeur,
       l.nom_financeur,
       c.medicobus,
       round(100 * (CAST(c.montant AS DOUBLE))) / 100 AS montant,
       round(10 * (100 * CAST(c.montant AS DOUBLE) / NULLIF(CAST(t.montant AS DOUBLE), 0))) / 10 AS part
  FROM compte c
  JOIN libelles l ON l.financeur = c.financeur
  JOIN totaux t ON t.code_zone = c.code_zone AND t.nature = c.nature
 ORDER BY c.code_zone,
          CASE c.nature WHEN 'fonctionnement' THEN 0 WHEN 'investissement' THEN 1 ELSE 2 END,
          l.ordre
