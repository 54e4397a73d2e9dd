/*---
nom = "zonages_en_vigueur"
ligne = "Une commune zonée et les années de depuis à jusque : sa densité, son zonage et son territoire de vie-santé (TVS) en vigueur, les millésimes de la densité et du zonage, et si elle est éligible"
---*/
-- For each fact, the vintage in force in a year: the latest one before it, failing that the first one after.
-- What is in force changes with the vintages only: each holds until the next, the first also for the years before it.
WITH millesimes AS (
  SELECT millesime,
         CASE WHEN LAG(millesime) OVER (ORDER BY millesime) IS NULL THEN CAST(0 AS BIGINT) ELSE millesime END AS depuis,
         COALESCE(LEAD(millesime) OVER (ORDER BY millesime) - 1, CAST(9999 AS BIGINT)) AS jusque
    FROM (SELECT DISTINCT millesime FROM zonages) AS m
),
retenus AS (
  SELECT code_commune, depuis, jusque,
         max(CASE WHEN rang_densite = 1 THEN densite7 END) AS densite7,
         max(CASE WHEN rang_densite = 1 AND densite7 IS NOT NULL THEN millesime END) AS millesime_densite,
         max(CASE WHEN rang_zonage = 1 THEN zonage_mg END) AS zonage_mg,
         max(CASE WHEN rang_zonage = 1 AND zonage_mg IS NOT NULL THEN millesime END) AS millesime_zonage,
         max(CASE WHEN rang_tvs = 1 THEN code_tvs END) AS code_tvs,
         max(CASE WHEN rang_tvs = 1 THEN nom_tvs END) AS nom_tvs
    FROM (SELECT z.code_commune, m.depuis, m.jusque, z.millesime, z.densite7, z.zonage_mg, z.code_tvs, z.nom_tvs,
                 ROW_NUMBER() OVER (PARTITION BY z.code_commune, m.depuis, m.jusque ORDER BY
                   CASE WHEN z.densite7 IS NULL THEN 2 WHEN z.millesime > m.millesime THEN 1 ELSE 0 END,
                   abs(z.millesime - m.millesime), z.source) AS rang_densite,
                 ROW_NUMBER() OVER (PARTITION BY z.code_commune, m.depuis, m.jusque ORDER BY
                   CASE WHEN z.zonage_mg IS NULL THEN 2 WHEN z.millesime > m.millesime THEN 1 ELSE 0 END,
                   abs(z.millesime - m.millesime), z.source) AS rang_zonage,
                 ROW_NUMBER() OVER (PARTITION BY z.code_commune, m.depuis, m.jusque ORDER BY
                   CASE WHEN z.code_tvs IS NULL THEN 2 WHEN z.millesime > m.millesime THEN 1 ELSE 0 END,
                   abs(z.millesime - m.millesime), z.source, z.code_tvs, z.nom_tvs) AS rang_tvs
            FROM zonages z
           CROSS JOIN millesimes m) AS r
   GROUP BY code_commune, depuis, jusque
)
SELECT code_commune, depuis, jusque, densite7, millesime_densite, zonage_mg, millesime_zonage,
       CASE
         WHEN densite7 IS NULL OR zonage_mg IS NULL THEN 'inconnu'
         WHEN densite7 IN (5, 6, 7) AND zonage_mg IN ('ZIP', 'ZAC') THEN 'oui'
         ELSE 'non'
       END AS eligible,
       code_tvs, nom_tvs
  FROM retenus
