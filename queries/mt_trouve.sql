/*---
nom = "mt_trouve"
titre = "Patients ayant trouvé un médecin traitant"
theme = "medecin_traitant"
definition = "Parmi les patients de 17 ans et plus vus pour la première fois sans médecin traitant dans l'année, part de ceux qui en ont un 30, 90 et 180 jours plus tard."
formule = "part = patients ayant déclaré un médecin traitant dans le délai ÷ patients suivis au moins ce délai"
unite = "% des patients"
population = "Patients de 17 ans et plus entrés dans l'année sans médecin traitant"
sources = ["consultations", "medicobus"]
limites = [
  "Seuls les patients entrés assez tôt pour être suivis jusqu'au bout du délai comptent ; les livraisons à venir allongent le suivi et changent ces chiffres.",
  "Un patient qui ne revient pas et dont la déclaration n'est pas transmise passe pour sans médecin traitant : la part est un plancher.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Sans pseudonyme, un patient ne se suit pas : il n'entre pas dans ces chiffres.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "delai_suivi", titre = "Dans les (jours)", role = "categorie", format = "entier" },
  { nom = "suivis", titre = "Patients suivis", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "trouves", titre = "Ayant trouvé", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_trouves", titre = "Part ayant trouvé", role = "taux", format = "pourcent", numerateur = "trouves", denominateur = "suivis" },
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

[[identites]]                # counts depend on it, also where they are all equal
si = { delai_suivi = "*" }
categories = { delai_suivi = "{delai_suivi}" }
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
cohorte AS (
  SELECT * FROM recherches_mt WHERE entree >= make_date($annee, 1, 1) AND entree < make_date($annee + 1, 1, 1)
),
horizons AS (
  SELECT column1 AS jours FROM (VALUES (30), (90), (180)) AS v(column1)
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.code_zone,
       b.nom_zone,
       CAST(h.jours AS BIGINT) AS delai_suivi,
       count(*) FILTER (WHERE s.fin - s.entree >= h.jours) AS suivis,
       count(*) FILTER (WHERE s.fin - s.entree >= h.jours AND s.trouve - s.entree <= h.jours) AS trouves,
       round(10 * (100 * CAST(count(*) FILTER (WHERE s.fin - s.entree >= h.jours AND s.trouve - s.entree <= h.jours) AS DOUBLE)
             / NULLIF(count(*) FILTER (WHERE s.fin - s.entree >= h.jours), 0))) / 10 AS part_trouves
  FROM cohorte s
  JOIN bus b ON b.id_medicobus = s.id_medicobus
 CROSS JOIN horizons h
 GROUP BY b.code_zone, b.nom_zone, h.jours
 ORDER BY b.code_zone, h.jours
