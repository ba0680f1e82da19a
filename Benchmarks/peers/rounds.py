"""How things are compared: in rounds that alternate between them, with ratios taken inside a round."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Long enough for the threads of the engine before to stop spinning.
PAUSE_SECONDS = 0.03

# A measurement: the values that one turn gives.
Turn = Callable[[], list[float]]

# Rounds that a median of ratios takes at least, however long they are; a quick try may have fewer.
LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    # A try: few rounds of short turns.
    quick: bool = False
    # What one comparison may take, but for its LEAST_ROUNDS; None: it takes all its rounds.
    seconds: float | None = None

    @property
    def is_bounded(self) -> bool:
        return self.quick or self.seconds is not None

    def count(self, few: int, many: int) -> int:
        """So many repetitions or rounds."""
        return few if self.quick else many


@dataclass
class Series:
    """What one thing took: for each round the values of its turn."""

    rounds: list[list[float]] = field(default_factory=list)

    @property
    def values(self) -> list[float]:
        return [value for turn in self.rounds for value in turn]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def medians(self) -> list[float]:
        return [statistics.median(turn) for turn in self.rounds]

    def shown(self) -> str:
        """Median [least-greatest]."""
        return f"{digits(self.median)} [{digits(min(self.values))}-{digits(max(self.values))}]"


def alternate(turns: dict[str, Turn], effort: Effort, few: int, many: int, least: int = LEAST_ROUNDS) -> dict[str, Series]:
    """Takes rounds of all turns, beginning with another each time: `few` for a try, else `many`, or as many as the time allows and `least`."""
    series = {name: Series() for name in turns}
    names = list(turns)
    begin = time.perf_counter()
    for number in range(effort.count(few, many)):
        spent = time.perf_counter() - begin
        if effort.seconds is not None and number >= least and spent * (number + 1) / number > effort.seconds:
            break
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            time.sleep(PAUSE_SECONDS)
            series[name].rounds.append(turns[name]())
    return series


def ratio(first: Series, second: Series) -> tuple[float, float, float]:
    """Median, least and greatest of first / second, each from one round's medians."""
    ratios = [a / b for a, b in zip(first.medians, second.medians, strict=True)]
    return statistics.median(ratios), min(ratios), max(ratios)


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def digits(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}"
