/*---
nom = "jours_semaine"
ligne = "Un jour de la semaine : son code, son rang à partir du lundi (0) et son nom"
---*/
SELECT column1 AS jour, column2 AS rang, column3 AS nom_jour
  FROM (VALUES ('lun', 0, 'lundi'), ('mar', 1, 'mardi'), ('mer', 2, 'mercredi'), ('jeu', 3, 'jeudi'),
               ('ven', 4, 'vendredi'), ('sam', 5, 'samedi'), ('dim', 6, 'dimanche')) AS v(column1, column2, column3)
