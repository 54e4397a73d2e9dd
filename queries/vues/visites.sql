/*---
nom = "visites"
ligne = "Une consultation : le patient vu, l'année, le trimestre et le mois, l'attente en jours si c'est un rendez-vous de soin programmé"
---*/
SELECT c.*,
       -- A consultation without a pseudonym counts for a patient of its own.
       COALESCE(c.cle_patient, '#' || CAST(c.date_consultation AS VARCHAR) || c.id_consultation) AS patient,
       CAST(extract(year FROM c.date_consultation) AS BIGINT) AS annee,
       CAST(extract(year FROM c.date_consultation) AS VARCHAR) || '-T' || CAST(extract(quarter FROM c.date_consultation) AS VARCHAR) AS trimestre,
       substr(CAST(c.date_consultation AS VARCHAR), 1, 7) AS mois,
       CASE WHEN c.nature = 'soin' AND COALESCE(c.non_programme, 'non') <> 'oui'
            THEN c.date_consultation - c.date_demande END AS attente
  FROM consultations c
