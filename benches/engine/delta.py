"""The store's Delta table read by another engine, for those who need more than one machine now: three questions asked of
Polars through `deltalake` and of `medicobus sql`, whose answers must be the same.

    pip install deltalake polars
    python benches/engine/delta.py target/debug/medicobus DEPOT
"""

import io
import subprocess
import sys

import polars as pl

QUESTIONS = {
    "consultations by year and mode": (
        """SELECT CAST(date_part('year', date_consultation) AS BIGINT) AS annee, mode, count(*) AS n
           FROM consultations GROUP BY 1, 2 ORDER BY 1, 2""",
        lambda t: t("consultations")
        .group_by(annee=pl.col("date_consultation").dt.year().cast(pl.Int64), mode="mode")
        .agg(n=pl.len().cast(pl.Int64))
        .sort("annee", "mode", nulls_last=True),
    ),
    "patients by age, keys counted once": (
        """SELECT tranche_age, count(DISTINCT concat_ws('/', id_medicobus, cle_patient)) AS patients
           FROM consultations WHERE cle_patient IS NOT NULL GROUP BY 1 ORDER BY 1""",
        lambda t: t("consultations")
        .filter(pl.col("cle_patient").is_not_null())
        .group_by("tranche_age")
        .agg(patients=pl.struct("id_medicobus", "cle_patient").n_unique().cast(pl.Int64))
        .sort("tranche_age", nulls_last=True),
    ),
    "median delay by région, joined with the buses": (
        """SELECT m.code_region, median(CAST(c.date_consultation - c.date_demande AS DOUBLE)) AS jours
           FROM consultations c JOIN medicobus m USING (id_medicobus)
           WHERE c.date_demande IS NOT NULL GROUP BY 1 ORDER BY 1""",
        lambda t: t("consultations")
        .select("id_medicobus", "date_consultation", "date_demande")
        .join(t("medicobus").select("id_medicobus", "code_region").unique(), on="id_medicobus")
        .filter(pl.col("date_demande").is_not_null())
        .group_by("code_region")
        .agg(jours=(pl.col("date_consultation") - pl.col("date_demande")).dt.total_days().cast(pl.Float64).median())
        .sort("code_region"),
    ),
}


def main(program: str, store: str) -> int:
    # One Delta table holds every table of the contract, by the partition `livraison_table`.
    whole = pl.scan_delta(store)
    table = lambda name: whole.filter(pl.col("livraison_table") == name)

    different = 0
    for question, (sql, ask) in QUESTIONS.items():
        told = subprocess.run(
            [program, "sql", sql, "--depot", store, "--sans-secret", "--format", "csv"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        theirs = ask(table).collect()
        # Our answer says in a last column that it may not be published.
        ours = pl.read_csv(io.StringIO(told.stdout), infer_schema=False).drop("diffusion").cast(dict(theirs.schema))
        same = ours.equals(theirs)
        different += not same
        print(f"{question}: {theirs.height} rows, {'equal' if same else 'DIFFERENT'}")
        if not same:
            print(ours, theirs)
    return different


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
