/*---
nom = "recherches_mt"
ligne = "Un patient de 17 ans et plus vu sans médecin traitant : le jour de son entrée, celui où un médecin traitant est trouvé, le dernier jour connu dans la région"
---*/
WITH entrees AS (
  -- The day each patient of 17 and more was first seen without a médecin traitant.
  SELECT c.id_medicobus, c.cle_patient AS patient, min(c.date_consultation) AS entree
    FROM consultations c
   WHERE c.cle_patient IS NOT NULL
     AND c.statut_mt = 'sans'
     AND c.tranche_age <> '00-16'
   GROUP BY c.id_medicobus, c.cle_patient
),
signes AS (
  -- Three signs of a médecin traitant found: the date declared, the orientation noted, a later visit with one.
  SELECT e.id_medicobus, e.patient, e.entree,
         min(CASE
           WHEN c.mt_declare_le >= e.entree THEN c.mt_declare_le
           WHEN c.orientation = 'mt_declare' AND c.mt_declare_le IS NULL THEN c.date_consultation
           WHEN c.statut_mt = 'avec' THEN c.date_consultation
         END) AS trouve
    FROM entrees e
    JOIN consultations c ON c.id_medicobus = e.id_medicobus
                        AND c.cle_patient = e.patient
                        AND c.date_consultation >= e.entree
   GROUP BY e.id_medicobus, e.patient, e.entree
),
observation AS (
  -- A patient is followed until the last consultation known in the région.
  SELECT m.code_region, max(c.date_consultation) AS fin
    FROM consultations c
    JOIN medicobus m ON m.id_medicobus = c.id_medicobus
   GROUP BY m.code_region
)
SELECT s.id_medicobus, s.patient, s.entree, s.trouve, o.fin
  FROM signes s
  JOIN medicobus m ON m.id_medicobus = s.id_medicobus
  JOIN observation o ON o.code_region = m.code_region
