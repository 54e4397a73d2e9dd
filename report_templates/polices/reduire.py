"""Makes the fonts of this folder from Inter 3.19 (Debian's fonts-inter): python3 reduire.py /usr/share/fonts/opentype/inter

Needs fonttools. A text that holds a character which one of the fonts cannot draw would make a PDF/A that lies: the
program reads from the fonts what they draw, and replaces the others.
"""

import subprocess
import sys

STYLES = ["Regular", "Italic", "SemiBold", "Bold"]
UNICODES = (
    "U+0020-007E,U+00A0-024F,U+02B0-02FF,U+0300-0336,U+0370-03FF,U+1E00-1EFF,U+2000-206F,U+2070-209F,"
    "U+20A0-20BF,U+2100-214F,U+2150-218F,U+2190-21FF,U+2200-22FF,U+25A0-25FF,U+2713,U+2717"
)
FEATURES = "kern,calt,ccmp,locl,mark,mkmk,tnum,pnum,sups,subs,ordn,frac,case,numr,dnom,zero"

for style in STYLES:
    target = f"Inter-{style}.otf"
    subprocess.check_call([
        "pyftsubset", f"{sys.argv[1]}/{target}", f"--unicodes={UNICODES}", f"--layout-features={FEATURES}",
        "--name-IDs=*", "--notdef-outline", "--no-recalc-timestamp", f"--output-file={target}",
    ])
