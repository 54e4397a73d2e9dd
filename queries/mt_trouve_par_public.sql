/*---
nom = "mt_trouve_par_public"
titre = "Patients ayant trouvé un médecin traitant, selon leur situation"
theme = "medecin_traitant"
definition = "Parmi les patients de 17 ans et plus vus pour la première fois sans médecin traitant dans l'année, part de ceux qui en ont un 180 jours plus tard : en ALD, de 70 ans et plus, isolés."
formule = "part = patients ayant déclaré un médecin traitant en 180 jours ÷ patients suivis 180 jours"
unite = "% des patients"
population = "Patients de 17 ans et plus entrés dans l'année sans médecin traitant et suivis 180 jours, selon leur situation à l'entrée"
sources = ["consultations", "medicobus"]
limites = [
  "Un patient peut être en ALD, de 70 ans et plus et isolé à la fois : ces lignes ne s'additionnent pas.",
  "Seuls les patients entrés assez tôt pour être suivis jusqu'au bout du délai comptent ; les livraisons à venir allongent le suivi et changent ces chiffres.",
  "Un patient qui ne revient pas et dont la déclaration n'est pas transmise passe pour sans médecin traitant : la part est un plancher.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Sans pseudonyme, un patient ne se suit pas : il n'entre pas dans ces chiffres.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "public_entree", titre = "Situation à l'entrée", role = "categorie", total = "ensemble" },
  { nom = "nom_public", titre = "Situation à l'entrée", role = "libelle" },
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
description = "Zone de chaque ligne ; un croisement de profils se lit par département au plus fin, jamais par médicobus"
valeurs = ["national", "region", "departement"]
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

[[identites]]                # of those followed 180 days
si = { public_entree = "*" }
categories = { delai_suivi = "180", public_entree = "{public_entree}" }
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
cohorte AS (
  SELECT * FROM recherches_mt WHERE entree >= make_date($annee, 1, 1) AND entree < make_date($annee + 1, 1, 1) AND fin - entree >= 180
),
publics AS (
  SELECT column1 AS ordre, column2 AS public_entree, column3 AS nom_public
    FROM (VALUES (1, 'ald', 'En ALD'), (2, '70_plus', '70 ans et plus'), (3, 'isole', 'Isolés'), (4, 'ensemble', 'Ensemble')) AS v(column1, column2, column3)
),
appartenances AS (
  SELECT s.id_medicobus, u.ordre, u.public_entree, u.nom_public, s.trouve - s.entree <= 180 AS trouve,
         CASE u.public_entree
           WHEN 'ald' THEN s.ald = 'oui'
           WHEN '70_plus' THEN s.tranche_age IN ('70-79', '80+')
           WHEN 'isole' THEN s.isole = 'oui'
           ELSE TRUE
         END AS appartient
    FROM cohorte s
   CROSS JOIN publics u
),
compte AS (
  -- Counted by FILTER, not WHERE: a public that no patient belongs to keeps its row of zeros.
  SELECT b.code_zone, b.nom_zone, a.ordre, a.public_entree, a.nom_public,
         count(*) FILTER (WHERE a.appartient) AS suivis,
         count(*) FILTER (WHERE a.appartient AND a.trouve) AS trouves
    FROM appartenances a
    JOIN bus b ON b.id_medicobus = a.id_medicobus
   GROUP BY b.code_zone, b.nom_zone, a.ordre, a.public_entree, a.nom_public
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       public_entree,
       nom_public,
       suivis,
       trouves,
       round(10 * (100 * CAST(trouves AS DOUBLE) / NULLIF(suivis, 0))) / 10 AS part_trouves
  FROM compte
 ORDER BY code_zone, ordre
