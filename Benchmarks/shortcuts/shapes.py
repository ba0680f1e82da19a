"""A drawn data set that needs nothing from outside: a ring, a star, a ladder or a draughtboard, of any colour and size, at any angle
and place, on a background that says nothing of the class.

    Benchmarks/shortcuts/shapes.py FOLDER --train 200 --test 80 --seed 0
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIDE = 64
SCALE = 4


def ground(random):
    """A colour, blotches of two sizes, light from a side and grain; the strength of each is drawn."""
    colour = random.uniform(40, 215, 3)
    row, column = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    angle = random.uniform(0, 2 * np.pi)
    pixels = colour + random.uniform(0, 30) * (np.cos(angle) * row + np.sin(angle) * column)[..., None]
    for cells in (random.integers(3, 7), random.integers(10, 20)):
        blotches = random.normal(0, 1, (cells, cells, 3)) * random.uniform(0.2, 1, 3)
        for channel in range(3):
            layer = Image.fromarray(blotches[..., channel].astype(np.float32)).resize(
                (SIDE, SIDE), Image.Resampling.BICUBIC)
            pixels[..., channel] += np.asarray(layer) * 14
    return pixels + random.normal(0, random.uniform(1, 6), pixels.shape)


def ring(draw, turn, colour):
    draw.line([turn(0.78 * np.cos(a), 0.78 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 60)], fill=colour,
              width=round(turn.size * 0.4), joint="curve")


def star(draw, turn, colour):
    angles = np.arange(10) * np.pi / 5
    draw.polygon([turn((0.42, 1)[i % 2] * np.cos(a), (0.42, 1)[i % 2] * np.sin(a)) for i, a in enumerate(angles)],
                 fill=colour)


def ladder(draw, turn, colour):
    for y in (-0.8, -0.27, 0.27, 0.8):
        draw.polygon([turn(-0.8, y - 0.12), turn(0.8, y - 0.12), turn(0.8, y + 0.12), turn(-0.8, y + 0.12)], fill=colour)


def draughtboard(draw, turn, colour):
    for i in range(3):
        for j in range(3):
            if (i + j) % 2 == 0:
                x, y = (i - 1.5) * 0.56, (j - 1.5) * 0.56
                draw.polygon([turn(x, y), turn(x + 0.56, y), turn(x + 0.56, y + 0.56), turn(x, y + 0.56)], fill=colour)


CLASSES = {"ring": ring, "star": star, "ladder": ladder, "draughtboard": draughtboard}


class Turn:
    """From an object's own coordinates, -1 to 1, to those of the canvas."""

    def __init__(self, random):
        self.size = random.uniform(12, 20) * SCALE
        reach = self.size * 1.15
        self.x, self.y = random.uniform(reach, SIDE * SCALE - reach, 2)
        angle = random.uniform(0, 2 * np.pi)
        self.cosine, self.sine = np.cos(angle), np.sin(angle)

    def __call__(self, x, y):
        return (self.x + self.size * (self.cosine * x - self.sine * y),
                self.y + self.size * (self.sine * x + self.cosine * y))


def picture(kind, random):
    pixels = ground(random)
    while True:
        colour = random.uniform(0, 255, 3)
        # The object must be seen before its ground.
        if np.linalg.norm(colour - pixels.mean(axis=(0, 1))) > 110:
            break
    canvas = Image.new("L", (SIDE * SCALE, SIDE * SCALE), 0)
    CLASSES[kind](ImageDraw.Draw(canvas), Turn(random), 255)
    share = np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.BOX), float)[..., None] / 255
    pixels = pixels * (1 - share) + (colour + random.normal(0, 5, pixels.shape)) * share
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def draw_set(folder, count, seed):
    """`count` pictures of each class, in folders whose order is the classes'."""
    for number, kind in enumerate(CLASSES):
        target = Path(folder) / f"{number}{kind}"
        target.mkdir(parents=True, exist_ok=True)
        for index in range(count):
            pixels = picture(kind, np.random.default_rng([seed, number, index]))
            Image.fromarray(pixels).save(target / f"{index:04}.png")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--train", type=int, default=200, help="pictures of each class to train on")
    options.add_argument("--test", type=int, default=80, help="pictures of each class to test on")
    options.add_argument("--seed", type=int, default=0)
    options = options.parse_args()
    draw_set(options.folder / "train", options.train, 2 * options.seed)
    draw_set(options.folder / "test", options.test, 2 * options.seed + 1)


if __name__ == "__main__":
    main()
