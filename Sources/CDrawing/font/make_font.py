#!/usr/bin/env python3
"""Makes GazeSans.ttf of DejaVu Sans (Debian's fonts-dejavu-core, 2.37): without hinting, which Gaze does not use, and
under a name of its own, so that no font of the machine is taken for it.

    apt-get install fonts-dejavu-core python3-fonttools
    /usr/bin/python3 Sources/CDrawing/font/make_font.py Sources/CDrawing/font/GazeSans.ttf
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
FAMILY = "Gaze Sans"

options = subset.Options()
options.hinting = False
options.layout_features = ["*"]
options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 11, 13, 14]
options.drop_tables += ["FFTM"]
options.recalc_timestamp = False
options.notdef_outline = True

font = TTFont(SOURCE)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=font.getBestCmap())
subsetter.subset(font)
names = {1: FAMILY, 3: f"{FAMILY}, of DejaVu Sans 2.37", 4: FAMILY, 6: FAMILY.replace(" ", "")}
for record in font["name"].names:
    if record.nameID in names:
        font["name"].setName(names[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID)
font.save(sys.argv[1], reorderTables=True)
