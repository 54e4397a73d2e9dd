/*---
nom = "geographie"
ligne = "Un territoire, commune ou EPCI : son nom, sa région, son département, son EPCI et sa population"
---*/
SELECT code_commune AS code_territoire, nom_commune AS nom_territoire, code_departement, code_region, siren_epci, population
  FROM communes
 UNION ALL
-- An EPCI that lies across a border is placed where most of its inhabitants live.
SELECT siren_epci AS code_territoire, nom_epci, code_departement, code_region, siren_epci, CAST(habitants AS BIGINT)
  FROM (SELECT siren_epci, nom_epci, code_departement, code_region,
               sum(sum(population)) OVER (PARTITION BY siren_epci) AS habitants,
               row_number() OVER (PARTITION BY siren_epci ORDER BY sum(population) DESC, code_departement) AS rang
          FROM communes
         WHERE siren_epci IS NOT NULL
         GROUP BY siren_epci, nom_epci, code_departement, code_region) AS parts
 WHERE rang = 1
