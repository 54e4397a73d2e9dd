#!/usr/bin/env python3
"""A store of some forty rows whose indicators are worked out by hand, checked in DuckDB and DataFusion.

    petit_depot.py [DOSSIER]     writes the tables there too, for another engine or for `compare.py`

One bus, B1, in service since Monday 2 December 2024 at two and a half days a week; another, B2, labelled and not started.
Five patients in 2025: P1 (70-79, ALD), P2 (30-44, already seen in 2024), P3 (a child), P4 (80+), and one without pseudonym.
Each expected answer is followed by its arithmetic.
"""

from __future__ import annotations

import pathlib
import sys
import tempfile

import duckdb

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from compare import RACINE, catalogue, ouvrir_datafusion, ouvrir_duckdb, par_datafusion, par_duckdb  # noqa: E402

TABLES = {
    "medicobus": (
        "id_medicobus VARCHAR, nom VARCHAR, code_region VARCHAR, code_departement VARCHAR, porteur_type VARCHAR, porteur VARCHAR, "
        "vague VARCHAR, date_labellisation DATE, date_mise_en_service DATE, date_fin DATE, jours_par_semaine DECIMAL(4,1)",
        """
        ('B1', 'Bus un', '28', '61', 'cpts', NULL, '1', '2023-11-01', '2024-12-02', NULL, 2.5),
        ('B2', 'Bus deux', '28', '61', 'msp', NULL, '2', '2024-06-15', NULL, NULL, NULL)
        """,
    ),
    "dessertes": (
        "id_medicobus VARCHAR, code_commune VARCHAR, date_debut DATE, date_fin DATE, jour VARCHAR",
        "('B1', '61001', '2024-12-02', NULL, 'lun'), ('B1', '61002', '2025-01-06', '2025-01-31', 'mar')",
    ),
    "tournees": (
        '"id_medicobus" VARCHAR, "date" DATE, code_commune VARCHAR, heure_debut VARCHAR, heure_fin VARCHAR, creneaux_offerts BIGINT, '
        "creneaux_honores BIGINT, absences BIGINT, annulations BIGINT, nature VARCHAR, annulee VARCHAR",
        """
        ('B1', '2024-12-02', '61001', NULL, NULL, 2, 1, 0, 0, 'soin', 'non'),
        ('B1', '2025-01-06', '61001', NULL, NULL, 4, 2, 1, 1, 'soin', 'non'),
        ('B1', '2025-01-07', '61002', NULL, NULL, 3, 2, 0, 0, 'soin', NULL),
        ('B1', '2025-01-13', '61001', NULL, NULL, 0, 0, 0, 0, 'soin', 'oui'),
        ('B1', '2025-06-10', '61001', NULL, NULL, 5, 3, NULL, NULL, NULL, 'non'),
        ('B1', '2025-12-01', '61001', NULL, NULL, 4, 1, 1, 0, 'soin', 'non')
        """,
    ),
    "consultations": (
        "id_consultation VARCHAR, id_medicobus VARCHAR, date_consultation DATE, date_demande DATE, code_commune VARCHAR, "
        "cle_patient VARCHAR, tranche_age VARCHAR, sexe VARCHAR, ald VARCHAR, c2s VARCHAR, isole VARCHAR, statut_mt VARCHAR, mode VARCHAR, "
        "discipline VARCHAR, nature VARCHAR, non_programme VARCHAR, adressage VARCHAR, cle_praticien VARCHAR, orientation VARCHAR, "
        "mt_declare_le DATE",
        """
        ('C0', 'B1', '2024-12-02', '2024-12-01', '61001', 'P2', '30-44', 'M', 'non', 'non', 'non', 'sans', 'presentiel',
         'medecine_generale', 'soin', 'non', 'autre', 'D1', 'aucune', NULL),
        ('C1', 'B1', '2025-01-06', '2025-01-02', '61001', 'P1', '70-79', 'F', 'oui', 'non', 'oui', 'sans', 'presentiel',
         'medecine_generale', 'soin', 'non', 'autre', 'D1', 'mt_propose', NULL),
        ('C2', 'B1', '2025-01-06', '2025-01-06', '61001', 'P2', '30-44', 'M', 'non', 'non', NULL, 'sans', 'teleconsultation',
         'medecine_generale', 'soin', 'oui', 'sas', 'D1', 'aucune', NULL),
        ('C3', 'B1', '2025-01-07', '2025-01-05', '61002', 'P3', '00-16', 'F', 'non', 'non', 'non', 'sans', 'presentiel',
         'medecine_generale', 'soin', 'non', 'autre', 'D2', 'aucune', NULL),
        ('C4', 'B1', '2025-01-07', '2024-12-28', '61002', 'P4', '80+', 'M', 'inconnu', 'oui', 'non', 'sans', 'presentiel',
         'medecine_generale', 'soin', NULL, 'cpam', 'D1', 'aucune', NULL),
        ('C5', 'B1', '2025-06-10', '2025-06-01', '61001', 'P1', '70-79', 'F', 'oui', 'non', 'oui', 'avec', 'presentiel',
         'medecine_generale', 'soin', 'non', 'autre', 'D1', 'aucune', NULL),
        ('C6', 'B1', '2025-06-10', NULL, '61001', 'P2', '30-44', 'M', 'non', 'non', 'non', 'sans', 'presentiel',
         'medecine_generale', 'soin', 'non', 'autre', 'D2', 'mt_declare', '2025-06-20'),
        ('C7', 'B1', '2025-06-10', '2025-06-04', '61001', NULL, '45-59', 'F', 'non', 'inconnu', 'non', 'indisponible', 'presentiel',
         'medecine_generale', 'prevention', 'non', 'autre', 'D1', 'aucune', NULL),
        ('C8', 'B1', '2025-12-01', '2025-11-30', '61001', 'P4', '80+', 'M', 'inconnu', 'oui', 'non', 'inconnu', 'presentiel',
         'medecine_generale', 'soin', 'non', 'autre', 'D1', 'aucune', NULL)
        """,
    ),
    "financements": (
        "id_medicobus VARCHAR, annee BIGINT, financeur VARCHAR, nature VARCHAR, montant DECIMAL(14,2)",
        """
        ('B1', 2025, 'fir', 'fonctionnement', 40000.50), ('B1', 2025, 'region', 'fonctionnement', 19999.50),
        ('B1', 2025, 'region', 'investissement', 5000), ('B1', 2024, 'fir', 'fonctionnement', 99999)
        """,
    ),
    "territoires": (
        "code_territoire VARCHAR, type_territoire VARCHAR, periode VARCHAR, patients BIGINT, patients_sans_mt BIGINT, ald BIGINT, "
        "ald_sans_mt BIGINT, ages_70_plus BIGINT, ages_70_plus_sans_mt BIGINT, mg_etp DECIMAL(10,2), apl DECIMAL(6,2)",
        """
        ('61001', 'commune', '2024-T4', 100, 20, 20, 4, 30, 3, 1.50, 2.20),
        ('61001', 'commune', '2025-T4', 110, 11, 20, 2, 30, 3, 1.25, 2.10),
        ('61003', 'commune', '2024-T4', 200, 20, NULL, NULL, NULL, NULL, NULL, NULL),
        ('61003', 'commune', '2025-T4', 200, 30, NULL, NULL, NULL, NULL, NULL, NULL)
        """,
    ),
    "delais_mg": (
        "id_demande VARCHAR, code_territoire VARCHAR, date_demande DATE, motif VARCHAR, resultat VARCHAR, delai_jours BIGINT",
        """
        ('E1', '61001', '2025-02-01', 'suivi', 'obtenu', 3), ('E2', '61001', '2025-03-01', 'aigu', 'obtenu', 7),
        ('E3', '61001', '2025-03-02', 'aigu', 'refus', NULL), ('E0', '61001', '2024-03-01', 'aigu', 'obtenu', 9)
        """,
    ),
    "offre": (
        'code_commune VARCHAR, "date" DATE, type VARCHAR, etp DECIMAL(6,2)',
        """
        ('61001', '2024-06-01', 'installation_mg', 0.5), ('61001', '2025-03-01', 'installation_mg', 1),
        ('61001', '2021-01-01', 'msp_ouverte', NULL)
        """,
    ),
    "zonages": (
        "code_commune VARCHAR, millesime BIGINT, densite7 BIGINT, zonage_mg VARCHAR, apl_mg DECIMAL(6,2), source VARCHAR",
        """
        ('61001', 2024, 5, 'ZIP', NULL, 'essai'), ('61002', 2024, 6, NULL, NULL, 'essai'),
        ('61002', 2022, NULL, 'HZ', NULL, 'essai'), ('61002', 2026, NULL, 'ZAC', NULL, 'essai')
        """,
    ),
    "livraisons": (
        "livraison_region VARCHAR, livraison_periode VARCHAR, nom_table VARCHAR, producteur VARCHAR, lignes_lues BIGINT, "
        "lignes_acceptees BIGINT, lignes_refusees BIGINT",
        """
        ('28', '2024-2025', 'tournees', 'ARS', 7, 6, 1), ('28', '2025', 'consultations', 'ARS', 8, 8, 0),
        ('28', '2023', 'consultations', 'ARS', 99, 99, 0)
        """,
    ),
    "communes": (
        "code_commune VARCHAR, nom_commune VARCHAR, code_departement VARCHAR, code_region VARCHAR, siren_epci VARCHAR, nom_epci VARCHAR, "
        "population BIGINT",
        """
        ('61001', 'Alençon', '61', '28', '246100663', 'CU d''Alençon', 25000), ('61002', 'Almenêches', '61', '28', '200000001', 'CC', 700),
        ('61003', 'Anceins', '61', '28', '246100663', 'CU d''Alençon', 200)
        """,
    ),
    "regions": ("code_region VARCHAR, nom_region VARCHAR", "('28', 'Normandie')"),
    "departements": ("code_departement VARCHAR, nom_departement VARCHAR, code_region VARCHAR", "('61', 'Orne', '28')"),
}

# name of the query, parameters, columns looked at, expected rows
ATTENDUS = [
    # 365 days x 2.5 / 7 = 130.4 planned days; 4 days out in 2025 (6 and 7 January, 10 June, 1 December): 4 / 130.4 = 3.1 %.
    ("deploiement", {}, "labellises vague_1 vague_2 mis_en_service en_service arretes cible jours_sortie jours_prevus taux_sortie",
     [[2, 1, 1, 0, 1, 0, None, 4, 130, 3.1]]),
    ("deploiement", {"niveau": "national"}, "code_zone labellises cible part_cible", [["FR", 2, 100, 2]]),
    # P1: 2 consultations, P2: 2, P3: 1, P4: 2, no key: 1. Age of 17 and more first.
    ("consultations_par_profil", {}, "dimension modalite consultations patients part part_patients",
     [["tranche_age", "00-16", 1, 1, 12.5, 20], ["tranche_age", "30-44", 2, 1, 25, 20], ["tranche_age", "45-59", 1, 1, 12.5, 20],
      ["tranche_age", "70-79", 2, 1, 25, 20], ["tranche_age", "80+", 2, 1, 25, 20], ["tranche_age", "ensemble", 8, 5, 100, 100],
      ["sexe", "F", 4, 3, 50, 60], ["sexe", "M", 4, 2, 50, 40], ["sexe", "ensemble", 8, 5, 100, 100],
      ["ald", "non", 4, 3, 50, 60], ["ald", "oui", 2, 1, 25, 20], ["ald", "inconnu", 2, 1, 25, 20], ["ald", "ensemble", 8, 5, 100, 100],
      ["c2s", "non", 5, 3, 62.5, 60], ["c2s", "oui", 2, 1, 25, 20], ["c2s", "inconnu", 1, 1, 12.5, 20], ["c2s", "ensemble", 8, 5, 100, 100],
      # P2's isolation is unknown at the first visit of the year, C2, though known at C6.
      ["isole", "non", 4, 3, 50, 60], ["isole", "oui", 2, 1, 25, 20], ["isole", "inconnu", 2, 1, 25, 20], ["isole", "ensemble", 8, 5, 100, 100],
      # P1 comes back with a médecin traitant, P4 unknown: both stay `sans`, as at their first visit.
      ["statut_mt", "indisponible", 1, 1, 12.5, 20], ["statut_mt", "sans", 7, 4, 87.5, 80], ["statut_mt", "ensemble", 8, 5, 100, 100]]),
    # P4's ALD is unknown: with the patients of 70 and more without declared ALD.
    ("publics_exclusifs", {}, "cellule consultations patients part",
     [["sans_mt_ald_70_plus", 2, 1, 20], ["sans_mt_70_plus", 2, 1, 20], ["mt_indisponible", 1, 1, 20], ["sans_mt_autre", 3, 2, 40],
      ["ensemble", 8, 5, 100]]),
    ("publics_prioritaires", {}, "public consultations patients part",
     [["ald_sans_mt", 2, 1, 20], ["70_plus_sans_mt", 4, 2, 40], ["mt_indisponible", 1, 1, 20], ["au_moins_un", 5, 3, 60],
      ["tous_patients", 8, 5, 100]]),
    ("consultations_par_mois", {}, "periode consultations patients tournees jours_sortie consultations_par_jour",
     [["2025-01", 4, 4, 2, 2, 2], ["2025-06", 3, 3, 1, 1, 3], ["2025-12", 1, 1, 1, 1, 1]]),
    # Of 17 and more: P1, P2, P4 sans, the one without key indisponible: 3 of 4. In 2024: P2 alone, sans.
    ("part_sans_mt_patients", {},
     "patients_connus sans_mt part_sans_mt statut_inconnu patients_connus_precedent sans_mt_precedent part_sans_mt_precedent evolution",
     [[4, 3, 75, 0, 1, 1, 100, -25]]),
    # Second quarter: P1 avec, P2 sans, no key indisponible: 1 of 3. Fourth: P4 unknown.
    ("part_sans_mt_patients", {"pas": "trimestre"}, "periode patients_connus sans_mt part_sans_mt statut_inconnu sans_mt_precedent",
     [["2025-T1", 3, 3, 100, 0, 0], ["2025-T2", 3, 1, 33.3, 0, 0], ["2025-T4", 0, 0, None, 1, 1]]),
    # C1 4, C3 2, C4 10, C5 9, C8 1; not C2 (unscheduled), C6 (no date), C7 (prevention). Sorted 1 2 4 9 10; D9 = 9 + 0.6 x 1.
    ("delai_rendez_vous", {},
     "rendez_vous patients premier_quartile mediane troisieme_quartile neuvieme_decile deux_jours patients_deux_jours part_deux_jours "
     "patients_precedent mediane_precedent evolution_mediane", [[5, 3, 2, 4, 9, 9.6, 2, 2, 40, 1, 1, 3]]),
    ("delai_rendez_vous_distribution", {}, "delai_jours rendez_vous patients", [[1, 1, 1], [2, 1, 1], [4, 1, 1], [9, 1, 1], [10, 1, 1]]),
    # 8 consultations against 1: +700 %. Fill: 8 of 16 against 1 of 2.
    ("synthese", {},
     "medicobus_actifs jours_sortie jours_sortie_precedent consultations consultations_precedent evolution_consultations patients "
     "consultations_par_jour publics_prioritaires part_publics_prioritaires sans_mt patients_connus evolution_sans_mt patients_delai "
     "delai_median evolution_delai taux_remplissage taux_remplissage_precedent",
     [[1, 4, 1, 8, 1, 700, 5, 2, 3, 60, 3, 4, -25, 3, 4, 3, 50, 50]]),
    ("activite_par_medicobus", {}, "code_zone communes jours_sortie consultations patients part_sans_mt delai_median",
     [["B1", 2, 4, 8, 5, 75, 4]]),
    # P2 was known: C0 in 2024.
    ("file_active", {}, "anciennete patients consultations part consultations_par_patient",
     [["nouveau", 4, 6, 80, 1.5], ["connu", 1, 2, 20, 2], ["ensemble", 5, 8, 100, 1.6]]),
    ("conformite_activite", {}, "cas consultations patients part",
     [["toutes", 8, 5, 100], ["prevention", 1, 1, 12.5], ["non_programme", 1, 1, 12.5], ["non_programme_hors_sas", 0, 0, 0], ["sas", 1, 1, 12.5],
      ["teleconsultation", 1, 1, 12.5], ["autre_discipline", 0, 0, 0]]),
    # Entered in 2025: P1 (6 January) and P4 (7 January), followed until 1 December. P1 comes with one on 10 June, day 155.
    ("mt_trouve", {}, "delai_suivi suivis trouves part_trouves", [[30, 2, 0, 0], [90, 2, 0, 0], [180, 2, 1, 50]]),
    # Entered in 2024: P2, 2 December; declared on 20 June 2025, day 200.
    ("mt_trouve", {"annee": 2024}, "delai_suivi suivis trouves part_trouves", [[30, 1, 0, 0], [90, 1, 0, 0], [180, 1, 0, 0]]),
    ("mt_trouve_par_voie", {}, "voie trouves part", [["mt_propose", 1, 100], ["ensemble", 1, 100]]),
    # P1: D1 twice; P2: D1, D2; P4: D1 twice. 5 of 6 with the usual one; two of three saw one only.
    ("continuite", {}, "patients consultations praticien_habituel part_habituel fideles part_fideles", [[3, 6, 5, 83.3, 2, 66.7]]),
    # Absences known on three tours: 2 of (2 + 1) + (2 + 0) + (1 + 1) = 7.
    ("remplissage", {}, "patients jours_sortie creneaux_offerts creneaux_honores taux_remplissage honores_par_jour absences taux_absences annulations",
     [[5, 4, 16, 8, 50, 2, 2, 28.6, 1]]),
    # 52 Mondays in 2025 and 4 Tuesdays from 6 to 31 January; the tour of Tuesday 10 June was planned on a Monday.
    ("itineraire", {}, "prevues declarees part_declarees annulees part_annulees jour_connu au_jour_fixe part_au_jour_fixe hors_itineraire",
     [[56, 5, 8.9, 1, 20, 4, 3, 75, 0]]),
    # 61002 is rural but HZ since 2022; its ZAC of 2026 is not yet in force. 3 of the 4 tours were in 61001.
    ("eligibilite", {}, "communes rurales zip_zac eligibles indeterminees part_eligibles tournees tournees_eligibles part_tournees_eligibles",
     [[2, 2, 1, 1, 0, 50, 4, 3, 75]]),
    ("financement", {}, "nature financeur montant part",
     [["fonctionnement", "fir", 40000.5, 66.7], ["fonctionnement", "region", 19999.5, 33.3], ["fonctionnement", "ensemble", 60000, 100],
      ["investissement", "region", 5000, 100], ["investissement", "ensemble", 5000, 100],
      ["ensemble", "fir", 40000.5, 61.5], ["ensemble", "region", 24999.5, 38.5], ["ensemble", "ensemble", 65000, 100]]),
    # 200 000 x 2.5 / 5 over a whole year = 100 000; 60 000 / 8 and / 5 and / 4.
    ("cout", {}, "medicobus fonctionnement reference ecart_reference cout_par_jour cout_par_consultation cout_par_patient",
     [[1, 60000, 100000, -40, 15000, 7500, 12000]]),
    # First visits: 61001 on 2 December 2024 (395 days to the year's end), 61002 on 7 January 2025 (359): 2.07 commune-years.
    ("offre_durable", {}, "type communes avant apres etp_avant etp_apres annees_apres rythme_avant rythme_apres",
     [["installation_mg", 2, 1, 1, 0.5, 1, 2.1, 25, 48.4]] + [[t, 2, 0, 0, 0, 0, 2.1, 0, 0] for t in
      ("depart_mg", "cpts_creee", "msp_ouverte", "centre_de_sante_ouvert", "assistant_medical", "autre")]),
    ("part_sans_mt_territoires", {}, "public desserte territoires patients sans_mt part_sans_mt part_sans_mt_precedent evolution",
     [["tous", "desservi", 1, 110, 11, 10, 20, -10], ["tous", "non_desservi", 1, 200, 30, 15, 10, 5],
      ["tous", "ensemble", 2, 310, 41, 13.2, 13.3, -0.1], ["ald", "desservi", 1, 20, 2, 10, 20, -10], ["ald", "ensemble", 1, 20, 2, 10, 20, -10],
      ["70_plus", "desservi", 1, 30, 3, 10, 10, 0], ["70_plus", "ensemble", 1, 30, 3, 10, 10, 0]]),
    # Obtained 3 and 7: median 5, D9 = 3 + 0.9 x 4; with the refusal beyond any: 3, 7, refusal.
    ("delai_mg_territoires", {},
     "desserte demandes sans_rendez_vous part_sans_rendez_vous refus delai_median_obtenus neuvieme_decile_obtenus delai_median_tous "
     "delai_median_obtenus_precedent evolution",
     [[d, 3, 1, 33.3, 1, 5, 6.6, 7, 9, -4] for d in ("desservi", "ensemble")]),
    ("panel_territoires", {}, "periode code_zone premier_trimestre servi voisin eligible patients_sans_mt base_part_sans_mt mg_etp",
     [["2024-T4", "61001", "2024-T4", 1, "non", "oui", 20, 20, 1.5], ["2025-T4", "61001", "2024-T4", 1, "non", "oui", 11, 20, 1.25],
      ["2024-T4", "61003", None, 0, "oui", "inconnu", 20, 10, None], ["2025-T4", "61003", None, 0, "oui", "inconnu", 30, 10, None]]),
    ("panel_delais", {"pas": "semestre"}, "periode code_zone servi demandes obtenus refus delai_median delai_median_tous",
     [["2024-S1", "61001", 0, 1, 1, 0, 9, 9], ["2025-S1", "61001", 1, 3, 2, 1, 5, 7]]),
    ("completude", {}, "champ inconnus patients part_inconnus",
     [["date_demande", 1, 1, 12.5], ["cle_patient", 1, 1, 12.5], ["sexe", 0, 0, 0], ["ald", 2, 1, 25], ["c2s", 1, 1, 12.5], ["isole", 1, 1, 12.5],
      ["statut_mt", 1, 1, 12.5], ["non_programme", 1, 1, 12.5], ["adressage", 0, 0, 0], ["cle_praticien", 0, 0, 0], ["orientation", 0, 0, 0]]),
    ("completude_livraisons", {}, "nom_table livraisons lignes_lues lignes_refusees part_refusee",
     [["consultations", 1, 8, 0, 0], ["tournees", 1, 7, 1, 14.29], ["ensemble", 2, 15, 1, 6.67]]),
]


def ecrire(dossier: pathlib.Path) -> None:
    connexion = duckdb.connect()
    for nom, (colonnes, lignes) in TABLES.items():
        connexion.execute(f"CREATE TABLE {nom} ({colonnes})")
        connexion.execute(f"INSERT INTO {nom} VALUES {lignes}")
        connexion.execute(f"COPY {nom} TO '{dossier / nom}.parquet' (FORMAT parquet)")


def verifier(dossier: pathlib.Path) -> int:
    requetes = catalogue(RACINE / "queries")
    ouvertes, contexte = ouvrir_duckdb(dossier), ouvrir_datafusion(dossier)
    fautes = 0
    for nom, donnes, colonnes, attendu in ATTENDUS:
        requete = requetes[nom]
        liees = requete.lier({"annee": 2025} | donnes)
        for moteur, (noms, lignes) in (
            ("DuckDB", par_duckdb(ouvertes, requete, liees)),
            ("DataFusion", par_datafusion(contexte, requete, liees)),
        ):
            rangs = [noms.index(c) for c in colonnes.split()]
            obtenu = [[ligne[r] for r in rangs] for ligne in lignes]
            if obtenu != attendu:
                fautes += 1
                print(f"{nom} {donnes} dans {moteur}\n  attendu {attendu}\n  obtenu  {obtenu}", file=sys.stderr)
    print(f"{len(ATTENDUS)} réponses travaillées à la main, {fautes} en défaut")
    return 1 if fautes else 0


def main() -> int:
    if len(sys.argv) > 1:
        dossier = pathlib.Path(sys.argv[1])
        dossier.mkdir(parents=True, exist_ok=True)
        ecrire(dossier)
        return verifier(dossier)
    with tempfile.TemporaryDirectory() as temporaire:
        ecrire(pathlib.Path(temporaire))
        return verifier(pathlib.Path(temporaire))


if __name__ == "__main__":
    sys.exit(main())
