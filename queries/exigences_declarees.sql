/*---
nom = "exigences_declarees"
titre = "Exigences du cahier des charges, telles que déclarées"
theme = "conformite"
definition = "Pour chaque exigence du cahier des charges qu'aucun compte ne mesure, projets selon la réponse que la région déclare."
formule = "non dit = projets − (oui + en partie + non + sans objet) ; une réponse constatée après l'année ne compte pas"
unite = "projets"
population = "Projets labellisés ou en service avant la fin de l'année, et qui n'ont pas pris fin avant elle"
sources = ["projets_cahier", "medicobus"]
limites = [
  "Ce sont des déclarations : rien ne les vérifie dans les données.",
  "Une livraison donne la liste entière : une réponse d'une livraison plus ancienne qui n'y est plus est « non dite ».",
]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode", format = "texte" },
  { nom = "code_zone", titre = "Code", role = "zone" },
  { nom = "nom_zone", titre = "Zone", role = "libelle" },
  { nom = "exigence", titre = "Exigence", role = "categorie" },
  { nom = "nom_exigence", titre = "Exigence du cahier des charges", role = "libelle" },
  { nom = "projets", titre = "Projets", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "oui", titre = "Oui", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "partiel", titre = "En partie", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "non", titre = "Non", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "sans_objet", titre = "Sans objet", role = "ouvert", format = "entier", additif = ["code_zone"] },
  { nom = "non_dit", titre = "Non dit", role = "ouvert", format = "entier", additif = ["code_zone"] },
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
projets AS (
  SELECT b.code_zone, b.nom_zone, b.id_medicobus
    FROM bus b
    JOIN medicobus m ON m.id_medicobus = b.id_medicobus
   WHERE COALESCE(m.date_labellisation, m.date_mise_en_service) < make_date($annee + 1, 1, 1)
     AND (m.date_fin IS NULL OR m.date_fin >= make_date($annee, 1, 1))
),
exigences AS (
  SELECT column1 AS ordre, column2 AS exigence, column3 AS nom_exigence
    FROM (VALUES
      (1, 'etat_des_lieux_partage', 'État des lieux partagé du territoire'),
      (2, 'absence_concurrence', 'Pas de concurrence avec l''offre en place'),
      (3, 'projet_territorial', 'Inscription dans un projet territorial'),
      (4, 'initiative_professionnels', 'Initiative des professionnels de santé'),
      (5, 'coordination_cpts', 'Coordination avec la CPTS'),
      (6, 'articulation_plan_ald', 'Articulation avec le plan d''action ALD'),
      (7, 'articulation_sas', 'Articulation avec le SAS'),
      (8, 'partenariat_collectivites', 'Partenariat avec les collectivités'),
      (9, 'cofinancement', 'Cofinancement'),
      (10, 'achat_hors_cpts', 'Achat du véhicule hors fonds de la CPTS'),
      (11, 'autorisation_cdom', 'Autorisation du conseil départemental de l''Ordre'),
      (12, 'pas_acces_direct', 'Pas d''accès direct, rendez-vous par la cellule'),
      (13, 'continuite_soins', 'Continuité des soins'),
      (14, 'lisibilite', 'Lisibilité pour la population'),
      (15, 'cellule_coordination', 'Cellule de coordination'),
      (16, 'mutualisation_specialistes', 'Mutualisation avec d''autres spécialistes'),
      (17, 'circuit_cpam', 'Circuit avec la CPAM'),
      (18, 'medecin_present', 'Médecin présent à bord'),
      (19, 'demarche_environnementale', 'Démarche environnementale'),
      (20, 'logo_france_ruralites', 'Logo France Ruralités')) AS v(column1, column2, column3)
),
reponses AS (
  SELECT id_medicobus, exigence, reponse
    FROM projets_cahier
   WHERE date IS NULL OR date < make_date($annee + 1, 1, 1)
),
compte AS (
  SELECT p.code_zone, p.nom_zone, e.ordre, e.exigence, e.nom_exigence,
         count(*) AS projets,
         count(*) FILTER (WHERE r.reponse = 'oui') AS oui,
         count(*) FILTER (WHERE r.reponse = 'partiel') AS partiel,
         count(*) FILTER (WHERE r.reponse = 'non') AS non,
         count(*) FILTER (WHERE r.reponse = 'sans_objet') AS sans_objet,
         count(*) FILTER (WHERE r.reponse IS NULL) AS non_dit
    FROM projets p
   CROSS JOIN exigences e
    LEFT JOIN reponses r ON r.id_medicobus = p.id_medicobus AND r.exigence = e.exigence
   GROUP BY p.code_zone, p.nom_zone, e.ordre, e.exigence, e.nom_exigence
)
SELECT CAST($annee AS BIGINT) AS annee,
       code_zone,
       nom_zone,
       exigence,
       nom_exigence,
       projets,
       oui,
       partiel,
       non,
       sans_objet,
       non_dit
  FROM compte
 ORDER BY code_zone, ordre
