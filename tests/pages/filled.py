"""Pages of PDFs that are hardly begun, and notes apart from their table. Reads where lines stand from pdftotext (poppler-utils).

    python3 tests/pages/filled.py out/*.pdf

A page, the cover excepted, is filled to a third at least, and does not open with the lines under a table of the page before. Says each
page that is not so, and exits with 1.
"""

import re
import subprocess
import sys
from html import unescape

# Points of the page that the running header and footer take.
HEAD, FOOT = 60, 50
LINE = re.compile(r'<line xMin="[\d.]+" yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">(.*?)</line>', re.S)
WORD = re.compile(r"<word[^>]*>(.*?)</word>")
NOTES = ("Source :", "Champ :", "Lecture :")


def pages(path):
    """Height and lines (top, bottom, text) of each page."""
    told = subprocess.run(["pdftotext", "-bbox-layout", path, "-"], capture_output=True, text=True, check=True)
    for page in told.stdout.split("<page ")[1:]:
        height = float(re.search(r'height="([\d.]+)"', page).group(1))
        lines = [(float(top), float(bottom), unescape(" ".join(WORD.findall(words)))) for top, bottom, words in LINE.findall(page)]
        yield height, sorted(line for line in lines if HEAD < line[0] and line[1] < height - FOOT)


def faults(path):
    """What is wrong with the pages of a document."""
    for number, (height, lines) in enumerate(pages(path), 1):
        if number == 1:
            continue
        filled = (max((bottom for _, bottom, _ in lines), default=HEAD) - HEAD) / (height - HEAD - FOOT)
        first = lines[0][2].replace("\u202f", " ").replace("\xa0", " ") if lines else ""
        if filled < 1 / 3:
            yield f"{path}, page {number} : remplie à {filled:.0%}"
        if first.startswith(NOTES):
            yield f"{path}, page {number} : commence par « {first[:50]} »"


def main():
    """Judges the documents named."""
    found = [fault for path in sys.argv[1:] for fault in faults(path)]
    print(*found, f"{len(sys.argv) - 1} documents, {len(found)} faults", sep="\n")
    sys.exit(bool(found) or len(sys.argv) == 1)


if __name__ == "__main__":
    main()
