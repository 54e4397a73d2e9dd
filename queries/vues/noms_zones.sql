/*---
nom = "noms_zones"
ligne = "Une zone à un niveau (national, region, departement, medicobus) : son nom"
---*/
SELECT 'national' AS niveau, 'FR' AS code_zone, 'Régions livrées' AS nom_zone
 UNION ALL
SELECT 'region', code_region, nom_region FROM regions
 UNION ALL
SELECT 'departement', code_departement, nom_departement FROM departements
 UNION ALL
SELECT 'medicobus', id_medicobus, COALESCE(nom, id_medicobus) FROM medicobus
