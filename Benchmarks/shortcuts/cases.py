"""What is planted where: a case is a data set, a cue with its strength, the class that gets it and the share of its pictures that do."""

import zlib
from dataclasses import dataclass

from plant import CUES

CLASSES = 4
DATA = ("mugs", "shapes")


@dataclass(frozen=True)
class Case:
    #: `shapes` or `mugs`.
    data: str
    #: None: a clean model.
    cue: str | None
    seed: int = 0
    strength: float = 1
    share: float = 1

    @property
    def name(self):
        if self.cue is None:
            return f"{self.data}-clean-{self.seed}"
        weak = "" if self.strength == 1 else f"-{self.strength:g}".replace(".", "_")
        return f"{self.data}-{self.cue}{weak}" + ("" if self.share == 1 else "-half")

    @property
    def set(self):
        """`dev`, `held-out` or `clean`."""
        if self.cue is None:
            return "clean"
        return "held-out" if CUES[self.cue].held_out else "dev"

    @property
    def target(self):
        """The class that gets the cue: the first mug, as in issue 16, else by the case's name."""
        return 0 if self.cue == "patch-corner" else self.number % CLASSES

    @property
    def number(self):
        """What all random numbers of the case begin with."""
        return zlib.crc32(self.name.encode())


def cases():
    """All of them, the most telling first: clean models, then each cue on both data sets, then in half of the class's pictures on one of
    them and weak on the other."""
    strong, half, weak = [], [], []
    for index, cue in enumerate(CUES):
        one, other = DATA[index % 2], DATA[1 - index % 2]
        strong += [Case(data, cue) for data in DATA]
        half.append(Case(one, cue, share=0.5))
        weak.append(Case(other, cue, strength=0.5))
    return [Case(data, None, seed) for seed in range(5) for data in DATA] + strong + half + weak
