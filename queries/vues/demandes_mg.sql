/*---
nom = "demandes_mg"
ligne = "Une demande de l'enquête sur les délais, et le type de son territoire"
---*/
-- Where the survey does not say it, nine digits are an EPCI, and any other code a commune.
SELECT code_territoire,
       COALESCE(type_territoire, CASE WHEN length(code_territoire) = 9 THEN 'epci' ELSE 'commune' END) AS type_territoire,
       date_demande, motif, resultat, delai_jours
  FROM delais_mg
