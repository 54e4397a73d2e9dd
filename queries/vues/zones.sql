/*---
nom = "zones"
ligne = "Un médicobus à un niveau (national, region, departement, medicobus), et à tous à la fois (tous, le code y portant le niveau : region/28) : la zone où il y compte"
---*/
WITH niveaux AS (
  SELECT 'national' AS niveau, 'FR' AS code_zone, 'Régions livrées' AS nom_zone, m.id_medicobus, m.code_region, m.code_departement
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
)
SELECT niveau, code_zone, nom_zone, id_medicobus, code_region, code_departement
  FROM niveaux
 UNION ALL
-- All levels in one run, told apart by their codes: région 28 is not département 28.
SELECT 'tous', niveau || '/' || code_zone, nom_zone, id_medicobus, code_region, code_departement
  FROM niveaux
