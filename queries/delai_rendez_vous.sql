/*---
nom = "delai_rendez_vous"
titre = "Délai de rendez-vous au médicobus"
theme = "delais"
definition = "Jours entre la demande et la consultation au médicobus : médiane, quartiles, neuvième décile, part des rendez-vous obtenus en deux jours au plus, et évolution de la médiane sur un an. Les soins programmés seulement : ni la prévention, où l'on invite plutôt qu'on ne demande, ni les soins non programmés, que la régulation place par définition sous 48 heures."
formule = "délai = date_consultation − date_demande ; quantiles exacts, interpolés ; part = rendez-vous de délai ≤ 2 jours ÷ rendez-vous"
unite = "jours"
population = "Consultations de soin programmées (nature soin, non_programme différent de oui) dont la date de demande est connue"
sources = ["consultations", "medicobus"]
limites = [
  "Seuls les rendez-vous honorés sont connus : les demandes sans suite n'y sont pas, et le délai est un plancher.",
  "Le délai compte des jours de calendrier ; un médicobus qui passe une fois par semaine ne peut guère faire moins de trois jours en moyenne.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois ; une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "rendez_vous", titre = "Rendez-vous", role = "effectif", format = "entier", additif = ["code_zone", "periode"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "premier_quartile", titre = "Premier quartile", role = "mesure", format = "jours", garde = "patients", numerateur = "rendez_vous" },
  { nom = "mediane", titre = "Médiane", role = "mesure", format = "jours", garde = "patients", numerateur = "rendez_vous" },
  { nom = "troisieme_quartile", titre = "Troisième quartile", role = "mesure", format = "jours", garde = "patients", numerateur = "rendez_vous" },
  { nom = "neuvieme_decile", titre = "Neuvième décile", role = "mesure", format = "jours", garde = "patients", numerateur = "rendez_vous" },
  { nom = "deux_jours", titre = "Obtenus en deux jours au plus", role = "effectif", format = "entier", additif = ["code_zone", "periode"], garde = "patients_deux_jours" },
  { nom = "patients_deux_jours", titre = "Patients reçus en deux jours au plus", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_deux_jours", titre = "Part en deux jours au plus", role = "taux", format = "pourcent", garde = "patients_deux_jours", numerateur = "deux_jours", denominateur = "rendez_vous" },
  { nom = "patients_precedent", titre = "Patients, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "mediane_precedent", titre = "Médiane, un an plus tôt", role = "mesure", format = "jours", garde = "patients_precedent" },
  { nom = "evolution_mediane", titre = "Évolution de la médiane", role = "mesure", format = "jours", garde = "patients_precedent", numerateur = "mediane", denominateur = "mediane_precedent" },
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

[parametres.discipline]
type = "texte"
description = "Discipline, par exemple medecine_generale ; toutes si absente"

[[identites]]
colonnes = ["patients"]
mesure = "patients_delai"

[[identites]]
colonnes = ["patients_precedent"]
mesure = "patients_delai"
decalage = -1
---*/
WITH bus AS (
  -- The projects asked for, and the zone in which each one counts.
  SELECT m.id_medicobus,
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
rendez_vous AS (
  SELECT b.code_zone, b.nom_zone, c.id_medicobus,
         COALESCE(c.cle_patient, '#' || c.id_consultation) AS patient,
         CASE CAST($pas AS VARCHAR)
           WHEN 'mois' THEN CAST($annee AS VARCHAR) || substr(CAST(c.date_consultation AS VARCHAR), 5, 3)
           WHEN 'trimestre' THEN CAST($annee AS VARCHAR) || '-T' || CAST(extract(quarter FROM c.date_consultation) AS VARCHAR)
           ELSE CAST($annee AS VARCHAR)
         END AS periode,
         c.date_consultation >= make_date($annee, 1, 1) AS actuelle,
         c.date_consultation - c.date_demande AS delai
    FROM consultations c
    JOIN bus b ON b.id_medicobus = c.id_medicobus
   WHERE c.date_consultation >= make_date($annee - 1, 1, 1)
     AND c.date_consultation < make_date($annee + 1, 1, 1)
     AND c.date_demande IS NOT NULL
     AND c.nature = 'soin'
     AND COALESCE(c.non_programme, 'non') <> 'oui'
     AND (CAST($discipline AS VARCHAR) IS NULL OR c.discipline = CAST($discipline AS VARCHAR))
),
par_patient AS (
  SELECT code_zone, periode, actuelle, id_medicobus, patient,
         max(CASE WHEN delai <= 2 THEN 1 ELSE 0 END) AS servi_vite
    FROM rendez_vous
   GROUP BY code_zone, periode, actuelle, id_medicobus, patient
),
patients AS (
  SELECT code_zone, periode, actuelle,
         count(*) AS patients,
         CAST(sum(servi_vite) AS BIGINT) AS patients_deux_jours
    FROM par_patient
   GROUP BY code_zone, periode, actuelle
),
delais AS (
  SELECT code_zone, nom_zone, periode, actuelle,
         count(*) AS rendez_vous,
         count(*) FILTER (WHERE delai <= 2) AS deux_jours,
         percentile_cont(0.25) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS q1,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS q2,
         percentile_cont(0.75) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS q3,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS d9
    FROM rendez_vous
   GROUP BY code_zone, nom_zone, periode, actuelle
),
resume AS (
  SELECT d.*, p.patients, p.patients_deux_jours
    FROM delais d
    JOIN patients p ON p.code_zone = d.code_zone AND p.periode = d.periode AND p.actuelle = d.actuelle
),
avant AS (SELECT * FROM resume WHERE NOT actuelle),
debut_releves AS (
  -- Before the first consultation on record, last year's figures are unknown rather than zero.
  SELECT min(date_consultation) < make_date($annee, 1, 1) AS connu FROM consultations
)
SELECT a.periode,
       a.code_zone,
       a.nom_zone,
       a.rendez_vous,
       a.patients,
       round(a.q1, 1) AS premier_quartile,
       round(a.q2, 1) AS mediane,
       round(a.q3, 1) AS troisieme_quartile,
       round(a.d9, 1) AS neuvieme_decile,
       a.deux_jours,
       a.patients_deux_jours,
       round(100 * CAST(a.deux_jours AS DOUBLE) / a.rendez_vous, 1) AS part_deux_jours,
       CASE WHEN r.connu THEN COALESCE(v.patients, 0) END AS patients_precedent,
       round(v.q2, 1) AS mediane_precedent,
       round(a.q2 - v.q2, 1) AS evolution_mediane
  FROM resume a
  LEFT JOIN avant v ON v.code_zone = a.code_zone AND v.periode = a.periode
 CROSS JOIN debut_releves r
 WHERE a.actuelle
 ORDER BY a.code_zone, a.periode
