#!/usr/bin/env python3
"""Seeds for the fuzz target: small pieces of sample_data/, each behind the byte that says what it is (see delivery.rs).

    seeds.py DIRECTORY
"""

import gzip
import io
import pathlib
import sys
import zipfile

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "sample_data"
TABLES = ["consultations", "tournees", "medicobus", "dessertes", "financements", "territoires", "delais_mg", "offre",
          "projets_cahier", "demandes", "mesures_concurrentes", "objectifs"]
CSV, GZ, XLSX, ODS, ZIP, TOML = range(6)
HEADER = 'region = "28"\nperiode = "2025"\nproducteur = "X"\n'

SMALL_ODS = b"""<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>
<office:spreadsheet><table:table table:name="offre"><table:table-row><table:table-cell office:value-type="string"><text:p>code_commune</text:p>
</table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>date</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def kind(table: str, nature: int) -> bytes:
    """The byte b with `b % 6 == nature` and `b // 8 % len(TABLES)` the table's number."""
    number = TABLES.index(table)
    return bytes([next(b for b in range(256) if b % 6 == nature and b // 8 % len(TABLES) == number)])


def archive(entries: dict[str, bytes | str]) -> bytes:
    """A ZIP without compression: mutations then reach what is inside."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as target:
        for name, content in entries.items():
            target.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def unpacked(content: bytes) -> bytes:
    """The same archive without compression, each entry cut short."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return archive({name: source.read(name)[:20_000] for name in source.namelist()})


def seeds_of(delivery: str):
    """(name, content) for each table of a delivery of the sample, and for its header."""
    for file in sorted((SAMPLE / delivery).iterdir()):
        table = file.name.split(".")[0]
        if table not in TABLES:
            continue
        content = file.read_bytes()
        text = gzip.decompress(content) if file.suffix == ".gz" else content
        start = b"\n".join(text.split(b"\n")[:12]) + b"\n"

        yield f"{delivery}-{table}.csv", kind(table, CSV) + start
        yield f"{delivery}-{table}.gz", kind(table, GZ) + gzip.compress(start, mtime=0)
        yield f"{delivery}-{table}.zip", kind(table, ZIP) + archive({f"{table}.csv": start, "livraison.toml": HEADER})

    header = (SAMPLE / delivery / "livraison.toml").read_bytes()
    yield f"{delivery}.toml", kind("consultations", TOML) + header


def workbooks():
    """(name, content) of a workbook of the sample, and of a small one by hand."""
    smallest = min(SAMPLE.glob("*.xlsx"), key=lambda f: f.stat().st_size)
    yield "workbook.xlsx", kind("consultations", XLSX) + unpacked(smallest.read_bytes())[:60_000]

    ods = archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": SMALL_ODS,
            "META-INF/manifest.xml": "<manifest/>",
        }
    )
    yield "workbook.ods", kind("offre", ODS) + ods


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for delivery in ("28-2025", "84-2025"):
        for name, content in seeds_of(delivery):
            (folder / name).write_bytes(content)
    for name, content in workbooks():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
