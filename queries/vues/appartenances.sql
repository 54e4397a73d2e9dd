/*---
nom = "appartenances"
ligne = "Une commune et un territoire dont elle est, les années de depuis à jusque : elle-même, son EPCI, ou le territoire de vie-santé (TVS) en vigueur"
---*/
-- The code of a TVS may be that of a commune: a territory is its type and its code.
SELECT 'commune' AS type_territoire, code_commune AS code_territoire, nom_commune AS nom_territoire,
       CAST(0 AS BIGINT) AS depuis, CAST(9999 AS BIGINT) AS jusque, code_commune
  FROM communes
 UNION ALL
SELECT 'epci', siren_epci, nom_epci, CAST(0 AS BIGINT), CAST(9999 AS BIGINT), code_commune
  FROM communes
 WHERE siren_epci IS NOT NULL
 UNION ALL
SELECT 'tvs', code_tvs, nom_tvs, depuis, jusque, code_commune
  FROM zonages_en_vigueur
 WHERE code_tvs IS NOT NULL
