"""Prints the literals of Tests/ExplainTests/Render and NPYTests: bilinear values from OpenCV, percentiles and a .npy
file from NumPy, colours and checksums of colour maps from matplotlib and OpenCV.

    python3 -m venv /tmp/venv-render
    /tmp/venv-render/bin/pip install numpy==2.2.6 matplotlib==3.10.3 opencv-python-headless==4.11.0.86
    /tmp/venv-render/bin/python Tests/Golden/make_render_goldens.py
"""

import io

import cv2
import matplotlib
import numpy as np


def test_map(width, height):
    """Signed, neither symmetric nor the same when transposed; exact in float32."""
    return np.array(
        [[((7 * x + 5 * y * y + 3 * x * y) % 23 - 8) / 4 for x in range(width)] for y in range(height)], np.float32
    )


def resizing():
    print("# bilinear: (from) -> (to): (x, y, value)")
    cases = [((7, 7), (224, 224)), ((5, 3), (17, 40)), ((13, 9), (4, 3)), ((8, 6), (4, 3)), ((1, 4), (3, 9))]
    cases += [((4, 1), (9, 3))]
    rng = np.random.default_rng(1)
    for (w, h), (dw, dh) in cases:
        out = cv2.resize(test_map(w, h), (dw, dh), interpolation=cv2.INTER_LINEAR)
        points = [(0, 0), (dw - 1, 0), (0, dh - 1), (dw - 1, dh - 1)]
        points += [(int(rng.integers(dw)), int(rng.integers(dh))) for _ in range(6)]
        print(f"({w}, {h}) -> ({dw}, {dh})", ", ".join(f"({x}, {y}, {out[y, x]:.6f})" for x, y in points))


def percentiles():
    magnitudes = np.abs(test_map(7, 5))
    values = [(p, float(np.percentile(magnitudes, p))) for p in (37, 50, 99, 100)]
    print("# numpy.percentile of |test map 7x5|", values)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % (1 << 64)
    return value


def colors():
    print("# colour maps: entries 0, 1, 64, 128, 200, 255 and FNV-1a of all 768 bytes")
    for name in ("turbo", "viridis", "inferno", "magma", "jet", "gray", "coolwarm", "bwr"):
        if name == "jet":
            index = np.arange(256, dtype=np.uint8)[:, None]
            table = cv2.applyColorMap(index, cv2.COLORMAP_JET)[:, 0, ::-1].copy()
            # Every channel of jet is an exact half, which OpenCV rounds to even except here.
            assert table[159, 2] == 1
            table[159, 2] = 2
        else:
            table = np.round(matplotlib.colormaps[name](np.arange(256))[:, :3] * 255).astype(np.uint8)
        samples = " ".join("0x%02X%02X%02X" % tuple(table[i]) for i in (0, 1, 64, 128, 200, 255))
        print(name, samples, "0x%016X" % fnv1a(np.ascontiguousarray(table).tobytes()))


def npy():
    for array in (np.array([[1.5, -2, 0], [np.inf, 1e-45, -0.0]], np.float32), np.float32(3), np.zeros(3, np.float32)):
        file = io.BytesIO()
        np.lib.format.write_array(file, np.asarray(array, np.dtype("<f4")), version=(1, 0))
        print("# .npy", file.getvalue())


resizing()
percentiles()
colors()
npy()
