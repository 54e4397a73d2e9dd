/*---
nom = "annees_completes"
titre = "Années complètes"
theme = "qualite"
definition = "Années dont une région a déclaré des tournées jusqu'en décembre : celles dont le bilan annuel peut être fait."
formule = "une ligne par région et par année ayant au moins une tournée en décembre"
unite = "année"
population = "Tournées déclarées, annulées comprises"
sources = ["tournees", "medicobus"]
limites = ["Une région dont tous les médicobus se sont arrêtés avant décembre n'a pas d'année complète."]
colonnes = [
  { nom = "annee", titre = "Année", role = "periode" },
  { nom = "code_region", titre = "Région", role = "zone" },
]
---*/
SELECT DISTINCT CAST(extract(year FROM t."date") AS BIGINT) AS annee, m.code_region
  FROM tournees t
  JOIN medicobus m ON m.id_medicobus = t.id_medicobus
 WHERE extract(month FROM t."date") = 12
 ORDER BY annee, code_region
