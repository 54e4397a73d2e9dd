/*---
nom = "cout"
titre = "Coût de fonctionnement par consultation et par patient"
theme = "financement"
definition = "Financements de fonctionnement des médicobus financés dans l'année, rapportés à leurs consultations, leurs patients et leurs jours de sortie, et comparés au coût de référence de 200 000 € par an pour cinq jours par semaine. L'évolution d'une année inachevée, qui s'arrête aux dernières livraisons, compare une année incomplète à une année entière."
formule = "référence = 200 000 € × jours par semaine ÷ 5 × jours de service de l'année ÷ jours de l'année (365 ou 366) ; écart = (fonctionnement − référence) ÷ référence"
unite = "euros"
population = "Médicobus ayant un financement de fonctionnement dans l'année, avec leurs consultations de la même année"
sources = ["financements", "consultations", "tournees", "medicobus"]
limites = [
  "La rémunération des professionnels de santé est exclue de la référence comme des financements déclarés.",
  "Un financement n'est pas un coût : un porteur qui avance ou qui épargne décale les deux.",
  "La référence se compare pour les médicobus au rythme et à la mise en service connus.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "medicobus", titre = "Médicobus financés", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "fonctionnement", titre = "Fonctionnement", role = "ouvert", format = "euros", additif = ["code_zone"] },
  { nom = "reference", titre = "Référence", role = "ouvert", format = "euros" },
  { nom = "ecart_reference", titre = "Écart à la référence", role = "ouvert", format = "pourcent" },
  { nom = "jours_sortie", titre = "Jours de sortie", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "cout_par_jour", titre = "Par jour de sortie", role = "ouvert", format = "euros" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "cout_par_consultation", titre = "Par consultation (€)", role = "mesure", format = "decimal2", garde = "patients", numerateur = "consultations" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "cout_par_patient", titre = "Par patient (€)", role = "mesure", format = "decimal2", garde = "patients" },
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
  SELECT id_medicobus, sum(montant) AS montant
    FROM financements
   WHERE annee = $annee
     AND nature = 'fonctionnement'
   GROUP BY id_medicobus
),
activite AS (
  SELECT id_medicobus, CAST(sum(consultations) AS BIGINT) AS consultations, count(*) AS patients
    FROM (SELECT c.id_medicobus, c.patient, count(*) AS consultations
            FROM visites c
           WHERE c.annee = $annee
           GROUP BY 1, 2) AS p
   GROUP BY id_medicobus
),
sorties AS (
  SELECT id_medicobus, count(DISTINCT date) AS jours
    FROM tournees_tenues
   WHERE annee = $annee
   GROUP BY id_medicobus
),
par_bus AS (
  SELECT b.code_zone, b.nom_zone, v.montant, a.consultations, a.patients, s.jours,
         -- Days of service within the year; NULL without a start or a rhythm, and then no reference.
         m.jours_par_semaine * CAST(GREATEST(0,
           LEAST(make_date($annee + 1, 1, 1) - GREATEST(m.date_mise_en_service, make_date($annee, 1, 1)),
                 COALESCE(m.date_fin - GREATEST(m.date_mise_en_service, make_date($annee, 1, 1)) + 1,
                          make_date($annee + 1, 1, 1) - GREATEST(m.date_mise_en_service, make_date($annee, 1, 1))))) AS BIGINT) AS poids,
         m.date_mise_en_service
    FROM versements v
    JOIN bus b ON b.id_medicobus = v.id_medicobus
    JOIN medicobus m ON m.id_medicobus = v.id_medicobus
    LEFT JOIN activite a ON a.id_medicobus = v.id_medicobus
    LEFT JOIN sorties s ON s.id_medicobus = v.id_medicobus
),
compte AS (
  SELECT code_zone, nom_zone,
         count(*) AS medicobus,
         CAST(sum(montant) AS DOUBLE) AS fonctionnement,
         CAST(sum(CASE WHEN date_mise_en_service IS NOT NULL AND poids IS NOT NULL THEN montant END) AS DOUBLE) AS comparable,
         200000 * CAST(sum(CASE WHEN date_mise_en_service IS NOT NULL THEN poids END) AS DOUBLE)
           / (5 * CAST(make_date($annee + 1, 1, 1) - make_date($annee, 1, 1) AS DOUBLE)) AS reference,
         CAST(COALESCE(sum(jours), 0) AS BIGINT) AS jours,
         CAST(COALESCE(sum(consultations), 0) AS BIGINT) AS consultations,
         CAST(COALESCE(sum(patients), 0) AS BIGINT) AS patients
    FROM par_bus
   GROUP BY code_zone, nom_zone
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       medicobus,
       round(100 * fonctionnement) / 100 AS fonctionnement,
       round(100 * reference) / 100 AS reference,
       round(10 * (100 * (comparable - reference) / NULLIF(reference, 0))) / 10 AS ecart_reference,
       jours AS jours_sortie,
       round(100 * (fonctionnement / NULLIF(jours, 0))) / 100 AS cout_par_jour,
       consultations,
       round(100 * (fonctionnement / NULLIF(consultations, 0))) / 100 AS cout_par_consultation,
       patients,
       round(100 * (fonctionnement / NULLIF(patients, 0))) / 100 AS cout_par_patient
  FROM compte
 ORDER BY code_zone
