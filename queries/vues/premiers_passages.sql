/*---
nom = "premiers_passages"
ligne = "Un médicobus dans une commune : le jour où il y passe pour la première fois"
---*/
-- Treatment starts with a tour that took place, not with a label; a stop opened before the records
-- began is dated by its opening, lest an old bus pass for a new one. A bus that never ran opened nothing.
WITH releves AS (
  -- Day from which the tours of each région are recorded.
  SELECT m.code_region, min(t.date) AS debut
    FROM tournees t
    JOIN medicobus m ON m.id_medicobus = t.id_medicobus
   GROUP BY m.code_region
),
passages AS (
  SELECT id_medicobus, code_commune, date AS jour
    FROM tournees_tenues
   UNION ALL
  SELECT d.id_medicobus, d.code_commune, GREATEST(d.date_debut, m.date_mise_en_service)
    FROM dessertes d
    JOIN medicobus m ON m.id_medicobus = d.id_medicobus
    JOIN releves r ON r.code_region = m.code_region
   WHERE m.date_mise_en_service IS NOT NULL
     AND GREATEST(d.date_debut, m.date_mise_en_service) < r.debut
)
SELECT id_medicobus, code_commune, min(jour) AS premiere
  FROM passages
 GROUP BY id_medicobus, code_commune
