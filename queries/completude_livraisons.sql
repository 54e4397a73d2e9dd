/*---
nom = "completude_livraisons"
titre = "Livraisons reçues"
theme = "qualite"
definition = "Lignes lues, acceptées et refusées de chaque table, dans les livraisons qui touchent l'année."
formule = "part refusée = lignes refusées ÷ lignes lues ; lues = acceptées + refusées"
unite = "lignes"
population = "Dernière livraison de chaque région et période ; une livraison remplacée ne compte plus"
sources = ["livraisons"]
limites = [
  "Une livraison de plusieurs années compte entière dans chacune d'elles.",
  "Une ligne de consultations est une consultation : leur nombre est masqué comme le sont les consultations elles-mêmes.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "nom_table", titre = "Table", role = "categorie", total = "ensemble" },
  { nom = "livraisons", titre = "Livraisons", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "lignes_lues", titre = "Lignes lues", role = "mesure", format = "entier", garde = "lignes_acceptees" },
  { nom = "lignes_acceptees", titre = "Acceptées", role = "effectif", format = "entier", additif = ["code_zone", "nom_table"], personnes = { nom_table = ["consultations", "delais_mg"] } },
  { nom = "lignes_refusees", titre = "Refusées", role = "ouvert", format = "entier", additif = ["code_zone", "nom_table"] },
  { nom = "part_refusee", titre = "Part refusée", role = "mesure", format = "pourcent", garde = "lignes_acceptees" },
]

[parametres.annee]
type = "entier"
requis = true
description = "Année civile étudiée"

[parametres.niveau]
type = "texte"
description = "Zone de chaque ligne"
valeurs = ["national", "region"]
defaut = "region"

[parametres.region]
type = "texte"
description = "Code INSEE d'une région ; toutes si absent"

[[identites]]
colonnes = ["lignes_acceptees"]
si = { nom_table = "consultations" }
mesure = "consultations"

---*/
WITH retenues AS (
  -- A period is AAAA, AAAA-AAAA, AAAA-S1, AAAA-T1 or AAAA-MM: only the second form reaches beyond its first year.
  SELECT l.*,
         CASE CAST($niveau AS VARCHAR) WHEN 'national' THEN 'FR' ELSE l.livraison_region END AS code_zone,
         CASE CAST($niveau AS VARCHAR) WHEN 'national' THEN 'Régions livrées' ELSE COALESCE(r.nom_region, l.livraison_region) END AS nom_zone
    FROM livraisons l
    LEFT JOIN regions r ON r.code_region = l.livraison_region
   WHERE CAST(substr(l.livraison_periode, 1, 4) AS BIGINT) <= $annee
     AND CAST(CASE WHEN length(l.livraison_periode) = 9 THEN substr(l.livraison_periode, 6, 4)
                   ELSE substr(l.livraison_periode, 1, 4) END AS BIGINT) >= $annee
     AND l.livraison_region = COALESCE($region, l.livraison_region)
),
compte AS (
  SELECT code_zone, nom_zone,
         CASE WHEN grouping(nom_table) = 1 THEN 'ensemble' ELSE nom_table END AS nom_table,
         CASE WHEN grouping(nom_table) = 1 THEN 1 ELSE 0 END AS total,
         count(DISTINCT livraison_region || ' ' || livraison_periode) AS livraisons,
         CAST(sum(lignes_lues) AS BIGINT) AS lues,
         CAST(sum(lignes_acceptees) AS BIGINT) AS acceptees,
         CAST(sum(lignes_refusees) AS BIGINT) AS refusees
    FROM retenues
   GROUP BY GROUPING SETS ((code_zone, nom_zone, nom_table), (code_zone, nom_zone))
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       nom_table,
       livraisons,
       lues AS lignes_lues,
       acceptees AS lignes_acceptees,
       refusees AS lignes_refusees,
       round(100 * (100 * CAST(refusees AS DOUBLE) / NULLIF(lues, 0))) / 100 AS part_refusee
  FROM compte
 ORDER BY code_zone, total, nom_table
