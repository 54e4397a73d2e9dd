/*---
nom = "delai_rendez_vous_distribution"
titre = "Distribution du délai de rendez-vous au médicobus"
theme = "delais"
definition = "Rendez-vous de soin programmés de l'année par nombre de jours d'attente."
formule = "délai = date_consultation − date_demande, en jours ; 60 jours et plus ensemble"
unite = "rendez-vous"
population = "Rendez-vous de soin programmés, ni prévention ni soins non programmés, dont la date de demande est connue"
sources = ["consultations", "medicobus"]
limites = [
  "Seuls les rendez-vous honorés sont connus.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "delai_jours", titre = "Jours d'attente", role = "categorie", format = "entier" },
  { nom = "rendez_vous", titre = "Rendez-vous", role = "effectif", format = "entier", additif = ["code_zone", "delai_jours"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
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

[[identites]]
colonnes = ["patients"]
mesure = "patients_delai"
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
par_patient AS (
  SELECT c.id_medicobus, c.patient,
         LEAST(c.attente, 60) AS attente,
         count(*) AS rendez_vous
    FROM visites c
   WHERE c.annee = $annee
     AND c.attente IS NOT NULL
   GROUP BY 1, 2, 3
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.code_zone,
       b.nom_zone,
       CAST(p.attente AS BIGINT) AS delai_jours,
       CAST(sum(p.rendez_vous) AS BIGINT) AS rendez_vous,
       count(*) AS patients
  FROM par_patient p
  JOIN bus b ON b.id_medicobus = p.id_medicobus
 GROUP BY b.code_zone, b.nom_zone, p.attente
 ORDER BY b.code_zone, p.attente
