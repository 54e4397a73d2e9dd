/*---
nom = "devenir_medicobus"
titre = "Ce que sont devenus les médicobus"
theme = "deploiement"
definition = "Projets selon ce qu'ils sont devenus à la fin de l'année (en service, relayés, arrêtés, et pourquoi), et ce que l'offre durable a gagné ou perdu dans leurs communes depuis leur premier passage."
formule = "installations, départs et leur solde : médecins généralistes, du premier passage à la fin de l'année ; vide si la région n'a déclaré aucun événement de l'offre"
unite = "projets"
population = "Projets labellisés ou en service avant la fin de l'année, terminés compris ; communes où l'un d'eux est passé"
sources = ["medicobus", "offre", "tournees", "dessertes", "communes"]
limites = [
  "Motif de fin : celui que la région déclare. Ces événements ont pu se faire sans le médicobus, et comptent jusqu'à la fin de l'année, au-delà des 24 mois de l'offre durable.",
  "Une commune que plusieurs médicobus desservent compte une fois par ligne : les lignes ne s'additionnent pas.",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "devenir", titre = "Devenir", role = "categorie", total = "ensemble" },
  { nom = "nom_devenir", titre = "Devenir", role = "libelle" },
  { nom = "projets", titre = "Médicobus", role = "ouvert", format = "entier", additif = ["code_zone", "devenir"] },
  { nom = "fin", titre = "Fin", role = "ouvert", format = "date" },
  { nom = "communes", titre = "Communes", role = "ouvert", format = "entier" },
  { nom = "installations", titre = "Installations", role = "ouvert", format = "entier" },
  { nom = "departs", titre = "Départs", role = "ouvert", format = "entier" },
  { nom = "solde", titre = "Solde", role = "ouvert", format = "entier" },
  { nom = "cpts", titre = "CPTS créées", role = "ouvert", format = "entier" },
  { nom = "maisons_centres", titre = "Maisons, centres ouverts", role = "ouvert", format = "entier" },
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
devenirs AS (
  SELECT column1 AS ordre, column2 AS devenir, column3 AS nom_devenir
    FROM (VALUES
      (1, 'en_service', 'En service'),
      (2, 'pas_ouvert', 'Pas encore ouvert'),
      (3, 'poursuite', 'Terminé, activité poursuivie'),
      (4, 'relais_msp', 'Relayé par une maison de santé'),
      (5, 'relais_centre_de_sante', 'Relayé par un centre de santé'),
      (6, 'relais_cabinet', 'Relayé par un cabinet'),
      (7, 'fin_financement', 'Arrêté : fin du financement'),
      (8, 'plus_de_medecin', 'Arrêté : plus de médecin'),
      (9, 'autre', 'Arrêté : autre motif'),
      (10, 'non_declare', 'Arrêté : motif non déclaré'),
      (11, 'ensemble', 'Ensemble')) AS v(column1, column2, column3)
),
projets AS (
  SELECT b.code_zone, b.nom_zone, b.id_medicobus, b.code_region,
         CASE WHEN m.date_fin < make_date($annee + 1, 1, 1) THEN m.date_fin END AS fin,
         CASE
           WHEN m.date_fin < make_date($annee + 1, 1, 1) THEN COALESCE(m.motif_fin, 'non_declare')
           WHEN m.date_mise_en_service < make_date($annee + 1, 1, 1) THEN 'en_service'
           ELSE 'pas_ouvert'
         END AS devenir
    FROM bus b
    JOIN medicobus m ON m.id_medicobus = b.id_medicobus
   WHERE COALESCE(m.date_labellisation, m.date_mise_en_service) < make_date($annee + 1, 1, 1)
),
doubles AS (
  SELECT code_zone, nom_zone, id_medicobus, code_region, fin, devenir FROM projets
   UNION ALL
  SELECT code_zone, nom_zone, id_medicobus, code_region, fin, 'ensemble' FROM projets
),
compte AS (
  SELECT p.code_zone, p.nom_zone, p.devenir, count(*) AS projets, max(p.fin) AS fin, count(d.code_region) AS declares
    FROM doubles p
    LEFT JOIN (SELECT DISTINCT c.code_region
                 FROM offre o
                 JOIN communes c ON c.code_commune = o.code_commune) AS d ON d.code_region = p.code_region
   GROUP BY p.code_zone, p.nom_zone, p.devenir
),
lieux AS (
  SELECT p.code_zone, p.devenir, v.code_commune, min(v.premiere) AS premiere
    FROM doubles p
    JOIN premiers_passages v ON v.id_medicobus = p.id_medicobus
   WHERE v.premiere < make_date($annee + 1, 1, 1)
   GROUP BY p.code_zone, p.devenir, v.code_commune
),
evenements AS (
  SELECT l.code_zone, l.devenir, count(DISTINCT l.code_commune) AS communes,
         CAST(COALESCE(sum(CASE WHEN o.type = 'installation_mg' THEN COALESCE(o.nombre, 1) END), 0) AS BIGINT) AS installations,
         CAST(COALESCE(sum(CASE WHEN o.type = 'depart_mg' THEN COALESCE(o.nombre, 1) END), 0) AS BIGINT) AS departs,
         CAST(COALESCE(sum(CASE WHEN o.type = 'cpts_creee' THEN COALESCE(o.nombre, 1) END), 0) AS BIGINT) AS cpts,
         CAST(COALESCE(sum(CASE WHEN o.type IN ('msp_ouverte', 'centre_de_sante_ouvert') THEN COALESCE(o.nombre, 1) END), 0) AS BIGINT)
           AS maisons_centres
    FROM lieux l
    LEFT JOIN offre o ON o.code_commune = l.code_commune AND o.date >= l.premiere AND o.date < make_date($annee + 1, 1, 1)
   GROUP BY l.code_zone, l.devenir
)
SELECT CAST($annee AS BIGINT) AS annee,
       c.code_zone,
       c.nom_zone,
       c.devenir,
       d.nom_devenir,
       c.projets,
       c.fin,
       COALESCE(e.communes, 0) AS communes,
       CASE WHEN c.declares > 0 THEN COALESCE(e.installations, 0) END AS installations,
       CASE WHEN c.declares > 0 THEN COALESCE(e.departs, 0) END AS departs,
       CASE WHEN c.declares > 0 THEN COALESCE(e.installations, 0) - COALESCE(e.departs, 0) END AS solde,
       CASE WHEN c.declares > 0 THEN COALESCE(e.cpts, 0) END AS cpts,
       CASE WHEN c.declares > 0 THEN COALESCE(e.maisons_centres, 0) END AS maisons_centres
  FROM compte c
  JOIN devenirs d ON d.devenir = c.devenir
  LEFT JOIN evenements e ON e.code_zone = c.code_zone AND e.devenir = c.devenir
 ORDER BY c.code_zone, d.ordre
