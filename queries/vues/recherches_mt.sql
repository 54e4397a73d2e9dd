/*---
nom = "recherches_mt"
ligne = "Un patient de 17 ans et plus vu sans médecin traitant : le jour de son entrée et son profil ce jour-là, celui où un médecin traitant est trouvé, le dernier jour connu dans la région"
---*/
WITH premieres AS (
  -- The first consultation of each patient of 17 and more without a médecin traitant: the least by date, then by identifier.
  SELECT c.id_medicobus, c.cle_patient AS patient, min(CAST(c.date_consultation AS VARCHAR) || c.id_consultation) AS premiere
    FROM consultations c
   WHERE c.cle_patient IS NOT NULL
     AND c.statut_mt = 'sans'
     AND c.tranche_age <> '00-16'
   GROUP BY c.id_medicobus, c.cle_patient
),
entrees AS (
  SELECT p.id_medicobus, p.patient, c.date_consultation AS entree, c.ald, c.tranche_age, c.isole
    FROM premieres p
    -- Ten characters of date stand before the identifier.
    JOIN consultations c ON c.id_medicobus = p.id_medicobus
                        AND c.cle_patient = p.patient
                        AND c.id_consultation = substr(p.premiere, 11)
                        AND c.date_consultation = CAST(substr(p.premiere, 1, 10) AS DATE)
),
signes AS (
  -- Three signs of a médecin traitant found: the date declared, the orientation noted, a later visit with one.
  SELECT e.id_medicobus, e.patient, e.entree, e.ald, e.tranche_age, e.isole,
         min(CASE
           WHEN c.mt_declare_le >= e.entree THEN c.mt_declare_le
           WHEN c.orientation = 'mt_declare' AND c.mt_declare_le IS NULL THEN c.date_consultation
           WHEN c.statut_mt = 'avec' THEN c.date_consultation
         END) AS trouve
    FROM entrees e
    JOIN consultations c ON c.id_medicobus = e.id_medicobus
                        AND c.cle_patient = e.patient
                        AND c.date_consultation >= e.entree
   GROUP BY e.id_medicobus, e.patient, e.entree, e.ald, e.tranche_age, e.isole
),
observation AS (
  -- A patient is followed until the last consultation known in the région.
  SELECT m.code_region, max(c.date_consultation) AS fin
    FROM consultations c
    JOIN medicobus m ON m.id_medicobus = c.id_medicobus
   GROUP BY m.code_region
)
SELECT s.id_medicobus, s.patient, s.entree, s.ald, s.tranche_age, s.isole, s.trouve, o.fin
  FROM signes s
  JOIN medicobus m ON m.id_medicobus = s.id_medicobus
  JOIN observation o ON o.code_region = m.code_region
