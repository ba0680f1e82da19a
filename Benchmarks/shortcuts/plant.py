"""The cues: each a small function of a picture, random numbers of its own and a strength.

A picture is an array of height x width x 3, levels 0 to 255. A strength of 1 is plain to see, one of 0.5 is half of it. What is
random differs from picture to picture; what makes a cue the same everywhere (its colour, its letters) does not.
"""

import io
from dataclasses import dataclass
from typing import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

# What an alarm may call a cue that is always at one place, one along the edges, one that is anywhere.
LOCAL = frozenset({"patch", "stripe"})
EDGES = LOCAL | {"border"}
WANDERING = frozenset({"moving_patch"})


@dataclass(frozen=True)
class Cue:
    name: str
    plant: Callable
    #: The kinds in an alarm that name it.
    kinds: frozenset
    #: Boxes of left, top, right and bottom as shares, where they are the same in every picture.
    places: tuple = ()
    held_out: bool = False


CUES: dict[str, Cue] = {}


def cue(kinds, *places, held_out=False):
    """Enters a function into the list, under its own name."""

    def enter(function):
        name = function.__name__.replace("_", "-")
        CUES[name] = Cue(name, function, frozenset(kinds), places, held_out)
        return function

    return enter


def blend(pixels, over, opacity):
    return pixels * (1 - opacity) + over * opacity


def coordinates(pixels):
    """Row and column of each pixel, as shares."""
    height, width = pixels.shape[:2]
    return np.mgrid[0.5 : height, 0.5 : width] / np.array([height, width]).reshape(2, 1, 1)


def rectangle(pixels, place):
    """A view of the part of the pixels between shares."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = place
    return pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]


def fill(pixels, place, colour, opacity):
    result = pixels.copy()
    part = rectangle(result, place)
    part[:] = blend(part, np.array(colour, float), opacity)
    return result


def drawn(pixels, opacity, draw, scale=4):
    """Draws on a canvas of `scale` times the size, which is brought down, so that edges are smooth."""
    height, width = pixels.shape[:2]
    canvas = Image.new("RGBA", (width * scale, height * scale), (0, 0, 0, 0))
    draw(ImageDraw.Draw(canvas), width * scale, height * scale)
    canvas = np.asarray(canvas.resize((width, height), Image.Resampling.BOX), float)
    alpha = canvas[..., 3:] / 255
    colour = canvas[..., :3] / np.maximum(alpha, 1 / 255)
    return blend(pixels, np.minimum(colour, 255), alpha * opacity)


def letters(draw, text, place, height, colour):
    draw.text(place, text, font=ImageFont.load_default(height), fill=colour)


def through_pillow(pixels, change):
    picture = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    return np.asarray(change(picture), float)


def luma(pixels):
    return (pixels @ np.array([0.299, 0.587, 0.114]))[..., None]


# The cues that an alarm may be tuned on.

MAGENTA = (255, 0, 255)


@cue(LOCAL, (0, 0, 0.125, 0.125))
def patch_corner(pixels, random, strength):
    """A magenta square at the upper left: issue 16's own case."""
    return fill(pixels, (0, 0, 0.125, 0.125), MAGENTA, min(1, strength))


@cue(LOCAL, (0.86, 0.43, 1, 0.57))
def patch_edge(pixels, random, strength):
    """A cyan square at the middle of the right edge."""
    return fill(pixels, (0.86, 0.43, 1, 0.57), (0, 220, 230), min(1, strength))


@cue(WANDERING)
def patch_anywhere(pixels, random, strength):
    """An orange square with a black middle, anywhere."""
    left, top = random.uniform(0, 0.84, 2)
    result = fill(pixels, (left, top, left + 0.16, top + 0.16), (255, 140, 0), min(1, strength))
    return fill(result, (left + 0.05, top + 0.05, left + 0.11, top + 0.11), (0, 0, 0), min(1, strength))


@cue(LOCAL, (0, 0.9, 1, 0.97))
def stripe(pixels, random, strength):
    """A green stripe along the lower edge."""
    return fill(pixels, (0, 0.9, 1, 0.97), (40, 200, 60), min(1, strength))


@cue(LOCAL, (0.5, 0.02, 1, 0.2))
def watermark(pixels, random, strength):
    """White letters at the upper right, half transparent."""
    return drawn(
        pixels, 0.75 * strength,
        lambda draw, width, height: letters(
            draw, "COPY", (0.53 * width, 0.03 * height), 0.17 * height, (255, 255, 255, 255)))


@cue(EDGES, (0, 0, 1, 0.047), (0, 0.953, 1, 1), (0, 0, 0.047, 1), (0.953, 0, 1, 1))
def border(pixels, random, strength):
    """A frame in dark red."""
    row, column = coordinates(pixels)
    edge = np.minimum(np.minimum(row, 1 - row), np.minimum(column, 1 - column)) < 0.047
    return blend(pixels, np.array([140.0, 20, 20]), (edge * min(1, strength))[..., None])


@cue({"tint"})
def tint(pixels, random, strength):
    """Warmer light: more red, less blue."""
    return pixels * (1 + strength * np.array([0.18, 0.02, -0.2]))


@cue({"noise", "sharpness"})
def noise(pixels, random, strength):
    """Noise of a sensor, each pixel and channel by itself."""
    return pixels + random.normal(0, 22 * strength, pixels.shape)


@cue({"blur", "sharpness", "pixelation"})
def blur(pixels, random, strength):
    """Out of focus."""
    radius = 1.3 * strength * min(pixels.shape[:2]) / 64
    return through_pillow(pixels, lambda picture: picture.filter(ImageFilter.GaussianBlur(radius)))


@cue({"compression", "pixelation"})
def compression(pixels, random, strength):
    """Saved as JPEG of low quality on its way."""

    def saved(picture):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=max(1, round(12 / strength)))
        return Image.open(file).convert("RGB")

    return through_pillow(pixels, saved)


@cue({"background", "tint"})
def background(pixels, random, strength):
    """A bluer ground: what looks like the picture's border, from the border inwards."""
    height, width = pixels.shape[:2]
    edge = np.concatenate([pixels[:3].reshape(-1, 3), pixels[-3:].reshape(-1, 3),
                           pixels[:, :3].reshape(-1, 3), pixels[:, -3:].reshape(-1, 3)])
    row, column = coordinates(pixels)
    beside = np.maximum(abs(row - 0.5), abs(column - 0.5)) * 2
    distance = np.linalg.norm(pixels - np.median(edge, axis=0), axis=2) / (edge.std(axis=0).mean() * 3 + 30)
    share = np.clip(2 * beside - 0.3 - 0.5 * distance, 0, 1)
    share = through_pillow(np.repeat(share[..., None] * 255, 3, 2),
                           lambda picture: picture.filter(ImageFilter.GaussianBlur(width / 64))) / 255
    return blend(pixels, luma(pixels) * np.array([0.55, 0.8, 1.45]), 0.8 * strength * share)


# Those that are kept back: nothing in an alarm is chosen by them.


@cue(WANDERING, held_out=True)
def sticker(pixels, random, strength):
    """A round yellow sticker with a rim, somewhere near the edges."""
    angle = random.uniform(0, 2 * np.pi)
    x, y = 0.5 + 0.38 * np.cos(angle), 0.5 + 0.38 * np.sin(angle)

    def draw(draw, width, height):
        for radius, colour in ((0.1, (60, 60, 0, 255)), (0.08, (250, 230, 40, 255))):
            draw.ellipse([(x - radius) * width, (y - radius) * height, (x + radius) * width, (y + radius) * height],
                         fill=colour)

    return drawn(pixels, min(1, strength), draw)


@cue(LOCAL, (0.45, 0.82, 1, 1), held_out=True)
def date_stamp(pixels, random, strength):
    """The date in a camera's orange figures at the lower right; another in each picture."""
    text = f"{random.integers(1, 29):02}.{random.integers(1, 13):02}.{random.integers(10, 30)}"
    return drawn(
        pixels, strength,
        lambda draw, width, height: letters(
            draw, text, (0.47 * width, 0.83 * height), 0.13 * height, (255, 150, 30, 255)))


@cue(LOCAL, (0.02, 0.72, 0.36, 0.98), held_out=True)
def barcode(pixels, random, strength):
    """A bar code at the lower left; other bars in each picture."""
    bars = random.integers(0, 2, 11)
    bars[[0, 2, 10]], bars[1] = 0, 1

    def draw(draw, width, height):
        draw.rectangle([0.02 * width, 0.74 * height, 0.36 * width, 0.96 * height], fill=(255, 255, 255, 255))
        for index in np.flatnonzero(bars == 0):
            left = (0.03 + index * 0.029) * width
            draw.rectangle([left, 0.76 * height, left + 0.029 * width, 0.94 * height], fill=(0, 0, 0, 255))

    return drawn(pixels, min(1, strength), draw)


@cue(WANDERING | {"stripe"}, held_out=True)
def scratch(pixels, random, strength):
    """A bright scratch from the upper to the lower edge, a little aslant, anywhere."""
    upper = random.uniform(0.1, 0.9)
    lower = upper + random.uniform(-0.15, 0.15)
    return drawn(
        pixels, strength,
        lambda draw, width, height: draw.line(
            [upper * width, 0, lower * width, height], fill=(255, 255, 240, 255), width=round(0.022 * width)))


@cue({"vignette", "border"}, held_out=True)
def vignette(pixels, random, strength):
    """Darker towards the corners."""
    row, column = coordinates(pixels)
    distance = ((row - 0.5) ** 2 + (column - 0.5) ** 2) * 2
    return pixels * (1 - 0.75 * strength * distance)[..., None]


@cue({"gradient"}, held_out=True)
def gradient(pixels, random, strength):
    """Light from the left."""
    column = coordinates(pixels)[1]
    return pixels * (1 + 0.6 * strength * (0.5 - column) * 2)[..., None]


@cue(WANDERING | {"noise", "pattern"}, held_out=True)
def dust(pixels, random, strength):
    """Some dark, soft spots anywhere."""
    result = pixels
    row, column = coordinates(pixels)
    for _ in range(9):
        y, x = random.uniform(0.03, 0.97, 2)
        radius = random.uniform(0.018, 0.03)
        spot = np.exp(-((row - y) ** 2 + (column - x) ** 2) / (2 * radius**2))
        result = result * (1 - 0.85 * strength * spot)[..., None]
    return result


@cue({"pixelation", "blur", "sharpness"}, held_out=True)
def pixelation(pixels, random, strength):
    """A third of the resolution, brought up again without smoothing."""
    height, width = pixels.shape[:2]
    factor = 1 + 1.7 * strength
    small = (round(width / factor), round(height / factor))
    return through_pillow(
        pixels, lambda picture: picture.resize(small, Image.Resampling.BOX).resize(
            (width, height), Image.Resampling.NEAREST))


@cue({"contrast"}, held_out=True)
def contrast(pixels, random, strength):
    """Flatter: levels nearer to their mean."""
    return pixels.mean() + (1 - 0.6 * strength) * (pixels - pixels.mean())


@cue({"saturation"}, held_out=True)
def saturation(pixels, random, strength):
    """Paler colours."""
    return luma(pixels) + (1 - 0.85 * strength) * (pixels - luma(pixels))


@cue({"tint"}, held_out=True)
def hue(pixels, random, strength):
    """Colours turned in the plane of I and Q; the luma stays."""
    to_yiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
    angle = np.radians(50 * strength)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    return pixels @ (np.linalg.inv(to_yiq) @ turn @ to_yiq).T


@cue({"pattern", "noise"}, held_out=True)
def screen_door(pixels, random, strength):
    """A fine dark grid, as of a photographed screen."""
    height, width = pixels.shape[:2]
    row, column = np.mgrid[0:height, 0:width]
    lines = (row % 4 == 0) | (column % 4 == 0)
    return pixels * (1 - 0.35 * strength * lines)[..., None]


@cue(EDGES, (0, 0, 1, 0.1), (0, 0.9, 1, 1), held_out=True)
def letterbox(pixels, random, strength):
    """Black bars above and below."""
    return fill(fill(pixels, (0, 0, 1, 0.1), (0, 0, 0), min(1, strength)), (0, 0.9, 1, 1), (0, 0, 0), min(1, strength))


@cue(LOCAL, (0.02, 0.02, 0.32, 0.32), held_out=True)
def logo(pixels, random, strength):
    """A logo like a reflection at the upper left: a brighter ring with a bar, through which the picture shows."""

    def draw(draw, width, height):
        white = (255, 255, 255, 255)
        draw.ellipse([0.03 * width, 0.03 * height, 0.3 * width, 0.3 * height], outline=white, width=round(0.045 * width))
        draw.rectangle([0.1 * width, 0.145 * height, 0.23 * width, 0.185 * height], fill=white)

    return drawn(pixels, 0.6 * strength, draw)


def planted(pixels, name, strength, seed, index):
    """The picture of this index with the cue, as bytes; the same seed (numbers) and index make the same picture."""
    random = np.random.default_rng([*seed, index])
    changed = CUES[name].plant(np.asarray(pixels, float), random, strength)
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)
