/*---
nom = "delai_mg_territoires"
titre = "Territoires : délai d'un rendez-vous de médecine générale"
theme = "delais"
definition = "Enquête de rendez-vous chez les généralistes : part des demandes sans rendez-vous (refus ou sans réponse), délai médian des rendez-vous obtenus, et délai médian de toutes les demandes, refus compris, dans les territoires desservis et les autres."
formule = "médiane refus compris = délai sous lequel la moitié de toutes les demandes ont abouti ; vide si moins de la moitié aboutissent"
unite = "jours"
population = "Demandes de l'enquête de la période. Desservi : une tournée effective a eu lieu avant la fin de l'année"
sources = ["delais_mg", "tournees", "dessertes", "medicobus"]
limites = [
  "Le délai des seuls rendez-vous obtenus flatte les territoires où l'on refuse beaucoup : lisez les deux médianes et la part sans rendez-vous ensemble.",
  "Ce délai est celui des cabinets du territoire ; celui du médicobus est compté à part.",
  "Desservis et non desservis différaient avant le premier passage : l'écart n'est pas l'effet des médicobus.",
  "Les communes d'un territoire de vie-santé (TVS) sont celles de la composition en vigueur dans l'année, prise aux zonages chargés ; un TVS qui n'y est pas n'est pas compté.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "desserte", titre = "Desserte", role = "categorie", total = "ensemble" },
  { nom = "demandes", titre = "Demandes", role = "patients", format = "entier", additif = ["code_zone", "desserte", "periode", "motif"] },
  { nom = "sans_rendez_vous", titre = "Sans rendez-vous", role = "patients", format = "entier", additif = ["code_zone", "desserte", "periode", "motif"] },
  { nom = "part_sans_rendez_vous", titre = "Part sans rendez-vous", role = "taux", format = "pourcent", numerateur = "sans_rendez_vous", denominateur = "demandes" },
  { nom = "refus", titre = "Dont refus", role = "patients", format = "entier", additif = ["code_zone", "desserte", "periode", "motif"] },
  { nom = "part_refus", titre = "Part de refus", role = "taux", format = "pourcent", numerateur = "refus", denominateur = "demandes" },
  { nom = "delai_median_obtenus", titre = "Délai médian, obtenus", role = "mesure", format = "jours", garde = "demandes" },
  { nom = "neuvieme_decile_obtenus", titre = "Neuvième décile, obtenus", role = "mesure", format = "jours", garde = "demandes" },
  { nom = "delai_median_tous", titre = "Délai médian, refus compris", role = "mesure", format = "jours", garde = "demandes" },
  { nom = "demandes_precedent", titre = "Demandes, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone", "desserte", "motif"] },
  { nom = "delai_median_obtenus_precedent", titre = "Délai médian un an plus tôt", role = "mesure", format = "jours", garde = "demandes_precedent" },
  { nom = "evolution", titre = "Évolution du délai médian", role = "mesure", format = "jours", garde = "demandes_precedent", numerateur = "delai_median_obtenus", denominateur = "delai_median_obtenus_precedent" },
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

[parametres.motif]
type = "texte"
description = "Motif de la demande ; tous si absent"
valeurs = ["suivi", "aigu", "nouveau_patient"]

[parametres.pas]
type = "texte"
description = "Pas de temps des lignes"
valeurs = ["annee", "trimestre"]
defaut = "annee"
---*/
WITH demandes AS (
  -- A request without appointment is given a delay beyond any other, which keeps its rank in the median.
  SELECT CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'FR'
           WHEN 'region' THEN g.code_region
           ELSE g.code_departement
         END AS code_zone,
         CASE WHEN p.premiere IS NOT NULL THEN 'desservi' ELSE 'non_desservi' END AS desserte,
         CASE CAST($pas AS VARCHAR)
           WHEN 'trimestre' THEN CAST($annee AS VARCHAR) || '-T' || CAST(extract(quarter FROM d.date_demande) AS VARCHAR)
           ELSE CAST($annee AS VARCHAR)
         END AS periode,
         d.date_demande >= make_date($annee, 1, 1) AS actuelle,
         d.resultat,
         CASE WHEN d.resultat = 'obtenu' THEN CAST(d.delai_jours AS DOUBLE) END AS delai,
         CASE WHEN d.resultat <> 'obtenu' THEN CAST(100000 AS DOUBLE) ELSE CAST(d.delai_jours AS DOUBLE) END AS rang
    FROM demandes_mg d
    JOIN geographie g ON g.type_territoire = d.type_territoire AND g.code_territoire = d.code_territoire AND $annee BETWEEN g.depuis AND g.jusque
    LEFT JOIN territoires_desservis p ON p.type_territoire = d.type_territoire AND p.code_territoire = d.code_territoire
                                     AND $annee BETWEEN p.depuis AND p.jusque AND p.premiere < make_date($annee + 1, 1, 1)
   WHERE d.date_demande >= make_date($annee - 1, 1, 1)
     AND d.date_demande < make_date($annee + 1, 1, 1)
     AND (CAST($motif AS VARCHAR) IS NULL OR d.motif = CAST($motif AS VARCHAR))
     AND g.code_region = COALESCE($region, g.code_region)
     AND g.code_departement = COALESCE($departement, g.code_departement)
),
doublees AS (
  -- Quantiles over grouping sets are not the same in every engine: the total is laid out as rows of its own.
  SELECT code_zone, periode, desserte, actuelle, resultat, delai, rang FROM demandes
   UNION ALL
  SELECT code_zone, periode, 'ensemble', actuelle, resultat, delai, rang FROM demandes
),
compte AS (
  SELECT code_zone, periode, desserte, actuelle,
         count(*) AS demandes,
         count(*) FILTER (WHERE resultat <> 'obtenu') AS sans_rendez_vous,
         count(*) FILTER (WHERE resultat = 'refus') AS refus,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY rang) AS mediane_tous,
         -- When just half of the requests succeed, the longest of their delays is the one under which half did.
         CASE WHEN 2 * count(delai) >= count(rang) THEN max(delai) END AS moitie
    FROM doublees
   GROUP BY code_zone, periode, desserte, actuelle
),
obtenus AS (
  SELECT code_zone, periode, desserte, actuelle,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY delai) AS mediane,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY delai) AS d9
    FROM doublees
   WHERE delai IS NOT NULL
   GROUP BY code_zone, periode, desserte, actuelle
),
chiffres AS (
  SELECT c.*, o.mediane, o.d9
    FROM compte c
    LEFT JOIN obtenus o ON o.code_zone = c.code_zone AND o.periode = c.periode AND o.desserte = c.desserte AND o.actuelle = c.actuelle
),
avant AS (SELECT * FROM chiffres WHERE NOT actuelle)
SELECT a.periode,
       a.code_zone,
       n.nom_zone,
       a.desserte,
       a.demandes,
       a.sans_rendez_vous,
       round(10 * (100 * CAST(a.sans_rendez_vous AS DOUBLE) / a.demandes)) / 10 AS part_sans_rendez_vous,
       a.refus,
       round(10 * (100 * CAST(a.refus AS DOUBLE) / a.demandes)) / 10 AS part_refus,
       round(10 * a.mediane) / 10 AS delai_median_obtenus,
       round(10 * a.d9) / 10 AS neuvieme_decile_obtenus,
       CASE WHEN a.mediane_tous < 10000 THEN round(10 * a.mediane_tous) / 10 ELSE a.moitie END AS delai_median_tous,
       v.demandes AS demandes_precedent,
       round(10 * v.mediane) / 10 AS delai_median_obtenus_precedent,
       round(10 * (a.mediane - v.mediane)) / 10 AS evolution
  FROM chiffres a
  JOIN noms_zones n ON n.code_zone = a.code_zone AND n.niveau = $niveau
  LEFT JOIN avant v ON v.code_zone = a.code_zone AND v.periode = a.periode AND v.desserte = a.desserte
 WHERE a.actuelle
 ORDER BY a.code_zone, a.periode, CASE a.desserte WHEN 'desservi' THEN 0 WHEN 'non_desservi' THEN 1 ELSE 2 END
