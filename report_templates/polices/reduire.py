"""Makes the fonts of this folder from Inter 3.19 (Debian's fonts-inter): python3 reduire.py /usr/share/fonts/opentype/inter

Needs fonttools. Also writes couverture.txt, the characters that all four fonts can draw: a text that holds another
one would make a PDF/A that lies, so the program replaces it first.
"""

import subprocess
import sys

from fontTools.ttLib import TTFont

STYLES = ["Regular", "Italic", "SemiBold", "Bold"]
UNICODES = (
    "U+0020-007E,U+00A0-024F,U+02B0-02FF,U+0300-0336,U+0370-03FF,U+1E00-1EFF,U+2000-206F,U+2070-209F,"
    "U+20A0-20BF,U+2100-214F,U+2150-218F,U+2190-21FF,U+2200-22FF,U+25A0-25FF,U+2713,U+2717"
)
FEATURES = "kern,calt,ccmp,locl,mark,mkmk,tnum,pnum,sups,subs,ordn,frac,case,numr,dnom,zero"

covered = None
for style in STYLES:
    target = f"Inter-{style}.otf"
    subprocess.check_call([
        "pyftsubset", f"{sys.argv[1]}/{target}", f"--unicodes={UNICODES}", f"--layout-features={FEATURES}",
        "--name-IDs=*", "--notdef-outline", "--no-recalc-timestamp", f"--output-file={target}",
    ])
    here = set(TTFont(target).getBestCmap())
    covered = here if covered is None else covered & here

with open("couverture.txt", "w", encoding="ascii") as out:
    start = previous = None
    for code in sorted(covered) + [None]:
        if previous is not None and code == previous + 1:
            previous = code
            continue
        if previous is not None:
            out.write(f"{start:04X}-{previous:04X}\n")
        start = previous = code
