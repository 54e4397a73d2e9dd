/*---
nom = "territoires_desservis"
ligne = "Un territoire desservi, commune ou EPCI : le jour et le trimestre du premier passage d'un médicobus"
---*/
WITH premieres AS (
  SELECT code_commune AS code_territoire, min(premiere) AS premiere
    FROM premiers_passages
   GROUP BY code_commune
   UNION ALL
  SELECT c.siren_epci, min(p.premiere)
    FROM premiers_passages p
    JOIN communes c ON c.code_commune = p.code_commune
   WHERE c.siren_epci IS NOT NULL
   GROUP BY c.siren_epci
)
SELECT code_territoire, premiere,
       CAST(extract(year FROM premiere) AS VARCHAR) || '-T' || CAST(extract(quarter FROM premiere) AS VARCHAR) AS premier_trimestre
  FROM premieres
