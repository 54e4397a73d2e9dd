/*---
nom = "delai_rendez_vous"
titre = "Délai de rendez-vous au médicobus"
theme = "delais"
definition = "Jours entre la demande et la consultation au médicobus : médiane, quartiles, neuvième décile, part des rendez-vous obtenus en deux jours au plus, et évolution de la médiane et de cette part sur un an. Les soins programmés seulement : ni la prévention, où l'on invite plutôt qu'on ne demande, ni les soins non programmés, que la régulation place par définition sous 48 heures."
formule = "délai = date_consultation − date_demande ; quantiles exacts, interpolés ; part = rendez-vous de délai ≤ 2 jours ÷ rendez-vous"
unite = "jours"
population = "Rendez-vous de soin programmés, ni prévention ni soins non programmés, dont la date de demande est connue"
sources = ["consultations", "medicobus"]
limites = [
  "Seuls les rendez-vous honorés sont connus : les demandes sans suite n'y sont pas, et le délai est un plancher.",
  "Le délai compte des jours de calendrier ; un médicobus qui passe une fois par semaine ne peut guère faire moins de trois jours en moyenne.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "rendez_vous", titre = "Rendez-vous", role = "effectif", format = "entier", additif = ["code_zone", "periode", "discipline"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "premier_quartile", titre = "Premier quartile", role = "mesure", format = "jours", garde = "patients_deux_jours", numerateur = "rendez_vous" },
  { nom = "mediane", titre = "Médiane", role = "mesure", format = "jours", garde = "patients", numerateur = "rendez_vous" },
  { nom = "troisieme_quartile", titre = "Troisième quartile", role = "mesure", format = "jours", garde = "patients", numerateur = "rendez_vous" },
  { nom = "neuvieme_decile", titre = "Neuvième décile", role = "mesure", format = "jours", garde = "patients", numerateur = "rendez_vous" },
  { nom = "deux_jours", titre = "Obtenus en deux jours au plus", role = "effectif", format = "entier", additif = ["code_zone", "periode", "discipline"], garde = "patients_deux_jours" },
  { nom = "patients_deux_jours", titre = "Patients reçus en deux jours au plus", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_deux_jours", titre = "Part en deux jours au plus", role = "taux", format = "pourcent", garde = "patients_deux_jours", numerateur = "deux_jours", denominateur = "rendez_vous" },
  { nom = "patients_precedent", titre = "Patients, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "mediane_precedent", titre = "Médiane, un an plus tôt", role = "mesure", format = "jours", garde = "patients_precedent", numerateur = "rendez_vous_precedent" },
  { nom = "evolution_mediane", titre = "Évolution de la médiane", role = "mesure", format = "jours", garde = "patients_precedent", numerateur = "mediane", denominateur = "mediane_precedent" },
  { nom = "rendez_vous_precedent", titre = "Rendez-vous, un an plus tôt", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients_precedent" },
  { nom = "premier_quartile_precedent", titre = "Premier quartile, un an plus tôt", role = "mesure", format = "jours", garde = "patients_deux_jours_precedent", numerateur = "rendez_vous_precedent" },
  { nom = "troisieme_quartile_precedent", titre = "Troisième quartile, un an plus tôt", role = "mesure", format = "jours", garde = "patients_precedent", numerateur = "rendez_vous_precedent" },
  { nom = "neuvieme_decile_precedent", titre = "Neuvième décile, un an plus tôt", role = "mesure", format = "jours", garde = "patients_precedent", numerateur = "rendez_vous_precedent" },
  { nom = "deux_jours_precedent", titre = "Obtenus en deux jours au plus, un an plus tôt", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients_deux_jours_precedent" },
  { nom = "patients_deux_jours_precedent", titre = "Patients reçus en deux jours au plus, un an plus tôt", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_deux_jours_precedent", titre = "Part en deux jours au plus, un an plus tôt", role = "taux", format = "pourcent", garde = "patients_deux_jours_precedent", numerateur = "deux_jours_precedent", denominateur = "rendez_vous_precedent" },
  { nom = "evolution_deux_jours", titre = "Évolution de la part en deux jours, en points", role = "mesure", format = "points", garde = "patients_deux_jours_precedent", numerateur = "part_deux_jours", denominateur = "part_deux_jours_precedent" },
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
description = "Discipline ; toutes si absente"
valeurs = ["medecine_generale", "gynecologie", "cardiologie", "ophtalmologie", "odontologie", "autre"]

[[identites]]
colonnes = ["patients"]
mesure = "patients_delai"

[[identites]]
colonnes = ["patients_precedent"]
mesure = "patients_delai"
decalage = -1

[[identites]]
colonnes = ["rendez_vous_precedent"]
mesure = "rendez_vous"
decalage = -1

[[identites]]
colonnes = ["deux_jours_precedent"]
mesure = "deux_jours"
decalage = -1

[[identites]]
colonnes = ["patients_deux_jours_precedent"]
mesure = "patients_deux_jours"
decalage = -1
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
rendez_vous AS (
  SELECT c.id_medicobus, c.patient,
         CAST($annee AS VARCHAR) || CASE WHEN $pas = 'mois' THEN substr(c.mois, 5) WHEN $pas = 'trimestre' THEN substr(c.trimestre, 5) ELSE '' END AS periode,
         c.date_consultation >= make_date($annee, 1, 1) AS actuelle,
         c.attente AS delai
    FROM visites c
   WHERE c.annee BETWEEN $annee - 1 AND $annee
     AND c.attente IS NOT NULL
     AND (CAST($discipline AS VARCHAR) IS NULL OR c.discipline = CAST($discipline AS VARCHAR))
),
par_patient AS (
  SELECT periode, actuelle, id_medicobus, patient,
         max(CASE WHEN delai <= 2 THEN 1 ELSE 0 END) AS servi_vite
    FROM rendez_vous
   GROUP BY periode, actuelle, id_medicobus, patient
),
par_bus AS (
  SELECT id_medicobus, periode, actuelle, count(*) AS patients, sum(servi_vite) AS patients_deux_jours
    FROM par_patient
   GROUP BY id_medicobus, periode, actuelle
),
patients AS (
  SELECT b.code_zone, p.periode, p.actuelle,
         CAST(sum(p.patients) AS BIGINT) AS patients,
         CAST(sum(p.patients_deux_jours) AS BIGINT) AS patients_deux_jours
    FROM par_bus p
    JOIN bus b ON b.id_medicobus = p.id_medicobus
   GROUP BY b.code_zone, p.periode, p.actuelle
),
delais AS (
  SELECT b.code_zone, b.nom_zone, r.periode, r.actuelle,
         count(*) AS rendez_vous,
         count(*) FILTER (WHERE delai <= 2) AS deux_jours,
         percentile_cont(0.25) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS q1,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS q2,
         percentile_cont(0.75) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS q3,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY CAST(delai AS DOUBLE)) AS d9
    FROM rendez_vous r
    JOIN bus b ON b.id_medicobus = r.id_medicobus
   GROUP BY b.code_zone, b.nom_zone, r.periode, r.actuelle
),
resume AS (
  SELECT d.*, p.patients, p.patients_deux_jours
    FROM delais d
    JOIN patients p ON p.code_zone = d.code_zone AND p.periode = d.periode AND p.actuelle = d.actuelle
),
avant AS (SELECT * FROM resume WHERE NOT actuelle),
observees AS (
  -- First and last period of each zone: outside them a figure is unknown rather than zero.
  SELECT b.code_zone, min(o.premiere) AS premiere, max(o.derniere) AS derniere
    FROM bus b
    JOIN regions_observees o ON o.code_region = b.code_region AND o.pas = $pas
   GROUP BY b.code_zone
)
SELECT a.periode,
       a.code_zone,
       a.nom_zone,
       a.rendez_vous,
       a.patients,
       round(10 * a.q1) / 10 AS premier_quartile,
       round(10 * a.q2) / 10 AS mediane,
       round(10 * a.q3) / 10 AS troisieme_quartile,
       round(10 * a.d9) / 10 AS neuvieme_decile,
       a.deux_jours,
       a.patients_deux_jours,
       round(10 * (100 * CAST(a.deux_jours AS DOUBLE) / a.rendez_vous)) / 10 AS part_deux_jours,
       CASE WHEN o.premiere <= CAST($annee - 1 AS VARCHAR) || substr(a.periode, 5) THEN COALESCE(v.patients, 0) END AS patients_precedent,
       round(10 * v.q2) / 10 AS mediane_precedent,
       round(10 * (a.q2 - v.q2)) / 10 AS evolution_mediane,
       CASE WHEN o.premiere <= CAST($annee - 1 AS VARCHAR) || substr(a.periode, 5) THEN COALESCE(v.rendez_vous, 0) END AS rendez_vous_precedent,
       round(10 * v.q1) / 10 AS premier_quartile_precedent,
       round(10 * v.q3) / 10 AS troisieme_quartile_precedent,
       round(10 * v.d9) / 10 AS neuvieme_decile_precedent,
       CASE WHEN o.premiere <= CAST($annee - 1 AS VARCHAR) || substr(a.periode, 5) THEN COALESCE(v.deux_jours, 0) END AS deux_jours_precedent,
       CASE WHEN o.premiere <= CAST($annee - 1 AS VARCHAR) || substr(a.periode, 5) THEN COALESCE(v.patients_deux_jours, 0) END AS patients_deux_jours_precedent,
       round(10 * (100 * CAST(v.deux_jours AS DOUBLE) / v.rendez_vous)) / 10 AS part_deux_jours_precedent,
       round(10 * (100 * CAST(a.deux_jours AS DOUBLE) / a.rendez_vous - 100 * CAST(v.deux_jours AS DOUBLE) / v.rendez_vous)) / 10 AS evolution_deux_jours
  FROM resume a
  LEFT JOIN avant v ON v.code_zone = a.code_zone AND v.periode = a.periode
  JOIN observees o ON o.code_zone = a.code_zone
 WHERE a.actuelle
 ORDER BY a.code_zone, a.periode
