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
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois. Sans pseudonyme, un patient ne se suit pas : il n'entre pas dans ces chiffres.",
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
---*/
WITH bus AS (
  -- The projects asked for, and the zone in which each one counts.
  SELECT m.id_medicobus, m.code_region,
         CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'FR'
           WHEN 'region' THEN m.code_region
           WHEN 'departement' THEN m.code_departement
           ELSE m.id_medicobus
         END AS code_zone,
         CASE CAST($niveau AS VARCHAR)
           WHEN 'national' THEN 'France'
           WHEN 'region' THEN COALESCE(r.nom_region, m.code_region)
           WHEN 'departement' THEN COALESCE(d.nom_departement, m.code_departement)
           ELSE m.nom
         END AS nom_zone
    FROM medicobus m
    LEFT JOIN regions r ON r.code_region = m.code_region
    LEFT JOIN departements d ON d.code_departement = m.code_departement
   WHERE (CAST($region AS VARCHAR) IS NULL OR m.code_region = CAST($region AS VARCHAR))
     AND (CAST($departement AS VARCHAR) IS NULL OR m.code_departement = CAST($departement AS VARCHAR))
     AND (CAST($medicobus AS VARCHAR) IS NULL OR m.id_medicobus = CAST($medicobus AS VARCHAR))
),
entrees AS (
  -- The day each patient of 17 and more was first seen without a médecin traitant.
  SELECT c.id_medicobus, c.cle_patient AS patient, min(c.date_consultation) AS entree
    FROM consultations c
   WHERE c.cle_patient IS NOT NULL
     AND c.statut_mt = 'sans'
     AND c.tranche_age <> '00-16'
   GROUP BY 1, 2
),
cohorte AS (
  SELECT id_medicobus, patient, entree
    FROM entrees
   WHERE entree >= make_date($annee, 1, 1)
     AND entree < make_date($annee + 1, 1, 1)
),
signes AS (
  -- Three signs of a médecin traitant found: the date declared, the orientation noted, a later visit with one.
  SELECT e.id_medicobus, e.patient, e.entree,
         min(CASE
           WHEN c.mt_declare_le >= e.entree THEN c.mt_declare_le
           WHEN c.orientation = 'mt_declare' AND c.mt_declare_le IS NULL THEN c.date_consultation
           WHEN c.statut_mt = 'avec' THEN c.date_consultation
         END) AS trouve
    FROM cohorte e
    JOIN consultations c ON c.id_medicobus = e.id_medicobus
                        AND c.cle_patient = e.patient
                        AND c.date_consultation >= e.entree
   GROUP BY e.id_medicobus, e.patient, e.entree
),
observation AS (
  -- A patient is followed until the last consultation known in the région.
  SELECT m.code_region, max(c.date_consultation) AS fin
    FROM consultations c
    JOIN medicobus m ON m.id_medicobus = c.id_medicobus
   GROUP BY m.code_region
),
horizons AS (
  SELECT column1 AS jours FROM (VALUES (30), (90), (180)) AS v(column1)
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.code_zone,
       b.nom_zone,
       CAST(h.jours AS BIGINT) AS delai_suivi,
       count(*) FILTER (WHERE o.fin - s.entree >= h.jours) AS suivis,
       count(*) FILTER (WHERE o.fin - s.entree >= h.jours AND s.trouve - s.entree <= h.jours) AS trouves,
       round(10 * (100 * CAST(count(*) FILTER (WHERE o.fin - s.entree >= h.jours AND s.trouve - s.entree <= h.jours) AS DOUBLE)
             / NULLIF(count(*) FILTER (WHERE o.fin - s.entree >= h.jours), 0))) / 10 AS part_trouves
  FROM signes s
  JOIN bus b ON b.id_medicobus = s.id_medicobus
  JOIN observation o ON o.code_region = b.code_region
 CROSS JOIN horizons h
 GROUP BY b.code_zone, b.nom_zone, h.jours
 ORDER BY b.code_zone, h.jours
