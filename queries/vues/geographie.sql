/*---
nom = "geographie"
ligne = "Un territoire, commune ou EPCI : son nom, sa région, son département, son EPCI et sa population"
---*/
SELECT code_commune AS code_territoire, nom_commune AS nom_territoire, code_departement, code_region, siren_epci, population
  FROM communes
 UNION ALL
-- An EPCI that lies across a border is placed in its first département.
SELECT siren_epci AS code_territoire, min(nom_epci), min(code_departement), min(code_region), siren_epci, CAST(sum(population) AS BIGINT)
  FROM communes
 WHERE siren_epci IS NOT NULL
 GROUP BY siren_epci
