/*---
nom = "annees_completes"
titre = "Années complètes"
theme = "qualite"
definition = "Années dont une région a déclaré des tournées jusqu'en décembre : celles dont le bilan annuel peut être fait. La nation (FR) est complète quand le sont toutes les régions qui ont déclaré des tournées cette année-là."
formule = "une ligne par région et par année ayant au moins une tournée en décembre ; FR si aucune région active n'y manque"
unite = "année"
population = "Tournées déclarées, annulées comprises"
sources = ["tournees", "medicobus"]
limites = ["Une région dont tous les médicobus se sont arrêtés avant décembre n'a pas d'année complète."]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_region", titre = "Région", role = "zone" },
]
---*/
WITH regions_actives AS (
  SELECT CAST(extract(year FROM t."date") AS BIGINT) AS annee,
         m.code_region,
         max(CASE WHEN extract(month FROM t."date") = 12 THEN 1 ELSE 0 END) AS complete
    FROM tournees t
    JOIN medicobus m ON m.id_medicobus = t.id_medicobus
   GROUP BY 1, 2
)
SELECT annee, code_region FROM regions_actives WHERE complete = 1
UNION ALL
SELECT annee, 'FR' AS code_region FROM regions_actives GROUP BY annee HAVING min(complete) = 1
 ORDER BY annee, code_region
