/*---
nom = "eligibilites"
ligne = "Un territoire zoné, commune, EPCI ou TVS, et les années de depuis à jusque : s'il est éligible"
---*/
SELECT 'commune' AS type_territoire, z.code_commune AS code_territoire, z.depuis, z.jusque, z.densite7, z.zonage_mg, z.eligible
  FROM communes c
  JOIN zonages_en_vigueur z ON z.code_commune = c.code_commune
 UNION ALL
-- An EPCI or a TVS is eligible as soon as one of its communes is. Zonings are decided by TVS: where its communes have one, it is its own.
SELECT a.type_territoire, a.code_territoire, z.depuis, z.jusque, NULL AS densite7,
       CASE WHEN a.type_territoire = 'tvs' AND min(z.zonage_mg) = max(z.zonage_mg) THEN min(z.zonage_mg) END,
       CASE max(CASE z.eligible WHEN 'oui' THEN 2 WHEN 'non' THEN 1 ELSE 0 END) WHEN 2 THEN 'oui' WHEN 1 THEN 'non' ELSE 'inconnu' END
  FROM appartenances a
  JOIN zonages_en_vigueur z ON z.code_commune = a.code_commune AND z.depuis BETWEEN a.depuis AND a.jusque
 WHERE a.type_territoire <> 'commune'
 GROUP BY a.type_territoire, a.code_territoire, z.depuis, z.jusque
