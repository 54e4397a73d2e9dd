/*---
nom = "mt_trouve_par_voie"
titre = "Voies par lesquelles un médecin traitant a été trouvé"
theme = "medecin_traitant"
definition = "Parmi les patients entrés sans médecin traitant dans l'année et qui en ont trouvé un en 180 jours, dernière orientation notée par le médicobus avant qu'ils le trouvent."
formule = "part = patients de la voie ÷ patients ayant trouvé un médecin traitant en 180 jours"
unite = "patients"
population = "Patients de 17 ans et plus entrés dans l'année sans médecin traitant et qui en ont trouvé un en 180 jours"
sources = ["consultations", "medicobus"]
limites = [
  "Seuls les patients entrés assez tôt pour être suivis jusqu'au bout du délai comptent ; les livraisons à venir allongent le suivi et changent ces chiffres.",
  "Un patient qui ne revient pas et dont la déclaration n'est pas transmise passe pour sans médecin traitant : la part est un plancher.",
  "La voie dit ce que le médicobus a fait avant, elle ne prouve pas qu'il en est la cause.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Sans pseudonyme, un patient ne se suit pas : il n'entre pas dans ces chiffres.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "voie", titre = "Voie", role = "categorie", total = "ensemble" },
  { nom = "nom_voie", titre = "Voie", role = "libelle" },
  { nom = "trouves", titre = "Patients ayant trouvé", role = "patients", format = "entier", additif = ["code_zone", "voie"] },
  { nom = "part", titre = "Part", role = "taux", format = "pourcent", garde = "trouves", numerateur = "trouves", denominateur = "trouves" },
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

[[identites]]                # of those found within 180 days
colonnes = ["trouves"]
categories = { delai_suivi = "180" }
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
cohorte AS (
  SELECT * FROM recherches_mt WHERE entree >= make_date($annee, 1, 1) AND entree < make_date($annee + 1, 1, 1)
),
trouves AS (
  SELECT b.code_zone, b.nom_zone, s.id_medicobus, s.patient, s.entree, s.trouve
    FROM cohorte s
    JOIN bus b ON b.id_medicobus = s.id_medicobus
   WHERE s.fin - s.entree >= 180
     AND s.trouve - s.entree <= 180
),
orientations AS (
  SELECT t.id_medicobus, t.patient, c.orientation,
         ROW_NUMBER() OVER (PARTITION BY t.id_medicobus, t.patient
                            ORDER BY c.date_consultation DESC, c.id_consultation DESC) AS rang
    FROM trouves t
    JOIN consultations c ON c.id_medicobus = t.id_medicobus
                        AND c.cle_patient = t.patient
                        AND c.date_consultation >= t.entree
                        AND c.date_consultation <= t.trouve
   WHERE c.orientation IN ('mt_declare', 'mt_propose', 'mission_accompagnement_sante')
),
voies AS (
  SELECT t.code_zone, t.nom_zone, COALESCE(o.orientation, 'aucune') AS voie
    FROM trouves t
    LEFT JOIN orientations o ON o.id_medicobus = t.id_medicobus AND o.patient = t.patient AND o.rang = 1
),
compte AS (
  SELECT code_zone, nom_zone,
         CASE WHEN grouping(voie) = 1 THEN 'ensemble' ELSE voie END AS voie,
         count(*) AS trouves
    FROM voies
   GROUP BY GROUPING SETS ((code_zone, nom_zone, voie), (code_zone, nom_zone))
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       voie,
       CASE voie
         WHEN 'mt_declare' THEN 'Déclaré lors d''une consultation au médicobus'
         WHEN 'mt_propose' THEN 'Médecin traitant proposé par le médicobus'
         WHEN 'mission_accompagnement_sante' THEN 'Mission d''accompagnement en santé'
         WHEN 'aucune' THEN 'Sans orientation notée'
         ELSE 'Ensemble'
       END AS nom_voie,
       trouves,
       round(10 * (100 * CAST(trouves AS DOUBLE) / max(trouves) OVER (PARTITION BY code_zone))) / 10 AS part
  FROM compte
 ORDER BY code_zone,
          CASE voie WHEN 'mt_declare' THEN 1 WHEN 'mt_propose' THEN 2 WHEN 'mission_accompagnement_sante' THEN 3 WHEN 'aucune' THEN 4 ELSE 5 END
