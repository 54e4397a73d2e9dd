/*---
nom = "conformite_activite"
titre = "Activité au regard du cahier des charges"
theme = "activite"
definition = "Parts de la prévention (qui doit rester marginale), des soins non programmés (réponse sous 48 heures, sur demande du SAS seulement), des adressages du SAS, de la téléconsultation et des autres disciplines."
formule = "part = consultations du cas ÷ consultations de la zone dans la période"
unite = "% des consultations"
population = "Toutes les consultations honorées de l'année ; un champ vide ne compte pas comme un oui"
sources = ["consultations", "medicobus"]
limites = [
  "Les cas se recoupent : ces lignes ne s'additionnent pas.",
  "Un soin non programmé dont l'adressage est vide est compté hors régulation du SAS.",
  "Un patient est repéré par un pseudonyme propre à chaque médicobus : vu par deux médicobus, il compte deux fois.",
  "Une consultation sans pseudonyme compte pour un patient.",
]
colonnes = [
  { nom = "periode", titre = "Période", role = "periode" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "cas", titre = "Cas", role = "categorie", total = "toutes" },
  { nom = "nom_cas", titre = "Cas", role = "libelle" },
  { nom = "consultations", titre = "Consultations", role = "effectif", format = "entier", additif = ["code_zone", "periode"], garde = "patients" },
  { nom = "patients", titre = "Patients", role = "patients", format = "entier", additif = ["code_zone"] },
  { nom = "part", titre = "Part des consultations", role = "taux", format = "pourcent", garde = "patients", numerateur = "consultations", denominateur = "consultations" },
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

[[identites]]                # counts depend on it, also where they are all equal
si = { cas = "*" }
categories = { cas = "{cas}" }
---*/
WITH bus AS (SELECT * FROM zones WHERE niveau = $niveau AND code_region = COALESCE($region, code_region)
    AND code_departement = COALESCE($departement, code_departement) AND id_medicobus = COALESCE($medicobus, id_medicobus)),
par_patient AS (
  SELECT c.id_medicobus, c.patient,
         CASE WHEN $pas = 'mois' THEN c.mois WHEN $pas = 'trimestre' THEN c.trimestre ELSE CAST($annee AS VARCHAR) END AS periode,
         count(*) FILTER (WHERE TRUE) AS n_toutes,
         count(*) FILTER (WHERE c.nature = 'prevention') AS n_prevention,
         count(*) FILTER (WHERE c.non_programme = 'oui') AS n_non_programme,
         count(*) FILTER (WHERE c.non_programme = 'oui' AND COALESCE(c.adressage, 'inconnu') <> 'sas') AS n_non_programme_hors_sas,
         count(*) FILTER (WHERE c.adressage = 'sas') AS n_sas,
         count(*) FILTER (WHERE c.mode = 'teleconsultation') AS n_teleconsultation,
         count(*) FILTER (WHERE c.discipline <> 'medecine_generale') AS n_autre_discipline
    FROM visites c
   WHERE c.annee = $annee
   GROUP BY 1, 2, 3
),
par_bus AS (
  SELECT id_medicobus, periode,
         sum(n_toutes) AS n_toutes,
         count(*) FILTER (WHERE n_toutes > 0) AS p_toutes,
         sum(n_prevention) AS n_prevention,
         count(*) FILTER (WHERE n_prevention > 0) AS p_prevention,
         sum(n_non_programme) AS n_non_programme,
         count(*) FILTER (WHERE n_non_programme > 0) AS p_non_programme,
         sum(n_non_programme_hors_sas) AS n_non_programme_hors_sas,
         count(*) FILTER (WHERE n_non_programme_hors_sas > 0) AS p_non_programme_hors_sas,
         sum(n_sas) AS n_sas,
         count(*) FILTER (WHERE n_sas > 0) AS p_sas,
         sum(n_teleconsultation) AS n_teleconsultation,
         count(*) FILTER (WHERE n_teleconsultation > 0) AS p_teleconsultation,
         sum(n_autre_discipline) AS n_autre_discipline,
         count(*) FILTER (WHERE n_autre_discipline > 0) AS p_autre_discipline
    FROM par_patient
   GROUP BY id_medicobus, periode
),
cas AS (
  SELECT column1 AS ordre, column2 AS cas, column3 AS nom_cas
    FROM (VALUES
      (1, 'toutes', 'Toutes les consultations'),
      (2, 'prevention', 'Prévention'),
      (3, 'non_programme', 'Soins non programmés'),
      (4, 'non_programme_hors_sas', 'Soins non programmés hors régulation du SAS'),
      (5, 'sas', 'Adressées par le SAS'),
      (6, 'teleconsultation', 'Téléconsultations'),
      (7, 'autre_discipline', 'Disciplines autres que la médecine générale')) AS v(column1, column2, column3)
),
par_cas AS (
  SELECT p.periode, b.code_zone, b.nom_zone, k.ordre, k.cas, k.nom_cas,
         CASE k.cas
           WHEN 'toutes' THEN p.n_toutes
           WHEN 'prevention' THEN p.n_prevention
           WHEN 'non_programme' THEN p.n_non_programme
           WHEN 'non_programme_hors_sas' THEN p.n_non_programme_hors_sas
           WHEN 'sas' THEN p.n_sas
           WHEN 'teleconsultation' THEN p.n_teleconsultation
           WHEN 'autre_discipline' THEN p.n_autre_discipline
         END AS consultations,
         CASE k.cas
           WHEN 'toutes' THEN p.p_toutes
           WHEN 'prevention' THEN p.p_prevention
           WHEN 'non_programme' THEN p.p_non_programme
           WHEN 'non_programme_hors_sas' THEN p.p_non_programme_hors_sas
           WHEN 'sas' THEN p.p_sas
           WHEN 'teleconsultation' THEN p.p_teleconsultation
           WHEN 'autre_discipline' THEN p.p_autre_discipline
         END AS patients
    FROM par_bus p
    JOIN bus b ON b.id_medicobus = p.id_medicobus
   CROSS JOIN cas k
),
compte AS (
  SELECT periode, code_zone, nom_zone, ordre, cas, nom_cas,
         CAST(sum(consultations) AS BIGINT) AS consultations,
         CAST(sum(patients) AS BIGINT) AS patients
    FROM par_cas
   GROUP BY periode, code_zone, nom_zone, ordre, cas, nom_cas
)
SELECT periode,
       code_zone,
       nom_zone,
       cas,
       nom_cas,
       consultations,
       patients,
       round(10 * (100 * CAST(consultations AS DOUBLE) / max(consultations) OVER (PARTITION BY code_zone, periode))) / 10 AS part
  FROM compte
 ORDER BY code_zone, periode, ordre
