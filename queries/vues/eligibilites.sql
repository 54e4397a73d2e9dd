/*---
nom = "eligibilites"
ligne = "Un territoire zoné, commune ou EPCI, et les années de depuis à jusque : s'il est éligible"
---*/
SELECT z.code_commune AS code_territoire, z.depuis, z.jusque, z.densite7, z.zonage_mg, z.eligible
  FROM communes c
  JOIN zonages_en_vigueur z ON z.code_commune = c.code_commune
 UNION ALL
-- An EPCI is eligible as soon as one of its communes is.
SELECT c.siren_epci, z.depuis, z.jusque, NULL AS densite7, NULL AS zonage_mg,
       CASE max(CASE z.eligible WHEN 'oui' THEN 2 WHEN 'non' THEN 1 ELSE 0 END) WHEN 2 THEN 'oui' WHEN 1 THEN 'non' ELSE 'inconnu' END
  FROM communes c
  JOIN zonages_en_vigueur z ON z.code_commune = c.code_commune
 WHERE c.siren_epci IS NOT NULL
 GROUP BY c.siren_epci, z.depuis, z.jusque
