/*---
nom = "tournees_tenues"
ligne = "Une tournée qui n'a pas été annulée : un médicobus, un jour, une commune ; son année, son trimestre et son mois"
---*/
SELECT t.id_medicobus, t.date, t.code_commune,
       CAST(extract(year FROM t.date) AS BIGINT) AS annee,
       CAST(extract(year FROM t.date) AS VARCHAR) || '-T' || CAST(extract(quarter FROM t.date) AS VARCHAR) AS trimestre,
       substr(CAST(t.date AS VARCHAR), 1, 7) AS mois
  FROM tournees t
 WHERE COALESCE(t.annulee, 'non') <> 'oui'
