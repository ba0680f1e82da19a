"""Writes Sources/Explain/Render/ColorMapTables.swift: the colour maps that have no formula, from matplotlib.

    python3 -m venv /tmp/venv-render
    /tmp/venv-render/bin/pip install numpy==2.2.6 matplotlib==3.10.3
    /tmp/venv-render/bin/python Tests/Golden/make_color_tables.py > Sources/Explain/Render/ColorMapTables.swift
"""

import matplotlib
import numpy as np

SOURCES = {
    "turbo": "Copyright 2019 Google LLC. SPDX-License-Identifier: Apache-2.0. Author: Anton Mikhailov.",
    "viridis": "Nathaniel Smith, Stéfan van der Walt and Eric Firing; CC0.",
    "inferno": "Nathaniel Smith and Stéfan van der Walt; CC0.",
    "magma": "Nathaniel Smith and Stéfan van der Walt; CC0.",
    "coolwarm": "Kenneth Moreland, ISVC 2009; matplotlib's 256 samples (matplotlib licence).",
}

print("// Made by Tests/Golden/make_color_tables.py from matplotlib 3.10.3; not for editing by hand.")
print("// Each entry is 0xRRGGBB, round(255 * c) of matplotlib's floating-point colour.\n")
print("extension ColorMap {")
for name, source in SOURCES.items():
    colors = np.round(matplotlib.colormaps[name](np.arange(256))[:, :3] * 255).astype(int)
    entries = [f"0x{r:02X}{g:02X}{b:02X}" for r, g, b in colors]
    print(f"  /// {source}")
    print(f"  static let {name}Table = unpacked([")
    for start in range(0, 256, 8):
        print("    " + ", ".join(entries[start : start + 8]) + ",")
    print("  ])\n")
print("  private static func unpacked(_ entries: [UInt32]) -> [RGB8] {")
print("    entries.map { entry in")
print("      RGB8(")
print("        red: UInt8(truncatingIfNeeded: entry >> 16), green: UInt8(truncatingIfNeeded: entry >> 8),")
print("        blue: UInt8(truncatingIfNeeded: entry))")
print("    }")
print("  }")
print("}")
