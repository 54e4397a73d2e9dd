/*---
nom = "territoires_desservis"
ligne = "Un territoire desservi, commune ou EPCI : le jour et le trimestre du premier passage d'un médicobus, et le porteur de ce médicobus"
---*/
WITH passages AS (
  SELECT code_commune AS code_territoire, id_medicobus, premiere
    FROM premiers_passages
   UNION ALL
  SELECT c.siren_epci, p.id_medicobus, p.premiere
    FROM premiers_passages p
    JOIN communes c ON c.code_commune = p.code_commune
   WHERE c.siren_epci IS NOT NULL
),
ordre AS (
  SELECT code_territoire, id_medicobus, premiere,
         row_number() OVER (PARTITION BY code_territoire ORDER BY premiere, id_medicobus) AS rang
    FROM passages
)
SELECT o.code_territoire, o.premiere,
       CAST(extract(year FROM o.premiere) AS VARCHAR) || '-T' || CAST(extract(quarter FROM o.premiere) AS VARCHAR) AS premier_trimestre,
       m.porteur_type
  FROM ordre o
  JOIN medicobus m ON m.id_medicobus = o.id_medicobus
 WHERE o.rang = 1
