/*---
nom = "geographie"
ligne = "Un territoire, commune, EPCI ou TVS, les années de depuis à jusque : son nom, sa région, son département, son EPCI et sa population"
---*/
WITH parts AS (
  SELECT a.type_territoire, a.code_territoire, a.depuis, a.jusque, c.code_departement, c.code_region,
         min(a.nom_territoire) AS nom_territoire,
         sum(c.population) AS habitants,
         min(c.siren_epci) AS premier_epci, max(c.siren_epci) AS dernier_epci,
         count(*) - count(c.siren_epci) AS sans_epci
    FROM appartenances a
    JOIN communes c ON c.code_commune = a.code_commune
   WHERE a.type_territoire <> 'commune'
   GROUP BY a.type_territoire, a.code_territoire, a.depuis, a.jusque, c.code_departement, c.code_region
),
ensembles AS (
  SELECT type_territoire, code_territoire, depuis, jusque,
         COALESCE(min(nom_territoire), code_territoire) AS nom_territoire,
         CAST(sum(habitants) AS BIGINT) AS population,
         -- That of all its communes, if they share one.
         CASE WHEN min(premier_epci) = max(dernier_epci) AND sum(sans_epci) = 0 THEN min(premier_epci) END AS siren_epci
    FROM parts
   GROUP BY type_territoire, code_territoire, depuis, jusque
),
places AS (
  SELECT type_territoire, code_territoire, depuis, code_departement, code_region,
         row_number() OVER (PARTITION BY type_territoire, code_territoire, depuis ORDER BY COALESCE(habitants, 0) DESC, code_departement) AS rang
    FROM parts
)
SELECT 'commune' AS type_territoire, code_commune AS code_territoire, CAST(0 AS BIGINT) AS depuis, CAST(9999 AS BIGINT) AS jusque,
       nom_commune AS nom_territoire, code_departement, code_region, siren_epci, population
  FROM communes
 UNION ALL
-- An EPCI or a TVS that lies across a border is placed where most of its inhabitants live.
SELECT e.type_territoire, e.code_territoire, e.depuis, e.jusque, e.nom_territoire, p.code_departement, p.code_region, e.siren_epci, e.population
  FROM ensembles e
  JOIN places p ON p.type_territoire = e.type_territoire AND p.code_territoire = e.code_territoire AND p.depuis = e.depuis
 WHERE p.rang = 1
