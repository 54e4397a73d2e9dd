/*---
nom = "regions_observees"
ligne = "Une région à un pas (annee, trimestre, mois) : la première et la dernière période dont elle a déclaré des tournées ou des consultations"
---*/
WITH connus AS (
  SELECT m.code_region, min(j.debut) AS debut, max(j.fin) AS fin
    FROM (SELECT id_medicobus, min(date_consultation) AS debut, max(date_consultation) AS fin
            FROM consultations
           GROUP BY id_medicobus
           UNION ALL
          SELECT id_medicobus, min(date), max(date)
            FROM tournees
           GROUP BY id_medicobus) AS j
    JOIN medicobus m ON m.id_medicobus = j.id_medicobus
   GROUP BY m.code_region
)
SELECT code_region, 'annee' AS pas,
       CAST(extract(year FROM debut) AS VARCHAR) AS premiere,
       CAST(extract(year FROM fin) AS VARCHAR) AS derniere
  FROM connus
 UNION ALL
SELECT code_region, 'trimestre',
       CAST(extract(year FROM debut) AS VARCHAR) || '-T' || CAST(extract(quarter FROM debut) AS VARCHAR),
       CAST(extract(year FROM fin) AS VARCHAR) || '-T' || CAST(extract(quarter FROM fin) AS VARCHAR)
  FROM connus
 UNION ALL
SELECT code_region, 'mois', substr(CAST(debut AS VARCHAR), 1, 7), substr(CAST(fin AS VARCHAR), 1, 7)
  FROM connus
