"""Makes the four Parquet files of this folder from the npm package @etalab/decoupage-administratif.

    npm pack @etalab/decoupage-administratif@6.0.0 && tar xzf etalab-decoupage-administratif-6.0.0.tgz
    pip install duckdb && python3 construire.py package/data .

Kept: the communes of metropolitan France and of the five overseas départements (the collectivités d'outre-mer have no
département, the measure does not apply there). A commune outside any EPCI with own taxation has an empty EPCI.
`successeurs` holds the codes of merged communes and of the arrondissements of Paris, Lyon and Marseille, each with the
code of the commune that holds it today.
"""

import sys

import duckdb

source, target = sys.argv[1], sys.argv[2]
db = duckdb.connect()
db.sql(f"create view brut as select * from read_json('{source}/communes.json', maximum_object_size=100000000)")
db.sql(f"""create view epci as
  select e.code, e.nom, unnest(e.membres).code as code_commune
  from read_json('{source}/epci.json', maximum_object_size=100000000) e""")

QUERIES = {
    "communes": """
        select c.code as code_commune, c.nom as nom_commune, c.departement as code_departement,
               c.region as code_region, e.code as siren_epci, e.nom as nom_epci,
               cast(c.population as bigint) as population
        from brut c left join epci e on e.code_commune = c.code
        where c.type = 'commune-actuelle' and c.zone in ('metro', 'drom') order by code_commune""",
    "departements": f"""
        select code as code_departement, nom as nom_departement, region as code_region
        from read_json('{source}/departements.json') where zone in ('metro', 'drom') order by code_departement""",
    "regions": f"""
        select code as code_region, nom as nom_region
        from read_json('{source}/regions.json') where zone in ('metro', 'drom') order by code_region""",
    "successeurs": """
        select ancien_code, code_commune from (
          select unnest(anciensCodes) as ancien_code, code as code_commune
          from brut where type = 'commune-actuelle' and zone in ('metro', 'drom')
          union
          select code, commune from brut where type = 'arrondissement-municipal'
        ) order by ancien_code""",
}
for name, query in QUERIES.items():
    path = f"{target}/{name}.parquet"
    db.sql(f"copy ({query}) to '{path}' (format parquet, compression zstd, compression_level 19)")
    (key,) = db.sql(f"select * from '{path}' limit 0").columns[:1]
    ((rows, codes),) = db.sql(f"select count(*), count(distinct {key}) from '{path}'").fetchall()
    print(f"{name}: {rows} rows")
    assert rows == codes, f"{name}: duplicate codes"
