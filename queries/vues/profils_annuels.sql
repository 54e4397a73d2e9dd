/*---
nom = "profils_annuels"
ligne = "Un patient vu par un médicobus dans une année : son profil à la première consultation de l'année, ses consultations, ses rendez-vous à l'attente connue"
---*/
SELECT p.id_medicobus, p.patient, p.annee, v.tranche_age, v.sexe, v.ald, v.c2s, v.isole, v.statut_mt, p.consultations, p.delais
  FROM (SELECT id_medicobus, patient, annee,
               -- The first consultation is the least by date, then by identifier.
               min(CAST(date_consultation AS VARCHAR) || id_consultation) AS premiere,
               count(*) AS consultations,
               count(attente) AS delais
          FROM visites
         GROUP BY id_medicobus, patient, annee) AS p
  -- Ten characters of date stand before the identifier.
  JOIN visites v ON v.id_medicobus = p.id_medicobus
                AND v.id_consultation = substr(p.premiere, 11)
                AND v.date_consultation = CAST(substr(p.premiere, 1, 10) AS DATE)
                AND v.annee = p.annee
