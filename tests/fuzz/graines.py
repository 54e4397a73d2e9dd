#!/usr/bin/env python3
"""Seeds for the fuzz target: small pieces of sample_data/, each behind the byte that says what it is (see livraison.rs).

    graines.py DIRECTORY
"""

import gzip
import io
import pathlib
import sys
import zipfile

RACINE = pathlib.Path(__file__).resolve().parents[2]
TABLES = ["consultations", "tournees", "medicobus", "dessertes", "financements", "territoires", "delais_mg", "offre"]
CSV, GZ, XLSX, ODS, ZIP, TOML = range(6)


def genre(table: str, nature: int) -> bytes:
    """The byte b with `b % 6 == nature` and `b // 8 % 8` the table's number."""
    numero = TABLES.index(table)
    return bytes([next(b for b in range(256) if b % 6 == nature and b // 8 % 8 == numero)])


def decompacte(contenu: bytes) -> bytes:
    """The same archive without compression: mutations then reach what is inside."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(contenu)) as source, zipfile.ZipFile(sortie, "w", zipfile.ZIP_STORED) as cible:
        for nom in source.namelist():
            cible.writestr(zipfile.ZipInfo(nom), source.read(nom)[:20_000])
    return sortie.getvalue()


def main() -> None:
    dossier = pathlib.Path(sys.argv[1])
    ecrire = lambda nom, octets: (dossier / nom).write_bytes(octets)  # noqa: E731
    for livraison in ("28-2025", "84-2025"):
        for fichier in sorted((RACINE / "sample_data" / livraison).iterdir()):
            table = fichier.name.split(".")[0]
            if table not in TABLES:
                continue
            octets = fichier.read_bytes()
            texte = gzip.decompress(octets) if fichier.suffix == ".gz" else octets
            debut = b"\n".join(texte.split(b"\n")[:12]) + b"\n"
            ecrire(f"{livraison}-{table}.csv", genre(table, CSV) + debut)
            ecrire(f"{livraison}-{table}.gz", genre(table, GZ) + gzip.compress(debut, mtime=0))
            paquet = io.BytesIO()
            with zipfile.ZipFile(paquet, "w", zipfile.ZIP_STORED) as z:
                z.writestr(zipfile.ZipInfo(f"{table}.csv"), debut)
                z.writestr(zipfile.ZipInfo("livraison.toml"), 'region = "28"\nperiode = "2025"\nproducteur = "X"\n')
            ecrire(f"{livraison}-{table}.zip", genre(table, ZIP) + paquet.getvalue())
        entete = (RACINE / "sample_data" / livraison / "livraison.toml").read_bytes()
        ecrire(f"{livraison}.toml", genre("consultations", TOML) + entete)
    classeur = min((RACINE / "sample_data").glob("*.xlsx"), key=lambda f: f.stat().st_size)
    ecrire("classeur.xlsx", genre("consultations", XLSX) + decompacte(classeur.read_bytes())[:60_000])
    ods = b"""<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>
<office:spreadsheet><table:table table:name="offre"><table:table-row><table:table-cell office:value-type="string"><text:p>code_commune</text:p>
</table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>date</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""
    paquet = io.BytesIO()
    with zipfile.ZipFile(paquet, "w", zipfile.ZIP_STORED) as z:
        z.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.spreadsheet")
        z.writestr(zipfile.ZipInfo("content.xml"), ods)
        z.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), "<manifest/>")
    ecrire("classeur.ods", genre("offre", ODS) + paquet.getvalue())


if __name__ == "__main__":
    main()
