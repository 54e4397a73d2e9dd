/*---
nom = "zones"
ligne = "Un médicobus à un niveau (national, region, departement, medicobus) : la zone où il y compte"
---*/
SELECT 'national' AS niveau, 'FR' AS code_zone, 'France' AS nom_zone, m.id_medicobus, m.code_region, m.code_departement
  FROM medicobus m
 UNION ALL
SELECT 'region', m.code_region AS code_zone, COALESCE(r.nom_region, m.code_region), m.id_medicobus, m.code_region, m.code_departement
  FROM medicobus m
  LEFT JOIN regions r ON r.code_region = m.code_region
 UNION ALL
SELECT 'departement', m.code_departement AS code_zone, COALESCE(d.nom_departement, m.code_departement), m.id_medicobus, m.code_region, m.code_departement
  FROM medicobus m
  LEFT JOIN departements d ON d.code_departement = m.code_departement
 UNION ALL
SELECT 'medicobus', m.id_medicobus AS code_zone, m.nom, m.id_medicobus, m.code_region, m.code_departement
  FROM medicobus m
