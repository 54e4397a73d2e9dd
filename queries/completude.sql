/*---
nom = "completude"
titre = "Complétude des consultations"
theme = "qualite"
definition = "Consultations de l'année dont un champ est vide ou « inconnu », champ par champ."
formule = "part = consultations au champ inconnu ÷ consultations de la zone dans l'année"
unite = "consultations"
population = "Toutes les consultations honorées de l'année"
sources = ["consultations", "medicobus"]
limites = [
  "Une part élevée rend fragile tout indicateur qui lit ce champ ; un quart est déjà beaucoup.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "champ", titre = "Champ", role = "categorie" },
  { nom = "nom_champ", titre = "Champ", role = "libelle" },
  { nom = "inconnus", titre = "Consultations au champ inconnu", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients" },
  { nom = "patients", titre = "Patients concernés", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part_inconnus", titre = "Part inconnue", role = "mesure", format = "pourcent", garde = "patients", numerateur = "inconnus", denominateur = "consultations" },
  { nom = "consultations", titre = "Consultations de la zone", role = "effectif", format = "entier", additif = ["code_zone"], garde = "patients_zone" },
  { nom = "patients_zone", titre = "Patients de la zone", role = "patients", format = "entier", additif = ["code_zone"] },
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
colonnes = ["inconnus"]
mesure = "consultations"

[[identites]]
colonnes = ["patients_zone"]
mesure = "patients"

[[identites]]                # counts depend on it, also where they are all equal
colonnes = ["inconnus", "patients"]
si = { champ = "*" }
categories = { champ = "{champ}" }
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
par_patient AS (
  SELECT c.id_medicobus, c.patient,
         count(*) AS consultations,
         count(*) FILTER (WHERE c.date_demande IS NULL) AS i_date_demande,
         count(*) FILTER (WHERE c.cle_patient IS NULL) AS i_cle_patient,
         count(*) FILTER (WHERE c.sexe IS NULL) AS i_sexe,
         count(*) FILTER (WHERE COALESCE(c.ald, 'inconnu') = 'inconnu') AS i_ald,
         count(*) FILTER (WHERE COALESCE(c.c2s, 'inconnu') = 'inconnu') AS i_c2s,
         count(*) FILTER (WHERE COALESCE(c.isole, 'inconnu') = 'inconnu') AS i_isole,
         count(*) FILTER (WHERE COALESCE(c.statut_mt, 'inconnu') = 'inconnu') AS i_statut_mt,
         count(*) FILTER (WHERE c.non_programme IS NULL) AS i_non_programme,
         count(*) FILTER (WHERE c.adressage IS NULL) AS i_adressage,
         count(*) FILTER (WHERE c.cle_praticien IS NULL) AS i_cle_praticien,
         count(*) FILTER (WHERE c.orientation IS NULL) AS i_orientation
    FROM visites c
   WHERE c.annee = $annee
   GROUP BY 1, 2
),
par_bus AS (
  SELECT id_medicobus,
         sum(consultations) AS consultations,
         count(*) AS patients,
         sum(i_date_demande) AS i_date_demande,
         count(*) FILTER (WHERE i_date_demande > 0) AS p_date_demande,
         sum(i_cle_patient) AS i_cle_patient,
         count(*) FILTER (WHERE i_cle_patient > 0) AS p_cle_patient,
         sum(i_sexe) AS i_sexe,
         count(*) FILTER (WHERE i_sexe > 0) AS p_sexe,
         sum(i_ald) AS i_ald,
         count(*) FILTER (WHERE i_ald > 0) AS p_ald,
         sum(i_c2s) AS i_c2s,
         count(*) FILTER (WHERE i_c2s > 0) AS p_c2s,
         sum(i_isole) AS i_isole,
         count(*) FILTER (WHERE i_isole > 0) AS p_isole,
         sum(i_statut_mt) AS i_statut_mt,
         count(*) FILTER (WHERE i_statut_mt > 0) AS p_statut_mt,
         sum(i_non_programme) AS i_non_programme,
         count(*) FILTER (WHERE i_non_programme > 0) AS p_non_programme,
         sum(i_adressage) AS i_adressage,
         count(*) FILTER (WHERE i_adressage > 0) AS p_adressage,
         sum(i_cle_praticien) AS i_cle_praticien,
         count(*) FILTER (WHERE i_cle_praticien > 0) AS p_cle_praticien,
         sum(i_orientation) AS i_orientation,
         count(*) FILTER (WHERE i_orientation > 0) AS p_orientation
    FROM par_patient
   GROUP BY id_medicobus
),
champs AS (
  SELECT column1 AS ordre, column2 AS champ, column3 AS nom_champ
    FROM (VALUES
      (1, 'date_demande', 'Date de la demande'),
      (2, 'cle_patient', 'Pseudonyme du patient'),
      (3, 'sexe', 'Sexe'),
      (4, 'ald', 'Affection de longue durée'),
      (5, 'c2s', 'Complémentaire santé solidaire'),
      (6, 'isole', 'Isolement'),
      (7, 'statut_mt', 'Situation vis-à-vis du médecin traitant'),
      (8, 'non_programme', 'Soin non programmé'),
      (9, 'adressage', 'Adressage'),
      (10, 'cle_praticien', 'Pseudonyme du praticien'),
      (11, 'orientation', 'Orientation')) AS v(column1, column2, column3)
),
par_champ AS (
  SELECT p.id_medicobus, p.consultations, p.patients AS patients_zone, h.ordre, h.champ, h.nom_champ,
         CASE h.champ
           WHEN 'date_demande' THEN p.i_date_demande
           WHEN 'cle_patient' THEN p.i_cle_patient
           WHEN 'sexe' THEN p.i_sexe
           WHEN 'ald' THEN p.i_ald
           WHEN 'c2s' THEN p.i_c2s
           WHEN 'isole' THEN p.i_isole
           WHEN 'statut_mt' THEN p.i_statut_mt
           WHEN 'non_programme' THEN p.i_non_programme
           WHEN 'adressage' THEN p.i_adressage
           WHEN 'cle_praticien' THEN p.i_cle_praticien
           WHEN 'orientation' THEN p.i_orientation
         END AS inconnus,
         CASE h.champ
           WHEN 'date_demande' THEN p.p_date_demande
           WHEN 'cle_patient' THEN p.p_cle_patient
           WHEN 'sexe' THEN p.p_sexe
           WHEN 'ald' THEN p.p_ald
           WHEN 'c2s' THEN p.p_c2s
           WHEN 'isole' THEN p.p_isole
           WHEN 'statut_mt' THEN p.p_statut_mt
           WHEN 'non_programme' THEN p.p_non_programme
           WHEN 'adressage' THEN p.p_adressage
           WHEN 'cle_praticien' THEN p.p_cle_praticien
           WHEN 'orientation' THEN p.p_orientation
         END AS patients
    FROM par_bus p
   CROSS JOIN champs h
)
SELECT CAST($annee AS BIGINT) AS annee,
       b.code_zone,
       b.nom_zone,
       p.champ,
       p.nom_champ,
       CAST(sum(p.inconnus) AS BIGINT) AS inconnus,
       CAST(sum(p.patients) AS BIGINT) AS patients,
       round(10 * (100 * CAST(sum(p.inconnus) AS DOUBLE) / CAST(sum(p.consultations) AS DOUBLE))) / 10 AS part_inconnus,
       CAST(sum(p.consultations) AS BIGINT) AS consultations,
       CAST(sum(p.patients_zone) AS BIGINT) AS patients_zone
  FROM par_champ p
  JOIN bus b ON b.id_medicobus = p.id_medicobus
 GROUP BY b.code_zone, b.nom_zone, p.ordre, p.champ, p.nom_champ
 ORDER BY b.code_zone, p.ordre
