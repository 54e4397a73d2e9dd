/*---
nom = "territoires_desservis"
ligne = "Un territoire desservi, commune, EPCI ou TVS, les années de depuis à jusque : le jour et le trimestre du premier passage d'un médicobus, et le porteur de ce médicobus"
---*/
WITH ordre AS (
  SELECT a.type_territoire, a.code_territoire, a.depuis, a.jusque, p.id_medicobus, p.premiere,
         row_number() OVER (PARTITION BY a.type_territoire, a.code_territoire, a.depuis ORDER BY p.premiere, p.id_medicobus) AS rang
    FROM premiers_passages p
    JOIN appartenances a ON a.code_commune = p.code_commune
)
SELECT o.type_territoire, o.code_territoire, o.depuis, o.jusque, o.premiere,
       CAST(extract(year FROM o.premiere) AS VARCHAR) || '-T' || CAST(extract(quarter FROM o.premiere) AS VARCHAR) AS premier_trimestre,
       m.porteur_type
  FROM ordre o
  JOIN medicobus m ON m.id_medicobus = o.id_medicobus
 WHERE o.rang = 1
